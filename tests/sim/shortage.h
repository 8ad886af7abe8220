/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_SHORTAGE_H
#define TESTS_SIM_SHORTAGE_H

/*
 * DOC: memory that is short where the concentrator asks for it in the midst of
 * its life.  The program is linked with --wrap=ppp_new.
 */

#include <stdint.h>

#include "base/rng.h"

/* So often there is no memory for a link of the concentrator; 0: enough. */
void	shortage_ppp(struct rng *, uint16_t per_thousand);

#endif
