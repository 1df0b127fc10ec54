// SPDX-License-Identifier: GPL-2.0-only
/* The manager's commands: what they make, and what each mistake answers. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness.h"

#define NAME63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void the_manager_belongs_to_root_alone(void)
{
	struct stat status;

	expect_number("stat of " MANAGER, stat(MANAGER, &status), 0);
	expect_true("a character device", S_ISCHR(status.st_mode));
	expect_number("its mode", status.st_mode & 07777, 0600);
}

static void create_makes_a_usable_buffer_and_delete_takes_it_away(void)
{
	create("a 0x4000");
	expect_attribute("a", "size", "16384");
	close(open_buffer("a", O_RDWR));
	delete_buffer("a");
	expect_true("neither node nor attributes", !buffer_exists("a"));
}

static void note_size(const char *text, unsigned long long size)
{
	int error = manager("create a %s\n", text);

	if (error) {
		note_failure("expected a buffer of %s bytes, got %s", text, strerror(error));
		return;
	}
	note_number(text, attribute_number("a", "size"), size);
	delete_buffer("a");
}

static void sizes_are_numbers_of_base_0_with_k_m_and_g(void)
{
	note_size("1", 1);
	note_size("5000", 5000);
	note_size("0x1234", 0x1234);
	note_size("010000", 4096);
	note_size("4K", 4096);
	note_size("0x10K", 0x4000);
	note_size("1M", 1 << 20);
	note_size("size=8192", 8192);
	note_size("size=16K", 16384);
}

static void commands_end_at_newline_semicolon_and_the_end_of_the_write(void)
{
	expect_errno("no newline", manager("create a 4096"), 0);
	expect_errno("a newline", manager("create b 4096\n"), 0);
	expect_errno("a semicolon", manager("create c 4096;"), 0);
	expect_errno("three commands", manager("create d 4096;create e 4096\ncreate f 4096"), 0);
	expect_errno("blanks around", manager("create g 4096 ; create h 4096 \n"), 0);
	expect_errno("both", manager("create i 4096;\n"), 0);
	expect_number("buffers", buffer_exists("a") + buffer_exists("b") + buffer_exists("c") +
		      buffer_exists("d") + buffer_exists("e") + buffer_exists("f") +
		      buffer_exists("g") + buffer_exists("h") + buffer_exists("i"), 9);
	expect_errno("deletes", manager("delete a;delete b\ndelete c"), 0);
	expect_number("buffers", buffer_exists("a") + buffer_exists("b") + buffer_exists("c"), 0);
}

static void tokens_are_separated_by_blanks_and_tabs(void)
{
	expect_errno("tabs", manager("create\ta\t\t4096\tminor=44\n"), 0);
	expect_errno("blanks", manager("  create   b \t 4096   sync-mode=2  \n"), 0);
	expect_attribute("b", "sync_mode", "2");
	expect_errno("delete", manager("\t delete\t a \n"), 0);
	expect_true("a gone", !buffer_exists("a"));
}

static void every_option_is_what_the_attributes_say_then(void)
{
	struct stat status;

	create("a 0x4000 minor=99 dma-mask=40 quirk-mmap-page sync-mode=3 sync-always "
	       "sync-offset=0x1000 sync-size=0x2000 sync-direction=2");
	note_attribute("a", "size", "16384");
	note_attribute("a", "dma_mask", "40");
	note_attribute("a", "quirk_mmap_mode", "4");
	note_attribute("a", "sync_mode", "7");
	note_attribute("a", "sync_offset", "0x1000");
	note_attribute("a", "sync_size", "8192");
	note_attribute("a", "sync_direction", "2");
	note_attribute("a", "origin", "manager");
	expect_number("stat of /dev/a", stat("/dev/a", &status), 0);
	expect_number("minor of /dev/a", minor(status.st_rdev), 99);
}

static void options_come_in_any_order(void)
{
	create("a 0x4000 sync-direction=1 sync-size=16 quirk-mmap-off minor=98 sync-mode=2");
	note_attribute("a", "sync_direction", "1");
	note_attribute("a", "sync_size", "16");
	note_attribute("a", "quirk_mmap_mode", "1");
	note_attribute("a", "sync_mode", "2");
	note_attribute("a", "sync_offset", "0x0");
}

static void sync_always_adds_four_to_the_mode(void)
{
	create("a 4096 sync-always");
	note_attribute("a", "sync_mode", "5");
	create("b 4096 sync-mode=2 sync-always");
	note_attribute("b", "sync_mode", "6");
	create("c 4096 sync-always sync-mode=7");
	note_attribute("c", "sync_mode", "7");
	create("d 4096 sync-mode=4");
	note_attribute("d", "sync_mode", "4");
}

static void dma_mask_bounds_the_address(void)
{
	unsigned long long address;

	create("a 0x10000 dma-mask=%d", LOW_MASK);
	expect_number("dma_mask of a", attribute_number("a", "dma_mask"), LOW_MASK);
	address = attribute_number("a", "phys_addr");
	expect_true("an address within the mask", address + 0x10000 <= 1ULL << LOW_MASK);
	create("b 4096 dma-mask=64");
	expect_attribute("b", "dma_mask", "64");
}

static void names_take_all_their_characters(void)
{
	static const char *const names[] = {
		"a", "7", "A.b_C@d:e+f-9", "_", "@", ":", "+", "0.1", "create", "delete", NAME63,
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		note_errno(names[i], manager("create %s 4096", names[i]), 0);
		if (buffer_exists(names[i]))
			close(open_buffer(names[i], O_RDWR));
		note_errno(names[i], manager("delete %s", names[i]), 0);
	}
}

static void commands_of_one_write_run_until_one_fails(void)
{
	static const char text[] = "create a 4096\ncreate b 0\ncreate c 4096\n";
	char reason[256];
	int fd = open_manager();

	log_mark();
	expect_number("bytes run", write(fd, text, strlen(text)), strlen("create a 4096\n"));
	expect_true("the first buffer", buffer_exists("a"));
	expect_true("nothing of what failed and what follows",
		    !buffer_exists("b") && !buffer_exists("c"));
	expect_number("a read of nothing", read(fd, reason, 0), 0);
	expect_true("the reason from read", read(fd, reason, sizeof(reason)) > 0);
	expect_number("a second read", read(fd, reason, sizeof(reason)), -1);
	expect_errno("its error", errno, EINVAL);
}

static void a_write_whose_first_command_fails_runs_none(void)
{
	static const char text[] = "create b 0;create c 4096";
	int fd = open_manager();

	expect_number("bytes run", write(fd, text, strlen(text)), -1);
	expect_errno("the error", errno, EINVAL);
	expect_true("nothing of what follows", !buffer_exists("c"));
}

static void read_gives_a_reason_only_after_a_failure_on_that_descriptor(void)
{
	static const char bad[] = "create a 0", good[] = "create a 4096";
	int fd = open_manager(), other = open_manager();
	char reason[256];

	expect_number("a read before any write", read(fd, reason, sizeof(reason)), -1);
	expect_errno("its error", errno, EINVAL);
	expect_number("bytes run of a mistake", write(fd, bad, strlen(bad)), -1);
	expect_number("a read of another descriptor", read(other, reason, sizeof(reason)), -1);
	expect_errno("its error", errno, EINVAL);
	expect_number("bytes run", write(fd, good, strlen(good)), strlen(good));
	expect_number("a read after a success", read(fd, reason, sizeof(reason)), -1);
	expect_errno("its error", errno, EINVAL);
}

static void a_write_of_more_than_64_kib_is_cut_at_a_separator(void)
{
	static char text[8 * 10000 + 1];
	int fd = open_manager();
	ssize_t written, rest;

	memset(text, ' ', sizeof(text));
	for (int i = 0; i < 8; i++) {
		memcpy(text + 10000 * i, (char[]){ "create x0 4096" }, 14);
		text[10000 * i + 8] = '0' + i;
		text[10000 * i + 9999] = '\n';
	}
	written = write(fd, text, 80000);
	expect_number("bytes run of 80000", written, 60000);
	expect_true("the last command that fitted", buffer_exists("x5"));
	expect_true("not the one that was cut", !buffer_exists("x6"));
	rest = write(fd, text + written, 80000 - written);
	expect_number("bytes run of the rest", rest, 80000 - written);
	expect_true("the last", buffer_exists("x7"));
}

static void a_failed_creation_frees_its_name_and_minor(void)
{
	expect_errno("too much", manager("create a 64G minor=55"), ENOMEM);
	expect_true("neither node nor attributes", !buffer_exists("a"));
	create("b 4096 minor=55");
	create("a 4096");
}

static int uevent_socket(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (void *)&address, sizeof(address)))
		skip("no uevent socket here: %s", strerror(errno));
	return fd;
}

/* How many uevents of the class that start with @action wait for the buffer @name. */
static int count_uevents(int fd, const char *action, const char *name)
{
	char event[8192], devname[80];
	ssize_t length;
	int count = 0;

	snprintf(devname, sizeof(devname), "DEVNAME=%s", name);
	while ((length = recv(fd, event, sizeof(event) - 1, 0)) > 0) {
		bool is_named = false;

		event[length] = '\0';
		for (char *at = event; at < event + length; at += strlen(at) + 1)
			is_named |= !strcmp(at, devname);
		count += is_named && !strncmp(event, action, strlen(action));
	}
	return count;
}

