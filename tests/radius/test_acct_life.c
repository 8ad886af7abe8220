/* SPDX-License-Identifier: BSD-2-Clause */
/* The accounting queue over time: disk, restart, days without a server. */

#include "tests/radius/acct_world.h"

/* ---- the disk ---- */

static void
test_full_disk(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->verdict = ACCT_FAILED;
	w->disk_full = true;
	put(w, ACCT_STOP, 0, 1);
	assert_false(state_of(w).disk_ok);
	for (uint64_t i = 2; i <= 50; i++)
		put(w, ACCT_STOP, 0, i);
	assert_int_equal(w->stores, 1);		/* not asked for each */
	assert_int_equal(state_of(w).unstored, 50);
	run_s(w, 35);
	assert_in_range(w->stores, 4, 5);
	refreeze(w);
	w->disk_full = false;
	run_s(w, 11);
	assert_int_equal(w->disk_n, 50);
	assert_true(state_of(w).disk_ok);
	assert_int_equal(state_of(w).unstored, 0);
	/* Delivered while it was full: nothing is stored any more. */
	w->disk_full = true;
	put(w, ACCT_STOP, 0, 60);
	w->verdict = ACCT_ACKED;
	w->stores = 0;
	run_s(w, HOUR_S);
	assert_int_equal(w->got_n, 51);
	w->disk_full = false;
	run_s(w, HOUR_S);
	assert_int_equal(w->disk_n, 0);
	assert_int_equal(state_of(w).unstored, 0);
	world_free(w);
}

/* It is acknowledged before the disk has answered. */
static void
test_late_disk(void **state)
{
	struct world *w = world_start(1);
	struct acct_record r;
	uint8_t attrs[6] = { 44, 6, 0, 0, 0, 1 };

	(void)state;
	r = (struct acct_record){ ACCT_STOP, 0, 1, T0, rd_make(attrs, 6) };
	assert_true(acct_put(w->a, w->now, &r, &w->out));
	assert_int_equal(w->out.n, 2);
	assert_int_equal(w->out.act[0].kind, ACCT_STORE);
	assert_int_equal(w->out.act[1].kind, ACCT_SEND);
	acct_out_reset(&w->out);
	assert_int_equal(state_of(w).unstored, 1);
	acct_done(w->a, w->now, 1, ACCT_ACKED, &w->out);
	assert_int_equal(w->out.n, 1);
	assert_int_equal(w->out.act[0].kind, ACCT_FORGET);
	assert_int_equal(w->out.act[0].number, 1);
	acct_out_reset(&w->out);
	acct_stored(w->a, 1, false);
	assert_true(acct_deadline(w->a).us == UINT64_MAX);
	assert_int_equal(state_of(w).unstored, 0);
	world_free(w);
}

/* ---- restart ---- */

static void
test_restart_in_order(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->hold = true;
	for (uint64_t i = 1; i <= 20; i++) {
		put(w, ACCT_START, 0, i);
		put(w, ACCT_STOP, 0, i);
	}
	land(w, 0, ACCT_ACKED);
	w->hold = false;
	crash(w);
	assert_int_equal(state_of(w).restored, 39);
	put(w, ACCT_ON, 0, 0);
	put(w, ACCT_START, 0, UINT64_C(1) << 32 | 1);
	run_s(w, 60);
	assert_int_equal(w->got_n, 42);
	assert_int_equal(w->got[40], 41);
	assert_int_equal(w->got[41], 42);
	for (uint32_t i = 1; i <= 42; i++)
		assert_int_equal(w->seen[i], 1);
	assert_int_equal(w->disk_n, 0);
	world_free(w);
}

static void
test_groups_by_name(void **state)
{
	struct world *w = world_start(1);
	struct acct_state s;

	(void)state;
	w->hold = true;
	put(w, ACCT_STOP, 0, 1);
	put(w, ACCT_STOP, 1, 2);
	put(w, ACCT_ON, 1, 0);
	/* "one" is gone, "two" moved. */
	w->params.group_n = 1;
	(void)strcpy(w->params.group[0], "two");
	crash(w);
	s = state_of(w);
	assert_int_equal(s.records, 3);
	assert_int_equal(s.orphans, 1);
	assert_int_equal(s.oldest_event_ms, T0 + 1000);
	assert_int_equal(w->fly_n, 1);
	assert_int_equal(w->fly[0].serial, 2);
	assert_int_equal(w->fly[0].group, 0);
	refreeze(w);
	land(w, 0, ACCT_ACKED);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->disk_n, 1);
	/* "one" comes back. */
	w->params.group_n = 2;
	(void)strcpy(w->params.group[1], "one");
	crash(w);
	assert_int_equal(w->fly_n, 1);
	assert_int_equal(w->fly[0].serial, 1);
	assert_int_equal(w->fly[0].group, 1);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->disk_n, 0);
	world_free(w);
}

