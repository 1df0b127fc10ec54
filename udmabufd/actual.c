// SPDX-License-Identifier: GPL-2.0-only
/* Owns the view of what exists: sysfs, /dev and our records brought together. */
#include "actual.h"
#include "canonical.h"
#include "mem.h"

#include <errno.h>
#include <glob.h>
#include <internal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_buffers(struct actual *actual)
{
	struct udmabuf_info *list;
	size_t count;
	int r = udmabuf_list(&list, &count);

	if (r == -ENXIO)
		return 0;
	if (r < 0)
		return r;
	actual->has_module = true;
	for (size_t i = 0; i < count; i++) {
		actual->buffers = mem_grow(actual->buffers, i, sizeof(*actual->buffers));
		actual->buffers[i].info = list[i];
	}
	actual->n_buffers = count;
	free(list);
	return 0;
}

static struct actual_buffer *lookup(const struct actual *actual, const char *name)
{
	for (size_t i = 0; i < actual->n_buffers; i++) {
		if (!strcmp(actual->buffers[i].info.name, name))
			return &actual->buffers[i];
	}
	return NULL;
}

/*
 * A crash right after the creation leaves a record without the inode that ties the two. What was
 * asked for then is the proof: a buffer that others made is hardly the same in all of it.
 */
static bool is_about(const struct record *record, const struct udmabuf_info *info)
{
	if (record->inode)
		return record->inode == info->inode;
	return record->is_made && !strcmp(info->origin, "manager") &&
	       canonical_fits(record->options, info);
}

static void add_record(struct actual *actual, const struct record *record)
{
	struct actual_buffer *buffer = lookup(actual, record->name);

	if (buffer && is_about(record, &buffer->info)) {
		buffer->record = record_copy(record);
		buffer->has_record = true;
		return;
	}
	actual->stale = mem_grow(actual->stale, actual->n_stale, sizeof(*actual->stale));
	actual->stale[actual->n_stale++] = mem_copy(record->name);
}

static int device_path(char ret_path[PATH_MAX], const char *device, const char *file)
{
	const char *slash = strchr(device, '/');

	return udmabuf_path(ret_path, "/sys/bus/%.*s/devices/%s/%s", (int)(slash - device), device,
			    slash + 1, file);
}

bool actual_device_has(const char *device, const char *file)
{
	char path[PATH_MAX];

	return !device_path(path, device, file) && !access(path, F_OK);
}

/* Of the device's own directory for "", because the slash has the link to it followed. */
static uint64_t device_inode(const char *device, const char *file)
{
	char path[PATH_MAX];
	struct stat st;

	return device_path(path, device, file) < 0 || lstat(path, &st) < 0 ? 0 : st.st_ino;
}

struct actual_device actual_device_look(const char *device)
{
	return (struct actual_device){
		.inode = device_inode(device, ""), .driver = device_inode(device, "driver"),
	};
}

/* Return: the name that a link to a driver ends with; NULL: there is none. */
static const char *driver_name(const char *link, char room[PATH_MAX])
{
	ssize_t length = readlink(link, room, PATH_MAX - 1);
	const char *slash;

	if (length < 0)
		return NULL;
	room[length] = '\0';
	slash = strrchr(room, '/');
	return slash ? slash + 1 : room;
}

static bool is_group_vfios(const char *device)
{
	char path[PATH_MAX];
	char room[PATH_MAX];
	glob_t found;
	bool is_so = false;

	if (device_path(path, device, "iommu_group/devices/*/driver") < 0 ||
	    glob(path, GLOB_NOSORT, NULL, &found))
		return false;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = driver_name(found.gl_pathv[i], room);

		is_so |= name && strstr(name, "vfio");
	}
	globfree(&found);
	return is_so;
}

/* Names tell, to the module as well: see is_vfios_to_take() in platform.c there. */
bool actual_device_is_vfios(const char *device)
{
	char path[PATH_MAX];
	char room[PATH_MAX];
	const char *name = device_path(path, device, "driver") < 0 ? NULL : driver_name(path, room);

	if (name && strstr(name, "vfio"))
		return true;
	return (!name || strstr(name, "pci-stub")) && is_group_vfios(device);
}

static void read_place(const struct config_buffer *buffer, struct actual_place *ret_place)
{
	char reason[UDMABUF_REASON_SIZE];

	ret_place->has_device = true;
	if (buffer->has_mistake)
		return;
	if (udmabuf_check_node(buffer->name, reason) < 0)
		ret_place->node_reason = mem_copy(reason);
	if (buffer->device)
		ret_place->has_device = actual_device_has(buffer->device, "");
}

int actual_read(const struct config *config, const struct records *records,
		struct actual *ret_actual)
{
	struct actual actual = { 0 };
	int r = read_buffers(&actual);

	if (r < 0)
		return r;
	for (size_t i = 0; i < records->count; i++)
		add_record(&actual, &records->list[i]);
	for (size_t i = 0; i < config->n_buffers; i++) {
		actual.places = mem_grow(actual.places, i, sizeof(*actual.places));
		read_place(&config->buffers[i], &actual.places[i]);
		actual.places[i].has_module = actual.has_module;
		actual.n_places = i + 1;
	}
	*ret_actual = actual;
	return 0;
}

char *actual_error_text(int error)
{
	const bool is_forbidden = error == -EACCES || error == -EPERM;

	return mem_printf("can't look at the buffers that exist: %s%s", udmabuf_error_text(error),
			  is_forbidden ? ": be root" : "");
}

void actual_free(struct actual *actual)
{
	for (size_t i = 0; i < actual->n_buffers; i++)
		record_free(&actual->buffers[i].record);
	for (size_t i = 0; i < actual->n_stale; i++)
		free(actual->stale[i]);
	for (size_t i = 0; i < actual->n_places; i++)
		free(actual->places[i].node_reason);
	free(actual->buffers);
	free(actual->stale);
	free(actual->places);
	*actual = (struct actual){ 0 };
}

const struct actual_buffer *actual_lookup(const struct actual *actual, const char *name)
{
	return lookup(actual, name);
}
