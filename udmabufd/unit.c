// SPDX-License-Identifier: GPL-2.0-only
/* Owns the question to systemd: is this a stop or a restart? */
#include "unit.h"
#include "mem.h"

#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

#define SYSTEMD_NAME	"org.freedesktop.systemd1"
#define SYSTEMD_PATH	"/org/freedesktop/systemd1/unit"
#define SYSTEMD_PRIVATE	"unix:path=/run/systemd/private"

/* It answers where there is no message bus, or one that hangs or dies; systemctl uses it too. */
static int open_private(sd_bus **ret_bus)
{
	sd_bus *bus;
	int r = sd_bus_new(&bus);

	if (r < 0)
		return r;
	r = sd_bus_set_address(bus, SYSTEMD_PRIVATE);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0) {
		sd_bus_unref(bus);
		return r;
	}
	*ret_bus = bus;
	return 0;
}

static int open_bus(sd_bus **ret_bus)
{
	int r = open_private(ret_bus);

	return r < 0 ? sd_bus_open_system(ret_bus) : r;
}

static int read_job_path(sd_bus *bus, const char *unit, char **ret_path)
{
	MEM_AUTO char *unit_path = NULL;
	sd_bus_message *reply;
	const char *path;
	uint32_t id;
	int r;

	r = sd_bus_path_encode(SYSTEMD_PATH, unit, &unit_path);
	if (r < 0)
		return r;
	r = sd_bus_get_property(bus, SYSTEMD_NAME, unit_path, SYSTEMD_NAME ".Unit", "Job", NULL,
				&reply, "(uo)");
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "(uo)", &id, &path);
	if (r >= 0) {
		*ret_path = id ? mem_copy(path) : NULL;
		r = 0;
	}
	sd_bus_message_unref(reply);
	return r;
}

static int read_job_type(sd_bus *bus, const char *unit, char **ret_type)
{
	MEM_AUTO char *path = NULL;
	int r = read_job_path(bus, unit, &path);

	if (r < 0)
		return r;
	if (!path) {
		*ret_type = NULL;
		return 0;
	}
	r = sd_bus_get_property_string(bus, SYSTEMD_NAME, path, SYSTEMD_NAME ".Job", "JobType",
				       NULL, ret_type);
	return r < 0 ? r : 0;
}

int unit_is_stopping(bool *ret_is_stopping)
{
	MEM_AUTO char *unit = NULL;
	MEM_AUTO char *type = NULL;
	sd_bus *bus;
	int r;

	if (sd_pid_get_unit(0, &unit) < 0) {
		*ret_is_stopping = false;
		return 0;
	}
	r = open_bus(&bus);
	if (r < 0)
		return r;
	r = read_job_type(bus, unit, &type);
	if (r >= 0)
		*ret_is_stopping = type && !strcmp(type, "stop");
	sd_bus_flush_close_unref(bus);
	return r;
}
