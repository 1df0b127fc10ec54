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

void delete_is_refused(void);
void rmmod_is_refused(void);
void by_force(void);
void by_unbind(void);
void by_pci_removal(void);
void by_rmmod_of_the_parents_driver(void);

int run_removals(const struct claim *claims, size_t count, int argc, char **argv);

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

#define TESTS(use)								\
	REFUSED(delete, use)							\
	REFUSED(rmmod, use)							\
	REVOKED(force, use)							\
	REVOKED(unbind, use)							\
	REVOKED(pci_removal, use)						\
	REVOKED(rmmod_of_the_parents_driver, use)

#define ROW(use)								\
	CLAIM(delete_is_refused_under_##use),					\
	CLAIM(rmmod_is_refused_under_##use),					\
	CLAIM(force_revokes_##use),						\
	CLAIM(unbind_revokes_##use),						\
	CLAIM(pci_removal_revokes_##use),					\
	CLAIM(rmmod_of_the_parents_driver_revokes_##use),

/* A claim for each removal under each of the uses that the macro USES names. */
#define REMOVALS(USES)								\
	USES(TESTS)								\
										\
	static const struct claim claims[] = {					\
		USES(ROW)							\
	};									\
										\
	int main(int argc, char **argv)						\
	{									\
		return run_removals(claims, ARRAY_SIZE(claims), argc, argv);	\
	}

#endif
