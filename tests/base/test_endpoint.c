/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and endpoints as values, both families. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/endpoint.h"

static struct ipaddr
addr(const char *s)
{
	struct ipaddr a;

	assert_true(ipaddr_parse(s, &a));
	return a;
}

static void
version_4_numbers(void **state)
{
	struct ipaddr a = ipaddr_v4(0xc0000201);
	struct ipaddr six = addr("2001:db8::1");
	struct ipaddr none = { 0 };
	char b[IPADDR_STRLEN];

	(void)state;
	assert_int_equal(a.family, IP_V4);
	assert_string_equal(ipaddr_str(&a, b), "192.0.2.1");
	assert_int_equal(ipaddr_as_v4(&a), 0xc0000201);
	assert_int_equal(ipaddr_as_v4(&six), 0);
	assert_int_equal(ipaddr_as_v4(&none), 0);
	for (int i = 4; i < 16; i++)
		assert_int_equal(a.b[i], 0);
}

static void
text_both_ways(void **state)
{
	static const char *const good[] = {
		"0.0.0.0", "255.255.255.255", "192.0.2.1", "::", "::1",
		"2001:db8::1", "fe80::1234:5678:9abc:def0", "::ffff:1.2.3.4",
		"1111:2222:3333:4444:5555:6666:7777:8888",
	};
	static const char *const bad[] = {
		"", "1", "1.2.3", "1.2.3.256", "1.2.3.4.5", " 1.2.3.4",
		"1.2.3.4 ", ":", "2001:db8", "g::", "1.2.3.4/32", "[::1]",
	};
	struct ipaddr a, was;
	char b[IPADDR_STRLEN];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		a = addr(good[i]);
		assert_string_equal(ipaddr_str(&a, b), good[i]);
	}
	memset(&was, 0x77, sizeof(was));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		a = was;
		assert_false(ipaddr_parse(bad[i], &a));
		assert_memory_equal(&a, &was, sizeof(a));
	}
	a = (struct ipaddr){ 0 };
	assert_string_equal(ipaddr_str(&a, b), "-");
}

static void
bytes_both_ways(void **state)
{
	static const uint8_t wire[20] = { 192, 0, 2, 1, 0x20, 1, 0xd, 0xb8,
	    [19] = 9 };
	struct rd r = rd_make(wire, sizeof(wire));
	struct ipaddr a = ipaddr_decode(&r, IP_V4);
	struct ipaddr b = ipaddr_decode(&r, IP_V6);
	struct ipaddr none = { 0 };
	uint8_t out[20];
	struct wr w = wr_make(out, sizeof(out));
	char s[IPADDR_STRLEN];

	(void)state;
	assert_true(rd_done(&r));
	assert_string_equal(ipaddr_str(&a, s), "192.0.2.1");
	assert_string_equal(ipaddr_str(&b, s), "2001:db8::9");
	ipaddr_encode(&w, &a);
	ipaddr_encode(&w, &none);
	ipaddr_encode(&w, &b);
	assert_int_equal(wr_used(&w), 20);
	assert_memory_equal(out, wire, 20);
	assert_int_equal(ipaddr_len(&a), 4);
	assert_int_equal(ipaddr_len(&b), 16);
	assert_int_equal(ipaddr_len(&none), 0);
	for (size_t n = 0; n < 16; n++) {
		r = rd_make(wire, n);
		a = ipaddr_decode(&r, n < 4 ? IP_V4 : IP_V6);
		assert_int_equal(a.family, IP_NONE);
		assert_true(r.bad);
		assert_int_equal(a.b[0], 0);
	}
}

static void
equality(void **state)
{
	struct ipaddr a = addr("0.0.0.1"), b = addr("::1"), c = a;
	struct ipaddr none = { 0 }, none2 = { .b = { 1 } };
	struct endpoint e = { a, 500 }, f = { a, 500 };

	(void)state;
	assert_true(ipaddr_eq(&a, &c));
	assert_false(ipaddr_eq(&a, &b));
	c.b[3] = 2;
	assert_false(ipaddr_eq(&a, &c));
	assert_true(ipaddr_eq(&none, &none2));
	assert_false(ipaddr_eq(&none, &a));
	assert_true(endpoint_eq(&e, &f));
	f.port = 501;
	assert_false(endpoint_eq(&e, &f));
	f = (struct endpoint){ b, 500 };
	assert_false(endpoint_eq(&e, &f));
}

