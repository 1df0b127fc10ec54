/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libudmabuf - what a program in user space knows about u-dma-buf buffers:
 * find them, map them, synchronise them, create and delete them.
 *
 * Errors. A function returns 0 (udmabuf_open: a descriptor) or a negative errno,
 * and prints nothing. Output parameters come last, are called ret_..., and are
 * untouched on failure; the one exception is ret_reason, which is filled in on
 * failure (see UDMABUF_REASON_SIZE). Every function may return -ENOMEM.
 *
 * Units. Sizes and offsets are bytes, offsets count from the start of the buffer,
 * and both are 64 bits wide on 32-bit machines too.
 *
 * Ownership. Strings passed in stay the caller's and are not kept. What comes back
 * through a pointer to a pointer is the caller's, to be freed as said there.
 *
 * Threads. Every function may be called from any thread at any time, with the
 * exception of udmabuf_set_root().
 */
#ifndef UDMABUF_H
#define UDMABUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest name that udmabuf_create() takes, the final NUL not counted. */
#define UDMABUF_NAME_MAX	63

/*
 * Room for the reason of a failure, final NUL included. A function with a parameter
 * char *ret_reason takes NULL (not interested) or an array of this many bytes. On
 * success it is untouched; on failure it holds one line, without newline, that says
 * what is wrong and with which thing: the kernel's own words where the kernel gave
 * them, else the library's. It is never empty then.
 */
#define UDMABUF_REASON_SIZE	512

/* Room for the text of udmabuf_format_size(), final NUL included. */
#define UDMABUF_SIZE_TEXT	24

/* What a buffer shares with its device by, in sync_direction and in a sync. */
enum udmabuf_direction {
	UDMABUF_BIDIRECTIONAL = 0,
	UDMABUF_TO_DEVICE = 1,
	UDMABUF_FROM_DEVICE = 2,
};

/* Who may touch the buffer: the last sync says so. */
enum udmabuf_owner {
	UDMABUF_OWNER_CPU = 0,
	UDMABUF_OWNER_DEVICE = 1,
};

/* How mmap() maps when it is not plainly cached: bits 0-1 of the sync mode. */
enum udmabuf_caching {
	UDMABUF_CACHED = 0,
	UDMABUF_NONCACHED = 1,
	UDMABUF_WRITE_COMBINE = 2,
	UDMABUF_DMA_COHERENT = 3,
};

/* Set in a sync mode: the caching counts for every mapping, not only with O_SYNC. */
#define UDMABUF_SYNC_ALWAYS	4
#define UDMABUF_SYNC_MODE_MAX	7

/* The quirk_mmap_mode of a buffer. */
enum udmabuf_mmap_mode {
	UDMABUF_MMAP_OFF = 1,
	UDMABUF_MMAP_ON = 2,
	UDMABUF_MMAP_AUTO = 3,
	UDMABUF_MMAP_PAGE = 4,
};

/*
 * What the attributes of one buffer say. They are read one after the other: another
 * process may change the sync settings and the number of users meanwhile.
 */
struct udmabuf_info {
	char name[256];			/* of /dev/<name>; one from the device tree may be long */
	char driver_version[32];
	char device[256];		/* "<bus>/<device>" of the parent; empty: none */
	char memory[32];		/* strategy: pool, pages, contig, cma, scattered */
	char origin[32];		/* parameter, device-tree, manager */
	uint64_t size;
	uint64_t dma_addr;		/* what the device must be given; an IOVA behind an IOMMU */
	unsigned int major;		/* device number of the node */
	unsigned int minor;
	unsigned int dma_mask;		/* width in bits */
	bool is_coherent;		/* hardware keeps CPU caches and the device in step */
	unsigned int mmap_mode;		/* enum udmabuf_mmap_mode */
	unsigned int ioctl_version;
	unsigned int sync_mode;		/* 0...7: caching, and UDMABUF_SYNC_ALWAYS */
	unsigned int sync_direction;	/* enum udmabuf_direction */
	uint64_t sync_offset;
	uint64_t sync_size;
	unsigned int sync_owner;	/* enum udmabuf_owner */
	unsigned int users;		/* opens and mappings that hold it */
	uint64_t inode;			/* of its directory in sysfs: a later one has another */
};

