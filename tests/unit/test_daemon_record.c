// SPDX-License-Identifier: GPL-2.0-only
/* The notes in /run/udmabuf, below a fake root. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "mem.h"
#include "record.h"

static char root[] = "/tmp/udmabuf-record-XXXXXX";

static int make_root(void **state)
{
	strcpy(root + sizeof(root) - 7, "XXXXXX");
	if (!mkdtemp(root))
		return -1;
	udmabuf_set_root(root);
	{
		MEM_AUTO char *run = mem_printf("%s/run", root);

		mkdir(run, 0755);
	}
	return record_prepare();
}

static int remove_root(void **state)
{
	MEM_AUTO char *command = mem_printf("rm -r %s", root);

	return system(command);
}

static void put_text(const char *path, const char *text)
{
	MEM_AUTO char *whole = mem_printf("%s/run/udmabuf/%s", root, path);
	FILE *file = fopen(whole, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void assert_text(const char *path, const char *expected)
{
	MEM_AUTO char *whole = mem_printf("%s/run/udmabuf/%s", root, path);
	FILE *file = fopen(whole, "r");
	char text[256] = "";

	if (!expected) {
		assert_null(file);
		return;
	}
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, expected);
}

static void what_is_written_is_read_back(void **state)
{
	struct record written = {
		.is_made = true, .inode = 0x100000002, .options = "size=64K device=pci/0000:01:00.0",
		.sync = "", .node = "group=video",
	};
	struct record record;

	assert_int_equal(record_write("frames", &written), 0);
	assert_int_equal(record_read("frames", &record), 0);
	assert_true(record.is_made);
	assert_true(record.inode == written.inode);
	assert_string_equal(record.options, written.options);
	assert_string_equal(record.sync, "");
	assert_string_equal(record.node, written.node);
	record_free(&record);
}

static void a_record_that_is_not_there_is_enoent(void **state)
{
	struct record record;

	assert_int_equal(record_read("frames", &record), -ENOENT);
}

static void an_empty_or_foreign_record_claims_nothing(void **state)
{
	static const char *const texts[] = { "", "\n", "MADE", "MADE=maybe\n", "made=yes\n", "=\n" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct record record;

		put_text("buffer/frames", texts[i]);
		assert_int_equal(record_read("frames", &record), 0);
		assert_false(record.is_made);
		assert_true(record.inode == 0);
		assert_string_equal(record.options, "");
		record_free(&record);
	}
}

static void the_file_for_udev_has_what_was_said(void **state)
{
	const struct config_node all = { .owner = "root", .group = "video", .mode = 0604 };
	const struct config_node one = { .mode = 0 };
	const struct config_node none = CONFIG_NODE_NONE;

	assert_int_equal(record_write_node("frames", &all), 0);
	assert_text("node/frames", "OWNER=root\nGROUP=video\nMODE=0604\n");
	assert_int_equal(record_write_node("frames", &one), 0);
	assert_text("node/frames", "MODE=0000\n");
	assert_int_equal(record_write_node("frames", &none), 0);
	assert_text("node/frames", NULL);
}

static void deleting_takes_both_files_and_may_be_repeated(void **state)
{
	put_text("buffer/frames", "MADE=yes\n");
	put_text("node/frames", "MODE=0600\n");
	assert_int_equal(record_delete("frames"), 0);
	assert_text("buffer/frames", NULL);
	assert_text("node/frames", NULL);
	assert_int_equal(record_delete("frames"), 0);
}

static void the_list_has_the_names_in_order_and_no_half_written_file(void **state)
{
	char **names;
	size_t count;

	put_text("buffer/b", "");
	put_text("buffer/a", "");
	put_text("buffer/.new", "");
	assert_int_equal(record_list(&names, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	free(names[0]);
	free(names[1]);
	free(names);
}

static void without_the_directory_there_is_no_record(void **state)
{
	char **names;
	size_t count;

	udmabuf_set_root("/nonexistent");
	assert_int_equal(record_list(&names, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(record_prepare(), -ENOENT);
}

#define RECORD_TEST(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RECORD_TEST(what_is_written_is_read_back),
		RECORD_TEST(a_record_that_is_not_there_is_enoent),
		RECORD_TEST(an_empty_or_foreign_record_claims_nothing),
		RECORD_TEST(the_file_for_udev_has_what_was_said),
		RECORD_TEST(deleting_takes_both_files_and_may_be_repeated),
		RECORD_TEST(the_list_has_the_names_in_order_and_no_half_written_file),
		RECORD_TEST(without_the_directory_there_is_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
