/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of udmabufctl. Each gets its own words, argv[0] being the program's name so
 * that getopt speaks in it, has said on stderr what went wrong, and returns the exit status.
 */
#ifndef UDMABUFCTL_H
#define UDMABUFCTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,	/* the operation did not succeed */
	EXIT_USAGE = 2,		/* the command line makes no sense */
};

int udmabufctl_list(int argc, char **argv);
int udmabufctl_show(int argc, char **argv);
int udmabufctl_create(int argc, char **argv);
int udmabufctl_delete(int argc, char **argv);
int udmabufctl_set(int argc, char **argv);
int udmabufctl_sync(int argc, char **argv);
int udmabufctl_check(int argc, char **argv);
int udmabufctl_reload(int argc, char **argv);
int udmabufctl_dump(int argc, char **argv);
int udmabufctl_test(int argc, char **argv);
int udmabufctl_doctor(int argc, char **argv);
int udmabufctl_version(int argc, char **argv);

/* One line on stderr; the second says after it where help is, the third only that. */
int udmabufctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int udmabufctl_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
int udmabufctl_point_to_help(void);

/* One line on stderr about what is done all the same. */
void udmabufctl_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * For commands without options, or with one that takes no value: false, and said so, if there is
 * another or fewer than least or more than most words.
 */
bool udmabufctl_has_words(int argc, char **argv, int least, int most, const char *words);
bool udmabufctl_has_words_and(int argc, char **argv, const char *option, bool *ret_is_given,
			      int least, int most, const char *words);

/* What a failed look-up or opening of the buffer means, and what to do. */
int udmabufctl_explain(const char *name, int error);

/* A word's value. Return: EXIT_OK, or EXIT_USAGE after a line that says what is allowed. */
int udmabufctl_take_size(const char *what, const char *text, uint64_t *ret_size);
int udmabufctl_take_int(const char *what, const char *text, unsigned int low, unsigned int high,
			int *ret_number);
int udmabufctl_take_direction(const char *text, int *ret_direction);
int udmabufctl_take_sync_mode(const char *text, int *ret_mode);
int udmabufctl_take_mmap_mode(const char *text, int *ret_mode);

/* Colours and the like: an empty text where @out is no terminal that wants them. */
enum udmabufctl_style { STYLE_PLAIN, STYLE_TITLE, STYLE_GOOD, STYLE_BAD };
const char *udmabufctl_style(FILE *out, enum udmabufctl_style style);

#endif
