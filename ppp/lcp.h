/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_LCP_H
#define PPP_LCP_H

/* DOC: LCP: its options, echo, rejects, identification (RFC 1661, 1570). */

#include "ppp/cp.h"

enum lcp_row {			/* rows of its option table */
	LCP_MRU,
	LCP_ACCM,
	LCP_AUTH,
	LCP_MAGIC,
	LCP_PFC,
	LCP_ACFC
};

extern const struct cp_def lcp_def;

/* A new magic and the options that we ask for; false: no randomness. */
bool		 lcp_init(struct ppp *);

/* More than layer bits may come of an LCP packet. */
#define LCP_LOOPED	(1u << 29)	/* our own magic, too often */
#define LCP_REFUSED	(1u << 28)	/* Protocol-Reject: *refused */

uint32_t	 lcp_input(struct ppp *, struct rd packet, mono_t now,
		    struct ppp_out *, uint16_t *refused, enum drop *why);
void		 lcp_send_echo(struct ppp *, struct ppp_out *);
/* RFC 1661 §5.7: `frame` is what followed the protocol field. */
void		 lcp_send_proto_rej(struct ppp *, uint16_t protocol,
		    struct rd frame, struct ppp_out *);

/* The method that was agreed: ours to check, or the peer's wish; 0 if none. */
uint8_t		 lcp_method(const struct ppp *);
/* Number on the wire of a method: protocol, or protocol and algorithm. */
uint32_t	 lcp_method_number(uint8_t method);

#endif
