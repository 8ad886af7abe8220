/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ESP transforms: the suite tables, published GCM packets, sealing checked
 * with the plain cipher and HMAC functions, and bad packets left as they came.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/crypto_esp.h"
#include "base/rng.h"
#include "tests/base/gcm_esp.h"
#include "tests/base/hex.h"

static const struct suite_row {
	struct esp_suite suite;
	const char *name;
	size_t keymat, iv, icv, block;
} suites[] = {
	{ { 3, 2, 192 }, "3des-sha1", 24 + 20, 8, 12, 8 },
	{ { 3, 5, 192 }, "3des-sha256", 24 + 32, 8, 16, 8 },
	{ { 3, 6, 192 }, "3des-sha384", 24 + 48, 8, 24, 8 },
	{ { 3, 7, 192 }, "3des-sha512", 24 + 64, 8, 32, 8 },
	{ { 12, 2, 128 }, "aes128-sha1", 16 + 20, 16, 12, 16 },
	{ { 12, 5, 128 }, "aes128-sha256", 16 + 32, 16, 16, 16 },
	{ { 12, 6, 128 }, "aes128-sha384", 16 + 48, 16, 24, 16 },
	{ { 12, 7, 128 }, "aes128-sha512", 16 + 64, 16, 32, 16 },
	{ { 12, 2, 192 }, "aes192-sha1", 24 + 20, 16, 12, 16 },
	{ { 12, 5, 192 }, "aes192-sha256", 24 + 32, 16, 16, 16 },
	{ { 12, 6, 192 }, "aes192-sha384", 24 + 48, 16, 24, 16 },
	{ { 12, 7, 192 }, "aes192-sha512", 24 + 64, 16, 32, 16 },
	{ { 12, 2, 256 }, "aes256-sha1", 32 + 20, 16, 12, 16 },
	{ { 12, 5, 256 }, "aes256-sha256", 32 + 32, 16, 16, 16 },
	{ { 12, 6, 256 }, "aes256-sha384", 32 + 48, 16, 24, 16 },
	{ { 12, 7, 256 }, "aes256-sha512", 32 + 64, 16, 32, 16 },
	{ { 20, 0, 128 }, "aes128gcm16", 20, 8, 16, 4 },
	{ { 20, 0, 192 }, "aes192gcm16", 28, 8, 16, 4 },
	{ { 20, 0, 256 }, "aes256gcm16", 36, 8, 16, 4 },
};

#define SUITES	(sizeof(suites) / sizeof(suites[0]))

static void
suite_table(void **state)
{
	char buf[24];

	(void)state;
	for (size_t i = 0; i < SUITES; i++) {
		const struct suite_row *s = &suites[i];

		assert_true(esp_suite_ok(&s->suite));
		assert_string_equal(esp_suite_str(&s->suite, buf), s->name);
		assert_int_equal(esp_suite_keymat(&s->suite), s->keymat);
		assert_int_equal(esp_suite_iv(&s->suite), s->iv);
		assert_int_equal(esp_suite_icv(&s->suite), s->icv);
		assert_int_equal(esp_suite_block(&s->suite), s->block);
		assert_true(s->keymat <= ESP_KEYMAT_MAX);
		assert_true(s->iv <= ESP_IV_MAX && s->icv <= ESP_ICV_MAX);
	}
}

/* Nothing but the table's rows: no NULL cipher, no NULL authentication. */
static void
n32_no_other_suite(void **state)
{
	static const uint16_t bits[] = {
		0, 1, 64, 127, 128, 160, 192, 255, 256, 512, 65535
	};
	uint8_t keymat[ESP_KEYMAT_MAX] = { 0 };
	char buf[24];
	size_t ok = 0;

	(void)state;
	for (unsigned enc = 0; enc < 256; enc++) {
		for (unsigned auth = 0; auth < 256; auth++) {
			for (size_t b = 0; b < sizeof(bits) / 2; b++) {
				struct esp_suite s = {
					(uint8_t)enc, (uint8_t)auth, bits[b]
				};

				if (esp_suite_ok(&s)) {
					ok++;
					continue;
				}
				assert_int_equal(esp_suite_keymat(&s), 0);
				assert_string_equal(esp_suite_str(&s, buf),
				    "unknown");
				assert_null(esp_key_new(&s, keymat));
			}
		}
	}
	assert_int_equal(ok, SUITES);
}

