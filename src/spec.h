/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a buffer is asked to be. Module parameters, device tree and manager each
 * fill a struct udmabuf_spec through the setters here, so that a value is judged
 * in one place whoever sends it.
 *
 * Pure: no kernel object is touched, and the same file is tested on the host.
 * Every function returns 0 or a negative errno with the reason in @error, and
 * changes nothing on failure.
 */
#ifndef UDMABUF_SPEC_H
#define UDMABUF_SPEC_H

#include <linux/types.h>

#define UDMABUF_NAME_MAX	63
#define UDMABUF_BUS_MAX		15
#define UDMABUF_DEVICE_MAX	127
#define UDMABUF_MINORS		256
#define UDMABUF_MINOR_ANY	(-1)

enum udmabuf_origin {
	UDMABUF_FROM_PARAMETER,
	UDMABUF_FROM_DEVICE_TREE,
	UDMABUF_FROM_MANAGER,
};

/* The values are those of the attribute quirk_mmap_mode. */
enum udmabuf_mmap_mode {
	UDMABUF_MMAP_DEFAULT,
	UDMABUF_MMAP_OFF,
	UDMABUF_MMAP_ON,
	UDMABUF_MMAP_AUTO,
	UDMABUF_MMAP_PAGE,
};

#define UDMABUF_SYNC_ALWAYS	4	/* in the mode: O_SYNC or not */

struct udmabuf_sync_settings {
	u64 offset;
	u64 size;
	u8 mode;		/* 0…7 */
	u8 direction;		/* enum dma_data_direction, 0…2 */
};

struct udmabuf_spec {
	char name[UDMABUF_NAME_MAX + 1];
	u64 size;
	int minor;			/* or UDMABUF_MINOR_ANY */
	u8 dma_mask_bits;		/* 0: what the parent has, or the module's default */
	enum udmabuf_mmap_mode mmap_mode;
	enum udmabuf_origin origin;
	struct udmabuf_sync_settings sync;
	char bus[UDMABUF_BUS_MAX + 1];
	char device[UDMABUF_DEVICE_MAX + 1];	/* "": no parent */
	u32 given;			/* BIT(enum udmabuf_setting) */
};

/* Why something failed, for the log line and for read() on the manager. */
struct udmabuf_error {
	char text[192];
};

/* A piece of somebody's text; not NUL-terminated. */
struct udmabuf_word {
	const char *at;
	size_t len;
};

/* What can be set. Those up to UDMABUF_NUMBER_SETTINGS take a number. */
enum udmabuf_setting {
	UDMABUF_SET_SIZE,
	UDMABUF_SET_MINOR,
	UDMABUF_SET_DMA_MASK,
	UDMABUF_SET_SYNC_MODE,
	UDMABUF_SET_SYNC_OFFSET,
	UDMABUF_SET_SYNC_SIZE,
	UDMABUF_SET_SYNC_DIRECTION,
	UDMABUF_NUMBER_SETTINGS,
	UDMABUF_SET_SYNC_ALWAYS = UDMABUF_NUMBER_SETTINGS,
	UDMABUF_SET_MMAP,
	UDMABUF_SET_BUS,
	UDMABUF_SET_DEVICE,
};

/* Notes the reason in @error, unprintable characters replaced; returns @err. */
int __printf(3, 4) udmabuf_fail(struct udmabuf_error *error, int err, const char *fmt, ...);

/* A spec that asks for nothing yet. */
void udmabuf_spec_init(struct udmabuf_spec *spec, enum udmabuf_origin origin);

/* @may_have_comma: names from the device tree may */
int udmabuf_spec_set_name(struct udmabuf_spec *spec, struct udmabuf_word name,
			  bool may_have_comma, struct udmabuf_error *error);
int udmabuf_spec_set_number(struct udmabuf_spec *spec, enum udmabuf_setting setting, u64 value,
			    struct udmabuf_error *error);
int udmabuf_spec_set_mmap(struct udmabuf_spec *spec, enum udmabuf_mmap_mode mode,
			  struct udmabuf_error *error);
int udmabuf_spec_set_always(struct udmabuf_spec *spec, struct udmabuf_error *error);
int udmabuf_spec_set_bus(struct udmabuf_spec *spec, struct udmabuf_word bus,
			 struct udmabuf_error *error);
int udmabuf_spec_set_device(struct udmabuf_spec *spec, struct udmabuf_word device,
			    struct udmabuf_error *error);
/* [<bus>/]<device>, as the module parameters have it; on failure a bus may be set */
int udmabuf_spec_set_parent(struct udmabuf_spec *spec, struct udmabuf_word parent,
			    struct udmabuf_error *error);
/* Call last: what only the whole can be judged by, and the defaults. */
int udmabuf_spec_complete(struct udmabuf_spec *spec, struct udmabuf_error *error);

/* As the manager has it: "dma-mask". */
const char *udmabuf_setting_name(enum udmabuf_setting setting);

/* Decimal, 0x hexadecimal, 0 octal; all of @word, at most 64 bits: else -EINVAL. */
int udmabuf_parse_number(struct udmabuf_word word, u64 *ret_value);
/* The same with an optional K, M or G. */
int udmabuf_parse_size(struct udmabuf_word word, u64 *ret_value);

#endif
