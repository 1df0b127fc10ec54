// SPDX-License-Identifier: GPL-2.0-only
/* Owns the walk through /proc: descriptors by their device number, mappings by their inode. */
#include "udmabufctl_processes.h"

#include "../lib/internal.h"
#include "mem.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct search {
	const struct udmabuf_info *buffers;
	struct stat *nodes;	/* st_ino 0: no node */
	size_t count;
	struct udmabufctl_processes found;
};

static struct stat *read_nodes(const struct udmabuf_info *buffers, size_t count)
{
	struct stat *nodes = NULL;
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < count; i++) {
		nodes = mem_grow(nodes, i, sizeof(*nodes));
		if (udmabuf_path(path, "/dev/%s", buffers[i].name) < 0 || stat(path, &nodes[i]) < 0)
			nodes[i].st_ino = 0;
	}
	return nodes;
}

static void read_command(int process_fd, char *ret_command, size_t room)
{
	int fd = openat(process_fd, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, ret_command, room - 1);

	if (fd >= 0)
		close(fd);
	ret_command[length < 0 ? 0 : length] = '\0';
	ret_command[strcspn(ret_command, "\n")] = '\0';
	for (; *ret_command; ret_command++) {
		if (!isgraph((unsigned char)*ret_command))
			*ret_command = '?';
	}
}

/* Processes come one after the other: one that was noted already is among the last. */
static struct udmabufctl_process *note(struct search *search, int pid, int process_fd,
				       size_t buffer)
{
	struct udmabufctl_processes *found = &search->found;
	struct udmabufctl_process *process;
	size_t i;

	for (i = found->count; i-- && found->list[i].pid == pid;) {
		if (found->list[i].buffer == buffer)
			return &found->list[i];
	}
	found->list = mem_grow(found->list, found->count, sizeof(*found->list));
	process = &found->list[found->count++];
	process->pid = pid;
	process->buffer = buffer;
	read_command(process_fd, process->command, sizeof(process->command));
	return process;
}

static void note_open(struct search *search, int pid, int process_fd, const struct stat *file)
{
	size_t i;

	if (!S_ISCHR(file->st_mode))
		return;
	for (i = 0; i < search->count; i++) {
		const struct udmabuf_info *buffer = &search->buffers[i];

		/* One that was deleted may have had the same number, and is held yet. */
		if (buffer->users && file->st_rdev == makedev(buffer->major, buffer->minor))
			note(search, pid, process_fd, i)->opens++;
	}
}

static void look_at_descriptors(struct search *search, int pid, int process_fd)
{
	int fd = openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat file;

	if (!directory) {
		search->found.is_partial |= errno == EACCES;
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(directory))) {
		if (isdigit((unsigned char)*entry->d_name) && !fstatat(fd, entry->d_name, &file, 0))
			note_open(search, pid, process_fd, &file);
	}
	closedir(directory);
}

static void note_mapping(struct search *search, int pid, int process_fd, const char *line)
{
	unsigned int major, minor;
	unsigned long long inode;
	size_t i;

	if (sscanf(line, "%*s %*s %*s %x:%x %llu", &major, &minor, &inode) != 3 || !inode)
		return;
	for (i = 0; i < search->count; i++) {
		if (search->nodes[i].st_ino == inode &&
		    search->nodes[i].st_dev == makedev(major, minor))
			note(search, pid, process_fd, i)->is_mapped = true;
	}
}

static void look_at_mappings(struct search *search, int pid, int process_fd)
{
	int fd = openat(process_fd, "maps", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;

	if (!file) {
		search->found.is_partial |= errno == EACCES;
		if (fd >= 0)
			close(fd);
		return;
	}
	while (getline(&line, &size, file) >= 0)
		note_mapping(search, pid, process_fd, line);
	free(line);
	fclose(file);
}

/* Not at ourselves, who may have descriptors of the shell that started us. */
static void look_at_process(struct search *search, int proc_fd, const char *name)
{
	const int pid = atoi(name);
	int fd;

	if (pid == getpid())
		return;
	fd = openat(proc_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	look_at_descriptors(search, pid, fd);
	look_at_mappings(search, pid, fd);
	close(fd);
}

void udmabufctl_find_processes(const struct udmabuf_info *buffers, size_t count,
			       struct udmabufctl_processes *ret_processes)
{
	struct search search = { .buffers = buffers, .count = count };
	const struct dirent *entry;
	char path[PATH_MAX];
	DIR *directory;

	search.nodes = read_nodes(buffers, count);
	directory = udmabuf_path(path, "/proc") < 0 ? NULL : opendir(path);
	/* Where processes of others are hidden (hidepid), the first one is. */
	search.found.is_partial = !directory || faccessat(dirfd(directory), "1/fd", R_OK, 0);
	while (directory && (entry = readdir(directory))) {
		if (isdigit((unsigned char)*entry->d_name))
			look_at_process(&search, dirfd(directory), entry->d_name);
	}
	if (directory)
		closedir(directory);
	free(search.nodes);
	*ret_processes = search.found;
}
