// SPDX-License-Identifier: GPL-2.0-only
/* Owns the canonical text of an entry. */
#include "canonical.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static void add_size(char **text, const char *key, uint64_t size)
{
	char shown[UDMABUF_SIZE_TEXT];

	udmabuf_format_size(size, shown);
	mem_append(text, "%s%s=%s", *text ? " " : "", key, shown);
}

static void add_text(char **text, const char *key, const char *value)
{
	mem_append(text, "%s%s=%s", *text ? " " : "", key, value);
}

static void add_number(char **text, const char *key, int number)
{
	mem_append(text, "%s%s=%d", *text ? " " : "", key, number);
}

char *canonical_options(const struct config_buffer *buffer)
{
	char *text = NULL;

	add_size(&text, "size", buffer->size);
	if (buffer->minor >= 0)
		add_number(&text, "minor", buffer->minor);
	if (buffer->device)
		add_text(&text, "device", buffer->device);
	if (buffer->dma_mask >= 0)
		add_number(&text, "dma_mask", buffer->dma_mask);
	if (buffer->mmap_mode >= 0)
		add_text(&text, "mmap", udmabuf_mmap_mode_text((unsigned int)buffer->mmap_mode));
	return text;
}

static bool has_word(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = text; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (!strncmp(at, word, length) && (!at[length] || at[length] == ' '))
			return true;
	}
	return false;
}

bool canonical_fits(const char *options, const struct udmabuf_info *info)
{
	const struct config_buffer buffer = {
		.size = info->size, .minor = (int)info->minor, .dma_mask = (int)info->dma_mask,
		.device = *info->device ? (char *)info->device : NULL, .mmap_mode = -1,
	};
	MEM_AUTO char *all = canonical_options(&buffer);
	MEM_AUTO char *words = mem_copy(options);
	char *rest = words;
	char *word;

	while ((word = strsep(&rest, " "))) {
		if (strncmp(word, "mmap=", strlen("mmap=")) && !has_word(all, word))
			return false;
	}
	return true;
}

char *canonical_sync(const struct config_sync *sync)
{
	char *text = NULL;

	if (sync->mode >= 0)
		add_number(&text, "sync.mode", sync->mode);
	if (sync->always >= 0)
		add_text(&text, "sync.always", sync->always ? "true" : "false");
	if (sync->has_offset)
		add_size(&text, "sync.offset", sync->offset);
	if (sync->has_size)
		add_size(&text, "sync.size", sync->size);
	if (sync->direction >= 0)
		add_text(&text, "sync.direction",
			 udmabuf_direction_text((unsigned int)sync->direction));
	return text ? text : mem_copy("");
}

char *canonical_node(const struct config_node *node)
{
	char *text = NULL;

	if (node->owner)
		add_text(&text, "owner", node->owner);
	if (node->group)
		add_text(&text, "group", node->group);
	if (node->mode >= 0)
		mem_append(&text, "%smode=%04o", text ? " " : "", (unsigned int)node->mode);
	return text ? text : mem_copy("");
}
