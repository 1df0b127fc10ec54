/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the bytes of a buffer come from, and their mapping for a device.
 *
 * Pages and mapping are two things with two lifetimes: the mapping ends before the
 * device may go (udmabuf_memory_unmap), the pages when nobody holds the buffer any
 * more (udmabuf_memory_free), and a page that is still pinned then lives on until
 * its last holder lets go.
 */
#ifndef UDMABUF_MEMORY_H
#define UDMABUF_MEMORY_H

#include <linux/dma-direction.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

struct device;
struct device_node;
struct iommu_domain;
struct iov_iter;
struct page;
struct udmabuf_error;
struct udmabuf_memory;

enum udmabuf_region {
	UDMABUF_REGION_NONE,
	UDMABUF_REGION_POOL,	/* no-map */
	UDMABUF_REGION_CMA,	/* reusable */
};

struct udmabuf_memory_request {
	struct device *dma_dev;	/* the device that the memory is mapped for */
	struct device *own_dev;	/* the buffer's, which has the region and outlives the memory */
	enum udmabuf_region region;
	phys_addr_t region_base;
	phys_addr_t region_size;
	u64 size;		/* bytes wanted, not 0 */
	u64 mask;		/* highest DMA address wanted */
};

/*
 * One strategy. All its memory is zeroed, and the zeros are in memory, when create
 * returns 0; else it leaves nothing behind: -ENOMEM where there was no such memory,
 * -ERANGE where there was, but out of the device's reach, -EXDEV where it would be
 * reached through a bounce buffer only, which is so for all memory.
 */
struct udmabuf_memory_ops {
	const char *name;	/* the attribute "memory" */
	bool (*suits)(const struct udmabuf_memory_request *request);
	int (*create)(struct udmabuf_memory *memory, const struct udmabuf_memory_request *request);
	void (*unmap)(struct udmabuf_memory *memory);
	void (*free)(struct udmabuf_memory *memory);
};

struct udmabuf_memory {
	const struct udmabuf_memory_ops *ops;	/* NULL: no memory yet */
	struct device *dma_dev;
	struct page **pages;	/* each with its own count; NULL: a pool has none */
	unsigned long npages;
	struct device *cma_dev;	/* what cma came from; NULL: other memory */
	dma_addr_t cma_addr;	/* where it is for that one */
	void *vaddr;		/* of a pool and of cma */
	unsigned long first_pfn;	/* of a pool */
	struct sg_table table;	/* of scattered, while it is mapped */
	size_t piece_max;	/* of scattered: as udmabuf_pages_to_table; 0: all is one piece */
	size_t size;		/* whole pages */
	dma_addr_t dma_addr;
	struct iommu_domain *domain;	/* in which it is mapped; NULL: no IOMMU; only to compare */
	unsigned long pinned;	/* index of the page that was pinned when that was asked last */
	bool is_coherent;
	bool needs_sync;	/* dma_sync_* has something to do, and may be called */
};

/**
 * udmabuf_memory_create() - take memory and map it, by the first strategy that can
 * @memory:	all zero bytes; so again on failure
 * @request:	what is wanted
 * @error:	why not, and what would help
 *
 * Return: 0 or -ENOMEM.
 */
int udmabuf_memory_create(struct udmabuf_memory *memory,
			  const struct udmabuf_memory_request *request,
			  struct udmabuf_error *error);
/* After this no sync. Both are harmless on memory that was never created. */
void udmabuf_memory_unmap(struct udmabuf_memory *memory);
void udmabuf_memory_free(struct udmabuf_memory *memory);

/*
 * True where no page may get into the hands of others: there are none, or they must go
 * back together.
 */
static inline bool udmabuf_memory_is_closed(const struct udmabuf_memory *memory)
{
	return !memory->pages || memory->cma_dev;
}

/**
 * udmabuf_memory_is_pinned() - does anybody but the buffer count on a page?
 * @memory:	mapped by nobody at the moment, or the answer is yes
 */
bool udmabuf_memory_is_pinned(struct udmabuf_memory *memory);

/*
 * Only where needs_sync is set. The range is not empty and lies within the memory,
 * which is mapped for its device.
 */
