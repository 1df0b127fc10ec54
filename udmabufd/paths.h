/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths below the real root, or below a test's directory that stands for it. */
#ifndef UDMABUFD_PATHS_H
#define UDMABUFD_PATHS_H

#include <limits.h>

/* For tests; libudmabuf follows. Call it before anything else. */
void paths_set_root(const char *root);

/* Return: 0, -ENAMETOOLONG. */
int paths_format(char ret_path[PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
