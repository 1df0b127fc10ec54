/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UDMABUF_EXPORT_H
#define UDMABUF_EXPORT_H

#include <linux/types.h>

struct file;

/**
 * udmabuf_export() - ioctl 10
 * @file:	of the buffer
 * @user_arg:	struct u_dma_buf_ioctl_export
 * @size:	of it: an i386 program's lacks the padding at the end
 *
 * Return: 0, -EFAULT, -EINVAL, -EACCES, -EOPNOTSUPP (a pool), -ENODEV, -ENOMEM, -EMFILE.
 */
int udmabuf_export(struct file *file, void __user *user_arg, size_t size);

#endif
