/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests ask the kernel directly: page-table entries, references to pages, and
 * what a driver sees that imports a dma-buf. One open file of /dev/udmabuf-proof has at
 * most one page held, one dma-buf imported and one overlay in the device tree.
 */
#ifndef UDMABUF_PROOF_H
#define UDMABUF_PROOF_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Kinds of caching; on some architectures one entry is of several kinds. */
#define PROOF_CACHED		1
#define PROOF_UNCACHED		2
#define PROOF_COMBINING		4
#define PROOF_COHERENT		8

#define PROOF_WRITABLE		1
#define PROOF_EXECUTABLE	2
#define PROOF_SPECIAL		4	/* out of the reach of pins */
#define PROOF_DIRTY		8

struct proof_page {
	/* in: of the calling process, where something is mapped; 0: linear_caching of the frame alone */
	__aligned_u64 address;
	__aligned_u64 entry;
	__aligned_u64 frame;	/* in too, then */
	__u32 caching;
	__u32 linear_caching;	/* of the kernel's own mapping; x86 only, else as caching */
	__u32 flags;
	__u32 count;		/* references to the page */
	__u32 order;		/* of the entry: 0 one page, more a huge one */
	__u32 node;		/* of the page */
};

struct proof_import {
	__s32 fd;		/* in */
	__u32 direction;	/* in: enum dma_data_direction */
	__aligned_u64 size;	/* of all pieces */
	__aligned_u64 frame;	/* of the first */
	__u32 pieces;
	__u32 reserved;
};

enum proof_way {
	PROOF_BY_PAGE,		/* as a device would */
	PROOF_BY_VMAP,		/* by the kernel's mapping */
	PROOF_BY_OPERATION,	/* the same, which may fail: dma_buf_vmap() would warn of that */
};

struct proof_copy {
	__aligned_u64 offset;	/* in what is imported */
	__aligned_u64 size;
	__aligned_u64 memory;	/* of the calling process */
	__u32 is_write;
	__u32 way;		/* enum proof_way */
};

#define PROOF_CALLS_MAX		256

/* One call of the DMA API to a machine's cache maintenance. */
struct proof_call {
	__aligned_u64 physical;
	__aligned_u64 size;
	__u32 direction;
	__u32 is_for_cpu;
};

struct proof_calls {
	__aligned_u64 count;	/* the first PROOF_CALLS_MAX are told */
	struct proof_call call[PROOF_CALLS_MAX];
};

/* A flattened device tree in the memory of the calling process. */
struct proof_overlay {
	__aligned_u64 tree;
	__aligned_u64 size;
};

/* A PCI device by its address, as if it had been plugged in from outside, or as it was. */
struct proof_trust {
	char device[32];
	__u32 is_untrusted;
};

#define PROOF_PAGE		_IOWR('P', 1, struct proof_page)
#define PROOF_HOLD		_IOW('P', 2, __u64)	/* the page at this address */
#define PROOF_DROP		_IO('P', 3)
#define PROOF_IMPORT		_IOWR('P', 4, struct proof_import)
#define PROOF_COPY		_IOW('P', 5, struct proof_copy)
#define PROOF_CPU_ACCESS	_IOW('P', 6, __u32)	/* a direction, begin and end */
#define PROOF_LET_GO		_IO('P', 7)
/* Leaves little but single pages free, by pages that can't move; until the file is closed. */
#define PROOF_FRAGMENT		_IO('P', 8)
/* What the calling process does to the caches from now on; and since then or the last time asked. */
#define PROOF_WATCH_CALLS	_IO('P', 9)
#define PROOF_GET_CALLS		_IOR('P', 10, struct proof_calls)
#define PROOF_OVERLAY		_IOW('P', 11, struct proof_overlay)
#define PROOF_REMOVE_OVERLAY	_IO('P', 12)
#define PROOF_TRUST		_IOW('P', 13, struct proof_trust)

#endif
