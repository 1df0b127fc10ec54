// SPDX-License-Identifier: GPL-2.0-only
/* The kernel log since a mark. */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static int kmsg = -1;
static struct log collected;

void log_mark(void)
{
	if (kmsg >= 0)
		close(kmsg);
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		fail("expected /dev/kmsg to open, got %s", strerror(errno));
	lseek(kmsg, 0, SEEK_END);
	collected.count = 0;
}

const struct log *log_read(void)
{
	char record[8192];

	while (collected.count < LOG_LINES) {
		ssize_t length = read(kmsg, record, sizeof(record) - 1);
		char *text, *end;

		if (length < 0 && errno == EPIPE)
			continue;
		if (length <= 0)
			break;
		record[length] = '\0';
		text = strchr(record, ';');
		if (!text++)
			continue;
		end = strchr(text, '\n');
		if (end)
			*end = '\0';
		/* The driver core's own word on a failed probe begins like ours since 6.11. */
		if (strstr(text, ": probe with driver "))
			continue;
		snprintf(collected.line[collected.count++], LOG_WIDTH, "%.*s", LOG_WIDTH - 1, text);
	}
	return &collected;
}

static bool is_ours(const char *line)
{
	return !strncmp(line, "u-dma-buf", 9) || !strncmp(line, "u_dma_buf", 9);
}

size_t log_count(const char *word)
{
	const struct log *log = log_read();
	size_t count = 0;

	for (size_t i = 0; i < log->count; i++)
		count += is_ours(log->line[i]) && (!word || strstr(log->line[i], word));
	return count;
}

size_t log_count_of_node(const char *node, const char *reason)
{
	const struct log *log = log_read();
	size_t count = 0;

	for (size_t i = 0; i < log->count; i++)
		count += strstr(log->line[i], node) && strstr(log->line[i], reason);
	return count;
}

const char *log_only_line(void)
{
	const struct log *log = log_read();
	const char *found = NULL;

	for (size_t i = 0; i < log->count; i++) {
		if (!is_ours(log->line[i]))
			continue;
		if (found)
			fail("expected one log line, got also '%s' after '%s'", log->line[i], found);
		found = log->line[i];
	}
	if (!found)
		fail("expected one log line, got none");
	return found;
}

const char *log_value(const char *name, const char *key)
{
	const struct log *log = log_read();
	char prefix[128];

	snprintf(prefix, sizeof(prefix), "u-dma-buf %s: %s", name, key);
	for (size_t i = 0; i < log->count; i++) {
		const char *at = log->line[i];

		if (strncmp(at, prefix, strlen(prefix)))
			continue;
		at += strlen(prefix);
		at += strspn(at, " ");
		if (!strncmp(at, "= ", 2))
			return at + 2;
	}
	return NULL;
}

/* The expressions of the file "complaints", compiled once. */
static size_t complaints(regex_t **ret_expressions)
{
	static regex_t expressions[16];
	static size_t count;
	char line[LOG_WIDTH];
	FILE *file;

	*ret_expressions = expressions;
	if (count)
		return count;
	file = fopen("complaints", "r");
	while (file && count < ARRAY_SIZE(expressions) && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (regcomp(&expressions[count++], line, REG_EXTENDED | REG_NOSUB))
			fail("expected '%s' to be a regular expression", line);
	}
	if (!count)
		fail("expected the file complaints beside the test");
	fclose(file);
	return count;
}

const char *log_complaint(void)
{
	const struct log *log = log_read();
	regex_t *expressions;
	size_t count = complaints(&expressions);

	for (size_t i = 0; i < log->count; i++)
		for (size_t j = 0; j < count; j++)
			if (!regexec(&expressions[j], log->line[i], 0, NULL, 0))
				return log->line[i];
	return NULL;
}
