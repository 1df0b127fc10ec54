/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a folder that add to the configuration. */
#ifndef UDMABUFD_DROPIN_H
#define UDMABUFD_DROPIN_H

#include <stddef.h>

/* A growing list of paths; dropin_free() it. */
struct dropins {
	char **paths;
	size_t n_paths;
};

/*
 * Adds the *.conf of a folder, hidden ones left out; a folder that is not there has none.
 * Return: 0 or a negative errno.
 */
int dropin_add(struct dropins *dropins, const char *dir);

/* By name, whatever the folder; of equal names, that in /etc goes before that in /run. */
void dropin_sort(struct dropins *dropins);

void dropin_free(struct dropins *dropins);

#endif
