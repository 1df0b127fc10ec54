# SPDX-License-Identifier: GPL-2.0-only
# make            everything: the module for Debian's current kernel, programs, examples
# make install    the programs (the module goes through DKMS: make deb)
# make deb        the packages, in build/
# make demo       what a user would do, in a Debian 12 guest, shown step by step
# make bench      what the driver's operations cost, in instructions, and the daemon's, in milliseconds
# make check      the tests: check-unit, check-fuzz, lint, then two at a time (JOBS=1: one) those of check-guest,
#                 check-long, check-guest-arm64, check-machines, check-some-kernels, check-packaging, check-sanitizer
# make check-all  those and the ones that take longest: check-stress, check-longer, check-kernels, check-releases,
#                 check-sanitizer-longer
#   make check-guest T=ioctl ARCH=arm64: one test, on another architecture
#   make check-machines: an IOMMU, much memory, bounce buffers, CMA
#   make check-kernels: the driver's tests on every kernel served, or KERNELS="6.12-amd64 7.3-arm64"
#   make check-sanitizer: sanitizer-driver (T=ioctl: one test), -long, -overlay, -stress, -faults and -net
#   make check-sanitizer-longer: sanitizer-32, -cma, -iommu, -big, -bounce, -arm64 and -iommu-arm64
#   make check-packaging T=service.sh DEBIAN=13: one script, on another release
# make fuzz       the fuzzers for ten minutes each, or SECONDS=3600; in a guest with the sanitizer kernel from the
#                 seed SEED=1
# Each target first installs the Debian packages that it lacks.

NEED ?= tests/lib/need.sh
PROGRAMS = lib udmabufd examples

need_build = make gcc libc6-dev pkg-config libsystemd-dev libconfig-dev libjson-c-dev libkmod-dev
need_deb = $(need_build) build-essential debhelper dh-dkms dpkg-dev fakeroot
need_lint = $(need_build) sparse cppcheck shellcheck mandoc lintian

all: programs module

programs:
	@$(NEED) $(need_build)
	@set -e; for part in $(PROGRAMS); do $(MAKE) -C $$part; done

module:
	@$(NEED) $(need_build) linux-headers-amd64
	$(MAKE) -C src KERNEL_SRC=$(lastword $(sort $(wildcard /usr/src/linux-headers-*-amd64)))

install: programs
	@set -e; for part in $(PROGRAMS); do $(MAKE) -C $$part install; done

clean:
	@set -e; for part in $(PROGRAMS) tests/unit tests/fuzz tests/guest; do $(MAKE) -C $$part clean; done
	cd src && rm -rf *.o *.ko *.mod *.mod.c .*.cmd modules.order Module.symvers
	rm -rf build

deb:
	@$(NEED) $(need_deb)
	@tests/packaging/build-debs build

sanitizer = sanitizer-driver sanitizer-long sanitizer-faults sanitizer-overlay sanitizer-net sanitizer-stress
machines = machine-iommu machine-iommu-arm64 machine-big machine-zeroing machine-bounce machine-cma
some_kernels = kernel-6.12-amd64 kernel-7.3-amd64

check:
	@tests/lib/sum.sh check-unit check-fuzz lint check-guests

# A guest keeps one processor busy most of the time. The longest come first.
check-guests:
	@tests/lib/sum.sh -j $(or $(JOBS),2) check-packaging $(sanitizer) check-guest check-guest-arm64 check-long \
		$(some_kernels) $(machines)

check-all:
	@tests/lib/sum.sh check check-stress check-longer check-kernels check-releases check-sanitizer-longer

check-unit:
	@$(NEED) $(need_build) libcmocka-dev
	@$(MAKE) -s --no-print-directory -C tests/unit check

# Leaks of a library are known by the names that llvm's symbolizer finds.
check-fuzz:
	@$(NEED) $(need_build) clang libclang-rt-dev llvm
	@$(MAKE) -s --no-print-directory -C tests/fuzz check SECONDS=$(or $(SECONDS),30)

fuzz:
	@$(MAKE) -s --no-print-directory check-fuzz SECONDS=$(or $(SECONDS),600)
	@$(one_thread) KERNEL=sanitizer LIMIT=$$((3 * $(or $(SECONDS),600) + 120)) V=1 \
		CMDLINE="fuzz_seconds=$(or $(SECONDS),600) fuzz_seed=$(or $(SEED),$$(date +%s))" \
		tests/guest/run fuzz fuzz32

check-guest:
	@SHORT=1 tests/guest/run

# As many buffers as there can be, which SHORT leaves out.
check-long:
	@tests/guest/run many

# The rest of it; where a CPU's caches are not the device's, and where io_uring takes the memory of a device's file.
check-longer:
	@tests/lib/sum.sh longer-amd64 longer-arm64 longer-iommu-arm64 longer-iommu-oldest longer-iommu-newest longer-newer

longer-amd64:
	@tests/guest/run removal removal-in-flight removal-contig contig

longer-arm64:
	@ARCH=arm64 tests/guest/run removal removal-in-flight removal-contig removal-region

longer-iommu-arm64:
	@ARCH=arm64 PROFILE=iommu tests/guest/run removal-scattered

longer-iommu-oldest:
	@KERNEL=5.10 PROFILE=iommu tests/guest/run

