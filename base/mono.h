/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_MONO_H
#define BASE_MONO_H

/*
 * DOC: monotonic time, typed.
 *
 * Time is an argument everywhere below l2tpd/: nothing here reads a clock.
 * A struct around the count keeps a duration from being used as a moment.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	uint64_t us;		/* microseconds since the host's start */
} mono_t;

#define MONO_NEVER	((mono_t){ UINT64_MAX })

static inline mono_t
mono_us(uint64_t us)
{
	return (mono_t){ us };
}

/* Saturates at MONO_NEVER. */
static inline mono_t
mono_add_us(mono_t t, uint64_t us)
{
	return (mono_t){ t.us > UINT64_MAX - us ? UINT64_MAX : t.us + us };
}

static inline mono_t
mono_add_ms(mono_t t, uint64_t ms)
{
	return mono_add_us(t, ms * 1000);
}

static inline mono_t
mono_add_s(mono_t t, uint64_t s)
{
	return mono_add_us(t, s * 1000000);
}

static inline bool
mono_before(mono_t a, mono_t b)
{
	return a.us < b.us;
}

/* Is the moment `t` reached at `now`?  Never for MONO_NEVER. */
static inline bool
mono_due(mono_t t, mono_t now)
{
	return t.us != UINT64_MAX && t.us <= now.us;
}

static inline mono_t
mono_min(mono_t a, mono_t b)
{
	return a.us < b.us ? a : b;
}

static inline mono_t
mono_max(mono_t a, mono_t b)
{
	return a.us > b.us ? a : b;
}

/*
 * Is `now` so long after `t` as no timer of a running machine is late?  It stood
 * still and heard nothing meanwhile; never for MONO_NEVER.
 */
#define MONO_STOOD_MS	5000

static inline bool
mono_stood(mono_t t, mono_t now)
{
	return mono_due(mono_add_ms(t, MONO_STOOD_MS), now);
}

/* now - then, in microseconds or milliseconds; 0 if `then` is later. */
static inline uint64_t
mono_since_us(mono_t now, mono_t then)
{
	return now.us > then.us ? now.us - then.us : 0;
}

static inline uint64_t
mono_since_ms(mono_t now, mono_t then)
{
	return mono_since_us(now, then) / 1000;
}

#endif
