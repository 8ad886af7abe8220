/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv6 of whole logins: networks from pools and by RADIUS, advertisements. */

#include "tests/lns/radius_rig.h"

#define NETS	4

static struct ipaddr
addr(const char *text)
{
	struct ipaddr a;

	assert_true(ipaddr_parse(text, &a));
	return a;
}

/* A pool of four networks, 2001:db8:100:8::/62. */
static void
six_params(struct rig *r)
{
	struct lns_params *p = &r->p;

	strcpy(p->pool6[0].name, "main");
	p->pool6[0].six = true;
	p->pool6[0].range_n = 1;
	p->pool6[0].range[0] = (struct addrpool_range){ 0x20010db801000008,
		0x20010db801000008 + NETS - 1 };
	p->pool_six[0] = true;
	p->names.pool_six = p->pool_six;
	p->dns6[0] = addr("2001:db8::53");
	for (uint32_t i = 0; i < r->phones; i++)
		r->phone[i].ppp_p.ipv6 = true;
}

static struct rig *
six_begin(uint32_t phones)
{
	struct rig *r = rig_new(phones);

	six_params(r);
	rig_start(r);
	return r;
}

static struct rig *
six_servers(uint32_t phones)
{
	struct rig *r = servers_new(phones);

	six_params(r);
	for (uint32_t i = 0; i < phones; i++)
		phone_method(r, i, PPP_MSCHAPV2);
	return r;
}

static uint32_t
nets_used(const struct rig *r)
{
	struct show_pool p;
	uint32_t cursor = 0;

	assert_true(show_pool(r->l, &cursor, &p));
	assert_true(p.size6 == NETS || p.size6 == 0);
	return p.used6;
}

/* The session of phone i at the data plane, by its path's place. */
static struct show_session
session(const struct rig *r, uint32_t i)
{
	struct show_session s = { 0 };
	uint32_t cursor = 0;

	for (uint32_t k = 0; k <= i; k++)
		assert_true(show_session(r->l, r->now, &cursor, &s));
	return s;
}

static void
expect_prefix(const struct rig *r, uint32_t i, const char *text)
{
	const struct show_session s = session(r, i);
	char got[IPNET_STRLEN];

	assert_string_equal(ipnet_str(&s.prefix, got), text);
	assert_true(s.up && s.v4 && s.v6);
	assert_true(ipaddr_eq(&r->dp->sess[i].net.prefix6.addr,
	    &s.prefix.addr));
	assert_int_equal(r->dp->sess[i].net.prefix6.bits, 64);
	assert_true(ipaddr_eq(&r->dp->sess[i].net.peer4, &s.address));
}

static void
solicit(struct rig *r, uint32_t i, bool good)
{
	static const char *const hex = "ff0300576000000000083aff"
	    "fe800000000000000000000000000001"
	    "ff02000000000000000000000000000285007d3600000000";
	uint8_t b[64];
	unsigned v;

	for (size_t k = 0; hex[2 * k] != '\0'; k++) {
		assert_int_equal(sscanf(hex + 2 * k, "%2x", &v), 1);
		b[k] = (uint8_t)v;
	}
	b[11] = good ? 255 : 64;
	phone_ppp(r, i, &(struct ppp_act){ .kind = PPP_SEND,
	    .data = rd_make(b, 52) });
	rig_pump(r);
}

