// SPDX-License-Identifier: GPL-2.0-only
/* Owns the files in /run/udmabuf. */
#include "record.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <internal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_ROOT	"/run/udmabuf"
#define RECORD_NODE	RECORD_ROOT "/node"

/* The new file takes the old one's place in one step: no reader sees half of it. */
static int replace_file(const char *dir, const char *name, void write(FILE *file, const void *what),
			const void *what)
{
	char path[PATH_MAX];
	char temporary[PATH_MAX];
	FILE *file;
	int r;

	r = udmabuf_path(path, "%s/%s", dir, name);
	if (r < 0)
		return r;
	/* No buffer's name starts with a dot. */
	r = udmabuf_path(temporary, "%s/.new", dir);
	if (r < 0)
		return r;
	file = fopen(temporary, "we");
	if (!file)
		return -errno;
	errno = 0;
	write(file, what);
	if (ferror(file))
		r = errno ? -errno : -EIO;
	if (fclose(file) < 0 && !r)
		r = -errno;
	if (!r && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

static void take_text(char **text, const char *value)
{
	free(*text);
	*text = mem_copy(value);
}

static void parse_word(char *word, struct record *record)
{
	char *value = strchr(word, '=');

	if (!value)
		return;
	*value++ = '\0';
	if (!strcmp(word, "MADE"))
		record->is_made = !strcmp(value, "yes");
	else if (!strcmp(word, "INODE"))
		record->inode = strtoull(value, NULL, 10);
	else if (!strcmp(word, "OPTIONS"))
		take_text(&record->options, value);
	else if (!strcmp(word, "SYNC"))
		take_text(&record->sync, value);
	else if (!strcmp(word, "NODE"))
		take_text(&record->node, value);
}

static void parse_line(char *line, struct records *records)
{
	const char *name = strsep(&line, "\t");
	struct record *record = *name ? records_renew(records, name) : NULL;
	char *word;

	while (record && (word = strsep(&line, "\t")))
		parse_word(word, record);
}

int records_read(struct records *ret_records)
{
	struct records records = { 0 };
	char path[PATH_MAX];
	MEM_AUTO char *line = NULL;
	size_t size = 0;
	ssize_t length;
	FILE *file;
	int r;

	r = udmabuf_path(path, RECORD_ROOT "/buffers");
	if (r < 0)
		return r;
	file = fopen(path, "re");
	if (!file && errno != ENOENT)
		return -errno;
	errno = 0;
	while (file && (length = getline(&line, &size, file)) >= 0) {
		if (length && line[length - 1] == '\n')
			line[length - 1] = '\0';
		parse_line(line, &records);
	}
	if (file && ferror(file))
		r = errno ? -errno : -EIO;
	if (file)
		fclose(file);
	if (r < 0)
		records_free(&records);
	records.is_unsaved = false;
	*ret_records = records;
	return r;
}

static void put_records(FILE *file, const void *what)
{
	const struct records *records = what;

	for (size_t i = 0; i < records->count; i++) {
		const struct record *record = &records->list[i];

		fprintf(file, "%s\tMADE=%s\tINODE=%ju\tOPTIONS=%s\tSYNC=%s\tNODE=%s\n",
			record->name, record->is_made ? "yes" : "no", (uintmax_t)record->inode,
			record->options, record->sync, record->node);
	}
}

int records_save(struct records *records)
{
	int r = replace_file(RECORD_ROOT, "buffers", put_records, records);

	if (!r)
		records->is_unsaved = false;
	return r;
}

void records_free(struct records *records)
{
	for (size_t i = 0; i < records->count; i++)
		record_free(&records->list[i]);
	free(records->list);
	*records = (struct records){ 0 };
}

struct record *records_lookup(const struct records *records, const char *name)
{
	for (size_t i = 0; i < records->count; i++) {
		if (!strcmp(records->list[i].name, name))
			return &records->list[i];
	}
	return NULL;
}

struct record *records_renew(struct records *records, const char *name)
{
	struct record *record = records_lookup(records, name);

	if (record) {
		record_free(record);
	} else {
		records->list = mem_grow(records->list, records->count, sizeof(*record));
		record = &records->list[records->count++];
	}
	*record = (struct record){
		.name = mem_copy(name),
		.options = mem_copy(""), .sync = mem_copy(""), .node = mem_copy(""),
	};
	records->is_unsaved = true;
	return record;
}

void records_drop(struct records *records, const char *name)
{
	const struct config_node nothing = CONFIG_NODE_NONE;
	struct record *record = records_lookup(records, name);

	record_write_node(name, &nothing);
	if (!record)
		return;
	record_free(record);
	records->is_unsaved = true;
	records->count--;
	memmove(record, record + 1,
		(size_t)(records->list + records->count - record) * sizeof(*record));
}

struct record record_copy(const struct record *record)
{
	struct record copy = *record;

	copy.name = mem_copy(record->name);
	copy.options = mem_copy(record->options);
	copy.sync = mem_copy(record->sync);
	copy.node = mem_copy(record->node);
	return copy;
}

void record_free(struct record *record)
{
	free(record->name);
	free(record->options);
	free(record->sync);
	free(record->node);
	*record = (struct record){ 0 };
}

uint64_t record_inode(const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	if (udmabuf_path(path, "/sys/class/u-dma-buf/%s", name) < 0 || stat(path, &st) < 0)
		return 0;
	return st.st_ino;
}

static void put_node(FILE *file, const void *what)
{
	const struct config_node *node = what;

	if (node->owner)
		fprintf(file, "OWNER=%s\n", node->owner);
	if (node->group)
		fprintf(file, "GROUP=%s\n", node->group);
	if (node->mode >= 0)
		fprintf(file, "MODE=%04o\n", (unsigned int)node->mode);
}

static int delete_node(const char *name)
{
	char path[PATH_MAX];
	int r = udmabuf_path(path, RECORD_NODE "/%s", name);

	if (r < 0)
		return r;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int record_write_node(const char *name, const struct config_node *node)
{
	if (!node->owner && !node->group && node->mode < 0)
		return delete_node(name);
	return replace_file(RECORD_NODE, name, put_node, node);
}

int record_prepare(void)
{
	static const char *const dirs[] = { RECORD_ROOT, RECORD_NODE };
	char path[PATH_MAX];
	int r;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		r = udmabuf_path(path, "%s", dirs[i]);
		if (r < 0)
			return r;
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int record_lock(void)
{
	char path[PATH_MAX];
	int r = udmabuf_path(path, RECORD_ROOT "/lock");
	int fd;

	if (r < 0)
		return r;
	/* Who may open it may lock it, and so keep us out. */
	fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}
