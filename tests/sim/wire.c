/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated network: see wire.h.  A datagram is translated upwards when it
 * is sent and downwards when it arrives, so that a box that forgets its
 * mappings in between really loses the answer.
 */

#include <stdlib.h>
#include <string.h>

#include "base/htab.h"
#include "base/pool.h"
#include "tests/sim/wire.h"

#define NAT_DEPTH_MAX	8	/* boxes on one way: more is a loop */
#define NAT_PORT_LOW	1024
#define NAT_PORT_TRIES	64

struct gram {			/* under way */
	enum wire_kind kind;
	struct endpoint src;	/* as the Internet sees them */
	struct endpoint dst;
	uint16_t len;
	uint8_t b[WIRE_MTU];
};

struct place {			/* one datagram in the queue */
	mono_t when;
	uint64_t order;		/* of sending: breaks ties */
	uint32_t handle;
};

struct nat {
	uint32_t parent;
	struct ipaddr outer;
	uint64_t idle_us;
	uint32_t epoch;		/* mappings of older epochs are dead */
	bool scramble;		/* was rebound: keeps no ports */
};

struct host {
	uint32_t parent;
	struct ipaddr addr;
};

struct map {			/* one mapping of one box */
	uint32_t nat;
	uint32_t epoch;
	enum wire_kind kind;
	struct endpoint inside;
	struct endpoint outside;
	struct endpoint remote;
	mono_t used;
};

struct wire {
	struct rng *rng;	/* borrowed */
	struct wire_quality q;
	struct wire_limits limits;
	struct pool grams;
	struct place *heap;	/* owned; earliest first */
	uint32_t queued;
	struct pool maps;
	struct htab by_inside;	/* nat, inside, remote */
	struct htab by_outside;	/* outside, remote */
	struct htab by_addr;	/* parent, address -> host */
	struct htab by_outer;	/* parent, address -> NAT box */
	struct hash_key key;
	struct host *host;	/* owned; host number - 1 */
	struct nat *nat;	/* owned; NAT number - 1 */
	uint32_t hosts, nats;
	uint64_t order;
	struct gram last;	/* what wire_next() handed out */
	struct wire_stats stats;
};

/* ---- keys of the three indexes ---- */

static void
put_endpoint(struct wr *w, const struct endpoint *e)
{
	wr_u8(w, e->addr.family);
	wr_bytes(w, e->addr.b, sizeof(e->addr.b));
	wr_u16(w, e->port);
}

static uint64_t
hash_of(const struct wire *w, uint32_t number, enum wire_kind kind,
    const struct endpoint *a, const struct endpoint *b)
{
	uint8_t buf[64];
	struct wr wr = wr_make(buf, sizeof(buf));

	wr_u32(&wr, number);
	wr_u8(&wr, (uint8_t)kind);
	put_endpoint(&wr, a);
	if (b != NULL)
		put_endpoint(&wr, b);
	return hash_bytes(&w->key, buf, wr_used(&wr));
}

static uint64_t
hash_addr(const struct wire *w, uint32_t parent, const struct ipaddr *a)
{
	struct endpoint e = { .addr = *a };

	return hash_of(w, parent, WIRE_UDP, &e, NULL);
}

/* ---- NAT boxes ---- */

static bool
map_alive(const struct wire *w, const struct map *m, mono_t now)
{
	const struct nat *n = &w->nat[m->nat - 1];

	return m->epoch == n->epoch &&
	    mono_since_us(now, m->used) <= n->idle_us;
}

static struct map *
map_by_inside(struct wire *w, uint32_t nat, enum wire_kind kind,
    const struct endpoint *inside, const struct endpoint *remote, mono_t now)
{
	uint64_t h = hash_of(w, nat, kind, inside, remote);
	uint32_t slot = htab_find(&w->by_inside, h);

	for (; slot != HTAB_NONE; slot = htab_next(&w->by_inside, slot)) {
		struct map *m = pool_at(&w->maps, slot, NULL);

		if (m->nat == nat && m->kind == kind &&
		    endpoint_eq(&m->inside, inside) &&
		    endpoint_eq(&m->remote, remote) && map_alive(w, m, now))
			return m;
	}
	return NULL;
}

