/* SPDX-License-Identifier: BSD-2-Clause */
/* What RADIUS attributes grant: each attribute, what is refused, and groups. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lns/profile.h"
#include "radius/packet.h"

static const char *const pool_names[] = { "phones", "guests" };
static const char *const acl_names[] = { "staff", "web-only" };

static const struct profile_group groups[] = {
	{ .name = "slow", .grants = { .rx_bps = 1000000, .tx_bps = 2000000,
	    .acl = 2, .session_s = 3600, .route_n = 1,
	    .route = { { { IP_V4, { 10, 66 } }, 16 } } } },
	{ .name = "guest", .has_pool = true, .grants = { .pool = 1 } },
};

static const struct profile_names names = {
	.pool = pool_names, .acl = acl_names, .group = groups,
	.pool_n = 2, .acl_n = 2, .group_n = 2,
};

struct reply {			/* attributes being put together, and what they gave */
	uint8_t buf[4096];
	struct radius_build b;
	struct profile p;
	char why[PROFILE_WHY_MAX], note[PROFILE_WHY_MAX];
};

static struct reply *
reply_new(void)
{
	struct reply *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	radius_open_attrs(&r->b, r->buf, sizeof(r->buf));
	return r;
}

static bool
reply_read(struct reply *r)
{
	struct rd attrs = wr_out(&r->b.w);

	assert_false(attrs.bad);
	return profile_read(attrs, &names, &r->p, r->why, r->note);
}

static void
put_ip(struct reply *r, uint8_t type, uint32_t v4)
{
	struct ipaddr a = ipaddr_v4(v4);

	radius_put_addr(&r->b, type, &a);
}

static void
put_u64(struct reply *r, uint8_t type, uint64_t v)
{
	uint8_t b[8];
	struct wr w = wr_make(b, sizeof(b));

	wr_u64(&w, v);
	radius_put_vendor(&r->b, ATTR_L2TPD, type, b, sizeof(b));
}

static void
put_vendor_text(struct reply *r, uint32_t vendor, uint8_t type,
    const char *text)
{
	radius_put_vendor(&r->b, vendor, type, text, strlen(text));
}

static void
put_vendor_u32(struct reply *r, uint32_t vendor, uint8_t type, uint32_t v)
{
	uint8_t b[4];
	struct wr w = wr_make(b, sizeof(b));

	wr_u32(&w, v);
	radius_put_vendor(&r->b, vendor, type, b, sizeof(b));
}

static void
test_standard(void **state)
{
	struct reply *r = reply_new();
	char text[IPADDR_STRLEN], net[IPNET_STRLEN];

	(void)state;
	radius_put_u32(&r->b, ATTR_SERVICE_TYPE, 2);
	radius_put_u32(&r->b, ATTR_FRAMED_PROTOCOL, 1);
	put_ip(r, ATTR_FRAMED_IP_ADDRESS, 0x0a070605);
	radius_put_u32(&r->b, ATTR_FRAMED_MTU, 1300);
	radius_put_text(&r->b, ATTR_FILTER_ID, "web-only");
	radius_put_text(&r->b, ATTR_FRAMED_POOL, "guests");
	radius_put_text(&r->b, ATTR_FRAMED_ROUTE, "192.168.5.0/24 10.7.6.5 1");
	radius_put_text(&r->b, ATTR_FRAMED_ROUTE, "172.16.0.0");
	radius_put_u32(&r->b, ATTR_SESSION_TIMEOUT, 7200);
	radius_put_u32(&r->b, ATTR_IDLE_TIMEOUT, 300);
	radius_put_u32(&r->b, ATTR_ACCT_INTERIM_INTERVAL, 5);
	radius_put_u32(&r->b, ATTR_PORT_LIMIT, 3);
	radius_put(&r->b, ATTR_CLASS, "one", 3);
	radius_put(&r->b, ATTR_CLASS, "two\0x", 5);
	radius_put_text(&r->b, ATTR_USER_NAME, "Alice@corp");
	radius_put_text(&r->b, ATTR_REPLY_MESSAGE, "hello there");
	assert_true(reply_read(r));
	assert_string_equal(ipaddr_str(&r->p.address, text), "10.7.6.5");
	assert_int_equal(r->p.mtu, 1300);
	assert_int_equal(r->p.acl, 2);
	assert_int_equal(r->p.pool, 1);
	assert_int_equal(r->p.route_n, 2);
	assert_string_equal(ipnet_str(&r->p.route[0], net), "192.168.5.0/24");
	assert_string_equal(ipnet_str(&r->p.route[1], net), "172.16.0.0/16");
	assert_int_equal(r->p.metric[0], 1);
	assert_int_equal(r->p.metric[1], 0);
	assert_string_equal(r->note, "");	/* the gateway is himself */
	assert_int_equal(r->p.session_s, 7200);
	assert_int_equal(r->p.idle_s, 300);
	assert_int_equal(r->p.interim_s, 60);	/* RFC 2869 §5.16: not below */
	assert_int_equal(r->p.sessions, 3);
	assert_int_equal(r->p.class_len, 5 + 7);
	assert_memory_equal(r->p.class_attrs, "\x19\x05one\x19\x07two\0x", 12);
	assert_int_equal(r->p.user_len, 10);
	assert_memory_equal(r->p.user, "Alice@corp", 10);
	assert_string_equal(r->p.message, "hello there");
	free(r);
}

