/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

/*
 * DOC: a whole concentrator and its phones in virtual time.
 *
 *	 phone 0..n  <-- wire (delay, loss, NAT ...) -->  data plane + lns
 *	 l2tpload/peer.c                                       |
 *	                                                host behind (echo)
 *
 * Everything is drawn from one seed.  Of the invariants of threats.md 6.6 these
 * are checked at every event: the first one that breaks ends the run, and the
 * last events are printed.
 *
 *	I1  no packet on the TUN but of a phone that logged in, with its address
 *	I2  no ESP (SPI, sequence) leaves twice, nor out of order, on either
 *	    side; no inner packet arrives twice
 *	I3  no address for two sessions; no more leases than sessions
 *	I4  one Start and one Stop of every session, with its own octets: what
 *	    the servers were told, at the end (records.h)
 *	I5  no more bytes to an unverified address than from it
 *	I6  what is shown and what the data plane holds, within the limits
 *	I7  no key or password in log lines, the trail, and the phones' reasons;
 *	    nor in the records of sessions and attempts, of which some are looked
 *	    at at every event, and all at the end
 *	I8  an SA pair of a path without ISAKMP SA and tunnel: gone in 60 s
 *	    (looked at each second); one without a session likewise, after the
 *	    time that a path may be idle
 *	I9  no timer early, or more than a second late, of the concentrator and
 *	    of a phone that is drawn; none that a thawed one has before it
 *
 * The concentrator and the phones are frozen to bytes at random moments,
 * destroyed, thawed, and go on.  At some of these moments the process that
 * seals "dies" with the concentrator: SA pairs are made anew, with the keys and
 * replay windows that memory kept, and send on behind the numbers that the
 * thawed concentrator had reserved (threats.md 6.3).
 *
 * A scenario is a function: it sets the stage, adds phones, plans what is to
 * happen, runs, and says what it wants to be true.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "l2tpload/peer.h"
#include "lns/lns.h"
#include "lns/show.h"
#include "tests/sim/trail.h"
#include "tests/sim/wire.h"

#define SIM_SECOND	1000000		/* microseconds */
#define SIM_SERVER	0xc0000201	/* 192.0.2.1 */
#define SIM_SERVER6	"2001:db8::1"
#define SIM_POOL_FIRST	0x0a400000	/* 10.64.0.0: inner addresses */
#define SIM_BEHIND	0x0a0a0a0a	/* 10.10.10.10: the host behind */
#define SIM_BEHIND6	"2001:db8:b::1"
#define SIM_NETS_FIRST	0x20010db800060000 /* 2001:db8:6::/64 and on */

#define SIM_SERVERS	3		/* of RADIUS, at most */

struct sim_radius_stage {
	uint32_t servers;	/* 0: the local users answer */
	bool share;		/* they are alike; else one is asked first */
	bool no_probes;		/* the last of them knows no Status-Server */
	bool fallback;		/* local users, if no server can be reached */
	bool clash;		/* Framed-IP-Addresses of the pool, and the
				 * same one for two */
	bool take;		/* and such a one is taken over */
	uint32_t slow_lo_ms, slow_hi_ms;	/* until a login is answered */
	struct wire_quality quality;	/* between us and them */
	uint16_t disk_bad;	/* per thousand blocks are not stored */
};

/* The stage: filled by sim_stage_default(), changed, given to sim_new(). */
struct sim_stage {
	uint64_t seed;
	uint32_t phones;		/* at most so many */
	struct lns_params lns;		/* users, pool: filled by sim_new() */
	struct wire_quality quality;
	uint32_t dh_us;			/* a Diffie-Hellman job of a side */
	uint32_t queue;			/* datagrams under way */
	uint32_t addresses;		/* in the pool; 0: enough for all */
	uint16_t freeze;		/* per thousand events */
	uint16_t freeze_phone;		/* likewise, one of the phones */
	struct sim_radius_stage radius;
	bool six;			/* IPv6 inside; some phones ask for it */
	FILE *transcript;		/* all events; may be NULL */
	/*
	 * The RADIUS servers and the disk: `host' takes what is for them, and
	 * `host_next' gives their next answer into the empty box, or says that
	 * there is none.  NULL: there are none of them.
	 */
	void (*host)(void *ctx, mono_t now, const struct lns_act *);
	bool (*host_next)(void *ctx, struct lns *, mono_t now, struct lns_out *);
	void *host_ctx;
	uint64_t unix_ms;		/* at the start; with `host' only */
};
void	sim_stage_default(struct sim_stage *, uint64_t seed);

