// SPDX-License-Identifier: GPL-2.0-only
/* Owns the open "users" attributes. */
#include "idle.h"
#include "mem.h"
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <internal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct idle_watch {
	struct idle_watch *next;
	struct idle *idle;
	char *name;
	uint64_t inode;		/* see record.h */
	int fd;
	sd_event_source *source;
};

static void free_watch(struct idle_watch *watch)
{
	sd_event_source_disable_unref(watch->source);
	close(watch->fd);
	free(watch->name);
	free(watch);
}

/* The place of the watch in the list; where a new one goes if there is none. */
static struct idle_watch **find(struct idle *idle, const char *name)
{
	struct idle_watch **place = &idle->watches;

	while (*place && strcmp((*place)->name, name))
		place = &(*place)->next;
	return place;
}

/* A buffer that was opened again since is looked at by the next plan. */
static int on_change(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct idle_watch *watch = userdata;
	struct idle *idle = watch->idle;
	MEM_AUTO char *name = mem_copy(watch->name);

	(void)source;
	(void)fd;
	(void)events;
	idle_forget(idle, name);
	idle->on_idle(idle->userdata, name);
	return 0;
}

static int open_users(const char *name, bool *ret_is_used)
{
	char path[PATH_MAX];
	char users[16] = "";
	int r = udmabuf_sysfs_path(path, name, "users");
	int fd;

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* The kernel tells of what comes after this. */
	if (read(fd, users, sizeof(users) - 1) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_is_used = strtoul(users, NULL, 10);
	return fd;
}

int idle_watch(struct idle *idle, const char *name)
{
	struct idle_watch **place;
	struct idle_watch *watch;
	bool is_used;
	int fd;
	int r;

	idle_forget_gone(idle, name);
	place = find(idle, name);
	if (*place)
		return 1;
	fd = open_users(name, &is_used);
	if (fd < 0)
		return fd;
	watch = mem_grow(NULL, 0, sizeof(*watch));
	*watch = (struct idle_watch){
		.idle = idle, .name = mem_copy(name), .inode = record_inode(name), .fd = fd,
	};
	r = sd_event_add_io(idle->event, &watch->source, fd, EPOLLPRI, on_change, watch);
	if (r < 0) {
		free_watch(watch);
		return r;
	}
	*place = watch;
	return is_used;
}

void idle_forget(struct idle *idle, const char *name)
{
	struct idle_watch **place = find(idle, name);
	struct idle_watch *watch = *place;

	if (!watch)
		return;
	*place = watch->next;
	free_watch(watch);
}

void idle_forget_gone(struct idle *idle, const char *name)
{
	const struct idle_watch *watch = *find(idle, name);

	if (watch && watch->inode != record_inode(name))
		idle_forget(idle, name);
}

void idle_end(struct idle *idle)
{
	while (idle->watches)
		idle_forget(idle, idle->watches->name);
}
