// SPDX-License-Identifier: GPL-2.0-only
/* Who holds a buffer, and what a delete is answered then. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "uses.h"

#define SIZE 0x4000

static void expect_busy(const char *name)
{
	expect_errno("a delete of a buffer in use", manager("delete %s", name), EBUSY);
	expect_true("node and attributes still there", buffer_exists(name));
}

static void delete_of_an_open_buffer_is_refused_and_leaves_it_whole(void)
{
	char text[8] = "";
	int fd;

	create("a %d sync-mode=2", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("bytes written", write(fd, "whole", 6), 6);
	log_mark();
	expect_busy("a");
	log_only_line();
	expect_attribute("a", "sync_mode", "2");
	expect_number("bytes read", pread(fd, text, 6, 0), 6);
	expect_text("what was written", text, "whole");
	close(open_buffer("a", O_RDONLY));
	close(fd);
	delete_buffer("a");
	expect_true("neither node nor attributes", !buffer_exists("a"));
}

static void a_refused_delete_leaves_its_reason_to_be_read(void)
{
	char reason[256];
	int held, fd;

	create("a %d", SIZE);
	held = open_buffer("a", O_RDWR);
	fd = open_manager();
	expect_number("bytes run", write(fd, "delete a", 8), -1);
	expect_errno("the error", errno, EBUSY);
	expect_true("a reason", read(fd, reason, sizeof(reason)) > 0);
	close(held);
}

static void delete_of_a_mapped_buffer_is_refused_after_close_too(void)
{
	void *memory;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	close(fd);
	expect_busy("a");
	fill_words(memory, SIZE, 1);
	expect_busy("a");
	munmap(memory, SIZE);
	delete_buffer("a");
}

static void a_part_of_a_mapping_holds_the_buffer(void)
{
	char *memory;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	close(fd);
	munmap(memory + PAGE, PAGE);
	expect_busy("a");
	munmap(memory, PAGE);
	expect_busy("a");
	munmap(memory + 2 * PAGE, SIZE - 2 * PAGE);
	expect_attribute("a", "users", "0");
	delete_buffer("a");
}

static void a_childs_mapping_holds_the_buffer(void)
{
	int fd, ends[2];
	void *memory;
	pid_t child;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	close(fd);
	expect_number("pipe", pipe(ends), 0);
	child = fork();
	if (!child) {
		close(ends[1]);
		_exit(read(ends[0], &fd, 1) < 0);
	}
	munmap(memory, SIZE);
	expect_busy("a");
	close(ends[1]);
	waitpid(child, NULL, 0);
	expect_attribute("a", "users", "0");
	delete_buffer("a");
}

static void a_childs_descriptor_holds_the_buffer(void)
{
	int fd, ends[2];
	pid_t child;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("pipe", pipe(ends), 0);
	child = fork();
	if (!child) {
		close(ends[1]);
		_exit(read(ends[0], &fd, 1) < 0);
	}
	close(fd);
	expect_busy("a");
	close(ends[1]);
	waitpid(child, NULL, 0);
	delete_buffer("a");
}

static void a_pinned_page_holds_the_buffer_after_munmap_and_close(void)
{
	static char text[4096];
	int fd, ends[2];
	char *memory;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory + PAGE, PAGE, 1);
	put_into_pipe(memory + PAGE, PAGE, ends);
	munmap(memory, SIZE);
	close(fd);
	log_mark();
	expect_busy("a");
	log_only_line();
	expect_number("bytes from the pipe", read(ends[0], text, PAGE), PAGE);
	expect_number("first wrong word", find_wrong_word(text, PAGE, 1), -1);
	delete_buffer("a");
}

static void users_is_notified_when_the_last_pin_goes(void)
{
	static char text[4096];
	struct pollfd poller;
	int fd, ends[2];
	char *memory;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	memory[0] = 1;
	put_into_pipe(memory, PAGE, ends);
	munmap(memory, SIZE);
	close(fd);
	poller = (struct pollfd){ .fd = open(SYSFS "a/users", O_RDONLY), .events = POLLPRI };
	expect_number("bytes read of users", read(poller.fd, text, sizeof(text)), 2);
	expect_busy("a");
	expect_number("events while pinned", poll(&poller, 1, 0), 0);
	expect_number("bytes from the pipe", read(ends[0], text, PAGE), PAGE);
	expect_number("events after the last pin", poll(&poller, 1, 10000), 1);
	delete_buffer("a");
}

static void an_io_uring_buffer_holds_the_buffer_after_munmap_and_close(void)
{
	struct io_uring_params parameters = { 0 };
	int ring = syscall(SYS_io_uring_setup, 4, &parameters);
	struct iovec there;
	void *memory;
	int fd;

	if (ring < 0)
		skip("no io_uring here: %s", strerror(errno));
	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	there = (struct iovec){ memory, SIZE };
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &there, 1)) {
		if (errno == EOPNOTSUPP)
			skip("this kernel registers no buffer of a file");
		fail("expected io_uring to register the buffer, got %s", strerror(errno));
	}
	munmap(memory, SIZE);
	close(fd);
	expect_busy("a");
	syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS, NULL, 0);
	close(ring);
	for (int tries = 0; tries < 100 && manager("delete a"); tries++)
		usleep(50000);
	expect_true("the buffer gone once nothing is registered", !buffer_exists("a"));
}

static void expect_unload_refused(void)
{
	int error = module_unload();

	if (error != EAGAIN && error != EBUSY)
		fail("expected the module to stay, got %s", error ? strerror(error) : "unloaded");
}

static void rmmod_is_refused_while_a_buffer_is_open_or_mapped(void)
{
	void *memory;
	int fd;

	expect_reload("udmabuf0=16384");
	fd = open_buffer("udmabuf0", O_RDWR);
	expect_unload_refused();
	memory = map_buffer(fd, SIZE, 0);
	close(fd);
	expect_unload_refused();
	fill_words(memory, SIZE, 1);
	expect_unload_refused();
	expect_number("first wrong word", find_wrong_word(memory, SIZE, 1), -1);
	munmap(memory, SIZE);
	expect_errno("unload when nothing is in use", module_unload(), 0);
}

static void rmmod_is_refused_while_a_descriptor_of_a_deleted_buffer_is_open(void)
{
	int fd;

	expect_reload("udmabuf0=16384");
	fd = open_buffer("udmabuf0", O_RDWR);
	expect_errno("delete by force", manager("delete udmabuf0 force"), 0);
	expect_unload_refused();
	close(fd);
	expect_errno("unload when nothing is in use", module_unload(), 0);
}

static void rmmod_is_refused_while_the_manager_is_open(void)
{
	int fd;

	expect_reload("");
	fd = open_manager();
	expect_unload_refused();
	close(fd);
	expect_errno("unload when nothing is in use", module_unload(), 0);
}

static void rmmod_takes_idle_buffers_away(void)
{
	expect_reload("udmabuf0=16384 udmabuf4=4096");
	create("a %d", SIZE);
	create("b 5000 quirk-mmap-on sync-mode=6");
	expect_errno("unload", module_unload(), 0);
	expect_true("no node", !buffer_exists("udmabuf0") && !buffer_exists("a"));
	expect_true("no manager", access(MANAGER, F_OK));
	expect_true("no class", access(SYSFS, F_OK));
	expect_errno("load again", module_load(""), 0);
}

static void rmmod_is_refused_while_a_page_is_pinned(void)
{
	static char text[4096];
	int fd, ends[2];
	void *memory;

	expect_reload("udmabuf0=16384");
	fd = open_buffer("udmabuf0", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, PAGE, 1);
	put_into_pipe(memory, PAGE, ends);
	munmap(memory, SIZE);
	close(fd);
	expect_unload_refused();
	expect_attribute("udmabuf0", "size", "16384");
	expect_number("bytes from the pipe", read(ends[0], text, PAGE), PAGE);
	expect_number("first wrong word", find_wrong_word(text, PAGE, 1), -1);
	expect_errno("unload when nothing is pinned", module_unload_in_time(), 0);
}

static void two_hundred_buffers_are_all_their_own_memory(void)
{
	char name[16];

	expect_reload("info_enable=0");
	for (int i = 0; i < 200; i++)
		create("b%d 8192", i);
	for (int i = 0; i < 200; i++) {
		int fd;

		snprintf(name, sizeof(name), "b%d", i);
		fd = open_buffer(name, O_RDWR);
		fill_words(map_buffer(fd, 8192, 0), 8192, i);
		close(fd);
	}
	for (int i = 0; i < 200; i++) {
		void *memory;
		int fd;

		snprintf(name, sizeof(name), "b%d", i);
		fd = open_buffer(name, O_RDWR);
		memory = map_buffer(fd, 8192, 0);
		expect_number("first wrong word", find_wrong_word(memory, 8192, i), -1);
		close(fd);
	}
}

static const struct claim claims[] = {
	CLAIM(delete_of_an_open_buffer_is_refused_and_leaves_it_whole),
	CLAIM(a_refused_delete_leaves_its_reason_to_be_read),
	CLAIM(delete_of_a_mapped_buffer_is_refused_after_close_too),
	CLAIM(a_part_of_a_mapping_holds_the_buffer),
	CLAIM(a_childs_mapping_holds_the_buffer),
	CLAIM(a_childs_descriptor_holds_the_buffer),
	CLAIM(a_pinned_page_holds_the_buffer_after_munmap_and_close),
	CLAIM(users_is_notified_when_the_last_pin_goes),
	CLAIM(an_io_uring_buffer_holds_the_buffer_after_munmap_and_close),
	CLAIM(rmmod_is_refused_while_a_buffer_is_open_or_mapped),
	CLAIM(rmmod_is_refused_while_a_descriptor_of_a_deleted_buffer_is_open),
	CLAIM(rmmod_is_refused_while_the_manager_is_open),
	CLAIM(rmmod_takes_idle_buffers_away),
	CLAIM(rmmod_is_refused_while_a_page_is_pinned),
	CLAIM(two_hundred_buffers_are_all_their_own_memory),
};

CLAIMS(claims)
