#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# RadSec: logins and accounting over FreeRADIUS' own TLS and over radsecproxy;
# a server that is restarted; one that will not have our certificate.
. "$(dirname "$0")/lib-radsec.sh"
begin
net_up
aaa_up
server_forwards
certificates
RADIUS_EXTRA=$(radsec_listener $AAA.2) radius_start one $AAA.2
proxy_start

MORE=$(radsec_server direct $AAA.2 2083 "tls-name = \"$RADSEC_NAME\"" \
	"dead-time = \"2s\"" "fail-time = \"4s\""; radsec_use direct) server_start
dial p1 1
expect "logs in over FreeRADIUS' TLS" dialled p1
expect "it is TLS 1.3" grep -q 'radsec server=direct state=connected tls=TLSv1.3' "$OUT/l2tpd.log"
expect "Accounting-On came first" test "$(acct one Acct-Status-Type | head -n 1)" = Accounting-On
hang_up p1
expect "Start and Stop came too" wait_for 10 grep -q 'Acct-Status-Type = Stop' "$OUT/one/detail"
DIAL_PASSWORD=wrong dial p2 2
expect "a wrong password is refused" refused p2
expect "and explained" says attempts \
	'any("the RADIUS server refused" in a["reason"] for a in d)'
expect "l2tpctl shows it up" state direct up ''

radius_stop one
expect "the end of the server is noticed" wait_for 5 lost direct 'it closed the connection'
redial p2
sleep 1
expect "the login waits or is refused, nobody is in" test -z "$(says sessions 'd')"
hang_up p2
expect "the server is marked down" wait_for 20 state direct down 'Connection refused'
radius_run one
expect "it is found again without a question" wait_for 15 state direct up ''
redial p2
expect "and asked again" dialled p2
hang_up p2
expect "all is accounted" wait_for 10 count_is 2 grep 'Acct-Status-Type = Stop' "$OUT/one/detail"
kill -STOP "${radius_pid[one]}"
expect "frozen while nothing is asked of it, the watchdog tells" \
	wait_for 60 state direct down 'no answer to Status-Server'
kill -CONT "${radius_pid[one]}"
expect "and when it lives again" wait_for 30 state direct up ''
expect "the daemon ends" server_stop
expect "Accounting-Off came last" test "$(acct one Acct-Status-Type | tail -n 1)" = Accounting-Off

rm -f "$OUT/one/detail"
MORE=$(radsec_server proxy $AAA.3 2083; radsec_use proxy) server_start
redial p1
expect "logs in over radsecproxy, known by its address" dialled p1
hang_up p1
expect "and is accounted" wait_for 10 grep -q 'Acct-Status-Type = Stop' "$OUT/one/detail"
expect "the daemon ends" server_stop

RADSEC_CERT=stranger
MORE=$(radsec_server direct $AAA.2 2083 "tls-name = \"$RADSEC_NAME\""
	radsec_server proxy $AAA.3 2083
	radsec_use direct proxy) server_start
expect "a server that refuses our certificate is down, and why is shown" \
	wait_for 10 state proxy down 'it refused us: unknown CA'
expect "so does the log" lost proxy 'it refused us: unknown CA'
expect "one that says nothing is guessed at" \
	wait_for 10 state direct down 'does it take our certificate'
expect "the daemon ends" server_stop
