// SPDX-License-Identifier: GPL-2.0-only
/* Ranges of a buffer as dma-bufs: who may export what, what it holds, and how it ends. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "edu.h"
#include "export.h"
#include "harness.h"
#include "prove.h"
#include "u-dma-buf.h"
#include "vgem.h"

#define SIZE (16 * 4096)

static void addr_is_the_dma_address_of_the_range(void)
{
	struct u_dma_buf_ioctl_export range;
	struct edu edu;

	edu_find_parent(&edu);
	create("a %d bus=pci device=%s", SIZE, edu.bdf);
	expect_errno("export", export_range(open_buffer("a", O_RDWR), O_RDWR, 3 * PAGE, PAGE, &range),
		     0);
	expect_number("addr", range.addr, attribute_number("a", "phys_addr") + 3 * PAGE);
}

static void close_on_exec_is_as_asked_for(void)
{
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	expect_number("FD_CLOEXEC with O_CLOEXEC",
		      fcntl(export_fd(fd, O_RDWR | O_CLOEXEC, 0, PAGE), F_GETFD), FD_CLOEXEC);
	expect_number("FD_CLOEXEC without", fcntl(export_fd(fd, O_RDWR, 0, PAGE), F_GETFD), 0);
}

static void a_wrong_request_is_einval_and_exports_nothing(void)
{
	static const struct {
		uint64_t flags, offset, size;
	} rows[] = {
		{ O_RDWR, 0, 0 }, { O_RDWR, 4096, 0 }, { O_RDWR, 0, 1 }, { O_RDWR, 0, 4095 },
		{ O_RDWR, 1, 4096 }, { O_RDWR, 2048, 4096 }, { O_RDWR, 0, SIZE + 4096 },
		{ O_RDWR, SIZE, 4096 }, { O_RDWR, SIZE - 4096, 8192 }, { O_RDWR, 4096, -4096ULL },
		{ O_RDWR, -4096ULL, 4096 }, { O_RDWR, -4096ULL, 8192 }, { O_RDWR, 1ULL << 32, 4096 },
		{ O_RDWR, 0, 1ULL << 32 }, { O_RDWR, 1ULL << 63, 1ULL << 63 }, { O_RDWR, 0, 1ULL << 63 },
		{ O_RDWR | O_APPEND, 0, 4096 }, { O_RDWR | O_CREAT, 0, 4096 },
		{ O_RDWR | O_NONBLOCK, 0, 4096 }, { 3, 0, 4096 }, { O_RDWR | 1ULL << 32, 0, 4096 },
		{ O_RDWR | 1ULL << 63, 0, 4096 }, { O_RDWR | (O_SYNC & ~O_DSYNC), 0, 4096 },
	};
	int fd, next;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	next = dup(fd);
	close(next);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct u_dma_buf_ioctl_export range;
		char what[96];

		snprintf(what, sizeof(what), "flags %#llx offset %#llx size %#llx",
			 (unsigned long long)rows[i].flags, (unsigned long long)rows[i].offset,
			 (unsigned long long)rows[i].size);
		note_errno(what, export_range(fd, rows[i].flags, rows[i].offset, rows[i].size, &range),
			   EINVAL);
		note_number("fd", range.fd, -7);
	}
	expect_number("the next descriptor", dup(fd), next);
	expect_attribute("a", "users", "1");
}

static void access_is_what_the_descriptor_has(void)
{
	static const struct {
		int open, export, error;
	} rows[] = {
		{ O_RDONLY, O_RDONLY, 0 }, { O_RDONLY, O_RDWR, EACCES }, { O_RDONLY, O_WRONLY, EACCES },
		{ O_RDWR, O_RDONLY, 0 }, { O_RDWR, O_RDWR, 0 }, { O_RDWR, O_WRONLY, 0 },
		{ O_WRONLY, O_RDONLY, EACCES }, { O_WRONLY, O_RDWR, EACCES }, { O_WRONLY, O_WRONLY, 0 },
	};

	create("a %d", SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct u_dma_buf_ioctl_export range;
		int fd = open_buffer("a", rows[i].open);
		char what[64];

		snprintf(what, sizeof(what), "export of %d from %d", rows[i].export, rows[i].open);
		note_errno(what, export_range(fd, rows[i].export, 0, PAGE, &range), rows[i].error);
		if (!rows[i].error)
			note_number("access mode", fcntl(range.fd, F_GETFL) & O_ACCMODE,
				    rows[i].export);
		close(fd);
	}
}

static void its_mapping_shows_the_range_and_no_more(void)
{
	char *memory, *range;
	int dma_buf, fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, SIZE, 1);
	dma_buf = export_fd(fd, O_RDWR, 4 * PAGE, 8 * PAGE);
	range = map_buffer(dma_buf, 8 * PAGE, 0);
	expect_number("difference", memcmp(range, memory + 4 * PAGE, 8 * PAGE), 0);
	fill_words(range, 8 * PAGE, 2);
	expect_number("difference", memcmp(range, memory + 4 * PAGE, 8 * PAGE), 0);
	range = map_buffer(dma_buf, PAGE, 7 * PAGE);
	expect_number("difference at an offset", memcmp(range, memory + 11 * PAGE, PAGE), 0);
	expect_true("no mapping past its end",
		    mmap(NULL, 9 * PAGE, PROT_READ, MAP_SHARED, dma_buf, 0) == MAP_FAILED &&
		    mmap(NULL, PAGE, PROT_READ, MAP_SHARED, dma_buf, 8 * PAGE) == MAP_FAILED);
}

static void an_export_is_a_user_until_it_is_closed(void)
{
	int dma_buf, second, fd;
	char *memory;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	dma_buf = export_fd(fd, O_RDWR, 0, SIZE);
	second = export_fd(fd, O_RDWR, PAGE, PAGE);
	expect_attribute("a", "users", "3");
	close(fd);
	close(second);
	expect_attribute("a", "users", "1");
	expect_errno("delete", manager("delete a"), EBUSY);
	expect_errno("rmmod", module_unload(), EAGAIN);
	memory = map_buffer(dma_buf, SIZE, 0);
	fill_words(memory, SIZE, 1);
	close(dma_buf);
	expect_true("a user still", attribute_number("a", "users") > 0);
	expect_number("first wrong word", find_wrong_word(memory, SIZE, 1), -1);
	munmap(memory, SIZE);
	expect_attribute("a", "users", "0");
	delete_buffer("a");
}

static void a_dead_buffer_is_out_of_reach_through_it(void)
{
	int proof = prove_open(), late = prove_open();
	struct proof_import import;
	uint32_t word = 9;
	int dma_buf;
	char *memory;

	create("a %d", SIZE);
	dma_buf = export_fd(open_buffer("a", O_RDWR), O_RDWR, 0, SIZE);
	memory = map_buffer(dma_buf, SIZE, 0);
	fill_words(memory, SIZE, 1);
	expect_errno("import", prove_import(proof, dma_buf, BOTH, &import), 0);
	expect_errno("delete by force", manager("delete a force"), 0);
	expect_true("SIGBUS at the start", raises_sigbus(memory));
	expect_true("SIGBUS at the end", raises_sigbus(memory + SIZE - 1));
	expect_true("no new mapping",
		    mmap(NULL, SIZE, PROT_READ, MAP_SHARED, dma_buf, 0) == MAP_FAILED);
	expect_errno("its error", errno, ENODEV);
	expect_errno("a new import", prove_import(late, dma_buf, BOTH, &import), ENODEV);
	expect_errno("a sync", sync_dma_buf(dma_buf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ), ENODEV);
	/* Before 5.11 one that fails is NULL, which the proof calls ENOMEM. */
	expect_errno("the kernel's mapping", prove_read(proof, 0, &word, 4, PROOF_BY_OPERATION),
		     kernel_is_before(5, 11) ? ENOMEM : ENODEV);

	/* What was mapped for a device before stays its own, whatever memory is asked for. */
	overwrite_free_memory();
	for (size_t at = 0; at < SIZE; at += PAGE) {
		uint64_t words[8];

		expect_errno("a read", prove_read(proof, at, words, sizeof(words), PROOF_BY_PAGE), 0);
		if (!at)
			expect_number("first wrong word", find_wrong_word(words, sizeof(words), 1), -1);
	}
	expect_errno("a write", prove_write(proof, 0, &word, 4, PROOF_BY_PAGE), 0);
	create("a %d", SIZE);
	expect_number("first byte of a new one",
		      find_nonzero(map_buffer(open_buffer("a", O_RDWR), SIZE, 0), SIZE), -1);
}

