// SPDX-License-Identifier: GPL-2.0-only
/* Over and over, and as many as there can be: nothing is used up. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

/* What one leaked page each time would exceed. */
#define TOLERANCE (8 << 20)

static unsigned long long before;

static void start_watching_memory(void)
{
	before = free_memory();
}

static void expect_no_drift(const char *what)
{
	unsigned long long after = free_memory();

	if (after + TOLERANCE < before)
		fail("expected %s to cost no memory, got %llu KiB less of it", what, (before - after) >> 10);
}

static void load_and_unload(int times, size_t others)
{
	for (int i = 0; i < times; i++) {
		expect_errno("unload", module_unload_in_time(), 0);
		expect_errno("load", module_load("info_enable=0 udmabuf0=64K udmabuf7=4096"), 0);
		expect_number("buffers", buffer_count(), others + 2);
	}
}

static void two_hundred_loads_cost_nothing(void)
{
	size_t others;

	take_seconds(600);
	expect_reload("info_enable=0");
	others = buffer_count();
	load_and_unload(rounds(20), others);
	start_watching_memory();
	load_and_unload(rounds(200), others);
	expect_no_drift("200 loads");
}

static void create_and_delete(int times)
{
	for (int i = 0; i < times; i++) {
		create("a %d", i % 8 ? 4096 : 256 << 10);
		delete_buffer("a");
	}
}

static void ten_thousand_buffers_cost_nothing(void)
{
	take_seconds(600);
	expect_reload("info_enable=0");
	create_and_delete(rounds(1000));
	start_watching_memory();
	create_and_delete(rounds(10000));
	expect_no_drift("10,000 buffers");
}

static void the_257th_buffer_is_enospc_and_full_is_not_for_ever(void)
{
	take_seconds(600);
	expect_reload("info_enable=0");
	use_every_minor();
	start_watching_memory();
	for (int round = 0; round < rounds(10); round++)
		use_every_minor();
	expect_no_drift("10 times 256 buffers");
}

static const struct claim claims[] = {
	CLAIM(two_hundred_loads_cost_nothing),
	CLAIM(ten_thousand_buffers_cost_nothing),
	CLAIM(the_257th_buffer_is_enospc_and_full_is_not_for_ever),
};

CLAIMS(claims)
