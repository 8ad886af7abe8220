/* SPDX-License-Identifier: BSD-2-Clause */
/* Neighbouring packets become one frame: see merge.h. */

#include <string.h>

#include "base/inet.h"
#include "dp/inner.h"
#include "dp/merge.h"

#define IP4_HEAD	20	/* without options */
#define IP6_HEAD	40
#define IP4_MORE	0x3fff	/* more fragments, and the offset */
#define IP4_DF		0x4000
#define TCP_HEAD	20
#define TCP_CSUM	16	/* places in the header */
#define UDP_CSUM	6
#define UDP_MAX		64	/* datagrams of a frame: UDP_MAX_SEGMENTS */
#define TCP_FIN		0x01
#define TCP_PSH		0x08
#define TCP_NEVER	(0x02 | 0x04 | 0x20 | 0x80) /* SYN RST URG CWR */

enum kind {
	KIND_OTHER,		/* belongs to no flow that is merged */
	KIND_BARRIER,		/* of an unknown flow: no frame goes on */
	KIND_ALONE,		/* of a flow: its frame does not go on */
	KIND_PART
};

struct seg {			/* what is to know of a packet */
	const uint8_t *p;
	uint32_t len;
	uint16_t l4, head;
	bool v6, tcp;
	bool ends;		/* nothing may follow it in a frame */
};

/* ---- one packet ---- */

static bool
seg_sum_ok(const struct seg *s)
{
	uint32_t upper = s->len - s->l4;
	uint32_t sum = s->v6 ?
	    inet_sum_pseudo(s->p + 8, s->p + 24, 16, s->p[6], upper) :
	    inet_sum_pseudo(s->p + 12, s->p + 16, 4, s->p[9], upper);

	return inet_fold(inet_sum(inet_cat(s->p, s->l4), upper, sum)) == 0 &&
	    (s->v6 || inet_fold(inet_sum(s->p, IP4_HEAD, 0)) == 0);
}

static enum kind
seg_tcp(struct seg *s)
{
	uint32_t upper = s->len - s->l4, head;
	uint8_t flags;

	if (upper < TCP_HEAD)
		return KIND_BARRIER;
	head = (uint32_t)(s->p[s->l4 + 12] >> 4) * 4;
	flags = s->p[s->l4 + 13];
	s->head = (uint16_t)(s->l4 + head);
	s->ends = (flags & (TCP_FIN | TCP_PSH)) != 0;
	if (head < TCP_HEAD || head >= upper || (flags & TCP_NEVER) != 0 ||
	    !seg_sum_ok(s))
		return KIND_ALONE;
	return KIND_PART;
}

static enum kind
seg_udp(struct seg *s)
{
	uint32_t upper = s->len - s->l4;

	if (upper < INNER_UDP_HEAD)
		return KIND_BARRIER;
	s->head = (uint16_t)(s->l4 + INNER_UDP_HEAD);
	if (upper == INNER_UDP_HEAD || inet_u16(s->p, s->l4 + 4u) != upper ||
	    inet_u16(s->p, s->l4 + (size_t)UDP_CSUM) == 0 || !seg_sum_ok(s))
		return KIND_ALONE;
	return KIND_PART;
}

static enum kind
seg_read(struct seg *s, const struct pkt *pkt, bool udp)
{
	uint8_t proto;

	*s = (struct seg){ .p = pkt->p, .len = pkt->len,
		.v6 = pkt->p[0] >> 4 == 6 };
	proto = s->p[s->v6 ? 6 : 9];
	s->l4 = s->v6 ? IP6_HEAD : IP4_HEAD;
	if (s->v6 ? false : s->p[0] != 0x45 ||
	    (inet_u16(s->p, 6) & IP4_MORE) != 0)
		return KIND_BARRIER;
	s->tcp = proto == INNER_PROTO_TCP;
	if (s->tcp)
		return seg_tcp(s);
	if (proto == INNER_PROTO_UDP && udp)
		return seg_udp(s);
	/* Behind an extension header there may be anything. */
	return s->v6 && proto != INNER_PROTO_UDP &&
	    proto != INNER_PROTO_ICMP6 ? KIND_BARRIER : KIND_OTHER;
}

/* ---- two of them ---- */

