#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# udmabufctl on the real driver: as root, as a member of the group udmabuf, as nobody special. Runs in the Debian guest,
# as root.
. /mnt/claims.sh

edu=$(lspci -D -d 1234:11e8 | cut -d ' ' -f 1)
version=$(dpkg-deb -f /mnt/udmabufd_*.deb Version)
conf=/etc/u-dma-buf.conf

# refused STATUS WORD... -- COMMAND...: the command ends with the status, prints nothing and says one line with the words.
refused() {
	expected=$1
	shift
	: >/run/words
	while [ "$1" != -- ]; do
		printf '%s\n' "$1" >>/run/words
		shift
	done
	shift
	"$@" >/run/out 2>/run/err
	status=$?
	cat /run/out /run/err
	[ "$status" = "$expected" ] || { echo "expected status $expected, got $status"; return 1; }
	[ ! -s /run/out ] || { echo "expected nothing on standard output"; return 1; }
	while read -r word; do
		grep -qF -e "$word" /run/err || { echo "expected \"$word\""; return 1; }
	done </run/words
}

# as USER COMMAND...
as() {
	user=$1
	shift
	runuser -u "$user" -- "$@"
}

sync_settings() { (cd "/sys/class/u-dma-buf/$1" && cat sync_mode sync_offset sync_size sync_direction) | paste -sd ' '; }
json() { udmabufctl show --json "$1" | jq -r "$2"; }
kept_only() { [ "$(udmabufd --dry-run --config "$1" | grep -vc '^keep ')" = 0 ] || { udmabufd --dry-run --config "$1"; return 1; }; }

clean_slate
useradd -G udmabuf member
useradd stranger

printf '\n== create, show, list\n\n'
claim every_option_of_create_is_taken udmabufctl create all 64K --device="pci/$edu" --minor=77 --dma-mask=31 --mmap=page \
	--sync-mode=write-combine --sync-always --sync-offset=4K --sync-size=8K --sync-direction=to-device
udevadm settle
same the_driver_has_them_all "pci/$edu 31 4 6 0x1000 8192 1" "$(cd /sys/class/u-dma-buf/all &&
	cat dma_device dma_mask quirk_mmap_mode sync_mode sync_offset sync_size sync_direction | paste -sd ' ')"
same the_minor_is_the_one_that_was_asked_for 77 "$(json all .node.minor)"
same json_has_size_device_and_address "65536 pci/$edu $(cat /sys/class/u-dma-buf/all/phys_addr)" \
	"$(json all '"\(.size) \(.device) \(.phys_addr)"')"
same json_has_the_sync_settings_in_words "write-combine true 4096 8192 to-device cpu" \
	"$(json all '.sync | "\(.mode) \(.always) \(.offset) \(.size) \(.direction) \(.owner)"')"
same json_has_the_node "root udmabuf 0660" "$(json all '.node | "\(.owner) \(.group) \(.mode)"')"
claim a_second_buffer_is_made udmabufctl create plain 1M
udevadm settle
same json_lists_all "all plain" "$(udmabufctl list --json | jq -r '.[].name' | paste -sd ' ')"
udmabufctl list >/run/list
mentions the_table_has_the_values /run/list all 64K "pci/$edu" write-combine page to-device cpu
same the_table_s_columns_are_aligned 1 "$(awk '{ print index($0, NR == 1 ? "DEVICE" : $2 == "64K" ? "pci/" : "none") }' /run/list |
	sort -u | wc -l)"
for name in null sda; do
	[ -e /dev/$name ] || : >/dev/$name
	claim "the_name_${name}_is_refused" refused 1 "/dev/$name exists and is no u-dma-buf buffer" -- \
		udmabufctl create $name 64K
	claim "no_buffer_${name}_is_left" absent /sys/class/u-dma-buf/$name
