// SPDX-License-Identifier: GPL-2.0-only
/* Words of the command line to values: each says what is wrong with a word and what is allowed. */
#include <errno.h>

#include "../lib/udmabuf.h"
#include "udmabufctl.h"

int udmabufctl_take_size(const char *what, const char *text, uint64_t *ret_size)
{
	int r = udmabuf_parse_size(text, ret_size);

	if (r == -ERANGE)
		return udmabufctl_usage_error("%s '%s' does not fit 64 bits", what, text);
	if (r < 0)
		return udmabufctl_usage_error("%s '%s' is none: 4096, 0x1000, 64K, 16M, 2G, 1T",
					      what, text);
	return EXIT_OK;
}

int udmabufctl_take_int(const char *what, const char *text, unsigned int low, unsigned int high,
			int *ret_number)
{
	uint64_t number;

	if (udmabuf_parse_number(text, &number) < 0 || number < low || number > high)
		return udmabufctl_usage_error("%s '%s' is not from %u to %u", what, text, low,
					      high);
	*ret_number = number;
	return EXIT_OK;
}

static int take_word(const char *what, const char *text, const char *allowed,
		     int (*parse)(const char *text, int *ret_value), int *ret_value)
{
	if (parse(text, ret_value) < 0)
		return udmabufctl_usage_error("%s '%s' is none of %s", what, text, allowed);
	return EXIT_OK;
}

int udmabufctl_take_direction(const char *text, int *ret_direction)
{
	return take_word("direction", text, "0 to 2, bidirectional, to-device, from-device",
			 udmabuf_parse_direction, ret_direction);
}

int udmabufctl_take_sync_mode(const char *text, int *ret_mode)
{
	return take_word("sync mode", text,
			 "0 to 7, cached, noncached, write-combine, dma-coherent",
			 udmabuf_parse_sync_mode, ret_mode);
}

int udmabufctl_take_mmap_mode(const char *text, int *ret_mode)
{
	return take_word("mmap mode", text, "off, on, auto, page", udmabuf_parse_mmap_mode,
			 ret_mode);
}
