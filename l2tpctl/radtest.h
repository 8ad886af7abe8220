/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPCTL_RADTEST_H
#define L2TPCTL_RADTEST_H

/* DOC: `radius test': one question for each method, shown as they come. */

#include <stdbool.h>

#include "l2tpctl/cmd.h"
#include "l2tpctl/run.h"

struct radtest {		/* all borrowed */
	const struct cmd *cmd;
	const char *socket;
	const char *user;
	const char *method;	/* NULL: all, one after the other */
	const char *server;	/* NULL: whom a login would ask */
	const char *password_file;	/* NULL: standard input; a terminal asks */
	bool json, colour;
};

/* RUN_OK if a method was accepted; complaints are the caller's: `why`. */
enum run_exit	radtest_run(const struct radtest *, FILE *out, FILE *err,
		    char *why, size_t n);

#endif
