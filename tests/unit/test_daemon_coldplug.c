// SPDX-License-Identifier: GPL-2.0-only
/* When udev counts as having devices to announce, below a fake root. */
#include <errno.h>
#include <sys/syscall.h>

#include "coldplug.h"
#include "test_lib_root.h"

static struct coldplug coldplug;
static sd_event *event;
static unsigned int times_ended;
static bool has_no_instance;

int inotify_init1(int flags)
{
	errno = EMFILE;
	return has_no_instance ? -1 : (int)syscall(SYS_inotify_init1, flags);
}

static void on_end(void *userdata)
{
	times_ended++;
}

static int begin(void **state)
{
	times_ended = 0;
	has_no_instance = false;
	return make_root(state) < 0 || sd_event_new(&event) < 0;
}

static int end(void **state)
{
	coldplug_forget(&coldplug);
	event = sd_event_unref(event);
	return remove_root(state);
}

static void watch(void)
{
	assert_int_equal(coldplug_watch(&coldplug, event, on_end, NULL), 0);
}

static void run(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

static void it_goes_on_while_udev_has_a_queue(void **state)
{
	make_directories("run/udev");
	watch();
	assert_false(coldplug_goes_on(&coldplug));
	put_file("run/udev/queue", "");
	assert_true(coldplug_goes_on(&coldplug));
}

static void its_end_is_told_and_no_other(void **state)
{
	make_directories("run/udev");
	put_file("run/udev/queue", "");
	put_file("run/udev/other", "");
	watch();
	unlink(root_path("run/udev/other"));
	run();
	assert_int_equal(times_ended, 0);
	unlink(root_path("run/udev/queue"));
	run();
	assert_int_equal(times_ended, 1);
}

static void each_end_is_told_until_it_is_forgotten(void **state)
{
	make_directories("run/udev");
	watch();
	for (int i = 0; i < 2; i++) {
		put_file("run/udev/queue", "");
		unlink(root_path("run/udev/queue"));
		run();
	}
	assert_int_equal(times_ended, 2);
	coldplug_forget(&coldplug);
	put_file("run/udev/queue", "");
	unlink(root_path("run/udev/queue"));
	run();
	assert_int_equal(times_ended, 2);
}

static void without_udev_there_is_nothing_to_wait_for(void **state)
{
	watch();
	assert_false(coldplug_goes_on(&coldplug));
}

/* Its end would never be told. */
static void what_can_not_be_watched_is_not_waited_for(void **state)
{
	make_directories("run/udev");
	put_file("run/udev/queue", "");
	has_no_instance = true;
	assert_int_equal(coldplug_watch(&coldplug, event, on_end, NULL), -EMFILE);
	assert_false(coldplug_goes_on(&coldplug));
}

#define coldplug_test(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		coldplug_test(it_goes_on_while_udev_has_a_queue),
		coldplug_test(its_end_is_told_and_no_other),
		coldplug_test(each_end_is_told_until_it_is_forgotten),
		coldplug_test(without_udev_there_is_nothing_to_wait_for),
		coldplug_test(what_can_not_be_watched_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
