/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Negative tests of threats.md 2.2 that test_ike_bad.c and test_ike_bad_sa.c
 * leave open: the same abuse in the protected messages, in bulk, and counted
 * as threats.md 2.1 counts it.
 */

#include "tests/base/modp.h"
#include "tests/ipsec/ike_forge.h"
#include "tests/std.h"

/* Gives a datagram and keeps the account of it. */
static void
std_give(struct world *w, struct std *s, const struct world_packet *p)
{
	struct world_side *e = &w->s[SERVER];
	unsigned sent = e->sent, bytes = e->bytes_out;

	std_in(s, p->n);
	world_give(w, p);
	w->n = 0;
	if (e->sent == sent)
		return;
	assert_int_equal(e->sent, sent + 1);
	std_out(s, e->bytes_out - bytes);
}

static void
std_wait(struct world *w, struct std *s, uint64_t ms)
{
	struct world_side *e = &w->s[SERVER];
	unsigned sent = e->sent;

	std_time(s);
	w->now = mono_add_ms(w->now, ms);
	while (mono_due(ike_deadline(e->ike), w->now)) {
		ike_expire(e->ike, w->now, &w->out);
		world_take(w, SERVER);
	}
	assert_int_equal(e->sent, sent);
}

/* A protected message of exactly these parts, no HASH added. */
static void
bare_p2(const struct world *w, const struct forge *f, uint8_t xchg,
    uint32_t msgid, const uint8_t *iv, struct world_packet *p)
{
	static uint8_t buf[4096];
	const struct ike_sa *s = forge_sa(w);
	struct isakmp_head h = { .xchg = xchg, .flags = ISAKMP_FLAG_E,
		.msgid = msgid };
	uint8_t own[CIPHER_BLOCK_MAX];
	struct isakmp_out o;

	memset(p, 0, sizeof(*p));
	p->to = SERVER;
	p->src = w->s[SERVER].peer.remote;
	p->dst = w->s[SERVER].peer.local;
	memcpy(h.cky_i, s->cky_i, 8);
	memcpy(h.cky_r, s->cky_r, 8);
	if (iv != NULL)
		memcpy(own, iv, sizeof(own));
	else
		assert_true(ike_p2_iv(s, msgid, own));
	isakmp_out_init(&o, buf, sizeof(buf), &h);
	forge_body(f, &o);
	forge_put(p, ike_keys_seal(s->p1.cipher, s->key, own, &o));
}

#define NOTIFY	"\0\0\0\1\1\0\x60\2"	/* INITIAL-CONTACT */

/* N-05: INF without HASH, with HASH last, with nothing but HASH. */
static void
n05_missing_info(void **state)
{
	static const uint8_t junk[32] = { 7 };
	struct world *w = up(70);
	static struct forge f;
	struct world_packet p;
	uint32_t msgid = 1;
	unsigned sent;

	(void)state;
	for (unsigned keep = 0; keep < 8; keep++) {
		f.n = 0;
		if ((keep & 1) != 0)
			forge_add(&f, PL_N, NOTIFY, 8);
		if ((keep & 2) != 0)
			forge_add(&f, PL_D, "\0\0\0\1\3\4\0\1abcd", 12);
		if ((keep & 4) != 0)
			forge_add(&f, PL_HASH, junk, 32);
		bare_p2(w, &f, XCHG_INFO, msgid++, NULL, &p);
		assert_true(refused(w, &p));
	}
	f.n = 0;		/* HASH alone, and right: says nothing */
	forge_p2(w, &f, XCHG_INFO, msgid, &p);
	sent = w->s[SERVER].sent;
	world_give(w, &p);
	assert_int_equal(w->s[SERVER].sent, sent);
	assert_int_equal(w->s[SERVER].acts[IKE_CONTACT], 0);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	world_free(w);
}

/* The server's exchange that waits for QM3. */
static const struct ike_qm *
waiting(const struct world *w)
{
	const struct ike *ike = w->s[SERVER].ike;

	for (uint32_t i = 0; i < ike->qm.high; i++) {
		const struct ike_qm *q = pool_at(&ike->qm, i, NULL);

		if (q != NULL)
			return q;
	}
	return NULL;
}

