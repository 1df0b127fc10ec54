// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings for user space, and for the kernel where an importer wants one: their
 * caching, their pages, and taking them away.
 *
 * mmap() itself maps nothing, for a removal at that moment would not find the vma.
 * The first fault maps all of it at once, under the buffer's lock.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/personality.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#ifdef CONFIG_X86
#include <asm/set_memory.h>
#endif

#include "buffer.h"
#include "compat.h"

/* Off: no pin is wanted. Closed memory: none may be. */
static bool is_by_frame(const struct udmabuf_buffer *buffer)
{
	return buffer->mmap_mode == UDMABUF_MMAP_OFF || udmabuf_memory_is_closed(&buffer->memory);
}

static enum udmabuf_caching choose_caching(const struct udmabuf_buffer *buffer, bool is_sync)
{
	static const enum udmabuf_caching of_mode[] = {
		UDMABUF_CACHED, UDMABUF_UNCACHED, UDMABUF_WRITE_COMBINING, UDMABUF_DMA_COHERENT,
	};
	bool is_coherent = buffer->memory.is_coherent;
	enum udmabuf_caching caching;

	/* The kernel's own mapping of a pool is of this kind. */
	if (!buffer->memory.pages)
		return UDMABUF_WRITE_COMBINING;
	if (buffer->mmap_mode == UDMABUF_MMAP_OFF)
		caching = UDMABUF_DMA_COHERENT;
	else if (buffer->mmap_mode == UDMABUF_MMAP_AUTO && is_coherent && IS_ENABLED(CONFIG_X86))
		caching = UDMABUF_CACHED;
	else if (is_sync || (buffer->sync.mode & UDMABUF_SYNC_ALWAYS))
		caching = of_mode[buffer->sync.mode & 3];
	else
		caching = UDMABUF_CACHED;
	/* What the DMA API maps coherently for a coherent device is ordinary memory. */
	if (caching == UDMABUF_DMA_COHERENT && is_coherent)
		caching = UDMABUF_CACHED;
	return caching;
}

static pgprot_t protection(enum udmabuf_caching caching, pgprot_t prot)
{
	switch (caching) {
	case UDMABUF_UNCACHED:
		return pgprot_noncached(prot);
	case UDMABUF_WRITE_COMBINING:
		return pgprot_writecombine(prot);
	case UDMABUF_DMA_COHERENT:
		return pgprot_dmacoherent(prot);
	default:
		return prot;
	}
}

#ifdef CONFIG_X86
/*
 * x86 wants one type for all mappings of a page, the kernel's own included. It
 * changes with the first mapping, and back with the last.
 */
static int set_caching(struct udmabuf_buffer *buffer, enum udmabuf_caching *caching)
{
	struct udmabuf_memory *memory = &buffer->memory;
	int err;

	if (*caching == buffer->caching)
		return 0;
	if (buffer->mappings) {
		pr_warn_ratelimited("u-dma-buf %s: mapped already, so the caching of that mapping stays in force\n",
				    udmabuf_buffer_name(buffer));
		*caching = buffer->caching;
		return 0;
	}
	if (*caching == UDMABUF_WRITE_COMBINING)
		err = set_pages_array_wc(memory->pages, memory->npages);
	else
		err = set_pages_array_uc(memory->pages, memory->npages);
	if (err) {
		set_pages_array_wb(memory->pages, memory->npages);
		return -ENOMEM;
	}
	buffer->caching = *caching;
	return 0;
}

static void end_caching(struct udmabuf_buffer *buffer)
{
	if (buffer->mappings || buffer->caching == UDMABUF_CACHED)
		return;
	set_pages_array_wb(buffer->memory.pages, buffer->memory.npages);
	buffer->caching = UDMABUF_CACHED;
}
#else
static int set_caching(struct udmabuf_buffer *buffer, enum udmabuf_caching *caching)
{
	return 0;
}

static void end_caching(struct udmabuf_buffer *buffer)
{
}
#endif

/* Before a mapping; end_caching() after it. */
static int begin_caching(struct udmabuf_buffer *buffer, enum udmabuf_caching *caching)
{
	int err;

	if (!buffer->memory.pages)
		return 0;
	err = set_caching(buffer, caching);
	/* What is dirty in a cache would land on what goes past the caches. */
	if (!err && *caching != UDMABUF_CACHED)
		udmabuf_memory_write_back(&buffer->memory, &buffer->dev);
	return err;
}

static const struct vm_operations_struct udmabuf_vm_operations;

/*
 * Frames that nobody counts VFIO takes from any VM_PFNMAP, and would keep when the memory is
 * another buffer's: so memory without pages is something else, which no pin gets through.
 */
