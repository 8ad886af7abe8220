/* SPDX-License-Identifier: BSD-2-Clause */
/* Access rules, compiled and obeyed: see acl.h. */

#include <stdlib.h>
#include <string.h>

#include "base/inet.h"
#include "dp/acl.h"

enum seen {			/* of what is behind the IP header */
	SEEN_ALL,
	SEEN_LATER,		/* a later fragment: it has none of it */
	SEEN_SHORT		/* it should be there and is not */
};

struct key {			/* what rules are compared with */
	uint64_t src[2], dst[2];
	uint16_t proto;
	uint16_t sport, dport;
	enum seen seen;
};

static void
acl_net(const struct ipnet *net, uint64_t addr[2], uint64_t mask[2])
{
	struct ipaddr ones = { .family = net->addr.family };

	memset(ones.b, 0xff, sizeof(ones.b));
	ones = ipaddr_prefix(&ones, net->bits);
	memcpy(addr, net->addr.b, 16);
	memcpy(mask, ones.b, 16);
}

static struct acl_match
acl_match(const struct acl_rule *r)
{
	struct acl_match m = {
		.proto = r->proto == ACL_RULE_ANY ? 0 : (uint16_t)r->proto,
		.proto_mask = r->proto == ACL_RULE_ANY ? 0 : 0xffff,
		.sport = r->sport, .dport = r->dport,
		.permit = r->permit, .deep = acl_rule_deep(r),
	};

	if (r->type != ACL_RULE_ANY)
		m.sport = (struct acl_ports){ (uint16_t)r->type,
			(uint16_t)r->type };
	acl_net(&r->src, m.src, m.src_mask);
	acl_net(&r->dst, m.dst, m.dst_mask);
	return m;
}

/* May a packet of this direction and family fit the rule at all? */
static bool
acl_concerns(const struct acl_rule *r, bool to_client, bool v6)
{
	uint8_t family = r->src.addr.family != IP_NONE ? r->src.addr.family :
	    r->dst.addr.family;

	return (r->dir & (to_client ? ACL_TO_CLIENT : ACL_FROM_CLIENT)) != 0 &&
	    (family == IP_NONE || (family == IP_V6) == v6);
}

size_t
acl_bytes(uint32_t n)
{
	const struct acl *acl = NULL;

	return sizeof(*acl) + (size_t)n * 4 * sizeof(acl->match[0]);
}

struct acl *
acl_new(const struct acl_rule *r, uint32_t n)
{
	struct acl *acl;
	uint32_t at = 0;

	if (n == 0 || n > ACL_RULES_MAX)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		if (!acl_rule_ok(&r[i]))
			return NULL;
	acl = calloc(1, acl_bytes(n));
	if (acl == NULL)
		return NULL;
	for (unsigned list = 0; list < 4; list++) {
		struct acl_list *l = &acl->list[list / 2][list % 2];

		l->first = at;
		for (uint32_t i = 0; i < n; i++)
			if (acl_concerns(&r[i], list / 2 != 0, list % 2 != 0))
				acl->match[at++] = acl_match(&r[i]);
		l->n = at - l->first;
	}
	return acl;
}

void
acl_free(struct acl *acl)
{
	free(acl);
}

static struct key
acl_key(const uint8_t *p, const struct inner *in)
{
	uint32_t left = in->len - in->head;
	struct key k = { .proto = in->proto };

	memcpy(k.src, in->src.b, 16);
	memcpy(k.dst, in->dst.b, 16);
	if (in->later)
		k.seen = SEEN_LATER;
	else if (acl_rule_has_ports(in->proto)) {
		if (left < 4) {
			k.seen = SEEN_SHORT;
			return k;
		}
		k.sport = inet_u16(p, in->head);
		k.dport = inet_u16(p, in->head + 2);
	} else if (left >= 1)
		k.sport = p[in->head];
	else
		k.seen = SEEN_SHORT;
	return k;
}

static bool
acl_within(uint16_t port, const struct acl_ports *range)
{
	return port >= range->first && port <= range->last;
}

static bool
acl_fits(const struct acl_match *m, const struct key *k)
{
	if ((((k->src[0] ^ m->src[0]) & m->src_mask[0]) |
	    ((k->dst[0] ^ m->dst[0]) & m->dst_mask[0]) |
	    ((k->src[1] ^ m->src[1]) & m->src_mask[1]) |
	    ((k->dst[1] ^ m->dst[1]) & m->dst_mask[1]) |
	    ((k->proto ^ m->proto) & m->proto_mask)) != 0)
		return false;
	if (!m->deep)
		return true;
	switch (k->seen) {
	case SEEN_ALL:
		return acl_within(k->sport, &m->sport) &&
		    acl_within(k->dport, &m->dport);
	case SEEN_LATER:
		return m->permit;
	case SEEN_SHORT:
		return !m->permit;
	}
	return false;
}

bool
acl_permits(const struct acl *acl, enum acl_dir dir, const uint8_t *p,
    const struct inner *in)
{
	const struct acl_list *l =
	    &acl->list[dir == ACL_TO_CLIENT][in->src.family == IP_V6];
	const struct acl_match *m = &acl->match[l->first];
	const struct key k = acl_key(p, in);

	for (uint32_t i = 0; i < l->n; i++)
		if (acl_fits(&m[i], &k))
			return m[i].permit;
	return false;
}