done
rm -f /dev/sda
: >/dev/stale
echo "create stale 4096" >/dev/u-dma-buf-mgr
claim a_file_that_has_the_place_of_the_node_is_not_opened refused 1 "/dev/stale" "make the buffer anew" -- udmabufctl test stale
rm /dev/stale
claim nor_is_a_missing_node_said_to_be_a_missing_buffer refused 1 "/dev/stale" "make the buffer anew" -- udmabufctl test stale
udmabufctl doctor >/run/doctor
mentions doctor_names_it_for_root_too /run/doctor "fix group: " "buffer 'stale' has no node"
udmabufctl delete stale
udmabufctl create stale 4096
claim that_makes_the_node udmabufctl test stale
udmabufctl delete stale
claim a_name_taken_is_refused_in_the_kernel_s_words refused 1 "plain" -- udmabufctl create plain 64K
claim a_device_that_is_not_there_is_refused refused 1 "0000:1f:1f.7" -- \
	udmabufctl create other 64K --device=pci/0000:1f:1f.7
claim a_word_too_many_is_a_usage_error refused 2 "udmabufctl --help" -- udmabufctl create other 64K more
claim a_command_that_there_is_not_is_a_usage_error refused 2 "frobnicate" -- udmabufctl frobnicate

printf '\n== Who uses it\n\n'
cat >/tmp/mapper.c <<'END'
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
	int fd = open("/dev/plain", O_RDWR);

	if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
		return 1;
	close(fd);
	puts("mapped");
	fclose(stdout);
	return pause();
}
END
claim a_program_is_built gcc -o /tmp/mapper /tmp/mapper.c
mkfifo /run/ready
/tmp/mapper >/run/ready &
mapper=$!
read -r line </run/ready
exec 4</dev/all 5</dev/all
udmabufctl list >/run/list
mentions a_process_that_only_maps_is_named /run/list plain "mapper[$mapper]"
mentions a_process_with_descriptors_is_named /run/list all "[$$]"
same json_counts_the_descriptors "2 false" "$(json all ".processes[] | select(.pid == $$) | \"\(.opens) \(.mapped)\"")"
same json_knows_the_mapping "0 true" "$(json plain '.processes[] | "\(.opens) \(.mapped)"')"
same root_sees_every_process true "$(json plain .all_processes_seen)"
same another_user_does_not false "$(as stranger udmabufctl show --json plain | jq -r .all_processes_seen)"
as stranger udmabufctl list >/run/list
mentions and_is_told_that_the_users_are_unknown /run/list plain unknown
claim a_buffer_in_use_is_not_deleted refused 1 "--force" -- udmabufctl delete plain
claim a_buffer_in_use_is_not_tested refused 1 "in use" "--in-use" -- udmabufctl test plain
claim a_test_is_run_on_it_when_told_to udmabufctl test --in-use plain
claim it_is_deleted_by_force udmabufctl delete --force plain
claim its_node_is_gone absent /dev/plain
exec 4<&- 5<&-
kill $mapper
wait $mapper
claim an_idle_buffer_is_deleted udmabufctl delete all
claim a_buffer_that_there_is_not_is_not_deleted refused 1 all -- udmabufctl delete all

printf '\n== set and sync\n\n'
udmabufctl create frames 64K
udevadm settle
claim root_sets_everything_at_once udmabufctl set frames mode=noncached always=true offset=4K size=8K direction=from-device
same it_is_set "5 0x1000 8192 2" "$(sync_settings frames)"
claim a_member_of_the_group_sets_it_too as member udmabufctl set frames mode=write-combine direction=to-device
same it_is_set_as_the_member_said "2 0x1000 8192 1" "$(sync_settings frames)"
claim a_mistake_in_the_last_word_changes_nothing refused 2 "direction" -- \
	udmabufctl set frames mode=1 offset=0 direction=sideways
claim a_range_that_leaves_the_buffer_changes_nothing refused 1 "leave the buffer of 65536 bytes" -- \
	udmabufctl set frames mode=1 direction=0 offset=60K
