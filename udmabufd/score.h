/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of the entries of the configuration, and the texts that say so. */
#ifndef UDMABUFD_SCORE_H
#define UDMABUFD_SCORE_H

#include "config.h"

enum site_state {
	SITE_UNKNOWN,	/* not tried yet */
	SITE_THERE,
	SITE_WAITS,	/* for its device */
	SITE_ABSENT,	/* refused, failed, skipped or gone; why says which */
};

/* What became of one entry. */
struct site {
	enum site_state state;
	uint64_t size;		/* while it is there */
	char *why;		/* while it is not */
};

/* A buffer: how big, where, whose, how mapped and synchronised; to free(). */
char *score_buffer(const struct udmabuf_info *info);

/* "2 of 3 buffers, 1.1 MiB; frames: waiting for pci/0000:01:00.0", to free(). */
char *score_status(const struct config *config, const struct site *sites);

/* The required buffers that are not there, and why; NULL: none is missing. To free(). */
char *score_missing(const struct config *config, const struct site *sites);

#endif
