// SPDX-License-Identifier: GPL-2.0-only
/* Owns the decisions: what is made, kept, changed, deleted, refused. */
#include "plan.h"
#include "canonical.h"
#include "mem.h"
#include "settings.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static struct plan_action *add(struct plan *plan, enum plan_verb verb, const char *name)
{
	struct plan_action *action;

	plan->actions = mem_grow(plan->actions, plan->n_actions, sizeof(*action));
	action = &plan->actions[plan->n_actions++];
	action->verb = verb;
	action->name = mem_copy(name);
	action->sync = CONFIG_SYNC_NONE;
	action->node = CONFIG_NODE_NONE;
	return action;
}

/* About a buffer that is there. */
static struct plan_action *add_about(struct plan *plan, enum plan_verb verb,
				     const struct actual_buffer *there)
{
	struct plan_action *action = add(plan, verb, there->info.name);

	action->info = &there->info;
	return action;
}

/* For an entry, about its buffer if that is there. */
static struct plan_action *add_for(struct plan *plan, enum plan_verb verb,
				   const struct config_buffer *buffer,
				   const struct actual_buffer *there)
{
	struct plan_action *action = there ? add_about(plan, verb, there) :
					     add(plan, verb, buffer->label);

	action->buffer = buffer;
	action->file = buffer->file;
	action->line = buffer->line;
	return action;
}

/* How a buffer that others made differs from what the entry asks for; NULL: it does not. */
static char *difference(const struct config_buffer *buffer, const struct udmabuf_info *info)
{
	char is[UDMABUF_SIZE_TEXT];
	char wanted[UDMABUF_SIZE_TEXT];

	if (info->size != buffer->size) {
		udmabuf_format_size(info->size, is);
		udmabuf_format_size(buffer->size, wanted);
		return mem_printf("size is %s, not %s", is, wanted);
	}
	if (strcmp(info->device, buffer->device ? buffer->device : ""))
		return mem_printf("device is %s, not %s", *info->device ? info->device : "none",
				  buffer->device ? buffer->device : "none");
	if (buffer->minor >= 0 && info->minor != (unsigned int)buffer->minor)
		return mem_printf("minor is %u, not %d", info->minor, buffer->minor);
	if (buffer->dma_mask >= 0 && info->dma_mask != (unsigned int)buffer->dma_mask)
		return mem_printf("dma_mask is %u, not %d", info->dma_mask, buffer->dma_mask);
	if (buffer->mmap_mode >= 0 && info->mmap_mode != (unsigned int)buffer->mmap_mode)
		return mem_printf("mmap is %s, not %s", udmabuf_mmap_mode_text(info->mmap_mode),
				  udmabuf_mmap_mode_text((unsigned int)buffer->mmap_mode));
	return NULL;
}

/*
 * A buffer of ours is compared with what it was asked for, not with what it became: a pool is
 * mapped in mode off whatever was asked, and programs change the sync settings.
 */
static char *ours_difference(const struct config_buffer *buffer, const struct record *record)
{
	MEM_AUTO char *options = canonical_options(buffer);

	if (!strcmp(options, record->options))
		return NULL;
	return mem_printf("made with \"%s\", wanted with \"%s\"", record->options, options);
}

static bool is_made(const struct actual_buffer *there)
{
	return there->has_record && there->record.is_made;
}

static char *changes(const struct config_buffer *buffer, const struct actual_buffer *there)
{
	return is_made(there) ? ours_difference(buffer, &there->record) :
				difference(buffer, &there->info);
}

/* What an entry says that can be had without making the buffer anew. */
struct in_place {
	const struct config_buffer *buffer;
	const char *file;
	unsigned int line;
	struct config_sync sync;
	struct config_node node;
};

static struct plan_action *add_in_place(struct plan *plan, enum plan_verb verb,
					const struct actual_buffer *there,
					const struct in_place *wish)
{
	struct plan_action *action = add_about(plan, verb, there);

	action->buffer = wish->buffer;
	action->file = wish->file;
	action->line = wish->line;
	return action;
}

