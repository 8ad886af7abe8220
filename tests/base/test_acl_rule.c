/* SPDX-License-Identifier: BSD-2-Clause */
/* Access rules: text to value and back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/acl_rule.h"

static void
members(void **state)
{
	struct acl_rule r;
	char why[200];

	(void)state;
	assert_true(acl_rule_parse("permit from-client tcp from any to"
	    " 10.0.0.0/8 port 80-443", &r, why, sizeof(why)));
	assert_true(r.permit);
	assert_int_equal(r.dir, ACL_FROM_CLIENT);
	assert_int_equal(r.proto, 6);
	assert_int_equal(r.type, ACL_RULE_ANY);
	assert_int_equal(r.src.addr.family, IP_NONE);
	assert_int_equal(r.dst.addr.family, IP_V4);
	assert_int_equal(ipaddr_as_v4(&r.dst.addr), 0x0a000000);
	assert_int_equal(r.dst.bits, 8);
	assert_int_equal(r.sport.first, 0);
	assert_int_equal(r.sport.last, 65535);
	assert_int_equal(r.dport.first, 80);
	assert_int_equal(r.dport.last, 443);
	assert_true(acl_rule_ok(&r) && acl_rule_deep(&r));

	assert_true(acl_rule_parse("deny both any from any to any", &r, why,
	    sizeof(why)));
	assert_false(r.permit);
	assert_int_equal(r.dir, ACL_BOTH);
	assert_int_equal(r.proto, ACL_RULE_ANY);
	assert_true(acl_rule_ok(&r) && !acl_rule_deep(&r));

	assert_true(acl_rule_parse("permit to-client icmp6 from 2001:db8::/32"
	    " to any type 129", &r, why, sizeof(why)));
	assert_int_equal(r.dir, ACL_TO_CLIENT);
	assert_int_equal(r.proto, 58);
	assert_int_equal(r.type, 129);
	assert_int_equal(r.src.bits, 32);
	assert_true(acl_rule_deep(&r));
}

/* Text, and its canonical form if that is another. */
static void
round_trip(void **state)
{
	static const char *const forms[][2] = {
		{ "permit both any from any to any", NULL },
		{ "deny to-client udp from 10.0.0.1 port 53 to any", NULL },
		{ "  deny\tboth 6  from 10.0.0.1/32 port 1-1 to any ",
		    "deny both tcp from 10.0.0.1 port 1 to any" },
		{ "deny both 6 from any port 0-65535 to ::1/128 port 7-7",
		    "deny both tcp from any to ::1 port 7" },
		{ "permit both 200 from ::/0 to 2001:db8::/127", NULL },
		{ "permit both gre from 0.0.0.0/0 to 192.0.2.0/31", NULL },
		{ "deny from-client udplite from"
		    " 1111:2222:3333:4444:5555:6666:7777:8880/124"
		    " port 10000-65534 to"
		    " 1111:2222:3333:4444:5555:6666:7777:8880/124"
		    " port 10000-65534", NULL },
		{ "deny from-client icmp from any to any type 255", NULL },
	};
	char why[200], text[ACL_RULE_STRLEN];
	struct acl_rule r, back;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const char *want = forms[i][1] == NULL ? forms[i][0] :
		    forms[i][1];

		assert_true(acl_rule_parse(forms[i][0], &r, why, sizeof(why)));
		assert_string_equal(why, "");
		assert_string_equal(acl_rule_str(&r, text), want);
		assert_true(acl_rule_parse(text, &back, why, sizeof(why)));
		assert_memory_equal(&back, &r, sizeof(r));
	}
}

