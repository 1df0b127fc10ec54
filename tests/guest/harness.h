/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every test program of the driver shares. A program is a table of claims: each is a function
 * whose name says what the driver does, and each runs in a process of its own with the module loaded
 * without parameters and no buffer of the manager's left. When a claim ends, the harness kills what
 * it left running, deletes the buffers it made, unloads the module if the claim reloaded it, and
 * fails it when any of that is refused or the kernel log holds a warning.
 *
 * Functions that start with expect_ end the claim as failed when they don't hold; note_ ones print
 * the failure and go on, for tables of cases. Functions that return an int return 0 or an errno value,
 * unless they say otherwise.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))
#define SYSFS "/sys/class/u-dma-buf/"
#define MANAGER "/dev/u-dma-buf-mgr"

/* The narrowest DMA mask that reaches memory: QEMU's arm machines have none below 1 GiB, riscv64 below 2. */
#if defined(__x86_64__) || defined(__i386__)
#define LOW_MASK 24
#elif defined(__riscv)
#define LOW_MASK 32
#else
#define LOW_MASK 31
#endif

struct claim {
	const char *name;
	void (*test)(void);
};

#define CLAIM(function) { #function, function }

int run_claims(const struct claim *claims, size_t count, int argc, char **argv);

/* On the kernel that looks for mistakes, which is several times slower. */
bool is_sanitizer_kernel(void);
bool kernel_is_before(int major, int minor);
/* The kernel, which a program of 32 bits may ask, too. */
bool kernel_has_64_bits(void);
/* How often to do a thing over and over: there a tenth of @count will do, for it sees every page and race. */
int rounds(int count);
/* A claim that runs for long may take so many seconds more than others. */
void take_seconds(unsigned int seconds);

/* Names to run may be given as arguments; none: all. */
#define CLAIMS(table)								\
	int main(int argc, char **argv)						\
	{									\
		return run_claims(table, ARRAY_SIZE(table), argc, argv);	\
	}

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
void note_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* @what is a phrase, such as "size of the buffer": "expected size of the buffer 5, got 4". */
void expect_number(const char *what, long long got, long long expected);
void expect_errno(const char *what, int got, int expected);
void expect_text(const char *what, const char *got, const char *expected);
void expect_true(const char *what, bool holds);
void note_errno(const char *what, int got, int expected);
void note_number(const char *what, long long got, long long expected);

/*
 * The kernel log since log_mark(), which every claim starts with. Lines lose their
 * priority and time; a line longer than LOG_WIDTH is cut.
 */
#define LOG_LINES 1024
#define LOG_WIDTH 320

struct log {
	size_t count;
	char line[LOG_LINES][LOG_WIDTH];
};

void log_mark(void);
const struct log *log_read(void);
/* How many lines of the driver's hold @word; NULL: how many there are. */
size_t log_count(const char *word);
/* How many lines, whoever logged them, name a node of the device tree and hold @reason. */
size_t log_count_of_node(const char *node, const char *reason);
/* The one line that the driver logged since the mark; fails the claim if there is not exactly one. */
const char *log_only_line(void);
/* The value of "u-dma-buf <name>: <key> = <value>", NULL if there is no such line. */
const char *log_value(const char *name, const char *key);
/* The first line that no healthy kernel prints, or NULL. */
const char *log_complaint(void);

/* The module. Parameters as finit_module takes them, blank-separated. */
#define MODULE_FILE "u-dma-buf.ko"

int module_load(const char *parameters);
int module_unload(void);
/* Tries for some seconds: the kernel may see late that a page is no longer pinned. */
int module_unload_in_time(void);
bool module_is_loaded(void);
/* Unloads, and loads with @parameters; the harness unloads again when the claim ends. */
int module_reload(const char *parameters);
void expect_reload(const char *parameters);

/* The manager: one write on a descriptor of its own. A short write fails the claim. */
int manager(const char *format, ...) __attribute__((format(printf, 1, 2)));
void create(const char *format, ...) __attribute__((format(printf, 1, 2)));
void delete_buffer(const char *name);
int open_manager(void);

/* Attributes; text comes back without its newline. attribute() fails the claim if it can't be read. */
const char *attribute(const char *name, const char *attr);
unsigned long long attribute_number(const char *name, const char *attr);
int set_attribute(const char *name, const char *attr, const char *text);
void expect_attribute(const char *name, const char *attr, const char *expected);
void note_attribute(const char *name, const char *attr, const char *expected);
bool buffer_exists(const char *name);
size_t buffer_count(void);
/* Takes each of the 256 minors that no buffer has, expects ENOSPC of one more, and gives them back. */
void use_every_minor(void);

/* Opens /dev/<name>; fails the claim if that fails. */
int open_buffer(const char *name, int flags);
/* Maps shared, readable and writable; fails the claim if that fails. */
void *map_buffer(int fd, size_t length, off_t offset);
void *map_buffer_with(int fd, size_t length, off_t offset, int protection, int flags);

/* Patterns by whole words, as uncached memory needs them; lengths are multiples of 8. */
void fill_words(void *memory, size_t length, uint64_t seed);
/* The offset of the first wrong word, or -1. */
ssize_t find_wrong_word(const void *memory, size_t length, uint64_t seed);
/* What is written through the mapping is read from the node, and the reverse. */
void note_same_bytes(int fd, void *memory, size_t length);
/* The offset of the first byte that is not zero, or -1. */
ssize_t find_nonzero(const void *memory, size_t length);

/* True if reading the byte raises SIGBUS; any other signal ends the claim. One thread at a time. */
bool raises_sigbus(const volatile void *address);
bool raises_sigbus_when_written(volatile void *address, char byte);
/* Runs @function in a child and fails the claim if it does not return. */
void in_child(void (*function)(void *), void *argument);

/* Lines of a sysfs or proc file, whole; empty if it can't be read. */
const char *file_text(const char *path);
int write_file(const char *path, const char *text);
/* Bytes of a line such as "MemFree:" of /proc/meminfo; 0 where there is none. */
unsigned long long meminfo(const char *key);
/* Bytes that are free, those in the lists of each CPU included. */
unsigned long long free_memory(void);
/* Bytes that are free in all CMA areas, as of now: the kernel adds up what its CPUs count once a second. */
unsigned long long free_of_areas(void);
/* Waits for it: what an importer or a pin held, or the driver watched for a pin, comes back a little later. */
void expect_memory_back(unsigned long long before, unsigned long long tolerance);
/* What a leak shows in, to a few pages: those that no figure of the kernel's explains, and slabs. */
struct memory {
	unsigned long long unexplained, slabs;
};

struct memory memory_in_use(void);
/*
 * Waits as well, for all but 512 KiB of either. Nothing is expected on the kernel that looks for mistakes: KASAN
 * keeps a 32nd of all memory back, and page owners and kmemleak say better there what is lost.
 */
void expect_no_drift(const char *what, const struct memory *before);
/* Zeroed memory that nobody reaches who writes past the end of what lies below it. @flags as of mmap. */
void *map_guarded(size_t length, int flags);
/* Takes most of what is free, writes to all of it, and gives it back. */
void overwrite_free_memory(void);
/* What is handed out first, for it was given back last: in much less time. */
void overwrite_lately_free_memory(void);
/* The same; calls @function before, in a child, and fails the claim if that changes what was written. */
void overwrite_free_memory_while(void (*function)(void *), void *argument);

#endif
