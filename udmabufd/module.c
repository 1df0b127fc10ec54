// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns the answer to "why is there no module?". Only what the unit's sandbox shows is looked at:
 * /usr/src and /var/lib/dkms, not /lib/modules.
 */
#include "module.h"
#include "mem.h"

#include <ctype.h>
#include <glob.h>
#include <internal.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <version.h>

static bool is_there(const char *pattern)
{
	char path[PATH_MAX];
	glob_t found;
	bool is_found;

	if (udmabuf_path(path, "%s", pattern) < 0)
		return false;
	is_found = !glob(path, GLOB_NOSORT, NULL, &found);
	if (is_found)
		globfree(&found);
	return is_found;
}

/* "amd64" of 6.1.0-18-amd64, "cloud-amd64" of 6.12.9+deb13-cloud-amd64: Debian's flavour. */
static const char *flavour(const char *release)
{
	const char *dash = strchr(release, '-');

	while (dash && isdigit((unsigned char)dash[1]))
		dash = strchr(dash + 1, '-');
	return dash ? dash + 1 : NULL;
}

char *module_headers_text(const char *release)
{
	const char *kind = flavour(release);

	if (!kind)
		return mem_copy("the headers of this kernel");
	return mem_printf("linux-headers-%s (linux-headers-%s brings those of later kernels too)",
			  release, kind);
}

static bool is_match(const char *pattern, const char *text)
{
	bool is_matching;
	regex_t regex;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		return true;
	is_matching = !regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return is_matching;
}

/* The kernels that DKMS builds for, if this is none of them; else NULL. To free(). */
static char *exclusive_text(const char *release)
{
	char path[PATH_MAX];
	MEM_AUTO char *line = NULL;
	char *pattern = NULL;
	size_t size = 0;
	FILE *file;

	if (udmabuf_path(path, "/usr/src/u-dma-buf-" UDMABUF_VERSION "/dkms.conf") < 0)
		return NULL;
	file = fopen(path, "re");
	if (!file)
		return NULL;
	while (!pattern && getline(&line, &size, file) >= 0) {
		if (sscanf(line, "BUILD_EXCLUSIVE_KERNEL=\"%m[^\"]", &pattern) == 1 &&
		    is_match(pattern, release)) {
			free(pattern);
			pattern = NULL;
		}
	}
	fclose(file);
	return pattern;
}

char *module_missing_text_for(const char *release)
{
	MEM_AUTO char *headers = module_headers_text(release);
	MEM_AUTO char *headers_dir = mem_printf("/usr/src/linux-headers-%s", release);
	MEM_AUTO char *built = mem_printf("/var/lib/dkms/u-dma-buf/*/%s", release);
	MEM_AUTO char *excluded = NULL;

	if (is_there(built))
		return mem_printf("the u-dma-buf module is built for kernel %s but not loaded: "
				  "`modprobe u-dma-buf` loads it or says why not, Secure Boot is a common reason",
				  release);
	excluded = exclusive_text(release);
	if (excluded)
		return mem_printf("no u-dma-buf module for kernel %s: u-dma-buf-dkms is for "
				  "kernels that match %s: boot one, or install a later package",
				  release, excluded);
	if (!is_there("/usr/src/u-dma-buf-*"))
		return mem_printf("no u-dma-buf module for kernel %s: install u-dma-buf-dkms%s%s",
				  release, is_there(headers_dir) ? "" : " and ",
				  is_there(headers_dir) ? "" : headers);
	if (!is_there(headers_dir))
		return mem_printf("no u-dma-buf module for kernel %s: u-dma-buf-dkms could not "
				  "build it without the kernel's headers: install %s",
				  release, headers);
	return mem_printf("no u-dma-buf module for kernel %s: u-dma-buf-dkms is there but has not "
			  "built it: `dkms autoinstall -k %s` says why", release, release);
}

char *module_missing_text(void)
{
	struct utsname kernel;

	if (uname(&kernel) < 0)
		return mem_copy("no u-dma-buf module: install u-dma-buf-dkms");
	return module_missing_text_for(kernel.release);
}
