// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of a plan's actions are done for which event, below a fake root. write() is this file's: it
 * answers for the manager, whose buffers are folders; so is the log.
 */
#include <errno.h>

#include "log.h"
#include "test_lib_root.h"
#include "work.h"

static struct config_buffer buffers[] = {
	{ .label = "a", .name = "a", .size = 4096, .minor = -1, .dma_mask = -1, .mmap_mode = -1,
	  .device = "pci/x", .sync = { .mode = -1, .always = -1, .direction = -1 },
	  .node = { .mode = -1 } },
	{ .label = "b", .name = "b", .size = 4096, .minor = -1, .dma_mask = -1, .mmap_mode = -1,
	  .sync = { .mode = -1, .always = -1, .direction = -1 }, .node = { .mode = -1 } },
};
static const struct config config = { .buffers = buffers, .n_buffers = 2 };
static struct records records;
static struct pending pending;
static struct work work;
static sd_event *event;
static size_t noted_at_first;	/* records in the file when the first buffer was made */
static unsigned int times_refused;
static unsigned int times_set;
static int setting_error;
static unsigned int times_done;
static int last_result;
static char made[64];
static char deleted[64];
static int manager_error;
static const char *replaced;	/* one of others takes its name while the manager is asked for once; NULL: none */

void log_tell(enum log_kind kind, const struct log_about *about, const char *format, ...)
{
}

static size_t count_saved(void)
{
	struct records saved;
	size_t count;

	assert_int_equal(records_read(&saved), 0);
	count = saved.count;
	records_free(&saved);
	return count;
}

static void replace(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), CLASS "/%s", name);
	move_away(path);
	add_buffer(name);
}

ssize_t write(int fd, const void *data, size_t size)
{
	char name[64];

	if (replaced) {
		replace(replaced);
		replaced = NULL;
	}
	if (manager_error && !strncmp(data, "create", strlen("create"))) {
		times_refused++;
		errno = manager_error;
		return -1;
	}
	if (sscanf(data, "create %63s", name) == 1) {
		add_buffer(name);
		noted_at_first = *made ? noted_at_first : count_saved();
		strcat(made, name);
	} else if (sscanf(data, "delete %63s", name) == 1) {
		strcat(deleted, name);
	} else if (size == 2 && !memcmp(data, "3\n", 2)) {
		times_set++;
		errno = setting_error;
		return setting_error ? -1 : (ssize_t)size;
	}
	return size;
}

static void on_done(void *userdata, int result)
{
	times_done++;
	last_result = result;
}

static void run(void)
{
	const unsigned int before = times_done;

	while (times_done == before)
		assert_true(sd_event_run(event, 0) > 0);
}

static int begin(void **state)
{
	if (make_root(state) < 0)
		return -1;
	make_directories(CLASS);
	make_directories("run");
	put_file("dev/u-dma-buf-mgr", "");
	noted_at_first = 0;
	times_refused = 0;
	times_set = 0;
	setting_error = 0;
	times_done = 0;
	made[0] = '\0';
	deleted[0] = '\0';
	replaced = NULL;
	manager_error = 0;
	if (record_prepare() < 0 || sd_event_new(&event) < 0)
		return -1;
	pending_begin(&pending);
	pending.is_udev_there = false;
	return work_begin(&work, event, &config, &records, &pending, on_done, NULL) < 0;
}

static int end(void **state)
{
	work_end(&work);
	records_free(&records);
	pending_end(&pending);
	sd_event_unref(event);
	return remove_root(state);
}

static void nothing_is_done_before_the_event_loop_runs(void **state)
{
	work_add(&work, WORK_ALL, NULL);
	assert_false(work_is_done(&work));
	assert_string_equal(made, "");
	run();
	assert_true(work_is_done(&work));
	assert_string_equal(made, "b");
	assert_int_equal(work.apply.entries[0].state, ENTRY_WAITS);
	assert_int_equal(sd_event_run(event, 0), 0);
}

static void an_event_of_a_device_makes_what_waits_for_it_and_nothing_else(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	work_add(&work, WORK_DEVICE, "pci/y");
	run();
	assert_string_equal(made, "");
	work_add(&work, WORK_DEVICE, "pci/x");
	run();
	assert_string_equal(made, "a");
}

