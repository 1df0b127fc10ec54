/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an entry asks for, as one line in the configuration's own words. Equal texts mean equal
 * wishes: the plan compares them, the records keep them, messages show them. Each
 * function returns a text to free(); it is empty where nothing was said.
 */
#ifndef UDMABUFD_CANONICAL_H
#define UDMABUFD_CANONICAL_H

#include "config.h"

/* What can't change while the buffer lives. */
char *canonical_options(const struct config_buffer *buffer);

/* Could a buffer have been made with these options? Mmap is not looked at: a pool has its own. */
bool canonical_fits(const char *options, const struct udmabuf_info *info);

char *canonical_sync(const struct config_sync *sync);
char *canonical_node(const struct config_node *node);

#endif
