/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_RECORD_H
#define DP_RECORD_H

/*
 * DOC: the recorder: a struct dp_ops that carries nothing and writes down
 * what was asked, a line each, for tests of the control side.
 *
 *	sa-add sa=7 path=1 in=00001001 out=80001001 aes256-sha1 udp
 *	    203.0.113.1:4500 port=1701 seq=0..1000
 *	sess-open sess=5001 10.9.0.2 mtu=1400 prefix=2001:db8:0:1::/64
 *	    route=10.8.0.0/24
 *	sess-policy sess=5001 acl=3 rx=1000000/0 tx=8000000/65536
 *	acl-set acl=3 rules=2
 *	send-l2tp path=1 c802000c...
 *
 * What was added can be asked for (sa_heard, sess_count answer zero) and must
 * be deleted once; deleting what is not there is written down as "unknown".
 * Addresses, routes, policies and ACLs are "refused" as the workers refuse
 * them, but that there are no gateways here, no limit on all routes, and
 * memory.  Keys are not written.
 */

#include <stddef.h>

#include "dp/dp.h"

extern const struct dp_ops dp_recorder;

/* At most `cap` SAs and `cap` sessions at a time.  NULL: no memory. */
struct dp	*record_new(uint32_t cap);
void		 record_free(struct dp *);

/* All lines since the last record_clear(), borrowed until the next call. */
const char	*record_text(const struct dp *);
void		 record_clear(struct dp *);
/* Bytes of the last send_l2tp() or send_ppp(). */
struct rd	 record_sent(const struct dp *);
/* What is there now. */
uint32_t	 record_sas(const struct dp *);
uint32_t	 record_sessions(const struct dp *);

#endif
