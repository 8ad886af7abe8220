/* SPDX-License-Identifier: BSD-2-Clause */
/* ISAKMP on the wire, both directions: see isakmp.h. */

#include <string.h>

#include "ipsec/isakmp.h"

#define FLAGS_KNOWN	(ISAKMP_FLAG_E | ISAKMP_FLAG_C | ISAKMP_FLAG_A)
#define ATTR_TV		0x8000
#define AT_LENGTH	24	/* of the header's length field */

static bool
xchg_known(uint8_t x)
{
	return x == XCHG_MAIN || x == XCHG_AGGRESSIVE || x == XCHG_INFO ||
	    x == XCHG_QUICK;
}

enum drop
isakmp_head_decode(struct rd r, struct isakmp_head *h, struct rd *body)
{
	static const uint8_t zero[ISAKMP_COOKIE];
	size_t all = rd_left(&r);

	rd_copy(&r, h->cky_i, sizeof(h->cky_i));
	rd_copy(&r, h->cky_r, sizeof(h->cky_r));
	h->next = rd_u8(&r);
	h->version = rd_u8(&r);
	h->xchg = rd_u8(&r);
	h->flags = rd_u8(&r);
	h->msgid = rd_u32(&r);
	h->len = rd_u32(&r);
	*body = rd_rest(&r);
	if (r.bad)
		return DROP_IKE_SHORT;
	if (h->len != all)	/* RFC 2408 §5.1: mismatch is rejected */
		return DROP_IKE_LENGTH;
	if (memcmp(h->cky_i, zero, sizeof(zero)) == 0)
		return DROP_IKE_COOKIE;
	if (h->version != ISAKMP_VERSION)
		return DROP_IKE_VERSION;
	if (!xchg_known(h->xchg))
		return DROP_IKE_EXCHANGE;
	if ((h->flags & ~FLAGS_KNOWN) != 0)
		return DROP_IKE_FLAGS;
	return DROP_NONE;
}

void
isakmp_head_encode(struct wr *w, const struct isakmp_head *h)
{
	wr_bytes(w, h->cky_i, sizeof(h->cky_i));
	wr_bytes(w, h->cky_r, sizeof(h->cky_r));
	wr_u8(w, h->next);
	wr_u8(w, ISAKMP_VERSION);
	wr_u8(w, h->xchg);
	wr_u8(w, h->flags);
	wr_u32(w, h->msgid);
	wr_u32(w, 0);
}

void
isakmp_head_end(struct wr *w, size_t start)
{
	struct wr len;

	if (w->bad)
		return;
	len = wr_make(w->base + start + AT_LENGTH, 4);
	wr_u32(&len, (uint32_t)(wr_used(w) - start));
}

/*
 * Numbers are mapped once, here: what the NAT-T version of this exchange does
 * not define stays a number that no table row has.
 */
static uint8_t
type_map(uint8_t type, bool draft)
{
	switch (type) {
	case PL_NATD:
	case PL_NATOA:
		return draft ? UINT8_MAX : type;
	case PL_NATD_DRAFT:
		return draft ? PL_NATD : UINT8_MAX;
	case PL_NATOA_DRAFT:
		return draft ? PL_NATOA : UINT8_MAX;
	default:
		return type;
	}
}

static enum drop
pl_next(struct rd *r, uint8_t type, uint8_t *next, struct isakmp_pl *pl)
{
	struct rd all = *r;
	uint16_t len;

	*next = rd_u8(r);
	if (rd_u8(r) != 0)	/* RFC 2408 §5.3 */
		return DROP_IKE_RESERVED;
	len = rd_u16(r);
	if (r->bad || len < ISAKMP_GENERIC)
		return DROP_IKE_PAYLOAD_LENGTH;
	pl->type = type;
	pl->body = rd_sub(r, (size_t)len - ISAKMP_GENERIC);
	pl->whole = rd_sub(&all, len);
	return r->bad ? DROP_IKE_PAYLOAD_LENGTH : DROP_NONE;
}

enum drop
isakmp_chain_decode(struct rd r, uint8_t first, bool draft, bool encrypted,
    struct isakmp_chain *c)
{
	uint8_t type = first;

