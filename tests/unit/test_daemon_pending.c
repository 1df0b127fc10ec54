// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of nodes whose event is lost, below a fake root. What libsystemd says of devices is
 * this file's: each is there, and udev knows it or not.
 */
#include <errno.h>

#include "pending.h"
#include "test_lib_root.h"

static struct pending pending;
static bool is_there;
static bool is_known;
static unsigned int times_triggered;

int sd_device_new_from_subsystem_sysname(sd_device **ret, const char *subsystem, const char *name)
{
	return is_there ? 0 : -ENODEV;
}

int sd_device_get_is_initialized(sd_device *device)
{
	return is_known;
}

sd_device *sd_device_unref(sd_device *device)
{
	return NULL;
}

static sd_id128_t trigger_number(unsigned int number)
{
	sd_id128_t trigger = SD_ID128_NULL;

	trigger.bytes[0] = number;
	return trigger;
}

int sd_device_trigger_with_uuid(sd_device *device, sd_device_action_t action, sd_id128_t *ret)
{
	*ret = trigger_number(++times_triggered);
	return 0;
}

static int begin(void **state)
{
	if (make_root(state) < 0)
		return -1;
	add_buffer("frames");
	is_there = true;
	is_known = false;
	times_triggered = 0;
	pending_begin(&pending);
	pending.is_udev_there = true;
	return 0;
}

static int end(void **state)
{
	pending_end(&pending);
	return remove_root(state);
}

static void nothing_is_missed_where_nothing_is_waited_for(void **state)
{
	assert_false(pending_check(&pending));
}

static void a_new_buffer_is_waited_for_until_udev_knows_it(void **state)
{
	pending_add(&pending, "frames");
	assert_false(pending_check(&pending));
	assert_int_equal(pending.n_nodes, 1);
	is_known = true;
	assert_true(pending_check(&pending));
	assert_int_equal(pending.n_nodes, 0);
}

static void a_buffer_that_went_untold_is_not_waited_for(void **state)
{
	pending_add(&pending, "frames");
	is_there = false;
	assert_true(pending_check(&pending));
	assert_int_equal(pending.n_nodes, 0);
}

static void a_change_that_was_not_told_is_triggered_again(void **state)
{
	assert_int_equal(pending_trigger(&pending, "frames"), 0);
	assert_true(pending_check(&pending));
	assert_int_equal(times_triggered, 2);
	pending_take_event(&pending, "frames", SD_DEVICE_CHANGE, trigger_number(1));
	assert_int_equal(pending.n_nodes, 1);
	pending_take_event(&pending, "frames", SD_DEVICE_CHANGE, trigger_number(2));
	assert_int_equal(pending.n_nodes, 0);
}

static void a_change_that_is_never_told_is_not_waited_for_for_ever(void **state)
{
	assert_int_equal(pending_trigger(&pending, "frames"), 0);
	pending_check(&pending);
	pending_check(&pending);
	assert_int_equal(times_triggered, 2);
	assert_int_equal(pending.n_nodes, 0);
}

static void a_change_of_a_buffer_that_went_is_not_waited_for(void **state)
{
	assert_int_equal(pending_trigger(&pending, "frames"), 0);
	is_there = false;
	pending_check(&pending);
	assert_int_equal(pending.n_nodes, 0);
}

#define pending_test(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		pending_test(nothing_is_missed_where_nothing_is_waited_for),
		pending_test(a_new_buffer_is_waited_for_until_udev_knows_it),
		pending_test(a_buffer_that_went_untold_is_not_waited_for),
		pending_test(a_change_that_was_not_told_is_triggered_again),
		pending_test(a_change_that_is_never_told_is_not_waited_for_for_ever),
		pending_test(a_change_of_a_buffer_that_went_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
