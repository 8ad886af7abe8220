/* SPDX-License-Identifier: BSD-2-Clause */
/* The IKEv1 engine: making it, feeding it, commands.  See ike.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec/ike_int.h"

void
ike_drop(const struct ike *ike, enum drop why)
{
	drop_count(ike->drops, why);
}

bool
ike_fill(struct ike *ike, void *dst, size_t n)
{
	if (rng_fill(ike->rng, dst, n))
		return true;
	ike_drop(ike, DROP_IKE_RANDOM);
	return false;
}

uint64_t
ike_sum_first(const struct ike *ike, const uint8_t *cky_i,
    const struct ipaddr *a)
{
	uint8_t b[ISAKMP_COOKIE + 17];
	struct wr w = wr_make(b, sizeof(b));

	wr_bytes(&w, cky_i, ISAKMP_COOKIE);
	wr_u8(&w, a->family);
	wr_bytes(&w, a->b, sizeof(a->b));
	return hash_bytes(&ike->key, b, wr_used(&w));
}

uint64_t
ike_sum_half(const struct ike *ike, const uint8_t *cky_i,
    const struct endpoint *e)
{
	uint8_t b[ISAKMP_COOKIE + 19];
	struct wr w = wr_make(b, sizeof(b));

	wr_bytes(&w, cky_i, ISAKMP_COOKIE);
	wr_u8(&w, e->addr.family);
	wr_bytes(&w, e->addr.b, sizeof(e->addr.b));
	wr_u16(&w, e->port);
	return hash_bytes(&ike->key, b, wr_used(&w));
}

uint64_t
ike_sum_cookies(const struct ike *ike, const uint8_t *cky_i,
    const uint8_t *cky_r)
{
	uint8_t b[2 * ISAKMP_COOKIE];

	memcpy(b, cky_i, ISAKMP_COOKIE);
	memcpy(b + ISAKMP_COOKIE, cky_r, ISAKMP_COOKIE);
	return hash_bytes(&ike->key, b, sizeof(b));
}

const struct secret *
ike_psks(const struct ike *ike, uint8_t epoch, unsigned *n)
{
	bool old = epoch != ike->epoch && ike->psk_old_n > 0;

	*n = old ? ike->psk_old_n : ike->p->psk_n;
	if (*n > IKE_PSK_MAX)
		*n = IKE_PSK_MAX;
	return old ? ike->psk_old : ike->p->psk;
}

struct ike_dh *
ike_ask_dh(struct ike *ike, struct ike_out *out, uint64_t attempt, uint32_t h,
    enum ike_dh_tag tag, uint8_t group)
{
	struct ike_act *a = ike_out_act(out, IKE_ASK_DH, attempt, 0);
	struct ike_dh *job = ike_out_alloc(out, sizeof(*job));

	if (a == NULL || job == NULL)
		return NULL;
	job->sa = h;
	job->tag = tag;
	job->group = group;
	a->dh = job;
	ike->dh_asked++;
	return job;
}

/* ---- feeding ---- */

static struct ike_half *
half_find(const struct ike *ike, const struct ike_in *in, uint32_t *h)
{
	uint32_t i = htab_find(&ike->half_by,
	    ike_sum_half(ike, in->head.cky_i, &in->way.remote));

	/* Cookie, address and port belong together: threats 3.2.1. */
	for (; i != HTAB_NONE; i = htab_next(&ike->half_by, i)) {
		struct ike_half *x = pool_at(&ike->half, i, h);

		if (secret_same(x->cky_i, in->head.cky_i, ISAKMP_COOKIE) &&
		    secret_same(x->cky_r, in->head.cky_r, ISAKMP_COOKIE) &&
		    endpoint_eq(&x->way.remote, &in->way.remote) &&
		    endpoint_eq(&x->way.local, &in->way.local))
			return x;
	}
	return NULL;
}

static struct ike_neg *
neg_find(const struct ike *ike, const uint8_t *cky_i, const uint8_t *cky_r,
    uint32_t *h)
{
	uint32_t i = htab_find(&ike->neg_by,
	    ike_sum_cookies(ike, cky_i, cky_r));

	for (; i != HTAB_NONE; i = htab_next(&ike->neg_by, i)) {
		struct ike_neg *g = pool_at(&ike->neg, i, h);

		if (memcmp(g->cky_i, cky_i, ISAKMP_COOKIE) == 0 &&
		    memcmp(g->cky_r, cky_r, ISAKMP_COOKIE) == 0)
			return g;
	}
	return NULL;
}

