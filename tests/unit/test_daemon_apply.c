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
	const char *error_name;	/* of this buffer alone; NULL: of all */
	bool has_no_room;	/* for records, once the buffer is made */
	char told[256];
	char noted[256];	/* the records as they were when it was told */
	unsigned int times_noted;
	bool takes_it_away;	/* as soon as it is made */
	void (*while_making_c)(void);	/* what others do meanwhile; NULL: nothing */
} manager;

static unsigned int failures_logged;
static unsigned int troubles_logged;
static unsigned int made_logged;
static unsigned int waits_logged;
static unsigned int changes_logged;

static struct config_buffer buffer = {
	.label = "frames", .name = "frames", .size = 65536, .minor = -1, .dma_mask = -1,
	.mmap_mode = -1, .sync = { -1, -1, -1, false, false, 0, 0 }, .node = { NULL, NULL, -1 },
};
static const struct config config = { .buffers = &buffer, .n_buffers = 1 };
static struct records records;
static struct pending pending;
static struct apply apply;

void log_tell(enum log_kind kind, const struct log_about *about, const char *format, ...)
{
	failures_logged += kind == LOG_KIND_FAILED;
	troubles_logged += kind == LOG_KIND_TROUBLE;
	waits_logged += kind == LOG_KIND_WAITS;
	changes_logged += kind == LOG_KIND_CHANGED;
	made_logged += kind == LOG_KIND_MADE;
}

static void read_noted(void)
{
	FILE *file = fopen(root_path("run/udmabuf/buffers"), "r");
	char noted[sizeof(manager.noted)];

	if (!file)
		return;
	noted[fread(noted, 1, sizeof(noted) - 1, file)] = '\0';
	fclose(file);
	manager.times_noted += !!strcmp(noted, manager.noted);
	strcpy(manager.noted, noted);
}

/* Return: false: it fails. */
static bool run_command(const char *command)
{
	char name[64];

	if (sscanf(command, "create %63s", name) != 1)
		return !manager.error;
	if (manager.error && (!manager.error_name || !strcmp(manager.error_name, name)))
		return false;
	if (manager.while_making_c && !strcmp(name, "c"))
		manager.while_making_c();
	add_buffer(name);
	if (manager.takes_it_away)
		move_away(CLASS "/frames");
	return true;
}

ssize_t write(int fd, const void *data, size_t size)
{
	read_noted();
	strncat(manager.told, data, size);
	strcat(manager.told, ";");
	if (!run_command(data)) {
		errno = manager.error;
		return -1;
	}
	if (manager.has_no_room) {
		move_away("run/udmabuf");
		manager.has_no_room = false;
	}
	return size;
}

static int begin(void **state)
{
	memset(&manager, 0, sizeof(manager));
	failures_logged = 0;
	troubles_logged = 0;
	made_logged = 0;
	waits_logged = 0;
	changes_logged = 0;
	if (make_root(state) < 0)
		return -1;
	make_directories(CLASS);
	make_directories("run");
	put_file("dev/u-dma-buf-mgr", "");
	if (record_prepare() < 0)
		return -1;
	pending_begin(&pending);
	pending.is_udev_there = true;
	apply_begin(&apply, &config, &records, &pending);
	return 0;
}

static int end(void **state)
{
	apply_end(&apply);
	records_free(&records);
	pending_end(&pending);
	return remove_root(state);
}

static int act(enum plan_verb verb)
{
	struct udmabuf_info info = { .name = "frames" };
	struct plan_action action = {
		.verb = verb, .name = "frames", .detail = "", .buffer = &buffer, .info = &info,
		.sync = buffer.sync, .node = CONFIG_NODE_NONE,
	};

	assert_int_equal(udmabuf_lookup("frames", &info), 0);
	return apply_action(&apply, &action);
}

/* The buffers of the configuration, in one go. */
static void create(void)
{
	struct plan_action list[3];
	const struct plan_action *actions[3];

	for (size_t i = 0; i < apply.config->n_buffers; i++) {
		const struct config_buffer *wanted = &apply.config->buffers[i];

		list[i] = (struct plan_action){
			.verb = PLAN_CREATE, .name = wanted->name, .detail = "", .buffer = wanted,
		};
		actions[i] = &list[i];
	}
	apply_creations(&apply, actions, apply.config->n_buffers);
}

