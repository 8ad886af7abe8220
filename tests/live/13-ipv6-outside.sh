#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# IKE and ESP over IPv6.  xl2tpd speaks IPv4 only, so the L2TP inside is a
# request for a control connection and its answer, which only authentic ESP
# can carry.  N-37: the same request in the clear, on every kind of address of the
# concentrator, meets nobody, and the daemon does not see it.
#
#	phone 2001:db8:101::2 --- net --- srv 2001:db8:113::10
. "$(dirname "$0")/lib.sh"
begin
net_up
server_start

# What the daemon counts, but its age.
counted() {
	"$L2TPCTL" --socket "$SOCKET" status --json |
		"$LIVE_DIR/says" -p '{k: v for k, v in d.items() if k != "uptime_s"}'
	"$L2TPCTL" --socket "$SOCKET" drops --json | "$LIVE_DIR/says" -p d
	"$L2TPCTL" --socket "$SOCKET" attempts --json | "$LIVE_DIR/says" -p d
}
# in_the_clear SPACE HOST...: noted, as nothing that answers is there.
in_the_clear() {
	local where=$1
	shift
	in_ns "$where" "$LIVE_DIR/sccrq" --clear "$@" >>"$OUT/clear"
}
counted >"$OUT/counted.before"
expect "in the clear from outside, IPv4 and IPv6: no answer" \
	in_the_clear net $SERVER $SERVER6
expect "in the clear on the machine itself: no answer" \
	in_the_clear srv 127.0.0.1 ::1 $SERVER $SERVER6
expect "the kernel says that nobody is there" \
	test "$(tr -s '\n ' '\n' <"$OUT/clear" | uniq -c)" = "      6 refused"
counted >"$OUT/counted.after"
expect "the daemon has its counters" grep -q udp-short "$OUT/counted.before"
expect "and none has moved" diff "$OUT/counted.before" "$OUT/counted.after"

# shellcheck disable=SC2016
ADDR6=2001:db8:101::2/64 GW6=2001:db8:101::1/64 phone_direct p1 1 \
	SERVER=$SERVER6 ONLY=ike THEN='"$HERE/sccrq" $SERVER >>$SHARE/facts
	rekey child && "$HERE/sccrq" $SERVER >>$SHARE/facts'
expect "IKE, ESP, a control connection, a rekey, another one" phone_done p1
expect "the answer names a host" test -n "$(fact p1 sccrp_host)"
expect "the attempt saw ESP" says attempts \
	'any("2001:db8:101::2" in a["client"] and a["stage"]
	in ("esp seen", "l2tp tunnel") for a in d)'
expect "nothing is left" wait_for 60 server_quiet
expect "the daemon ends" server_stop
