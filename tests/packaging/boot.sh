#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The service at boot: installs and configures it, reboots, and looks. Runs in the Debian guest, as root, twice.
. /mnt/claims.sh

# A device that comes late: it is away before udev begins, and comes with the work of udev on another one, which begins
# when the daemon is at work and has found nothing. Return is to udev, which has more to announce then.
make_device_late() {
	cat >/etc/systemd/system/late.service <<-END
		[Unit]
		DefaultDependencies=no
		Before=systemd-udev-trigger.service
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -c 'echo 1 >/sys/bus/pci/devices/$edu/remove'
		[Install]
		WantedBy=sysinit.target
	END
	cat >/usr/local/sbin/bring-device <<-'END'
		#!/bin/sh
		udevadm wait --timeout=120 /dev/early && echo 1 >/sys/bus/pci/rescan
	END
	chmod +x /usr/local/sbin/bring-device
	echo 'ACTION=="add", SUBSYSTEM=="mem", KERNEL=="null", RUN+="/usr/local/sbin/bring-device"' \
		>/etc/udev/rules.d/90-late.rules
	systemctl --quiet enable late.service
}

if [ ! -e /root/rebooted ]; then
	printf '\n== Boot\n\n'
	install_packages
	edu=$(lspci -D -d 1234:11e8 | cut -d ' ' -f 1)
	cat >/etc/u-dma-buf.conf <<-END
		buffers: (
		  { name = "early"; size = "64M"; mode = "0640"; },
		  { name = "late"; size = "64K"; device = "pci/$edu"; required = true; },
		  { name = "never"; size = "64K"; device = "pci/0000:1f:1f.7"; }
		);
	END
	make_device_late
	: >/root/rebooted
	systemctl reboot
	exec sleep infinity
fi

# entered UNIT: when it became active, in microseconds since boot.
entered() { systemctl show -P ActiveEnterTimestampMonotonic "$1"; }
# before UNIT UNIT
before() { [ "$(entered "$1")" -gt 0 ] && [ "$(entered "$1")" -lt "$(entered "$2")" ]; }

same the_service_is_up_after_a_boot active "$(systemctl is-active udmabuf)"
same the_buffers_are_there "2 of 3 buffers, 64.1 MiB; never: waiting for pci/0000:1f:1f.7" \
	"$(systemctl show -P StatusText udmabuf)"
same the_node_has_owner_and_mode root:udmabuf:640 "$(stat -c %U:%G:%a /dev/early)"
claim it_was_ready_before_basic.target before udmabuf.service basic.target
journalctl -q -b -o cat -u udmabuf >/run/journal
same a_required_buffer_waited_for_a_device_that_udev_announced_later "late: waiting for;late: 64K" \
	"$(grep -o '^late: waiting for\|^late: 64K' /run/journal | paste -sd ';')"
# jobs MESSAGE_ID: how often systemd said this of the unit. NRestarts counts only what it restarted by itself.
jobs() { journalctl -q -b -o cat "MESSAGE_ID=$1" UNIT=udmabuf.service | wc -l; }
same there_was_one_start_and_it_did_not_fail "1 started, 1 done" \
	"$(jobs 7d4958e842da4a758f6c1cdc7b36dcc5) started, $(jobs 39f53479d3a045ac8e11786248231fbf) done"
for unit in local-fs.target systemd-udevd.service systemd-udev-trigger.service; do
	claim "it_was_ready_after_$unit" before $unit udmabuf.service
done
journalctl -q -b -o cat >/run/boot
same no_unit_waits_in_a_circle "" "$(grep -i 'ordering cycle' /run/boot)"
same no_unit_failed "" "$(systemctl --failed --plain --no-legend --full | paste -sd ' ')"
claim it_stops systemctl stop udmabuf
: >/etc/u-dma-buf.conf
systemctl --quiet disable late.service
rm /etc/udev/rules.d/90-late.rules

[ "$failed" = 0 ]