static void assert_entry(enum entry_state state, const char *why)
{
	assert_int_equal(apply.entries[0].state, state);
	if (!why)
		assert_null(apply.entries[0].why);
	else
		assert_string_equal(apply.entries[0].why, why);
}

static void put_record(bool is_made, const char *options)
{
	struct record *record = records_renew(&records, "frames");

	record->is_made = is_made;
	free(record->options);
	record->options = strdup(options);
}

/* Is it about the buffer that has the name now, and not about an earlier one? */
static bool record_is_current(const struct record *record)
{
	return record->inode && record->inode == record_inode(record->name);
}

/* As the next daemon would find it. */
static bool is_ours(void)
{
	struct records saved;
	const struct record *record;
	bool is_ours;

	assert_int_equal(records_read(&saved), 0);
	record = records_lookup(&saved, "frames");
	is_ours = record && record->is_made && record_is_current(record);
	records_free(&saved);
	return is_ours;
}

static void a_buffer_made_is_noted_with_its_inode(void **state)
{
	create();
	assert_string_equal(manager.told, "create frames 65536;");
	assert_entry(ENTRY_THERE, NULL);
	apply_save(&apply);
	assert_true(is_ours());
}

static void what_is_to_be_made_is_noted_before_the_manager_is_told(void **state)
{
	create();
	assert_string_equal(manager.noted,
			    "frames\tMADE=yes\tINODE=0\tOPTIONS=size=64K\tSYNC=\tNODE=\n");
}

static void a_buffer_whose_node_has_no_room_is_not_made_and_its_record_came_first(void **state)
{
	move_away("run/udmabuf/node");
	buffer.node.mode = 0600;
	create();
	buffer.node.mode = -1;
	assert_string_equal(manager.told, "");
	assert_int_equal(failures_logged, 1);
	assert_entry(ENTRY_ABSENT, "no room for its record");
	assert_int_equal(records.count, 0);
	/* Whoever starts after a kill in between finds the file by it. */
	read_noted();
	assert_non_null(strstr(manager.noted, "\tNODE=mode=0600\n"));
}

static void begin_three(struct config *three, struct config_buffer list[3])
{
	static char *const names[] = { "a", "frames", "c" };

	for (size_t i = 0; i < 3; i++) {
		list[i] = buffer;
		list[i].label = names[i];
		list[i].name = names[i];
	}
	*three = (struct config){ .buffers = list, .n_buffers = 3 };
	apply_end(&apply);
	apply_begin(&apply, three, &records, &pending);
}

/* The list goes with the test that has it. */
static void end_three(void)
{
	apply_end(&apply);
	apply_begin(&apply, &config, &records, &pending);
}

static void what_goes_together_is_noted_at_once_and_told_one_by_one(void **state)
{
	struct config_buffer list[3];
	struct config three;

	begin_three(&three, list);
	create();
	assert_string_equal(manager.told, "create a 65536;create frames 65536;create c 65536;");
	assert_int_equal(manager.times_noted, 1);
	assert_int_equal(records.count, 3);
	assert_int_equal(pending.n_nodes, 3);
	end_three();
}

static void one_that_fails_keeps_no_other_from_being_made(void **state)
{
	struct config_buffer list[3];
	struct config three;

	begin_three(&three, list);
	manager.error = ENOMEM;
	manager.error_name = "frames";
	create();
	assert_string_equal(manager.told, "create a 65536;create frames 65536;create c 65536;");
	assert_int_equal(apply.entries[0].state, ENTRY_THERE);
	assert_int_equal(apply.entries[1].state, ENTRY_REFUSED);
	assert_string_equal(apply.entries[1].why, "create frames 65536: Cannot allocate memory");
	assert_int_equal(apply.entries[2].state, ENTRY_THERE);
	assert_int_equal(failures_logged, 1);
	assert_null(records_lookup(&records, "frames"));
	assert_int_equal(pending.n_nodes, 2);
	end_three();
}

static void replace_a(void)
{
	move_away(CLASS "/a");
	add_buffer("a");
}

