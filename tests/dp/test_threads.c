/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two worker threads under load while the control thread adds, moves, rekeys
 * and deletes: made for the thread sanitizer.  Every packet that leaves is
 * checked for the order of its SA.  And while it changes rules and rates that
 * all allow the load: not one packet may be lost by that.
 */

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "tests/dp/rig.h"

#define WORKERS	2
#define PHONES	6
#define GENS	200
#define ROUNDS	600

struct threads_phone {
	pthread_mutex_t lock;
	struct rig_phone ph;
	unsigned gen;
};

struct threads;

struct threads_io {
	struct dp_io io;
	struct threads *t;
	unsigned index;
	struct esp_crypt *c;
	struct rng rng;
	uint8_t udp[8][512], tun[8][512];
	uint64_t udp_out, tun_out;
};

struct threads {
	struct dp *dp;
	_Atomic bool stop;
	_Atomic uint64_t us;
	struct threads_phone phone[PHONES];
	struct threads_io io[WORKERS];
	_Atomic uint32_t last[PHONES * GENS];	/* numbers of each SA */
	struct dp_net spare;
};

static struct threads_io *
io_of(struct dp_io *io)
{
	return (struct threads_io *)(void *)io;
}

/* Packets of any phone come in at any worker. */
static unsigned
t_recv_udp(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct threads_io *w = io_of(io);

	(void)max;
	for (unsigned i = 0; i < 8; i++) {
		struct threads_phone *p =
		    &w->t->phone[rng_below(&w->rng, PHONES)];
		uint8_t *b = w->udp[i] + 64;
		struct esp_item it = { .p = b, .back = 100 };
		size_t n;

		pthread_mutex_lock(&p->lock);
		inet_put16(b, 0, 1701);
		inet_put16(b, 2, 1701);
		memcpy(b + 8, "\x00\x02\x00\x0b\x00\x16\xff\x03\x00\x21", 10);
		n = rig_ip4(b + 18, ipaddr_as_v4(&p->ph.net.peer4), 0x08080808,
		    20, true) + 18;
		if (i == 0)
			b[16] = 0xc0;	/* LCP: a note */
		inet_put16(b, 4, (uint16_t)n);
		it.sa.out = &p->ph.out;
		it.len = (uint32_t)n;
		esp_seal(w->c, &it, 1);
		v[i] = (struct pkt){ .p = it.p, .len = it.len,
			.via = PKT_NATT, .local = p->ph.sa.local,
			.remote = p->ph.sa.remote };
		if (i == 1)
			v[i].remote.port = (uint16_t)(rng_u32(&w->rng) | 1);
		pthread_mutex_unlock(&p->lock);
	}
	return 8;
}

static unsigned
t_recv_tun(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct threads_io *w = io_of(io);

	(void)max;
	for (unsigned i = 0; i < 8; i++)
		v[i] = (struct pkt){ .p = w->tun[i], .via = PKT_TUN,
			.len = (uint32_t)rig_ip4(w->tun[i], 0x08080808,
			    0x0a090000 + rng_below(&w->rng, PHONES + 1), 20,
			    true) };
	return 8;
}

static unsigned
t_send_udp(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	struct threads_io *w = io_of(io);

	for (unsigned i = 0; i < n; i++) {
		uint32_t sa = (inet_u32(v[i]->p, 0) ^ 0x80000000u) - 0x10000;
		uint32_t seq = inet_u32(v[i]->p, 4);

		assert_true(sa < PHONES * GENS);
		assert_int_equal(atomic_exchange_explicit(&w->t->last[sa], seq,
		    memory_order_relaxed), seq - 1);
	}
	w->udp_out += n;
	return n;
}

static unsigned
t_send_tun(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(v[i]->p[0], 0x45);
	io_of(io)->tun_out += n;
	return n;
}

static void *
run(void *p)
{
	struct threads_io *w = p;
	uint64_t us;

	worker_enter(w->t->dp, w->index);
	while (!w->t->stop) {
		us = atomic_fetch_add(&w->t->us, 1000) + 1000;
		(void)worker_step(w->t->dp, w->index, mono_us(us));
		if (us % 16000 == 0 && worker_rest(w->t->dp, w->index)) {
			sched_yield();
			worker_rise(w->t->dp, w->index);
		}
	}
	worker_leave(w->t->dp, w->index);
	return NULL;
}

