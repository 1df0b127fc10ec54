// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "kind.h"

/* Fewer calls may all meet what they can't be done on. */
#define ENOUGH 256

static struct kind *kinds;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void list(struct kind *kind)
{
	pthread_mutex_lock(&lock);
	kind->next = kinds;
	kinds = kind;
	pthread_mutex_unlock(&lock);
}

/* Without a lock, which would put threads in an order that they do not have. */
static void count(struct kind *kind, bool is_success)
{
	__atomic_fetch_add(&kind->calls, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&kind->successes, is_success, __ATOMIC_RELAXED);
	if (!__atomic_exchange_n(&kind->is_listed, true, __ATOMIC_RELAXED))
		list(kind);
}

bool kind_judge(struct kind *kind, long result, const int *errors)
{
	int error = errno;

	count(kind, result >= 0);
	if (result >= 0)
		return true;
	while (*errors)
		if (*errors++ == error)
			return false;
	fail("expected call %lu of '%s' to answer as it may, got %s", kind->calls, kind->name,
	     strerror(error));
}

void kinds_forget(void)
{
	for (struct kind *kind = kinds; kind; kind = kind->next)
		kind->calls = kind->successes = 0;
}

void kinds_expect_successes(void)
{
	for (struct kind *kind = kinds; kind; kind = kind->next) {
		printf("# %s: %lu times, %lu of them done\n", kind->name, kind->calls, kind->successes);
		if (kind->is_vain ? kind->successes : !kind->successes && kind->calls >= ENOUGH)
			note_failure("expected '%s' to succeed %s, got %lu of %lu", kind->name,
				     kind->is_vain ? "never" : "now and then", kind->successes,
				     kind->calls);
	}
}
