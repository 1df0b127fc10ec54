// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is left where free memory lies in single pages. Some of the kernel's own stay where they
 * came to lie meanwhile: tests that need much in one piece are to run before these.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "prove.h"

#define MIB (1ULL << 20)

static unsigned long long reserve_of_kernel(void)
{
	return strtoull(file_text("/proc/sys/vm/min_free_kbytes"), NULL, 10);
}

static void set_reserve(unsigned long long kib)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", kib);
	expect_errno("min_free_kbytes", write_file("/proc/sys/vm/min_free_kbytes", text), 0);
}

/*
 * The kernel is told to keep so much that a quarter of what is free would leave too little of it. That an
 * area of CMA is free helps nobody who needs a page that stays where it is.
 */
static void what_would_leave_others_too_little_is_not_taken(void)
{
	unsigned long long before = reserve_of_kernel();
	unsigned long long room = free_memory() - meminfo("CmaFree:"), free_after;
	int error;

	set_reserve(room / 1024 * 5 / 8);
	error = manager("create a %llu", room / 4 / PAGE * PAGE);
	free_after = free_memory() - meminfo("CmaFree:");
	set_reserve(before);
	if (!error)
		expect_attribute("a", "memory", "cma");
	else
		expect_errno("create", error, ENOMEM);
	expect_true("as much as before", free_after + 64 * MIB > room);
}

/* Leaves the default area as the only place; returns its size. */
static unsigned long long need_area(int proof)
{
	unsigned long long size = meminfo("CmaTotal:");

	if (size < 48 * MIB)
		skip("this kernel has no default CMA area");
	prove_fragment(proof);
	return size;
}

static void create_in_area(unsigned long long size)
{
	create("a %llu", size);
	expect_attribute("a", "memory", "cma");
}

static void the_default_area_comes_last_and_one_line_says_how_it_is_mapped(void)
{
	int proof = prove_open();
	unsigned long long before, size = meminfo("CmaTotal:") / 2;

	expect_reload("info_enable=0");
	if (size >= 24 * MIB) {
		create("a %llu", size);
		expect_attribute("a", "memory", "contig");
		delete_buffer("a");
	}
	need_area(proof);
	log_mark();
	before = meminfo("CmaFree:");
	create_in_area(size);
	expect_true("that much taken from the area", meminfo("CmaFree:") + size / 4 * 3 < before);
	expect_number("lines that say so", log_count("a: memory of a CMA area is mapped by page frame"), 1);
	expect_number("lines", log_count(NULL), 1);
}

/* Twenty times the area, and so often that a page each time would be seen. */
static void create_and_delete_lose_no_page_of_the_area(void)
{
	unsigned long long size = need_area(prove_open()) / 8;
	struct memory before = memory_in_use();

	for (int i = 0; i < 160; i++) {
		create_in_area(size);
		delete_buffer("a");
	}
	expect_no_drift("160 creates in the area", &before);
	create_in_area(size);
}

/*
 * What others take of the area or give back meanwhile is far less than half of the buffer. And a range of that
 * size with nothing in it but what can be moved is nowhere else.
 */
static void a_delete_by_force_revokes_and_the_pages_wait_for_their_holder(void)
{
	int proof = prove_open(), fd, error;
	unsigned long long size, before;
	char *memory;

	expect_reload("info_enable=0");
	size = need_area(proof) / 2;
	before = free_of_areas();
	create_in_area(size);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, size, 0);
	memory[size / 2] = 1;
	expect_errno("a page held", prove_hold(proof, memory + size / 2), 0);
	expect_errno("delete", manager("delete a"), EBUSY);
	expect_errno("delete by force", manager("delete a force"), 0);
	expect_true("no buffer", !buffer_exists("a"));
	expect_true("SIGBUS", raises_sigbus(memory) && raises_sigbus(memory + size - 1));
	munmap(memory, size);
	close(fd);
	error = module_unload();
	expect_true("the module held", error == EAGAIN || error == EBUSY);
	expect_true("all pages still taken from the area", free_of_areas() + size / 2 < before);
	prove_drop(proof);
	expect_errno("unload once nobody holds a page", module_unload_in_time(), 0);
	expect_true("all pages given back", free_of_areas() + size / 2 > before);
	expect_errno("load", module_load("info_enable=0"), 0);
	create_in_area(size);
}

static const struct claim claims[] = {
	CLAIM(what_would_leave_others_too_little_is_not_taken),
	CLAIM(the_default_area_comes_last_and_one_line_says_how_it_is_mapped),
	CLAIM(create_and_delete_lose_no_page_of_the_area),
	CLAIM(a_delete_by_force_revokes_and_the_pages_wait_for_their_holder),
};

CLAIMS(claims)
