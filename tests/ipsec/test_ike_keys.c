/* SPDX-License-Identifier: BSD-2-Clause */
/* Key derivation and NAT-D against numbers that others published. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipsec/ike_int.h"
#include "tests/captures/tcpdump_isakmp.h"

static size_t
unhex(const char *s, uint8_t *out, size_t max)
{
	size_t n = 0;
	unsigned v;

	while (n < max && sscanf(s + 2 * n, "%2x", &v) == 1)
		out[n++] = (uint8_t)v;
	return n;
}

static void
expect_hex(const uint8_t *got, const char *want)
{
	uint8_t b[64];
	size_t n = unhex(want, b, sizeof(b));

	assert_memory_equal(got, b, n);
}

/* NIST ACVP sample: kdf-components, ikev1 PSK, tcId 100. */
static void
acvp_psk(void **state)
{
	struct ike_keys k = { .hash = HASH_SHA1, .cipher = CIPHER_AES128 };
	uint8_t gxy[32], psk[1], ni[8], nr[8], ci[8], cr[8];

	(void)state;
	(void)unhex("739003ba2c11c982946c65e26acf661fbf8ebb78011a9fead79efa12"
	    "fe3e71cc", gxy, sizeof(gxy));
	(void)unhex("75", psk, sizeof(psk));
	(void)unhex("b9a2d0e922dc66dd", ni, sizeof(ni));
	(void)unhex("2130166863b5ddef", nr, sizeof(nr));
	(void)unhex("83d374c30b3b5082", ci, sizeof(ci));
	(void)unhex("5afc0da06c728029", cr, sizeof(cr));
	assert_true(ike_keys_psk(&k, rd_make(psk, 1), rd_make(ni, 8),
	    rd_make(nr, 8)));
	assert_true(ike_keys_derive(&k, rd_make(gxy, 32), ci, cr));
	expect_hex(k.skeyid, "62b04d112877e442fc3282fc37c076997718a0b9");
	expect_hex(k.d, "369e5aad1bdb5faf6a3d929d500cdc236710a9ab");
	expect_hex(k.a, "588e957d8d790d093b3a39f121473473af78e9bb");
	expect_hex(k.e, "cd74b0c048219db81384d3fda8f6cda51e398a2b");
	assert_memory_equal(k.key, k.e, 16);
}

/* Appendix B: a hash shorter than the key is drawn out, prf(SKEYID_e, 0). */
static void
expansion(void **state)
{
	uint8_t e[20], key[32], k1[20], k2[20];
	static const uint8_t zero;
	struct rd part = rd_make(&zero, 1);

	(void)state;
	(void)unhex("cd74b0c048219db81384d3fda8f6cda51e398a2b", e, sizeof(e));
	assert_true(ike_keys_expand(HASH_SHA1, CIPHER_AES256, e, key));
	assert_true(hmac_sum(HASH_SHA1, rd_make(e, 20), &part, 1, k1));
	part = rd_make(k1, 20);
	assert_true(hmac_sum(HASH_SHA1, rd_make(e, 20), &part, 1, k2));
	assert_memory_equal(key, k1, 20);
	assert_memory_equal(key + 20, k2, 12);
	/* made with python3's hmac module */
	expect_hex(key, "9ce3201d5c6cf897a6cba863e68c634d8d63805d"
	    "1f20e30bf6884e2a4ee9fc8a");
	assert_true(ike_keys_expand(HASH_SHA1, CIPHER_3DES, e, key));
	assert_memory_equal(key, k1, 20);
	assert_true(ike_keys_expand(HASH_SHA1, CIPHER_AES128, e, key));
	assert_memory_equal(key, e, 16);
}

