// SPDX-License-Identifier: LGPL-2.1-or-later
/* Creating and deleting through the manager, whose reason for a failure is handed on. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "udmabuf.h"

int udmabuf_check_name(const char *name, char *ret_reason)
{
	size_t length = strlen(name);
	size_t i;

	if (!length)
		return udmabuf_fail(ret_reason, -EINVAL, "the name of a buffer can't be empty");
	if (length > UDMABUF_NAME_MAX)
		return udmabuf_fail(ret_reason, -EINVAL,
				    "name '%.80s': %zu characters, %d are the most", name, length,
				    UDMABUF_NAME_MAX);
	if (*name == '.' || *name == '-')
		return udmabuf_fail(ret_reason, -EINVAL, "name '%s': can't start with '%c'", name,
				    *name);
	for (i = 0; i < length; i++) {
		unsigned char c = name[i];

		if (c < 0x80 && (isalnum(c) || strchr("._@:+-", c)))
			continue;
		return udmabuf_fail(ret_reason, -EINVAL,
				    isprint(c) ? "name '%s': '%c' is not one of A-Za-z0-9._@:+-" :
				    "name '%s': byte 0x%02x is not one of A-Za-z0-9._@:+-",
				    name, c);
	}
	return 0;
}

int udmabuf_check_node(const char *name, char *ret_reason)
{
	char path[PATH_MAX];
	struct stat node;
	int r;

	r = udmabuf_path(path, "/dev/%s", name);
	if (r == 0 && lstat(path, &node) < 0)
		r = -errno;
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return udmabuf_fail(ret_reason, r, "/dev/%s: %s", name, strerror(-r));
	if (udmabuf_sysfs_path(path, name, NULL) == 0)
		return 0;
	return udmabuf_fail(ret_reason, -EEXIST, "/dev/%s exists and is no u-dma-buf buffer: "
			    "choose another name%s", name, S_ISREG(node.st_mode) ?
			    ", or remove it if it is a left-over file" : "");
}

static bool is_in_range(int value, int low, int high)
{
	return value == -1 || (value >= low && value <= high);
}

static bool is_device_text(const char *device)
{
	return *device && !device[strcspn(device, " \t\n;")];
}

static bool is_good_spec(const struct udmabuf_spec *spec)
{
	return udmabuf_check_name(spec->name, NULL) == 0 && spec->size &&
	       is_in_range(spec->minor, 0, 255) &&
	       is_in_range(spec->dma_mask, 1, 64) &&
	       is_in_range(spec->mmap_mode, UDMABUF_MMAP_OFF, UDMABUF_MMAP_PAGE) &&
	       is_in_range(spec->sync_mode, 0, UDMABUF_SYNC_MODE_MAX) &&
	       is_in_range(spec->sync_direction, UDMABUF_BIDIRECTIONAL, UDMABUF_FROM_DEVICE) &&
	       (!spec->device || is_device_text(spec->device));
}

static void print_device(FILE *out, const char *device)
{
	const char *slash = strchr(device, '/');

	if (slash)
		fprintf(out, " bus=%.*s device=%s", (int)(slash - device), device, slash + 1);
	else
		fprintf(out, " device=%s", device);
}

static void print_sync(FILE *out, const struct udmabuf_spec *spec)
{
	if (spec->sync_mode >= 0)
		fprintf(out, " sync-mode=%d", spec->sync_mode);
	if (spec->is_sync_always)
		fputs(" sync-always", out);
	if (spec->sync_offset)
		fprintf(out, " sync-offset=%" PRIu64, spec->sync_offset);
	if (spec->sync_size)
		fprintf(out, " sync-size=%" PRIu64, spec->sync_size);
	if (spec->sync_direction >= 0)
		fprintf(out, " sync-direction=%d", spec->sync_direction);
}

static void print_create(FILE *out, const struct udmabuf_spec *spec)
{
	fprintf(out, "create %s %" PRIu64, spec->name, spec->size);
	if (spec->minor >= 0)
		fprintf(out, " minor=%d", spec->minor);
	if (spec->device)
		print_device(out, spec->device);
	if (spec->dma_mask >= 0)
		fprintf(out, " dma-mask=%d", spec->dma_mask);
	if (spec->mmap_mode >= 0)
		fprintf(out, " quirk-mmap-%s", udmabuf_mmap_mode_text(spec->mmap_mode));
	print_sync(out, spec);
}

/* What the manager would refuse, in words that say more, and what it would not notice. */
static int check_spec(const struct udmabuf_spec *spec, char *ret_reason)
{
	int r;

	r = udmabuf_check_name(spec->name, ret_reason);
	if (r < 0)
		return r;
	if (!spec->size)
		return udmabuf_fail(ret_reason, -EINVAL, "buffer '%s': size 0: give it at least 1",
				    spec->name);
	if (spec->device && !is_device_text(spec->device))
		return udmabuf_fail(ret_reason, -EINVAL, "buffer '%s': device '%s' can't be one: "
				    "[pci/|platform/]<device>, without blanks", spec->name,
				    spec->device);
	if (!is_good_spec(spec))
		return udmabuf_fail(ret_reason, -EINVAL, "buffer '%s': an option is out of range",
				    spec->name);
	return udmabuf_check_node(spec->name, ret_reason);
}

