// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls on buffers with arguments that are nearly right. Descriptors and mappings are kept in
 * tables, so that what one call makes the next ones use.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "edu.h"
#include "fuzz.h"
#include "harness.h"
#include "harness-private.h"
#include "kind.h"
#include "u-dma-buf.h"

#define N_NAMES 4
#define N_FDS 8
#define N_MAPPINGS 8
#define AREA (1 << 20)

static const char *const names[N_NAMES] = { "a", "b", "c+1", "d:2" };

enum sort { BUFFER, DMA_BUF, PIPE, N_SORTS };

static int fds[N_SORTS][N_FDS];		/* -1: none */
static struct mapping {
	char *memory;
	size_t size;
} mappings[N_MAPPINGS];
static char parent[64];			/* the words that name one, if there is one */
static char *area;			/* readable and writable; the page behind it is neither */
static sigjmp_buf after_signal;
static volatile bool is_touching;

/* Only a touch may raise one: what is gone, or not readable. */
static void leave_signal(int number)
{
	if (!is_touching)
		fail("expected no signal but where a mapping is touched, got %d", number);
	siglongjmp(after_signal, 1);
}

static const char *any_name(void)
{
	return names[below(N_NAMES)];
}

/* Of the sort that a call is meant for, and now and then of another. */
static int any_fd(enum sort sort)
{
	return fds[below(8) ? sort : below(N_SORTS)][below(N_FDS)];
}

/* A new descriptor pushes an old one out. */
static void keep(enum sort sort, int fd)
{
	int *place = &fds[sort][below(N_FDS)];

	if (fd < 0)
		return;
	close(*place);
	*place = fd;
}

/* Where no program has memory: it could hit its own. */
static char *bad_address(void)
{
	switch (below(3)) {
	case 0:
		return (char *)(uintptr_t)below(PAGE);
	case 1:
		return (char *)(uintptr_t)-below(PAGE);
	default:
		/* The kernel's half. */
		return (char *)(uintptr_t)(any_number() | (sizeof(long) == 8 ? 1ULL << 63 : -4096ULL));
	}
}

/* Memory for a call to read or write: a buffer's, ordinary, half there, or none. */
static char *any_memory(void)
{
	const struct mapping *mapping = &mappings[below(N_MAPPINGS)];

	switch (below(8)) {
	case 0:
		return bad_address();
	case 1:
		return area + AREA - below(64);
	case 2:
	case 3:
		if (mapping->size)
			return mapping->memory + below(mapping->size);
		/* fall through */
	default:
		return area + below(AREA / 2);
	}
}

static void open_one(void)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR, O_RDWR | O_SYNC,
				     O_RDWR | O_NONBLOCK | O_APPEND, O_RDWR | O_TRUNC };
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", any_name());
	JUDGE(fd = open(path, flags[below(ARRAY_SIZE(flags))] | O_CLOEXEC), ENOENT, ENXIO, ENODEV,
	      EINVAL);
	keep(BUFFER, fd);
}

static void close_one(void)
{
	int *place = &fds[below(N_SORTS)][below(N_FDS)];

	close(*place);
	*place = -1;
}

static void pipe_one(void)
{
	int ends[2];

	JUDGE(pipe2(ends, O_NONBLOCK | O_CLOEXEC), EMFILE);
	keep(PIPE, ends[0]);
	keep(PIPE, ends[1]);
}

/* Words that are right, then now and then one that is not. */
static void fill_argument(uint64_t argument[8])
{
	static const uint64_t flags[] = { 0, 1, 3, 1 << 2, 2 << 2 | 3, 5 << 8, O_RDWR, O_RDWR | O_CLOEXEC,
					  O_RDWR | O_SYNC };

	argument[0] = flags[below(ARRAY_SIZE(flags))];
	for (int i = 1; i < 8; i++)
		argument[i] = below(4) ? below(8) * 4096 : any_number();
	if (!below(8))
		argument[0] ^= 1ULL << below(64);
}

static void make_ranges(struct u_dma_buf_sync_range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ranges[i] = (struct u_dma_buf_sync_range){
			.offset = below(32) ? below(4096) : any_number(),
			.size = below(32) ? 1 + below(4096) : any_number(),
			.direction = below(32) ? below(3) : any(),
			.flags = below(32) ? 0 : any(),
		};
}

