// SPDX-License-Identifier: GPL-2.0-only
/* Mapping a buffer: what can be mapped where, what is seen through it, and that it is ordinary memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define SIZE (16 * 4096)

static void a_mapping_and_the_node_show_the_same_bytes(void)
{
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	note_same_bytes(fd, map_buffer(fd, SIZE, 0), SIZE);
}

static void every_page_can_be_mapped_alone(void)
{
	uint32_t *whole;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	whole = map_buffer(fd, SIZE, 0);
	for (size_t at = 0; at < SIZE; at += PAGE) {
		uint32_t *page = map_buffer(fd, PAGE, at);

		expect_number("a new page's first word", *page, 0);
		*page = at + 1;
		expect_number("the word in the whole mapping", whole[at / 4], at + 1);
		munmap(page, PAGE);
	}
	for (size_t at = 0; at < SIZE; at += PAGE)
		expect_number("the word after all munmaps", whole[at / 4], at + 1);
}

static void two_descriptors_map_the_same_memory(void)
{
	uint32_t *first, *second;

	create("a %d", SIZE);
	first = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	second = map_buffer(open_buffer("a", O_RDWR), SIZE - 2 * PAGE, 2 * PAGE);
	first[2 * PAGE / 4] = 42;
	expect_number("word through the second mapping", second[0], 42);
}

static void note_map_error(int fd, size_t length, off_t offset, int error, int other_error)
{
	void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (memory != MAP_FAILED)
		note_failure("expected a mapping of %zu bytes at %lld to be refused, got one", length,
			     (long long)offset);
	else if (errno != error && errno != other_error)
		note_failure("expected a mapping of %zu bytes at %lld to be error %d, got %s", length,
			     (long long)offset, error, strerror(errno));
}

static void note_map_refused(int fd, size_t length, off_t offset)
{
	note_map_error(fd, length, offset, EINVAL, EINVAL);
}

static void mapping_outside_the_buffer_is_refused(void)
{
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	note_map_refused(fd, SIZE + PAGE, 0);
	note_map_refused(fd, SIZE + 1, 0);
	note_map_refused(fd, SIZE, PAGE);
	note_map_refused(fd, PAGE, SIZE);
	note_map_refused(fd, 2 * PAGE, SIZE - PAGE);
	/* A kernel of 32 bits refuses these before it asks the driver, any kernel the last. */
	note_map_error(fd, PAGE, 1LL << 32, EINVAL, sizeof(long) == 4 ? EOVERFLOW : EINVAL);
	note_map_error(fd, PAGE, 1LL << 40, EINVAL, sizeof(long) == 4 ? EOVERFLOW : EINVAL);
	note_map_error(fd, PAGE, INT64_MAX / PAGE * PAGE, EINVAL, EOVERFLOW);
	note_map_error(fd, 2 * PAGE, INT64_MAX / PAGE * PAGE, EINVAL, EOVERFLOW);
	expect_attribute("a", "users", "1");
}

static void the_last_page_is_mapped_whole_and_no_further(void)
{
	char *memory;
	int fd;

	create("a %zu", PAGE + 904);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, PAGE + 904, 0);
	expect_number("first byte that is not zero", find_nonzero(memory, 2 * PAGE), -1);
	memory[2 * PAGE - 1] = 7;
	map_buffer(fd, 2 * PAGE, 0);
	map_buffer(fd, PAGE, PAGE);
	note_map_refused(fd, 2 * PAGE + 1, 0);
	note_map_refused(fd, PAGE, 2 * PAGE);
}

/* Hands dirty memory back to the kernel, for the next buffer to get. */
static void dirty_memory(size_t size)
{
	char *memory;

	create("dirt %zu", size);
	memory = map_buffer(open_buffer("dirt", O_RDWR), size, 0);
	memset(memory, 0xdd, size);
}

static void make_dirt(void *size)
{
	dirty_memory(*(size_t *)size);
}

/* The first of six are both commands in each direction, the others none. */
static void sync_new_buffer(int which)
{
	static const char *const words[] = { "sync_for_cpu", "sync_for_device" };
	char direction[2] = { '0' + which % 3 };

	if (which >= 6)
		return;
	expect_errno("sync_direction", set_attribute("a", "sync_direction", direction), 0);
	expect_errno("a sync", set_attribute("a", words[which / 3], "1"), 0);
}

