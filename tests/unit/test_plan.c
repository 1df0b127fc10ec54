// SPDX-License-Identifier: GPL-2.0-only
/* Configuration and plan, by the folders of cases/: what they are is said in cases/README. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "plan.h"

struct passwd *getpwnam(const char *name)
{
	static struct passwd user;

	return !strcmp(name, "root") || !strcmp(name, "capture") ? &user : NULL;
}

struct group *getgrnam(const char *name)
{
	static struct group group;

	return !strcmp(name, "root") || !strcmp(name, "udmabuf") || !strcmp(name, "video") ?
		&group : NULL;
}

static const char *const attributes[][2] = {
	{ "driver_version", "0.1.0" }, { "phys_addr", "0x00000000fe000000" },
	{ "size", "65536" }, { "sync_mode", "0" }, { "sync_offset", "0x0" },
	{ "sync_size", "65536" }, { "sync_direction", "0" }, { "sync_owner", "0" },
	{ "sync_for_cpu", "0" }, { "sync_for_device", "0" }, { "dma_coherent", "1" },
	{ "quirk_mmap_mode", "3" }, { "ioctl_version", "2" }, { "dma_device", "none" },
	{ "dma_mask", "32" }, { "memory", "pages" }, { "origin", "manager" }, { "users", "0" },
	{ "dev", "240:0" },
};

static char root[] = "/tmp/udmabuf-plan-XXXXXX";

static void put(const char *path, const char *text)
{
	MEM_AUTO char *whole = mem_printf("%s/%s", root, path);
	FILE *file;

	for (char *slash = strchr(whole + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(whole, 0755);
		*slash = '/';
	}
	if (!text) {
		mkdir(whole, 0755);
		return;
	}
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void put_buffer(char *words)
{
	const char *name = strtok(words, " ");
	MEM_AUTO char *node = mem_printf("dev/%s", name);

	put(node, "");
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		MEM_AUTO char *path = mem_printf("sys/class/u-dma-buf/%s/%s", name,
						 attributes[i][0]);

		put(path, attributes[i][1]);
	}
	for (char *word = strtok(NULL, " "); word; word = strtok(NULL, " ")) {
		char *value = strchr(word, '=');
		MEM_AUTO char *path = mem_printf("sys/class/u-dma-buf/%s/%.*s", name,
						 (int)(value - word), word);

		put(path, value + 1);
	}
}

/* One more line in the file of the records. INODE=this becomes that of the buffer. */
static void put_record(char *words)
{
	static const char this[] = "INODE=this";
	MEM_AUTO char *path = mem_printf("%s/run/udmabuf/buffers", root);
	MEM_AUTO char *name = mem_printf("%.*s", (int)strcspn(words, " "), words);
	FILE *file;
	char *inode;

	*strchr(words, ' ') = '\t';
	for (char *c = words; *c; c++)
		*c = *c == '|' ? '\t' : *c;
	put("run/udmabuf", NULL);
	file = fopen(path, "a");
	assert_non_null(file);
	inode = strstr(words, this);
	if (inode)
		fprintf(file, "%.*sINODE=%ju%s\n", (int)(inode - words), words,
			(uintmax_t)record_inode(name), inode + strlen(this));
	else
		fprintf(file, "%s\n", words);
	fclose(file);
}

static void put_device(const char *device)
{
	const char *slash = strchr(device, '/');
	MEM_AUTO char *path = mem_printf("sys/bus/%.*s/devices/%s", (int)(slash - device), device,
					 slash + 1);

	put(path, NULL);
}

static void put_line(char *line)
{
	char *words = strchr(line, ' ');

	assert_non_null(words);
	*words++ = '\0';
	if (!strcmp(line, "buffer")) {
		put_buffer(words);
	} else if (!strcmp(line, "record")) {
		put_record(words);
	} else if (!strcmp(line, "device")) {
		put_device(words);
	} else if (!strcmp(line, "node")) {
		MEM_AUTO char *path = mem_printf("dev/%s", words);

		put(path, "");
	} else if (!strcmp(line, "module")) {
		MEM_AUTO char *path = mem_printf("%s/sys/class/u-dma-buf", root);

		assert_string_equal(words, "absent");
		assert_int_equal(rmdir(path), 0);
	} else {
		fail_msg("\"%s\" is no word of a file \"there\"", line);
	}
}

