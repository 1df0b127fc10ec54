# SPDX-License-Identifier: GPL-2.0-only
# The examples of a manual page, each into a file: folder/NN.KIND, in their order. What stands literally in a page (.Bd
# -literal, .Dl) is an example, and the comment before it says of which kind; one without is printed, and ends this with 1.
# usage: awk -v folder=FOLDER -f examples.awk PAGE

function plain(line) {
	gsub(/\\e/, "\\", line)
	gsub(/\\\(dq/, "\"", line)
	gsub(/\\-/, "-", line)
	gsub(/\\&/, "", line)
	return line
}

function begin(line) {
	if (!kind) {
		printf "line %d has no kind: %s\n", NR, line
		unmarked = 1
	}
	file = sprintf("%s/%02d.%s", folder, ++count, kind ? kind : "none")
	kind = ""
}

/^\.\\" example: / { kind = $3; next }
inside && /^\.Ed/ { inside = 0; close(file); next }
inside { print plain($0) >file; next }
/^\.Bd -literal/ { begin($0); inside = 1; next }
/^\.Dl / { begin($0); print plain(substr($0, 5)) >file; close(file); next }

END { exit unmarked }
