/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Main mode with a pre-shared key, both roles: RFC 2409 §5.4.  Each message is
 * verified into locals; only then is anything changed (house P8).
 */

#include <string.h>

#include "ipsec/ike_int.h"

#define NONCE_OWN	32	/* bytes, initiator */
#define NONCE_MIN	16	/* bytes of a responder's nonce */

/* ---- records ---- */

static void
half_drop(struct ike *ike, uint32_t h)
{
	htab_del(&ike->half_by, pool_slot(h));
	due_set(&ike->half_due, pool_slot(h), MONO_NEVER);
	pool_give(&ike->half, h);
}

static void
neg_index(struct ike *ike, uint32_t h, const struct ike_neg *g)
{
	htab_add(&ike->neg_by, pool_slot(h),
	    ike_sum_cookies(ike, g->cky_i, g->cky_r));
	htab_add(&ike->neg_first, pool_slot(h),
	    ike_sum_first(ike, g->cky_i, &g->first));
}

static void
neg_due(struct ike *ike, uint32_t h, const struct ike_neg *g)
{
	due_set(&ike->neg_due, pool_slot(h), mono_min(g->until, g->rtx.next));
}

void
ike_main_index(struct ike *ike, uint32_t h)
{
	const struct ike_neg *g = pool_get(&ike->neg, h);

	neg_index(ike, h, g);
	neg_due(ike, h, g);
}

void
ike_main_drop(struct ike *ike, uint32_t h)
{
	if (pool_get(&ike->neg, h) == NULL)
		return;
	htab_del(&ike->neg_by, pool_slot(h));
	htab_del(&ike->neg_first, pool_slot(h));
	due_set(&ike->neg_due, pool_slot(h), MONO_NEVER);
	pool_give(&ike->neg, h);
}

/* ---- MM3 ---- */

/* Value and nonce of MM3 or MM4, checked before anything is computed. */
static enum drop
ke_read(enum dh_group group, const struct isakmp_chain *c, struct rd *ke,
    struct rd *nonce)
{
	size_t n;

	*ke = isakmp_chain_find(c, PL_KE, NULL)->body;
	*nonce = isakmp_chain_find(c, PL_NONCE, NULL)->body;
	n = rd_left(nonce);
	if (n < ISAKMP_NONCE_MIN || n > ISAKMP_NONCE_MAX)
		return DROP_IKE_NONCE;
	if (rd_left(ke) != dh_public_size(group) || !dh_public_ok(group, *ke))
		return DROP_IKE_KE;
	return DROP_NONE;
}

static void
share_ask(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_neg *g)
{
	struct ike_dh *job = ike_ask_dh(ike, in->out, g->attempt, h,
	    DH_TAG_MAIN, g->p1.group);

	g->asked = in->now;
	if (job == NULL)
		return;
	if (!g->way.initiator)
		ike_limit_share(ike, in->now, &g->way.remote.addr, job);
	job->have_peer = true;
	job->peer_len = (uint16_t)dh_public_size((enum dh_group)g->p1.group);
	memcpy(job->peer, g->way.initiator ? g->gxr : g->gxi, job->peer_len);
	if (g->way.initiator) {
		job->have_priv = true;
		memcpy(job->priv, g->priv, sizeof(job->priv));
		memcpy(job->pub, g->gxi, job->peer_len);
	}
}

/* The record grows: what MM1 left, and what MM3 brings. */
static struct ike_neg *
neg_from_half(struct ike *ike, const struct ike_half *x, uint32_t *h)
{
	uint32_t room = x->trusted ? ike->neg.cap :
	    ike->neg.cap - ike->neg.cap / 4;
	struct ike_neg *g = ike->neg.used < room ? pool_take(&ike->neg, h) :
	    NULL;

	if (g == NULL)
		return NULL;
	g->way = x->way;
	g->first = x->way.remote.addr;
	memcpy(g->cky_i, x->cky_i, sizeof(g->cky_i));
	memcpy(g->cky_r, x->cky_r, sizeof(g->cky_r));
	g->attempt = x->attempt;
	g->hints = x->hints;
	g->p1 = x->p1;
	g->vid = x->vid;
	g->trusted = x->trusted;
	g->epoch = x->epoch;
	g->sai_len = x->sai_len;
	memcpy(g->sai, x->sai, x->sai_len);
	g->rtx.next = MONO_NEVER;
	return g;
}

