/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_ROUTES_H
#define DP_ROUTES_H

/*
 * DOC: the networks behind sessions (Framed-Route).
 *
 * Workers look for the longest prefix: a hash table by prefix, asked once for
 * each length in use, and only for addresses whose first byte some route has.
 * Routes of two sessions never overlap.  Control also keeps them in order,
 * which finds overlaps without a walk over all of them.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "base/rcu.h"

struct net;

struct route {			/* immutable once published */
	struct cds_lfht_node by_net;
	struct rcu_head gone;
	struct net *net;	/* whose it is; retired after its routes */
	struct ipnet to;
};

#define ROUTES_WORDS	3	/* 129 lengths of IPv6 */

struct routes {
	struct cds_lfht *by_net;
	uint64_t seed;
	uint32_t cap, used;
	/* Bit n of it: some route of this family has the length n. */
	_Atomic uint64_t lengths[2][ROUTES_WORDS];
	/* Is there an address that begins with this byte in some route? */
	_Atomic bool begins[2][256];
	/* control's: how many routes have this length, this first byte */
	uint32_t n_of[2][129], begins_n[2][256];
	struct route **sorted;	/* by address, then length; room for cap */
};

/* Bytes that routes_init() asks for. */
size_t		 routes_bytes(uint32_t cap);
/* At most `cap` routes.  False: no memory. */
bool		 routes_init(struct routes *, uint32_t cap, uint64_t seed);
/* No routes may be left, and no worker may run. */
void		 routes_wipe(struct routes *);

/*
 * May a client have it at all?  Not: everything, what is no host's (RFC 6890:
 * 0/8, 127/8, 224/3; ::/16, fe80::/10, ff00::/8).
 */
bool		 routes_usable(const struct ipnet *);
/* Is it free of overlaps with routes of other nets than `own` (or NULL)? */
bool		 routes_free(const struct routes *, const struct ipnet *,
		    const struct net *own);
/* The table must have room, and the route must be free. */
void		 routes_add(struct routes *, struct route *);
/* Unlinks and retires it. */
void		 routes_del(struct routes *, struct route *);

/* Any thread: the longest; NULL if there is none. */
const struct route *routes_find(const struct routes *, const struct ipaddr *);

#endif
