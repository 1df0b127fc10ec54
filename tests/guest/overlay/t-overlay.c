// SPDX-License-Identifier: GPL-2.0-only
/* Buffers whose nodes come into the device tree of a running system, and go: nodes.dtso. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "prove.h"
#include "removal.h"
#include "u-dma-buf.h"

#define SIZE 0x10000

static int add_nodes(void)
{
	int proof = prove_open();

	log_mark();
	expect_errno("the overlay", prove_overlay(proof, "nodes.dtbo"), 0);
	return proof;
}

static void a_node_of_an_overlay_has_its_buffer(void)
{
	int proof = add_nodes();

	expect_attribute("overlaid", "size", "65536");
	expect_attribute("overlaid", "origin", "device-tree");
	expect_errno("delete", manager("delete overlaid force"), EPERM);
	expect_errno("removal", prove_remove_overlay(proof), 0);
	expect_true("no buffer", !buffer_exists("overlaid"));
}

static void a_region_in_an_overlay_fails_its_node_alone_and_says_why(void)
{
	add_nodes();
	expect_number("lines", log_count_of_node("overlay-region: memory-region:",
						 "came in an overlay, and memory is reserved at boot only"), 1);
	expect_true("no buffer of its own", !buffer_exists("overlay-region"));
	expect_attribute("overlaid", "size", "65536");
}

static void removal_of_an_overlay_revokes_the_mappings(void)
{
	int proof = add_nodes(), fd = open_buffer("overlaid", O_RDWR);
	char *memory = map_buffer(fd, SIZE, 0);
	uint64_t size;

	fill_words(memory, SIZE, 1);
	expect_errno("removal", prove_remove_overlay(proof), 0);
	expect_true("neither node nor attributes", !buffer_exists("overlaid"));
	expect_true("SIGBUS", raises_sigbus(memory));
	expect_number("GET_SIZE", ioctl(fd, U_DMA_BUF_IOCTL_GET_SIZE, &size), -1);
	expect_errno("its error", errno, ENODEV);
	create("overlaid 4096");
	delete_buffer("overlaid");
}

static void end_by_removal(const struct use *const *uses, size_t count)
{
	int proof = add_nodes();

	use_buffer("overlaid", SIZE);
	write_words();
	for (size_t i = 0; i < count; i++)
		uses[i]->begin();
	expect_errno("removal", prove_remove_overlay(proof), 0);
	close(proof);
	create("overlaid %d", SIZE);
	overwrite_lately_free_memory();
	for (size_t i = 0; i < count; i++) {
		uses[i]->expect_dead();
		uses[i]->end();
	}
	expect_attribute("overlaid", "users", "0");
	delete_buffer("overlaid");
}

static void removal_of_an_overlay_ends_every_use(void)
{
	static const struct use *const first[] = {
		&a_mapping_of_a_second_node, &pages_in_a_pipe, &reads_in_a_thread,
	};
	static const struct use *const second[] = {
		&an_exported_dma_buf, &pages_in_io_uring, &a_read_that_waits_for_its_memory,
	};

	end_by_removal(first, ARRAY_SIZE(first));
	end_by_removal(second, ARRAY_SIZE(second));
}

static const struct claim claims[] = {
	CLAIM(a_node_of_an_overlay_has_its_buffer),
	CLAIM(a_region_in_an_overlay_fails_its_node_alone_and_says_why),
	CLAIM(removal_of_an_overlay_revokes_the_mappings),
	CLAIM(removal_of_an_overlay_ends_every_use),
};

CLAIMS(claims)
