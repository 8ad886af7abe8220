/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The phone's data path in user space: PPP in L2TP in UDP in ESP, and back.
 * Batches of up to PEER_BATCH packets are sealed and opened in one go.
 */

#include <string.h>

#include "l2tp/data.h"
#include "l2tpload/peer_int.h"
#include "ppp/frame.h"

#define IPV4_HEAD	20
#define IPV6_HEAD	40
#define UDP_HEAD	8
#define IP_PROTO_UDP	17

/* Everything in front of a payload, and behind it. */
#define FRONT		(ESP_FRONT_MAX + UDP_HEAD + DATA_HEAD_SEQ + FRAME_HEAD)
#define BACK		ESP_BACK_MAX

void *
peer_arena(struct peer_out *o, size_t n)
{
	size_t at = (o->used + 15) & ~(size_t)15;

	if (n > sizeof(o->arena) || at > sizeof(o->arena) - n)
		return NULL;
	o->used = at + n;
	return o->arena + at;
}

struct peer_act *
peer_act_add(struct peer_out *o, enum peer_act_kind kind)
{
	struct peer_act *a;

	if (o->n == PEER_OUT_ACTS)
		return NULL;
	a = &o->act[o->n++];
	*a = (struct peer_act){ .kind = kind };
	return a;
}

void
peer_out_reset(struct peer_out *o)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->act[i].dh != NULL)
			wipe(o->act[i].dh, sizeof(*o->act[i].dh));
	o->n = 0;
	o->used = 0;
}

/* ---- the table of pairs ---- */

static int
sa_find(const struct peer *p, uint32_t child)
{
	for (int i = 0; i < PEER_SAS; i++)
		if (p->s.sa[i].child == child)
			return i;
	return -1;
}

static int
sa_by_spi(const struct peer *p, uint32_t spi)
{
	for (int i = 0; i < PEER_SAS; i++)
		if (p->s.sa[i].child != 0 && p->s.sa[i].c.spi_in == spi)
			return i;
	return -1;
}

/* The newest that the other side is known to have, or -1. */
static int
sa_current(const struct peer *p)
{
	int best = -1;

	for (int i = 0; i < PEER_SAS; i++)
		if (p->s.sa[i].child != 0 && p->s.sa[i].send &&
		    (best < 0 || p->s.sa[i].age > p->s.sa[best].age))
			best = i;
	return best;
}

uint32_t
peer_sa_current(const struct peer *p)
{
	int i = sa_current(p);

	return i < 0 ? 0 : p->s.sa[i].child;
}

static bool
sa_key(struct peer *p, int i)
{
	const struct peer_sa *sa = &p->s.sa[i];

	if (!esp_in_init(&p->in[i], sa->c.spi_in, &sa->c.suite, sa->c.keys_in,
		p->params->window))
		return false;
	if (esp_out_init(&p->out[i], sa->c.spi_out, &sa->c.suite,
		sa->c.keys_out, sa->seq, UINT32_MAX))
		return true;
	esp_in_wipe(&p->in[i]);
	return false;
}

bool
peer_sa_add(struct peer *p, uint32_t child, const struct ike_child *c)
{
	int i = sa_find(p, 0);

	if (i < 0)
		return false;
	p->s.sa[i] = (struct peer_sa){ .child = child, .age = ++p->s.ages,
		.c = *c };
	if (!(p->plane.ops != NULL ? peer_plane_sa_add(p, i) : sa_key(p, i))) {
		wipe(&p->s.sa[i], sizeof(p->s.sa[i]));
		return false;
	}
	p->s.stats.sas++;
	return true;
}

void
peer_sa_use(struct peer *p, uint32_t child)
{
	int i = sa_find(p, child);

	if (i < 0)
		return;
	p->s.sa[i].send = true;
	if (p->plane.ops != NULL)
		p->plane.ops->sa_use(p->plane.dp, peer_plane_sa(p, i));
}

void
peer_sa_del(struct peer *p, uint32_t child)
{
	int i = sa_find(p, child);

	if (child == 0 || i < 0)
		return;
	if (p->plane.ops != NULL)
		p->plane.ops->sa_del(p->plane.dp, peer_plane_sa(p, i));
	esp_in_wipe(&p->in[i]);
	esp_out_wipe(&p->out[i]);
	wipe(&p->s.sa[i], sizeof(p->s.sa[i]));
	p->s.stats.sas--;
}

void
peer_sa_freeze(const struct peer *p, struct peer_state *s)
{
	for (int i = 0; i < PEER_SAS; i++) {
		if (s->sa[i].child == 0)
			continue;
		s->sa[i].seq = p->out[i].seq;
		s->sa[i].replay = p->in[i].replay;
	}
}

bool
peer_sa_thaw(struct peer *p)
{
	for (int i = 0; i < PEER_SAS; i++) {
		if (p->s.sa[i].child == 0)
			continue;
		if (!sa_key(p, i)) {
			/* Not keyed: nothing for peer_free() to wipe. */
			wipe(&p->s.sa[i], (PEER_SAS - (size_t)i) *
			    sizeof(p->s.sa[i]));
			return false;
		}
		p->in[i].replay = p->s.sa[i].replay;
	}
	return true;
}