static void
rekey(struct threads *t, unsigned i)
{
	struct threads_phone *p = &t->phone[i];
	uint32_t old = p->ph.sa.sa;
	struct rig_phone next = { .sa = p->ph.sa, .sess = p->ph.sess,
		.net = p->ph.net };

	if (p->gen + 1 == GENS)
		return;
	p->gen++;
	rig_phone_rekey(&next, old + 1, 0x10000 + i * GENS + p->gen);
	/* It may come in on a path of its own at first, another worker's. */
	next.sa.path = p->gen % 2 ? i : PHONES + 1 + i;
	assert_true(dp_workers.sa_add(t->dp, &next.sa));
	pthread_mutex_lock(&p->lock);
	rig_phone_wipe(&p->ph);
	p->ph = next;
	pthread_mutex_unlock(&p->lock);
	if (next.sa.path != i) {
		nanosleep(&(struct timespec){ .tv_nsec = 300000 }, NULL);
		assert_true(dp_workers.sa_join(t->dp, old + 1, i));
	}
	dp_workers.sa_use(t->dp, old + 1);
	dp_workers.send_l2tp(t->dp, i, rd_make("last", 4));
	dp_workers.sa_del(t->dp, old);
}

/* One thing that control may do at any time. */
static void
act(struct threads *t, struct rng *rng)
{
	unsigned i = rng_below(rng, PHONES);
	struct threads_phone *p = &t->phone[i];
	struct endpoint to = rig_end("203.0.113.9", 999);
	struct dp_count count;
	struct dp_load load;

	switch (rng_below(rng, 8)) {
	case 0:
		rekey(t, i);
		break;
	case 1:
		dp_workers.sess_shut(t->dp, 5000 + i);
		assert_true(dp_workers.sess_open(t->dp, 5000 + i, &p->ph.net));
		break;
	case 2:
		dp_workers.sess_del(t->dp, 5000 + i);
		assert_true(dp_workers.sess_add(t->dp, &p->ph.sess));
		assert_true(dp_workers.sess_open(t->dp, 5000 + i, &p->ph.net));
		break;
	case 3:
		dp_workers.sa_move(t->dp, p->ph.sa.sa, &p->ph.sa.local, &to);
		break;
	case 4:
		dp_workers.sa_reserve(t->dp, p->ph.sa.sa, 1u << 30);
		(void)dp_workers.sa_heard(t->dp, p->ph.sa.sa);
		break;
	case 5:
		assert_true(dp_workers.sess_count(t->dp, 5000 + i, &count));
		dp_load(t->dp, i % WORKERS, &load);
		break;
	case 6:
		dp_workers.send_ppp(t->dp, 5000 + i, rd_make("\xc0\x21", 2));
		break;
	case 7:
		dp_workers.send_l2tp(t->dp, i, rd_make("hello", 5));
		break;
	}
}

/* Rules by different ways to the same end: what the workers' load needs. */
static void
rules(struct threads *t, uint32_t number, bool other)
{
	static const char *const text[2][3] = {
		{ "deny both tcp from any to any",
		    "permit both any from any to any", NULL },
		{ "permit from-client udp from 10.9.0.0/16 port 7 to 8.8.8.8",
		    "permit to-client udp from 8.8.8.8 to any port 9",
		    "deny both any from any to any" },
	};
	struct acl_rule r[3];
	char why[200];
	uint32_t n = 0;

	while (n < 3 && text[other][n] != NULL) {
		assert_true(acl_rule_parse(text[other][n], &r[n], why,
		    sizeof(why)));
		n++;
	}
	assert_true(dp_workers.acl_set(t->dp, number, r, n));
}

/* One change of rules, rates or routes. */
static void
change(struct threads *t, struct rng *rng)
{
	unsigned i = rng_below(rng, PHONES);
	struct dp_policy po = {
		.acl = rng_below(rng, 3),
		.rx_bps = rng_below(rng, 2) * UINT64_C(10000000000),
		.tx_bps = rng_below(rng, 2) * UINT64_C(10000000000),
		.rx_burst = 1u << 30, .tx_burst = 1u << 30,
	};
	struct dp_count count;

	switch (rng_below(rng, 4)) {
	case 0:
		rules(t, 1 + rng_below(rng, 2), rng_below(rng, 2) != 0);
		break;
	case 1:
		assert_true(dp_workers.sess_policy(t->dp, 5000 + i,
		    rng_below(rng, 4) == 0 ? NULL : &po));
		break;
	case 2:		/* of the one that nothing is sent to */
		i = PHONES;
		dp_workers.sess_shut(t->dp, 5000 + i);
		t->spare.route_n = rng_below(rng, 2);
		assert_true(ipnet_parse("10.77.0.0/16", &t->spare.route[0]));
		t->spare.route[0].bits = (uint8_t)(16 + rng_below(rng, 8));
		assert_true(dp_workers.sess_open(t->dp, 5000 + i, &t->spare));
		break;
	case 3:
		assert_true(dp_workers.sess_count(t->dp, 5000 + i, &count));
		assert_int_equal(count.acl_drops + count.rate_drops, 0);
		break;
	}
}