/* N-05: QM3 without its HASH, with others in its place; then the right one. */
static void
n05_missing_qm3(void **state)
{
	static const uint8_t types[] = { PL_NONE, PL_N, PL_NONCE, PL_ID, PL_SA,
		PL_HASH };
	static const uint8_t junk[32] = { 7 };
	struct world *w = before(71, 8);
	const struct ike_qm *q = waiting(w);
	static struct forge f;
	struct world_packet p;

	(void)state;
	assert_non_null(q);
	for (size_t i = 0; i < sizeof(types); i++) {
		f.n = 0;
		if (types[i] != PL_NONE)
			forge_add(&f, types[i], junk, sizeof(junk));
		bare_p2(w, &f, XCHG_QUICK, q->msgid, q->iv, &p);
		assert_true(refused(w, &p));
	}
	assert_int_equal(w->s[SERVER].acts[IKE_SA_OUT], 0);
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

/* N-06: in MM5 and INF, and the HASH of QM1, twice.  All hashes are right. */
static void
n06_twice_everywhere(void **state)
{
	struct world *w = before(72, 4);
	static struct forge f;
	struct world_packet p;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {	/* ID, HASH */
		p = w->q[0];
		forge_mm5_open(w, &p, &f);
		forge_add(&f, f.part[i].type, f.part[i].b, f.part[i].n);
		forge_mm5(w, &f, true, &p);
		assert_true(refused(w, &p));
	}
	world_run(w);
	world_assert_up(w);
	world_wait(w, 10000);
	forge_qm1(w, &f);
	forge_add(&f, PL_HASH, "0123456789abcdef0123456789abcdef", 32);
	forge_p2(w, &f, XCHG_QUICK, 3000, &p);
	assert_true(refused(w, &p));
	f.n = 0;
	forge_add(&f, PL_HASH, "0123456789abcdef0123456789abcdef", 32);
	forge_add(&f, PL_D, "\0\0\0\1\3\4\0\1abcd", 12);
	forge_p2(w, &f, XCHG_INFO, 3001, &p);
	assert_true(refused(w, &p));
	world_free(w);
}

/* N-06: KE twice in a quick mode with PFS. */
static void
n06_twice_pfs(void **state)
{
	struct world *w = world_new(73, true, false);
	struct ike_dial d;
	static struct forge f;
	struct world_packet p;
	struct forge_part *ke;

	(void)state;
	world_dial_init(w, &d);
	d.pfs_group = DH_ECP256;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	world_wait(w, 10000);
	forge_qm1(w, &f);
	ke = forge_find(&f, PL_KE);
	assert_non_null(ke);
	forge_add(&f, PL_KE, ke->b, ke->n);
	forge_p2(w, &f, XCHG_QUICK, 3100, &p);
	assert_true(refused(w, &p));
	world_free(w);
}

/* N-07: every payload type that has no business in MM5, QM1 and INF. */
static void
n07_foreign_types_protected(void **state)
{
	struct world *w = before(74, 4);
	static struct forge whole, f;
	struct world_packet p;
	uint32_t msgid = 4000;

	(void)state;
	forge_mm5_open(w, &w->q[0], &whole);
	for (unsigned type = 1; type < 256; type++) {
		if (isakmp_tab_cell((uint8_t)type, MSG_MM5) != 'X')
			continue;
		p = w->q[0];
		f = whole;
		forge_add(&f, (uint8_t)type, "12345678", 8);
		forge_mm5(w, &f, true, &p);
		assert_true(refused(w, &p));
	}
	world_run(w);
	world_assert_up(w);
	world_wait(w, 10000);
	forge_qm1(w, &whole);
	for (unsigned type = 1; type < 256; type++) {
		if (isakmp_tab_cell((uint8_t)type, MSG_QM1) == 'X') {
			f = whole;
			forge_add(&f, (uint8_t)type, "12345678", 8);
			forge_p2(w, &f, XCHG_QUICK, msgid++, &p);
			world_give(w, &p);
		}
		if (isakmp_tab_cell((uint8_t)type, MSG_INFO) == 'X') {
			f.n = 0;
			forge_add(&f, (uint8_t)type, "12345678", 8);
			forge_add(&f, PL_N, NOTIFY, 8);
			forge_p2(w, &f, XCHG_INFO, msgid++, &p);
			world_give(w, &p);
		}
		w->now = mono_add_s(w->now, 2);
	}
	assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_CONTACT], 0);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 0);
	assert_true(world_drops(w, SERVER, DROP_IKE_PAYLOAD_TYPE) > 400);
	world_free(w);
}

