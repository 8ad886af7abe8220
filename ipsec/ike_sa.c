/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of ISAKMP SAs and of the ESP SA pairs they made. */

#include <string.h>

#include "ipsec/ike_int.h"

bool
ike_ring_has(const uint32_t *ring, unsigned n, uint32_t msgid)
{
	for (unsigned i = 0; i < n; i++)
		if (ring[i] == msgid)
			return true;
	return false;
}

void
ike_ring_put(uint32_t *ring, unsigned n, uint8_t *at, uint32_t msgid)
{
	ring[*at] = msgid;
	*at = (uint8_t)((*at + 1u) % n);
}

void
ike_sa_index(struct ike *ike, uint32_t h)
{
	const struct ike_sa *s = pool_get(&ike->sa, h);
	uint32_t slot = pool_slot(h);

	htab_add(&ike->sa_by, slot, ike_sum_cookies(ike, s->cky_i, s->cky_r));
	htab_add(&ike->sa_first, slot, ike_sum_first(ike, s->cky_i, &s->first));
	ike_sa_due(ike, h);
}

void
ike_sa_due(struct ike *ike, uint32_t h)
{
	const struct ike_sa *s = pool_get(&ike->sa, h);
	mono_t t = mono_min(s->until, mono_min(s->dpd_next, s->keepalive));

	due_set(&ike->sa_due, pool_slot(h), s->up ? t : MONO_NEVER);
}

/* When the peer will have been silent for too long; 0 seconds: never. */
mono_t
ike_sa_silent(const struct ike *ike, mono_t heard)
{
	return ike->p->dpd_idle_s == 0 ? MONO_NEVER :
	    mono_add_s(heard, ike->p->dpd_idle_s);
}

static mono_t
keepalive_at(const struct ike *ike, mono_t now)
{
	return ike->p->keepalive_s == 0 ? MONO_NEVER :
	    mono_add_s(now, ike->p->keepalive_s);
}

void
ike_sa_establish(struct ike *ike, mono_t now, uint32_t h,
    struct ike_proof proof, const struct ike_keys *k, const struct ike_neg *g)
{
	struct ike_sa *s = pool_get(&ike->sa, h);
	const struct ike_params *p = ike->p;

	if (!proof.ok)
		return;
	memcpy(s->cky_i, g->cky_i, sizeof(s->cky_i));
	memcpy(s->cky_r, g->cky_r, sizeof(s->cky_r));
	memcpy(s->d, k->d, sizeof(s->d));
	memcpy(s->a, k->a, sizeof(s->a));
	memcpy(s->key, k->key, sizeof(s->key));
	memcpy(s->iv, k->iv, sizeof(s->iv));
	s->first = g->first;
	s->attempt = g->attempt;
	s->p1 = g->p1;
	s->hints = g->hints;
	s->vid = g->vid;
	s->nat_here = g->nat_here;
	s->nat_there = g->nat_there;
	s->natt = g->nat_here || g->nat_there;
	s->until = mono_add_s(now, p->p1_life_s);
	s->heard = s->fresh = now;
	s->dpd_next = s->keepalive = MONO_NEVER;
	if ((s->hints & IKE_HINT_DPD) != 0)
		s->dpd_next = ike_sa_silent(ike, now);
	if (s->way.initiator && s->nat_here)
		s->keepalive = keepalive_at(ike, now);
	/* RFC 3706 §6.2: random start, high bit clear. */
	s->dpd_out = rng_u32(ike->rng) >> 1;
	s->up = true;
	ike->established++;
	ike_sa_index(ike, h);
}

void
ike_sa_up(struct ike *ike, uint32_t h, bool contact, struct ike_out *out)
{
	const struct ike_sa *s = pool_get(&ike->sa, h);
	struct ike_act *a = ike_out_act(out, IKE_PEER_UP, s->attempt, h);
	struct ike_peer *p = ike_out_alloc(out, sizeof(*p));

	if (a == NULL || p == NULL)
		return;
	*p = (struct ike_peer){ .local = s->way.local, .remote = s->way.remote,
		.id = s->id, .hints = s->hints, .psk = s->psk,
		.initiator = s->way.initiator, .natt = s->natt,
		.nat_here = s->nat_here, .nat_there = s->nat_there,
		.initial_contact = contact, .p1 = s->p1,
		.replaces = s->replaces };
	a->local = s->way.local;
	a->remote = s->way.remote;
	a->peer = p;
}

