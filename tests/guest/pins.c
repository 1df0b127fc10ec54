// SPDX-License-Identifier: GPL-2.0-only
/* Pages of a buffer that somebody holds when every descriptor is closed and nothing is mapped. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness.h"
#include "uses.h"

void expect_no_pins(char *there)
{
	static char text[4096];
	struct iovec from = { there, sizeof(text) }, to = { text, sizeof(text) };
	struct io_uring_params parameters = { 0 };
	int ends[2], uring;

	expect_number("process_vm_readv", process_vm_readv(getpid(), &to, 1, &from, 1, 0), -1);
	expect_errno("its error", errno, EFAULT);
	expect_number("pipe", pipe(ends), 0);
	expect_number("vmsplice", vmsplice(ends[1], &from, 1, 0), -1);
	expect_errno("its error", errno, EFAULT);
	uring = syscall(SYS_io_uring_setup, 4, &parameters);
	if (uring < 0)
		return;
	expect_number("io_uring_register",
		      syscall(SYS_io_uring_register, uring, IORING_REGISTER_BUFFERS, &from, 1), -1);
	expect_true("an error of it", errno == EFAULT || errno == EOPNOTSUPP);
}

static char *memory;

/* Of a pipe, which has room for 16 pages: they are looked at in a copy. */
#define PIPED 16

static int ends[2];

void put_into_pipe(void *pages, size_t length, int ret_ends[2])
{
	struct iovec there = { pages, length };

	expect_number("pipe", pipe(ret_ends), 0);
	expect_number("bytes of vmsplice", vmsplice(ret_ends[1], &there, 1, 0), length);
}

static void put_pages_into_a_pipe(void)
{
	int fd = open_buffer(use_name(), O_RDWR);

	memory = map_buffer(fd, USE_SIZE, 0);
	put_into_pipe(memory, PIPED * PAGE, ends);
	munmap(memory, USE_SIZE);
	close(fd);
}

static void expect_piped(void)
{
	static char bytes[PIPED * 4096];
	int copy[2];

	expect_number("pipe", pipe(copy), 0);
	expect_number("bytes of tee", tee(ends[0], copy[1], PIPED * PAGE, 0), PIPED * PAGE);
	expect_number("bytes from the pipe", read(copy[0], bytes, sizeof(bytes)), sizeof(bytes));
	expect_number("first wrong word", find_wrong_word(bytes, sizeof(bytes), USE_SEED), -1);
	close(copy[0]);
	close(copy[1]);
}

static void empty_the_pipe(void)
{
	close(ends[0]);
	close(ends[1]);
}

const struct use pages_in_a_pipe = {
	"", put_pages_into_a_pipe, expect_piped, expect_piped, empty_the_pipe,
};

/* The pages are all that is left: io_uring writes what is in them to a file. */
static int ring_fd;
static struct io_uring_params ring;
static char *rings;
static struct io_uring_sqe *submissions;

static void map_rings(void)
{
	size_t size = ring.cq_off.cqes + ring.cq_entries * sizeof(struct io_uring_cqe);

	expect_true("one mapping for both rings", ring.features & IORING_FEAT_SINGLE_MMAP);
	rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd, IORING_OFF_SQ_RING);
	submissions = mmap(NULL, ring.sq_entries * sizeof(*submissions), PROT_READ | PROT_WRITE,
			   MAP_SHARED, ring_fd, IORING_OFF_SQES);
	expect_true("the rings", rings != MAP_FAILED && submissions != MAP_FAILED);
}

static void register_with_io_uring(void)
{
	struct iovec there;
	int fd;

	ring = (struct io_uring_params){ 0 };
	ring_fd = syscall(SYS_io_uring_setup, 4, &ring);
	if (ring_fd < 0)
		skip("no io_uring here: %s", strerror(errno));
	map_rings();
	fd = open_buffer(use_name(), O_RDWR);
	memory = map_buffer(fd, USE_SIZE, 0);
	close(fd);
	there = (struct iovec){ memory, USE_SIZE };
	if (syscall(SYS_io_uring_register, ring_fd, IORING_REGISTER_BUFFERS, &there, 1)) {
		if (errno == EOPNOTSUPP)
			skip("this kernel registers no buffer of a file");
		fail("expected io_uring to register the buffer, got %s", strerror(errno));
	}
	munmap(memory, USE_SIZE);
}

/* One submission at a time, of IORING_OP_WRITE_FIXED or READ_FIXED. */
static int submit_registered(int opcode, int file)
{
	unsigned int *tail = (unsigned int *)(rings + ring.sq_off.tail);
	unsigned int *head = (unsigned int *)(rings + ring.cq_off.head);
	struct io_uring_cqe *completions = (struct io_uring_cqe *)(rings + ring.cq_off.cqes);
	int result;

	submissions[0] = (struct io_uring_sqe){
		.opcode = opcode,
		.fd = file,
		.addr = (uintptr_t)memory,
		.len = USE_SIZE,
	};
	((unsigned int *)(rings + ring.sq_off.array))[*tail & (ring.sq_entries - 1)] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	expect_number("submissions", syscall(SYS_io_uring_enter, ring_fd, 1, 1,
					     IORING_ENTER_GETEVENTS, NULL, 0), 1);
	result = completions[*head & (ring.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

static void expect_pinned(void)
{
	int file = memfd_create("pinned", MFD_CLOEXEC);
	void *bytes;

	expect_number("bytes that io_uring wrote", submit_registered(IORING_OP_WRITE_FIXED, file),
		      USE_SIZE);
	bytes = map_buffer(file, USE_SIZE, 0);
	expect_number("first wrong word", find_wrong_word(bytes, USE_SIZE, USE_SEED), -1);
	munmap(bytes, USE_SIZE);
	close(file);
}

void fill_registered(uint64_t seed)
{
	int file = memfd_create("filler", MFD_CLOEXEC);
	void *bytes;

	expect_number("size of the file", ftruncate(file, USE_SIZE), 0);
	bytes = map_buffer(file, USE_SIZE, 0);
	fill_words(bytes, USE_SIZE, seed);
	expect_number("bytes that io_uring read", submit_registered(IORING_OP_READ_FIXED, file), USE_SIZE);
	munmap(bytes, USE_SIZE);
	close(file);
}

static void unregister(void)
{
	syscall(SYS_io_uring_register, ring_fd, IORING_UNREGISTER_BUFFERS, NULL, 0);
	close(ring_fd);
}

const struct use pages_in_io_uring = {
	"", register_with_io_uring, expect_pinned, expect_pinned, unregister,
};
