// SPDX-License-Identifier: GPL-2.0-only
/* Configuration: what the values become. Mistakes and plans are in the folders of cases/. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "mem.h"
#include "source.h"
#include "canonical.h"

static void load(const char *text, int expected, struct config *ret_config)
{
	char path[] = "/tmp/udmabuf-config-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(config_load(path, ret_config), expected);
	unlink(path);
}

static void what_is_not_said_is_left_to_the_driver(void **state)
{
	struct config config;
	struct udmabuf_spec spec;

	load("buffers: ( { name = \"a\"; size = \"4K\"; } );", 0, &config);
	assert_int_equal(config.n_mistakes, 0);
	assert_int_equal(config.n_buffers, 1);
	spec = config_buffer_spec(&config.buffers[0]);
	assert_string_equal(spec.name, "a");
	assert_int_equal(spec.size, 4096);
	assert_null(spec.device);
	assert_int_equal(spec.minor, -1);
	assert_int_equal(spec.dma_mask, -1);
	assert_int_equal(spec.mmap_mode, -1);
	assert_int_equal(spec.sync_mode, -1);
	assert_false(spec.is_sync_always);
	assert_int_equal(spec.sync_direction, -1);
	assert_int_equal(spec.sync_offset, 0);
	assert_int_equal(spec.sync_size, 0);
	assert_false(config.buffers[0].is_required);
	config_free(&config);
}

static void every_key_arrives(void **state)
{
	struct config config;
	struct udmabuf_spec spec;

	load("buffers: ( { name = \"a\"; size = \"64K\"; device = \"pci/0000:01:00.0\";\n"
	     "  minor = 7; dma_mask = 40; mmap = \"page\"; required = true; mode = \"0600\";\n"
	     "  sync: { mode = 3; always = true; offset = \"4K\"; size = \"0x2000\";\n"
	     "          direction = 2; };\n"
	     "} );", 0, &config);
	assert_int_equal(config.n_mistakes, 0);
	spec = config_buffer_spec(&config.buffers[0]);
	assert_int_equal(spec.minor, 7);
	assert_string_equal(spec.device, "pci/0000:01:00.0");
	assert_int_equal(spec.dma_mask, 40);
	assert_int_equal(spec.mmap_mode, UDMABUF_MMAP_PAGE);
	assert_int_equal(spec.sync_mode, 3);
	assert_true(spec.is_sync_always);
	assert_int_equal(spec.sync_offset, 4096);
	assert_int_equal(spec.sync_size, 8192);
	assert_int_equal(spec.sync_direction, UDMABUF_FROM_DEVICE);
	assert_true(config.buffers[0].is_required);
	assert_int_equal(config.buffers[0].node.mode, 0600);
	config_free(&config);
}

static void a_word_for_a_sync_value_is_its_number(void **state)
{
	static const struct {
		const char *mode;
		const char *direction;
		int mode_number;
		int direction_number;
	} words[] = {
		{ "cached", "bidirectional", 0, 0 }, { "noncached", "to-device", 1, 1 },
		{ "write-combine", "from-device", 2, 2 }, { "dma-coherent", "to-device", 3, 1 },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		MEM_AUTO char *text = mem_printf("buffers: ( { name = \"a\"; size = \"4K\"; sync: "
						 "{ mode = \"%s\"; direction = \"%s\"; }; } );",
						 words[i].mode, words[i].direction);
		struct config config;

		load(text, 0, &config);
		assert_int_equal(config.n_mistakes, 0);
		assert_int_equal(config.buffers[0].sync.mode, words[i].mode_number);
		assert_int_equal(config.buffers[0].sync.direction, words[i].direction_number);
		config_free(&config);
	}
}

static void a_device_without_a_bus_is_a_platform_device(void **state)
{
	struct config config;

	load("buffers: ( { name = \"a\"; size = \"4K\"; device = \"40400000.dma\"; } );", 0,
	     &config);
	assert_string_equal(config.buffers[0].device, "platform/40400000.dma");
	config_free(&config);
}

static void defaults_count_wherever_they_stand(void **state)
{
	struct config config;

	load("buffers: ( { name = \"a\"; size = \"4K\"; },\n"
	     "  { name = \"b\"; size = \"4K\"; mode = \"0644\"; } );\n"
	     "defaults: { mode = \"0600\"; };", 0, &config);
	assert_int_equal(config.buffers[0].node.mode, 0600);
	assert_int_equal(config.buffers[1].node.mode, 0644);
	config_free(&config);
}

static void a_required_entry_with_a_mistake_is_still_required(void **state)
{
	struct config config;

	load("buffers: ( { name = \"a\"; size = 4; required = true; } );", 0, &config);
	assert_true(config.buffers[0].has_mistake);
	assert_true(config.buffers[0].is_required);
	config_free(&config);
}

static void a_file_over_one_mebibyte_is_refused(void **state)
{
	char *text = malloc(1024 * 1024 + 2);
	struct config config;

	memset(text, '#', 1024 * 1024 + 1);
	text[1024 * 1024 + 1] = '\0';
	load(text, -EFBIG, &config);
	assert_int_equal(config.n_mistakes, 1);
	config_free(&config);
	free(text);
}

static void a_folder_is_no_configuration(void **state)
{
	struct config config;

	assert_int_equal(config_load("/tmp", &config), -EISDIR);
	assert_string_equal(config.mistakes[0].text, "/tmp: can't be read: Is a directory");
	config_free(&config);
}

static void the_name_of_a_file_is_whole_and_text_on_one_line(void **state)
{
	char path[] = "/tmp/a-folder-whose-name-is-long-and-has-a-newline-in-it-\n-and-goes-on-behind-it-XXXXXX";
	MEM_AUTO char *expected = NULL;
	struct config config;

	assert_non_null(mkdtemp(path));
	assert_int_equal(config_load(path, &config), -EISDIR);
	rmdir(path);
	*strchr(path, '\n') = '?';
	expected = mem_printf("%s: can't be read: Is a directory", path);
	assert_string_equal(config.mistakes[0].text, expected);
	config_free(&config);
}

static void a_nul_in_the_file_is_refused(void **state)
{
	char path[] = "/tmp/udmabuf-config-XXXXXX";
	int fd = mkstemp(path);
	struct config config;

	assert_int_equal(write(fd, "a = 1;\0b = 2;", 13), 13);
	close(fd);
	assert_int_equal(config_load(path, &config), -EILSEQ);
	config_free(&config);
	unlink(path);
}

static void only_integers_over_31_bits_are_widened(void **state)
{
	static const char *const texts[][2] = {
		{ "a = 2147483647;", "a = 2147483647;" },
		{ "a = 2147483648;", "a = 2147483648L;" },
		{ "a = -3000000000;", "a = -3000000000L;" },
		{ "a = 0x7fffffff;", "a = 0x7fffffff;" },
		{ "a = 0x80000000;", "a = 0x80000000L;" },
		{ "a = 4294967296L;", "a = 4294967296L;" },
		{ "a = 4294967296LL;", "a = 4294967296LL;" },
		{ "a = 99999999999.5;", "a = 99999999999.5;" },
		{ "a = 99999999999e2;", "a = 99999999999e2;" },
		{ "a99999999999 = 1;", "a99999999999 = 1;" },
		{ "a-99999999999 = 1;", "a-99999999999 = 1;" },
		{ "a = \"99999999999\";", "a = \"99999999999\";" },
		{ "a = \"\\\"99999999999\";", "a = \"\\\"99999999999\";" },
		{ "# 99999999999\n", "# 99999999999\n" },
		{ "// 99999999999\n", "// 99999999999\n" },
		{ "/* 99999999999 */", "/* 99999999999 */" },
		{ "(99999999999,1)", "(99999999999L,1)" },
		{ "99999999999999999999999", "99999999999999999999999L" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *reason;
		unsigned int line;
		MEM_AUTO char *wide = source_widen_integers(texts[i][0], &line, &reason);

		assert_string_equal(wide, texts[i][1]);
		assert_int_equal(line, 0);
		assert_null(reason);
	}
}

