/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of the entries of the configuration, and the texts that say so. */
#ifndef UDMABUFD_STATUS_H
#define UDMABUFD_STATUS_H

#include "actual.h"

enum entry_state {
	ENTRY_UNKNOWN,	/* not tried yet */
	ENTRY_THERE,
	ENTRY_WAITS,	/* for its device, or the module */
	ENTRY_UNBOUND,	/* its device is there, and needs a driver */
	ENTRY_TAKEN,	/* VFIO has its device, or one of that one's IOMMU group */
	ENTRY_REFUSED,	/* there was no place for it, and any buffer that goes may leave one */
	ENTRY_DELETED,	/* by somebody else, who shall find it so while its device stays */
	ENTRY_ABSENT,	/* failed, skipped, or in use as it is not wanted; why says which */
};

/* What became of one entry. */
struct entry_status {
	enum entry_state state;
	uint64_t size;		/* while it is there */
	char *why;		/* while it is not, or what of it could not be set */
	uint64_t inode;		/* while it is there, or in use as it is not wanted: see record.h */
	char *device;		/* that it has, or had when it was there; NULL: none */
	struct actual_device identity;
	bool is_untold;		/* that it was made */
	uint64_t refused_at;	/* REFUSED: what the kernel announced before was known */
};

/* Buffers that no entry asks for, and what of them could not be done. */
struct status_others {
	struct status_other {
		char *name;
		char *why;
	} *list;
	size_t count;
};

/* The text for a buffer, which is empty at first. */
char **status_others_why(struct status_others *others, const char *name);
/* That there is nothing to say of it any more. */
void status_others_drop(struct status_others *others, const char *name);
void status_others_free(struct status_others *others);

/* A buffer: how big, where, whose, how mapped and synchronised; to free(). */
char *status_buffer(const struct udmabuf_info *info);

/*
 * "2 of 3 buffers, 1.1 MiB; frames: waiting for pci/0000:01:00.0", to free(). @note_error: why what was
 * done could not be written down, a negative errno; 0: it was.
 */
char *status_line(const struct config *config, const struct entry_status *entries,
		  const struct status_others *others, int note_error);

/* Is it required and not there? */
bool status_is_missing(const struct config_buffer *buffer, const struct entry_status *entry);

/* The required buffers that are not there, and why; NULL: none is missing. To free(). */
char *status_missing(const struct config *config, const struct entry_status *entries);

/* Does all that is required and missing have a device, which may bring it? */
bool status_may_come(const struct config *config, const struct entry_status *entries);

#endif
