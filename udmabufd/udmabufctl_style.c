// SPDX-License-Identifier: GPL-2.0-only
/* Colours: on a terminal, and only if nobody asked for none (https://no-color.org). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "udmabufctl.h"

static bool is_coloured(FILE *out)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if ((no_color && *no_color) || !term || !strcmp(term, "dumb"))
		return false;
	return isatty(fileno(out));
}

const char *udmabufctl_style(FILE *out, enum udmabufctl_style style)
{
	static const char *const sequences[] = {
		[STYLE_PLAIN] = "\033[0m",
		[STYLE_TITLE] = "\033[1m",
		[STYLE_GOOD] = "\033[32m",
		[STYLE_BAD] = "\033[1;31m",
	};

	return is_coloured(out) ? sequences[style] : "";
}
