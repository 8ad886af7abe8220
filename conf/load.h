/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_LOAD_H
#define CONF_LOAD_H

/* DOC: from a configuration file to a struct conf. */

#include <stddef.h>

#include "conf/conf.h"

#define CONF_FILE_MAX	(1u << 20)	/* bytes of a configuration file */

/*
 * Reads and checks the file and the psk-file it names.  NULL and
 * report->error if anything is wrong; else a struct conf that the caller owns
 * and the warnings in the report, to be logged at each start.  Not for several
 * threads at once: the syntax library keeps its scanner in one place.
 */
struct conf	*conf_load(const char *path, struct conf_report *report);
/* The same from n bytes of text; `name` stands for the file in messages. */
struct conf	*conf_load_text(const char *name, const char *text, size_t n,
		    struct conf_report *report);
/* Wipes the secrets; NULL is fine. */
void		 conf_free(struct conf *);

#endif
