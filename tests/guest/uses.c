// SPDX-License-Identifier: GPL-2.0-only
/* What holds a buffer and rests: descriptors, mappings, dma-bufs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "u-dma-buf.h"
#include "uses.h"
#include "vgem.h"

static const char *buffer_name = "a";
static size_t buffer_size;

void use_buffer(const char *name, size_t size)
{
	buffer_name = name;
	buffer_size = size;
}

const char *use_name(void)
{
	return buffer_name;
}

size_t use_size(void)
{
	return buffer_size ?: is_sanitizer_kernel() ? 1 << 18 : 1 << 22;
}

static int fd = -1;		/* of the buffer or a dma-buf */
static char *memory;

static void expect_whole(const char *at)
{
	expect_number("first wrong word", find_wrong_word(at, USE_SIZE, USE_SEED), -1);
}

static void open_it(void)
{
	fd = open_buffer(use_name(), O_RDWR);
}

static void close_it(void)
{
	close(fd);
}

static void expect_open(void)
{
	uint64_t size = 0;

	expect_number("GET_SIZE", ioctl(fd, U_DMA_BUF_IOCTL_GET_SIZE, &size), 0);
	expect_number("size", size, USE_SIZE);
}

static void note_enodev(const char *call, long result)
{
	note_number(call, result, -1);
	note_errno(call, errno, ENODEV);
}

static long map_result(int dead, off_t offset)
{
	return mmap(NULL, PAGE, PROT_READ, MAP_SHARED, dead, offset) == MAP_FAILED ? -1 : 0;
}

void note_dead_descriptor(int dead)
{
	struct u_dma_buf_ioctl_export range = { .flags = O_RDWR, .size = PAGE };
	struct u_dma_buf_ioctl_sync_batch batch = { .argsz = sizeof(batch), .command = 1 };
	struct u_dma_buf_ioctl_sync sync = { 0 };
	const off_t past_the_end = 1 << 30;
	uint64_t word = 1, answer[3];
	loff_t start = 0;
	char byte = 0;
	int ends[2];

	expect_number("pipe", pipe(ends), 0);
	note_enodev("a read", pread(dead, &byte, 1, 0));
	note_enodev("a read past the end", pread(dead, &byte, 1, past_the_end));
	note_enodev("a write", pwrite(dead, &byte, 1, 0));
	note_enodev("a write past the end", pwrite(dead, &byte, 1, past_the_end));
	note_enodev("a splice from it", splice(dead, &start, ends[1], NULL, 1, 0));
	expect_number("bytes into the pipe", write(ends[1], &byte, 1), 1);
	note_enodev("a splice to it", splice(ends[0], NULL, dead, &start, 1, 0));
	note_enodev("lseek", lseek(dead, 0, SEEK_END));
	note_enodev("GET_DRV_INFO", ioctl(dead, U_DMA_BUF_IOCTL_GET_DRV_INFO, answer));
	note_enodev("GET_SIZE", ioctl(dead, U_DMA_BUF_IOCTL_GET_SIZE, answer));
	note_enodev("GET_DMA_ADDR", ioctl(dead, U_DMA_BUF_IOCTL_GET_DMA_ADDR, answer));
	note_enodev("GET_SYNC_OWNER", ioctl(dead, U_DMA_BUF_IOCTL_GET_SYNC_OWNER, answer));
	note_enodev("GET_DEV_INFO", ioctl(dead, U_DMA_BUF_IOCTL_GET_DEV_INFO, answer));
	note_enodev("a sync for the CPU", ioctl(dead, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, &word));
	note_enodev("a sync for the device", ioctl(dead, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, &word));
	note_enodev("GET_SYNC", ioctl(dead, U_DMA_BUF_IOCTL_GET_SYNC, &sync));
	note_enodev("SET_SYNC", ioctl(dead, U_DMA_BUF_IOCTL_SET_SYNC, &sync));
	note_enodev("a batch", ioctl(dead, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch));
	note_enodev("an export", ioctl(dead, U_DMA_BUF_IOCTL_EXPORT, &range));
	note_enodev("a mapping", map_result(dead, 0));
	note_enodev("a mapping past the end", map_result(dead, past_the_end));
	close(ends[0]);
	close(ends[1]);
}

static void expect_closed(void)
{
	note_dead_descriptor(fd);
}

const struct use an_open_descriptor = { "", open_it, expect_open, expect_closed, close_it };

void expect_dead_mapping(volatile char *dead)
{
	for (size_t at = 0; at < USE_SIZE; at += PAGE) {
		if (!raises_sigbus(dead + at))
			fail("expected SIGBUS at %zu, got byte 0x%x", at, (unsigned char)dead[at]);
		if (!raises_sigbus_when_written(dead + at, 0x55))
			fail("expected SIGBUS of a write at %zu, got none", at);
	}
}

static void map_and_close(int flags)
{
	fd = open_buffer(use_name(), O_RDWR | flags);
	memory = map_buffer(fd, USE_SIZE, 0);
	close(fd);
	expect_whole(memory);
}

static void map_plainly(void)
{
	map_and_close(0);
}

static void map_with_o_sync(void)
{
	map_and_close(O_SYNC);
}

static void expect_mapped(void)
{
	expect_whole(memory);
}

static void expect_revoked(void)
{
	expect_dead_mapping(memory);
}

static void unmap_it(void)
{
	munmap(memory, USE_SIZE);
}

