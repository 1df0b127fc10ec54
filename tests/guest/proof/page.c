// SPDX-License-Identifier: GPL-2.0
/* What the page tables of the calling process say of an address. */
#include <linux/dma-map-ops.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/version.h>
#ifdef CONFIG_X86
#include <asm/pgtable_types.h>
#endif

#include "private.h"

#if defined(CONFIG_X86)
#define CACHING_MASK	_PAGE_CACHE_MASK
#define is_executable(entry)	(!(pte_val(entry) & _PAGE_NX))
#elif defined(CONFIG_ARM64)
#define CACHING_MASK	PTE_ATTRINDX_MASK
#define is_executable(entry)	(!(pte_val(entry) & PTE_UXN))
#elif defined(CONFIG_ARM)
#define CACHING_MASK	L_PTE_MT_MASK
#define is_executable(entry)	(!(pte_val(entry) & L_PTE_XN))
#else
#define CACHING_MASK	0
#define is_executable(entry)	pte_exec(entry)
#endif

/* 6.5 made pte_offset_map a function that modules don't get. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define map_entry(pmd, address)	pte_offset_kernel(pmd, address)
#define unmap_entry(entry)	do { } while (0)
#else
#define map_entry(pmd, address)	pte_offset_map(pmd, address)
#define unmap_entry(entry)	pte_unmap(entry)
#endif

#ifndef pmd_leaf
#define pmd_leaf(pmd)	0
#endif

static u32 caching_of(u64 bits)
{
	pgprot_t plain = vm_get_page_prot(VM_READ | VM_WRITE | VM_SHARED);
	u32 caching = 0;

	bits &= CACHING_MASK;
	if (bits == (pgprot_val(plain) & CACHING_MASK))
		caching |= PROOF_CACHED;
	if (bits == (pgprot_val(pgprot_noncached(plain)) & CACHING_MASK))
		caching |= PROOF_UNCACHED;
	if (bits == (pgprot_val(pgprot_writecombine(plain)) & CACHING_MASK))
		caching |= PROOF_COMBINING;
	if (bits == (pgprot_val(pgprot_dmacoherent(plain)) & CACHING_MASK))
		caching |= PROOF_COHERENT;
	return caching;
}

static u32 linear_caching(unsigned long frame, u32 caching)
{
#ifdef CONFIG_X86
	unsigned int level;
	pte_t *entry = lookup_address((unsigned long)pfn_to_kaddr(frame), &level);
	u64 bits;

	if (!entry)
		return 0;
	bits = pte_val(*entry);
	/* An entry of a big page has a bit of the type elsewhere, and another one in its place. */
	if (level != PG_LEVEL_4K)
		bits = (bits & ~(u64)_PAGE_PAT) | (bits & _PAGE_PAT_LARGE ? _PAGE_PAT : 0);
	return caching_of(bits);
#else
	return caching;
#endif
}

/* The caller holds the mmap lock. */
static int read_entry(unsigned long address, pte_t *ret_entry, u32 *ret_order)
{
	pgd_t *pgd = pgd_offset(current->mm, address);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;
	pte_t *pte;

	if (pgd_none(*pgd))
		return -ENOENT;
	p4d = p4d_offset(pgd, address);
	if (p4d_none(*p4d))
		return -ENOENT;
	pud = pud_offset(p4d, address);
	if (pud_none(*pud))
		return -ENOENT;
	pmd = pmd_offset(pud, address);
	if (pmd_none(*pmd))
		return -ENOENT;
	if (pmd_leaf(*pmd)) {
		*ret_entry = __pte(pmd_val(*pmd));
		*ret_order = PMD_SHIFT - PAGE_SHIFT;
		return 0;
	}
	pte = map_entry(pmd, address);
	*ret_entry = *pte;
	*ret_order = 0;
	unmap_entry(pte);
	return pte_present(*ret_entry) ? 0 : -ENOENT;
}

static int find_entry(unsigned long address, pte_t *ret_entry, u32 *ret_order)
{
	int err;

	mmap_read_lock(current->mm);
	err = read_entry(address, ret_entry, ret_order);
	mmap_read_unlock(current->mm);
	return err;
}

int proof_page(struct proof_page *page)
{
	unsigned long frame;
	pte_t entry;
	int err;

	if (!page->address) {
		page->linear_caching = linear_caching(page->frame, 0);
		return 0;
	}
	err = find_entry(page->address, &entry, &page->order);
	if (err)
		return err;
	frame = pte_pfn(entry);
	page->entry = pte_val(entry);
	page->frame = frame;
	page->caching = caching_of(pte_val(entry));
	page->linear_caching = linear_caching(frame, page->caching);
	page->flags = (pte_write(entry) ? PROOF_WRITABLE : 0) |
		      (is_executable(entry) ? PROOF_EXECUTABLE : 0) |
		      (pte_special(entry) ? PROOF_SPECIAL : 0) |
		      (pte_dirty(entry) ? PROOF_DIRTY : 0);
	page->count = pfn_valid(frame) ? page_count(pfn_to_page(frame)) : 0;
	page->node = pfn_valid(frame) ? page_to_nid(pfn_to_page(frame)) : 0;
	return 0;
}

int proof_hold(struct proof *proof, unsigned long address)
{
	u32 order;
	pte_t entry;
	int err;

	if (proof->held)
		return -EBUSY;
	err = find_entry(address, &entry, &order);
	if (err)
		return err;
	if (!pfn_valid(pte_pfn(entry)))
		return -ENXIO;
	proof->held = pfn_to_page(pte_pfn(entry));
	get_page(proof->held);
	return 0;
}

void proof_drop(struct proof *proof)
{
	if (proof->held)
		put_page(proof->held);
	proof->held = NULL;
}
