/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ESP packets: our own both ways, RFC 3602's, draft-mcgrew-gcm-test's and
 * FreeS/WAN's; everything a stranger or a broken peer may send; numbers and
 * their order.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/rng.h"
#include "ipsec/esp.h"
#include "ipsec/udpencap.h"
#include "tests/base/gcm_esp.h"
#include "tests/base/hex.h"
#include "tests/captures/tcpdump_esp.h"

#define SPI	0xc0ffee01u

static const struct esp_suite suites[] = {
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 },
	{ ESP_ENC_3DES, ESP_AUTH_SHA256, 192 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA384, 192 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA512, 128 },
	{ ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 256 },
};

#define SUITES	(sizeof(suites) / sizeof(suites[0]))
#define PKT_MAX	2200

struct pkt {			/* with the room that sealing asks for */
	uint8_t b[ESP_FRONT_MAX + PKT_MAX];
};

struct fix {			/* an engine and a pair of SAs */
	struct esp_crypt *c;
	struct rng rng;
	uint8_t keymat[ESP_KEYMAT_MAX];
	struct esp_in in;
	struct esp_out out;
};

static void
fix_suite(struct fix *f, const struct esp_suite *s)
{
	esp_in_wipe(&f->in);
	esp_out_wipe(&f->out);
	assert_true(esp_in_init(&f->in, SPI, s, f->keymat, 64));
	assert_true(esp_out_init(&f->out, SPI, s, f->keymat, 0, UINT32_MAX));
}

static int
setup(void **state)
{
	static const uint8_t seed[16] = { 7 };
	struct fix *f = calloc(1, sizeof(*f));

	rng_seeded(&f->rng, 11);
	(void)rng_fill(&f->rng, f->keymat, sizeof(f->keymat));
	f->c = esp_crypt_new(ESP_ENGINE_AUTO, seed);
	fix_suite(f, &suites[0]);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;

	esp_in_wipe(&f->in);
	esp_out_wipe(&f->out);
	esp_crypt_free(f->c);
	free(f);
	return 0;
}

/* An item to seal: n bytes of payload that begin behind the headroom. */
static struct esp_item
payload(struct fix *f, struct pkt *p, uint32_t n)
{
	(void)rng_fill(&f->rng, p->b, sizeof(p->b));
	return (struct esp_item){ .sa.out = &f->out, .p = p->b + ESP_FRONT_MAX,
	    .len = n, .back = PKT_MAX - n };
}

static void
open_one(struct fix *f, struct esp_item *it)
{
	it->sa.in = &f->in;
	esp_open(f->c, it, 1);
}

static void
round_trip(void **state)
{
	struct fix *f = *state;
	struct pkt p, was;

	for (size_t s = 0; s < SUITES; s++) {
		fix_suite(f, &suites[s]);
		for (uint32_t n = 0; n <= 1500; n += n < 80 ? 1 : 71) {
			struct esp_item it = payload(f, &p, n);

			was = p;
			esp_seal(f->c, &it, 1);
			assert_int_equal(it.drop, DROP_NONE);
			assert_int_equal(it.seq, f->out.seq);
			assert_int_equal(it.len,
			    esp_sealed_size(&suites[s], n));
			assert_int_equal(esp_spi(it.p, it.len), SPI);
			open_one(f, &it);
			assert_int_equal(it.drop, DROP_NONE);
			assert_int_equal(it.seq, f->out.seq);
			assert_true(it.advanced);
			assert_ptr_equal(it.p, p.b + ESP_FRONT_MAX);
			assert_int_equal(it.len, n);
			assert_memory_equal(it.p, was.b + ESP_FRONT_MAX, n);
		}
	}
}

/* RFC 4303 §2: what is on the wire, taken apart by hand. */
static void
wire_format(void **state)
{
	struct fix *f = *state;
	struct pkt p;
	struct esp_item it = payload(f, &p, 5);
	uint8_t sum[HASH_MAX];
	struct rd covered;

	memcpy(it.p, "hello", 5);
	esp_seal(f->c, &it, 1);
	assert_int_equal(it.len, 8 + 16 + 16 + 12);
	assert_hex(it.p, 8, "c0ffee01 00000001");
	covered = rd_make(it.p, it.len - 12);
	assert_true(hmac_sum(HASH_SHA1, rd_make(f->keymat + 32, 20), &covered,
	    1, sum));
	assert_memory_equal(it.p + 40, sum, 12);
	assert_true(cbc_decrypt(CIPHER_AES256, f->keymat, it.p + 8, it.p + 24,
	    16));
	assert_hex(it.p + 24, 16, "68656c6c6f 010203040506070809 09 11");
}