/* Who waits for its proof goes on waiting as long as its exchange would. */
static void
orphan_due(struct ike *ike, uint32_t h, struct ike_pair *p)
{
	const struct ike_qm *q = pool_get(&ike->qm, p->qm);

	if (p->proven || q == NULL)
		return;
	p->until = mono_min(p->until, q->until);
	due_set(&ike->pair_due, pool_slot(h), p->until);
}

/* Children stay; they only lose their parent. */
static void
children_orphan(struct ike *ike, struct ike_sa *s)
{
	uint32_t h = s->child_head;

	while (h != 0) {
		struct ike_pair *p = pool_get(&ike->pair, h);

		orphan_due(ike, h, p);
		h = p->next;
		p->sa = p->next = p->prev = 0;
		if (p->qm != 0)
			ike_quick_drop(ike, p->qm);
		p->qm = 0;
	}
	s->child_head = 0;
	s->child_n = 0;
}

/* Exchanges under way end with their SA.  Few: they have a small pool. */
static void
exchanges_drop(struct ike *ike, uint32_t sa)
{
	struct ike_sa *s = pool_get(&ike->sa, sa);

	for (uint32_t i = 0; s->qm_n > 0 && i < ike->qm.high; i++) {
		uint32_t h;
		struct ike_qm *q = pool_at(&ike->qm, i, &h);

		if (q != NULL && q->sa == sa)
			ike_quick_drop(ike, h);
	}
}

void
ike_sa_gone(struct ike *ike, uint32_t h, enum ike_why why, struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, h);
	uint32_t slot = pool_slot(h);
	struct ike_act *a;

	if (s == NULL)
		return;
	a = ike_out_act(out, IKE_PEER_GONE, s->attempt, h);
	if (a != NULL) {
		a->why = why;
		a->local = s->way.local;
		a->remote = s->way.remote;
	}
	children_orphan(ike, s);
	exchanges_drop(ike, h);
	if (s->up) {
		htab_del(&ike->sa_by, slot);
		htab_del(&ike->sa_first, slot);
	}
	due_set(&ike->sa_due, slot, MONO_NEVER);
	if (s->neg != 0)
		ike_main_drop(ike, s->neg);
	pool_give(&ike->dial, s->dial);
	pool_give(&ike->sa, h);
}

static void
children_gone(struct ike *ike, struct ike_sa *s, enum ike_why why,
    struct ike_out *out)
{
	while (s->child_head != 0)
		ike_pair_gone(ike, s->child_head, why, out);
}

void
ike_sa_expire(struct ike *ike, mono_t now, uint32_t h, struct ike_sa *s,
    struct ike_out *out)
{
	if (mono_due(s->until, now)) {
		ike_sa_gone(ike, h, IKE_WHY_EXPIRED, out);
		return;
	}
	if (mono_due(s->keepalive, now)) {
		static const uint8_t ff = 0xff;	/* RFC 3948 §2.3 */
		struct ike_way bare = s->way;
		struct ike_act *a = ike_out_act(out, IKE_SEND, s->attempt, h);
		uint8_t *p = ike_out_alloc(out, 1);

		if (a != NULL && p != NULL) {
			*p = ff;
			a->local = bare.local;
			a->remote = bare.remote;
			a->data = rd_make(p, 1);
		}
		s->keepalive = keepalive_at(ike, now);
	}
	if (mono_due(s->dpd_next, now)) {
		mono_t idle = ike_sa_silent(ike, s->heard);

		if (s->dpd_tries == 0 && mono_before(now, idle)) {
			s->dpd_next = idle;	/* traffic proved liveness */
		} else if (s->dpd_tries >= ike->p->dpd_tries) {
			/* RFC 3706 §5.4: delete IKE and IPsec SAs */
			children_gone(ike, s, IKE_WHY_DPD, out);
			ike_sa_gone(ike, h, IKE_WHY_DPD, out);
			return;
		} else {
			ike_info_probe(ike, now, h, s, out);
		}
	}
	ike_sa_due(ike, h);
}

void
ike_sa_fresh(struct ike *ike, mono_t now, uint32_t h, struct ike_sa *s,
    const struct ike_way *way, struct ike_out *out)
{
	struct ike_act *a;

	s->heard = s->fresh = now;
	s->dpd_tries = 0;
	if (s->dpd_next.us != UINT64_MAX)
		s->dpd_next = ike_sa_silent(ike, now);
	ike_sa_due(ike, h);
	if (endpoint_eq(&s->way.local, &way->local) &&
	    endpoint_eq(&s->way.remote, &way->remote))
		return;
	s->way.local = way->local;
	s->way.remote = way->remote;
	for (uint32_t c = s->child_head; c != 0;) {
		struct ike_pair *p = pool_get(&ike->pair, c);

		p->way.local = way->local;
		p->way.remote = way->remote;
		c = p->next;
	}
	a = ike_out_act(out, IKE_MOVED, s->attempt, h);
	if (a != NULL) {
		a->local = way->local;
		a->remote = way->remote;
	}
}

