// SPDX-License-Identifier: GPL-2.0-only
/* A machine whose devices reach memory by way of bounce buffers only, which nobody can map. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "edu.h"
#include "harness.h"

static void expect_refusal(const char *command)
{
	struct memory before = memory_in_use();

	for (int i = 0; i < 20; i++) {
		log_mark();
		expect_errno(command, manager("%s", command), ENOMEM);
		expect_true("the line to say so",
			    strstr(log_only_line(), "through a bounce buffer only"));
		expect_true("no buffer", !buffer_exists("a"));
	}
	expect_no_drift("what was refused", &before);
}

static void a_buffer_that_would_be_bounced_is_enomem_and_says_so(void)
{
	expect_refusal("create a 4096");
	expect_refusal("create a 8M");
}

static void one_with_a_parent_too(void)
{
	char command[80];
	struct edu edu;

	edu_find_parent(&edu);
	snprintf(command, sizeof(command), "create a 64K bus=pci device=%s", edu.bdf);
	expect_refusal(command);
}

static const struct claim claims[] = {
	CLAIM(a_buffer_that_would_be_bounced_is_enomem_and_says_so),
	CLAIM(one_with_a_parent_too),
};

CLAIMS(claims)
