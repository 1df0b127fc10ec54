// SPDX-License-Identifier: GPL-2.0
/*
 * The memory strategies, and what all of them share: mapping with a check of what
 * came back, cache maintenance, copying.
 */
#include <linux/device.h>
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/uio.h>

#include "compat.h"
#include "memory.h"
#include "spec.h"

#if IS_ENABLED(CONFIG_IOMMU_API)
bool udmabuf_is_translated(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain && (domain->type & __IOMMU_DOMAIN_PAGING);
}

/* VFIO has a domain of its own, or one that blocks all until it has. */
static bool is_of_vfio(const struct iommu_domain *domain)
{
	if (!domain || !IS_ENABLED(CONFIG_IOMMU_DMA))
		return false;
	return domain->type == IOMMU_DOMAIN_BLOCKED ||
	       ((domain->type & __IOMMU_DOMAIN_PAGING) &&
		!(domain->type & __IOMMU_DOMAIN_DMA_API));
}

bool udmabuf_is_out_of_reach(struct device *dev)
{
	return is_of_vfio(iommu_get_domain_for_dev(dev));
}

/*
 * Root may give a device that has no driver another domain, and what was mapped goes with the
 * old one: the same address in the new one may be another buffer's. VFIO's only hides it.
 */
static bool is_mapping_gone(const struct udmabuf_memory *memory)
{
	struct iommu_domain *domain;

	if (!memory->domain || !memory->pages)
		return false;
	domain = iommu_get_domain_for_dev(memory->dma_dev);
	if (domain != memory->domain)
		return !is_of_vfio(domain);
	/* A later one may lie where the old one did. */
	return (domain->type & __IOMMU_DOMAIN_PAGING) &&
	       iommu_iova_to_phys(domain, memory->dma_addr) != page_to_phys(memory->pages[0]);
}
#else
bool udmabuf_is_translated(struct device *dev)
{
	return false;
}

bool udmabuf_is_out_of_reach(struct device *dev)
{
	return false;
}

static bool is_mapping_gone(const struct udmabuf_memory *memory)
{
	return false;
}
#endif

/* One that was plugged in from outside. */
static bool is_untrusted(struct device *dev)
{
	return dev_is_pci(dev) && to_pci_dev(dev)->untrusted;
}

/* Each piece of a scatterlist is mapped on its own for a device that is not trusted. */
bool udmabuf_may_scatter(struct device *dev)
{
	return udmabuf_is_translated(dev) && !is_untrusted(dev);
}

/*
 * A second mapping of a page that is mapped directly has the same address; a
 * bounce buffer gives another slot. The direction and the attribute keep this
 * mapping from touching a cache.
 */
static bool is_bounced(const struct udmabuf_memory *memory)
{
	unsigned long attrs = DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN;
	dma_addr_t again;

	if (udmabuf_is_translated(memory->dma_dev))
		return false;
	again = dma_map_page_attrs(memory->dma_dev, memory->pages[0], 0, PAGE_SIZE, DMA_TO_DEVICE,
				   attrs);
	if (dma_mapping_error(memory->dma_dev, again))
		return true;
	dma_unmap_page_attrs(memory->dma_dev, again, PAGE_SIZE, DMA_TO_DEVICE, attrs);
	return again != memory->dma_addr;
}

/* A device has windows to memory: what crosses from one to the next is not one run for it. */
bool udmabuf_memory_reaches(struct device *dev, phys_addr_t first, u64 size, u64 mask)
{
	dma_addr_t last = phys_to_dma(dev, first + size - 1);

	return udmabuf_is_translated(dev) ||
	       (last == phys_to_dma(dev, first) + size - 1 &&
		last <= min_not_zero(mask, dev->bus_dma_limit));
}

