#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The service while it runs: reload, hot-plug, journal, sandbox. Runs in the Debian guest, as root.
. /mnt/claims.sh

made=2eb516732eb246109b8489709c8535a0
kept=1bd0e73947be4b0fbace1c42b4969b62
deleted=79558fb5e78149faaa6a5a0e1f5dcd10
state=5976e039fb39405ebab1cb67686efd62
trouble=9c38ea2220ac4a2eb4601fb557931db8
changed=34139d2f285c49879e8da8d3370fcd16
gone=ec66fae3838342dea708cbb9eece6477
waits=deab1971c8cf490397718ceba6878571
refused=7c7e53c0e2ae43a2a5bdd968ca80a533
failed_to=0e93ea404bb842aaae5a5a6b3b257469
mistake=a8553cf0fa654206a2c4e4a3418fa85e
unreadable=e45e18caeb3b42f180b3616095388569
required=39b0a1f33b5e45809ba9fa513773ee02
unloaded=b2a3a1a6c1c94f6f8e6b0a4d1f5c7e92
edu=$(lspci -D -d 1234:11e8 | cut -d ' ' -f 1)
conf=/etc/u-dma-buf.conf
dropins=/run/u-dma-buf.conf.d

identity() { for name; do stat -L -c '%i' "/sys/class/u-dma-buf/$name"; attribute "$name" phys_addr; done | paste -sd ' '; }
status_text() { systemctl show -P StatusText udmabuf; }

install_packages
systemctl stop udmabuf

printf '\n== As installed\n\n'
dpkg-deb --fsys-tarfile /mnt/udmabufd_*.deb | tar -xO ./etc/u-dma-buf.conf >/run/installed.conf
claim the_configuration_as_installed_asks_for_nothing \
	sh -c 'udmabufd --check /run/installed.conf | grep -q "no mistake, 0 buffers"'
sed '/^#buffers/,/^#);/s/^#//' /run/installed.conf >/run/first.conf
claim its_block_is_a_first_buffer sh -c 'udmabufd --check /run/first.conf | grep -q "no mistake, 1 buffers"'

printf '\n== Start\n\n'
cat >$conf <<END
buffers: (
  { name = "held"; size = "128K"; },
  { name = "needed"; size = "64K"; device = "pci/$edu"; required = true; }
);
END
chown daemon $conf
chmod 0600 $conf
mark_journal
same a_start_from_a_file_that_root_alone_may_not_read_fails 1 "$(systemctl start udmabuf 2>/dev/null; echo $?)"
claim it_says_why_though_root_can_read_it await_journal "$conf: can't be read: Permission denied: udmabufd has no capabilities"
chown root $conf
chmod 0644 $conf
echo 1 >"/sys/bus/pci/devices/$edu/remove"
mark_journal
same a_start_without_a_required_buffer_fails 1 "$(systemctl start udmabuf 2>/dev/null; echo $?)"
claim the_journal_says_which event $required '.UDMABUF_NAME == "needed" and .UDMABUF_DEVICE == "pci/'"$edu"'"
	and .CONFIG_LINE == "3" and (.MESSAGE | contains("missing (waiting for pci/'"$edu"')"))'
same the_others_are_made_and_stay held "$(names)"
echo 1 >/sys/bus/pci/rescan
udevadm settle
same nothing_starts_it_again_when_the_device_comes "failed held" "$(systemctl is-active udmabuf) $(names)"
before=$(identity held)
cat >$conf <<'END'
buffers: (
  { name = "held"; size = "128K"; },
  { name = "plain"; size = "64K"; mode = "0640"; sync: { mode = 1; }; },
  { name = "frames"; size = "8M"; device = "pci/0000:1f:1f.7"; }
);
END
cat >/run/systemd/system/waiter.service <<'END'
[Unit]
Requires=dev-plain.device
After=dev-plain.device
[Service]
Type=oneshot
ExecStart=/usr/bin/stat -c %%G:%%a /dev/plain
StandardOutput=file:/run/waiter
END
systemctl daemon-reload
mark_journal
claim the_service_starts systemctl start udmabuf
same the_next_start_takes_over_what_a_failed_one_made "$before" "$(identity held)"
same ready_means_that_nodes_have_their_last_mode "udmabuf:660 udmabuf:640" \
	"$(stat -c %G:%a /dev/held /dev/plain | paste -sd ' ')"
