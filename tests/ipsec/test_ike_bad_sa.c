/* SPDX-License-Identifier: BSD-2-Clause */
/* Negative tests of threats.md 2.2, by number: N-12 on; one byte wrong. */

#include "tests/ipsec/ike_forge.h"

static void
info_plain(struct world *w, const uint8_t *ci, const uint8_t *cr, uint8_t flags,
    struct world_packet *p)
{
	static const uint8_t body[] = { 0, 0, 0, 1, 1, 16, 0x8d, 0x28, 1, 2, 3,
		4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0, 0, 1 };
	static struct forge f;

	f.head = (struct isakmp_head){ .xchg = XCHG_INFO, .flags = flags,
		.msgid = 77 };
	f.n = 0;
	memcpy(f.head.cky_i, ci, 8);
	memcpy(f.head.cky_r, cr, 8);
	forge_add(&f, PL_N, body, sizeof(body));
	memset(p, 0, sizeof(*p));
	p->to = SERVER;
	p->src = (struct endpoint){ w->nat_addr, 5500 };
	p->dst = (struct endpoint){ w->addr[SERVER], 4500 };
	forge_plain(&f, p);
}

static void
n12_informational_in_clear(void **state)
{
	struct world *w = up(17), *h = before(18, 2);
	const struct ike_sa *s = forge_sa(w);
	const struct ike_neg *g = forge_neg(h);
	static const uint8_t junk[8] = { 9, 9, 9, 9, 9, 9, 9, 9 };
	struct world_packet p;

	(void)state;
	for (uint8_t flags = 0; flags < 2; flags++) {
		info_plain(w, junk, junk, flags, &p);
		assert_true(refused(w, &p));
		info_plain(w, s->cky_i, s->cky_r, flags, &p);
		assert_true(refused(w, &p));
		info_plain(h, g->cky_i, g->cky_r, flags, &p);
		assert_true(refused(h, &p));
	}
	world_run(h);
	world_assert_up(h);
	world_free(w);
	world_free(h);
}

static void
delete_part(struct forge *f, uint8_t proto, uint8_t size, uint16_t n,
    const void *spis, size_t bytes)
{
	uint8_t b[1200];
	struct wr w = wr_make(b, sizeof(b));

	wr_u32(&w, 1);
	wr_u8(&w, proto);
	wr_u8(&w, size);
	wr_u16(&w, n);
	wr_bytes(&w, spis, bytes);
	forge_add(f, PL_D, b, wr_used(&w));
}

static void
n13_delete_with_wrong_hash(void **state)
{
	struct world *w = up(19);
	const struct ike_sa *s = forge_sa(w);
	static struct forge f;
	struct world_packet p;
	uint8_t spi[16];
	struct wr wr = wr_make(spi, 4);

	(void)state;
	wr_u32(&wr, w->s[CLIENT].kid[0].spi_in);
	for (unsigned bit = 0; bit < 16; bit++) {
		uint8_t iv[CIPHER_BLOCK_MAX];
		uint8_t hash[HASH_MAX];
		struct isakmp_out o;
		uint8_t buf[512];

		f.n = 0;
		if (bit % 2 == 0) {
			delete_part(&f, PROTO_ESP, 4, 1, spi, 4);
		} else {
			memcpy(spi, s->cky_i, 8);
			memcpy(spi + 8, s->cky_r, 8);
			delete_part(&f, PROTO_ISAKMP, 16, 1, spi, 16);
		}
		forge_p2(w, &f, XCHG_INFO, 500 + bit, &p);
		/* The same, with one bit of HASH turned. */
		ike_p2_begin(&o, buf, sizeof(buf), s, XCHG_INFO, 500 + bit);
		forge_body(&f, &o);
		{
			struct rd rest = wr_out(&o.w);

			rd_skip(&rest, 28 + 4 + 32);
			assert_true(ike_keys_hash(s->p1.hash, s->a, false,
			    500 + bit, rd_make(NULL, 0), rest, hash));
		}
		hash[bit * 2] ^= (uint8_t)(1u << (bit % 8));
		assert_true(ike_p2_iv(s, 500 + bit, iv));
		forge_put(&p, ike_p2_end_hash(&o, s, hash, iv));
		assert_true(refused(w, &p));
	}
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_HASH), 16);
	world_free(w);
}

