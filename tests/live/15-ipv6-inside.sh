#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# IPv6 inside, with the client's own pppd and kernel: IPV6CP, an address made from
# our advertisement, 20 MB each way, and what may not come from outside.
#
#	phone 198.51.101.2 --- net --- srv (nat auto) --- lan 2001:db8:77::2
#	      2001:db8:100::/64                            knows 2001:db8:100::/56
. "$(dirname "$0")/lib.sh"
begin
net_up
six_up
machine() {
	in_ns srv nft list ruleset
	in_ns srv sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding
	ip -n "$ID-srv" -o link
	ip -n "$ID-srv" -6 route
}
machine >"$OUT/machine.before"
NAT=auto POOL_MORE="prefix6 = \"$NETS6\"" \
	PPP='dns6 = "2001:db8:77::53"' server_start
# shellcheck disable=SC2016
phone_direct p1 1 SIX=yes THEN='behind $BEHIND_NET; six
	pings $BEHIND6; pings $BEHIND
	fetch $BEHIND6 $MB20; send $BEHIND6 $MB20
	mark ready; wait_file probed 60'
phone_direct p2 2 SIX=no THEN='mark ready; wait_file probed 60'
expect "both are in" wait_for $((${PHONE_LIMIT:-150} - 20)) eval 'marked p1 ready && marked p2 ready'
addr=$(fact p1 address6)
expect "the kernel has made an address from the network" \
	test "${addr#2001:db8:100:}" != "$addr"
expect "its link-local one is that of IPV6CP" test -n "$(fact p1 link6)"
expect "its MTU is the one that was advertised" says sessions \
	"[s['mtu'] for s in d if s['ipv6']] == [$(fact p1 mtu6)]"
expect "one has IPv6, the other did not ask" says sessions \
	'sorted((s["ipv4"], s["ipv6"]) for s in d) == [(True, False), (True, True)]'
expect "the network is the session's" says sessions "any(
	s['prefix'] == '${addr%%::*}::/64' or '$addr'.startswith(
	s['prefix'].removesuffix('::/64') + ':') for s in d)"
expect "the host behind answers by IPv6" fact_is p1 "pings_$BEHIND6" 5
expect "and by IPv4" fact_is p1 "pings_$BEHIND" 5
expect "20 MB each way arrive whole" transferred p1
expect "nobody from outside reaches the phone (N-39)" not \
	in_ns lan ping -q -n -c 2 -i 0.2 -W 1 "$addr"
expect "the rule has seen it" in_ns srv sh -c \
	'nft list chain inet l2tpd forward | grep ipv6 | grep -qv "packets 0"'
touch "$OUT/p1/probed" "$OUT/p2/probed"
expect "they hang up" phone_done p1
expect "both" phone_done p2
expect "nothing is left" wait_for 30 server_quiet
expect "the daemon ends" server_stop
machine >"$OUT/machine.after"
expect "rules, forwarding, links and routes are as before" \
	diff -u "$OUT/machine.before" "$OUT/machine.after"