/* Threats 3.2.1: only whoever received MM2 at its address comes this far. */
void
ike_main_half(struct ike *ike, struct ike_in *in, uint32_t half_h,
    struct ike_half *x)
{
	enum dh_group group = (enum dh_group)x->p1.group;
	struct isakmp_chain c;
	struct rd ke, nonce;
	struct ike_neg *g;
	uint32_t h;
	enum drop d = DROP_NONE;

	if (in->head.flags != 0 || in->head.msgid != 0)
		d = in->head.msgid != 0 ? DROP_IKE_MSGID : DROP_IKE_FLAGS;
	if (d == DROP_NONE)
		d = isakmp_chain_decode(in->body, in->head.next,
		    ike_natt_draft(x->vid), false, &c);
	if (d == DROP_NONE)
		d = isakmp_chain_check(&c, MSG_MM3);
	if (d == DROP_NONE)
		d = ke_read(group, &c, &ke, &nonce);
	if (d == DROP_NONE && ike_group_costly(x->p1.group) &&
	    !ike_limit_costly(ike, in->now, true))
		d = DROP_IKE_LIMIT;
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	g = neg_from_half(ike, x, &h);
	if (g == NULL) {
		ike_drop(ike, DROP_IKE_DH_QUEUE);
		return;
	}
	half_drop(ike, half_h);
	g->state = MAIN_R_SHARE;
	g->req = in->sum;
	g->until = mono_add_ms(in->now, ike->p->limits.half_open_ms);
	rd_copy(&ke, g->gxi, rd_left(&ke));
	g->ni_len = (uint16_t)rd_left(&nonce);
	rd_copy(&nonce, g->ni, g->ni_len);
	ike_natt_check(g, &c, &g->nat_here, &g->nat_there);
	neg_index(ike, h, g);
	neg_due(ike, h, g);
	ike_out_stage(in->out, g->attempt, 0, &g->way, IKE_STAGE_MM3);
	share_ask(ike, in, h, g);
}

static void
mm4_send(struct ike_neg *g, struct ike_out *out)
{
	uint8_t buf[IKE_MSG_MAX];

	ike_out_send(out, g->attempt, 0, &g->way,
	    ike_msg_mm34(g, false, false, buf));
}

/* ---- MM5, responder ---- */

struct proof_in {		/* a decrypted and proven MM5 or MM6 */
	uint8_t plain[IKE_PLAIN_MAX];
	struct isakmp_id id;
	struct rd id_body;
	bool contact;
	struct ike_proof proof;
};

static bool
contact_in(const struct isakmp_chain *c)
{
	const struct isakmp_pl *pl = NULL;

	while ((pl = isakmp_chain_find(c, PL_N, pl)) != NULL) {
		struct isakmp_n n;

		if (isakmp_n_decode(pl->body, &n) == DROP_NONE &&
		    n.type == N_INITIAL_CONTACT)
			return true;
	}
	return false;
}

/*
 * N-21: wrong key, wrong padding, garbage, wrong length: one answer, false.
 * On success k->iv is the last block of the message.
 */
