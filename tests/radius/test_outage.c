/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * N-86: 24 hours with a server that is dead, slow, flapping or refuses, and
 * 10,000 accounting records: sockets constant, tables bounded, no storm.
 */

#include "tests/radius/world.h"

#define DAY_MS		86400000
#define RECORDS		10000
#define STEP_MS		(DAY_MS / RECORDS)

static void
outage(struct world *w)
{
	w->params.questions = 256;
	w->params.port_life = 64;
	world_start(w);
}

/* What must hold at every moment. */
static void
invariants(struct world *w)
{
	uint32_t lanes = w->params.server_n * RADIUS_SERVICES;

	assert_true(w->open <= lanes * w->params.server[0].ports);
	assert_true(radius_client_waiting(w->c) <= w->params.questions);
	assert_true(radius_client_frozen_size(w->c) < (4u << 20));
}

/* At the end: nothing is under way, few sockets are left. */
static void
rest(struct world *w)
{
	world_run(w, 200000);
	assert_int_equal(radius_client_waiting(w->c), 0);
	assert_true(w->open <= w->params.server_n * RADIUS_SERVICES * 2);
}

/* One record each 8.64 s. */
static uint64_t
day(struct world *w, void (*weather)(struct world *, uint64_t ms))
{
	uint64_t answered = 0;

	for (uint64_t i = 0; i < RECORDS; i++) {
		weather(w, i * STEP_MS);
		(void)world_account(w, i);
		world_run(w, STEP_MS);
		invariants(w);
		w->freezes = i % 500 == 250;	/* a restart, now and then */
	}
	rest(w);
	for (uint64_t i = 0; i < RECORDS; i++) {
		assert_true(w->told[i].n <= 1);
		answered += w->told[i].n == 1 &&
		    w->told[i].result == RADIUS_ANSWERED;
	}
	return answered;
}

static void
dead(struct world *w, uint64_t ms)
{
	(void)ms;
	w->fake[0].mood = MOOD_DEAD;
}

static void
n86_dead(void **state)
{
	struct world w;
	uint64_t sent;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	outage(&w);
	assert_int_equal(day(&w, dead), 0);
	for (uint64_t i = 0; i < RECORDS; i++)
		assert_int_equal(w.told[i].n, 1);
	/* A dead server gets a probe each dead_ms and hardly more. */
	sent = w.sent;
	assert_in_range(sent, DAY_MS / 20000 / 2, DAY_MS / 20000 * 3 / 2);
	assert_true(w.open_most <= 4);
	/* The first of it all came, and the last word about it was one. */
	assert_int_equal(w.states, 1);
	world_end(&w);
}

static void
refuses(struct world *w, uint64_t ms)
{
	(void)ms;
	w->fake[0].mood = MOOD_REFUSED;
}

static void
n86_refused(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	outage(&w);
	assert_int_equal(day(&w, refuses), 0);
	assert_in_range(w.sent, DAY_MS / 20000 / 2, DAY_MS / 20000 * 3 / 2);
	assert_true(w.open_most <= 4);
	assert_true(w.opened < 200);
	world_end(&w);
}

static void
slow(struct world *w, uint64_t ms)
{
	(void)ms;
	w->fake[0].delay_ms = 29000;
}

static void
n86_slow(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	outage(&w);
	assert_int_equal(day(&w, slow), RECORDS);
	/* Slow is not dead: each once, all at the first server. */
	assert_int_equal(w.fake[0].accounted, RECORDS);
	assert_int_equal(w.fake[1].accounted, 0);
	assert_int_equal(w.states, 0);
	assert_true(w.open_most <= 4);
	assert_true(w.opened < RECORDS / 32);
	world_end(&w);
}

static void
flaps(struct world *w, uint64_t ms)
{
	w->fake[0].mood = ms / 30000 % 2 == 0 ? MOOD_ALIVE : MOOD_DEAD;
}

static void
n86_flapping(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	outage(&w);
	assert_int_equal(day(&w, flaps), RECORDS);
	/* No storm: a record is at each server once at most. */
	assert_in_range(w.fake[0].accounted + w.fake[1].accounted, RECORDS,
	    2 * RECORDS);
	assert_true(w.sent < 8 * RECORDS);
	assert_true(w.open_most <= 8);
	world_end(&w);
}

static void
both_flap(struct world *w, uint64_t ms)
{
	w->fake[0].mood = ms / 40000 % 2 == 0 ? MOOD_ALIVE : MOOD_DEAD;
	w->fake[1].mood = ms / 25000 % 3 == 0 ? MOOD_REFUSED :
	    MOOD_STATUS_ONLY;
}

/* The second lives for probes only: a record may be lost to it, not more. */
static void
n86_both_flapping(void **state)
{
	struct world w;
	uint64_t answered;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	outage(&w);
	answered = day(&w, both_flap);
	assert_in_range(answered, RECORDS / 4, RECORDS);
	assert_true(w.fake[0].accounted <= RECORDS);
	assert_true(w.fake[1].accounted <= RECORDS);
	assert_true(w.sent < 12 * RECORDS);
	assert_true(w.open_most <= 8);
	world_end(&w);
}

/* The same without probes, and by TLS. */
static void
n86_flapping_without_probes(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	w.params.server[0].probe = w.params.server[1].probe =
	    RADIUS_PROBE_NONE;
	outage(&w);
	assert_int_equal(day(&w, flaps), RECORDS);
	assert_true(w.sent < 8 * RECORDS);
	assert_int_equal(w.fake[0].probes + w.fake[1].probes, 0);
	world_end(&w);
}

static void
n86_flapping_tls(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_TLS);
	outage(&w);
	assert_int_equal(day(&w, flaps), RECORDS);
	assert_true(w.open_most <= 8);
	assert_true(w.sent < 8 * RECORDS);
	assert_int_equal(w.fake[0].repeats + w.fake[1].repeats, 0);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n86_dead),
		cmocka_unit_test(n86_refused),
		cmocka_unit_test(n86_slow),
		cmocka_unit_test(n86_flapping),
		cmocka_unit_test(n86_both_flapping),
		cmocka_unit_test(n86_flapping_without_probes),
		cmocka_unit_test(n86_flapping_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
