#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# With the timers that are the default: of three phones one loses its power and
# one its cable, and the third has nothing to say.  Within 150 s nothing is left
# of the two: no session, no SA, their addresses are free, their logout lines
# hold what was counted.  The third stays, and somebody new gets an address of a
# pool that was empty.
#
#	phone 1 198.51.101.2 ---------------- net --- srv --- lan
#	phone 2 192.168.2.2 --- home2 (NAT) --/
#	phone 3 192.168.3.2 --- home3 (NAT) -/		phone 4 like 1
. "$(dirname "$0")/../lib.sh"
begin
PROMISED=150
net_up
nat_box home2 net 198.51.2.2/30 198.51.2.1/30
nat_box home3 net 198.51.3.2/30 198.51.3.1/30
lan_knows_pool
server_forwards
# Three addresses for four phones.
POOL=10.99.0.2-10.99.0.4 PPP="local-address = 10.99.0.1" server_start
# shellcheck disable=SC2016
then='behind $BEHIND_NET; fetch $BEHIND 100000; send $BEHIND 100000
	mark up; wait_file go 300'
export PHONE_LIMIT=400
phone_direct p1 1 THEN="$then"
phone p2 home2 192.168.2.2/24 192.168.2.1/24 THEN="$then"
phone p3 home3 192.168.3.2/24 192.168.3.1/24 THEN="$then"
for p in p1 p2 p3; do
	expect "$p is up" wait_for 140 marked $p up
	expect "$p moved its bytes" transferred $p
done

# address PHONE; sessions_are N: so many, all up, and their addresses given out.
address() { fact "$1" address | cut -d/ -f1; }
sessions_are() {
	says sessions "len([s for s in d if s['state'] == 'up']) == $1" &&
		says status "[d[k] for k in ('sessions', 'tunnels', 'paths')] +
			[p['used'] for p in d['pools']] == [$1] * 4"
}
# children_are N: ESP pairs; a phone that did not rekey has one.
children_are() { says status "(d['children'], d['peers']) == ($1, $1)"; }
# field PHONE NAME: of its session.
field() {
	"$L2TPCTL" --socket "$SOCKET" sessions --json | "$LIVE_DIR/says" -p \
		"[s['$2'] for s in d if s['address'] == '$(address "$1")'][0]"
}
# Nothing moves in a quiet tunnel: the counters stand once all has arrived.
quiet_now() {
	local before=$counted
	counted=$(field p1 rx_packets; field p1 tx_packets; field p2 rx_packets
		field p2 tx_packets)
	[ "$counted" = "$before" ]
}
counted=''
expect "the pool is used up" sessions_are 3
expect "each has one pair of SAs" children_are 3
expect "nothing moves any more" wait_for 60 quiet_now
declare -A seen attempt
for p in p1 p2; do
	attempt[$p]=$(field $p attempt)
	seen[$p]="address=$(address $p) .*$(for f in rx_bytes tx_bytes \
		rx_packets tx_packets; do echo " $f=$(field $p $f)"; done | tr -d '\n')"
done

begun=$SECONDS
for p in $(ip netns pids "$ID-net"); do
	# the namespace's other programs are not phones
	grep -qsa linux.uml "/proc/$p/cmdline" && kill -KILL "$p"
done
ip -n "$ID-home2" link set p2 down
expect "1 has no power" phone_ended p1 124
expect "both are still on the books" sessions_are 3
left() { wait_for $((begun + PROMISED - SECONDS)) "$@"; }
expect "within $PROMISED s the sessions are gone, the addresses free" \
	left sessions_are 1
expect "and so are the SAs" left children_are 1
echo "    it took $((SECONDS - begun)) s"
expect "the phone that is left is 3" says sessions \
	"[s['address'] for s in d] == ['$(address p3)']"
for p in p1 p2; do
	expect "$p: one logout line, with what was counted" test 1 = "$(grep -cE \
		"logout attempt=${attempt[$p]} user=$LOGIN .*${seen[$p]} reason=" \
		"$OUT/l2tpd.log")"
	expect "$p: its attempt was a login" says attempts \
		"[(a['result'], a['user']) for a in d
		if a['attempt'] == ${attempt[$p]}] == [('up', '$LOGIN')]"
done
expect "no other logout" test 2 = "$(grep -c 'logout attempt=' "$OUT/l2tpd.log")"

phone_direct p4 4 THEN="$then"
expect "a new phone gets in" wait_for 140 marked p4 up
expect "with an address that one of them had" grep -qx \
	"$(address p4)" <(address p1; address p2)
mark p3 go
mark p4 go
expect "3 hangs up, it was there all the time" phone_done p3
expect "4 hangs up" phone_done p4
expect "nothing is left" wait_for 60 server_quiet
expect "four logins are on record" says status 'd["logins_total"] == 4'
expect "the daemon ends" server_stop
