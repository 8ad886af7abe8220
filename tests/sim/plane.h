/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_PLANE_H
#define TESTS_SIM_PLANE_H

/*
 * DOC: the real data plane, single-threaded, over queues instead of sockets.
 *
 * The concentrator gets plane_ops, which hand every call on to the real
 * dp_ops and keep books beside them: who has which address, which path has
 * sessions, how many SAs there are (I3, I6, I8 of threats.md 6.6), and the keys
 * of the SAs, with which they are made anew when the process "dies".
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/count.h"
#include "base/endpoint.h"
#include "base/mono.h"
#include "base/rng.h"
#include "dp/dp.h"
#include "tests/sim/wire.h"

struct plane_params {
	uint32_t sas, sessions;		/* limits that were promised: I6 */
	struct ipaddr gateway;		/* our own inner address */
	uint64_t bare_us;		/* life of a pair without a session */
	/* I8: has this path an ISAKMP SA or a tunnel? */
	bool (*owned)(void *ctx, uint32_t path);
	/* Told of each control message and PPP frame before it is sealed. */
	void (*told)(void *ctx, bool ppp, struct rd data);
	/* Keys are known from now on; may be NULL. */
	void (*keyed)(void *ctx, const void *key, size_t len);
	/* A session is opened for the first time, or is over; may be NULL. */
	void (*in)(void *ctx, uint32_t sess, const struct ipaddr *);
	void (*out)(void *ctx, uint32_t sess, const struct dp_count *);
	void *ctx;
};

struct plane_gram {			/* one datagram that leaves */
	enum wire_kind kind;
	struct endpoint local, remote;
	struct rd data;			/* borrowed until the next call */
};

struct plane;

/* rng is borrowed until plane_free(); NULL when memory is short. */
struct plane	*plane_new(const struct plane_params *, struct rng *);
void		 plane_free(struct plane *);

extern const struct dp_ops plane_ops;
struct dp	*plane_dp(struct plane *);	/* for plane_ops only */
/* Adding an SA or a session fails so often: per thousand. */
void	plane_shortage(struct plane *, uint16_t per_thousand);
/* A datagram is not taken by the wire (ENOBUFS) so often. */
void	plane_refuse(struct plane *, uint16_t per_thousand);

/*
 * The process that sealed dies: nothing of what it sent last is known.  A pair
 * sends again when the concentrator has reserved the next `block` of numbers
 * for it, behind those that it had reserved before.
 */
void	plane_die(struct plane *, uint32_t block);
/* The next pair that waits for it; the cursor starts at 0. */
bool	plane_dead(const struct plane *, uint32_t *cursor, uint32_t *path,
	    uint32_t *sa);

/* The machine stood still so long, which is nobody's fault. */
void	plane_stood(struct plane *, uint64_t us);

/* Feed, then plane_run(), then take what came out. */
void	plane_rx(struct plane *, enum wire_kind, const struct endpoint *local,
	    const struct endpoint *remote, struct rd data);
void	plane_tun(struct plane *, struct rd packet);
void	plane_run(struct plane *, mono_t now);
bool	plane_next_tx(struct plane *, struct plane_gram *);
bool	plane_next_tun(struct plane *, struct rd *packet);
/* Call it until it is false, then plane_run() again: notes may cause more. */
bool	plane_next_note(struct plane *, struct dp_note *);

/*
 * Looks for SA pairs without an owner (I8) or, too long, without a session.
 * NULL, or what is wrong so far.
 */
const char	*plane_fault(struct plane *, mono_t now);
uint32_t	 plane_sas(const struct plane *);
uint32_t	 plane_sessions(const struct plane *);
/* How often a block of numbers was reserved for a pair, its first aside. */
uint64_t	 plane_reserves(const struct plane *);
/* What an open session may move: bits a second; false: it is not open. */
bool		 plane_rate(const struct plane *, uint32_t sess, uint64_t *rx,
		    uint64_t *tx);
/* Drops of the data path, by reason. */
void		 plane_drops(const struct plane *, uint64_t n[DROP_COUNT]);

#endif
