// SPDX-License-Identifier: GPL-2.0-only
/* Owns the entries of /etc/u-dma-buf.conf: where they stand, what an entry as a whole must be. */
#include "config.h"
#include "dropin.h"
#include "keys.h"
#include "mem.h"
#include "source.h"

#include <errno.h>
#include <internal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file that is being read. */
static const char *this_file(const struct config *config)
{
	return config->files[config->n_files - 1];
}

/* @size: of the buffer; UINT64_MAX: of one that others make. */
static void check_sync_range(struct reader *reader, const config_setting_t *group,
			     const struct config_sync *sync, uint64_t size)
{
	const config_setting_t *at = config_setting_get_member(group, "sync");
	char allowed[64] = "within the buffer";

	if (!at || !size)
		return;
	if (size != UINT64_MAX)
		snprintf(allowed, sizeof(allowed), "within the buffer's %ju bytes",
			 (uintmax_t)size);
	if (sync->offset > size)
		reader_note(reader, at, "offset", allowed, "%ju is behind the end",
			    (uintmax_t)sync->offset);
	else if (sync->offset && !sync->has_size)
		reader_note(reader, at, "offset", allowed, "needs a sync.size too");
	else if (sync->size > size - sync->offset)
		reader_note(reader, at, "size", allowed, "%ju from offset %ju leaves the buffer",
			    (uintmax_t)sync->size, (uintmax_t)sync->offset);
}

/* Where another entry stands, for a message about one of this file; to free(). */
static char *place_of(const struct config *config, const struct config_buffer *other)
{
	return other->file == this_file(config) ? mem_printf("line %u", other->line) :
						  mem_printf("%s:%u", other->file, other->line);
}

static void check_unique_with(struct reader *reader, const config_setting_t *group,
			      const struct config_buffer *buffer, const struct config_buffer *other)
{
	const bool is_same_name = buffer->name && other->name && !strcmp(buffer->name, other->name);
	const bool is_same_minor = buffer->minor >= 0 && buffer->minor == other->minor &&
				   !other->has_mistake;
	MEM_AUTO char *place = NULL;

	if (is_same_name || is_same_minor)
		place = place_of(reader->config, other);
	if (is_same_name)
		reader_note(reader, config_setting_get_member(group, "name"), NULL,
			    "a name for each buffer", "used in %s already", place);
	if (is_same_minor)
		reader_note(reader, config_setting_get_member(group, "minor"), NULL,
			    "a minor for each buffer", "%d is that of %s in %s", buffer->minor,
			    other->label, place);
}

static void read_buffer(struct config *config, const config_setting_t *group, int index)
{
	struct config_buffer buffer = {
		.minor = -1, .dma_mask = -1, .mmap_mode = -1,
		.sync = CONFIG_SYNC_NONE, .node = CONFIG_NODE_NONE,
		.file = this_file(config), .line = config_setting_source_line(group),
	};
	struct reader reader = { .config = config };

	if (!config_setting_is_group(group) ||
	    !config_setting_lookup_string(group, "name", &reader.name) ||
	    udmabuf_check_name(reader.name, NULL) < 0)
		reader.name = NULL;
	buffer.label = reader.name ? mem_copy(reader.name) : mem_printf("buffers[%d]", index);
	reader.entry = buffer.label;

	reader_group(&reader, group, keys_of_buffer, n_keys_of_buffer, &buffer);
	if (config_setting_is_group(group)) {
		if (!config_setting_get_member(group, "name"))
			reader_note(&reader, group, "name", "every buffer has one", "missing");
		if (!config_setting_get_member(group, "size"))
			reader_note(&reader, group, "size", "every buffer has one, such as \"64K\"",
				    "missing");
		check_sync_range(&reader, group, &buffer.sync, buffer.size);
		for (size_t i = 0; i < config->n_buffers; i++)
			check_unique_with(&reader, group, &buffer, &config->buffers[i]);
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
		.file = this_file(config), .line = config_setting_source_line(group),
	};
	MEM_AUTO char *label = mem_printf("settings[%d]", index);
	struct reader reader = { .config = config, .entry = label };

	reader_group(&reader, group, keys_of_match, n_keys_of_match, &match);
	if (config_setting_is_group(group)) {
		if (!config_setting_get_member(group, "match"))
			reader_note(&reader, group, "match", "a shell pattern on names", "missing");
		check_sync_range(&reader, group, &match.sync, UINT64_MAX);
	}
	match.has_mistake = reader.has_mistake;
	config->has_mistake_outside |= reader.has_mistake;
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
	config->has_mistake_outside |= reader.has_mistake;
	config->hides_defaults |= reader.has_mistake;
}

