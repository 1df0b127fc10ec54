# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# The Debian releases that the packages are tested on. Sourced after common.sh.
. "$top/tests/lib/suites.sh"

# release_kernel 12|13: the release of its current kernel.
release_kernel() {
	case $1 in
	12) kernel_release amd64 ;;
	13)
		find_suites 6.12
		suite_lists 6.12 amd64
		# shellcheck disable=SC2031 # it is wanted there alone
		(export APT_CONFIG="$lists/apt.conf" && kernel_release amd64)
		;;
	*) die "DEBIAN=$1: 12 or 13" ;;
	esac
}

fill_builder() {
	say "making a Debian 13 to build packages in (once; takes a few minutes)"
	mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Languages "none"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--include="build-essential,fakeroot,$1" trixie "$2" >&2
	mkdir "$2/build"
}

# build_in_trixie FOLDER COMMAND...: runs a command in Debian 13, where FOLDER is /build. The mounts are of a name space
# that ends with it.
build_in_trixie() {
	need mmdebstrap
	depends=$(sed -n '/^Build-Depends:/,/^[^ ]/s/^\(Build-Depends:\)\? *\([a-z][a-z0-9.+-]*\).*/\2/p' "$top/debian/control" |
		sed 's/debhelper-compat/debhelper/; /^dh-sequence/d' | paste -sd ,)
	cached "debian13-builder-$(echo "$depends" | sha256sum | head -c 8)" fill_builder "$depends"
	unshare --mount sh -euc '
		root=$1
		mount --bind "$2" "$root/build"
		mount -t proc proc "$root/proc"
		mount -t tmpfs tmpfs "$root/tmp"
		shift 2
		exec chroot "$root" sh -c "cd /build && exec \"\$@\"" sh "$@"
	' sh "$dir" "$@"
}
