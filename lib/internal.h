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
 * Creates buffers in order, by one write each on one descriptor of the manager, until one fails.
 * Return: how many were made, with *ret_error 0; or the error of the one behind them, with the reason.
 */
size_t udmabuf_create_many(const struct udmabuf_spec *specs, size_t count, int *ret_error,
			   char *ret_reason);

/*
 * The path of a buffer's directory in sysfs, with the attribute if that is not NULL.
 * Return: 0, -ENOENT (no such buffer), -ENXIO (the module is not loaded).
 */
int udmabuf_sysfs_path(char ret_path[PATH_MAX], const char *name, const char *attribute);

/* Write the reason, where the caller wants one. Return: error, for the caller to return. */
int udmabuf_fail(char *ret_reason, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
