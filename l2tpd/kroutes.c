/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes to networks behind sessions: see kroutes.h. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "l2tpd/kroutes.h"
#include "l2tpd/netif.h"

#define BITS_MIN	8
#define BITS6_MIN	16

static void
keep(struct kroutes *k, const struct ipaddr *a)
{
	static const struct ipaddr any[] = { { IP_V4, { 0 } },
		{ IP_V6, { 0 } } };

	if (a->family != IP_NONE && !ipaddr_eq(a, &any[0]) &&
	    !ipaddr_eq(a, &any[1]) && k->keep_n < KROUTES_KEEP)
		k->keep[k->keep_n++] = *a;
}

void
kroutes_init(struct kroutes *k, const struct conf *c, const struct nat *nat,
    const struct ipaddr *listen, uint32_t listen_n)
{
	k->nat = nat;
	k->keep_n = k->n = 0;
	keep(k, &c->ppp.local);
	for (uint32_t i = 0; i < listen_n; i++)
		keep(k, &listen[i]);
	for (uint32_t i = 0; i < c->servers; i++)
		keep(k, &c->server[i].address);
}

static bool
fail(char *err, size_t err_size, const char *why)
{
	(void)snprintf(err, err_size, "%s", why);
	return false;
}

/* That no host outside can have: RFC 6890, RFC 4291 §2.4. */
static bool
never(const struct ipnet *net)
{
	static const struct ipnet v[] = {
		{ { IP_V4, { 0 } }, 8 },
		{ { IP_V4, { 127 } }, 8 },
		{ { IP_V4, { 224 } }, 3 },
		{ { IP_V6, { 0 } }, 8 },
		{ { IP_V6, { 0xfe, 0x80 } }, 10 },
		{ { IP_V6, { 0xff } }, 8 },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (ipnet_overlap(net, &v[i]))
			return true;
	return false;
}

static bool
in_a_pool(const struct nat *nat, const struct ipnet *net)
{
	for (uint32_t i = 0; i < nat->nets; i++)
		if (ipnet_overlap(net, &nat->net[i]))
			return true;
	if (net->addr.family != IP_V4)
		return false;
	for (uint32_t i = 0; i < nat->ranges; i++) {
		uint32_t first = ipaddr_as_v4(&net->addr);
		uint32_t last = first |
		    (uint32_t)(UINT64_C(0xffffffff) >> net->bits);

		if (nat->range[i].first <= last && nat->range[i].last >= first)
			return true;
	}
	return false;
}

/* Why the daemon may not have this one; NULL: it may. */
static const char *
forbidden(const struct kroutes *k, const struct ipnet *net)
{
	bool six = net->addr.family == IP_V6;

	if ((!six && net->addr.family != IP_V4) ||
	    net->bits < (six ? BITS6_MIN : BITS_MIN) ||
	    net->bits > 8 * ipaddr_len(&net->addr))
		return "it is none from /8 to /32, or from /16 to /128";
	if (!ipnet_ok(net) || never(net))
		return "it is no network that clients can have";
	for (uint32_t i = 0; i < k->keep_n; i++)
		if (ipnet_has(net, &k->keep[i]))
			return "it has an address of ours or of a server";
	if (in_a_pool(k->nat, net))
		return "it has addresses of pools or users";
	return NULL;
}

static uint32_t
find(const struct kroutes *k, const struct kroute *r)
{
	uint32_t i = 0;

	while (i < k->n && (k->v[i].net.bits != r->net.bits ||
	    !ipaddr_eq(&k->v[i].net.addr, &r->net.addr)))
		i++;
	return i;
}

bool
kroutes_add(struct kroutes *k, const struct kroute *r, char *err,
    size_t err_size)
{
	const char *why = forbidden(k, &r->net);
	int e;

	if (why != NULL)
		return fail(err, err_size, why);
	if (find(k, r) < k->n)
		return true;
	if (k->n == KROUTES_MAX)
		return fail(err, err_size, "there are too many");
	e = netif_net(k->nat->interface, true, &r->net, r->metric);
	if (e != 0)
		return fail(err, err_size, e == EEXIST ?
		    "there is such a route already, which stays" :
		    strerror(e));
	k->v[k->n++] = *r;
	return true;
}

/* One that somebody else took away is gone all the same. */
bool
kroutes_del(struct kroutes *k, const struct kroute *r, char *err,
    size_t err_size)
{
	uint32_t i = find(k, r);
	int e;

	if (i == k->n)
		return true;
	e = netif_net(k->nat->interface, false, &k->v[i].net, k->v[i].metric);
	k->v[i] = k->v[--k->n];
	return e == 0 || e == ESRCH || fail(err, err_size, strerror(e));
}
