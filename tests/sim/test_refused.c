/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refused, and not a word more (I8 of threats.md 6.6): a phone vanishes in the
 * moment in which the concentrator has refused it, or half-way, and is given up
 * for it.  A minute later nothing of it is left: no half-open record, SA, path,
 * tunnel, session, address.
 */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "tests/sim/sim.h"

#define S		((uint64_t)SIM_SECOND)
#define PHONES		3
#define GUEST		2	/* the one that is refused; 0 and 1 are in */
#define STEP		1000	/* microseconds: less than the way takes */
#define REFUSAL_S	100	/* every refusal has come by then */
#define LEFT_S		60

/* ---- what there is ---- */

struct census {
	struct show_status st;
	struct sim_stats plane;
	uint32_t addresses;
};

static struct census
census(struct sim *s)
{
	struct census c = { 0 };
	struct show_pool pool;
	uint32_t cursor = 0;

	show_status(sim_lns(s), &c.st);
	sim_stats(s, &c.plane);
	while (show_pool(sim_lns(s), &cursor, &pool))
		c.addresses += pool.used;
	return c;
}

static void
same_census(const struct census *a, const struct census *b)
{
	assert_int_equal(a->st.half_open, 0);
	assert_int_equal(a->st.peers, b->st.peers);
	assert_int_equal(a->st.children, b->st.children);
	assert_int_equal(a->st.paths, b->st.paths);
	assert_int_equal(a->st.tunnels, b->st.tunnels);
	assert_int_equal(a->st.sessions, b->st.sessions);
	assert_int_equal(a->plane.sas, b->plane.sas);
	assert_int_equal(a->plane.sessions, b->plane.sessions);
	assert_int_equal(a->addresses, b->addresses);
}

/* The attempts after number `before`: has one been refused, is one going? */
static void
attempts(struct sim *s, uint64_t before, struct attempt *refused, bool *going)
{
	struct attempt a;
	uint32_t cursor = 0;

	*refused = (struct attempt){ 0 };
	*going = false;
	while (show_attempt(sim_lns(s), &cursor, &a)) {
		if (a.id <= before)
			continue;
		if (a.result == ATT_REFUSED ||
		    (a.result == ATT_GOING && a.reason[0] != '\0'))
			*refused = a;
		*going = *going || a.result == ATT_GOING;
	}
}

/* ---- a refusal ---- */

struct refusal {
	const char *name;
	const char *reason;	/* part of what the attempt says */
	void (*stage)(struct sim_stage *);
	void (*guest)(struct sim_phone *);
	enum sim_place place;
	uint64_t seed;
};

static struct sim *
begin(const struct refusal *r, uint64_t seed)
{
	struct sim_stage st;
	struct sim *s;

	assert_true(crypto_init());
	sim_stage_default(&st, seed);
	st.phones = PHONES;
	if (r->stage != NULL)
		r->stage(&st);
	s = sim_new(&st);
	assert_non_null(s);
	for (uint32_t i = 0; i < PHONES; i++) {
		(void)sim_phone_add(s, i < GUEST ? SIM_HOME : r->place);
		sim_phone(s, i)->kit.dial.p1_n = 1;
	}
	for (uint32_t i = 0; i < GUEST; i++)
		sim_do(s, SIM_DIAL, i, 0);
	assert_true(sim_run_until_up(s, 40 * S, GUEST) && !sim_broken(s));
	(void)sim_run(s, 20 * S);
	return s;
}

/* Runs until the guest is refused; breaks off if that never happens. */
static struct attempt
until_refused(struct sim *s, const struct census *before)
{
	struct attempt refused = { 0 };
	bool going;

	for (uint64_t t = 0; t < REFUSAL_S * S && refused.id == 0; t += STEP) {
		(void)sim_run(s, STEP);
		attempts(s, before->st.attempts, &refused, &going);
	}
	assert_int_not_equal(refused.id, 0);
	assert_int_equal(sim_phone(s, GUEST)->ups, 0);
	return refused;
}

/* A minute later only the two that were in before are there. */
static void
finish(struct sim *s, const struct census *before)
{
	struct attempt refused;
	struct census after;
	bool going;

	sim_do(s, SIM_VANISH, GUEST, 0);
	(void)sim_run(s, LEFT_S * S);
	attempts(s, before->st.attempts, &refused, &going);
	assert_false(going);
	after = census(s);
	same_census(&after, before);
	assert_true(sim_phone(s, 0)->up && sim_phone(s, 1)->up);
	if (sim_broken(s))
		sim_report(s, stderr);
	assert_false(sim_broken(s));
	sim_free(s);
}

static void
i8_refused_and_silent(void **state)
{
	const struct refusal *r = *state;
	struct sim *s = begin(r, r->seed);
	struct census before = census(s);
	struct attempt refused;

	sim_phone(s, GUEST)->refused = true;
	if (r->guest != NULL)
		r->guest(sim_phone(s, GUEST));
	sim_do(s, SIM_DIAL, GUEST, 0);
	refused = until_refused(s, &before);
	if (strstr(refused.reason, r->reason) == NULL)
		fail_msg("%s: the attempt says \"%s\"", r->name,
		    refused.reason);
	finish(s, &before);
}

