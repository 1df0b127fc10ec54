/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel headers in small, so that the driver's pure sources compile on the host, for their tests. */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int32_t s32;
typedef long long s64;
typedef unsigned long long dma_addr_t;

#define __printf(format, first) __attribute__((__format__(printf, format, first)))

#endif
