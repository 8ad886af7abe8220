/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_LNS_H
#define LNS_LNS_H

/*
 * DOC: the concentrator, still pure.
 *
 * struct lns owns the engines (IKE, L2TP, one PPP link per call) and what
 * decides who gets in: paths, access objects, pools, limits, attempts.  It
 * talks to the data plane through struct dp_ops and to its host through an
 * out-box.  Names across layers are handles:
 *
 *   path     an IPsec peer, across rekeys and moves       (lns/path.c)
 *   access   one subscriber's session, which is also dp's `sess` (lns/access.c)
 *
 * Authentication and accounting by RADIUS: ask.c, account.c, change.c; what is
 * said and granted: request.c, profile.c; who may ask, and when: limits.c and
 * turn.c; logins for trial: radtest.c; networks behind sessions: behind.c;
 * IPv6: ipv6.c, ra.c.
 *
 * step.c is the switchboard: the one place where an action of one engine
 * becomes a call of another.  Only step.c, access.c and path.c know that the
 * layers belong together.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/mono.h"
#include "dp/dp.h"
#include "ipsec/ike.h"
#include "l2tp/l2tp.h"
#include "lns/aaa.h"
#include "lns/addrpool.h"
#include "lns/attempt.h"
#include "lns/profile.h"
#include "ppp/ppp.h"
#include "radius/acct.h"
#include "radius/client.h"
#include "radius/dae.h"

#define LNS_KEEP_OUT	1024
#define LNS_NAS_ID_MAX	64
#define LNS_GROUPS_MAX	32	/* of users */
#define LNS_ACLS_MAX	DP_ACLS_MAX

struct lns_params {		/* borrowed until the concentrator is freed */
	struct ike_params ike;
	struct l2tp_params l2tp;
	struct ppp_params ppp;
	/* Addresses and IPv6 networks of each pool; one of them may be empty. */
	struct addrpool_params pool[ADDRPOOLS_MAX], pool6[ADDRPOOLS_MAX];
	bool pool_six[ADDRPOOLS_MAX];	/* for `names` */
	uint32_t pool_n;
	struct ipaddr keep_out[LNS_KEEP_OUT];	/* that no pool gives out */
	uint32_t keep_out_n;
	struct aaa_users users;
	struct ipaddr address;		/* our own end of every link */
	struct ipaddr dns[2], wins[2];
	struct ipaddr dns6[2];		/* IPv6, in advertisements; IP_NONE: none */
	uint32_t weak_keys;		/* bit i: warn of ike.psk[i], hourly */
	uint32_t paths;			/* IPsec peers at once */
	uint32_t sessions;		/* in all */
	uint32_t sessions_per_user;	/* 0: any number */
	uint32_t attempts_kept;
	uint16_t outer_mtu;		/* bytes of an outer IP packet */
	uint16_t replay_window;		/* packets */
	uint32_t seq_block;		/* outbound sequence numbers reserved at once */
	uint32_t login_ms;		/* SCCRQ to logged in; call to address */
	uint32_t idle_path_ms;		/* life of a path without a tunnel */
	uint32_t auth_delay_s;		/* after a failed login: so long, */
	uint32_t auth_delay_max_s;	/* doubled each time up to this */
	uint32_t login_rate, login_burst;	/* calls per second; 0: any number */
	uint32_t auth_rate;		/* logins asked of RADIUS per second; 0: any */
	/* Failed logins before a lock-out, see lns/limits.h; 0: none. */
	uint32_t lockout_user;		/* of a user from one source */
	uint32_t lockout_everywhere;	/* of a user from several */
	uint32_t lockout_source;	/* from one source */
	uint32_t lockout_window_s;	/* within so long */
	uint32_t lockout_s;		/* and for so long */
	uint32_t lockout_entries;	/* users and sources remembered */

	struct radius_params radius;	/* no servers: local users alone */
	struct acct_params acct;
	struct dae_params dae;		/* no sources: none */
	struct aaa_policy policy;
	struct profile_names names;	/* of the three below */
	const char *pool_name[ADDRPOOLS_MAX], *acl_name[LNS_ACLS_MAX];
	struct profile_group group[LNS_GROUPS_MAX];
	uint32_t pool_default;		/* for who is not told another */
	uint32_t group_default;		/* of users, from 1; 0: none */
	uint32_t interim_s;		/* unless RADIUS says otherwise; 0: none */
	bool take_address;		/* a Framed-IP-Address or -IPv6-Prefix in use: take it over */
	char nas_id[LNS_NAS_ID_MAX];
	struct ipaddr nas_addr;		/* IP_NONE: the address dialled */
};
void	lns_params_default(struct lns_params *);