static void an_event_of_a_buffer_concerns_it_alone(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	work_add(&work, WORK_NAME, "b");
	run();
	assert_string_equal(made, "b");
}

static void events_that_wait_together_are_one_look(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	work_add(&work, WORK_NAME, "b");
	work_add(&work, WORK_NAME, "other");
	work_add(&work, WORK_DEVICE, "pci/x");
	run();
	assert_string_equal(made, "ab");
	assert_int_equal(times_done, 1);
}

static void what_goes_together_is_noted_before_the_first_is_made(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_string_equal(made, "ab");
	assert_int_equal(noted_at_first, 2);
}

static bool is_saved_with_inode(const char *name)
{
	struct records saved;
	const struct record *record;
	bool is_so;

	assert_int_equal(records_read(&saved), 0);
	record = records_lookup(&saved, name);
	is_so = record && record->inode;
	records_free(&saved);
	return is_so;
}

static void what_was_done_of_a_plan_is_noted_by_the_end(void **state)
{
	work_add(&work, WORK_ALL, NULL);
	while (!*made)
		assert_true(sd_event_run(event, 0) > 0);
	assert_false(is_saved_with_inode("b"));
	work_end(&work);
	assert_true(is_saved_with_inode("b"));
	assert_int_equal(work_begin(&work, event, &config, &records, &pending, on_done, NULL), 0);
}

static void what_can_not_be_looked_at_is_the_result(void **state)
{
	add_buffer("b");
	put_attribute("b", "size", "many\n");
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(last_result, -EBADMSG);
	put_attribute("b", "size", "4096\n");
	put_attribute("b", "dma_device", "none\n");
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(last_result, 0);
	assert_int_equal(work.apply.entries[1].state, ENTRY_THERE);
}

static void a_failure_of_one_buffer_is_no_failure_of_the_whole(void **state)
{
	manager_error = ENOMEM;
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(last_result, 0);
	assert_int_equal(work.apply.entries[1].state, ENTRY_REFUSED);
}

/* One of ours that no entry asks for any more, in use. */
static void add_leaving(const char *name)
{
	struct record *record;

	add_buffer(name);
	record = records_renew(&records, name);
	record->is_made = true;
	record->inode = record_inode(name);
}

/* There is no place for b until that one goes. */
static void begin_without_place(void)
{
	add_leaving("leaving");
	manager_error = EEXIST;
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(work.apply.entries[1].state, ENTRY_REFUSED);
	assert_int_equal(times_refused, 1);
}

static void become_idle(void)
{
	put_attribute("leaving", "users", "0\n");
	work_add(&work, WORK_NAME, "leaving");
}

static void what_found_no_place_is_made_when_one_of_ours_goes(void **state)
{
	begin_without_place();
	manager_error = 0;
	become_idle();
	run();
	assert_string_equal(made, "b");
	assert_int_equal(work.apply.entries[1].state, ENTRY_THERE);
}

static void what_finds_no_place_again_is_not_tried_for_ever(void **state)
{
	begin_without_place();
	become_idle();
	run();
	assert_null(records_lookup(&records, "leaving"));
	assert_int_equal(times_refused, 2);
	assert_int_equal(sd_event_run(event, 0), 0);
}

static void what_found_no_place_is_made_when_one_of_others_goes(void **state)
{
	make_directories("sys/kernel");
	put_file("sys/kernel/uevent_seqnum", "41\n");
	begin_without_place();
	manager_error = 0;
	work_add_refused(&work, 41);
	assert_true(work_is_done(&work));
	work_add_refused(&work, 42);
	run();
	assert_string_equal(made, "b");
}

static void what_failed_for_another_reason_is_not_tried_then(void **state)
{
	manager_error = EIO;
	work_add(&work, WORK_ALL, NULL);
	run();
	work_add_refused(&work, 1);
	assert_true(work_is_done(&work));
}

