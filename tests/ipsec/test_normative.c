/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Normative lines of threats.md 4.1 by number that no other test proves: see
 * tests/normative.txt.
 */

#include "tests/ipsec/ike_read.h"

/* ---- offers made by hand ---- */

struct offer {
	uint8_t b[512];
	struct wr w;
	struct wr_len prop, trans;
};

static void
offer_begin(struct offer *o)
{
	o->w = wr_make(o->b, sizeof(o->b));
	wr_u32(&o->w, ISAKMP_DOI_IPSEC);
	wr_u32(&o->w, ISAKMP_SIT_IDENTITY);
}

/* The SPI of ESP is 4 bytes of value `spi`, that of others so many zeroes. */
static void
offer_prop(struct offer *o, bool last, uint8_t number, uint8_t proto,
    uint32_t spi, uint8_t count)
{
	wr_u8(&o->w, last ? PL_NONE : PL_PROPOSAL);
	wr_u8(&o->w, 0);
	o->prop = wr_len16(&o->w);
	wr_u8(&o->w, number);
	wr_u8(&o->w, proto);
	wr_u8(&o->w, proto == PROTO_ISAKMP ? (uint8_t)spi : 4);
	wr_u8(&o->w, count);
	if (proto == PROTO_ISAKMP)
		wr_zero(&o->w, spi);
	else
		wr_u32(&o->w, spi);
}

static void
offer_prop_end(struct offer *o)
{
	wr_len_end(&o->w, o->prop, ISAKMP_GENERIC);
}

static void
offer_trans(struct offer *o, bool last, uint8_t number, uint8_t id,
    const void *attrs, size_t n)
{
	wr_u8(&o->w, last ? PL_NONE : PL_TRANSFORM);
	wr_u8(&o->w, 0);
	o->trans = wr_len16(&o->w);
	wr_u8(&o->w, number);
	wr_u8(&o->w, id);
	wr_u16(&o->w, 0);
	wr_bytes(&o->w, attrs, n);
	wr_len_end(&o->w, o->trans, ISAKMP_GENERIC);
}

#define BYTES(...)	(const uint8_t[]){ __VA_ARGS__ }, \
			sizeof((const uint8_t[]){ __VA_ARGS__ })

/* Encryption, hash, method, group, as numbers of RFC 2409 Appendix A. */
#define P1_ATTRS(e, h, a, g)	0x80, 1, 0, e, 0x80, 2, 0, h, \
				0x80, 3, 0, a, 0x80, 4, 0, g
#define P1_GOOD			P1_ATTRS(7, 4, 1, 14), 0x80, 14, 0, 128
/* AES-256 with SHA1 in transport mode. */
#define P2_ATTRS		0x80, 4, 0, 2, 0x80, 6, 1, 0, 0x80, 5, 0, 2
#define P2_UDP			0x80, 4, 0, 4, 0x80, 6, 1, 0, 0x80, 5, 0, 2

static enum drop
judge_p1(const uint8_t *attrs, size_t n)
{
	struct ike_params p;
	struct ike_p1_choice c;
	struct offer o;

	world_params(&p, true);
	offer_begin(&o);
	offer_prop(&o, true, 1, PROTO_ISAKMP, 0, 1);
	offer_trans(&o, true, 1, 1, attrs, n);
	offer_prop_end(&o);
	return ike_prop_p1(p.p1, p.p1_n, wr_out(&o.w), true, &c);
}

static enum drop
judge_p2(const struct offer *o, struct ike_p2_choice *c)
{
	struct ike_params p;
	struct ike_p2_want want = { 0 };

	world_params(&p, true);
	want.allowed = p.p2;
	want.n = p.p2_n;
	return ike_prop_p2(&want, wr_out(&o->w), c);
}

/* ---- 4.1: ISAKMP, DOI, IKE ---- */

