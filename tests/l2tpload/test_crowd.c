/* SPDX-License-Identifier: BSD-2-Clause */
/* Where many phones stand and what became of them: see l2tpload/crowd.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "l2tpload/crowd.h"

static struct ipnet
net(const char *text)
{
	struct ipnet n;

	assert_true(ipnet_parse(text, &n));
	return n;
}

static void
room_of_networks(void **state)
{
	static const struct {
		const char *text;
		uint32_t room;
	} c[] = {
		{ "10.64.0.0/16", 256 * 254 }, { "10.64.0.0/10", 16384 * 254 },
		{ "10.1.0.0/24", 254 }, { "10.1.0.0/23", 508 },
		{ "10.1.0.0/25", 126 }, { "10.1.0.0/30", 2 },
		{ "10.1.0.0/31", 0 }, { "10.1.0.1", 0 },
		{ "128.0.0.0/1", 32768 * 256 * 254u }, { "2001:db8::/64", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct ipnet n = net(c[i].text);

		assert_int_equal(crowd_room(&n), c[i].room);
	}
}

/* Each has an address of its own in the network, by which it is found. */
static void
addresses_and_back(void **state)
{
	static const char *const text[] = { "10.64.0.0/16", "10.64.0.0/22",
		"10.1.2.0/24", "10.1.2.128/25" };

	(void)state;
	for (size_t t = 0; t < sizeof(text) / sizeof(text[0]); t++) {
		struct ipnet n = net(text[t]);
		uint32_t all = crowd_room(&n);
		struct crowd c;
		struct ipaddr a;

		assert_true(crowd_init(&c, &n, all));
		for (uint32_t i = 0; i < all; i++) {
			a = crowd_address(&c, i);
			assert_true(ipnet_has(&n, &a));
			assert_int_equal(crowd_find(&c, &a), i);
		}
		crowd_wipe(&c);
		/* One fewer: the last one's is nobody's. */
		assert_true(crowd_init(&c, &n, all - 1));
		assert_int_equal(crowd_find(&c, &a), CROWD_NOBODY);
		crowd_wipe(&c);
	}
}

static void
n_nobody_stands_there(void **state)
{
	static const char *const text[] = { "10.64.0.0", "10.64.0.3",
		"10.64.2.1", "10.64.255.1", "10.65.0.1", "10.63.255.1",
		"2001:db8::1" };
	struct ipnet n = net("10.64.0.0/16");
	struct crowd c;

	(void)state;
	assert_true(crowd_init(&c, &n, 4));
	c.nets = 2;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct ipaddr a;

		assert_true(ipaddr_parse(text[i], &a));
		assert_int_equal(crowd_find(&c, &a), CROWD_NOBODY);
	}
	crowd_wipe(&c);
}

/* As many /24s as there are, before a second phone stands in any. */
static void
spread_over_networks(void **state)
{
	struct ipnet n = net("10.64.0.0/16");
	struct crowd c;
	struct ipaddr a;

	(void)state;
	assert_true(crowd_init(&c, &n, 1000));
	assert_int_equal(c.nets, 256);
	a = crowd_address(&c, 255);
	assert_int_equal(ipaddr_as_v4(&a), 0x0a40ff01);
	a = crowd_address(&c, 256);
	assert_int_equal(ipaddr_as_v4(&a), 0x0a400002);
	crowd_wipe(&c);
	assert_true(crowd_init(&c, &n, 3));
	assert_int_equal(c.nets, 3);
	crowd_wipe(&c);
}

static void
a_storm_is_measured(void **state)
{
	struct ipnet n = net("10.64.0.0/16");
	struct crowd_times t;
	struct crowd c;

	(void)state;
	assert_true(crowd_init(&c, &n, 102));
	assert_true(crowd_times(&c, &t));
	assert_int_equal(t.max_us + t.storm_us, 0);
	assert_true(crowd_over(&c));
	assert_false(crowd_decided(&c));
	for (uint32_t i = 0; i < 102; i++)
		crowd_move(&c, i, mono_us(5000 + i), CROWD_DIALLING);
	assert_false(crowd_over(&c));
	/* Phone i takes i+1 ms; the last two fail. */
	for (uint32_t i = 0; i < 100; i++)
		crowd_move(&c, i, mono_us(5000 + i + 1000 * (i + 1)),
		    CROWD_UP);
	crowd_move(&c, 100, mono_us(999999), CROWD_FAILED);
	assert_false(crowd_decided(&c));
	crowd_move(&c, 101, mono_us(999999), CROWD_FAILED);
	assert_true(crowd_decided(&c));
	for (uint32_t i = 0; i < 99; i++)
		crowd_move(&c, i, mono_us(2000000), CROWD_LEAVING);
	crowd_move(&c, 0, mono_us(2000001), CROWD_GONE);
	crowd_move(&c, 99, mono_us(2000002), CROWD_LOST);
	assert_int_equal(c.ups, 100);
	assert_int_equal(c.in[CROWD_LEAVING], 98);
	assert_int_equal(c.in[CROWD_FAILED], 2);
	assert_true(crowd_times(&c, &t));
	assert_int_equal(t.p50_us, 50000);
	assert_int_equal(t.p90_us, 90000);
	assert_int_equal(t.p99_us, 99000);
	assert_int_equal(t.max_us, 100000);
	assert_int_equal(t.storm_us, 99 + 100000);
	assert_false(crowd_over(&c));
	for (uint32_t i = 1; i < 99; i++)
		crowd_move(&c, i, mono_us(3000000), CROWD_GONE);
	assert_true(crowd_over(&c));
	crowd_wipe(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_of_networks),
		cmocka_unit_test(addresses_and_back),
		cmocka_unit_test(n_nobody_stands_there),
		cmocka_unit_test(spread_over_networks),
		cmocka_unit_test(a_storm_is_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
