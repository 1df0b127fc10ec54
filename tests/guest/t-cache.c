// SPDX-License-Identifier: GPL-2.0-only
/* What is done to the caches for a device that does not see them: no more and no less than was asked for. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "prove.h"
#include "u-dma-buf.h"

#define BOTH 0
#define TO_DEVICE 1
#define FROM_DEVICE 2

#define BATCH_SIZE 0x1000000

#define FOR_CPU U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU
#define FOR_DEVICE U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE

struct call {
	bool is_for_cpu;
	uint64_t offset;
	uint64_t size;
	uint32_t direction;
};

static int proof;

static void watch(void)
{
	if (access("/proc/device-tree/dt-named", F_OK))
		skip("no test nodes in this guest's device tree");
	proof = prove_open();
	prove_watch_calls(proof);
}

/* Exactly these since the last time, on ranges of the buffer that starts at @base. */
static void expect_calls(const char *what, uint64_t base, const struct call *expected, size_t count)
{
	const struct proof_calls *calls = prove_calls(proof);

	if (calls->count != count)
		fail("expected %zu calls for %s, got %llu", count, what, (unsigned long long)calls->count);
	for (size_t i = 0; i < count; i++) {
		const struct proof_call *call = &calls->call[i];

		if (call->is_for_cpu != expected[i].is_for_cpu || call->size != expected[i].size ||
		    call->physical - base != expected[i].offset ||
		    call->direction != expected[i].direction)
			fail("expected call %zu for %s to be for_cpu %d of %#llx+%#llx direction %u, got %u of %#llx+%#llx direction %u",
			     i, what, expected[i].is_for_cpu, (unsigned long long)expected[i].offset,
			     (unsigned long long)expected[i].size, expected[i].direction,
			     call->is_for_cpu, (unsigned long long)(call->physical - base),
			     (unsigned long long)call->size, call->direction);
	}
}

#define EXPECT_CALLS(what, base, ...)							\
	do {										\
		const struct call expected[] = { __VA_ARGS__ };				\
											\
		expect_calls(what, base, expected, ARRAY_SIZE(expected));		\
	} while (0)

static void sync_word(int fd, unsigned long request, uint64_t word)
{
	expect_number("a sync", ioctl(fd, request, &word), 0);
}

static void a_new_buffer_is_written_back_once(void)
{
	watch();
	create("a 5000");
	EXPECT_CALLS("create", attribute_number("a", "phys_addr"), { false, 0, 8192, BOTH });
}

static void a_new_buffer_of_contiguous_ranges_is_written_back_once(void)
{
	watch();
	create("a 16M");
	expect_attribute("a", "memory", "contig");
	EXPECT_CALLS("create", attribute_number("a", "phys_addr"), { false, 0, 16 << 20, BOTH });
}

/* Made anew by this process, whose calls are watched. */
static void expect_bind_writes_back_once(const char *node, const char *name, const char *memory)
{
	expect_errno("unbind", write_file("/sys/bus/platform/drivers/u-dma-buf/unbind", node), 0);
	prove_calls(proof);
	expect_errno("bind", write_file("/sys/bus/platform/drivers/u-dma-buf/bind", node), 0);
	expect_attribute(name, "memory", memory);
	EXPECT_CALLS(node, attribute_number(name, "phys_addr"),
		     { false, 0, attribute_number(name, "size"), BOTH });
}

static void a_new_buffer_of_a_node_is_written_back_once(void)
{
	watch();
	expect_reload("");
	prove_watch_calls(proof);
	expect_bind_writes_back_once("dt-named", "dtnamed", "pages");
	if (meminfo("CmaTotal:"))
		expect_bind_writes_back_once("dt-cma", "dtcma", "cma");
}

