/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_ACCESS_H
#define LNS_ACCESS_H

/* DOC: one subscriber's life: link, authentication, address, up, down. */

#include "lns/lns_int.h"

/*
 * L2TP asks: may this call come?  NULL and everything made ready for it, so
 * that the first frame behind the ICCN finds its session; or why not.
 */
const char	*access_ask(struct lns *, mono_t now, uint32_t path,
		    uint32_t session, const struct l2tp_call_info *);
/* L2TP says: the call is up. */
void	access_call_up(struct lns *, mono_t now, uint32_t session,
	    const struct l2tp_call_info *);
void	access_call_down(struct lns *, mono_t now, uint32_t session,
	    const struct l2tp_end *);

/* PPP says. */
void	access_lcp_up(struct lns *, mono_t now, uint32_t access, enum ppp_method);
void	access_ask_addr(struct lns *, mono_t now, uint32_t access);
void	access_net_up(struct lns *, mono_t now, uint32_t access,
	    const struct ppp_net *);
void	access_net_down(struct lns *, mono_t now, uint32_t access);
void	access_net6_up(struct lns *, mono_t now, uint32_t access,
	    const struct ppp_net6 *);
void	access_net6_down(struct lns *, mono_t now, uint32_t access);
void	access_link_down(struct lns *, mono_t now, uint32_t access,
	    enum ppp_cause, const char *text);

/*
 * He is who he says (ask.c).  First: a device that moved dials anew while its
 * old session still stands: the old one goes, and its address goes on
 * (clients.md 57, 58); only now, because only now is it known who asks.
 */
void	access_takeover(struct lns *, mono_t now, uint32_t access,
	    const struct profile *);
/* Then he may come in, and counts for this account (users.h). */
void	access_in(struct lns *, uint32_t access, const struct profile *,
	    uint64_t who);
/* Whose address it is; 0: nobody's. */
uint32_t access_holder(const struct lns *, const struct ipaddr *);
/*
 * The address or network that he has to have is free, or is made free if policy
 * says so.  False: its holder (0: nobody) keeps it, and the attempt says so.
 */
bool	access_make_free(struct lns *, mono_t now, uint32_t access,
	    const struct ipnet *what, uint32_t holder);
/* Bytes of an IP packet to the peer: what fits its SA and what it takes. */
#define ACCESS_MTU6	1280	/* least for IPv6, RFC 8200 §5 */
uint16_t access_room(const struct lns *, uint32_t access);
/* Filter and rates of the profile to the data plane; false: no room there. */
bool	access_policy(struct lns *, uint32_t access);
/* Hands on what the link said, and sets the session's next deadline. */
void	access_stepped(struct lns *, mono_t now, uint32_t access);

/* The path's SA is another one: does its MTU still hold? */
void	access_mtu(struct lns *, mono_t now, uint32_t access);

/* A frame of this session that is not plain IP. */
void	access_frame(struct lns *, mono_t now, uint32_t access, struct rd frame);
/* Asks the peer to end; CDN follows. */
void	access_end(struct lns *, mono_t now, uint32_t access, const char *text);
/*
 * By command, with this cause in its record: its IPsec peer is told goodbye,
 * too, unless it carries other calls.
 */
void	access_dismiss(struct lns *, mono_t now, uint32_t access,
	    enum request_cause);
void	access_expire(struct lns *, mono_t now, uint32_t access);
bool	access_index(struct lns *, uint32_t access);

static inline struct access *
access_get(const struct lns *l, uint32_t access)
{
	return pool_get(&l->accesses, access);
}

static inline struct ppp *
access_link(const struct lns *l, uint32_t access)
{
	return l->ppp[pool_slot(access)];
}

#endif