static bool
proof_read(const struct ike_neg *g, const struct ike_in *in, struct ike_keys *k,
    bool first, struct proof_in *p)
{
	struct rd sai = rd_make(g->sai, g->sai_len);
	uint8_t want[HASH_MAX];
	struct isakmp_chain c;
	struct rd plain = ike_keys_open(k->cipher, k->key, k->iv, in->body,
	    p->plain);
	bool ok;

	if (plain.bad || isakmp_chain_decode(plain, in->head.next,
	    ike_natt_draft(g->vid), true, &c) != DROP_NONE ||
	    isakmp_chain_check(&c, first ? MSG_MM5 : MSG_MM6) != DROP_NONE)
		return false;
	p->id_body = isakmp_chain_find(&c, PL_ID, NULL)->body;
	if (first)
		ok = ike_keys_auth(k, ike_msg_gx(g, g->gxi), ike_msg_gx(g, g->gxr), g->cky_i,
		    g->cky_r, sai, p->id_body, want);
	else
		ok = ike_keys_auth(k, ike_msg_gx(g, g->gxr), ike_msg_gx(g, g->gxi), g->cky_r,
		    g->cky_i, sai, p->id_body, want);
	p->contact = contact_in(&c);
	p->proof = ike_keys_prove(isakmp_chain_find(&c, PL_HASH, NULL)->body,
	    want, hash_size(k->hash));
	return ok && p->proof.ok;
}

/* RFC 2407 §4.6.2: 0/0 or 17/500; behind NAT 17/0 and 17/4500 as well. */
static bool
id_ok(struct proof_in *p)
{
	const struct isakmp_id *id = &p->id;

	return isakmp_id_decode(p->id_body, &p->id) == DROP_NONE &&
	    (id->proto == 17 ? id->port == 0 || id->port == IKE_PORT ||
	    id->port == IKE_NATT_PORT : id->proto == 0 && id->port == 0);
}

static void
id_keep(struct ike *ike, struct ike_sa *s, const struct proof_in *p)
{
	struct rd r = p->id.data;
	size_t n = rd_left(&r);

	s->who = hash_bytes(&ike->key, p->id_body.p, rd_left(&p->id_body));
	s->id.type = p->id.type;
	s->id.len = (uint8_t)(n < IKE_ID_MAX ? n : IKE_ID_MAX);
	rd_copy(&r, s->id.b, s->id.len);
}

static bool
mm5_try(struct ike *ike, const struct ike_neg *g, const struct ike_in *in,
    struct ike_keys *k, struct proof_in *p, uint8_t *which)
{
	unsigned n;
	const struct secret *psk = ike_psks(ike, g->epoch, &n);

	for (unsigned i = 0; i < n; i++) {
		if (ike_msg_keys(g, &psk[i], k) && proof_read(g, in, k, true, p)) {
			*which = (uint8_t)i;
			return true;
		}
	}
	return false;
}

static void
mm5_refuse(struct ike *ike, struct ike_in *in, struct ike_neg *g,
    enum ike_why why, const char *text)
{
	g->bad5 = in->sum;
	ike_drop(ike, DROP_IKE_HASH);
	if (g->told)
		return;
	g->told = true;
	ike->refused++;
	ike_out_fail(in->out, g->attempt, 0, &in->way, why, text);
}

static void
mm5_accept(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_neg *g,
    struct ike_keys *k, const struct proof_in *p, uint8_t which)
{
	uint8_t id[IKE_IDB_MAX], buf[IKE_MM6_MAX];
	struct wr w = wr_make(id, sizeof(id));
	struct ike_proof_msg m = { 0 };
	struct ike_sa *s;
	struct rd reply;
	uint32_t sa_h;

