#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What goes wrong around the daemon: it is killed at every step, /run is full, / is read-only, attributes fail, and there
# are as many buffers as there can be. Runs in the Debian guest, as root.
. /mnt/claims.sh

conf=/etc/u-dma-buf.conf
records=/run/udmabuf/buffers
recorded() { cut -f 1 $records | sort | paste -sd ' '; }
inode() { stat -L -c %i "/sys/class/u-dma-buf/$1"; }

install_packages
systemctl stop udmabuf

printf '\n== Killed at every step\n\n'
cat >/run/one.conf <<'END'
buffers: (
  { name = "same"; size = "64K"; },
  { name = "busy"; size = "64K"; },
  { name = "grows"; size = "64K"; group = "video"; },
  { name = "leaves"; size = "64K"; mode = "0600"; },
  { name = "changes"; size = "64K"; sync: { mode = 3; }; mode = "0600"; }
);
settings: ( { match = "theirs"; sync: { mode = 3; }; mode = "0640"; } );
END
cat >/run/two.conf <<'END'
buffers: (
  { name = "same"; size = "64K"; },
  { name = "busy"; size = "128K"; },
  { name = "grows"; size = "128K"; },
  { name = "follows"; size = "4K"; },
  { name = "comes"; size = "64K"; minor = 9; sync: { mode = 2; }; group = "video"; },
  { name = "changes"; size = "64K"; sync: { mode = 5; }; mode = "0640"; }
);
settings: ( { match = "theirs"; sync: { mode = 2; }; } );
END
echo "busy 65536 1 root:udmabuf:660
changes 65536 3 root:udmabuf:600
grows 65536 1 root:video:660
leaves 65536 1 root:udmabuf:600
same 65536 1 root:udmabuf:660
theirs 65536 3 root:udmabuf:640" >/run/one.expected
echo "busy 65536 1 root:udmabuf:660
changes 65536 5 root:udmabuf:640
comes 65536 2 root:video:660
follows 4096 1 root:udmabuf:660
grows 131072 1 root:udmabuf:660
same 65536 1 root:udmabuf:660
theirs 65536 2 root:udmabuf:660" >/run/two.expected

# run_daemon FILE CALL: until the kernel is asked for CALL, number $n, for which the daemon is killed; or until it tells
# systemd that it is through, for which it is killed too. The last line of /run/trace is that call.
run_daemon() {
	NOTIFY_SOCKET=/run/nobody strace -qq -o /run/trace -e "inject=$2" -e inject=sendmsg:signal=KILL \
		-e trace="${2%%:*},sendmsg" udmabufd --config "$1" >>/run/said 2>&1
}

# What there is; and that each buffer is in the daemon's records, and no other, and has a file for the udev rule if its
# owner, group or mode are asked for, and no other has.
there() {
	udevadm settle
	for name in $(names); do
		echo "$name $(attribute "$name" size) $(attribute "$name" sync_mode) $(stat -c %U:%G:%a "/dev/$name")"
		[ "$name" = theirs ] && made=no || made=yes
		grep -q "^$name	MADE=$made	INODE=$(inode "$name")	" $records || echo "$name has no record: $(cat $records)"
	done
	[ "$(recorded)" = "$(names)" ] || recorded
	ls /run/udmabuf/node >/run/node-files
	grep -v '	NODE=$' $records | cut -f 1 | sort | diff - /run/node-files
}

# finish NAME: let the daemon come to NAME.conf.
finish() { run_daemon "/run/$1.conf" mkdir:signal=KILL:when=65535; }

# reach NAME [OTHER]: kill the daemon on its way to NAME.conf, then let it go on, or to OTHER.conf.
reach() {
	run_daemon "/run/$1.conf" "$call:signal=KILL:when=$n"
	grep -q sendmsg /run/trace && through=$((through + 1))
	finish "${2:-$1}"
	there >/run/there
	if ! diff "/run/${2:-$1}.expected" /run/there >/run/difference || [ "$(inode busy)" != "$busy" ] ||
		! cmp -s /run/pattern /dev/busy; then
		echo "killed on the way to $* at $call $n:" "$(cat /run/difference)" >>/run/wrong
	fi
}