/* 2: RESERVED in proposals and transforms. */
static void
r2_reserved_inside_the_sa(void **state)
{
	static const uint8_t at[] = { 9, 17, 22, 23 };
	struct ike_params p;
	struct ike_p1_choice c;
	struct offer o;

	(void)state;
	world_params(&p, false);
	offer_begin(&o);
	offer_prop(&o, true, 1, PROTO_ISAKMP, 0, 1);
	offer_trans(&o, true, 1, 1, BYTES(P1_GOOD));
	offer_prop_end(&o);
	assert_int_equal(ike_prop_p1(p.p1, p.p1_n, wr_out(&o.w), true, &c),
	    DROP_NONE);
	for (size_t i = 0; i < sizeof(at); i++) {
		o.b[at[i]] = 1;
		assert_int_equal(ike_prop_p1(p.p1, p.p1_n, wr_out(&o.w), true,
		    &c), DROP_IKE_RESERVED);
		o.b[at[i]] = 0;
	}
}

/* 11: what nobody knows is passed over, the good one beside it is taken. */
static void
r11_unknown_transform_ids(void **state)
{
	struct ike_params p;
	struct ike_p1_choice c1;
	struct ike_p2_choice c2;
	struct offer o;
	struct rd trans;

	(void)state;
	world_params(&p, false);
	offer_begin(&o);
	offer_prop(&o, true, 1, PROTO_ISAKMP, 0, 2);
	offer_trans(&o, false, 1, 77, BYTES(P1_GOOD));
	offer_trans(&o, true, 2, 1, BYTES(P1_GOOD));
	offer_prop_end(&o);
	assert_int_equal(ike_prop_p1(p.p1, p.p1_n, wr_out(&o.w), true, &c1),
	    DROP_NONE);
	trans = c1.trans;
	rd_skip(&trans, 4);
	assert_int_equal(rd_u8(&trans), 2);
	offer_begin(&o);
	offer_prop(&o, true, 1, PROTO_ESP, 1000, 2);
	offer_trans(&o, false, 1, 253, BYTES(P2_ATTRS));
	offer_trans(&o, true, 2, 12, BYTES(P2_ATTRS));
	offer_prop_end(&o);
	assert_int_equal(judge_p2(&o, &c2), DROP_NONE);
	trans = c2.trans;
	rd_skip(&trans, 4);
	assert_int_equal(rd_u8(&trans), 2);
}

/*
 * 12, 13, 14, 15: one proposal and one transform come back, their numbers and
 * attributes as they were, whatever SPI stood in the offer.
 */
static void
r13_offer_comes_back_as_it_was(void **state)
{
	static const uint8_t odd[] = { 0x80, 11, 0, 1, 0, 12, 0, 4, 0, 1, 0x51,
		0x80, 0x80, 4, 0, 14, 0x80, 3, 0, 1, 0x80, 14, 1, 0, 0x80, 2,
		0, 4, 0x80, 1, 0, 7 };
	struct world *w = before(1, 0);
	static struct forge f;
	struct offer o, want;
	struct rd r;

	(void)state;
	offer_begin(&o);
	offer_prop(&o, true, 7, PROTO_ISAKMP, 8, 2);
	offer_trans(&o, false, 9, 1, BYTES(P1_ATTRS(1, 1, 1, 1)));
	offer_trans(&o, true, 33, 1, odd, sizeof(odd));
	offer_prop_end(&o);
	forge_open(&f, &w->q[0]);
	f.part[0].n = wr_used(&o.w);
	memcpy(f.part[0].b, o.b, f.part[0].n);
	forge_plain(&f, &w->q[0]);
	assert_true(world_step(w));
	assert_int_equal(w->n, 1);
	forge_open(&f, &w->q[0]);
	offer_begin(&want);
	offer_prop(&want, true, 7, PROTO_ISAKMP, 0, 1);
	offer_trans(&want, true, 33, 1, odd, sizeof(odd));
	offer_prop_end(&want);
	r = wr_out(&want.w);
	assert_int_equal(f.part[0].type, PL_SA);
	assert_int_equal(f.part[0].n, rd_left(&r));
	assert_memory_equal(f.part[0].b, r.p, f.part[0].n);
	world_free(w);
}

