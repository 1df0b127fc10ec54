// SPDX-License-Identifier: GPL-2.0-only
/* The manager's grammar, from src/command.c and src/spec.c as the module has them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "command.h"
#include "sync.h"

static int parse(const char *text, struct udmabuf_command *command, struct udmabuf_error *error)
{
	/* A copy of the exact length, so that the sanitizer sees a step past its end. */
	size_t len = strlen(text);
	char *copy = test_malloc(len ? len : 1);
	int err;

	memcpy(copy, text, len);
	memset(error, 0, sizeof(*error));
	err = udmabuf_command_parse(copy, len, command, error);
	test_free(copy);
	return err;
}

static struct udmabuf_command accepted(const char *text)
{
	struct udmabuf_command command;
	struct udmabuf_error error;
	int err = parse(text, &command, &error);

	if (err)
		fail_msg("\"%s\": expected 0, got %d: %s", text, err, error.text);
	return command;
}

static void refused(const char *text, const char *expected_in_reason)
{
	struct udmabuf_command command;
	struct udmabuf_error error;
	int err = parse(text, &command, &error);

	if (err != -EINVAL)
		fail_msg("\"%s\": expected EINVAL, got %d", text, err);
	if (!strstr(error.text, expected_in_reason))
		fail_msg("\"%s\": expected a reason with '%s', got '%s'", text, expected_in_reason,
			 error.text);
}

static void create_takes_a_name_and_a_size(void **state)
{
	struct udmabuf_command command = accepted("create udmabuf8 0x10000\n");

	assert_int_equal(command.verb, UDMABUF_CREATE);
	assert_string_equal(command.spec.name, "udmabuf8");
	assert_int_equal(command.spec.size, 0x10000);
	assert_int_equal(command.spec.minor, UDMABUF_MINOR_ANY);
	assert_int_equal(command.spec.dma_mask_bits, 0);
	assert_int_equal(command.spec.mmap_mode, UDMABUF_MMAP_DEFAULT);
	assert_int_equal(command.spec.sync.mode, 1);
	assert_int_equal(command.spec.sync.offset, 0);
	assert_int_equal(command.spec.sync.size, 0x10000);
	assert_int_equal(command.spec.sync.direction, 0);
	assert_string_equal(command.spec.device, "");
}

static void create_takes_every_option(void **state)
{
	struct udmabuf_command command =
		accepted("\t create  a size=2M minor=7 bus=pci device=0000:00:03.0 dma-mask=40 "
			 "quirk-mmap-page sync-mode=2 sync-always sync-offset=4K sync-size=0x100 "
			 "sync-direction=2 ;");

	assert_int_equal(command.spec.size, 2 << 20);
	assert_int_equal(command.spec.minor, 7);
	assert_string_equal(command.spec.bus, "pci");
	assert_string_equal(command.spec.device, "0000:00:03.0");
	assert_int_equal(command.spec.dma_mask_bits, 40);
	assert_int_equal(command.spec.mmap_mode, UDMABUF_MMAP_PAGE);
	assert_int_equal(command.spec.sync.mode, 6);
	assert_int_equal(command.spec.sync.offset, 4096);
	assert_int_equal(command.spec.sync.size, 0x100);
	assert_int_equal(command.spec.sync.direction, 2);
}

static void always_counts_before_and_behind_the_mode(void **state)
{
	assert_int_equal(accepted("create a 1 sync-always sync-mode=2").spec.sync.mode, 6);
	assert_int_equal(accepted("create a 1 sync-mode=2 sync-always").spec.sync.mode, 6);
	assert_int_equal(accepted("create a 1 sync-always").spec.sync.mode, 5);
}

