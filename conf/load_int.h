/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_LOAD_INT_H
#define CONF_LOAD_INT_H

/* DOC: what load.c, file.c and check.c share: the file being read. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "conf/schema.h"

#define LOAD_NONE	SIZE_MAX	/* number of what is in no titled section */
#define LOAD_TITLED_MAX	(CONF_POOLS_MAX + CONF_GROUPS_MAX + \
	2 * CONF_SERVERS_MAX + CONF_REALMS_MAX + \
	CONF_ACLS_MAX)	/* sections, in all */

struct load {			/* one file being read */
	const char *file;	/* its name, for messages */
	struct conf *conf;
	struct conf_report *report;
	bool ended;		/* the parser came to the end of the file */
	/* Line where each option was given last, 0 if it was not. */
	uint32_t line[1 + LOAD_TITLED_MAX][SCHEMA_ROWS_MAX];
};

/*
 * Row of `line` for the i-th section of this kind; LOAD_NONE or an untitled
 * section: 0.
 */
size_t	load_slot(const char *section, size_t i);

/*
 * Records why the file is refused: "file:line: section.name: ...".  Only the
 * first reason stays.  Returns false.
 */
bool	load_fail(struct load *, size_t i, const char *section,
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
bool	check_radius(struct load *);
/* The pool of this name; CONF_NONE if there is none. */
uint32_t check_pool_find(const struct conf *, const char *name);
/* The first one with addresses; CONF_NONE if there is none. */
uint32_t check_pool_first(const struct conf *);

#endif
