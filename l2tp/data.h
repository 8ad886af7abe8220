/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_DATA_H
#define L2TP_DATA_H

/*
 * DOC: the header of a data packet (RFC 2661 §3.1), both ways, inline for the
 * packet path.  Any mix of L, S, O and P is read; we send neither L nor O
 * nor P, and S only where the peer must have it (§5.4).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/drop.h"

#define DATA_T		0x8000u
#define DATA_L		0x4000u
#define DATA_S		0x0800u
#define DATA_O		0x0200u
#define DATA_P		0x0100u
#define DATA_VER	0x000fu
#define DATA_VERSION	2u

#define DATA_HEAD	6	/* bytes we send without sequence numbers */
#define DATA_HEAD_SEQ	10	/* and with */

struct data_head {
	bool control;		/* T bit: nothing else was looked at */
	bool sequenced;		/* S bit */
	uint16_t tunnel_id, session_id;
	uint16_t ns;		/* if sequenced */
};

/* What Length and Offset Size leave of the packet: RFC 2661 §3.1. */
static inline enum drop
data_payload(struct rd *r, uint16_t flags, size_t total, uint16_t length)
{
	uint16_t offset;
	size_t head;

	if (flags & DATA_O) {
		offset = rd_u16(r);
		rd_skip(r, offset);
		if (r->bad)
			return DROP_L2TP_OFFSET;
	}
	if (r->bad)
		return DROP_L2TP_SHORT;
	head = total - rd_left(r);
	if (flags & DATA_L) {
		if (length < head || length > total)
			return DROP_L2TP_LENGTH;
		*r = rd_sub(r, length - head);
	}
	return rd_left(r) > 0 ? DROP_NONE : DROP_L2TP_SHORT;
}

/*
 * Reads the header and leaves the PPP frame in `r`.  A control packet is
 * told by h->control; `r` is then as it came.  Nr is ignored (§3.1).
 */
static inline enum drop
data_decode(struct rd *r, struct data_head *h)
{
	struct rd whole = *r;
	size_t total = rd_left(r);
	uint16_t flags = rd_u16(r);
	uint16_t length;

	*h = (struct data_head){ 0 };
	if (r->bad)
		return DROP_L2TP_SHORT;
	if ((flags & DATA_VER) != DATA_VERSION)
		return DROP_L2TP_VERSION;
	if (flags & DATA_T) {
		h->control = true;
		*r = whole;
		return DROP_NONE;
	}
	length = flags & DATA_L ? rd_u16(r) : 0;
	h->tunnel_id = rd_u16(r);
	h->session_id = rd_u16(r);
	if (flags & DATA_S) {
		h->sequenced = true;
		h->ns = rd_u16(r);
		(void)rd_u16(r);
	}
	if (r->bad)
		return DROP_L2TP_SHORT;
	if (h->tunnel_id == 0)
		return DROP_L2TP_TUNNEL;
	if (h->session_id == 0)
		return DROP_L2TP_SESSION;
	return data_payload(r, flags, total, length);
}

/*
 * The ids that a packet names, data or control; false if it is not whole.
 * A control packet has L and S set and no offset (§3.1).
 */
static inline bool
data_ids(struct rd r, struct data_head *h)
{
	struct rd look = r;
	uint16_t flags;

	if (data_decode(&r, h) != DROP_NONE)
		return false;
	if (!h->control)
		return true;
	flags = rd_u16(&look);
	(void)rd_u16(&look);
	h->tunnel_id = rd_u16(&look);
	h->session_id = rd_u16(&look);
	return !look.bad && (flags & (DATA_L | DATA_S | DATA_O)) ==
	    (DATA_L | DATA_S);
}

/* Bytes that data_encode() writes. */
static inline size_t
data_head_len(const struct data_head *h)
{
	return h->sequenced ? DATA_HEAD_SEQ : DATA_HEAD;
}

static inline void
data_encode(struct wr *w, const struct data_head *h)
{
	wr_u16(w, (uint16_t)(DATA_VERSION | (h->sequenced ? DATA_S : 0)));
	wr_u16(w, h->tunnel_id);
	wr_u16(w, h->session_id);
	if (h->sequenced) {
		wr_u16(w, h->ns);
		wr_u16(w, 0);
	}
}

#endif
