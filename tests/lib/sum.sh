#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the named targets of the top Makefile, each of which ends its output with
# "N passed, N failed[, N skipped]", and ends with the sum. A target that ends in another way has failed.
# usage: sum.sh TARGET...
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 skipped=0

for target; do
	printf '\n--- %s\n' "$target"
	rm -f "$scratch/bad"
	{ make --no-print-directory "$target" || : >"$scratch/bad"; } | tee "$scratch/log"
	p=0 f=0 s=0
	eval "$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed\(, \([0-9]*\) skipped\)\?$/p=\1 f=\2 s=\4 counted=1/p' \
		"$scratch/log")"
	if [ -z "${counted:-}" ] || [ $((p + f + ${s:-0})) = 0 ] || { [ -e "$scratch/bad" ] && [ "$f" = 0 ]; }; then
		printf 'not ok %s: expected it to run to its end\n' "$target"
		f=$((f + 1))
	fi
	counted=
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
done

printf '\n%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ]
