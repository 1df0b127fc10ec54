/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UDMABUFD_DAEMON_H
#define UDMABUFD_DAEMON_H

#include <stdbool.h>

/**
 * daemon_run() - make the configuration true and keep it true until told to stop
 * @path:	the configuration
 * @is_optional: that there is no such file is no error
 *
 * Whatever goes wrong is logged. Return: the exit status of the program.
 */
int daemon_run(const char *path, bool is_optional);

#endif
