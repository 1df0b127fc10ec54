// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finding buffers: the attributes of one or of all, from sysfs to struct udmabuf_info. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "udmabuf.h"

struct field {
	const char *attribute;
	size_t offset;
	size_t size;
	uint64_t max;		/* 0: a text */
};

#define TEXT(attribute, member) \
	{ attribute, offsetof(struct udmabuf_info, member), \
	  sizeof(((struct udmabuf_info *)0)->member), 0 }
#define NUMBER(attribute, member, max) \
	{ attribute, offsetof(struct udmabuf_info, member), \
	  sizeof(((struct udmabuf_info *)0)->member), max }

static const struct field fields[] = {
	TEXT("driver_version", driver_version),
	TEXT("dma_device", device),
	TEXT("memory", memory),
	TEXT("origin", origin),
	NUMBER("size", size, UINT64_MAX),
	NUMBER("phys_addr", dma_addr, UINT64_MAX),
	NUMBER("dma_mask", dma_mask, 64),
	NUMBER("dma_coherent", is_coherent, 1),
	NUMBER("quirk_mmap_mode", mmap_mode, UDMABUF_MMAP_PAGE),
	NUMBER("ioctl_version", ioctl_version, UINT_MAX),
	NUMBER("sync_mode", sync_mode, UDMABUF_SYNC_MODE_MAX),
	NUMBER("sync_direction", sync_direction, UDMABUF_FROM_DEVICE),
	NUMBER("sync_offset", sync_offset, UINT64_MAX),
	NUMBER("sync_size", sync_size, UINT64_MAX),
	NUMBER("sync_owner", sync_owner, UDMABUF_OWNER_DEVICE),
	NUMBER("users", users, UINT_MAX),
};

static int read_attribute(int dir_fd, const char *attribute, char *ret_text, size_t room)
{
	char text[512];
	ssize_t length;
	int fd;

	fd = openat(dir_fd, attribute, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text));
	if (length < 0)
		length = -errno;
	close(fd);
	if (length < 0)
		return length;

	if (length && text[length - 1] == '\n')
		length--;
	if ((size_t)length >= room || memchr(text, '\n', length) || memchr(text, '\0', length))
		return -EBADMSG;
	memcpy(ret_text, text, length);
	ret_text[length] = '\0';
	return 0;
}

static int read_number(int dir_fd, const struct field *field, void *ret_number)
{
	char text[32];
	uint64_t number;
	int r;

	r = read_attribute(dir_fd, field->attribute, text, sizeof(text));
	if (r < 0)
		return r;
	if (udmabuf_parse_number(text, &number) < 0 || number > field->max)
		return -EBADMSG;

	if (field->size == sizeof(uint64_t))
		*(uint64_t *)ret_number = number;
	else if (field->size == sizeof(unsigned int))
		*(unsigned int *)ret_number = number;
	else
		*(bool *)ret_number = number;
	return 0;
}

static int read_device_number(int dir_fd, unsigned int *ret_major, unsigned int *ret_minor)
{
	unsigned int major, minor;
	char text[32];
	char end;
	int r;

	r = read_attribute(dir_fd, "dev", text, sizeof(text));
	if (r < 0)
		return r;
	if (sscanf(text, "%u:%u%c", &major, &minor, &end) != 2)
		return -EBADMSG;
	*ret_major = major;
	*ret_minor = minor;
	return 0;
}

static int read_fields(int dir_fd, struct udmabuf_info *info)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct field *field = &fields[i];
		char *member = (char *)info + field->offset;

		r = field->max ? read_number(dir_fd, field, member) :
				 read_attribute(dir_fd, field->attribute, member, field->size);
		if (r < 0)
			return r;
	}
	if (!strcmp(info->device, "none"))
		info->device[0] = '\0';
	return 0;
}

/*
 * The kernel makes "dev" last and takes it away first: without it the buffer is about to come or
 * to go, and does not count. Beside it, an attribute that is missing is another driver's way.
 */
static int read_buffer(int dir_fd, struct udmabuf_info *info)
{
	struct stat directory;
	int r = read_device_number(dir_fd, &info->major, &info->minor);

	if (r < 0)
		return r == -ENODEV ? -ENOENT : r;
	if (fstat(dir_fd, &directory) < 0)
		return -errno;
	info->inode = directory.st_ino;
	r = read_fields(dir_fd, info);
	if (r == -ENOENT || r == -ENODEV)
		r = faccessat(dir_fd, "dev", F_OK, 0) < 0 ? -ENOENT : -EBADMSG;
	return r;
}

int udmabuf_lookup(const char *name, struct udmabuf_info *ret_info)
{
	struct udmabuf_info info = { 0 };
	char path[PATH_MAX];
	int dir_fd;
	int r;

	r = udmabuf_sysfs_path(path, name, NULL);
	if (r < 0)
		return r;
	if (strlen(name) >= sizeof(info.name))
		return -EBADMSG;
	strcpy(info.name, name);

	dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return -errno;
	r = read_buffer(dir_fd, &info);
	close(dir_fd);
	if (r < 0)
		return r;
	*ret_info = info;
	return 0;
}

static int is_buffer(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static int lookup_all(struct dirent **entries, int entry_count, struct udmabuf_info *list,
		      size_t *ret_count)
{
	size_t count = 0;
	int r, i;

	for (i = 0; i < entry_count; i++) {
		r = udmabuf_lookup(entries[i]->d_name, &list[count]);
		if (r == 0)
			count++;
		else if (r != -ENOENT)
			return r;
	}
	*ret_count = count;
	return 0;
}

int udmabuf_list(struct udmabuf_info **ret_list, size_t *ret_count)
{
	struct udmabuf_info *list = NULL;
	struct dirent **entries;
	char path[PATH_MAX];
	size_t count = 0;
	int entry_count;
	int r;

	r = udmabuf_path(path, UDMABUF_CLASS_DIR);
	if (r < 0)
		return r;
	entry_count = scandir(path, &entries, is_buffer, by_name);
	if (entry_count < 0)
		return errno == ENOENT ? -ENXIO : -errno;

	if (entry_count) {
		list = calloc(entry_count, sizeof(*list));
		r = list ? lookup_all(entries, entry_count, list, &count) : -ENOMEM;
	}
	while (entry_count--)
		free(entries[entry_count]);
	free(entries);
	if (r < 0 || !count) {
		free(list);
		list = NULL;
	}
	if (r < 0)
		return r;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