/* The same in quick mode; and 34, clients.md 18: the identities as they were. */
static void
r13_quick_mode_too(void **state)
{
	static struct forge whole, f;
	struct world *w = before_qm1(2, &whole);
	struct world_packet qm1, qm2;
	struct offer o;
	uint8_t number = 5;
	unsigned ids = 0;

	(void)state;
	offer_begin(&o);
	offer_prop(&o, false, 4, PROTO_ESP, 0x1234, 1);
	offer_trans(&o, true, 1, 11, BYTES(P2_UDP));
	offer_prop_end(&o);
	offer_prop(&o, true, number, PROTO_ESP, 0x5678, 1);
	offer_trans(&o, true, 44, 12, BYTES(0x80, 1, 0, 1, 0, 2, 0, 4, 0, 0,
	    0x70, 0x80, P2_UDP));
	offer_prop_end(&o);
	whole.part[0].n = wr_used(&o.w);
	memcpy(whole.part[0].b, o.b, whole.part[0].n);
	ask(w, &whole, 77, &qm1, &qm2);
	open_qm2(w, &qm1, &qm2, &f);
	/* HASH, SA, NONCE, ID, ID, NAT-OA, NAT-OA: no RESPONDER-LIFETIME. */
	assert_int_equal(f.n, 7);
	assert_int_equal(f.part[1].type, PL_SA);
	offer_begin(&o);
	offer_prop(&o, true, number, PROTO_ESP, 0, 1);
	offer_trans(&o, true, 44, 12, BYTES(0x80, 1, 0, 1, 0, 2, 0, 4, 0, 0,
	    0x70, 0x80, P2_UDP));
	offer_prop_end(&o);
	assert_int_equal(f.part[1].n, wr_used(&o.w));
	memset(f.part[1].b + 16, 0, 4);	/* the SPI is the server's */
	assert_memory_equal(f.part[1].b, o.b, f.part[1].n);
	for (unsigned i = 0; i < f.n; i++) {
		if (f.part[i].type != PL_ID)
			continue;
		assert_int_equal(f.part[i].n, whole.part[2 + ids].n);
		assert_memory_equal(f.part[i].b, whole.part[2 + ids].b,
		    f.part[i].n);
		ids++;
	}
	assert_int_equal(ids, 2);
	assert_int_equal(w->s[SERVER].kid[1].spi_out, 0x5678);
	world_free(w);
}

/* 16: proposals of one number are wanted together, and that is not done. */
static void
r16_and_units_are_not_split(void **state)
{
	struct ike_p2_choice c;
	struct offer o;

	(void)state;
	for (unsigned apart = 0; apart < 2; apart++) {
		offer_begin(&o);
		offer_prop(&o, false, 1, PROTO_ESP, 1000, 1);
		offer_trans(&o, true, 1, 12, BYTES(P2_ATTRS));
		offer_prop_end(&o);
		if (apart != 0) {
			offer_prop(&o, false, 2, 4, 1001, 1);
			offer_trans(&o, true, 1, 3, BYTES(0x80, 4, 0, 2));
			offer_prop_end(&o);
		}
		offer_prop(&o, true, 1, 4, 1002, 1);	/* IPCOMP */
		offer_trans(&o, true, 1, 3, BYTES(0x80, 4, 0, 2));
		offer_prop_end(&o);
		assert_int_equal(judge_p2(&o, &c), DROP_IKE_NO_PROPOSAL);
	}
	/* AH and ESP, or else ESP alone: that. */
	offer_begin(&o);
	offer_prop(&o, false, 1, 2, 1000, 1);
	offer_trans(&o, true, 1, 3, BYTES(0x80, 4, 0, 2));
	offer_prop_end(&o);
	offer_prop(&o, false, 1, PROTO_ESP, 1001, 1);
	offer_trans(&o, true, 1, 12, BYTES(P2_ATTRS));
	offer_prop_end(&o);
	offer_prop(&o, true, 2, PROTO_ESP, 1002, 1);
	offer_trans(&o, true, 1, 12, BYTES(P2_ATTRS));
	offer_prop_end(&o);
	assert_int_equal(judge_p2(&o, &c), DROP_NONE);
	assert_int_equal(c.prop, 2);
	assert_int_equal(c.spi, 1002);
}

