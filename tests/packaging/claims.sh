# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What the scripts share that run in the Debian guest: steps, shown commands, claims. Sourced; the packages
# and the example lie in /mnt.

failed=0

# heading TEXT...
heading() { printf '\n== %s\n\n' "$*"; }

# show COMMAND: the command as a person would type it, and what it prints, which stays in /run/shown.
show() {
	printf '# %s\n' "$1"
	{
		sh -c "$1" 2>&1
		echo $? >/run/status
	} | tee /run/shown | sed -u 's/^/  /'
	return "$(cat /run/status)"
}

# claim TEXT COMMAND...: holds if the command does.
claim() {
	text=$1
	shift
	if "$@" >/run/claim 2>&1; then
		printf 'ok %s\n' "$text"
	else
		printf 'not ok %s: %s: exit status %s\n' "$text" "$*" "$?"
		sed 's/^/  | /' /run/claim
		failed=$((failed + 1))
	fi
}

# same TEXT EXPECTED GOT
same() {
	if [ "$2" = "$3" ]; then
		printf 'ok %s\n' "$1"
	else
		printf 'not ok %s: expected "%s", got "%s"\n' "$1" "$2" "$3"
		failed=$((failed + 1))
	fi
}

# mentions TEXT FILE WORD...: one line of the file has all the words.
mentions() {
	text=$1 file=$2
	shift 2
	if awk 'BEGIN { for (i = 2; i < ARGC; i++) { word[i] = ARGV[i]; delete ARGV[i] } }
		{ all = 1; for (i in word) if (!index($0, word[i])) all = 0; if (all) found = 1 }
		END { exit !found }' "$file" "$@"; then
		printf 'ok %s\n' "$text"
	else
		printf 'not ok %s: expected a line with "%s", got:\n' "$text" "$*"
		sed 's/^/  | /' "$file"
		failed=$((failed + 1))
	fi
}

# The journal of the service from here on: mark_journal, then take_journal [MATCH] into /run/journal. By time, for
# --after-cursor skips an entry where the cursor's own is not among those that match.
mark_journal() { date +@%s.%6N >/run/mark; }
take_journal() {
	journalctl --sync
	journalctl -q -o cat --since "$(cat /run/mark)" -u udmabuf "$@" >/run/journal
}

# await_journal TEXT: until the service's journal, from the mark on, has a line with it.
await_journal() {
	rm -f /run/follow
	mkfifo /run/follow
	journalctl -q -f -n all -o cat --since "$(cat /run/mark)" -u udmabuf >/run/follow 2>&1 &
	follower=$!
	timeout 120 grep -qm1 -F -e "$1" /run/follow
	found=$?
	kill $follower 2>/dev/null
	wait $follower 2>/dev/null
	return $found
}

# event ID JQ-FILTER: the journal, from the mark on, has an event of that kind for which the filter holds.
event() {
	journalctl --sync
	journalctl -q -o json --since "$(cat /run/mark)" -u udmabuf "MESSAGE_ID=$1" >/run/events
	jq -es "map(select($2)) | length > 0" /run/events || { jq -c . /run/events; return 1; }
}

# The buffers that there are, and the exit status of a reload.
names() { (cd /sys/class/u-dma-buf && ls) | paste -sd ' '; }
reload() { systemctl reload udmabuf 2>/dev/null; echo $?; }

# attribute BUFFER NAME
attribute() { cat "/sys/class/u-dma-buf/$1/$2"; }

# The packages, for a script that is run alone too.
install_packages() {
	dpkg -s udmabufd >/dev/null 2>&1 && return
	cp /mnt/*.deb /root
	claim the_packages_install apt-get -q -y install /root/u-dma-buf-dkms_*.deb /root/udmabufd_*.deb
	claim the_module_loads modprobe u-dma-buf
	# It starts the service: whoever stops that then has it stopped.
	systemctl start 'dev-u\x2ddma\x2dbuf\x2dmgr.device'
}

# Packages, module and service as if nothing ran before: no buffer, nothing configured.
clean_slate() {
	install_packages
	systemctl stop udmabuf
	: >/etc/u-dma-buf.conf
	rm -rf /etc/u-dma-buf.conf.d /run/u-dma-buf.conf.d
	modprobe u-dma-buf
	delete_all
}

# Every buffer there is, in use or not.
delete_all() {
	for buffer in /sys/class/u-dma-buf/*; do
		[ ! -e "$buffer" ] || udmabufctl delete --force "${buffer##*/}"
	done
}

absent() { [ ! -e "$1" ] || { echo "$1 is there"; return 1; }; }

# Every file there is, but for logs, caches and what the package manager and the system note of themselves.
all_files() {
	find / -xdev \( -path /run -o -path /proc -o -path /var/log -o -path /var/cache -o -path /var/lib/dpkg \
		-o -path /var/lib/apt -o -path /tmp -o -path /var/tmp -o -path /mnt \) -prune \
		-o ! -path '/etc/*-' ! -path '/var/lib/systemd/*' -print | sort
	find /dev | grep -E 'udmabuf|u-dma-buf|^/dev/(edu-buffer|frames)$' || true
}
