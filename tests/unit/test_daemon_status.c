// SPDX-License-Identifier: GPL-2.0-only
/* What the daemon says of itself: the status line, what is missing, why there is no module. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "mem.h"
#include "module.h"
#include "status.h"
#include "version.h"

static struct config_buffer buffers[3] = {
	{ .label = "frames", .is_required = true }, { .label = "ring0" },
	{ .label = "buffers[2]", .is_required = true },
};
static const struct config config = { .buffers = buffers, .n_buffers = 3 };
static const struct status_others nobody;

static void assert_status(const struct config *of, const struct entry_status *entries,
			  const char *expected)
{
	MEM_AUTO char *status = status_line(of, entries, &nobody, 0);

	assert_string_equal(status, expected);
}

static void the_status_counts_buffers_and_bytes(void **state)
{
	const struct entry_status entries[3] = {
		{ .state = ENTRY_THERE, .size = 1024 * 1024 },
		{ .state = ENTRY_THERE, .size = 65536 },
		{ .state = ENTRY_THERE, .size = 1 },
	};

	assert_status(&config, entries, "3 of 3 buffers, 1.1 MiB");
}

static void the_status_names_what_is_not_there_and_why(void **state)
{
	const struct entry_status entries[3] = {
		{ .state = ENTRY_WAITS, .why = "waiting for pci/0000:01:00.0" },
		{ .state = ENTRY_THERE, .size = 212ULL << 20 },
		{ .state = ENTRY_ABSENT, .why = "its entry has a mistake" },
	};

	assert_status(&config, entries, "1 of 3 buffers, 212 MiB; frames: waiting for "
		      "pci/0000:01:00.0; buffers[2]: its entry has a mistake");
}

static void the_status_names_what_could_not_be_set_or_noted(void **state)
{
	const struct config one = { .buffers = buffers, .n_buffers = 1 };
	const struct entry_status entry = {
		.state = ENTRY_THERE, .size = 65536, .why = "sync_mode: Permission denied",
	};
	MEM_AUTO char *status = status_line(&one, &entry, &nobody, -ENOSPC);

	assert_status(&one, &entry, "1 of 1 buffers, 64 KiB; frames: sync_mode: Permission denied");
	assert_string_equal(status, "1 of 1 buffers, 64 KiB; frames: sync_mode: Permission denied; "
			    "not noted in /run/udmabuf: No space left on device");
}

static void a_status_is_never_too_long_for_systemd(void **state)
{
	static struct config_buffer many[256];
	static struct entry_status entries[256];
	const struct config all = { .buffers = many, .n_buffers = 256 };
	MEM_AUTO char *status = NULL;

	for (size_t i = 0; i < 256; i++) {
		many[i].label = "frames";
		entries[i].why = "waiting for pci/0000:01:00.0";
	}
	status = status_line(&all, entries, &nobody, 0);
	assert_true(strlen(status) < 2048);
	assert_non_null(strstr(status, "; frames: waiting for pci/0000:01:00.0; and 2"));
}

static void a_whole_number_of_units_has_no_fraction(void **state)
{
	const struct config one = { .buffers = buffers, .n_buffers = 1 };
	const struct entry_status small = { .state = ENTRY_THERE, .size = 65536 };
	const struct entry_status big = { .state = ENTRY_THERE, .size = 1ULL << 42 };

	assert_status(&one, &small, "1 of 1 buffers, 64 KiB");
	assert_status(&one, &big, "1 of 1 buffers, 4 TiB");
}

static void the_status_of_an_empty_configuration_says_so(void **state)
{
	const struct config none = { .n_buffers = 0 };

	assert_status(&none, NULL, "no buffer is configured");
}

static void the_status_names_buffers_without_an_entry_and_mistakes_outside_of_entries(void **state)
{
	struct status_others others = { 0 };
	const struct config none = { .has_mistake_outside = true };
	MEM_AUTO char *status = NULL;

	*status_others_why(&others, "old") = mem_copy("in use");
	*status_others_why(&others, "gone") = mem_copy("in use");
	*status_others_why(&others, "udmabuf0") = mem_copy("sync_mode: Input/output error");
	status_others_drop(&others, "gone");
	status_others_drop(&others, "never");
	status = status_line(&none, NULL, &others, -ENOSPC);
	status_others_free(&others);
	assert_string_equal(status, "no buffer is configured; old: in use; "
			    "udmabuf0: sync_mode: Input/output error; "
			    "a mistake outside of the buffers' entries, see the journal; "
			    "not noted in /run/udmabuf: No space left on device");
}

static void only_required_buffers_are_missed(void **state)
{
	const struct entry_status entries[3] = {
		{ .state = ENTRY_THERE },
		{ .state = ENTRY_WAITS, .why = "waiting for platform/dma" },
		{ .state = ENTRY_ABSENT, .why = "its entry has a mistake" },
	};
	const struct entry_status there[3] = {
		{ .state = ENTRY_THERE }, { .state = ENTRY_ABSENT }, { .state = ENTRY_THERE },
	};
	MEM_AUTO char *missing = status_missing(&config, entries);

	assert_string_equal(missing, "buffers[2] (its entry has a mistake)");
	assert_null(status_missing(&config, there));
}

static void what_a_device_may_bring_is_told_from_what_nothing_brings(void **state)
{
	struct config_buffer two[2] = {
		{ .label = "a", .is_required = true, .device = "pci/x" },
		{ .label = "b", .is_required = true },
	};
	const struct config both = { .buffers = two, .n_buffers = 2 };
	struct entry_status entries[2] = { { .state = ENTRY_WAITS }, { .state = ENTRY_THERE } };

	assert_true(status_may_come(&both, entries));
	entries[1].state = ENTRY_ABSENT;
	assert_false(status_may_come(&both, entries));
	two[1].is_required = false;
	assert_true(status_may_come(&both, entries));
	two[0].has_mistake = true;
	assert_false(status_may_come(&both, entries));
}

static void a_buffer_is_described_with_address_device_mapping_and_sync(void **state)
{
	const struct udmabuf_info info = {
		.name = "frames", .size = 2 << 20, .dma_addr = 0x2a00000, .memory = "pages",
		.device = "pci/0000:01:00.0", .sync_mode = 6, .mmap_mode = UDMABUF_MMAP_AUTO,
		.sync_direction = UDMABUF_FROM_DEVICE, .sync_size = 4096, .sync_offset = 8192,
	};
	MEM_AUTO char *text = status_buffer(&info);

	assert_string_equal(text, "2M (2097152 bytes) at DMA address 0x2a00000, device "
			    "pci/0000:01:00.0, memory pages, mapped write-combine (mmap auto), "
			    "sync from-device of 4096 bytes from 8192, not coherent");
}

static void assert_mapped(bool is_coherent, unsigned int mmap_mode, const char *expected)
{
	const struct udmabuf_info info = {
		.size = 4096, .sync_size = 4096, .memory = "pages",
		.sync_mode = UDMABUF_SYNC_ALWAYS | UDMABUF_WRITE_COMBINE,
		.is_coherent = is_coherent, .mmap_mode = mmap_mode,
	};
	MEM_AUTO char *text = status_buffer(&info);

	if (!strstr(text, expected))
		fail_msg("expected \"%s\", came \"%s\"", expected, text);
}

static void a_mapping_that_the_sync_mode_does_not_rule_is_told_as_it_is(void **state)
{
	assert_mapped(false, UDMABUF_MMAP_OFF, "mapped dma-coherent (mmap off)");
	assert_mapped(true, UDMABUF_MMAP_ON, "mapped write-combine (mmap on)");
#if defined(__x86_64__) || defined(__i386__)
	assert_mapped(true, UDMABUF_MMAP_AUTO, "mapped cached (mmap auto)");
#endif
}

/* A root in which these folders exist. */
static void assert_missing(const char *folders, const char *words)
{
	char root[] = "/tmp/udmabuf-module-XXXXXX";
	struct utsname kernel;
	MEM_AUTO char *command = NULL;
	MEM_AUTO char *text = NULL;
	MEM_AUTO char *expected = NULL;

	uname(&kernel);
	assert_non_null(mkdtemp(root));
	command = mem_printf("cd %s && r=%s && mkdir -p x %s", root, kernel.release, folders);
	assert_int_equal(system(command), 0);
	udmabuf_set_root(root);
	text = module_missing_text();
	free(command);
	command = mem_printf("rm -r %s", root);
	assert_int_equal(system(command), 0);
	expected = mem_printf("for kernel %s", kernel.release);
	if (!strstr(text, words) || !strstr(text, expected))
		fail_msg("expected \"%s\" and \"%s\", came \"%s\"", words, expected, text);
}

