// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl list and show: the table, the JSON, and the processes of a /proc of plain files. */
#include <json.h>

#include "test_udmabufctl.h"

static void add_process(const char *pid, const char *command)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "proc/%s/fd", pid);
	make_directories(path);
	snprintf(path, sizeof(path), "proc/%s/comm", pid);
	put_file(path, command);
	snprintf(path, sizeof(path), "proc/%s/maps", pid);
	put_file(path, "");
}

static void add_descriptor(const char *pid, const char *fd, const char *target)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "proc/%s/fd/%s", pid, fd);
	assert_int_equal(symlink(target, root_path(path)), 0);
}

/* The node of "frames" is this machine's /dev/null, which is a character device to open. */
static int make_root_with_frames(void **state)
{
	if (make_root(state) < 0)
		return -1;
	add_buffer("frames");
	put_attribute("frames", "dev", "1:3\n");
	make_directories("proc");
	unsetenv("NO_COLOR");
	return symlink("/dev/null", root_path("dev/frames"));
}

#define list_test(test) \
	cmocka_unit_test_setup_teardown(test, make_root_with_frames, remove_root)

static void the_columns_are_aligned(void **state)
{
	char *first, *second;

	add_buffer("a-buffer-with-a-longer-name");
	assert_int_equal(run(udmabufctl_list, ""), EXIT_OK);
	first = strchr(printed, '\n') + 1;
	second = strchr(first, '\n') + 1;
	assert_int_equal(strstr(first, "pci/") - first, strstr(second, "pci/") - second);
	assert_int_equal(strstr(first, "pci/") - first, strstr(printed, "DEVICE") - printed);
}

static void what_is_no_terminal_gets_no_colours(void **state)
{
	assert_int_equal(run(udmabufctl_list, ""), EXIT_OK);
	assert_null(strchr(printed, '\033'));
}

static void a_process_is_named_once_whatever_it_holds(void **state)
{
	add_process("123", "camera\n");
	add_descriptor("123", "3", "/dev/null");
	add_descriptor("123", "4", "/dev/null");
	add_process("124", "other\n");
	add_descriptor("124", "3", "/dev/zero");
	assert_int_equal(run(udmabufctl_list, ""), EXIT_OK);
	assert_says(printed, "  camera[123]\n");
	assert_says_not(printed, "other");
	assert_int_equal(run(udmabufctl_show, "frames"), EXIT_OK);
	assert_says(printed, "process:         123 camera, 2 open\n");
}

static void udmabufctl_itself_is_no_user(void **state)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	add_process(pid, "udmabufctl\n");
	add_descriptor(pid, "4", "/dev/null");
	assert_int_equal(run(udmabufctl_list, ""), EXIT_OK);
	assert_says(printed, "  unknown\n");
}

static void a_mapping_without_a_descriptor_is_found(void **state)
{
	struct stat node;
	char line[128];

	assert_int_equal(stat("/dev/null", &node), 0);
	snprintf(line, sizeof(line), "7f00-7f10 rw-s 00000000 %02x:%02x %llu  /dev/frames\n",
		 (unsigned int)(node.st_dev >> 8), (unsigned int)(node.st_dev & 0xff),
		 (unsigned long long)node.st_ino);
	add_process("99", "mapper\n");
	put_file("proc/99/maps", line);
	assert_int_equal(run(udmabufctl_show, "frames"), EXIT_OK);
	assert_says(printed, "process:         99 mapper, 0 open, mapped\n");
}

static void a_process_s_name_prints_in_one_piece(void **state)
{
	add_process("5", "a b\tc\033\n");
	add_descriptor("5", "3", "/dev/null");
	assert_int_equal(run(udmabufctl_list, ""), EXIT_OK);
	assert_says(printed, "a?b?c?[5]");
}

static void who_holds_a_deleted_buffer_of_the_same_number_is_no_user_of_the_new_one(void **state)
{
	add_process("123", "camera\n");
	add_descriptor("123", "3", "/dev/null");
	put_attribute("frames", "users", "0\n");
	assert_int_equal(run(udmabufctl_list, ""), EXIT_OK);
	assert_says(printed, "0  -\n");
	assert_says_not(printed, "camera");
}

static void users_that_no_process_explains_are_unknown(void **state)
{
	assert_int_equal(run(udmabufctl_list, ""), EXIT_OK);
	assert_says(printed, "3  unknown\n");
	put_attribute("frames", "users", "0\n");
	assert_int_equal(run(udmabufctl_list, ""), EXIT_OK);
	assert_says(printed, "0  -\n");
}

static struct json_object *parse(void)
{
	struct json_object *object = json_tokener_parse(printed);

	if (!object)
		fail_msg("expected JSON, got:\n%s", printed);
	return object;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("expected a key %s in:\n%s", key, printed);
	return json_object_get_string(value);
}

