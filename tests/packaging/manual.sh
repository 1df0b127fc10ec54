#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every example of the manual pages, as they are installed, is run: as a shell's words, as a configuration, as a program...
# The device of the examples is the guest's. Runs in the Debian guest, as root.
. /mnt/claims.sh

edu=$(lspci -D -d 1234:11e8 | cut -d ' ' -f 1)
version=$(dpkg-deb -f /mnt/udmabufd_*.deb Version)
headers=/usr/src/u-dma-buf-$version/uapi

compile() { gcc -std=c17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I"$headers" -I/mnt "$@"; }

# example.shell: the words of a terminal, the first that fails ends it.
run_shell() { bash -e "$1" </dev/null >"$folder/printed" 2>&1 || { cat "$folder/printed"; return 1; }; }

# example.output: what the example before it has printed.
run_output() { mentions_all "$folder/printed" "$1"; }

mentions_all() {
	while read -r line; do
		grep -qF -e "$line" "$1" || { echo "not printed: $line"; cat "$1"; return 1; }
	done <"$2"
}

# example.conf: no mistake, and a plan.
run_conf() { udmabufd --check "$1" && udmabufd --dry-run --config "$1" && cp "$1" /etc/u-dma-buf.conf; }

# example.unit: a part of a unit, whole with a command.
run_unit() {
	cp "$1" /run/example.service
	printf '[Service]\nExecStart=/bin/true\n' >>/run/example.service
	systemd-analyze verify --man=no /run/example.service
}

# example.modprobe: parameters, with which the module is loaded.
run_modprobe() {
	cp "$1" /etc/modprobe.d/example.conf
	rmmod u-dma-buf && modprobe u-dma-buf
	status=$?
	rm /etc/modprobe.d/example.conf
	udevadm settle
	[ "$status" = 0 ] && [ "$(cat /sys/class/u-dma-buf/udmabuf0/size)" = 4194304 ] &&
		[ "$(cat /sys/class/u-dma-buf/udmabuf0/dma_device)" = "pci/$edu" ]
}

# example.dts: a part of a device tree.
run_dts() {
	{ echo '/dts-v1/;'; sed 's/^\/ {/\/ { #address-cells = <2>; #size-cells = <2>;/' "$1"; } >/run/example.dts
	dtc -q -I dts -O dtb -o /run/example.dtb /run/example.dts
	[ "$(fdtget -t s /run/example.dtb /frames device-name)" = frames ] &&
		[ "$(fdtget -t u /run/example.dtb /ring size)" = 65536 ]
}

# example.c: a program with the library; or functions with the driver's header, those of the page together.
run_c() {
	if grep -q '^int main' "$1"; then
		compile -o /tmp/example "$1" /mnt/libudmabuf.a
	else
		cat "$1" >>/run/functions.c
		compile -c -o /run/example.o /run/functions.c && return
	fi && /tmp/example
}

# What the functions of u-dma-buf(4) do to a buffer.
run_functions() {
	cat >>/run/functions.c <<-'END'
		void run_device(__u64 addr, size_t length) { (void)addr; (void)length; }
		int main(void)
		{
			int fd = open("/dev/frames", O_RDWR);
			int dma_buf = export_start(fd, 4096);

			return receive(fd) || hand_over(fd) || lseek(dma_buf, 0, SEEK_END) != 4096;
		}
	END
	{ echo '#include <unistd.h>'; cat /run/functions.c; } >/run/example.c
	compile -o /tmp/example /run/example.c && /tmp/example
}

# run_page PAGE: each of its examples is a claim.
run_page() {
	page=$(basename "$1" .gz)
	folder=/run/examples/$page
	printf '\n== %s\n\n' "$page"
	mkdir -p "$folder"
	case $1 in
	*.gz) zcat "$1" ;;
	*) cat "$1" ;;
	esac >"$folder/page"
	claim "every_example_of_${page}_has_a_kind" awk -v folder="$folder" -f /mnt/examples.awk "$folder/page"
	sed -i "s/0000:01:00.0/$edu/" "$folder"/[0-9]*
	for example in "$folder"/[0-9]*; do
		case $example in
		*.form) continue ;;
		esac
		claim "${page}_$(basename "$example")_runs" "run_${example##*.}" "$example"
	done
}

clean_slate
man=/usr/share/man
run_page $man/man1/udmabufctl.1.gz
clean_slate
run_page $man/man4/u-dma-buf.4.gz
claim a_buffer_for_the_functions_is_made udmabufctl create frames 64K
claim the_functions_of_u-dma-buf.4_work run_functions
clean_slate
run_page $man/man5/u-dma-buf.conf.5.gz
clean_slate
run_page $man/man8/udmabufd.8.gz
clean_slate
claim a_buffer_for_the_library_is_made udmabufctl create frames 64K
run_page /mnt/libudmabuf.3
clean_slate

[ "$failed" = 0 ]