static void a_sync_is_one_call_on_its_range(void)
{
	uint64_t base;
	int fd;

	watch();
	base = attribute_number("dtnamed", "phys_addr");
	fd = open_buffer("dtnamed", O_RDWR);
	for (uint32_t direction = 0; direction < 3; direction++) {
		sync_word(fd, FOR_CPU, U_DMA_BUF_SYNC_PACKED(0x1010, 0x20, direction));
		EXPECT_CALLS("ioctl 5", base, { true, 0x1010, 0x20, direction });
		sync_word(fd, FOR_DEVICE, U_DMA_BUF_SYNC_PACKED(0x3ff0, 0x10, direction));
		EXPECT_CALLS("ioctl 6", base, { false, 0x3ff0, 0x10, direction });
	}
	expect_errno("sync_offset", set_attribute("dtnamed", "sync_offset", "5"), 0);
	expect_errno("sync_size", set_attribute("dtnamed", "sync_size", "7"), 0);
	expect_errno("sync_for_cpu", set_attribute("dtnamed", "sync_for_cpu", "1"), 0);
	EXPECT_CALLS("the settings", base, { true, 5, 7, BOTH });
	expect_errno("sync_size", set_attribute("dtnamed", "sync_size", "0"), 0);
	sync_word(fd, FOR_DEVICE, 1);
	expect_calls("an empty range", base, NULL, 0);
	sync_word(fd, FOR_DEVICE, 0);
	expect_calls("the word 0", base, NULL, 0);
}

static void a_reader_writes_back_before_it_invalidates(void)
{
	uint64_t base;
	int fd;

	watch();
	base = attribute_number("dtnamed", "phys_addr");
	fd = open_buffer("dtnamed", O_RDONLY);
	sync_word(fd, FOR_CPU, U_DMA_BUF_SYNC_PACKED(0, 0x40, FROM_DEVICE));
	EXPECT_CALLS("for the CPU, from the device", base,
		     { false, 0, 0x40, TO_DEVICE }, { true, 0, 0x40, FROM_DEVICE });
	sync_word(fd, FOR_CPU, U_DMA_BUF_SYNC_PACKED(0, 0x40, BOTH));
	EXPECT_CALLS("for the CPU, both", base,
		     { false, 0, 0x40, TO_DEVICE }, { true, 0, 0x40, BOTH });
	sync_word(fd, FOR_DEVICE, U_DMA_BUF_SYNC_PACKED(0, 0x40, FROM_DEVICE));
	EXPECT_CALLS("for the device, from it", base,
		     { false, 0, 0x40, TO_DEVICE }, { false, 0, 0x40, FROM_DEVICE });
	sync_word(fd, FOR_DEVICE, U_DMA_BUF_SYNC_PACKED(0, 0x40, TO_DEVICE));
	EXPECT_CALLS("for the device, to it", base, { false, 0, 0x40, TO_DEVICE });
	sync_word(fd, FOR_CPU, U_DMA_BUF_SYNC_PACKED(0xfc0, 0x1080, FROM_DEVICE));
	EXPECT_CALLS("for the CPU, of three pages", base,
		     { false, 0xfc0, 0x40, TO_DEVICE }, { true, 0xfc0, 0x40, FROM_DEVICE },
		     { false, 0x1000, 0x1000, TO_DEVICE }, { true, 0x1000, 0x1000, FROM_DEVICE },
		     { false, 0x2000, 0x40, TO_DEVICE }, { true, 0x2000, 0x40, FROM_DEVICE });
}

static void batch(int fd, uint32_t command, const struct u_dma_buf_sync_range *ranges, uint32_t count,
		  int expected)
{
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch),
		.command = command,
		.count = count,
		.ranges = (uintptr_t)ranges,
	};

	expect_number("a batch", ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch), expected);
}