same the_status_line_tells_what_is_there_and_what_is_missing \
	"2 of 3 buffers, 192 KiB; frames: waiting for pci/0000:1f:1f.7" "$(status_text)"
claim others_can_be_ordered_on_the_device_unit_of_a_buffer systemctl start waiter
same what_is_ordered_so_finds_the_last_mode udmabuf:640 "$(cat /run/waiter)"
for unit in basic.target shutdown.target; do
	claim "the_service_is_ordered_before_$unit" sh -c "systemctl show -P Before udmabuf | grep -qw $unit"
done
for unit in local-fs.target systemd-udevd.service systemd-sysusers.service; do
	claim "the_service_is_ordered_after_$unit" sh -c "systemctl show -P After udmabuf | grep -qw $unit"
done
claim the_unit_has_no_mistake systemd-analyze verify --man=no udmabuf.service

printf '\n== Reload\n\n'
exec 3<>/dev/held
head -c 131072 /dev/urandom | tee /run/pattern >/dev/held
before=$(identity held plain)
mkdir -p $dropins
echo 'buffers: ( { name = "added"; size = "4Ki"; owner = "daemon"; mode = "0604"; } );' >$dropins/a.conf
sed -i 's/mode = "0640"; sync: { mode = 1; }/mode = "0600"; sync: { mode = 6; }/' $conf
mark_journal
same a_reload_succeeds 0 "$(reload)"
same a_reload_returns_when_the_new_buffer_has_its_owner_and_mode daemon:udmabuf:604 "$(stat -c %U:%G:%a /dev/added)"
same a_reload_changes_the_mode_of_a_node_in_place root:udmabuf:600 "$(stat -c %U:%G:%a /dev/plain)"
same a_reload_changes_sync_settings_in_place 6 "$(attribute plain sync_mode)"
same a_reload_leaves_unchanged_buffers_and_their_addresses "$before" "$(identity held plain)"
claim a_reload_leaves_the_contents cmp /run/pattern /dev/held
claim a_descriptor_from_before_the_reload_works cmp -n 4096 /run/pattern - <&3
take_journal
same a_reload_does_not_speak_of_what_is_unchanged 0 "$(grep -c '^held' /run/journal)"

chmod a-w /sys/class/u-dma-buf/plain/sync_mode
sed -i 's/sync: { mode = 6; }/sync: { mode = 2; }/' $conf
show 'udmabufd --reload'
mentions a_setting_that_fails_is_in_the_answer_to_a_reload /run/shown "3 of 4 buffers" "plain: sync_mode: Permission denied"
mentions it_is_in_the_status_line /run/shown "$(status_text)"
chmod u+w /sys/class/u-dma-buf/plain/sync_mode
same a_reload_sets_it_then 0 "$(reload)"
same the_status_line_is_clean_then "3 of 4 buffers, 196 KiB; frames: waiting for pci/0000:1f:1f.7" "$(status_text)"

echo 'buffers: (' >$dropins/b.conf
mark_journal
same a_reload_of_a_file_that_does_not_parse_fails 1 "$(reload)"
claim the_journal_names_that_file_and_line event $unreadable \
	'.CONFIG_FILE == "/run/u-dma-buf.conf.d/b.conf" and .CONFIG_LINE == "2" and .ERRNO == "74"'
same that_reload_changes_nothing "$before added held plain" "$(identity held plain) $(names)"
same the_service_goes_on active "$(systemctl is-active udmabuf)"
show 'udmabufd --reload'
mentions who_reloads_by_hand_is_told_why /run/shown "nothing is changed" /run/u-dma-buf.conf.d/b.conf:2
mark_journal
systemctl kill -s HUP udmabuf
claim a_hangup_tells_of_a_file_that_does_not_parse await_journal "b.conf:2: does not parse"
same it_changes_nothing_either "$before added held plain active" "$(identity held plain) $(names) $(systemctl is-active udmabuf)"
rm $dropins/b.conf

