/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cursor over the five dialects of type-length-value that it serves: the
 * first byte chooses one, the rest is a message.  A message that is read to
 * its end without error is written again, and must come out the same.
 */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ISAKMP payloads, RFC 2408 §3.2: 16-bit length with its 4-byte header. */
static void
isakmp(struct rd *r, struct wr *w)
{
	uint16_t next = rd_u16(r);
	size_t n = rd_u16(r);
	struct wr_len l;

	wr_u16(w, next);
	l = wr_len16(w);
	wr_rd(w, rd_sub(r, n - 4));
	wr_len_end(w, l, 4);
}

/* IKE attributes, RFC 2408 §3.3: two-byte value or 16-bit length. */
static void
attribute(struct rd *r, struct wr *w)
{
	uint16_t type = rd_u16(r);
	uint16_t n = rd_u16(r);

	wr_u16(w, type);
	if (type & 0x8000) {
		wr_u16(w, n);
	} else {
		struct wr_len l = wr_len16(w);

		wr_rd(w, rd_sub(r, n));
		wr_len_end(w, l, 0);
	}
}

/* L2TP AVPs, RFC 2661 §4.1: 10-bit length with its 6-byte header. */
static void
avp(struct rd *r, struct wr *w)
{
	uint16_t head = rd_u16(r);
	uint32_t id = rd_u32(r);
	struct rd value = rd_sub(r, (size_t)(head & 0x3ff) - 6);

	wr_u16(w, (uint16_t)((head & 0xfc00) | (6 + rd_left(&value))));
	wr_u32(w, id);
	wr_rd(w, value);
}

/* PPP options and RADIUS attributes: 8-bit length with its 2-byte header. */
static void
option(struct rd *r, struct wr *w)
{
	uint8_t type = rd_u8(r);
	size_t n = rd_u8(r);
	struct wr_len l;

	wr_u8(w, type);
	l = wr_len8(w);
	wr_rd(w, rd_sub(r, n - 2));
	wr_len_end(w, l, 2);
}

/* Numbers of all widths, copies, skips: in turns, by what is read. */
static void
numbers(struct rd *r, struct wr *w)
{
	const uint8_t *five;
	uint8_t b[32];
	uint8_t how = rd_u8(r);

	wr_u8(w, how);
	switch (how % 6) {
	case 0:
		wr_u64(w, rd_u64(r));
		break;
	case 1:
		wr_u32(w, rd_u32(r));
		break;
	case 2:
		wr_u8(w, rd_u8(r));
		wr_u16(w, rd_u16(r));
		break;
	case 3:
		rd_copy(r, b, how % 32);
		wr_bytes(w, b, how % 32);
		break;
	case 4:
		five = rd_bytes(r, 5);
		if (five != NULL)
			wr_bytes(w, five, 5);
		break;
	case 5:
		wr_rd(w, rd_rest(r));
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const dialect[])(struct rd *, struct wr *) = {
		isakmp, attribute, avp, option, numbers
	};
	struct rd r = rd_make(data, size), all;
	uint8_t *out = malloc(size + 1);
	struct wr w = wr_make(out, size);
	uint8_t which = rd_u8(&r);

	if (out == NULL)
		abort();
	all = r;
	while (rd_left(&r) > 0)
		dialect[which % 5](&r, &w);
	if (!r.bad && (w.bad || !rd_eq(all, out, wr_used(&w))))
		abort();
	if (r.p < data || r.p > data + size || wr_used(&w) > size)
		abort();
	free(out);
	return 0;
}
