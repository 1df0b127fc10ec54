// SPDX-License-Identifier: GPL-2.0-only
/*
 * libudmabuf: which requests a sync is made of. ioctl() is this file's: it does what the
 * driver does with a buffer, and keeps which bytes were synchronised.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "udmabuf.h"
#include "../../src/uapi/u-dma-buf.h"

#define G (1ULL << 30)

struct sync {
	uint64_t offset;
	uint64_t size;
	unsigned int direction;
	unsigned long owner;
};

static struct fake {
	uint64_t size;
	bool is_writable;
	struct u_dma_buf_ioctl_sync settings;
	struct sync done[8];
	unsigned int count;
	unsigned int requests;
} fake;

static int refuse(int error)
{
	errno = error;
	return -1;
}

static int do_sync(unsigned long owner, uint64_t offset, uint64_t size, unsigned int direction)
{
	if (!size || direction > 2 || offset > fake.size || size > fake.size - offset)
		return refuse(EINVAL);
	assert_true(fake.count < sizeof(fake.done) / sizeof(fake.done[0]));
	fake.done[fake.count++] = (struct sync){ offset, size, direction, owner };
	return 0;
}

static int sync_word(unsigned long owner, uint64_t word)
{
	if (word == 1)
		return do_sync(owner, fake.settings.offset, fake.settings.size,
			       U_DMA_BUF_SYNC_DIRECTION(fake.settings.flags));
	return do_sync(owner, word >> 32, word & 0xfffffff0, word >> 2 & 3);
}

static int set_sync(const struct u_dma_buf_ioctl_sync *argument)
{
	unsigned int command = U_DMA_BUF_SYNC_COMMAND(argument->flags);

	if (!fake.is_writable)
		return refuse(EACCES);
	if (command && do_sync(command == U_DMA_BUF_SYNC_FOR_CPU ? UDMABUF_OWNER_CPU :
			       UDMABUF_OWNER_DEVICE, argument->offset, argument->size,
			       U_DMA_BUF_SYNC_DIRECTION(argument->flags)) < 0)
		return -1;
	fake.settings.flags = argument->flags & U_DMA_BUF_SYNC_SET_DIRECTION(3);
	fake.settings.offset = argument->offset;
	if (argument->size)
		fake.settings.size = argument->size;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	fake.requests++;
	switch (request) {
	case U_DMA_BUF_IOCTL_GET_SIZE:
		*(uint64_t *)argument = fake.size;
		return 0;
	case U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU:
		return sync_word(UDMABUF_OWNER_CPU, *(uint64_t *)argument);
	case U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE:
		return sync_word(UDMABUF_OWNER_DEVICE, *(uint64_t *)argument);
	case U_DMA_BUF_IOCTL_GET_SYNC:
		*(struct u_dma_buf_ioctl_sync *)argument = fake.settings;
		return 0;
	case U_DMA_BUF_IOCTL_SET_SYNC:
		return set_sync(argument);
	default:
		return refuse(ENOTTY);
	}
}

static void make_buffer(uint64_t size, bool is_writable)
{
	fake = (struct fake){
		.size = size,
		.is_writable = is_writable,
		.settings = { .flags = U_DMA_BUF_SYNC_SET_DIRECTION(1), .size = 48, .offset = 16 },
	};
}

static void assert_settings_are_as_they_were(void)
{
	assert_int_equal(fake.settings.offset, 16);
	assert_int_equal(fake.settings.size, 48);
	assert_int_equal(U_DMA_BUF_SYNC_DIRECTION(fake.settings.flags), 1);
}

/* All requests together, which must hang together. */
static void assert_covered(uint64_t offset, uint64_t size)
{
	uint64_t start = UINT64_MAX, end = 0, sum = 0;
	unsigned int i;

	for (i = 0; i < fake.count; i++) {
		const struct sync *sync = &fake.done[i];

		assert_int_equal(sync->direction, UDMABUF_FROM_DEVICE);
		assert_int_equal(sync->owner, UDMABUF_OWNER_CPU);
		start = sync->offset < start ? sync->offset : start;
		end = sync->offset + sync->size > end ? sync->offset + sync->size : end;
		sum += sync->size;
	}
	if (start != offset || end != offset + size || sum < size)
		fail_msg("range %#llx + %#llx: expected just that, got %#llx to %#llx, sum %#llx",
			 (unsigned long long)offset, (unsigned long long)size,
			 (unsigned long long)start, (unsigned long long)end,
			 (unsigned long long)sum);
}

static int sync_from_device(uint64_t offset, uint64_t size)
{
	return udmabuf_sync(3, UDMABUF_OWNER_CPU, offset, size, UDMABUF_FROM_DEVICE);
}

static void an_ordinary_range_is_one_request(void **state)
{
	make_buffer(65536, false);
	assert_int_equal(sync_from_device(100, 160), 0);
	assert_covered(100, 160);
	assert_int_equal(fake.requests, 1);
}

static void any_range_of_16_bytes_and_more_is_exact_without_write_access(void **state)
{
	uint64_t offset, size;

	for (offset = 0; offset < 70; offset++) {
		for (size = 16; size < 140; size++) {
			make_buffer(209, false);
			assert_int_equal(sync_from_device(offset, size), 0);
			assert_covered(offset, size);
			assert_settings_are_as_they_were();
		}
	}
}