static unsigned
seg_slot(const struct seg *s)
{
	size_t at = s->v6 ? 8 : 12, n = s->v6 ? 8 : 2;
	uint32_t h = inet_u32(s->p, s->l4);	/* both ports */

	for (size_t i = 0; i < n; i++)
		h = (h ^ inet_u32(s->p, at + 4 * i)) * 0x9e3779b1u;
	return h >> 26 & (MERGE_SLOTS - 1);
}

static bool
same_bytes(const struct seg *a, const struct seg *b, size_t at, size_t n)
{
	return memcmp(inet_cat(a->p, at), inet_cat(b->p, at), n) == 0;
}

/* Addresses, protocol and ports. */
static bool
same_flow(const struct seg *a, const struct seg *b)
{
	if (a->v6 != b->v6 || a->tcp != b->tcp ||
	    !same_bytes(a, b, a->l4, 4))
		return false;
	return a->v6 ? same_bytes(a, b, 8, 32) : same_bytes(a, b, 12, 8);
}

/* All else that a split frame would have the same in each packet. */
static bool
same_head(const struct seg *a, const struct seg *b)
{
	size_t l4 = a->l4;

	if (a->head != b->head)
		return false;
	if (a->v6 ? !same_bytes(a, b, 0, 4) || a->p[7] != b->p[7] :
	    a->p[1] != b->p[1] || !same_bytes(a, b, 6, 3))
		return false;
	if (!a->tcp)
		return true;
	/* From the acknowledgement on, FIN, PSH and checksum apart. */
	return same_bytes(a, b, l4 + 8, 5) &&
	    ((a->p[l4 + 13] ^ b->p[l4 + 13]) & ~(TCP_FIN | TCP_PSH)) == 0 &&
	    same_bytes(a, b, l4 + 14, 2) && same_bytes(a, b, l4 + 18, 2) &&
	    same_bytes(a, b, l4 + TCP_HEAD, a->head - l4 - TCP_HEAD);
}

/*
 * RFC 791: a split frame's ids rise by one.  With DF the id means nothing (RFC
 * 6864 §4.1), so one that stays the same is good, too, as in the kernel.
 */
static bool
id_follows(const struct merge_run *r, const struct seg *s)
{
	uint16_t id = inet_u16(s->p, 4);
	bool df = (inet_u16(s->p, 6) & IP4_DF) != 0;

	if (s->v6)
		return true;
	if (id == (uint16_t)(r->id + 1) && !(r->n > 1 && r->fixed))
		return true;
	return df && id == r->id && (r->n == 1 || r->fixed);
}

static bool
run_takes(const struct merge_run *r, const struct seg *first,
    const struct seg *s)
{
	uint32_t payload = s->len - s->head;

	if (!same_head(first, s) || payload > r->size || !id_follows(r, s) ||
	    r->head + r->payload + payload > MERGE_BYTES)
		return false;
	if (!s->tcp)
		return r->n < UDP_MAX;
	return inet_u32(s->p, s->l4 + 4u) ==
	    inet_u32(first->p, s->l4 + 4u) + r->payload;
}

/* ---- frames ---- */

static struct merge_run *
run_begin(struct merge *m, uint16_t at, const struct seg *s)
{
	struct merge_run *r = &m->run[m->runs++];

	*r = (struct merge_run){ .first = at, .last = at, .n = 1,
		.l4 = s->l4, .head = s->head, .tcp = s->tcp,
		.size = (uint16_t)(s->len - s->head),
		.payload = s->len - s->head,
		.id = s->v6 ? 0 : inet_u16(s->p, 4) };
	return r;
}

static void
run_add(struct merge *m, struct merge_run *r, uint16_t at,
    const struct seg *s)
{
	uint16_t id = s->v6 ? 0 : inet_u16(s->p, 4);

	r->fixed = !s->v6 && id == r->id;
	r->id = id;
	r->payload += s->len - s->head;
	r->n++;
	m->next[r->last] = at;
	r->last = at;
}

