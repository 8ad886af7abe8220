/* SPDX-License-Identifier: BSD-2-Clause */
/* Back-off, lock-out and the rate of calls, without a login around them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lns/limits.h"
#include "lns/show.h"

#define ENTRIES	64
#define SERVER	7	/* a group of servers */

struct rig {
	struct lns_params params;
	struct lns l;
	mono_t now;
};

static int
setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->params.auth_delay_s = 1;
	r->params.auth_delay_max_s = 60;
	r->params.lockout_user = 4;
	r->params.lockout_everywhere = 12;
	r->params.lockout_source = 8;
	r->params.lockout_window_s = 900;
	r->params.lockout_s = 600;
	r->now = mono_us(1000);
	r->l.params = &r->params;
	r->l.wall_ms = UINT64_C(1700000000000);	/* 22:13:20 UTC */
	*state = r;
	return fails_init(&r->l.fails, ENTRIES);
}

static int
teardown(void **state)
{
	struct rig *r = *state;

	fails_wipe(&r->l.fails);
	free(r);
	return 0;
}

/* A user's name as a server of this group is told it, from 192.0.2.n. */
static struct limits_who
of_group(const struct rig *r, uint32_t group, const char *name, unsigned n)
{
	struct aaa_choice c = { .auth_group = group,
		.user = rd_make(name, strlen(name)) };
	struct endpoint e = { ipaddr_v4(0xc0000200 + n), 4500 };
	struct limits_who who;

	limits_who(&r->l, &c, &e, &who);
	return who;
}

static struct limits_who
of(const struct rig *r, const char *name, unsigned n)
{
	return of_group(r, SERVER, name, n);
}

static void
fail_n(struct rig *r, const char *name, unsigned n, unsigned times)
{
	struct limits_who who = of(r, name, n);

	for (unsigned i = 0; i < times; i++)
		limits_failed(&r->l, r->now, &who);
}

static void
succeed(struct rig *r, const char *name, unsigned n)
{
	struct limits_who who = of(r, name, n);

	limits_succeeded(&r->l, r->now, &who);
}

/* Seconds that an answer is kept back now. */
static uint64_t
wait_s(const struct rig *r, const char *name, unsigned n)
{
	struct limits_who who = of(r, name, n);

	return mono_since_us(limits_answer_at(&r->l, r->now, &who), r->now) /
	    1000000;
}

static bool
locked(const struct rig *r, const char *name, unsigned n)
{
	struct limits_who who = of(r, name, n);
	char why[LIMITS_WHY_MAX];

	return limits_locked(&r->l, r->now, &who, why);
}

static void
expect_why(const struct rig *r, const char *name, unsigned n, const char *want)
{
	struct limits_who who = of(r, name, n);
	char why[LIMITS_WHY_MAX] = "";

	assert_true(limits_locked(&r->l, r->now, &who, why));
	assert_string_equal(why, want);
}

/* ---- back-off ---- */