static void
n14_deletes(void **state)
{
	static const struct { uint8_t proto, size; uint16_t n; size_t bytes; }
	    bad[] = {
		{ PROTO_ESP, 4, 0, 0 }, { PROTO_ESP, 4, 65535, 8 },
		{ PROTO_ESP, 0, 1, 0 }, { PROTO_ESP, 1, 4, 4 },
		{ PROTO_ESP, 16, 1, 16 }, { PROTO_ESP, 255, 1, 255 },
		{ PROTO_ISAKMP, 4, 1, 4 }, { PROTO_ISAKMP, 16, 1, 16 },
		{ PROTO_ISAKMP, 16, 2, 32 }, { 9, 4, 1, 4 },
		{ PROTO_ESP, 4, 1, 8 }, { PROTO_ESP, 4, 2, 4 },
	};
	struct world *w = up(20);
	static const uint8_t zero[256];
	static struct forge f;
	struct world_packet p;
	uint8_t spis[12];
	struct wr wr = wr_make(spis, sizeof(spis));
	uint32_t msgid = 600;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f.n = 0;
		delete_part(&f, bad[i].proto, bad[i].size, bad[i].n, zero,
		    bad[i].bytes);
		forge_p2(w, &f, XCHG_INFO, msgid++, &p);
		assert_true(refused(w, &p));
	}
	/* A foreign SPI, then its own twice over, in one message. */
	wr_u32(&wr, w->s[CLIENT].kid[0].spi_in + 1);
	wr_u32(&wr, w->s[CLIENT].kid[0].spi_in);
	wr_u32(&wr, w->s[CLIENT].kid[0].spi_in);
	f.n = 0;
	delete_part(&f, PROTO_ESP, 4, 3, spis, 12);
	delete_part(&f, PROTO_ESP, 4, 1, spis + 4, 4);
	forge_p2(w, &f, XCHG_INFO, msgid, &p);
	world_give(w, &p);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	world_give(w, &p);		/* and the recording of it */
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_DELETE), 13 + 2);
	/* Delete of the ISAKMP SA, then a notify about it. */
	f.n = 0;
	memcpy(spis, zero, 0);
	{
		const struct ike_sa *s = forge_sa(w);
		uint8_t both[16];

		memcpy(both, s->cky_i, 8);
		memcpy(both + 8, s->cky_r, 8);
		delete_part(&f, PROTO_ISAKMP, 16, 1, both, 16);
		forge_add(&f, PL_N, "\0\0\0\1\1\0\x60\2", 8);
	}
	forge_p2(w, &f, XCHG_INFO, msgid + 1, &p);
	world_give(w, &p);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_CONTACT], 0);
	world_free(w);
}

/* SPI of another peer behind the same NAT, with the same private address. */
#define MANY_SAS	7

/* A Delete for more than the box can tell: none goes without being told. */
static void
n14_more_deletes_than_room(void **state)
{
	struct world *w = up(60);
	struct pool *pool = &w->s[SERVER].ike->pair;
	static struct forge f;
	struct world_packet p;
	struct ike_dial d;
	uint8_t spis[256];
	struct wr wr = wr_make(spis, sizeof(spis));
	uint32_t had;

	(void)state;
	world_dial_init(w, &d);
	for (unsigned i = 0; i < MANY_SAS; i++) {
		if (i > 0)
			assert_int_not_equal(world_dial(w, &d), 0);
		world_run(w);
		for (unsigned k = 0; k < 4; k++) {
			w->now = mono_add_s(w->now, 1);
			ike_rekey_child(w->s[CLIENT].ike, w->now,
			    w->s[CLIENT].sa, &w->out);
			world_take(w, CLIENT);
			world_run(w);
		}
	}
	had = pool->used;
	assert_int_equal(had, MANY_SAS * 5);
	for (uint32_t i = 0; i < pool->high; i++)
		wr_u32(&wr, ((struct ike_pair *)pool_at(pool, i, NULL))
		    ->spi_out);
	f.n = 0;
	delete_part(&f, PROTO_ESP, 4, (uint16_t)had, spis, wr_used(&wr));
	forge_p2(w, &f, XCHG_INFO, 999, &p);
	world_give(w, &p);
	assert_true(pool->used < had);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], had - pool->used);
	world_free(w);
}

