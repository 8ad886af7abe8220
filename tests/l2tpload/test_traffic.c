/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams there and back: l2tpload/traffic.h. */

#include "tests/std.h"

#include "base/inet.h"
#include "dp/inner.h"
#include "l2tpload/traffic.h"

#define HOST	0x0a580002u
#define BEGAN	mono_us(5000000)

static struct traffic *
make(uint32_t phones, uint32_t size, uint32_t pps, uint32_t seconds)
{
	const struct traffic_params p = { .to = { ipaddr_v4(HOST), 7000 },
		.phones = phones, .size = size, .pps = pps,
		.seconds = seconds };
	static struct dp_io wires;
	struct traffic *t = traffic_new(&p, &wires);

	assert_non_null(t);
	for (uint32_t i = 0; i < phones; i++) {
		const struct ipaddr a = ipaddr_v4(0x0a500002 + i);

		traffic_phone(t, i, &a);
	}
	return t;
}

static unsigned
give(struct traffic *t, struct pkt *v)
{
	struct dp_io *io = traffic_io(t);

	return io->recv_tun(io, v, PKT_BATCH);
}

/* The host behind: addresses and ports change places. */
static void
turn(struct pkt *pkt)
{
	uint8_t t[4];

	memcpy(t, pkt->p + 12, 4);
	memmove(pkt->p + 12, pkt->p + 16, 4);
	memcpy(pkt->p + 16, t, 4);
}

static void
take(struct traffic *t, struct pkt *pkt)
{
	struct dp_io *io = traffic_io(t);

	assert_int_equal(io->send_tun(io, &pkt, 1), 1);
}

static void
packets_are_good(void **state)
{
	struct traffic *t = make(3, 200, 1000, 1);
	static struct pkt v[PKT_BATCH];
	struct inner in;
	unsigned n;

	(void)state;
	assert_int_equal(give(t, v), 0);	/* not begun */
	traffic_start(t, BEGAN);
	assert_int_equal(give(t, v), 0);
	traffic_now(t, mono_add_us(BEGAN, 9000));
	n = give(t, v);
	assert_int_equal(n, 9);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(inner_ip(v[i].p, v[i].len, &in), DROP_NONE);
		assert_int_equal(in.len, 200);
		assert_int_equal(in.proto, INNER_PROTO_UDP);
		assert_int_equal(ipaddr_as_v4(&in.src), 0x0a500002 + i % 3);
		assert_int_equal(ipaddr_as_v4(&in.dst), HOST);
		assert_int_equal(inet_fold(inet_sum(v[i].p, 20, 0)), 0);
		assert_int_equal(inet_u16(v[i].p, 22), 7000);
		assert_int_equal(inet_fold(inet_sum(v[i].p + 20, 180,
		    inet_sum_pseudo(v[i].p + 12, v[i].p + 16, 4, 17, 180))),
		    0);
	}
	traffic_free(t);
}

static void
so_many_and_no_more(void **state)
{
	struct traffic *t = make(5, TRAFFIC_IMIX, 100000, 2);
	static struct pkt v[PKT_BATCH];
	struct traffic_report r;
	mono_t now = BEGAN;
	unsigned of[3] = { 0 };

	(void)state;
	traffic_start(t, now);
	for (unsigned k = 0; k < 3100; k++) {
		unsigned n;

		now = mono_add_us(now, 1000);
		traffic_now(t, now);
		n = give(t, v);
		for (unsigned i = 0; i < n; i++)
			of[v[i].len == 64 ? 0 : v[i].len == 576 ? 1 : 2]++;
		assert_int_equal(traffic_over(t), k + 1 >= 3000);
	}
	traffic_report(t, &r);
	assert_int_equal(r.sent, 200000);
	assert_int_equal(r.received, 0);
	assert_in_range(r.span_us, 1990000, 2010000);
	/* 7 : 4 : 1 */
	assert_in_range(of[0], 116660, 116672);
	assert_in_range(of[1], 66660, 66672);
	assert_in_range(of[2], 16660, 16672);
	assert_int_equal(r.sent_bytes, of[0] * 64u + of[1] * 576u +
	    of[2] * 1400u);
	traffic_free(t);
}

static void
what_comes_back(void **state)
{
	struct traffic *t = make(2, 100, 1000, 1);
	static struct pkt v[PKT_BATCH];
	struct traffic_report r;
	unsigned n;

	(void)state;
	traffic_start(t, BEGAN);
	traffic_now(t, mono_add_us(BEGAN, 100000));
	n = give(t, v);
	assert_int_equal(n, 100);
	for (unsigned i = 0; i < n; i++)
		turn(&v[i]);
	/* Half of them after 1 ms, a tenth not at all, the last is late. */
	traffic_now(t, mono_add_us(BEGAN, 101000));
	for (unsigned i = 0; i < 50; i++)
		take(t, &v[i]);
	traffic_now(t, mono_add_us(BEGAN, 140000));
	for (unsigned i = 52; i < 90; i++)
		take(t, &v[i]);
	traffic_now(t, mono_add_us(BEGAN, 600000));
	take(t, &v[50]);
	traffic_report(t, &r);
	assert_int_equal(r.sent, 100);
	assert_int_equal(r.received, 89);
	assert_int_equal(r.received_bytes, 8900);
	assert_int_equal(r.late, 1);
	assert_int_equal(r.foreign, 0);
	assert_in_range(r.p50_us, 960, 1000);
	assert_in_range(r.p90_us, 37000, 40000);
	assert_int_equal(r.max_us, 500000);
	traffic_free(t);
}

/* To another phone, not ours, never sent, cut off. */
static void
foreign(void **state)
{
	struct traffic *t = make(2, 100, 1000, 1);
	static struct pkt v[PKT_BATCH];
	struct traffic_report r;

	(void)state;
	traffic_start(t, BEGAN);
	traffic_now(t, mono_add_us(BEGAN, 4000));
	assert_int_equal(give(t, v), 4);
	for (unsigned i = 0; i < 4; i++)
		turn(&v[i]);
	v[0].p[19] ^= 1;
	take(t, &v[0]);
	v[1].p[28] ^= 1;
	take(t, &v[1]);
	v[2].p[43] ^= 0x40;
	take(t, &v[2]);
	v[3].len = 51;
	take(t, &v[3]);
	traffic_report(t, &r);
	assert_int_equal(r.foreign, 4);
	assert_int_equal(r.received, 0);
	traffic_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_good),
		cmocka_unit_test(so_many_and_no_more),
		cmocka_unit_test(what_comes_back),
		cmocka_unit_test(foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
