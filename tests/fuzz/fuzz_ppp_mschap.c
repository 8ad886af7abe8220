/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MS-CHAPv2 and CHAP computations: 49 bytes of response, 16 of challenge, a
 * length and the password, the rest a name.  A right answer is accepted, and
 * not under another password.
 */

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "ppp/mschap.h"
#include "ppp/ppp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_make(data, size), password, name, user;
	uint8_t response[49], challenge[16], hash[16], md5[16];
	char success[43];

	if (!crypto_init() || !crypto_legacy())
		return 0;
	rd_copy(&r, response, sizeof(response));
	rd_copy(&r, challenge, sizeof(challenge));
	password = rd_sub(&r, rd_u8(&r));
	name = rd_rest(&r);
	if (r.bad)
		return 0;
	ppp_chap_md5(response[0], password, rd_make(challenge, 16), md5);
	user = mschap_user(name);
	must(rd_left(&user) <= rd_left(&name));
	if (!ppp_nt_hash(password, hash))
		return 0;
	if (ppp_mschapv2_check(hash, challenge, response, user, success))
		must(mschap_success_ok(success));
	else
		must(success[0] == '\0');
	must(mschap_nt_response(hash, challenge, response, user,
	    response + 24));
	must(ppp_mschapv2_check(hash, challenge, response, user, success));
	must(mschap_success_ok(success));
	hash[0] ^= 1;
	must(!ppp_mschapv2_check(hash, challenge, response, user, success));
	return 0;
}