static bool
hook_lose_qm3(struct world *w, struct world_packet *p)
{
	return p->to != SERVER || p->b[18] != 32 || ++w->arg != 2;
}

/* The SA goes while a child still lacks its proof: the child follows soon. */
static void
n14_unproven_child_of_a_deleted_sa(void **state)
{
	struct world *w = up(61);
	const struct ike_sa *s = forge_sa(w);
	static struct forge f;
	struct world_packet p;
	uint8_t spi[16];
	uint32_t proven;

	(void)state;
	w->hook = hook_lose_qm3;
	for (unsigned i = 1; i < 3; i++) {
		w->arg = 0;
		ike_rekey_child(w->s[CLIENT].ike, w->now, w->s[CLIENT].sa,
		    &w->out);
		world_take(w, CLIENT);
		world_run(w);
		assert_int_equal(w->s[SERVER].kids, i + 1);
	}
	memcpy(spi, s->cky_i, 8);
	memcpy(spi + 8, s->cky_r, 8);
	f.n = 0;
	delete_part(&f, PROTO_ISAKMP, 16, 1, spi, 16);
	forge_p2(w, &f, XCHG_INFO, 1000, &p);
	world_give(w, &p);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 1);
	/* One of the two is used yet. */
	proven = w->s[SERVER].kid_h[1];
	ike_esp_seen(w->s[SERVER].ike, w->now, proven, &w->out);
	world_take(w, SERVER);
	w->now = mono_add_s(w->now, IKE_QM_LIFE_S + 1);
	ike_expire(w->s[SERVER].ike, w->now, &w->out);
	world_take(w, SERVER);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	assert_null(pool_get(&w->s[SERVER].ike->pair, w->s[SERVER].kid_h[2]));
	assert_non_null(pool_get(&w->s[SERVER].ike->pair, proven));
	assert_non_null(pool_get(&w->s[SERVER].ike->pair,
	    w->s[SERVER].kid_h[0]));
	world_free(w);
}

static void
n14_foreign_child_stays(void **state)
{
	struct world *w = up(21);
	uint32_t victim = w->s[CLIENT].kid[0].spi_in;
	struct ike_dial d;
	static struct forge f;
	struct world_packet p;
	uint8_t spi[4];
	struct wr wr = wr_make(spi, 4);

	(void)state;
	wr_u32(&wr, victim);
	world_dial_init(w, &d);
	w->addr[CLIENT] = ipaddr_v4(0x0a000003);
	d.local.addr = w->addr[CLIENT];
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 2);
	f.n = 0;
	delete_part(&f, PROTO_ESP, 4, 1, spi, 4);
	forge_p2(w, &f, XCHG_INFO, 4711, &p);
	world_give(w, &p);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_DELETE), 1);
	world_free(w);
}

static void
n15_identities(void **state)
{
	static const size_t len[] = { 0, 1, 3, 4, 5, 8, 16, 32, 64, 65, 600 };
	struct world *w = up(22);
	static struct forge whole, f;
	uint32_t msgid = 10000;
	unsigned in = 1;

	(void)state;
	world_wait(w, 10000);
	forge_qm1(w, &whole);
	for (unsigned type = 0; type < 256; type++)
		for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
			bool ok = (type == 1 && len[i] == 4) ||
			    (type == 5 && len[i] == 16) ||
			    ((type == 2 || type == 3) && len[i] > 0 &&
			    len[i] <= 64);
			struct world_packet p;

			if (ok || (type > 16 && type % 16 != 0))
				continue;
			f = whole;
			f.part[2].b[0] = (uint8_t)type;
			f.part[2].n = 4 + len[i];
			forge_p2(w, &f, XCHG_QUICK, msgid++, &p);
			world_give(w, &p);
			assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], in);
			w->now = mono_add_s(w->now, 2);
		}
	assert_int_equal(w->s[SERVER].why, IKE_WHY_P2_ID);
	for (unsigned proto = 0; proto < 256; proto += 17) {
		for (unsigned port = 0; port < 5; port++) {
			static const uint16_t ports[] = { 0, 1, 500, 1701,
				65535 };
			struct world_packet p;
			struct wr wr;

			f = whole;
			f.part[3].b[1] = (uint8_t)proto;
			wr = wr_make(&f.part[3].b[2], 2);
			wr_u16(&wr, ports[port]);
			forge_p2(w, &f, XCHG_QUICK, msgid++, &p);
			world_give(w, &p);
			if (proto == 17 && (port == 0 || port == 3))
				in++;
			assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], in);
			w->now = mono_add_s(w->now, 20);
			ike_heard(w->s[SERVER].ike, w->now, w->s[SERVER].sa);
			ike_expire(w->s[SERVER].ike, w->now, &w->out);
			world_take(w, SERVER);
		}
	}
	assert_int_equal(in, 3);
	world_free(w);
}

