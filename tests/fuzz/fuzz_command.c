// SPDX-License-Identifier: GPL-2.0-only
/* The manager's grammar: src/command.c and src/spec.c as the module has them. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "command.h"
#include "fuzz.h"

static void check_reason(int err, const struct udmabuf_error *error)
{
	size_t length = strnlen(error->text, sizeof(error->text));

	expect(err == -EINVAL, "EINVAL, got %d", err);
	expect(length && length < sizeof(error->text), "a reason that ends, got %zu bytes", length);
	for (size_t i = 0; i < length; i++)
		expect(isascii(error->text[i]) && isprint(error->text[i]),
		       "a printable reason, got '%s'", error->text);
}

/* The C library's reading of a number, without what only it knows: signs and blanks. */
static bool is_model_number(const char *text, unsigned int shift, uint64_t *ret_value)
{
	unsigned __int128 value;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = (unsigned __int128)strtoull(text, &end, 0) << shift;
	if (errno || *end || value > UINT64_MAX)
		return false;
	*ret_value = value;
	return true;
}

static unsigned int unit_of(char last)
{
	static const char units[] = "KMG";
	const char *unit = strchr(units, toupper((unsigned char)last));

	return last && unit ? 10 * (unit - units + 1) : 0;
}

static void a_number_is_what_the_c_library_reads(const char *data, size_t size)
{
	struct udmabuf_word word = { data, size };
	char *text = strndup(data, size);
	size_t length = strlen(text);
	unsigned int shift = length ? unit_of(text[length - 1]) : 0;
	uint64_t expected = 7;
	u64 got = 7;
	int expected_error, err;

	if (shift)
		text[length - 1] = '\0';
	expected_error = length == size && is_model_number(text, shift, &expected) ? 0 : -EINVAL;
	err = udmabuf_parse_size(word, &got);
	expect(err == expected_error, "%d for '%s', got %d", expected_error, text, err);
	expect(got == expected, "%llu for '%s', got %llu", (unsigned long long)expected, text, got);
	free(text);
}

static bool is_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@:+-";

	return *name && *name != '.' && *name != '-' && strlen(name) < 64 &&
	       strspn(name, letters) == strlen(name);
}

static void a_spec_keeps_the_limits(const struct udmabuf_spec *spec)
{
	const struct udmabuf_sync_settings *sync = &spec->sync;

	expect(is_name(spec->name), "a name, got '%s'", spec->name);
	expect(spec->size, "a size, got 0");
	expect(spec->minor >= -1 && spec->minor < 256, "a minor, got %d", spec->minor);
	expect(spec->dma_mask_bits <= 64, "a mask, got %d bits", spec->dma_mask_bits);
	expect(spec->mmap_mode <= UDMABUF_MMAP_PAGE, "an mmap mode, got %d", spec->mmap_mode);
	expect(sync->mode < 8 && sync->direction < 3, "sync settings, got mode %d direction %d",
	       sync->mode, sync->direction);
	expect(sync->offset <= spec->size, "an offset within %llu, got %llu", spec->size,
	       sync->offset);
	expect(!(spec->given & 1 << UDMABUF_SET_SYNC_SIZE) ||
	       is_inside(sync->offset, sync->size, spec->size),
	       "a range within %llu, got %llu from %llu on", spec->size, sync->size, sync->offset);
	expect(strlen(spec->bus) < sizeof(spec->bus) && strlen(spec->device) < sizeof(spec->device) &&
	       !strpbrk(spec->bus, "/ \t\n;") && !strpbrk(spec->device, "/ \t\n;"),
	       "a bus and a device, got '%s' and '%s'", spec->bus, spec->device);
	expect(!spec->bus[0] || spec->device[0], "a device on bus %s, got none", spec->bus);
}

static u64 number_of(const struct udmabuf_spec *spec, enum udmabuf_setting setting)
{
	switch (setting) {
	case UDMABUF_SET_SIZE:
		return spec->size;
	case UDMABUF_SET_MINOR:
		return spec->minor;
	case UDMABUF_SET_DMA_MASK:
		return spec->dma_mask_bits;
	case UDMABUF_SET_SYNC_MODE:
		return spec->sync.mode;
	case UDMABUF_SET_SYNC_OFFSET:
		return spec->sync.offset;
	case UDMABUF_SET_SYNC_SIZE:
		return spec->sync.size;
	default:
		return spec->sync.direction;
	}
}

