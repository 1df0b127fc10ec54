// SPDX-License-Identifier: GPL-2.0-only
/* The driver as a test meets it: module, manager, attributes, nodes, mappings. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "harness-private.h"

int module_load(const char *parameters)
{
	int fd = open(MODULE_FILE, O_RDONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, parameters, 0))
		error = errno;
	close(fd);
	return error;
}

int module_unload(void)
{
	return syscall(SYS_delete_module, "u_dma_buf", O_NONBLOCK) ? errno : 0;
}

bool module_is_loaded(void)
{
	return !access("/sys/module/u_dma_buf", F_OK);
}

int module_unload_in_time(void)
{
	int error = module_unload();

	for (int tries = 0; tries < 100 && (error == EBUSY || error == EAGAIN); tries++) {
		usleep(50000);
		error = module_unload();
	}
	return error;
}

int module_reload(const char *parameters)
{
	int error = 0;

	shared->is_reloaded = true;
	if (module_is_loaded())
		error = module_unload_in_time();
	if (error)
		fail("expected the module to unload, got %s", strerror(error));
	log_mark();
	return module_load(parameters);
}

void expect_reload(const char *parameters)
{
	int error = module_reload(parameters);

	if (error)
		fail("expected the module to load with '%s', got %s", parameters, strerror(error));
}

int open_manager(void)
{
	int fd = open(MANAGER, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail("expected " MANAGER " to open, got %s", strerror(errno));
	return fd;
}

static int manager_write(const char *text)
{
	int fd = open_manager();
	ssize_t written = write(fd, text, strlen(text));
	int error = written < 0 ? errno : 0;

	close(fd);
	if (!error && (size_t)written != strlen(text))
		fail("expected the whole of '%s' to run, got %zd bytes", text, written);
	return error;
}

static int manager_format(const char *format, va_list arguments)
{
	char text[4096];

	vsnprintf(text, sizeof(text), format, arguments);
	return manager_write(text);
}

int manager(const char *format, ...)
{
	va_list arguments;
	int error;

	va_start(arguments, format);
	error = manager_format(format, arguments);
	va_end(arguments);
	return error;
}

void create(const char *format, ...)
{
	char text[4096] = "create ";
	va_list arguments;
	int error;

	va_start(arguments, format);
	vsnprintf(text + 7, sizeof(text) - 7, format, arguments);
	va_end(arguments);
	error = manager_write(text);
	if (error)
		fail("expected '%s' to succeed, got %s", text, strerror(error));
}

void delete_buffer(const char *name)
{
	int error = manager("delete %s", name);

	if (error)
		fail("expected 'delete %s' to succeed, got %s", name, strerror(error));
}

static const char *attribute_path(const char *name, const char *attr)
{
	static char path[512];

	snprintf(path, sizeof(path), SYSFS "%s/%s", name, attr);
	return path;
}

const char *attribute(const char *name, const char *attr)
{
	const char *text = file_text(attribute_path(name, attr));
	char *end = strchr(text, '\n');

	if (!end)
		fail("expected a line in %s of %s, got '%s'", attr, name, text);
	*end = '\0';
	return text;
}

unsigned long long attribute_number(const char *name, const char *attr)
{
	return strtoull(attribute(name, attr), NULL, 0);
}

int set_attribute(const char *name, const char *attr, const char *text)
{
	return write_file(attribute_path(name, attr), text);
}

static void attribute_phrase(char *ret_phrase, size_t size, const char *name, const char *attr)
{
	snprintf(ret_phrase, size, "%s of %s", attr, name);
}

void expect_attribute(const char *name, const char *attr, const char *expected)
{
	char phrase[128];

	attribute_phrase(phrase, sizeof(phrase), name, attr);
	expect_text(phrase, attribute(name, attr), expected);
}

void note_attribute(const char *name, const char *attr, const char *expected)
{
	const char *got = attribute(name, attr);

	if (strcmp(got, expected))
		note_failure("expected %s of %s '%s', got '%s'", attr, name, expected, got);
}

bool buffer_exists(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "/dev/%s", name);
	return !access(attribute_path(name, ""), F_OK) || !access(path, F_OK);
}

static bool is_managers(const char *name)
{
	return !strcmp(file_text(attribute_path(name, "origin")), "manager\n");
}

/* Deletes the manager's buffers if @is_deleting; returns how many buffers there are after that. */
static size_t walk_buffers(bool is_deleting)
{
	DIR *folder = opendir(SYSFS);
	struct dirent *entry;
	size_t count = 0;

	if (!folder)
		return 0;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!is_deleting || !is_managers(entry->d_name))
			count++;
		else if (manager("delete %s", entry->d_name))
			note_failure("expected %s to be free when all its users had ended, got '%s'",
				     entry->d_name, strerror(errno));
	}
	closedir(folder);
	return count;
}