/* The guest vanishes in the moment in which it has come so far. */
static void
silent_at(enum peer_stage at, enum sim_place place)
{
	const struct refusal nothing = { .place = place };
	struct sim *s = begin(&nothing, 200 + (uint64_t)at);
	struct census before = census(s);
	struct attempt refused;

	sim_do(s, SIM_DIAL, GUEST, 0);
	for (int i = 0; i < 60000 && sim_phone(s, GUEST)->peer != NULL &&
	    peer_stage(sim_phone(s, GUEST)->peer) < at; i++)
		(void)sim_run(s, STEP);
	assert_non_null(sim_phone(s, GUEST)->peer);
	assert_int_equal(peer_stage(sim_phone(s, GUEST)->peer), at);
	/* Its last word is still on the way, and may be an answer to much. */
	sim_do(s, SIM_VANISH, GUEST, 0);
	refused = until_refused(s, &before);
	assert_true(refused.reason[0] != '\0');
	finish(s, &before);
}

static void
i8_silent_half_way(void **state)
{
	(void)state;
	for (enum peer_stage at = PEER_PHASE1; at <= PEER_ADDRESS; at++) {
		silent_at(at, SIM_HOME);
		silent_at(at, SIM_OPEN);
	}
}

/* ---- why ---- */

static void
guest_psk(struct sim_phone *p)
{
	p->kit.dial.psk.b[0] ^= 1;
}

static void
guest_password(struct sim_phone *p)
{
	p->kit.ppp.password.b[0] ^= 1;
}

static void
guest_nobody(struct sim_phone *p)
{
	(void)snprintf(p->kit.ppp.user, sizeof(p->kit.ppp.user), "nobody");
}

static void
guest_legacy(struct sim_phone *p)
{
	p->kit.dial.p1[0] = (struct ike_p1){ CIPHER_3DES, HASH_SHA1,
		DH_MODP1024 };
}

static void
guest_p2(struct sim_phone *p)
{
	p->kit.dial.p2[0] = (struct esp_suite){ ESP_ENC_3DES, ESP_AUTH_SHA1,
		0 };
	p->kit.dial.p2_n = 1;
}

static void
guest_pap(struct sim_phone *p)
{
	p->kit.ppp.methods = PPP_PAP;
}

static void
stage_mschapv2(struct sim_stage *st)
{
	st->lns.ppp.methods = PPP_MSCHAPV2;
}

/* It is phone 0's user, who is in already. */
static void
guest_twin(struct sim_phone *p)
{
	static const char password[] = "password0";

	(void)snprintf(p->kit.ppp.user, sizeof(p->kit.ppp.user), "phone0");
	(void)secret_set(&p->kit.ppp.password, password, sizeof(password) - 1);
}

static void
stage_one_each(struct sim_stage *st)
{
	st->lns.sessions_per_user = 1;
}

static void
stage_addresses(struct sim_stage *st)
{
	st->addresses = GUEST;
}

static void
stage_sessions(struct sim_stage *st)
{
	st->lns.sessions = GUEST;
}

static void
stage_paths(struct sim_stage *st)
{
	st->lns.paths = GUEST;
}

static void
stage_tunnels(struct sim_stage *st)
{
	st->lns.l2tp.tunnels = GUEST;
}

static const struct refusal refusals[] = {
	{ "wrong key", "pre-shared key", NULL, guest_psk, SIM_HOME, 81 },
	{ "legacy proposal", "allow-legacy-dh", NULL, guest_legacy, SIM_OPEN, 82 },
	{ "no ESP proposal", "proposal", NULL, guest_p2, SIM_HOME, 83 },
	{ "no ESP proposal", "proposal", NULL, guest_p2, SIM_SIX, 84 },
	{ "wrong password", "wrong password", NULL, guest_password, SIM_HOME, 85 },
	{ "unknown user", "unknown user", NULL, guest_nobody, SIM_OPEN, 86 },
	{ "no method", "", stage_mschapv2, guest_pap, SIM_HOME, 87 },
	{ "one session each", "which is the limit", stage_one_each, guest_twin,
	    SIM_HOME, 88 },
	{ "pool", "is empty", stage_addresses, NULL, SIM_HOME, 89 },
	{ "sessions", "session limit", stage_sessions, NULL, SIM_HOME, 90 },
	{ "paths", "peer limit", stage_paths, NULL, SIM_HOME, 91 },
	{ "tunnels", "", stage_tunnels, NULL, SIM_HOME, 92 },
};
#define REFUSALS	(sizeof(refusals) / sizeof(refusals[0]))

int
main(void)
{
	struct CMUnitTest tests[REFUSALS + 1];

	for (size_t i = 0; i < REFUSALS; i++)
		tests[i] = (struct CMUnitTest){ .name = refusals[i].name,
			.test_func = i8_refused_and_silent,
			.initial_state = (void *)(uintptr_t)&refusals[i] };
	tests[REFUSALS] = (struct CMUnitTest)cmocka_unit_test(
	    i8_silent_half_way);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
