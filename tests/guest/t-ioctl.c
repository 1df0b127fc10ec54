// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls 1 to 9. Built for 32 bits too: t-ioctl32 is an i386 program on amd64, one of armhf on arm64. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "u-dma-buf.h"

#define SIZE 0x4000
#define NOWHERE ((void *)8)

static int request(int fd, unsigned long number, void *argument)
{
	return ioctl(fd, number, argument) ? errno : 0;
}

static void expect_request(const char *what, int fd, unsigned long number, void *argument)
{
	expect_errno(what, request(fd, number, argument), 0);
}

static int sync_word(int fd, unsigned long number, uint64_t word)
{
	return request(fd, number, &word);
}

static int set_sync(int fd, uint64_t flags, uint64_t size, uint64_t offset)
{
	struct u_dma_buf_ioctl_sync sync = { .flags = flags, .size = size, .offset = offset };

	return request(fd, U_DMA_BUF_IOCTL_SET_SYNC, &sync);
}

static struct u_dma_buf_ioctl_sync get_sync(int fd)
{
	struct u_dma_buf_ioctl_sync sync = { 0 };

	expect_request("GET_SYNC", fd, U_DMA_BUF_IOCTL_GET_SYNC, &sync);
	return sync;
}

#define EXPECT_PLACE(structure, member, place)						\
	expect_number(#structure "." #member, offsetof(struct structure, member), place)

/* By numbers, for a program has the header that it was built with. */
static void the_structures_have_their_layout_on_this_machine(void)
{
	expect_number("size of drv_info", sizeof(struct u_dma_buf_ioctl_drv_info), 24);
	expect_number("size of dev_info", sizeof(struct u_dma_buf_ioctl_dev_info), 24);
	expect_number("size of sync", sizeof(struct u_dma_buf_ioctl_sync), 24);
	expect_number("size of export", sizeof(struct u_dma_buf_ioctl_export), 40);
	expect_number("size of sync_range", sizeof(struct u_dma_buf_sync_range), 24);
	expect_number("size of sync_batch", sizeof(struct u_dma_buf_ioctl_sync_batch), 24);
	EXPECT_PLACE(u_dma_buf_ioctl_drv_info, flags, 0);
	EXPECT_PLACE(u_dma_buf_ioctl_drv_info, version, 8);
	EXPECT_PLACE(u_dma_buf_ioctl_dev_info, flags, 0);
	EXPECT_PLACE(u_dma_buf_ioctl_dev_info, size, 8);
	EXPECT_PLACE(u_dma_buf_ioctl_dev_info, addr, 16);
	EXPECT_PLACE(u_dma_buf_ioctl_sync, flags, 0);
	EXPECT_PLACE(u_dma_buf_ioctl_sync, size, 8);
	EXPECT_PLACE(u_dma_buf_ioctl_sync, offset, 16);
	EXPECT_PLACE(u_dma_buf_ioctl_export, flags, 0);
	EXPECT_PLACE(u_dma_buf_ioctl_export, size, 8);
	EXPECT_PLACE(u_dma_buf_ioctl_export, offset, 16);
	EXPECT_PLACE(u_dma_buf_ioctl_export, addr, 24);
	EXPECT_PLACE(u_dma_buf_ioctl_export, fd, 32);
	EXPECT_PLACE(u_dma_buf_sync_range, offset, 0);
	EXPECT_PLACE(u_dma_buf_sync_range, size, 8);
	EXPECT_PLACE(u_dma_buf_sync_range, direction, 16);
	EXPECT_PLACE(u_dma_buf_sync_range, flags, 20);
	EXPECT_PLACE(u_dma_buf_ioctl_sync_batch, argsz, 0);
	EXPECT_PLACE(u_dma_buf_ioctl_sync_batch, flags, 4);
	EXPECT_PLACE(u_dma_buf_ioctl_sync_batch, command, 8);
	EXPECT_PLACE(u_dma_buf_ioctl_sync_batch, count, 12);
	EXPECT_PLACE(u_dma_buf_ioctl_sync_batch, ranges, 16);
	expect_number("number 1", U_DMA_BUF_IOCTL_GET_DRV_INFO, 0x80185501);
	expect_number("number 2", U_DMA_BUF_IOCTL_GET_SIZE, 0x80085502);
	expect_number("number 3", U_DMA_BUF_IOCTL_GET_DMA_ADDR, 0x80085503);
	expect_number("number 4", U_DMA_BUF_IOCTL_GET_SYNC_OWNER, 0x80045504);
	expect_number("number 5", U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, 0x40085505);
	expect_number("number 6", U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, 0x40085506);
	expect_number("number 7", U_DMA_BUF_IOCTL_GET_DEV_INFO, 0x80185507);
	expect_number("number 8", U_DMA_BUF_IOCTL_GET_SYNC, 0x80185508);
	expect_number("number 9", U_DMA_BUF_IOCTL_SET_SYNC, 0x40185509);
	expect_number("number 10", U_DMA_BUF_IOCTL_EXPORT, 0xc028550a);
	expect_number("number 32", U_DMA_BUF_IOCTL_SYNC_BATCH, 0x40185520);
}

static void driver_info_tells_versions_and_abilities(void)
{
	struct u_dma_buf_ioctl_drv_info info = { 0 };
	char version[17] = "";
	const uint64_t known = 0xff | 1 << 12 | 1 << 13 | 1 << 16 | 1 << 17;

	create("a %d", SIZE);
	expect_request("GET_DRV_INFO", open_buffer("a", O_RDONLY), U_DMA_BUF_IOCTL_GET_DRV_INFO,
		       &info);
	expect_number("ioctl version", U_DMA_BUF_DRV_IOCTL_VERSION(info.flags),
		      attribute_number("a", "ioctl_version"));
	expect_true("bit 8, in-kernel functions, to be 0", !(info.flags & 1 << 8));
	expect_true("bits 16 and 17, mmap modes", (info.flags >> 16 & 3) == 3);
	expect_number("unknown bits", info.flags & ~known, 0);
	if (!access("/proc/device-tree", F_OK))
		expect_true("bits 12 and 13, device tree", (info.flags >> 12 & 3) == 3);
	memcpy(version, info.version, 16);
	expect_attribute("a", "driver_version", version);
	expect_true("a version that ends in NUL", !info.version[15]);
}

static void size_address_and_owner_are_those_of_the_attributes(void)
{
	uint64_t value = 0;
	uint32_t owner[2] = { 7, 7 };
	int fd;

	create("a 5000");
	fd = open_buffer("a", O_RDONLY);
	expect_request("GET_SIZE", fd, U_DMA_BUF_IOCTL_GET_SIZE, &value);
	expect_number("size", value, 5000);
	expect_request("GET_DMA_ADDR", fd, U_DMA_BUF_IOCTL_GET_DMA_ADDR, &value);
	expect_number("address", value, attribute_number("a", "phys_addr"));
	expect_request("GET_SYNC_OWNER", fd, U_DMA_BUF_IOCTL_GET_SYNC_OWNER, owner);
	expect_number("owner", owner[0], 0);
	expect_errno("1 in sync_for_device", set_attribute("a", "sync_for_device", "1"), 0);
	expect_request("GET_SYNC_OWNER", fd, U_DMA_BUF_IOCTL_GET_SYNC_OWNER, owner);
	expect_number("owner", owner[0], 1);
	expect_number("what follows the owner", owner[1], 7);
}

static void device_info_is_that_of_the_attributes(void)
{
	static const struct {
		int mask;
		const char *quirk;
	} rows[] = { { LOW_MASK, "off" }, { 32, "on" }, { 40, "auto" }, { 64, "page" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct u_dma_buf_ioctl_dev_info info = { 0 };
		int fd;

		create("a %d dma-mask=%d quirk-mmap-%s", SIZE, rows[i].mask, rows[i].quirk);
		fd = open_buffer("a", O_RDONLY);
		expect_request("GET_DEV_INFO", fd, U_DMA_BUF_IOCTL_GET_DEV_INFO, &info);
		note_number("mask", U_DMA_BUF_DEV_DMA_MASK(info.flags), rows[i].mask);
		note_number("mask of the attribute", attribute_number("a", "dma_mask"), rows[i].mask);
		note_number("coherent", !!(info.flags & U_DMA_BUF_DEV_COHERENT),
			    attribute_number("a", "dma_coherent"));
		note_number("mmap mode", U_DMA_BUF_DEV_MMAP_MODE(info.flags), i + 1);
		note_number("unknown bits", info.flags & ~0x1effULL, 0);
		note_number("size", info.size, SIZE);
		note_number("address", info.addr, attribute_number("a", "phys_addr"));
		close(fd);
		delete_buffer("a");
	}
}

static void sync_state_is_that_of_the_attributes(void)
{
	struct u_dma_buf_ioctl_sync sync;
	int fd;

	create("a %d sync-mode=6 sync-offset=0x1000 sync-size=0x800 sync-direction=2", SIZE);
	fd = open_buffer("a", O_RDONLY);
	sync = get_sync(fd);
	expect_number("flags", sync.flags, 6 << 8 | 2 << 2);
	expect_number("size", sync.size, 0x800);
	expect_number("offset", sync.offset, 0x1000);
	expect_errno("a sync for the device", sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, 1), 0);
	sync = get_sync(fd);
	expect_number("flags after", sync.flags, 1 << 16 | 6 << 8 | 2 << 2);
}

static void sync_words_are_those_of_the_attributes(void)
{
	static const uint64_t good[] = {
		1, 0x4001, 0x100000001001, 0x100000001005, 0x100000001009, 0x11, 0x12, 0x13,
		U_DMA_BUF_SYNC_PACKED(0x3000, 0x1000, 2),
	};
	int fd;

	create("a %d sync-offset=64 sync-size=128 sync-direction=2", SIZE);
	fd = open_buffer("a", O_RDWR);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		note_errno("for device", sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, good[i]), 0);
		note_attribute("a", "sync_owner", "1");
		note_errno("for cpu", sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, good[i]), 0);
		note_attribute("a", "sync_owner", "0");
	}
	note_errno("0", sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, 0), 0);
	note_attribute("a", "sync_owner", "0");
	note_attribute("a", "sync_offset", "0x40");
	note_attribute("a", "sync_size", "128");
	note_attribute("a", "sync_direction", "2");
}

