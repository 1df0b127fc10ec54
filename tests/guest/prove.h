/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel asked directly, by the module in proof/. Every call fails the claim when
 * the module can't be loaded; those that return an int return 0 or an errno value.
 */
#ifndef PROVE_H
#define PROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proof/proof.h"

/* A file of it, on which the calls below work. */
int prove_open(void);
/* Loads the module with parameters, again if it is loaded; 0 or an errno value. */
int prove_load(const char *parameters);
/* What the page tables say of an address that was touched. */
struct proof_page prove_page(int proof, const volatile void *address);
/* Of the kernel's own mapping of a frame, whoever has it mapped or not; x86 only. */
bool prove_is_cached_by_kernel(int proof, uint64_t frame);
/* Counts the page behind an address, whatever it is mapped by; until prove_drop(). */
int prove_hold(int proof, const volatile void *address);
void prove_drop(int proof);

/* From now on little but single pages is free, until the file or the claim ends. */
void prove_fragment(int proof);

/* The calls that this process makes the DMA API do to caches, since it was asked last. */
void prove_watch_calls(int proof);
const struct proof_calls *prove_calls(int proof);

/* Adds the overlay in a file to the device tree, until prove_remove_overlay() or @proof is closed. */
int prove_overlay(int proof, const char *file);
int prove_remove_overlay(int proof);

/* A PCI device is from now on one that the kernel does not trust; until it is said to be again. */
void prove_trust(int proof, const char *device, bool is_trusted);

/* As a driver does: 0 bidirectional, 1 to the device, 2 from it. */
int prove_import(int proof, int dma_buf, int direction, struct proof_import *ret_import);
int prove_read(int proof, uint64_t offset, void *memory, size_t size, enum proof_way way);
int prove_write(int proof, uint64_t offset, const void *memory, size_t size, enum proof_way way);
int prove_cpu_access(int proof, int direction);
void prove_let_go(int proof);

#endif
