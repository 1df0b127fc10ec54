// SPDX-License-Identifier: GPL-2.0-only
/* What is going on while a buffer is taken away, in another thread or in the device. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "u-dma-buf.h"
#include "uses.h"

static int fd;
static pthread_t thread;
static char *memory;

/* A thread that does one thing over and over, until it fails or shall end. */
static atomic_bool is_over;
static atomic_int turns;
static int (*do_once)(void);	/* 0 or an errno value */

static void *repeat(void *unused)
{
	int error = 0;

	(void)unused;
	while (!error && !is_over) {
		error = do_once();
		turns++;
	}
	return (void *)(intptr_t)error;
}

static void expect_rounds(void)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	int before = turns;

	for (int i = 0; i < 30000 && turns < before + 3; i++)
		nanosleep(&pause, NULL);
	expect_true("a thread that goes on", turns >= before + 3);
}

static int end_thread(void)
{
	void *error;

	pthread_join(thread, &error);
	return (intptr_t)error;
}

static void start(int (*function)(void))
{
	do_once = function;
	fd = open_buffer(use_name(), O_RDWR);
	memory = mmap(NULL, USE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect_number("bytes read", pread(fd, memory, USE_SIZE, 0), USE_SIZE);
	pthread_create(&thread, NULL, repeat, NULL);
	expect_rounds();
}

static void expect_enodev_in_the_thread(void)
{
	expect_errno("the thread's last call", end_thread(), ENODEV);
	note_dead_descriptor(fd);
	thread = 0;
}

static void stop(void)
{
	is_over = true;
	if (thread)
		expect_errno("the thread's last call", end_thread(), 0);
	munmap(memory, USE_SIZE);
	close(fd);
}

static int read_once(void)
{
	return pread(fd, memory, USE_SIZE, 0) < 0 ? errno : 0;
}

static int write_once(void)
{
	return pwrite(fd, memory, USE_SIZE, 0) < 0 ? errno : 0;
}

static int sync_once(void)
{
	uint64_t word = 1;
	int last = turns % 2 ? ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, &word) :
				ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, &word);

	return last ? errno : 0;
}

static int ask_once(void)
{
	struct u_dma_buf_ioctl_export range = { .flags = O_RDWR, .size = USE_SIZE };
	struct u_dma_buf_ioctl_sync sync;

	if (ioctl(fd, U_DMA_BUF_IOCTL_GET_SYNC, &sync) ||
	    ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC, &sync) ||
	    ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, &range))
		return errno;
	close(range.fd);
	return 0;
}

/* A mapping that is taken away counts as what the calls answer. What is written is what is there. */
static int fault_once(void)
{
	char *mapping = mmap(NULL, USE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	bool is_write = turns % 2, is_raised = false;

	if (mapping == MAP_FAILED)
		return errno;
	for (size_t at = 0; !is_raised && at < USE_SIZE; at += USE_SIZE / 16)
		is_raised = is_write ? raises_sigbus_when_written(mapping + at, memory[at]) :
				       raises_sigbus(mapping + at);
	munmap(mapping, USE_SIZE);
	return is_raised ? ENODEV : 0;
}

#define THREAD(name, once)							\
	static void start_##name(void)						\
	{									\
		start(once);							\
	}									\
	const struct use name = {						\
		"", start_##name, expect_rounds, expect_enodev_in_the_thread, stop, \
	}

THREAD(reads_in_a_thread, read_once);
THREAD(writes_in_a_thread, write_once);
THREAD(syncs_in_a_thread, sync_once);
THREAD(ioctls_in_a_thread, ask_once);
THREAD(faults_in_a_thread, fault_once);

/*
 * A call that stays in the middle, for as long as it is wanted there: it needs a page of
 * its process, which userfaultfd withholds.
 */
static int faults;
static char *withheld;
static ssize_t (*call)(void);
static ssize_t expected;	/* what it returns if it is let go on */

static void *call_once(void *unused)
{
	(void)unused;
	return (void *)(call() < 0 ? -errno : expected);
}

static void withhold_a_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0)
		skip("no userfaultfd here: %s", strerror(errno));
	withheld = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)withheld;
	range.range.len = PAGE;
	expect_number("userfaultfd", ioctl(faults, UFFDIO_API, &api) |
				     ioctl(faults, UFFDIO_REGISTER, &range), 0);
}

static void start_call(ssize_t (*function)(void), ssize_t result)
{
	struct uffd_msg fault;

	withhold_a_page();
	fd = open_buffer(use_name(), O_RDWR);
	memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	call = function;
	expected = result;
	pthread_create(&thread, NULL, call_once, NULL);
	expect_number("bytes of a fault", read(faults, &fault, sizeof(fault)), sizeof(fault));
}

