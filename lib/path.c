// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where things are: the root, paths below it, a buffer's directory; and errors put into words. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../src/version.h"
#include "internal.h"
#include "udmabuf.h"

static char the_root[PATH_MAX];

int udmabuf_set_root(const char *root)
{
	size_t length = root ? strlen(root) : 0;

	if (length >= sizeof(the_root))
		return -ENAMETOOLONG;
	memcpy(the_root, root ? root : "", length + 1);
	return 0;
}

int udmabuf_path(char ret_path[PATH_MAX], const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (length < 0 || strlen(the_root) + (size_t)length >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(ret_path, the_root);
	strcat(ret_path, path);
	return 0;
}

static bool is_plain_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

int udmabuf_sysfs_path(char ret_path[PATH_MAX], const char *name, const char *attribute)
{
	char path[PATH_MAX];
	int r;

	r = udmabuf_path(path, UDMABUF_CLASS_DIR);
	if (r < 0)
		return r;
	if (access(path, F_OK) < 0)
		return errno == ENOENT ? -ENXIO : -errno;

	if (!is_plain_name(name))
		return -ENOENT;
	r = udmabuf_path(path, UDMABUF_CLASS_DIR "/%s", name);
	if (r < 0)
		return -ENOENT;
	if (access(path, F_OK) < 0)
		return errno == ENAMETOOLONG ? -ENOENT : -errno;

	return udmabuf_path(ret_path, UDMABUF_CLASS_DIR "/%s%s%s", name, attribute ? "/" : "",
			    attribute ? attribute : "");
}

const char *udmabuf_error_text(int error)
{
	switch (error) {
	case -ENXIO:
		return "the module u-dma-buf is not loaded: modprobe u-dma-buf "
		       "(it comes with the package u-dma-buf-dkms)";
	case -EBADMSG:
		return "the attributes in /sys/class/u-dma-buf are not those of u-dma-buf "
		       UDMABUF_VERSION ": another driver of this name is loaded, or another "
		       "version: rmmod u-dma-buf, then modprobe u-dma-buf";
	default:
		return strerror(-error);
	}
}

int udmabuf_fail(char *ret_reason, int error, const char *format, ...)
{
	va_list arguments;

	if (!ret_reason)
		return error;
	va_start(arguments, format);
	vsnprintf(ret_reason, UDMABUF_REASON_SIZE, format, arguments);
	va_end(arguments);
	for (; *ret_reason; ret_reason++) {
		if (iscntrl((unsigned char)*ret_reason))
			*ret_reason = '?';
	}
	return error;
}