static void
n16_cookie_after_refusal(void **state)
{
	struct world *w = before(23, 0);
	struct world_packet p = w->q[0], reply;
	static struct forge f;
	struct ike_stats st;

	(void)state;
	w->s[SERVER].p.p1_n = 0;
	world_step(w);
	assert_int_equal(w->n, 1);	/* the notify */
	reply = w->q[0];
	assert_true(reply.n <= p.n);
	assert_memory_equal(reply.b + 8, "\0\0\0\0\0\0\0\0", 8);
	ike_stats(w->s[SERVER].ike, &st);
	assert_int_equal(st.half_open, 0);
	forge_open(&f, &p);
	memset(f.head.cky_r, 1, 8);
	forge_plain(&f, &p);
	assert_true(refused(w, &p));
	world_free(w);
}

static void
n17_aggressive(void **state)
{
	struct world *w = before(24, 0);
	struct world_packet p = w->q[0];

	(void)state;
	p.b[18] = XCHG_AGGRESSIVE;
	for (int i = 0; i < 5; i++)
		assert_true(refused(w, &p));
	assert_int_equal(w->s[SERVER].acts[IKE_ATTEMPT], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_FAIL], 1);
	assert_int_equal(w->s[SERVER].why, IKE_WHY_AGGRESSIVE);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_AGGRESSIVE), 5);
	world_free(w);
}

static void
n18_header_fields(void **state)
{
	struct world *w = before(25, 0), *q = up(26);
	static struct forge f;
	struct world_packet p;
	uint64_t cookie;

	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		p = w->q[0];
		p.b[17] = (uint8_t)v;
		if (v != 0x10)
			assert_true(refused(w, &p));
		p = w->q[0];
		p.b[18] = (uint8_t)v;
		if (v != XCHG_MAIN)
			assert_true(refused(w, &p));
		p = w->q[0];
		p.b[19] = (uint8_t)v;
		if (v != 0)
			assert_true(refused(w, &p));
	}
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_VERSION), 255);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_FLAGS), 255);
	p = w->q[0];
	p.b[23] = 1;		/* MSGID in main mode */
	assert_true(refused(w, &p));
	p = w->q[0];
	cookie = world_drops(w, SERVER, DROP_IKE_COOKIE);
	memset(p.b, 0, 8);	/* CKY-I zero */
	assert_true(refused(w, &p));
	p = w->q[0];
	p.b[8] = 1;		/* CKY-R in the first message */
	assert_true(refused(w, &p));
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_COOKIE), cookie + 2);
	world_wait(q, 10000);
	forge_qm1(q, &f);
	forge_p2(q, &f, XCHG_QUICK, 0, &p);	/* no MSGID in quick mode */
	assert_true(refused(q, &p));
	assert_int_equal(world_drops(q, SERVER, DROP_IKE_MSGID), 1);
	/* No whole number of cipher blocks in quick mode. */
	forge_p2(q, &f, XCHG_QUICK, 4711, &p);
	p.n--;
	p.b[27]--;
	assert_true(refused(q, &p));
	assert_int_equal(world_drops(q, SERVER, DROP_IKE_DECRYPT), 1);
	world_free(w);
	world_free(q);
}