/* Where no cache needs maintenance, as on x86, this is about pages that were not zeroed alone: see t-cache. */
static void a_new_buffer_is_zero_through_every_kind_of_mapping_and_after_any_sync(void)
{
	static const char *const quirks[] = { "off", "on", "auto", "page" };
	/* Enough that what is freed gets back to where the next buffer is taken from. */
	size_t size = 4 << 20;

	for (int kind = 0; kind < 64; kind++) {
		int flags = kind & 8 ? O_SYNC : 0;
		char *memory;
		int fd;

		in_child(make_dirt, &size);
		delete_buffer("dirt");
		create("a %zu sync-mode=%d quirk-mmap-%s", SIZE - PAGE / 2, kind & 7,
		       quirks[kind >> 4]);
		sync_new_buffer(kind % 16 % 7);
		fd = open_buffer("a", O_RDWR | flags);
		memory = map_buffer(fd, SIZE, 0);
		if (find_nonzero(memory, SIZE) >= 0)
			note_failure("expected zeros in sync mode %d%s, got others at %zd", kind & 7,
				     flags ? " with O_SYNC" : "", find_nonzero(memory, SIZE));
		munmap(memory, SIZE);
		close(fd);
		delete_buffer("a");
	}
}

static void every_sync_mode_maps_the_same_bytes(void)
{
	static const char *const quirks[] = { "off", "on", "auto", "page" };

	for (int kind = 0; kind < 64; kind++) {
		char *memory;
		int fd;

		create("a %d sync-mode=%d quirk-mmap-%s", SIZE, kind & 7, quirks[kind >> 4]);
		fd = open_buffer("a", O_RDWR | (kind & 8 ? O_SYNC : 0));
		memory = map_buffer(fd, SIZE, 0);
		note_same_bytes(fd, memory, SIZE);
		munmap(memory, SIZE);
		close(fd);
		delete_buffer("a");
	}
}

static void a_second_mapping_of_another_type_shows_the_same_bytes(void)
{
	char *cached, *combining;

	create("a %d sync-mode=2 quirk-mmap-on", SIZE);
	cached = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	fill_words(cached, SIZE, 1);
	combining = map_buffer(open_buffer("a", O_RDWR | O_SYNC), SIZE, 0);
	expect_number("first wrong word", find_wrong_word(combining, SIZE, 1), -1);
	fill_words(combining, SIZE, 2);
	expect_number("first wrong word", find_wrong_word(cached, SIZE, 2), -1);
#if defined(__x86_64__) || defined(__i386__)
	expect_number("lines that say which type stays", log_count("mapped already"), 1);
#endif
}

static void the_type_of_a_mapping_changes_back_and_forth(void)
{
	create("a %d quirk-mmap-on", SIZE);
	for (int i = 0; i < 24; i++) {
		char mode[2] = { '0' + i % 8 };
		char *memory;
		int fd;

		expect_errno("the sync mode", set_attribute("a", "sync_mode", mode), 0);
		fd = open_buffer("a", O_RDWR | (i % 3 ? O_SYNC : 0));
		memory = map_buffer(fd, SIZE, 0);
		if (i)
			expect_number("first wrong word", find_wrong_word(memory, SIZE, i - 1), -1);
		fill_words(memory, SIZE, i);
		munmap(memory, SIZE);
		close(fd);
	}
}

static void a_mapping_follows_the_access_mode_of_its_descriptor(void)
{
	void *memory;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDONLY);
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	expect_true("a writable mapping through O_RDONLY to be refused", memory == MAP_FAILED);
	expect_errno("the error of it", errno, EACCES);
	memory = map_buffer_with(fd, SIZE, 0, PROT_READ, MAP_SHARED);
	expect_number("first byte that is not zero", find_nonzero(memory, SIZE), -1);
	expect_number("mprotect to writable", mprotect(memory, SIZE, PROT_READ | PROT_WRITE), -1);
	expect_errno("the error of it", errno, EACCES);
	fd = open_buffer("a", O_WRONLY);
	memory = mmap(NULL, SIZE, PROT_WRITE, MAP_SHARED, fd, 0);
	expect_true("a mapping through O_WRONLY to be refused", memory == MAP_FAILED);
	expect_errno("the error of it", errno, EACCES);
}