/* The outer address may be one of several networks' alike: `nat` tells. */
static struct map *
map_by_outside(struct wire *w, uint32_t nat, enum wire_kind kind,
    const struct endpoint *outside, const struct endpoint *remote, mono_t now)
{
	uint64_t h = hash_of(w, nat, kind, outside, remote);
	uint32_t slot = htab_find(&w->by_outside, h);

	for (; slot != HTAB_NONE; slot = htab_next(&w->by_outside, slot)) {
		struct map *m = pool_at(&w->maps, slot, NULL);

		if (m->nat == nat && m->kind == kind &&
		    endpoint_eq(&m->outside, outside) &&
		    endpoint_eq(&m->remote, remote) && map_alive(w, m, now))
			return m;
	}
	return NULL;
}

static void
map_del(struct wire *w, uint32_t slot, uint32_t handle)
{
	htab_del(&w->by_inside, slot);
	htab_del(&w->by_outside, slot);
	pool_give(&w->maps, handle);
}

static void
map_sweep(struct wire *w, mono_t now)
{
	for (uint32_t slot = 0; slot < w->maps.high; slot++) {
		uint32_t handle;
		struct map *m = pool_at(&w->maps, slot, &handle);

		if (m != NULL && !map_alive(w, m, now))
			map_del(w, slot, handle);
	}
}

/* Did the same inside have this port already?  Then it would be no rebinding. */
static bool
map_had(const struct wire *w, const struct map *m)
{
	uint32_t slot = htab_find(&w->by_inside, hash_of(w, m->nat, m->kind,
	    &m->inside, &m->remote));

	for (; slot != HTAB_NONE; slot = htab_next(&w->by_inside, slot)) {
		const struct map *old = pool_at(&w->maps, slot, NULL);

		if (old->nat == m->nat && old->kind == m->kind &&
		    endpoint_eq(&old->inside, &m->inside) &&
		    endpoint_eq(&old->outside, &m->outside))
			return true;
	}
	return false;
}

/* Keeps the port if nobody else uses it towards the same remote. */
static bool
map_choose_port(struct wire *w, struct map *m, mono_t now)
{
	const struct nat *n = &w->nat[m->nat - 1];

	m->outside = (struct endpoint){ .addr = n->outer };
	m->outside.port = m->inside.port;
	for (int i = 0; i < NAT_PORT_TRIES; i++) {
		bool keep = i == 0 && !n->scramble;

		if (m->kind == WIRE_UDP && !keep)
			m->outside.port = (uint16_t)(NAT_PORT_LOW +
			    rng_below(w->rng, UINT16_MAX - NAT_PORT_LOW));
		if (m->kind == WIRE_UDP && n->scramble && map_had(w, m))
			continue;
		if (map_by_outside(w, m->nat, m->kind, &m->outside, &m->remote,
			now) == NULL)
			return true;
	}
	return false;
}

static struct map *
map_add(struct wire *w, uint32_t nat, enum wire_kind kind,
    const struct endpoint *inside, const struct endpoint *remote, mono_t now)
{
	uint32_t handle, slot;
	struct map *m, draft = { .nat = nat, .kind = kind, .inside = *inside,
	    .remote = *remote, .epoch = w->nat[nat - 1].epoch, .used = now };

	if (!map_choose_port(w, &draft, now))
		return NULL;
	m = pool_take(&w->maps, &handle);
	if (m == NULL) {
		map_sweep(w, now);
		m = pool_take(&w->maps, &handle);
	}
	if (m == NULL)
		return NULL;
	*m = draft;
	slot = pool_slot(handle);
	htab_add(&w->by_inside, slot, hash_of(w, nat, kind, inside, remote));
	htab_add(&w->by_outside, slot,
	    hash_of(w, nat, kind, &m->outside, remote));
	return m;
}

/* Upwards: the source as the network above the box sees it. */
static bool
nat_up(struct wire *w, uint32_t nat, enum wire_kind kind,
    struct endpoint *src, const struct endpoint *dst, mono_t now)
{
	struct map *m = map_by_inside(w, nat, kind, src, dst, now);

	if (m == NULL)
		m = map_add(w, nat, kind, src, dst, now);
	if (m == NULL)
		return false;
	m->used = now;
	*src = m->outside;
	return true;
}

/* ---- the way down ---- */

static uint32_t
host_find(const struct wire *w, uint32_t parent, const struct ipaddr *a)
{
	uint32_t i = htab_find(&w->by_addr, hash_addr(w, parent, a));

	for (; i != HTAB_NONE; i = htab_next(&w->by_addr, i))
		if (w->host[i].parent == parent &&
		    ipaddr_eq(&w->host[i].addr, a))
			return i + 1;
	return 0;
}

