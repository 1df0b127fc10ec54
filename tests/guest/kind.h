/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls whose answers are not foreseen: each kind of call has a list of the errors that it may answer, and is
 * counted, so that a kind that never succeeds is seen. Threads may share a kind.
 */
#ifndef KIND_H
#define KIND_H

#include <stdbool.h>

struct kind {
	const char *name;
	bool is_vain;		/* never succeeds */
	bool is_listed;
	unsigned long calls, successes;
	struct kind *next;
};

/*
 * True if @result, what a system call returned, is no error. Ends the claim at an errno that is not among
 * @errors, which 0 ends.
 */
bool kind_judge(struct kind *kind, long result, const int *errors);

/* The same for a kind of the place where it stands. */
#define JUDGE_WITH(what, is_never, result, ...)					\
	({									\
		static struct kind kind_here = { .name = what, .is_vain = is_never }; \
										\
		kind_judge(&kind_here, result, (const int[]){ __VA_ARGS__, 0 }); \
	})
#define JUDGE_AS(what, result, ...) JUDGE_WITH(what, false, result, __VA_ARGS__)
#define JUDGE(call, ...) JUDGE_WITH(#call, false, (long)(call), __VA_ARGS__)
#define JUDGE_VAIN(call, ...) JUDGE_WITH(#call, true, (long)(call), __VA_ARGS__)

void kinds_forget(void);
/* Says how often each kind was called and succeeded; fails the claim where one never did in many calls, or a vain one did. */
void kinds_expect_successes(void);

#endif
