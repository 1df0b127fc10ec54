#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What a user meets when something is missing or wrong. Runs in the Debian guest, as root, with nothing installed.
. /mnt/claims.sh

printf '\n== The service without a module\n\n'
cp /mnt/udmabufd_*.deb /root
claim udmabufd_installs_without_the_module apt-get -q -y --no-install-recommends install /root/udmabufd_*.deb
mark_journal
same the_start_fails_without_a_module 1 "$(systemctl start udmabuf 2>/dev/null; echo $?)"
take_journal SYSLOG_IDENTIFIER=udmabufd
same one_journal_line_says_so 1 "$(wc -l </run/journal)"
mentions that_line_names_the_package_to_install /run/journal u-dma-buf-dkms
claim it_is_an_event event dd938812e3974d73aebd2cd85373d057 '.PRIORITY == "3" and .SYSLOG_IDENTIFIER == "udmabufd"'
mentions that_line_names_the_kernel /run/journal "$(uname -r)"
cp /mnt/u-dma-buf-dkms_*.deb /root
claim the_module_installs_later apt-get -q -y install /root/u-dma-buf-dkms_*.deb
claim the_module_loads modprobe u-dma-buf
claim the_service_starts_by_itself_when_the_module_comes \
	timeout 120 sh -c 'until systemctl -q is-active udmabuf; do sleep 1; done'
claim the_service_stops systemctl stop udmabuf

printf '\n== Mistakes in the configuration\n\n'
cat >/etc/u-dma-buf.conf <<'END'
buffers: (
  { name = "good0"; size = "64K"; },
  { name = "bad/name"; size = "64K"; },
  { name = "bad-size"; size = 65536; },
  { name = "good1"; size = "1M"; colour = "blue"; },
  { name = "good2"; size = "128K"; }
);
END
mark_journal
claim the_service_starts_with_mistakes_in_some_entries systemctl start udmabuf
take_journal
for line in 3 4 5; do
	mentions "the_journal_names_line_$line" /run/journal "u-dma-buf.conf:$line:"
done
same the_good_entries_are_made "good0 good2" \
	"$(cd /sys/class/u-dma-buf && printf '%s\n' * | paste -sd ' ')"

printf '\n== A buffer in use\n\n'
identity() { for name in good0 good2; do stat -L -c %i "/sys/class/u-dma-buf/$name"; attribute $name phys_addr; done; }
# as_version VERSION PACKAGE: the package as it would be in that version, in /root.
as_version() {
	rm -rf /root/next
	dpkg-deb -R /root/"$2"_*.deb /root/next
	now=$(dpkg-deb -f /root/"$2"_*.deb Version)
	grep -rlIF "$now" /root/next | xargs sed -i "s/$(echo "$now" | sed 's/\./\\./g')/$1/g"
	[ ! -e "/root/next/usr/src/u-dma-buf-$now" ] || mv "/root/next/usr/src/u-dma-buf-$now" "/root/next/usr/src/u-dma-buf-$1"
	dpkg-deb --root-owner-group -b /root/next "/root/next-$2.deb"
}
exec 3<>/dev/good0
head -c 131072 /dev/urandom | tee /run/pattern >/dev/good2
claim restarting_the_service_works systemctl restart udmabuf
claim a_restart_leaves_the_contents_of_a_buffer cmp /run/pattern /dev/good2
claim reinstalling_the_package_works apt-get -q -y --reinstall install /root/udmabufd_*.deb
same an_upgrade_leaves_the_service_running active "$(systemctl is-active udmabuf)"
claim an_upgrade_leaves_the_contents_of_a_buffer cmp /run/pattern /dev/good2
before=$(identity)
version=$(modinfo -F version u-dma-buf)
for package in u-dma-buf-dkms udmabufd; do
	claim "there_is_a_next_$package" as_version 9.9 $package
done
claim both_packages_are_upgraded apt-get -q -y install /root/next-u-dma-buf-dkms.deb /root/next-udmabufd.deb
same the_next_versions_are_installed "9.9 9.9" "$(dpkg-query -W -f '${Version} ' u-dma-buf-dkms udmabufd | sed 's/ $//')"
same the_next_module_is_there_for_the_next_load "9.9, loaded: $version" \
	"$(modinfo -F version u-dma-buf), loaded: $(cat /sys/module/u_dma_buf/version)"
