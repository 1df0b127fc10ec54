// SPDX-License-Identifier: GPL-2.0-only
/* Owns the root that every path of the daemon starts from, the configuration's excepted. */
#include "paths.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <udmabuf.h>

static const char *paths_root = "";

void paths_set_root(const char *root)
{
	paths_root = root;
	udmabuf_set_root(root);
}

int paths_format(char ret_path[PATH_MAX], const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if (length < 0 || length >= PATH_MAX ||
	    snprintf(ret_path, PATH_MAX, "%s%s", paths_root, path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}
