// SPDX-License-Identifier: GPL-2.0-only
/* Module parameters, the module file's aliases, and the lines that buffers leave in the log. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness.h"

#define PARAMETERS "/sys/module/u_dma_buf/parameters/"

static void a_size_parameter_makes_a_buffer_of_its_number(void)
{
	struct stat status;

	expect_reload("udmabuf3=65536");
	expect_attribute("udmabuf3", "size", "65536");
	expect_attribute("udmabuf3", "origin", "parameter");
	expect_number("stat of /dev/udmabuf3", stat("/dev/udmabuf3", &status), 0);
	expect_number("minor of /dev/udmabuf3", minor(status.st_rdev), 3);
	expect_true("no udmabuf0", !buffer_exists("udmabuf0"));
	close(open_buffer("udmabuf3", O_RDWR));
}

static void sizes_are_decimal_or_hexadecimal_with_k_and_m(void)
{
	expect_reload("udmabuf0=5000 udmabuf1=0x3000 udmabuf2=16K udmabuf3=1M udmabuf4=0x10K "
		      "udmabuf6=0");
	note_attribute("udmabuf0", "size", "5000");
	note_attribute("udmabuf1", "size", "12288");
	note_attribute("udmabuf2", "size", "16384");
	note_attribute("udmabuf3", "size", "1048576");
	note_attribute("udmabuf4", "size", "16384");
	expect_true("no buffer for 0", !buffer_exists("udmabuf6"));
}

static void all_eight_size_parameters_make_buffers(void)
{
	char name[16];

	expect_reload("udmabuf0=4K udmabuf1=4K udmabuf2=4K udmabuf3=4K udmabuf4=4K udmabuf5=4K "
		      "udmabuf6=4K udmabuf7=4K");
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "udmabuf%d", i);
		note_attribute(name, "size", "4096");
		note_attribute(name, "origin", "parameter");
		note_attribute(name, "dma_device", "none");
	}
}

static void parameters_are_read_only_in_sysfs(void)
{
	static const char *const names[] = {
		"udmabuf0", "udmabuf1", "udmabuf2", "udmabuf3", "udmabuf4", "udmabuf5", "udmabuf6",
		"udmabuf7", "udmabuf0_bind", "udmabuf1_bind", "udmabuf2_bind", "udmabuf3_bind",
		"udmabuf4_bind", "udmabuf5_bind", "udmabuf6_bind", "udmabuf7_bind", "bind",
		"dma_mask_bit", "info_enable", "quirk_mmap_mode",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct stat status;
		char path[128];

		snprintf(path, sizeof(path), PARAMETERS "%s", names[i]);
		if (stat(path, &status))
			note_failure("expected %s to exist, got %s", path, strerror(errno));
		else
			note_number(path, status.st_mode & 07777, 0444);
	}
}

static void parameters_have_their_defaults(void)
{
	expect_text("dma_mask_bit", file_text(PARAMETERS "dma_mask_bit"), "32\n");
	expect_text("info_enable", file_text(PARAMETERS "info_enable"), "1\n");
#if defined(__arm__) || defined(__aarch64__)
	expect_text("quirk_mmap_mode", file_text(PARAMETERS "quirk_mmap_mode"), "2\n");
#else
	expect_text("quirk_mmap_mode", file_text(PARAMETERS "quirk_mmap_mode"), "3\n");
#endif
	expect_number("udmabuf0", strtoull(file_text(PARAMETERS "udmabuf0"), NULL, 0), 0);
}

static void a_bad_value_refuses_the_load_with_one_line_that_names_the_parameter(void)
{
	static const char *const rows[][2] = {
		{ "udmabuf0", "abc" }, { "udmabuf1", "4096x" }, { "udmabuf2", "-1" },
		{ "udmabuf3", "4KK" }, { "udmabuf4", "0x" }, { "udmabuf5", "18446744073709551616" },
		{ "udmabuf6", "17179869184G" }, { "udmabuf7", "09" }, { "udmabuf0", "4T" },
		{ "dma_mask_bit", "0" }, { "dma_mask_bit", "65" }, { "dma_mask_bit", "-1" },
		{ "udmabuf0_bind", "a/b/c" }, { "bind", "pci/" }, { "bind", "/x" },
		{ "udmabuf1_bind", "usb/1-1" }, { "bind", "pc/0000:00:00.0" }, { "info_enable", "8" },
		{ "dma_mask_bit", "x" }, { "info_enable", "x" }, { "quirk_mmap_mode", "0" },
		{ "quirk_mmap_mode", "5" }, { "quirk_mmap_mode", "-1" }, { "quirk_mmap_mode", "on" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64];
		int error;

		snprintf(text, sizeof(text), "%s=%s", rows[i][0], rows[i][1]);
		error = module_reload(text);
		note_errno(text, error, EINVAL);
		if (log_count(rows[i][0]) != 1)
			note_failure("expected one log line that names %s for '%s', got %zu",
				     rows[i][0], text, log_count(rows[i][0]));
		if (!error)
			module_unload();
	}
}

static void a_bad_value_leaves_no_buffer_of_the_good_ones(void)
{
	expect_errno("a good and a bad size", module_reload("udmabuf0=4096 udmabuf1=x"), EINVAL);
	expect_true("no module", !module_is_loaded());
	expect_true("no node", !buffer_exists("udmabuf0"));
	expect_errno("a good size and a bad mask", module_reload("udmabuf0=4096 dma_mask_bit=99"),
		     EINVAL);
	expect_true("no node", !buffer_exists("udmabuf0"));
	expect_true("no manager", access(MANAGER, F_OK));
}

/* One line of the log names @name and says why; the others' lines don't. */
static void expect_one_failure(const char *name, const char *why)
{
	char text[128];

	snprintf(text, sizeof(text), "u-dma-buf %s: not created: %s", name, why);
	expect_true("the failed buffer missing", !buffer_exists(name));
	expect_number("log lines that name it", log_count(name), 1);
	expect_number(text, log_count(text), 1);
}

