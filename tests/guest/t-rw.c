// SPDX-License-Identifier: GPL-2.0-only
/* read, write and lseek on the node of a buffer. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness.h"

#define SIZE 5000
#define PAGES_SIZE 8192

static void a_new_buffer_reads_as_zeros(void)
{
	static char dirt[PAGES_SIZE], text[PAGES_SIZE];
	int fd;

	memset(dirt, 0xee, sizeof(dirt));
	for (int i = 0; i < 8; i++) {
		create("a %d", PAGES_SIZE);
		fd = open_buffer("a", O_RDWR);
		expect_number("bytes read", read(fd, text, PAGES_SIZE), PAGES_SIZE);
		expect_number("first byte that is not zero", find_nonzero(text, PAGES_SIZE), -1);
		expect_number("bytes written", pwrite(fd, dirt, PAGES_SIZE, 0), PAGES_SIZE);
		close(fd);
		delete_buffer("a");
	}
}

static void what_is_written_is_read_back(void)
{
	static char wrote[PAGES_SIZE], text[PAGES_SIZE];
	int fd;

	create("a %d", PAGES_SIZE);
	fd = open_buffer("a", O_RDWR);
	fill_words(wrote, PAGES_SIZE, 1);
	expect_number("bytes written", write(fd, wrote, PAGES_SIZE), PAGES_SIZE);
	expect_number("position after the write", lseek(fd, 0, SEEK_CUR), PAGES_SIZE);
	expect_number("position", lseek(fd, 0, SEEK_SET), 0);
	expect_number("bytes read", read(fd, text, PAGES_SIZE), PAGES_SIZE);
	expect_number("first wrong word", find_wrong_word(text, PAGES_SIZE, 1), -1);
}

static void random_reads_and_writes_behave_as_an_array_does(void)
{
	static char model[SIZE], text[SIZE];
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	srand(4711);
	for (int i = 0; i < 400; i++) {
		size_t offset = rand() % SIZE;
		size_t length = 1 + rand() % (SIZE - offset);
		ssize_t done;

		if (i % 2) {
			memset(model + offset, rand(), length);
			done = pwrite(fd, model + offset, length, offset);
		} else {
			done = pread(fd, text, length, offset);
			expect_true("what was written there", !memcmp(text, model + offset, length));
		}
		expect_number("bytes done", done, length);
	}
	expect_number("bytes read", pread(fd, text, SIZE, 0), SIZE);
	expect_true("all that was written", !memcmp(text, model, SIZE));
}

static void read_near_the_end_is_short_and_at_the_end_zero(void)
{
	char text[SIZE];
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("bytes read 4 from the end", pread(fd, text, 100, SIZE - 4), 4);
	expect_number("bytes read in the last page", pread(fd, text, SIZE, 4096), SIZE - 4096);
	expect_number("bytes read at the end", pread(fd, text, 1, SIZE), 0);
	expect_number("bytes read in what fills the page", pread(fd, text, 1, SIZE + 1), 0);
	expect_number("bytes read past the end", pread(fd, text, 100, PAGES_SIZE), 0);
	expect_number("bytes read far past the end", pread(fd, text, 100, 1LL << 40), 0);
	expect_number("bytes read at the last offset", pread(fd, text, 1, INT64_MAX - 1), 0);
}

static void write_near_the_end_writes_what_fits_and_past_it_is_enospc(void)
{
	char text[100] = "0123456789";
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("bytes written 4 from the end", pwrite(fd, text, 10, SIZE - 4), 4);
	expect_number("bytes read there", pread(fd, text, 100, SIZE - 4), 4);
	expect_true("what fitted", !memcmp(text, "0123", 4));
	for (off_t offset = SIZE; offset < 1LL << 40; offset *= 2) {
		expect_number("bytes written past the end", pwrite(fd, text, 10, offset), -1);
		expect_errno("the error of it", errno, ENOSPC);
	}
	lseek(fd, -4, SEEK_END);
	expect_number("bytes written 4 from the end", write(fd, text, 10), 4);
	expect_number("bytes written at the end", write(fd, text, 10), -1);
	expect_errno("the error of it", errno, ENOSPC);
	expect_number("position", lseek(fd, 0, SEEK_CUR), SIZE);
}

static void write_does_not_touch_what_fills_the_last_page(void)
{
	static char text[PAGES_SIZE];
	unsigned char *memory;
	int fd;

	memset(text, 0xff, sizeof(text));
	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, PAGES_SIZE, 0);
	expect_number("bytes written", pwrite(fd, text, PAGES_SIZE, 0), SIZE);
	expect_number("last byte", memory[SIZE - 1], 0xff);
	expect_number("first byte after it that is not zero",
		      find_nonzero(memory + SIZE, PAGES_SIZE - SIZE), -1);
}

static void lseek_sets_moves_and_measures(void)
{
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("SEEK_SET 100", lseek(fd, 100, SEEK_SET), 100);
	expect_number("SEEK_CUR 50", lseek(fd, 50, SEEK_CUR), 150);
	expect_number("SEEK_CUR -150", lseek(fd, -150, SEEK_CUR), 0);
	expect_number("SEEK_END 0", lseek(fd, 0, SEEK_END), SIZE);
	expect_number("SEEK_END -1", lseek(fd, -1, SEEK_END), SIZE - 1);
	expect_number("SEEK_SET -1", lseek(fd, -1, SEEK_SET), -1);
	expect_errno("the error of it", errno, EINVAL);
	expect_number("SEEK_END before the start", lseek(fd, -SIZE - 1, SEEK_END), -1);
	expect_errno("the error of it", errno, EINVAL);
	expect_number("an unknown whence", lseek(fd, 0, 99), -1);
	expect_errno("the error of it", errno, EINVAL);
	expect_number("position", lseek(fd, 0, SEEK_CUR), SIZE - 1);
}

static void positions_belong_to_descriptors(void)
{
	char text[16];
	int first, second;

	create("a %d", SIZE);
	first = open_buffer("a", O_RDWR);
	second = open_buffer("a", O_RDWR);
	expect_number("bytes written", write(first, "0123456789", 10), 10);
	expect_number("bytes read", read(second, text, 5), 5);
	expect_true("the first five", !memcmp(text, "01234", 5));
	expect_number("bytes read", read(second, text, 5), 5);
	expect_true("the next five", !memcmp(text, "56789", 5));
}

static void bad_address_is_efault_and_moves_nothing(void)
{
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("bytes read to nowhere", read(fd, nowhere, 100), -1);
	expect_errno("the error of it", errno, EFAULT);
	expect_number("bytes written from nowhere", write(fd, nowhere, 100), -1);
	expect_errno("the error of it", errno, EFAULT);
	expect_number("position", lseek(fd, 0, SEEK_CUR), 0);
}

/* Memory whose first page is there and whose second is not. */
static char *half_there(void)
{
	char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(memory + PAGE, PAGE);
	return memory;
}

