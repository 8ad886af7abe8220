/* SPDX-License-Identifier: BSD-2-Clause */
/* The watches must bark: see tests/sim/check.h, keys.h, plane.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/check.h"
#include "tests/sim/keys.h"
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

/* Path 2 has an owner, no other. */
static bool
owned(void *ctx, uint32_t path)
{
	(void)ctx;
	return path == 2;
}

static struct plane *
plane_make(struct fixture *f)
{
	const struct plane_params params = { .sas = 4, .sessions = 4,
		.gateway = f->a, .bare_us = 120000000, .owned = owned,
		.told = told };
	struct plane *p = plane_new(&params, &f->rng);

	assert_non_null(p);
	return p;
}

static struct dp_sa
pair(const struct fixture *f, uint32_t path)
{
	return (struct dp_sa){ .sa = 1, .path = path, .spi_in = 0x1000,
		.spi_out = 0x2000, .suite = { ESP_ENC_AES_GCM16, ESP_AUTH_NONE,
		128 }, .encap = true, .local = { f->a, 4500 },
		.remote = { f->b, 4500 }, .port_here = 1701,
		.port_there = 1701, .window = 64, .seq_limit = 1000 };
}

/* A concentrator that gives the same address to two sessions. */
static void
one_address_for_two_sessions(void **state)
{
	struct fixture *f = *state;
	struct plane *p = plane_make(f);
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
	const struct dp_sa sa = pair(f, 1);
	struct plane *p = plane_make(f);
	uint64_t drops[DROP_COUNT] = { 0 };
	struct plane_gram g;
	unsigned sent = 0;

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

/* So many control messages leave; what the watch on the wire says of them. */
static const char *
sends(struct fixture *f, struct plane *p, unsigned n)
{
	struct plane_gram g;
	const char *why = NULL;

	for (unsigned i = 0; i < n; i++) {
		plane_ops.send_l2tp(plane_dp(p), 1, rd_make("12345678", 8));
		plane_run(p, mono_us(1000000));
		while (plane_next_tx(p, &g) && why == NULL)
			why = check_esp(f->c, 0, &g.remote.addr, g.data);
	}
	return why;
}

/* A concentrator that knows what it reserved, and one that forgot. */
static void
what_was_reserved_outlives_the_sender(void **state)
{
	struct fixture *f = *state;
	struct dp_sa sa = pair(f, 1);
	struct plane *p = plane_make(f);
	uint32_t cursor = 0, path, handle;
	uint64_t drops[DROP_COUNT] = { 0 };

	sa.seq_limit = 20;
	assert_true(plane_ops.sa_add(plane_dp(p), &sa));
	plane_ops.sa_use(plane_dp(p), 1);
	assert_null(sends(f, p, 15));
	plane_ops.sa_reserve(plane_dp(p), 1, 40);
	assert_null(sends(f, p, 15));
	plane_die(p, 20);
	assert_true(plane_dead(p, &cursor, &path, &handle));
	assert_int_equal(path, 1);
	assert_int_equal(handle, 1);
	plane_ops.sa_reserve(plane_dp(p), 1, 60);
	cursor = 0;
	assert_false(plane_dead(p, &cursor, &path, &handle));
	assert_null(sends(f, p, 20));
	assert_null(plane_fault(p, mono_us(1000000)));
	/* 41 to 60 are used up. */
	assert_null(sends(f, p, 1));
	plane_drops(p, drops);
	assert_int_equal(drops[DROP_ESP_SEQ_USED], 1);
	plane_die(p, 20);
	plane_ops.sa_reserve(plane_dp(p), 1, 60);	/* it forgot a block */
	assert_non_null(strstr(sends(f, p, 20), "I2"));
	plane_free(p);
}

/* The data plane's table is not larger than the limit that was promised. */
static void
one_pair_too_many(void **state)
{
	struct fixture *f = *state;
	struct plane *p = plane_make(f);
	struct dp_sa sa = pair(f, 2);

	for (uint32_t i = 1; i <= 4; i++) {
		sa.sa = sa.spi_in = i;
		assert_true(plane_ops.sa_add(plane_dp(p), &sa));
	}
	sa.sa = sa.spi_in = 5;
	assert_false(plane_ops.sa_add(plane_dp(p), &sa));
	assert_int_equal(plane_sas(p), 4);
	plane_free(p);
}

/* Looked at each second, as in a run; the seconds until it barks. */
static unsigned
barks_after(struct fixture *f, uint32_t path, const char *what)
{
	struct plane *p = plane_make(f);
	struct dp_sa sa = pair(f, path);
	const char *why = NULL;
	unsigned s = 1;

	assert_true(plane_ops.sa_add(plane_dp(p), &sa));
	while (why == NULL && s < 1000)
		why = plane_fault(p, mono_us(s++ * UINT64_C(1000000)));
	assert_non_null(why);
	assert_non_null(strstr(why, what));
	plane_free(p);
	return s;
}

static void
pairs_without_an_owner(void **state)
{
	assert_in_range(barks_after(*state, 1, "I8"), 60, 64);
	assert_in_range(barks_after(*state, 2, "without a session"), 120, 124);
}

static void
limits_are_watched(void **state)
{
	struct lns_params p = { .paths = 3, .sessions = 4 };
	const struct show_status good = { .half_open = 12, .peers = 7,
		.children = 8, .paths = 3, .tunnels = 9, .sessions = 4 };
	struct show_status s;

	(void)state;
	p.ike.limits = (struct ike_limits){ .half_open = 5, .dh_pending = 7,
		.peers = 7, .children = 8 };
	p.l2tp.tunnels = 9;
	assert_null(check_limits(&p, &good));
#define MORE(field, words) do { \
	s = good; \
	s.field++; \
	assert_non_null(check_limits(&p, &s)); \
	assert_non_null(strstr(check_limits(&p, &s), words)); \
} while (0)
	MORE(half_open, "half-open");
	MORE(peers, "ISAKMP");
	MORE(children, "SA pairs");
	MORE(paths, "paths");
	MORE(tunnels, "tunnels");
	MORE(sessions, "sessions");
#undef MORE
}

