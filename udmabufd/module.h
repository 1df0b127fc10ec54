/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UDMABUFD_MODULE_H
#define UDMABUFD_MODULE_H

/* Why there is no /dev/u-dma-buf-mgr, and what to do: one line, to free(). */
char *module_missing_text(void);

#endif
