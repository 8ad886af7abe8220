#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Names as users type them: DOMAIN\user, user@realm, and servers by realm.
# One FreeRADIUS is the company's; the other only knows the realm's users.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
# Its realm module takes DOMAIN off for its files, as the one Debian ships does.
RADIUS_MODULES='realm ntdomain {
	format = prefix
	delimiter = "\\"
}' RADIUS_AUTHORIZE=ntdomain RADIUS_EXTRA='realm CORP { }' RADIUS_REPLY="
carol@example.org Cleartext-Password := \"$PASSWORD\"
" radius_start one $AAA.2
RADIUS_REPLY="
erin@branch.example Cleartext-Password := \"$PASSWORD\"
frank Cleartext-Password := \"$PASSWORD\"
" radius_start two $AAA.3
METHODS="mschapv2, chap-md5, pap"
MORE_ACL='
server-group branch { server = { two } }
realm branch.example {
	auth = branch
	acct = branch
}
realm STRIPPED {
	auth = branch
	acct = branch
	strip = yes
}' radius_daemon

# calls NAME N USER [OPTION...]
calls() { DIAL_USER=$3 dial "$1" "$2" "${@:4}"; }
last() { asked "$1" User-Name | tail -n 1; }
named() { [ "$(last "$1")" = "$2" ]; }

calls p1 1 'CORP\alice'
expect "CORP\\alice" dialled p1
expect "is asked of the company" named one 'CORP\\alice'
calls p2 2 carol@example.org
expect "carol@example.org, by MS-CHAPv2" dialled p2
expect "an unknown realm is the company's" named one carol@example.org
calls p3 3 erin@Branch.Example
expect "a realm in other letters is refused by the files of its server" refused p3
expect "which was asked" named two erin@Branch.Example
calls p4 4 erin@branch.example
expect "erin@branch.example" dialled p4
expect "is asked of the branch" named two erin@branch.example
calls p5 5 frank@stripped --auth pap
expect "frank@stripped, by PAP" dialled p5
expect "is asked without it" named two frank
calls p6 6 'stripped\frank'
expect "STRIPPED\\frank, by MS-CHAPv2" dialled p6
expect "is asked without it" named two frank
calls p7 7 frank
expect "without a realm he is nobody" refused p7
expect "asked of the company" named one frank

starts() {
	awk -v RS= '/Type = Start\n/' "$OUT/$1/detail" |
		sed -n 's/^\tUser-Name = //p' | tr -d '"' | sort | tr '\n' ' '
}
records() { [ "$(starts "$1")" = "$2" ]; }
expect "the company gets its records" wait_for 5 records one \
	'CORP\\alice carol@example.org '
expect "and the branch its own" wait_for 5 records two \
	'erin@branch.example frank frank '
for p in p1 p2 p4 p5 p6; do hang_up $p; done
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
for s in one two; do
	expect "$s: as many Stops as Starts" test \
		"$(grep -c 'Type = Stop' "$OUT/$s/detail")" = "$(grep -c 'Type = Start' "$OUT/$s/detail")"
done
