/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RADIUS_ACCT_H
#define RADIUS_ACCT_H

/*
 * DOC: the accounting queue: every record until it is acknowledged.
 *
 * Pure.  Records of one session go out in order, one at a time; different
 * sessions of a group side by side, up to the window, oldest first.  On and
 * Off are barriers of their group: they overtake nothing and nothing overtakes
 * them.  Groups do not wait for each other.  Each record is given to the disk
 * (ACCT_STORE) and taken off it when acknowledged (ACCT_FORGET); what a start
 * finds on disk comes in by acct_restore().  So a record is delivered at least
 * once, and twice only if we die between its acknowledgement and the disk.
 *
 * A group that has no server rests, and then tries one record at a time until
 * one is acknowledged.  A record that a living server never acknowledges does
 * not hold up the rest for ever: see acct_params.ignored.
 *
 * A newer Interim replaces an older one of its session that waits (RFC 2869
 * §2.1).  The queue is bounded in records and bytes: when it is full, records
 * of groups that are no longer configured give way first, then Interims, then
 * the new record is refused and counted.
 *
 * Supported standards: RFC 2866, 2869 §2.1, 5080 §2.2.1 (accounting goes on
 * without end).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/buf.h"
#include "base/count.h"
#include "base/mono.h"
#include "base/rng.h"

#define ACCT_GROUPS_MAX	16
#define ACCT_NAME_MAX	64	/* of a group, with NUL */
#define ACCT_ATTRS_MAX	4064	/* bytes of one record's attributes */
#define ACCT_BLOCK_MAX	(ACCT_ATTRS_MAX + ACCT_NAME_MAX + 32)

enum acct_kind { ACCT_START, ACCT_INTERIM, ACCT_STOP, ACCT_ON, ACCT_OFF };
const char	*acct_kind_str(enum acct_kind);	/* "start" */

struct acct_params {		/* borrowed until the queue is freed */
	uint32_t records;	/* most kept (100,000) */
	size_t bytes;		/* of their attributes, most kept (32 MB) */
	uint32_t window;	/* most in flight, per group (32) */
	/* After a failed delivery: doubled from first to cap, with jitter
	 * (5000, 300000). */
	uint32_t retry_first_ms, retry_cap_ms;
	uint32_t store_retry_ms;	/* after the disk refused (10000) */
	/*
	 * So often (12) may a living server not answer a record before the
	 * record no longer holds up others.  A barrier is waited for and waits
	 * no longer then; a session's later records wait until the group has
	 * acknowledged something else meanwhile, which shows that it is this
	 * record (or, if a barrier waits for them, twice as often).  What was
	 * overtaken by what makes it needless is given up.
	 */
	uint32_t ignored;
	/* Groups by their number in acct_record.group; the name is what the
	 * disk knows them by. */
	uint32_t group_n;
	char group[ACCT_GROUPS_MAX][ACCT_NAME_MAX];
};
/* The numbers that stand in brackets; no groups. */
void	acct_params_default(struct acct_params *);

struct acct_record {
	enum acct_kind kind;
	uint32_t group;
	/*
	 * Order key, 0 for On and Off.  Never used again for another session,
	 * not after a restart either, as records of both may wait together:
	 * boot time << 32 | serial is right.
	 */
	uint64_t session;
	uint64_t event_ms;	/* Unix time */
	struct rd attrs;	/* without Acct-Delay-Time; copied */
};

enum acct_act_kind {
	/* number, data: an opaque block for the disk; acct_stored() answers */
	ACCT_STORE,
	/* number: it may go from disk.  This one must not be lost, or the
	 * record goes out again after the next start. */
	ACCT_FORGET,
	/* number, record: give to the RADIUS client with tag = number;
	 * acct_done() answers */
	ACCT_SEND,
	/* record (without attrs), text: it was given up or refused; log it */
	ACCT_LOST
};