	ike_msg_id(&w, &ike->p->id, &in->way.local.addr);
	m.id = wr_out(&w);
	reply = ike_msg_mm56(g, k, false, &m, buf);
	if (reply.bad)
		return;
	s = pool_take(&ike->sa, &sa_h);
	if (s == NULL) {
		mm5_refuse(ike, in, g, IKE_WHY_LIMIT, "no room for more peers");
		return;
	}
	s->way = in->way;
	s->psk = which;
	s->req = in->sum;
	s->mm_len = (uint16_t)rd_left(&reply);
	s->contact = p->contact;
	id_keep(ike, s, p);
	rd_copy(&reply, s->mm, s->mm_len);
	ike_sa_establish(ike, in->now, sa_h, p->proof, k, g);
	ike_main_drop(ike, h);
	ike_out_send(in->out, s->attempt, sa_h, &s->way,
	    rd_make(s->mm, s->mm_len));
	ike_out_stage(in->out, s->attempt, sa_h, &s->way, IKE_STAGE_PEER);
	ike_sa_up(ike, sa_h, p->contact, in->out);
}

static void
mm5_in(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_neg *g)
{
	struct proof_in p;
	struct ike_keys k;
	uint8_t which = 0;

	if (in->sum == g->bad5 || g->tries >= IKE_MM5_TRIES) {
		ike_drop(ike, DROP_IKE_REPEAT);
		return;
	}
	if (g->tries++ == 0)
		ike_out_stage(in->out, g->attempt, 0, &in->way, IKE_STAGE_MM5);
	if (!mm5_try(ike, g, in, &k, &p, &which))
		mm5_refuse(ike, in, g, IKE_WHY_PSK,
		    "the pre-shared key of the client is a different one");
	else if (!id_ok(&p))
		mm5_refuse(ike, in, g, IKE_WHY_PSK,
		    "the identity of the client has a wrong form");
	else
		mm5_accept(ike, in, h, g, &k, &p, which);
	wipe(&k, sizeof(k));
	wipe(&p, sizeof(p));
}

/* ---- initiator ---- */

static void
neg_send(struct ike *ike, struct ike_neg *g, struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, g->sa);
	struct ike_dial *dial = pool_get(&ike->dial, s->dial);
	uint8_t buf[IKE_MSG_MAX];
	struct rd msg = rd_make(NULL, 0);

	switch ((enum ike_main_state)g->state) {
	case MAIN_I_MM1_SENT:
		msg = ike_msg_mm1(g, buf);
		break;
	case MAIN_I_MM3_SENT:
		msg = ike_msg_mm34(g, true, dial->force_natt, buf);
		break;
	case MAIN_I_MM5_SENT:
		msg = rd_make(s->mm, s->mm_len);
		break;
	case MAIN_I_PAIR:
	case MAIN_I_SHARE:
	case MAIN_R_SHARE:
	case MAIN_R_MM4_SENT:
		return;
	}
	ike_out_send(out, g->attempt, g->sa, &g->way, msg);
}

static void
neg_step(struct ike *ike, mono_t now, uint32_t h, struct ike_neg *g,
    enum ike_main_state state, struct ike_out *out)
{
	g->state = (uint8_t)state;
	ike_rtx_start(&g->rtx, now);
	g->until = mono_add_s(now, 60);
	neg_due(ike, h, g);
	neg_send(ike, g, out);
}

/* Waits for helpers: nothing is sent again meanwhile. */
static void
neg_wait(struct ike *ike, uint32_t h, struct ike_neg *g,
    enum ike_main_state state)
{
	g->state = (uint8_t)state;
	g->rtx.next = MONO_NEVER;
	neg_due(ike, h, g);
}

static bool
offer_make(struct ike_neg *g, const struct ike_dial *d)
{
	struct isakmp_head h = { .xchg = XCHG_MAIN };
	uint8_t buf[IKE_MSG_MAX];
	struct isakmp_out o;
	struct rd all;
	size_t n;

	isakmp_out_init(&o, buf, sizeof(buf), &h);
	if (!ike_prop_p1_offer(&o, d->p1, d->p1_n, d->p1_life_s))
		return false;
	all = isakmp_out_done(&o);
	rd_skip(&all, ISAKMP_HEAD + ISAKMP_GENERIC);
	n = rd_left(&all);
	if (all.bad || n > sizeof(g->sai))
		return false;
	g->sai_len = (uint16_t)n;
	rd_copy(&all, g->sai, n);
	return true;
}

