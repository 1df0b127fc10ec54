// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl: the table of commands. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../src/version.h"
#include "udmabufctl.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *words;
	const char *does;
} commands[] = {
	{ "list", udmabufctl_list, "[--json]", "every buffer, one a line" },
	{ "show", udmabufctl_show, "NAME [--json]", "everything about one" },
	{ "create", udmabufctl_create, "NAME SIZE [OPTION]...", "make one" },
	{ "delete", udmabufctl_delete, "NAME [--force]", "delete one" },
	{ "set", udmabufctl_set, "NAME KEY=VALUE...", "change its sync settings: all or none" },
	{ "sync", udmabufctl_sync, "NAME for-cpu|for-device [OPTION]...",
	  "hand one to the CPU or to the device" },
	{ "test", udmabufctl_test, "NAME [--in-use]", "overwrite, read back and time one" },
	{ "check", udmabufctl_check, "[FILE]", "is the configuration right?" },
	{ "reload", udmabufctl_reload, "", "have udmabufd take the changed configuration" },
	{ "dump", udmabufctl_dump, "", "a configuration of what exists" },
	{ "doctor", udmabufctl_doctor, "", "is this machine fit, and what to do?" },
	{ "version", udmabufctl_version, "", "of tool, daemon and module" },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const char options_help[] =
	"\n"
	"Option of list and show:\n"
	"  --json                   for programs, see udmabufctl(1)\n"
	"\n"
	"Options of create (what is not given is left to the driver):\n"
	"  --device=[BUS/]DEVICE    device that does the DMA: pci/0000:01:00.0, platform/axi-dma\n"
	"  --minor=N                minor number, 0 to 255\n"
	"  --dma-mask=BITS          highest address, 1 to 64 bits\n"
	"  --mmap=MODE              off, on, auto, page\n"
	"  --sync-mode=MODE         0 to 7, or cached, noncached, write-combine, dma-coherent\n"
	"  --sync-always            the mode counts without O_SYNC too\n"
	"  --sync-offset=OFFSET     range of a sync that names none\n"
	"  --sync-size=SIZE\n"
	"  --sync-direction=DIR     0 to 2, or bidirectional, to-device, from-device\n"
	"\n"
	"Option of delete:\n"
	"  --force                  even if it is in use: its users get SIGBUS and ENODEV\n"
	"\n"
	"Keys of set: mode, always, offset, size, direction, as in the sync group of\n"
	"u-dma-buf.conf(5).\n"
	"\n"
	"Options of sync (with none of them: the buffer's own settings):\n"
	"  --offset=OFFSET          default 0\n"
	"  --size=SIZE              default up to the end\n"
	"  --direction=DIR          default the buffer's\n"
	"\n"
	"Option of test:\n"
	"  --in-use                 even if it is in use, which destroys its users' data\n"
	"\n"
	"Sizes and offsets: 4096, 0x1000, 64K, 16M, 2G. Exit status: 0 done, 1 failed, 2 usage.\n";

static void print_help(void)
{
	size_t i;

	printf("Usage: udmabufctl COMMAND\n\nDMA buffers of the u-dma-buf driver.\n\nCommands:\n");
	for (i = 0; i < COMMAND_COUNT; i++)
		printf("  %-7s %-36s %s\n", commands[i].name, commands[i].words, commands[i].does);
	fputs(options_help, stdout);
}

static bool is_help_wanted(char **words)
{
	for (; *words && strcmp(*words, "--"); words++) {
		if (!strcmp(*words, "--help"))
			return true;
	}
	return false;
}

/* A full disk below a dump must not pass for a good one. */
static int check_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	return udmabufctl_fail("standard output: %s", strerror(errno));
}

static int run_command(int argc, char **argv, char *program)
{
	const char *name = argv[0];
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name))
			continue;
		if (is_help_wanted(argv + 1)) {
			print_help();
			return EXIT_OK;
		}
		argv[0] = program;
		optind = 0;
		return check_output(commands[i].run(argc, argv));
	}
	return udmabufctl_usage_error("there is no command '%s'", name);
}

int main(int argc, char **argv)
{
	static char program[] = "udmabufctl";
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};

	argv[0] = program;
	switch (getopt_long(argc, argv, "+hV", options, NULL)) {
	case 'h':
		print_help();
		return EXIT_OK;
	case 'V':
		puts("udmabufctl " UDMABUF_VERSION);
		return EXIT_OK;
	case '?':
		return udmabufctl_point_to_help();
	}
	if (optind == argc)
		return udmabufctl_usage_error("a command is missing");
	return run_command(argc - optind, argv + optind, program);
}