static void
sizes(void **state)
{
	(void)state;
	for (size_t s = 0; s < SUITES; s++) {
		size_t least = esp_sealed_size(&suites[s], 0);

		for (size_t n = 0; n < least; n++)
			assert_int_equal(esp_payload_fit(&suites[s], n), 0);
		for (size_t n = least; n < 1600; n++) {
			size_t fit = esp_payload_fit(&suites[s], n);

			assert_true(esp_sealed_size(&suites[s], fit) <= n);
			assert_true(esp_sealed_size(&suites[s], fit + 1) > n);
		}
		for (size_t n = 0; n < 1600; n++)
			assert_true(esp_sealed_size(&suites[s], n) <=
			    ESP_FRONT_MAX + n + ESP_BACK_MAX);
	}
}

/* RFC 3602 §4, cases 5 to 8: whole packets, without authentication. */
static const struct cbc_packet {
	const char *key, *packet, *payload;
	uint8_t next;
} rfc3602[] = {
	{ "90d382b4 10eeba7a d938c46c ec1a82bf",
	    "00004321 00000001 e96e8c08 ab465763 fd098d45 dd3ff893"
	    "f663c25d 325c18c6 a9453e19 4e120849 a4870b66 cc6b9965 330013b4"
	    "898dc856 a4699e52 3a55db08 0b59ec3a 8e4b7e52 775b07d1 db34ed9c"
	    "538ab50c 551b874a a269add0 47ad2d59 13ac19b7 cfbad4a6",
	    "08000ebd a70a0000 8e9c083d b95b0700 08090a0b 0c0d0e0f 10111213"
	    "14151617 18191a1b 1c1d1e1f 20212223 24252627 28292a2b 2c2d2e2f"
	    "30313233 34353637", 1 },
	{ "90d382b4 10eeba7a d938c46c ec1a82bf",
	    "00004321 00000008 69d08df7 d203329d b093fc49 24e5bd80"
	    "f5199588 1ec4e0c4 488987ce 742e8109 689bb379 d2d750c0 d915dca3"
	    "46a89f75",
	    "0800b5e8 a80a0500 a69c083d 0b660e00 77777777 77777777 77777777",
	    1 },
	{ "01234567 89abcdef 01234567 89abcdef",
	    "00008765 00000002 f4e76524 4f6407ad f13dc138 0f673f37"
	    "773b5241 a4c44922 5e4f3ce5 ed611b0c 237ca96c f74a9301 3c1b0ea1"
	    "a0cf70f8 e4ecaec7 8ac53aad 7a0f022b 859243c6 47752e94 a859352b"
	    "8a4d4d2d ecd136e5 c177f132 ad3fbfb2 201ac990 4c74ee0a 109e0ca1"
	    "e4dfe9d5 a100b842 f1c22f0d",
	    "45000054 09040000 4001f988 c0a87b03 c0a87bc8 08009f76 a90a0100"
	    "b49c083d 02a20400 08090a0b 0c0d0e0f 10111213 14151617 18191a1b"
	    "1c1d1e1f 20212223 24252627 28292a2b 2c2d2e2f 30313233 34353637",
	    4 },
	{ "01234567 89abcdef 01234567 89abcdef",
	    "00008765 00000005 85d47224 b5f3dd5d 2101d4ea 8dffab22"
	    "15b92683 819596a8 047232cc 00f7048f e45318e1 1f8a0f62 ede3c3fc"
	    "61203bb5 0f980a08 c9843fd3 a1b06d5c 07ff9639 b7eb7dfb 3512e5de"
	    "435e7207 ed971ef3 d2726d9b 5ef6affc 6d17a0de cbb13892",
	    "45000044 090c0000 4001f990 c0a87b03 c0a87bc8 0800d63c aa0a0200"
	    "c69c083d a3de0300 ffffffff ffffffff ffffffff ffffffff ffffffff"
	    "ffffffff ffffffff ffffffff", 4 },
};

/*
 * With an ICV made by the plain HMAC function, esp_open() takes them apart: the
 * padding is right and only the next header (ICMP, IP) is not for us.  Turned
 * to UDP under a new encryption, it is delivered.
 */
