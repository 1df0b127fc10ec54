/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon tells people: to the journal, with fields, where systemd runs it; else one
 * line on stderr. systemd/udmabuf.catalog explains each kind of event.
 */
#ifndef UDMABUFD_LOG_H
#define UDMABUFD_LOG_H

#include <udmabuf.h>

enum log_kind {
	LOG_KIND_MADE,		/* a buffer was made */
	LOG_KIND_KEPT,		/* it was there already, and stays */
	LOG_KIND_CHANGED,	/* sync settings or node */
	LOG_KIND_DELETED,
	LOG_KIND_GONE,		/* someone else, or its device, took it away */
	LOG_KIND_WAITS,		/* its device is not there */
	LOG_KIND_REFUSED,	/* there is a reason not to make, change or delete it */
	LOG_KIND_FAILED,	/* it was tried, and the kernel said no */
	LOG_KIND_MISTAKE,	/* in the configuration */
	LOG_KIND_UNREADABLE,	/* the configuration as a whole */
	LOG_KIND_NO_MODULE,
	LOG_KIND_UNLOADED,	/* the module was, and every buffer went with it */
	LOG_KIND_REQUIRED,	/* a required buffer is missing: the start fails */
	LOG_KIND_STATE,		/* about the daemon itself */
	LOG_KIND_TROUBLE,	/* something that it needs failed */
};

/* What becomes fields; all of it may be left out. */
struct log_about {
	const char *name;
	const struct udmabuf_info *info;	/* name and the rest are taken from it */
	const char *device;
	uint64_t size;
	int error;				/* negative errno */
	const char *config_file;
	unsigned int config_line;
};

/* Asks where to; call it first. */
void log_open(void);

void log_tell(enum log_kind kind, const struct log_about *about, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
