/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user sees while it runs: see progress.h. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "l2tpload/progress.h"

mono_t
progress_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return mono_us((uint64_t)ts.tv_sec * 1000000 +
	    (uint64_t)ts.tv_nsec / 1000);
}

void
progress_say(mono_t began, const char *fmt, ...)
{
	uint64_t ms = mono_since_ms(progress_now(), began);
	va_list ap;

	(void)printf("%6" PRIu64 ".%03u ", ms / 1000, (unsigned)(ms % 1000));
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)printf("\n");
	(void)fflush(stdout);
}
