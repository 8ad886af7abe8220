/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cursor: each function at, one before and one beyond the end; the sticky
 * error; children and length marks; and a random walk against plain arrays.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/rng.h"

static const uint8_t nine[9] = {
	0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 0x09
};

static void
read_numbers(void **state)
{
	struct rd r;

	(void)state;
	r = rd_make(nine, 9);
	assert_int_equal(rd_u8(&r), 0x01);
	assert_int_equal(rd_u16(&r), 0x8203);
	assert_int_equal(rd_u32(&r), 0x84058607);
	assert_int_equal(rd_u16(&r), 0x8809);
	assert_true(rd_done(&r));
	r = rd_make(nine, 9);
	assert_int_equal(rd_u24(&r), 0x018203);
	assert_int_equal(rd_left(&r), 6);
	r = rd_make(nine, 8);
	assert_true(rd_u64(&r) == 0x0182038405860788);
	assert_true(rd_done(&r));
}

/* Each width: exactly enough is read, one byte less is zero and sticks. */
static void
read_too_much(void **state)
{
	static const size_t widths[] = { 1, 2, 3, 4, 8 };

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct rd r = rd_make(nine, widths[i] - 1);
		uint64_t v = 1;

		switch (widths[i]) {
		case 1: v = rd_u8(&r); break;
		case 2: v = rd_u16(&r); break;
		case 3: v = rd_u24(&r); break;
		case 4: v = rd_u32(&r); break;
		case 8: v = rd_u64(&r); break;
		}
		assert_true(v == 0);
		assert_true(r.bad);
		assert_int_equal(rd_left(&r), 0);
		assert_false(rd_done(&r));
	}
}

static void
once_bad_always_bad(void **state)
{
	struct rd r = rd_make(nine, 9);
	uint8_t out[4] = { 1, 2, 3, 4 };
	struct rd child;

	(void)state;
	rd_skip(&r, 10);
	assert_true(r.bad);
	assert_int_equal(rd_u8(&r), 0);
	assert_null(rd_bytes(&r, 1));
	assert_null(rd_bytes(&r, 0));
	rd_copy(&r, out, 4);
	assert_memory_equal(out, "\0\0\0\0", 4);
	child = rd_sub(&r, 0);
	assert_true(child.bad);
	child = rd_rest(&r);
	assert_true(child.bad);
	assert_false(rd_eq(r, nine, 0));
	assert_false(rd_done(&r));
}

static void
read_bytes(void **state)
{
	struct rd r = rd_make(nine, 9);
	uint8_t out[8];

	(void)state;
	assert_null(rd_bytes(&r, 0));
	assert_false(r.bad);
	assert_ptr_equal(rd_bytes(&r, 4), nine);
	rd_copy(&r, out, 0);
	rd_copy(&r, out, 3);
	assert_memory_equal(out, nine + 4, 3);
	rd_skip(&r, 1);
	assert_int_equal(rd_left(&r), 1);
	memset(out, 7, sizeof(out));
	rd_copy(&r, out, 2);
	assert_memory_equal(out, "\0\0\7", 3);
	assert_true(r.bad);
	r = rd_make(nine, 9);
	assert_null(rd_bytes(&r, 10));
	assert_true(r.bad);
	r = rd_make(nine, 9);
	assert_null(rd_bytes(&r, SIZE_MAX));
	assert_true(r.bad);
}

static void
nothing_to_read(void **state)
{
	struct rd r = rd_make(NULL, 0);

	(void)state;
	assert_false(r.bad);
	assert_true(rd_done(&r));
	assert_true(rd_eq(r, NULL, 0));
	rd_skip(&r, 0);
	assert_true(rd_done(&r));
	assert_int_equal(rd_u8(&r), 0);
	assert_true(r.bad);
}

static void
children(void **state)
{
	struct rd r = rd_make(nine, 9);
	struct rd a = rd_sub(&r, 4);
	struct rd b = rd_rest(&r);
	struct rd c;

	(void)state;
	assert_int_equal(rd_left(&a), 4);
	assert_int_equal(rd_left(&b), 5);
	assert_true(rd_done(&r));
	/* A child cannot leave its parent, nor spoil it. */
	(void)rd_u32(&a);
	assert_true(rd_done(&a));
	assert_int_equal(rd_u8(&a), 0);
	assert_true(a.bad);
	assert_false(r.bad);
	assert_int_equal(rd_u8(&b), 0x05);
	/* Too long a child spoils both. */
	c = rd_sub(&b, 5);
	assert_true(c.bad);
	assert_true(b.bad);
	assert_int_equal(rd_left(&c), 0);
	/* A length that wrapped below zero is just a huge one. */
	r = rd_make(nine, 9);
	c = rd_sub(&r, (size_t)3 - 4);
	assert_true(c.bad && r.bad);
	/* An empty child is fine, also at the very end. */
	r = rd_make(nine, 2);
	rd_skip(&r, 2);
	c = rd_sub(&r, 0);
	assert_true(rd_done(&c) && rd_done(&r));
}