/*
 * What a new buffer shall be. Start from UDMABUF_SPEC_INIT, in which only name and
 * size are missing and everything else is left to the driver.
 */
struct udmabuf_spec {
	const char *name;		/* see udmabuf_check_name() */
	uint64_t size;			/* not 0 */
	const char *device;		/* "[pci/|platform/]<device>"; NULL: no parent */
	int minor;			/* 0...255; -1: the driver picks */
	int dma_mask;			/* 1...64 bits; -1: the driver's */
	int mmap_mode;			/* enum udmabuf_mmap_mode; -1: the driver's */
	int sync_mode;			/* 0...7; -1: the driver's */
	bool is_sync_always;		/* whatever sync_mode says or the driver picks: + ALWAYS */
	int sync_direction;		/* enum udmabuf_direction; -1: the driver's */
	uint64_t sync_offset;		/* 0 is the driver's too */
	uint64_t sync_size;		/* 0: the buffer's size */
};

#define UDMABUF_SPEC_INIT							\
	{ .minor = -1, .dma_mask = -1, .mmap_mode = -1, .sync_mode = -1, .sync_direction = -1 }

/**
 * udmabuf_set_root() - look for /sys and /dev below another directory
 * @root:	directory that stands for "/"; NULL or "" for the real one
 *
 * For tests, whose tree has sys/class/u-dma-buf/<name>/<attribute> and dev/ in
 * it as plain files. Call it before any other function and before a second thread.
 *
 * Return: 0, or -ENAMETOOLONG.
 */
int udmabuf_set_root(const char *root);

/* ---- Finding buffers: no buffer is opened, none becomes busy ---- */

/**
 * udmabuf_lookup() - read everything there is to know about one buffer
 * @name:	its name
 * @ret_info:	what the attributes say
 *
 * Return: 0, -ENOENT (no such buffer, or one about to come or to go), -ENXIO (the module is not
 * loaded), -EBADMSG (an attribute is missing or not what it should be: the module is of another
 * version, or another driver) or another error of reading a file.
 */
int udmabuf_lookup(const char *name, struct udmabuf_info *ret_info);

/**
 * udmabuf_list() - read everything there is to know about every buffer
 * @ret_list:	array in the order of the names; free() it. NULL when there is none.
 * @ret_count:	number of its members
 *
 * A buffer that comes or goes meanwhile may be left out.
 *
 * Return: 0, or what udmabuf_lookup() returns except -ENOENT.
 */
int udmabuf_list(struct udmabuf_info **ret_list, size_t *ret_count);

/* ---- Using one ---- */

/**
 * udmabuf_open() - open /dev/<name>
 * @name:	its name
 * @flags:	O_RDONLY or O_RDWR, and O_SYNC where the mapping shall follow the caching of
 *		the buffer's sync mode; O_CLOEXEC is always added
 *
 * The node is opened only if it is the one of the buffer of that name.
 *
 * Return: a descriptor for close(); -ENOENT (no such buffer), -ENXIO (the module is not
 * loaded), -ENOTTY (the node is not that buffer's, or missing, as it is while the buffer comes
 * or goes), -ENODEV (deleted meanwhile) or another error of open(), -EACCES most of all.
 */
int udmabuf_open(const char *name, int flags);

/**
 * udmabuf_map() - map a range of an open buffer
 * @fd:		from udmabuf_open()
 * @offset:	multiple of the page size
 * @size:	not 0
 * @prot:	PROT_READ, PROT_WRITE as for mmap(); writing needs O_RDWR
 * @ret_address: where it is mapped; undo with udmabuf_unmap(). Closing @fd does not undo it.
 *
 * A buffer that goes away with its device while it is mapped raises SIGBUS when touched.
 *
 * Return: 0, -EOVERFLOW (bigger than this machine's address space) or an error of mmap().
 */
int udmabuf_map(int fd, uint64_t offset, uint64_t size, int prot, void **ret_address);

/** udmabuf_unmap() - undo udmabuf_map(); @address and @size are that call's. */
int udmabuf_unmap(void *address, uint64_t size);