int udmabuf_memory_map_contiguous(struct udmabuf_memory *memory, u64 mask)
{
	/* Asked before: dma_map_page warns of it, DMA_ATTR_NO_WARN or not. */
	if (!udmabuf_memory_reaches(memory->dma_dev, page_to_phys(memory->pages[0]), memory->size,
				    mask))
		return -ERANGE;
	memory->dma_addr = dma_map_page_attrs(memory->dma_dev, memory->pages[0], 0, memory->size,
					      DMA_BIDIRECTIONAL,
					      DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN);
	if (dma_mapping_error(memory->dma_dev, memory->dma_addr))
		return udmabuf_is_translated(memory->dma_dev) ? -ERANGE : -EXDEV;
	if (memory->dma_addr + memory->size - 1 > mask || is_bounced(memory)) {
		udmabuf_memory_unmap_contiguous(memory);
		return memory->dma_addr + memory->size - 1 > mask ? -ERANGE : -EXDEV;
	}
	udmabuf_memory_begin_sync(memory);
	return 0;
}

/*
 * The caches are left alone, for an invalidation would drop what a CPU wrote to a page
 * that somebody still pins.
 */
void udmabuf_memory_unmap_contiguous(struct udmabuf_memory *memory)
{
	dma_unmap_page_attrs(memory->dma_dev, memory->dma_addr, memory->size, DMA_BIDIRECTIONAL,
			     DMA_ATTR_SKIP_CPU_SYNC);
}

/*
 * One by one: a page that somebody still pins stays allocated, and is freed by its
 * last holder.
 */
void udmabuf_memory_free_pages(struct udmabuf_memory *memory)
{
	unsigned long i;

	for (i = 0; i < memory->npages; i++)
		__free_page(memory->pages[i]);
}

static bool pages_suit(const struct udmabuf_memory_request *request)
{
	return request->region == UDMABUF_REGION_NONE &&
	       get_order(request->size) <= UDMABUF_MAX_ORDER;
}

/* Whole pages from one zone of the page allocator, each made its own. */
static bool alloc_split_pages(struct udmabuf_memory *memory, gfp_t zone)
{
	unsigned int order = get_order(memory->size);
	struct page *first;
	unsigned long i;

	/* No process is killed for a buffer: whoever asks can be told no. */
	first = alloc_pages_node(dev_to_node(memory->dma_dev), GFP_KERNEL | __GFP_ZERO |
				 __GFP_NOWARN | __GFP_RETRY_MAYFAIL | zone, order);
	if (!first)
		return false;
	split_page(first, order);
	for (i = memory->npages; i < 1UL << order; i++)
		__free_page(first + i);
	for (i = 0; i < memory->npages; i++)
		memory->pages[i] = first + i;
	return true;
}

static int create_pages(struct udmabuf_memory *memory,
			const struct udmabuf_memory_request *request)
{
	static const gfp_t zones[] = { 0, GFP_DMA32, GFP_DMA };
	unsigned int zone = 0;
	int err = -ENOMEM;

	if (request->mask <= DMA_BIT_MASK(32) && !udmabuf_is_translated(memory->dma_dev))
		zone = 1;
	for (; zone < ARRAY_SIZE(zones); zone++) {
		/* The lower zones stood in already; on demand they would give their reserves. */
		if (!alloc_split_pages(memory, zones[zone]))
			break;
		err = udmabuf_memory_map_contiguous(memory, request->mask);
		if (!err)
			return 0;
		udmabuf_memory_free_pages(memory);
		if (err == -EXDEV)
			break;
	}
	return err;
}

static const struct udmabuf_memory_ops pages_ops = {
	.name = "pages",
	.suits = pages_suit,
	.create = create_pages,
	.unmap = udmabuf_memory_unmap_contiguous,
	.free = udmabuf_memory_free_pages,
};

/* In the order in which they are tried. */
static const struct udmabuf_memory_ops *const strategies[] = {
	&udmabuf_pool, &pages_ops, &udmabuf_scattered, &udmabuf_contig, &udmabuf_cma,
};

