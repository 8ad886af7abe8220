/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_RADTEST_INT_H
#define LNS_RADTEST_INT_H

/* What the concentrator asks of its tests: see radtest.h. */

#include "lns/lns_int.h"
#include "lns/radtest.h"

/* What they take. */
void	radtest_bounds(bound_fn *each, void *ctx);
/* False: no memory. */
bool	radtest_init(struct lns *);
void	radtest_wipe(struct lns *);
/* RADIUS answered the question of a test. */
void	radtest_answered(struct lns *, mono_t now, const struct radius_act *);
/* Is there one whose end is to be told? */
bool	radtest_untold(const struct lns *);
/* Tells of as many as the box has room for. */
void	radtest_tell(struct lns *, struct lns_out *);

#endif