static void
delays_double_up_to_the_cap(void **state)
{
	static const uint64_t want[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	struct rig *r = *state;
	struct limits_who who = of(r, "u", 7);

	r->params.lockout_user = r->params.lockout_source = 0;
	assert_int_equal(wait_s(r, "u", 7), 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		fail_n(r, "u", 7, 1);
		assert_int_equal(wait_s(r, "u", 7), want[i]);
		r->now = limits_answer_at(&r->l, r->now, &who);
		assert_int_equal(wait_s(r, "u", 7), 0);
	}
	assert_int_equal(r->l.failed, 8);
}

static void
counts_user_and_prefix_apart(void **state)
{
	struct rig *r = *state;

	fail_n(r, "u", 7, 1);
	assert_int_equal(wait_s(r, "u", 8), 1);
	assert_int_equal(wait_s(r, "v", 7), 1);
	assert_int_equal(wait_s(r, "v", 8), 0);
	succeed(r, "u", 7);
	assert_int_equal(wait_s(r, "u", 7), 0);
	assert_int_equal(wait_s(r, "u", 8), 0);
	assert_int_equal(wait_s(r, "v", 7), 0);
	succeed(r, "somebody", 8);
}

/* Elsewhere a user waits for the number of sources, not for that of failures. */
static void
one_source_hardly_delays_others(void **state)
{
	struct rig *r = *state;

	fail_n(r, "u", 7, 3);
	assert_int_equal(wait_s(r, "u", 7), 4);
	assert_int_equal(wait_s(r, "u", 8), 1);
	fail_n(r, "u", 9, 1);
	fail_n(r, "u", 10, 1);
	assert_int_equal(wait_s(r, "u", 8), 4);
}

static void
forgets_after_a_while(void **state)
{
	struct rig *r = *state;

	fail_n(r, "u", 7, 3);
	r->now = mono_add_s(r->now, 3600);
	fail_n(r, "u", 7, 1);
	assert_int_equal(wait_s(r, "u", 7), 1);
	assert_false(locked(r, "u", 7));
}

static void
prefixes_of_ipv6(void **state)
{
	struct rig *r = *state;
	struct aaa_choice c = { .user = rd_make("u", 1) };
	struct endpoint e = { { .family = IP_V6, .b = { 0x20, 1 } }, 4500 };
	struct limits_who a, b, other;

	limits_who(&r->l, &c, &e, &a);
	e.addr.b[15] = 9;
	limits_who(&r->l, &c, &e, &b);
	e.addr.b[7] = 9;
	limits_who(&r->l, &c, &e, &other);
	assert_true(a.key[FAIL_PAIR] == b.key[FAIL_PAIR]);
	assert_true(a.key[FAIL_SOURCE] != other.key[FAIL_SOURCE]);
}

/* ---- locks ---- */

static void
a_pair_is_locked(void **state)
{
	struct rig *r = *state;

	fail_n(r, "alice", 7, 3);
	assert_false(locked(r, "alice", 7));
	fail_n(r, "alice", 7, 1);
	expect_why(r, "alice", 7, "user locked out after 4 failed logins from"
	    " 192.0.2.7 until 22:23 UTC: l2tpctl unlock alice");
	/* Nowhere else, and nobody else there. */
	assert_false(locked(r, "alice", 8));
	assert_false(locked(r, "bob", 7));
	assert_int_equal(r->l.lockouts, 1);
	assert_int_equal(limits_locks(&r->l), 1);
	assert_int_equal(limits_deadline(&r->l).us,
	    mono_add_s(r->now, 600).us);
}

static void
a_lock_ends(void **state)
{
	struct rig *r = *state;
	struct limits_who who = of(r, "alice", 7);

	fail_n(r, "alice", 7, 4);
	r->now = mono_add_s(r->now, 599);
	limits_expire(&r->l, r->now);
	assert_true(locked(r, "alice", 7));
	/* What is refused meanwhile waits longer, but is no failure. */
	for (int i = 0; i < 20; i++)
		limits_refused(&r->l, r->now, &who);
	assert_int_equal(wait_s(r, "alice", 7), 60);
	assert_int_equal(wait_s(r, "bob", 7), 0);
	r->now = mono_add_s(r->now, 1);
	assert_false(locked(r, "alice", 7));
	limits_expire(&r->l, r->now);
	assert_int_equal(limits_locks(&r->l), 0);
	assert_int_equal(limits_deadline(&r->l).us, MONO_NEVER.us);
	assert_int_equal(r->l.failed, 4);
	fail_n(r, "alice", 7, 3);
	assert_false(locked(r, "alice", 7));
	fail_n(r, "alice", 7, 1);
	assert_true(locked(r, "alice", 7));
}

static void
failures_long_apart_do_not_lock(void **state)
{
	struct rig *r = *state;

	fail_n(r, "alice", 7, 3);
	r->now = mono_add_s(r->now, 900);
	fail_n(r, "alice", 7, 3);
	assert_false(locked(r, "alice", 7));
	fail_n(r, "alice", 7, 1);
	assert_true(locked(r, "alice", 7));
}

static void
no_locks_if_none_are_wanted(void **state)
{
	struct rig *r = *state;

	r->params.lockout_user = r->params.lockout_source =
	    r->params.lockout_everywhere = 0;
	for (unsigned n = 0; n < 8; n++)
		fail_n(r, "alice", n, 50);
	assert_false(locked(r, "alice", 1));
	assert_int_equal(limits_locks(&r->l), 0);
}

static void
a_source_is_locked(void **state)
{
	struct rig *r = *state;

	succeed(r, "bob", 7);
	for (int i = 0; i < 8; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "u%d", i);
		assert_false(locked(r, "carol", 7));
		fail_n(r, name, 7, 1);
	}
	expect_why(r, "carol", 7, "source locked out after 8 failed logins"
	    " until 22:23 UTC: l2tpctl unlock 192.0.2.7");
	/* Who works there is let in, and may mistype. */
	assert_false(locked(r, "bob", 7));
	assert_int_equal(wait_s(r, "bob", 7), 0);
	fail_n(r, "bob", 7, 3);
	assert_false(locked(r, "bob", 7));
	assert_int_equal(wait_s(r, "bob", 7), 4);
	/* But nobody may guess his password there. */
	fail_n(r, "bob", 7, 1);
	assert_true(locked(r, "bob", 7));
	assert_false(locked(r, "carol", 8));
}

