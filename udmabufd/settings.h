/* SPDX-License-Identifier: GPL-2.0-only */
/* Sync settings wished for against those a buffer has: daemon and tool agree on them. Pure. */
#ifndef UDMABUFD_SETTINGS_H
#define UDMABUFD_SETTINGS_H

#include "config.h"

/* What @info says once the wish is granted. */
void settings_apply(const struct config_sync *sync, struct udmabuf_info *info);

/*
 * Is the range within the buffer? The driver looks at each of the two alone, and refuses every sync
 * by one that is not.
 */
bool settings_fit(const struct udmabuf_info *info);

/* Is it granted already? */
bool settings_are_true(const struct config_sync *sync, const struct udmabuf_info *info);

#endif
