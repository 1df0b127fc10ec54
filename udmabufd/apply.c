// SPDX-License-Identifier: GPL-2.0-only
/* Owns every change that the daemon makes to the machine: manager, sysfs, records, udev. */
#include "apply.h"
#include "log.h"
#include "mem.h"
#include "score.h"
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void apply_begin(struct apply *apply, const struct config *config)
{
	*apply = (struct apply){ .config = config };
	for (size_t i = 0; i < config->n_buffers; i++)
		apply->sites = mem_grow(apply->sites, i, sizeof(*apply->sites));
	apply->is_udev_there = !access("/run/udev/control", F_OK);
}

void apply_end(struct apply *apply)
{
	for (size_t i = 0; i < apply->config->n_buffers; i++)
		free(apply->sites[i].why);
	for (size_t i = 0; i < apply->n_pending; i++)
		free(apply->pending[i].name);
	free(apply->sites);
	free(apply->pending);
	*apply = (struct apply){ 0 };
}

static void set_site(struct apply *apply, const struct plan_action *action,
		     enum site_state state, uint64_t size, const char *why)
{
	struct site *site;

	if (!action->buffer)
		return;
	site = &apply->sites[action->buffer - apply->config->buffers];
	free(site->why);
	*site = (struct site){ .state = state, .size = size, .why = why ? mem_copy(why) : NULL };
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

bool apply_take_event(struct apply *apply, const char *name, sd_device *device)
{
	const bool is_gone = !record_inode(name);
	sd_id128_t trigger;
	size_t kept = 0;

	if (sd_device_get_trigger_uuid(device, &trigger) < 0)
		trigger = SD_ID128_NULL;
	for (size_t i = 0; i < apply->n_pending; i++) {
		struct pending *pending = &apply->pending[i];

		if (!strcmp(pending->name, name) &&
		    (is_gone || sd_id128_equal(pending->trigger, trigger)))
			free(pending->name);
		else
			apply->pending[kept++] = *pending;
	}
	apply->n_pending = kept;
	return !kept;
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
		.options = words_options(buffer),
		.sync = words_sync(&buffer->sync),
		.node = words_node(&buffer->node),
	};
	r = record_write(buffer->name, ret_record);
	if (!r)
		r = record_write_node(buffer->name, &buffer->node);
	return r;
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
		set_site(apply, action, SITE_ABSENT, 0, reason);
		return fail(apply, action, r, "not made", reason, remedy_for(r));
	}
	/* Without its inode the record still says that the buffer is ours: no reason to fail. */
	record->inode = record_inode(spec.name);
	record_write(spec.name, record);
	add_pending(apply, spec.name, SD_ID128_NULL);
	set_site(apply, action, SITE_THERE, spec.size, NULL);
	r = udmabuf_lookup(spec.name, &info);
	if (r < 0)
		return fail(apply, action, r, "made, but can't be looked at", strerror(-r), NULL);
	made.info = &info;
	text = score_buffer(&info);
	tell(apply, &made, LOG_KIND_MADE, 0, text);
	return 0;
}

static int create(struct apply *apply, const struct plan_action *action)
{
	struct record record;
	int r;

	/* The old one of this name could not be deleted, which was told. */
	if (record_inode(action->name))
		return -EEXIST;
	r = record_intent(action->buffer, &record);
	if (r < 0) {
		record_delete(action->name);
		set_site(apply, action, SITE_ABSENT, 0, "no room for its record");
		fail(apply, action, r, "not made, it could not be noted in /run/udmabuf",
		     strerror(-r), "make room in /run");
	} else {
		r = create_recorded(apply, action, &record);
	}
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
		set_site(apply, action, SITE_ABSENT, 0, "to be made anew, but in use");
		return fail(apply, action, r, "not deleted", reason, "stop what uses it");
	}
	if (r < 0 && r != -ENOENT)
		return fail(apply, action, r, "not deleted", reason, NULL);
	record_delete(action->name);
	set_site(apply, action, SITE_UNKNOWN, 0, NULL);
	tell(apply, action, LOG_KIND_DELETED, 0, text);
	return 0;
}

/* The record of a buffer that is there, a new one if others made it. */
static void current_record(const char *name, struct record *ret_record)
{
	if (!record_read(name, ret_record) &&
	    (!ret_record->inode || ret_record->inode == record_inode(name)))
		return;
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
					  sync->size ? sync->size : action->info->size);
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
	record.sync = words_sync(&action->sync);
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
	record.node = words_node(&action->node);
	record_write(action->name, &record);
	record_free(&record);
	tell(apply, action, LOG_KIND_CHANGED, 0, text);
	return 0;
}

/* A crash right after the creation left the record without the inode that ties the two. */
static void complete_record(const char *name)
{
	struct record record;

	if (record_read(name, &record) < 0)
		return;
	if (!record.inode) {
		record.inode = record_inode(name);
		record_write(name, &record);
	}
	record_free(&record);
}

static int keep(struct apply *apply, const struct plan_action *action)
{
	MEM_AUTO char *buffer = score_buffer(action->info);
	MEM_AUTO char *text = mem_printf("was there, stays: %s", buffer);

	complete_record(action->name);
	set_site(apply, action, SITE_THERE, action->info->size, NULL);
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
		set_site(apply, action, SITE_WAITS, 0, action->detail);
		tell(apply, action, LOG_KIND_WAITS, 0, action->detail);
		return 0;
	case PLAN_REFUSE:
		set_site(apply, action, SITE_ABSENT, 0, action->detail);
		tell(apply, action, LOG_KIND_REFUSED, 0, action->detail);
		return 0;
	case PLAN_SKIP:
		set_site(apply, action, SITE_ABSENT, 0, action->detail);
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
	set_site(apply, &action, buffer->device ? SITE_WAITS : SITE_ABSENT, 0, why);
	tell(apply, &action, LOG_KIND_GONE, 0, text);
}
