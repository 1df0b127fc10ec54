// SPDX-License-Identifier: GPL-2.0-only
/* Owns how a buffer, and what became of them all, is put for people. */
#include "status.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* Of a message of 4 KiB or more systemd drops all, READY too; a reason has some 500 bytes at most. */
#define NAMED_MAX 1024

char *status_buffer(const struct udmabuf_info *info)
{
	char size[UDMABUF_SIZE_TEXT];

	udmabuf_format_size(info->size, size);
	return mem_printf("%s (%ju bytes) at DMA address 0x%jx, device %s, memory %s, "
			  "mapped %s (mmap %s), sync %s of %ju bytes from %ju, %s", size,
			  (uintmax_t)info->size, (uintmax_t)info->dma_addr,
			  *info->device ? info->device : "none", info->memory,
			  udmabuf_mapping_text(info),
			  udmabuf_mmap_mode_text(info->mmap_mode),
			  udmabuf_direction_text(info->sync_direction),
			  (uintmax_t)info->sync_size, (uintmax_t)info->sync_offset,
			  info->is_coherent ? "coherent" : "not coherent");
}

static void append_bytes(char **text, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	/* Two digits are enough to know which buffers are meant, and 64 KiB has no fraction. */
	mem_append(text, value < 100 && value != (double)(uint64_t)value ? "%.1f %s" : "%.0f %s",
		   value, units[unit]);
}

char **status_others_why(struct status_others *others, const char *name)
{
	for (size_t i = 0; i < others->count; i++) {
		if (!strcmp(others->list[i].name, name))
			return &others->list[i].why;
	}
	others->list = mem_grow(others->list, others->count, sizeof(*others->list));
	others->list[others->count].name = mem_copy(name);
	return &others->list[others->count++].why;
}

static void free_other(struct status_other *other)
{
	free(other->name);
	free(other->why);
}

void status_others_drop(struct status_others *others, const char *name)
{
	for (size_t i = 0; i < others->count; i++) {
		if (strcmp(others->list[i].name, name))
			continue;
		free_other(&others->list[i]);
		others->list[i] = others->list[--others->count];
		return;
	}
}

void status_others_free(struct status_others *others)
{
	for (size_t i = 0; i < others->count; i++)
		free_other(&others->list[i]);
	free(others->list);
	*others = (struct status_others){ 0 };
}

/* What is wrong, as far as there is room for it. */
struct wrongs {
	char *text;
	size_t unnamed;
};

static void add_wrong(struct wrongs *wrongs, const char *label, const char *why)
{
	if (wrongs->text && strlen(wrongs->text) > NAMED_MAX)
		wrongs->unnamed++;
	else
		mem_append(&wrongs->text, "; %s: %s", label, why);
}

static void append_wrongs(char **status, struct wrongs *wrongs)
{
	if (wrongs->text)
		mem_append(status, "%s", wrongs->text);
	if (wrongs->unnamed)
		mem_append(status, "; and %zu more", wrongs->unnamed);
	free(wrongs->text);
}

char *status_line(const struct config *config, const struct entry_status *entries,
		  const struct status_others *others, int note_error)
{
	struct wrongs wrongs = { 0 };
	char *status = NULL;
	uint64_t bytes = 0;
	size_t there = 0;

	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct entry_status *entry = &entries[i];

		if (entry->state == ENTRY_THERE) {
			there++;
			bytes += entry->size;
			if (!entry->why)
				continue;
		}
		add_wrong(&wrongs, config->buffers[i].label, entry->why ? entry->why : "not tried");
	}
	for (size_t i = 0; i < others->count; i++)
		add_wrong(&wrongs, others->list[i].name, others->list[i].why);
	if (config->n_buffers) {
		mem_append(&status, "%zu of %zu buffers, ", there, config->n_buffers);
		append_bytes(&status, bytes);
	} else {
		mem_append(&status, "no buffer is configured");
	}
	append_wrongs(&status, &wrongs);
	if (config->has_mistake_outside)
		mem_append(&status, "; a mistake outside of the buffers' entries, see the journal");
	if (note_error)
		mem_append(&status, "; not noted in /run/udmabuf: %s", strerror(-note_error));
	return status;
}

bool status_is_missing(const struct config_buffer *buffer, const struct entry_status *entry)
{
	return buffer->is_required && entry->state != ENTRY_THERE;
}

char *status_missing(const struct config *config, const struct entry_status *entries)
{
	char *missing = NULL;

	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct config_buffer *buffer = &config->buffers[i];

		if (status_is_missing(buffer, &entries[i]))
			mem_append(&missing, "%s%s (%s)", missing ? ", " : "", buffer->label,
				   entries[i].why ? entries[i].why : "not tried");
	}
	return missing;
}

bool status_may_come(const struct config *config, const struct entry_status *entries)
{
	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct config_buffer *buffer = &config->buffers[i];

		if (status_is_missing(buffer, &entries[i]) &&
		    (buffer->has_mistake || !buffer->device))
			return false;
	}
	return true;
}
