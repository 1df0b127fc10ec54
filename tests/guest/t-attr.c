// SPDX-License-Identifier: GPL-2.0-only
/* The attributes of a buffer: their modes, what they read as, what they accept and refuse. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness.h"

#define SIZE 0x4000

static const char *const settings[] = { "sync_mode", "sync_offset", "sync_size", "sync_direction" };

static void every_attribute_has_its_mode(void)
{
	static const struct {
		const char *attr;
		mode_t mode;
	} rows[] = {
		{ "driver_version", 0444 }, { "phys_addr", 0444 }, { "size", 0444 },
		{ "sync_mode", 0664 }, { "sync_offset", 0664 }, { "sync_size", 0664 },
		{ "sync_direction", 0664 }, { "sync_owner", 0444 }, { "sync_for_cpu", 0664 },
		{ "sync_for_device", 0664 }, { "dma_coherent", 0444 }, { "quirk_mmap_mode", 0444 },
		{ "ioctl_version", 0444 }, { "dma_device", 0444 }, { "dma_mask", 0444 },
		{ "memory", 0444 }, { "origin", 0444 }, { "users", 0444 },
	};

	create("a %d", SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stat status;
		char path[128];

		snprintf(path, sizeof(path), SYSFS "a/%s", rows[i].attr);
		if (stat(path, &status))
			note_failure("expected %s to exist, got %s", path, strerror(errno));
		else if ((status.st_mode & 07777) != rows[i].mode)
			note_failure("expected %s to have mode %o, got %o", path, rows[i].mode,
				     status.st_mode & 07777);
	}
}

static void note_form(const char *attr, const char *form)
{
	char path[128], anchored[128];
	const char *text;
	regex_t regex;

	snprintf(path, sizeof(path), SYSFS "a/%s", attr);
	snprintf(anchored, sizeof(anchored), "^(%s)\n$", form);
	text = file_text(path);
	regcomp(&regex, anchored, REG_EXTENDED | REG_NOSUB);
	if (regexec(&regex, text, 0, NULL, 0))
		note_failure("expected %s to read as %s and a newline, got '%s'", attr, form, text);
	regfree(&regex);
}

static void every_attribute_has_its_form(void)
{
	create("a %d", SIZE);
	note_form("driver_version", "[0-9]+[.][0-9]+[.][0-9]+[^ ]*");
	note_form("phys_addr", "0x[0-9a-f]{16}");
	note_form("size", "[0-9]+");
	note_form("sync_mode", "[0-7]");
	note_form("sync_offset", "0x[0-9a-f]+");
	note_form("sync_size", "[0-9]+");
	note_form("sync_direction", "[0-2]");
	note_form("sync_owner", "[01]");
	note_form("sync_for_cpu", "0");
	note_form("sync_for_device", "0");
	note_form("dma_coherent", "[01]");
	note_form("quirk_mmap_mode", "[1-4]");
	note_form("ioctl_version", "[2-9]|[1-9][0-9]+");
	note_form("dma_device", "none");
	note_form("dma_mask", "[0-9]+");
	note_form("memory", "pool|pages|contig|cma|scattered");
	note_form("origin", "manager");
	note_form("users", "[0-9]+");
}

static void a_new_buffer_has_the_default_settings(void)
{
#if defined(__arm__) || defined(__aarch64__)
	const char *mmap_mode = "2";
#else
	const char *mmap_mode = "3";
#endif

	create("a 5000");
	note_attribute("a", "size", "5000");
	note_attribute("a", "sync_mode", "1");
	note_attribute("a", "sync_offset", "0x0");
	note_attribute("a", "sync_size", "5000");
	note_attribute("a", "sync_direction", "0");
	note_attribute("a", "sync_owner", "0");
	note_attribute("a", "sync_for_cpu", "0");
	note_attribute("a", "sync_for_device", "0");
	note_attribute("a", "quirk_mmap_mode", mmap_mode);
	note_attribute("a", "dma_device", "none");
	note_attribute("a", "dma_mask", "32");
	note_attribute("a", "memory", "pages");
	note_attribute("a", "origin", "manager");
	note_attribute("a", "users", "0");
}

static void the_address_is_whole_pages_within_the_mask(void)
{
	unsigned long long address;

	create("a %d", SIZE);
	address = attribute_number("a", "phys_addr");
	expect_true("an address that is not 0", address != 0);
	expect_number("phys_addr modulo the page size", address % PAGE, 0);
	expect_true("a buffer below 4 GiB", address + SIZE <= 1ULL << 32);
}

static void node_and_dev_attribute_agree(void)
{
	struct stat status;
	char dev[32];

	create("a %d minor=77", SIZE);
	if (stat("/dev/a", &status))
		fail("expected /dev/a to exist, got %s", strerror(errno));
	expect_true("/dev/a to be a character device", S_ISCHR(status.st_mode));
	expect_number("minor of /dev/a", minor(status.st_rdev), 77);
	snprintf(dev, sizeof(dev), "%u:77", major(status.st_rdev));
	expect_attribute("a", "dev", dev);
	expect_true("the node's name in uevent",
		    strstr(file_text(SYSFS "a/uevent"), "DEVNAME=a\n") != NULL);
}

static void note_accepted(const char *attr, const char *text, const char *reads)
{
	char what[128];

	snprintf(what, sizeof(what), "'%s' in %s", text, attr);
	note_errno(what, set_attribute("a", attr, text), 0);
	note_attribute("a", attr, reads);
}

static void settings_take_decimal_hexadecimal_and_octal(void)
{
	create("a %d", SIZE);
	for (int mode = 0; mode < 8; mode++) {
		char text[4];

		snprintf(text, sizeof(text), "%d", mode);
		note_accepted("sync_mode", text, text);
	}
	note_accepted("sync_mode", "0x3", "3");
	note_accepted("sync_mode", "05\n", "5");
	note_accepted("sync_direction", "0", "0");
	note_accepted("sync_direction", "1\n", "1");
	note_accepted("sync_direction", "0x2", "2");
	note_accepted("sync_offset", "4096", "0x1000");
	note_accepted("sync_offset", "0x2000\n", "0x2000");
	note_accepted("sync_offset", "0100", "0x40");
	note_accepted("sync_size", "100", "100");
	note_accepted("sync_size", "0x100", "256");
	note_accepted("sync_size", "0100\n", "64");
}

/* As the kernel's own attributes are. */
static void a_text_may_end_with_the_nul_of_a_c_string(void)
{
	static const char one[8] = "1", two[8] = "2\n", none[8] = "";
	int fd;

	create("a %d sync-mode=3", SIZE);
	fd = open(SYSFS "a/sync_mode", O_WRONLY);
	expect_number("bytes written of 1 and a NUL", write(fd, one, 2), 2);
	expect_attribute("a", "sync_mode", "1");
	expect_number("bytes written of a whole array", pwrite(fd, two, sizeof(two), 0), sizeof(two));
	expect_attribute("a", "sync_mode", "2");
	expect_number("bytes written of nothing", pwrite(fd, none, sizeof(none), 0), -1);
	expect_number("errno", errno, EINVAL);
	expect_attribute("a", "sync_mode", "2");
}

