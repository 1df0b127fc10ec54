/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this daemon did to a buffer, kept in /run/udmabuf so that the next one knows, however
 * this one ended: buffer/<name> for ourselves, node/<name> for the udev rule.
 *
 * A record is written before its buffer is made: a crash between the two leaves a record
 * of nothing, which the next plan forgets, and never a buffer that nobody owns up to.
 */
#ifndef UDMABUFD_RECORD_H
#define UDMABUFD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

struct record {
	bool is_made;		/* this daemon made the buffer: it may delete it */
	uint64_t inode;		/* of its directory in sysfs, no two alike; 0: not made yet */
	char *options;		/* what it was asked for, see canonical.h */
	char *sync;
	char *node;
};

/**
 * record_read() - read the record of a buffer
 * @ret_record:	record_free() it
 *
 * A record cut short reads as one with empty texts. Return: 0, -ENOENT (none) or an error of
 * reading.
 */
int record_read(const char *name, struct record *ret_record);

/* Written whole or not at all. Return: 0 or an error of writing. */
int record_write(const char *name, const struct record *record);

/* Tells udev whom the node belongs to; nothing said: as the rule has it. Return: 0 or an error. */
int record_write_node(const char *name, const struct config_node *node);

/* Both files. That there is none is no error. */
int record_delete(const char *name);

/* The names that have a record, in order; *ret_names and its members are the caller's to free(). */
int record_list(char ***ret_names, size_t *ret_count);

/* Makes the directories. Return: 0 or an error. */
int record_prepare(void);

void record_free(struct record *record);

/* The inode of a buffer's directory in sysfs; 0: no such buffer. */
uint64_t record_inode(const char *name);

/* Is it about the buffer that has the name now, and not about an earlier one? */
bool record_is_current(const struct record *record, const char *name);

#endif
