// SPDX-License-Identifier: GPL-2.0
/*
 * The strategy contig: runs of memory longer than the page allocator hands out,
 * found by looking at the zones, and cleared for us by the page migration that CMA
 * and huge pages use too.
 */
#include <linux/dma-direct.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>

#include "compat.h"
#include "memory.h"

/*
 * A range that must be cleared costs a migration, in vain where a single page of it
 * can't move. So many of them are tried before the answer is no.
 */
#define CLEARED_TRIES	32

struct search {
	struct udmabuf_memory *memory;
	u64 mask;
	unsigned long step;	/* pages: what ranges are aligned to */
	unsigned int tries;	/* left, of ranges to clear */
	bool must_be_free;
	int err;		/* why the last range that was looked at is not it */
};

/* The zone may have holes, and pages that the kernel keeps for ever. */
static bool is_usable(const struct zone *zone, unsigned long pfn, bool must_be_free)
{
	struct page *page;

	if (!pfn_valid(pfn))
		return false;
	page = pfn_to_page(pfn);
	return page_zone(page) == zone && !PageReserved(page) &&
	       (!must_be_free || (!page_count(page) && !PageSlab(page)));
}

/* The last page of the range that can't be had; its end where all can. */
static unsigned long last_unusable(const struct search *search, const struct zone *zone,
				   unsigned long start, unsigned long end)
{
	unsigned long pfn;

	for (pfn = end; pfn-- > start;) {
		if (!is_usable(zone, pfn, search->must_be_free))
			return pfn;
		if (!(pfn % pageblock_nr_pages))
			cond_resched();
	}
	return end;
}

/* Blocks of CMA are refused to whoever asks for this type, as they should be. */
static bool take_range(struct search *search, unsigned long start)
{
	struct udmabuf_memory *memory = search->memory;
	unsigned long i;

	if (!search->must_be_free)
		search->tries--;
	if (alloc_contig_range(start, start + memory->npages, UDMABUF_CONTIG_TYPE,
			       GFP_KERNEL | __GFP_NOWARN)) {
		search->err = -ENOMEM;
		return false;
	}
	for (i = 0; i < memory->npages; i++) {
		memory->pages[i] = pfn_to_page(start + i);
		/* A kernel that zeroes whatever it hands out has done so. */
		if (!udmabuf_contig_is_zeroed())
			clear_highpage(memory->pages[i]);
		cond_resched();
	}
	search->err = udmabuf_memory_map_contiguous(memory, search->mask);
	if (!search->err)
		return true;
	udmabuf_memory_free_pages(memory);
	return false;
}

/* Where the zone ends, or sooner the device's addresses. */
static unsigned long reachable_end(const struct search *search, const struct zone *zone)
{
	struct device *dev = search->memory->dma_dev;
	u64 last = min_not_zero(search->mask, dev->bus_dma_limit);

	if (udmabuf_is_translated(dev) ||
	    last >= phys_to_dma(dev, PFN_PHYS(zone_end_pfn(zone)) - 1))
		return zone_end_pfn(zone);
	return PFN_DOWN(dma_to_phys(dev, last)) + 1;
}

/* From the top, where less of the kernel's own lies. */
static bool search_zone(struct search *search, const struct zone *zone)
{
	unsigned long npages = search->memory->npages;
	unsigned long end = reachable_end(search, zone);

	if (search->err == -EXDEV)
		return false;
	if (end != zone_end_pfn(zone))
		search->err = -ERANGE;
	while (search->tries && search->err != -EXDEV && end >= zone->zone_start_pfn + npages) {
		unsigned long start = round_down(end - npages, search->step);
		unsigned long bad;

		if (start < zone->zone_start_pfn)
			break;
		if (!udmabuf_memory_reaches(search->memory->dma_dev,
					    PFN_PHYS(start + npages) - 1, search->mask)) {
			search->err = -ERANGE;
			end = start + npages - 1;
			cond_resched();
			continue;
		}
		bad = last_unusable(search, zone, start, start + npages);
		if (bad == start + npages && take_range(search, start))
			return true;
		/* The next try shall meet other pages, where a try is dear. */
		end = bad < start + npages ? bad :
		      search->must_be_free ? start + npages - 1 : start;
	}
	return false;
}

static bool search_node(struct search *search, int node)
{
	int zone;

	/* What is in ZONE_MOVABLE shall stay movable. */
	for (zone = ZONE_MOVABLE - 1; zone >= 0; zone--)
		if (populated_zone(&NODE_DATA(node)->node_zones[zone]) &&
		    search_zone(search, &NODE_DATA(node)->node_zones[zone]))
			return true;
	return false;
}

static bool search_nodes(struct search *search, bool must_be_free)
{
	int near = dev_to_node(search->memory->dma_dev);
	int node;

	search->must_be_free = must_be_free;
	search->tries = CLEARED_TRIES;
	if (near != NUMA_NO_NODE && node_online(near) && search_node(search, near))
		return true;
	for_each_online_node(node)
		if (node != near && search_node(search, node))
			return true;
	return false;
}

static bool contig_suits(const struct udmabuf_memory_request *request)
{
	return request->region == UDMABUF_REGION_NONE;
}

static int create_contig(struct udmabuf_memory *memory,
			 const struct udmabuf_memory_request *request)
{
	struct search search = {
		.memory = memory,
		.mask = request->mask,
		.err = -ENOMEM,
		.step = min_t(unsigned long, pageblock_nr_pages,
			      roundup_pow_of_two(memory->npages)),
	};

	if (search_nodes(&search, true) || search_nodes(&search, false))
		return 0;
	return search.err;
}

const struct udmabuf_memory_ops udmabuf_contig = {
	.name = "contig",
	.suits = contig_suits,
	.create = create_contig,
	.unmap = udmabuf_memory_unmap_contiguous,
	.free = udmabuf_memory_free_pages,
};
