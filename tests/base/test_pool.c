/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools: handles, generations, exhaustion, freezing; a random walk against a
 * model.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/rng.h"

struct obj {
	uint64_t a;
	uint8_t b[7];
};

static void
sizes_refused(void **state)
{
	struct pool p;

	(void)state;
	assert_int_equal(pool_init(&p, 8, 0), -1);
	assert_int_equal(pool_init(&p, 8, POOL_SLOTS_MAX + 1), -1);
	pool_wipe(&p);
	assert_int_equal(pool_init(&p, 1, POOL_SLOTS_MAX), 0);
	pool_wipe(&p);
	pool_wipe(&p);		/* twice is fine */
}

static void
take_and_give(void **state)
{
	struct pool p;
	uint32_t h[3], at, more;
	struct obj *o;

	(void)state;
	assert_int_equal(pool_init(&p, sizeof(struct obj), 3), 0);
	for (uint32_t i = 0; i < 3; i++) {
		o = pool_take(&p, &h[i]);
		assert_non_null(o);
		assert_int_equal((uintptr_t)o % _Alignof(max_align_t), 0);
		assert_int_not_equal(h[i], 0);
		assert_int_equal(pool_slot(h[i]), i);
		assert_true(o->a == 0);
		memset(o, 0x40 + (int)i, sizeof(*o));
	}
	more = 77;
	assert_null(pool_take(&p, &more));
	assert_int_equal(more, 77);
	assert_int_equal(p.used, 3);
	o = pool_get(&p, h[1]);
	assert_true(o->a == 0x4141414141414141);
	assert_ptr_equal(pool_at(&p, 1, &at), o);
	assert_int_equal(at, h[1]);
	assert_ptr_equal(pool_at(&p, 1, NULL), o);
	pool_give(&p, h[1]);
	assert_null(pool_get(&p, h[1]));
	assert_null(pool_at(&p, 1, &at));
	assert_true(o->a == 0);		/* wiped at once */
	pool_give(&p, h[1]);		/* stale: ignored */
	assert_int_equal(p.used, 2);
	o = pool_take(&p, &at);
	assert_int_equal(pool_slot(at), 1);
	assert_int_not_equal(at, h[1]);
	assert_null(pool_get(&p, h[1]));
	pool_give(&p, h[1]);		/* stale: the new one stays */
	assert_ptr_equal(pool_get(&p, at), o);
	assert_true(o->a == 0);
	pool_wipe(&p);
}

static void
no_such_handle(void **state)
{
	struct pool p;
	uint32_t h;

	(void)state;
	assert_int_equal(pool_init(&p, 8, 4), 0);
	assert_null(pool_get(&p, 0));
	assert_null(pool_at(&p, 0, &h));
	assert_non_null(pool_take(&p, &h));
	assert_null(pool_get(&p, 0));
	assert_null(pool_get(&p, h + 1));
	assert_null(pool_get(&p, UINT32_MAX));
	assert_null(pool_get(&p, h + (1u << 20)));
	assert_null(pool_at(&p, 1, &h));
	assert_null(pool_at(&p, UINT32_MAX, &h));
	pool_wipe(&p);
}

/* A slot's handle comes again after 4,095 others at the earliest. */
static void
generations_go_round(void **state)
{
	struct pool p;
	uint32_t first, h;

	(void)state;
	assert_int_equal(pool_init(&p, 8, 1), 0);
	assert_non_null(pool_take(&p, &first));
	pool_give(&p, first);
	for (int i = 0; i < 4094; i++) {
		assert_non_null(pool_take(&p, &h));
		assert_int_not_equal(h, first);
		assert_int_not_equal(h, 0);
		pool_give(&p, h);
	}
	assert_non_null(pool_take(&p, &h));
	assert_int_equal(h, first);
	pool_wipe(&p);
}

#define CAP	50

struct model {
	uint32_t h[CAP];	/* 0: none */
	uint64_t v[CAP];
	unsigned n;
};

static void
compare(const struct pool *p, const struct model *m)
{
	unsigned seen = 0;

	assert_int_equal(p->used, m->n);
	for (int i = 0; i < CAP; i++) {
		struct obj *o = pool_get(p, m->h[i]);

		if (m->h[i] == 0)
			continue;
		assert_non_null(o);
		assert_true(o->a == m->v[i]);
	}
	for (uint32_t s = 0; s < p->cap; s++)
		seen += pool_at(p, s, NULL) != NULL;
	assert_int_equal(seen, m->n);
}

/* Freezes, destroys, thaws into another pool: handles keep their meaning. */
static void
through_bytes(struct pool *p, uint32_t new_cap)
{
	size_t n = pool_frozen_size(p);
	uint8_t *b = malloc(n);
	struct wr w = wr_make(b, n);
	struct rd r;

	pool_freeze(p, &w);
	assert_false(w.bad);
	assert_int_equal(wr_used(&w), n);
	pool_wipe(p);
	assert_int_equal(pool_init(p, sizeof(struct obj), new_cap), 0);
	r = wr_out(&w);
	assert_true(pool_thaw(p, &r));
	assert_true(rd_done(&r));
	free(b);
}

