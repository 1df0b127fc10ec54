/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An operation with its first allocation made to fail, then its second, and so on until it
 * meets no more of them. A copy from or to user space counts as one.
 */
#ifndef INJECT_H
#define INJECT_H

/*
 * What is tried. Each function but run() is called with no fault to come; run() returns 0 or an
 * errno value, and is called once more when it has failed. What is NULL is not done.
 */
struct operation {
	const char *what;
	void (*prepare)(void);
	int (*run)(void);
	void (*check_failed)(void);	/* that nothing is left of it */
	void (*undo)(void);		/* after a success, which is looked at first */
};

/* Before the first of them; fails the claim on a kernel without faults. */
void inject_prepare(void);
/*
 * Fails the claim at an error but ENOMEM and EFAULT, where the second try does not succeed, and where one of
 * @answers never comes: M for ENOMEM, F for EFAULT, none of what the kernel tries again itself.
 * The kernel's own bookkeeping allocates now and then, which shifts the rest: once may miss one.
 */
void inject_each(const struct operation *operation, int times, const char *answers);
/* For what that says of once: four times. */
void inject_often(const struct operation *operation, const char *answers);
/* Only what @function of the kernel calls fails. */
void inject_within(const struct operation *operation, const char *function, int times, const char *answers);

#endif
