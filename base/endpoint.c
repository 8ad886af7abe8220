/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as values: see endpoint.h. */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/endpoint.h"

struct ipaddr
ipaddr_v4(uint32_t v)
{
	struct ipaddr a = { .family = IP_V4 };
	struct wr w = wr_make(a.b, 4);

	wr_u32(&w, v);
	return a;
}

uint32_t
ipaddr_as_v4(const struct ipaddr *a)
{
	struct rd r = rd_make(a->b, 4);

	return a->family == IP_V4 ? rd_u32(&r) : 0;
}

size_t
ipaddr_len(const struct ipaddr *a)
{
	return a->family == IP_V4 ? 4 : a->family == IP_V6 ? 16 : 0;
}

struct ipaddr
ipaddr_decode(struct rd *r, enum ip_family family)
{
	struct ipaddr a = { .family = (uint8_t)family };

	rd_copy(r, a.b, ipaddr_len(&a));
	if (r->bad)
		a = (struct ipaddr){ .family = IP_NONE };
	return a;
}

void
ipaddr_encode(struct wr *w, const struct ipaddr *a)
{
	wr_bytes(w, a->b, ipaddr_len(a));
}

bool
ipaddr_eq(const struct ipaddr *a, const struct ipaddr *b)
{
	return a->family == b->family &&
	    memcmp(a->b, b->b, ipaddr_len(a)) == 0;
}

struct ipaddr
ipaddr_prefix(const struct ipaddr *a, unsigned bits)
{
	struct ipaddr p = { .family = a->family };

	for (unsigned i = 0; i < ipaddr_len(a) && bits > 0; i++) {
		unsigned take = bits < 8 ? bits : 8;

		p.b[i] = (uint8_t)(a->b[i] & (0xff00u >> take));
		bits -= take;
	}
	return p;
}

const char *
ipaddr_str(const struct ipaddr *a, char buf[IPADDR_STRLEN])
{
	int af = a->family == IP_V6 ? AF_INET6 : AF_INET;

	if (a->family == IP_NONE ||
	    inet_ntop(af, a->b, buf, IPADDR_STRLEN) == NULL)
		memcpy(buf, "-", 2);
	return buf;
}

bool
ipaddr_parse(const char *s, struct ipaddr *out)
{
	struct ipaddr a = { .family = IP_V4 };

	if (inet_pton(AF_INET, s, a.b) != 1) {
		a.family = IP_V6;
		if (inet_pton(AF_INET6, s, a.b) != 1)
			return false;
	}
	*out = a;
	return true;
}

bool
endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && ipaddr_eq(&a->addr, &b->addr);
}

const char *
endpoint_str(const struct endpoint *e, char buf[ENDPOINT_STRLEN])
{
	char a[IPADDR_STRLEN];
	bool v6 = e->addr.family == IP_V6;

	(void)snprintf(buf, ENDPOINT_STRLEN, "%s%s%s:%u", v6 ? "[" : "",
	    ipaddr_str(&e->addr, a), v6 ? "]" : "", (unsigned)e->port);
	return buf;
}
