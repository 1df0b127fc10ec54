// SPDX-License-Identifier: GPL-2.0-only
/* Both ends of the reload socket, below a fake root: the one that asks is a child process. */
#include <errno.h>
#include <sys/wait.h>

#include "reload.h"
#include "test_lib_root.h"

static struct reload reload;
static sd_event *event;
static unsigned int requests;

static void on_request(void *userdata)
{
	requests++;
	if (userdata)
		reload_answer(&reload, *(int *)userdata, "2 of 2 buffers");
}

static int begin(void **state)
{
	if (make_root(state) < 0)
		return -1;
	make_directories("run/udmabuf");
	requests = 0;
	reload = (struct reload)RELOAD_NONE;
	return sd_event_new(&event) < 0;
}

static int end(void **state)
{
	reload_end(&reload);
	sd_event_unref(event);
	return remove_root(state);
}

/* A child that asks; what it prints is in a file of the name of its process. */
static pid_t ask(void)
{
	const pid_t child = fork();
	char file[16];

	assert_true(child >= 0);
	if (!child) {
		snprintf(file, sizeof(file), "%d", getpid());
		assert_non_null(freopen(root_path(file), "w", stdout));
		assert_true(dup2(fileno(stdout), STDERR_FILENO) >= 0);
		_exit(reload_request() | fflush(stdout));
	}
	return child;
}

static void assert_ends(pid_t child, int expected, const char *said)
{
	char text[256] = "";
	char name[16];
	FILE *file;
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
	snprintf(name, sizeof(name), "%d", child);
	file = fopen(root_path(name), "r");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	assert_string_equal(text, said);
}

static void run_until_requests(unsigned int expected)
{
	while (requests < expected)
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
}

static void without_a_daemon_the_remedy_is_told(void **state)
{
	assert_ends(ask(), EXIT_FAILURE,
		    "udmabufd does not run: `systemctl start udmabuf` reads the configuration\n");
}

static void the_answer_ends_the_request_with_its_status(void **state)
{
	int status = EXIT_SUCCESS;

	assert_true(reload_begin(&reload, event, on_request, &status) >= 0);
	for (status = 0; status < 2; status++) {
		const pid_t child = ask();

		run_until_requests((unsigned int)status + 1);
		assert_ends(child, status, "2 of 2 buffers\n");
	}
}

static void a_second_request_waits_for_the_answer_to_the_first(void **state)
{
	pid_t first;
	pid_t second;

	assert_true(reload_begin(&reload, event, on_request, NULL) >= 0);
	first = ask();
	run_until_requests(1);
	second = ask();
	assert_int_equal(sd_event_run(event, 0), 0);
	assert_int_equal(requests, 1);
	reload_answer(&reload, EXIT_SUCCESS, "one");
	assert_ends(first, EXIT_SUCCESS, "one\n");
	run_until_requests(2);
	reload_answer(&reload, EXIT_FAILURE, "two");
	assert_ends(second, EXIT_FAILURE, "two\n");
}

static void an_end_answers_who_waits_and_takes_the_socket_away(void **state)
{
	pid_t child;

	assert_true(reload_begin(&reload, event, on_request, NULL) >= 0);
	child = ask();
	run_until_requests(1);
	reload_end(&reload);
	reload = (struct reload)RELOAD_NONE;
	assert_ends(child, EXIT_FAILURE, "udmabufd ends\n");
	assert_int_equal(access(root_path("run/udmabuf/reload"), F_OK), -1);
}

static void what_a_killed_daemon_left_is_replaced(void **state)
{
	int status = EXIT_SUCCESS;
	pid_t child;

	put_file("run/udmabuf/reload", "");
	assert_true(reload_begin(&reload, event, on_request, &status) >= 0);
	child = ask();
	run_until_requests(1);
	assert_ends(child, EXIT_SUCCESS, "2 of 2 buffers\n");
}

static void only_root_may_ask(void **state)
{
	struct stat st;

	assert_true(reload_begin(&reload, event, on_request, NULL) >= 0);
	assert_int_equal(stat(root_path("run/udmabuf/reload"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

#define reload_test(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		reload_test(without_a_daemon_the_remedy_is_told),
		reload_test(the_answer_ends_the_request_with_its_status),
		reload_test(a_second_request_waits_for_the_answer_to_the_first),
		reload_test(an_end_answers_who_waits_and_takes_the_socket_away),
		reload_test(what_a_killed_daemon_left_is_replaced),
		reload_test(only_root_may_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
