/* SPDX-License-Identifier: BSD-2-Clause */
/* NAT traversal (RFC 3947): vendor IDs, NAT-D, NAT-OA. */

#include <string.h>

#include "ipsec/ike_int.h"

struct vid_row {
	uint8_t n;		/* bytes that are compared */
	uint8_t b[16];
	uint8_t natt;		/* enum ike_vid_natt */
	uint32_t hint;		/* enum ike_hint */
};

/* clients.md 0.1.  Drafts 00, 01 and 04 to 08 are not spoken. */
/* clang-format off */
static const struct vid_row vids[] = {
{ 16, { 0x4a,0x13,0x1c,0x81,0x07,0x03,0x58,0x45,0x5c,0x57,0x28,0xf2,0x0e,0x95,0x45,0x2f }, NATT_RFC3947, IKE_HINT_RFC3947 },
{ 16, { 0x7d,0x94,0x19,0xa6,0x53,0x10,0xca,0x6f,0x2c,0x17,0x9d,0x92,0x15,0x52,0x9d,0x56 }, NATT_D03, 0 },
{ 16, { 0x90,0xcb,0x80,0x91,0x3e,0xbb,0x69,0x6e,0x08,0x63,0x81,0xb5,0xec,0x42,0x7b,0x1f }, NATT_D02N, 0 },
{ 16, { 0xcd,0x60,0x46,0x43,0x35,0xdf,0x21,0xf8,0x7c,0xfd,0xb2,0xfc,0x68,0xb6,0xa4,0x48 }, NATT_D02, 0 },
{ 16, { 0xaf,0xca,0xd7,0x13,0x68,0xa1,0xf1,0xc9,0x6b,0x86,0x96,0xfc,0x77,0x57,0x01,0x00 }, NATT_NONE, IKE_HINT_DPD },
{ 16, { 0x40,0x48,0xb7,0xd5,0x6e,0xbc,0xe8,0x85,0x25,0xe7,0xde,0x7f,0x00,0xd6,0xc2,0xd3 }, NATT_NONE, IKE_HINT_FRAG },
{ 16, { 0x1e,0x2b,0x51,0x69,0x05,0x99,0x1c,0x7d,0x7c,0x96,0xfc,0xbf,0xb5,0x87,0xe4,0x61 }, NATT_NONE, IKE_HINT_MS },
{ 16, { 0x4d,0xf3,0x79,0x28,0xe9,0xfc,0x4f,0xd1,0xb3,0x26,0x21,0x70,0xd5,0x15,0xc6,0x62 }, NATT_NONE, IKE_HINT_APPLE },
{  8, { 0x09,0x00,0x26,0x89,0xdf,0xd6,0xb7,0x12 }, NATT_NONE, IKE_HINT_XAUTH },
{ 16, { 0x88,0x2f,0xe5,0x6d,0x6f,0xd2,0x0d,0xbc,0x22,0x51,0x61,0x3b,0x2e,0xbe,0x5b,0xeb }, NATT_NONE, IKE_HINT_STRONGSWAN },
};
/* clang-format on */

#define VIDS	(sizeof(vids) / sizeof(vids[0]))

static const struct vid_row *
vid_find(struct rd body)
{
	for (size_t i = 0; i < VIDS; i++) {
		struct rd r = body;
		struct rd head = rd_sub(&r, vids[i].n);

		if (rd_eq(head, vids[i].b, vids[i].n))
			return &vids[i];
	}
	return NULL;
}

void
ike_natt_vids(const struct isakmp_chain *c, struct ike_vids *v)
{
	*v = (struct ike_vids){ 0 };
	for (unsigned i = 0; i < c->n; i++) {
		const struct vid_row *row = c->pl[i].type != PL_VID ? NULL :
		    vid_find(c->pl[i].body);

		if (row == NULL)
			continue;
		v->hints |= row->hint;
		if (row->natt != NATT_NONE &&
		    (v->natt == NATT_NONE || row->natt < v->natt))
			v->natt = row->natt;
	}
}