sed -i 's/"128K"/"256K"/' $conf
mark_journal
same a_reload_that_changes_a_buffer_in_use_succeeds 0 "$(reload)"
claim it_is_refused_and_the_journal_says_so event $refused '.UDMABUF_NAME == "held" and .CONFIG_LINE == "2"'
claim the_buffer_in_use_is_untouched cmp /run/pattern /dev/held
mark_journal
exec 3>&-
claim the_change_is_made_when_the_buffer_becomes_idle await_journal "held: 256K"
same it_has_its_new_size_then 262144 "$(attribute held size)"

exec 3<>/dev/held
sed -i 's/"256K"/"512K"/' $conf
same a_buffer_in_use_is_waited_for 0 "$(reload)"
mark_journal
claim it_can_be_taken_by_force udmabufctl delete --force held
claim one_that_was_taken_by_force_is_told await_journal "held: gone: deleted by someone else"
same a_reload_makes_it_as_it_was_to_be "0 524288" "$(reload) $(attribute held size)"
exec 4<>/dev/held
sed -i 's/"512K"/"256K"/' $conf
same the_next_of_its_name_is_waited_for 0 "$(reload)"
mark_journal
exec 4>&-
claim its_own_users_count_and_not_those_of_the_one_before await_journal "held: 256K"
exec 3>&-

cat >/run/pin.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/* A page in a pipe, and no descriptor or mapping of the buffer: nobody is counted that uses it. */
int main(void)
{
	int fd = open("/dev/held", O_RDWR);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct iovec page = { map, 4096 };
	int pipes[2];

	if (map == MAP_FAILED || pipe(pipes) || vmsplice(pipes[1], &page, 1, 0) != 4096)
		return 1;
	munmap(map, 4096);
	close(fd);
	write(1, "pinned\n", 7);
	return pause();
}
END
gcc -o /tmp/pin /run/pin.c
mkfifo /run/pinned
/tmp/pin >/run/pinned &
read -r _ </run/pinned
same a_page_of_it_is_held_by_no_user 0 "$(attribute held users)"
sed -i 's/"256K"/"512K"/' $conf
mark_journal
same a_buffer_whose_page_is_held_is_waited_for "0 262144" "$(reload) $(attribute held size)"
status_text >/run/shown
mentions the_status_line_names_it /run/shown 'held: to be made anew, but in use'
kill $!
claim it_is_made_anew_when_the_page_is_let_go await_journal "held: 512K"
sed -i 's/"512K"/"256K"/' $conf
same it_becomes_as_it_was "0 262144" "$(reload) $(attribute held size)"

exec 3<>/dev/added
rm $dropins/a.conf
same a_reload_without_the_entry_succeeds 0 "$(reload)"
claim a_buffer_in_use_stays_without_its_entry test -c /dev/added
same the_status_line_names_what_stays "added: in use (users: 1), stays until nobody uses it: no entry asks for it any more" \
	"$(status_text | sed 's/.*; //')"
mark_journal
exec 3>&-
claim it_is_deleted_when_it_becomes_idle await_journal "added: deleted"
claim it_is_gone_then absent /dev/added
claim that_is_an_event event $deleted '.UDMABUF_NAME == "added" and .UDMABUF_SIZE == "4096" and .PRIORITY == "6"'

printf 'buffers: ( { name = "needed"; size = "64K"; device = "nowhere.0"; required = true; } );\n' >$dropins/c.conf
mark_journal
same a_reload_that_misses_a_required_buffer_fails 1 "$(reload)"
claim the_journal_says_that_too event $required '.UDMABUF_NAME == "needed"
	and (.MESSAGE | contains("missing (waiting for platform/nowhere.0)"))'
rm $dropins/c.conf
mark_journal
sed -i 's/"256K"/"128K"/' $conf
systemctl kill -s HUP udmabuf
claim a_hangup_reloads_too await_journal "held: 128K"

