/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MM1, the responder's first sight of a peer: RFC 2409 §5.4, threats.md 3.2.
 * Cheap, bounded, answered once.
 */

#include <string.h>

#include "ipsec/ike_int.h"

static bool
first_known(struct ike *ike, const struct ike_in *in)
{
	uint64_t sum = ike_sum_first(ike, in->head.cky_i, &in->way.remote.addr);
	uint32_t i;

	for (i = htab_find(&ike->neg_first, sum); i != HTAB_NONE;
	    i = htab_next(&ike->neg_first, i)) {
		struct ike_neg *g = pool_at(&ike->neg, i, NULL);

		if (memcmp(g->cky_i, in->head.cky_i, ISAKMP_COOKIE) == 0 &&
		    ipaddr_eq(&g->first, &in->way.remote.addr))
			return true;
	}
	for (i = htab_find(&ike->sa_first, sum); i != HTAB_NONE;
	    i = htab_next(&ike->sa_first, i)) {
		struct ike_sa *s = pool_at(&ike->sa, i, NULL);

		if (memcmp(s->cky_i, in->head.cky_i, ISAKMP_COOKIE) == 0 &&
		    ipaddr_eq(&s->first, &in->way.remote.addr))
			return true;
	}
	return false;
}

/* N-28: a duplicate is answered with the same bytes, three times at most. */
static bool
first_repeat(struct ike *ike, struct ike_in *in)
{
	uint32_t i = htab_find(&ike->half_by,
	    ike_sum_half(ike, in->head.cky_i, &in->way.remote));

	for (; i != HTAB_NONE; i = htab_next(&ike->half_by, i)) {
		struct ike_half *x = pool_at(&ike->half, i, NULL);

		if (memcmp(x->cky_i, in->head.cky_i, ISAKMP_COOKIE) != 0 ||
		    !endpoint_eq(&x->way.remote, &in->way.remote))
			continue;
		ike_drop(ike, DROP_IKE_REPEAT);
		if (x->req == in->sum && x->repeats < IKE_MM2_REPEATS) {
			x->repeats++;
			ike_out_send(in->out, x->attempt, 0, &x->way,
			    rd_make(x->reply, x->reply_len));
		}
		return true;
	}
	return false;
}

/* One notify without protection, never more than 10 a second in all. */
static void
notify_plain(struct ike *ike, struct ike_in *in, uint64_t attempt,
    uint16_t type)
{
	struct isakmp_head h = { .xchg = XCHG_INFO };
	struct isakmp_n n = { .doi = ISAKMP_DOI_IPSEC, .proto = PROTO_ISAKMP,
		.type = type, .spi = rd_make(NULL, 0),
		.data = rd_make(NULL, 0) };
	uint8_t buf[ISAKMP_HEAD + 16];
	struct isakmp_out o;

	if (!ike_limit_notify(ike, in->now))
		return;
	/* N-16: no responder cookie exists, so none is shown. */
	memcpy(h.cky_i, in->head.cky_i, sizeof(h.cky_i));
	isakmp_out_init(&o, buf, sizeof(buf), &h);
	isakmp_n_encode(&o, &n);
	ike_out_send(in->out, attempt, 0, &in->way, isakmp_out_done(&o));
}

static void
attempt_begin(struct ike *ike, struct ike_in *in, uint64_t *attempt)
{
	struct ike_act *a;

	*attempt = ++ike->attempts;
	a = ike_out_act(in->out, IKE_ATTEMPT, *attempt, 0);
	if (a != NULL) {
		a->local = in->way.local;
		a->remote = in->way.remote;
	}
	ike_out_stage(in->out, *attempt, 0, &in->way, IKE_STAGE_MM1);
}

/* An attempt that ends where it began: no record, one line, told once. */
static void
first_refuse(struct ike *ike, struct ike_in *in, enum ike_why why,
    const char *text)
{
	uint64_t attempt = 0;
	uint64_t sum = ike_sum_first(ike, in->head.cky_i, &in->way.remote.addr);

	if (!ike_limit_recent(ike, in->now, sum)) {
		attempt_begin(ike, in, &attempt);
		ike->refused++;
		ike_out_fail(in->out, attempt, 0, &in->way, why, text);
	}
	if (why == IKE_WHY_NO_PROPOSAL || why == IKE_WHY_LEGACY_DH)
		notify_plain(ike, in, attempt, N_NO_PROPOSAL_CHOSEN);
}

static void
first_explain(struct ike *ike, struct ike_in *in, struct rd sa)
{
	char text[IKE_TEXT_MAX];
	enum ike_why why = ike_prop_p1_explain(ike->p, sa, text);

	ike_drop(ike, DROP_IKE_NO_PROPOSAL);
	first_refuse(ike, in, why, text);
}

