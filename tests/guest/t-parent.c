// SPDX-License-Identifier: GPL-2.0-only
/* A buffer of a PCI device: its address works for the device, and it goes when the device goes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "prove.h"
#include "u-dma-buf.h"

#define SIZE 0x4000
#define HALF (SIZE / 2)
#define LENGTH 4088

/* A mask narrower than the device's 32 bits, where the machine has memory that low. */
#ifdef __riscv
#define NARROW "32"
#else
#define NARROW "31"
#endif

static struct edu edu;

static void create_child(const char *name, const char *options)
{
	create("%s %d bus=pci device=%s %s", name, SIZE, edu.bdf, options);
}

/* On one CPU: who creates goes on only where this one waits. */
static void take_the_cpu_from_children(void)
{
	struct sched_param highest = { .sched_priority = sched_get_priority_max(SCHED_FIFO) };
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	expect_number("sched_setaffinity", sched_setaffinity(0, sizeof(first), &first), 0);
	expect_number("sched_setscheduler", sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &highest), 0);
}

/* It is zeroed for so long that it is not there yet when the device is gone. */
static void a_device_without_a_buffer_waits_for_no_create(void)
{
	unsigned long long size = (is_sanitizer_kernel() ? 64ULL : 256ULL) << 20, before = free_memory();
	pid_t child;

	edu_find(&edu);
	expect_true("room for a big buffer", before > size);
	take_the_cpu_from_children();
	child = fork();
	if (!child) {
		create("big %llu", size);
		_exit(0);
	}
	while (!waitpid(child, NULL, WNOHANG) && free_memory() > before - size / 2)
		usleep(1000);
	expect_errno("removal of the device", write_file(edu_path(&edu, "remove"), "1"), 0);
	expect_true("the buffer not to be there before the device is gone", !buffer_exists("big"));
	expect_number("the end of the create", waitpid(child, NULL, 0), child);
	expect_attribute("big", "memory", "contig");
}

static void remove_parent(void)
{
	expect_errno("removal of the device", write_file(edu_path(&edu, "remove"), "1"), 0);
}

static const char *mask_of_device(void)
{
	static char bits[16];

	snprintf(bits, sizeof(bits), "%s", file_text(edu_path(&edu, "dma_mask_bits")));
	bits[strcspn(bits, "\n")] = '\0';
	return bits;
}

static void the_attributes_name_the_parent_and_its_mask(void)
{
	char device[32];

	edu_find_parent(&edu);
	create_child("a", "");
	snprintf(device, sizeof(device), "pci/%s", edu.bdf);
	expect_attribute("a", "dma_device", device);
	expect_attribute("a", "dma_mask", mask_of_device());
	expect_attribute("a", "memory", "pages");
	expect_number("phys_addr modulo the page size", attribute_number("a", "phys_addr") % PAGE, 0);
}

static void a_mask_narrows_the_parents_and_never_widens_or_touches_it(void)
{
	char before[32], after[32];

	edu_find_parent(&edu);
	snprintf(before, sizeof(before), "%s", file_text(edu_path(&edu, "dma_mask_bits")));
	log_mark();
	expect_errno("a wider mask", manager("create a 4096 bus=pci device=%s dma-mask=40", edu.bdf),
		     EINVAL);
	expect_true("the line to name dma-mask", strstr(log_only_line(), "dma-mask") != NULL);
	create_child("b", "dma-mask=" NARROW);
	expect_attribute("b", "dma_mask", NARROW);
	expect_true("an address within the mask",
		    attribute_number("b", "phys_addr") + SIZE <= 1ULL << atoi(NARROW));
	snprintf(after, sizeof(after), "%s", file_text(edu_path(&edu, "dma_mask_bits")));
	expect_text("the parent's mask", after, before);
	snprintf(after, sizeof(after), "%s", file_text(edu_path(&edu, "consistent_dma_mask_bits")));
	expect_text("the parent's coherent mask", after, before);
}

/* What LOW_MASK reaches, where that is less than all memory, has no room for it. */
static void dma_mask_bit_is_not_for_buffers_of_a_device(void)
{
	char text[32];

	edu_find_parent(&edu);
	snprintf(text, sizeof(text), "dma_mask_bit=%d", LOW_MASK);
	expect_reload(text);
	create("a 32M bus=pci device=%s", edu.bdf);
	expect_attribute("a", "dma_mask", mask_of_device());
}

