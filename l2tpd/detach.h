/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_DETACH_H
#define L2TPD_DETACH_H

/*
 * DOC: where log lines go, and the way into the background.
 *
 * The starter stays until the daemon is ready or has failed, so that its exit
 * status is the truth and every line of a failed start is still on its
 * terminal.  Afterwards all our processes let go of that terminal.
 */

#include <stdbool.h>

#include "base/log.h"

/* Lines go to standard error. */
void	detach_log(enum log_level);
/*
 * Forks.  The starter never returns: its status is 0 when the daemon is
 * ready, else the daemon's.  In the daemon: true and a descriptor for
 * detach_tell(), or false with errno.
 */
bool	detach_start(int *ready);
/* All is up: lets the starter go.  By one process; -1 is nobody. */
void	detach_tell(int ready);
/* By each process: lines go to syslog, the terminal and folder are let go. */
void	detach_done(enum log_level);

#endif
