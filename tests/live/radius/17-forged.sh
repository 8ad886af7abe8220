#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# N-81: one who knows the secret answers our Access-Request before the server
# does, from another address and from another port: the kernel keeps it from our
# connected socket, and what the server says later is what counts.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
# The server answers after two seconds, and knows only one of the passwords.
# shellcheck disable=SC2016 # unlang
RADIUS_AUTHORIZE='update control { &Tmp-Integer-0 := 2 }
slow' radius_start one $AAA.2
ip -n "$ID-aaa" addr add $AAA.9/24 dev aaa
ip netns exec "$ID-aaa" "$LIVE_DIR/radius/forger" aaa $AAA.2 "$SECRET" >"$OUT/forger" 2>&1 &
pids+=($!)
expect "the forger listens" wait_for 5 grep -q ready "$OUT/forger"
METHODS=pap radius_daemon

forged() { wait_for 10 grep -q "^$1 $2\$" "$OUT/forger"; }
of() { says radius "[r['$1'] for r in d if r['server'] == 'one' and r['service'] == 'auth'] == [$2]"; }

n=0
for from in "address $AAA.9 1812" "port $AAA.2 1899"; do
	read -r how where <<<"$from"
	begun=$SECONDS
	DIAL_PASSWORD=$how dial "$how" $((n += 1))
	expect "from another $how: an Accept is sent" forged "$how" "$where"
	expect "nobody is let in" refused "$how"
	expect "the server answered" test $((SECONDS - begun)) -ge 2
done
expect "by refusals, both" says attempts \
	'len(d) == 2 and all("the RADIUS server refused" in a["reason"] for a in d)'
expect "it answered both" of rejects 2
expect "nothing else was an answer" of answered 2
expect "and nothing else came to us" of forged 0

DIAL_PASSWORD=answer dial p3 3
expect "from its address and port the same bytes are an Accept" dialled p3
expect "which was sent" forged answer "$AAA.2 1812"
dial p4 4
expect "and the server itself lets in who has the password" dialled p4
expect "after its time" of accepts 2
hang_up p3
hang_up p4
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
