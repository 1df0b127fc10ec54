/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way from `systemctl reload udmabuf`, which runs `udmabufd --reload`, to the daemon and back:
 * a socket that only root can connect to. To connect is to ask; the answer comes when all is
 * done: an exit status, and a line for people.
 */
#ifndef UDMABUFD_RELOAD_H
#define UDMABUFD_RELOAD_H

#include <systemd/sd-event.h>

struct reload {
	sd_event_source *source;
	int fd;		/* listens; -1: does not */
	int client;	/* waits for its answer; -1: none */
	void (*on_request)(void *userdata);
	void *userdata;
};

#define RELOAD_NONE { .fd = -1, .client = -1 }

/*
 * The daemon's side, /run/udmabuf must be there. One request after the other: on_request is not
 * called again before reload_answer(). Return: 0 or a negative errno.
 */
int reload_begin(struct reload *reload, sd_event *event, void (*on_request)(void *userdata),
		 void *userdata);
void reload_answer(struct reload *reload, int status, const char *text);
void reload_end(struct reload *reload);

/* The other side: asks, waits, prints. Return: the exit status of the program. */
int reload_request(void);

#endif
