/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digests, HMAC and CBC against published vectors: RFC 1321, FIPS 180,
 * RFC 2202, RFC 4231, RFC 3602, and NIST's 3DES sample (SP 800-67).
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "tests/base/hex.h"

static struct rd
text(const char *s)
{
	return rd_make(s, strlen(s));
}

static void
sizes_and_names(void **state)
{
	static const size_t hash[HASH_ALGS] = { 16, 20, 32, 48, 64, 16 };
	static const size_t key[CIPHER_ALGS] = { 24, 16, 24, 32 };
	static const size_t block[CIPHER_ALGS] = { 8, 16, 16, 16 };

	(void)state;
	assert_true(crypto_init());
	for (int i = 0; i < HASH_ALGS; i++)
		assert_int_equal(hash_size((enum hash_alg)i), hash[i]);
	assert_string_equal(hash_str(HASH_SHA1), "sha1");
	assert_string_equal(hash_str(HASH_MD4), "md4");
	for (int i = 0; i < CIPHER_ALGS; i++) {
		enum cipher_alg c = (enum cipher_alg)i;

		assert_int_equal(cipher_key_size(c), key[i]);
		assert_int_equal(cipher_block_size(c), block[i]);
	}
}

static void
digests(void **state)
{
	static const struct {
		enum hash_alg alg;
		const char *in, *out;
	} v[] = {
		{ HASH_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" },
		{ HASH_MD5, "message digest",
		    "f96b697d7cb7938d525a2f31aaf161d0" },
		{ HASH_SHA1, "abc",
		    "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ HASH_SHA1,
		    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
		{ HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
		{ HASH_SHA384, "abc", "cb00753f45a35e8bb5a03d699ac65007"
		    "272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca1"
		    "34c825a7" },
		{ HASH_SHA512, "abc", "ddaf35a193617abacc417349ae204131"
		    "12e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23"
		    "a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	};
	uint8_t out[HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct rd in = text(v[i].in);

		assert_true(hash_sum(v[i].alg, &in, 1, out));
		assert_hex(out, hash_size(v[i].alg), v[i].out);
	}
}

/* Cutting the input into parts changes nothing; a bad part is refused. */
static void
parts(void **state)
{
	struct rd one = text("abcdefgh");
	struct rd part[4] = { text("abc"), text(""), text("defg"), text("h") };
	uint8_t a[HASH_MAX], b[HASH_MAX];

	(void)state;
	for (int i = 0; i < HASH_MD4; i++) {
		enum hash_alg alg = (enum hash_alg)i;

		assert_true(hash_sum(alg, &one, 1, a));
		assert_true(hash_sum(alg, part, 4, b));
		assert_memory_equal(a, b, hash_size(alg));
		assert_true(hmac_sum(alg, text("k"), &one, 1, a));
		assert_true(hmac_sum(alg, text("k"), part, 4, b));
		assert_memory_equal(a, b, hash_size(alg));
	}
	part[1].bad = true;
	assert_false(hash_sum(HASH_SHA1, part, 4, b));
	assert_false(hmac_sum(HASH_SHA1, text("k"), part, 4, b));
	assert_false(hmac_sum(HASH_SHA1, part[1], &one, 1, b));
	assert_false(hmac_sum(HASH_MD4, text("k"), &one, 1, b));
	/* A refusal leaves nothing behind. */
	assert_true(hash_sum(HASH_SHA1, &one, 1, b));
	assert_true(hash_sum(HASH_SHA1, &one, 1, a));
	assert_memory_equal(a, b, 20);
}

/* clang-format off */
struct hmac_row {
	uint8_t key_byte;	/* repeated key_len times; 0: key is the text */
	size_t key_len;
	const char *key;
	uint8_t data_byte;	/* likewise */
	size_t data_len;
	const char *data;
	const char *md5, *sha1, *sha256, *sha384, *sha512;
};

#define LONG_KEY	"Test Using Larger Than Block-Size Key"
static const struct hmac_row hmacs[] = {
	/* RFC 2202 §2, §3: MD5 has 16-byte keys where SHA1 has 20. */
	{ 0x0b, 16, NULL, 0, 8, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d", NULL, NULL, NULL, NULL },
	{ 0xaa, 16, NULL, 0xdd, 50, NULL, "56be34521d144c88dbb8c733f0e8b3f6", NULL, NULL, NULL, NULL },
	{ 0x0c, 16, NULL, 0, 20, "Test With Truncation", "56461ef2342edc00f9bab995690efd4c", NULL, NULL, NULL, NULL },
	{ 0x0c, 20, NULL, 0, 20, "Test With Truncation", NULL, "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04", NULL, NULL, NULL },
	{ 0xaa, 80, NULL, 0, 54, LONG_KEY " - Hash Key First",
	    "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd", "aa4ae5e15272d00e95705637ce8a3b55ed402112", NULL, NULL, NULL },
	{ 0xaa, 80, NULL, 0, 73, LONG_KEY " and Larger Than One Block-Size Data",
	    "6f630fad67cda0ee1fb1f562db3aa53e", "e8e99d0f45237d786d6bbaa7965c7808bbff1a91", NULL, NULL, NULL },
	/* RFC 2202 and RFC 4231 §4.2 .. §4.5 */
	{ 0x0b, 20, NULL, 0, 8, "Hi There", NULL, "b617318655057264e28bc0b6fb378c8ef146be00",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
	    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" },
	{ 0, 4, "Jefe", 0, 28, "what do ya want for nothing?",
	    "750c783e6ab0b503eaa86e310a5db738", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
	{ 0xaa, 20, NULL, 0xdd, 50, NULL, NULL, "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
	    "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
	    "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb" },
	{ 0, 25, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27\30\31", 0xcd, 50, NULL,
	    "697eaf0aca3a3aea3a75164746ffaa79", "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
	    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
	    "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
	    "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd" },
	/* RFC 4231 §4.7, §4.8 */
	{ 0xaa, 131, NULL, 0, 54, LONG_KEY " - Hash Key First", NULL, NULL,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
	    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" },
	{ 0xaa, 131, NULL, 0, 152, "This is a test using a larger than block-size key and a larger than block-size data. "
	    "The key needs to be hashed before being used by the HMAC algorithm.", NULL, NULL,
	    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
	    "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
	    "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58" },
};
/* clang-format on */

static void
hmac_vectors(void **state)
{
	uint8_t key[131], data[152], out[HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(hmacs) / sizeof(hmacs[0]); i++) {
		const struct hmac_row *v = &hmacs[i];
		const char *want[] = {
			v->md5, v->sha1, v->sha256, v->sha384, v->sha512
		};
		struct rd in = rd_make(data, v->data_len);

		if (v->key != NULL)
			memcpy(key, v->key, v->key_len);
		else
			memset(key, v->key_byte, v->key_len);
		if (v->data != NULL)
			memcpy(data, v->data, v->data_len);
		else
			memset(data, v->data_byte, v->data_len);
		for (int a = 0; a <= HASH_SHA512; a++) {
			enum hash_alg alg = (enum hash_alg)a;

			if (want[a] == NULL)
				continue;
			assert_true(hmac_sum(alg, rd_make(key, v->key_len),
			    &in, 1, out));
			assert_hex(out, hash_size(alg), want[a]);
		}
	}
}

/* An empty key is a key of its own, not "the last one again". */
static void
hmac_empty_key(void **state)
{
	struct rd in = text("abc");
	uint8_t out[HASH_MAX];

	(void)state;
	assert_true(hmac_sum(HASH_SHA1, text("secret"), &in, 1, out));
	assert_true(hmac_sum(HASH_SHA1, rd_make(NULL, 0), NULL, 0, out));
	assert_hex(out, 20, "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
	assert_true(hmac_sum(HASH_MD5, rd_make(NULL, 0), NULL, 0, out));
	assert_hex(out, 16, "74e6f7298a9c2d168935f58c001bad88");
}

struct cbc_row {
	enum cipher_alg alg;
	const char *key, *iv, *plain, *cipher;
};

/* RFC 3602 §4 cases 1 to 4 (5 to 8 are packets: tests/ipsec/test_esp.c);
 * NIST SP 800-38A F.2.3, F.2.5; SP 800-67 appendix B, first block. */
static const struct cbc_row cbcs[] = {
	{ CIPHER_AES128, "06a9214036b8a15b512e03d534120006",
	    "3dafba429d9eb430b422da802c9fac41",
	    "53696e676c6520626c6f636b206d7367",
	    "e353779c1079aeb82708942dbe77181a" },
	{ CIPHER_AES128, "c286696d887c9aa0611bbb3e2025a45a",
	    "562e17996d093d28ddb3ba695a2e6f58",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	    "d296cd94c2cccf8a3a863028b5e1dc0a"
	    "7586602d253cfff91b8266bea6d61ab1" },
	{ CIPHER_AES128, "6c3ea0477630ce21a2ce334aa746c2cd",
	    "c782dc4c098c66cbd9cd27d825682c81",
	    "5468697320697320612034382d62797465206d657373616765202865786163"
	    "746c7920332041455320626c6f636b7329",
	    "d0a02b3836451753d493665d33f0e8862dea54cdb293abc750693927677"
	    "2f8d5021c19216bad525c8579695d83ba2684" },
	{ CIPHER_AES128, "56e47a38c5598974bc46903dba290349",
	    "8ce82eefbea0da3c44699ed7db51b7d9",
	    "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
	    "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
	    "c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e"
	    "35907aa632c3ffdf868bb7b29d3d46ad"
	    "83ce9f9a102ee99d49a53e87f4c3da55" },
	{ CIPHER_AES192, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
	    "000102030405060708090a0b0c0d0e0f",
	    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	    "4f021db243bc633d7178183a9fa071e8"
	    "b4d9ada9ad7dedf4e5e738763f69145a" },
	{ CIPHER_AES256,
	    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	    "000102030405060708090a0b0c0d0e0f",
	    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	    "f58c4c04d6e5f1ba779eabfb5f7bfbd6"
	    "9cfc4e967edb808d679f777bc6702c7d" },
	{ CIPHER_3DES, "0123456789abcdef23456789abcdef01456789abcdef0123",
	    "0000000000000000", "5468652071756663", "a826fd8ce53b855f" },
};

static void
cbc_vectors(void **state)
{
	uint8_t key[32], iv[16], was[16], b[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cbcs) / sizeof(cbcs[0]); i++) {
		const struct cbc_row *v = &cbcs[i];
		size_t n;

		assert_int_equal(hex_read(v->key, key, sizeof(key)),
		    cipher_key_size(v->alg));
		(void)hex_read(v->iv, iv, sizeof(iv));
		memcpy(was, iv, sizeof(was));
		n = hex_read(v->plain, b, sizeof(b));
		assert_true(cbc_encrypt(v->alg, key, iv, b, n));
		assert_hex(b, n, v->cipher);
		assert_true(cbc_decrypt(v->alg, key, iv, b, n));
		assert_hex(b, n, v->plain);
		assert_memory_equal(iv, was, cipher_block_size(v->alg));
	}
}

static void
cbc_whole_blocks_only(void **state)
{
	uint8_t key[32] = { 1 }, iv[16] = { 2 }, b[64] = { 3 };
	uint8_t was[64];

	(void)state;
	memcpy(was, b, sizeof(b));
	for (int a = 0; a < CIPHER_ALGS; a++) {
		enum cipher_alg alg = (enum cipher_alg)a;

		for (size_t n = 0; n < sizeof(b); n++) {
			bool fits = n % cipher_block_size(alg) == 0;

			assert_int_equal(cbc_encrypt(alg, key, iv, b, n), fits);
			assert_int_equal(cbc_decrypt(alg, key, iv, b, n), fits);
			assert_memory_equal(b, was, sizeof(b));
		}
	}
}

static void *
one_thread(void *arg)
{
	struct rd in = text("abc");
	uint8_t out[HASH_MAX];
	bool *ok = arg;

	*ok = true;
	for (int i = 0; i < 200 && *ok; i++) {
		*ok = hash_sum(HASH_SHA1, &in, 1, out) &&
		    memcmp(out, "\xa9\x99\x3e\x36", 4) == 0 &&
		    hmac_sum(HASH_SHA1, text("key"), &in, 1, out);
	}
	return NULL;
}

/* Each thread has contexts of its own, and gives them back when it ends. */
static void
threads(void **state)
{
	pthread_t t[4];
	bool ok[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, one_thread,
		    &ok[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_true(ok[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_names),
		cmocka_unit_test(digests),
		cmocka_unit_test(parts),
		cmocka_unit_test(hmac_vectors),
		cmocka_unit_test(hmac_empty_key),
		cmocka_unit_test(cbc_vectors),
		cmocka_unit_test(cbc_whole_blocks_only),
		cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
