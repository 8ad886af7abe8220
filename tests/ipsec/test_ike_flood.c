/* SPDX-License-Identifier: BSD-2-Clause */
/* Facing the Internet: threats.md 3.2, items 1 to 6. */

#include "tests/ipsec/ike_forge.h"

struct flood {
	struct world *w;
	struct world_packet mm1;
	struct rng rng;
	unsigned bytes_in;
};

static void
flood_init(struct flood *f, uint64_t seed)
{
	struct ike_dial d;

	f->w = world_new(seed, false, false);
	f->bytes_in = 0;
	rng_seeded(&f->rng, seed + 1000);
	world_dial_init(f->w, &d);
	assert_int_not_equal(world_dial(f->w, &d), 0);
	f->mm1 = f->w->q[0];
	f->w->n = 0;
}

/* One first message with a cookie of its own. */
static bool
flood_one(struct flood *f, uint32_t addr)
{
	struct world_side *s = &f->w->s[SERVER];
	struct world_packet p = f->mm1;
	unsigned sent = s->sent;

	(void)rng_fill(&f->rng, p.b, 8);
	p.b[0] |= 1;
	p.src.addr = ipaddr_v4(addr);
	f->bytes_in += (unsigned)p.n;
	world_give(f->w, &p);
	f->w->n = 0;
	return s->sent > sent;
}

static unsigned
flood_many(struct flood *f, uint32_t addr, uint32_t step, unsigned n)
{
	unsigned yes = 0;

	for (unsigned i = 0; i < n; i++)
		yes += flood_one(f, addr + i * step);
	return yes;
}

/* Burst 20 and 2 per second from one address. */
static void
bucket_of_an_address(void **state)
{
	struct flood f;

	(void)state;
	flood_init(&f, 1);
	assert_int_equal(flood_many(&f, 0x01020304, 0, 100), 20);
	f.w->now = mono_add_s(f.w->now, 3);
	assert_int_equal(flood_many(&f, 0x01020304, 0, 100), 6);
	f.w->now = mono_add_s(f.w->now, 100);
	assert_int_equal(flood_many(&f, 0x01020304, 0, 100), 20);
	assert_int_equal(world_drops(f.w, SERVER, DROP_IKE_LIMIT), 254);
	world_free(f.w);
}

/* Burst 200 and 20 per second from one /24. */
static void
bucket_of_a_network(void **state)
{
	struct flood f;

	(void)state;
	flood_init(&f, 2);
	f.w->s[SERVER].p.limits.burst32 = 1000;
	assert_int_equal(flood_many(&f, 0x01020300, 1, 250), 200);
	f.w->now = mono_add_s(f.w->now, 1);
	assert_int_equal(flood_many(&f, 0x01020300, 1, 250), 20);
	world_free(f.w);
}

static void
bucket_of_all(void **state)
{
	struct flood f;

	(void)state;
	flood_init(&f, 3);
	assert_int_equal(flood_many(&f, 0x01000000, 0x107, 3000), 2000);
	f.w->now = mono_add_ms(f.w->now, 100);
	assert_int_equal(flood_many(&f, 0x41000000, 0x107, 3000), 200);
	world_free(f.w);
}

/* A /64 is what one host has in IPv6. */
static void
bucket_of_an_ipv6_host(void **state)
{
	struct flood f;
	struct world_packet p;
	unsigned yes = 0;

	(void)state;
	flood_init(&f, 4);
	for (unsigned i = 0; i < 100; i++) {
		unsigned sent = f.w->s[SERVER].sent;

		p = f.mm1;
		(void)rng_fill(&f.rng, p.b, 8);
		assert_true(ipaddr_parse("2001:db8:1:2::", &p.src.addr));
		p.src.addr.b[15] = (uint8_t)i;
		assert_true(ipaddr_parse("2001:db8::1", &p.dst.addr));
		world_give(f.w, &p);
		f.w->n = 0;
		yes += f.w->s[SERVER].sent > sent;
	}
	assert_int_equal(yes, 20);
	world_free(f.w);
}

