/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of udmabufctl. Each gets its own words, argv[0] being the program's name so
 * that getopt speaks in it, has said on stderr what went wrong, and returns the exit status.
 */
#ifndef UDMABUFCTL_H
#define UDMABUFCTL_H

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,	/* the operation did not succeed */
	EXIT_USAGE = 2,		/* the command line makes no sense */
};

int udmabufctl_list(int argc, char **argv);
int udmabufctl_show(int argc, char **argv);
int udmabufctl_create(int argc, char **argv);
int udmabufctl_delete(int argc, char **argv);
int udmabufctl_sync(int argc, char **argv);

/* One line on stderr; the second says after it where help is, the third only that. */
int udmabufctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int udmabufctl_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
int udmabufctl_point_to_help(void);

/* For commands without options: false, and said so, if there are any or not count words. */
int udmabufctl_has_words(int argc, char **argv, int count, const char *words);

/* What a failed look-up or opening of the buffer means, and what to do. */
int udmabufctl_explain(const char *name, int error);

#endif