static void
test_orphans_give_way(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->verdict = ACCT_FAILED;
	w->params.records = 10;
	acct_free(w->a);
	w->a = acct_new(&w->params, &w->rng, &w->drops);
	for (uint64_t i = 1; i <= 4; i++)
		put(w, ACCT_STOP, 0, i);
	(void)strcpy(w->params.group[0], "three");
	crash(w);
	assert_int_equal(state_of(w).orphans, 4);
	for (uint64_t i = 1; i <= 6; i++)
		assert_true(put(w, ACCT_STOP, 0, 10 + i) > 0);
	assert_int_equal(state_of(w).orphans, 4);
	assert_true(put(w, ACCT_INTERIM, 0, 11) > 0);
	assert_int_equal(state_of(w).orphans, 3);
	assert_int_equal(state_of(w).yielded, 1);
	assert_int_equal(w->lost_n, 1);
	assert_int_equal(w->disk_n, 10);
	world_free(w);
}

static void
test_damaged_blocks(void **state)
{
	struct world *w = world_start(1);
	uint8_t good[64], b[64];
	size_t n;
	uint32_t refused = 0;

	(void)state;
	w->verdict = ACCT_FAILED;
	put(w, ACCT_STOP, 0, 1);
	n = w->disk[0].n;
	memcpy(good, w->disk[0].b, n);
	acct_free(w->a);
	for (size_t cut = 0; cut < n; cut++) {
		w->a = acct_new(&w->params, &w->rng, &w->drops);
		assert_false(acct_restore(w->a, w->now, 1, rd_make(good, cut),
		    &w->out));
		assert_int_equal(w->out.n, 0);
		assert_int_equal(state_of(w).records, 0);
		acct_free(w->a);
	}
	assert_int_equal(count_get(&w->drops.n[DROP_ACCT_BLOCK]), n);
	for (size_t at = 0; at < n * 8; at++) {
		memcpy(b, good, n);
		b[at / 8] ^= (uint8_t)(1 << at % 8);
		w->a = acct_new(&w->params, &w->rng, NULL);
		refused += !acct_restore(w->a, w->now, 1, rd_make(b, n),
		    &w->out);
		acct_out_reset(&w->out);
		acct_free(w->a);
	}
	assert_true(refused > 20);	/* version, kind, lengths */
	w->a = acct_new(&w->params, &w->rng, &w->drops);
	assert_true(acct_restore(w->a, w->now, 5, rd_make(good, n), &w->out));
	/* The same, an older one: not in order. */
	assert_false(acct_restore(w->a, w->now, 5, rd_make(good, n), &w->out));
	assert_false(acct_restore(w->a, w->now, 4, rd_make(good, n), &w->out));
	/* New ones get higher numbers. */
	w->hold = true;
	settle(w);
	put(w, ACCT_STOP, 0, 9);
	assert_int_equal(w->fly[w->fly_n - 1].number, 6);
	world_free(w);
}

static void
test_restore_without_room(void **state)
{
	struct world *w = world_start(1);
	uint32_t ok = 0;

	(void)state;
	w->verdict = ACCT_FAILED;
	for (uint64_t i = 1; i <= 20; i++)
		put(w, ACCT_STOP, 0, i);
	acct_free(w->a);
	w->params.records = 5;
	w->a = acct_new(&w->params, &w->rng, &w->drops);
	for (uint32_t i = 0; i < 20; i++)
		ok += acct_restore(w->a, w->now, w->disk[i].number,
		    rd_make(w->disk[i].b, w->disk[i].n), &w->out);
	settle(w);
	assert_int_equal(ok, 5);
	assert_int_equal(count_get(&w->drops.n[DROP_ACCT_FULL]), 15);
	assert_int_equal(w->disk_n, 20);	/* nothing was thrown away */
	world_free(w);
}

/* ---- the box ---- */

