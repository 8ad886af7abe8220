/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes to networks behind sessions: see kroutes.h. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "l2tpd/kroutes.h"
#include "l2tpd/netif.h"

#define BITS_MIN	8

static void
keep(struct kroutes *k, const struct ipaddr *a)
{
	if (a->family == IP_V4 && ipaddr_as_v4(a) != 0 &&
	    k->keep_n < KROUTES_KEEP)
		k->keep[k->keep_n++] = ipaddr_as_v4(a);
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

/* Why the daemon may not have this one; NULL: it may. */
static const char *
forbidden(const struct kroutes *k, const struct kroute *r)
{
	uint32_t host, last;

	if (r->bits < BITS_MIN || r->bits > 32)
		return "it is none from /8 to /32";
	host = (uint32_t)(UINT64_C(0xffffffff) >> r->bits);
	last = r->net | host;
	if ((r->net & host) != 0 || r->net >> 24 == 0 ||
	    r->net >> 24 == 127 || r->net >> 29 == 7)
		return "it is no network that clients can have";
	for (uint32_t i = 0; i < k->keep_n; i++)
		if (k->keep[i] >= r->net && k->keep[i] <= last)
			return "it has an address of ours or of a server";
	for (uint32_t i = 0; i < k->nat->ranges; i++)
		if (k->nat->range[i].first <= last &&
		    k->nat->range[i].last >= r->net)
			return "it has addresses of pools or users";
	return NULL;
}

static uint32_t
find(const struct kroutes *k, const struct kroute *r)
{
	uint32_t i = 0;

	while (i < k->n && (k->v[i].net != r->net || k->v[i].bits != r->bits))
		i++;
	return i;
}

bool
kroutes_add(struct kroutes *k, const struct kroute *r, char *err,
    size_t err_size)
{
	const char *why = forbidden(k, r);
	int e;

	if (why != NULL)
		return fail(err, err_size, why);
	if (find(k, r) < k->n)
		return true;
	if (k->n == KROUTES_MAX)
		return fail(err, err_size, "there are too many");
	e = netif_net(k->nat->interface, true, r->net, r->bits, r->metric);
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
	e = netif_net(k->nat->interface, false, k->v[i].net, k->v[i].bits,
	    k->v[i].metric);
	k->v[i] = k->v[--k->n];
	return e == 0 || e == ESRCH || fail(err, err_size, strerror(e));
}
