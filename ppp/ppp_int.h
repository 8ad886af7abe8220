/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_PPP_INT_H
#define PPP_PPP_INT_H

/*
 * DOC: the link as its own files see it.  One flat struct; the three borrowed
 * pointers at its head are the only ones, and are given anew at a thaw.  Flags
 * are bytes, because a thaw may find any value in them.  Room for EAP stands at
 * the end, and is only there if EAP is allowed: a link without it is small.
 */

#include "ppp/frame.h"
#include "ppp/fsm.h"
#include "ppp/option.h"
#include "ppp/ppp.h"

#define PPP_DEFAULT_MRU	1500	/* RFC 1661 §6.1: and always receivable */
#define PPP_MIN_MRU	128	/* least that we agree to send */
#define PPP_HELD_MAX	64	/* bytes of a request that waits */
#define PPP_MIN_MTU6	1280	/* RFC 5072 §2: a smaller link has no IPv6 */
#define PPP_WAIT_S	90	/* for a user who types, or for an address */

struct cp {			/* one control protocol */
	struct fsm fsm;
	struct option_set ours;	/* what our Configure-Request asks for */
	struct option_set peer;	/* what we acked */
	uint8_t req_id;		/* of our Configure- or Terminate-Request */
	uint8_t acked_id;	/* of the peer's request that `peer` is from */
	uint8_t answered;		/* our request has had its answer */
	uint8_t naks_sent;	/* since the last Ack: Max-Failure */
	uint8_t rounds;		/* requests sent without an end to it */
	/* For ppp_explain() only. */
	uint8_t heard;		/* the peer has asked or answered */
	uint8_t ours_bad;	/* option that its last answer refused, or 0 */
	uint8_t theirs_bad;	/* option that our last answer refused, or 0 */
};

enum auth_state { AUTH_IDLE, AUTH_WAIT, AUTH_ASKED, AUTH_DONE };

struct auth {
	uint8_t state;		/* enum auth_state */
	uint8_t method;		/* enum ppp_method, 0 if none was agreed */
	uint8_t ok;		/* set by auth_settle() alone */
	uint8_t unheard;	/* nothing came since the success */
	uint8_t id;		/* of the challenge or request now open */
	uint8_t sent;		/* times it was sent */
	uint8_t tries;		/* left, authenticator */
	uint8_t reply_code;	/* what a repetition gets again; 0 none */
	uint8_t reply_id;
	uint8_t reply_len;
	char reply[255];
	uint8_t challenge[16];
	uint8_t response[49];	/* peer role, MS-CHAPv2: the open one */
	char expect[43];	/* peer role, MS-CHAPv2: "S=" that must come */
	uint8_t want;		/* AUTH_WANT_*: what may answer the challenge */
	uint8_t changed;	/* MS-CHAPv2: a new password was sent */
	uint8_t rounds;		/* EAP: Requests so far */
	uint8_t inner;		/* EAP, peer role: the method it has begun */
	uint8_t proved;		/* EAP, peer role: its end has come */
	uint8_t named;		/* name is there */
	uint8_t name_len;
	uint8_t name[PPP_NAME_MAX];	/* authenticator: the peer's */
	uint16_t eap_len;	/* of ppp.eap: what is sent again */
	mono_t timer;		/* send again */
	mono_t until;		/* give up */
};

struct held {			/* a request that came before the address */
	uint8_t len;
	uint8_t b[PPP_HELD_MAX];
};

#define AUTH_WANT_RESPONSE	1
#define AUTH_WANT_CHANGE	2	/* RFC 2759 §7 */

