/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_L2TP_TABLE_H
#define TESTS_L2TP_TABLE_H

/* DOC: turns a field of an RFC's state table into a set of bits by a list of
 * words.  Every letter of the field must belong to one of them. */

#include <string.h>

struct table_word {
	const char *text;	/* NULL ends the list; longer ones first */
	unsigned bits;
};

/* The field at *p, which ends at '|' or a newline; steps over it. */
static inline unsigned
table_field(const char **p, const struct table_word *words)
{
	unsigned bits = 0;

	while (**p != '|' && **p != '\n') {
		const struct table_word *w = words;

		if (**p == ' ' || **p == ',') {
			++*p;
			continue;
		}
		while (w->text != NULL &&
		    strncmp(*p, w->text, strlen(w->text)) != 0)
			w++;
		if (w->text == NULL)
			fail_msg("no word for: %.40s", *p);
		bits |= w->bits;
		*p += strlen(w->text);
	}
	++*p;
	return bits;
}

#endif
