/* SPDX-License-Identifier: BSD-2-Clause */
/* Router Solicitations and Advertisements: see ra.h. */

#include "base/inet.h"
#include "lns/ra.h"

#define HEAD		40	/* bytes of an IPv6 header */
#define HOPS		255	/* nobody forwards such a packet */
#define ICMP6		58
#define SOLICIT		133	/* types, RFC 4861 §4 */
#define ADVERT		134
#define LENGTH_AT	4
#define CHECKSUM_AT	(HEAD + 2)
#define SOLICIT_HEAD	8	/* bytes of it before the options */

#define OPT_SOURCE_LINK	1
#define OPT_PREFIX	3
#define OPT_MTU		5
#define OPT_RDNSS	25	/* RFC 8106 §5.1 */

#define PREFIX_AUTO	0x40	/* bit A, not bit L */
#define PREFIX_BITS	64
#define HOP_LIMIT	64
/* RFC 4861 §6.2.1. */
#define ROUTER_S	(3 * RA_INTERVAL_S)
#define VALID_S		2592000
#define PREFERRED_S	604800
/* RFC 8106 §5.1: as long as an advertisement may be lost. */
#define DNS_S		(3 * RA_INTERVAL_S)

/* RFC 4861 §6.1.1: each option has a length, and one may not be there. */
static bool
ra_options_ok(struct rd r, bool unspecified)
{
	while (rd_left(&r) > 0) {
		uint8_t type = rd_u8(&r);
		uint8_t units = rd_u8(&r);

		/* A length of zero wraps, and rd_skip() refuses it. */
		rd_skip(&r, (size_t)units * 8 - 2);
		if (r.bad || (type == OPT_SOURCE_LINK && unspecified))
			return false;
	}
	return true;
}

enum drop
ra_solicited(struct rd packet)
{
	struct rd r = packet, body;
	struct ipaddr src, dst;
	uint32_t first = rd_u32(&r);
	uint16_t len = rd_u16(&r);
	uint8_t next = rd_u8(&r), hops = rd_u8(&r);
	const struct ipaddr none = { .family = IP_V6 };

	src = ipaddr_decode(&r, IP_V6);
	dst = ipaddr_decode(&r, IP_V6);
	body = rd_sub(&r, len);
	if (r.bad || first >> 28 != 6 || next != ICMP6 || hops != HOPS ||
	    len < SOLICIT_HEAD)
		return DROP_IP_SOLICIT;
	/* A right checksum makes the sum all ones. */
	if (inet_fold(inet_sum(body.p, len, inet_sum_pseudo(src.b, dst.b, 16,
	    ICMP6, len))) != 0)
		return DROP_IP_SOLICIT;
	if (rd_u8(&body) != SOLICIT || rd_u8(&body) != 0)
		return DROP_IP_SOLICIT;
	rd_skip(&body, SOLICIT_HEAD - 2);
	return ra_options_ok(body, ipaddr_eq(&src, &none)) ? DROP_NONE :
	    DROP_IP_SOLICIT;
}

/* fe80:: with this identifier; all nodes if it is 0. */
static void
ra_address(struct wr *w, uint64_t ifid)
{
	wr_u64(w, ifid != 0 ? UINT64_C(0xfe80) << 48 : UINT64_C(0xff02) << 48);
	wr_u64(w, ifid != 0 ? ifid : 1);
}

static void
ra_prefix(struct wr *w, const struct ipaddr *prefix)
{
	wr_u8(w, OPT_PREFIX);
	wr_u8(w, 4);
	wr_u8(w, PREFIX_BITS);
	wr_u8(w, PREFIX_AUTO);
	wr_u32(w, VALID_S);
	wr_u32(w, PREFERRED_S);
	wr_u32(w, 0);
	ipaddr_encode(w, prefix);
}

static void
ra_dns(struct wr *w, const struct ipaddr *dns, unsigned n)
{
	unsigned have = 0;

	for (unsigned i = 0; i < n; i++)
		have += dns[i].family == IP_V6;
	if (have == 0)
		return;
	wr_u8(w, OPT_RDNSS);
	wr_u8(w, (uint8_t)(1 + 2 * have));
	wr_u16(w, 0);
	wr_u32(w, DNS_S);
	for (unsigned i = 0; i < n; i++)
		if (dns[i].family == IP_V6)
			ipaddr_encode(w, &dns[i]);
}

void
ra_encode(struct wr *out, const struct ra *a)
{
	uint8_t buf[RA_MAX];
	struct wr w = wr_make(buf, sizeof(buf));
	size_t n;

	wr_u32(&w, UINT32_C(6) << 28);
	wr_u16(&w, 0);			/* length */
	wr_u8(&w, ICMP6);
	wr_u8(&w, HOPS);
	ra_address(&w, a->ours);
	ra_address(&w, a->asked ? a->peers : 0);
	wr_u8(&w, ADVERT);
	wr_u8(&w, 0);
	wr_u16(&w, 0);			/* checksum */
	wr_u8(&w, HOP_LIMIT);
	wr_u8(&w, 0);			/* neither M nor O: no DHCPv6 */
	wr_u16(&w, ROUTER_S);
	wr_u32(&w, 0);			/* reachable time, retransmit timer: */
	wr_u32(&w, 0);			/* not from us */
	ra_prefix(&w, &a->prefix);
	wr_u8(&w, OPT_MTU);
	wr_u8(&w, 1);
	wr_u16(&w, 0);
	wr_u32(&w, a->mtu);
	ra_dns(&w, a->dns, a->dns_n);
	n = wr_used(&w) - HEAD;
	inet_put16(buf, LENGTH_AT, (uint16_t)n);
	inet_put16(buf, CHECKSUM_AT, inet_fold(inet_sum(buf + HEAD, n,
	    inet_sum_pseudo(buf + 8, buf + 24, 16, ICMP6, (uint32_t)n))));
	if (w.bad)
		out->bad = true;
	else
		wr_bytes(out, buf, wr_used(&w));
}
