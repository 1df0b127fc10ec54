// SPDX-License-Identifier: GPL-2.0-only
/* Owns the line of tasks, and the plan that is being done. */
#include "work.h"
#include "log.h"
#include "mem.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static void add_task(struct work_task **tasks, size_t *count, struct work_task task)
{
	*tasks = mem_grow(*tasks, *count, sizeof(task));
	(*tasks)[(*count)++] = task;
}

static void add_waiting(struct work *work, struct work_task task)
{
	add_task(&work->waiting, &work->n_waiting, task);
	sd_event_source_set_enabled(work->source, SD_EVENT_ON);
}

void work_add(struct work *work, enum work_kind kind, const char *subject)
{
	add_waiting(work, (struct work_task){
		.kind = kind, .subject = subject ? mem_copy(subject) : NULL,
	});
}

void work_add_refused(struct work *work, uint64_t number)
{
	for (size_t i = 0; i < work->apply.config->n_buffers; i++) {
		if (!apply_may_work_now(&work->apply, &work->apply.config->buffers[i], number))
			continue;
		add_waiting(work, (struct work_task){ .kind = WORK_REFUSED, .number = number });
		return;
	}
}

/* @inode: of the buffer that has the name now. What is noted of another is not for this one. */
static void lose_without_entry(struct work *work, const char *name, uint64_t inode)
{
	const struct record *record = records_lookup(work->apply.records, name);

	if (!inode) {
		records_drop(work->apply.records, name);
		status_others_drop(&work->apply.others, name);
	} else if (record && record->inode && record->inode != inode) {
		work_add(work, WORK_NAME, name);
	}
}

void work_lose(struct work *work, const char *name)
{
	const struct config_buffer *buffer = config_find_buffer(work->apply.config, name);
	const uint64_t inode = record_inode(name);
	const struct entry_status *entry;

	idle_forget_gone(&work->idle, name);
	if (!buffer) {
		lose_without_entry(work, name, inode);
		return;
	}
	entry = apply_entry(&work->apply, buffer);
	if (buffer->has_mistake || !entry->inode || entry->inode == inode)
		return;
	apply_lose(&work->apply, buffer);
	/* Another has its name, or what took it away is back already. */
	if (inode || apply_has_come(&work->apply, buffer))
		work_add(work, WORK_NAME, name);
}

static bool is_deleted(const struct work *work, const struct config_buffer *buffer)
{
	return apply_entry(&work->apply, buffer)->state == ENTRY_DELETED;
}

/* VFIO takes a neighbour's buffers with the device. */
void work_take_device(struct work *work, const char *device)
{
	const struct config *config = work->apply.config;
	bool is_wanted = false;

	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct config_buffer *buffer = &config->buffers[i];
		const char *had = apply_entry(&work->apply, buffer)->device;

		if (had && (!strcmp(had, device) || is_deleted(work, buffer)))
			apply_note_device(&work->apply, buffer);
		is_wanted |= buffer->device && !strcmp(buffer->device, device);
	}
	if (is_wanted)
		work_add(work, WORK_DEVICE, device);
}

void work_free_taken(struct work *work)
{
	const struct config *config = work->apply.config;

	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct config_buffer *buffer = &config->buffers[i];

		if (apply_entry(&work->apply, buffer)->state == ENTRY_TAKEN &&
		    apply_has_come(&work->apply, buffer))
			work_add(work, WORK_DEVICE, buffer->device);
	}
}

void work_catch_up(struct work *work)
{
	const struct config *config = work->apply.config;

	work->is_look_owed = false;
	for (size_t i = 0; i < config->n_buffers; i++) {
		if (config->buffers[i].name)
			work_lose(work, config->buffers[i].name);
		apply_note_device(&work->apply, &config->buffers[i]);
	}
	work_add(work, WORK_MISSED, NULL);
}

static void free_tasks(struct work_task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(tasks[i].subject);
	free(tasks);
}