	c->n = 0;
	while (type != PL_NONE) {
		enum drop d;

		if (c->n == ISAKMP_PAYLOADS_MAX)
			return DROP_IKE_PAYLOAD_COUNT;
		d = pl_next(&r, type_map(type, draft), &type, &c->pl[c->n]);
		if (d != DROP_NONE)
			return d;
		if (isakmp_tab_cell(c->pl[c->n].type, MSG_MM1) == 'X' &&
		    isakmp_type_str(c->pl[c->n].type)[0] == '?')
			return DROP_IKE_PAYLOAD_TYPE;
		c->n++;
	}
	c->pad = rd_rest(&r);
	if (c->n == 0)
		return DROP_IKE_PAYLOAD_MISSING;
	if (!encrypted && rd_left(&c->pad) > 0)
		return DROP_IKE_LENGTH;
	return DROP_NONE;
}

const struct isakmp_pl *
isakmp_chain_find(const struct isakmp_chain *c, uint8_t type,
    const struct isakmp_pl *from)
{
	unsigned i = from == NULL ? 0 : (unsigned)(from - c->pl) + 1;

	for (; i < c->n; i++)
		if (c->pl[i].type == type)
			return &c->pl[i];
	return NULL;
}

void
isakmp_out_init(struct isakmp_out *o, void *p, size_t n,
    const struct isakmp_head *h)
{
	o->w = wr_make(p, n);
	o->start = 0;
	o->next = 2 * ISAKMP_COOKIE;
	o->len = (struct wr_len){ 0 };
	isakmp_head_encode(&o->w, h);
}

void
isakmp_out_begin(struct isakmp_out *o, uint8_t type)
{
	if (!o->w.bad)
		o->w.base[o->next] = type;
	o->next = wr_used(&o->w);
	wr_u8(&o->w, PL_NONE);
	wr_u8(&o->w, 0);
	o->len = wr_len16(&o->w);
}

void
isakmp_out_end(struct isakmp_out *o)
{
	wr_len_end(&o->w, o->len, ISAKMP_GENERIC);
}

void
isakmp_out_add(struct isakmp_out *o, uint8_t type, struct rd body)
{
	isakmp_out_begin(o, type);
	wr_rd(&o->w, body);
	isakmp_out_end(o);
}

struct rd
isakmp_out_done(struct isakmp_out *o)
{
	isakmp_head_end(&o->w, o->start);
	return wr_out(&o->w);
}

enum drop
isakmp_sa_decode(struct rd *r)
{
	uint32_t doi = rd_u32(r);
	uint32_t situation = rd_u32(r);

	if (r->bad)
		return DROP_IKE_PAYLOAD_LENGTH;
	/* RFC 2407 §4.2: other situations carry labels we do not know. */
	if (doi != ISAKMP_DOI_IPSEC || situation != ISAKMP_SIT_IDENTITY)
		return DROP_IKE_DOI;
	return DROP_NONE;
}

/* A proposal or transform: next (its own number or 0), reserved, length. */
static enum drop
part_next(struct rd *r, uint8_t own, struct rd *body)
{
	uint8_t next = rd_u8(r);
	uint8_t reserved = rd_u8(r);
	uint16_t len = rd_u16(r);

	if (r->bad || len < ISAKMP_GENERIC)
		return DROP_IKE_PROPOSAL;
	if (reserved != 0)
		return DROP_IKE_RESERVED;
	*body = rd_sub(r, (size_t)len - ISAKMP_GENERIC);
	if (r->bad || next != (rd_left(r) > 0 ? own : PL_NONE))
		return DROP_IKE_PROPOSAL;
	return DROP_NONE;
}

enum drop
isakmp_prop_next(struct rd *r, struct isakmp_prop *p)
{
	struct rd b;
	uint8_t spi_size;
	enum drop d = part_next(r, PL_PROPOSAL, &b);

	if (d != DROP_NONE)
		return d;
	p->number = rd_u8(&b);
	p->proto = rd_u8(&b);
	spi_size = rd_u8(&b);
	p->n = rd_u8(&b);
	p->spi = rd_sub(&b, spi_size);
	p->transforms = rd_rest(&b);
	return b.bad || p->n == 0 ? DROP_IKE_PROPOSAL : DROP_NONE;
}

enum drop
isakmp_trans_next(struct rd *r, struct isakmp_trans *t)
{
	struct rd all = *r;
	struct rd b;
	enum drop d = part_next(r, PL_TRANSFORM, &b);

	if (d != DROP_NONE)
		return d;
	t->whole = rd_sub(&all, rd_left(&b) + ISAKMP_GENERIC);
	t->number = rd_u8(&b);
	t->id = rd_u8(&b);
	if (rd_u16(&b) != 0)
		return DROP_IKE_RESERVED;
	t->attrs = rd_rest(&b);
	return b.bad ? DROP_IKE_PROPOSAL : DROP_NONE;
}

