// SPDX-License-Identifier: GPL-2.0-only
/* Buffers from the contiguous memory allocator: a reusable memory-region's of virt-nodes.dtsi. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "prove.h"
#include "u-dma-buf.h"
#include "uses.h"

#define DRIVER "/sys/bus/platform/drivers/u-dma-buf/"
#define REGION 0x62000000ULL
#define REGION_SIZE 0x1000000ULL
#define SIZE 0x800000	/* of dtcma */
#define MIB (1ULL << 20)

static void need_region(void)
{
	if (!meminfo("CmaTotal:"))
		skip("this kernel has no CMA");
	if (access("/proc/device-tree/dt-cma", F_OK))
		skip("no reusable region in this guest's device tree");
}

static void a_reusable_region_is_where_its_buffers_are(void)
{
	static const char *const names[] = { "dtcma", "dtcmasmall" };

	need_region();
	expect_reload("");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned long long address = attribute_number(names[i], "phys_addr");
		unsigned long long size = attribute_number(names[i], "size");
		char *memory = map_buffer(open_buffer(names[i], O_RDWR), size, 0);

		expect_attribute(names[i], "memory", "cma");
		expect_true("an address in the memory-region",
			    address >= REGION && address + size <= REGION + REGION_SIZE);
		expect_number("first byte that is not zero", find_nonzero(memory, size / 8 * 8), -1);
		fill_words(memory, size / 8 * 8, i);
		expect_number("first wrong word", find_wrong_word(memory, size / 8 * 8, i), -1);
	}
}

/* A kernel of 32 bits takes no mask that misses the first 16 MiB, where no memory is. */
#if !defined(__arm__)
static void a_mask_bounds_the_address_that_the_device_sees(void)
{
	need_region();
	expect_attribute("dtwindowcma", "memory", "cma");
	expect_number("phys_addr, from where the device sees the area",
		      attribute_number("dtwindowcma", "phys_addr") & ~(REGION_SIZE - 1),
		      REGION - 0x60000000);
}
#endif

static void a_region_in_high_memory_is_a_mistake_that_is_named(void)
{
	need_region();
	expect_reload("");
#if defined(__arm__)
	expect_number("lines that say so", log_count_of_node("dt-high:", "high memory"), 1);
#else
	expect_attribute("dthigh", "memory", "cma");
#endif
}

static void one_line_says_that_it_can_not_be_pinned(void)
{
	need_region();
	expect_reload("info_enable=0");
	expect_number("lines", log_count("dtcma: memory of a CMA area"), 1);
}

static void the_table_of_mappings_holds(void)
{
	static const uint32_t kinds[] = {
		PROOF_CACHED, PROOF_UNCACHED, PROOF_COMBINING, PROOF_COHERENT,
	};
	int proof = prove_open();

	need_region();
	for (int mode = 0; mode < 8; mode++) {
		int fd = open_buffer("dtcma", O_RDWR | O_SYNC);
		volatile char *memory;

		note_errno("sync_mode", set_attribute("dtcma", "sync_mode", (char []){ '0' + mode, 0 }), 0);
		memory = map_buffer(fd, SIZE, 0);
		memory[PAGE] = 1;
		if (!(prove_page(proof, memory + PAGE).caching & kinds[mode % 4]))
			note_failure("expected kind %d of caching for sync mode %d, got entry %#llx",
				     mode % 4, mode,
				     (unsigned long long)prove_page(proof, memory + PAGE).entry);
		note_number("out of reach of pins",
			    prove_page(proof, memory + PAGE).flags & PROOF_SPECIAL, PROOF_SPECIAL);
		munmap((void *)memory, SIZE);
		close(fd);
	}
}

static void pins_are_refused_and_nothing_loops(void)
{
	need_region();
	expect_no_pins(map_buffer(open_buffer("dtcma", O_RDWR), SIZE, 0));
}

static void bind_again(void)
{
	expect_errno("unbind", write_file(DRIVER "unbind", "dt-cma"), 0);
	expect_errno("bind", write_file(DRIVER "bind", "dt-cma"), 0);
}

/* Eighty times the area, and so often that a page each time would be seen. */
static void bind_and_unbind_lose_no_page_of_the_area(void)
{
	struct memory before;

	need_region();
	expect_reload("info_enable=0");
	bind_again();
	before = memory_in_use();
	for (int i = 0; i < 160; i++)
		bind_again();
	expect_no_drift("160 binds", &before);
	expect_attribute("dtcma", "memory", "cma");
}

/* The region has no room for a second one until all its pages have gone back. */
static void a_dead_one_waits_for_the_last_holder_and_holds_the_module(void)
{
	int proof = prove_open(), fd;
	char *memory;
	int error;

	need_region();
	expect_reload("info_enable=0");
	fd = open_buffer("dtcma", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	memory[0] = 1;
	expect_errno("a page held", prove_hold(proof, memory), 0);
	expect_errno("unbind", write_file(DRIVER "unbind", "dt-cma"), 0);
	expect_true("SIGBUS", raises_sigbus(memory));
	munmap(memory, SIZE);
	close(fd);
	expect_true("a bind to fail", write_file(DRIVER "bind", "dt-cma"));
	error = module_unload();
	expect_true("the module held", error == EAGAIN || error == EBUSY);
	prove_drop(proof);
	expect_errno("unload once nobody holds a page", module_unload_in_time(), 0);
	expect_errno("load", module_load("info_enable=0"), 0);
	expect_attribute("dtcma", "memory", "cma");
}

static void an_importer_gets_pages_of_the_area(void)
{
	struct u_dma_buf_ioctl_export range = { .flags = O_RDWR, .size = 4 * MIB, .offset = MIB };
	struct proof_import import;
	int proof = prove_open(), fd;
	uint64_t word = 0;
	char *memory;

	need_region();
	expect_reload("");
	fd = open_buffer("dtcma", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, SIZE, 7);
	expect_number("export", ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, &range), 0);
	expect_errno("import", prove_import(proof, range.fd, 0, &import), 0);
	expect_number("bytes", import.size, range.size);
	for (int way = PROOF_BY_PAGE; way <= PROOF_BY_VMAP; way++) {
		expect_errno("a read", prove_read(proof, 8, &word, 8, way), 0);
		expect_true("the word there", word == *(uint64_t *)(memory + MIB + 8));
	}
}

static const struct claim claims[] = {
	CLAIM(a_reusable_region_is_where_its_buffers_are),
#if !defined(__arm__)
	CLAIM(a_mask_bounds_the_address_that_the_device_sees),
#endif
	CLAIM(a_region_in_high_memory_is_a_mistake_that_is_named),
	CLAIM(one_line_says_that_it_can_not_be_pinned),
	CLAIM(the_table_of_mappings_holds),
	CLAIM(pins_are_refused_and_nothing_loops),
	CLAIM(bind_and_unbind_lose_no_page_of_the_area),
	CLAIM(a_dead_one_waits_for_the_last_holder_and_holds_the_module),
	CLAIM(an_importer_gets_pages_of_the_area),
};

CLAIMS(claims)
