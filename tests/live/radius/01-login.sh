#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Logins of every method through a real FreeRADIUS, what it grants, and its
# accounting records compared with what the client moved.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
# shellcheck disable=SC2016
RADIUS_REPLY='	Service-Type = Framed-User, Framed-Protocol = PPP,
	Framed-IP-Address = 10.99.0.77, Reply-Message = "welcome",
	Class = 0x0102ff, Class += "second", Session-Timeout = 3600,
	MS-Primary-DNS-Server = 10.77.0.53
bob Cleartext-Password := "builder-of-it"
carol Cleartext-Password := "carols-own"' radius_start one $AAA.2
METHODS="mschapv2, chap-md5, pap" radius_daemon

dial p1 1
expect "logs in with MS-CHAPv2" dialled p1
expect "with the address that RADIUS gave" says sessions \
	'[s["address"] for s in d] == ["10.99.0.77"]'
expect "and its name server" grep -q 'dns=10.77.0.53' "$OUT/p1.log"
expect "the host behind answers" in_ns p1 ping -n -c 3 -i 0.2 -W 2 $BEHIND
expect "Accounting-On came first" test "$(acct one Acct-Status-Type | head -n 1)" = Accounting-On
expect "then Start" wait_for 5 count_is 2 acct one Acct-Status-Type
expect "the request names the phone" test "$(asked one Calling-Station-Id | head -n 1)" = 198.51.101.2
expect "and what was dialled" test "$(asked one Called-Station-Id | head -n 1)" = $SERVER
expect "Message-Authenticator is in it" test -n "$(asked one Message-Authenticator)"
hang_up p1
expect "Stop follows" wait_for 10 grep -q 'Acct-Status-Type = Stop' "$OUT/one/detail"
expect "it says why" grep -q 'Acct-Terminate-Cause = User-Request' "$OUT/one/detail"
expect "Class comes back, all of it, in order" test \
	"$(acct one Class | tail -n 2 | tr '\n' ' ')" = "0x0102ff 0x7365636f6e64 "
expect "one session id in all" test "$(acct one Acct-Session-Id | sort -u | wc -l)" = 2

DIAL_USER=bob DIAL_PASSWORD=builder-of-it dial p2 2 --auth pap
expect "logs in with PAP" dialled p2
DIAL_USER=carol DIAL_PASSWORD=carols-own dial p3 3 --auth chap-md5
expect "logs in with CHAP-MD5" dialled p3
DIAL_PASSWORD=wrong dial p4 4
expect "a wrong password is refused" refused p4
expect "and explained" says attempts \
	'any("the RADIUS server refused" in a["reason"] for a in d)'
hang_up p2
hang_up p3
expect "nothing is left" wait_for 15 server_quiet
stops() { acct one Acct-Status-Type | grep '^Stop$'; }
expect "three sessions were accounted" wait_for 10 count_is 3 stops
expect "the daemon ends" server_stop
expect "Accounting-Off came last" test "$(acct one Acct-Status-Type | tail -n 1)" = Accounting-Off
