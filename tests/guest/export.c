// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>

#include "export.h"
#include "harness.h"

int export_range(int fd, uint64_t flags, uint64_t offset, uint64_t size,
		 struct u_dma_buf_ioctl_export *ret_range)
{
	*ret_range = (struct u_dma_buf_ioctl_export){
		.flags = flags,
		.offset = offset,
		.size = size,
		.fd = -7,
	};
	return ioctl(fd, U_DMA_BUF_IOCTL_EXPORT, ret_range) ? errno : 0;
}

int export_fd(int fd, uint64_t flags, uint64_t offset, uint64_t size)
{
	struct u_dma_buf_ioctl_export range;

	expect_errno("export", export_range(fd, flags, offset, size, &range), 0);
	return range.fd;
}

int sync_dma_buf(int dma_buf, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return ioctl(dma_buf, DMA_BUF_IOCTL_SYNC, &sync) ? errno : 0;
}
