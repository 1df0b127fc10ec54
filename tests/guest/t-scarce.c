// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is left where free memory lies in single pages. Some of the kernel's own stay where they
 * came to lie meanwhile: tests that need much in one piece are to run before these.
 */
#include "harness.h"
#include "prove.h"

#define MIB (1ULL << 20)

static void the_default_area_comes_last(void)
{
	int proof = prove_open();
	unsigned long long before, size;

	if (meminfo("CmaTotal:") < 48 * MIB)
		skip("this kernel has no default CMA area");
	size = meminfo("CmaTotal:") / 2;
	create("a %llu", size);
	expect_attribute("a", "memory", "contig");
	delete_buffer("a");
	prove_fragment(proof);
	before = meminfo("CmaFree:");
	create("a %llu", size);
	expect_attribute("a", "memory", "cma");
	expect_true("that much taken from the area", meminfo("CmaFree:") + size / 4 * 3 < before);
}

/* More than ten times the area. */
static void create_and_delete_lose_no_page_of_the_area(void)
{
	int proof = prove_open();

	if (meminfo("CmaTotal:") < 48 * MIB)
		skip("this kernel has no default CMA area");
	prove_fragment(proof);
	for (int i = 0; i < 100; i++) {
		create("a 8M");
		expect_attribute("a", "memory", "cma");
		delete_buffer("a");
	}
}

static const struct claim claims[] = {
	CLAIM(the_default_area_comes_last),
	CLAIM(create_and_delete_lose_no_page_of_the_area),
};

CLAIMS(claims)
