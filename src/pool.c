// SPDX-License-Identifier: GPL-2.0
/*
 * The strategy pool: memory that the device tree keeps for one device, unknown to the
 * page allocator. It has no pages, and the kernel's mapping of it goes past the
 * caches, so every other mapping must too.
 */
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>

#include "memory.h"

static bool pool_suits(const struct udmabuf_memory_request *request)
{
	return request->region == UDMABUF_REGION_POOL;
}

static void free_pool(struct udmabuf_memory *memory)
{
	dma_free_coherent(memory->dma_dev, memory->size, memory->vaddr, memory->dma_addr);
}

static int create_pool(struct udmabuf_memory *memory,
		       const struct udmabuf_memory_request *request)
{
	memory->dma_dev = request->own_dev;
	memory->vaddr = dma_alloc_coherent(memory->dma_dev, memory->size, &memory->dma_addr,
					   GFP_KERNEL | __GFP_NOWARN);
	if (!memory->vaddr)
		return -ENOMEM;
	if (memory->dma_addr + memory->size - 1 > request->mask) {
		free_pool(memory);
		return -ERANGE;
	}
	memory->first_pfn = PHYS_PFN(request->region_base + memory->dma_addr -
				     phys_to_dma(memory->dma_dev, request->region_base));
	return 0;
}

/* A pool is one with its mapping, on a device that outlives every holder. */
static void unmap_pool(struct udmabuf_memory *memory)
{
}

const struct udmabuf_memory_ops udmabuf_pool = {
	.name = "pool",
	.suits = pool_suits,
	.create = create_pool,
	.unmap = unmap_pool,
	.free = free_pool,
};
