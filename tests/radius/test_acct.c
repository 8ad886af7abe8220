/* SPDX-License-Identifier: BSD-2-Clause */
/* The accounting queue: order, bounds, failures. */

#include "tests/radius/acct_world.h"

/* ---- one record ---- */

static void
test_put_send_ack_forget(void **state)
{
	struct world *w = world_start(1);
	struct acct_state s;

	(void)state;
	w->hold = true;
	assert_true(acct_deadline(w->a).us == UINT64_MAX);
	assert_int_equal(put(w, ACCT_START, 1, 7), 1);
	assert_int_equal(w->stores, 1);
	assert_int_equal(w->disk_n, 1);
	assert_int_equal(w->fly_n, 1);
	assert_int_equal(w->fly[0].group, 1);
	assert_int_equal(w->fly[0].serial, 1);
	s = state_of(w);
	assert_int_equal(s.records, 1);
	assert_int_equal(s.in_flight, 1);
	assert_int_equal(s.put, 1);
	assert_int_equal(s.oldest_event_ms, T0 + 1000);
	assert_true(s.bytes > 0);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->disk_n, 0);
	assert_int_equal(w->forgets, 1);
	s = state_of(w);
	assert_int_equal(s.records, 0);
	assert_int_equal(s.bytes, 0);
	assert_int_equal(s.delivered, 1);
	assert_int_equal(s.oldest_event_ms, 0);
	assert_true(acct_deadline(w->a).us == UINT64_MAX);
	/* A verdict that comes twice, or for nothing. */
	acct_done(w->a, w->now, 1, ACCT_ACKED, &w->out);
	acct_done(w->a, w->now, 99, ACCT_FAILED, &w->out);
	acct_stored(w->a, 1, false);
	assert_int_equal(w->out.n, 0);
	assert_true(state_of(w).disk_ok);
	world_free(w);
}

static void
test_attributes_of_any_size(void **state)
{
	struct world *w = world_start(1);
	static uint8_t attrs[ACCT_ATTRS_MAX + 8];

	(void)state;
	for (size_t i = 0; i < sizeof(attrs); i += 16) {
		attrs[i] = ATTR_CLASS;
		attrs[i + 1] = 16;
		attrs[i + 2] = (uint8_t)(i >> 8);
		attrs[i + 3] = (uint8_t)i;
	}
	for (size_t n = 16; n <= ACCT_ATTRS_MAX; n += 16) {
		struct acct_record r = { .kind = ACCT_STOP, .session = n,
			.attrs = rd_make(attrs, n) };
		struct rd block, sent;
		uint8_t copy[ACCT_BLOCK_MAX];
		struct acct *b = acct_new(&w->params, &w->rng, NULL);
		struct acct_out *o = calloc(1, sizeof(*o));

		assert_true(acct_put(w->a, w->now, &r, &w->out));
		assert_int_equal(w->out.n, 2);
		block = w->out.act[0].data;
		sent = w->out.act[1].record.attrs;
		assert_int_equal(rd_left(&sent), n);
		assert_memory_equal(sent.p, attrs, n);
		assert_true(rd_left(&block) <= sizeof(copy));
		/* ... and through the disk */
		assert_true(acct_restore(b, w->now, 1, block, o));
		assert_int_equal(o->n, 1);
		assert_int_equal(o->act[0].kind, ACCT_SEND);
		sent = o->act[0].record.attrs;
		assert_int_equal(rd_left(&sent), n);
		assert_memory_equal(sent.p, attrs, n);
		acct_done(w->a, w->now, w->out.act[1].number, ACCT_ACKED,
		    &w->out);
		acct_out_reset(&w->out);
		acct_free(b);
		free(o);
	}
	assert_int_equal(state_of(w).bytes, 0);
	world_free(w);
}

