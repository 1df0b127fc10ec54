// SPDX-License-Identifier: GPL-2.0-only
/* Over and over, and as many as there can be: nothing is used up. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

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
	struct memory before;
	size_t others;

	take_seconds(600);
	expect_reload("info_enable=0");
	others = buffer_count();
	load_and_unload(rounds(20), others);
	before = memory_in_use();
	load_and_unload(rounds(200), others);
	expect_no_drift("200 loads", &before);
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
	struct memory before;

	take_seconds(600);
	expect_reload("info_enable=0");
	create_and_delete(rounds(1000));
	before = memory_in_use();
	create_and_delete(rounds(10000));
	expect_no_drift("10,000 buffers", &before);
}

static void the_257th_buffer_is_enospc_and_full_is_not_for_ever(void)
{
	struct memory before;

	take_seconds(600);
	expect_reload("info_enable=0");
	use_every_minor();
	before = memory_in_use();
	for (int round = 0; round < rounds(10); round++)
		use_every_minor();
	expect_no_drift("10 times 256 buffers", &before);
}

static const struct claim claims[] = {
	CLAIM(two_hundred_loads_cost_nothing),
	CLAIM(ten_thousand_buffers_cost_nothing),
	CLAIM(the_257th_buffer_is_enospc_and_full_is_not_for_ever),
};

CLAIMS(claims)
