// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl doctor: what it says of machines that are a few files below a fake root. */
#include <grp.h>
#include <pwd.h>

#include "../../udmabufd/udmabufctl_doctor.h"
#include "../../udmabufd/udmabufctl_module.h"
#include "test_udmabufctl.h"

#define RELEASE "6.1.0-18-amd64"
#define EFIVARS "sys/firmware/efi/efivars"
#define SECURE_BOOT EFIVARS "/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define MOK_LIST EFIVARS "/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23"
#define MOK_NEW EFIVARS "/MokNew-605dab50-e046-4300-abb6-3dd810dd8b23"
#define INSTALLED "lib/modules/" RELEASE "/updates/dkms/u-dma-buf.ko"

/* This program passes for a module of that version: libkmod looks for no more than the section. */
static const char modinfo[] __attribute__((section(".modinfo"), used)) = "version=0.1.0";

static uid_t the_user;
static gid_t the_group;
static char *members[] = { NULL, NULL };
static struct group udmabuf = { .gr_name = "udmabuf", .gr_gid = 119, .gr_mem = members };
static struct passwd user = { .pw_name = "anna" };

uid_t geteuid(void)
{
	return the_user;
}

gid_t getegid(void)
{
	return 1000;
}

int getgroups(int size, gid_t *list)
{
	if (size)
		*list = the_group;
	return 1;
}

struct group *getgrnam(const char *name)
{
	return &udmabuf;
}

struct group *getgrgid(gid_t gid)
{
	return &udmabuf;
}

struct passwd *getpwuid(uid_t uid)
{
	return &user;
}

static void put_parents(const char *path)
{
	char parent[PATH_MAX];

	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(path, '/') - path), path);
	make_directories(parent);
}

static void put(const char *path, const char *content)
{
	put_parents(path);
	put_file(path, content);
}

