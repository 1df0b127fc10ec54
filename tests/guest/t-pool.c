// SPDX-License-Identifier: GPL-2.0-only
/* Buffers from a no-map memory-region: virt-nodes.dtsi. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "u-dma-buf.h"
#include "uses.h"

#define DRIVER "/sys/bus/platform/drivers/u-dma-buf/"
#define POOL 0x60000000
#define POOL_SIZE 0x400000
#define SIZE 0x10000

static void need_pool(void)
{
	if (access("/proc/device-tree/dt-pool", F_OK))
		skip("no pool in this guest's device tree");
}

static void memory_reads_pool_and_the_mmap_mode_1(void)
{
	unsigned long long address;

	need_pool();
	expect_attribute("dtpool", "memory", "pool");
	expect_attribute("dtpool", "quirk_mmap_mode", "1");
	expect_attribute("dtpoolcached", "memory", "pool");
	expect_attribute("dtpoolcached", "quirk_mmap_mode", "1");
	address = attribute_number("dtpool", "phys_addr");
	expect_true("an address in the memory-region",
		    address >= POOL && address + SIZE <= POOL + POOL_SIZE);
}

/* How many lines about @buffer speak of caching; the kernel's own about its region don't. */
static size_t count_cached(const char *buffer)
{
	const struct log *log = log_read();
	size_t count = 0;

	for (size_t i = 0; i < log->count; i++)
		count += strstr(log->line[i], buffer) && strstr(log->line[i] + strlen(buffer), "cached");
	return count;
}

static void one_line_says_so_where_a_cached_mapping_was_asked_for(void)
{
	need_pool();
	expect_reload("info_enable=0");
	expect_number("lines that name the one", count_cached("u-dma-buf dtpoolcached:"), 1);
	expect_number("lines that name the other", count_cached("u-dma-buf dtpool:"), 0);
}

static void a_buffer_bigger_than_its_pool_fails_alone(void)
{
	need_pool();
	expect_reload("info_enable=0");
	expect_true("no such buffer", !buffer_exists("dtpoolfull"));
	expect_number("lines that name its node", log_count("dt-pool-full:"), 1);
	expect_true("the others", buffer_exists("dtpool") && buffer_exists("dtpoolcached"));
}

static void a_pool_buffer_is_zero_at_first_and_holds_what_is_written(void)
{
	static char text[SIZE];
	int fd;

	need_pool();
	expect_reload("");
	fd = open_buffer("dtpool", O_RDWR);
	expect_number("bytes read", pread(fd, text, SIZE, 0), SIZE);
	expect_number("first byte that is not zero", find_nonzero(text, SIZE), -1);
	note_same_bytes(fd, map_buffer(fd, SIZE, 0), SIZE);
}

static void a_new_pool_buffer_is_zero_after_an_old_one(void)
{
	char *memory;
	int fd;

	need_pool();
	expect_reload("");
	for (int i = 0; i < 3; i++) {
		fd = open_buffer("dtpool", O_RDWR);
		memory = map_buffer(fd, SIZE, 0);
		expect_number("first byte that is not zero", find_nonzero(memory, SIZE), -1);
		fill_words(memory, SIZE, i);
		munmap(memory, SIZE);
		close(fd);
		expect_errno("unbind", write_file(DRIVER "unbind", "dt-pool"), 0);
		expect_errno("bind", write_file(DRIVER "bind", "dt-pool"), 0);
	}
}

static void ends_and_ranges_are_those_of_any_buffer(void)
{
	char text[100] = "x";
	int fd;

	need_pool();
	fd = open_buffer("dtpoolcached", O_RDWR);
	expect_number("bytes read near the end", pread(fd, text, 100, 4990), 10);
	expect_number("bytes read at the end", pread(fd, text, 100, 5000), 0);
	expect_number("bytes written near the end", pwrite(fd, text, 100, 4990), 10);
	expect_number("bytes written at the end", pwrite(fd, text, 1, 5000), -1);
	expect_errno("its error", errno, ENOSPC);
	map_buffer(fd, 5000, 0);
	expect_true("no mapping past the end",
		    mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	expect_true("no mapping behind it",
		    mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 2 * PAGE) == MAP_FAILED);
}

static void a_page_of_a_pool_is_mapped_at_its_offset(void)
{
	uint64_t *whole, *page;
	int fd;

	need_pool();
	fd = open_buffer("dtpool", O_RDWR);
	whole = map_buffer(fd, SIZE, 0);
	page = map_buffer(fd, PAGE, 3 * PAGE);
	*page = 0x1234;
	expect_number("word in the whole", whole[3 * PAGE / 8], 0x1234);
}

static void a_sync_of_a_pool_does_nothing_and_is_no_error(void)
{
	char *memory;

	need_pool();
	memory = map_buffer(open_buffer("dtpool", O_RDWR), SIZE, 0);
	fill_words(memory, SIZE, 5);
	expect_errno("for the device", set_attribute("dtpool", "sync_for_device", "1"), 0);
	expect_attribute("dtpool", "sync_owner", "1");
	expect_errno("for the CPU", set_attribute("dtpool", "sync_for_cpu", "0x1001"), 0);
	expect_attribute("dtpool", "sync_owner", "0");
	expect_number("first wrong word", find_wrong_word(memory, SIZE, 5), -1);
}

