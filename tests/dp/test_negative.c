/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Negative tests of threats.md 2.2 and 2.4 through a whole worker: what comes
 * from the wire goes in, and what leaves the wire is counted.
 */

#include "tests/dp/rig.h"
#include "tests/std.h"

#define ROUNDS		5000	/* of a batch each: a million packets */
#define BATCH		200
#define JUNK_MAX	200	/* bytes */

struct stage {
	struct dp *dp;
	struct rig_io *io;
	struct esp_crypt *c;
	struct rig_phone a, b;
	struct rng rng;
	uint64_t now;
};

static int
setup(void **state)
{
	struct stage *g = calloc(1, sizeof(*g));

	g->dp = rig_dp(1, false);
	g->io = rig_io_new();
	g->c = rig_crypt();
	g->now = 5000000;
	rng_seeded(&g->rng, 29);
	dp_attach(g->dp, 0, &g->io->io);
	rig_phone_init(&g->a, 1);
	rig_phone_init(&g->b, 2);
	g->b.sa.encap = false;
	rig_phone_add(&g->a, g->dp);
	rig_phone_add(&g->b, g->dp);
	*state = g;
	return 0;
}

static int
teardown(void **state)
{
	struct stage *g = *state;

	dp_free(g->dp);
	rig_io_free(g->io);
	esp_crypt_free(g->c);
	rig_phone_wipe(&g->a);
	rig_phone_wipe(&g->b);
	free(g);
	return 0;
}

static void
step(struct stage *g)
{
	g->io->tun_out.n = g->io->udp_out.n = g->io->raw_out.n = 0;
	g->now += 1000;
	worker_step(g->dp, 0, mono_us(g->now));
}

static unsigned
left(const struct stage *g)
{
	return g->io->tun_out.n + g->io->udp_out.n + g->io->raw_out.n;
}

static bool
live_spi(const struct stage *g, uint32_t spi)
{
	return spi == g->a.sa.spi_in || spi == g->b.sa.spi_in;
}

/* A random packet of no SA of ours: on 4500, or as protocol 50. */
static void
junk(struct stage *g, bool raw)
{
	static uint8_t b[JUNK_MAX];
	size_t n = 4 + rng_below(&g->rng, JUNK_MAX - 4);
	struct rig_pkt *r;
	uint32_t spi;

	(void)rng_fill(&g->rng, b, n);
	do {		/* half of them near those that live */
		spi = rng_u32(&g->rng);
		if (spi % 2 == 0)
			spi = g->a.sa.spi_in + spi % 4096;
	} while (spi == 0 || live_spi(g, spi));
	inet_put32(b, 0, spi);
	r = rig_put(raw ? &g->io->raw_in : &g->io->udp_in, b, n);
	r->via = raw ? PKT_ESP : PKT_NATT;
	r->local = g->a.sa.local;
	r->remote = (struct endpoint){ ipaddr_v4(rng_u32(&g->rng)),
		(uint16_t)(raw ? 0 : rng_u32(&g->rng)) };
	if (rng_u32(&g->rng) % 8 == 0)	/* even from where a phone is */
		r->remote = g->a.sa.remote;
}

/* A million packets of unknown SPIs from anywhere: not one byte leaves. */
static void
n29_unknown_spis(void **state)
{
	struct stage *g = *state;
	struct dp_note note;
	uint8_t ip[200];
	size_t n;

	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned k = 0; k < BATCH; k++)
			junk(g, i % 2 == 1);
		step(g);
		assert_int_equal(left(g), 0);
		assert_false(dp_take(g->dp, 0, &note));
	}
	assert_int_equal(rig_drop(g->dp, DROP_ESP_SPI),
	    (uint64_t)ROUNDS * BATCH);
	assert_int_equal(dp_workers.sa_heard(g->dp, g->a.sa.sa).us, 0);
	/* the phones are as they were */
	n = rig_ip4(ip, 0x0a090001, 0x08080808, 100, true);
	rig_phone_ip(&g->a, g->io, g->c, ip, n);
	step(g);
	assert_int_equal(g->io->tun_out.n, 1);
	n = rig_ip4(ip, 0x0a090002, 0x08080808, 100, true);
	rig_phone_ip(&g->b, g->io, g->c, ip, n);
	step(g);
	assert_int_equal(g->io->tun_out.n, 1);
}

/* The same with SPIs that live: the ICV stops them, nothing is answered. */
static void
n32_junk_of_live_spis(void **state)
{
	struct stage *g = *state;
	struct dp_note note;

	for (unsigned i = 0; i < 500; i++) {
		for (unsigned k = 0; k < BATCH; k++) {
			bool raw = i % 2 == 1;
			struct rig_queue *q = raw ? &g->io->raw_in :
			    &g->io->udp_in;

			junk(g, raw);
			inet_put32(q->v[q->n - 1].b, 0, raw ? g->b.sa.spi_in :
			    g->a.sa.spi_in);
		}
		step(g);
		assert_int_equal(left(g), 0);
		assert_false(dp_take(g->dp, 0, &note));
	}
	assert_int_equal(rig_drop(g->dp, DROP_ESP_SPI), 0);
	assert_int_equal(dp_workers.sa_heard(g->dp, g->a.sa.sa).us, 0);
}

