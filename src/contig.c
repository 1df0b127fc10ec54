// SPDX-License-Identifier: GPL-2.0
/*
 * The strategy contig: runs of memory longer than the page allocator hands out,
 * found by looking at the zones, and cleared for us by the page migration that CMA
 * and huge pages use too.
 */
#include <linux/dma-direct.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/sched/signal.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "memory.h"

/*
 * A range that must be cleared costs a migration, in vain where a single page of it
 * can't move. One that looks free may be refused too: some pages that are in use are
 * counted by nobody. So many of them are tried before the answer is no.
 */
#define CLEARED_TRIES	32
#define FREE_TRIES	1024

struct search {
	struct udmabuf_memory *memory;
	u64 mask;
	unsigned long step;	/* pages: what ranges are aligned to */
	unsigned int tries;	/* left, of this pass */
	bool must_be_free;
	bool is_vain;		/* no other range would be mapped in another way */
	int err;		/* why not: -ERANGE while nothing within reach was seen */
};

/* The zone may have holes, and pages that the kernel keeps for ever. */
static bool is_usable(const struct zone *zone, unsigned long pfn, bool must_be_free)
{
	struct page *page;

	page = pfn_to_online_page(pfn);
	return page && page_zone(page) == zone && !PageReserved(page) &&
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
	search->is_vain = search->err == -EXDEV || udmabuf_is_translated(memory->dma_dev);
	udmabuf_memory_free_pages(memory);
	return false;
}

/*
 * Where the zone ends, or sooner the device's addresses. No memory may be at the last of
 * these: then the translation says something far beyond the zone.
 */
static unsigned long reachable_end(const struct search *search, const struct zone *zone)
{
	struct device *dev = search->memory->dma_dev;
	u64 last = min_not_zero(search->mask, dev->bus_dma_limit);

	if (udmabuf_is_translated(dev) ||
	    last >= phys_to_dma(dev, PFN_PHYS(zone_end_pfn(zone)) - 1))
		return zone_end_pfn(zone);
	return min_t(u64, zone_end_pfn(zone), PHYS_PFN(dma_to_phys(dev, last)) + 1ULL);
}

static bool is_reached(const struct search *search, unsigned long start, unsigned long npages)
{
	return udmabuf_memory_reaches(search->memory->dma_dev, PFN_PHYS(start),
				      (u64)npages << PAGE_SHIFT, search->mask);
}

/*
 * Or the next who needs a page would have a process killed for it. What is free in a CMA area is
 * not for us, nor for most of them.
 */
static bool is_too_full(const struct search *search, struct zone *zone)
{
	unsigned long pages = zone_page_state(zone, NR_FREE_PAGES);

	/* Page cache makes way for what is cleared. */
	if (!search->must_be_free)
		pages += zone_page_state(zone, NR_ZONE_INACTIVE_FILE) +
			 zone_page_state(zone, NR_ZONE_ACTIVE_FILE);
	return pages < search->memory->npages + high_wmark_pages(zone) +
		       zone_page_state(zone, NR_FREE_CMA_PAGES);
}

static bool is_over(const struct search *search)
{
	return !search->tries || search->is_vain || fatal_signal_pending(current);
}

/* From the top, where less of the kernel's own lies. */
static bool search_zone(struct search *search, struct zone *zone)
{
	unsigned long npages = search->memory->npages;
	unsigned long end = reachable_end(search, zone);

	if (is_over(search))
		return false;
	if (is_reached(search, zone_end_pfn(zone) - 1, 1))
		search->err = -ENOMEM;
	if (is_too_full(search, zone))
		return false;
	while (!is_over(search) && end >= zone->zone_start_pfn + npages) {
		unsigned long start = round_down(end - npages, search->step);
		unsigned long bad;

		if (start < zone->zone_start_pfn)
			break;
		if (!is_reached(search, start, npages)) {
			end = start + npages - 1;
			cond_resched();
			continue;
		}
		search->err = -ENOMEM;
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
	search->tries = must_be_free ? FREE_TRIES : CLEARED_TRIES;
	if (near != NUMA_NO_NODE && node_online(near) && search_node(search, near))
		return true;
	for_each_online_node(node)
		if (node != near && search_node(search, node))
			return true;
	return false;
}

/* Where single pages can be one run for the device, they would have done. */
static bool contig_suits(const struct udmabuf_memory_request *request)
{
	return request->region == UDMABUF_REGION_NONE && !udmabuf_may_scatter(request->dma_dev);
}

static int create_contig(struct udmabuf_memory *memory,
			 const struct udmabuf_memory_request *request)
{
	struct search search = {
		.memory = memory,
		.mask = request->mask,
		.err = -ERANGE,
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
