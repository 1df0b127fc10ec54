/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UDMABUFD_UNIT_H
#define UDMABUFD_UNIT_H

#include <stdbool.h>

/**
 * unit_is_stopping() - is the unit that this process runs in being stopped for good?
 * @ret_is_stopping: true for a stop and for power-off; false for a restart, and for a signal
 *		that systemd did not send
 *
 * Return: 0, or a negative errno: systemd did not answer.
 */
int unit_is_stopping(bool *ret_is_stopping);

#endif
