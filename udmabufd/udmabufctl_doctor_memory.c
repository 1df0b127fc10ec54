// SPDX-License-Identifier: GPL-2.0-only
/* doctor: what memory a new buffer could get. */
#include "../lib/udmabuf.h"
#include "../lib/internal.h"
#include "mem.h"
#include "udmabufctl_doctor.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Less than this in one piece: the memory is in crumbs. */
#define FREE_BLOCK_WANTED (1UL << 20)

static FILE *open_file(const char *name)
{
	char path[PATH_MAX];

	return udmabuf_path(path, "%s", name) < 0 ? NULL : fopen(path, "re");
}

/* A line of /proc/meminfo, in bytes. Return: false if there is none. */
static bool read_meminfo(const char *key, uint64_t *ret_size)
{
	FILE *file = open_file("/proc/meminfo");
	MEM_AUTO char *line = NULL;
	bool is_found = false;
	size_t room = 0;

	while (file && !is_found && getline(&line, &room, file) >= 0) {
		if (strncmp(line, key, strlen(key)) || line[strlen(key)] != ':')
			continue;
		*ret_size = strtoull(line + strlen(key) + 1, NULL, 10) << 10;
		is_found = true;
	}
	if (file)
		fclose(file);
	return is_found;
}

void doctor_check_cma(struct doctor *doctor)
{
	char total_text[UDMABUF_SIZE_TEXT], free_text[UDMABUF_SIZE_TEXT];
	uint64_t total, free;

	if (!read_meminfo("CmaTotal", &total) || !read_meminfo("CmaFree", &free)) {
		doctor_ok(doctor, "cma", "this kernel has none; other memory is used");
	} else if (!total) {
		doctor_ok(doctor, "cma", "none is set aside (cma=SIZE on the kernel's command line "
			  "would); other memory is used");
	} else {
		udmabuf_format_size(total, total_text);
		udmabuf_format_size(free, free_text);
		doctor_ok(doctor, "cma", "%s, of which %s are free", total_text, free_text);
	}
}

struct block {
	unsigned int order;
	char zone[16];
};

/* "Node 0, zone   Normal   216   55 ...": how many blocks of each order are free. */
static bool read_biggest(struct block *ret_block)
{
	FILE *file = open_file("/proc/buddyinfo");
	MEM_AUTO char *line = NULL;
	bool is_found = false;
	unsigned int order;
	size_t room = 0;
	char zone[16];
	char *rest, *word;
	int used;

	while (file && getline(&line, &room, file) >= 0) {
		if (sscanf(line, "Node %*u, zone %15s%n", zone, &used) != 1)
			continue;
		rest = line + used;
		for (order = 0; (word = strsep(&rest, " \n")); order += !!*word) {
			if (!atoi(word) || (is_found && order < ret_block->order))
				continue;
			ret_block->order = order;
			strcpy(ret_block->zone, zone);
			is_found = true;
		}
	}
	if (file)
		fclose(file);
	return is_found;
}

/* Of the table at the end of pagetypeinfo, which its title line begins. */
static uint64_t count_movable_blocks(FILE *file)
{
	unsigned long movable;
	bool is_table = false;
	MEM_AUTO char *line = NULL;
	uint64_t count = 0;
	size_t room = 0;
	char zone[16];

	while (getline(&line, &room, file) >= 0) {
		if (!strncmp(line, "Number of blocks type", 21))
			is_table = true;
		else if (is_table && sscanf(line, "Node %*u, zone %15s %*u %lu", zone,
					    &movable) == 2 && strcmp(zone, "Movable"))
			count += movable;
	}
	return count;
}

/* What can be cleared by moving pages, at most and not in one piece; 0: not to be seen. */
static uint64_t movable_size(void)
{
	FILE *file = open_file("/proc/pagetypeinfo");
	unsigned long pages = 0;
	uint64_t blocks = 0;
	MEM_AUTO char *line = NULL;
	size_t room = 0;

	if (!file)
		return 0;
	while (!pages && getline(&line, &room, file) >= 0) {
		if (sscanf(line, "Pages per block: %lu", &pages) != 1)
			pages = 0;
	}
	if (pages)
		blocks = count_movable_blocks(file);
	fclose(file);
	return blocks * pages * sysconf(_SC_PAGESIZE);
}

static char *movable_text(void)
{
	const uint64_t size = movable_size();
	char text[UDMABUF_SIZE_TEXT];

	if (!size)
		return mem_copy("root sees how much can be cleared by moving pages");
	udmabuf_format_size(size, text);
	return mem_printf("blocks of movable pages, of which longer runs can be cleared: %s in all",
			  text);
}

void doctor_check_free_memory(struct doctor *doctor)
{
	char text[UDMABUF_SIZE_TEXT];
	MEM_AUTO char *movable = movable_text();
	struct block block;
	uint64_t size;

	if (!read_biggest(&block)) {
		doctor_fix(doctor, "memory", "/proc/buddyinfo can't be read: mount /proc");
		return;
	}
	size = (uint64_t)sysconf(_SC_PAGESIZE) << block.order;
	udmabuf_format_size(size, text);
	if (size < FREE_BLOCK_WANTED)
		doctor_fix(doctor, "memory", "the biggest free block is %s: make buffers earlier "
			   "in the boot, or echo 1 >/proc/sys/vm/compact_memory; %s", text,
			   movable);
	else
		doctor_ok(doctor, "memory", "the biggest free block is %s (zone %s); %s", text,
			  block.zone, movable);
}
