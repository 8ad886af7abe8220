/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The anti-replay window: a scripted walk along its edges, and a long random
 * one against a model that remembers every number it has taken.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "ipsec/replay.h"

/* Both questions must give the same answer, whichever it is. */
static bool
take(struct replay *r, uint32_t seq)
{
	uint32_t top = r->top;
	bool could = replay_check(r, seq);
	bool advanced;
	bool took = replay_accept(r, seq, &advanced);

	assert_int_equal(took, could);
	assert_int_equal(advanced, took && seq > top);
	assert_int_equal(r->top, advanced ? seq : top);
	return took;
}

#define YES(seq)	assert_true(take(&r, (seq)))
#define NO(seq)		assert_false(take(&r, (seq)))

static void
sizes(void **state)
{
	static const uint32_t want[][2] = {
		{ 0, 64 }, { 1, 64 }, { 64, 64 }, { 65, 128 }, { 100, 128 },
		{ 1023, 1024 }, { 1024, 1024 }, { 1025, 1024 },
		{ UINT32_MAX, 1024 },
	};
	struct replay r;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		replay_init(&r, want[i][0]);
		assert_int_equal(r.size, want[i][1]);
		assert_int_equal(r.top, 0);
	}
}

static void
zero_is_never_taken(void **state)
{
	struct replay r;

	(void)state;
	replay_init(&r, 64);
	NO(0);
	YES(1);
	NO(0);
	YES(63);
	NO(0);
}

/* The walk of a window of W: each line depends on those before it. */
static void
walk(uint32_t w)
{
	struct replay r;

	replay_init(&r, w);
	YES(1); NO(1);
	YES(9); YES(8); YES(7); NO(7);
	NO(9); NO(8); NO(1);
	YES(w);				/* window is 1 .. w */
	NO(1); YES(2); YES(3); NO(w);
	YES(w + 1);			/* 2 .. w + 1: 1 falls out */
	NO(1); NO(2); YES(4);
	YES(2 * w + 2);			/* w + 3 .. 2 w + 2 */
	NO(w + 2); NO(w + 1); NO(w);
	YES(w + 3); NO(w + 3);
	YES(2 * w + 1); NO(2 * w + 1);
	YES(10 * w);			/* a jump over the whole ring */
	NO(9 * w); NO(2 * w + 1); NO(2 * w + 3);
	YES(9 * w + 1); NO(9 * w + 1);
	for (uint32_t s = 9 * w + 2; s < 10 * w; s++)
		YES(s);
	for (uint32_t s = 9 * w - 1; s <= 10 * w; s++)
		NO(s);
}

static void
edges(void **state)
{
	(void)state;
	walk(64);
	walk(128);
	walk(1024);
}

/* RFC 4303 §3.3.3: no wrap; after the last number nothing is new. */
static void
end_of_numbers(void **state)
{
	struct replay r;

	(void)state;
	replay_init(&r, 1024);
	YES(UINT32_MAX - 1025);
	YES(UINT32_MAX - 1);
	NO(UINT32_MAX - 1025);
	YES(UINT32_MAX - 1024);
	YES(UINT32_MAX);
	NO(UINT32_MAX);
	NO(UINT32_MAX - 1024);
	YES(UINT32_MAX - 1023);
	NO(0);
	NO(1);
	NO(63);
}

/*
 * A jump clears the ring once, however far it goes: a peer cannot make us walk
 * over four thousand million numbers.  (Else this takes minutes.)
 */
static void
a_far_jump_is_cheap(void **state)
{
	struct replay r;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		replay_init(&r, 64);
		YES(1);
		YES(UINT32_MAX - (uint32_t)i);
	}
}

static void
backwards_then_again(void **state)
{
	struct replay r;

	(void)state;
	replay_init(&r, 1024);
	for (uint32_t s = 5000; s > 5000 - 1024; s--)
		YES(s);
	NO(5000 - 1024);
	for (uint32_t s = 1; s <= 5000; s++)
		NO(s);
}

static void
a_refusal_changes_nothing(void **state)
{
	struct replay r, was;

	(void)state;
	replay_init(&r, 64);
	memset(&was, 0, sizeof(was));
	YES(100);
	YES(90);
	memcpy(&was, &r, sizeof(was));
	NO(36); NO(90); NO(100); NO(0); NO(1);
	assert_memory_equal(&was, &r, sizeof(was));
	assert_true(replay_check(&r, 101));	/* asking takes nothing */
	assert_true(replay_check(&r, 99));
	assert_memory_equal(&was, &r, sizeof(was));
}

#define MODEL_NUMBERS	(1u << 16)

struct model {
	uint32_t top, size;
	uint8_t taken[MODEL_NUMBERS];
};

static bool
model_take(struct model *m, uint32_t seq)
{
	if (seq == 0 || m->taken[seq] || seq + m->size <= m->top)
		return false;
	m->taken[seq] = 1;
	if (seq > m->top)
		m->top = seq;
	return true;
}

/* Near the top mostly, sometimes far off: as a bad network has it. */
static uint32_t
draw(struct rng *rng, const struct model *m)
{
	uint32_t how = rng_below(rng, 100);
	uint32_t near = rng_below(rng, 3 * m->size / 2);

	if (how < 45)
		return m->top + 1 + rng_below(rng, 4);
	if (how < 95)
		return m->top > near ? m->top - near : 0;
	if (how < 99)
		return m->top + rng_below(rng, 80);
	return m->top + rng_below(rng, 3 * m->size);
}

static void
property_same_as_model(void **state)
{
	struct model *m = malloc(sizeof(*m));
	struct rng rng;
	struct replay r;
	uint32_t taken = 0, refused = 0;

	(void)state;
	assert_non_null(m);
	for (uint64_t seed = 1; seed <= 48; seed++) {
		rng_seeded(&rng, seed);
		replay_init(&r, 64 * (1 + (uint32_t)seed % 16));
		memset(m, 0, sizeof(*m));
		m->size = r.size;
		for (int i = 0; i < 6000; i++) {
			uint32_t seq = draw(&rng, m);
			bool want;

			if (seq >= MODEL_NUMBERS)
				break;
			want = model_take(m, seq);
			if (take(&r, seq) != want)
				fail_msg("seed %u step %d number %u top %u",
				    (unsigned)seed, i, seq, m->top);
			taken += want;
			refused += !want;
		}
	}
	/* The draw must exercise both answers, or it proves nothing. */
	assert_true(taken > 50000 && refused > 10000);
	free(m);
}

/* N-31, the window's part: one packet a thousand times is taken once. */
static void
n31_replay_taken_once(void **state)
{
	struct replay r;
	uint32_t taken = 0;

	(void)state;
	replay_init(&r, 1024);
	for (uint32_t s = 1; s <= 500; s++)
		YES(s);
	for (int i = 0; i < 1000; i++)
		taken += take(&r, 501);
	assert_int_equal(taken, 1);
	for (uint32_t s = 1; s <= 501; s++)
		NO(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(zero_is_never_taken),
		cmocka_unit_test(edges),
		cmocka_unit_test(end_of_numbers),
		cmocka_unit_test(a_far_jump_is_cheap),
		cmocka_unit_test(backwards_then_again),
		cmocka_unit_test(a_refusal_changes_nothing),
		cmocka_unit_test(property_same_as_model),
		cmocka_unit_test(n31_replay_taken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
