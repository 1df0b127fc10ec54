// SPDX-License-Identifier: GPL-2.0-only
/* Owns every change that the daemon makes to the machine: manager, sysfs, records, udev. */
#include "apply.h"
#include "canonical.h"
#include "log.h"
#include "mem.h"
#include "settings.h"
#include "status.h"

#include <errno.h>
#include <internal.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void apply_begin(struct apply *apply, const struct config *config, struct records *records,
		 struct pending *pending)
{
	*apply = (struct apply){ .config = config, .records = records, .pending = pending };
	for (size_t i = 0; i < config->n_buffers; i++)
		apply->entries = mem_grow(apply->entries, i, sizeof(*apply->entries));
}

struct entry_status *apply_entry(const struct apply *apply, const struct config_buffer *buffer)
{
	return &apply->entries[buffer - apply->config->buffers];
}

void apply_inherit(struct apply *apply, const struct apply *before)
{
	for (size_t i = 0; i < before->config->n_buffers; i++) {
		const struct config_buffer *old = &before->config->buffers[i];
		const struct config_buffer *now = config_find_buffer(apply->config, old->name);

		if (!now || apply_entry(before, old)->state != ENTRY_THERE)
			continue;
		*apply_entry(apply, now) = *apply_entry(before, old);
		*apply_entry(before, old) = (struct entry_status){ 0 };
	}
}

static void free_texts(struct entry_status *entry)
{
	free(entry->why);
	free(entry->device);
}

void apply_end(struct apply *apply)
{
	for (size_t i = 0; i < apply->config->n_buffers; i++)
		free_texts(&apply->entries[i]);
	free(apply->entries);
	status_others_free(&apply->others);
	*apply = (struct apply){ 0 };
}

static void set_other(struct apply *apply, const char *name, const char *why)
{
	status_others_drop(&apply->others, name);
	if (why)
		*status_others_why(&apply->others, name) = mem_copy(why);
}

static void set_status(struct apply *apply, const struct plan_action *action,
		     enum entry_state state, uint64_t size, const char *why)
{
	struct entry_status *entry;

	if (!action->buffer) {
		set_other(apply, action->name, why);
		return;
	}
	entry = apply_entry(apply, action->buffer);
	free_texts(entry);
	*entry = (struct entry_status){
		.state = state, .size = size, .why = why ? mem_copy(why) : NULL,
	};
}

static void note_device(struct entry_status *entry, const char *device)
{
	entry->device = mem_copy(device);
	entry->identity = actual_device_look(device);
}

/* Of a buffer that stays as it is until nobody uses it. */
static void set_in_use(struct apply *apply, const struct plan_action *action, const char *why)
{
	struct entry_status *entry = action->buffer ? apply_entry(apply, action->buffer) : NULL;

	set_status(apply, action, ENTRY_ABSENT, 0, why);
	if (!entry)
		return;
	entry->inode = action->info->inode;
	if (*action->info->device)
		note_device(entry, action->info->device);
}

static struct log_about about_action(const struct plan_action *action, int error)
{
	return (struct log_about){
		.name = action->name,
		.info = action->info,
		.device = action->buffer ? action->buffer->device : NULL,
		.size = action->buffer ? action->buffer->size : 0,
		.error = error,
		.config_file = action->file,
		.config_line = action->line,
	};
}

static void tell(const struct plan_action *action, enum log_kind kind, int error, const char *text)
{
	struct log_about about = about_action(action, error);

	log_tell(kind, &about, "%s: %s", action->name, text);
}

static int fail(const struct plan_action *action, int error, const char *what, const char *reason,
		const char *remedy)
{
	MEM_AUTO char *text = mem_printf("%s: %s%s%s", what, reason, remedy ? "; " : "",
					 remedy ? remedy : "");

	tell(action, LOG_KIND_FAILED, error, text);
	return error;
}

