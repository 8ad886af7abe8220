#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What is wrong with a machine or a configuration ends the start with one clear
# line and exit status 1 (the machine) or 2 (the configuration), and changes
# nothing: links, addresses, routes, rules, switches, files.
#
#	net ---veth wan--- srv		nobody dials
. "$(dirname "$0")/lib.sh"
begin
space srv; space net
wire net 203.0.113.1/24 srv $SERVER/24 wan
ip -n "$ID-srv" addr add $SERVER6/64 dev wan nodad
steady() { ! ip -n "$ID-srv" addr | grep -q tentative; }
wait_for 10 steady
in_ns srv nft add table inet somebody
# All that nobody is to read lies where nobody can come.
D=/run/$ID.d
mkdir -m 755 "$D"
trap 'rm -rf "$D"; finish' EXIT
cp "$L2TPD" "$D/l2tpd"
C=$D/l2tpd.conf
LISTEN="address = \"$SERVER\""

# conf [PATTERN REPLACEMENT]: the good configuration, one thing changed (sed).
conf() {
	cat >"$C" <<-END
	run-dir = "$RUN"
	user = nobody
	group = nogroup
	nat = auto
	listener {
		$LISTEN
	}
	ipsec {
		psk = "$PSK"
	}
	ppp {
		methods = { mschapv2 }
	}
	pool main {
		range = "$POOL"
	}
	users {
		file = "$D/users"
	}
	END
	printf '%s password "%s"\n' "$LOGIN" "$PASSWORD" >"$D/users"
	chmod 600 "$C" "$D/users"
	[ $# = 0 ] || sed -i "s|$1|$2|" "$C"
}

machine() {
	ip -n "$ID-srv" -o link
	ip -n "$ID-srv" -o addr
	ip -n "$ID-srv" route show table all
	in_ns srv nft list ruleset
	in_ns srv sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding
	find /run -xdev -path "$RUN*" -printf '%p %m %u %s\n' | sort
}

# try [COMMAND...]: the daemon's start under COMMAND, which must fail by itself.
try() {
	machine >"$OUT/machine.before"
	ip netns exec "$ID-srv" timeout -s KILL 20 "$@" "$D/l2tpd" -f -c "$C" \
		>"$OUT/said" 2>&1 </dev/null
	rc=$?
	machine >"$OUT/machine.after"
}

# refuses TEXT STATUS REGEX [COMMAND...]
refuses() {
	local text=$1 status=$2 regex=$3
	shift 3
	try "$@"
	expect "$text: status $status" test $rc = "$status"
	expect "$text: one line" test "$(wc -l <"$OUT/said")" = 1
	expect "$text: $(head -c 150 "$OUT/said")" grep -Eq "$regex" "$OUT/said"
	expect "$text: nothing changed" \
		cmp "$OUT/machine.before" "$OUT/machine.after"
}

# ---- the configuration ------------------------------------------------------

conf; rm "$C"
refuses "no file" 2 'l2tpd.conf: .*No such file'
conf '^ipsec {' 'ipsec {{'
refuses "broken syntax" 2 "^l2tpd: $C:[0-9]+: "
conf '^nat = auto' 'nat = sometimes'
refuses "a word that is none" 2 "^l2tpd: $C:4: nat: .*off.*auto"
conf '^nat = auto' 'nta = auto'
refuses "an option that is none" 2 "^l2tpd: $C:4: .*nta"
conf "$POOL" 10.99.0.0/33
refuses "a range that is none" 2 "^l2tpd: $C:[0-9]+: .*range"
conf "$PSK" short
refuses "a weak key" 2 'at least 20|allow-weak-psk'
conf 'psk = .*' ''
refuses "no key" 2 'psk'
conf '^file = .*' "file = \"$D/nobody-has-this\""
refuses "no users file" 2 'nobody-has-this: .*No such file'
conf; printf 'alice passwort x\n' >"$D/users"
refuses "a broken users file" 2 "^l2tpd: $D/users:1: "
conf; printf 'a password x\na password y\n' >"$D/users"
refuses "a user twice" 2 'users:2: .*already in line 1'
conf; head -c 4096 /dev/urandom >"$C"
refuses "noise" 2 "$C"
conf '^user = .*' 'user = no-such-user-here'
refuses "an unknown user" 1 'user no-such-user-here: no such user'
conf '^group = .*' 'group = no-such-group-here'
refuses "an unknown group" 1 'group no-such-group-here: no such group'
conf '^user = .*' 'user = root'
refuses "root as the user" 1 'must not be root'

# ---- the machine ------------------------------------------------------------

conf
chown 65534 "$C" "$D/users"
refuses "not root" 1 'must be started by root' \
	setpriv --reuid=65534 --regid=65534 --clear-groups
chown 0 "$D/users"
refuses "an unreadable users file" 2 'users: .*Permission denied' \
	setpriv --reuid=65534 --regid=65534 --clear-groups
conf
refuses "no TUN" 1 '/dev/net/tun' \
	unshare -m sh -c 'mount -t tmpfs none /dev/net && exec "$@"' sh
conf
refuses "too few descriptors" 1 \
	'^l2tpd: [0-9]+ descriptors are needed, at most 40 may be had' \
	prlimit --nofile=40:40
mkdir -p "$D/empty"
conf
refuses "no legacy provider" 2 'legacy provider' \
	env OPENSSL_MODULES="$D/empty"
conf '^run-dir = .*' 'run-dir = "/proc/here/not"'
refuses "no place for the run directory" 1 '^l2tpd: /proc/here/not: '
conf '^nat = auto' "nat = auto\ncontrol-socket = \"/proc/l2tpd.sock\""
refuses "a control socket that cannot be" 1 'control socket /proc/l2tpd.sock: '
echo precious >"$D/precious"
conf '^nat = auto' "nat = auto\ncontrol-socket = \"$D/precious\""
refuses "a file where the control socket is to be" 1 'precious: File exists'
expect "the file is there as before" grep -q precious "$D/precious"

# hold PORT: somebody else has it.
hold() {
	ip netns exec "$ID-srv" python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[2], int(sys.argv[1])))