static void note_refused(const char *attr, const char *text)
{
	char before[64], what[128];

	snprintf(before, sizeof(before), "%s", attribute("a", attr));
	snprintf(what, sizeof(what), "'%s' in %s", text, attr);
	note_errno(what, set_attribute("a", attr, text), EINVAL);
	note_attribute("a", attr, before);
}

static void text_that_is_no_number_is_refused_and_changes_nothing(void)
{
	static const char *const texts[] = {
		"\n", "x", "1x", "0x", "1 2", "--1", "0x1g", "09", "18446744073709551616",
		"0x10000000000000000",
	};

	create("a %d sync-mode=2 sync-offset=16 sync-size=32 sync-direction=1", SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(settings); j++)
			note_refused(settings[j], texts[i]);
		note_refused("sync_for_cpu", texts[i]);
		note_refused("sync_for_device", texts[i]);
	}
}

static void value_out_of_range_is_refused_and_changes_nothing(void)
{
	char one_more[16];

	snprintf(one_more, sizeof(one_more), "%d", SIZE + 1);
	create("a %d sync-mode=2 sync-direction=1 sync-offset=32 sync-size=64", SIZE);
	note_refused("sync_mode", "8");
	note_refused("sync_mode", "-1");
	note_refused("sync_mode", "257");
	note_refused("sync_mode", "4294967297");
	note_refused("sync_direction", "3");
	note_refused("sync_direction", "-1");
	note_refused("sync_direction", "4294967296");
	note_refused("sync_offset", "-1");
	note_refused("sync_offset", one_more);
	note_refused("sync_offset", "0x8000000000000000");
	note_refused("sync_size", "-1");
	note_refused("sync_size", one_more);
	note_refused("sync_size", "4294967312");
}

