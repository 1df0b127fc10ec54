// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl dump: what it prints is a configuration for which there is nothing to do. */
#include <grp.h>
#include <pwd.h>

#include "../../udmabufd/plan.h"
#include "test_udmabufctl.h"

/* Of the users and groups of this machine nothing must be known. */
static struct group groups[] = { { .gr_name = "udmabuf" }, { .gr_name = "video", .gr_gid = 44 } };
static struct passwd users[] = { { .pw_name = "root" }, { .pw_name = "capture", .pw_uid = 1000 } };

struct group *getgrgid(gid_t gid)
{
	return gid == 44 ? &groups[1] : gid ? NULL : &groups[0];
}

struct group *getgrnam(const char *name)
{
	return !strcmp(name, "udmabuf") ? &groups[0] : !strcmp(name, "video") ? &groups[1] : NULL;
}

struct passwd *getpwnam(const char *name)
{
	return !strcmp(name, "root") ? &users[0] : !strcmp(name, "capture") ? &users[1] : NULL;
}

static void add_node(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "dev/%s", name);
	put_file(path, "");
	assert_int_equal(chmod(root_path(path), 0660), 0);
}

static int make_root_with_module(void **state)
{
	if (make_root(state) < 0)
		return -1;
	make_directories(CLASS);
	make_directories("sys/module/u_dma_buf/parameters");
	make_directories("sys/bus/pci/devices/0000:00:04.0");
	make_directories("run/udmabuf");
	put_file("sys/module/u_dma_buf/parameters/dma_mask_bit", "32\n");
	put_file("sys/module/u_dma_buf/parameters/quirk_mmap_mode", "3\n");
	put_file("sys/bus/pci/devices/0000:00:04.0/dma_mask_bits", "32\n");
	return 0;
}

#define dump_test(test) \
	cmocka_unit_test_setup_teardown(test, make_root_with_module, remove_root)

static void assert_nothing_to_do(void)
{
	struct records records;
	struct config config;
	struct actual actual;
	struct plan plan;
	size_t i;

	assert_int_equal(run(udmabufctl_dump, ""), EXIT_OK);
	assert_string_equal(said, "");
	put_file("dumped.conf", printed);
	assert_int_equal(config_load(root_path("dumped.conf"), &config), 0);
	if (config.n_mistakes)
		fail_msg("expected no mistake, got %s in:\n%s", config.mistakes[0].text, printed);
	assert_int_equal(records_read(&records), 0);
	assert_int_equal(actual_read(&config, &records, &actual), 0);
	records_free(&records);
	plan_make(&config, &actual, &plan);
	for (i = 0; i < plan.n_actions; i++) {
		char *text = plan_action_text(&plan.actions[i]);

		if (plan.actions[i].verb != PLAN_KEEP && plan.actions[i].verb != PLAN_NOTE)
			fail_msg("expected only what is kept, got \"%s\" for:\n%s", text, printed);
		free(text);
	}
	plan_free(&plan);
	actual_free(&actual);
	config_free(&config);
}

static void a_buffer_of_the_manager_is_kept(void **state)
{
	add_buffer("frames");
	add_node("frames");
	assert_nothing_to_do();
	assert_says(printed, "name = \"frames\"; size = \"64K\"; device = \"pci/0000:00:04.0\";");
	assert_says(printed, "mode = \"write-combine\"; always = true; direction = \"from-device\";");
	assert_says(printed, "offset = \"4K\"; size = \"4K\";");
}

static void what_is_the_default_is_not_said(void **state)
{
	add_buffer("frames");
	add_node("frames");
	assert_nothing_to_do();
	assert_says_not(printed, "dma_mask");
	assert_says_not(printed, "mmap");
	assert_says_not(printed, "minor");
	assert_says_not(printed, "group");
}

static void what_is_not_the_default_is_said(void **state)
{
	add_buffer("frames");
	add_node("frames");
	put_attribute("frames", "dma_mask", "40\n");
	put_attribute("frames", "quirk_mmap_mode", "4\n");
	put_attribute("frames", "dma_device", "none\n");
	assert_nothing_to_do();
	assert_says(printed, "dma_mask = 40;");
	assert_says(printed, "mmap = \"page\";");
	assert_says_not(printed, "device = \"");
}

static void the_node_s_owner_group_and_mode_are_said(void **state)
{
	add_buffer("frames");
	add_node("frames");
	if (chown(root_path("dev/frames"), 0, 44) < 0)
		skip();
	assert_int_equal(chmod(root_path("dev/frames"), 0640), 0);
	assert_int_equal(run(udmabufctl_dump, ""), EXIT_OK);
	assert_says(printed, "group = \"video\"; mode = \"0640\";");
}