bool
ike_main_dial(struct ike *ike, mono_t now, uint32_t sa_h, struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, sa_h);
	const struct ike_dial *d = pool_get(&ike->dial, s->dial);
	uint32_t h;
	struct ike_neg *g = pool_take(&ike->neg, &h);

	if (g == NULL)
		return false;
	if (d->p1_n == 0 || d->p1_n > IKE_P1_MAX || !offer_make(g, d) ||
	    !ike_fill(ike, g->cky_i, sizeof(g->cky_i))) {
		pool_give(&ike->neg, h);
		return false;
	}
	g->cky_i[0] |= 1;	/* never zero */
	g->way = s->way;
	g->first = s->way.remote.addr;
	g->attempt = s->attempt;
	g->sa = sa_h;
	s->neg = h;
	neg_index(ike, h, g);
	neg_step(ike, now, h, g, MAIN_I_MM1_SENT, out);
	return true;
}

/* RFC 2408 §4.2: the answer is one proposal with one transform. */
static bool
answer_single(struct rd sa)
{
	struct isakmp_prop p;

	return isakmp_sa_decode(&sa) == DROP_NONE &&
	    isakmp_prop_next(&sa, &p) == DROP_NONE && rd_done(&sa) && p.n == 1;
}

static void
mm2_in(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_neg *g)
{
	const struct ike_sa *s = pool_get(&ike->sa, g->sa);
	const struct ike_dial *dial = pool_get(&ike->dial, s->dial);
	struct ike_p1_choice choice;
	struct isakmp_chain c;
	struct ike_vids v;
	enum drop d = isakmp_chain_decode(in->body, in->head.next, false, false,
	    &c);

	if (d == DROP_NONE)
		d = isakmp_chain_check(&c, MSG_MM2);
	if (d == DROP_NONE && !answer_single(c.pl[0].body))
		d = DROP_IKE_PROPOSAL;
	if (d == DROP_NONE)
		d = ike_prop_p1(dial->p1, dial->p1_n, c.pl[0].body, true,
		    &choice);
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	ike_natt_vids(&c, &v);
	htab_del(&ike->neg_by, pool_slot(h));
	htab_del(&ike->neg_first, pool_slot(h));
	memcpy(g->cky_r, in->head.cky_r, sizeof(g->cky_r));
	neg_index(ike, h, g);
	g->req = in->sum;
	g->p1 = choice.p1;
	g->vid = v.natt;
	g->hints = v.hints;
	neg_wait(ike, h, g, MAIN_I_PAIR);
	g->asked = in->now;
	(void)ike_ask_dh(ike, in->out, g->attempt, h, DH_TAG_MAIN, g->p1.group);
}

static void
mm4_in(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_neg *g)
{
	struct isakmp_chain c;
	struct rd ke, nonce;
	enum drop d = isakmp_chain_decode(in->body, in->head.next,
	    ike_natt_draft(g->vid), false, &c);

	if (d == DROP_NONE)
		d = isakmp_chain_check(&c, MSG_MM4);
	if (d == DROP_NONE)
		d = ke_read((enum dh_group)g->p1.group, &c, &ke, &nonce);
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	g->req = in->sum;
	rd_copy(&ke, g->gxr, rd_left(&ke));
	g->nr_len = (uint16_t)rd_left(&nonce);
	rd_copy(&nonce, g->nr, g->nr_len);
	ike_natt_check(g, &c, &g->nat_here, &g->nat_there);
	neg_wait(ike, h, g, MAIN_I_SHARE);
	share_ask(ike, in, h, g);
}

/* RFC 3947 §4: with NAT found the initiator goes on from 4500 to 4500. */
static void
way_float(struct ike_way *w)
{
	if (w->local.port == IKE_PORT)
		w->local.port = IKE_NATT_PORT;
	w->remote.port = IKE_NATT_PORT;
}