/* A packet of a flow: to the flow's frame, or it begins another. */
static void
merge_part(struct merge *m, uint16_t at, struct seg *s, bool alone)
{
	uint16_t *slot = &m->open[seg_slot(s)];
	struct merge_run *r = *slot != 0 ? &m->run[*slot - 1] : NULL;
	struct seg first = *s;
	bool mine = false;

	if (r != NULL) {
		const struct pkt *pkt = m->was[r->first];

		first.p = pkt->p;
		first.v6 = pkt->p[0] >> 4 == 6;
		first.tcp = r->tcp;
		first.l4 = r->l4;
		first.head = r->head;
		mine = same_flow(&first, s);
	}
	if (alone) {
		if (mine)
			*slot = 0;
		(void)run_begin(m, at, s);
		return;
	}
	if (mine && run_takes(r, &first, s)) {
		run_add(m, r, at, s);
		s->ends |= s->len - s->head < r->size;
	} else {
		(void)run_begin(m, at, s);
		*slot = (uint16_t)m->runs;
	}
	if (s->ends)
		*slot = 0;
}

static void
merge_one(struct merge *m, uint16_t at, bool udp)
{
	struct seg s;

	switch (seg_read(&s, m->was[at], udp)) {
	case KIND_PART:
		merge_part(m, at, &s, false);
		break;
	case KIND_ALONE:
		merge_part(m, at, &s, true);
		break;
	case KIND_BARRIER:
		memset(m->open, 0, sizeof(m->open));
		(void)run_begin(m, at, &s);
		break;
	case KIND_OTHER:
		(void)run_begin(m, at, &s);
		break;
	}
}

/*
 * The first packet's header becomes that of the frame.  The checksum field has
 * the sum of the pseudo-header, as who asks for a checksum leaves it.
 */
static void
run_head(const struct merge_run *r, struct pkt *first, uint8_t end_flags)
{
	uint8_t *p = first->p, *l4 = inet_at(p, r->l4);
	uint32_t len = r->head + r->payload, upper = len - r->l4, sum;
	bool v6 = p[0] >> 4 == 6;

	if (v6) {
		inet_put16(p, 4, (uint16_t)upper);
		sum = inet_sum_pseudo(p + 8, p + 24, 16, p[6], upper);
	} else {
		inet_put16(p, 2, (uint16_t)len);
		inet_put16(p, 10, 0);
		inet_put16(p, 10, inet_fold(inet_sum(p, IP4_HEAD, 0)));
		sum = inet_sum_pseudo(p + 12, p + 16, 4, p[9], upper);
	}
	if (r->tcp)
		l4[13] |= end_flags;
	else
		inet_put16(l4, 4, (uint16_t)upper);
	inet_put16(l4, r->tcp ? TCP_CSUM : UDP_CSUM,
	    (uint16_t)~inet_fold(sum));
	first->vnet = (struct pkt_vnet){
		.flags = VNET_F_NEEDS_CSUM,
		.gso_type = !r->tcp ? VNET_GSO_UDP_L4 :
		    v6 ? VNET_GSO_TCPV6 : VNET_GSO_TCPV4,
		.hdr_len = r->head, .gso_size = r->size,
		.csum_start = r->l4,
		.csum_offset = r->tcp ? TCP_CSUM : UDP_CSUM,
	};
}

static void
run_close(const struct merge *m, const struct merge_run *r, struct pkt **v)
{
	uint16_t at = r->first;
	uint8_t end_flags;

	for (unsigned k = 0; k < r->n; k++, at = m->next[at]) {
		v[k] = m->was[at];
		v[k]->run = 0;
	}
	v[0]->run = r->n;
	v[0]->vnet = (struct pkt_vnet){ 0 };
	if (r->n == 1)
		return;
	end_flags = r->tcp ? v[r->n - 1]->p[r->l4 + 13] &
	    (TCP_FIN | TCP_PSH) : 0;
	run_head(r, v[0], end_flags);
	for (unsigned k = 1; k < r->n; k++) {
		v[k]->p = inet_at(v[k]->p, r->head);
		v[k]->len -= r->head;
	}
}

void
merge_batch(struct merge *m, struct batch *b, bool udp)
{
	unsigned at = 0;

	m->runs = 0;
	memset(m->open, 0, sizeof(m->open));
	for (unsigned i = 0; i < b->n; i++) {
		m->was[i] = b->v[i];
		merge_one(m, (uint16_t)i, udp);
	}
	for (unsigned k = 0; k < m->runs; k++) {
		run_close(m, &m->run[k], &b->v[at]);
		at += m->run[k].n;
	}
}
