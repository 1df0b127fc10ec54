// SPDX-License-Identifier: GPL-2.0-only
/* Owns the daemon's life: start, the events it reacts to, the end. */
#include "coldplug.h"
#include "daemon.h"
#include "log.h"
#include "mem.h"
#include "module.h"
#include "reload.h"
#include "unit.h"
#include "work.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define MANAGER_SYSNAME	"u-dma-buf-mgr"
#define MONITOR_BUFFER	(1024 * 1024)

enum phase {
	PHASE_START,	/* the first look at everything, and the wait for what is required */
	PHASE_NODES,	/* udev has still to finish nodes of it */
	PHASE_READY,
};

struct daemon {
	const char *path;	/* NULL: the usual files */
	sd_event *event;
	sd_device_monitor *monitor;
	uint32_t n_lost;	/* events for which its socket had no room */
	struct config *config;
	int lock;		/* of the records; -1: not taken */
	uint64_t manager;	/* the inode of its node: another one with each load of the module; 0: none */
	struct records records;
	struct pending pending;
	struct work work;
	struct coldplug coldplug;
	struct reload reload;
	bool is_reload_due;
	bool is_client_served;	/* the files were read since it asked: what follows is its answer */
	enum phase phase;
	char *status;		/* as systemd was told last */
};

static void tell_status(struct daemon *daemon, const char *state)
{
	const struct apply *apply = &daemon->work.apply;
	char *status = status_line(daemon->config, apply->entries, &apply->others,
				   apply->note_error);

	if (*state || !daemon->status || strcmp(status, daemon->status))
		sd_notifyf(false, "%sSTATUS=%s", state, status);
	free(daemon->status);
	daemon->status = status;
}

/* An event for each, so that each is found by its name. */
static void tell_missing(const struct daemon *daemon, const char *consequence)
{
	for (size_t i = 0; i < daemon->config->n_buffers; i++) {
		const struct config_buffer *buffer = &daemon->config->buffers[i];
		const struct entry_status *entry = apply_entry(&daemon->work.apply, buffer);
		const struct log_about about = {
			.name = buffer->name, .device = buffer->device, .size = buffer->size,
			.config_file = buffer->file, .config_line = buffer->line,
		};

		if (status_is_missing(buffer, entry))
			log_tell(LOG_KIND_REQUIRED, &about,
				 "%s: required and missing (%s): %s", buffer->label,
				 entry->why ? entry->why : "not tried", consequence);
	}
}

static void answer_reload(struct daemon *daemon)
{
	MEM_AUTO char *missing = status_missing(daemon->config, daemon->work.apply.entries);
	MEM_AUTO char *text = NULL;
	const int r = daemon->work.result;

	if (r < 0) {
		text = actual_error_text(r);
	} else if (missing) {
		text = mem_printf("required and missing: %s", missing);
		tell_missing(daemon, "the reload fails, the rest of it is done");
	}
	reload_answer(&daemon->reload, text ? EXIT_FAILURE : EXIT_SUCCESS,
		      text ? text : daemon->status);
}

/* After whatever happened: is there news for those who wait? */
static void settle(struct daemon *daemon)
{
	const bool are_nodes_done = !daemon->pending.n_nodes;

	if (daemon->phase == PHASE_START || !work_is_done(&daemon->work))
		return;
	if (daemon->phase == PHASE_NODES && are_nodes_done) {
		daemon->phase = PHASE_READY;
		tell_status(daemon, "READY=1\n");
	} else {
		tell_status(daemon, "");
	}
	if (are_nodes_done && daemon->reload.client >= 0 && !daemon->is_reload_due)
		answer_reload(daemon);
}

/* What is required must be there, or may still come while udev announces devices: at boot, that is. */
static void end_start(struct daemon *daemon, int result)
{
	const struct entry_status *entries = daemon->work.apply.entries;
	MEM_AUTO char *missing = status_missing(daemon->config, entries);

	if (result >= 0 && missing && coldplug_goes_on(&daemon->coldplug) &&
	    status_may_come(daemon->config, entries)) {
		tell_status(daemon, "");
		return;
	}
	if (result >= 0 && missing) {
		tell_missing(daemon, "the start fails; the other buffers stay, and the next start "
			     "takes them over");
		result = -ENODEV;
	}
	if (result < 0)
		sd_event_exit(daemon->event, result);
	else
		daemon->phase = PHASE_NODES;
}

