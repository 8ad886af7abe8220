/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_DP_ACL_ORACLE_H
#define TESTS_DP_ACL_ORACLE_H

/*
 * What an ACL means, said a second time and slowly: from the bytes of the
 * packet and the members of the rules, bit by bit, with nothing of dp/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/acl_rule.h"

struct oracle_pkt {
	int family;		/* 4 or 6 */
	const uint8_t *src, *dst;
	int proto;
	bool later;
	size_t upper;		/* where the upper layer begins */
	size_t end;		/* where the packet ends */
};

static inline unsigned
oracle_be16(const uint8_t *p)
{
	return p[0] * 256u + p[1];
}

static inline bool
oracle_read4(const uint8_t *p, size_t len, struct oracle_pkt *o)
{
	if (len < 20)
		return false;
	o->family = 4;
	o->src = p + 12;
	o->dst = p + 16;
	o->proto = p[9];
	o->later = oracle_be16(p + 6) % 8192 != 0;
	o->upper = p[0] % 16 * 4u;
	o->end = oracle_be16(p + 2);
	return o->upper >= 20 && o->end >= o->upper && o->end <= len;
}

static inline bool
oracle_read6(const uint8_t *p, size_t len, struct oracle_pkt *o)
{
	if (len < 40)
		return false;
	o->family = 6;
	o->src = p + 8;
	o->dst = p + 24;
	o->proto = p[6];
	o->upper = 40;
	o->end = 40 + oracle_be16(p + 4);
	if (o->end > len)
		return false;
	for (;;) {
		const uint8_t *h = p + o->upper;
		size_t room = o->end - o->upper;

		if (o->proto == 0 || o->proto == 43 || o->proto == 60) {
			if (room < 8 || room < 8u + h[1] * 8u)
				return false;
			o->upper += 8u + h[1] * 8u;
		} else if (o->proto == 51) {
			if (room < 8 || room < 8u + h[1] * 4u)
				return false;
			o->upper += 8u + h[1] * 4u;
		} else if (o->proto == 44) {
			if (room < 8)
				return false;
			o->upper += 8;
			if (oracle_be16(h + 2) / 8 != 0)
				o->later = true;
		} else {
			return true;
		}
		o->proto = h[0];
		if (o->later)
			return true;
	}
}

/* False: no packet that the ACL would be asked about. */
static inline bool
oracle_read(const uint8_t *p, size_t len, struct oracle_pkt *o)
{
	*o = (struct oracle_pkt){ 0 };
	if (len == 0)
		return false;
	if (p[0] / 16 == 4)
		return oracle_read4(p, len, o);
	return p[0] / 16 == 6 && oracle_read6(p, len, o);
}

static inline bool
oracle_net(const struct ipnet *net, int family, const uint8_t *a)
{
	if (net->addr.family == IP_NONE)
		return true;
	if (net->addr.family != family)
		return false;
	for (int i = 0; i < net->bits; i++) {
		int one = net->addr.b[i / 8] >> (7 - i % 8) & 1;
		int two = a[i / 8] >> (7 - i % 8) & 1;

		if (one != two)
			return false;
	}
	return true;
}

static inline bool
oracle_is_any(const struct acl_ports *p)
{
	return p->first == 0 && p->last == 65535;
}

/* Does the rule fit what is behind the IP header? */
static inline bool
oracle_upper(const struct acl_rule *r, const uint8_t *p,
    const struct oracle_pkt *o)
{
	bool asks_ports = !oracle_is_any(&r->sport) ||
	    !oracle_is_any(&r->dport);
	bool asks_type = r->type >= 0;
	size_t there = o->end - o->upper;

	if (!asks_ports && !asks_type)
		return true;
	if (o->later)
		return r->permit;
	if (asks_ports) {
		unsigned from, to;

		if (there < 4)
			return !r->permit;
		from = oracle_be16(p + o->upper);
		to = oracle_be16(p + o->upper + 2);
		return !(from < r->sport.first || from > r->sport.last ||
		    to < r->dport.first || to > r->dport.last);
	}
	if (there < 1)
		return !r->permit;
	return p[o->upper] == r->type;
}

static inline bool
oracle_permits(const struct acl_rule *rules, uint32_t n, bool to_client,
    const uint8_t *p, const struct oracle_pkt *o)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct acl_rule *r = &rules[i];

		if (r->dir == ACL_FROM_CLIENT && to_client)
			continue;
		if (r->dir == ACL_TO_CLIENT && !to_client)
			continue;
		if (r->proto >= 0 && r->proto != o->proto)
			continue;
		if (!oracle_net(&r->src, o->family, o->src) ||
		    !oracle_net(&r->dst, o->family, o->dst))
			continue;
		if (oracle_upper(r, p, o))
			return r->permit;
	}
	return false;
}

#endif
