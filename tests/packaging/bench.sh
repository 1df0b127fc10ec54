#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the daemon costs. Runs in the Debian guest, as root; reports the medians of some rounds, and claims nothing
# of time.
. /mnt/claims.sh

rounds=5
count=256

now() { echo $(($(date +%s%N) / 1000000)); }
begin() {
	udevadm settle
	sleep 1
	start=$(now)
}
took() { echo $(($2 - start)) >>"/run/bench.$1"; }
# The birth of the node, which the kernel makes with the buffer: what udev changes of it comes later.
made_at() { stat -c %.3W "/dev/$1" | tr -d .; }
median() { sort -n "/run/bench.$1" | sed -n "$(((rounds + 1) / 2))p"; }
report() { printf '%6s ms  %s\n' "$(median "$1")" "$2"; }
per_cent() { printf '%6s %%   of that\n' $((100 * $(median "$1") / $(median "$2"))); }
processor() { echo $(($(systemctl show -P CPUUsageNSec udmabuf) / 1000000)); }

configure() {
	echo 'buffers: ('
	for i in $(seq "$1"); do
		echo "  { name = \"b$i\"; size = \"4K\"; }$([ "$i" = "$1" ] || echo ,)"
	done
	echo ');'
} >/etc/u-dma-buf.conf

# As it is done without a daemon.
bench_echoes() {
	begin
	for i in $(seq $count); do
		echo "create b$i 4096" >/dev/u-dma-buf-mgr
	done
	took echoes "$(now)"
	udevadm settle
	took echoes-nodes "$(now)"
	for i in $(seq $count); do
		echo "delete b$i"
	done >/dev/u-dma-buf-mgr
}

# Asked as systemd asks. `systemctl reload` takes longer the more devices are new, for systemd tells it of each.
bench_reload() {
	configure $count
	begin
	udmabufd --reload >/dev/null
	took reload "$(now)"
	took reload-made "$(made_at b$count)"
	begin
	before=$(processor)
	udmabufd --reload >/dev/null
	took same "$(now)"
	echo $(($(processor) - before)) >>/run/bench.same-processor
	begin
	systemctl reload udmabuf
	took systemctl "$(now)"
	configure 0
	begin
	udmabufd --reload >/dev/null
	took none "$(now)"
}

# By systemd's own clock, with nobody about whom it would tell of every new device: there is none at boot.
bench_start() {
	begin
	systemctl start --no-block udmabuf
	sleep 8
	begun=$(systemctl show -P InactiveExitTimestampMonotonic udmabuf)
	ready=$(systemctl show -P ActiveEnterTimestampMonotonic udmabuf)
	echo $(((ready - begun) / 1000)) >>"/run/bench.$1"
}

install_packages
for _ in $(seq $rounds); do
	systemctl stop udmabuf
	bench_echoes
	configure 0
	bench_start start-empty
	bench_reload
	systemctl stop udmabuf
	configure $count
	bench_start start
	pid=$(systemctl show -P MainPID udmabuf)
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status" >>/run/bench.resident
	begin
	systemctl stop udmabuf
	took stop "$(now)"
done

printf '\n== %s buffers of 4 KiB, medians of %s rounds\n\n' $count $rounds
report echoes "shell echoes to the manager, to the last"
report reload-made "the daemon is asked for as many by a reload, to the last buffer"
per_cent reload-made echoes
report echoes-nodes "the echoes, until udev is through with the nodes"
report reload "the reload's answer: every node as configured, every buffer in the journal"
per_cent reload echoes-nodes
report same "a reload that changes nothing, to the answer"
report same-processor "of processor for that"
report systemctl "systemctl reload, nothing changed"
report none "a reload that deletes all"
report start-empty "the start of the service with nothing configured, to READY"
report start "the start with all, to READY"
report stop "systemctl stop"
printf '%6s KiB resident\n' "$(median resident)"
