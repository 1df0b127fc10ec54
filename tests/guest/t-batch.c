// SPDX-License-Identifier: GPL-2.0-only
/* ioctl 32: many ranges synced by one system call. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <u-dma-buf.h>

#include "harness.h"

#define SIZE 0x4000

static struct u_dma_buf_sync_range ranges[U_DMA_BUF_SYNC_RANGES_MAX + 1];

static int sync_batch(int fd, uint32_t command, uint32_t count)
{
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch),
		.command = command,
		.count = count,
		.ranges = (uintptr_t)ranges,
	};

	return ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch) ? errno : 0;
}

static int make(const char *options, int flags)
{
	create("a %d %s", SIZE, options);
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		ranges[i] = (struct u_dma_buf_sync_range){ .offset = i % SIZE, .size = 1 };
	return open_buffer("a", flags);
}

static void a_batch_passes_every_range_to_its_owner(void)
{
	int fd = make("sync-offset=64 sync-size=128 sync-direction=2", O_RDWR);

	expect_errno("for device", sync_batch(fd, U_DMA_BUF_SYNC_FOR_DEVICE, 100), 0);
	expect_attribute("a", "sync_owner", "1");
	expect_errno("for cpu", sync_batch(fd, U_DMA_BUF_SYNC_FOR_CPU, 100), 0);
	expect_attribute("a", "sync_owner", "0");
	expect_attribute("a", "sync_offset", "0x40");
	expect_attribute("a", "sync_size", "128");
	expect_attribute("a", "sync_direction", "2");
}

static void a_batch_with_one_wrong_range_does_nothing(void)
{
	static const struct u_dma_buf_sync_range wrong[] = {
		{ .offset = 0, .size = 0 },
		{ .offset = 0, .size = SIZE + 1 },
		{ .offset = SIZE, .size = 1 },
		{ .offset = UINT64_MAX, .size = 2 },
		{ .offset = 1, .size = UINT64_MAX },
		{ .offset = 1ULL << 32, .size = 16 },
		{ .size = 16, .direction = 3 },
		{ .size = 16, .flags = 1 },
	};
	int fd = make("", O_RDWR);

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		ranges[50] = wrong[i];
		note_errno("a wrong range", sync_batch(fd, U_DMA_BUF_SYNC_FOR_DEVICE, 100), EINVAL);
		note_attribute("a", "sync_owner", "0");
	}
	expect_errno("without it", sync_batch(fd, U_DMA_BUF_SYNC_FOR_DEVICE, 50), 0);
}

static void the_number_of_ranges_has_a_limit(void)
{
	int fd = make("", O_RDWR);

	expect_errno("none", sync_batch(fd, U_DMA_BUF_SYNC_FOR_DEVICE, 0), 0);
	expect_attribute("a", "sync_owner", "0");
	expect_errno("4096", sync_batch(fd, U_DMA_BUF_SYNC_FOR_DEVICE, 4096), 0);
	expect_errno("4097", sync_batch(fd, U_DMA_BUF_SYNC_FOR_CPU, 4097), EINVAL);
	expect_errno("2^32 - 1", sync_batch(fd, U_DMA_BUF_SYNC_FOR_CPU, UINT32_MAX), EINVAL);
	expect_attribute("a", "sync_owner", "1");
}

static void a_batch_works_through_a_descriptor_for_reading(void)
{
	int fd = make("", O_RDONLY);

	expect_errno("for cpu", sync_batch(fd, U_DMA_BUF_SYNC_FOR_CPU, 10), 0);
	expect_errno("for device", sync_batch(fd, U_DMA_BUF_SYNC_FOR_DEVICE, 10), 0);
}

static int raw(int fd, const void *argument)
{
	return ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, argument) ? errno : 0;
}

static void a_malformed_batch_is_refused(void)
{
	struct {
		struct u_dma_buf_ioctl_sync_batch batch;
		uint64_t later[4];
	} a = { .batch = { .command = 1, .count = 1, .ranges = (uintptr_t)ranges } };
	int fd = make("", O_RDWR);

	a.batch.argsz = sizeof(a);
	note_errno("a later struct whose new fields are 0", raw(fd, &a), 0);
	a.later[3] = 1;
	note_errno("a later struct whose new fields are not", raw(fd, &a), E2BIG);
	a.batch.argsz = PAGE + 1;
	note_errno("a struct of more than a page", raw(fd, &a), E2BIG);
	a.batch.argsz = sizeof(a.batch);
	a.batch.ranges = 8;
	note_errno("ranges that can't be read", raw(fd, &a), EFAULT);
	note_errno("an argument that can't be read", raw(fd, (void *)8), EFAULT);
}

static void the_fields_of_a_batch_are_judged_whole(void)
{
	enum { ARGSZ = sizeof(struct u_dma_buf_ioctl_sync_batch), COMMAND = U_DMA_BUF_SYNC_FOR_DEVICE };
	static const struct {
		const char *what;
		struct u_dma_buf_ioctl_sync_batch batch;
		int error;
	} wrong[] = {
		{ "argsz 0", { 0, 0, COMMAND, 1, 0 }, EINVAL },
		{ "argsz too small", { ARGSZ - 1, 0, COMMAND, 1, 0 }, EINVAL },
		{ "argsz 2^31", { 1U << 31, 0, COMMAND, 1, 0 }, E2BIG },
		{ "argsz 2^32 - 1", { UINT32_MAX, 0, COMMAND, 1, 0 }, E2BIG },
		{ "the lowest flag", { ARGSZ, 1, COMMAND, 1, 0 }, EINVAL },
		{ "the highest flag", { ARGSZ, 1U << 31, COMMAND, 1, 0 }, EINVAL },
		{ "command 0", { ARGSZ, 0, 0, 1, 0 }, EINVAL },
		{ "command 2", { ARGSZ, 0, 2, 1, 0 }, EINVAL },
		{ "command 4", { ARGSZ, 0, 4, 1, 0 }, EINVAL },
		{ "a command with a high bit", { ARGSZ, 0, COMMAND | 1U << 31, 1, 0 }, EINVAL },
		{ "2^31 ranges", { ARGSZ, 0, COMMAND, 1U << 31, 0 }, EINVAL },
	};
	int fd = make("", O_RDWR);

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct u_dma_buf_ioctl_sync_batch batch = wrong[i].batch;

		batch.ranges = (uintptr_t)ranges;
		note_errno(wrong[i].what, raw(fd, &batch), wrong[i].error);
		note_attribute("a", "sync_owner", "0");
	}
}

static void a_batch_on_a_dead_buffer_is_enodev(void)
{
	int fd = make("", O_RDWR);

	expect_errno("delete", manager("delete a force"), 0);
	expect_errno("for cpu", sync_batch(fd, U_DMA_BUF_SYNC_FOR_CPU, 1), ENODEV);
}

static const struct claim claims[] = {
	CLAIM(a_batch_passes_every_range_to_its_owner),
	CLAIM(a_batch_with_one_wrong_range_does_nothing),
	CLAIM(the_number_of_ranges_has_a_limit),
	CLAIM(a_batch_works_through_a_descriptor_for_reading),
	CLAIM(a_malformed_batch_is_refused),
	CLAIM(the_fields_of_a_batch_are_judged_whole),
	CLAIM(a_batch_on_a_dead_buffer_is_enodev),
};

CLAIMS(claims)
