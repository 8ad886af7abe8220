/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two data planes, one in the phones' role, against each other:
 *
 *	TUN <- phones' plane <- ESP -> concentrator's plane -> TUN
 */

#include "tests/dp/rig.h"

#define PHONES	3
#define HOST	0x08080808u

struct ends {
	struct dp *near, *far;		/* the concentrator's, the phones' */
	struct rig_io *near_io, *far_io;
	struct rig_phone ph[PHONES];
	uint8_t ip[1500];
};

static struct dp *
far_plane(void)
{
	static struct rng rng;
	const struct dp_params p = { .workers = 1, .sas = 64, .sessions = 64,
		.reverse = true, .rng = &rng };
	struct dp *dp;

	rng_seeded(&rng, 43);
	dp = dp_new(&p);
	assert_non_null(dp);
	return dp;
}

/* The same phone as its own end sees it. */
static void
far_add(struct ends *e, const struct rig_phone *ph)
{
	struct dp_sa sa = ph->sa;
	struct dp_sess s = ph->sess;
	struct dp_net net = { .peer4 = ph->net.peer4, .mtu = ph->net.mtu };

	sa.spi_in = ph->sa.spi_out;
	sa.spi_out = ph->sa.spi_in;
	memcpy(sa.keys_in, ph->sa.keys_out, sizeof(sa.keys_in));
	memcpy(sa.keys_out, ph->sa.keys_in, sizeof(sa.keys_out));
	sa.local = ph->sa.remote;
	sa.remote = ph->sa.local;
	s.tunnel_id = ph->sess.peer_tunnel_id;
	s.session_id = ph->sess.peer_session_id;
	s.peer_tunnel_id = ph->sess.tunnel_id;
	s.peer_session_id = ph->sess.session_id;
	assert_true(dp_workers.sa_add(e->far, &sa));
	dp_workers.sa_use(e->far, sa.sa);
	assert_true(dp_workers.sess_add(e->far, &s));
	assert_true(dp_workers.sess_open(e->far, s.sess, &net));
}

static int
setup(void **state)
{
	struct ends *e = calloc(1, sizeof(*e));

	e->near = rig_dp(1, false);
	e->far = far_plane();
	e->near_io = rig_io_new();
	e->far_io = rig_io_new();
	dp_attach(e->near, 0, &e->near_io->io);
	dp_attach(e->far, 0, &e->far_io->io);
	for (uint32_t i = 0; i < PHONES; i++) {
		rig_phone_init(&e->ph[i], i + 1);
		rig_phone_add(&e->ph[i], e->near);
		far_add(e, &e->ph[i]);
	}
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct ends *e = *state;

	for (uint32_t i = 0; i < PHONES; i++)
		rig_phone_wipe(&e->ph[i]);
	dp_free(e->near);
	dp_free(e->far);
	rig_io_free(e->near_io);
	rig_io_free(e->far_io);
	free(e);
	return 0;
}

/* What one sent is there for the other: local is remote. */
static void
carry(struct rig_io *from, struct rig_io *to)
{
	for (unsigned i = 0; i < from->udp_out.n; i++) {
		const struct rig_pkt *r = &from->udp_out.v[i];
		struct rig_pkt *q = rig_put(&to->udp_in, r->b, r->len);

		q->via = r->via;
		q->local = r->remote;
		q->remote = r->local;
	}
	from->udp_out.n = 0;
}

static void
both_step(struct ends *e)
{
	for (unsigned k = 0; k < 3; k++) {
		(void)worker_step(e->far, 0, mono_us(1000000));
		carry(e->far_io, e->near_io);
		(void)worker_step(e->near, 0, mono_us(1000000));
		carry(e->near_io, e->far_io);
	}
}

static void
each_by_its_own_address(void **state)
{
	struct ends *e = *state;
	struct dp_count c;

	for (uint32_t i = 1; i <= PHONES; i++)
		(void)rig_put(&e->far_io->tun_in, e->ip, rig_ip4(e->ip,
		    0x0a090000 + i, HOST, 100 * i, true));
	both_step(e);
	assert_int_equal(e->near_io->tun_out.n, PHONES);
	for (uint32_t i = 1; i <= PHONES; i++) {
		const struct rig_pkt *r = &e->near_io->tun_out.v[i - 1];

		assert_int_equal(r->len, 28 + 100 * i);
		assert_int_equal(inet_u32(r->b, 12), 0x0a090000 + i);
		assert_true(dp_workers.sess_count(e->near,
		    e->ph[i - 1].sess.sess, &c));
		assert_int_equal(c.rx_packets, 1);
		assert_true(dp_workers.sess_count(e->far,
		    e->ph[i - 1].sess.sess, &c));
		assert_int_equal(c.tx_bytes, 28 + 100 * i);
	}
	for (uint32_t i = 1; i <= PHONES; i++)
		(void)rig_put(&e->near_io->tun_in, e->ip, rig_ip4(e->ip, HOST,
		    0x0a090000 + i, 200 * i, true));
	both_step(e);
	assert_int_equal(e->far_io->tun_out.n, PHONES);
	for (uint32_t i = 1; i <= PHONES; i++)
		assert_int_equal(inet_u32(e->far_io->tun_out.v[i - 1].b, 16),
		    0x0a090000 + i);
}

static void
not_by_another_address(void **state)
{
	struct ends *e = *state;
	struct dp_net net = { .peer4 = ipaddr_v4(0x0a090063), .mtu = 1400 };

	/* From the TUN: nobody's source. */
	(void)rig_put(&e->far_io->tun_in, e->ip, rig_ip4(e->ip, 0x0a090077,
	    HOST, 100, true));
	/* To nobody: the destination is not looked at. */
	(void)rig_put(&e->far_io->tun_in, e->ip, rig_ip4(e->ip, 0x0a090001,
	    0x0a090002, 100, true));
	both_step(e);
	assert_int_equal(rig_drop(e->far, DROP_IP_DEST), 1);
	assert_int_equal(rig_drop(e->near, DROP_IP_PEER), 1);
	/* The concentrator thinks that phone 1 has another address. */
	dp_workers.sess_shut(e->near, e->ph[0].sess.sess);
	assert_true(dp_workers.sess_open(e->near, e->ph[0].sess.sess, &net));
	(void)rig_put(&e->near_io->tun_in, e->ip, rig_ip4(e->ip, HOST,
	    0x0a090063, 100, true));
	both_step(e);
	assert_int_equal(rig_drop(e->far, DROP_IP_SOURCE), 1);
	assert_int_equal(e->far_io->tun_out.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_by_its_own_address, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(not_by_another_address, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