static void put_bytes(const char *path, const void *bytes, size_t size)
{
	FILE *file;

	put_parents(path);
	file = fopen(root_path(path), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void install_this_program(const char *path)
{
	char text[PATH_MAX * 2];

	put_parents(path);
	snprintf(text, sizeof(text), "cp /proc/%d/exe %s", getpid(), root_path(path));
	assert_int_equal(system(text), 0);
}

/* A machine that lacks nothing. */
static int make_machine(void **state)
{
	if (make_root(state) < 0)
		return -1;
	the_user = 0;
	the_group = 0;
	members[0] = NULL;
	make_directories(CLASS);
	put("proc/sys/kernel/osrelease", RELEASE "\n");
	put("sys/module/u_dma_buf/version", "0.1.0\n");
	install_this_program(INSTALLED);
	put("lib/modules/" RELEASE "/build/Makefile", "");
	put("var/lib/dkms/u-dma-buf/kernel-" RELEASE "-x86_64", "");
	put("proc/meminfo", "MemTotal:  2000000 kB\nCmaTotal:   65536 kB\nCmaFree:    32768 kB\n");
	put("proc/buddyinfo",
	    "Node 0, zone      DMA      0      0      0      0      0      0      0      0      1"
	    "      1      2 \n"
	    "Node 0, zone   Normal    216     55    189      3      5      8      1      0      0"
	    "      0      0 \n");
	put("proc/pagetypeinfo",
	    "Page block order: 9\nPages per block:  512\n\n"
	    "Free pages count per migrate type at order       0      1\n"
	    "Node    0, zone      DMA, type    Unmovable      0      0\n\n"
	    "Number of blocks type     Unmovable      Movable  Reclaimable\n"
	    "Node 0, zone      DMA            3            5            0\n"
	    "Node 0, zone   Normal           46          507            4\n"
	    "Node 0, zone  Movable            0          900            0\n");
	return 0;
}

#define doctor_test(test) cmocka_unit_test_setup_teardown(test, make_machine, remove_root)

static void assert_diagnosis(int status, const char *line)
{
	assert_int_equal(run(udmabufctl_doctor, ""), status);
	assert_says(printed, line);
}

#define assert_ok(line) assert_diagnosis(EXIT_OK, "ok  " line)
#define assert_fix(line) assert_diagnosis(EXIT_FAILED, "fix " line)

static void a_machine_that_lacks_nothing_has_only_ok_lines(void **state)
{
	assert_int_equal(run(udmabufctl_doctor, ""), EXIT_OK);
	assert_string_equal(printed,
		"ok  module: u-dma-buf 0.1.0 is loaded\n"
		"ok  version: 0.1.0, of module and udmabufctl\n"
		"ok  headers: those of kernel " RELEASE " are installed\n"
		"ok  dkms: built and installed for kernel " RELEASE "\n"
		"ok  secure boot: off, any module may be loaded\n"
		"ok  cma: 64M, of which 32M are free\n"
		"ok  memory: the biggest free block is 4M (zone DMA); blocks of movable pages, of "
		"which longer runs can be cleared: 1G in all\n"
		"ok  iommu: none is active; of 0 buffers 0 have a device\n"
		"ok  group: root may use every buffer\n");
}

static void a_module_that_is_not_loaded_is_told_with_the_reason(void **state)
{
	assert_int_equal(unlink(root_path("sys/module/u_dma_buf/version")), 0);
	assert_fix("module: no u-dma-buf module for kernel " RELEASE ": install u-dma-buf-dkms and "
		   "linux-headers-" RELEASE);
	make_directories("usr/src/u-dma-buf-0.1.0");
	assert_fix("module: no u-dma-buf module for kernel " RELEASE ": u-dma-buf-dkms could not "
		   "build it without the kernel's headers: install linux-headers-" RELEASE);
}

static void another_version_than_installed_is_to_be_loaded_anew(void **state)
{
	put("sys/module/u_dma_buf/version", "0.0.9\n");
	assert_fix("version: 0.0.9 is loaded, 0.1.0 is installed: when no buffer is in use, rmmod");
}

static void a_module_of_another_version_than_the_tool_is_told(void **state)
{
	char *version = udmabufctl_installed_version(RELEASE);

	assert_string_equal(version, "0.1.0");
	free(version);
	assert_int_equal(unlink(root_path(INSTALLED)), 0);
	install_this_program(INSTALLED ".dpkg-new");
	assert_fix("version: no module is installed for kernel " RELEASE);
	assert_null(udmabufctl_installed_version(RELEASE));
}

static void a_module_without_dkms_is_found_in_its_other_places(void **state)
{
	assert_int_equal(unlink(root_path(INSTALLED)), 0);
	install_this_program("lib/modules/" RELEASE "/extra/u-dma-buf.ko");
	assert_ok("version: 0.1.0");
}

static void missing_headers_are_named_as_a_package(void **state)
{
	assert_int_equal(unlink(root_path("lib/modules/" RELEASE "/build/Makefile")), 0);
	assert_fix("headers: those of kernel " RELEASE " are missing, and DKMS builds nothing "
		   "without: install linux-headers-" RELEASE " (linux-headers-amd64 brings");
}

static void each_state_of_dkms_has_its_remedy(void **state)
{
	assert_int_equal(unlink(root_path("var/lib/dkms/u-dma-buf/kernel-" RELEASE "-x86_64")), 0);
	assert_ok("dkms: knows no u-dma-buf: the module was installed without it");
	assert_int_equal(unlink(root_path(INSTALLED)), 0);
	assert_fix("dkms: knows no u-dma-buf: install u-dma-buf-dkms");
	make_directories("var/lib/dkms/u-dma-buf/0.1.0");
	assert_fix("dkms: not built for kernel " RELEASE ": dkms autoinstall -k " RELEASE);
	put("var/lib/dkms/u-dma-buf/0.1.0/build/make.log", "");
	assert_fix("dkms: the last build failed: ");
	make_directories("var/lib/dkms/u-dma-buf/0.1.0/" RELEASE);
	assert_fix("dkms: built but not installed: dkms autoinstall -k " RELEASE);
}

static void secure_boot_needs_a_key_that_is_enrolled(void **state)
{
	static const char is_on[] = { 6, 0, 0, 0, 1 };
	static const char certificate[] = "CERT\0\377IFICATE";
	static const char list[] = "\6\0\0\0header\377\0CERT\0\377IFICATE\0trailer";

	put_bytes(SECURE_BOOT, is_on, sizeof(is_on));
	assert_fix("secure boot: on, and DKMS has no key in /var/lib/dkms/mok.pub");
	put_bytes("var/lib/dkms/mok.pub", certificate, sizeof(certificate) - 1);
	assert_fix("secure boot: on, and the key of DKMS is not enrolled: mokutil --import");
	put_bytes(MOK_NEW, is_on, sizeof(is_on));
	assert_fix("secure boot: on, and the key of DKMS waits to be enrolled: reboot");
	put_bytes(MOK_LIST, list, sizeof(list) - 12);
	assert_fix("secure boot: on, and the key of DKMS waits");
	put_bytes(MOK_LIST, list, sizeof(list));
	assert_ok("secure boot: on, and the key of DKMS is enrolled");
}

static void secure_boot_that_is_off_is_no_obstacle(void **state)
{
	static const char is_off[] = { 6, 0, 0, 0, 0 };

	put_bytes(SECURE_BOOT, is_off, sizeof(is_off));
	assert_ok("secure boot: off");
}

static void signatures_are_asked_for_without_secure_boot_too(void **state)
{
	put("sys/module/module/parameters/sig_enforce", "N\n");
	put("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_ok("secure boot: off, any module");
	put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_fix("secure boot: off, but the kernel loads signed modules only");
	put("sys/module/module/parameters/sig_enforce", "Y\n");
	put("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_fix("secure boot: off, but the kernel loads signed modules only");
}

static void no_cma_is_no_fault(void **state)
{
	put("proc/meminfo", "MemTotal:  2000000 kB\n");
	assert_ok("cma: this kernel has none");
	put("proc/meminfo", "CmaTotal: 0 kB\nCmaFree: 0 kB\n");
	assert_ok("cma: none is set aside (cma=SIZE");
}

static void memory_in_crumbs_has_a_remedy(void **state)
{
	put("proc/buddyinfo", "Node 0, zone   Normal   216   55   189   3   0   0\n");
	assert_int_equal(unlink(root_path("proc/pagetypeinfo")), 0);
	assert_fix("memory: the biggest free block is 32K: make buffers earlier in the boot, or "
		   "echo 1 >/proc/sys/vm/compact_memory; root sees how much");
}

static void behind_an_iommu_every_buffer_needs_a_device(void **state)
{
	add_buffer("frames");
	add_buffer("ring");
	put("dev/frames", "");
	put("dev/ring", "");
	put_attribute("ring", "dma_device", "none\n");
	assert_ok("iommu: none is active; of 2 buffers 1 have a device");
	put("sys/class/iommu/dmar0", "");
	put("sys/kernel/iommu_groups/0/type", "identity\n");
	assert_ok("iommu: passes addresses through");
	put("sys/kernel/iommu_groups/1/type", "DMA-FQ\n");
	assert_fix("iommu: it translates, and buffer 'ring' has no device");
	put("sys/bus/pci/drivers/vfio-pci/0000:00:05.0/iommu_group", "");
	assert_ok("iommu: it translates, and buffer 'ring' has no device: a program must map it by VFIO");
	put_attribute("ring", "dma_device", "pci/0000:00:04.0\n");
	assert_ok("iommu: translates; each of 2 buffers has a device");
}

static void a_user_outside_the_group_is_told_how_to_get_in(void **state)
{
	the_user = 1000;
	assert_fix("group: anna is not in group udmabuf: to use new buffers, adduser anna udmabuf, "
		   "then log in again");
	members[0] = "anna";
	assert_fix("group: anna is in group udmabuf since after this session began: log in again "
		   "to use new buffers");
	the_group = 119;
	assert_ok("group: this session is in group udmabuf");
}

static void a_node_tells_who_may_use_it(void **state)
{
	add_buffer("frames");
	the_user = 1000;
	assert_fix("group: buffer 'frames' has no node: make it anew, which makes /dev/frames");
	the_user = 0;
	assert_fix("group: buffer 'frames' has no node");
	the_user = 1000;
	put("dev/frames", "");
	assert_int_equal(chmod(root_path("dev/frames"), 0600), 0);
	assert_fix("group: ");
	assert_int_equal(chmod(root_path("dev/frames"), 0666), 0);
	assert_ok("group: this user may use every buffer (1)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		doctor_test(a_machine_that_lacks_nothing_has_only_ok_lines),
		doctor_test(a_module_that_is_not_loaded_is_told_with_the_reason),
		doctor_test(another_version_than_installed_is_to_be_loaded_anew),
		doctor_test(a_module_of_another_version_than_the_tool_is_told),
		doctor_test(a_module_without_dkms_is_found_in_its_other_places),
		doctor_test(missing_headers_are_named_as_a_package),
		doctor_test(each_state_of_dkms_has_its_remedy),
		doctor_test(secure_boot_needs_a_key_that_is_enrolled),
		doctor_test(secure_boot_that_is_off_is_no_obstacle),
		doctor_test(signatures_are_asked_for_without_secure_boot_too),
		doctor_test(no_cma_is_no_fault),
		doctor_test(memory_in_crumbs_has_a_remedy),
		doctor_test(behind_an_iommu_every_buffer_needs_a_device),
		doctor_test(a_user_outside_the_group_is_told_how_to_get_in),
		doctor_test(a_node_tells_who_may_use_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
