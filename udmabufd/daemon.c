// SPDX-License-Identifier: GPL-2.0-only
/* Owns the daemon's life: start, the events it reacts to, the end. */
#include "daemon.h"
#include "apply.h"
#include "log.h"
#include "mem.h"
#include "module.h"
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define MANAGER_SYSNAME	"u-dma-buf-mgr"
#define MONITOR_BUFFER	(1024 * 1024)

struct daemon {
	sd_event *event;
	sd_device_monitor *monitor;
	struct config config;
	struct apply apply;
	bool is_ready;
};

static void tell_status(struct daemon *daemon)
{
	MEM_AUTO char *status = status_line(&daemon->config, daemon->apply.entries);

	if (!daemon->is_ready && !daemon->apply.n_pending) {
		daemon->is_ready = true;
		sd_notifyf(false, "READY=1\nSTATUS=%s", status);
	} else {
		sd_notifyf(false, "STATUS=%s", status);
	}
}

static void tell_blindness(int error)
{
	MEM_AUTO char *text = actual_error_text(error);

	log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = error }, "%s", text);
}

/*
 * Is it this action's turn? An event of one device or of one buffer is no reason to try again
 * what failed elsewhere, or to make what somebody deleted.
 */
static bool is_due(const struct daemon *daemon, const struct plan_action *action,
		   const char *device, const char *name)
{
	if (name)
		return !strcmp(action->name, name);
	if (!device)
		return true;
	return action->buffer && action->buffer->device &&
	       !strcmp(action->buffer->device, device) &&
	       daemon->apply.entries[action->buffer - daemon->config.buffers].state != ENTRY_THERE;
}

/* All that is to be done; or what has to do with one device, or with one buffer. */
static int reconcile(struct daemon *daemon, const char *device, const char *name)
{
	struct actual actual;
	struct plan plan;
	int r = actual_read(&daemon->config, &actual);

	if (r < 0) {
		tell_blindness(r);
		return r;
	}
	plan_make(&daemon->config, &actual, &plan);
	for (size_t i = 0; i < plan.n_actions; i++) {
		if (is_due(daemon, &plan.actions[i], device, name))
			apply_action(&daemon->apply, &plan.actions[i]);
	}
	plan_free(&plan);
	actual_free(&actual);
	return 0;
}

static void lose_entry(struct daemon *daemon, const char *name)
{
	for (size_t i = 0; i < daemon->config.n_buffers; i++) {
		const struct config_buffer *buffer = &daemon->config.buffers[i];

		if (!buffer->has_mistake && !strcmp(buffer->name, name) &&
		    daemon->apply.entries[i].state == ENTRY_THERE && !record_inode(name))
			apply_lose(&daemon->apply, i);
	}
}

static bool is_entry(const struct daemon *daemon, const char *name)
{
	for (size_t i = 0; i < daemon->config.n_buffers; i++) {
		if (!strcmp(daemon->config.buffers[i].label, name))
			return true;
	}
	return false;
}

static void on_buffer(struct daemon *daemon, sd_device *device, sd_device_action_t action,
		      const char *name)
{
	sd_id128_t trigger;

	if (sd_device_get_trigger_uuid(device, &trigger) < 0)
		trigger = SD_ID128_NULL;
	apply_take_event(&daemon->apply, name, action, trigger);
	if (action == SD_DEVICE_REMOVE)
		lose_entry(daemon, name);
	else if (action == SD_DEVICE_ADD && daemon->config.n_matches && !is_entry(daemon, name))
		reconcile(daemon, NULL, name);
}

static void on_parent(struct daemon *daemon, sd_device_action_t action, const char *subsystem,
		      const char *name)
{
	MEM_AUTO char *device = mem_printf("%s/%s", subsystem, name);

	if (action != SD_DEVICE_ADD && action != SD_DEVICE_BIND)
		return;
	for (size_t i = 0; i < daemon->config.n_buffers; i++) {
		const char *wanted = daemon->config.buffers[i].device;

		if (wanted && !strcmp(wanted, device)) {
			reconcile(daemon, device, NULL);
			return;
		}
	}
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
	else if (!strcmp(name, MANAGER_SYSNAME) && action == SD_DEVICE_ADD)
		reconcile(daemon, NULL, NULL);
	else
		return 0;
	tell_status(daemon);
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
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* By convention it means "read the configuration again", never "end". */
	signal(SIGHUP, SIG_IGN);

	r = sd_event_default(&daemon->event);
	if (r >= 0)
		r = sd_event_add_signal(daemon->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(daemon->event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_set_watchdog(daemon->event, true);
	if (r >= 0)
		r = start_monitor(daemon);
	return r;
}

static int load(struct daemon *daemon, const char *path, bool is_optional)
{
	int r = config_load(path, &daemon->config);
	const bool is_empty = r == -ENOENT && is_optional;

	for (size_t i = 0; i < daemon->config.n_mistakes && !is_empty; i++) {
		const struct config_mistake *mistake = &daemon->config.mistakes[i];
		const struct log_about about = {
			.config_file = path, .config_line = mistake->line, .error = r,
		};

		log_tell(r < 0 ? LOG_KIND_UNREADABLE : LOG_KIND_MISTAKE, &about, "%s",
			 mistake->text);
	}
	return is_empty ? 0 : r;
}

static int start(struct daemon *daemon)
{
	MEM_AUTO char *missing = NULL;
	int r;

	if (access("/dev/" MANAGER_SYSNAME, F_OK) < 0) {
		missing = module_missing_text();
		log_tell(LOG_KIND_NO_MODULE, NULL, "%s", missing);
		return -ENXIO;
	}
	r = record_prepare();
	if (r < 0) {
		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r },
			 "can't keep records in /run/udmabuf: %s", strerror(-r));
		return r;
	}
	r = start_events(daemon);
	if (r < 0) {
		log_tell(LOG_KIND_TROUBLE, &(struct log_about){ .error = r },
			 "can't listen to udev: %s", strerror(-r));
		return r;
	}
	r = reconcile(daemon, NULL, NULL);
	if (r < 0)
		return r;
	missing = status_missing(&daemon->config, daemon->apply.entries);
	if (missing) {
		log_tell(LOG_KIND_REQUIRED, NULL, "start fails, required and missing: %s; the "
			 "other buffers stay, and the next start takes them over", missing);
		return -ENODEV;
	}
	return 0;
}

/* A restart or an upgrade leaves every buffer as it is; a stop takes the idle ones away. */
static void stop(struct daemon *daemon)
{
	struct actual actual;
	struct plan plan;
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
	r = actual_read(&daemon->config, &actual);
	if (r < 0) {
		tell_blindness(r);
		return;
	}
	plan_stop(&actual, &plan);
	for (size_t i = 0; i < plan.n_actions; i++)
		apply_action(&daemon->apply, &plan.actions[i]);
	plan_free(&plan);
	actual_free(&actual);
}

static void release(struct daemon *daemon)
{
	sd_device_monitor_unref(daemon->monitor);
	sd_event_unref(daemon->event);
	apply_end(&daemon->apply);
	config_free(&daemon->config);
}

int daemon_run(const char *path, bool is_optional)
{
	struct daemon daemon = { 0 };
	int r;

	r = load(&daemon, path, is_optional);
	apply_begin(&daemon.apply, &daemon.config);
	if (!r)
		r = start(&daemon);
	if (!r) {
		tell_status(&daemon);
		r = sd_event_loop(daemon.event);
		stop(&daemon);
	}
	if (r < 0)
		sd_notifyf(false, "ERRNO=%d", -r);
	release(&daemon);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
