/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges into prefixes; the interface itself in a namespace. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "io/tun.h"
#include "l2tpd/netif.h"
#include "tests/l2tpd/space.h"

struct world {
	bool there;
	int tun;
};

/* Every range of a small space: whole, without overlap, as few as can be. */
static void
test_all_small_ranges(void **state)
{
	(void)state;
	for (uint32_t a = 0; a < 64; a++) {
		for (uint32_t b = a; b < 64; b++) {
			uint64_t at = a;

			while (at <= b) {
				unsigned bits = netif_bits((uint32_t)at, b);
				uint64_t size = UINT64_C(1) << (32 - bits);

				assert_int_equal(at % size, 0);
				assert_true(at + size - 1 <= b);
				/* the next larger one would not do */
				assert_true(at % (2 * size) != 0 ||
				    at + 2 * size - 1 > b);
				at += size;
			}
			assert_int_equal(at, (uint64_t)b + 1);
		}
	}
}

static void
test_ends_of_the_space(void **state)
{
	(void)state;
	assert_int_equal(netif_bits(0, UINT32_MAX), 0);
	assert_int_equal(netif_bits(0, UINT32_MAX - 1), 1);
	assert_int_equal(netif_bits(UINT32_MAX, UINT32_MAX), 32);
	assert_int_equal(netif_bits(UINT32_MAX - 1, UINT32_MAX), 31);
	assert_int_equal(netif_bits(0x0a000000, 0x0affffff), 8);
	assert_int_equal(netif_bits(0x0a000001, 0x0affffff), 32);
}

static void
test_interface(void **state)
{
	const struct world *w = *state;
	struct ipaddr addr = ipaddr_v4(0x0a090001);
	char err[256] = "", out[4096];
	struct ipnet net;

	if (!w->there)
		skip();
	assert_true(netif_up("t0", &addr, 1400, err, sizeof(err)));
	/* Again is no mistake: a new start on what is there. */
	assert_true(netif_up("t0", &addr, 1300, err, sizeof(err)));
	assert_true(netif_route("t0", 0x0a090002, 0x0a0900fe, err,
	    sizeof(err)));
	assert_true(space_output("ip -o addr show dev t0", out, sizeof(out)));
	assert_non_null(strstr(out, "inet 10.9.0.1/32"));
	assert_true(space_output("ip -o link show dev t0", out, sizeof(out)));
	assert_non_null(strstr(out, "mtu 1300"));
	assert_non_null(strstr(out, "UP"));
	assert_true(space_output("ip route show dev t0", out, sizeof(out)));
	/* 2-3, 4-7, 8-15, 16-31, 32-63, 64-127, 128-191, 192-223, ... 254 */
	assert_non_null(strstr(out, "10.9.0.2/31"));
	assert_non_null(strstr(out, "10.9.0.128/26"));
	assert_non_null(strstr(out, "10.9.0.254 "));
	assert_null(strstr(out, "10.9.0.255"));
	assert_true(ipnet_parse("2001:db8:100::/48", &net));
	assert_true(netif_net("t0", &net, err, sizeof(err)));
	assert_true(space_output("ip -6 route show dev t0", out, sizeof(out)));
	assert_non_null(strstr(out, "2001:db8:100::/48"));
	assert_false(netif_net("t0", &net, err, sizeof(err)));
	assert_string_equal(err,
	    "interface t0: route 2001:db8:100::/48: File exists");
}

static void
test_route_of_somebody(void **state)
{
	const struct world *w = *state;
	char err[256] = "", out[4096];

	if (!w->there)
		skip();
	assert_true(space_output("ip route add 10.8.0.0/24 dev lo", out,
	    sizeof(out)));
	assert_false(netif_route("t0", 0x0a080000, 0x0a0800ff, err,
	    sizeof(err)));
	assert_string_equal(err,
	    "interface t0: route 10.8.0.0/24: File exists");
	assert_true(space_output("ip route show 10.8.0.0/24", out,
	    sizeof(out)));
	assert_non_null(strstr(out, "dev lo"));
}

static void
test_no_such_interface(void **state)
{
	struct ipaddr addr = ipaddr_v4(0x0a090001);
	char err[256] = "";

	(void)state;
	assert_false(netif_up("not-here", &addr, 1400, err, sizeof(err)));
	assert_string_equal(err,
	    "interface not-here: not there: No such device");
}

static int
world_make(void **state)
{
	static struct world w = { .tun = -1 };
	struct tun_params p = { .name = "t0", .multi = true };

	if (space_enter() && space_up("lo")) {
		w.tun = tun_open(&p);
		w.there = w.tun >= 0;
	}
	*state = &w;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_small_ranges),
		cmocka_unit_test(test_ends_of_the_space),
		cmocka_unit_test(test_interface),
		cmocka_unit_test(test_route_of_somebody),
		cmocka_unit_test(test_no_such_interface),
	};

	return cmocka_run_group_tests(tests, world_make, NULL);
}