/* Of a buffer that is there as it was, which the status names then; a plan that keeps it clears it. */
static int fail_in_place(struct apply *apply, const struct plan_action *action, int error,
			 const char *what, const char *remedy)
{
	char **why = action->buffer ? &apply_entry(apply, action->buffer)->why :
				      status_others_why(&apply->others, action->name);

	mem_append(why, "%s%s: %s", *why ? ", " : "", what, strerror(-error));
	return fail(action, error, what, strerror(-error), remedy);
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
	case -EACCES:
	case -EPERM:
		return "run udmabufd as root";
	default:
		return "u-dma-buf.conf(5) says what can be asked for";
	}
}

/* A buffer that can't be noted would be nobody's after a restart. */
static void fail_to_note(struct apply *apply, const struct plan_action *action, int error)
{
	records_drop(apply->records, action->name);
	set_status(apply, action, ENTRY_ABSENT, 0, "no room for its record");
	fail(action, error, "not made, it could not be noted in /run/udmabuf", strerror(-error),
	     "make room in /run");
}

/* The record of the buffer that is there must stay: the manager is not even asked. */
static void fail_to_replace(struct apply *apply, const struct plan_action *action)
{
	static const char why[] = "a buffer of this name came in between";

	/* It is the old one, whose deletion failed, which was told. */
	if (apply_entry(apply, action->buffer)->state == ENTRY_ABSENT)
		return;
	set_status(apply, action, ENTRY_REFUSED, 0, why);
	fail(action, -EEXIST, "not made", why, remedy_for(-EEXIST));
}

static enum entry_state state_for(int error, const struct config_buffer *buffer)
{
	if (error == -EEXIST || error == -ENOSPC || error == -ENOMEM)
		return ENTRY_REFUSED;
	if (error == -ENODEV && buffer->device && actual_device_is_vfios(buffer->device))
		return ENTRY_TAKEN;
	if (error == -ENODEV && buffer->device && !actual_device_has(buffer->device, "driver"))
		return ENTRY_UNBOUND;
	return ENTRY_ABSENT;
}

static void fail_to_create(struct apply *apply, const struct plan_action *action, int error,
			   const char *reason)
{
	const enum entry_state state = state_for(error, action->buffer);
	const struct entry_status *before = apply_entry(apply, action->buffer);
	/* It is tried whenever a buffer goes, which may be often. */
	const bool is_news = before->state != ENTRY_REFUSED || strcmp(before->why, reason);

	records_drop(apply->records, action->name);
	set_status(apply, action, state, 0, reason);
	apply_entry(apply, action->buffer)->refused_at = apply->asked_at;
	if (is_news)
		fail(action, error, "not made", reason,
		     state == ENTRY_TAKEN ? "it is made when VFIO lets go" : remedy_for(error));
}

/* What is ours if we die in the middle of it. Return: is it to be created? */
static bool note_intent(struct apply *apply, const struct plan_action *action)
{
	const struct config_buffer *buffer = action->buffer;
	struct record *record;

	if (record_inode(action->name)) {
		fail_to_replace(apply, action);
		return false;
	}
	record = records_renew(apply->records, buffer->name);
	free(record->options);
	free(record->sync);
	free(record->node);
	record->is_made = true;
	record->options = canonical_options(buffer);
	record->sync = canonical_sync(&buffer->sync);
	record->node = canonical_node(&buffer->node);
	return true;
}

/* Behind the record, by which the next start finds the file if we die. Return: may it be created? */
static bool note_node(struct apply *apply, const struct plan_action *action)
{
	int r = record_write_node(action->name, &action->buffer->node);

	if (r < 0)
		fail_to_note(apply, action, r);
	return !r;
}

static void set_there(struct apply *apply, const struct plan_action *action, uint64_t size,
		      uint64_t inode)
{
	struct entry_status *entry = apply_entry(apply, action->buffer);

	set_status(apply, action, ENTRY_THERE, size, NULL);
	entry->inode = inode;
	if (action->buffer->device)
		note_device(entry, action->buffer->device);
}

/*
 * Before the next is begun: while that is zeroed somebody may delete this one and make another of
 * its name, or the device may go and come. Their events are compared with what is noted here.
 */
