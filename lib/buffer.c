// SPDX-License-Identifier: LGPL-2.1-or-later
/* Using one buffer: its node, its mappings, its settings. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "internal.h"
#include "udmabuf.h"

/* Opening a node that is something else's could have effects: it is looked at first. */
static int check_is_node_of(const struct udmabuf_info *info, const char *path)
{
	char directory[PATH_MAX];
	struct stat node;
	int r;

	if (stat(path, &node) < 0) {
		r = errno == ENOENT ? udmabuf_sysfs_path(directory, info->name, NULL) : -errno;
		return r < 0 ? r : -ENOTTY;
	}
	if (!S_ISCHR(node.st_mode) || node.st_rdev != makedev(info->major, info->minor))
		return -ENOTTY;
	return 0;
}

int udmabuf_open(const char *name, int flags)
{
	struct udmabuf_info info;
	char path[PATH_MAX];
	int fd;
	int r;

	r = udmabuf_lookup(name, &info);
	if (r < 0)
		return r;
	r = udmabuf_path(path, "/dev/%s", name);
	if (r < 0)
		return r;
	r = check_is_node_of(&info, path);
	if (r < 0)
		return r;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int udmabuf_map(int fd, uint64_t offset, uint64_t size, int prot, void **ret_address)
{
	void *address;

	if (size > SIZE_MAX || offset > INT64_MAX)
		return -EOVERFLOW;
	address = mmap(NULL, size, prot, MAP_SHARED, fd, offset);
	if (address == MAP_FAILED)
		return -errno;
	*ret_address = address;
	return 0;
}

int udmabuf_unmap(void *address, uint64_t size)
{
	return munmap(address, size) < 0 ? -errno : 0;
}

int udmabuf_set_attribute(const char *name, const char *attribute, uint64_t value)
{
	char path[PATH_MAX];
	char text[32];
	ssize_t written;
	int length;
	int fd;
	int r;

	if (strncmp(attribute, "sync_", 5))
		return -EINVAL;
	r = udmabuf_sysfs_path(path, name, attribute);
	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -EINVAL : -errno;
	length = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)value);
	written = write(fd, text, length);
	r = written < 0 ? -errno : 0;
	close(fd);
	return r;
}