/*
 * N-09: ten thousand spoilt offers from everywhere.  Notifies are few and no
 * larger than their cause; a minute later nothing is held.
 */
static void
n09_ten_thousand(void **state)
{
	struct world *w = before(75, 0);
	struct world_packet mm1 = w->q[0];
	struct std std = { 0 };
	struct ike_stats st;
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 75);
	w->n = 0;
	for (unsigned i = 0; i < 10000; i++) {
		struct world_packet p = mm1;
		uint32_t at = 28 + 4 + rng_below(&rng, 60);

		(void)rng_fill(&rng, p.b, 8);
		p.b[at] = (uint8_t)rng_u32(&rng);
		p.b[at + rng_below(&rng, 4)] ^= (uint8_t)rng_u32(&rng);
		p.src.addr = ipaddr_v4(rng_u32(&rng));
		std_give(w, &std, &p);
		if (i % 2 == 1)
			std_wait(w, &std, 1);
		ike_stats(w->s[SERVER].ike, &st);
		assert_true(st.half_open <= 48);
	}
	assert_int_equal(w->s[SERVER].jobs, 0);
	std_wait(w, &std, 60000);
	ike_stats(w->s[SERVER].ike, &st);
	assert_int_equal(st.half_open + st.dh_pending + st.peers, 0);
	assert_true(std.out > 0);
	world_free(w);
}

/* N-10: values at the edges of each group, before any exponentiation. */
static void
edges(const struct modp_prime *m, uint64_t seed)
{
	struct world *w = world_new(seed, true, true);
	struct ike_dial d;
	static struct forge f;
	struct world_packet p;
	struct forge_part *ke;
	uint8_t prime[DH_PUBLIC_MAX];
	size_t n = strlen(m->p) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned v;

		assert_int_equal(sscanf(m->p + 2 * i, "%2x", &v), 1);
		prime[i] = (uint8_t)v;
	}
	world_dial_init(w, &d);
	d.p1[0].group = (uint8_t)m->group;
	assert_int_not_equal(world_dial(w, &d), 0);
	assert_true(world_step(w));
	assert_true(world_step(w));
	for (int add = -1; add <= 1; add++) {	/* p - 1, p, p + 1 */
		forge_open(&f, &w->q[0]);
		ke = forge_find(&f, PL_KE);
		assert_int_equal(ke->n, n);
		memcpy(ke->b, prime, n);
		if (add <= 0) {
			ke->b[n - 1] = (uint8_t)(ke->b[n - 1] + add);
		} else {	/* 8 bytes of FF end every prime */
			memset(ke->b + n - 8, 0, 8);
			for (size_t i = n - 8; ++ke->b[--i] == 0;)
				continue;
		}
		p = w->q[0];
		forge_plain(&f, &p);
		assert_true(refused(w, &p));
	}
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_KE), 3);
	assert_int_equal(w->s[SERVER].jobs, 0);
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

static void
n10_edges_of_groups(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(modp_primes) / sizeof(modp_primes[0]);
	    i++)
		edges(&modp_primes[i], 76 + i);
}