/**
 * udmabuf_sync() - hand a range of the buffer to the CPU or to the device
 * @fd:		from udmabuf_open(); through one opened O_RDONLY nothing that a CPU wrote is lost
 * @owner:	UDMABUF_OWNER_CPU: what the device wrote becomes visible to the CPU;
 *		UDMABUF_OWNER_DEVICE: what the CPU wrote becomes visible to the device
 * @offset:	any
 * @size:	any but 0
 * @direction:	of the data within the range
 *
 * The protocol, on every machine: the CPU fills the range, the device gets it, DMA
 * runs, the CPU gets it back, the CPU reads. On a coherent machine the calls cost a system
 * call and nothing else. Caches work in lines: two ranges that are with different owners at
 * the same time should not share a line (128 bytes are enough everywhere).
 *
 * The buffer's sync settings are neither used nor changed.
 *
 * Return: 0, -EINVAL (the range is empty or leaves the buffer, or no such direction),
 * -ENODEV (the buffer is gone), -ENOTTY (not a buffer's descriptor).
 */
int udmabuf_sync(int fd, enum udmabuf_owner owner, uint64_t offset, uint64_t size,
		 enum udmabuf_direction direction);

/**
 * udmabuf_sync_settings() - sync with the buffer's own settings: range and direction
 * @fd:		from udmabuf_open()
 * @owner:	as in udmabuf_sync()
 *
 * Return: as udmabuf_sync().
 */
int udmabuf_sync_settings(int fd, enum udmabuf_owner owner);

/**
 * udmabuf_set_sync() - set all sync settings at once, or none
 * @fd:		from udmabuf_open(), opened O_RDWR
 * @mode:	1...7; 0 leaves the mode as it is
 * @offset:	start of the range that a sync with the settings covers
 * @size:	its size; 0 leaves the size as it is
 * @direction:	of the data within the range
 *
 * Mode 0 itself is for udmabuf_set_attribute() to set: the driver takes it for "as it is".
 *
 * Return: 0, -EINVAL (a value out of range, which changes nothing), -EACCES (not opened for
 * writing), -ENODEV (the buffer is gone), -ENOTTY (not a buffer's descriptor).
 */
int udmabuf_set_sync(int fd, unsigned int mode, uint64_t offset, uint64_t size,
		     enum udmabuf_direction direction);

/**
 * udmabuf_set_attribute() - set one of the sync settings through sysfs
 * @name:	of the buffer
 * @attribute:	sync_mode, sync_offset, sync_size, sync_direction, or sync_for_cpu and
 *		sync_for_device
 * @value:	as the attribute takes it
 *
 * Return: 0, -ENOENT (no such buffer), -EINVAL (no such attribute, or the driver refuses the
 * value, which changes nothing), -EACCES (not the owner of the attribute).
 */
int udmabuf_set_attribute(const char *name, const char *attribute, uint64_t value);

/* ---- Creating and deleting: needs root ---- */

/**
 * udmabuf_create() - make a buffer
 * @spec:	what it shall be
 * @ret_reason:	why not, see UDMABUF_REASON_SIZE
 *
 * When this returns 0 the buffer is usable: its attributes and its node are there. udev
 * may still be changing the node's owner.
 *
 * Return: 0, or
 * -ENXIO	the module is not loaded: there is no manager
 * -EACCES	the manager may not be opened: not root
 * -EINVAL	bad name, size 0, a value out of range
 * -EEXIST	name or minor taken, or /dev/<name> is something else's, see udmabuf_check_node()
 * -ENOMEM	no such memory
 * -ENODEV	no such bus or device, or not ready for DMA
 * -ENOSPC	256 minors used
 */
int udmabuf_create(const struct udmabuf_spec *spec, char *ret_reason);

/**
 * udmabuf_delete() - delete a buffer
 * @name:	its name
 * @is_forced:	even if it is in use: whoever uses it gets SIGBUS and ENODEV
 * @ret_reason:	why not, see UDMABUF_REASON_SIZE
 *
 * Return: 0 when it is gone, or
 * -ENXIO	the module is not loaded: there is no manager
 * -EACCES	the manager may not be opened: not root
 * -EINVAL	no such name is possible
 * -ENOENT	no such buffer
 * -EBUSY	in use and not forced: it stays whole
 * -EPERM	the device tree describes it
 */
