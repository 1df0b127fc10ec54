// SPDX-License-Identifier: GPL-2.0
/* The manager's grammar. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "command.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_separator(char c)
{
	return c == '\n' || c == ';';
}

size_t udmabuf_command_length(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (is_separator(text[i]))
			return i + 1;
	return len;
}

size_t udmabuf_command_cut(const char *text, size_t len)
{
	while (len && !is_separator(text[len - 1]))
		len--;
	return len;
}

const char *udmabuf_verb_name(enum udmabuf_verb verb)
{
	return verb == UDMABUF_CREATE ? "create" : "delete";
}

/* Takes the next token off @rest; an empty word when there is none. */
static struct udmabuf_word take_word(struct udmabuf_word *rest)
{
	struct udmabuf_word word;

	while (rest->len && is_blank(*rest->at)) {
		rest->at++;
		rest->len--;
	}
	word.at = rest->at;
	while (rest->len && !is_blank(*rest->at)) {
		rest->at++;
		rest->len--;
	}
	word.len = rest->at - word.at;
	return word;
}

static bool word_is(struct udmabuf_word word, const char *text)
{
	return word.len == strlen(text) && !memcmp(word.at, text, word.len);
}

/* What follows "<key>=" in @word, if that is how it starts. */
static bool take_value(struct udmabuf_word word, const char *key, struct udmabuf_word *ret_value)
{
	size_t len = strlen(key);

	if (word.len <= len || memcmp(word.at, key, len) || word.at[len] != '=')
		return false;
	ret_value->at = word.at + len + 1;
	ret_value->len = word.len - len - 1;
	return true;
}

/* Long enough for every word that means something. */
static int shown(struct udmabuf_word word)
{
	return min_t(size_t, word.len, 64);
}

static int set_number(struct udmabuf_spec *spec, enum udmabuf_setting setting,
		      struct udmabuf_word word, struct udmabuf_word value,
		      struct udmabuf_error *error)
{
	u64 number;

	if (udmabuf_parse_size(value, &number))
		return udmabuf_fail(error, -EINVAL,
				    "\"%.*s\": not a number of at most 64 bits (10, 0x10, 010, 4K, 2M, 1G)",
				    shown(word), word.at);
	return udmabuf_spec_set_number(spec, setting, number, error);
}

static const struct {
	const char *word;
	enum udmabuf_mmap_mode mode;
} mmap_words[] = {
	{ "quirk-mmap-off", UDMABUF_MMAP_OFF },
	{ "quirk-mmap-on", UDMABUF_MMAP_ON },
	{ "quirk-mmap-auto", UDMABUF_MMAP_AUTO },
	{ "quirk-mmap-page", UDMABUF_MMAP_PAGE },
};

static int parse_option(struct udmabuf_spec *spec, struct udmabuf_word word,
			struct udmabuf_error *error)
{
	struct udmabuf_word value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mmap_words); i++)
		if (word_is(word, mmap_words[i].word))
			return udmabuf_spec_set_mmap(spec, mmap_words[i].mode, error);
	if (word_is(word, "sync-always"))
		return udmabuf_spec_set_always(spec, error);
	if (take_value(word, "bus", &value))
		return udmabuf_spec_set_bus(spec, value, error);
	if (take_value(word, "device", &value))
		return udmabuf_spec_set_device(spec, value, error);
	for (i = 0; i < UDMABUF_NUMBER_SETTINGS; i++)
		if (take_value(word, udmabuf_setting_name(i), &value))
			return set_number(spec, i, word, value, error);
	return udmabuf_fail(error, -EINVAL, "unknown word \"%.*s\"", shown(word), word.at);
}

static int parse_create(struct udmabuf_spec *spec, struct udmabuf_word rest,
			struct udmabuf_error *error)
{
	struct udmabuf_word word = take_word(&rest);
	int err = 0;

	if (word.len && *word.at >= '0' && *word.at <= '9') {
		err = set_number(spec, UDMABUF_SET_SIZE, word, word, error);
		word = take_word(&rest);
	}
	for (; !err && word.len; word = take_word(&rest))
		err = parse_option(spec, word, error);
	return err ?: udmabuf_spec_complete(spec, error);
}

static int parse_delete(struct udmabuf_command *command, struct udmabuf_word rest,
			struct udmabuf_error *error)
{
	struct udmabuf_word word;

	while ((word = take_word(&rest)).len) {
		if (!word_is(word, "force"))
			return udmabuf_fail(error, -EINVAL, "unknown word \"%.*s\"",
					    shown(word), word.at);
		if (command->is_forced)
			return udmabuf_fail(error, -EINVAL, "force is given twice");
		command->is_forced = true;
	}
	return 0;
}

int udmabuf_command_parse(const char *text, size_t len, struct udmabuf_command *command,
			  struct udmabuf_error *error)
{
	struct udmabuf_word rest = { text, len };
	struct udmabuf_word verb;
	int err;

	if (len && is_separator(text[len - 1]))
		rest.len--;

	command->verb = UDMABUF_NOTHING;
	command->is_forced = false;
	udmabuf_spec_init(&command->spec, UDMABUF_FROM_MANAGER);

	verb = take_word(&rest);
	if (!verb.len)
		return 0;
	if (word_is(verb, "create"))
		command->verb = UDMABUF_CREATE;
	else if (word_is(verb, "delete"))
		command->verb = UDMABUF_DELETE;
	else
		return udmabuf_fail(error, -EINVAL,
				    "unknown command \"%.*s\": there are create and delete",
				    shown(verb), verb.at);

	/* A name from the device tree may have a comma, and delete must answer for it. */
	err = udmabuf_spec_set_name(&command->spec, take_word(&rest),
				    command->verb == UDMABUF_DELETE, error);
	if (err)
		return err;
	if (command->verb == UDMABUF_CREATE)
		return parse_create(&command->spec, rest, error);
	return parse_delete(command, rest, error);
}