claim a_stranger_changes_nothing refused 1 /dev/frames group -- as stranger udmabufctl set frames mode=1
claim mode_0_is_refused_to_a_member refused 1 "only root" -- as member udmabufctl set frames mode=cached offset=0
same nothing_was_changed "2 0x1000 8192 1" "$(sync_settings frames)"
claim root_sets_mode_0 udmabufctl set frames mode=cached offset=0 size=64K
same mode_0_is_set "0 0x0 65536 1" "$(sync_settings frames)"
claim always_alone_adds_4 udmabufctl set frames always=true
same always_is_set "4 0x0 65536 1" "$(sync_settings frames)"
claim a_buffer_is_handed_to_the_device as member udmabufctl sync frames for-device --offset=4K --size=4K --direction=to-device
same the_device_owns_it device "$(json frames .sync.owner)"
claim and_back_with_its_own_settings as member udmabufctl sync frames for-cpu
same the_cpu_owns_it cpu "$(json frames .sync.owner)"
chmod 0640 /dev/frames
claim who_may_only_read_the_node_can_t_write_it refused 1 /dev/frames -- as member udmabufctl test frames
claim who_may_only_read_the_node_hands_it_over as member udmabufctl sync frames for-device
same the_device_owns_it_then device "$(json frames .sync.owner)"
claim and_takes_a_range_of_it_back as member udmabufctl sync frames for-cpu --offset=4K --size=4K
same the_cpu_owns_it_then cpu "$(json frames .sync.owner)"
chmod 0660 /dev/frames
claim a_sync_behind_the_end_is_refused refused 1 "leaves the buffer" -- udmabufctl sync frames for-cpu --offset=60K --size=8K

printf '\n== Without rights\n\n'
claim everybody_lists as stranger udmabufctl list
claim everybody_shows as stranger udmabufctl show frames
claim everybody_asks_for_the_version as stranger udmabufctl version
claim a_member_tests as member udmabufctl test frames
claim a_stranger_does_not refused 1 /dev/frames group -- as stranger udmabufctl sync frames for-cpu
claim only_root_creates refused 1 "only root" -- as member udmabufctl create mine 64K
claim only_root_deletes refused 1 "only root" -- as member udmabufctl delete frames
claim a_member_is_told_that_all_is_well_with_the_group sh -c 'runuser -u member udmabufctl doctor | grep -qx "ok  group: .*"'
claim a_stranger_is_told_how_to_get_in \
	sh -c 'runuser -u stranger udmabufctl doctor | grep -q "^fix group: stranger is not in group udmabuf.*adduser stranger udmabuf"'

printf '\n== test\n\n'
head -c 65536 /dev/zero >/dev/frames
show 'udmabufctl test frames'
same a_buffer_in_order_passes 0 "$(cat /run/status)"
mentions it_says_that_it_overwrites /run/shown Overwriting 64K frames
same each_step_is_timed 7 "$(grep -c '^ok .* ms .* MiB/s$' /run/shown)"
claim the_buffer_was_overwritten sh -c '! cmp -s -n 65536 /dev/frames /dev/zero'
# Stopped when it has the buffer open: somebody who opens it now comes before its look at the users.
rm -f /run/calls
mkfifo /run/calls
strace -qq -o /run/calls -P /dev/frames -e trace=openat -e inject=openat:signal=STOP \
	sh -c 'echo $$ >/run/pid; exec udmabufctl test frames' >/run/shown 2>&1 &
exec 4</run/calls
while read -r line <&4 && [ "${line#*stopped by SIGSTOP}" = "$line" ]; do :; done
exec 5</dev/frames
kill -CONT "$(cat /run/pid)"
wait $!
same who_opens_it_while_a_test_begins_is_not_overwritten 1 $?
mentions it_is_told_that_the_buffer_is_in_use /run/shown "in use (users: 1)"
exec 4<&- 5<&-
for mode in 0 1 2 3 4 5 6 7; do
	udmabufctl create odd 100001 --mmap=on --sync-mode=$mode
	claim "a_buffer_of_an_odd_size_passes_in_mode_$mode" udmabufctl test odd
	udmabufctl delete odd
done
delete_all

