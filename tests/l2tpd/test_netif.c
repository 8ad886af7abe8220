/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges into prefixes; the interface itself in a namespace. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "io/tun.h"
#include "l2tpd/kroutes.h"
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
	assert_true(netif_nets("t0", &net, 1, err, sizeof(err)));
	assert_true(space_output("ip -6 route show dev t0", out, sizeof(out)));
	assert_non_null(strstr(out, "2001:db8:100::/48"));
	assert_false(netif_nets("t0", &net, 1, err, sizeof(err)));
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

static struct nat pools = { .interface = "t0", .ranges = 1,
	.range = { { 0x0a090002, 0x0a0900fe } }, .nets = 1,
	.net = { { { IP_V6, { 0x20, 0x01, 0x0d, 0xb8, 1 } }, 48 } } };

static bool
route_there(const char *what, const char *part)
{
	char cmd[128], out[4096];

	(void)snprintf(cmd, sizeof(cmd), strcmp(what, "-6") == 0 ?
	    "ip -6 route show dev t0" : "ip route show %s", what);
	assert_true(space_output(cmd, out, sizeof(out)));
	return strstr(out, part) != NULL;
}

/* A network behind a session: set once, taken away, at peace with others'. */
static void
test_network_behind(void **state)
{
	const struct world *w = *state;
	static struct kroutes k;
	static struct conf c;
	const struct kroute net = { { { IP_V4, { 10, 66 } }, 16 }, 7 };
	const struct kroute taken = { { { IP_V4, { 10, 67 } }, 24 }, 0 };
	struct kroute six = { .metric = 7 };
	struct ipaddr addr = ipaddr_v4(0x0a090001);
	char err[256] = "", out[4096];

	if (!w->there)
		skip();
	kroutes_init(&k, &c, &pools, NULL, 0);
	assert_true(netif_up("t0", &addr, 1400, err, sizeof(err)));
	assert_true(kroutes_add(&k, &net, err, sizeof(err)));
	assert_true(kroutes_add(&k, &net, err, sizeof(err)));
	assert_int_equal(k.n, 1);
	assert_true(route_there("10.66.0.0/16", "dev t0"));
	assert_true(route_there("10.66.0.0/16", "metric 7"));
	assert_true(kroutes_del(&k, &net, err, sizeof(err)));
	assert_true(kroutes_del(&k, &net, err, sizeof(err)));
	assert_int_equal(k.n, 0);
	assert_false(route_there("10.66.0.0/16", "dev"));

	assert_true(space_output("ip route add 10.67.0.0/24 dev lo", out,
	    sizeof(out)));
	assert_false(kroutes_add(&k, &taken, err, sizeof(err)));
	assert_string_equal(err,
	    "there is such a route already, which stays");
	assert_true(kroutes_del(&k, &taken, err, sizeof(err)));
	assert_true(route_there("10.67.0.0/24", "dev lo"));

	assert_true(ipnet_parse("2001:db8:5::/48", &six.net));
	assert_true(kroutes_add(&k, &six, err, sizeof(err)));
	assert_true(route_there("-6", "2001:db8:5::/48 proto static metric 7"));
	assert_true(kroutes_del(&k, &six, err, sizeof(err)));
	assert_false(route_there("-6", "2001:db8:5::/48"));

	/* Ours that somebody else took away. */
	assert_true(kroutes_add(&k, &net, err, sizeof(err)));
	assert_true(space_output("ip route del 10.66.0.0/16", out,
	    sizeof(out)));
	assert_true(kroutes_del(&k, &net, err, sizeof(err)));
	assert_int_equal(k.n, 0);
}