static void
test_nonsense_is_refused(void **state)
{
	struct world *w = world_start(1);
	static uint8_t attrs[ACCT_ATTRS_MAX + 1] = { 44, 6, 0, 0, 0, 1 };
	const struct acct_record bad[] = {
		{ ACCT_START, 2, 1, T0, rd_make(attrs, 6) },
		{ ACCT_START, 0, 0, T0, rd_make(attrs, 6) },
		{ ACCT_ON, 0, 1, T0, rd_make(attrs, 6) },
		{ ACCT_STOP, 0, 1, T0, rd_make(attrs, 0) },
		{ ACCT_STOP, 0, 1, T0, rd_make(attrs, sizeof(attrs)) },
		{ ACCT_STOP, 0, 1, T0, { attrs, attrs + 6, true } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(acct_put(w->a, w->now, &bad[i], &w->out));
		drain(w);
		assert_int_equal(w->lost_n, i + 1);
		assert_string_equal(w->lost_text, "it makes no sense");
		assert_int_equal(count_get(&w->drops.n[DROP_ACCT_RECORD]),
		    i + 1);
	}
	assert_int_equal(state_of(w).refused, 6);
	assert_int_equal(w->stores + w->sent_n, 0);
	world_free(w);
}

static void
test_params(void **state)
{
	struct world *w = world_new(1);
	struct acct_params good = w->params;

	(void)state;
#define REFUSED(change) do {						\
	w->params = good;						\
	change;								\
	assert_null(acct_new(&w->params, &w->rng, NULL));		\
} while (0)
	REFUSED(w->params.records = 0);
	REFUSED(w->params.records = 1u << 20);
	REFUSED(w->params.bytes = 100);
	REFUSED(w->params.bytes = (size_t)1 << 32);
	REFUSED(w->params.window = 0);
	REFUSED(w->params.ignored = 0);
	REFUSED(w->params.retry_first_ms = 0);
	REFUSED(w->params.retry_cap_ms = 1);
	REFUSED(w->params.group_n = ACCT_GROUPS_MAX + 1);
	REFUSED(w->params.group[1][0] = '\0');
	REFUSED(memset(w->params.group[1], 'x', ACCT_NAME_MAX));
	world_free(w);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(acct_kind_str(ACCT_START), "start");
	assert_string_equal(acct_kind_str(ACCT_INTERIM), "interim");
	assert_string_equal(acct_kind_str(ACCT_STOP), "stop");
	assert_string_equal(acct_kind_str(ACCT_ON), "on");
	assert_string_equal(acct_kind_str(ACCT_OFF), "off");
	assert_string_equal(acct_kind_str((enum acct_kind)9), "unknown");
}

/* ---- order ---- */

static void
test_one_of_a_session_at_a_time(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->hold = true;
	put(w, ACCT_START, 0, 5);
	put(w, ACCT_INTERIM, 0, 5);
	put(w, ACCT_STOP, 0, 5);
	for (uint32_t i = 1; i <= 3; i++) {
		assert_int_equal(w->fly_n, 1);
		assert_int_equal(w->fly[0].serial, i);
		land(w, 0, ACCT_ACKED);
	}
	assert_int_equal(w->fly_n, 0);
	assert_int_equal(state_of(w).delivered, 3);
	world_free(w);
}

static void
test_window_and_oldest_first(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->hold = true;
	for (uint64_t i = 1; i <= 10; i++)
		put(w, ACCT_START, 0, i);
	assert_int_equal(w->fly_n, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(w->fly[i].serial, i + 1);
	land(w, 2, ACCT_ACKED);		/* any order of answers */
	assert_int_equal(w->fly_n, 4);
	assert_int_equal(w->fly[3].serial, 5);
	/* The other group has a window of its own. */
	put(w, ACCT_START, 1, 77);
	assert_int_equal(w->fly_n, 5);
	world_free(w);
}

static void
test_barriers(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->hold = true;
	put(w, ACCT_STOP, 0, 1);		/* 1 */
	put(w, ACCT_STOP, 0, 2);		/* 2 */
	put(w, ACCT_ON, 0, 0);			/* 3 */
	put(w, ACCT_START, 0, 3);		/* 4 */
	put(w, ACCT_START, 0, 4);		/* 5 */
	put(w, ACCT_OFF, 0, 0);			/* 6 */
	put(w, ACCT_ON, 0, 0);			/* 7 */
	put(w, ACCT_START, 1, 9);		/* 8: another group */
	assert_int_equal(w->fly_n, 3);
	assert_int_equal(w->fly[2].serial, 8);
	land(w, 2, ACCT_ACKED);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly_n, 1);		/* 2 still holds */
	refreeze(w);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly_n, 1);
	assert_int_equal(w->fly[0].serial, 3);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly_n, 2);
	land(w, 1, ACCT_ACKED);
	assert_int_equal(w->fly_n, 1);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly[0].serial, 6);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly[0].serial, 7);
	assert_int_equal(w->fly_n, 1);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(state_of(w).records, 0);
	assert_int_equal(w->disk_n, 0);
	world_free(w);
}

