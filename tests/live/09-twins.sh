#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Two phones with the same private address, a NAT each, under one common NAT,
# at once: two sessions, and nobody gets the other's packets.
#
#	p1 192.168.1.2 --- flat1 (NAT) --+
#	                                 +-- house (NAT) --- net --- srv --- lan
#	p2 192.168.1.2 --- flat2 (NAT) --+
. "$(dirname "$0")/lib.sh"
begin
net_up
nat_box house net 198.51.1.2/30 198.51.1.1/30
nat_box flat1 house 10.1.0.2/30 10.1.0.1/30
nat_box flat2 house 10.2.0.2/30 10.2.0.1/30
lan_knows_pool
server_forwards
server_start
# shellcheck disable=SC2016
then='behind $BEHIND_NET; mark up; wait_file both 60
	pings_start $BEHIND; fetch $BEHIND 5000000; send $BEHIND 5000000
	rekey child || exit 12; sleep 1
	pings_stop; mark finished; wait_file go 60'
phone p1 flat1 192.168.1.2/24 192.168.1.1/24 THEN="$then"
phone p2 flat2 192.168.1.2/24 192.168.1.1/24 LOGIN=bob PASSWORD=builder-of-it \
	THEN="$then"
expect "the first is up" wait_for 140 marked p1 up
expect "the second is up" wait_for 140 marked p2 up
expect "two sessions from one public address" says sessions \
	'len(d) == 2 and {s["user"] for s in d} == {"alice", "bob"}
	and len({s["address"] for s in d}) == 2
	and {s["client"].rsplit(":", 1)[0] for s in d} == {"198.51.1.2"}
	and len({s["client"] for s in d}) == 2'
mark p1 both
mark p2 both
expect "the first has done its work" wait_for 140 marked p1 finished
expect "the second has done its work" wait_for 140 marked p2 finished
for p in p1 p2; do
	expect "$p: its bytes arrive whole" transferred $p
	expect "$p: pings were sent all the while" fact_above $p ping_sent 50
	expect "$p: no ping is lost" fact_is $p ping_lost 0
	expect "$p: no ping comes twice" fact_is $p ping_double 0
done
expect "both are still in" says status 'd["sessions"] == 2'
mark p1 go
mark p2 go
expect "the first hangs up" phone_done p1
expect "the second hangs up" phone_done p2
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