static void
n19_out_of_order(void **state)
{
	struct world *w = before(27, 2);
	static struct forge f;
	struct world_packet mm3 = w->q[0], p;
	struct isakmp_head h;
	struct rd body;

	(void)state;
	p = mm3;		/* aggressive with the same cookies */
	p.b[18] = XCHG_AGGRESSIVE;
	assert_true(refused(w, &p));
	p = mm3;		/* quick mode before anything is proven */
	p.b[18] = XCHG_QUICK;
	p.b[19] = ISAKMP_FLAG_E;
	p.b[23] = 1;
	assert_true(refused(w, &p));
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_STATE), 2);
	p = mm3;		/* "MM5" before MM3 */
	p.b[19] = ISAKMP_FLAG_E;
	assert_true(refused(w, &p));
	p = mm3;		/* from another port, another address */
	p.src.port++;
	assert_true(refused(w, &p));
	p = mm3;
	p.src.addr = ipaddr_v4(1);
	assert_true(refused(w, &p));
	world_step(w);
	assert_int_equal(isakmp_head_decode(rd_make(mm3.b, mm3.n), &h, &body),
	    DROP_NONE);
	forge_open(&f, &mm3);	/* MM3 twice with different KE: first one stays */
	forge_find(&f, PL_NONCE)->b[0] ^= 1;
	p = mm3;
	forge_plain(&f, &p);
	assert_true(refused(w, &p));
	world_run(w);
	world_assert_up(w);
	p = mm3;		/* much later */
	assert_true(refused(w, &p));
	world_free(w);
}

static void
n20_clear_mm5(void **state)
{
	struct world *w = before(28, 4);
	static struct forge f;
	struct world_packet p = w->q[0];

	(void)state;
	forge_mm5_open(w, &p, &f);
	forge_mm5(w, &f, false, &p);
	p.src.port = 1500;
	p.dst.port = 500;
	assert_true(refused(w, &p));
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_PLAIN), 1);
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

/* N-21: wrong key, broken payload, wrong padding, garbage: one behaviour. */
static void
n21_no_oracle(void **state)
{
	char first[sizeof(((struct world_side *)0)->log)] = "";

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct world *w = before(29, 4);
		static struct forge f;
		struct world_packet p = w->q[0];

		forge_mm5_open(w, &p, &f);
		switch (i) {
		case 0:		/* wrong key: as good as random bytes */
			(void)rng_fill(&w->s[CLIENT].rng, p.b + 28, p.n - 28);
			break;
		case 1:		/* the right key, HASH wrong */
			f.part[1].b[0] ^= 1;
			forge_mm5(w, &f, true, &p);
			break;
		case 2:		/* no HASH */
			forge_del(&f, 1);
			forge_mm5(w, &f, true, &p);
			break;
		case 3:		/* unknown payload */
			f.part[1].type = 99;
			forge_mm5(w, &f, true, &p);
			break;
		case 4:		/* a HASH too short */
			f.part[1].n--;
			forge_mm5(w, &f, true, &p);
			break;
		case 5:		/* body one byte short, one more, half a block */
		case 6:
		case 7:
			p.n += i == 5 ? (size_t)-1 : i == 6 ? 1 : 8;
			p.b[26] = (uint8_t)(p.n >> 8);
			p.b[27] = (uint8_t)p.n;
			break;
		}
		world_give(w, &p);
		assert_int_equal(w->s[SERVER].why, IKE_WHY_PSK);
		assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 0);
		assert_int_equal(world_drops(w, SERVER, DROP_IKE_HASH), 1);
		if (i == 0)
			memcpy(first, w->s[SERVER].log, sizeof(first));
		assert_string_equal(w->s[SERVER].log, first);
		world_run(w);	/* the right one is still welcome */
		world_assert_up(w);
		world_free(w);
	}
}

/* We never say FRAGMENTATION, so nothing in fragments is ours. */
static void
n22_fragments(void **state)
{
	struct world *w = up(30);
	static struct forge f;
	struct world_packet p;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		f.head = (struct isakmp_head){ .xchg = XCHG_MAIN };
		f.n = 0;
		memcpy(f.head.cky_i, forge_sa(w)->cky_i, 8);
		if (i % 2 == 0)
			memcpy(f.head.cky_r, forge_sa(w)->cky_r, 8);
		forge_add(&f, PL_FRAGMENT, "\0\1\1\1data", 8 - i % 8);
		forge_p2(w, &f, XCHG_INFO, 1, &p);	/* for the addresses */
		forge_plain(&f, &p);
		assert_true(refused(w, &p));
	}
	world_free(w);
}

