// SPDX-License-Identifier: GPL-2.0-only
/* A buffer behind an IOMMU: pieces of memory that are one run of addresses, for its device alone. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "prove.h"
#include "u-dma-buf.h"
#include "uses.h"

#define LENGTH 4088
#define MIB (1ULL << 20)

static struct edu edu;

static void create_child(const char *name, uint64_t size, const char *options)
{
	create("%s %llu bus=pci device=%s %s", name, (unsigned long long)size, edu.bdf, options);
}

static void start(void)
{
	edu_find_parent(&edu);
	edu_start(&edu);
}

/* A sync of the whole that any kind of device needs around a transfer. */
static void sync_for(const char *name, const char *whom)
{
	char attr[32];

	snprintf(attr, sizeof(attr), "sync_for_%s", whom);
	expect_errno(attr, set_attribute(name, attr, "1"), 0);
}

static void transfer(int mmap_mode, int sync_mode, int flags)
{
	static const char *const quirks[] = { "off", "on", "auto", "page" };
	static char text[LENGTH];
	char options[64];
	uint64_t address;
	char *memory;
	int fd;

	snprintf(options, sizeof(options), "quirk-mmap-%s sync-mode=%d", quirks[mmap_mode - 1],
		 sync_mode);
	create_child("a", 16 * PAGE, options);
	address = attribute_number("a", "phys_addr");
	fd = open_buffer("a", O_RDWR | flags);
	memory = map_buffer(fd, 16 * PAGE, 0);

	fill_words(text, LENGTH, mmap_mode * 10 + sync_mode);
	expect_number("bytes written", pwrite(fd, text, LENGTH, 2 * PAGE), LENGTH);
	note_number("difference of the mapping", memcmp(memory + 2 * PAGE, text, LENGTH), 0);
	sync_for("a", "device");
	edu_fetch(&edu, address + 2 * PAGE, LENGTH);
	edu_store(&edu, address + 9 * PAGE, LENGTH);
	sync_for("a", "cpu");
	note_number("first wrong word mapped", find_wrong_word(memory + 9 * PAGE, LENGTH,
							      mmap_mode * 10 + sync_mode), -1);
	memset(text, 0, LENGTH);
	expect_number("bytes read", pread(fd, text, LENGTH, 9 * PAGE), LENGTH);
	note_number("first wrong word read",
		    find_wrong_word(text, LENGTH, mmap_mode * 10 + sync_mode), -1);
	munmap(memory, 16 * PAGE);
	close(fd);
	delete_buffer("a");
}

static void node_mapping_and_device_see_the_same_in_every_mode(void)
{
	start();
	for (int mmap_mode = 1; mmap_mode <= 4; mmap_mode++)
		for (int sync_mode = 0; sync_mode < 8; sync_mode++)
			for (int sync = 0; sync < 2; sync++)
				transfer(mmap_mode, sync_mode, sync ? O_SYNC : 0);
	edu_stop(&edu);
}

static void scattered_memory_is_one_run_for_the_device(void)
{
	static const uint64_t size = 64 * MIB;
	int proof = prove_open();
	uint64_t address;
	size_t breaks = 0;
	char *memory;

	start();
	overwrite_free_memory();
	prove_fragment(proof);
	create_child("a", size, "");
	expect_attribute("a", "memory", "scattered");
	address = attribute_number("a", "phys_addr");
	memory = map_buffer(open_buffer("a", O_RDWR), size, 0);
	expect_number("first byte that is not zero", find_nonzero(memory, size), -1);
	for (size_t at = 0; at + PAGE < size; at += PAGE)
		breaks += prove_page(proof, memory + at).frame + 1 !=
			  prove_page(proof, memory + at + PAGE).frame;
	expect_true("thousands of pieces", breaks > 1000);

	/* Transfers that start and end in the midst of pages. */
	for (uint64_t at = 0; at + 2 * MIB < size; at += 3 * MIB + 7 * PAGE / 2) {
		fill_words(memory + at, LENGTH, at + 1);
		memset(memory + at + MIB, 0, LENGTH);
		sync_for("a", "device");
		edu_fetch(&edu, address + at, LENGTH);
		edu_store(&edu, address + at + MIB, LENGTH);
		sync_for("a", "cpu");
		expect_number("first wrong word", find_wrong_word(memory + at + MIB, LENGTH, at + 1),
			      -1);
	}
	edu_stop(&edu);
}