/* The engine whose turn it is: set by main(). */
static enum esp_engine turn;

struct fix {			/* an engine, and random key material */
	struct esp_crypt *c;
	struct rng rng;
	uint8_t keymat[ESP_KEYMAT_MAX];
};

static int
setup(void **state)
{
	static const uint8_t seed[16] = { 1, 2, 3 };
	struct fix *f = malloc(sizeof(*f));

	rng_seeded(&f->rng, 42);
	(void)rng_fill(&f->rng, f->keymat, sizeof(f->keymat));
	f->c = esp_crypt_new(turn, seed);
	*state = f;
	return f->c != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fix *f = *state;

	esp_crypt_free(f->c);
	free(f);
	return 0;
}

#define PKT_MAX	2048

struct pkt {
	uint8_t b[PKT_MAX];
	size_t iv, icv;		/* bytes */
	struct esp_job job;
};

static struct rd
text_of(const struct pkt *p)
{
	struct rd r = rd_make(p->b, sizeof(p->b));

	rd_skip(&r, 8 + p->iv);
	return rd_sub(&r, p->job.text_len);
}

static size_t
size_of(const struct pkt *p)
{
	return 8 + p->iv + p->job.text_len + p->icv;
}

/* A packet with random text, not yet sealed. */
static void
pkt_make(struct pkt *p, struct fix *f, const struct suite_row *s,
    const struct esp_key *k, uint32_t text_len)
{
	p->iv = s->iv;
	p->icv = s->icv;
	p->job = (struct esp_job){ k, p->b, text_len, false };
	(void)rng_fill(&f->rng, p->b, sizeof(p->b));
}

static void
engine_has_a_name(void **state)
{
	struct fix *f = *state;

	assert_string_equal(esp_crypt_name(f->c),
	    turn == ESP_ENGINE_MB ? "ipsec-mb" : "openssl");
	assert_true(strlen(esp_crypt_why(f->c)) > 0);
	esp_crypt_free(NULL);
	esp_key_free(NULL);
}

static void
round_trip(void **state)
{
	struct fix *f = *state;
	struct pkt *p = malloc(sizeof(*p));
	uint8_t was[PKT_MAX];

	for (size_t i = 0; i < SUITES; i++) {
		const struct suite_row *s = &suites[i];
		struct esp_key *k = esp_key_new(&s->suite, f->keymat);
		uint32_t step = (uint32_t)s->block;

		for (uint32_t n = step; n <= 1600; n += n < 70 ? step : 80) {
			pkt_make(p, f, s, k, n);
			memcpy(was, p->b, sizeof(was));
			esp_crypt_seal(f->c, &p->job, 1);
			assert_true(p->job.ok);
			assert_memory_equal(p->b, was, 8);
			assert_false(rd_eq(text_of(p), was + 8 + s->iv, n));
			/* Nothing beyond the ICV is touched. */
			assert_memory_equal(p->b + size_of(p),
			    was + size_of(p), sizeof(was) - size_of(p));
			esp_crypt_open(f->c, &p->job, 1);
			assert_true(p->job.ok);
			assert_true(rd_eq(text_of(p), was + 8 + s->iv, n));
		}
		esp_key_free(k);
	}
	free(p);
}

static enum cipher_alg
cipher_of(const struct esp_suite *s)
{
	if (s->enc == ESP_ENC_3DES)
		return CIPHER_3DES;
	return s->key_bits == 128 ? CIPHER_AES128 :
	    s->key_bits == 192 ? CIPHER_AES192 : CIPHER_AES256;
}

