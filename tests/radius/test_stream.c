/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets out of a stream, however it is cut. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "radius/stream.h"

static const size_t lengths[] = { 20, RADIUS_PACKET_MAX, 21, 20, 300, 4095 };
#define PACKETS	(sizeof(lengths) / sizeof(lengths[0]))
static const size_t pieces[] = { 1, 2, 3, 4, 5, 19, 20, 21, 1000, 4096, 9000 };

static size_t
make(uint8_t *out, size_t n)
{
	struct wr w = wr_make(out, n);

	for (size_t i = 0; i < PACKETS; i++) {
		wr_u8(&w, 2);
		wr_u8(&w, (uint8_t)i);
		wr_u16(&w, (uint16_t)lengths[i]);
		for (size_t j = 4; j < lengths[i]; j++)
			wr_u8(&w, (uint8_t)(i * 31 + j));
	}
	assert_false(w.bad);
	return wr_used(&w);
}

static void
pieces_of_any_size(void **state)
{
	static uint8_t all[16384];
	size_t total = make(all, sizeof(all));

	(void)state;
	for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
		struct radius_stream s = { .n = 0 };
		size_t at = 0, packet_at = 0, found = 0;

		while (at < total) {
			size_t n = pieces[k] < total - at ? pieces[k] :
			    total - at;
			struct rd in = rd_make(all + at, n), packet;
			enum radius_stream_got got;

			at += n;
			while ((got = radius_stream_next(&s, &in, &packet)) ==
			    RADIUS_STREAM_PACKET) {
				assert_true(found < PACKETS);
				assert_true(rd_eq(packet, all + packet_at,
				    lengths[found]));
				packet_at += lengths[found++];
			}
			assert_int_equal(got, RADIUS_STREAM_MORE);
			assert_int_equal(rd_left(&in), 0);
		}
		assert_int_equal(found, PACKETS);
		assert_int_equal(s.n, 0);
	}
}

static void
n87_impossible_lengths(void **state)
{
	static const uint16_t bad[] = { 0, 1, 3, 4, 19, 4097, 0xffff };
	uint8_t b[4] = { 2, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct radius_stream s = { .n = 0 };
		struct rd in = rd_make(b, sizeof(b)), packet;

		b[2] = (uint8_t)(bad[i] >> 8);
		b[3] = (uint8_t)bad[i];
		assert_int_equal(radius_stream_next(&s, &in, &packet),
		    RADIUS_STREAM_BAD);
		/* And so it stays. */
		in = rd_make(b, sizeof(b));
		assert_int_equal(radius_stream_next(&s, &in, &packet),
		    RADIUS_STREAM_BAD);
	}
}

static void
nothing_is_nothing(void **state)
{
	struct radius_stream s = { .n = 0 };
	struct rd in = rd_make(NULL, 0), packet;

	(void)state;
	assert_int_equal(radius_stream_next(&s, &in, &packet),
	    RADIUS_STREAM_MORE);
	assert_int_equal(s.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_of_any_size),
		cmocka_unit_test(n87_impossible_lengths),
		cmocka_unit_test(nothing_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
