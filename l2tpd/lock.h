/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_LOCK_H
#define L2TPD_LOCK_H

/*
 * DOC: one daemon per run directory.
 *
 * The pid file is locked as long as any of our processes lives.  Its first
 * line is the number of the process that was started; a second line "made"
 * says that the directory is ours, so that a run after a killed one takes it
 * away, too.
 */

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

struct lock {
	bool made;		/* the directory: we, or a killed run */
	char dir[CONF_PATH_MAX], path[CONF_PATH_MAX + 16];
};

/*
 * Makes the directory if it is not there.  False and one line in err;
 * nothing is changed then.
 */
bool	lock_take(struct lock *, const char *run_dir, char *err,
	    size_t err_size);
/* Takes file and directory away.  The lock itself ends with the process. */
void	lock_drop(const struct lock *);

#endif