static void a_read_that_meets_a_bad_page_counts_what_it_copied(void)
{
	static char wrote[PAGES_SIZE];
	char *memory = half_there();
	ssize_t done;
	int fd;

	create("a %d", PAGES_SIZE);
	fd = open_buffer("a", O_RDWR);
	fill_words(wrote, PAGES_SIZE, 3);
	expect_number("bytes written", pwrite(fd, wrote, PAGES_SIZE, 0), PAGES_SIZE);
	done = read(fd, memory, PAGES_SIZE);
	if (done < 0) {
		expect_errno("the error of the read", errno, EFAULT);
		done = 0;
	}
	expect_true("no more counted than there is room for", done <= (ssize_t)PAGE);
	expect_true("what was counted copied", !memcmp(memory, wrote, done));
	expect_number("position", lseek(fd, 0, SEEK_CUR), done);
}

static void a_write_that_meets_a_bad_page_counts_what_it_copied(void)
{
	static char text[PAGES_SIZE];
	char *memory = half_there();
	ssize_t done;
	int fd;

	create("a %d", PAGES_SIZE);
	fd = open_buffer("a", O_RDWR);
	fill_words(memory, PAGE, 4);
	done = write(fd, memory, PAGES_SIZE);
	if (done < 0) {
		expect_errno("the error of the write", errno, EFAULT);
		done = 0;
	}
	expect_true("no more counted than was there", done <= (ssize_t)PAGE);
	expect_number("position", lseek(fd, 0, SEEK_CUR), done);
	expect_number("bytes read", pread(fd, text, PAGES_SIZE, 0), PAGES_SIZE);
	expect_true("what was counted copied", !memcmp(memory, text, done));
	expect_number("first byte after the page that is not zero",
		      find_nonzero(text + PAGE, PAGES_SIZE - PAGE), -1);
}

