// SPDX-License-Identifier: GPL-2.0-only
/* A mapping is ordinary memory: few faults fill it, threads share it, and others can get at its pages. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness.h"
#include "uses.h"

#define SIZE (16 * 4096)

/* Words of create for mappings that can be pinned. On x86 the kernel's own mapping is then of the same type. */
static const char *const pinnable[] = {
	"quirk-mmap-on", "quirk-mmap-auto", "quirk-mmap-page",
#if defined(__x86_64__) || defined(__i386__)
	"quirk-mmap-on sync-mode=5", "quirk-mmap-page sync-mode=6",
#endif
};

static long faults_of_touching(volatile char *memory, size_t size)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	for (size_t at = 0; at < size; at += PAGE)
		memory[at] = 1;
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt;
}

static void few_faults_map_the_whole(void)
{
	static const char *const quirks[] = { "off", "on", "auto", "page" };
	size_t size = 64 << 20;

	for (size_t i = 0; i < ARRAY_SIZE(quirks); i++) {
		char *memory;
		long faults;
		int fd;

		create("a %zu quirk-mmap-%s", size, quirks[i]);
		fd = open_buffer("a", O_RDWR);
		memory = map_buffer(fd, size, 0);
		faults = faults_of_touching(memory, size);
		if (faults > 64)
			note_failure("expected at most 64 faults for 64 MiB in mode %zu, got %ld", i + 1,
				     faults);
		munmap(memory, size);
		close(fd);
		delete_buffer("a");
	}
}

static void dontneed_and_a_second_touch_find_the_same_bytes(void)
{
	char *memory;

	create("a %d", SIZE);
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	fill_words(memory, SIZE, 1);
	if (madvise(memory, SIZE, MADV_DONTNEED) && errno != EINVAL)
		fail("expected MADV_DONTNEED to be done or EINVAL, got %s", strerror(errno));
	expect_number("first wrong word", find_wrong_word(memory, SIZE, 1), -1);
}

static void a_mapping_populates(void)
{
	char *memory;

	create("a %d", SIZE);
	memory = map_buffer_with(open_buffer("a", O_RDWR), SIZE, 0, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_POPULATE);
	fill_words(memory, SIZE, 1);
	expect_number("first wrong word", find_wrong_word(memory, SIZE, 1), -1);
}

static void *touch_all(void *memory)
{
	for (size_t at = 0; at < SIZE; at += PAGE)
		__atomic_fetch_add((uint32_t *)((char *)memory + at), 1, __ATOMIC_RELAXED);
	return NULL;
}

static void eight_threads_fault_at_once(void)
{
	create("a %d", SIZE);
	for (int round = 0; round < 20; round++) {
		int fd = open_buffer("a", O_RDWR);
		char *memory = map_buffer(fd, SIZE, 0);
		pthread_t thread[8];

		for (int i = 0; i < 8; i++)
			pthread_create(&thread[i], NULL, touch_all, memory);
		for (int i = 0; i < 8; i++)
			pthread_join(thread[i], NULL);
		for (size_t at = 0; at < SIZE; at += PAGE)
			expect_number("touches of a page", *(uint32_t *)(memory + at), 8 * (round + 1));
		munmap(memory, SIZE);
		close(fd);
	}
}

static void copy_by_process_vm(char *memory)
{
	static char text[SIZE];
	struct iovec here = { text, SIZE }, there = { memory, SIZE };

	fill_words(memory, SIZE, 1);
	note_number("bytes of process_vm_readv",
		    process_vm_readv(getpid(), &here, 1, &there, 1, 0), SIZE);
	note_number("first wrong word", find_wrong_word(text, SIZE, 1), -1);
	fill_words(text, SIZE, 2);
	note_number("bytes of process_vm_writev",
		    process_vm_writev(getpid(), &here, 1, &there, 1, 0), SIZE);
	note_number("first wrong word", find_wrong_word(memory, SIZE, 2), -1);
}

/* Of a buffer "a" of each kind that can be pinned; the mapping is untouched. */
static void with_each_pinnable(void (*function)(char *memory))
{
	for (size_t i = 0; i < ARRAY_SIZE(pinnable); i++) {
		char *memory;
		int fd;

		create("a %d %s", SIZE, pinnable[i]);
		fd = open_buffer("a", O_RDWR);
		memory = map_buffer(fd, SIZE, 0);
		function(memory);
		munmap(memory, SIZE);
		close(fd);
		delete_buffer("a");
	}
}