mkdir -p /run/udmabuf
: >/run/wrong
echo "create theirs 65536" >/dev/u-dma-buf-mgr
finish one
same what_is_configured_is_there_before "busy changes grows leaves same theirs" "$(names)"
cat /run/said
exec 3<>/dev/busy
head -c 65536 /dev/urandom | tee /run/pattern >/dev/busy
busy=$(inode busy)
# strace counts each of several calls for itself, so they are taken one after the other.
for call in write rename unlink mkdir bind; do
	n=1 through=0
	while [ "$through" -lt 2 ] && [ "$n" -lt 100 ]; do
		through=0
		reach two
		reach one
		n=$((n + 1))
	done
	printf 'killed before each of %s times %s\n' "$((n - 2))" "$call"
	claim "there_is_a_first_and_a_last_$call" test "$n" -gt 2 -a "$through" = 2
done
same a_start_after_a_kill_reaches_the_configured_state "" "$(cat /run/wrong)"
# What is changed is a file in /run or an attribute: a kill at each of the records' files falls before and behind each.
call=rename n=1 through=0
while [ "$through" = 0 ] && [ "$n" -lt 100 ]; do
	reach two one
	n=$((n + 1))
done
printf 'killed before each of %s files, and turned back\n' "$((n - 2))"
claim there_is_a_first_and_a_last_of_them test "$n" -gt 2 -a "$through" = 1
same a_start_with_the_configuration_of_before_reaches_that "" "$(cat /run/wrong)"
exec 3>&-
echo "delete theirs" >/dev/u-dma-buf-mgr
cp /run/one.conf $conf
claim the_service_takes_over_what_the_killed_ones_made systemctl start udmabuf
same it_makes_nothing_anew "$busy" "$(inode busy)"
mark_journal
systemctl kill -s KILL udmabuf
claim systemd_starts_a_killed_daemon_again await_journal "busy: was there, stays"
same it_makes_nothing_anew_then "$busy" "$(inode busy)"
claim it_stops systemctl stop udmabuf
same no_orphan_is_left "" "$(names)"
same no_record_is_left "" "$(cat $records)"

printf '\n== Killed in the middle of a stop\n\n'
cp /run/two.conf $conf
sed -e 's/^busy 65536/busy 131072/' -e /^theirs/d /run/two.expected >/run/idle.expected
mkfifo /run/tracer
exec 5<>/run/tracer
: >/run/wrong
for call in write rename unlink; do
	n=1 is_killed=yes
	while [ "$is_killed" ] && [ "$n" -lt 50 ]; do
		systemctl start udmabuf
		there >/run/there
		diff /run/idle.expected /run/there >/run/difference ||
			echo "after a kill in a stop at $call $((n - 1)):" "$(cat /run/difference)" >>/run/wrong
		strace -o /run/trace -p "$(systemctl show -P MainPID udmabuf)" -e trace=$call \
			-e inject=$call:signal=KILL:when=$n 2>&5 &
		tracer=$!
		read -r line <&5
		systemctl stop udmabuf
		wait $tracer
		grep -q 'killed by SIGKILL' /run/trace || is_killed=
		systemctl reset-failed udmabuf 2>/dev/null
		n=$((n + 1))
	done
	printf 'killed in a stop before each of %s times %s\n' "$((n - 2))" "$call"
	claim "there_is_a_first_and_a_last_${call}_of_a_stop" test "$n" -gt 2 -a "$n" -lt 50
done
exec 5>&-
same a_start_after_a_kill_in_a_stop_reaches_the_configured_state "" "$(cat /run/wrong)"
same a_stop_after_it_leaves_nothing "" "$(names)"

printf '\n== An attribute that fails\n\n'
finish one
mkfifo /run/changes
strace -qq -o /run/trace -P /sys/devices/virtual/u-dma-buf/changes/sync_mode -e inject=write:error=EIO \
	udmabufd --config /run/two.conf 2>/run/changes &
timeout 120 sed '/changes: node set to/q' /run/changes >/run/said
kill $! 2>/dev/null
wait $!
# Until the daemon has ended, too.
flock /run/udmabuf/lock true
mentions an_attribute_that_fails_is_told /run/said changes sync_mode "Input/output error"
same the_rest_is_done_all_the_same "busy changes comes follows grows same" "$(names)"
same the_setting_stays 3 "$(attribute changes sync_mode)"
finish two
same the_next_start_sets_it 5 "$(attribute changes sync_mode)"

