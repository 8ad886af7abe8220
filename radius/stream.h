/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RADIUS_STREAM_H
#define RADIUS_STREAM_H

/*
 * DOC: packets out of a stream of bytes (TCP, TLS): each says its length
 * itself, RFC 6613 §2.6.4.  Room for one packet; nothing is allocated.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "radius/packet.h"

struct radius_stream {		/* start with n 0 */
	size_t n;		/* bytes of the packet that are there */
	uint8_t buf[RADIUS_PACKET_MAX];
};

enum radius_stream_got {
	RADIUS_STREAM_MORE,	/* all of `in` is taken, no packet yet */
	/* one packet, borrowed until the next call; `in` may hold others */
	RADIUS_STREAM_PACKET,
	/* A length that no packet has: where the next begins is not known, and
	 * the connection must be closed. */
	RADIUS_STREAM_BAD
};

/* Takes from `in` what belongs to the next packet. */
enum radius_stream_got	radius_stream_next(struct radius_stream *,
	    struct rd *in, struct rd *packet);

#endif