static void a_buffer_of_others_that_stood_in_the_way_is_replaced_when_it_goes(void **state)
{
	add_buffer("b");
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(work.apply.entries[1].state, ENTRY_REFUSED);
	move_away(CLASS "/b");
	work_add_refused(&work, 1);
	run();
	assert_string_equal(made, "b");
}

/* Others delete theirs, and make it as the entry asks for: its settings are not forgotten. */
static void one_that_others_made_fit_in_between_is_set_too(void **state)
{
	struct config_buffer wanted = buffers[1];
	const struct config other = { .buffers = &wanted, .n_buffers = 1 };

	wanted.sync.mode = 3;
	work_change_config(&work, &other);
	add_buffer("b");
	put_attribute("b", "size", "8192\n");
	put_attribute("b", "dma_device", "none\n");
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(work.apply.entries[0].state, ENTRY_REFUSED);
	put_attribute("b", "size", "4096\n");
	work_add_refused(&work, 1);
	run();
	assert_int_equal(work.apply.entries[0].state, ENTRY_THERE);
	assert_int_equal(times_set, 1);
	work_change_config(&work, &config);
}

static void a_look_for_what_was_missed_makes_what_waits_and_nothing_else(void **state)
{
	manager_error = EIO;
	work_add(&work, WORK_ALL, NULL);
	run();
	manager_error = 0;
	make_directories("sys/bus/pci/devices/x");
	work_add(&work, WORK_MISSED, NULL);
	run();
	assert_string_equal(made, "a");
}

static void a_driver_that_was_bound_untold_is_noticed(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	manager_error = ENODEV;
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(work.apply.entries[0].state, ENTRY_UNBOUND);
	make_directories("sys/bus/pci/devices/x/driver");
	manager_error = 0;
	work_catch_up(&work);
	run();
	assert_string_equal(made, "a");
}

static void a_device_that_no_driver_helps_is_not_tried_for_ever(void **state)
{
	make_directories("sys/bus/pci/devices/x/driver");
	manager_error = ENODEV;
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(work.apply.entries[0].state, ENTRY_ABSENT);
}

static void expect_made_when_vfio_goes(const char *expected)
{
	work_free_taken(&work);
	assert_true(work_is_done(&work));
	unbind_driver("x");
	work_free_taken(&work);
	run();
	assert_string_equal(made, expected);
}

static void what_vfio_keeps_away_comes_when_it_lets_go(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	bind_driver("x", "vfio-pci");
	manager_error = ENODEV;
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(work.apply.entries[0].state, ENTRY_TAKEN);
	times_refused = 0;
	work_take_device(&work, "pci/x");
	run();
	work_catch_up(&work);
	run();
	assert_int_equal(times_refused, 0);
	manager_error = 0;
	expect_made_when_vfio_goes("a");
}

/* The module takes it as VFIO comes to a neighbour, and shows that afterwards. */
static void what_went_before_its_reason_showed_is_not_forgotten(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	work_add(&work, WORK_ALL, NULL);
	run();
	move_away(CLASS "/a");
	work_lose(&work, "a");
	assert_int_equal(work.apply.entries[0].state, ENTRY_DELETED);
	bind_driver("x", "vfio-pci");
	work_take_device(&work, "pci/neighbour");
	assert_int_equal(work.apply.entries[0].state, ENTRY_TAKEN);
	expect_made_when_vfio_goes("aba");
}

static void a_buffer_of_others_that_comes_untold_is_set_once(void **state)
{
	struct config_match match = {
		.pattern = "other*", .sync = CONFIG_SYNC_NONE, .node = CONFIG_NODE_NONE,
		.file = "conf",
	};
	const struct config with_match = {
		.matches = &match, .n_matches = 1, .defaults = CONFIG_NODE_NONE,
	};

	match.sync.mode = 3;
	match.sync.always = 0;
	match.node.mode = 0640;
	work_change_config(&work, &with_match);
	add_buffer("other");
	work_catch_up(&work);
	run();
	assert_int_equal(times_set, 1);
	assert_string_equal(records_lookup(&records, "other")->sync,
			    "sync.mode=3 sync.always=false");
	assert_int_equal(access(root_path("run/udmabuf/node/other"), F_OK), 0);
	put_attribute("other", "sync_mode", "3\n");
	add_buffer("other2");
	setting_error = EIO;
	work_catch_up(&work);
	run();
	assert_int_equal(times_set, 2);
	assert_non_null(strstr(*status_others_why(&work.apply.others, "other2"), "sync_mode"));
	put_attribute("other2", "sync_mode", "6\n");
	work_catch_up(&work);
	run();
	assert_int_equal(times_set, 2);
	setting_error = 0;
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(times_set, 3);
	assert_null(strstr(*status_others_why(&work.apply.others, "other2"), "sync_mode"));
	work_change_config(&work, &config);
}