/* A session that goes on behind a barrier waits for it, too. */
static void
test_barrier_within_a_session(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->hold = true;
	put(w, ACCT_START, 0, 1);		/* 1 */
	put(w, ACCT_START, 0, 2);		/* 2 */
	put(w, ACCT_ON, 0, 0);			/* 3 */
	put(w, ACCT_STOP, 0, 1);		/* 4 */
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly_n, 1);
	assert_int_equal(w->fly[0].serial, 2);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly_n, 1);
	assert_int_equal(w->fly[0].serial, 3);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly_n, 1);
	assert_int_equal(w->fly[0].serial, 4);
	world_free(w);
}

/* ---- Interims ---- */

static void
test_newer_interim_replaces(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->hold = true;
	put(w, ACCT_START, 0, 5);
	put(w, ACCT_INTERIM, 0, 5);
	put(w, ACCT_INTERIM, 0, 5);		/* 3 replaces 2 */
	put(w, ACCT_INTERIM, 1, 5);		/* not: another group */
	assert_int_equal(state_of(w).replaced, 1);
	assert_int_equal(state_of(w).records, 3);
	assert_int_equal(w->disk_n, 3);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly_n, 2);
	assert_int_equal(w->fly[1].serial, 3);
	/* One in flight is not replaced, but it is not repeated either. */
	put(w, ACCT_INTERIM, 0, 5);		/* 5 */
	assert_int_equal(state_of(w).replaced, 1);
	land(w, 1, ACCT_IGNORED);
	assert_int_equal(state_of(w).replaced, 2);
	assert_int_equal(w->fly[1].serial, 5);
	land(w, 1, ACCT_ACKED);
	/* A Stop is not an Interim: both go. */
	put(w, ACCT_INTERIM, 0, 5);
	put(w, ACCT_INTERIM, 0, 5);
	put(w, ACCT_STOP, 0, 5);
	land(w, 1, ACCT_ACKED);
	land(w, 1, ACCT_ACKED);
	land(w, 1, ACCT_ACKED);
	assert_int_equal(w->got[w->got_n - 1], 8);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->disk_n, 0);
	world_free(w);
}

/* ---- bounds ---- */

static void
test_interims_give_way_then_it_is_full(void **state)
{
	struct world *w = world_start(1);
	struct acct_state s;

	(void)state;
	w->hold = true;
	w->params.records = 10;
	acct_free(w->a);
	w->a = acct_new(&w->params, &w->rng, &w->drops);
	for (uint64_t i = 1; i <= 5; i++)
		put(w, ACCT_START, 0, i);
	for (uint64_t i = 1; i <= 5; i++)
		put(w, ACCT_INTERIM, 0, i);
	/* An Interim pushes out no other one, but may replace its own. */
	assert_int_equal(put(w, ACCT_INTERIM, 0, 9), 0);
	assert_true(put(w, ACCT_INTERIM, 0, 3) > 0);
	assert_int_equal(state_of(w).replaced, 1);
	for (uint64_t i = 1; i <= 5; i++)
		assert_true(put(w, ACCT_STOP, 0, i) > 0);
	s = state_of(w);
	assert_int_equal(s.records, 10);
	assert_int_equal(s.yielded, 5);
	assert_int_equal(s.refused, 1);
	assert_int_equal(w->disk_n, 10);
	assert_int_equal(w->lost_n, 1);
	assert_int_equal(put(w, ACCT_STOP, 0, 6), 0);
	assert_int_equal(count_get(&w->drops.n[DROP_ACCT_FULL]), 2);
	assert_int_equal(w->lost_n, 1);		/* a line a minute */
	run_s(w, 61);
	assert_int_equal(put(w, ACCT_STOP, 0, 6), 0);
	assert_int_equal(w->lost_n, 2);
	assert_string_equal(w->lost_text, "the queue is full");
	assert_int_equal(w->lost.kind, ACCT_STOP);
	assert_int_equal(w->lost.session, 6);
	/* What is in flight stays, an Interim too. */
	while (w->fly_n > 0)
		land(w, 0, ACCT_ACKED);
	assert_int_equal(w->got_n, 10);
	assert_int_equal(w->disk_n, 0);
	put(w, ACCT_INTERIM, 0, 50);
	for (uint64_t i = 1; i <= 9; i++)
		assert_true(put(w, ACCT_START, 0, 100 + i) > 0);
	assert_int_equal(put(w, ACCT_STOP, 0, 51), 0);
	world_free(w);
}

