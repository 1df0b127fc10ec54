// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver's operations cost, in instructions: run under QEMU's -icount shift=0, where a
 * nanosecond of the guest's clock is one instruction. Each figure is the least of several runs, the
 * cost of an empty system call beside it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "u-dma-buf.h"

#include "harness.h"
#include "prove.h"

#define SIZE (4UL << 20)
#define RUNS 9

static char *const name = "bench";
static int node, attribute_fd, manager_fd;
static struct u_dma_buf_sync_range ranges[256];

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static void report(const char *what, uint64_t cost)
{
	printf("bench %-44s %8llu\n", what, (unsigned long long)cost);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void measure(const char *what, void (*operation)(void), unsigned int repeat,
		    unsigned int divisor)
{
	uint64_t cost = UINT64_MAX;

	for (int run = 0; run < RUNS; run++) {
		uint64_t start = now();

		for (unsigned int i = 0; i < repeat; i++)
			operation();
		cost = least(cost, now() - start);
	}
	report(what, cost / repeat / divisor);
}

static void empty_call(void)
{
	syscall(SYS_getppid);
}

static void sync_pair_by_ioctl(void)
{
	uint64_t word = U_DMA_BUF_SYNC_PACKED(0, 4096, 0);

	ioctl(node, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, &word);
	ioctl(node, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, &word);
}

static void sync_pair_by_batch(void)
{
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch), .command = U_DMA_BUF_SYNC_FOR_DEVICE,
		.count = ARRAY_SIZE(ranges), .ranges = (uintptr_t)ranges,
	};

	ioctl(node, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch);
	batch.command = U_DMA_BUF_SYNC_FOR_CPU;
	ioctl(node, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch);
}

static void sync_by_sysfs(void)
{
	if (pwrite(attribute_fd, "1", 1, 0) != 1)
		fail("a sync by sysfs failed");
}

/* Mapping with the first touch, and unmapping, each a page. */
static void measure_mapping(const char *what, size_t size, int flags, int fd)
{
	uint64_t mapping = UINT64_MAX, unmapping = UINT64_MAX;
	char text[64];

	for (int run = 0; run < RUNS; run++) {
		uint64_t start = now(), touched;
		volatile char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

		for (size_t at = 0; at < size; at += 4096)
			memory[at] = 1;
		touched = now();
		munmap((void *)memory, size);
		mapping = least(mapping, touched - start);
		unmapping = least(unmapping, now() - touched);
	}
	snprintf(text, sizeof(text), "%s: map and touch, a page", what);
	report(text, mapping / (size / 4096));
	snprintf(text, sizeof(text), "%s: unmap, a page", what);
	report(text, unmapping / (size / 4096));
}

static void measure_buffer_mapping(const char *what, const char *options, size_t size)
{
	int fd;

	create("mapped %zu %s", size, options);
	fd = open_buffer("mapped", O_RDWR);
	measure_mapping(what, size, MAP_SHARED, fd);
	close(fd);
	delete_buffer("mapped");
}

static void measure_mappings(void)
{
	char parameters[32];

	snprintf(parameters, sizeof(parameters), "coherent=%lu", SIZE);
	if (prove_load(parameters))
		fail("expected the proof module to load");
	measure_buffer_mapping("4 MiB, mode 2", "quirk-mmap-on", SIZE);
	measure_buffer_mapping("64 MiB, mode 2", "quirk-mmap-on", 16 * SIZE);
	measure_buffer_mapping("4 MiB, mode 1", "quirk-mmap-off", SIZE);
	measure_mapping("4 MiB, dma_mmap_coherent", SIZE, MAP_SHARED, prove_open());
	measure_mapping("4 MiB, anonymous", SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void read_page(void)
{
	static char page[4096];

	if (pread(node, page, sizeof(page), 0) != sizeof(page))
		fail("a read failed");
}

static void command(const char *text)
{
	if (write(manager_fd, text, strlen(text)) < 0)
		fail("\"%s\" failed", text);
}

static void create_delete_64k(void)
{
	command("create other 64K; delete other");
}

static void create_delete_64m(void)
{
	command("create other 64M; delete other");
}

static void operations_cost_so_many_instructions(void)
{
	expect_reload("info_enable=0");
	create("%s %lu", name, SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		ranges[i] = (struct u_dma_buf_sync_range){ .offset = i * 4096, .size = 4096 };
	node = open_buffer(name, O_RDWR);
	attribute_fd = open(SYSFS "bench/sync_for_cpu", O_WRONLY);
	manager_fd = open_manager();

	measure("empty system call", empty_call, 200, 1);
	measure("sync pair by ioctl", sync_pair_by_ioctl, 200, 1);
	measure("sync pair of a range in a batch of 256", sync_pair_by_batch, 20, 256);
	measure("sync by sysfs", sync_by_sysfs, 200, 1);
	measure_mappings();
	measure("read of 4 KiB", read_page, 200, 1);
	measure("create and delete 64 KiB", create_delete_64k, 3, 1);
	measure("create and delete 64 MiB, a page", create_delete_64m, 1, 16384);
}

static const struct claim claims[] = {
	CLAIM(operations_cost_so_many_instructions),
};

CLAIMS(claims)