static void
keymat(void **state)
{
	uint8_t d[20], out[36], first[20];
	static const uint8_t n8[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct rd n = rd_make(n8, 8);

	(void)state;
	(void)unhex("369e5aad1bdb5faf6a3d929d500cdc236710a9ab", d, sizeof(d));
	assert_true(ike_keys_keymat(HASH_SHA1, d, rd_make(NULL, 0), 0x12345678,
	    n, n, out, sizeof(out)));
	/* made with python3's hmac module */
	expect_hex(out, "debb6c8e586c642bbc877d0834b1a61f642f4130"
	    "6cf91e68d08b1f63083c8fccc4f342dd");
	assert_true(ike_keys_keymat(HASH_SHA1, d, rd_make(NULL, 0), 0x12345678,
	    n, n, first, 20));
	assert_memory_equal(out, first, 20);
}

static void
natd_one(enum hash_alg alg, const char *ci, const char *cr, uint32_t addr,
    const char *want)
{
	uint8_t i[8], r[8], sum[HASH_MAX];
	struct endpoint e = { ipaddr_v4(addr), 500 };

	(void)unhex(ci, i, 8);
	(void)unhex(cr, r, 8);
	assert_true(ike_natt_hash(alg, i, r, &e, sum));
	expect_hex(sum, want);
}

/* From suricata-verify's ikev1-isakmp-main-mode and tcpdump's isakmp4500. */
static void
natd_third_party(void **state)
{
	(void)state;
	natd_one(HASH_SHA1, "e47a591fd057587f", "a00b8ef0902bb8ec", 0xc0a80c02,
	    "1574d64c0165bad16a023f038d45a07498d8d051");
	natd_one(HASH_SHA1, "e47a591fd057587f", "a00b8ef0902bb8ec", 0xc0a80c01,
	    "febf462f1cd75805a7baa28747e769d674f85600");
	natd_one(HASH_MD5, "9e89f2388f90bc1e", "0a74357ce3d1a4bf", 0xc0010217,
	    "6efe12f04af90dfbcfb15d71b841bb9e");
	natd_one(HASH_MD5, "9e89f2388f90bc1e", "0a74357ce3d1a4bf", 0xc00102fe,
	    "399304d50fbd4ca3db1e197af7c11e6f");
}

/* The same out of the capture itself: both NAT-D of its third message. */
static void
natd_in_capture(void **state)
{
	struct isakmp_head h;
	struct isakmp_chain c;
	struct rd body;
	const struct isakmp_pl *pl;
	uint8_t sum[HASH_MAX];
	struct endpoint e = { ipaddr_v4(0xc0010217), 500 };

	(void)state;
	assert_int_equal(isakmp_head_decode(rd_make(tcpdump_isakmp[2].b,
	    tcpdump_isakmp[2].n), &h, &body), DROP_NONE);
	assert_int_equal(isakmp_chain_decode(body, h.next, false, false, &c),
	    DROP_NONE);
	pl = isakmp_chain_find(&c, PL_NATD, NULL);
	assert_non_null(pl);
	assert_true(ike_natt_hash(HASH_MD5, h.cky_i, h.cky_r, &e, sum));
	assert_true(rd_eq(pl->body, sum, 16));
}

/* ---- whole sessions of others, decrypted with their key ---- */

#define SESSION_MAX	32
#define LINE_MAX_BYTES	8192

struct session {		/* of a capture; see wireshark_hex.py */
	uint8_t key[32];
	size_t n;
	uint8_t b[SESSION_MAX][2048];
	size_t len[SESSION_MAX];
};

static bool
session_read(const char *name, struct session *s)
{
	static char line[LINE_MAX_BYTES];
	char path[512];
	const char *dir = getenv("ISAKMP_CAPTURES");
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s.hex",
	    dir != NULL ? dir : "tests/captures", name);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	s->n = 0;
	if (fgets(line, sizeof(line), f) != NULL)
		(void)unhex(line, s->key, sizeof(s->key));
	while (s->n < SESSION_MAX && fgets(line, sizeof(line), f) != NULL) {
		s->len[s->n] = unhex(line, s->b[s->n], sizeof(s->b[0]));
		s->n++;
	}
	(void)fclose(f);
	return true;
}

static struct rd
session_ke(const struct session *s, unsigned i)
{
	struct isakmp_head h;
	static struct isakmp_chain c;
	struct rd body;

	assert_int_equal(isakmp_head_decode(rd_make(s->b[i], s->len[i]), &h,
	    &body), DROP_NONE);
	assert_int_equal(isakmp_chain_decode(body, h.next, false, false, &c),
	    DROP_NONE);
	return isakmp_chain_find(&c, PL_KE, NULL)->body;
}

static void
session_open(const struct session *s, unsigned i, enum cipher_alg cipher,
    uint8_t *iv, enum isakmp_message m)
{
	static uint8_t plain[IKE_PLAIN_MAX];
	static struct isakmp_chain c;
	struct isakmp_head h;
	struct rd body, r;

	assert_int_equal(isakmp_head_decode(rd_make(s->b[i], s->len[i]), &h,
	    &body), DROP_NONE);
	assert_int_equal(h.flags, ISAKMP_FLAG_E);
	r = ike_keys_open(cipher, s->key, iv, body, plain);
	assert_false(r.bad);
	assert_int_equal(isakmp_chain_decode(r, h.next, false, true, &c),
	    DROP_NONE);
	if (m != MSG_COUNT)
		assert_int_equal(isakmp_chain_check(&c, m), DROP_NONE);
}

static uint32_t
session_msgid(const struct session *s, unsigned i)
{
	struct rd r = rd_make(s->b[i], s->len[i]);

	rd_skip(&r, 20);
	return rd_u32(&r);
}

static void
session_decrypts(const char *name, enum hash_alg hash, enum cipher_alg cipher,
    enum isakmp_message mm5, const unsigned qm[3])
{
	static struct session s;
	struct ike_keys k = { .hash = (uint8_t)hash, .cipher = (uint8_t)cipher };
	uint8_t iv[CIPHER_BLOCK_MAX];
	enum isakmp_message m = MSG_QM1;

	if (!session_read(name, &s)) {
		print_message("no %s.hex: made at test time\n", name);
		skip();
	}
	assert_true(ike_keys_iv(&k, session_ke(&s, 2), session_ke(&s, 3)));
	session_open(&s, 4, cipher, k.iv, mm5);
	session_open(&s, 5, cipher, k.iv,
	    mm5 == MSG_MM5 ? MSG_MM6 : MSG_COUNT);
	assert_true(ike_keys_p2_iv(hash, cipher, k.iv,
	    session_msgid(&s, qm[0]), iv));
	for (int i = 0; i < 3; i++, m++)
		session_open(&s, qm[i], cipher, iv, m);
}

/* A main mode with AES-256 and SHA2-256; its XAUTH part is not ours. */
static void
wireshark_12610(void **state)
{
	(void)state;
	session_decrypts("wireshark-12610", HASH_SHA256, CIPHER_AES256, MSG_MM5,
	    (const unsigned[]){ 13, 14, 15 });
}

/* Signatures instead of HASH: decrypts all the same; quick mode with PFS. */
static void
wireshark_certs(void **state)
{
	(void)state;
	session_decrypts("wireshark-certs", HASH_MD5, CIPHER_3DES, MSG_COUNT,
	    (const unsigned[]){ 6, 8, 9 });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acvp_psk),
		cmocka_unit_test(expansion),
		cmocka_unit_test(keymat),
		cmocka_unit_test(natd_third_party),
		cmocka_unit_test(natd_in_capture),
		cmocka_unit_test(wireshark_12610),
		cmocka_unit_test(wireshark_certs),
	};

	(void)crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
