// SPDX-License-Identifier: GPL-2.0-only
/* doctor: can devices use the addresses of the buffers, and can the caller open them? */
#include "../lib/internal.h"
#include "../lib/udmabuf.h"
#include "mem.h"
#include "udmabufctl_doctor.h"

#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP "udmabuf"

static bool is_type_translating(const char *path)
{
	char type[16] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	if (!fgets(type, sizeof(type), file))
		*type = '\0';
	fclose(file);
	return !strncmp(type, "DMA", 3);
}

/* Does it give addresses of its own to the DMA of any device? */
static bool is_any_group_translating(void)
{
	char path[PATH_MAX];
	bool is_any = false;
	glob_t found;
	size_t i;

	if (udmabuf_path(path, "/sys/kernel/iommu_groups/*/type") < 0 ||
	    glob(path, GLOB_NOSORT, NULL, &found))
		return false;
	for (i = 0; !is_any && i < found.gl_pathc; i++)
		is_any = is_type_translating(found.gl_pathv[i]);
	globfree(&found);
	return is_any;
}

static size_t count_orphans(const struct udmabuf_info *list, size_t count)
{
	size_t orphans = 0;
	size_t i;

	for (i = 0; i < count; i++)
		orphans += !*list[i].device;
	return orphans;
}

/* It can have no buffer of its own: programs map some for it. */
static bool has_vfio_a_device(void)
{
	return doctor_glob(NULL, "/sys/bus/*/drivers/*vfio*/*/iommu_group");
}

static void check_parents(struct doctor *doctor, const struct udmabuf_info *list, size_t count)
{
	const bool may_be_meant_so = has_vfio_a_device();
	size_t i;

	for (i = 0; i < count; i++) {
		if (*list[i].device)
			continue;
		if (may_be_meant_so)
			doctor_ok(doctor, "iommu", "it translates, and buffer '%s' has no device: a "
				  "program must map it by VFIO, or make it with --device=pci/...",
				  list[i].name);
		else
			doctor_fix(doctor, "iommu", "it translates, and buffer '%s' has no device: "
				   "PCI devices can't use its address; make it with "
				   "--device=pci/...", list[i].name);
	}
}

void doctor_check_iommu(struct doctor *doctor)
{
	struct udmabuf_info *list = NULL;
	size_t count = 0;
	size_t orphans;

	udmabuf_list(&list, &count);
	orphans = count_orphans(list, count);
	if (!doctor_glob(NULL, "/sys/class/iommu/*"))
		doctor_ok(doctor, "iommu", "none is active; of %zu buffers %zu have a device",
			  count, count - orphans);
	else if (!is_any_group_translating())
		doctor_ok(doctor, "iommu", "passes addresses through; of %zu buffers %zu have a "
			  "device", count, count - orphans);
	else if (!orphans)
		doctor_ok(doctor, "iommu", "translates; each of %zu buffers has a device", count);
	else
		check_parents(doctor, list, count);
	free(list);
}

static bool is_member(gid_t group)
{
	gid_t *groups;
	bool is_found;
	int count, i;

	count = getgroups(0, NULL);
	groups = count > 0 ? calloc(count, sizeof(*groups)) : NULL;
	count = groups ? getgroups(count, groups) : 0;
	is_found = group == getegid();
	for (i = 0; !is_found && i < count; i++)
		is_found = groups[i] == group;
	free(groups);
	return is_found;
}

/* Added to the group, but after this session began. */
static bool is_member_later(const struct group *group, const char *user)
{
	size_t i;

	for (i = 0; group->gr_mem[i]; i++) {
		if (!strcmp(group->gr_mem[i], user))
			return true;
	}
	return false;
}

static void advise(struct doctor *doctor, const struct group *group, const char *what)
{
	const struct passwd *passwd = getpwuid(geteuid());
	const char *user = passwd ? passwd->pw_name : "USER";

	if (is_member_later(group, user))
		doctor_fix(doctor, "group", "%s is in group %s since after this session began: "
			   "log in again to use %s", user, group->gr_name, what);
	else
		doctor_fix(doctor, "group", "%s is not in group %s: to use %s, adduser %s %s, "
			   "then log in again", user, group->gr_name, what, user,
			   group->gr_name);
}

static bool may_use(const struct stat *node)
{
	const mode_t both = 6;

	if (!geteuid())
		return true;
	if (node->st_uid == geteuid())
		return (node->st_mode >> 6 & both) == both;
	if (is_member(node->st_gid))
		return (node->st_mode >> 3 & both) == both;
	return (node->st_mode & both) == both;
}

static bool check_node(struct doctor *doctor, const char *name)
{
	const struct group *group;
	char path[PATH_MAX];
	struct stat node;

	if (udmabuf_path(path, "/dev/%s", name) < 0 || stat(path, &node) < 0) {
		doctor_fix(doctor, "group", "buffer '%s' has no node: make it anew, which makes "
			   "/dev/%s", name, name);
		return false;
	}
	if (may_use(&node))
		return true;
	group = getgrgid(node.st_gid);
	if (group && node.st_gid && !is_member(node.st_gid) &&
	    (node.st_mode & 060) == 060)
		advise(doctor, group, path);
	else
		doctor_fix(doctor, "group", "%s is not for this user (owner %u, group %u, mode "
			   "%04o): owner, group and mode in u-dma-buf.conf(5) change that", path,
			   node.st_uid, node.st_gid, (unsigned int)node.st_mode & 07777);
	return false;
}

static void check_default_group(struct doctor *doctor)
{
	const struct group *group = getgrnam(GROUP);

	if (!group)
		doctor_fix(doctor, "group", "there is no group " GROUP ": install udmabufd");
	else if (is_member(group->gr_gid))
		doctor_ok(doctor, "group", "this session is in group " GROUP);
	else
		advise(doctor, group, "new buffers");
}

void doctor_check_group(struct doctor *doctor)
{
	struct udmabuf_info *list = NULL;
	bool is_good = true;
	size_t count = 0;
	size_t i;

	udmabuf_list(&list, &count);
	for (i = 0; i < count; i++)
		is_good &= check_node(doctor, list[i].name);
	if (!count && geteuid())
		check_default_group(doctor);
	else if (is_good && geteuid())
		doctor_ok(doctor, "group", "this user may use every buffer (%zu)", count);
	else if (is_good)
		doctor_ok(doctor, "group", "root may use every buffer");
	free(list);
}
