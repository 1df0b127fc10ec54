// SPDX-License-Identifier: GPL-2.0-only
/* libudmabuf: the requests that a sync is made of. ioctl() is this file's, and keeps them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "udmabuf.h"
#include "../../src/uapi/u-dma-buf.h"

static struct {
	unsigned long request;
	struct u_dma_buf_ioctl_sync_batch batch;
	struct u_dma_buf_sync_range range;
	struct u_dma_buf_ioctl_sync settings;
	uint64_t word;
	int error;
} seen;

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	assert_int_equal(fd, 3);
	seen.request = request;
	if (request == U_DMA_BUF_IOCTL_SYNC_BATCH) {
		seen.batch = *(struct u_dma_buf_ioctl_sync_batch *)argument;
		assert_int_equal(seen.batch.count, 1);
		seen.range = *(struct u_dma_buf_sync_range *)(uintptr_t)seen.batch.ranges;
	} else if (request == U_DMA_BUF_IOCTL_SET_SYNC) {
		seen.settings = *(struct u_dma_buf_ioctl_sync *)argument;
	} else {
		seen.word = *(uint64_t *)argument;
	}
	errno = seen.error;
	return seen.error ? -1 : 0;
}

static void a_sync_names_its_range_whole(void **state)
{
	seen.error = 0;
	assert_int_equal(udmabuf_sync(3, UDMABUF_OWNER_CPU, 5ULL << 32 | 3, 9ULL << 32 | 1,
				      UDMABUF_FROM_DEVICE), 0);
	assert_int_equal(seen.request, U_DMA_BUF_IOCTL_SYNC_BATCH);
	assert_int_equal(seen.batch.argsz, sizeof(seen.batch));
	assert_int_equal(seen.batch.flags, 0);
	assert_int_equal(seen.batch.command, U_DMA_BUF_SYNC_FOR_CPU);
	assert_true(seen.range.offset == (5ULL << 32 | 3));
	assert_true(seen.range.size == (9ULL << 32 | 1));
	assert_int_equal(seen.range.direction, U_DMA_BUF_FROM_DEVICE);
	assert_int_equal(seen.range.flags, 0);
}

static void the_owner_decides_the_command(void **state)
{
	seen.error = 0;
	assert_int_equal(udmabuf_sync(3, UDMABUF_OWNER_DEVICE, 0, 32, UDMABUF_TO_DEVICE), 0);
	assert_int_equal(seen.batch.command, U_DMA_BUF_SYNC_FOR_DEVICE);
	assert_int_equal(seen.range.direction, U_DMA_BUF_TO_DEVICE);
}

static void what_the_driver_refuses_is_a_negative_errno(void **state)
{
	seen.error = EINVAL;
	assert_int_equal(udmabuf_sync(3, UDMABUF_OWNER_CPU, 0, 0, UDMABUF_BIDIRECTIONAL), -EINVAL);
	seen.error = ENODEV;
	assert_int_equal(udmabuf_sync_settings(3, UDMABUF_OWNER_CPU), -ENODEV);
}

static void a_sync_with_the_settings_is_the_word_1(void **state)
{
	seen.error = 0;
	assert_int_equal(udmabuf_sync_settings(3, UDMABUF_OWNER_DEVICE), 0);
	assert_int_equal(seen.request, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE);
	assert_int_equal(seen.word, 1);
	assert_int_equal(udmabuf_sync_settings(3, UDMABUF_OWNER_CPU), 0);
	assert_int_equal(seen.request, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU);
}

static void settings_are_set_with_one_request_and_no_command(void **state)
{
	seen.error = 0;
	assert_int_equal(udmabuf_set_sync(3, 6, 5ULL << 32, 9ULL << 32, UDMABUF_FROM_DEVICE), 0);
	assert_int_equal(seen.request, U_DMA_BUF_IOCTL_SET_SYNC);
	assert_true(seen.settings.flags == (6 << 8 | 2 << 2));
	assert_true(seen.settings.offset == 5ULL << 32);
	assert_true(seen.settings.size == 9ULL << 32);
	seen.error = EACCES;
	assert_int_equal(udmabuf_set_sync(3, 1, 0, 0, UDMABUF_BIDIRECTIONAL), -EACCES);
}

static void settings_out_of_range_do_not_reach_the_driver(void **state)
{
	seen.error = 0;
	seen.request = 0;
	assert_int_equal(udmabuf_set_sync(3, 8, 0, 0, UDMABUF_BIDIRECTIONAL), -EINVAL);
	assert_int_equal(udmabuf_set_sync(3, 1, 0, 0, UDMABUF_FROM_DEVICE + 1), -EINVAL);
	assert_int_equal(seen.request, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sync_names_its_range_whole),
		cmocka_unit_test(the_owner_decides_the_command),
		cmocka_unit_test(what_the_driver_refuses_is_a_negative_errno),
		cmocka_unit_test(a_sync_with_the_settings_is_the_word_1),
		cmocka_unit_test(settings_are_set_with_one_request_and_no_command),
		cmocka_unit_test(settings_out_of_range_do_not_reach_the_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
