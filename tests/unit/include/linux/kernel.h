/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <linux/types.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define U8_MAX UINT8_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX (~0ULL)
#define fallthrough __attribute__((__fallthrough__))

#define min_t(type, x, y) ({ type x_ = (x); type y_ = (y); x_ < y_ ? x_ : y_; })
#define max_t(type, x, y) ({ type x_ = (x); type y_ = (y); x_ > y_ ? x_ : y_; })
#define min(x, y) min_t(__typeof__((x) + 0), x, y)
#define max(x, y) max_t(__typeof__((x) + 0), x, y)

/* Unlike snprintf, these return what was stored. */
static inline int vscnprintf(char *to, size_t size, const char *format, va_list args)
{
	int len = vsnprintf(to, size, format, args);

	return len < (int)size ? len : (int)size - 1;
}

static inline __printf(3, 4) int scnprintf(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vscnprintf(to, size, format, args);
	va_end(args);
	return len;
}

#endif
