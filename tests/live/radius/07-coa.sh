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

# moves get|put BYTES: by the first phone; took get|put: in so many seconds.
moves() {
	mkdir -p "$OUT/p1"
	in_ns p1 timeout 60 "$LIVE_DIR/transfer" "$1" $BEHIND "$2" >>"$OUT/p1/facts" 2>&1
}
took() { fact p1 "$1_seconds"; }
above() { awk "BEGIN { exit !($1 > $2) }"; }
address() {
	"$L2TPCTL" --socket "$SOCKET" sessions --json |
		"$LIVE_DIR/says" -p "[s['address'] for s in d if s['user'] == '$1'][0]"
}

dial p1 1
DIAL_USER=bob DIAL_PASSWORD=builder-of-it dial p2 2
expect "two log in" dialled p1
expect "both" dialled p2
id=$(asked one Acct-Session-Id | head -n 1)
expect "without a rate, down" moves get 1000000
expect "and up" moves put 500000
was_down=$(took get) was_up=$(took put)
expect "a CoA changes the rate" acks coa "User-Name = $LOGIN, Mikrotik-Rate-Limit = 1M/2M"
expect "of the session that is there, down" moves get 1000000
expect "and up" moves put 500000
# Four seconds each; a burst may pass at once, noise only makes it longer.
expect "2 Mbit/s" above "$(took get)" 3
expect "1 Mbit/s" above "$(took put)" 3
expect "at least twice as long as before, down" above "$(took get)" "2 * $was_down"
expect "and up" above "$(took put)" "2 * $was_up"
slow=$(took get)
expect "a CoA by address changes it again" acks coa \
	"Framed-IP-Address = $(address $LOGIN), Mikrotik-Rate-Limit = 500M/500M"
expect "down" moves get 1000000
expect "in less than half the time" above "$slow" "2 * $(took get)"
expect "an address that nobody has" naks coa \
	"Framed-IP-Address = 10.99.0.250, Mikrotik-Rate-Limit = 1M/1M" Session-Context-Not-Found
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