/* N-01, N-30: 0 to 3 bytes alone; the marker and 0 to 27 bytes behind it. */
static void
n01_natt_runts(void **state)
{
	static const uint8_t zero[32], ones[32] = { 0xff, 0xff, 0xff };
	struct stage *g = *state;
	struct dp_note note;

	for (unsigned n = 0; n < 4; n++)
		for (unsigned k = 0; k < 2; k++) {
			struct rig_pkt *r = rig_put(&g->io->udp_in,
			    k == 0 ? zero : ones, n);

			r->via = PKT_NATT;
			r->remote = g->a.sa.remote;
			step(g);
			assert_int_equal(left(g), 0);
			assert_false(dp_take(g->dp, 0, &note));
		}
	assert_int_equal(rig_drop(g->dp, DROP_UDP_SHORT) +
	    rig_drop(g->dp, DROP_UDP_KEEPALIVE), 8);
	/* Behind the marker: the IKE engine's to refuse, whole or not at all. */
	for (unsigned n = 0; n < 28; n++) {
		struct rig_pkt *r = rig_put(&g->io->udp_in, zero, 4 + n);

		r->via = PKT_NATT;
		r->remote = g->a.sa.remote;
		step(g);
		assert_int_equal(left(g), 0);
		while (dp_take(g->dp, 0, &note)) {
			assert_int_equal(note.kind, DP_IKE);
			assert_true(rd_left(&note.data) <= 27);
		}
	}
	assert_int_equal(dp_workers.sa_heard(g->dp, g->a.sa.sa).us, 0);
}

/* N-31: a recording over protocol 50, from other addresses, and of before a
 * rekey. */
static void
n31_replay_over_raw(void **state)
{
	struct stage *g = *state;
	struct rig_pkt *copy = calloc(1, sizeof(*copy)), *r;
	struct dp_note note;
	uint8_t ip[200];
	size_t n = rig_ip4(ip, 0x0a090002, 0x08080808, 100, true);

	*copy = *rig_phone_ip(&g->b, g->io, g->c, ip, n);
	step(g);
	assert_int_equal(g->io->tun_out.n, 1);
	while (dp_take(g->dp, 0, &note))
		continue;
	for (unsigned i = 0; i < 1000; i++) {
		r = rig_put(&g->io->raw_in, copy->b, copy->len);
		r->via = PKT_ESP;
		r->local = copy->local;
		r->remote = i % 2 == 0 ? copy->remote :
		    rig_end("203.0.113.77", 0);
		if (i % 100 == 99) {
			step(g);
			assert_int_equal(left(g), 0);
			assert_false(dp_take(g->dp, 0, &note));
		}
	}
	assert_int_equal(rig_drop(g->dp, DROP_ESP_REPLAY), 1000);
	/* The SA is gone: what was recorded of it has no SPI any more. */
	dp_workers.sa_del(g->dp, g->b.sa.sa);
	r = rig_put(&g->io->raw_in, copy->b, copy->len);
	r->via = PKT_ESP;
	r->local = copy->local;
	r->remote = copy->remote;
	step(g);
	assert_int_equal(left(g), 0);
	assert_int_equal(rig_drop(g->dp, DROP_ESP_SPI), 1);
	free(copy);
}

/* N-36: every source but its own, drawn; its own alone comes through. */
static void
n36_any_other_source(void **state)
{
	static const uint32_t odd[] = { 0, 0x00000001, 0x0a0900fe, 0x0a090002,
		0x0a090000, 0x0a090101, 0x7f000001, 0x7fffffff, 0xe0000001,
		0xefffffff, 0xf0000001, 0xffffffff, 0xa9fe0001, 0xc6336401,
		0x0a08ffff };
	struct stage *g = *state;
	uint8_t ip[200];
	unsigned k = 0;

	for (unsigned i = 0; i < 20000; i++) {
		uint32_t src = i < sizeof(odd) / sizeof(odd[0]) ? odd[i] :
		    i % 3 == 0 ? 0x0a090001 ^ 1u << rng_below(&g->rng, 32) :
		    rng_u32(&g->rng);

		if (src == 0x0a090001)
			continue;
		k++;
		rig_phone_ip(&g->a, g->io, g->c, ip, rig_ip4(ip, src,
		    0x08080808, 10, true));
		if (i % 200 == 199) {
			step(g);
			assert_int_equal(left(g), 0);
		}
	}
	step(g);
	assert_int_equal(rig_drop(g->dp, DROP_IP_SOURCE), k);
	rig_phone_ip(&g->a, g->io, g->c, ip, rig_ip4(ip, 0x0a090001,
	    0x08080808, 10, true));
	step(g);
	assert_int_equal(g->io->tun_out.n, 1);
}

/* N-36: every IPv6 source: this session has no IPv6 address at all. */
static void
n36_no_ipv6(void **state)
{
	struct stage *g = *state;
	uint8_t frame[44] = { 0xff, 3, 0, 0x57, 0x60, 0, 0, 0, 0, 0, 59, 64 };

	for (unsigned i = 0; i < 200; i++) {
		(void)rng_fill(&g->rng, frame + 12, 32);
		if (i < 16) {		/* ::1, fe80::, the v4-mapped form */
			memset(frame + 12, 0, 16);
			frame[27] = (uint8_t)i;
		}
		rig_phone_ppp(&g->a, g->io, g->c, frame, sizeof(frame));
	}
	step(g);
	assert_int_equal(left(g), 0);
	assert_int_equal(rig_drop(g->dp, DROP_IP_FAMILY), 200);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(n29_unknown_spis), T(n32_junk_of_live_spis),
		T(n01_natt_runts), T(n31_replay_over_raw),
		T(n36_any_other_source), T(n36_no_ipv6),
	};

	(void)crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