static void put_root(void)
{
	FILE *file = fopen("there", "r");
	char *line = NULL;
	size_t size = 0;

	put("sys/class/u-dma-buf", NULL);
	put("dev", NULL);
	while (file && getline(&line, &size, file) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		put_line(line);
	}
	free(line);
	if (file)
		fclose(file);
}

/* A folder of the case is one of the root. */
static void put_folder(const char *folder, const char *place)
{
	MEM_AUTO char *target = realpath(folder, NULL);
	MEM_AUTO char *path = mem_printf("%s/%s", root, place);

	if (target)
		assert_int_equal(symlink(target, path), 0);
}

/* The file as it stands, "" if there is none. */
static char *whole_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = mem_copy("");
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) >= 0)
		mem_append(&text, "%s", line);
	free(line);
	if (file)
		fclose(file);
	return text;
}

static char *plan_text(const struct plan *plan)
{
	char *text = mem_copy("");

	for (size_t i = 0; i < plan->n_actions; i++) {
		MEM_AUTO char *line = plan_action_text(&plan->actions[i]);

		mem_append(&text, "%s\n", line);
	}
	return text;
}

static void assert_as_in(const char *file, const char *came)
{
	MEM_AUTO char *expected = whole_file(file);

	if (strcmp(expected, came))
		fail_msg("expected, in %s:\n%scame:\n%s", file, expected, came);
}

static void check_messages(const struct config *config, bool is_absent)
{
	MEM_AUTO char *text = mem_copy("");

	for (size_t i = 0; i < config->n_mistakes && !is_absent; i++)
		mem_append(&text, "%s\n", config->mistakes[i].text);
	assert_as_in("expected-messages", text);
}

static void check_plan(const struct config *config, const struct actual *actual)
{
	MEM_AUTO char *text = NULL;
	struct plan plan;

	plan_make(config, actual, &plan);
	text = plan_text(&plan);
	plan_free(&plan);
	assert_as_in("expected-plan", text);
}

static void check_stop(const struct actual *actual)
{
	MEM_AUTO char *text = NULL;
	struct plan plan;

	plan_stop(actual, &plan);
	text = plan_text(&plan);
	plan_free(&plan);
	assert_as_in("expected-stop", text);
}

static void case_holds(void **state)
{
	struct records records;
	struct config config;
	struct actual actual;
	bool is_absent;
	int r;

	(void)state;
	put_root();
	put("run", NULL);
	put_folder("etc", "etc");
	put_folder("run", "run/u-dma-buf.conf.d");
	r = config_load(access("etc", F_OK) ? "u-dma-buf.conf" : NULL, &config);
	is_absent = r == -ENOENT && access("etc", F_OK);
	check_messages(&config, is_absent);
	assert_int_equal(records_read(&records), 0);
	assert_int_equal(actual_read(&config, &records, &actual), 0);
	records_free(&records);
	if (!r || is_absent)
		check_plan(&config, &actual);
	else
		assert_int_not_equal(access("expected-plan", F_OK), 0);
	if (!access("expected-stop", F_OK))
		check_stop(&actual);
	actual_free(&actual);
	config_free(&config);
}

static int enter_case(void **state)
{
	strcpy(root + sizeof(root) - 7, "XXXXXX");
	if (!mkdtemp(root))
		return -1;
	udmabuf_set_root(root);
	return chdir(*state);
}

static int leave_case(void **state)
{
	MEM_AUTO char *command = mem_printf("rm -r %s", root);

	(void)state;
	return chdir("..") ? -1 : system(command);
}

static int is_case(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && entry->d_name[0] != '.';
}

int main(void)
{
	struct dirent **entries;
	struct CMUnitTest *tests = NULL;
	int count;
	int failed;

	if (chdir(CASES))
		return EXIT_FAILURE;
	count = scandir(".", &entries, is_case, alphasort);
	for (int i = 0; i < count; i++) {
		tests = mem_grow(tests, (size_t)i, sizeof(*tests));
		tests[i] = (struct CMUnitTest){
			.name = entries[i]->d_name,
			.test_func = case_holds,
			.setup_func = enter_case,
			.teardown_func = leave_case,
			.initial_state = entries[i]->d_name,
		};
	}
	failed = count > 0 ? _cmocka_run_group_tests("cases", tests, (size_t)count, NULL, NULL) :
			     EXIT_FAILURE;
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	free(tests);
	return failed;
}