static void another_process_reads_and_writes_a_mapping_of_every_kind(void)
{
	with_each_pinnable(copy_by_process_vm);
}

static void a_debugger_reads_a_mapping(void)
{
	int debugger = open("/proc/self/mem", O_RDWR);
	uint64_t word = 0;
	uint64_t *memory;

	create("a %d", SIZE);
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	memory[100] = 0x1122334455667788;
	expect_number("bytes read", pread(debugger, &word, 8, (uintptr_t)&memory[100]), 8);
	expect_true("the word that was written", word == 0x1122334455667788);
	word = 99;
	expect_number("bytes written", pwrite(debugger, &word, 8, (uintptr_t)&memory[101]), 8);
	expect_number("the word that it wrote", memory[101], 99);
}

static void splice_a_page(char *memory)
{
	struct iovec there = { memory + PAGE, 7 };
	int writer = open_buffer("a", O_WRONLY);
	char text[16] = "";
	int ends[2];

	note_number("bytes written", pwrite(writer, "splice", 7, PAGE), 7);
	close(writer);
	expect_number("pipe", pipe(ends), 0);
	expect_number("bytes of vmsplice", vmsplice(ends[1], &there, 1, 0), 7);
	note_number("bytes from the pipe", read(ends[0], text, sizeof(text)), 7);
	expect_text("bytes of the page", text, "splice");
	close(ends[0]);
	close(ends[1]);
}

static void vmsplice_takes_a_page_of_an_untouched_mapping_of_every_kind(void)
{
	with_each_pinnable(splice_a_page);
}

static int disk;

static void copy_by_disk(char *memory)
{
	fill_words(memory, SIZE, 1);
	note_number("bytes written to the disk", pwrite(disk, memory, SIZE, 0), SIZE);
	memset(memory, 0, SIZE);
	note_number("bytes read from the disk", pread(disk, memory, SIZE, 0), SIZE);
	note_number("first wrong word", find_wrong_word(memory, SIZE, 1), -1);
}

static void a_disk_reads_and_writes_a_mapping_of_every_kind_by_o_direct(void)
{
	if (system("modprobe brd rd_nr=1 rd_size=1024 2>/dev/null") ||
	    (disk = open("/dev/ram0", O_RDWR | O_DIRECT)) < 0)
		skip("no RAM disk in this guest");
	with_each_pinnable(copy_by_disk);
}

/* Registered, closed and unmapped: the pages are written to a file, and filled from another. */
static void io_uring_reads_and_writes_a_registered_mapping_of_every_kind(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(pinnable); i++) {
		char *memory;
		int fd;

		create("a %zu %s", USE_SIZE, pinnable[i]);
		fd = open_buffer("a", O_RDWR);
		memory = map_buffer(fd, USE_SIZE, 0);
		fill_words(memory, USE_SIZE, USE_SEED);
		pages_in_io_uring.begin();
		pages_in_io_uring.expect_alive();
		fill_registered(USE_SEED + 1);
		note_number("first wrong word", find_wrong_word(memory, USE_SIZE, USE_SEED + 1), -1);
		pages_in_io_uring.end();
		munmap(memory, USE_SIZE);
		close(fd);
		for (int tries = 0; tries < 100 && manager("delete a"); tries++)
			usleep(50000);
		expect_true("the buffer gone once nothing is registered", !buffer_exists("a"));
	}
}

static const struct claim claims[] = {
	CLAIM(few_faults_map_the_whole),
	CLAIM(dontneed_and_a_second_touch_find_the_same_bytes),
	CLAIM(a_mapping_populates),
	CLAIM(eight_threads_fault_at_once),
	CLAIM(another_process_reads_and_writes_a_mapping_of_every_kind),
	CLAIM(a_debugger_reads_a_mapping),
	CLAIM(vmsplice_takes_a_page_of_an_untouched_mapping_of_every_kind),
	CLAIM(a_disk_reads_and_writes_a_mapping_of_every_kind_by_o_direct),
	CLAIM(io_uring_reads_and_writes_a_registered_mapping_of_every_kind),
};

CLAIMS(claims)
