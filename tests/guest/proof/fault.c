// SPDX-License-Identifier: GPL-2.0
/* What fail_function of the kernel may let fail: steps of the driver that no want of memory makes fail. */
#ifdef CONFIG_FAIL_FUNCTION
#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/error-injection.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <asm/set_memory.h>

/* A load */
ALLOW_ERROR_INJECTION(alloc_workqueue, NULL);
ALLOW_ERROR_INJECTION(simple_pin_fs, ERRNO);
ALLOW_ERROR_INJECTION(class_register, ERRNO);
ALLOW_ERROR_INJECTION(__register_chrdev, ERRNO);
ALLOW_ERROR_INJECTION(bus_register_notifier, ERRNO);
ALLOW_ERROR_INJECTION(misc_register, ERRNO);
ALLOW_ERROR_INJECTION(__platform_driver_register, ERRNO);

/* A create */
ALLOW_ERROR_INJECTION(dma_map_page_attrs, ERRNO);
ALLOW_ERROR_INJECTION(dma_map_sgtable, ERRNO);
ALLOW_ERROR_INJECTION(alloc_anon_inode, ERRNO);
ALLOW_ERROR_INJECTION(device_add, ERRNO);

/* A use */
ALLOW_ERROR_INJECTION(set_pages_array_uc, ERRNO);
ALLOW_ERROR_INJECTION(vm_insert_page, ERRNO);
ALLOW_ERROR_INJECTION(vm_insert_pages, ERRNO);
ALLOW_ERROR_INJECTION(apply_to_page_range, ERRNO);
ALLOW_ERROR_INJECTION(dma_buf_export, ERRNO);
ALLOW_ERROR_INJECTION(get_unused_fd_flags, ERRNO);
ALLOW_ERROR_INJECTION(vmap, NULL);
#endif
