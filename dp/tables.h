/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_TABLES_H
#define DP_TABLES_H

/*
 * DOC: what the packet path looks up.
 *
 *   inbound SPI                  -> struct sa	a pair of ESP SAs
 *   path number                  -> struct path	and its outbound SA
 *   path, our tunnel and session -> struct sess
 *   inner address                -> struct net	of an open session
 *   network behind a session     -> struct route	and its net (routes.h)
 *   number of an ACL             -> struct acl
 *
 * Nothing is found by a peer's address, port or id: two clients behind one
 * NAT with equal inner addresses, ports and ids are two paths.
 *
 * One thread (control) adds and deletes; workers look up.  A deleted object
 * is unlinked and retired (base/rcu.h).  Holders of a pointer: a worker from
 * its lookup to the end of its step; a path is held by its SAs and sessions,
 * a session by its net, a net by its routes, a policy by its session.  All of
 * them are unlinked before what they hold; an SA that changes its path names
 * the new one before it lets the old one go.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/count.h"
#include "base/rcu.h"
#include "dp/acl.h"
#include "dp/dp.h"
#include "dp/policy.h"
#include "dp/routes.h"
#include "ipsec/esp.h"

/* Where a path's packets go: changes as a whole, see tables_peer_*(). */
struct sa_ends {
	struct endpoint local, remote;
};

struct sa_peer {
	_Atomic uint32_t version;	/* odd while being written */
	_Atomic uint64_t word[(sizeof(struct sa_ends) + 7) / 8];
};

#define SA_TOLD_SEEN	1	/* DP_SA_SEEN is in the ring */
#define SA_OWES_MOVED	2	/* DP_SA_MOVED did not fit yet */

struct path {
	struct cds_lfht_node by_id;
	struct rcu_head gone;
	uint32_t id;
	unsigned owner;			/* worker that seals for it: see near */
	uint32_t refs;			/* control only */
	_Atomic(struct sa *) out;	/* NULL: nothing may leave */
	_Atomic uint32_t port_there;	/* the peer's inner port; 0 unknown */
};

struct sa {
	struct cds_lfht_node by_spi, by_handle;
	struct rcu_head gone;
	struct esp_in in;
	struct esp_out out;		/* sealed with by path->owner only */
	_Atomic(struct path *) path;	/* see tables_sa_path() */
	uint32_t handle;
	bool encap;
	uint16_t port_here;		/* inner UDP, ours */
	_Atomic uint32_t port_there;	/* 0: any, until the first packet */
	_Atomic uint32_t flags;		/* SA_TOLD_*, SA_OWES_* */
	_Atomic uint64_t heard_us;	/* last authentic packet; 0 never */
	/* notes to control that it caused: since when, how many */
	_Atomic uint64_t told_us;
	_Atomic uint32_t told_n;
	struct sa_peer peer;
	/* the owner's: when to ask for more sequence numbers */
	uint32_t limit_known, low_at;
	bool used;		/* control's: a path sends on it, or did */
	/* control's: a deleted SA waits until its last words have left */
	struct sa *linger;
	uint64_t linger_mark;
};

struct sess_count {		/* of one worker */
	count_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	count_t heard_us, moved_us;	/* 0: never */
};

struct sess {
	struct cds_lfht_node by_ids, by_handle;
	struct rcu_head gone;
	struct path *path;
	struct net *open;		/* control's; NULL: shut */
	_Atomic(const struct net *) net; /* NULL: no IP */
	_Atomic(struct policy *) policy; /* NULL: none */
	_Atomic uint64_t acl_drops, rate_drops;
	uint32_t handle;
	uint32_t path_id;
	uint16_t tunnel_id, session_id;	/* ours */
	uint16_t peer_tunnel_id, peer_session_id;
	bool sequencing;
	uint16_t ns;			/* path->owner's */
	struct sess_count count[];	/* per worker */
};

