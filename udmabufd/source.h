/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A configuration file as text: read whole, made safe for libconfig, parsed.
 *
 * libconfig 1.5 cuts an integer that does not fit 32 bits without a word. Here every such
 * literal reaches it as a 64-bit one, so that the reader of the tree sees the number
 * that the user wrote (or one as far out of range) and can refuse it. And what a comment or a text
 * without an end swallows it takes for not said: that is a mistake here.
 */
#ifndef UDMABUFD_SOURCE_H
#define UDMABUFD_SOURCE_H

#include <libconfig.h>
#include <stdbool.h>

/**
 * source_read() - parse one file
 * @path:	the file
 * @tree:	initialised by the caller, who destroys it whatever this returns
 * @ret_line:	on failure: where, 0 if it is the file as a whole
 * @ret_reason:	on failure: one line that says what is wrong; free() it
 *
 * Return: 0; -ENOENT (no such file); -EBADMSG (it does not parse); -EFBIG (over 1 MiB);
 * or another error of reading a file.
 */
int source_read(const char *path, config_t *tree, unsigned int *ret_line, char **ret_reason);

/**
 * source_widen_integers() - the text with an L behind each integer over 31 bits
 * @text:	libconfig syntax
 * @ret_line:	of the first thing that can't be in a file here, 0 if there is none
 * @ret_reason:	what is wrong with it
 *
 * Return: the new text; free() it. Its lines are those of @text.
 */
char *source_widen_integers(const char *text, unsigned int *ret_line, const char **ret_reason);

/* Is there no such file or folder? A link to one that is not there yet can't be read. */
bool source_is_missing(const char *path);

#endif
