/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory that libudmabuf takes for "/", made anew for each test. */
#ifndef TEST_LIB_ROOT_H
#define TEST_LIB_ROOT_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "udmabuf.h"

#define CLASS "sys/class/u-dma-buf"

static char root[64];

static const char *root_path(const char *path)
{
	static char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	return full;
}

static void make_directories(const char *path)
{
	char part[PATH_MAX];
	size_t i;

	for (i = 1; i <= strlen(path); i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		mkdir(root_path(part), 0755);
	}
}

static void put_file(const char *path, const char *content)
{
	FILE *file = fopen(root_path(path), "w");

	assert_non_null(file);
	fputs(content, file);
	assert_int_equal(fclose(file), 0);
}

static inline void put_attribute(const char *name, const char *attribute, const char *content)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), CLASS "/%s/%s", name, attribute);
	put_file(path, content);
}

static inline void remove_attribute(const char *name, const char *attribute)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), CLASS "/%s/%s", name, attribute);
	assert_int_equal(unlink(root_path(path)), 0);
}

static inline void move_to(const char *path, const char *to)
{
	char from[PATH_MAX];

	strcpy(from, root_path(path));
	assert_int_equal(rename(from, root_path(to)), 0);
}

static inline void move_away(const char *path)
{
	move_to(path, "away");
}

/* With attributes as the driver writes them. */
static inline void add_buffer(const char *name)
{
	static const char *const attributes[][2] = {
		{ "driver_version", "0.1.0\n" }, { "dma_device", "pci/0000:00:04.0\n" },
		{ "memory", "pages\n" }, { "origin", "manager\n" }, { "size", "65536\n" },
		{ "phys_addr", "0x00000001fe000000\n" }, { "dma_mask", "32\n" },
		{ "dma_coherent", "1\n" }, { "quirk_mmap_mode", "3\n" },
		{ "ioctl_version", "2\n" }, { "sync_mode", "6\n" }, { "sync_direction", "2\n" },
		{ "sync_offset", "0x1000\n" }, { "sync_size", "4096\n" },
		{ "sync_owner", "1\n" }, { "users", "3\n" }, { "dev", "240:7\n" },
	};
	char path[PATH_MAX];
	size_t i;

	snprintf(path, sizeof(path), CLASS "/%s", name);
	make_directories(path);
	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		put_attribute(name, attributes[i][0], attributes[i][1]);
}

/* As a link, which is what the kernel makes of it. @device is below sys/bus/pci/devices. */
static inline void bind_driver(const char *device, const char *driver)
{
	char link[PATH_MAX];

	snprintf(link, sizeof(link), "sys/bus/pci/devices/%s/driver", device);
	assert_int_equal(symlink(driver, root_path(link)), 0);
}

static inline void unbind_driver(const char *device)
{
	char link[PATH_MAX];

	snprintf(link, sizeof(link), "sys/bus/pci/devices/%s/driver", device);
	assert_int_equal(unlink(root_path(link)), 0);
}

static int make_root(void **state)
{
	strcpy(root, "/tmp/udmabuf-test-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	make_directories("dev");
	return udmabuf_set_root(root);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

static int remove_root(void **state)
{
	udmabuf_set_root(NULL);
	return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#define root_test(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

#endif
