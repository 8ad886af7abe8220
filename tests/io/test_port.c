/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two workers on real sockets and TUN queues, in a network namespace:
 *
 *	phone (127.0.0.2) -- UDP -- worker 0, 1 -- TUN -- kernel 10.9.0.254
 */

#include <pthread.h>

#include "base/crypto.h"
#include "io/port.h"
#include "tests/dp/rig.h"
#include "tests/io/netns.h"

#define PINGS	200

struct side {
	struct dp *dp;
	struct port *port[2];
	_Atomic bool stop;
	pthread_t thread[2];
	struct endpoint natt;
};

struct thread_arg {
	struct side *s;
	unsigned worker;
};

static void *
run(void *p)
{
	struct thread_arg *arg = p;
	struct side *s = arg->s;
	uint64_t us = 1;

	worker_enter(s->dp, arg->worker);
	while (!s->stop) {
		if (worker_step(s->dp, arg->worker, mono_us(us++)) &
		    WORKER_BUSY)
			continue;
		if (!worker_rest(s->dp, arg->worker))
			continue;
		port_wait(s->port[arg->worker], 1000);
		worker_rise(s->dp, arg->worker);
	}
	worker_leave(s->dp, arg->worker);
	return NULL;
}

static struct sock *
udp(const char *addr, uint16_t port, bool share)
{
	struct sock_params p = { .via = PKT_NATT, .port = port,
		.share = share, .trains = true };

	assert_true(ipaddr_parse(addr, &p.addr));
	return sock_new(sock_open(&p), &p);
}

static bool
start(struct side *s, struct thread_arg arg[2])
{
	struct tun_params tp = { .name = "ltest%d", .multi = true };
	struct tun *tun = netns_tun(&tp, true);

	if (tun == NULL)
		return false;
	netns_up("lo", 0, 0);
	s->dp = rig_dp(2, false);
	for (unsigned k = 0; k < 2; k++) {
		struct sock *natt = udp("0.0.0.0", s->natt.port, true);

		s->natt = sock_local(natt);
		s->port[k] = port_new();
		assert_true(port_add(s->port[k], natt));
		port_set_tun(s->port[k], k == 0 ? tun :
		    tun_new(tun_open(&tp), true));
		dp_attach(s->dp, k, port_io(s->port[k]));
		arg[k] = (struct thread_arg){ s, k };
	}
	for (unsigned k = 0; k < 2; k++)
		assert_int_equal(pthread_create(&s->thread[k], NULL, run,
		    &arg[k]), 0);
	return true;
}

static void
stop(struct side *s)
{
	s->stop = true;
	for (unsigned k = 0; k < 2; k++)
		port_io(s->port[k])->wake(port_io(s->port[k]));
	for (unsigned k = 0; k < 2; k++)
		pthread_join(s->thread[k], NULL);
	dp_free(s->dp);
	for (unsigned k = 0; k < 2; k++)
		port_free(s->port[k]);
}

static unsigned
collect(struct sock *s, struct rig_phone *ph, struct esp_crypt *c,
    unsigned want)
{
	static struct rig_pkt copy;
	struct pollfd fd = { .fd = sock_fd(s), .events = POLLIN };
	struct pkt in[SOCK_BATCH], one;
	unsigned got = 0;

	while (got < want && poll(&fd, 1, 2000) > 0) {
		unsigned n = sock_recv(s, in, SOCK_BATCH);

		for (unsigned i = 0; i < n; i++) {
			uint32_t seg = in[i].seg == 0 ? in[i].len : in[i].seg;

			for (uint32_t at = 0; at < in[i].len; at += seg) {
				uint32_t len = in[i].len - at < seg ?
				    in[i].len - at : seg;
				uint8_t *l2tp;

				memcpy(copy.b, in[i].p + at, len);
				copy.len = len;
				l2tp = rig_phone_open(ph, c, &copy, &one.len);
				assert_non_null(l2tp);
				/* an echo reply */
				if (l2tp[10 + 9] == 1 && l2tp[10 + 20] == 0)
					got++;
			}
		}
	}
	return got;
}

