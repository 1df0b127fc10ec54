/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of each kind of entry, for config.c alone; each reads into the entry's struct. */
#ifndef UDMABUFD_KEYS_H
#define UDMABUFD_KEYS_H

#include "reader.h"

extern const struct key keys_of_buffer[];	/* struct config_buffer */
extern const size_t n_keys_of_buffer;

extern const struct key keys_of_match[];	/* struct config_match */
extern const size_t n_keys_of_match;

extern const struct key keys_of_defaults[];	/* struct config_node */
extern const size_t n_keys_of_defaults;

#endif
