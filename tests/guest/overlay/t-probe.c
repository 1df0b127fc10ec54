// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of a buffer that the device tree describes fails once: an error that says so or none, nothing
 * half made, and the next try succeeds.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "inject.h"
#include "prove.h"

#define DRIVER "/sys/bus/platform/drivers/u-dma-buf/"
#define DEVICE "overlay-buffer"
#define SIZE 0x10000

static int run_bind(void)
{
	return write_file(DRIVER "bind", DEVICE);
}

static void expect_unbound(void)
{
	expect_true("no driver of the device", access(DRIVER DEVICE, F_OK));
	expect_true("neither node nor attributes", !buffer_exists("overlaid"));
	expect_number("buffers", buffer_count(), 0);
}

static void undo_bind(void)
{
	int fd = open_buffer("overlaid", O_RDWR);
	char *memory = map_buffer(fd, SIZE, 0);

	expect_number("first byte that is not zero", find_nonzero(memory, SIZE), -1);
	fill_words(memory, SIZE, 1);
	munmap(memory, SIZE);
	close(fd);
	expect_errno("unbind", write_file(DRIVER "unbind", DEVICE), 0);
	expect_unbound();
}

/* A buffer that comes and goes is one that udev and others begin to use. */
static void expect_never_there(void)
{
	expect_number("lines that the buffer came", log_count("driver installed"), 0);
	expect_unbound();
}

static const struct operation binding = {
	"a bind", log_mark, run_bind, expect_never_there, undo_bind,
};

static void begin(void)
{
	take_seconds(900);
	expect_reload("info_enable=1");
	expect_errno("the overlay", prove_overlay(prove_open(), "nodes.dtbo"), 0);
	inject_prepare();
	undo_bind();
}

static void a_bind_fails_whole(void)
{
	begin();
	inject_each(&binding, 1, "M");
}

/* What takes the buffer away again comes first: without it there shall be none. */
static void a_probe_fails_whole(void)
{
	begin();
	inject_within(&binding, "platform_probe", 1, "M");
}

static const struct claim claims[] = {
	CLAIM(a_bind_fails_whole),
	CLAIM(a_probe_fails_whole),
};

CLAIMS(claims)
