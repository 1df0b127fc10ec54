// SPDX-License-Identifier: GPL-2.0-only
/* udmabufd's reader of /etc/u-dma-buf.conf, and whether the driver takes what comes out of it. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "driver_grammar.h"
#include "fuzz.h"
#include "source.h"

/* The same users and groups on every machine, and no file opened for them. */
struct passwd *getpwnam(const char *name)
{
	static struct passwd root;

	return strcmp(name, "root") ? NULL : &root;
}

struct group *getgrnam(const char *name)
{
	static struct group video;

	return strcmp(name, "video") ? NULL : &video;
}

/* What libconfig's scanner holds when it meets an error, it forgets. */
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

static void a_mistake_is_one_line_that_names_its_place(const struct config *config,
						       const struct config_mistake *mistake)
{
	size_t length = strlen(config->path);
	const char *rest = mistake->text + length;
	unsigned int line = 0;
	int used = 0;

	expect(!strncmp(mistake->text, config->path, length) && *rest == ':', "%s:, got '%s'",
	       config->path, mistake->text);
	if (mistake->line) {
		sscanf(rest, ":%u%n", &line, &used);
		rest += used;
	}
	expect(line == mistake->line && !strncmp(rest, ": ", 2) && rest[2],
	       "line %u and a text, got '%s'", mistake->line, mistake->text);
	for (const char *c = mistake->text; *c; c++)
		expect((unsigned char)*c >= ' ' && *c != 0x7f, "one line, got '%s'", mistake->text);
}

static void a_refused_entry_has_a_mistake(const struct config *config, const char *label)
{
	char mark[160];

	snprintf(mark, sizeof(mark), ": %s: ", label);
	for (size_t i = 0; i < config->n_mistakes; i++)
		if (strstr(config->mistakes[i].text, mark))
			return;
	expect(0, "a mistake of %s among %zu, got none", label, config->n_mistakes);
}

static void it_says_what_the_entry_says(const struct config_buffer *buffer,
					const struct driver_view *view)
{
	const struct config_sync *sync = &buffer->sync;
	int mode = sync->mode < 0 ? 1 : sync->mode;

	if (sync->always == 1)
		mode |= UDMABUF_SYNC_ALWAYS;
	expect(!strcmp(view->name, buffer->name), "name %s, got %s", buffer->name, view->name);
	expect(!strcmp(view->parent, buffer->device ? buffer->device : ""), "device %s, got %s",
	       buffer->device, view->parent);
	expect(view->size == buffer->size, "another size of %s", buffer->name);
	expect(view->minor == buffer->minor, "minor %d, got %d", buffer->minor, view->minor);
	expect(view->dma_mask == (buffer->dma_mask < 0 ? 0 : buffer->dma_mask), "mask %d, got %d",
	       buffer->dma_mask, view->dma_mask);
	expect(view->mmap_mode == (buffer->mmap_mode < 0 ? 0 : buffer->mmap_mode),
	       "mmap mode %d, got %d", buffer->mmap_mode, view->mmap_mode);
	expect(view->sync_mode == mode, "sync mode %d, got %d", mode, view->sync_mode);
	expect(view->sync_direction == (sync->direction < 0 ? 0 : sync->direction),
	       "direction %d, got %d", sync->direction, view->sync_direction);
	expect(view->sync_offset == sync->offset &&
	       view->sync_size == (sync->has_size ? sync->size : buffer->size) &&
	       is_inside(view->sync_offset, view->sync_size, view->size),
	       "the range of %s within its buffer", buffer->name);
}

static void the_driver_takes_it(const struct config_buffer *buffer)
{
	struct udmabuf_spec spec = config_buffer_spec(buffer);
	struct driver_view view;
	const char *reason;
	char *command;
	int r = udmabuf_format_create(&spec, &command);

	expect(!r, "a command for %s, got %d", buffer->name, r);
	r = driver_view(command, &view, &reason);
	expect(!r, "the driver to take '%s', got %s", command, reason);
	it_says_what_the_entry_says(buffer, &view);
	free(command);
}

static void a_good_node_has_a_mode(const struct config_node *node)
{
	expect(node->mode >= -1 && node->mode <= 0777, "a mode, got %#o", node->mode);
	expect(!node->owner || *node->owner, "an owner, got ''");
	expect(!node->group || *node->group, "a group, got ''");
}

static void every_entry_is_good_or_explained(const struct config *config)
{
	char label[32];

	for (size_t i = 0; i < config->n_buffers; i++) {
		const struct config_buffer *buffer = &config->buffers[i];

		a_good_node_has_a_mode(&buffer->node);
		if (buffer->has_mistake)
			a_refused_entry_has_a_mistake(config, buffer->label);
		else
			the_driver_takes_it(buffer);
	}
	for (size_t i = 0; i < config->n_matches; i++) {
		const struct config_match *match = &config->matches[i];

		a_good_node_has_a_mode(&match->node);
		snprintf(label, sizeof(label), "settings[%zu]", i);
		if (match->has_mistake)
			a_refused_entry_has_a_mistake(config, label);
		else
			expect(match->pattern && *match->pattern, "a pattern, got none");
	}
}

static void a_file_that_does_not_parse_says_nothing_else(const struct config *config, int r)
{
	expect(r == -EBADMSG || r == -EILSEQ, "EBADMSG or EILSEQ, got %d", r);
	expect(config->n_mistakes == 1, "one mistake, got %zu", config->n_mistakes);
	expect(!config->n_buffers && !config->n_matches, "no entry, got %zu and %zu",
	       config->n_buffers, config->n_matches);
}

/* Nothing but an L behind a number, so that lines and texts stay what they are. */
static void widening_adds_what_is_needed_once(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	const char *reason, *again_reason;
	unsigned int line, again_line;
	char *wide = source_widen_integers(text, &line, &reason);
	char *again = source_widen_integers(wide, &again_line, &again_reason);
	const char *at = text;

	for (const char *c = wide; *c; c++) {
		if (*c == *at)
			at++;
		else
			expect(*c == 'L' && at > text, "an L at most, got '%c'", *c);
	}
	expect(!*at, "all of the text, got it without '%s'", at);
	expect(!strcmp(wide, again) && line == again_line && reason == again_reason, "no more at the second time");
	free(text);
	free(wide);
	free(again);
}

/* A file that holds @data, by the same path each time. */
static const char *write_file(const uint8_t *data, size_t size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("config", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	int r;

	widening_adds_what_is_needed_once(data, size);
	r = config_load(write_file(data, size), &config);
	for (size_t i = 0; i < config.n_mistakes; i++)
		a_mistake_is_one_line_that_names_its_place(&config, &config.mistakes[i]);
	if (r)
		a_file_that_does_not_parse_says_nothing_else(&config, r);
	else
		every_entry_is_good_or_explained(&config);
	config_free(&config);
	return 0;
}
