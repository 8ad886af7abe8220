/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IPSEC_UDPENCAP_H
#define IPSEC_UDPENCAP_H

/*
 * DOC: what a datagram on port 4500 is (RFC 3948 §2), inline for the data path.
 *
 *	ff			NAT keepalive, one byte (§2.3)
 *	00 00 00 00 ...		non-ESP marker, then IKE (§2.2)
 *	SPI ...			ESP; the SPI is never 0 (§2.1)
 */

#include "base/buf.h"

#define UDPENCAP_MARKER	4	/* bytes of zero before IKE */

enum udpencap {
	UDPENCAP_ESP,
	UDPENCAP_IKE,
	UDPENCAP_KEEPALIVE,
	UDPENCAP_SHORT		/* none of them: too short to tell */
};

static inline enum udpencap
udpencap_kind(const uint8_t *p, size_t len)
{
	struct rd r = rd_make(p, len);

	if (len == 1 && rd_u8(&r) == 0xff)
		return UDPENCAP_KEEPALIVE;
	if (len < UDPENCAP_MARKER)
		return UDPENCAP_SHORT;
	return rd_u32(&r) == 0 ? UDPENCAP_IKE : UDPENCAP_ESP;
}

/* Writes the marker that goes before an IKE message. */
static inline void
udpencap_mark(struct wr *w)
{
	wr_zero(w, UDPENCAP_MARKER);
}

#endif