/* D-01 in small: no exponentiation, no growth, no amplification. */
static void
spoofed_flood(void **state)
{
	struct flood f;
	struct world_side *s;
	struct ike_stats st;

	(void)state;
	flood_init(&f, 5);
	s = &f.w->s[SERVER];
	for (int i = 0; i < 200; i++) {
		for (int k = 0; k < 100; k++)
			(void)flood_one(&f, rng_u32(&f.rng));
		f.w->now = mono_add_ms(f.w->now, 50);
		ike_expire(s->ike, f.w->now, &f.w->out);
		world_take(f.w, SERVER);
	}
	ike_stats(s->ike, &st);
	assert_int_equal(s->jobs, 0);
	assert_int_equal(st.dh_asked, 0);
	assert_true(st.half_open <= 48);	/* three quarters of 64 */
	assert_true(s->bytes_out <= f.bytes_in);
	f.w->now = mono_add_s(f.w->now, 60);
	while (mono_due(ike_deadline(s->ike), f.w->now)) {
		ike_expire(s->ike, f.w->now, &f.w->out);
		world_take(f.w, SERVER);
	}
	ike_stats(s->ike, &st);
	assert_int_equal(st.half_open, 0);
	assert_int_equal(s->why, IKE_WHY_UNANSWERED);
	world_free(f.w);
}

/* Known prefixes fill the table: a stranger takes a stranger's place. */
static void
stranger_for_stranger(void **state)
{
	struct flood f;
	struct endpoint home;
	struct pool *half;

	(void)state;
	flood_init(&f, 16);
	half = &f.w->s[SERVER].ike->half;
	home = (struct endpoint){ f.w->addr[CLIENT], 500 };
	ike_trust(f.w->s[SERVER].ike, f.w->now, &home);
	assert_int_equal(flood_many(&f, 0x01000000, 0x10000, 16), 16);
	assert_int_equal(flood_many(&f, 0x0a000002, 0, 48), 48);
	assert_int_equal(half->used, half->cap);
	assert_true(flood_many(&f, 0x02000000, 0x10000, 20) > 10);
	assert_int_equal(half->used, half->cap);
	world_free(f.w);
}

/* During a flood that uses up everything a known prefix still gets in. */
static void
known_prefix_gets_in(void **state)
{
	struct flood f;
	struct ike_dial d;
	struct endpoint home;

	(void)state;
	flood_init(&f, 6);
	home = (struct endpoint){ f.w->addr[CLIENT], 500 };
	ike_trust(f.w->s[SERVER].ike, f.w->now, &home);
	for (int i = 0; i < 5000; i++)
		(void)flood_one(&f, rng_u32(&f.rng));
	assert_false(flood_one(&f, 0x05060708));
	world_dial_init(f.w, &d);
	assert_int_not_equal(world_dial(f.w, &d), 0);
	for (int i = 0; i < 9; i++) {
		for (int k = 0; k < 200; k++) {
			struct world_packet keep = f.w->q[0];

			(void)flood_one(&f, rng_u32(&f.rng));
			f.w->q[0] = keep;
			f.w->n = 1;
		}
		f.w->now = mono_add_ms(f.w->now, 20);
		assert_true(world_step(f.w));
	}
	assert_int_equal(f.w->s[SERVER].acts[IKE_PEER_UP], 1);
	assert_int_equal(f.w->s[SERVER].acts[IKE_SA_OUT], 1);
	/* a hundredfold for it, for 24 hours */
	assert_true(flood_many(&f, 0x0a000002, 0, 300) > 250);
	f.w->now = mono_add_s(f.w->now, 24 * 3600 + 1);
	while (mono_due(ike_deadline(f.w->s[SERVER].ike), f.w->now)) {
		ike_expire(f.w->s[SERVER].ike, f.w->now, &f.w->out);
		world_take(f.w, SERVER);
	}
	assert_int_equal(flood_many(&f, 0x0a000002, 0, 300), 20);
	world_free(f.w);
}

/* At most ten notifies a second to strangers, each no longer than its cause. */
static void
notifies_are_few(void **state)
{
	struct flood f;

	(void)state;
	flood_init(&f, 7);
	f.w->s[SERVER].p.p1_n = 0;
	assert_int_equal(flood_many(&f, 0x01000000, 0x107, 500), 10);
	assert_int_equal(f.w->s[SERVER].acts[IKE_FAIL], 500);
	f.w->now = mono_add_s(f.w->now, 1);
	assert_int_equal(flood_many(&f, 0x21000000, 0x107, 500), 10);
	assert_true(f.w->s[SERVER].bytes_out <= f.bytes_in);
	world_free(f.w);
}