/* A phone logs in, is told its network at once, and all goes back at the end. */
static void
login(void **state)
{
	struct rig *r = six_begin(2);
	const struct phone *p = &r->phone[0];

	(void)state;
	r->freeze = true;
	rig_login(r, 0);
	rig_login(r, 1);
	assert_true(p->up6 && r->phone[1].up6);
	assert_true(p->net6.ours != 0 && p->net6.peers != 0);
	expect_prefix(r, 0, "2001:db8:100:8::/64");
	expect_prefix(r, 1, "2001:db8:100:9::/64");
	assert_int_equal(nets_used(r), 2);
	rig_expect_log(r, " address=10.1.0.2 prefix=2001:db8:100:8::/64 "
	    "method=");
	/* Router Advertisement to all nodes, the network at 72. */
	assert_int_equal(p->ip6s, 1);
	assert_int_equal(p->ip6[40], 134);
	assert_int_equal(p->ip6[24], 0xff);
	assert_memory_equal(p->ip6 + 72, addr("2001:db8:100:8::").b, 16);
	assert_int_equal(p->ip6_n, 120);
	/* Both ends agree whose identifier stands in its source. */
	for (int i = 0; i < 8; i++)
		assert_int_equal(p->ip6[16 + i],
		    (uint8_t)(p->net6.peers >> (56 - 8 * i)));
	assert_true(lns_kill(r->l, r->now, session(r, 0).session));
	assert_true(lns_kill_user(r->l, r->now, "alice") > 0);
	rig_run(r, 120000);
	assert_int_equal(nets_used(r), 0);
	rig_expect_log(r, "logout attempt=1 user=alice client=20.0.0.1:14500 "
	    "address=10.1.0.2 prefix=2001:db8:100:8::/64 up_s=");
	rig_expect_empty(r);
	rig_free(r);
}

/* RFC 4861 §6.2.4 and §6.2.6: three soon, then seldom; who asks is answered. */
static void
advertisements(void **state)
{
	struct rig *r = six_begin(1);
	const struct phone *p = &r->phone[0];
	unsigned n;

	(void)state;
	rig_login(r, 0);
	assert_int_equal(p->ip6s, 1);
	rig_run(r, 12000);
	assert_int_equal(p->ip6s, 1);
	rig_run(r, 2000);
	assert_int_equal(p->ip6s, 2);
	rig_run(r, 16000);
	assert_int_equal(p->ip6s, 3);
	rig_run(r, 199000);
	assert_int_equal(p->ip6s, 3);
	rig_run(r, 3600000);
	assert_in_range(p->ip6s, 3 + 6, 3 + 19);
	n = p->ip6s;
	/* To the address that was agreed, whoever it says it is from. */
	solicit(r, 0, true);
	rig_run(r, 1);
	assert_int_equal(p->ip6s, n + 1);
	assert_int_equal(p->ip6[24], 0xfe);
	for (int i = 0; i < 8; i++)
		assert_int_equal(p->ip6[32 + i],
		    (uint8_t)(p->net6.ours >> (56 - 8 * i)));
	/* A thousand more: at most one answer a second. */
	for (unsigned i = 0; i < 1000; i++)
		solicit(r, 0, true);
	rig_run(r, 900);
	assert_int_equal(p->ip6s, n + 1);
	rig_run(r, 200);
	assert_int_equal(p->ip6s, n + 2);
	rig_run(r, 5000);
	assert_int_equal(p->ip6s, n + 2);
	/* From beyond the link: no answer. */
	solicit(r, 0, false);
	rig_run(r, 5000);
	assert_int_equal(p->ip6s, n + 2);
	assert_int_equal(count_get(&r->drops.n[DROP_IP_SOLICIT]), 1);
	rig_free(r);
}

/* Of a pool that is empty: no IPv6, but the login stands. */
static void
pool_is_empty(void **state)
{
	struct rig *r = six_begin(NETS + 1);

	(void)state;
	for (uint32_t i = 0; i < NETS + 1; i++)
		rig_login(r, i);
	assert_int_equal(nets_used(r), NETS);
	assert_true(r->phone[NETS - 1].up6);
	assert_false(r->phone[NETS].up6);
	assert_true(r->phone[NETS].up);
	rig_expect_log(r, "ipv6 not offered attempt=5 user=alice "
	    "reason=\"the pool has no network left\"");
	rig_free(r);
}

/* Without networks nothing of it is seen on the wire: IPV6CP is refused. */
static void
nothing_to_give(void **state)
{
	struct rig *r = rig_new(1);

	(void)state;
	r->phone[0].ppp_p.ipv6 = true;
	rig_start(r);
	rig_login(r, 0);
	rig_run(r, 60000);
	assert_true(r->phone[0].up);
	assert_false(r->phone[0].up6);
	assert_int_equal(count_get(&r->drops.n[DROP_PPP_PROTOCOL]), 1);
	rig_free(r);
}

