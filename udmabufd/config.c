// SPDX-License-Identifier: GPL-2.0-only
/* Owns the entries of /etc/u-dma-buf.conf: where they stand, what an entry as a whole must be. */
#include "config.h"
#include "keys.h"
#include "mem.h"
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_sync_range(struct reader *reader, const config_setting_t *group,
			     const struct config_buffer *buffer)
{
	const config_setting_t *at = config_setting_get_member(group, "sync");
	const struct config_sync *sync = &buffer->sync;
	char allowed[64];

	if (!at || !buffer->size)
		return;
	snprintf(allowed, sizeof(allowed), "within the buffer's %ju bytes",
		 (uintmax_t)buffer->size);
	if (sync->offset > buffer->size)
		reader_note(reader, at, "offset", allowed, "%ju is behind the end",
			    (uintmax_t)sync->offset);
	else if (sync->offset && !sync->has_size)
		reader_note(reader, at, "offset", allowed, "needs a sync.size too");
	else if (sync->size > buffer->size - sync->offset)
		reader_note(reader, at, "size", allowed, "%ju from offset %ju leaves the buffer",
			    (uintmax_t)sync->size, (uintmax_t)sync->offset);
}

static void check_unique(struct reader *reader, const config_setting_t *group,
			 const struct config_buffer *buffer)
{
	const struct config *config = reader->config;

	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct config_buffer *other = &config->buffers[i];

		if (buffer->name && other->name && !strcmp(buffer->name, other->name))
			reader_note(reader, config_setting_get_member(group, "name"), NULL,
				    "a name for each buffer", "used in line %u already",
				    other->line);
		if (buffer->minor >= 0 && buffer->minor == other->minor && !other->has_mistake)
			reader_note(reader, config_setting_get_member(group, "minor"), NULL,
				    "a minor for each buffer", "%d is that of %s in line %u",
				    buffer->minor, other->label, other->line);
	}
}

static void read_buffer(struct config *config, const config_setting_t *group, int index)
{
	struct config_buffer buffer = {
		.minor = -1, .dma_mask = -1, .mmap_mode = -1,
		.sync = CONFIG_SYNC_NONE, .node = CONFIG_NODE_NONE,
		.line = config_setting_source_line(group),
	};
	struct reader reader = { .config = config };
	const char *name;

	if (config_setting_is_group(group) &&
	    config_setting_lookup_string(group, "name", &name) && !udmabuf_check_name(name, NULL))
		buffer.label = mem_copy(name);
	else
		buffer.label = mem_printf("buffers[%d]", index);
	reader.entry = buffer.label;

	reader_group(&reader, group, keys_of_buffer, n_keys_of_buffer, &buffer);
	if (config_setting_is_group(group)) {
		if (!config_setting_get_member(group, "name"))
			reader_note(&reader, group, "name", "every buffer has one", "missing");
		if (!config_setting_get_member(group, "size"))
			reader_note(&reader, group, "size", "every buffer has one, such as \"64K\"",
				    "missing");
		check_sync_range(&reader, group, &buffer);
		check_unique(&reader, group, &buffer);
	}
	buffer.has_mistake = reader.has_mistake;
	config->hides_names |= !buffer.name;
	config->buffers = mem_grow(config->buffers, config->n_buffers, sizeof(buffer));
	config->buffers[config->n_buffers++] = buffer;
}

static void read_match(struct config *config, const config_setting_t *group, int index)
{
	struct config_match match = {
		.sync = CONFIG_SYNC_NONE, .node = CONFIG_NODE_NONE,
		.line = config_setting_source_line(group),
	};
	MEM_AUTO char *label = mem_printf("settings[%d]", index);
	struct reader reader = { .config = config, .entry = label };

	reader_group(&reader, group, keys_of_match, n_keys_of_match, &match);
	if (config_setting_is_group(group) && !config_setting_get_member(group, "match"))
		reader_note(&reader, group, "match", "a shell pattern on names", "missing");
	match.has_mistake = reader.has_mistake;
	config->matches = mem_grow(config->matches, config->n_matches, sizeof(match));
	config->matches[config->n_matches++] = match;
}

static void free_node(struct config_node *node)
{
	free(node->owner);
	free(node->group);
	*node = CONFIG_NODE_NONE;
}

/* What a mistake hides may have been narrower than the usual: it must not let anybody in. */
static void close_defaults(struct config_node *defaults)
{
	if (!defaults->group)
		defaults->group = mem_copy("root");
	if (defaults->mode < 0)
		defaults->mode = 0600;
}