static void json_has_the_configuration_s_words(void **state)
{
	struct json_object *object, *sync;

	add_process("123", "camera\n");
	add_descriptor("123", "3", "/dev/null");
	assert_int_equal(run(udmabufctl_show, "--json frames"), EXIT_OK);
	object = parse();
	assert_string_equal(text_of(object, "name"), "frames");
	assert_string_equal(text_of(object, "size"), "65536");
	assert_string_equal(text_of(object, "phys_addr"), "0x00000001fe000000");
	assert_string_equal(text_of(object, "device"), "pci/0000:00:04.0");
	assert_string_equal(text_of(object, "mmap"), "auto");
	assert_true(json_object_object_get_ex(object, "sync", &sync));
	assert_string_equal(text_of(sync, "mode"), "write-combine");
	assert_string_equal(text_of(sync, "always"), "true");
	assert_string_equal(text_of(sync, "direction"), "from-device");
	assert_string_equal(text_of(sync, "owner"), "device");
	assert_says(text_of(object, "processes"), "\"camera\"");
	json_object_put(object);
}

static void assert_all_processes_seen(const char *expected)
{
	struct json_object *object;

	assert_int_equal(run(udmabufctl_show, "--json frames"), EXIT_OK);
	object = parse();
	assert_string_equal(text_of(object, "all_processes_seen"), expected);
	json_object_put(object);
}

static void who_does_not_see_the_first_process_does_not_see_all(void **state)
{
	add_process("123", "camera\n");
	assert_all_processes_seen("false");
	add_process("1", "init\n");
	assert_all_processes_seen("true");
}

static void json_says_null_where_there_is_no_device(void **state)
{
	struct json_object *object;

	put_attribute("frames", "dma_device", "none\n");
	assert_int_equal(run(udmabufctl_show, "frames --json"), EXIT_OK);
	object = parse();
	assert_null(text_of(object, "device"));
	json_object_put(object);
}

static void json_is_an_array_of_all_buffers(void **state)
{
	struct json_object *array;

	add_buffer("ring");
	assert_int_equal(run(udmabufctl_list, "--json"), EXIT_OK);
	array = parse();
	assert_int_equal(json_object_array_length(array), 2);
	assert_string_equal(text_of(json_object_array_get_idx(array, 1), "name"), "ring");
	json_object_put(array);
}

static void json_is_an_empty_array_where_there_are_none(void **state)
{
	struct json_object *array;

	remove_attribute("frames", "dev");
	assert_int_equal(run(udmabufctl_list, "--json"), EXIT_OK);
	array = parse();
	assert_int_equal(json_object_array_length(array), 0);
	json_object_put(array);
	assert_string_equal(said, "");
}

static void a_word_too_many_is_a_usage_error(void **state)
{
	assert_int_equal(run(udmabufctl_list, "frames"), EXIT_USAGE);
	assert_int_equal(run(udmabufctl_show, ""), EXIT_USAGE);
	assert_int_equal(run(udmabufctl_show, "frames ring"), EXIT_USAGE);
	assert_int_equal(run(udmabufctl_list, "--yaml"), EXIT_USAGE);
	assert_string_equal(printed, "");
}

/* Of these three the test is one. */
static void a_buffer_in_use_is_not_tested(void **state)
{
	assert_int_equal(run(udmabufctl_test, "frames"), EXIT_FAILED);
	assert_said("buffer 'frames' is in use (users: 2), and a test overwrites it: 'udmabufctl "
		    "show frames' says by whom, --in-use does it all the same");
	assert_string_equal(printed, "");
}

static void a_test_is_no_other_user_of_its_buffer(void **state)
{
	put_attribute("frames", "users", "1\n");
	run(udmabufctl_test, "frames");
	assert_says(printed, "Overwriting all 64K of 'frames'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		list_test(the_columns_are_aligned),
		list_test(what_is_no_terminal_gets_no_colours),
		list_test(a_process_is_named_once_whatever_it_holds),
		list_test(udmabufctl_itself_is_no_user),
		list_test(a_mapping_without_a_descriptor_is_found),
		list_test(a_process_s_name_prints_in_one_piece),
		list_test(who_holds_a_deleted_buffer_of_the_same_number_is_no_user_of_the_new_one),
		list_test(users_that_no_process_explains_are_unknown),
		list_test(json_has_the_configuration_s_words),
		list_test(who_does_not_see_the_first_process_does_not_see_all),
		list_test(json_says_null_where_there_is_no_device),
		list_test(json_is_an_array_of_all_buffers),
		list_test(json_is_an_empty_array_where_there_are_none),
		list_test(a_word_too_many_is_a_usage_error),
		list_test(a_buffer_in_use_is_not_tested),
		list_test(a_test_is_no_other_user_of_its_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