static int load(const char *path, struct config *config)
{
	int r = config_load(path, config);

	for (size_t i = 0; i < config->n_mistakes; i++) {
		const struct config_mistake *mistake = &config->mistakes[i];
		const struct log_about about = {
			.name = mistake->name, .error = mistake->error,
			.config_file = mistake->file, .config_line = mistake->line,
		};

		log_tell(mistake->error ? LOG_KIND_UNREADABLE : LOG_KIND_MISTAKE, &about, "%s",
			 mistake->text);
	}
	return r;
}

static void refuse_reload(struct daemon *daemon, const struct config *config)
{
	MEM_AUTO char *text = mem_copy("nothing is changed");

	for (size_t i = 0; i < config->n_mistakes; i++) {
		if (config->mistakes[i].error)
			mem_append(&text, ": %s", config->mistakes[i].text);
	}
	reload_answer(&daemon->reload, EXIT_FAILURE, text);
}

/* A file that can't be used changes nothing. */
static void reload(struct daemon *daemon)
{
	struct config *config = mem_grow(NULL, 0, sizeof(*config));

	daemon->is_reload_due = false;
	if (load(daemon->path, config) < 0) {
		if (!daemon->is_client_served)
			refuse_reload(daemon, config);
	} else {
		struct config *before = daemon->config;

		daemon->is_client_served = true;
		daemon->config = config;
		config = before;
		work_change_config(&daemon->work, daemon->config);
		work_add(&daemon->work, WORK_ALL, NULL);
	}
	config_free(config);
	free(config);
}

/* A plan that is being done speaks of the configuration that it was made from. */
static void ask_for_reload(struct daemon *daemon)
{
	daemon->is_reload_due = true;
	if (work_is_done(&daemon->work))
		reload(daemon);
}

static void on_request(void *userdata)
{
	struct daemon *daemon = userdata;

	daemon->is_client_served = false;
	ask_for_reload(daemon);
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	(void)source;
	(void)info;
	ask_for_reload(userdata);
	return 0;
}

static void on_done(void *userdata, int result)
{
	struct daemon *daemon = userdata;

	if (daemon->phase == PHASE_START)
		end_start(daemon, result);
	if (daemon->is_reload_due)
		reload(daemon);
	settle(daemon);
}

/*
 * Of a buffer that is new: ours are known to be there, and what else may have to be set. One that
 * is gone again is no reason to do anything, or one that we took back ourselves would come again.
 */
static bool is_of_interest(const struct daemon *daemon, const char *name)
{
	const struct config_buffer *buffer = config_find_buffer(daemon->config, name);

	if (!record_inode(name))
		return false;
	return buffer ? apply_entry(&daemon->work.apply, buffer)->state != ENTRY_THERE :
			daemon->config->n_matches;
}

static uint64_t manager_inode(void)
{
	struct stat st;

	return stat("/dev/" MANAGER_SYSNAME, &st) < 0 ? 0 : st.st_ino;
}

/* Whatever was told of it: one event of an unload and a load may come late, or not at all. */
static void look_at_manager(struct daemon *daemon)
{
	const uint64_t before = daemon->manager;

	daemon->manager = manager_inode();
	if (daemon->manager == before)
		return;
	if (before)
		apply_lose_module(&daemon->work.apply);
	if (daemon->manager)
		work_add(&daemon->work, WORK_ALL, NULL);
}

/* What a buffer that went leaves may be what another lacked. */
static void on_departure(struct daemon *daemon, sd_device *device, const char *name)
{
	uint64_t number;

	/* That the module took it away is told once, and not of each. */
	look_at_manager(daemon);
	work_lose(&daemon->work, name);
	if (sd_device_get_seqnum(device, &number) >= 0)
		work_add_refused(&daemon->work, number);
}

