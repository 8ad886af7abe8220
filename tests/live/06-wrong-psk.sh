#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A wrong pre-shared key is refused, and the attempt says so by name.
. "$(dirname "$0")/lib.sh"
begin
net_up
server_start
phone_direct p1 1 PSK=not-the-secret-of-this-server IKE_WAIT=8
expect "the phone gets no IKE" phone_ended p1 10
expect "the attempt names the pre-shared key" wait_for 40 says attempts \
	'd[0]["result"] == "refused"
	and "pre-shared key" in d[0]["reason"].lower().replace("psk",
	"pre-shared key")'
expect "and the phone's address" says attempts \
	'd[0]["client"].startswith("198.51.101.2:")'
expect "nobody is in" says status 'd["sessions"] == d["logins_total"] == 0'
expect "nothing is left" wait_for 60 server_quiet
expect "the daemon ends" server_stop
