/* SPDX-License-Identifier: BSD-2-Clause */
/* Invariants on the wire: see check.h. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/htab.h"
#include "base/pool.h"
#include "tests/sim/check.h"

#define COOKIE	8
#define COOKIES	4		/* last ones given to an address */
#define LATE_US	1000000		/* I9 */

struct flow {			/* one direction of an SA */
	uint32_t who;
	uint32_t spi;
	struct ipaddr far;
	uint32_t seq;
};

struct far {			/* one address of strangers or phones */
	struct ipaddr addr;
	bool verified;		/* brought back a cookie of ours */
	uint64_t in, out;	/* bytes */
	uint8_t cookie[COOKIES][COOKIE];
	unsigned cookies;
};

struct check {
	struct pool flows, fars;
	struct htab flow_index, far_index;
	struct hash_key key;
};

struct check *
check_new(struct rng *rng, uint32_t flows, uint32_t fars)
{
	struct check *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	(void)rng_fill(rng, &c->key, sizeof(c->key));
	if (pool_init(&c->flows, sizeof(struct flow), flows) != 0 ||
	    pool_init(&c->fars, sizeof(struct far), fars) != 0 ||
	    htab_init(&c->flow_index, flows) != 0 ||
	    htab_init(&c->far_index, fars) != 0) {
		check_free(c);
		return NULL;
	}
	return c;
}

void
check_free(struct check *c)
{
	if (c == NULL)
		return;
	pool_wipe(&c->flows);
	pool_wipe(&c->fars);
	htab_wipe(&c->flow_index);
	htab_wipe(&c->far_index);
	free(c);
}

static struct flow *
flow_find(struct check *c, uint32_t who, uint32_t spi,
    const struct ipaddr *addr)
{
	struct flow key, *f;
	uint32_t slot, handle;
	uint64_t h;

	memset(&key, 0, sizeof(key));		/* padding is hashed too */
	key.who = who;
	key.spi = spi;
	key.far = *addr;
	h = hash_bytes(&c->key, &key, offsetof(struct flow, seq));
	slot = htab_find(&c->flow_index, h);

	for (; slot != HTAB_NONE; slot = htab_next(&c->flow_index, slot)) {
		f = pool_at(&c->flows, slot, NULL);
		if (memcmp(f, &key, offsetof(struct flow, seq)) == 0)
			return f;
	}
	f = pool_take(&c->flows, &handle);
	if (f == NULL)
		return NULL;
	memcpy(f, &key, sizeof(key));
	htab_add(&c->flow_index, pool_slot(handle), h);
	return f;
}

const char *
check_esp(struct check *c, uint32_t who, const struct ipaddr *addr,
    struct rd esp)
{
	uint32_t spi = rd_u32(&esp), seq = rd_u32(&esp);
	struct flow *f;

	if (esp.bad)
		return "I2: an ESP packet without a sequence number was sent";
	f = flow_find(c, who, spi, addr);
	if (f == NULL)
		return NULL;
	if (seq <= f->seq)
		return seq == f->seq ?
		    "I2: an ESP sequence number was sent twice" :
		    "I2: ESP sequence numbers went out of order";
	f->seq = seq;
	return NULL;
}

/* When all slots are taken (floods), those of strangers are given up. */
static void
far_sweep(struct check *c)
{
	for (uint32_t slot = 0; slot < c->fars.high; slot++) {
		uint32_t handle;
		struct far *f = pool_at(&c->fars, slot, &handle);

		if (f == NULL || f->verified)
			continue;
		htab_del(&c->far_index, slot);
		pool_give(&c->fars, handle);
	}
}

static struct far *
far_find(struct check *c, const struct ipaddr *addr)
{
	uint64_t h = hash_bytes(&c->key, addr, sizeof(*addr));
	uint32_t slot = htab_find(&c->far_index, h), handle;
	struct far *f;

	for (; slot != HTAB_NONE; slot = htab_next(&c->far_index, slot)) {
		f = pool_at(&c->fars, slot, NULL);
		if (ipaddr_eq(&f->addr, addr))
			return f;
	}
	f = pool_take(&c->fars, &handle);
	if (f == NULL) {
		far_sweep(c);
		f = pool_take(&c->fars, &handle);
	}
	if (f == NULL)
		return NULL;
	f->addr = *addr;
	htab_add(&c->far_index, pool_slot(handle), h);
	return f;
}

void
check_ike_in(struct check *c, const struct ipaddr *from, struct rd message)
{
	struct far *f = far_find(c, from);
	size_t len = rd_left(&message);
	uint8_t cookie[COOKIE];

	if (f == NULL)
		return;
	f->in += len;
	rd_skip(&message, COOKIE);
	rd_copy(&message, cookie, COOKIE);
	if (message.bad)
		return;
	for (unsigned i = 0; i < f->cookies && i < COOKIES; i++)
		if (memcmp(f->cookie[i], cookie, COOKIE) == 0)
			f->verified = true;
}

const char *
check_ike_out(struct check *c, const struct ipaddr *to, struct rd message)
{
	static const uint8_t none[COOKIE];
	struct far *f = far_find(c, to);
	size_t len = rd_left(&message);
	uint8_t cookie[COOKIE];

	if (f == NULL || f->verified)
		return NULL;
	f->out += len;
	rd_skip(&message, COOKIE);
	rd_copy(&message, cookie, COOKIE);
	if (!message.bad && memcmp(cookie, none, COOKIE) != 0)
		memcpy(f->cookie[f->cookies++ % COOKIES], cookie, COOKIE);
	return f->out > f->in ?
	    "I5: more bytes to an unverified address than from it" : NULL;
}

const char *
check_limits(const struct lns_params *p, const struct show_status *s)
{
	const struct ike_limits *i = &p->ike.limits;

	if (s->half_open > i->half_open + i->dh_pending)
		return "I6: more half-open records than the limits";
	if (s->peers > i->peers)
		return "I6: more ISAKMP SAs than the limit";
	if (s->children > i->children)
		return "I6: more SA pairs than the limit";
	if (s->paths > p->paths)
		return "I6: more paths than the limit";
	if (s->tunnels > p->l2tp.tunnels)
		return "I6: more tunnels than the limit";
	return s->sessions > p->sessions ?
	    "I6: more sessions than the limit" : NULL;
}

const char *
check_leases(const struct show_pool *p, uint32_t addresses, uint32_t sessions)
{
	if (p->size > addresses)
		return "I6: a pool is larger than its ranges";
	if (p->used > p->size)
		return "I6: more leases than the pool has addresses";
	return p->used > sessions ? "I3: more leases than sessions" : NULL;
}

const char *
check_early(mono_t deadline, mono_t now, bool acted, mono_t after)
{
	if (mono_due(deadline, now) || (!acted && after.us == deadline.us))
		return NULL;
	return "I9: a timer fired early";
}

const char *
check_late(mono_t deadline, mono_t now, mono_t awake)
{
	if (deadline.us == 0)
		return NULL;	/* so engines say "at once" */
	return mono_since_us(now, mono_max(deadline, awake)) > LATE_US ?
	    "I9: a timer fires more than a second late" : NULL;
}

const char *
check_thawed(mono_t before, mono_t after)
{
	return mono_before(after, before) ?
	    "I9: a timer would have fired late" : NULL;
}
