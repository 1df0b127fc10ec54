// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt.h"
#include "harness.h"

#define ENDS(x) (x) - 16, (x) - 1, (x), (x) + 1, (x) + 16

static const uint64_t numbers[] = {
	0, 1, 15, 16, 4096, 16384, ENDS(SIZE), ENDS(MEMORY), (1ULL << 31) - 4096, ENDS(1ULL << 31),
	(1ULL << 32) - 4096, ENDS(1ULL << 32), (1ULL << 32) + 4096, ENDS(1ULL << 63), -4096ULL, -16ULL,
	-1ULL,
};

const struct u_dma_buf_ioctl_sync attempt_settings = {
	.flags = 3 << 8 | 2 << 2, .size = 1024, .offset = 4096,
};
char attempt_pattern[SIZE];

static int checker;		/* a descriptor that may do everything */

struct u_dma_buf_ioctl_sync attempt_state(void)
{
	struct u_dma_buf_ioctl_sync sync = { 0 };

	expect_number("GET_SYNC", ioctl(checker, U_DMA_BUF_IOCTL_GET_SYNC, &sync), 0);
	return sync;
}

/* Sums in halves: the carry out of 64 bits is not lost. */
bool is_inside(uint64_t offset, uint64_t size, uint64_t limit)
{
	const uint64_t half = 0xffffffff;
	uint64_t low = (offset & half) + (size & half);
	uint64_t high = (offset >> 32) + (size >> 32) + (low >> 32);

	return high < limit >> 32 || (high == limit >> 32 && (low & half) <= (limit & half));
}

static void reset(void)
{
	expect_number("SET_SYNC", ioctl(checker, U_DMA_BUF_IOCTL_SET_SYNC, &attempt_settings), 0);
}

static const char *describe(const struct entry *entry, const struct attempt *attempt)
{
	static char text[160];

	snprintf(text, sizeof(text), "%s of 0x%llx bytes at 0x%llx, flags 0x%llx, access mode %d",
		 entry->name, (unsigned long long)attempt->size, (unsigned long long)attempt->offset,
		 (unsigned long long)attempt->flags, attempt->access);
	return text;
}

static bool try(const struct entry *entry, const struct attempt *attempt)
{
	struct u_dma_buf_ioctl_sync before = attempt_state(), after;
	int expected = entry->model(attempt);
	int got = entry->call(attempt);
	bool is_right = expected == SOME_ERROR ? got : got == expected;
	bool is_changed;

	after = attempt_state();
	is_changed = memcmp(&before, &after, sizeof(before));
	if (!is_right)
		note_failure("expected %s to be %d, got %d", describe(entry, attempt), expected, got);
	if (got && is_changed)
		note_failure("expected %s to change nothing, got flags 0x%llx",
			     describe(entry, attempt), (unsigned long long)after.flags);
	if (is_changed)
		reset();
	return is_right && !(got && is_changed);
}

/* Five failures tell as much as five thousand. */
static void try_on(const struct entry *entry, int fd, int access)
{
	struct attempt attempt = { .fd = fd, .access = access };
	int failures = 0;

	for (size_t flags = 0; flags < entry->n_flags; flags++) {
		for (size_t pair = 0; pair < ARRAY_SIZE(numbers) * ARRAY_SIZE(numbers); pair++) {
			attempt.flags = entry->flags[flags];
			attempt.offset = numbers[pair / ARRAY_SIZE(numbers)];
			attempt.size = numbers[pair % ARRAY_SIZE(numbers)];
			failures += !try(entry, &attempt);
			if (failures == 5)
				return;
		}
	}
}

static void try_all(const struct entry *entry, int fd, int access)
{
	int derived = entry->derive ? entry->derive(fd, access) : fd;

	try_on(entry, derived, access);
	if (derived != fd)
		close(derived);
}

static void try_as_nobody(void *argument)
{
	int fd;

	expect_number("setuid", setgid(65534) | setuid(65534), 0);
	expect_number("a descriptor for writing", open("/dev/a", O_RDWR), -1);
	expect_errno("its error", errno, EACCES);
	fd = open_buffer("a", O_RDONLY);
	try_all(argument, fd, O_RDONLY);
}

void try_numbers(struct entry entry)
{
	static const int accesses[] = { O_RDWR, O_RDONLY, O_WRONLY };
	/* The slow kernel looks for what the numbers do; which mode may do what is seen on the others. */
	size_t modes = entry.is_file || is_sanitizer_kernel() ? 1 : ARRAY_SIZE(accesses);
	static char text[SIZE];

	create("a %llu", SIZE);
	checker = open_buffer("a", O_RDWR);
	fill_words(attempt_pattern, SIZE, 1);
	expect_number("bytes written", pwrite(checker, attempt_pattern, SIZE, 0), SIZE);
	reset();
	for (size_t i = 0; i < modes; i++) {
		int fd = open_buffer("a", accesses[i]);

		try_all(&entry, fd, accesses[i]);
		close(fd);
	}
	expect_number("chmod", chmod("/dev/a", 0444), 0);
	in_child(try_as_nobody, &entry);
	expect_number("bytes read", pread(checker, text, SIZE, 0), SIZE);
	expect_true("the bytes unchanged", !memcmp(text, attempt_pattern, SIZE));
	expect_attribute("a", "users", "1");
	expect_attribute("a", "sync_for_cpu", "0");
	expect_attribute("a", "sync_for_device", "0");
}