static void
mm5_send(struct ike *ike, mono_t now, uint32_t h, struct ike_neg *g,
    struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, g->sa);
	const struct ike_dial *dial = pool_get(&ike->dial, s->dial);
	uint8_t id[IKE_IDB_MAX];
	struct wr w = wr_make(id, sizeof(id));
	struct ike_proof_msg m = { .contact = s->replaces == 0 };
	struct ike_keys k;
	struct rd msg;

	if (dial->force_natt && g->vid != NATT_NONE)
		g->nat_here = true;
	if (g->nat_here || g->nat_there)
		way_float(&g->way);
	ike_msg_id(&w, &dial->id, &g->way.local.addr);
	m.id = wr_out(&w);
	if (ike_msg_keys(g, &dial->psk, &k)) {
		msg = ike_msg_mm56(g, &k, true, &m, s->mm);
		s->mm_len = msg.bad ? 0 : (uint16_t)rd_left(&msg);
		s->way = g->way;
		neg_step(ike, now, h, g, MAIN_I_MM5_SENT, out);
	}
	wipe(&k, sizeof(k));
}

/* The old SA's children go on under the new one; the old one is deleted. */
static void
take_over(struct ike *ike, uint32_t sa_h, struct ike_sa *s, struct ike_out *out)
{
	struct ike_sa *old = pool_get(&ike->sa, s->replaces);

	if (old == NULL)
		return;
	ike_info_delete(ike, s->replaces, old, PROTO_ISAKMP,
	    rd_make(NULL, 0), 1, out);
	ike_sa_adopt(ike, s->replaces, sa_h);
	ike_sa_gone(ike, s->replaces, IKE_WHY_REPLACED, out);
}

static void
mm6_accept(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_neg *g,
    const struct ike_keys *k, const struct proof_in *p)
{
	uint32_t sa_h = g->sa;
	struct ike_sa *s = pool_get(&ike->sa, sa_h);

	id_keep(ike, s, p);
	s->neg = 0;
	s->req = in->sum;
	ike_sa_establish(ike, in->now, sa_h, p->proof, k, g);
	ike_main_drop(ike, h);
	ike_out_stage(in->out, s->attempt, sa_h, &s->way, IKE_STAGE_PEER);
	ike_sa_up(ike, sa_h, p->contact, in->out);
	if (s->replaces != 0)
		take_over(ike, sa_h, s, in->out);
	else
		ike_quick_start(ike, in->now, sa_h, in->out);
}

static void
mm6_in(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_neg *g)
{
	const struct ike_sa *s = pool_get(&ike->sa, g->sa);
	const struct ike_dial *dial = pool_get(&ike->dial, s->dial);
	size_t block = cipher_block_size(g->p1.cipher);
	struct rd mm5 = rd_make(s->mm, s->mm_len);
	struct proof_in p;
	struct ike_keys k;

	if (ike_msg_keys(g, &dial->psk, &k)) {
		rd_skip(&mm5, s->mm_len - block);
		rd_copy(&mm5, k.iv, block);
		if (proof_read(g, in, &k, false, &p) && id_ok(&p))
			mm6_accept(ike, in, h, g, &k, &p);
		else
			ike_drop(ike, DROP_IKE_HASH);
	}
	wipe(&k, sizeof(k));
	wipe(&p, sizeof(p));
}

/* ---- rows: RFC 2409 §5.4, one per message that has a record ---- */

static const struct main_row {
	uint8_t state;		/* enum ike_main_state */
	uint8_t msg;		/* enum isakmp_message */
	bool encrypted;
	void (*step)(struct ike *, struct ike_in *, uint32_t h,
	    struct ike_neg *);
} main_rows[] = {
/*	state			message		encrypted	step */
{	MAIN_I_MM1_SENT,	MSG_MM2,	false,		mm2_in },
{	MAIN_I_MM3_SENT,	MSG_MM4,	false,		mm4_in },
{	MAIN_I_MM5_SENT,	MSG_MM6,	true,		mm6_in },
{	MAIN_R_MM4_SENT,	MSG_MM5,	true,		mm5_in },
};

