/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_SESSION_H
#define L2TP_SESSION_H

/*
 * DOC: the machines of incoming calls, RFC 2661 §7.4.1 (LAC) and §7.4.2
 * (LNS), as the RFC's tables.  Whether a message is acceptable is decided
 * before and makes two events of it.
 */

#include "l2tp/ctl.h"

enum sess_event {
	SESS_EV_RING,		/* bearer ring: we are to make a call */
	SESS_EV_TUNNEL_OPEN,
	SESS_EV_ICRQ_OK, SESS_EV_ICRQ_BAD,
	SESS_EV_ICRP_OK, SESS_EV_ICRP_BAD,
	SESS_EV_ICCN_OK, SESS_EV_ICCN_BAD,
	SESS_EV_CDN,
	SESS_EV_CLOSE,		/* bearer line drop or local close request */
	SESS_EVENTS
};

enum sess_action {		/* a set; performed in this order */
	SESS_DO_TUNNEL_OPEN = 1,
	SESS_DO_SEND_ICRQ = 2,
	SESS_DO_SEND_ICRP = 4,
	SESS_DO_SEND_ICCN = 8,
	SESS_DO_PREPARE = 16,	/* for data */
	SESS_DO_SEND_CDN = 32,
	SESS_DO_CLEAN = 64
};

struct sess_row {
	uint8_t states;		/* set of 1 << enum sess_state */
	uint16_t events;	/* set of 1 << enum sess_event */
	uint8_t actions;	/* set of enum sess_action */
	uint8_t next;		/* enum sess_state */
};

/* The table of one role, for the machine and for printing it. */
const struct sess_row	*sess_rows(enum l2tp_role, unsigned *n);
const char		*sess_state_str(enum sess_state);

/* A session of the tunnel in state idle with an id of its own; NULL at a
 * limit.  Unchained and given back when its end was told (ctl_flush). */
struct session	*sess_new(struct l2tp *, struct tunnel *, enum l2tp_role,
		    mono_t now);
/* By our id, or by the peer's; NULL if there is none or it ended. */
struct session	*sess_find(const struct l2tp *, const struct tunnel *,
		    uint16_t id);
struct session	*sess_find_peer(const struct l2tp *, const struct tunnel *,
		    uint16_t peer_id);
unsigned	 sess_count(const struct l2tp *, const struct tunnel *);

/* One event; the cause is used if the row ends the session.  True if a row
 * was there for it. */
bool	sess_event(struct l2tp *, struct tunnel *, struct session *,
	    enum sess_event, const struct cause *);
/* The tunnel opened, or ended. */
void	sess_tunnel_open(struct l2tp *, struct tunnel *);
void	sess_tunnel_ended(struct l2tp *, struct tunnel *);
/* A CDN without a session: `id` is what the peer took for ours, 0 if it has
 * none yet and one is to be made up. */
void	sess_refuse(struct l2tp *, struct tunnel *, uint16_t id,
	    uint16_t peer_id, const struct cause *);

#endif
