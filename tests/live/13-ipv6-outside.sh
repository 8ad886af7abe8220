#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# IKE and ESP over IPv6.  xl2tpd speaks IPv4 only, so the L2TP inside is a
# request for a control connection and its answer, which only authentic ESP
# can carry.
#
#	phone 2001:db8:101::2 --- net --- srv 2001:db8:113::10
. "$(dirname "$0")/lib.sh"
begin
net_up
server_start
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
