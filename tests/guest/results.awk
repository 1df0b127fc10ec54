# SPDX-License-Identifier: GPL-2.0-only
# Reads the files complaints and skips, a guest's console.log, then its results.log; prints what failed and how many
# claims held.
# A test during which the kernel complains has failed, and so has one that skips what the kernel (where) must be
# able to, and a guest that did not reach its end.

{ sub(/\r$/, "") }

FNR == 1 { file++ }

file == 1 {
	complaint = complaint (complaint ? "|" : "") $0
	next
}

file == 2 {
	split($0, row, "\t")
	if ($0 !~ /^#/ && where ~ "^(" row[1] ")$")
		excuse = excuse (excuse ? "|" : "") row[2]
	next
}

file == 3 {
	console[++lines] = $0
	if (match($0, /=== .*/)) {
		seconds[section] = kernel_time($0) - began
		began = kernel_time($0)
		section = substr($0, RSTART + 4)
	}
	if ($0 ~ complaint && !(section in splat))
		splat[section] = lines
	next
}

# "[   12.345678] …": 12.
function kernel_time(line) {
	sub(/^\[ */, "", line)
	return int(line)
}

function show_console(from, to,    i) {
	for (i = from < 1 ? 1 : from; i <= to && i <= lines; i++)
		print "    | " console[i]
}

function fail(claim) {
	failed++
	test_failed++
	print "not ok " claim
}

/^@begin / {
	test = $2
	test_ok = test_failed = test_skipped = 0
	next
}

/^@end / {
	if ($3 != 0 && !test_failed)
		fail(test ": expected exit status 0, got " $3)
	if (!(test_ok + test_failed + test_skipped))
		fail(test ": expected claims, got none")
	if (test in splat) {
		fail(test "_leaves_the_kernel_log_clean: expected no complaint, got")
		show_console(splat[test] - 2, splat[test] + 40)
	}
	printf "%s: %d ok%s%s, %d s\n", test, test_ok, test_failed ? ", " test_failed " not ok" : "",
		test_skipped ? ", " test_skipped " skipped" : "", seconds[test]
	if (test_failed)
		for (i = 1; i <= noted; i++)
			print "    " note[i]
	noted = 0
	ended += test != "the_net"
	test = ""
	next
}

/^@done / { done = $2; next }

/^ok / { test_ok++; passed++; if (verbose) print; next }
/^not ok / { fail(substr($0, 8)); next }
/^skip / {
	reason = $0
	sub(/^skip [^ ]*: /, "", reason)
	if (!excuse || reason !~ "^(" excuse ")$") {
		fail(substr($2, 1, length($2) - 1) ": skipped, which the file skips does not allow on " where ": " reason)
		next
	}
	test_skipped++
	skipped++
	print
	next
}
{ note[++noted] = $0; if (verbose) print "    " $0 }

END {
	if (!done) {
		fail((test ? test : "the guest") ": expected it to end, got a guest that died or hung; its console ends with")
		show_console(lines - 60, lines)
	} else if (ended != done) {
		fail("the guest: expected " done " tests to run, got " ended + 0)
	} else if ("" in splat) {
		fail("the guest boots without a complaint of the kernel: got")
		show_console(splat[""] - 2, splat[""] + 40)
	}
	printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
	exit failed > 0
}
