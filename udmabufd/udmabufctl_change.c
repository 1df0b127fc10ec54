// SPDX-License-Identifier: GPL-2.0-only
/* udmabufctl create, delete and sync: the words of the command line to calls of libudmabuf. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "../lib/udmabuf.h"
#include "udmabufctl.h"

static int take_create_option(int option, struct udmabuf_spec *spec)
{
	switch (option) {
	case 'd':
		spec->device = optarg;
		return EXIT_OK;
	case 'n':
		return udmabufctl_take_int("minor", optarg, 0, 255, &spec->minor);
	case 'm':
		return udmabufctl_take_int("DMA mask", optarg, 1, 64, &spec->dma_mask);
	case 'q':
		return udmabufctl_take_mmap_mode(optarg, &spec->mmap_mode);
	case 's':
		return udmabufctl_take_sync_mode(optarg, &spec->sync_mode);
	case 'a':
		spec->is_sync_always = true;
		return EXIT_OK;
	case 'o':
		return udmabufctl_take_size("sync offset", optarg, &spec->sync_offset);
	case 'z':
		return udmabufctl_take_size("sync size", optarg, &spec->sync_size);
	case 'r':
		return udmabufctl_take_direction(optarg, &spec->sync_direction);
	default:
		return udmabufctl_point_to_help();
	}
}

int udmabufctl_create(int argc, char **argv)
{
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "minor", required_argument, NULL, 'n' },
		{ "dma-mask", required_argument, NULL, 'm' },
		{ "mmap", required_argument, NULL, 'q' },
		{ "sync-mode", required_argument, NULL, 's' },
		{ "sync-always", no_argument, NULL, 'a' },
		{ "sync-offset", required_argument, NULL, 'o' },
		{ "sync-size", required_argument, NULL, 'z' },
		{ "sync-direction", required_argument, NULL, 'r' },
		{ 0 }
	};
	struct udmabuf_spec spec = UDMABUF_SPEC_INIT;
	char reason[UDMABUF_REASON_SIZE];
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (take_create_option(option, &spec) != EXIT_OK)
			return EXIT_USAGE;
	}
	if (argc - optind != 2)
		return udmabufctl_usage_error("expected NAME and SIZE after 'create'");
	spec.name = argv[optind];
	if (udmabufctl_take_size("size", argv[optind + 1], &spec.size) != EXIT_OK)
		return EXIT_USAGE;
	if (udmabuf_create(&spec, reason) < 0)
		return udmabufctl_fail("%s", reason);
	return EXIT_OK;
}

int udmabufctl_delete(int argc, char **argv)
{
	char reason[UDMABUF_REASON_SIZE];
	bool is_forced;
	int r;

	if (!udmabufctl_has_words_and(argc, argv, "force", &is_forced, 1, 1,
				      "one NAME after 'delete'"))
		return EXIT_USAGE;
	r = udmabuf_delete(argv[optind], is_forced, reason);
	if (r == -EBUSY)
		return udmabufctl_fail("%s (--force takes it away from those who use it)", reason);
	if (r < 0)
		return udmabufctl_fail("%s", reason);
	return EXIT_OK;
}

struct sync_request {
	enum udmabuf_owner owner;
	bool has_range;
	uint64_t offset;
	uint64_t size;		/* 0: up to the end */
	int direction;		/* -1: the buffer's */
};

static int take_owner(const char *text, enum udmabuf_owner *ret_owner)
{
	if (!strcmp(text, "for-cpu"))
		*ret_owner = UDMABUF_OWNER_CPU;
	else if (!strcmp(text, "for-device"))
		*ret_owner = UDMABUF_OWNER_DEVICE;
	else
		return udmabufctl_usage_error("'%s' is neither for-cpu nor for-device", text);
	return EXIT_OK;
}

static int take_sync_option(int option, struct sync_request *request)
{
	request->has_range = true;
	switch (option) {
	case 'o':
		return udmabufctl_take_size("offset", optarg, &request->offset);
	case 'z':
		if (udmabufctl_take_size("size", optarg, &request->size) != EXIT_OK)
			return EXIT_USAGE;
		return request->size ? EXIT_OK : udmabufctl_usage_error("size 0 syncs nothing");
	case 'r':
		return udmabufctl_take_direction(optarg, &request->direction);
	default:
		return udmabufctl_point_to_help();
	}
}

/* Through a descriptor that may not write a sync works too, and discards nothing. */
static int open_for_sync(const char *name)
{
	int fd = udmabuf_open(name, O_RDWR);

	return fd == -EACCES ? udmabuf_open(name, O_RDONLY) : fd;
}

static int sync_range(int fd, const struct udmabuf_info *info, const struct sync_request *request)
{
	uint64_t size = request->size;
	int direction = request->direction;

	if (request->offset >= info->size)
		return -EINVAL;
	if (!size)
		size = info->size - request->offset;
	if (direction < 0)
		direction = info->sync_direction;
	return udmabuf_sync(fd, request->owner, request->offset, size, direction);
}

static int sync_buffer(const char *name, const struct sync_request *request)
{
	struct udmabuf_info info;
	int fd;
	int r;

	r = udmabuf_lookup(name, &info);
	if (r < 0)
		return udmabufctl_explain(name, r);
	fd = open_for_sync(name);
	if (fd < 0)
		return udmabufctl_explain(name, fd);
	r = request->has_range ? sync_range(fd, &info, request) :
				 udmabuf_sync_settings(fd, request->owner);
	close(fd);
	if (r == -EINVAL)
		return udmabufctl_fail("buffer '%s': the range leaves the buffer of %llu bytes",
				       name, (unsigned long long)info.size);
	if (r == -ENOTTY)
		return udmabufctl_fail("buffer '%s': the loaded module is older than this program "
				       "and can't sync a range: rmmod u-dma-buf, then modprobe "
				       "u-dma-buf", name);
	return r < 0 ? udmabufctl_explain(name, r) : EXIT_OK;
}

int udmabufctl_sync(int argc, char **argv)
{
	static const struct option options[] = {
		{ "offset", required_argument, NULL, 'o' },
		{ "size", required_argument, NULL, 'z' },
		{ "direction", required_argument, NULL, 'r' },
		{ 0 }
	};
	struct sync_request request = { .direction = -1 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (take_sync_option(option, &request) != EXIT_OK)
			return EXIT_USAGE;
	}
	if (argc - optind != 2)
		return udmabufctl_usage_error("expected NAME and for-cpu|for-device after 'sync'");
	if (take_owner(argv[optind + 1], &request.owner) != EXIT_OK)
		return EXIT_USAGE;
	return sync_buffer(argv[optind], &request);
}
