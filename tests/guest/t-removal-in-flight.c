// SPDX-License-Identifier: GPL-2.0-only
/* A buffer taken away while something is going on with it. */
#include "removal.h"

#define USES(X)					\
	X(reads_in_a_thread)			\
	X(writes_in_a_thread)			\
	X(syncs_in_a_thread)			\
	X(ioctls_in_a_thread)			\
	X(faults_in_a_thread)			\
	X(a_read_that_waits_for_its_memory)	\
	X(a_write_that_waits_for_its_memory)	\
	X(a_batch_that_waits_for_its_ranges)	\
	X(an_export_that_waits_for_its_argument)\
	X(transfers_of_the_device)

USES(TESTS)

static const struct claim claims[] = {
	USES(ROW)
};

int main(int argc, char **argv)
{
	return run_removals(claims, ARRAY_SIZE(claims), argc, argv);
}
