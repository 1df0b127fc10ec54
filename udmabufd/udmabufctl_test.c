// SPDX-License-Identifier: GPL-2.0-only
/*
 * udmabufctl test: every byte of a buffer written and read back, by write and read, through a
 * mapping, and around a sync, with the time that each took. Window by window, so that a buffer
 * bigger than the address space can be tested too.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../lib/udmabuf.h"
#include "udmabufctl.h"

#define WINDOW	(16UL << 20)

struct test {
	const char *name;
	uint64_t size;
	int fd;
	unsigned char *own;		/* a window of ordinary memory */
	unsigned char *expected;	/* another */
};

/* A step's way with one window. Adds to *took what the operation itself takes, in seconds. */
struct step {
	const char *name;
	int (*run)(const struct test *test, const struct step *step, uint64_t offset, size_t size,
		   double *took);
	uint64_t round;
};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Differs from word to word and from round to round, so that no stale byte passes. */
static void fill(unsigned char *bytes, uint64_t offset, size_t size, uint64_t round)
{
	uint64_t word;
	size_t i, part;

	for (i = 0; i < size; i += sizeof(word)) {
		word = (offset + i + round) * 0x9e3779b97f4a7c15ULL;
		word ^= word >> 32;
		part = size - i < sizeof(word) ? size - i : sizeof(word);
		memcpy(bytes + i, &word, part);
	}
}

static int failed(const struct test *test, const struct step *step, int error)
{
	return udmabufctl_fail("buffer '%s': %s: %s", test->name, step->name, strerror(-error));
}

/* What was brought into the own window, against what should have been there. */
static int compare(const struct test *test, const struct step *step, uint64_t offset, size_t size)
{
	size_t i;

	fill(test->expected, offset, size, step->round);
	if (!memcmp(test->own, test->expected, size))
		return EXIT_OK;
	for (i = 0; test->own[i] == test->expected[i];)
		i++;
	return udmabufctl_fail("buffer '%s': %s: byte %" PRIu64 " is 0x%02x, expected 0x%02x",
			       test->name, step->name, offset + i, test->own[i],
			       test->expected[i]);
}

static int write_window(const struct test *test, const struct step *step, uint64_t offset,
			size_t size, double *took)
{
	ssize_t written;
	double start;

	fill(test->own, offset, size, step->round);
	start = seconds_now();
	written = pwrite(test->fd, test->own, size, offset);
	*took += seconds_now() - start;
	if ((size_t)written == size)
		return EXIT_OK;
	return failed(test, step, written < 0 ? -errno : -EIO);
}

static int read_window(const struct test *test, const struct step *step, uint64_t offset,
		       size_t size, double *took)
{
	ssize_t length;
	double start;

	memset(test->own, 0, size);
	start = seconds_now();
	length = pread(test->fd, test->own, size, offset);
	*took += seconds_now() - start;
	if ((size_t)length != size)
		return failed(test, step, length < 0 ? -errno : -EIO);
	return compare(test, step, offset, size);
}

static int map_window(const struct test *test, const struct step *step, uint64_t offset,
		      size_t size, void **ret_bytes)
{
	int r = udmabuf_map(test->fd, offset, size, PROT_READ | PROT_WRITE, ret_bytes);

	return r < 0 ? failed(test, step, r) : EXIT_OK;
}

static int store_window(const struct test *test, const struct step *step, uint64_t offset,
			size_t size, double *took)
{
	double start;
	void *bytes;

	fill(test->own, offset, size, step->round);
	start = seconds_now();
	if (map_window(test, step, offset, size, &bytes) != EXIT_OK)
		return EXIT_FAILED;
	memcpy(bytes, test->own, size);
	udmabuf_unmap(bytes, size);
	*took += seconds_now() - start;
	return EXIT_OK;
}

