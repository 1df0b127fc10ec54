// SPDX-License-Identifier: LGPL-2.1-or-later
/* Values as text: numbers, sizes, and the words of sync modes, directions and mmap modes. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "udmabuf.h"

static const char units[] = "KMGT";

static const char *const caching_words[] = {
	[UDMABUF_CACHED] = "cached",
	[UDMABUF_NONCACHED] = "noncached",
	[UDMABUF_WRITE_COMBINE] = "write-combine",
	[UDMABUF_DMA_COHERENT] = "dma-coherent",
	NULL
};

static const char *const caching_with_o_sync_words[] = {
	[UDMABUF_CACHED] = "cached",
	[UDMABUF_NONCACHED] = "noncached with O_SYNC",
	[UDMABUF_WRITE_COMBINE] = "write-combine with O_SYNC",
	[UDMABUF_DMA_COHERENT] = "dma-coherent with O_SYNC",
};

static const char *const direction_words[] = {
	[UDMABUF_BIDIRECTIONAL] = "bidirectional",
	[UDMABUF_TO_DEVICE] = "to-device",
	[UDMABUF_FROM_DEVICE] = "from-device",
	NULL
};

static const char *const mmap_mode_words[] = {
	[0] = "",
	[UDMABUF_MMAP_OFF] = "off",
	[UDMABUF_MMAP_ON] = "on",
	[UDMABUF_MMAP_AUTO] = "auto",
	[UDMABUF_MMAP_PAGE] = "page",
	NULL
};

static const char *const owner_words[] = {
	[UDMABUF_OWNER_CPU] = "cpu",
	[UDMABUF_OWNER_DEVICE] = "device",
	NULL
};

static int parse_leading_number(const char *text, uint64_t *ret_number, const char **ret_end)
{
	const bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	/* Base 0 would take 0b101 too, where the C library is new enough. */
	number = strtoull(text, &end, is_hex ? 16 : *text == '0' ? 8 : 10);
	if (errno)
		return -errno;
	*ret_number = number;
	*ret_end = end;
	return 0;
}

int udmabuf_parse_number(const char *text, uint64_t *ret_number)
{
	const char *end;
	uint64_t number;
	int r;

	r = parse_leading_number(text, &number, &end);
	if (r < 0)
		return r;
	if (*end)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static int parse_unit(const char *text, unsigned int *ret_shift)
{
	const char *unit;

	if (!*text) {
		*ret_shift = 0;
		return 0;
	}
	unit = strchr(units, toupper((unsigned char)*text));
	text++;
	if (!unit || (*text && strcmp(text, "i") && strcmp(text, "iB")))
		return -EINVAL;
	*ret_shift = 10 * (unit - units + 1);
	return 0;
}

int udmabuf_parse_size(const char *text, uint64_t *ret_size)
{
	unsigned int shift;
	const char *end;
	uint64_t number;
	int r;

	r = parse_leading_number(text, &number, &end);
	if (r < 0)
		return r;
	r = parse_unit(end, &shift);
	if (r < 0)
		return r;
	if (number > UINT64_MAX >> shift)
		return -ERANGE;
	*ret_size = number << shift;
	return 0;
}

void udmabuf_format_size(uint64_t size, char ret_text[UDMABUF_SIZE_TEXT])
{
	static const char *const suffixes[] = { "", "K", "M", "G", "T" };
	unsigned int unit = 0;

	while (size && size % 1024 == 0 && unit + 1 < sizeof(suffixes) / sizeof(suffixes[0])) {
		size /= 1024;
		unit++;
	}
	snprintf(ret_text, UDMABUF_SIZE_TEXT, "%" PRIu64 "%s", size, suffixes[unit]);
}

static int parse_word(const char *text, const char *const *words, int *ret_value)
{
	int i;

	for (i = 0; words[i]; i++) {
		if (*text && !strcmp(text, words[i])) {
			*ret_value = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_word_or_number(const char *text, const char *const *words, unsigned int max,
				int *ret_value)
{
	uint64_t number;

	if (udmabuf_parse_number(text, &number) < 0)
		return parse_word(text, words, ret_value);
	if (number > max)
		return -EINVAL;
	*ret_value = number;
	return 0;
}

int udmabuf_parse_sync_mode(const char *text, int *ret_mode)
{
	return parse_word_or_number(text, caching_words, UDMABUF_SYNC_MODE_MAX, ret_mode);
}

int udmabuf_parse_direction(const char *text, int *ret_direction)
{
	return parse_word_or_number(text, direction_words, UDMABUF_FROM_DEVICE, ret_direction);
}

int udmabuf_parse_mmap_mode(const char *text, int *ret_mode)
{
	return parse_word(text, mmap_mode_words, ret_mode);
}

const char *udmabuf_caching_text(unsigned int sync_mode)
{
	if (sync_mode > UDMABUF_SYNC_MODE_MAX)
		return "?";
	return caching_words[sync_mode & UDMABUF_DMA_COHERENT];
}

const char *udmabuf_direction_text(unsigned int direction)
{
	return direction <= UDMABUF_FROM_DEVICE ? direction_words[direction] : "?";
}

const char *udmabuf_mmap_mode_text(unsigned int mmap_mode)
{
	if (mmap_mode < UDMABUF_MMAP_OFF || mmap_mode > UDMABUF_MMAP_PAGE)
		return "?";
	return mmap_mode_words[mmap_mode];
}

const char *udmabuf_owner_text(unsigned int owner)
{
	return owner <= UDMABUF_OWNER_DEVICE ? owner_words[owner] : "?";
}

/* On x86 the hardware keeps a coherent device in step, and mode auto trusts it. */
static bool is_cached_whatever_is_asked(const struct udmabuf_info *info)
{
#if defined(__x86_64__) || defined(__i386__)
	return info->mmap_mode == UDMABUF_MMAP_AUTO && info->is_coherent;
#else
	(void)info;
	return false;
#endif
}

const char *udmabuf_mapping_text(const struct udmabuf_info *info)
{
	unsigned int caching = info->sync_mode & UDMABUF_DMA_COHERENT;

	if (info->mmap_mode == UDMABUF_MMAP_OFF)
		return "dma-coherent";
	if (is_cached_whatever_is_asked(info))
		return "cached";
	if (info->sync_mode & UDMABUF_SYNC_ALWAYS)
		return caching_words[caching];
	return caching_with_o_sync_words[caching];
}