static void
add_certificates(struct forge *f)
{
	forge_add(f, PL_CR, "\x04", 1);
	forge_add(f, PL_CERT, "\x04 not a certificate", 19);
}

static bool
hook_certificates(struct world *w, struct world_packet *p)
{
	static struct forge f;

	if (w->seen == 1 || w->seen == 3) {	/* MM1, MM3 */
		forge_open(&f, p);
		add_certificates(&f);
		forge_plain(&f, p);
	}
	return true;
}

/* 20: certificates and requests for them, at any point, change nothing. */
static void
r20_certificates_anywhere(void **state)
{
	struct world *w = before(3, 4);
	static struct forge f;
	struct world_packet p = w->q[0];

	(void)state;
	forge_mm5_open(w, &p, &f);
	add_certificates(&f);
	forge_mm5(w, &f, true, &p);
	world_give(w, &p);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 1);
	world_free(w);
	w = before(3, 0);
	w->hook = hook_certificates;
	world_run(w);
	world_assert_up(w);
	w->hook = NULL;
	world_wait(w, 10000);
	forge_qm1(w, &f);
	add_certificates(&f);
	forge_p2(w, &f, XCHG_QUICK, 50, &p);
	world_give(w, &p);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], 2);
	/* An Informational is read to its end: the probe is answered. */
	w->n = 0;
	forge_dpd(w, N_R_U_THERE, 5, 51, &p);
	open_info(w, &p, &f);
	forge_del(&f, 0);		/* HASH is made anew */
	add_certificates(&f);
	forge_p2(w, &f, XCHG_INFO, 51, &p);
	world_give(w, &p);
	assert_int_equal(w->n, 1);
	assert_int_equal(read_dpd(w, &w->q[0], N_R_U_THERE_ACK), 5);
	world_free(w);
}

/* 26: exactly one proposal in phase 1. */
static void
r26_one_proposal(void **state)
{
	struct ike_params p;
	struct ike_p1_choice c;
	struct offer o;

	(void)state;
	world_params(&p, false);
	offer_begin(&o);
	for (uint8_t i = 1; i <= 2; i++) {
		offer_prop(&o, i == 2, i, PROTO_ISAKMP, 0, 1);
		offer_trans(&o, true, 1, 1, BYTES(P1_GOOD));
		offer_prop_end(&o);
	}
	assert_int_equal(ike_prop_p1(p.p1, p.p1_n, wr_out(&o.w), true, &c),
	    DROP_IKE_PROPOSAL);
	/* 10: and that of a protocol that has business there. */
	for (unsigned proto = 0; proto < 256; proto++) {
		offer_begin(&o);
		offer_prop(&o, true, 1, (uint8_t)proto, 0, 1);
		offer_trans(&o, true, 1, 1, BYTES(P1_GOOD));
		offer_prop_end(&o);
		assert_int_equal(ike_prop_p1(p.p1, p.p1_n, wr_out(&o.w), true,
		    &c), proto == PROTO_ISAKMP ? DROP_NONE :
		    DROP_IKE_PROPOSAL);
	}
}

