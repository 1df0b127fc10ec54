// SPDX-License-Identifier: GPL-2.0-only
/*
 * libudmabuf: what the manager is told, and how its reasons come back. read() and write() are
 * this file's: where a test sets an error, they answer as the manager does.
 */
#include <errno.h>
#include <sys/syscall.h>

#include "internal.h"
#include "test_lib_root.h"

static struct {
	int error;
	const char *reason;	/* NULL: the manager has none */
	const char *bad;	/* the command that fails; NULL: the first */
	unsigned int writes;
	unsigned int descriptors;
	int last_fd;
} manager;

ssize_t write(int fd, const void *data, size_t size)
{
	manager.writes++;
	manager.descriptors += fd != manager.last_fd;
	manager.last_fd = fd;
	if (manager.error && (!manager.bad || !strncmp(data, manager.bad, strlen(manager.bad)))) {
		errno = manager.error;
		return -1;
	}
	return syscall(SYS_write, fd, data, size);
}

ssize_t read(int fd, void *data, size_t size)
{
	if (!manager.error)
		return syscall(SYS_read, fd, data, size);
	if (!manager.reason) {
		errno = EINVAL;
		return -1;
	}
	size = strlen(manager.reason) < size ? strlen(manager.reason) : size;
	memcpy(data, manager.reason, size);
	return size;
}

static int make_root_with_manager(void **state)
{
	memset(&manager, 0, sizeof(manager));
	if (make_root(state) < 0)
		return -1;
	make_directories(CLASS);
	put_file("dev/u-dma-buf-mgr", "");
	return 0;
}

#define manager_test(test) \
	cmocka_unit_test_setup_teardown(test, make_root_with_manager, remove_root)

