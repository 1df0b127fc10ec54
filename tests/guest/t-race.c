// SPDX-License-Identifier: GPL-2.0-only
/* Many at once: open against delete, creates of one name, use against removal. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edu.h"
#include "harness.h"
#include "kind.h"
#include "u-dma-buf.h"

#define SIZE 0x4000

static atomic_bool is_over;
static atomic_int opened, created, winners, revoked;

/* As manager(), without ending the claim: a thread may lose. */
static int command(const char *text)
{
	int fd = open(MANAGER, O_RDWR | O_CLOEXEC);
	int error = write(fd, text, strlen(text)) < 0 ? errno : 0;

	close(fd);
	return error;
}

static void *open_and_ask(void *unused)
{
	uint64_t size;

	(void)unused;
	while (!is_over) {
		int fd = open("/dev/a", O_RDWR | O_CLOEXEC);

		if (!JUDGE_AS("an open", fd, ENOENT, ENXIO, ENODEV))
			continue;
		opened++;
		for (int i = 0; i < 10; i++)
			if (ioctl(fd, U_DMA_BUF_IOCTL_GET_SIZE, &size))
				fail("expected an open buffer not to be deleted, got %s",
				     strerror(errno));
		close(fd);
	}
	return NULL;
}

static void open_and_delete_never_both_succeed(void)
{
	pthread_t thread[2];
	int deleted = 0, busy = 0;

	expect_reload("info_enable=0");
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, open_and_ask, NULL);
	create("a %d minor=88", SIZE);
	for (int i = 0; i < 20000 && (deleted < rounds(100) || opened < rounds(100) || !busy); i++) {
		int error = command("delete a");

		if (error == EBUSY) {
			busy++;
			continue;
		}
		expect_errno("delete", error, 0);
		deleted++;
		create("a %d minor=88", SIZE);
	}
	is_over = true;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	if (!deleted || !opened || !busy)
		fail("expected both to succeed at times and to meet, got %d opens and %d deletes (%d busy)",
		     opened, deleted, busy);
	delete_buffer("a");
}

struct creator {
	pthread_t thread;
	pthread_barrier_t *start;
	char command[64];
};

static void *create_at_once(void *argument)
{
	struct creator *creator = argument;
	int error;

	pthread_barrier_wait(creator->start);
	error = command(creator->command);
	if (!error)
		winners++;
	else if (error != EEXIST)
		fail("expected '%s' to succeed or EEXIST, got %s", creator->command, strerror(error));
	return NULL;
}