/* N-10: ECP: the zero point, off the curve, x not below p, other sizes. */
static void
n10_edges_of_curves(void **state)
{
	static const enum dh_group group[] = { DH_ECP256, DH_ECP384,
		DH_ECP521 };
	static struct forge f;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct world *w = world_new(80 + i, true, false);
		struct ike_dial d;

		world_dial_init(w, &d);
		d.p1[0].group = (uint8_t)group[i];
		assert_int_not_equal(world_dial(w, &d), 0);
		assert_true(world_step(w));
		assert_true(world_step(w));
		for (unsigned k = 0; k < 5; k++) {
			struct world_packet p = w->q[0];
			struct forge_part *ke;

			forge_open(&f, &p);
			ke = forge_find(&f, PL_KE);
			if (k < 2)
				memset(ke->b, k == 0 ? 0 : 0xff, ke->n);
			if (k == 2)
				ke->b[ke->n - 1] ^= 1;
			if (k == 3)	/* compressed, as OpenSSL writes it */
				ke->n = ke->n / 2 + 1;
			if (k == 4)	/* one with the leading 04 */
				ke->n++;
			forge_plain(&f, &p);
			assert_true(refused(w, &p));
		}
		assert_int_equal(w->s[SERVER].jobs, 0);
		world_run(w);
		world_assert_up(w);
		world_free(w);
	}
}

/* N-11 in quick mode. */
static void
n11_nonce_of_quick_mode(void **state)
{
	static const size_t size[] = { 0, 7, 257, 1000, 8, 256 };
	struct world *w = up(84);
	static struct forge whole, f;
	unsigned in = 1;

	(void)state;
	world_wait(w, 10000);
	forge_qm1(w, &whole);
	for (unsigned i = 0; i < 6; i++) {
		struct world_packet p;

		f = whole;
		forge_find(&f, PL_NONCE)->n = size[i];
		forge_p2(w, &f, XCHG_QUICK, 5000 + i, &p);
		if (i < 4)
			assert_true(refused(w, &p));
		else
			world_give(w, &p);
		in += i >= 4;
		assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], in);
		w->now = mono_add_s(w->now, 2);
	}
	world_free(w);
}

/* N-11: a datagram as large as UDP has them, one nonce in it. */
static void
n11_nonce_of_65000(void **state)
{
	static uint8_t buf[65507], big[65000];
	struct world *w = before(85, 2);
	static struct forge f;
	struct isakmp_out o;
	struct rd msg;

	(void)state;
	forge_open(&f, &w->q[0]);
	isakmp_out_init(&o, buf, sizeof(buf), &f.head);
	for (unsigned i = 0; i < f.n; i++)
		isakmp_out_add(&o, f.part[i].type, f.part[i].type == PL_NONCE ?
		    rd_make(big, sizeof(big)) :
		    rd_make(f.part[i].b, f.part[i].n));
	msg = isakmp_out_done(&o);
	assert_false(msg.bad);
	ike_input(w->s[SERVER].ike, w->now, &w->q[0].dst, &w->q[0].src, msg,
	    &w->out);
	assert_int_equal(w->out.n, 0);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_NONCE), 1);
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

/* ---- N-12: unprotected informationals of every kind ---- */

static void
plain_info(const struct world *w, const uint8_t *ci, const uint8_t *cr,
    unsigned kind, uint8_t flags, struct world_packet *p)
{
	static const uint16_t notify[] = { N_R_U_THERE, N_R_U_THERE_ACK,
		N_INITIAL_CONTACT, N_NO_PROPOSAL_CHOSEN, N_INVALID_HASH };
	static struct forge f;
	uint8_t b[64];
	struct wr wr = wr_make(b, sizeof(b));

	f.head = (struct isakmp_head){ .xchg = XCHG_INFO, .flags = flags,
		.msgid = flags == 0 ? 0 : 99 };
	memcpy(f.head.cky_i, ci, 8);
	memcpy(f.head.cky_r, cr, 8);
	f.n = 0;
	wr_u32(&wr, ISAKMP_DOI_IPSEC);
	if (kind < 5) {
		wr_u8(&wr, PROTO_ISAKMP);
		wr_u8(&wr, 16);
		wr_u16(&wr, notify[kind]);
	} else {
		wr_u8(&wr, kind == 5 ? PROTO_ESP : PROTO_ISAKMP);
		wr_u8(&wr, kind == 5 ? 4 : 16);
		wr_u16(&wr, 1);
	}
	if (kind == 5) {
		wr_u32(&wr, w->s[CLIENT].kids > 0 ?
		    w->s[CLIENT].kid[0].spi_in : 1000);
	} else {
		wr_bytes(&wr, ci, 8);
		wr_bytes(&wr, cr, 8);
	}
	if (kind < 2)
		wr_u32(&wr, 1);
	forge_add(&f, kind < 5 ? PL_N : PL_D, b, wr_used(&wr));
	memset(p, 0, sizeof(*p));
	p->to = SERVER;
	p->src = w->s[SERVER].acts[IKE_PEER_UP] > 0 ?
	    w->s[SERVER].peer.remote : (struct endpoint){ w->nat_addr, 1500 };
	p->dst = (struct endpoint){ w->addr[SERVER],
	    p->src.port == 1500 ? 500 : 4500 };
	forge_plain(&f, p);
}

