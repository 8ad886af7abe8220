#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Without a NAT ESP comes as IP protocol 50, with no UDP around it.
#
#	phone 198.51.101.2 --- net --- srv --- lan
. "$(dirname "$0")/lib.sh"
begin
net_up
lan_knows_pool
server_forwards
in_ns net nft -f - <<END
table ip seen {
	counter native { }
	counter wrapped { }
	chain forward {
		type filter hook forward priority 0;
		ip protocol esp counter name native
		udp dport 4500 counter name wrapped
	}
}
END
seen() {
	in_ns net nft list counter ip seen "$1" |
		sed -n 's/.*packets \([0-9]*\).*/\1/p'
}
server_start
# shellcheck disable=SC2016
phone_direct p1 1 THEN='behind $BEHIND_NET
	pings_start $BEHIND; fetch $BEHIND $MB20; send $BEHIND $MB20
	rekey child || exit 12; sleep 1; pings_stop
	mark up; wait_file go 20'
expect "logs in and moves its bytes" wait_for 140 marked p1 up
expect "20 MB each way arrive whole" transferred p1
expect "pings were sent all the while" fact_above p1 ping_sent 50
expect "no ping is lost" fact_is p1 ping_lost 0
expect "the session says: esp" says sessions '[s["encap"] for s in d] == ["esp"]'
expect "the wire carried protocol 50" test "$(seen native)" -gt 10000
expect "and nothing on port 4500" test "$(seen wrapped)" = 0
mark p1 go
expect "hangs up" phone_done p1
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
