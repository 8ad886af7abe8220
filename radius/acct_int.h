/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RADIUS_ACCT_INT_H
#define RADIUS_ACCT_INT_H

/*
 * DOC: the inside of the accounting queue.
 *
 * A record stands in several lists at once, linked by handles, so that all is
 * frozen with the pools.  In a group, barriers cut time into epochs: a record
 * may go when its epoch has come and it is the first of its session.  An epoch
 * is over when nothing of it `holds` it any more.
 */

#include "base/due.h"
#include "base/htab.h"
#include "base/pool.h"
#include "radius/acct.h"

#define ACCT_CHUNK	252	/* bytes of attributes in one */
#define ACCT_DEAD	1024	/* slots for records that wait to be forgotten */

enum acct_list_of {		/* the lists a record may stand in */
	ACCT_IN_SESSION,	/* of its session, in order */
	ACCT_IN_GROUP,		/* of its group, all in order */
	ACCT_IN_QUEUE,		/* READY: of its group; DEAD: of all */
	ACCT_IN_STORE,		/* to be given to the disk */
	ACCT_IN_YIELD,		/* Interims, or orphans: who gives way */
	ACCT_LISTS
};

enum acct_rec_state {
	ACCT_WAIT,	/* for its epoch, or for others of its session */
	ACCT_READY,
	ACCT_REST,	/* it failed; due later */
	ACCT_FLIGHT,
	ACCT_ORPHAN,	/* its group is not configured */
	ACCT_GONE	/* to be forgotten on disk */
};

enum acct_lost {		/* why a record is given up */
	ACCT_LOST_NOT,
	ACCT_LOST_FULL,
	ACCT_LOST_WRONG,
	ACCT_LOST_BROKEN,
	ACCT_LOST_OVERTAKEN,
	ACCT_LOST_ORPHAN
};

struct acct_list {
	uint32_t head, tail;	/* handles; 0: empty */
	uint32_t n;
};

struct acct_link {
	uint32_t prev, next;
};

struct acct_rec {
	uint64_t number, session, event_ms, epoch;
	uint64_t acks;		/* of its group when it was first sent */
	mono_t due;		/* REST */
	struct acct_link link[ACCT_LISTS];
	uint32_t group;
	uint32_t order;		/* its session; 0: a barrier or an orphan */
	uint32_t chunk;		/* the first one */
	uint32_t len;		/* bytes of attributes */
	uint32_t tries, ignored;
	uint8_t kind, state, lost;
	bool asked;		/* the disk may have it */
	bool storing;		/* asked, not answered yet */
	bool wanted;		/* in the list of those to be stored */
	bool passed;		/* holds no epoch any more */
	bool overtaken;		/* holds no session any more */
	/* Of an orphan: on disk under this name. */
	char name[ACCT_NAME_MAX];
};

struct acct_chunk {
	uint32_t next;
	uint8_t b[ACCT_CHUNK];
};

struct acct_order {		/* a session of a group with records here */
	uint64_t session;
	uint32_t group;
	struct acct_list list;
};

struct acct_group {
	struct acct_list all, ready;
	uint32_t in_flight;
	uint32_t tries;		/* rests in a row; >0: one at a time */
	mono_t rest;		/* until then */
	uint64_t acks;
	uint64_t put_epoch;	/* of what comes next */
	uint64_t epoch;		/* what may go now */
	uint32_t holds;		/* records that keep the epoch from ending */
	uint32_t stray;		/* barriers that were passed */
};

/* What is frozen as it is; then come the pools. */
struct acct_core {
	uint64_t last;		/* number given */
	struct acct_group group[ACCT_GROUPS_MAX];
	struct acct_list dead, store, interims, orphans;
	uint32_t live;		/* records but for dead ones */
	uint32_t storing;
	bool disk_ok;
	mono_t store_at;	/* not before, while the disk is not */
	mono_t now;		/* of the last call */
	mono_t lost_at;		/* ACCT_LOST for want of room: not before */
	uint64_t put, restored, delivered, replaced, yielded, refused,
	    given_up, retried;
};

struct acct {
	const struct acct_params *params;
	struct rng *rng;
	struct drops *drops;
	struct acct_core c;
	struct pool recs, orders, chunks;
	struct htab by_number, by_session;
	struct hash_key key;
	struct due due;		/* REST, by slot of recs */
};

/* ---- acct_rec.c: records, their lists, bytes and blocks ---- */

struct acct_rec	*acct_rec_get(const struct acct *, uint32_t handle);
uint32_t	 acct_rec_find(const struct acct *, uint64_t number);

void	acct_rec_push(struct acct *, struct acct_list *, enum acct_list_of,
	    uint32_t handle);
/* Before `at`, which is in the list. */
void	acct_rec_insert(struct acct *, struct acct_list *, enum acct_list_of,
	    uint32_t handle, uint32_t at);
void	acct_rec_cut(struct acct *, struct acct_list *, enum acct_list_of,
	    uint32_t handle);

/* Would a record of n bytes fit? */
bool	acct_rec_fits(const struct acct *, size_t n);
/*
 * A record with its attributes, in the list of all numbers and in no other;
 * its handle.  0: no memory, which acct_rec_fits() had ruled out but for
 * dead records.
 */
uint32_t acct_rec_add(struct acct *, uint64_t number,
	    const struct acct_record *);
/* Gives the attributes and the number back; the record itself remains. */
void	acct_rec_empty(struct acct *, struct acct_rec *);
/* Memory taken by attributes, in bytes. */
size_t	acct_rec_bytes(const struct acct *);
/* The attributes, at `to`, which has room for r->len. */
void	acct_rec_attrs(const struct acct *, const struct acct_rec *,
	    uint8_t *to);

uint32_t acct_rec_order(const struct acct *, uint32_t group,
	    uint64_t session);
uint32_t acct_rec_order_add(struct acct *, uint32_t group, uint64_t session);
void	acct_rec_order_del(struct acct *, uint32_t order);

size_t	acct_rec_block_size(const struct acct *, const struct acct_rec *);
void	acct_rec_block(const struct acct *, const struct acct_rec *,
	    struct wr *);
/* The name is borrowed from the block.  False: damaged. */
bool	acct_rec_parse(struct rd block, struct acct_record *, struct rd *name);

/* Rebuilds what is not frozen; false if the records make no sense. */
bool	acct_rec_index(struct acct *);

#endif
