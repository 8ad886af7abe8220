/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_IPSEC_IKE_FORGE_H
#define TESTS_IPSEC_IKE_FORGE_H

/*
 * DOC: messages taken apart and put together wrongly, for tests.  Protected
 * ones are made with the client's own keys.
 */

#include "ipsec/ike_int.h"
#include "tests/ipsec/ike_world.h"

#define FORGE_PARTS	48

struct forge_part {
	uint8_t type;
	size_t n;
	uint8_t b[1200];
};

struct forge {
	struct isakmp_head head;
	unsigned n;
	struct forge_part part[FORGE_PARTS];
};

static inline void
forge_add(struct forge *f, uint8_t type, const void *b, size_t n)
{
	struct forge_part *p = &f->part[f->n++];

	assert_true(f->n <= FORGE_PARTS && n <= sizeof(p->b));
	p->type = type;
	p->n = n;
	if (n > 0)
		memcpy(p->b, b, n);
}

static inline void
forge_take(struct forge *f, struct rd body, uint8_t next, bool encrypted)
{
	static struct isakmp_chain c;

	f->n = 0;
	assert_int_equal(isakmp_chain_decode(body, next, false, encrypted, &c),
	    DROP_NONE);
	for (unsigned i = 0; i < c.n; i++)
		forge_add(f, c.pl[i].type, c.pl[i].body.p,
		    rd_left(&c.pl[i].body));
}

/* An unencrypted message into its parts. */
static inline void
forge_open(struct forge *f, const struct world_packet *p)
{
	struct rd body;

	assert_int_equal(isakmp_head_decode(rd_make(p->b, p->n), &f->head,
	    &body), DROP_NONE);
	forge_take(f, body, f->head.next, false);
}

static inline void
forge_body(const struct forge *f, struct isakmp_out *o)
{
	for (unsigned i = 0; i < f->n; i++)
		isakmp_out_add(o, f->part[i].type,
		    rd_make(f->part[i].b, f->part[i].n));
}

static inline void
forge_put(struct world_packet *p, struct rd msg)
{
	assert_false(msg.bad);
	p->n = rd_left(&msg);
	assert_true(p->n <= sizeof(p->b));
	rd_copy(&msg, p->b, p->n);
}

static inline void
forge_plain(const struct forge *f, struct world_packet *p)
{
	static uint8_t buf[4096];
	struct isakmp_out o;

	isakmp_out_init(&o, buf, sizeof(buf), &f->head);
	forge_body(f, &o);
	forge_put(p, isakmp_out_done(&o));
}

static inline void
forge_del(struct forge *f, unsigned at)
{
	memmove(&f->part[at], &f->part[at + 1],
	    (--f->n - at) * sizeof(f->part[0]));
}

static inline struct forge_part *
forge_find(struct forge *f, uint8_t type)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->part[i].type == type)
			return &f->part[i];
	return NULL;
}

/* The client's SA, for its keys. */
static inline struct ike_sa *
forge_sa(const struct world *w)
{
	struct ike_sa *s = pool_get(&w->s[CLIENT].ike->sa, w->s[CLIENT].sa);

	assert_non_null(s);
	return s;
}

/* A protected message of these parts; HASH is made here. */
static inline void
forge_p2(const struct world *w, const struct forge *f, uint8_t xchg,
    uint32_t msgid, struct world_packet *p)
{
	static uint8_t buf[4096];
	const struct ike_sa *s = forge_sa(w);
	uint8_t iv[CIPHER_BLOCK_MAX];
	struct isakmp_out o;

	memset(p, 0, sizeof(*p));
	p->to = SERVER;
	p->src = w->s[SERVER].peer.remote;
	p->dst = w->s[SERVER].peer.local;
	assert_true(ike_p2_iv(s, msgid, iv));
	ike_p2_begin(&o, buf, sizeof(buf), s, xchg, msgid);
	forge_body(f, &o);
	forge_put(p, ike_p2_end(&o, s, msgid, rd_make(NULL, 0), iv));
}

/* The parts of the client's next QM1, HASH left out. */
static inline void
forge_qm1(struct world *w, struct forge *f)
{
	static uint8_t plain[IKE_PLAIN_MAX];
	const struct ike_sa *s = forge_sa(w);
	uint8_t iv[CIPHER_BLOCK_MAX];
	struct isakmp_head h;
	struct rd body;
	struct world_packet p;

	ike_rekey_child(w->s[CLIENT].ike, w->now, w->s[CLIENT].sa, &w->out);
	world_take(w, CLIENT);
	p = w->q[--w->n];
	assert_int_equal(isakmp_head_decode(rd_make(p.b, p.n), &h, &body),
	    DROP_NONE);
	assert_true(ike_p2_iv(s, h.msgid, iv));
	forge_take(f, ike_keys_open(s->p1.cipher, s->key, iv, body, plain),
	    h.next, true);
	forge_del(f, 0);
	f->head = h;
}

