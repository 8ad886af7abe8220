#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A wrong password and an unknown user are refused, each attempt saying which.
. "$(dirname "$0")/lib.sh"
begin
net_up
server_start
phone_direct p1 1 PASSWORD=looking-glass
phone_direct p2 2 LOGIN=mallory
expect "the wrong password gets no PPP" phone_ended p1 11
expect "the unknown user gets no PPP" phone_ended p2 11
expect "the attempt says: wrong password" wait_for 40 says attempts \
	'any(a["result"] == "refused" and a["user"] == "alice"
	and "wrong password" in a["reason"] for a in d)'
expect "the other says: unknown user" wait_for 40 says attempts \
	'any(a["result"] == "refused" and a["user"] == "mallory"
	and "unknown user" in a["reason"] for a in d)'
expect "nobody is in" says status 'd["sessions"] == d["logins_total"] == 0'
expect "no password is in the log" \
	bash -c "! grep -qE 'looking-glass|$PASSWORD|$PSK' '$OUT/l2tpd.log'"
expect "nothing is left" wait_for 60 server_quiet
expect "the daemon ends" server_stop
