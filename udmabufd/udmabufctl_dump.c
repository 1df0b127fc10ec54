// SPDX-License-Identifier: GPL-2.0-only
/*
 * udmabufctl dump: what exists, as a configuration that asks for it. What udmabufd made is asked
 * for in the words of its record, for these are what the next plan compares with.
 */
#include "../lib/internal.h"
#include "actual.h"
#include "mem.h"
#include "settings.h"
#include "udmabufctl.h"
#include "udmabufctl_module.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void put_text(const char *key, const char *value)
{
	printf(" %s = \"%s\";", key, value);
}

static void put_size(const char *key, uint64_t size)
{
	char text[UDMABUF_SIZE_TEXT];

	udmabuf_format_size(size, text);
	put_text(key, text);
}

/* Of a buffer that asks for no mask: its device's, or what the module has for those without. */
static int default_dma_mask(const struct udmabuf_info *info)
{
	MEM_AUTO char *path = NULL;
	MEM_AUTO char *line = NULL;

	if (!*info->device)
		path = mem_copy("/sys/module/u_dma_buf/parameters/dma_mask_bit");
	else if (!strncmp(info->device, "pci/", 4))
		path = mem_printf("/sys/bus/pci/devices/%s/dma_mask_bits", info->device + 4);
	else
		return -1;
	line = udmabufctl_first_line(path);
	return line ? atoi(line) : -1;
}

static int default_mmap_mode(void)
{
	MEM_AUTO char *line =
		udmabufctl_first_line("/sys/module/u_dma_buf/parameters/quirk_mmap_mode");

	return line ? atoi(line) : -1;
}

static void put_options(const struct udmabuf_info *info)
{
	put_size("size", info->size);
	if (*info->device)
		put_text("device", info->device);
	if ((int)info->dma_mask != default_dma_mask(info))
		printf(" dma_mask = %u;", info->dma_mask);
	if ((int)info->mmap_mode != default_mmap_mode())
		put_text("mmap", udmabuf_mmap_mode_text(info->mmap_mode));
}

static void put_range(const struct udmabuf_info *info)
{
	if (!info->sync_offset && info->sync_size == info->size)
		return;
	if (!info->sync_size || !settings_fit(info)) {
		udmabufctl_warn("buffer '%s': its sync settings cover a range that leaves it "
				"(offset %" PRIu64 ", size %" PRIu64 "): left out", info->name,
				info->sync_offset, info->sync_size);
		return;
	}
	put_size("offset", info->sync_offset);
	put_size("size", info->sync_size);
}

static void put_sync(const struct udmabuf_info *info)
{
	fputs("\n    sync: {", stdout);
	put_text("mode", udmabuf_caching_text(info->sync_mode));
	if (info->sync_mode & UDMABUF_SYNC_ALWAYS)
		fputs(" always = true;", stdout);
	put_text("direction", udmabuf_direction_text(info->sync_direction));
	put_range(info);
	fputs(" };", stdout);
}

static void put_owner(const struct stat *node)
{
	const struct passwd *user = getpwuid(node->st_uid);

	if (user)
		put_text("owner", user->pw_name);
	else
		printf(" owner = \"%u\";", node->st_uid);
}

static void put_group(const struct stat *node, const struct group *group)
{
	if (group)
		put_text("group", group->gr_name);
	else
		printf(" group = \"%u\";", node->st_gid);
}

/* What differs from what every node gets. */
static void put_node(const struct udmabuf_info *info)
{
	const struct group *group;
	char path[PATH_MAX];
	struct stat node;

	if (udmabuf_path(path, "/dev/%s", info->name) < 0 || stat(path, &node) < 0)
		return;
	group = getgrgid(node.st_gid);
	if (node.st_uid)
		put_owner(&node);
	if (!group || strcmp(group->gr_name, "udmabuf"))
		put_group(&node, group);
	if ((node.st_mode & 07777) != 0660)
		printf(" mode = \"%04o\";", (unsigned int)node.st_mode & 07777);
}

/* A record's word is key=value: numbers and booleans are bare in the configuration. */
static bool is_bare(const char *key)
{
	static const char *const keys[] = { "minor", "dma_mask", "sync.mode", "sync.always" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(key, keys[i]))
			return true;
	}
	return false;
}

/* The next key=value; a value may have blanks in it, such as the name of a group. */
static char *next_word(char **rest)
{
	char *word = *rest;
	char *blank = word ? strchr(word, ' ') : NULL;

	while (blank && blank[1 + strcspn(blank + 1, " =")] != '=')
		blank = strchr(blank + 1, ' ');
	if (blank)
		*blank++ = '\0';
	*rest = blank;
	return word;
}