static void finish_creation(struct apply *apply, const struct plan_action *action)
{
	const struct config_buffer *buffer = action->buffer;
	const uint64_t inode = record_inode(buffer->name);

	records_lookup(apply->records, buffer->name)->inode = inode;
	apply->records->is_unsaved = true;
	pending_add(apply->pending, buffer->name);
	set_there(apply, action, buffer->size, inode);
	if (inode)
		apply_entry(apply, buffer)->is_untold = true;
	else
		apply_lose(apply, buffer);
}

static void create_noted(struct apply *apply, const struct plan_action *const *actions,
			 size_t count)
{
	char reason[UDMABUF_REASON_SIZE];
	int manager = count ? udmabuf_open_manager(reason) : -1;

	for (size_t i = 0; i < count; i++) {
		struct udmabuf_spec spec = config_buffer_spec(actions[i]->buffer);
		int r = manager < 0 ? manager : udmabuf_create_on(manager, &spec, reason);

		if (r < 0)
			fail_to_create(apply, actions[i], r, reason);
		else
			finish_creation(apply, actions[i]);
	}
	if (manager >= 0)
		close(manager);
}

/* The number of the newest event that the kernel has announced; 0: it does not say. */
static uint64_t last_event(void)
{
	char path[PATH_MAX];
	uint64_t number = 0;
	FILE *file;

	if (udmabuf_path(path, "/sys/kernel/uevent_seqnum") < 0)
		return 0;
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%" SCNu64, &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

void apply_creations(struct apply *apply, const struct plan_action *const *actions, size_t count)
{
	const struct plan_action *noted[APPLY_BATCH];
	size_t n_noted = 0;
	size_t n_ready = 0;
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		if (note_intent(apply, actions[i]))
			noted[n_noted++] = actions[i];
	}
	if (n_noted)
		r = records_save(apply->records);
	for (size_t i = 0; i < n_noted; i++) {
		if (r < 0)
			fail_to_note(apply, noted[i], r);
		else if (note_node(apply, noted[i]))
			noted[n_ready++] = noted[i];
	}
	apply->asked_at = last_event();
	create_noted(apply, noted, n_ready);
}

static int delete(struct apply *apply, const struct plan_action *action)
{
	MEM_AUTO char *text = mem_printf("deleted%s%s", action->detail ? ": " : "",
					 action->detail ? action->detail : "");
	char reason[UDMABUF_REASON_SIZE];
	int r = udmabuf_delete(action->name, false, reason);

	if (r == -EBUSY) {
		set_in_use(apply, action, action->buffer ? "to be made anew, but in use" :
							   "to be deleted, but in use");
		return fail(action, r, "not deleted", reason, "stop what uses it");
	}
	if (r < 0 && r != -ENOENT) {
		set_status(apply, action, ENTRY_ABSENT, 0, reason);
		return fail(action, r, "not deleted", reason, NULL);
	}
	records_drop(apply->records, action->name);
	set_status(apply, action, ENTRY_UNKNOWN, 0, NULL);
	tell(action, LOG_KIND_DELETED, 0, text);
	return 0;
}

void apply_complete_record(struct apply *apply, const struct plan_action *action)
{
	struct record *record = records_lookup(apply->records, action->name);

	if (!record || record->inode)
		return;
	record->inode = action->info->inode;
	apply->records->is_unsaved = true;
}

/* The record of a buffer that is there, a new one if others made it, for the caller to change. */
static struct record *current_record(struct apply *apply, const struct plan_action *action)
{
	struct record *record = records_lookup(apply->records, action->name);

	apply->records->is_unsaved = true;
	if (record && record->inode == action->info->inode)
		return record;
	record = records_renew(apply->records, action->name);
	record->inode = action->info->inode;
	return record;
}

/* @text is the record's from here on. */
static void note_setting(struct apply *apply, char **setting, char *text)
{
	free(*setting);
	*setting = text;
	apply->records->is_unsaved = true;
}

/*
 * A kill between the change and its record would leave what the next start takes for done, if the
 * configuration is changed back before. That there is no room for it, apply_save() tells.
 */
static void note_half_done(struct apply *apply, char **setting)
{
	note_setting(apply, setting, mem_copy(RECORD_HALF_DONE));
	records_save(apply->records);
}

