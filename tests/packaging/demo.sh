#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# From the packages to a real DMA, as a user would do it. Runs in the Debian guest, as root.
. /mnt/claims.sh

version=$(dpkg-deb -f /mnt/udmabufd_*.deb Version)
kernel=$(uname -r)
edu=$(lspci -D -d 1234:11e8 | cut -d ' ' -f 1)
cp /mnt/*.deb /root
cd /root || exit 1
all_files >/run/files-before

printf 'Debian %s, kernel %s, %s CPUs; a DMA device at PCI address %s\n' \
	"$(cat /etc/debian_version)" "$kernel" "$(nproc)" "$edu"

heading "1. Install the packages; DKMS builds the module for this kernel"
show 'apt-get -q -y install ./u-dma-buf-dkms_*.deb ./udmabufd_*.deb | grep -E "^(Setting up|Building|Created)|Installing to"'
show 'dkms status'
claim the_packages_are_installed dpkg -s u-dma-buf-dkms udmabufd
mentions dkms_built_the_module_for_this_kernel /run/shown "u-dma-buf/$version" "$kernel" installed
same module_and_package_have_one_version "$version" "$(modinfo -F version u-dma-buf)"
same the_service_is_enabled enabled "$(systemctl is-enabled udmabuf)"

heading "2. Ask for two buffers in /etc/u-dma-buf.conf"
cat >>/etc/u-dma-buf.conf <<END
buffers: (
  { name = "edu-buffer";
    size = "64K";
    device = "pci/$edu"; },
  { name = "frames";
    size = "2M";
    mode = "0640";
    sync: { mode = "write-combine"; always = true; direction = "from-device"; }; }
);
END
show "sed -n '/^buffers/,\$p' /etc/u-dma-buf.conf"
show 'udmabufd --check /etc/u-dma-buf.conf'
claim the_configuration_has_no_mistake udmabufd --check /etc/u-dma-buf.conf

heading "3. Start the service"
show 'systemctl start udmabuf'
same the_service_is_active active "$(systemctl is-active udmabuf)"
show 'systemctl status --no-pager --lines=0 udmabuf'
show 'journalctl --no-pager -o cat -u udmabuf'
cp /run/shown /run/journal
for name in edu-buffer frames; do
	size=$(cat /sys/class/u-dma-buf/$name/size)
	address=$(printf '0x%x' "$(cat /sys/class/u-dma-buf/$name/phys_addr)")
	mentions "the_journal_tells_name_size_and_address_of_$name" /run/journal "$name" "$size" "${address#0x}"
done
mentions the_journal_names_the_device /run/journal edu-buffer "$edu"
show 'ls -l /dev/edu-buffer /dev/frames'
same nodes_belong_to_the_group_udmabuf "root:udmabuf 660" "$(stat -c '%U:%G %a' /dev/edu-buffer)"
same a_mode_in_the_configuration_holds "root:udmabuf 640" "$(stat -c '%U:%G %a' /dev/frames)"
same sync_settings_in_the_configuration_hold "6 2" \
	"$(cat /sys/class/u-dma-buf/frames/sync_mode /sys/class/u-dma-buf/frames/sync_direction | paste -sd ' ')"

heading "4. What buffers are there?"
show 'udmabufctl list'
cp /run/shown /run/list
mentions the_table_has_the_buffer_of_the_device /run/list edu-buffer "$edu"
mentions the_table_has_the_other_buffer /run/list frames

heading "5. A driver in user space: 50 DMA transfers of random data, there and back"
show '/mnt/edu-dma edu-buffer --rounds 50'
same dma_brings_the_data_there_and_back 0 $?

heading "6. Stop the service, purge the packages: nothing is left"
show 'systemctl stop udmabuf'
claim stopping_deletes_the_buffer_of_the_device absent /dev/edu-buffer
claim stopping_deletes_the_other_buffer absent /dev/frames
show 'apt-get -q -y purge u-dma-buf-dkms udmabufd | grep -E "^(Removing|Purging|Module)"'
claim the_module_is_no_longer_loaded absent /sys/module/u_dma_buf
all_files >/run/files-after
claim nothing_is_left_behind diff /run/files-before /run/files-after

printf '\n'
[ "$failed" = 0 ] || { printf 'The demo failed: see the lines that begin with "not ok".\n'; exit 1; }
printf 'Shown: %s, and a machine as it was before.\n' \
	"packages installed, module built by DKMS, two buffers as configured, data by DMA and back through one"
