// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eight threads do everything to the same few names, for as long as RACE_SECONDS says. What each does next is
 * decided by a seed (RACE_SEED), when it does it by nobody. Then nothing may be lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "kind.h"
#include "prove.h"
#include "u-dma-buf.h"

#define THREADS 8
#define PAGES_MAX 16

static const char *const names[] = { "a", "b", "c", "d" };
static struct edu edu;
static bool has_edu, is_over;
static size_t others;	/* buffers that the device tree describes */

struct worker {
	pthread_t thread;
	uint64_t random;
};

static uint64_t draw(struct worker *worker, uint64_t below)
{
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 7;
	worker->random ^= worker->random << 17;
	return (worker->random >> 11) % below;
}

static const char *draw_name(struct worker *worker)
{
	return names[draw(worker, ARRAY_SIZE(names))];
}

static int draw_buffer(struct worker *worker)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", draw_name(worker));
	fd = open(path, (draw(worker, 4) ? O_RDWR : O_RDONLY) | (draw(worker, 2) ? O_SYNC : 0) |
		  O_CLOEXEC);
	JUDGE_AS("an open", fd, ENOENT, ENXIO, ENODEV);
	return fd;
}

static void command(struct kind *kind, const char *text, const int *allowed)
{
	int fd = open(MANAGER, O_RDWR | O_CLOEXEC);

	kind_judge(kind, write(fd, text, strlen(text)), allowed);
	close(fd);
}

static void do_create(struct worker *worker)
{
	static struct kind create = { .name = "a create" }, create_child = { .name = "a create of a device" };
	static const char *const quirks[] = { "off", "on", "auto", "page" };
	char text[256], parent[64] = "";

	if (has_edu && !draw(worker, 3))
		snprintf(parent, sizeof(parent), "bus=pci device=%s", edu.bdf);
	snprintf(text, sizeof(text), "create %s %d quirk-mmap-%s sync-mode=%d %s%s", draw_name(worker),
		 (int)draw(worker, PAGES_MAX * 4096) + 1, quirks[draw(worker, ARRAY_SIZE(quirks))],
		 (int)draw(worker, 8), draw(worker, 4) ? "" : "minor=88 ", parent);
	command(*parent ? &create_child : &create, text, (const int[]){ EEXIST, ENODEV, 0 });
}

static void do_delete(struct worker *worker)
{
	static struct kind delete = { .name = "a delete" };
	char text[64];

	snprintf(text, sizeof(text), "delete %s", draw_name(worker));
	command(&delete, text, (const int[]){ ENOENT, EBUSY, 0 });
}

static void do_force(struct worker *worker)
{
	static struct kind force = { .name = "a delete by force" };
	char text[64];

	snprintf(text, sizeof(text), "delete %s force", draw_name(worker));
	command(&force, text, (const int[]){ ENOENT, 0 });
}

static void do_read_and_write(struct worker *worker)
{
	char text[3000] = "";
	int fd = draw_buffer(worker);
	off_t at = draw(worker, PAGES_MAX * 4096);

	if (fd < 0)
		return;
	JUDGE_AS("an lseek", lseek(fd, 0, SEEK_END), ENODEV);
	JUDGE_AS("a read", pread(fd, text, sizeof(text), at), ENODEV);
	JUDGE_AS("a write", pwrite(fd, text, sizeof(text), at), ENODEV, ENOSPC, EBADF);
	close(fd);
}

static void do_sync(struct worker *worker)
{
	struct u_dma_buf_sync_range ranges[3] = { { 0, 64, 0, 0 }, { 64, 4096, 1, 0 }, { 0, 16, 2, 0 } };
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch), .command = draw(worker, 2) ? 1 : 3, .count = 3,
		.ranges = (uintptr_t)ranges,
	};
	struct u_dma_buf_ioctl_sync set = { .flags = 3 | draw(worker, 8) << 8, .size = 1 };
	uint64_t word = draw(worker, 2) ? 1 : U_DMA_BUF_SYNC_PACKED(0, 4096, draw(worker, 3));
	int fd = draw_buffer(worker);

	if (fd < 0)
		return;
	JUDGE_AS("a sync for the CPU", ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, &word),
	      ENODEV, EINVAL);
	JUDGE_AS("a sync for the device",
	      ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, &word), ENODEV, EINVAL);
	JUDGE_AS("settings", ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC, &set), ENODEV, EACCES, EINVAL);
	JUDGE_AS("a batch", ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch), ENODEV, EINVAL);
	close(fd);
}