/* All of them, whichever fails. Return: 0 or the error of the last that did, each of which is told. */
static int set_attributes(struct apply *apply, const struct plan_action *action,
			  const struct udmabuf_info *wanted)
{
	const struct udmabuf_info *is = action->info;
	const struct {
		const char *name;
		uint64_t is;
		uint64_t wanted;
	} settings[] = {
		{ "sync_mode", is->sync_mode, wanted->sync_mode },
		{ "sync_direction", is->sync_direction, wanted->sync_direction },
		{ "sync_offset", is->sync_offset, wanted->sync_offset },
		{ "sync_size", is->sync_size, wanted->sync_size },
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		int r = 0;

		if (settings[i].is != settings[i].wanted)
			r = udmabuf_set_attribute(is->name, settings[i].name, settings[i].wanted);
		if (r < 0)
			result = fail_in_place(apply, action, r, settings[i].name,
					       "the setting stays as it was, a reload tries again");
	}
	return result;
}

static int set(struct apply *apply, const struct plan_action *action)
{
	struct udmabuf_info wanted = *action->info;
	MEM_AUTO char *text = mem_printf("set to %s", action->detail);
	struct record *record = current_record(apply, action);
	int r;

	settings_apply(&action->sync, &wanted);
	if ((action->sync.has_offset || action->sync.has_size) && !settings_fit(&wanted))
		return fail_in_place(apply, action, -EINVAL,
				     "sync.offset and sync.size leave the buffer",
				     "the settings stay as they were");
	if (action->verb == PLAN_SET)
		note_half_done(apply, &record->sync);
	r = set_attributes(apply, action, &wanted);
	if (r < 0)
		return r;
	note_setting(apply, &record->sync, canonical_sync(&action->sync));
	if (action->verb == PLAN_SET)
		tell(action, LOG_KIND_CHANGED, 0, text);
	return 0;
}

static int change_node(struct apply *apply, const struct plan_action *action)
{
	MEM_AUTO char *text = mem_printf("node set to %s", action->detail);
	struct record *record = current_record(apply, action);
	int r;

	note_half_done(apply, &record->node);
	r = record_write_node(action->name, &action->node);
	if (!r)
		r = pending_trigger(apply->pending, action->name);
	if (r < 0)
		return fail_in_place(apply, action, r, "owner, group and mode not changed",
				     r == -ENOSPC ? "make room in /run, then reload" :
						    "a reload tries again");
	note_setting(apply, &record->node, canonical_node(&action->node));
	tell(action, LOG_KIND_CHANGED, 0, text);
	return 0;
}

static void tell_kept(const struct plan_action *action)
{
	MEM_AUTO char *buffer = status_buffer(action->info);
	MEM_AUTO char *text = mem_printf("was there, stays: %s", buffer);

	tell(action, LOG_KIND_KEPT, 0, text);
}

static int keep(struct apply *apply, const struct plan_action *action)
{
	const struct entry_status *entry = apply_entry(apply, action->buffer);
	const bool is_news = entry->state != ENTRY_THERE;

	apply_complete_record(apply, action);
	/* Of one that was known to be there udev's work is waited for already, and asking takes long. */
	if (is_news || entry->inode != action->info->inode)
		pending_add_if_new(apply->pending, action->name);
	set_there(apply, action, action->info->size, action->info->inode);
	if (is_news)
		tell_kept(action);
	return 0;
}

/* For a reason, which is told when it is news. */
static int leave(struct apply *apply, const struct plan_action *action, enum entry_state state,
		 enum log_kind kind)
{
	const char *known = action->buffer ? apply_entry(apply, action->buffer)->why : NULL;
	const bool is_news = !known || strcmp(known, action->detail);

	if (action->is_until_idle) {
		apply_complete_record(apply, action);
		set_in_use(apply, action, action->detail);
	} else {
		set_status(apply, action, state, 0, action->detail);
	}
	if (is_news)
		tell(action, kind, 0, action->detail);
	return 0;
}

/* Another buffer may have the name by now, and the node that was meant for the one that is gone. */
static int forget(struct apply *apply, const char *name)
{
	const struct record *record = records_lookup(apply->records, name);
	const bool has_node = record && *record->node && record_inode(name);

	records_drop(apply->records, name);
	return has_node ? pending_trigger(apply->pending, name) : 0;
}