static void make_batch(uint64_t argument[8])
{
	struct u_dma_buf_ioctl_sync_batch *batch = (void *)argument;
	static struct u_dma_buf_sync_range ranges[64];

	make_ranges(ranges, ARRAY_SIZE(ranges));
	*batch = (struct u_dma_buf_ioctl_sync_batch){
		.argsz = below(8) ? sizeof(*batch) : below(80),
		.command = below(8) ? 1 + 2 * below(2) : any(),
		.count = below(8) ? below(below(2) ? 4 : 64) : any_number(),
		.ranges = (uintptr_t)(below(8) ? (void *)ranges : any_memory()),
	};
}

#define REQUEST(number) { number, { .name = #number } }

static void ask_one(void)
{
	static const int errors[] = { EBADF, ENOTTY, EINVAL, EACCES, EFAULT, ENODEV, E2BIG, ENOMEM, 0 };
	static struct {
		unsigned long number;
		struct kind kind;
	} requests[] = {
		REQUEST(U_DMA_BUF_IOCTL_GET_DRV_INFO), REQUEST(U_DMA_BUF_IOCTL_GET_SIZE),
		REQUEST(U_DMA_BUF_IOCTL_GET_DMA_ADDR), REQUEST(U_DMA_BUF_IOCTL_GET_SYNC_OWNER),
		REQUEST(U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU), REQUEST(U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE),
		REQUEST(U_DMA_BUF_IOCTL_GET_DEV_INFO), REQUEST(U_DMA_BUF_IOCTL_GET_SYNC),
		REQUEST(U_DMA_BUF_IOCTL_SET_SYNC), REQUEST(U_DMA_BUF_IOCTL_EXPORT),
		REQUEST(U_DMA_BUF_IOCTL_SYNC_BATCH), REQUEST(DMA_BUF_IOCTL_SYNC),
		REQUEST(_IOC(3, 'U', 10, 36)),
	};
	size_t which = below(ARRAY_SIZE(requests));
	unsigned long number = requests[which].number;
	struct u_dma_buf_ioctl_export export;
	uint64_t words[8];
	void *argument = words;
	bool is_done;
	int fd;

	fill_argument(words);
	if (number == U_DMA_BUF_IOCTL_SYNC_BATCH)
		make_batch(words);
	else if (number == DMA_BUF_IOCTL_SYNC && below(8))
		words[0] = below(8);
	if (!below(16))
		number ^= 1UL << below(32);
	if (!below(8))
		argument = any_memory();
	fd = any_fd(_IOC_TYPE(number) == 'U' ? BUFFER : DMA_BUF);
	is_done = kind_judge(&requests[which].kind, ioctl(fd, number, argument), errors);
	memcpy(&export, words, sizeof(export));
	if (is_done && argument == words && _IOC_TYPE(number) == 'U' && _IOC_NR(number) == 10)
		keep(DMA_BUF, export.fd);
}

static void map_one(void)
{
	struct mapping *mapping = &mappings[below(N_MAPPINGS)];
	size_t size = below(4) ? (1 + below(5)) * PAGE : any_number();
	off_t offset = below(4) ? below(4) * PAGE : any_number();
	char *memory;

	if (mapping->size)
		munmap(mapping->memory, mapping->size);
	mapping->size = 0;
	memory = mmap(NULL, size, below(4) ? PROT_READ | PROT_WRITE : below(8),
		      below(8) ? MAP_SHARED : MAP_PRIVATE,
		      any_fd(below(4) ? BUFFER : DMA_BUF), offset);
	JUDGE_AS("mmap", memory == MAP_FAILED ? -1 : 0, EBADF, ENODEV, EINVAL, EACCES, EPERM, ENOMEM, EOVERFLOW);
	if (memory != MAP_FAILED)
		*mapping = (struct mapping){ memory, (size + PAGE - 1) / PAGE * PAGE };
}

