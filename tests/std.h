/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_STD_H
#define TESTS_STD_H

/*
 * DOC: what every negative test asks of an engine besides its own outcome
 * (threats.md 2.1, condition 3): bytes sent to the abusive address are never
 * more than the bytes that came from it, at most one datagram leaves for each
 * that came, and none on a timer.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct std {
	uint64_t in, out;		/* datagrams */
	uint64_t bytes_in, bytes_out;
	unsigned may;			/* datagrams that may leave now */
};

/* A datagram of n bytes goes in: one may come out. */
static inline void
std_in(struct std *s, size_t n)
{
	s->in++;
	s->bytes_in += n;
	s->may = 1;
}

/* Time passes: nothing may come out. */
static inline void
std_time(struct std *s)
{
	s->may = 0;
}

/* A datagram of n bytes came out. */
static inline void
std_out(struct std *s, size_t n)
{
	s->out++;
	s->bytes_out += n;
	assert_true(s->may > 0);
	s->may--;
	assert_true(s->bytes_out <= s->bytes_in);
}

#endif
