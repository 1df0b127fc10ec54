// SPDX-License-Identifier: GPL-2.0
/*
 * The strategy scattered: behind an IOMMU that translates, pieces of any size that
 * are one run of addresses for the device.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "memory.h"

static bool scattered_suits(const struct udmabuf_memory_request *request)
{
	return request->region == UDMABUF_REGION_NONE && udmabuf_may_scatter(request->dma_dev);
}

/* Big pieces where they are at hand; no effort is made but for single pages. */
static int alloc_pieces(struct udmabuf_memory *memory)
{
	gfp_t flags = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN;
	unsigned int order = UDMABUF_MAX_ORDER;
	unsigned long done = 0;

	/* Or the next who needs a page would have a process killed for it. CMA is not for us. */
	if (si_mem_available() - (long)global_zone_page_state(NR_FREE_CMA_PAGES) <
	    (long)memory->npages)
		return -ENOMEM;
	while (done < memory->npages && !fatal_signal_pending(current)) {
		struct page *first;
		unsigned long i;

		order = min_t(unsigned int, order, ilog2(memory->npages - done));
		first = alloc_pages_node(dev_to_node(memory->dma_dev), flags |
					 (order ? __GFP_NORETRY : __GFP_RETRY_MAYFAIL), order);
		if (!first && !order--)
			break;
		if (!first)
			continue;
		split_page(first, order);
		for (i = 0; i < 1UL << order; i++)
			memory->pages[done++] = first + i;
		cond_resched();
	}
	if (done == memory->npages)
		return 0;
	while (done--)
		__free_page(memory->pages[done]);
	return -ENOMEM;
}

static bool is_one_run(struct sg_table *table)
{
	dma_addr_t next = sg_dma_address(table->sgl);
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_dma_sg(table, sg, i) {
		if (sg_dma_address(sg) != next)
			return false;
		next += sg_dma_len(sg);
	}
	return true;
}

static void unmap_scattered(struct udmabuf_memory *memory)
{
	dma_unmap_sgtable(memory->dma_dev, &memory->table, DMA_BIDIRECTIONAL,
			  DMA_ATTR_SKIP_CPU_SYNC);
}

static void free_scattered(struct udmabuf_memory *memory)
{
	sg_free_table(&memory->table);
	udmabuf_memory_free_pages(memory);
}

static int map_scattered(struct udmabuf_memory *memory, u64 mask)
{
	struct sg_table *table = &memory->table;
	int err;

	memory->piece_max = udmabuf_piece_max(memory->dma_dev);
	err = udmabuf_pages_to_table(table, memory->pages, memory->npages, memory->piece_max);
	if (err)
		return err;
	err = dma_map_sgtable(memory->dma_dev, table, DMA_BIDIRECTIONAL,
			      DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN);
	if (err)
		goto free_table;
	memory->dma_addr = sg_dma_address(table->sgl);
	if (!is_one_run(table) || memory->dma_addr + memory->size - 1 > mask)
		goto unmap;
	udmabuf_memory_begin_sync(memory);
	return 0;

unmap:
	unmap_scattered(memory);
free_table:
	sg_free_table(table);
	return -ERANGE;
}

static int create_scattered(struct udmabuf_memory *memory,
			    const struct udmabuf_memory_request *request)
{
	int err = alloc_pieces(memory);

	if (err)
		return err;
	err = map_scattered(memory, request->mask);
	if (err)
		udmabuf_memory_free_pages(memory);
	return err;
}

const struct udmabuf_memory_ops udmabuf_scattered = {
	.name = "scattered",
	.suits = scattered_suits,
	.create = create_scattered,
	.unmap = unmap_scattered,
	.free = free_scattered,
};