/* Nobody has to take it. */
static void
phone_without(void **state)
{
	struct rig *r = six_begin(1);

	(void)state;
	r->phone[0].ppp_p.ipv6 = false;
	rig_login(r, 0);
	rig_run(r, 60000);
	assert_true(r->phone[0].up);
	assert_int_equal(r->dp->sess[0].net.prefix6.addr.family, IP_NONE);
	assert_int_equal(nets_used(r), 1);
	rig_free(r);
}

/* threats.md 4.5, 145: packets to the client below 1,280 bytes. */
static void
r145_small_packets(void **state)
{
	struct rig *r = six_begin(2);

	(void)state;
	r->phone[0].ppp_p.mru = 1279;
	rig_login(r, 0);
	assert_true(r->phone[0].up);
	assert_false(r->phone[0].up6);
	assert_int_equal(nets_used(r), 0);
	rig_expect_log(r, "ipv6 not offered attempt=1 user=alice reason=\""
	    "packets to the client are smaller than 1280 bytes\"");
	r->phone[1].ppp_p.mru = 1280;
	rig_login(r, 1);
	assert_true(r->phone[1].up6);
	/* The MTU option of the advertisement. */
	assert_int_equal(r->phone[1].ip6[94] << 8 | r->phone[1].ip6[95],
	    1280);
	rig_free(r);
}

/* LCP begins anew: both families go and come, the network is the same. */
static void
renegotiation(void **state)
{
	static const uint8_t again[] = { 0xff, 3, 0xc0, 0x21, 1, 77, 0, 4 };
	struct rig *r = six_begin(1);
	struct phone *p = &r->phone[0];

	(void)state;
	rig_login(r, 0);
	ppp_input(p->ppp, r->now, rd_make(again, sizeof(again)), &r->ppp);
	rig_phone_drain(r, 0);
	rig_pump(r);
	rig_run(r, 20000);
	assert_int_equal(p->ups, 2);
	assert_true(p->up && p->up6);
	assert_int_equal(rig_count(r->dp->text, "sess-shut"), 1);
	expect_prefix(r, 0, "2001:db8:100:8::/64");
	assert_int_equal(nets_used(r), 1);
	rig_free(r);
}

/* An LCP Protocol-Reject of this protocol from the phone. */
static void
phone_refuses(struct rig *r, uint8_t high, uint8_t low)
{
	const uint8_t b[] = { 0xff, 3, 0xc0, 0x21, 8, 1, 0, 7, high, low, 1 };

	phone_ppp(r, 0, &(struct ppp_act){ .kind = PPP_SEND,
	    .data = rd_make(b, sizeof(b)) });
	rig_pump(r);
}

/* One family goes, the other flows on; the session ends with the last one. */
static void
six_alone(void **state)
{
	struct rig *r = six_begin(1);
	struct show_session s;

	(void)state;
	rig_login(r, 0);
	phone_refuses(r, 0x80, 0x21);
	s = session(r, 0);
	assert_true(s.up && s.v6);
	assert_false(s.v4);
	assert_true(r->dp->sess[0].open);
	assert_int_equal(r->dp->sess[0].net.peer4.family, IP_NONE);
	assert_int_equal(r->dp->sess[0].net.prefix6.addr.family, IP_V6);
	rig_run(r, 60000);
	assert_true(session(r, 0).up);
	phone_refuses(r, 0x80, 0x57);
	rig_run(r, 120000);
	rig_expect_empty(r);
	assert_int_equal(nets_used(r), 0);
	rig_free(r);
}

/* The same device dials anew: its network goes on, too. */
static void
takeover(void **state)
{
	struct rig *r = six_begin(1);

	(void)state;
	rig_login(r, 0);
	rig_reset_phone(r, 0);
	for (int e = 0; e < 2; e++)
		r->phone[0].out[e].port += 7;
	rig_login(r, 0);
	expect_prefix(r, 0, "2001:db8:100:8::/64");
	assert_int_equal(nets_used(r), 1);
	rig_free(r);
}

