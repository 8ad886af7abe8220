/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream of bytes, cut anywhere (the first byte says how), yields the same
 * packets as the stream in one piece, each of the length it says; nothing is
 * taken after a length that no packet has.
 */

#include <stdlib.h>
#include <string.h>

#include "radius/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the stream stands, and which packets came out of it. */
struct seen {
	size_t taken, packets;
	bool bad;
};

static void
take(struct radius_stream *s, struct seen *seen, const uint8_t *all, size_t n)
{
	struct rd in = rd_make(all + seen->taken, n), packet;
	enum radius_stream_got got = RADIUS_STREAM_PACKET;

	while (got == RADIUS_STREAM_PACKET) {
		size_t held = s->n, left = rd_left(&in), used, length;

		got = radius_stream_next(s, &in, &packet);
		used = left - rd_left(&in);
		seen->taken += used;
		if (got == RADIUS_STREAM_MORE && rd_left(&in) > 0)
			abort();
		if (got != RADIUS_STREAM_PACKET)
			continue;
		length = rd_left(&packet);
		if (length < RADIUS_HEAD || length > RADIUS_PACKET_MAX ||
		    held + used != length || seen->taken < length ||
		    memcmp(packet.p, all + seen->taken - length, length) != 0 ||
		    (size_t)(packet.p[2] << 8 | packet.p[3]) != length)
			abort();
		seen->packets++;
	}
	seen->bad = got == RADIUS_STREAM_BAD;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct radius_stream *one, *cut;
	struct seen a = { 0 }, b = { 0 };
	size_t step;

	if (size == 0)
		return 0;
	step = (size_t)data[0] + 1;
	data++;
	size--;
	one = calloc(1, sizeof(*one));
	cut = calloc(1, sizeof(*cut));
	take(one, &a, data, size);
	while (!b.bad && b.taken < size)
		take(cut, &b, data, step < size - b.taken ? step :
		    size - b.taken);
	if (a.taken != b.taken || a.packets != b.packets || a.bad != b.bad)
		abort();
	free(one);
	free(cut);
	return 0;
}
