// SPDX-License-Identifier: GPL-2.0-only
/*
 * A buffer of a device (virt-nodes.dtsi), of a memory-region or of pages that are not coherent, taken away while
 * somebody holds it: its device is unbound.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "removal.h"
#include "uses.h"

#define DRIVER "/sys/bus/platform/drivers/u-dma-buf/"
#define POOL_SIZE 0x400000

struct region {
	const char *node;
	const char *buffer;
	const char *memory;
};

static const struct region area = { "dt-cma", "dtcma", "cma" };
static const struct region pool = { "dt-pool", "dtpool", "pool" };
static const struct region pages = { "dt-pages", "dtpages", "pages" };

static void begin(const struct region *region, const struct use *use)
{
	const char *mode = strstr(use->options, "sync-mode=");

	if (access("/proc/device-tree/dt-pool", F_OK))
		skip("no test nodes in this guest's device tree");
	if (region == &area && !meminfo("CmaTotal:"))
		skip("this kernel has no CMA");
	expect_reload("info_enable=0");
	expect_attribute(region->buffer, "memory", region->memory);
	use_buffer(region->buffer, attribute_number(region->buffer, "size"));
	if (mode)
		expect_errno("sync_mode",
			     set_attribute(use_name(), "sync_mode", mode + strlen("sync-mode=")), 0);
	write_words();
	use->begin();
}

static void keep(const struct region *region, const struct use *use)
{
	begin(region, use);
	expect_errno("delete", manager("delete %s", use_name()), EPERM);
	expect_errno("delete by force", manager("delete %s force", use_name()), EPERM);
	rmmod_is_refused();
	use->expect_alive();
	expect_whole_buffer();
	use->end();
	expect_attribute(use_name(), "users", "0");
}

static void unbind(const struct region *region)
{
	expect_errno("unbind", write_file(DRIVER "unbind", region->node), 0);
	expect_true("neither node nor attributes", !buffer_exists(region->buffer));
}

/* An area has no room for another one before all pages of the last have gone back. */
static void bind_in_time(const struct region *region)
{
	struct timespec pause = { .tv_nsec = 50000000 };

	for (int i = 0; i < 100 && write_file(DRIVER "bind", region->node); i++)
		nanosleep(&pause, NULL);
	expect_attribute(region->buffer, "memory", region->memory);
}

/*
 * What a dead buffer of an area held goes to anybody, who gets it where little else is free, for which once is
 * enough, and pages to whoever comes next; what one of a pool held goes to the next buffer.
 */
static void let_others_have_it(const struct region *region, const struct use *use)
{
	if (region == &pool) {
		bind_in_time(region);
		write_words();
	} else if (region == &area && use == &a_cached_mapping) {
		overwrite_free_memory();
	} else {
		overwrite_lately_free_memory();
	}
}

static void take(const struct region *region, const struct use *use)
{
	begin(region, use);
	unbind(region);
	create("%s 8192", region->buffer);
	delete_buffer(region->buffer);
	let_others_have_it(region, use);
	use->expect_dead();
	use->end();
	if (region == &pool)
		expect_whole_buffer();
	else
		bind_in_time(region);
	expect_attribute(region->buffer, "users", "0");
}

/* More than the pool has pages. */
static void a_pool_gets_back_what_dead_buffers_held(void)
{
	begin(&pool, &an_open_descriptor);
	an_open_descriptor.end();
	for (size_t i = 0; i < POOL_SIZE / USE_SIZE + 10; i++) {
		int fd = open_buffer(pool.buffer, O_RDWR);
		char *memory = map_buffer(fd, USE_SIZE, 0);

		*memory = 1;
		unbind(&pool);
		bind_in_time(&pool);
		expect_true("SIGBUS", raises_sigbus(memory));
		munmap(memory, USE_SIZE);
		close(fd);
	}
}

#define USES_OF_BOTH(X, region)			\
	X(region, an_open_descriptor)		\
	X(region, a_cached_mapping)		\
	X(region, an_uncached_mapping)		\
	X(region, a_write_combining_mapping)	\
	X(region, a_forked_mapping)		\
	X(region, a_mapping_of_a_second_node)	\
	X(region, reads_in_a_thread)		\
	X(region, writes_in_a_thread)		\
	X(region, syncs_in_a_thread)		\
	X(region, faults_in_a_thread)		\
	X(region, a_read_that_waits_for_its_memory)

#define USES(X)					\
	USES_OF_BOTH(X, area)			\
	USES_OF_BOTH(X, pool)			\
	X(area, ioctls_in_a_thread)		\
	X(area, an_exported_dma_buf)		\
	X(area, a_mapped_dma_buf)		\
	X(area, a_dma_buf_in_vgem)		\
	X(pages, a_cached_mapping)		\
	X(pages, an_uncached_mapping)		\
	X(pages, a_write_combining_mapping)	\
	X(pages, pages_in_a_pipe)		\
	X(pages, an_exported_dma_buf)		\
	X(pages, a_mapped_dma_buf)		\
	X(pages, reads_in_a_thread)		\
	X(pages, writes_in_a_thread)		\
	X(pages, syncs_in_a_thread)		\
	X(pages, ioctls_in_a_thread)		\
	X(pages, faults_in_a_thread)

#define REGION_TESTS(region, use)							\
	static void one_of_##region##_stays_under_##use(void)			\
	{									\
		keep(&region, &use);						\
	}									\
	static void unbind_of_##region##_revokes_##use(void)			\
	{									\
		take(&region, &use);						\
	}

#define REGION_ROW(region, use)							\
	CLAIM(one_of_##region##_stays_under_##use),				\
	CLAIM(unbind_of_##region##_revokes_##use),

USES(REGION_TESTS)

static const struct claim claims[] = {
	USES(REGION_ROW)
	CLAIM(a_pool_gets_back_what_dead_buffers_held),
};

CLAIMS(claims)
