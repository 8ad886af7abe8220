/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of MPPE on their way, RFC 2548 §2.4: those of RFC 3079 §3.5.
 *
 * Nothing of ours encrypts with MPPE (CCP is refused), so the keys are not
 * derived in the product.  Here they are, from the password of the RFC's
 * sample, to show that the numbers are right before they are hidden.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "radius/packet.h"

static const uint8_t sample_response[24] = {
	0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e, 0xa0, 0x8f, 0xaa, 0x39,
	0x81, 0xcd, 0x83, 0x54, 0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf
};
static const uint8_t sample_hash_hash[16] = {
	0x41, 0xc0, 0x0c, 0x58, 0x4b, 0xd2, 0xd9, 0x1c, 0x40, 0x17, 0xa2, 0xa1,
	0x2f, 0xa5, 0x9f, 0x3f
};
static const uint8_t sample_master[16] = {
	0xfd, 0xec, 0xe3, 0x71, 0x7a, 0x8c, 0x83, 0x8c, 0xb3, 0x88, 0xe5, 0x27,
	0xae, 0x3c, 0xdd, 0x31
};
static const uint8_t sample_start[16] = {
	0x8b, 0x7c, 0xdc, 0x14, 0x9b, 0x99, 0x3a, 0x1b, 0xa1, 0x18, 0xcb, 0x15,
	0x3f, 0x56, 0xdc, 0xcb
};
static const uint8_t sample_session[16] = {
	0x40, 0x5c, 0xb2, 0x24, 0x7a, 0x79, 0x56, 0xe6, 0xe2, 0x11, 0x00, 0x7a,
	0xe2, 0x7b, 0x22, 0xd4
};
static const uint8_t sample_message[12] = {
	0x81, 0x84, 0x83, 0x17, 0xdf, 0x68, 0x84, 0x62, 0x72, 0xfb, 0x5a, 0xbe
};

static struct rd
text(const char *s)
{
	return rd_make(s, strlen(s));
}

static void
sum(enum hash_alg alg, const struct rd *part, size_t n, uint8_t out[16])
{
	uint8_t digest[HASH_MAX];

	assert_true(hash_sum(alg, part, n, digest));
	memcpy(out, digest, 16);
}

/* RFC 3079 §3.4, GetMasterKey. */
static void
master_key(const uint8_t hash_hash[16], const uint8_t response[24],
    uint8_t out[16])
{
	struct rd part[] = { rd_make(hash_hash, 16), rd_make(response, 24),
		text("This is the MPPE Master Key") };

	sum(HASH_SHA1, part, 3, out);
}

/* RFC 3079 §3.4: GetAsymmetricStartKey of 16 bytes; magic 2 or 3. */
static void
start_key(const uint8_t master[16], const char *magic, uint8_t out[16])
{
	uint8_t pad1[40] = { 0 }, pad2[40];
	struct rd part[] = { rd_make(master, 16), rd_make(pad1, sizeof(pad1)),
		text(magic), rd_make(pad2, sizeof(pad2)) };

	memset(pad2, 0xf2, sizeof(pad2));
	sum(HASH_SHA1, part, 4, out);
}

/* RFC 3079 §3.4: GetNewKeyFromSHA of 16 bytes, of the key with itself. */
static void
session_key(const uint8_t start[16], uint8_t out[16])
{
	uint8_t pad1[40] = { 0 }, pad2[40];
	struct rd part[] = { rd_make(start, 16), rd_make(pad1, sizeof(pad1)),
		rd_make(start, 16), rd_make(pad2, sizeof(pad2)) };

	memset(pad2, 0xf2, sizeof(pad2));
	sum(HASH_SHA1, part, 4, out);
}

#define SERVER_SENDS "On the client side, this is the receive key; on the " \
    "server side, it is the send key."
#define CLIENT_SENDS "On the client side, this is the send key; on the " \
    "server side, it is the receive key."

/* "clientPass" as UTF-16, then MD4 twice: §3.5.3. */
static void
derive(uint8_t send[16], uint8_t recv[16])
{
	static const char ascii[] = "clientPass";
	uint8_t utf16[20] = { 0 }, hash[16], hash_hash[16], master[16];
	struct rd once = rd_make(utf16, sizeof(utf16)), twice;

	for (size_t i = 0; i < 10; i++)
		utf16[2 * i] = (uint8_t)ascii[i];
	sum(HASH_MD4, &once, 1, hash);
	twice = rd_make(hash, 16);
	sum(HASH_MD4, &twice, 1, hash_hash);
	assert_memory_equal(hash_hash, sample_hash_hash, 16);
	master_key(hash_hash, sample_response, master);
	assert_memory_equal(master, sample_master, 16);
	start_key(master, SERVER_SENDS, send);
	start_key(master, CLIENT_SENDS, recv);
}

static void
keys_of_rfc_3079(void **state)
{
	uint8_t send[16], recv[16], session[16], message[12];

	(void)state;
	derive(send, recv);
	assert_memory_equal(send, sample_start, 16);
	assert_memory_not_equal(recv, send, 16);
	session_key(send, session);
	assert_memory_equal(session, sample_session, 16);
	memcpy(message, "test message", sizeof(message));
	assert_true(rc4_crypt(session, message, sizeof(message)));
	assert_memory_equal(message, sample_message, sizeof(message));
}

