/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /etc/u-dma-buf.conf says, see u-dma-buf.conf(5).
 *
 * Reading touches nothing but the file and the user database. Every mistake is kept
 * as one line; an entry that has one is marked and none of its values is to be used,
 * but it stays in the list: a buffer whose entry has a typing error is not a buffer
 * that nobody wants any more.
 */
#ifndef UDMABUFD_CONFIG_H
#define UDMABUFD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <udmabuf.h>

#define CONFIG_PATH "/etc/u-dma-buf.conf"
#define CONFIG_DIR "/etc/u-dma-buf.conf.d"
#define CONFIG_RUN_DIR "/run/u-dma-buf.conf.d"

/* Who may use a node; what is NULL or -1 was not said. */
struct config_node {
	char *owner;
	char *group;
	int mode;
};

/* Sync settings; what is -1, or false in has_..., was not said. */
struct config_sync {
	int mode;
	int always;
	int direction;
	bool has_offset;
	bool has_size;
	uint64_t offset;
	uint64_t size;
};

/* An entry of "buffers". */
struct config_buffer {
	char *label;		/* what messages call it: its name, or its place in the list */
	char *name;		/* NULL: none that could be used; has_mistake is set then */
	char *device;		/* "<bus>/<device>"; NULL: none */
	uint64_t size;
	int minor;		/* this and the next two: -1 was not said */
	int dma_mask;
	int mmap_mode;
	struct config_sync sync;
	struct config_node node; /* defaults are in it */
	bool is_required;
	bool has_mistake;
	const char *file;	/* one of the configuration's files */
	unsigned int line;
};

/* An entry of "settings": for buffers that others made. */
struct config_match {
	char *pattern;
	struct config_sync sync;
	struct config_node node; /* defaults are not in it: entries add up, in order */
	bool has_mistake;
	const char *file;
	unsigned int line;
};

struct config_mistake {
	const char *file;
	unsigned int line;	/* 0: the file as a whole */
	int error;		/* negative errno: the file can't be used; 0: of an entry */
	char *name;		/* of the buffer whose entry it is; NULL: it has none, or no good one */
	char *text;		/* "file:line: entry: key: what is wrong: what is allowed" */
};

struct config {
	char *path;		/* of the main file, whether or not it is there */
	char **files;		/* that were read, in order, as messages call them */
	size_t n_files;
	struct config_node defaults;
	struct config_buffer *buffers;
	size_t n_buffers;
	struct config_match *matches;
	size_t n_matches;
	struct config_mistake *mistakes;
	size_t n_mistakes;
	bool has_mistake_outside; /* of the entries of buffers */
	bool hides_names;	/* a mistake may have hidden the name of a buffer */
	bool hides_defaults;	/* the same of owner, group or mode in defaults */
};

/**
 * config_load() - read a configuration
 * @path:	the one file to read; NULL: CONFIG_PATH, if it is there, then CONFIG_DIR and
 *		CONFIG_RUN_DIR, whose files add to it
 * @ret_config:	what it says; config_free() it. Filled in on failure too: with no entry, and
 *		with the mistakes that say what is wrong with the files.
 *
 * Return: 0, whether or not entries have mistakes; -ENOENT (no file @path); -EBADMSG (one
 * does not parse) or an error of reading one: the configuration says nothing then.
 */
int config_load(const char *path, struct config *ret_config);

void config_free(struct config *config);

/* The entry of that name; NULL, also for @name: none. */
const struct config_buffer *config_find_buffer(const struct config *config, const char *name);

/* The buffer of an entry without mistake, for the manager; points into the entry. */
struct udmabuf_spec config_buffer_spec(const struct config_buffer *buffer);

/* What @over says replaces what @under says. */
struct config_sync config_sync_merge(const struct config_sync *under,
				     const struct config_sync *over);

/* The same; the texts in the result belong to the arguments. */
struct config_node config_node_merge(const struct config_node *under,
				     const struct config_node *over);

#define CONFIG_SYNC_NONE ((struct config_sync){ .mode = -1, .always = -1, .direction = -1 })
#define CONFIG_NODE_NONE ((struct config_node){ .mode = -1 })

#endif
