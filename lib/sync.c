// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Handing a range of a buffer to the CPU or to the device.
 *
 * The driver's packed request leaves the settings alone and needs no write access, but
 * carries 32 bits of offset and a size that is a multiple of 16. Widening a range could
 * discard what the CPU wrote beside it, so a range is made of two packed ones that overlap.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "../src/uapi/u-dma-buf.h"
#include "internal.h"
#include "udmabuf.h"

#define GRAIN		16ULL
#define PACKED_SIZE_MAX	0xfffffff0ULL
#define PACKED_END_MAX	(1ULL << 32)

/*
 * A cache line is a multiple of GRAIN. One of the two windows lies within the lines that
 * the range touches, and covers only part of each line bigger than GRAIN, as the range does.
 */
static uint64_t window_start(uint64_t offset, uint64_t size)
{
	uint64_t into_grain = offset % GRAIN;

	return into_grain + size > GRAIN ? offset : offset - into_grain;
}

unsigned int udmabuf_sync_pieces(uint64_t offset, uint64_t size, uint64_t buffer_size,
				 struct udmabuf_piece ret_pieces[2])
{
	uint64_t head = size - size % GRAIN;

	if (offset + size > PACKED_END_MAX)
		return 0;
	if (size < GRAIN) {
		offset = window_start(offset, size);
		if (offset + GRAIN > buffer_size || offset + GRAIN > PACKED_END_MAX)
			return 0;
		ret_pieces[0] = (struct udmabuf_piece){ offset, GRAIN };
		return 1;
	}
	if (head > PACKED_SIZE_MAX)
		head = PACKED_SIZE_MAX;
	ret_pieces[0] = (struct udmabuf_piece){ offset, head };
	if (head == size)
		return 1;
	ret_pieces[1] = (struct udmabuf_piece){ offset + size - GRAIN, GRAIN };
	return 2;
}

static int sync_word(int fd, enum udmabuf_owner owner, __u64 word)
{
	unsigned long request = owner == UDMABUF_OWNER_CPU ? U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU :
							     U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE;

	return ioctl(fd, request, &word) < 0 ? -errno : 0;
}

static int sync_packed(int fd, enum udmabuf_owner owner, uint64_t offset, uint64_t size,
		       enum udmabuf_direction direction)
{
	return sync_word(fd, owner, U_DMA_BUF_SYNC_PACKED(offset, size, direction));
}

static int sync_by_settings(int fd, enum udmabuf_owner owner, uint64_t offset, uint64_t size,
			    enum udmabuf_direction direction)
{
	struct u_dma_buf_ioctl_sync saved, request = {
		.flags = U_DMA_BUF_SYNC_SET_DIRECTION(direction) |
			 (owner == UDMABUF_OWNER_CPU ? U_DMA_BUF_SYNC_FOR_CPU :
						       U_DMA_BUF_SYNC_FOR_DEVICE),
		.size = size,
		.offset = offset,
	};

	if (ioctl(fd, U_DMA_BUF_IOCTL_GET_SYNC, &saved) < 0 ||
	    ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC, &request) < 0)
		return -errno;
	saved.flags = U_DMA_BUF_SYNC_SET_DIRECTION(U_DMA_BUF_SYNC_DIRECTION(saved.flags));
	return ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC, &saved) < 0 ? -errno : 0;
}

int udmabuf_sync(int fd, enum udmabuf_owner owner, uint64_t offset, uint64_t size,
		 enum udmabuf_direction direction)
{
	struct udmabuf_piece pieces[2];
	unsigned int count, i;
	__u64 buffer_size;
	int r = 0;

	if ((unsigned int)direction > UDMABUF_FROM_DEVICE || !size)
		return -EINVAL;
	if (size % GRAIN == 0 && size <= PACKED_SIZE_MAX && offset < PACKED_END_MAX)
		return sync_packed(fd, owner, offset, size, direction);

	if (ioctl(fd, U_DMA_BUF_IOCTL_GET_SIZE, &buffer_size) < 0)
		return -errno;
	if (offset > buffer_size || size > buffer_size - offset)
		return -EINVAL;
	count = udmabuf_sync_pieces(offset, size, buffer_size, pieces);
	if (!count)
		return sync_by_settings(fd, owner, offset, size, direction);
	for (i = 0; i < count && r == 0; i++)
		r = sync_packed(fd, owner, pieces[i].offset, pieces[i].size, direction);
	return r;
}

int udmabuf_sync_settings(int fd, enum udmabuf_owner owner)
{
	return sync_word(fd, owner, 1);
}
