/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the packet path. */

#include <pthread.h>

#include "dp/tables.h"
#include "tests/dp/rig.h"

/* 100,000 sessions, each found by what it is found by, then gone. */
static void
hundred_thousand(void **state)
{
	const uint32_t n = 100000;
	struct tables t;
	struct ipaddr a;

	(void)state;
	assert_true(tables_init(&t, 16, n, 8, 2, 77));
	for (uint32_t i = 0; i < n; i++) {
		struct dp_sess d = { .sess = i + 1, .path = i % 40000,
			.tunnel_id = (uint16_t)(i / 40000 + 1),
			.session_id = 1 };
		struct dp_net net = { .peer4 = ipaddr_v4(0x0a000000 + i),
			.mtu = 1400 };
		struct sess *s = tables_sess_add(&t, &d);

		assert_non_null(s);
		assert_true(tables_sess_open(&t, s, &net));
	}
	assert_null(tables_sess_add(&t, &(struct dp_sess){ .sess = n + 1 }));
	for (uint32_t i = 0; i < n; i++) {
		const struct net *net;

		a = ipaddr_v4(0x0a000000 + i);
		net = tables_addr(&t, &a);
		assert_non_null(net);
		assert_int_equal(net->sess->handle, i + 1);
		assert_ptr_equal(tables_ids(&t, i % 40000,
		    (uint16_t)(i / 40000 + 1), 1), net->sess);
		assert_ptr_equal(net->sess->path, tables_path(&t, i % 40000));
	}
	for (uint32_t i = 0; i < n; i += 2)
		tables_sess_del(&t, tables_sess(&t, i + 1));
	a = ipaddr_v4(0x0a000000);
	assert_null(tables_addr(&t, &a));
	assert_null(tables_sess(&t, 1));
	assert_null(tables_ids(&t, 0, 1, 1));
	assert_non_null(tables_sess(&t, 2));
	assert_int_equal(t.sess_used, n / 2);
	tables_wipe(&t);
	rcu_drain();
}

/* A path is there as long as something holds it. */
static void
path_life(void **state)
{
	struct tables t;
	struct rig_phone ph;
	struct sess *s;
	struct sa *sa;

	(void)state;
	assert_true(tables_init(&t, 4, 4, 8, 3, 1));
	rig_phone_init(&ph, 7);
	assert_null(tables_path(&t, 7));
	sa = tables_sa_add(&t, &ph.sa);
	assert_non_null(sa);
	assert_int_equal(tables_path(&t, 7)->owner, 1);
	assert_ptr_equal(tables_spi(&t, ph.sa.spi_in), sa);
	assert_ptr_equal(tables_sa(&t, ph.sa.sa), sa);
	s = tables_sess_add(&t, &ph.sess);
	assert_non_null(s);
	assert_ptr_equal(s->path, sa->path);
	tables_sa_close(&t, sa);
	assert_null(tables_spi(&t, ph.sa.spi_in));
	tables_sa_del(&t, sa);
	assert_non_null(tables_path(&t, 7));
	tables_sess_del(&t, s);
	assert_null(tables_path(&t, 7));
	/* To the worker that hears of it, if its ESP is in UDP. */
	t.near = 2;
	assert_non_null(tables_sa_add(&t, &ph.sa));
	assert_int_equal(tables_path(&t, 7)->owner, 2);
	ph.sa = (struct dp_sa){ .sa = 90, .path = 9, .suite = ph.sa.suite,
		.spi_in = 91, .spi_out = 92, .window = 64 };
	assert_non_null(tables_sa_add(&t, &ph.sa));
	assert_int_equal(tables_path(&t, 9)->owner, 0);
	rig_phone_wipe(&ph);
	tables_wipe(&t);
	rcu_drain();
}