static enum hash_alg
hash_of(const struct esp_suite *s)
{
	return s->auth == ESP_AUTH_SHA1 ? HASH_SHA1 :
	    s->auth == ESP_AUTH_SHA256 ? HASH_SHA256 :
	    s->auth == ESP_AUTH_SHA384 ? HASH_SHA384 : HASH_SHA512;
}

/* What the engine seals, the plain functions of crypto.h can take apart. */
static void
cbc_seal_is_what_the_rfc_says(void **state)
{
	struct fix *f = *state;
	struct pkt *p = malloc(sizeof(*p));
	uint8_t was[PKT_MAX], sum[HASH_MAX];

	for (size_t i = 0; i < SUITES; i++) {
		const struct suite_row *s = &suites[i];
		enum cipher_alg alg = cipher_of(&s->suite);
		enum hash_alg hash = hash_of(&s->suite);
		size_t key = cipher_key_size(alg), at = 8 + s->iv;
		struct esp_key *k = esp_key_new(&s->suite, f->keymat);
		struct rd covered;

		pkt_make(p, f, s, k, 160);
		memcpy(was, p->b, sizeof(was));
		esp_crypt_seal(f->c, &p->job, 1);
		esp_key_free(k);
		if (s->suite.enc == ESP_ENC_AES_GCM16)
			continue;
		covered = rd_make(p->b, at + 160);
		assert_true(hmac_sum(hash, rd_make(f->keymat + key,
		    hash_size(hash)), &covered, 1, sum));
		assert_memory_equal(sum, p->b + at + 160, s->icv);
		assert_true(cbc_decrypt(alg, f->keymat, p->b + 8, p->b + at,
		    160));
		assert_memory_equal(p->b + at, was + at, 160);
	}
	free(p);
}

static size_t
gcm_packet(const struct gcm_esp *v, struct pkt *p, uint8_t *keymat,
    struct esp_suite *s)
{
	struct wr w = wr_make(p->b, sizeof(p->b));
	uint8_t b[128];

	*s = (struct esp_suite){ ESP_ENC_AES_GCM16, ESP_AUTH_NONE,
	    (uint16_t)v->key_bits };
	assert_int_equal(hex_read(v->keymat, keymat, ESP_KEYMAT_MAX),
	    esp_suite_keymat(s));
	wr_bytes(&w, b, hex_read(v->head, b, sizeof(b)));
	wr_bytes(&w, b, hex_read(v->iv, b, sizeof(b)));
	p->job.text_len = (uint32_t)hex_read(v->cipher, b, sizeof(b));
	wr_bytes(&w, b, p->job.text_len);
	wr_bytes(&w, b, hex_read(v->icv, b, sizeof(b)));
	p->job.head = p->b;
	p->iv = 8;
	p->icv = 16;
	return wr_used(&w);
}

static void
gcm_published_packets(void **state)
{
	struct fix *f = *state;
	struct pkt *p = malloc(sizeof(*p));
	uint8_t keymat[ESP_KEYMAT_MAX], was[PKT_MAX];

	for (size_t i = 0; i < GCM_ESPS; i++) {
		const struct gcm_esp *v = &gcm_esp[i];
		struct esp_suite s;
		size_t n = gcm_packet(v, p, keymat, &s);
		struct esp_key *k = esp_key_new(&s, keymat);

		p->job.key = k;
		memcpy(was, p->b, n);
		/* N-32: any one wrong bit, and the packet stays as it came. */
		for (size_t bit = 0; bit < 8 * n; bit++) {
			p->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			esp_crypt_open(f->c, &p->job, 1);
			assert_false(p->job.ok);
			p->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_memory_equal(p->b, was, n);
		}
		esp_crypt_open(f->c, &p->job, 1);
		assert_true(p->job.ok);
		assert_hex(p->b + 16, p->job.text_len, v->plain);
		esp_key_free(k);
	}
	free(p);
}