printf '\n== A place that becomes free\n\n'
cat >$conf <<'END'
buffers: (
  { name = "held"; size = "128K"; },
  { name = "leaving"; size = "64K"; minor = 77; }
);
END
same a_reload_with_a_minor_succeeds 0 "$(reload)"
exec 3<>/dev/leaving
udmabufctl create others 64K --minor=78
cat >$conf <<'END'
buffers: (
  { name = "held"; size = "128K"; },
  { name = "heir"; size = "64K"; minor = 77; },
  { name = "second"; size = "64K"; minor = 78; }
);
END
same a_reload_without_room_for_all_succeeds 0 "$(reload)"
same who_lacks_a_minor_is_not_there "held leaving others" "$(names)"
mark_journal
exec 3>&-
claim who_lacked_a_minor_is_made_when_a_buffer_of_ours_leaves_it await_journal "heir: 64K"
same it_has_that_minor 77 "$(attribute heir dev | cut -d : -f 2)"
claim the_other_still_waits absent /dev/second
mark_journal
udmabufctl delete others
claim who_lacked_a_minor_is_made_when_a_buffer_of_others_leaves_it await_journal "second: 64K"

printf '\n== Hot-plug\n\n'
cat >$conf <<END
buffers: (
  { name = "held"; size = "128K"; },
  { name = "frames"; size = "64K"; device = "pci/$edu"; }
);
settings: ( { match = "udmabuf*"; sync: { mode = 2; }; group = "video"; mode = "0640"; } );
END
same a_reload_with_a_device_succeeds 0 "$(reload)"
same the_status_line_of_all "2 of 2 buffers, 192 KiB" "$(status_text)"
before=$(identity frames)
drivers=/sys/bus/pci/drivers/uio_pci_generic
modprobe uio_pci_generic
echo uio_pci_generic >"/sys/bus/pci/devices/$edu/driver_override"
echo "$edu" >$drivers/bind
udevadm settle
same a_reload_with_a_driver_succeeds 0 "$(reload)"
mark_journal
claim the_driver_of_the_device_is_unbound sh -c "echo $edu >$drivers/unbind"
claim a_buffer_goes_with_the_driver_of_its_device await_journal "frames: gone: waiting for pci/$edu"
udevadm settle
same it_is_not_made_without_a_driver held "$(names)"
mark_journal
echo "$edu" >$drivers/bind
claim a_buffer_is_made_when_a_driver_is_bound_to_its_device await_journal "frames: 64K"
mark_journal
echo 1 >"/sys/bus/pci/devices/$edu/remove"
claim a_buffer_goes_with_its_device await_journal "frames: gone: waiting for pci/$edu"
claim the_journal_names_the_device_that_went event $gone '.UDMABUF_NAME == "frames" and .UDMABUF_DEVICE == "pci/'"$edu"'"'
same a_reload_without_the_device_succeeds 0 "$(reload)"
claim it_waits_for_the_device event $waits '.UDMABUF_NAME == "frames"'
same the_status_line_says_so "1 of 2 buffers, 128 KiB; frames: waiting for pci/$edu" "$(status_text)"
mark_journal
echo 1 >/sys/bus/pci/rescan
claim a_buffer_comes_back_with_its_device await_journal "frames: 64K"
claim it_is_a_new_one test "$before" != "$(identity frames)"
same its_device_is_the_one_that_was_named "pci/$edu" "$(attribute frames dma_device)"
mark_journal
echo 1 >"/sys/bus/pci/devices/$edu/remove"
claim a_buffer_goes_with_a_device_that_has_no_driver await_journal "frames: gone: waiting for pci/$edu"
mark_journal
echo 1 >/sys/bus/pci/rescan
claim it_comes_back_with_that_one_too await_journal "frames: 64K"
mark_journal
udmabufctl delete frames
claim who_deletes_a_buffer_by_hand_is_told_what_makes_it_again await_journal \
	"frames: gone: deleted by someone else, a reload makes it again"