static void on_arrival(struct daemon *daemon, const char *name)
{
	work_lose(&daemon->work, name);
	if (is_of_interest(daemon, name))
		work_add(&daemon->work, WORK_NAME, name);
}

static void on_buffer(struct daemon *daemon, sd_device *device, sd_device_action_t action,
		      const char *name)
{
	sd_id128_t trigger;

	if (sd_device_get_trigger_uuid(device, &trigger) < 0)
		trigger = SD_ID128_NULL;
	pending_take_event(&daemon->pending, name, action, trigger);
	if (action == SD_DEVICE_REMOVE)
		on_departure(daemon, device, name);
	else if (action == SD_DEVICE_ADD)
		on_arrival(daemon, name);
}

/* Since it was asked last: was there an event for which the monitor's socket had no room? */
static bool were_events_lost(struct daemon *daemon)
{
	sd_event_source *source = sd_device_monitor_get_event_source(daemon->monitor);
	const uint32_t before = daemon->n_lost;
	uint32_t figures[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(figures);

	if (getsockopt(sd_event_source_get_io_fd(source), SOL_SOCKET, SO_MEMINFO, figures, &size))
		return true;
	daemon->n_lost = figures[SK_MEMINFO_DROPS];
	return daemon->n_lost != before;
}

static void on_coldplug_end(void *userdata)
{
	struct daemon *daemon = userdata;
	MEM_AUTO char *missing = status_missing(daemon->config, daemon->work.apply.entries);
	bool was_missed;

	/* It has begun anew, and there is another end to come. */
	if (coldplug_goes_on(&daemon->coldplug))
		return;
	look_at_manager(daemon);
	was_missed = pending_check(&daemon->pending);
	was_missed |= were_events_lost(daemon);
	was_missed |= daemon->work.is_look_owed;
	/* The start may fail for what is missing: not without another look, see end_start(). */
	if (was_missed || (daemon->phase == PHASE_START && missing))
		work_catch_up(&daemon->work);
	if (was_missed)
		work_add_refused(&daemon->work, UINT64_MAX);
	settle(daemon);
}

static void on_parent(struct daemon *daemon, sd_device_action_t action, const char *subsystem,
		      const char *name)
{
	MEM_AUTO char *device = mem_printf("%s/%s", subsystem, name);

	/* One that goes may be there yet when its buffer is: then that was not told right. */
	if (action == SD_DEVICE_ADD || action == SD_DEVICE_BIND || action == SD_DEVICE_REMOVE)
		work_take_device(&daemon->work, device);
	else if (action == SD_DEVICE_UNBIND)
		work_free_taken(&daemon->work);
}

static int on_event(sd_device_monitor *monitor, sd_device *device, void *userdata)
{
	struct daemon *daemon = userdata;
	sd_device_action_t action;
	const char *subsystem;
	const char *name;

	(void)monitor;
	if (sd_device_get_action(device, &action) < 0 ||
	    sd_device_get_subsystem(device, &subsystem) < 0 ||
	    sd_device_get_sysname(device, &name) < 0)
		return 0;
	if (!strcmp(subsystem, "u-dma-buf"))
		on_buffer(daemon, device, action, name);
	else if (strcmp(subsystem, "misc"))
		on_parent(daemon, action, subsystem, name);
	else if (!strcmp(name, MANAGER_SYSNAME))
		look_at_manager(daemon);
	else
		return 0;
	settle(daemon);
	return 0;
}

static int start_monitor(struct daemon *daemon)
{
	static const char *const subsystems[] = { "u-dma-buf", "misc", "pci", "platform" };
	int r = sd_device_monitor_new(&daemon->monitor);

	for (size_t i = 0; r >= 0 && i < sizeof(subsystems) / sizeof(subsystems[0]); i++)
		r = sd_device_monitor_filter_add_match_subsystem_devtype(daemon->monitor,
									 subsystems[i], NULL);
	if (r < 0)
		return r;
	/* As big as the system lets it be: 256 buffers announce themselves at once. */
	sd_device_monitor_set_receive_buffer_size(daemon->monitor, MONITOR_BUFFER);
	r = sd_device_monitor_attach_event(daemon->monitor, daemon->event);
	if (r < 0)
		return r;
	return sd_device_monitor_start(daemon->monitor, on_event, daemon);
}

static int start_events(struct daemon *daemon)
{
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	r = sd_event_default(&daemon->event);
	if (r >= 0)
		r = sd_event_add_signal(daemon->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(daemon->event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(daemon->event, NULL, SIGHUP, on_hangup, daemon);
	if (r >= 0)
		r = sd_event_set_watchdog(daemon->event, true);
	if (r >= 0)
		r = start_monitor(daemon);
	return r;
}

static int take_records(struct daemon *daemon)
{
	int r = record_prepare();

	if (r >= 0)
		r = daemon->lock = record_lock();
	if (r >= 0)
		r = records_read(&daemon->records);
	if (r == -EWOULDBLOCK)
		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r },
			 "another udmabufd runs: `udmabufd --reload` has it read its files again");
	else if (r < 0)
		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r },
			 "can't keep records in /run/udmabuf: %s%s", strerror(-r),
			 r == -EACCES ? ": be root" : "");
	return r;
}

