/* SPDX-License-Identifier: BSD-2-Clause */
/* What one session may do: see policy.h. */

#include <stdlib.h>

#include "dp/acl.h"
#include "dp/policy.h"
#include "dp/tables.h"

static bool
policy_rate_ok(uint64_t bps)
{
	return bps == 0 || (bps >= DP_RATE_MIN && bps <= DP_RATE_MAX);
}

bool
policy_ok(const struct dp_policy *d)
{
	return d->acl <= DP_ACLS_MAX && policy_rate_ok(d->rx_bps) &&
	    policy_rate_ok(d->tx_bps);
}

struct policy *
policy_new(const struct dp_policy *d, const struct policy *old)
{
	struct policy *po = calloc(1, sizeof(*po));

	if (po == NULL)
		return NULL;
	po->acl = d->acl;
	meter_init(&po->rx, d->rx_bps, d->rx_burst,
	    old == NULL ? NULL : &old->rx);
	meter_init(&po->tx, d->tx_bps, d->tx_burst,
	    old == NULL ? NULL : &old->tx);
	return po;
}

void
policy_free(struct policy *po)
{
	free(po);
}

/* A session whose rules are gone passes nothing. */
enum drop
policy_acl(const struct policy *po, const struct tables *t, struct sess *s,
    enum acl_dir dir, const uint8_t *p, const struct inner *in)
{
	const struct acl *acl;

	if (po->acl == 0)
		return DROP_NONE;
	acl = atomic_load_explicit(&t->acl[po->acl], memory_order_acquire);
	if (acl != NULL && acl_permits(acl, dir, p, in))
		return DROP_NONE;
	atomic_fetch_add_explicit(&s->acl_drops, 1, memory_order_relaxed);
	return DROP_INNER_ACL;
}

enum drop
policy_rate(struct policy *po, struct sess *s, enum acl_dir dir, mono_t now,
    uint32_t bytes)
{
	if (meter_pass(dir == ACL_TO_CLIENT ? &po->tx : &po->rx, now, bytes))
		return DROP_NONE;
	atomic_fetch_add_explicit(&s->rate_drops, 1, memory_order_relaxed);
	return DROP_INNER_RATE;
}