same a_reload_makes_it_again 0 "$(reload)"
same it_is_there_then "frames held" "$(names)"
mark_journal
printf 'delete held\ncreate held 65536 sync-mode=3' >/dev/u-dma-buf-mgr
claim one_that_took_the_name_of_a_buffer_is_noticed await_journal "held: made by others (manager): its size is 64K, not 128K"
claim it_is_not_noted_as_ours sh -c '! grep "^held" /run/udmabuf/buffers'
mark_journal
udmabufctl delete held
claim when_that_one_goes_ours_is_made await_journal "held: 128K"
mark_journal
claim the_module_can_be_unloaded_while_the_daemon_runs rmmod u-dma-buf
claim the_daemon_notices await_journal "the module u-dma-buf was unloaded"
claim that_is_an_event_of_its_own event $unloaded '.PRIORITY == "5"'
same a_reload_without_the_module_succeeds 0 "$(reload)"
same the_status_line_says_what_is_missing "0 of 2 buffers, 0 bytes; held: waiting for the module u-dma-buf; $(
	)frames: waiting for the module u-dma-buf" "$(status_text)"
take_journal
same none_of_them_is_said_to_have_been_deleted 0 "$(grep -c 'deleted by someone' /run/journal)"
mark_journal
claim the_module_comes_back_with_a_buffer_of_its_own modprobe u-dma-buf udmabuf0=64K
claim the_buffers_come_back_with_the_module await_journal "frames: 64K"
claim settings_are_applied_to_a_buffer_that_comes_later await_journal "udmabuf0: node set to"
udevadm settle
same such_a_buffer_has_the_sync_mode_of_the_settings 2 "$(attribute udmabuf0 sync_mode)"
same such_a_buffer_has_the_node_of_the_settings root:video:640 "$(stat -c %U:%G:%a /dev/udmabuf0)"
claim the_change_has_the_line_of_the_settings event $changed '.UDMABUF_NAME == "udmabuf0" and .CONFIG_LINE == "5"'
mark_journal
echo "create udmabuf-echo 65536" >/dev/u-dma-buf-mgr
claim settings_are_applied_to_a_buffer_that_an_echo_made await_journal "udmabuf-echo: node set to"
udevadm settle
same it_has_the_settings_by_its_name "2 root:video:640" \
	"$(attribute udmabuf-echo sync_mode) $(stat -c %U:%G:%a /dev/udmabuf-echo)"
mark_journal
echo "create echo 65536" >/dev/u-dma-buf-mgr
echo "create udmabuf-last 65536" >/dev/u-dma-buf-mgr
claim buffers_are_looked_at_in_the_order_in_which_they_come await_journal "udmabuf-last: node set to"
udevadm settle
same a_name_that_does_not_match_has_no_settings "1 root:udmabuf:660" \
	"$(attribute echo sync_mode) $(stat -c %U:%G:%a /dev/echo)"
printf 'delete %s\n' udmabuf-echo echo udmabuf-last >/dev/u-dma-buf-mgr
sed -i '/^settings/d' $conf
same a_reload_without_the_settings_succeeds 0 "$(reload)"
same what_no_settings_ask_for_any_more_is_the_rule_s root:udmabuf:660 "$(stat -c %U:%G:%a /dev/udmabuf0)"
same its_sync_mode_stays 2 "$(attribute udmabuf0 sync_mode)"
same all_is_as_configured "frames held udmabuf0" "$(names)"

printf '\n== Journal\n\n'
cat >$conf <<'END'
buffers: (
  { name = "held"; size = "128K"; },
  { name = "fresh"; size = "64K"; },
  { name = "huge"; size = "1T"; },
  { name = "wrong"; size = "1M"; colour = "red"; }
);
END
mark_journal
same a_reload_with_failures_succeeds 0 "$(reload)"
same the_status_line_tells_the_failures "2 of 4 buffers, 192 KiB" "$(status_text | cut -d ';' -f 1)"
claim a_buffer_that_is_made_has_every_field event $made '.UDMABUF_NAME == "fresh" and .UDMABUF_SIZE == "65536"
	and .UDMABUF_DMA_ADDR == "'"$(attribute fresh phys_addr)"'" and .UDMABUF_DEVICE == "none"
	and .UDMABUF_STRATEGY == "'"$(attribute fresh memory)"'" and .CONFIG_FILE == "/etc/u-dma-buf.conf"
	and .CONFIG_LINE == "3" and .PRIORITY == "6" and .SYSLOG_IDENTIFIER == "udmabufd"'
