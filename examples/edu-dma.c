// SPDX-License-Identifier: GPL-2.0-only
/*
 * edu-dma: a complete driver for a DMA device, in user space.
 *
 * The device is QEMU's educational PCI device (1234:11e8). It copies up to 4 KiB between the
 * machine's memory and a buffer of its own. Start QEMU with -device edu,dma_mask=0xffffffff
 * (by default it reaches the first 256 MiB only), and make a buffer for it, in
 * /etc/u-dma-buf.conf or so:
 *
 *	udmabufctl create edu0 64K --device=pci/0000:00:04.0
 *	edu-dma edu0
 *
 * The first half of the buffer is filled with random data, the device fetches it and writes
 * it back into the second half, and the two are compared. What every such driver does is all
 * here: find the device from the buffer, map its registers, map the buffer, hand memory to
 * the device and back, give the device the DMA address, and wait.
 */
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../lib/udmabuf.h"

/* Registers, as offsets into BAR 0: 32 bits wide below 0x80, 64 bits from there on. */
#define EDU_BAR_SIZE		0x100000
#define EDU_IDENTITY		0x00	/* version in the upper half, 0x00ed in the lower */
#define EDU_INVERT		0x04	/* reads as the complement of what was written */
#define EDU_DMA_SOURCE		0x80
#define EDU_DMA_DESTINATION	0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_COMMAND		0x98
#define   EDU_DMA_START		1	/* reads as 1 until the transfer is done */
#define   EDU_DMA_TO_RAM	2

#define EDU_MEMORY		0x40000	/* the device's own buffer, as a DMA address */
#define EDU_LONGEST		4095	/* QEMU before 8 aborts when the last byte is touched */

/* The configuration space, in words of 16 bits. */
#define PCI_VENDOR		0
#define PCI_DEVICE		2
#define PCI_COMMAND		4
#define PCI_COMMAND_MEMORY	2	/* registers answer */
#define PCI_COMMAND_MASTER	4	/* the device may do DMA */

#define GUARD			16	/* bytes around what is received that must not change */
#define TIMEOUT_SECONDS		20

struct edu {
	char directory[PATH_MAX];	/* in sysfs */
	int config;			/* the configuration space */
	uint16_t command;		/* of PCI, as it was found */
	volatile char *registers;
};

struct buffer {
	struct udmabuf_info info;
	int fd;
	uint8_t *memory;
	uint64_t half;			/* source below, destination from here on */
};

struct transfer {
	uint64_t source;		/* offsets into the buffer */
	uint64_t destination;
	uint64_t length;
};

