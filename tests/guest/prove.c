// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "prove.h"

#define PROOF_FILE "udmabuf-proof.ko"
#define PROOF_NODE "/dev/udmabuf-proof"

static int error_of(int result)
{
	return result ? errno : 0;
}

int prove_load(const char *parameters)
{
	int fd = open(PROOF_FILE, O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	syscall(SYS_delete_module, "udmabuf_proof", O_NONBLOCK);
	error = error_of(syscall(SYS_finit_module, fd, parameters, 0));
	close(fd);
	return error;
}

int prove_open(void)
{
	int error = access(PROOF_NODE, F_OK) ? prove_load("") : 0;
	int proof;

	if (error)
		fail("expected " PROOF_FILE " to load, got %s", strerror(error));
	proof = open(PROOF_NODE, O_RDWR | O_CLOEXEC);
	if (proof < 0)
		fail("expected " PROOF_NODE " to open, got %s", strerror(errno));
	return proof;
}

struct proof_page prove_page(int proof, const volatile void *address)
{
	struct proof_page page = { .address = (uintptr_t)address };

	if (ioctl(proof, PROOF_PAGE, &page))
		fail("expected a page-table entry for %p, got %s", address, strerror(errno));
	return page;
}

bool prove_is_cached_by_kernel(int proof, uint64_t frame)
{
	struct proof_page page = { .frame = frame };

	if (ioctl(proof, PROOF_PAGE, &page))
		fail("expected the caching of frame %#llx, got %s", (unsigned long long)frame,
		     strerror(errno));
	return page.linear_caching & PROOF_CACHED;
}

int prove_hold(int proof, const volatile void *address)
{
	uint64_t value = (uintptr_t)address;

	return error_of(ioctl(proof, PROOF_HOLD, &value));
}

void prove_drop(int proof)
{
	ioctl(proof, PROOF_DROP);
}

void prove_fragment(int proof)
{
	if (ioctl(proof, PROOF_FRAGMENT))
		fail("expected memory to be fragmented, got %s", strerror(errno));
}

void prove_watch_calls(int proof)
{
	if (ioctl(proof, PROOF_WATCH_CALLS))
		fail("expected calls to be watched, got %s", strerror(errno));
}

const struct proof_calls *prove_calls(int proof)
{
	static struct proof_calls calls;

	if (ioctl(proof, PROOF_GET_CALLS, &calls))
		fail("expected to be told the calls, got %s", strerror(errno));
	return &calls;
}

int prove_import(int proof, int dma_buf, int direction, struct proof_import *ret_import)
{
	*ret_import = (struct proof_import){ .fd = dma_buf, .direction = direction };
	return error_of(ioctl(proof, PROOF_IMPORT, ret_import));
}

int prove_read(int proof, uint64_t offset, void *memory, size_t size, enum proof_way way)
{
	struct proof_copy copy = {
		.offset = offset,
		.size = size,
		.memory = (uintptr_t)memory,
		.way = way,
	};

	return error_of(ioctl(proof, PROOF_COPY, &copy));
}

int prove_write(int proof, uint64_t offset, const void *memory, size_t size, enum proof_way way)
{
	struct proof_copy copy = {
		.offset = offset,
		.size = size,
		.memory = (uintptr_t)memory,
		.is_write = 1,
		.way = way,
	};

	return error_of(ioctl(proof, PROOF_COPY, &copy));
}

int prove_cpu_access(int proof, int direction)
{
	uint32_t value = direction;

	return error_of(ioctl(proof, PROOF_CPU_ACCESS, &value));
}

void prove_let_go(int proof)
{
	ioctl(proof, PROOF_LET_GO);
}

void prove_trust(int proof, const char *device, bool is_trusted)
{
	struct proof_trust trust = { .is_untrusted = !is_trusted };

	strncpy(trust.device, device, sizeof(trust.device) - 1);
	if (ioctl(proof, PROOF_TRUST, &trust))
		fail("expected the device %s, got %s", device, strerror(errno));
}

int prove_overlay(int proof, const char *file)
{
	static char tree[65536];
	struct proof_overlay overlay = { .tree = (uintptr_t)tree };
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("expected %s to open, got %s", file, strerror(errno));
	overlay.size = read(fd, tree, sizeof(tree));
	close(fd);
	return error_of(ioctl(proof, PROOF_OVERLAY, &overlay));
}

int prove_remove_overlay(int proof)
{
	return error_of(ioctl(proof, PROOF_REMOVE_OVERLAY));
}
