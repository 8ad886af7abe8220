#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Phones that come and go leave nothing: no session, tunnel, SA, lease or
# descriptor; not by hanging up, not by losing their power.
. "$(dirname "$0")/lib.sh"
begin
net_up
lan_knows_pool
server_forwards
IPSEC="dpd-interval = 5s
	dpd-tries = 2" PPP="echo-interval = 5s
	echo-failures = 2" server_start
expect "nothing is there at the start" server_quiet
fds=$(server_fds)
routes=$(ip -n "$ID-srv" route | sort)
# shellcheck disable=SC2016
then='behind $BEHIND_NET; ping -c 5 -i 0.05 -q $BEHIND >$SHARE/p; mark up
	wait_file go 60'
phone_direct p1 1 THEN="$then"
expect "a phone is up" wait_for 140 marked p1 up
expect "its lease is counted" says status 'sum(p["used"] for p in d["pools"]) == 1'
mark p1 go
expect "it hangs up" phone_done p1
expect "nothing is left within 5 s" wait_for 5 server_quiet
expect "the same descriptors" test "$(server_fds)" = "$fds"
phone_direct p2 2 THEN="$then"
expect "another phone is up" wait_for 140 marked p2 up
for p in $(ip netns pids "$ID-net"); do
	kill -KILL "$p"
done
expect "its power fails" phone_ended p2 124
expect "it is gone within 40 s" wait_for 40 server_quiet
expect "the same descriptors" test "$(server_fds)" = "$fds"
expect "the same routes" test "$(ip -n "$ID-srv" route | sort)" = "$routes"
expect "two logins are on record" says status 'd["logins_total"] == 2'
expect "the daemon ends" server_stop
expect "no link of ours is left" bash -c \
	"! ip -n $ID-srv -o link | grep -q l2tp"
