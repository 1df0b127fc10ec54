// SPDX-License-Identifier: GPL-2.0-only
/* Owns the journal: which kinds of events there are, and how an object becomes fields. */
#include "log.h"
#include "mem.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <systemd/sd-login.h>

#define FIELDS_MAX 16

static const struct {
	int priority;
	const char *id;
} kinds[] = {
	[LOG_KIND_MADE] = { LOG_INFO, "2eb516732eb246109b8489709c8535a0" },
	[LOG_KIND_KEPT] = { LOG_INFO, "1bd0e73947be4b0fbace1c42b4969b62" },
	[LOG_KIND_CHANGED] = { LOG_INFO, "34139d2f285c49879e8da8d3370fcd16" },
	[LOG_KIND_DELETED] = { LOG_INFO, "79558fb5e78149faaa6a5a0e1f5dcd10" },
	[LOG_KIND_GONE] = { LOG_NOTICE, "ec66fae3838342dea708cbb9eece6477" },
	[LOG_KIND_WAITS] = { LOG_NOTICE, "deab1971c8cf490397718ceba6878571" },
	[LOG_KIND_REFUSED] = { LOG_WARNING, "7c7e53c0e2ae43a2a5bdd968ca80a533" },
	[LOG_KIND_FAILED] = { LOG_ERR, "0e93ea404bb842aaae5a5a6b3b257469" },
	[LOG_KIND_MISTAKE] = { LOG_ERR, "a8553cf0fa654206a2c4e4a3418fa85e" },
	[LOG_KIND_UNREADABLE] = { LOG_ERR, "e45e18caeb3b42f180b3616095388569" },
	[LOG_KIND_NO_MODULE] = { LOG_ERR, "dd938812e3974d73aebd2cd85373d057" },
	[LOG_KIND_UNLOADED] = { LOG_NOTICE, "b2a3a1a6c1c94f6f8e6b0a4d1f5c7e92" },
	[LOG_KIND_REQUIRED] = { LOG_ERR, "39b0a1f33b5e45809ba9fa513773ee02" },
	[LOG_KIND_STATE] = { LOG_INFO, "5976e039fb39405ebab1cb67686efd62" },
	[LOG_KIND_TROUBLE] = { LOG_ERR, "9c38ea2220ac4a2eb4601fb557931db8" },
};

static bool is_journal;
static char *unit;

struct fields {
	struct iovec list[FIELDS_MAX];
	int count;
};

static void add(struct fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct fields *fields, const char *format, ...)
{
	struct iovec *field = &fields->list[fields->count++];
	va_list args;

	va_start(args, format);
	field->iov_base = mem_vprintf(format, args);
	va_end(args);
	field->iov_len = strlen(field->iov_base);
}

void log_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device;
	uintmax_t inode;
	struct stat st;

	is_journal = stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
		     !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
	if (is_journal && sd_pid_get_unit(0, &unit) < 0)
		unit = NULL;
}

static void add_buffer(struct fields *fields, const struct udmabuf_info *info)
{
	add(fields, "UDMABUF_NAME=%s", info->name);
	add(fields, "UDMABUF_SIZE=%ju", (uintmax_t)info->size);
	add(fields, "UDMABUF_DMA_ADDR=0x%016jx", (uintmax_t)info->dma_addr);
	add(fields, "UDMABUF_DEVICE=%s", *info->device ? info->device : "none");
	add(fields, "UDMABUF_STRATEGY=%s", info->memory);
}

static void add_about(struct fields *fields, const struct log_about *about)
{
	if (about->info) {
		add_buffer(fields, about->info);
	} else {
		if (about->name)
			add(fields, "UDMABUF_NAME=%s", about->name);
		if (about->size)
			add(fields, "UDMABUF_SIZE=%ju", (uintmax_t)about->size);
		if (about->device)
			add(fields, "UDMABUF_DEVICE=%s", about->device);
	}
	if (about->error)
		add(fields, "ERRNO=%d", -about->error);
	if (about->config_file)
		add(fields, "CONFIG_FILE=%s", about->config_file);
	if (about->config_line)
		add(fields, "CONFIG_LINE=%u", about->config_line);
}

void log_tell(enum log_kind kind, const struct log_about *about, const char *format, ...)
{
	struct fields fields = { .count = 0 };
	MEM_AUTO char *message = NULL;
	va_list args;

	va_start(args, format);
	message = mem_vprintf(format, args);
	va_end(args);
	if (!is_journal) {
		fprintf(stderr, "%s\n", message);
		return;
	}
	add(&fields, "MESSAGE=%s", message);
	add(&fields, "MESSAGE_ID=%s", kinds[kind].id);
	add(&fields, "PRIORITY=%d", kinds[kind].priority);
	add(&fields, "SYSLOG_IDENTIFIER=udmabufd");
	/*
	 * The journal finds out the unit of a message by its sender's process. The last words of
	 * one that exits at once would get none, and `journalctl -u` would not show them.
	 */
	if (unit)
		add(&fields, "OBJECT_SYSTEMD_UNIT=%s", unit);
	if (about)
		add_about(&fields, about);
	sd_journal_sendv(fields.list, fields.count);
	for (int i = 0; i < fields.count; i++)
		free(fields.list[i].iov_base);
}
