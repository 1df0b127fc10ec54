// SPDX-License-Identifier: GPL-2.0-only
/* doctor: is the module there, the right one, and what keeps it from being built or loaded? */
#include "../src/version.h"
#include "mem.h"
#include "module.h"
#include "udmabufctl_doctor.h"
#include "udmabufctl_module.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define EFIVARS		"/sys/firmware/efi/efivars"
#define EFI_GLOBAL	"8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SHIM		"605dab50-e046-4300-abb6-3dd810dd8b23"
#define MOK		"/var/lib/dkms/mok.pub"

void doctor_check_module(struct doctor *doctor)
{
	MEM_AUTO char *loaded = udmabufctl_loaded_version();
	MEM_AUTO char *missing = NULL;

	if (loaded) {
		doctor_ok(doctor, "module", "u-dma-buf %s is loaded", loaded);
		return;
	}
	missing = module_missing_text_for(doctor->release);
	doctor_fix(doctor, "module", "%s", missing);
}

void doctor_check_version(struct doctor *doctor)
{
	MEM_AUTO char *loaded = udmabufctl_loaded_version();
	MEM_AUTO char *installed = udmabufctl_installed_version(doctor->release);

	if (!installed)
		doctor_fix(doctor, "version", "no module is installed for kernel %s",
			   doctor->release);
	else if (loaded && strcmp(loaded, installed))
		doctor_fix(doctor, "version", "%s is loaded, %s is installed: when no buffer is in "
			   "use, rmmod u-dma-buf and modprobe u-dma-buf, or reboot", loaded,
			   installed);
	else if (strcmp(installed, UDMABUF_VERSION))
		doctor_fix(doctor, "version", "the module is %s, udmabufctl " UDMABUF_VERSION
			   ": install u-dma-buf-dkms and udmabufd of one version", installed);
	else
		doctor_ok(doctor, "version", "%s, of module and udmabufctl", installed);
}

void doctor_check_headers(struct doctor *doctor)
{
	MEM_AUTO char *headers = module_headers_text(doctor->release);

	if (doctor_glob(NULL, "/lib/modules/%s/build/Makefile", doctor->release))
		doctor_ok(doctor, "headers", "those of kernel %s are installed", doctor->release);
	else
		doctor_fix(doctor, "headers", "those of kernel %s are missing, and DKMS builds "
			   "nothing without: install %s", doctor->release, headers);
}

void doctor_check_dkms(struct doctor *doctor)
{
	const char *release = doctor->release;
	MEM_AUTO char *installed = udmabufctl_installed_version(release);
	MEM_AUTO char *log = NULL;

	if (doctor_glob(NULL, "/var/lib/dkms/u-dma-buf/kernel-%s-*", release))
		doctor_ok(doctor, "dkms", "built and installed for kernel %s", release);
	else if (doctor_glob(NULL, "/var/lib/dkms/u-dma-buf/*/%s", release))
		doctor_fix(doctor, "dkms", "built but not installed: dkms autoinstall -k %s",
			   release);
	else if (doctor_glob(&log, "/var/lib/dkms/u-dma-buf/*/build/make.log"))
		doctor_fix(doctor, "dkms", "the last build failed: %s says why", log);
	else if (doctor_glob(NULL, "/var/lib/dkms/u-dma-buf/*"))
		doctor_fix(doctor, "dkms", "not built for kernel %s: dkms autoinstall -k %s says "
			   "why", release, release);
	else if (installed)
		doctor_ok(doctor, "dkms", "knows no u-dma-buf: the module was installed without "
			  "it, and the next kernel will have none");
	else
		doctor_fix(doctor, "dkms", "knows no u-dma-buf: install u-dma-buf-dkms");
}

/* A file whole; *ret_bytes to free(). Return: its size, 0 where it can't be read. */
static size_t read_file(const char *path, char **ret_bytes)
{
	const size_t chunk = 1 << 16;
	FILE *file = fopen(path, "re");
	size_t length = file ? chunk : 0;
	char *bytes = NULL;
	size_t size = 0;

	while (length) {
		bytes = realloc(bytes, size + chunk);
		if (!bytes)
			abort();
		length = fread(bytes + size, 1, chunk, file);
		size += length;
	}
	if (file)
		fclose(file);
	*ret_bytes = bytes;
	return size;
}

/* Of an EFI variable the first 4 bytes are its attributes. */
static bool is_secure_boot_on(void)
{
	MEM_AUTO char *path = NULL;
	MEM_AUTO char *bytes = NULL;

	return doctor_glob(&path, EFIVARS "/SecureBoot-" EFI_GLOBAL) &&
	       read_file(path, &bytes) == 5 && bytes[4] == 1;
}

static bool are_signatures_enforced(void)
{
	MEM_AUTO char *enforced = udmabufctl_first_line("/sys/module/module/parameters/sig_enforce");
	MEM_AUTO char *lockdown = udmabufctl_first_line("/sys/kernel/security/lockdown");

	return (enforced && *enforced == 'Y') || (lockdown && !strstr(lockdown, "[none]"));
}

/* The firmware keeps each enrolled certificate as it was given: its bytes are looked for. */
static bool is_key_enrolled(const char *key)
{
	static const char *const variables[] = {
		"MokListRT-" SHIM, "MokListXRT-" SHIM, "MokListRT[0-9]*-" SHIM,
	};
	MEM_AUTO char *certificate = NULL;
	const size_t length = read_file(key, &certificate);
	bool is_found = false;
	size_t i;

	for (i = 0; length && !is_found && i < sizeof(variables) / sizeof(variables[0]); i++) {
		MEM_AUTO char *path = NULL;
		MEM_AUTO char *list = NULL;
		size_t size;

		if (!doctor_glob(&path, EFIVARS "/%s", variables[i]))
			continue;
		size = read_file(path, &list);
		is_found = size && memmem(list, size, certificate, length);
	}
	return is_found;
}

static void check_key(struct doctor *doctor)
{
	MEM_AUTO char *key = NULL;

	if (!doctor_glob(&key, MOK))
		doctor_fix(doctor, "secure boot", "on, and DKMS has no key in " MOK
			   ": dkms generate_mok, mokutil --import " MOK ", then reboot");
	else if (is_key_enrolled(key))
		doctor_ok(doctor, "secure boot", "on, and the key of DKMS is enrolled");
	else if (doctor_glob(NULL, EFIVARS "/MokNew-" SHIM))
		doctor_fix(doctor, "secure boot", "on, and the key of DKMS waits to be enrolled: "
			   "reboot, and say yes to the MOK manager");
	else
		doctor_fix(doctor, "secure boot", "on, and the key of DKMS is not enrolled: "
			   "mokutil --import " MOK ", then reboot");
}

void doctor_check_secure_boot(struct doctor *doctor)
{
	if (is_secure_boot_on())
		check_key(doctor);
	else if (are_signatures_enforced())
		doctor_fix(doctor, "secure boot", "off, but the kernel loads signed modules only: "
			   "see module.sig_enforce= and lockdown= in /proc/cmdline");
	else
		doctor_ok(doctor, "secure boot", "off, any module may be loaded");
}
