// SPDX-License-Identifier: GPL-2.0-only
/* Owns nothing: allocation that aborts instead of failing, and text made with it. */
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONE_LINE_MAX 80

void mem_free_text(char **text)
{
	free(*text);
}

char *mem_vprintf(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		abort();
	return text;
}

char *mem_copy(const char *text)
{
	return mem_printf("%s", text);
}

char *mem_printf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = mem_vprintf(format, args);
	va_end(args);
	return text;
}

void mem_append(char **text, const char *format, ...)
{
	MEM_AUTO char *before = *text;
	MEM_AUTO char *more = NULL;
	va_list args;

	va_start(args, format);
	more = mem_vprintf(format, args);
	va_end(args);
	*text = mem_printf("%s%s", before ? before : "", more);
}

void *mem_grow(void *array, size_t count, size_t size)
{
	char *grown = reallocarray(array, count + 1, size);

	if (!grown)
		abort();
	memset(grown + count * size, 0, size);
	return grown;
}

char *mem_one_line(const char *text)
{
	char *line = mem_printf("%.*s%s", ONE_LINE_MAX, text,
				strlen(text) > ONE_LINE_MAX ? "..." : "");

	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	return line;
}
