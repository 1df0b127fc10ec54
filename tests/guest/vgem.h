/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's vgem driver as an importer of dma-bufs. Functions return 0 or an errno value. */
#ifndef VGEM_H
#define VGEM_H

#include <stdint.h>

/* Loads the driver and opens its node; skips the claim where there is none. */
int vgem_open(void);
int vgem_import(int card, int dma_buf, uint32_t *ret_handle);
int vgem_export(int card, uint32_t handle, int *ret_dma_buf);

#endif
