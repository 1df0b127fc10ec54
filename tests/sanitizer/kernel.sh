# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# The kernel that looks for mistakes: Debian's sources of 6.12 with kernel.config and ARCH.config. Sourced after
# common.sh and suites.sh.

# Which sources apt has, its own or, through APT_CONFIG, another suite's.
sources_version() {
	apt-cache show --no-all-versions linux-source-6.12 2>/dev/null | sed -n 's/^Version: //p'
}

# sanitizer_kernel ARCH: sets $release, and $kernel to a folder with boot/vmlinuz-RELEASE, lib/modules/RELEASE
# and build, what a module is built against. After arch_facts.
sanitizer_kernel() {
	[ -f "$top/tests/sanitizer/$1.config" ] || die "KERNEL=sanitizer: ARCH=amd64 or arm64"
	need gcc make flex bison bc libelf-dev xz-utils kmod
	need_lists
	version=$(sources_version)
	if [ -z "$version" ]; then
		find_suites 6.12
		suite_lists 6.12 amd64
		export APT_CONFIG="$lists/apt.conf"
		version=$(sources_version)
	fi
	[ -n "$version" ] || die "apt has no linux-source-6.12"
	recipe=$(cat "$top/tests/sanitizer/kernel.config" "$top/tests/sanitizer/$1.config" \
		"$top/tests/sanitizer/make-kernel" | sha256sum)
	cached "sanitizer-$1-$version-gcc$("$triplet-gcc" -dumpversion)-$(printf %.8s "$recipe")" \
		"$top/tests/sanitizer/make-kernel" "$1" linux-source-6.12
	kernel=$dir
	release=$(cat "$kernel/release")
	unset APT_CONFIG
}
