/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated network: see tests/sim/wire.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/wire.h"

#define SERVER		0xc0000201	/* 192.0.2.1 */
#define OUTER		0xcb007101	/* 203.0.113.1 */
#define MIDDLE_A	0x64400002	/* 100.64.0.2 */
#define MIDDLE_B	0x64400003	/* 100.64.0.3 */
#define PRIVATE		0x0a000002	/* 10.0.0.2 */

/*
 *	        Internet
 *	       /        \
 *	  server         NAT `common`
 *	                /        \
 *	          NAT `home_a`  NAT `home_b`
 *	              |            |
 *	           phone a       phone b       (the same private address)
 */
struct net {
	struct rng rng;
	struct wire *w;
	uint32_t server, common, home_a, home_b, a, b;
};

static struct endpoint
at(uint32_t addr, uint16_t port)
{
	return (struct endpoint){ ipaddr_v4(addr), port };
}

static int
setup(void **state)
{
	static const struct wire_limits limits = { 64, 8, 8, 8 };
	static struct net n;
	struct ipaddr addr;

	rng_seeded(&n.rng, 7);
	n.w = wire_new(&limits, &n.rng);
	addr = ipaddr_v4(SERVER);
	n.server = wire_host_add(n.w, WIRE_TOP, &addr);
	addr = ipaddr_v4(OUTER);
	n.common = wire_nat_add(n.w, WIRE_TOP, &addr, 120);
	addr = ipaddr_v4(MIDDLE_A);
	n.home_a = wire_nat_add(n.w, n.common, &addr, 120);
	addr = ipaddr_v4(MIDDLE_B);
	n.home_b = wire_nat_add(n.w, n.common, &addr, 120);
	addr = ipaddr_v4(PRIVATE);
	n.a = wire_host_add(n.w, n.home_a, &addr);
	n.b = wire_host_add(n.w, n.home_b, &addr);
	assert_true(n.server && n.common && n.home_a && n.home_b && n.a && n.b);
	*state = &n;
	return 0;
}

static int
teardown(void **state)
{
	wire_free(((struct net *)*state)->w);
	return 0;
}

static void
send_text(struct net *n, mono_t now, uint32_t host, enum wire_kind kind,
    struct endpoint local, struct endpoint remote, const char *text)
{
	wire_send(n->w, now, host, kind, &local, &remote,
	    rd_make(text, strlen(text)));
}

static void
expect(struct net *n, mono_t now, uint32_t host, const char *text,
    struct wire_got *got)
{
	assert_true(wire_next(n->w, now, got));
	assert_int_equal(got->host, host);
	assert_true(rd_eq(got->data, text, strlen(text)));
}

static void
delay_is_kept(void **state)
{
	struct net *n = *state;
	const struct wire_quality q = { .delay_us = 5000 };
	struct wire_got got;

	wire_quality_set(n->w, &q);
	assert_int_equal(wire_deadline(n->w).us, UINT64_MAX);
	send_text(n, mono_us(100), n->a, WIRE_UDP, at(PRIVATE, 500),
	    at(SERVER, 500), "mm1");
	assert_int_equal(wire_deadline(n->w).us, 5100);
	assert_false(wire_next(n->w, mono_us(5099), &got));
	expect(n, mono_us(5100), n->server, "mm1", &got);
	assert_false(wire_next(n->w, mono_us(9999999), &got));
}

static void
ties_keep_the_order_of_sending(void **state)
{
	struct net *n = *state;
	struct wire_got got;
	char text[8] = "0";

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20; i++) {
			text[0] = (char)('a' + i);
			send_text(n, mono_us(1), n->a, WIRE_UDP,
			    at(PRIVATE, 500), at(SERVER, 500), text);
		}
		for (int i = 0; i < 20; i++) {
			text[0] = (char)('a' + i);
			expect(n, mono_us(1), n->server, text, &got);
		}
	}
}

/* Two boxes on the way: the port is kept where it is free, and the answers
 * find their way back to the right one of two equal addresses. */
