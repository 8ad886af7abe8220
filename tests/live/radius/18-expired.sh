#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A password that has expired: FreeRADIUS says E=648, the client sends a new one
# (RFC 2759 §7), FreeRADIUS reads it out of what we carry (RFC 2548 §2.3.4) and
# keeps it; it lets in afterwards, the old one does not.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
# nt PASSWORD: its NT hash, as FreeRADIUS writes it.
nt() {
	printf '%s' "$1" | iconv -f UTF-8 -t UTF-16LE |
		openssl dgst -md4 -r -provider legacy -provider default |
		sed 's/^\([0-9a-f]*\) .*/0x\1/'
}
# One file has the hash, another what Samba would say (a user, expired); a
# program writes both when the password is changed.
NEW='ein langes Paßwort, 0123456789 0123456789 0123456789 €'
mkdir -p "$OUT/one"
nt "$PASSWORD" >"$OUT/one/hash"
echo '[Ue]' >"$OUT/one/flags"
cat >"$OUT/one/change" <<-END
	#!/bin/sh
	echo "\$*" >>$OUT/one/changes
	echo "\$2" >$OUT/one/hash
	echo '[U]' >$OUT/one/flags
	echo changed
END
chmod 755 "$OUT/one/change"
# shellcheck disable=SC2034,SC2016 # unlang
RADIUS_MODULES='exec {
	wait = yes
	input_pairs = request
	timeout = 10
}' RADIUS_MSCHAP='passchange {
	local_cpw = "%{exec:${logdir}/change %{mschap:User-Name} %{MS-CHAP-New-NT-Password}}"
}' RADIUS_AUTHORIZE='update control {
	&NT-Password := "%{exec:/bin/cat ${logdir}/hash}"
	&SMB-Account-CTRL-TEXT := "%{exec:/bin/cat ${logdir}/flags}"
}' radius_conf "$OUT/one" $AAA.2
: >"$OUT/one/users"
# FreeRADIUS 3.2.1 dies of its own password change with OpenSSL 3: there it
# sets the length of RC4's key, which is RC4's own, before it names the cipher.
cat >"$OUT/early.c" <<-'END'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <openssl/evp.h>
	int
	EVP_CIPHER_CTX_set_key_length(EVP_CIPHER_CTX *c, int n)
	{
		int (*real)(EVP_CIPHER_CTX *, int) = dlsym(RTLD_NEXT, __func__);

		return EVP_CIPHER_CTX_get0_cipher(c) == NULL ? 1 : real(c, n);
	}
END
gcc -shared -fPIC -o "$OUT/early.so" "$OUT/early.c" -lcrypto || give_up "no gcc"
LD_PRELOAD=$OUT/early.so radius_run one
radius_daemon

printf '%s\n' "$NEW" >"$OUT/new"
chmod 600 "$OUT/new"
dial p1 1
expect "without a new password nobody gets in" refused p1
expect "the client is told why" grep -q "expired" "$OUT/p1.log"
expect "so is the operator" says attempts 'any("expired" in a["reason"] for a in d)'
expect "nothing was changed" test ! -e "$OUT/one/changes"

redial p1 --new-password-file "$OUT/new"
expect "with one the client logs in" dialled p1
expect "the server has it, every letter" test "$(cat "$OUT/one/hash")" = "$(nt "$NEW")"
expect "once" test "$(wc -l <"$OUT/one/changes")" = 1
expect "of that user" grep -q "^$LOGIN " "$OUT/one/changes"
expect "the host behind answers" in_ns p1 ping -q -n -c 2 -i 0.2 -W 2 $BEHIND
hang_up p1

redial p1
expect "the old one is refused" refused p1
DIAL_PASSWORD=$NEW redial p1
expect "the new one lets in" dialled p1
hang_up p1
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
