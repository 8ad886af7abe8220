/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and passwords: see secret.h. */

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

bool
secret_set(struct secret *s, const void *p, size_t n)
{
	secret_wipe(s);
	if (n > SECRET_MAX)
		return false;
	if (n > 0)
		memcpy(s->b, p, n);
	s->len = (uint8_t)n;
	return true;
}

void
secret_wipe(struct secret *s)
{
	wipe(s, sizeof(*s));
}

void
wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}

bool
secret_same(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= (uint8_t)(x[i] ^ y[i]);
	return diff == 0;
}

void
wipe_free(void *p)
{
	if (p != NULL)
		wipe(p, malloc_usable_size(p));
	free(p);
}
