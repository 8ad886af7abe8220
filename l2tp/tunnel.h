/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_TUNNEL_H
#define L2TP_TUNNEL_H

/*
 * DOC: the control connection machine, RFC 2661 §7.2.1, as the RFC's table,
 * followed by rows of our own for what its text demands elsewhere.  No tunnel
 * secret is held, so there is no tunnel authentication: a peer that asks for
 * it is refused (§5.1.1).
 */

#include "l2tp/ctl.h"

enum tun_event {
	TUN_EV_OPEN,		/* local open request */
	TUN_EV_SCCRQ_OK, TUN_EV_SCCRQ_BAD,
	TUN_EV_SCCRP_OK, TUN_EV_SCCRP_BAD,
	TUN_EV_SCCCN_OK, TUN_EV_SCCCN_BAD,
	TUN_EV_TIE_LOST,	/* an SCCRQ whose tie breaker beats ours */
	TUN_EV_CLOSE,		/* admin tunnel close */
	TUN_EV_STOPCCN,
	TUN_EV_FAULT,		/* a message that must end the tunnel */
	TUN_EV_QUIET,		/* end it without a word to the peer */
	TUN_EVENTS
};

enum tun_action {		/* a set; performed in this order */
	TUN_DO_SEND_SCCRQ = 1,
	TUN_DO_SEND_SCCRP = 2,
	TUN_DO_SEND_SCCCN = 4,
	TUN_DO_TELL_OPEN = 8,	/* tunnel-open event to waiting sessions */
	TUN_DO_SEND_STOPCCN = 16,
	TUN_DO_CLEAN = 32,
	TUN_DO_REQUEUE = 64	/* the caller feeds the SCCRQ to a new one */
};

struct tun_row {
	uint8_t states;		/* set of 1 << enum tun_state */
	uint16_t events;	/* set of 1 << enum tun_event */
	uint8_t actions;	/* set of enum tun_action */
	uint8_t next;		/* enum tun_state */
};

/* The table, of which the first *rfc rows are the RFC's. */
const struct tun_row	*tun_rows(unsigned *n, unsigned *rfc);
const char		*tun_state_str(enum tun_state);

/* One event; the cause is used if the row ends the tunnel.  True if a row
 * was there for it. */
bool	tun_event(struct l2tp *, struct tunnel *, mono_t now, enum tun_event,
	    const struct cause *);
/* Queues a HELLO; false if the queue is full. */
bool	tun_hello(struct l2tp *, struct tunnel *);

#endif
