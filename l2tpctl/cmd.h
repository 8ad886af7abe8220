/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPCTL_CMD_H
#define L2TPCTL_CMD_H

/* DOC: the commands as a table: what is asked, and how the answer is shown. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "show/out.h"

enum cmd_shape {		/* of the answer's data */
	CMD_RECORD,		/* one object */
	CMD_TABLE,		/* a list of objects */
	CMD_COUNTS,		/* an object of numbers; zeros are left out */
	CMD_TEXT		/* an object whose "text" is printed as it is */
};

enum cmd_kind {			/* how a field looks */
	CMD_AS_IS,
	CMD_BYTES,
	CMD_SPAN,		/* seconds */
	CMD_WHEN,		/* seconds since 1970 */
	CMD_MOOD		/* "up" and "refused" in colours */
};

#define CMD_FIELDS_MAX	32
#define CMD_ALL		"--all"	/* instead of an argument */

struct cmd_field {
	const char *key;	/* in the answer */
	const char *label;	/* for people */
	enum cmd_kind kind;
};

struct cmd {
	/* One or two words; over the socket with "-" between them. */
	const char *name;
	/* Name of its argument, and of one in brackets that may be missing;
	 * NULL: none. */
	const char *arg;
	const char *help;
	enum cmd_shape shape;
	struct cmd_field field[CMD_FIELDS_MAX];	/* for people, in order */
};

/* NULL past the end. */
const struct cmd	*cmd_at(size_t i);
const struct cmd	*cmd_find(const char *name);
bool			 cmd_takes_all(const struct cmd *);
/* The question's arguments, the caller's; NULL if there are none. */
json_t			*cmd_args(const struct cmd *, const char *arg);
/* False if the data has not the shape of the command.  CMD_TEXT only in JSON. */
bool			 cmd_show(const struct cmd *, const json_t *data,
			    struct out *);

#endif
