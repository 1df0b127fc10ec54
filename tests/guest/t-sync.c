// SPDX-License-Identifier: GPL-2.0-only
/* The sync commands of sysfs: with the settings, and packed into one word. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"

#define SIZE 0x4000

static void sync_for_sets_the_owner_and_reads_zero_after(void)
{
	create("a %d", SIZE);
	expect_errno("1 in sync_for_device", set_attribute("a", "sync_for_device", "1"), 0);
	expect_attribute("a", "sync_owner", "1");
	expect_attribute("a", "sync_for_device", "0");
	expect_errno("1 in sync_for_cpu", set_attribute("a", "sync_for_cpu", "1"), 0);
	expect_attribute("a", "sync_owner", "0");
	expect_attribute("a", "sync_for_cpu", "0");
}

static void sync_word_zero_does_nothing(void)
{
	create("a %d", SIZE);
	expect_errno("0 in sync_for_device", set_attribute("a", "sync_for_device", "0"), 0);
	expect_attribute("a", "sync_owner", "0");
	expect_errno("1 in sync_for_device", set_attribute("a", "sync_for_device", "1"), 0);
	expect_errno("0 in sync_for_cpu", set_attribute("a", "sync_for_cpu", "0"), 0);
	expect_attribute("a", "sync_owner", "1");
}

static void packed_sync_words_are_accepted_and_leave_the_settings(void)
{
	static const char *const words[] = {
		"0x0000000000004001", "0x0000100000001001", "0x0000100000001005",
		"0x0000100000001009", "0x0000000000000011", "0x0000000100000012",
		"0x00003ff000000013", "17", "0x0000000000004003\n",
	};

	create("a %d sync-offset=64 sync-size=128 sync-direction=2", SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		note_errno(words[i], set_attribute("a", "sync_for_device", words[i]), 0);
		note_attribute("a", "sync_owner", "1");
		note_attribute("a", "sync_for_device", "0");
		note_errno(words[i], set_attribute("a", "sync_for_cpu", words[i]), 0);
		note_attribute("a", "sync_owner", "0");
		note_attribute("a", "sync_for_cpu", "0");
	}
	note_attribute("a", "sync_offset", "0x40");
	note_attribute("a", "sync_size", "128");
	note_attribute("a", "sync_direction", "2");
}

static void note_sync_refused(const char *word)
{
	char owner[4];

	note_errno(word, set_attribute("a", "sync_for_cpu", word), EINVAL);
	note_attribute("a", "sync_for_cpu", "0");
	snprintf(owner, sizeof(owner), "%s", attribute("a", "sync_owner"));
	note_errno(word, set_attribute("a", "sync_for_device", word), EINVAL);
	note_attribute("a", "sync_for_device", "0");
	note_attribute("a", "sync_owner", owner);
}

static void malformed_packed_sync_words_are_refused(void)
{
	static const char *const words[] = {
		/* no size */
		"2", "3", "5", "9", "0x0000100000000001", "0x000010000000000b",
		/* direction 3 */
		"0x000000000000001d", "0x000010000000100f",
		/* no command */
		"4", "0x10", "0x0000000000004000", "0x0000100000001004", "0x0000100000000000",
	};

	create("a %d", SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		note_sync_refused(words[i]);
	expect_errno("1 in sync_for_device", set_attribute("a", "sync_for_device", "1"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		note_sync_refused(words[i]);
}

static void packed_sync_that_leaves_the_buffer_is_refused(void)
{
	static const char *const words[] = {
		"0x0000000000004011", "0x0000400000000011", "0x00003ff100000011",
		"0xfffffff000000011", "0xffffffff00000011", "0xfffffff0fffffff1",
		"0x00000000fffffff1", "0x0000001000004001",
	};

	create("a %d", SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		note_sync_refused(words[i]);
}

static void packed_sync_of_the_rounded_up_last_page_is_refused(void)
{
	create("a 5000");
	note_errno("4992 bytes", set_attribute("a", "sync_for_cpu", "0x1381"), 0);
	note_sync_refused("0x1391");
	note_sync_refused("0x2001");
}

static void note_setting_leaves_buffer(const char *offset, const char *size)
{
	int error = set_attribute("a", "sync_offset", offset);

	if (!error)
		error = set_attribute("a", "sync_size", size);
	if (!error)
		error = set_attribute("a", "sync_for_cpu", "1");
	note_attribute("a", "sync_for_cpu", "0");
	if (error != EINVAL)
		note_failure("expected a sync of %s bytes at %s to be EINVAL, got %s", size, offset,
			     strerror(error));
}

static void sync_with_settings_that_leave_the_buffer_is_refused_whatever_the_sum(void)
{
	create("a %d", SIZE);
	note_setting_leaves_buffer("0x1000", "0x4000");
	note_setting_leaves_buffer("0x4000", "16");
	note_setting_leaves_buffer("0", "0x4001");
	note_setting_leaves_buffer("0xfffffffffffff000", "0x1000");
	note_setting_leaves_buffer("0xfffffffffffff000", "0x2000");
	note_setting_leaves_buffer("0x1000", "0xfffffffffffff000");
	note_setting_leaves_buffer("0xffffffffffffffff", "0xffffffffffffffff");
	note_setting_leaves_buffer("0x100000000", "0x1000");
	note_setting_leaves_buffer("0", "0x100001000");
}

static void settings_are_set_one_after_the_other_in_any_order(void)
{
	create("a %d", SIZE);
	expect_errno("an offset first", set_attribute("a", "sync_offset", "0x3000"), 0);
	expect_errno("then its size", set_attribute("a", "sync_size", "0x1000"), 0);
	expect_errno("then the sync", set_attribute("a", "sync_for_device", "1"), 0);
	expect_attribute("a", "sync_owner", "1");
}

static const struct claim claims[] = {
	CLAIM(sync_for_sets_the_owner_and_reads_zero_after),
	CLAIM(sync_word_zero_does_nothing),
	CLAIM(packed_sync_words_are_accepted_and_leave_the_settings),
	CLAIM(malformed_packed_sync_words_are_refused),
	CLAIM(packed_sync_that_leaves_the_buffer_is_refused),
	CLAIM(packed_sync_of_the_rounded_up_last_page_is_refused),
	CLAIM(sync_with_settings_that_leave_the_buffer_is_refused_whatever_the_sum),
	CLAIM(settings_are_set_one_after_the_other_in_any_order),
};

CLAIMS(claims)