static struct ike_sa *
sa_find(const struct ike *ike, const struct isakmp_head *head, uint32_t *h)
{
	uint32_t i = htab_find(&ike->sa_by,
	    ike_sum_cookies(ike, head->cky_i, head->cky_r));

	for (; i != HTAB_NONE; i = htab_next(&ike->sa_by, i)) {
		struct ike_sa *s = pool_at(&ike->sa, i, h);

		if (memcmp(s->cky_i, head->cky_i, ISAKMP_COOKIE) == 0 &&
		    memcmp(s->cky_r, head->cky_r, ISAKMP_COOKIE) == 0)
			return s;
	}
	return NULL;
}

/* A message with both cookies: to the record that has them. */
static void
input_known(struct ike *ike, struct ike_in *in)
{
	static const uint8_t none[ISAKMP_COOKIE];
	uint32_t h;
	struct ike_sa *s = sa_find(ike, &in->head, &h);
	struct ike_neg *g;
	struct ike_half *x;

	if (s != NULL) {
		in->way.initiator = s->way.initiator;
		/* RFC 3947 §4: after the float not on port 500 any more. */
		if (ike_way_marker(&s->way) && !ike_way_marker(&in->way))
			ike_drop(ike, DROP_IKE_SOURCE);
		else if (in->head.xchg == XCHG_QUICK)
			ike_quick_input(ike, in, h, s);
		else if (in->head.xchg == XCHG_INFO)
			ike_info_input(ike, in, h, s);
		else if (in->head.xchg == XCHG_MAIN)
			ike_main_sa(ike, in, h, s);
		else
			ike_drop(ike, DROP_IKE_EXCHANGE);
		return;
	}
	if (in->head.xchg == XCHG_INFO) {
		ike_drop(ike, DROP_IKE_PLAIN);
		if (in->head.flags == 0)
			ike_main_refused(ike, in);
		return;
	}
	if (in->head.xchg != XCHG_MAIN) {	/* N-19: never switches */
		ike_drop(ike, DROP_IKE_STATE);
		return;
	}
	g = neg_find(ike, in->head.cky_i, in->head.cky_r, &h);
	if (g == NULL) {
		g = neg_find(ike, in->head.cky_i, none, &h);
		if (g != NULL && !g->way.initiator)
			g = NULL;
	}
	if (g != NULL) {
		in->way.initiator = g->way.initiator;
		ike_main_neg(ike, in, h, g);
		return;
	}
	x = half_find(ike, in, &h);
	if (x != NULL)
		ike_main_half(ike, in, h, x);
	else
		ike_drop(ike, DROP_IKE_COOKIE);
}

/*
 * Some clients put the non-ESP marker twice (clients.md 11): believed only if
 * what follows is a whole header.
 */
static enum drop
head_read(struct rd data, bool natt, struct ike_in *in)
{
	enum drop d = isakmp_head_decode(data, &in->head, &in->body);
	struct rd skip = data;

	in->whole = data;
	if (d == DROP_NONE || !natt || rd_u32(&skip) != 0)
		return d;
	if (isakmp_head_decode(skip, &in->head, &in->body) != DROP_NONE)
		return d;
	in->whole = skip;
	return DROP_NONE;
}

void
ike_input(struct ike *ike, mono_t now, const struct endpoint *local,
    const struct endpoint *remote, struct rd data, struct ike_out *out)
{
	static const uint8_t none[ISAKMP_COOKIE];
	struct ike_in in = { .now = now, .out = out,
		.way = { .local = *local, .remote = *remote } };
	enum drop d = head_read(data, local->port == IKE_NATT_PORT ||
	    remote->port == IKE_NATT_PORT, &in);

	if (d == DROP_NONE && !ike_out_room(out))
		d = DROP_IKE_LIMIT;
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	in.sum = hash_bytes(&ike->key, in.whole.p, rd_left(&in.whole));
	if (memcmp(in.head.cky_r, none, sizeof(none)) != 0) {
		input_known(ike, &in);
		return;
	}
	if (in.head.xchg == XCHG_MAIN || in.head.xchg == XCHG_AGGRESSIVE) {
		ike_first_input(ike, &in);
		return;
	}
	ike_drop(ike, DROP_IKE_COOKIE);
	if (in.head.xchg == XCHG_INFO && in.head.flags == 0)
		ike_main_refused(ike, &in);
}

void
ike_dh_done(struct ike *ike, mono_t now, const struct ike_dh *job,
    struct ike_out *out)
{
	if (!ike_out_room(out))
		return;
	if (job->tag == DH_TAG_MAIN)
		ike_main_dh(ike, now, job, out);
	else if (job->tag == DH_TAG_QUICK)
		ike_quick_dh(ike, now, job, out);
}

