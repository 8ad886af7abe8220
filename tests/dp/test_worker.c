/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several workers, stepped by one thread in a random order: hand-over and
 * the law of outbound order.
 */

#include "tests/dp/rig.h"

#define WORKERS	3
#define PHONES	8
#define GENS	64		/* SAs that one phone has in its life */

struct many {
	struct dp *dp;
	struct rig_io *io[WORKERS];
	struct esp_crypt *c;
	struct rig_phone ph[PHONES];
	unsigned gen[PHONES];
	struct rng rng;
};

static int
setup(void **state)
{
	struct many *m = calloc(1, sizeof(*m));

	m->dp = rig_dp(WORKERS, false);
	m->c = rig_crypt();
	rng_seeded(&m->rng, 20260101);
	for (unsigned k = 0; k < WORKERS; k++) {
		m->io[k] = rig_io_new();
		dp_attach(m->dp, k, &m->io[k]->io);
	}
	for (unsigned i = 0; i < PHONES; i++) {
		rig_phone_init(&m->ph[i], i);
		rig_phone_rekey(&m->ph[i], i * GENS + 1, 0x10000 + i * GENS);
		rig_phone_add(&m->ph[i], m->dp);
	}
	*state = m;
	return 0;
}

static int
teardown(void **state)
{
	struct many *m = *state;

	dp_free(m->dp);
	for (unsigned k = 0; k < WORKERS; k++)
		rig_io_free(m->io[k]);
	for (unsigned i = 0; i < PHONES; i++)
		rig_phone_wipe(&m->ph[i]);
	esp_crypt_free(m->c);
	free(m);
	return 0;
}

static void
handed_over(void **state)
{
	struct many *m = *state;
	uint8_t ip[200];
	struct dp_load load;
	struct rig_pkt *r;
	size_t n = rig_ip4(ip, 0x08080808, 0x0a090004, 40, true);

	/* Path 4 is worker 1's; the frame comes to worker 2. */
	inet_put16(ip, 26, (uint16_t)~inet_fold(inet_sum_pseudo(ip + 12,
	    ip + 16, 4, 17, 48)));
	r = rig_put(&m->io[2]->tun_in, ip, n);
	r->vnet = (struct pkt_vnet){ VNET_F_NEEDS_CSUM, 0, 0, 0, 20, 6 };
	assert_true(worker_rest(m->dp, 1));
	worker_step(m->dp, 2, mono_us(1));
	assert_int_equal(m->io[2]->udp_out.n, 0);
	assert_int_equal(m->io[1]->wakes, 1);
	dp_load(m->dp, 2, &load);
	assert_int_equal(load.handed, 1);
	worker_rise(m->dp, 1);
	assert_false(worker_rest(m->dp, 1));
	assert_int_equal(worker_step(m->dp, 1, mono_us(1)), WORKER_BUSY);
	assert_int_equal(m->io[1]->udp_out.n, 1);
	assert_true(worker_rest(m->dp, 1));
	worker_rise(m->dp, 1);
	dp_load(m->dp, 1, &load);
	assert_int_equal(load.esp_out, 1);
	assert_int_equal(load.udp_out, 1);
	/* A ring that is full loses frames, counted. */
	for (unsigned i = 0; i < 20; i++) {
		rig_ip4(ip, 0x08080808, 0x0a090004, 40, true);
		rig_put(&m->io[2]->tun_in, ip, n);
		memset(m->io[2]->tun_in.v[i].b + n, 0, 60000);
		m->io[2]->tun_in.v[i].len = 60000;
	}
	worker_step(m->dp, 2, mono_us(2));
	assert_int_equal(rig_drop(m->dp, DROP_RING_FULL), 20 - 8);
}

/* A phone's IKE comes to worker 2: what is for the phone is sealed there. */
static void
where_its_datagrams_come(void **state)
{
	struct many *m = *state;
	struct rig_phone ph;
	struct dp_note note;
	uint8_t ip[200], ike[60] = { 0 };
	struct rig_pkt *r;

	ike[4] = 1;			/* behind the non-ESP marker */
	r = rig_put(&m->io[2]->udp_in, ike, sizeof(ike));
	r->via = PKT_NATT;
	r->local = rig_end("198.51.100.1", 4500);
	r->remote = rig_end("203.0.113.77", 4500);
	worker_step(m->dp, 2, mono_us(1));
	assert_true(dp_take(m->dp, 2, &note));
	assert_int_equal(note.kind, DP_IKE);
	rig_phone_init(&ph, 300);
	rig_phone_add(&ph, m->dp);
	assert_false(dp_take(m->dp, 2, &note));
	(void)rig_put(&m->io[2]->tun_in, ip, rig_ip4(ip, 0x08080808,
	    0x0a090000 + 300, 40, true));
	worker_step(m->dp, 2, mono_us(2));
	assert_int_equal(m->io[2]->udp_out.n, 1);
	rig_phone_wipe(&ph);
}