printf '\n== No room, no writing\n\n'
cp /run/two.conf $conf
claim the_service_starts systemctl start udmabuf
claim it_stops_again systemctl stop udmabuf
mount -t tmpfs -o size=64k tmpfs /run/udmabuf
head -c 65536 /dev/zero >/run/udmabuf/fill 2>/dev/null
mark_journal
claim the_service_starts_with_a_full_run systemctl start udmabuf
take_journal
mentions a_buffer_that_can_not_be_noted_is_not_made /run/journal "same: not made" "No space left on device" "make room in /run"
same no_buffer_is_made_that_would_be_forgotten "" "$(names)"
rm /run/udmabuf/fill
claim with_room_a_reload_works systemctl reload udmabuf
same with_room_a_reload_makes_them "busy changes comes follows grows same" "$(names)"
head -c 65536 /dev/zero >/run/udmabuf/fill 2>/dev/null
sed -i 's/sync: { mode = 5; }/sync: { mode = 6; }/' $conf
show 'udmabufd --reload'
mentions what_can_not_be_noted_is_in_the_answer_to_a_reload /run/shown "6 of 6 buffers" \
	"not noted in /run/udmabuf: No space left on device"
same it_is_set_all_the_same 6 "$(attribute changes sync_mode)"
sed -i 's/mode = "0640"/mode = "0604"/' $conf
mark_journal
show 'udmabufd --reload'
take_journal
mentions a_node_that_can_not_be_changed_has_its_remedy /run/journal "changes: owner, group and mode not changed" \
	"No space left on device" "make room in /run, then reload"
rm /run/udmabuf/fill
show 'udmabufd --reload'
same then_a_reload_changes_it 604 "$(stat -c %a /dev/changes)"
claim the_service_stops systemctl stop udmabuf
umount /run/udmabuf
journalctl --relinquish-var
mount -o remount,ro /
claim the_root_is_read_only sh -c '! touch /etc/there 2>/dev/null'
claim the_service_starts_on_a_read_only_root systemctl start udmabuf
same all_buffers_are_made "busy changes comes follows grows same" "$(names)"
claim a_reload_works systemctl reload udmabuf
claim a_stop_works systemctl stop udmabuf
mount -o remount,rw /
journalctl --flush

printf '\n== Events that are lost\n\n'
edu=$(lspci -D -d 1234:11e8 | cut -d ' ' -f 1)
frames="{ name = \"frames\"; size = \"4K\"; device = \"pci/$edu\"; }"
echo "buffers: ( $frames );" >$conf
echo 1 >"/sys/bus/pci/devices/$edu/remove"
claim the_service_starts_without_a_device systemctl start udmabuf
echo "buffers: ( $frames, { name = \"new\"; size = \"4K\"; mode = \"0640\"; } );" >$conf
pid=$(systemctl show -P MainPID udmabuf)
# The daemon stops when it has opened the manager, so that it takes no event between then and the creation, and again
# when it has closed it.
mkfifo /run/stops
exec 4<>/run/stops
strace -p "$pid" -o /run/stops -P /dev/u-dma-buf-mgr -e trace=openat,close \
	-e inject=openat:signal=STOP:when=1 -e inject=close:signal=STOP:when=1 2>/run/attached &
tracer=$!
await_stop() { timeout 120 sh -c 'while read -r line && [ "${line#*stopped by}" = "$line" ]; do :; done' <&4; }
drops() { awk -v pid="$pid" '$2 == 15 && $3 == pid { print $9 }' /proc/net/netlink; }
systemctl reload udmabuf &
reload=$!
claim it_stops_before_it_makes_a_buffer await_stop
n=0
while [ "$(drops)" = 0 ] && [ "$n" -lt 200 ]; do
	udevadm trigger -c change -s pci -s platform
	udevadm settle
	n=$((n + 1))
