// SPDX-License-Identifier: GPL-2.0
/* Memory as it is after a long time of use: what is free lies in single pages. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "private.h"

#define BIGGEST		get_order(SZ_4M)

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

int proof_fragment(struct proof *proof)
{
	/* Whatever is free, and nothing that must first be made so. */
	gfp_t flags = (GFP_HIGHUSER & ~__GFP_RECLAIM) | __GFP_NOWARN;
	unsigned int order;
	struct page *first;

	for (order = BIGGEST; order; order--)
		while ((first = alloc_pages(flags, order)))
			break_up(proof, first, order);
	return list_empty(&proof->pages) ? -ENOMEM : 0;
}
