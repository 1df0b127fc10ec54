/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this daemon did to buffers, kept in /run/udmabuf so that the next one knows, however
 * this one ended: a line for each in the file "buffers" for ourselves, node/<name> for the udev rule.
 *
 * The file has a record of a buffer before the buffer is made: a crash between the two leaves a
 * record of nothing, which the next plan forgets, and never a buffer that nobody owns up to. It says
 * "half done" of a setting before that is changed, which the next plan does again. All else may be
 * written later, many at a time: a record that says too much is found out by its inode, and one that
 * has none yet by what was asked for.
 */
#ifndef UDMABUFD_RECORD_H
#define UDMABUFD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* Of sync or node: a change was begun, and things may be neither as they were nor as asked for. */
#define RECORD_HALF_DONE "half done"

struct record {
	char *name;		/* of the buffer */
	bool is_made;		/* this daemon made the buffer: it may delete it */
	uint64_t inode;		/* of its directory in sysfs, no two alike; 0: not noted yet */
	char *options;		/* what it was asked for, see canonical.h */
	char *sync;
	char *node;
};

struct records {
	struct record *list;	/* in the order in which they came */
	size_t count;
	bool is_unsaved;	/* for who changes a record in place to set */
};

/**
 * records_read() - read the file
 * @ret_records: records_free() it
 *
 * That there is none is no error. Where a line is cut short, its record claims nothing. Return: 0 or
 * an error of reading.
 */
int records_read(struct records *ret_records);

/* Writes the file, whole or not at all. Return: 0 or an error of writing. */
int records_save(struct records *records);

void records_free(struct records *records);

/* NULL: there is none of that name. The next two move records in memory. */
struct record *records_lookup(const struct records *records, const char *name);

/* The record of that name as one that says nothing, whether or not there was one. */
struct record *records_renew(struct records *records, const char *name);

/* That there is none is no error; the file for udev goes at once. */
void records_drop(struct records *records, const char *name);

/* One more, the same. */
struct record record_copy(const struct record *record);
void record_free(struct record *record);

/* The inode of a buffer's directory in sysfs; 0: no such buffer. */
uint64_t record_inode(const char *name);

/* Tells udev whom the node belongs to; nothing said: as the rule has it. Return: 0 or an error. */
int record_write_node(const char *name, const struct config_node *node);

/* Makes the directories. Return: 0 or an error. */
int record_prepare(void);

/*
 * Keeps every other daemon out, until the descriptor that it returns is closed, however the program
 * ends. -EWOULDBLOCK: another keeps us out.
 */
int record_lock(void);

#endif
