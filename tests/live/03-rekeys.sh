#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Three forced rekeys of each phase under a ping every 20 ms: none is lost and
# the session stays the same one.
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
	pings_start $BEHIND; sleep 1
	for n in 1 2 3; do
		rekey child || exit 12
		sleep 1
		rekey ike || exit 12
		sleep 1
	done
	pings_stop; mark rekeyed; wait_file go 20'
expect "six rekeys" wait_for 140 marked p1 rekeyed
expect "at least 300 pings" fact_above p1 ping_sent 300
expect "no ping is lost" fact_is p1 ping_lost 0
expect "no ping comes twice" fact_is p1 ping_double 0
expect "one login, one session, still up" says status \
	'(d["logins_total"], d["sessions"], d["tunnels"]) == (1, 1, 1)'
mark p1 go
expect "hangs up" phone_done p1
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
