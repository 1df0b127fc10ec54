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
static char *memory;
static size_t size = SIZE;

static void inject_often(const struct operation *operation)
{
	for (int i = 0; i < 4; i++)
		inject_each(operation);
}

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
	inject_often(&operation);
	inject_often(&of_manager);
}

/* mmap and faults */

static char *mapped;

static int run_map(void)
{
	mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, buffer_fd, 0);
	return mapped == MAP_FAILED ? errno : 0;
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

static void map_for_touch(void)
{
	expect_errno("a mapping", run_map(), 0);
}

static void map_and_touch(const char *options)
{
	static const struct operation mapping = {
		"mmap", NULL, run_map, expect_one_user, undo_map,
	};
	static const struct operation fault = {
		"a fault", map_for_touch, run_touch, NULL, undo_map,
	};
	struct sigaction action = { .sa_handler = leave_sigbus };

	sigaction(SIGBUS, &action, NULL);
	size = 3 << 20;
	start(options);
	munmap(memory, size);
	inject_often(&mapping);
	inject_often(&fault);
}

static void a_mapping_and_its_fault_fail_whole(void)
{
	map_and_touch("quirk-mmap-page");
}

static void an_uncached_mapping_and_its_fault_fail_whole(void)
{
	map_and_touch("quirk-mmap-page sync-mode=5");
}

static void a_mapping_by_frame_and_its_fault_fail_whole(void)
{
	map_and_touch("quirk-mmap-off");
}

/* export and import */

static int run_export(void)
{
	struct u_dma_buf_ioctl_export range = { .flags = O_RDWR | O_CLOEXEC, .size = SIZE };
	int error = error_of(ioctl(buffer_fd, U_DMA_BUF_IOCTL_EXPORT, &range));

	made_fd = range.fd;
	return error;
}

static void export_fails_without_a_user(void)
{
	static const struct operation operation = {
		"export", NULL, run_export, expect_two_users, undo_open,
	};

	start("");
	inject_often(&operation);
}

static int run_import(void)
{
	struct proof_import import;

	return prove_import(proof, made_fd, U_DMA_BUF_BIDIRECTIONAL, &import);
}

static void undo_import(void)
{
	uint64_t word;

	expect_errno("a read", prove_read(proof, 0, &word, sizeof(word), 0), 0);
	prove_let_go(proof);
}

static void import_fails_and_succeeds_then(void)
{
	static const struct operation importing = {
		"import", NULL, run_import, NULL, undo_import,
	};

	proof = prove_open();
	start("");
	expect_errno("an export", run_export(), 0);
	inject_often(&importing);
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
	static const struct operation operations[] = {
		{ "a batch", NULL, run_batch, expect_two_users, expect_two_users },
		{ "a long batch", NULL, run_long_batch, expect_two_users, expect_two_users },
		{ "settings", NULL, run_settings, expect_two_users, expect_two_users },
		{ "read and write", NULL, run_read_and_write, expect_two_users, expect_two_users },
		{ "attributes", NULL, run_attributes, expect_two_users, expect_two_users },
	};

	start("");
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
		inject_often(&operations[i]);
	inject_within(&operations[0], "vmemdup_user", "MF");
}

static const struct claim claims[] = {
	CLAIM(open_fails_without_a_user),
	CLAIM(a_mapping_and_its_fault_fail_whole),
	CLAIM(an_uncached_mapping_and_its_fault_fail_whole),
	CLAIM(a_mapping_by_frame_and_its_fault_fail_whole),
	CLAIM(export_fails_without_a_user),
	CLAIM(import_fails_and_succeeds_then),
	CLAIM(sync_settings_and_copies_fail_and_succeed_then),
};

CLAIMS(claims)