/* A record for the accepted offer; MM2 goes out. */
static void
first_accept(struct ike *ike, struct ike_in *in, struct rd sa,
    const struct ike_p1_choice *c, const struct ike_vids *v, bool trusted)
{
	struct ike_half x = { .way = in->way, .req = in->sum, .p1 = c->p1,
		.hints = v->hints, .vid = v->natt, .trusted = trusted,
		.epoch = ike->epoch, .sai_len = (uint16_t)rd_left(&sa) };
	struct ike_half *slot;
	struct rd reply;
	uint32_t h;

	if (c->group2_only)
		x.hints |= IKE_HINT_GROUP2_ONLY;
	memcpy(x.cky_i, in->head.cky_i, sizeof(x.cky_i));
	rd_copy(&sa, x.sai, x.sai_len);
	x.until = mono_add_ms(in->now, ike->p->limits.half_open_ms);
	if (!ike_fill(ike, x.cky_r, sizeof(x.cky_r)))
		return;
	x.cky_r[0] |= 1;	/* never zero */
	reply = ike_msg_mm2(&x, c, (v->hints & IKE_HINT_DPD) != 0, x.reply);
	if (reply.bad || rd_left(&reply) > rd_left(&in->whole)) {
		reply = ike_msg_mm2(&x, c, false, x.reply);
		x.hints &= ~(uint32_t)IKE_HINT_DPD;
	}
	if (reply.bad || rd_left(&reply) > rd_left(&in->whole)) {
		ike_drop(ike, DROP_IKE_PROPOSAL);
		return;
	}
	x.reply_len = (uint16_t)rd_left(&reply);
	slot = ike_limit_half(ike, trusted, &h);
	if (slot == NULL) {
		ike_drop(ike, DROP_IKE_LIMIT);
		return;
	}
	attempt_begin(ike, in, &x.attempt);
	*slot = x;
	htab_add(&ike->half_by, pool_slot(h),
	    ike_sum_half(ike, x.cky_i, &x.way.remote));
	due_set(&ike->half_due, pool_slot(h), x.until);
	ike_out_send(in->out, x.attempt, 0, &x.way,
	    rd_make(slot->reply, x.reply_len));
}

static void
aggressive_in(struct ike *ike, struct ike_in *in)
{
	bool trusted;

	ike_drop(ike, DROP_IKE_AGGRESSIVE);
	if (!ike_limit_first(ike, in->now, &in->way.remote.addr, &trusted))
		return;
	first_refuse(ike, in, IKE_WHY_AGGRESSIVE,
	    "client sent an IPsec identifier / group name: clear that field");
}

void
ike_first_input(struct ike *ike, struct ike_in *in)
{
	struct isakmp_chain c;
	struct ike_p1_choice choice;
	struct ike_vids v;
	struct rd sa;
	enum drop d;
	bool trusted;

	if (in->head.flags != 0 || in->head.msgid != 0) {
		ike_drop(ike, in->head.flags != 0 ? DROP_IKE_FLAGS :
		    DROP_IKE_MSGID);
		return;
	}
	if (in->head.xchg == XCHG_AGGRESSIVE) {
		aggressive_in(ike, in);
		return;
	}
	if (first_repeat(ike, in))
		return;
	if (first_known(ike, in)) {
		ike_drop(ike, DROP_IKE_REPEAT);
		return;
	}
	d = isakmp_chain_decode(in->body, in->head.next, false, false, &c);
	if (d == DROP_NONE)
		d = isakmp_chain_check(&c, MSG_MM1);
	if (d == DROP_NONE &&
	    !ike_limit_first(ike, in->now, &in->way.remote.addr, &trusted))
		d = DROP_IKE_LIMIT;
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	sa = c.pl[0].body;
	if (rd_left(&sa) > IKE_SAI_MAX) {	/* threats 3.2.2 */
		ike_drop(ike, DROP_IKE_PROPOSAL);
		first_refuse(ike, in, IKE_WHY_NO_PROPOSAL,
		    "the client's offer is longer than 640 bytes");
		return;
	}
	d = ike_prop_p1(ike->p->p1, ike->p->p1_n, sa,
	    ike_limit_costly(ike, in->now, false), &choice);
	if (d == DROP_IKE_NO_PROPOSAL) {
		first_explain(ike, in, sa);
		return;
	}
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	ike_natt_vids(&c, &v);
	first_accept(ike, in, sa, &choice, &v, trusted);
}
