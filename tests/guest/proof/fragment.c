// SPDX-License-Identifier: GPL-2.0
/* Memory as it is after a long time of use: what is free lies in small pieces. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "private.h"

#define BIGGEST		get_order(SZ_4M)
/* Single pages; but with KASAN no slab is one page, and there is no way to do without a task's stack. */
#define PIECE		(IS_ENABLED(CONFIG_KASAN) ? THREAD_SIZE_ORDER : 0)

void proof_restore(struct proof *proof)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &proof->pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

/* Keeps every second piece. */
static void break_up(struct proof *proof, struct page *first, unsigned int order)
{
	unsigned long i;

	split_page(first, order);
	for (i = 0; i < 1UL << order; i++) {
		if (i >> PIECE & 1)
			__free_page(first + i);
		else
			list_add(&first[i].lru, &proof->pages);
	}
	cond_resched();
}

/* Whatever is free, and nothing that must first be made so. */
#define FREE	((GFP_HIGHUSER & ~__GFP_RECLAIM) | __GFP_NOWARN)

static void break_up_free(struct proof *proof)
{
	struct page *first;
	unsigned int order;

	for (order = BIGGEST; order > PIECE; order--)
		while ((first = alloc_pages(FREE, order)))
			break_up(proof, first, order);
}

/*
 * Since 6.7 a CPU keeps more than a hundred MiB of what was freed lately, until somebody searches in
 * vain. kswapd would go on making room behind our back.
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
	break_up_free(proof);
	search_in_vain(proof);
	break_up_free(proof);
	return list_empty(&proof->pages) ? -ENOMEM : 0;
}
