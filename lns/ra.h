/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_RA_H
#define LNS_RA_H

/*
 * DOC: what a host on a PPP link is told in IPv6: Router Advertisements.
 *
 * A host asks (Router Solicitation), and makes its addresses from the /64 that
 * it is told.  That is all its own, so nothing on it is on-link for us (bit L
 * is 0): there is one neighbour, the router.
 *
 * Pure: bytes in, bytes out.
 *
 * Supported standards: RFC 4861 §4.1, §4.2, §6.1.1, §6.2; 4862 §5.5; 8106 §5.1;
 * 5072 §5.
 */

#include <stdint.h>

#include "base/buf.h"
#include "base/drop.h"
#include "base/endpoint.h"

#define RA_MAX		136	/* bytes of an advertisement */
#define RA_INTERVAL_S	600	/* between two, at most: RFC 4861 §6.2.1 */
#define RA_INTERVAL_MIN_S 200
#define RA_INITIAL	3	/* first ones, RFC 4861 §10: */
#define RA_INITIAL_S	16	/* so far apart */
#define RA_GAP_MS	1000	/* between an advertisement and an answer */

struct ra {			/* an advertisement */
	uint64_t ours, peers;	/* interface identifiers */
	bool asked;		/* it answers: to the peer; else to all nodes */
	struct ipaddr prefix;	/* a /64 */
	uint16_t mtu;		/* bytes */
	const struct ipaddr *dns;	/* borrowed; IP_NONE: none */
	unsigned dns_n;		/* at most 2 */
};

/*
 * Is this packet a Router Solicitation that may be answered (RFC 4861 §6.1.1)?
 * DROP_NONE, else DROP_IP_SOLICIT.
 */
enum drop	ra_solicited(struct rd packet);
/* A whole IPv6 packet of at most RA_MAX bytes. */
void		ra_encode(struct wr *, const struct ra *);

#endif