static void ranges_of_scattered_memory_sync(void)
{
	static const uint64_t size = 16 * MIB;
	struct u_dma_buf_sync_range ranges[] = {
		{ .offset = 1, .size = 3 }, { .offset = 4095, .size = 2, .direction = 1 },
		{ .offset = 4096, .size = 4096, .direction = 2 },
		{ .offset = 100, .size = 16 * MIB - 200 }, { .offset = 16 * MIB - 1, .size = 1 },
	};
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch),
		.count = ARRAY_SIZE(ranges),
		.ranges = (uintptr_t)ranges,
	};
	int proof = prove_open(), fd;

	edu_find_parent(&edu);
	prove_fragment(proof);
	create_child("a", size, "");
	expect_attribute("a", "memory", "scattered");
	fd = open_buffer("a", O_RDWR);
	for (batch.command = 1; batch.command < 4; batch.command += 2)
		expect_number("a batch", ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch), 0);
	for (int mode = 0; mode < 8; mode++) {
		int sync = open_buffer("a", O_RDWR | O_SYNC);

		expect_errno("sync_mode", set_attribute("a", "sync_mode", (char []){ '0' + mode, 0 }), 0);
		munmap(map_buffer(sync, size, 0), size);
		expect_number("bytes written", pwrite(sync, "odd", 4, 3 * 4096 - 2), 4);
		close(sync);
	}
}

/* The last ones: the kernel moves what can be moved to find bigger pieces first. */
static void an_importer_gets_scattered_pages(void)
{
	static const uint64_t size = 128 * MIB;
	struct u_dma_buf_ioctl_export range = {
		.flags = O_RDWR,
		.size = 4 * MIB,
		.offset = size - 4 * MIB,
	};
	int proof = prove_open(), fd;
	struct proof_import import;
	static char text[8192];
	char *memory;

	edu_find_parent(&edu);
	prove_fragment(proof);
	create_child("a", size, "");
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, size, 0);
	expect_number("export", ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, &range), 0);
	expect_number("addr", range.addr, attribute_number("a", "phys_addr") + range.offset);
	expect_errno("import", prove_import(proof, range.fd, 0, &import), 0);
	expect_number("bytes", import.size, range.size);
	expect_true("more than one piece", import.pieces > 64);
	fill_words(memory + range.offset + 2 * MIB, sizeof(text), 3);
	for (int way = PROOF_BY_PAGE; way <= PROOF_BY_VMAP; way++) {
		expect_errno("a read", prove_read(proof, 2 * MIB, text, sizeof(text), way), 0);
		expect_number("first wrong word", find_wrong_word(text, sizeof(text), 3), -1);
	}
}

static void a_delete_by_force_revokes_scattered_memory_in_every_mode(void)
{
	char parent[64];

	edu_find_parent(&edu);
	prove_fragment(prove_open());
	snprintf(parent, sizeof(parent), "bus=pci device=%s", edu.bdf);
	note_revocation_in_every_mode(parent, "scattered");
}

static void the_log_names_the_device_and_that_it_is_translated(void)
{
	edu_find_parent(&edu);
	expect_reload("info_enable=2");
	create_child("a", 4096, "");
	expect_text("dma device", log_value("a", "dma device"), edu.bdf);
	expect_text("dma bus", log_value("a", "dma bus"), "pci");
	expect_text("iommu domain", log_value("a", "iommu domain"), "translated");
}

/* The device has the words of seed 2, and a pipe a page of seed 1, which was at this address. */
static uint64_t prepare_store(int ret_ends[2])
{
	uint64_t address;
	char *memory;
	int fd;

	create_child("a", 16 * PAGE, "");
	address = attribute_number("a", "phys_addr");
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, 16 * PAGE, 0);
	fill_words(memory, LENGTH, 2);
	sync_for("a", "device");
	edu_fetch(&edu, address, LENGTH);
	memset(memory, 0, PAGE);
	sync_for("a", "device");
	edu_store(&edu, address, LENGTH);
	sync_for("a", "cpu");
	expect_number("first word that the device did not store", find_wrong_word(memory, LENGTH, 2), -1);
	fill_words(memory, PAGE, 1);
	put_into_pipe(memory, PAGE, ret_ends);
	munmap(memory, 16 * PAGE);
	close(fd);
	return address;
}