claim a_failure_has_the_number_of_the_error event $failed_to '.UDMABUF_NAME == "huge" and .ERRNO == "12"
	and .UDMABUF_SIZE == "1099511627776" and .CONFIG_LINE == "4" and .PRIORITY == "3"'
reason=$(dmesg | sed -n 's/.*\(u-dma-buf-mgr: create huge: .*\)/\1/p' | tail -n 1)
claim the_kernel_gave_a_reason test -n "$reason"
take_journal
mentions a_failure_carries_the_reason_of_the_kernel /run/journal "$reason"
mentions a_failure_carries_the_remedy /run/journal "huge: not made" "ask for less"
claim a_mistake_has_file_and_line event $mistake '.CONFIG_FILE == "/etc/u-dma-buf.conf" and .CONFIG_LINE == "5"
	and .UDMABUF_NAME == "wrong" and (.MESSAGE | startswith("/etc/u-dma-buf.conf:5: wrong: colour: unknown key: one of name, size"))'
journalctl -q -x --no-pager --since "$(cat /run/mark)" -u udmabuf "MESSAGE_ID=$failed_to" >/run/explained
mentions the_catalog_names_the_cause /run/explained "The kernel refused to do something to a DMA buffer"
mentions the_catalog_names_the_remedy /run/explained "boot with cma=<size>"

before=$(identity held fresh)
cp /run/udmabuf/buffers /run/records-before
show 'timeout 60 udmabufd --config /dev/null'
same a_second_daemon_fails 1 "$(cat /run/status)"
same it_says_why "another udmabufd runs: \`udmabufd --reload\` has it read its files again" "$(cat /run/shown)"
same it_touches_no_buffer "$before fresh held udmabuf0" "$(identity held fresh) $(names)"
claim it_touches_no_record cmp /run/records-before /run/udmabuf/buffers
claim the_first_one_still_hears udmabufd --reload

printf '\n== Sandbox and idleness\n\n'
exposure=$(systemd-analyze security --no-pager udmabuf | sed -n 's/.*level for udmabuf.service: \([0-9.]*\) .*/\1/p')
printf 'exposure level %s\n' "$exposure"
claim the_exposure_level_is_at_most_1.5 sh -c "echo '$exposure' | awk '{ exit !(NF && \$1 <= 1.5) }'"
pid=$(systemctl show -P MainPID udmabuf)
same the_daemon_has_no_capability 0000000000000000 "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")"
claim the_daemon_holds_neither_manager_nor_buffer sh -c "! ls -l /proc/$pid/fd | grep -E '/dev/(u-dma-buf-mgr|held|fresh)'"
timeout 10 strace -f -p "$pid" -o /run/trace >/dev/null 2>&1
show 'cat /run/trace'
# To be looked at interrupts the wait, which begins anew: it must not end by itself.
same an_idle_daemon_does_not_wake_up 0 "$(grep -c 'epoll_wait(.*= ' /run/trace)"
mentions it_waits_for_events_alone /run/trace epoll_wait detached

claim the_daemon_is_smaller_than_4_mib test "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")" -lt 4096
same its_system_calls_are_filtered 2 "$(sed -n 's/^Seccomp:\t//p' "/proc/$pid/status")"
group=/sys/fs/cgroup$(systemctl show -P ControlGroup udmabuf)
# in_the_unit COMMAND: with the devices that the unit allows.
in_the_unit() { sh -c 'echo $$ >"$0/cgroup.procs" && eval "$1"' "$group" "$1"; }
claim the_unit_reaches_the_manager in_the_unit ': >/dev/u-dma-buf-mgr'
claim the_unit_reaches_no_disk in_the_unit 'head -c 1 /dev/vda 2>&1 | grep "Operation not permitted"'
claim nor_the_machines_memory in_the_unit 'head -c 1 /dev/mem 2>&1 | grep "Operation not permitted"'
claim nor_the_kernels_log in_the_unit 'head -c 1 /dev/kmsg 2>&1 | grep "Operation not permitted"'