uint16_t
peer_mtu(const struct peer *p)
{
	int i = sa_current(p);
	const struct ike_child *c;
	size_t outer, fit, head = UDP_HEAD + FRAME_HEAD +
	    (p->s.call.sequencing ? DATA_HEAD_SEQ : DATA_HEAD);

	if (i < 0 || p->s.session == 0)
		return 0;
	c = &p->s.sa[i].c;
	outer = c->remote.addr.family == IP_V6 ? IPV6_HEAD : IPV4_HEAD;
	if (c->encap)
		outer += UDP_HEAD;
	if (p->params->mtu_outer <= outer)
		return 0;
	fit = esp_payload_fit(&c->suite, p->params->mtu_outer - outer);
	fit = fit > head ? fit - head : 0;
	if (fit > PEER_IP_MAX)
		fit = PEER_IP_MAX;
	return (uint16_t)(p->s.net.peer_mru != 0 && p->s.net.peer_mru < fit ?
	    p->s.net.peer_mru : fit);
}

/* ---- sending ---- */

/* RFC 2460 §8.1: UDP over IPv6 must have a checksum; 0 stands for none. */
static uint16_t
udp6_sum(const struct endpoint *src, const struct endpoint *dst,
    struct rd datagram)
{
	uint32_t sum = IP_PROTO_UDP + (uint32_t)rd_left(&datagram);
	struct rd a = rd_make(src->addr.b, 16), b = rd_make(dst->addr.b, 16);

	while (rd_left(&a) > 0)
		sum += rd_u16(&a) + (uint32_t)rd_u16(&b);
	while (rd_left(&datagram) > 1)
		sum += rd_u16(&datagram);
	if (rd_left(&datagram) == 1)
		sum += (uint32_t)rd_u8(&datagram) << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff ? 0xffff : (uint16_t)~sum;
}

static void
udp_head(struct wr *w, const struct ike_child *c, size_t len, uint16_t sum)
{
	wr_u16(w, PEER_L2TP_PORT);
	wr_u16(w, c->port_there != 0 ? c->port_there : PEER_L2TP_PORT);
	wr_u16(w, (uint16_t)len);
	wr_u16(w, sum);
}

/* Builds the inner UDP datagram; its length, or 0 if there is no room. */
static size_t
build(struct peer *p, const struct ike_child *c, enum peer_what what,
    struct rd data, uint8_t *at, size_t room)
{
	struct wr w = wr_make(at, room);
	size_t len;

	wr_zero(&w, UDP_HEAD);
	if (what != PEER_CONTROL) {
		const struct data_head h = {
			.sequenced = p->s.call.sequencing,
			.tunnel_id = p->s.call.peer_tunnel_id,
			.session_id = p->s.call.peer_session_id,
			.ns = p->s.ns,
		};

		data_encode(&w, &h);
		p->s.ns++;
	}
	if (what == PEER_PACKET) {
		uint8_t *head = wr_room(&w, FRAME_HEAD);

		if (head != NULL)
			frame_build(head, rd_left(&data) > 0 &&
			    data.p[0] >> 4 == 6 ? FRAME_IPV6 : FRAME_IP);
	}
	wr_rd(&w, data);
	len = wr_used(&w);
	if (w.bad || len > UINT16_MAX)
		return 0;
	w = wr_make(at, UDP_HEAD);
	udp_head(&w, c, len, 0);
	if (c->remote.addr.family == IP_V6) {
		uint16_t sum = udp6_sum(&c->local, &c->remote,
		    rd_make(at, len));

		w = wr_make(at, UDP_HEAD);
		udp_head(&w, c, len, sum);
	}
	return len;
}

static void
seal_batch(struct peer *p, int sa, enum peer_what what, const struct rd *data,
    unsigned n, struct peer_out *o)
{
	const struct ike_child *c = &p->s.sa[sa].c;
	struct esp_item item[PEER_BATCH];
	unsigned items = 0;

	for (unsigned i = 0; i < n; i++) {
		size_t room = FRONT + rd_left(&data[i]) + BACK, len;
		uint8_t *buf = peer_arena(o, room);

		len = buf == NULL ? 0 : build(p, c, what, data[i],
		    buf + ESP_FRONT_MAX, room - ESP_FRONT_MAX - BACK);
		if (len == 0) {
			drop_count(p->drops, DROP_ESP_ROOM);
			continue;
		}
		item[items++] = (struct esp_item){ .sa.out = &p->out[sa],
			.p = buf + ESP_FRONT_MAX, .len = (uint32_t)len,
			.back = (uint32_t)(room - ESP_FRONT_MAX - len) };
	}
	esp_seal(p->crypt, item, items);
	for (unsigned i = 0; i < items; i++) {
		struct peer_act *a = item[i].drop != DROP_NONE ? NULL :
		    peer_act_add(o, PEER_SEND);

		if (a == NULL) {
			drop_count(p->drops, item[i].drop != DROP_NONE ?
			    item[i].drop : DROP_ESP_ROOM);
			continue;
		}
		a->encap = c->encap ? PEER_UDP : PEER_ESP;
		a->local = c->local;
		a->remote = c->remote;
		a->data = rd_make(item[i].p, item[i].len);
	}
}