printf '\n== dump\n\n'
rmmod u-dma-buf
modprobe u-dma-buf udmabuf0=64K
udevadm settle
udmabufctl set udmabuf0 mode=5
cat >$conf <<END
defaults: { mode = "0640"; };
buffers: (
  { name = "ours"; size = "64K"; minor = 9; device = "pci/$edu"; sync: { mode = 2; }; group = "video"; },
  { name = "drifts"; size = "4K"; sync: { mode = "cached"; }; }
);
END
# Not start: it may run already, for the module's coming starts it.
systemctl restart udmabuf
udmabufctl create theirs 1M --dma-mask=40 --mmap=on --sync-mode=5 --sync-direction=2
udmabufctl create ranged 64K --device="pci/$edu" --sync-offset=4K --sync-size=8K
udevadm settle
claim a_dump_is_printed sh -c 'udmabufctl dump >/run/dump.conf'
show 'cat /run/dump.conf'
claim a_dump_that_finds_no_room_fails refused 1 "standard output: No space left" -- sh -c 'udmabufctl dump >/dev/full'
claim a_dump_has_no_mistake udmabufd --check /run/dump.conf
claim there_is_nothing_to_do_for_it kept_only /run/dump.conf
udmabufctl set drifts mode=write-combine
udmabufctl dump >/run/dump.conf
claim settings_that_changed_are_dumped_as_they_are sh -c 'grep -A 1 \"drifts\" /run/dump.conf | grep -q write-combine'
claim nor_is_there_anything_to_do_for_them kept_only /run/dump.conf
cp /run/dump.conf $conf
claim the_service_takes_a_dump_as_its_configuration systemctl reload udmabuf
claim then_nothing_is_left_to_do kept_only $conf
state() { udmabufctl list --json | jq -c '.[] | del(.phys_addr, .node.minor, .processes, .memory)'; }
state >/run/state-before
systemctl stop udmabuf
delete_all 2>/dev/null
rmmod u-dma-buf
modprobe u-dma-buf udmabuf0=64K
claim the_service_makes_all_of_it_anew systemctl start udmabuf
udevadm settle
state >/run/state-after
claim what_a_dump_makes_is_what_was_dumped diff /run/state-before /run/state-after
udmabufctl create ours2 4K
claim a_dump_of_one_who_may_not_read_the_records_says_so sh -c 'runuser -u member udmabufctl dump 2>&1 >/dev/null | grep -q root'

printf '\n== check and reload\n\n'
cat >/run/bad.conf <<'END'
buffers: ( { name = "x"; size = 64; colour = "red"; } );
END
udmabufd --check /run/bad.conf >/run/daemon-says 2>&1
udmabufctl check /run/bad.conf >/run/tool-says 2>&1
same a_configuration_with_a_mistake_fails_the_check 1 $?
claim the_check_says_what_the_daemon_says cmp /run/daemon-says /run/tool-says
claim a_configuration_without_passes udmabufctl check $conf
claim an_option_of_the_daemon_that_there_is_not_is_a_usage_error refused 2 "'--bogus'" "udmabufd --help" -- udmabufd --bogus
claim a_word_too_many_for_it_too refused 2 '"more" is not expected' "udmabufd --help" -- udmabufd --check /run/bad.conf more
claim a_file_for_its_reload_too refused 2 "not those of --config" "udmabufd --help" -- udmabufd --reload --config /run/bad.conf
claim two_files_to_check_too refused 2 "one of --config and a file" "udmabufd --help" -- udmabufd --config /run/dump.conf --check /run/bad.conf
claim two_of_its_tasks_too refused 2 "one of --check, --dry-run and --reload" "udmabufd --help" -- udmabufd --check --reload
claim a_file_whose_name_is_that_of_an_option_is_a_file refused 1 "--reload: can't be read" -- udmabufctl check -- --reload
for task in "--check $conf" "--dry-run --config $conf" --reload; do
	claim "what_${task%% *}_has_no_room_to_print_is_no_success" refused 1 "standard output: No space left" -- \
		sh -c "udmabufd $task >/dev/full"
