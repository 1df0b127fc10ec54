// SPDX-License-Identifier: GPL-2.0-only
/* Owns the way from a file to libconfig's tree. */
#include "source.h"
#include "mem.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE_SIZE_MAX (1024 * 1024)

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '*';
}

static bool is_long_comment(const char *text)
{
	return text[0] == '/' && text[1] == '*';
}

/* What is behind the comment or the string in quotes that begins at @text; NULL: it has no end. */
static const char *behind_comment(const char *text)
{
	const char *end = strstr(text + 2, "*/");

	return end ? end + 2 : NULL;
}

static const char *behind_string(const char *text)
{
	const char *end;

	for (end = text + 1; *end != '"'; end++) {
		if (*end == '\\')
			end++;
		if (!*end)
			return NULL;
	}
	return end + 1;
}

/* The length of a comment or a string at @text, all of it where that has no end; 0: there is neither. */
static size_t opaque_length(const char *text)
{
	const char *behind;

	if (text[0] == '#' || (text[0] == '/' && text[1] == '/'))
		return strcspn(text, "\n");
	if (!is_long_comment(text) && text[0] != '"')
		return 0;
	behind = text[0] == '"' ? behind_string(text) : behind_comment(text);
	return behind ? (size_t)(behind - text) : strlen(text);
}

/* The length of the number at @text; whether it is an integer that needs an L. */
static size_t number_length(const char *text, bool *ret_is_wide)
{
	const bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = is_hex ? "0123456789abcdefABCDEF" : "0123456789";
	const size_t prefix = is_hex ? 2 : 0;
	size_t length = prefix + strspn(text + prefix, digits);
	const char *tail = text + length;

	if (!is_hex && (*tail == '.' || *tail == 'e' || *tail == 'E')) {
		*ret_is_wide = false;
		return length + strspn(tail, "0123456789.eE+-");
	}
	errno = 0;
	*ret_is_wide = strtoull(text + prefix, NULL, is_hex ? 16 : 10) > INT_MAX || errno;
	if (*tail == 'L') {
		*ret_is_wide = false;
		return length + strspn(tail, "L");
	}
	return length;
}

static size_t token_length(const char *text, bool *ret_is_wide)
{
	size_t length = opaque_length(text);

	*ret_is_wide = false;
	if (length)
		return length;
	if (isdigit((unsigned char)*text))
		return number_length(text, ret_is_wide);
	if (isalpha((unsigned char)*text) || *text == '*') {
		while (is_name_char(text[length]))
			length++;
		return length;
	}
	return 1;
}

/* What libconfig would pass over at @text, or read what is not meant from; NULL: nothing. */
static const char *mistake_at(const char *text)
{
	if (!strncmp(text, "@include", strlen("@include")))
		return "@include is not followed: write the entries here";
	if (is_long_comment(text) && !behind_comment(text))
		return "the comment that begins here has no end: close it with */";
	if (text[0] == '"' && !behind_string(text))
		return "the text that begins here has no end: a \" is missing here or above";
	return NULL;
}

char *source_widen_integers(const char *text, unsigned int *ret_line, const char **ret_reason)
{
	char *wide = mem_grow(NULL, 0, 2 * strlen(text) + 1);
	const char *mistake = NULL;
	unsigned int line = 1;
	size_t used = 0;

	*ret_line = 0;
	while (*text) {
		bool is_wide;
		size_t length = token_length(text, &is_wide);

		if (!mistake) {
			mistake = mistake_at(text);
			*ret_line = mistake ? line : 0;
		}
		for (size_t i = 0; i < length; i++)
			line += text[i] == '\n';
		memcpy(wide + used, text, length);
		used += length;
		if (is_wide)
			wide[used++] = 'L';
		text += length;
	}
	wide[used] = '\0';
	*ret_reason = mistake;
	return wide;
}

static int read_whole(const char *path, char **ret_text)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t size;
	int r = 0;

	if (!file)
		return -errno;
	text = mem_grow(NULL, 0, SOURCE_SIZE_MAX + 2);
	errno = 0;
	size = fread(text, 1, SOURCE_SIZE_MAX + 1, file);
	if (ferror(file))
		r = errno ? -errno : -EIO;
	else if (size > SOURCE_SIZE_MAX)
		r = -EFBIG;
	else if (strlen(text) != size)
		r = -EILSEQ;
	fclose(file);
	if (r < 0)
		free(text);
	else
		*ret_text = text;
	return r;
}

/* systemd starts the daemon as root without the right to pass over what a file's mode says. */
static const char *remedy_for(int error)
{
	return error == -EACCES && !geteuid() ?
		": udmabufd has no capabilities, so root must own it or be allowed to read it" : "";
}

int source_read(const char *path, config_t *tree, unsigned int *ret_line, char **ret_reason)
{
	MEM_AUTO char *text = NULL;
	MEM_AUTO char *wide = NULL;
	const char *reason;
	int r;

	r = read_whole(path, &text);
	if (r < 0) {
		*ret_line = 0;
		*ret_reason = r == -EILSEQ ? mem_copy("a NUL character in it: text only") :
			      r == -EFBIG ? mem_copy("too big: at most 1 MiB") :
			      mem_printf("can't be read: %s%s", strerror(-r), remedy_for(r));
		return r;
	}
	wide = source_widen_integers(text, ret_line, &reason);
	if (reason) {
		*ret_reason = mem_copy(reason);
		return -EBADMSG;
	}
	if (!config_read_string(tree, wide)) {
		*ret_line = config_error_line(tree);
		*ret_reason = mem_printf("does not parse: %s: a key stands once, its text in quotes, "
					 "\";\" behind it, see u-dma-buf.conf(5)",
					 config_error_text(tree));
		return -EBADMSG;
	}
	return 0;
}

bool source_is_missing(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 && errno == ENOENT;
}