static void
same_private_address_twice(void **state)
{
	struct net *n = *state;
	struct wire_got got, other;
	struct endpoint ra, rb;

	send_text(n, mono_us(1), n->a, WIRE_UDP, at(PRIVATE, 4500),
	    at(SERVER, 4500), "from a");
	send_text(n, mono_us(2), n->b, WIRE_UDP, at(PRIVATE, 4500),
	    at(SERVER, 4500), "from b");
	expect(n, mono_us(9), n->server, "from a", &got);
	ra = got.remote;
	expect(n, mono_us(9), n->server, "from b", &got);
	rb = got.remote;
	assert_int_equal(ipaddr_as_v4(&ra.addr), OUTER);
	assert_int_equal(ipaddr_as_v4(&rb.addr), OUTER);
	assert_int_equal(ra.port, 4500);
	assert_int_not_equal(rb.port, 4500);

	send_text(n, mono_us(10), n->server, WIRE_UDP, at(SERVER, 4500), rb,
	    "to b");
	send_text(n, mono_us(11), n->server, WIRE_UDP, at(SERVER, 4500), ra,
	    "to a");
	expect(n, mono_us(20), n->b, "to b", &other);
	assert_int_equal(ipaddr_as_v4(&other.local.addr), PRIVATE);
	assert_int_equal(other.local.port, 4500);
	expect(n, mono_us(20), n->a, "to a", &other);
}

static void
nat_keeps_strangers_out(void **state)
{
	struct net *n = *state;
	struct wire_got got;
	struct wire_stats s;

	send_text(n, mono_us(1), n->a, WIRE_UDP, at(PRIVATE, 4500),
	    at(SERVER, 4500), "hello");
	expect(n, mono_us(1), n->server, "hello", &got);
	send_text(n, mono_us(2), n->server, WIRE_UDP, at(SERVER, 500),
	    got.remote, "from another port");
	send_text(n, mono_us(2), n->server, WIRE_UDP, at(SERVER, 4500),
	    at(0x08080808, 53), "to nobody");
	assert_false(wire_next(n->w, mono_us(9), &got));
	wire_stats(n->w, &s);
	assert_int_equal(s.filtered, 1);
	assert_int_equal(s.unknown, 1);
}

static void
mapping_dies_of_silence(void **state)
{
	struct net *n = *state;
	mono_t t = mono_us(1);
	struct wire_got got;
	struct endpoint first;

	send_text(n, t, n->a, WIRE_UDP, at(PRIVATE, 4500), at(SERVER, 4500),
	    "x");
	expect(n, t, n->server, "x", &got);
	first = got.remote;
	t = mono_add_s(t, 120);
	send_text(n, t, n->server, WIRE_UDP, at(SERVER, 4500), first,
	    "in time");
	expect(n, t, n->a, "in time", &got);
	t = mono_add_s(t, 121);
	send_text(n, t, n->server, WIRE_UDP, at(SERVER, 4500), first, "late");
	assert_false(wire_next(n->w, t, &got));
}

static void
rebind_loses_what_is_under_way(void **state)
{
	struct net *n = *state;
	const struct wire_quality q = { .delay_us = 1000 };
	struct ipaddr elsewhere = ipaddr_v4(OUTER + 1);
	struct wire_got got;
	struct endpoint first;

	wire_quality_set(n->w, &q);
	send_text(n, mono_us(0), n->a, WIRE_UDP, at(PRIVATE, 4500),
	    at(SERVER, 4500), "x");
	expect(n, mono_us(1000), n->server, "x", &got);
	first = got.remote;
	send_text(n, mono_us(1000), n->server, WIRE_UDP, at(SERVER, 4500),
	    first, "lost");
	wire_nat_rebind(n->w, n->common, NULL);
	assert_false(wire_next(n->w, mono_us(2000), &got));
	send_text(n, mono_us(2000), n->a, WIRE_UDP, at(PRIVATE, 4500),
	    at(SERVER, 4500), "again");
	expect(n, mono_us(3000), n->server, "again", &got);
	assert_true(ipaddr_eq(&got.remote.addr, &first.addr));
	assert_int_not_equal(got.remote.port, first.port);

	wire_nat_rebind(n->w, n->common, &elsewhere);
	send_text(n, mono_us(3000), n->a, WIRE_UDP, at(PRIVATE, 4500),
	    at(SERVER, 4500), "elsewhere");
	expect(n, mono_us(4000), n->server, "elsewhere", &got);
	assert_true(ipaddr_eq(&got.remote.addr, &elsewhere));
	send_text(n, mono_us(4000), n->server, WIRE_UDP, at(SERVER, 4500),
	    got.remote, "back");
	expect(n, mono_us(5000), n->a, "back", &got);
}