static void
offer_too_large(void **state)
{
	struct flood f;
	static struct forge g;
	struct world_packet p;

	(void)state;
	flood_init(&f, 8);
	p = f.mm1;
	forge_open(&g, &p);
	g.part[0].n = 641;
	forge_plain(&g, &p);
	world_give(f.w, &p);
	assert_int_equal(f.w->s[SERVER].sent, 1);	/* the notify */
	assert_int_equal(f.w->s[SERVER].why, IKE_WHY_NO_PROPOSAL);
	assert_int_equal(world_drops(f.w, SERVER, DROP_IKE_PROPOSAL), 1);
	world_free(f.w);
}

/* The second pool: MM3s of real peers, jobs never answered. */
static void
second_pool(void **state)
{
	struct world *w = world_new(9, false, false);
	struct ike_stats st;
	struct ike_dial d;

	(void)state;
	w->s[SERVER].p.limits.burst32 = 1000;
	world_dial_init(w, &d);
	for (int i = 0; i < 30; i++) {
		struct world_side *s = &w->s[SERVER];

		w->addr[CLIENT] = ipaddr_v4(0x0b000000 + (uint32_t)i * 256);
		d.local.addr = w->addr[CLIENT];
		w->hold_dh = false;
		assert_int_not_equal(world_dial(w, &d), 0);
		assert_true(world_step(w));	/* MM1 */
		assert_true(world_step(w));	/* MM2 */
		w->hold_dh = true;
		assert_true(world_step(w));	/* MM3 */
		w->n = 0;
		assert_true(s->jobs <= 24);
	}
	ike_stats(w->s[SERVER].ike, &st);
	assert_int_equal(st.dh_pending, 24);	/* three quarters of 32 */
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_DH_QUEUE), 6);
	w->now = mono_add_s(w->now, 21);
	while (mono_due(ike_deadline(w->s[SERVER].ike), w->now)) {
		ike_expire(w->s[SERVER].ike, w->now, &w->out);
		world_take(w, SERVER);
	}
	ike_stats(w->s[SERVER].ike, &st);
	assert_int_equal(st.dh_pending + st.half_open, 0);
	/* Six are still where they were before their MM3. */
	assert_int_equal(w->s[SERVER].acts[IKE_FAIL], 24 + 6);
	assert_int_equal(w->s[SERVER].why, IKE_WHY_TIMEOUT);
	world_free(w);
}

/* A job says whose it is and whether that prefix is known (3.2.3, 3.2.4). */
static void
jobs_tell_prefix(void **state)
{
	static const char *const from[] = { "11.0.0.1", "11.0.0.200",
		"11.0.1.1" };
	struct world *w = world_new(20, false, false);
	struct world_side *s = &w->s[SERVER];
	struct endpoint home;
	struct ike_dial d;
	uint64_t share[3];

	(void)state;
	world_dial_init(w, &d);
	for (int i = 0; i < 3; i++) {
		assert_true(ipaddr_parse(from[i], &d.local.addr));
		assert_int_not_equal(world_dial(w, &d), 0);
		world_run(w);
		share[i] = s->job.share;
		assert_false(s->job.trusted);
	}
	assert_int_not_equal(share[0], 0);
	assert_int_equal(share[0], share[1]);	/* a /24 */
	assert_int_not_equal(share[0], share[2]);
	home = d.local;
	ike_trust(s->ike, w->now, &home);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_true(s->job.trusted);
	assert_int_equal(s->job.share, share[2]);
	/* So does the job of a quick mode, and a day later it is over. */
	d.pfs_group = DH_ECP256;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_true(s->job.trusted);
	assert_int_equal(s->job.tag, DH_TAG_QUICK);
	assert_int_equal(s->job.share, share[2]);
	w->now = mono_add_s(w->now, 24 * 3600 + 1);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(s->job.tag, DH_TAG_QUICK);
	assert_false(s->job.trusted);
	assert_int_equal(s->job.share, share[2]);
	/* What the initiator computes is its own. */
	assert_int_equal(w->s[CLIENT].job.share, 0);
	world_free(w);
}

