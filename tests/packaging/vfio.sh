#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that VFIO takes and lets go, with buffers of the configuration on it and on its neighbour. Runs in the
# Debian guest with an IOMMU, as root.
. /mnt/claims.sh

printf '\n== VFIO\n\n'
install_packages
clean_slate
device=0000:00:06.0 neighbour=0000:00:06.1
for one in $device $neighbour; do
	claim "an_iommu_stands_before_$one" test -e "/sys/bus/pci/devices/$one/iommu_group"
done
cat >/etc/u-dma-buf.conf <<END
buffers: (
  { name = "frames"; size = "64M"; device = "pci/$device"; },
  { name = "near"; size = "64K"; device = "pci/$neighbour"; }
);
END
systemctl restart udmabuf
same both_are_there "frames near" "$(names)"
udmabufctl doctor >/run/doctor
mentions doctor_says_that_the_iommu_serves_them /run/doctor "ok  iommu: " "translates; each of 2 buffers has a device"
echo "create loose 4096" >/dev/u-dma-buf-mgr
udmabufctl doctor >/run/doctor
mentions doctor_names_one_that_it_serves_not /run/doctor "fix iommu: " "buffer 'loose' has no device"
echo "delete loose" >/dev/u-dma-buf-mgr
modprobe vfio-pci
echo vfio-pci >"/sys/bus/pci/devices/$device/driver_override"
vfio=/sys/bus/pci/drivers/vfio-pci
mark_journal
claim vfio_takes_the_device sh -c "echo $device >$vfio/bind"
claim who_loses_a_buffer_to_vfio_is_told_so await_journal \
	"frames: gone: waiting for pci/$device: VFIO has it or its IOMMU group"
claim a_neighbours_too await_journal "near: gone: waiting for pci/$neighbour: VFIO has it or its IOMMU group"
echo "create loose 4096" >/dev/u-dma-buf-mgr
udmabufctl doctor >/run/doctor
mentions doctor_says_what_a_buffer_without_a_device_is_for_then /run/doctor "ok  iommu: " "buffer 'loose' has no device" "map it by VFIO"
echo "delete loose" >/dev/u-dma-buf-mgr
same a_reload_succeeds_without_them "0 " "$(reload) $(names)"
mark_journal
claim vfio_lets_the_device_go sh -c "echo $device >$vfio/unbind"
claim the_buffer_comes_back await_journal "frames: 64M"
claim the_neighbours_too await_journal "near: 64K"
echo $device >$vfio/bind
udevadm settle
systemctl restart udmabuf
take_journal
mentions a_start_under_vfio_tells_the_reason_and_what_helps /run/journal "frames: not made" "VFIO has" "it is made when VFIO lets go"
mark_journal
echo $device >$vfio/unbind
claim it_is_made_then await_journal "frames: 64M"
mark_journal
udmabufctl delete near
claim one_that_is_deleted_by_hand_is_told_as_such await_journal "near: gone: deleted by someone else"
echo $device >$vfio/bind
udevadm settle
mark_journal
modprobe uio_pci_generic
echo uio_pci_generic >"/sys/bus/pci/devices/$neighbour/driver_override"
mark_journal
echo $neighbour >/sys/bus/pci/drivers/uio_pci_generic/bind
claim one_whose_driver_keeps_vfio_out_has_its_buffer_beside_it await_journal "near: 64K"
mark_journal
echo $device >$vfio/unbind
claim what_vfio_took_comes_back_again await_journal "frames: 64M"
clean_slate

[ "$failed" = 0 ]