static void users_counts_opens_and_mappings(void)
{
	int first, second;
	void *memory;

	create("a %d", SIZE);
	first = open_buffer("a", O_RDWR);
	expect_attribute("a", "users", "1");
	second = open_buffer("a", O_RDONLY);
	expect_attribute("a", "users", "2");
	memory = map_buffer(first, SIZE, 0);
	expect_attribute("a", "users", "3");
	close(second);
	close(first);
	expect_true("users of what is only mapped", attribute_number("a", "users") >= 1);
	munmap(memory, SIZE);
	expect_attribute("a", "users", "0");
}

static void users_is_notified_when_it_reaches_zero(void)
{
	struct pollfd poller;
	char text[32];
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	poller = (struct pollfd){ .fd = open(SYSFS "a/users", O_RDONLY), .events = POLLPRI };
	expect_number("bytes read of users", read(poller.fd, text, sizeof(text)), 2);
	expect_number("events before the last close", poll(&poller, 1, 0), 0);
	close(fd);
	expect_number("events after the last close", poll(&poller, 1, 10000), 1);
	expect_true("POLLPRI", poller.revents & POLLPRI);
	expect_number("bytes read of users", pread(poller.fd, text, sizeof(text), 0), 2);
	expect_number("first digit of users", text[0], '0');
}

static void users_is_notified_when_the_last_mapping_goes(void)
{
	struct pollfd poller;
	char text[32];
	void *memory;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	close(fd);
	poller = (struct pollfd){ .fd = open(SYSFS "a/users", O_RDONLY), .events = POLLPRI };
	expect_number("bytes read of users", read(poller.fd, text, sizeof(text)), 2);
	expect_number("events while mapped", poll(&poller, 1, 0), 0);
	munmap(memory, SIZE);
	expect_number("events after the last munmap", poll(&poller, 1, 10000), 1);
}

static void an_open_attribute_does_not_keep_the_buffer(void)
{
	char text[32];
	int fd;

	create("a %d", SIZE);
	fd = open(SYSFS "a/size", O_RDONLY);
	delete_buffer("a");
	expect_number("bytes read of an attribute of a deleted buffer",
		      read(fd, text, sizeof(text)), -1);
	expect_errno("its error", errno, ENODEV);
}

static const struct claim claims[] = {
	CLAIM(every_attribute_has_its_mode),
	CLAIM(every_attribute_has_its_form),
	CLAIM(a_new_buffer_has_the_default_settings),
	CLAIM(the_address_is_whole_pages_within_the_mask),
	CLAIM(node_and_dev_attribute_agree),
	CLAIM(settings_take_decimal_hexadecimal_and_octal),
	CLAIM(a_text_may_end_with_the_nul_of_a_c_string),
	CLAIM(text_that_is_no_number_is_refused_and_changes_nothing),
	CLAIM(value_out_of_range_is_refused_and_changes_nothing),
	CLAIM(users_counts_opens_and_mappings),
	CLAIM(users_is_notified_when_it_reaches_zero),
	CLAIM(users_is_notified_when_the_last_mapping_goes),
	CLAIM(an_open_attribute_does_not_keep_the_buffer),
};

CLAIMS(claims)
