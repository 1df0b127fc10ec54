// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges of a buffer as dma-bufs, for drivers that import them. A dma-buf is a user of
 * the buffer: its memory stays as long as anybody holds the dma-buf, and is reached
 * through it only while the buffer lives, but for what an importer has mapped.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "buffer.h"
#include "compat.h"
#include "export.h"
#include "uapi/u-dma-buf.h"

struct udmabuf_export {
	struct udmabuf_buffer *buffer;	/* a reference and a use */
	u64 offset;			/* of the range in the buffer; whole pages */
	u64 size;
	bool is_sync;			/* mapped as with O_SYNC */
	bool is_writable;
	struct mutex lock;		/* below: dma_resv -> this -> udmabuf_buffer.lock */
	struct list_head mappings;
};

/* What one importer has mapped. */
struct udmabuf_import {
	struct list_head link;
	struct device *dev;
	enum dma_data_direction direction;
	struct sg_table table;
};

static struct page **pages_of(const struct udmabuf_export *export)
{
	return export->buffer->memory.pages + (export->offset >> PAGE_SHIFT);
}

static int map_import(struct udmabuf_export *export, struct udmabuf_import *import)
{
	int err;

	err = udmabuf_pages_to_table(&import->table, pages_of(export), export->size >> PAGE_SHIFT,
				     udmabuf_piece_max(import->dev));
	if (err)
		return err;
	/* The pages are mapped already, and further mappings shall not touch the caches. */
	err = dma_map_sgtable(import->dev, &import->table, import->direction,
			      DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN);
	if (err) {
		sg_free_table(&import->table);
		return err;
	}
	dma_sync_sgtable_for_device(import->dev, &import->table, import->direction);
	return 0;
}

static void unmap_import(struct udmabuf_import *import)
{
	dma_sync_sgtable_for_cpu(import->dev, &import->table, import->direction);
	dma_unmap_sgtable(import->dev, &import->table, import->direction, DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(&import->table);
}

static struct sg_table *export_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction direction)
{
	struct udmabuf_export *export = attachment->dmabuf->priv;
	struct udmabuf_import *import;
	int err;

	if (READ_ONCE(export->buffer->is_dead))
		return ERR_PTR(-ENODEV);
	if (!export->is_writable && direction != DMA_TO_DEVICE)
		return ERR_PTR(-EACCES);
	import = kzalloc(sizeof(*import), GFP_KERNEL);
	if (!import)
		return ERR_PTR(-ENOMEM);
	import->dev = attachment->dev;
	import->direction = direction;
	err = map_import(export, import);
	if (err) {
		kfree(import);
		return ERR_PTR(err);
	}
	mutex_lock(&export->lock);
	list_add(&import->link, &export->mappings);
	mutex_unlock(&export->lock);
	return &import->table;
}

static void export_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			 enum dma_data_direction direction)
{
	struct udmabuf_import *import = container_of(table, struct udmabuf_import, table);
	struct udmabuf_export *export = attachment->dmabuf->priv;

	mutex_lock(&export->lock);
	list_del(&import->link);
	mutex_unlock(&export->lock);
	unmap_import(import);
	kfree(import);
}

/* For every device that has the range mapped: the importers, then the buffer's own. */
static int sync_export(struct udmabuf_export *export, enum udmabuf_owner owner,
		       enum dma_data_direction direction)
{
	struct udmabuf_sync_request request = {
		.offset = export->offset,
		.size = export->size,
		.direction = direction,
	};
	struct udmabuf_import *import;
	int err;

	mutex_lock(&export->lock);
	list_for_each_entry(import, &export->mappings, link) {
		if (owner == UDMABUF_OWNER_CPU)
			dma_sync_sgtable_for_cpu(import->dev, &import->table, import->direction);
		else
			dma_sync_sgtable_for_device(import->dev, &import->table,
						    import->direction);
	}
	err = udmabuf_sync_range(export->buffer, owner, &request);
	mutex_unlock(&export->lock);
	return err;
}

static int export_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	return sync_export(dmabuf->priv, UDMABUF_OWNER_CPU, direction);
}

static int export_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	return sync_export(dmabuf->priv, UDMABUF_OWNER_DEVICE, direction);
}

/* An importer's mmap gets here too, whatever its own file may be opened for. */
static int export_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct udmabuf_export *export = dmabuf->priv;

	if (!export->is_writable && (vma->vm_flags & VM_SHARED)) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vm_flags_mod(vma, 0, VM_MAYWRITE);
	}
	vma->vm_pgoff += export->offset >> PAGE_SHIFT;
	return udmabuf_buffer_map(export->buffer, export->is_sync, vma);
}

