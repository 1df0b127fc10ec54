// SPDX-License-Identifier: GPL-2.0
/* /dev/<name>: what a file of a buffer can do. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "buffer.h"
#include "compat.h"
#include "export.h"
#include "uapi/u-dma-buf.h"
#include "version.h"

static int udmabuf_open(struct inode *inode, struct file *file)
{
	struct udmabuf_buffer *buffer = udmabuf_buffer_open(iminor(inode));

	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	file->private_data = buffer;
	file->f_mapping = buffer->inode->i_mapping;
	return 0;
}

static int udmabuf_release(struct inode *inode, struct file *file)
{
	udmabuf_buffer_close(file->private_data);
	return 0;
}

/*
 * The copying itself is done without the lock, for it may fault into a mapping of
 * this very buffer. The pages stay: the file holds the buffer.
 */
static int sync_copy(struct file *file, u64 offset, u64 size, enum udmabuf_owner owner)
{
	struct udmabuf_buffer *buffer = file->private_data;
	struct udmabuf_sync_request request = {
		.offset = offset,
		.direction = owner == UDMABUF_OWNER_CPU ? DMA_FROM_DEVICE : DMA_TO_DEVICE,
	};

	if ((file->f_flags & O_SYNC) || (READ_ONCE(buffer->sync.mode) & UDMABUF_SYNC_ALWAYS)) {
		request.size = size;
		udmabuf_memory_flush(&buffer->memory, offset, size, &buffer->dev);
	}
	return udmabuf_sync_range(buffer, owner, &request);
}

static ssize_t udmabuf_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct udmabuf_buffer *buffer = iocb->ki_filp->private_data;
	u64 offset = iocb->ki_pos;
	size_t size = iov_iter_count(to);
	size_t copied;
	int err;

	size = offset < buffer->size ? min_t(u64, size, buffer->size - offset) : 0;
	err = sync_copy(iocb->ki_filp, offset, size, UDMABUF_OWNER_CPU);
	if (err || !size)
		return err;
	copied = udmabuf_memory_copy_to_iter(&buffer->memory, offset, size, to);
	if (!copied)
		return -EFAULT;
	iocb->ki_pos += copied;
	return copied;
}

static ssize_t udmabuf_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct udmabuf_buffer *buffer = iocb->ki_filp->private_data;
	u64 offset = iocb->ki_pos;
	size_t size = iov_iter_count(from);
	size_t copied;
	int err;

	if (size && offset >= buffer->size)
		return READ_ONCE(buffer->is_dead) ? -ENODEV : -ENOSPC;
	size = offset < buffer->size ? min_t(u64, size, buffer->size - offset) : 0;
	/* What the device wrote beside it, in the same cache lines, must survive. */
	err = sync_copy(iocb->ki_filp, offset, size, UDMABUF_OWNER_CPU);
	if (err || !size)
		return err;
	copied = udmabuf_memory_copy_from_iter(&buffer->memory, offset, size, from);
	if (!copied)
		return -EFAULT;
	err = sync_copy(iocb->ki_filp, offset, copied, UDMABUF_OWNER_DEVICE);
	if (err)
		return err;
	iocb->ki_pos += copied;
	return copied;
}

static int udmabuf_mmap(struct file *file, struct vm_area_struct *vma)
{
	return udmabuf_buffer_map(file->private_data, file->f_flags & O_SYNC, vma);
}

static loff_t udmabuf_llseek(struct file *file, loff_t offset, int whence)
{
	struct udmabuf_buffer *buffer = file->private_data;

	if (READ_ONCE(buffer->is_dead))
		return -ENODEV;
	return fixed_size_llseek(file, offset, whence, buffer->size);
}

static u64 driver_flags(void)
{
	return UDMABUF_IOCTL_VERSION | U_DMA_BUF_DRV_MMAP_MODES | U_DMA_BUF_DRV_MMAP_PAGE_MODE |
	       (IS_ENABLED(CONFIG_OF) ? U_DMA_BUF_DRV_OF_DMA_CONFIG : 0) |
	       (IS_ENABLED(CONFIG_OF_RESERVED_MEM) ? U_DMA_BUF_DRV_OF_RESERVED_MEM : 0);
}

