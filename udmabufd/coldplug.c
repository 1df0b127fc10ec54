// SPDX-License-Identifier: GPL-2.0-only
/* Owns the look at udev's queue, which is a file as long as there is something in it. */
#include "coldplug.h"

#include <errno.h>
#include <internal.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define UDEV_DIR	"/run/udev"

static int on_deletion(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct coldplug *coldplug = userdata;

	(void)source;
	if (event->len && !strcmp(event->name, "queue"))
		coldplug->on_end(coldplug->userdata);
	return 0;
}

int coldplug_watch(struct coldplug *coldplug, sd_event *event, void (*on_end)(void *userdata),
		   void *userdata)
{
	char path[PATH_MAX];
	int r = udmabuf_path(path, UDEV_DIR);

	if (r < 0)
		return r;
	*coldplug = (struct coldplug){ .on_end = on_end, .userdata = userdata };
	r = sd_event_add_inotify(event, &coldplug->source, path, IN_DELETE, on_deletion, coldplug);
	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = sd_event_source_set_priority(coldplug->source, SD_EVENT_PRIORITY_IDLE);
	if (r < 0)
		coldplug_forget(coldplug);
	return r < 0 ? r : 0;
}

void coldplug_forget(struct coldplug *coldplug)
{
	coldplug->source = sd_event_source_disable_unref(coldplug->source);
}

bool coldplug_goes_on(const struct coldplug *coldplug)
{
	char path[PATH_MAX];

	return coldplug->source && !udmabuf_path(path, UDEV_DIR "/queue") && !access(path, F_OK);
}
