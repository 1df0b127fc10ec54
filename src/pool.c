// SPDX-License-Identifier: GPL-2.0
/*
 * The strategy pool: memory that the device tree keeps for one device, unknown to the
 * page allocator. It has no pages, and the kernel's mapping of it goes past the
 * caches, so every other mapping must too.
 */
#include <linux/device.h>
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/of.h>
#include <linux/of_device.h>
#include <linux/of_reserved_mem.h>

#include "memory.h"
#include "spec.h"

int udmabuf_pool_attach(struct device *dev, struct device_node *node,
			struct udmabuf_memory_request *request, struct udmabuf_error *error)
{
	struct reserved_mem *pool;
	struct device_node *region;
	bool is_no_map;
	int err;

	if (!of_find_property(node, "memory-region", NULL))
		return 0;
	region = of_parse_phandle(node, "memory-region", 0);
	if (!region)
		return udmabuf_fail(error, -EINVAL, "memory-region: it names no node");
	is_no_map = of_property_read_bool(region, "no-map");
	pool = of_reserved_mem_lookup(region);
	of_node_put(region);
	if (!is_no_map)
		return udmabuf_fail(error, -EINVAL,
				    "memory-region: it is not no-map, and this version takes no other");

	/* The search for dma-ranges starts at the parent of this node. */
	dev->of_node = node;
	err = of_dma_configure(dev, node, true);
	dev->of_node = NULL;
	if (!err)
		err = pool ? of_reserved_mem_device_init_by_idx(dev, node, 0) : -ENODEV;
	if (err)
		return udmabuf_fail(error, err,
				    "memory-region: not reserved by the kernel, whose log says why (%pe)",
				    ERR_PTR(err));
	request->pool = dev;
	request->pool_base = pool->base;
	return 0;
}

void udmabuf_pool_detach(struct device *dev)
{
	of_reserved_mem_device_release(dev);
}

static bool pool_suits(const struct udmabuf_memory_request *request)
{
	return request->pool;
}

static void free_pool(struct udmabuf_memory *memory)
{
	dma_free_coherent(memory->dma_dev, memory->size, memory->vaddr, memory->dma_addr);
}

static int create_pool(struct udmabuf_memory *memory,
		       const struct udmabuf_memory_request *request)
{
	memory->dma_dev = request->pool;
	memory->vaddr = dma_alloc_coherent(memory->dma_dev, memory->size, &memory->dma_addr,
					   GFP_KERNEL | __GFP_NOWARN);
	if (!memory->vaddr)
		return -ENOMEM;
	if (memory->dma_addr + memory->size - 1 > request->mask) {
		free_pool(memory);
		return -ERANGE;
	}
	memory->first_pfn = PHYS_PFN(request->pool_base + memory->dma_addr -
				     phys_to_dma(memory->dma_dev, request->pool_base));
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