struct acct_act {
	enum acct_act_kind kind;
	uint64_t number;
	struct acct_record record;	/* attrs borrowed until reset */
	struct rd data;			/* borrowed likewise */
	const char *text;		/* constant */
};

#define ACCT_OUT_ACTS	64
#define ACCT_OUT_BYTES	(16 * ACCT_BLOCK_MAX)

struct acct_out {		/* caller-owned; start with all zero */
	unsigned n;
	struct acct_act act[ACCT_OUT_ACTS];
	size_t used;
	uint8_t arena[ACCT_OUT_BYTES];
};
void	acct_out_reset(struct acct_out *);

/*
 * Every call below that takes a box leaves in it what fits; the rest waits
 * and the deadline is then in the past, so the host drains, resets and calls
 * acct_expire() as long as the deadline has come.
 */
struct acct;

/* params, rng, drops are borrowed; drops may be NULL.  NULL: no memory, or
 * params that make no sense. */
struct acct *acct_new(const struct acct_params *, struct rng *,
	    struct drops *);
void	acct_free(struct acct *);
/* What a queue of these params takes. */
void	acct_bounds(const struct acct_params *, bound_fn *, void *ctx);

/* False: refused (acct-full, or acct-record: no such group, no attributes,
 * too long); an ACCT_LOST says so, for acct-full once a minute at most. */
bool	acct_put(struct acct *, mono_t now, const struct acct_record *,
	    struct acct_out *);
/*
 * A block as ACCT_STORE gave it; in ascending numbers, before anything else.
 * False: damaged (acct-block) or no room (acct-full); it is not forgotten on
 * disk then.  A group that is no longer configured: it is kept, and waits for
 * a configuration that has it.
 */
bool	acct_restore(struct acct *, mono_t now, uint64_t number,
	    struct rd block, struct acct_out *);

enum acct_verdict {
	ACCT_FAILED,		/* no server could be asked (or box, table full) */
	ACCT_ACKED,
	ACCT_IGNORED,		/* a server lives, but did not answer this */
	ACCT_BROKEN		/* it can never be sent: given up */
};
/* The end of an ACCT_SEND.  A number that is not in flight is ignored.  (A
 * bool for "acknowledged" is right, but then no record is ever passed over.) */
void	acct_done(struct acct *, mono_t now, uint64_t number,
	    enum acct_verdict, struct acct_out *);
/*
 * The answer to ACCT_STORE.  False (disk full, queue to it full): it lives on
 * in memory and is stored when the disk can again.
 */
void	acct_stored(struct acct *, uint64_t number, bool ok);
/* A server of this group is up again: no more rest. */
void	acct_group_up(struct acct *, mono_t now, uint32_t group,
	    struct acct_out *);
void	acct_expire(struct acct *, mono_t now, struct acct_out *);
mono_t	acct_deadline(const struct acct *);

struct acct_state {
	uint32_t records;	/* kept, those of no group among them */
	uint32_t in_flight;
	uint32_t unstored;	/* not on disk (yet) */
	uint32_t orphans;	/* of groups that are not configured */
	size_t bytes;
	uint64_t put, restored, delivered;
	uint64_t replaced;	/* Interims by newer ones */
	uint64_t yielded;	/* Interims and orphans, for want of room */
	uint64_t refused, given_up;
	uint64_t retried;	/* deliveries that failed */
	uint64_t oldest_event_ms;	/* Unix time; 0: nothing waits */
	bool disk_ok;
};
void	acct_state(const struct acct *, struct acct_state *);
/*
 * The clock on the wall was set by so many ms: what happened before it did so
 * that much later by the new time.  (What the disk has keeps the old one.)
 */
void	acct_wall_step(struct acct *, int64_t ms);

/*
 * Freeze to bytes and back; the same build, the same params.  What was in
 * flight still is.
 */
size_t	acct_frozen_size(const struct acct *);
void	acct_freeze(const struct acct *, struct wr *);
struct acct *acct_thaw(const struct acct_params *, struct rng *,
	    struct drops *, struct rd *);

#endif
