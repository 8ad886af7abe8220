/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_IPV6_H
#define LNS_IPV6_H

/*
 * DOC: a session's IPv6: which network is its own, and the advertisements that
 * tell it so.
 *
 * A session has IPv6 if there is a /64 for it: of the profile, or of the IPv6
 * networks of its pool.  It is the session's from the question for the address
 * to the end of the call, whether the peer speaks IPV6CP or not.  A network
 * belongs to one session; what becomes of one that is taken is decided as for
 * an address.  A pool that is empty costs a session its IPv6, not its login.
 */

#include "lns/lns_int.h"

/* May there be IPv6 for a session with this profile? */
bool	ipv6_may(const struct lns *, const struct profile *);
/* Is the network that the session has not the one that this profile means? */
bool	ipv6_other(const struct access *, const struct profile *);
/*
 * Sees to it that the session has its network, or none.  False: he must have
 * one that is taken, and the attempt says so.
 */
bool	ipv6_give(struct lns *, mono_t now, uint32_t access);
/* The leased network of a session that has just ended goes on in this one. */
void	ipv6_inherit(struct lns *, uint32_t access, const struct access *was,
	    const struct profile *);
void	ipv6_release(struct lns *, uint32_t access);
/* Its network in the indexes (thaw). */
void	ipv6_index(struct lns *, uint32_t access);
/* Text for a line of the log: " prefix=..." or nothing. */
#define IPV6_TEXT_MAX	(IPNET_STRLEN + 8)
const char *ipv6_text(const struct access *, char buf[IPV6_TEXT_MAX]);

/* Will the data plane take its network?  If not it is given up, and said. */
bool	ipv6_free(struct lns *, uint32_t access);
/* IPV6CP is open, and packets flow: the first advertisement. */
void	ipv6_up(struct lns *, mono_t now, uint32_t access);
/* A packet for the link alone came. */
void	ipv6_packet(struct lns *, mono_t now, uint32_t access, struct rd packet);
/* The advertisement that is due. */
void	ipv6_expire(struct lns *, mono_t now, uint32_t access);

#endif
