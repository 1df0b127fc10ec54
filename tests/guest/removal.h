/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way to take a buffer away, under every way to use it. What can be refused is, and the
 * buffer stays whole. What can't be ends the use with ENODEV or SIGBUS, and the name is free at
 * once. When the user lets go, all memory is free again.
 */
#ifndef REMOVAL_H
#define REMOVAL_H

#include "harness.h"
#include "uses.h"

/* The buffer is of the PCI device, which has a driver. */
void refuse(const struct use *use, void (*expect_refused)(void));
void take_away(const struct use *use, void (*removal)(void));
/* The module goes too, for @pins hold pages only. */
void unload(const struct use *pins);
/* Of which memory the buffers are, and how big. */
void removals_of(const char *memory, size_t size);

/* The same for a buffer that is there already, use_name(). */
void write_words(void);
void expect_whole_buffer(void);

void delete_is_refused(void);
void rmmod_is_refused(void);
void by_force(void);
void by_unbind(void);
void by_pci_removal(void);
void by_rmmod_of_the_parents_driver(void);

int run_removals(const struct claim *claims, size_t count, int argc, char **argv);

#define UNLOADED(pins)								\
	static void rmmod_leaves_##pins##_whole(void)				\
	{									\
		unload(&pins);							\
	}
#define UNLOADED_ROW(pins) CLAIM(rmmod_leaves_##pins##_whole),

#define REFUSED(how, use)							\
	static void how##_is_refused_under_##use(void)				\
	{									\
		refuse(&use, how##_is_refused);					\
	}

#define REVOKED(how, use)							\
	static void how##_revokes_##use(void)					\
	{									\
		take_away(&use, by_##how);					\
	}

/* What depends on the memory. */
#define TESTS_OF_MEMORY(use)							\
	REFUSED(delete, use)							\
	REVOKED(force, use)							\
	REVOKED(unbind, use)							\
	REVOKED(pci_removal, use)

#define ROW_OF_MEMORY(use)							\
	CLAIM(delete_is_refused_under_##use),					\
	CLAIM(force_revokes_##use),						\
	CLAIM(unbind_revokes_##use),						\
	CLAIM(pci_removal_revokes_##use),

#define TESTS(use)								\
	TESTS_OF_MEMORY(use)							\
	REFUSED(rmmod, use)							\
	REVOKED(rmmod_of_the_parents_driver, use)

#define ROW(use)								\
	ROW_OF_MEMORY(use)							\
	CLAIM(rmmod_is_refused_under_##use),					\
	CLAIM(rmmod_of_the_parents_driver_revokes_##use),

/* Of a buffer of more than the page allocator has in one piece. */
#define USES_OF_MEMORY(X)							\
	X(an_open_descriptor)							\
	X(a_cached_mapping)							\
	X(a_write_combining_mapping)						\
	X(a_mapping_by_frame)							\
	X(a_forked_mapping)							\
	X(pages_in_a_pipe)							\
	X(a_mapped_dma_buf)							\
	X(reads_in_a_thread)							\
	X(faults_in_a_thread)							\
	X(transfers_of_the_device)

#define REMOVALS_OF(memory)							\
	USES_OF_MEMORY(TESTS_OF_MEMORY)						\
	UNLOADED(pages_in_a_pipe)						\
										\
	static const struct claim claims[] = {					\
		USES_OF_MEMORY(ROW_OF_MEMORY)					\
		UNLOADED_ROW(pages_in_a_pipe)					\
	};									\
										\
	int main(int argc, char **argv)						\
	{									\
		removals_of(memory, 9 << 20);					\
		return run_removals(claims, ARRAY_SIZE(claims), argc, argv);	\
	}

#endif
