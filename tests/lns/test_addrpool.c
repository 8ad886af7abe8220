/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lns/addrpool.h"

#define A(d)	(0x0a090000u + (d))	/* 10.9.0.d */

static const struct addrpool_params two[] = {
	{ .name = "office", .range = { { A(10), A(12) }, { A(20), A(20) } },
	    .range_n = 2 },
	{ .name = "guests", .range = { { A(100), A(101) } }, .range_n = 1 },
};

static uint32_t
lease(struct addrpools *ps, uint32_t pool)
{
	struct ipaddr a = addrpools_lease(ps, pool);

	return ipaddr_as_v4(&a);
}

static void
leases_every_address_once(void **state)
{
	struct addrpools ps;
	uint32_t sum = 0;

	(void)state;
	assert_int_equal(addrpools_init(&ps, two, 2), 0);
	for (int i = 0; i < 4; i++)
		sum += lease(&ps, 0) - A(0);
	assert_int_equal(sum, 10 + 11 + 12 + 20);
	assert_int_equal(ps.v[0].used, 4);
	assert_int_equal(lease(&ps, 0), 0);
	assert_int_equal(lease(&ps, 1), A(100));
	addrpools_wipe(&ps);
}

static void
gives_the_oldest_back_last(void **state)
{
	struct addrpools ps;
	struct ipaddr back = ipaddr_v4(A(10));

	(void)state;
	assert_int_equal(addrpools_init(&ps, two, 2), 0);
	assert_int_equal(lease(&ps, 0), A(10));
	addrpools_release(&ps, 0, &back);
	assert_int_equal(ps.v[0].used, 0);
	assert_int_equal(lease(&ps, 0), A(11));
	assert_int_equal(lease(&ps, 0), A(12));
	assert_int_equal(lease(&ps, 0), A(20));
	assert_int_equal(lease(&ps, 0), A(10));
	addrpools_wipe(&ps);
}

static void
keeps_reserved_addresses(void **state)
{
	struct addrpools ps;
	struct ipaddr ours = ipaddr_v4(A(11)), other = ipaddr_v4(A(99));

	(void)state;
	assert_int_equal(addrpools_init(&ps, two, 2), 0);
	addrpools_reserve(&ps, &ours);
	addrpools_reserve(&ps, &ours);
	addrpools_reserve(&ps, &other);
	assert_int_equal(ps.v[0].kept_out, 1);
	assert_int_equal(lease(&ps, 0), A(10));
	assert_int_equal(lease(&ps, 0), A(12));
	assert_int_equal(lease(&ps, 0), A(20));
	assert_int_equal(lease(&ps, 0), 0);
	addrpools_wipe(&ps);
}

static void
ignores_what_is_not_its_own(void **state)
{
	struct addrpools ps;
	struct ipaddr far = ipaddr_v4(A(200)), six = { .family = IP_V6 };
	struct ipaddr held = ipaddr_v4(A(12));

	(void)state;
	assert_int_equal(addrpools_init(&ps, two, 2), 0);
	addrpools_release(&ps, 0, &far);
	addrpools_release(&ps, 0, &six);
	addrpools_release(&ps, 7, &held);
	addrpools_release(&ps, 0, &held);	/* never leased */
	assert_int_equal(ps.v[0].used, 0);
	addrpools_retake(&ps, 0, &held);
	addrpools_retake(&ps, 0, &held);
	assert_int_equal(ps.v[0].used, 1);
	assert_int_equal(lease(&ps, 0), A(10));
	assert_int_equal(lease(&ps, 0), A(11));
	assert_int_equal(lease(&ps, 0), A(20));
	assert_int_equal(addrpools_find(&ps, "guests"), 1);
	assert_int_equal(addrpools_find(&ps, "nobody"), -1);
	addrpools_wipe(&ps);
}

/* A pool of networks: by their first half, and apart from addresses. */
static void
networks(void **state)
{
	const struct addrpool_params v[] = {
		{ .name = "four", .range_n = 1, .range = { { A(1), A(2) } } },
		{ .name = "six", .six = true, .range_n = 2, .range = {
		    { 0x20010db800000000, 0x20010db800000001 },
		    { 0x20010db8ffffffff, 0x20010db8ffffffff } } },
		{ .name = "none", .six = true },
	};
	static const char *const want[] = { "2001:db8::", "2001:db8:0:1::",
		"2001:db8:ffff:ffff::", "-" };
	struct addrpools ps;
	struct ipaddr a, other;
	char text[IPADDR_STRLEN];

	(void)state;
	assert_int_equal(addrpools_init(&ps, v, 3), 0);
	for (int i = 0; i < 4; i++) {
		a = addrpools_lease(&ps, 1);
		assert_string_equal(ipaddr_str(&a, text), want[i]);
	}
	a = addrpools_lease(&ps, 2);
	assert_int_equal(a.family, IP_NONE);
	/* Any address of a network names it. */
	assert_true(ipaddr_parse("2001:db8:0:1::77", &a));
	assert_int_equal(addrpools_of(&ps, &a), 1);
	assert_true(ipaddr_parse("2001:db8:0:2::", &other));
	assert_int_equal(addrpools_of(&ps, &other), -1);
	other = ipaddr_v4(A(2));
	assert_int_equal(addrpools_of(&ps, &other), 0);
	addrpools_release(&ps, 1, &a);
	assert_int_equal(ps.v[1].used, 2);
	a = addrpools_lease(&ps, 1);
	assert_string_equal(ipaddr_str(&a, text), want[1]);
	addrpools_wipe(&ps);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leases_every_address_once),
		cmocka_unit_test(gives_the_oldest_back_last),
		cmocka_unit_test(keeps_reserved_addresses),
		cmocka_unit_test(ignores_what_is_not_its_own),
		cmocka_unit_test(networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
