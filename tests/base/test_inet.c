/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers at an offset; the checksum against RFC 1071 and a plain computation.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/inet.h"
#include "base/rng.h"

static void
numbers(void **state)
{
	uint8_t b[8] = { 0, 0x81, 0x82, 0x83, 0x84, 5, 6, 7 };

	(void)state;
	assert_int_equal(inet_u16(b, 1), 0x8182);
	assert_int_equal(inet_u32(b, 1), 0x81828384);
	inet_put16(b, 3, 0xfedc);
	assert_memory_equal(b, "\x00\x81\x82\xfe\xdc\x05\x06\x07", 8);
	inet_put32(b, 4, 0x01020304);
	assert_memory_equal(b, "\x00\x81\x82\xfe\x01\x02\x03\x04", 8);
	assert_ptr_equal(inet_at(b, 3), b + 3);
	assert_ptr_equal(inet_cat(b, 0), b);
}

/* RFC 1071 §3: the sum of these is ddf2. */
static void
rfc1071_example(void **state)
{
	static const uint8_t b[] = { 0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7 };

	(void)state;
	assert_int_equal(inet_sum(b, 8, 0), 0xddf2);
	assert_int_equal(inet_fold(0xddf2), (uint16_t)~0xddf2);
	assert_int_equal(inet_fold(inet_sum(b + 4, 4, inet_sum(b, 4, 0))),
	    (uint16_t)~0xddf2);
}

/* An IPv4 header and a UDP datagram as RFC 3602 §4 case 5 has the header. */
static void
headers(void **state)
{
	static const uint8_t ip[20] = {
		0x45, 0, 0, 0x54, 0x08, 0xf2, 0, 0, 0x40, 1, 0xf9, 0xfe,
		0xc0, 0xa8, 0x7b, 3, 0xc0, 0xa8, 0x7b, 0x64
	};
	/* 192.168.123.3 -> .100, UDP 1701 -> 1701, "abc": computed by hand */
	static const uint8_t udp[11] = {
		6, 0xa5, 6, 0xa5, 0, 11, 0, 0, 'a', 'b', 'c'
	};
	uint32_t sum;

	(void)state;
	assert_int_equal(inet_fold(inet_sum(ip, 20, 0)), 0);
	sum = inet_sum_pseudo(ip + 12, ip + 16, 4, 17, 11);
	sum = inet_sum(udp, 11, sum);
	/* c0a8+7b03+c0a8+7b64+0011+000b + 06a5+06a5+000b+0000+6162+6300 */
	assert_int_equal(inet_fold(sum), (uint16_t)~(uint16_t)(
	    (0xc0a8 + 0x7b03 + 0xc0a8 + 0x7b64 + 0x11 + 0xb + 0x06a5 + 0x06a5 +
	    0xb + 0x6162 + 0x6300) % 0xffff));
}

static uint16_t
plain(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
property_same_as_plain(void **state)
{
	struct rng rng;
	uint8_t b[600];

	(void)state;
	rng_seeded(&rng, 1071);
	for (int i = 0; i < 4000; i++) {
		size_t at = rng_below(&rng, 9);
		size_t n = rng_below(&rng, 560), cut;

		(void)rng_fill(&rng, b, sizeof(b));
		if (i % 5 == 0)
			memset(b, 0xff, sizeof(b));
		assert_int_equal(inet_fold(inet_sum(b + at, n, 0)),
		    plain(b + at, n, 0));
		/* In two parts, the first of even length. */
		cut = rng_below(&rng, (uint32_t)n / 2 + 1) * 2;
		assert_int_equal(inet_fold(inet_sum(b + at + cut, n - cut,
		    inet_sum(b + at, cut, 0))), plain(b + at, n, 0));
	}
}

/* RFC 1624 §4: the corner that eqn. 2 gets wrong; and any word, any field. */
static void
adjusted_field(void **state)
{
	struct rng rng;

	(void)state;
	assert_int_equal(inet_adjust(0xdd2f, 0x5555, 0x3285), 0x0000);
	rng_seeded(&rng, 1624);
	for (int i = 0; i < 4000; i++) {
		uint8_t b[40];
		uint16_t was, field, now = (uint16_t)rng_u32(&rng);
		size_t at = 2 * rng_below(&rng, 19) + 2;

		(void)rng_fill(&rng, b, sizeof(b));
		b[0] = b[1] = 0;
		field = inet_fold(inet_sum(b, sizeof(b), 0));
		inet_put16(b, 0, field);
		was = inet_u16(b, at);
		inet_put16(b, at, now);
		inet_put16(b, 0, inet_adjust(field, was, now));
		/* All right when the whole sums to minus nothing. */
		assert_int_equal(inet_fold(inet_sum(b, sizeof(b), 0)), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(rfc1071_example),
		cmocka_unit_test(headers),
		cmocka_unit_test(property_same_as_plain),
		cmocka_unit_test(adjusted_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