static void expect_nothing_stored(int ends[2])
{
	static char text[4096];

	expect_number("bytes from the pipe", read(ends[0], text, PAGE), PAGE);
	expect_number("first word that changed", find_wrong_word(text, PAGE, 1), -1);
	close(ends[0]);
	close(ends[1]);
}

static void the_address_is_of_no_use_once_the_buffer_is_gone(void)
{
	uint64_t address;
	int ends[2];

	start();
	address = prepare_store(ends);
	expect_errno("delete by force", manager("delete a force"), 0);
	edu_store(&edu, address, LENGTH);
	expect_nothing_stored(ends);
	edu_stop(&edu);
}

/* The device stores a tenth of a second after it was told to. True if the delete was before that. */
static bool delete_while_it_stores(long milliseconds)
{
	struct timespec pause = { .tv_nsec = milliseconds * 1000000 };
	uint64_t address;
	int ends[2];
	bool is_before;

	address = prepare_store(ends);
	edu_begin_store(&edu, address, LENGTH);
	nanosleep(&pause, NULL);
	expect_errno("delete by force", manager("delete a force"), 0);
	is_before = edu_is_busy(&edu);
	edu_wait(&edu);
	if (is_before) {
		expect_nothing_stored(ends);
	} else {
		close(ends[0]);
		close(ends[1]);
	}
	return is_before;
}

/* An IOMMU that forgets later is caught by what comes shortly after the delete. */
static void a_transfer_that_comes_right_after_the_end_is_stopped(void)
{
	int caught = 0;

	start();
	for (long milliseconds = 99; milliseconds >= 0 && caught < 5; milliseconds--)
		caught += delete_while_it_stores(milliseconds);
	expect_true("a transfer after a delete", caught);
	edu_stop(&edu);
}

static void a_buffer_without_a_parent_warns_once_and_names_the_remedy(void)
{
	log_mark();
	create("a 4096");
	expect_number("lines with device=", log_count("device="), 1);
	edu_find_parent(&edu);
	log_mark();
	create_child("b", 4096, "");
	expect_number("lines with device=", log_count("device="), 0);
	expect_reload("udmabuf0=4096 info_enable=0");
	expect_number("lines with device= of a quiet module", log_count("device="), 1);
}

static void a_mask_that_the_iommu_does_not_keep_is_enomem_and_says_so(void)
{
	edu_find_parent(&edu);
	log_mark();
	expect_errno("create", manager("create a 16384 bus=pci device=%s dma-mask=20", edu.bdf), ENOMEM);
	expect_true("the line to name the IOMMU", strstr(log_only_line(), "IOMMU"));
	expect_true("no buffer", !buffer_exists("a"));
}

/* How often somebody who wanted a page had to make room for it first. */
static unsigned long long count_stalls(void)
{
	const char *at = file_text("/proc/vmstat");
	unsigned long long stalls = 0;

	while ((at = strstr(at, "\nallocstall_")))
		stalls += strtoull(at += strcspn(at + 1, " ") + 1, NULL, 10);
	return stalls;
}

static void what_leaves_nothing_for_others_is_enomem_before_they_lack_it(void)
{
	unsigned long long stalls = count_stalls(), size = meminfo("MemAvailable:") + 8 * MIB;

	edu_find_parent(&edu);
	log_mark();
	expect_errno("create", manager("create a %llu bus=pci device=%s", size, edu.bdf), ENOMEM);
	expect_true("the line to name the remedy", strstr(log_only_line(), "a smaller size"));
	expect_number("times that pages were short", count_stalls(), stalls);
}