static const struct main_row *
row_find(uint8_t state)
{
	for (size_t i = 0; i < sizeof(main_rows) / sizeof(main_rows[0]); i++)
		if (main_rows[i].state == state)
			return &main_rows[i];
	return NULL;
}

/* The last request once more: the same answer, ten times at most (N-28). */
static void
neg_repeat(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_neg *g)
{
	ike_drop(ike, DROP_IKE_REPEAT);
	if (g->repeats >= IKE_REPEATS)
		return;
	if (g->state == MAIN_R_MM4_SENT) {
		g->repeats++;
		mm4_send(g, in->out);
	} else if (g->state == MAIN_R_SHARE && mono_due(
	    mono_add_s(g->asked, IKE_DH_PATIENCE_S), in->now)) {
		g->repeats++;
		share_ask(ike, in, h, g);
	}
}

void
ike_main_neg(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_neg *g)
{
	const struct main_row *row = row_find(g->state);
	bool encrypted = (in->head.flags & ISAKMP_FLAG_E) != 0;
	bool here = endpoint_eq(&in->way.remote, &g->way.remote) &&
	    endpoint_eq(&in->way.local, &g->way.local);

	if (in->head.msgid != 0)
		ike_drop(ike, DROP_IKE_MSGID);
	else if (!encrypted && !here)
		ike_drop(ike, DROP_IKE_SOURCE);
	else if (in->sum == g->req)
		neg_repeat(ike, in, h, g);
	else if (row == NULL)
		ike_drop(ike, DROP_IKE_STATE);
	else if (row->encrypted != encrypted)
		ike_drop(ike, encrypted ? DROP_IKE_STATE : DROP_IKE_PLAIN);
	else if ((in->head.flags & ~ISAKMP_FLAG_E) != 0)
		ike_drop(ike, DROP_IKE_FLAGS);
	else if (memcmp(in->head.cky_r, (uint8_t[ISAKMP_COOKIE]){ 0 },
	    ISAKMP_COOKIE) == 0)
		ike_drop(ike, DROP_IKE_COOKIE);
	else
		row->step(ike, in, h, g);
}

/* Main mode for an SA that stands: only the repeat of its MM5 has an answer. */
void
ike_main_sa(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_sa *s)
{
	ike_drop(ike, DROP_IKE_REPEAT);
	if (s->way.initiator || in->sum != s->req || s->mm_len == 0 ||
	    s->repeats >= IKE_REPEATS)
		return;
	s->repeats++;
	ike_out_send(in->out, s->attempt, h, &s->way,
	    rd_make(s->mm, s->mm_len));
}

/* ---- answers of the helpers ---- */

static void
share_done(struct ike *ike, mono_t now, const struct ike_dh *job, uint32_t h,
    struct ike_neg *g, struct ike_out *out)
{
	size_t n = ISAKMP_NONCE_MAX;

	n = g->ni_len < NONCE_MIN ? NONCE_MIN : g->ni_len;
	if (!ike_fill(ike, g->nr, n))
		return;
	g->nr_len = (uint16_t)n;
	memcpy(g->gxr, job->pub, sizeof(g->gxr));
	memcpy(g->shared, job->shared, sizeof(g->shared));
	g->state = MAIN_R_MM4_SENT;
	g->until = mono_add_ms(now, ike->p->limits.half_open_ms);
	neg_due(ike, h, g);
	mm4_send(g, out);
}

void
ike_main_dh(struct ike *ike, mono_t now, const struct ike_dh *job,
    struct ike_out *out)
{
	struct ike_neg *g = pool_get(&ike->neg, job->sa);

