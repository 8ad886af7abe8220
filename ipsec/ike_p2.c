/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages under an ISAKMP SA: RFC 2409 §5.5, §5.7, Appendix B. */

#include <string.h>

#include "ipsec/ike_int.h"

bool
ike_p2_iv(const struct ike_sa *s, uint32_t msgid, uint8_t *iv)
{
	return ike_keys_p2_iv(s->p1.hash, s->p1.cipher, s->iv, msgid, iv);
}

enum drop
ike_p2_open(const struct ike_sa *s, const struct ike_in *in, uint8_t *iv,
    struct ike_p2_in *p)
{
	struct rd plain = ike_keys_open(s->p1.cipher, s->key, iv, in->body,
	    p->plain);
	size_t rest;
	enum drop d;

	if (plain.bad)
		return DROP_IKE_DECRYPT;
	d = isakmp_chain_decode(plain, in->head.next, ike_natt_draft(s->vid),
	    true, &p->c);
	if (d != DROP_NONE)
		return d;
	if (p->c.pl[0].type != PL_HASH)
		return DROP_IKE_PAYLOAD_ORDER;
	p->hash = p->c.pl[0].body;
	rest = rd_left(&plain) - rd_left(&p->c.pl[0].whole) -
	    rd_left(&p->c.pad);
	rd_skip(&plain, rd_left(&p->c.pl[0].whole));
	p->rest = rd_sub(&plain, rest);
	return DROP_NONE;
}

void
ike_p2_begin(struct isakmp_out *o, void *buf, size_t n, const struct ike_sa *s,
    uint8_t xchg, uint32_t msgid)
{
	struct isakmp_head h = { .xchg = xchg, .flags = ISAKMP_FLAG_E,
		.msgid = msgid };

	memcpy(h.cky_i, s->cky_i, sizeof(h.cky_i));
	memcpy(h.cky_r, s->cky_r, sizeof(h.cky_r));
	isakmp_out_init(o, buf, n, &h);
	isakmp_out_begin(o, PL_HASH);
	wr_zero(&o->w, hash_size(s->p1.hash));
	isakmp_out_end(o);
}

struct rd
ike_p2_end_hash(struct isakmp_out *o, const struct ike_sa *s,
    const uint8_t *hash, uint8_t *iv)
{
	struct wr at = wr_make(o->w.base, o->w.bad ? 0 : wr_used(&o->w));

	(void)wr_room(&at, ISAKMP_HEAD + ISAKMP_GENERIC);
	wr_bytes(&at, hash, hash_size(s->p1.hash));
	if (at.bad)
		o->w.bad = true;
	return ike_keys_seal(s->p1.cipher, s->key, iv, o);
}

struct rd
ike_p2_end(struct isakmp_out *o, const struct ike_sa *s, uint32_t msgid,
    struct rd x, uint8_t *iv)
{
	struct rd rest = wr_out(&o->w);
	uint8_t hash[HASH_MAX];

	rd_skip(&rest, ISAKMP_HEAD + ISAKMP_GENERIC + hash_size(s->p1.hash));
	if (rest.bad || !ike_keys_hash(s->p1.hash, s->a, false, msgid, x, rest,
	    hash))
		o->w.bad = true;
	return ike_p2_end_hash(o, s, hash, iv);
}
