/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Router Solicitations and Advertisements against packets that another program
 * has composed, field by field from RFC 4861 and RFC 8106.
 */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#include <stdio.h>
#include <string.h>

#include "base/inet.h"
#include "lns/ra.h"
#include "tests/base/hex.h"

#define SOLICIT	"6000000000083afffe800000000000000000000000000001" \
	"ff02000000000000000000000000000285007d3600000000"
#define SOLICIT_NONE "6000000000083aff00000000000000000000000000000000" \
	"ff02000000000000000000000000000285007bb800000000"
#define SOLICIT_LINK "6000000000103afffe800000000000000000000000000001" \
	"ff0200000000000000000000000000028500159400000000" \
	"0101001122334455"

static struct ipaddr
addr(const char *text)
{
	struct ipaddr a;

	assert_true(ipaddr_parse(text, &a));
	return a;
}

static enum drop
judge(const uint8_t *b, size_t n)
{
	return ra_solicited(rd_make(b, n));
}

/* The checksum of an ICMPv6 packet of n bytes is made right. */
static void
seal(uint8_t *b, size_t n)
{
	inet_put16(b, 42, 0);
	inet_put16(b, 42, inet_fold(inet_sum(b + 40, n - 40,
	    inet_sum_pseudo(b + 8, b + 24, 16, 58, (uint32_t)(n - 40)))));
}

static void
good(void **state)
{
	static const char *const ask[] = { SOLICIT, SOLICIT_NONE,
		SOLICIT_LINK };
	uint8_t b[128];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		size_t n = hex_read(ask[i], b, sizeof(b));

		assert_int_equal(judge(b, n), DROP_NONE);
		/* What follows the packet is not its own. */
		memset(b + n, 0xff, 8);
		assert_int_equal(judge(b, n + 8), DROP_NONE);
		for (size_t cut = 0; cut < n; cut++)
			assert_int_equal(judge(b, cut), DROP_IP_SOLICIT);
	}
}

/* RFC 4861 §6.1.1, line by line; the checksum is right where it can be. */
static void
bad(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
	} v[] = {
		{ 0, 0x40 },		/* IPv4 */
		{ 6, 17 },		/* UDP */
		{ 7, 254 },		/* somebody has forwarded it */
		{ 7, 0 },
		{ 40, 134 },		/* an advertisement */
		{ 41, 1 },		/* code */
		{ 49, 0 },		/* an option without length */
		{ 49, 2 },		/* longer than the packet */
		{ 5, 15 },		/* the option cut short */
		{ 5, 9 },
	};
	uint8_t b[128];
	size_t n;

	(void)state;
	for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		n = hex_read(SOLICIT_LINK, b, sizeof(b));
		b[v[i].at] = v[i].value;
		seal(b, 40 + inet_u16(b, 4));
		if (judge(b, n) != DROP_IP_SOLICIT)
			fail_msg("%u: %u passed", v[i].at, v[i].value);
	}
	/* Any byte that the checksum covers. */
	n = hex_read(SOLICIT, b, sizeof(b));
	for (size_t at = 8; at < n; at++) {
		b[at] ^= 0x10;
		assert_int_equal(judge(b, n), DROP_IP_SOLICIT);
		b[at] ^= 0x10;
	}
	/* Who has no address yet has no link-layer address to tell. */
	n = hex_read(SOLICIT_LINK, b, sizeof(b));
	memset(b + 8, 0, 16);
	seal(b, n);
	assert_int_equal(judge(b, n), DROP_IP_SOLICIT);
}

static struct ra
advert(const struct ipaddr *dns, unsigned n)
{
	return (struct ra){
		.ours = UINT64_C(0x0011223344556677),
		.peers = UINT64_C(0xa2b3c4d5e6f70001),
		.prefix = addr("2001:db8:100:7::"), .mtu = 1400,
		.dns = dns, .dns_n = n,
	};
}

static void
expect(const struct ra *a, const char *hex)
{
	uint8_t want[RA_MAX], got[RA_MAX];
	size_t n = hex_read(hex, want, sizeof(want));
	struct wr w = wr_make(got, sizeof(got));

	ra_encode(&w, a);
	assert_false(w.bad);
	assert_int_equal(wr_used(&w), n);
	assert_memory_equal(got, want, n);
}

static void
to_the_peer(void **state)
{
	const struct ipaddr dns[2] = { addr("2001:db8::53"),
		addr("2001:db8::54") };
	struct ra a = advert(dns, 2);

	(void)state;
	a.asked = true;
	expect(&a, "6000000000603afffe800000000000000011223344556677fe800000"
	    "00000000a2b3c4d5e6f7000186005973400007080000000000000000"
	    "0304404000278d0000093a800000000020010db80100000700000000"
	    "000000000501000000000578190500000000070820010db800000000"
	    "000000000000005320010db8000000000000000000000054");
}

static void
to_all(void **state)
{
	const struct ipaddr none[2] = { { .family = IP_NONE } };
	struct ra a = advert(none, 2);
	uint8_t small[RA_MAX];
	struct wr w = wr_make(small, 95);

	(void)state;
	expect(&a, "6000000000383afffe800000000000000011223344556677ff020000"
	    "000000000000000000000001860023c1400007080000000000000000"
	    "0304404000278d0000093a800000000020010db80100000700000000"
	    "000000000501000000000578");
	/* To a peer that has told no identifier, too. */
	a.asked = true;
	a.peers = 0;
	expect(&a, "6000000000383afffe800000000000000011223344556677ff020000"
	    "000000000000000000000001860023c1400007080000000000000000"
	    "0304404000278d0000093a800000000020010db80100000700000000"
	    "000000000501000000000578");
	ra_encode(&w, &a);
	assert_true(w.bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(to_the_peer),
		cmocka_unit_test(to_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
