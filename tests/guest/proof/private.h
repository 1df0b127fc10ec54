/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UDMABUF_PROOF_PRIVATE_H
#define UDMABUF_PROOF_PRIVATE_H

#include <linux/dma-buf.h>
#include <linux/list.h>
#include <linux/mutex.h>

#include "proof.h"

struct proof {
	struct mutex lock;	/* all below */
	struct page *held;
	struct list_head pages;		/* that fragment memory */
	int overlay;			/* its number, or 0 */
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attachment;
	struct sg_table *table;
	enum dma_data_direction direction;
};

int proof_page(struct proof_page *page);
int proof_hold(struct proof *proof, unsigned long address);
void proof_drop(struct proof *proof);

int proof_watch_calls(void);
void proof_get_calls(struct proof_calls *ret_calls);
void proof_exit_calls(void);

int proof_fragment(struct proof *proof);
void proof_restore(struct proof *proof);

int proof_overlay(struct proof *proof, const struct proof_overlay *overlay);
int proof_remove_overlay(struct proof *proof);

int proof_import(struct proof *proof, struct device *dev, struct proof_import *import);
int proof_copy(struct proof *proof, const struct proof_copy *copy);
void proof_let_go(struct proof *proof);

#endif