enum drop
isakmp_attr_next(struct rd *r, struct isakmp_attr *a)
{
	uint16_t head = rd_u16(r);
	uint16_t v = rd_u16(r);

	a->tv = (head & ATTR_TV) != 0;
	a->type = head & (ATTR_TV - 1);
	a->value = a->tv ? v : 0;
	a->body = rd_sub(r, a->tv ? 0 : v);
	return r->bad ? DROP_IKE_ATTRIBUTE : DROP_NONE;
}

void
isakmp_attr_tv(struct wr *w, uint16_t type, uint16_t value)
{
	wr_u16(w, type | ATTR_TV);
	wr_u16(w, value);
}

void
isakmp_attr_u32(struct wr *w, uint16_t type, uint32_t value)
{
	wr_u16(w, type);
	wr_u16(w, 4);
	wr_u32(w, value);
}

static enum drop
trans_check(struct rd r, unsigned count)
{
	unsigned n = 0;

	while (rd_left(&r) > 0) {
		struct isakmp_trans t;
		struct isakmp_attr a;
		enum drop d = isakmp_trans_next(&r, &t);

		while (d == DROP_NONE && rd_left(&t.attrs) > 0)
			d = isakmp_attr_next(&t.attrs, &a);
		if (d != DROP_NONE)
			return d;
		n++;
	}
	return n == count ? DROP_NONE : DROP_IKE_PROPOSAL;
}

enum drop
isakmp_sa_check(struct rd r)
{
	enum drop d = isakmp_sa_decode(&r);

	if (d == DROP_NONE && rd_left(&r) == 0)
		d = DROP_IKE_PROPOSAL;
	while (d == DROP_NONE && rd_left(&r) > 0) {
		struct isakmp_prop p;

		d = isakmp_prop_next(&r, &p);
		if (d == DROP_NONE)
			d = trans_check(p.transforms, p.n);
	}
	return d;
}

enum drop
isakmp_n_decode(struct rd r, struct isakmp_n *n)
{
	uint8_t spi_size;

	n->doi = rd_u32(&r);
	n->proto = rd_u8(&r);
	spi_size = rd_u8(&r);
	n->type = rd_u16(&r);
	n->spi = rd_sub(&r, spi_size);
	n->data = rd_rest(&r);
	return r.bad ? DROP_IKE_NOTIFY : DROP_NONE;
}

void
isakmp_n_encode(struct isakmp_out *o, const struct isakmp_n *n)
{
	isakmp_out_begin(o, PL_N);
	wr_u32(&o->w, n->doi);
	wr_u8(&o->w, n->proto);
	wr_u8(&o->w, (uint8_t)rd_left(&n->spi));
	wr_u16(&o->w, n->type);
	wr_rd(&o->w, n->spi);
	wr_rd(&o->w, n->data);
	isakmp_out_end(o);
}

enum drop
isakmp_d_decode(struct rd r, struct isakmp_d *d)
{
	d->doi = rd_u32(&r);
	d->proto = rd_u8(&r);
	d->spi_size = rd_u8(&r);
	d->n = rd_u16(&r);
	d->spis = rd_sub(&r, (size_t)d->n * d->spi_size);
	return rd_done(&r) && d->n > 0 && d->spi_size > 0 ? DROP_NONE :
	    DROP_IKE_DELETE;
}

enum drop
isakmp_id_decode(struct rd r, struct isakmp_id *id)
{
	/* Bytes by type; 0: any number. */
	static const uint8_t exact[12] = { [1] = 4, [4] = 8, [5] = 16,
		[6] = 32, [7] = 8, [8] = 32 };
	size_t n;

	id->type = rd_u8(&r);
	id->proto = rd_u8(&r);
	id->port = rd_u16(&r);
	id->data = rd_rest(&r);
	n = rd_left(&id->data);
	if (r.bad || n == 0)
		return DROP_IKE_ID;
	/* RFC 2407 §4.6.2.1: eleven types; addresses have exact sizes. */
	if (id->type == 0 || id->type >= sizeof(exact) ||
	    (exact[id->type] != 0 && n != exact[id->type]))
		return DROP_IKE_ID;
	return DROP_NONE;
}

enum drop
isakmp_natoa_decode(struct rd r, struct ipaddr *a)
{
	uint8_t type = rd_u8(&r);

	rd_skip(&r, 3);		/* reserved: older clients put a protocol here */
	if (type != 1 && type != 5)
		return DROP_IKE_ID;
	*a = ipaddr_decode(&r, type == 1 ? IP_V4 : IP_V6);
	return rd_done(&r) ? DROP_NONE : DROP_IKE_ID;
}