same the_service_runs_after_an_upgrade_of_both active "$(systemctl is-active udmabuf)"
same an_upgrade_of_both_touches_no_buffer_in_use_or_idle "$before" "$(identity)"
claim an_upgrade_of_both_leaves_the_contents_of_a_buffer cmp /run/pattern /dev/good2
claim a_descriptor_from_before_the_upgrade_works sh -c 'echo works >&3 && [ "$(head -c 5 /dev/good0)" = works ]'
udmabufctl doctor >/run/doctor
mentions doctor_says_that_the_loaded_module_is_another /run/doctor "fix version: " "$version" 9.9
claim stopping_the_service_works systemctl stop udmabuf
claim a_buffer_in_use_survives_the_stop test -e /dev/good0
claim an_idle_buffer_does_not absent /dev/good2
exec 3>&-
claim the_service_starts_again systemctl start udmabuf
claim stopping_deletes_the_buffer_taken_over sh -c 'systemctl stop udmabuf && [ ! -e /dev/good0 ]'

printf '\n== Removal after a start that failed\n\n'
fail_to_start() {
	cat >/etc/u-dma-buf.conf <<-'END'
		buffers: (
		  { name = "good0"; size = "64K"; },
		  { name = "good1"; size = "64K"; },
		  { name = "late"; size = "64K"; device = "nowhere.0"; required = true; }
		);
	END
	! systemctl start udmabuf 2>/dev/null && [ "$(names)" = "good0 good1" ]
}
claim a_start_fails_and_leaves_buffers fail_to_start
exec 3<>/dev/good1
claim purge_works_after_it_with_a_buffer_in_use apt-get -q -y purge udmabufd
same purge_leaves_the_buffer_in_use good1 "$(names)"
exec 3>&-
claim it_can_be_installed_again apt-get -q -y --no-install-recommends install /root/udmabufd_*.deb
claim a_start_fails_again fail_to_start
claim purge_works_after_it apt-get -q -y purge udmabufd
same purge_deletes_what_the_starts_left "" "$(names)"
for file in /run/udmabuf /etc/u-dma-buf.conf /usr/sbin/udmabufd; do
	claim "purge_leaves_no_$file" absent $file
done
udevadm control --reload
echo "create early 4096" >/dev/u-dma-buf-mgr
udevadm settle
same without_the_package_a_node_is_as_the_kernel_makes_it root:root:600 "$(stat -c %U:%G:%a /dev/early)"
claim it_can_be_installed_once_more apt-get -q -y --no-install-recommends install /root/udmabufd_*.deb
udevadm settle
same a_buffer_from_before_has_its_node_as_the_rule_says root:udmabuf:660 "$(stat -c %U:%G:%a /dev/early)"
claim it_has_a_device_unit systemctl -q is-active dev-early.device
claim it_can_be_removed apt-get -q -y remove udmabufd
udevadm control --reload
echo "create late 4096" >/dev/u-dma-buf-mgr
claim it_can_be_installed_after_that apt-get -q -y --no-install-recommends install /root/udmabufd_*.deb
udevadm settle
same so_has_one_from_between root:udmabuf:660 "$(stat -c %U:%G:%a /dev/late)"
claim both_can_be_deleted sh -c 'udmabufctl delete early && udmabufctl delete late'
echo 'buffers: ( { name = "good0"; size = "64K"; } );' >/etc/u-dma-buf.conf

printf '\n== Removal of what runs\n\n'
claim the_service_starts_once_more systemctl start udmabuf
sed '/^# Automatically added/,$d' /var/lib/dpkg/info/u-dma-buf-dkms.prerm >/run/prerm
claim it_is_removed_from_a_chroot_too unshare -m sh -c 'mount -t tmpfs none /run/systemd && sh /run/prerm remove'
claim which_leaves_the_buffers_of_the_host test -c /dev/good0
claim the_packages_are_purged apt-get -q -y purge u-dma-buf-dkms udmabufd
claim purge_deletes_the_buffers absent /dev/good0
claim purge_unloads_the_module absent /dev/u-dma-buf-mgr
claim purge_stops_the_daemon sh -c '! pidof udmabufd'
claim purge_leaves_nothing_in_run absent /run/udmabuf

[ "$failed" = 0 ]
