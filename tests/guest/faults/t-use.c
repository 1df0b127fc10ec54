// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of whoever uses a buffer fails once: an error that says so or none, no use
 * that stays, and the next try succeeds.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "inject.h"
#include "prove.h"
#include "u-dma-buf.h"

#define SIZE (16 * 4096)

static int buffer_fd, made_fd, proof;
static char *memory, first_of_page;
static size_t size = SIZE;

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

/* With @options a buffer to work on, open, and mapped in its whole length. */
static void start(const char *options)
{
	expect_reload("info_enable=0");
	inject_prepare();
	create("a %zu %s", size, options);
	buffer_fd = open_buffer("a", O_RDWR);
	memory = map_buffer(buffer_fd, size, 0);
	fill_words(memory, size, 1);
}

static void expect_users(const char *users)
{
	expect_attribute("a", "users", users);
}

/* open, of the buffer and of the manager */

static int run_open(void)
{
	made_fd = open("/dev/a", O_RDWR | O_CLOEXEC);
	return error_of(made_fd);
}

static int run_open_manager(void)
{
	made_fd = open(MANAGER, O_RDWR | O_CLOEXEC);
	return error_of(made_fd);
}

static void expect_two_users(void)
{
	expect_users("2");
}

static void undo_open(void)
{
	close(made_fd);
	expect_two_users();
}

static void open_fails_without_a_user(void)
{
	static const struct operation operation = {
		"open", NULL, run_open, expect_two_users, undo_open,
	};
	static const struct operation of_manager = {
		"open of the manager", NULL, run_open_manager, NULL, undo_open,
	};

	start("");
	inject_often(&operation, "M");
	inject_often(&of_manager, "M");
}

/* mmap and faults */

static char *mapped;

static int map(int fd, int flags)
{
	mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
	return mapped == MAP_FAILED ? errno : 0;
}

static int run_map(void)
{
	return map(buffer_fd, MAP_SHARED);
}

static int run_private_map(void)
{
	return map(buffer_fd, MAP_PRIVATE);
}

static int run_map_of_dma_buf(void)
{
	return map(made_fd, MAP_SHARED);
}

static void expect_one_user(void)
{
	expect_users("1");
}

static void undo_map(void)
{
	expect_number("first wrong word", find_wrong_word(mapped, size, 1), -1);
	munmap(mapped, size);
	expect_one_user();
}

static sigjmp_buf after_sigbus;

static void leave_sigbus(int number)
{
	(void)number;
	siglongjmp(after_sigbus, 1);
}

static int run_touch(void)
{
	if (sigsetjmp(after_sigbus, 1))
		return EFAULT;
	(void)*(volatile char *)(mapped + PAGE);
	return 0;
}

/* The same byte, which no other write changes. */
static int run_write_touch(void)
{
	volatile char *at = mapped + PAGE;

	if (sigsetjmp(after_sigbus, 1))
		return EFAULT;
	*at = first_of_page;
	return 0;
}

static void map_for_touch(void)
{
	expect_errno("a mapping", run_map(), 0);
}

static void map_privately(void)
{
	expect_errno("a private mapping", run_private_map(), 0);
}

static void map_dma_buf(void)
{
	expect_errno("a mapping of the dma-buf", run_map_of_dma_buf(), 0);
}

static const struct operation mapping = {
	"mmap", NULL, run_map, expect_one_user, undo_map,
};
static const struct operation fault = {
	"a fault", map_for_touch, run_touch, NULL, undo_map,
};
static const struct operation write_fault = {
	"a fault of a write", map_for_touch, run_write_touch, NULL, undo_map,
};

/* The buffer is open, and mapped nowhere. */
static void start_to_map(const char *options)
{
	struct sigaction action = { .sa_handler = leave_sigbus };

	sigaction(SIGBUS, &action, NULL);
	size = 3 << 20;
	start(options);
	first_of_page = memory[PAGE];
	munmap(memory, size);
}

static void map_and_touch(const char *options)
{
	start_to_map(options);
	inject_often(&mapping, "M");
	inject_often(&fault, "");
	inject_often(&write_fault, "");
}

static void a_private_mapping_and_its_copy_fail_whole(void)
{
	static const struct operation private_mapping = {
		"private mmap", NULL, run_private_map, expect_one_user, undo_map,
	};
	static const struct operation copy = {
		"a copy of a page", map_privately, run_write_touch, NULL, undo_map,
	};

	start_to_map("quirk-mmap-page");
	inject_often(&private_mapping, "M");
	inject_often(&copy, "");
}

