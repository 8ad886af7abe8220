/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What encryption alone costs: the bare limit of the data path, and the
 * engines that we build on it.
 *
 *	make tests/bench/crypt && tests/bench/crypt [SUITE]...
 *
 * One JSON object: for each suite ("aes256-sha1", ...) and engine bytes of
 * text per second of CPU, sealing and opening packets of 1,408 bytes by a
 * hundred keys, 256 at a time; the largest of five short runs.  "bare" is the
 * library given the same jobs by a loop that does nothing else: no IV, no
 * comparison of the ICV, one pass, lanes never worked off half full.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/crypto_esp.h"
#include "base/rng.h"

#ifdef HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

#define KEYS	100
#define BATCH	256
#define SLOT	1536
#define TEXT	1408
#define ROUNDS	5
#define SPAN_S	0.15		/* of one measurement */

struct bench {
	struct esp_crypt *crypt;
	struct esp_key *key[KEYS];
	struct esp_job job[BATCH];
	uint8_t slot[BATCH][SLOT];
};

static double
cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "crypt: %s\n", what);
	exit(1);
}

static void
seal(struct bench *b)
{
	esp_crypt_seal(b->crypt, b->job, BATCH);
}

/* What is opened must be sealed, which is not what is measured. */
static void
open_batch(struct bench *b)
{
	esp_crypt_open(b->crypt, b->job, BATCH);
	for (unsigned i = 0; i < BATCH; i++)
		must(b->job[i].ok, "an ICV is wrong");
}

static double
seal_rate(struct bench *b)
{
	double best = 0;

	for (unsigned r = 0; r < ROUNDS; r++) {
		double begin = cpu_s(), used;
		double bytes = 0;

		do {
			seal(b);
			bytes += (double)BATCH * TEXT;
			used = cpu_s() - begin;
		} while (used < SPAN_S);
		if (bytes / used > best)
			best = bytes / used;
	}
	return best;
}

static double
open_rate(struct bench *b)
{
	double best = 0;

	for (unsigned r = 0; r < ROUNDS; r++) {
		double used = 0, bytes = 0;

		while (used < SPAN_S) {
			double begin;

			seal(b);
			begin = cpu_s();
			open_batch(b);
			used += cpu_s() - begin;
			bytes += (double)BATCH * TEXT;
		}
		if (bytes / used > best)
			best = bytes / used;
	}
	return best;
}

#ifdef HAVE_IPSEC_MB

/* The bare library; AES-CBC with HMAC-SHA1 or SHA-256. */
struct bare {
	IMB_MGR *mgr;
	struct {
		_Alignas(16) uint8_t seal[15 * 16];
		_Alignas(16) uint8_t open[15 * 16];
	} key[KEYS];
	uint8_t state[64];
	uint8_t sum[BATCH][32];
	uint64_t done;
};

static void
bare_batch(struct bare *b, uint8_t slot[BATCH][SLOT], IMB_HASH_ALG hash,
    IMB_CIPHER_DIRECTION way)
{
	for (unsigned i = 0; i < BATCH; i++) {
		IMB_JOB *m = IMB_GET_NEXT_JOB(b->mgr);

		*m = (IMB_JOB){
			.src = slot[i], .dst = slot[i] + 24,
			.cipher_start_src_offset_in_bytes = 24,
			.msg_len_to_cipher_in_bytes = TEXT,
			.msg_len_to_hash_in_bytes = 24 + TEXT,
			.enc_keys = b->key[i % KEYS].seal,
			.dec_keys = b->key[i % KEYS].open,
			.key_len_in_bytes = 32,
			.iv = slot[i] + 8, .iv_len_in_bytes = 16,
			.auth_tag_output = b->sum[i],
			.auth_tag_output_len_in_bytes =
			    hash == IMB_AUTH_HMAC_SHA_1 ? 12 : 16,
			.cipher_mode = IMB_CIPHER_CBC, .hash_alg = hash,
			.cipher_direction = way,
			.chain_order = way == IMB_DIR_ENCRYPT ?
			    IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER,
			.u.HMAC._hashed_auth_key_xor_ipad = b->state,
			.u.HMAC._hashed_auth_key_xor_opad = b->state,
		};
		m = IMB_SUBMIT_JOB_NOCHECK(b->mgr);
		while (m != NULL) {
			b->done++;
			m = IMB_GET_COMPLETED_JOB(b->mgr);
		}
	}
}

