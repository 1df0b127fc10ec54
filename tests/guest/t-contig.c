// SPDX-License-Identifier: GPL-2.0-only
/* Buffers past the limit of the page allocator, on a kernel without CMA and IOMMU. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "uses.h"

#define MIB (1ULL << 20)

/* A mask that leaves out some of the guest's memory, where a machine has memory that low. */
#if defined(__x86_64__) || defined(__i386__)
#define MASK 29
#else
#define MASK LOW_MASK
#endif

/* The kernel that looks at every page takes its time for each, and memory to remember what it saw. */
static unsigned int bounded(unsigned int size)
{
	return is_sanitizer_kernel() && size > 64 ? 64 : size;
}

/* On armhf that limit is 8 MiB, elsewhere 4. */
static void sizes_past_the_page_allocators_limit_are_contig(void)
{
	static const unsigned int sizes[] = {
#ifndef __arm__
		5, 8,
#endif
		9, 16, 64, 256,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		create("a %uM", bounded(sizes[i]));
		expect_attribute("a", "memory", "contig");
		expect_number("size", attribute_number("a", "size"), bounded(sizes[i]) * MIB);
		delete_buffer("a");
	}
}

static void what_the_page_allocator_has_is_pages(void)
{
	create("a 4M");
	expect_attribute("a", "memory", "pages");
}

/* By DMA from @from into @to, 4088 bytes. */
static void check_transfer(struct edu *edu, char *memory, uint64_t from, uint64_t to)
{
	uint64_t address = attribute_number("a", "phys_addr");

	fill_words(memory + from, 4088, from + 1);
	memset(memory + to, 0, 4088);
	edu_fetch(edu, address + from, 4088);
	edu_store(edu, address + to, 4088);
	expect_number("first wrong word", find_wrong_word(memory + to, 4088, from + 1), -1);
}

/* From every eighth of it into the next one, and from the last into its last bytes. */
static void check_whole(struct edu *edu, uint64_t size)
{
	int fd = open_buffer("a", O_RDWR);
	char *memory = map_buffer(fd, size, 0);

	expect_attribute("a", "memory", "contig");
	expect_number("first byte that is not zero", find_nonzero(memory, size), -1);
	for (uint64_t at = 0; at < size - size / 8; at += size / 8)
		check_transfer(edu, memory, at, at + size / 8);
	check_transfer(edu, memory, size - size / 8, size - 4088);
	munmap(memory, size);
	close(fd);
}

static void the_whole_is_zero_and_one_piece_for_a_device(void)
{
	static const unsigned int sizes[] = { 9, 64, 256 };
	struct edu edu;

	edu_find_parent(&edu);
	edu_start(&edu);
	overwrite_free_memory();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		create("a %uM bus=pci device=%s", bounded(sizes[i]), edu.bdf);
		check_whole(&edu, bounded(sizes[i]) * MIB);
		delete_buffer("a");
	}
	edu_stop(&edu);
}

static void a_size_that_is_no_power_of_two_takes_no_more(void)
{
	unsigned long long before, taken;

	before = free_memory();
	create("a 66M");
	taken = before - free_memory();
	if (taken < 65 * MIB || taken > 67 * MIB)
		fail("expected about 66 MiB less to be free, got %llu bytes", taken);
}

struct state {
	struct memory in_use;
	unsigned long long free;
};

static struct state state_of_memory(void)
{
	struct memory in_use = memory_in_use();

	return (struct state){ in_use, free_memory() };
}

/* The kernel that looks for mistakes keeps some of what was freed for itself. */
static void expect_pages_back(const char *what, const struct state *before)
{
	if (is_sanitizer_kernel())
		expect_memory_back(before->free, 8 * MIB);
	else
		expect_no_drift(what, &before->in_use);
}

/* A hundred times, but where it is to be short: zeroing takes its time. */
static void create_often(const char *what, unsigned int size)
{
	unsigned int times = is_sanitizer_kernel() ? 64 / bounded(size) : getenv("SHORT") ? 5 : 100;
	struct state before = state_of_memory();

	while (times--) {
		create("a %uM", bounded(size));
		delete_buffer("a");
	}
	expect_pages_back(what, &before);
}