static void a_mapping_and_its_fault_fail_whole(void)
{
	map_and_touch("quirk-mmap-page");
}

static void an_uncached_mapping_and_its_fault_fail_whole(void)
{
	map_and_touch("quirk-mmap-page sync-mode=5");
}

static void a_write_combining_mapping_fails_whole(void)
{
	start_to_map("quirk-mmap-page sync-mode=6");
	inject_often(&mapping, "M");
}

static void a_mapping_by_frame_and_its_fault_fail_whole(void)
{
	map_and_touch("quirk-mmap-off");
}

/* export and import */

static unsigned int references;

static void undo_map_of_dma_buf(void)
{
	expect_number("first wrong word", find_wrong_word(mapped, size, 1), -1);
	munmap(mapped, size);
	expect_two_users();
}

static uint64_t export_sync;

static int run_export(void)
{
	struct u_dma_buf_ioctl_export range = { .flags = O_RDWR | O_CLOEXEC | export_sync, .size = size };
	int error = error_of(ioctl(buffer_fd, U_DMA_BUF_IOCTL_EXPORT, &range));

	made_fd = range.fd;
	return error;
}

static const struct operation exporting = {
	"export", NULL, run_export, expect_two_users, undo_open,
};

static void export_fails_without_a_user(void)
{
	start("");
	inject_often(&exporting, "M");
}

static void map_and_touch_dma_buf(void)
{
	static const struct operation mapping_it = {
		"mmap of a dma-buf", NULL, run_map_of_dma_buf, expect_two_users, undo_map_of_dma_buf,
	};
	static const struct operation touching_it = {
		"a fault of a dma-buf", map_dma_buf, run_touch, NULL, undo_map_of_dma_buf,
	};

	start_to_map("quirk-mmap-page");
	size = SIZE;
	expect_errno("an export", run_export(), 0);
	inject_often(&mapping_it, "M");
	inject_often(&touching_it, "");
}

static void a_mapping_of_a_dma_buf_and_its_fault_fail_whole(void)
{
	map_and_touch_dma_buf();
}

static void an_uncached_mapping_of_a_dma_buf_and_its_fault_fail_whole(void)
{
	export_sync = O_SYNC;
	map_and_touch_dma_buf();
}

static int run_import(void)
{
	struct proof_import import;

	return prove_import(proof, made_fd, U_DMA_BUF_BIDIRECTIONAL, &import);
}

/* The users: descriptor, mapping, dma-buf. A page that an importer's table forgot would be counted. */
static void expect_no_import(void)
{
	uint64_t word;

	expect_users("3");
	expect_number("references to a page", prove_page(proof, memory).count, references);
	expect_errno("a read of nothing", prove_read(proof, 0, &word, sizeof(word), PROOF_BY_PAGE), ENXIO);
	expect_number("first wrong word", find_wrong_word(memory, size, 1), -1);
}

static void undo_import(void)
{
	uint64_t word;

	expect_errno("a read", prove_read(proof, 0, &word, sizeof(word), PROOF_BY_PAGE), 0);
	prove_let_go(proof);
	expect_no_import();
}

static const struct operation importing = {
	"import", NULL, run_import, expect_no_import, undo_import,
};

static void start_to_import(void)
{
	proof = prove_open();
	start("");
	references = prove_page(proof, memory).count;
	expect_errno("an export", run_export(), 0);
}

/* All is free once nobody uses it: nothing that failed has kept it. */
static void end_import(void)
{
	close(made_fd);
	close(buffer_fd);
	delete_buffer("a");
}

static void import_fails_and_succeeds_then(void)
{
	start_to_import();
	inject_often(&importing, "M");
	munmap(memory, size);
	end_import();
}

/* More than a page has room for the table of: a piece is of 64 KiB. */
static void import_of_many_pieces_fails_and_succeeds_then(void)
{
	size = 9 << 20;
	start_to_import();
	inject_each(&importing, 2, "M");
	munmap(memory, size);
	end_import();
}

static char text_of_import[2 * 4096];

static int run_vmap(void)
{
	return prove_read(proof, 0, text_of_import, sizeof(text_of_import),
			  PROOF_BY_OPERATION);
}

static void expect_read_by_vmap(void)
{
	expect_number("first wrong word", find_wrong_word(text_of_import, sizeof(text_of_import), 1), -1);
	memset(text_of_import, 0, sizeof(text_of_import));
	expect_two_users();
}