static void a_machine_without_package_and_headers_is_told_to_install_both(void **state)
{
	assert_missing("", "install u-dma-buf-dkms and linux-headers-");
}

static void a_machine_with_headers_is_told_to_install_the_package(void **state)
{
	assert_missing("usr/src/linux-headers-$r", ": install u-dma-buf-dkms");
}

static void a_machine_without_headers_is_told_to_install_them(void **state)
{
	assert_missing("usr/src/u-dma-buf-0.1.0", "could not build it without");
}

static void a_machine_with_both_is_told_to_ask_dkms(void **state)
{
	assert_missing("usr/src/u-dma-buf-0.1.0 usr/src/linux-headers-$r", "dkms autoinstall -k");
}

static void a_kernel_that_dkms_does_not_build_for_is_told_so(void **state)
{
	static const char folder[] =
		"usr/src/u-dma-buf-" UDMABUF_VERSION " usr/src/linux-headers-$r && echo "
		"'BUILD_EXCLUSIVE_KERNEL=\"%s\"' >usr/src/u-dma-buf-" UDMABUF_VERSION "/dkms.conf";
	MEM_AUTO char *other = mem_printf(folder, "^0[.]");
	MEM_AUTO char *this = mem_printf(folder, "^[0-9]");

	assert_missing(other, "u-dma-buf-dkms is for kernels that match ^0[.]: boot one");
	assert_missing(this, "dkms autoinstall -k");
}

