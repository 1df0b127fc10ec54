// SPDX-License-Identifier: GPL-2.0-only
/* Owns the command line of udmabufd(8). */
#include "actual.h"
#include "daemon.h"
#include "log.h"
#include "mem.h"
#include "module.h"
#include "plan.h"
#include "reload.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <version.h>

#define EXIT_USAGE 2

enum task { TASK_RUN, TASK_CHECK, TASK_DRY_RUN, TASK_RELOAD };

static const char usage[] =
	"usage: udmabufd [--config FILE]\n"
	"       udmabufd --check [FILE]\n"
	"       udmabufd --dry-run [--config FILE]\n"
	"       udmabufd --reload\n"
	"\n"
	"Makes the buffers that " CONFIG_PATH " and the files of\n"
	CONFIG_DIR " and " CONFIG_RUN_DIR " ask for, and keeps them.\n"
	"\n"
	"  --config FILE    read FILE and no other\n"
	"  --check [FILE]   only say what is wrong with the files, or with FILE; change nothing\n"
	"  --dry-run        only print what would be done, one action a line; change nothing\n"
	"  --reload         have the udmabufd that runs read its files again, and wait for the result\n"
	"  --version        print the version\n"
	"  --help           print this\n"
	"\n"
	"See udmabufd(8) and u-dma-buf.conf(5).\n";

static int fail_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void print_mistakes(const struct config *config)
{
	for (size_t i = 0; i < config->n_mistakes; i++)
		fprintf(stderr, "%s\n", config->mistakes[i].text);
}

static void print_praise(const struct config *config)
{
	if (!config->n_files)
		printf("%s: not there, which asks for no buffer\n", config->path);
	else if (config->n_files == 1)
		printf("%s: no mistake, %zu buffers\n", config->files[0], config->n_buffers);
	else
		printf("%zu files: no mistake, %zu buffers\n", config->n_files, config->n_buffers);
}

static int check(const char *path)
{
	struct config config;
	const bool is_right = !config_load(path, &config) && !config.n_mistakes;

	if (is_right)
		print_praise(&config);
	else
		print_mistakes(&config);
	config_free(&config);
	return is_right ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void print_error(char *text)
{
	fprintf(stderr, "%s\n", text);
	free(text);
}

static void print_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_actions; i++) {
		MEM_AUTO char *line = plan_action_text(&plan->actions[i]);

		/* Nothing to do for whoever asks: only ourselves have still to remember it. */
		if (plan->actions[i].verb != PLAN_NOTE)
			puts(line);
	}
}

static int dry_run(const char *path)
{
	struct records records = { 0 };
	struct config config;
	struct actual actual;
	struct plan plan;
	int r = config_load(path, &config);

	print_mistakes(&config);
	if (!r) {
		r = records_read(&records);
		if (!r)
			r = actual_read(&config, &records, &actual);
		if (r < 0)
			print_error(actual_error_text(r));
	}
	if (!r) {
		if (!actual.has_module)
			print_error(module_missing_text());
		plan_make(&config, &actual, &plan);
		print_plan(&plan);
		plan_free(&plan);
		actual_free(&actual);
	}
	records_free(&records);
	config_free(&config);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run_task(enum task task, const char *path)
{
	switch (task) {
	case TASK_CHECK:
		return check(path);
	case TASK_DRY_RUN:
		return dry_run(path);
	case TASK_RELOAD:
		return reload_request();
	case TASK_RUN:
		break;
	}
	log_open();
	return daemon_run(path);
}

/* What did not reach its reader was not printed. */
static int check_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "udmabufd: standard output: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

static int fail_usage(const char *format, ...)
{
	va_list args;

	fputs("udmabufd: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs(", see udmabufd --help\n", stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "check", no_argument, NULL, TASK_CHECK },
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, TASK_DRY_RUN },
		{ "reload", no_argument, NULL, TASK_RELOAD },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	enum task task = TASK_RUN;
	const char *path = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case TASK_CHECK:
		case TASK_DRY_RUN:
		case TASK_RELOAD:
			if (task != TASK_RUN)
				return fail_usage("one of --check, --dry-run and --reload at a time");
			task = (enum task)option;
			break;
		case 'c':
			path = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("udmabufd " UDMABUF_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs("udmabufd --help says how to use it\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (task == TASK_RELOAD && path)
		return fail_usage("--reload has the daemon read its own files, not those of --config");
	if (task == TASK_CHECK && optind < argc) {
		if (path)
			return fail_usage("one of --config and a file after --check at a time");
		path = argv[optind++];
	}
	if (optind < argc)
		return fail_usage("\"%s\" is not expected here", argv[optind]);
	return check_output(run_task(task, path));
}