static int export_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct udmabuf_export *export = dmabuf->priv;
	void *vaddr = udmabuf_buffer_vmap(export->buffer, export->is_sync, pages_of(export),
					  export->size >> PAGE_SHIFT,
					  export->is_writable ? PAGE_KERNEL : PAGE_KERNEL_RO);

	if (IS_ERR(vaddr))
		return PTR_ERR(vaddr);
	iosys_map_set_vaddr(map, vaddr);
	return 0;
}

static void export_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct udmabuf_export *export = dmabuf->priv;

	udmabuf_buffer_vunmap(export->buffer, map->vaddr);
}

UDMABUF_WRAP_VMAP(export_vmap, export_vunmap)

static void export_release(struct dma_buf *dmabuf)
{
	struct udmabuf_export *export = dmabuf->priv;

	udmabuf_buffer_close(export->buffer);
	kfree(export);
}

static const struct dma_buf_ops export_ops = {
	.map_dma_buf = export_map,
	.unmap_dma_buf = export_unmap,
	.begin_cpu_access = export_begin_cpu_access,
	.end_cpu_access = export_end_cpu_access,
	.mmap = export_mmap,
	.vmap = UDMABUF_WRAPPED_VMAP(export_vmap),
	.vunmap = UDMABUF_WRAPPED_VMAP(export_vunmap),
	.release = export_release,
};

static struct dma_buf *create_dma_buf(struct udmabuf_buffer *buffer,
				      const struct u_dma_buf_ioctl_export *arg)
{
	struct udmabuf_export *export = kzalloc(sizeof(*export), GFP_KERNEL);
	struct dma_buf *dmabuf;
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	if (!export)
		return ERR_PTR(-ENOMEM);
	export->buffer = buffer;
	export->offset = arg->offset;
	export->size = arg->size;
	export->is_sync = arg->flags & O_SYNC;
	export->is_writable = (arg->flags & O_ACCMODE) != O_RDONLY;
	mutex_init(&export->lock);
	INIT_LIST_HEAD(&export->mappings);

	info.exp_name = "u-dma-buf";
	info.ops = &export_ops;
	info.size = export->size;
	info.flags = arg->flags & O_ACCMODE;
	info.priv = export;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		kfree(export);
		return dmabuf;
	}
	/* So that one call revokes the mappings of all files of the buffer. */
	dmabuf->file->f_mapping = buffer->inode->i_mapping;
	return dmabuf;
}

static int check_export(const struct udmabuf_buffer *buffer, const struct file *file,
			const struct u_dma_buf_ioctl_export *arg)
{
	u64 known = O_CLOEXEC | O_SYNC | O_ACCMODE;
	u64 sync = arg->flags & O_SYNC;
	unsigned int access = arg->flags & O_ACCMODE;

	if ((arg->flags & ~known) || (sync && sync != O_SYNC) || access == O_ACCMODE)
		return -EINVAL;
	if (!arg->size || !PAGE_ALIGNED(arg->offset) || !PAGE_ALIGNED(arg->size) ||
	    !udmabuf_range_is_within(arg->offset, arg->size, buffer->memory.size))
		return -EINVAL;
	if (OPEN_FMODE(access) & ~file->f_mode & (FMODE_READ | FMODE_WRITE))
		return -EACCES;
	return buffer->memory.pages ? 0 : -EOPNOTSUPP;
}

/* The descriptor is installed last, for then it is anybody's. */
static int install_export(struct dma_buf *dmabuf, struct u_dma_buf_ioctl_export *arg,
			  void __user *user_arg, size_t size)
{
	int fd = get_unused_fd_flags(arg->flags & O_CLOEXEC);

	if (fd < 0)
		return fd;
	arg->fd = fd;
	if (copy_to_user(user_arg, arg, size)) {
		put_unused_fd(fd);
		return -EFAULT;
	}
	fd_install(fd, dmabuf->file);
	return 0;
}

int udmabuf_export(struct file *file, void __user *user_arg, size_t size)
{
	struct udmabuf_buffer *buffer = file->private_data;
	struct u_dma_buf_ioctl_export arg;
	struct dma_buf *dmabuf;
	int err;

	if (copy_from_user(&arg, user_arg, size))
		return -EFAULT;
	err = check_export(buffer, file, &arg);
	if (err)
		return err;
	arg.addr = buffer->memory.dma_addr + arg.offset;

	err = udmabuf_buffer_use(buffer);
	if (err)
		return err;
	dmabuf = create_dma_buf(buffer, &arg);
	if (IS_ERR(dmabuf)) {
		udmabuf_buffer_close(buffer);
		return PTR_ERR(dmabuf);
	}
	err = install_export(dmabuf, &arg, user_arg, size);
	if (err)
		dma_buf_put(dmabuf);
	return err;
}

UDMABUF_IMPORT_DMA_BUF;