static void
n12_every_kind(void **state)
{
	static const uint8_t junk[8] = { 9, 9, 9, 9, 9, 9, 9, 9 }, none[8];
	struct world *w = up(86), *h = before(87, 2), *g = before(88, 4);
	const uint8_t *ci[] = { junk, forge_sa(w)->cky_i,
		forge_neg(h)->cky_i, forge_neg(g)->cky_i };
	const uint8_t *cr[] = { junk, forge_sa(w)->cky_r,
		forge_neg(h)->cky_r, forge_neg(g)->cky_r };
	struct world *to[] = { w, w, h, g };
	struct world_packet p;

	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		for (unsigned kind = 0; kind < 7; kind++)
			for (uint8_t flags = 0; flags < 2; flags++) {
				plain_info(to[k], ci[k], cr[k], kind, flags,
				    &p);
				assert_true(refused(to[k], &p));
				plain_info(to[k], ci[k], none, kind, flags,
				    &p);
				assert_true(refused(to[k], &p));
			}
	}
	world_run(h);
	world_assert_up(h);
	world_run(g);
	world_assert_up(g);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	world_free(w);
	world_free(h);
	world_free(g);
}

/* ---- N-15: identities of phase 1, their HASH right ---- */

static void
mm5_with_id(const struct world *w, const uint8_t *id, size_t n,
    struct world_packet *p)
{
	const struct ike_neg *g = forge_neg(w);
	static struct forge f;
	uint8_t sum[HASH_MAX];
	struct ike_keys k;

	assert_true(ike_msg_keys(g, &w->s[CLIENT].p.psk[0], &k));
	assert_true(ike_keys_auth(&k, ike_msg_gx(g, g->gxi),
	    ike_msg_gx(g, g->gxr), g->cky_i, g->cky_r,
	    rd_make(g->sai, g->sai_len), rd_make(id, n), sum));
	f.n = 0;
	forge_add(&f, PL_ID, id, n);
	forge_add(&f, PL_HASH, sum, hash_size(k.hash));
	forge_mm5(w, &f, true, p);
}

static bool
let_in(const struct image *start, struct world *w, const uint8_t *id,
    size_t n)
{
	struct world_side *s = &w->s[SERVER];
	struct world_packet p = w->q[0];
	unsigned was = s->acts[IKE_PEER_UP];
	struct rd r = rd_make(start->b, start->n);

	mm5_with_id(w, id, n, &p);
	world_give(w, &p);
	w->n = 1;
	ike_free(s->ike);
	s->ike = ike_thaw(&s->p, &s->rng, &s->drops, &r);
	assert_non_null(s->ike);
	return s->acts[IKE_PEER_UP] > was;
}