/* 29, 31: all four are negotiated; those of 1998 never, not even as legacy. */
static void
r31_nothing_of_1998(void **state)
{
	(void)state;
	assert_int_equal(judge_p1(BYTES(P1_GOOD)), DROP_NONE);
	assert_int_equal(judge_p1(BYTES(P1_ATTRS(5, 2, 1, 14))), DROP_NONE);
	assert_int_equal(judge_p1(BYTES(P1_ATTRS(1, 2, 1, 14))),
	    DROP_IKE_NO_PROPOSAL);	/* DES */
	assert_int_equal(judge_p1(BYTES(P1_ATTRS(5, 1, 1, 14))),
	    DROP_IKE_NO_PROPOSAL);	/* MD5 */
	assert_int_equal(judge_p1(BYTES(P1_ATTRS(5, 2, 1, 1))),
	    DROP_IKE_NO_PROPOSAL);	/* group 1 */
	/* One of the four left out. */
	assert_int_equal(judge_p1(BYTES(0x80, 2, 0, 2, 0x80, 3, 0, 1, 0x80, 4,
	    0, 14)), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(judge_p1(BYTES(0x80, 1, 0, 5, 0x80, 3, 0, 1, 0x80, 4,
	    0, 14)), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(judge_p1(BYTES(0x80, 1, 0, 5, 0x80, 2, 0, 2, 0x80, 4,
	    0, 14)), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(judge_p1(BYTES(0x80, 1, 0, 5, 0x80, 2, 0, 2, 0x80, 3,
	    0, 1)), DROP_IKE_NO_PROPOSAL);
}

/*
 * 19, 32, clients.md 30: the server ends it.  ESP first, then ISAKMP, each in
 * an Informational of its own; the initiator's cookie stays the first.
 */
static void
r32_deletes_of_the_server(void **state)
{
	struct world *w = up(4);
	static struct forge f;
	uint8_t cookies[16], want[24];
	struct wr wr;

	(void)state;
	put_cookies(w, cookies);
	ike_close(w->s[SERVER].ike, w->now, w->s[SERVER].sa, &w->out);
	world_take(w, SERVER);
	assert_int_equal(w->n, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_memory_equal(w->q[i].b, cookies, 16);
		open_info(w, &w->q[i], &f);
		assert_int_equal(f.part[1].type, PL_D);
		wr = wr_make(want, sizeof(want));
		wr_u32(&wr, ISAKMP_DOI_IPSEC);
		wr_u8(&wr, i == 0 ? PROTO_ESP : PROTO_ISAKMP);
		wr_u8(&wr, i == 0 ? 4 : 16);
		wr_u16(&wr, 1);
		if (i == 0)
			wr_u32(&wr, w->s[SERVER].kid[0].spi_in);
		else
			wr_bytes(&wr, cookies, 16);
		assert_int_equal(f.part[1].n, wr_used(&wr));
		assert_memory_equal(f.part[1].b, want, wr_used(&wr));
	}
	world_free(w);
}

/* 35: identities that are not acceptable are told as such. */
static void
r35_invalid_id_information(void **state)
{
	static struct forge whole, f;
	struct world *w = before_qm1(5, &whole);
	struct world_packet qm1, reply;

	(void)state;
	whole.part[3].b[2] = 500 >> 8;
	whole.part[3].b[3] = 500 & 0xff;
	ask(w, &whole, 60, &qm1, &reply);
	open_info(w, &reply, &f);
	assert_int_equal(f.part[1].type, PL_N);
	assert_memory_equal(f.part[1].b + 4, "\3\0\0\x12", 4);	/* ESP, 18 */
	assert_int_equal(w->s[SERVER].why, IKE_WHY_P2_ID);
	world_free(w);
}

/* 36: KE and the group attribute come together, in each transform. */
static void
r36_group_of_pfs(void **state)
{
	static const struct { bool ke, group; size_t len; enum drop why; } t[] = {
		{ false, false, 0, DROP_NONE },
		{ false, true, 0, DROP_IKE_NO_PROPOSAL },
		{ true, false, 64, DROP_IKE_NO_PROPOSAL },
		{ true, true, 64, DROP_NONE },
		{ true, true, 256, DROP_IKE_NO_PROPOSAL },
	};
	struct ike_params p;

	(void)state;
	world_params(&p, false);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct ike_p2_want want = { .allowed = p.p2, .n = p.p2_n,
			.ke = t[i].ke, .ke_len = t[i].len };
		struct ike_p2_choice c;
		struct offer o;

		offer_begin(&o);
		offer_prop(&o, true, 1, PROTO_ESP, 1000, 1);
		if (t[i].group)
			offer_trans(&o, true, 1, 12, BYTES(P2_ATTRS, 0x80, 3,
			    0, DH_ECP256));
		else
			offer_trans(&o, true, 1, 12, BYTES(P2_ATTRS));
		offer_prop_end(&o);
		assert_int_equal(ike_prop_p2(&want, wr_out(&o.w), &c),
		    t[i].why);
	}
}

/* 40: New Group Mode under an SA that lives. */
static void
r40_no_new_group_mode(void **state)
{
	static struct forge f;
	struct world *w = before_qm1(6, &f);
	struct world_packet p;

	(void)state;
	forge_p2(w, &f, 33, 70, &p);
	assert_true(refused(w, &p));
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_EXCHANGE), 1);
	world_free(w);
}

