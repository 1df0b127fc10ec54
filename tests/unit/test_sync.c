// SPDX-License-Identifier: GPL-2.0-only
/* The driver's range arithmetic and sync words, from src/sync.h as the module has it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sync.h"

#define SIZE	0x10000ULL

static const struct udmabuf_sync_settings settings = {
	.offset = 0x100, .size = 0x200, .mode = 1, .direction = 2,
};

static void a_range_is_within_whatever_the_sum_wraps_to(void **state)
{
	static const struct {
		uint64_t offset, size, limit;
		bool is_within;
	} cases[] = {
		{ 0, 0, 0, true },
		{ 0, SIZE, SIZE, true },
		{ SIZE, 0, SIZE, true },
		{ SIZE, 1, SIZE, false },
		{ 1, SIZE, SIZE, false },
		{ SIZE + 1, 0, SIZE, false },
		{ UINT64_MAX, 1, SIZE, false },
		{ UINT64_MAX, SIZE, SIZE, false },
		{ 1, UINT64_MAX, SIZE, false },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, false },
		{ 0, UINT64_MAX, UINT64_MAX, true },
		{ 1ULL << 63, 1ULL << 63, SIZE, false },
		{ 1ULL << 32, 0x10, SIZE, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (udmabuf_range_is_within(cases[i].offset, cases[i].size, cases[i].limit) !=
		    cases[i].is_within)
			fail_msg("case %zu: expected %d", i, cases[i].is_within);
}

static struct udmabuf_sync_request decoded(uint64_t word)
{
	struct udmabuf_sync_request request = { 0 };
	int err = udmabuf_sync_decode(word, &settings, SIZE, &request);

	if (err)
		fail_msg("0x%llx: expected 0, got %d", (unsigned long long)word, err);
	return request;
}

static void refused(uint64_t word)
{
	struct udmabuf_sync_request request = { .offset = 7, .size = 7, .direction = 7 };
	int err = udmabuf_sync_decode(word, &settings, SIZE, &request);

	if (err != -EINVAL)
		fail_msg("0x%llx: expected EINVAL, got %d", (unsigned long long)word, err);
	assert_int_equal(request.offset, 7);
	assert_int_equal(request.size, 7);
	assert_int_equal(request.direction, 7);
}

static void the_word_1_means_the_settings(void **state)
{
	struct udmabuf_sync_request request = decoded(1);

	assert_int_equal(request.offset, 0x100);
	assert_int_equal(request.size, 0x200);
	assert_int_equal(request.direction, 2);
}

static void a_packed_word_carries_its_own(void **state)
{
	struct udmabuf_sync_request request = decoded(U_DMA_BUF_SYNC_PACKED(0x1000, 0x20, 1));

	assert_int_equal(request.offset, 0x1000);
	assert_int_equal(request.size, 0x20);
	assert_int_equal(request.direction, 1);
	request = decoded(SIZE | 2);
	assert_int_equal(request.size, SIZE);
	request = decoded((SIZE - 0x10) << 32 | 0x13);
	assert_int_equal(request.offset, SIZE - 0x10);
}

static void a_packed_word_with_a_fault_is_refused(void **state)
{
	refused(0x20);				/* bits 1-0 are 0 */
	refused(2);				/* no size */
	refused(0x1000ULL << 32 | 1);		/* no size */
	refused(0x20 | 3 << 2 | 1);		/* direction 3 */
	refused((SIZE + 0x10) | 1);
	refused((SIZE - 0x10) << 32 | 0x21);
	refused(0xffffffffULL << 32 | 0xfffffff1);
}

static int merge(uint64_t flags, uint64_t size, uint64_t offset,
		 struct udmabuf_sync_settings *merged, unsigned int *command)
{
	struct u_dma_buf_ioctl_sync arg = { .flags = flags, .size = size, .offset = offset };

	return udmabuf_sync_merge(&arg, &settings, SIZE, merged, command);
}

static void a_set_keeps_mode_and_size_where_they_are_0(void **state)
{
	struct udmabuf_sync_settings merged;
	unsigned int command;

	assert_int_equal(merge(0, 0, 0, &merged, &command), 0);
	assert_int_equal(merged.mode, 1);
	assert_int_equal(merged.size, 0x200);
	assert_int_equal(merged.offset, 0);
	assert_int_equal(merged.direction, 0);
	assert_int_equal(command, 0);

	assert_int_equal(merge(0, 0, SIZE, &merged, &command), 0);
	assert_int_equal(merged.offset, SIZE);
	assert_int_equal(merge(1, 0, SIZE, &merged, &command), -EINVAL);

	assert_int_equal(merge(3 | 1 << 2 | 7 << 8 | 1 << 16, 0x10, 0x40, &merged, &command), 0);
	assert_int_equal(merged.mode, 7);
	assert_int_equal(merged.size, 0x10);
	assert_int_equal(merged.offset, 0x40);
	assert_int_equal(merged.direction, 1);
	assert_int_equal(command, U_DMA_BUF_SYNC_FOR_DEVICE);
}

static void a_set_with_a_fault_gives_nothing(void **state)
{
	static const struct {
		uint64_t flags, size, offset;
	} cases[] = {
		{ 2, 0, 0 },			/* no such command */
		{ 3 << 2, 0, 0 },		/* direction 3 */
		{ 8 << 8, 0, 0 },		/* mode 8 */
		{ 0xffULL << 8, 0, 0 },
		{ 1 << 4, 0, 0 },		/* unknown bits */
		{ 1 << 17, 0, 0 },
		{ 1ULL << 63, 0, 0 },
		{ 0, SIZE + 1, 0 },
		{ 0, 0, SIZE + 1 },
		{ 0, UINT64_MAX, 0 },
		{ 0, SIZE, 1 },
		{ 1, SIZE, 1 },			/* a command on a range outside */
		{ 3, 0, SIZE },
		{ 1, UINT64_MAX, UINT64_MAX },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct udmabuf_sync_settings merged = { .offset = 99 };
		unsigned int command = 99;
		int err = merge(cases[i].flags, cases[i].size, cases[i].offset, &merged, &command);

		if (err != -EINVAL || merged.offset != 99 || command != 99)
			fail_msg("case %zu: expected EINVAL and no change, got %d", i, err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_within_whatever_the_sum_wraps_to),
		cmocka_unit_test(the_word_1_means_the_settings),
		cmocka_unit_test(a_packed_word_carries_its_own),
		cmocka_unit_test(a_packed_word_with_a_fault_is_refused),
		cmocka_unit_test(a_set_keeps_mode_and_size_where_they_are_0),
		cmocka_unit_test(a_set_with_a_fault_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