static void
test_pool_addresses(void **state)
{
	static const uint32_t pooled[] = { 0xffffffff, 0xfffffffe };
	static const uint32_t nobodys[] = { 0, 0x7f000001, 0xe0000001,
		0xfffffffd };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct reply *r = reply_new();

		put_ip(r, ATTR_FRAMED_IP_ADDRESS, pooled[i]);
		assert_true(reply_read(r));
		assert_int_equal(r->p.address.family, IP_NONE);
		free(r);
	}
	for (size_t i = 0; i < 4; i++) {
		struct reply *r = reply_new();

		put_ip(r, ATTR_FRAMED_IP_ADDRESS, nobodys[i]);
		assert_false(reply_read(r));
		free(r);
	}
}

static void
test_netmask(void **state)
{
	static const struct { uint32_t mask; bool ok; uint32_t routes; } v[] = {
		{ 0xffffffff, true, 0 }, { 0xffffff00, true, 1 },
		{ 0xfff00000, true, 1 }, { 0, false, 0 },
		{ 0xff00ff00, false, 0 }, { 0x80000000, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct reply *r = reply_new();

		put_ip(r, ATTR_FRAMED_IP_NETMASK, v[i].mask);
		put_ip(r, ATTR_FRAMED_IP_ADDRESS, 0x0a070605);
		assert_int_equal(reply_read(r), v[i].ok);
		if (v[i].ok)
			assert_int_equal(r->p.route_n, v[i].routes);
		free(r);
	}
}

static void
test_name_servers(void **state)
{
	struct reply *r = reply_new();

	(void)state;
	put_vendor_u32(r, ATTR_MICROSOFT, ATTR_MS_PRIMARY_DNS_SERVER, 0x01010101);
	put_vendor_u32(r, ATTR_MICROSOFT, ATTR_MS_SECONDARY_DNS_SERVER, 0x02020202);
	put_vendor_u32(r, ATTR_MICROSOFT, ATTR_MS_PRIMARY_NBNS_SERVER, 0x03030303);
	put_vendor_u32(r, ATTR_MICROSOFT, ATTR_MS_SECONDARY_NBNS_SERVER, 0x04040404);
	assert_true(reply_read(r));
	assert_int_equal(ipaddr_as_v4(&r->p.dns[0]), 0x01010101);
	assert_int_equal(ipaddr_as_v4(&r->p.dns[1]), 0x02020202);
	assert_int_equal(ipaddr_as_v4(&r->p.wins[0]), 0x03030303);
	assert_int_equal(ipaddr_as_v4(&r->p.wins[1]), 0x04040404);
	free(r);
}

static void
test_rates(void **state)
{
	static const struct { const char *text; bool ok; uint64_t rx, tx; } v[] = {
		{ "10M/20M", true, 10000000, 20000000 },
		{ "512k", true, 512000, 512000 },
		{ "64000/1G 1M/2M 3M/4M 8/8", true, 64000, 1000000000 },
		{ "1/1", true, DP_RATE_MIN, DP_RATE_MIN },
		{ "0/0", true, 0, 0 },
		{ "999999999999G", true, DP_RATE_MAX, DP_RATE_MAX },
		{ "fast", true, 0, 0 },
		{ "10Q", false, 0, 0 }, { "10M/20Mx", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct reply *r = reply_new();
		bool ok = v[i].ok && strcmp(v[i].text, "fast") != 0;

		put_vendor_text(r, ATTR_MIKROTIK, ATTR_MIKROTIK_RATE_LIMIT,
		    v[i].text);
		assert_int_equal(reply_read(r), ok);
		if (ok) {
			assert_int_equal(r->p.rx_bps, v[i].rx);
			assert_int_equal(r->p.tx_bps, v[i].tx);
		}
		free(r);
	}
}

static void
test_rates_of_others(void **state)
{
	struct reply *r = reply_new();

	(void)state;
	put_vendor_u32(r, ATTR_WISPR, ATTR_WISPR_BANDWIDTH_MAX_UP, 300000);
	put_vendor_u32(r, ATTR_WISPR, ATTR_WISPR_BANDWIDTH_MAX_DOWN, 400000);
	assert_true(reply_read(r));
	assert_int_equal(r->p.rx_bps, 300000);
	assert_int_equal(r->p.tx_bps, 400000);
	free(r);

	r = reply_new();
	put_vendor_text(r, ATTR_CISCO, ATTR_CISCO_AVPAIR,
	    "lcp:interface-config#1=rate-limit output access-group 101 "
	    "5000000 8000 8000 conform-action transmit exceed-action drop");
	put_vendor_text(r, ATTR_CISCO, ATTR_CISCO_AVPAIR,
	    "lcp:interface-config#2=rate-limit input 1000000 8000 8000");
	put_vendor_text(r, ATTR_CISCO, ATTR_CISCO_AVPAIR, "ip:addr-pool=guests");
	put_vendor_text(r, ATTR_CISCO, ATTR_CISCO_AVPAIR,
	    "ip:route=10.20.0.0/16");
	put_vendor_text(r, ATTR_CISCO, ATTR_CISCO_AVPAIR, "shell:priv-lvl=15");
	assert_true(reply_read(r));
	assert_int_equal(r->p.tx_bps, 5000000);
	assert_int_equal(r->p.rx_bps, 1000000);
	assert_int_equal(r->p.pool, 1);
	assert_int_equal(r->p.route_n, 1);
	free(r);

	r = reply_new();
	put_u64(r, ATTR_L2TPD_RATE_UP, 700000);
	put_u64(r, ATTR_L2TPD_RATE_DOWN, UINT64_C(5000000000));
	assert_true(reply_read(r));
	assert_int_equal(r->p.rx_bps, 700000);
	assert_true(r->p.tx_bps == UINT64_C(5000000000));
	free(r);
}

static void
test_volumes(void **state)
{
	struct reply *r = reply_new();

	(void)state;
	put_vendor_u32(r, ATTR_MIKROTIK, ATTR_MIKROTIK_RECV_LIMIT, 7);
	put_vendor_u32(r, ATTR_MIKROTIK, ATTR_MIKROTIK_RECV_LIMIT_GIGAWORDS, 2);
	put_vendor_u32(r, ATTR_MIKROTIK, ATTR_MIKROTIK_XMIT_LIMIT_GIGAWORDS, 1);
	put_vendor_u32(r, ATTR_MIKROTIK, ATTR_MIKROTIK_XMIT_LIMIT, 9);
	put_vendor_u32(r, ATTR_MIKROTIK, ATTR_MIKROTIK_TOTAL_LIMIT, 0xffffffff);
	assert_true(reply_read(r));
	assert_true(r->p.rx_max == (UINT64_C(2) << 32 | 7));
	assert_true(r->p.tx_max == (UINT64_C(1) << 32 | 9));
	assert_true(r->p.total_max == 0xffffffff);
	free(r);

	r = reply_new();
	put_u64(r, ATTR_L2TPD_QUOTA_UP, 1);
	put_u64(r, ATTR_L2TPD_QUOTA_DOWN, 2);
	put_u64(r, ATTR_L2TPD_QUOTA_TOTAL, UINT64_MAX);
	assert_true(reply_read(r));
	assert_true(r->p.rx_max == 1 && r->p.tx_max == 2 &&
	    r->p.total_max == UINT64_MAX);
	free(r);
}

/* N-84: what we cannot do is as good as a reject (RFC 2865 §1.1). */
static void
test_refused(void **state)
{
	static const struct { uint8_t type; uint32_t v; const char *text; } bad[] = {
		{ ATTR_SERVICE_TYPE, 1, NULL }, { ATTR_SERVICE_TYPE, 17, NULL },
		{ ATTR_FRAMED_PROTOCOL, 2, NULL },
		{ ATTR_TUNNEL_TYPE, 3, NULL },
		{ ATTR_FILTER_ID, 0, "no-such-filter" },
		{ ATTR_FRAMED_ROUTE, 0, "nonsense" },
		{ ATTR_FRAMED_ROUTE, 0, "10.0.0.0/33" },
		{ ATTR_FRAMED_ROUTE, 0, "10.0.0.0/x" },
		{ ATTR_FRAMED_ROUTE, 0, "2001:db8::/32" },
		{ ATTR_FRAMED_ROUTE, 0, "0.0.0.0/0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct reply *r = reply_new();

		if (bad[i].text != NULL)
			radius_put_text(&r->b, bad[i].type, bad[i].text);
		else
			radius_put_u32(&r->b, bad[i].type, bad[i].v);
		assert_false(reply_read(r));
		assert_true(strncmp(r->why, "the server granted ", 19) == 0);
		free(r);
	}
}

static void
test_bounds(void **state)
{
	struct reply *r = reply_new();
	uint8_t class[200] = { 1 };

	(void)state;
	for (int i = 0; i < 9; i++)
		radius_put_text(&r->b, ATTR_FRAMED_ROUTE, "10.9.0.0/24");
	assert_false(reply_read(r));
	free(r);
	r = reply_new();
	for (int i = 0; i < 3; i++)
		radius_put(&r->b, ATTR_CLASS, class, sizeof(class));
	assert_false(reply_read(r));
	free(r);
	r = reply_new();	/* a NUL in a name is nobody's */
	radius_put(&r->b, ATTR_FILTER_ID, "staff\0x", 7);
	assert_false(reply_read(r));
	free(r);
}

static void
test_unknown_names(void **state)
{
	struct profile_names lax = names;
	struct reply *r = reply_new();

	(void)state;
	radius_put_text(&r->b, ATTR_FRAMED_POOL, "nowhere");
	assert_true(reply_read(r));	/* RFC 2869 §5.18 */
	assert_int_equal(r->p.pool, 0);
	assert_non_null(strstr(r->note, "nowhere"));
	free(r);
	r = reply_new();
	radius_put_text(&r->b, ATTR_FILTER_ID, "nowhere");
	lax.ignore_unknown_filter = true;
	assert_true(profile_read(wr_out(&r->b.w), &lax, &r->p, r->why, r->note));
	assert_int_equal(r->p.acl, 0);
	free(r);
	r = reply_new();
	put_vendor_text(r, ATTR_L2TPD, ATTR_L2TPD_GROUP, "nowhere");
	assert_false(reply_read(r));
	free(r);
}

/* The answer's own words win over its group's, in whichever order. */
static void
test_group(void **state)
{
	struct reply *r = reply_new();

	(void)state;
	radius_put_text(&r->b, ATTR_FILTER_ID, "staff");
	put_vendor_text(r, ATTR_L2TPD, ATTR_L2TPD_GROUP, "slow");
	assert_true(reply_read(r));
	assert_int_equal(r->p.group, 1);
	assert_int_equal(r->p.acl, 1);
	assert_int_equal(r->p.rx_bps, 1000000);
	assert_int_equal(r->p.session_s, 3600);
	assert_int_equal(r->p.pool, 0);
	free(r);
	r = reply_new();
	put_vendor_text(r, ATTR_L2TPD, ATTR_L2TPD_GROUP, "guest");
	assert_true(reply_read(r));
	assert_int_equal(r->p.pool, 1);
	free(r);
}

static void
put_prefix(struct reply *r, uint8_t bits, uint8_t last)
{
	uint8_t v[18] = { 0, bits, 0x20, 0x01, 0x0d, 0xb8 };

	v[9] = last;
	radius_put(&r->b, ATTR_FRAMED_IPV6_PREFIX, v, 10);
}

/* RFC 2865 §5.22: gateway and metrics behind the network. */
static void
test_route_ways(void **state)
{
	static const struct {
		const char *text;
		uint32_t metric;
		bool noted;
	} v[] = {
		{ "10.66.0.0/16", 0, false },
		{ "10.66.0.0/16 0.0.0.0", 0, false },
		{ "10.66.0.0/16 0.0.0.0 12 3 4", 12, false },
		{ "10.66.0.0/16  0.0.0.0  5", 5, false },
		{ "10.66.0.0/16 192.0.2.9 2", 2, true },
		{ "10.66.0.0/16 2001:db8::1 2", 2, true },
		{ "10.66.0.0/16 0.0.0.0 -1", 0, false },
		{ "10.66.0.0/16 0.0.0.0 99999999999", UINT32_MAX, false },
		{ "10.66.0.0/16 nonsense 3", 3, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct reply *r = reply_new();

		radius_put_text(&r->b, ATTR_FRAMED_ROUTE, v[i].text);
		assert_true(reply_read(r));
		assert_int_equal(r->p.route_n, 1);
		assert_int_equal(r->p.route[0].bits, 16);
		assert_int_equal(r->p.metric[0], v[i].metric);
		assert_int_equal(r->note[0] != '\0', v[i].noted);
		free(r);
	}
}

/* RFC 3162 §2.5: likewise; a link-local gateway is the client himself. */
static void
test_route6_ways(void **state)
{
	static const struct {
		const char *text;
		uint32_t metric;
		bool noted;
	} v[] = {
		{ "2001:db8:5::/48", 0, false },
		{ "2001:db8:5::/48 :: 12", 12, false },
		{ "2001:db8:5::/48 fe80::1 5", 5, false },
		{ "2001:db8:5::/48 febf::1 5", 5, false },
		{ "2001:db8:5::/48 fec0::1 5", 5, true },
		{ "2001:db8:5::/48 2001:db8:0:7::1 3", 3, false },
		{ "2001:db8:5::/48 2001:db8:0:8::1 3", 3, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct reply *r = reply_new();

		put_prefix(r, 64, 7);
		radius_put_text(&r->b, ATTR_FRAMED_IPV6_ROUTE, v[i].text);
		assert_true(reply_read(r));
		assert_int_equal(r->p.route_n, 1);
		assert_int_equal(r->p.route[0].bits, 48);
		assert_int_equal(r->p.metric[0], v[i].metric);
		assert_int_equal(r->note[0] != '\0', v[i].noted);
		free(r);
	}
}

/* His own stand behind his group's, also when the answer comes again. */
static void
test_group_routes(void **state)
{
	struct reply *r = reply_new();
	char net[IPNET_STRLEN];

	(void)state;
	radius_put_text(&r->b, ATTR_FRAMED_ROUTE, "10.67.0.0/24 0.0.0.0 9");
	put_vendor_text(r, ATTR_L2TPD, ATTR_L2TPD_GROUP, "slow");
	for (int i = 0; i < 2; i++) {
		assert_true(reply_read(r));
		assert_int_equal(r->p.route_n, 2);
		assert_string_equal(ipnet_str(&r->p.route[0], net),
		    "10.66.0.0/16");
		assert_string_equal(ipnet_str(&r->p.route[1], net),
		    "10.67.0.0/24");
		assert_int_equal(r->p.metric[0], 0);
		assert_int_equal(r->p.metric[1], 9);
	}
	/* A default group, and an answer that names none. */
	free(r);
	r = reply_new();
	profile_from_group(&names, 1, &r->p);
	radius_put_text(&r->b, ATTR_FRAMED_ROUTE, "10.67.0.0/24");
	assert_true(reply_read(r));
	assert_int_equal(r->p.route_n, 2);
	free(r);
}

/* RFC 3162 §2.2 to §2.6. */
static void
test_ipv6(void **state)
{
	static const char *const bad_routes[] = { "10.0.0.0/8",
		"2001:db8::/129", "2001:db8::1/48", "2000::/3", "x",
		"2001:db8::/" };
	static const bool six[] = { false, true };
	static const uint8_t none[8] = { 0 }, id[8] = { 2, 0, 0, 0, 0, 0, 0, 9 };
	struct profile_names own = names;
	struct reply *r = reply_new();
	char text[IPNET_STRLEN];

	(void)state;
	own.pool_six = six;
	put_prefix(r, 64, 7);
	put_prefix(r, 64, 8);
	radius_put(&r->b, ATTR_FRAMED_INTERFACE_ID, id, 8);
	radius_put_text(&r->b, ATTR_FRAMED_IPV6_ROUTE,
	    "2001:db8:5::/48 fe80::1 1");
	radius_put_text(&r->b, ATTR_FRAMED_IPV6_ROUTE, "2001:db8:6::1");
	radius_put_text(&r->b, ATTR_FRAMED_IPV6_POOL, "guests");
	assert_true(profile_read(wr_out(&r->b.w), &own, &r->p, r->why,
	    r->note));
	assert_string_equal(r->note, "");
	assert_string_equal(ipaddr_str(&r->p.prefix, text), "2001:db8:0:7::");
	assert_true(r->p.ifid == UINT64_C(0x0200000000000009));
	assert_int_equal(r->p.pool6, 2);
	assert_int_equal(r->p.route_n, 2);
	assert_string_equal(ipnet_str(&r->p.route[0], text),
	    "2001:db8:5::/48");
	assert_int_equal(r->p.route[1].bits, 128);
	free(r);
	/* A pool that has addresses alone. */
	r = reply_new();
	radius_put_text(&r->b, ATTR_FRAMED_IPV6_POOL, "phones");
	assert_true(profile_read(wr_out(&r->b.w), &own, &r->p, r->why,
	    r->note));
	assert_non_null(strstr(r->note, "phones"));
	assert_int_equal(r->p.pool6, 0);
	free(r);
	for (size_t i = 0; i < sizeof(bad_routes) / sizeof(bad_routes[0]);
	    i++) {
		r = reply_new();
		radius_put_text(&r->b, ATTR_FRAMED_IPV6_ROUTE, bad_routes[i]);
		assert_false(reply_read(r));
		assert_non_null(strstr(r->why, "unreadable route"));
		free(r);
	}
	r = reply_new();
	radius_put(&r->b, ATTR_FRAMED_INTERFACE_ID, none, 8);
	assert_false(reply_read(r));
	free(r);
	r = reply_new();
	put_prefix(r, 60, 0);
	assert_false(reply_read(r));
	assert_non_null(strstr(r->why, "no /64"));
	free(r);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standard),
		cmocka_unit_test(test_pool_addresses),
		cmocka_unit_test(test_netmask),
		cmocka_unit_test(test_name_servers),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_rates_of_others),
		cmocka_unit_test(test_volumes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_unknown_names),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_route_ways),
		cmocka_unit_test(test_route6_ways),
		cmocka_unit_test(test_group_routes),
		cmocka_unit_test(test_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
