/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_BOUNDS_H
#define L2TPD_BOUNDS_H

/*
 * DOC: what this configuration comes to when every table is full: bytes and
 * descriptors, known before anything is made (threats.md 3.2.9, D-13).
 *
 * Bytes are what we ask the allocator for.  Not in them, because they have no
 * fixed size or are not ours: the host's own few objects, the configuration
 * and the users, more records than may be in a spool that is read, answers of the
 * status socket on their way out, what was deleted and waits for the workers
 * to pass, stacks, contexts of OpenSSL, and the kernel's socket buffers.
 */

#include <stddef.h>
#include <stdio.h>

#include "base/bound.h"
#include "dp/worker.h"
#include "l2tpd/priv.h"
#include "lns/lns.h"

struct bounds {			/* what all follows from; borrowed */
	const struct lns_params *lns;
	const struct priv_params *priv;
	struct dp_params dp;
	unsigned dh_queue;	/* jobs */
};

void	bounds_each(const struct bounds *, bound_fn *each, void *ctx);
size_t	bounds_bytes(const struct bounds *);	/* of all rows */
/* Descriptors that the daemon's process may have open at once. */
size_t	bounds_files(const struct bounds *);
/* As comment lines of a configuration file. */
void	bounds_print(const struct bounds *, FILE *);
/* The sum at info, each row at debug. */
void	bounds_log(const struct bounds *);

#endif
