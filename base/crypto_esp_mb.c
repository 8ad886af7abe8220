/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ESP engine that works in lanes: intel-ipsec-mb.
 *
 * AES-CBC cannot be encrypted in parallel within one packet, nor HMAC summed,
 * but sixteen packets can (with AVX-512; eight or four with less).  The
 * library's manager takes jobs one by one, each with a key of its own, and
 * gives them back when a set of lanes has been worked off; at the end of a
 * batch what is left in the lanes is worked off as it is.
 *
 * The managers of threads are their own.  One more, of which only functions
 * without state are used, prepares keys: control makes them, any thread uses
 * them.
 */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <intel-ipsec-mb.h>

#include "base/crypto_esp_int.h"
#include "base/secret.h"

#define ALIGN		64	/* of a manager, and of GCM's key */
#define CHUNK		256	/* packets whose sums are kept at a time */
#define NONCE		12	/* RFC 4106 §4 */
#define HMAC_BLOCK_MAX	128
#define AES_ROUNDS_MAX	15	/* round keys of 16 bytes */

/* A key as the library wants it; only the part for its cipher is there. */
struct wide {
	uint8_t inner[64], outer[64];	/* HMAC after its first block */
	union {
		struct {
			uint8_t seal[AES_ROUNDS_MAX * 16];
			uint8_t open[AES_ROUNDS_MAX * 16];
		} aes;
		struct {
			uint64_t round[3][16];
			const void *key[3];	/* into round */
		} des;
		struct gcm_key_data gcm;
	} c;
};

struct engine {
	struct esp_crypt base;
	struct esp_ivs ivs;
	IMB_MGR *mgr;			/* owned */
	uint8_t sum[CHUNK][64];		/* ICVs as they should be */
	uint8_t nonce[CHUNK][NONCE];
};

/* File-scope state, allowed here only: made once, then never written. */
static pthread_once_t shared_once = PTHREAD_ONCE_INIT;
static IMB_MGR *shared;

static struct engine *
engine_of(struct esp_crypt *c)
{
	return (struct engine *)(void *)c;	/* base is its first member */
}

/* ---- the manager ---- */