print("held", flush=True)
time.sleep(60)' "$1" "$SERVER" >"$OUT/held.said" 2>&1 &
	holder=$!
	pids+=("$holder")
	wait_for 5 grep -q held "$OUT/held.said"
}
for port in 500 4500; do
	conf
	hold $port
	refuses "port $port in use" 1 \
		"UDP $SERVER:$port: Address already in use"
	kill "$holder"
	wait "$holder" 2>/dev/null
done
conf
sed -i "s|$SERVER|192.0.2.77|" "$C"
refuses "an address that is not ours" 1 '192.0.2.77:500: Cannot assign'
conf
ip -n "$ID-srv" link add l2tp0 type veth peer name peer0
refuses "the interface's name is taken" 1 'l2tp0: there is an interface'
ip -n "$ID-srv" link del l2tp0
ip -n "$ID-srv" tuntap add l2tp0 mode tun multi_queue
refuses "also by a TUN" 1 'l2tp0: there is an interface'
ip -n "$ID-srv" link del l2tp0
ip -n "$ID-srv" route add $POOL dev wan
conf
sed -i "s|$POOL|10.99.0.0-10.99.0.255|; s|^ppp {|ppp {\n local-address = 10.98.0.1|" "$C"
refuses "a route is there already" 1 "route $POOL: File exists"
ip -n "$ID-srv" route del $POOL

# ---- what was foretold ------------------------------------------------------

# foretold NAME: the last number of this line of l2tpd -n.
foretold() { awk -v n="$1" '$1 == "#" && $2 == n { print $NF }' "$OUT/foretold"; }
SOFT=$(ulimit -Sn)
ulimit -Sn 40
server_start
ulimit -Sn "$SOFT"
in_ns srv "$L2TPD" -n -c "$OUT/l2tpd.conf" >"$OUT/foretold" 2>&1
need=$(foretold descriptors)
daemon=$(server_pids | tail -n 1)
allowed=$(awk '/^Max open files/ { print $4 }' "/proc/$daemon/limits")
open=$(find "/proc/$daemon/fd" -mindepth 1 | wc -l)
clients=66
expect "a low soft limit is raised: 40 to $allowed" test "$allowed" = "$need"
expect "all but the status socket's clients and a spare: $open of $need" \
	test "$open" -gt 11 -a "$open" -le $((need - clients))
expect "the status tells the sum of the tables" \
	says status "d['memory_bound_bytes'] == $(foretold total)"
expect "the log, too" \
	grep -q "info: memory bound bytes=$(foretold total) descriptors=$need\$" \
	"$OUT/l2tpd.log"
expect "and at debug each table" grep -q \
	'debug: memory bound name="ike half-open" count=16384 ' "$OUT/l2tpd.log"

# ---- a second copy ----------------------------------------------------------

refuses "a second copy, same run directory" 1 'another l2tpd is running'
conf '^run-dir = .*' "run-dir = \"$RUN-2\""
refuses "a second copy, another one" 1 ':500: Address already in use'
conf '^run-dir = .*' "run-dir = \"$RUN-2\"\ncontrol-socket = \"$SOCKET\"\ninterface = l2tp1"
sed -i "s|$SERVER|127.0.0.1|" "$C"
refuses "another daemon's control socket" 1 'sock: Address already in use'
expect "the first copy is well" says status True
expect "it ends" server_stop
expect "nothing of it is left" test ! -e "$SOCKET"
in_ns srv "$L2TPD" -x >"$OUT/said" 2>&1
rc=$?
expect "an unknown option: status 2" test $rc = 2
expect "usage" grep -q '^usage: l2tpd' "$OUT/said"
