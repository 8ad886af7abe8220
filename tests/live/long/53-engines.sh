#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What other cases use where it is there is switched off: encryption many
# packets at a time, and the exchange of many packets with the kernel.
#
#	phone 192.168.1.2 --- home (NAT) --- net --- srv (NAT) --- lan
. "$(dirname "$0")/../lib.sh"
begin
net_up
nat_box home net 198.51.1.2/30 198.51.1.1/30

# without NUMBER SETTING EXPECTED-OF-STATUS
without() {
	GLOBAL=$2 NAT=auto server_start
	expect "$2: status tells" says status "$3"
	# shellcheck disable=SC2016
	phone "p$1" home "192.168.$1.2/24" "192.168.$1.1/24" \
		THEN='behind $BEHIND_NET
		pings_start $BEHIND; fetch $BEHIND $MB20; send $BEHIND $MB20; pings_stop'
	expect "$2: a phone logs in, moves its bytes, hangs up" phone_done "p$1"
	expect "$2: 20 MB each way arrive whole" transferred "p$1"
	expect "$2: no ping is lost" fact_is "p$1" ping_lost 0
	expect "$2: nothing is left" wait_for 15 server_quiet
	expect "$2: the daemon ends" server_stop
}
without 1 "esp-engine = openssl" "d['engine'] == 'openssl' and d['engine_why'] == 'as configured'"
without 2 "offload = no" "d['engine'] in ('openssl', 'ipsec-mb')"