static void
leases_are_watched(void **state)
{
	const struct show_pool p = { .size = 10, .used = 4 };
	const struct show_pool over = { .size = 3, .used = 4 };

	(void)state;
	assert_null(check_leases(&p, 10, 4));
	assert_non_null(strstr(check_leases(&p, 9, 4), "ranges"));
	assert_non_null(strstr(check_leases(&p, 10, 3), "I3"));
	assert_non_null(strstr(check_leases(&over, 10, 4), "addresses"));
}

static void
timers_are_watched(void **state)
{
	const mono_t then = mono_us(5000000), later = mono_us(6000001);

	(void)state;
	/* Early: it did something, or its deadline went by. */
	assert_null(check_early(then, mono_us(4999999), false, then));
	assert_non_null(check_early(then, mono_us(4999999), true, then));
	assert_non_null(check_early(then, mono_us(4999999), false, later));
	assert_null(check_early(then, then, true, later));
	/* Late, unless the machine slept. */
	assert_null(check_late(then, mono_us(6000000), mono_us(0)));
	assert_non_null(strstr(check_late(then, later, mono_us(0)), "late"));
	assert_null(check_late(then, later, mono_us(6000000)));
	assert_non_null(check_late(then, mono_us(9000000), mono_us(7999999)));
	/* What a thawed engine finds must not be overdue. */
	assert_null(check_thawed(then, then));
	assert_null(check_thawed(then, later));
	assert_non_null(check_thawed(later, then));
}

static void
secrets_are_seen(void **state)
{
	static const uint8_t key[36] = { 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5,
		6, 7, 8, 9, 10, 11, 12, 0xca, 0xfe, 13, 14, 15, 16, 17, 18, 19,
		20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30 };
	struct keys *k = keys_new(5);

	(void)state;
#define SEEN(text) (keys_seen(k, text, sizeof(text) - 1) != NULL)
	assert_non_null(k);
	assert_true(keys_add(k, "password7", 9));
	assert_false(keys_add(k, "short", 5));
	assert_true(keys_add(k, key, sizeof(key)));	/* its first 32 bytes */
	assert_true(SEEN("password7"));
	assert_true(SEEN("login user=alice password=\"password7\""));
	assert_false(SEEN("the user name or password was refused"));
	assert_false(SEEN("password"));
	assert_true(SEEN("70617373776f726437"));	/* in digits */
	assert_non_null(keys_seen(k, (const char *)key, sizeof(key)));
	assert_true(SEEN("key=deadbeef0102030405060708090a0b0c"));
	assert_true(SEEN("DEADBEEF0102030405060708090A0B0C."));
	assert_true(SEEN("cafe0d0e0f101112131415161718191a"));
	assert_false(SEEN("deadbeef01020304"));
	assert_true(keys_add(k, "another secret", 14));
	assert_true(keys_add(k, "the last of all", 15));
	assert_false(keys_add(k, "one too many", 12));
	assert_true(SEEN("another secret"));
	assert_false(SEEN("one too many"));
#undef SEEN
	keys_free(k);
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
		CASE(what_was_reserved_outlives_the_sender),
		CASE(one_pair_too_many),
		CASE(pairs_without_an_owner),
		CASE(limits_are_watched),
		CASE(leases_are_watched),
		CASE(timers_are_watched),
		CASE(secrets_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