/* What the monitor does not do for the daemon. */
static void
test_networks_refused(void **state)
{
	static struct kroutes k;
	static struct conf c;
	static const struct ipaddr listen[] = { { IP_V4, { 192, 0, 2, 1 } },
		{ IP_V6, { 0x26, 0, 0x0a } }, { IP_V4, { 0 } } };
	static const struct {
		struct kroute r;
		const char *why;
	} v[] = {
		{ { { { IP_V4, { 0 } }, 0 }, 0 }, "from /8 to /32" },
		{ { { { IP_V4, { 10 } }, 7 }, 0 }, "from /8 to /32" },
		{ { { { IP_V4, { 10, 66 } }, 33 }, 0 }, "from /8 to /32" },
		{ { { { IP_V4, { 10, 66, 0, 1 } }, 16 }, 0 }, "no network" },
		{ { { { IP_V4, { 0, 1 } }, 16 }, 0 }, "no network" },
		{ { { { IP_V4, { 127 } }, 8 }, 0 }, "no network" },
		{ { { { IP_V4, { 224 } }, 8 }, 0 }, "no network" },
		{ { { { IP_V4, { 255, 255, 255, 255 } }, 32 }, 0 }, "no network" },
		{ { { { IP_V4, { 10, 8 } }, 16 }, 0 }, "of ours" },	/* the inner one */
		/* the outer ones */
		{ { { { IP_V4, { 192, 0, 2, 1 } }, 32 }, 0 }, "of ours" },
		{ { { { IP_V6, { 0x26 } }, 16 }, 0 }, "of ours" },
		{ { { { IP_V4, { 198, 51, 100 } }, 24 }, 0 }, "of a server" },
		{ { { { IP_V4, { 10, 9 } }, 24 }, 0 }, "of pools" },
		{ { { { IP_V4, { 10, 9, 0, 254 } }, 32 }, 0 }, "of pools" },
		{ { { { IP_V4, { 10, 9, 0, 2 } }, 32 }, 0 }, "of pools" },
		{ { { { IP_V4, { 10, 9 } }, 16 }, 0 }, "of pools" },
		{ { { { IP_NONE, { 0 } }, 0 }, 0 }, "to /128" },
		{ { { { 99, { 10, 66 } }, 16 }, 0 }, "to /128" },
		{ { { { IP_V6, { 0x20 } }, 15 }, 0 }, "to /128" },
		{ { { { IP_V6, { 0x20, 1 } }, 129 }, 0 }, "to /128" },
		{ { { { IP_V6, { 0x20, 1, 1 } }, 16 }, 0 }, "no network" },
		{ { { { IP_V6, { 0 } }, 16 }, 0 }, "no network" },
		{ { { { IP_V6, { 0xfe, 0x80 } }, 64 }, 0 }, "no network" },
		{ { { { IP_V6, { 0xff, 0x05 } }, 16 }, 0 }, "no network" },
		{ { { { IP_V6, { 0x20, 0x01, 0x0d, 0xb8 } }, 32 }, 0 },
		    "of pools" },
		{ { { { IP_V6, { 0x20, 0x01, 0x0d, 0xb8, 1, 0, 0, 7 } }, 64 },
		    0 }, "of pools" },
	};
	const struct kroute more = { { { IP_V4, { 10, 66 } }, 16 }, 0 };
	char err[256];

	(void)state;
	c.ppp.local = ipaddr_v4(0x0a080001);
	c.servers = 1;
	c.server[0].address = ipaddr_v4(0xc6336407);
	kroutes_init(&k, &c, &pools, listen, 3);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_false(kroutes_add(&k, &v[i].r, err, sizeof(err)));
		if (strstr(err, v[i].why) == NULL)
			fail_msg("%zu: %s", i, err);
	}
	k.n = KROUTES_MAX;
	assert_false(kroutes_add(&k, &more, err, sizeof(err)));
	assert_string_equal(err, "there are too many");
	assert_int_equal(k.n, KROUTES_MAX);
}

static void
test_no_such_interface(void **state)
{
	const struct ipnet net = { { IP_V4, { 10, 66 } }, 16 };
	struct ipaddr addr = ipaddr_v4(0x0a090001);
	char err[256] = "";

	(void)state;
	assert_false(netif_up("not-here", &addr, 1400, err, sizeof(err)));
	assert_string_equal(err,
	    "interface not-here: not there: No such device");
	assert_int_equal(netif_net("not-here", true, &net, 0), ENODEV);
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
		cmocka_unit_test(test_network_behind),
		cmocka_unit_test(test_networks_refused),
		cmocka_unit_test(test_no_such_interface),
	};

	return cmocka_run_group_tests(tests, world_make, NULL);
}
