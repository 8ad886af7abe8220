/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring of records: order, bounds, wrap-around; and two threads at it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>

#include "base/ring.h"
#include "base/rng.h"

static bool
put(struct ring *r, const void *p, size_t n)
{
	void *room = ring_room(r, n);

	if (room == NULL)
		return false;
	assert_int_equal((uintptr_t)room % 8, 0);
	if (n > 0)
		memcpy(room, p, n);
	ring_put(r, n);
	return true;
}

static void
one_by_one(void **state)
{
	struct ring *r = ring_new(1);
	uint64_t mark;
	size_t n = 77;

	(void)state;
	assert_non_null(r);
	assert_true(ring_empty(r));
	assert_null(ring_peek(r, &n));
	mark = ring_mark(r);
	assert_true(ring_passed(r, mark));
	assert_true(put(r, "hello", 5));
	assert_false(ring_empty(r));
	mark = ring_mark(r);
	assert_true(put(r, "", 0));
	assert_memory_equal(ring_peek(r, &n), "hello", 5);
	assert_int_equal(n, 5);
	assert_memory_equal(ring_peek(r, &n), "hello", 5);
	assert_false(ring_passed(r, mark));
	ring_drop(r);
	assert_true(ring_passed(r, mark));
	assert_false(ring_passed(r, ring_mark(r)));
	assert_non_null(ring_peek(r, &n));
	assert_int_equal(n, 0);
	ring_drop(r);
	assert_null(ring_peek(r, &n));
	assert_true(ring_empty(r));
	ring_free(r);
	ring_free(NULL);
}

static void
shorter_than_asked(void **state)
{
	struct ring *r = ring_new(256);
	uint8_t *room = ring_room(r, 100);
	size_t n;

	(void)state;
	assert_non_null(room);
	memcpy(room, "xyz", 3);
	assert_true(ring_empty(r));	/* not put yet */
	room = ring_room(r, 50);	/* the first room is forgotten */
	memcpy(room, "abc", 3);
	ring_put(r, 3);
	assert_memory_equal(ring_peek(r, &n), "abc", 3);
	assert_int_equal(n, 3);
	ring_free(r);
}

static void
full(void **state)
{
	struct ring *r = ring_new(256);
	uint8_t b[256] = { 0 };
	size_t n, held = 0;

	(void)state;
	assert_null(ring_room(r, 121));		/* over half the ring */
	assert_null(ring_room(r, SIZE_MAX));
	assert_non_null(ring_room(r, 120));
	while (put(r, b, 24))
		held++;
	assert_int_equal(held, 8);		/* 8 x (8 + 24) */
	assert_null(ring_room(r, 0));
	assert_non_null(ring_peek(r, &n));
	ring_drop(r);
	assert_true(put(r, b, 24));
	assert_false(put(r, b, 1));
	ring_free(r);
}

#define KEPT	512

/* Random lengths in, the same out in order, over many turns of the ring. */
static void
property_order_and_bytes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		static struct { size_t n; uint8_t b[120]; } q[KEPT];
		unsigned in = 0, out = 0;
		struct ring *r = ring_new(seed % 2 == 0 ? 256 : 1024);
		struct rng rng;

		rng_seeded(&rng, seed);
		for (int step = 0; step < 20000; step++) {
			size_t n = rng_below(&rng, 121);
			void *p;

			if (rng_below(&rng, 2) == 0) {
				(void)rng_fill(&rng, q[in % KEPT].b, n);
				q[in % KEPT].n = n;
				in += put(r, q[in % KEPT].b, n);
				continue;
			}
			p = ring_peek(r, &n);
			assert_int_equal(p == NULL, in == out);
			assert_int_equal(ring_empty(r), in == out);
			if (p == NULL)
				continue;
			assert_int_equal(n, q[out % KEPT].n);
			assert_memory_equal(p, q[out % KEPT].b, n);
			ring_drop(r);
			out++;
		}
		assert_true(out > 1000);
		ring_free(r);
	}
}

#define RECORDS	100000u

static void *
putter(void *arg)
{
	struct ring *r = arg;

	for (uint32_t i = 0; i < RECORDS; ) {
		uint32_t rec[4] = { i, ~i, i * 3, i ^ 0x5a5a5a5a };

		if (put(r, rec, 4 + 4 * (i % 4)))
			i++;
		else
			(void)sched_yield();
	}
	return NULL;
}

static void
two_threads(void **state)
{
	struct ring *r = ring_new(1024);
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, putter, r), 0);
	for (uint32_t i = 0; i < RECORDS; ) {
		size_t n;
		uint32_t rec[4] = { i, ~i, i * 3, i ^ 0x5a5a5a5a };
		void *p = ring_peek(r, &n);

		if (p == NULL) {
			(void)sched_yield();
			continue;
		}
		assert_int_equal(n, 4 + 4 * (i % 4));
		assert_memory_equal(p, rec, n);
		ring_drop(r);
		i++;
	}
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_true(ring_empty(r));
	ring_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_by_one),
		cmocka_unit_test(shorter_than_asked),
		cmocka_unit_test(full),
		cmocka_unit_test(property_order_and_bytes),
		cmocka_unit_test(two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
