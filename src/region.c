// SPDX-License-Identifier: GPL-2.0
/*
 * memory-region: what a node of the device tree keeps for its buffer. The kernel sets
 * regions up at boot, and says little of one that it can't; here is said which
 * mistake it is.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/highmem.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_device.h>
#include <linux/of_reserved_mem.h>

#include "compat.h"
#include "memory.h"
#include "spec.h"

static bool is_overlapped(struct device_node *region)
{
	struct device_node *parent = of_get_parent(region);
	struct resource mine, other;
	struct device_node *node;
	bool is_so = false;

	if (!of_address_to_resource(region, 0, &mine))
		for_each_available_child_of_node(parent, node)
			is_so |= node != region && !of_address_to_resource(node, 0, &other) &&
				 resource_overlaps(&mine, &other);
	of_node_put(parent);
	return is_so;
}

static bool is_misaligned(const struct reserved_mem *mem)
{
	return !IS_ALIGNED(mem->base | mem->size, UDMABUF_CMA_ALIGNMENT);
}

static bool has_odd_reg(struct device_node *region)
{
	int cells = of_property_count_u32_elems(region, "reg");

	return of_find_property(region, "reg", NULL) &&
	       (cells < 1 || cells % (of_n_addr_cells(region) + of_n_size_cells(region)));
}

/* Why the kernel did not set the region up, or did so in a way that won't do; or NULL. */
static const char *mistake_in(struct device_node *region, const struct reserved_mem *mem,
			      bool is_cma)
{
	if (!of_device_is_compatible(region, "shared-dma-pool"))
		return "is no shared-dma-pool";
	if (!of_device_is_available(region))
		return "is disabled";
	if (has_odd_reg(region))
		return "has a reg whose number of cells is wrong";
	if (!is_cma && !of_property_read_bool(region, "no-map"))
		return "is neither reusable nor no-map";
	if (is_overlapped(region))
		return "overlaps another reserved region";
	if (!mem && of_node_check_flag(region, OF_OVERLAY))
		return "came in an overlay, and memory is reserved at boot only";
	/* A kernel before 6.12 lists one for which it found no room. */
	if (!mem || !mem->size)
		return "was not reserved, and the kernel's log of the boot says why";
	if (!is_cma && !PAGE_ALIGNED(mem->base))
		return "does not begin with a page";
	if (is_cma && !IS_ENABLED(CONFIG_DMA_CMA))
		return "is reusable, and this kernel has no CMA";
	if (is_cma && is_misaligned(mem))
		return "is not aligned, base and size, as CMA needs it";
	if (is_cma && PageHighMem(pfn_to_page(PHYS_PFN(mem->base + mem->size - 1))))
		return "is reusable and in high memory: a lower one will do";
	return NULL;
}

static int attach(struct device *dev, struct device_node *node, bool is_cma)
{
	int err = 0;

	/*
	 * A pool is mapped by the device that holds it. The search for dma-ranges starts
	 * at the parent of this node.
	 */
	if (!is_cma) {
		dev->of_node = node;
		err = of_dma_configure(dev, node, true);
		dev->of_node = NULL;
	}
	return err ?: of_reserved_mem_device_init_by_idx(dev, node, 0);
}

int udmabuf_region_attach(struct device_node *node, struct udmabuf_memory_request *request,
			  struct udmabuf_error *error)
{
	struct device_node *region;
	struct reserved_mem *mem;
	const char *mistake;
	bool is_cma;
	int err = 0;

	if (!of_find_property(node, "memory-region", NULL))
		return 0;
	if (of_property_count_u32_elems(node, "memory-region") != 1)
		return udmabuf_fail(error, -EINVAL, "memory-region: not one phandle");
	region = of_parse_phandle(node, "memory-region", 0);
	if (!region)
		return udmabuf_fail(error, -EINVAL, "memory-region: it names no node");

	is_cma = of_property_read_bool(region, "reusable");
	mem = of_reserved_mem_lookup(region);
	mistake = mistake_in(region, mem, is_cma);
	/* The address of a pool is physical. */
	if (!mistake && !is_cma && udmabuf_is_translated(request->dma_dev))
		mistake = "is no-map, and its device is behind an IOMMU: a reusable one will do";
	if (mistake)
		err = udmabuf_fail(error, -EINVAL, "memory-region: %pOF %s", region, mistake);
	of_node_put(region);
	if (err)
		return err;
	err = attach(request->own_dev, node, is_cma);
	if (err)
		return udmabuf_fail(error, err, "memory-region: the kernel refuses it (%pe)",
				    ERR_PTR(err));
	request->region = is_cma ? UDMABUF_REGION_CMA : UDMABUF_REGION_POOL;
	request->region_base = mem->base;
	request->region_size = mem->size;
	return 0;
}

void udmabuf_region_detach(struct device *dev)
{
	of_reserved_mem_device_release(dev);
}
