// SPDX-License-Identifier: GPL-2.0
/*
 * The strategy cma: the contiguous memory allocator, from a region of the device
 * tree's or from the kernel's default area.
 *
 * What comes from there goes back whole, or the area loses it. And whoever pins such a
 * page for long is made to move it first, which fails for ever for a page in use: so
 * these are mapped by frame, out of the reach of pins.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>

#include "memory.h"

static bool cma_suits(const struct udmabuf_memory_request *request)
{
	return IS_ENABLED(CONFIG_DMA_CMA) && (request->region == UDMABUF_REGION_CMA ||
					      request->region == UDMABUF_REGION_NONE);
}

/* Ours is the device that has the region, and lives as long as the pages. */
static void free_cma(struct udmabuf_memory *memory)
{
	dma_free_pages(memory->cma_dev, memory->size, memory->pages[0], memory->cma_addr,
		       DMA_BIDIRECTIONAL);
}

/*
 * Where the area is full the DMA API turns to the page allocator, whose block of pages
 * has one count, where each page of an area has its own.
 */
static bool is_of_area(const struct udmabuf_memory *memory,
		       const struct udmabuf_memory_request *request)
{
	phys_addr_t base = page_to_phys(memory->pages[0]);

	if (request->region == UDMABUF_REGION_NONE)
		return memory->npages > 1 && page_count(memory->pages[1]);
	return base >= request->region_base &&
	       base + memory->size <= request->region_base + request->region_size;
}

static int alloc_cma(struct udmabuf_memory *memory, const struct udmabuf_memory_request *request)
{
	bool is_anywhere = request->region == UDMABUF_REGION_CMA ||
			   udmabuf_is_translated(request->dma_dev);
	struct page *first;
	unsigned long i;

	/*
	 * A region is where it is, and whether the device reaches it is seen when it is mapped,
	 * by the device's addresses. Of the kernel's areas the mask chooses one.
	 */
	if (dma_set_coherent_mask(request->own_dev,
				  is_anywhere ? DMA_BIT_MASK(64) : request->mask))
		return -ERANGE;
	first = dma_alloc_pages(request->own_dev, memory->size, &memory->cma_addr,
				DMA_BIDIRECTIONAL, GFP_KERNEL | __GFP_NOWARN);
	if (!first)
		return -ENOMEM;
	for (i = 0; i < memory->npages; i++)
		memory->pages[i] = first + i;
	memory->cma_dev = request->own_dev;
	memory->vaddr = page_address(first);
	return 0;
}

static int create_cma(struct udmabuf_memory *memory, const struct udmabuf_memory_request *request)
{
	int err = alloc_cma(memory, request);

	if (err)
		return err;
	err = is_of_area(memory, request) ? udmabuf_memory_map_contiguous(memory, request->mask) :
					    -ENOMEM;
	if (err)
		free_cma(memory);
	return err;
}

const struct udmabuf_memory_ops udmabuf_cma = {
	.name = "cma",
	.suits = cma_suits,
	.create = create_cma,
	.unmap = udmabuf_memory_unmap_contiguous,
	.free = free_cma,
};