static size_t
aligned(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static IMB_MGR *
mgr_make(void)
{
	void *mem = aligned_alloc(ALIGN, aligned(imb_get_mb_mgr_size()));
	IMB_MGR *m = mem != NULL ? imb_set_pointers_mb_mgr(mem, 0, 1) : NULL;

	if (m != NULL)
		init_mb_mgr_auto(m, NULL);
	if (m == NULL || imb_get_errno(m) != 0 ||
	    (m->features & IMB_FEATURE_AESNI) == 0) {
		free(mem);
		return NULL;
	}
	return m;
}

static void
mgr_drop(IMB_MGR *m)
{
	if (m != NULL)
		wipe(m, imb_get_mb_mgr_size());
	free(m);
}

static void
shared_make(void)
{
	shared = mgr_make();
}

/* NULL: the library cannot work here. */
static IMB_MGR *
shared_get(void)
{
	(void)pthread_once(&shared_once, shared_make);
	return shared;
}

static const char *
engine_why_not(void)
{
	if ((imb_get_feature_flags() & IMB_FEATURE_AESNI) == 0)
		return "the processor has no AES instructions";
	return shared_get() == NULL ? "intel-ipsec-mb does not start" : NULL;
}

static const char *
engine_about(void)
{
	const IMB_MGR *m = shared_get();

	switch (m != NULL ? m->used_arch : IMB_ARCH_NONE) {
	case IMB_ARCH_AVX512:
		return "AVX-512";
	case IMB_ARCH_AVX2:
		return "AVX2";
	case IMB_ARCH_AVX:
		return "AVX";
	default:
		return "SSE";
	}
}

/* ---- keys ---- */

static size_t
wide_bytes(const struct esp_suite *s)
{
	const struct wide *w = NULL;
	size_t n = offsetof(struct wide, c);

	if (s->enc == ESP_ENC_AES_GCM16)
		n += sizeof(w->c.gcm);
	else if (s->enc == ESP_ENC_AES_CBC)
		n += sizeof(w->c.aes);
	else
		n += sizeof(w->c.des);
	return aligned(n);
}

static size_t
key_bytes(void)
{
	return aligned(sizeof(struct wide));
}

/* RFC 2104 §2; the key is never longer than a block. */
static void
hmac_begin(const struct esp_key *k, uint8_t pad, uint8_t *state)
{
	IMB_MGR *m = shared_get();
	uint8_t block[HMAC_BLOCK_MAX];

	memset(block, pad, sizeof(block));
	for (unsigned i = 0; i < k->size.auth_key; i++)
		block[i] ^= k->auth[i];
	switch (k->suite.auth) {
	case ESP_AUTH_SHA1:
		IMB_SHA1_ONE_BLOCK(m, block, state);
		break;
	case ESP_AUTH_SHA256:
		IMB_SHA256_ONE_BLOCK(m, block, state);
		break;
	case ESP_AUTH_SHA384:
		IMB_SHA384_ONE_BLOCK(m, block, state);
		break;
	case ESP_AUTH_SHA512:
		IMB_SHA512_ONE_BLOCK(m, block, state);
		break;
	}
	wipe(block, sizeof(block));
}

static void
aes_widen(struct wide *w, const struct esp_key *k)
{
	IMB_MGR *m = shared_get();

	if (k->suite.key_bits == 128)
		IMB_AES_KEYEXP_128(m, k->enc, w->c.aes.seal, w->c.aes.open);
	else if (k->suite.key_bits == 192)
		IMB_AES_KEYEXP_192(m, k->enc, w->c.aes.seal, w->c.aes.open);
	else
		IMB_AES_KEYEXP_256(m, k->enc, w->c.aes.seal, w->c.aes.open);
}

static void
gcm_widen(struct wide *w, const struct esp_key *k)
{
	IMB_MGR *m = shared_get();

	if (k->suite.key_bits == 128)
		IMB_AES128_GCM_PRE(m, k->enc, &w->c.gcm);
	else if (k->suite.key_bits == 192)
		IMB_AES192_GCM_PRE(m, k->enc, &w->c.gcm);
	else
		IMB_AES256_GCM_PRE(m, k->enc, &w->c.gcm);
}

static void
des_widen(struct wide *w, const struct esp_key *k)
{
	for (unsigned i = 0; i < 3; i++) {
		IMB_DES_KEYSCHED(shared_get(), w->c.des.round[i],
		    k->enc + (size_t)i * 8);
		w->c.des.key[i] = w->c.des.round[i];
	}
}

static bool
key_widen(struct esp_key *k)
{
	size_t n = wide_bytes(&k->suite);
	struct wide *w;

	if (shared_get() == NULL)
		return true;		/* nobody will ask for it */
	w = aligned_alloc(ALIGN, n);
	if (w == NULL)
		return false;
	memset(w, 0, n);
	k->wide = w;
	if (k->suite.enc == ESP_ENC_AES_GCM16) {
		gcm_widen(w, k);
		return true;
	}
	if (k->suite.enc == ESP_ENC_AES_CBC)
		aes_widen(w, k);
	else
		des_widen(w, k);
	hmac_begin(k, 0x36, w->inner);
	hmac_begin(k, 0x5c, w->outer);
	return true;
}

static void
key_narrow(struct esp_key *k)
{
	if (k->wide != NULL)
		wipe(k->wide, wide_bytes(&k->suite));
	free(k->wide);
	k->wide = NULL;
}

/* ---- jobs ---- */

static void
job_done(const IMB_JOB *m)
{
	struct esp_job *j = m->user_data;

	if (j != NULL)
		j->ok = m->status == IMB_STATUS_COMPLETED;
}

static void
job_submit(struct engine *e)
{
	const IMB_JOB *m = IMB_SUBMIT_JOB_NOCHECK(e->mgr);

	while (m != NULL) {
		job_done(m);
		m = IMB_GET_COMPLETED_JOB(e->mgr);
	}
}

/* The end of a batch: what is still in the lanes. */
static void
jobs_finish(struct engine *e)
{
	const IMB_JOB *m;

	while ((m = IMB_FLUSH_JOB(e->mgr)) != NULL)
		job_done(m);
}

/* The manager's next job, with what every kind of job has. */
static IMB_JOB *
job_next(struct engine *e, struct esp_job *j)
{
	IMB_JOB *m = IMB_GET_NEXT_JOB(e->mgr);

	m->src = j->head;
	m->dst = esp_job_text(j);
	m->cipher_start_src_offset_in_bytes = 8u + j->key->size.iv;
	m->msg_len_to_cipher_in_bytes = j->text_len;
	m->hash_start_src_offset_in_bytes = 0;
	m->msg_len_to_hash_in_bytes = 8u + j->key->size.iv + j->text_len;
	m->key_len_in_bytes = j->key->size.enc_key;
	m->iv = esp_job_iv(j);
	m->iv_len_in_bytes = j->key->size.iv;
	m->auth_tag_output_len_in_bytes = j->key->size.icv;
	m->cipher_mode = IMB_CIPHER_NULL;
	m->hash_alg = IMB_AUTH_NULL;
	m->chain_order = IMB_ORDER_CIPHER_HASH;
	m->user_data = j;
	return m;
}

static void
job_cipher(IMB_JOB *m, const struct esp_job *j, IMB_CIPHER_DIRECTION way)
{
	const struct wide *w = j->key->wide;

	m->cipher_direction = way;
	if (j->key->suite.enc == ESP_ENC_AES_CBC) {
		m->cipher_mode = IMB_CIPHER_CBC;
		m->enc_keys = w->c.aes.seal;
		m->dec_keys = w->c.aes.open;
	} else {
		m->cipher_mode = IMB_CIPHER_DES3;
		m->enc_keys = m->dec_keys = w->c.des.key;
	}
}

static void
job_hmac(IMB_JOB *m, const struct esp_job *j, uint8_t *sum)
{
	static const IMB_HASH_ALG hash[] = {
		[ESP_AUTH_SHA1] = IMB_AUTH_HMAC_SHA_1,
		[ESP_AUTH_SHA256] = IMB_AUTH_HMAC_SHA_256,
		[ESP_AUTH_SHA384] = IMB_AUTH_HMAC_SHA_384,
		[ESP_AUTH_SHA512] = IMB_AUTH_HMAC_SHA_512,
	};
	const struct wide *w = j->key->wide;

	m->hash_alg = hash[j->key->suite.auth];
	m->u.HMAC._hashed_auth_key_xor_ipad = w->inner;
	m->u.HMAC._hashed_auth_key_xor_opad = w->outer;
	m->auth_tag_output = sum;
}

/* RFC 4106: nonce is salt and IV; the AAD is SPI and sequence number. */
static void
job_gcm(IMB_JOB *m, const struct esp_job *j, IMB_CIPHER_DIRECTION way,
    uint8_t nonce[NONCE], uint8_t *sum)
{
	const struct wide *w = j->key->wide;

	memcpy(nonce, j->key->salt, 4);
	memcpy(nonce + 4, esp_job_iv(j), 8);
	m->cipher_mode = IMB_CIPHER_GCM;
	m->hash_alg = IMB_AUTH_AES_GMAC;
	m->cipher_direction = way;
	m->chain_order = way == IMB_DIR_ENCRYPT ? IMB_ORDER_CIPHER_HASH :
	    IMB_ORDER_HASH_CIPHER;
	m->enc_keys = m->dec_keys = &w->c.gcm;
	m->iv = nonce;
	m->iv_len_in_bytes = NONCE;
	m->hash_start_src_offset_in_bytes =
	    m->cipher_start_src_offset_in_bytes;
	m->msg_len_to_hash_in_bytes = j->text_len;
	m->u.GCM.aad = j->head;
	m->u.GCM.aad_len_in_bytes = 8;
	m->auth_tag_output = sum;
}

static bool
job_is_gcm(const struct esp_job *j)
{
	return j->key->suite.enc == ESP_ENC_AES_GCM16;
}

/* ---- batches ---- */

static bool
iv_write(struct engine *e, const struct esp_job *j)
{
	if (!job_is_gcm(j))
		return esp_ivs_next(&e->ivs, esp_job_iv(j), j->key->size.iv);
	/* RFC 4106 §3.1: the sequence number, never twice under a key. */
	memset(esp_job_iv(j), 0, 4);
	memcpy(esp_job_iv(j) + 4, j->head + 4, 4);
	return true;
}

static void
chunk_seal(struct engine *e, struct esp_job *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct esp_job *j = &v[i];
		IMB_JOB *m;

		j->ok = false;
		if (!esp_job_fits(j) || !iv_write(e, j))
			continue;
		m = job_next(e, j);
		if (job_is_gcm(j)) {
			job_gcm(m, j, IMB_DIR_ENCRYPT, e->nonce[i],
			    esp_job_icv(j));
		} else {
			job_cipher(m, j, IMB_DIR_ENCRYPT);
			job_hmac(m, j, esp_job_icv(j));
		}
		job_submit(e);
	}
	jobs_finish(e);
}