static int create_with(struct udmabuf_memory *memory, const struct udmabuf_memory_ops *ops,
		       const struct udmabuf_memory_request *request)
{
	unsigned long i;
	int err;

	memory->dma_dev = request->dma_dev;
	memory->is_coherent = dev_is_dma_coherent(request->dma_dev);
	memory->size = PAGE_ALIGN(request->size);
	memory->npages = memory->size >> PAGE_SHIFT;
	if (request->region != UDMABUF_REGION_POOL) {
		memory->pages = kvmalloc_array(memory->npages, sizeof(*memory->pages),
					       GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
		if (!memory->pages)
			return -ENOMEM;
	}

	err = ops->create(memory, request);
	if (err) {
		kvfree(memory->pages);
		memset(memory, 0, sizeof(*memory));
		return err;
	}
	for (i = 0; memory->pages && i < memory->npages; i++)
		udmabuf_prepare_splice(memory->pages[i]);
	memory->ops = ops;
	memory->domain = iommu_get_domain_for_dev(memory->dma_dev);
	return 0;
}

static int refuse(const struct udmabuf_memory_request *request, int err, const char *tried,
		  struct udmabuf_error *error)
{
	if (err == -EXDEV)
		return udmabuf_fail(error, -ENOMEM,
				    "%llu bytes: device %s would reach them through a bounce buffer only (%s)",
				    request->size, dev_name(request->dma_dev), tried);
	if (err == -ERANGE && udmabuf_is_translated(request->dma_dev))
		return udmabuf_fail(error, -ENOMEM,
				    "%llu bytes: the IOMMU of %s has no DMA addresses up to 0x%llx for them (%s)",
				    request->size, dev_name(request->dma_dev), request->mask,
				    tried);
	if (err == -ERANGE)
		return udmabuf_fail(error, -ENOMEM,
				    "%llu bytes: none free that device %s reaches, DMA addresses up to 0x%llx (%s)",
				    request->size, dev_name(request->dma_dev), request->mask,
				    tried);
	if (request->region != UDMABUF_REGION_NONE)
		return udmabuf_fail(error, -ENOMEM,
				    "%llu bytes: the memory-region is too small or full (%s)",
				    request->size, tried);
	if (udmabuf_is_translated(request->dma_dev))
		return udmabuf_fail(error, -ENOMEM,
				    "%llu bytes: not free (%s); a smaller size helps",
				    request->size, tried);
	return udmabuf_fail(error, -ENOMEM,
			    "%llu bytes: not free in one piece (%s); a smaller size, an earlier start%s or a device behind an IOMMU helps",
			    request->size, tried, IS_ENABLED(CONFIG_DMA_CMA) ? ", cma=" : "");
}

int udmabuf_memory_create(struct udmabuf_memory *memory,
			  const struct udmabuf_memory_request *request,
			  struct udmabuf_error *error)
{
	int worst = -ENOMEM;
	char tried[40] = "";
	unsigned int i;

	if (request->size > PAGE_ALIGN_DOWN((u64)SIZE_MAX))
		return udmabuf_fail(error, -ENOMEM, "%llu bytes: more than can be addressed",
				    request->size);
	if (request->region == UDMABUF_REGION_NONE &&
	    request->size >> PAGE_SHIFT > totalram_pages())
		return udmabuf_fail(error, -ENOMEM, "%llu bytes: this machine has %llu",
				    request->size, (u64)totalram_pages() << PAGE_SHIFT);
	for (i = 0; i < ARRAY_SIZE(strategies); i++) {
		int err;

		if (!strategies[i]->suits(request))
			continue;
		err = create_with(memory, strategies[i], request);
		if (!err)
			return 0;
		if (err != -ENOMEM)
			worst = err;
		if (tried[0])
			strlcat(tried, ", ", sizeof(tried));
		strlcat(tried, strategies[i]->name, sizeof(tried));
		if (err == -EXDEV)
			break;
	}
	return refuse(request, worst, tried, error);
}

/* A lazy IOMMU would remember it for milliseconds, when the pages may be somebody else's. */
static void unmap_translated(struct udmabuf_memory *memory)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(memory->dma_dev);

	/*
	 * While VFIO has a neighbour of the device, theirs is another: nothing in it is ours.
	 * With a device that is not trusted the DMA API forgets at once by itself.
	 */
	if (domain == memory->domain && !is_untrusted(memory->dma_dev))
		udmabuf_iommu_forget(domain, memory->dma_addr, memory->size);
	memory->ops->unmap(memory);
	if (domain == memory->domain)
		iommu_flush_iotlb_all(domain);
}