/* All of a source share a turn, but not who is known there. */
static void
shares(void **state)
{
	struct rig *r = *state;
	struct limits_who alice = of(r, "alice", 7), bob = of(r, "bob", 7);
	uint64_t both = limits_share(&r->l, r->now, &alice);

	assert_true(limits_share(&r->l, r->now, &bob) == both);
	succeed(r, "bob", 7);
	assert_true(limits_share(&r->l, r->now, &bob) != both);
	assert_true(limits_share(&r->l, r->now, &alice) == both);
}

/* The memory of having logged in from there is not for ever. */
static void
known_for_a_week(void **state)
{
	struct rig *r = *state;

	r->params.lockout_s = 30 * 86400;
	succeed(r, "bob", 7);
	for (int i = 0; i < 8; i++)
		fail_n(r, i % 2 == 0 ? "u" : "v", 7, 1);
	assert_false(locked(r, "bob", 7));
	r->now = mono_add_s(r->now, LIMITS_PROVEN_S);
	assert_true(locked(r, "bob", 7));
}

/* Who holds the key and few addresses cannot lock a user out. */
static void
few_sources_lock_nobody_out(void **state)
{
	struct rig *r = *state;

	for (unsigned n = 1; n < LIMITS_SOURCES; n++)
		fail_n(r, "alice", n, 50);
	assert_false(locked(r, "alice", 99));
}

static void
many_sources_lock_a_user_out_where_he_is_not_known(void **state)
{
	struct rig *r = *state;

	succeed(r, "alice", 100);
	for (unsigned n = 1; n <= 2 * LIMITS_SOURCES; n++)
		fail_n(r, "alice", n, 1);
	assert_false(locked(r, "alice", 99));
	fail_n(r, "alice", 11, 1);
	fail_n(r, "alice", 12, 1);
	expect_why(r, "alice", 99, "user locked out after 12 failed logins from"
	    " 12 sources until 22:23 UTC: l2tpctl unlock alice");
	assert_false(locked(r, "alice", 100));
	assert_int_equal(wait_s(r, "alice", 100), 0);
	assert_false(locked(r, "bob", 99));
}

/* ---- what success takes back ---- */

static void
an_own_account_does_not_wash(void **state)
{
	struct rig *r = *state;

	for (unsigned i = 0; i < 7; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "u%u", i);
		fail_n(r, name, 7, 1);
		fail_n(r, "mallory", 7, i == 3);
		succeed(r, "mallory", 7);
	}
	assert_false(locked(r, "u9", 7));
	fail_n(r, "u9", 7, 1);
	assert_true(locked(r, "u9", 7));
}

