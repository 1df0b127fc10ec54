// SPDX-License-Identifier: GPL-2.0-only
/* Owns how a buffer, and what became of them all, is put for people. */
#include "score.h"
#include "mem.h"

#include <stdlib.h>

static char *mapping_text(const struct udmabuf_info *info)
{
	const char *caching = udmabuf_caching_text(info->sync_mode);

	if (info->sync_mode & UDMABUF_SYNC_ALWAYS)
		return mem_printf("mapped %s always", caching);
	if ((info->sync_mode & UDMABUF_DMA_COHERENT) == UDMABUF_CACHED)
		return mem_copy("mapped cached");
	return mem_printf("mapped cached, with O_SYNC %s", caching);
}

char *score_buffer(const struct udmabuf_info *info)
{
	MEM_AUTO char *mapping = mapping_text(info);
	char size[UDMABUF_SIZE_TEXT];

	udmabuf_format_size(info->size, size);
	return mem_printf("%s (%ju bytes) at DMA address 0x%jx, device %s, memory %s, "
			  "%s (mmap %s), sync %s of %ju bytes from %ju, %s", size,
			  (uintmax_t)info->size, (uintmax_t)info->dma_addr,
			  *info->device ? info->device : "none", info->memory, mapping,
			  udmabuf_mmap_mode_text(info->mmap_mode),
			  udmabuf_direction_text(info->sync_direction),
			  (uintmax_t)info->sync_size, (uintmax_t)info->sync_offset,
			  info->is_coherent ? "coherent" : "not coherent");
}

static void append_bytes(char **text, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	/* Two digits are enough to know which buffers are meant, and 64 KiB has no fraction. */
	mem_append(text, value < 100 && value != (double)(uint64_t)value ? "%.1f %s" : "%.0f %s",
		   value, units[unit]);
}

char *score_status(const struct config *config, const struct site *sites)
{
	MEM_AUTO char *absent = NULL;
	char *status = NULL;
	uint64_t bytes = 0;
	size_t there = 0;

	if (!config->n_buffers)
		return mem_copy("no buffer is configured");
	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct site *site = &sites[i];

		if (site->state == SITE_THERE) {
			there++;
			bytes += site->size;
		} else {
			mem_append(&absent, "; %s: %s", config->buffers[i].label,
				   site->why ? site->why : "not tried");
		}
	}
	mem_append(&status, "%zu of %zu buffers, ", there, config->n_buffers);
	append_bytes(&status, bytes);
	if (absent)
		mem_append(&status, "%s", absent);
	return status;
}

char *score_missing(const struct config *config, const struct site *sites)
{
	char *missing = NULL;

	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct config_buffer *buffer = &config->buffers[i];

		if (buffer->is_required && sites[i].state != SITE_THERE)
			mem_append(&missing, "%s%s (%s)", missing ? ", " : "", buffer->label,
				   sites[i].why ? sites[i].why : "not tried");
	}
	return missing;
}