/* Of a read or write of 6200 bytes from byte 100 on. */
static const struct piece {
	size_t at, length;
} pieces[] = { { 0, 1000 }, { 2000, 5000 }, { 7500, 200 } };

#define PIECED 6200

static void pieces_of(char *memory, struct iovec *ret_pieces)
{
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		ret_pieces[i] = (struct iovec){ memory + pieces[i].at, pieces[i].length };
}

/* Compares bytes of the buffer, from byte 100 on, with the first @length of the pieces. */
static void expect_pieces(const char *memory, const char *buffer, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(pieces) && length; i++) {
		size_t part = pieces[i].length < length ? pieces[i].length : length;

		expect_number("difference of a piece", memcmp(memory + pieces[i].at, buffer, part), 0);
		buffer += part;
		length -= part;
	}
}

static void pieces_of_one_call_lie_behind_each_other_in_the_buffer(void)
{
	static char memory[PAGES_SIZE], text[PAGES_SIZE];
	struct iovec there[ARRAY_SIZE(pieces)];
	int fd;

	create("a %d", PAGES_SIZE);
	fd = open_buffer("a", O_RDWR);
	pieces_of(memory, there);
	fill_words(memory, PAGES_SIZE, 1);
	lseek(fd, 100, SEEK_SET);
	expect_number("bytes of writev", writev(fd, there, 3), PIECED);
	expect_number("position", lseek(fd, 0, SEEK_CUR), 100 + PIECED);
	expect_number("bytes read", pread(fd, text, PAGES_SIZE, 0), PAGES_SIZE);
	expect_pieces(memory, text + 100, PIECED);
	expect_number("first byte behind that is not zero",
		      find_nonzero(text + 104 + PIECED, PAGES_SIZE - 104 - PIECED), -1);

	memset(memory, 0, PAGES_SIZE);
	expect_number("bytes of preadv2", preadv2(fd, there, 3, 100, 0), PIECED);
	expect_pieces(memory, text + 100, PIECED);
	memset(memory, 0, PAGES_SIZE);
	lseek(fd, 100, SEEK_SET);
	expect_number("bytes of readv", readv(fd, there, 3), PIECED);
	expect_pieces(memory, text + 100, PIECED);
	fill_words(memory, PAGES_SIZE, 2);
	expect_number("bytes of pwritev2 that fit", pwritev2(fd, there, 3, PAGES_SIZE - 1100, 0), 1100);
	expect_number("bytes read", pread(fd, text, 1100, PAGES_SIZE - 1100), 1100);
	expect_pieces(memory, text, 1100);
}

/* Such a call may count what lay before, and nothing of what was not copied. */
static void a_bad_piece_counts_what_was_copied_before_it(void)
{
	static char memory[PAGES_SIZE], text[PAGES_SIZE];
	void *nowhere = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec there[ARRAY_SIZE(pieces)];
	int fd;

	create("a %d", PAGES_SIZE);
	fd = open_buffer("a", O_RDWR);
	pieces_of(memory, there);
	there[1].iov_base = nowhere;
	fill_words(memory, PAGES_SIZE, 3);
	expect_number("bytes of pwritev", pwritev(fd, there, 3, 100), 1000);
	expect_number("bytes read", pread(fd, text, PAGES_SIZE, 0), PAGES_SIZE);
	expect_number("difference of the first piece", memcmp(text + 100, memory, 1000), 0);
	expect_number("first byte behind that is not zero",
		      find_nonzero(text + 1104, PAGES_SIZE - 1104), -1);
	memset(memory, 0, PAGES_SIZE);
	expect_number("bytes of preadv", preadv(fd, there, 3, 100), 1000);
	expect_number("difference of the first piece", memcmp(text + 100, memory, 1000), 0);
	expect_number("first byte of the last piece that is not zero", find_nonzero(memory + 7504, 192), -1);
	there[0].iov_base = nowhere;
	expect_number("bytes of pwritev", pwritev(fd, there, 3, 100), -1);
	expect_errno("its error", errno, EFAULT);
	expect_number("bytes of preadv", preadv(fd, there, 3, 100), -1);
	expect_errno("its error", errno, EFAULT);
}

