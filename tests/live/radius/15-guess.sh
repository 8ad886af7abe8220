#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Wrong passwords lock a user out at one source: the right one is refused there
# without a question to RADIUS, and lets in elsewhere, and after unlock.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
radius_start one $AAA.2
MORE_ACL='
limits {
	auth-delay = 0
	auth-delay-max = 0
	lockout-user = 3
}' METHODS=pap radius_daemon

questions() { asked one User-Name | wc -l; }
still() { [ "$(questions)" = "$1" ]; }
ctl() { "$L2TPCTL" --socket "$SOCKET" "$@" >>"$OUT/l2tpctl.log" 2>&1; }
locked() { says locks "$1"; }

DIAL_PASSWORD=guess-1 dial p1 1
expect "a wrong password is refused" refused p1
DIAL_PASSWORD=guess-2 redial p1
expect "another" refused p1
expect "nobody is locked out yet" locked 'd == []'
DIAL_PASSWORD=guess-3 redial p1
expect "the third" refused p1
expect "the list shows who is locked out, and where" locked \
	'[(l["kind"], l["user"], l["source"], l["failures"]) for l in d]
	== [("pair", "alice", "198.51.101.2", 3)]'
expect "until a quarter of an hour later" locked \
	'[l["until"] - l["since"] for l in d] == [900]'
n=$(questions)
expect "RADIUS was asked three times" test "$n" = 3
redial p1
expect "now the right password is refused" refused p1
expect "and nobody asked about it" still "$n"
expect "the attempt says why, and what to do" says attempts \
	'any("user locked out after 3 failed logins from 198.51.101.2 until"
	in a["reason"] and "UTC: l2tpctl unlock alice" in a["reason"] for a in d)'
expect "so does the log" grep -q 'login failed .*reason="user locked out' "$OUT/l2tpd.log"
expect "it is counted" says status '(d["failures_total"], d["lockouts_total"],
	d["refused_while_locked_total"], d["locked"]) == (3, 1, 1, 1)'
expect "also as dropped" says drops 'd["lns-locked"] == 1'
dial p2 2
expect "from elsewhere he is let in" dialled p2
hang_up p2
n=$(questions)
expect "another's lock is not his" not ctl unlock bob
redial p1
expect "which does not let him in" refused p1
expect "RADIUS is not asked" still "$n"
expect "unlock" ctl unlock alice
expect "the list is empty" locked 'd == []'
expect "the log says so" grep -q 'unlock name=alice locks=1' "$OUT/l2tpd.log"
redial p1
expect "the right password lets in" dialled p1
hang_up p1
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
