/* SPDX-License-Identifier: BSD-2-Clause */
/* The datagram and the packets inside ESP: see inner.h. */

#include <string.h>

#include "base/inet.h"
#include "dp/inner.h"

#define V4_HEAD		20	/* bytes, without options */
#define V6_HEAD		40
#define TCP_HEAD	20
#define ICMP_HEAD	8

#define V4_DF		0x4000
#define V4_MF		0x2000
#define V4_OFFSET	0x1fff	/* in units of 8 bytes */

#define OPT_END		0	/* IPv4 and TCP alike */
#define OPT_NOP		1
#define OPT_LSRR	131
#define OPT_SSRR	137
#define OPT_COPIED	0x80	/* goes into every fragment */
#define TCP_OPT_MSS	2
#define TCP_SYN		0x02

#define EXT_HOPS	0	/* IPv6 extension headers */
#define EXT_ROUTING	43
#define EXT_FRAGMENT	44
#define EXT_AUTH	51
#define EXT_DEST	60
#define EXT_MAX		8	/* headers that are followed */

#define V4_QUOTE_MAX	548	/* an error has 576 bytes, RFC 1812 §4.3.2.3 */

/* RFC 791 §3.1: options are walked only to find source routes. */
static enum drop
inner_v4_options(const uint8_t *p, uint32_t head)
{
	uint32_t at = V4_HEAD;

	while (at < head && p[at] != OPT_END) {
		if (p[at] == OPT_NOP) {
			at++;
			continue;
		}
		if (p[at] == OPT_LSRR || p[at] == OPT_SSRR)
			return DROP_IP_OPTION;
		if (at + 1 >= head || p[at + 1] < 2 || p[at + 1] > head - at)
			return DROP_IP_OPTION;
		at += p[at + 1];
	}
	return DROP_NONE;
}

static enum drop
inner_v4(const uint8_t *p, size_t len, struct inner *in)
{
	uint16_t frag;

	if (len < V4_HEAD)
		return DROP_IP_SHORT;
	in->head = (p[0] & 0x0fu) * 4;
	in->len = inet_u16(p, 2);
	if (in->head < V4_HEAD || in->len < in->head || in->len > len)
		return DROP_IP_LENGTH;
	frag = inet_u16(p, 6);
	in->df = (frag & V4_DF) != 0;
	in->later = (frag & V4_OFFSET) != 0;
	in->fragment = (frag & (V4_OFFSET | V4_MF)) != 0;
	in->proto = p[9];
	in->src = ipaddr_v4(inet_u32(p, 12));
	in->dst = ipaddr_v4(inet_u32(p, 16));
	return inner_v4_options(p, in->head);
}

/* RFC 8200 §4: up to the upper layer; a route with hops left is refused. */
static enum drop
inner_v6_chain(const uint8_t *p, struct inner *in)
{
	for (unsigned i = 0; i < EXT_MAX; i++) {
		uint32_t at = in->head, size;

		if (in->later || (in->proto != EXT_HOPS &&
		    in->proto != EXT_ROUTING && in->proto != EXT_FRAGMENT &&
		    in->proto != EXT_AUTH && in->proto != EXT_DEST))
			return DROP_NONE;
		if (in->len - at < 8)
			return DROP_IP_LENGTH;
		size = (p[at + 1] + 1u) * 8;
		if (in->proto == EXT_ROUTING && p[at + 3] != 0)
			return DROP_IP_OPTION;
		if (in->proto == EXT_AUTH)
			size = (p[at + 1] + 2u) * 4;
		if (in->proto == EXT_FRAGMENT) {
			size = 8;
			in->fragment = true;
			in->later = (inet_u16(p, at + 2) & 0xfff8) != 0;
		}
		if (size > in->len - at)
			return DROP_IP_LENGTH;
		in->proto = p[at];
		in->head = at + size;
	}
	return DROP_IP_OPTION;
}

static enum drop
inner_v6(const uint8_t *p, size_t len, struct inner *in)
{
	if (len < V6_HEAD)
		return DROP_IP_SHORT;
	in->len = V6_HEAD + inet_u16(p, 4);
	if (in->len > len)
		return DROP_IP_LENGTH;
	in->head = V6_HEAD;
	in->df = true;
	in->proto = p[6];
	in->src.family = in->dst.family = IP_V6;
	memcpy(in->src.b, inet_cat(p, 8), 16);
	memcpy(in->dst.b, inet_cat(p, 24), 16);
	return inner_v6_chain(p, in);
}

