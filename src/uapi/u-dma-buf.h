/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * ioctl interface of /dev/<name>, a DMA buffer of the u-dma-buf driver.
 *
 * All fields are native-endian. Every request returns 0, or -1 with errno:
 *   EINVAL  an unknown flag bit, a value out of range, a range outside the buffer
 *   EACCES  U_DMA_BUF_IOCTL_SET_SYNC through a descriptor not open for writing;
 *           U_DMA_BUF_IOCTL_EXPORT of more than the descriptor is open for
 *   EFAULT  the argument can't be read or written
 *   ENODEV  the buffer is gone
 *   ENOMEM  no memory to read the ranges of U_DMA_BUF_IOCTL_SYNC_BATCH, or to export
 *   EMFILE  no descriptor is free for U_DMA_BUF_IOCTL_EXPORT
 *   EOPNOTSUPP  U_DMA_BUF_IOCTL_EXPORT of a pool, which has no pages
 *   E2BIG   a field that this driver does not know is not 0, or a struct is beyond a page
 *   ENOTTY  no such request
 * A request that fails changes nothing.
 */
#ifndef U_DMA_BUF_H
#define U_DMA_BUF_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct u_dma_buf_ioctl_drv_info - what the driver can do
 * @flags:	U_DMA_BUF_DRV_* bits
 * @version:	version of the module, NUL-terminated
 */
struct u_dma_buf_ioctl_drv_info {
	__aligned_u64 flags;
	char version[16];
};

#define U_DMA_BUF_DRV_IOCTL_VERSION(flags)	((flags) & 0xff)
#define U_DMA_BUF_DRV_IN_KERNEL_FUNCTIONS	(1ULL << 8)
#define U_DMA_BUF_DRV_OF_DMA_CONFIG		(1ULL << 12)
#define U_DMA_BUF_DRV_OF_RESERVED_MEM		(1ULL << 13)
#define U_DMA_BUF_DRV_MMAP_MODES		(1ULL << 16)
#define U_DMA_BUF_DRV_MMAP_PAGE_MODE		(1ULL << 17)

/**
 * struct u_dma_buf_ioctl_dev_info - what does not change while the buffer lives
 * @flags:	read with U_DMA_BUF_DEV_*
 * @size:	size of the buffer in bytes
 * @addr:	the DMA address that a device uses; an IOVA behind an IOMMU
 */
struct u_dma_buf_ioctl_dev_info {
	__aligned_u64 flags;
	__aligned_u64 size;
	__aligned_u64 addr;
};

#define U_DMA_BUF_DEV_DMA_MASK(flags)		((flags) & 0xff)
#define U_DMA_BUF_DEV_COHERENT			(1ULL << 9)
#define U_DMA_BUF_DEV_MMAP_MODE(flags)		(((flags) >> 10) & 7)

/**
 * struct u_dma_buf_ioctl_sync - the sync settings
 * @flags:	read and made with U_DMA_BUF_SYNC_*
 * @size:	bytes that a sync covers
 * @offset:	where it starts, in bytes from the start of the buffer
 *
 * When set: direction and offset always, mode and size where not 0, then the
 * command is done if there is one. The owner bit is ignored then, so that what
 * was read can be written back.
 */
struct u_dma_buf_ioctl_sync {
	__aligned_u64 flags;
	__aligned_u64 size;
	__aligned_u64 offset;
};

#define U_DMA_BUF_SYNC_COMMAND(flags)		((flags) & 3)
#define U_DMA_BUF_SYNC_FOR_CPU			1ULL
#define U_DMA_BUF_SYNC_FOR_DEVICE		3ULL
#define U_DMA_BUF_SYNC_DIRECTION(flags)		(((flags) >> 2) & 3)
#define U_DMA_BUF_SYNC_SET_DIRECTION(dir)	((__u64)(dir) << 2)
#define U_DMA_BUF_SYNC_MODE(flags)		(((flags) >> 8) & 0xff)
#define U_DMA_BUF_SYNC_SET_MODE(mode)		((__u64)(mode) << 8)
#define U_DMA_BUF_SYNC_OWNER_DEVICE		(1ULL << 16)

