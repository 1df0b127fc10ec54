// SPDX-License-Identifier: GPL-2.0-only
/* The guest's memory: how much of it is free, and all of it overwritten. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
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

/* Pages that are neither free nor of anything that /proc/meminfo has a figure of, as those of buffers. */
static unsigned long long unexplained_memory(void)
{
	static const char *const explained[] = {
		"Buffers:", "Cached:", "AnonPages:", "Slab:", "KernelStack:", "PageTables:",
		"SecPageTables:", "VmallocUsed:", "Percpu:",
	};
	unsigned long long bytes = meminfo("MemTotal:") - free_memory();

	for (size_t i = 0; i < ARRAY_SIZE(explained); i++)
		bytes -= meminfo(explained[i]);
	return bytes;
}

static void shrink_caches(void)
{
	glob_t files;

	write_file("/proc/sys/vm/drop_caches", "3");
	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &files))
		return;
	for (size_t i = 0; i < files.gl_pathc; i++)
		write_file(files.gl_pathv[i], "1");
	globfree(&files);
}

struct memory memory_in_use(void)
{
	shrink_caches();
	/* Otherwise each CPU has some that are not counted yet. */
	write_file("/proc/sys/vm/stat_refresh", "1");
	return (struct memory){ .unexplained = unexplained_memory(), .slabs = meminfo("Slab:") };
}

/* What the kernel needs a little more of now and then. */
#define DRIFT (512 << 10)

void expect_no_drift(const char *what, const struct memory *before)
{
	struct timespec pause = { .tv_nsec = 50000000 };
	long long pages, slabs;

	if (is_sanitizer_kernel())
		return;
	for (int i = 0; i < 100; i++) {
		struct memory after = memory_in_use();

		pages = after.unexplained - before->unexplained;
		slabs = after.slabs - before->slabs;
		if (pages <= DRIFT && slabs <= DRIFT) {
			printf("# %s: %+lld KiB of pages, %+lld KiB of slabs\n", what, pages >> 10,
			       slabs >> 10);
			return;
		}
		nanosleep(&pause, NULL);
	}
	fail("expected %s to cost no memory, got %lld KiB of pages and %lld KiB of slabs", what,
	     pages >> 10, slabs >> 10);
}

void *map_guarded(size_t length, int flags)
{
	char *memory = map_buffer_with(-1, PAGE + length, 0, PROT_READ | PROT_WRITE,
				       MAP_ANONYMOUS | flags);

	mprotect(memory, PAGE, PROT_NONE);
	return memory + PAGE;
}

struct meanwhile {
	size_t size;
	void (*function)(void *);
	void *argument;
};

/* What was given back last is handed out first. Where each page takes its time, buffers are small, too. */
static size_t lately_free(void)
{
	return is_sanitizer_kernel() ? 16 << 20 : 64 << 20;
}

static void overwrite_in_child(void *argument)
{
	const struct meanwhile *meanwhile = argument;
	size_t size = meanwhile->size;
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
	struct meanwhile meanwhile = {
		is_sanitizer_kernel() ? lately_free() : free_memory() / 4 * 3, function, argument,
	};

	in_child(overwrite_in_child, &meanwhile);
}

void overwrite_lately_free_memory(void)
{
	struct meanwhile meanwhile = { .size = lately_free() };

	in_child(overwrite_in_child, &meanwhile);
}

void overwrite_free_memory(void)
{
	overwrite_free_memory_while(NULL, NULL);
}
