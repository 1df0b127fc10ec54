// SPDX-License-Identifier: GPL-2.0-only
/* Owns the list of what udev has still to finish. */
#include "pending.h"
#include "mem.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void pending_begin(struct pending *pending)
{
	*pending = (struct pending){ .is_udev_there = !access("/run/udev/control", F_OK) };
}

void pending_end(struct pending *pending)
{
	for (size_t i = 0; i < pending->n_nodes; i++)
		free(pending->nodes[i].name);
	free(pending->nodes);
	*pending = (struct pending){ 0 };
}

static void add(struct pending *pending, const char *name, sd_id128_t trigger)
{
	struct pending_node *node;

	if (!pending->is_udev_there)
		return;
	pending->nodes = mem_grow(pending->nodes, pending->n_nodes, sizeof(*node));
	node = &pending->nodes[pending->n_nodes++];
	node->name = mem_copy(name);
	node->trigger = trigger;
}

void pending_add(struct pending *pending, const char *name)
{
	add(pending, name, SD_ID128_NULL);
}

static int find_device(const char *name, sd_device **ret_device)
{
	return sd_device_new_from_subsystem_sysname(ret_device, "u-dma-buf", name);
}

/* Has udev still to come to it? Not to one that is gone. */
static bool is_new(const char *name)
{
	sd_device *device;
	bool is_new;

	if (find_device(name, &device) < 0)
		return false;
	is_new = !sd_device_get_is_initialized(device);
	sd_device_unref(device);
	return is_new;
}

void pending_add_if_new(struct pending *pending, const char *name)
{
	if (is_new(name))
		pending_add(pending, name);
}

static int trigger_change(const char *name, sd_id128_t *ret_trigger)
{
	sd_device *device;
	int r = find_device(name, &device);

	if (r < 0)
		return r;
	r = sd_device_trigger_with_uuid(device, SD_DEVICE_CHANGE, ret_trigger);
	sd_device_unref(device);
	return r;
}

int pending_trigger(struct pending *pending, const char *name)
{
	sd_id128_t trigger;
	int r = trigger_change(name, &trigger);

	if (r < 0)
		return r;
	add(pending, name, trigger);
	return 0;
}

/* What is told of an earlier buffer of the same name, its removal above all, finishes nothing. */
static bool is_finished(const struct pending_node *node, sd_device_action_t action,
			sd_id128_t trigger)
{
	if (sd_id128_is_null(node->trigger))
		return action == SD_DEVICE_ADD;
	return sd_id128_equal(node->trigger, trigger);
}

/* Drops the nodes of which that is true. Return: was there any? */
static bool drop(struct pending *pending, bool is_over(struct pending_node *node, const void *what),
		 const void *what)
{
	const size_t before = pending->n_nodes;
	size_t kept = 0;

	for (size_t i = 0; i < before; i++) {
		struct pending_node *node = &pending->nodes[i];

		if (is_over(node, what))
			free(node->name);
		else
			pending->nodes[kept++] = *node;
	}
	pending->n_nodes = kept;
	return kept < before;
}

struct node_event {
	const char *name;
	sd_device_action_t action;
	sd_id128_t trigger;
	bool is_gone;		/* the node's buffer */
};

static bool is_over_by(struct pending_node *node, const void *what)
{
	const struct node_event *event = what;

	return !strcmp(node->name, event->name) &&
	       (event->is_gone || is_finished(node, event->action, event->trigger));
}

void pending_take_event(struct pending *pending, const char *name, sd_device_action_t action,
			sd_id128_t trigger)
{
	drop(pending, is_over_by, &(struct node_event){
		.name = name, .action = action, .trigger = trigger,
		.is_gone = !record_inode(name),
	});
}

static bool is_over_untold(struct pending_node *node, const void *what)
{
	const bool is_last = node->is_last;

	(void)what;
	if (sd_id128_is_null(node->trigger))
		return !is_new(node->name);
	node->is_last = true;
	return is_last || trigger_change(node->name, &node->trigger) < 0;
}

bool pending_check(struct pending *pending)
{
	bool was_missed = false;

	for (size_t i = 0; i < pending->n_nodes; i++)
		was_missed |= !sd_id128_is_null(pending->nodes[i].trigger);
	return drop(pending, is_over_untold, NULL) || was_missed;
}
