// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the daemon makes of a plan's actions and of udev's events, below a fake root. write() is
 * this file's: it answers for the manager, whose buffers are folders; records go through stdio,
 * which does not call it. So is the log: what was logged counts.
 */
#include <errno.h>

#include "apply.h"
#include "log.h"
#include "test_lib_root.h"

static struct {
	int error;		/* what the manager answers; 0: it does as told */
	bool has_no_room;	/* for records, once the buffer is made */
	char told[256];
} manager;

static unsigned int failures_logged;

static struct config_buffer buffer = {
	.label = "frames", .name = "frames", .size = 65536, .minor = -1, .dma_mask = -1,
	.mmap_mode = -1, .sync = { -1, -1, -1, false, false, 0, 0 }, .node = { NULL, NULL, -1 },
};
static const struct config config = { .path = "conf", .buffers = &buffer, .n_buffers = 1 };
static struct apply apply;

void log_tell(enum log_kind kind, const struct log_about *about, const char *format, ...)
{
	failures_logged += kind == LOG_KIND_FAILED;
}

static void move_away(const char *path)
{
	char from[PATH_MAX];

	strcpy(from, root_path(path));
	assert_int_equal(rename(from, root_path("away")), 0);
	manager.has_no_room = false;
}

ssize_t write(int fd, const void *data, size_t size)
{
	strncat(manager.told, data, size);
	strcat(manager.told, ";");
	if (manager.error) {
		errno = manager.error;
		return -1;
	}
	if (manager.has_no_room)
		move_away("run/udmabuf/buffer");
	if (!memcmp(data, "create", 6))
		add_buffer("frames");
	return size;
}

static int begin(void **state)
{
	memset(&manager, 0, sizeof(manager));
	failures_logged = 0;
	if (make_root(state) < 0)
		return -1;
	make_directories(CLASS);
	make_directories("run");
	put_file("dev/u-dma-buf-mgr", "");
	if (record_prepare() < 0)
		return -1;
	apply_begin(&apply, &config);
	apply.is_udev_there = true;
	return 0;
}

static int end(void **state)
{
	apply_end(&apply);
	return remove_root(state);
}

static int act(enum plan_verb verb)
{
	struct udmabuf_info info = { .name = "frames" };
	struct plan_action action = {
		.verb = verb, .name = "frames", .buffer = &buffer, .sync = CONFIG_SYNC_NONE,
		.node = CONFIG_NODE_NONE,
	};

	if (verb != PLAN_CREATE)
		assert_int_equal(udmabuf_lookup("frames", &info), 0);
	action.info = &info;
	return apply_action(&apply, &action);
}

static void assert_entry(enum entry_state state, const char *why)
{
	assert_int_equal(apply.entries[0].state, state);
	if (!why)
		assert_null(apply.entries[0].why);
	else
		assert_string_equal(apply.entries[0].why, why);
}

static void put_record(bool is_made, const char *options, const char *sync)
{
	struct record record = {
		.is_made = is_made, .options = (char *)options, .sync = (char *)sync, .node = "",
	};

	assert_int_equal(record_write("frames", &record), 0);
}

static bool is_ours(void)
{
	struct record record;
	bool is_current;

	assert_int_equal(record_read("frames", &record), 0);
	is_current = record.is_made && record_is_current(&record, "frames");
	record_free(&record);
	return is_current;
}

static void a_buffer_made_is_noted_with_its_inode(void **state)
{
	assert_int_equal(act(PLAN_CREATE), 0);
	assert_string_equal(manager.told, "create frames 65536;");
	assert_entry(ENTRY_THERE, NULL);
	assert_true(is_ours());
}

static void a_buffer_that_can_not_be_noted_is_taken_back(void **state)
{
	manager.has_no_room = true;
	assert_int_equal(act(PLAN_CREATE), -ENOENT);
	assert_string_equal(manager.told, "create frames 65536;delete frames;");
	assert_entry(ENTRY_ABSENT, "no room for its record");
	assert_int_equal(failures_logged, 1);
}

