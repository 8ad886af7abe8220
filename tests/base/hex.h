/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_BASE_HEX_H
#define TESTS_BASE_HEX_H

/*
 * DOC: test vectors as the RFCs print them.  Needs cmocka.h before it.
 */

#include <string.h>

#include "base/buf.h"

/* Hex digits, spaces ignored, into out; how many bytes.  At most max. */
static inline size_t
hex_read(const char *s, uint8_t *out, size_t max)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;
	unsigned half = 0, v = 0;

	for (; *s != '\0'; s++) {
		const char *at;

		if (*s == ' ')
			continue;
		at = strchr(digits, *s >= 'A' && *s <= 'F' ? *s + 32 : *s);
		assert_non_null(at);
		v = v << 4 | (unsigned)(at - digits);
		half ^= 1;
		if (half == 0) {
			assert_true(n < max);
			out[n++] = (uint8_t)v;
		}
	}
	assert_int_equal(half, 0);
	return n;
}

/* Are these bytes what the text says? */
static inline void
assert_hex(const void *got, size_t n, const char *want)
{
	uint8_t b[1024];

	assert_int_equal(hex_read(want, b, sizeof(b)), n);
	assert_memory_equal(got, b, n);
}

#endif
