// SPDX-License-Identifier: GPL-2.0-only
/* Lets allocations fail, one at a time: /proc/thread-self/fail-nth of the sanitizer kernel. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "inject.h"

#define DEBUG "/sys/kernel/debug/"
#define MOST_FAULTS 4000
#define OFTEN 4

static int nth_fd = -1;

static void set_debug(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUG "%s", name);
	expect_errno(path, write_file(path, value), 0);
}

/* The addresses of a function of the kernel, as the filters of faults want them. */
static void find_function(const char *name, char *ret_start, char *ret_end, size_t size)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512], symbol[256];
	unsigned long long address;
	bool is_found = false;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx %*c %255s", &address, symbol) != 2)
			continue;
		if (is_found) {
			snprintf(ret_end, size, "%llu", address);
			fclose(file);
			return;
		}
		is_found = !strcmp(symbol, name);
		snprintf(ret_start, size, "%llu", address);
	}
	fail("expected a function %s in the kernel, got none", name);
}

static void set_each(const char *name, const char *value)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(path, sizeof(path), "%s/%s", kinds[i], name);
		set_debug(path, value);
	}
}

/* Only what this function calls may fail; NULL: everything. */
static void confine(const char *function)
{
	char start[32] = "0", end[32];

	snprintf(end, sizeof(end), "%lu", ULONG_MAX);
	if (function)
		find_function(function, start, end, sizeof(start));
	set_each("require-start", start);
	set_each("require-end", end);
}

void inject_prepare(void)
{
	char start[32], end[32];

	set_each("verbose", "0");
	/* dma-debug has its own allocations, and turns itself off when one fails. */
	find_function("add_dma_entry", start, end, sizeof(start));
	set_each("reject-start", start);
	set_each("reject-end", end);
	set_debug("failslab/ignore-gfp-wait", "N");
	set_debug("fail_page_alloc/ignore-gfp-wait", "N");
	set_debug("fail_page_alloc/ignore-gfp-highmem", "N");
	set_debug("fail_page_alloc/min-order", "0");
	/* The program's own page faults would count too. */
	expect_number("mlockall", mlockall(MCL_CURRENT), 0);
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	expect_true("a kernel that can make allocations fail", nth_fd >= 0);
}

static void arm(int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", nth);

	expect_number("bytes of fail-nth", pwrite(nth_fd, text, length, 0), length);
}

/* True if the fault came. These calls can meet it themselves, where it has not. */
static bool disarm(void)
{
	char text[16] = "";
	ssize_t length = pread(nth_fd, text, sizeof(text) - 1, 0);

	while (pwrite(nth_fd, "0", 1, 0) != 1)
		;
	return length > 0 && !atoi(text);
}

static void try_again(const struct operation *operation, int nth, int error)
{
	if (error != ENOMEM && error != EFAULT)
		fail("expected %s without its allocation %d to be ENOMEM or EFAULT, got %s",
		     operation->what, nth, strerror(error));
	if (operation->check_failed)
		operation->check_failed();
	error = operation->run();
	if (error)
		fail("expected %s to succeed after a failure of allocation %d, got %s",
		     operation->what, nth, strerror(error));
}

/* Without a fault; what the kernel allocates only the first time does not count later. */
static void warm_up(const struct operation *operation)
{
	int error;

	if (operation->prepare)
		operation->prepare();
	error = operation->run();
	if (error)
		fail("expected %s to succeed, got %s", operation->what, strerror(error));
	if (operation->undo)
		operation->undo();
}

/* Returns true if the operation met the fault, and sets @ret_answer to what it said. */
static bool fail_one(const struct operation *operation, int nth, char *ret_answer)
{
	bool was_hit;
	int error;

	if (operation->prepare)
		operation->prepare();
	arm(nth);
	error = operation->run();
	was_hit = disarm();
	if (!was_hit && error)
		fail("expected %s to succeed, got %s", operation->what, strerror(error));
	if (error)
		try_again(operation, nth, error);
	if (operation->undo)
		operation->undo();
	*ret_answer = error == ENOMEM ? 'M' : error == EFAULT ? 'F' : '.';
	return was_hit;
}

static void expect_answers(const struct operation *operation, const char *answers,
			   const char *expected)
{
	for (; *expected; expected++)
		if (!strchr(answers, *expected))
			fail("expected %s to answer %s at one of its allocations, got '%s'",
			     operation->what, *expected == 'M' ? "ENOMEM" : "EFAULT", answers);
}

/* Sets @ret_answers to one letter for each allocation, and returns how many that are. */
static int fail_each(const struct operation *operation, char *ret_answers)
{
	int nth = 1;

	while (fail_one(operation, nth, &ret_answers[nth - 1]) && nth < MOST_FAULTS)
		nth++;
	ret_answers[nth - 1] = '\0';
	printf("# %s, no memory (M), a fault (F) or success each time: %s\n", operation->what, ret_answers);
	expect_true("allocations to fail, and an end of them", nth > 1 && nth < MOST_FAULTS);
	return nth - 1;
}

void inject_within(const struct operation *operation, const char *function, int times,
		   const char *expected)
{
	static char answers[OFTEN * MOST_FAULTS + 1];
	int count = 0;

	warm_up(operation);
	confine(function);
	while (times--)
		count += fail_each(operation, answers + count);
	confine(NULL);
	expect_answers(operation, answers, expected);
}

void inject_each(const struct operation *operation, int times, const char *expected)
{
	inject_within(operation, NULL, times, expected);
}

void inject_often(const struct operation *operation, const char *expected)
{
	inject_each(operation, OFTEN, expected);
}
