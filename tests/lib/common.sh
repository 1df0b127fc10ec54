# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What the test scripts share: messages, packages, the cache, kernels, QEMU. Sourced, never run;
# whoever sources it has set -eu and has set $top, the root of the checkout.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/u-dma-buf

say() { printf '%s\n' "$*" >&2; }

die() {
	say "$(basename "$0"): $*"
	exit 1
}

# need PACKAGE...: installs the ones that are missing.
need() { "$top/tests/lib/need.sh" "$@"; }

# An empty folder that goes away with the script. Call it once, not in a subshell.
make_scratch() {
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/u-dma-buf.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	trap 'exit 130' INT TERM
}

manifest() { (cd "$1" && find . -type f ! -path ./.manifest -printf '%P %s\n' | sort); }

# cached NAME RECIPE...: sets $dir to $cache/NAME, a folder that "RECIPE... FOLDER" fills. It appears
# whole or not at all; one whose files are not as they were when it was made is made again.
cached() {
	dir=$cache/$1
	shift
	mkdir -p "$cache"
	exec 9>"$dir.lock"
	flock 9
	if [ ! -f "$dir/.manifest" ] || [ "$(manifest "$dir")" != "$(cat "$dir/.manifest")" ]; then
		rm -rf "$dir" "$dir.new"
		mkdir "$dir.new"
		"$@" "$dir.new"
		manifest "$dir.new" >"$dir.new/.manifest"
		mv "$dir.new" "$dir"
	fi
	exec 9>&-
}

# arch_facts ARCH: sets $flavour (of Debian's kernel), $triplet (of its programs), $make_args (what make
# needs to build a module), $emulator and $emulator_packages.
arch_facts() {
	case $1 in
	amd64)
		flavour=amd64 triplet=x86_64-linux-gnu make_args="ARCH=x86_64"
		emulator="qemu-system-x86_64 -M q35 -cpu max" emulator_packages=qemu-system-x86
		return
		;;
	arm64)
		flavour=arm64 triplet=aarch64-linux-gnu make_args="ARCH=arm64"
		emulator="qemu-system-aarch64 -M virt -cpu cortex-a72" emulator_packages=qemu-system-arm
		;;
	armhf)
		flavour=armmp-lpae triplet=arm-linux-gnueabihf make_args="ARCH=arm"
		emulator="qemu-system-arm -M virt -cpu cortex-a15" emulator_packages=qemu-system-arm
		;;
	riscv64)
		flavour=riscv64 triplet=riscv64-linux-gnu make_args="ARCH=riscv"
		emulator="qemu-system-riscv64 -M virt" emulator_packages="qemu-system-misc opensbi"
		;;
	*) die "ARCH=$1: amd64, arm64, armhf or riscv64" ;;
	esac
	make_args="$make_args CROSS_COMPILE=$triplet-"
}

# kernel_release ARCH: the release of Debian's current kernel, such as 6.1.0-49-amd64, after arch_facts.
kernel_release() {
	need_lists
	apt-cache depends "linux-image-$flavour:$1" |
		sed -n "s/.*Depends: linux-image-\([^:]*-$flavour\)\(:.*\)\?\$/\1/p"
}

# With need.sh's lock.
alone() { flock -o "$top/tests/lib/need.sh" "$@"; }

need_lists() {
	apt-cache show linux-image-amd64 >/dev/null 2>&1 || alone apt-get -qq update
}

# fetch_deb PACKAGE[:ARCH] FOLDER: unpacks a package's files into a folder; installs nothing.
fetch_deb() {
	mkdir -p "$2/deb"
	(cd "$2/deb" && alone apt-get -qq -o APT::Sandbox::User=root download "$1")
	dpkg-deb -x "$2"/deb/*.deb "$2"
	rm -r "$2/deb"
}

# foreign ARCH: makes packages of another architecture known to apt.
foreign() {
	[ "$(dpkg --print-architecture)" = "$1" ] && return
	if ! dpkg --print-foreign-architectures | grep -qx "$1"; then
		say "making $1 packages known to apt"
		alone dpkg --add-architecture "$1"
	fi
	# One index that can't be had is no reason, if it is of no use here.
	apt-cache show "busybox-static:$1" >/dev/null 2>&1 || alone apt-get -qq update || true
}

fill_kernel() {
	fetch_deb "linux-image-$1" "$2"
	depmod -b "$2" "${1%:*}"
}

# kernel RELEASE ARCH: sets $kernel to a folder with boot/vmlinuz-RELEASE and lib/modules/RELEASE.
kernel() {
	need kmod
	cached "kernel-$1" fill_kernel "$1:$2"
	kernel=$dir
}

fill_headers() {
	fetch_deb "linux-headers-$1" "$2"
	mkdir -p "$2/usr/lib"
	cp -r /usr/lib/linux-kbuild-* "$2/usr/lib/"
	case $1 in
	*:armhf) replace_modpost "$2"/usr/lib/linux-kbuild-*/scripts/mod "$2" ;;
	esac
}

# The one of a 64-bit machine takes the device tables of a 32-bit kernel for broken.
replace_modpost() {
	need qemu-user
	fetch_deb "$(basename "$(dirname "$(dirname "$1")")"):armhf" "$2/armhf"
	mv "$2"/armhf/usr/lib/linux-kbuild-*/scripts/mod/modpost.real-lsb-32 "$1/modpost.armhf"
	rm -r "$2/armhf"
	cat >"$1/modpost" <<-'END'
		#!/bin/sh
		exec qemu-arm -L /usr/arm-linux-gnueabihf "$0.armhf" "$@"
	END
}

# headers RELEASE ARCH: sets $headers to what a module for that kernel is built against.
headers() {
	case $2 in
	amd64)
		need "linux-headers-$1"
		headers=/usr/src/linux-headers-$1
		;;
	*)
		need "linux-headers-${1%-"$flavour"}-common" "linux-kbuild-${1%%.0-*}"
		cached "headers-$1" fill_headers "$1:$2"
		headers=$dir/usr/src/linux-headers-$1
		;;
	esac
}

# qemu ARGS...: QEMU for the architecture of arch_facts, without a display, for at most $limit seconds (60). Translated
# code (tcg) unless UDMABUF_ACCEL says otherwise: a /dev/kvm that is there does not always work.
qemu() {
	# shellcheck disable=SC2086 # a command and its words
	timeout --foreground "${limit:-60}" $emulator -accel "${UDMABUF_ACCEL:-tcg,thread=multi}" -smp 2 \
		-display none -nodefaults -no-reboot "$@" </dev/null
}
