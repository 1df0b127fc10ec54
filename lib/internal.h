/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of libudmabuf, and the daemon, share. Same rules as udmabuf.h. */
#ifndef UDMABUF_INTERNAL_H
#define UDMABUF_INTERNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDMABUF_CLASS_DIR	"/sys/class/u-dma-buf"
#define UDMABUF_MANAGER		"/dev/u-dma-buf-mgr"

/* A path below the root in force. Return: 0, -ENAMETOOLONG. */
int udmabuf_path(char ret_path[PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct udmabuf_spec;

/*
 * For many on one descriptor of the manager, which is to be closed. Return: it; or what
 * udmabuf_create() returns, with the reason.
 */
int udmabuf_open_manager(char *ret_reason);
/* udmabuf_create() on it. */
int udmabuf_create_on(int manager, const struct udmabuf_spec *spec, char *ret_reason);

/*
 * The path of a buffer's directory in sysfs, with the attribute if that is not NULL.
 * Return: 0, -ENOENT (no such buffer), -ENXIO (the module is not loaded).
 */
int udmabuf_sysfs_path(char ret_path[PATH_MAX], const char *name, const char *attribute);

/* Write the reason, where the caller wants one. Return: error, for the caller to return. */
int udmabuf_fail(char *ret_reason, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