static void bad_sync_words_are_refused(void)
{
	static const uint64_t bad[] = {
		2, 3, 4, 5, 9, 0x10, 0x4000, 0x1d, 0x100000001000, 0x10000000100f, 0x4011,
		0x400000000011, 0xfffffff000000011, 0xfffffff0fffffff1, 0x100000000001, ~0ULL,
	};
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char what[32];

		snprintf(what, sizeof(what), "0x%llx", (unsigned long long)bad[i]);
		note_errno(what, sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, bad[i]), EINVAL);
		note_errno(what, sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, bad[i]), EINVAL);
		note_attribute("a", "sync_owner", "0");
		note_attribute("a", "sync_for_cpu", "0");
		note_attribute("a", "sync_for_device", "0");
	}
}

static void a_process_that_only_reads_may_sync(void)
{
	static char text[SIZE];
	int fd, writer;

	create("a %d", SIZE);
	writer = open_buffer("a", O_RDWR);
	fill_words(map_buffer(writer, SIZE, 0), SIZE, 1);
	fd = open_buffer("a", O_RDONLY);
	expect_errno("for cpu", sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, 1), 0);
	expect_errno("for device", sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, 0x4001), 0);
	expect_errno("for cpu", sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, 0x4009), 0);
	expect_number("bytes read", pread(fd, text, SIZE, 0), SIZE);
	expect_number("first wrong word", find_wrong_word(text, SIZE, 1), -1);
}

