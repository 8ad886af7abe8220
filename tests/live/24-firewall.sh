#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What quickstart --host says of a machine's packet filter: real rules of
# nftables, iptables-legacy and iptables-nft in a namespace, one set after the
# other, and a phone's packets led through them.
. "$(dirname "$0")/lib.sh"
begin
space fw

# asked: the answer to $OUT/said, the status in rc.
asked() {
	in_ns fw "$TOP/l2tpd/firewall" >"$OUT/said" 2>&1
	rc=$?
}
said() { grep -qE -- "$1" "$OUT/said"; }
# rules TEXT: this ruleset of nftables and no other.
rules() {
	in_ns fw nft -f - <<-END || give_up "nft takes not: $1"
	flush ruleset
	$1
	END
	asked
}
# input POLICY RULES...: a chain with these, asked.
input() {
	rules "table inet filter {
		set doors { type inet_service; elements = { 500, 4500 }; }
		set bad { type ipv4_addr; elements = { 192.0.2.66 }; }
		chain ours { udp dport { 500, 4500 } accept; meta l4proto esp accept; }
		chain shut { meta l4proto { tcp, udp } reject; }
		chain input {
			type filter hook input priority 0; policy $1;
			$2
		}
	}"
}
# opens TEXT, closes TEXT WHAT, unsure TEXT: of what was just asked.
opens() { expect "$1: open" test "$rc-$(grep -cE 'chain .* closes|decided' "$OUT/said")" = 0-0; }
closes() {
	expect "$1: closes $2" said "chain .* closes $2\."
	expect "which is the status, too" test $rc = 1
}
unsure() {
	expect "$1: undecided" said "could not be decided"
	expect "which is the status, too" test $rc = 1
}
ALL='UDP 500, UDP 4500, protocol 50'
ESP='meta l4proto esp accept'

rules ''
opens "no rules"
input accept ''
opens "policy accept"
input drop ''
closes "policy drop" "$ALL"
expect "what to type" said \
	"nft insert rule inet filter input udp dport '. 500, 4500 .' accept"
input drop "tcp dport { 500, 4500 } accept; $ESP"
closes "accepted for TCP" 'UDP 500, UDP 4500'
input drop "udp sport { 500, 4500 } accept; tcp dport 22 accept"
unsure "accepted by source port"
input drop "udp dport { 500, 4500 } accept"
closes "no protocol 50" 'protocol 50'
expect "what to type" said 'nft insert rule inet filter input meta l4proto esp'
input drop "udp dport { 500, 4500 } accept; $ESP"
opens "accepted"
expect "and said so" said 'drops by default, but lets us in'
input drop "udp dport @doors accept; ip protocol esp accept; ip6 nexthdr esp accept"
opens "accepted by a named set"
input drop "udp dport 400-5000 accept; ip protocol esp accept"
closes "protocol 50 of IPv4 only" 'protocol 50'
input accept "udp dport 500 drop"
closes "policy accept, one port dropped" 'UDP 500'
input accept "tcp dport 500 drop; ct state invalid drop; ip saddr @bad drop"
opens "policy accept, others dropped"
input accept "ct state established,related accept; iif lo accept; tcp dport 22 accept; counter log reject"
closes "a reject at the end" "$ALL"
input drop "ct state vmap { established : accept, invalid : drop }; jump ours"
opens "in a chain that is jumped to"
input drop "udp dport vmap { 500 : accept, 4500 : goto ours }; $ESP"
opens "by a verdict map"
input accept "goto shut"
closes "a chain that is gone to" 'UDP 500, UDP 4500'
input accept "udp dport 53 jump shut; ip saddr 192.0.2.0/24 jump shut"
opens "jumps that are for others"
input drop "ip saddr 192.0.2.0/24 accept; ip6 saddr 2001:db8::/32 accept"
closes "some networks only" "$ALL"
input drop "iifname eth7 accept"
unsure "one interface of no default route"
expect "and where to look" said 'nft list chain inet filter input'
ip -n "$ID-fw" link add eth7 type veth peer name eth8
ip -n "$ID-fw" addr add 192.0.2.2/24 dev eth7
ip -n "$ID-fw" link set eth7 up
ip -n "$ID-fw" route add default via 192.0.2.1
asked
opens "the interface of the default route"
rules 'table ip raw { chain pre {
	type filter hook prerouting priority raw; udp dport 4500 drop; }
	}'
closes "before the routing" 'UDP 4500'

# As firewalld builds them: zones behind jumps, a reject at each end.
zones() {
	rules "table inet firewalld {
		chain pre {
			type filter hook prerouting priority filter + 10;
			icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
			meta nfproto ipv6 fib saddr . mark . iif oif missing drop
		}
		chain public {
			jump public_allow
			meta l4proto { icmp, ipv6-icmp } accept
			reject with icmpx admin-prohibited
		}
		chain public_allow { $1; }
		chain zones { iifname eth9 goto public; goto public; }
		chain input {
			type filter hook input priority filter + 10;
			ct state { established, related } accept
			ct status dnat accept
			iifname lo accept
			ct state invalid drop
			jump zones
			reject with icmpx admin-prohibited
		}
	}"
}
zones "tcp dport 22 accept; ip6 daddr fe80::/64 udp dport 546 accept"
closes "zones, none of which knows us" "$ALL"
expect "what to type" said 'firewall-cmd --permanent --add-protocol=esp'
zones "udp dport { 500, 4500 } accept; $ESP"
opens "zones that let us in"
in_ns fw setpriv --reuid=65534 --regid=65534 --clear-groups \
	/usr/bin/python3 - <"$TOP/l2tpd/firewall" >"$OUT/said" 2>&1
rc=$?
expect "not root: status 1" test $rc = 1
expect "and said so" said 'it takes root'

# ---- iptables ---------------------------------------------------------------

rules ''
t() { in_ns fw "iptables-$1" "${@:2}" || give_up "iptables-$*"; }
for kind in legacy nft; do
	t $kind -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	t $kind -A INPUT -i lo -j ACCEPT
	t $kind -A INPUT -p tcp -m multiport --dports 500,4500 -j ACCEPT
	t $kind -A INPUT -j REJECT
	asked
	closes "iptables-$kind, a reject at the end" "$ALL"
	expect "what to type" said "iptables-$kind -t filter -I INPUT -p esp -j ACCEPT"
	t $kind -N mine
	t $kind -I INPUT -m addrtype --dst-type LOCAL -j mine
	t $kind -A mine -p udp -m multiport --dports 500,4500 -j ACCEPT
	t $kind -A mine -p esp -s 192.0.2.0/24 -j ACCEPT
	asked
	closes "iptables-$kind, a chain that is jumped to" 'protocol 50'
	t $kind -A mine -p esp -m mark --mark 1 -j ACCEPT
	asked
	unsure "iptables-$kind, a condition that is not known"
	t $kind -A mine ! -p tcp -j ACCEPT
	asked
	opens "iptables-$kind, anything but TCP"
	t $kind -F
	t $kind -X mine
	t $kind -P INPUT DROP
	asked
	closes "iptables-$kind, the policy" "$ALL"
	t $kind -P INPUT ACCEPT
done
