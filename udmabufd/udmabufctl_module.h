/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel module, as it is loaded and as it is installed. Each returns a text to free(). */
#ifndef UDMABUFCTL_MODULE_H
#define UDMABUFCTL_MODULE_H

/* Of the running kernel. */
char *udmabufctl_kernel_release(void);

/* The first line of a file below the root in force, without newline; NULL: can't be read. */
char *udmabufctl_first_line(const char *path);

/* The version of the module that is loaded; NULL: none is, or it has no version. */
char *udmabufctl_loaded_version(void);

/* The version of the module that modprobe would load for this kernel; NULL: there is none. */
char *udmabufctl_installed_version(const char *release);

#endif