static void set_sync_sets_direction_and_offset_always_mode_and_size_where_not_zero(void)
{
	struct u_dma_buf_ioctl_sync sync;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_errno("all", set_sync(fd, 3 << 8 | 2 << 2, 0x1000, 0x2000), 0);
	sync = get_sync(fd);
	expect_number("flags", sync.flags, 3 << 8 | 2 << 2);
	expect_number("size", sync.size, 0x1000);
	expect_number("offset", sync.offset, 0x2000);
	expect_errno("nothing", set_sync(fd, 0, 0, 0), 0);
	sync = get_sync(fd);
	expect_number("flags", sync.flags, 3 << 8);
	expect_number("size", sync.size, 0x1000);
	expect_number("offset", sync.offset, 0);
	expect_attribute("a", "sync_mode", "3");
	expect_attribute("a", "sync_direction", "0");
}

static void set_sync_then_does_the_command(void)
{
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_WRONLY);
	expect_errno("for device", set_sync(fd, 3 | 1 << 2, 0x1000, 0x1000), 0);
	expect_attribute("a", "sync_owner", "1");
	expect_attribute("a", "sync_direction", "1");
	expect_errno("for cpu", set_sync(fd, 1 | 2 << 2, 0x1000, 0x1000), 0);
	expect_attribute("a", "sync_owner", "0");
	expect_attribute("a", "sync_direction", "2");
}

