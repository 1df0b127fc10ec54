/* SPDX-License-Identifier: GPL-2.0-only */
/* A dma-buf of a range of a buffer, as a program asks for it. Functions that return an int return 0 or an errno value. */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdint.h>

#include "u-dma-buf.h"

/* Directions of an importer. */
#define BOTH 0
#define TO_DEVICE 1
#define FROM_DEVICE 2

int export_range(int fd, uint64_t flags, uint64_t offset, uint64_t size,
		 struct u_dma_buf_ioctl_export *ret_range);
/* The descriptor of a dma-buf; fails the claim if there is none. */
int export_fd(int fd, uint64_t flags, uint64_t offset, uint64_t size);
/* DMA_BUF_SYNC_... */
int sync_dma_buf(int dma_buf, uint64_t flags);

#endif