done
claim a_file_that_is_not_there_fails_the_check refused 1 "/nowhere: can't be read: No such file" -- udmabufd --check /nowhere
claim a_plan_is_for_root refused 1 "be root" -- as member udmabufd --dry-run
sed -i 's/name = "ranged"; size = "64K"/name = "ranged"; size = "128K"/' $conf
claim a_change_is_taken udmabufctl reload
same it_was_made 131072 "$(attribute ranged size)"
claim a_member_does_not_reload refused 1 root -- as member udmabufctl reload
systemctl stop udmabuf
claim without_the_daemon_there_is_no_reload refused 1 "does not run" -- udmabufctl reload
clean_slate

printf '\n== version and doctor\n\n'
same the_versions_of_all_three_are_told "udmabufctl $version;udmabufd $version;u-dma-buf, loaded: $version;u-dma-buf, installed for kernel $(uname -r): $version" \
	"$(udmabufctl version | paste -sd ';')"
show 'udmabufctl doctor'
same a_machine_that_lacks_nothing_is_ok 0 "$(cat /run/status)"
same every_line_is_ok 9 "$(grep -c '^ok  ' /run/shown)"
# diagnosed TOPIC WORD...: doctor fails, and the line of the topic says so.
diagnosed() {
	topic=$1
	shift
	claim "doctor_fails_without_$topic" sh -c '! udmabufctl doctor >/run/shown'
	mentions "doctor_says_so_of_$topic" /run/shown "fix $topic: " "$@"
}
headers=$(readlink -f "/lib/modules/$(uname -r)/build")
mv "$headers" "$headers.away"
diagnosed headers "linux-headers-$(uname -r)"
mv "$headers.away" "$headers"
module=$(modinfo -n u-dma-buf)
mv "$module" "$module.away"
diagnosed version "no module is installed"
mv "$module.away" "$module"
dkms uninstall "u-dma-buf/$version" -k "$(uname -r)" >/run/dkms 2>&1
diagnosed dkms "built but not installed" "dkms autoinstall -k $(uname -r)"
claim what_doctor_says_helps dkms autoinstall -k "$(uname -r)"
rmmod u-dma-buf
diagnosed module "modprobe u-dma-buf"
same the_version_without_a_module_is_told "u-dma-buf, loaded: no" "$(udmabufctl version | grep loaded)"
claim a_list_without_a_module_says_what_to_do refused 1 "modprobe u-dma-buf" -- udmabufctl list
modprobe u-dma-buf

printf '\n== Colours and completion\n\n'
udmabufctl create frames@0 64K --device="pci/$edu"
udevadm settle
coloured() { TERM=xterm script -qec "$1" /dev/null | grep -q "$(printf '\033')"; }
claim a_terminal_gets_colours coloured 'udmabufctl list'
claim no_color_is_heeded sh -c "! TERM=xterm NO_COLOR=1 script -qec 'udmabufctl list' /dev/null | grep -q '$(printf '\033')'"
claim a_pipe_gets_none sh -c "! udmabufctl list | grep -q '$(printf '\033')'"

