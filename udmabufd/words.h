/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an entry asks for, as one line in the configuration's own words. Equal texts mean equal
 * wishes: the plan compares them, the records keep them, messages show them. Each
 * function returns a text to free(); it is empty where nothing was said.
 */
#ifndef UDMABUFD_WORDS_H
#define UDMABUFD_WORDS_H

#include "config.h"

/* What can't change while the buffer lives. */
char *words_options(const struct config_buffer *buffer);

char *words_sync(const struct config_sync *sync);
char *words_node(const struct config_node *node);

#endif