static _Thread_local sigjmp_buf after_sigbus;

static void leave_sigbus(int number)
{
	(void)number;
	siglongjmp(after_sigbus, 1);
}

/* Reads, and writes where that is allowed, until the pages are taken away. */
static void touch(char *memory, size_t size, bool is_writable)
{
	if (sigsetjmp(after_sigbus, 1))
		return;
	for (size_t at = 0; at < size; at += 512)
		if (is_writable)
			*(volatile uint64_t *)(memory + at) = at;
		else
			(void)*(volatile uint64_t *)(memory + at);
}

/* A pipe holds the page, for a moment longer than anybody else. */
static void pin(char *memory, int ends[2])
{
	struct iovec there = { memory, PAGE };

	if (pipe(ends))
		fail("expected a pipe, got %s", strerror(errno));
	JUDGE_AS("a pin", vmsplice(ends[1], &there, 1, 0), EFAULT);
}

/* Of no use to anybody; at an address that is given, in place of what is there. */
static char *block(char *address, size_t size)
{
	return mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | (address ? MAP_FIXED : 0), -1, 0);
}

static char *move(char *memory, size_t size)
{
	char *there = block(NULL, size);

	if (mremap(memory, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, there) != there)
		fail("expected a mapping to move, got %s", strerror(errno));
	return there;
}

static void touch_in_a_child(char *memory, size_t size, bool is_writable)
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		touch(memory, size, is_writable);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		fail("expected a child that touches a mapping to end well, got status %#x", status);
}

/* What makes more mappings of one, or another. */
static char *reshape(struct worker *worker, char *memory, size_t size, bool is_writable)
{
	switch (draw(worker, 16)) {
	case 0:
		touch_in_a_child(memory, size, is_writable);
		break;
	case 1:
	case 2:
		memory = move(memory, size);
		touch(memory, size, is_writable);
		break;
	case 3:
	case 4:
		/* No hole, which a mapping of another thread would fill. */
		block(memory + draw(worker, size / PAGE) * PAGE, PAGE);
		break;
	}
	return memory;
}

