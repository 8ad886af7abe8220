/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_ACL_H
#define DP_ACL_H

/*
 * DOC: access rules, compiled.  Stateless: each packet for itself.
 *
 * Rules are tried in their order and the first that fits decides; what none
 * fits is denied.  One block holds them, apart by direction and family, so a
 * packet meets only the rules that could fit it.
 *
 * What is behind the IP header (ports; type of ICMP) cannot always be seen:
 *
 *  - A later fragment has none.  It fits a permit rule by the rest of the
 *    rule, and never a deny rule that looks at them.  Its first fragment is
 *    judged in full, and without that one nothing can be put together.
 *  - A packet too short for them fits every deny rule that looks at them, and
 *    never a permit rule that does.
 *
 * The protocol of an IPv6 packet is what follows its extension headers; of a
 * later fragment, what the fragment header says (which may be a lie: see
 * above).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/acl_rule.h"
#include "base/rcu.h"
#include "dp/inner.h"

struct acl_match {		/* one rule */
	uint64_t src[2], src_mask[2]; /* as the bytes lie in memory */
	uint64_t dst[2], dst_mask[2];
	struct acl_ports sport, dport; /* of ICMP sport is the type */
	uint16_t proto, proto_mask;
	bool permit;
	bool deep;		/* looks behind the IP header */
};

struct acl_list {		/* part of acl.match */
	uint32_t first, n;
};

struct acl {			/* immutable */
	struct rcu_head gone;
	struct acl_list list[2][2]; /* to the client?  IPv6? */
	struct acl_match match[];
};

/* Bytes that acl_new() asks for. */
size_t		 acl_bytes(uint32_t n);
/* 1 to ACL_RULES_MAX rules.  NULL: other numbers, a bad rule, no memory. */
struct acl	*acl_new(const struct acl_rule *, uint32_t n);
void		 acl_free(struct acl *);
/*
 * The packet at p, which inner_ip() has checked; dir is ACL_FROM_CLIENT or
 * ACL_TO_CLIENT.
 */
bool		 acl_permits(const struct acl *, enum acl_dir dir,
		    const uint8_t *p, const struct inner *);

#endif
