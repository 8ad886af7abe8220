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
ipnet_parse(const char *s, struct ipnet *out)
{
	char addr[IPADDR_STRLEN];
	size_t n = strcspn(s, "/");
	struct ipnet net;
	unsigned bits = 0;

	if (n >= sizeof(addr))
		return false;
	memcpy(addr, s, n);
	addr[n] = '\0';
	if (!ipaddr_parse(addr, &net.addr))
		return false;
	net.bits = (uint8_t)(ipaddr_len(&net.addr) * 8);
	if (s[n] == '/') {
		size_t digits = strspn(&s[n + 1], "0123456789");

		if (digits < 1 || digits > 3 || s[n + 1 + digits] != '\0')
			return false;
		for (size_t i = 0; i < digits; i++)
			bits = bits * 10 + (unsigned)(s[n + 1 + i] - '0');
		if (bits > net.bits)
			return false;
		net.bits = (uint8_t)bits;
	}
	if (!ipnet_ok(&net))
		return false;
	*out = net;
	return true;
}

const char *
ipnet_str(const struct ipnet *net, char buf[IPNET_STRLEN])
{
	char a[IPADDR_STRLEN];

	if (net->addr.family == IP_NONE)
		(void)snprintf(buf, IPNET_STRLEN, "any");
	else if (net->bits == ipaddr_len(&net->addr) * 8)
		(void)snprintf(buf, IPNET_STRLEN, "%s",
		    ipaddr_str(&net->addr, a));
	else
		(void)snprintf(buf, IPNET_STRLEN, "%s/%u",
		    ipaddr_str(&net->addr, a), (unsigned)net->bits);
	return buf;
}

bool
ipnet_ok(const struct ipnet *net)
{
	const struct ipaddr masked = ipaddr_prefix(&net->addr, net->bits);

	if (net->addr.family == IP_NONE)
		return net->bits == 0;
	return (net->addr.family == IP_V4 || net->addr.family == IP_V6) &&
	    net->bits <= ipaddr_len(&net->addr) * 8 &&
	    ipaddr_eq(&masked, &net->addr);
}

bool
ipnet_has(const struct ipnet *net, const struct ipaddr *a)
{
	const struct ipaddr masked = ipaddr_prefix(a, net->bits);

	return net->addr.family == IP_NONE || ipaddr_eq(&masked, &net->addr);
}

bool
ipnet_overlap(const struct ipnet *a, const struct ipnet *b)
{
	if (a->addr.family == IP_NONE || b->addr.family == IP_NONE)
		return true;
	return a->bits <= b->bits ? ipnet_has(a, &b->addr) :
	    ipnet_has(b, &a->addr);
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
