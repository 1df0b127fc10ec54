// SPDX-License-Identifier: GPL-2.0-only
/* Commands that the manager refuses: the error of each, and the one log line that says which and why. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define NAME63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

/*
 * A command, the error it must answer, and what of it the log line must name (NULL: any). The line
 * starts with "u-dma-buf-mgr: create a: ": what is in there says nothing.
 */
struct mistake {
	const char *command;
	int error;
	const char *word;
};

static void note_reason(int fd, const char *command, const char *word)
{
	const struct log *log = log_read();
	char reason[512] = "";
	ssize_t length = read(fd, reason, sizeof(reason) - 1);

	if (log_count(NULL) != 1)
		note_failure("expected one log line for '%s', got %zu", command, log_count(NULL));
	if (word && log_count(word) != 1)
		note_failure("expected the log line for '%s' to name '%s', got '%s'", command, word,
			     log->count ? log->line[0] : "");
	if (length <= 0) {
		note_failure("expected read to give the reason of '%s', got %s", command,
			     length ? strerror(errno) : "nothing");
		return;
	}
	if (reason[length - 1] == '\n')
		reason[length - 1] = '\0';
	if (log_count(reason) != 1)
		note_failure("expected read to give the log line of '%s', got '%s'", command, reason);
	if (read(fd, reason, sizeof(reason)) != -1 || errno != EINVAL)
		note_failure("expected a second read after '%s' to be EINVAL, got %s", command,
			     strerror(errno));
}

static void note_mistakes(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t buffers = buffer_count();
		const char *command = mistakes[i].command;
		int fd = open_manager();
		ssize_t written;

		log_mark();
		written = write(fd, command, strlen(command));
		if (written != -1)
			note_failure("expected '%s' to fail, got %zd bytes run", command, written);
		else
			note_errno(command, errno, mistakes[i].error);
		if (written == -1)
			note_reason(fd, command, mistakes[i].word);
		if (buffer_count() != buffers)
			note_failure("expected '%s' to leave %zu buffers, got %zu", command, buffers,
				     buffer_count());
		close(fd);
	}
}

#define NOTE_MISTAKES(rows) note_mistakes(rows, ARRAY_SIZE(rows))

static void bad_names_are_einval(void)
{
	static const struct mistake rows[] = {
		{ "create a/b 4096", EINVAL, "a/b" },
		{ "create " NAME63 "l 4096", EINVAL, NAME63 },
		{ "create .a 4096", EINVAL, "\".a\"" },
		{ "create -a 4096", EINVAL, "\"-a\"" },
		{ "create . 4096", EINVAL, "\".\"" },
		{ "create .. 4096", EINVAL, "\"..\"" },
		{ "create / 4096", EINVAL, "\"/\"" },
		{ "create a,b 4096", EINVAL, "a,b" },
		{ "create a%sb 4096", EINVAL, NULL },
		{ "create a!b 4096", EINVAL, "a!b" },
		{ "create a*b 4096", EINVAL, "a*b" },
		{ "create a\xc3\xa9 4096", EINVAL, NULL },
		{ "create a\x01z 4096", EINVAL, NULL },
		{ "create a\r 4096", EINVAL, NULL },
		{ "create", EINVAL, NULL },
		{ "create ;", EINVAL, NULL },
		{ "create 4096", EINVAL, NULL },
		{ "create size=4096", EINVAL, NULL },
		{ "delete", EINVAL, NULL },
	};

	NOTE_MISTAKES(rows);
}

