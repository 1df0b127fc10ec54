/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels served. The only file that asks for a version;
 * the rest of the module is written for the newest.
 */
#ifndef UDMABUF_COMPAT_H
#define UDMABUF_COMPAT_H

#include <linux/cma.h>
#include <linux/device/bus.h>
#include <linux/dma-map-ops.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pci.h>
#include <linux/version.h>

/* 6.4 made MAX_ORDER the last order instead of the first too big; 6.8 renamed it. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define UDMABUF_MAX_ORDER	MAX_PAGE_ORDER
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define UDMABUF_MAX_ORDER	MAX_ORDER
#else
#define UDMABUF_MAX_ORDER	(MAX_ORDER - 1)
#endif

/* 6.17 replaced the migrate type of alloc_contig_range. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define UDMABUF_CONTIG_TYPE	ACR_FLAGS_NONE
#else
#define UDMABUF_CONTIG_TYPE	MIGRATE_MOVABLE
#endif

/* 5.18 gave it a name. */
#ifdef CMA_MIN_ALIGNMENT_BYTES
#define UDMABUF_CMA_ALIGNMENT	CMA_MIN_ALIGNMENT_BYTES
#else
#define UDMABUF_CMA_ALIGNMENT							\
	(PAGE_SIZE << max_t(unsigned int, UDMABUF_MAX_ORDER, pageblock_order))
#endif

/* 5.11 made alloc_contig_range heed init_on_alloc. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define udmabuf_contig_is_zeroed()	want_init_on_alloc(GFP_KERNEL)
#else
#define udmabuf_contig_is_zeroed()	false
#endif

/* 6.3 made the flags of a vma read-only but for these. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_mod(struct vm_area_struct *vma, unsigned long set,
				unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/* Before 5.14 KVM of arm64 takes the offset in a VM_PFNMAP for a physical address. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0) && defined(CONFIG_ARM64)
#define UDMABUF_FRAME_FLAGS	(VM_MIXEDMAP | VM_IO)
#else
#define UDMABUF_FRAME_FLAGS	VM_PFNMAP
#endif

/* 6.17 gave up the type. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define udmabuf_insert_mixed	vmf_insert_mixed
#else
#include <linux/pfn_t.h>
#define udmabuf_insert_mixed(vma, address, pfn)						\
	vmf_insert_mixed(vma, address, pfn_to_pfn_t(pfn))
#endif

/* 6.0 added it. */
#ifndef PAGE_ALIGN_DOWN
#define PAGE_ALIGN_DOWN(addr)	ALIGN_DOWN(addr, PAGE_SIZE)
#endif

/* 6.9 made the bus types const. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define udmabuf_bus_type	const struct bus_type
#else
#define udmabuf_bus_type	struct bus_type
#endif

/* Before 6.5 splice lends the pages to the pipe, which waits until they are up to date. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define udmabuf_splice_read	copy_splice_read
#define udmabuf_prepare_splice(page)	do { } while (0)
#else
#define udmabuf_splice_read	generic_file_splice_read
#define udmabuf_prepare_splice(page)	SetPageUptodate(page)
#endif

/*
 * A driver's binding is what sets a device up for DMA, and its end undoes that. x86 does it
 * at enumeration; since 6.15 so do others for what stands behind an IOMMU, no more.
 */
static inline bool udmabuf_dma_needs_driver(struct device *dev)
{
#if defined(CONFIG_X86)
	return false;
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0) && defined(CONFIG_IOMMU_DMA)
	return !device_iommu_mapped(dev);
#else
	return true;
#endif
}

/*
 * Before 5.11 Intel's IOMMUs know no iommu_flush_iotlb_all(), and their DMA API may forget
 * late. There the mapping is ended below it, which happens at once; the DMA API minds no hole
 * of a device that is trusted.
 */
static inline void udmabuf_iommu_forget(struct iommu_domain *domain, dma_addr_t dma_addr,
					size_t size)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0) && defined(CONFIG_INTEL_IOMMU)
	if (!domain->ops->flush_iotlb_all)
		iommu_unmap(domain, dma_addr, size);
#endif
}

/* 5.11 made vmap fill a struct, which has this name since 5.18; none in between is served. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#define UDMABUF_WRAP_VMAP(vmap_function, vunmap_function)
#define UDMABUF_WRAPPED_VMAP(function)	function
#else
struct iosys_map {
	void *vaddr;
};

static inline void iosys_map_set_vaddr(struct iosys_map *map, void *vaddr)
{
	map->vaddr = vaddr;
}

#define UDMABUF_WRAP_VMAP(vmap_function, vunmap_function)				\
static void *vmap_function##_wrapped(struct dma_buf *dmabuf)				\
{											\
	struct iosys_map map;								\
											\
	return vmap_function(dmabuf, &map) ? NULL : map.vaddr;				\
}											\
											\
static void vunmap_function##_wrapped(struct dma_buf *dmabuf, void *vaddr)		\
{											\
	vunmap_function(dmabuf, &(struct iosys_map){ vaddr });				\
}

#define UDMABUF_WRAPPED_VMAP(function)	function##_wrapped
#endif

/* 5.16 gave dma-buf a namespace, 6.13 made its name a text. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define UDMABUF_IMPORT_DMA_BUF	MODULE_IMPORT_NS("DMA_BUF")
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#define UDMABUF_IMPORT_DMA_BUF	MODULE_IMPORT_NS(DMA_BUF)
#else
#define UDMABUF_IMPORT_DMA_BUF
#endif

#endif
