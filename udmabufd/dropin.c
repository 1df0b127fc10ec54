// SPDX-License-Identifier: GPL-2.0-only
/* Owns the order in which the folders' files are read. */
#include "dropin.h"
#include "mem.h"
#include "source.h"

#include <dirent.h>
#include <errno.h>
#include <internal.h>
#include <stdlib.h>
#include <string.h>

static int is_conf(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && !strcmp(dot, ".conf");
}

int dropin_add(struct dropins *dropins, const char *dir)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int count;
	int r = udmabuf_path(path, "%s", dir);

	if (r < 0)
		return r;
	if (source_is_missing(path))
		return 0;
	count = scandir(path, &entries, is_conf, NULL);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		dropins->paths = mem_grow(dropins->paths, dropins->n_paths,
					  sizeof(*dropins->paths));
		dropins->paths[dropins->n_paths++] = mem_printf("%s/%s", dir,
								entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static int compare(const void *left, const void *right)
{
	const char *const *one = left;
	const char *const *other = right;
	const int order = strcmp(strrchr(*one, '/'), strrchr(*other, '/'));

	return order ? order : strcmp(*one, *other);
}

void dropin_sort(struct dropins *dropins)
{
	if (dropins->n_paths)
		qsort(dropins->paths, dropins->n_paths, sizeof(*dropins->paths), compare);
}

void dropin_free(struct dropins *dropins)
{
	for (size_t i = 0; i < dropins->n_paths; i++)
		free(dropins->paths[i]);
	free(dropins->paths);
	*dropins = (struct dropins){ 0 };
}
