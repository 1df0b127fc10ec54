// SPDX-License-Identifier: GPL-2.0-only
/* A buffer that is taken away from its users: what they see then, and that nothing of it is reused. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "uses.h"

#define SIZE 0x4000

static void delete_by_force(const char *name)
{
	expect_errno("delete by force", manager("delete %s force", name), 0);
	expect_true("neither node nor attributes", !buffer_exists(name));
}

static void force_deletes_a_buffer_in_use_and_descriptors_answer_enodev(void)
{
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	delete_by_force("a");
	note_dead_descriptor(fd);
}

static void force_deletes_an_idle_buffer_too(void)
{
	create("a %d", SIZE);
	delete_by_force("a");
}

static void a_stale_mapping_raises_sigbus_whatever_the_kind(void)
{
	static const char *const quirks[] = { "off", "on", "auto", "page" };

	for (int kind = 0; kind < 64; kind++) {
		char *memory;
		int fd;

		create("a %d sync-mode=%d quirk-mmap-%s", SIZE, kind & 7, quirks[kind >> 4]);
		fd = open_buffer("a", O_RDWR | (kind & 8 ? O_SYNC : 0));
		memory = map_buffer(fd, SIZE, 0);
		fill_words(memory, SIZE, kind);
		delete_by_force("a");
		for (size_t at = 0; at < SIZE; at += PAGE)
			if (!raises_sigbus(memory + at))
				note_failure("expected SIGBUS at %zu in kind %d, got a byte", at, kind);
		munmap(memory, SIZE);
		close(fd);
	}
}

static void a_stale_mapping_that_was_never_touched_raises_sigbus(void)
{
	char *memory;

	create("a %d", SIZE);
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	delete_by_force("a");
	expect_true("SIGBUS", raises_sigbus(memory + PAGE));
}

static void a_system_call_on_a_stale_mapping_is_efault(void)
{
	char *memory;
	int ends[2];

	create("a %d", SIZE);
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	fill_words(memory, SIZE, 1);
	expect_number("pipe", pipe(ends), 0);
	delete_by_force("a");
	expect_number("bytes of a write", write(ends[1], memory, 16), -1);
	expect_errno("its error", errno, EFAULT);
}

static void a_stale_private_mapping_raises_sigbus(void)
{
	char *memory;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer_with(fd, SIZE, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	memory[0] = 1;
	(void)*(volatile char *)(memory + PAGE);
	delete_by_force("a");
	expect_true("SIGBUS of a page that was copied", raises_sigbus(memory));
	expect_true("SIGBUS of a page that was read", raises_sigbus(memory + PAGE));
	expect_true("SIGBUS of a page never touched", raises_sigbus(memory + 2 * PAGE));
}

static void a_stale_mapping_through_a_second_node_raises_sigbus(void)
{
	char *first, *second;
	int fd;

	create("a %d", SIZE);
	fd = open_second_node("a");
	first = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	second = map_buffer(fd, SIZE, 0);
	fill_words(second, SIZE, 1);
	expect_number("first wrong word", find_wrong_word(first, SIZE, 1), -1);
	delete_by_force("a");
	expect_true("SIGBUS through the first node", raises_sigbus(first));
	expect_true("SIGBUS through the second node", raises_sigbus(second));
	note_dead_descriptor(fd);
}

static void a_second_node_of_a_deleted_buffer_does_not_open(void)
{
	int fd;

	create("a %d", SIZE);
	fd = open_second_node("a");
	close(fd);
	delete_buffer("a");
	fd = open(SECOND_NODE, O_RDWR);
	expect_number("descriptor", fd, -1);
	if (errno != ENODEV && errno != ENXIO)
		fail("expected ENODEV or ENXIO, got %s", strerror(errno));
}

static void a_childs_stale_mapping_raises_sigbus(void)
{
	int ready[2], gone[2], fd, status;
	char *memory;
	pid_t child;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, SIZE, 1);
	expect_number("pipes", pipe(ready) + pipe(gone), 0);
	child = fork();
	if (!child) {
		(void)*(volatile char *)memory;
		if (write(ready[1], "", 1) != 1 || read(gone[0], &status, 1) != 1)
			_exit(2);
		_exit(!raises_sigbus(memory));
	}
	expect_number("bytes from the child", read(ready[0], &status, 1), 1);
	delete_by_force("a");
	expect_number("bytes to the child", write(gone[1], "", 1), 1);
	waitpid(child, &status, 0);
	expect_number("status of a child that expects SIGBUS", status, 0);
}

static void a_child_forked_after_the_end_sees_sigbus(void)
{
	char *memory;
	int status;
	pid_t child;

	create("a %d", SIZE);
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	fill_words(memory, SIZE, 1);
	delete_by_force("a");
	child = fork();
	if (!child)
		_exit(!raises_sigbus(memory));
	waitpid(child, &status, 0);
	expect_number("status of a child that expects SIGBUS", status, 0);
}

static void name_and_minor_are_usable_at_once(void)
{
	char *stale, *fresh;
	int old, new;

	create("a %d minor=88", SIZE);
	old = open_buffer("a", O_RDWR);
	stale = map_buffer(old, SIZE, 0);
	fill_words(stale, SIZE, 1);
	delete_by_force("a");
	create("a %d minor=88", SIZE);
	new = open_buffer("a", O_RDWR);
	fresh = map_buffer(new, SIZE, 0);
	expect_number("first byte of the new buffer that is not zero", find_nonzero(fresh, SIZE), -1);
	expect_true("SIGBUS of the stale mapping", raises_sigbus(stale));
	note_dead_descriptor(old);
	munmap(stale, SIZE);
	close(old);
	fill_words(fresh, SIZE, 2);
	expect_number("first wrong word", find_wrong_word(fresh, SIZE, 2), -1);
	expect_attribute("a", "size", "16384");
	expect_errno("delete of the new buffer in use", manager("delete a"), EBUSY);
}

static void an_old_user_does_not_count_for_the_new_buffer(void)
{
	int old;

	create("a %d minor=88", SIZE);
	old = open_buffer("a", O_RDWR);
	delete_by_force("a");
	create("a %d minor=88", SIZE);
	expect_attribute("a", "users", "0");
	close(old);
	expect_attribute("a", "users", "0");
	delete_buffer("a");
}

static void a_pinned_page_keeps_its_bytes_after_the_end(void)
{
	static char text[4096];
	char *memory;
	int fd, ends[2];

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, SIZE, 1);
	put_into_pipe(memory, PAGE, ends);
	delete_by_force("a");
	munmap(memory, SIZE);
	close(fd);
	overwrite_free_memory();
	expect_number("bytes from the pipe", read(ends[0], text, PAGE), PAGE);
	expect_number("first wrong word", find_wrong_word(text, PAGE, 1), -1);
}

static void what_a_dead_buffer_held_is_free_when_its_last_user_goes(void)
{
	struct memory before = memory_in_use();

	for (int i = 0; i < 64; i++) {
		void *memory;
		int fd;

		create("a 4M");
		fd = open_buffer("a", O_RDWR);
		memory = map_buffer(fd, 4 << 20, 0);
		*(volatile char *)memory = 1;
		delete_by_force("a");
		munmap(memory, 4 << 20);
		close(fd);
	}
	expect_no_drift("64 dead buffers", &before);
}

static void users_of_a_deleted_buffer_are_not_waited_for(void)
{
	struct pollfd poller;
	char text[8];
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	poller = (struct pollfd){ .fd = open(SYSFS "a/users", O_RDONLY), .events = POLLPRI };
	expect_true("users to be readable", read(poller.fd, text, sizeof(text)) > 0);
	delete_by_force("a");
	expect_number("bytes read of users", pread(poller.fd, text, sizeof(text), 0), -1);
	expect_errno("the error of it", errno, ENODEV);
	close(fd);
}

static const struct claim claims[] = {
	CLAIM(force_deletes_a_buffer_in_use_and_descriptors_answer_enodev),
	CLAIM(force_deletes_an_idle_buffer_too),
	CLAIM(a_stale_mapping_raises_sigbus_whatever_the_kind),
	CLAIM(a_stale_mapping_that_was_never_touched_raises_sigbus),
	CLAIM(a_system_call_on_a_stale_mapping_is_efault),
	CLAIM(a_stale_private_mapping_raises_sigbus),
	CLAIM(a_stale_mapping_through_a_second_node_raises_sigbus),
	CLAIM(a_second_node_of_a_deleted_buffer_does_not_open),
	CLAIM(a_childs_stale_mapping_raises_sigbus),
	CLAIM(a_child_forked_after_the_end_sees_sigbus),
	CLAIM(name_and_minor_are_usable_at_once),
	CLAIM(an_old_user_does_not_count_for_the_new_buffer),
	CLAIM(a_pinned_page_keeps_its_bytes_after_the_end),
	CLAIM(what_a_dead_buffer_held_is_free_when_its_last_user_goes),
	CLAIM(users_of_a_deleted_buffer_are_not_waited_for),
};

CLAIMS(claims)
