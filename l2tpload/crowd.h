/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_CROWD_H
#define L2TPLOAD_CROWD_H

/*
 * DOC: many phones as a table: where each stands, how far it is and how long
 * its login took.  No sockets and no clock: see loop.h for both.
 *
 * Phones stand in the /24s of a network, one after the other: phone 0 in the
 * first, phone 1 in the second, and from the start again when all have one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "base/mono.h"

#define CROWD_NOBODY	UINT32_MAX

enum crowd_state {
	CROWD_WAITING,		/* not dialled yet */
	CROWD_DIALLING,
	CROWD_UP,
	CROWD_LEAVING,		/* was up, takes its leave */
	CROWD_GONE,		/* was up, has taken its leave */
	CROWD_FAILED,		/* was never up */
	CROWD_LOST,		/* was up, and was ended by others */
	CROWD_STATES
};

struct crowd_phone {
	enum crowd_state state;
	mono_t dialled;
	uint32_t login_us;	/* if it was up */
};

struct crowd {
	struct ipnet from;
	uint32_t n;
	uint32_t nets;		/* /24s in use */
	struct crowd_phone *phone;	/* owned; n of them */
	uint32_t in[CROWD_STATES];	/* how many are in each state */
	uint32_t ups;		/* logins */
	mono_t first, last;	/* dial-in, login */
};

/* How many phones stand in this IPv4 network. */
uint32_t	 crowd_room(const struct ipnet *);
/* False: no memory.  n is at most crowd_room(). */
bool		 crowd_init(struct crowd *, const struct ipnet *, uint32_t n);
void		 crowd_wipe(struct crowd *);
struct ipaddr	 crowd_address(const struct crowd *, uint32_t i);
/* CROWD_NOBODY if none of them stands there. */
uint32_t	 crowd_find(const struct crowd *, const struct ipaddr *);

/* It is in this state from now on. */
void		 crowd_move(struct crowd *, uint32_t i, mono_t now,
		    enum crowd_state);
/* Every phone has logged in or failed. */
bool		 crowd_decided(const struct crowd *);
/* Nobody dials, is up or leaves. */
bool		 crowd_over(const struct crowd *);

struct crowd_times {		/* of the logins */
	uint32_t p50_us, p90_us, p99_us, max_us;	/* 0 without one */
	uint64_t storm_us;	/* from the first dial-in to the last login */
};
/* False: no memory. */
bool		 crowd_times(const struct crowd *, struct crowd_times *);

#endif
