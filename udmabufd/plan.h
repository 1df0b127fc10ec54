/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what is wanted and what there is to what must be done. Pure: nothing is looked at but
 * the arguments, nothing is done. A plan points into the configuration it was made from.
 */
#ifndef UDMABUFD_PLAN_H
#define UDMABUFD_PLAN_H

#include "actual.h"
#include "config.h"

#define PLAN_WAIT_MODULE "waiting for the module u-dma-buf"

enum plan_verb {
	PLAN_FORGET,	/* drop the record of a buffer that is gone */
	PLAN_DELETE,	/* a buffer that this daemon made and nobody uses */
	PLAN_CREATE,
	PLAN_KEEP,	/* it is there as wanted */
	PLAN_SET,	/* sync settings, in place */
	PLAN_NOTE,	/* that they are as wanted already, so that none is SET later */
	PLAN_NODE,	/* owner, group, mode of the node, in place */
	PLAN_WAIT,	/* its device, or the module, is not there */
	PLAN_REFUSE,	/* can't be had, detail says why */
	PLAN_SKIP,	/* its entry has a mistake */
};

struct plan_action {
	enum plan_verb verb;
	char *name;			/* of the buffer */
	char *detail;			/* for people; NULL: nothing to add */
	const struct config_buffer *buffer; /* the entry behind it; NULL: none */
	const char *file;		/* of the entry, NULL: none; the configuration's */
	unsigned int line;
	bool is_until_idle;		/* REFUSE: nobody using it any more changes that */
	struct config_sync sync;	/* to SET or NOTE */
	struct config_node node;	/* to NODE; texts belong to the configuration */
	const struct udmabuf_info *info; /* as it was seen, belongs to the actual state; or NULL */
};

struct plan {
	struct plan_action *actions;	/* in the order to do them: deletions first */
	size_t n_actions;
};

/* To make the configuration true; plan_free() the result. */
void plan_make(const struct config *config, const struct actual *actual, struct plan *ret_plan);

/* To stop: delete what this daemon made and nobody uses. */
void plan_stop(const struct actual *actual, struct plan *ret_plan);

void plan_free(struct plan *plan);

/* One line, without newline, to free(). */
char *plan_action_text(const struct plan_action *action);

#endif
