// SPDX-License-Identifier: GPL-2.0-only
/* Owns the keys of /etc/u-dma-buf.conf: what each is called and which values it takes. */
#include "keys.h"
#include "mem.h"

#include <ctype.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DEVICE_MAX 127

static void read_sync_mode(struct reader *reader, const config_setting_t *value, void *ret_mode)
{
	reader_word(reader, value, udmabuf_parse_sync_mode, UDMABUF_SYNC_MODE_MAX,
		    "0 to 7, \"cached\", \"noncached\", \"write-combine\" or \"dma-coherent\"",
		    ret_mode);
}

static void read_sync_always(struct reader *reader, const config_setting_t *value, void *ret_always)
{
	bool is_always;

	if (reader_bool(reader, value, &is_always))
		*(int *)ret_always = is_always;
}

static void read_sync_offset(struct reader *reader, const config_setting_t *value, void *ret_sync)
{
	struct config_sync *sync = ret_sync;

	reader_size(reader, value, &sync->offset);
	sync->has_offset = true;
}

static void read_size(struct reader *reader, const config_setting_t *value, void *ret_size)
{
	uint64_t size;

	if (!reader_size(reader, value, &size))
		return;
	if (!size)
		reader_note(reader, value, NULL, "at least \"1\"", "0 bytes");
	else
		*(uint64_t *)ret_size = size;
}

static void read_sync_size(struct reader *reader, const config_setting_t *value, void *ret_sync)
{
	struct config_sync *sync = ret_sync;

	read_size(reader, value, &sync->size);
	sync->has_size = true;
}

static void read_sync_direction(struct reader *reader, const config_setting_t *value,
				void *ret_direction)
{
	reader_word(reader, value, udmabuf_parse_direction, UDMABUF_FROM_DEVICE,
		    "0 to 2, \"bidirectional\", \"to-device\" or \"from-device\"", ret_direction);
}

static void read_sync(struct reader *reader, const config_setting_t *group, void *ret_sync)
{
	static const struct key keys[] = {
		{ "mode", offsetof(struct config_sync, mode), read_sync_mode },
		{ "always", offsetof(struct config_sync, always), read_sync_always },
		{ "offset", 0, read_sync_offset },
		{ "size", 0, read_sync_size },
		{ "direction", offsetof(struct config_sync, direction), read_sync_direction },
	};
	const struct config_sync *sync = ret_sync;

	reader_group(reader, group, keys, ARRAY_SIZE(keys), ret_sync);
	if (sync->mode >= UDMABUF_SYNC_ALWAYS && sync->always == 0)
		reader_note(reader, group, "always", "true, or a mode of 0 to 3",
			    "false contradicts mode %d", sync->mode);
}

/* udev takes numbers as well as names. */
static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10;
}

static void replace_text(char **text, const char *by)
{
	free(*text);
	*text = mem_copy(by);
}

static void read_account(struct reader *reader, const config_setting_t *value, char **ret_name,
			 const char *kind, bool is_known(const char *name), const char *allowed)
{
	const char *name = reader_text(reader, value, allowed);
	MEM_AUTO char *shown = NULL;

	if (!name)
		return;
	if (is_number(name) || is_known(name)) {
		replace_text(ret_name, name);
		return;
	}
	shown = mem_one_line(name);
	reader_note(reader, value, NULL, allowed, "no %s \"%s\"", kind, shown);
}

static bool is_user(const char *name)
{
	return getpwnam(name);
}

static void read_owner(struct reader *reader, const config_setting_t *value, void *ret_owner)
{
	read_account(reader, value, ret_owner, "user", is_user, "one that `getent passwd` lists");
}

static bool is_group(const char *name)
{
	return getgrnam(name);
}

static void read_group(struct reader *reader, const config_setting_t *value, void *ret_group)
{
	read_account(reader, value, ret_group, "group", is_group, "one that `getent group` lists");
}

static void read_mode(struct reader *reader, const config_setting_t *value, void *ret_mode)
{
	static const char allowed[] = "an octal text from \"0000\" to \"0777\", such as \"0660\"";
	const char *text = reader_text(reader, value, allowed);
	MEM_AUTO char *shown = NULL;
	size_t digits;

	if (!text)
		return;
	digits = strspn(text, "01234567");
	if (digits && digits <= 4 && !text[digits] && strtol(text, NULL, 8) <= 0777) {
		*(int *)ret_mode = (int)strtol(text, NULL, 8);
		return;
	}
	shown = mem_one_line(text);
	reader_note(reader, value, NULL, allowed, "\"%s\" is no mode", shown);
}