/* Closes @fd early, so that in the end only the pin is left. */
static void map_and_touch(struct worker *worker, int fd, bool is_writable)
{
	size_t size = (draw(worker, PAGES_MAX) + 1) * PAGE;
	int protection = PROT_READ | (is_writable ? PROT_WRITE : 0), ends[2];
	char *memory = mmap(NULL, size, protection, draw(worker, 8) ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	bool is_mapped = JUDGE_AS("a mapping", memory == MAP_FAILED ? -1 : 0, ENODEV, EINVAL, EACCES);

	close(fd);
	if (!is_mapped)
		return;
	touch(memory, size, is_writable);
	memory = reshape(worker, memory, size, is_writable);
	pin(memory, ends);
	munmap(memory, size);
	close(ends[0]);
	close(ends[1]);
}

static void do_map(struct worker *worker)
{
	int fd = draw_buffer(worker);

	if (fd >= 0)
		map_and_touch(worker, fd, (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
}

static void import(struct worker *worker, int dma_buf)
{
	int proof = prove_open();
	struct proof_import import;
	uint32_t word;

	errno = prove_import(proof, dma_buf, draw(worker, 3), &import);
	if (JUDGE_AS("an import", errno ? -1 : 0, ENODEV, EACCES)) {
		/* Not by vmap: dma-buf warns of every one that fails, as it must when the buffer is dead. */
		errno = prove_read(proof, 0, &word, sizeof(word), PROOF_BY_PAGE);
		JUDGE_AS("an importer's read", errno ? -1 : 0, ENODEV);
		errno = prove_cpu_access(proof, 0);
		JUDGE_AS("an importer's access", errno ? -1 : 0, ENODEV);
	}
	close(proof);
}

static void do_export(struct worker *worker)
{
	struct u_dma_buf_ioctl_export range = {
		.flags = draw(worker, 2) ? O_RDWR | O_CLOEXEC : O_CLOEXEC,
		.offset = draw(worker, 4) * PAGE,
		.size = (draw(worker, 4) + 1) * PAGE,
	};
	struct dma_buf_sync access = { DMA_BUF_SYNC_RW | (draw(worker, 2) ? DMA_BUF_SYNC_END : 0) };
	int fd = draw_buffer(worker);
	bool is_exported;

	if (fd < 0)
		return;
	is_exported = JUDGE_AS("an export", ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, &range), ENODEV,
			    EINVAL, EACCES);
	close(fd);
	if (!is_exported)
		return;
	JUDGE_AS("a dma-buf's sync", ioctl(range.fd, DMA_BUF_IOCTL_SYNC, &access), ENODEV);
	import(worker, range.fd);
	map_and_touch(worker, range.fd, (range.flags & O_ACCMODE) == O_RDWR);
}

static const char *const attributes[] = {
	"users", "phys_addr", "sync_mode", "sync_offset", "sync_size", "sync_direction",
	"sync_for_cpu", "sync_for_device", "memory", "dma_device",
};

static void do_attribute(struct worker *worker)
{
	bool is_written = draw(worker, 2);
	char path[128], text[64];
	int fd, length;

	snprintf(path, sizeof(path), SYSFS "%s/%s", draw_name(worker),
		 attributes[draw(worker, ARRAY_SIZE(attributes))]);
	fd = open(path, (is_written ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (!JUDGE_AS("an open of an attribute", fd, ENOENT, ENODEV, EACCES))
		return;
	if (is_written) {
		length = snprintf(text, sizeof(text), "%d", (int)draw(worker, 9));
		/* EIO: an attribute that can't be written */
		JUDGE_AS("a write of an attribute", write(fd, text, length), ENODEV, EINVAL, EIO);
	} else {
		JUDGE_AS("a read of an attribute", read(fd, text, sizeof(text)), ENODEV);
	}
	close(fd);
}

/* The other threads do the same, and the device or its driver may be gone already. */
static void write_parent(struct kind *kind, const char *format, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), format, edu.bdf);
	errno = write_file(path, text);
	kind_judge(kind, errno ? -1 : 0, (const int[]){ ENOENT, ENODEV, EBUSY, EINVAL, EAGAIN, 0 });
}

static void do_unbind(struct worker *worker)
{
	static struct kind unbind = { .name = "an unbind" }, bind = { .name = "a bind" };

	if (!has_edu || draw(worker, 8))
		return;
	write_parent(&unbind, "/sys/bus/pci/devices/%s/driver/unbind", edu.bdf);
	write_parent(&bind, "/sys/bus/pci/drivers/pci-stub/bind", edu.bdf);
}

static void do_remove(struct worker *worker)
{
	static struct kind removal = { .name = "a removal" };

	if (!has_edu || draw(worker, 16))
		return;
	write_parent(&removal, "/sys/bus/pci/devices/%s/remove", "1");
	write_file("/sys/bus/pci/rescan", "1");
}

static void (*const actions[])(struct worker *worker) = {
	do_create, do_create, do_create, do_delete, do_force, do_read_and_write, do_sync, do_map, do_map,
	do_export, do_attribute, do_attribute, do_unbind, do_remove,
};

static void *work(void *argument)
{
	struct worker *worker = argument;

	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED))
		actions[draw(worker, ARRAY_SIZE(actions))](worker);
	return NULL;
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void run_threads(unsigned int seconds, uint64_t seed)
{
	struct timespec time = { .tv_sec = seconds };
	struct worker workers[THREADS] = { 0 };

	is_over = false;
	for (int i = 0; i < THREADS; i++) {
		workers[i].random = (seed + i + 1) * 0x9e3779b97f4a7c15;
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	nanosleep(&time, NULL);
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
}

static void prepare(void)
{
	struct sigaction action = { .sa_handler = leave_sigbus };

	sigaction(SIGBUS, &action, NULL);
	close(prove_open());
	has_edu = edu_is_here(&edu);
	if (has_edu)
		edu_bind_stub(&edu);
	expect_reload("info_enable=0");
	others = buffer_count();
}

static void delete_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int error = manager("delete %s", names[i]);

		if (error && error != ENOENT)
			fail("expected %s to have no user left, got %s", names[i], strerror(error));
	}
	expect_number("buffers left", buffer_count(), others);
}

static void eight_threads_on_four_names_lose_nothing(void)
{
	unsigned int seconds = setting("RACE_SECONDS", 60);
	unsigned long seed = setting("RACE_SEED", time(NULL));
	struct memory before;

	take_seconds(2 * seconds);
	printf("# seed %lu: with RACE_SEED=%lu each thread draws the same\n", seed, seed);
	prepare();
	run_threads(5, seed);
	delete_all();
	before = memory_in_use();
	kinds_forget();
	run_threads(seconds, seed);
	kinds_expect_successes();
	delete_all();
	expect_no_drift("all of it", &before);
	use_every_minor();
}

static const struct claim claims[] = {
	CLAIM(eight_threads_on_four_names_lose_nothing),
};

CLAIMS(claims)
