/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_INET_H
#define BASE_INET_H

/*
 * DOC: big-endian numbers at an offset, and the Internet checksum (RFC 1071).
 *
 * For code that changes fields in the middle of a packet whose length it has
 * checked; decoding goes through base/buf.h.  The caller answers for bounds.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t *
inet_at(uint8_t *p, size_t at)
{
	return p + at;
}

static inline const uint8_t *
inet_cat(const uint8_t *p, size_t at)
{
	return p + at;
}

/* The place n bytes in front of p, in the same buffer. */
static inline uint8_t *
inet_front(uint8_t *p, size_t n)
{
	return p - n;
}

static inline uint16_t
inet_u16(const uint8_t *p, size_t at)
{
	return (uint16_t)(p[at] << 8 | p[at + 1]);
}

static inline uint32_t
inet_u32(const uint8_t *p, size_t at)
{
	return (uint32_t)inet_u16(p, at) << 16 | inet_u16(p, at + 2);
}

static inline void
inet_put16(uint8_t *p, size_t at, uint16_t v)
{
	p[at] = (uint8_t)(v >> 8);
	p[at + 1] = (uint8_t)v;
}

static inline void
inet_put32(uint8_t *p, size_t at, uint32_t v)
{
	inet_put16(p, at, (uint16_t)(v >> 16));
	inet_put16(p, at + 2, (uint16_t)v);
}

/*
 * The one's complement sum of n bytes and of `sum`, a former result; an odd
 * last byte counts as if a zero followed, so only the last part may be odd.
 */
uint32_t	 inet_sum(const uint8_t *p, size_t n, uint32_t sum);
/* Sum of a pseudo-header: addresses of 4 or 16 bytes each, both numbers. */
uint32_t	 inet_sum_pseudo(const uint8_t *src, const uint8_t *dst,
		    size_t addr_len, uint8_t proto, uint32_t len);
/* The checksum field that belongs to a sum. */
uint16_t	 inet_fold(uint32_t sum);
/* The field after a 16-bit word changed from a to b, RFC 1624 (eqn. 3). */
uint16_t	 inet_adjust(uint16_t field, uint16_t a, uint16_t b);

#endif