void udmabuf_memory_unmap(struct udmabuf_memory *memory)
{
	if (!memory->ops || is_mapping_gone(memory))
		return;
	if (udmabuf_is_translated(memory->dma_dev))
		unmap_translated(memory);
	else
		memory->ops->unmap(memory);
}

void udmabuf_memory_free(struct udmabuf_memory *memory)
{
	if (!memory->ops)
		return;
	memory->ops->free(memory);
	kvfree(memory->pages);
}

bool udmabuf_memory_is_pinned(struct udmabuf_memory *memory)
{
	unsigned long i;

	if (!memory->pages)
		return false;
	/* Who waits for the last pin asks often, and mostly it is the same. */
	if (page_count(memory->pages[READ_ONCE(memory->pinned)]) > 1)
		return true;
	for (i = 0; i < memory->npages; i++) {
		if (page_count(memory->pages[i]) > 1) {
			WRITE_ONCE(memory->pinned, i);
			return true;
		}
		if (!(i % pageblock_nr_pages))
			cond_resched();
	}
	return false;
}

static bool ends_piece(struct page **pages, unsigned long count, unsigned long index,
		       size_t piece_max)
{
	return index + 1 == count || !((index + 1) % (piece_max >> PAGE_SHIFT)) ||
	       page_to_pfn(pages[index + 1]) != page_to_pfn(pages[index]) + 1;
}

static unsigned long count_pieces(struct page **pages, unsigned long count, size_t piece_max)
{
	unsigned long i, pieces = 0;

	for (i = 0; i < count; i++)
		pieces += ends_piece(pages, count, i, piece_max);
	return pieces;
}

size_t udmabuf_piece_max(struct device *dev)
{
	return max_t(size_t, rounddown_pow_of_two(dma_get_max_seg_size(dev) | 1), PAGE_SIZE);
}

int udmabuf_pages_to_table(struct sg_table *table, struct page **pages, unsigned long count,
			   size_t piece_max)
{
	struct scatterlist *sg;
	unsigned long i, first;

	if (sg_alloc_table(table, count_pieces(pages, count, piece_max),
			   GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL))
		return -ENOMEM;
	sg = table->sgl;
	for (i = 0, first = 0; i < count; i++) {
		if (!ends_piece(pages, count, i, piece_max))
			continue;
		sg_set_page(sg, pages[first], (i + 1 - first) << PAGE_SHIFT, 0);
		sg = sg_next(sg);
		first = i + 1;
	}
	return 0;
}

/* How much of a range can be synced at once. */
static u64 piece_of(const struct udmabuf_memory *memory, u64 offset, u64 size)
{
	unsigned long index = offset >> PAGE_SHIFT, last = (offset + size - 1) >> PAGE_SHIFT;

	if (!memory->piece_max)
		return size;
	while (index < last &&
	       !ends_piece(memory->pages, memory->npages, index, memory->piece_max))
		index++;
	return min(size, ((u64)(index + 1) << PAGE_SHIFT) - offset);
}

static void sync_pieces(const struct udmabuf_memory *memory, u64 offset, u64 size,
			enum dma_data_direction direction,
			void (*sync)(struct device *dev, dma_addr_t addr, size_t size,
				     enum dma_data_direction direction))
{
	if (is_mapping_gone(memory))
		return;
	while (size) {
		u64 piece = piece_of(memory, offset, size);

		sync(memory->dma_dev, memory->dma_addr + offset, piece, direction);
		offset += piece;
		size -= piece;
	}
}