/* A job that was shed is asked again by the repeat of MM3. */
static void
shed_job(void **state)
{
	struct world *w = world_new(10, false, false);
	struct ike_dial d;
	struct world_packet mm3;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	assert_true(world_step(w));
	assert_true(world_step(w));
	mm3 = w->q[0];
	w->hold_dh = true;
	assert_true(world_step(w));
	world_give(w, &mm3);		/* a repeat while it is worked on */
	assert_int_equal(w->s[SERVER].jobs, 1);
	w->s[SERVER].job.ok = false;
	ike_dh_done(w->s[SERVER].ike, w->now, &w->s[SERVER].job, &w->out);
	world_take(w, SERVER);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_DH_QUEUE), 1);
	w->hold_dh = false;
	w->now = mono_add_s(w->now, 6);
	world_give(w, &mm3);
	assert_int_equal(w->s[SERVER].jobs, 2);
	world_run(w);
	world_assert_up(w);
	/* An answer that nobody waits for. */
	w->s[SERVER].job.ok = true;
	ike_dh_done(w->s[SERVER].ike, w->now, &w->s[SERVER].job, &w->out);
	w->s[SERVER].job.tag = 99;
	ike_dh_done(w->s[SERVER].ike, w->now, &w->s[SERVER].job, &w->out);
	assert_int_equal(w->out.n, 0);
	world_free(w);
}

static struct world_packet qm1;

/* The server's jobs wait from QM1 on. */
static bool
hook_hold_share(struct world *w, struct world_packet *p)
{
	if (p->to == SERVER && p->b[18] == 32 && w->s[SERVER].kids == 1 &&
	    w->arg++ == 0) {
		qm1 = *p;
		w->hold_dh = true;
	}
	return true;
}

/* So is that of a quick mode with PFS, by the repeat of QM1. */
static void
shed_job_quick(void **state)
{
	struct world *w = world_new(11, true, false);
	struct ike_dial d;
	unsigned jobs;

	(void)state;
	world_dial_init(w, &d);
	d.pfs_group = DH_ECP256;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	jobs = w->s[SERVER].jobs;
	w->now = mono_add_s(w->now, 10);
	w->hook = hook_hold_share;
	ike_rekey_child(w->s[CLIENT].ike, w->now, w->s[CLIENT].sa, &w->out);
	world_take(w, CLIENT);
	world_run(w);
	assert_int_equal(w->s[SERVER].jobs, jobs + 1);
	w->hold_dh = false;
	world_give(w, &qm1);		/* it may still be worked on */
	assert_int_equal(w->s[SERVER].jobs, jobs + 1);
	w->s[SERVER].job.ok = false;
	ike_dh_done(w->s[SERVER].ike, w->now, &w->s[SERVER].job, &w->out);
	world_take(w, SERVER);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_DH_QUEUE), 1);
	world_give(w, &qm1);
	assert_int_equal(w->s[SERVER].jobs, jobs + 2);
	world_run(w);
	world_assert_pair(w, 1);
	assert_int_equal(w->s[SERVER].out_child, w->s[SERVER].kid_h[1]);
	world_free(w);
}

/* Longer than any life: a bucket is full then, whatever its rate. */
static void
buckets_far_in_the_future(void **state)
{
	struct ike_bucket b = { .at = mono_us(0), .used = 20000 };

	(void)state;
	assert_false(ike_bucket_take(&b, mono_us(0), 2, 20));
	for (unsigned i = 0; i < 20; i++)
		assert_true(ike_bucket_take(&b, mono_us(UINT64_MAX / 2 + 1), 2,
		    20));
	assert_false(ike_bucket_take(&b, mono_us(UINT64_MAX / 2 + 1), 2, 20));
	/* Back again: no more than nothing was earned. */
	assert_false(ike_bucket_take(&b, mono_us(0), 2, 20));
}

/* Groups that cost have a bucket of their own; others are not held up. */
static void
costly_groups(void **state)
{
	struct flood f;
	struct ike_dial d;
	unsigned n = 0;

	(void)state;
	flood_init(&f, 11);
	f.w->s[SERVER].p.limits.burst32 = 10000;
	f.w->s[SERVER].p.limits.burst24 = 10000;
	while (ike_limit_costly(f.w->s[SERVER].ike, f.w->now, true))
		n++;
	assert_int_equal(n, 200);
	world_dial_init(f.w, &d);
	d.p1[0] = (struct ike_p1){ CIPHER_AES256, HASH_SHA256, DH_ECP384 };
	assert_int_not_equal(world_dial(f.w, &d), 0);
	world_run(f.w);
	assert_int_equal(f.w->s[SERVER].sent, 0);
	assert_int_equal(f.w->s[SERVER].acts[IKE_FAIL], 0);
	d.p1[1] = (struct ike_p1){ CIPHER_AES128, HASH_SHA1, DH_MODP1536 };
	d.p1_n = 2;
	assert_int_not_equal(world_dial(f.w, &d), 0);
	world_run(f.w);
	world_assert_up(f.w);
	assert_int_equal(f.w->s[SERVER].peer.p1.group, DH_MODP1536);
	world_free(f.w);
}

