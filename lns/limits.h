/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_LIMITS_H
#define LNS_LIMITS_H

/*
 * DOC: what failed logins cost: after each one the next answer for that user
 * and for that prefix (/32, /64) is kept back 1, 2, 4 ... seconds.  And how
 * many calls may begin in a second.
 */

#include "lns/lns_int.h"

/* When may a question of this user (escaped) from there be answered? */
mono_t	limits_answer_at(const struct lns *, mono_t now, const char *user,
	    const struct endpoint *remote);
void	limits_failed(struct lns *, mono_t now, const char *user,
	    const struct endpoint *remote);
void	limits_succeeded(struct lns *, const char *user,
	    const struct endpoint *remote);
/* May one more call begin now (calls per second over all)? */
bool	limits_call(struct lns *, mono_t now);

#endif