longer-iommu-newest:
	@KERNEL=7.3 PROFILE=iommu tests/guest/run

longer-newer:
	@KERNEL=6.12 tests/guest/run removal removal-in-flight removal-contig

# Where it has a thread for each CPU and all are busy, QEMU 7.2 loses an interrupt now and then: its APIC holds
# it to be served for ever, while the CPU idles. One thread for all of them does not.
one_thread = UDMABUF_ACCEL=$${UDMABUF_ACCEL:-tcg,thread=single}

check-stress:
	@$(one_thread) tests/guest/run fuzz fuzz32 stress

check-guest-arm64:
	@SHORT=1 ARCH=arm64 tests/guest/run

# On a kernel that looks for mistakes: the driver's tests; its allocations made to fail; drivers broken on purpose.
check-sanitizer:
	@tests/lib/sum.sh -j $(or $(JOBS),2) $(sanitizer)

# The same kernel with programs of 32 bits, on other machines, and for arm64: caches, pools, areas, a device tree.
sanitizer_longer = sanitizer-32 sanitizer-cma sanitizer-iommu sanitizer-big sanitizer-bounce sanitizer-arm64 \
	sanitizer-iommu-arm64

check-sanitizer-longer:
	@tests/lib/sum.sh -j $(or $(JOBS),2) $(sanitizer_longer)

sanitizer-long:
	@KERNEL=sanitizer LIMIT=1200 tests/guest/run many removal-in-flight removal-contig

sanitizer-32:
	@KERNEL=sanitizer LIMIT=1200 tests/guest/run batch32 export32 fuzz32 hostile32 hostile-io32 import32 ioctl32 \
		mmap32 rw32

sanitizer-driver:
	@KERNEL=sanitizer LIMIT=1200 tests/guest/run

sanitizer-overlay:
	@KERNEL=sanitizer PROFILE=overlay tests/guest/run

sanitizer-cma:
	@KERNEL=sanitizer QEMU_ARGS="-m 768M" CMDLINE=cma=64M tests/guest/run scarce

sanitizer-iommu:
	@KERNEL=sanitizer PROFILE=iommu tests/guest/run

sanitizer-big:
	@KERNEL=sanitizer PROFILE=big LIMIT=1200 tests/guest/run

sanitizer-bounce:
	@KERNEL=sanitizer PROFILE=bounce tests/guest/run

sanitizer-arm64:
	@KERNEL=sanitizer ARCH=arm64 LIMIT=1200 tests/guest/run

sanitizer-iommu-arm64:
	@KERNEL=sanitizer ARCH=arm64 PROFILE=iommu LIMIT=1200 tests/guest/run

sanitizer-stress:
	@$(one_thread) KERNEL=sanitizer tests/guest/run stress

sanitizer-faults:
	@KERNEL=sanitizer PROFILE=faults LIMIT=1500 tests/guest/run

sanitizer-net:
	@tests/sanitizer/check-net

# With an IOMMU; with memory past 32 bits on two nodes; as Debian boots, with memory zeroed by the kernel; with
# bounce buffers for every transfer; with a CMA area on a kernel that knows it on amd64.
check-machines:
	@tests/lib/sum.sh $(machines)

machine-iommu:
	@PROFILE=iommu tests/guest/run

machine-iommu-arm64:
	@SHORT=1 ARCH=arm64 PROFILE=iommu tests/guest/run

machine-big:
	@PROFILE=big tests/guest/run

machine-zeroing:
	@SHORT=1 CMDLINE=init_on_alloc=1 tests/guest/run contig mmap rw

machine-bounce:
	@PROFILE=bounce tests/guest/run

machine-cma:
	@KERNEL=7.3 CMDLINE=cma=512M tests/guest/run scarce

# What SHORT leaves out tries the driver more than the kernel under it.
check-kernels:
	@SHORT=1 tests/guest/check-kernels $(KERNELS)

check-some-kernels:
	@tests/lib/sum.sh $(some_kernels)

kernel-%:
	@$(MAKE) -s --no-print-directory check-kernels KERNELS=$*

check-packaging:
	@tests/packaging/check $(T) | awk -f tests/lib/tally.awk

# A reboot, a daemon killed at every step, VFIO, and the next release of Debian.
check-releases:
	@{ DEBIAN=12 tests/packaging/check boot.sh faults.sh; \
		DEBIAN=12 tests/packaging/check vfio.sh; \
		DEBIAN=13 tests/packaging/check troubles.sh boot.sh service.sh tool.sh manual.sh faults.sh; } | awk -f tests/lib/tally.awk

lint:
	@$(NEED) $(need_lint) $(need_deb) linux-headers-amd64
	@tests/lint

demo:
	@tests/packaging/run demo.sh

bench:
	@tests/bench/run
	@tests/packaging/run bench.sh

.PHONY: all programs module install clean deb lint demo bench fuzz check check-all check-unit check-fuzz check-guest \
	check-guests check-long check-longer check-stress check-guest-arm64 check-kernels check-some-kernels \
	check-packaging check-releases check-machines check-sanitizer check-sanitizer-longer \
	longer-amd64 longer-arm64 longer-iommu-arm64 longer-iommu-oldest longer-iommu-newest \
	longer-newer $(machines) \
	$(sanitizer) $(sanitizer_longer)