/* RFC 4106 §3.1: never the same IV twice under a key: it is the number. */
static void
gcm_iv_is_the_number(void **state)
{
	struct fix *f = *state;
	const struct suite_row *s = &suites[16];
	struct esp_key *k = esp_key_new(&s->suite, f->keymat);
	struct pkt *p = malloc(sizeof(*p));

	for (uint32_t seq = 1; seq < 300; seq += 7) {
		struct wr w = wr_make(p->b, 8);

		pkt_make(p, f, s, k, 64);
		wr_u32(&w, 0x1234);
		wr_u32(&w, seq);
		esp_crypt_seal(f->c, &p->job, 1);
		assert_memory_equal(p->b + 8, "\0\0\0\0", 4);
		assert_memory_equal(p->b + 12, p->b + 4, 4);
	}
	esp_key_free(k);
	free(p);
}

/* N-32: every bit of a packet counts; a bad one is left as it came. */
static void
n32_every_bit_counts(void **state)
{
	struct fix *f = *state;
	struct pkt *p = malloc(sizeof(*p));
	uint8_t was[PKT_MAX];

	for (size_t i = 0; i < SUITES; i++) {
		const struct suite_row *s = &suites[i];
		struct esp_key *k = esp_key_new(&s->suite, f->keymat);

		pkt_make(p, f, s, k, 48);
		esp_crypt_seal(f->c, &p->job, 1);
		memcpy(was, p->b, sizeof(was));
		for (size_t bit = 0; bit < 8 * size_of(p); bit++) {
			p->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			esp_crypt_open(f->c, &p->job, 1);
			assert_false(p->job.ok);
			p->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_memory_equal(p->b, was, sizeof(was));
		}
		esp_crypt_open(f->c, &p->job, 1);
		assert_true(p->job.ok);
		esp_key_free(k);
	}
	free(p);
}

static void
lengths_that_do_not_fit(void **state)
{
	struct fix *f = *state;
	static const uint32_t more[] = { 65536, 1u << 31, UINT32_MAX };
	struct pkt *p = malloc(sizeof(*p));

	for (size_t i = 0; i < SUITES; i++) {
		const struct suite_row *s = &suites[i];
		struct esp_key *k = esp_key_new(&s->suite, f->keymat);

		for (uint32_t n = 0; n < 40; n++) {
			bool fits = n != 0 && n % s->block == 0;

			pkt_make(p, f, s, k, n);
			esp_crypt_seal(f->c, &p->job, 1);
			assert_int_equal(p->job.ok, fits);
			esp_crypt_open(f->c, &p->job, 1);
			assert_int_equal(p->job.ok, fits);
		}
		for (size_t m = 0; m < 3; m++) {
			pkt_make(p, f, s, k, more[m]);
			esp_crypt_seal(f->c, &p->job, 1);
			assert_false(p->job.ok);
			esp_crypt_open(f->c, &p->job, 1);
			assert_false(p->job.ok);
		}
		esp_key_free(k);
	}
	free(p);
}

#define MANY	150

/*
 * Many keys of all suites in one batch, in random order, over and over: no
 * context serves a packet with somebody else's key.
 */
static void
batch_of_many_keys(void **state)
{
	struct fix *f = *state;
	struct pkt *p = calloc(MANY, sizeof(*p));
	struct esp_key *key[40];
	struct esp_job job[MANY];

	for (size_t i = 0; i < 40; i++) {
		(void)rng_fill(&f->rng, f->keymat, sizeof(f->keymat));
		key[i] = esp_key_new(&suites[i % SUITES].suite, f->keymat);
	}
	for (int round = 0; round < 4; round++) {
		static uint8_t was[MANY][PKT_MAX];

		for (size_t i = 0; i < MANY; i++) {
			size_t which = rng_below(&f->rng, 40);
			const struct suite_row *s = &suites[which % SUITES];

			pkt_make(&p[i], f, s, key[which], 16 * (1 +
			    rng_below(&f->rng, 50)));
			memcpy(was[i], p[i].b, PKT_MAX);
			job[i] = p[i].job;
		}
		esp_crypt_seal(f->c, job, MANY);
		for (size_t i = 0; i < MANY; i++)
			assert_true(job[i].ok);
		p[7].b[30] ^= 1;	/* one bad among the good */
		esp_crypt_open(f->c, job, MANY);
		for (size_t i = 0; i < MANY; i++) {
			assert_int_equal(job[i].ok, i != 7);
			if (i != 7)
				assert_true(rd_eq(text_of(&p[i]),
				    was[i] + 8 + p[i].iv, job[i].text_len));
		}
	}
	for (size_t i = 0; i < 40; i++)
		esp_key_free(key[i]);
	free(p);
}

