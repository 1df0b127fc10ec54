// SPDX-License-Identifier: GPL-2.0-only
/* Sizes and addresses past 32 bits, and memory near the device on a machine of two nodes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "prove.h"
#include "u-dma-buf.h"

#define LENGTH 4088
#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define SIZE (4 * GIB + 64 * MIB + 4096)
#define FAR 1	/* the device's node */

static struct edu edu;

static void start(void)
{
	edu_find(&edu);
	edu_start(&edu);
}

/* There and back by DMA through two places of a mapped buffer. */
static void transfer(char *memory, uint64_t address, uint64_t from, uint64_t to)
{
	fill_words(memory + from, LENGTH, from + 1);
	memset(memory + to, 0, LENGTH);
	edu_fetch(&edu, address + from, LENGTH);
	edu_store(&edu, address + to, LENGTH);
	expect_number("first wrong word", find_wrong_word(memory + to, LENGTH, from + 1), -1);
}

static void a_buffer_of_more_than_4_gib_is_exact(void)
{
	static const uint64_t ends[] = { 0, 2 * GIB - 4096, 4 * GIB - 4096, 4 * GIB, SIZE - 4096 };
	uint64_t address, size = 0;
	char *memory, word;
	int fd;

	start();
	create("a %llu dma-mask=40", SIZE);
	expect_attribute("a", "memory", "contig");
	expect_attribute("a", "dma_mask", "40");
	expect_number("size", attribute_number("a", "size"), SIZE);
	address = attribute_number("a", "phys_addr");
	fd = open_buffer("a", O_RDWR);
	expect_number("GET_SIZE", ioctl(fd, U_DMA_BUF_IOCTL_GET_SIZE, &size), 0);
	expect_number("its size", size, SIZE);
	expect_number("SEEK_END", lseek(fd, 0, SEEK_END), SIZE);
	expect_number("bytes written past the end", pwrite(fd, "x", 1, SIZE), -1);
	expect_errno("its error", errno, ENOSPC);
	expect_number("bytes written to the end", pwrite(fd, "x", 2, SIZE - 1), 1);
	expect_number("bytes read from the end", pread(fd, &word, 1, SIZE - 1), 1);
	memory = map_buffer(fd, SIZE, 0);
	expect_number("the byte mapped", memory[SIZE - 1], 'x');
	for (size_t i = 1; i < ARRAY_SIZE(ends); i++)
		transfer(memory, address, ends[i - 1], ends[i]);
	expect_number("the end by a mapping of it alone",
		      *(uint64_t *)map_buffer(fd, 4096, SIZE - 4096),
		      *(uint64_t *)(memory + SIZE - 4096));
}

static void ranges_past_4_gib_sync(void)
{
	struct u_dma_buf_sync_range range = { .offset = 4 * GIB + 5, .size = 64 * MIB };
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch),
		.command = U_DMA_BUF_SYNC_FOR_CPU,
		.count = 1,
		.ranges = (uintptr_t)&range,
	};
	struct u_dma_buf_ioctl_sync sync = {
		.flags = U_DMA_BUF_SYNC_FOR_DEVICE,
		.offset = 4 * GIB,
		.size = 64 * MIB + 4096,
	};
	struct u_dma_buf_ioctl_export export = {
		.flags = O_RDWR,
		.offset = 4 * GIB,
		.size = 64 * MIB + 4096,
	};
	int fd;

	create("a %llu dma-mask=40", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("a batch", ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch), 0);
	range.size += 4096 - 5 + 1;
	expect_number("a batch past the end", ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch), -1);
	expect_number("SET_SYNC", ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC, &sync), 0);
	expect_attribute("a", "sync_offset", "0x100000000");
	sync.size++;
	expect_number("SET_SYNC past the end", ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC, &sync), -1);
	expect_number("export", ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, &export), 0);
	expect_number("its address", export.addr, attribute_number("a", "phys_addr") + 4 * GIB);
	expect_number("its end", lseek(export.fd, 0, SEEK_END), export.size);
}

static void the_sizes_g_and_t_are_not_cut(void)
{
	expect_errno("1 TiB", manager("create a 1024G dma-mask=64"), ENOMEM);
	expect_errno("2^64 - 1 bytes", manager("create a 18446744073709551615 dma-mask=64"), ENOMEM);
	expect_errno("2^32 GiB and 4096 bytes", manager("create a 0x100000000000001000"), EINVAL);
	expect_true("no buffer", !buffer_exists("a"));
}

static void a_mask_of_32_bits_stays_below_4_gib(void)
{
	static const unsigned int sizes[] = { 1, 4, 64, 512 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		create("a %uM", sizes[i]);
		expect_true("an address below 4 GiB",
			    attribute_number("a", "phys_addr") + sizes[i] * MIB <= 4 * GIB);
		delete_buffer("a");
		create("a %uM bus=pci device=%s", sizes[i], (edu_find(&edu), edu.bdf));
		expect_true("an address below 4 GiB",
			    attribute_number("a", "phys_addr") + sizes[i] * MIB <= 4 * GIB);
		delete_buffer("a");
	}
}

static void a_mask_that_reaches_no_memory_says_so(void)
{
	log_mark();
	expect_errno("create", manager("create a 4096 dma-mask=12"), ENOMEM);
	expect_true("the line to tell the mask", strstr(log_only_line(), "12 bits"));
}

/* Each with every 256th page looked at; the device's mask leaves only the part below 4 GiB. */
static void memory_is_near_the_parent(void)
{
	static const unsigned int sizes[] = { 1, 4, 64, 256 };
	int proof = prove_open();

	edu_find(&edu);
	expect_number("node of the device", atoi(file_text(edu_path(&edu, "numa_node"))), FAR);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = sizes[i] * MIB;
		char *memory;
		int fd;

		create("a %uM bus=pci device=%s", sizes[i], edu.bdf);
		fd = open_buffer("a", O_RDWR);
		memory = map_buffer(fd, size, 0);
		for (size_t at = 0; at < size; at += MIB) {
			memory[at] = 1;
			note_number("the node of a page", prove_page(proof, memory + at).node, FAR);
		}
		munmap(memory, size);
		close(fd);
		delete_buffer("a");
	}
}

static const struct claim claims[] = {
	CLAIM(a_buffer_of_more_than_4_gib_is_exact),
	CLAIM(ranges_past_4_gib_sync),
	CLAIM(the_sizes_g_and_t_are_not_cut),
	CLAIM(a_mask_of_32_bits_stays_below_4_gib),
	CLAIM(a_mask_that_reaches_no_memory_says_so),
	CLAIM(memory_is_near_the_parent),
};

CLAIMS(claims)
