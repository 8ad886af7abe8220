/* SPDX-License-Identifier: BSD-2-Clause */
/* Cutting, marking and splitting: see offload.h. */

#include <string.h>

#include "base/inet.h"
#include "dp/offload.h"

#define TCP_HEAD	20	/* bytes, without options */
#define TCP_CSUM	16	/* place of the checksum in its header */
#define UDP_CSUM	6
#define TCP_FIN		0x01
#define TCP_PSH		0x08
#define TCP_CWR		0x80

bool
offload_cut(const struct pkt *whole, uint32_t *at, struct pkt *one)
{
	uint32_t left = whole->len - *at;

	if (*at > 0 && (whole->seg == 0 || *at >= whole->len))
		return false;
	*one = *whole;
	one->seg = 0;
	one->p = inet_at(whole->p, *at);
	if (whole->seg != 0 && left > whole->seg)
		one->len = whole->seg;
	else
		one->len = left;
	/* An empty datagram is one too; it must not come again. */
	*at += one->len == 0 ? UINT32_MAX : one->len;
	return true;
}

void
offload_trains(struct pkt *const *v, unsigned n)
{
	for (unsigned i = 0, k; i < n; i = k) {
		const struct pkt *first = v[i];
		uint32_t bytes = first->len;

		for (k = i + 1; k < n && k - i < OFFLOAD_TRAIN_MAX; k++) {
			if (v[k - 1]->len != first->len ||
			    v[k]->len > first->len ||
			    bytes + v[k]->len > OFFLOAD_TRAIN_BYTES ||
			    !endpoint_eq(&v[k]->remote, &first->remote) ||
			    !endpoint_eq(&v[k]->local, &first->local))
				break;
			bytes += v[k]->len;
			v[k]->run = 0;
		}
		v[i]->run = (uint16_t)(k - i);
	}
}

enum drop
offload_csum(struct pkt *pkt, const struct inner *in)
{
	uint32_t start = pkt->vnet.csum_start;
	uint32_t place = start + pkt->vnet.csum_offset;
	uint16_t field;

	if ((pkt->vnet.flags & VNET_F_NEEDS_CSUM) == 0)
		return DROP_NONE;
	if (start < in->head || in->len < 2 || place > in->len - 2)
		return DROP_TUN_HEADER;
	/* The field holds the sum of the pseudo-header. */
	field = inet_fold(inet_sum(inet_cat(pkt->p, start), in->len - start,
	    0));
	inet_put16(pkt->p, place, field == 0 ? 0xffff : field);
	pkt->vnet.flags &= (uint8_t)~VNET_F_NEEDS_CSUM;
	return DROP_NONE;
}

/* Does the kind of frame agree with what the packet is? */
static bool
offload_kind_ok(const struct pkt_vnet *h, const struct inner *in)
{
	switch (h->gso_type & ~VNET_GSO_ECN) {
	case VNET_GSO_TCPV4:
		return in->src.family == IP_V4 &&
		    in->proto == INNER_PROTO_TCP && h->csum_offset == TCP_CSUM;
	case VNET_GSO_TCPV6:
		return in->src.family == IP_V6 &&
		    in->proto == INNER_PROTO_TCP && h->csum_offset == TCP_CSUM;
	case VNET_GSO_UDP_L4:
		return in->proto == INNER_PROTO_UDP &&
		    h->csum_offset == UDP_CSUM;
	}
	return false;
}

enum drop
offload_split(struct offload_split *s, const struct pkt *pkt,
    const struct inner *in)
{
	const struct pkt_vnet *h = &pkt->vnet;
	uint32_t upper = INNER_UDP_HEAD;

	if ((h->flags & VNET_F_NEEDS_CSUM) == 0 || h->gso_size == 0 ||
	    in->fragment || h->csum_start != in->head ||
	    !offload_kind_ok(h, in))
		return DROP_TUN_HEADER;
	*s = (struct offload_split){
		.p = pkt->p, .len = in->len, .l4 = in->head,
		.size = h->gso_size, .v6 = in->src.family == IP_V6,
		.tcp = in->proto == INNER_PROTO_TCP,
	};
	if (s->tcp) {
		if (s->len - s->l4 < TCP_HEAD)
			return DROP_TUN_HEADER;
		upper = (uint32_t)(inet_cat(s->p, s->l4)[12] >> 4) * 4;
		if (upper < TCP_HEAD)
			return DROP_TUN_HEADER;
	}
	if (upper >= s->len - s->l4)
		return DROP_TUN_HEADER;
	s->head = s->l4 + upper;
	s->sum = inet_sum_pseudo(in->src.b, in->dst.b, s->v6 ? 16 : 4,
	    in->proto, 0);
	return DROP_NONE;
}

uint32_t
offload_split_bytes(const struct offload_split *s)
{
	uint32_t payload = s->len - s->head;

	return s->len + (payload - 1) / s->size * s->head;
}

uint32_t
offload_split_size(const struct offload_split *s)
{
	uint32_t left = s->len - s->head - s->at;

	if (left == 0)
		return 0;
	return s->head + (left < s->size ? left : s->size);
}

static void
offload_ip_head(const struct offload_split *s, uint8_t *out, uint32_t len)
{
	if (s->v6) {
		inet_put16(out, 4, (uint16_t)(len - 40));
		return;
	}
	inet_put16(out, 2, (uint16_t)len);
	inet_put16(out, 4, (uint16_t)(inet_u16(s->p, 4) + s->count));
	inet_put16(out, 10, 0);
	inet_put16(out, 10, inet_fold(inet_sum(out, s->l4, 0)));
}

/* FIN and PSH stay with the last, CWR with the first (RFC 3168 §6.1.2). */
static void
offload_tcp_head(const struct offload_split *s, uint8_t *tcp, bool last)
{
	inet_put32(tcp, 4, inet_u32(tcp, 4) + s->at);
	if (!last)
		tcp[13] &= (uint8_t)~(TCP_FIN | TCP_PSH);
	if (s->count > 0)
		tcp[13] &= (uint8_t)~TCP_CWR;
}

void
offload_split_next(struct offload_split *s, uint8_t *out)
{
	uint32_t len = offload_split_size(s), part = len - s->head;
	uint32_t upper = len - s->l4, field;
	uint8_t *l4 = inet_at(out, s->l4);
	uint16_t sum;

	memcpy(out, s->p, s->head);
	memcpy(inet_at(out, s->head), inet_cat(s->p, s->head + s->at), part);
	offload_ip_head(s, out, len);
	if (s->tcp)
		offload_tcp_head(s, l4, s->head + s->at + part == s->len);
	else
		inet_put16(l4, 4, (uint16_t)upper);
	field = s->tcp ? TCP_CSUM : UDP_CSUM;
	inet_put16(l4, field, 0);
	sum = inet_fold(inet_sum(l4, upper, s->sum + upper));
	inet_put16(l4, field, sum == 0 ? 0xffff : sum);
	s->at += part;
	s->count++;
}