static void every_sync_mode_maps_a_pool(void)
{
	need_pool();
	expect_reload("");
	for (int mode = 0; mode < 16; mode++) {
		char text[2] = { '0' + mode / 2 };
		char *memory;
		int fd;

		expect_errno("sync_mode", set_attribute("dtpool", "sync_mode", text), 0);
		fd = open_buffer("dtpool", O_RDWR | (mode % 2 ? O_SYNC : 0));
		memory = map_buffer(fd, SIZE, 0);
		fill_words(memory, SIZE, mode);
		note_number("first wrong word", find_wrong_word(memory, SIZE, mode), -1);
		munmap(memory, SIZE);
		close(fd);
	}
}

static void a_process_that_only_reads_can_map_a_pool(void)
{
	char *memory;

	need_pool();
	expect_number("bytes written", pwrite(open_buffer("dtpool", O_WRONLY), "abcdefgh", 8, 0), 8);
	memory = map_buffer_with(open_buffer("dtpool", O_RDONLY), SIZE, 0, PROT_READ, MAP_SHARED);
	expect_true("what was written", !memcmp(memory, "abcdefgh", 8));
}

static void a_private_mapping_of_a_pool_is_einval(void)
{
	need_pool();
	expect_true("a private mapping to be refused",
		    mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			 open_buffer("dtpool", O_RDWR), 0) == MAP_FAILED);
	expect_errno("its error", errno, EINVAL);
}

static void a_pool_is_not_pinned(void)
{
	need_pool();
	expect_no_pins(map_buffer(open_buffer("dtpool", O_RDWR), SIZE, 0));
}

static void an_export_of_a_pool_is_eopnotsupp(void)
{
	struct u_dma_buf_ioctl_export range = { .flags = O_RDWR, .size = 4096 };
	int fd;

	need_pool();
	fd = open_buffer("dtpool", O_RDWR);
	expect_number("export", ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, &range), -1);
	expect_errno("its error", errno, EOPNOTSUPP);
	expect_attribute("dtpool", "users", "1");
}

static void unbind_revokes_a_held_pool_buffer_and_bind_makes_another(void)
{
	uint64_t size;
	char *memory, *fresh;
	int fd;

	need_pool();
	expect_reload("");
	fd = open_buffer("dtpool", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, SIZE, 1);
	expect_errno("unbind", write_file(DRIVER "unbind", "dt-pool"), 0);
	expect_true("neither node nor attributes", !buffer_exists("dtpool"));
	expect_true("SIGBUS", raises_sigbus(memory));
	expect_number("GET_SIZE", ioctl(fd, U_DMA_BUF_IOCTL_GET_SIZE, &size), -1);
	expect_errno("its error", errno, ENODEV);
	expect_errno("bind", write_file(DRIVER "bind", "dt-pool"), 0);
	fresh = map_buffer(open_buffer("dtpool", O_RDWR), SIZE, 0);
	expect_number("first byte that is not zero", find_nonzero(fresh, SIZE), -1);
	munmap(memory, SIZE);
	close(fd);
	fill_words(fresh, SIZE, 2);
	expect_number("first wrong word", find_wrong_word(fresh, SIZE, 2), -1);
}

/* More than the pool has pages: each bind that lost one would leave none. */
static void a_thousand_binds_lose_no_page_of_the_pool(void)
{
	need_pool();
	expect_reload("info_enable=0");
	for (size_t i = 0; i < POOL_SIZE / PAGE + 10; i++) {
		expect_errno("unbind", write_file(DRIVER "unbind", "dt-pool"), 0);
		expect_errno("bind", write_file(DRIVER "bind", "dt-pool"), 0);
	}
	expect_attribute("dtpool", "memory", "pool");
}

static const struct claim claims[] = {
	CLAIM(memory_reads_pool_and_the_mmap_mode_1),
	CLAIM(one_line_says_so_where_a_cached_mapping_was_asked_for),
	CLAIM(a_buffer_bigger_than_its_pool_fails_alone),
	CLAIM(a_pool_buffer_is_zero_at_first_and_holds_what_is_written),
	CLAIM(a_new_pool_buffer_is_zero_after_an_old_one),
	CLAIM(ends_and_ranges_are_those_of_any_buffer),
	CLAIM(a_page_of_a_pool_is_mapped_at_its_offset),
	CLAIM(a_sync_of_a_pool_does_nothing_and_is_no_error),
	CLAIM(every_sync_mode_maps_a_pool),
	CLAIM(a_process_that_only_reads_can_map_a_pool),
	CLAIM(a_private_mapping_of_a_pool_is_einval),
	CLAIM(a_pool_is_not_pinned),
	CLAIM(an_export_of_a_pool_is_eopnotsupp),
	CLAIM(unbind_revokes_a_held_pool_buffer_and_bind_makes_another),
	CLAIM(a_thousand_binds_lose_no_page_of_the_pool),
};

CLAIMS(claims)