static void read_name(struct reader *reader, const config_setting_t *value, void *ret_name)
{
	static const char allowed[] = "1 to 63 of A-Za-z0-9._@:+-, not starting with . or -";
	const char *name = reader_text(reader, value, allowed);
	MEM_AUTO char *shown = NULL;

	if (!name)
		return;
	if (!udmabuf_check_name(name, NULL)) {
		replace_text(ret_name, name);
		return;
	}
	shown = mem_one_line(name);
	reader_note(reader, value, NULL, allowed, "\"%s\" can't be a name", shown);
}

static void read_minor(struct reader *reader, const config_setting_t *value, void *ret_minor)
{
	reader_integer(reader, value, 0, 255, "0 to 255", ret_minor);
}

/* A word of the manager's grammar, whose separators are blanks, newline and ";"; the driver's limit. */
static bool is_device(const char *text)
{
	for (const char *c = text; *c; c++) {
		if (!isgraph((unsigned char)*c) || *c == ';' || *c == '/')
			return false;
	}
	return *text && strlen(text) <= DEVICE_MAX;
}

static void read_device(struct reader *reader, const config_setting_t *value, void *ret_device)
{
	static const char allowed[] = "[pci/|platform/]<device>, one of /sys/bus/*/devices";
	const char *text = reader_text(reader, value, allowed);
	const char *bus = "platform";
	const char *device = text;
	MEM_AUTO char *shown = NULL;

	if (!text)
		return;
	if (!strncmp(text, "pci/", 4)) {
		bus = "pci";
		device += 4;
	} else if (!strncmp(text, "platform/", 9)) {
		device += 9;
	}
	if (is_device(device)) {
		*(char **)ret_device = mem_printf("%s/%s", bus, device);
		return;
	}
	shown = mem_one_line(text);
	reader_note(reader, value, NULL, allowed, "\"%s\" can't be a device", shown);
}

static void read_dma_mask(struct reader *reader, const config_setting_t *value, void *ret_bits)
{
	reader_integer(reader, value, 1, 64, "1 to 64 bits", ret_bits);
}

static void read_mmap(struct reader *reader, const config_setting_t *value, void *ret_mode)
{
	reader_word(reader, value, udmabuf_parse_mmap_mode, -1,
		    "\"off\", \"on\", \"auto\" or \"page\"", ret_mode);
}

static void read_required(struct reader *reader, const config_setting_t *value, void *ret_required)
{
	reader_bool(reader, value, ret_required);
}

static void read_match(struct reader *reader, const config_setting_t *value, void *ret_pattern)
{
	static const char allowed[] = "a shell pattern on names, such as \"udmabuf*\"";
	const char *pattern = reader_text(reader, value, allowed);

	if (pattern && !*pattern)
		reader_note(reader, value, NULL, allowed, "an empty text");
	else if (pattern)
		replace_text(ret_pattern, pattern);
}

const struct key keys_of_buffer[] = {
	{ "name", offsetof(struct config_buffer, name), read_name },
	{ "size", offsetof(struct config_buffer, size), read_size },
	{ "minor", offsetof(struct config_buffer, minor), read_minor },
	{ "device", offsetof(struct config_buffer, device), read_device },
	{ "dma_mask", offsetof(struct config_buffer, dma_mask), read_dma_mask },
	{ "mmap", offsetof(struct config_buffer, mmap_mode), read_mmap },
	{ "sync", offsetof(struct config_buffer, sync), read_sync },
	{ "owner", offsetof(struct config_buffer, node.owner), read_owner },
	{ "group", offsetof(struct config_buffer, node.group), read_group },
	{ "mode", offsetof(struct config_buffer, node.mode), read_mode },
	{ "required", offsetof(struct config_buffer, is_required), read_required },
};
const size_t n_keys_of_buffer = ARRAY_SIZE(keys_of_buffer);

const struct key keys_of_match[] = {
	{ "match", offsetof(struct config_match, pattern), read_match },
	{ "sync", offsetof(struct config_match, sync), read_sync },
	{ "owner", offsetof(struct config_match, node.owner), read_owner },
	{ "group", offsetof(struct config_match, node.group), read_group },
	{ "mode", offsetof(struct config_match, node.mode), read_mode },
};
const size_t n_keys_of_match = ARRAY_SIZE(keys_of_match);

const struct key keys_of_defaults[] = {
	{ "owner", offsetof(struct config_node, owner), read_owner },
	{ "group", offsetof(struct config_node, group), read_group },
	{ "mode", offsetof(struct config_node, mode), read_mode },
};
const size_t n_keys_of_defaults = ARRAY_SIZE(keys_of_defaults);
