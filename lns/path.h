/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_PATH_H
#define LNS_PATH_H

/*
 * DOC: paths: an IPsec peer and its L2TP tunnels.
 *
 * A path lives from the first ISAKMP SA of a peer until nothing of it is left.
 * Rekeys add SAs to it.  What joins an existing path and what only looks like
 * it is decided in join.c (doc/deviations.md and RFC 3193 §3.3).
 */

#include "lns/lns_int.h"

/* IKE says: an ISAKMP SA is up.  Finds the path it belongs to, or makes one. */
void	path_sa_up(struct lns *, mono_t now, uint64_t attempt, uint32_t sa,
	    const struct ike_peer *);
void	path_sa_gone(struct lns *, mono_t now, uint32_t sa, enum ike_why);
void	path_child_in(struct lns *, mono_t now, uint64_t attempt, uint32_t sa,
	    uint32_t child, const struct ike_child *);
void	path_child_out(struct lns *, mono_t now, uint32_t child);
void	path_child_gone(struct lns *, mono_t now, uint32_t child, enum ike_why);
/*
 * The way to the peer changed: told by IKE, or by the data plane for a child.
 * A local end of no family is the old one; ends of two families are refused.
 */
void	path_moved(struct lns *, mono_t now, uint32_t path,
	    const struct endpoint *local, const struct endpoint *remote,
	    uint32_t but_child);
/* INITIAL-CONTACT under this ISAKMP SA: what was before it is stale. */
void	path_contact(struct lns *, mono_t now, uint32_t sa);

/* L2TP says. */
void	path_tunnel_up(struct lns *, mono_t now, uint32_t path, uint32_t tunnel,
	    const struct l2tp_tunnel_info *);
void	path_tunnel_down(struct lns *, mono_t now, uint32_t path, uint32_t tunnel,
	    const struct l2tp_end *);
/*
 * Access objects of the path: how many; one more (false: full); one less.  When
 * the last one goes, login_ms are left for the next login: a peer that was
 * refused and says no more would otherwise keep its SAs until it is found dead.
 */
unsigned	path_calls(const struct path *);
bool	path_call_add(struct path *, uint32_t access);
void	path_call_gone(struct lns *, mono_t now, uint32_t path, uint32_t access);

/* The data plane says: half of the reserved sequence numbers are used. */
void	path_seq_low(struct lns *, uint32_t path, uint32_t child);
/* The first authentic packet of the child, and what it named. */
void	path_esp_seen(struct lns *, mono_t now, uint32_t path, uint32_t child,
	    const struct dp_ids *);
/* A young path is one of its own from now on, and may send (join.h). */
void	path_settle(struct lns *, uint32_t path);

/* An SCCRQ came: somebody must be logged in within login_ms. */
void	path_login_begin(struct lns *, mono_t now, uint32_t path);
/* The answer is our own to give: that clock stands for so long. */
void	path_login_wait(struct lns *, uint32_t path, uint64_t us);
/* It stood for so much longer than was needed. */
void	path_login_go_on(struct lns *, uint32_t path, uint64_t us);
void	path_login_done(struct lns *, uint32_t path);

/* It is over at once, with Deletes (a takeover). */
void	path_drop(struct lns *, mono_t now, uint32_t path);
/* Ends the path from its next turn on: LCP Terminate, StopCCN, Deletes. */
void	path_end(struct lns *, mono_t now, uint32_t path);
void	path_expire(struct lns *, mono_t now, uint32_t path);
/* The largest inner packet that fits the outer MTU under the path's SA. */
uint16_t path_mtu(const struct lns *, const struct path *);
/* Fills the indexes again after a thaw. */
bool	path_index(struct lns *, uint32_t path);

#endif