static void
host_moves(void **state)
{
	struct net *n = *state;
	struct ipaddr open = ipaddr_v4(0xc6336405);
	struct wire_got got;

	wire_host_move(n->w, n->a, WIRE_TOP, &open);
	send_text(n, mono_us(0), n->a, WIRE_UDP, at(0xc6336405, 4500),
	    at(SERVER, 4500), "moved");
	expect(n, mono_us(0), n->server, "moved", &got);
	assert_true(ipaddr_eq(&got.remote.addr, &open));
	send_text(n, mono_us(0), n->server, WIRE_UDP, at(SERVER, 4500),
	    got.remote, "found");
	expect(n, mono_us(0), n->a, "found", &got);
}

/* Protocol 50 has no ports: the first phone behind a box has the remote. */
static void
protocol_50_has_one_phone_per_box(void **state)
{
	struct net *n = *state;
	struct wire_got got;
	struct wire_stats s;

	send_text(n, mono_us(0), n->a, WIRE_ESP, at(PRIVATE, 0), at(SERVER, 0),
	    "esp a");
	send_text(n, mono_us(0), n->b, WIRE_ESP, at(PRIVATE, 0), at(SERVER, 0),
	    "esp b");
	expect(n, mono_us(0), n->server, "esp a", &got);
	assert_int_equal(got.kind, WIRE_ESP);
	assert_false(wire_next(n->w, mono_us(0), &got));
	wire_stats(n->w, &s);
	assert_int_equal(s.filtered, 1);
}

static void
queue_and_tables_are_bounded(void **state)
{
	struct net *n = *state;
	struct wire_got got;
	struct wire_stats s;
	struct ipaddr addr = ipaddr_v4(1);
	uint8_t big[WIRE_MTU + 1] = { 0 };
	struct endpoint from = at(PRIVATE, 1), to = at(SERVER, 2);
	int arrived = 0;

	for (int i = 0; i < 100; i++)
		send_text(n, mono_us(0), n->a, WIRE_UDP, from, to, "x");
	while (wire_next(n->w, mono_us(0), &got))
		arrived++;
	wire_stats(n->w, &s);
	assert_int_equal(arrived, 64);
	assert_int_equal(s.overflow, 36);
	wire_send(n->w, mono_us(0), n->a, WIRE_UDP, &from, &to,
	    rd_make(big, sizeof(big)));
	wire_stats(n->w, &s);
	assert_int_equal(s.too_big, 1);
	/* Nine mappings, two a datagram: swept only when they are dead. */
	for (uint16_t i = 0; i < 8; i++)
		send_text(n, mono_us(0), n->a, WIRE_UDP, at(PRIVATE, i + 10),
		    to, "x");
	wire_stats(n->w, &s);
	assert_true(s.filtered > 0);
	for (arrived = 0; wire_next(n->w, mono_us(0), &got);)
		arrived++;
	assert_int_equal(arrived, 3);
	send_text(n, mono_us(300000000), n->a, WIRE_UDP, at(PRIVATE, 99), to,
	    "y");
	expect(n, mono_us(300000000), n->server, "y", &got);
	while (wire_host_add(n->w, WIRE_TOP, &addr) != 0)
		;
	while (wire_nat_add(n->w, WIRE_TOP, &addr, 1) != 0)
		;
}

