/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_HELPER_H
#define L2TPD_HELPER_H

/*
 * DOC: threads that do Diffie-Hellman, so that the control thread never waits.
 *
 * Jobs wait in a bounded queue (threats.md 3.2.3 and 4).  A quarter of it is
 * kept for prefixes that are trusted.  Prefixes take turns, each with its
 * newest job first, and one that has waited HELPERS_SHED_MS is answered as
 * failed without being done: in a storm those are served whose phones still
 * wait, instead of nobody.  A prefix may have the whole queue while nobody else
 * wants it; when it is full, whoever has most waiting makes way for whoever has
 * less.  Answers are picked up by the control thread when the event descriptor
 * is readable.
 */

#include <stdbool.h>

#include "base/bound.h"
#include "base/mono.h"
#include "ipsec/ike.h"

#define HELPERS_SHED_MS	2000

struct helpers;

/* What helpers_start() would make. */
void		 helpers_bounds(unsigned queue, bound_fn *each, void *ctx);

/* `n` threads, `queue` jobs at most.  NULL with errno. */
struct helpers	*helpers_start(unsigned n, unsigned queue);
/* `n` more threads; false with errno when one could not be started. */
bool		 helpers_more(struct helpers *, unsigned n);
void		 helpers_stop(struct helpers *);	/* joins the threads */
/*
 * Copies the job, after what is too old by now was answered as failed.  False
 * if the queue is full all the same: `no` is to be answered as failed, which is
 * the job itself or the one that made way for it.
 */
bool		 helpers_ask(struct helpers *, mono_t now, const struct ike_dh *,
		    struct ike_dh *no);
/* Becomes readable when answers wait; owned by the helpers. */
int		 helpers_fd(const struct helpers *);
/* One answer; false if there is none (and the descriptor is quiet again). */
bool		 helpers_answer(struct helpers *, struct ike_dh *);

#endif
