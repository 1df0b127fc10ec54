/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * udmabufctl doctor: each check is a line, ok with what was found or fix with what to do. They look
 * at files below the root in force and change nothing.
 */
#ifndef UDMABUFCTL_DOCTOR_H
#define UDMABUFCTL_DOCTOR_H

#include <stdio.h>

struct doctor {
	FILE *out;
	char *release;		/* of the running kernel */
	unsigned int to_fix;	/* lines that say what to do */
};

/* All checks. Return: how many lines say what to do. */
unsigned int udmabufctl_diagnose(FILE *out);

void doctor_ok(struct doctor *doctor, const char *topic, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void doctor_fix(struct doctor *doctor, const char *topic, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Below the root in force, pattern formatted first: the matches' number, the first in *ret_first. */
size_t doctor_glob(char **ret_first, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* udmabufctl_doctor_module.c */
void doctor_check_module(struct doctor *doctor);
void doctor_check_version(struct doctor *doctor);
void doctor_check_headers(struct doctor *doctor);
void doctor_check_dkms(struct doctor *doctor);
void doctor_check_secure_boot(struct doctor *doctor);

/* udmabufctl_doctor_memory.c */
void doctor_check_cma(struct doctor *doctor);
void doctor_check_free_memory(struct doctor *doctor);

/* udmabufctl_doctor_buffers.c */
void doctor_check_iommu(struct doctor *doctor);
void doctor_check_group(struct doctor *doctor);

#endif