static void a_buffer_that_took_the_name_while_others_were_made_is_not_ours(void **state)
{
	struct config_buffer list[3];
	struct config three;

	begin_three(&three, list);
	manager.while_making_c = replace_a;
	create();
	assert_false(record_is_current(records_lookup(&records, "a")));
	assert_int_not_equal(apply.entries[0].inode, record_inode("a"));
	assert_true(record_is_current(records_lookup(&records, "c")));
	end_three();
}

/* The new one is there before the old one goes, so that it can't have its inode. */
static void replace_device_of_a(void)
{
	move_away(CLASS "/a");
	make_directories("sys/bus/pci/devices/new");
	assert_int_equal(rmdir(root_path("sys/bus/pci/devices/x")), 0);
	move_to("sys/bus/pci/devices/new", "sys/bus/pci/devices/x");
}

static void a_buffer_whose_device_went_while_others_were_made_waits_for_it(void **state)
{
	struct config_buffer list[3];
	struct config three;

	begin_three(&three, list);
	list[0].device = (char *)"pci/x";
	make_directories("sys/bus/pci/devices/x");
	manager.while_making_c = replace_device_of_a;
	create();
	assert_int_equal(apply.entries[0].state, ENTRY_THERE);
	apply_lose(&apply, &list[0]);
	assert_entry(ENTRY_WAITS, "waiting for pci/x");
	assert_true(apply_has_come(&apply, &list[0]));
	end_three();
}

static void a_buffer_made_is_told_once_and_after_all_are_made(void **state)
{
	create();
	assert_int_equal(made_logged, 0);
	assert_true(apply_tell_made(&apply));
	assert_false(apply_tell_made(&apply));
	assert_int_equal(made_logged, 1);
}

static void a_buffer_that_can_not_be_noted_is_not_made(void **state)
{
	move_away("run/udmabuf");
	create();
	assert_string_equal(manager.told, "");
	assert_entry(ENTRY_ABSENT, "no room for its record");
	assert_int_equal(failures_logged, 1);
	assert_int_equal(records.count, 0);
}

static void no_room_after_a_buffer_is_made_is_told_and_the_buffer_stays(void **state)
{
	manager.has_no_room = true;
	create();
	assert_entry(ENTRY_THERE, NULL);
	apply_save(&apply);
	assert_int_equal(troubles_logged, 1);
	assert_int_equal(apply.note_error, -ENOENT);
	assert_true(records.is_unsaved);
	make_directories("run/udmabuf");
	apply_save(&apply);
	assert_int_equal(apply.note_error, 0);
}

static void the_new_buffer_is_ready_only_when_its_own_add_comes(void **state)
{
	create();
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
	create();
	move_away(CLASS "/frames");
	pending_take_event(&pending, "frames", SD_DEVICE_REMOVE, SD_ID128_NULL);
	assert_int_equal(pending.n_nodes, 0);
}

static void a_change_that_was_triggered_ends_with_its_own_event(void **state)
{
	const sd_id128_t ours = SD_ID128_MAKE(01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10);

	create();
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
	create();
	assert_entry(ENTRY_ABSENT, "delete frames: Operation not permitted");
	assert_string_equal(manager.told, "delete frames;");
	assert_int_equal(failures_logged, 1);
}

static void a_buffer_that_came_in_between_is_told(void **state)
{
	add_buffer("frames");
	create();
	assert_entry(ENTRY_REFUSED, "a buffer of this name came in between");
	assert_int_equal(failures_logged, 1);
	assert_string_equal(manager.told, "");
}

static void a_record_without_inode_is_completed(void **state)
{
	add_buffer("frames");
	put_record(true, "size=64K");
	assert_int_equal(act(PLAN_KEEP), 0);
	apply_save(&apply);
	assert_true(is_ours());
}