/* PFS counts too: a bucket of strangers, one of known prefixes (3.2.6). */
static void
pfs_has_a_bucket(void **state)
{
	struct world *w = world_new(21, false, false);
	struct world_side *s = &w->s[SERVER];
	struct ipaddr stranger = ipaddr_v4(0x05060708);
	struct ike_dial d;
	unsigned n = 0;

	(void)state;
	world_dial_init(w, &d);
	d.pfs_group = DH_ECP256;
	while (ike_limit_pfs(s->ike, w->now, &stranger, DH_ECP256))
		n++;
	assert_int_equal(n, 1000);
	w->now = mono_add_ms(w->now, 100);
	for (n = 0; ike_limit_pfs(s->ike, w->now, &stranger, DH_MODP2048); n++)
		;
	assert_int_equal(n, 20);		/* 200 a second */
	/* Phase 1 is made; the quick mode is not answered. */
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(s->acts[IKE_PEER_UP], 1);
	assert_int_equal(s->jobs, 1);
	assert_int_equal(s->acts[IKE_SA_IN], 0);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_LIMIT), 1);
	/* Groups that cost have not lost theirs, nor have known prefixes. */
	assert_true(ike_limit_pfs(s->ike, w->now, &stranger, DH_MODP4096));
	ike_trust(s->ike, w->now, &d.local);
	assert_true(ike_limit_pfs(s->ike, w->now, &d.local.addr, DH_ECP256));
	while (ike_limit_costly(s->ike, w->now, true))
		;
	assert_false(ike_limit_pfs(s->ike, w->now, &d.local.addr,
	    DH_MODP4096));
	/* The repeat of QM1 finds a token. */
	world_wait(w, 5000);
	assert_int_equal(s->acts[IKE_SA_OUT], 1);
	assert_int_equal(s->jobs, 2);
	world_free(w);
}

/* Three in flight. */
static void
quick_modes_in_flight(void **state)
{
	struct world *w = world_new(12, true, false);
	static struct forge f;
	struct ike_dial d;
	struct world_packet p;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	w->now = mono_add_s(w->now, 10);	/* its bucket is full again */
	forge_qm1(w, &f);
	for (uint32_t i = 0; i < 5; i++) {
		forge_p2(w, &f, XCHG_QUICK, 900 + i, &p);
		world_give(w, &p);
	}
	assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], 4);	/* 1 + 3 */
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_LIMIT), 2);
	w->n = 0;
	world_free(w);
}

/* How many of `n` at once get past the bucket of their SA. */
static unsigned
get_past(struct world *w, const struct forge *f, uint8_t xchg, unsigned n)
{
	uint64_t was = world_drops(w, SERVER, DROP_IKE_LIMIT);

	for (unsigned i = 0; i < n; i++) {
		struct world_packet p;

		forge_p2(w, f, xchg, ++w->arg, &p);
		world_give(w, &p);
		w->n = 0;
	}
	return n - (unsigned)(world_drops(w, SERVER, DROP_IKE_LIMIT) - was);
}

/* One quick mode a second after a burst of five. */
static void
quick_mode_limits(void **state)
{
	struct world *w = world_new(12, true, false);
	static struct forge f;
	struct ike_dial d;
	unsigned sent;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	forge_qm1(w, &f);
	/* Refused for its identity, so that none is in flight. */
	f.part[2].b[1] = 6;
	sent = w->s[SERVER].sent;
	assert_int_equal(get_past(w, &f, XCHG_QUICK, 10), 4);	/* 1 + 4 */
	assert_int_equal(w->s[SERVER].sent, sent + 4);
	w->now = mono_add_ms(w->now, 999);
	assert_int_equal(get_past(w, &f, XCHG_QUICK, 10), 0);
	w->now = mono_add_ms(w->now, 1);
	assert_int_equal(get_past(w, &f, XCHG_QUICK, 10), 1);
	w->now = mono_add_s(w->now, 3);
	assert_int_equal(get_past(w, &f, XCHG_QUICK, 10), 3);
	w->now = mono_add_s(w->now, 10);
	assert_int_equal(get_past(w, &f, XCHG_QUICK, 10), 5);
	assert_int_equal(w->s[SERVER].why, IKE_WHY_P2_ID);
	assert_int_equal(w->s[SERVER].sent, sent + 13);
	world_free(w);
}

