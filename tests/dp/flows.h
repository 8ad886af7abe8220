/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_DP_FLOWS_H
#define TESTS_DP_FLOWS_H

/*
 * Random flows of IP packets, as a batch of them may come from phones: TCP and
 * UDP, IPv4 and IPv6, with holes, reordering, repetitions, every flag, changes
 * of options, window, TTL and class, wrong checksums, fragments, IP options.
 */

#include <stdlib.h>
#include <string.h>

#include "base/inet.h"
#include "base/rng.h"
#include "dp/inner.h"
#include "dp/pkt.h"

#define FLOWS		12
#define FLOW_BYTES	2048	/* of a packet's buffer */

struct flow {
	bool v6, tcp, df, fixed_id;
	uint8_t ttl, tos;
	uint16_t id, size, window;
	uint32_t seq, ack, stamp;
	uint8_t n;		/* its number: in addresses and ports */
};

struct flows {
	struct rng rng;
	struct flow flow[FLOWS];
	bool mild;		/* nothing that a router would not forward */
	unsigned n;
	struct pkt pkt[PKT_BATCH];
	uint8_t b[PKT_BATCH][FLOW_BYTES], was[PKT_BATCH][FLOW_BYTES];
	uint32_t len[PKT_BATCH];
	uint8_t of[PKT_BATCH];	/* whose it is */
};

static inline bool
flows_one_in(struct flows *f, uint32_t n)
{
	return rng_below(&f->rng, n) == 0;
}

static inline void
flows_begin(struct flows *f, uint64_t seed, bool mild)
{
	memset(f, 0, sizeof(*f));
	rng_seeded(&f->rng, seed);
	f->mild = mild;
	for (unsigned i = 0; i < FLOWS; i++) {
		struct flow *w = &f->flow[i];

		*w = (struct flow){ .v6 = i & 1, .tcp = (i & 2) == 0,
			.df = flows_one_in(f, 2), .ttl = 64,
			.size = (uint16_t)(1 + rng_below(&f->rng, 1300)),
			.window = 1000, .seq = rng_below(&f->rng, 1u << 31),
			.id = (uint16_t)rng_below(&f->rng, 65536),
			.n = (uint8_t)i };
		w->seq += flows_one_in(f, 4) ? UINT32_MAX - w->seq - 3000 : 0;
		w->fixed_id = w->df && flows_one_in(f, 2);
	}
}

/* Something of the flow is different from now on. */
static inline void
flows_change(struct flows *f, struct flow *w)
{
	switch (rng_below(&f->rng, 7)) {
	case 0:
		w->ttl = (uint8_t)(60 + rng_below(&f->rng, 5));
		break;
	case 1:
		w->tos = (uint8_t)rng_below(&f->rng, 256);
		break;
	case 2:
		w->window++;
		break;
	case 3:
		w->ack += 100;
		break;
	case 4:
		w->stamp++;
		break;
	case 5:
		w->seq += 1 + rng_below(&f->rng, 3000);	/* a hole */
		break;
	case 6:
		w->id = (uint16_t)rng_below(&f->rng, 65536);
		break;
	}
}

static inline uint32_t
flows_ip(const struct flow *w, uint8_t *b, uint32_t upper)
{
	uint8_t proto = w->tcp ? INNER_PROTO_TCP : INNER_PROTO_UDP;

	if (w->v6) {
		inet_put32(b, 0, 0x60000000u | (uint32_t)w->tos << 20 | w->n);
		inet_put16(b, 4, (uint16_t)upper);
		b[6] = proto;
		b[7] = w->ttl;
		inet_put32(b, 8, 0xfd090000);
		b[23] = w->n;
		inet_put32(b, 24, 0xfd080000);
		b[39] = 7;
		return 40;
	}
	b[0] = 0x45;
	b[1] = w->tos;
	inet_put16(b, 2, (uint16_t)(20 + upper));
	inet_put16(b, 4, w->id);
	inet_put16(b, 6, w->df ? 0x4000 : 0);
	b[8] = w->ttl;
	b[9] = proto;
	inet_put32(b, 12, 0x0a090000u + w->n);
	inet_put32(b, 16, 0x0a080007);
	return 20;
}