enum drop
inner_ip(const uint8_t *p, size_t len, struct inner *in)
{
	*in = (struct inner){ 0 };
	if (len == 0)
		return DROP_IP_SHORT;
	if (p[0] >> 4 == 4)
		return inner_v4(p, len, in);
	if (p[0] >> 4 == 6)
		return inner_v6(p, len, in);
	return DROP_IP_VERSION;
}

enum drop
inner_udp(const uint8_t *p, size_t len, uint16_t here, uint16_t there,
    uint16_t *from, uint32_t *payload)
{
	uint16_t size;

	if (len < INNER_UDP_HEAD)
		return DROP_INNER_UDP;
	size = inet_u16(p, 4);
	if (size < INNER_UDP_HEAD || size > len)
		return DROP_INNER_UDP;
	*from = inet_u16(p, 0);
	if (inet_u16(p, 2) != here || *from == 0 ||
	    (there != 0 && *from != there))
		return DROP_INNER_SELECTOR;
	*payload = size - INNER_UDP_HEAD;
	return DROP_NONE;
}

void
inner_udp_write(uint8_t *p, uint32_t payload, uint16_t from, uint16_t to,
    const struct ipaddr *src, const struct ipaddr *dst)
{
	uint32_t size = payload + INNER_UDP_HEAD, sum;
	uint16_t field;

	inet_put16(p, 0, from);
	inet_put16(p, 2, to);
	inet_put16(p, 4, (uint16_t)size);
	inet_put16(p, 6, 0);
	if (dst->family != IP_V6)
		return;
	/* RFC 8200 §8.1: UDP over IPv6 has a checksum; zero is sent as ffff. */
	sum = inet_sum_pseudo(src->b, dst->b, 16, INNER_PROTO_UDP, size);
	field = inet_fold(inet_sum(p, size, sum));
	inet_put16(p, 6, field == 0 ? 0xffff : field);
}

void
inner_clamp(uint8_t *p, const struct inner *in, uint16_t mtu)
{
	uint32_t fixed = in->src.family == IP_V6 ? V6_HEAD : V4_HEAD;
	uint32_t at, end;
	uint8_t *tcp = inet_at(p, in->head);

	if (in->proto != INNER_PROTO_TCP || in->later ||
	    in->len - in->head < TCP_HEAD || (tcp[13] & TCP_SYN) == 0 ||
	    mtu <= fixed + TCP_HEAD)
		return;
	end = (uint32_t)(tcp[12] >> 4) * 4;
	if (end > in->len - in->head)
		return;
	for (at = TCP_HEAD; at < end && tcp[at] != OPT_END;) {
		uint32_t mss = mtu - fixed - TCP_HEAD, was;

		if (tcp[at] == OPT_NOP) {
			at++;
			continue;
		}
		if (at + 1 >= end || tcp[at + 1] < 2 || tcp[at + 1] > end - at)
			return;
		if (tcp[at] == TCP_OPT_MSS && tcp[at + 1] == 4) {
			was = inet_u16(tcp, at + 2);
			if (was <= mss)
				return;
			inet_put16(tcp, at + 2, (uint16_t)mss);
			/* At an odd place the bytes count with weights
			 * exchanged. */
			if (at % 2 != 0) {
				was = (was << 8 | was >> 8) & 0xffff;
				mss = (mss << 8 | mss >> 8) & 0xffff;
			}
			inet_put16(tcp, 16, inet_adjust(inet_u16(tcp, 16),
			    (uint16_t)was, (uint16_t)mss));
			return;
		}
		at += tcp[at + 1];
	}
}

struct inner_frag
inner_frag(const uint8_t *p, const struct inner *in, uint16_t mtu)
{
	return (struct inner_frag){
		.p = p, .len = in->len, .head = in->head, .mtu = mtu
	};
}

/* The header of a later fragment has only the options marked for copying. */
static uint32_t
inner_frag_head(const struct inner_frag *f, uint8_t *out)
{
	uint32_t at = V4_HEAD, to = V4_HEAD, size;

	memcpy(out, f->p, f->at == 0 ? f->head : V4_HEAD);
	if (f->at == 0)
		return f->head;
	for (; at < f->head && f->p[at] != OPT_END; at += size) {
		size = f->p[at] == OPT_NOP ? 1 : f->p[at + 1];
		if ((f->p[at] & OPT_COPIED) == 0)
			continue;
		memcpy(inet_at(out, to), inet_cat(f->p, at), size);
		to += size;
	}
	while (to % 4 != 0)
		out[to++] = OPT_END;
	out[0] = (uint8_t)(0x40 | to / 4);
	return to;
}