static void put_words(const char *text)
{
	MEM_AUTO char *copy = mem_copy(text);
	char *rest = copy;
	char *word;

	while ((word = next_word(&rest))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value++ = '\0';
		printf(is_bare(word) ? " %s = %s;" : " %s = \"%s\";",
		       strncmp(word, "sync.", 5) ? word : word + 5, value);
	}
}

/* Return: 0 or -EINVAL. */
static int take_setting(char *word, struct config_sync *sync)
{
	char *value = strchr(word, '=');

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!strcmp(word, "sync.mode"))
		return udmabuf_parse_sync_mode(value, &sync->mode);
	if (!strcmp(word, "sync.direction"))
		return udmabuf_parse_direction(value, &sync->direction);
	if (!strcmp(word, "sync.offset"))
		return udmabuf_parse_size(value, &sync->offset);
	if (!strcmp(word, "sync.size"))
		return udmabuf_parse_size(value, &sync->size);
	sync->always = !strcmp(value, "true");
	return strcmp(word, "sync.always") ? -EINVAL : 0;
}

/* Are the settings still as the record has them, and what it says nothing of as a new buffer has it? */
static bool is_sync_recorded(const struct actual_buffer *buffer)
{
	struct config_sync sync = {
		.mode = 1, .always = -1, .direction = 0,
		.has_offset = true, .has_size = true, .size = buffer->info.size,
	};
	MEM_AUTO char *copy = mem_copy(buffer->record.sync);
	char *rest = copy;
	char *word;

	while (*copy && (word = next_word(&rest))) {
		if (take_setting(word, &sync) < 0)
			return false;
	}
	return settings_are_true(&sync, &buffer->info);
}

static void put_sync_of(const struct actual_buffer *buffer)
{
	if (!buffer->has_record || !is_sync_recorded(buffer)) {
		put_sync(&buffer->info);
	} else if (*buffer->record.sync) {
		fputs("\n    sync: {", stdout);
		put_words(buffer->record.sync);
		fputs(" };", stdout);
	}
}

static void put_node_of(const struct actual_buffer *buffer)
{
	if (buffer->has_record && strcmp(buffer->record.node, RECORD_HALF_DONE))
		put_words(buffer->record.node);
	else
		put_node(&buffer->info);
}

static void put_buffer(const struct actual_buffer *buffer)
{
	put_text("name", buffer->info.name);
	if (buffer->has_record && buffer->record.is_made)
		put_words(buffer->record.options);
	else
		put_options(&buffer->info);
	put_sync_of(buffer);
	put_node_of(buffer);
}

static void put_match(const struct actual_buffer *buffer)
{
	put_text("match", buffer->info.name);
	put_sync_of(buffer);
	put_node_of(buffer);
}

/* What the manager made nobody makes at the next boot; the others come by themselves. */
static bool is_wanted_in_buffers(const struct actual_buffer *buffer)
{
	return !strcmp(buffer->info.origin, "manager");
}

static void put_list(const struct actual *actual, const char *key, bool is_buffers,
		     void (*put)(const struct actual_buffer *buffer))
{
	const char *before = NULL;
	size_t i;

	for (i = 0; i < actual->n_buffers; i++) {
		if (is_wanted_in_buffers(&actual->buffers[i]) != is_buffers)
			continue;
		if (before)
			fputs(before, stdout);
		else
			printf("\n%s: (\n", key);
		fputs("  {", stdout);
		put(&actual->buffers[i]);
		before = " },\n";
	}
	if (before)
		fputs(" }\n);\n", stdout);
}

/* Without the records where these are not for the caller to read. */
static int read_actual(struct actual *ret_actual)
{
	const struct config nothing = { 0 };
	struct records records = { 0 };
	int r = records_read(&records);

	if (r < 0)
		udmabufctl_warn("only root may read what udmabufd was asked for (%s): fixed minor "
				"numbers are left out", strerror(-r));
	r = actual_read(&nothing, &records, ret_actual);
	records_free(&records);
	return r;
}

int udmabufctl_dump(int argc, char **argv)
{
	struct actual actual;
	int r;

	if (!udmabufctl_has_words(argc, argv, 0, 0, "nothing after 'dump'"))
		return EXIT_USAGE;
	r = read_actual(&actual);
	if (!r && !actual.has_module)
		r = -ENXIO;
	if (r < 0)
		return udmabufctl_fail("%s", udmabuf_error_text(r));
	puts("# What 'udmabufctl dump' found; u-dma-buf.conf(5) explains the keys.");
	put_list(&actual, "buffers", true, put_buffer);
	put_list(&actual, "settings", false, put_match);
	actual_free(&actual);
	return EXIT_OK;
}