static void change_mapping(void)
{
	struct mapping *mapping = &mappings[below(N_MAPPINGS)];
	static const int advices[] = { MADV_DONTNEED, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK,
				       MADV_HUGEPAGE, MADV_FREE, MADV_REMOVE };
	size_t at = mapping->size ? below(mapping->size) / PAGE * PAGE : 0;
	size_t size = (1 + below(6)) * PAGE;
	char *moved;

	if (!mapping->size)
		return;
	switch (below(6)) {
	case 0:
		JUDGE(mprotect(mapping->memory + at, PAGE, below(8)), EACCES, EINVAL, ENOMEM);
		break;
	case 1:
		JUDGE(madvise(mapping->memory + at, PAGE, advices[below(ARRAY_SIZE(advices))]), EINVAL,
		      EACCES, ENOMEM, EOPNOTSUPP, EBADF, EIO, ENODEV);
		break;
	case 2:
		JUDGE(msync(mapping->memory + at, PAGE, below(2) ? MS_SYNC : MS_ASYNC), EINVAL, ENOMEM, EIO);
		break;
	case 3:
		moved = mremap(mapping->memory, mapping->size, size, MREMAP_MAYMOVE);
		JUDGE_AS("mremap", moved == MAP_FAILED ? -1 : 0, EFAULT, EINVAL, ENOMEM);
		if (moved != MAP_FAILED)
			*mapping = (struct mapping){ moved, size };
		break;
	case 4:
		/* A hole in the middle, or nothing left. */
		munmap(mapping->memory + at, PAGE);
		break;
	default:
		munmap(mapping->memory, mapping->size);
		mapping->size = 0;
	}
}

static void touch_one(void)
{
	const struct mapping *mapping = &mappings[below(N_MAPPINGS)];

	if (!mapping->size)
		return;
	is_touching = true;
	if (!sigsetjmp(after_signal, 1)) {
		if (below(2))
			mapping->memory[below(mapping->size)] = any();
		else
			(void)*(volatile char *)(mapping->memory + below(mapping->size));
	}
	is_touching = false;
}

static void move_bytes(void)
{
	size_t size = below(4) ? below(20000) : any_number();
	off_t offset = below(2) ? below(20000) : any_number();
	struct iovec there[2] = {
		{ any_memory(), below(8192) },
		{ any_memory(), below(2) ? below(8192) : any_number() },
	};

	switch (below(5)) {
	case 0:
		JUDGE(pread(any_fd(BUFFER), any_memory(), size, offset), EBADF, EFAULT, EINVAL, ENODEV, ESPIPE,
		      EOVERFLOW);
		break;
	case 1:
		JUDGE(pwrite(any_fd(BUFFER), any_memory(), size, offset), EBADF, EFAULT, EINVAL, ENODEV,
		      ESPIPE, ENOSPC, EOVERFLOW, EFBIG);
		break;
	case 2:
		JUDGE(readv(any_fd(BUFFER), there, 2), EBADF, EFAULT, EINVAL, ENODEV, EAGAIN);
		break;
	case 3:
		JUDGE(writev(any_fd(BUFFER), there, 2), EBADF, EFAULT, EINVAL, ENODEV, EAGAIN, ENOSPC, EPIPE);
		break;
	default:
		JUDGE(lseek(any_fd(BUFFER), below(2) ? below(20000) : any_number(), below(6)), EBADF, EINVAL,
		      ENODEV, ESPIPE, ENXIO, EOVERFLOW);
	}
}

static void splice_some(void)
{
	int flags = SPLICE_F_NONBLOCK | (below(2) ? SPLICE_F_MOVE : SPLICE_F_GIFT);
	int buffer = any_fd(BUFFER), pipe = any_fd(PIPE);
	struct iovec there = { any_memory(), below(16384) };
	off_t offset = below(2) ? below(20000) : any_number();
	off_t *where = below(2) ? &offset : NULL;
	size_t size = below(4) ? below(65536) : any_number();

	switch (below(4)) {
	case 0:
		JUDGE(splice(buffer, where, pipe, NULL, size, flags), EBADF, EINVAL, ESPIPE, EAGAIN,
		      ENODEV, EFAULT, EPIPE, EOVERFLOW);
		break;
	case 1:
		JUDGE(splice(pipe, NULL, buffer, where, size, flags), EBADF, EINVAL, ESPIPE, EAGAIN,
		      ENODEV, ENOSPC, EFAULT, EPIPE, EOVERFLOW);
		break;
	case 2:
		JUDGE(vmsplice(pipe, &there, 1, flags), EBADF, EINVAL, EAGAIN, EFAULT, EPIPE);
		break;
	default:
		JUDGE(sendfile(below(2) ? pipe : any_fd(BUFFER), buffer, where, size), EBADF, EINVAL,
		      ESPIPE, EAGAIN, ENODEV, ENOSPC, EFAULT, EPIPE, EOVERFLOW);
	}
}

static const char *any_option(void)
{
	static const char *const words[] = {
		"", "", "", "sync-mode=6", "sync-mode=1 sync-always", "quirk-mmap-off", "quirk-mmap-on",
		"quirk-mmap-page", "minor=88", "sync-offset=4096 sync-size=16", "dma-mask=24",
		"device=none", "size=1", "force", "sync-size=0x8000000000000000",
	};

	return below(4) ? words[below(ARRAY_SIZE(words))] : parent;
}