static void
rfc3602_packets(void **state)
{
	struct fix *f = *state;
	const struct esp_suite s = { ESP_ENC_AES_CBC, ESP_AUTH_SHA256, 128 };

	for (size_t i = 0; i < 4; i++) {
		uint8_t b[256], keymat[48] = { 0 }, sum[HASH_MAX];
		size_t n = hex_read(rfc3602[i].packet, b, sizeof(b));
		struct rd covered = rd_make(b, n);
		struct esp_item it = { .sa.in = &f->in, .p = b };

		(void)hex_read(rfc3602[i].key, keymat, 16);
		esp_in_wipe(&f->in);
		assert_true(esp_in_init(&f->in, esp_spi(b, n), &s, keymat, 64));
		assert_true(hmac_sum(HASH_SHA256, rd_make(keymat + 16, 32),
		    &covered, 1, sum));
		memcpy(b + n, sum, 16);
		it.len = (uint32_t)n + 16;
		esp_open(f->c, &it, 1);
		assert_int_equal(it.drop, DROP_ESP_NEXT_HEADER);
		assert_hex(it.p, it.len, rfc3602[i].payload);
		assert_int_equal(b[n - 1], rfc3602[i].next);
		assert_int_equal(f->in.replay.top, it.seq);
	}
}

static void
gcm_published_packets(void **state)
{
	struct fix *f = *state;

	for (size_t i = 0; i < GCM_ESPS; i++) {
		const struct gcm_esp *v = &gcm_esp[i];
		const struct esp_suite s = { ESP_ENC_AES_GCM16, ESP_AUTH_NONE,
		    (uint16_t)v->key_bits };
		uint8_t b[256], part[128], keymat[36], plain[128];
		struct wr w = wr_make(b, sizeof(b));
		struct esp_item it = { .sa.in = &f->in, .p = b };
		size_t n;

		wr_bytes(&w, part, hex_read(v->head, part, sizeof(part)));
		wr_bytes(&w, part, hex_read(v->iv, part, sizeof(part)));
		wr_bytes(&w, part, hex_read(v->cipher, part, sizeof(part)));
		wr_bytes(&w, part, hex_read(v->icv, part, sizeof(part)));
		(void)hex_read(v->keymat, keymat, sizeof(keymat));
		n = hex_read(v->plain, plain, sizeof(plain));
		esp_in_wipe(&f->in);
		assert_true(esp_in_init(&f->in, esp_spi(b, 8), &s, keymat, 64));
		it.len = (uint32_t)wr_used(&w);
		esp_open(f->c, &it, 1);
		assert_int_equal(it.drop, DROP_ESP_NEXT_HEADER);
		assert_int_equal(it.len, n - 2 - plain[n - 2]);
		assert_memory_equal(it.p, plain, it.len);
	}
}

/* Third-party bytes: FreeS/WAN in tunnel mode, pings inside. */
static void
tcpdump_aes_sha1(void **state)
{
	struct fix *f = *state;
	const struct esp_suite s = { ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 };
	uint8_t keymat[52];

	(void)hex_read(cap_aes_key, keymat, 32);
	(void)hex_read(cap_aes_auth, keymat + 32, 20);
	esp_in_wipe(&f->in);
	assert_true(esp_in_init(&f->in, 0xd1234567, &s, keymat, 64));
	for (size_t i = 0; i < 3; i++) {
		uint8_t b[256], again[256];
		size_t n = hex_read(cap_aes[i], b, sizeof(b));
		struct esp_item it = { .sa.in = &f->in, .p = b,
		    .len = (uint32_t)n };

		memcpy(again, b, n);
		esp_open(f->c, &it, 1);
		assert_int_equal(it.drop, DROP_ESP_NEXT_HEADER);
		assert_int_equal(it.seq, i + 1);
		assert_true(it.advanced);
		/* 192.0.2.1 > 192.0.1.1 ICMP echo request, 84 bytes */
		assert_int_equal(it.len, 84);
		assert_hex(it.p, 4, "45000054");
		assert_hex(it.p + 12, 10, "c0000201c0000101 0800");
		it = (struct esp_item){ .sa.in = &f->in, .p = again,
		    .len = (uint32_t)n };
		esp_open(f->c, &it, 1);
		assert_int_equal(it.drop, DROP_ESP_REPLAY);
	}
}