struct ppp {
	const struct ppp_params *params;
	struct rng *rng;
	struct drops *drops;
	uint8_t role;		/* enum ppp_role */
	uint8_t phase;		/* enum ppp_phase */
	uint8_t cause;		/* enum ppp_cause: why it ends, the first one */
	uint8_t dead;		/* PPP_DOWN was said */
	uint8_t net_up, net6_up;
	uint8_t ipv6;		/* IPV6CP may be spoken */
	uint8_t addr_known;
	uint8_t addr_asked;
	uint8_t next_id;	/* one counter for all protocols */
	uint8_t loops;		/* times our magic came back */
	uint8_t notes;		/* identifications told */
	uint8_t refused;	/* answers to challenges, over all rounds */
	uint8_t rej_tokens;	/* bucket of rejects, see ppp_may_reject() */
	uint8_t echo_id;
	uint8_t echo_out;	/* unanswered */
	uint8_t wishes;		/* methods that the peer named in Naks */
	uint32_t wish_other;	/* and the last that we do not know; 0 none */
	uint16_t mru;		/* what we ask for, the most we accept to send */
	uint32_t magic;		/* ours; 0 once rejected */
	mono_t rej_at;		/* last refill */
	mono_t echo_at;
	mono_t addr_at;		/* ask, or give up */
	uint32_t ticket;	/* of the last question about the user */
	struct cp lcp, ipcp, ipv6cp;
	uint64_t ifid;		/* the first that we ask for; 0: none yet */
	uint64_t ifid_peers;	/* that we suggest to the peer */
	struct auth auth;
	struct ppp_addr addr;	/* from the owner */
	char text[PPP_TEXT_MAX]; /* with the cause */
	struct held held, held6; /* of IPCP, of IPV6CP */
	uint16_t eap_max;	/* PPP_EAP_MAX, or 0 if EAP was not allowed */
	uint8_t eap[];		/* the Request (peer role: Response) now out */
};

/* out.c: filling the box. */
bool		 ppp_out_room(const struct ppp_out *);
/* A zeroed piece of the arena, NULL if it is full. */
void		*ppp_out_take(struct ppp_out *, size_t n);
struct ppp_act	*ppp_out_add(struct ppp_out *, enum ppp_act_kind);
/* A frame in the arena, head written; at most `max` bytes follow. */
struct wr	 ppp_frame_begin(struct ppp_out *, uint16_t protocol,
		    size_t max);
void		 ppp_frame_end(struct ppp_out *, struct wr *);
/*
 * Opens a packet (code, id, length) in a frame; ppp_packet_end() fills the
 * length and queues it, or drops what did not fit.
 */
struct ppp_packet {
	struct wr w;
	struct wr_len len;
};
struct ppp_packet ppp_packet_begin(struct ppp_out *, uint16_t protocol,
		    uint8_t code, uint8_t id, size_t max);
void		 ppp_packet_end(struct ppp_out *, struct ppp_packet *);
/* The bytes as printable ASCII, others as \xNN, cut at PPP_TEXT_MAX. */
void		 ppp_escape(char out[PPP_TEXT_MAX], struct rd);
/* A copy in the arena. */
const char	*ppp_out_text(struct ppp_out *, const char *);

static inline uint8_t
ppp_next_id(struct ppp *p)
{
	return p->next_id++;
}

/* What may be agreed: EAP only if there is room for its packets. */
static inline uint8_t
ppp_methods(const struct ppp *p)
{
	return p->eap_max != 0 ? p->params->methods :
	    (uint8_t)(p->params->methods & ~PPP_EAP);
}

/* RFC 1661 §5: no packet of ours is larger than the peer takes. */
static inline size_t
ppp_send_max(const struct ppp *p)
{
	if (p->lcp.fsm.state != FSM_OPENED || !option_has(&p->lcp.peer, 0) ||
	    p->lcp.peer.val[0] > PPP_DEFAULT_MRU)
		return PPP_DEFAULT_MRU;
	return p->lcp.peer.val[0];
}

/* Why no method was found: explain.c. */
void		 ppp_explain_methods(const struct ppp *, char text[PPP_TEXT_MAX]);
/* Remembers why the link ends; the first cause stays. */
void		 ppp_blame(struct ppp *, enum ppp_cause, const char *text);
/* May one more Code- or Protocol-Reject be sent?  Takes a token if so. */
bool		 ppp_may_reject(struct ppp *, mono_t now);

#endif
