/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring, by one thread and by two. */

#include <pthread.h>
#include <sched.h>

#include "base/ring.h"
#include "tests/dp/rig.h"

static void
in_and_out(void **state)
{
	struct ring *r = ring_new(100);
	uint64_t mark;
	size_t n;
	char *p;

	(void)state;
	assert_true(ring_empty(r));
	assert_null(ring_peek(r, &n));
	p = ring_room(r, 20);
	memcpy(p, "hello", 5);
	assert_null(ring_peek(r, &n));	/* not put yet */
	ring_put(r, 5);
	mark = ring_mark(r);
	assert_false(ring_passed(r, mark));
	assert_false(ring_empty(r));
	p = ring_peek(r, &n);
	assert_int_equal(n, 5);
	assert_memory_equal(p, "hello", 5);
	assert_ptr_equal(ring_peek(r, &n), p);
	ring_drop(r);
	assert_true(ring_passed(r, mark));
	assert_true(ring_empty(r));
	assert_non_null(ring_room(r, 0));
	ring_put(r, 0);
	assert_non_null(ring_peek(r, &n));
	assert_int_equal(n, 0);
	ring_drop(r);
	assert_null(ring_room(r, 121));	/* more than half */
	assert_non_null(ring_room(r, 120));
	ring_free(r);
	ring_free(NULL);
}

static void
full(void **state)
{
	struct ring *r = ring_new(256);
	unsigned put = 0;
	size_t n;

	(void)state;
	while (ring_room(r, 24) != NULL) {
		ring_put(r, 24);
		put++;
	}
	assert_int_equal(put, 8);
	assert_non_null(ring_peek(r, &n));
	ring_drop(r);
	assert_non_null(ring_room(r, 24));
	ring_free(r);
}

/* Records of random length, against a plain queue. */
static void
wraps(void **state)
{
	struct ring *r = ring_new(1024);
	unsigned first = 0, last = 0;
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 9);
	for (unsigned i = 0; i < 200000; i++) {
		size_t n = rng_below(&rng, 200) + 4;
		uint8_t *p;

		if (rng_below(&rng, 2) != 0 &&
		    (p = ring_room(r, n)) != NULL) {
			memset(p, (int)n, n);
			inet_put32(p, 0, last++);
			ring_put(r, n);
		} else if ((p = ring_peek(r, &n)) != NULL) {
			assert_int_equal(inet_u32(p, 0), first++);
			for (size_t k = 4; k < n; k++)
				assert_int_equal(p[k], n);
			ring_drop(r);
		}
	}
	assert_true(first > 50000);
	ring_free(r);
}

#define RECORDS	100000

static void *
putter(void *arg)
{
	struct ring *r = arg;

	for (uint32_t i = 0; i < RECORDS;) {
		size_t n = 4 + i % 60;
		uint8_t *p = ring_room(r, n);

		if (p == NULL) {
			sched_yield();
			continue;
		}
		memset(p, (int)(i & 0xff), n);
		inet_put32(p, 0, i++);
		ring_put(r, n);
	}
	return NULL;
}

static void
two_threads(void **state)
{
	struct ring *r = ring_new(4096);
	pthread_t id;

	(void)state;
	assert_int_equal(pthread_create(&id, NULL, putter, r), 0);
	for (uint32_t i = 0; i < RECORDS;) {
		size_t n;
		uint8_t *p = ring_peek(r, &n);

		if (p == NULL) {
			sched_yield();
			continue;
		}
		if (inet_u32(p, 0) != i || n != 4 + i % 60 ||
		    (n > 4 && p[n - 1] != (i & 0xff)))
			fail();
		ring_drop(r);
		i++;
	}
	pthread_join(id, NULL);
	assert_true(ring_empty(r));
	ring_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_and_out), cmocka_unit_test(full),
		cmocka_unit_test(wraps), cmocka_unit_test(two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
