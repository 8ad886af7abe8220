/* SPDX-License-Identifier: BSD-2-Clause */
/* The watch on the wire must bark: see tests/sim/check.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/check.h"
#include "tests/sim/plane.h"

struct fixture {
	struct rng rng;
	struct check *c;
	struct ipaddr a, b;
};

static int
setup(void **state)
{
	static struct fixture f;

	rng_seeded(&f.rng, 3);
	f.c = check_new(&f.rng, 16, 16);
	f.a = ipaddr_v4(0x14000001);
	f.b = ipaddr_v4(0x14000101);
	*state = &f;
	return f.c == NULL;
}

static int
teardown(void **state)
{
	check_free(((struct fixture *)*state)->c);
	return 0;
}

static const char *
esp(struct fixture *f, uint32_t who, const struct ipaddr *far, uint32_t spi,
    uint32_t seq)
{
	uint8_t b[8];
	struct wr w = wr_make(b, sizeof(b));

	wr_u32(&w, spi);
	wr_u32(&w, seq);
	return check_esp(f->c, who, far, wr_out(&w));
}

static void
sequence_numbers_rise(void **state)
{
	struct fixture *f = *state;

	assert_null(esp(f, 0, &f->a, 7, 1));
	assert_null(esp(f, 0, &f->a, 7, 2));
	assert_null(esp(f, 0, &f->a, 7, 9));
	assert_non_null(esp(f, 0, &f->a, 7, 9));
	assert_non_null(strstr(esp(f, 0, &f->a, 7, 9), "twice"));
	assert_non_null(strstr(esp(f, 0, &f->a, 7, 8), "order"));
	/* Another side, receiver or SPI is another SA. */
	assert_null(esp(f, 1, &f->a, 7, 1));
	assert_null(esp(f, 0, &f->b, 7, 1));
	assert_null(esp(f, 0, &f->a, 8, 1));
	assert_non_null(check_esp(f->c, 0, &f->a, rd_make("1234567", 7)));
}

static const char *
ike(struct fixture *f, bool out, const struct ipaddr *far, uint64_t cookie_r,
    size_t len)
{
	uint8_t b[256] = { 0 };
	struct wr w = wr_make(b, sizeof(b));

	wr_u64(&w, 1);
	wr_u64(&w, cookie_r);
	if (out)
		return check_ike_out(f->c, far, rd_make(b, len));
	check_ike_in(f->c, far, rd_make(b, len));
	return NULL;
}

static void
strangers_get_no_more_than_they_sent(void **state)
{
	struct fixture *f = *state;

	assert_null(ike(f, false, &f->a, 0, 100));
	assert_null(ike(f, true, &f->a, 5, 100));
	assert_non_null(ike(f, true, &f->a, 5, 16));
}

static void
who_brings_the_cookie_back_is_verified(void **state)
{
	struct fixture *f = *state;

	assert_null(ike(f, false, &f->a, 0, 100));
	assert_null(ike(f, true, &f->a, 5, 90));
	assert_null(ike(f, false, &f->a, 6, 20));	/* a guess */
	assert_non_null(ike(f, true, &f->a, 5, 100));
	assert_null(ike(f, false, &f->a, 5, 20));
	assert_null(ike(f, true, &f->a, 5, 200));
	/* Somebody else's address is not verified by it. */
	assert_non_null(ike(f, true, &f->b, 5, 20));
}

/* A full table forgets strangers, never those who were verified. */
static void
tables_are_bounded(void **state)
{
	struct fixture *f = *state;

	assert_null(ike(f, false, &f->a, 0, 100));
	assert_null(ike(f, true, &f->a, 5, 90));
	assert_null(ike(f, false, &f->a, 5, 20));
	for (uint32_t i = 0; i < 100; i++) {
		struct ipaddr x = ipaddr_v4(i + 1);

		assert_null(ike(f, false, &x, 0, 50));
		assert_null(esp(f, 0, &x, i, 1));
	}
	assert_null(ike(f, true, &f->a, 5, 250));
}

static void
told(void *ctx, bool ppp, struct rd data)
{
	(void)ctx;
	(void)ppp;
	(void)data;
}

/* A concentrator that gives the same address to two sessions. */
static void
one_address_for_two_sessions(void **state)
{
	struct fixture *f = *state;
	const struct plane_params params = { .sas = 4, .sessions = 4,
		.gateway = f->a, .orphan_us = UINT64_MAX, .told = told };
	struct plane *p = plane_new(&params, &f->rng);
	struct dp_sess one = { .sess = 1, .path = 1, .tunnel_id = 1,
		.session_id = 1 };
	struct dp_sess two = { .sess = 2, .path = 2, .tunnel_id = 1,
		.session_id = 1 };
	const struct dp_net net = {
		.peer4 = ipaddr_v4(0x0a400002), .mtu = 1400,
	};
	const struct dp_net other = {
		.peer4 = ipaddr_v4(0x0a400003), .mtu = 1400,
	};
	struct dp *dp;

	assert_non_null(p);
	dp = plane_dp(p);
	assert_true(plane_ops.sess_add(dp, &one));
	assert_true(plane_ops.sess_add(dp, &two));
	assert_true(plane_ops.sess_open(dp, 1, &net));
	assert_true(plane_ops.sess_open(dp, 2, &other));
	/* Given back, it may be given to another; and again to oneself. */
	plane_ops.sess_shut(dp, 1);
	assert_true(plane_ops.sess_open(dp, 2, &net));
	assert_true(plane_ops.sess_open(dp, 2, &net));
	assert_null(plane_fault(p, mono_us(2000000)));
	assert_false(plane_ops.sess_open(dp, 1, &net));
	assert_non_null(strstr(plane_fault(p, mono_us(4000000)), "I3"));
	plane_free(p);
}

/* The wire takes half of what is sent, or nothing. */
static void
refused_datagrams_are_counted(void **state)
{
	struct fixture *f = *state;
	const struct plane_params params = { .sas = 4, .sessions = 4,
		.gateway = f->a, .orphan_us = UINT64_MAX, .told = told };
	const struct dp_sa sa = { .sa = 1, .path = 1, .spi_in = 0x1000,
		.spi_out = 0x2000, .suite = { ESP_ENC_AES_GCM16, ESP_AUTH_NONE,
		128 }, .encap = true, .local = { f->a, 4500 },
		.remote = { f->b, 4500 }, .port_here = 1701,
		.port_there = 1701, .window = 64, .seq_limit = 1000 };
	struct plane *p = plane_new(&params, &f->rng);
	uint64_t drops[DROP_COUNT] = { 0 };
	struct plane_gram g;
	unsigned sent = 0;

	assert_non_null(p);
	assert_true(plane_ops.sa_add(plane_dp(p), &sa));
	plane_ops.sa_use(plane_dp(p), 1);
	for (unsigned i = 0; i < 30; i++) {
		plane_refuse(p, i < 10 ? 0 : i < 20 ? 500 : 1000);
		plane_ops.send_l2tp(plane_dp(p), 1, rd_make("12345678", 8));
		plane_run(p, mono_us(1000000 + i));
		while (plane_next_tx(p, &g))
			sent++;
		assert_true(i >= 10 || sent == i + 1);
	}
	plane_drops(p, drops);
	assert_in_range(sent, 11, 19);
	assert_int_equal(drops[DROP_UDP_SEND], 30 - sent);
	plane_free(p);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(sequence_numbers_rise),
		CASE(strangers_get_no_more_than_they_sent),
		CASE(who_brings_the_cookie_back_is_verified),
		CASE(tables_are_bounded),
		CASE(one_address_for_two_sessions),
		CASE(refused_datagrams_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
