/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_LNS_INT_H
#define LNS_LNS_INT_H

/* What the files of lns/ share: the concentrator's struct and its objects. */

#include "base/count.h"
#include "base/due.h"
#include "base/htab.h"
#include "base/idmap.h"
#include "base/pool.h"
#include "lns/fails.h"
#include "lns/lns.h"
#include "lns/request.h"

#define PATH_SAS	4	/* ISAKMP SAs of one path: rekeys overlap */
#define PATH_CHILDREN	8	/* SA pairs of one path */
#define PATH_TUNNELS	4
#define PATH_CALLS	8

enum path_state {
	PATH_UP,
	PATH_PARTING,		/* links told to end: LCP Terminate is out */
	PATH_CLEARING,		/* tunnels told to end: StopCCN is out */
	PATH_DEAD		/* SAs go at the next turn */
};

struct path_child {
	uint32_t child;		/* IKE's handle and dp's `sa`; 0: free */
	uint32_t sa;		/* the ISAKMP SA it was made under */
	uint32_t age;		/* rises with each one */
	uint32_t seq_limit;
	struct esp_suite suite;
	bool encap;
};

struct path {
	uint64_t attempt;	/* of the dial-in that uses it */
	uint64_t renewed;	/* of the last SA that joined it; 0: none */
	enum path_state state;
	struct endpoint local, remote;
	struct ike_id id;
	struct ike_p1 p1;
	uint32_t hints;
	bool natt, nat_there;
	bool dpd_dead;		/* nobody to say goodbye to */
	bool deleted;		/* the peer deleted its last ISAKMP SA */
	uint8_t guesses;	/* wrong ids that came of who might be it */
	uint32_t sa[PATH_SAS];	/* newest first, no gaps; 0: none */
	uint32_t contact;	/* what is older than this SA is to be forgotten */
	struct path_child child[PATH_CHILDREN];
	uint32_t children;	/* ever: their ages */
	uint32_t out;		/* child that we send on */
	struct esp_suite suite;	/* of that child; of the first until there is one */
	bool encap;
	bool esp_seen;
	uint32_t tunnel[PATH_TUNNELS];	/* L2TP handles; 0: free */
	uint32_t call[PATH_CALLS];	/* access objects; 0: free */
	bool had_tunnel;
	char host_name[L2TP_NAME_MAX];	/* of the client, escaped */
	char vendor_name[L2TP_NAME_MAX];
	/*
	 * To be closed if by then there is no tunnel, or nobody has logged in
	 * again since the last call of the tunnels ended; or NEVER.
	 */
	mono_t idle_at;
	mono_t login_by;	/* somebody must be logged in then; or NEVER */
	mono_t chore_at;	/* next thing to forget because of `contact` */
	mono_t step_at;		/* next step of a path that ends */
	mono_t join_by;		/* young until then (join.h); or NEVER */
	mono_t heard_at;	/* next look at the data plane for life */
	mono_t heard;		/* last life seen */
	mono_t born;
};

enum access_state {
	ACC_CALL,		/* ICRQ accepted */
	ACC_LINK,		/* LCP */
	ACC_AUTH,		/* question is out, or its answer delayed */
	ACC_ADDR,		/* logged in, IPCP under way */
	ACC_UP,
	ACC_ENDING		/* the link is closing */
};

struct account {		/* whose sessions are counted together */
	uint64_t who;
	uint32_t n;		/* sessions */
};

struct access {
	uint64_t attempt;
	enum access_state state;
	uint32_t path;
	uint32_t session;	/* L2TP's handle */
	struct l2tp_call_info call;
	bool placed;		/* known to the data plane */
	bool policed;		/* it has a policy there */
	uint32_t ask;		/* question being kept back; 0: none */
	bool claimed;		/* the address is ours alone */
	bool leased;		/* and came from `pool` */
	uint32_t pool;
	struct ipaddr address;	/* IP_NONE until given */
	bool claimed6, leased6;	/* likewise of the /64 */
	uint32_t pool6;
	struct ipaddr prefix;	/* a /64; IP_NONE: no IPv6 */
	bool v4_up, v6_up;	/* IPCP is open, IPV6CP is */
	struct ppp_net net;
	struct ppp_net6 net6;
	uint16_t mtu;
	mono_t ra_at;		/* next advertisement; NEVER without IPv6 */
	mono_t ra_answer;	/* next answer to a solicitation; or NEVER */
	mono_t ra_last;
	uint8_t ra_n;		/* first ones sent */
	struct profile profile;	/* what he was granted */
	uint32_t behind[DP_ROUTES_MAX];	/* networks that the host routes; 0: none */
	bool local;		/* by the file of users */
	bool changing;		/* the question is about an expired password */
	uint32_t auth_group, acct_group;	/* of RADIUS servers; AAA_NO_GROUP */
	uint32_t serial;	/* in Acct-Session-Id: never twice in a run */
	uint32_t nas_port;
	enum ppp_method method;
	uint8_t chap_id;	/* of the question that is out */
	uint32_t ticket;	/* likewise, PPP's */
	uint32_t question;	/* likewise, RADIUS's handle; 0: none is out */
	int server;		/* whose State this is */
	uint8_t state_len, radius_state[ATTR_VALUE_MAX];
	uint8_t name_len, name[PPP_NAME_MAX];	/* as it came */
	char user[ATT_USER_MAX];	/* escaped */
	bool proven;		/* and he proved who he is */
	uint32_t user_prev, user_next;	/* access objects of this user */
	uint64_t who;		/* once proven: his account, see lns/users.c */
	mono_t began;		/* call up */
	mono_t up;		/* NEVER until addresses are agreed */
	mono_t stands_until;	/* the login clock stood until then */
	mono_t login_by;	/* must be up then; NEVER once it is */
	mono_t interim_at, ends_at, look_at;	/* see lns/account.c */
	uint32_t interim_s;	/* that interim_at was set by */
	enum ppp_cause cause;	/* why it ends */
	enum request_cause stop_cause;	/* what its Stop will say; CAUSE_NONE: by cause */
};