/* @format takes the number of the thread, or does not. */
static void expect_one_winner(const char *format)
{
	struct creator creators[4];
	pthread_barrier_t start;

	winners = 0;
	pthread_barrier_init(&start, NULL, ARRAY_SIZE(creators));
	for (size_t i = 0; i < ARRAY_SIZE(creators); i++) {
		creators[i].start = &start;
		snprintf(creators[i].command, sizeof(creators[i].command), format, (int)i);
		pthread_create(&creators[i].thread, NULL, create_at_once, &creators[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(creators); i++)
		pthread_join(creators[i].thread, NULL);
	pthread_barrier_destroy(&start);
	expect_number("creates that succeeded", winners, 1);
}

static void creates_of_one_name_have_one_winner(void)
{
	expect_reload("info_enable=0");
	for (int round = 0; round < 50; round++) {
		expect_one_winner("create a 16384");
		delete_buffer("a");
	}
}

static void creates_of_one_minor_have_one_winner(void)
{
	static const char *const names[] = { "a0", "a1", "a2", "a3" };

	expect_reload("info_enable=0");
	for (int round = 0; round < 50; round++) {
		expect_one_winner("create a%d 16384 minor=88");
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (buffer_exists(names[i]))
				delete_buffer(names[i]);
	}
	use_every_minor();
}

static void *create_and_delete_own(void *argument)
{
	char text[2][64];
	int id = *(int *)argument;

	snprintf(text[0], sizeof(text[0]), "create own%d 16384", id);
	snprintf(text[1], sizeof(text[1]), "delete own%d", id);
	for (int i = 0; i < 100; i++)
		for (int j = 0; j < 2; j++)
			expect_errno(text[j], command(text[j]), 0);
	return NULL;
}

static void creates_and_deletes_of_different_names_do_not_disturb_each_other(void)
{
	pthread_t thread[4];
	int id[4];

	expect_reload("info_enable=0");
	for (int i = 0; i < 4; i++) {
		id[i] = i;
		pthread_create(&thread[i], NULL, create_and_delete_own, &id[i]);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

static _Thread_local sigjmp_buf after_sigbus;

static void leave_sigbus(int number)
{
	(void)number;
	siglongjmp(after_sigbus, 1);
}

static void use_once(void)
{
	static _Thread_local char text[SIZE];
	int fd = open("/dev/a", O_RDWR | O_CLOEXEC);
	char *volatile memory;
	uint64_t word = 1;

	if (!JUDGE_AS("an open", fd, ENOENT, ENXIO, ENODEV))
		return;
	opened++;
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	JUDGE_AS("a mapping", memory == MAP_FAILED ? -1 : 0, ENODEV);
	revoked += !JUDGE_AS("a read", pread(fd, text, SIZE, 0), ENODEV);
	revoked += !JUDGE_AS("a write", pwrite(fd, text, SIZE, 0), ENODEV);
	revoked += !JUDGE_AS("a sync", ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE, &word), ENODEV);
	if (memory != MAP_FAILED) {
		if (sigsetjmp(after_sigbus, 1)) {
			revoked++;
		} else {
			for (size_t at = 0; at < SIZE; at += 8)
				*(volatile uint64_t *)(memory + at) = at;
		}
		munmap(memory, SIZE);
	}
	close(fd);
}

static void *use(void *unused)
{
	(void)unused;
	while (!is_over)
		use_once();
	return NULL;
}

static void removal_under_full_use_harms_nobody(void)
{
	struct sigaction action = { .sa_handler = leave_sigbus };
	pthread_t thread[4];

	sigaction(SIGBUS, &action, NULL);
	expect_reload("info_enable=0");
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, use, NULL);
	for (int i = 0; i < rounds(300) || (opened < rounds(100) && i < 5000); i++) {
		create("a %d minor=88 %s", SIZE, i % 2 ? "quirk-mmap-on sync-mode=6" : "");
		usleep(i % 7 * 300);
		expect_errno("delete by force", manager("delete a force"), 0);
	}
	is_over = true;
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	kinds_expect_successes();
	expect_true("a user that lost its buffer now and then", revoked > 0);
	use_every_minor();
}

static struct edu parent;

static void *unbind_when_it_goes(void *unused)
{
	(void)unused;
	while (buffer_exists("a"))
		;
	expect_errno("unbind", write_file(edu_path(&parent, "driver/unbind"), parent.bdf), 0);
	return NULL;
}

/*
 * A kernel that watches the DMA API says so when a device loses its driver before its mappings. A buffer that is
 * mapped often takes its time to go.
 */
static void an_unbind_waits_for_a_delete_that_goes_on(void)
{
	pthread_t thread;
	int fd;

	expect_reload("info_enable=0");
	edu_find(&parent);
	edu_bind_stub(&parent);
	create("a %d bus=pci device=%s", SIZE, parent.bdf);
	fd = open_buffer("a", O_RDWR);
	for (int i = 0; i < 1000; i++)
		*(volatile char *)map_buffer(fd, SIZE, 0) = 1;
	pthread_create(&thread, NULL, unbind_when_it_goes, NULL);
	expect_errno("delete by force", manager("delete a force"), 0);
	pthread_join(thread, NULL);
	close(fd);
	edu_bind_stub(&parent);
}

static void *read_attributes(void *unused)
{
	static const char *const names[] = { "users", "phys_addr", "sync_owner", "memory" };

	(void)unused;
	while (!is_over) {
		char path[64], text[64];
		int fd;

		snprintf(path, sizeof(path), SYSFS "a/%s", names[created % 4]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		JUDGE_AS("a read of an attribute", read(fd, text, sizeof(text)), ENODEV);
		close(fd);
		fd = open(SYSFS "a/sync_for_device", O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		JUDGE_AS("a sync by an attribute", write(fd, "1", 1), ENODEV);
		close(fd);
	}
	return NULL;
}

static void attributes_are_read_or_gone_while_buffers_come_and_go(void)
{
	pthread_t thread[2];

	expect_reload("info_enable=0");
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, read_attributes, NULL);
	for (created = 0; created < rounds(300); created++) {
		create("a %d", SIZE);
		delete_buffer("a");
	}
	is_over = true;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	kinds_expect_successes();
}

static const struct claim claims[] = {
	CLAIM(open_and_delete_never_both_succeed),
	CLAIM(creates_of_one_name_have_one_winner),
	CLAIM(creates_of_one_minor_have_one_winner),
	CLAIM(creates_and_deletes_of_different_names_do_not_disturb_each_other),
	CLAIM(removal_under_full_use_harms_nobody),
	CLAIM(an_unbind_waits_for_a_delete_that_goes_on),
	CLAIM(attributes_are_read_or_gone_while_buffers_come_and_go),
};

CLAIMS(claims)
