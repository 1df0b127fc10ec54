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
static unsigned int made_logged;
static unsigned int waits_logged;

static struct config_buffer buffer = {
	.label = "frames", .name = "frames", .size = 65536, .minor = -1, .dma_mask = -1,
	.mmap_mode = -1, .sync = { -1, -1, -1, false, false, 0, 0 }, .node = { NULL, NULL, -1 },
};
static const struct config config = { .buffers = &buffer, .n_buffers = 1 };
static struct pending pending;
static struct apply apply;

void log_tell(enum log_kind kind, const struct log_about *about, const char *format, ...)
{
	failures_logged += kind == LOG_KIND_FAILED;
	waits_logged += kind == LOG_KIND_WAITS;
	made_logged += kind == LOG_KIND_MADE;
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
	made_logged = 0;
	waits_logged = 0;
	if (make_root(state) < 0)
		return -1;
	make_directories(CLASS);
	make_directories("run");
	put_file("dev/u-dma-buf-mgr", "");
	if (record_prepare() < 0)
		return -1;
	pending_begin(&pending);
	pending.is_udev_there = true;
	apply_begin(&apply, &config, &pending);
	return 0;
}

static int end(void **state)
{
	apply_end(&apply);
	pending_end(&pending);
	return remove_root(state);
}