static int load_window(const struct test *test, const struct step *step, uint64_t offset,
		       size_t size, double *took)
{
	double start = seconds_now();
	void *bytes;

	if (map_window(test, step, offset, size, &bytes) != EXIT_OK)
		return EXIT_FAILED;
	memcpy(test->own, bytes, size);
	udmabuf_unmap(bytes, size);
	*took += seconds_now() - start;
	return compare(test, step, offset, size);
}

/* Both directions: what the CPU wrote survives. */
static int sync_window(const struct test *test, const struct step *step, uint64_t offset,
		       size_t size, double *took)
{
	const double start = seconds_now();
	int r;

	r = udmabuf_sync(test->fd, UDMABUF_OWNER_DEVICE, offset, size, UDMABUF_BIDIRECTIONAL);
	if (!r)
		r = udmabuf_sync(test->fd, UDMABUF_OWNER_CPU, offset, size, UDMABUF_BIDIRECTIONAL);
	*took += seconds_now() - start;
	return r < 0 ? failed(test, step, r) : EXIT_OK;
}

static int run_step(const struct test *test, const struct step *step)
{
	double took = 0;
	uint64_t offset;
	int status;

	for (offset = 0; offset < test->size; offset += WINDOW) {
		const uint64_t left = test->size - offset;

		status = step->run(test, step, offset, left < WINDOW ? left : WINDOW, &took);
		if (status != EXIT_OK)
			return status;
	}
	printf("ok  %-28s %10.3f ms %10.1f MiB/s\n", step->name, took * 1e3,
	       took > 0 ? test->size / took / (1 << 20) : 0);
	return EXIT_OK;
}

static int run_steps(const struct test *test)
{
	static const struct step steps[] = {
		{ "write", write_window, 1 },
		{ "read", read_window, 1 },
		{ "map and load", load_window, 1 },
		{ "map and store", store_window, 2 },
		{ "sync for device and for CPU", sync_window, 2 },
		{ "map and load after the sync", load_window, 2 },
		{ "read what was stored", read_window, 2 },
	};
	int status = EXIT_OK;
	size_t i;

	for (i = 0; status == EXIT_OK && i < sizeof(steps) / sizeof(steps[0]); i++)
		status = run_step(test, &steps[i]);
	return status;
}

static int test_buffer(const struct udmabuf_info *info, int fd)
{
	const size_t window = info->size < WINDOW ? info->size : WINDOW;
	struct test test = { .name = info->name, .size = info->size, .fd = fd };
	char size[UDMABUF_SIZE_TEXT];
	int status;

	udmabuf_format_size(info->size, size);
	printf("Overwriting all %s of '%s' (%s); what was in it does not come back.\n", size,
	       info->name, udmabuf_mapping_text(info));
	fflush(stdout);
	test.own = malloc(window);
	test.expected = malloc(window);
	status = test.own && test.expected ? run_steps(&test) :
					     udmabufctl_fail("%s", strerror(ENOMEM));
	free(test.expected);
	free(test.own);
	return status;
}

/* Asked with the buffer open, so that who comes before us is seen, and we are one of its users. */
static int test_unless_in_use(const char *name, int fd, bool may_be_in_use)
{
	struct udmabuf_info info;
	int r = udmabuf_lookup(name, &info);

	if (r < 0)
		return udmabufctl_explain(name, r);
	if (info.users > 1 && !may_be_in_use)
		return udmabufctl_fail("buffer '%s' is in use (users: %u), and a test overwrites "
				       "it: 'udmabufctl show %s' says by whom, --in-use does it "
				       "all the same", name, info.users - 1, name);
	return test_buffer(&info, fd);
}

int udmabufctl_test(int argc, char **argv)
{
	bool may_be_in_use;
	int status;
	int fd;

	if (!udmabufctl_has_words_and(argc, argv, "in-use", &may_be_in_use, 1, 1,
				      "one NAME after 'test'"))
		return EXIT_USAGE;
	fd = udmabuf_open(argv[optind], O_RDWR);
	if (fd < 0)
		return udmabufctl_explain(argv[optind], fd);
	status = test_unless_in_use(argv[optind], fd, may_be_in_use);
	close(fd);
	return status;
}