static void a_mask_of_the_device_that_reaches_no_memory_is_enomem(void)
{
	edu_find_parent(&edu);
	log_mark();
	expect_errno("create", manager("create a 4096 bus=pci device=%s dma-mask=12", edu.bdf), ENOMEM);
	expect_true("the line to name the device and the addresses",
		    strstr(log_only_line(), edu.bdf) && strstr(log_only_line(), "up to 0xfff"));
}

static void a_parameter_binds_a_buffer_to_the_device(void)
{
	char text[128], device[32];

	edu_find_parent(&edu);
	snprintf(text, sizeof(text), "udmabuf0=4096 udmabuf1=4096 udmabuf0_bind=pci/%s", edu.bdf);
	expect_reload(text);
	snprintf(device, sizeof(device), "pci/%s", edu.bdf);
	expect_attribute("udmabuf0", "dma_device", device);
	expect_attribute("udmabuf0", "origin", "parameter");
	expect_attribute("udmabuf1", "dma_device", "none");
	snprintf(text, sizeof(text), "udmabuf2=4096 udmabuf5=4096 bind=pci/%s", edu.bdf);
	expect_reload(text);
	expect_attribute("udmabuf2", "dma_device", device);
	expect_attribute("udmabuf5", "dma_device", device);
}

/* Bound to a driver, and not to that of the buffers of the device tree. */
static bool has_foreign_driver(const char *device)
{
	char path[512], driver[512];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/platform/devices/%s/driver", device);
	length = readlink(path, driver, sizeof(driver) - 1);
	driver[length < 0 ? 0 : length] = '\0';
	return driver[0] && !strstr(driver, "/u-dma-buf");
}

/* Makes a buffer of the first platform device that can have one; its name, or NULL. */
static const char *create_of_platform_device(const char *name)
{
	static struct dirent found;
	DIR *folder = opendir("/sys/bus/platform/devices");
	struct dirent *entry;
	int error = ENODEV;

	while (folder && error && (entry = readdir(folder))) {
		if (!has_foreign_driver(entry->d_name))
			continue;
		found = *entry;
		error = manager("create %s %d device=%s", name, SIZE, entry->d_name);
	}
	if (folder)
		closedir(folder);
	return error ? NULL : found.d_name;
}

static void platform_is_the_bus_where_none_is_named(void)
{
	const char *parent = create_of_platform_device("a");
	char device[300], text[700];

	if (!parent)
		skip("no platform device here can have a buffer");
	snprintf(device, sizeof(device), "platform/%s", parent);
	expect_attribute("a", "dma_device", device);
	create("b 4096 bus=platform device=%s", parent);
	expect_attribute("b", "dma_device", device);
	snprintf(text, sizeof(text), "udmabuf0=4096 udmabuf0_bind=%s udmabuf1=4096 udmabuf1_bind=%s",
		 parent, device);
	expect_reload(text);
	expect_attribute("udmabuf0", "dma_device", device);
	expect_attribute("udmabuf1", "dma_device", device);
}

static void a_device_that_has_no_dma_mask_is_enodev(void)
{
	close(prove_open());
	log_mark();
	expect_errno("create", manager("create a 4096 device=udmabuf-proof-no-dma"), ENODEV);
	expect_true("the line to say so", strstr(log_only_line(), "udmabuf-proof-no-dma does no DMA"));
}

#if !defined(__x86_64__) && !defined(__i386__)
static void a_parent_without_a_driver_is_enodev_and_names_the_remedy(void)
{
	edu_find(&edu);
	if (edu_has_driver(&edu))
		write_file(edu_path(&edu, "driver/unbind"), edu.bdf);
	log_mark();
	expect_errno("a parent without a driver",
		     manager("create a 4096 bus=pci device=%s", edu.bdf), ENODEV);
	expect_true("the line to name pci-stub", strstr(log_only_line(), "pci-stub"));
	write_file("/sys/bus/pci/drivers/pci-stub/bind", edu.bdf);
}
#endif

static uint64_t word_of(size_t offset, size_t length, int direction)
{
	return U_DMA_BUF_SYNC_PACKED(offset, (length + 15) / 16 * 16, direction);
}

