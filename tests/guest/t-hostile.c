// SPDX-License-Identifier: GPL-2.0-only
/* Hostile numbers in every request and in the files of sysfs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "attempt.h"
#include "harness.h"

static uint64_t word_of(const struct attempt *attempt)
{
	return attempt->offset << 32 | (attempt->size & 0xffffffff) | attempt->flags;
}

static int set_word(const struct attempt *attempt, unsigned long number)
{
	uint64_t word = word_of(attempt);

	return ioctl(attempt->fd, number, &word) ? errno : 0;
}

static int sync_for_cpu(const struct attempt *attempt)
{
	return set_word(attempt, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU);
}

static int sync_for_device(const struct attempt *attempt)
{
	return set_word(attempt, U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE);
}

static int word_model(const struct attempt *attempt)
{
	uint64_t word = word_of(attempt), size = word % (1ULL << 32) / 16 * 16;

	/* The settings are right. */
	if (word < 2)
		return 0;
	return !(word & 3) || (word >> 2 & 3) == 3 || !size || !is_inside(word >> 32, size, SIZE) ?
	       EINVAL : 0;
}

static int write_word(const struct attempt *attempt)
{
	char word[32];

	snprintf(word, sizeof(word), attempt->size % 2 ? "0x%llx" : "%llu\n",
		 (unsigned long long)word_of(attempt));
	return set_attribute("a", attempt->offset % 2 ? "sync_for_cpu" : "sync_for_device", word);
}

static int file_model(const struct attempt *attempt)
{
	return geteuid() ? EACCES : word_model(attempt);
}

/* Offset and size each alone, as text. */
static int write_setting(const struct attempt *attempt)
{
	char number[32];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)attempt->offset);
	return set_attribute("a", attempt->flags ? "sync_size" : "sync_offset", number);
}

static int setting_model(const struct attempt *attempt)
{
	return geteuid() ? EACCES : attempt->offset > SIZE ? EINVAL : 0;
}

/* Direction and offset always, mode and size where not 0. */
static void note_settings(const struct attempt *attempt)
{
	uint64_t mode = attempt->flags >> 8 & 7;
	struct u_dma_buf_ioctl_sync sync = attempt_state();

	note_number("offset", sync.offset, attempt->offset);
	note_number("size", sync.size, attempt->size ? attempt->size : attempt_settings.size);
	note_number("direction", sync.flags >> 2 & 3, attempt->flags >> 2 & 3);
	note_number("mode", sync.flags >> 8 & 0xff, mode ? mode : attempt_settings.flags >> 8);
}

static int set_sync(const struct attempt *attempt)
{
	struct u_dma_buf_ioctl_sync sync = {
		.flags = attempt->flags, .size = attempt->size, .offset = attempt->offset,
	};

	if (ioctl(attempt->fd, U_DMA_BUF_IOCTL_SET_SYNC, &sync))
		return errno;
	note_settings(attempt);
	return 0;
}

static int set_sync_model(const struct attempt *attempt)
{
	uint64_t flags = attempt->flags;
	uint64_t size = attempt->size ? attempt->size : flags & 3 ? attempt_settings.size : 0;

	if (attempt->access == O_RDONLY)
		return EACCES;
	if (flags >> 17 || flags & 0xf0 || (flags & 3) == 2 || (flags >> 2 & 3) == 3 ||
	    (flags >> 8 & 0xff) > 7)
		return EINVAL;
	return is_inside(attempt->offset, size, SIZE) ? 0 : EINVAL;
}

static int export(const struct attempt *attempt)
{
	struct u_dma_buf_ioctl_export range = {
		.flags = attempt->flags, .offset = attempt->offset, .size = attempt->size, .fd = -7,
	};

	if (ioctl(attempt->fd, U_DMA_BUF_IOCTL_EXPORT, &range)) {
		note_number("fd of an export that was refused", range.fd, -7);
		return errno;
	}
	note_number("end of an export", lseek(range.fd, 0, SEEK_END), attempt->size);
	close(range.fd);
	return 0;
}

static int export_model(const struct attempt *attempt)
{
	uint64_t access = attempt->flags & O_ACCMODE;

	if (attempt->flags & ~(uint64_t)(O_ACCMODE | O_CLOEXEC | O_SYNC) || access == O_ACCMODE ||
	    attempt->offset % 4096 || attempt->size % 4096 || !attempt->size ||
	    !is_inside(attempt->offset, attempt->size, MEMORY))
		return EINVAL;
	return attempt->access == O_RDWR || (int)access == attempt->access ? 0 : EACCES;
}

static int sync_batch(const struct attempt *attempt)
{
	struct u_dma_buf_sync_range ranges[2] = {
		{ .size = 1 },
		{
			.offset = attempt->offset, .size = attempt->size,
			.direction = attempt->flags, .flags = attempt->flags >> 32,
		},
	};
	struct u_dma_buf_ioctl_sync_batch batch = {
		.argsz = sizeof(batch), .command = U_DMA_BUF_SYNC_FOR_DEVICE, .count = 2,
		.ranges = (uintptr_t)ranges,
	};

	return ioctl(attempt->fd, U_DMA_BUF_IOCTL_SYNC_BATCH, &batch) ? errno : 0;
}

static int batch_model(const struct attempt *attempt)
{
	return attempt->flags > 2 || !attempt->size ||
	       !is_inside(attempt->offset, attempt->size, SIZE) ? EINVAL : 0;
}

static void sync_words_for_the_cpu_are_judged_whole(void)
{
	TRY("ioctl 5", sync_for_cpu, word_model, 0, 1, 2 | 1 << 2, 3 | 2 << 2, 1 | 3 << 2);
}

static void sync_words_for_the_device_are_judged_whole(void)
{
	TRY("ioctl 6", sync_for_device, word_model, 0, 1, 2 | 1 << 2, 3 | 2 << 2, 1 | 3 << 2);
}

static void sync_words_in_the_files_are_judged_whole(void)
{
	TRY_FILE("sync_for_*", write_word, file_model, 0, 1);
}

static void settings_in_the_files_are_judged(void)
{
	TRY_FILE("sync_offset, sync_size", write_setting, setting_model, 0, 1);
}

static void settings_by_ioctl_are_judged_whole(void)
{
	TRY("ioctl 9", set_sync, set_sync_model, 0, 1, 3 | 1 << 2, 2, 3 << 2, 7 << 8 | 2 << 2, 8 << 8,
	    1 << 4, 1 << 16, 1 << 17, 1ULL << 63);
}

static void exports_are_judged_whole(void)
{
	TRY("ioctl 10", export, export_model, O_RDWR, O_RDONLY | O_SYNC, O_WRONLY | O_CLOEXEC, 3,
	    O_RDWR | O_APPEND, 1ULL << 32, 1ULL << 63);
}

static void batches_are_judged_whole(void)
{
	TRY("ioctl 32", sync_batch, batch_model, 0, 1, 2, 3, 1ULL << 31, 1ULL << 32, 1ULL << 63);
}

static const struct claim claims[] = {
	CLAIM(sync_words_for_the_cpu_are_judged_whole),
	CLAIM(sync_words_for_the_device_are_judged_whole),
	CLAIM(sync_words_in_the_files_are_judged_whole),
	CLAIM(settings_in_the_files_are_judged),
	CLAIM(settings_by_ioctl_are_judged_whole),
	CLAIM(exports_are_judged_whole),
	CLAIM(batches_are_judged_whole),
};

CLAIMS(claims)