/* HMAC-MD5 is no suite of ours: ICV and text by the plain functions. */
static void
tcpdump_3des_md5(void **state)
{
	uint8_t b[256], key[24], auth[16], sum[HASH_MAX];
	size_t n = hex_read(cap_3des, b, sizeof(b));
	struct rd covered = rd_make(b, n - 12);

	(void)state;
	(void)hex_read(cap_3des_key, key, sizeof(key));
	(void)hex_read(cap_3des_auth, auth, sizeof(auth));
	assert_true(hmac_sum(HASH_MD5, rd_make(auth, 16), &covered, 1, sum));
	assert_memory_equal(b + n - 12, sum, 12);
	assert_true(cbc_decrypt(CIPHER_3DES, key, b + 8, b + 16, n - 28));
	assert_hex(b + 16, 4, "45000054");
	assert_hex(b + n - 14, 2, "02 04");
}

static void
tcpdump_packet_in_packet(void **state)
{
	uint8_t b[256], key[24];
	size_t n = hex_read(cap_nested, b, sizeof(b));

	(void)state;
	(void)hex_read(cap_outer_key, key, sizeof(key));
	assert_true(cbc_decrypt(CIPHER_3DES, key, b + 8, b + 16, n - 28));
	assert_hex(b + 16 + 20, 8, "abcdabcd 00000001");
	(void)hex_read(cap_inner_key, key, sizeof(key));
	assert_true(cbc_decrypt(CIPHER_3DES, key, b + 44, b + 52, 88));
	assert_hex(b + 52, 4, "45000054");
	assert_hex(b + 52 + 12, 10, "c0000201c0000101 0800");
}

static void
window_of(const struct esp_in *sa, uint64_t out[REPLAY_WINDOW_MAX / 64 + 2])
{
	out[0] = sa->replay.top;
	for (size_t i = 0; i <= REPLAY_WINDOW_MAX / 64; i++)
		out[i + 1] = sa->replay.bits[i];
}

static void
assert_window(const struct esp_in *sa, const uint64_t *want)
{
	uint64_t now[REPLAY_WINDOW_MAX / 64 + 2];

	window_of(sa, now);
	assert_memory_equal(now, want, sizeof(now));
}

/* N-31: one packet a thousand times, alone and in batches: delivered once. */
static void
n31_replayed_packet(void **state)
{
	struct fix *f = *state;
	static struct pkt copy[200];
	struct pkt p;
	struct esp_item it = payload(f, &p, 100), many[200];
	unsigned good = 0, moved = 0, replayed = 0;

	esp_seal(f->c, &it, 1);
	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < 200; i++) {
			copy[i] = p;
			many[i] = it;
			many[i].sa.in = &f->in;
			many[i].p = copy[i].b + (it.p - p.b);
		}
		esp_open(f->c, many, 200);
		for (size_t i = 0; i < 200; i++) {
			good += many[i].drop == DROP_NONE;
			replayed += many[i].drop == DROP_ESP_REPLAY;
			moved += many[i].advanced;
		}
	}
	assert_int_equal(good, 1);
	assert_int_equal(moved, 1);
	assert_int_equal(replayed, 999);
}

/* N-31: late but within the window is delivered, and moves nothing. */
static void
n31_late_packets(void **state)
{
	struct fix *f = *state;
	static struct pkt p[100];
	struct esp_item it[100];

	for (size_t i = 0; i < 100; i++) {
		it[i] = payload(f, &p[i], 40);
		esp_seal(f->c, &it[i], 1);
	}
	for (size_t i = 100; i-- > 0; ) {
		open_one(f, &it[i]);
		assert_int_equal(it[i].drop,
		    i >= 36 ? DROP_NONE : DROP_ESP_REPLAY);
		assert_int_equal(it[i].advanced, i == 99);
	}
}

/* N-32: no single wrong bit passes, and none touches the window. */
static void
n32_flipped_bits(void **state)
{
	struct fix *f = *state;
	uint64_t window[REPLAY_WINDOW_MAX / 64 + 2];
	struct pkt p, bad;

	for (size_t s = 0; s < SUITES; s++) {
		struct esp_item it;

		fix_suite(f, &suites[s]);
		it = payload(f, &p, 30);
		esp_seal(f->c, &it, 1);
		window_of(&f->in, window);
		for (size_t bit = 0; bit < 8 * it.len; bit++) {
			struct esp_item one = it;

			bad = p;
			one.p = bad.b + (it.p - p.b);
			one.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			one.advanced = true;	/* left from before */
			open_one(f, &one);
			assert_int_equal(one.drop, bit < 32 ? DROP_ESP_SPI :
			    bit == 56 ? DROP_ESP_REPLAY : DROP_ESP_ICV);
			assert_false(one.advanced);
			assert_window(&f->in, window);
		}
		open_one(f, &it);
		assert_int_equal(it.drop, DROP_NONE);
	}
}

