/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPCTL_RUN_H
#define L2TPCTL_RUN_H

/* DOC: l2tpctl from its command line to its exit status. */

#include <stdio.h>

enum run_exit {
	RUN_OK = 0,
	RUN_REFUSED = 1,	/* by the daemon, such as: no such session */
	RUN_USAGE = 2,
	RUN_NO_DAEMON = 3
};

/* The streams are borrowed. */
enum run_exit	run_main(int argc, char **argv, FILE *out, FILE *err);

#endif