static double
bare_rate(struct bare *b, uint8_t slot[BATCH][SLOT], IMB_HASH_ALG hash,
    IMB_CIPHER_DIRECTION way)
{
	double best = 0;

	for (unsigned r = 0; r < ROUNDS; r++) {
		uint64_t done = b->done;
		double begin = cpu_s(), used;

		do {
			bare_batch(b, slot, hash, way);
			used = cpu_s() - begin;
		} while (used < SPAN_S);
		used = (double)(b->done - done) * TEXT / used;
		if (used > best)
			best = used;
	}
	while (IMB_FLUSH_JOB(b->mgr) != NULL)
		;
	return best;
}

static void
bare_print(struct bench *bench, const struct esp_suite *s, const char *comma)
{
	struct bare *b;
	IMB_HASH_ALG hash = s->auth == ESP_AUTH_SHA1 ? IMB_AUTH_HMAC_SHA_1 :
	    IMB_AUTH_HMAC_SHA_256;
	double up, down;

	if (esp_crypt_why_not(ESP_ENGINE_MB) != NULL || s->key_bits != 256 ||
	    s->enc != ESP_ENC_AES_CBC || s->auth > ESP_AUTH_SHA256)
		return;
	b = aligned_alloc(64, (sizeof(*b) + 63) / 64 * 64);
	must(b != NULL, "out of memory");
	memset(b, 0, sizeof(*b));
	b->mgr = alloc_mb_mgr(0);
	must(b->mgr != NULL, "no manager");
	init_mb_mgr_auto(b->mgr, NULL);
	for (unsigned i = 0; i < KEYS; i++)
		IMB_AES_KEYEXP_256(b->mgr, bench->slot[i], b->key[i].seal,
		    b->key[i].open);
	down = bare_rate(b, bench->slot, hash, IMB_DIR_ENCRYPT);
	up = bare_rate(b, bench->slot, hash, IMB_DIR_DECRYPT);
	(void)printf("%s\"bare\": {\"seal\": %.0f, \"open\": %.0f}", comma,
	    down, up);
	free_mb_mgr(b->mgr);
	free(b);
}

#else

static void
bare_print(struct bench *bench, const struct esp_suite *s, const char *comma)
{
	(void)bench;
	(void)s;
	(void)comma;
}

#endif

static void
engine_print(struct bench *b, enum esp_engine which, const char *comma)
{
	static const uint8_t seed[16] = { 1 };

	if (esp_crypt_why_not(which) != NULL)
		return;
	b->crypt = esp_crypt_new(which, seed);
	must(b->crypt != NULL, "out of memory");
	(void)printf("%s\"%s\": {\"seal\": %.0f, \"open\": %.0f}", comma,
	    esp_crypt_name(b->crypt), seal_rate(b), open_rate(b));
	(void)fflush(stdout);
	esp_crypt_free(b->crypt);
}

static void
suite_print(struct bench *b, const struct esp_suite *s, struct rng *rng)
{
	uint8_t keymat[ESP_KEYMAT_MAX];

	for (unsigned i = 0; i < KEYS; i++) {
		must(rng_fill(rng, keymat, sizeof(keymat)), "no randomness");
		b->key[i] = esp_key_new(s, keymat);
		must(b->key[i] != NULL, "out of memory");
	}
	for (unsigned i = 0; i < BATCH; i++) {
		must(rng_fill(rng, b->slot[i], SLOT), "no randomness");
		b->job[i] = (struct esp_job){ .key = b->key[i % KEYS],
			.head = b->slot[i], .text_len = TEXT };
	}
	engine_print(b, ESP_ENGINE_OPENSSL, "");
	engine_print(b, ESP_ENGINE_MB, ", ");
	bare_print(b, s, ", ");
	for (unsigned i = 0; i < KEYS; i++)
		esp_key_free(b->key[i]);
}

int
main(int argc, char **argv)
{
	static const struct esp_suite suites[] = {
		{ 12, 2, 128 }, { 12, 2, 256 }, { 12, 5, 128 }, { 12, 5, 256 },
		{ 12, 6, 256 }, { 12, 7, 256 }, { 20, 0, 128 }, { 20, 0, 256 },
		{ 3, 2, 192 },
	};
	static struct bench b;
	const char *comma = "";
	struct rng rng;

	rng_system(&rng);
	(void)printf("{");
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		char name[24];
		int k = 1;

		(void)esp_suite_str(&suites[i], name);
		while (k < argc && strcmp(argv[k], name) != 0)
			k++;
		if (argc > 1 && k == argc)
			continue;
		(void)printf("%s\"%s\": {", comma, name);
		suite_print(&b, &suites[i], &rng);
		(void)printf("}");
		comma = ",\n ";
	}
	(void)printf("}\n");
	return 0;
}