/* All sums; what has none is not ok.  GCM decrypts on the way. */
static void
chunk_sum(struct engine *e, struct esp_job *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct esp_job *j = &v[i];
		IMB_JOB *m;

		j->ok = false;
		if (!esp_job_fits(j))
			continue;
		m = job_next(e, j);
		if (job_is_gcm(j))
			job_gcm(m, j, IMB_DIR_DECRYPT, e->nonce[i],
			    e->sum[i]);
		else
			job_hmac(m, j, e->sum[i]);
		job_submit(e);
	}
	jobs_finish(e);
}

/*
 * Only packets whose ICV was right are decrypted.  GCM is done with those; of
 * the others the same key stream once more makes what came.
 */
static void
chunk_open(struct engine *e, struct esp_job *v, unsigned n)
{
	chunk_sum(e, v, n);
	for (unsigned i = 0; i < n; i++) {
		struct esp_job *j = &v[i];
		IMB_JOB *m;

		if (!j->ok)
			continue;
		j->ok = secret_same(e->sum[i], esp_job_icv(j),
		    j->key->size.icv);
		if (j->ok == job_is_gcm(j))
			continue;
		m = job_next(e, j);
		if (j->ok) {
			job_cipher(m, j, IMB_DIR_DECRYPT);
		} else {
			job_gcm(m, j, IMB_DIR_ENCRYPT, e->nonce[i],
			    e->sum[i]);
			m->user_data = NULL;
		}
		job_submit(e);
	}
	jobs_finish(e);
}