static void the_access_mode_of_a_descriptor_counts(void)
{
	char text[4] = "abc";
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDONLY);
	expect_number("bytes written through O_RDONLY", write(fd, text, 4), -1);
	expect_errno("the error of it", errno, EBADF);
	fd = open_buffer("a", O_WRONLY);
	expect_number("bytes read through O_WRONLY", read(fd, text, 4), -1);
	expect_errno("the error of it", errno, EBADF);
	expect_number("bytes written through O_WRONLY", write(fd, text, 4), 4);
}

static void read_and_write_serve_every_sync_mode_with_and_without_o_sync(void)
{
	static char wrote[PAGES_SIZE], text[PAGES_SIZE];

	for (int mode = 0; mode < 16; mode++) {
		int fd, cached;

		create("a %d sync-mode=%d", PAGES_SIZE, mode / 2);
		fd = open_buffer("a", O_RDWR | (mode % 2 ? O_SYNC : 0));
		cached = open_buffer("a", O_RDWR);
		fill_words(wrote, PAGES_SIZE, mode);
		note_number("bytes written", write(fd, wrote, PAGES_SIZE), PAGES_SIZE);
		note_number("bytes read", pread(cached, text, PAGES_SIZE, 0), PAGES_SIZE);
		note_number("first wrong word", find_wrong_word(text, PAGES_SIZE, mode), -1);
		note_number("bytes read", pread(fd, text, PAGES_SIZE, 0), PAGES_SIZE);
		note_number("first wrong word", find_wrong_word(text, PAGES_SIZE, mode), -1);
		close(fd);
		close(cached);
		delete_buffer("a");
	}
}

static void read_with_o_sync_at_odd_offsets_is_right(void)
{
	static char model[SIZE], text[SIZE];
	int fd;

	create("a %d sync-mode=4", SIZE);
	fd = open_buffer("a", O_RDWR | O_SYNC);
	for (size_t offset = 1; offset < SIZE - 70; offset += 331) {
		memset(model + offset, offset, 67);
		expect_number("bytes written", pwrite(fd, model + offset, 67, offset), 67);
		expect_number("bytes read", pread(fd, text, 67, offset), 67);
		expect_true("what was written", !memcmp(model + offset, text, 67));
	}
	expect_number("bytes read", pread(fd, text, SIZE, 0), SIZE);
	expect_true("all that was written", !memcmp(model, text, SIZE));
}

static void a_buffer_is_read_and_written_through_a_mapping_of_itself(void)
{
	char *memory;
	int fd;

	create("a %d", PAGES_SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("bytes written", pwrite(fd, "itself", 7, 0), 7);
	memory = map_buffer(fd, PAGES_SIZE, 0);
	expect_number("bytes read", pread(fd, memory + PAGE, 7, 0), 7);
	expect_text("bytes of the second page", memory + PAGE, "itself");
	munmap(memory, PAGES_SIZE);
	memory = map_buffer(fd, PAGES_SIZE, 0);
	expect_number("bytes written", pwrite(fd, memory + PAGE, 7, 100), 7);
	expect_text("bytes of the first page", memory + 100, "itself");
}

static const struct claim claims[] = {
	CLAIM(a_new_buffer_reads_as_zeros),
	CLAIM(what_is_written_is_read_back),
	CLAIM(random_reads_and_writes_behave_as_an_array_does),
	CLAIM(read_near_the_end_is_short_and_at_the_end_zero),
	CLAIM(write_near_the_end_writes_what_fits_and_past_it_is_enospc),
	CLAIM(write_does_not_touch_what_fills_the_last_page),
	CLAIM(lseek_sets_moves_and_measures),
	CLAIM(positions_belong_to_descriptors),
	CLAIM(bad_address_is_efault_and_moves_nothing),
	CLAIM(a_read_that_meets_a_bad_page_counts_what_it_copied),
	CLAIM(a_write_that_meets_a_bad_page_counts_what_it_copied),
	CLAIM(pieces_of_one_call_lie_behind_each_other_in_the_buffer),
	CLAIM(a_bad_piece_counts_what_was_copied_before_it),
	CLAIM(the_access_mode_of_a_descriptor_counts),
	CLAIM(read_and_write_serve_every_sync_mode_with_and_without_o_sync),
	CLAIM(a_buffer_is_read_and_written_through_a_mapping_of_itself),
	CLAIM(read_with_o_sync_at_odd_offsets_is_right),
};

CLAIMS(claims)
