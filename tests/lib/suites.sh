# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# The kernels of Debian's other suites, and how a module is built for them: with the suite's own compiler.
# Sourced after common.sh.

# find_suites KERNEL: sets $suites to the one that has this kernel, with what it builds upon before it.
find_suites() {
	case $1 in
	5.10) suites=bullseye ;;
	6.12) suites=trixie ;;
	7.2) suites=forky ;;
	7.3) suites="trixie trixie-backports" ;;
	*) die "KERNEL=$1: 5.10, 6.1, 6.12, 7.2 or 7.3" ;;
	esac
}

# suite_lists KERNEL ARCH: sets $lists to a folder with a configuration of apt (apt.conf) that knows the packages
# of $suites and no others. They are looked up again when they are a day old.
suite_lists() {
	lists=$cache/apt-$1-$2
	mkdir -p "$lists/lists/partial"
	exec 9>"$lists.lock"
	flock 9
	site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
	for suite in $suites; do
		printf 'deb %s %s main\n' "$site" "$suite"
	done >"$lists/sources.list"
	cat >"$lists/apt.conf" <<-END
		Dir::State::Lists "$lists/lists";
		Dir::State::Status "/dev/null";
		Dir::Cache "$lists";
		Dir::Etc::SourceList "$lists/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Acquire::Languages "none";
		Acquire::Check-Valid-Until "false";
		Acquire::GzipIndexes "true";
		APT::Architectures { "amd64"; "$2"; };
		APT::Default-Release "${suites##* }";
		APT::Sandbox::User "root";
	END
	if [ -z "$(find "$lists/updated" -mtime -1 2>/dev/null)" ]; then
		APT_CONFIG=$lists/apt.conf apt-get -qq update && : >"$lists/updated"
	fi
	exec 9>&-
}

# suite_kernel KERNEL ARCH: sets $release, and $kernel to a folder with boot/vmlinuz-RELEASE, lib/modules/RELEASE and
# what suite_make needs.
suite_kernel() {
	need mmdebstrap kmod
	find_suites "$1"
	suite_lists "$1" "$2"
	release=$(export APT_CONFIG="$lists/apt.conf" && kernel_release "$2")
	case $release in
	"$1".*) ;;
	*) die "KERNEL=$1: ${suites##* } has ${release:-no kernel} now" ;;
	esac
	recipe=$(sha256sum <"$top/tests/guest/make-kernel")
	cached "suite-$release-$(printf %.8s "$recipe")" \
		"$top/tests/guest/make-kernel" "$release" "$2" "$suites" "$lists/sources.list"
	kernel=$dir
}

# suite_make SRC ARGS...: make of the module in the folder SRC, in the system of suite_kernel. The mounts are of a
# name space that ends with it. There is no perl or python for the check of the comments: lint does that.
suite_make() {
	unshare --mount sh -euc '
		root=$1 headers=/usr/src/linux-headers-$2 src=$3
		shift 3
		mount --bind "$src" "$root/module"
		mount -t proc proc "$root/proc"
		mount -t tmpfs tmpfs "$root/tmp"
		exec chroot "$root" make -C "$headers" M=/module cmd_checkdoc= "$@" modules
	' sh "$kernel" "$release" "$@"
}