static void
engine_seal(struct esp_crypt *c, struct esp_job *j, unsigned n)
{
	for (unsigned at = 0; at < n; at += CHUNK)
		chunk_seal(engine_of(c), &j[at],
		    n - at < CHUNK ? n - at : CHUNK);
}

static void
engine_open(struct esp_crypt *c, struct esp_job *j, unsigned n)
{
	for (unsigned at = 0; at < n; at += CHUNK)
		chunk_open(engine_of(c), &j[at],
		    n - at < CHUNK ? n - at : CHUNK);
}

/* ---- the engine ---- */

static void
engine_drop(struct esp_crypt *c)
{
	struct engine *e = engine_of(c);

	mgr_drop(e->mgr);
	esp_ivs_wipe(&e->ivs);
	wipe(e, sizeof(*e));
	free(e);
}

static size_t
engine_bytes(void)
{
	return sizeof(struct engine) + aligned(imb_get_mb_mgr_size());
}

static struct esp_crypt *
engine_make(const uint8_t seed_iv[16])
{
	struct engine *e;

	if (shared_get() == NULL)
		return NULL;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	e->mgr = mgr_make();
	if (e->mgr != NULL && esp_ivs_init(&e->ivs, seed_iv))
		return &e->base;
	mgr_drop(e->mgr);
	free(e);
	return NULL;
}

const struct esp_crypt_ops esp_crypt_mb = {
	.name = "ipsec-mb",
	.why_not = engine_why_not,
	.about = engine_about,
	.bytes = engine_bytes,
	.make = engine_make,
	.drop = engine_drop,
	.seal = engine_seal,
	.open = engine_open,
	.key_bytes = key_bytes,
	.key_widen = key_widen,
	.key_narrow = key_narrow,
};
