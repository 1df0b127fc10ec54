// SPDX-License-Identifier: GPL-2.0-only
/* splice and sendfile, from a buffer and into one. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "harness.h"

#define SIZE (64 * 1024)

static char text[SIZE];

static int scratch_file(void)
{
	int fd = memfd_create("scratch", 0);

	expect_true("a scratch file", fd >= 0);
	return fd;
}

static void sendfile_copies_a_buffer_into_a_file(void)
{
	int file = scratch_file(), fd;
	off_t offset = 4096;

	if (kernel_is_before(6, 0))
		skip("before 6.0 sendfile takes only files and disks as its source");
	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	fill_words(text, SIZE, 1);
	expect_number("bytes written", pwrite(fd, text, SIZE, 0), SIZE);
	while (offset < SIZE)
		expect_true("sendfile goes on", sendfile(file, fd, &offset, SIZE - offset) > 0);
	expect_number("bytes at the end", sendfile(file, fd, &offset, SIZE), 0);
	expect_number("bytes read back", pread(file, text + 4096, SIZE - 4096, 0),
		      SIZE - 4096);
	expect_number("first wrong word", find_wrong_word(text, SIZE, 1), -1);
}

static void splice_copies_a_file_into_a_buffer(void)
{
	int file = scratch_file(), pipes[2], fd;
	loff_t in = 0, out = 0;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("pipe", pipe(pipes), 0);
	fill_words(text, SIZE, 2);
	expect_number("bytes written", pwrite(file, text, SIZE, 0), SIZE);
	while (in < SIZE) {
		ssize_t part = splice(file, &in, pipes[1], NULL, SIZE - in, 0);

		expect_true("splice into the pipe goes on", part > 0);
		expect_number("bytes spliced into the buffer",
			      splice(pipes[0], NULL, fd, &out, part, 0), part);
	}
	expect_number("first wrong word",
		      find_wrong_word(map_buffer(fd, SIZE, 0), SIZE, 2), -1);
}

static void splice_past_the_end_is_enospc(void)
{
	int pipes[2], fd;
	loff_t out = SIZE;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("pipe", pipe(pipes), 0);
	expect_number("bytes into the pipe", write(pipes[1], "x", 1), 1);
	expect_number("splice", splice(pipes[0], NULL, fd, &out, 1, 0), -1);
	expect_errno("its errno", errno, ENOSPC);
}

static void what_a_pipe_took_lives_on_when_the_buffer_is_gone(void)
{
	int pipes[2], fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("pipe", pipe(pipes), 0);
	fill_words(text, 4096, 3);
	expect_number("bytes written", pwrite(fd, text, 4096, 0), 4096);
	expect_number("bytes spliced", splice(fd, NULL, pipes[1], NULL, 4096, 0), 4096);
	expect_errno("delete", manager("delete a force"), 0);
	close(fd);
	expect_number("bytes from the pipe", read(pipes[0], text, 4096), 4096);
	expect_number("first wrong word", find_wrong_word(text, 4096, 3), -1);
}

static const struct claim claims[] = {
	CLAIM(sendfile_copies_a_buffer_into_a_file),
	CLAIM(splice_copies_a_file_into_a_buffer),
	CLAIM(splice_past_the_end_is_enospc),
	CLAIM(what_a_pipe_took_lives_on_when_the_buffer_is_gone),
};

CLAIMS(claims)
