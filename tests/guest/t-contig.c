// SPDX-License-Identifier: GPL-2.0-only
/* Buffers past the limit of the page allocator, on a kernel without CMA and IOMMU. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"

#define MIB (1ULL << 20)

static void sizes_past_4_mib_are_contig(void)
{
	static const unsigned int sizes[] = { 5, 8, 64, 256 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		create("a %uM", sizes[i]);
		expect_attribute("a", "memory", "contig");
		expect_number("size", attribute_number("a", "size"), sizes[i] * MIB);
		delete_buffer("a");
	}
}

static void what_the_page_allocator_has_is_pages(void)
{
	create("a 4M");
	expect_attribute("a", "memory", "pages");
}

static void the_whole_is_zero_and_one_piece_for_a_device(void)
{
	static const uint64_t size = 64 * MIB;
	struct edu edu;
	char *memory;
	int fd;

	edu_find(&edu);
	edu_start(&edu);
	create("a 64M bus=pci device=%s", edu.bdf);
	expect_attribute("a", "memory", "contig");
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, size, 0);
	expect_number("first byte that is not zero", find_nonzero(memory, size), -1);

	/* By DMA from every eighth of it into the next one. */
	for (uint64_t at = 0; at < size - size / 8; at += size / 8) {
		uint64_t address = attribute_number("a", "phys_addr") + at;

		fill_words(memory + at, 4088, at + 1);
		memset(memory + at + size / 8, 0, 4088);
		edu_fetch(&edu, address, 4088);
		edu_store(&edu, address + size / 8, 4088);
		expect_number("first wrong word",
			      find_wrong_word(memory + at + size / 8, 4088, at + 1), -1);
	}
	edu_stop(&edu);
}

static void a_size_that_is_no_power_of_two_takes_no_more(void)
{
	unsigned long long before, taken;

	create("warm-up 4K");
	before = meminfo("MemFree");
	create("a 66M");
	taken = before - meminfo("MemFree");
	if (taken < 60 * MIB || taken > 80 * MIB)
		fail("expected about 66 MiB less to be free, got %llu bytes", taken);
}

static void create_and_delete_lose_no_page(void)
{
	unsigned long long before, after;

	for (int i = 0; i < 5; i++) {
		create("a 32M");
		delete_buffer("a");
	}
	before = meminfo("MemFree");
	for (int i = 0; i < 50; i++) {
		create("a 32M");
		delete_buffer("a");
	}
	after = meminfo("MemFree");
	expect_true("at most 16 MiB less are free", after + 16 * MIB > before);
}

static void a_mask_keeps_it_low(void)
{
	create("a 16M dma-mask=29");
	expect_true("the end is within 29 bits",
		    attribute_number("a", "phys_addr") + 16 * MIB <= 1ULL << 29);
}

static void what_can_not_be_had_is_enomem_with_one_line(void)
{
	expect_errno("900 MiB of a guest's 1 GiB in one piece", manager("create a 900M"), ENOMEM);
	expect_true("the line names the strategy", strstr(log_only_line(), "contig"));
	expect_number("buffers", buffer_count(), 0);
}

static const struct claim claims[] = {
	CLAIM(sizes_past_4_mib_are_contig),
	CLAIM(what_the_page_allocator_has_is_pages),
	CLAIM(the_whole_is_zero_and_one_piece_for_a_device),
	CLAIM(a_size_that_is_no_power_of_two_takes_no_more),
	CLAIM(create_and_delete_lose_no_page),
	CLAIM(a_mask_keeps_it_low),
	CLAIM(what_can_not_be_had_is_enomem_with_one_line),
};

CLAIMS(claims)