static void a_setting_is_noted_once_its_attribute_took_it(void **state)
{
	add_buffer("frames");
	buffer.sync.mode = 1;
	assert_int_equal(act(PLAN_KEEP), 0);
	manager.error = EIO;
	assert_int_equal(act(PLAN_SET), -EIO);
	assert_int_equal(failures_logged, 1);
	/* Whatever is asked for next is neither there nor noted. */
	assert_string_equal(records_lookup(&records, "frames")->sync, RECORD_HALF_DONE);
	assert_int_equal(apply.entries[0].state, ENTRY_THERE);
	assert_string_equal(apply.entries[0].why, "sync_mode: Input/output error");
	manager.error = 0;
	put_attribute("frames", "sync_mode", "0\n");
	assert_int_equal(act(PLAN_KEEP), 0);
	assert_int_equal(act(PLAN_SET), 0);
	assert_null(apply.entries[0].why);
	buffer.sync.mode = -1;
	assert_string_equal(records_lookup(&records, "frames")->sync, "sync.mode=1");
	assert_true(records.is_unsaved);
}

static void a_setting_is_noted_as_half_done_before_it_is_changed(void **state)
{
	add_buffer("frames");
	put_attribute("frames", "sync_mode", "0\n");
	buffer.sync.mode = 1;
	assert_int_equal(act(PLAN_SET), 0);
	buffer.sync.mode = -1;
	assert_non_null(strstr(manager.noted, "\tSYNC=half done\t"));
}

static void a_node_that_can_not_be_changed_is_noted_as_half_done_at_once(void **state)
{
	add_buffer("frames");
	assert_int_equal(act(PLAN_NODE), -ENODEV);
	read_noted();
	assert_non_null(strstr(manager.noted, "\tNODE=half done\n"));
}

static void a_setting_that_fails_keeps_no_other_from_being_tried(void **state)
{
	add_buffer("frames");
	buffer.sync.mode = 1;
	buffer.sync.direction = 1;
	assert_int_equal(act(PLAN_KEEP), 0);
	manager.error = EIO;
	assert_int_equal(act(PLAN_SET), -EIO);
	buffer.sync.mode = -1;
	buffer.sync.direction = -1;
	assert_string_equal(manager.told, "1\n;1\n;");
	assert_int_equal(failures_logged, 2);
	assert_entry(ENTRY_THERE, "sync_mode: Input/output error, "
		     "sync_direction: Input/output error");
}

static void a_node_that_can_not_be_changed_is_in_the_status(void **state)
{
	add_buffer("frames");
	assert_int_equal(act(PLAN_KEEP), 0);
	/* There is no such device for libsystemd, which knows no root but /. */
	assert_int_equal(act(PLAN_NODE), -ENODEV);
	assert_entry(ENTRY_THERE, "owner, group and mode not changed: No such device");
	assert_string_equal(records_lookup(&records, "frames")->node, RECORD_HALF_DONE);
}

static void assert_other(const char *why)
{
	assert_int_equal(apply.others.count, 1);
	assert_string_equal(apply.others.list[0].name, "frames");
	assert_string_equal(apply.others.list[0].why, why);
}

static void what_fails_of_a_buffer_that_no_entry_asks_for_is_kept_for_the_status(void **state)
{
	struct udmabuf_info info = { .name = "frames" };
	struct plan_action action = {
		.verb = PLAN_SET, .name = "frames", .detail = "", .info = &info,
		.sync = { .mode = 1, .always = -1, .direction = 1 }, .node = CONFIG_NODE_NONE,
	};

	add_buffer("frames");
	assert_int_equal(udmabuf_lookup("frames", &info), 0);
	manager.error = EIO;
	assert_int_equal(apply_action(&apply, &action), -EIO);
	assert_other("sync_mode: Input/output error, sync_direction: Input/output error");
	action.verb = PLAN_DELETE;
	manager.error = EBUSY;
	assert_int_equal(apply_action(&apply, &action), -EBUSY);
	assert_other("to be deleted, but in use");
	action.verb = PLAN_REFUSE;
	action.is_until_idle = true;
	action.detail = "in use (users: 1)";
	assert_int_equal(apply_action(&apply, &action), 0);
	assert_other("in use (users: 1)");
	action.verb = PLAN_DELETE;
	manager.error = 0;
	assert_int_equal(apply_action(&apply, &action), 0);
	assert_int_equal(apply.others.count, 0);
}

static void an_attribute_that_is_as_wanted_is_not_written(void **state)
{
	add_buffer("frames");
	buffer.sync.mode = 6;
	buffer.sync.direction = 0;
	assert_int_equal(act(PLAN_SET), 0);
	buffer.sync.mode = -1;
	buffer.sync.direction = -1;
	assert_string_equal(manager.told, "0\n;");
}

