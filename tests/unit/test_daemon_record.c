// SPDX-License-Identifier: GPL-2.0-only
/* The notes in /run/udmabuf, below a fake root. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static const char *path_of(const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/run/udmabuf/%s", root, file);
	return path;
}

static void put_text(const char *path, const char *text)
{
	FILE *file = fopen(path_of(path), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void assert_text(const char *path, const char *expected)
{
	FILE *file = fopen(path_of(path), "r");
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

static void what_is_saved_is_read_back(void **state)
{
	struct record list[] = {
		{ .name = "frames", .is_made = true, .inode = 0x100000002,
		  .options = "size=64K device=pci/0000:01:00.0", .sync = "", .node = "group=video" },
		{ .name = "a", .options = "", .sync = "sync.mode=1", .node = "" },
	};
	struct records saved = { .list = list, .count = 2, .is_unsaved = true };
	struct records records;

	assert_int_equal(records_save(&saved), 0);
	assert_false(saved.is_unsaved);
	assert_int_equal(records_read(&records), 0);
	assert_int_equal(records.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(records.list[i].name, list[i].name);
		assert_int_equal(records.list[i].is_made, list[i].is_made);
		assert_true(records.list[i].inode == list[i].inode);
		assert_string_equal(records.list[i].options, list[i].options);
		assert_string_equal(records.list[i].sync, list[i].sync);
		assert_string_equal(records.list[i].node, list[i].node);
	}
	assert_false(records.is_unsaved);
	records_free(&records);
}

static void a_file_that_can_not_be_written_leaves_the_old_one(void **state)
{
	struct record one = { .name = "a", .options = "", .sync = "", .node = "" };
	struct records records = { .list = &one, .count = 1, .is_unsaved = true };

	put_text("buffers", "frames\tMADE=yes\n");
	/* In the way of the new one. */
	assert_int_equal(mkdir(path_of(".new"), 0755), 0);
	assert_int_equal(records_save(&records), -EISDIR);
	assert_true(records.is_unsaved);
	assert_text("buffers", "frames\tMADE=yes\n");
}

static void a_line_that_is_cut_short_or_foreign_claims_nothing(void **state)
{
	static const char *const texts[] = {
		"frames", "frames\n", "frames\tMADE", "frames\tMADE=maybe\n", "frames\tmade=yes\n",
		"frames\t=\t\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct records records;

		put_text("buffers", texts[i]);
		assert_int_equal(records_read(&records), 0);
		assert_int_equal(records.count, 1);
		assert_false(records.list->is_made);
		assert_true(records.list->inode == 0);
		assert_string_equal(records.list->options, "");
		records_free(&records);
	}
}

static void records_that_can_not_be_read_are_an_error(void **state)
{
	struct records records;

	assert_int_equal(mkdir(path_of("buffers"), 0755), 0);
	assert_int_equal(records_read(&records), -EISDIR);
	assert_int_equal(records.count, 0);
}

static void empty_lines_are_no_records(void **state)
{
	struct records records;

	put_text("buffers", "\n\tMADE=yes\n");
	assert_int_equal(records_read(&records), 0);
	assert_int_equal(records.count, 0);
	records_free(&records);
}

static void a_record_renewed_says_nothing_and_one_dropped_is_gone(void **state)
{
	struct records records;
	struct record *record;

	put_text("buffers", "a\tMADE=yes\tINODE=5\tOPTIONS=size=4K\nb\tMADE=yes\nc\tMADE=yes\n");
	put_text("node/a", "MODE=0600\n");
	assert_int_equal(records_read(&records), 0);
	record = records_renew(&records, "b");
	assert_ptr_equal(record, records_lookup(&records, "b"));
	assert_false(record->is_made);
	assert_true(records.is_unsaved);
	records.is_unsaved = false;
	records_drop(&records, "a");
	assert_true(records.is_unsaved);
	assert_text("node/a", NULL);
	assert_null(records_lookup(&records, "a"));
	records_drop(&records, "a");
	assert_int_equal(records.count, 2);
	assert_string_equal(records_lookup(&records, "c")->name, "c");
	records_free(&records);
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

static void a_second_daemon_is_kept_out_until_the_first_ends(void **state)
{
	const int first = record_lock();

	assert_true(first >= 0);
	assert_int_equal(record_lock(), -EWOULDBLOCK);
	close(first);
	close(record_lock());
}

/* Whoever may open it could lock it. */
static void nobody_else_may_open_the_lock(void **state)
{
	MEM_AUTO char *path = mem_printf("%s/run/udmabuf/lock", root);
	struct stat st;

	close(record_lock());
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void without_the_directory_there_is_no_record(void **state)
{
	struct records records;

	udmabuf_set_root("/nonexistent");
	assert_int_equal(records_read(&records), 0);
	assert_int_equal(records.count, 0);
	assert_int_equal(record_prepare(), -ENOENT);
}

#define RECORD_TEST(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RECORD_TEST(what_is_saved_is_read_back),
		RECORD_TEST(a_file_that_can_not_be_written_leaves_the_old_one),
		RECORD_TEST(a_line_that_is_cut_short_or_foreign_claims_nothing),
		RECORD_TEST(records_that_can_not_be_read_are_an_error),
		RECORD_TEST(empty_lines_are_no_records),
		RECORD_TEST(a_record_renewed_says_nothing_and_one_dropped_is_gone),
		RECORD_TEST(the_file_for_udev_has_what_was_said),
		RECORD_TEST(a_second_daemon_is_kept_out_until_the_first_ends),
		RECORD_TEST(nobody_else_may_open_the_lock),
		RECORD_TEST(without_the_directory_there_is_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