static void what_has_no_end_is_a_mistake_where_it_begins(void **state)
{
	static const char *const texts[] = {
		"/* 99999999999", "/*", "/*/", "/* * /", "\"99999999999", "\"", "\"\\", "\"\\\"", "\"a\"\"",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		MEM_AUTO char *text = mem_printf("a = 1; /* \n */\n%s\n@include", texts[i]);
		const char *reason;
		unsigned int line;
		MEM_AUTO char *wide = source_widen_integers(text, &line, &reason);

		assert_string_equal(wide, text);
		assert_int_equal(line, 3);
		assert_non_null(strstr(reason, "has no end"));
	}
}

static void a_value_in_a_message_is_short_and_text(void **state)
{
	static const char x79[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
				  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	static const char *const texts[][2] = {
		{ "a b", "a b" }, { "a\tb\n\x7f", "a?b??" },
		{ "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xff\xc3\xe2\x82", "????" }, { "\xc0\xaf", "??" }, { "\xe0\x80\xaf", "???" },
		{ "\xed\xa0\x80", "???" }, { "\xf4\x90\x80\x80", "????" }, { "\xc2\x85", "??" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		MEM_AUTO char *line = mem_one_line(texts[i][0]);

		assert_string_equal(line, texts[i][1]);
	}
	{
		MEM_AUTO char *whole = mem_printf("%sy", x79);
		MEM_AUTO char *wide = mem_printf("%s\xc3\xa9", x79);
		MEM_AUTO char *cut = mem_printf("%s...", x79);
		MEM_AUTO char *whole_line = mem_one_line(whole);
		MEM_AUTO char *wide_line = mem_one_line(wide);

		assert_string_equal(whole_line, whole);
		assert_string_equal(wide_line, cut);
	}
}

static void equal_wishes_have_equal_words(void **state)
{
	struct config one;
	struct config other;

	load("buffers: ( { name = \"a\"; size = \"64K\";\n"
	     "  sync: { mode = 1; direction = 0; }; } );", 0, &one);
	load("buffers: ( { sync: { direction = \"bidirectional\"; mode = \"noncached\"; };\n"
	     "  size = \"0x10000\"; name = \"a\"; } );", 0, &other);
	{
		MEM_AUTO char *one_options = canonical_options(&one.buffers[0]);
		MEM_AUTO char *other_options = canonical_options(&other.buffers[0]);
		MEM_AUTO char *one_sync = canonical_sync(&one.buffers[0].sync);
		MEM_AUTO char *other_sync = canonical_sync(&other.buffers[0].sync);

		assert_string_equal(one_options, other_options);
		assert_string_equal(one_sync, other_sync);
	}
	config_free(&one);
	config_free(&other);
}

static void a_mistake_has_the_name_of_the_buffer_of_its_entry(void **state)
{
	struct config config;

	load("buffers: ( { name = \"a\"; size = 1; }, { name = \"b c\"; size = \"4K\"; } );\n"
	     "settings: ( { match = \"x\"; colour = \"red\"; } );", 0, &config);
	assert_int_equal(config.n_mistakes, 3);
	assert_string_equal(config.mistakes[0].name, "a");
	assert_null(config.mistakes[1].name);
	assert_null(config.mistakes[2].name);
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_is_left_to_the_driver),
		cmocka_unit_test(every_key_arrives),
		cmocka_unit_test(a_word_for_a_sync_value_is_its_number),
		cmocka_unit_test(a_device_without_a_bus_is_a_platform_device),
		cmocka_unit_test(defaults_count_wherever_they_stand),
		cmocka_unit_test(a_required_entry_with_a_mistake_is_still_required),
		cmocka_unit_test(a_file_over_one_mebibyte_is_refused),
		cmocka_unit_test(a_folder_is_no_configuration),
		cmocka_unit_test(the_name_of_a_file_is_whole_and_text_on_one_line),
		cmocka_unit_test(a_nul_in_the_file_is_refused),
		cmocka_unit_test(only_integers_over_31_bits_are_widened),
		cmocka_unit_test(what_has_no_end_is_a_mistake_where_it_begins),
		cmocka_unit_test(a_value_in_a_message_is_short_and_text),
		cmocka_unit_test(equal_wishes_have_equal_words),
		cmocka_unit_test(a_mistake_has_the_name_of_the_buffer_of_its_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
