// SPDX-License-Identifier: GPL-2.0-only
/* Drives QEMU's edu device through the files that sysfs has of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"

#define PCI "/sys/bus/pci/"
#define BAR_SIZE (1 << 20)
#define BUFFER 0x40000
#define DMA_SOURCE 0x80
#define DMA_TARGET 0x88
#define DMA_COUNT 0x90
#define DMA_COMMAND 0x98
#define DMA_START 1
#define DMA_STORE 2
#define PCI_COMMAND 4
#define PCI_COMMAND_MEMORY_MASTER 6

const char *edu_path(const struct edu *edu, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), PCI "devices/%s/%s", edu->bdf, name);
	return path;
}

static bool is_edu(struct edu *edu)
{
	return !strcmp(file_text(edu_path(edu, "vendor")), "0x1234\n") &&
	       !strcmp(file_text(edu_path(edu, "device")), "0x11e8\n");
}

static bool find_now(struct edu *edu)
{
	DIR *folder = opendir(PCI "devices");
	struct dirent *entry;
	bool is_found = false;

	while (folder && !is_found && (entry = readdir(folder))) {
		snprintf(edu->bdf, sizeof(edu->bdf), "%.15s", entry->d_name);
		is_found = is_edu(edu);
	}
	if (folder)
		closedir(folder);
	return is_found;
}

bool edu_is_here(struct edu *ret_edu)
{
	memset(ret_edu, 0, sizeof(*ret_edu));
	if (find_now(ret_edu))
		return true;
	write_file(PCI "rescan", "1");
	return find_now(ret_edu);
}

void edu_find(struct edu *ret_edu)
{
	if (!edu_is_here(ret_edu))
		skip("no edu device in this guest");
}

bool edu_has_driver(const struct edu *edu)
{
	return !access(edu_path(edu, "driver"), F_OK);
}

bool edu_bind(const struct edu *edu, const char *driver)
{
	char text[64];

	if (edu_has_driver(edu))
		return true;
	snprintf(text, sizeof(text), "modprobe %s 2>/dev/null", driver);
	if (system(text))
		return false;
	snprintf(text, sizeof(text), PCI "drivers/%s/new_id", driver);
	if (write_file(text, "1234 11e8")) {
		/* It knows the device already. */
		snprintf(text, sizeof(text), PCI "drivers/%s/bind", driver);
		write_file(text, edu->bdf);
	}
	return edu_has_driver(edu);
}

void edu_bind_stub(const struct edu *edu)
{
	if (!edu_bind(edu, "pci-stub"))
		skip("pci-stub does not take the device, or is not in this guest");
}

void edu_find_parent(struct edu *ret_edu)
{
	edu_find(ret_edu);
#if !defined(__x86_64__) && !defined(__i386__)
	edu_bind_stub(ret_edu);
#endif
}

void edu_start(struct edu *edu)
{
	uint8_t command = PCI_COMMAND_MEMORY_MASTER;
	int config, bar;

	config = open(edu_path(edu, "config"), O_RDWR | O_CLOEXEC);
	expect_number("bytes of the PCI command", pwrite(config, &command, 1, PCI_COMMAND), 1);
	close(config);
	bar = open(edu_path(edu, "resource0"), O_RDWR | O_CLOEXEC);
	if (bar < 0)
		fail("expected the device's registers, got %s", strerror(errno));
	edu->registers = map_buffer(bar, BAR_SIZE, 0);
	close(bar);
	expect_number("identification of the device",
		      *(volatile uint32_t *)edu->registers & 0xff, 0xed);
}

void edu_stop(struct edu *edu)
{
	munmap((void *)edu->registers, BAR_SIZE);
	edu->registers = NULL;
}

static void set_register(struct edu *edu, unsigned int number, uint64_t value)
{
	*(volatile uint64_t *)(edu->registers + number) = value;
}

static void begin_transfer(struct edu *edu, uint64_t source, uint64_t target, size_t length,
			   int command)
{
	set_register(edu, DMA_SOURCE, source);
	set_register(edu, DMA_TARGET, target);
	set_register(edu, DMA_COUNT, length);
	set_register(edu, DMA_COMMAND, DMA_START | command);
}

bool edu_is_busy(const struct edu *edu)
{
	return *(volatile uint64_t *)(edu->registers + DMA_COMMAND) & DMA_START;
}

void edu_wait(struct edu *edu)
{
	struct timespec pause = { .tv_nsec = 2000000 };

	for (int i = 0; i < 5000; i++) {
		if (!edu_is_busy(edu))
			return;
		nanosleep(&pause, NULL);
	}
	fail("expected the transfer to end, got a device that is still busy");
}

void edu_fetch(struct edu *edu, uint64_t address, size_t length)
{
	begin_transfer(edu, address, BUFFER, length, 0);
	edu_wait(edu);
}

void edu_begin_store(struct edu *edu, uint64_t address, size_t length)
{
	begin_transfer(edu, BUFFER, address, length, DMA_STORE);
}

void edu_store(struct edu *edu, uint64_t address, size_t length)
{
	edu_begin_store(edu, address, length);
	edu_wait(edu);
}
