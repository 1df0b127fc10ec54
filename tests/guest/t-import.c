// SPDX-License-Identifier: GPL-2.0-only
/* What an importer of a dma-buf gets: its range, its syncs, and no way to write to what is read-only. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "export.h"
#include "harness.h"
#include "prove.h"
#include "vgem.h"

#define SIZE (16 * 4096)

static void an_importer_gets_exactly_the_range(void)
{
	static const struct {
		uint64_t first, count;
	} rows[] = { { 0, 16 }, { 0, 1 }, { 15, 1 }, { 3, 5 }, { 1, 15 } };
	int proof = prove_open();
	uint32_t *memory;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	for (size_t page = 0; page < 16; page++)
		memory[page * PAGE / 4] = 100 + page;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t at = rows[i].first * PAGE, size = rows[i].count * PAGE;
		struct proof_import import;
		uint32_t word;
		int dma_buf = export_fd(fd, O_RDWR, at, size);

		expect_errno("import", prove_import(proof, dma_buf, BOTH, &import), 0);
		expect_number("bytes of the importer's table", import.size, size);
		expect_number("its first frame", import.frame,
			      prove_page(proof, (char *)memory + at).frame);
		for (uint64_t page = 0; page < rows[i].count; page++) {
			expect_errno("a read", prove_read(proof, page * PAGE, &word, 4, PROOF_BY_PAGE), 0);
			expect_number("a page's word", word, 100 + rows[i].first + page);
			word += 1000;
			expect_errno("a write", prove_write(proof, page * PAGE + 8, &word, 4, PROOF_BY_PAGE), 0);
			expect_number("the word that it wrote",
				      memory[(at + page * PAGE + 8) / 4], word);
		}
		expect_errno("a read past the end", prove_read(proof, size, &word, 4, PROOF_BY_PAGE), EINVAL);
		prove_let_go(proof);
		expect_number("lseek to its end", lseek(dma_buf, 0, SEEK_END), size);
		close(dma_buf);
	}
}

static void the_kernel_maps_the_range_for_an_importer(void)
{
	int proof = prove_open();
	struct proof_import import;
	static char text[4 * 4096];
	char *memory;
	int fd;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	memory = map_buffer(fd, SIZE, 0);
	fill_words(memory + 4 * PAGE, 4 * PAGE, 1);
	expect_errno("import", prove_import(proof, export_fd(fd, O_RDWR, 4 * PAGE, 4 * PAGE), BOTH,
					    &import), 0);
	expect_errno("a read", prove_read(proof, 0, text, 4 * PAGE, PROOF_BY_VMAP), 0);
	expect_number("first wrong word", find_wrong_word(text, 4 * PAGE, 1), -1);
	fill_words(text, 4 * PAGE, 2);
	expect_errno("a write", prove_write(proof, 0, text, 4 * PAGE, PROOF_BY_VMAP), 0);
	expect_number("first wrong word", find_wrong_word(memory + 4 * PAGE, 4 * PAGE, 2), -1);
	expect_number("first byte before", find_nonzero(memory, 4 * PAGE), -1);
	expect_number("first byte behind", find_nonzero(memory + 8 * PAGE, 8 * PAGE), -1);
}

static void a_read_only_one_is_not_mapped_for_writing(void)
{
	int proof = prove_open();
	struct proof_import import;
	uint32_t word = 5;
	int dma_buf, fd;
	char *memory;

	create("a %d", SIZE);
	fd = open_buffer("a", O_RDWR);
	dma_buf = export_fd(fd, O_RDONLY, 0, SIZE);
	expect_true("no writable mapping",
		    mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dma_buf, 0) == MAP_FAILED);
	expect_errno("its error", errno, EACCES);
	memory = map_buffer_with(dma_buf, SIZE, 0, PROT_READ, MAP_SHARED);
	expect_number("mprotect to write", mprotect(memory, SIZE, PROT_READ | PROT_WRITE), -1);
	expect_errno("its error", errno, EACCES);
	note_errno("import in both directions", prove_import(proof, dma_buf, BOTH, &import), EACCES);
	note_errno("import from the device", prove_import(proof, dma_buf, FROM_DEVICE, &import), EACCES);
	expect_errno("import to the device", prove_import(proof, dma_buf, TO_DEVICE, &import), 0);
	expect_number("bytes written", pwrite(fd, &word, 4, PAGE), 4);
	word = 0;
	expect_errno("a read", prove_read(proof, PAGE, &word, 4, PROOF_BY_PAGE), 0);
	expect_number("the word", word, 5);
	word = 0;
	expect_errno("a read by the kernel's mapping", prove_read(proof, PAGE, &word, 4, PROOF_BY_VMAP), 0);
	expect_number("the word", word, 5);
#if defined(__x86_64__) || defined(__i386__)
	expect_errno("a write by the kernel's mapping", prove_write(proof, PAGE, &word, 4, PROOF_BY_VMAP), EACCES);
#endif
}

static void note_syncs(int dma_buf)
{
	static const uint64_t kinds[] = { DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		note_errno("begin", sync_dma_buf(dma_buf, DMA_BUF_SYNC_START | kinds[i]), 0);
		note_errno("end", sync_dma_buf(dma_buf, DMA_BUF_SYNC_END | kinds[i]), 0);
	}
}

static void it_syncs_without_an_importer_and_with_one_of_each_direction(void)
{
	int proof = prove_open();
	struct proof_import import;
	int dma_buf;

	create("a %d", SIZE);
	dma_buf = export_fd(open_buffer("a", O_RDWR), O_RDWR, PAGE, 2 * PAGE);
	note_syncs(dma_buf);
	for (int direction = 0; direction < 3; direction++) {
		expect_errno("import", prove_import(proof, dma_buf, direction, &import), 0);
		note_syncs(dma_buf);
		for (int access = 0; access < 3; access++)
			note_errno("access by an importer", prove_cpu_access(proof, access), 0);
		prove_let_go(proof);
	}
	note_syncs(dma_buf);
}

/* Where vgem maps nothing when it imports, what it gives back is read-only still. */
static void vgem_gets_no_read_only_one_for_writing(void)
{
	int card = vgem_open(), dma_buf;
	uint32_t handle;
	int error;

	create("a %d", SIZE);
	error = vgem_import(card, export_fd(open_buffer("a", O_RDWR), O_RDONLY, 0, SIZE), &handle);
	if (!error) {
		expect_errno("export from vgem", vgem_export(card, handle, &dma_buf), 0);
		expect_true("no writable mapping",
			    mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dma_buf, 0) == MAP_FAILED);
		error = errno;
	}
	expect_errno("import into vgem, or a writable mapping of it", error, EACCES);
	close(card);
}

static const struct claim claims[] = {
	CLAIM(an_importer_gets_exactly_the_range),
	CLAIM(the_kernel_maps_the_range_for_an_importer),
	CLAIM(a_read_only_one_is_not_mapped_for_writing),
	CLAIM(it_syncs_without_an_importer_and_with_one_of_each_direction),
	CLAIM(vgem_gets_no_read_only_one_for_writing),
};

CLAIMS(claims)
