/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks behind sessions: see behind.h. */

#include <inttypes.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/behind.h"

#define NETS		4096	/* as many as the data plane takes, */
#define NETS_GOING	512	/* and those that the host has yet to forget */
#define TELL_ACTS	(LNS_OUT_ACTS / 2)

uint32_t
behinds_max(const struct lns_params *p)
{
	uint64_t n = (uint64_t)p->sessions * DP_ROUTES_MAX;

	return (uint32_t)(n < NETS ? n : NETS) + NETS_GOING;
}

size_t
behinds_bytes(const struct lns_params *p)
{
	return pool_bytes(sizeof(struct behind), behinds_max(p)) +
	    due_bytes(behinds_max(p));
}

int
behinds_init(struct lns *l)
{
	uint32_t n = behinds_max(l->params);

	return pool_init(&l->behinds, sizeof(struct behind), n) == 0 &&
	    due_init(&l->behind_due, n) == 0 ? 0 : -1;
}

void
behinds_wipe(struct lns *l)
{
	pool_wipe(&l->behinds);
	due_wipe(&l->behind_due);
}

static void
enlist(struct lns *l, uint32_t handle, struct behind *b)
{
	b->turn = ++l->behind_turn;
	due_set(&l->behind_due, pool_slot(handle), mono_us(b->turn));
}

/* What the host has not heard of, it need not hear of. */
static void
drop(struct lns *l, uint32_t handle)
{
	struct behind *b = pool_get(&l->behinds, handle);

	if (b->told) {
		b->going = true;
		enlist(l, handle, b);
		return;
	}
	due_set(&l->behind_due, pool_slot(handle), MONO_NEVER);
	pool_give(&l->behinds, handle);
}

static bool
same(const struct ipnet *a, const struct ipnet *b)
{
	return a->bits == b->bits && ipaddr_eq(&a->addr, &b->addr);
}

static bool
among(const struct ipnet *net, const struct ipnet *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (same(net, &v[i]))
			return true;
	return false;
}

/* Where the session has this network; with NULL, a place for one. */
static uint32_t *
place(const struct lns *l, struct access *a, const struct ipnet *net)
{
	for (int i = 0; i < DP_ROUTES_MAX; i++) {
		const struct behind *b = pool_get(&l->behinds, a->behind[i]);

		if (net == NULL ? a->behind[i] == 0 :
		    b != NULL && same(&b->net, net))
			return &a->behind[i];
	}
	return NULL;
}

static uint32_t
metric_of(const struct profile *p, const struct ipnet *net)
{
	for (uint32_t i = 0; i < p->route_n; i++)
		if (same(&p->route[i], net))
			return p->metric[i];
	return 0;
}

static void
add(struct lns *l, struct access *a, const struct ipnet *net)
{
	const struct path *p = pool_get(&l->paths, a->path);
	const char *why = "the client's own address is in it";
	uint32_t *at = place(l, a, NULL);
	char text[IPNET_STRLEN];
	struct behind *b = NULL;

	if (!ipnet_has(net, &p->remote.addr)) {
		why = "too many routes";
		b = at != NULL ? pool_take(&l->behinds, at) : NULL;
	}
	if (b == NULL) {
		log_warn("route not set attempt=%" PRIu64 " user=%s route=%s "
		    "reason=\"%s\"", a->attempt, a->user,
		    ipnet_str(net, text), why);
		return;
	}
	*b = (struct behind){ .net = *net, .attempt = a->attempt,
		.metric = metric_of(&a->profile, net) };
	enlist(l, *at, b);
}

void
behind_set(struct lns *l, uint32_t access, const struct ipnet *net, uint32_t n)
{
	struct access *a = access_get(l, access);

	for (int i = 0; i < DP_ROUTES_MAX; i++) {
		const struct behind *b = pool_get(&l->behinds, a->behind[i]);

		if (b == NULL || among(&b->net, net, n))
			continue;
		drop(l, a->behind[i]);
		a->behind[i] = 0;
	}
	for (uint32_t i = 0; i < n; i++)
		if (place(l, a, &net[i]) == NULL)
			add(l, a, &net[i]);
}

void
behind_shut(struct lns *l, uint32_t access)
{
	behind_set(l, access, NULL, 0);
}

bool
behind_untold(const struct lns *l)
{
	return l->behind_due.used > 0;
}

void
behind_tell(struct lns *l, struct lns_out *o)
{
	uint32_t slot, handle;

	while (o->n < TELL_ACTS && due_next(&l->behind_due,
	    mono_us(UINT64_MAX - 1), &slot)) {
		struct behind *b = pool_at(&l->behinds, slot, &handle);

		o->act[o->n++] = (struct lns_act){
			.kind = b->going ? LNS_ROUTE_DEL : LNS_ROUTE_ADD,
			.net = b->net, .metric = b->metric,
			.number = b->attempt,
		};
		b->told = true;
		if (b->going)
			pool_give(&l->behinds, handle);
	}
}

void
behind_index(struct lns *l, uint32_t slot)
{
	const struct behind *b = pool_at(&l->behinds, slot, NULL);

	if (b != NULL)
		due_set(&l->behind_due, slot, mono_us(b->turn));
}