/* A new key at an old key's address must not meet the old one's context. */
static void
key_at_the_same_address(void **state)
{
	struct fix *f = *state;
	struct pkt *p = malloc(sizeof(*p));
	const struct suite_row *s = &suites[12];
	uint8_t other[ESP_KEYMAT_MAX];

	for (size_t i = 0; i < 2 * s->keymat; i++) {
		struct esp_key *k = esp_key_new(&s->suite, f->keymat);
		struct esp_key *wrong;
		uint8_t was[32];

		memcpy(other, f->keymat, sizeof(other));
		other[i / 2] ^= 1;
		pkt_make(p, f, s, k, 32);
		memcpy(was, p->b + 24, 32);
		esp_crypt_seal(f->c, &p->job, 1);
		esp_key_free(k);
		wrong = esp_key_new(&s->suite, other);
		p->job.key = wrong;
		esp_crypt_open(f->c, &p->job, 1);
		/* With the wrong cipher key it opens, to something else. */
		assert_int_equal(p->job.ok, i / 2 < 32);
		assert_memory_not_equal(p->b + 24, was, 32);
		esp_key_free(wrong);
	}
	free(p);
}

static void
take_ivs(const uint8_t seed[16], struct fix *f, uint8_t iv[][16], size_t n)
{
	struct esp_crypt *c = esp_crypt_new(turn, seed);
	const struct suite_row *s = &suites[4];
	struct esp_key *k = esp_key_new(&s->suite, f->keymat);
	struct pkt *p = malloc(sizeof(*p));

	for (size_t i = 0; i < n; i++) {
		pkt_make(p, f, s, k, 16);
		esp_crypt_seal(c, &p->job, 1);
		memcpy(iv[i], p->b + 8, 16);
	}
	esp_key_free(k);
	esp_crypt_free(c);
	free(p);
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* RFC 3602 §3: unpredictable; and with a seed of the test's own, repeatable. */
static void
cbc_ivs(void **state)
{
	struct fix *f = *state;
	static uint8_t a[1000][16], b[1000][16];
	uint8_t seed[16] = { 9 };
	unsigned ones = 0;

	take_ivs(seed, f, a, 1000);
	take_ivs(seed, f, b, 1000);
	assert_memory_equal(a, b, sizeof(a));
	seed[15] ^= 1;
	take_ivs(seed, f, b, 1000);
	for (size_t i = 0; i < 1000; i++) {
		assert_memory_not_equal(a[i], b[i], 16);
		for (size_t k = 0; k < 16; k++)
			ones += (unsigned)__builtin_popcount(a[i][k]);
	}
	/* 128,000 fair bits: 64,000 +- 5 sigma of 179. */
	assert_in_range(ones, 63100, 64900);
	qsort(a, 1000, 16, by_bytes);
	for (size_t i = 1; i < 1000; i++)
		assert_memory_not_equal(a[i - 1], a[i], 16);
}

/* What one engine seals the other opens; IVs are each one's own. */
static void
engines_agree(void **state)
{
	struct fix *f = *state;
	struct pkt *p = calloc(MANY, sizeof(*p));
	struct esp_crypt *other = esp_crypt_new(ESP_ENGINE_OPENSSL,
	    f->keymat);
	struct esp_key *key[SUITES];
	struct esp_job job[MANY];
	static uint8_t was[MANY][PKT_MAX];

	for (size_t i = 0; i < SUITES; i++)
		key[i] = esp_key_new(&suites[i].suite, f->keymat);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < MANY; i++) {
			size_t which = rng_below(&f->rng, SUITES);

			pkt_make(&p[i], f, &suites[which], key[which],
			    (uint32_t)suites[which].block * (1 +
			    rng_below(&f->rng, 95)));
			memcpy(was[i], p[i].b, PKT_MAX);
			job[i] = p[i].job;
		}
		esp_crypt_seal(round % 2 == 0 ? f->c : other, job, MANY);
		esp_crypt_open(round % 2 == 0 ? other : f->c, job, MANY);
		for (size_t i = 0; i < MANY; i++) {
			assert_true(job[i].ok);
			assert_true(rd_eq(text_of(&p[i]),
			    was[i] + 8 + p[i].iv, job[i].text_len));
			assert_memory_equal(p[i].b + size_of(&p[i]),
			    was[i] + size_of(&p[i]), PKT_MAX -
			    size_of(&p[i]));
		}
	}
	for (size_t i = 0; i < SUITES; i++)
		esp_key_free(key[i]);
	esp_crypt_free(other);
	free(p);
}

