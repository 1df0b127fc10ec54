/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether udev has still devices to announce, as it has while the machine boots: what is missing may
 * come with them. Its end is the time to look for what was not heard of. Where there is no udev,
 * nothing is waited for.
 */
#ifndef UDMABUFD_COLDPLUG_H
#define UDMABUFD_COLDPLUG_H

#include <stdbool.h>
#include <systemd/sd-event.h>

struct coldplug {
	sd_event_source *source;
	void (*on_end)(void *userdata);
	void *userdata;
};

/*
 * Calls on_end whenever udev has come to the end of its work, after what it announced was taken from
 * its monitor. Return: 0 or a negative errno, and then that end is not waited for.
 */
int coldplug_watch(struct coldplug *coldplug, sd_event *event, void (*on_end)(void *userdata),
		   void *userdata);
void coldplug_forget(struct coldplug *coldplug);

bool coldplug_goes_on(const struct coldplug *coldplug);

#endif