static void what_get_sync_gives_set_sync_takes(void)
{
	struct u_dma_buf_ioctl_sync sync, after;
	int fd;

	create("a %d sync-mode=2 sync-direction=1", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_errno("for device", sync_word(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, 1), 0);
	sync = get_sync(fd);
	expect_number("the owner bit", sync.flags >> 16, 1);
	expect_request("SET_SYNC", fd, U_DMA_BUF_IOCTL_SET_SYNC, &sync);
	after = get_sync(fd);
	expect_true("the same state after", !memcmp(&sync, &after, sizeof(sync)));
}

static void a_set_sync_that_fails_leaves_every_setting(void)
{
	static const struct {
		uint64_t flags, size, offset;
	} rows[] = {
		{ 3 << 2, 0, 0 }, { 8 << 8, 0, 0 }, { 0xffULL << 8, 0, 0 }, { 1 << 4, 0, 0 },
		{ 1 << 7, 0, 0 }, { 1 << 17, 0, 0 }, { 1ULL << 32, 0, 0 }, { 1ULL << 63, 0, 0 },
		{ 2, 0, 0 }, { 5 << 8, 0, SIZE + 1 }, { 5 << 8 | 2 << 2, SIZE + 1, 0 },
		{ 5 << 8, SIZE, 16 }, { 5 << 8, 16, SIZE }, { 5 << 8, 32, -16ULL },
		{ 5 << 8, -16ULL, 32 }, { 5 << 8, ~0ULL, ~0ULL }, { 5 << 8 | 1, 0, SIZE - 16 },
		{ 5 << 8 | 3, 32, -16ULL }, { 5 << 8, 1ULL << 32, 0 }, { 5 << 8, 16, 1ULL << 32 },
	};
	struct u_dma_buf_ioctl_sync before, after;
	int fd;

	create("a %d sync-mode=2 sync-offset=16 sync-size=32 sync-direction=1", SIZE);
	fd = open_buffer("a", O_RDWR);
	before = get_sync(fd);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char what[96];

		snprintf(what, sizeof(what), "flags 0x%llx, size 0x%llx, offset 0x%llx",
			 (unsigned long long)rows[i].flags, (unsigned long long)rows[i].size,
			 (unsigned long long)rows[i].offset);
		note_errno(what, set_sync(fd, rows[i].flags, rows[i].size, rows[i].offset), EINVAL);
		after = get_sync(fd);
		if (memcmp(&before, &after, sizeof(before)))
			note_failure("expected %s to change nothing, got flags 0x%llx", what,
				     (unsigned long long)after.flags);
		expect_request("SET_SYNC", fd, U_DMA_BUF_IOCTL_SET_SYNC, &before);
	}
}