static void sizes_are_never_cut(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} cases[] = {
		{ "create a 010", 8 },
		{ "create a 4k", 4096 },
		{ "create a 0x10M", 16 << 20 },
		{ "create a 4294967296", 1ULL << 32 },
		{ "create a 5G", 5ULL << 30 },
		{ "create a 18446744073709551615", UINT64_MAX },
		{ "create a 17179869183G", 17179869183ULL << 30 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_true(accepted(cases[i].text).spec.size == cases[i].size);
	refused("create a 18446744073709551616", "18446744073709551616");
	refused("create a 17179869184G", "17179869184G");
	refused("create a 0x10000000000000000", "0x10000000000000000");
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const sizes[] = { "0x", "08", "1KK", "1T", "1.5M", "1-", "0xg", "1 K" };
	char text[64];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		snprintf(text, sizeof(text), "create a %s", sizes[i]);
		refused(text, "\"");
	}
	refused("create a size=", "size=");
	refused("create a K", "unknown word \"K\"");
	refused("create a", "no size");
	refused("create a minor=3", "no size");
	refused("create a 0", "size 0");
	refused("create a size=0x0", "size 0");
}

static void words_match_whole(void **state)
{
	refused("createfoo a 1", "createfoo");
	refused("creat a 1", "creat");
	refused("Create a 1", "Create");
	refused("create a 1 quirk-mmap-on-typo", "quirk-mmap-on-typo");
	refused("create a 1 quirk-mmap", "quirk-mmap");
	refused("create a 1 sync-always=1", "sync-always=1");
	refused("create a 1 minor", "unknown word \"minor\"");
	refused("create a 1 minors=1", "minors=1");
	refused("create a 1 =", "\"=\"");
	refused("create a 1 2", "\"2\"");
	refused("delete a forced", "forced");
	refused("delete a 4096", "4096");
}

static void numbers_out_of_range_are_refused(void **state)
{
	refused("create a 1 minor=256", "minor 256: allowed are 0 to 255");
	refused("create a 1 minor=-1", "minor=-1");
	refused("create a 1 dma-mask=0", "dma-mask 0");
	refused("create a 1 dma-mask=65", "dma-mask 65");
	refused("create a 1 dma-mask=255", "dma-mask 255: allowed are 1 to 64");
	refused("create a 1 sync-mode=8", "sync-mode 8");
	refused("create a 1 sync-direction=3", "sync-direction 3");
	refused("create a 4K sync-offset=4097", "the buffer ends at");
	refused("create a 4K sync-size=4097", "the buffer ends at");
	refused("create a 4K sync-offset=1 sync-size=4096", "the buffer ends at");
	refused("create a 4K sync-offset=0xffffffffffffffff sync-size=2", "the buffer ends at");
	accepted("create a 4K sync-offset=1 sync-size=4095");
}

static void a_repeated_option_is_refused(void **state)
{
	refused("create a 1 size=1", "size is given twice");
	refused("create a size=1 size=1", "size is given twice");
	refused("create a 1 minor=1 minor=1", "minor is given twice");
	refused("create a 1 bus=pci bus=pci device=x", "bus is given twice");
	refused("create a 1 device=x device=x", "device is given twice");
	refused("create a 1 dma-mask=1 dma-mask=1", "dma-mask is given twice");
	refused("create a 1 quirk-mmap-on quirk-mmap-off", "quirk-mmap-* is given twice");
	refused("create a 1 sync-mode=1 sync-mode=1", "sync-mode is given twice");
	refused("create a 1 sync-always sync-always", "sync-always is given twice");
	refused("create a 1 sync-offset=0 sync-offset=0", "sync-offset is given twice");
	refused("create a 1 sync-size=0 sync-size=0", "sync-size is given twice");
	refused("create a 1 sync-direction=0 sync-direction=0", "sync-direction is given twice");
	refused("delete a force force", "force is given twice");
}

static void names_have_1_to_63_characters_of_the_set(void **state)
{
	char text[128] = "create ";

	accepted("create aZ09._@:+- 1");
	memset(text + 7, 'n', 63);
	strcpy(text + 70, " 1");
	accepted(text);
	memset(text + 7, 'n', 64);
	strcpy(text + 71, " 1");
	refused(text, "64 characters");
	refused("create", "0 characters");
	refused("create a/b 1", "'/'");
	refused("create a,b 1", "','");
	refused("create a!b 1", "'!'");
	refused("create \303\244 1", "name");
	refused("create .a 1", "starts with '.'");
	refused("create -a 1", "starts with '-'");
	refused("create ../a 1", "starts with '.'");
	refused("delete", "0 characters");
}