static uint32_t
nat_find(const struct wire *w, uint32_t parent, const struct ipaddr *a)
{
	uint32_t i = htab_find(&w->by_outer, hash_addr(w, parent, a));

	for (; i != HTAB_NONE; i = htab_next(&w->by_outer, i))
		if (w->nat[i].parent == parent &&
		    ipaddr_eq(&w->nat[i].outer, a))
			return i + 1;
	return 0;
}

/* Follows the destination down to a host; 0 if nobody takes it. */
static uint32_t
way_down(struct wire *w, enum wire_kind kind, struct endpoint *dst,
    const struct endpoint *src, mono_t now)
{
	uint32_t net = WIRE_TOP;

	for (int depth = 0; depth < NAT_DEPTH_MAX; depth++) {
		uint32_t host = host_find(w, net, &dst->addr);
		struct map *m;
		uint32_t nat;

		if (host != 0)
			return host;
		nat = nat_find(w, net, &dst->addr);
		if (nat == 0)
			break;
		m = map_by_outside(w, nat, kind, dst, src, now);
		if (m == NULL) {
			w->stats.filtered++;
			return 0;
		}
		m->used = now;
		*dst = m->inside;
		net = nat;
	}
	w->stats.unknown++;
	return 0;
}

/* ---- the queue ---- */

static bool
earlier(const struct place *a, const struct place *b)
{
	return a->when.us != b->when.us ? mono_before(a->when, b->when) :
	    a->order < b->order;
}

