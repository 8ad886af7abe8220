/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_LOAD_INT_H
#define CONF_LOAD_INT_H

/* DOC: what load.c, file.c and check.c share: the file being read. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "conf/schema.h"

#define LOAD_POOL_NONE	CONF_POOLS_MAX	/* index of what is in no pool */

struct load {			/* one file being read */
	const char *file;	/* its name, for messages */
	struct conf *conf;
	struct conf_report *report;
	bool ended;		/* the parser came to the end of the file */
	/* Line where each option was given last, 0 if it was not. */
	uint32_t line[CONF_POOLS_MAX + 1][SCHEMA_ROWS_MAX];
};

/*
 * Records why the file is refused: "file:line: section.name: ...".  Only the
 * first reason stays.  Returns false.
 */
bool	load_fail(struct load *, size_t pool, const char *section,
	    const char *name, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));
void	load_warn(struct load *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Reads a whole file of at most `max` bytes into memory that the caller owns,
 * with a NUL behind it; refuses NUL bytes.  NULL with a message in err.
 * *open_to_all tells whether others may read it.
 */
char	*file_read(const char *path, size_t max, size_t *n, bool *open_to_all,
	    char *err, size_t err_n);
/* Overwrites and frees what file_read() gave. */
void	 file_free(char *text, size_t n);

/* The rules between options; fills the derived members. */
bool	check_conf(struct load *);

#endif
