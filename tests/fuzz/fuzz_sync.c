// SPDX-License-Identifier: GPL-2.0-only
/* The range arithmetic of sync words, ioctl 9 and ioctl 32: src/sync.h as the module has it. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "sync.h"

#define RANGES_MAX 8

struct input {
	uint64_t buffer_size;
	uint64_t word;
	struct udmabuf_sync_settings settings;
	struct u_dma_buf_ioctl_sync arg;
	uint8_t count;
	struct u_dma_buf_sync_range ranges[RANGES_MAX];
};

/* The settings as the driver keeps them: within their own limits, and no more than that. */
static void make_settings_possible(struct udmabuf_sync_settings *settings, uint64_t buffer_size)
{
	settings->mode &= 7;
	settings->direction %= 3;
	if (settings->offset > buffer_size)
		settings->offset %= buffer_size + 1;
	if (settings->size > buffer_size)
		settings->size %= buffer_size + 1;
}

static void a_word_is_decoded_as_its_bits_say(const struct input *in)
{
	struct udmabuf_sync_request got = { 1, 2, 3 };
	struct udmabuf_sync_request expected = {
		.offset = in->word / 0x100000000,
		.size = in->word % 0x100000000 / 16 * 16,
		.direction = in->word / 4 % 4,
	};
	bool is_right = in->word % 4 && expected.size && expected.direction != 3;
	int err;

	if (in->word == 1) {
		expected = (struct udmabuf_sync_request){
			in->settings.offset, in->settings.size, in->settings.direction,
		};
		is_right = true;
	}
	is_right = is_right && is_inside(expected.offset, expected.size, in->buffer_size);
	if (!is_right)
		expected = got;
	err = udmabuf_sync_decode(in->word, &in->settings, in->buffer_size, &got);
	expect(err == (is_right ? 0 : -EINVAL), "%d for word 0x%llx, got %d",
	       is_right ? 0 : -EINVAL, (unsigned long long)in->word, err);
	expect(got.offset == expected.offset && got.size == expected.size &&
	       got.direction == expected.direction, "%llu bytes from %llu on, got %llu from %llu on",
	       expected.size, expected.offset, got.size, got.offset);
}

static void settings_change_whole_or_not_at_all(const struct input *in)
{
	static const uint64_t known = 0x1ffffULL & ~0xf0ULL;
	struct udmabuf_sync_settings got = in->settings, expected = in->settings;
	unsigned int mode = in->arg.flags / 0x100 % 0x100, direction = in->arg.flags / 4 % 4;
	unsigned int command = in->arg.flags % 4, got_command = 7;
	uint64_t size = in->arg.size ?: (command ? in->settings.size : 0);
	bool is_right = !(in->arg.flags & ~known) && mode < 8 && direction < 3 && command != 2 &&
			is_inside(in->arg.offset, size, in->buffer_size);
	int err = udmabuf_sync_merge(&in->arg, &got, in->buffer_size, &got, &got_command);

	expect(err == (is_right ? 0 : -EINVAL), "%d for flags 0x%llx, got %d",
	       is_right ? 0 : -EINVAL, in->arg.flags, err);
	expect(got_command == (is_right ? command : 7), "command %u, got %u", command, got_command);
	if (is_right) {
		expected.offset = in->arg.offset;
		expected.direction = direction;
		if (in->arg.size)
			expected.size = in->arg.size;
		if (mode)
			expected.mode = mode;
	}
	expect(got.offset == expected.offset && got.size == expected.size &&
	       got.mode == expected.mode && got.direction == expected.direction,
	       "settings %llu from %llu on, got %llu from %llu on", expected.size, expected.offset,
	       got.size, got.offset);
	/* A command that was given is one that can be done. */
	if (is_right && command)
		expect(is_inside(got.offset, got.size, in->buffer_size),
		       "a range within %llu, got %llu from %llu on",
		       (unsigned long long)in->buffer_size, got.size, got.offset);
}

static void a_batch_is_right_where_each_range_is(const struct input *in)
{
	unsigned int count = in->count % (RANGES_MAX + 1);
	bool is_right = true;

	for (unsigned int i = 0; i < count; i++) {
		const struct u_dma_buf_sync_range *range = &in->ranges[i];

		is_right = is_right && range->size && range->direction < 3 && !range->flags &&
			   is_inside(range->offset, range->size, in->buffer_size);
	}
	expect(udmabuf_sync_ranges_are_valid(in->ranges, count, in->buffer_size) == is_right,
	       "%d for %u ranges, got the contrary", is_right, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;

	memset(&in, 0, sizeof(in));
	memcpy(&in, data, size < sizeof(in) ? size : sizeof(in));
	in.buffer_size = in.buffer_size ?: 1;
	make_settings_possible(&in.settings, in.buffer_size);
	a_word_is_decoded_as_its_bits_say(&in);
	settings_change_whole_or_not_at_all(&in);
	a_batch_is_right_where_each_range_is(&in);
	return 0;
}
