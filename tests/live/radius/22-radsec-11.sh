#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# RADIUS/1.1 (RFC 9765) against a small server of ours: no other was at hand, so
# this proves that two readings of the RFC by the same people agree, no more.
# And: a server that knows nothing of it is spoken to as ever.
. "$(dirname "$0")/lib-radsec.sh"
begin
net_up
aaa_up
server_forwards
certificates
RADIUS_EXTRA=$(radsec_listener $AAA.2) radius_start one $AAA.2
peer v11 2111
NAME="tls-name = \"$RADSEC_NAME\"" OFFER="tls-radius-1.1 = yes"

MORE=$(radsec_server new $AAA.2 2111 "$NAME" "$OFFER"; radsec_use new) \
	METHODS=pap server_start
dial p1 1 --auth pap
expect "logs in by RADIUS/1.1" dialled p1
expect "that is what was agreed" \
	grep -q 'radsec server=new state=connected tls=TLSv1.3 .*radius=1.1' "$OUT/l2tpd.log"
DIAL_PASSWORD=wrong dial p2 2 --auth pap
expect "a wrong password is refused" refused p2
hang_up p1
expect "three accounting records were taken" wait_for 10 count_is 3 \
	grep 'code 4' "$OUT/peer-v11"
expect "nothing of MD5 was in them" test "$(grep -c bad "$OUT/peer-v11")" = 0
expect "the daemon ends" server_stop

MORE=$(radsec_server as-ever $AAA.2 2083 "$NAME" "$OFFER"; radsec_use as-ever) \
	METHODS=mschapv2 server_start
redial p1
expect "logs in where RADIUS/1.1 is unknown" dialled p1
expect "by RADIUS/1.0" \
	grep -q 'radsec server=as-ever state=connected tls=TLSv1.3 .*radius=1.0' "$OUT/l2tpd.log"
hang_up p1
expect "the daemon ends" server_stop
