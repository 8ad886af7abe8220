/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams there and back: see traffic.h. */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/inet.h"
#include "dp/inner.h"
#include "l2tpload/traffic.h"

#define MAGIC		0x4c32544cu
#define IP_HEAD		20
#define HEAD		(IP_HEAD + INNER_UDP_HEAD)
#define TOKEN		24	/* magic, phone, number, moment */
#define PORT		40000	/* of each phone */
#define WAIT_US		1000000	/* for the last to come back */
#define FINE		16	/* parts of an octave of the histogram */
#define OCTAVES		28

struct phone {
	uint8_t addr[4];
	bool there;
	uint64_t sent;
	uint64_t next;		/* one more than the highest that came */
};

struct traffic {
	struct dp_io io;
	struct dp_io *wires;	/* borrowed */
	struct traffic_params p;
	struct phone *phone;	/* owned; p.phones */
	uint32_t turn;
	bool running;
	mono_t now, began, last;
	struct traffic_report r;
	uint64_t late[OCTAVES * FINE];	/* datagrams by delay */
	uint8_t frame[PKT_BATCH][TRAFFIC_MAX];	/* zero from the token on */
};

static struct traffic *
traffic_of(struct dp_io *io)
{
	return (struct traffic *)(void *)io;	/* io is its first member */
}

/* ---- the wires ---- */

static unsigned
wire_recv_udp(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct dp_io *w = traffic_of(io)->wires;

	return w->recv_udp(w, v, max);
}

static unsigned
wire_recv_raw(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct dp_io *w = traffic_of(io)->wires;

	return w->recv_raw(w, v, max);
}

static unsigned
wire_send_udp(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	struct dp_io *w = traffic_of(io)->wires;

	return w->send_udp(w, v, n);
}

static unsigned
wire_send_raw(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	struct dp_io *w = traffic_of(io)->wires;

	return w->send_raw(w, v, n);
}

/* ---- what is sent ---- */

static uint32_t
size_of(const struct traffic *t, uint64_t number)
{
	static const uint16_t imix[12] = { 64, 576, 64, 64, 576, 64, 1400, 64,
		576, 64, 64, 576 };

	return t->p.size != TRAFFIC_IMIX ? t->p.size :
	    imix[number % (sizeof(imix) / sizeof(imix[0]))];
}

/* All in front of the zeros behind the token, checksums too. */
static void
frame_write(const struct traffic *t, uint8_t *b, uint32_t i, uint32_t len)
{
	const struct phone *ph = &t->phone[i];
	struct wr w = wr_make(b, HEAD + TOKEN);
	uint32_t upper = len - IP_HEAD;
	uint16_t sum;

	wr_u16(&w, 0x4500);
	wr_u16(&w, (uint16_t)len);
	wr_u16(&w, (uint16_t)ph->sent);
	wr_u16(&w, 0x4000);		/* DF */
	wr_u16(&w, 64 << 8 | INNER_PROTO_UDP);
	wr_u16(&w, 0);
	wr_bytes(&w, ph->addr, 4);
	ipaddr_encode(&w, &t->p.to.addr);
	wr_u16(&w, PORT);
	wr_u16(&w, t->p.to.port);
	wr_u16(&w, (uint16_t)upper);
	wr_u16(&w, 0);
	wr_u32(&w, MAGIC);
	wr_u32(&w, i);
	wr_u64(&w, ph->sent);
	wr_u64(&w, t->now.us);
	inet_put16(b, 10, inet_fold(inet_sum(b, IP_HEAD, 0)));
	sum = inet_fold(inet_sum(inet_cat(b, IP_HEAD),
	    HEAD + TOKEN - IP_HEAD, inet_sum_pseudo(b + 12, b + 16, 4,
	    INNER_PROTO_UDP, upper)));
	inet_put16(b, IP_HEAD + 6, sum == 0 ? 0xffff : sum);
}

/* How many are due by now, at most a batch. */
static unsigned
frames_due(const struct traffic *t, unsigned max)
{
	uint64_t us = mono_since_us(t->now, t->began), due;

	if (us > t->p.seconds * UINT64_C(1000000))
		us = t->p.seconds * UINT64_C(1000000);
	due = us * t->p.pps / 1000000;
	due = due > t->r.sent ? due - t->r.sent : 0;
	return due < max ? (unsigned)due : max;
}

