// SPDX-License-Identifier: GPL-2.0-only
/* How a mapping sees the caches: the page-table entry of every case that sync mode, O_SYNC and mmap mode make. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "prove.h"
#include "u-dma-buf.h"

#define SIZE (16 * 4096)

#if defined(__x86_64__) || defined(__i386__)
#define IS_X86 1
#else
#define IS_X86 0
#endif

/* Where a device sees the caches only if it is said to. */
#if defined(__aarch64__) || defined(__arm__)
#define IS_ARM 1
#else
#define IS_ARM 0
#endif

static const char *const quirks[] = { NULL, "off", "on", "auto", "page" };
static const char *const kinds[] = { "cached", "uncached", "write-combining", "DMA-coherent" };

struct cell {
	int mmap_mode;
	int sync_mode;
	bool is_sync;
	bool is_coherent;	/* the device */
};

/* An index of kinds, by the interface's table and its two exceptions. */
static int kind_of(const struct cell *cell)
{
	int kind = 0;

	if (cell->mmap_mode == 1)
		kind = 3;
	else if (cell->mmap_mode == 3 && cell->is_coherent && IS_X86)
		kind = 0;
	else if (cell->is_sync || cell->sync_mode >= 4)
		kind = cell->sync_mode % 4;
	/* The DMA API maps what it shares with a coherent device like any memory. */
	return kind == 3 && cell->is_coherent ? 0 : kind;
}

static const char *text_of(const struct cell *cell)
{
	static char text[80];

	snprintf(text, sizeof(text), "mmap mode %d, sync mode %d, O_SYNC %d, coherent %d",
		 cell->mmap_mode, cell->sync_mode, cell->is_sync, cell->is_coherent);
	return text;
}

static void check_page(const struct cell *cell, const struct proof_page *page)
{
	int kind = kind_of(cell);
	bool is_special = page->flags & PROOF_SPECIAL;

	if (!(page->caching & 1u << kind))
		note_failure("expected %s for %s, got entry %#llx", kinds[kind], text_of(cell),
			     (unsigned long long)page->entry);
	if (IS_X86 && !(page->linear_caching & 1u << kind))
		note_failure("expected the kernel's own mapping to be %s too for %s, got kinds %#x",
			     kinds[kind], text_of(cell), page->linear_caching);
	if (!(page->flags & PROOF_WRITABLE) || (page->flags & PROOF_EXECUTABLE))
		note_failure("expected a page to be written and not run for %s, got flags %#x",
			     text_of(cell), page->flags);
	if (is_special != (cell->mmap_mode == 1))
		note_failure("expected the page %s reach of pins for %s, got the contrary",
			     cell->mmap_mode == 1 ? "out of" : "in", text_of(cell));
}

/* O_SYNC is given to what is mapped: the node, or a dma-buf of the whole. */
static int open_cell(const struct cell *cell, bool is_exported)
{
	struct u_dma_buf_ioctl_export whole = { .flags = O_RDWR, .size = SIZE };
	int fd;

	if (!is_exported)
		return open_buffer("a", O_RDWR | (cell->is_sync ? O_SYNC : 0));
	fd = open_buffer("a", O_RDWR | (cell->is_sync ? 0 : O_SYNC));
	if (cell->is_sync)
		whole.flags |= O_SYNC;
	expect_number("export", ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, &whole), 0);
	close(fd);
	return whole.fd;
}

/* This CPU's entries have no bits that tell one kind from another. */
static bool has_one_kind;

/* Touches both ends. */
static void check_ends(int proof, const struct cell *cell, char *memory)
{
	struct proof_page first, last;

	memory[0] = 1;
	memory[SIZE - 1] = 1;
	first = prove_page(proof, memory);
	last = prove_page(proof, memory + SIZE - 1);
	check_page(cell, &first);
	check_page(cell, &last);
	has_one_kind = first.caching & PROOF_CACHED && first.caching & PROOF_UNCACHED;
}