static void
success_clears_the_pair(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 10; i++) {
		fail_n(r, "alice", 7, 3);
		succeed(r, "alice", 7);
		assert_int_equal(wait_s(r, "alice", 7), 0);
		assert_int_equal(wait_s(r, "alice", 8), 0);
	}
	assert_false(locked(r, "alice", 7));
	assert_int_equal(limits_locks(&r->l), 0);
	/* Only that pair of the user is left. */
	assert_int_equal(r->l.fails.pool.used, 1);
}

/* A namesake of another realm, at the same servers, does not clear it. */
static void
namesakes_do_not_wash(void **state)
{
	struct rig *r = *state;

	fail_n(r, "alice@a.example", 7, 3);
	succeed(r, "alice@b.example", 7);
	fail_n(r, "alice@a.example", 7, 1);
	assert_true(locked(r, "alice@a.example", 7));
}

/* ---- names ---- */

static void
spellings_are_one_user(void **state)
{
	static const char *const names[] = { "alice", "ALICE", "CORP\\alice",
		"alice@corp.example" };
	struct rig *r = *state;
	struct limits_who other = of_group(r, SERVER + 1, "alice", 7);
	char why[LIMITS_WHY_MAX];

	for (int i = 0; i < 4; i++)
		fail_n(r, names[i], 7, 1);
	for (int i = 0; i < 4; i++)
		assert_true(locked(r, names[i], 7));
	/* Who is answered for by other servers is another. */
	assert_false(limits_locked(&r->l, r->now, &other, why));
}

/* What all the users of EAP show is no user. */
static void
nobody_is_not_locked(void **state)
{
	static const char *const names[] = { "", "@corp.example", "anonymous",
		"Anonymous@corp.example" };
	struct rig *r = *state;

	for (int i = 0; i < 4; i++) {
		fail_n(r, names[i], 20 + (unsigned)i, 4);
		assert_false(locked(r, names[i], 20 + (unsigned)i));
		succeed(r, names[i], 20 + (unsigned)i);
		fail_n(r, names[i], 20 + (unsigned)i, 4);
		assert_true(locked(r, "any", 20 + (unsigned)i));
	}
}

/* What an operator is told to type has nothing of a stranger's in it. */
static void
commands_are_harmless(void **state)
{
	struct rig *r = *state;

	fail_n(r, "a;reboot", 7, 4);
	expect_why(r, "a;reboot", 7, "user locked out after 4 failed logins"
	    " from 192.0.2.7 until 22:23 UTC: l2tpctl locks");
	fail_n(r, "--all", 8, 4);
	expect_why(r, "--all", 8, "user locked out after 4 failed logins"
	    " from 192.0.2.8 until 22:23 UTC: l2tpctl locks");
}

/* ---- the list, and unlocking ---- */

static void
locks_are_shown(void **state)
{
	struct rig *r = *state;
	struct show_lock s;
	uint32_t cursor = 0;

	fail_n(r, "al\x01ice", 7, 4);
	fail_n(r, "bob", 7, 1);
	assert_true(show_lock(&r->l, r->now, &cursor, &s));
	assert_string_equal(s.kind, "pair");
	assert_string_equal(s.user, "al\\x01ice");
	assert_string_equal(s.source, "192.0.2.7");
	assert_int_equal(s.failures, 4);
	assert_int_equal(s.until - s.since, 600);
	assert_int_equal(s.since, 1700000000);
	assert_false(show_lock(&r->l, r->now, &cursor, &s));
	cursor = 0;
	assert_false(show_lock(&r->l, mono_add_s(r->now, 600), &cursor, &s));
}

