/* SPDX-License-Identifier: BSD-2-Clause */
/* The canonical form of a configuration: see print.h. */

#include <string.h>

#include "conf/print.h"
#include "conf/schema.h"
#include "conf/value.h"

static void
print_options(const char *section, const void *base, FILE *f, bool secrets)
{
	const char *tab = section[0] != '\0' ? "\t" : "";
	const struct schema_row *r;

	for (size_t i = 0; (r = schema_row(i)) != NULL; i++) {
		if (strcmp(r->section, section) != 0)
			continue;
		if (value_count(r, base) == 0) {
			(void)fprintf(f, "%s# %s =\n", tab, r->name);
			continue;
		}
		(void)fprintf(f, "%s%s = ", tab, r->name);
		value_print(r, base, f, secrets);
		(void)fputc('\n', f);
	}
}

bool
conf_print(const struct conf *c, FILE *f, bool secrets)
{
	const struct schema_section *s;
	uint32_t n;

	print_options("", c, f, secrets);
	for (size_t i = 1; (s = schema_section(i)) != NULL; i++) {
		if (!s->titled) {
			(void)fprintf(f, "\n%s {\n", s->name);
			print_options(s->name, c, f, secrets);
			(void)fputs("}\n", f);
			continue;
		}
		memcpy(&n, (const char *)c + s->count_at, sizeof(n));
		for (uint32_t k = 0; k < n; k++) {
			const char *item = (const char *)c + s->at +
			    k * s->size;

			(void)fprintf(f, "\n%s \"%s\" {\n", s->name, item);
			print_options(s->name, item, f, secrets);
			(void)fputs("}\n", f);
		}
	}
	return !ferror(f);
}
