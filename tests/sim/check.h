/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_CHECK_H
#define TESTS_SIM_CHECK_H

/*
 * DOC: what is watched on the wire: I2 (no ESP sequence number twice, in
 * rising order) and I5 (no amplification towards unverified addresses) of
 * threats.md 6.6.  Each check answers NULL or what is wrong.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/endpoint.h"
#include "base/rng.h"

struct check;

/* Watches so many SAs and addresses at once; what is beyond goes unseen. */
struct check	*check_new(struct rng *, uint32_t flows, uint32_t fars);
void		 check_free(struct check *);

/* An ESP packet leaves; `who` tells the sides apart, far is its receiver. */
const char	*check_esp(struct check *, uint32_t who,
		    const struct ipaddr *far, struct rd esp);
/* An IKE message (no marker) came in to, or leaves, the server. */
void		 check_ike_in(struct check *, const struct ipaddr *from,
		    struct rd message);
const char	*check_ike_out(struct check *, const struct ipaddr *to,
		    struct rd message);

#endif