static bool
hook_lengths(struct world *w, struct world_packet *p)
{
	struct rd r = rd_make(p->b, p->n);

	rd_skip(&r, 24);
	assert_int_equal(rd_u32(&r), p->n);
	if (p->b[19] == ISAKMP_FLAG_E) {
		assert_int_equal((p->n - ISAKMP_HEAD) % 16, 0);
		w->arg++;
	}
	return true;
}

/* 42: Length counts the padding. */
static void
r42_length_counts_the_padding(void **state)
{
	struct world *w = before(7, 0);

	(void)state;
	w->hook = hook_lengths;
	world_run(w);
	world_assert_up(w);
	assert_int_equal(w->arg, 5);	/* MM5, MM6, QM1 to QM3 */
	world_free(w);
}

/* 46: the same attribute twice is parsed; two values conflict. */
static void
r46_conflicting_lives(void **state)
{
	(void)state;
	assert_int_equal(judge_p1(BYTES(P1_GOOD, 0x80, 11, 0, 1, 0x80, 12, 9, 9,
	    0x80, 11, 0, 1, 0x80, 12, 9, 9)), DROP_NONE);
	assert_int_equal(judge_p1(BYTES(P1_GOOD, 0x80, 11, 0, 1, 0x80, 12, 9, 9,
	    0x80, 11, 0, 1, 0, 12, 0, 4, 0, 0, 9, 9)), DROP_NONE);
	assert_int_equal(judge_p1(BYTES(P1_GOOD, 0x80, 11, 0, 1, 0x80, 12, 9, 9,
	    0x80, 11, 0, 2, 0x80, 12, 7, 7)), DROP_NONE);
	assert_int_equal(judge_p1(BYTES(P1_GOOD, 0x80, 11, 0, 1, 0x80, 12, 9, 9,
	    0x80, 11, 0, 1, 0x80, 12, 7, 7)), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(judge_p1(BYTES(P1_GOOD, 0x80, 11, 0, 2, 0x80, 12, 9, 9,
	    0x80, 11, 0, 2, 0x80, 12, 7, 7)), DROP_IKE_NO_PROPOSAL);
}

/* 48: the offer's life is longer, ours holds, and nobody is told. */
static void
r48_our_lives_hold(void **state)
{
	struct world *w = world_new(8, true, false);
	struct ike_dial d;

	(void)state;
	w->s[SERVER].p.p1_life_s = 600;
	w->s[SERVER].p.p2_life_s = 500;
	w->s[CLIENT].p.p1_life_s = w->s[CLIENT].p.p2_life_s = 86400;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	world_wait(w, 499 * 1000);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	world_wait(w, 2 * 1000);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 0);
	world_wait(w, 100 * 1000);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 1);
	assert_int_equal(w->s[SERVER].gone_why, IKE_WHY_EXPIRED);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r2_reserved_inside_the_sa),
		cmocka_unit_test(r11_unknown_transform_ids),
		cmocka_unit_test(r13_offer_comes_back_as_it_was),
		cmocka_unit_test(r13_quick_mode_too),
		cmocka_unit_test(r16_and_units_are_not_split),
		cmocka_unit_test(r20_certificates_anywhere),
		cmocka_unit_test(r26_one_proposal),
		cmocka_unit_test(r31_nothing_of_1998),
		cmocka_unit_test(r32_deletes_of_the_server),
		cmocka_unit_test(r35_invalid_id_information),
		cmocka_unit_test(r36_group_of_pfs),
		cmocka_unit_test(r40_no_new_group_mode),
		cmocka_unit_test(r42_length_counts_the_padding),
		cmocka_unit_test(r46_conflicting_lives),
		cmocka_unit_test(r48_our_lives_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
