// SPDX-License-Identifier: GPL-2.0-only
/* Buffers that the device tree describes: nodes.dtsi, virt-nodes.dtsi. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness.h"
#include "prove.h"
#include "u-dma-buf.h"

/* On Arm a device is not coherent unless its node says so, and the mmap mode is another one. */
#if defined(__aarch64__) || defined(__arm__)
#define COHERENT "0"
#define MMAP_MODE "2"
#else
#define COHERENT "1"
#define MMAP_MODE "3"
#endif

#define NODES "/proc/device-tree/"
#define DRIVER "/sys/bus/platform/drivers/u-dma-buf/"

static void need_nodes(void)
{
#ifdef TREE
	expect_errno("the overlay", prove_overlay(prove_open(), TREE), 0);
	log_mark();
#endif
	if (access(NODES "dt-named", F_OK))
		skip("no test nodes in this guest's device tree");
}

/* Memory that boot reserves, and buses whose devices boot finds. */
static void need_nodes_of_boot(void)
{
	need_nodes();
	if (access(NODES "dt-pool", F_OK))
		skip("no memory that boot reserved in this guest's device tree");
}

static void a_node_is_named_by_device_name_minor_number_or_itself(void)
{
	need_nodes();
	note_attribute("dtnamed", "size", "16384");
	note_attribute("udmabuf201", "size", "5000");
	note_attribute("udmabuf@77", "size", "20480");
	note_attribute("dt,comma", "size", "4096");
	close(open_buffer("dtnamed", O_RDWR));
	close(open_buffer("udmabuf201", O_RDWR));
	close(open_buffer("udmabuf@77", O_RDWR));
	close(open_buffer("dt,comma", O_RDWR));
}

static void minor_number_is_the_minor_of_the_node(void)
{
	struct stat status;

	need_nodes();
	expect_number("stat of /dev/dtnamed", stat("/dev/dtnamed", &status), 0);
	expect_number("minor of /dev/dtnamed", minor(status.st_rdev), 200);
	expect_number("stat of /dev/udmabuf201", stat("/dev/udmabuf201", &status), 0);
	expect_number("minor of /dev/udmabuf201", minor(status.st_rdev), 201);
}

static void every_property_is_what_the_attributes_say_then(void)
{
	need_nodes();
	note_attribute("dtsync", "size", "32768");
	note_attribute("dtsync", "sync_mode", "6");
	note_attribute("dtsync", "sync_offset", "0x1000");
	note_attribute("dtsync", "sync_size", "8192");
	note_attribute("dtsync", "sync_direction", "1");
	note_attribute("dtsync", "dma_mask", "31");
	note_attribute("dtsync", "quirk_mmap_mode", "4");
	note_attribute("dtsync", "origin", "device-tree");
	note_attribute("dtsync", "dma_device", "platform/dt-sync");
	note_attribute("dtsync", "memory", "pages");
}

static void properties_left_out_have_their_defaults(void)
{
	need_nodes();
	note_attribute("udmabuf@77", "sync_mode", "1");
	note_attribute("udmabuf@77", "sync_offset", "0x0");
	note_attribute("udmabuf@77", "sync_size", "20480");
	note_attribute("udmabuf@77", "sync_direction", "0");
	note_attribute("udmabuf@77", "dma_mask", "32");
	note_attribute("udmabuf@77", "quirk_mmap_mode", MMAP_MODE);
	note_attribute("udmabuf@77", "dma_coherent", COHERENT);
}

static void quirk_properties_set_the_mmap_mode(void)
{
	need_nodes();
	note_attribute("udmabuf201", "quirk_mmap_mode", "1");
	note_attribute("dtnamed", "quirk_mmap_mode", "2");
	note_attribute("dtcoherent", "quirk_mmap_mode", "3");
	note_attribute("dtsync", "quirk_mmap_mode", "4");
}

static void dma_coherent_is_what_the_node_says(void)
{
	need_nodes();
	expect_attribute("dtcoherent", "dma_coherent", "1");
	expect_attribute("dtnamed", "dma_coherent", COHERENT);
}