static unsigned long frame_flags(const struct udmabuf_buffer *buffer)
{
	return buffer->memory.pages ? UDMABUF_FRAME_FLAGS : VM_MIXEDMAP | VM_IO;
}

static int check_map(const struct udmabuf_buffer *buffer, struct vm_area_struct *vma,
		     enum udmabuf_caching caching)
{
	bool is_ordinary = !is_by_frame(buffer) && caching == UDMABUF_CACHED &&
			   buffer->caching == UDMABUF_CACHED;

	if (buffer->is_dead)
		return -ENODEV;
	if (!udmabuf_range_is_within(vma->vm_pgoff, vma_pages(vma),
				     buffer->memory.size >> PAGE_SHIFT))
		return -EINVAL;
	/* Some programs of old get it with every mapping, and never use it. */
	if ((vma->vm_flags & VM_EXEC) && !(current->personality & READ_IMPLIES_EXEC))
		return -EPERM;
	/*
	 * A private mapping copies a page when it is written. There is no page to copy
	 * where it is mapped by frame, and the copy is made by way of the caches.
	 */
	return is_ordinary || (vma->vm_flags & VM_MAYSHARE) ? 0 : -EINVAL;
}

static int map_locked(struct udmabuf_buffer *buffer, bool is_sync, struct vm_area_struct *vma)
{
	enum udmabuf_caching caching = choose_caching(buffer, is_sync);
	int err;

	err = check_map(buffer, vma, caching);
	if (!err)
		err = begin_caching(buffer, &caching);
	if (err)
		return err;

	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP |
		     (is_by_frame(buffer) ? frame_flags(buffer) : VM_MIXEDMAP),
		     VM_EXEC | VM_MAYEXEC);
	vma->vm_page_prot = protection(caching, vma->vm_page_prot);
	vma->vm_ops = &udmabuf_vm_operations;
	vma->vm_private_data = buffer;

	buffer->mappings++;
	udmabuf_buffer_begin_use(buffer);
	return 0;
}

int udmabuf_buffer_map(struct udmabuf_buffer *buffer, bool is_sync, struct vm_area_struct *vma)
{
	int err;

	down_write(&buffer->lock);
	err = map_locked(buffer, is_sync, vma);
	up_write(&buffer->lock);
	return err;
}

static void *vmap_locked(struct udmabuf_buffer *buffer, bool is_sync, struct page **pages,
			 unsigned long count, pgprot_t prot)
{
	enum udmabuf_caching caching = choose_caching(buffer, is_sync);
	void *vaddr;
	int err;

	if (buffer->is_dead)
		return ERR_PTR(-ENODEV);
	err = begin_caching(buffer, &caching);
	if (err)
		return ERR_PTR(err);
	vaddr = vmap(pages, count, VM_MAP, protection(caching, prot));
	if (vaddr)
		buffer->mappings++;
	else
		end_caching(buffer);
	return vaddr ?: ERR_PTR(-ENOMEM);
}

void *udmabuf_buffer_vmap(struct udmabuf_buffer *buffer, bool is_sync, struct page **pages,
			  unsigned long count, pgprot_t prot)
{
	void *vaddr;

	down_write(&buffer->lock);
	vaddr = vmap_locked(buffer, is_sync, pages, count, prot);
	up_write(&buffer->lock);
	return vaddr;
}

static void end_mapping(struct udmabuf_buffer *buffer)
{
	down_write(&buffer->lock);
	buffer->mappings--;
	end_caching(buffer);
	up_write(&buffer->lock);
}

void udmabuf_buffer_vunmap(struct udmabuf_buffer *buffer, void *vaddr)
{
	vunmap(vaddr);
	end_mapping(buffer);
}

/* fork or a split: can't fail, and may come after death. */
static void udmabuf_vm_open(struct vm_area_struct *vma)
{
	struct udmabuf_buffer *buffer = vma->vm_private_data;

	down_write(&buffer->lock);
	buffer->mappings++;
	udmabuf_buffer_begin_use(buffer);
	up_write(&buffer->lock);
}

static void udmabuf_vm_close(struct vm_area_struct *vma)
{
	struct udmabuf_buffer *buffer = vma->vm_private_data;

	end_mapping(buffer);
	udmabuf_buffer_end_use(buffer);
}

/* Stops at the first page that is there already, or that can't be mapped. */
static void insert_run(struct vm_area_struct *vma, struct page **pages, unsigned long address,
		       unsigned long end)
{
	pages += linear_page_index(vma, address);
	while (address < end) {
		unsigned long count = min(PMD_SIZE, end - address) >> PAGE_SHIFT;
		unsigned long left = count;

		if (vm_insert_pages(vma, address, pages, &left))
			return;
		address += count << PAGE_SHIFT;
		pages += count;
		cond_resched();
	}
}

