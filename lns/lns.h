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
#include "ppp/ppp.h"

#define LNS_KEEP_OUT	1024

struct lns_params {		/* borrowed until the concentrator is freed */
	struct ike_params ike;
	struct l2tp_params l2tp;
	struct ppp_params ppp;
	struct addrpool_params pool[ADDRPOOLS_MAX];
	uint32_t pool_n;
	struct ipaddr keep_out[LNS_KEEP_OUT];	/* that no pool gives out */
	uint32_t keep_out_n;
	struct aaa_users users;
	struct ipaddr address;		/* our own end of every link */
	struct ipaddr dns[2], wins[2];
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
};
void	lns_params_default(struct lns_params *);

enum lns_act_kind {
	LNS_SEND_UDP,		/* local, remote, data: an IKE datagram as on the wire */
	LNS_ASK_DH		/* dh: answer with lns_dh_done() */
};

struct lns_act {
	enum lns_act_kind kind;
	struct endpoint local, remote;
	struct rd data;			/* borrowed until the box is reset */
	const struct ike_dh *dh;	/* borrowed likewise */
};

#define LNS_OUT_ACTS	64
#define LNS_OUT_BYTES	65536

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
void	lns_expire(struct lns *, mono_t now, struct lns_out *);
mono_t	lns_deadline(const struct lns *);

/* Command.  Ends the session politely; false if there is none. */
bool	lns_kill(struct lns *, mono_t now, uint32_t session);
/* Ends every session of the (escaped) user name; how many. */
uint32_t lns_kill_user(struct lns *, mono_t now, const char *user);
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
