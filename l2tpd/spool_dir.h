/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_SPOOL_DIR_H
#define L2TPD_SPOOL_DIR_H

/* DOC: the spool's directory, made by the root monitor for the daemon. */

#include <stddef.h>
#include <sys/types.h>

/*
 * Makes the directory if it is not there (its parent must be), with mode 0700
 * and this owner, and opens it.  One that is there is taken if it is the
 * daemon's already, or root's and empty: a wrong word in the configuration
 * gives nothing else away.  Nobody else can reach into it then.  The
 * descriptor, or -1 and one line in err.
 */
int	spool_dir_open(const char *path, uid_t, gid_t, char *err,
	    size_t err_size);

#endif
