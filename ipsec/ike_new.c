/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters, birth and death of the IKE engine; freezing it to bytes. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec/ike_int.h"

static const uint8_t groups[] = {	/* decisions.md, in this order */
	DH_ECP256, DH_MODP2048, DH_ECP384, DH_ECP521, DH_MODP3072,
	DH_MODP4096, DH_MODP1536, DH_MODP1024
};
static const uint8_t ciphers[] = {
	CIPHER_AES256, CIPHER_AES192, CIPHER_AES128, CIPHER_3DES
};
static const uint8_t hashes[] = {
	HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_SHA1
};
/* clients.md 21; 3DES last and only with the legacy switch. */
static const struct esp_suite suites[] = {
	{ ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 256 },
	{ ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 192 },
	{ ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 128 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA512, 256 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA384, 256 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA256, 256 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA512, 192 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA384, 192 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA256, 192 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 192 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA512, 128 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA384, 128 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA256, 128 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 128 },
	{ ESP_ENC_3DES, ESP_AUTH_SHA512, 192 },
	{ ESP_ENC_3DES, ESP_AUTH_SHA384, 192 },
	{ ESP_ENC_3DES, ESP_AUTH_SHA256, 192 },
	{ ESP_ENC_3DES, ESP_AUTH_SHA1, 192 },
};

static const struct ike_limits limits = {
	.peers = 100000, .half_open = 16384, .dh_pending = 4096,
	.children = 200000, .prefixes = 65536, .burst32 = 20, .rate32 = 2,
	.burst24 = 200, .rate24 = 20, .rate_all = 2000, .trusted_factor = 100,
	.qm_in_flight = 3, .children_per_peer = 8, .half_open_ms = 20000,
};

static void
p1_fill(struct ike_params *p)
{
	for (size_t g = 0; g < sizeof(groups); g++)
		for (size_t c = 0; c < sizeof(ciphers); c++)
			for (size_t h = 0; h < sizeof(hashes); h++) {
				if (!p->allow_legacy_dh &&
				    (groups[g] == DH_MODP1024 ||
				    ciphers[c] == CIPHER_3DES))
					continue;
				p->p1[p->p1_n++] = (struct ike_p1){
					.cipher = ciphers[c],
					.hash = hashes[h],
					.group = groups[g] };
			}
}

static void
p2_fill(struct ike_params *p)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (p->allow_legacy_dh || suites[i].enc != ESP_ENC_3DES)
			p->p2[p->p2_n++] = suites[i];
}

void
ike_params_default(struct ike_params *p, bool allow_legacy_dh)
{
	p->limits = limits;
	p->allow_legacy_dh = allow_legacy_dh;
	p->p1_n = p->p2_n = 0;
	p1_fill(p);
	p2_fill(p);
	p->p1_life_s = p->p2_life_s = 28800;
	p->dpd_idle_s = 60;
	p->dpd_tries = 5;
	p->keepalive_s = 20;
}

struct caps {			/* of the pools and what indexes them */
	uint32_t half, neg, sa, pair;
};

static struct caps
caps_of(const struct ike_limits *l)
{
	return (struct caps){
		.half = l->half_open > 4 ? l->half_open : 4,
		.neg = l->dh_pending > 4 ? l->dh_pending : 4,
		.sa = l->peers, .pair = l->children,
	};
}