void udmabuf_memory_sync_for_cpu(const struct udmabuf_memory *memory, u64 offset, u64 size,
				 enum dma_data_direction direction);
void udmabuf_memory_sync_for_device(const struct udmabuf_memory *memory, u64 offset, u64 size,
				    enum dma_data_direction direction);

/* The range lies within the memory. Return how much was copied. */
size_t udmabuf_memory_copy_to_iter(const struct udmabuf_memory *memory, u64 offset, size_t size,
				   struct iov_iter *to);
size_t udmabuf_memory_copy_from_iter(const struct udmabuf_memory *memory, u64 offset, size_t size,
				     struct iov_iter *from);

/**
 * udmabuf_memory_flush() - write a range back and invalidate it, if its device is coherent
 * @memory:	in which the range lies; of a pool nothing is in a cache
 * @offset:	in bytes
 * @size:	in bytes, may be 0
 * @bystander:	a device that nobody declared coherent: it stands in for one that is,
 *		for which the DMA API would do nothing
 *
 * Such a device sees the caches, but a mapping that goes past them does not, and a line
 * that stays there hides from the device what is written through that mapping.
 */
void udmabuf_memory_flush(const struct udmabuf_memory *memory, u64 offset, u64 size,
			  struct device *bystander);
/* All of it, before a mapping that goes past the caches, whatever its device. */
void udmabuf_memory_write_back(const struct udmabuf_memory *memory, struct device *bystander);

unsigned long udmabuf_memory_pfn(const struct udmabuf_memory *memory, unsigned long index);

/* For the strategies: what those share whose pages lie in one piece. */

/* True if the device reaches all of this memory, at addresses in one run. */
bool udmabuf_memory_reaches(struct device *dev, phys_addr_t first, u64 size, u64 mask);
/* Maps it for its device: or -ERANGE, -EXDEV as above. */
int udmabuf_memory_map_contiguous(struct udmabuf_memory *memory, u64 mask);
void udmabuf_memory_unmap_contiguous(struct udmabuf_memory *memory);
void udmabuf_memory_free_pages(struct udmabuf_memory *memory);

/* Of memory that was mapped with DMA_ATTR_SKIP_CPU_SYNC: the zeros go to memory. */
void udmabuf_memory_begin_sync(struct udmabuf_memory *memory);

/* The most bytes that a device takes as one entry, a power of two of whole pages. */
size_t udmabuf_piece_max(struct device *dev);

/**
 * udmabuf_pages_to_table() - describe pages for the DMA API
 * @table:	to fill; the caller frees it with sg_free_table()
 * @pages:	in the order of the buffer
 * @count:	of them
 * @piece_max:	bytes that an entry may have, a power of two of whole pages: entries are
 *		cut at multiples of it and where the next page lies elsewhere
 *
 * Return: 0 or -ENOMEM.
 */
int udmabuf_pages_to_table(struct sg_table *table, struct page **pages, unsigned long count,
			   size_t piece_max);

extern const struct udmabuf_memory_ops udmabuf_cma;		/* cma.c */
extern const struct udmabuf_memory_ops udmabuf_contig;		/* contig.c */
extern const struct udmabuf_memory_ops udmabuf_pool;		/* pool.c */
extern const struct udmabuf_memory_ops udmabuf_scattered;	/* scattered.c */

/**
 * udmabuf_region_attach() - let memory come from a node's memory-region
 * @node:	that may have one
 * @request:	its own_dev takes it, and its region is set, if the node has one
 * @error:	why not
 *
 * Return: 0, -EINVAL (a mistake in the tree), or what the kernel says.
 */
int udmabuf_region_attach(struct device_node *node, struct udmabuf_memory_request *request,
			  struct udmabuf_error *error);
/* Harmless where nothing is attached. */
void udmabuf_region_detach(struct device *dev);

/* True where an IOMMU stands between the device and memory. */
bool udmabuf_is_translated(struct device *dev);
/* True where pages from anywhere can be one run of addresses for the device. */
bool udmabuf_may_scatter(struct device *dev);
/* True where somebody else fills the tables of that IOMMU: VFIO, for it or for a neighbour. */
bool udmabuf_is_out_of_reach(struct device *dev);

#endif
