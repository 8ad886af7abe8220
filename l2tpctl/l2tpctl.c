/* SPDX-License-Identifier: BSD-2-Clause */
/* l2tpctl: asks and commands a running l2tpd. */

#include <stdio.h>

#include "l2tpctl/run.h"

int
main(int argc, char **argv)
{
	return (int)run_main(argc, argv, stdout, stderr);
}
