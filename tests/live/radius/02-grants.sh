#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What FreeRADIUS grants is obeyed: rates, filters, pools, routes, times, volume,
# number of sessions, Interim records; and what cannot be obeyed is refused.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
ip -n "$ID-lan" route add 10.98.0.0/24 via 10.77.0.1
ip -n "$ID-lan" route add 10.66.0.0/24 via 10.77.0.1
ip -n "$ID-lan" addr add 10.77.0.3/24 dev lan
in_ns lan "$LIVE_DIR/transfer" serve 10.77.0.3 >>"$OUT/lan.log" 2>&1 &
pids+=($!)

# user NAME [REPLY]: a line of the users file; all have one password.
user() { printf '%s Cleartext-Password := "%s"\n\t%s\n' "$1" "$PASSWORD" "${2:-}"; }
RADIUS_REPLY="
$(user counted 'Acct-Interim-Interval = 60')
$(user slow 'Mikrotik-Rate-Limit = "1M/2M", Framed-Pool = "second"')
$(user filtered 'Filter-Id = "one-host"')
$(user unfiltered 'Filter-Id = "nowhere"')
$(user shell 'Service-Type = Login-User')
$(user router 'Framed-Route = "10.66.0.0/24 0.0.0.0 1", L2TPD-Group = "branch"')
$(user short 'Session-Timeout = 15')
$(user idle 'Idle-Timeout = 8')
$(user measured 'L2TPD-Quota-Total = 400000')
$(user single 'Port-Limit = 1, MS-Primary-DNS-Server = 10.77.0.53')
" radius_start one $AAA.2
MORE_ACL='
pool second { range = "10.98.0.0/24" }
acl one-host {
	rule = { "permit from-client tcp from any to 10.77.0.2 port 5001",
		"permit to-client tcp from 10.77.0.2 port 5001 to any" }
}
user-group branch { route = 10.68.0.0/24 }' radius_daemon
ip -n "$ID-srv" route add 10.68.0.0/24 dev lo

# calls NAME N USER: dials as that user.
calls() { DIAL_USER=$3 dial "$1" "$2"; }
# moves PHONE get|put BYTES [HOST]: notes it in the phone's file of facts.
moves() {
	mkdir -p "$OUT/$1"
	in_ns "$1" timeout 60 "$LIVE_DIR/transfer" "$2" "${4:-$BEHIND}" "$3" \
		>>"$OUT/$1/facts" 2>&1
}
seconds_longer() {	# PHONE VERB FACTOR PHONE: so many times as long
	awk -v a="$(fact "$1" "$2_seconds")" -v b="$(fact "$4" "$2_seconds")" \
		-v f="$3" 'BEGIN { exit !(a > f * b) }'
}
at_least() {		# PHONE VERB SECONDS
	awk -v a="$(fact "$1" "$2_seconds")" -v b="$3" 'BEGIN { exit !(a >= b) }'
}
octets() { in_ns "$1" cat "/sys/class/net/vpn0/statistics/$2_bytes"; }
cause_is() { wait_for 40 stopped "$1" && [ "$(of_user "$1" Acct-Terminate-Cause)" = "$2" ]; }
because() { says attempts "any(a['user'] == '$1' and '$2' in a['reason'] for a in d)"; }

# kernel_has TEXT: the server's kernel has such a route.
kernel_has() { ip -n "$ID-srv" route show | grep -q "^$1"; }
# reaches PHONE HOST PORT: a connection comes about.
reaches() { in_ns "$1" timeout 3 bash -c ": </dev/tcp/$2/$3" 2>/dev/null; }


calls p1 1 counted
calls p2 2 slow
expect "one without limits" dialled p1
expect "one with a rate" dialled p2
expect "his address is of the pool that was named" says sessions \
	'[s["address"].startswith("10.98.0.") for s in d if s["user"] == "slow"] == [True]'
expect "without limits, down" moves p1 get 1000000
expect "without limits, up" moves p1 put 500000
expect "2 Mbit/s down" moves p2 get 1000000
expect "1 Mbit/s up" moves p2 put 500000
# A burst may pass at once; noise can only make it longer.
expect "the rate holds down" at_least p2 get 3
expect "the rate holds up" at_least p2 put 3
expect "without it, it is at least twice as fast down" seconds_longer p2 get 2 p1
expect "and up" seconds_longer p2 put 2 p1
hang_up p2

