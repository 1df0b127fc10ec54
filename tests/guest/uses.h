/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways in which a program uses a buffer, for tests of what happens when it is taken away.
 * A claim has at most one of them at a time. Functions fail the claim when something does not
 * do as it should, and skip it where the kernel lacks what the use needs.
 */
#ifndef USES_H
#define USES_H

#include <stddef.h>
#include <stdint.h>

#define USE_SIZE_MAX (9 << 20)
#define USE_SIZE use_size()
#define USE_SEED 1

/* Of the buffer: as use_buffer() was told, else less on the kernel that looks at every page. */
size_t use_size(void);
/* What is used, before anything else; without it the buffer "a". */
void use_buffer(const char *name, size_t size);
const char *use_name(void);

/*
 * All begin with the buffer use_name() of USE_SIZE bytes, made with @options and filled with
 * USE_SEED's words; none changes them.
 */
struct use {
	const char *options;
	void (*begin)(void);
	void (*expect_alive)(void);
	void (*expect_dead)(void);	/* of pins: that they hold what they held */
	void (*end)(void);
};

/* uses.c: what holds a buffer and rests */
extern const struct use an_open_descriptor;
extern const struct use a_cached_mapping;
extern const struct use an_uncached_mapping;
extern const struct use a_write_combining_mapping;
extern const struct use a_mapping_by_frame;
extern const struct use a_forked_mapping;
extern const struct use a_mapping_of_a_second_node;
extern const struct use an_exported_dma_buf;
extern const struct use a_mapped_dma_buf;
extern const struct use a_dma_buf_in_vgem;

/* pins.c: pages that are held when all is closed and unmapped */
extern const struct use pages_in_a_pipe;
extern const struct use pages_in_io_uring;

/* Lets io_uring fill the pages of the latter, in the midst of that use, from a file of words. */
void fill_registered(uint64_t seed);

/* flights.c: what is going on at that moment in another thread, or in the device */
extern const struct use reads_in_a_thread;
extern const struct use writes_in_a_thread;
extern const struct use syncs_in_a_thread;
extern const struct use ioctls_in_a_thread;
extern const struct use faults_in_a_thread;
extern const struct use a_read_that_waits_for_its_memory;
extern const struct use a_write_that_waits_for_its_memory;
extern const struct use a_batch_that_waits_for_its_ranges;
extern const struct use an_export_that_waits_for_its_argument;
extern const struct use transfers_of_the_device;

/* Notes every call on the descriptor that does not answer ENODEV. */
void note_dead_descriptor(int fd);
/* Fails the claim unless every page raises SIGBUS, read or written. */
void expect_dead_mapping(volatile char *memory);
/*
 * Of buffers "a" made with @options, whose memory must be @memory: a delete by force makes
 * both ends of a mapping in each mmap mode raise SIGBUS.
 */
void note_revocation_in_every_mode(const char *options, const char *memory);
/* pins.c: fails the claim if anything can pin the page there. */
void expect_no_pins(char *there);

/* Opens a new node of the buffer, made by mknod. */
#define SECOND_NODE "/tmp/second"

int open_second_node(const char *name);
/* Puts whole pages into a new pipe, which then holds them. */
void put_into_pipe(void *pages, size_t length, int ret_ends[2]);

#endif