int apply_action(struct apply *apply, const struct plan_action *action)
{
	switch (action->verb) {
	case PLAN_FORGET:
		return forget(apply, action->name);
	case PLAN_DELETE:
		return delete(apply, action);
	case PLAN_CREATE:
		break;
	case PLAN_KEEP:
		return keep(apply, action);
	case PLAN_SET:
	case PLAN_NOTE:
		return set(apply, action);
	case PLAN_NODE:
		return change_node(apply, action);
	case PLAN_WAIT:
		return leave(apply, action, ENTRY_WAITS, LOG_KIND_WAITS);
	case PLAN_REFUSE:
		return leave(apply, action, ENTRY_REFUSED, LOG_KIND_REFUSED);
	case PLAN_SKIP:
		set_status(apply, action, ENTRY_ABSENT, 0, action->detail);
		return 0;
	}
	return -EINVAL;
}

void apply_save(struct apply *apply)
{
	int r = apply->records->is_unsaved ? records_save(apply->records) : 0;

	apply->note_error = r;
	if (r < 0)
		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r },
			 "what was done can't be noted in /run/udmabuf: %s; make room in /run",
			 strerror(-r));
}

static void tell_made(const struct config_buffer *buffer)
{
	struct udmabuf_info info;
	const struct plan_action action = {
		.name = buffer->name, .buffer = buffer, .file = buffer->file, .line = buffer->line,
		.info = &info,
	};
	int r = udmabuf_lookup(buffer->name, &info);
	MEM_AUTO char *text = r < 0 ? NULL : status_buffer(&info);

	/* That it is gone again, its event will tell. */
	if (!r)
		tell(&action, LOG_KIND_MADE, 0, text);
}

bool apply_tell_made(struct apply *apply)
{
	for (size_t i = 0; i < apply->config->n_buffers; i++) {
		if (!apply->entries[i].is_untold)
			continue;
		apply->entries[i].is_untold = false;
		tell_made(&apply->config->buffers[i]);
		return true;
	}
	return false;
}

bool apply_may_work_now(const struct apply *apply, const struct config_buffer *buffer,
			uint64_t number)
{
	const struct entry_status *entry = apply_entry(apply, buffer);

	return entry->state == ENTRY_REFUSED && number > entry->refused_at;
}

/*
 * Is it another one by now, or has another driver, or none? That took the buffer away. A driver that was
 * bound later than the buffer was made takes it away, too, when it goes.
 */
static bool is_device_lost(const struct entry_status *entry, const struct actual_device *now)
{
	const struct actual_device *before = &entry->identity;

	return !now->inode || now->inode != before->inode ||
	       (before->driver && now->driver != before->driver);
}

/* VFIO takes away what a device without a driver has, as it comes to it or to a neighbour. */
static bool is_taken(const struct entry_status *entry)
{
	return !entry->identity.driver && actual_device_is_vfios(entry->device);
}

/* Is there another device than the one that the buffer had, or the same with another driver? */
static bool is_device_new(const struct entry_status *entry)
{
	struct actual_device now;

	if (!entry->device)
		return false;
	now = actual_device_look(entry->device);
	return (now.inode && now.inode != entry->identity.inode) ||
	       (now.driver && entry->identity.driver && now.driver != entry->identity.driver);
}

static bool has_module(void)
{
	char path[PATH_MAX];

	return !udmabuf_path(path, UDMABUF_CLASS_DIR) && !access(path, F_OK);
}

bool apply_has_come(const struct apply *apply, const struct config_buffer *buffer)
{
	const struct entry_status *entry = apply_entry(apply, buffer);

	switch (entry->state) {
	case ENTRY_WAITS:
		return has_module() && (!buffer->device || actual_device_has(buffer->device, ""));
	case ENTRY_UNBOUND:
		return actual_device_has(buffer->device, "driver") || is_device_new(entry);
	case ENTRY_TAKEN:
		return actual_device_has(buffer->device, "") &&
		       !actual_device_is_vfios(buffer->device);
	case ENTRY_DELETED:
		return is_device_new(entry);
	default:
		return false;
	}
}

