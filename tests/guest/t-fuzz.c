// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random system calls on buffers, from a seed: what they answer is among what is documented, and
 * nobody's memory changes, and in the end nothing is left. The kernel's command line says for how
 * long (fuzz_seconds=60) and from which seed on (fuzz_seed=1); a claim's name has its own, and
 * fuzz_seconds=15 with it does the same calls again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "harness.h"
#include "kind.h"

#define SECONDS 15		/* of one claim */
#define CANARY (64 << 20)

static uint64_t first_seed, seconds;
static uint64_t random_state;

uint64_t any(void)
{
	uint64_t word = random_state += 0x9e3779b97f4a7c15;

	word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
	word = (word ^ word >> 27) * 0x94d049bb133111eb;
	return word ^ word >> 31;
}

uint64_t below(uint64_t limit)
{
	return any() % limit;
}

/* Around the edges more often than anywhere. */
uint64_t any_number(void)
{
	static const uint64_t edges[] = {
		0, 16, 4096, 8192, 16384, 20000, 20480, 65536, 1ULL << 31, 1ULL << 32, 1ULL << 40,
		1ULL << 63, -4096ULL,
	};
	uint64_t edge = edges[below(ARRAY_SIZE(edges))];

	switch (below(8)) {
	case 0:
		return edge + below(33) - 16;
	case 1:
		return any() >> below(64);
	case 2:
		return below(20000);
	default:
		return edge;
	}
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void expect_nothing_left(size_t buffers, const struct memory *before)
{
	fuzz_end();
	expect_number("buffers", buffer_count(), buffers);
	expect_no_drift("all calls", before);
}

static void call_at_random(void)
{
	uint64_t end = now() + SECONDS;
	struct memory before;
	size_t buffers;
	char *canary = map_guarded(CANARY, MAP_PRIVATE);

	fill_words(canary, CANARY, first_seed);
	fuzz_begin();
	buffers = buffer_count();
	before = memory_in_use();
	while (now() < end)
		for (int i = 0; i < 100; i++)
			fuzz_once();
	expect_nothing_left(buffers, &before);
	expect_number("first word of this process that changed",
		      find_wrong_word(canary, CANARY, first_seed), -1);
	kinds_expect_successes();
}

static uint64_t option(const char *name, uint64_t otherwise)
{
	const char *at = strstr(file_text("/proc/cmdline"), name);

	return at ? strtoull(at + strlen(name), NULL, 0) : otherwise;
}

/* Every claim is of the same function, and takes the next seed. */
static void call_from_next_seed(void)
{
	random_state = first_seed;
	call_at_random();
}

int main(void)
{
	static char name[64];
	static struct claim claim = { name, call_from_next_seed };
	int status = 0;

	seconds = option("fuzz_seconds=", 60);
	/* The same calls by another way into the kernel. */
	if (sizeof(long) == 4)
		seconds /= 4;
	first_seed = option("fuzz_seed=", 1);
	for (uint64_t done = 0; done < seconds; done += SECONDS, first_seed++) {
		snprintf(name, sizeof(name), "random_calls_from_seed_%llu_harm_nobody",
			 (unsigned long long)first_seed);
		status |= run_claims(&claim, 1, 1, NULL);
	}
	return status;
}
