/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_FILES_H
#define L2TPD_FILES_H

/* DOC: enough descriptors, or no start (threats.md D-13). */

#include <stdbool.h>
#include <stddef.h>

/* May this process have so many descriptors?  Else one line in err. */
bool	files_may(size_t need, char *err, size_t err_size);
/*
 * Raises the soft limit to `need` if it is lower; processes that are forked
 * from now on have it, too.  False and one line in err if the hard limit is in
 * the way; nothing is changed then.
 */
bool	files_raise(size_t need, char *err, size_t err_size);

#endif
