/* SPDX-License-Identifier: BSD-2-Clause */
/* Random source: system or seeded.  See rng.h. */

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/rng.h"

static bool
fill_system(struct rng *r, void *dst, size_t n)
{
	uint8_t *p = dst;

	(void)r;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			memset(dst, 0, (size_t)(p - (uint8_t *)dst) + n);
			return false;
		}
		p += got;
		n -= (size_t)got;
	}
	return true;
}

void
rng_system(struct rng *r)
{
	*r = (struct rng){ .fill = fill_system };
}

static uint64_t
rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

/* xoshiro256** (Blackman, Vigna), for tests that must repeat. */
static uint64_t
next_seeded(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t out = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return out;
}

static bool
fill_seeded(struct rng *r, void *dst, size_t n)
{
	uint8_t *p = dst;

	for (size_t i = 0; i < n; i += 8) {
		uint64_t v = next_seeded(r);

		memcpy(p + i, &v, n - i < 8 ? n - i : 8);
	}
	return true;
}

void
rng_seeded(struct rng *r, uint64_t seed)
{
	*r = (struct rng){ .fill = fill_seeded };
	for (int i = 0; i < 4; i++) {		/* splitmix64 */
		uint64_t z = seed += 0x9e3779b97f4a7c15;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		r->s[i] = z ^ z >> 31;
	}
}

bool
rng_fill(struct rng *r, void *dst, size_t n)
{
	return r->fill(r, dst, n);
}

uint32_t
rng_u32(struct rng *r)
{
	uint32_t v = 0;

	(void)rng_fill(r, &v, sizeof(v));
	return v;
}

uint64_t
rng_u64(struct rng *r)
{
	uint64_t v = 0;

	(void)rng_fill(r, &v, sizeof(v));
	return v;
}

uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((uint64_t)rng_u32(r) * n >> 32);
}