static void
prefixes(void **state)
{
	static const struct {
		const char *from;
		unsigned bits;
		const char *to;
	} v[] = {
		{ "192.0.2.255", 24, "192.0.2.0" },
		{ "192.0.2.255", 32, "192.0.2.255" },
		{ "192.0.2.255", 99, "192.0.2.255" },
		{ "192.0.2.255", 31, "192.0.2.254" },
		{ "192.0.2.255", 25, "192.0.2.128" },
		{ "192.0.2.255", 1, "128.0.0.0" },
		{ "192.0.2.255", 0, "0.0.0.0" },
		{ "2001:db8:1:2:3::4", 64, "2001:db8:1:2::" },
		{ "2001:db8:1:2:3::4", 48, "2001:db8:1::" },
		{ "2001:db8:ffff::", 35, "2001:db8:e000::" },
		{ "2001:db8::1", 128, "2001:db8::1" },
		{ "2001:db8::1", 0, "::" },
	};
	char b[IPADDR_STRLEN];

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ipaddr a = addr(v[i].from);
		struct ipaddr p = ipaddr_prefix(&a, v[i].bits);

		assert_string_equal(ipaddr_str(&p, b), v[i].to);
	}
}

/* Networks: text both ways, and what is in them. */
static void
nets(void **state)
{
	static const char *const good[][2] = {
		{ "10.0.0.0/8", "10.0.0.0/8" }, { "0.0.0.0/0", "0.0.0.0/0" },
		{ "10.1.2.3", "10.1.2.3" }, { "10.1.2.3/32", "10.1.2.3" },
		{ "10.0.0.0/08", "10.0.0.0/8" }, { "::/0", "::/0" },
		{ "2001:db8::/33", "2001:db8::/33" }, { "::1/128", "::1" },
	};
	static const char *const bad[] = { "", "any", "/8", "10.0.0.0/",
		"10.0.0.0/33", "10.0.0.0/8 ", "10.0.0.1/8", "10.0.0.0/0008",
		"10.0.0.0/-1", "10/8", "::/129", "2001:db8::1/64",
		"1111:2222:3333:4444:5555:6666:7777:8888:1111:2222:3333/1",
		"10.0.0.0/99999999999" };
	struct ipnet net, other, all = { .bits = 0 };
	struct ipaddr a = addr("10.128.0.1"), six = addr("::1");
	char b[IPNET_STRLEN];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(ipnet_parse(good[i][0], &net));
		assert_true(ipnet_ok(&net));
		assert_string_equal(ipnet_str(&net, b), good[i][1]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ipnet_parse(bad[i], &net))
			fail_msg("%s", bad[i]);
	assert_string_equal(ipnet_str(&all, b), "any");
	assert_true(ipnet_ok(&all) && ipnet_has(&all, &a) &&
	    ipnet_has(&all, &six));
	assert_true(ipnet_parse("10.128.0.0/9", &net));
	assert_true(ipnet_has(&net, &a) && !ipnet_has(&net, &six));
	a = addr("10.127.255.255");
	assert_false(ipnet_has(&net, &a));
	assert_true(ipnet_parse("10.0.0.0/8", &other));
	assert_true(ipnet_overlap(&net, &other));
	assert_true(ipnet_overlap(&other, &net));
	assert_true(ipnet_overlap(&all, &net) && ipnet_overlap(&net, &all));
	assert_true(ipnet_parse("10.0.0.0/9", &other));
	assert_false(ipnet_overlap(&net, &other));
	assert_true(ipnet_parse("::/0", &other));
	assert_false(ipnet_overlap(&net, &other));
	net.bits = 8;
	assert_false(ipnet_ok(&net));
	net.bits = 33;
	assert_false(ipnet_ok(&net));
	all.bits = 1;
	assert_false(ipnet_ok(&all));
}

static void
endpoint_text(void **state)
{
	struct endpoint e = { addr("192.0.2.1"), 4500 };
	char b[ENDPOINT_STRLEN];

	(void)state;
	assert_string_equal(endpoint_str(&e, b), "192.0.2.1:4500");
	e = (struct endpoint){
	    addr("1111:2222:3333:4444:5555:6666:7777:8888"), 65535 };
	assert_string_equal(endpoint_str(&e, b),
	    "[1111:2222:3333:4444:5555:6666:7777:8888]:65535");
	e = (struct endpoint){ 0 };
	assert_string_equal(endpoint_str(&e, b), "-:0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_4_numbers),
		cmocka_unit_test(text_both_ways),
		cmocka_unit_test(bytes_both_ways),
		cmocka_unit_test(equality),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(nets),
		cmocka_unit_test(endpoint_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
