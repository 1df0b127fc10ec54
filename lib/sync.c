// SPDX-License-Identifier: LGPL-2.1-or-later
/* Handing ranges of a buffer to the CPU or to the device. */
#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "../src/uapi/u-dma-buf.h"
#include "udmabuf.h"

int udmabuf_sync(int fd, enum udmabuf_owner owner, uint64_t offset, uint64_t size,
		 enum udmabuf_direction direction)
{
	const struct u_dma_buf_sync_range range = {
		.offset = offset, .size = size, .direction = direction,
	};
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch),
		.command = owner == UDMABUF_OWNER_CPU ? U_DMA_BUF_SYNC_FOR_CPU :
							U_DMA_BUF_SYNC_FOR_DEVICE,
		.count = 1,
		.ranges = (uintptr_t)&range,
	};

	return ioctl(fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch) < 0 ? -errno : 0;
}

int udmabuf_sync_settings(int fd, enum udmabuf_owner owner)
{
	unsigned long request = owner == UDMABUF_OWNER_CPU ? U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU :
							     U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE;
	__u64 word = 1;

	return ioctl(fd, request, &word) < 0 ? -errno : 0;
}

int udmabuf_set_sync(int fd, unsigned int mode, uint64_t offset, uint64_t size,
		     enum udmabuf_direction direction)
{
	struct u_dma_buf_ioctl_sync sync = {
		.flags = U_DMA_BUF_SYNC_SET_MODE(mode) | U_DMA_BUF_SYNC_SET_DIRECTION(direction),
		.size = size,
		.offset = offset,
	};

	if (mode > UDMABUF_SYNC_MODE_MAX || direction > UDMABUF_FROM_DEVICE)
		return -EINVAL;
	return ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC, &sync) < 0 ? -errno : 0;
}