void
peer_seal(struct peer *p, enum peer_what what, const struct rd *data,
    unsigned n, struct peer_out *o)
{
	int sa = sa_current(p);

	for (unsigned i = 0; p->plane.ops != NULL && i < n; i++)
		peer_plane_send(p, what, data[i]);
	if (p->plane.ops != NULL)
		return;
	if (sa < 0) {
		for (unsigned i = 0; i < n; i++)
			drop_count(p->drops, DROP_ESP_NO_SA);
		return;
	}
	for (unsigned i = 0; i < n; i += PEER_BATCH)
		seal_batch(p, sa, what, data + i,
		    n - i < PEER_BATCH ? n - i : PEER_BATCH, o);
}

/* ---- receiving ---- */

/* The inner UDP datagram: from 1701, and the lengths agree. */
static enum drop
open_udp(struct rd *r)
{
	uint16_t src = rd_u16(r), dst = rd_u16(r), len = rd_u16(r);

	(void)rd_u16(r);	/* checksum: never verified (decisions.md) */
	if (r->bad || len < UDP_HEAD)
		return DROP_INNER_UDP;
	if (src == 0 || dst != PEER_L2TP_PORT)
		return DROP_INNER_SELECTOR;
	*r = rd_sub(r, (size_t)len - UDP_HEAD);
	return r->bad ? DROP_INNER_UDP : DROP_NONE;
}

/* A control message is left whole. */
static enum drop
open_l2tp(const struct peer *p, struct rd *r, enum peer_what *what)
{
	struct data_head h;
	enum drop why = data_decode(r, &h);

	if (why != DROP_NONE)
		return why;
	*what = h.control ? PEER_CONTROL : PEER_FRAME;
	if (!h.control && (p->s.session == 0 ||
	    h.tunnel_id != p->s.call.tunnel_id ||
	    h.session_id != p->s.call.session_id))
		return DROP_L2TP_SESSION;
	return DROP_NONE;
}

/* IP goes to the host once its protocol is open; all else is the engine's. */
static enum drop
open_ppp(const struct peer *p, struct rd *r, enum peer_what *what)
{
	struct rd body = *r, look;
	uint16_t protocol;
	size_t head = frame_parse(r->p, rd_left(r), &protocol), len;
	bool six;

	if (head == 0)
		return DROP_PPP_SHORT;
	six = protocol == FRAME_IPV6;
	if (!(protocol == FRAME_IP && p->s.linked) && !(six && p->s.linked6))
		return DROP_NONE;
	rd_skip(&body, head);
	look = body;
	if (rd_u8(&look) >> 4 != (six ? 6 : 4))
		return DROP_IP_VERSION;
	rd_skip(&look, six ? 3 : 1);
	len = rd_u16(&look) + (six ? IPV6_HEAD : 0u);
	if (look.bad || len < IPV4_HEAD || len > rd_left(&body))
		return DROP_IP_LENGTH;
	*r = rd_sub(&body, len);
	*what = PEER_PACKET;
	return DROP_NONE;
}

static enum drop
open_inner(const struct peer *p, struct rd *r, enum peer_what *what)
{
	enum drop why = open_udp(r);

	if (why == DROP_NONE)
		why = open_l2tp(p, r, what);
	if (why == DROP_NONE && *what == PEER_FRAME)
		why = open_ppp(p, r, what);
	return why;
}

unsigned
peer_open(struct peer *p, const struct peer_gram *gram, unsigned n,
    struct peer_inner *inner, struct peer_out *o)
{
	struct esp_item item[PEER_BATCH];
	int sa[PEER_BATCH];
	unsigned items = 0, good = 0;

	for (unsigned i = 0; i < n; i++) {
		struct rd r = gram[i].data;
		size_t len = rd_left(&r);
		uint8_t *buf;
		int at = sa_by_spi(p, esp_spi(r.p, len));

		buf = at < 0 ? NULL : peer_arena(o, len);
		if (buf == NULL) {
			drop_count(p->drops, at < 0 ? DROP_ESP_SPI :
			    DROP_ESP_ROOM);
			continue;
		}
		rd_copy(&r, buf, len);
		sa[items] = at;
		item[items++] = (struct esp_item){ .sa.in = &p->in[at],
			.p = buf, .len = (uint32_t)len };
	}
	esp_open(p->crypt, item, items);
	for (unsigned i = 0; i < items; i++) {
		struct peer_sa *s = &p->s.sa[sa[i]];
		struct rd r = rd_make(item[i].p, item[i].len);
		enum drop why = item[i].drop;

		if (why != DROP_NONE) {
			drop_count(p->drops, why);
			continue;
		}
		inner[good].child = s->child;
		inner[good].first = !s->seen;
		s->seen = true;
		why = open_inner(p, &r, &inner[good].what);
		inner[good].data = why == DROP_NONE ? r : rd_make(NULL, 0);
		drop_count(p->drops, why);
		good++;
	}
	return good;
}
