// SPDX-License-Identifier: GPL-2.0-only
/* Owns the form of the JSON: the configuration's words, addresses as text, sizes as numbers. */
#include "udmabufctl_json.h"

#include "../lib/internal.h"

#include <grp.h>
#include <inttypes.h>
#include <json.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value || json_object_object_add(object, key, value) < 0)
		abort();
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	add(object, key, json_object_new_string(text));
}

static void add_number(struct json_object *object, const char *key, uint64_t number)
{
	add(object, key, json_object_new_uint64(number));
}

static void add_flag(struct json_object *object, const char *key, bool flag)
{
	add(object, key, json_object_new_boolean(flag));
}

/* Above 2^53 many readers of JSON round a number. */
static void add_address(struct json_object *object, const char *key, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%016" PRIx64, address);
	add_text(object, key, text);
}

static struct json_object *sync_object(const struct udmabuf_info *info)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "mode", udmabuf_caching_text(info->sync_mode));
	add_flag(object, "always", info->sync_mode & UDMABUF_SYNC_ALWAYS);
	add_number(object, "offset", info->sync_offset);
	add_number(object, "size", info->sync_size);
	add_text(object, "direction", udmabuf_direction_text(info->sync_direction));
	add_text(object, "owner", udmabuf_owner_text(info->sync_owner));
	return object;
}

static struct json_object *node_object(const struct udmabuf_info *info)
{
	struct json_object *object = json_object_new_object();
	const struct passwd *user;
	const struct group *group;
	char path[PATH_MAX];
	struct stat node;
	char mode[8];

	add_number(object, "major", info->major);
	add_number(object, "minor", info->minor);
	if (udmabuf_path(path, "/dev/%s", info->name) < 0 || stat(path, &node) < 0)
		return object;
	user = getpwuid(node.st_uid);
	group = getgrgid(node.st_gid);
	snprintf(mode, sizeof(mode), "%04o", (unsigned int)node.st_mode & 07777);
	add_number(object, "uid", node.st_uid);
	add_number(object, "gid", node.st_gid);
	if (user)
		add_text(object, "owner", user->pw_name);
	if (group)
		add_text(object, "group", group->gr_name);
	add_text(object, "mode", mode);
	return object;
}

static struct json_object *process_array(size_t buffer,
					 const struct udmabufctl_processes *processes)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < processes->count; i++) {
		const struct udmabufctl_process *process = &processes->list[i];
		struct json_object *object;

		if (process->buffer != buffer)
			continue;
		object = json_object_new_object();
		add_number(object, "pid", process->pid);
		add_text(object, "command", process->command);
		add_number(object, "opens", process->opens);
		add_flag(object, "mapped", process->is_mapped);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *buffer_object(const struct udmabuf_info *info, size_t index,
					 const struct udmabufctl_processes *processes)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "name", info->name);
	add_number(object, "size", info->size);
	add_address(object, "phys_addr", info->dma_addr);
	if (*info->device)
		add_text(object, "device", info->device);
	else if (json_object_object_add(object, "device", NULL) < 0)
		abort();
	add_number(object, "dma_mask", info->dma_mask);
	add_flag(object, "dma_coherent", info->is_coherent);
	add_text(object, "memory", info->memory);
	add_text(object, "origin", info->origin);
	add_text(object, "mmap", udmabuf_mmap_mode_text(info->mmap_mode));
	add_text(object, "mapped", udmabuf_mapping_text(info));
	add(object, "sync", sync_object(info));
	add(object, "node", node_object(info));
	add_number(object, "users", info->users);
	add(object, "processes", process_array(index, processes));
	add_flag(object, "all_processes_seen", !processes->is_partial);
	add_text(object, "driver_version", info->driver_version);
	add_number(object, "ioctl_version", info->ioctl_version);
	return object;
}

static void print(struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_SPACED |
							  JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		abort();
	puts(text);
	json_object_put(object);
}

void udmabufctl_print_json(const struct udmabuf_info *info,
			   const struct udmabufctl_processes *processes)
{
	print(buffer_object(info, 0, processes));
}

void udmabufctl_print_json_list(const struct udmabuf_info *list, size_t count,
				const struct udmabufctl_processes *processes)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_object_array_add(array, buffer_object(&list[i], i, processes));
	print(array);
}