/* N-32: cut at every byte, or with bytes hung on. */
static void
n32_wrong_lengths(void **state)
{
	struct fix *f = *state;
	uint64_t window[REPLAY_WINDOW_MAX / 64 + 2];

	for (size_t s = 0; s < SUITES; s++) {
		struct pkt p;
		struct esp_item it;
		size_t block, least;

		fix_suite(f, &suites[s]);
		it = payload(f, &p, 60);
		esp_seal(f->c, &it, 1);
		window_of(&f->in, window);
		block = esp_suite_block(&suites[s]);
		least = esp_sealed_size(&suites[s], 0);
		for (uint32_t n = 0; n < it.len + 40; n++) {
			uint8_t *exact = malloc(n > 0 ? n : 1);
			struct esp_item one = { .sa.in = &f->in, .p = exact,
			    .len = n };

			if (n == it.len) {
				free(exact);
				continue;
			}
			memcpy(exact, it.p, n);
			esp_open(f->c, &one, 1);
			assert_int_equal(one.drop, n < least ? DROP_ESP_SHORT :
			    (n - least) % block != 0 ? DROP_ESP_LENGTH :
			    DROP_ESP_ICV);
			assert_window(&f->in, window);
			free(exact);
		}
	}
}

/*
 * A packet whose text (padding and next header included) is ours to choose,
 * sealed correctly: what a peer with the right keys may send.
 */
static struct esp_item
raw(struct fix *f, struct pkt *p, uint32_t seq, const uint8_t *text, uint32_t n)
{
	struct wr w = wr_make(p->b, sizeof(p->b));
	struct esp_job job = { f->out.key, p->b, n, false };

	wr_u32(&w, SPI);
	wr_u32(&w, seq);
	wr_zero(&w, f->in.size.iv);
	wr_bytes(&w, text, n);
	esp_crypt_seal(f->c, &job, 1);
	assert_true(job.ok);
	return (struct esp_item){ .sa.in = &f->in, .p = p->b,
	    .len = 8u + f->in.size.iv + n + f->in.size.icv };
}