static void
test_full_box_loses_nothing(void **state)
{
	struct world *w = world_start(1);
	struct acct_record r;
	uint8_t attrs[6] = { 44, 6, 0, 0, 0, 0 };

	(void)state;
	r = (struct acct_record){ ACCT_STOP, 0, 1, T0, rd_make(attrs, 6) };
	/* Never drained while 150 are put: the box holds 64 actions. */
	for (uint32_t i = 1; i <= 150; i++) {
		attrs[5] = (uint8_t)i;
		r.session = i;
		assert_true(acct_put(w->a, w->now, &r, &w->out));
		assert_true(w->out.n <= ACCT_OUT_ACTS);
	}
	assert_true(mono_due(acct_deadline(w->a), w->now));
	settle(w);
	assert_int_equal(w->disk_n, 150);
	w->hold = true;
	run_s(w, 10);
	assert_int_equal(w->got_n, 4);
	while (w->fly_n > 0) {
		/* ... nor while they are acknowledged. */
		for (int i = 0; i < 3 && w->fly_n > 0; i++) {
			struct flying f = w->fly[--w->fly_n];

			w->seen[f.serial]++;
			acct_done(w->a, w->now, f.number, ACCT_ACKED,
			    &w->out);
		}
		settle(w);
	}
	assert_int_equal(w->disk_n, 0);
	assert_int_equal(state_of(w).delivered, 150);
	world_free(w);
}

/* ---- long runs ---- */

/* Each session's records arrived once, in the order of their serials. */
static void
each_once(const struct world *w, const uint64_t *session, uint32_t n)
{
	uint32_t *last = calloc(GOT_MAX, sizeof(*last));

	for (uint32_t i = 1; i <= n; i++)
		assert_int_equal(w->seen[i], 1);
	assert_int_equal(w->got_n, n);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t s = session[w->got[i]];

		assert_true(s < GOT_MAX);
		assert_true(last[s] < w->got[i]);
		last[s] = w->got[i];
	}
	free(last);
}

static void
big(struct world *w)
{
	w->params.records = 20000;
	w->params.bytes = 8u << 20;
	w->params.window = 32;
	acct_free(w->a);
	w->a = acct_new(&w->params, &w->rng, &w->drops);
	assert_non_null(w->a);
}

/*
 * No server for 24 hours.  5,000 sessions are up; they come and go in storms
 * of 1,000, so that 10,000 Stops and as many Starts wait.  In the middle the
 * daemon is killed and starts again, and later it is thawed.
 */
static void
n86_d08_a_day_without_servers(void **state)
{
	struct world *w = world_start(86);
	uint64_t *session = calloc(GOT_MAX, sizeof(*session));
	uint32_t stops = 0, starts = 0, up = 0, down = 0, before;
	struct acct_state s;
	mono_t end;

	(void)state;
	big(w);
	w->verdict = ACCT_FAILED;
	w->took_us = 100;
	end = mono_add_s(w->now, 24 * HOUR_S);
	while (up < 5000) {
		up++;
		session[put(w, ACCT_START, 0, up)] = up;
	}
	for (int hour = 0; hour < 20; hour++) {
		uint32_t n = hour % 2 == 0 ? 1000 : 0;

		for (uint32_t i = 0; i < n; i++, stops++) {
			uint32_t serial = put(w, ACCT_STOP, 0, ++down);

			assert_int_not_equal(serial, 0);
			session[serial] = down;
			if (up < 10000) {
				serial = put(w, ACCT_START, 0, ++up);
				session[serial] = up;
			}
		}
		run_s(w, HOUR_S);
		if (hour == 10)
			crash(w);
		if (hour == 15)
			refreeze(w);
	}
	assert_int_equal(stops, 10000);
	starts = up;
	assert_int_equal(starts, 10000);
	run(w, end);
	s = state_of(w);
	assert_int_equal(s.records, 20000);
	assert_true(s.bytes <= w->params.bytes);
	assert_int_equal(s.refused + s.yielded + s.given_up, 0);
	assert_true(s.in_flight <= 1);
	assert_int_equal(w->disk_n, 20000);
	assert_int_equal(w->got_n, 0);
	/* A group without servers is asked seldom: 24 h / 5 min and a few. */
	assert_in_range(w->sent_n, 200, 400);
	before = w->sent_n;
	w->verdict = ACCT_ACKED;
	w->took_us = 2000;
	run_s(w, HOUR_S);
	each_once(w, session, 20000);
	assert_int_equal(w->sent_n - before, 20000);
	assert_int_equal(w->fly_most, 32);
	assert_int_equal(w->disk_n, 0);
	s = state_of(w);
	assert_int_equal(s.records + s.bytes, 0);
	assert_int_equal(w->lost_n, 0);
	/* Stops that were not ordered by a session: oldest first all the same. */
	for (uint32_t i = 1; i < 5000; i++)
		assert_true(w->got[i] < w->got[i - 1] + 64);
	free(session);
	world_free(w);
}

