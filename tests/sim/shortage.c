/* SPDX-License-Identifier: BSD-2-Clause */
/* Links that find no memory: see shortage.h. */

#include <stddef.h>

#include "ppp/ppp.h"
#include "tests/sim/shortage.h"

/* The linker's names, not ours. */
struct ppp	*__real_ppp_new(const struct ppp_params *, enum ppp_role,
		    struct rng *, struct drops *);
struct ppp	*__wrap_ppp_new(const struct ppp_params *, enum ppp_role,
		    struct rng *, struct drops *);

static _Thread_local struct {
	struct rng *rng;
	uint16_t per_thousand;
} shortage;

void
shortage_ppp(struct rng *rng, uint16_t per_thousand)
{
	shortage.rng = rng;
	shortage.per_thousand = per_thousand;
}

/* Only the concentrator authenticates: phones find memory. */
struct ppp *
__wrap_ppp_new(const struct ppp_params *params, enum ppp_role role,
    struct rng *rng, struct drops *drops)
{
	if (role == PPP_AUTHENTICATOR && shortage.per_thousand != 0 &&
	    rng_below(shortage.rng, 1000) < shortage.per_thousand)
		return NULL;
	return __real_ppp_new(params, role, rng, drops);
}
