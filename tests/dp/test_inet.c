/* SPDX-License-Identifier: BSD-2-Clause */
/* Internet checksum against the definition in RFC 1071. */

#include "tests/dp/rig.h"

/* Word by word, as RFC 1071 §4.1 does it. */
static uint16_t
by_definition(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (n % 2 != 0)
		sum += (uint32_t)(p[n - 1] << 8);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The example of RFC 1071 §3: 00 01 f2 03 f4 f5 f6 f7 sums to ddf2. */
static void
rfc1071_example(void **state)
{
	static const uint8_t b[] = { 0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7 };

	(void)state;
	assert_int_equal((uint16_t)~inet_fold(inet_sum(b, 8, 0)), 0xddf2);
}

static void
any_length(void **state)
{
	uint8_t b[300];
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 3);
	for (unsigned i = 0; i < 5000; i++) {
		size_t n = rng_below(&rng, 290), off = rng_below(&rng, 8);
		size_t cut = n / 2 & ~(size_t)1;

		rng_fill(&rng, b, sizeof(b));
		if (i % 7 == 0)
			memset(b, 0xff, sizeof(b));
		assert_int_equal(inet_fold(inet_sum(b + off, n, 0)),
		    by_definition(b + off, n));
		assert_int_equal(inet_fold(inet_sum(b + off + cut, n - cut,
		    inet_sum(b + off, cut, 0))), by_definition(b + off, n));
	}
}

static void
incremental(void **state)
{
	uint8_t b[64];
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 4);
	for (unsigned i = 0; i < 5000; i++) {
		unsigned at = rng_below(&rng, 30) * 2 + 2;
		uint16_t was, now = (uint16_t)rng_u32(&rng), field;

		rng_fill(&rng, b, sizeof(b));
		inet_put16(b, 0, 0);
		inet_put16(b, 0, inet_fold(inet_sum(b, 64, 0)));
		was = inet_u16(b, at);
		field = inet_adjust(inet_u16(b, 0), was, now);
		inet_put16(b, at, now);
		inet_put16(b, 0, field);
		assert_int_equal(inet_fold(inet_sum(b, 64, 0)), 0);
	}
}

static void
pseudo(void **state)
{
	uint8_t b[40] = { 0 }, src[16], dst[16];

	(void)state;
	for (uint8_t i = 0; i < 16; i++) {
		src[i] = (uint8_t)(i * 11);
		dst[i] = (uint8_t)(250 - i);
	}
	memcpy(b, src, 16);
	memcpy(b + 16, dst, 16);
	inet_put32(b, 32, 70000);
	b[39] = 17;
	assert_int_equal(inet_fold(inet_sum_pseudo(src, dst, 16, 17, 70000)),
	    by_definition(b, 40));
	assert_int_equal(inet_u32(b, 32), 70000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc1071_example), cmocka_unit_test(any_length),
		cmocka_unit_test(incremental), cmocka_unit_test(pseudo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