/* The kernel computes the protection of the mapping, and of each entry, anew. */
static void protect_and_allow(int proof, const struct cell *cell, char *memory, bool is_touched)
{
	note_number("mprotect to read", mprotect(memory, SIZE, PROT_READ), 0);
	if (is_touched) {
		struct proof_page page = prove_page(proof, memory);

		if (!(page.caching & 1u << kind_of(cell)) || page.flags & PROOF_WRITABLE)
			note_failure("expected %s and no writing after mprotect for %s, got entry %#llx",
				     kinds[kind_of(cell)], text_of(cell),
				     (unsigned long long)page.entry);
	}
	note_number("mprotect back", mprotect(memory, SIZE, PROT_READ | PROT_WRITE), 0);
}

static void check_cell(int proof, const struct cell *cell, bool is_exported)
{
	int fd = open_cell(cell, is_exported);
	char *memory = map_buffer(fd, SIZE, 0);
	uint64_t first, last;

	check_ends(proof, cell, memory);
	protect_and_allow(proof, cell, memory, true);
	check_ends(proof, cell, memory);
	first = prove_page(proof, memory).frame;
	last = prove_page(proof, memory + SIZE - 1).frame;
	munmap(memory, SIZE);

	memory = map_buffer(fd, SIZE, 0);
	protect_and_allow(proof, cell, memory, false);
	check_ends(proof, cell, memory);
	munmap(memory, SIZE);
	close(fd);
	if (IS_X86 && (!prove_is_cached_by_kernel(proof, first) ||
		       !prove_is_cached_by_kernel(proof, last)))
		note_failure("expected the kernel's mapping to be cached again after %s, got another",
			     text_of(cell));
}

/* Of a buffer "a" that is made with these words behind its size. */
static void check_table(const char *parent, bool is_coherent, bool is_exported)
{
	int proof = prove_open();
	struct cell cell = { .is_coherent = is_coherent };

	for (cell.mmap_mode = 1; cell.mmap_mode <= 4; cell.mmap_mode++) {
		create("a %d %s quirk-mmap-%s", SIZE, parent, quirks[cell.mmap_mode]);
		expect_attribute("a", "dma_coherent", is_coherent ? "1" : "0");
		for (int i = 0; i < 16; i++) {
			cell.sync_mode = i / 2;
			cell.is_sync = i % 2;
			note_errno("sync_mode", set_attribute("a", "sync_mode",
							      (char []){ '0' + i / 2, 0 }), 0);
			check_cell(proof, &cell, is_exported);
		}
		delete_buffer("a");
	}
	if (has_one_kind)
		skip("this CPU has one kind of caching: only who may write, run and pin was looked at");
}

static void every_cell_of_the_table_holds_without_a_parent(void)
{
	check_table("", !IS_ARM, false);
}

static void every_cell_of_the_table_holds_for_a_dma_buf(void)
{
	check_table("", !IS_ARM, true);
}

/* PCI is coherent on all of QEMU's machines. */
static void every_cell_of_the_table_holds_for_a_coherent_device(void)
{
	char parent[64];
	struct edu edu;

	edu_find_parent(&edu);
	snprintf(parent, sizeof(parent), "bus=pci device=%s", edu.bdf);
	check_table(parent, true, false);
}

static void mode_1_maps_as_the_dma_api_does(void)
{
	struct proof_page theirs, ours;
	char *memory;
	int proof;

	expect_errno("load of the proof", prove_load("coherent=65536"), 0);
	proof = prove_open();
	memory = map_buffer(proof, SIZE, 0);
	memory[0] = 1;
	theirs = prove_page(proof, memory);
	create("a %d quirk-mmap-off", SIZE);
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	memory[0] = 1;
	ours = prove_page(proof, memory);
	expect_number("kinds of caching", ours.caching, theirs.caching);
}

static void a_mapping_for_reading_has_no_entry_to_write(void)
{
	int proof = prove_open();

	for (int mmap_mode = 1; mmap_mode <= 4; mmap_mode++) {
		char *memory;
		int fd;

		create("a %d quirk-mmap-%s", SIZE, quirks[mmap_mode]);
		fd = open_buffer("a", O_RDONLY);
		memory = map_buffer_with(fd, SIZE, 0, PROT_READ, MAP_SHARED);
		(void)*(volatile char *)memory;
		note_number("writable or executable",
			    prove_page(proof, memory).flags & (PROOF_WRITABLE | PROOF_EXECUTABLE), 0);
		munmap(memory, SIZE);
		close(fd);
		delete_buffer("a");
	}
}