calls p3 3 filtered
expect "one with a filter" dialled p3
expect "the host and port that it names" moves p3 put 100000

expect "not another host" not reaches p3 10.77.0.3 5001
expect "which another reaches" reaches p1 10.77.0.3 5001
expect "not by another protocol" not in_ns p3 ping -q -n -c 2 -i 0.2 -W 1 $BEHIND
hang_up p3
calls p4 4 unfiltered
expect "an unknown filter is refused" refused p4
expect "and explained" because unfiltered nowhere
calls p5 5 shell
expect "a shell is refused" refused p5
expect "and explained" because shell Service-Type

calls p6 6 short
calls p7 7 idle
calls p8 8 measured
expect "one for fifteen seconds" dialled p6
expect "one that must not idle" dialled p7
expect "one with a volume" dialled p8
expect "half of it passes" moves p8 get 150000
expect "Idle-Timeout ends it" cause_is idle Idle-Timeout
expect "Session-Timeout ends it" cause_is short Session-Timeout
expect "and the log says so" grep -q 'user=short .*reason="the session.s time is over"' "$OUT/l2tpd.log"
expect "the volume is not yet used up" not stopped measured
expect "the other half" moves p8 get 300000
expect "the volume's end ends it" cause_is measured NAS-Request
expect "after that volume" test $(($(of_user measured Acct-Output-Octets Stop) +
	$(of_user measured Acct-Input-Octets Stop))) -ge 400000

calls p9 9 router
expect "one with networks behind it" dialled p9
ip -n "$ID-p9" addr add 10.66.0.1/24 dev lo
expect "the kernel has a route to one" kernel_has "10.66.0.0/24 dev l2tp0 .*metric 1"
expect "the route of another's hand stays" kernel_has "10.68.0.0/24 dev lo"
expect "and the log says so" grep -q "route not set .*route=10.68.0.0/24" "$OUT/l2tpd.log"
expect "which the host behind us reaches" in_ns lan ping -q -n -c 2 -i 0.2 -W 2 10.66.0.1
hang_up p9
expect "and no longer" wait_for 5 not in_ns lan ping -q -n -c 1 -W 1 10.66.0.1
expect "the route is gone" wait_for 5 not kernel_has 10.66.0.0/24
expect "the other's is not" kernel_has "10.68.0.0/24 dev lo"

calls p10 10 single
expect "one who may come once" dialled p10
expect "his name server" grep -q 'dns=10.77.0.53' "$OUT/p10.log"
calls p11 11 single
expect "not twice" refused p11
expect "and explained" because single "which is the limit"
hang_up p10
expect "again when he has gone" wait_for 10 stopped single
DIAL_USER=single redial p11
expect "and he comes" dialled p11
hang_up p11
hang_up p9

# interims: octets of the Interim records and then of the Stop, one a line.
numbers() { of_user counted "$1" Interim-Update; of_user counted "$1" Stop; }
rising() { [ "$(numbers "$1" | wc -l)" -ge 2 ] && numbers "$1" | sort -n -u -c; }
# about OCTETS BYTES: that many, but for what IPv6 says by itself.
about() { [ "$1" -le "$2" ] && [ $(($1 + 2000)) -ge "$2" ]; }
interim() { test -n "$(of_user counted Acct-Session-Time Interim-Update)"; }
expect "an Interim comes" wait_for 90 interim
expect "with what was moved until then" about \
	"$(of_user counted Acct-Output-Octets Interim-Update | head -n 1)" "$(octets p1 rx)"
sleep 2	# the session's time has seconds
moves p1 get 300000
moves p1 put 300000
down=$(octets p1 rx) up=$(octets p1 tx)
hang_up p1
expect "then Stop" wait_for 10 stopped counted
for n in Acct-Input-Octets Acct-Output-Octets Acct-Input-Packets Acct-Session-Time; do
	expect "$n rises" rising $n
done
expect "what came is what the client sent" about \
	"$(of_user counted Acct-Input-Octets Stop)" "$up"
expect "what went is what the client received" about \
	"$(of_user counted Acct-Output-Octets Stop)" "$down"
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