static void
heap_push(struct wire *w, struct place new)
{
	uint32_t at = w->queued++;

	while (at > 0 && earlier(&new, &w->heap[(at - 1) / 2])) {
		w->heap[at] = w->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	w->heap[at] = new;
}

static uint32_t
heap_pop(struct wire *w)
{
	uint32_t first = w->heap[0].handle, at = 0, child;
	struct place moved = w->heap[--w->queued];

	while ((child = 2 * at + 1) < w->queued) {
		if (child + 1 < w->queued &&
		    earlier(&w->heap[child + 1], &w->heap[child]))
			child++;
		if (!earlier(&w->heap[child], &moved))
			break;
		w->heap[at] = w->heap[child];
		at = child;
	}
	w->heap[at] = moved;
	return first;
}

/* ---- public ---- */

struct wire *
wire_new(const struct wire_limits *limits, struct rng *rng)
{
	struct wire *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->limits = *limits;
	w->rng = rng;
	rng_fill(rng, &w->key, sizeof(w->key));
	w->host = calloc(limits->hosts + 1, sizeof(*w->host));
	w->nat = calloc(limits->nats + 1, sizeof(*w->nat));
	w->heap = calloc(limits->queue, sizeof(*w->heap));
	if (w->host == NULL || w->nat == NULL || w->heap == NULL ||
	    pool_init(&w->grams, sizeof(struct gram), limits->queue) != 0 ||
	    pool_init(&w->maps, sizeof(struct map), limits->maps + 1) != 0 ||
	    htab_init(&w->by_inside, limits->maps + 1) != 0 ||
	    htab_init(&w->by_outside, limits->maps + 1) != 0 ||
	    htab_init(&w->by_addr, limits->hosts + 1) != 0 ||
	    htab_init(&w->by_outer, limits->nats + 1) != 0) {
		wire_free(w);
		return NULL;
	}
	return w;
}

void
wire_free(struct wire *w)
{
	if (w == NULL)
		return;
	pool_wipe(&w->grams);
	pool_wipe(&w->maps);
	htab_wipe(&w->by_inside);
	htab_wipe(&w->by_outside);
	htab_wipe(&w->by_addr);
	htab_wipe(&w->by_outer);
	free(w->heap);
	free(w->host);
	free(w->nat);
	free(w);
}

uint32_t
wire_nat_add(struct wire *w, uint32_t parent, const struct ipaddr *outer,
    uint32_t idle_s)
{
	if (w->nats == w->limits.nats)
		return 0;
	w->nat[w->nats] = (struct nat){ .parent = parent, .outer = *outer,
		.idle_us = idle_s * UINT64_C(1000000) };
	htab_add(&w->by_outer, w->nats, hash_addr(w, parent, outer));
	return ++w->nats;
}

uint32_t
wire_host_add(struct wire *w, uint32_t parent, const struct ipaddr *addr)
{
	if (w->hosts == w->limits.hosts)
		return 0;
	w->host[w->hosts] = (struct host){ .parent = parent, .addr = *addr };
	htab_add(&w->by_addr, w->hosts, hash_addr(w, parent, addr));
	return ++w->hosts;
}

void
wire_quality_set(struct wire *w, const struct wire_quality *q)
{
	w->q = *q;
}

void
wire_nat_rebind(struct wire *w, uint32_t nat, const struct ipaddr *outer)
{
	struct nat *n = &w->nat[nat - 1];

	n->epoch++;
	n->scramble = true;
	if (outer == NULL)
		return;
	htab_del(&w->by_outer, nat - 1);
	n->outer = *outer;
	htab_add(&w->by_outer, nat - 1, hash_addr(w, n->parent, outer));
}

void
wire_host_move(struct wire *w, uint32_t host, uint32_t parent,
    const struct ipaddr *addr)
{
	uint32_t i = host - 1;

	htab_del(&w->by_addr, i);
	w->host[i] = (struct host){ .parent = parent, .addr = *addr };
	htab_add(&w->by_addr, i, hash_addr(w, parent, addr));
}

static bool
draw(struct wire *w, uint16_t per_thousand)
{
	return per_thousand != 0 && rng_below(w->rng, 1000) < per_thousand;
}

static void
queue_one(struct wire *w, mono_t now, const struct gram *head, struct rd data)
{
	uint64_t us = w->q.delay_us;
	uint32_t handle;
	struct gram *g;

	if (w->q.jitter_us != 0)
		us += rng_below(w->rng, w->q.jitter_us + 1);
	if (draw(w, w->q.late)) {
		w->stats.overtaken++;
		us += w->q.late_us;
	}
	g = pool_take(&w->grams, &handle);
	if (g == NULL) {
		w->stats.overflow++;
		return;
	}
	g->kind = head->kind;
	g->src = head->src;
	g->dst = head->dst;
	g->len = (uint16_t)rd_left(&data);
	rd_copy(&data, g->b, g->len);
	heap_push(w, (struct place){ mono_add_us(now, us), w->order++,
		handle });
}

void
wire_send(struct wire *w, mono_t now, uint32_t host, enum wire_kind kind,
    const struct endpoint *local, const struct endpoint *remote, struct rd data)
{
	struct gram *head = &w->last;
	uint32_t nat = w->host[host - 1].parent;

	w->stats.sent++;
	if (rd_left(&data) > WIRE_MTU) {
		w->stats.too_big++;
		return;
	}
	head->kind = kind;
	head->src = *local;
	head->dst = *remote;
	for (int depth = 0; nat != WIRE_TOP; nat = w->nat[nat - 1].parent) {
		if (depth++ == NAT_DEPTH_MAX ||
		    !nat_up(w, nat, kind, &head->src, &head->dst, now)) {
			w->stats.filtered++;
			return;
		}
	}
	if (draw(w, w->q.loss)) {
		w->stats.lost++;
		return;
	}
	queue_one(w, now, head, data);
	if (draw(w, w->q.dup)) {
		w->stats.doubled++;
		queue_one(w, now, head, data);
	}
}

static bool
take_first(struct wire *w, mono_t now)
{
	struct gram *g;
	uint32_t handle;

	if (w->queued == 0 || !mono_due(w->heap[0].when, now))
		return false;
	handle = heap_pop(w);
	g = pool_get(&w->grams, handle);
	w->last = *g;
	pool_give(&w->grams, handle);
	return true;
}

void
wire_corrupt(struct wire *w, uint32_t nth, uint32_t at, uint8_t change)
{
	struct gram *g;

	if (w->queued == 0)
		return;
	g = pool_get(&w->grams, w->heap[nth % w->queued].handle);
	if (g->len > 0)
		g->b[at % g->len] ^= change;
}

bool
wire_next(struct wire *w, mono_t now, struct wire_got *got)
{
	while (take_first(w, now)) {
		struct gram *g = &w->last;
		uint32_t host = way_down(w, g->kind, &g->dst, &g->src, now);

		if (host == 0)
			continue;
		w->stats.arrived++;
		*got = (struct wire_got){ .host = host, .kind = g->kind,
			.local = g->dst, .remote = g->src,
			.data = rd_make(g->b, g->len) };
		return true;
	}
	return false;
}

mono_t
wire_deadline(const struct wire *w)
{
	return w->queued == 0 ? MONO_NEVER : w->heap[0].when;
}

void
wire_stats(const struct wire *w, struct wire_stats *s)
{
	*s = w->stats;
}
