/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_JOIN_H
#define LNS_JOIN_H

/*
 * DOC: which path a new ISAKMP SA belongs to.
 *
 * Of the same identity and from the path's own address and port: to that path,
 * at once (join_find); or, before it has carried anything, as soon as the path's
 * ESP comes from there, or its own packets from where the path is
 * (join_find_beside).
 *
 * Of the same identity and from the same address but another port (the phone's
 * NAT mapping changed, or it begins IPsec anew): it has a path of its own, which
 * is young until its first authentic ESP packet, JOIN_MS at most (join_begin).
 * If that packet names a tunnel and session of an older path, whose peer has
 * been silent or has deleted its ISAKMP SA, the young path joins the older one
 * (join_find_older).  Everybody behind a NAT can claim an identity, the ids are
 * ours, random and seen by nobody else: 32 bits, or 16 in a control message that
 * names no session.  So there is one guess for each young path; and an older
 * path at which guesses were wrong, JOIN_GUESSES of the former or one of the
 * latter, is not joined from another port any more (threats N-34).  (One is not
 * enough to tell: a neighbour of the same identity, whose call is over, names
 * that until it learns of it.)
 *
 * A young path sends nothing: the data plane lets only such SAs change paths.
 * Neither an inner address nor a peer's tunnel id ever joins anything.
 */

#include "lns/lns_int.h"

#define JOIN_MS		30000	/* a path is young for so long at most */
#define JOIN_SILENT_MS	10000	/* of ESP it is known to a second */
#define JOIN_GUESSES	8	/* wrong ones of 32 bits */
#define JOIN_LOOK	64	/* paths of one identity and address looked at */

/* Type, length and as many bytes as are kept. */
bool	join_same_id(const struct ike_id *, const struct ike_id *);

/* A path is found by its address and port, and by its address and identity. */
void	join_index_add(struct lns *, uint32_t path);
void	join_index_del(struct lns *, uint32_t path);

/* The path of this identity at this address and port; 0: none. */
uint32_t join_find(const struct lns *, const struct ike_peer *);
/*
 * Has it carried nothing yet: nothing but ISAKMP SAs, or young with one pair?
 * It was made when phase 1 was renewed from another port.
 */
bool	join_is_fresh(const struct path *);
/*
 * Another path of this one's identity and at its address and port, a fresh one
 * or one that is not; 0: none.
 */
uint32_t join_find_beside(const struct lns *, uint32_t path, bool fresh);
/* Makes a new path young if there is one that it may belong to. */
void	join_begin(struct lns *, mono_t now, uint32_t path);
/* May it still join an older one?  Until then it sends nothing. */
bool	join_is_young(const struct path *);
/*
 * The older path that the young one's first packet belongs to; 0: none.  To be
 * asked once; wrong ids are remembered.
 */
uint32_t join_find_older(struct lns *, mono_t now, uint32_t young,
	    const struct dp_ids *);

#endif
