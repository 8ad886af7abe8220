/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_FAILS_H
#define LNS_FAILS_H

/*
 * DOC: the bounded table of whose logins failed lately; limits.h is what
 * follows from it.
 *
 * An entry is one user, one source (a /32 or /64), or one user from one source.
 * Each stands in the list of its class, touched longest ago first.  When the
 * table is full, the one to go is
 *
 *   1. the first of those who failed, if nothing in it counts any more;
 *   2. the first of the cheapest class: who failed once, then who has only
 *      logged in, then who failed more often; but each of these classes keeps
 *      a sixteenth of the table, so that what is new can be counted at all;
 *   3. the oldest lock.
 *
 * So a flood of names that each fail once, the cheap one for whoever guesses,
 * pushes out its own kind only.  To push out a lock, 13 of 16 entries must be
 * locks, and each of these cost its number of failures, from sources that
 * were not locked themselves.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "base/htab.h"
#include "base/mono.h"
#include "base/pool.h"
#include "lns/attempt.h"

enum fail_kind {
	FAIL_USER,		/* from any source */
	FAIL_SOURCE,		/* any user */
	FAIL_PAIR,		/* this user from this source */
	FAIL_KINDS
};

enum fail_class {		/* in the order in which they are given up */
	FAIL_ONCE,
	FAIL_PROVEN,
	FAIL_OFTEN,
	FAIL_LOCKED,
	FAIL_CLASSES
};

struct fail {
	uint64_t key;		/* a hash, never 0 */
	enum fail_kind kind;
	enum fail_class class;
	mono_t touched;
	uint32_t prev, next;	/* slot + 1 in the list of its class */
	char user[ATT_USER_MAX];	/* escaped; empty for a source */
	struct ipaddr prefix;	/* IP_NONE for a user */
	uint32_t tries;		/* what the delay was doubled by */
	mono_t answer_at;	/* no answer before */
	uint32_t failures;	/* since `since` */
	uint32_t sources;	/* of a user: that they came from */
	mono_t since;
	mono_t counted;		/* of a pair: in the user's window that began then */
	uint64_t spelled;	/* of a pair: the whole name that failed, hashed */
	bool proven;		/* of a pair: he has logged in from there, */
	mono_t proven_at;	/* last then */
	uint32_t locked_by;	/* failures that it took */
	mono_t locked_at;
	mono_t until;		/* of the lock */
};

#define FAILS_MIN	64

struct fails {
	struct pool pool;
	struct htab by_key;
	uint32_t first[FAIL_CLASSES];	/* slot + 1: given up first */
	uint32_t last[FAIL_CLASSES];
	uint32_t n[FAIL_CLASSES];
};

size_t	fails_bytes(uint32_t entries);
/* 0, or -1: ENOMEM.  At least FAILS_MIN entries. */
int	fails_init(struct fails *, uint32_t entries);
void	fails_wipe(struct fails *);

/* NULL if there is none of this key; 0 is nobody's. */
struct fail	*fails_find(const struct fails *, uint64_t key);
/*
 * The one of this key, or a new one, all zero but its key and class, for which
 * another may go; what was touched before `stale` does not count any more.
 * Pointers from before are void.
 */
struct fail	*fails_take(struct fails *, mono_t now, mono_t stale,
		    uint64_t key);
/* Puts it at the end of the list of this class. */
void		 fails_touch(struct fails *, mono_t now, struct fail *,
		    enum fail_class);
void		 fails_drop(struct fails *, struct fail *);
/* The lock that was made first; NULL if there is none. */
struct fail	*fails_first_locked(const struct fails *);

size_t	fails_frozen_size(const struct fails *);
void	fails_freeze(const struct fails *, struct wr *);
bool	fails_thaw(struct fails *, struct rd *);	/* into what fails_init() made */

#endif
