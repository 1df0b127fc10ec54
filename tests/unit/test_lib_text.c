// SPDX-License-Identifier: GPL-2.0-only
/* libudmabuf: values as text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "udmabuf.h"

static void assert_size(const char *text, uint64_t expected)
{
	uint64_t size = 0;
	int r = udmabuf_parse_size(text, &size);

	if (r != 0 || size != expected)
		fail_msg("\"%s\": expected %llu, got %llu and error %d", text,
			 (unsigned long long)expected, (unsigned long long)size, r);
}

static void assert_no_size(const char *text, int expected_error)
{
	uint64_t size = 77;
	int r = udmabuf_parse_size(text, &size);

	if (r != expected_error || size != 77)
		fail_msg("\"%s\": expected error %d and nothing set, got %d and %llu", text,
			 expected_error, r, (unsigned long long)size);
}

static void sizes_take_every_base_and_unit(void **state)
{
	assert_size("0", 0);
	assert_size("4096", 4096);
	assert_size("0x1000", 4096);
	assert_size("0X1000", 4096);
	assert_size("010000", 4096);
	assert_size("64K", 65536);
	assert_size("64k", 65536);
	assert_size("64Ki", 65536);
	assert_size("64KiB", 65536);
	assert_size("0x10M", 16 << 20);
	assert_size("4G", 4ULL << 30);
	assert_size("1T", 1ULL << 40);
}

static void sizes_are_never_cut(void **state)
{
	assert_size("4294967296", 1ULL << 32);
	assert_size("18446744073709551615", UINT64_MAX);
	assert_size("16777215T", 16777215ULL << 40);
	assert_no_size("16777216T", -ERANGE);
	assert_no_size("18446744073709551616", -ERANGE);
	assert_no_size("18014398509481984K", -ERANGE);
	assert_no_size("0x10000000000000000", -ERANGE);
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const texts[] = {
		"", " ", "M", "-1", "+1", " 1", "1 ", "1 M", "64KB", "64kB ", "64Kib", "64B",
		"64X", "64MM", "64M1", "0x", "0xg", "08", "0b101", "1.5G", "1e3", "\n", "4096\n",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_no_size(texts[i], -EINVAL);
}

static void numbers_take_no_unit(void **state)
{
	uint64_t number = 0;

	assert_int_equal(udmabuf_parse_number("0x1f", &number), 0);
	assert_int_equal(number, 31);
	assert_int_equal(udmabuf_parse_number("1K", &number), -EINVAL);
	assert_int_equal(udmabuf_parse_number("99999999999999999999", &number), -ERANGE);
	assert_int_equal(number, 31);
}

static void assert_size_text(uint64_t size, const char *expected)
{
	char text[UDMABUF_SIZE_TEXT];

	udmabuf_format_size(size, text);
	assert_string_equal(text, expected);
	assert_size(text, size);
}

static void a_size_is_written_exactly_with_the_biggest_unit(void **state)
{
	assert_size_text(0, "0");
	assert_size_text(1, "1");
	assert_size_text(4100, "4100");
	assert_size_text(4096, "4K");
	assert_size_text(1536 << 10, "1536K");
	assert_size_text(64 << 20, "64M");
	assert_size_text(4ULL << 30, "4G");
	assert_size_text(1ULL << 60, "1048576T");
	assert_size_text(UINT64_MAX, "18446744073709551615");
}

static void names_follow_the_rule_of_the_manager(void **state)
{
	static const char *const good[] = {
		"a", "udmabuf0", "udmabuf@0", "A-Z_a.z:0+9", "_", "@", "+1", "9",
		"123456789012345678901234567890123456789012345678901234567890123",
	};
	static const char *const bad[] = {
		"", ".", "..", ".hidden", "-x", "a/b", "a b", "a;b", "a\nb", "a,b", "a\x80",
		"1234567890123456789012345678901234567890123456789012345678901234",
	};
	char reason[UDMABUF_REASON_SIZE];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (udmabuf_check_name(good[i], reason) != 0)
			fail_msg("expected '%s' to be a name, got: %s", good[i], reason);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*reason = '\0';
		if (udmabuf_check_name(bad[i], reason) != -EINVAL)
			fail_msg("expected '%s' to be refused, got no error", bad[i]);
		if (!*reason || strchr(reason, '\n'))
			fail_msg("'%s': expected a reason of one line, got '%s'", bad[i], reason);
		assert_int_equal(udmabuf_check_name(bad[i], NULL), -EINVAL);
	}
}

static void the_reason_for_a_bad_name_shows_the_character(void **state)
{
	char reason[UDMABUF_REASON_SIZE];

	udmabuf_check_name("a/b", reason);
	assert_string_equal(reason, "name 'a/b': '/' is not one of A-Za-z0-9._@:+-");
}

static void words_and_numbers_of_settings_are_the_same(void **state)
{
	int value = -1;

	assert_int_equal(udmabuf_parse_sync_mode("write-combine", &value), 0);
	assert_int_equal(value, UDMABUF_WRITE_COMBINE);
	assert_int_equal(udmabuf_parse_sync_mode("7", &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(udmabuf_parse_direction("from-device", &value), 0);
	assert_int_equal(value, UDMABUF_FROM_DEVICE);
	assert_int_equal(udmabuf_parse_direction("0", &value), 0);
	assert_int_equal(value, UDMABUF_BIDIRECTIONAL);
	assert_int_equal(udmabuf_parse_mmap_mode("page", &value), 0);
	assert_int_equal(value, UDMABUF_MMAP_PAGE);
}

static void unknown_words_of_settings_are_refused(void **state)
{
	int value = 77;

	assert_int_equal(udmabuf_parse_sync_mode("8", &value), -EINVAL);
	assert_int_equal(udmabuf_parse_sync_mode("writecombine", &value), -EINVAL);
	assert_int_equal(udmabuf_parse_sync_mode("", &value), -EINVAL);
	assert_int_equal(udmabuf_parse_direction("3", &value), -EINVAL);
	assert_int_equal(udmabuf_parse_direction("to", &value), -EINVAL);
	assert_int_equal(udmabuf_parse_mmap_mode("", &value), -EINVAL);
	assert_int_equal(udmabuf_parse_mmap_mode("3", &value), -EINVAL);
	assert_int_equal(value, 77);
}

static void values_out_of_range_have_a_text_too(void **state)
{
	assert_string_equal(udmabuf_caching_text(6), "write-combine");
	assert_string_equal(udmabuf_caching_text(8), "?");
	assert_string_equal(udmabuf_direction_text(3), "?");
	assert_string_equal(udmabuf_mmap_mode_text(0), "?");
	assert_string_equal(udmabuf_mmap_mode_text(5), "?");
	assert_string_equal(udmabuf_owner_text(1), "device");
	assert_string_equal(udmabuf_owner_text(2), "?");
}

static void the_mapping_in_words_knows_o_sync_and_always(void **state)
{
	struct udmabuf_info info = { .mmap_mode = UDMABUF_MMAP_ON, .sync_mode = 2 };

	assert_string_equal(udmabuf_mapping_text(&info), "write-combine with O_SYNC");
	info.sync_mode = 6;
	assert_string_equal(udmabuf_mapping_text(&info), "write-combine");
	info.sync_mode = 4;
	assert_string_equal(udmabuf_mapping_text(&info), "cached");
	info.mmap_mode = UDMABUF_MMAP_OFF;
	assert_string_equal(udmabuf_mapping_text(&info), "dma-coherent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_take_every_base_and_unit),
		cmocka_unit_test(sizes_are_never_cut),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(numbers_take_no_unit),
		cmocka_unit_test(a_size_is_written_exactly_with_the_biggest_unit),
		cmocka_unit_test(names_follow_the_rule_of_the_manager),
		cmocka_unit_test(the_reason_for_a_bad_name_shows_the_character),
		cmocka_unit_test(words_and_numbers_of_settings_are_the_same),
		cmocka_unit_test(unknown_words_of_settings_are_refused),
		cmocka_unit_test(values_out_of_range_have_a_text_too),
		cmocka_unit_test(the_mapping_in_words_knows_o_sync_and_always),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