/* The page that is handed out is the one at memory. */
static ssize_t let_it_go_on(void)
{
	struct uffdio_copy page = {
		.dst = (uintptr_t)withheld,
		.src = (uintptr_t)memory,
		.len = PAGE,
	};
	void *result;

	expect_number("userfaultfd", ioctl(faults, UFFDIO_COPY, &page), 0);
	pthread_join(thread, &result);
	thread = 0;
	return (ssize_t)result;
}

static void expect_enodev_of_the_call(void)
{
	expect_number("the call to return", let_it_go_on(), -ENODEV);
	note_dead_descriptor(fd);
}

/* What was read was still the buffer's own. */
static void expect_the_bytes_of_the_read(void)
{
	expect_number("bytes read", let_it_go_on(), PAGE);
	expect_number("first wrong word", find_wrong_word(withheld, PAGE, USE_SEED), -1);
	note_dead_descriptor(fd);
}

static void end_call(void)
{
	if (thread)
		expect_number("the call to return", let_it_go_on(), expected);
	close(fd);
	close(faults);
}

static ssize_t read_into_it(void)
{
	return pread(fd, withheld, PAGE, 0);
}

static ssize_t write_out_of_it(void)
{
	return pwrite(fd, withheld, PAGE, 0);
}

static ssize_t sync_ranges_in_it(void)
{
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch),
		.command = U_DMA_BUF_SYNC_FOR_DEVICE,
		.count = 1,
		.ranges = (uintptr_t)withheld,
	};

	return ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch);
}

static ssize_t export_what_it_says(void)
{
	return ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, withheld);
}

static void start_a_read(void)
{
	start_call(read_into_it, PAGE);
}

static void start_a_write(void)
{
	start_call(write_out_of_it, PAGE);
	expect_number("bytes read", pread(fd, memory, PAGE, 0), PAGE);
}

static void start_a_batch(void)
{
	start_call(sync_ranges_in_it, 0);
	*(struct u_dma_buf_sync_range *)memory = (struct u_dma_buf_sync_range){ .size = 16 };
}

static void start_an_export(void)
{
	start_call(export_what_it_says, 0);
	*(struct u_dma_buf_ioctl_export *)memory = (struct u_dma_buf_ioctl_export){
		.flags = O_RDWR, .size = PAGE,
	};
}

static void end_the_export(void)
{
	bool is_waiting = thread;

	end_call();
	if (is_waiting)
		close(((struct u_dma_buf_ioctl_export *)withheld)->fd);
}

static void expect_nothing(void)
{
}

const struct use a_read_that_waits_for_its_memory = {
	"", start_a_read, expect_nothing, expect_the_bytes_of_the_read, end_call,
};
const struct use a_write_that_waits_for_its_memory = {
	"", start_a_write, expect_nothing, expect_enodev_of_the_call, end_call,
};
const struct use a_batch_that_waits_for_its_ranges = {
	"", start_a_batch, expect_nothing, expect_enodev_of_the_call, end_call,
};
const struct use an_export_that_waits_for_its_argument = {
	"", start_an_export, expect_nothing, expect_enodev_of_the_call, end_the_export,
};

/*
 * The device, which writes what it read there before. A device that nobody stops may go on
 * after the end, so the address must stay out of everybody's memory while the descriptor is open.
 */
#define LENGTH 4088

static struct edu edu;
static uint64_t address;

static void start_transfers(void)
{
	edu_find(&edu);
	edu_start(&edu);
	fd = open_buffer(use_name(), O_RDWR);
	address = attribute_number(use_name(), "phys_addr");
	edu_fetch(&edu, address, LENGTH);
	edu_begin_store(&edu, address, LENGTH);
}

static void expect_transfers(void)
{
	edu_wait(&edu);
	edu_store(&edu, address, LENGTH);
}

static void store_again(void *unused)
{
	(void)unused;
	edu_find(&edu);
	edu_start(&edu);
	edu_wait(&edu);
	edu_store(&edu, address, LENGTH);
}

static void expect_nobody_hit(void)
{
	edu_stop(&edu);
	overwrite_free_memory_while(store_again, NULL);
	note_dead_descriptor(fd);
}

static void end_transfers(void)
{
	close(fd);
}

const struct use transfers_of_the_device = {
	"", start_transfers, expect_transfers, expect_nobody_hit, end_transfers,
};