static void a_setting_that_was_true_is_noted_and_nobody_told(void **state)
{
	add_buffer("frames");
	buffer.sync.mode = 6;
	assert_int_equal(act(PLAN_NOTE), 0);
	buffer.sync.mode = -1;
	assert_string_equal(records_lookup(&records, "frames")->sync, "sync.mode=6");
	assert_true(record_is_current(records_lookup(&records, "frames")));
	assert_string_equal(manager.told, "");
	assert_int_equal(changes_logged, 0);
}

static void a_range_that_leaves_the_buffer_is_not_set(void **state)
{
	add_buffer("frames");
	put_attribute("frames", "sync_size", "65536\n");
	buffer.sync.has_offset = true;
	buffer.sync.offset = 4096;
	assert_int_equal(act(PLAN_KEEP), 0);
	assert_int_equal(act(PLAN_SET), -EINVAL);
	assert_entry(ENTRY_THERE,
		     "sync.offset and sync.size leave the buffer: Invalid argument");
	buffer.sync.offset = 0;
	assert_int_equal(act(PLAN_SET), 0);
	buffer.sync.has_offset = false;
	assert_string_equal(manager.told, "0\n;");
}

static void a_range_that_leaves_the_buffer_already_keeps_nothing_else_from_being_set(void **state)
{
	add_buffer("frames");
	put_attribute("frames", "sync_size", "65536\n");
	buffer.sync.direction = 0;
	assert_int_equal(act(PLAN_SET), 0);
	buffer.sync.direction = -1;
}

static void what_the_manager_refuses_leaves_no_record(void **state)
{
	manager.error = ENOMEM;
	create();
	assert_entry(ENTRY_REFUSED, "create frames 65536: Cannot allocate memory");
	assert_int_equal(failures_logged, 1);
	assert_int_equal(records.count, 0);
	assert_int_equal(pending.n_nodes, 0);
}

static void what_fails_again_for_the_same_reason_is_not_told_again(void **state)
{
	manager.error = ENOSPC;
	create();
	create();
	assert_entry(ENTRY_REFUSED, "create frames 65536: No space left on device");
	assert_int_equal(failures_logged, 1);
	manager.error = ENOMEM;
	create();
	assert_int_equal(failures_logged, 2);
	manager.error = EIO;
	create();
	create();
	assert_int_equal(failures_logged, 4);
}

/* We died after the creation; a program opened it, and then its size and its mode were changed. */
static void a_buffer_in_use_that_was_not_noted_whole_stays_ours(void **state)
{
	struct udmabuf_info info = { .name = "frames" };
	const struct plan_action refuse = {
		.verb = PLAN_REFUSE, .name = "frames", .detail = "in use", .buffer = &buffer,
		.info = &info, .is_until_idle = true,
	};

	add_buffer("frames");
	info.inode = record_inode("frames");
	records_renew(&records, "frames")->is_made = true;
	assert_int_equal(apply_action(&apply, &refuse), 0);
	assert_int_equal(act(PLAN_SET), 0);
	assert_true(records_lookup(&records, "frames")->is_made);
	assert_true(record_is_current(records_lookup(&records, "frames")));
}

static void a_buffer_that_went_as_it_was_made_is_lost(void **state)
{
	manager.takes_it_away = true;
	create();
	assert_entry(ENTRY_DELETED, "deleted by someone else, a reload makes it again");
	assert_int_equal(records.count, 0);
	assert_false(apply_tell_made(&apply));
}

static void lose_one_of(const char *device)
{
	buffer.device = (char *)device;
	create();
	move_away(CLASS "/frames");
}

static void a_buffer_deleted_by_hand_does_not_wait_for_its_device(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	lose_one_of("pci/x");
	apply_lose(&apply, &buffer);
	buffer.device = NULL;
	assert_entry(ENTRY_DELETED, "deleted by someone else, a reload makes it again");
}

