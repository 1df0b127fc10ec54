// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl set: what is refused before anything is written. The rest needs the driver. */
#include "test_udmabufctl.h"

static int make_root_with_frames(void **state)
{
	if (make_root(state) < 0)
		return -1;
	add_buffer("frames");
	put_attribute("frames", "dev", "1:3\n");
	return symlink("/dev/null", root_path("dev/frames"));
}

#define set_test(test) \
	cmocka_unit_test_setup_teardown(test, make_root_with_frames, remove_root)

static void assert_sync_mode(const char *expected)
{
	char text[16] = "";
	FILE *file = fopen(root_path(CLASS "/frames/sync_mode"), "r");

	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, expected);
}

static void a_mistake_anywhere_is_a_usage_error_and_writes_nothing(void **state)
{
	static const char *const lines[] = {
		"frames", "", "frames mode", "frames mode=0 size=0", "frames mode=0 offset=x",
		"frames mode=0 direction=3", "frames mode=0 always=yes", "frames mode=8",
		"frames mode=0 name=other", "frames mode=0 size=16777216T",
		"frames mode=6 always=false",
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int status = run(udmabufctl_set, lines[i]);

		if (status != EXIT_USAGE || !*said)
			fail_msg("'%s': expected a usage error that is said, got %d and '%s'",
				 lines[i], status, said);
		assert_sync_mode("6\n");
	}
}

static void a_key_that_can_not_change_is_named(void **state)
{
	run(udmabufctl_set, "frames dma_mask=40");
	assert_said("key 'dma_mask' is none of mode, always, direction, offset, size; what else a "
		    "buffer has can't change\nTry 'udmabufctl --help'.");
}

static void a_range_is_judged_with_what_stays(void **state)
{
	assert_int_equal(run(udmabufctl_set, "frames offset=64K"), EXIT_FAILED);
	assert_said("buffer 'frames': offset 65536 and size 4096 leave the buffer of 65536 bytes: "
		    "give both");
	assert_int_equal(run(udmabufctl_set, "frames size=64K mode=0"), EXIT_FAILED);
	assert_sync_mode("6\n");
}

/* /dev/null refuses the ioctl, after the mode was written to its attribute. */
static void mode_zero_is_taken_back_where_the_rest_fails(void **state)
{
	assert_int_equal(run(udmabufctl_set, "frames mode=cached direction=0"), EXIT_FAILED);
	assert_sync_mode("6\n");
}

static void no_such_buffer_is_a_failure(void **state)
{
	assert_int_equal(run(udmabufctl_set, "other mode=1"), EXIT_FAILED);
	assert_says(said, "there is no buffer 'other'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		set_test(a_mistake_anywhere_is_a_usage_error_and_writes_nothing),
		set_test(a_key_that_can_not_change_is_named),
		set_test(a_range_is_judged_with_what_stays),
		set_test(mode_zero_is_taken_back_where_the_rest_fails),
		set_test(no_such_buffer_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
