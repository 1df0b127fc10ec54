#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Installs those of the named packages that are missing. usage: need.sh PACKAGE...
# It is the lock of who changes what apt knows, for that gives up at once where another is at it.
set -eu

missing=
for package; do
	case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
	ii*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

printf 'installing:%s\n' "$missing" >&2
if [ "$(id -u)" != 0 ]; then
	printf 'only root can do that: apt-get install%s\n' "$missing" >&2
	exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
	# shellcheck disable=SC2086 # a list of words
	DEBIAN_FRONTEND=noninteractive flock -o "$0" apt-get -y --no-install-recommends \
		-o DPkg::Lock::Timeout=600 install $missing >"$log" 2>&1
}
if ! install; then
	flock -o "$0" apt-get -qq -o APT::Get::List-Cleanup=false update || true
	install || { tail -n 20 "$log" >&2; exit 1; }
fi
