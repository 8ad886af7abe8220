/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_TURN_H
#define LNS_TURN_H

/*
 * DOC: questions that are kept, and whose turn it is to ask RADIUS.
 *
 * A question is kept back after failures (limits.h), and then while RADIUS is
 * asked as much as it may be: auth_rate questions per second, bursts of a
 * tenth of that, and no more open at once than its client has room for.  Who
 * waits goes in rounds: each share, which is a source or a user known there,
 * has one question in a round, so one with a thousand questions waits for
 * himself only (threats.md 3.2.8, D-07).
 *
 * ASKS questions are kept, ASKS_SHARE of a share.  When there is no room, the
 * one that has the most of its own before it makes room for one that has
 * fewer; it hears no at the next turn of the clock, and in this order:
 * ASKS_SHED more places hold such ones until then.
 */

#include "lns/lns_int.h"

size_t	turns_bytes(const struct lns_params *);
uint32_t turns_asks(const struct lns_params *);	/* places for questions */
int	turns_init(struct lns *);	/* 0, or -1: ENOMEM */
void	turns_wipe(struct lns *);

/* May a question that comes now be asked at once? */
bool	turn_free(const struct lns *, mono_t now);
/* One is asked. */
void	turn_spend(struct lns *, mono_t now);
/*
 * Keeps a copy for this session, which has none, to wait for `wait`, until
 * `due`.  False: there is no room for it (counted).
 */
bool	turn_keep(struct lns *, mono_t now, uint32_t access,
	    const struct ppp_auth *, enum ask_wait wait, mono_t due,
	    uint64_t share);
void	turn_drop(struct lns *, uint32_t ask);
/* When somebody's turn comes; and whose it is, if that is now. */
mono_t	turn_deadline(const struct lns *);
bool	turn_next(struct lns *, mono_t now, uint32_t *ask);
/* After a thaw. */
void	turn_index(struct lns *, uint32_t slot);

#endif
