/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks and advertisements of sessions: see ipv6.h. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/ipv6.h"
#include "lns/ra.h"

#define PREFIX_BITS	64

/* The pool of networks that the profile means; NULL: none. */
static const struct addrpool *
prefix_pool(const struct lns *l, const struct profile *pr, uint32_t *number)
{
	*number = pr->pool6 != 0 ? pr->pool6 - 1 : pr->pool;
	if (*number >= l->pools6.n || l->pools6.v[*number].count == 0)
		return NULL;
	return &l->pools6.v[*number];
}

bool
ipv6_may(const struct lns *l, const struct profile *pr)
{
	uint32_t number;

	return pr->prefix.family != IP_NONE ||
	    prefix_pool(l, pr, &number) != NULL;
}

bool
ipv6_other(const struct access *a, const struct profile *pr)
{
	if (!a->claimed6)
		return false;
	if (pr->prefix.family != IP_NONE)
		return !ipaddr_eq(&a->prefix, &pr->prefix);
	return !a->leased6 || a->pool6 !=
	    (pr->pool6 != 0 ? pr->pool6 - 1 : pr->pool);
}

const char *
ipv6_text(const struct access *a, char buf[IPV6_TEXT_MAX])
{
	const struct ipnet net = { a->prefix, PREFIX_BITS };
	char text[IPNET_STRLEN];

	buf[0] = '\0';
	if (a->prefix.family != IP_NONE)
		(void)snprintf(buf, IPV6_TEXT_MAX, " prefix=%s",
		    ipnet_str(&net, text));
	return buf;
}

static uint64_t
prefix_hash(const struct lns *l, const struct ipaddr *prefix)
{
	return hash_bytes(&l->hash, prefix, sizeof(*prefix));
}

static uint32_t
prefix_holder(const struct lns *l, const struct ipaddr *prefix)
{
	uint64_t hash = prefix_hash(l, prefix);

	for (uint32_t i = htab_find(&l->access_by_prefix, hash);
	    i != HTAB_NONE; i = htab_next(&l->access_by_prefix, i)) {
		uint32_t h;
		const struct access *o = pool_at(&l->accesses, i, &h);

		if (o != NULL && ipaddr_eq(&o->prefix, prefix))
			return h;
	}
	return 0;
}

/* One network, one session; a pool that has it does not give it out again. */
static void
prefix_claim(struct lns *l, uint32_t access)
{
	struct access *a = access_get(l, access);
	int pool = addrpools_of(&l->pools6, &a->prefix);

	a->claimed6 = true;
	htab_add(&l->access_by_prefix, pool_slot(access),
	    prefix_hash(l, &a->prefix));
	if (pool >= 0)
		addrpools_retake(&l->pools6, (uint32_t)pool, &a->prefix);
}

void
ipv6_release(struct lns *l, uint32_t access)
{
	struct access *a = access_get(l, access);
	int pool = addrpools_of(&l->pools6, &a->prefix);

	if (a->claimed6) {
		htab_del(&l->access_by_prefix, pool_slot(access));
		if (pool >= 0)
			addrpools_release(&l->pools6, (uint32_t)pool,
			    &a->prefix);
	}
	a->claimed6 = a->leased6 = false;
	a->prefix = (struct ipaddr){ .family = IP_NONE };
	a->ra_at = a->ra_answer = MONO_NEVER;
}

void
ipv6_index(struct lns *l, uint32_t access)
{
	if (access_get(l, access)->claimed6)
		prefix_claim(l, access);
}

static void
not_offered(const struct access *a, const char *why)
{
	log_info("ipv6 not offered attempt=%" PRIu64 " user=%s reason=\"%s\"",
	    a->attempt, a->user, why);
}

bool
ipv6_give(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);
	const struct ipnet must = { a->profile.prefix, PREFIX_BITS };

	if (!ipv6_may(l, &a->profile))
		return true;
	/* RFC 5072 §2, and what the peer takes. */
	if (access_room(l, access) < ACCESS_MTU6) {
		not_offered(a, "packets to the client are smaller than 1280 "
		    "bytes");
		ipv6_release(l, access);
		return true;
	}
	if (a->claimed6)
		return true;
	if (must.addr.family != IP_NONE) {
		if (!access_make_free(l, now, access, &must,
		    prefix_holder(l, &must.addr)))
			return false;
		a->prefix = must.addr;
	} else {
		(void)prefix_pool(l, &a->profile, &a->pool6);
		a->prefix = addrpools_lease(&l->pools6, a->pool6);
		a->leased6 = a->prefix.family != IP_NONE;
		if (!a->leased6) {
			not_offered(a, "the pool has no network left");
			return true;
		}
	}
	prefix_claim(l, access);
	return true;
}