enum sim_place {
	SIM_HOME,		/* behind a NAT box of its own */
	SIM_OPEN,		/* a public address, ESP as protocol 50 */
	SIM_SIX,		/* the same over IPv6 */
	SIM_TWIN		/* 10.0.0.2 behind a box of its own, which is
				 * behind the one common box of all twins */
};

/* What the plan can do to a phone, or to all. */
enum sim_do {
	SIM_DIAL,
	SIM_CLOSE,
	SIM_REKEY1,
	SIM_REKEY2,
	SIM_REBIND,		/* its NAT box forgets its mappings */
	SIM_VANISH,		/* it is never heard of again */
	SIM_ANEW,		/* it loses its SAs, and makes new ones arg ms later */
	SIM_PULL,		/* it forgets all and dials anew at once */
	SIM_TALK,		/* arg: microseconds between packets; 0 stops */
	SIM_FREEZE_SERVER,
	SIM_FREEZE_PHONE,
	/* RADIUS; nothing happens without servers. */
	SIM_RADIUS_DEAD,	/* server `phone`; arg 1: with ICMP errors */
	SIM_RADIUS_MUTE,	/* likewise: it acknowledges no record */
	SIM_RADIUS_WELL,
	SIM_DISCONNECT,		/* this phone's session */
	SIM_COA			/* its rates change */
};

struct sim_phone {
	struct peer *peer;		/* NULL: gone or not yet there */
	struct peer_kit kit;
	enum sim_place place;
	uint32_t host, nat;		/* of the wire; nat 0: none */
	bool refused;			/* must not get in: a wrong secret */
	bool up;
	struct peer_up link;
	struct ipaddr prefix;		/* that it was told last; IP_NONE */
	bool told;			/* it was, on this link */
	uint32_t talk_us;
	uint32_t spacing_us;		/* of the last talk */
	uint32_t packets;		/* sent, and so the next number */
	uint32_t reached;		/* of them seen behind */
	uint32_t echoed;		/* of them come back */
	uint32_t ups, downs;
	uint32_t rebinds, rekeys;	/* done by the plan */
	mono_t dialled, came_up;
	enum peer_stage failed_at;
	char reason[PEER_TEXT_MAX];	/* of the last PEER_DOWN */
};

struct sim;

/* NULL when memory is short.  The stage is copied. */
struct sim	*sim_new(const struct sim_stage *);
void		 sim_free(struct sim *);

/* Adds phone number 0, 1, ...; its kit may be changed until it dials. */
uint32_t	 sim_phone_add(struct sim *, enum sim_place);
struct sim_phone *sim_phone(struct sim *, uint32_t);
/* As many as the stage says. */
uint32_t	 sim_phones_planned(const struct sim *);
bool		 sim_has_six(const struct sim *);
/* Its key or password is not the right one: it must be refused. */
void		 sim_phone_spoil(struct sim *, uint32_t, bool psk);

/* What sim_new() was given. */
const struct sim_stage *sim_staged(const struct sim *);
mono_t		 sim_now(const struct sim *);
struct rng	*sim_rng(struct sim *);
struct lns	*sim_lns(struct sim *);
struct wire	*sim_wire(struct sim *);
/* lo .. hi, both included */
uint32_t	 sim_draw(struct sim *, uint32_t lo, uint32_t hi);