void udmabuf_memory_sync_for_cpu(const struct udmabuf_memory *memory, u64 offset, u64 size,
				 enum dma_data_direction direction)
{
	sync_pieces(memory, offset, size, direction, dma_sync_single_for_cpu);
}

void udmabuf_memory_sync_for_device(const struct udmabuf_memory *memory, u64 offset, u64 size,
				    enum dma_data_direction direction)
{
	sync_pieces(memory, offset, size, direction, dma_sync_single_for_device);
}

void udmabuf_memory_begin_sync(struct udmabuf_memory *memory)
{
	memory->needs_sync = dma_need_sync(memory->dma_dev, memory->dma_addr);
	if (memory->needs_sync)
		udmabuf_memory_sync_for_device(memory, 0, memory->size, DMA_BIDIRECTIONAL);
}

static size_t copy_piece(const struct udmabuf_memory *memory, u64 offset, size_t size,
			 struct iov_iter *iter, bool to_iter)
{
	size_t in_page = offset_in_page(offset);
	struct page *page;

	size = min_t(size_t, size, PAGE_SIZE - in_page);
	if (memory->vaddr)
		return to_iter ? copy_to_iter(memory->vaddr + offset, size, iter) :
				 copy_from_iter(memory->vaddr + offset, size, iter);

	page = memory->pages[offset >> PAGE_SHIFT];
	return to_iter ? copy_page_to_iter(page, in_page, size, iter) :
			 copy_page_from_iter(page, in_page, size, iter);
}

static size_t copy_range(const struct udmabuf_memory *memory, u64 offset, size_t size,
			 struct iov_iter *iter, bool to_iter)
{
	size_t done = 0;

	while (done < size) {
		size_t copied = copy_piece(memory, offset + done, size - done, iter, to_iter);

		if (!copied)
			break;
		done += copied;
		cond_resched();
	}
	return done;
}

size_t udmabuf_memory_copy_to_iter(const struct udmabuf_memory *memory, u64 offset, size_t size,
				   struct iov_iter *to)
{
	return copy_range(memory, offset, size, to, true);
}

size_t udmabuf_memory_copy_from_iter(const struct udmabuf_memory *memory, u64 offset, size_t size,
				     struct iov_iter *from)
{
	return copy_range(memory, offset, size, from, false);
}

static void flush_page(struct device *bystander, struct page *page, size_t offset, size_t size)
{
	unsigned long attrs = DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN;
	dma_addr_t addr;

	addr = dma_map_page_attrs(bystander, page, offset, size, DMA_BIDIRECTIONAL, attrs);
	if (dma_mapping_error(bystander, addr))
		return;
	dma_sync_single_for_device(bystander, addr, size, DMA_TO_DEVICE);
	dma_sync_single_for_cpu(bystander, addr, size, DMA_FROM_DEVICE);
	dma_unmap_page_attrs(bystander, addr, size, DMA_BIDIRECTIONAL, attrs);
}

void udmabuf_memory_flush(const struct udmabuf_memory *memory, u64 offset, u64 size,
			  struct device *bystander)
{
	if (!memory->pages || !memory->is_coherent || dev_is_dma_coherent(bystander))
		return;
	/* What a CPU writes between the two calls is lost: so they follow each other soon. */
	while (size) {
		u64 piece = min_t(u64, size, PAGE_SIZE - offset_in_page(offset));

		flush_page(bystander, memory->pages[offset >> PAGE_SHIFT], offset_in_page(offset),
			   piece);
		offset += piece;
		size -= piece;
		cond_resched();
	}
}

void udmabuf_memory_write_back(const struct udmabuf_memory *memory, struct device *bystander)
{
	if (memory->needs_sync)
		udmabuf_memory_sync_for_device(memory, 0, memory->size, DMA_BIDIRECTIONAL);
	udmabuf_memory_flush(memory, 0, memory->size, bystander);
}

unsigned long udmabuf_memory_pfn(const struct udmabuf_memory *memory, unsigned long index)
{
	return memory->pages ? page_to_pfn(memory->pages[index]) : memory->first_pfn + index;
}
