/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_CTL_RADTEST_H
#define L2TPD_CTL_RADTEST_H

/* DOC: logins for trial (lns/radtest.h) as JSON, both ways. */

#include <jansson.h>
#include <stdint.h>

#include "l2tpd/host.h"

/* The test that these arguments ask for: its number, or 0 and why. */
uint32_t ctl_radtest_begin(struct host *, const json_t *args,
	    const char **why);
/* The answer; NULL: the test has not ended. */
json_t	*ctl_radtest_answer(const struct host *, uint32_t test);

#endif
