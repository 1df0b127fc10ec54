// SPDX-License-Identifier: GPL-2.0-only
/* What may happen to a mapping afterwards: fork, holes, moves, shrinking. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define SIZE (16 * 4096)

static void write_in_child(void *memory)
{
	expect_number("word seen by the child", *(uint32_t *)memory, 1);
	*(uint32_t *)memory = 2;
	((uint32_t *)memory)[SIZE / 4 - 1] = 3;
}

static void a_forked_child_shares_the_mapping(void)
{
	uint32_t *memory;

	create("a %d", SIZE);
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	*memory = 1;
	in_child(write_in_child, memory);
	expect_number("first word after the child's write", memory[0], 2);
	expect_number("last word after the child's write", memory[SIZE / 4 - 1], 3);
}

static void a_hole_in_a_mapping_leaves_the_rest(void)
{
	char *memory;

	create("a %d", SIZE);
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	fill_words(memory, SIZE, 1);
	expect_number("munmap of the middle", munmap(memory + 4 * PAGE, 4 * PAGE), 0);
	expect_number("first wrong word before", find_wrong_word(memory, 4 * PAGE, 1), -1);
	memory[8 * PAGE] = 7;
	expect_number("byte after", memory[8 * PAGE], 7);
	expect_true("users", attribute_number("a", "users") > 1);
}

static void both_halves_of_an_untouched_mapping_work_after_a_hole_was_cut(void)
{
	char *memory, *whole;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	expect_number("munmap of the middle", munmap(memory + 4 * PAGE, 4 * PAGE), 0);
	memory[3 * PAGE] = 1;
	memory[9 * PAGE] = 2;
	whole = map_buffer(fd, SIZE, 0);
	expect_number("byte before the hole", whole[3 * PAGE], 1);
	expect_number("byte after the hole", whole[9 * PAGE], 2);
}

static void a_mapping_can_move_and_shrink_but_not_grow(void)
{
	char *memory, *moved, *target;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE / 2, 0);
	fill_words(memory, SIZE / 2, 1);
	moved = mremap(memory, SIZE / 2, SIZE, MREMAP_MAYMOVE);
	expect_true("growth within the buffer to be refused", moved == MAP_FAILED);
	moved = mremap(memory, SIZE / 2, 2 * SIZE, MREMAP_MAYMOVE);
	expect_true("growth past the buffer to be refused", moved == MAP_FAILED);
	target = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved = mremap(memory, SIZE / 2, SIZE / 2, MREMAP_MAYMOVE | MREMAP_FIXED, target);
	if (moved == MAP_FAILED)
		fail("expected the mapping to move, got %s", strerror(errno));
	expect_number("first wrong word after the move", find_wrong_word(moved, SIZE / 2, 1), -1);
	moved = mremap(moved, SIZE / 2, SIZE / 4, 0);
	if (moved == MAP_FAILED)
		fail("expected the mapping to shrink, got %s", strerror(errno));
	expect_number("first wrong word after", find_wrong_word(moved, SIZE / 4, 1), -1);
}

static void an_untouched_mapping_that_moved_works(void)
{
	char *memory, *target;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("bytes written", pwrite(fd, "moved", 6, 5 * PAGE), 6);
	memory = map_buffer(fd, SIZE, 0);
	target = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory = mremap(memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
	if (memory == MAP_FAILED)
		fail("expected the mapping to move, got %s", strerror(errno));
	expect_text("bytes after the move", memory + 5 * PAGE, "moved");
}

static const struct claim claims[] = {
	CLAIM(a_forked_child_shares_the_mapping),
	CLAIM(a_hole_in_a_mapping_leaves_the_rest),
	CLAIM(both_halves_of_an_untouched_mapping_work_after_a_hole_was_cut),
	CLAIM(a_mapping_can_move_and_shrink_but_not_grow),
	CLAIM(an_untouched_mapping_that_moved_works),
};

CLAIMS(claims)