static int get_driver_info(void __user *arg)
{
	struct u_dma_buf_ioctl_drv_info info = {
		.flags = driver_flags(),
		.version = UDMABUF_VERSION,
	};

	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static int get_device_info(struct udmabuf_buffer *buffer, void __user *arg)
{
	struct u_dma_buf_ioctl_dev_info info = {
		.flags = buffer->dma_mask_bits | (u64)buffer->mmap_mode << 10 |
			 (buffer->memory.is_coherent ? U_DMA_BUF_DEV_COHERENT : 0),
		.size = buffer->size,
		.addr = buffer->memory.dma_addr,
	};

	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static int get_sync(struct udmabuf_buffer *buffer, void __user *arg)
{
	struct u_dma_buf_ioctl_sync sync;

	udmabuf_sync_get(buffer, &sync);
	return copy_to_user(arg, &sync, sizeof(sync)) ? -EFAULT : 0;
}

static int set_sync(struct file *file, const void __user *arg)
{
	struct u_dma_buf_ioctl_sync sync;

	if (!(file->f_mode & FMODE_WRITE))
		return -EACCES;
	if (copy_from_user(&sync, arg, sizeof(sync)))
		return -EFAULT;
	return udmabuf_sync_set(file->private_data, &sync);
}

static int sync_for(struct file *file, enum udmabuf_owner owner, const u64 __user *arg)
{
	u64 word;

	if (get_user(word, arg))
		return -EFAULT;
	return udmabuf_sync_word(file->private_data, owner, word, file->f_mode & FMODE_WRITE);
}

static int sync_ranges(struct file *file, const struct u_dma_buf_ioctl_sync_batch *batch)
{
	struct udmabuf_buffer *buffer = file->private_data;
	struct u_dma_buf_sync_range *ranges;
	int err = -EINVAL;

	ranges = vmemdup_user(u64_to_user_ptr(batch->ranges), batch->count * sizeof(*ranges));
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);
	if (udmabuf_sync_ranges_are_valid(ranges, batch->count, buffer->size))
		err = udmabuf_sync_ranges(buffer, batch->command == U_DMA_BUF_SYNC_FOR_CPU ?
					  UDMABUF_OWNER_CPU : UDMABUF_OWNER_DEVICE,
					  ranges, batch->count, file->f_mode & FMODE_WRITE);
	kvfree(ranges);
	return err;
}

static int sync_batch(struct file *file, const void __user *arg)
{
	struct u_dma_buf_ioctl_sync_batch batch;
	u32 size;
	int err;

	if (get_user(size, (const u32 __user *)arg))
		return -EFAULT;
	/* The first version of the struct, where this one may be a later. */
	if (size < offsetofend(struct u_dma_buf_ioctl_sync_batch, ranges))
		return -EINVAL;
	/* Of a later struct the rest is looked at, byte by byte. */
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&batch, sizeof(batch), arg, size);
	if (err)
		return err;
	if (batch.flags || batch.count > U_DMA_BUF_SYNC_RANGES_MAX ||
	    (batch.command != U_DMA_BUF_SYNC_FOR_CPU && batch.command != U_DMA_BUF_SYNC_FOR_DEVICE))
		return -EINVAL;
	return batch.count ? sync_ranges(file, &batch) : 0;
}

/* Of an i386 program: without the padding, which makes it another number. */
#define EXPORT_I386	_IOC(_IOC_READ | _IOC_WRITE, 'U', 10, 36)

static long udmabuf_ioctl(struct file *file, unsigned int request, unsigned long address)
{
	struct udmabuf_buffer *buffer = file->private_data;
	void __user *arg = (void __user *)address;

	if (READ_ONCE(buffer->is_dead))
		return -ENODEV;

	switch (request) {
	case U_DMA_BUF_IOCTL_GET_DRV_INFO:
		return get_driver_info(arg);
	case U_DMA_BUF_IOCTL_GET_SIZE:
		return put_user(buffer->size, (u64 __user *)arg);
	case U_DMA_BUF_IOCTL_GET_DMA_ADDR:
		return put_user((u64)buffer->memory.dma_addr, (u64 __user *)arg);
	case U_DMA_BUF_IOCTL_GET_SYNC_OWNER:
		return put_user((u32)READ_ONCE(buffer->owner), (u32 __user *)arg);
	case U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU:
		return sync_for(file, UDMABUF_OWNER_CPU, arg);
	case U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE:
		return sync_for(file, UDMABUF_OWNER_DEVICE, arg);
	case U_DMA_BUF_IOCTL_GET_DEV_INFO:
		return get_device_info(buffer, arg);
	case U_DMA_BUF_IOCTL_GET_SYNC:
		return get_sync(buffer, arg);
	case U_DMA_BUF_IOCTL_SET_SYNC:
		return set_sync(file, arg);
	case U_DMA_BUF_IOCTL_EXPORT:
	case EXPORT_I386:
		return udmabuf_export(file, arg, _IOC_SIZE(request));
	case U_DMA_BUF_IOCTL_SYNC_BATCH:
		return sync_batch(file, arg);
	default:
		return -ENOTTY;
	}
}

const struct file_operations udmabuf_file_operations = {
	.owner = THIS_MODULE,
	.open = udmabuf_open,
	.release = udmabuf_release,
	.llseek = udmabuf_llseek,
	.read_iter = udmabuf_read_iter,
	.write_iter = udmabuf_write_iter,
	.splice_read = udmabuf_splice_read,
	.splice_write = iter_file_splice_write,
	.mmap = udmabuf_mmap,
	.unlocked_ioctl = udmabuf_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
