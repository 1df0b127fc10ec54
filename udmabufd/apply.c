// SPDX-License-Identifier: GPL-2.0-only
/* Owns every change that the daemon makes to the machine: manager, sysfs, records, udev. */
#include "apply.h"
#include "log.h"
#include "mem.h"
#include "status.h"
#include "canonical.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void apply_begin(struct apply *apply, const struct config *config)
{
	*apply = (struct apply){ .config = config };
	for (size_t i = 0; i < config->n_buffers; i++)
		apply->entries = mem_grow(apply->entries, i, sizeof(*apply->entries));
	apply->is_udev_there = !access("/run/udev/control", F_OK);
}

void apply_end(struct apply *apply)
{
	for (size_t i = 0; i < apply->config->n_buffers; i++)
		free(apply->entries[i].why);
	for (size_t i = 0; i < apply->n_pending; i++)
		free(apply->pending[i].name);
	free(apply->entries);
	free(apply->pending);
	*apply = (struct apply){ 0 };
}

static void set_status(struct apply *apply, const struct plan_action *action,
		     enum entry_state state, uint64_t size, const char *why)
{
	struct entry_status *entry;

	if (!action->buffer)
		return;
	entry = &apply->entries[action->buffer - apply->config->buffers];
	free(entry->why);
	*entry = (struct entry_status){
		.state = state, .size = size, .why = why ? mem_copy(why) : NULL,
	};
}

static struct log_about about_action(const struct apply *apply, const struct plan_action *action,
				     int error)
{
	return (struct log_about){
		.name = action->name,
		.info = action->info,
		.device = action->buffer ? action->buffer->device : NULL,
		.size = action->buffer ? action->buffer->size : 0,
		.error = error,
		.config_file = action->line ? apply->config->path : NULL,
		.config_line = action->line,
	};
}

static void tell(struct apply *apply, const struct plan_action *action, enum log_kind kind,
		 int error, const char *text)
{
	struct log_about about = about_action(apply, action, error);

	log_tell(kind, &about, "%s: %s", action->name, text);
}

static void add_pending(struct apply *apply, const char *name, sd_id128_t trigger)
{
	struct pending *pending;

	if (!apply->is_udev_there)
		return;
	apply->pending = mem_grow(apply->pending, apply->n_pending, sizeof(*pending));
	pending = &apply->pending[apply->n_pending++];
	pending->name = mem_copy(name);
	pending->trigger = trigger;
}

/* What is told of an earlier buffer of the same name, its removal above all, finishes nothing. */
static bool is_finished(const struct pending *pending, sd_device_action_t action,
			sd_id128_t trigger)
{
	if (sd_id128_is_null(pending->trigger))
		return action == SD_DEVICE_ADD;
	return sd_id128_equal(pending->trigger, trigger);
}

void apply_take_event(struct apply *apply, const char *name, sd_device_action_t action,
		      sd_id128_t trigger)
{
	const bool is_gone = !record_inode(name);
	size_t kept = 0;

	for (size_t i = 0; i < apply->n_pending; i++) {
		struct pending *pending = &apply->pending[i];

		if (!strcmp(pending->name, name) &&
		    (is_gone || is_finished(pending, action, trigger)))
			free(pending->name);
		else
			apply->pending[kept++] = *pending;
	}
	apply->n_pending = kept;
}

static int fail(struct apply *apply, const struct plan_action *action, int error,
		const char *what, const char *reason, const char *remedy)
{
	MEM_AUTO char *text = mem_printf("%s: %s%s%s", what, reason, remedy ? "; " : "",
					 remedy ? remedy : "");

	tell(apply, action, LOG_KIND_FAILED, error, text);
	return error;
}

static const char *remedy_for(int error)
{
	switch (error) {
	case -EEXIST:
		return "give it another name or minor, see `udmabufctl list`";
	case -ENOMEM:
		return "ask for less, name a device behind an IOMMU, or boot with cma=<size>";
	case -ENODEV:
		return "bind a driver to the device (uio_pci_generic, say): then it is tried again";
	case -ENOSPC:
		return "delete a buffer: 256 are all that there is room for";
	default:
		return "u-dma-buf.conf(5) says what can be asked for";
	}
}

static int record_intent(const struct config_buffer *buffer, struct record *ret_record)
{
	int r;

	*ret_record = (struct record){
		.is_made = true,
		.options = canonical_options(buffer),
		.sync = canonical_sync(&buffer->sync),
		.node = canonical_node(&buffer->node),
	};
	r = record_write(buffer->name, ret_record);
	if (!r)
		r = record_write_node(buffer->name, &buffer->node);
	return r;
}

