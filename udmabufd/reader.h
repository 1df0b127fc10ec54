/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values out of libconfig's tree, for config.c alone. A function that finds a mistake notes
 * it in the configuration, marks the reader, and leaves its output untouched.
 */
#ifndef UDMABUFD_READER_H
#define UDMABUFD_READER_H

#include <libconfig.h>
#include <sys/types.h>

#include "config.h"

struct reader {
	struct config *config;
	const char *entry;	/* what messages call the entry being read */
	const char *name;	/* of its buffer; NULL: none */
	bool has_mistake;
};

/* A key that an entry may have, and the function that reads its value into the entry's field. */
struct key {
	const char *name;
	size_t offset;		/* of the field within the entry */
	void (*read)(struct reader *reader, const config_setting_t *value, void *ret_field);
};

/**
 * reader_note() - note a mistake
 * @at:		the setting with the mistake: gives line and key
 * @key:	name of the key if @at is its group, which may lack it; else NULL
 * @allowed:	what would be right
 * @wrong:	what is wrong, printf-like
 */
void reader_note(struct reader *reader, const config_setting_t *at, const char *key,
		 const char *allowed, const char *wrong, ...)
	__attribute__((format(printf, 5, 6)));

/* Reads each member of @group by the key of its name; others are mistakes. */
void reader_group(struct reader *reader, const config_setting_t *group,
		  const struct key *keys, size_t n_keys, void *ret_entry);

/* A text, or NULL after a mistake; it belongs to the tree. */
const char *reader_text(struct reader *reader, const config_setting_t *value,
			const char *allowed);

void reader_integer(struct reader *reader, const config_setting_t *value, int min, int max,
		    const char *allowed, int *ret_integer);
bool reader_bool(struct reader *reader, const config_setting_t *value, bool *ret_bool);
bool reader_size(struct reader *reader, const config_setting_t *value, uint64_t *ret_size);

/* One of the words that @parse knows, or a number from 0 to @max (-1: words only). */
void reader_word(struct reader *reader, const config_setting_t *value,
		 int (*parse)(const char *text, int *ret_number), int max,
		 const char *allowed, int *ret_number);

#endif