static uint64_t
spi_sum(const struct ike *ike, uint32_t spi)
{
	return hash_bytes(&ike->key, &spi, sizeof(spi));
}

static struct ike_pair *
pair_by_in(const struct ike *ike, uint32_t spi)
{
	uint32_t i = htab_find(&ike->pair_in, spi_sum(ike, spi));

	for (; i != HTAB_NONE; i = htab_next(&ike->pair_in, i)) {
		struct ike_pair *p = pool_at(&ike->pair, i, NULL);

		if (p != NULL && p->spi_in == spi)
			return p;
	}
	return NULL;
}

uint32_t
ike_pair_spi(struct ike *ike)
{
	for (int i = 0; i < 16; i++) {
		uint32_t spi = 0;

		if (!ike_fill(ike, &spi, sizeof(spi)))
			return 0;
		if (spi > 255 && pair_by_in(ike, spi) == NULL)
			return spi;
	}
	return 0;
}

/* The oldest child that another one took over from; 0 if there is none. */
static uint32_t
pair_replaced(const struct ike *ike, const struct ike_sa *s)
{
	uint32_t found = 0;

	for (uint32_t h = s->child_head; h != 0;) {
		const struct ike_pair *p = pool_get(&ike->pair, h);

		if (p->replaced)
			found = h;
		h = p->next;
	}
	return found;
}

/* Into the list of its SA, which begins with the newest. */
static void
pair_place(struct ike *ike, uint32_t h, struct ike_pair *p)
{
	struct ike_sa *s = pool_get(&ike->sa, p->sa);
	struct ike_pair *prev = NULL, *next;

	p->prev = 0;
	p->next = s->child_head;
	while ((next = pool_get(&ike->pair, p->next)) != NULL &&
	    mono_before(p->born, next->born)) {
		p->prev = p->next;
		p->next = next->next;
		prev = next;
	}
	if (next != NULL)
		next->prev = h;
	if (prev != NULL)
		prev->next = h;
	else
		s->child_head = h;
	s->child_n++;
}

uint32_t
ike_pair_new(struct ike *ike, mono_t now, uint32_t sa_h, struct ike_sa *s,
    struct ike_out *out)
{
	struct ike_pair *p;
	uint32_t h;
	uint32_t most = ike->p->limits.children_per_peer;

	if (most > IKE_CHILDREN_MAX)
		most = IKE_CHILDREN_MAX;
	if (s->child_n >= most) {
		uint32_t old = pair_replaced(ike, s);

		if (old == 0)
			return 0;
		ike_pair_gone(ike, old, IKE_WHY_REPLACED, out);
	}
	p = pool_take(&ike->pair, &h);
	if (p == NULL)
		return 0;
	p->sa = p->owner = sa_h;
	p->attempt = s->attempt;
	p->who = s->who;
	p->way = s->way;
	p->born = now;
	p->until = MONO_NEVER;
	pair_place(ike, h, p);
	return h;
}

void
ike_pair_index(struct ike *ike, uint32_t h)
{
	const struct ike_pair *p = pool_get(&ike->pair, h);
	uint32_t slot = pool_slot(h);

	htab_add(&ike->pair_in, slot, spi_sum(ike, p->spi_in));
	htab_add(&ike->pair_out, slot, spi_sum(ike, p->spi_out));
	due_set(&ike->pair_due, slot, p->until);
}

static void
pair_unlink(struct ike *ike, uint32_t h, struct ike_pair *p)
{
	struct ike_sa *s = pool_get(&ike->sa, p->sa);
	struct ike_pair *next = pool_get(&ike->pair, p->next);
	struct ike_pair *prev = pool_get(&ike->pair, p->prev);

	if (s == NULL)
		return;
	if (next != NULL)
		next->prev = p->prev;
	if (prev != NULL)
		prev->next = p->next;
	if (s->child_head == h)
		s->child_head = p->next;
	s->child_n--;
}

/*
 * Most are older than the new SA's own; but one may have been made under the
 * old SA after that, by a peer that did not know yet.  The newest that is
 * proven carries the traffic.
 */
