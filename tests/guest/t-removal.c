// SPDX-License-Identifier: GPL-2.0-only
/* A buffer taken away while somebody holds it. */
#include "removal.h"

#define USES(X)					\
	X(an_open_descriptor)			\
	X(a_cached_mapping)			\
	X(an_uncached_mapping)			\
	X(a_write_combining_mapping)		\
	X(a_mapping_by_frame)			\
	X(a_forked_mapping)			\
	X(a_mapping_of_a_second_node)		\
	X(pages_in_a_pipe)			\
	X(pages_in_io_uring)			\
	X(an_exported_dma_buf)			\
	X(a_mapped_dma_buf)			\
	X(a_dma_buf_in_vgem)

USES(TESTS)
UNLOADED(pages_in_a_pipe)
UNLOADED(pages_in_io_uring)

static const struct claim claims[] = {
	USES(ROW)
	UNLOADED_ROW(pages_in_a_pipe)
	UNLOADED_ROW(pages_in_io_uring)
};

int main(int argc, char **argv)
{
	return run_removals(claims, ARRAY_SIZE(claims), argc, argv);
}
