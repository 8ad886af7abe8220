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
 * Everything is drawn from one seed.  The invariants of threats.md 6.6 are
 * checked after every event: the first one that breaks ends the run, and the
 * last events are printed.  A switch freezes the concentrator and the phones
 * to bytes at random moments, destroys them, thaws them and goes on.
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
	bool six;			/* IPv6 inside; some phones ask for it */
	FILE *transcript;		/* all events; may be NULL */
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
	SIM_FREEZE_PHONE
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
	uint32_t talk_us;
	uint32_t packets;		/* sent, and so the next number */
	uint32_t reached;		/* of them seen behind */
	uint32_t echoed;		/* of them come back */
	uint32_t ups, downs;
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

struct sim_stats {
	uint64_t events;
	uint64_t dh_server;		/* jobs the concentrator asked for */
	uint64_t server_in_bytes, server_out_bytes;	/* outer payload */
	uint64_t freezes;
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
