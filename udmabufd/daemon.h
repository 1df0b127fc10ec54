/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UDMABUFD_DAEMON_H
#define UDMABUFD_DAEMON_H

/**
 * daemon_run() - make the configuration true and keep it true until told to stop
 * @path:	the configuration's one file; NULL: the usual files, see config_load()
 *
 * Whatever goes wrong is logged. Return: the exit status of the program.
 */
int daemon_run(const char *path);

#endif
