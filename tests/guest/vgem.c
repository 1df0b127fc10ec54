// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "harness.h"
#include "vgem.h"

/* What is needed of <drm/drm.h>, which not every machine has. */
struct prime_handle {
	uint32_t handle;
	uint32_t flags;
	int32_t fd;
};

#define PRIME_HANDLE_TO_FD _IOWR('d', 0x2d, struct prime_handle)
#define PRIME_FD_TO_HANDLE _IOWR('d', 0x2e, struct prime_handle)

int vgem_open(void)
{
	int card;

	if (system("modprobe vgem 2>/dev/null") || (card = open("/dev/dri/card0", O_RDWR)) < 0)
		skip("no vgem in this guest");
	return card;
}

int vgem_import(int card, int dma_buf, uint32_t *ret_handle)
{
	struct prime_handle import = { .fd = dma_buf };

	if (ioctl(card, PRIME_FD_TO_HANDLE, &import))
		return errno;
	*ret_handle = import.handle;
	return 0;
}

int vgem_export(int card, uint32_t handle, int *ret_dma_buf)
{
	struct prime_handle export = { .handle = handle, .flags = O_RDWR | O_CLOEXEC };

	if (ioctl(card, PRIME_HANDLE_TO_FD, &export))
		return errno;
	*ret_dma_buf = export.fd;
	return 0;
}
