// SPDX-License-Identifier: GPL-2.0-only
/* How udmabufctl tells errors: a line on stderr, with what to do. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../lib/udmabuf.h"
#include "udmabufctl.h"

static void say(const char *format, va_list arguments)
{
	fputs("udmabufctl: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

int udmabufctl_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return EXIT_FAILED;
}

void udmabufctl_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

int udmabufctl_point_to_help(void)
{
	fputs("Try 'udmabufctl --help'.\n", stderr);
	return EXIT_USAGE;
}

int udmabufctl_usage_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return udmabufctl_point_to_help();
}

bool udmabufctl_has_words_and(int argc, char **argv, const char *option, bool *ret_is_given,
			      int least, int most, const char *words)
{
	const struct option options[] = { { option, no_argument, NULL, 'o' }, { 0 } };
	bool is_given = false;
	int r;

	while ((r = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (r != 'o') {
			udmabufctl_point_to_help();
			return false;
		}
		is_given = true;
	}
	if (argc - optind < least || argc - optind > most) {
		udmabufctl_usage_error("expected %s", words);
		return false;
	}
	*ret_is_given = is_given;
	return true;
}

bool udmabufctl_has_words(int argc, char **argv, int least, int most, const char *words)
{
	bool is_given;

	return udmabufctl_has_words_and(argc, argv, NULL, &is_given, least, most, words);
}

int udmabufctl_explain(const char *name, int error)
{
	switch (error) {
	case -ENXIO:
	case -EBADMSG:
		return udmabufctl_fail("%s", udmabuf_error_text(error));
	case -ENOENT:
		return udmabufctl_fail("there is no buffer '%s': 'udmabufctl list' shows those "
				       "that exist", name);
	case -ENOTTY:
		return udmabufctl_fail("/dev/%s is not the node of buffer '%s', or is missing: "
				       "remove it, then make the buffer anew, which makes its node",
				       name, name);
	case -EACCES:
		return udmabufctl_fail("/dev/%s: %s: be root or in the group of the node "
				       "(ls -l /dev/%s)", name, strerror(EACCES), name);
	default:
		return udmabufctl_fail("buffer '%s': %s", name, strerror(-error));
	}
}