void
ike_dh_run(struct ike_dh *job, struct rng *rng)
{
	enum dh_group group = (enum dh_group)job->group;

	job->ok = dh_known(job->group) && (job->have_priv ||
	    dh_make(group, rng, job->priv, job->pub));
	if (job->ok && job->have_peer)
		job->ok = dh_share(group, job->priv,
		    rd_make(job->peer, job->peer_len), job->shared);
}

void
ike_esp_seen(struct ike *ike, mono_t now, uint32_t child, struct ike_out *out)
{
	struct ike_pair *p = pool_get(&ike->pair, child);

	if (p == NULL)
		return;
	ike_heard(ike, now, p->sa);
	if (p->proven || IKE_OUT_ACTS - out->n < 2)
		return;
	/* QM3 is not needed any more; it may be lost, then none comes. */
	ike_quick_drop(ike, p->qm);
	p->until = mono_add_s(now, ike->p->p2_life_s);
	due_set(&ike->pair_due, pool_slot(child), p->until);
	ike_out_stage(out, p->attempt, p->owner, &p->way, IKE_STAGE_CHILD);
	ike_pair_proven(ike, child, out);
}

void
ike_heard(struct ike *ike, mono_t now, uint32_t sa)
{
	struct ike_sa *s = pool_get(&ike->sa, sa);

	if (s == NULL || !s->up)
		return;
	s->heard = now;
	if (s->dpd_tries > 0) {
		s->dpd_tries = 0;
		s->dpd_next = ike_sa_silent(ike, now);
		ike_sa_due(ike, sa);
	}
}

void
ike_moved(struct ike *ike, mono_t now, uint32_t sa,
    const struct endpoint *local, const struct endpoint *remote)
{
	struct ike_sa *s = pool_get(&ike->sa, sa);

	if (s == NULL || !s->up)
		return;
	s->way.local = *local;
	s->way.remote = *remote;
	ike_heard(ike, now, sa);
}

void
ike_child_moved(struct ike *ike, uint32_t child, const struct endpoint *local,
    const struct endpoint *remote)
{
	struct ike_pair *p = pool_get(&ike->pair, child);

	if (p == NULL)
		return;
	p->way.local = *local;
	p->way.remote = *remote;
}

void
ike_trust(struct ike *ike, mono_t now, const struct endpoint *remote)
{
	ike_limit_trust(ike, now, &remote->addr);
}

/* ---- time ---- */

static void
half_expire(struct ike *ike, uint32_t slot, struct ike_out *out)
{
	uint32_t h;
	const struct ike_half *x = pool_at(&ike->half, slot, &h);

	if (x == NULL)
		return;
	ike_out_fail(out, x->attempt, 0, &x->way, IKE_WHY_UNANSWERED, "");
	htab_del(&ike->half_by, slot);
	pool_give(&ike->half, h);
}

/* One object whose time has come; false if there is none. */
static bool
expire_one(struct ike *ike, mono_t now, struct ike_out *out)
{
	uint32_t slot, h;

	if (due_next(&ike->half_due, now, &slot)) {
		half_expire(ike, slot, out);
	} else if (due_next(&ike->neg_due, now, &slot)) {
		struct ike_neg *g = pool_at(&ike->neg, slot, &h);

		ike_main_expire(ike, now, h, g, out);
	} else if (due_next(&ike->qm_due, now, &slot)) {
		struct ike_qm *q = pool_at(&ike->qm, slot, &h);

		ike_quick_expire(ike, now, h, q, out);
	} else if (due_next(&ike->sa_due, now, &slot)) {
		struct ike_sa *s = pool_at(&ike->sa, slot, &h);

		ike_sa_expire(ike, now, h, s, out);
	} else if (due_next(&ike->pair_due, now, &slot)) {
		if (pool_at(&ike->pair, slot, &h) != NULL)
			ike_pair_gone(ike, h, IKE_WHY_EXPIRED, out);
	} else {
		return false;
	}
	return true;
}

void
ike_expire(struct ike *ike, mono_t now, struct ike_out *out)
{
	while (ike_out_room(out) && expire_one(ike, now, out))
		;
}

mono_t
ike_deadline(const struct ike *ike)
{
	mono_t t = mono_min(due_first(&ike->half_due),
	    due_first(&ike->neg_due));

	t = mono_min(t, mono_min(due_first(&ike->qm_due),
	    due_first(&ike->sa_due)));
	return mono_min(t, due_first(&ike->pair_due));
}

/* ---- commands ---- */

