/* SPDX-License-Identifier: BSD-2-Clause */
/* Data header. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "l2tp/data.h"

static enum drop
decode(const char *b, size_t n, struct data_head *h, size_t *payload)
{
	struct rd r = rd_make(b, n);
	enum drop why = data_decode(&r, h);

	*payload = rd_left(&r);
	return why;
}
#define DECODE(b, h, n)	decode(b, sizeof(b) - 1, h, n)

/* Every mix of L, S, O and P, with PPP "ff 03" after it. */
static void
all_bits(void **state)
{
	struct data_head h;
	size_t n;

	(void)state;
	for (unsigned bits = 0; bits < 16; bits++) {
		bool len = bits & 1, seq = bits & 2, off = bits & 4;
		uint8_t b[32];
		struct wr w = wr_make(b, sizeof(b));
		size_t total = 6 + (len ? 2 : 0) + (seq ? 4 : 0) +
		    (off ? 5 : 0) + 2;

		wr_u16(&w, (uint16_t)(2 | (len ? DATA_L : 0) |
		    (seq ? DATA_S : 0) | (off ? DATA_O : 0) |
		    (bits & 8 ? DATA_P : 0) | 0x30f0));
		if (len)
			wr_u16(&w, (uint16_t)total);
		wr_u16(&w, 0x1122);
		wr_u16(&w, 0x3344);
		if (seq)
			wr_u32(&w, 0x5566ffff);
		if (off) {
			wr_u16(&w, 3);
			wr_zero(&w, 3);
		}
		wr_u16(&w, 0xff03);
		assert_int_equal(wr_used(&w), total);
		assert_int_equal(decode((char *)b, total, &h, &n), DROP_NONE);
		assert_int_equal(n, 2);
		assert_false(h.control);
		assert_int_equal(h.tunnel_id, 0x1122);
		assert_int_equal(h.session_id, 0x3344);
		assert_int_equal(h.sequenced, seq);
		assert_int_equal(h.ns, seq ? 0x5566 : 0);
		/* cut anywhere: refused, never read past the end */
		for (size_t cut = 0; cut < total - 1; cut++)
			assert_int_not_equal(decode((char *)b, cut, &h, &n),
			    DROP_NONE);
	}
}

static void
n50_data_header(void **state)
{
	struct data_head h;
	size_t n;

	(void)state;
	assert_int_equal(DECODE("\0\x02\0\0\0\x01x", &h, &n),
	    DROP_L2TP_TUNNEL);
	assert_int_equal(DECODE("\0\x02\0\x01\0\0x", &h, &n),
	    DROP_L2TP_SESSION);
	assert_int_equal(DECODE("\0\x02\0\x01\0\x01", &h, &n),
	    DROP_L2TP_SHORT);				/* empty PPP */
	assert_int_equal(DECODE("\x40\x02\0\x0a\0\x01\0\x01x", &h, &n),
	    DROP_L2TP_LENGTH);				/* beyond the end */
	assert_int_equal(DECODE("\x40\x02\0\x07\0\x01\0\x01x", &h, &n),
	    DROP_L2TP_LENGTH);				/* less than the head */
	assert_int_equal(DECODE("\x40\x02\0\x08\0\x01\0\x01x", &h, &n),
	    DROP_L2TP_SHORT);				/* nothing in it */
	assert_int_equal(DECODE("\x40\x02\0\x09\0\x01\0\x01xyz", &h, &n),
	    DROP_NONE);					/* trailing bytes go */
	assert_int_equal(n, 1);
	assert_int_equal(DECODE("\x02\x02\0\x01\0\x01\xff\xffxy", &h, &n),
	    DROP_L2TP_OFFSET);
	assert_int_equal(DECODE("\x02\x02\0\x01\0\x01\0\x02xy", &h, &n),
	    DROP_L2TP_SHORT);
	assert_int_equal(DECODE("\0\x01\0\x01\0\x01x", &h, &n),
	    DROP_L2TP_VERSION);
	assert_int_equal(DECODE("\0\x03\0\x01\0\x01x", &h, &n),
	    DROP_L2TP_VERSION);
	assert_int_equal(DECODE("\xc8\x02\0\x0c", &h, &n), DROP_NONE);
	assert_true(h.control);
	assert_int_equal(n, 4);
}

static bool
names(const char *b, size_t n, uint16_t tunnel, uint16_t session)
{
	struct data_head h;

	return data_ids(rd_make(b, n), &h) && h.tunnel_id == tunnel &&
	    h.session_id == session;
}
#define NAMES(b, t, s)	names(b, sizeof(b) - 1, t, s)

/* Data with and without L, control; cut, without L or S, with an offset. */
static void
ids(void **state)
{
	struct data_head h;

	(void)state;
	assert_true(NAMES("\0\x02\x11\x22\x33\x44x", 0x1122, 0x3344));
	assert_true(NAMES("\x40\x02\0\x09\x11\x22\x33\x44x", 0x1122, 0x3344));
	assert_true(NAMES("\xc8\x02\0\x0c\x11\x22\x33\x44\0\0\0\0", 0x1122,
	    0x3344));
	assert_true(NAMES("\xc8\x02\0\x0c\0\0\0\0", 0, 0));
	assert_false(data_ids(rd_make("\xc8\x02\0\x0c\x11\x22\x33", 7), &h));
	assert_false(data_ids(rd_make("\0\x02\x11\x22\x33\x44", 6), &h));
	assert_false(data_ids(rd_make("\0\x03\x11\x22\x33\x44x", 7), &h));
	assert_false(data_ids(rd_make("\x88\x02\0\x0c\0\1\0\0", 8), &h));
	assert_false(data_ids(rd_make("\xc0\x02\0\x0c\0\1\0\0", 8), &h));
	assert_false(data_ids(rd_make("\xca\x02\0\x0c\0\1\0\0", 8), &h));
}

static void
encode(void **state)
{
	struct data_head h = { .tunnel_id = 0x0102, .session_id = 0x0304 };
	uint8_t b[16];
	struct wr w = wr_make(b, sizeof(b));

	(void)state;
	data_encode(&w, &h);
	assert_int_equal(wr_used(&w), data_head_len(&h));
	assert_memory_equal(b, "\0\x02\x01\x02\x03\x04", 6);
	w = wr_make(b, sizeof(b));
	h.sequenced = true;
	h.ns = 0xfffe;
	data_encode(&w, &h);
	assert_int_equal(wr_used(&w), data_head_len(&h));
	assert_memory_equal(b, "\x08\x02\x01\x02\x03\x04\xff\xfe\0\0", 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_bits),
		cmocka_unit_test(n50_data_header),
		cmocka_unit_test(ids),
		cmocka_unit_test(encode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