static void
property_same_as_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct model m = { .n = 0 };
		struct pool p;
		struct rng rng;

		rng_seeded(&rng, seed);
		assert_int_equal(pool_init(&p, sizeof(struct obj), CAP), 0);
		for (int step = 0; step < 1500; step++) {
			uint32_t i = rng_below(&rng, CAP);

			if (m.h[i] == 0) {
				struct obj *o = pool_take(&p, &m.h[i]);

				assert_non_null(o);
				assert_true(o->a == 0);
				o->a = m.v[i] = rng_u64(&rng);
				m.n++;
			} else {
				pool_give(&p, m.h[i]);
				assert_null(pool_get(&p, m.h[i]));
				m.h[i] = 0;
				m.n--;
			}
			if (step % 100 == 0)
				through_bytes(&p, CAP);
			if (step % 10 == 0)
				compare(&p, &m);
		}
		pool_wipe(&p);
	}
}

static void
thaw_into_a_bigger_one(void **state)
{
	struct pool p;
	uint32_t h[8];

	(void)state;
	assert_int_equal(pool_init(&p, sizeof(struct obj), 4), 0);
	for (int i = 0; i < 4; i++)
		assert_non_null(pool_take(&p, &h[i]));
	pool_give(&p, h[2]);
	through_bytes(&p, 8);
	for (int i = 0; i < 5; i++)
		assert_non_null(pool_take(&p, &h[i]));
	assert_null(pool_take(&p, &h[5]));
	pool_wipe(&p);
}

/* Slots 0, 1, 2 in use; 3 and 4 free; 1 still has a way to 4 from before. */
static size_t
frozen(uint8_t *b, size_t max)
{
	struct wr w = wr_make(b, max);
	struct pool p;
	uint32_t h[5];

	assert_int_equal(pool_init(&p, sizeof(struct obj), 5), 0);
	for (int i = 0; i < 5; i++)
		assert_non_null(pool_take(&p, &h[i]));
	pool_give(&p, h[4]);
	pool_give(&p, h[1]);
	assert_non_null(pool_take(&p, &h[1]));
	pool_give(&p, h[3]);
	pool_freeze(&p, &w);
	pool_wipe(&p);
	return wr_used(&w);
}

/* Bytes that are no pool are refused, and the pool is then empty. */
static void
thaw_refuses(void **state)
{
	uint8_t b[512], bad[512];
	size_t n = frozen(b, sizeof(b)), accepted = 0;
	struct pool p;
	struct rd r;
	uint32_t h;

	(void)state;
	assert_int_equal(pool_init(&p, sizeof(struct obj), 5), 0);
	for (size_t cut = 0; cut < n; cut++) {
		r = rd_make(b, cut);
		assert_false(pool_thaw(&p, &r));
		assert_int_equal(p.used, 0);
		assert_null(pool_at(&p, 0, &h));
	}
	for (size_t at = 0; at < n; at++) {
		for (unsigned v = 1; v < 256; v++) {
			unsigned taken = 0;

			memcpy(bad, b, n);
			bad[at] ^= (uint8_t)v;
			r = rd_make(bad, n);
			if (!pool_thaw(&p, &r)) {
				assert_int_equal(p.used, 0);
				continue;
			}
			/* Only values and generations can differ: the pool
			 * holds together, and what is taken was free. */
			accepted++;
			while (pool_take(&p, &h) != NULL)
				taken++;
			assert_int_equal(taken, 2);
			for (uint32_t i = 0; i < 5; i++)
				assert_non_null(pool_at(&p, i, NULL));
			pool_wipe(&p);
			assert_int_equal(pool_init(&p, sizeof(struct obj), 5),
			    0);
		}
	}
	assert_true(accepted > 3 * 15 * 255);
	pool_wipe(&p);
	/* Another object size, or more slots than there are. */
	assert_int_equal(pool_init(&p, sizeof(struct obj) + 1, 5), 0);
	r = rd_make(b, n);
	assert_false(pool_thaw(&p, &r));
	pool_wipe(&p);
	assert_int_equal(pool_init(&p, sizeof(struct obj), 4), 0);
	r = rd_make(b, n);
	assert_false(pool_thaw(&p, &r));
	pool_wipe(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_refused),
		cmocka_unit_test(take_and_give),
		cmocka_unit_test(no_such_handle),
		cmocka_unit_test(generations_go_round),
		cmocka_unit_test(property_same_as_model),
		cmocka_unit_test(thaw_into_a_bigger_one),
		cmocka_unit_test(thaw_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
