// SPDX-License-Identifier: GPL-2.0
/* The limits of everything that can be asked of a buffer. */
#include <linux/bits.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "spec.h"
#include "sync.h"

static const struct {
	const char *name;
	u64 min;
	u64 max;
} limits[UDMABUF_NUMBER_SETTINGS] = {
	[UDMABUF_SET_SIZE]		= { "size", 1, U64_MAX },
	[UDMABUF_SET_MINOR]		= { "minor", 0, UDMABUF_MINORS - 1 },
	[UDMABUF_SET_DMA_MASK]		= { "dma-mask", 1, 64 },
	[UDMABUF_SET_SYNC_MODE]		= { "sync-mode", 0, 7 },
	[UDMABUF_SET_SYNC_OFFSET]	= { "sync-offset", 0, U64_MAX },
	[UDMABUF_SET_SYNC_SIZE]		= { "sync-size", 0, U64_MAX },
	[UDMABUF_SET_SYNC_DIRECTION]	= { "sync-direction", 0, 2 },
};

const char *udmabuf_setting_name(enum udmabuf_setting setting)
{
	return limits[setting].name;
}

int udmabuf_fail(struct udmabuf_error *error, int err, const char *fmt, ...)
{
	va_list args;
	char *c;

	va_start(args, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, args);
	va_end(args);

	for (c = error->text; *c; c++)
		if (!isascii(*c) || !isprint(*c))
			*c = '?';
	return err;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

int udmabuf_parse_number(struct udmabuf_word word, u64 *ret_value)
{
	u64 value = 0;
	int base = 10;
	size_t i = 0;

	if (word.len > 2 && word.at[0] == '0' && (word.at[1] == 'x' || word.at[1] == 'X')) {
		base = 16;
		i = 2;
	} else if (word.len > 1 && word.at[0] == '0') {
		base = 8;
		i = 1;
	}
	if (i == word.len)
		return -EINVAL;
	for (; i < word.len; i++) {
		int digit = digit_of(word.at[i]);

		if (digit >= base)
			return -EINVAL;
		if (check_mul_overflow(value, (u64)base, &value) ||
		    check_add_overflow(value, (u64)digit, &value))
			return -EINVAL;
	}
	*ret_value = value;
	return 0;
}

int udmabuf_parse_size(struct udmabuf_word word, u64 *ret_value)
{
	unsigned int shift = 0;
	u64 value;

	if (!word.len)
		return -EINVAL;
	switch (word.at[word.len - 1]) {
	case 'k': case 'K':
		shift = 10;
		break;
	case 'm': case 'M':
		shift = 20;
		break;
	case 'g': case 'G':
		shift = 30;
		break;
	}
	if (shift)
		word.len--;
	if (udmabuf_parse_number(word, &value) || value > U64_MAX >> shift)
		return -EINVAL;
	*ret_value = value << shift;
	return 0;
}

static int set_given(struct udmabuf_spec *spec, enum udmabuf_setting setting, const char *name,
		     struct udmabuf_error *error)
{
	if (spec->given & BIT(setting))
		return udmabuf_fail(error, -EINVAL, "%s is given twice", name);
	spec->given |= BIT(setting);
	return 0;
}

void udmabuf_spec_init(struct udmabuf_spec *spec, enum udmabuf_origin origin)
{
	memset(spec, 0, sizeof(*spec));
	spec->origin = origin;
	spec->minor = UDMABUF_MINOR_ANY;
	spec->sync.mode = 1;
}

static bool is_name_character(char c, bool may_be_comma)
{
	return isascii(c) && (isalnum(c) || strchr("._@:+-", c) || (may_be_comma && c == ','));
}

int udmabuf_spec_set_name(struct udmabuf_spec *spec, struct udmabuf_word name,
			  bool may_have_comma, struct udmabuf_error *error)
{
	size_t i;

	if (!name.len || name.len > UDMABUF_NAME_MAX)
		return udmabuf_fail(error, -EINVAL,
				    "name \"%.*s\" has %zu characters: allowed are 1 to %d",
				    (int)min_t(size_t, name.len, UDMABUF_NAME_MAX), name.at,
				    name.len, UDMABUF_NAME_MAX);
	if (name.at[0] == '.' || name.at[0] == '-')
		return udmabuf_fail(error, -EINVAL, "name \"%.*s\" starts with '%c'",
				    (int)name.len, name.at, name.at[0]);
	for (i = 0; i < name.len; i++)
		if (!name.at[i] || !is_name_character(name.at[i], may_have_comma))
			return udmabuf_fail(error, -EINVAL,
					    "name \"%.*s\" has '%c': allowed are A-Za-z0-9._@:+-",
					    (int)name.len, name.at, name.at[i] ?: '?');
	memcpy(spec->name, name.at, name.len);
	spec->name[name.len] = '\0';
	return 0;
}

int udmabuf_spec_set_number(struct udmabuf_spec *spec, enum udmabuf_setting setting, u64 value,
			    struct udmabuf_error *error)
{
	const char *name = limits[setting].name;
	int err;

	if (value < limits[setting].min || value > limits[setting].max)
		return udmabuf_fail(error, -EINVAL, "%s %llu: allowed are %llu to %llu", name,
				    value, limits[setting].min, limits[setting].max);
	err = set_given(spec, setting, name, error);
	if (err)
		return err;

	switch (setting) {
	case UDMABUF_SET_SIZE:
		spec->size = value;
		break;
	case UDMABUF_SET_MINOR:
		spec->minor = value;
		break;
	case UDMABUF_SET_DMA_MASK:
		spec->dma_mask_bits = value;
		break;
	case UDMABUF_SET_SYNC_MODE:
		spec->sync.mode = value | (spec->sync.mode & UDMABUF_SYNC_ALWAYS);
		break;
	case UDMABUF_SET_SYNC_OFFSET:
		spec->sync.offset = value;
		break;
	case UDMABUF_SET_SYNC_SIZE:
		spec->sync.size = value;
		break;
	case UDMABUF_SET_SYNC_DIRECTION:
		spec->sync.direction = value;
		break;
	default:
		break;
	}
	return 0;
}

int udmabuf_spec_set_mmap(struct udmabuf_spec *spec, enum udmabuf_mmap_mode mode,
			  struct udmabuf_error *error)
{
	int err = set_given(spec, UDMABUF_SET_MMAP, "quirk-mmap-*", error);

	if (err)
		return err;
	spec->mmap_mode = mode;
	return 0;
}

int udmabuf_spec_set_always(struct udmabuf_spec *spec, struct udmabuf_error *error)
{
	int err = set_given(spec, UDMABUF_SET_SYNC_ALWAYS, "sync-always", error);

	if (err)
		return err;
	spec->sync.mode |= UDMABUF_SYNC_ALWAYS;
	return 0;
}

static int set_text(struct udmabuf_spec *spec, enum udmabuf_setting setting, char *to, size_t max,
		    const char *name, struct udmabuf_word word, struct udmabuf_error *error)
{
	int err;

	if (!word.len || word.len > max || memchr(word.at, '/', word.len) ||
	    memchr(word.at, '\0', word.len))
		return udmabuf_fail(error, -EINVAL,
				    "%s \"%.*s\": allowed are 1 to %zu characters without '/'",
				    name, (int)min(word.len, max), word.at, max);
	err = set_given(spec, setting, name, error);
	if (err)
		return err;
	memcpy(to, word.at, word.len);
	to[word.len] = '\0';
	return 0;
}

int udmabuf_spec_set_bus(struct udmabuf_spec *spec, struct udmabuf_word bus,
			 struct udmabuf_error *error)
{
	return set_text(spec, UDMABUF_SET_BUS, spec->bus, UDMABUF_BUS_MAX, "bus", bus, error);
}

int udmabuf_spec_set_device(struct udmabuf_spec *spec, struct udmabuf_word device,
			    struct udmabuf_error *error)
{
	return set_text(spec, UDMABUF_SET_DEVICE, spec->device, UDMABUF_DEVICE_MAX, "device",
			device, error);
}

int udmabuf_spec_set_parent(struct udmabuf_spec *spec, struct udmabuf_word parent,
			    struct udmabuf_error *error)
{
	const char *slash = memchr(parent.at, '/', parent.len);

	if (slash) {
		struct udmabuf_word bus = { parent.at, slash - parent.at };
		int err = udmabuf_spec_set_bus(spec, bus, error);

		if (err)
			return err;
		parent.at += bus.len + 1;
		parent.len -= bus.len + 1;
	}
	return udmabuf_spec_set_device(spec, parent, error);
}

int udmabuf_spec_complete(struct udmabuf_spec *spec, struct udmabuf_error *error)
{
	struct udmabuf_sync_settings *sync = &spec->sync;
	bool has_sync_size = spec->given & BIT(UDMABUF_SET_SYNC_SIZE);

	if (!spec->size)
		return udmabuf_fail(error, -EINVAL, "no size is given");
	if (spec->bus[0] && !spec->device[0])
		return udmabuf_fail(error, -EINVAL, "bus %s is given, but no device", spec->bus);
	if (sync->offset > spec->size)
		return udmabuf_fail(error, -EINVAL, "sync-offset %llu: the buffer ends at %llu",
				    sync->offset, spec->size);
	if (has_sync_size && !udmabuf_range_is_within(sync->offset, sync->size, spec->size))
		return udmabuf_fail(error, -EINVAL,
				    "sync-size %llu from sync-offset %llu on: the buffer ends at %llu",
				    sync->size, sync->offset, spec->size);
	if (!has_sync_size)
		sync->size = spec->size;
	return 0;
}