/* Lines of 32 bytes: a line that the range covers in part must not be covered whole. */
static void a_range_of_a_few_bytes_touches_no_other_cache_line(void **state)
{
	uint64_t offset, size;

	for (offset = 0; offset < 256 - 16; offset++) {
		for (size = 1; size < 16; size++) {
			const struct sync *sync = &fake.done[0];

			make_buffer(256, false);
			assert_int_equal(sync_from_device(offset, size), 0);
			assert_int_equal(fake.count, 1);
			assert_true(sync->offset <= offset);
			assert_true(sync->offset + sync->size >= offset + size);
			assert_int_equal(sync->offset / 32, offset / 32);
			assert_int_equal((sync->offset + sync->size - 1) / 32,
					 (offset + size - 1) / 32);
			assert_int_equal(sync->size, 16);
		}
	}
}

static void a_whole_buffer_of_4_gib_needs_no_write_access(void **state)
{
	make_buffer(4 * G, false);
	assert_int_equal(sync_from_device(0, 4 * G), 0);
	assert_covered(0, 4 * G);
	make_buffer(4 * G, false);
	assert_int_equal(sync_from_device(1, 4 * G - 1), 0);
	assert_covered(1, 4 * G - 1);
}

static void a_range_beyond_4_gib_is_exact_and_puts_the_settings_back(void **state)
{
	make_buffer(16 * G, true);
	assert_int_equal(sync_from_device(5 * G + 3, 9 * G + 1), 0);
	assert_covered(5 * G + 3, 9 * G + 1);
	assert_settings_are_as_they_were();
}

static void a_range_beyond_4_gib_needs_write_access(void **state)
{
	make_buffer(16 * G, false);
	assert_int_equal(sync_from_device(5 * G, 4096 + 1), -EACCES);
	assert_int_equal(sync_from_device(0, 5 * G), -EACCES);
	assert_int_equal(fake.count, 0);
}

static void the_last_bytes_of_an_odd_buffer_are_exact(void **state)
{
	make_buffer(4099, true);
	assert_int_equal(sync_from_device(4097, 2), 0);
	assert_covered(4097, 2);
	assert_settings_are_as_they_were();
}

static void assert_refused(uint64_t offset, uint64_t size)
{
	int r = sync_from_device(offset, size);

	if (r != -EINVAL || fake.count)
		fail_msg("range %#llx + %#llx: expected EINVAL and no sync, got %d and %u syncs",
			 (unsigned long long)offset, (unsigned long long)size, r, fake.count);
	assert_settings_are_as_they_were();
}

static void a_range_that_leaves_the_buffer_is_refused_whatever_it_wraps_to(void **state)
{
	make_buffer(65536, true);
	assert_refused(0, 0);
	assert_refused(0, 65552);
	assert_refused(0, 65537);
	assert_refused(65536, 16);
	assert_refused(65535, 2);
	assert_refused(16, UINT64_MAX);
	assert_refused(16, UINT64_MAX - 15);
	assert_refused(UINT64_MAX, 1);
	assert_refused(UINT64_MAX - 15, 16);
	assert_refused(4 * G, 16);
	make_buffer(65536, false);
	assert_refused(5 * G, 1);
}

static void a_direction_that_does_not_exist_is_refused(void **state)
{
	make_buffer(65536, true);
	assert_int_equal(udmabuf_sync(3, UDMABUF_OWNER_CPU, 0, 16, 3), -EINVAL);
	assert_int_equal(fake.requests, 0);
}

static void an_empty_range_does_not_turn_into_the_one_of_the_settings(void **state)
{
	make_buffer(65536, true);
	assert_int_equal(udmabuf_sync(3, UDMABUF_OWNER_CPU, 0, 0, UDMABUF_BIDIRECTIONAL), -EINVAL);
	assert_int_equal(fake.count, 0);
}

static void the_owner_decides_the_request(void **state)
{
	make_buffer(65536, true);
	assert_int_equal(udmabuf_sync(3, UDMABUF_OWNER_DEVICE, 0, 32, UDMABUF_TO_DEVICE), 0);
	assert_int_equal(fake.done[0].owner, UDMABUF_OWNER_DEVICE);
	assert_int_equal(fake.done[0].direction, UDMABUF_TO_DEVICE);
}

static void a_sync_with_the_settings_uses_them(void **state)
{
	make_buffer(65536, false);
	assert_int_equal(udmabuf_sync_settings(3, UDMABUF_OWNER_DEVICE), 0);
	assert_int_equal(fake.done[0].offset, 16);
	assert_int_equal(fake.done[0].size, 48);
	assert_int_equal(fake.done[0].direction, 1);
	assert_int_equal(fake.done[0].owner, UDMABUF_OWNER_DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_range_is_one_request),
		cmocka_unit_test(any_range_of_16_bytes_and_more_is_exact_without_write_access),
		cmocka_unit_test(a_range_of_a_few_bytes_touches_no_other_cache_line),
		cmocka_unit_test(a_whole_buffer_of_4_gib_needs_no_write_access),
		cmocka_unit_test(a_range_beyond_4_gib_is_exact_and_puts_the_settings_back),
		cmocka_unit_test(a_range_beyond_4_gib_needs_write_access),
		cmocka_unit_test(the_last_bytes_of_an_odd_buffer_are_exact),
		cmocka_unit_test(a_range_that_leaves_the_buffer_is_refused_whatever_it_wraps_to),
		cmocka_unit_test(a_direction_that_does_not_exist_is_refused),
		cmocka_unit_test(an_empty_range_does_not_turn_into_the_one_of_the_settings),
		cmocka_unit_test(the_owner_decides_the_request),
		cmocka_unit_test(a_sync_with_the_settings_uses_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
