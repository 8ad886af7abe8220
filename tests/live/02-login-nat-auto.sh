#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The same with nat auto: the host behind us knows only our own address, and
# after the end the machine's rules and switches are as they were.
#
#	phone 192.168.1.2 --- home (NAT) --- net --- srv (NAT) --- lan
. "$(dirname "$0")/lib.sh"
begin
net_up
nat_box home net 198.51.1.2/30 198.51.1.1/30
machine() {
	in_ns srv nft list ruleset
	in_ns srv sysctl net.ipv4.ip_forward
	ip -n "$ID-srv" -o link
	ip -n "$ID-srv" route
}
machine >"$OUT/machine.before"
NAT=auto server_start
# shellcheck disable=SC2016
phone p1 home 192.168.1.2/24 192.168.1.1/24 THEN='behind $BEHIND_NET
	pings_start $BEHIND; fetch $BEHIND $MB20; send $BEHIND $MB20; pings_stop'
expect "logs in, moves its bytes, hangs up" phone_done p1
expect "20 MB each way arrive whole" transferred p1
expect "pings were sent all the while" fact_above p1 ping_sent 50
expect "no ping is lost" fact_is p1 ping_lost 0
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
machine >"$OUT/machine.after"
expect "rules, forwarding, links and routes are as before" \
	diff -u "$OUT/machine.before" "$OUT/machine.after"