done
claim its_socket_is_full test "$(drops)" -gt 0
kill -CONT "$pid"
claim it_stops_when_the_buffer_is_made await_stop
echo 1 >/sys/bus/pci/rescan
udevadm settle
kill -CONT "$pid"
claim a_reload_of_which_the_events_are_lost_ends timeout 120 tail --pid=$reload -f /dev/null
same the_nodes_are_ready_all_the_same root:udmabuf:640 "$(stat -c %U:%G:%a /dev/new)"
same a_device_of_which_the_event_is_lost_has_its_buffer "frames new" "$(names)"
kill $tracer
wait $tracer
exec 4>&-
# What overflows while nothing of ours is on its way: the end of udev's work is all that tells.
mark_journal
echo 1 >"/sys/bus/pci/devices/$edu/remove"
claim the_device_goes await_journal "frames: gone: waiting for pci/$edu"
udevadm settle
# lose_events COMMAND: the daemon hears nothing of what it does.
lose_events() {
	kill -STOP "$pid"
	n=0 before=$(drops)
	while [ "$(drops)" = "$before" ] && [ "$n" -lt 200 ]; do
		udevadm trigger -c change -s pci -s platform
		udevadm settle
		n=$((n + 1))
	done
	eval "$1"
	udevadm settle
	kill -CONT "$pid"
}
mark_journal
lose_events 'echo 1 >/sys/bus/pci/rescan'
claim a_device_that_comes_unheard_while_nothing_else_is_awaited_has_its_buffer await_journal "frames: 4K"
mark_journal
lose_events 'echo 1 >"/sys/bus/pci/devices/$edu/remove"; echo 1 >/sys/bus/pci/rescan'
claim a_device_that_goes_and_comes_unheard_has_its_buffer_again await_journal "frames: 4K"
mark_journal
lose_events 'rmmod u-dma-buf; modprobe u-dma-buf'
claim a_module_that_goes_and_comes_unheard_has_its_buffers_made_again await_journal "new: 4K"
cat >>$conf <<'END'
settings: (
  { match = "other"; sync: { mode = 3; }; mode = "0640"; },
  { match = "small"; sync: { offset = "64K"; size = "4K"; }; }
);
END
claim settings_for_others_buffers_are_taken systemctl reload udmabuf
mark_journal
echo "create small 4096" >/dev/u-dma-buf-mgr
claim a_setting_that_others_buffer_has_no_room_for_is_told await_journal "small: sync.offset and sync.size leave the buffer"
lose_events 'echo "create other 4096" >/dev/u-dma-buf-mgr'
claim others_buffer_that_comes_unheard_is_set await_journal "other: set to sync.mode=3"
claim its_node_is_set_too await_journal "other: node set to mode=0640"
take_journal
same what_others_buffer_has_no_room_for_is_not_tried_again 1 "$(grep -c '^small: ' /run/journal)"
printf 'delete other\ndelete small\n' >/dev/u-dma-buf-mgr
sed -i '/^settings/,$d' $conf
claim without_the_settings_it_goes_on systemctl reload udmabuf

printf '\n== A file that breaks meanwhile\n\n'
cp $conf /run/whole.conf
mkfifo /run/reader
exec 4<>/run/stops 5<>/run/reader
strace -p "$pid" -o /run/stops -P $conf -e trace=openat,close -e inject=close:signal=STOP:when=1 2>&5 &
tracer=$!
read -r line <&5
udmabufd --reload >/run/answer 2>&1 &
asked=$!
claim it_stops_when_it_has_read_the_file await_stop
echo 'buffers: (' >$conf
mark_journal
kill -HUP "$pid"
kill -CONT "$pid"
wait $asked
same a_reload_that_is_done_is_not_refused_for_the_file_of_the_next 0 $?
mentions its_answer_is_its_own /run/answer "2 of 2 buffers"
claim the_next_is_refused_in_the_journal await_journal "$conf:2: does not parse"
kill $tracer
wait $tracer
exec 4>&- 5>&-
cp /run/whole.conf $conf
claim the_service_stops_after_it systemctl stop udmabuf

printf '\n== As many as there can be\n\n'
{
	echo 'buffers: ('
	for i in $(seq 256); do
		echo "  { name = \"b$i\"; size = \"4K\"; mode = \"0640\"; }$([ "$i" = 256 ] || echo ,)"
	done
	echo ');'
} >$conf
claim 256_buffers_are_ready systemctl start udmabuf
same all_256_are_there "256 of 256 buffers, 1 MiB" "$(systemctl show -P StatusText udmabuf)"
same all_256_nodes_have_their_mode 256 "$(stat -c %G:%a /dev/b* | grep -c udmabuf:640)"
memory=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(systemctl show -P MainPID udmabuf)/status")
printf 'resident memory with 256 buffers: %s KiB\n' "$memory"
claim the_daemon_is_smaller_than_4_mib test "$memory" -lt 4096
sed -i 's/"b7"/"b7x"/' $conf
claim one_changes_place systemctl reload udmabuf
claim the_one_that_was_renamed_is_there test -c /dev/b7x
claim the_256_go systemctl stop udmabuf
same none_of_256_is_left "" "$(names)"
: >$conf

[ "$failed" = 0 ]