static void
put_key(struct radius_build *b, uint8_t type, const uint8_t key[16],
    uint16_t salt)
{
	uint8_t hidden[ATTR_VALUE_MAX];
	size_t n = radius_salt_hide(rd_make(key, 16), salt, b->auth,
	    text("xyzzy5461"), hidden);

	assert_int_equal(n, 2 + 32);
	radius_put_vendor(b, ATTR_MICROSOFT, type, hidden, n);
}

/* Both in one Access-Accept, as servers send them (RFC 2548 §2.4.2, §2.4.3). */
static void
keys_in_an_accept(void **state)
{
	static const uint8_t request[RADIUS_AUTH_BYTES] = { 0x0f, 0x40, 0x3f,
		0x94, 0x73, 0x97, 0x80, 0x57, 0xbd, 0x83, 0xd5, 0xcb, 0x98,
		0xf4, 0x22, 0x7a };
	uint8_t send[16], recv[16], other[RADIUS_AUTH_BYTES] = { 0 }, buf[256];
	struct radius_build b;
	struct radius_packet p;
	struct secret key;
	struct attr a, c;
	struct rd out;

	(void)state;
	derive(send, recv);
	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_ACCEPT, 1, request,
	    true);
	put_key(&b, ATTR_MS_MPPE_SEND_KEY, send, 0x8001);
	put_key(&b, ATTR_MS_MPPE_RECV_KEY, recv, 0x8002);
	assert_true(radius_close(&b, text("xyzzy5461"), &out));
	assert_int_equal(radius_decode(out, &p), DROP_NONE);
	assert_true(attr_get(p.attrs, ATTR_MICROSOFT, ATTR_MS_MPPE_SEND_KEY,
	    &a));
	assert_true(attr_get(p.attrs, ATTR_MICROSOFT, ATTR_MS_MPPE_RECV_KEY,
	    &c));
	assert_true(a.row->secret && c.row->secret);
	assert_int_equal(attr_check(&a), DROP_NONE);
	assert_true(radius_salt_reveal(a.value, request, text("xyzzy5461"),
	    &key));
	assert_int_equal(key.len, 16);
	assert_memory_equal(key.b, sample_start, 16);
	assert_true(radius_salt_reveal(c.value, request, text("xyzzy5461"),
	    &key));
	assert_memory_equal(key.b, recv, 16);
	/* Under another request's authenticator it is noise. */
	if (radius_salt_reveal(a.value, other, text("xyzzy5461"), &key))
		assert_false(key.len == 16 &&
		    memcmp(key.b, sample_start, 16) == 0);
}

/* Under another salt the same key looks otherwise; a salt has its bit. */
static void
salts(void **state)
{
	static const uint8_t request[RADIUS_AUTH_BYTES] = { 1 };
	uint8_t one[ATTR_VALUE_MAX], two[ATTR_VALUE_MAX];
	struct secret key;

	(void)state;
	assert_int_equal(radius_salt_hide(rd_make(sample_start, 16), 0x8001,
	    request, text("s"), one), 34);
	assert_int_equal(radius_salt_hide(rd_make(sample_start, 16), 0x8002,
	    request, text("s"), two), 34);
	assert_memory_not_equal(one + 2, two + 2, 32);
	assert_int_equal(radius_salt_hide(rd_make(sample_start, 16), 0x0001,
	    request, text("s"), two), 0);
	one[0] = 0;
	assert_false(radius_salt_reveal(rd_make(one, 34), request, text("s"),
	    &key));
}

/*
 * Of another implementation: what the tests of OpenBSD's libradius (Internet
 * Initiative Japan) take for the hidden form of a key.
 */
static void
key_of_another(void **state)
{
	static const uint8_t request[RADIUS_AUTH_BYTES] = { 0x67, 0x8a, 0xe6,
		0xed, 0x69, 0x6e, 0x1b, 0xd1, 0x0a, 0xe2, 0xfe, 0xa1, 0x05,
		0xd4, 0x6a, 0x56 };
	static const uint8_t hidden[34] = { 0x80, 0x36, 0xf4, 0xab, 0xbe, 0x21,
		0x17, 0xfb, 0x3e, 0x4a, 0x78, 0x74, 0xdc, 0xe9, 0x1c, 0x5b,
		0x04, 0x49, 0x8e, 0xc7, 0x72, 0x0f, 0x16, 0x86, 0x88, 0x56,
		0x2d, 0xbc, 0x88, 0xe2, 0x1c, 0xab, 0x62, 0x71 };
	static const uint8_t clear[16] = { 0xfc, 0x6e, 0xa4, 0x18, 0x37, 0x3d,
		0x8e, 0x90, 0xc1, 0x36, 0xfa, 0xe3, 0x73, 0x5e, 0x37, 0xd1 };
	struct rd key = text("hogehogefugafuga");
	uint8_t again[ATTR_VALUE_MAX];
	struct secret back;

	(void)state;
	assert_true(radius_salt_reveal(rd_make(hidden, sizeof(hidden)), request,
	    key, &back));
	assert_int_equal(back.len, 16);
	assert_memory_equal(back.b, clear, 16);
	assert_int_equal(radius_salt_hide(rd_make(clear, 16), 0x8036, request,
	    key, again), sizeof(hidden));
	assert_memory_equal(again, hidden, sizeof(hidden));
}

static int
legacy(void **state)
{
	(void)state;
	return crypto_init() && crypto_legacy() ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_rfc_3079),
		cmocka_unit_test(keys_in_an_accept),
		cmocka_unit_test(salts),
		cmocka_unit_test(key_of_another),
	};

	return cmocka_run_group_tests(tests, legacy, NULL);
}