static void
vid_add(struct isakmp_out *o, uint8_t natt, uint32_t hint)
{
	for (size_t i = 0; i < VIDS; i++)
		if (vids[i].natt == natt && vids[i].hint == hint)
			isakmp_out_add(o, PL_VID,
			    rd_make(vids[i].b, vids[i].n));
}

void
ike_natt_vid_add(struct isakmp_out *o, uint8_t natt)
{
	if (natt != NATT_NONE)
		vid_add(o, natt, natt == NATT_RFC3947 ? IKE_HINT_RFC3947 : 0);
}

void
ike_natt_vid_dpd(struct isakmp_out *o)
{
	vid_add(o, NATT_NONE, IKE_HINT_DPD);
}

bool
ike_natt_draft(uint8_t natt)
{
	return natt > NATT_RFC3947;
}

/* RFC 3947 §3.2: HASH(CKY-I | CKY-R | IP | port). */
bool
ike_natt_hash(enum hash_alg hash, const uint8_t *cky_i, const uint8_t *cky_r,
    const struct endpoint *e, uint8_t *out)
{
	uint8_t b[18];
	struct wr w = wr_make(b, sizeof(b));
	struct rd part[3] = { rd_make(cky_i, ISAKMP_COOKIE),
		rd_make(cky_r, ISAKMP_COOKIE) };

	ipaddr_encode(&w, &e->addr);
	wr_u16(&w, e->port);
	part[2] = wr_out(&w);
	return hash_sum(hash, part, 3, out);
}

/*
 * The first NAT-D is our end as the peer sees it, the others are the peer's
 * own addresses.  Without NAT-D there is nothing to say.
 */
void
ike_natt_check(const struct ike_neg *g, const struct isakmp_chain *c, bool *here,
    bool *there)
{
	size_t n = hash_size(g->p1.hash);
	const struct isakmp_pl *pl = isakmp_chain_find(c, PL_NATD, NULL);
	uint8_t own[HASH_MAX], peer[HASH_MAX];
	bool seen = false;

	*here = *there = false;
	if (g->vid == NATT_NONE || pl == NULL ||
	    !ike_natt_hash(g->p1.hash, g->cky_i, g->cky_r, &g->way.local, own) ||
	    !ike_natt_hash(g->p1.hash, g->cky_i, g->cky_r, &g->way.remote, peer))
		return;
	*here = !rd_eq(pl->body, own, n);
	while ((pl = isakmp_chain_find(c, PL_NATD, pl)) != NULL) {
		*there = *there || !seen;
		seen = true;
		if (rd_eq(pl->body, peer, n)) {
			*there = false;
			return;
		}
	}
}

void
ike_natt_add(struct isakmp_out *o, const struct ike_neg *g, bool forced)
{
	uint8_t type = ike_natt_draft(g->vid) ? PL_NATD_DRAFT : PL_NATD;
	size_t n = hash_size(g->p1.hash);
	uint8_t sum[HASH_MAX];
	struct endpoint own = g->way.local;

	if (g->vid == NATT_NONE)
		return;
	if (!ike_natt_hash(g->p1.hash, g->cky_i, g->cky_r, &g->way.remote, sum))
		o->w.bad = true;
	isakmp_out_add(o, type, rd_make(sum, n));
	if (forced)	/* RFC 3947 allows no such lie; it asks for UDP */
		own.port = 0;
	if (!ike_natt_hash(g->p1.hash, g->cky_i, g->cky_r, &own, sum))
		o->w.bad = true;
	isakmp_out_add(o, type, rd_make(sum, n));
}

void
ike_natt_oa_add(struct isakmp_out *o, uint8_t natt, const struct ipaddr *a)
{
	isakmp_out_begin(o, ike_natt_draft(natt) ? PL_NATOA_DRAFT : PL_NATOA);
	wr_u8(&o->w, a->family == IP_V6 ? 5 : 1);
	wr_zero(&o->w, 3);
	ipaddr_encode(&o->w, a);
	isakmp_out_end(o);
}
