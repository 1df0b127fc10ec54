// SPDX-License-Identifier: GPL-2.0-only
/* libudmabuf: finding buffers, and setting what they let be set, below a fake root. */
#include <errno.h>

#include "test_lib_root.h"

static void every_attribute_is_read(void **state)
{
	struct udmabuf_info info;

	add_buffer("frames");
	assert_int_equal(udmabuf_lookup("frames", &info), 0);
	assert_string_equal(info.name, "frames");
	assert_string_equal(info.driver_version, "0.1.0");
	assert_string_equal(info.device, "pci/0000:00:04.0");
	assert_string_equal(info.memory, "pages");
	assert_string_equal(info.origin, "manager");
	assert_int_equal(info.size, 65536);
	assert_int_equal(info.dma_addr, 0x1fe000000);
	assert_int_equal(info.major, 240);
	assert_int_equal(info.minor, 7);
	assert_int_equal(info.dma_mask, 32);
	assert_true(info.is_coherent);
	assert_int_equal(info.mmap_mode, UDMABUF_MMAP_AUTO);
	assert_int_equal(info.ioctl_version, 2);
	assert_int_equal(info.sync_mode, UDMABUF_SYNC_ALWAYS | UDMABUF_WRITE_COMBINE);
	assert_int_equal(info.sync_direction, UDMABUF_FROM_DEVICE);
	assert_int_equal(info.sync_offset, 0x1000);
	assert_int_equal(info.sync_size, 4096);
	assert_int_equal(info.sync_owner, UDMABUF_OWNER_DEVICE);
	assert_int_equal(info.users, 3);
}

static void a_buffer_of_nobody_has_an_empty_device(void **state)
{
	struct udmabuf_info info;

	add_buffer("frames");
	put_attribute("frames", "dma_device", "none\n");
	assert_int_equal(udmabuf_lookup("frames", &info), 0);
	assert_string_equal(info.device, "");
}

static void sizes_above_4_gib_are_read_whole(void **state)
{
	struct udmabuf_info info;

	add_buffer("big");
	put_attribute("big", "size", "18446744073709551615\n");
	put_attribute("big", "phys_addr", "0xffffffffffffffff\n");
	assert_int_equal(udmabuf_lookup("big", &info), 0);
	assert_true(info.size == UINT64_MAX);
	assert_true(info.dma_addr == UINT64_MAX);
}

static void an_attribute_that_makes_no_sense_is_an_error(void **state)
{
	static const char *const bad[][2] = {
		{ "size", "" }, { "size", "64K\n" }, { "size", "-1\n" },
		{ "size", "18446744073709551616\n" }, { "size", "1\n2\n" },
		{ "phys_addr", "fe000000\n" }, { "sync_mode", "8\n" }, { "sync_mode", "256\n" },
		{ "sync_direction", "3\n" }, { "sync_owner", "2\n" }, { "dma_coherent", "2\n" },
		{ "dma_mask", "65\n" }, { "quirk_mmap_mode", "5\n" },
		{ "users", "4294967296\n" }, { "dev", "240\n" }, { "dev", "240:7x\n" },
		{ "memory", "pages\npool\n" },
		{ "memory", "a strategy with a name of more than 32 characters\n" },
	};
	struct udmabuf_info info = { .size = 77 };
	size_t i;
	int r;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		add_buffer("frames");
		put_attribute("frames", bad[i][0], bad[i][1]);
		r = udmabuf_lookup("frames", &info);
		if (r != -EBADMSG || info.size != 77)
			fail_msg("%s = \"%s\": expected EBADMSG and nothing set, got %d",
				 bad[i][0], bad[i][1], r);
	}
}

static void a_missing_attribute_is_not_a_missing_buffer(void **state)
{
	struct udmabuf_info info;

	add_buffer("frames");
	remove_attribute("frames", "users");
	assert_int_equal(udmabuf_lookup("frames", &info), -EBADMSG);
}

static void no_such_buffer_and_no_module_are_told_apart(void **state)
{
	struct udmabuf_info info;
	struct udmabuf_info *list;
	size_t count;

	assert_int_equal(udmabuf_lookup("frames", &info), -ENXIO);
	assert_int_equal(udmabuf_list(&list, &count), -ENXIO);
	assert_int_equal(udmabuf_open("frames", O_RDWR), -ENXIO);
	make_directories(CLASS);
	assert_int_equal(udmabuf_lookup("frames", &info), -ENOENT);
	assert_int_equal(udmabuf_open("frames", O_RDWR), -ENOENT);
}

static void a_name_leads_to_no_other_directory(void **state)
{
	static const char *const names[] = { "", ".", "..", "../u-dma-buf/frames", "frames/." };
	struct udmabuf_info info;
	size_t i;

	add_buffer("frames");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(udmabuf_lookup(names[i], &info), -ENOENT);
}