/* No other mapping says how it is cached. */
static void map_in_the_kernel(void)
{
	static const struct operation mapping_it = {
		"vmap", NULL, run_vmap, NULL, expect_read_by_vmap,
	};

	start_to_import();
	munmap(memory, size);
	expect_errno("an import", run_import(), 0);
	inject_often(&mapping_it, "M");
	prove_let_go(proof);
	end_import();
}

static void the_kernels_mapping_of_a_dma_buf_fails_and_succeeds_then(void)
{
	map_in_the_kernel();
}

static void the_kernels_uncached_mapping_of_a_dma_buf_fails_and_succeeds_then(void)
{
	export_sync = O_SYNC;
	map_in_the_kernel();
}

/* the rest of what a file can do */

/* One that fits a page is of one allocation, a longer one of pages where that fails. */
static int batch_of(uint32_t count)
{
	static struct u_dma_buf_sync_range ranges[200];
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch), .command = U_DMA_BUF_SYNC_FOR_CPU,
		.count = count, .ranges = (uintptr_t)ranges,
	};

	for (size_t i = 0; i < count; i++)
		ranges[i] = (struct u_dma_buf_sync_range){ .offset = i * 64, .size = 64 };
	return error_of(ioctl(buffer_fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch));
}

static int run_batch(void)
{
	return batch_of(100);
}

static int run_long_batch(void)
{
	return batch_of(200);
}

static int run_settings(void)
{
	struct u_dma_buf_ioctl_sync sync;
	int error = error_of(ioctl(buffer_fd, U_DMA_BUF_IOCTL_GET_SYNC, &sync));

	return error ?: error_of(ioctl(buffer_fd, U_DMA_BUF_IOCTL_SET_SYNC, &sync));
}

static int run_read_and_write(void)
{
	static char text[2 * 4096];
	int error = error_of(pread(buffer_fd, text, sizeof(text), 0));

	return error ?: error_of(pwrite(buffer_fd, text, sizeof(text), 0));
}

static int run_attributes(void)
{
	char text[32];
	int fd = open(SYSFS "a/sync_size", O_RDWR | O_CLOEXEC);
	int error = error_of(fd);

	if (!error)
		error = error_of(read(fd, text, sizeof(text)));
	if (!error)
		error = error_of(pwrite(fd, "64", 2, 0));
	close(fd);
	return error;
}

static void sync_settings_and_copies_fail_and_succeed_then(void)
{
	static const struct {
		struct operation operation;
		const char *answers;
	} calls[] = {
		{ { "a batch", NULL, run_batch, expect_two_users, expect_two_users }, "MF" },
		{ { "a long batch", NULL, run_long_batch, expect_two_users, expect_two_users }, "F" },
		{ { "settings", NULL, run_settings, expect_two_users, expect_two_users }, "F" },
		{ { "read and write", NULL, run_read_and_write, expect_two_users, expect_two_users }, "F" },
		{ { "attributes", NULL, run_attributes, expect_two_users, expect_two_users }, "MF" },
	};

	start("");
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		inject_often(&calls[i].operation, calls[i].answers);
	inject_within(&calls[0].operation, "vmemdup_user", 4, "MF");
}

static const struct claim claims[] = {
	CLAIM(open_fails_without_a_user),
	CLAIM(a_mapping_and_its_fault_fail_whole),
	CLAIM(an_uncached_mapping_and_its_fault_fail_whole),
	CLAIM(a_write_combining_mapping_fails_whole),
	CLAIM(a_mapping_by_frame_and_its_fault_fail_whole),
	CLAIM(a_private_mapping_and_its_copy_fail_whole),
	CLAIM(export_fails_without_a_user),
	CLAIM(a_mapping_of_a_dma_buf_and_its_fault_fail_whole),
	CLAIM(an_uncached_mapping_of_a_dma_buf_and_its_fault_fail_whole),
	CLAIM(import_fails_and_succeeds_then),
	CLAIM(import_of_many_pieces_fails_and_succeeds_then),
	CLAIM(the_kernels_mapping_of_a_dma_buf_fails_and_succeeds_then),
	CLAIM(the_kernels_uncached_mapping_of_a_dma_buf_fails_and_succeeds_then),
	CLAIM(sync_settings_and_copies_fail_and_succeed_then),
};

CLAIMS(claims)