static void
one_byte_is_corrupted(void **state)
{
	struct net *n = *state;
	struct wire_got got;

	wire_corrupt(n->w, 0, 0, 0xff);		/* nothing is under way */
	send_text(n, mono_us(0), n->a, WIRE_UDP, at(PRIVATE, 1), at(SERVER, 2),
	    "abc");
	wire_corrupt(n->w, 3, 4, 'b' ^ 'x');
	expect(n, mono_us(0), n->server, "axc", &got);
}

static void
loop_of_boxes_ends(void **state)
{
	struct net *n = *state;
	struct ipaddr addr = ipaddr_v4(PRIVATE);
	uint32_t deep = n->home_a;
	struct wire_got got;

	for (uint32_t i = 0; i < 5; i++) {
		struct ipaddr outer = ipaddr_v4(0x0a010000 + i);

		deep = wire_nat_add(n->w, deep, &outer, 120);
		assert_int_not_equal(deep, 0);
	}
	wire_host_move(n->w, n->b, deep, &addr);
	send_text(n, mono_us(0), n->b, WIRE_UDP, at(PRIVATE, 1), at(SERVER, 2),
	    "deep");
	assert_true(wire_next(n->w, mono_us(0), &got));
}

static uint64_t
noisy_run(uint64_t seed, struct wire_stats *s)
{
	static const struct wire_limits limits = { 4096, 4, 4, 64 };
	static const struct wire_quality q = { .delay_us = 20000,
		.jitter_us = 5000, .loss = 200, .dup = 50, .late = 100,
		.late_us = 80000 };
	struct ipaddr sa = ipaddr_v4(SERVER), pa = ipaddr_v4(PRIVATE);
	struct endpoint from = at(PRIVATE, 7), to = at(SERVER, 9);
	struct wire_got got;
	struct rng rng;
	struct wire *w;
	uint64_t sum = 0;
	uint32_t phone;

	rng_seeded(&rng, seed);
	w = wire_new(&limits, &rng);
	wire_quality_set(w, &q);
	(void)wire_host_add(w, WIRE_TOP, &sa);
	phone = wire_host_add(w, WIRE_TOP, &pa);
	for (uint32_t i = 0; i < 2000; i++) {
		mono_t now = mono_us(i * UINT64_C(1000));
		uint8_t b[4];
		struct wr wr = wr_make(b, sizeof(b));

		wr_u32(&wr, i);
		wire_send(w, now, phone, WIRE_UDP, &from, &to, wr_out(&wr));
		while (wire_next(w, now, &got))
			sum = sum * 31 + rd_u32(&got.data) + now.us;
	}
	while (wire_next(w, mono_us(99999999), &got))
		sum = sum * 31 + rd_u32(&got.data);
	wire_stats(w, s);
	wire_free(w);
	return sum;
}

static void
same_seed_same_run(void **state)
{
	struct wire_stats a, b, c;
	uint64_t sum = noisy_run(1, &a);

	(void)state;
	assert_true(sum == noisy_run(1, &b));
	assert_memory_equal(&a, &b, sizeof(a));
	assert_true(sum != noisy_run(2, &c));
	/* 2000 draws at 20 %, 5 % and 10 %: four sigma around the mean. */
	assert_in_range(a.lost, 328, 472);
	assert_in_range(a.doubled, 45, 115);
	assert_in_range(a.overtaken, 115, 220);
	assert_int_equal(a.arrived, a.sent - a.lost + a.doubled);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(delay_is_kept),
		CASE(ties_keep_the_order_of_sending),
		CASE(same_private_address_twice),
		CASE(nat_keeps_strangers_out),
		CASE(mapping_dies_of_silence),
		CASE(rebind_loses_what_is_under_way),
		CASE(host_moves),
		CASE(protocol_50_has_one_phone_per_box),
		CASE(queue_and_tables_are_bounded),
		CASE(one_byte_is_corrupted),
		CASE(loop_of_boxes_ends),
		cmocka_unit_test(same_seed_same_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
