// SPDX-License-Identifier: GPL-2.0-only
/* Owns the order of the checks and the form of their lines. */
#include "udmabufctl_doctor.h"

#include "../lib/internal.h"
#include "mem.h"
#include "udmabufctl.h"
#include "udmabufctl_module.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

static void say(FILE *out, enum udmabufctl_style style, const char *verdict, const char *topic,
		const char *format, va_list args)
{
	MEM_AUTO char *text = mem_vprintf(format, args);

	fprintf(out, "%s%-3s%s %s: %s\n", udmabufctl_style(out, style), verdict,
		udmabufctl_style(out, STYLE_PLAIN), topic, text);
}

void doctor_ok(struct doctor *doctor, const char *topic, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(doctor->out, STYLE_GOOD, "ok", topic, format, args);
	va_end(args);
}

void doctor_fix(struct doctor *doctor, const char *topic, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(doctor->out, STYLE_BAD, "fix", topic, format, args);
	va_end(args);
	doctor->to_fix++;
}

size_t doctor_glob(char **ret_first, const char *format, ...)
{
	MEM_AUTO char *pattern = NULL;
	char path[PATH_MAX];
	va_list args;
	glob_t found;
	size_t count;

	va_start(args, format);
	pattern = mem_vprintf(format, args);
	va_end(args);
	if (udmabuf_path(path, "%s", pattern) < 0 || glob(path, 0, NULL, &found))
		return 0;
	count = found.gl_pathc;
	if (ret_first)
		*ret_first = mem_copy(found.gl_pathv[0]);
	globfree(&found);
	return count;
}

unsigned int udmabufctl_diagnose(FILE *out)
{
	static void (*const checks[])(struct doctor *doctor) = {
		doctor_check_module, doctor_check_version, doctor_check_headers,
		doctor_check_dkms, doctor_check_secure_boot, doctor_check_cma,
		doctor_check_free_memory, doctor_check_iommu, doctor_check_group,
	};
	struct doctor doctor = { .out = out, .release = udmabufctl_kernel_release() };
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&doctor);
	free(doctor.release);
	return doctor.to_fix;
}

int udmabufctl_doctor(int argc, char **argv)
{
	if (!udmabufctl_has_words(argc, argv, 0, 0, "nothing after 'doctor'"))
		return EXIT_USAGE;
	return udmabufctl_diagnose(stdout) ? EXIT_FAILED : EXIT_OK;
}