static inline uint8_t
flows_flags(struct flows *f)
{
	uint8_t flags = 0x10;

	if (flows_one_in(f, 12))
		flags |= 0x08;
	if (flows_one_in(f, 30))
		flags |= (uint8_t)(1u << rng_below(&f->rng, 8));
	return flags;
}

/* The checksums; some are wrong. */
static inline void
flows_sums(struct flows *f, const struct flow *w, uint8_t *b, uint32_t ip,
    uint32_t len)
{
	uint32_t upper = len - ip, at = ip + (w->tcp ? 16 : 6), sum;
	uint16_t field;

	sum = w->v6 ? inet_sum_pseudo(b + 8, b + 24, 16, b[6], upper) :
	    inet_sum_pseudo(b + 12, b + 16, 4, b[9], upper);
	field = inet_fold(inet_sum(b + ip, upper, sum));
	inet_put16(b, at, field == 0 ? 0xffff : field);
	if (!f->mild && flows_one_in(f, 40))
		b[len - 1] ^= 1;
	if (!f->mild && !w->tcp && flows_one_in(f, 20))
		inet_put16(b, at, 0);
	if (w->v6)
		return;
	if (!f->mild && flows_one_in(f, 60))
		inet_put16(b, 6, (uint16_t)(0x2000 +
		    rng_below(&f->rng, 100)));
	inet_put16(b, 10, inet_fold(inet_sum(b, 20, 0)));
	if (!f->mild && flows_one_in(f, 80))
		b[10] ^= 1;
}

/* The next packet of a flow; returns its length. */
static inline uint32_t
flows_packet(struct flows *f, struct flow *w, uint8_t *b)
{
	uint32_t payload = w->size, head = w->tcp ? 32 : 8, ip;

	if (flows_one_in(f, 15))
		payload = rng_below(&f->rng, w->size + 1u);
	if (!w->tcp && payload == 0)
		payload = 1;
	memset(b, 0, FLOW_BYTES);
	ip = flows_ip(w, b, head + payload);
	inet_put16(b, ip, (uint16_t)(4000 + w->n));
	inet_put16(b, ip + 2, 9);
	if (w->tcp) {
		inet_put32(b, ip + 4, w->seq);
		inet_put32(b, ip + 8, w->ack);
		b[ip + 12] = 0x80;
		b[ip + 13] = flows_flags(f);
		inet_put16(b, ip + 14, w->window);
		inet_put32(b, ip + 20, 0x0101080a);
		inet_put32(b, ip + 24, w->stamp);
	} else {
		inet_put16(b, ip + 4, (uint16_t)(8 + payload));
	}
	(void)rng_fill(&f->rng, b + ip + head, payload);
	flows_sums(f, w, b, ip, ip + head + payload);
	w->seq += payload;
	if (!w->fixed_id)
		w->id++;
	return ip + head + payload;
}

/* A batch of n packets, in an order as a network makes it. */
static inline void
flows_batch(struct flows *f, unsigned n)
{
	unsigned i = 0;

	while (i < n) {
		uint8_t which = (uint8_t)rng_below(&f->rng, FLOWS);
		unsigned run = 1 + rng_below(&f->rng, 20);

		if (flows_one_in(f, 2))
			flows_change(f, &f->flow[which]);
		for (unsigned k = 0; k < run && i < n; k++, i++) {
			f->len[i] = flows_packet(f, &f->flow[which], f->b[i]);
			f->of[i] = which;
		}
	}
	/* Some overtake one of any flow. */
	for (i = 0; i + 1 < n; i++) {
		uint8_t t[FLOW_BYTES], of = f->of[i];
		uint32_t len = f->len[i];

		if (!flows_one_in(f, 25))
			continue;
		memcpy(t, f->b[i], sizeof(t));
		memcpy(f->b[i], f->b[i + 1], sizeof(t));
		memcpy(f->b[i + 1], t, sizeof(t));
		f->len[i] = f->len[i + 1];
		f->of[i] = f->of[i + 1];
		f->len[i + 1] = len;
		f->of[i + 1] = of;
	}
	for (i = 0; i < n; i++) {
		memcpy(f->was[i], f->b[i], FLOW_BYTES);
		f->pkt[i] = (struct pkt){ .p = f->b[i], .len = f->len[i],
			.run = 1 };
	}
	f->n = n;
}

#endif