static void settings_that_are_taken_out_and_come_back_are_set_again(void **state)
{
	struct config_buffer with_sync = buffers[1];
	const struct config other = { .buffers = &with_sync, .n_buffers = 1 };

	with_sync.sync.mode = 3;
	work_add(&work, WORK_ALL, NULL);
	run();
	for (unsigned int times = 1; times <= 2; times++) {
		work_change_config(&work, &other);
		work_add(&work, WORK_ALL, NULL);
		run();
		assert_int_equal(times_set, times);
		put_attribute("b", "sync_mode", "6\n");
		work_change_config(&work, &config);
		work_add(&work, WORK_ALL, NULL);
		run();
		assert_string_equal(records_lookup(&records, "b")->sync, "");
	}
}

static void a_buffer_that_is_still_the_one_it_was_is_not_lost(void **state)
{
	work_add(&work, WORK_ALL, NULL);
	run();
	work_lose(&work, "b");
	assert_int_equal(work.apply.entries[1].state, ENTRY_THERE);
	assert_true(work_is_done(&work));
}

static void a_buffer_that_is_gone_is_not_made_again(void **state)
{
	work_add(&work, WORK_ALL, NULL);
	run();
	move_away(CLASS "/b");
	work_lose(&work, "b");
	assert_int_equal(work.apply.entries[1].state, ENTRY_DELETED);
	assert_null(records_lookup(&records, "b"));
	assert_true(work_is_done(&work));
}

static void what_is_noted_of_a_buffer_without_an_entry_is_not_for_the_next_of_its_name(void **state)
{
	struct record *record;

	add_buffer("x");
	record = records_renew(&records, "x");
	record->is_made = true;
	record->inode = record_inode("x");
	*status_others_why(&work.apply.others, "x") = strdup("in use");
	work_lose(&work, "x");
	assert_true(work_is_done(&work));
	record->inode++;
	work_lose(&work, "x");
	run();
	assert_null(records_lookup(&records, "x"));
	assert_int_equal(work.apply.others.count, 0);
}

static void a_driver_that_comes_later_is_remembered(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	work_add(&work, WORK_ALL, NULL);
	run();
	make_directories("sys/bus/pci/devices/x/driver");
	work_take_device(&work, "pci/x");
	run();
	assert_string_equal(made, "ab");
	assert_int_equal(rmdir(root_path("sys/bus/pci/devices/x/driver")), 0);
	move_away(CLASS "/a");
	work_lose(&work, "a");
	assert_int_equal(work.apply.entries[0].state, ENTRY_UNBOUND);
	assert_true(work_is_done(&work));
}

static void what_somebody_deleted_comes_back_with_its_device_and_not_with_a_driver(void **state)
{
	char path[PATH_MAX];

	make_directories("sys/bus/pci/devices/x");
	work_add(&work, WORK_ALL, NULL);
	run();
	move_away(CLASS "/a");
	work_lose(&work, "a");
	assert_int_equal(work.apply.entries[0].state, ENTRY_DELETED);
	make_directories("sys/bus/pci/devices/x/driver");
	work_take_device(&work, "pci/x");
	run();
	assert_string_equal(made, "ab");
	assert_int_equal(rmdir(root_path("sys/bus/pci/devices/x/driver")), 0);
	make_directories("sys/bus/pci/devices/new");
	strcpy(path, root_path("sys/bus/pci/devices/new"));
	assert_int_equal(rename(path, root_path("sys/bus/pci/devices/x")), 0);
	work_take_device(&work, "pci/x");
	run();
	assert_string_equal(made, "aba");
}

