// SPDX-License-Identifier: GPL-2.0-only
/* Owns the look at the module's versions: /sys/module for what is loaded, libkmod for the file. */
#include "udmabufctl_module.h"

#include "../lib/internal.h"
#include "mem.h"

#include <glob.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *udmabufctl_first_line(const char *path)
{
	char full[PATH_MAX];
	MEM_AUTO char *line = NULL;
	size_t size = 0;
	FILE *file;

	file = udmabuf_path(full, "%s", path) < 0 ? NULL : fopen(full, "re");
	if (!file)
		return NULL;
	if (getline(&line, &size, file) < 0) {
		fclose(file);
		return NULL;
	}
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return mem_copy(line);
}

char *udmabufctl_kernel_release(void)
{
	char *release = udmabufctl_first_line("/proc/sys/kernel/osrelease");

	return release ? release : mem_copy("?");
}

char *udmabufctl_loaded_version(void)
{
	return udmabufctl_first_line("/sys/module/u_dma_buf/version");
}

/* As depmod searches on Debian: updates before extra; DKMS installs into updates. */
static char *module_file(const char *release)
{
	static const char *const folders[] = { "updates/dkms", "updates", "extra" };
	char path[PATH_MAX];
	char *file = NULL;
	glob_t found;
	size_t i;

	for (i = 0; !file && i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (udmabuf_path(path, "/lib/modules/%s/%s/u-dma-buf.ko{,.gz,.xz,.zst}", release,
				 folders[i]) < 0)
			continue;
		if (glob(path, GLOB_BRACE, NULL, &found))
			continue;
		file = mem_copy(found.gl_pathv[0]);
		globfree(&found);
	}
	return file;
}

static char *version_of(struct kmod_module *module)
{
	struct kmod_list *info = NULL;
	const struct kmod_list *item;
	char *version = NULL;

	if (kmod_module_get_info(module, &info) < 0)
		return NULL;
	kmod_list_foreach(item, info) {
		if (!version && !strcmp(kmod_module_info_get_key(item), "version"))
			version = mem_copy(kmod_module_info_get_value(item));
	}
	kmod_module_info_free_list(info);
	return version;
}

char *udmabufctl_installed_version(const char *release)
{
	const char *no_configuration = NULL;
	MEM_AUTO char *file = module_file(release);
	struct kmod_module *module;
	char *version = NULL;
	struct kmod_ctx *kmod;

	if (!file)
		return NULL;
	kmod = kmod_new(NULL, &no_configuration);
	if (!kmod)
		abort();
	if (!kmod_module_new_from_path(kmod, file, &module)) {
		version = version_of(module);
		kmod_module_unref(module);
	}
	kmod_unref(kmod);
	return version;
}
