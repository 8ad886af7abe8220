/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_BEHIND_H
#define LNS_BEHIND_H

/*
 * DOC: the networks behind sessions, as the host is told.
 *
 * What the data plane has taken of a session's routes (Framed-Route, RFC 2865
 * §5.22, and its group's) the host routes to the TUN: LNS_ROUTE_ADD when the
 * session opens, LNS_ROUTE_DEL when it is shut.  What there is to tell waits
 * until the host's box is less than half full, and goes in the order in which
 * it came, so that a network which moves from one session to another is taken
 * away before it is set anew.  After a thaw all is told once more.
 */

#include "lns/lns_int.h"

size_t	behinds_bytes(const struct lns_params *);
uint32_t behinds_max(const struct lns_params *);
int	behinds_init(struct lns *);		/* 0, or -1: ENOMEM */
void	behinds_wipe(struct lns *);

/*
 * These, of the session's profile, are the ones from now on.  One that has the
 * client's own address would carry our packets to him into his own session:
 * it is left out and logged, as is what there is no room for.
 */
void	behind_set(struct lns *, uint32_t access, const struct ipnet *,
	    uint32_t n);
/* None are. */
void	behind_shut(struct lns *, uint32_t access);

void	behind_tell(struct lns *, struct lns_out *);
bool	behind_untold(const struct lns *);
/* After a thaw. */
void	behind_index(struct lns *, uint32_t slot);

#endif
