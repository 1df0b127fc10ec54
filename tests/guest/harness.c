// SPDX-License-Identifier: GPL-2.0-only
/* Runs the claims of a test program, each in its own process, and says how each ended. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "harness-private.h"

/* Long enough for an emulated machine; only a claim that hangs meets it. */
#define HANG_SECONDS 300

struct shared *shared;

bool is_sanitizer_kernel(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

bool kernel_is_before(int major, int minor)
{
	struct utsname kernel;
	int is_major = 0, is_minor = 0;

	uname(&kernel);
	sscanf(kernel.release, "%d.%d", &is_major, &is_minor);
	return is_major < major || (is_major == major && is_minor < minor);
}

bool kernel_has_64_bits(void)
{
	struct utsname kernel;

	uname(&kernel);
	return strstr(kernel.machine, "64");
}

int rounds(int count)
{
	return is_sanitizer_kernel() ? count / 10 : count;
}

void take_seconds(unsigned int seconds)
{
	shared->seconds = seconds;
}

/* What a claim may take. */
static time_t limit_seconds(void)
{
	return HANG_SECONDS * (is_sanitizer_kernel() ? 5 : 1) + shared->seconds;
}

static void record(const char *format, va_list arguments)
{
	char text[sizeof(shared->message)];

	vsnprintf(text, sizeof(text), format, arguments);
	for (char *at = text; (at = strchr(at, '\n')); at++)
		*at = ' ';
	if (!shared->failures++)
		strcpy(shared->message, text);
	else
		printf("# %s: %s\n", shared->claim, text);
}

void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	record(format, arguments);
	va_end(arguments);
	fflush(stdout);
	_exit(1);
}

void note_failure(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	record(format, arguments);
	va_end(arguments);
}

void skip(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(shared->skipped, sizeof(shared->skipped), format, arguments);
	va_end(arguments);
	fflush(stdout);
	_exit(0);
}

void note_number(const char *what, long long got, long long expected)
{
	if (got != expected)
		note_failure("expected %s %lld, got %lld", what, expected, got);
}

void note_errno(const char *what, int got, int expected)
{
	if (got != expected)
		note_failure("expected %s to be %d (%s), got %d (%s)", what, expected,
			     strerror(expected), got, strerror(got));
}

void expect_number(const char *what, long long got, long long expected)
{
	if (got != expected)
		fail("expected %s %lld, got %lld", what, expected, got);
}

void expect_errno(const char *what, int got, int expected)
{
	if (got != expected)
		fail("expected %s to be %d (%s), got %d (%s)", what, expected, strerror(expected),
		     got, strerror(got));
}

void expect_text(const char *what, const char *got, const char *expected)
{
	if (!got || strcmp(got, expected))
		fail("expected %s '%s', got '%s'", what, expected, got ? got : "nothing");
}

void expect_true(const char *what, bool holds)
{
	if (!holds)
		fail("expected %s, got the contrary", what);
}

void in_child(void (*function)(void *), void *argument)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (!child) {
		function(argument);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status))
		fail("expected the child to return, got signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status))
		_exit(1);
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* Returns the wait status of @child, -1 if it had to be killed. */
static int wait_for(pid_t child)
{
	struct timespec pause = { .tv_sec = 1 };
	time_t start = now();
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (waitpid(child, &status, WNOHANG) == 0) {
		if (sigtimedwait(&set, NULL, &pause) < 0 && errno == EAGAIN &&
		    now() - start > limit_seconds()) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			return -1;
		}
	}
	return status;
}

static void run_in_process(const struct claim *claim)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		sigset_t set;

		setpgid(0, 0);
		sigemptyset(&set);
		sigprocmask(SIG_SETMASK, &set, NULL);
		/* Its own place in the log: what it reads, the judge of the log must read too. */
		log_mark();
		claim->test();
		fflush(stdout);
		_exit(0);
	}
	status = wait_for(child);
	kill(-child, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	if (status == -1)
		note_failure("expected an end, got none in %lld seconds",
			     (long long)limit_seconds());
	else if (WIFSIGNALED(status))
		note_failure("expected the claim to run, got signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) && !shared->failures)
		note_failure("expected the claim to run, got exit status %d", WEXITSTATUS(status));
}

static void run_claim(const struct claim *claim)
{
	const char *complaint;
	int error = 0;

	memset(shared, 0, sizeof(*shared));
	shared->claim = claim->name;
	log_mark();
	if (!module_is_loaded())
		error = module_load("");
	if (error) {
		note_failure("expected the module to load, got %s", strerror(error));
		return;
	}
	run_in_process(claim);
	clean_up();
	complaint = log_complaint();
	if (complaint)
		note_failure("expected a clean kernel log, got '%s'", complaint);
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(name, argv[i]))
			return true;
	return argc < 2;
}

static void go_home(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length < 0)
		return;
	path[length] = '\0';
	if (chdir(dirname(path)))
		perror("chdir");
}

int run_claims(const struct claim *claims, size_t count, int argc, char **argv)
{
	bool is_failed = false;
	sigset_t set;

	go_home();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	shared = map_guarded(sizeof(*shared), MAP_SHARED);
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(claims[i].name, argc, argv))
			continue;
		run_claim(&claims[i]);
		if (shared->failures)
			printf("not ok %s: %s\n", claims[i].name, shared->message);
		else if (shared->skipped[0])
			printf("skip %s: %s\n", claims[i].name, shared->skipped);
		else
			printf("ok %s\n", claims[i].name);
		fflush(stdout);
		is_failed |= shared->failures;
	}
	if (module_is_loaded())
		module_unload_in_time();
	return is_failed;
}