/* A buffer that can't be noted would be nobody's after a restart. */
static int fail_to_note(struct apply *apply, const struct plan_action *action, int error)
{
	record_delete(action->name);
	set_status(apply, action, ENTRY_ABSENT, 0, "no room for its record");
	return fail(apply, action, error, "not made, it could not be noted in /run/udmabuf",
		    strerror(-error), "make room in /run");
}

static int create_recorded(struct apply *apply, const struct plan_action *action,
			   struct record *record)
{
	const struct udmabuf_spec spec = config_buffer_spec(action->buffer);
	struct plan_action made = *action;
	char reason[UDMABUF_REASON_SIZE];
	struct udmabuf_info info;
	MEM_AUTO char *text = NULL;
	int r = udmabuf_create(&spec, reason);

	if (r < 0) {
		record_delete(spec.name);
		set_status(apply, action, ENTRY_ABSENT, 0, reason);
		return fail(apply, action, r, "not made", reason, remedy_for(r));
	}
	record->inode = record_inode(spec.name);
	r = record_write(spec.name, record);
	if (r < 0) {
		udmabuf_delete(spec.name, false, reason);
		return fail_to_note(apply, action, r);
	}
	add_pending(apply, spec.name, SD_ID128_NULL);
	set_status(apply, action, ENTRY_THERE, spec.size, NULL);
	r = udmabuf_lookup(spec.name, &info);
	if (r < 0)
		return fail(apply, action, r, "made, but can't be looked at", strerror(-r), NULL);
	made.info = &info;
	text = status_buffer(&info);
	tell(apply, &made, LOG_KIND_MADE, 0, text);
	return 0;
}

/* The record of the buffer that is there must stay: the manager is not even asked. */
static int fail_to_replace(struct apply *apply, const struct plan_action *action)
{
	static const char why[] = "a buffer of this name came in between";

	/* It is the old one, whose deletion failed, which was told. */
	if (apply->entries[action->buffer - apply->config->buffers].state == ENTRY_ABSENT)
		return -EEXIST;
	set_status(apply, action, ENTRY_ABSENT, 0, why);
	return fail(apply, action, -EEXIST, "not made", why, remedy_for(-EEXIST));
}

static int create(struct apply *apply, const struct plan_action *action)
{
	struct record record;
	int r;

	if (record_inode(action->name))
		return fail_to_replace(apply, action);
	r = record_intent(action->buffer, &record);
	r = r < 0 ? fail_to_note(apply, action, r) : create_recorded(apply, action, &record);
	record_free(&record);
	return r;
}

static int delete(struct apply *apply, const struct plan_action *action)
{
	MEM_AUTO char *text = mem_printf("deleted%s%s", action->detail ? ": " : "",
					 action->detail ? action->detail : "");
	char reason[UDMABUF_REASON_SIZE];
	int r = udmabuf_delete(action->name, false, reason);

	if (r == -EBUSY) {
		set_status(apply, action, ENTRY_ABSENT, 0, "to be made anew, but in use");
		return fail(apply, action, r, "not deleted", reason, "stop what uses it");
	}
	if (r < 0 && r != -ENOENT) {
		set_status(apply, action, ENTRY_ABSENT, 0, reason);
		return fail(apply, action, r, "not deleted", reason, NULL);
	}
	record_delete(action->name);
	set_status(apply, action, ENTRY_UNKNOWN, 0, NULL);
	tell(apply, action, LOG_KIND_DELETED, 0, text);
	return 0;
}

/* The record of a buffer that is there, a new one if others made it. */
static void current_record(const char *name, struct record *ret_record)
{
	if (!record_read(name, ret_record)) {
		if (record_is_current(ret_record, name))
			return;
		record_free(ret_record);
	}
	*ret_record = (struct record){
		.inode = record_inode(name),
		.options = mem_copy(""), .sync = mem_copy(""), .node = mem_copy(""),
	};
}

static int set_attributes(const struct plan_action *action, const char **ret_attribute)
{
	const struct config_sync *sync = &action->sync;
	unsigned int mode = action->info->sync_mode;
	int r = 0;

	if (sync->mode >= 0)
		mode = (unsigned int)sync->mode;
	if (sync->always >= 0)
		mode = (mode & ~UDMABUF_SYNC_ALWAYS) | (sync->always ? UDMABUF_SYNC_ALWAYS : 0);
	if (mode != action->info->sync_mode)
		r = udmabuf_set_attribute(action->name, *ret_attribute = "sync_mode", mode);
	if (!r && sync->direction >= 0)
		r = udmabuf_set_attribute(action->name, *ret_attribute = "sync_direction",
					  (uint64_t)sync->direction);
	if (!r && sync->has_offset)
		r = udmabuf_set_attribute(action->name, *ret_attribute = "sync_offset",
					  sync->offset);
	if (!r && sync->has_size)
		r = udmabuf_set_attribute(action->name, *ret_attribute = "sync_size",
					  sync->size);
	return r;
}

