// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl list: a line for each buffer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/udmabuf.h"
#include "udmabufctl.h"
#include "udmabufctl_json.h"
#include "udmabufctl_processes.h"

#define CELL_SIZE 256
#define PROCESSES_SHOWN 4

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

static void print_cell(const struct column *column, int width, const char *cell)
{
	printf("%*s  ", column->is_number ? width : -width, cell);
}

/* The last column: as wide as it comes. */
static void print_processes(const struct udmabufctl_processes *processes, size_t buffer,
			    unsigned int users)
{
	unsigned int shown = 0;
	size_t i;

	for (i = 0; i < processes->count; i++) {
		const struct udmabufctl_process *process = &processes->list[i];

		if (process->buffer != buffer)
			continue;
		if (shown++ == PROCESSES_SHOWN) {
			fputs(", ...", stdout);
			break;
		}
		printf("%s%s[%d]", shown > 1 ? ", " : "", process->command, process->pid);
	}
	if (!shown)
		fputs(users ? "unknown" : "-", stdout);
	putchar('\n');
}

static void print_titles(const int *width)
{
	size_t c;

	fputs(udmabufctl_style(stdout, STYLE_TITLE), stdout);
	for (c = 0; c < COLUMN_COUNT; c++)
		print_cell(&columns[c], width[c], columns[c].title);
	printf("USED BY%s\n", udmabufctl_style(stdout, STYLE_PLAIN));
}

static void print_table(const struct udmabuf_info *list, size_t count,
			const struct udmabufctl_processes *processes)
{
	int width[COLUMN_COUNT];
	char cell[CELL_SIZE];
	size_t i, c;

	for (c = 0; c < COLUMN_COUNT; c++)
		width[c] = column_width(&columns[c], list, count);
	print_titles(width);
	for (i = 0; i < count; i++) {
		for (c = 0; c < COLUMN_COUNT; c++) {
			columns[c].format(&list[i], cell);
			print_cell(&columns[c], width[c], cell);
		}
		print_processes(processes, i, list[i].users);
	}
}

int udmabufctl_list(int argc, char **argv)
{
	struct udmabufctl_processes processes;
	struct udmabuf_info *list;
	bool is_json;
	size_t count;
	int r;

	if (!udmabufctl_has_words_and(argc, argv, "json", &is_json, 0, 0,
				      "nothing after 'list'"))
		return EXIT_USAGE;
	r = udmabuf_list(&list, &count);
	if (r < 0)
		return udmabufctl_fail("%s", udmabuf_error_text(r));
	udmabufctl_find_processes(list, count, &processes);
	if (is_json)
		udmabufctl_print_json_list(list, count, &processes);
	else if (count)
		print_table(list, count, &processes);
	else
		fputs("No buffers: 'udmabufctl create' or /etc/u-dma-buf.conf makes one.\n",
		      stderr);
	free(processes.list);
	free(list);
	return EXIT_OK;
}
