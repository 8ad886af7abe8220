#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A phone behind a NAT logs in with MS-CHAPv2 and moves 20 MB each way to the
# host behind us, which knows the way back (nat off).
#
#	phone 192.168.1.2 --- home (NAT) --- net --- srv --- lan
. "$(dirname "$0")/lib.sh"
begin
net_up
nat_box home net 198.51.1.2/30 198.51.1.1/30
lan_knows_pool
server_forwards
server_start
# shellcheck disable=SC2016
phone p1 home 192.168.1.2/24 192.168.1.1/24 THEN='behind $BEHIND_NET
	pings_start $BEHIND; fetch $BEHIND $MB20; send $BEHIND $MB20; pings_stop
	mark up; wait_file go 20'
expect "logs in and moves its bytes" wait_for 140 marked p1 up
expect "20 MB each way arrive whole" transferred p1
expect "pings were sent all the while" fact_above p1 ping_sent 50
expect "no ping is lost" fact_is p1 ping_lost 0
expect "no ping comes twice" fact_is p1 ping_double 0
expect "one session, MS-CHAPv2, UDP, with the phone's address" says sessions \
	"[(s['user'], s['method'], s['encap'], s['state'], s['address']) for s in d]
	== [('alice', 'mschapv2', 'udp', 'up', '$(fact p1 address | cut -d/ -f1)')]"
expect "it counted the bytes" says sessions \
	'd[0]["rx_bytes"] > 20000000 and d[0]["tx_bytes"] > 20000000'
# N-37: L2TP is inside ESP, nowhere else.
expect "nothing listens on UDP 1701" bash -c \
	"! ip netns exec $ID-srv ss -Hlun | grep -q ':1701 '"
mark p1 go
expect "hangs up" phone_done p1
expect "nothing is left" wait_for 15 server_quiet
expect "the attempt is on record" says attempts \
	'len(d) == 1 and d[0]["result"] == "up" and d[0]["user"] == "alice"'
expect "the daemon ends" server_stop