static void removal_of_the_parent_revokes_it(void)
{
	struct edu edu;
	int dma_buf;
	char *memory;

	edu_find_parent(&edu);
	create("a %d bus=pci device=%s", SIZE, edu.bdf);
	dma_buf = export_fd(open_buffer("a", O_RDWR), O_RDWR, 0, SIZE);
	memory = map_buffer(dma_buf, SIZE, 0);
	*memory = 1;
	expect_errno("removal of the device", write_file(edu_path(&edu, "remove"), "1"), 0);
	expect_true("no buffer", !buffer_exists("a"));
	expect_true("SIGBUS", raises_sigbus(memory));
	edu_find_parent(&edu);
	create("a %d bus=pci device=%s", SIZE, edu.bdf);
}

static void a_full_descriptor_table_is_emfile_and_loses_nothing(void)
{
	struct u_dma_buf_ioctl_export range;
	struct rlimit limit;
	int fd, last;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (last = fd; dup(fd) >= 0; last++)
		;
	for (int i = 0; i < 100; i++)
		expect_errno("export", export_range(fd, O_RDWR, 0, PAGE, &range), EMFILE);
	close(last);
	expect_errno("export", export_range(fd, O_RDWR, 0, PAGE, &range), 0);
	close(last - 1);
	expect_attribute("a", "users", "2");
	close(range.fd);
	expect_attribute("a", "users", "1");
}

