/* SPDX-License-Identifier: GPL-2.0 */
/* The one version of module, daemon and packages; `make lint` holds debian/changelog to it. */
#ifndef UDMABUF_VERSION_H
#define UDMABUF_VERSION_H

#define UDMABUF_VERSION		"0.1.0"
#define UDMABUF_IOCTL_VERSION	2

#endif