static void plan_in_place(struct plan *plan, const struct actual_buffer *there,
			  const struct in_place *wish)
{
	MEM_AUTO char *sync = canonical_sync(&wish->sync);
	MEM_AUTO char *node = canonical_node(&wish->node);
	const bool is_noted = there->has_record && !strcmp(sync, there->record.sync);
	const bool is_true = settings_are_true(&wish->sync, &there->info);
	struct plan_action *action;

	/* What is asked for no more stays set, and will be set when it is asked for again. */
	if (!is_noted && (*sync || there->has_record)) {
		action = add_in_place(plan, is_true || !*sync ? PLAN_NOTE : PLAN_SET, there, wish);
		action->detail = mem_copy(*sync ? sync : "no sync settings");
		action->sync = wish->sync;
	}
	if (strcmp(node, there->has_record ? there->record.node : "")) {
		action = add_in_place(plan, PLAN_NODE, there, wish);
		action->detail = mem_copy(*node ? node : "what the udev rule says");
		action->node = wish->node;
	}
}

static void plan_create(struct plan *plan, const struct config_buffer *buffer,
			const struct actual_place *place)
{
	struct plan_action *action;

	if (!place->has_module) {
		action = add_for(plan, PLAN_WAIT, buffer, NULL);
		action->detail = mem_copy(PLAN_WAIT_MODULE);
	} else if (place->node_reason) {
		action = add_for(plan, PLAN_REFUSE, buffer, NULL);
		action->detail = mem_copy(place->node_reason);
	} else if (!place->has_device) {
		action = add_for(plan, PLAN_WAIT, buffer, NULL);
		action->detail = mem_printf("waiting for %s", buffer->device);
	} else {
		MEM_AUTO char *options = canonical_options(buffer);
		MEM_AUTO char *sync = canonical_sync(&buffer->sync);
		MEM_AUTO char *node = canonical_node(&buffer->node);

		action = add_for(plan, PLAN_CREATE, buffer, NULL);
		action->detail = mem_printf("%s%s%s%s%s", options, *sync ? " " : "", sync,
					    *node ? " " : "", node);
	}
}

/* A range that is right for the buffer to come may be past the end of the one that is there. */
static struct config_sync what_fits(const struct config_sync *sync, const struct udmabuf_info *info)
{
	struct config_sync fits = *sync;
	struct udmabuf_info wanted = *info;

	settings_apply(sync, &wanted);
	if (!settings_fit(&wanted))
		fits.has_offset = fits.has_size = false;
	return fits;
}

static void plan_entry(struct plan *plan, const struct config_buffer *buffer,
		       const struct actual_buffer *there, const struct actual_place *place)
{
	struct in_place wish = {
		.buffer = buffer, .file = buffer->file, .line = buffer->line,
		.sync = buffer->sync, .node = buffer->node,
	};
	MEM_AUTO char *changed = NULL;
	struct plan_action *action;

	if (buffer->has_mistake) {
		action = add_for(plan, PLAN_SKIP, buffer, there);
		action->detail = mem_copy("its entry has a mistake");
		return;
	}
	if (!there) {
		plan_create(plan, buffer, place);
		return;
	}
	changed = changes(buffer, there);
	if (!changed) {
		add_for(plan, PLAN_KEEP, buffer, there);
		plan_in_place(plan, there, &wish);
	} else if (!is_made(there)) {
		action = add_for(plan, PLAN_REFUSE, buffer, there);
		action->detail = mem_printf("made by others (%s): its %s", there->info.origin,
					    changed);
	} else if (there->info.users) {
		action = add_for(plan, PLAN_REFUSE, buffer, there);
		action->is_until_idle = true;
		action->detail = mem_printf("in use (users: %u), stays as it is until nobody "
					    "uses it: %s", there->info.users, changed);
		wish.sync = what_fits(&buffer->sync, &there->info);
		plan_in_place(plan, there, &wish);
	} else {
		plan_create(plan, buffer, place);
	}
}

/* Before anything is made: what goes gives its memory, name and minor back. */
static void plan_departure(struct plan *plan, const struct config *config,
			   const struct actual_buffer *there)
{
	const struct config_buffer *buffer = config_find_buffer(config, there->info.name);
	MEM_AUTO char *changed = NULL;
	struct plan_action *action;

	if (!is_made(there) || (buffer && buffer->has_mistake))
		return;
	if (buffer) {
		changed = changes(buffer, there);
		if (!changed || there->info.users)
			return;
		action = add_for(plan, PLAN_DELETE, buffer, there);
		action->detail = mem_copy(changed);
		return;
	}
	if (config->hides_names) {
		action = add(plan, PLAN_REFUSE, there->info.name);
		action->detail = mem_copy("stays: its entry may be one with a mistake");
		return;
	}
	action = add_about(plan, there->info.users ? PLAN_REFUSE : PLAN_DELETE, there);
	action->is_until_idle = there->info.users;
	action->detail = there->info.users ?
		mem_printf("in use (users: %u), stays until nobody uses it: no entry asks for "
			   "it any more", there->info.users) :
		mem_copy("no entry asks for it any more");
}

