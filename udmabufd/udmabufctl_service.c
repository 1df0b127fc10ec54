// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl check, reload and version: what the daemon knows better. */
#include "../src/version.h"
#include "mem.h"
#include "udmabufctl.h"
#include "udmabufctl_module.h"

#include <errno.h>
#include <getopt.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Set by the Makefile: prefix is not always /usr. */
#ifndef DAEMON_PATH
#define DAEMON_PATH "/usr/sbin/udmabufd"
#endif

/* In our place, so that output and exit status are the daemon's. */
static int become_daemon(const char *option, char *word)
{
	char *words[] = { DAEMON_PATH, (char *)option, "--", word, NULL };

	execv(*words, words);
	return udmabufctl_fail("%s: %s", *words, strerror(errno));
}

int udmabufctl_check(int argc, char **argv)
{
	if (!udmabufctl_has_words(argc, argv, 0, 1, "at most one FILE after 'check'"))
		return EXIT_USAGE;
	return become_daemon("--check", argv[optind]);
}

int udmabufctl_reload(int argc, char **argv)
{
	if (!udmabufctl_has_words(argc, argv, 0, 0, "nothing after 'reload'"))
		return EXIT_USAGE;
	return become_daemon("--reload", NULL);
}

/* What the daemon says of itself, on our own standard output. */
static int run_daemon_version(void)
{
	char *words[] = { DAEMON_PATH, "--version", NULL };
	int status;
	pid_t pid;
	int r;

	fflush(stdout);
	r = posix_spawn(&pid, *words, NULL, NULL, words, environ);
	if (r)
		return -r;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return status ? -EIO : 0;
}

static void print_module(void)
{
	MEM_AUTO char *release = udmabufctl_kernel_release();
	MEM_AUTO char *loaded = udmabufctl_loaded_version();
	MEM_AUTO char *installed = udmabufctl_installed_version(release);

	printf("u-dma-buf, loaded: %s\n", loaded ? loaded : "no");
	printf("u-dma-buf, installed for kernel %s: %s\n", release, installed ? installed : "no");
}

int udmabufctl_version(int argc, char **argv)
{
	int r;

	if (!udmabufctl_has_words(argc, argv, 0, 0, "nothing after 'version'"))
		return EXIT_USAGE;
	puts("udmabufctl " UDMABUF_VERSION);
	r = run_daemon_version();
	if (r < 0)
		printf("udmabufd: %s: %s\n", DAEMON_PATH, strerror(-r));
	print_module();
	return EXIT_OK;
}