static void a_module_that_is_built_but_not_loaded_is_told_so(void **state)
{
	assert_missing("usr/src/u-dma-buf-0.1.0 var/lib/dkms/u-dma-buf/0.1.0/$r",
		       "not loaded: `modprobe u-dma-buf` loads it or says why not");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_status_counts_buffers_and_bytes),
		cmocka_unit_test(the_status_names_what_is_not_there_and_why),
		cmocka_unit_test(the_status_names_what_could_not_be_set_or_noted),
		cmocka_unit_test(a_status_is_never_too_long_for_systemd),
		cmocka_unit_test(a_whole_number_of_units_has_no_fraction),
		cmocka_unit_test(the_status_of_an_empty_configuration_says_so),
		cmocka_unit_test(the_status_names_buffers_without_an_entry_and_mistakes_outside_of_entries),
		cmocka_unit_test(only_required_buffers_are_missed),
		cmocka_unit_test(what_a_device_may_bring_is_told_from_what_nothing_brings),
		cmocka_unit_test(a_buffer_is_described_with_address_device_mapping_and_sync),
		cmocka_unit_test(a_mapping_that_the_sync_mode_does_not_rule_is_told_as_it_is),
		cmocka_unit_test(a_kernel_that_dkms_does_not_build_for_is_told_so),
		cmocka_unit_test(a_machine_without_package_and_headers_is_told_to_install_both),
		cmocka_unit_test(a_machine_with_headers_is_told_to_install_the_package),
		cmocka_unit_test(a_machine_without_headers_is_told_to_install_them),
		cmocka_unit_test(a_machine_with_both_is_told_to_ask_dkms),
		cmocka_unit_test(a_module_that_is_built_but_not_loaded_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
