/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_CP_H
#define PPP_CP_H

/*
 * DOC: packets of a control protocol, codes 1 to 7 (RFC 1661 §5), which LCP
 * the network protocols share: turns them into events of the automaton and performs what
 * it answers.
 */

#include "ppp/ppp_int.h"

enum cp_code {
	CP_CONF_REQ = 1,
	CP_CONF_ACK,
	CP_CONF_NAK,
	CP_CONF_REJ,
	CP_TERM_REQ,
	CP_TERM_ACK,
	CP_CODE_REJ,
	/* LCP only */
	CP_PROTO_REJ,
	CP_ECHO_REQ,
	CP_ECHO_REP,
	CP_DISCARD,
	CP_IDENT,		/* RFC 1570 §2.1 */
	CP_TIME_LEFT		/* RFC 1570 §2.2 */
};

struct cp_pkt {			/* borrows the frame */
	uint8_t code, id;
	struct rd body;
	struct rd whole;	/* from the code on, without padding */
};

struct cp_def {			/* const, per protocol */
	uint16_t protocol;
	struct cp *(*state)(struct ppp *);
	void (*reset)(struct ppp *);	/* back to what we ask for at first */
	struct option_table table;
};

/* What came of an input: FSM_LAYER bits, or this. */
#define CP_STUCK	(1u << 31)	/* does not converge */
#define CP_LOST		(1u << 30)	/* the peer refused what we must have */

/* RFC 1661 §5: DROP_PPP_SHORT or _LENGTH if it is no packet. */
enum drop	cp_decode(struct rd frame, struct cp_pkt *);

/*
 * Feeds one packet with a code from 1 to 7, or one whose code is unknown to
 * the protocol.  Returns the layer bits; *why tells if it was not used.
 */
uint32_t	cp_input(struct ppp *, const struct cp_def *,
		    const struct cp_pkt *, mono_t now, struct ppp_out *,
		    enum drop *why);
/* Feeds an event that has no packet. */
uint32_t	cp_event(struct ppp *, const struct cp_def *, enum fsm_event,
		    mono_t now, struct ppp_out *);
/* The timer has expired. */
uint32_t	cp_expire(struct ppp *, const struct cp_def *, mono_t now,
		    struct ppp_out *);

#endif
