/* SPDX-License-Identifier: GPL-2.0-only */
/* What there is, as far as a plan must know it. Reading opens no buffer and changes nothing. */
#ifndef UDMABUFD_ACTUAL_H
#define UDMABUFD_ACTUAL_H

#include "config.h"
#include "record.h"

struct actual_buffer {
	struct udmabuf_info info;
	bool has_record;	/* one that is surely about this buffer: */
	struct record record;
};

/* What an entry of the configuration finds where its buffer would be. */
struct actual_place {
	bool has_module;
	bool has_device;	/* the device it names is there; true if it names none */
	char *node_reason;	/* why it can't have /dev/<name>; NULL: it can */
};

struct actual {
	bool has_module;
	struct actual_buffer *buffers;
	size_t n_buffers;
	char **stale;		/* names with a record whose buffer is gone */
	size_t n_stale;
	struct actual_place *places; /* one for each of the configuration's buffers */
	size_t n_places;
};

/**
 * actual_read() - look
 * @config:	whose entries the places are wanted for
 * @records:	what was noted of buffers
 * @ret_actual:	actual_free() it
 *
 * That the module is not loaded is no error. Return: 0 or a negative errno.
 */
int actual_read(const struct config *config, const struct records *records,
		struct actual *ret_actual);

/* Is this of a device, "<bus>/<device>", in sysfs? "" is the device itself. */
bool actual_device_has(const char *device, const char *file);

/*
 * Does VFIO have this device, "<bus>/<device>", or one of its IOMMU group? Then it can have no buffer,
 * unless a driver of its own, which pci-stub is not, keeps VFIO out of the group.
 */
bool actual_device_is_vfios(const char *device);

/* Which device, and bound to which driver: two that ever had the same place differ. 0: none. */
struct actual_device {
	uint64_t inode;		/* of its directory in sysfs */
	uint64_t driver;	/* of the link to its driver there */
};

/* What is there by the name "<bus>/<device>". */
struct actual_device actual_device_look(const char *device);

/* Why actual_read() failed: one line, to free(). */
char *actual_error_text(int error);

void actual_free(struct actual *actual);

/* NULL: no such buffer. */
const struct actual_buffer *actual_lookup(const struct actual *actual, const char *name);

#endif
