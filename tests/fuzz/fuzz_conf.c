/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text is refused with a message or gives a configuration whose canonical
 * form reads back as the same one (N-93).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/load.h"
#include "conf/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
round_trip(const struct conf *c)
{
	struct conf_report r;
	struct conf *back;
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL || !conf_print(c, f, true) || fclose(f) != 0)
		abort();
	back = conf_load_text("again", text, n, &r);
	if (back == NULL || memcmp(back, c, sizeof(*c)) != 0)
		abort();
	conf_free(back);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_report r;
	struct conf *c = conf_load_text("fuzz", (const char *)data, size, &r);

	if (c == NULL && r.error[0] == '\0')
		abort();
	if (c != NULL)
		round_trip(c);
	conf_free(c);
	return 0;
}
