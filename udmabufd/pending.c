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

void pending_add_if_new(struct pending *pending, const char *name)
{
	sd_device *device;

	if (find_device(name, &device) < 0)
		return;
	if (!sd_device_get_is_initialized(device))
		pending_add(pending, name);
	sd_device_unref(device);
}

int pending_trigger(struct pending *pending, const char *name)
{
	sd_id128_t trigger;
	sd_device *device;
	int r = find_device(name, &device);

	if (r < 0)
		return r;
	r = sd_device_trigger_with_uuid(device, SD_DEVICE_CHANGE, &trigger);
	sd_device_unref(device);
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

void pending_take_event(struct pending *pending, const char *name, sd_device_action_t action,
			sd_id128_t trigger)
{
	const bool is_gone = !record_inode(name);
	size_t kept = 0;

	for (size_t i = 0; i < pending->n_nodes; i++) {
		struct pending_node *node = &pending->nodes[i];

		if (!strcmp(node->name, name) && (is_gone || is_finished(node, action, trigger)))
			free(node->name);
		else
			pending->nodes[kept++] = *node;
	}
	pending->n_nodes = kept;
}
