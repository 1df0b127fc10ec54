// SPDX-License-Identifier: GPL-2.0
/* Memory as it is after a long time of use: what is free lies in single pages. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "private.h"

#define BIGGEST		get_order(SZ_4M)
/* Blocks that stay free, for the stack of a new task: with KASAN there is no way to do without. */
#define STACKS		(IS_ENABLED(CONFIG_KASAN) ? 256 : 0)

void proof_restore(struct proof *proof)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &proof->pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

/* Keeps every second page. */
static void break_up(struct proof *proof, struct page *first, unsigned int order)
{
	unsigned long i;

	split_page(first, order);
	for (i = 0; i < 1UL << order; i += 2) {
		list_add(&first[i].lru, &proof->pages);
		__free_page(first + i + 1);
	}
	cond_resched();
}

/* Whatever is free, and nothing that must first be made so. */
#define FREE	((GFP_HIGHUSER & ~__GFP_RECLAIM) | __GFP_NOWARN)

static void break_up_free(struct proof *proof)
{
	struct page *first;
	unsigned int order;

	for (order = BIGGEST; order; order--)
		while ((first = alloc_pages(FREE, order)))
			break_up(proof, first, order);
}

/*
 * Since 6.7 a CPU keeps more than a hundred MiB of what was freed lately, until somebody searches in
 * vain. kswapd would go on making room behind our back. With KASAN the slabs live on what is kept.
 */
static void search_in_vain(struct proof *proof)
{
	gfp_t flags = (GFP_HIGHUSER & ~__GFP_KSWAPD_RECLAIM) | __GFP_NORETRY | __GFP_NOWARN;
	struct page *first;

	while ((first = alloc_pages(flags, BIGGEST)))
		break_up(proof, first, BIGGEST);
}

int proof_fragment(struct proof *proof)
{
	struct page *first, *next;
	LIST_HEAD(stacks);
	unsigned int i;

	for (i = 0; i < STACKS && (first = alloc_pages(FREE, THREAD_SIZE_ORDER)); i++)
		list_add(&first->lru, &stacks);
	break_up_free(proof);
	if (!IS_ENABLED(CONFIG_KASAN)) {
		search_in_vain(proof);
		break_up_free(proof);
	}
	list_for_each_entry_safe(first, next, &stacks, lru) {
		list_del(&first->lru);
		__free_pages(first, THREAD_SIZE_ORDER);
	}
	return list_empty(&proof->pages) ? -ENOMEM : 0;
}