static int open_file_of(const struct edu *edu, const char *file, int flags)
{
	char path[PATH_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", edu->directory, file);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* EBUSY: a driver is bound (uio_pci_generic, pci-stub), and what it did is good enough. */
static void enable_device(const struct edu *edu, const char *is_on)
{
	int fd = open_file_of(edu, "enable", O_WRONLY);

	if (write(fd, is_on, 1) < 0 && errno != EBUSY)
		err(1, "%s/enable", edu->directory);
	close(fd);
}

static uint16_t read_config(const struct edu *edu, off_t offset)
{
	uint16_t word;

	if (pread(edu->config, &word, sizeof(word), offset) != sizeof(word))
		err(1, "%s/config", edu->directory);
	return le16toh(word);
}

static void write_config(const struct edu *edu, off_t offset, uint16_t word)
{
	word = htole16(word);
	if (pwrite(edu->config, &word, sizeof(word), offset) != sizeof(word))
		err(1, "%s/config", edu->directory);
}

static uint32_t read_register(const struct edu *edu, unsigned int offset)
{
	return le32toh(*(volatile uint32_t *)(edu->registers + offset));
}

static void write_register(const struct edu *edu, unsigned int offset, uint32_t value)
{
	*(volatile uint32_t *)(edu->registers + offset) = htole32(value);
}

static void write_dma_register(const struct edu *edu, unsigned int offset, uint64_t value)
{
	*(volatile uint64_t *)(edu->registers + offset) = htole64(value);
}

static void map_registers(struct edu *edu)
{
	int fd = open_file_of(edu, "resource0", O_RDWR | O_SYNC);
	void *registers = mmap(NULL, EDU_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (registers == MAP_FAILED)
		err(1, "%s/resource0", edu->directory);
	close(fd);
	edu->registers = registers;
}

static void check_identity(const struct edu *edu)
{
	uint32_t identity = read_register(edu, EDU_IDENTITY);

	if ((identity & 0xffff) != 0x00ed)
		errx(1, "%s: identity register reads 0x%08x: this is no edu", edu->directory,
		     identity);
	write_register(edu, EDU_INVERT, 0x12345678);
	if (read_register(edu, EDU_INVERT) != ~0x12345678U)
		errx(1, "%s: the inversion register does not invert", edu->directory);
}

/* The buffer knows which device it was made for: "pci/0000:00:04.0". */
static void open_edu(struct edu *edu, const struct udmabuf_info *info)
{
	const char *address = strchr(info->device, '/');

	if (strncmp(info->device, "pci/", 4))
		errx(1, "buffer %s was made for %s: make it with device = \"pci/<the edu>\"",
		     info->name, *info->device ? info->device : "no device");
	snprintf(edu->directory, sizeof(edu->directory), "/sys/bus/pci/devices%s", address);
	edu->config = open_file_of(edu, "config", O_RDWR);
	if (read_config(edu, PCI_VENDOR) != 0x1234 || read_config(edu, PCI_DEVICE) != 0x11e8)
		errx(1, "%s is no edu (1234:11e8)", info->device);

	enable_device(edu, "1");
	edu->command = read_config(edu, PCI_COMMAND);
	write_config(edu, PCI_COMMAND, edu->command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	map_registers(edu);
	check_identity(edu);
}

static void close_edu(struct edu *edu)
{
	munmap((void *)edu->registers, EDU_BAR_SIZE);
	write_config(edu, PCI_COMMAND, edu->command);
	close(edu->config);
	enable_device(edu, "0");
}

/* An interrupt would do without polling, but needs a kernel driver (uio_pci_generic). */
static void wait_for_edu(const struct edu *edu)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (read_register(edu, EDU_DMA_COMMAND) & EDU_DMA_START) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - start.tv_sec > TIMEOUT_SECONDS)
			errx(1, "the device has not finished a transfer in %d s", TIMEOUT_SECONDS);
		nanosleep(&pause, NULL);
	}
}

static void run_dma(const struct edu *edu, uint64_t from, uint64_t to, uint64_t length,
		    unsigned int direction)
{
	write_dma_register(edu, EDU_DMA_SOURCE, from);
	write_dma_register(edu, EDU_DMA_DESTINATION, to);
	write_dma_register(edu, EDU_DMA_COUNT, length);
	write_dma_register(edu, EDU_DMA_COMMAND, EDU_DMA_START | direction);
	wait_for_edu(edu);
}

static void open_buffer(struct buffer *buffer, const char *name)
{
	void *memory;
	int r;

	r = udmabuf_lookup(name, &buffer->info);
	if (r < 0)
		errx(1, "buffer %s: %s ('udmabufctl list' shows what there is)", name,
		     strerror(-r));
	buffer->half = buffer->info.size / 2 & ~4095ULL;
	if (buffer->half < EDU_LONGEST + 2 * GUARD)
		errx(1, "buffer %s is too small: it needs 16 KiB", name);

	buffer->fd = udmabuf_open(name, O_RDWR);
	if (buffer->fd < 0)
		errx(1, "/dev/%s: %s", name, strerror(-buffer->fd));
	r = udmabuf_map(buffer->fd, 0, buffer->info.size, PROT_READ | PROT_WRITE, &memory);
	if (r < 0)
		errx(1, "/dev/%s can't be mapped: %s", name, strerror(-r));
	buffer->memory = memory;
}

static void close_buffer(struct buffer *buffer)
{
	udmabuf_unmap(buffer->memory, buffer->info.size);
	close(buffer->fd);
}

static void hand_over(const struct buffer *buffer, enum udmabuf_owner owner, uint64_t offset,
		      uint64_t length, enum udmabuf_direction direction)
{
	int r = udmabuf_sync(buffer->fd, owner, offset, length, direction);

	if (r < 0)
		errx(1, "%s: sync of %" PRIu64 " bytes at %" PRIu64 ": %s", buffer->info.name,
		     length, offset, strerror(-r));
}

/*
 * One way out and back. The CPU has written around the place of arrival too, so that range
 * is handed over in both directions; where it only reads there, UDMABUF_FROM_DEVICE is enough.
 */
static void move(const struct edu *edu, const struct buffer *buffer, const struct transfer *t)
{
	uint64_t dma_addr = buffer->info.dma_addr;
	uint64_t arrival = t->destination - GUARD, arrival_length = t->length + 2 * GUARD;

	hand_over(buffer, UDMABUF_OWNER_DEVICE, t->source, t->length, UDMABUF_TO_DEVICE);
	hand_over(buffer, UDMABUF_OWNER_DEVICE, arrival, arrival_length, UDMABUF_BIDIRECTIONAL);

	run_dma(edu, dma_addr + t->source, EDU_MEMORY, t->length, 0);
	run_dma(edu, EDU_MEMORY, dma_addr + t->destination, t->length, EDU_DMA_TO_RAM);

	hand_over(buffer, UDMABUF_OWNER_CPU, t->source, t->length, UDMABUF_TO_DEVICE);
	hand_over(buffer, UDMABUF_OWNER_CPU, arrival, arrival_length, UDMABUF_BIDIRECTIONAL);
}

/*
 * An edu with too small a DMA mask drops the upper bits of an address, and would write into
 * somebody's memory. So the first thing it does is to fetch one byte and put it back: where
 * it can't reach the byte, it puts back what it took from elsewhere, and harms nobody.
 */
static void check_reach(const struct edu *edu, const struct buffer *buffer)
{
	uint64_t last = buffer->info.size - 1;
	uint64_t address = buffer->info.dma_addr + last;
	uint8_t *byte = buffer->memory + last;

	*byte = 0xa5;
	hand_over(buffer, UDMABUF_OWNER_DEVICE, last, 1, UDMABUF_TO_DEVICE);
	run_dma(edu, address, EDU_MEMORY, 1, 0);
	hand_over(buffer, UDMABUF_OWNER_CPU, last, 1, UDMABUF_TO_DEVICE);

	*byte = 0x5a;
	hand_over(buffer, UDMABUF_OWNER_DEVICE, last, 1, UDMABUF_BIDIRECTIONAL);
	run_dma(edu, EDU_MEMORY, address, 1, EDU_DMA_TO_RAM);
	hand_over(buffer, UDMABUF_OWNER_CPU, last, 1, UDMABUF_BIDIRECTIONAL);
	if (*byte != 0xa5)
		errx(1, "the device can't reach DMA address 0x%" PRIx64 ": start QEMU with "
		     "-device edu,dma_mask=0xffffffff", address);
}

static uint64_t random_below(uint64_t limit)
{
	return ((uint64_t)random() << 31 | (uint64_t)random()) % limit;
}

static struct transfer random_transfer(const struct buffer *buffer)
{
	struct transfer t = { .length = 1 + random_below(EDU_LONGEST) };

	t.source = random_below(buffer->half - t.length + 1);
	t.destination = buffer->half + GUARD +
			random_below(buffer->half - t.length - 2 * GUARD + 1);
	return t;
}

/* What arrives must differ everywhere from what was there, or a lazy device would pass. */
static void fill(const struct buffer *buffer, const struct transfer *t)
{
	uint8_t *source = buffer->memory + t->source;
	uint8_t *destination = buffer->memory + t->destination;
	uint64_t i;

	for (i = 0; i < t->length; i++) {
		source[i] = random() >> 8;
		destination[i] = ~source[i];
	}
	memset(destination - GUARD, 0xaa, GUARD);
	memset(destination + t->length, 0xaa, GUARD);
}

static void compare(const struct buffer *buffer, const struct transfer *t, unsigned long round)
{
	const uint8_t *source = buffer->memory + t->source;
	const uint8_t *destination = buffer->memory + t->destination;
	int64_t length = t->length;
	int64_t i;

	for (i = -GUARD; i < length + GUARD; i++) {
		uint8_t expected = i < 0 || i >= length ? 0xaa : source[i];

		if (destination[i] == expected)
			continue;
		errx(1, "round %lu: byte %" PRId64 " of %" PRId64 ", from DMA address 0x%" PRIx64
		     " to 0x%" PRIx64 ": expected 0x%02x, found 0x%02x", round, i, length,
		     buffer->info.dma_addr + t->source + i,
		     buffer->info.dma_addr + t->destination + i, expected, destination[i]);
	}
}

static void run(const char *name, unsigned long rounds, unsigned int seed)
{
	struct buffer buffer;
	struct edu edu;
	uint64_t bytes = 0;
	unsigned long round;

	open_buffer(&buffer, name);
	open_edu(&edu, &buffer.info);
	printf("device   %s, edu version %u.%u\n", buffer.info.device,
	       read_register(&edu, EDU_IDENTITY) >> 24,
	       read_register(&edu, EDU_IDENTITY) >> 16 & 0xff);
	printf("buffer   /dev/%s, %" PRIu64 " bytes, %s, %scoherent\n", name, buffer.info.size,
	       udmabuf_mapping_text(&buffer.info), buffer.info.is_coherent ? "" : "not ");
	printf("fetched  from DMA address 0x%" PRIx64 " on\n", buffer.info.dma_addr);
	printf("written  to DMA address 0x%" PRIx64 " on\n", buffer.info.dma_addr + buffer.half);
	fflush(stdout);

	check_reach(&edu, &buffer);
	srandom(seed);
	for (round = 1; round <= rounds; round++) {
		struct transfer t = random_transfer(&buffer);

		fill(&buffer, &t);
		move(&edu, &buffer, &t);
		compare(&buffer, &t, round);
		bytes += t.length;
	}
	printf("result   %lu rounds, %" PRIu64 " bytes there and back by DMA, all as they were "
	       "(seed %u)\n", rounds, bytes, seed);
	close_edu(&edu);
	close_buffer(&buffer);
}

static unsigned int take_number(const char *option, const char *text)
{
	uint64_t number;

	if (udmabuf_parse_number(text, &number) < 0 || number > UINT_MAX)
		errx(2, "%s '%s' is no number", option, text);
	return number;
}

int main(int argc, char **argv)
{
	static const char usage[] = "Usage: edu-dma BUFFER [--rounds N] [--seed S]";
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	unsigned int rounds = 50, seed = time(NULL);
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			rounds = take_number("--rounds", optarg);
			break;
		case 's':
			seed = take_number("--seed", optarg);
			break;
		case 'h':
			puts(usage);
			return 0;
		default:
			errx(2, "%s", usage);
		}
	}
	if (argc - optind != 1 || !rounds)
		errx(2, "%s", usage);
	run(argv[optind], rounds, seed);
	return 0;
}