/* What was given, as a command, in an order of its own. */
static char *print_create(const struct udmabuf_spec *spec, size_t *ret_length)
{
	static const char *const mmap_words[] = { "", "off", "on", "auto", "page" };
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);

	fprintf(out, "create %s", spec->name);
	for (int i = UDMABUF_NUMBER_SETTINGS - 1; i >= 0; i--)
		if (spec->given & 1 << i)
			fprintf(out, " %s=%llu", udmabuf_setting_name(i), number_of(spec, i));
	if (spec->given & 1 << UDMABUF_SET_SYNC_ALWAYS)
		fputs(" sync-always", out);
	if (spec->given & 1 << UDMABUF_SET_MMAP)
		fprintf(out, " quirk-mmap-%s", mmap_words[spec->mmap_mode]);
	if (spec->given & 1 << UDMABUF_SET_BUS)
		fprintf(out, " bus=%s", spec->bus);
	if (spec->given & 1 << UDMABUF_SET_DEVICE)
		fprintf(out, " device=%s", spec->device);
	fclose(out);
	return text;
}

static void what_was_accepted_is_accepted_again_and_means_the_same(const struct udmabuf_spec *spec)
{
	struct udmabuf_command again;
	struct udmabuf_error error;
	size_t length;
	char *text = print_create(spec, &length);
	int err = udmabuf_command_parse(text, length, &again, &error);

	expect(!err, "'%s' to be accepted, got %s", text, error.text);
	expect(!memcmp(spec, &again.spec, sizeof(*spec)), "'%s' to mean the same", text);
	free(text);
}

static void a_command_is_refused_with_a_reason_or_understood(const char *data, size_t size)
{
	struct udmabuf_command command;
	struct udmabuf_error error = { "" };
	int err;

	memset(&command, 0xa5, sizeof(command));
	err = udmabuf_command_parse(data, size, &command, &error);
	if (err) {
		check_reason(err, &error);
	} else if (command.verb == UDMABUF_CREATE) {
		a_spec_keeps_the_limits(&command.spec);
		what_was_accepted_is_accepted_again_and_means_the_same(&command.spec);
	}
}

static void commands_are_cut_at_separators(const char *data, size_t size)
{
	size_t cut = udmabuf_command_cut(data, size);
	size_t done = 0;

	expect(cut <= size && (!cut || strchr("\n;", data[cut - 1])), "a separator at %zu", cut);
	while (done < size) {
		size_t length = udmabuf_command_length(data + done, size - done);

		expect(length && length <= size - done, "a command within %zu bytes, got %zu",
		       size - done, length);
		for (size_t i = 0; i + 1 < length; i++)
			expect(!data[done + i] || !strchr("\n;", data[done + i]),
			       "no separator within a command, got one at %zu", done + i);
		a_command_is_refused_with_a_reason_or_understood(data + done, length);
		done += length;
	}
}

static void a_parent_is_bus_and_device(const char *data, size_t size)
{
	struct udmabuf_word word = { data, size };
	struct udmabuf_error error = { "" };
	struct udmabuf_spec spec;
	char text[256];
	int err;

	udmabuf_spec_init(&spec, UDMABUF_FROM_PARAMETER);
	err = udmabuf_spec_set_parent(&spec, word, &error);
	if (err) {
		check_reason(err, &error);
		return;
	}
	snprintf(text, sizeof(text), "%s%s%s", spec.bus, spec.bus[0] ? "/" : "", spec.device);
	expect(strlen(text) == size && !memcmp(text, data, size), "the words of '%.*s', got '%s'",
	       (int)size, data, text);
}

static void a_setter_that_refuses_changes_nothing(const char *data, size_t size)
{
	struct udmabuf_word word = { data, size };
	struct udmabuf_error error;
	struct udmabuf_spec before, spec;

	udmabuf_spec_init(&before, UDMABUF_FROM_MANAGER);
	spec = before;
	if (udmabuf_spec_set_name(&spec, word, false, &error))
		expect(!memcmp(&spec, &before, sizeof(spec)), "no change by a name");
	spec = before;
	if (udmabuf_spec_set_bus(&spec, word, &error))
		expect(!memcmp(&spec, &before, sizeof(spec)), "no change by a bus");
	spec = before;
	if (udmabuf_spec_set_device(&spec, word, &error))
		expect(!memcmp(&spec, &before, sizeof(spec)), "no change by a device");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	a_number_is_what_the_c_library_reads(text, size);
	a_parent_is_bus_and_device(text, size);
	a_setter_that_refuses_changes_nothing(text, size);
	commands_are_cut_at_separators(text, size);
	return 0;
}
