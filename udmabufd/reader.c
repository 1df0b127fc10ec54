// SPDX-License-Identifier: GPL-2.0-only
/* Owns what a mistake in a value looks like. */
#include "reader.h"
#include "mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "sync.mode" for a key of an entry's group, "mode" for one of the entry's own. */
static char *key_path(const config_setting_t *at, const char *key)
{
	const config_setting_t *group = key ? at : config_setting_parent(at);
	const char *name = key ? key : config_setting_name(at);
	const char *outer = group ? config_setting_name(group) : NULL;
	const bool is_nested = outer && group->parent && group->parent->parent;

	if (!name)
		return mem_copy("entry");
	return is_nested ? mem_printf("%s.%s", outer, name) : mem_copy(name);
}

void reader_note(struct reader *reader, const config_setting_t *at, const char *key,
		 const char *allowed, const char *wrong, ...)
{
	const config_setting_t *member = key ? config_setting_get_member(at, key) : NULL;
	struct config *config = reader->config;
	MEM_AUTO char *path = key_path(at, key);
	struct config_mistake *mistake;
	char text[512];
	va_list args;

	va_start(args, wrong);
	vsnprintf(text, sizeof(text), wrong, args);
	va_end(args);

	config->mistakes = mem_grow(config->mistakes, config->n_mistakes, sizeof(*mistake));
	mistake = &config->mistakes[config->n_mistakes++];
	mistake->file = config->files[config->n_files - 1];
	mistake->line = config_setting_source_line(member ? member : at);
	mistake->name = reader->name ? mem_copy(reader->name) : NULL;
	mistake->text = mem_printf("%s:%u: %s: %s: %s: %s", mistake->file, mistake->line,
				   reader->entry, path, text, allowed);
	reader->has_mistake = true;
}

/* So that it can be told from a whole number: 7.0 is none. */
static char *describe_float(double value)
{
	char *text = mem_printf("%g", value);

	if (!strpbrk(text, ".en"))
		mem_append(&text, ".0");
	return text;
}

/* What the user wrote, for a message: kind and value. */
static char *describe(const config_setting_t *value)
{
	MEM_AUTO char *text = NULL;

	switch (config_setting_type(value)) {
	case CONFIG_TYPE_INT:
		return mem_printf("%d", config_setting_get_int(value));
	case CONFIG_TYPE_INT64:
		return mem_printf("%lld", config_setting_get_int64(value));
	case CONFIG_TYPE_FLOAT:
		return describe_float(config_setting_get_float(value));
	case CONFIG_TYPE_BOOL:
		return mem_copy(config_setting_get_bool(value) ? "true" : "false");
	case CONFIG_TYPE_STRING:
		text = mem_one_line(config_setting_get_string(value));
		return mem_printf("\"%s\"", text);
	case CONFIG_TYPE_GROUP:
		return mem_copy("a group {...}");
	case CONFIG_TYPE_ARRAY:
		return mem_copy("an array [...]");
	default:
		return mem_copy("a list (...)");
	}
}

static void note_kind(struct reader *reader, const config_setting_t *value, const char *kind,
		      const char *allowed)
{
	MEM_AUTO char *what = describe(value);

	reader_note(reader, value, NULL, allowed, "%s is not %s", what, kind);
}

static void note_value(struct reader *reader, const config_setting_t *value,
		       const char *allowed)
{
	MEM_AUTO char *what = describe(value);

	reader_note(reader, value, NULL, allowed, "%s is not allowed", what);
}

static void note_unknown(struct reader *reader, const config_setting_t *at,
			 const struct key *keys, size_t n_keys)
{
	MEM_AUTO char *known = NULL;

	for (size_t i = 0; i < n_keys; i++)
		mem_append(&known, "%s%s", i ? ", " : "one of ", keys[i].name);
	reader_note(reader, at, NULL, known, "unknown key");
}

void reader_group(struct reader *reader, const config_setting_t *group,
		  const struct key *keys, size_t n_keys, void *ret_entry)
{
	if (!config_setting_is_group(group)) {
		note_kind(reader, group, "a group", "{ key = value; ... }");
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *value = config_setting_get_elem(group, i);
		size_t k = 0;

		while (k < n_keys && strcmp(keys[k].name, config_setting_name(value)))
			k++;
		if (k < n_keys)
			keys[k].read(reader, value, (char *)ret_entry + keys[k].offset);
		else
			note_unknown(reader, value, keys, n_keys);
	}
}

const char *reader_text(struct reader *reader, const config_setting_t *value,
			const char *allowed)
{
	if (config_setting_type(value) == CONFIG_TYPE_STRING)
		return config_setting_get_string(value);
	note_kind(reader, value, "a text in quotes", allowed);
	return NULL;
}

void reader_integer(struct reader *reader, const config_setting_t *value, int min, int max,
		    const char *allowed, int *ret_integer)
{
	const int type = config_setting_type(value);
	long long number;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		note_kind(reader, value, "a whole number", allowed);
		return;
	}
	number = type == CONFIG_TYPE_INT ? config_setting_get_int(value) :
					   config_setting_get_int64(value);
	if (number < min || number > max)
		note_value(reader, value, allowed);
	else
		*ret_integer = (int)number;
}

bool reader_bool(struct reader *reader, const config_setting_t *value, bool *ret_bool)
{
	if (config_setting_type(value) != CONFIG_TYPE_BOOL) {
		note_kind(reader, value, "a truth value", "true or false");
		return false;
	}
	*ret_bool = config_setting_get_bool(value);
	return true;
}

bool reader_size(struct reader *reader, const config_setting_t *value, uint64_t *ret_size)
{
	static const char allowed[] =
		"a text such as \"4096\", \"0x1000\", \"64K\", \"1M\", \"2G\"";
	const char *text = reader_text(reader, value, allowed);
	uint64_t size;
	int r;

	if (!text)
		return false;
	r = udmabuf_parse_size(text, &size);
	if (r == -ERANGE)
		note_kind(reader, value, "a size that fits 64 bits", allowed);
	else if (r < 0)
		note_kind(reader, value, "a size", allowed);
	else
		*ret_size = size;
	return !r;
}

void reader_word(struct reader *reader, const config_setting_t *value,
		 int (*parse)(const char *text, int *ret_number), int max,
		 const char *allowed, int *ret_number)
{
	const char *text;

	if (max >= 0 && config_setting_type(value) != CONFIG_TYPE_STRING) {
		reader_integer(reader, value, 0, max, allowed, ret_number);
		return;
	}
	text = reader_text(reader, value, allowed);
	if (text && parse(text, ret_number) < 0)
		note_value(reader, value, allowed);
}
