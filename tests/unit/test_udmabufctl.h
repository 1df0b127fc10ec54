/* SPDX-License-Identifier: GPL-2.0-only */
/* Running a command of udmabufctl below a fake root, and what it printed. */
#ifndef TEST_UDMABUFCTL_H
#define TEST_UDMABUFCTL_H

#include <getopt.h>

#include "../../udmabufd/udmabufctl.h"
#include "test_lib_root.h"

/* Of the last run: standard output, and standard error without the program's name. */
static char printed[32768];
static char said[4096];

static int redirect(int fd, FILE *file)
{
	int saved = dup(fd);

	assert_true(saved >= 0);
	assert_true(dup2(fileno(file), fd) == fd);
	return saved;
}

static void restore(int fd, int saved)
{
	assert_true(dup2(saved, fd) == fd);
	close(saved);
}

static void take(FILE *file, char *text, size_t room)
{
	rewind(file);
	text[fread(text, 1, room - 1, file)] = '\0';
	fclose(file);
}

/* The words of line, blanks between them. */
static int run(int (*command)(int argc, char **argv), const char *line)
{
	static const char prefix[] = "udmabufctl: ";
	char words[512], *argv[32] = { "udmabufctl" };
	FILE *out = tmpfile(), *err = tmpfile();
	int argc = 1, saved_out, saved_err, status;
	char *word;

	strcpy(words, line);
	for (word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	optind = 0;
	fflush(stdout);
	saved_out = redirect(STDOUT_FILENO, out);
	saved_err = redirect(STDERR_FILENO, err);
	status = command(argc, argv);
	fflush(stdout);
	restore(STDOUT_FILENO, saved_out);
	restore(STDERR_FILENO, saved_err);
	take(out, printed, sizeof(printed));
	take(err, said, sizeof(said));
	if (!strncmp(said, prefix, strlen(prefix)))
		memmove(said, said + strlen(prefix), strlen(said + strlen(prefix)) + 1);
	return status;
}

static inline void assert_said(const char *expected)
{
	if (*said)
		said[strlen(said) - 1] = '\0';
	assert_string_equal(said, expected);
}

static inline void assert_says(const char *text, const char *expected)
{
	if (!strstr(text, expected))
		fail_msg("expected \"%s\" in:\n%s", expected, text);
}

static inline void assert_says_not(const char *text, const char *unexpected)
{
	if (strstr(text, unexpected))
		fail_msg("expected no \"%s\" in:\n%s", unexpected, text);
}

#endif