static void a_buffer_of_others_becomes_an_entry_of_settings(void **state)
{
	add_buffer("udmabuf@0");
	add_node("udmabuf@0");
	put_attribute("udmabuf@0", "origin", "device-tree\n");
	add_buffer("udmabuf0");
	add_node("udmabuf0");
	put_attribute("udmabuf0", "origin", "parameter\n");
	assert_nothing_to_do();
	assert_says_not(printed, "buffers: (");
	assert_says(printed, "match = \"udmabuf@0\";");
	assert_says(printed, "match = \"udmabuf0\";");
}

static void put_record(const char *options, const char *sync, const char *node)
{
	char text[512];

	snprintf(text, sizeof(text), "frames\tMADE=yes\tINODE=%llu\tOPTIONS=%s\tSYNC=%s\tNODE=%s\n",
		 (unsigned long long)record_inode("frames"), options, sync, node);
	put_file("run/udmabuf/buffers", text);
}

static void what_udmabufd_made_is_asked_for_in_the_same_words(void **state)
{
	add_buffer("frames");
	add_node("frames");
	put_record("size=64K minor=7 device=pci/0000:00:04.0 dma_mask=32 mmap=auto",
		   "sync.mode=2 sync.always=true sync.direction=from-device",
		   "owner=capture group=video mode=0640");
	put_attribute("frames", "sync_offset", "0x0\n");
	put_attribute("frames", "sync_size", "65536\n");
	assert_nothing_to_do();
	assert_says(printed, "minor = 7;");
	assert_says(printed, "owner = \"capture\"; group = \"video\"; mode = \"0640\";");
}

static void a_name_with_a_blank_is_dumped_whole(void **state)
{
	add_buffer("frames");
	add_node("frames");
	put_record("size=64K", "", "owner=domain admin group=domain users of it mode=0640");
	assert_int_equal(run(udmabufctl_dump, ""), EXIT_OK);
	assert_says(printed, "owner = \"domain admin\"; group = \"domain users of it\"; mode = \"0640\";");
}

static void what_was_set_since_udmabufd_made_it_is_what_is_dumped(void **state)
{
	add_buffer("frames");
	add_node("frames");
	put_record("size=64K device=pci/0000:00:04.0", "sync.mode=1", "");
	assert_int_equal(run(udmabufctl_dump, ""), EXIT_OK);
	assert_says(printed, "mode = \"write-combine\"; always = true;");
}

static void what_was_set_that_udmabufd_did_not_set_is_dumped_too(void **state)
{
	add_buffer("frames");
	add_node("frames");
	put_record("size=64K device=pci/0000:00:04.0",
		   "sync.mode=2 sync.always=true sync.direction=from-device", "");
	put_attribute("frames", "sync_offset", "0x0\n");
	assert_int_equal(run(udmabufctl_dump, ""), EXIT_OK);
	assert_says(printed, "offset = \"0\"; size = \"4K\";");
}

static void a_sync_range_that_leaves_the_buffer_is_left_out_with_a_word(void **state)
{
	add_buffer("frames");
	add_node("frames");
	put_attribute("frames", "sync_size", "65536\n");
	assert_int_equal(run(udmabufctl_dump, ""), EXIT_OK);
	assert_said("buffer 'frames': its sync settings cover a range that leaves it (offset "
		    "4096, size 65536): left out");
	assert_says_not(printed, "offset");
}

static void no_buffers_are_a_configuration_too(void **state)
{
	assert_nothing_to_do();
}

static void without_the_module_there_is_nothing_to_dump(void **state)
{
	assert_int_equal(rmdir(root_path(CLASS)), 0);
	assert_int_equal(run(udmabufctl_dump, ""), EXIT_FAILED);
	assert_says(said, "the module u-dma-buf is not loaded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		dump_test(a_buffer_of_the_manager_is_kept),
		dump_test(what_is_the_default_is_not_said),
		dump_test(what_is_not_the_default_is_said),
		dump_test(the_node_s_owner_group_and_mode_are_said),
		dump_test(a_buffer_of_others_becomes_an_entry_of_settings),
		dump_test(what_udmabufd_made_is_asked_for_in_the_same_words),
		dump_test(a_name_with_a_blank_is_dumped_whole),
		dump_test(what_was_set_since_udmabufd_made_it_is_what_is_dumped),
		dump_test(what_was_set_that_udmabufd_did_not_set_is_dumped_too),
		dump_test(a_sync_range_that_leaves_the_buffer_is_left_out_with_a_word),
		dump_test(no_buffers_are_a_configuration_too),
		dump_test(without_the_module_there_is_nothing_to_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