static void
put_prefix(struct radius_build *b, const char *text)
{
	uint8_t v[18] = { 0 };
	struct ipnet n;

	assert_true(ipnet_parse(text, &n));
	v[1] = n.bits;
	memcpy(v + 2, n.addr.b, 16);
	radius_put(b, ATTR_FRAMED_IPV6_PREFIX, v, sizeof(v));
}

/* threats.md 4.8, 174: prefix, identifier and route are honoured, and told. */
static void
r174_framed(void **state)
{
	static const uint8_t id[8] = { 2, 0, 0, 0, 0, 0, 0, 0x42 };
	struct rig *r = six_servers(1);
	struct server_user *u = servers_user(r, "alice", "correct horse");
	const struct kept *start;
	struct rd v;

	(void)state;
	put_prefix(&u->grants, "2001:db8:7:7::/64");
	radius_put(&u->grants, ATTR_FRAMED_INTERFACE_ID, id, 8);
	radius_put_text(&u->grants, ATTR_FRAMED_IPV6_ROUTE,
	    "2001:db8:7000::/48 :: 7");
	r->p.interim_s = 300;
	servers_start(r);
	rig_login(r, 0);
	expect_prefix(r, 0, "2001:db8:7:7::/64");
	assert_int_equal(nets_used(r), 0);
	assert_true(r->phone[0].net6.ours == UINT64_C(0x0200000000000042));
	assert_int_equal(r->dp->sess[0].net.route_n, 1);
	assert_int_equal(r->dp->sess[0].net.route[0].bits, 48);
	assert_int_equal(r->route_n, 1);
	assert_int_equal(r->route[0].addr.family, IP_V6);
	assert_int_equal(r->route_metric, 7);
	start = servers_kept(r, REQUEST_START, 0);
	v = kept_get(start, 0, ATTR_FRAMED_IPV6_PREFIX);
	assert_int_equal(rd_left(&v), 10);
	assert_memory_equal(v.p, "\x00\x40\x20\x01\x0d\xb8\x00\x07\x00"
	    "\x07", 10);
	rig_run(r, 700000);
	v = kept_get(servers_kept(r, REQUEST_INTERIM, 0), 0,
	    ATTR_FRAMED_INTERFACE_ID);
	assert_memory_equal(v.p, id, 8);
	assert_true(lns_kill(r->l, r->now, session(r, 0).session));
	rig_run(r, 20000);
	assert_true(kept_has(servers_kept(r, REQUEST_STOP, 0), 0,
	    ATTR_FRAMED_IPV6_PREFIX));
	assert_int_equal(r->route_n, 0);
	servers_end(r);
}

/* ... an unknown pool is ignored, a known one is used. */
static void
r174_pools(void **state)
{
	struct rig *r = six_servers(2);
	struct server_user *u = servers_user(r, "alice", "correct horse");
	struct server_user *d = servers_user(r, "dora", "explore");

	(void)state;
	radius_put_text(&u->grants, ATTR_FRAMED_IPV6_POOL, "nowhere");
	radius_put_text(&d->grants, ATTR_FRAMED_IPV6_POOL, "main");
	rig_password(r, 1, "dora", "explore");
	servers_start(r);
	rig_login(r, 0);
	rig_expect_log(r, "pool nowhere of the server's answer has no IPv6 "
	    "networks here");
	expect_prefix(r, 0, "2001:db8:100:8::/64");
	rig_login(r, 1);
	expect_prefix(r, 1, "2001:db8:100:9::/64");
	servers_end(r);
}

