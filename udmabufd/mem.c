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

/* The bytes of the character at @text; 0: a control character, or no UTF-8. */
static size_t character_length(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t length;

	if (byte[0] < 0x80)
		return byte[0] >= ' ' && byte[0] != 0x7f;
	if (byte[0] < 0xc2 || byte[0] > 0xf4)
		return 0;
	length = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
	/* Control characters, longer forms of shorter ones, surrogates, beyond the last. */
	if (byte[0] == 0xc2 || byte[0] == 0xe0)
		low = 0xa0;
	else if (byte[0] == 0xf0)
		low = 0x90;
	else if (byte[0] == 0xed || byte[0] == 0xf4)
		high = byte[0] == 0xed ? 0x9f : 0x8f;
	if (byte[1] < low || byte[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

char *mem_printable(const char *text)
{
	char *line = mem_copy(text);
	size_t length;

	for (char *c = line; *c; c += length) {
		length = character_length(c);
		if (!length) {
			*c = '?';
			length = 1;
		}
	}
	return line;
}

char *mem_one_line(const char *text)
{
	char *line = mem_printable(text);
	size_t kept = 0;

	while (line[kept] && kept + character_length(line + kept) <= ONE_LINE_MAX)
		kept += character_length(line + kept);
	if (line[kept]) {
		line[kept] = '\0';
		mem_append(&line, "...");
	}
	return line;
}
