#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# No common proposal, in phase 1 and in phase 2: refused, and the attempt says
# what was offered and what is allowed.
. "$(dirname "$0")/lib.sh"
begin
net_up
server_start
phone_direct p1 1 IKE=aes256-md5-modp2048 IKE_WAIT=8
phone_direct p2 2 IKE=3des-sha1-modp1024 IKE_WAIT=8
phone_direct p3 3 ESP=3des-sha1 IKE_WAIT=8
# reason PHONE-NUMBER WORD...: its attempt is refused and says all of these.
reason() {
	local n=$1 words
	words=$(printf '"%s",' "${@:2}")
	says attempts "any(a['client'].startswith('198.51.10$n.2:') and
		a['result'] == 'refused' and all(w in a['reason'].lower()
		for w in [$words]) for a in d)"
}
expect "MD5: no IKE" phone_ended p1 10
expect "the attempt says what was offered and what is allowed" wait_for 20 \
	reason 1 proposal aes256-md5-modp2048 allowed aes256-sha256
expect "3DES and group 2: no IKE" phone_ended p2 10
expect "the attempt names the switch that would let it in" wait_for 20 \
	reason 2 allow-legacy-dh 3des-sha1-modp1024
expect "3DES in ESP: no ESP" phone_ended p3 10
expect "the attempt says what was offered and what is allowed" wait_for 20 \
	reason 3 'esp proposal' 3des-sha1 allowed aes256-sha256
expect "nobody is in" says status 'd["sessions"] == d["logins_total"] == 0'
expect "nothing is left" wait_for 60 server_quiet
expect "the daemon ends" server_stop
