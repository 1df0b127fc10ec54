// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl show: all that is known about one buffer. */
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
#include "udmabufctl_json.h"
#include "udmabufctl_processes.h"

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

static void print_users(const struct udmabuf_info *info,
			const struct udmabufctl_processes *processes)
{
	size_t i;

	printf("users:           %u\n", info->users);
	for (i = 0; i < processes->count; i++) {
		const struct udmabufctl_process *process = &processes->list[i];

		printf("process:         %d %s, %u open%s\n", process->pid, process->command,
		       process->opens, process->is_mapped ? ", mapped" : "");
	}
	if (info->users && processes->is_partial)
		puts("process:         there may be others, which only root may see");
}

static void print_buffer(const struct udmabuf_info *info,
			 const struct udmabufctl_processes *processes)
{
	printf("name:            %s\n", info->name);
	print_node(info);
	print_memory(info);
	print_users(info, processes);
	print_sync(info);
	printf("driver_version:  %s\n", info->driver_version);
	printf("ioctl_version:   %u\n", info->ioctl_version);
}

int udmabufctl_show(int argc, char **argv)
{
	struct udmabufctl_processes processes;
	struct udmabuf_info info;
	bool is_json;
	int r;

	if (!udmabufctl_has_words_and(argc, argv, "json", &is_json, 1, 1,
				      "one NAME after 'show'"))
		return EXIT_USAGE;
	r = udmabuf_lookup(argv[optind], &info);
	if (r < 0)
		return udmabufctl_explain(argv[optind], r);
	udmabufctl_find_processes(&info, 1, &processes);
	if (is_json)
		udmabufctl_print_json(&info, &processes);
	else
		print_buffer(&info, &processes);
	free(processes.list);
	return EXIT_OK;
}