static int act(enum plan_verb verb)
{
	struct udmabuf_info info = { .name = "frames" };
	struct plan_action action = {
		.verb = verb, .name = "frames", .detail = "", .buffer = &buffer, .sync = buffer.sync,
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

static void a_buffer_made_is_told_once_and_after_all_are_made(void **state)
{
	assert_int_equal(act(PLAN_CREATE), 0);
	assert_int_equal(made_logged, 0);
	assert_true(apply_tell_made(&apply));
	assert_false(apply_tell_made(&apply));
	assert_int_equal(made_logged, 1);
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
	assert_int_equal(pending.n_nodes, 1);
	pending_take_event(&pending, "frames", SD_DEVICE_REMOVE, SD_ID128_NULL);
	pending_take_event(&pending, "frames", SD_DEVICE_CHANGE, SD_ID128_NULL);
	pending_take_event(&pending, "other", SD_DEVICE_ADD, SD_ID128_NULL);
	assert_int_equal(pending.n_nodes, 1);
	pending_take_event(&pending, "frames", SD_DEVICE_ADD, SD_ID128_NULL);
	assert_int_equal(pending.n_nodes, 0);
}

static void a_buffer_that_is_gone_is_not_waited_for(void **state)
{
	assert_int_equal(act(PLAN_CREATE), 0);
	move_away(CLASS "/frames");
	pending_take_event(&pending, "frames", SD_DEVICE_REMOVE, SD_ID128_NULL);
	assert_int_equal(pending.n_nodes, 0);
}

static void a_change_that_was_triggered_ends_with_its_own_event(void **state)
{
	const sd_id128_t ours = SD_ID128_MAKE(01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10);

	assert_int_equal(act(PLAN_CREATE), 0);
	pending.nodes[0].trigger = ours;
	pending_take_event(&pending, "frames", SD_DEVICE_CHANGE, SD_ID128_NULL);
	pending_take_event(&pending, "frames", SD_DEVICE_ADD, SD_ID128_NULL);
	assert_int_equal(pending.n_nodes, 1);
	pending_take_event(&pending, "frames", SD_DEVICE_CHANGE, ours);
	assert_int_equal(pending.n_nodes, 0);
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

static void a_record_without_inode_is_completed(void **state)
{
	add_buffer("frames");
	put_record(true, "size=64K", "");
	assert_int_equal(act(PLAN_KEEP), 0);
	assert_true(is_ours());
}

static void assert_sync_noted(const char *expected)
{
	struct record record;

	assert_int_equal(record_read("frames", &record), 0);
	assert_string_equal(record.sync, expected);
	record_free(&record);
}

static void a_setting_is_noted_once_its_attribute_took_it(void **state)
{
	add_buffer("frames");
	put_record(true, "size=64K", "");
	buffer.sync.mode = 1;
	manager.error = EIO;
	assert_int_equal(act(PLAN_SET), -EIO);
	assert_int_equal(failures_logged, 1);
	assert_sync_noted("");
	manager.error = 0;
	put_attribute("frames", "sync_mode", "0\n");
	assert_int_equal(act(PLAN_SET), 0);
	buffer.sync.mode = -1;
	assert_sync_noted("sync.mode=1");
}

static void a_setting_that_can_not_be_noted_is_told(void **state)
{
	add_buffer("frames");
	manager.has_no_room = true;
	buffer.sync.mode = 1;
	assert_int_equal(act(PLAN_SET), -ENOENT);
	buffer.sync.mode = -1;
	assert_int_equal(failures_logged, 1);
}

static void what_the_manager_refuses_leaves_no_record(void **state)
{
	struct record record;

	manager.error = ENOMEM;
	assert_int_equal(act(PLAN_CREATE), -ENOMEM);
	assert_entry(ENTRY_ABSENT, "create frames 65536: Cannot allocate memory");
	assert_int_equal(failures_logged, 1);
	assert_int_equal(record_read("frames", &record), -ENOENT);
	assert_int_equal(pending.n_nodes, 0);
}

static void a_buffer_that_went_before_it_was_kept_is_lost(void **state)
{
	struct udmabuf_info info = { .name = "frames" };
	const struct plan_action action = {
		.verb = PLAN_KEEP, .name = "frames", .buffer = &buffer, .info = &info,
	};

	assert_int_equal(apply_action(&apply, &action), 0);
	assert_entry(ENTRY_ABSENT, "deleted by someone else");
}

static void another_configuration_knows_what_is_there(void **state)
{
	struct config_buffer others[] = { { .label = "new", .name = "new" }, buffer };
	const struct config other = { .buffers = others, .n_buffers = 2 };
	struct apply next;

	assert_int_equal(act(PLAN_CREATE), 0);
	apply_begin(&next, &other, &pending);
	apply_inherit(&next, &apply);
	assert_int_equal(next.entries[0].state, ENTRY_UNKNOWN);
	assert_int_equal(next.entries[1].state, ENTRY_THERE);
	assert_int_equal(next.entries[1].size, 65536);
	apply_end(&next);
}

static void a_reason_to_wait_is_told_when_it_is_news(void **state)
{
	struct plan_action action = {
		.verb = PLAN_WAIT, .name = "frames", .detail = "waiting for pci/x", .buffer = &buffer,
	};

	assert_int_equal(apply_action(&apply, &action), 0);
	assert_int_equal(apply_action(&apply, &action), 0);
	assert_entry(ENTRY_WAITS, "waiting for pci/x");
	assert_int_equal(waits_logged, 1);
	action.detail = "waiting for pci/y";
	assert_int_equal(apply_action(&apply, &action), 0);
	assert_int_equal(waits_logged, 2);
}

static void without_the_module_every_entry_waits(void **state)
{
	assert_int_equal(act(PLAN_CREATE), 0);
	apply_lose_module(&apply);
	assert_entry(ENTRY_WAITS, "waiting for the module u-dma-buf");
}

#define apply_test(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		apply_test(a_buffer_made_is_noted_with_its_inode),
		apply_test(a_buffer_made_is_told_once_and_after_all_are_made),
		apply_test(a_buffer_that_can_not_be_noted_is_taken_back),
		apply_test(the_new_buffer_is_ready_only_when_its_own_add_comes),
		apply_test(a_buffer_that_is_gone_is_not_waited_for),
		apply_test(a_change_that_was_triggered_ends_with_its_own_event),
		apply_test(a_deletion_that_fails_is_why_the_buffer_is_not_as_wanted),
		apply_test(a_buffer_that_came_in_between_is_told),
		apply_test(a_record_without_inode_is_completed),
		apply_test(a_setting_is_noted_once_its_attribute_took_it),
		apply_test(a_setting_that_can_not_be_noted_is_told),
		apply_test(what_the_manager_refuses_leaves_no_record),
		apply_test(a_buffer_that_went_before_it_was_kept_is_lost),
		apply_test(another_configuration_knows_what_is_there),
		apply_test(a_reason_to_wait_is_told_when_it_is_news),
		apply_test(without_the_module_every_entry_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
