/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_PRINT_H
#define CONF_PRINT_H

/* DOC: a struct conf as a configuration file in its canonical form. */

#include <stdbool.h>
#include <stdio.h>

#include "conf/conf.h"

/*
 * Every option in the table's order with its value, those without one as a
 * comment.  Reading the output gives the same struct, and printing that the
 * same output, if `secrets`; without, keys are printed as (hidden), which no
 * file may contain.  False if writing failed.
 */
bool	conf_print(const struct conf *, FILE *, bool secrets);

#endif
