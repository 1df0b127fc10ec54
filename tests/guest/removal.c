// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "removal.h"

static struct edu edu;

/* Finds the device, which may have been removed, and sees that it has a driver. */
static void have_parent(void)
{
	edu_find(&edu);
	if (!edu_bind(&edu, "uio_pci_generic") && !edu_bind(&edu, "pci-stub"))
		skip("no driver in this guest takes the device");
}

/* Its driver's module, or NULL. */
static const char *parents_module(void)
{
	static char target[256];
	ssize_t length = readlink(edu_path(&edu, "driver/module"), target, sizeof(target) - 1);

	target[length < 0 ? 0 : length] = '\0';
	return length < 0 ? NULL : basename(target);
}

/* Not from the heap, which gives memory back when it likes. */
static char words[USE_SIZE_MAX];

static const char *memory_kind = "pages";

void removals_of(const char *memory, size_t size)
{
	memory_kind = memory;
	use_buffer("a", size);
}

void write_words(void)
{
	int fd = open_buffer(use_name(), O_RDWR);

	fill_words(words, USE_SIZE, USE_SEED);
	expect_number("bytes written", pwrite(fd, words, USE_SIZE, 0), USE_SIZE);
	close(fd);
}

void expect_whole_buffer(void)
{
	int fd = open_buffer(use_name(), O_RDONLY);

	expect_number("its size", attribute_number(use_name(), "size"), USE_SIZE);
	expect_number("bytes read", pread(fd, words, USE_SIZE, 0), USE_SIZE);
	expect_number("first wrong word", find_wrong_word(words, USE_SIZE, USE_SEED), -1);
	close(fd);
}

/* A kernel that looks for lost pages itself takes its time to say how many are free. */
static unsigned long long measure(void)
{
	return is_sanitizer_kernel() ? 0 : free_memory();
}

static void expect_free_memory(unsigned long long before)
{
	if (before)
		expect_memory_back(before, USE_SIZE / 4 * 3);
}

static void expect_deleted_in_time(void)
{
	struct timespec pause = { .tv_nsec = 50000000 };

	for (int i = 0; i < 100 && manager("delete a"); i++)
		nanosleep(&pause, NULL);
	expect_true("the buffer gone once nobody uses it", !buffer_exists("a"));
}

/* Returns the memory that was free before. */
static unsigned long long begin(const struct use *use)
{
	unsigned long long before;

	have_parent();
	memset(words, 1, sizeof(words));
	before = measure();
	create("a %zu bus=pci device=%s %s", USE_SIZE, edu.bdf, use->options);
	expect_attribute("a", "memory", memory_kind);
	write_words();
	use->begin();
	return before;
}

void refuse(const struct use *use, void (*expect_refused)(void))
{
	unsigned long long before = begin(use);

	expect_refused();
	expect_true("node and attributes still there", buffer_exists("a"));
	use->expect_alive();
	expect_whole_buffer();
	use->end();
	expect_deleted_in_time();
	expect_free_memory(before);
}

/* The name is used again, by buffers that have nothing to do with the one that went. */
static void use_name_again(void)
{
	static char bytes[4096];
	int fd;

	create("a 8192");
	delete_buffer("a");
	have_parent();
	create("a 8192 bus=pci device=%s", edu.bdf);
	fd = open_buffer("a", O_RDWR);
	expect_number("bytes read", pread(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	expect_number("first byte that is not zero", find_nonzero(bytes, sizeof(bytes)), -1);
	close(fd);
}

/* A pin is all the same to the end; it holds pages, and no module. */
static bool is_pin(const struct use *use)
{
	return use->expect_dead == use->expect_alive;
}

void take_away(const struct use *use, void (*removal)(void))
{
	unsigned long long before = begin(use);

	removal();
	expect_true("neither node nor attributes", !buffer_exists("a"));
	use_name_again();
	/* Whoever gets what was given back has it by now; all of it once for each use of pages is enough. */
	if (removal == by_force && !strcmp(memory_kind, "pages"))
		overwrite_free_memory();
	else
		overwrite_lately_free_memory();
	if (!is_pin(use))
		rmmod_is_refused();
	use->expect_dead();
	use->end();
	expect_attribute("a", "users", "0");
	delete_buffer("a");
	expect_free_memory(before);
}

static void unload_after(void (*removal)(void), const struct use *pins)
{
	unsigned long long before;

	expect_reload("");
	before = begin(pins);
	removal();
	expect_errno("rmmod", module_unload_in_time(), 0);
	overwrite_lately_free_memory();
	pins->expect_dead();
	pins->end();
	expect_free_memory(before);
}

void unload(const struct use *pins)
{
	unload_after(by_force, pins);
	unload_after(by_unbind, pins);
	unload_after(by_pci_removal, pins);
}

void delete_is_refused(void)
{
	expect_errno("delete", manager("delete a"), EBUSY);
}

void rmmod_is_refused(void)
{
	int error = module_unload();

	if (error != EAGAIN && error != EBUSY)
		fail("expected rmmod to be refused, got %s", error ? strerror(error) : "no module");
}

void by_force(void)
{
	expect_errno("delete by force", manager("delete a force"), 0);
}

void by_unbind(void)
{
	expect_errno("unbind", write_file(edu_path(&edu, "driver/unbind"), edu.bdf), 0);
}

void by_pci_removal(void)
{
	expect_errno("removal of the device", write_file(edu_path(&edu, "remove"), "1"), 0);
}

void by_rmmod_of_the_parents_driver(void)
{
	const char *module = parents_module();

	if (!module)
		skip("the driver of the device is no module");
	expect_number("rmmod of the parent's driver",
		      syscall(SYS_delete_module, module, O_NONBLOCK), 0);
}

int run_removals(const struct claim *claims, size_t count, int argc, char **argv)
{
	int status = run_claims(claims, count, argc, argv);

	/* The tests after this one find the device as they know it. */
	syscall(SYS_delete_module, "uio_pci_generic", O_NONBLOCK);
	return status;
}
