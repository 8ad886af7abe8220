/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets out of a stream: see stream.h. */

#include "radius/stream.h"

#define LENGTH_END	4	/* code, identifier, length: RFC 2865 §3 */

/* Up to `want` bytes of a packet; true if they are there. */
static bool
fill(struct radius_stream *s, struct rd *in, size_t want)
{
	size_t n = want - s->n;

	if (n > rd_left(in))
		n = rd_left(in);
	rd_copy(in, s->buf + s->n, n);
	s->n += n;
	return s->n == want;
}

enum radius_stream_got
radius_stream_next(struct radius_stream *s, struct rd *in, struct rd *packet)
{
	struct rd head;
	size_t length;

	if (s->n < LENGTH_END && !fill(s, in, LENGTH_END))
		return RADIUS_STREAM_MORE;
	head = rd_make(s->buf, LENGTH_END);
	rd_skip(&head, LENGTH_END - 2);
	length = rd_u16(&head);
	if (length < RADIUS_HEAD || length > RADIUS_PACKET_MAX)
		return RADIUS_STREAM_BAD;
	if (!fill(s, in, length))
		return RADIUS_STREAM_MORE;
	*packet = rd_make(s->buf, length);
	s->n = 0;
	return RADIUS_STREAM_PACKET;
}