#define U_DMA_BUF_BIDIRECTIONAL			0
#define U_DMA_BUF_TO_DEVICE			1
#define U_DMA_BUF_FROM_DEVICE			2

/*
 * The word of SET_SYNC_FOR_CPU and SET_SYNC_FOR_DEVICE: 0 does nothing, 1 syncs
 * with the settings, anything else is packed and leaves the settings alone: bits
 * 63-32 offset, 31-4 size (so a multiple of 16, and not 0), 3-2 direction, 1-0 not 0.
 */
#define U_DMA_BUF_SYNC_PACKED(offset, size, dir)				\
	(((__u64)(offset) << 32) | ((__u64)(size) & 0xfffffff0) |		\
	 ((__u64)(dir) << 2) | 1)

/**
 * struct u_dma_buf_ioctl_export - a range of the buffer as a dma-buf
 * @flags:	O_RDONLY, O_WRONLY or O_RDWR, with O_SYNC (mapped as through a descriptor
 *		that has it) and O_CLOEXEC
 * @size:	bytes, whole pages, not 0
 * @offset:	where it starts, in bytes from the start of the buffer, whole pages
 * @addr:	comes back: the DMA address of its first byte
 * @fd:		comes back: the descriptor of the dma-buf
 */
struct u_dma_buf_ioctl_export {
	__aligned_u64 flags;
	__aligned_u64 size;
	__aligned_u64 offset;
	__aligned_u64 addr;
	__s32 fd;
};

/**
 * struct u_dma_buf_sync_range - one range of a batch
 * @offset:	where it starts, in bytes from the start of the buffer
 * @size:	bytes, not 0
 * @direction:	U_DMA_BUF_BIDIRECTIONAL, _TO_DEVICE or _FROM_DEVICE
 * @flags:	0
 */
struct u_dma_buf_sync_range {
	__aligned_u64 offset;
	__aligned_u64 size;
	__u32 direction;
	__u32 flags;
};

#define U_DMA_BUF_SYNC_RANGES_MAX		4096

/**
 * struct u_dma_buf_ioctl_sync_batch - many ranges with one system call
 * @argsz:	size of this struct as the program knows it; it may grow at its end, and the
 *		request keeps the number that it has with these fields
 * @flags:	0
 * @command:	U_DMA_BUF_SYNC_FOR_CPU or U_DMA_BUF_SYNC_FOR_DEVICE
 * @count:	number of ranges, at most U_DMA_BUF_SYNC_RANGES_MAX
 * @ranges:	address of an array of struct u_dma_buf_sync_range
 *
 * All of them, or none where one is wrong (EINVAL). The settings stay as they are.
 * E2BIG: the program knows a field that the driver does not, and uses it; or argsz is beyond
 * a page.
 */
struct u_dma_buf_ioctl_sync_batch {
	__u32 argsz;
	__u32 flags;
	__u32 command;
	__u32 count;
	__aligned_u64 ranges;
};

#define U_DMA_BUF_IOCTL_GET_DRV_INFO		_IOR('U', 1, struct u_dma_buf_ioctl_drv_info)
#define U_DMA_BUF_IOCTL_GET_SIZE		_IOR('U', 2, __u64)
#define U_DMA_BUF_IOCTL_GET_DMA_ADDR		_IOR('U', 3, __u64)
#define U_DMA_BUF_IOCTL_GET_SYNC_OWNER		_IOR('U', 4, __u32)
#define U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU	_IOW('U', 5, __u64)
#define U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE	_IOW('U', 6, __u64)
#define U_DMA_BUF_IOCTL_GET_DEV_INFO		_IOR('U', 7, struct u_dma_buf_ioctl_dev_info)
#define U_DMA_BUF_IOCTL_GET_SYNC		_IOR('U', 8, struct u_dma_buf_ioctl_sync)
#define U_DMA_BUF_IOCTL_SET_SYNC		_IOW('U', 9, struct u_dma_buf_ioctl_sync)
#define U_DMA_BUF_IOCTL_EXPORT			_IOWR('U', 10, struct u_dma_buf_ioctl_export)
#define U_DMA_BUF_IOCTL_SYNC_BATCH		_IOW('U', 32, struct u_dma_buf_ioctl_sync_batch)

#endif
