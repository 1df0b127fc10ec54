/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory and text for the two programs. These functions never fail: a program of a few
 * kilobytes that can't have some more can do nothing useful, so it aborts, and the
 * next start takes over what it made. What they return is the caller's to free().
 */
#ifndef UDMABUFD_MEM_H
#define UDMABUFD_MEM_H

#include <stdarg.h>
#include <stddef.h>

char *mem_copy(const char *text);
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Appends to *text, which may be NULL. */
void mem_append(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for one more member of @size bytes, zeroed; returns the array. */
void *mem_grow(void *array, size_t count, size_t size);

/*
 * Any bytes as text on one line: control characters and what is no UTF-8 become "?". The journal
 * shows a message with other bytes in it as "blob data".
 */
char *mem_printable(const char *text);

/* The same, and the end of a long one becomes "...". */
char *mem_one_line(const char *text);

void mem_free_text(char **text);
#define MEM_AUTO __attribute__((cleanup(mem_free_text)))

#endif