# bash_offers LINE: what bash offers after it, readline's part of the word left out.
bash_offers() {
	COMP_LINE=$1 bash -c '. /usr/share/bash-completion/completions/udmabufctl
		COMP_WORDBREAKS=$(printf " \t\n\"'\''@><=;|&(:") COMP_POINT=${#COMP_LINE}
		_udmabufctl
		printf "%s\n" "${COMPREPLY[@]}"' | sort | paste -sd ' '
}
# knows WHO PATTERN FILE: every command of the help is in the file, in this form; WORD stands for it.
knows() {
	for word in $commands; do
		zgrep -q -e "$(printf '%s\n' "$2" | sed "s/WORD/$word/")" "$3" || { echo "$1 does not know $word"; return 1; }
	done
	for word in $options; do
		zgrep -q -e "Fl Fl $word\\b\|--$word\\b" "$3" || { echo "$1 does not know --$word"; return 1; }
	done
}
udmabufctl --help >/run/help
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' /run/help | sort | paste -sd ' ')
options=$(sed -n '/^Option/,$s/^  --\([a-z-]*\).*/\1/p' /run/help | sort -u | paste -sd ' ')
same the_help_tells_commands_and_options "12 15" "$(echo "$commands" | wc -w) $(echo "$options" | wc -w)"
claim the_manual_page_knows_them_all knows udmabufctl.1 '^.Ss WORD' /usr/share/man/man1/udmabufctl.1.gz
claim zsh_knows_them_all knows zsh "'WORD:" /usr/share/zsh/vendor-completions/_udmabufctl
claim bash_knows_all_options knows bash '\bWORD\b' /usr/share/bash-completion/completions/udmabufctl
same bash_offers_every_command "--help --version $commands" "$(bash_offers 'udmabufctl ')"
same bash_offers_commands "set show sync" "$(bash_offers 'udmabufctl s')"
same bash_offers_the_name_of_a_buffer "frames@0" "$(bash_offers 'udmabufctl show fr')"
same bash_offers_what_is_behind_a_character_that_breaks_words 0 "$(bash_offers 'udmabufctl delete --force frames@')"
same bash_offers_devices "${edu#*:*:}" "$(bash_offers "udmabufctl create a 1M --device=pci/${edu%.*}")"
same bash_offers_options "--json" "$(bash_offers 'udmabufctl list -')"
same bash_offers_values "from-device" "$(bash_offers 'udmabufctl sync frames@0 for-cpu --direction=f')"
same bash_offers_the_keys_of_set "always= direction= mode= offset= size=" "$(bash_offers 'udmabufctl set frames@0 ')"
same bash_offers_the_second_word "for-cpu for-device" "$(bash_offers 'udmabufctl sync frames@0 ')"

# bash_completes LINE: the words of the line after the tab key, in a bash of its own, here.
bash_completes() {
	printf '%s\n' 'udmabufctl() { printf "[%s]" "$@"; echo; }; . /usr/share/bash-completion/completions/udmabufctl' \
		"$(printf '%s\t' "$1")" exit | timeout 60 script -qc 'bash --norc -i' /dev/null | tr -d '\r' | grep -o '\[check\].*'
}
mkdir /run/files
cd /run/files || exit 1
# shellcheck disable=SC2016 # It is a name.
trap='a$(id>ran)b.conf'
touch 'two words.conf' "$trap"
same bash_completes_the_name_of_a_file "[check][two words.conf]" "$(bash_completes 'udmabufctl check tw')"
same bash_completes_a_name_with_a_command_in_it "[check][$trap]" "$(bash_completes 'udmabufctl check a')"
claim bash_does_not_run_it absent ran
cd / || exit 1

# zsh_completes LINE: the line after the tab key, in a zsh of its own.
cat >/run/complete.zsh <<'END'
zmodload zsh/zpty
zpty z zsh -f
zpty -w z 'PS1= RPS1=; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -d /run/zcompdump; print "r"eady'
zpty -r z text '*ready*'
# The tab key, then the words around the line that make it an argument of print.
zpty -w -n z "$LINE"$'\t\C-aprint -r -- "[\C-e]"\n'
zpty -r z text $'*\n\\[*\\]*'
print -r -- "$text"
END
zsh_completes() {
	LINE=$1 timeout 60 zsh -f /run/complete.zsh | tr -d '\r' | sed -n 's/^\[\(.*\)\]$/\1/p'
}
same zsh_completes_a_command "udmabufctl doctor" "$(zsh_completes 'udmabufctl doc')"
same zsh_completes_the_name_of_a_buffer "udmabufctl show frames@0" "$(zsh_completes 'udmabufctl show fr')"
same zsh_completes_an_option "udmabufctl create a 1M --sync-always" "$(zsh_completes 'udmabufctl create a 1M --sync-a')"
same zsh_completes_a_device "udmabufctl create a 1M --device=pci/$edu" "$(zsh_completes "udmabufctl create a 1M --device=pci/${edu%.*}")"
udmabufctl delete frames@0
[ "$failed" = 0 ]