static void
same_bytes(void **state)
{
	struct rd r = rd_make(nine, 9);

	(void)state;
	assert_true(rd_eq(r, nine, 9));
	assert_false(rd_eq(r, nine, 8));
	assert_false(rd_eq(rd_make(nine, 8), nine + 1, 8));
	rd_skip(&r, 3);
	assert_true(rd_eq(r, nine + 3, 6));
	r.bad = true;
	assert_false(rd_eq(r, nine + 3, 6));
}

static void
write_numbers(void **state)
{
	uint8_t b[16];
	struct wr w = wr_make(b, sizeof(b));
	struct rd r;

	(void)state;
	wr_u8(&w, 0x01);
	wr_u16(&w, 0x0203);
	wr_u32(&w, 0x04050607);
	wr_u64(&w, 0x08090a0b0c0d0e0f);
	assert_int_equal(wr_used(&w), 15);
	assert_int_equal(wr_left(&w), 1);
	for (int i = 0; i < 15; i++)
		assert_int_equal(b[i], i + 1);
	r = wr_out(&w);
	assert_int_equal(rd_left(&r), 15);
	assert_ptr_equal(r.p, b);
}

/* Each writer with one byte too little: nothing is written, and it sticks. */
static void
write_too_much(void **state)
{
	(void)state;
	for (int how = 0; how < 7; how++) {
		static const size_t needs[7] = { 1, 2, 4, 8, 3, 3, 3 };
		uint8_t b[9];
		struct wr w = wr_make(b, needs[how] - 1);

		memset(b, 0xee, sizeof(b));
		switch (how) {
		case 0: wr_u8(&w, 1); break;
		case 1: wr_u16(&w, 1); break;
		case 2: wr_u32(&w, 1); break;
		case 3: wr_u64(&w, 1); break;
		case 4: wr_bytes(&w, nine, 3); break;
		case 5: wr_rd(&w, rd_make(nine, 3)); break;
		case 6: wr_zero(&w, 3); break;
		}
		assert_true(w.bad);
		assert_int_equal(wr_used(&w), 0);
		assert_int_equal(wr_left(&w), 0);
		for (int i = 0; i < 9; i++)
			assert_int_equal(b[i], 0xee);
		wr_zero(&w, 0);
		assert_true(wr_out(&w).bad);
		assert_null(wr_room(&w, 0));
	}
}

static void
write_bytes(void **state)
{
	uint8_t b[8];
	struct wr w = wr_make(b, sizeof(b));
	struct rd bad = rd_make(nine, 1);
	uint8_t *room;

	(void)state;
	memset(b, 0xee, sizeof(b));
	wr_bytes(&w, nine, 2);
	wr_bytes(&w, NULL, 0);
	wr_rd(&w, rd_make(NULL, 0));
	wr_zero(&w, 0);
	wr_zero(&w, 2);
	wr_rd(&w, rd_make(nine, 2));
	assert_memory_equal(b, "\x01\x82\0\0\x01\x82", 6);
	room = wr_room(&w, 2);
	assert_ptr_equal(room, b + 6);
	assert_int_equal(wr_left(&w), 0);
	assert_false(w.bad);
	assert_int_equal(b[6], 0xee);
	/* What could not be read cannot be written. */
	w = wr_make(b, sizeof(b));
	(void)rd_u16(&bad);
	wr_rd(&w, bad);
	assert_true(w.bad);
	/* No buffer at all is bad from the start. */
	w = wr_make(NULL, 0);
	assert_true(w.bad);
	wr_u8(&w, 1);
	assert_int_equal(wr_used(&w), 0);
}

static void
length_marks(void **state)
{
	uint8_t b[16];
	struct wr w = wr_make(b, sizeof(b));
	struct wr_len outer, inner;

	(void)state;
	outer = wr_len16(&w);
	wr_u8(&w, 0xaa);
	inner = wr_len8(&w);
	wr_bytes(&w, nine, 3);
	wr_len_end(&w, inner, 2);
	wr_len_end(&w, outer, 4);
	assert_memory_equal(b, "\x00\x09\xaa\x05\x01\x82\x03", 7);
	assert_int_equal(wr_used(&w), 7);
	/* Nothing between the marks, no bias: zero. */
	w = wr_make(b, sizeof(b));
	outer = wr_len16(&w);
	wr_len_end(&w, outer, 0);
	assert_memory_equal(b, "\0\0", 2);
}

