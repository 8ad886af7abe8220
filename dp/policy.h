/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_POLICY_H
#define DP_POLICY_H

/*
 * DOC: what one session may do: access rules and rates, of those sessions
 * that have any.  Control replaces a policy as a whole while packets flow;
 * only its meters change after publication.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/acl_rule.h"
#include "base/drop.h"
#include "base/rcu.h"
#include "dp/dp.h"
#include "dp/inner.h"
#include "dp/meter.h"

struct tables;
struct sess;

struct policy {
	struct rcu_head gone;
	uint32_t acl;		/* in tables.acl; 0: none */
	struct meter rx, tx;
};

/* Rates within what struct dp_policy allows, and a possible ACL number? */
bool		 policy_ok(const struct dp_policy *);
/* `old` may be NULL; see meter_init().  NULL: no memory. */
struct policy	*policy_new(const struct dp_policy *,
		    const struct policy *old);
void		 policy_free(struct policy *);

/*
 * Of a packet or super-packet of this session, which inner_ip() has checked:
 * may it pass by the rules?  `bytes`, headers of all parts included, by the
 * rate?  DROP_NONE, or the reason, which the session has counted.
 */
enum drop	 policy_acl(const struct policy *, const struct tables *,
		    struct sess *, enum acl_dir, const uint8_t *p,
		    const struct inner *);
enum drop	 policy_rate(struct policy *, struct sess *, enum acl_dir,
		    mono_t now, uint32_t bytes);

#endif
