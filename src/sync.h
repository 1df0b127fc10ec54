/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synchronising: which range, in which direction, for whom.
 *
 * The arithmetic is pure and tested on the host from this same file; sync.c does
 * what came out of it.
 */
#ifndef UDMABUF_SYNC_H
#define UDMABUF_SYNC_H

#include <linux/errno.h>
#include <linux/types.h>

#include "spec.h"
#include "uapi/u-dma-buf.h"

struct udmabuf_buffer;

enum udmabuf_owner {
	UDMABUF_OWNER_CPU,
	UDMABUF_OWNER_DEVICE,
};

struct udmabuf_sync_request {
	u64 offset;
	u64 size;
	u8 direction;
};

/* True where no sum of the two can fool it. */
static inline bool udmabuf_range_is_within(u64 offset, u64 size, u64 limit)
{
	return offset <= limit && size <= limit - offset;
}

/**
 * udmabuf_sync_decode() - what a sync word asks for
 * @word:	not 0: 1 means the settings, else it is packed as u-dma-buf.h says
 * @settings:	of the buffer
 * @buffer_size: in bytes
 * @ret_request: the range, which lies within the buffer
 *
 * Return: 0 or -EINVAL.
 */
static inline int udmabuf_sync_decode(u64 word, const struct udmabuf_sync_settings *settings,
				      u64 buffer_size, struct udmabuf_sync_request *ret_request)
{
	struct udmabuf_sync_request request = {
		.offset = settings->offset,
		.size = settings->size,
		.direction = settings->direction,
	};

	if (word != 1) {
		request.offset = word >> 32;
		request.size = word & 0xfffffff0;
		request.direction = (word >> 2) & 3;
		if (!(word & 3) || !request.size || request.direction > 2)
			return -EINVAL;
	}
	if (!udmabuf_range_is_within(request.offset, request.size, buffer_size))
		return -EINVAL;
	*ret_request = request;
	return 0;
}

/**
 * udmabuf_sync_merge() - the settings after ioctl 9, judged whole
 * @arg:	what was asked for
 * @old:	the settings before
 * @buffer_size: in bytes
 * @ret_settings: the settings after; may be @old
 * @ret_command: 0 or one of U_DMA_BUF_SYNC_FOR_*
 *
 * Return: 0 or -EINVAL.
 */
static inline int udmabuf_sync_merge(const struct u_dma_buf_ioctl_sync *arg,
				     const struct udmabuf_sync_settings *old, u64 buffer_size,
				     struct udmabuf_sync_settings *ret_settings,
				     unsigned int *ret_command)
{
	u64 known = U_DMA_BUF_SYNC_COMMAND(~0ULL) | U_DMA_BUF_SYNC_SET_DIRECTION(3) |
		    U_DMA_BUF_SYNC_SET_MODE(0xff) | U_DMA_BUF_SYNC_OWNER_DEVICE;
	unsigned int command = U_DMA_BUF_SYNC_COMMAND(arg->flags);
	unsigned int mode = U_DMA_BUF_SYNC_MODE(arg->flags);
	struct udmabuf_sync_settings settings = {
		.offset = arg->offset,
		.size = arg->size ? arg->size : old->size,
		.mode = mode ? mode : old->mode,
		.direction = U_DMA_BUF_SYNC_DIRECTION(arg->flags),
	};

	if ((arg->flags & ~known) || command == 2 || mode > 7 || settings.direction > 2)
		return -EINVAL;
	/* A size that was not given counts only where it is used. */
	if (!udmabuf_range_is_within(settings.offset, command ? settings.size : arg->size,
				     buffer_size))
		return -EINVAL;
	*ret_settings = settings;
	*ret_command = command;
	return 0;
}

/* True if every range of a batch may be synced. */
static inline bool udmabuf_sync_ranges_are_valid(const struct u_dma_buf_sync_range *ranges,
						 u32 count, u64 buffer_size)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (!ranges[i].size || ranges[i].direction > 2 || ranges[i].flags ||
		    !udmabuf_range_is_within(ranges[i].offset, ranges[i].size, buffer_size))
			return false;
	return true;
}

/*
 * All of these may sleep, take the buffer's lock for reading, and answer -ENODEV
 * once the buffer is dead. A caller that may not write (@is_writer false) never
 * discards what a CPU wrote: the caches are written back before they are
 * invalidated.
 */

/* A sync word on behalf of user space; the range passes to @owner. */
int udmabuf_sync_word(struct udmabuf_buffer *buffer, enum udmabuf_owner owner, u64 word,
		      bool is_writer);
/* Ranges that are valid; all pass to @owner. */
int udmabuf_sync_ranges(struct udmabuf_buffer *buffer, enum udmabuf_owner owner,
			const struct u_dma_buf_sync_range *ranges, u32 count, bool is_writer);
/* ioctl 9 */
int udmabuf_sync_set(struct udmabuf_buffer *buffer, const struct u_dma_buf_ioctl_sync *arg);
void udmabuf_sync_get(struct udmabuf_buffer *buffer, struct u_dma_buf_ioctl_sync *ret_arg);
/*
 * For the driver's own copying: the owner stays who it is, and nothing that a CPU
 * wrote is discarded.
 */
int udmabuf_sync_range(struct udmabuf_buffer *buffer, enum udmabuf_owner owner,
		       const struct udmabuf_sync_request *request);

#endif