static void
test_bytes_are_bounded(void **state)
{
	struct world *w = world_start(1);
	static uint8_t attrs[4064];
	struct acct_record r = { .kind = ACCT_STOP, .session = 1,
		.attrs = rd_make(attrs, 4064) };
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(attrs); i += 16) {
		attrs[i] = ATTR_CLASS;
		attrs[i + 1] = 16;
	}
	while (n < 100 && acct_put(w->a, w->now, &r, &w->out)) {
		acct_out_reset(&w->out);
		n++;
		r.session++;
		assert_true(state_of(w).bytes <= w->params.bytes);
	}
	assert_int_equal(n, (64 << 10) / (17 * 256));
	world_free(w);
}

/* ---- failures ---- */

static void
test_no_server_rests_and_probes(void **state)
{
	struct world *w = world_start(1);
	mono_t began;

	(void)state;
	w->hold = true;
	for (uint64_t i = 1; i <= 8; i++)
		put(w, ACCT_STOP, 0, i);
	assert_int_equal(w->fly_n, 4);
	land(w, 3, ACCT_FAILED);
	land(w, 1, ACCT_FAILED);
	land(w, 1, ACCT_FAILED);
	land(w, 0, ACCT_FAILED);
	assert_int_equal(w->fly_n, 0);
	assert_int_equal(state_of(w).retried, 4);
	/* One rest for all four; then one record, the oldest. */
	began = w->now;
	for (uint64_t ms = 5000; ms <= 600000; ms *= 2) {
		uint64_t want = ms < 300000 ? ms : 300000;
		uint64_t rest = acct_deadline(w->a).us - w->now.us;

		assert_in_range(rest / 1000, want * 9 / 10, want * 11 / 10);
		run(w, mono_us(acct_deadline(w->a).us - 1));
		assert_int_equal(w->fly_n, 0);
		run(w, mono_add_us(w->now, 1));
		assert_int_equal(w->fly_n, 1);
		assert_int_equal(w->fly[0].serial, 1);
		land(w, 0, ACCT_FAILED);
		refreeze(w);
	}
	assert_true(began.us < w->now.us);
	/* The host hears that a server is up: at once. */
	acct_group_up(w->a, w->now, 0, &w->out);
	acct_group_up(w->a, w->now, 99, &w->out);
	settle(w);
	assert_int_equal(w->fly_n, 1);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->fly_n, 4);		/* the window is open again */
	for (uint32_t i = 2; i <= 8; i++) {
		assert_int_equal(w->fly[0].serial, i);
		land(w, 0, ACCT_ACKED);
	}
	assert_int_equal(w->disk_n, 0);
	world_free(w);
}

static void
test_ignored_rests_alone(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->hold = true;
	put(w, ACCT_STOP, 0, 1);
	put(w, ACCT_STOP, 0, 2);
	land(w, 0, ACCT_IGNORED);
	put(w, ACCT_STOP, 0, 3);
	assert_int_equal(w->fly_n, 2);
	assert_int_equal(w->fly[1].serial, 3);
	land(w, 0, ACCT_ACKED);
	land(w, 0, ACCT_ACKED);
	run_s(w, 4);
	assert_int_equal(w->fly_n, 0);
	run_s(w, 2);
	assert_int_equal(w->fly_n, 1);
	assert_int_equal(w->fly[0].serial, 1);
	land(w, 0, ACCT_ACKED);
	assert_int_equal(w->disk_n, 0);
	world_free(w);
}

