// SPDX-License-Identifier: GPL-2.0
/* A driver that imports a dma-buf. */
#include <linux/dma-resv.h>
#include <linux/highmem.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "private.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS("DMA_BUF");
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
MODULE_IMPORT_NS(DMA_BUF);
#endif

/* 6.2 asks drivers that hold no lock to say so. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define map_attachment		dma_buf_map_attachment_unlocked
#define unmap_attachment	dma_buf_unmap_attachment_unlocked
#define vmap_buffer		dma_buf_vmap_unlocked
#define vunmap_buffer		dma_buf_vunmap_unlocked
#else
#define map_attachment		dma_buf_map_attachment
#define unmap_attachment	dma_buf_unmap_attachment
#define vmap_buffer		dma_buf_vmap
#define vunmap_buffer		dma_buf_vunmap
#endif

void proof_let_go(struct proof *proof)
{
	if (proof->table)
		unmap_attachment(proof->attachment, proof->table, proof->direction);
	if (proof->attachment)
		dma_buf_detach(proof->dmabuf, proof->attachment);
	if (proof->dmabuf)
		dma_buf_put(proof->dmabuf);
	proof->table = NULL;
	proof->attachment = NULL;
	proof->dmabuf = NULL;
}

static int import_buffer(struct proof *proof, struct device *dev, int fd)
{
	struct dma_buf_attachment *attachment;
	struct dma_buf *dmabuf = dma_buf_get(fd);
	struct sg_table *table;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	proof->dmabuf = dmabuf;
	attachment = dma_buf_attach(dmabuf, dev);
	if (IS_ERR(attachment))
		return PTR_ERR(attachment);
	proof->attachment = attachment;
	table = map_attachment(attachment, proof->direction);
	if (IS_ERR(table))
		return PTR_ERR(table);
	proof->table = table;
	return 0;
}

int proof_import(struct proof *proof, struct device *dev, struct proof_import *import)
{
	struct scatterlist *sg;
	unsigned int i;
	int err;

	if (proof->dmabuf)
		return -EBUSY;
	proof->direction = import->direction;
	err = import_buffer(proof, dev, import->fd);
	if (err) {
		proof_let_go(proof);
		return err;
	}
	import->size = 0;
	for_each_sgtable_sg(proof->table, sg, i)
		import->size += sg->length;
	import->pieces = proof->table->orig_nents;
	import->frame = page_to_pfn(sg_page(proof->table->sgl));
	return 0;
}

static struct page *page_at(struct proof *proof, u64 index)
{
	struct sg_page_iter at;

	for_each_sgtable_page(proof->table, &at, 0)
		if (!index--)
			return sg_page_iter_page(&at);
	return NULL;
}

static int copy_by_page(struct proof *proof, const struct proof_copy *copy, u8 *bytes)
{
	size_t done, size;

	for (done = 0; done < copy->size; done += size) {
		u64 offset = copy->offset + done;
		struct page *page = page_at(proof, offset >> PAGE_SHIFT);
		u8 *vaddr;

		if (!page)
			return -EINVAL;
		size = min_t(size_t, copy->size - done, PAGE_SIZE - offset_in_page(offset));
		vaddr = kmap(page);
		if (copy->is_write)
			memcpy(vaddr + offset_in_page(offset), bytes + done, size);
		else
			memcpy(bytes + done, vaddr + offset_in_page(offset), size);
		kunmap(page);
	}
	return 0;
}

/* Asked, for an attempt would be the end of the kernel; x86 alone tells a module. */
static bool is_writable(u8 *vaddr)
{
#ifdef CONFIG_X86
	unsigned int level;
	pte_t *entry = lookup_address((unsigned long)vaddr, &level);

	return entry && pte_write(*entry);
#else
	return true;
#endif
}

static int copy_by_vaddr(u8 *vaddr, const struct proof_copy *copy, u8 *bytes)
{
	if (copy->is_write && !is_writable(vaddr + copy->offset))
		return -EACCES;
	if (copy->is_write)
		memcpy(vaddr + copy->offset, bytes, copy->size);
	else
		memcpy(bytes, vaddr + copy->offset, copy->size);
	return 0;
}

/* An operation of the exporter that fails is what is looked at, and dma_buf_vmap() warns of each that does. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
static int vmap_by(struct dma_buf *dmabuf, enum proof_way way, struct iosys_map *map)
{
	int err;

	if (way == PROOF_BY_VMAP)
		return vmap_buffer(dmabuf, map);
	dma_resv_lock(dmabuf->resv, NULL);
	err = dmabuf->ops->vmap(dmabuf, map);
	dma_resv_unlock(dmabuf->resv);
	return err;
}

static void vunmap_by(struct dma_buf *dmabuf, enum proof_way way, struct iosys_map *map)
{
	if (way == PROOF_BY_VMAP) {
		vunmap_buffer(dmabuf, map);
		return;
	}
	dma_resv_lock(dmabuf->resv, NULL);
	dmabuf->ops->vunmap(dmabuf, map);
	dma_resv_unlock(dmabuf->resv);
}
#else
struct iosys_map {
	void *vaddr;
};

static int vmap_by(struct dma_buf *dmabuf, enum proof_way way, struct iosys_map *map)
{
	map->vaddr = way == PROOF_BY_VMAP ? vmap_buffer(dmabuf) : dmabuf->ops->vmap(dmabuf);
	return map->vaddr ? 0 : -ENOMEM;
}

static void vunmap_by(struct dma_buf *dmabuf, enum proof_way way, struct iosys_map *map)
{
	if (way == PROOF_BY_VMAP)
		vunmap_buffer(dmabuf, map->vaddr);
	else
		dmabuf->ops->vunmap(dmabuf, map->vaddr);
}
#endif

static int copy_by_vmap(struct proof *proof, const struct proof_copy *copy, u8 *bytes)
{
	struct iosys_map map;
	int err;

	if (copy->offset > proof->dmabuf->size ||
	    copy->size > proof->dmabuf->size - copy->offset)
		return -EINVAL;
	err = vmap_by(proof->dmabuf, copy->way, &map);
	if (err)
		return err;
	err = copy_by_vaddr(map.vaddr, copy, bytes);
	vunmap_by(proof->dmabuf, copy->way, &map);
	return err;
}

int proof_copy(struct proof *proof, const struct proof_copy *copy)
{
	void __user *memory = u64_to_user_ptr(copy->memory);
	u8 *bytes;
	int err;

	if (!proof->table)
		return -ENXIO;
	bytes = vmemdup_user(memory, copy->size);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	err = copy->way == PROOF_BY_PAGE ? copy_by_page(proof, copy, bytes) :
					   copy_by_vmap(proof, copy, bytes);
	if (!err && !copy->is_write && copy_to_user(memory, bytes, copy->size))
		err = -EFAULT;
	kvfree(bytes);
	return err;
}