static void
look(struct threads *t, struct rng *rng)
{
	struct dp_count count;

	(void)rng;
	assert_true(dp_workers.sess_count(t->dp, 5000, &count));
}

static void
make(struct threads *t)
{
	t->dp = rig_dp(WORKERS, false);
	for (unsigned i = 0; i < PHONES; i++) {
		pthread_mutex_init(&t->phone[i].lock, NULL);
		rig_phone_init(&t->phone[i].ph, i);
		rig_phone_rekey(&t->phone[i].ph, i * GENS + 1,
		    0x10000 + i * GENS);
		rig_phone_add(&t->phone[i].ph, t->dp);
	}
	for (unsigned k = 0; k < WORKERS; k++) {
		t->io[k] = (struct threads_io){ .io = { .recv_udp = t_recv_udp,
			.recv_tun = t_recv_tun, .send_udp = t_send_udp,
			.send_tun = t_send_tun }, .t = t, .index = k,
			.c = rig_crypt() };
		rng_seeded(&t->io[k].rng, 100 + k);
		dp_attach(t->dp, k, &t->io[k].io);
	}
}

static void
begin(struct threads *t, pthread_t id[WORKERS])
{
	for (unsigned k = 0; k < WORKERS; k++)
		assert_int_equal(pthread_create(&id[k], NULL, run, &t->io[k]),
		    0);
}

/* Something now and then, while the workers run. */
static unsigned
go_on(struct threads *t, void (*what)(struct threads *, struct rng *))
{
	struct dp_note note;
	struct rng rng;
	unsigned notes = 0;

	rng_seeded(&rng, 7);
	for (unsigned round = 0; round < ROUNDS; round++) {
		what(t, &rng);
		for (unsigned k = 0; k < WORKERS; k++)
			while (dp_take(t->dp, k, &note))
				notes++;
		if (round % 4 == 0)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 },
			    NULL);
	}
	return notes;
}

static void
end(struct threads *t, pthread_t id[WORKERS])
{
	t->stop = true;
	for (unsigned k = 0; k < WORKERS; k++) {
		pthread_join(id[k], NULL);
		esp_crypt_free(t->io[k].c);
	}
	for (unsigned k = 0; k < WORKERS; k++)
		assert_true(t->io[k].udp_out > 100 && t->io[k].tun_out > 100);
}

static void
wipe_all(struct threads *t)
{
	dp_free(t->dp);
	for (unsigned i = 0; i < PHONES; i++)
		rig_phone_wipe(&t->phone[i].ph);
}

static void
churn(void **state)
{
	static struct threads t;
	pthread_t id[WORKERS];

	(void)state;
	make(&t);
	begin(&t, id);
	assert_true(go_on(&t, act) > PHONES);
	end(&t, id);
	wipe_all(&t);
}

/* What is allowed before, during and after a change is not lost by it. */
static void
policies(void **state)
{
	static struct threads t;
	const struct dp_sess spare = { .sess = 5000 + PHONES, .path = PHONES,
		.tunnel_id = 1, .session_id = 1 };
	pthread_t id[WORKERS];

	(void)state;
	t.spare = (struct dp_net){ .peer4 = ipaddr_v4(0x0a4d0001),
		.mtu = 1400 };
	make(&t);
	begin(&t, id);
	rules(&t, 1, false);
	rules(&t, 2, true);
	assert_true(dp_workers.sess_add(t.dp, &spare));
	(void)go_on(&t, change);
	end(&t, id);
	assert_int_equal(rig_drop(t.dp, DROP_INNER_ACL), 0);
	assert_int_equal(rig_drop(t.dp, DROP_INNER_RATE), 0);
	assert_int_equal(rig_drop(t.dp, DROP_IP_SOURCE), 0);
	wipe_all(&t);
}

/* Both workers draw from one bucket, and no more than is in it. */
static void
one_bucket(void **state)
{
	static struct threads t;
	const struct dp_policy po = { .rx_bps = 80000, .rx_burst = 4000 };
	struct dp_count count;
	pthread_t id[WORKERS];

	(void)state;
	make(&t);
	assert_true(dp_workers.sess_policy(t.dp, 5000, &po));
	begin(&t, id);
	(void)go_on(&t, look);
	end(&t, id);
	assert_true(dp_workers.sess_count(t.dp, 5000, &count));
	assert_true(count.rate_drops > 100);
	/* 10 bytes each millisecond, which is one step. */
	assert_true(count.rx_bytes <= 4000 + 48 + t.us / 100);
	assert_true(count.rx_bytes >= 4000);
	wipe_all(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(churn),
		cmocka_unit_test(policies),
		cmocka_unit_test(one_bucket),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