static void a_name_with_a_comma_can_be_named_in_delete(void **state)
{
	assert_string_equal(accepted("delete udmabuf@a,b").spec.name, "udmabuf@a,b");
}

static void delete_takes_force(void **state)
{
	assert_int_equal(accepted("delete a").verb, UDMABUF_DELETE);
	assert_false(accepted("delete a").is_forced);
	assert_true(accepted("delete a\tforce").is_forced);
}

static void a_parent_needs_a_device(void **state)
{
	refused("create a 1 bus=pci", "no device");
	refused("create a 1 device=", "device \"\"");
	refused("create a 1 bus= device=x", "bus \"\"");
	refused("create a 1 device=pci/0000:00:03.0", "device \"pci/0000:00:03.0\"");
}

static void blank_commands_are_nothing(void **state)
{
	assert_int_equal(accepted("").verb, UDMABUF_NOTHING);
	assert_int_equal(accepted("\n").verb, UDMABUF_NOTHING);
	assert_int_equal(accepted(" \t;").verb, UDMABUF_NOTHING);
}

static void a_reason_is_printable_whatever_came(void **state)
{
	struct udmabuf_command command;
	struct udmabuf_error error;

	assert_int_equal(udmabuf_command_parse("\033[2J\0x\r", 7, &command, &error), -EINVAL);
	for (const char *c = error.text; *c; c++)
		assert_in_range(*c, ' ', '~');
}

static void commands_end_at_newline_semicolon_or_end(void **state)
{
	const char *text = "create a 1;delete a\ncreate b 1";

	assert_int_equal(udmabuf_command_length(text, strlen(text)), 11);
	assert_int_equal(udmabuf_command_length(text + 11, strlen(text + 11)), 9);
	assert_int_equal(udmabuf_command_length(text + 20, strlen(text + 20)), 10);
	assert_int_equal(udmabuf_command_cut(text, strlen(text)), 20);
	assert_int_equal(udmabuf_command_cut("create", 6), 0);
}

static void a_parent_parameter_may_name_its_bus(void **state)
{
	struct udmabuf_error error;
	struct udmabuf_spec spec;
	struct udmabuf_word word = { "pci/0000:00:03.0", 16 };

	udmabuf_spec_init(&spec, UDMABUF_FROM_PARAMETER);
	assert_int_equal(udmabuf_spec_set_parent(&spec, word, &error), 0);
	assert_string_equal(spec.bus, "pci");
	assert_string_equal(spec.device, "0000:00:03.0");

	udmabuf_spec_init(&spec, UDMABUF_FROM_PARAMETER);
	word = (struct udmabuf_word){ "fb@1,2", 6 };
	assert_int_equal(udmabuf_spec_set_parent(&spec, word, &error), 0);
	assert_string_equal(spec.bus, "");
	assert_string_equal(spec.device, "fb@1,2");

	udmabuf_spec_init(&spec, UDMABUF_FROM_PARAMETER);
	word = (struct udmabuf_word){ "pci/", 4 };
	assert_int_equal(udmabuf_spec_set_parent(&spec, word, &error), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_takes_a_name_and_a_size),
		cmocka_unit_test(create_takes_every_option),
		cmocka_unit_test(always_counts_before_and_behind_the_mode),
		cmocka_unit_test(sizes_are_never_cut),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(words_match_whole),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(a_repeated_option_is_refused),
		cmocka_unit_test(names_have_1_to_63_characters_of_the_set),
		cmocka_unit_test(a_name_with_a_comma_can_be_named_in_delete),
		cmocka_unit_test(delete_takes_force),
		cmocka_unit_test(a_parent_needs_a_device),
		cmocka_unit_test(blank_commands_are_nothing),
		cmocka_unit_test(a_reason_is_printable_whatever_came),
		cmocka_unit_test(commands_end_at_newline_semicolon_or_end),
		cmocka_unit_test(a_parent_parameter_may_name_its_bus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