static void an_answer_that_can_not_be_given_is_efault_and_leaves_no_descriptor(void)
{
	struct u_dma_buf_ioctl_export *range;
	int fd, next;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	next = dup(fd);
	close(next);
	range = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*range = (struct u_dma_buf_ioctl_export){ .flags = O_RDWR, .size = PAGE };
	mprotect(range, PAGE, PROT_READ);
	expect_number("export", ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, range), -1);
	expect_errno("its error", errno, EFAULT);
	expect_number("the next descriptor", dup(fd), next);
	expect_attribute("a", "users", "1");
	expect_number("no argument", ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, NULL), -1);
	expect_errno("its error", errno, EFAULT);
}

/* A mapping and an importer of each, too. */
static void export_and_map(int fd, int times)
{
	int proof = prove_open();
	struct proof_import import;

	for (int i = 0; i < times; i++) {
		int dma_buf = export_fd(fd, O_RDWR, 0, SIZE);
		char *memory = map_buffer(dma_buf, SIZE, 0);

		memory[i % SIZE] = 1;
		expect_errno("import", prove_import(proof, dma_buf, BOTH, &import), 0);
		prove_let_go(proof);
		close(dma_buf);
		munmap(memory, SIZE);
	}
	close(proof);
}

static void a_thousand_exports_lose_nothing(void)
{
	struct memory before;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	export_and_map(fd, rounds(100));
	before = memory_in_use();
	export_and_map(fd, rounds(1000));
	expect_attribute("a", "users", "1");
	expect_no_drift("1000 exports", &before);
}

/* An i386 program has no padding behind fd. */
struct unpadded {
	uint64_t flags, size, offset, addr;
	int32_t fd;
} __attribute__((packed, aligned(4)));

static void the_struct_without_its_padding_is_taken_too(void)
{
	struct {
		struct unpadded range;
		uint32_t behind;
	} arg = { { .flags = O_RDWR, .size = PAGE, .offset = PAGE, .fd = -7 }, 0x5a5a5a5a };

	create("a %d", SIZE);
	expect_number("size of the struct", sizeof(struct unpadded), 36);
	expect_number("size of ours", sizeof(struct u_dma_buf_ioctl_export), 40);
	expect_number("export", ioctl(open_buffer("a", O_RDWR), _IOWR('U', 10, struct unpadded), &arg),
		      0);
	expect_number("addr", arg.range.addr, attribute_number("a", "phys_addr") + PAGE);
	expect_number("lseek to its end", lseek(arg.range.fd, 0, SEEK_END), PAGE);
	expect_number("what lies behind", arg.behind, 0x5a5a5a5a);
}

static void vgem_imports_it_and_holds_it(void)
{
	int card = vgem_open();
	char *memory, *range;
	uint32_t handle;
	int fd, dma_buf;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory, SIZE, 1);
	dma_buf = export_fd(fd, O_RDWR, 0, SIZE);
	expect_errno("import into vgem", vgem_import(card, dma_buf, &handle), 0);
	close(dma_buf);
	munmap(memory, SIZE);
	close(fd);
	expect_attribute("a", "users", "1");
	expect_errno("delete", manager("delete a"), EBUSY);

	expect_errno("export from vgem", vgem_export(card, handle, &dma_buf), 0);
	range = map_buffer(dma_buf, SIZE, 0);
	expect_number("first wrong word through vgem", find_wrong_word(range, SIZE, 1), -1);
	close(dma_buf);
	expect_errno("delete by force", manager("delete a force"), 0);
	expect_true("SIGBUS", raises_sigbus(range));
	munmap(range, SIZE);
	close(card);
}

static const struct claim claims[] = {
	CLAIM(addr_is_the_dma_address_of_the_range),
	CLAIM(close_on_exec_is_as_asked_for),
	CLAIM(a_wrong_request_is_einval_and_exports_nothing),
	CLAIM(access_is_what_the_descriptor_has),
	CLAIM(its_mapping_shows_the_range_and_no_more),
	CLAIM(an_export_is_a_user_until_it_is_closed),
	CLAIM(a_dead_buffer_is_out_of_reach_through_it),
	CLAIM(removal_of_the_parent_revokes_it),
	CLAIM(a_full_descriptor_table_is_emfile_and_loses_nothing),
	CLAIM(an_answer_that_can_not_be_given_is_efault_and_leaves_no_descriptor),
	CLAIM(a_thousand_exports_lose_nothing),
	CLAIM(the_struct_without_its_padding_is_taken_too),
	CLAIM(vgem_imports_it_and_holds_it),
};

CLAIMS(claims)
