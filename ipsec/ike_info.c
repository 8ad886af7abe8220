/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Informational exchanges: notify, delete, dead peer detection.  RFC 2409
 * §5.7, RFC 2407 §4.6.3, RFC 3706.  What we send has exactly one payload
 * besides HASH (clients.md 15).
 */

#include <string.h>

#include "ipsec/ike_int.h"

#define INFO_RATE	5	/* per second and SA, threats 3.2.6 */
#define INFO_BURST	20
#define DPD_RATE	2
#define DPD_BURST	5
#define SPIS_MAX	64	/* in one Delete */

struct spi_set {		/* deletions, applied when the message is done */
	uint32_t spi[SPIS_MAX];
	unsigned n;
	bool isakmp;
};

static void
cookies_put(uint8_t b[2 * ISAKMP_COOKIE], const struct ike_sa *s)
{
	struct wr w = wr_make(b, (size_t)2 * ISAKMP_COOKIE);

	wr_bytes(&w, s->cky_i, ISAKMP_COOKIE);
	wr_bytes(&w, s->cky_r, ISAKMP_COOKIE);
}

static bool
cookies_same(struct rd spi, const struct ike_sa *s)
{
	uint8_t b[2 * ISAKMP_COOKIE];

	cookies_put(b, s);
	return rd_eq(spi, b, sizeof(b));
}

static uint32_t
msgid_new(struct ike *ike)
{
	uint32_t id = rng_u32(ike->rng);

	return id != 0 ? id : 1;
}

static void
info_send(struct ike *ike, uint32_t h, const struct ike_sa *s,
    const struct ike_way *way, uint32_t msgid, struct isakmp_out *o,
    struct ike_out *out)
{
	struct ike_way to = *way;
	uint8_t iv[CIPHER_BLOCK_MAX];

	(void)ike;
	to.initiator = s->way.initiator;
	if (ike_p2_iv(s, msgid, iv))
		ike_out_send(out, s->attempt, h, &to, ike_p2_end(o, s, msgid,
		    rd_make(NULL, 0), iv));
}

void
ike_info_notify(struct ike *ike, uint32_t h, struct ike_sa *s,
    const struct ike_way *way, const struct isakmp_n *n, struct ike_out *out)
{
	uint32_t msgid = msgid_new(ike);
	uint8_t buf[512];
	struct isakmp_out o;

	ike_p2_begin(&o, buf, sizeof(buf), s, XCHG_INFO, msgid);
	isakmp_n_encode(&o, n);
	info_send(ike, h, s, way, msgid, &o, out);
}

/* RFC 2408 §3.15: all SPIs of one protocol in one Delete. */
void
ike_info_delete(struct ike *ike, uint32_t h, struct ike_sa *s, uint8_t proto,
    struct rd spis, uint16_t n, struct ike_out *out)
{
	uint32_t msgid = msgid_new(ike);
	uint8_t buf[512], cookies[2 * ISAKMP_COOKIE];
	struct isakmp_out o;

	if (proto == PROTO_ISAKMP) {
		cookies_put(cookies, s);
		spis = rd_make(cookies, sizeof(cookies));
	}
	ike_p2_begin(&o, buf, sizeof(buf), s, XCHG_INFO, msgid);
	isakmp_out_begin(&o, PL_D);
	wr_u32(&o.w, ISAKMP_DOI_IPSEC);
	wr_u8(&o.w, proto);
	wr_u8(&o.w, (uint8_t)(n > 0 ? rd_left(&spis) / n : 0));
	wr_u16(&o.w, n);
	wr_rd(&o.w, spis);
	isakmp_out_end(&o);
	info_send(ike, h, s, &s->way, msgid, &o, out);
}

static void
dpd_send(struct ike *ike, uint32_t h, struct ike_sa *s,
    const struct ike_way *way, uint16_t type, uint32_t seq,
    struct ike_out *out)
{
	uint8_t cookies[2 * ISAKMP_COOKIE], data[4];
	struct wr w = wr_make(data, sizeof(data));
	struct isakmp_n n = { .doi = ISAKMP_DOI_IPSEC, .proto = PROTO_ISAKMP,
		.type = type, .spi = rd_make(cookies, sizeof(cookies)),
		.data = rd_make(data, sizeof(data)) };

	cookies_put(cookies, s);
	wr_u32(&w, seq);
	ike_info_notify(ike, h, s, way, &n, out);
}

void
ike_info_probe(struct ike *ike, mono_t now, uint32_t h, struct ike_sa *s,
    struct ike_out *out)
{
	s->dpd_tries++;
	s->dpd_out = (s->dpd_out + 1) & 0x7fffffff;
	s->dpd_next = mono_add_s(now, IKE_DPD_RETRY_S);
	dpd_send(ike, h, s, &s->way, N_R_U_THERE, s->dpd_out, out);
}

/*
 * RFC 3706 §6: every probe is answered with its own number.  Only a number not
 * seen before is news: it may move the endpoint; an older one may be a
 * recording and is answered where the peer is known to be.
 */
