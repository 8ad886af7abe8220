#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A server that asks the user's telephone and answers after a minute: one push,
# one login, though each side repeats itself meanwhile; and nobody else waits.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
# shellcheck disable=SC2016 # unlang
RADIUS_POST='if (&User-Name == "alice") {
	update control { &Tmp-Integer-0 := 60 }
	slow
}' RADIUS_REPLY='bob Cleartext-Password := "builder-of-it"' radius_start one $AAA.2
# shellcheck disable=SC2034
SERVER_ONE='quiet-time = 1s
fail-time = 4s' radius_daemon

pushes() { asked one User-Name | grep -c '^alice$'; }
begun=$SECONDS
dial p1 1 --patience 120
expect "the question reaches the server" wait_for 10 grep -q alice "$OUT/one/requests"
DIAL_USER=bob DIAL_PASSWORD=builder-of-it dial p2 2
expect "another logs in meanwhile" dialled p2
expect "the first still waits" not has_address p1
expect "its attempt goes on" says attempts \
	'[a["result"] for a in d if a["client"].startswith("198.51.101.")] == ["going"]'
expect "it logs in when the user has confirmed" dialled p1 100
expect "after that minute" test $((SECONDS - begun)) -ge 59
expect "the host behind answers" in_ns p1 ping -q -n -c 2 -i 0.2 -W 2 $BEHIND
expect "one push" test "$(pushes)" = 1
expect "one attempt" says attempts \
	'len([a for a in d if a["client"].startswith("198.51.101.")]) == 1'
expect "the question was repeated, and the server probed" says radius \
	'any(r["server"] == "one" and r["service"] == "auth" and r["probes"] > 0
		and r["probes_lost"] == 0 and r["repeated"] > 0 for r in d)'
expect "it stayed up all the time" says radius \
	'[r["state"] for r in d if r["server"] == "one"] == ["up", "up"]'
expect "nothing was asked of the other" says radius \
	'[r["asked"] for r in d if r["server"] == "two"] == [0, 0]'
hang_up p1
hang_up p2
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
