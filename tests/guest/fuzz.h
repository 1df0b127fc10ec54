/* SPDX-License-Identifier: GPL-2.0-only */
/* t-fuzz.c has the numbers and judges; fuzz.c has the calls. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

uint64_t any(void);
uint64_t below(uint64_t limit);
uint64_t any_number(void);

void fuzz_begin(void);
void fuzz_once(void);
/* Lets go of everything that the calls took, and deletes the buffers. */
void fuzz_end(void);

#endif