/* Something to do to a phone, so many microseconds from now. */
void	sim_plan(struct sim *, uint64_t in_us, enum sim_do, uint32_t phone,
	    uint32_t arg);
void	sim_do(struct sim *, enum sim_do, uint32_t phone, uint32_t arg);
/* Lets time pass; false when something broke. */
bool	sim_run(struct sim *, uint64_t us);
/* As above, but ends as soon as so many phones are up. */
bool	sim_run_until_up(struct sim *, uint64_t us, uint32_t phones);
/* The host's clock is set forward or back: nobody may notice (D-14). */
void	sim_wall_step(struct sim *, int64_t ms);
/* The machine stands still for so long: nobody does anything meanwhile. */
void	sim_suspend(struct sim *, uint64_t us);
/* New SAs and sessions find no room in the data plane: per thousand. */
void	sim_shortage(struct sim *, uint16_t per_thousand);
/* The concentrator's datagrams are not taken by the wire (ENOBUFS). */
void	sim_refuse(struct sim *, uint16_t per_thousand);

/* Strangers: a datagram with any source address, straight to the server. */
void	sim_spoof(struct sim *, const struct endpoint *from, uint16_t port,
	    struct rd data);
/* An L2TP control message of our own making through the phone's SA. */
void	sim_phone_l2tp(struct sim *, uint32_t phone, struct rd control);
/* The same for a PPP frame. */
void	sim_phone_frame(struct sim *, uint32_t phone, struct rd frame);

/* Says what is wrong, once; the run is over. */
void	sim_break(struct sim *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
bool	sim_broken(const struct sim *);
#define sim_want(s, cond, ...)	do { if (!(cond)) sim_break(s, __VA_ARGS__); } \
	while (0)
/* Prints the reason and the last events. */
void	sim_report(const struct sim *, FILE *);

/* ---- RADIUS: sim_radius.c ---- */

struct sim_radius_stats {
	uint64_t requests, repeats;	/* that reached a server */
	uint64_t accepts, rejects, challenges, acks;
	uint64_t stored, forgotten;
	uint64_t coa_acks, coa_naks;
	uint32_t questions;		/* different ones */
	uint32_t starts, stops, interims;
};
uint32_t sim_radius_servers(const struct sim *);
void	 sim_radius_stats(const struct sim *, struct sim_radius_stats *);
/*
 * Everybody has left: all servers are well again, the concentrator says its
 * farewell, and the books must agree.  Nothing without servers.
 */
void	 sim_radius_end(struct sim *);
/*
 * Its machine loses power and starts anew with what the disk has; nobody may
 * be in.  Nothing without servers.
 */
void	 sim_radius_power_cut(struct sim *);

struct sim_stats {
	uint64_t events;
	uint64_t dh_server;		/* jobs the concentrator asked for */
	uint64_t server_in_bytes, server_out_bytes;	/* outer payload */
	uint64_t freezes, phone_freezes;
	uint64_t deaths;		/* of what seals, with a freeze */
	uint64_t reserves;		/* blocks of sequence numbers */
	uint64_t rebinds, rekeys;	/* done by the plan */
	uint32_t sas, sessions;		/* in the data plane now */
	uint32_t up;			/* phones that are up */
};
void	sim_stats(const struct sim *, struct sim_stats *);
/* What the concentrator and its data plane dropped for this reason. */
uint64_t sim_drops(const struct sim *, enum drop);

/* ---- scenarios (tests/sim/scenarios*.c) ---- */

#define SIM_COMMON	1000	/* seeds in which nothing costs too much */

struct sim_scenario {
	const char *name;
	void (*run)(struct sim *);
	void (*stage)(struct sim_stage *, struct rng *);
	unsigned every;		/* mixed seeds: 1 often (first in the table), n
				 * seldom, 0 never */
	unsigned later;		/* beyond SIM_COMMON: one in so many turns */
};
extern const struct sim_scenario sim_scenarios[];
extern const unsigned sim_scenarios_n;

#endif