static void the_list_is_in_the_order_of_names(void **state)
{
	struct udmabuf_info *list;
	size_t count;

	add_buffer("ring0");
	add_buffer("udmabuf@0,odd");
	add_buffer("frames");
	assert_int_equal(udmabuf_list(&list, &count), 0);
	assert_int_equal(count, 3);
	assert_string_equal(list[0].name, "frames");
	assert_string_equal(list[1].name, "ring0");
	assert_string_equal(list[2].name, "udmabuf@0,odd");
	free(list);
}

static void no_buffers_are_an_empty_list(void **state)
{
	struct udmabuf_info *list = (struct udmabuf_info *)state;
	size_t count = 77;

	make_directories(CLASS);
	assert_int_equal(udmabuf_list(&list, &count), 0);
	assert_null(list);
	assert_int_equal(count, 0);
}

static void a_buffer_that_goes_away_meanwhile_is_left_out(void **state)
{
	struct udmabuf_info *list;
	size_t count;

	add_buffer("frames");
	assert_int_equal(symlink("nowhere", root_path(CLASS "/gone")), 0);
	assert_int_equal(udmabuf_list(&list, &count), 0);
	assert_int_equal(count, 1);
	free(list);
}

static void a_buffer_whose_dev_is_missing_is_about_to_come_or_go(void **state)
{
	struct udmabuf_info info;
	struct udmabuf_info *list;
	size_t count;

	add_buffer("frames");
	add_buffer("going");
	remove_attribute("going", "dev");
	remove_attribute("going", "users");
	assert_int_equal(udmabuf_lookup("going", &info), -ENOENT);
	assert_int_equal(udmabuf_list(&list, &count), 0);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].name, "frames");
	free(list);
}

static void a_node_of_something_else_is_not_opened(void **state)
{
	add_buffer("frames");
	assert_int_equal(udmabuf_open("frames", O_RDWR), -ENOTTY);
	put_file("dev/frames", "");
	assert_int_equal(udmabuf_open("frames", O_RDWR), -ENOTTY);
	assert_int_equal(unlink(root_path("dev/frames")), 0);
	assert_int_equal(symlink("/dev/null", root_path("dev/frames")), 0);
	assert_int_equal(udmabuf_open("frames", O_RDWR), -ENOTTY);
}

static void the_node_of_the_buffer_is_opened_close_on_exec(void **state)
{
	int fd;

	add_buffer("frames");
	put_attribute("frames", "dev", "1:3\n");
	assert_int_equal(symlink("/dev/null", root_path("dev/frames")), 0);
	fd = udmabuf_open("frames", O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

static void a_setting_is_written_as_a_number(void **state)
{
	struct udmabuf_info info;

	add_buffer("frames");
	assert_int_equal(udmabuf_set_attribute("frames", "sync_size", 5ULL << 30), 0);
	assert_int_equal(udmabuf_lookup("frames", &info), 0);
	assert_int_equal(info.sync_size, 5ULL << 30);
}

static void only_sync_settings_are_written(void **state)
{
	add_buffer("frames");
	assert_int_equal(udmabuf_set_attribute("frames", "size", 1), -EINVAL);
	assert_int_equal(udmabuf_set_attribute("frames", "sync_what", 1), -EINVAL);
	assert_int_equal(udmabuf_set_attribute("frames", "sync_/../size", 1), -EINVAL);
	assert_int_equal(udmabuf_set_attribute("other", "sync_mode", 1), -ENOENT);
}

static void a_root_that_is_too_long_is_refused(void **state)
{
	char path[PATH_MAX + 1];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(udmabuf_set_root(path), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		root_test(every_attribute_is_read),
		root_test(a_buffer_of_nobody_has_an_empty_device),
		root_test(sizes_above_4_gib_are_read_whole),
		root_test(an_attribute_that_makes_no_sense_is_an_error),
		root_test(a_missing_attribute_is_not_a_missing_buffer),
		root_test(no_such_buffer_and_no_module_are_told_apart),
		root_test(a_name_leads_to_no_other_directory),
		root_test(the_list_is_in_the_order_of_names),
		root_test(no_buffers_are_an_empty_list),
		root_test(a_buffer_that_goes_away_meanwhile_is_left_out),
		root_test(a_buffer_whose_dev_is_missing_is_about_to_come_or_go),
		root_test(a_node_of_something_else_is_not_opened),
		root_test(the_node_of_the_buffer_is_opened_close_on_exec),
		root_test(a_setting_is_written_as_a_number),
		root_test(only_sync_settings_are_written),
		root_test(a_root_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