/* A buffer that others made, and that was never set, nor was that tried. */
static bool is_unseen(const struct work *work, const char *name)
{
	const struct actual_buffer *there = actual_lookup(&work->actual, name);

	return there && !there->has_record;
}

/* What somebody deleted stays so for every event of the device but its coming anew; VFIO's must end. */
static bool is_due_for_device(const struct work *work, const struct plan_action *action)
{
	const enum entry_state state = apply_entry(&work->apply, action->buffer)->state;

	if ((state == ENTRY_DELETED || state == ENTRY_TAKEN) && action->verb == PLAN_CREATE)
		return apply_has_come(&work->apply, action->buffer);
	return state != ENTRY_THERE;
}

/*
 * Is it this action's turn? An event of one device or of one buffer is no reason to try again
 * what failed elsewhere, or to make what somebody deleted.
 */
static bool is_due_for(const struct work *work, const struct plan_action *action,
		       const struct work_task *task)
{
	const struct config_buffer *buffer = action->buffer;

	switch (task->kind) {
	case WORK_ALL:
		return true;
	case WORK_NAME:
		return !strcmp(action->name, task->subject);
	case WORK_DEVICE:
		return buffer && buffer->device && !strcmp(buffer->device, task->subject) &&
		       is_due_for_device(work, action);
	case WORK_MISSED:
		return buffer ? apply_has_come(&work->apply, buffer) :
				is_unseen(work, action->name);
	case WORK_REFUSED:
		return buffer && apply_may_work_now(&work->apply, buffer, task->number);
	}
	return false;
}

static bool is_in_place(const struct plan_action *action)
{
	return action->verb == PLAN_SET || action->verb == PLAN_NOTE || action->verb == PLAN_NODE;
}

/* What an entry asks for in place goes with what is done about its buffer, which is right before it. */
static bool is_due(struct work *work, const struct plan_action *action)
{
	bool is_due = false;

	if (action->buffer && is_in_place(action))
		return work->is_entry_due;
	for (size_t i = 0; i < work->n_tasks && !is_due; i++)
		is_due = is_due_for(work, action, &work->tasks[i]);
	work->is_entry_due = is_due;
	return is_due;
}

static int look(struct work *work)
{
	int r = actual_read(work->apply.config, work->apply.records, &work->actual);

	if (r < 0) {
		MEM_AUTO char *text = actual_error_text(r);

		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r }, "%s", text);
	}
	return r;
}

/* What is done anew is told anew. */
static void drop_others(struct work *work)
{
	for (size_t i = 0; i < work->n_tasks; i++) {
		if (work->tasks[i].kind == WORK_ALL)
			status_others_free(&work->apply.others);
		else if (work->tasks[i].kind == WORK_NAME)
			status_others_drop(&work->apply.others, work->tasks[i].subject);
	}
}

/* All that waits is one look's worth. */
static void make_plan(struct work *work)
{
	work->tasks = work->waiting;
	work->n_tasks = work->n_waiting;
	work->waiting = NULL;
	work->n_waiting = 0;
	work->n_done = 0;
	work->result = look(work);
	if (work->result < 0) {
		work->is_look_owed = true;
		free_tasks(work->tasks, work->n_tasks);
		return;
	}
	drop_others(work);
	plan_make(work->apply.config, &work->actual, &work->plan);
	work->has_plan = true;
}

static void drop_plan(struct work *work)
{
	if (!work->has_plan)
		return;
	plan_free(&work->plan);
	actual_free(&work->actual);
	free_tasks(work->tasks, work->n_tasks);
	work->has_plan = false;
	/* A plan for 256 buffers is most of what this daemon ever needs. */
	malloc_trim(0);
}

/* Deletions are the first of a plan: what they leave a place for is behind them. */
static void finish_deletion(struct work *work, const char *name)
{
	idle_forget(&work->idle, name);
	add_task(&work->tasks, &work->n_tasks,
		 (struct work_task){ .kind = WORK_REFUSED, .number = UINT64_MAX });
}

