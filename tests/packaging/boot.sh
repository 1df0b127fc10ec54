#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The service at boot: installs and configures it, reboots, and looks. Runs in the Debian guest, as root, twice.
. /mnt/claims.sh

if [ ! -e /root/rebooted ]; then
	printf '\n== Boot\n\n'
	install_packages
	cat >/etc/u-dma-buf.conf <<-'END'
		buffers: (
		  { name = "early"; size = "64M"; mode = "0640"; },
		  { name = "late"; size = "64K"; device = "pci/0000:1f:1f.7"; }
		);
	END
	: >/root/rebooted
	systemctl reboot
	exec sleep infinity
fi

# entered UNIT: when it became active, in microseconds since boot.
entered() { systemctl show -P ActiveEnterTimestampMonotonic "$1"; }
# before UNIT UNIT
before() { [ "$(entered "$1")" -gt 0 ] && [ "$(entered "$1")" -lt "$(entered "$2")" ]; }

same the_service_is_up_after_a_boot active "$(systemctl is-active udmabuf)"
same the_buffers_are_there "1 of 2 buffers, 64 MiB; late: waiting for pci/0000:1f:1f.7" \
	"$(systemctl show -P StatusText udmabuf)"
same the_node_has_owner_and_mode root:udmabuf:640 "$(stat -c %U:%G:%a /dev/early)"
claim it_was_ready_before_basic.target before udmabuf.service basic.target
for unit in local-fs.target systemd-udevd.service; do
	claim "it_was_ready_after_$unit" before $unit udmabuf.service
done
journalctl -q -b -o cat >/run/boot
same no_unit_waits_in_a_circle "" "$(grep -i 'ordering cycle' /run/boot)"
same no_unit_failed "" "$(systemctl --failed --plain --no-legend --full | paste -sd ' ')"
claim it_stops systemctl stop udmabuf
: >/etc/u-dma-buf.conf

[ "$failed" = 0 ]