const struct use a_cached_mapping = { "", map_plainly, expect_mapped, expect_revoked, unmap_it };
const struct use an_uncached_mapping = {
	"quirk-mmap-on sync-mode=1", map_with_o_sync, expect_mapped, expect_revoked, unmap_it,
};
const struct use a_write_combining_mapping = {
	"quirk-mmap-page sync-mode=6", map_plainly, expect_mapped, expect_revoked, unmap_it,
};
const struct use a_mapping_by_frame = {
	"quirk-mmap-off", map_plainly, expect_mapped, expect_revoked, unmap_it,
};

/* The child alone has the mapping, and does what a byte in the pipe says. */
static int orders[2], answers[2];
static pid_t child;

static void serve(void)
{
	char what;

	while (read(orders[0], &what, 1) == 1) {
		if (what == 'd')
			expect_dead_mapping(memory);
		else
			expect_whole(memory);
		if (write(answers[1], &what, 1) != 1)
			break;
	}
	_exit(0);
}

static void order(char what)
{
	char answer;

	expect_number("bytes to the child", write(orders[1], &what, 1), 1);
	expect_number("bytes from the child", read(answers[0], &answer, 1), 1);
}

static void map_in_a_child(void)
{
	map_and_close(0);
	expect_number("pipes", pipe(orders) + pipe(answers), 0);
	child = fork();
	if (!child) {
		close(orders[1]);
		serve();
	}
	close(answers[1]);
	munmap(memory, USE_SIZE);
	order('a');
}

static void expect_mapped_in_the_child(void)
{
	order('a');
}

static void expect_revoked_in_the_child(void)
{
	order('d');
}

static void end_the_child(void)
{
	close(orders[1]);
	waitpid(child, NULL, 0);
}

const struct use a_forked_mapping = {
	"", map_in_a_child, expect_mapped_in_the_child, expect_revoked_in_the_child, end_the_child,
};

int open_second_node(const char *name)
{
	struct stat status;
	char path[128];
	int second;

	snprintf(path, sizeof(path), "/dev/%s", name);
	expect_number("stat of the node", stat(path, &status), 0);
	unlink(SECOND_NODE);
	expect_number("mknod", mknod(SECOND_NODE, S_IFCHR | 0600, status.st_rdev), 0);
	second = open(SECOND_NODE, O_RDWR | O_CLOEXEC);
	if (second < 0)
		fail("expected a second node to open, got %s", strerror(errno));
	return second;
}

static void map_a_second_node(void)
{
	fd = open_second_node(use_name());
	memory = map_buffer(fd, USE_SIZE, 0);
	expect_whole(memory);
	close(fd);
}

const struct use a_mapping_of_a_second_node = {
	"", map_a_second_node, expect_mapped, expect_revoked, unmap_it,
};

static void export_it(void)
{
	struct u_dma_buf_ioctl_export range = { .flags = O_RDWR, .size = USE_SIZE };
	int of = open_buffer(use_name(), O_RDWR);

	expect_number("export", ioctl(of, U_DMA_BUF_IOCTL_EXPORT, &range), 0);
	close(of);
	fd = range.fd;
}

static int sync_dma_buf(void)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };

	return ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) ? errno : 0;
}

static void expect_exported(void)
{
	expect_errno("a sync of the dma-buf", sync_dma_buf(), 0);
	memory = map_buffer(fd, USE_SIZE, 0);
	expect_whole(memory);
	munmap(memory, USE_SIZE);
}

static void expect_dead_dma_buf(void)
{
	expect_errno("a sync of the dma-buf", sync_dma_buf(), ENODEV);
	expect_true("no mapping", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	expect_errno("a mapping of the dma-buf", errno, ENODEV);
}

const struct use an_exported_dma_buf = {
	"", export_it, expect_exported, expect_dead_dma_buf, close_it,
};

static void map_a_dma_buf(void)
{
	export_it();
	memory = map_buffer(fd, USE_SIZE, 0);
	expect_whole(memory);
	close(fd);
}

const struct use a_mapped_dma_buf = {
	"", map_a_dma_buf, expect_mapped, expect_revoked, unmap_it,
};

/* vgem holds the dma-buf, and the process a mapping that vgem gave it. */
static int card;

static void import_into_vgem(void)
{
	uint32_t handle;
	int dma_buf;

	card = vgem_open();
	export_it();
	expect_errno("import into vgem", vgem_import(card, fd, &handle), 0);
	close(fd);
	expect_errno("export from vgem", vgem_export(card, handle, &dma_buf), 0);
	memory = map_buffer(dma_buf, USE_SIZE, 0);
	close(dma_buf);
	expect_whole(memory);
}

static void leave_vgem(void)
{
	munmap(memory, USE_SIZE);
	close(card);
}

const struct use a_dma_buf_in_vgem = {
	"", import_into_vgem, expect_mapped, expect_revoked, leave_vgem,
};

void note_revocation_in_every_mode(const char *options, const char *memory)
{
	static const char *const quirks[] = { "off", "on", "auto", "page" };
	const size_t size = 16 << 20;

	for (size_t i = 0; i < ARRAY_SIZE(quirks); i++) {
		char *mapping;
		int fd;

		create("a %zu quirk-mmap-%s %s", size, quirks[i], options);
		expect_attribute("a", "memory", memory);
		fd = open_buffer("a", O_RDWR);
		mapping = map_buffer(fd, size, 0);
		mapping[0] = mapping[size - 1] = 1;
		expect_errno("delete by force", manager("delete a force"), 0);
		if (!raises_sigbus(mapping) || !raises_sigbus(mapping + size - 1))
			note_failure("expected SIGBUS in mmap mode %zu, got none", i + 1);
		munmap(mapping, size);
		close(fd);
	}
}
