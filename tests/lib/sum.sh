#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the named targets of the top Makefile, each of which ends its output with
# "N passed, N failed[, N skipped]", and ends with the sum. A target that ends in another way has failed.
# Those after "--" run at the same time as the others, and are shown when those have ended.
# usage: sum.sh TARGET... [-- TARGET...]
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'kill 0' INT
passed=0 failed=0 skipped=0

attempt() { make --no-print-directory "$1" || : >"$scratch/$1.bad"; }

show_name() { printf '\n--- %s\n' "$1"; }

# Adds up what the log of a target ends with.
count() {
	p=0 f=0 s=0 counted=
	eval "$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed\(, \([0-9]*\) skipped\)\?$/p=\1 f=\2 s=\4 counted=1/p' \
		"$scratch/$1.log")"
	if [ -z "$counted" ] || [ $((p + f + ${s:-0})) = 0 ] || { [ -e "$scratch/$1.bad" ] && [ "$f" = 0 ]; }; then
		printf 'not ok %s: expected it to run to its end\n' "$1"
		f=$((f + 1))
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
}

targets=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	targets="$targets $1"
	shift
done
[ $# = 0 ] || shift
for target; do attempt "$target" >"$scratch/$target.log"; done &
for target in $targets; do
	show_name "$target"
	attempt "$target" | tee "$scratch/$target.log"
	count "$target"
done
wait
for target; do
	show_name "$target"
	cat "$scratch/$target.log"
	count "$target"
done

printf '\n%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ]