/* Its every mapping that may be read is to be executable, and the driver is none to refuse it. */
static void a_program_of_old_gets_no_entry_to_execute(void)
{
	int proof = prove_open();

	expect_true("the personality", personality(READ_IMPLIES_EXEC) >= 0);
	for (int mmap_mode = 1; mmap_mode <= 4; mmap_mode++) {
		char *memory;
		int fd;

		create("a %d quirk-mmap-%s", SIZE, quirks[mmap_mode]);
		fd = open_buffer("a", O_RDWR);
		memory = map_buffer(fd, SIZE, 0);
		memory[0] = 1;
		note_number("executable", prove_page(proof, memory).flags & PROOF_EXECUTABLE, 0);
		note_number("mprotect", mprotect(memory, SIZE, PROT_READ | PROT_EXEC), -1);
		munmap(memory, SIZE);
		close(fd);
		delete_buffer("a");
	}
}

static void a_write_makes_no_fault_where_a_page_is_mapped(void)
{
	int proof = prove_open();
	volatile char *memory;

	create("a %d", SIZE);
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	(void)memory[0];
	if (!IS_X86)
		expect_true("the entry marked as written",
			    prove_page(proof, memory + 4096).flags & PROOF_DIRTY);
	expect_true("a writable entry", prove_page(proof, memory + 4096).flags & PROOF_WRITABLE);
}

#if IS_X86
/* An uncached mapping of "a", touched. */
static char *map_uncached(int *ret_fd)
{
	char *memory;

	create("a %d quirk-mmap-on sync-mode=5", SIZE);
	*ret_fd = open_buffer("a", O_RDWR);
	memory = map_buffer(*ret_fd, SIZE, 0);
	memory[0] = 1;
	return memory;
}

static void the_kernels_mapping_is_restored_with_the_last_part(void)
{
	int proof = prove_open(), fd;
	char *memory = map_uncached(&fd);
	uint64_t frame = prove_page(proof, memory).frame;

	close(fd);
	munmap(memory + 4 * PAGE, 4 * PAGE);
	expect_true("not cached with both ends mapped", !prove_is_cached_by_kernel(proof, frame));
	munmap(memory, 4 * PAGE);
	expect_true("not cached with one end mapped", !prove_is_cached_by_kernel(proof, frame));
	munmap(memory + 8 * PAGE, SIZE - 8 * PAGE);
	expect_true("cached again", prove_is_cached_by_kernel(proof, frame));
	delete_buffer("a");
}

static void the_kernels_mapping_is_restored_after_a_delete_by_force(void)
{
	int proof = prove_open(), fd;
	char *memory = map_uncached(&fd);
	uint64_t frame = prove_page(proof, memory).frame;

	expect_errno("delete by force", manager("delete a force"), 0);
	expect_true("SIGBUS", raises_sigbus(memory));
	munmap(memory, SIZE);
	close(fd);
	expect_true("cached again", prove_is_cached_by_kernel(proof, frame));
}

static void the_type_in_force_stays_for_a_second_mapping(void)
{
	int proof = prove_open(), fd;
	char *first = map_uncached(&fd), *second;

	expect_errno("sync_mode", set_attribute("a", "sync_mode", "6"), 0);
	log_mark();
	second = map_buffer(fd, SIZE, 0);
	second[0] = 2;
	expect_true("both not cached", prove_page(proof, first).caching &
		    prove_page(proof, second).caching & PROOF_UNCACHED);
	expect_number("lines that say so", log_count("mapped already"), 1);
}
#endif

static const struct claim claims[] = {
	CLAIM(every_cell_of_the_table_holds_without_a_parent),
	CLAIM(every_cell_of_the_table_holds_for_a_coherent_device),
	CLAIM(every_cell_of_the_table_holds_for_a_dma_buf),
	CLAIM(mode_1_maps_as_the_dma_api_does),
	CLAIM(a_mapping_for_reading_has_no_entry_to_write),
	CLAIM(a_program_of_old_gets_no_entry_to_execute),
	CLAIM(a_write_makes_no_fault_where_a_page_is_mapped),
#if IS_X86
	CLAIM(the_kernels_mapping_is_restored_with_the_last_part),
	CLAIM(the_kernels_mapping_is_restored_after_a_delete_by_force),
	CLAIM(the_type_in_force_stays_for_a_second_mapping),
#endif
};

CLAIMS(claims)
