# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What bash offers after udmabufctl: commands, options and their values, names of buffers and devices.

_udmabufctl_buffers() {
	local path
	for path in /sys/class/u-dma-buf/*; do
		[[ -e $path ]] && printf '%s\n' "${path##*/}"
	done
}

_udmabufctl_devices() {
	local path bus
	for path in /sys/bus/{pci,platform}/devices/*; do
		bus=${path#/sys/bus/}
		[[ -e $path ]] && printf '%s\n' "${bus%%/*}/${path##*/}"
	done
}

# The values of an option or of a key of set.
_udmabufctl_values() {
	case $1 in
	--device) _udmabufctl_devices ;;
	--mmap) printf '%s\n' off on auto page ;;
	--sync-mode | mode) printf '%s\n' cached noncached write-combine dma-coherent ;;
	--sync-direction | --direction | direction) printf '%s\n' bidirectional to-device from-device ;;
	always) printf '%s\n' true false ;;
	esac
}

_udmabufctl_options() {
	case $1 in
	list | show) printf '%s\n' --json ;;
	create)
		printf '%s\n' --sync-always
		printf '%s=\n' --device --minor --dma-mask --mmap --sync-mode --sync-offset --sync-size --sync-direction
		;;
	delete) printf '%s\n' --force ;;
	sync) printf '%s=\n' --offset --size --direction ;;
	test) printf '%s\n' --in-use ;;
	esac
}

# Words that are no option: $1 the command, $2 how many of them it has already.
_udmabufctl_operands() {
	case $1,$2 in
	show,0 | delete,0 | set,0 | sync,0 | test,0) _udmabufctl_buffers ;;
	set,*) printf '%s=\n' mode always offset size direction ;;
	sync,1) printf '%s\n' for-cpu for-device ;;
	esac
}

_udmabufctl_candidates() {
	local command=${words[1]} value count=0 i
	if ((${#words[@]} == 2)); then
		printf '%s\n' list show create delete set sync test check reload dump doctor version --help --version
		return
	fi
	for ((i = 2; i < ${#words[@]} - 1; i++)); do
		[[ ${words[i]} == -* ]] || ((count++))
	done
	case $cur in
	*=*)
		_udmabufctl_values "${cur%%=*}" | while read -r value; do
			printf '%s\n' "${cur%%=*}=$value"
		done
		;;
	-*) _udmabufctl_options "$command" ;;
	*) _udmabufctl_operands "$command" "$count" ;;
	esac
}

# The line is split by blanks here, for a name may hold what bash breaks words at: "=", ":", "@".
_udmabufctl() {
	local line=${COMP_LINE:0:COMP_POINT} cur candidate done_already
	local -a words
	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=("")
	cur=${words[-1]}
	COMPREPLY=()
	if ((${#words[@]} > 2)) && [[ ${words[1]} == check ]]; then
		# Readline's own names of files: it quotes what the shell would take apart.
		compopt -o default 2>/dev/null
		return
	fi
	while read -r candidate; do
		[[ $candidate == "$cur"* ]] && COMPREPLY+=("$candidate")
	done < <(_udmabufctl_candidates)
	[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	# Readline replaces only what is behind the last such character.
	done_already=${cur%"${cur##*["$COMP_WORDBREAKS"]}"}
	COMPREPLY=("${COMPREPLY[@]#"$done_already"}")
}

complete -F _udmabufctl udmabufctl