void
ike_sa_adopt(struct ike *ike, uint32_t from_h, uint32_t to_h)
{
	struct ike_sa *from = pool_get(&ike->sa, from_h);
	struct ike_sa *to = pool_get(&ike->sa, to_h);
	bool carried = false;

	if (from == NULL || to == NULL || from == to)
		return;
	while (from->child_head != 0 && to->child_n < IKE_CHILDREN_MAX) {
		uint32_t h = from->child_head;
		struct ike_pair *p = pool_get(&ike->pair, h);

		pair_unlink(ike, h, p);
		p->sa = p->owner = to_h;
		pair_place(ike, h, p);
	}
	for (uint32_t h = to->child_head; h != 0;) {
		struct ike_pair *p = pool_get(&ike->pair, h);

		p->replaced = p->replaced || carried;
		carried = carried || p->proven;
		h = p->next;
	}
}

void
ike_pair_gone(struct ike *ike, uint32_t h, enum ike_why why,
    struct ike_out *out)
{
	struct ike_pair *p = pool_get(&ike->pair, h);
	uint32_t slot = pool_slot(h);
	struct ike_act *a;

	if (p == NULL)
		return;
	a = ike_out_act(out, IKE_CHILD_GONE, p->attempt, p->owner);
	if (a != NULL) {
		a->child = h;
		a->why = p->replaced && (why == IKE_WHY_DELETED ||
		    why == IKE_WHY_EXPIRED) ? IKE_WHY_REPLACED : why;
		a->local = p->way.local;
		a->remote = p->way.remote;
	}
	if (p->qm != 0)
		ike_quick_drop(ike, p->qm);
	pair_unlink(ike, h, p);
	htab_del(&ike->pair_in, slot);
	htab_del(&ike->pair_out, slot);
	due_set(&ike->pair_due, slot, MONO_NEVER);
	pool_give(&ike->pair, h);
}

static void
pair_say_out(uint32_t h, const struct ike_pair *p, struct ike_out *out)
{
	struct ike_act *a = ike_out_act(out, IKE_SA_OUT, p->attempt, p->owner);

	if (a == NULL)
		return;
	a->child = h;
	a->local = p->way.local;
	a->remote = p->way.remote;
}

void
ike_pair_proven(struct ike *ike, uint32_t h, struct ike_out *out)
{
	struct ike_pair *p = pool_get(&ike->pair, h);

	if (p == NULL || p->proven)
		return;
	p->proven = true;
	for (uint32_t c = p->prev; c != 0;) {
		struct ike_pair *newer = pool_get(&ike->pair, c);

		p->replaced = p->replaced || newer->proven;
		c = newer->prev;
	}
	if (p->replaced)
		return;		/* late: a newer one carries already */
	pair_say_out(h, p, out);
	/* Older ones live on for what is still in flight (RFC 2409 §9). */
	for (uint32_t c = p->next; c != 0;) {
		struct ike_pair *old = pool_get(&ike->pair, c);

		old->replaced = true;
		c = old->next;
	}
}

/*
 * After a Delete the newest of what is left carries the traffic, even if its
 * proof is still on its way: Windows deletes the old SA before it sends QM3
 * (clients.md 23).
 */
static void
pair_fall_back(struct ike *ike, const struct ike_sa *s, struct ike_out *out)
{
	struct ike_pair *p = pool_get(&ike->pair, s->child_head);

	if (p == NULL)
		return;
	if (!p->proven) {
		ike_pair_proven(ike, s->child_head, out);
		return;
	}
	p->replaced = false;
	pair_say_out(s->child_head, p, out);
}

/*
 * N-14: a Delete names only what is the peer's own: a child of this SA, or one
 * that the same identity at the same endpoint made under another SA.
 */
void
ike_pair_deleted(struct ike *ike, struct ike_sa *s, uint32_t spi,
    struct ike_out *out)
{
	uint32_t i = htab_find(&ike->pair_out, spi_sum(ike, spi));

	for (; i != HTAB_NONE; i = htab_next(&ike->pair_out, i)) {
		uint32_t h;
		struct ike_pair *p = pool_at(&ike->pair, i, &h);
		bool own, carried;

		if (p == NULL || p->spi_out != spi)
			continue;
		own = pool_get(&ike->sa, p->sa) == s;
		if (!own && !(p->who == s->who &&
		    endpoint_eq(&p->way.remote, &s->way.remote)))
			continue;
		carried = own && p->proven && !p->replaced;
		ike_pair_gone(ike, h, IKE_WHY_DELETED, out);
		if (carried)
			pair_fall_back(ike, s, out);
		return;
	}
	ike_drop(ike, DROP_IKE_DELETE);
}
