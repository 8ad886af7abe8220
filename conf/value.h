/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

/* DOC: one value of the configuration file: text to member and back. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conf/schema.h"

/*
 * Sets the member of `row` in `base` (a struct conf or conf_pool) from text;
 * a list grows by one item.  False with a message for people in err, which
 * says what was expected, and the member unchanged.  A secret is never part
 * of the message.
 */
bool	 value_set(const struct schema_row *row, void *base, const char *text,
	    char *err, size_t n);
/* Back to zero or empty. */
void	 value_clear(const struct schema_row *row, void *base);
/* Number of items; 0 for an empty text, an absent address or an empty list. */
size_t	 value_count(const struct schema_row *row, const void *base);
/* The value as the file would have it, lists in braces. */
void	 value_print(const struct schema_row *row, const void *base, FILE *f,
	    bool secrets);
/* Any text as one quoted string of the file's syntax. */
void	 value_quote(FILE *f, const void *text, size_t n);

#endif
