// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl: what its command lines make of a manager that is a plain file below a fake root. */
#include "test_udmabufctl.h"

#define MANAGER "dev/u-dma-buf-mgr"

static int make_root_with_manager(void **state)
{
	if (make_root(state) < 0)
		return -1;
	make_directories(CLASS);
	put_file(MANAGER, "");
	return 0;
}

#define ctl_test(test) \
	cmocka_unit_test_setup_teardown(test, make_root_with_manager, remove_root)

static void assert_told(const char *expected)
{
	char text[512] = "";
	FILE *file = fopen(root_path(MANAGER), "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, expected);
}

static void create_tells_name_and_size(void **state)
{
	assert_int_equal(run(udmabufctl_create, "frames 64M"), EXIT_OK);
	assert_told("create frames 67108864");
}

static void create_tells_every_option_wherever_it_stands(void **state)
{
	assert_int_equal(run(udmabufctl_create,
			     "--device=pci/0000:00:04.0 frames --minor=7 64K --dma-mask=40 "
			     "--mmap page --sync-mode=write-combine --sync-always "
			     "--sync-offset=4K --sync-size=0x2000 --sync-direction=to-device"),
			 EXIT_OK);
	assert_told("create frames 65536 minor=7 bus=pci device=0000:00:04.0 dma-mask=40 "
		    "quirk-mmap-page sync-mode=2 sync-always sync-offset=4096 sync-size=8192 "
		    "sync-direction=1");
}

static void a_command_line_with_a_mistake_is_a_usage_error(void **state)
{
	static const struct {
		int (*command)(int argc, char **argv);
		const char *line;
	} lines[] = {
		{ udmabufctl_create, "" }, { udmabufctl_create, "frames" },
		{ udmabufctl_create, "frames 64K more" }, { udmabufctl_create, "frames 64X" },
		{ udmabufctl_create, "frames 16777216T" },
		{ udmabufctl_create, "frames 64K --minor=256" },
		{ udmabufctl_create, "frames 64K --minor=1K" },
		{ udmabufctl_create, "frames 64K --dma-mask=0" },
		{ udmabufctl_create, "frames 64K --dma-mask=65" },
		{ udmabufctl_create, "frames 64K --mmap=3" },
		{ udmabufctl_create, "frames 64K --sync-mode=8" },
		{ udmabufctl_create, "frames 64K --sync-direction=3" },
		{ udmabufctl_create, "frames 64K --sync-offset=-1" },
		{ udmabufctl_create, "frames 64K --sync-size=" },
		{ udmabufctl_create, "frames 64K --what" },
		{ udmabufctl_delete, "" }, { udmabufctl_delete, "a b" },
		{ udmabufctl_delete, "a --what" },
		{ udmabufctl_sync, "frames" }, { udmabufctl_sync, "frames for-me" },
		{ udmabufctl_sync, "frames for-cpu --size=0" },
		{ udmabufctl_sync, "frames for-cpu --direction=3" },
		{ udmabufctl_sync, "frames for-cpu more" }, { udmabufctl_sync, "frames for-cpu --what" },
		{ udmabufctl_list, "frames" }, { udmabufctl_list, "--what" },
		{ udmabufctl_show, "" }, { udmabufctl_show, "a b" }, { udmabufctl_show, "a --json=x" },
		{ udmabufctl_test, "" }, { udmabufctl_test, "a b" }, { udmabufctl_test, "a --json" },
		{ udmabufctl_check, "a b" }, { udmabufctl_check, "--what" },
		{ udmabufctl_reload, "now" }, { udmabufctl_dump, "frames" },
		{ udmabufctl_doctor, "now" }, { udmabufctl_version, "now" },
	};
	size_t i;
	int status;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		status = run(lines[i].command, lines[i].line);
		if (status != EXIT_USAGE || !*said)
			fail_msg("'%s': expected a usage error that is said, got %d and '%s'",
				 lines[i].line, status, said);
	}
	assert_told("");
}