/* 29 s slow, flapping every 7 minutes, refusing now and then: a day each. */
static void
n86_a_day_of_bad_servers(void **state)
{
	(void)state;
	for (int mode = 0; mode < 3; mode++) {
		struct world *w = world_start(100 + (uint64_t)mode);
		uint64_t *session = calloc(GOT_MAX, sizeof(*session));
		uint32_t n = 0;

		big(w);
		for (uint32_t minute = 0; minute < 24 * 60; minute++) {
			w->took_us = mode == 0 ? 29000000 : 3000;
			w->verdict = mode == 1 && minute / 7 % 2 == 1 ?
			    ACCT_FAILED : mode == 2 && minute % 3 == 0 ?
			    ACCT_IGNORED : ACCT_ACKED;
			for (int i = 0; i < 7 && n < 10000; i++) {
				uint32_t s = n / 2 + 1;
				uint32_t serial = put(w, n % 2 == 0 ?
				    ACCT_START : ACCT_STOP, 0, s);

				session[serial] = s;
				n++;
			}
			run_s(w, 60);
			if (minute % 100 == 99)
				refreeze(w);
		}
		w->verdict = ACCT_ACKED;
		run_s(w, 2 * HOUR_S);
		assert_int_equal(n, 10000);
		each_once(w, session, n);
		assert_int_equal(w->disk_n, 0);
		assert_int_equal(w->lost_n, 0);
		assert_true(w->fly_most <= 32);
		free(session);
		world_free(w);
	}
}

/* Anything, in any order: what is not delivered twice by a crash comes once. */
static void
test_random_runs(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct world *w = world_start(seed);
		uint64_t *session = calloc(GOT_MAX, sizeof(*session));
		uint8_t ended[32] = { 0 };
		uint32_t n = 0;

		for (int i = 0; i < 120; i++) {
			uint32_t s = rng_below(&w->dice, 31) + 1, serial;

			w->verdict = (enum acct_verdict)rng_below(&w->dice, 3);
			w->took_us = rng_below(&w->dice, 20000000);
			w->disk_full = rng_below(&w->dice, 5) == 0;
			if (ended[s] < 2) {
				serial = put(w, ended[s]++ == 0 ? ACCT_START :
				    ACCT_STOP, s % 2, s);
				assert_int_not_equal(serial, 0);
				session[serial] = s;
				n++;
			} else if (rng_below(&w->dice, 8) == 0) {
				serial = put(w, ACCT_ON, s % 2, 0);
				session[serial] = 1000 + serial;
				n++;
			}
			if (rng_below(&w->dice, 4) == 0)
				refreeze(w);
			run(w, mono_add_ms(w->now, rng_below(&w->dice, 9000)));
		}
		w->verdict = ACCT_ACKED;
		w->disk_full = false;
		run_s(w, 2 * HOUR_S);
		each_once(w, session, n);
		assert_int_equal(w->disk_n, 0);
		assert_int_equal(state_of(w).records, 0);
		assert_true(acct_deadline(w->a).us == UINT64_MAX);
		free(session);
		world_free(w);
	}
}

/* Thawing refuses what is not whole. */
static void
test_thaw_refuses(void **state)
{
	struct world *w = world_start(1);
	size_t n;
	uint8_t *b;
	struct wr wr;

	(void)state;
	w->hold = true;
	for (uint64_t i = 1; i <= 5; i++)
		put(w, ACCT_START, 0, i);
	n = acct_frozen_size(w->a);
	b = malloc(n);
	wr = wr_make(b, n);
	acct_freeze(w->a, &wr);
	for (size_t cut = 0; cut < n; cut += 7) {
		struct rd r = rd_make(b, cut);

		assert_null(acct_thaw(&w->params, &w->rng, NULL, &r));
	}
	free(b);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_late_disk),
		cmocka_unit_test(test_restart_in_order),
		cmocka_unit_test(test_groups_by_name),
		cmocka_unit_test(test_orphans_give_way),
		cmocka_unit_test(test_damaged_blocks),
		cmocka_unit_test(test_restore_without_room),
		cmocka_unit_test(test_full_box_loses_nothing),
		cmocka_unit_test(n86_d08_a_day_without_servers),
		cmocka_unit_test(n86_a_day_of_bad_servers),
		cmocka_unit_test(test_random_runs),
		cmocka_unit_test(test_thaw_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
