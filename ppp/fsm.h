/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_FSM_H
#define PPP_FSM_H

/*
 * DOC: the option negotiation automaton of RFC 1661 §4.
 *
 * It knows states, events, the restart counter and the restart timer, and
 * neither packets nor options.  Whether a request is acceptable is decided
 * before the automaton is asked, and becomes one of two events.  fsm_run()
 * returns the actions of the cell as a set; the owner performs them in the
 * order of their bits, which every cell of the RFC's table agrees with.
 */

#include <stdint.h>

#include "base/mono.h"
#include "ppp/ppp.h"

enum fsm_state {		/* numbered as in RFC 1661 §4.1 */
	FSM_INITIAL,
	FSM_STARTING,
	FSM_CLOSED,
	FSM_STOPPED,
	FSM_CLOSING,
	FSM_STOPPING,
	FSM_REQ_SENT,
	FSM_ACK_RCVD,
	FSM_ACK_SENT,
	FSM_OPENED,
	FSM_STATES
};

enum fsm_event {		/* in the order of RFC 1661 §4.1 */
	FSM_UP,			/* lower layer is up */
	FSM_DOWN,		/* lower layer is down */
	FSM_OPEN,		/* administrative open */
	FSM_CLOSE,		/* administrative close */
	FSM_TO_PLUS,		/* timeout, counter above zero */
	FSM_TO_MINUS,		/* timeout, counter used up */
	FSM_RCR_PLUS,		/* Configure-Request, good */
	FSM_RCR_MINUS,		/* Configure-Request, bad */
	FSM_RCA,		/* Configure-Ack */
	FSM_RCN,		/* Configure-Nak or -Reject */
	FSM_RTR,		/* Terminate-Request */
	FSM_RTA,		/* Terminate-Ack */
	FSM_RUC,		/* unknown code */
	FSM_RXJ_PLUS,		/* Code- or Protocol-Reject that can be borne */
	FSM_RXJ_MINUS,		/* ... that cannot */
	FSM_RXR,		/* Echo-Request, Echo-Reply, Discard-Request */
	FSM_EVENTS
};

enum fsm_action {		/* bits; performed from the lowest up */
	FSM_TLD = 1 << 0,	/* this layer down */
	FSM_IRC = 1 << 1,	/* initialize restart counter */
	FSM_ZRC = 1 << 2,	/* zero restart counter */
	FSM_SCR = 1 << 3,	/* send Configure-Request */
	FSM_SCA = 1 << 4,	/* send Configure-Ack */
	FSM_SCN = 1 << 5,	/* send Configure-Nak or -Reject */
	FSM_STR = 1 << 6,	/* send Terminate-Request */
	FSM_STA = 1 << 7,	/* send Terminate-Ack */
	FSM_SCJ = 1 << 8,	/* send Code-Reject */
	FSM_SER = 1 << 9,	/* send Echo-Reply */
	FSM_TLU = 1 << 10,	/* this layer up */
	FSM_TLS = 1 << 11,	/* this layer started */
	FSM_TLF = 1 << 12,	/* this layer finished */
	/* Remarks of the RFC's table; no actions. */
	FSM_NONE = 1 << 13,	/* the cell is "-" */
	FSM_NOTE_R = 1 << 14,	/* restart option: not taken */
	FSM_NOTE_P = 1 << 15,	/* passive option: not taken */
	FSM_NOTE_X = 1 << 16	/* crossed connection */
};

#define FSM_LAYER	(FSM_TLD | FSM_TLU | FSM_TLS | FSM_TLF)

struct fsm_cell {
	uint32_t acts;		/* set of fsm_action */
	uint8_t next;		/* enum fsm_state */
};

struct fsm {
	uint8_t state;		/* enum fsm_state */
	uint8_t restart;	/* counter, RFC 1661 §4.6 */
	mono_t timer;		/* when it expires; MONO_NEVER if stopped */
};

void		 fsm_init(struct fsm *);

/* The cell of the table. */
struct fsm_cell	 fsm_cell(enum fsm_event, enum fsm_state);

/* Moves to the cell's next state, minds counter and timer, returns its set. */
uint32_t	 fsm_run(struct fsm *, enum fsm_event,
		    const struct ppp_params *, mono_t now);

/* The event that an expired timer means. */
enum fsm_event	 fsm_timeout(const struct fsm *);

const char	*fsm_state_str(enum fsm_state);	/* "Req-Sent" */
const char	*fsm_event_str(enum fsm_event);	/* "RCR+" */
/* Name of one action bit, as in the RFC: "tld"; NULL for remarks. */
const char	*fsm_action_str(enum fsm_action);

#endif
