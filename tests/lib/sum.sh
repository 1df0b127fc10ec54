#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the named targets of the top Makefile, each of which ends its output with
# "N passed, N failed[, N skipped]", and ends with the sum. A target that ends in another way has failed.
# usage: sum.sh [-j N] TARGET...
#
# -j N  so many at a time: what each prints is shown when it has ended
set -eu

# One target; its output goes to $scratch/TARGET.log, too.
run() {
	start=$(date +%s)
	printf '\n--- %s\n' "$1"
	{ make --no-print-directory "$1" || : >"$scratch/$1.bad"; } | tee "$scratch/$1.log"
	printf -- '--- %s took %d s\n' "$1" $(($(date +%s) - start))
}

run_and_show() {
	run "$1" >"$scratch/$1.out"
	flock "$scratch" cat "$scratch/$1.out"
}

if [ "$1" = --one ]; then
	scratch=$2
	run_and_show "$3"
	exit
fi

jobs=1
if [ "$1" = -j ]; then
	jobs=$2
	shift 2
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'kill 0' INT
passed=0 failed=0 skipped=0

# Adds up what the log of a target ends with.
count() {
	p=0 f=0 s=0 counted=
	eval "$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed\(, \([0-9]*\) skipped\)\?$/p=\1 f=\2 s=\4 counted=1/p' \
		"$scratch/$1.log")"
	if [ -z "$counted" ] || [ $((p + f + ${s:-0})) = 0 ] || { [ -e "$scratch/$1.bad" ] && [ "$f" = 0 ]; }; then
		printf '\nnot ok %s: expected it to run to its end\n' "$1" >>"$scratch/$1.log"
		f=$((f + 1))
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
}

if [ "$jobs" = 1 ]; then
	for target; do
		run "$target"
	done
else
	printf '%s\n' "$@" | xargs -n 1 -P "$jobs" "$0" --one "$scratch"
fi
for target; do
	count "$target"
done

# What failed is said once more, where it is seen without a search.
echo
grep -h '^not ok' "$scratch"/*.log | sort -u
printf '%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ]