size_t buffer_count(void)
{
	return walk_buffers(false);
}

void use_every_minor(void)
{
	size_t count = buffer_count();

	for (size_t i = count; i < 256; i++)
		create("m%zu 4096", i);
	expect_number("buffers", buffer_count(), 256);
	expect_errno("one buffer more", manager("create last 4096"), ENOSPC);
	expect_true("nothing of it", !buffer_exists("last"));
	for (size_t i = count; i < 256; i++)
		expect_errno("a delete", manager("delete m%zu", i), 0);
}

void clean_up(void)
{
	int error;

	if (!shared->is_reloaded) {
		walk_buffers(true);
		return;
	}
	if (!module_is_loaded())
		return;
	error = module_unload_in_time();
	if (error)
		note_failure("expected the module to unload when all its users had ended, got '%s'",
			     strerror(error));
}

int open_buffer(const char *name, int flags)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fail("expected %s to open, got %s", path, strerror(errno));
	return fd;
}

void *map_buffer_with(int fd, size_t length, off_t offset, int protection, int flags)
{
	void *memory = mmap(NULL, length, protection, flags, fd, offset);

	if (memory == MAP_FAILED)
		fail("expected to map %zu bytes at %lld, got %s", length, (long long)offset,
		     strerror(errno));
	return memory;
}

void *map_buffer(int fd, size_t length, off_t offset)
{
	return map_buffer_with(fd, length, offset, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static uint64_t word_at(size_t index, uint64_t seed)
{
	uint64_t word = (index + 1) * 0x9e3779b97f4a7c15 + seed * 0xbf58476d1ce4e5b9;

	return word ^ word >> 29;
}

void fill_words(void *memory, size_t length, uint64_t seed)
{
	volatile uint64_t *word = memory;

	for (size_t i = 0; i < length / sizeof(*word); i++)
		word[i] = word_at(i, seed);
}

ssize_t find_wrong_word(const void *memory, size_t length, uint64_t seed)
{
	const volatile uint64_t *word = memory;

	for (size_t i = 0; i < length / sizeof(*word); i++)
		if (word[i] != word_at(i, seed))
			return i * sizeof(*word);
	return -1;
}

void note_same_bytes(int fd, void *memory, size_t length)
{
	char *text = malloc(length);

	fill_words(memory, length, 1);
	note_number("bytes read", pread(fd, text, length, 0), length);
	note_number("first wrong word read", find_wrong_word(text, length, 1), -1);
	fill_words(text, length, 2);
	note_number("bytes written", pwrite(fd, text, length, 0), length);
	note_number("first wrong word mapped", find_wrong_word(memory, length, 2), -1);
	free(text);
}

ssize_t find_nonzero(const void *memory, size_t length)
{
	const volatile uint64_t *word = memory;

	for (size_t i = 0; i < length / sizeof(*word); i++)
		if (word[i])
			return i * sizeof(*word);
	return -1;
}

static sigjmp_buf after_sigbus;

static void leave_sigbus(int number)
{
	(void)number;
	siglongjmp(after_sigbus, 1);
}

static bool touch_raises_sigbus(volatile char *address, const char *byte)
{
	struct sigaction action = { .sa_handler = leave_sigbus };
	struct sigaction before;
	bool is_raised = true;

	sigaction(SIGBUS, &action, &before);
	if (!sigsetjmp(after_sigbus, 1)) {
		if (byte)
			*address = *byte;
		else
			(void)*address;
		is_raised = false;
	}
	sigaction(SIGBUS, &before, NULL);
	return is_raised;
}

bool raises_sigbus(const volatile void *address)
{
	return touch_raises_sigbus((volatile char *)address, NULL);
}

bool raises_sigbus_when_written(volatile void *address, char byte)
{
	return touch_raises_sigbus(address, &byte);
}

const char *file_text(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = 0;

	if (fd >= 0) {
		length = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[length > 0 ? length : 0] = '\0';
	return text;
}

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}