struct net {			/* immutable once published */
	struct cds_lfht_node by_addr;
	struct rcu_head gone;
	struct sess *sess;
	struct ipaddr peer4;	/* IP_NONE: none, and not in by_addr */
	struct ipnet prefix6;	/* its own, also a route; IP_NONE: none */
	uint16_t mtu;
	bool route6;		/* some route is IPv6 */
	uint32_t route_n;
	struct route *route[];	/* control's */
};

struct tables {
	struct cds_lfht *by_spi, *by_sa, *by_path, *by_ids, *by_sess, *by_addr;
	uint32_t sa_cap, sa_used, sess_cap, sess_used;
	unsigned workers;
	/*
	 * The worker to which the datagrams come of which control heard last, or
	 * no worker.  It owns a path that is new now, if that has ESP in UDP:
	 * the kernel sends what it reads for a flow from the TUN where the
	 * flow's packets were written to it, so both ways meet there.  Other
	 * paths take turns.
	 */
	unsigned near;
	uint64_t seed;
	struct routes routes;
	_Atomic(struct acl *) acl[DP_ACLS_MAX + 1]; /* by number; NULL: none */
};

/* What fills it. */
void	tables_bounds(uint32_t sas, uint32_t sessions, uint32_t routes,
	    unsigned workers, bound_fn *each, void *ctx);
/* `seed` keys the hashes.  False: no memory. */
bool	tables_init(struct tables *, uint32_t sas, uint32_t sessions,
	    uint32_t routes, unsigned workers, uint64_t seed);
/* No worker may run any more.  Retires everything that is left. */
void	tables_wipe(struct tables *);

/* Workers: NULL if there is none; borrowed to the end of the step. */
struct sa	*tables_spi(const struct tables *, uint32_t spi);
struct path	*tables_path(const struct tables *, uint32_t path);
struct sess	*tables_ids(const struct tables *, uint32_t path,
		    uint16_t tunnel, uint16_t session);
const struct net *tables_addr(const struct tables *, const struct ipaddr *);
/* Whose is this address: given to it, or else by the longest route? */
const struct net *tables_net(const struct tables *, const struct ipaddr *);

/* Control: by handle.  Borrowed until deleted. */
struct sa	*tables_sa(const struct tables *, uint32_t handle);
struct sess	*tables_sess(const struct tables *, uint32_t handle);

/* Control: NULL or false when full, when a key is in use, or without memory. */
struct sa	*tables_sa_add(struct tables *, const struct dp_sa *);
/* Its path sends on it from now on. */
void		 tables_sa_use(struct sa *);
/* It is another path's from now on; only if no path ever sent on it. */
bool		 tables_sa_join(struct tables *, struct sa *, uint32_t path);
/* Nothing comes in on it from now on; the outbound side still works. */
void		 tables_sa_close(struct tables *, struct sa *);
/* After tables_sa_close(): nothing goes out either; freed in due time. */
void		 tables_sa_del(struct tables *, struct sa *);
struct sess	*tables_sess_add(struct tables *, const struct dp_sess *);
bool		 tables_sess_open(struct tables *, struct sess *,
		    const struct dp_net *);
/*
 * Usable, apart from all other sessions' routes, and none of their addresses
 * in it?
 */
bool		 tables_route_ok(const struct tables *, const struct sess *,
		    const struct ipnet *);
void		 tables_sess_shut(struct tables *, struct sess *);
/* NULL: none any more. */
bool		 tables_sess_policy(struct tables *, struct sess *,
		    const struct dp_policy *);
/* n 0 removes the ACL. */
bool		 tables_acl_set(struct tables *, uint32_t acl,
		    const struct acl_rule *, uint32_t n);
void		 tables_sess_del(struct tables *, struct sess *);

/*
 * Any thread.  Workers borrow it to the end of the step; two calls in one step
 * may differ.
 */
static inline struct path *
tables_sa_path(const struct sa *sa)
{
	return atomic_load_explicit(&sa->path, memory_order_acquire);
}

/* Any thread; the value is whole.  Of two writers the later one holds. */
void		 tables_peer_set(struct sa_peer *, const struct sa_ends *);
struct sa_ends	 tables_peer_get(const struct sa_peer *);

#endif
