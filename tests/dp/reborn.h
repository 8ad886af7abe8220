/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_DP_REBORN_H
#define TESTS_DP_REBORN_H

/*
 * DOC: a pair of SAs as it is after the death of the process that sealed on it.
 *
 * Its keys and where it leads are known, and its replay window, which lay in
 * memory that survives; how far its sender had come is not: that goes on
 * behind what was reserved (threats.md 6.3).
 */

#include <stdbool.h>

#include "dp/dp.h"

/*
 * The pair d->sa is made anew, with d's suite, keys, SPIs, seq_out and
 * seq_limit; all else is as it was.  From control's thread, no worker running
 * or entered.  False: there is no such pair, or no memory.
 */
bool	reborn_sa(struct dp *, const struct dp_sa *d);

#endif