void
ike_bounds(const struct ike_params *p, bound_fn *each, void *ctx)
{
	struct caps n = caps_of(&p->limits);
	const struct bound rows[] = {
		{ "ike engine", 1, sizeof(struct ike) },
		ike_limit_bound(&p->limits),
		{ "ike half-open", n.half,
		    pool_bytes(sizeof(struct ike_half), n.half) +
		    htab_bytes(n.half) + due_bytes(n.half) },
		{ "ike phase 1 under way", n.neg,
		    pool_bytes(sizeof(struct ike_neg), n.neg) +
		    2 * htab_bytes(n.neg) + due_bytes(n.neg) },
		{ "ike phase 2 under way", n.neg,
		    pool_bytes(sizeof(struct ike_qm), n.neg) +
		    htab_bytes(n.neg) + due_bytes(n.neg) },
		{ "ike peers", n.sa,
		    pool_bytes(sizeof(struct ike_sa), n.sa) +
		    2 * htab_bytes(n.sa) + due_bytes(n.sa) },
		{ "ike children", n.pair,
		    pool_bytes(sizeof(struct ike_pair), n.pair) +
		    2 * htab_bytes(n.pair) + due_bytes(n.pair) },
		{ "ike own dials", n.sa,
		    pool_bytes(sizeof(struct ike_dial), n.sa) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		each(ctx, &rows[i]);
}

static int
tables_init(struct ike *ike, const struct ike_limits *l)
{
	struct caps n = caps_of(l);

	if (pool_init(&ike->half, sizeof(struct ike_half), n.half) != 0 ||
	    pool_init(&ike->neg, sizeof(struct ike_neg), n.neg) != 0 ||
	    pool_init(&ike->sa, sizeof(struct ike_sa), n.sa) != 0 ||
	    pool_init(&ike->qm, sizeof(struct ike_qm), n.neg) != 0 ||
	    pool_init(&ike->pair, sizeof(struct ike_pair), n.pair) != 0 ||
	    pool_init(&ike->dial, sizeof(struct ike_dial), n.sa) != 0 ||
	    htab_init(&ike->half_by, n.half) != 0 ||
	    htab_init(&ike->neg_by, n.neg) != 0 ||
	    htab_init(&ike->neg_first, n.neg) != 0 ||
	    htab_init(&ike->sa_by, n.sa) != 0 ||
	    htab_init(&ike->sa_first, n.sa) != 0 ||
	    htab_init(&ike->qm_by, n.neg) != 0 ||
	    htab_init(&ike->pair_in, n.pair) != 0 ||
	    htab_init(&ike->pair_out, n.pair) != 0 ||
	    due_init(&ike->half_due, n.half) != 0 ||
	    due_init(&ike->neg_due, n.neg) != 0 ||
	    due_init(&ike->sa_due, n.sa) != 0 ||
	    due_init(&ike->qm_due, n.neg) != 0 ||
	    due_init(&ike->pair_due, n.pair) != 0)
		return -1;
	ike->limit = ike_limit_new(l);
	return ike->limit != NULL ? 0 : -1;
}

struct ike *
ike_new(const struct ike_params *p, struct rng *rng, struct drops *drops)
{
	struct ike *ike = calloc(1, sizeof(*ike));

	if (ike == NULL)
		return NULL;
	ike->p = p;
	ike->rng = rng;
	ike->drops = drops;
	if (tables_init(ike, &p->limits) != 0 ||
	    !rng_fill(rng, &ike->key, sizeof(ike->key))) {
		int e = errno;

		ike_free(ike);
		errno = e;
		return NULL;
	}
	return ike;
}

void
ike_free(struct ike *ike)
{
	if (ike == NULL)
		return;
	pool_wipe(&ike->half);
	pool_wipe(&ike->neg);
	pool_wipe(&ike->sa);
	pool_wipe(&ike->qm);
	pool_wipe(&ike->pair);
	pool_wipe(&ike->dial);
	htab_wipe(&ike->half_by);
	htab_wipe(&ike->neg_by);
	htab_wipe(&ike->neg_first);
	htab_wipe(&ike->sa_by);
	htab_wipe(&ike->sa_first);
	htab_wipe(&ike->qm_by);
	htab_wipe(&ike->pair_in);
	htab_wipe(&ike->pair_out);
	due_wipe(&ike->half_due);
	due_wipe(&ike->neg_due);
	due_wipe(&ike->sa_due);
	due_wipe(&ike->qm_due);
	due_wipe(&ike->pair_due);
	ike_limit_free(ike->limit);
	wipe(ike, sizeof(*ike));
	free(ike);
}

/* Pools keep the size they were born with. */
void
ike_params_set(struct ike *ike, const struct ike_params *p)
{
	memcpy(ike->psk_old, ike->p->psk, sizeof(ike->psk_old));
	ike->psk_old_n = ike->p->psk_n;
	ike->epoch++;
	ike->p = p;
}

/* ---- freeze and thaw ---- */

struct frozen {			/* what is not a pool, as it stands */
	struct hash_key key;
	struct ike_recent recent[IKE_RECENT];
	uint32_t recent_at;
	uint64_t attempts, dh_asked, established, refused;
	struct secret psk_old[IKE_PSK_MAX];
	uint8_t psk_old_n;
	uint8_t epoch;
};

size_t
ike_frozen_size(const struct ike *ike)
{
	return sizeof(struct frozen) + ike_limit_frozen_size(ike->limit) +
	    pool_frozen_size(&ike->half) + pool_frozen_size(&ike->neg) +
	    pool_frozen_size(&ike->sa) + pool_frozen_size(&ike->qm) +
	    pool_frozen_size(&ike->pair) + pool_frozen_size(&ike->dial);
}

void
ike_freeze(const struct ike *ike, struct wr *w)
{
	struct frozen f;

	memset(&f, 0, sizeof(f));
	f.key = ike->key;
	memcpy(f.recent, ike->recent, sizeof(f.recent));
	f.recent_at = ike->recent_at;
	f.attempts = ike->attempts;
	f.dh_asked = ike->dh_asked;
	f.established = ike->established;
	f.refused = ike->refused;
	memcpy(f.psk_old, ike->psk_old, sizeof(f.psk_old));
	f.psk_old_n = ike->psk_old_n;
	f.epoch = ike->epoch;
	wr_bytes(w, &f, sizeof(f));
	wipe(&f, sizeof(f));
	ike_limit_freeze(ike->limit, w);
	pool_freeze(&ike->half, w);
	pool_freeze(&ike->neg, w);
	pool_freeze(&ike->sa, w);
	pool_freeze(&ike->qm, w);
	pool_freeze(&ike->pair, w);
	pool_freeze(&ike->dial, w);
}

/* Indexes and deadlines follow from the objects. */
static void
rebuild(struct ike *ike)
{
	uint32_t h;

	for (uint32_t i = 0; i < ike->half.high; i++) {
		struct ike_half *x = pool_at(&ike->half, i, &h);

		if (x == NULL)
			continue;
		htab_add(&ike->half_by, i,
		    ike_sum_half(ike, x->cky_i, &x->way.remote));
		due_set(&ike->half_due, i, x->until);
	}
	for (uint32_t i = 0; i < ike->neg.high; i++)
		if (pool_at(&ike->neg, i, &h) != NULL)
			ike_main_index(ike, h);
	for (uint32_t i = 0; i < ike->sa.high; i++) {
		struct ike_sa *s = pool_at(&ike->sa, i, &h);

		if (s != NULL && s->up)
			ike_sa_index(ike, h);
	}
	for (uint32_t i = 0; i < ike->qm.high; i++)
		if (pool_at(&ike->qm, i, &h) != NULL)
			ike_quick_index(ike, h);
	for (uint32_t i = 0; i < ike->pair.high; i++)
		if (pool_at(&ike->pair, i, &h) != NULL)
			ike_pair_index(ike, h);
}

struct ike *
ike_thaw(const struct ike_params *p, struct rng *rng, struct drops *drops,
    struct rd *r)
{
	struct ike *ike = ike_new(p, rng, drops);
	struct frozen f;

	if (ike == NULL)
		return NULL;
	rd_copy(r, &f, sizeof(f));
	ike->key = f.key;
	memcpy(ike->recent, f.recent, sizeof(f.recent));
	ike->recent_at = f.recent_at % IKE_RECENT;
	ike->attempts = f.attempts;
	ike->dh_asked = f.dh_asked;
	ike->established = f.established;
	ike->refused = f.refused;
	memcpy(ike->psk_old, f.psk_old, sizeof(f.psk_old));
	ike->psk_old_n = f.psk_old_n <= IKE_PSK_MAX ? f.psk_old_n : 0;
	ike->epoch = f.epoch;
	wipe(&f, sizeof(f));
	if (!ike_limit_thaw(ike->limit, r) || !pool_thaw(&ike->half, r) ||
	    !pool_thaw(&ike->neg, r) || !pool_thaw(&ike->sa, r) ||
	    !pool_thaw(&ike->qm, r) || !pool_thaw(&ike->pair, r) ||
	    !pool_thaw(&ike->dial, r)) {
		ike_free(ike);
		errno = EINVAL;
		return NULL;
	}
	rebuild(ike);
	return ike;
}

/* ---- words ---- */

const char *
ike_stage_str(enum ike_stage s)
{
	switch (s) {
	case IKE_STAGE_MM1:
		return "first packet";
	case IKE_STAGE_MM3:
		return "key exchange";
	case IKE_STAGE_MM5:
		return "identity";
	case IKE_STAGE_PEER:
		return "phase 1 done";
	case IKE_STAGE_QM1:
		return "phase 2 asked";
	case IKE_STAGE_CHILD:
		return "phase 2 done";
	}
	return "?";
}

const char *
ike_why_str(enum ike_why w)
{
	static const char *const words[IKE_WHY_COUNT] = {
		[IKE_WHY_NONE] = "none",
		[IKE_WHY_NO_PROPOSAL] = "no common IKE proposal",
		[IKE_WHY_LEGACY_DH] = "client needs allow-legacy-dh",
		[IKE_WHY_PSK] = "wrong pre-shared key",
		[IKE_WHY_AGGRESSIVE] = "client uses aggressive mode",
		[IKE_WHY_P2_PROPOSAL] = "no common ESP proposal",
		[IKE_WHY_P2_ID] = "client asks for other traffic than L2TP",
		[IKE_WHY_UNANSWERED] = "no answer to our first message",
		[IKE_WHY_TIMEOUT] = "peer went silent",
		[IKE_WHY_REFUSED] = "peer refused",
		[IKE_WHY_DELETED] = "deleted by the peer",
		[IKE_WHY_DPD] = "peer is dead",
		[IKE_WHY_EXPIRED] = "lifetime is over",
		[IKE_WHY_REPLACED] = "replaced by a newer one",
		[IKE_WHY_CLOSED] = "closed here",
		[IKE_WHY_LIMIT] = "a limit was reached",
	};

	return (unsigned)w < IKE_WHY_COUNT ? words[w] : "?";
}