	if (g == NULL || job->group != g->p1.group)
		return;
	if (!job->ok) {		/* shed: a repeat of the request asks again */
		ike_drop(ike, DROP_IKE_DH_QUEUE);
		g->asked = mono_us(0);
		return;
	}
	switch ((enum ike_main_state)g->state) {
	case MAIN_R_SHARE:
		share_done(ike, now, job, job->sa, g, out);
		break;
	case MAIN_I_PAIR:
		if (!ike_fill(ike, g->ni, NONCE_OWN))
			break;
		g->ni_len = NONCE_OWN;
		memcpy(g->gxi, job->pub, sizeof(g->gxi));
		memcpy(g->priv, job->priv, sizeof(g->priv));
		neg_step(ike, now, job->sa, g, MAIN_I_MM3_SENT, out);
		break;
	case MAIN_I_SHARE:
		memcpy(g->shared, job->shared, sizeof(g->shared));
		mm5_send(ike, now, job->sa, g, out);
		break;
	case MAIN_I_MM1_SENT:
	case MAIN_I_MM3_SENT:
	case MAIN_I_MM5_SENT:
	case MAIN_R_MM4_SENT:
		break;
	}
}

/* ---- time and refusal ---- */

static void
neg_fail(struct ike *ike, uint32_t h, struct ike_neg *g, struct ike_out *out)
{
	enum ike_why why = IKE_WHY_TIMEOUT;
	const char *text = "the peer went silent during phase 1";
	uint32_t sa_h = g->sa;

	if (g->refused != 0) {
		why = IKE_WHY_REFUSED;
		text = isakmp_notify_str(g->refused);
	}
	if (!g->told) {
		ike->refused++;
		ike_out_fail(out, g->attempt, g->sa, &g->way, why, text);
	}
	ike_main_drop(ike, h);
	if (sa_h != 0) {
		struct ike_sa *s = pool_get(&ike->sa, sa_h);

		s->neg = 0;
		ike_sa_gone(ike, sa_h, why, out);
	}
}

void
ike_main_expire(struct ike *ike, mono_t now, uint32_t h, struct ike_neg *g,
    struct ike_out *out)
{
	if (mono_due(g->until, now) || (mono_due(g->rtx.next, now) &&
	    !ike_rtx_again(&g->rtx, now))) {
		neg_fail(ike, h, g, out);
		return;
	}
	neg_send(ike, g, out);
	neg_due(ike, h, g);
}

/*
 * An unprotected error notify proves nothing and changes nothing; it only
 * serves to explain a silence that lasts until the tries are used up.
 */
void
ike_main_refused(struct ike *ike, struct ike_in *in)
{
	static const uint8_t none[ISAKMP_COOKIE];
	uint32_t i = htab_find(&ike->neg_first,
	    ike_sum_first(ike, in->head.cky_i, &in->way.remote.addr));
	struct isakmp_chain c;
	struct isakmp_n n;
	const struct isakmp_pl *pl;

	if (isakmp_chain_decode(in->body, in->head.next, false, false, &c) !=
	    DROP_NONE || isakmp_chain_check(&c, MSG_INFO_PLAIN) != DROP_NONE)
		return;
	pl = isakmp_chain_find(&c, PL_N, NULL);
	if (pl == NULL || isakmp_n_decode(pl->body, &n) != DROP_NONE ||
	    n.type == 0 || n.type >= N_STATUS)
		return;
	for (; i != HTAB_NONE; i = htab_next(&ike->neg_first, i)) {
		struct ike_neg *g = pool_at(&ike->neg, i, NULL);

		if (g->sa != 0 && memcmp(g->cky_i, in->head.cky_i,
		    ISAKMP_COOKIE) == 0 && (memcmp(in->head.cky_r, none,
		    ISAKMP_COOKIE) == 0 || memcmp(in->head.cky_r, g->cky_r,
		    ISAKMP_COOKIE) == 0))
			g->refused = n.type;
	}
}