/* A record that the server never takes holds up its own session only. */
static void
test_poison_start(void **state)
{
	struct world *w = world_start(1);
	uint32_t stop;

	(void)state;
	w->poison = put(w, ACCT_START, 0, 1);
	w->fly[0].verdict = ACCT_IGNORED;
	put(w, ACCT_INTERIM, 0, 1);
	stop = put(w, ACCT_STOP, 0, 1);
	put(w, ACCT_STOP, 0, 2);
	run_s(w, 60);
	assert_int_equal(w->got_n, 1);		/* session 1 still waits */
	run_s(w, 2 * HOUR_S);
	assert_int_equal(w->got_n, 3);
	assert_int_equal(w->got[2], stop);
	assert_int_equal(w->lost_n, 1);
	assert_int_equal(w->lost.kind, ACCT_START);
	assert_int_equal(w->lost.session, 1);
	assert_int_equal(state_of(w).given_up, 1);
	assert_int_equal(state_of(w).records, 0);
	assert_int_equal(w->disk_n, 0);
	world_free(w);
}

/* Nothing else goes, so nothing shows that it is the record: all wait. */
static void
test_deaf_server_keeps_the_order(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->verdict = ACCT_IGNORED;
	w->took_us = 90000000;
	for (uint64_t i = 1; i <= 20; i++) {
		put(w, ACCT_START, 0, i);
		put(w, ACCT_STOP, 0, i);
	}
	run_s(w, 24 * HOUR_S);
	w->verdict = ACCT_ACKED;
	w->took_us = 1000;
	run_s(w, HOUR_S);
	assert_int_equal(w->got_n, 40);
	assert_int_equal(w->lost_n, 0);
	for (uint32_t i = 0; i < 40; i++) {
		uint32_t other = w->got[i] % 2 == 1 ? w->got[i] + 1 : 0;

		for (uint32_t k = 0; k < i; k++)
			assert_int_not_equal(w->got[k], other);
	}
	world_free(w);
}

static void
test_poison_on(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->poison = put(w, ACCT_ON, 0, 0);
	w->fly[0].verdict = ACCT_IGNORED;
	put(w, ACCT_START, 0, 1);
	run_s(w, 60);
	assert_int_equal(w->got_n, 0);
	run_s(w, 3 * HOUR_S);
	assert_int_equal(w->got_n, 1);
	/* It must not come after the Start any more. */
	assert_int_equal(w->lost_n, 1);
	assert_int_equal(w->lost.kind, ACCT_ON);
	assert_int_equal(w->disk_n, 0);
	assert_true(acct_deadline(w->a).us == UINT64_MAX);
	world_free(w);
}

/* A stuck session from before a restart does not hold up the On for ever. */
static void
test_poison_before_on(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->poison = put(w, ACCT_START, 0, 1);
	w->fly[0].verdict = ACCT_IGNORED;
	put(w, ACCT_STOP, 0, 1);
	put(w, ACCT_ON, 0, 0);
	put(w, ACCT_START, 0, 2);
	run_s(w, 24 * HOUR_S);
	assert_int_equal(w->got_n, 3);
	assert_int_equal(w->got[0], 2);
	assert_int_equal(w->got[1], 3);
	assert_int_equal(w->got[2], 4);
	assert_int_equal(state_of(w).records, 0);
	world_free(w);
}

static void
test_broken_is_given_up(void **state)
{
	struct world *w = world_start(1);

	(void)state;
	w->hold = true;
	put(w, ACCT_START, 0, 1);
	put(w, ACCT_STOP, 0, 1);
	land(w, 0, ACCT_BROKEN);
	assert_int_equal(w->lost_n, 1);
	assert_string_equal(w->lost_text, "it cannot be sent");
	assert_int_equal(w->fly_n, 1);
	assert_int_equal(w->fly[0].serial, 2);
	assert_int_equal(w->disk_n, 1);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_send_ack_forget),
		cmocka_unit_test(test_attributes_of_any_size),
		cmocka_unit_test(test_nonsense_is_refused),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_one_of_a_session_at_a_time),
		cmocka_unit_test(test_window_and_oldest_first),
		cmocka_unit_test(test_barriers),
		cmocka_unit_test(test_barrier_within_a_session),
		cmocka_unit_test(test_newer_interim_replaces),
		cmocka_unit_test(test_interims_give_way_then_it_is_full),
		cmocka_unit_test(test_bytes_are_bounded),
		cmocka_unit_test(test_no_server_rests_and_probes),
		cmocka_unit_test(test_ignored_rests_alone),
		cmocka_unit_test(test_poison_start),
		cmocka_unit_test(test_deaf_server_keeps_the_order),
		cmocka_unit_test(test_poison_on),
		cmocka_unit_test(test_poison_before_on),
		cmocka_unit_test(test_broken_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
