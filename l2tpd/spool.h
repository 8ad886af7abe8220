/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_SPOOL_H
#define L2TPD_SPOOL_H

/*
 * DOC: accounting records on disk until they are acknowledged.
 *
 * The control thread hands records over and goes on; a thread of its own
 * writes what has come meanwhile as one batch with one sync, and answers.  So
 * a disk that is slow or full costs the control thread nothing.  A failure is
 * an answer, and one line in the log when it begins and one when it ends.
 *
 * Files: spool_seg (the bytes of a file), spool_disk (the directory), spool
 * (the thread and its queue).
 *
 * The directory is made and owned by the daemon's user before privileges go
 * (PRIV_SPOOL); all is done relative to its descriptor.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l2tpd/spool_disk.h"

#define SPOOL_TEXT	160	/* bytes of a line that says why, with the NUL */

struct spool;

/* Descriptors: the directory and its twin, a file to write, one to read, the
 * answers'. */
#define SPOOL_FILES	5
/*
 * What spool_open() would make; more if the directory holds more records than
 * may be.
 */
void		 spool_bounds(uint32_t entries, bound_fn *each, void *ctx);

/*
 * Reads what is there and logs what was damaged; may wait for the disk.
 * params->dir is taken over.  NULL and one line in err.
 */
struct spool	*spool_open(const struct spool_params *, char err[SPOOL_TEXT]);
/*
 * Before spool_start(): the records that are there, in ascending numbers.
 * The block is borrowed until the next call.  False: no more.
 */
bool		 spool_next(struct spool *, uint64_t *number, struct rd *block);
/* Starts the thread; false with errno. */
bool		 spool_start(struct spool *);
/* Writes what is queued (that may wait for the disk), ends the thread, frees. */
void		 spool_stop(struct spool *);

/*
 * Copies the block; spool_answer() tells what became of it.  False: the queue
 * is full, as the disk is too slow, and no answer will come.
 */
bool		 spool_store(struct spool *, uint64_t number, struct rd block);
/* What is not there is ignored; there is no answer. */
void		 spool_forget(struct spool *, uint64_t number);
/* Becomes readable when answers wait; owned by the spool. */
int		 spool_fd(const struct spool *);
/* One answer; false if there is none (and the descriptor is quiet again). */
bool		 spool_answer(struct spool *, uint64_t *number, bool *ok);

struct spool_state {
	uint64_t bytes;		/* of the files */
	uint32_t records;	/* that live in them */
	uint32_t segments;
	uint32_t queued;	/* stores without an answer */
	uint64_t stored, forgotten;
	uint64_t refused;	/* the queue was full */
	uint64_t failed;	/* answered with false */
	uint64_t damaged;	/* stretches of files that could not be read */
	uint64_t torn;		/* ends of a write that a crash cut short */
	uint64_t copied;	/* records written again to free older files */
	uint64_t syncs;
	bool ok;		/* the last record was written */
};
void		 spool_state(struct spool *, struct spool_state *);

#endif
