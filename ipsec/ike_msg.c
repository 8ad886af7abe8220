/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages of main mode, RFC 2409 §5.4, each built from a record alone: a
 * repeat is the same bytes and needs no copy.
 */

#include <string.h>

#include "ipsec/ike_int.h"

static struct isakmp_head
main_head(const uint8_t *cky_i, const uint8_t *cky_r, uint8_t flags)
{
	struct isakmp_head h = { .xchg = XCHG_MAIN, .flags = flags };

	memcpy(h.cky_i, cky_i, sizeof(h.cky_i));
	memcpy(h.cky_r, cky_r, sizeof(h.cky_r));
	return h;
}

struct rd
ike_msg_gx(const struct ike_neg *g, const uint8_t *b)
{
	return rd_make(b, dh_public_size((enum dh_group)g->p1.group));
}

/* RFC 2407 §4.6.2: port and protocol 0. */
void
ike_msg_id(struct wr *w, const struct ike_id *id, const struct ipaddr *own)
{
	if (id->type != IKE_ID_NONE) {
		wr_u8(w, id->type);
		wr_zero(w, 3);
		wr_bytes(w, id->b, id->len);
		return;
	}
	wr_u8(w, own->family == IP_V6 ? IKE_ID_IPV6 : IKE_ID_IPV4);
	wr_zero(w, 3);
	ipaddr_encode(w, own);
}

/* ---- building; each from state alone, so a repeat is the same bytes ---- */

struct rd
ike_msg_mm1(const struct ike_neg *g, uint8_t *buf)
{
	struct isakmp_head h = main_head(g->cky_i, g->cky_r, 0);
	struct isakmp_out o;

	memset(h.cky_r, 0, sizeof(h.cky_r));
	isakmp_out_init(&o, buf, IKE_MSG_MAX, &h);
	isakmp_out_add(&o, PL_SA, rd_make(g->sai, g->sai_len));
	for (uint8_t v = NATT_RFC3947; v <= NATT_D02; v++)
		ike_natt_vid_add(&o, v);
	ike_natt_vid_dpd(&o);
	return isakmp_out_done(&o);
}

struct rd
ike_msg_mm2(const struct ike_half *x, const struct ike_p1_choice *c, bool dpd,
    uint8_t *buf)
{
	struct isakmp_head h = main_head(x->cky_i, x->cky_r, 0);
	struct isakmp_out o;

	isakmp_out_init(&o, buf, IKE_MM2_MAX, &h);
	ike_prop_p1_encode(&o, c);
	ike_natt_vid_add(&o, x->vid);
	if (dpd)
		ike_natt_vid_dpd(&o);
	return isakmp_out_done(&o);
}

/* MM3 and MM4 differ in whose value and nonce they carry. */
struct rd
ike_msg_mm34(const struct ike_neg *g, bool first, bool forced, uint8_t *buf)
{
	struct isakmp_head h = main_head(g->cky_i, g->cky_r, 0);
	struct isakmp_out o;

	isakmp_out_init(&o, buf, IKE_MSG_MAX, &h);
	isakmp_out_add(&o, PL_KE, ike_msg_gx(g, first ? g->gxi : g->gxr));
	isakmp_out_add(&o, PL_NONCE, first ? rd_make(g->ni, g->ni_len) :
	    rd_make(g->nr, g->nr_len));
	ike_natt_add(&o, g, forced);
	return isakmp_out_done(&o);
}

/* k->iv moves on to the last block of this message. */
struct rd
ike_msg_mm56(const struct ike_neg *g, struct ike_keys *k, bool first,
    const struct ike_proof_msg *m, uint8_t *buf)
{
	struct isakmp_head h = main_head(g->cky_i, g->cky_r, ISAKMP_FLAG_E);
	struct rd sai = rd_make(g->sai, g->sai_len);
	uint8_t sum[HASH_MAX];
	struct isakmp_out o;
	bool ok;

	if (first)
		ok = ike_keys_auth(k, ike_msg_gx(g, g->gxi), ike_msg_gx(g, g->gxr), g->cky_i,
		    g->cky_r, sai, m->id, sum);
	else
		ok = ike_keys_auth(k, ike_msg_gx(g, g->gxr), ike_msg_gx(g, g->gxi), g->cky_r,
		    g->cky_i, sai, m->id, sum);
	isakmp_out_init(&o, buf, IKE_MM6_MAX, &h);
	isakmp_out_add(&o, PL_ID, m->id);
	isakmp_out_add(&o, PL_HASH, rd_make(sum, hash_size(k->hash)));
	if (m->contact) {
		struct isakmp_n n = { .doi = ISAKMP_DOI_IPSEC,
			.proto = PROTO_ISAKMP, .type = N_INITIAL_CONTACT };
		uint8_t spi[2 * ISAKMP_COOKIE];
		struct wr w = wr_make(spi, sizeof(spi));

		wr_bytes(&w, g->cky_i, ISAKMP_COOKIE);
		wr_bytes(&w, g->cky_r, ISAKMP_COOKIE);
		n.spi = wr_out(&w);
		n.data = rd_make(NULL, 0);
		isakmp_n_encode(&o, &n);
	}
	if (!ok)
		o.w.bad = true;
	return ike_keys_seal(k->cipher, k->key, k->iv, &o);
}

/* Everything from a key candidate: SKEYID to the first IV. */
bool
ike_msg_keys(const struct ike_neg *g, const struct secret *psk, struct ike_keys *k)
{
	*k = (struct ike_keys){ .hash = g->p1.hash, .cipher = g->p1.cipher };
	return ike_keys_psk(k, rd_make(psk->b, psk->len),
	    rd_make(g->ni, g->ni_len), rd_make(g->nr, g->nr_len)) &&
	    ike_keys_derive(k, rd_make(g->shared,
	    dh_shared_size((enum dh_group)g->p1.group)), g->cky_i, g->cky_r) &&
	    ike_keys_iv(k, ike_msg_gx(g, g->gxi), ike_msg_gx(g, g->gxr));
}
