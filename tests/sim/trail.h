/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_TRAIL_H
#define TESTS_SIM_TRAIL_H

/*
 * DOC: what happened in a simulated run, as text: one line per event, the time
 * in front.  The last lines are kept and printed when an invariant breaks; with
 * a file all lines go there at once (transcripts of tests/golden).
 *
 *	12.003 srv  ike SEND 20.0.0.1:4500 main len=76
 */

#include <stdio.h>

#include "base/buf.h"
#include "base/mono.h"

#define TRAIL_LINES	400
#define TRAIL_WIDTH	120	/* bytes of a line with the NUL */

struct trail {
	FILE *all;		/* borrowed; NULL: only the last are kept */
	unsigned n;		/* lines ever written */
	char line[TRAIL_LINES][TRAIL_WIDTH];
};

void	trail_add(struct trail *, mono_t now, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
void	trail_print(const struct trail *, FILE *);

/* One message in words; each writes at most TRAIL_WIDTH bytes, returns buf. */
const char	*trail_ike(char *buf, struct rd message);
const char	*trail_l2tp(char *buf, struct rd control);
const char	*trail_ppp(char *buf, struct rd frame);

#endif
