/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_APPLY_H
#define L2TPD_APPLY_H

/*
 * DOC: from the configuration to the parameters of what runs.  The engines
 * know nothing of conf/; this is the one place where both are seen.
 */

#include <stddef.h>

#include "conf/conf.h"
#include "conf/users.h"
#include "dp/worker.h"
#include "l2tpd/nat.h"
#include "lns/lns.h"

/*
 * The parameters of the concentrator.  Users' names and passwords are
 * borrowed from `users`; keys are copied.  The caller gives the result to
 * apply_free().  NULL with one line in err if the parts do not fit together.
 */
struct lns_params	*apply_params(const struct conf *, const struct users *,
			    char *err, size_t err_size);
void			 apply_free(struct lns_params *);	/* wipes the keys */

/* The data plane's; the source of randomness is the caller's to add. */
struct dp_params	 apply_dp(const struct conf *, const struct lns_params *,
			    unsigned workers);

/*
 * What forwarding is made of: every address that a peer can have.  False and
 * one line in err if they do not fit.
 */
bool			 apply_nat(const struct conf *, const struct users *,
			    struct nat *, char *err, size_t err_size);

#endif
