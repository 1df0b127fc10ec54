// SPDX-License-Identifier: GPL-2.0-only
/* Owns what a wish for sync settings means for a buffer that has some. */
#include "settings.h"

/* A mode from 4 on says "always" itself. */
static unsigned int wanted_mode(const struct config_sync *sync, unsigned int mode)
{
	if (sync->mode >= 0)
		mode = (unsigned int)sync->mode;
	if (sync->always == 1)
		mode |= UDMABUF_SYNC_ALWAYS;
	else if (sync->always == 0)
		mode &= ~UDMABUF_SYNC_ALWAYS;
	return mode;
}

void settings_apply(const struct config_sync *sync, struct udmabuf_info *info)
{
	info->sync_mode = wanted_mode(sync, info->sync_mode);
	if (sync->direction >= 0)
		info->sync_direction = (unsigned int)sync->direction;
	if (sync->has_offset)
		info->sync_offset = sync->offset;
	if (sync->has_size)
		info->sync_size = sync->size;
}

bool settings_fit(const struct udmabuf_info *info)
{
	return info->sync_offset <= info->size && info->sync_size <= info->size - info->sync_offset;
}

bool settings_are_true(const struct config_sync *sync, const struct udmabuf_info *info)
{
	struct udmabuf_info wanted = *info;

	settings_apply(sync, &wanted);
	return wanted.sync_mode == info->sync_mode &&
	       wanted.sync_direction == info->sync_direction &&
	       wanted.sync_offset == info->sync_offset && wanted.sync_size == info->sync_size;
}