/* An SA changes its path: it lets go of the one and holds the other. */
static void
path_changed(void **state)
{
	struct tables t;
	struct rig_phone ph;
	struct sess *s;
	struct sa *sa;

	(void)state;
	assert_true(tables_init(&t, 4, 4, 8, 3, 1));
	rig_phone_init(&ph, 7);
	s = tables_sess_add(&t, &ph.sess);
	ph.sa.path = 8;
	sa = tables_sa_add(&t, &ph.sa);
	assert_true(s != NULL && sa != NULL);
	assert_true(tables_sa_join(&t, sa, 7));
	assert_ptr_equal(tables_sa_path(sa), s->path);
	assert_null(tables_path(&t, 8));
	/* To the same one, and to one that is not there yet. */
	assert_true(tables_sa_join(&t, sa, 7));
	assert_true(tables_sa_join(&t, sa, 9));
	assert_true(tables_sa_join(&t, sa, 7));
	assert_null(tables_path(&t, 9));
	tables_sess_del(&t, s);
	assert_non_null(tables_path(&t, 7));
	/* Who may have sealed with it keeps it. */
	tables_sa_use(sa);
	assert_ptr_equal(atomic_load(&tables_path(&t, 7)->out), sa);
	assert_false(tables_sa_join(&t, sa, 8));
	assert_null(tables_path(&t, 8));
	tables_sa_close(&t, sa);
	tables_sa_del(&t, sa);
	assert_null(tables_path(&t, 7));
	rig_phone_wipe(&ph);
	tables_wipe(&t);
	rcu_drain();
}

static void
addresses(void **state)
{
	struct tables t;
	struct dp_net four = { .peer4 = ipaddr_v4(1), .mtu = 1400 };
	struct dp_net six = { .mtu = 1400 };
	struct sess *a, *b;

	(void)state;
	assert_true(ipaddr_parse("2001:db8::1", &six.peer4));
	assert_true(tables_init(&t, 4, 4, 8, 1, 1));
	a = tables_sess_add(&t, &(struct dp_sess){ .sess = 1, .path = 1,
	    .tunnel_id = 1, .session_id = 1 });
	b = tables_sess_add(&t, &(struct dp_sess){ .sess = 2, .path = 2,
	    .tunnel_id = 1, .session_id = 1 });
	assert_true(a != NULL && b != NULL);
	assert_null(tables_sess_add(&t, &(struct dp_sess){ .sess = 3,
	    .path = 2, .tunnel_id = 1, .session_id = 1 }));
	assert_false(tables_sess_open(&t, a, &six));
	assert_true(tables_sess_open(&t, a, &four));
	assert_false(tables_sess_open(&t, b, &four));
	tables_sess_shut(&t, a);
	tables_sess_shut(&t, a);
	assert_null(atomic_load(&a->net));
	assert_true(tables_sess_open(&t, b, &four));
	tables_wipe(&t);
	rcu_drain();
}

struct peers {
	struct sa_peer peer;
	_Atomic bool stop;
};

static struct sa_ends
ends_of(uint32_t n)
{
	struct sa_ends e = { .local = { .addr = ipaddr_v4(n), .port = 1 },
		.remote = { .addr = { .family = IP_V6 } } };

	memset(e.remote.addr.b, (int)n, 16);
	e.remote.port = (uint16_t)(n * 257);
	return e;
}

static void *
writer(void *arg)
{
	struct peers *p = arg;

	for (uint32_t n = 0; !p->stop; n = (n + 1) & 0xff) {
		struct sa_ends e = ends_of(n);

		tables_peer_set(&p->peer, &e);
	}
	return NULL;
}

/* Two writers, one reader: never half of each. */
static void
peer_is_whole(void **state)
{
	static struct peers p;
	struct sa_ends e = ends_of(0);
	pthread_t id[2];

	(void)state;
	tables_peer_set(&p.peer, &e);
	for (unsigned k = 0; k < 2; k++)
		assert_int_equal(pthread_create(&id[k], NULL, writer, &p), 0);
	for (unsigned i = 0; i < 20000; i++) {
		struct sa_ends got = tables_peer_get(&p.peer), want;

		want = ends_of(ipaddr_as_v4(&got.local.addr));
		assert_true(endpoint_eq(&got.local, &want.local));
		assert_true(endpoint_eq(&got.remote, &want.remote));
	}
	p.stop = true;
	for (unsigned k = 0; k < 2; k++)
		pthread_join(id[k], NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hundred_thousand), cmocka_unit_test(path_life),
		cmocka_unit_test(path_changed),
		cmocka_unit_test(addresses), cmocka_unit_test(peer_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