int udmabuf_delete(const char *name, bool is_forced, char *ret_reason);

/**
 * udmabuf_format_create() - the manager's command for a spec, without newline
 * @spec:	what the buffer shall be
 * @ret_command: free() it
 *
 * Return: 0, -EINVAL (bad name, size 0, a value out of range, a blank in the device).
 */
int udmabuf_format_create(const struct udmabuf_spec *spec, char **ret_command);

/**
 * udmabuf_check_name() - is this a name that a buffer can be created with?
 * @name:	1 to 63 of A-Za-z0-9._@:+-, not starting with "." or "-"
 * @ret_reason:	why not, see UDMABUF_REASON_SIZE
 *
 * Return: 0, -EINVAL.
 */
int udmabuf_check_name(const char *name, char *ret_reason);

/**
 * udmabuf_check_node() - could a buffer of this name have its node?
 * @name:	a good name
 * @ret_reason:	why not, see UDMABUF_REASON_SIZE
 *
 * The kernel does not notice that /dev/<name> exists already (null, sda, a stale file) and
 * would leave the buffer without its node. udmabuf_create() asks this itself.
 *
 * Return: 0 if /dev/<name> is free or there is a buffer of that name, -EEXIST if it is
 * something else, or another error of looking.
 */
int udmabuf_check_node(const char *name, char *ret_reason);

/* ---- Values as text, the same in the configuration and on the command line ---- */

/**
 * udmabuf_parse_number() - text to number: decimal, 0x hexadecimal, 0 octal; no sign, no blanks
 * Return: 0, -EINVAL (no number), -ERANGE (does not fit 64 bits).
 */
int udmabuf_parse_number(const char *text, uint64_t *ret_number);

/**
 * udmabuf_parse_size() - the same with an optional K, M, G or T, 1024 each time
 *
 * "64K", "64k", "64Ki" and "64KiB" are the same; "64KB" is not accepted, for it might mean
 * 64000. 0 is a number like any other here.
 *
 * Return: 0, -EINVAL (no size), -ERANGE (does not fit 64 bits).
 */
int udmabuf_parse_size(const char *text, uint64_t *ret_size);

/**
 * udmabuf_format_size() - shortest text that udmabuf_parse_size() reads back as the same
 * @size:	bytes
 * @ret_text:	"64M", "4100"
 */
void udmabuf_format_size(uint64_t size, char ret_text[UDMABUF_SIZE_TEXT]);

/**
 * udmabuf_parse_sync_mode() - "0"..."7", or cached, noncached, write-combine, dma-coherent
 * Return: 0, -EINVAL.
 */
int udmabuf_parse_sync_mode(const char *text, int *ret_mode);

/**
 * udmabuf_parse_direction() - "0"..."2", or bidirectional, to-device, from-device
 * Return: 0, -EINVAL.
 */
int udmabuf_parse_direction(const char *text, int *ret_direction);

/**
 * udmabuf_parse_mmap_mode() - "off", "on", "auto", "page"
 * Return: 0, -EINVAL.
 */
int udmabuf_parse_mmap_mode(const char *text, int *ret_mode);

/*
 * What an error of this library means, -ENXIO and -EBADMSG with what to do; else as strerror().
 * Not to be freed.
 */
const char *udmabuf_error_text(int error);

/*
 * The other way: words for the values of a struct udmabuf_info; "?" for a value that does not
 * exist. Constants, not to be freed.
 */
const char *udmabuf_caching_text(unsigned int sync_mode);	/* ALWAYS is not looked at */
const char *udmabuf_direction_text(unsigned int direction);
const char *udmabuf_mmap_mode_text(unsigned int mmap_mode);
const char *udmabuf_owner_text(unsigned int owner);		/* cpu, device */

/*
 * How the node is mapped, all of the buffer's modes taken together: "cached",
 * "write-combine", or "write-combine with O_SYNC" where other mappings are cached.
 */
const char *udmabuf_mapping_text(const struct udmabuf_info *info);

#endif
