// SPDX-License-Identifier: GPL-2.0-only
/* Hostile numbers in mmap, lseek, read and write. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt.h"
#include "export.h"
#include "harness.h"

static char text[SIZE];

/* Of what is mapped, in the buffer. */
static uint64_t start, length = MEMORY;

static bool is_sayable(const struct attempt *attempt)
{
	return attempt->size == (size_t)attempt->size;
}

static int map(const struct attempt *attempt)
{
	void *memory;

	if (!is_sayable(attempt))
		return EOVERFLOW;
	memory = mmap(NULL, attempt->size, attempt->flags, MAP_SHARED, attempt->fd,
		      attempt->offset);

	if (memory == MAP_FAILED)
		return errno;
	if (attempt->flags & PROT_READ)
		note_number("difference of a mapping",
			    memcmp(memory, attempt_pattern + start + attempt->offset, 16), 0);
	munmap(memory, attempt->size);
	return 0;
}

/* The last offset that a program can say: in 32 bits it is a number of pages. */
#define LAST_OFFSET (sizeof(long) == 8 ? UINT64_MAX : (1ULL << 44) - 1)

/* The last byte that any file has: of the kernel's numbers, whatever the program's are. */
static uint64_t last_byte(void)
{
	return kernel_has_64_bits() ? UINT64_MAX : UINT32_MAX;
}

static int map_model(const struct attempt *attempt)
{
	uint64_t pages = (attempt->size + 4095) / 4096 * 4096;
	uint64_t limit = sizeof(long) == 8 ? 1ULL << 40 : 1ULL << 30;

	if (attempt->offset % 4096 || !attempt->size)
		return is_sayable(attempt) ? EINVAL : SOME_ERROR;
	if (attempt->size >= limit)
		return SOME_ERROR;
	if (attempt->offset > LAST_OFFSET)
		return EINVAL;
	if (attempt->offset / 4096 > (last_byte() - pages) / 4096)
		return EOVERFLOW;
	if (attempt->access == O_WRONLY ||
	    (attempt->access == O_RDONLY && attempt->flags & PROT_WRITE))
		return EACCES;
	return is_inside(attempt->offset, pages, length) ? 0 : EINVAL;
}

#define POSITION 4096

static uint64_t seek_start(const struct attempt *attempt)
{
	return attempt->flags == SEEK_SET ? 0 : attempt->flags == SEEK_CUR ? POSITION : SIZE;
}

static int seek(const struct attempt *attempt)
{
	off_t expected = seek_start(attempt) + attempt->offset, position;

	if (lseek(attempt->fd, POSITION, SEEK_SET) != POSITION)
		return EIO;
	position = lseek(attempt->fd, attempt->offset, attempt->flags);
	if (position < 0)
		return errno;
	note_number("position", position, expected);
	return position == expected ? 0 : EBADMSG;
}

static int seek_model(const struct attempt *attempt)
{
	uint64_t from = seek_start(attempt);

	/* Backwards: the distance is what is missing to 2^64. */
	if (attempt->offset >> 63)
		return -attempt->offset <= from ? 0 : EINVAL;
	return is_inside(from, attempt->offset, SIZE) ? 0 : EINVAL;
}

/* What fits is read and written, and no more. */
static int note_amount(const struct attempt *attempt, ssize_t done)
{
	uint64_t room = attempt->offset < SIZE ? SIZE - attempt->offset : 0;
	uint64_t expected = attempt->size < room ? attempt->size : room;

	if (done < 0)
		return errno;
	note_number("bytes", done, expected);
	return (uint64_t)done == expected ? 0 : EBADMSG;
}

static int read_at(const struct attempt *attempt)
{
	ssize_t done;

	if (!is_sayable(attempt))
		return EOVERFLOW;
	done = pread(attempt->fd, text, attempt->size, attempt->offset);
	if (done > 0 && memcmp(text, attempt_pattern + attempt->offset, done))
		note_failure("expected what is at %llu, got something else",
			     (unsigned long long)attempt->offset);
	return note_amount(attempt, done);
}

static int write_at(const struct attempt *attempt)
{
	const char *from = attempt->offset < SIZE ? attempt_pattern + attempt->offset : attempt_pattern;

	if (!is_sayable(attempt))
		return EOVERFLOW;
	return note_amount(attempt, pwrite(attempt->fd, from, attempt->size, attempt->offset));
}

/* By a kernel of 64 bits that a 32-bit program asks, no size is. */
static uint64_t size_limit(void)
{
	if (sizeof(long) == 8)
		return LONG_MAX / 4;
	return kernel_has_64_bits() ? UINT32_MAX : LONG_MAX;
}

static bool is_refused_early(const struct attempt *attempt)
{
	return !is_sayable(attempt) || attempt->offset >> 63 || attempt->size > size_limit() ||
	       (attempt->offset + attempt->size) >> 63;
}

static int read_model(const struct attempt *attempt)
{
	if (is_refused_early(attempt))
		return SOME_ERROR;
	return attempt->access == O_WRONLY ? EBADF : 0;
}

static int write_model(const struct attempt *attempt)
{
	if (is_refused_early(attempt))
		return SOME_ERROR;
	if (attempt->access == O_RDONLY)
		return EBADF;
	return attempt->size && attempt->offset >= SIZE ? ENOSPC : 0;
}

static void mappings_stay_within_the_buffer(void)
{
	TRY("mmap", map, map_model, PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE);
}

static int export_the_middle(int fd, int access)
{
	return export_fd(fd, access, start, length);
}

static void mappings_of_a_dma_buf_stay_within_its_range(void)
{
	static const uint64_t protections[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };

	start = 4096;
	length = MEMORY - 2 * 4096;
	try_numbers((struct entry){
		.name = "mmap of a dma-buf", .call = map, .model = map_model, .flags = protections,
		.n_flags = ARRAY_SIZE(protections), .derive = export_the_middle,
	});
}

static void positions_stay_within_the_buffer(void)
{
	TRY("lseek", seek, seek_model, SEEK_SET, SEEK_CUR, SEEK_END);
}

static void reads_stay_within_the_buffer(void)
{
	TRY("pread", read_at, read_model, 0);
}

static void writes_stay_within_the_buffer(void)
{
	TRY("pwrite", write_at, write_model, 0);
}

static const struct claim claims[] = {
	CLAIM(mappings_stay_within_the_buffer),
	CLAIM(mappings_of_a_dma_buf_stay_within_its_range),
	CLAIM(positions_stay_within_the_buffer),
	CLAIM(reads_stay_within_the_buffer),
	CLAIM(writes_stay_within_the_buffer),
};

CLAIMS(claims)
