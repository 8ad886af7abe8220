/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_PROFILE_H
#define LNS_PROFILE_H

/*
 * DOC: what a subscriber is granted, and how RADIUS attributes say it.
 *
 * A profile comes from a local user, from a group of users, from an
 * Access-Accept, and is changed by a CoA-Request; all four mean the same
 * struct.  It is a flat value: copied, compared and frozen as it is.
 *
 * Supported standards: RFC 2865 §5, 2869 §5.16-5.18, 3162 §2.2-2.6 (of prefixes
 * only a /64), 2548 §2.7 (name servers), 5176 §3 (what may change); bandwidth and volume also by the attributes of
 * WISPr, MikroTik and Cisco, and by our own (doc/radius.md).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/endpoint.h"
#include "dp/dp.h"

#define PROFILE_NAME_MAX	64	/* of a pool, ACL or group, with the NUL */
#define PROFILE_CLASS_MAX	512	/* bytes of all Class attributes */
#define PROFILE_MESSAGE_MAX	128
#define PROFILE_WHY_MAX		160
#define PROFILE_USER_MAX	253

struct profile {
	struct ipaddr address;		/* IP_NONE: from the pool */
	uint32_t pool;			/* number in lns_params.pool */
	struct ipaddr prefix;		/* an IPv6 /64; IP_NONE: from the pool */
	uint32_t pool6;			/* of it, from 1; 0: as `pool` */
	uint64_t ifid;			/* interface identifier; 0: the peer's choice */
	uint32_t group;			/* number in lns_params.group, from 1; 0: none */
	uint32_t acl;			/* number in lns_params.acl, from 1; 0: none */
	uint32_t sessions;		/* most at once; 0: as lns_params says */
	struct ipaddr dns[2], wins[2];	/* IP_NONE: as lns_params says */
	uint16_t mtu;			/* bytes of an inner packet; 0: no wish */
	uint32_t session_s, idle_s;	/* 0: no limit */
	uint32_t interim_s;		/* 0: as lns_params says */
	uint64_t rx_bps, tx_bps;	/* bits a second from and to the subscriber; 0: any */
	uint64_t rx_max, tx_max, total_max;	/* bytes; 0: any */
	uint32_t route_n;
	struct ipnet route[DP_ROUTES_MAX];
	uint32_t metric[DP_ROUTES_MAX];	/* of each; 0: not said */
	uint16_t class_len;		/* Class attributes as they came, encoded */
	uint8_t class_attrs[PROFILE_CLASS_MAX];
	uint8_t user_len;		/* User-Name of the answer: used in accounting */
	uint8_t user[PROFILE_USER_MAX];
	char message[PROFILE_MESSAGE_MAX];	/* Reply-Message; what cannot be printed is '?' */
};

struct profile_group {			/* of users: what they get unless told otherwise */
	char name[PROFILE_NAME_MAX];
	bool has_pool;
	struct profile grants;
};

struct profile_names {			/* what attributes may name; borrowed */
	const char *const *pool, *const *acl;
	const bool *pool_six;		/* has this pool IPv6 networks? NULL: none */
	const struct profile_group *group;
	uint32_t pool_n, acl_n, group_n;
	bool ignore_unknown_filter;	/* else such a login is refused */
};

/*
 * Adds what the attributes grant to *p.  The walk has passed attr_check().
 * False, and why in plain words, if they ask for what we do not do, which is
 * to be treated as a reject (RFC 2865 §1.1); *p is then of no use.  An
 * unknown pool is ignored (RFC 2869 §5.18) and named in `note`.
 */
bool	profile_read(struct rd attrs, const struct profile_names *,
	    struct profile *p, char why[PROFILE_WHY_MAX],
	    char note[PROFILE_WHY_MAX]);

/* What the Reply-Messages say to the user, RFC 2865 §5.18; empty: nothing. */
void	profile_message(struct rd attrs, char out[PROFILE_MESSAGE_MAX]);

/* The group's grants, before the user's own are added. */
void	profile_from_group(const struct profile_names *, uint32_t group,
	    struct profile *p);

/* "10M", "512k", "64000": bits a second with decimal units; 0 if it is none. */
uint64_t profile_rate(const char **text);

#endif
