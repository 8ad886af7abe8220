/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_ASK_H
#define LNS_ASK_H

/*
 * DOC: one AAA question: kept back after failures, put, answered.
 *
 * A session has at most one question out.  It is kept back while the user or
 * his source has failed lately (limits.h), refused if either is locked out,
 * then answered from the file of users at once or put to RADIUS when it is its
 * turn (turn.h); a RADIUS answer is matched by session and ticket,
 * so that one to an older question is not taken for another's.  The login's
 * clocks stand while the answer is ours to give.
 */

#include "lns/lns_int.h"

/* PPP asks.  `q` is copied where it is needed longer. */
void	ask_put(struct lns *, mono_t now, uint32_t access,
	    const struct ppp_auth *q);
/* The peer goes while RADIUS owes an answer: the attempt says why it did. */
void	ask_left(struct lns *, uint32_t access);
/* The session's question is of no interest any more. */
void	ask_drop(struct lns *, mono_t now, uint32_t access);
/* The session ends; if the peer left a conversation, that counts as failed. */
void	ask_broken_off(struct lns *, mono_t now, uint32_t access);
/* A kept question is due: it may be put now, or has waited long enough. */
void	ask_put_late(struct lns *, mono_t now, uint32_t ask);
/* It is this one's turn to be put to RADIUS. */
void	ask_put_turn(struct lns *, mono_t now, uint32_t ask);
/*
 * What he is granted before the answer adds to it.  The records name the user
 * as the question did, if the answer does not.
 */
void	ask_base_profile(const struct lns *, struct rd name, struct profile *);
/* RADIUS answered a login. */
void	ask_answered(struct lns *, mono_t now, const struct radius_act *);

#endif