static void command_one(void)
{
	static const int errors[] = { EINVAL, EEXIST, ENOENT, EBUSY, ENOMEM, ENODEV, ENOSPC, EFAULT, 0 };
	static struct kind delete = { .name = "delete" }, create = { .name = "create" };
	static struct kind create_child = { .name = "create with a parent" };
	static const int sizes[] = { 1, 4096, 20000, 65536, 1 << 20, 5 << 20 };
	struct kind *kind = &delete;
	int length, fd = open_manager();
	char text[256];

	if (below(2)) {
		const char *option = any_option();

		length = snprintf(text, sizeof(text), "create %s %d %s %s", any_name(),
				  sizes[below(ARRAY_SIZE(sizes))], option,
				  below(4) ? "" : any_option());
		kind = *parent && option == parent ? &create_child : &create;
	} else {
		length = snprintf(text, sizeof(text), "delete %s%s", any_name(),
				  below(4) ? "" : " force");
	}
	if (!below(8))
		text[below(length)] = any();
	kind_judge(kind, write(fd, below(64) ? text : any_memory(), length), errors);
	JUDGE(read(fd, any_memory(), below(512)), EINVAL, EFAULT);
	close(fd);
}

static void use_attribute(void)
{
	static const char *const attributes[] = {
		"sync_mode", "sync_offset", "sync_size", "sync_direction", "sync_for_cpu",
		"sync_for_device", "users", "phys_addr", "size", "memory", "dma_device", "sync_owner",
	};
	char path[128], text[64];
	int length, fd;

	snprintf(path, sizeof(path), SYSFS "%s/%s", any_name(), attributes[below(12)]);
	JUDGE(fd = open(path, O_RDWR | O_CLOEXEC), ENOENT, EACCES, ENODEV);
	if (fd < 0)
		return;
	length = snprintf(text, sizeof(text), below(2) ? "%llu\n" : "0x%llx",
			  (unsigned long long)any_number());
	if (!below(8))
		text[below(length)] = any();
	if (below(2))
		JUDGE(write(fd, text, length), EINVAL, ENODEV, EIO);
	else
		JUDGE(read(fd, text, sizeof(text)), EINVAL, ENODEV, EIO);
	close(fd);
}

static void poll_one(void)
{
	struct pollfd poller = { .fd = any_fd(BUFFER), .events = POLLIN | POLLOUT };
	int fd = any_fd(below(N_SORTS));

	JUDGE(poll(&poller, 1, 0), EINVAL);
	JUDGE_VAIN(fsync(fd), EBADF, EINVAL, ENODEV);
	JUDGE_VAIN(ftruncate(fd, any_number()), EBADF, EINVAL, EFBIG);
	JUDGE(fcntl(fd, F_SETFL, below(2) ? O_SYNC | O_NONBLOCK : O_NONBLOCK), EBADF, EINVAL);
}

void fuzz_once(void)
{
	static void (*const calls[])(void) = {
		open_one, open_one, close_one, pipe_one, ask_one, ask_one, ask_one, ask_one, map_one,
		map_one, change_mapping, change_mapping, touch_one, touch_one, touch_one, move_bytes, move_bytes,
		move_bytes, splice_some, splice_some, use_attribute, poll_one,
	};

	/* Each failure is a line in the log, which takes its time. */
	if (!below(100))
		command_one();
	else
		calls[below(ARRAY_SIZE(calls))]();
}

void fuzz_begin(void)
{
	struct sigaction action = { .sa_handler = leave_signal };
	struct edu edu;

	if (edu_is_here(&edu)) {
		edu_find_parent(&edu);
		snprintf(parent, sizeof(parent), "bus=pci device=%s", edu.bdf);
	}
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	area = mmap(NULL, AREA + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(area + AREA, PAGE, PROT_NONE);
	memset(area, 1, AREA);
	memset(fds, -1, sizeof(fds));
}

void fuzz_end(void)
{
	for (int i = 0; i < N_SORTS * N_FDS; i++)
		close(fds[i / N_FDS][i % N_FDS]);
	for (int i = 0; i < N_MAPPINGS; i++)
		if (mappings[i].size)
			munmap(mappings[i].memory, mappings[i].size);
	/* Some have names that nobody meant. */
	clean_up();
}