static int set(struct apply *apply, const struct plan_action *action)
{
	const char *attribute = "";
	MEM_AUTO char *text = mem_printf("set to %s", action->detail);
	struct record record;
	int r = set_attributes(action, &attribute);

	if (r < 0)
		return fail(apply, action, r, attribute, strerror(-r),
			    "the setting stays as it was");
	current_record(action->name, &record);
	free(record.sync);
	record.sync = canonical_sync(&action->sync);
	record_write(action->name, &record);
	record_free(&record);
	tell(apply, action, LOG_KIND_CHANGED, 0, text);
	return 0;
}

static int trigger_udev(struct apply *apply, const char *name)
{
	sd_id128_t trigger;
	sd_device *device;
	int r = sd_device_new_from_subsystem_sysname(&device, "u-dma-buf", name);

	if (r < 0)
		return r;
	r = sd_device_trigger_with_uuid(device, SD_DEVICE_CHANGE, &trigger);
	sd_device_unref(device);
	if (r < 0)
		return r;
	add_pending(apply, name, trigger);
	return 0;
}

static int change_node(struct apply *apply, const struct plan_action *action)
{
	MEM_AUTO char *text = mem_printf("node set to %s", action->detail);
	struct record record;
	int r = record_write_node(action->name, &action->node);

	if (!r)
		r = trigger_udev(apply, action->name);
	if (r < 0)
		return fail(apply, action, r, "owner, group and mode not changed", strerror(-r),
			    NULL);
	current_record(action->name, &record);
	free(record.node);
	record.node = canonical_node(&action->node);
	record_write(action->name, &record);
	record_free(&record);
	tell(apply, action, LOG_KIND_CHANGED, 0, text);
	return 0;
}

/*
 * A crash right after the creation leaves a record without the inode that ties the two. The plan
 * has compared the buffer with the entry; if the record asked for the same, the buffer is ours.
 */
static void complete_record(const struct plan_action *action)
{
	MEM_AUTO char *options = canonical_options(action->buffer);
	MEM_AUTO char *sync = canonical_sync(&action->buffer->sync);
	struct record record;

	if (record_read(action->name, &record) < 0)
		return;
	if (record.is_made && !record.inode && !strcmp(action->info->origin, "manager") &&
	    !strcmp(record.options, options) && !strcmp(record.sync, sync) &&
	    plan_is_sync_true(&action->buffer->sync, action->info)) {
		record.inode = record_inode(action->name);
		record_write(action->name, &record);
	}
	record_free(&record);
}

static int keep(struct apply *apply, const struct plan_action *action)
{
	MEM_AUTO char *buffer = status_buffer(action->info);
	MEM_AUTO char *text = mem_printf("was there, stays: %s", buffer);

	complete_record(action);
	set_status(apply, action, ENTRY_THERE, action->info->size, NULL);
	tell(apply, action, LOG_KIND_KEPT, 0, text);
	return 0;
}

int apply_action(struct apply *apply, const struct plan_action *action)
{
	switch (action->verb) {
	case PLAN_FORGET:
		return record_delete(action->name);
	case PLAN_DELETE:
		return delete(apply, action);
	case PLAN_CREATE:
		return create(apply, action);
	case PLAN_KEEP:
		return keep(apply, action);
	case PLAN_SET:
		return set(apply, action);
	case PLAN_NODE:
		return change_node(apply, action);
	case PLAN_WAIT:
		set_status(apply, action, ENTRY_WAITS, 0, action->detail);
		tell(apply, action, LOG_KIND_WAITS, 0, action->detail);
		return 0;
	case PLAN_REFUSE:
		set_status(apply, action, ENTRY_ABSENT, 0, action->detail);
		tell(apply, action, LOG_KIND_REFUSED, 0, action->detail);
		return 0;
	case PLAN_SKIP:
		set_status(apply, action, ENTRY_ABSENT, 0, action->detail);
		return 0;
	}
	return -EINVAL;
}

void apply_lose(struct apply *apply, size_t index)
{
	const struct config_buffer *buffer = &apply->config->buffers[index];
	const struct plan_action action = {
		.name = buffer->name, .buffer = buffer, .line = buffer->line,
	};
	MEM_AUTO char *why = buffer->device ? mem_printf("waiting for %s", buffer->device) :
					      mem_copy("deleted by someone else");
	MEM_AUTO char *text = mem_printf("gone: %s", why);

	record_delete(buffer->name);
	set_status(apply, &action, buffer->device ? ENTRY_WAITS : ENTRY_ABSENT, 0, why);
	tell(apply, &action, LOG_KIND_GONE, 0, text);
}
