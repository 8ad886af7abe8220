/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPCTL_PASSWORD_H
#define L2TPCTL_PASSWORD_H

/* DOC: a password, from where nobody else reads it. */

#include <stdbool.h>
#include <stdio.h>

#include "base/secret.h"

/*
 * The first line of what is open there, without its end.  On a terminal it is
 * asked for on `prompt` and not echoed; a signal that would end or stop the
 * program gives up, with the terminal as it was.  False, and a constant says
 * why.
 */
bool	password_read(int fd, FILE *prompt, struct secret *, const char **why);

#endif