static void removal_of_the_device_takes_its_buffers(void)
{
	char *memory;

	edu_find_parent(&edu);
	create_child("a", 8 * MIB, "");
	memory = map_buffer(open_buffer("a", O_RDWR), 8 * MIB, 0);
	*memory = 1;
	expect_errno("removal of the device", write_file(edu_path(&edu, "remove"), "1"), 0);
	expect_true("no buffer", !buffer_exists("a"));
	expect_true("SIGBUS", raises_sigbus(memory));
	edu_find_parent(&edu);
	create_child("a", 8 * MIB, "");
}

static void unbinding_the_driver_ends_what_the_device_reaches(void)
{
	uint64_t address;
	int ends[2];

	edu_find(&edu);
	edu_bind_stub(&edu);
	edu_start(&edu);
	address = prepare_store(ends);
	expect_errno("unbind", write_file(edu_path(&edu, "driver/unbind"), edu.bdf), 0);
	expect_true("no buffer", !buffer_exists("a"));
	write_file("/sys/bus/pci/drivers/pci-stub/bind", edu.bdf);
	edu_stop(&edu);
	edu_start(&edu);
	edu_store(&edu, address, LENGTH);
	expect_nothing_stored(ends);
	edu_stop(&edu);
}

static void a_parent_under_uio_pci_generic_has_buffers(void)
{
	edu_find(&edu);
	if (system("modprobe uio_pci_generic 2>/dev/null"))
		skip("no uio_pci_generic in this guest");
	if (edu_has_driver(&edu))
		write_file(edu_path(&edu, "driver/unbind"), edu.bdf);
	expect_errno("driver_override",
		     write_file(edu_path(&edu, "driver_override"), "uio_pci_generic"), 0);
	expect_errno("bind", write_file("/sys/bus/pci/drivers/uio_pci_generic/bind", edu.bdf), 0);
	edu_start(&edu);
	transfer(2, 1, 0);
	edu_stop(&edu);
	write_file("/sys/bus/pci/drivers/uio_pci_generic/unbind", edu.bdf);
	write_file(edu_path(&edu, "driver_override"), "\n");
}

/* The kernel would map it piece by piece for such a device: it is one piece, and mapped as one. */
static void a_device_that_is_not_trusted_has_memory_in_one_piece(void)
{
	int proof = prove_open();
	uint64_t address;
	char *memory;

	start();
	prove_trust(proof, edu.bdf, false);
	log_mark();
	expect_errno("create", manager("create b 16777216 bus=pci device=%s dma-mask=20", edu.bdf), ENOMEM);
	expect_true("the line to name the IOMMU", strstr(log_only_line(), "IOMMU"));
	create_child("a", 16 * MIB, "");
	expect_attribute("a", "memory", "contig");
	address = attribute_number("a", "phys_addr");
	memory = map_buffer(open_buffer("a", O_RDWR), 16 * MIB, 0);
	fill_words(memory + 9 * MIB, LENGTH, 1);
	sync_for("a", "device");
	edu_fetch(&edu, address + 9 * MIB, LENGTH);
	edu_store(&edu, address + 16 * MIB - LENGTH, LENGTH);
	sync_for("a", "cpu");
	expect_number("first wrong word", find_wrong_word(memory + 16 * MIB - LENGTH, LENGTH, 1), -1);
	expect_errno("delete by force", manager("delete a force"), 0);
	prove_trust(proof, edu.bdf, true);
	edu_stop(&edu);
}

/* The first buffer, of thousands of pieces, loses its mapping; the second, which may have its address, must not. */
static void change_domain(const char *type)
{
	uint64_t address;
	char *memory;
	int fd;

	create_child("a", 64 * MIB, "");
	expect_attribute("a", "memory", "scattered");
	if (write_file(edu_path(&edu, "iommu_group/type"), type))
		skip("this kernel changes no domain so");
	create_child("b", 64 * MIB, "");
	sync_for("a", "cpu");
	delete_buffer("a");
	edu_start(&edu);
	address = attribute_number("b", "phys_addr");
	fd = open_buffer("b", O_RDWR);
	memory = map_buffer(fd, 16 * PAGE, 0);
	fill_words(memory, LENGTH, 1);
	edu_fetch(&edu, address, LENGTH);
	edu_store(&edu, address + 9 * PAGE, LENGTH);
	expect_number("first wrong word", find_wrong_word(memory + 9 * PAGE, LENGTH, 1), -1);
	munmap(memory, 16 * PAGE);
	close(fd);
	edu_stop(&edu);
	delete_buffer("b");
}

