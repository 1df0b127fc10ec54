// SPDX-License-Identifier: GPL-2.0-only
/* A device that VFIO gives to user space: its IOMMU is the program's, and so is the mapping of a buffer. */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"

#define SIZE (16 * 4096)
#define IOVA 0x1000000
#define LENGTH 4088
#define BAR_SIZE (1 << 20)

static struct edu edu;

static void unbind_driver(void)
{
	if (edu_has_driver(&edu))
		write_file(edu_path(&edu, "driver/unbind"), edu.bdf);
}

static void bind_vfio(void)
{
	if (system("modprobe vfio-pci 2>/dev/null"))
		skip("no vfio-pci in this guest");
	unbind_driver();
	expect_errno("driver_override", write_file(edu_path(&edu, "driver_override"), "vfio-pci"), 0);
	expect_errno("bind", write_file("/sys/bus/pci/drivers/vfio-pci/bind", edu.bdf), 0);
}

static void unbind_vfio(void)
{
	write_file("/sys/bus/pci/drivers/vfio-pci/unbind", edu.bdf);
	write_file(edu_path(&edu, "driver_override"), "\n");
}

static void a_parent_under_vfio_is_enodev_and_names_the_remedy(void)
{
	edu_find(&edu);
	bind_vfio();
	log_mark();
	expect_errno("create", manager("create a 4096 bus=pci device=%s", edu.bdf), ENODEV);
	expect_true("the line to name the remedy", strstr(log_only_line(), "without a device"));
	unbind_vfio();
}

/* Elsewhere a device without a driver has no buffers before Linux 6.15. */
#if defined(__x86_64__) || defined(__i386__)
static void vfio_takes_the_buffers_of_a_device_without_a_driver(void)
{
	edu_find(&edu);
	unbind_driver();
	create("a 4096 bus=pci device=%s", edu.bdf);
	log_mark();
	bind_vfio();
	expect_true("no buffer", !buffer_exists("a"));
	expect_number("lines that say why", log_count("VFIO"), 1);
	unbind_vfio();
}

/* Two functions of one device, in the same IOMMU group. */
static const char neighbour[] = "0000:00:06.1";

static void vfio_takes_the_buffers_of_a_neighbour_too(void)
{
	strcpy(edu.bdf, "0000:00:06.0");
	expect_true("its neighbour there", !access("/sys/bus/pci/devices/0000:00:06.1", F_OK));
	create("a 4096 bus=pci device=%s", neighbour);
	log_mark();
	bind_vfio();
	expect_true("no buffer", !buffer_exists("a"));
	expect_number("lines that say why", log_count("VFIO"), 1);
	expect_errno("create", manager("create a 4096 bus=pci device=%s", neighbour), ENODEV);
	unbind_vfio();
	create("a 4096 bus=pci device=%s", neighbour);
}

/*
 * What becomes of a buffer of the neighbour, which that driver has, when VFIO comes. Whether another is
 * made then must agree.
 */
static bool is_spared_under(const char *driver)
{
	char path[64];
	bool is_there;

	snprintf(path, sizeof(path), "modprobe %s", driver);
	expect_number(path, system(path), 0);
	expect_errno("driver_override",
		     write_file("/sys/bus/pci/devices/0000:00:06.1/driver_override", driver), 0);
	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", driver);
	expect_errno(path, write_file(path, neighbour), 0);
	create("a 4096 bus=pci device=%s", neighbour);
	bind_vfio();
	is_there = buffer_exists("a");
	expect_errno("create beside VFIO", manager("create b 4096 bus=pci device=%s", neighbour),
		     is_there ? 0 : ENODEV);
	unbind_vfio();
	expect_errno("unbind", write_file("/sys/bus/pci/devices/0000:00:06.1/driver/unbind", neighbour), 0);
	write_file("/sys/bus/pci/devices/0000:00:06.1/driver_override", "\n");
	return is_there;
}

/* But for pci-stub a driver keeps VFIO out of its group. */
static void vfio_spares_the_buffers_of_a_neighbour_that_a_driver_has(void)
{
	strcpy(edu.bdf, "0000:00:06.0");
	expect_true("a buffer under uio_pci_generic to stay", is_spared_under("uio_pci_generic"));
	expect_true("a buffer under pci-stub to go", !is_spared_under("pci-stub"));
}
#endif