static void the_new_buffer_is_ready_only_when_its_own_add_comes(void **state)
{
	assert_int_equal(act(PLAN_CREATE), 0);
	assert_int_equal(apply.n_pending, 1);
	apply_take_event(&apply, "frames", SD_DEVICE_REMOVE, SD_ID128_NULL);
	apply_take_event(&apply, "frames", SD_DEVICE_CHANGE, SD_ID128_NULL);
	apply_take_event(&apply, "other", SD_DEVICE_ADD, SD_ID128_NULL);
	assert_int_equal(apply.n_pending, 1);
	apply_take_event(&apply, "frames", SD_DEVICE_ADD, SD_ID128_NULL);
	assert_int_equal(apply.n_pending, 0);
}

static void a_buffer_that_is_gone_is_not_waited_for(void **state)
{
	assert_int_equal(act(PLAN_CREATE), 0);
	move_away(CLASS "/frames");
	apply_take_event(&apply, "frames", SD_DEVICE_REMOVE, SD_ID128_NULL);
	assert_int_equal(apply.n_pending, 0);
}

static void a_change_that_was_triggered_ends_with_its_own_event(void **state)
{
	const sd_id128_t ours = SD_ID128_MAKE(01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10);

	assert_int_equal(act(PLAN_CREATE), 0);
	apply.pending[0].trigger = ours;
	apply_take_event(&apply, "frames", SD_DEVICE_CHANGE, SD_ID128_NULL);
	apply_take_event(&apply, "frames", SD_DEVICE_ADD, SD_ID128_NULL);
	assert_int_equal(apply.n_pending, 1);
	apply_take_event(&apply, "frames", SD_DEVICE_CHANGE, ours);
	assert_int_equal(apply.n_pending, 0);
}

static void a_deletion_that_fails_is_why_the_buffer_is_not_as_wanted(void **state)
{
	add_buffer("frames");
	manager.error = EPERM;
	assert_int_equal(act(PLAN_DELETE), -EPERM);
	assert_entry(ENTRY_ABSENT, "delete frames: Operation not permitted");
	assert_int_equal(act(PLAN_CREATE), -EEXIST);
	assert_entry(ENTRY_ABSENT, "delete frames: Operation not permitted");
	assert_string_equal(manager.told, "delete frames;");
	assert_int_equal(failures_logged, 1);
}

static void a_buffer_that_came_in_between_is_told(void **state)
{
	add_buffer("frames");
	assert_int_equal(act(PLAN_CREATE), -EEXIST);
	assert_entry(ENTRY_ABSENT, "a buffer of this name came in between");
	assert_int_equal(failures_logged, 1);
	assert_string_equal(manager.told, "");
}

static void a_record_without_inode_is_completed_if_the_buffer_is_as_it_asked(void **state)
{
	add_buffer("frames");
	put_record(true, "size=64K", "");
	assert_int_equal(act(PLAN_KEEP), 0);
	assert_true(is_ours());
}

static void a_record_without_inode_does_not_claim_what_others_made(void **state)
{
	add_buffer("frames");
	put_record(true, "size=64K", "");
	put_attribute("frames", "origin", "device-tree\n");
	assert_int_equal(act(PLAN_KEEP), 0);
	assert_false(is_ours());

	put_attribute("frames", "origin", "manager\n");
	put_record(true, "size=64K minor=3", "");
	assert_int_equal(act(PLAN_KEEP), 0);
	assert_false(is_ours());

	buffer.sync.mode = 1;
	put_record(true, "size=64K", "sync.mode=1");
	assert_int_equal(act(PLAN_KEEP), 0);
	buffer.sync.mode = -1;
	assert_false(is_ours());
}

#define apply_test(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		apply_test(a_buffer_made_is_noted_with_its_inode),
		apply_test(a_buffer_that_can_not_be_noted_is_taken_back),
		apply_test(the_new_buffer_is_ready_only_when_its_own_add_comes),
		apply_test(a_buffer_that_is_gone_is_not_waited_for),
		apply_test(a_change_that_was_triggered_ends_with_its_own_event),
		apply_test(a_deletion_that_fails_is_why_the_buffer_is_not_as_wanted),
		apply_test(a_buffer_that_came_in_between_is_told),
		apply_test(a_record_without_inode_is_completed_if_the_buffer_is_as_it_asked),
		apply_test(a_record_without_inode_does_not_claim_what_others_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