static uint32_t
dial_start(struct ike *ike, mono_t now, const struct ike_dial *d,
    uint64_t attempt, uint32_t replaces, struct ike_out *out)
{
	uint32_t h, dial_h;
	struct ike_sa *s = pool_take(&ike->sa, &h);
	struct ike_dial *copy;

	if (s == NULL)
		return 0;
	copy = pool_take(&ike->dial, &dial_h);
	if (copy != NULL) {
		*copy = *d;
		s->dial = dial_h;
		s->way = (struct ike_way){ .local = d->local,
			.remote = d->remote, .initiator = true };
		s->attempt = attempt;
		s->replaces = replaces;
		s->until = s->dpd_next = s->keepalive = MONO_NEVER;
		if (ike_main_dial(ike, now, h, out))
			return h;
		pool_give(&ike->dial, dial_h);
	}
	pool_give(&ike->sa, h);
	return 0;
}

uint32_t
ike_dial(struct ike *ike, mono_t now, const struct ike_dial *d,
    struct ike_out *out)
{
	if (!ike_out_room(out) || d->p2_n == 0 || d->p2_n > IKE_P2_MAX)
		return 0;
	return dial_start(ike, now, d, ++ike->attempts, 0, out);
}

void
ike_rekey_child(struct ike *ike, mono_t now, uint32_t sa, struct ike_out *out)
{
	if (ike_out_room(out))
		ike_quick_start(ike, now, sa, out);
}

void
ike_rekey_peer(struct ike *ike, mono_t now, uint32_t sa, struct ike_out *out)
{
	const struct ike_sa *s = pool_get(&ike->sa, sa);
	const struct ike_dial *d;
	struct ike_dial again;

	if (s == NULL || !s->up || !ike_out_room(out))
		return;
	d = pool_get(&ike->dial, s->dial);
	if (d == NULL)
		return;
	again = *d;
	again.local = s->way.local;	/* the same ports: clients.md 27 */
	again.remote = s->way.remote;
	(void)dial_start(ike, now, &again, s->attempt, sa, out);
	secret_wipe(&again.psk);
}

void
ike_close(struct ike *ike, mono_t now, uint32_t sa, struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, sa);
	uint8_t spis[4 * IKE_CHILDREN_MAX];
	struct wr w = wr_make(spis, sizeof(spis));

	if (s == NULL || !ike_out_room(out))
		return;
	(void)now;
	for (uint32_t c = s->child_head; c != 0;) {
		const struct ike_pair *p = pool_get(&ike->pair, c);

		wr_u32(&w, p->spi_in);
		c = p->next;
	}
	if (s->up && s->child_head != 0)
		ike_info_delete(ike, sa, s, PROTO_ESP, wr_out(&w),
		    (uint16_t)(wr_used(&w) / 4), out);
	while (s->child_head != 0)
		ike_pair_gone(ike, s->child_head, IKE_WHY_CLOSED, out);
	if (s->up)
		ike_info_delete(ike, sa, s, PROTO_ISAKMP, rd_make(NULL, 0), 1,
		    out);
	ike_sa_gone(ike, sa, IKE_WHY_CLOSED, out);
}

void
ike_child_close(struct ike *ike, mono_t now, uint32_t child,
    struct ike_out *out)
{
	struct ike_pair *p = pool_get(&ike->pair, child);
	struct ike_sa *s;
	uint8_t spi[4];
	struct wr w = wr_make(spi, sizeof(spi));

	if (p == NULL || !ike_out_room(out))
		return;
	(void)now;
	s = pool_get(&ike->sa, p->sa);
	wr_u32(&w, p->spi_in);
	if (s != NULL && s->up)
		ike_info_delete(ike, p->sa, s, PROTO_ESP, wr_out(&w), 1, out);
	ike_pair_gone(ike, child, IKE_WHY_CLOSED, out);
}

void
ike_forget(struct ike *ike, uint32_t sa, struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, sa);

	if (s == NULL || !ike_out_room(out))
		return;
	while (s->child_head != 0)
		ike_pair_gone(ike, s->child_head, IKE_WHY_CLOSED, out);
	ike_sa_gone(ike, sa, IKE_WHY_CLOSED, out);
}

void
ike_adopt(struct ike *ike, uint32_t from, uint32_t to)
{
	ike_sa_adopt(ike, from, to);
}

void
ike_child_forget(struct ike *ike, uint32_t child, struct ike_out *out)
{
	if (ike_out_room(out))
		ike_pair_gone(ike, child, IKE_WHY_CLOSED, out);
}

mono_t
ike_fresh(const struct ike *ike, uint32_t sa)
{
	const struct ike_sa *s = pool_get(&ike->sa, sa);

	return s != NULL && s->up ? s->fresh : mono_us(0);
}

void
ike_stats(const struct ike *ike, struct ike_stats *s)
{
	*s = (struct ike_stats){ .half_open = ike->half.used,
		.dh_pending = ike->neg.used, .peers = ike->sa.used,
		.children = ike->pair.used, .attempts = ike->attempts,
		.dh_asked = ike->dh_asked, .established = ike->established,
		.refused = ike->refused };
}