static void sync_for_device(int fd, size_t offset, size_t length)
{
	uint64_t word = word_of(offset, length, U_DMA_BUF_TO_DEVICE);

	expect_number("sync for the device",
		      ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, &word), 0);
}

static void sync_for_cpu(int fd, size_t offset, size_t length)
{
	uint64_t word = word_of(offset, length, U_DMA_BUF_FROM_DEVICE);

	expect_number("sync for the CPU", ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, &word), 0);
}

static void the_device_reads_what_was_written_and_its_writes_are_read(void)
{
	static char wrote[LENGTH], text[LENGTH];
	uint64_t address;
	int fd;

	edu_find_parent(&edu);
	create_child("a", "");
	edu_start(&edu);
	address = attribute_number("a", "phys_addr");
	fd = open_buffer("a", O_RDWR);
	for (int round = 0; round < 3; round++) {
		fill_words(wrote, LENGTH, round);
		expect_number("bytes written", pwrite(fd, wrote, LENGTH, 8), LENGTH);
		sync_for_device(fd, 0, LENGTH + 8);
		edu_fetch(&edu, address + 8, LENGTH);
		edu_store(&edu, address + HALF, LENGTH);
		sync_for_cpu(fd, HALF, LENGTH);
		expect_number("bytes read", pread(fd, text, LENGTH, HALF), LENGTH);
		expect_number("first wrong word", find_wrong_word(text, LENGTH, round), -1);
	}
	expect_number("bytes read behind", pread(fd, text, 8, HALF + LENGTH), 8);
	expect_number("first byte behind that is not zero", find_nonzero(text, 8), -1);
}

static void transfer_through_mapping(int mode, int flags)
{
	char options[64];
	uint64_t address;
	char *memory;
	int fd;

	snprintf(options, sizeof(options), "quirk-mmap-on sync-mode=%d", mode);
	create_child("a", options);
	address = attribute_number("a", "phys_addr");
	fd = open_buffer("a", O_RDWR | flags);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, LENGTH, mode);
	sync_for_device(fd, 0, LENGTH);
	edu_fetch(&edu, address, LENGTH);
	edu_store(&edu, address + HALF, LENGTH);
	sync_for_cpu(fd, HALF, LENGTH);
	note_number("first wrong word", find_wrong_word(memory + HALF, LENGTH, mode), -1);
	munmap(memory, SIZE);
	close(fd);
	delete_buffer("a");
}

static void the_device_and_every_kind_of_mapping_see_the_same_bytes(void)
{
	edu_find_parent(&edu);
	edu_start(&edu);
	for (int mode = 0; mode < 8; mode++)
		transfer_through_mapping(mode, mode < 4 ? O_SYNC : 0);
	transfer_through_mapping(1, 0);
}

static void a_buffer_without_a_parent_has_an_address_the_device_can_use(void)
{
	uint64_t address;
	char *memory;

	edu_find(&edu);
	edu_start(&edu);
	create("a %d", SIZE);
	address = attribute_number("a", "phys_addr");
	memory = map_buffer(open_buffer("a", O_RDWR), SIZE, 0);
	fill_words(memory, LENGTH, 1);
	expect_errno("1 in sync_for_device", set_attribute("a", "sync_for_device", "1"), 0);
	edu_fetch(&edu, address, LENGTH);
	edu_store(&edu, address + HALF, LENGTH);
	expect_errno("1 in sync_for_cpu", set_attribute("a", "sync_for_cpu", "1"), 0);
	expect_number("first wrong word", find_wrong_word(memory + HALF, LENGTH, 1), -1);
}

static void removal_of_the_device_takes_its_buffers_and_no_others(void)
{
	edu_find_parent(&edu);
	create_child("a", "");
	create_child("b", "");
	create("c 4096");
	remove_parent();
	expect_true("no buffers of it", !buffer_exists("a") && !buffer_exists("b"));
	expect_attribute("c", "size", "4096");
	edu_find_parent(&edu);
	create_child("a", "");
}

static void removal_of_the_device_revokes_what_is_held(void)
{
	uint64_t size;
	char *memory;
	int fd;

	edu_find_parent(&edu);
	create_child("a", "");
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, SIZE, 1);
	remove_parent();
	expect_true("neither node nor attributes", !buffer_exists("a"));
	expect_true("SIGBUS", raises_sigbus(memory));
	expect_number("GET_SIZE", ioctl(fd, U_DMA_BUF_IOCTL_GET_SIZE, &size), -1);
	expect_errno("its error", errno, ENODEV);
	edu_find_parent(&edu);
	create_child("a", "");
	expect_true("SIGBUS still", raises_sigbus(memory));
	munmap(memory, SIZE);
	close(fd);
	expect_attribute("a", "users", "0");
}