static void a_buffer_that_cannot_be_had_does_not_refuse_the_load(void)
{
	expect_reload("udmabuf0=0x100010000 udmabuf1=4096 info_enable=0");
	expect_attribute("udmabuf1", "size", "4096");
	expect_one_failure("udmabuf0", "4295032832 bytes: ");
	expect_reload("udmabuf1=8192 udmabuf4=64G info_enable=0");
	expect_attribute("udmabuf1", "size", "8192");
	expect_one_failure("udmabuf4", "68719476736 bytes: ");
}

static void a_parent_that_is_not_there_does_not_refuse_the_load(void)
{
	expect_reload("udmabuf0=4096 udmabuf0_bind=pci/ffff:ff:1f.7 udmabuf1=4096 "
		      "udmabuf2=4096 udmabuf2_bind=nothere info_enable=0");
	expect_attribute("udmabuf1", "size", "4096");
	expect_one_failure("udmabuf0", "no device ffff:ff:1f.7 on bus pci");
	expect_one_failure("udmabuf2", "no device nothere on bus platform");
}

static void bind_is_for_all_that_have_none_of_their_own(void)
{
	expect_reload("udmabuf0=4096 udmabuf1=4096 udmabuf1_bind=pci/ffff:ff:1f.6 udmabuf2=0 "
		      "bind=ffff-nothere info_enable=0");
	expect_number("lines that name the common parent", log_count("ffff-nothere"), 1);
	expect_number("lines that name udmabuf1's own", log_count("ffff:ff:1f.6"), 1);
	expect_number("buffers", buffer_exists("udmabuf0") + buffer_exists("udmabuf1"), 0);
}

static void a_bind_without_a_size_makes_nothing(void)
{
	expect_reload("udmabuf5_bind=nothere info_enable=0");
	expect_number("lines of the log", log_count("nothere"), 0);
}

static void dma_mask_bit_bounds_buffers_without_parent_or_mask(void)
{
	unsigned long long address;
	char text[64];

	snprintf(text, sizeof(text), "udmabuf0=64K dma_mask_bit=%d", LOW_MASK);
	expect_reload(text);
	expect_number("dma_mask of udmabuf0", attribute_number("udmabuf0", "dma_mask"), LOW_MASK);
	address = attribute_number("udmabuf0", "phys_addr");
	expect_true("an address within the mask", address + 0x10000 <= 1ULL << LOW_MASK);
	create("a 4096");
	expect_number("dma_mask of a", attribute_number("a", "dma_mask"), LOW_MASK);
	create("b 4096 dma-mask=33");
	expect_attribute("b", "dma_mask", "33");
	expect_reload("udmabuf0=64K dma_mask_bit=64");
	expect_attribute("udmabuf0", "dma_mask", "64");
}