static void set_sync_needs_a_descriptor_open_for_writing(void)
{
	struct u_dma_buf_ioctl_sync before, after;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDONLY);
	before = get_sync(fd);
	expect_errno("settings through O_RDONLY", set_sync(fd, 2 << 8 | 1 << 2, 16, 16), EACCES);
	expect_errno("a sync with it", set_sync(fd, 3, 0, 0), EACCES);
	after = get_sync(fd);
	expect_true("the same state after", !memcmp(&before, &after, sizeof(before)));
	fd = open_buffer("a", O_WRONLY);
	expect_errno("settings through O_WRONLY", set_sync(fd, 2 << 8 | 1 << 2, 16, 16), 0);
}

static void unknown_numbers_are_enotty(void)
{
	uint64_t argument[8] = { 0 };
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	for (int number = 0; number < 256; number++) {
		char what[32];

		if (number >= 1 && number <= 10)
			continue;
		snprintf(what, sizeof(what), "number %d", number);
		note_errno(what, request(fd, _IOC(_IOC_READ, 'U', number, 8), argument), ENOTTY);
		note_errno(what, request(fd, _IO('U', number), argument), ENOTTY);
	}
	for (int number = 0; number < 16; number++)
		note_errno("type 'V'", request(fd, _IOR('V', number, uint64_t), argument), ENOTTY);
}

static void a_bad_address_is_efault(void)
{
	static const unsigned long numbers[] = {
		U_DMA_BUF_IOCTL_GET_DRV_INFO, U_DMA_BUF_IOCTL_GET_SIZE,
		U_DMA_BUF_IOCTL_GET_DMA_ADDR, U_DMA_BUF_IOCTL_GET_SYNC_OWNER,
		U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE,
		U_DMA_BUF_IOCTL_GET_DEV_INFO, U_DMA_BUF_IOCTL_GET_SYNC, U_DMA_BUF_IOCTL_SET_SYNC,
	};
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		char what[32];

		snprintf(what, sizeof(what), "number %zu", i + 1);
		note_errno(what, request(fd, numbers[i], NOWHERE), EFAULT);
		note_errno(what, request(fd, numbers[i], NULL), EFAULT);
	}
	note_attribute("a", "sync_owner", "0");
}

static void a_structure_half_out_of_memory_is_efault(void)
{
	char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	munmap(memory + PAGE, PAGE);
	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_errno("GET_SYNC", request(fd, U_DMA_BUF_IOCTL_GET_SYNC, memory + PAGE - 8), EFAULT);
	expect_errno("SET_SYNC", request(fd, U_DMA_BUF_IOCTL_SET_SYNC, memory + PAGE - 8), EFAULT);
	expect_errno("GET_SIZE", request(fd, U_DMA_BUF_IOCTL_GET_SIZE, memory + PAGE - 4), EFAULT);
	expect_errno("SET_SYNC_FOR_CPU",
		     request(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, memory + PAGE - 4), EFAULT);
}

static const struct claim claims[] = {
	CLAIM(the_structures_have_their_layout_on_this_machine),
	CLAIM(driver_info_tells_versions_and_abilities),
	CLAIM(size_address_and_owner_are_those_of_the_attributes),
	CLAIM(device_info_is_that_of_the_attributes),
	CLAIM(sync_state_is_that_of_the_attributes),
	CLAIM(sync_words_are_those_of_the_attributes),
	CLAIM(bad_sync_words_are_refused),
	CLAIM(a_process_that_only_reads_may_sync),
	CLAIM(set_sync_sets_direction_and_offset_always_mode_and_size_where_not_zero),
	CLAIM(set_sync_then_does_the_command),
	CLAIM(what_get_sync_gives_set_sync_takes),
	CLAIM(a_set_sync_that_fails_leaves_every_setting),
	CLAIM(set_sync_needs_a_descriptor_open_for_writing),
	CLAIM(unknown_numbers_are_enotty),
	CLAIM(a_bad_address_is_efault),
	CLAIM(a_structure_half_out_of_memory_is_efault),
};

CLAIMS(claims)