enum lns_act_kind {
	LNS_SEND_UDP,		/* local, remote, data: an IKE datagram as on the wire */
	LNS_ASK_DH,		/* dh: answer with lns_dh_done() */
	LNS_RADIUS_OPEN,	/* port, server, service: a connected socket */
	LNS_RADIUS_CLOSE,	/* port */
	LNS_RADIUS_SEND,	/* port, data */
	LNS_SPOOL_STORE,	/* number, data: answer with lns_spool_stored() */
	LNS_SPOOL_FORGET,	/* number */
	LNS_DAE_SEND,		/* local, remote, data: an answer to a CoA-Request */
	LNS_RADTEST,		/* number: this test has ended (lns/radtest.h) */
	/*
	 * net, metric, number of the attempt: a network behind a session, to
	 * be routed to the TUN (lns/behind.h).  It may be set already; one to
	 * be taken away may never have been set.
	 */
	LNS_ROUTE_ADD,
	LNS_ROUTE_DEL
};

struct lns_act {
	enum lns_act_kind kind;
	struct endpoint local, remote;
	struct rd data;			/* borrowed until the box is reset */
	const struct ike_dh *dh;	/* borrowed likewise */
	uint32_t port, server;
	enum radius_service service;
	uint64_t number;
	struct ipnet net;
	uint32_t metric;
};

#define LNS_OUT_ACTS	192
#define LNS_OUT_BYTES	(256 * 1024)

struct lns_out {		/* caller-owned */
	unsigned n;
	struct lns_act act[LNS_OUT_ACTS];
	size_t used;
	_Alignas(max_align_t) uint8_t arena[LNS_OUT_BYTES];
};
void	lns_out_reset(struct lns_out *);	/* wipes what held keys */

struct lns;

/* Each table that lns_new() would make, the engines' and the links included. */
void		 lns_bounds(const struct lns_params *, bound_fn *each, void *ctx);
/*
 * All arguments but params' value are borrowed until lns_free().  NULL with
 * errno when memory is short.
 */
struct lns	*lns_new(const struct lns_params *, struct rng *, struct drops *,
		    const struct dp_ops *, struct dp *);
void		 lns_free(struct lns *);

/* Feed.  IKE data is a UDP payload with the marker taken off on 4500. */
void	lns_input_ike(struct lns *, mono_t now, const struct endpoint *local,
	    const struct endpoint *remote, struct rd data, struct lns_out *);
void	lns_input_note(struct lns *, mono_t now, const struct dp_note *,
	    struct lns_out *);
void	lns_dh_done(struct lns *, mono_t now, const struct ike_dh *, struct lns_out *);
/* RADIUS: a packet, an error, or the end of the socket under this handle. */
void	lns_input_radius(struct lns *, mono_t now, uint32_t port, struct rd packet,
	    struct lns_out *);
void	lns_radius_error(struct lns *, mono_t now, uint32_t port,
	    struct lns_out *);
void	lns_radius_up(struct lns *, mono_t now, uint32_t port, bool version_11,
	    struct lns_out *);
void	lns_radius_down(struct lns *, mono_t now, uint32_t port, const char *why,
	    struct lns_out *);
/* A datagram to the port of CoA- and Disconnect-Requests. */
void	lns_input_dae(struct lns *, mono_t now, const struct endpoint *local,
	    const struct endpoint *remote, struct rd data, struct lns_out *);
/* What the disk had, in ascending numbers, before lns_start(); false: damaged. */
bool	lns_spool_restore(struct lns *, mono_t now, uint64_t number,
	    struct rd block, struct lns_out *);
void	lns_spool_stored(struct lns *, mono_t now, uint64_t number, bool ok,
	    struct lns_out *);
/*
 * Unix time in ms; told at start and whenever the host likes.  No timer and no
 * session follows it, only what is told in Unix time (D-14).
 */
void	lns_wall(struct lns *, mono_t now, uint64_t unix_ms);
/* Once, after lns_wall(): Accounting-On. */
void	lns_start(struct lns *, mono_t now, struct lns_out *);
void	lns_expire(struct lns *, mono_t now, struct lns_out *);
mono_t	lns_deadline(const struct lns *);

/* Command.  Ends the session politely; false if there is none. */
bool	lns_kill(struct lns *, mono_t now, uint32_t session);
/* Ends every session of the (escaped) user name; how many. */
uint32_t lns_kill_user(struct lns *, mono_t now, const char *user);
/*
 * Ends the lock-outs of a user or a source, and forgets what else counted
 * against them: by the (escaped) name, with or without its domain, or by an
 * address; NULL: all.  How many were locked.
 */
uint32_t lns_unlock(struct lns *, const char *name);
/* Refuses new dial-ins from now on and ends every path politely. */
void	lns_shutdown(struct lns *, mono_t now);
/* Is anything left? */
bool	lns_quiet(const struct lns *);

/* Freeze to bytes and back; the data plane lives on by itself. */
size_t		 lns_frozen_size(const struct lns *);
void		 lns_freeze(const struct lns *, struct wr *);
struct lns	*lns_thaw(const struct lns_params *, struct rng *, struct drops *,
		    const struct dp_ops *, struct dp *, struct rd *);

#endif