static void a_readers_batch_writes_back_before_it_invalidates(void)
{
	struct u_dma_buf_sync_range ranges[] = {
		{ .offset = 0x40, .size = 0x80, .direction = FROM_DEVICE },
		{ .offset = 0x1ff0, .size = 0x20, .direction = BOTH },
		{ .offset = 0x3000, .size = 0x10, .direction = TO_DEVICE },
	};
	uint64_t base;
	int fd;

	watch();
	base = attribute_number("dtnamed", "phys_addr");
	fd = open_buffer("dtnamed", O_RDONLY);
	batch(fd, U_DMA_BUF_SYNC_FOR_CPU, ranges, ARRAY_SIZE(ranges), 0);
	EXPECT_CALLS("a batch for the CPU", base,
		     { false, 0x40, 0x80, TO_DEVICE }, { true, 0x40, 0x80, FROM_DEVICE },
		     { false, 0x1ff0, 0x10, TO_DEVICE }, { true, 0x1ff0, 0x10, BOTH },
		     { false, 0x2000, 0x10, TO_DEVICE }, { true, 0x2000, 0x10, BOTH },
		     { true, 0x3000, 0x10, TO_DEVICE });
	batch(fd, U_DMA_BUF_SYNC_FOR_DEVICE, ranges, 1, 0);
	EXPECT_CALLS("a batch for the device", base,
		     { false, 0x40, 0x80, TO_DEVICE }, { false, 0x40, 0x80, FROM_DEVICE });
}

static void a_batch_is_one_call_a_range(void)
{
	struct u_dma_buf_sync_range ranges[] = {
		{ .offset = 1, .size = 3, .direction = TO_DEVICE },
		{ .offset = 0x1fff, .size = 2, .direction = FROM_DEVICE },
		{ .offset = 0, .size = 0x4000 },
	};
	uint64_t base;
	int fd;

	watch();
	base = attribute_number("dtnamed", "phys_addr");
	fd = open_buffer("dtnamed", O_RDWR);
	batch(fd, U_DMA_BUF_SYNC_FOR_DEVICE, ranges, ARRAY_SIZE(ranges), 0);
	EXPECT_CALLS("a batch", base, { false, 1, 3, TO_DEVICE }, { false, 0x1fff, 2, FROM_DEVICE },
		     { false, 0, 0x4000, BOTH });
	ranges[2].size++;
	batch(fd, U_DMA_BUF_SYNC_FOR_DEVICE, ranges, ARRAY_SIZE(ranges), -1);
	expect_calls("a batch with a wrong range", base, NULL, 0);
}

/* Tens of seconds of work. Return: its errno. */
static int run_long_batch(void)
{
	static struct u_dma_buf_sync_range ranges[U_DMA_BUF_SYNC_RANGES_MAX];
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch),
		.command = U_DMA_BUF_SYNC_FOR_DEVICE,
		.count = ARRAY_SIZE(ranges),
		.ranges = (uintptr_t)ranges,
	};
	int fd = open_buffer("a", O_RDONLY);

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		ranges[i].size = BATCH_SIZE;
	prove_watch_calls(proof);
	return ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch) ? errno : 0;
}

/* Return: the process, once it has made @ret_calls calls. */
static pid_t start_long_batch(uint64_t *ret_calls)
{
	pid_t child;

	watch();
	create("a %d", BATCH_SIZE);
	prove_calls(proof);
	child = fork();
	if (!child)
		_exit(run_long_batch());
	*ret_calls = 0;
	while (!*ret_calls)
		*ret_calls = prove_calls(proof)->count;
	return child;
}

static void a_batch_ends_when_its_process_is_killed(void)
{
	uint64_t calls;
	pid_t child = start_long_batch(&calls);
	int status;

	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	calls += prove_calls(proof)->count;
	expect_true("the batch to be cut", WIFSIGNALED(status) && calls < U_DMA_BUF_SYNC_RANGES_MAX);
}

static void a_removal_waits_for_no_batch(void)
{
	uint64_t calls;
	pid_t child = start_long_batch(&calls);
	int status;

	expect_errno("delete", manager("delete a force"), 0);
	waitpid(child, &status, 0);
	expect_true("the batch to end by itself", WIFEXITED(status));
	expect_number("its errno", WEXITSTATUS(status), ENODEV);
	expect_true("it to be cut", calls + prove_calls(proof)->count < U_DMA_BUF_SYNC_RANGES_MAX);
}

static void expect_copies_that_sync(int fd, uint64_t base, const char *what)
{
	char text[100] = "";

	expect_number("bytes read", pread(fd, text, 100, 0x4000 - 50), 50);
	EXPECT_CALLS(what, base, { false, 0x4000 - 50, 50, TO_DEVICE },
		     { true, 0x4000 - 50, 50, FROM_DEVICE });
	expect_number("bytes written", pwrite(fd, text, 100, 10), 100);
	EXPECT_CALLS(what, base, { false, 10, 100, TO_DEVICE }, { true, 10, 100, FROM_DEVICE },
		     { false, 10, 100, TO_DEVICE });
}