static void
dpd_in(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_sa *s,
    const struct isakmp_n *n)
{
	struct rd data = n->data;
	uint32_t seq = rd_u32(&data);
	bool fresh;

	if (!rd_done(&data) || !cookies_same(n->spi, s)) {
		ike_drop(ike, DROP_IKE_NOTIFY);
		return;
	}
	if (n->type == N_R_U_THERE_ACK) {
		/* §6.1: reject an answer with the wrong number */
		if (s->dpd_tries == 0 || seq != s->dpd_out) {
			ike_drop(ike, DROP_IKE_DPD_SEQ);
			return;
		}
		ike_sa_fresh(ike, in->now, h, s, &in->way, in->out);
		return;
	}
	fresh = seq > s->dpd_in;
	if (!ike_bucket_take(&s->dpd_bucket, in->now, DPD_RATE, DPD_BURST)) {
		ike_drop(ike, DROP_IKE_LIMIT);
		return;
	}
	if (fresh) {
		s->dpd_in = seq;
		ike_sa_fresh(ike, in->now, h, s, &in->way, in->out);
	}
	dpd_send(ike, h, s, &s->way, N_R_U_THERE_ACK, seq, in->out);
}

static void
notify_in(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_sa *s,
    struct rd body)
{
	struct isakmp_n n;
	struct ike_act *a;
	enum drop d = isakmp_n_decode(body, &n);

	if (d != DROP_NONE || n.doi != ISAKMP_DOI_IPSEC) {
		ike_drop(ike, d != DROP_NONE ? d : DROP_IKE_DOI);
		return;
	}
	if (n.type == N_R_U_THERE || n.type == N_R_U_THERE_ACK) {
		dpd_in(ike, in, h, s, &n);
	} else if (n.type == N_INITIAL_CONTACT && !s->contact) {
		s->contact = true;	/* once: a recording does nothing */
		a = ike_out_act(in->out, IKE_CONTACT, s->attempt, h);
		if (a != NULL) {
			a->local = s->way.local;
			a->remote = s->way.remote;
		}
	} else if (n.type != 0 && n.type < N_STATUS) {
		ike_quick_refused(ike, h, n.type, in->out);
	}
}

static enum drop
delete_read(struct rd body, const struct ike_sa *s, struct spi_set *set)
{
	struct isakmp_d d;
	enum drop why = isakmp_d_decode(body, &d);

	if (why != DROP_NONE)
		return why;
	if (d.doi != ISAKMP_DOI_IPSEC)
		return DROP_IKE_DOI;
	if (d.proto == PROTO_ISAKMP) {
		if (d.n != 1 || !cookies_same(d.spis, s))
			return DROP_IKE_DELETE;
		set->isakmp = true;
		return DROP_NONE;
	}
	if (d.proto != PROTO_ESP || d.spi_size != 4)
		return DROP_IKE_DELETE;
	while (rd_left(&d.spis) > 0 && set->n < SPIS_MAX)
		set->spi[set->n++] = rd_u32(&d.spis);
	return DROP_NONE;
}

/*
 * N-14: collected first, applied when the message is done.  Nothing is deleted
 * that could not be told: a deletion adds two actions at most, and the end of
 * the SA one.  No SA has so many children of its own.
 */
static void
deletes_apply(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_sa *s,
    const struct spi_set *set)
{
	for (unsigned i = 0; i < set->n; i++) {
		if (IKE_OUT_ACTS - in->out->n < 3) {
			ike_drop(ike, DROP_IKE_LIMIT);
			break;
		}
		ike_pair_deleted(ike, s, set->spi[i], in->out);
	}
	if (set->isakmp)
		ike_sa_gone(ike, h, IKE_WHY_DELETED, in->out);
}

void
ike_info_input(struct ike *ike, struct ike_in *in, uint32_t h,
    struct ike_sa *s)
{
	struct ike_p2_in p;
	struct spi_set set = { .n = 0 };
	uint8_t iv[CIPHER_BLOCK_MAX], want[HASH_MAX];
	enum drop d = DROP_NONE;

	/* N-12: without protection nothing changes. */
	if ((in->head.flags & ISAKMP_FLAG_E) == 0)
		d = DROP_IKE_PLAIN;
	else if (in->head.msgid == 0)
		d = DROP_IKE_MSGID;
	else if (ike_ring_has(s->info_ring, IKE_INFO_RING, in->head.msgid))
		d = DROP_IKE_REPEAT;
	else if (!ike_p2_iv(s, in->head.msgid, iv))
		d = DROP_IKE_DECRYPT;
	if (d == DROP_NONE)
		d = ike_p2_open(s, in, iv, &p);
	if (d == DROP_NONE && (!ike_keys_hash(s->p1.hash, s->a, false,
	    in->head.msgid, rd_make(NULL, 0), p.rest, want) ||
	    !ike_keys_prove(p.hash, want, hash_size(s->p1.hash)).ok))
		d = DROP_IKE_HASH;
	if (d == DROP_NONE)
		d = isakmp_chain_check(&p.c, MSG_INFO);
	for (unsigned i = 0; d == DROP_NONE && i < p.c.n; i++)
		if (p.c.pl[i].type == PL_D)
			d = delete_read(p.c.pl[i].body, s, &set);
	if (d == DROP_NONE && !ike_bucket_take(&s->info_bucket, in->now,
	    INFO_RATE, INFO_BURST))
		d = DROP_IKE_LIMIT;
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	ike_ring_put(s->info_ring, IKE_INFO_RING, &s->info_at, in->head.msgid);
	/* One notify of each message is enough for any client we know. */
	for (unsigned i = 0, n = 0; i < p.c.n && n < 2; i++)
		if (p.c.pl[i].type == PL_N) {
			notify_in(ike, in, h, s, p.c.pl[i].body);
			n++;
		}
	deletes_apply(ike, in, h, s, &set);
}