/* Since it was looked at the buffer went, and another may have its name, which is nothing of ours. */
static bool is_about_a_gone_one(const struct plan_action *action)
{
	return action->info && record_inode(action->name) != action->info->inode;
}

/* The watch comes first: what happens to the buffer between the look and the act is not missed. */
static void do_action(struct work *work, const struct plan_action *action)
{
	const bool is_delete = action->verb == PLAN_DELETE;
	int is_used = 0;
	int r;

	if (is_about_a_gone_one(action)) {
		work_add(work, WORK_NAME, action->name);
		return;
	}
	if (is_delete || action->is_until_idle)
		is_used = idle_watch(&work->idle, action->name);
	if (action->is_until_idle && (!is_used || is_about_a_gone_one(action))) {
		apply_complete_record(&work->apply, action);
		work_add(work, WORK_NAME, action->name);
		return;
	}
	r = apply_action(&work->apply, action);
	if (is_delete && !r)
		finish_deletion(work, action->name);
	else if (is_delete && r != -EBUSY)
		idle_forget(&work->idle, action->name);
}

/* The next action, with those behind it that go together with it. */
static void do_next(struct work *work)
{
	const struct plan_action *creations[APPLY_BATCH];
	size_t count = 0;

	while (work->n_done < work->plan.n_actions && count < APPLY_BATCH) {
		const struct plan_action *action = &work->plan.actions[work->n_done];
		const bool is_creation = action->verb == PLAN_CREATE;

		if (count && !is_creation)
			break;
		work->n_done++;
		if (!is_due(work, action))
			continue;
		if (!is_creation) {
			do_action(work, action);
			return;
		}
		creations[count++] = action;
	}
	apply_creations(&work->apply, creations, count);
}

static int on_turn(sd_event_source *source, void *userdata)
{
	struct work *work = userdata;

	if (!work->has_plan && work->n_waiting) {
		make_plan(work);
	} else if (work->has_plan && work->n_done < work->plan.n_actions) {
		do_next(work);
	} else if (!apply_tell_made(&work->apply)) {
		apply_save(&work->apply);
		drop_plan(work);
	}
	if (work_is_done(work)) {
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		work->on_done(work->userdata, work->result);
	}
	return 0;
}

static void on_idle(void *userdata, const char *name)
{
	work_add(userdata, WORK_NAME, name);
}

int work_begin(struct work *work, sd_event *event, const struct config *config,
	       struct records *records, struct pending *pending,
	       void (*on_done)(void *userdata, int result), void *userdata)
{
	int r;

	*work = (struct work){
		.idle = { .event = event, .on_idle = on_idle, .userdata = work },
		.on_done = on_done, .userdata = userdata,
	};
	apply_begin(&work->apply, config, records, pending);
	r = sd_event_add_defer(event, &work->source, on_turn, work);
	if (r >= 0)
		r = sd_event_source_set_priority(work->source, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_source_set_enabled(work->source, SD_EVENT_OFF);
	return r;
}

void work_end(struct work *work)
{
	drop_plan(work);
	free_tasks(work->waiting, work->n_waiting);
	idle_end(&work->idle);
	sd_event_source_unref(work->source);
	if (!work->apply.config)
		return;
	apply_save(&work->apply);
	apply_end(&work->apply);
}

void work_stop(struct work *work)
{
	drop_plan(work);
	if (look(work) < 0)
		return;
	plan_stop(&work->actual, &work->plan);
	for (size_t i = 0; i < work->plan.n_actions; i++) {
		if (!is_about_a_gone_one(&work->plan.actions[i]))
			apply_action(&work->apply, &work->plan.actions[i]);
	}
	apply_save(&work->apply);
	plan_free(&work->plan);
	actual_free(&work->actual);
}

bool work_is_done(const struct work *work)
{
	return !work->has_plan && !work->n_waiting;
}

void work_change_config(struct work *work, const struct config *config)
{
	struct apply before = work->apply;

	apply_begin(&work->apply, config, before.records, before.pending);
	apply_inherit(&work->apply, &before);
	apply_end(&before);
}