/* A receiver with a replay window of four packets, as Android has. */
struct window4 {
	uint32_t top;
	uint32_t bits;
};

static bool
window4_ok(struct window4 *w, uint32_t seq)
{
	if (seq == 0)
		return false;
	if (seq > w->top) {
		w->bits = seq - w->top > 4 ? 1 :
		    (w->bits << (seq - w->top) | 1) & 15;
		w->top = seq;
		return true;
	}
	if (w->top - seq >= 4 || (w->bits & 1u << (w->top - seq)) != 0)
		return false;
	w->bits |= 1u << (w->top - seq);
	return true;
}

static void
receive(struct many *m, unsigned k, struct window4 *win, unsigned *got)
{
	struct rig_queue *q = &m->io[k]->udp_out;

	for (unsigned i = 0; i < q->n; i++) {
		uint32_t spi = inet_u32(q->v[i].b, 0) ^ 0x80000000u;
		uint32_t seq = inet_u32(q->v[i].b, 4);

		assert_true(spi >= 0x10000 && spi < 0x10000 + PHONES * GENS);
		assert_true(window4_ok(&win[spi - 0x10000], seq));
		/* and stricter: nothing is skipped */
		assert_int_equal(seq, win[spi - 0x10000].top);
		(*got)++;
	}
	q->n = m->io[k]->tun_out.n = 0;
}

/*
 * The phone gets new SAs; the old pair goes at once.  Some come over another
 * path, which is another worker's.
 */
static void
rekey(struct many *m, unsigned i)
{
	uint32_t old = m->ph[i].sa.sa;

	if (m->gen[i] + 1 == GENS || rng_below(&m->rng, 4) != 0)
		return;
	m->gen[i]++;
	rig_phone_rekey(&m->ph[i], old + 1, 0x10000 + i * GENS + m->gen[i]);
	m->ph[i].sa.path = i + rng_below(&m->rng, 2) * (PHONES + 1);
	assert_true(dp_workers.sa_add(m->dp, &m->ph[i].sa));
	if (m->ph[i].sa.path != i)
		assert_true(dp_workers.sa_join(m->dp, old + 1, i));
	dp_workers.sa_use(m->dp, old + 1);
	dp_workers.sa_del(m->dp, old);
}

/* A random event about phone i at worker k; how many packets must leave. */
static unsigned
event(struct many *m, unsigned i, unsigned k)
{
	static uint8_t ip[20000];
	struct rig_pkt *r;

	switch (rng_below(&m->rng, 8)) {
	case 0:
		dp_workers.send_l2tp(m->dp, i, rd_make("hello", 5));
		return 1;
	case 1:
		dp_workers.send_ppp(m->dp, 5000 + i, rd_make("lcp", 3));
		return 1;
	case 2:			/* a TSO frame */
		rig_ip4(ip, 0x08080808, 0x0a090000 + i, 10012, true);
		ip[9] = 6;
		ip[32] = 0x50;
		r = rig_put(&m->io[k]->tun_in, ip, 10040);
		r->vnet = (struct pkt_vnet){ VNET_F_NEEDS_CSUM,
			VNET_GSO_TCPV4, 40, 1000, 20, 16 };
		return 10;
	case 3:
		rekey(m, i);
		return 0;
	case 4:			/* uplink as well */
		rig_phone_ip(&m->ph[i], m->io[k], m->c, ip, rig_ip4(ip,
		    0x0a090000 + i, 0x08080808, 30, true));
		return 0;
	}
	rig_put(&m->io[k]->tun_in, ip, rig_ip4(ip, 0x08080808, 0x0a090000 + i,
	    rng_below(&m->rng, 1000), true));
	return 1;
}

/* Any mix of flows, workers, control messages and rekeys. */
static void
outbound_order(void **state)
{
	struct many *m = *state;
	static struct window4 win[PHONES * GENS];
	struct dp_note note;
	unsigned got = 0, asked = 0, k;

	for (unsigned round = 0; round < 4000; round++) {
		asked += event(m, rng_below(&m->rng, PHONES),
		    rng_below(&m->rng, WORKERS));
		k = rng_below(&m->rng, WORKERS);
		worker_step(m->dp, k, mono_us(round));
		receive(m, k, win, &got);
		while (dp_take(m->dp, k, &note))
			;
	}
	for (k = 0; k < 2 * WORKERS; k++) {
		worker_step(m->dp, k % WORKERS, mono_us(5000));
		receive(m, k % WORKERS, win, &got);
	}
	assert_int_equal(got, asked);
	assert_true(m->gen[0] + m->gen[1] + m->gen[2] > 20);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(handed_over),
		T(where_its_datagrams_come),
		T(outbound_order),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