mkdir -p /run/systemd/system/udmabuf.service.d
printf '[Service]\nWatchdogSec=4\n' >/run/systemd/system/udmabuf.service.d/watchdog.conf
systemctl daemon-reload
mark_journal
systemctl restart udmabuf
claim a_restart_tells_that_all_stays event $state '.PRIORITY == "6" and (.MESSAGE | contains("leaves every buffer as it is"))'
claim and_of_each_buffer_that_it_does event $kept '.UDMABUF_NAME == "held" and .UDMABUF_SIZE == "131072"
	and .UDMABUF_DMA_ADDR == "'"$(attribute held phys_addr)"'" and .CONFIG_LINE == "2"'
pid=$(systemctl show -P MainPID udmabuf)
rm -f /run/calls
mkfifo /run/calls
strace -qq -p "$pid" -o /run/calls &
timeout 120 sed '/WATCHDOG=1/q' /run/calls >/run/trace
wait $!
mentions an_idle_daemon_feeds_the_watchdog /run/trace sendmsg WATCHDOG=1
same it_wakes_up_for_that_alone 1 "$(grep -c 'epoll_[a-z0-9]*(.*) *= [1-9]' /run/trace)"
before=$(identity held)
mark_journal
kill -STOP "$pid"
claim a_daemon_that_hangs_is_killed_and_started_again await_journal "held: was there, stays"
same that_touches_no_buffer "$before" "$(identity held)"
rm -r /run/systemd/system/udmabuf.service.d
systemctl daemon-reload

exec 3<>/dev/held
mark_journal
claim the_service_stops systemctl stop udmabuf
take_journal
mentions a_stop_names_a_buffer_in_use /run/journal "held: in use" "the next start takes it over"
claim a_buffer_in_use_stays test -c /dev/held
exec 3>&-
claim the_next_start_takes_it_over systemctl start udmabuf
same it_is_the_same_one "$before" "$(identity held)"
echo 'settings: ( { match = "udmabuf*"; group = "video"; mode = "0640"; } );' >>$conf
same a_reload_with_settings_succeeds 0 "$(reload)"
systemctl kill -s STOP dbus
systemctl stop udmabuf
same a_stop_does_not_need_the_message_bus udmabuf0 "$(names)"
systemctl kill -s CONT dbus
same a_stop_leaves_the_buffers_of_others udmabuf0 "$(names)"
claim the_module_unloads rmmod u-dma-buf
claim the_module_loads_again modprobe u-dma-buf udmabuf0=64K
: >$conf
claim the_service_starts_again systemctl restart udmabuf
same what_was_set_for_a_buffer_that_is_gone_is_not_for_its_successor root:udmabuf:660 \
	"$(stat -c %U:%G:%a /dev/udmabuf0)"
systemctl stop udmabuf
rm /run/udmabuf/buffers
mkdir /run/udmabuf/buffers
mark_journal
same a_start_that_can_not_read_what_was_noted_fails 1 "$(systemctl start udmabuf 2>/dev/null; echo $?)"
claim the_journal_has_the_number_of_the_error event $trouble '.ERRNO == "21" and .PRIORITY == "3"'
rmdir /run/udmabuf/buffers
systemctl reset-failed udmabuf

printf '\n== The journal of all this\n\n'
journalctl --sync
# Not what `udmabufd --reload` prints.
journalctl -q -o json _TRANSPORT=journal SYSLOG_IDENTIFIER=udmabufd | jq -r .MESSAGE_ID | sort -u >/run/ids
printf '%s kinds of events\n' "$(wc -l </run/ids)"
same every_event_has_its_entry_in_the_catalog "$(cat /run/ids)" \
	"$(xargs journalctl --list-catalog </run/ids | cut -d ' ' -f 1 | sort)"

rmmod u-dma-buf
modprobe u-dma-buf
rm -rf $dropins /run/systemd/system/waiter.service

[ "$failed" = 0 ]
