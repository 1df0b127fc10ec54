// SPDX-License-Identifier: GPL-2.0-only
/*
 * udmabufctl set: the sync settings of a buffer, all or none. The node's ioctl sets them in one
 * go and is there for everybody who may write the node; only mode 0 needs the attribute.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/udmabuf.h"
#include "settings.h"
#include "udmabufctl.h"

static int take_always(const char *text, int *ret_always)
{
	if (!strcmp(text, "true"))
		*ret_always = 1;
	else if (!strcmp(text, "false"))
		*ret_always = 0;
	else
		return udmabufctl_usage_error("always '%s' is neither true nor false", text);
	return EXIT_OK;
}

static int take_range(const char *key, const char *text, bool *ret_is_given, uint64_t *ret_number)
{
	*ret_is_given = true;
	return udmabufctl_take_size(key, text, ret_number);
}

static int take_key(const char *key, const char *value, struct config_sync *sync)
{
	if (!strcmp(key, "mode"))
		return udmabufctl_take_sync_mode(value, &sync->mode);
	if (!strcmp(key, "always"))
		return take_always(value, &sync->always);
	if (!strcmp(key, "direction"))
		return udmabufctl_take_direction(value, &sync->direction);
	if (!strcmp(key, "offset"))
		return take_range("offset", value, &sync->has_offset, &sync->offset);
	if (!strcmp(key, "size"))
		return take_range("size", value, &sync->has_size, &sync->size);
	return udmabufctl_usage_error("key '%s' is none of mode, always, direction, offset, size; "
				      "what else a buffer has can't change", key);
}

/* The attributes' own names are known too: sync_mode and so on. */
static int take_setting(const char *word, struct config_sync *sync)
{
	const char *equals = strchr(word, '=');
	char *key;
	int status;

	if (!equals)
		return udmabufctl_usage_error("'%s' is not KEY=VALUE", word);
	if (!strncmp(word, "sync_", 5))
		word += 5;
	key = strndup(word, equals - word);
	if (!key)
		return udmabufctl_fail("%s", strerror(ENOMEM));
	status = take_key(key, equals + 1, sync);
	free(key);
	return status;
}

static int check(const struct config_sync *sync)
{
	if (sync->mode >= UDMABUF_SYNC_ALWAYS && sync->always == 0)
		return udmabufctl_usage_error("mode %d is one that counts always: always=false "
					      "contradicts it", sync->mode);
	if (sync->has_size && !sync->size)
		return udmabufctl_usage_error("size 0 syncs nothing");
	return EXIT_OK;
}

/* By the ioctl, which can't say mode 0: the mode is 0 already or left alone then. */
static int write_settings(const struct udmabuf_info *info)
{
	int fd = udmabuf_open(info->name, O_RDWR);
	int r;

	if (fd < 0)
		return fd;
	r = udmabuf_set_sync(fd, info->sync_mode, info->sync_offset, info->sync_size,
			     info->sync_direction);
	close(fd);
	return r;
}

static int set_mode_zero(const char *name)
{
	int r = udmabuf_set_attribute(name, "sync_mode", 0);

	if (r == -EACCES)
		return udmabufctl_fail("buffer '%s': only root can set mode 0 (cached); mode 4 "
				       "(cached, always=true) maps the same", name);
	return r < 0 ? udmabufctl_explain(name, r) : EXIT_OK;
}

static int write_all(const struct udmabuf_info *before, const struct udmabuf_info *after)
{
	const bool needs_zero = !after->sync_mode && before->sync_mode;
	int status;
	int r;

	if (needs_zero) {
		status = set_mode_zero(after->name);
		if (status != EXIT_OK)
			return status;
	}
	r = write_settings(after);
	if (r < 0 && needs_zero)
		udmabuf_set_attribute(before->name, "sync_mode", before->sync_mode);
	return r < 0 ? udmabufctl_explain(after->name, r) : EXIT_OK;
}

static int set_buffer(const char *name, const struct config_sync *sync)
{
	struct udmabuf_info before, after;
	int r = udmabuf_lookup(name, &before);

	if (r < 0)
		return udmabufctl_explain(name, r);
	after = before;
	settings_apply(sync, &after);
	if (!settings_fit(&after))
		return udmabufctl_fail("buffer '%s': offset %" PRIu64 " and size %" PRIu64 " leave "
				       "the buffer of %" PRIu64 " bytes: give both", name,
				       after.sync_offset, after.sync_size, after.size);
	return write_all(&before, &after);
}

int udmabufctl_set(int argc, char **argv)
{
	struct config_sync sync = CONFIG_SYNC_NONE;
	int status, i;

	if (!udmabufctl_has_words(argc, argv, 2, argc, "NAME and KEY=VALUE after 'set'"))
		return EXIT_USAGE;
	for (i = optind + 1; i < argc; i++) {
		status = take_setting(argv[i], &sync);
		if (status != EXIT_OK)
			return status;
	}
	status = check(&sync);
	return status == EXIT_OK ? set_buffer(argv[optind], &sync) : status;
}
