// SPDX-License-Identifier: GPL-2.0-only
/* The guest's memory: how much of it is free, and all of it overwritten. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

unsigned long long meminfo(const char *key)
{
	const char *at = strstr(file_text("/proc/meminfo"), key);

	return at ? strtoull(at + strcspn(at, "0123456789"), NULL, 10) * 1024 : 0;
}

/* Pages in the lists of the CPUs, which no other figure counts. */
static unsigned long long listed_pages(void)
{
	const char *at = file_text("/proc/zoneinfo");
	unsigned long long pages = 0;

	while ((at = strstr(at, " count:")))
		pages += strtoull(at += strlen(" count:"), NULL, 10);
	return pages;
}

unsigned long long free_memory(void)
{
	return meminfo("MemFree:") + listed_pages() * PAGE;
}

unsigned long long free_of_areas(void)
{
	write_file("/proc/sys/vm/stat_refresh", "1");
	return meminfo("CmaFree:");
}

void expect_memory_back(unsigned long long before, unsigned long long tolerance)
{
	struct timespec pause = { .tv_nsec = 50000000 };
	unsigned long long after = free_memory();

	for (int i = 0; i < 100 && after + tolerance < before; i++) {
		nanosleep(&pause, NULL);
		after = free_memory();
	}
	if (after + tolerance < before)
		fail("expected all memory to be free again, got %llu KiB less", (before - after) >> 10);
}

void expect_memory_back_after_much(unsigned long long before, unsigned long long tolerance)
{
	if (!is_sanitizer_kernel())
		expect_memory_back(before, tolerance);
}

void *map_guarded(size_t length, int flags)
{
	char *memory = map_buffer_with(-1, PAGE + length, 0, PROT_READ | PROT_WRITE,
				       MAP_ANONYMOUS | flags);

	mprotect(memory, PAGE, PROT_NONE);
	return memory + PAGE;
}

struct meanwhile {
	void (*function)(void *);
	void *argument;
};

/* What was given back last is handed out first, which will do where each page takes its time. */
#define LATELY_FREE (64 << 20)

static void overwrite_in_child(void *argument)
{
	const struct meanwhile *meanwhile = argument;
	size_t size = is_sanitizer_kernel() ? LATELY_FREE : free_memory() / 4 * 3;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		fail("expected %zu bytes, got %s", size, strerror(errno));
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += 512)
		memory[at] = 0x55;
	if (!meanwhile->function)
		return;
	meanwhile->function(meanwhile->argument);
	for (size_t at = 0; at < size; at += 512)
		if (memory[at] != 0x55)
			fail("expected memory of this process, got 0x%x in it", memory[at]);
}

void overwrite_free_memory_while(void (*function)(void *), void *argument)
{
	struct meanwhile meanwhile = { function, argument };

	in_child(overwrite_in_child, &meanwhile);
}

void overwrite_free_memory(void)
{
	overwrite_free_memory_while(NULL, NULL);
}