static void assert_told(const char *expected)
{
	char text[512] = "";
	FILE *file = fopen(root_path("dev/u-dma-buf-mgr"), "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, expected);
}

static struct udmabuf_spec spec_of(const char *name, uint64_t size)
{
	struct udmabuf_spec spec = UDMABUF_SPEC_INIT;

	spec.name = name;
	spec.size = size;
	return spec;
}

static struct udmabuf_spec full_spec(void)
{
	struct udmabuf_spec spec = spec_of("frames", 64 << 20);

	spec.minor = 0;
	spec.device = "pci/0000:00:04.0";
	spec.dma_mask = 32;
	spec.mmap_mode = UDMABUF_MMAP_PAGE;
	spec.sync_mode = 0;
	spec.is_sync_always = true;
	spec.sync_offset = 4096;
	spec.sync_size = 5ULL << 30;
	spec.sync_direction = 0;
	return spec;
}

static void what_is_left_to_the_driver_is_not_mentioned(void **state)
{
	struct udmabuf_spec spec = spec_of("frames", 5ULL << 30);

	assert_int_equal(udmabuf_create(&spec, NULL), 0);
	assert_told("create frames 5368709120");
}

static void every_option_is_told(void **state)
{
	struct udmabuf_spec spec = full_spec();

	assert_int_equal(udmabuf_create(&spec, NULL), 0);
	assert_told("create frames 67108864 minor=0 bus=pci device=0000:00:04.0 dma-mask=32 "
		    "quirk-mmap-page sync-mode=0 sync-always sync-offset=4096 "
		    "sync-size=5368709120 sync-direction=0");
}

static void a_device_without_bus_is_told_without_bus(void **state)
{
	struct udmabuf_spec spec = spec_of("frames", 4096);

	spec.device = "axi-dma";
	assert_int_equal(udmabuf_create(&spec, NULL), 0);
	assert_told("create frames 4096 device=axi-dma");
}

static void assert_nothing_told(const struct udmabuf_spec *spec, int expected_error)
{
	char reason[UDMABUF_REASON_SIZE] = "";
	int r = udmabuf_create(spec, reason);

	if (r != expected_error || !*reason)
		fail_msg("buffer '%s': expected error %d and a reason, got %d and '%s'",
			 spec->name, expected_error, r, reason);
	assert_told("");
}

static void a_spec_with_a_mistake_does_not_reach_the_manager(void **state)
{
	struct udmabuf_spec spec;

#define MISTAKE(change) (spec = full_spec(), (change), assert_nothing_told(&spec, -EINVAL))
	MISTAKE(spec.name = "a b");
	MISTAKE(spec.size = 0);
	MISTAKE(spec.minor = 256);
	MISTAKE(spec.minor = -2);
	MISTAKE(spec.dma_mask = 0);
	MISTAKE(spec.dma_mask = 65);
	MISTAKE(spec.mmap_mode = 0);
	MISTAKE(spec.mmap_mode = 5);
	MISTAKE(spec.sync_mode = 8);
	MISTAKE(spec.sync_direction = 3);
	MISTAKE(spec.device = "");
	MISTAKE(spec.device = "pci/x minor=3");
	MISTAKE(spec.device = "pci/x\ndelete y");
	MISTAKE(spec.device = "pci/x;delete y");
#undef MISTAKE
}

static void a_name_that_is_something_else_in_dev_is_refused(void **state)
{
	char reason[UDMABUF_REASON_SIZE];
	struct udmabuf_spec spec = spec_of("sda", 4096);

	put_file("dev/sda", "");
	assert_nothing_told(&spec, -EEXIST);
	assert_int_equal(udmabuf_check_node("sda", reason), -EEXIST);
	assert_string_equal(reason,
			    "/dev/sda exists and is no u-dma-buf buffer: choose another "
			    "name, or remove it if it is a left-over file");
	make_directories("dev/bus");
	assert_int_equal(udmabuf_check_node("bus", NULL), -EEXIST);
	assert_int_equal(symlink("nowhere", root_path("dev/cdrom")), 0);
	assert_int_equal(udmabuf_check_node("cdrom", NULL), -EEXIST);
}

static void a_free_name_and_one_of_a_buffer_may_have_their_node(void **state)
{
	assert_int_equal(udmabuf_check_node("frames", NULL), 0);
	add_buffer("frames");
	put_file("dev/frames", "");
	assert_int_equal(udmabuf_check_node("frames", NULL), 0);
}

static void without_the_module_the_reason_names_the_remedy(void **state)
{
	struct udmabuf_spec spec = spec_of("frames", 4096);
	char reason[UDMABUF_REASON_SIZE];

	assert_int_equal(unlink(root_path("dev/u-dma-buf-mgr")), 0);
	assert_int_equal(udmabuf_create(&spec, reason), -ENXIO);
	assert_non_null(strstr(reason, "modprobe u-dma-buf"));
	assert_non_null(strstr(reason, "u-dma-buf-dkms"));
	assert_int_equal(udmabuf_delete("frames", false, NULL), -ENXIO);
}

static void the_reason_of_the_kernel_comes_back_verbatim(void **state)
{
	struct udmabuf_spec spec = spec_of("frames", 4096);
	char reason[UDMABUF_REASON_SIZE];

	manager.error = ENODEV;
	manager.reason = "u-dma-buf frames: no device 100% on bus pci\n";
	assert_int_equal(udmabuf_create(&spec, reason), -ENODEV);
	assert_string_equal(reason, "u-dma-buf frames: no device 100% on bus pci");
}

static void without_a_reason_the_error_is_put_into_words(void **state)
{
	char reason[UDMABUF_REASON_SIZE];

	manager.error = EBUSY;
	assert_int_equal(udmabuf_delete("frames", false, reason), -EBUSY);
	assert_string_equal(reason, "delete frames: Device or resource busy");
	manager.reason = "";
	strcpy(reason, "old");
	assert_int_equal(udmabuf_delete("frames", false, reason), -EBUSY);
	assert_string_equal(reason, "delete frames: Device or resource busy");
}

static void a_success_leaves_the_reason_alone(void **state)
{
	char reason[UDMABUF_REASON_SIZE] = "old";

	assert_int_equal(udmabuf_delete("frames", false, reason), 0);
	assert_string_equal(reason, "old");
}

static void each_of_many_is_told_alone_and_on_one_descriptor(void **state)
{
	static const char *const names[] = { "a", "b", "c c", "d" };
	static const int expected[] = { 0, -ENOSPC, -EINVAL, 0 };
	char reason[UDMABUF_REASON_SIZE];
	int fd = udmabuf_open_manager(reason);

	assert_true(fd >= 0);
	manager.error = ENOSPC;
	manager.bad = "create b";
	for (uint64_t i = 0; i < 4; i++) {
		struct udmabuf_spec spec = spec_of(names[i], i + 1);

		assert_int_equal(udmabuf_create_on(fd, &spec, reason), expected[i]);
		if (i == 1)
			assert_string_equal(reason, "create b 2: No space left on device");
	}
	close(fd);
	assert_told("create a 1create d 4");
	assert_int_equal(manager.writes, 3);
	assert_int_equal(manager.descriptors, 1);
}

static void delete_tells_name_and_force(void **state)
{
	assert_int_equal(udmabuf_delete("udmabuf@0,odd", true, NULL), 0);
	assert_told("delete udmabuf@0,odd force");
}

static void delete_of_what_is_no_name_does_not_reach_the_manager(void **state)
{
	assert_int_equal(udmabuf_delete("", false, NULL), -EINVAL);
	assert_int_equal(udmabuf_delete("a force", false, NULL), -EINVAL);
	assert_int_equal(udmabuf_delete("a;delete b", false, NULL), -EINVAL);
	assert_int_equal(udmabuf_delete("a\ndelete b", false, NULL), -EINVAL);
	assert_told("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		manager_test(what_is_left_to_the_driver_is_not_mentioned),
		manager_test(every_option_is_told),
		manager_test(a_device_without_bus_is_told_without_bus),
		manager_test(a_spec_with_a_mistake_does_not_reach_the_manager),
		manager_test(a_name_that_is_something_else_in_dev_is_refused),
		manager_test(a_free_name_and_one_of_a_buffer_may_have_their_node),
		manager_test(without_the_module_the_reason_names_the_remedy),
		manager_test(the_reason_of_the_kernel_comes_back_verbatim),
		manager_test(without_a_reason_the_error_is_put_into_words),
		manager_test(a_success_leaves_the_reason_alone),
		manager_test(each_of_many_is_told_alone_and_on_one_descriptor),
		manager_test(delete_tells_name_and_force),
		manager_test(delete_of_what_is_no_name_does_not_reach_the_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
