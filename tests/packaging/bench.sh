#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the daemon costs. Runs in the Debian guest, as root; reports, and claims nothing of time.
. /mnt/claims.sh

install_packages
systemctl stop udmabuf

now() { echo $(($(date +%s%N) / 1000000)); }
took() {
	took=$(($(now) - start))
	printf '%6s ms  %s\n' $took "$1"
}

printf '\n== 256 buffers of 4 KiB\n\n'
: >/etc/u-dma-buf.conf
start=$(now)
systemctl start udmabuf
took "systemctl start udmabuf, nothing configured"
systemctl stop udmabuf
start=$(now)
for i in $(seq 256); do
	echo "create b$i 4096" >/dev/u-dma-buf-mgr
done
took "256 shell echoes to the manager"
udevadm settle
took "the same, until udev is through with the nodes"
echoes=$took
for i in $(seq 256); do
	echo "delete b$i"
done >/dev/u-dma-buf-mgr
udevadm settle
{
	echo 'buffers: ('
	for i in $(seq 256); do
		echo "  { name = \"b$i\"; size = \"4K\"; }$([ "$i" = 256 ] || echo ,)"
	done
	echo ');'
} >/etc/u-dma-buf.conf
# Without a client that systemd tells of every device unit: there is none at boot.
mark_journal
start=$(now)
systemctl start --no-block udmabuf
timeout 120 udevadm wait /dev/b256
took "from the start of the unit to the node of the last buffer"
await_journal "Started udmabuf.service"
took "to the end of the start: every node as configured, every buffer in the journal"
udevadm settle
took "the same, until udev is through with all"
spent() { echo $(($(systemctl show -P CPUUsageNSec udmabuf) / 1000000)); }
before=$(spent)
start=$(now)
systemctl reload udmabuf
took "systemctl reload udmabuf, nothing changed"
printf '%6s ms  of processor for that\n' $(($(spent) - before))
mv /etc/u-dma-buf.conf /run/256.conf
systemctl reload udmabuf
udevadm settle
mv /run/256.conf /etc/u-dma-buf.conf
start=$(now)
systemctl reload udmabuf
took "systemctl reload udmabuf, from none to 256 and udev through with the nodes"
printf '%5s %%   of the time of the echoes and their nodes\n' $((100 * took / echoes))
pid=$(systemctl show -P MainPID udmabuf)
printf '%6s KiB resident\n' "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")"
start=$(now)
systemctl stop udmabuf
took "systemctl stop udmabuf"