static void a_bad_property_fails_its_node_alone_with_one_line(void)
{
	static const char *const rows[][2] = {
		{ "bad-no-size:", "size" }, { "bad-size-zero:", "size" },
		{ "bad-size-cells:", "size" }, { "bad-size-bytes:", "size" },
		{ "bad-minor:", "minor-number" }, { "bad-mode:", "sync-mode" },
		{ "bad-mode-empty:", "sync-mode" }, { "bad-mode-cells:", "sync-mode" },
		{ "bad-direction:", "sync-direction" }, { "bad-range:", "sync-" },
		{ "bad-mask:", "dma-mask" }, { "bad-mask-zero:", "dma-mask" },
		{ "bad-name:", "device-name" }, { "bad-name-empty:", "device-name" },
		{ "bad-name-long:", "device-name" }, { "bad-quirk:", "quirk-mmap" },
		{ "bad-region:", "memory-region" },
		{ "bad-region-text:", "memory-region" }, { "bad-region-node:", "memory-region" },
		{ "bad-name-cells:", "device-name" }, { "bad-mask-text:", "dma-mask" },
		{ "bad-size-high:", "4294971392" }, { "bad-offset-high:", "4294967296" },
	};

	need_nodes();
	expect_reload("info_enable=0");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (log_count_of_node(rows[i][0], rows[i][1]) != 1)
			note_failure("expected one log line that names %s and %s, got %zu", rows[i][0],
				     rows[i][1], log_count_of_node(rows[i][0], rows[i][1]));
	expect_true("none of their buffers", !buffer_exists("bad-minor") && !buffer_exists("bad-mode") &&
		    !buffer_exists("bad-range") && !buffer_exists("bad-region"));
	expect_attribute("dtnamed", "size", "16384");
	expect_attribute("udmabuf5", "size", "8192");
}

static void numbers_of_one_cell_are_what_they_say(void)
{
	need_nodes();
	note_attribute("dtonecell", "sync_offset", "0x1000");
	note_attribute("dtonecell", "sync_size", "8192");
}

static void expect_within(const char *name, unsigned long long first, unsigned long long end)
{
	unsigned long long address = attribute_number(name, "phys_addr");

	if (address < first || address + attribute_number(name, "size") > end)
		fail("expected %s at a DMA address from %#llx to %#llx, got %#llx", name, first, end,
		     address);
}

/* By the dma-ranges of its bus. */
static void memory_is_within_the_windows_of_the_device(void)
{
	need_nodes_of_boot();
	expect_within("dtfar", 0x1000000000, 0x1100000000);
	/* A kernel of 32 bits takes no mask that misses the first 16 MiB, where no memory is. */
	if (sizeof(long) == 8)
		expect_within("dtwindows", 0, 0x20000000);
}

static void a_device_whose_windows_its_mask_misses_fails_with_that_reason(void)
{
	need_nodes_of_boot();
	expect_reload("info_enable=0");
	expect_number("lines of bad-far", log_count_of_node("bad-far:", "reach"), 1);
}

static void a_parent_that_nobody_drives_is_enodev_and_names_the_remedy(void)
{
	need_nodes();
#if defined(__x86_64__)
	skip("a device of this architecture needs no driver");
#endif
	log_mark();
	expect_errno("create", manager("create a 4096 device=dt-nobody"), ENODEV);
	expect_true("the line to name the remedy", strstr(log_only_line(), "uio_pdrv_genirq"));
}

static void a_mistake_in_a_memory_region_is_named(void)
{
	static const char *const rows[][2] = {
		{ "bad-region-misaligned:", "aligned" }, { "bad-region-overlapped:", "overlaps" },
		{ "bad-region-neither:", "neither reusable nor no-map" },
		{ "bad-region-no-pool:", "no shared-dma-pool" },
		{ "bad-region-half-a-cell:", "number of cells" }, { "bad-region-off:", "disabled" },
		{ "bad-region-inside-a-page:", "does not begin with a page" },
		{ "bad-region-unreserved:", "was not reserved" }, { "bad-region-two:", "not one phandle" },
		{ "dt-cma-full:", "too small or full" }, { "dt-pool-full:", "too small or full" },
	};

	need_nodes_of_boot();
	expect_reload("info_enable=0");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (log_count_of_node(rows[i][0], rows[i][1]) != 1)
			note_failure("expected one log line that tells %s %s, got %zu", rows[i][0],
				     rows[i][1], log_count_of_node(rows[i][0], rows[i][1]));
}

static void a_parameter_has_precedence_over_a_node(void)
{
	need_nodes();
	expect_reload("udmabuf5=4096 info_enable=0");
	expect_attribute("udmabuf5", "size", "4096");
	expect_attribute("udmabuf5", "origin", "parameter");
	expect_true("one line that names the node", log_count_of_node("dt-minor-five:", "") == 1);
	expect_attribute("dtnamed", "size", "16384");
}

static void delete_of_a_nodes_buffer_is_eperm_forced_or_not(void)
{
	need_nodes();
	log_mark();
	expect_errno("delete", manager("delete dtnamed"), EPERM);
	log_only_line();
	expect_errno("delete by force", manager("delete dtnamed force"), EPERM);
	expect_errno("delete of a name with a comma", manager("delete dt,comma"), EPERM);
	expect_attribute("dtnamed", "size", "16384");
}