/* The text is to be freed. Return: ENTRY_UNKNOWN: its device is not why. */
static enum entry_state why_lost_with_device(const struct config_buffer *buffer,
					     const struct entry_status *entry, char **ret_why)
{
	struct actual_device now;
	bool is_same;

	if (!entry->device)
		return ENTRY_UNKNOWN;
	now = actual_device_look(entry->device);
	if (!is_device_lost(entry, &now) && !is_taken(entry))
		return ENTRY_UNKNOWN;
	is_same = now.inode && now.inode == entry->identity.inode;
	/* Of one that was in use and is wanted for another device, or for none. */
	if (!buffer->device || strcmp(buffer->device, entry->device)) {
		*ret_why = !buffer->device || actual_device_has(buffer->device, "") ?
			mem_printf("its device %s went", entry->device) :
			mem_printf("waiting for %s", buffer->device);
		return ENTRY_WAITS;
	}
	if (is_same && is_taken(entry)) {
		*ret_why = mem_printf("waiting for %s: VFIO has it or its IOMMU group",
				      buffer->device);
		return ENTRY_TAKEN;
	}
	*ret_why = mem_printf("waiting for %s", buffer->device);
	return is_same && !now.driver ? ENTRY_UNBOUND : ENTRY_WAITS;
}

/* The same, of a buffer that is gone for whatever reason. */
static enum entry_state why_lost(const struct apply *apply, const struct config_buffer *buffer,
				 char **ret_why)
{
	enum entry_state state;

	if (!has_module()) {
		*ret_why = mem_copy(PLAN_WAIT_MODULE);
		return ENTRY_WAITS;
	}
	if (record_inode(buffer->name)) {
		*ret_why = mem_copy("another buffer has its name now");
		return ENTRY_ABSENT;
	}
	state = why_lost_with_device(buffer, apply_entry(apply, buffer), ret_why);
	if (state != ENTRY_UNKNOWN)
		return state;
	*ret_why = mem_copy("deleted by someone else, a reload makes it again");
	return ENTRY_DELETED;
}

void apply_lose(struct apply *apply, const struct config_buffer *buffer)
{
	const struct plan_action action = {
		.name = buffer->label, .buffer = buffer, .file = buffer->file, .line = buffer->line,
	};
	MEM_AUTO char *why = NULL;
	const enum entry_state state = why_lost(apply, buffer, &why);
	MEM_AUTO char *text = mem_printf("gone: %s", why);
	struct entry_status *entry = apply_entry(apply, buffer);
	const struct actual_device identity = entry->identity;
	char *device = entry->device;

	entry->device = NULL;
	/* The plan forgets it where another has the name, and has the other's node put right. */
	if (!record_inode(buffer->name))
		records_drop(apply->records, buffer->name);
	set_status(apply, &action, state, 0, why);
	entry->device = device;
	entry->identity = identity;
	tell(&action, LOG_KIND_GONE, 0, text);
}

void apply_note_device(struct apply *apply, const struct config_buffer *buffer)
{
	struct entry_status *entry = apply_entry(apply, buffer);

	if (!entry->device)
		return;
	if (entry->inode && !entry->identity.driver && !actual_device_is_vfios(entry->device))
		entry->identity.driver = actual_device_look(entry->device).driver;
	/* The buffer may go before the kernel shows why. */
	if (entry->state == ENTRY_DELETED &&
	    (is_taken(entry) || !actual_device_look(entry->device).inode))
		apply_lose(apply, buffer);
}

void apply_lose_module(struct apply *apply)
{
	for (size_t i = 0; i < apply->config->n_buffers; i++) {
		const struct plan_action action = { .buffer = &apply->config->buffers[i] };

		if (!action.buffer->has_mistake)
			set_status(apply, &action, ENTRY_WAITS, 0, PLAN_WAIT_MODULE);
	}
	status_others_free(&apply->others);
	log_tell(LOG_KIND_UNLOADED, NULL, "the module u-dma-buf was unloaded: its buffers are gone, "
		 "and come back with it");
}