/* A right form is let in, an odd one not; none is written past its end. */
static void
n15_identities_of_phase_1(void **state)
{
	static const size_t len[] = { 0, 1, 3, 4, 5, 8, 16, 32, 63, 64, 65,
		600, 1100 };
	static const struct { uint8_t proto; uint16_t port; bool ok; } port[] =
	    { { 0, 0, true }, { 17, 500, true }, { 17, 0, true },
		{ 17, 4500, true }, { 17, 1701, false }, { 17, 1, false },
		{ 0, 500, false }, { 0, 4500, false }, { 0, 17, false },
		{ 6, 500, false }, { 255, 65535, false } };
	static const size_t exact[12] = { [1] = 4, [4] = 8, [5] = 16,
		[6] = 32, [7] = 8, [8] = 32 };
	struct world *w = before(89, 4);
	struct image start = image_of(w, SERVER);
	uint8_t id[1200];

	(void)state;
	memset(id, 'x', sizeof(id));
	for (unsigned type = 0; type < 256; type++) {
		memset(id, 0, 4);
		id[0] = (uint8_t)type;
		for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
			bool in = let_in(&start, w, id, 4 + len[i]);

			/* RFC 2407 §4.6.2.1 */
			if (type == 0 || type > 11 || len[i] == 0)
				assert_false(in);
			else if (exact[type] != 0)
				assert_int_equal(in, len[i] == exact[type]);
			else if (len[i] <= 64)
				assert_true(in);
		}
	}
	id[0] = IKE_ID_IPV4;
	for (size_t i = 0; i < sizeof(port) / sizeof(port[0]); i++) {
		id[1] = port[i].proto;
		id[2] = (uint8_t)(port[i].port >> 8);
		id[3] = (uint8_t)port[i].port;
		assert_int_equal(let_in(&start, w, id, 8), port[i].ok);
	}
	for (size_t n = 0; n < 4; n++)		/* cut in its own header */
		assert_false(let_in(&start, w, id, n));
	free(start.b);
	world_run(w);
	assert_int_equal(w->s[CLIENT].acts[IKE_PEER_UP], 1);
	assert_int_equal(w->s[CLIENT].acts[IKE_SA_OUT], 1);
	world_free(w);
}

/* N-19: MM3 again with another value: the first one stays. */
static void
n19_other_ke(void **state)
{
	struct world *w = before(90, 2), *o = before(91, 2);
	struct world_packet p = w->q[0];
	static struct forge f, other;

	(void)state;
	forge_open(&f, &p);
	forge_open(&other, &o->q[0]);
	assert_true(world_step(w));
	*forge_find(&f, PL_KE) = *forge_find(&other, PL_KE);
	forge_plain(&f, &p);
	assert_true(refused(w, &p));
	assert_int_equal(w->s[SERVER].jobs, 1);
	world_run(w);
	world_assert_up(w);
	world_free(w);
	world_free(o);
}

/* N-22: ten thousand fragment ids, any number, any place; and all of 64 KB. */
static void
n22_ten_thousand_ids(void **state)
{
	static uint8_t big[65000], buf[65507];
	struct world *w = before(92, 2);
	const struct ike_neg *g = forge_neg(w);
	struct world_packet p = w->q[0];
	struct std std = { 0 };
	struct isakmp_out o;
	static struct forge f;
	struct rd msg;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		uint8_t b[12] = { (uint8_t)(i >> 8), (uint8_t)i, (uint8_t)(i % 18),
			i % 3 == 0 };

		f.head = (struct isakmp_head){ .xchg = XCHG_MAIN };
		memcpy(f.head.cky_i, g->cky_i, 8);
		if (i % 4 != 0)
			memcpy(f.head.cky_r, g->cky_r, 8);
		f.n = 0;
		forge_add(&f, PL_FRAGMENT, b, i % 13);
		forge_plain(&f, &p);
		p.to = SERVER;
		if (i % 100 == 0)
			assert_true(refused(w, &p));
		std_in(&std, p.n);
		ike_input(w->s[SERVER].ike, w->now, &p.dst, &p.src,
		    rd_make(p.b, p.n), &w->out);
		assert_int_equal(w->out.n, 0);
	}
	isakmp_out_init(&o, buf, sizeof(buf), &f.head);
	isakmp_out_add(&o, PL_FRAGMENT, rd_make(big, sizeof(big)));
	msg = isakmp_out_done(&o);
	assert_false(msg.bad);
	ike_input(w->s[SERVER].ike, w->now, &p.dst, &p.src, msg, &w->out);
	assert_int_equal(w->out.n, 0);
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

/* ---- N-23: what is sent is made of what was read ---- */

#define CANARY	0xc5

static void
canary_fill(struct world *w)
{
	memset(w->out.arena, CANARY, sizeof(w->out.arena));
}

static bool
canary_hook(struct world *w, struct world_packet *p)
{
	size_t run = 0;

	for (size_t i = 0; i < p->n; i++) {
		run = p->b[i] == CANARY ? run + 1 : 0;
		assert_true(run < 4);
	}
	canary_fill(w);
	return true;
}

