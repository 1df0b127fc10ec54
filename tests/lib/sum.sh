#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the named targets of the top Makefile, each of which ends its output with
# "N passed, N failed[, N skipped]", and ends with the sum. A target that ends in another way has failed.
# usage: sum.sh TARGET...
set -eu
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
		printf 'not ok %s: expected it to run to its end\n' "$1"
		f=$((f + 1))
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
}

for target; do
	printf '\n--- %s\n' "$target"
	start=$(date +%s)
	{ make --no-print-directory "$target" || : >"$scratch/$target.bad"; } | tee "$scratch/$target.log"
	count "$target"
	printf -- '--- %s took %d s\n' "$target" $(($(date +%s) - start))
done

printf '\n%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ]
