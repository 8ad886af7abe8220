/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_REL_H
#define L2TP_REL_H

/*
 * DOC: reliable delivery of control messages (RFC 2661 §5.8, Appendix A).
 *
 * One struct rel per tunnel: sequence numbers, the peer's window, slow start,
 * back-off, and a few early messages put in order.  It knows bytes and time,
 * not messages: a body and a tag of the caller's go in at one end and come
 * out at the other.  Bodies lie in slots of a pool that all tunnels share, so
 * an idle tunnel holds none; slots are chained by handle.
 *
 * After a timeout everything unacknowledged is sent again from the oldest on,
 * as the congestion window allows; the peer acknowledges what it has already.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mono.h"
#include "base/pool.h"

#define REL_BODY_MAX	240	/* bytes of one body; longer: not kept */

struct rel_params {
	uint32_t first_ms;	/* until the first retransmission */
	uint32_t cap_ms;	/* the interval doubles up to this (>= 8,000) */
	uint16_t tries;		/* retransmissions before giving up */
	uint16_t queue;		/* messages that may wait for the peer */
	uint16_t early;		/* receive window: early ones that are kept */
};

struct rel_slot {		/* the objects of the pool */
	uint32_t next;		/* handle; 0 ends the chain */
	uint16_t ns;
	uint16_t tag;		/* the caller's */
	uint16_t len;
	uint8_t body[REL_BODY_MAX];
};

struct rel {
	/* out: una <= nxt <= sent <= end, modulo 65536 */
	uint16_t una;		/* oldest one not acknowledged */
	uint16_t nxt;		/* to be sent next */
	uint16_t sent;		/* one after the highest ever sent */
	uint16_t end;		/* Ns of the next one to be queued */
	uint16_t window;	/* the peer's receive window */
	uint16_t cwnd;		/* messages that may be under way */
	uint16_t ssthresh;
	uint16_t credit;	/* acks since cwnd last grew (avoidance) */
	uint16_t tries;		/* timeouts since the last progress */
	/* in */
	uint16_t nr;		/* expected next */
	uint16_t kept;		/* early ones in the chain */
	bool ack_due;		/* something came that no packet acknowledged */
	uint32_t head, tail;	/* chain out, by Ns */
	uint32_t early;		/* chain in, by Ns */
	mono_t timeout;		/* MONO_NEVER: nothing under way */
};

enum rel_verdict {
	REL_NEXT,		/* the one expected: use it, then rel_took() */
	REL_REPEAT,		/* had it: acknowledge, do not use */
	REL_EARLY,		/* in the window: rel_keep() it */
	REL_FAR,		/* beyond the window: leave it to the peer */
	REL_BAD_NR		/* acknowledges what was never sent */
};

/* Make.  `window` is the peer's; 1 until it is known. */
void	rel_init(struct rel *, uint16_t window);
void	rel_window(struct rel *, uint16_t window);
/* Gives all slots back; nothing is under way any more. */
void	rel_wipe(struct rel *, struct pool *);

/* In.  Judging changes nothing. */
enum rel_verdict rel_judge(const struct rel *, const struct rel_params *,
	    uint16_t ns, uint16_t nr);
/* The peer's Nr, which must have passed rel_judge(); old ones do no harm. */
void	rel_acked(struct rel *, const struct rel_params *, struct pool *,
	    mono_t now, uint16_t nr);
void	rel_took(struct rel *);		/* the expected one was used */
void	rel_repeated(struct rel *);	/* a repeat or early one wants an ack */
/* Keeps a copy; false if it is there already, too long, or no slot is left. */
bool	rel_keep(struct rel *, struct pool *, uint16_t ns, uint16_t tag,
	    struct rd body);
/*
 * Unchains the kept message that is expected now, if there is one.  The
 * caller uses it, calls rel_took() and gives the handle back to the pool.
 */
const struct rel_slot	*rel_ready(struct rel *, struct pool *,
	    uint32_t *handle);
bool	rel_has_ready(const struct rel *, const struct pool *);

/* Out.  Queues a copy; false if the queue is full or no slot is left. */
bool	rel_push(struct rel *, const struct rel_params *, struct pool *,
	    uint16_t tag, struct rd body);
/*
 * The next message that may be sent now, NULL if none; it counts as sent and
 * carries the acknowledgement.  *again: it was sent before.
 */
const struct rel_slot	*rel_send(struct rel *, const struct rel_params *,
	    const struct pool *, mono_t now, bool *again);
/* Would rel_send() yield one? */
bool	rel_may_send(const struct rel *);
/* A packet without a body (ZLB) was sent: its Nr acknowledges. */
void	rel_ack_sent(struct rel *);
/* Nothing queued or under way? */
bool	rel_idle(const struct rel *);

/* Send everything unacknowledged again at once, without a penalty. */
void	rel_again(struct rel *);
/* Time passed.  True: given up; the caller ends the tunnel or rel_retry()s. */
bool	rel_expire(struct rel *, const struct rel_params *, mono_t now);
/* Forget the timeouts so far and go on at the longest interval. */
void	rel_retry(struct rel *, const struct rel_params *, mono_t now);

#endif