static void a_mapping_is_never_executable(void)
{
	void *memory;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	expect_true("an executable mapping to be refused", memory == MAP_FAILED);
	expect_errno("the error of it", errno, EPERM);
	memory = map_buffer(fd, SIZE, 0);
	expect_number("mprotect to executable", mprotect(memory, SIZE, PROT_READ | PROT_EXEC), -1);
	expect_errno("the error of it", errno, EACCES);
}

static void a_private_mapping_of_cached_memory_is_a_true_copy(void)
{
	static const char *const quirks[] = { "on", "auto", "page" };

	for (size_t i = 0; i < ARRAY_SIZE(quirks); i++) {
		char *memory, *whole;
		int fd;

		create("a %d quirk-mmap-%s", SIZE, quirks[i]);
		fd = open_buffer("a", O_RDWR);
		whole = map_buffer(fd, SIZE, 0);
		fill_words(whole, SIZE, 1);
		memory = map_buffer_with(fd, SIZE, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE);
		note_number("first wrong word", find_wrong_word(memory, SIZE, 1), -1);
		fill_words(memory, SIZE, 2);
		note_number("first wrong word of the copy", find_wrong_word(memory, SIZE, 2), -1);
		note_number("first word changed", find_wrong_word(whole, SIZE, 1), -1);
		munmap(memory, SIZE);
		munmap(whole, SIZE);
		close(fd);
		delete_buffer("a");
	}
}

static void a_private_mapping_by_frame_or_past_the_caches_is_einval(void)
{
	static const char *const options[] = {
		"quirk-mmap-off", "quirk-mmap-on sync-mode=5", "quirk-mmap-on sync-mode=6",
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		void *memory;
		int fd;

		create("a %d %s", SIZE, options[i]);
		fd = open_buffer("a", O_RDWR);
		memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		if (memory != MAP_FAILED)
			note_failure("expected a private mapping with %s to be refused, got one",
				     options[i]);
		note_errno(options[i], errno, EINVAL);
		note_attribute("a", "users", "1");
		close(fd);
		delete_buffer("a");
	}
}

static void a_process_that_only_reads_can_map_every_kind(void)
{
	static const char *const quirks[] = { "off", "on", "auto", "page" };

	for (int kind = 0; kind < 32; kind++) {
		char *memory;
		int fd, writer;

		create("a %d sync-mode=%d quirk-mmap-%s", SIZE, kind & 7, quirks[kind >> 3]);
		fd = open_buffer("a", O_RDONLY | O_SYNC);
		writer = open_buffer("a", O_WRONLY);
		note_number("bytes written", pwrite(writer, "abcdefgh", 8, PAGE), 8);
		memory = map_buffer_with(fd, SIZE, 0, PROT_READ, MAP_SHARED);
		note_number("first byte that is not zero", find_nonzero(memory, SIZE), PAGE);
		munmap(memory, SIZE);
		close(fd);
		close(writer);
		delete_buffer("a");
	}
}

static void quirk_words_set_the_mmap_mode(void)
{
	static const char *const words[] = { "off", "on", "auto", "page" };

	for (int i = 0; i < 4; i++) {
		char mode[2] = { '1' + i };

		create("a%d 4096 quirk-mmap-%s", i, words[i]);
		note_attribute((char[]){ 'a', '0' + i, 0 }, "quirk_mmap_mode", mode);
	}
}

static const struct claim claims[] = {
	CLAIM(a_mapping_and_the_node_show_the_same_bytes),
	CLAIM(every_page_can_be_mapped_alone),
	CLAIM(two_descriptors_map_the_same_memory),
	CLAIM(mapping_outside_the_buffer_is_refused),
	CLAIM(the_last_page_is_mapped_whole_and_no_further),
	CLAIM(a_new_buffer_is_zero_through_every_kind_of_mapping_and_after_any_sync),
	CLAIM(every_sync_mode_maps_the_same_bytes),
	CLAIM(a_second_mapping_of_another_type_shows_the_same_bytes),
	CLAIM(the_type_of_a_mapping_changes_back_and_forth),
	CLAIM(a_mapping_follows_the_access_mode_of_its_descriptor),
	CLAIM(a_mapping_is_never_executable),
	CLAIM(a_private_mapping_of_cached_memory_is_a_true_copy),
	CLAIM(a_private_mapping_by_frame_or_past_the_caches_is_einval),
	CLAIM(a_process_that_only_reads_can_map_every_kind),
	CLAIM(quirk_words_set_the_mmap_mode),
};

CLAIMS(claims)