static void a_buffer_that_went_with_its_device_waits_for_it(void **state)
{
	lose_one_of("pci/x");
	apply_lose(&apply, &buffer);
	assert_entry(ENTRY_WAITS, "waiting for pci/x");
	assert_false(apply_has_come(&apply, &buffer));
	make_directories("sys/bus/pci/devices/x");
	assert_true(apply_has_come(&apply, &buffer));
	buffer.device = NULL;
}

static void a_buffer_that_went_with_the_driver_of_its_device_waits_for_it(void **state)
{
	make_directories("sys/bus/pci/devices/x/driver");
	lose_one_of("pci/x");
	assert_int_equal(rmdir(root_path("sys/bus/pci/devices/x/driver")), 0);
	apply_lose(&apply, &buffer);
	assert_entry(ENTRY_UNBOUND, "waiting for pci/x");
	assert_false(apply_has_come(&apply, &buffer));
	make_directories("sys/bus/pci/devices/x/driver");
	assert_true(apply_has_come(&apply, &buffer));
	buffer.device = NULL;
}

static void a_buffer_that_went_with_a_driver_bound_after_it_was_made_waits_for_one(void **state)
{
	buffer.device = (char *)"pci/x";
	make_directories("sys/bus/pci/devices/x");
	create();
	make_directories("sys/bus/pci/devices/x/driver");
	apply_note_device(&apply, &buffer);
	move_away(CLASS "/frames");
	assert_int_equal(rmdir(root_path("sys/bus/pci/devices/x/driver")), 0);
	apply_lose(&apply, &buffer);
	assert_entry(ENTRY_UNBOUND, "waiting for pci/x");
	buffer.device = NULL;
}

static void expect_taken(void)
{
	assert_entry(ENTRY_TAKEN, "waiting for pci/x: VFIO has it or its IOMMU group");
	assert_false(apply_has_come(&apply, &buffer));
}

/* Whichever of its two events is told first. */
static void a_buffer_that_vfio_took_waits_for_that_to_go(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	lose_one_of("pci/x");
	bind_driver("x", "../../../bus/pci/drivers/vfio-pci");
	apply_note_device(&apply, &buffer);
	apply_lose(&apply, &buffer);
	expect_taken();
	unbind_driver("x");
	assert_true(apply_has_come(&apply, &buffer));
	buffer.device = NULL;
}

/* The kernel shows the driver when it has taken the buffer. */
static void that_vfio_took_a_buffer_may_show_later(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	lose_one_of("pci/x");
	apply_lose(&apply, &buffer);
	assert_entry(ENTRY_DELETED, "deleted by someone else, a reload makes it again");
	bind_driver("x", "vfio-pci");
	apply_note_device(&apply, &buffer);
	expect_taken();
	buffer.device = NULL;
}

static void vfio_takes_the_buffer_of_a_neighbour_too(void **state)
{
	make_directories("sys/bus/pci/devices/x/iommu_group/devices/y");
	make_directories("sys/bus/pci/devices/x/iommu_group/devices/z");
	lose_one_of("pci/x");
	bind_driver("x/iommu_group/devices/z", "vfio-pci");
	apply_lose(&apply, &buffer);
	expect_taken();
	bind_driver("x", "pci-stub");
	assert_false(apply_has_come(&apply, &buffer));
	unbind_driver("x");
	bind_driver("x", "uio_pci_generic");
	assert_true(apply_has_come(&apply, &buffer));
	unbind_driver("x");
	unbind_driver("x/iommu_group/devices/z");
	assert_true(apply_has_come(&apply, &buffer));
	buffer.device = NULL;
}

static void another_driver_takes_no_buffer_as_it_comes(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	lose_one_of("pci/x");
	bind_driver("x", "uio_pci_generic");
	apply_lose(&apply, &buffer);
	apply_note_device(&apply, &buffer);
	assert_entry(ENTRY_DELETED, "deleted by someone else, a reload makes it again");
	buffer.device = NULL;
}

static void that_the_device_of_a_buffer_goes_may_show_later(void **state)
{
	make_directories("sys/bus/pci/devices/x");
	lose_one_of("pci/x");
	apply_lose(&apply, &buffer);
	assert_int_equal(rmdir(root_path("sys/bus/pci/devices/x")), 0);
	apply_note_device(&apply, &buffer);
	assert_entry(ENTRY_WAITS, "waiting for pci/x");
	buffer.device = NULL;
}