enum ask_wait {			/* what a question is kept for */
	ASK_DELAY,		/* failures before it: until `due` */
	ASK_TURN,		/* its turn, but no longer than `due` */
	ASK_SHED,		/* room for another's: it hears no */
	ASK_OUT			/* RADIUS is asked; the file, if that fails */
};

struct ask {			/* a question kept, see lns/turn.h */
	uint32_t access;
	enum ask_wait wait;
	uint64_t share;		/* with whom it shares its turn */
	uint32_t nth;		/* of these when it came, from 1 */
	uint64_t turn;		/* ASK_TURN: the lowest goes first */
	mono_t due;		/* NEVER while RADIUS is asked */
	struct ppp_auth q;
};

#define ASKS		1024	/* questions kept back at once */
#define ASKS_SHARE	128	/* of them those that share a turn */
#define ASKS_SHED	64	/* places for those that made room, till they hear it */

struct behind {			/* a network behind a session, see lns/behind.h */
	struct ipnet net;
	uint32_t metric;
	uint64_t attempt;	/* whose it is */
	uint64_t turn;		/* what is to be told goes in this order */
	bool told;		/* the host has heard of it */
	bool going;		/* and is to forget it */
};

struct turns {			/* see lns/turn.h */
	struct htab by_share;	/* asks in ASK_DELAY and ASK_TURN */
	struct due order;	/* asks in ASK_TURN, by turn and arrival */
	uint32_t waiting;	/* in ASK_DELAY and ASK_TURN */
	uint64_t round;		/* turn of the last one that went */
	uint32_t arrival;
	mono_t full;		/* the bucket of auth_rate */
};

struct lns {
	const struct lns_params *params;
	struct rng *rng;
	struct drops *drops;
	const struct dp_ops *ops;
	struct dp *dp;

	struct ike *ike;
	struct l2tp *l2tp;
	struct ppp **ppp;	/* owned; by slot of the access pool */
	struct radius_client *radius;	/* NULL: no servers */
	struct acct *acct;		/* likewise */
	struct dae *dae;		/* NULL: nobody may change a session */
	uint64_t wall_ms;	/* Unix time at mono 0 */
	uint32_t boot;		/* Unix time of the start, seconds */
	uint32_t serial;	/* of the last session */

	struct pool paths, accesses, asks;
	struct due path_due, access_due, ask_due;
	struct pool behinds;
	struct due behind_due;	/* what the host has to be told, by turn */
	uint64_t behind_turn;	/* the last one given */
	struct htab path_by_remote, path_by_peer;	/* lns/join.c */
	struct htab access_by_user;	/* the first of each user: lns/users.c */
	struct pool accounts;		/* of those who are in; rebuilt on thaw */
	struct htab account_by_who;
	struct htab access_by_addr, access_by_prefix;
	struct htab access_by_serial;
	struct idmap path_of_sa, path_of_child;
	struct idmap access_of_session;
	struct hash_key hash;
	struct addrpools pools, pools6;	/* of the same names */
	struct attempts attempts;
	struct fails fails;
	uint64_t failed, lockouts, locked_out;	/* logins refused by a lock */
	struct radtest *tests;	/* owned; RADTESTS of them; NULL: no servers */
	uint32_t test_last;	/* number of the last one */
	uint64_t logins;
	uint64_t answers[AAA_WHY_COUNT];	/* to questions who may come in */
	mono_t calls_full;	/* see limits_call() */
	struct turns turns;
	mono_t weak_at;		/* next warning of weak keys and servers */
	bool shutting_down;
	bool off_said;		/* Accounting-Off went out behind the last Stop */

	/*
	 * Out-boxes of the engines, owned, empty between calls.  While the
	 * actions of one are handed on, what they cause goes into the other,
	 * so that a command always finds room (step.c).
	 */
	struct ike_out *ike_out, *ike_spare;
	struct l2tp_out *l2tp_out, *l2tp_spare;
	struct ppp_out *ppp_out, *ppp_spare;
	struct radius_out *radius_out, *radius_spare;
	struct acct_out *acct_out, *acct_spare;
	struct dae_out *dae_out, *dae_spare;
};

/* step.c: drains the engines' boxes until all is quiet. */
void	step(struct lns *, mono_t now, struct lns_out *);
/* Drains the PPP box, which belongs to this access. */
void	step_ppp(struct lns *, mono_t now, uint32_t access);

#endif