static void read_defaults(struct config *config, const config_setting_t *group)
{
	struct reader reader = { .config = config, .entry = "defaults" };

	reader_group(&reader, group, keys_of_defaults, n_keys_of_defaults, &config->defaults);
	if (reader.has_mistake)
		close_defaults(&config->defaults);
}

static void read_list(struct config *config, const config_setting_t *list,
		      void (*read)(struct config *config, const config_setting_t *group, int index))
{
	struct reader reader = { .config = config, .entry = "file" };

	if (!config_setting_is_list(list)) {
		reader_note(&reader, list, NULL, "( {...}, {...} )", "not a list");
		config->hides_names = true;
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		read(config, config_setting_get_elem(list, i), i);
}

static void apply_defaults(struct config *config)
{
	for (size_t i = 0; i < config->n_buffers; i++) {
		struct config_node *node = &config->buffers[i].node;

		if (!node->owner && config->defaults.owner)
			node->owner = mem_copy(config->defaults.owner);
		if (!node->group && config->defaults.group)
			node->group = mem_copy(config->defaults.group);
		if (node->mode < 0)
			node->mode = config->defaults.mode;
	}
}

static void read_tree(struct config *config, const config_setting_t *root)
{
	struct reader reader = { .config = config, .entry = "file" };

	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *member = config_setting_get_elem(root, i);
		const char *name = config_setting_name(member);

		if (!strcmp(name, "defaults"))
			read_defaults(config, member);
		else if (!strcmp(name, "buffers"))
			read_list(config, member, read_buffer);
		else if (!strcmp(name, "settings"))
			read_list(config, member, read_match);
		else
			reader_note(&reader, member, NULL, "one of defaults, buffers, settings",
				    "unknown key");
	}
	config->hides_names |= reader.has_mistake;
	apply_defaults(config);
}

int config_load(const char *path, struct config *ret_config)
{
	struct config config = { .defaults = CONFIG_NODE_NONE };
	struct config_mistake *mistake;
	MEM_AUTO char *reason = NULL;
	unsigned int line;
	config_t tree;
	int r;

	config.path = mem_copy(path);
	config_init(&tree);
	r = source_read(path, &tree, &line, &reason);
	if (!r) {
		read_tree(&config, config_root_setting(&tree));
	} else {
		mistake = mem_grow(NULL, 0, sizeof(*mistake));
		mistake->line = line;
		mistake->text = line ? mem_printf("%s:%u: %s", path, line, reason) :
				       mem_printf("%s: %s", path, reason);
		config.mistakes = mistake;
		config.n_mistakes = 1;
	}
	config_destroy(&tree);
	*ret_config = config;
	return r;
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < config->n_buffers; i++) {
		free(config->buffers[i].label);
		free(config->buffers[i].name);
		free(config->buffers[i].device);
		free_node(&config->buffers[i].node);
	}
	for (size_t i = 0; i < config->n_matches; i++) {
		free(config->matches[i].pattern);
		free_node(&config->matches[i].node);
	}
	for (size_t i = 0; i < config->n_mistakes; i++)
		free(config->mistakes[i].text);
	free_node(&config->defaults);
	free(config->buffers);
	free(config->matches);
	free(config->mistakes);
	free(config->path);
	*config = (struct config){ .defaults = CONFIG_NODE_NONE };
}

struct udmabuf_spec config_buffer_spec(const struct config_buffer *buffer)
{
	return (struct udmabuf_spec){
		.name = buffer->name,
		.size = buffer->size,
		.device = buffer->device,
		.minor = buffer->minor,
		.dma_mask = buffer->dma_mask,
		.mmap_mode = buffer->mmap_mode,
		.sync_mode = buffer->sync.mode,
		.is_sync_always = buffer->sync.always == 1,
		.sync_direction = buffer->sync.direction,
		.sync_offset = buffer->sync.offset,
		.sync_size = buffer->sync.size,
	};
}

struct config_sync config_sync_merge(const struct config_sync *under,
				     const struct config_sync *over)
{
	struct config_sync merged = *under;

	if (over->mode >= 0)
		merged.mode = over->mode;
	if (over->always >= 0)
		merged.always = over->always;
	if (over->direction >= 0)
		merged.direction = over->direction;
	if (over->has_offset) {
		merged.offset = over->offset;
		merged.has_offset = true;
	}
	if (over->has_size) {
		merged.size = over->size;
		merged.has_size = true;
	}
	return merged;
}

struct config_node config_node_merge(const struct config_node *under,
				     const struct config_node *over)
{
	return (struct config_node){
		.owner = over->owner ? over->owner : under->owner,
		.group = over->group ? over->group : under->group,
		.mode = over->mode >= 0 ? over->mode : under->mode,
	};
}
