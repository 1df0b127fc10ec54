// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl list and show: what the attributes say, for people. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/udmabuf.h"
#include "udmabufctl.h"

#define CELL_SIZE 256

static void name_cell(const struct udmabuf_info *info, char *cell)
{
	snprintf(cell, CELL_SIZE, "%s", info->name);
}

static void size_cell(const struct udmabuf_info *info, char *cell)
{
	udmabuf_format_size(info->size, cell);
}

static void dma_address_cell(const struct udmabuf_info *info, char *cell)
{
	snprintf(cell, CELL_SIZE, "0x%" PRIx64, info->dma_addr);
}

static void device_cell(const struct udmabuf_info *info, char *cell)
{
	snprintf(cell, CELL_SIZE, "%s", *info->device ? info->device : "none");
}

static void mapping_cell(const struct udmabuf_info *info, char *cell)
{
	snprintf(cell, CELL_SIZE, "%s", udmabuf_mapping_text(info));
}

static void sync_mode_cell(const struct udmabuf_info *info, char *cell)
{
	snprintf(cell, CELL_SIZE, "%u", info->sync_mode);
}

static void mmap_mode_cell(const struct udmabuf_info *info, char *cell)
{
	snprintf(cell, CELL_SIZE, "%s", udmabuf_mmap_mode_text(info->mmap_mode));
}

static void direction_cell(const struct udmabuf_info *info, char *cell)
{
	snprintf(cell, CELL_SIZE, "%s", udmabuf_direction_text(info->sync_direction));
}

static void owner_cell(const struct udmabuf_info *info, char *cell)
{
	snprintf(cell, CELL_SIZE, "%s", udmabuf_owner_text(info->sync_owner));
}

static void users_cell(const struct udmabuf_info *info, char *cell)
{
	snprintf(cell, CELL_SIZE, "%u", info->users);
}

static const struct column {
	const char *title;
	int is_number;
	void (*format)(const struct udmabuf_info *info, char *cell);
} columns[] = {
	{ "NAME", 0, name_cell },
	{ "SIZE", 1, size_cell },
	{ "DMA ADDRESS", 1, dma_address_cell },
	{ "DEVICE", 0, device_cell },
	{ "MAPPED", 0, mapping_cell },
	{ "MMAP", 0, mmap_mode_cell },
	{ "SYNC", 1, sync_mode_cell },
	{ "DIRECTION", 0, direction_cell },
	{ "OWNER", 0, owner_cell },
	{ "USERS", 1, users_cell },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static int column_width(const struct column *column, const struct udmabuf_info *list, size_t count)
{
	size_t width = strlen(column->title);
	char cell[CELL_SIZE];
	size_t i;

	for (i = 0; i < count; i++) {
		column->format(&list[i], cell);
		if (strlen(cell) > width)
			width = strlen(cell);
	}
	return width;
}

static void print_cell(size_t index, int width, const char *cell)
{
	printf("%s%*s", index ? "  " : "", columns[index].is_number ? width : -width, cell);
}

static void print_table(const struct udmabuf_info *list, size_t count)
{
	int width[COLUMN_COUNT];
	char cell[CELL_SIZE];
	size_t i, c;

	for (c = 0; c < COLUMN_COUNT; c++) {
		width[c] = column_width(&columns[c], list, count);
		print_cell(c, width[c], columns[c].title);
	}
	putchar('\n');
	for (i = 0; i < count; i++) {
		for (c = 0; c < COLUMN_COUNT; c++) {
			columns[c].format(&list[i], cell);
			print_cell(c, width[c], cell);
		}
		putchar('\n');
	}
}

int udmabufctl_list(int argc, char **argv)
{
	struct udmabuf_info *list;
	size_t count;
	int r;

	if (!udmabufctl_has_words(argc, argv, 0, "nothing after 'list'"))
		return EXIT_USAGE;
	r = udmabuf_list(&list, &count);
	if (r < 0)
		return udmabufctl_fail("%s", udmabuf_error_text(r));
	if (count)
		print_table(list, count);
	else
		fputs("No buffers: 'udmabufctl create' or /etc/u-dma-buf.conf makes one.\n",
		      stderr);
	free(list);
	return EXIT_OK;
}

static void print_id(const char *before, unsigned int id, const char *name)
{
	if (name)
		printf("%s%s", before, name);
	else
		printf("%s%u", before, id);
}

/* The line that says who may open the node, which no attribute knows. */
static void print_node(const struct udmabuf_info *info)
{
	char path[sizeof(info->name) + 8];
	const struct passwd *user;
	const struct group *group;
	struct stat node;

	snprintf(path, sizeof(path), "/dev/%s", info->name);
	if (stat(path, &node) < 0) {
		printf("node:            %s: %s\n", path, strerror(errno));
		return;
	}
	user = getpwuid(node.st_uid);
	group = getgrgid(node.st_gid);
	printf("node:            %s, %u:%u, mode %04o", path, info->major, info->minor,
	       (unsigned int)node.st_mode & 07777);
	print_id(", owner ", node.st_uid, user ? user->pw_name : NULL);
	print_id(", group ", node.st_gid, group ? group->gr_name : NULL);
	putchar('\n');
}

static void print_size(const char *key, uint64_t size)
{
	char text[UDMABUF_SIZE_TEXT];

	udmabuf_format_size(size, text);
	printf("%-16s %" PRIu64 " (%s)\n", key, size, text);
}

static void print_memory(const struct udmabuf_info *info)
{
	print_size("size:", info->size);
	printf("phys_addr:       0x%016" PRIx64 "\n", info->dma_addr);
	printf("memory:          %s\n", info->memory);
	printf("origin:          %s\n", info->origin);
	printf("users:           %u\n", info->users);
	printf("dma_device:      %s\n", *info->device ? info->device : "none");
	printf("dma_mask:        %u\n", info->dma_mask);
	printf("dma_coherent:    %d (%s)\n", info->is_coherent,
	       info->is_coherent ? "the hardware keeps caches in step" :
				   "sync before and after every DMA");
}

static void print_sync(const struct udmabuf_info *info)
{
	printf("quirk_mmap_mode: %u (%s)\n", info->mmap_mode,
	       udmabuf_mmap_mode_text(info->mmap_mode));
	printf("sync_mode:       %u (%s%s)\n", info->sync_mode,
	       udmabuf_caching_text(info->sync_mode),
	       info->sync_mode & UDMABUF_SYNC_ALWAYS ? "" : " with O_SYNC");
	printf("mapped:          %s\n", udmabuf_mapping_text(info));
	printf("sync_offset:     0x%" PRIx64 "\n", info->sync_offset);
	print_size("sync_size:", info->sync_size);
	printf("sync_direction:  %u (%s)\n", info->sync_direction,
	       udmabuf_direction_text(info->sync_direction));
	printf("sync_owner:      %u (%s)\n", info->sync_owner,
	       udmabuf_owner_text(info->sync_owner));
}

int udmabufctl_show(int argc, char **argv)
{
	struct udmabuf_info info;
	int r;

	if (!udmabufctl_has_words(argc, argv, 1, "one NAME after 'show'"))
		return EXIT_USAGE;
	r = udmabuf_lookup(argv[optind], &info);
	if (r < 0)
		return udmabufctl_explain(argv[optind], r);
	printf("name:            %s\n", info.name);
	print_node(&info);
	print_memory(&info);
	print_sync(&info);
	printf("driver_version:  %s\n", info.driver_version);
	printf("ioctl_version:   %u\n", info.ioctl_version);
	return EXIT_OK;
}
