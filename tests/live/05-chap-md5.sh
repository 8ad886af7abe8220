#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A phone that agrees to nothing but CHAP-MD5.
#
#	phone 192.168.1.2 --- home (NAT) --- net --- srv --- lan
. "$(dirname "$0")/lib.sh"
begin
net_up
nat_box home net 198.51.1.2/30 198.51.1.1/30
lan_knows_pool
server_forwards
METHODS="mschapv2, chap-md5, pap" server_start
# shellcheck disable=SC2016
phone p1 home 192.168.1.2/24 192.168.1.1/24 AUTH=chap THEN='behind $BEHIND_NET
	pings_start $BEHIND; sleep 2; pings_stop; mark up; wait_file go 20'
expect "logs in" wait_for 140 marked p1 up
expect "pings arrive" fact_above p1 ping_sent 50
expect "no ping is lost" fact_is p1 ping_lost 0
expect "the session names CHAP-MD5" says sessions \
	'[s["method"] for s in d] == ["chap-md5"]'
mark p1 go
expect "hangs up" phone_done p1
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