static void expect_copies_that_sync_nothing(int fd, uint64_t base, const char *what)
{
	char text[100] = "";

	expect_number("bytes written", pwrite(fd, text, 100, 10), 100);
	expect_number("bytes read", pread(fd, text, 100, 10), 100);
	expect_calls(what, base, NULL, 0);
}

/* By O_SYNC in every mode, and without it in the modes from 4 on. */
static void reads_and_writes_sync_what_they_copy_where_asked_to(void)
{
	uint64_t base;

	watch();
	base = attribute_number("dtnamed", "phys_addr");
	for (int mode = 0; mode < 8; mode++) {
		int fd = open_buffer("dtnamed", O_RDWR);
		int synced = open_buffer("dtnamed", O_RDWR | O_SYNC);
		char what[48];

		expect_errno("sync_mode", set_attribute("dtnamed", "sync_mode",
							(char []){ '0' + mode, 0 }), 0);
		snprintf(what, sizeof(what), "copies with O_SYNC in sync mode %d", mode);
		expect_copies_that_sync(synced, base, what);
		snprintf(what, sizeof(what), "copies in sync mode %d", mode);
		if (mode < 4)
			expect_copies_that_sync_nothing(fd, base, what);
		else
			expect_copies_that_sync(fd, base, what);
		close(fd);
		close(synced);
	}
}

static void a_mapping_past_the_caches_writes_back_the_whole(void)
{
	uint64_t base;

	watch();
	base = attribute_number("dtnamed", "phys_addr");
	expect_errno("sync_mode", set_attribute("dtnamed", "sync_mode", "2"), 0);
	map_buffer(open_buffer("dtnamed", O_RDWR), 0x4000, 0);
	expect_calls("a cached mapping", base, NULL, 0);
	map_buffer(open_buffer("dtnamed", O_RDWR | O_SYNC), 0x4000, 0);
	EXPECT_CALLS("a mapping with O_SYNC", base, { false, 0, 0x4000, BOTH });
}

/* It sees the caches, and what goes past them does not. */
static void a_coherent_device_has_memory_and_caches_in_step_where_o_sync_asks_for_it(void)
{
	char text[100] = "";
	uint64_t base;
	int fd;

	watch();
	base = attribute_number("dtcoherent", "phys_addr");
	expect_errno("sync_mode", set_attribute("dtcoherent", "sync_mode", "1"), 0);
	fd = open_buffer("dtcoherent", O_RDWR | O_SYNC);
	map_buffer(fd, 0x4000, 0);
	EXPECT_CALLS("a mapping", base, { false, 0, PAGE, TO_DEVICE }, { true, 0, PAGE, FROM_DEVICE },
		     { false, 0x1000, PAGE, TO_DEVICE }, { true, 0x1000, PAGE, FROM_DEVICE },
		     { false, 0x2000, PAGE, TO_DEVICE }, { true, 0x2000, PAGE, FROM_DEVICE },
		     { false, 0x3000, PAGE, TO_DEVICE }, { true, 0x3000, PAGE, FROM_DEVICE });
	expect_number("bytes read", pread(fd, text, 100, 0x2000 - 50), 100);
	EXPECT_CALLS("a read", base,
		     { false, 0x2000 - 50, 50, TO_DEVICE }, { true, 0x2000 - 50, 50, FROM_DEVICE },
		     { false, 0x2000, 50, TO_DEVICE }, { true, 0x2000, 50, FROM_DEVICE });
	expect_number("bytes written", pwrite(fd, text, 100, 10), 100);
	EXPECT_CALLS("a write", base, { false, 10, 100, TO_DEVICE }, { true, 10, 100, FROM_DEVICE },
		     { false, 10, 100, TO_DEVICE }, { true, 10, 100, FROM_DEVICE });
}