/* Of the IOMMU group of the device, which is all of it. */
static int open_group(void)
{
	char target[256] = "", path[300];
	int group;

	expect_true("an IOMMU group", readlink(edu_path(&edu, "iommu_group"), target,
					       sizeof(target) - 1) > 0);
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(target, '/'));
	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0)
		fail("expected %s to open, got %s", path, strerror(errno));
	return group;
}

static int open_container(int group)
{
	int container;

	/* Without remapping of interrupts VFIO wants to be told that they are trusted. */
	if (system("modprobe vfio_iommu_type1 allow_unsafe_interrupts=1 2>/dev/null"))
		skip("no vfio_iommu_type1 in this guest");
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	expect_number("the group's container", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), 0);
	expect_number("the container's IOMMU", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), 0);
	return container;
}

/* Lets the device master the bus and maps its registers, as edu_start() does without VFIO. */
static void start_by_vfio(int device)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	struct vfio_region_info bar = { .argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX };
	char command = 6;

	expect_number("region of the configuration", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config), 0);
	expect_number("bytes of the PCI command", pwrite(device, &command, 1, config.offset + 4), 1);
	expect_number("region of the registers", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar), 0);
	edu.registers = map_buffer(device, BAR_SIZE, bar.offset);
	expect_number("identification of the device", *(volatile uint32_t *)edu.registers & 0xff, 0xed);
}

static int map_for_device(int container, void *memory)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = IOVA,
		.size = SIZE,
	};

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

static void unmap_for_device(int container)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = IOVA,
		.size = SIZE,
	};

	expect_number("VFIO_IOMMU_UNMAP_DMA", ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap), 0);
}

/* The remedy that the log names. */
static void vfio_maps_a_buffer_without_a_device_and_holds_it(void)
{
	int container, device, group, fd;
	char *memory;

	edu_find(&edu);
	bind_vfio();
	group = open_group();
	container = open_container(group);
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, edu.bdf);
	expect_true("a descriptor of the device", device >= 0);
	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	expect_number("VFIO_IOMMU_MAP_DMA", map_for_device(container, memory), 0);

	start_by_vfio(device);
	fill_words(memory + PAGE, LENGTH, 3);
	edu_fetch(&edu, IOVA + PAGE, LENGTH);
	edu_store(&edu, IOVA + 7 * PAGE, LENGTH);
	expect_number("first wrong word", find_wrong_word(memory + 7 * PAGE, LENGTH, 3), -1);
	edu_stop(&edu);

	munmap(memory, SIZE);
	close(fd);
	expect_errno("delete of what VFIO has mapped", manager("delete a"), EBUSY);
	unmap_for_device(container);
	expect_errno("delete", manager("delete a"), 0);
	close(device);
	close(group);
	close(container);
	unbind_vfio();
}

#if defined(__aarch64__)
/* What has no pages nobody can hold: VFIO would go on writing to what belongs to another buffer. */
static void vfio_does_not_map_a_pool(void)
{
	int container, group;
	char *memory;

	if (access("/proc/device-tree/dt-pool", F_OK))
		skip("no pool in this guest's device tree");
	edu_find(&edu);
	bind_vfio();
	group = open_group();
	container = open_container(group);
	memory = map_buffer(open_buffer("dtpool", O_RDWR), SIZE, 0);
	expect_number("VFIO_IOMMU_MAP_DMA", map_for_device(container, memory), -1);
	expect_errno("its error", errno, EFAULT);
	close(group);
	close(container);
	unbind_vfio();
}
#endif

static const struct claim claims[] = {
#if defined(__aarch64__)
	CLAIM(vfio_does_not_map_a_pool),
#endif
	CLAIM(a_parent_under_vfio_is_enodev_and_names_the_remedy),
#if defined(__x86_64__) || defined(__i386__)
	CLAIM(vfio_takes_the_buffers_of_a_device_without_a_driver),
	CLAIM(vfio_takes_the_buffers_of_a_neighbour_too),
	CLAIM(vfio_spares_the_buffers_of_a_neighbour_that_a_driver_has),
#endif
	CLAIM(vfio_maps_a_buffer_without_a_device_and_holds_it),
};

CLAIMS(claims)
