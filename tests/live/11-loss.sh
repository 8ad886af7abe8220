#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The Internet loses 5 % of all packets both ways, from the first IKE message
# on: the phone logs in, 20 MB each way arrive whole, a rekey of each phase works.
#
#	phone 192.168.1.2 --- home (NAT) --- net (5 %) --- srv --- lan
. "$(dirname "$0")/lib.sh"
begin
net_up
nat_box home net 198.51.1.2/30 198.51.1.1/30
lan_knows_pool
server_forwards
net_loss 5
server_start
# shellcheck disable=SC2016
PHONE_LIMIT=240 phone p1 home 192.168.1.2/24 192.168.1.1/24 IKE_WAIT=60 \
	PPP_WAIT=600 THEN='behind $BEHIND_NET
	pings_start $BEHIND; fetch $BEHIND $MB20; send $BEHIND $MB20
	rekey child || exit 12; rekey ike || exit 12; sleep 2; pings_stop
	mark up; wait_file go 20'
expect "logs in, moves its bytes, rekeys" wait_for 200 marked p1 up
expect "20 MB each way arrive whole" transferred p1
expect "the wire did lose packets" test "$(net_lost)" -gt 100
sent=$(fact p1 ping_sent)
expect "pings were lost with it" fact_above p1 ping_lost 0
expect "but not more than a fifth" fact_below p1 ping_lost $((${sent:-0} / 5))
expect "one login" says status '(d["logins_total"], d["sessions"]) == (1, 1)'
mark p1 go
expect "hangs up" phone_done p1
expect "nothing is left" wait_for 150 server_quiet
expect "the daemon ends" server_stop