static void
length_too_big(void **state)
{
	static uint8_t b[70000];
	struct wr w;
	struct wr_len l;

	(void)state;
	w = wr_make(b, sizeof(b));
	l = wr_len8(&w);
	wr_zero(&w, 255);
	wr_len_end(&w, l, 0);
	assert_false(w.bad);
	assert_int_equal(b[0], 255);
	wr_len_end(&w, l, 1);		/* the bias makes it 256 */
	assert_true(w.bad);
	w = wr_make(b, sizeof(b));
	l = wr_len16(&w);
	wr_zero(&w, 65535);
	wr_len_end(&w, l, 0);
	assert_false(w.bad);
	wr_u8(&w, 0);
	wr_len_end(&w, l, 0);
	assert_true(w.bad);
	/* The field itself did not fit. */
	w = wr_make(b, 1);
	l = wr_len16(&w);
	assert_true(w.bad);
	assert_int_equal(l.bytes, 0);
	wr_len_end(&w, l, 0);
	assert_true(w.bad);
	/* Something after it did not fit. */
	w = wr_make(b, 2);
	l = wr_len16(&w);
	wr_u8(&w, 0);
	b[0] = 0xee;
	wr_len_end(&w, l, 0);
	assert_true(w.bad);
	assert_int_equal(b[0], 0xee);
}

/*
 * Random reads of random sizes over a random parent: what is read is what
 * stands there, and never anything beyond.
 */
static void
property_reads_follow_the_bytes(void **state)
{
	struct rng rng;
	uint8_t b[64], out[32];

	(void)state;
	rng_seeded(&rng, 7);
	for (int round = 0; round < 5000; round++) {
		size_t n = rng_below(&rng, sizeof(b) + 1);
		struct rd r = rd_make(b, n);
		size_t at = 0;

		(void)rng_fill(&rng, b, sizeof(b));
		while (!r.bad && at < n) {
			size_t take = rng_below(&rng, sizeof(out));

			rd_copy(&r, out, take);
			assert_int_equal(r.bad, at + take > n);
			if (r.bad)
				break;
			assert_memory_equal(out, b + at, take);
			at += take;
			assert_int_equal(rd_left(&r), n - at);
		}
	}
}

/* Whatever is written and fits is read back the same. */
static void
property_round_trip(void **state)
{
	struct rng rng;
	uint8_t b[256];

	(void)state;
	rng_seeded(&rng, 8);
	for (int round = 0; round < 5000; round++) {
		struct wr w = wr_make(b, sizeof(b));
		uint64_t v[16];
		struct rd r;
		struct wr_len l = wr_len8(&w);

		for (int i = 0; i < 16; i++) {
			v[i] = rng_u64(&rng);
			switch (i % 4) {
			case 0: wr_u8(&w, (uint8_t)v[i]); break;
			case 1: wr_u16(&w, (uint16_t)v[i]); break;
			case 2: wr_u32(&w, (uint32_t)v[i]); break;
			case 3: wr_u64(&w, v[i]); break;
			}
		}
		wr_len_end(&w, l, 0);
		r = wr_out(&w);
		assert_int_equal(rd_left(&r), 1 + 4 * 15);
		assert_int_equal(rd_u8(&r), 4 * 15);
		for (int i = 0; i < 16; i++) {
			uint64_t mask = UINT64_MAX >> (64 - (8 << i % 4));
			uint64_t got = 0;

			switch (i % 4) {
			case 0: got = rd_u8(&r); break;
			case 1: got = rd_u16(&r); break;
			case 2: got = rd_u32(&r); break;
			case 3: got = rd_u64(&r); break;
			}
			assert_true(got == (v[i] & mask));
		}
		assert_true(rd_done(&r));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_numbers),
		cmocka_unit_test(read_too_much),
		cmocka_unit_test(once_bad_always_bad),
		cmocka_unit_test(read_bytes),
		cmocka_unit_test(nothing_to_read),
		cmocka_unit_test(children),
		cmocka_unit_test(same_bytes),
		cmocka_unit_test(write_numbers),
		cmocka_unit_test(write_too_much),
		cmocka_unit_test(write_bytes),
		cmocka_unit_test(length_marks),
		cmocka_unit_test(length_too_big),
		cmocka_unit_test(property_reads_follow_the_bytes),
		cmocka_unit_test(property_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