static void
unlocks_what_is_named(void **state)
{
	struct rig *r = *state;

	fail_n(r, "alice", 7, 4);
	fail_n(r, "bob", 7, 4);		/* and now the source */
	fail_n(r, "alice", 8, 4);
	assert_int_equal(limits_locks(&r->l), 4);
	assert_int_equal(lns_unlock(&r->l, "carol"), 0);
	assert_int_equal(lns_unlock(&r->l, ""), 0);
	assert_int_equal(lns_unlock(&r->l, "198.51.100.1"), 0);
	assert_int_equal(lns_unlock(&r->l, "CORP\\Alice"), 2);
	assert_int_equal(wait_s(r, "alice", 8), 8);	/* the source's */
	assert_false(locked(r, "alice", 8));
	assert_true(locked(r, "alice", 7));
	assert_true(locked(r, "bob", 7));
	assert_int_equal(lns_unlock(&r->l, "192.0.2.7"), 2);
	assert_false(locked(r, "alice", 7));
	assert_false(locked(r, "bob", 7));
	fail_n(r, "bob", 7, 4);
	fail_n(r, "carol", 9, 4);
	succeed(r, "dave", 9);
	assert_int_equal(lns_unlock(&r->l, NULL), 2);
	assert_int_equal(limits_locks(&r->l), 0);
	/* That dave is known there is not forgotten. */
	assert_int_equal(r->l.fails.pool.used, 1);
}

/* ---- the table ---- */

static void
a_flood_does_not_push_out_locks(void **state)
{
	struct rig *r = *state;

	fail_n(r, "alice", 7, 4);
	fail_n(r, "bob", 8, 3);
	succeed(r, "carol", 9);
	for (uint32_t i = 0; i < 100 * ENTRIES; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "u%u", i);
		r->now = mono_add_us(r->now, 1000);
		fail_n(r, name, 1000 + i, 1);
	}
	assert_int_equal(r->l.fails.pool.used, ENTRIES);
	assert_true(locked(r, "alice", 7));
	fail_n(r, "bob", 8, 1);
	assert_true(locked(r, "bob", 8));
	assert_non_null(fails_find(&r->l.fails, of(r, "alice", 7).key[FAIL_PAIR]));
}

/* A table that is full of locks still counts, and loses the oldest. */
static void
a_table_of_locks(void **state)
{
	struct rig *r = *state;

	r->params.lockout_source = 0;
	r->params.lockout_everywhere = 0;
	for (uint32_t i = 0; i < 4 * ENTRIES; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "u%u", i);
		r->now = mono_add_us(r->now, 1000);
		fail_n(r, name, 1000 + i, 4);
		assert_true(locked(r, name, 1000 + i));
		assert_true(limits_locks(&r->l) <= ENTRIES);
	}
	assert_true(limits_locks(&r->l) >= ENTRIES / 2);
	assert_false(locked(r, "u0", 1000));
	assert_true(locked(r, "u240", 1240));
}

/* What is too old to count goes before what is new. */
static void
old_failures_make_room(void **state)
{
	struct rig *r = *state;

	for (uint32_t i = 0; i < ENTRIES; i++)
		fail_n(r, "u", 1000 + i, 2);
	r->now = mono_add_s(r->now, 901);
	fail_n(r, "alice", 7, 1);
	fail_n(r, "bob", 8, 1);
	assert_non_null(fails_find(&r->l.fails, of(r, "alice", 7).key[FAIL_PAIR]));
	assert_non_null(fails_find(&r->l.fails, of(r, "alice", 7).key[FAIL_USER]));
	assert_non_null(fails_find(&r->l.fails, of(r, "bob", 8).key[FAIL_PAIR]));
}