/* What a session cannot be given is a Reject, and the attempt says why. */
static void
grants_that_cannot_be(void **state)
{
	static const struct {
		const char *prefix, *why;
	} v[] = {
		{ "2001:db8::/56", "an IPv6 prefix that is no /64: "
		    "2001:db8::/56" },
		{ "2001:db8::1/128", "an IPv6 prefix that is no /64" },
		{ "fe80::/64", "an IPv6 prefix that nobody can have" },
		{ "ff02::/64", "an IPv6 prefix that nobody can have" },
		{ "::/64", "an IPv6 prefix that nobody can have" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct rig *r = six_servers(1);

		put_prefix(&servers_user(r, "alice", "correct horse")->grants,
		    v[i].prefix);
		servers_start(r);
		rig_dial(r, 0);
		rig_run(r, 5000);
		assert_false(r->phone[0].up);
		rig_expect_refused(r, v[i].why);
		servers_end(r);
	}
}

static void
prefix_taken(bool take)
{
	struct rig *r = six_servers(2);

	r->p.take_address = take;
	put_prefix(&servers_user(r, "alice", "correct horse")->grants,
	    "2001:db8:100:9::/64");
	put_prefix(&servers_user(r, "dora", "explore")->grants,
	    "2001:db8:100:9::/64");
	rig_password(r, 1, "dora", "explore");
	servers_start(r);
	rig_login(r, 0);
	/* It is in the pool, too, which has one less now. */
	assert_int_equal(nets_used(r), 1);
	rig_dial(r, 1);
	rig_run(r, 20000);
	assert_int_equal(r->phone[1].up, take);
	if (take) {
		rig_expect_log(r, "address taken over attempt=2 user=dora "
		    "address=2001:db8:100:9::/64 from=alice");
		assert_int_equal(kept_u32(servers_kept(r, REQUEST_STOP, 0),
		    ATTR_ACCT_TERMINATE_CAUSE), CAUSE_PORT_PREEMPTED);
		expect_prefix(r, 0, "2001:db8:100:9::/64");
	} else {
		rig_expect_refused(r, "static address 2001:db8:100:9::/64 is "
		    "in use by alice");
		assert_true(r->phone[0].up6);
	}
	assert_int_equal(nets_used(r), 1);
	servers_end(r);
}

static void
taken_is_refused(void **state)
{
	(void)state;
	prefix_taken(false);
}

static void
taken_is_taken_over(void **state)
{
	(void)state;
	prefix_taken(true);
}

/* A network that somebody has by RADIUS is not given out by the pool. */
static void
pool_leaves_out(void **state)
{
	struct rig *r = six_servers(NETS + 1);

	(void)state;
	put_prefix(&servers_user(r, "alice", "correct horse")->grants,
	    "2001:db8:100:8::/64");
	(void)servers_user(r, "dora", "explore");
	servers_start(r);
	r->freeze = true;
	for (uint32_t i = 1; i <= NETS; i++)
		rig_password(r, i, "dora", "explore");
	for (uint32_t i = 0; i < NETS; i++)
		rig_login(r, i);
	expect_prefix(r, 0, "2001:db8:100:8::/64");
	expect_prefix(r, 1, "2001:db8:100:9::/64");
	rig_login(r, NETS);
	assert_false(r->phone[NETS].up6);
	servers_end(r);
}

/* Its network lies in another session's: no IPv6, and the login stands. */
static void
in_another_network(void **state)
{
	struct rig *r = six_begin(1);

	(void)state;
	r->dp->taken = addr("2001:db8:100:8::");
	rig_login(r, 0);
	assert_true(r->phone[0].up);
	assert_int_equal(r->dp->sess[0].net.prefix6.addr.family, IP_NONE);
	rig_expect_log(r, "ipv6 refused attempt=1 user=alice "
	    "prefix=2001:db8:100:8::/64");
	assert_int_equal(nets_used(r), 0);
	assert_false(session(r, 0).v6);
	rig_run(r, 2000000);
	assert_int_equal(r->phone[0].ip6s, 0);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login),
		cmocka_unit_test(advertisements),
		cmocka_unit_test(pool_is_empty),
		cmocka_unit_test(nothing_to_give),
		cmocka_unit_test(phone_without),
		cmocka_unit_test(r145_small_packets),
		cmocka_unit_test(renegotiation),
		cmocka_unit_test(six_alone),
		cmocka_unit_test(takeover),
		cmocka_unit_test(r174_framed),
		cmocka_unit_test(r174_pools),
		cmocka_unit_test(grants_that_cannot_be),
		cmocka_unit_test(taken_is_refused),
		cmocka_unit_test(taken_is_taken_over),
		cmocka_unit_test(pool_leaves_out),
		cmocka_unit_test(in_another_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
