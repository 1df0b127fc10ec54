# SPDX-License-Identifier: GPL-2.0-only
# Reads what tests/guest/run printed, a file KERNEL-ARCH for each guest; prints one table of them and their sum.
# A run that did not come to its end has failed.

/^kernel .*, module built by / {
	release[FILENAME] = substr($2, 1, length($2) - 1)
	compiler[FILENAME] = $(NF - 1) " " $NF
}

/^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
	passed[FILENAME] = $1
	failed[FILENAME] = $3
	skipped[FILENAME] = $5 + 0
}

END {
	print "\n| kernel | architecture | built by | passed | failed | skipped |"
	print "|---|---|---|---|---|---|"
	for (i = 1; i < ARGC; i++) {
		guest = ARGV[i]
		if (!(guest in passed))
			failed[guest] = 1
		kernel = arch = guest
		sub(/-.*/, "", kernel)
		sub(/.*-/, "", arch)
		printf "| %s | %s | %s | %d | %d | %d |\n", guest in release ? release[guest] : kernel, arch,
			guest in compiler ? compiler[guest] : "not built", passed[guest], failed[guest],
			skipped[guest]
		all_passed += passed[guest]
		all_failed += failed[guest]
		all_skipped += skipped[guest]
	}
	printf "\n%d passed, %d failed%s\n", all_passed, all_failed,
		all_skipped ? ", " all_skipped " skipped" : ""
	exit all_failed > 0
}
