#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# CoA- and Disconnect-Requests of radclient, a program of FreeRADIUS.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
RADIUS_REPLY='bob Cleartext-Password := "builder-of-it"' radius_start one $AAA.2
# shellcheck disable=SC2034
SERVER_ONE='coa = yes'
MORE_ACL='acl silent { rule = { "deny both any from any to any" } }
user-group vip { rate-down = 50M }' radius_daemon

# ask KIND ATTRIBUTES: what radclient was answered.
ask() {
	printf '%s\n' "$2" | in_ns aaa radclient -x -r 2 -t 2 -D "$OUT/one" \
		"$AAA.1:3799" "$1" "${3:-$SECRET}" 2>&1
}
acks() { ask "$@" | grep -q 'Received .*-ACK'; }
silent() { ! ask "$@" | grep -q Received; }
naks() { ask "$1" "$2" | grep -q "Error-Cause = $3"; }

dial p1 1
DIAL_USER=bob DIAL_PASSWORD=builder-of-it dial p2 2
expect "two log in" dialled p1
expect "both" dialled p2
id=$(asked one Acct-Session-Id | head -n 1)
expect "a CoA changes the rate" acks coa "User-Name = $LOGIN, Mikrotik-Rate-Limit = 2M/3M"
expect "the host behind answers" in_ns p1 ping -q -n -c 2 -i 0.2 -W 2 $BEHIND
expect "a CoA gives a filter" acks coa "Acct-Session-Id = \"$id\", Filter-Id = silent"
cut_off() { ! in_ns "$1" ping -q -n -c 2 -i 0.2 -W 1 $BEHIND >/dev/null; }
expect "it holds at once" cut_off p1
expect "not for the other" in_ns p2 ping -q -n -c 2 -i 0.2 -W 2 $BEHIND
expect "an unknown filter is refused" naks coa \
	"User-Name = $LOGIN, Filter-Id = nothing" Invalid-Attribute-Value
expect "an address cannot be changed" naks coa \
	"User-Name = $LOGIN, Framed-IPv6-Prefix = 2001:db8::/64" Unsupported-Attribute
expect "nobody of that name" naks coa \
	"User-Name = nobody, Session-Timeout = 60" Session-Context-Not-Found
expect "a wrong secret is not answered" silent coa \
	"User-Name = $LOGIN, Session-Timeout = 60" wrong
expect "a Disconnect ends one of them" acks disconnect "User-Name = $LOGIN"
expect "that one" wait_for 10 says sessions '[s["user"] for s in d] == ["bob"]'
expect "with its cause" wait_for 10 grep -q 'Acct-Terminate-Cause = Admin-Reset' "$OUT/one/detail"
expect "a Session-Timeout in the past ends the other" acks coa "User-Name = bob, Session-Timeout = 1"
expect "it, too" wait_for 10 says sessions 'd == []'
expect "with its cause" wait_for 10 grep -q 'Acct-Terminate-Cause = Session-Timeout' "$OUT/one/detail"
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