static void a_look_that_failed_is_owed(void **state)
{
	add_buffer("b");
	put_attribute("b", "size", "many\n");
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_true(work.is_look_owed);
	put_attribute("b", "size", "4096\n");
	work_catch_up(&work);
	run();
	assert_false(work.is_look_owed);
}

static void a_device_that_went_and_came_untold_has_its_buffer_again(void **state)
{
	char path[PATH_MAX];

	make_directories("sys/bus/pci/devices/x");
	work_add(&work, WORK_ALL, NULL);
	run();
	move_away(CLASS "/a");
	/* What is there before the other one goes is surely not the same. */
	make_directories("sys/bus/pci/devices/new");
	strcpy(path, root_path("sys/bus/pci/devices/new"));
	assert_int_equal(rename(path, root_path("sys/bus/pci/devices/x")), 0);
	work_catch_up(&work);
	run();
	assert_string_equal(made, "aba");
	assert_int_equal(work.apply.entries[0].state, ENTRY_THERE);
}

static void a_buffer_in_use_that_goes_with_the_device_it_had_is_made_as_it_is_wanted(void **state)
{
	add_leaving("b");
	make_directories("sys/bus/pci/devices/0000:00:04.0");
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_non_null(strstr(work.apply.entries[1].why, "in use (users: 3)"));
	assert_int_equal(rmdir(root_path("sys/bus/pci/devices/0000:00:04.0")), 0);
	move_away(CLASS "/b");
	work_lose(&work, "b");
	assert_string_equal(work.apply.entries[1].why, "its device pci/0000:00:04.0 went");
	run();
	assert_string_equal(made, "b");
}

static void a_buffer_in_use_that_is_taken_by_force_is_noticed(void **state)
{
	add_leaving("b");
	make_directories("sys/bus/pci/devices/0000:00:04.0");
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(work.apply.entries[1].state, ENTRY_ABSENT);
	assert_non_null(strstr(work.apply.entries[1].why, "in use (users: 3)"));
	work_lose(&work, "b");
	assert_non_null(strstr(work.apply.entries[1].why, "in use (users: 3)"));
	move_away(CLASS "/b");
	work_lose(&work, "b");
	assert_string_equal(work.apply.entries[1].why,
			    "deleted by someone else, a reload makes it again");
	assert_null(records_lookup(&records, "b"));
}

static void one_that_took_the_name_of_a_buffer_is_one_of_others(void **state)
{
	work_add(&work, WORK_ALL, NULL);
	run();
	move_away(CLASS "/b");
	add_buffer("b");
	work_lose(&work, "b");
	assert_string_equal(work.apply.entries[1].why, "another buffer has its name now");
	run();
	assert_string_equal(work.apply.entries[1].why,
			    "made by others (manager): its size is 64K, not 4K");
	assert_null(records_lookup(&records, "b"));
}

static void what_was_lost_untold_is_noticed_with_what_was_missed(void **state)
{
	work_add(&work, WORK_ALL, NULL);
	run();
	move_away(CLASS "/b");
	work_catch_up(&work);
	run();
	assert_int_equal(work.apply.entries[1].state, ENTRY_DELETED);
	assert_string_equal(made, "b");
}

static void a_stop_deletes_only_what_was_made(void **state)
{
	add_buffer("other");
	work_add(&work, WORK_ALL, NULL);
	run();
	put_attribute("b", "users", "0\n");
	work_stop(&work);
	assert_int_equal(count_saved(), 0);
	assert_int_equal(access(root_path(CLASS "/other"), F_OK), 0);
}

static void add_two_leaving(void)
{
	add_leaving("one");
	add_leaving("two");
	put_attribute("one", "users", "0\n");
	put_attribute("two", "users", "0\n");
	replaced = "two";
}

static void one_that_took_the_name_of_a_buffer_to_be_deleted_is_not_deleted(void **state)
{
	add_two_leaving();
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_string_equal(deleted, "one");
	assert_null(records_lookup(&records, "two"));
}

static void nor_does_a_stop_delete_it(void **state)
{
	add_two_leaving();
	work_stop(&work);
	assert_string_equal(deleted, "one");
}

