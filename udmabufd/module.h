/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel module, where it is missing. Each returns one line, to free(). */
#ifndef UDMABUFD_MODULE_H
#define UDMABUFD_MODULE_H

/* Why there is no /dev/u-dma-buf-mgr, and what to do. */
char *module_missing_text(void);

/* The same for the kernel of that release. */
char *module_missing_text_for(const char *release);

/* The package with the headers of that kernel. */
char *module_headers_text(const char *release);

#endif
