/* SPDX-License-Identifier: BSD-2-Clause */
/* The networks behind sessions: see routes.h. */

#include <stdlib.h>
#include <string.h>

#include "dp/routes.h"
#include "dp/tables_int.h"

static unsigned long
routes_hash(const struct routes *t, const struct ipnet *net)
{
	return tables_hash(t->seed, tables_addr_word(&net->addr) ^
	    (uint64_t)net->bits << 8);
}

static int
routes_match(struct cds_lfht_node *node, const void *key)
{
	const struct route *r = caa_container_of(node, struct route, by_net);
	const struct ipnet *k = key;

	rcu_found(node);
	return r->to.bits == k->bits && ipaddr_eq(&r->to.addr, &k->addr);
}

size_t
routes_bytes(uint32_t cap)
{
	return tables_index(cap) + cap * sizeof(struct route *);
}

bool
routes_init(struct routes *t, uint32_t cap, uint64_t seed)
{
	*t = (struct routes){ .cap = cap, .seed = seed,
		.by_net = tables_make(cap),
		.sorted = calloc(cap, sizeof(t->sorted[0])),
	};
	if (t->by_net != NULL && t->sorted != NULL)
		return true;
	routes_wipe(t);
	return false;
}

void
routes_wipe(struct routes *t)
{
	if (t->by_net != NULL)
		cds_lfht_destroy(t->by_net, NULL);
	free(t->sorted);
	*t = (struct routes){ 0 };
}

bool
routes_usable(const struct ipnet *net)
{
	static const struct ipnet never[] = {
		{ { IP_V4, { 0 } }, 8 },
		{ { IP_V4, { 127 } }, 8 },
		{ { IP_V4, { 224 } }, 3 },
		{ { IP_V6, { 0 } }, 16 },
		{ { IP_V6, { 0xfe, 0x80 } }, 10 },
		{ { IP_V6, { 0xff } }, 8 },
	};

	if (!ipnet_ok(net) || net->addr.family == IP_NONE)
		return false;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (ipnet_overlap(net, &never[i]))
			return false;
	return true;
}

/* Two routes with equal keys are one session's and have one place. */
static int
routes_compare(const struct ipnet *a, const struct ipnet *b)
{
	int order = (a->addr.family > b->addr.family) -
	    (a->addr.family < b->addr.family);

	if (order == 0)
		order = memcmp(a->addr.b, b->addr.b, sizeof(a->addr.b));
	if (order == 0)
		order = (a->bits > b->bits) - (a->bits < b->bits);
	return order;
}

/* The place of the first route that is not before `net`. */
static uint32_t
routes_place(const struct routes *t, const struct ipnet *net)
{
	uint32_t low = 0, high = t->used;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (routes_compare(&t->sorted[middle]->to, net) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct route *
routes_exact(const struct routes *t, const struct ipnet *net)
{
	struct cds_lfht_node *n = tables_find(t->by_net, routes_hash(t, net),
	    routes_match, net);

	return n == NULL ? NULL : caa_container_of(n, struct route, by_net);
}

/*
 * What lies inside `net` stands together, from its place on; one session's
 * routes there are few, and the first of another's ends the walk.  What `net`
 * lies inside of is shorter and begins with the same bits.
 */
bool
routes_free(const struct routes *t, const struct ipnet *net,
    const struct net *own)
{
	for (uint32_t i = routes_place(t, net); i < t->used &&
	    ipnet_has(net, &t->sorted[i]->to.addr); i++)
		if (t->sorted[i]->net != own)
			return false;
	for (unsigned bits = 0; bits < net->bits; bits++) {
		const struct ipnet wider = {
			ipaddr_prefix(&net->addr, bits), (uint8_t)bits
		};
		const struct route *r;

		if (t->n_of[net->addr.family == IP_V6][bits] == 0)
			continue;
		r = routes_exact(t, &wider);
		if (r != NULL && r->net != own)
			return false;
	}
	return true;
}

/* What workers look at first: of one route more or less. */
static void
routes_note(struct routes *t, const struct ipnet *net, bool more)
{
	const unsigned v6 = net->addr.family == IP_V6, bits = net->bits;
	const uint64_t bit = UINT64_C(1) << bits % 64;
	const unsigned first = net->addr.b[0];
	const unsigned last = bits < 8 ? first | 0xffu >> bits : first;

	t->n_of[v6][bits] += more ? 1u : -1u;
	if (t->n_of[v6][bits] != 0)
		atomic_fetch_or_explicit(&t->lengths[v6][bits / 64], bit,
		    memory_order_relaxed);
	else
		atomic_fetch_and_explicit(&t->lengths[v6][bits / 64], ~bit,
		    memory_order_relaxed);
	for (unsigned i = first; i <= last; i++) {
		t->begins_n[v6][i] += more ? 1u : -1u;
		atomic_store_explicit(&t->begins[v6][i],
		    t->begins_n[v6][i] != 0, memory_order_relaxed);
	}
}

void
routes_add(struct routes *t, struct route *r)
{
	uint32_t at = routes_place(t, &r->to);

	memmove(&t->sorted[at + 1], &t->sorted[at],
	    (t->used - at) * sizeof(t->sorted[0]));
	t->sorted[at] = r;
	t->used++;
	tables_put(t->by_net, routes_hash(t, &r->to), &r->by_net);
	routes_note(t, &r->to, true);
}

static void
routes_reclaim(struct rcu_head *head)
{
	rcu_reclaim(head);
	free(caa_container_of(head, struct route, gone));
}

void
routes_del(struct routes *t, struct route *r)
{
	uint32_t at = routes_place(t, &r->to);

	routes_note(t, &r->to, false);
	t->used--;
	memmove(&t->sorted[at], &t->sorted[at + 1],
	    (t->used - at) * sizeof(t->sorted[0]));
	cds_lfht_del(t->by_net, &r->by_net);
	rcu_retire(&r->gone, routes_reclaim);
}

const struct route *
routes_find(const struct routes *t, const struct ipaddr *a)
{
	const _Atomic uint64_t *lengths = t->lengths[a->family == IP_V6];

	if (!atomic_load_explicit(&t->begins[a->family == IP_V6][a->b[0]],
	    memory_order_relaxed))
		return NULL;
	for (unsigned w = ROUTES_WORDS; w-- > 0;) {
		uint64_t left = atomic_load_explicit(&lengths[w],
		    memory_order_relaxed);

		while (left != 0) {
			unsigned top = 63 - (unsigned)__builtin_clzll(left);
			struct ipnet net = { .bits = (uint8_t)(w * 64 + top) };
			const struct route *r;

			net.addr = ipaddr_prefix(a, net.bits);
			r = routes_exact(t, &net);
			if (r != NULL)
				return r;
			left &= ~(UINT64_C(1) << top);
		}
	}
	return NULL;
}
