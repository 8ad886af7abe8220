/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_ECHO_H
#define L2TPLOAD_ECHO_H

/*
 * DOC: the host behind, for `l2tpload traffic': sends every datagram back to
 * where it came from, as many at a time as the kernel gives.
 */

#include "l2tpload/options.h"

/* Until a signal ends the process; else the exit status. */
int	echo_run(const struct options *);

#endif