static void quirk_mmap_mode_is_the_default_of_new_buffers(void)
{
	for (int mode = 1; mode <= 4; mode++) {
		char text[64], digit[2] = { '0' + mode };

		snprintf(text, sizeof(text), "udmabuf0=4096 quirk_mmap_mode=%d", mode);
		expect_reload(text);
		note_attribute("udmabuf0", "quirk_mmap_mode", digit);
		create("a 4096");
		note_attribute("a", "quirk_mmap_mode", digit);
		create("b 4096 quirk-mmap-page");
		note_attribute("b", "quirk_mmap_mode", "4");
	}
}

static void settings_of_a_parameters_buffer_are_the_defaults(void)
{
	expect_reload("udmabuf0=5000");
	expect_attribute("udmabuf0", "sync_size", "5000");
	expect_attribute("udmabuf0", "sync_offset", "0x0");
	expect_attribute("udmabuf0", "sync_direction", "0");
	expect_attribute("udmabuf0", "sync_mode", "1");
	expect_attribute("udmabuf0", "sync_owner", "0");
}

static void a_parameters_buffer_can_be_deleted(void)
{
	expect_reload("udmabuf0=4096");
	delete_buffer("udmabuf0");
	create("udmabuf0 8192 minor=0");
	expect_attribute("udmabuf0", "origin", "manager");
}

static void the_module_is_listed_and_its_manager_there(void)
{
	expect_true("u_dma_buf in /proc/modules",
		    strstr(file_text("/proc/modules"), "u_dma_buf ") != NULL);
	close(open_manager());
}

/* Finds a NUL-terminated text in the module file's modinfo. */
static bool has_modinfo(const char *wanted)
{
	static char file[8 << 20];
	int fd = open(MODULE_FILE, O_RDONLY);
	ssize_t length = read(fd, file, sizeof(file));

	close(fd);
	return length > 0 && memmem(file, length, wanted, strlen(wanted) + 1);
}

static void the_module_file_tells_its_aliases_and_version(void)
{
	char version[64];

	expect_true("alias u-dma-buf-mgr",
		    has_modinfo("alias=u-dma-buf-mgr") || has_modinfo("alias=u_dma_buf_mgr"));
	expect_true("alias for ikwzm,u-dma-buf", has_modinfo("alias=of:N*T*Cikwzm,u-dma-buf"));
	expect_true("alias for ikwzm,udmabuf-0.10.a",
		    has_modinfo("alias=of:N*T*Cikwzm,udmabuf-0.10.a"));
	create("a 4096");
	snprintf(version, sizeof(version), "version=%s", attribute("a", "driver_version"));
	expect_true("the version that driver_version reads", has_modinfo(version));
}

static void modprobe_u_dma_buf_mgr_loads_the_module(void)
{
	module_reload("info_enable=0");
	expect_errno("unload", module_unload(), 0);
	if (access("/sbin/modprobe", X_OK) && access("/bin/modprobe", X_OK))
		skip("no modprobe here");
	expect_number("status of modprobe u-dma-buf-mgr", system("modprobe u-dma-buf-mgr"), 0);
	expect_true("the module loaded", module_is_loaded());
}

static void note_log(const char *name, const char *key, const char *expected)
{
	const char *value = log_value(name, key);

	if (!value)
		note_failure("expected a line 'u-dma-buf %s: %s = …', got none", name, key);
	else if (expected && strcmp(value, expected))
		note_failure("expected %s of %s '%s' in the log, got '%s'", key, name, expected, value);
}

static void info_enable_1_logs_the_buffer_as_it_comes(void)
{
	struct stat status;
	char text[32];

	expect_reload("info_enable=1");
	create("a 5000 minor=66");
	stat("/dev/a", &status);
	snprintf(text, sizeof(text), "%u", major(status.st_rdev));
	note_log("a", "driver version", NULL);
	note_log("a", "driver version", attribute("a", "driver_version"));
	note_log("a", "major number", text);
	note_log("a", "minor number", "66");
	note_log("a", "phys address", attribute("a", "phys_addr"));
	note_log("a", "buffer size", "5000");
	expect_true("no DMA details", !log_value("a", "dma device"));
	expect_true("no mmap mode", !log_value("a", "mmap mode"));
}

