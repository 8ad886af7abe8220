/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_RADIUS_ACCT_WORLD_H
#define TESTS_RADIUS_ACCT_WORLD_H

/*
 * DOC: an accounting queue between a disk and a server that are arrays.
 * Records are numbered by the test, in their Acct-Session-Id, so that what
 * arrives can be compared with what was put.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "radius/acct.h"
#include "radius/attr.h"

#define T0		1700000000000	/* Unix time of mono 0, ms */
#define DISK_MAX	32768
#define FLY_MAX		512
#define GOT_MAX		65536
#define HOUR_S		3600

struct stored {
	uint64_t number;
	size_t n;
	uint8_t b[96];
};

struct flying {
	uint64_t number;
	uint32_t group, serial;
	mono_t when;			/* then `verdict` is told */
	enum acct_verdict verdict;
};

struct world {
	struct acct_params params;
	struct rng rng, dice;
	struct drops drops;
	struct acct *a;
	struct acct_out out;
	mono_t now;

	struct stored *disk;
	uint32_t disk_n;
	bool disk_full;
	uint32_t stores, forgets;

	struct flying fly[FLY_MAX];
	uint32_t fly_n, fly_most;
	uint64_t took_us;		/* until a verdict comes */
	enum acct_verdict verdict;	/* of what is sent now */
	bool hold;			/* verdicts are the test's matter */
	uint32_t poison;		/* serial that is always ignored */

	uint32_t *got;			/* serials, as they were acknowledged */
	uint32_t got_n, sent_n, lost_n;
	uint8_t *seen;			/* by serial */
	const char *lost_text;
	struct acct_record lost;
	uint32_t serial;
};

static inline void
world_params(struct world *w)
{
	acct_params_default(&w->params);
	w->params.records = 200;
	w->params.bytes = 64u << 10;
	w->params.window = 4;
	w->params.group_n = 2;
	(void)strcpy(w->params.group[0], "one");
	(void)strcpy(w->params.group[1], "two");
}

static inline struct world *
world_new(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));

	world_params(w);
	w->disk = calloc(DISK_MAX, sizeof(*w->disk));
	w->got = calloc(GOT_MAX, sizeof(*w->got));
	w->seen = calloc(GOT_MAX, 1);
	rng_seeded(&w->rng, seed);
	rng_seeded(&w->dice, seed + 1);
	w->now = mono_us(1000000);
	w->took_us = 1000;
	w->verdict = ACCT_ACKED;
	return w;
}

static inline struct world *
world_start(uint64_t seed)
{
	struct world *w = world_new(seed);

	w->a = acct_new(&w->params, &w->rng, &w->drops);
	assert_non_null(w->a);
	return w;
}

static inline void
world_free(struct world *w)
{
	acct_free(w->a);
	free(w->disk);
	free(w->got);
	free(w->seen);
	free(w);
}

static inline struct acct_state
state_of(const struct world *w)
{
	struct acct_state s;

	acct_state(w->a, &s);
	return s;
}

static inline void
disk_forget(struct world *w, uint64_t number)
{
	for (uint32_t i = 0; i < w->disk_n; i++)
		if (w->disk[i].number == number) {
			memmove(&w->disk[i], &w->disk[i + 1],
			    (w->disk_n - i - 1) * sizeof(w->disk[0]));
			w->disk_n--;
			return;
		}
}

static inline void
disk_store(struct world *w, const struct acct_act *act)
{
	struct rd r = act->data;
	struct stored *s;

	w->stores++;
	if (!w->disk_full) {
		disk_forget(w, act->number);
		assert_true(w->disk_n < DISK_MAX);
		s = &w->disk[w->disk_n++];
		s->number = act->number;
		s->n = rd_left(&r);
		assert_true(s->n <= sizeof(s->b));
		rd_copy(&r, s->b, s->n);
	}
	acct_stored(w->a, act->number, !w->disk_full);
}

/* The test's own number of a record. */
static inline uint32_t
serial_of(const struct acct_record *r)
{
	struct attr at;

	assert_true(attr_get(r->attrs, 0, ATTR_ACCT_SESSION_ID, &at));
	assert_int_equal(rd_left(&at.value), 4);
	return attr_u32(&at);
}

static inline void
fly(struct world *w, const struct acct_act *act)
{
	struct flying *f = &w->fly[w->fly_n++];

	assert_true(w->fly_n < FLY_MAX);
	*f = (struct flying){ .number = act->number,
		.group = act->record.group,
		.serial = serial_of(&act->record),
		.when = w->hold ? MONO_NEVER : mono_add_us(w->now, w->took_us),
		.verdict = w->verdict };
	if (w->poison != 0 && f->serial == w->poison &&
	    f->verdict == ACCT_ACKED)
		f->verdict = ACCT_IGNORED;
	w->sent_n++;
	if (w->fly_n > w->fly_most)
		w->fly_most = w->fly_n;
}