/* dma-debug would tell of what went with a domain when the device gets a driver. */
static void a_domain_that_is_changed_takes_a_mapping_and_no_later_one(void)
{
	struct memory before;

	if (is_sanitizer_kernel())
		skip("this kernel notes each mapping until it is undone");
	edu_find(&edu);
	if (edu_has_driver(&edu))
		expect_errno("unbind", write_file(edu_path(&edu, "driver/unbind"), edu.bdf), 0);
	if (manager("create a 4096 bus=pci device=%s", edu.bdf) == ENODEV)
		skip("a device of this kernel needs a driver");
	delete_buffer("a");
	prove_fragment(prove_open());
	change_domain("DMA");
	change_domain("DMA-FQ");
	before = memory_in_use();
	for (int i = 0; i < 8; i++)
		change_domain(i % 2 ? "DMA-FQ" : "DMA");
	expect_no_drift("8 domains", &before);
}

#if defined(__aarch64__)
static void a_new_buffer_of_many_pieces_is_written_back_once(void)
{
	int proof = prove_open();
	const struct proof_calls *calls;
	uint64_t written = 0;

	expect_reload("");
	expect_attribute("dtscattered", "memory", "scattered");
	expect_errno("unbind", write_file("/sys/bus/platform/drivers/u-dma-buf/unbind", "dt-scattered"), 0);
	prove_watch_calls(proof);
	expect_errno("bind", write_file("/sys/bus/platform/drivers/u-dma-buf/bind", "dt-scattered"), 0);
	calls = prove_calls(proof);
	expect_true("no more pieces than are told", calls->count <= PROOF_CALLS_MAX);
	for (size_t i = 0; i < calls->count; i++) {
		expect_number("for the CPU", calls->call[i].is_for_cpu, 0);
		written += calls->call[i].size;
	}
	expect_number("bytes", written, 8 * MIB);
}

static void a_pool_behind_an_iommu_is_a_mistake_that_is_named(void)
{
	log_mark();
	expect_reload("");
	expect_number("lines", log_count("bad-region-translated: memory-region"), 1);
	expect_number("lines that say why", log_count("is no-map, and its device is behind an IOMMU"), 1);
	expect_true("no buffer", !buffer_exists("bad-region-translated"));
}
#endif

static const struct claim claims[] = {
	CLAIM(node_mapping_and_device_see_the_same_in_every_mode),
	CLAIM(scattered_memory_is_one_run_for_the_device),
	CLAIM(ranges_of_scattered_memory_sync),
	CLAIM(an_importer_gets_scattered_pages),
	CLAIM(a_delete_by_force_revokes_scattered_memory_in_every_mode),
	CLAIM(the_log_names_the_device_and_that_it_is_translated),
	CLAIM(the_address_is_of_no_use_once_the_buffer_is_gone),
	CLAIM(a_transfer_that_comes_right_after_the_end_is_stopped),
	CLAIM(a_buffer_without_a_parent_warns_once_and_names_the_remedy),
	CLAIM(a_mask_that_the_iommu_does_not_keep_is_enomem_and_says_so),
	CLAIM(what_leaves_nothing_for_others_is_enomem_before_they_lack_it),
	CLAIM(removal_of_the_device_takes_its_buffers),
	CLAIM(unbinding_the_driver_ends_what_the_device_reaches),
	CLAIM(a_parent_under_uio_pci_generic_has_buffers),
	CLAIM(a_device_that_is_not_trusted_has_memory_in_one_piece),
	CLAIM(a_domain_that_is_changed_takes_a_mapping_and_no_later_one),
#if defined(__aarch64__)
	CLAIM(a_new_buffer_of_many_pieces_is_written_back_once),
	CLAIM(a_pool_behind_an_iommu_is_a_mistake_that_is_named),
#endif
};

CLAIMS(claims)