/* RFC 791 §3.2, the example procedure. */
uint32_t
inner_frag_next(struct inner_frag *f, uint8_t *out)
{
	uint32_t left = f->len - f->head - f->at, head, size;
	uint16_t frag = inet_u16(f->p, 6);
	uint16_t place;

	if (left == 0 || f->mtu < f->head + 8)
		return 0;
	head = inner_frag_head(f, out);
	size = f->mtu - head;
	place = (uint16_t)((frag & V4_OFFSET) + f->at / 8);
	if (size < left) {
		size &= ~7u;
		place |= V4_MF;
	} else {
		size = left;
		place |= frag & V4_MF;
	}
	memcpy(inet_at(out, head), inet_cat(f->p, f->head + f->at), size);
	inet_put16(out, 2, (uint16_t)(head + size));
	inet_put16(out, 6, place);
	inet_put16(out, 10, 0);
	inet_put16(out, 10, inet_fold(inet_sum(out, head, 0)));
	f->at += size;
	return head + size;
}

/* RFC 1122 §3.2.2: no error about an error, a later fragment, or no host. */
static bool
inner_may_answer(const uint8_t *p, const struct inner *in)
{
	static const struct ipaddr none6 = { .family = IP_V6 };
	const uint8_t *icmp = inet_cat(p, in->head);
	uint8_t type;

	if (in->later)
		return false;
	if (in->proto == INNER_PROTO_ICMP || in->proto == INNER_PROTO_ICMP6) {
		if (in->len - in->head < 1)
			return false;
		type = icmp[0];
		if (in->proto == INNER_PROTO_ICMP6 ? type < 128 :
		    (type != 0 && type != 8 && type != 13 && type != 14))
			return false;
	}
	if (in->src.family == IP_V4)
		return in->src.b[0] != 0 && in->src.b[0] < 224;
	return in->src.b[0] != 0xff && !ipaddr_eq(&in->src, &none6);
}

static uint32_t
inner_too_big4(const uint8_t *p, const struct inner *in, uint16_t mtu,
    const struct ipaddr *from, uint8_t *out)
{
	uint32_t quote = in->len < V4_QUOTE_MAX ? in->len : V4_QUOTE_MAX;
	uint32_t len = V4_HEAD + ICMP_HEAD + quote;
	uint8_t *icmp = inet_at(out, V4_HEAD);

	memset(out, 0, V4_HEAD + ICMP_HEAD);
	out[0] = 0x45;
	out[1] = 0xc0;		/* internetwork control, RFC 1812 §4.3.2.5 */
	inet_put16(out, 2, (uint16_t)len);
	out[8] = 64;
	out[9] = INNER_PROTO_ICMP;
	memcpy(inet_at(out, 12), from->b, 4);
	memcpy(inet_at(out, 16), in->src.b, 4);
	inet_put16(out, 10, inet_fold(inet_sum(out, V4_HEAD, 0)));
	icmp[0] = 3;		/* destination unreachable */
	icmp[1] = 4;		/* fragmentation needed and DF set */
	inet_put16(icmp, 6, mtu);
	memcpy(inet_at(icmp, ICMP_HEAD), p, quote);
	inet_put16(icmp, 2, inet_fold(inet_sum(icmp, ICMP_HEAD + quote, 0)));
	return len;
}

static uint32_t
inner_too_big6(const uint8_t *p, const struct inner *in, uint16_t mtu,
    const struct ipaddr *from, uint8_t *out)
{
	uint32_t room = INNER_ICMP_MAX - V6_HEAD - ICMP_HEAD;
	uint32_t quote = in->len < room ? in->len : room;
	uint32_t size = ICMP_HEAD + quote;
	uint8_t *icmp = inet_at(out, V6_HEAD);

	memset(out, 0, V6_HEAD + ICMP_HEAD);
	out[0] = 0x60;
	inet_put16(out, 4, (uint16_t)size);
	out[6] = INNER_PROTO_ICMP6;
	out[7] = 64;
	memcpy(inet_at(out, 8), from->b, 16);
	memcpy(inet_at(out, 24), in->src.b, 16);
	icmp[0] = 2;		/* packet too big */
	inet_put32(icmp, 4, mtu);
	memcpy(inet_at(icmp, ICMP_HEAD), p, quote);
	inet_put16(icmp, 2, inet_fold(inet_sum(icmp, size, inet_sum_pseudo(
	    from->b, in->src.b, 16, INNER_PROTO_ICMP6, size))));
	return V6_HEAD + size;
}

uint32_t
inner_too_big(const uint8_t *p, const struct inner *in, uint16_t mtu,
    const struct ipaddr *from, uint8_t *out)
{
	if (from->family != in->src.family || !inner_may_answer(p, in))
		return 0;
	if (in->src.family == IP_V4)
		return inner_too_big4(p, in, mtu, from, out);
	return inner_too_big6(p, in, mtu, from, out);
}