static void
pings(void **state)
{
	struct side s = { 0 };
	struct thread_arg arg[2];
	struct rig_phone ph[2];
	struct rig_io *io = rig_io_new();
	struct esp_crypt *c = rig_crypt();
	struct sock *wire[2];
	struct dp_count count;
	uint8_t ip[1400];

	(void)state;
	if (!netns_enter() || !start(&s, arg)) {
		rig_io_free(io);
		esp_crypt_free(c);
		skip();
	}
	for (unsigned k = 0; k < 2; k++) {
		wire[k] = udp("127.0.0.2", 0, false);
		rig_phone_init(&ph[k], k + 1);
		ph[k].sa.local = rig_end("127.0.0.1", s.natt.port);
		ph[k].sa.remote = sock_local(wire[k]);
		ph[k].sess.path = ph[k].sa.path = k + 1;
		rig_phone_add(&ph[k], s.dp);
	}
	for (unsigned i = 0; i < PINGS; i++)
		for (unsigned k = 0; k < 2; k++) {
			size_t n = netns_ping(ip, 0x0a090001 + k, 0x0a0900fe,
			    i * 5);
			struct rig_pkt *r = rig_phone_ip(&ph[k], io, c, ip, n);
			struct endpoint from = sock_local(wire[k]);

			assert_true(sock_send_one(wire[k], &from, &r->local,
			    rd_make(NULL, 0), rd_make(r->b, r->len)));
			io->udp_in.n = 0;
			if (i % 16 == 15)
				assert_int_equal(collect(wire[k], &ph[k], c,
				    16), 16);
		}
	for (unsigned k = 0; k < 2; k++) {
		assert_int_equal(collect(wire[k], &ph[k], c, PINGS % 16),
		    PINGS % 16);
		assert_true(dp_workers.sess_count(s.dp, 5001 + k, &count));
		assert_int_equal(count.rx_packets, PINGS);
		assert_true(count.tx_packets >= PINGS);
		sock_free(wire[k]);
		rig_phone_wipe(&ph[k]);
	}
	stop(&s);
	rig_io_free(io);
	esp_crypt_free(c);
}

#define FLOODED	6
#define EACH	150

/* D-04: sockets that are always full do not keep others from being read. */
static void
floods_take_turns(void **state)
{
	struct port *p = port_new();
	struct dp_io *io = port_io(p);
	struct endpoint from, to[FLOODED];
	struct sock *s = udp("127.0.0.1", 0, false);
	static struct pkt v[PKT_BATCH];
	unsigned seen[FLOODED] = { 0 };

	(void)state;
	from = sock_local(s);
	for (unsigned i = 0; i < FLOODED; i++) {
		struct sock_params sp = { .via = PKT_NATT };
		struct sock *one;

		assert_true(ipaddr_parse("127.0.0.1", &sp.addr));
		one = sock_new(sock_open(&sp), &sp);
		to[i] = sock_local(one);
		assert_true(port_add(p, one));
		for (unsigned k = 0; k < EACH; k++)
			assert_true(sock_send_one(s, &from, &to[i],
			    rd_make(NULL, 0), rd_make("junk", 4)));
	}
	for (unsigned round = 0; round < 3; round++) {
		unsigned n = io->recv_udp(io, v, PKT_BATCH);

		assert_int_equal(n, PKT_BATCH);
		for (unsigned i = 0; i < n; i++)
			for (unsigned k = 0; k < FLOODED; k++)
				seen[k] += v[i].local.port == to[k].port;
	}
	for (unsigned k = 0; k < FLOODED; k++)
		assert_in_range(seen[k], SOCK_BATCH, EACH);
	sock_free(s);
	port_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pings),
		cmocka_unit_test(floods_take_turns),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