static void info_enable_1_logs_the_buffer_as_it_goes(void)
{
	create("a 4096");
	log_mark();
	delete_buffer("a");
	expect_text("the line", log_only_line(), "u-dma-buf a: driver uninstalled");
}

static void info_enable_2_adds_the_dma_details(void)
{
	expect_reload("info_enable=3 udmabuf2=4096 quirk_mmap_mode=4 dma_mask_bit=33");
	note_log("udmabuf2", "buffer size", "4096");
	note_log("udmabuf2", "dma device", "udmabuf2");
	note_log("udmabuf2", "dma bus", "none");
	note_log("udmabuf2", "dma coherent", attribute("udmabuf2", "dma_coherent"));
	note_log("udmabuf2", "dma mask", "0x00000001ffffffff");
	note_log("udmabuf2", "iommu domain", "none");
	note_log("udmabuf2", "mmap mode", "4");
}

static void info_enable_2_alone_logs_the_dma_details_only(void)
{
	static const char *const keys[] = {
		"driver version", "major number", "minor number", "phys address", "buffer size",
	};

	expect_reload("info_enable=2");
	create("a 4096 quirk-mmap-off dma-mask=64");
	note_log("a", "dma mask", "0xffffffffffffffff");
	note_log("a", "mmap mode", "1");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (log_value("a", keys[i]))
			note_failure("expected no %s of a in the log, got one", keys[i]);
}

static void note_build_options(size_t expected)
{
	static const char *const options[] = {
		"ioctl version", "device tree", "reserved mem", "pci", "iommu",
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		char line[64];

		snprintf(line, sizeof(line), "u-dma-buf: %-14s = ", options[i]);
		note_number(line, log_count(line), expected);
	}
}

static void info_enable_4_adds_the_build_options(void)
{
	expect_reload("info_enable=3");
	note_build_options(0);
	expect_reload("info_enable=4");
	note_build_options(1);
}

static void info_enable_0_logs_no_buffer(void)
{
	expect_reload("info_enable=0 udmabuf1=4096");
	create("a 4096");
	delete_buffer("a");
	expect_number("lines that name a buffer",
		      log_count("udmabuf1") + log_count("u-dma-buf a:"), 0);
	log_mark();
	expect_errno("a mistake", manager("create a 0"), EINVAL);
	log_only_line();
}

static const struct claim claims[] = {
	CLAIM(a_size_parameter_makes_a_buffer_of_its_number),
	CLAIM(sizes_are_decimal_or_hexadecimal_with_k_and_m),
	CLAIM(all_eight_size_parameters_make_buffers),
	CLAIM(parameters_are_read_only_in_sysfs),
	CLAIM(parameters_have_their_defaults),
	CLAIM(a_bad_value_refuses_the_load_with_one_line_that_names_the_parameter),
	CLAIM(a_bad_value_leaves_no_buffer_of_the_good_ones),
	CLAIM(a_buffer_that_cannot_be_had_does_not_refuse_the_load),
	CLAIM(a_parent_that_is_not_there_does_not_refuse_the_load),
	CLAIM(bind_is_for_all_that_have_none_of_their_own),
	CLAIM(a_bind_without_a_size_makes_nothing),
	CLAIM(dma_mask_bit_bounds_buffers_without_parent_or_mask),
	CLAIM(quirk_mmap_mode_is_the_default_of_new_buffers),
	CLAIM(settings_of_a_parameters_buffer_are_the_defaults),
	CLAIM(a_parameters_buffer_can_be_deleted),
	CLAIM(the_module_is_listed_and_its_manager_there),
	CLAIM(the_module_file_tells_its_aliases_and_version),
	CLAIM(modprobe_u_dma_buf_mgr_loads_the_module),
	CLAIM(info_enable_1_logs_the_buffer_as_it_comes),
	CLAIM(info_enable_1_logs_the_buffer_as_it_goes),
	CLAIM(info_enable_2_adds_the_dma_details),
	CLAIM(info_enable_2_alone_logs_the_dma_details_only),
	CLAIM(info_enable_4_adds_the_build_options),
	CLAIM(info_enable_0_logs_no_buffer),
};

CLAIMS(claims)