/* Boxes full of a canary, a whole login with lengths that lie: none leaves. */
static void
n23_canary(void **state)
{
	struct world *w = world_new(93, true, false);
	struct ike_dial d;
	static struct forge f;

	(void)state;
	w->hook = canary_hook;
	canary_fill(w);
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	world_wait(w, 60000);
	world_free(w);
	w = before(94, 0);
	forge_open(&f, &w->q[0]);
	for (size_t at = 8; at < f.part[0].n; at++)
		for (unsigned v = 0; v < 3; v++) {
			static const uint8_t lie[] = { 0, 0x7f, 0xff };
			struct world_packet p = w->q[0];
			static struct forge g;

			g = f;
			g.part[0].b[at] = lie[v];
			forge_plain(&g, &p);
			p.b[0] = (uint8_t)(at + 1);
			p.b[1] = (uint8_t)v;
			canary_fill(w);
			w->n = 0;
			world_give(w, &p);
			for (unsigned i = 0; i < w->n; i++) {
				assert_true(w->q[i].n <= p.n);
				(void)canary_hook(w, &w->q[i]);
			}
			w->n = 1;
			w->q[0] = p;
			forge_plain(&f, &w->q[0]);
		}
	world_free(w);
}

/* ---- threats.md 3.2 ---- */

/* Item 1: each has another cookie; only the address it was sent to has it. */
static void
item1_cookies(void **state)
{
	struct world *w = before(95, 0);
	struct world_packet mm1 = w->q[0], mm3;
	static uint8_t seen[40][8];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct world_packet p = mm1;

		p.src.port = (uint16_t)(1500 + i % 2);
		p.src.addr = ipaddr_v4(0x01000000 + (i / 2) * 0x10000);
		w->n = 0;
		world_give(w, &p);
		assert_int_equal(w->n, 1);
		memcpy(seen[i], w->q[0].b + 8, 8);
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(seen[i], seen[k], 8);
	}
	assert_int_equal(w->s[SERVER].jobs, 0);
	/* MM3 with another one's cookie, and to another address of ours */
	w->n = 0;
	world_give(w, &mm1);
	world_run(w);
	world_free(w);
	w = before(96, 2);
	mm3 = w->q[0];
	for (unsigned bit = 0; bit < 64; bit++) {
		struct world_packet p = mm3;

		p.b[8 + bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(refused(w, &p));
	}
	mm3.dst.addr = ipaddr_v4(0xcb007102);
	assert_true(refused(w, &mm3));
	assert_int_equal(w->s[SERVER].jobs, 0);
	assert_true(world_step(w));
	assert_int_equal(w->s[SERVER].jobs, 1);
	world_free(w);
}

/*
 * Policy: without allow-legacy-dh group 2 is not to be had in quick mode
 * either.
 */
static void
pfs_keeps_to_the_policy(void **state)
{
	(void)state;
	for (int legacy = 0; legacy < 2; legacy++) {
		struct world *w = world_new(98, true, legacy == 1);
		struct ike_dial d;

		world_dial_init(w, &d);
		d.pfs_group = DH_MODP1024;
		assert_int_not_equal(world_dial(w, &d), 0);
		world_run(w);
		assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 1);
		assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], legacy);
		world_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n05_missing_info),
		cmocka_unit_test(n05_missing_qm3),
		cmocka_unit_test(n06_twice_everywhere),
		cmocka_unit_test(n06_twice_pfs),
		cmocka_unit_test(n07_foreign_types_protected),
		cmocka_unit_test(n09_ten_thousand),
		cmocka_unit_test(n10_edges_of_groups),
		cmocka_unit_test(n10_edges_of_curves),
		cmocka_unit_test(n11_nonce_of_quick_mode),
		cmocka_unit_test(n11_nonce_of_65000),
		cmocka_unit_test(n12_every_kind),
		cmocka_unit_test(n15_identities_of_phase_1),
		cmocka_unit_test(n19_other_ke),
		cmocka_unit_test(n22_ten_thousand_ids),
		cmocka_unit_test(n23_canary),
		cmocka_unit_test(item1_cookies),
		cmocka_unit_test(pfs_keeps_to_the_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
