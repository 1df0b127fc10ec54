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

# The release of Debian's current kernel, such as 6.1.0-49-amd64. The same for every architecture
# but for its last word.
kernel_release() {
	need_lists
	apt-cache depends linux-image-amd64 |
		sed -n "s/.*Depends: linux-image-\(.*\)-amd64\$/\1-$1/p"
}

need_lists() {
	apt-cache show linux-image-amd64 >/dev/null 2>&1 || apt-get -qq update
}

# fetch_deb PACKAGE[:ARCH] FOLDER: unpacks a package's files into a folder; installs nothing.
fetch_deb() {
	mkdir "$2/deb"
	(cd "$2/deb" && apt-get -qq -o APT::Sandbox::User=root download "$1")
	dpkg-deb -x "$2"/deb/*.deb "$2"
	rm -r "$2/deb"
}

# foreign ARCH: makes packages of another architecture known to apt.
foreign() {
	[ "$(dpkg --print-architecture)" = "$1" ] && return
	if ! dpkg --print-foreign-architectures | grep -qx "$1"; then
		say "making $1 packages known to apt"
		dpkg --add-architecture "$1"
	fi
	apt-cache show "busybox-static:$1" >/dev/null 2>&1 || apt-get -qq update
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
	for tree in /usr/lib/linux-kbuild-*; do
		ln -s "$tree" "$2/usr/lib/"
	done
}

# headers RELEASE ARCH: sets $headers to what a module for that kernel is built against.
headers() {
	case $2 in
	amd64)
		need "linux-headers-$1"
		headers=/usr/src/linux-headers-$1
		;;
	*)
		need "linux-headers-${1%-*}-amd64"
		cached "headers-$1" fill_headers "$1:$2"
		headers=$dir/usr/src/linux-headers-$1
		;;
	esac
}

# kernel_make_args ARCH: sets $make_args, what make needs to build a module for that architecture.
kernel_make_args() {
	case $1 in
	amd64) make_args="ARCH=x86_64" ;;
	arm64) make_args="ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-" ;;
	*) die "ARCH=$1: amd64 or arm64" ;;
	esac
}

# qemu ARCH ARGS...: QEMU without a display, for at most $limit seconds (60). Translated code (tcg) unless UDMABUF_ACCEL says otherwise:
# a /dev/kvm that is there does not always work.
qemu() {
	arch=$1
	shift
	case $arch in
	amd64)
		set -- qemu-system-x86_64 -M q35 -cpu max "$@"
		;;
	arm64)
		set -- qemu-system-aarch64 -M virt -cpu cortex-a72 "$@"
		;;
	esac
	timeout --foreground "${limit:-60}" "$@" -accel "${UDMABUF_ACCEL:-tcg,thread=multi}" -smp 2 -display none -nodefaults \
		-no-reboot </dev/null
}
