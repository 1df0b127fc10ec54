// SPDX-License-Identifier: GPL-2.0-only
/* Owns the files in /run/udmabuf. */
#include "record.h"
#include "mem.h"

#include <dirent.h>
#include <errno.h>
#include <internal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_ROOT	"/run/udmabuf"
#define RECORD_BUFFER	RECORD_ROOT "/buffer"
#define RECORD_NODE	RECORD_ROOT "/node"

/* The new file takes the old one's place in one step: no reader sees half of it. */
static int replace_file(const char *dir, const char *name, const char *text)
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
	if (fputs(text, file) < 0)
		r = -errno;
	if (fclose(file) < 0 && !r)
		r = -errno;
	if (!r && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

static int delete_file(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int r = udmabuf_path(path, "%s/%s", dir, name);

	if (r < 0)
		return r;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static void take_text(char **text, const char *value)
{
	free(*text);
	*text = mem_copy(value);
}

static void parse_line(char *line, struct record *record)
{
	char *value = strchr(line, '=');

	if (!value)
		return;
	*value++ = '\0';
	if (!strcmp(line, "MADE"))
		record->is_made = !strcmp(value, "yes");
	else if (!strcmp(line, "INODE"))
		record->inode = strtoull(value, NULL, 10);
	else if (!strcmp(line, "OPTIONS"))
		take_text(&record->options, value);
	else if (!strcmp(line, "SYNC"))
		take_text(&record->sync, value);
	else if (!strcmp(line, "NODE"))
		take_text(&record->node, value);
}

int record_read(const char *name, struct record *ret_record)
{
	struct record record = { 0 };
	char path[PATH_MAX];
	MEM_AUTO char *line = NULL;
	size_t size = 0;
	ssize_t length;
	FILE *file;
	int r;

	r = udmabuf_path(path, RECORD_BUFFER "/%s", name);
	if (r < 0)
		return r;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	record.options = mem_copy("");
	record.sync = mem_copy("");
	record.node = mem_copy("");
	while ((length = getline(&line, &size, file)) >= 0) {
		if (length && line[length - 1] == '\n')
			line[length - 1] = '\0';
		parse_line(line, &record);
	}
	fclose(file);
	*ret_record = record;
	return 0;
}

int record_write(const char *name, const struct record *record)
{
	MEM_AUTO char *text = mem_printf("MADE=%s\nINODE=%ju\nOPTIONS=%s\nSYNC=%s\nNODE=%s\n",
					 record->is_made ? "yes" : "no", (uintmax_t)record->inode,
					 record->options, record->sync, record->node);

	return replace_file(RECORD_BUFFER, name, text);
}

int record_write_node(const char *name, const struct config_node *node)
{
	MEM_AUTO char *text = NULL;

	if (node->owner)
		mem_append(&text, "OWNER=%s\n", node->owner);
	if (node->group)
		mem_append(&text, "GROUP=%s\n", node->group);
	if (node->mode >= 0)
		mem_append(&text, "MODE=%04o\n", (unsigned int)node->mode);
	return text ? replace_file(RECORD_NODE, name, text) : delete_file(RECORD_NODE, name);
}

int record_delete(const char *name)
{
	int node = delete_file(RECORD_NODE, name);
	int buffer = delete_file(RECORD_BUFFER, name);

	return buffer < 0 ? buffer : node;
}

static int is_record(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int record_list(char ***ret_names, size_t *ret_count)
{
	struct dirent **entries;
	char path[PATH_MAX];
	char **names = NULL;
	int count;
	int r;

	r = udmabuf_path(path, RECORD_BUFFER);
	if (r < 0)
		return r;
	count = scandir(path, &entries, is_record, alphasort);
	if (count < 0 && errno != ENOENT)
		return -errno;
	if (count < 0) {
		*ret_names = NULL;
		*ret_count = 0;
		return 0;
	}
	for (int i = 0; i < count; i++) {
		names = mem_grow(names, (size_t)i, sizeof(*names));
		names[i] = mem_copy(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	*ret_names = names;
	*ret_count = (size_t)count;
	return 0;
}

int record_prepare(void)
{
	static const char *const dirs[] = { RECORD_ROOT, RECORD_BUFFER, RECORD_NODE };
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

void record_free(struct record *record)
{
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

bool record_is_current(const struct record *record, const char *name)
{
	return record->inode && record->inode == record_inode(name);
}