static void creates_of_8_mib_lose_no_page(void)
{
	create_often("creates of 8 MiB", 8);
}

static void creates_of_64_mib_lose_no_page(void)
{
	create_often("creates of 64 MiB", 64);
}

static void creates_of_256_mib_lose_no_page(void)
{
	create_often("creates of 256 MiB", 256);
}

/* Blocks of the biggest size that the page allocator has, in all zones. */
static unsigned long biggest_blocks(void)
{
	char *save, *line, *text = strdup(file_text("/proc/buddyinfo"));
	unsigned long blocks = 0;

	/* A line ends with a column for each size, and a blank. */
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t end = strlen(line);

		while (end && line[end - 1] == ' ')
			line[--end] = '\0';
		blocks += strtoul(strrchr(line, ' '), NULL, 10);
	}
	free(text);
	return blocks;
}

static void create_and_delete_do_not_fragment(void)
{
	unsigned long before, after, tolerance = is_sanitizer_kernel() ? 32 : 4;

	create("a %uM", bounded(256));
	delete_buffer("a");
	before = biggest_blocks();
	for (int times = 0; times < rounds(getenv("SHORT") ? 10 : 20); times++) {
		create("a %uM", bounded(256));
		delete_buffer("a");
	}
	after = biggest_blocks();
	if (after + tolerance < before)
		fail("expected %lu blocks of the biggest size to be free, got %lu", before, after);
}

static void a_mask_keeps_it_low(void)
{
	create("a 16M dma-mask=%d", MASK);
	expect_attribute("a", "memory", "contig");
	expect_true("an address within the mask",
		    attribute_number("a", "phys_addr") + 16 * MIB <= 1ULL << MASK);
}

static void what_can_not_be_had_is_enomem_with_one_line(void)
{
	unsigned long long most = (sysconf(_SC_PHYS_PAGES) - 1) * PAGE;
	size_t count = buffer_count();

	log_mark();
	expect_errno("all memory but a page in one piece", manager("create a %llu", most), ENOMEM);
	expect_true("the line to name the strategy", strstr(log_only_line(), "contig"));
	expect_true("and what helps", strstr(log_only_line(), "a smaller size"));
	expect_number("buffers", buffer_count(), count);
}

static void a_deleted_one_that_is_held_keeps_its_pages_until_the_last_user_goes(void)
{
	struct state before = state_of_memory();
	unsigned long long during;
	char *memory;
	int fd;

	create("a 64M");
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, 64 * MIB, 0);
	fill_words(memory, PAGE, 1);
	expect_errno("delete by force", manager("delete a force"), 0);
	expect_true("SIGBUS at the start", raises_sigbus(memory));
	expect_true("SIGBUS at the end", raises_sigbus(memory + 64 * MIB - 1));
	during = free_memory();
	munmap(memory, 64 * MIB);
	close(fd);
	expect_true("64 MiB kept meanwhile", during + 63 * MIB < before.free);
	expect_pages_back("a deleted one", &before);
}

static void a_delete_by_force_revokes_mappings_of_every_mode(void)
{
	note_revocation_in_every_mode("", "contig");
}

static const struct claim claims[] = {
	CLAIM(sizes_past_the_page_allocators_limit_are_contig),
	CLAIM(what_the_page_allocator_has_is_pages),
	CLAIM(the_whole_is_zero_and_one_piece_for_a_device),
	CLAIM(a_size_that_is_no_power_of_two_takes_no_more),
	CLAIM(creates_of_8_mib_lose_no_page),
	CLAIM(creates_of_64_mib_lose_no_page),
	CLAIM(creates_of_256_mib_lose_no_page),
	CLAIM(create_and_delete_do_not_fragment),
	CLAIM(a_mask_keeps_it_low),
	CLAIM(what_can_not_be_had_is_enomem_with_one_line),
	CLAIM(a_deleted_one_that_is_held_keeps_its_pages_until_the_last_user_goes),
	CLAIM(a_delete_by_force_revokes_mappings_of_every_mode),
};

CLAIMS(claims)
