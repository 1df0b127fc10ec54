# SPDX-License-Identifier: GPL-2.0-only
# Passes its input on, counts the claims in it ("ok ...", "not ok ...", "skip ...", also TAP's) and ends
# with the line that sums them up. With -v quiet=1 the claims that hold are only counted.

# At once: whoever waits sees how far it is.
function show() {
	print
	fflush()
}

{ sub(/\r$/, "") }

/^ok .*# SKIP/ || /^skip / { skipped++; show(); next }
/^ok / { passed++; if (!quiet) show(); next }
/^not ok / { failed++; show(); next }
/^[0-9]+\.\.[0-9]+$/ { next }
/^# ok - / { next }
{ show() }

END {
	printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
	exit failed > 0
}
