/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_PROGRESS_H
#define L2TPLOAD_PROGRESS_H

/* DOC: the clock of both event loops, and their lines on standard output. */

#include "base/mono.h"

/* Since some moment before the program began. */
mono_t	progress_now(void);

/* One line: the seconds since `began', then the text. */
void	progress_say(mono_t began, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
