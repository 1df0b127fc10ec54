/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon has still to do. Events only say what is to be looked at; the looking, and then
 * one action after the other, or as many creations as are noted together, is done when no event waits:
 * udev's messages never pile up, and a signal is heeded in between.
 */
#ifndef UDMABUFD_WORK_H
#define UDMABUFD_WORK_H

#include <systemd/sd-event.h>

#include "apply.h"
#include "idle.h"

enum work_kind {
	WORK_ALL,	/* make the whole configuration true */
	WORK_DEVICE,	/* make what waits for this device, "<bus>/<device>" */
	WORK_NAME,	/* do what concerns this buffer */
	WORK_MISSED,	/* make and set what an event would have, if it was not told */
	WORK_REFUSED,	/* make what a buffer that went may have left a place for */
};

struct work_task {
	enum work_kind kind;
	char *subject;
	uint64_t number;	/* REFUSED: of the kernel's event that tells that a buffer went */
};

struct work {
	struct apply apply;
	struct idle idle;
	sd_event_source *source;
	void (*on_done)(void *userdata, int result);
	void *userdata;

	struct work_task *waiting;
	size_t n_waiting;

	/* The plan that is being done, and the tasks it was made for; none: has_plan is false. */
	bool has_plan;
	struct work_task *tasks;
	size_t n_tasks;
	struct actual actual;
	struct plan plan;
	size_t n_done;
	bool is_entry_due;	/* was what is done about the last entry's buffer due? */
	int result;
	bool is_look_owed;	/* the events of one that failed were not heeded: work_catch_up() is due */
};

/*
 * Nothing is done before work_add(). on_done is called whenever all is done, with 0 or the error
 * that kept the daemon from looking; what failed of a single buffer is in the entries.
 */
int work_begin(struct work *work, sd_event *event, const struct config *config,
	       struct records *records, struct pending *pending, void (*on_done)(void *userdata, int result),
	       void *userdata);
/* In the middle of a plan too: what was done is noted. */
void work_end(struct work *work);

/* @subject as the kind says, or NULL. */
void work_add(struct work *work, enum work_kind kind, const char *subject);

/* Is the buffer of that name gone, or another one than it was, and not by our doing? Notes it. */
void work_lose(struct work *work, const char *name);

/* This device, "<bus>/<device>", came, has a driver now, or goes. */
void work_take_device(struct work *work, const char *device);

/* A driver let a device go: what VFIO kept away may be there now. */
void work_free_taken(struct work *work);

/* Does for every buffer what an event may not have told of. */
void work_catch_up(struct work *work);

/* A buffer went, and not by our doing: as the kernel's event of that number tells. */
void work_add_refused(struct work *work, uint64_t number);

bool work_is_done(const struct work *work);

/* When all is done: another configuration, whose entries take over what is known to be there. */
void work_change_config(struct work *work, const struct config *config);

/* Whatever else was to be done: deletes what this daemon made and nobody uses. */
void work_stop(struct work *work);

#endif