static void plan_match(struct plan *plan, const struct config *config,
		       const struct actual_buffer *there)
{
	struct in_place wish = { .sync = CONFIG_SYNC_NONE, .node = config->defaults };
	bool may_be_meant = config->hides_names;

	for (size_t i = 0; i < config->n_matches; i++) {
		const struct config_match *match = &config->matches[i];

		if (match->pattern && fnmatch(match->pattern, there->info.name, 0))
			continue;
		may_be_meant = true;
		if (match->has_mistake)
			continue;
		wish.sync = config_sync_merge(&wish.sync, &match->sync);
		wish.node = config_node_merge(&wish.node, &match->node);
		wish.file = match->file;
		wish.line = match->line;
	}
	if (!may_be_meant)
		wish.node = CONFIG_NODE_NONE;
	/* What an entry gave away that is no longer there goes back to the rule. */
	if (wish.file || !may_be_meant)
		plan_in_place(plan, there, &wish);
}

static void plan_entries(struct plan *plan, const struct config *config,
			 const struct actual *actual, bool has_minor)
{
	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct config_buffer *buffer = &config->buffers[i];

		if ((buffer->minor >= 0) == has_minor)
			plan_entry(plan, buffer,
				   buffer->name ? actual_lookup(actual, buffer->name) : NULL,
				   &actual->places[i]);
	}
}

void plan_make(const struct config *config, const struct actual *actual, struct plan *ret_plan)
{
	struct plan plan = { 0 };

	for (size_t i = 0; i < actual->n_stale; i++)
		add(&plan, PLAN_FORGET, actual->stale[i]);
	for (size_t i = 0; i < actual->n_buffers; i++)
		plan_departure(&plan, config, &actual->buffers[i]);
	/* The driver might give a minor away that an entry wants for itself. */
	plan_entries(&plan, config, actual, true);
	plan_entries(&plan, config, actual, false);
	for (size_t i = 0; i < actual->n_buffers; i++) {
		const struct actual_buffer *there = &actual->buffers[i];

		if (!is_made(there) && !config_find_buffer(config, there->info.name))
			plan_match(&plan, config, there);
	}
	*ret_plan = plan;
}

void plan_stop(const struct actual *actual, struct plan *ret_plan)
{
	struct plan plan = { 0 };

	for (size_t i = 0; i < actual->n_stale; i++)
		add(&plan, PLAN_FORGET, actual->stale[i]);
	for (size_t i = 0; i < actual->n_buffers; i++) {
		const struct actual_buffer *there = &actual->buffers[i];
		struct plan_action *action;

		if (!is_made(there))
			continue;
		action = add_about(&plan, there->info.users ? PLAN_REFUSE : PLAN_DELETE, there);
		if (there->info.users)
			action->detail = mem_printf("in use (users: %u), stays; the next start "
						    "takes it over", there->info.users);
	}
	*ret_plan = plan;
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_actions; i++) {
		free(plan->actions[i].name);
		free(plan->actions[i].detail);
	}
	free(plan->actions);
	*plan = (struct plan){ 0 };
}

char *plan_action_text(const struct plan_action *action)
{
	static const char *const verbs[] = {
		[PLAN_FORGET] = "forget", [PLAN_DELETE] = "delete", [PLAN_CREATE] = "create",
		[PLAN_KEEP] = "keep", [PLAN_SET] = "set", [PLAN_NOTE] = "note", [PLAN_NODE] = "node",
		[PLAN_WAIT] = "wait", [PLAN_REFUSE] = "refuse", [PLAN_SKIP] = "skip",
	};

	return mem_printf("%s %s%s%s", verbs[action->verb], action->name,
			  action->detail ? ": " : "", action->detail ? action->detail : "");
}