static int format_create(const struct udmabuf_spec *spec, char **ret_command)
{
	char *command = NULL;
	size_t length;
	FILE *out;

	out = open_memstream(&command, &length);
	if (!out)
		return -ENOMEM;
	print_create(out, spec);
	if (fclose(out)) {
		free(command);
		return -ENOMEM;
	}
	*ret_command = command;
	return 0;
}

int udmabuf_format_create(const struct udmabuf_spec *spec, char **ret_command)
{
	return is_good_spec(spec) ? format_create(spec, ret_command) : -EINVAL;
}

int udmabuf_open_manager(char *ret_reason)
{
	char path[PATH_MAX];
	int fd;
	int r;

	r = udmabuf_path(path, UDMABUF_MANAGER);
	if (r < 0)
		return udmabuf_fail(ret_reason, r, UDMABUF_MANAGER ": %s", strerror(-r));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		return udmabuf_fail(ret_reason, -ENXIO, "%s", udmabuf_error_text(-ENXIO));
	if (errno == EACCES || errno == EPERM)
		return udmabuf_fail(ret_reason, -EACCES, UDMABUF_MANAGER ": %s: only root "
				    "creates and deletes buffers", strerror(errno));
	r = -errno;
	return udmabuf_fail(ret_reason, r, UDMABUF_MANAGER ": %s", strerror(-r));
}

/* The kernel's line, or where it gives none, what the error number says of the command. */
static int hand_on_reason(int fd, const char *command, int error, char *ret_reason)
{
	char reason[UDMABUF_REASON_SIZE];
	ssize_t length;

	length = read(fd, reason, sizeof(reason) - 1);
	reason[length < 0 ? 0 : length] = '\0';
	reason[strcspn(reason, "\n")] = '\0';
	if (*reason)
		return udmabuf_fail(ret_reason, error, "%s", reason);
	return udmabuf_fail(ret_reason, error, "%s: %s", command, strerror(-error));
}

static int submit(int fd, const char *command, char *ret_reason)
{
	ssize_t written;

	do
		written = write(fd, command, strlen(command));
	while (written < 0 && errno == EINTR);
	if (written > 0)
		return 0;
	return hand_on_reason(fd, command, written ? -errno : -EIO, ret_reason);
}

static int create(int fd, const struct udmabuf_spec *spec, char *ret_reason)
{
	char *command;
	int r;

	r = format_create(spec, &command);
	if (r < 0)
		return udmabuf_fail(ret_reason, r, "buffer '%s': %s", spec->name, strerror(-r));
	r = submit(fd, command, ret_reason);
	free(command);
	return r;
}

int udmabuf_create_on(int manager, const struct udmabuf_spec *spec, char *ret_reason)
{
	int r = check_spec(spec, ret_reason);

	return r < 0 ? r : create(manager, spec, ret_reason);
}

int udmabuf_create(const struct udmabuf_spec *spec, char *ret_reason)
{
	int fd;
	int r;

	r = check_spec(spec, ret_reason);
	if (r < 0)
		return r;
	fd = udmabuf_open_manager(ret_reason);
	if (fd < 0)
		return fd;
	r = create(fd, spec, ret_reason);
	close(fd);
	return r;
}

/* Names from the device tree have other rules, but never what would be another command. */
static bool is_one_token(const char *name)
{
	return *name && !name[strcspn(name, " \t\n;/")];
}

int udmabuf_delete(const char *name, bool is_forced, char *ret_reason)
{
	char *command;
	int fd, r;

	if (!is_one_token(name))
		return udmabuf_fail(ret_reason, -EINVAL, "'%s' is no name of a buffer", name);
	fd = udmabuf_open_manager(ret_reason);
	if (fd < 0)
		return fd;
	if (asprintf(&command, "delete %s%s", name, is_forced ? " force" : "") < 0) {
		r = udmabuf_fail(ret_reason, -ENOMEM, "buffer '%s': %s", name, strerror(ENOMEM));
	} else {
		r = submit(fd, command, ret_reason);
		free(command);
	}
	close(fd);
	return r;
}