/*
 * The page asked for first: where it is there already, another thread's fault has
 * done the work. Then what lies behind it, and what lies before.
 */
static vm_fault_t insert_pages(struct udmabuf_buffer *buffer, struct vm_fault *vmf)
{
	struct page **pages = buffer->memory.pages;
	struct vm_area_struct *vma = vmf->vma;
	unsigned long address = vmf->address & PAGE_MASK;
	int err;

	err = vm_insert_page(vma, address, pages[vmf->pgoff]);
	if (err == -EBUSY)
		return VM_FAULT_NOPAGE;
	if (err)
		return vmf_error(err);
	insert_run(vma, pages, address + PAGE_SIZE, vma->vm_end);
	insert_run(vma, pages, vma->vm_start, address);
	return VM_FAULT_NOPAGE;
}

/*
 * The kernel inserts many frames at once in mmap() only, and one by one costs ten times
 * as much. Some architectures let a module set an entry itself.
 */
#if defined(CONFIG_X86)
#define set_entry(vma, address, entry, value)	set_pte_at((vma)->vm_mm, address, entry, value)
#elif defined(CONFIG_ARM64) && !defined(CONFIG_PAGE_TABLE_CHECK)
/* Neither tags nor instructions are in such a page, so nothing else is to be kept in step. */
#define set_entry(vma, address, entry, value)	set_pte(entry, value)
#endif

#ifdef set_entry
/* Under the lock of the page table, which has the entries of all up to the next PMD. */
static int fill_table(pte_t *entry, unsigned long address, void *data)
{
	struct vm_area_struct *vma = data;
	struct udmabuf_buffer *buffer = vma->vm_private_data;
	unsigned long end = pmd_addr_end(address, vma->vm_end);
	unsigned long index = linear_page_index(vma, address);
	pgprot_t prot = vma->vm_page_prot;

	for (; address < end; address += PAGE_SIZE, entry++, index++) {
		unsigned long pfn = udmabuf_memory_pfn(&buffer->memory, index);

		if (pte_none(ptep_get(entry)))
			set_entry(vma, address, entry, pte_mkspecial(pfn_pte(pfn, prot)));
	}
	return 0;
}

static vm_fault_t insert_frames(struct udmabuf_buffer *buffer, struct vm_area_struct *vma)
{
	unsigned long address, next;

	for (address = vma->vm_start; address < vma->vm_end; address = next) {
		next = pmd_addr_end(address, vma->vm_end);
		if (apply_to_page_range(vma->vm_mm, address, PAGE_SIZE, fill_table, vma))
			return VM_FAULT_OOM;
		cond_resched();
	}
	return VM_FAULT_NOPAGE;
}
#else
static vm_fault_t insert_frames(struct udmabuf_buffer *buffer, struct vm_area_struct *vma)
{
	unsigned long index = vma->vm_pgoff;
	unsigned long address;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	for (address = vma->vm_start; address < vma->vm_end; address += PAGE_SIZE) {
		unsigned long pfn = udmabuf_memory_pfn(&buffer->memory, index++);

		ret = buffer->memory.pages ? vmf_insert_pfn(vma, address, pfn) :
					     udmabuf_insert_mixed(vma, address, pfn);
		if (ret != VM_FAULT_NOPAGE)
			break;
		cond_resched();
	}
	return ret;
}
#endif

/*
 * Where the CPU marks no page as written, the first write to each would fault for that.
 * mmap() computes the protection anew when it is done with ours, so it is set here,
 * by each fault to the same value.
 */
static void mark_written(struct vm_area_struct *vma)
{
	pgprot_t prot = vma->vm_page_prot;

	if (IS_ENABLED(CONFIG_X86) || !(vma->vm_flags & VM_SHARED))
		return;
	WRITE_ONCE(vma->vm_page_prot, __pgprot(pte_val(pte_mkdirty(pfn_pte(0, prot)))));
}

static vm_fault_t udmabuf_fault(struct vm_fault *vmf)
{
	struct udmabuf_buffer *buffer = vmf->vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	mark_written(vmf->vma);
	down_read(&buffer->lock);
	if (!buffer->is_dead)
		ret = is_by_frame(buffer) ? insert_frames(buffer, vmf->vma) :
					    insert_pages(buffer, vmf);
	up_read(&buffer->lock);
	return ret;
}

static const struct vm_operations_struct udmabuf_vm_operations = {
	.open = udmabuf_vm_open,
	.close = udmabuf_vm_close,
	.fault = udmabuf_fault,
};

void udmabuf_buffer_revoke(struct udmabuf_buffer *buffer)
{
	unmap_mapping_range(buffer->inode->i_mapping, 0, 0, 1);
}