static void bad_sizes_are_einval(void)
{
	static const struct mistake rows[] = {
		{ "create a", EINVAL, NULL },
		{ "create a 0", EINVAL, "size 0:" },
		{ "create a 0x0", EINVAL, "size" },
		{ "create a 0K", EINVAL, "size" },
		{ "create a size=0", EINVAL, "size" },
		{ "create a size=", EINVAL, "size" },
		{ "create a size", EINVAL, "\"size\"" },
		{ "create a 18446744073709551616", EINVAL, "18446744073709551616" },
		{ "create a 0x10000000000000000", EINVAL, "0x10000000000000000" },
		{ "create a 17179869184G", EINVAL, "17179869184G" },
		{ "create a 18014398509481985K", EINVAL, "18014398509481985K" },
		{ "create a 99999999999999999999999", EINVAL, NULL },
		{ "create a -1", EINVAL, "-1" },
		{ "create a -4096", EINVAL, "-4096" },
		{ "create a 4096x", EINVAL, "4096x" },
		{ "create a 4KK", EINVAL, "\"4KK\"" },
		{ "create a 4KB", EINVAL, "4KB" },
		{ "create a 4T", EINVAL, "4T" },
		{ "create a K", EINVAL, "\"K\"" },
		{ "create a 0x", EINVAL, "\"0x\"" },
		{ "create a 09", EINVAL, "\"09\"" },
		{ "create a 1.5M", EINVAL, "1.5M" },
		{ "create a four", EINVAL, "four" },
		{ "create a 4096 4096", EINVAL, "\"4096\"" },
		{ "create a 4096 size=4096", EINVAL, "size" },
	};

	NOTE_MISTAKES(rows);
}

static void unknown_words_are_einval(void)
{
	static const struct mistake rows[] = {
		{ "createfoo a 4096", EINVAL, "createfoo" },
		{ "creat a 4096", EINVAL, "\"creat\"" },
		{ "Create a 4096", EINVAL, "Create" },
		{ "deletefoo a", EINVAL, "deletefoo" },
		{ "del a", EINVAL, "\"del\"" },
		{ "list", EINVAL, "\"list\"" },
		{ "create a 4096 foo", EINVAL, "\"foo\"" },
		{ "create a 4096 foo=1", EINVAL, "\"foo=1\"" },
		{ "create a 4096 quirk-mmap-on-typo", EINVAL, "quirk-mmap-on-typo" },
		{ "create a 4096 quirk-mmap-o", EINVAL, "\"quirk-mmap-o\"" },
		{ "create a 4096 quirk-mmap", EINVAL, "\"quirk-mmap\"" },
		{ "create a 4096 quirk-mmap-on=1", EINVAL, "quirk-mmap-on" },
		{ "create a 4096 sync-always=1", EINVAL, "sync-always" },
		{ "create a 4096 sync-alway", EINVAL, "\"sync-alway\"" },
		{ "create a 4096 minor", EINVAL, "\"minor\"" },
		{ "create a 4096 minor=", EINVAL, "minor" },
		{ "create a 4096 min=1", EINVAL, "\"min=1\"" },
		{ "create a 4096 minor =1", EINVAL, "minor" },
		{ "create a 4096 dma_mask=32", EINVAL, "dma_mask" },
		{ "create a 4096 sync-modes=1", EINVAL, "sync-modes" },
		{ "create a 4096 =1", EINVAL, NULL },
		{ "delete a please", EINVAL, "please" },
		{ "delete a forced", EINVAL, "forced" },
		{ "delete a b", EINVAL, "\"b\"" },
	};

	NOTE_MISTAKES(rows);
}

