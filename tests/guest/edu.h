/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's edu device, driven from user space: its DMA engine copies between guest memory and
 * the 4096 bytes of its own. Every call fails the claim when the device does not do as it should.
 */
#ifndef EDU_H
#define EDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A transfer that touches the last byte of the device's memory aborts some versions of QEMU. */
#define EDU_MAX 4095

struct edu {
	char bdf[16];			/* 0000:00:01.0 */
	volatile uint8_t *registers;	/* NULL until edu_start() */
};

/* Finds the device, after a rescan of the bus if it was removed. */
bool edu_is_here(struct edu *ret_edu);
/* The same; skips the claim if there is none. */
void edu_find(struct edu *ret_edu);
bool edu_has_driver(const struct edu *edu);
/* Binds it to the driver, of the module of that name, unless it has one. Return: has it a driver now? */
bool edu_bind(const struct edu *edu, const char *driver);
/* The same with pci-stub; skips the claim where there is none. */
void edu_bind_stub(const struct edu *edu);
/* Finds it, and binds a driver where a buffer's parent needs one. */
void edu_find_parent(struct edu *ret_edu);
/* Lets it master the bus and maps its registers; undone by edu_stop() or the end of the claim. */
void edu_start(struct edu *edu);
void edu_stop(struct edu *edu);
/* Copies @length bytes from bus address @address into the device, or back out of it. */
void edu_fetch(struct edu *edu, uint64_t address, size_t length);
void edu_store(struct edu *edu, uint64_t address, size_t length);
/* The same without waiting for its end, which edu_wait() does. */
void edu_begin_store(struct edu *edu, uint64_t address, size_t length);
bool edu_is_busy(const struct edu *edu);
void edu_wait(struct edu *edu);
/* The file @name of the device in sysfs. */
const char *edu_path(const struct edu *edu, const char *name);

#endif
