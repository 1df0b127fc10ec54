// SPDX-License-Identifier: GPL-2.0
/* Does the cache maintenance that sync.h worked out, and keeps the settings. */
#include <linux/sched/signal.h>

#include "buffer.h"
#include "sync.h"

/* True if lines that a CPU wrote may be dropped. */
static bool may_discard(enum udmabuf_owner owner, u8 direction)
{
	return owner == UDMABUF_OWNER_CPU ? direction != DMA_TO_DEVICE :
					    direction == DMA_FROM_DEVICE;
}

static void sync_memory(const struct udmabuf_memory *memory, enum udmabuf_owner owner, u64 offset,
			u64 size, u8 direction)
{
	if (owner == UDMABUF_OWNER_CPU)
		udmabuf_memory_sync_for_cpu(memory, offset, size, direction);
	else
		udmabuf_memory_sync_for_device(memory, offset, size, direction);
}

/*
 * What a CPU writes between the two is lost, for no call does both: by pages, they follow
 * each other soon.
 */
static void sync_after_write_back(const struct udmabuf_memory *memory, enum udmabuf_owner owner,
				  u64 offset, u64 size, u8 direction)
{
	while (size) {
		u64 piece = min_t(u64, size, PAGE_SIZE - offset_in_page(offset));

		udmabuf_memory_sync_for_device(memory, offset, piece, DMA_TO_DEVICE);
		sync_memory(memory, owner, offset, piece, direction);
		offset += piece;
		size -= piece;
		cond_resched();
	}
}

static void sync_locked(struct udmabuf_buffer *buffer, enum udmabuf_owner owner,
			const struct udmabuf_sync_request *request, bool is_writer)
{
	const struct udmabuf_memory *memory = &buffer->memory;

	if (!memory->needs_sync)
		return;
	if (!is_writer && may_discard(owner, request->direction))
		sync_after_write_back(memory, owner, request->offset, request->size,
				      request->direction);
	else if (request->size)
		sync_memory(memory, owner, request->offset, request->size, request->direction);
}

static int sync_request(struct udmabuf_buffer *buffer, enum udmabuf_owner owner,
			const struct udmabuf_sync_request *request, bool is_writer)
{
	int err = -ENODEV;

	down_read(&buffer->lock);
	if (!buffer->is_dead) {
		sync_locked(buffer, owner, request, is_writer);
		err = 0;
	}
	up_read(&buffer->lock);
	return err;
}

int udmabuf_sync_range(struct udmabuf_buffer *buffer, enum udmabuf_owner owner,
		       const struct udmabuf_sync_request *request)
{
	return sync_request(buffer, owner, request, false);
}

static int sync_word(struct udmabuf_buffer *buffer, enum udmabuf_owner owner, u64 word,
		     bool is_writer)
{
	struct udmabuf_sync_request request;
	int err;

	if (READ_ONCE(buffer->is_dead))
		return -ENODEV;
	if (!word)
		return 0;
	err = udmabuf_sync_decode(word, &buffer->sync, buffer->size, &request);
	if (err)
		return err;
	sync_locked(buffer, owner, &request, is_writer);
	WRITE_ONCE(buffer->owner, owner);
	return 0;
}

int udmabuf_sync_word(struct udmabuf_buffer *buffer, enum udmabuf_owner owner, u64 word,
		      bool is_writer)
{
	int err;

	/* Where no cache is touched there is nothing that a removal must wait for. */
	if (!buffer->memory.needs_sync && word != 1)
		return sync_word(buffer, owner, word, is_writer);
	down_read(&buffer->lock);
	err = sync_word(buffer, owner, word, is_writer);
	up_read(&buffer->lock);
	return err;
}

int udmabuf_sync_ranges(struct udmabuf_buffer *buffer, enum udmabuf_owner owner,
			const struct u_dma_buf_sync_range *ranges, u32 count, bool is_writer)
{
	u32 i;

	if (READ_ONCE(buffer->is_dead))
		return -ENODEV;
	/* Thousands of big ranges take minutes: a removal waits for one of them, not for all. */
	for (i = 0; i < count; i++) {
		struct udmabuf_sync_request request = {
			.offset = ranges[i].offset,
			.size = ranges[i].size,
			.direction = ranges[i].direction,
		};
		int err;

		if (fatal_signal_pending(current))
			return -EINTR;
		err = sync_request(buffer, owner, &request, is_writer);
		if (err)
			return err;
		cond_resched();
	}
	WRITE_ONCE(buffer->owner, owner);
	return 0;
}

static int sync_set_locked(struct udmabuf_buffer *buffer, const struct u_dma_buf_ioctl_sync *arg)
{
	unsigned int command;
	int err;

	if (buffer->is_dead)
		return -ENODEV;
	err = udmabuf_sync_merge(arg, &buffer->sync, buffer->size, &buffer->sync, &command);
	if (err || !command)
		return err;
	return sync_word(buffer, command == U_DMA_BUF_SYNC_FOR_CPU ? UDMABUF_OWNER_CPU :
			 UDMABUF_OWNER_DEVICE, 1, true);
}

int udmabuf_sync_set(struct udmabuf_buffer *buffer, const struct u_dma_buf_ioctl_sync *arg)
{
	int err;

	down_write(&buffer->lock);
	err = sync_set_locked(buffer, arg);
	up_write(&buffer->lock);
	return err;
}

void udmabuf_sync_get(struct udmabuf_buffer *buffer, struct u_dma_buf_ioctl_sync *ret_arg)
{
	down_read(&buffer->lock);
	ret_arg->flags = U_DMA_BUF_SYNC_SET_DIRECTION(buffer->sync.direction) |
			 U_DMA_BUF_SYNC_SET_MODE(buffer->sync.mode);
	if (READ_ONCE(buffer->owner) == UDMABUF_OWNER_DEVICE)
		ret_arg->flags |= U_DMA_BUF_SYNC_OWNER_DEVICE;
	ret_arg->size = buffer->sync.size;
	ret_arg->offset = buffer->sync.offset;
	up_read(&buffer->lock);
}
