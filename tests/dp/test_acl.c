/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiled access rules against what they mean (acl_oracle.h). */

#include "base/rng.h"
#include "dp/acl.h"
#include "tests/dp/acl_oracle.h"
#include "tests/dp/rig.h"

static struct acl_rule
rule(const char *text)
{
	struct acl_rule r;
	char why[200];

	if (!acl_rule_parse(text, &r, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	return r;
}

/* ACL of up to four rules, the last ones may be NULL. */
static struct acl *
acl_of(const char *a, const char *b, const char *c)
{
	const char *const text[] = { a, b, c };
	struct acl_rule r[3];
	struct acl *acl;
	uint32_t n = 0;

	while (n < 3 && text[n] != NULL) {
		r[n] = rule(text[n]);
		n++;
	}
	acl = acl_new(r, n);
	assert_non_null(acl);
	return acl;
}

static bool
ask(const struct acl *acl, enum acl_dir dir, const uint8_t *p, size_t n)
{
	struct inner in;

	assert_int_equal(inner_ip(p, n, &in), DROP_NONE);
	return acl_permits(acl, dir, p, &in);
}

#define CLIENT	0x0a090001
#define HOST	0x0a000005

/* UDP from port 7 to port 9, see rig_ip4(). */
static void
first_match_wins(void **state)
{
	uint8_t up[64], down[64];
	size_t n = rig_ip4(up, CLIENT, HOST, 8, true);
	struct acl *acl;

	(void)state;
	(void)rig_ip4(down, HOST, CLIENT, 8, true);
	acl = acl_of("deny both udp from any to any port 9",
	    "permit both any from any to any", NULL);
	assert_false(ask(acl, ACL_FROM_CLIENT, up, n));
	assert_false(ask(acl, ACL_TO_CLIENT, down, n));
	inet_put16(up, 22, 10);
	assert_true(ask(acl, ACL_FROM_CLIENT, up, n));
	acl_free(acl);

	inet_put16(up, 22, 9);
	acl = acl_of("permit from-client udp from any to 10.0.0.0/8 port 8-9",
	    NULL, NULL);
	assert_true(ask(acl, ACL_FROM_CLIENT, up, n));
	assert_false(ask(acl, ACL_TO_CLIENT, down, n));	/* the end is deny */
	inet_put16(up, 22, 7);
	assert_false(ask(acl, ACL_FROM_CLIENT, up, n));
	inet_put16(up, 22, 9);
	up[9] = 6;
	assert_false(ask(acl, ACL_FROM_CLIENT, up, n));
	acl_free(acl);
}

/* Nets as in the packet, the other family never. */
static void
families(void **state)
{
	uint8_t six[48] = { 0x60, 0, 0, 0, 0, 8, 17, 64,
		[8] = 0x20, 1, 0xd, 0xb8, [24] = 0x20, 1, 0xd, 0xb9 };
	uint8_t four[64];
	size_t n = rig_ip4(four, CLIENT, HOST, 8, true);
	struct acl *acl = acl_of("permit both any from 0.0.0.0/0 to any",
	    NULL, NULL);

	(void)state;
	assert_true(ask(acl, ACL_FROM_CLIENT, four, n));
	assert_false(ask(acl, ACL_FROM_CLIENT, six, sizeof(six)));
	acl_free(acl);
	acl = acl_of("permit both any from any to ::/0", NULL, NULL);
	assert_false(ask(acl, ACL_FROM_CLIENT, four, n));
	assert_true(ask(acl, ACL_FROM_CLIENT, six, sizeof(six)));
	acl_free(acl);
	acl = acl_of("deny both any from 2001:db8::/32 to 2001:db8::/32",
	    "permit both udp from 2001:db8::/32 to 2001:db9::/32", NULL);
	assert_true(ask(acl, ACL_TO_CLIENT, six, sizeof(six)));
	six[27] = 0xb8;
	assert_false(ask(acl, ACL_TO_CLIENT, six, sizeof(six)));
	acl_free(acl);
}

/* See acl.h: what a later fragment and a short packet fit. */
static void
ports_unseen(void **state)
{
	struct acl *yes = acl_of("permit both udp from any to any port 53",
	    NULL, NULL);
	struct acl *no = acl_of("deny both udp from any to any port 9",
	    "permit both any from any to any", NULL);
	uint8_t p[64];
	size_t n = rig_ip4(p, CLIENT, HOST, 8, false);

	(void)state;
	inet_put16(p, 6, 0x2000);		/* the first of several */
	assert_false(ask(yes, ACL_FROM_CLIENT, p, n));
	assert_false(ask(no, ACL_FROM_CLIENT, p, n));
	inet_put16(p, 6, 0x2001);		/* a later one */
	assert_true(ask(yes, ACL_FROM_CLIENT, p, n));
	assert_true(ask(no, ACL_FROM_CLIENT, p, n));
	p[9] = 6;				/* but of no TCP */
	assert_false(ask(yes, ACL_FROM_CLIENT, p, n));
	inet_put16(p, 6, 0);
	p[9] = 17;
	inet_put16(p, 2, 23);			/* three bytes of UDP */
	assert_false(ask(yes, ACL_FROM_CLIENT, p, 23));
	assert_false(ask(no, ACL_FROM_CLIENT, p, 23));
	inet_put16(p, 20, 53);
	inet_put16(p, 22, 53);
	inet_put16(p, 2, 24);
	assert_true(ask(yes, ACL_FROM_CLIENT, p, 24));
	assert_true(ask(no, ACL_FROM_CLIENT, p, 24));
	acl_free(yes);
	acl_free(no);
}

static void
icmp_type(void **state)
{
	struct acl *acl = acl_of("permit both icmp from any to any type 8",
	    NULL, NULL);
	uint8_t p[64];
	size_t n = rig_ip4(p, CLIENT, HOST, 8, true);

	(void)state;
	p[9] = 1;
	p[20] = 8;
	assert_true(ask(acl, ACL_FROM_CLIENT, p, n));
	p[20] = 0;
	assert_false(ask(acl, ACL_FROM_CLIENT, p, n));
	p[9] = 17;
	p[20] = 0;
	p[21] = 8;				/* port 8 is no type */
	assert_false(ask(acl, ACL_FROM_CLIENT, p, n));
	acl_free(acl);
}

static void
refused(void **state)
{
	struct acl_rule r[ACL_RULES_MAX + 1];
	struct acl *acl;

	(void)state;
	for (unsigned i = 0; i <= ACL_RULES_MAX; i++)
		r[i] = rule("deny both any from any to any");
	assert_null(acl_new(r, 0));
	assert_null(acl_new(r, ACL_RULES_MAX + 1));
	acl = acl_new(r, ACL_RULES_MAX);
	assert_non_null(acl);
	acl_free(acl);
	r[3].dir = 0;
	assert_null(acl_new(r, 4));
	acl = acl_new(r, 3);
	assert_non_null(acl);
	acl_free(acl);
	acl_free(NULL);
}

/* ---- random rules and packets ---- */

static const uint8_t protos[] = { 1, 6, 17, 58, 132, 47, 50, 33, 136 };

static struct ipaddr
any_addr(struct rng *rng, bool v6)
{
	struct ipaddr a = { .family = v6 ? IP_V6 : IP_V4 };

	/* Few different ones, so that prefixes meet. */
	a.b[0] = v6 ? 0x20 : 10;
	a.b[1] = (uint8_t)rng_below(rng, 4);
	a.b[2] = (uint8_t)(rng_below(rng, 4) << 6);
	a.b[3] = (uint8_t)rng_below(rng, 4);
	if (v6 && rng_below(rng, 2) == 0) {
		a.b[8] = (uint8_t)rng_below(rng, 3);
		a.b[15] = (uint8_t)rng_below(rng, 3);
	}
	return a;
}

static struct ipnet
any_net(struct rng *rng, bool v6)
{
	struct ipnet net = { .bits = 0 };

	if (rng_below(rng, 3) == 0)
		return net;
	net.bits = (uint8_t)(rng_below(rng, 3) == 0 ? (v6 ? 128 : 32) :
	    rng_below(rng, v6 ? 129 : 33));
	net.addr = any_addr(rng, v6);
	net.addr = ipaddr_prefix(&net.addr, net.bits);
	return net;
}

static struct acl_ports
any_ports(struct rng *rng)
{
	struct acl_ports p = { 0, 65535 };

	if (rng_below(rng, 2) == 0)
		return p;
	p.first = (uint16_t)rng_below(rng, 12);
	p.last = (uint16_t)(p.first + rng_below(rng, 6));
	if (rng_below(rng, 10) == 0)
		p.last = 65535;
	return p;
}

static struct acl_rule
any_rule(struct rng *rng)
{
	bool v6 = rng_below(rng, 2) == 0;
	struct acl_rule r = {
		.permit = rng_below(rng, 2) == 0,
		.dir = (uint8_t)(1 + rng_below(rng, 3)),
		.proto = rng_below(rng, 3) == 0 ? ACL_RULE_ANY :
		    protos[rng_below(rng, sizeof(protos))],
		.type = ACL_RULE_ANY,
		.sport = { 0, 65535 }, .dport = { 0, 65535 },
	};

	r.src = any_net(rng, v6);
	r.dst = any_net(rng, v6);
	if (acl_rule_has_ports(r.proto)) {
		r.sport = any_ports(rng);
		r.dport = any_ports(rng);
	}
	if ((r.proto == 1 || r.proto == 58) && rng_below(rng, 2) == 0)
		r.type = (int16_t)rng_below(rng, 4);
	assert_true(acl_rule_ok(&r));
	return r;
}

static size_t
upper_layer(struct rng *rng, uint8_t *p)
{
	size_t n = rng_below(rng, 4) == 0 ? rng_below(rng, 6) : 20;

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rng_below(rng, 2);
	if (n > 3) {
		p[0] = p[2] = 0;
		p[1] = (uint8_t)rng_below(rng, 16);
		p[3] = (uint8_t)rng_below(rng, 16);
	} else if (n > 0) {
		p[0] = (uint8_t)rng_below(rng, 4);
	}
	return n;
}

static size_t
any_v4(struct rng *rng, uint8_t *p)
{
	struct ipaddr src = any_addr(rng, false), dst = any_addr(rng, false);
	size_t head = 20 + 4 * rng_below(rng, 3), n;

	memset(p, 0, 64);
	p[0] = (uint8_t)(0x40 | head / 4);
	p[9] = protos[rng_below(rng, sizeof(protos))];
	if (rng_below(rng, 4) == 0)
		inet_put16(p, 6, (uint16_t)(rng_below(rng, 2) << 13 |
		    rng_below(rng, 3)));
	memcpy(p + 12, src.b, 4);
	memcpy(p + 16, dst.b, 4);
	memset(p + 20, 1, head - 20);
	n = head + upper_layer(rng, p + head);
	inet_put16(p, 2, (uint16_t)n);
	return n;
}

/* With up to ten extension headers; more than eight are not followed. */
static size_t
any_v6(struct rng *rng, uint8_t *p)
{
	static const uint8_t kinds[] = { 0, 43, 44, 51, 60 };
	struct ipaddr src = any_addr(rng, true), dst = any_addr(rng, true);
	unsigned heads = rng_below(rng, 3) == 0 ? rng_below(rng, 11) : 0;
	uint8_t *next = p + 6;
	size_t at = 40;

	memset(p, 0, 512);
	p[0] = 0x60;
	memcpy(p + 8, src.b, 16);
	memcpy(p + 24, dst.b, 16);
	while (heads-- > 0) {
		uint8_t kind = kinds[rng_below(rng, sizeof(kinds))];

		*next = kind;
		next = p + at;
		if (kind == 44) {
			inet_put16(p, at + 2, (uint16_t)(rng_below(rng, 2) * 8
			    | rng_below(rng, 2)));
			at += 8;
		} else {
			p[at + 1] = (uint8_t)rng_below(rng, 3);
			at += kind == 51 ? (p[at + 1] + 2u) * 4 :
			    (p[at + 1] + 1u) * 8;
		}
	}
	*next = protos[rng_below(rng, sizeof(protos))];
	at += upper_layer(rng, p + at);
	inet_put16(p, 4, (uint16_t)(at - 40));
	return at;
}

static void
random_rules(void **state)
{
	uint64_t seen[2][2][2] = { 0 }, later = 0, cut = 0, deep6 = 0;
	struct acl_rule r[ACL_RULES_MAX];
	struct rng rng;
	uint8_t p[512];

	(void)state;
	rng_seeded(&rng, 3);
	for (unsigned round = 0; round < 4000; round++) {
		uint32_t n = 1 + rng_below(&rng, round % 4 == 0 ?
		    ACL_RULES_MAX : 6);
		struct acl *acl;

		for (uint32_t i = 0; i < n; i++)
			r[i] = any_rule(&rng);
		acl = acl_new(r, n);
		assert_non_null(acl);
		for (unsigned i = 0; i < 60; i++) {
			bool v6 = i % 2 != 0, down = i % 4 > 1, want;
			size_t len = v6 ? any_v6(&rng, p) : any_v4(&rng, p);
			uint8_t *exact;
			struct oracle_pkt o;
			struct inner in;

			if (rng_below(&rng, 50) == 0)
				len = rng_below(&rng, (uint32_t)len + 1);
			exact = malloc(len + 1);	/* ASan sees the end */
			memcpy(exact, p, len);
			exact = realloc(exact, len == 0 ? 1 : len);
			if (inner_ip(exact, len, &in) != DROP_NONE) {
				cut++;
				free(exact);
				continue;
			}
			assert_true(oracle_read(exact, len, &o));
			want = oracle_permits(r, n, down, exact, &o);
			assert_int_equal(acl_permits(acl, down ?
			    ACL_TO_CLIENT : ACL_FROM_CLIENT, exact, &in),
			    want);
			seen[v6][down][want]++;
			later += in.later;
			deep6 += v6 && in.head > 40;
			free(exact);
		}
		acl_free(acl);
	}
	for (unsigned i = 0; i < 8; i++)
		assert_true(seen[i / 4][i / 2 % 2][i % 2] > 3000);
	assert_true(later > 3000 && cut > 3000 && deep6 > 3000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_match_wins),
		cmocka_unit_test(families),
		cmocka_unit_test(ports_unseen),
		cmocka_unit_test(icmp_type),
		cmocka_unit_test(refused),
		cmocka_unit_test(random_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