static void a_nodes_name_and_minor_are_taken(void)
{
	need_nodes();
	expect_errno("its name", manager("create dtnamed 4096"), EEXIST);
	expect_errno("its minor", manager("create a 4096 minor=200"), EEXIST);
}

static void the_device_tree_buffer_holds_what_is_written(void)
{
	static const char *const names[] = {
		"dtnamed", "udmabuf@77", "dtsync", "dtcoherent",
	};

	need_nodes();
	expect_reload("");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t size = attribute_number(names[i], "size");
		int fd = open_buffer(names[i], O_RDWR | O_SYNC);
		char *memory = map_buffer(fd, size, 0);
		char text[4096];

		note_number("first byte that is not zero", find_nonzero(memory, size), -1);
		fill_words(memory, size, i);
		note_errno("sync", set_attribute(names[i], "sync_for_device", "1"), 0);
		note_errno("sync", set_attribute(names[i], "sync_for_cpu", "1"), 0);
		note_number("first wrong word mapped", find_wrong_word(memory, size, i), -1);
		note_number("bytes read", pread(fd, text, sizeof(text), 0), sizeof(text));
		note_number("first wrong word read", find_wrong_word(text, sizeof(text), i), -1);
	}
}

static void unbind_takes_the_buffer_and_bind_brings_it_back(void)
{
	uint64_t size;
	char *memory;
	int fd;

	need_nodes();
	expect_reload("");
	fd = open_buffer("dtnamed", O_RDWR);
	memory = map_buffer(fd, 0x4000, 0);
	fill_words(memory, 0x4000, 1);
	expect_errno("unbind", write_file(DRIVER "unbind", "dt-named"), 0);
	expect_true("neither node nor attributes", !buffer_exists("dtnamed"));
	expect_true("SIGBUS", raises_sigbus(memory));
	expect_number("GET_SIZE", ioctl(fd, U_DMA_BUF_IOCTL_GET_SIZE, &size), -1);
	expect_errno("its error", errno, ENODEV);
	expect_errno("bind", write_file(DRIVER "bind", "dt-named"), 0);
	expect_attribute("dtnamed", "users", "0");
	memory = map_buffer(open_buffer("dtnamed", O_RDWR), 0x4000, 0);
	expect_number("first byte that is not zero", find_nonzero(memory, 0x4000), -1);
}

static void rebind(int times)
{
	for (int i = 0; i < times; i++) {
		expect_errno("unbind", write_file(DRIVER "unbind", "dt-sync"), 0);
		expect_errno("bind", write_file(DRIVER "bind", "dt-sync"), 0);
	}
}

static void two_hundred_binds_lose_no_memory(void)
{
	struct memory before;

	need_nodes();
	expect_reload("info_enable=0");
	rebind(10);
	before = memory_in_use();
	rebind(rounds(200));
	expect_no_drift("200 binds", &before);
}

static void rmmod_takes_the_nodes_buffers_away_and_a_load_brings_them_back(void)
{
	need_nodes();
	expect_reload("");
	expect_errno("unload", module_unload(), 0);
	expect_true("no nodes", !buffer_exists("dtnamed") && !buffer_exists("dtpool"));
	expect_errno("load", module_load(""), 0);
	expect_attribute("dtnamed", "size", "16384");
}

static const struct claim claims[] = {
	CLAIM(a_node_is_named_by_device_name_minor_number_or_itself),
	CLAIM(minor_number_is_the_minor_of_the_node),
	CLAIM(every_property_is_what_the_attributes_say_then),
	CLAIM(properties_left_out_have_their_defaults),
	CLAIM(quirk_properties_set_the_mmap_mode),
	CLAIM(dma_coherent_is_what_the_node_says),
	CLAIM(a_bad_property_fails_its_node_alone_with_one_line),
	CLAIM(numbers_of_one_cell_are_what_they_say),
	CLAIM(memory_is_within_the_windows_of_the_device),
	CLAIM(a_device_whose_windows_its_mask_misses_fails_with_that_reason),
	CLAIM(a_parent_that_nobody_drives_is_enodev_and_names_the_remedy),
	CLAIM(a_mistake_in_a_memory_region_is_named),
	CLAIM(a_parameter_has_precedence_over_a_node),
	CLAIM(delete_of_a_nodes_buffer_is_eperm_forced_or_not),
	CLAIM(a_nodes_name_and_minor_are_taken),
	CLAIM(the_device_tree_buffer_holds_what_is_written),
	CLAIM(unbind_takes_the_buffer_and_bind_brings_it_back),
	CLAIM(two_hundred_binds_lose_no_memory),
	CLAIM(rmmod_takes_the_nodes_buffers_away_and_a_load_brings_them_back),
};

CLAIMS(claims)