static void a_pinned_page_outlives_the_device(void)
{
	static char text[4096];
	struct iovec there;
	char *memory;
	int fd, ends[2];

	edu_find_parent(&edu);
	create_child("a", "");
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, SIZE, 1);
	there = (struct iovec){ memory, PAGE };
	expect_number("pipe", pipe(ends), 0);
	expect_number("bytes of vmsplice", vmsplice(ends[1], &there, 1, 0), PAGE);
	remove_parent();
	munmap(memory, SIZE);
	close(fd);
	expect_number("bytes from the pipe", read(ends[0], text, PAGE), PAGE);
	expect_number("first wrong word", find_wrong_word(text, PAGE, 1), -1);
	edu_find_parent(&edu);
}

static void unbinding_the_driver_of_the_device_takes_its_buffers(void)
{
	char *memory;
	int fd;

	edu_find(&edu);
	edu_bind_stub(&edu);
	create_child("a", "");
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, SIZE, 1);
	expect_errno("unbind", write_file(edu_path(&edu, "driver/unbind"), edu.bdf), 0);
	expect_true("neither node nor attributes", !buffer_exists("a"));
	expect_true("SIGBUS", raises_sigbus(memory));
	expect_errno("bind", write_file("/sys/bus/pci/drivers/pci-stub/bind", edu.bdf), 0);
	create_child("a", "");
	delete_buffer("a");
	write_file("/sys/bus/pci/drivers/pci-stub/remove_id", "1234 11e8");
	write_file(edu_path(&edu, "driver/unbind"), edu.bdf);
}

static void a_driver_can_bind_while_a_buffer_of_its_device_lives(void)
{
	edu_find(&edu);
	if (edu_has_driver(&edu))
		skip("the device has a driver");
	if (system("modprobe uio_pci_generic 2>/dev/null"))
		skip("no uio_pci_generic in this guest");
#if defined(__x86_64__) || defined(__i386__)
	create_child("a", "");
	close(open_buffer("a", O_RDWR));
#endif
	write_file("/sys/bus/pci/drivers/uio_pci_generic/new_id", "1234 11e8");
	expect_true("the driver bound", edu_has_driver(&edu));
	create_child("b", "");
	expect_errno("unbind", write_file(edu_path(&edu, "driver/unbind"), edu.bdf), 0);
	expect_true("its buffers gone", !buffer_exists("a") && !buffer_exists("b"));
	write_file("/sys/bus/pci/drivers/uio_pci_generic/remove_id", "1234 11e8");
}

static const struct claim claims[] = {
	CLAIM(the_attributes_name_the_parent_and_its_mask),
	CLAIM(a_mask_narrows_the_parents_and_never_widens_or_touches_it),
	CLAIM(dma_mask_bit_is_not_for_buffers_of_a_device),
	CLAIM(a_mask_of_the_device_that_reaches_no_memory_is_enomem),
	CLAIM(a_parameter_binds_a_buffer_to_the_device),
	CLAIM(platform_is_the_bus_where_none_is_named),
	CLAIM(the_device_reads_what_was_written_and_its_writes_are_read),
	CLAIM(the_device_and_every_kind_of_mapping_see_the_same_bytes),
	CLAIM(a_buffer_without_a_parent_has_an_address_the_device_can_use),
	CLAIM(removal_of_the_device_takes_its_buffers_and_no_others),
	CLAIM(removal_of_the_device_revokes_what_is_held),
	CLAIM(a_pinned_page_outlives_the_device),
	CLAIM(unbinding_the_driver_of_the_device_takes_its_buffers),
	CLAIM(a_device_that_has_no_dma_mask_is_enodev),
#if !defined(__x86_64__) && !defined(__i386__)
	CLAIM(a_parent_without_a_driver_is_enodev_and_names_the_remedy),
#endif
	CLAIM(a_driver_can_bind_while_a_buffer_of_its_device_lives),
	CLAIM(a_device_without_a_buffer_waits_for_no_create),
};

CLAIMS(claims)