static void
n23_sa_longer_than_it_is(void **state)
{
	struct world *w = before(31, 0);
	static struct forge f;
	struct world_packet p = w->q[0];

	(void)state;
	for (unsigned at = 8; at < 40; at++) {	/* each length inside */
		forge_open(&f, &p);
		f.part[0].b[at] = 0xff;
		forge_plain(&f, &p);
		world_give(w, &p);
	}
	for (unsigned i = 0; i < w->n; i++)
		assert_true(w->q[i].n <= p.n);
	world_free(w);
}

static void
n24_strings_stay_bytes(void **state)
{
	struct world *w = world_new(32, true, false);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	d.id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 22,
		.b = "%n%s%p$(id)`x`\n\033[31m" };
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_memory_equal(w->s[SERVER].peer.id.b, d.id.b, 22);
	world_free(w);
}

/* N-25: whatever the peer says it is, a wrong HASH_I lets nobody in. */
static void
n25_no_way_round_the_hash(void **state)
{
	static const char vid[][17] = {
		"\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc\x01",
		"\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3",
		"\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61",
		"\x4d\xf3\x79\x28\xe9\xfc\x4f\xd1\xb3\x26\x21\x70\xd5\x15\xc6\x62",
		"\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb",
	};
	static struct forge f;

	(void)state;
	for (unsigned mask = 0; mask < 512; mask++) {
		struct world *w = before(33, 0);
		struct world_packet p;

		forge_open(&f, &w->q[0]);
		for (unsigned k = f.n; k-- > 1;)	/* ours, on or off */
			if ((mask & 1u << (4 + k % 4)) != 0)
				forge_del(&f, k);
		for (unsigned k = 0; k < 5; k++)
			if ((mask & 1u << k) != 0)
				forge_add(&f, PL_VID, vid[k], 16);
		if ((mask & 256) != 0)
			forge_add(&f, PL_VID, "\x09\0\x26\x89\xdf\xd6\xb7\x12",
			    8);
		forge_plain(&f, &w->q[0]);
		for (int i = 0; i < 4; i++)
			assert_true(world_step(w));
		p = w->q[0];
		forge_mm5_open(w, &p, &f);
		f.part[1].b[mask % 32] ^= 0x40;
		if ((mask & 8) != 0)
			forge_add(&f, PL_N, "\0\0\0\1\1\0\x40\0", 8);
		forge_mm5(w, &f, true, &p);
		world_give(w, &p);
		assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 0);
		assert_int_equal(w->s[SERVER].why, IKE_WHY_PSK);
		world_free(w);
	}
}

static void
n28_no_amplification(void **state)
{
	struct world *w = before(34, 0);
	struct world_packet p = w->q[0];
	struct world_side *s = &w->s[SERVER];

	(void)state;
	w->n = 0;
	world_give(w, &p);
	assert_int_equal(s->sent, 1);
	assert_true(s->bytes_out <= p.n);
	for (int i = 0; i < 120; i++) {		/* no timer sends anything */
		w->now = mono_add_s(w->now, 1);
		ike_expire(s->ike, w->now, &w->out);
		world_take(w, SERVER);
		if (i < 10)
			world_give(w, &p);
	}
	assert_int_equal(s->sent, 1 + IKE_MM2_REPEATS);
	/* Its attempt is over all the same. */
	assert_int_equal(s->acts[IKE_FAIL], 1);
	assert_int_equal(s->why, IKE_WHY_UNANSWERED);
	world_free(w);
}

/* MM2 is never longer than MM1, whatever is offered: DPD gives way. */
static void
n28_mm2_fits(void **state)
{
	static struct forge f;

	(void)state;
	for (unsigned keep = 0; keep < 32; keep++) {
		struct world *w = before(35, 0);
		struct world_packet p = w->q[0];

		forge_open(&f, &p);
		for (unsigned k = f.n; k-- > 1;)
			if ((keep & 1u << (k - 1)) == 0)
				forge_del(&f, k);
		forge_plain(&f, &p);
		w->n = 0;
		world_give(w, &p);
		assert_int_equal(w->n, 1);
		assert_true(w->q[0].n <= p.n);
		world_free(w);
	}
}