static void write_returns_when_the_buffer_is_announced_or_gone(void)
{
	int fd = uevent_socket();

	create("a 4096");
	expect_number("uevents add@", count_uevents(fd, "add@", "a"), 1);
	delete_buffer("a");
	expect_number("uevents remove@", count_uevents(fd, "remove@", "a"), 1);
}

static void a_failed_creation_is_not_announced(void)
{
	int fd = uevent_socket();

	expect_errno("too much", manager("create a 64G"), ENOMEM);
	expect_errno("no parent", manager("create a 4096 device=nothere"), ENODEV);
	expect_number("uevents", count_uevents(fd, "", "a"), 0);
}

static void a_write_that_can_not_be_read_leaves_no_older_reason(void)
{
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open_manager();
	char reason[256];

	expect_number("bytes run of a mistake", write(fd, "create a 0", 10), -1);
	expect_number("bytes run from nowhere", write(fd, nowhere, 10), -1);
	expect_errno("its error", errno, EFAULT);
	expect_number("a read after it", read(fd, reason, sizeof(reason)), -1);
	expect_errno("its error", errno, EINVAL);
}

static const struct claim claims[] = {
	CLAIM(the_manager_belongs_to_root_alone),
	CLAIM(create_makes_a_usable_buffer_and_delete_takes_it_away),
	CLAIM(sizes_are_numbers_of_base_0_with_k_m_and_g),
	CLAIM(commands_end_at_newline_semicolon_and_the_end_of_the_write),
	CLAIM(tokens_are_separated_by_blanks_and_tabs),
	CLAIM(every_option_is_what_the_attributes_say_then),
	CLAIM(options_come_in_any_order),
	CLAIM(sync_always_adds_four_to_the_mode),
	CLAIM(dma_mask_bounds_the_address),
	CLAIM(names_take_all_their_characters),
	CLAIM(commands_of_one_write_run_until_one_fails),
	CLAIM(a_write_whose_first_command_fails_runs_none),
	CLAIM(read_gives_a_reason_only_after_a_failure_on_that_descriptor),
	CLAIM(a_write_that_can_not_be_read_leaves_no_older_reason),
	CLAIM(a_write_of_more_than_64_kib_is_cut_at_a_separator),
	CLAIM(a_failed_creation_frees_its_name_and_minor),
	CLAIM(write_returns_when_the_buffer_is_announced_or_gone),
	CLAIM(a_failed_creation_is_not_announced),
};

CLAIMS(claims)
