#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# IPv6 that a real FreeRADIUS grants: prefix, identifier, route and pool; what the
# records say; a prefix that is taken; a CoA that would change it.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
six_up
aaa_up
server_forwards
lan_knows_pool
ip -n "$ID-lan" route add 2001:db8:9::/48 via 2001:db8:77::1
user() { printf '%s Cleartext-Password := "%s"\n\t%s\n' "$1" "$PASSWORD" "${2:-}"; }
RADIUS_REPLY="
$(user fixed 'Framed-IPv6-Prefix = 2001:db8:9:7::/64, Framed-Interface-Id = 0:0:0:42,
	Framed-IPv6-Route = "2001:db8:9:8000::/50 :: 1", Acct-Interim-Interval = 60')
$(user same 'Framed-IPv6-Prefix = 2001:db8:9:7::/64')
$(user pooled 'Framed-IPv6-Pool = "six"')
$(user unknown 'Framed-IPv6-Pool = "nowhere"')
$(user long 'Framed-IPv6-Prefix = 2001:db8:9:700::/56')
" radius_start one $AAA.2
MORE_ACL="pool six { prefix6 = \"$NETS6\" }" SERVER_ONE='coa = yes' radius_daemon
# The operator's part: the kernel's way to what is in no pool.
ip -n "$ID-srv" route add 2001:db8:9::/48 dev l2tp0

calls() { DIAL_USER=$3 dial "$1" "$2" --ipv6; }
six_of() { in_ns "$1" ip -6 -o addr show dev vpn0 scope global 2>/dev/null; }
has_six() { six_of "$1" | grep -q "$2"; }
of_user() {
	awk -v RS= -v user="User-Name = \"$1\"" -v status="Type = ${3:-}" -v n="$2" '
	index($0, user) && index($0, status) {
		k = split($0, line, "\n\t")
		for (i = 1; i <= k; i++)
			if (index(line[i], n " = ") == 1)
				print substr(line[i], length(n) + 4)
	}' "$OUT/one/detail"
}
recorded() { [ -n "$(of_user "$1" Acct-Status-Type "$2")" ]; }

calls p1 1 fixed
expect "one with a prefix and an identifier" dialled p1
expect "the kernel makes just that address" wait_for 10 has_six p1 "2001:db8:9:7::42/64"
in_ns p1 ip -6 route add 2001:db8:77::/64 dev vpn0
expect "the host behind answers" in_ns p1 ping -q -n -c 3 -i 0.2 -W 2 $BEHIND6
expect "20 MB come whole" in_ns p1 timeout 100 "$LIVE_DIR/transfer" get $BEHIND6 $MB20
ip -n "$ID-p1" addr add 2001:db8:9:8000::1/128 dev lo
expect "the network behind him is reached" in_ns lan ping -q -n -c 2 -i 0.2 -W 2 2001:db8:9:8000::1
behind() { ip -n "$ID-srv" -6 route show 2001:db8:9:8000::/50 | grep -q "dev l2tp0.*metric 1 "; }
expect "the kernel has its route, of the metric that was granted" behind
ip -n "$ID-p1" addr add 2001:db8:9:5::1/128 dev lo
expect "not from an address that is not his (N-36)" not \
	in_ns p1 ping -q -n -c 2 -i 0.2 -W 1 -I 2001:db8:9:5::1 $BEHIND6
expect "the drop has its name" says drops 'd["ip-source"] >= 2'
expect "Start names the prefix" test \
	"$(of_user fixed Framed-IPv6-Prefix Start)" = 2001:db8:9:7::/64

calls p2 2 pooled
expect "one with a pool" dialled p2
expect "has an address of it" wait_for 10 has_six p2 "2001:db8:100:"
calls p3 3 unknown
expect "one with an unknown pool" dialled p3
expect "has IPv4 alone" says sessions \
	'[(s["ipv4"], s["ipv6"], s["prefix"]) for s in d if s["user"] == "unknown"] == [(True, False, "-")]'
calls p4 4 long
expect "a prefix that is no /64 is refused" refused p4
expect "and explained" says attempts 'any(a["user"] == "long" and "no /64" in a["reason"] for a in d)'
calls p5 5 same
expect "a prefix that is taken is refused" refused p5
expect "and explained" says attempts \
	'any(a["user"] == "same" and "2001:db8:9:7::/64 is in use by fixed" in a["reason"] for a in d)'

coa() { in_ns aaa radclient -x -r 1 -t 5 $AAA.1:3799 coa "$SECRET" >"$OUT/coa" 2>&1 <<<"$1"; }
expect "a CoA does not change it" not coa \
	'User-Name = "fixed", Framed-IPv6-Pool = "six"'
expect "it is told why" grep -q 'CoA-NAK' "$OUT/coa"
expect "the network stays" says sessions \
	'[s["prefix"] for s in d if s["user"] == "fixed"] == ["2001:db8:9:7::/64"]'
expect "an Interim comes" wait_for 90 recorded fixed Interim-Update
expect "with the identifier" test \
	"$(of_user fixed Framed-Interface-Id Interim-Update | head -n 1)" = 0:0:0:42
hang_up p1
expect "the route to the network behind him goes" wait_for 15 not behind
expect "then Stop" wait_for 15 recorded fixed Stop
expect "its octets are those of both families" test \
	"$(of_user fixed Acct-Output-Octets Stop)" -ge $MB20
expect "it names the prefix, too" test \
	"$(of_user fixed Framed-IPv6-Prefix Stop)" = 2001:db8:9:7::/64
DIAL_USER=same redial p5 --ipv6
expect "now the other one may have it" wait_for 20 has_six p5 "2001:db8:9:7:"
for p in p2 p3 p5; do hang_up $p; done
expect "nothing is left" wait_for 30 server_quiet
expect "the daemon ends" server_stop
