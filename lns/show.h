/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_SHOW_H
#define LNS_SHOW_H

/*
 * DOC: snapshots for whoever shows them: plain records, copied out.
 *
 * Lists are walked with a cursor that starts at 0 and is moved by each call;
 * objects that come or go between two calls are seen or not, nothing else
 * happens.
 */

#include "lns/lns.h"

struct show_session {
	uint32_t session;	/* handle: for lns_kill() */
	uint64_t attempt;
	uint32_t path;
	bool up;		/* has its address */
	char user[ATT_USER_MAX];
	struct ipaddr address;
	struct ipnet prefix;	/* IP_NONE: no IPv6 */
	bool v4, v6;		/* IPCP is open, IPV6CP is */
	struct endpoint remote, local;
	char host_name[L2TP_NAME_MAX], vendor_name[L2TP_NAME_MAX];
	enum ppp_method method;
	struct ike_p1 p1;
	struct esp_suite suite;
	bool encap;
	uint16_t mtu;
	uint16_t tunnel_id, session_id;
	uint64_t up_s;
	struct dp_count count;
};

struct show_status {
	uint32_t half_open, peers, children;
	uint32_t paths, tunnels, sessions;
	uint64_t attempts, logins, refused;
	uint64_t failed;	/* logins: wrong passwords and their like */
	uint64_t lockouts;	/* that were made */
	uint64_t locked_out;	/* logins that a lock-out refused */
	uint32_t locked;	/* lock-outs that hold now */
	uint32_t waiting;	/* logins kept back, or waiting for RADIUS */
	uint64_t refused_at[ATT_STAGES];	/* by how far they came */
	uint64_t answers[AAA_WHY_COUNT];	/* who may come in, by their kind */
	bool shutting_down;
};

struct show_path {		/* what an IPsec peer holds */
	uint64_t attempt;	/* of the dial-in that uses it */
	unsigned isakmp_sas, children, tunnels, calls;
};

struct show_pool {
	char name[ADDRPOOL_NAME];
	uint32_t size, used;	/* addresses */
	uint32_t size6, used6;	/* IPv6 networks */
};

struct show_radius {		/* one server, one service */
	const char *server;	/* borrowed from the parameters */
	enum radius_service service;
	struct radius_health health;
};

struct show_lock {		/* one lock-out */
	const char *kind;	/* "user", "source" or "pair" */
	char user[ATT_USER_MAX];	/* escaped; empty: a source's */
	char source[IPNET_STRLEN];	/* empty: a user's */
	uint32_t failures, sources;	/* that it took; sources of a user's */
	uint64_t since, until;	/* Unix time, seconds */
};

void	show_status(const struct lns *, struct show_status *);
/* False at the end of the list. */
bool	show_session(const struct lns *, mono_t now, uint32_t *cursor,
	    struct show_session *);
bool	show_session_one(const struct lns *, mono_t now, uint32_t session,
	    struct show_session *);
/* False: there is no such path (of show_session, struct dp_sa). */
bool	show_path(const struct lns *, uint32_t path, struct show_path *);
bool	show_radius(const struct lns *, uint32_t *cursor, struct show_radius *);
/* False: there is no accounting. */
bool	show_acct(const struct lns *, struct acct_state *);
bool	show_pool(const struct lns *, uint32_t *cursor, struct show_pool *);
/* Lock-outs that hold now. */
bool	show_lock(const struct lns *, mono_t now, uint32_t *cursor,
	    struct show_lock *);
/* Newest first; the cursor counts back. */
bool	show_attempt(const struct lns *, uint32_t *cursor, struct attempt *);

#endif