static void
n30_markers_and_keepalives(void **state)
{
	static const struct { size_t n; uint8_t b[8]; } in[] = {
		{ 1, { 0xff } }, { 2, { 0xff, 0xff } }, { 4, { 0 } },
		{ 8, { 0, 0, 0, 0, 1, 2, 3, 4 } },
	};
	struct world *w = up(36);

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct world_packet p = { .to = SERVER, .n = in[i].n };

		p.src = w->s[SERVER].peer.remote;
		p.dst = w->s[SERVER].peer.local;
		memcpy(p.b, in[i].b, in[i].n);
		assert_true(refused(w, &p));
	}
	world_free(w);
}

/* clients.md 11: the marker twice, with a whole message behind it. */
static void
marker_twice(void **state)
{
	struct world *w = before(37, 4);
	struct world_packet p = w->q[0];

	(void)state;
	assert_true(p.marker);
	memmove(p.b + 4, p.b, p.n);
	memset(p.b, 0, 4);
	p.n += 4;
	w->q[0] = p;
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

/* ---- the property: any one byte wrong ---- */

static void
corrupt_each(uint64_t seed, unsigned at, bool encrypted)
{
	struct world *w = before(seed, at);
	struct world_packet good = w->q[0];
	enum world_end e = good.to;
	struct image start = image_of(w, e);
	unsigned accepted = 0;

	w->hold_dh = true;
	w->n = 0;
	for (size_t i = 0; i < good.n; i++) {
		struct world_packet p = good;
		struct world_side *s = &w->s[e];
		struct rd r = rd_make(start.b, start.n);
		struct image now;
		unsigned kids = s->acts[IKE_SA_IN] + s->acts[IKE_SA_OUT] +
		    s->acts[IKE_PEER_UP] + s->acts[IKE_MOVED];

		p.b[i] ^= (uint8_t)(1u << (i % 8));
		world_give(w, &p);
		w->n = 0;
		now = image_of(w, e);
		if (!image_same(&start, &now)) {
			accepted++;
			/*
			 * What no hash covers: the flags of the header and,
			 * in MM5, the notify behind ID and HASH_I.
			 */
			if (encrypted && (at != 4 || i < 28 + 64))
				assert_int_equal(i, 19);
		} else {
			assert_int_equal(kids, s->acts[IKE_SA_IN] +
			    s->acts[IKE_SA_OUT] + s->acts[IKE_PEER_UP] +
			    s->acts[IKE_MOVED]);
		}
		free(now.b);
		ike_free(s->ike);
		s->ike = ike_thaw(&s->p, &s->rng, &s->drops, &r);
		assert_non_null(s->ike);
	}
	assert_true(accepted < good.n);
	free(start.b);
	world_free(w);
}

static void
any_byte_of_main_mode(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 4; at++)
		corrupt_each(50 + at, at, false);
	corrupt_each(54, 4, true);
	corrupt_each(55, 5, true);
}

static void
any_byte_of_quick_mode(void **state)
{
	(void)state;
	for (unsigned at = 6; at < 9; at++)
		corrupt_each(50 + at, at, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n12_informational_in_clear),
		cmocka_unit_test(n13_delete_with_wrong_hash),
		cmocka_unit_test(n14_deletes),
		cmocka_unit_test(n14_more_deletes_than_room),
		cmocka_unit_test(n14_unproven_child_of_a_deleted_sa),
		cmocka_unit_test(n14_foreign_child_stays),
		cmocka_unit_test(n15_identities),
		cmocka_unit_test(n16_cookie_after_refusal),
		cmocka_unit_test(n17_aggressive),
		cmocka_unit_test(n18_header_fields),
		cmocka_unit_test(n19_out_of_order),
		cmocka_unit_test(n20_clear_mm5),
		cmocka_unit_test(n21_no_oracle),
		cmocka_unit_test(n22_fragments),
		cmocka_unit_test(n23_sa_longer_than_it_is),
		cmocka_unit_test(n24_strings_stay_bytes),
		cmocka_unit_test(n25_no_way_round_the_hash),
		cmocka_unit_test(n28_no_amplification),
		cmocka_unit_test(n28_mm2_fits),
		cmocka_unit_test(n30_markers_and_keepalives),
		cmocka_unit_test(marker_twice),
		cmocka_unit_test(any_byte_of_main_mode),
		cmocka_unit_test(any_byte_of_quick_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