static void a_dma_buf_syncs_its_range_for_the_buffer_once(void)
{
	struct u_dma_buf_ioctl_export range = { .flags = O_RDWR, .offset = 0x1000, .size = 0x2000 };
	struct proof_import import;
	uint64_t base;

	watch();
	base = attribute_number("dtnamed", "phys_addr");
	expect_number("export", ioctl(open_buffer("dtnamed", O_RDWR), U_DMA_BUF_IOCTL_EXPORT, &range), 0);
	expect_errno("import", prove_import(proof, range.fd, BOTH, &import), 0);
	prove_calls(proof);
	expect_errno("an access by the CPU", prove_cpu_access(proof, FROM_DEVICE), 0);
	/* To begin and to end: the importer's mapping, then the buffer's, page by page. */
	EXPECT_CALLS("an access by the CPU", base,
		     { true, 0x1000, 0x2000, BOTH },
		     { false, 0x1000, 0x1000, TO_DEVICE }, { true, 0x1000, 0x1000, FROM_DEVICE },
		     { false, 0x2000, 0x1000, TO_DEVICE }, { true, 0x2000, 0x1000, FROM_DEVICE },
		     { false, 0x1000, 0x2000, BOTH },
		     { false, 0x1000, 0x1000, TO_DEVICE }, { false, 0x1000, 0x1000, FROM_DEVICE },
		     { false, 0x2000, 0x1000, TO_DEVICE }, { false, 0x2000, 0x1000, FROM_DEVICE });
}

static void expect_no_calls(const char *name, int flags)
{
	char text[64] = "";
	int fd;

	prove_calls(proof);
	fd = open_buffer(name, O_RDWR | flags);
	for (uint32_t direction = 0; direction < 3; direction++) {
		sync_word(fd, FOR_CPU, U_DMA_BUF_SYNC_PACKED(0, 0x40, direction));
		sync_word(fd, FOR_DEVICE, U_DMA_BUF_SYNC_PACKED(0, 0x40, direction));
	}
	expect_number("bytes written", pwrite(fd, text, 64, 0), 64);
	expect_number("bytes read", pread(fd, text, 64, 0), 64);
	expect_calls(name, 0, NULL, 0);
}

static void coherent_devices_and_pools_touch_no_cache(void)
{
	watch();
	expect_no_calls("dtcoherent", 0);
	expect_no_calls("dtpool", O_SYNC);
}

static void a_removal_invalidates_nothing_that_is_pinned(void)
{
	char *memory;

	watch();
	expect_reload("");
	prove_watch_calls(proof);
	memory = map_buffer(open_buffer("dtnamed", O_RDWR), 0x4000, 0);
	memory[0] = 1;
	expect_errno("a page held", prove_hold(proof, memory), 0);
	expect_errno("unbind", write_file("/sys/bus/platform/drivers/u-dma-buf/unbind", "dt-named"), 0);
	expect_calls("unbind", 0, NULL, 0);
}

static const struct claim claims[] = {
	CLAIM(a_new_buffer_is_written_back_once),
	CLAIM(a_new_buffer_of_contiguous_ranges_is_written_back_once),
	CLAIM(a_new_buffer_of_a_node_is_written_back_once),
	CLAIM(a_sync_is_one_call_on_its_range),
	CLAIM(a_reader_writes_back_before_it_invalidates),
	CLAIM(a_readers_batch_writes_back_before_it_invalidates),
	CLAIM(a_batch_is_one_call_a_range),
	CLAIM(a_batch_ends_when_its_process_is_killed),
	CLAIM(a_removal_waits_for_no_batch),
	CLAIM(reads_and_writes_sync_what_they_copy_where_asked_to),
	CLAIM(a_mapping_past_the_caches_writes_back_the_whole),
	CLAIM(a_coherent_device_has_memory_and_caches_in_step_where_o_sync_asks_for_it),
	CLAIM(a_dma_buf_syncs_its_range_for_the_buffer_once),
	CLAIM(a_removal_invalidates_nothing_that_is_pinned),
	CLAIM(coherent_devices_and_pools_touch_no_cache),
};

CLAIMS(claims)