/* N-32: number 0 is never sent (RFC 4303 §3.3.3). */
static void
n32_sequence_zero(void **state)
{
	struct fix *f = *state;
	uint8_t text[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
	struct pkt p;
	struct esp_item it;

	text[14] = 14;
	text[15] = 17;
	it = raw(f, &p, 0, text, 16);
	esp_open(f->c, &it, 1);
	assert_int_equal(it.drop, DROP_ESP_REPLAY);
	it = raw(f, &p, 1, text, 16);
	esp_open(f->c, &it, 1);
	assert_int_equal(it.drop, DROP_NONE);
	assert_int_equal(it.len, 0);
}

/* N-32: each pad length over a text of 48 bytes; right up to 46. */
static void
n32_pad_length(void **state)
{
	struct fix *f = *state;
	struct pkt p;

	for (uint32_t pad = 0; pad < 256; pad++) {
		uint8_t text[48] = { 0 };
		struct esp_item it;

		for (uint32_t i = 0; i < pad && i < 46; i++)
			text[45 - i] = (uint8_t)(pad - i);
		text[46] = (uint8_t)pad;
		text[47] = ESP_NEXT_UDP;
		it = raw(f, &p, pad + 1, text, 48);
		esp_open(f->c, &it, 1);
		assert_int_equal(it.drop, pad <= 46 ? DROP_NONE : DROP_ESP_PAD);
		if (pad <= 46)
			assert_int_equal(it.len, 46 - pad);
	}
}

/* The longest padding there is. */
static void
pad_255(void **state)
{
	struct fix *f = *state;
	struct pkt p;
	uint8_t text[272];
	struct esp_item it;

	memset(text, 0xaa, sizeof(text));
	for (size_t i = 0; i < 255; i++)
		text[15 + i] = (uint8_t)(i + 1);
	text[270] = 255;
	text[271] = ESP_NEXT_UDP;
	it = raw(f, &p, 1, text, sizeof(text));
	esp_open(f->c, &it, 1);
	assert_int_equal(it.drop, DROP_NONE);
	assert_int_equal(it.len, 15);
}

/* N-32: RFC 4303 §2.4: padding is 1, 2, 3 ..., each byte of it looked at. */
static void
n32_padding_bytes(void **state)
{
	struct fix *f = *state;
	struct pkt p;

	for (uint32_t i = 0; i < 14; i++) {
		uint8_t text[16];
		struct esp_item it;

		for (uint8_t k = 0; k < 14; k++)
			text[k] = (uint8_t)(k + 1);
		text[14] = 14;
		text[15] = ESP_NEXT_UDP;
		text[i] ^= (uint8_t)(1 << i % 8);
		it = raw(f, &p, i + 1, text, 16);
		esp_open(f->c, &it, 1);
		assert_int_equal(it.drop, DROP_ESP_PAD);
	}
}

/* N-32: of all next headers UDP alone is delivered, and 59 is a dummy. */
static void
n32_next_header(void **state)
{
	struct fix *f = *state;
	struct pkt p;

	for (uint32_t next = 0; next < 256; next++) {
		uint8_t text[16] = { [15] = (uint8_t)next };
		struct esp_item it = raw(f, &p, next + 1, text, 16);

		esp_open(f->c, &it, 1);
		assert_int_equal(it.drop, next == 17 ? DROP_NONE :
		    next == 59 ? DROP_ESP_DUMMY : DROP_ESP_NEXT_HEADER);
		assert_int_equal(f->in.replay.top, next + 1);
	}
}

static void
wrong_keys(void **state)
{
	struct fix *f = *state;
	struct pkt p;
	struct esp_item it = payload(f, &p, 50);

	esp_seal(f->c, &it, 1);
	f->keymat[40] ^= 1;
	fix_suite(f, &suites[0]);
	open_one(f, &it);
	assert_int_equal(it.drop, DROP_ESP_ICV);
}

/* Numbers come from a reserved block and never beyond it, nor round. */
static void
sequence_block(void **state)
{
	struct fix *f = *state;
	struct pkt p[6];
	struct esp_item it[6];

	esp_out_wipe(&f->out);
	assert_true(esp_out_init(&f->out, SPI, &suites[0], f->keymat, 100,
	    103));
	for (size_t i = 0; i < 6; i++)
		it[i] = payload(f, &p[i], 20);
	esp_seal(f->c, it, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(it[i].drop,
		    i < 3 ? DROP_NONE : DROP_ESP_SEQ_USED);
		if (i < 3)
			assert_int_equal(it[i].seq, 101 + i);
		else
			assert_ptr_equal(it[i].p, p[i].b + ESP_FRONT_MAX);
	}
	assert_int_equal(f->out.seq, 103);
	atomic_store(&f->out.seq_limit, 104);
	esp_seal(f->c, it + 3, 2);
	assert_int_equal(it[3].drop, DROP_NONE);
	assert_int_equal(it[3].seq, 104);
	assert_int_equal(it[4].drop, DROP_ESP_SEQ_USED);
	/* RFC 4303 §3.3.3: the last number of all, then none. */
	f->out.seq = UINT32_MAX - 1;
	atomic_store(&f->out.seq_limit, UINT32_MAX);
	esp_seal(f->c, it + 4, 1);
	assert_int_equal(it[4].seq, UINT32_MAX);
	for (int i = 0; i < 3; i++) {
		esp_seal(f->c, it + 5, 1);
		assert_int_equal(it[5].drop, DROP_ESP_SEQ_USED);
		assert_int_equal(f->out.seq, UINT32_MAX);
	}
}

/* Without room behind, a packet takes no number and is not touched. */
static void
no_room(void **state)
{
	struct fix *f = *state;

	for (size_t s = 0; s < SUITES; s++) {
		fix_suite(f, &suites[s]);
		for (uint32_t n = 0; n < 40; n++) {
			uint32_t need = (uint32_t)(esp_sealed_size(&suites[s],
			    n) - ESP_HEAD - esp_suite_iv(&suites[s]) - n);
			struct pkt p, was;
			struct esp_item it = payload(f, &p, n);

			assert_true(need <= ESP_BACK_MAX);
			was = p;
			it.back = need - 1;
			f->out.seq = n;
			esp_seal(f->c, &it, 1);
			assert_int_equal(it.drop, DROP_ESP_ROOM);
			assert_int_equal(f->out.seq, n);
			assert_memory_equal(&p, &was, sizeof(p));
			it.back = need;
			esp_seal(f->c, &it, 1);
			assert_int_equal(it.drop, DROP_NONE);
			/* Exactly the room given was used. */
			assert_memory_equal(it.p + it.len,
			    was.b + (it.p - p.b) + it.len,
			    (size_t)(p.b + sizeof(p.b) - it.p) - it.len);
		}
	}
}

static void
too_long(void **state)
{
	struct fix *f = *state;
	struct pkt p;
	struct esp_item it = payload(f, &p, 100);

	it.len = 70000;
	it.back = 1000;
	esp_seal(f->c, &it, 1);
	assert_int_equal(it.drop, DROP_ESP_ROOM);
	it.len = UINT32_MAX;
	it.back = UINT32_MAX;
	esp_seal(f->c, &it, 1);
	assert_int_equal(it.drop, DROP_ESP_ROOM);
	assert_int_equal(f->out.seq, 0);
}

static void
unknown_suite(void **state)
{
	struct fix *f = *state;
	const struct esp_suite null_cipher = { 11, ESP_AUTH_SHA1, 0 };
	const struct esp_suite no_auth = { ESP_ENC_AES_CBC, 0, 128 };
	struct esp_in in;
	struct esp_out out;
	struct pkt p;
	struct esp_item it;

	assert_false(esp_in_init(&in, 1, &null_cipher, f->keymat, 64));
	assert_false(esp_in_init(&in, 1, &no_auth, f->keymat, 64));
	assert_false(esp_out_init(&out, 1, &null_cipher, f->keymat, 0, 9));
	/* Sealing with what is no SA (any more) says so. */
	esp_out_wipe(&f->out);
	it = payload(f, &p, 10);
	esp_seal(f->c, &it, 1);
	assert_int_equal(it.drop, DROP_ESP_NO_SA);
}

#define ORDER_SAS	5
#define ORDER_ITEMS	150

/* Android's receiver: a window of 4 packets; what is older is lost. */
static bool
four_packet_receiver(uint64_t *seen, uint32_t *top, uint32_t seq)
{
	if (seq + 4 <= *top || (seq <= *top && (*seen >> (*top - seq) & 1)))
		return false;
	if (seq > *top) {
		*seen = seq - *top < 64 ? *seen << (seq - *top) : 0;
		*top = seq;
	}
	*seen |= 1ull << (*top - seq);
	return true;
}

/*
 * Any mix of SAs, suites, sizes and refusals in any batches: per SA the numbers
 * leave strictly rising, without a hole, and a receiver with a window of four
 * packets loses nothing.
 */
static void
order_for_four_packet_window(void **state)
{
	struct fix *f = *state;
	static struct pkt p[ORDER_ITEMS];
	struct esp_item it[ORDER_ITEMS];
	struct esp_out out[ORDER_SAS];
	uint32_t top[ORDER_SAS] = { 0 };
	uint64_t seen[ORDER_SAS] = { 0 };

	for (size_t i = 0; i < ORDER_SAS; i++)
		assert_true(esp_out_init(&out[i], SPI + (uint32_t)i, &suites[i],
		    f->keymat, 0, UINT32_MAX));
	for (int round = 0; round < 60; round++) {
		unsigned n = 1 + rng_below(&f->rng, ORDER_ITEMS);

		for (unsigned i = 0; i < n; i++) {
			it[i] = payload(f, &p[i], rng_below(&f->rng, 200));
			it[i].sa.out = &out[rng_below(&f->rng, ORDER_SAS)];
			if (rng_below(&f->rng, 10) == 0)
				it[i].back = 3;
		}
		esp_seal(f->c, it, n);
		for (unsigned i = 0; i < n; i++) {
			uint32_t sa = esp_spi(it[i].p, it[i].len) - SPI;

			if (it[i].drop == DROP_ESP_ROOM)
				continue;
			assert_int_equal(it[i].drop, DROP_NONE);
			assert_int_equal(it[i].seq, top[sa] + 1);
			assert_true(four_packet_receiver(&seen[sa], &top[sa],
			    it[i].seq));
		}
	}
	for (size_t i = 0; i < ORDER_SAS; i++) {
		assert_int_equal(top[i], out[i].seq);
		esp_out_wipe(&out[i]);
	}
}

#define RACERS		4
#define RACE_PACKETS	300

struct racer {
	struct fix *f;
	struct pkt *p;		/* the racer's own copy of all packets */
	struct esp_item it[RACE_PACKETS];
	unsigned good;
};

static void *
race(void *arg)
{
	static const uint8_t seed[16] = { 3 };
	struct racer *r = arg;
	struct esp_crypt *c = esp_crypt_new(ESP_ENGINE_AUTO, seed);

	for (unsigned at = 0; at < RACE_PACKETS; at += 30)
		esp_open(c, &r->it[at], 30);
	for (unsigned i = 0; i < RACE_PACKETS; i++)
		r->good += r->it[i].drop == DROP_NONE;
	esp_crypt_free(c);
	return NULL;
}

/* Several workers get the same packets: each packet is delivered once. */
static void
n31_workers_race(void **state)
{
	struct fix *f = *state;
	struct racer *r = calloc(RACERS, sizeof(*r));
	struct pkt *p = calloc(RACE_PACKETS, sizeof(*p));
	pthread_t t[RACERS];
	unsigned good = 0;

	esp_in_wipe(&f->in);
	assert_true(esp_in_init(&f->in, SPI, &suites[0], f->keymat, 1024));
	for (size_t k = 0; k < RACERS; k++)
		r[k].p = calloc(RACE_PACKETS, sizeof(*p));
	for (size_t i = 0; i < RACE_PACKETS; i++) {
		struct esp_item it = payload(f, &p[i], 64);

		esp_seal(f->c, &it, 1);
		for (size_t k = 0; k < RACERS; k++) {
			r[k].p[i] = p[i];
			r[k].it[i] = it;
			r[k].it[i].sa.in = &f->in;
			r[k].it[i].p = r[k].p[i].b + (it.p - p[i].b);
		}
	}
	for (size_t k = 0; k < RACERS; k++)
		assert_int_equal(pthread_create(&t[k], NULL, race, &r[k]), 0);
	for (size_t k = 0; k < RACERS; k++) {
		assert_int_equal(pthread_join(t[k], NULL), 0);
		good += r[k].good;
		free(r[k].p);
	}
	assert_int_equal(good, RACE_PACKETS);
	free(r);
	free(p);
}

static void
spi_of_short_packets(void **state)
{
	static const uint8_t b[5] = { 0x12, 0x34, 0x56, 0x78, 0x9a };

	(void)state;
	for (size_t n = 0; n < 4; n++)
		assert_int_equal(esp_spi(b, n), 0);
	assert_int_equal(esp_spi(b, 4), 0x12345678);
	assert_int_equal(esp_spi(b, 5), 0x12345678);
}

/* RFC 3948 §2: what a datagram on port 4500 is. */
static void
udp_encapsulation(void **state)
{
	static const struct {
		const char *hex;
		enum udpencap kind;
	} v[] = {
		{ "", UDPENCAP_SHORT }, { "ff", UDPENCAP_KEEPALIVE },
		{ "fe", UDPENCAP_SHORT }, { "00", UDPENCAP_SHORT },
		{ "ffff", UDPENCAP_SHORT }, { "ffffff", UDPENCAP_SHORT },
		{ "000000", UDPENCAP_SHORT }, { "00000000", UDPENCAP_IKE },
		{ "0000000001", UDPENCAP_IKE }, { "00000001", UDPENCAP_ESP },
		{ "ffffffff", UDPENCAP_ESP }, { "ff000000", UDPENCAP_ESP },
	};
	uint8_t b[8];
	struct wr w = wr_make(b, sizeof(b));

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		size_t n = hex_read(v[i].hex, b, sizeof(b));

		assert_int_equal(udpencap_kind(b, n), v[i].kind);
	}
	udpencap_mark(&w);
	assert_int_equal(wr_used(&w), UDPENCAP_MARKER);
	assert_int_equal(udpencap_kind(b, 4), UDPENCAP_IKE);
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(round_trip), CASE(wire_format), CASE(sizes),
		CASE(rfc3602_packets), CASE(gcm_published_packets),
		CASE(tcpdump_aes_sha1), CASE(tcpdump_3des_md5),
		CASE(tcpdump_packet_in_packet), CASE(n31_replayed_packet),
		CASE(n31_late_packets), CASE(n31_workers_race),
		CASE(n32_flipped_bits), CASE(n32_wrong_lengths),
		CASE(n32_sequence_zero), CASE(n32_pad_length), CASE(pad_255),
		CASE(n32_padding_bytes), CASE(n32_next_header),
		CASE(wrong_keys), CASE(sequence_block), CASE(no_room),
		CASE(too_long), CASE(unknown_suite),
		CASE(order_for_four_packet_window), CASE(spi_of_short_packets),
		CASE(udp_encapsulation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