static unsigned
frames_give(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct traffic *t = traffic_of(io);
	unsigned due, n = 0;

	if (!t->running)
		return 0;
	due = frames_due(t, max < PKT_BATCH ? max : PKT_BATCH);
	for (uint32_t tries = 0; n < due && tries < t->p.phones + due;
	    tries++) {
		uint32_t i = t->turn, len;

		t->turn = (t->turn + 1) % t->p.phones;
		if (!t->phone[i].there)
			continue;
		len = size_of(t, t->r.sent);
		frame_write(t, t->frame[n], i, len);
		v[n] = (struct pkt){ .p = t->frame[n], .len = len,
			.via = PKT_TUN };
		n++;
		t->phone[i].sent++;
		t->r.sent++;
		t->r.sent_bytes += len;
		t->last = t->now;
	}
	return n;
}

/* ---- what comes back ---- */

static unsigned
bucket(uint64_t us)
{
	unsigned octave = 0;

	while (us >> octave >= 2 * FINE && octave + 2 < OCTAVES)
		octave++;
	if (us < FINE)
		return (unsigned)us;
	us >>= octave;
	return us >= 2 * FINE ? OCTAVES * FINE - 1 :
	    octave * FINE + (unsigned)us;
}

/* The smallest delay that falls there. */
static uint32_t
bucket_us(unsigned at)
{
	unsigned octave = at / FINE;

	return octave < 2 ? at :
	    (uint32_t)((at % FINE + FINE) << (octave - 1));
}

static void
frame_take(struct traffic *t, struct rd r)
{
	size_t len = rd_left(&r);
	const uint8_t *to = r.p;
	uint32_t magic, i;
	uint64_t number, us;

	rd_skip(&r, HEAD);
	magic = rd_u32(&r);
	i = rd_u32(&r);
	number = rd_u64(&r);
	us = mono_since_us(t->now, mono_us(rd_u64(&r)));
	if (r.bad || magic != MAGIC || i >= t->p.phones ||
	    memcmp(to + 16, t->phone[i].addr, 4) != 0 ||
	    number >= t->phone[i].sent) {
		t->r.foreign++;
		return;
	}
	t->r.late += number < t->phone[i].next;
	if (number >= t->phone[i].next)
		t->phone[i].next = number + 1;
	t->r.received++;
	t->r.received_bytes += len;
	t->late[bucket(us)]++;
	if (us > t->r.max_us)
		t->r.max_us = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static unsigned
frames_take(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		frame_take(traffic_of(io), rd_make(v[i]->p, v[i]->len));
	return n;
}

/* ---- outside ---- */

struct traffic *
traffic_new(const struct traffic_params *p, struct dp_io *wires)
{
	struct traffic *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->p = *p;
	t->wires = wires;
	t->io = (struct dp_io){
		.recv_udp = wire_recv_udp, .recv_raw = wire_recv_raw,
		.recv_tun = frames_give, .send_udp = wire_send_udp,
		.send_raw = wire_send_raw, .send_tun = frames_take,
	};
	t->phone = calloc(p->phones, sizeof(*t->phone));
	if (t->phone != NULL)
		return t;
	free(t);
	return NULL;
}

void
traffic_free(struct traffic *t)
{
	if (t != NULL)
		free(t->phone);
	free(t);
}

struct dp_io *
traffic_io(struct traffic *t)
{
	return &t->io;
}

void
traffic_phone(struct traffic *t, uint32_t i, const struct ipaddr *a)
{
	memcpy(t->phone[i].addr, a->b, 4);
	t->phone[i].there = true;
}

void
traffic_start(struct traffic *t, mono_t now)
{
	t->running = true;
	t->now = t->began = t->last = now;
}

void
traffic_now(struct traffic *t, mono_t now)
{
	t->now = now;
}

bool
traffic_over(const struct traffic *t)
{
	return t->running && mono_since_us(t->now, t->began) >=
	    t->p.seconds * UINT64_C(1000000) + WAIT_US;
}

void
traffic_report(const struct traffic *t, struct traffic_report *r)
{
	uint64_t seen = 0;

	*r = t->r;
	r->span_us = mono_since_us(t->last, t->began);
	for (unsigned i = 0; i < OCTAVES * FINE; i++) {
		uint64_t was = seen;

		seen += t->late[i];
		if (was * 2 < r->received && seen * 2 >= r->received)
			r->p50_us = bucket_us(i);
		if (was * 10 < r->received * 9 &&
		    seen * 10 >= r->received * 9)
			r->p90_us = bucket_us(i);
		if (was * 100 < r->received * 99 &&
		    seen * 100 >= r->received * 99)
			r->p99_us = bucket_us(i);
	}
}