/* And how the reason begins. */
static const char *const bad[][2] = {
	{ "", "expected permit or deny, got \"\"" },
	{ "allow both any from any to any",
	    "expected permit or deny, got \"allow\"" },
	{ "permit any from any to any",
	    "expected from-client, to-client or both, got \"any\"" },
	{ "permit both foo from any to any", "expected a protocol" },
	{ "permit both 256 from any to any", "expected a protocol" },
	{ "permit both -1 from any to any", "expected a protocol" },
	{ "permit both 4294967297 from any to any",
	    "expected a protocol" },
	{ "permit both any to any", "expected from, got \"to\"" },
	{ "permit both any from 10.0.0.1/8 to any",
	    "expected any, an address or a prefix" },
	{ "permit both any from 10.0.0.0/33 to any",
	    "expected any, an address or a prefix" },
	{ "permit both any from 10.0.0.0/ to any",
	    "expected any, an address or a prefix" },
	{ "permit both any from host to any",
	    "expected any, an address or a prefix" },
	{ "permit both any from any", "expected to, got \"\"" },
	{ "permit both tcp from any port to any",
	    "expected a port from 0 to 65535" },
	{ "permit both tcp from any port 65536 to any",
	    "expected a port from 0 to 65535" },
	{ "permit both tcp from any port 80- to any",
	    "expected ports N-M" },
	{ "permit both tcp from any port 81-80 to any",
	    "expected ports N-M" },
	{ "permit both tcp from any port 1-2-3 to any",
	    "expected ports N-M" },
	{ "permit both any from any to any port 80",
	    "ports need one of the protocols" },
	{ "permit both icmp from any to any type 256",
	    "expected a type" },
	{ "permit both icmp from any to any type",
	    "expected a type" },
	{ "permit both tcp from any to any type 8",
	    "a type needs the protocol icmp or icmp6" },
	{ "permit both any from any to any log",
	    "expected the end of the rule, got \"log\"" },
	{ "permit both any from any to any port 1 port 2",
	    "expected the end of the rule, got \"port\"" },
	{ "permit from-client 47 from 0.0.0.0/0 to ::ffff",
	    "expected addresses of one family" },
	{ "permit both 1111111111111111111111111111111111111111111111"
	    "111111 from any to any", "expected a protocol" },
};

static void
refused(void **state)
{
	struct acl_rule r = { .type = 77 };
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(acl_rule_parse(bad[i][0], &r, why, sizeof(why)));
		if (strncmp(why, bad[i][1], strlen(bad[i][1])) != 0)
			fail_msg("%s: %s", bad[i][0], why);
		assert_int_equal(r.type, 77);
	}
	assert_false(acl_rule_parse("\x01\xff\n", &r, why, sizeof(why)));
	assert_string_equal(why, "expected permit or deny, got \"...\"");
	/* The reason is cut, never beyond its end. */
	memset(why, 'x', sizeof(why));
	assert_false(acl_rule_parse("permit x", &r, why, 5));
	assert_string_equal(why, "expe");
	assert_int_equal(why[5], 'x');
}

/* Values that the parser never makes. */
static void
not_ok(void **state)
{
	struct acl_rule good, r;
	char why[200], text[ACL_RULE_STRLEN];

	(void)state;
	assert_true(acl_rule_parse("permit both tcp from 10.0.0.0/8 to any"
	    " port 5-6", &good, why, sizeof(why)));
	assert_true(acl_rule_ok(&good));
#define BAD(change) do { r = good; change; assert_false(acl_rule_ok(&r)); \
	(void)acl_rule_str(&r, text); } while (0)
	BAD(r.dir = 0);
	BAD(r.dir = 4);
	BAD(r.proto = -2);
	BAD(r.proto = 256);
	BAD(r.proto = 1);		/* ports */
	BAD(r.proto = ACL_RULE_ANY);
	BAD(r.type = 8);
	BAD(r.type = -2);
	BAD(r.dport.last = 4);
	BAD(r.src.bits = 7; r.src.addr.b[0] = 11);
	BAD(r.src.bits = 33);
	BAD(r.src.addr.family = 5);
	BAD(r.dst.bits = 1);
	BAD(r.dst.addr.family = IP_V6);
	BAD(r.proto = 58; r.dport.first = 0; r.dport.last = 65535;
	    r.type = 256);
#undef BAD
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(refused),
		cmocka_unit_test(not_ok),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