/* A machine that has used up its inotify instances has booted long since. */
static void watch_coldplug(struct daemon *daemon)
{
	int r = coldplug_watch(&daemon->coldplug, daemon->event, on_coldplug_end, daemon);

	if (r < 0)
		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r },
			 "can't see when udev has announced all devices: %s: a required buffer that "
			 "waits for one of them fails the start at once, and an event that is lost "
			 "is not noticed", strerror(-r));
}

static int start(struct daemon *daemon)
{
	MEM_AUTO char *missing = NULL;
	int r;

	daemon->manager = manager_inode();
	if (!daemon->manager) {
		missing = module_missing_text();
		log_tell(LOG_KIND_NO_MODULE, NULL, "%s", missing);
		return -ENXIO;
	}
	r = take_records(daemon);
	if (r < 0)
		return r;
	r = start_events(daemon);
	if (r < 0) {
		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r },
			 "can't listen to udev: %s", strerror(-r));
		return r;
	}
	watch_coldplug(daemon);
	pending_begin(&daemon->pending);
	r = work_begin(&daemon->work, daemon->event, daemon->config, &daemon->records,
		       &daemon->pending, on_done, daemon);
	if (r >= 0)
		r = reload_begin(&daemon->reload, daemon->event, on_request, daemon);
	if (r < 0) {
		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r },
			 "can't listen to `systemctl reload`: %s", strerror(-r));
		return r;
	}
	work_add(&daemon->work, WORK_ALL, NULL);
	return 0;
}

/* A restart or an upgrade leaves every buffer as it is; a stop takes the idle ones away. */
static void stop(struct daemon *daemon)
{
	bool is_stopping;
	int r;

	sd_notify(false, "STOPPING=1");
	r = unit_is_stopping(&is_stopping);
	if (r < 0) {
		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r },
			 "buffers stay, because systemd does not say whether this is a stop or a "
			 "restart: %s", strerror(-r));
		return;
	}
	if (!is_stopping) {
		log_tell(LOG_KIND_STATE, NULL, "ends, and leaves every buffer as it is");
		return;
	}
	work_stop(&daemon->work);
}

static void release(struct daemon *daemon)
{
	reload_end(&daemon->reload);
	coldplug_forget(&daemon->coldplug);
	work_end(&daemon->work);
	records_free(&daemon->records);
	pending_end(&daemon->pending);
	sd_device_monitor_unref(daemon->monitor);
	sd_event_unref(daemon->event);
	config_free(daemon->config);
	free(daemon->config);
	free(daemon->status);
	if (daemon->lock >= 0)
		close(daemon->lock);
}

int daemon_run(const char *path)
{
	struct daemon daemon = {
		.path = path,
		.config = mem_grow(NULL, 0, sizeof(*daemon.config)),
		.lock = -1,
		.reload = RELOAD_NONE,
	};
	int r = load(path, daemon.config);

	if (!r)
		r = start(&daemon);
	if (!r)
		r = sd_event_loop(daemon.event);
	if (!r)
		stop(&daemon);
	else
		sd_notifyf(false, "ERRNO=%d", -r);
	release(&daemon);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