static void what_is_another_when_it_is_to_be_kept_is_looked_at_again(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	add_buffer("b");
	put_attribute("b", "size", "4096\n");
	put_attribute("b", "dma_device", "none\n");
	replaced = "b";
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_string_equal(made, "a");
	assert_int_equal(work.apply.entries[1].state, ENTRY_REFUSED);
}

static void what_is_another_when_it_is_to_be_set_is_set_whole(void **state)
{
	struct config_match match = {
		.pattern = "other", .sync = CONFIG_SYNC_NONE, .node = CONFIG_NODE_NONE,
		.file = "conf",
	};
	const struct config with_match = {
		.buffers = &buffers[1], .n_buffers = 1, .matches = &match, .n_matches = 1,
		.defaults = CONFIG_NODE_NONE,
	};

	match.sync.mode = 3;
	match.sync.direction = 0;
	work_change_config(&work, &with_match);
	add_buffer("other");
	put_attribute("other", "sync_mode", "3\n");
	replaced = "other";
	work_add(&work, WORK_ALL, NULL);
	run();
	assert_int_equal(times_set, 1);
	assert_int_equal(records_lookup(&records, "other")->inode, record_inode("other"));
	work_change_config(&work, &config);
}

#define work_test(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		work_test(nothing_is_done_before_the_event_loop_runs),
		work_test(an_event_of_a_device_makes_what_waits_for_it_and_nothing_else),
		work_test(an_event_of_a_buffer_concerns_it_alone),
		work_test(events_that_wait_together_are_one_look),
		work_test(what_goes_together_is_noted_before_the_first_is_made),
		work_test(what_was_done_of_a_plan_is_noted_by_the_end),
		work_test(what_can_not_be_looked_at_is_the_result),
		work_test(a_failure_of_one_buffer_is_no_failure_of_the_whole),
		work_test(what_found_no_place_is_made_when_one_of_ours_goes),
		work_test(what_finds_no_place_again_is_not_tried_for_ever),
		work_test(what_found_no_place_is_made_when_one_of_others_goes),
		work_test(what_failed_for_another_reason_is_not_tried_then),
		work_test(a_buffer_of_others_that_stood_in_the_way_is_replaced_when_it_goes),
		work_test(one_that_others_made_fit_in_between_is_set_too),
		work_test(a_look_for_what_was_missed_makes_what_waits_and_nothing_else),
		work_test(a_driver_that_was_bound_untold_is_noticed),
		work_test(a_device_that_no_driver_helps_is_not_tried_for_ever),
		work_test(what_vfio_keeps_away_comes_when_it_lets_go),
		work_test(what_went_before_its_reason_showed_is_not_forgotten),
		work_test(a_buffer_of_others_that_comes_untold_is_set_once),
		work_test(settings_that_are_taken_out_and_come_back_are_set_again),
		work_test(a_buffer_that_is_still_the_one_it_was_is_not_lost),
		work_test(a_buffer_that_is_gone_is_not_made_again),
		work_test(a_driver_that_comes_later_is_remembered),
		work_test(what_somebody_deleted_comes_back_with_its_device_and_not_with_a_driver),
		work_test(a_look_that_failed_is_owed),
		work_test(a_device_that_went_and_came_untold_has_its_buffer_again),
		work_test(a_buffer_in_use_that_goes_with_the_device_it_had_is_made_as_it_is_wanted),
		work_test(a_buffer_in_use_that_is_taken_by_force_is_noticed),
		work_test(one_that_took_the_name_of_a_buffer_is_one_of_others),
		work_test(what_was_lost_untold_is_noticed_with_what_was_missed),
		work_test(what_is_noted_of_a_buffer_without_an_entry_is_not_for_the_next_of_its_name),
		work_test(a_stop_deletes_only_what_was_made),
		work_test(one_that_took_the_name_of_a_buffer_to_be_deleted_is_not_deleted),
		work_test(nor_does_a_stop_delete_it),
		work_test(what_is_another_when_it_is_to_be_kept_is_looked_at_again),
		work_test(what_is_another_when_it_is_to_be_set_is_set_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