static void a_usage_error_names_the_value_and_what_is_allowed(void **state)
{
	run(udmabufctl_create, "frames 64K --mmap=yes");
	assert_said("mmap mode 'yes' is none of off, on, auto, page\n"
		    "Try 'udmabufctl --help'.");
	run(udmabufctl_create, "frames 64K --minor=256");
	assert_said("minor '256' is not from 0 to 255\nTry 'udmabufctl --help'.");
}

static void what_the_library_refuses_is_a_failure_with_its_reason(void **state)
{
	put_file("dev/sda", "");
	assert_int_equal(run(udmabufctl_create, "sda 64K"), EXIT_FAILED);
	assert_said("/dev/sda exists and is no u-dma-buf buffer: choose another "
			    "name, or remove it if it is a left-over file");
	assert_told("");
}

static void delete_forces_only_when_told(void **state)
{
	assert_int_equal(run(udmabufctl_delete, "frames"), EXIT_OK);
	assert_told("delete frames");
	put_file(MANAGER, "");
	assert_int_equal(run(udmabufctl_delete, "--force frames"), EXIT_OK);
	assert_told("delete frames force");
}

static void a_node_that_is_no_file_is_not_to_be_removed(void **state)
{
	make_directories("dev/null");
	assert_int_equal(run(udmabufctl_create, "null 64K"), EXIT_FAILED);
	assert_said("/dev/null exists and is no u-dma-buf buffer: choose another name");
}

static void a_device_that_can_not_be_one_is_named(void **state)
{
	assert_int_equal(run(udmabufctl_create, "frames 64K --device="), EXIT_FAILED);
	assert_said("buffer 'frames': device '' can't be one: "
			    "[pci/|platform/]<device>, without blanks");
	assert_told("");
}

static void the_buffers_of_another_driver_are_told_as_such(void **state)
{
	add_buffer("udmabuf0");
	remove_attribute("udmabuf0", "users");
	assert_int_equal(run(udmabufctl_list, ""), EXIT_FAILED);
	assert_says(said, "another driver of this name is loaded");
}

/* /dev/null answers a sync as a module does that does not know it yet. */
static void a_module_without_the_sync_of_ranges_is_told_as_such(void **state)
{
	add_buffer("frames");
	put_attribute("frames", "dev", "1:3\n");
	assert_int_equal(symlink("/dev/null", root_path("dev/frames")), 0);
	assert_int_equal(run(udmabufctl_sync, "frames for-cpu --size=4K"), EXIT_FAILED);
	assert_says(said, "the loaded module is older than this program");
}

static void a_buffer_that_there_is_not_is_a_failure_that_names_the_remedy(void **state)
{
	static const struct {
		int (*command)(int argc, char **argv);
		const char *line;
	} lines[] = {
		{ udmabufctl_sync, "frames for-cpu" }, { udmabufctl_show, "frames" },
		{ udmabufctl_show, "--json frames" }, { udmabufctl_set, "frames mode=1" },
		{ udmabufctl_test, "frames" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(run(lines[i].command, lines[i].line), EXIT_FAILED);
		assert_said("there is no buffer 'frames': 'udmabufctl list' shows those that exist");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ctl_test(create_tells_name_and_size),
		ctl_test(create_tells_every_option_wherever_it_stands),
		ctl_test(a_command_line_with_a_mistake_is_a_usage_error),
		ctl_test(a_usage_error_names_the_value_and_what_is_allowed),
		ctl_test(what_the_library_refuses_is_a_failure_with_its_reason),
		ctl_test(a_node_that_is_no_file_is_not_to_be_removed),
		ctl_test(a_device_that_can_not_be_one_is_named),
		ctl_test(the_buffers_of_another_driver_are_told_as_such),
		ctl_test(a_module_without_the_sync_of_ranges_is_told_as_such),
		ctl_test(delete_forces_only_when_told),
		ctl_test(a_buffer_that_there_is_not_is_a_failure_that_names_the_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
