// SPDX-License-Identifier: GPL-2.0-only
/* The library has functions of these names, with other arguments. */
#define udmabuf_fail		driver_fail
#define udmabuf_parse_number	driver_parse_number
#define udmabuf_parse_size	driver_parse_size
#include "../../src/spec.c"
#include "../../src/command.c"

#include "driver_grammar.h"

int driver_view(const char *text, struct driver_view *ret_view, const char **ret_reason)
{
	static struct udmabuf_error error;
	struct udmabuf_command command;
	const struct udmabuf_spec *spec = &command.spec;

	if (udmabuf_command_parse(text, strlen(text), &command, &error)) {
		*ret_reason = error.text;
		return -EINVAL;
	}
	*ret_view = (struct driver_view){
		.size = spec->size,
		.minor = spec->minor,
		.dma_mask = spec->dma_mask_bits,
		.mmap_mode = spec->mmap_mode,
		.sync_mode = spec->sync.mode,
		.sync_direction = spec->sync.direction,
		.sync_offset = spec->sync.offset,
		.sync_size = spec->sync.size,
	};
	strcpy(ret_view->name, spec->name);
	snprintf(ret_view->parent, sizeof(ret_view->parent), "%s%s%s", spec->bus,
		 spec->device[0] ? "/" : "", spec->device);
	return 0;
}
