/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_LOOP_H
#define L2TPD_LOOP_H

/* DOC: the control thread: events in, calls of the concentrator, actions out. */

#include "l2tpd/host.h"

/* Descriptors the loop waits on besides its own. */
struct loop_fds {
	int punt;		/* workers have notes */
	int monitor;		/* readable when the root monitor is gone */
};

/* Makes the events; false with errno. */
bool	loop_init(struct host *, const struct loop_fds *);
/* Runs until a signal has ended everything politely; false: it could not begin. */
bool	loop_run(struct host *);
void	loop_wipe(struct host *);

#endif
