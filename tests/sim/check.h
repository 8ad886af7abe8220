/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_CHECK_H
#define TESTS_SIM_CHECK_H

/*
 * DOC: what is watched on the wire: I2 (no ESP sequence number twice, in
 * rising order) and I5 (no amplification towards unverified addresses) of
 * threats.md 6.6; and, without a memory of their own, I6 (limits) and I9
 * (timers).  Each check answers NULL or what is wrong.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/endpoint.h"
#include "base/mono.h"
#include "base/rng.h"
#include "lns/show.h"

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

/* I6: what is shown, against what the parameters promise. */
const char	*check_limits(const struct lns_params *,
		    const struct show_status *);
/* I6, I3: leases of a pool that should have so many addresses. */
const char	*check_leases(const struct show_pool *, uint32_t addresses,
		    uint32_t sessions);
/*
 * I9: an engine was told the time before its deadline; did it act, and what is
 * its deadline now?
 */
const char	*check_early(mono_t deadline, mono_t now, bool acted,
		    mono_t after);
/*
 * I9: a thawed engine reckons its deadline from all that it waits for; it may
 * have had an earlier one, which has nothing to do, but no later one.
 */
const char	*check_thawed(mono_t before, mono_t after);
/* I9: an engine is told of its deadline now; the machine slept until awake. */
const char	*check_late(mono_t deadline, mono_t now, mono_t awake);

#endif
