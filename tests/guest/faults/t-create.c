// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of a create, a load and a delete fails once: an error that says so or none,
 * nothing half made, and the next try succeeds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "inject.h"

#define SIZE (16 * 4096)

static char command[256];
static int manager_fd, module_file;
static size_t size = SIZE;

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

static void check_whole(const char *name)
{
	int fd = open_buffer(name, O_RDWR);
	char *there = map_buffer(fd, size, 0);

	expect_number("first byte that is not zero", find_nonzero(there, size), -1);
	expect_number("its size", attribute_number(name, "size"), size);
	munmap(there, size);
	close(fd);
	expect_attribute(name, "users", "0");
}

/* create, by the manager */

static int run_command(void)
{
	return error_of(write(manager_fd, command, strlen(command)));
}

static void expect_no_buffer(void)
{
	expect_number("buffers", buffer_count(), 0);
	expect_true("neither node nor attributes", !buffer_exists("a"));
}

static void undo_create(void)
{
	check_whole("a");
	delete_buffer("a");
	expect_no_buffer();
}

static const struct operation creation = {
	"create", NULL, run_command, expect_no_buffer, undo_create,
};

static void create_with(const char *memory_kind, size_t bytes, const char *options)
{
	take_seconds(900);
	expect_reload("info_enable=0");
	inject_prepare();
	size = bytes;
	snprintf(command, sizeof(command), "create a %zu %s", bytes, options);
	manager_fd = open_manager();
	expect_errno(command, run_command(), 0);
	expect_attribute("a", "memory", memory_kind);
	delete_buffer("a");
	/* All of a big one is zeroed and looked at each time. */
	inject_each(&creation, bytes > SIZE ? 1 : 2, "M");
}

static const char *parent(void)
{
	static char options[64];
	struct edu edu;

	edu_find(&edu);
	snprintf(options, sizeof(options), "bus=pci device=%s", edu.bdf);
	return options;
}

static void create_of_pages_fails_whole(void)
{
	create_with("pages", SIZE, "");
}

static void create_of_pages_for_a_device_fails_whole(void)
{
	create_with("pages", SIZE, parent());
}

static void create_of_contig_fails_whole(void)
{
	create_with("contig", 5 << 20, "");
}

static void create_of_scattered_fails_whole(void)
{
	create_with("scattered", 5 << 20, parent());
}

static void create_of_cma_fails_whole(void)
{
	create_with("cma", 7 << 20, "dma-mask=24");
}

/* create, by a parameter */

static void unload_if_loaded(void)
{
	if (module_is_loaded())
		expect_errno("unload", module_unload_in_time(), 0);
}

static int run_load(void)
{
	return error_of(syscall(SYS_finit_module, module_file, "info_enable=0 udmabuf0=65536", 0));
}

static void expect_not_loaded(void)
{
	expect_true("no module", !module_is_loaded());
	expect_true("no manager", access(MANAGER, F_OK));
}

/* A load without its buffer succeeds, and the log has the reason. */
static void undo_load(void)
{
	if (buffer_exists("udmabuf0"))
		check_whole("udmabuf0");
	else
		expect_true("the log to name what failed", log_count("udmabuf0") > 0);
	log_mark();
	unload_if_loaded();
}

static const struct operation load = {
	"load", unload_if_loaded, run_load, expect_not_loaded, undo_load,
};

static void a_load_with_a_buffer_fails_whole_or_says_which_buffer_failed(void)
{
	take_seconds(900);
	expect_reload("info_enable=0");
	inject_prepare();
	module_file = open(MODULE_FILE, O_RDONLY | O_CLOEXEC);
	/* What the kernel does before it calls the driver is its own affair. */
	inject_within(&load, "do_one_initcall", 1, "M");
}

/* delete */

static void create_for_delete(void)
{
	if (!buffer_exists("a"))
		create("a %d", SIZE);
}

static void expect_still_there(void)
{
	check_whole("a");
}

static const struct operation deletion = {
	"delete", create_for_delete, run_command, expect_still_there, expect_no_buffer,
};

static void delete_happens_or_leaves_the_buffer_whole(void)
{
	take_seconds(300);
	expect_reload("info_enable=0");
	inject_prepare();
	strcpy(command, "delete a");
	manager_fd = open_manager();
	inject_each(&deletion, 1, "M");
	strcpy(command, "delete a force");
	inject_each(&deletion, 1, "M");
}

static const struct claim claims[] = {
	CLAIM(create_of_pages_fails_whole),
	CLAIM(create_of_pages_for_a_device_fails_whole),
	CLAIM(create_of_contig_fails_whole),
	CLAIM(create_of_scattered_fails_whole),
	CLAIM(create_of_cma_fails_whole),
	CLAIM(a_load_with_a_buffer_fails_whole_or_says_which_buffer_failed),
	CLAIM(delete_happens_or_leaves_the_buffer_whole),
};

CLAIMS(claims)