static inline void
drain(struct world *w)
{
	assert_true(w->out.n <= ACCT_OUT_ACTS);
	assert_true(w->out.used <= ACCT_OUT_BYTES);
	for (unsigned i = 0; i < w->out.n; i++) {
		const struct acct_act *act = &w->out.act[i];

		switch (act->kind) {
		case ACCT_STORE:
			disk_store(w, act);
			break;
		case ACCT_FORGET:
			w->forgets++;
			disk_forget(w, act->number);
			break;
		case ACCT_SEND:
			fly(w, act);
			break;
		case ACCT_LOST:
			w->lost_n++;
			w->lost = act->record;
			w->lost_text = act->text;
			break;
		}
	}
	acct_out_reset(&w->out);
}

static inline void
settle(struct world *w)
{
	drain(w);
	for (int n = 0; mono_due(acct_deadline(w->a), w->now); n++) {
		assert_true(n < 10000);
		acct_expire(w->a, w->now, &w->out);
		drain(w);
	}
}

static inline void
land(struct world *w, uint32_t i, enum acct_verdict verdict)
{
	struct flying f = w->fly[i];

	memmove(&w->fly[i], &w->fly[i + 1],
	    (w->fly_n - i - 1) * sizeof(w->fly[0]));
	w->fly_n--;
	if (verdict == ACCT_ACKED) {
		assert_true(w->got_n < GOT_MAX);
		w->got[w->got_n++] = f.serial;
		w->seen[f.serial]++;
	}
	acct_done(w->a, w->now, f.number, verdict, &w->out);
	settle(w);
}

/* Time goes on to `until`, with all that happens on the way. */
static inline void
run(struct world *w, mono_t until)
{
	for (;;) {
		mono_t next = acct_deadline(w->a);
		uint32_t at = UINT32_MAX;

		for (uint32_t i = 0; i < w->fly_n; i++)
			if (mono_before(w->fly[i].when, next)) {
				next = w->fly[i].when;
				at = i;
			}
		if (mono_before(until, next))
			break;
		if (mono_before(w->now, next))
			w->now = next;
		if (at != UINT32_MAX)
			land(w, at, w->fly[at].verdict);
		else
			settle(w);
	}
	w->now = until;
}

static inline void
run_s(struct world *w, uint64_t s)
{
	run(w, mono_add_s(w->now, s));
}

/* Puts a record; its serial, or 0 if it was refused. */
static inline uint32_t
put(struct world *w, enum acct_kind kind, uint32_t group, uint64_t session)
{
	uint32_t serial = ++w->serial;
	uint8_t attrs[6] = { ATTR_ACCT_SESSION_ID, 6, (uint8_t)(serial >> 24),
		(uint8_t)(serial >> 16), (uint8_t)(serial >> 8),
		(uint8_t)serial };
	struct acct_record r = { .kind = kind, .group = group,
		.session = session, .event_ms = T0 + w->now.us / 1000,
		.attrs = rd_make(attrs, sizeof(attrs)) };
	bool ok = acct_put(w->a, w->now, &r, &w->out);

	settle(w);
	return ok ? serial : 0;
}

/* Dies and starts again from what is on disk. */
static inline void
crash(struct world *w)
{
	acct_free(w->a);
	acct_out_reset(&w->out);
	w->fly_n = 0;
	w->a = acct_new(&w->params, &w->rng, &w->drops);
	assert_non_null(w->a);
	for (uint32_t i = 0; i < w->disk_n; i++) {
		struct stored s = w->disk[i];

		assert_true(acct_restore(w->a, w->now, s.number,
		    rd_make(s.b, s.n), &w->out));
	}
	settle(w);
}

static inline void
refreeze(struct world *w)
{
	size_t n = acct_frozen_size(w->a);
	uint8_t *b = malloc(n);
	struct wr wr = wr_make(b, n);
	struct acct_state before = state_of(w), after;
	struct rd r;

	acct_freeze(w->a, &wr);
	assert_false(wr.bad);
	assert_int_equal(wr_used(&wr), n);
	acct_free(w->a);
	r = wr_out(&wr);
	w->a = acct_thaw(&w->params, &w->rng, &w->drops, &r);
	assert_non_null(w->a);
	assert_true(rd_done(&r));
	after = state_of(w);
	assert_memory_equal(&before, &after,
	    offsetof(struct acct_state, disk_ok));	/* then padding */
	assert_int_equal(before.disk_ok, after.disk_ok);
	free(b);
}

#endif