static void numbers_out_of_range_are_einval(void)
{
	static const struct mistake rows[] = {
		{ "create a 4096 dma-mask=255", EINVAL, "dma-mask" },
		{ "create a 4096 dma-mask=0", EINVAL, "dma-mask" },
		{ "create a 4096 dma-mask=65", EINVAL, "dma-mask" },
		{ "create a 4096 dma-mask=-1", EINVAL, "dma-mask" },
		{ "create a 4096 dma-mask=4294967328", EINVAL, "dma-mask" },
		{ "create a 4096 dma-mask=x", EINVAL, "dma-mask" },
		{ "create a 4096 minor=256", EINVAL, "minor" },
		{ "create a 4096 minor=-1", EINVAL, "minor" },
		{ "create a 4096 minor=4294967296", EINVAL, "minor" },
		{ "create a 4096 minor=1K", EINVAL, "minor" },
		{ "create a 4096 minor=1x", EINVAL, "minor" },
		{ "create a 4096 sync-mode=8", EINVAL, "sync-mode" },
		{ "create a 4096 sync-mode=-1", EINVAL, "sync-mode" },
		{ "create a 4096 sync-mode=4294967297", EINVAL, "sync-mode" },
		{ "create a 4096 sync-direction=3", EINVAL, "sync-direction" },
		{ "create a 4096 sync-direction=-1", EINVAL, "sync-direction" },
		{ "create a 4096 sync-offset=x", EINVAL, "sync-offset" },
		{ "create a 4096 sync-offset=-1", EINVAL, "sync-offset" },
		{ "create a 4096 sync-size=18446744073709551616", EINVAL, "sync-size" },
		{ "create a 4096 sync-size=4097", EINVAL, "sync-size" },
		{ "create a 4096 sync-offset=2048 sync-size=4096", EINVAL, "sync-" },
		{ "create a 4096 sync-offset=0xfffffffffffff000 sync-size=4096", EINVAL, "sync-" },
	};

	NOTE_MISTAKES(rows);
}

static void repeated_options_are_einval(void)
{
	static const struct mistake rows[] = {
		{ "create a 4096 minor=9 minor=9", EINVAL, "minor" },
		{ "create a 4096 bus=pci bus=pci", EINVAL, "bus" },
		{ "create a 4096 device=x device=y", EINVAL, "device" },
		{ "create a 4096 dma-mask=32 dma-mask=32", EINVAL, "dma-mask" },
		{ "create a 4096 sync-mode=1 sync-mode=1", EINVAL, "sync-mode" },
		{ "create a 4096 sync-always sync-always", EINVAL, "sync-always" },
		{ "create a 4096 sync-offset=0 sync-offset=0", EINVAL, "sync-offset" },
		{ "create a 4096 sync-size=16 sync-size=16", EINVAL, "sync-size" },
		{ "create a 4096 sync-direction=0 sync-direction=0", EINVAL, "sync-direction" },
		{ "create a 4096 quirk-mmap-on quirk-mmap-on", EINVAL, "quirk-mmap" },
		{ "create a 4096 quirk-mmap-on quirk-mmap-off", EINVAL, "quirk-mmap" },
		{ "create a size=4096 size=4096", EINVAL, "size" },
		{ "delete a force force", EINVAL, "force" },
	};

	NOTE_MISTAKES(rows);
}

static void a_taken_name_or_minor_is_eexist(void)
{
	static const struct mistake rows[] = {
		{ "create a 4096", EEXIST, "create a: there is a buffer of this name" },
		{ "create a 8192 minor=91", EEXIST, "of this name" },
		{ "create b 4096 minor=90", EEXIST, "minor number 90 is used" },
		{ "create c 4096;", EEXIST, "create c: there is a buffer of this name" },
	};

	create("a 4096 minor=90; create c 4096");
	NOTE_MISTAKES(rows);
	expect_attribute("a", "size", "4096");
}

static void an_unknown_bus_or_device_is_enodev(void)
{
	static const struct mistake rows[] = {
		{ "create a 4096 device=nothere", ENODEV, "nothere" },
		{ "create a 4096 bus=platform device=nothere", ENODEV, "nothere" },
		{ "create a 4096 bus=pci device=ffff:ff:1f.7", ENODEV, "ffff:ff:1f.7" },
		{ "create a 4096 bus=nobus device=x", ENODEV, "nobus" },
	};

	NOTE_MISTAKES(rows);
}

static void a_bus_without_a_device_is_einval(void)
{
	static const struct mistake rows[] = {
		{ "create a 4096 bus=pci", EINVAL, "bus" },
		{ "create a 4096 bus=", EINVAL, "bus" },
		{ "create a 4096 device=", EINVAL, "device" },
		{ "create a 4096 bus=pci device=", EINVAL, "device" },
	};

	NOTE_MISTAKES(rows);
}