/* Freezing keeps entries, their order and the locks. */
static void
frozen(void **state)
{
	struct rig *r = *state;
	size_t n = fails_frozen_size(&r->l.fails);
	uint8_t *b;
	struct wr w;
	struct rd rd;

	fail_n(r, "alice", 7, 4);
	fail_n(r, "bob", 8, 3);
	succeed(r, "carol", 9);
	n = fails_frozen_size(&r->l.fails);
	b = malloc(n);
	assert_non_null(b);
	w = wr_make(b, n);
	fails_freeze(&r->l.fails, &w);
	assert_false(w.bad);
	for (size_t cut = 0; cut < wr_used(&w); cut += 97) {
		struct fails t;

		assert_int_equal(fails_init(&t, ENTRIES), 0);
		rd = rd_make(b, cut);
		assert_false(fails_thaw(&t, &rd));
		fails_wipe(&t);
	}
	fails_wipe(&r->l.fails);
	assert_int_equal(fails_init(&r->l.fails, ENTRIES), 0);
	rd = wr_out(&w);
	assert_true(fails_thaw(&r->l.fails, &rd));
	assert_true(rd_done(&rd));
	assert_true(locked(r, "alice", 7));
	fail_n(r, "bob", 8, 1);
	assert_true(locked(r, "bob", 8));
	assert_int_equal(fails_first_locked(&r->l.fails)->key,
	    of(r, "alice", 7).key[FAIL_PAIR]);
	/* A list that is not one is refused: the last link is of bob's pair. */
	b[wr_used(&w) - 4] ^= 1;
	fails_wipe(&r->l.fails);
	assert_int_equal(fails_init(&r->l.fails, ENTRIES), 0);
	rd = wr_out(&w);
	assert_false(fails_thaw(&r->l.fails, &rd));
	free(b);
}

/* ---- calls ---- */

static bool
call(struct rig *r, unsigned n)
{
	struct endpoint e = { ipaddr_v4(0xc0000200 + n), 4500 };

	return limits_call(&r->l, r->now, &e);
}

static void
calls_are_a_bucket(void **state)
{
	struct rig *r = *state;
	int n = 0;

	r->now = mono_us(5000000);
	assert_true(call(r, 7));	/* rate 0: any number */
	r->params.login_rate = 10;
	r->params.login_burst = 4;
	while (call(r, 7) && n < 100)
		n++;
	assert_int_equal(n, 5);			/* the burst and one more */
	r->now = mono_add_ms(r->now, 100);
	assert_true(call(r, 7));
	assert_false(call(r, 7));
}

/* Sources that fail leave half of it to the others. */
static void
calls_of_guessers_leave_room(void **state)
{
	struct rig *r = *state;
	int n = 0;

	r->now = mono_us(5000000);
	r->params.login_rate = 10;
	r->params.login_burst = 4;
	fail_n(r, "u", 7, 1);
	while (call(r, 7) && n < 100)
		n++;
	assert_int_equal(n, 3);
	assert_true(call(r, 8));
	assert_true(call(r, 9));
	assert_false(call(r, 8));
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(delays_double_up_to_the_cap),
		TEST(counts_user_and_prefix_apart),
		TEST(one_source_hardly_delays_others),
		TEST(forgets_after_a_while),
		TEST(prefixes_of_ipv6),
		TEST(a_pair_is_locked),
		TEST(a_lock_ends),
		TEST(failures_long_apart_do_not_lock),
		TEST(no_locks_if_none_are_wanted),
		TEST(a_source_is_locked),
		TEST(shares),
		TEST(known_for_a_week),
		TEST(few_sources_lock_nobody_out),
		TEST(many_sources_lock_a_user_out_where_he_is_not_known),
		TEST(an_own_account_does_not_wash),
		TEST(success_clears_the_pair),
		TEST(namesakes_do_not_wash),
		TEST(spellings_are_one_user),
		TEST(nobody_is_not_locked),
		TEST(commands_are_harmless),
		TEST(locks_are_shown),
		TEST(unlocks_what_is_named),
		TEST(a_flood_does_not_push_out_locks),
		TEST(a_table_of_locks),
		TEST(old_failures_make_room),
		TEST(frozen),
		TEST(calls_are_a_bucket),
		TEST(calls_of_guessers_leave_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