static void another_configuration_knows_what_is_there(void **state)
{
	struct config_buffer others[] = { { .label = "new", .name = "new" }, buffer };
	const struct config other = { .buffers = others, .n_buffers = 2 };
	struct apply next;

	create();
	apply.entries[0].why = strdup("sync_mode: Input/output error");
	apply_begin(&next, &other, &records, &pending);
	apply_inherit(&next, &apply);
	assert_int_equal(next.entries[0].state, ENTRY_UNKNOWN);
	assert_int_equal(next.entries[1].state, ENTRY_THERE);
	assert_int_equal(next.entries[1].size, 65536);
	assert_string_equal(next.entries[1].why, "sync_mode: Input/output error");
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
	create();
	apply_lose_module(&apply);
	assert_entry(ENTRY_WAITS, "waiting for the module u-dma-buf");
}

#define apply_test(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		apply_test(a_buffer_made_is_noted_with_its_inode),
		apply_test(a_buffer_made_is_told_once_and_after_all_are_made),
		apply_test(what_is_to_be_made_is_noted_before_the_manager_is_told),
		apply_test(a_buffer_whose_node_has_no_room_is_not_made_and_its_record_came_first),
		apply_test(what_goes_together_is_noted_at_once_and_told_one_by_one),
		apply_test(one_that_fails_keeps_no_other_from_being_made),
		apply_test(a_buffer_that_took_the_name_while_others_were_made_is_not_ours),
		apply_test(a_buffer_whose_device_went_while_others_were_made_waits_for_it),
		apply_test(a_buffer_that_can_not_be_noted_is_not_made),
		apply_test(no_room_after_a_buffer_is_made_is_told_and_the_buffer_stays),
		apply_test(the_new_buffer_is_ready_only_when_its_own_add_comes),
		apply_test(a_buffer_that_is_gone_is_not_waited_for),
		apply_test(a_change_that_was_triggered_ends_with_its_own_event),
		apply_test(a_deletion_that_fails_is_why_the_buffer_is_not_as_wanted),
		apply_test(a_buffer_that_came_in_between_is_told),
		apply_test(a_record_without_inode_is_completed),
		apply_test(a_setting_is_noted_once_its_attribute_took_it),
		apply_test(a_setting_is_noted_as_half_done_before_it_is_changed),
		apply_test(a_node_that_can_not_be_changed_is_noted_as_half_done_at_once),
		apply_test(a_setting_that_fails_keeps_no_other_from_being_tried),
		apply_test(a_node_that_can_not_be_changed_is_in_the_status),
		apply_test(what_fails_of_a_buffer_that_no_entry_asks_for_is_kept_for_the_status),
		apply_test(an_attribute_that_is_as_wanted_is_not_written),
		apply_test(a_setting_that_was_true_is_noted_and_nobody_told),
		apply_test(a_range_that_leaves_the_buffer_is_not_set),
		apply_test(a_range_that_leaves_the_buffer_already_keeps_nothing_else_from_being_set),
		apply_test(what_the_manager_refuses_leaves_no_record),
		apply_test(what_fails_again_for_the_same_reason_is_not_told_again),
		apply_test(a_buffer_in_use_that_was_not_noted_whole_stays_ours),
		apply_test(a_buffer_that_went_as_it_was_made_is_lost),
		apply_test(a_buffer_deleted_by_hand_does_not_wait_for_its_device),
		apply_test(a_buffer_that_went_with_its_device_waits_for_it),
		apply_test(a_buffer_that_went_with_the_driver_of_its_device_waits_for_it),
		apply_test(a_buffer_that_went_with_a_driver_bound_after_it_was_made_waits_for_one),
		apply_test(a_buffer_that_vfio_took_waits_for_that_to_go),
		apply_test(that_vfio_took_a_buffer_may_show_later),
		apply_test(vfio_takes_the_buffer_of_a_neighbour_too),
		apply_test(another_driver_takes_no_buffer_as_it_comes),
		apply_test(that_the_device_of_a_buffer_goes_may_show_later),
		apply_test(another_configuration_knows_what_is_there),
		apply_test(a_reason_to_wait_is_told_when_it_is_news),
		apply_test(without_the_module_every_entry_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