static void delete_of_nothing_is_enoent(void)
{
	static const struct mistake rows[] = {
		{ "delete nothere", ENOENT, "delete nothere: there is no such buffer" },
		{ "delete nothere force", ENOENT, "there is no such buffer" },
		{ "delete u-dma-buf-mgr", ENOENT, "delete u-dma-buf-mgr: there is no such buffer" },
		{ "delete null", ENOENT, "delete null: there is no such buffer" },
	};

	NOTE_MISTAKES(rows);
}

static void more_than_there_is_is_enomem_never_a_smaller_buffer(void)
{
	static const struct mistake rows[] = {
		{ "create a 0x100010000", ENOMEM, "4295032832 bytes: " },
		{ "create a 4295032832", ENOMEM, "4295032832 bytes: " },
		{ "create a 64G", ENOMEM, "68719476736 bytes: " },
		{ "create a 0x8000000000000000", ENOMEM, NULL },
		{ "create a 0xfffffffffffff001", ENOMEM, NULL },
		{ "create a 0xffffffffffffffff", ENOMEM, NULL },
		{ "create a 17179869183G", ENOMEM, NULL },
	};

	NOTE_MISTAKES(rows);
	expect_true("nothing left of it", !buffer_exists("a"));
	create("a 4096");
}

static void the_257th_minor_is_enospc(void)
{
	static const struct mistake rows[] = { { "create last 4096", ENOSPC, "256 minor numbers" } };
	size_t count = buffer_count();

	expect_reload("info_enable=0");
	for (size_t i = count; i < 256; i++)
		create("many%zu 4096", i);
	expect_number("buffers", buffer_count(), 256);
	NOTE_MISTAKES(rows);
	delete_buffer("many200");
	create("last 4096");
}

static void a_write_of_more_than_64_kib_without_a_separator_is_einval(void)
{
	static char text[70001];
	struct mistake row = { text, EINVAL, NULL };

	memset(text, 'x', 70000);
	note_mistakes(&row, 1);
}

/* Of three commands the second fails: what read gives is the log line of that one. */
static void the_reason_of_a_short_write_is_that_of_the_command_that_failed(void)
{
	static const char text[] = "create a 4096;create b 4096 minor=256;create c 4096";
	int fd;

	expect_reload("info_enable=0");
	fd = open_manager();
	log_mark();
	expect_number("bytes run", write(fd, text, strlen(text)), strlen("create a 4096;"));
	note_reason(fd, text, "create b: minor 256: ");
}

static void a_nul_in_a_command_is_einval(void)
{
	static const char text[] = "create a\0b 4096";
	int fd = open_manager();

	expect_number("bytes run", write(fd, text, sizeof(text) - 1), -1);
	expect_errno("the error", errno, EINVAL);
	expect_true("no buffer", !buffer_exists("a"));
}

static void a_bad_address_is_efault(void)
{
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open_manager();

	expect_number("bytes run", write(fd, nowhere, 100), -1);
	expect_errno("the error", errno, EFAULT);
}

static const struct claim claims[] = {
	CLAIM(bad_names_are_einval),
	CLAIM(bad_sizes_are_einval),
	CLAIM(unknown_words_are_einval),
	CLAIM(numbers_out_of_range_are_einval),
	CLAIM(repeated_options_are_einval),
	CLAIM(a_taken_name_or_minor_is_eexist),
	CLAIM(an_unknown_bus_or_device_is_enodev),
	CLAIM(a_bus_without_a_device_is_einval),
	CLAIM(delete_of_nothing_is_enoent),
	CLAIM(more_than_there_is_is_enomem_never_a_smaller_buffer),
	CLAIM(the_257th_minor_is_enospc),
	CLAIM(a_write_of_more_than_64_kib_without_a_separator_is_einval),
	CLAIM(the_reason_of_a_short_write_is_that_of_the_command_that_failed),
	CLAIM(a_nul_in_a_command_is_einval),
	CLAIM(a_bad_address_is_efault),
};

CLAIMS(claims)