/* The client's negotiation under way, for its keys. */
static inline struct ike_neg *
forge_neg(const struct world *w)
{
	for (uint32_t i = 0; i < w->s[CLIENT].ike->neg.high; i++) {
		struct ike_neg *g = pool_at(&w->s[CLIENT].ike->neg, i, NULL);

		if (g != NULL)
			return g;
	}
	return NULL;
}

/* MM5 of these parts with the client's keys; HASH right unless given. */
static inline void
forge_mm5(const struct world *w, const struct forge *f, bool encrypt,
    struct world_packet *p)
{
	static uint8_t buf[4096];
	const struct ike_neg *g = forge_neg(w);
	struct ike_keys k;
	struct isakmp_head h = { .xchg = XCHG_MAIN,
		.flags = encrypt ? ISAKMP_FLAG_E : 0 };
	struct isakmp_out o;

	assert_non_null(g);
	assert_true(ike_msg_keys(g, &w->s[CLIENT].p.psk[0], &k));
	memcpy(h.cky_i, g->cky_i, 8);
	memcpy(h.cky_r, g->cky_r, 8);
	isakmp_out_init(&o, buf, sizeof(buf), &h);
	forge_body(f, &o);
	forge_put(p, encrypt ? ike_keys_seal(k.cipher, k.key, k.iv, &o) :
	    isakmp_out_done(&o));
}

/* The parts of the client's MM5 as it stands in `p`. */
static inline void
forge_mm5_open(const struct world *w, const struct world_packet *p,
    struct forge *f)
{
	static uint8_t plain[IKE_PLAIN_MAX];
	const struct ike_neg *g = forge_neg(w);
	struct ike_keys k;
	struct rd body;

	assert_true(ike_msg_keys(g, &w->s[CLIENT].p.psk[0], &k));
	assert_int_equal(isakmp_head_decode(rd_make(p->b, p->n), &f->head,
	    &body), DROP_NONE);
	forge_take(f, ike_keys_open(k.cipher, k.key, k.iv, body, plain),
	    f->head.next, true);
}

/* A login that stands before message `i` (0: MM1), which is w->q[0]. */
static inline struct world *
before(uint64_t seed, unsigned i)
{
	struct world *w = world_new(seed, true, false);
	struct ike_dial d;

	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	while (i-- > 0)
		assert_true(world_step(w));
	assert_int_equal(w->n, 1);
	return w;
}

static inline struct world *
up(uint64_t seed)
{
	struct world *w = before(seed, 0);

	world_run(w);
	world_assert_up(w);
	return w;
}

/* All that is not a counter or a bucket. */
struct image {
	uint8_t *b;
	size_t n, pools;
};

static inline struct image
image_of(struct world *w, enum world_end e)
{
	struct ike *ike = w->s[e].ike;
	struct image m = { .n = ike_frozen_size(ike) };
	struct wr wr;

	for (uint32_t i = 0; i < ike->neg.high; i++) {
		struct ike_neg *g = pool_at(&ike->neg, i, NULL);

		if (g == NULL)
			continue;
		g->tries = g->repeats = 0;
		g->told = false;
		g->bad5 = 0;
		g->refused = 0;
	}
	for (uint32_t i = 0; i < ike->half.high; i++) {
		struct ike_half *x = pool_at(&ike->half, i, NULL);

		if (x != NULL)
			x->repeats = 0;
	}
	m.pools = pool_frozen_size(&ike->half) + pool_frozen_size(&ike->neg) +
	    pool_frozen_size(&ike->sa) + pool_frozen_size(&ike->qm) +
	    pool_frozen_size(&ike->pair) + pool_frozen_size(&ike->dial);
	m.b = malloc(m.n);
	assert_non_null(m.b);
	wr = wr_make(m.b, m.n);
	ike_freeze(ike, &wr);
	assert_false(wr.bad);
	return m;
}

static inline bool
image_same(const struct image *a, const struct image *b)
{
	return a->pools == b->pools && memcmp(a->b + a->n - a->pools,
	    b->b + b->n - b->pools, a->pools) == 0;
}

/* Gives the packet; true if nothing changed and nothing was said. */
static inline bool
refused(struct world *w, const struct world_packet *p)
{
	struct image a = image_of(w, p->to), b;
	unsigned sent = w->s[p->to].sent, up_n = w->s[p->to].acts[IKE_PEER_UP];
	bool same;

	world_give(w, p);
	b = image_of(w, p->to);
	same = image_same(&a, &b) && w->s[p->to].sent == sent &&
	    w->s[p->to].acts[IKE_PEER_UP] == up_n;
	free(a.b);
	free(b.b);
	return same;
}

#endif