void
ipv6_inherit(struct lns *l, uint32_t access, const struct access *was,
    const struct profile *pr)
{
	struct access *a = access_get(l, access);
	uint32_t pool;

	if (a->claimed6 || !was->leased6 || pr->prefix.family != IP_NONE ||
	    prefix_pool(l, pr, &pool) == NULL || was->pool6 != pool)
		return;
	a->pool6 = was->pool6;
	a->prefix = was->prefix;
	a->leased6 = true;
	prefix_claim(l, access);
}

bool
ipv6_free(struct lns *l, uint32_t access)
{
	const struct access *a = access_get(l, access);
	const struct ipnet net = { a->prefix, PREFIX_BITS };
	char text[IPNET_STRLEN];

	if (a->prefix.family == IP_NONE)
		return false;
	if (l->ops->sess_route_ok(l->dp, access, &net))
		return true;
	log_warn("ipv6 refused attempt=%" PRIu64 " user=%s prefix=%s "
	    "reason=\"it is in another session's network\"", a->attempt,
	    a->user, ipnet_str(&net, text));
	ipv6_release(l, access);
	return false;
}

/* ---- advertisements ---- */

static void
advertise(struct lns *l, mono_t now, uint32_t access, bool asked)
{
	const struct lns_params *p = l->params;
	struct access *a = access_get(l, access);
	const struct ra ra = {
		.ours = a->net6.ours, .peers = a->net6.peers, .asked = asked,
		.prefix = a->prefix, .mtu = a->mtu,
		.dns = p->dns6, .dns_n = sizeof(p->dns6) / sizeof(p->dns6[0]),
	};
	uint8_t buf[RA_MAX];
	struct wr w = wr_make(buf, sizeof(buf));

	a->ra_last = now;
	ra_encode(&w, &ra);
	if (!w.bad)
		ppp_send_ip6(access_link(l, access), wr_out(&w), l->ppp_out);
}

/* RFC 4861 §6.2.4: the first ones come soon, then at random intervals. */
static mono_t
next_advert(struct lns *l, mono_t now, struct access *a)
{
	uint32_t dice = 0;

	if (a->ra_n < RA_INITIAL)
		a->ra_n++;
	if (a->ra_n < RA_INITIAL)
		return mono_add_s(now, RA_INITIAL_S);
	(void)rng_fill(l->rng, &dice, sizeof(dice));
	return mono_add_ms(now, RA_INTERVAL_MIN_S * 1000 +
	    dice % ((RA_INTERVAL_S - RA_INTERVAL_MIN_S) * 1000));
}

void
ipv6_up(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);

	a->ra_n = 0;
	a->ra_answer = MONO_NEVER;
	advertise(l, now, access, false);
	a->ra_at = next_advert(l, now, a);
}

/*
 * Whoever asks again and again is answered once in RA_GAP_MS (RFC 4861 §6.2.6
 * has three seconds for what many hear; here is one who hears it).
 */
void
ipv6_packet(struct lns *l, mono_t now, uint32_t access, struct rd packet)
{
	struct access *a = access_get(l, access);
	enum drop why = ra_solicited(packet);

	if (!a->v6_up)
		why = DROP_PPP_PHASE;
	if (why != DROP_NONE) {
		drop_count(l->drops, why);
		return;
	}
	if (a->ra_answer.us != MONO_NEVER.us)
		return;			/* is about to be answered */
	a->ra_answer = mono_max(now, mono_add_ms(a->ra_last, RA_GAP_MS));
	ipv6_expire(l, now, access);
}

void
ipv6_expire(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);

	if (!a->v6_up)
		return;
	if (mono_due(a->ra_answer, now)) {
		a->ra_answer = MONO_NEVER;
		advertise(l, now, access, true);
	}
	if (mono_due(a->ra_at, now)) {
		advertise(l, now, access, false);
		a->ra_at = next_advert(l, now, a);
	}
}