/* Without being told it is the first that runs here. */
static void
best_engine(void **state)
{
	static const uint8_t seed[16] = { 9 };
	const char *why_not = esp_crypt_why_not(ESP_ENGINE_MB);
	struct esp_crypt *c = esp_crypt_new(ESP_ENGINE_AUTO, seed);

	(void)state;
	assert_non_null(c);
	assert_null(esp_crypt_why_not(ESP_ENGINE_AUTO));
	assert_null(esp_crypt_why_not(ESP_ENGINE_OPENSSL));
	assert_string_equal(esp_crypt_name(c),
	    why_not == NULL ? "ipsec-mb" : "openssl");
	if (why_not != NULL) {
		assert_string_equal(esp_crypt_why(c), why_not);
		assert_null(esp_crypt_new(ESP_ENGINE_MB, seed));
	}
	esp_crypt_free(c);
}

static void
lanes_are_there(void **state)
{
	static const uint8_t seed[16] = { 9 };
	struct esp_crypt *c;

	(void)state;
	if (esp_crypt_why_not(ESP_ENGINE_MB) != NULL)
		skip();
	c = esp_crypt_new(ESP_ENGINE_MB, seed);
	assert_non_null(c);
	assert_true(esp_crypt_bytes(ESP_ENGINE_MB) >
	    esp_crypt_bytes(ESP_ENGINE_OPENSSL));
	esp_crypt_free(c);
}

int
main(void)
{
	const struct CMUnitTest first[] = {
		cmocka_unit_test(suite_table),
		cmocka_unit_test(n32_no_other_suite),
		cmocka_unit_test(best_engine),
		cmocka_unit_test(lanes_are_there),
	};
	const struct CMUnitTest each[] = {
		cmocka_unit_test_setup_teardown(engine_has_a_name, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(cbc_seal_is_what_the_rfc_says,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(gcm_published_packets, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(gcm_iv_is_the_number, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(n32_every_bit_counts, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(lengths_that_do_not_fit, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(batch_of_many_keys, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(key_at_the_same_address, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(cbc_ivs, setup, teardown),
		cmocka_unit_test_setup_teardown(engines_agree, setup,
		    teardown),
	};
	int failed = cmocka_run_group_tests(first, NULL, NULL);

	turn = ESP_ENGINE_OPENSSL;
	failed += cmocka_run_group_tests_name("openssl", each, NULL, NULL);
	turn = ESP_ENGINE_MB;
	if (esp_crypt_why_not(ESP_ENGINE_MB) == NULL)
		failed += cmocka_run_group_tests_name("ipsec-mb", each, NULL,
		    NULL);
	return failed;
}