/* Of a key of the file itself, below which may be the name of any buffer. */
static void note_key(struct config *config, const config_setting_t *key, const char *allowed,
		     const char *wrong)
{
	struct reader reader = { .config = config, .entry = "file" };

	reader_note(&reader, key, NULL, allowed, "%s", wrong);
	config->has_mistake_outside = true;
	config->hides_names = true;
}

static void read_list(struct config *config, const config_setting_t *list,
		      void (*read)(struct config *config, const config_setting_t *group, int index))
{
	if (!config_setting_is_list(list)) {
		note_key(config, list, "( {...}, {...} )", "not a list");
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

/* It may be any of them, misspelt; a group can only be the defaults. */
static void read_unknown(struct config *config, const config_setting_t *member)
{
	note_key(config, member, "one of defaults, buffers, settings", "unknown key");
	config->hides_defaults |= config_setting_is_group(member);
}

static void read_tree(struct config *config, const config_setting_t *root)
{
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
			read_unknown(config, member);
	}
}

static void enter_file(struct config *config, const char *file)
{
	config->files = mem_grow(config->files, config->n_files, sizeof(*config->files));
	config->files[config->n_files++] = mem_printable(file);
}

static void note_file(struct config *config, unsigned int line, int error, const char *reason)
{
	const char *file = this_file(config);
	struct config_mistake *mistake;

	config->mistakes = mem_grow(config->mistakes, config->n_mistakes, sizeof(*mistake));
	mistake = &config->mistakes[config->n_mistakes++];
	mistake->file = file;
	mistake->line = line;
	mistake->error = error;
	mistake->text = line ? mem_printf("%s:%u: %s", file, line, reason) :
			       mem_printf("%s: %s", file, reason);
}

/* @file is what it is called below the root in force, where @path is. */
static int load_file(struct config *config, const char *file, const char *path)
{
	MEM_AUTO char *reason = NULL;
	unsigned int line;
	config_t tree;
	int r;

	enter_file(config, file);
	config_init(&tree);
	r = source_read(path, &tree, &line, &reason);
	if (!r)
		read_tree(config, config_root_setting(&tree));
	else
		note_file(config, line, r, reason);
	config_destroy(&tree);
	return r;
}

static int load_below_root(struct config *config, const char *file)
{
	char path[PATH_MAX];
	int r = udmabuf_path(path, "%s", file);

	return r < 0 ? r : load_file(config, file, path);
}

static int load_dropins(struct config *config)
{
	static const char *const dirs[] = { CONFIG_DIR, CONFIG_RUN_DIR };
	struct dropins dropins = { 0 };
	int result = 0;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		const int r = dropin_add(&dropins, dirs[i]);
		MEM_AUTO char *reason = mem_printf("can't be read: %s", strerror(-r));

		if (r < 0) {
			enter_file(config, dirs[i]);
			note_file(config, 0, r, reason);
			result = r;
		}
	}
	dropin_sort(&dropins);
	for (size_t i = 0; i < dropins.n_paths; i++) {
		const int r = load_below_root(config, dropins.paths[i]);

		result = result ? result : r;
	}
	dropin_free(&dropins);
	return result;
}

/* Every file, whatever is wrong with one of them: all mistakes are to be told. */
static int load_usual(struct config *config)
{
	char path[PATH_MAX];
	int r = udmabuf_path(path, CONFIG_PATH);
	int dropins;

	if (!r && !source_is_missing(path))
		r = load_file(config, CONFIG_PATH, path);
	dropins = load_dropins(config);
	return r < 0 ? r : dropins;
}

static void drop_entries(struct config *config)
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
	config->n_buffers = 0;
	config->n_matches = 0;
}

int config_load(const char *path, struct config *ret_config)
{
	struct config config = { .defaults = CONFIG_NODE_NONE };
	int r;

	config.path = mem_copy(path ? path : CONFIG_PATH);
	r = path ? load_file(&config, path, path) : load_usual(&config);
	if (r < 0)
		drop_entries(&config);
	if (config.hides_defaults)
		close_defaults(&config.defaults);
	apply_defaults(&config);
	*ret_config = config;
	return r;
}

void config_free(struct config *config)
{
	drop_entries(config);
	for (size_t i = 0; i < config->n_mistakes; i++) {
		free(config->mistakes[i].name);
		free(config->mistakes[i].text);
	}
	for (size_t i = 0; i < config->n_files; i++)
		free(config->files[i]);
	free_node(&config->defaults);
	free(config->buffers);
	free(config->matches);
	free(config->mistakes);
	free(config->files);
	free(config->path);
	*config = (struct config){ .defaults = CONFIG_NODE_NONE };
}

const struct config_buffer *config_find_buffer(const struct config *config, const char *name)
{
	for (size_t i = 0; name && i < config->n_buffers; i++) {
		if (config->buffers[i].name && !strcmp(config->buffers[i].name, name))
			return &config->buffers[i];
	}
	return NULL;
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