static void
part_notify(const struct world *w, struct forge *f, uint16_t type)
{
	const struct ike_sa *s = forge_sa(w);
	uint8_t b[64];
	struct wr wr = wr_make(b, sizeof(b));

	wr_u32(&wr, ISAKMP_DOI_IPSEC);
	wr_u8(&wr, PROTO_ISAKMP);
	wr_u8(&wr, 16);
	wr_u16(&wr, type);
	wr_bytes(&wr, s->cky_i, sizeof(s->cky_i));
	wr_bytes(&wr, s->cky_r, sizeof(s->cky_r));
	wr_u32(&wr, 77);		/* the sequence number of a probe */
	f->n = 0;
	forge_add(f, PL_N, b, wr_used(&wr));
}

/* Five informationals a second after a burst of 20; two probes after five. */
static void
informational_limits(void **state)
{
	struct world *w = world_new(13, true, false);
	static struct forge f;
	struct ike_dial d;
	struct world_packet p;
	unsigned sent;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	part_notify(w, &f, 40000);	/* of no meaning */
	forge_p2(w, &f, XCHG_INFO, 4711, &p);
	world_give(w, &p);
	world_give(w, &p);		/* a repeat takes no token */
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_REPEAT), 1);
	w->now = mono_add_s(w->now, 10);
	assert_int_equal(get_past(w, &f, XCHG_INFO, 60), 20);
	w->now = mono_add_ms(w->now, 199);
	assert_int_equal(get_past(w, &f, XCHG_INFO, 60), 0);
	w->now = mono_add_ms(w->now, 1);
	assert_int_equal(get_past(w, &f, XCHG_INFO, 60), 1);
	w->now = mono_add_s(w->now, 2);
	assert_int_equal(get_past(w, &f, XCHG_INFO, 60), 10);
	w->now = mono_add_s(w->now, 10);
	assert_int_equal(get_past(w, &f, XCHG_INFO, 60), 20);

	w->now = mono_add_s(w->now, 10);
	part_notify(w, &f, N_R_U_THERE);
	sent = w->s[SERVER].sent;
	assert_int_equal(get_past(w, &f, XCHG_INFO, 10), 5);
	w->now = mono_add_ms(w->now, 1000);	/* 10 + 5 informationals left */
	assert_int_equal(get_past(w, &f, XCHG_INFO, 10), 2);
	w->now = mono_add_ms(w->now, 499);
	assert_int_equal(get_past(w, &f, XCHG_INFO, 5), 0);
	w->now = mono_add_ms(w->now, 1);
	assert_int_equal(get_past(w, &f, XCHG_INFO, 1), 1);
	w->now = mono_add_s(w->now, 10);
	assert_int_equal(get_past(w, &f, XCHG_INFO, 10), 5);
	assert_int_equal(w->s[SERVER].sent, sent + 13);
	world_free(w);
}

/* The sizes that threats.md 3.2.2 and the goal of 100,000 peers ask for: 1 KB, then 3 KB. */
static void
sizes(void **state)
{
	(void)state;
	assert_true(sizeof(struct ike_half) <= 1024);
	assert_true(sizeof(struct ike_neg) <= 3072);
	assert_true(sizeof(struct ike_sa) <= 1200);
	assert_true(sizeof(struct ike_pair) <= 192);
	print_message("half %zu neg %zu sa %zu pair %zu qm %zu dial %zu\n",
	    sizeof(struct ike_half), sizeof(struct ike_neg),
	    sizeof(struct ike_sa), sizeof(struct ike_pair),
	    sizeof(struct ike_qm), sizeof(struct ike_dial));
}

/* No randomness, no new SA (threats D-15); what stands, stays. */
static bool
fill_fails(struct rng *r, void *dst, size_t n)
{
	(void)r;
	memset(dst, 0, n);
	return false;
}

static void
no_randomness(void **state)
{
	struct world *w = world_new(14, true, false);
	struct ike_dial d;
	struct rng good = w->s[SERVER].rng;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	w->s[SERVER].rng.fill = fill_fails;
	world_step(w);
	assert_int_equal(w->s[SERVER].sent, 0);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_RANDOM), 1);
	w->s[SERVER].rng = good;
	world_wait(w, 5000);
	world_assert_up(w);
	w->s[SERVER].rng.fill = fill_fails;
	ike_rekey_child(w->s[CLIENT].ike, w->now, w->s[CLIENT].sa, &w->out);
	world_take(w, CLIENT);
	world_run(w);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	world_free(w);
}

/* A box that is nearly full makes a step wait or a datagram be dropped. */
static void
full_box(void **state)
{
	struct world *w = world_new(15, false, false);
	struct ike_dial d;
	struct world_packet p;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	p = w->q[0];
	w->out.n = IKE_OUT_ACTS - 3;
	ike_input(w->s[SERVER].ike, w->now, &p.dst, &p.src,
	    rd_make(p.b, p.n), &w->out);
	assert_int_equal(w->out.n, IKE_OUT_ACTS - 3);
	assert_int_equal(ike_dial(w->s[CLIENT].ike, w->now, &d, &w->out), 0);
	w->now = mono_add_s(w->now, 2);
	ike_expire(w->s[CLIENT].ike, w->now, &w->out);
	assert_int_equal(w->out.n, IKE_OUT_ACTS - 3);
	w->out.n = 0;
	ike_expire(w->s[CLIENT].ike, w->now, &w->out);
	assert_int_equal(w->out.n, 1);
	world_take(w, CLIENT);
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

/* No function writes beyond a full box, whatever it is asked. */
static void
full_box_everywhere(void **state)
{
	struct world *w = world_new(16, true, false);
	struct world_side *c = &w->s[CLIENT];
	struct endpoint e = { w->nat_addr, 4242 };
	struct ike_way way = { .local = e, .remote = e };
	struct ike_dial d;
	struct ike_stats st;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	for (int pass = 0; pass < 2; pass++) {
		/* pass 0: no action fits; pass 1: no byte fits */
		w->out.n = pass == 0 ? IKE_OUT_ACTS : 0;
		w->out.used = pass == 0 ? 0 : IKE_OUT_BYTES;
		ike_out_stage(&w->out, 1, 1, &way, IKE_STAGE_MM1);
		ike_out_fail(&w->out, 1, 1, &way, IKE_WHY_PSK, "x");
		ike_out_send(&w->out, 1, 1, &way, rd_make("abc", 3));
		assert_null(ike_ask_dh(c->ike, &w->out, 1, 1, DH_TAG_MAIN, 14));
		ike_sa_up(c->ike, c->sa, false, &w->out);
		ike_sa_fresh(c->ike, w->now, c->sa, forge_sa(w), &way, &w->out);
		ike_info_probe(c->ike, w->now, c->sa, forge_sa(w), &w->out);
		ike_esp_seen(c->ike, w->now, c->kid_h[0], &w->out);
		ike_rekey_child(c->ike, w->now, c->sa, &w->out);
		ike_rekey_peer(c->ike, w->now, c->sa, &w->out);
		ike_close(c->ike, w->now, c->sa, &w->out);
		ike_child_close(c->ike, w->now, c->kid_h[0], &w->out);
		ike_forget(c->ike, c->sa, &w->out);
		ike_child_forget(c->ike, c->kid_h[0], &w->out);
		assert_true(w->out.n <= IKE_OUT_ACTS);
		assert_true(w->out.used <= IKE_OUT_BYTES);
	}
	w->out.n = 0;
	w->out.used = 0;
	ike_stats(c->ike, &st);
	assert_int_equal(st.peers, 1);		/* all waits for room */
	assert_int_equal(st.children, 1);
	w->out.n = IKE_OUT_ACTS;
	ike_pair_gone(c->ike, c->kid_h[0], IKE_WHY_CLOSED, &w->out);
	ike_sa_gone(c->ike, c->sa, IKE_WHY_CLOSED, &w->out);
	w->out.n = 0;
	ike_stats(c->ike, &st);
	assert_int_equal(st.peers + st.children, 0);
	world_free(w);
}

/* Handles of what is gone do nothing. */
static void
stale_handles(void **state)
{
	struct world *w = world_new(17, true, false);
	struct ike *ike = w->s[SERVER].ike;
	struct endpoint e = { w->nat_addr, 4242 };

	(void)state;
	for (uint32_t h = 0; h < 0x300000; h += 0x100001) {
		ike_esp_seen(ike, w->now, h, &w->out);
		ike_heard(ike, w->now, h);
		ike_moved(ike, w->now, h, &e, &e);
		ike_child_moved(ike, h, &e, &e);
		ike_rekey_child(ike, w->now, h, &w->out);
		ike_rekey_peer(ike, w->now, h, &w->out);
		ike_close(ike, w->now, h, &w->out);
		ike_child_close(ike, w->now, h, &w->out);
		ike_forget(ike, h, &w->out);
		ike_child_forget(ike, h, &w->out);
	}
	assert_int_equal(w->out.n, 0);
	ike_free(NULL);
	world_free(w);
}

static void
words(void **state)
{
	char buf[40];

	(void)state;
	for (int i = 0; i < IKE_WHY_COUNT; i++)
		assert_true(strlen(ike_why_str((enum ike_why)i)) > 3);
	assert_string_equal(ike_why_str(IKE_WHY_COUNT), "?");
	for (int i = 0; i <= IKE_STAGE_CHILD; i++)
		assert_true(strlen(ike_stage_str((enum ike_stage)i)) > 3);
	assert_string_equal(ike_p1_str(&(struct ike_p1){ CIPHER_3DES,
	    HASH_MD5, 1 }, buf), "3des-md5-modp768");
	assert_string_equal(ike_p1_str(&(struct ike_p1){ CIPHER_ALGS,
	    HASH_ALGS, 99 }, buf), "?-?-group99");
	assert_string_equal(ike_p1_str(&(struct ike_p1){ CIPHER_AES192,
	    HASH_SHA384, DH_ECP521 }, buf), "aes192-sha384-ecp521");
}

/* A dial that cannot be is refused at once and leaves nothing. */
static void
bad_dials(void **state)
{
	struct world *w = world_new(18, true, false);
	struct ike_dial d;
	struct ike_stats st;

	(void)state;
	world_dial_init(w, &d);
	d.p1_n = 0;
	assert_int_equal(world_dial(w, &d), 0);
	d.p1_n = IKE_P1_MAX + 1;
	assert_int_equal(world_dial(w, &d), 0);
	d.p1_n = 1;
	d.p1[0].cipher = CIPHER_ALGS;
	assert_int_equal(world_dial(w, &d), 0);
	d.p1[0].cipher = CIPHER_AES256;
	d.p2_n = IKE_P2_MAX + 1;
	assert_int_equal(world_dial(w, &d), 0);
	d.p2_n = 1;
	for (int i = 0; i < 32; i++)
		assert_int_not_equal(world_dial(w, &d), 0);
	assert_int_equal(world_dial(w, &d), 0);		/* no record left */
	ike_stats(w->s[CLIENT].ike, &st);
	assert_int_equal(st.peers, 32);
	assert_int_equal(st.dh_pending, 32);
	w->n = 0;
	world_free(w);
}

/* The largest dial fits its messages. */
static void
largest_dial(void **state)
{
	struct world *w = world_new(19, true, true);
	struct ike_dial d;
	struct ike_params p;

	(void)state;
	world_params(&p, true);
	world_dial_init(w, &d);
	for (d.p1_n = 0; d.p1_n < 15; d.p1_n++)	/* 640 bytes at the server */
		d.p1[d.p1_n] = p.p1[120 - d.p1_n];
	for (d.p2_n = 0; d.p2_n < IKE_P2_MAX; d.p2_n++)
		d.p2[d.p2_n] = p.p2[d.p2_n % p.p2_n];
	d.p1_life_s = d.p2_life_s = 1000000;
	d.pfs_group = DH_MODP4096;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bucket_of_an_address),
		cmocka_unit_test(bucket_of_a_network),
		cmocka_unit_test(bucket_of_all),
		cmocka_unit_test(bucket_of_an_ipv6_host),
		cmocka_unit_test(spoofed_flood),
		cmocka_unit_test(stranger_for_stranger),
		cmocka_unit_test(known_prefix_gets_in),
		cmocka_unit_test(notifies_are_few),
		cmocka_unit_test(offer_too_large),
		cmocka_unit_test(second_pool),
		cmocka_unit_test(jobs_tell_prefix),
		cmocka_unit_test(shed_job),
		cmocka_unit_test(shed_job_quick),
		cmocka_unit_test(buckets_far_in_the_future),
		cmocka_unit_test(costly_groups),
		cmocka_unit_test(pfs_has_a_bucket),
		cmocka_unit_test(quick_modes_in_flight),
		cmocka_unit_test(quick_mode_limits),
		cmocka_unit_test(informational_limits),
		cmocka_unit_test(sizes),
		cmocka_unit_test(no_randomness),
		cmocka_unit_test(full_box),
		cmocka_unit_test(full_box_everywhere),
		cmocka_unit_test(stale_handles),
		cmocka_unit_test(words),
		cmocka_unit_test(bad_dials),
		cmocka_unit_test(largest_dial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
