/* SPDX-License-Identifier: BSD-2-Clause */
/* The everyday life of phones, drawn from a seed: see sim.h. */

#include <string.h>

#include "tests/sim/scenes.h"

#define MS		1000u		/* microseconds */
#define S		1000000u
#define FAREWELL	(45 * S)	/* then nothing of a phone is left */
#define UNLUCKY		6	/* packets more may be lost where many are */

/* ---- drawing ---- */

static uint32_t
below(struct rng *r, uint32_t n)
{
	return rng_below(r, n);
}

void
scene_stage_weather(struct sim_stage *st, struct rng *r)
{
	st->quality = (struct wire_quality){ .delay_us = below(r, 150 * MS),
		.jitter_us = below(r, 20 * MS), .loss = below(r, 20),
		.dup = below(r, 10), .late = below(r, 20),
		.late_us = 100 * MS };
	st->dh_us = 300 + below(r, 5000);
	st->freeze = (uint16_t)below(r, 20);
	st->freeze_phone = (uint16_t)below(r, 20);
	st->six = st->seed % 2 == 1;
}

void
scene_stage_exact(struct sim_stage *st, struct rng *r)
{
	scene_stage_weather(st, r);
	if (below(r, 2))
		return;
	st->quality.loss = 0;
	st->quality.late = 0;
}

static void
stage_mild(struct sim_stage *st, struct rng *r)
{
	scene_stage_weather(st, r);
	scene_stage_logins(st, r);
	st->phones = 1 + below(r, 4);
}

static void
stage_lossy(struct sim_stage *st, struct rng *r)
{
	stage_mild(st, r);
	st->quality.loss = 200;
	st->quality.dup = 50;
	st->quality.late = 100;
	st->quality.late_us = below(r, 500 * MS);
}

/* In half of the seeds every packet must arrive. */
static void
stage_exact(struct sim_stage *st, struct rng *r)
{
	scene_stage_exact(st, r);
	scene_stage_logins(st, r);
	st->phones = 1 + below(r, 4);
}

/* Everybody wants the same addresses. */
static void
stage_mixed(struct sim_stage *st, struct rng *r)
{
	stage_mild(st, r);
	st->radius.clash = below(r, 2);
	st->radius.take = below(r, 2);
	st->radius.fallback = below(r, 2);
}

static void
stage_two(struct sim_stage *st, struct rng *r)
{
	scene_stage_exact(st, r);
	scene_stage_logins(st, r);
	st->phones = 2 + below(r, 3);
}

bool
scene_exact(const struct sim *s)
{
	const struct wire_quality *q = &sim_staged(s)->quality;

	return q->loss == 0 && q->late == 0;
}

void
scene_moments(struct sim *s, uint32_t first, uint32_t phones, uint64_t in_us,
    uint64_t span_us, uint32_t rebinds, uint32_t rekeys)
{
	if (scene_exact(s))
		rebinds = 0;
	for (uint32_t i = first; i < phones; i++) {
		for (uint32_t k = sim_draw(s, 0, rebinds); k > 0; k--)
			sim_plan(s, in_us + rng_below(sim_rng(s),
			    (uint32_t)(span_us)), SIM_REBIND, i, 0);
		for (uint32_t k = sim_draw(s, 0, rekeys); k > 0; k--)
			sim_plan(s, in_us + rng_below(sim_rng(s),
			    (uint32_t)span_us), sim_draw(s, 0, 1) ?
			    SIM_REKEY1 : SIM_REKEY2, i, 0);
	}
}

/* What phones of our days and of the past offer. */
static const struct ike_p1 p1_choices[] = {
	{ CIPHER_AES256, HASH_SHA256, DH_ECP256 },
	{ CIPHER_AES128, HASH_SHA1, DH_ECP256 },
	{ CIPHER_AES256, HASH_SHA384, DH_ECP384 },
	{ CIPHER_AES192, HASH_SHA512, DH_ECP256 },
	{ CIPHER_AES256, HASH_SHA1, DH_MODP2048 },
};

static const struct esp_suite p2_choices[] = {
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA256, 256 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 128 },
	{ ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 128 },
	{ ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 256 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA512, 256 },
};

#define CHOICES(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

uint32_t
scene_phone(struct sim *s, enum sim_place place)
{
	static const uint8_t methods[] = { PPP_MSCHAPV2, PPP_CHAP_MD5,
		PPP_PAP, PPP_EAP };
	uint32_t i = sim_phone_add(s, place);
	struct peer_kit *k = &sim_phone(s, i)->kit;
	uint32_t group = sim_draw(s, 0, 9);

	/* Group 14 costs milliseconds of real time: one phone in ten. */
	k->dial.p1[0] = p1_choices[group % CHOICES(p1_choices)];
	if (group != 4 && k->dial.p1[0].group == DH_MODP2048)
		k->dial.p1[0] = p1_choices[0];
	k->dial.p1_n = 1;
	k->dial.p2[0] = p2_choices[sim_draw(s, 0, CHOICES(p2_choices) - 1)];
	k->dial.p2_n = 1;
	/* No local user can answer EAP. */
	k->ppp.methods = methods[sim_draw(s, 0,
	    sim_radius_servers(s) > 0 ? 3 : 2)];
	k->ppp.eap = PPP_CHAP_MD5;
	/* Where there is IPv6, two of three ask for it. */
	k->ppp.ipv6 = sim_has_six(s) && i % 3 != 2;
	return i;
}

enum sim_place
scene_place(struct sim *s)
{
	static const enum sim_place places[] = { SIM_OPEN, SIM_SIX, SIM_HOME,
		SIM_HOME, SIM_HOME };

	return places[sim_draw(s, 0, 4)];
}

/* Dials until it is in; a phone's user tries again, too. */
bool
scene_all_up(struct sim *s, uint32_t phones, uint64_t us, uint32_t tries)
{
	struct sim_stats st = { 0 };

	for (uint32_t t = 0; t < tries && !sim_broken(s); t++) {
		for (uint32_t i = 0; i < phones; i++)
			if (sim_phone(s, i)->peer == NULL &&
			    !sim_phone(s, i)->refused)
				sim_plan(s, sim_draw(s, 0, 500 * MS), SIM_DIAL,
				    i, 0);
		if (sim_run(s, S))
			(void)sim_run_until_up(s, us, phones);
		sim_stats(s, &st);
		if (st.up != phones)
			continue;
		/* The other side's IPCP may open two restarts later. */
		return scene_exact(s) || sim_run(s, 7 * S);
	}
	for (uint32_t i = 0; i < phones; i++)
		if (!sim_phone(s, i)->up)
			sim_break(s, "phone %u did not get in: %s", i,
			    sim_phone(s, i)->reason);
	return false;
}

/* Nobody is there any more, and nothing waits but for records on their way. */
static bool
empty(struct sim *s)
{
	struct show_status st;

	show_status(sim_lns(s), &st);
	return st.paths + st.sessions == 0;
}

/* All take their leave; then nothing of them may be left. */
void
scene_leave(struct sim *s, uint32_t phones)
{
	struct show_pool pool;
	struct sim_stats st;
	uint32_t cursor = 0;

	for (uint32_t i = 0; i < phones; i++)
		sim_do(s, SIM_CLOSE, i, 0);
	(void)sim_run(s, FAREWELL);
	/* A Delete may be lost: then silence decides. */
	sim_stats(s, &st);
	if (st.sessions + st.sas != 0 || !empty(s))
		(void)sim_run(s, 300 * (uint64_t)S);
	sim_stats(s, &st);
	sim_want(s, st.sessions == 0, "%u sessions are left", st.sessions);
	sim_want(s, st.sas == 0, "%u SA pairs are left", st.sas);
	sim_want(s, empty(s), "the concentrator is not quiet");
	while (show_pool(sim_lns(s), &cursor, &pool))
		sim_want(s, pool.used + pool.used6 == 0, "%u addresses and %u "
		    "networks are not given back", pool.used, pool.used6);
}

void
scene_empty(struct sim *s, uint32_t phones)
{
	scene_leave(s, phones);
	sim_radius_end(s);
	sim_want(s, lns_quiet(sim_lns(s)), "the concentrator is not quiet");
}

void
scene_talk(struct sim *s, uint32_t phones, uint32_t every_us)
{
	for (uint32_t i = 0; i < phones; i++) {
		sim_do(s, SIM_TALK, i, every_us);
		if (every_us == 0)
			continue;
		sim_phone(s, i)->rebinds = sim_phone(s, i)->rekeys = 0;
		sim_phone(s, i)->spacing_us = every_us;
	}
}

/*
 * Packets of this phone that the line may have taken: twice as many as it
 * loses on both ways; for each rebinding those under way back; for each rekey
 * one that was held back until its SA was gone.  In a short talk over a bad
 * line, luck weighs more than the line.
 */
static uint32_t
taken(const struct sim *s, const struct sim_phone *p, uint32_t percent)
{
	const struct wire_quality *q = &sim_staged(s)->quality;
	uint32_t n = p->packets * percent / 100;
	uint32_t round_us = 2 * (q->delay_us + q->jitter_us +
	    (q->late != 0 ? q->late_us : 0));

	if (scene_exact(s))
		return n + (percent > 1 ? UNLUCKY : 0);
	n += UNLUCKY + p->packets * 4 * q->loss / 1000 + p->rekeys;
	return p->spacing_us == 0 ? n :
	    n + p->rebinds * (round_us / p->spacing_us + 2);
}

/* Stops the talk, waits for the last echo, and counts. */
void
scene_heard(struct sim *s, uint32_t phones, uint32_t lost_percent)
{
	scene_talk(s, phones, 0);
	(void)sim_run(s, 3 * S);
	for (uint32_t i = 0; i < phones; i++) {
		const struct sim_phone *p = sim_phone(s, i);

		sim_want(s, p->packets > 0, "phone %u never talked", i);
		sim_want(s, p->echoed + taken(s, p, lost_percent) >= p->packets,
		    "phone %u: of %u packets %u reached, %u came back", i,
		    p->packets, p->reached, p->echoed);
	}
}

/* ---- scenarios ---- */

/*
 *	phone  MM1..QM3 -> SCCRQ.. -> ICRQ.. -> LCP, auth, IPCP -> talk -> leave
 */
static void
login(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, scene_place(s));
	if (!scene_all_up(s, n, 40 * S, 3))
		return;
	(void)sim_run(s, 10 * S);
	scene_talk(s, n, 50 * MS);
	scene_moments(s, 0, n, 0, 5 * S, 1, 1);
	(void)sim_run(s, 5 * S);
	scene_heard(s, n, 5);
	scene_empty(s, n);
}

static void
login_lossy(struct sim *s)
{
	uint32_t n = sim_phones_planned(s), rounds = 0;
	struct sim_stats st;

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, scene_place(s));
	/*
	 * The other side's IPCP may take some repeats more to open, or lose
	 * the last of its 30 s: then the phone dials anew.
	 */
	do {
		scene_moments(s, 0, n, 0, 35 * S, 1, 1);
		if (!scene_all_up(s, n, 90 * S, 5))
			return;
		(void)sim_run(s, 35 * S);
		sim_stats(s, &st);
	} while (st.up < n && ++rounds < 10);
	scene_talk(s, n, 50 * MS);
	scene_moments(s, 0, n, 0, 5 * S, 1, 1);
	(void)sim_run(s, 5 * S);
	scene_heard(s, n, 20);
	scene_empty(s, n);
}

/* Not a packet from the host for an hour: keepalives, DPD, hello, echo. */
static void
hour_of_silence(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, scene_place(s));
	if (!scene_all_up(s, n, 40 * S, 3))
		return;
	scene_moments(s, 0, n, 0, 3600 * (uint64_t)S, 2, 4);
	(void)sim_run(s, 3600 * (uint64_t)S);
	for (uint32_t i = 0; i < n; i++)
		sim_want(s, sim_phone(s, i)->up, "phone %u was lost in an hour "
		    "of silence: %s", i, sim_phone(s, i)->reason);
	scene_talk(s, n, 50 * MS);
	(void)sim_run(s, 2 * S);
	scene_heard(s, n, 20);
	scene_empty(s, n);
}

/* Not one packet may be lost for a rekey of either phase. */
static void
rekey_under_load(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, scene_place(s));
	if (!scene_all_up(s, n, 40 * S, 3))
		return;
	scene_talk(s, n, 20 * MS);
	scene_moments(s, 0, n, 0, 30 * S, 2, 0);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < 6; k++)
			sim_plan(s, k * 5 * S + sim_draw(s, 0, 4 * S),
			    sim_draw(s, 0, 1) ? SIM_REKEY1 : SIM_REKEY2, i, 0);
	(void)sim_run(s, 40 * S);
	scene_heard(s, n, 0);
	for (uint32_t i = 0; i < n; i++) {
		struct peer_stats ps = { 0 };

		if (sim_phone(s, i)->peer != NULL)
			peer_stats(sim_phone(s, i)->peer, &ps);
		/* Over a bad line, the next one may come before the last. */
		sim_want(s, ps.rekeys1 + ps.rekeys2 >=
		    (scene_exact(s) ? 6u : 4u), "phone %u: %u + %u rekeys of 6",
		    i, ps.rekeys1, ps.rekeys2);
		sim_want(s, sim_phone(s, i)->ups == 1, "phone %u dialled anew",
		    i);
		sim_want(s, sim_phone(s, i)->kit.ppp.ipv6 ==
		    (sim_phone(s, i)->prefix.family == IP_V6), "phone %u: IPv6 "
		    "is not as it asked", i);
	}
	scene_empty(s, n);
}

/* Boxes forget their mappings; what is under way is lost, nobody redials. */
static void
nat_rebind(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, SIM_HOME);
	if (!scene_all_up(s, n, 40 * S, 3))
		return;
	scene_talk(s, n, 100 * MS);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < 5; k++)
			sim_plan(s, k * 10 * S + sim_draw(s, 0, 10 * S),
			    sim_draw(s, 0, 3) ? SIM_REBIND : SIM_REKEY1 +
			    sim_draw(s, 0, 1), i, 0);
	(void)sim_run(s, 60 * S);
	scene_heard(s, n, 2);
	for (uint32_t i = 0; i < n; i++)
		sim_want(s, sim_phone(s, i)->up && sim_phone(s, i)->ups == 1,
		    "phone %u was lost with its mapping: %s", i,
		    sim_phone(s, i)->reason);
	scene_empty(s, n);
}

/*
 *	phone  silent 10 s or more, new mapping -> MM, QM -> ESP of the old call
 *
 * Twins have the same identity and the same public address: each must come
 * back to its own session.  One of them may have forgotten its call, too.
 */
static void
rejoin_port(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);
	enum sim_place place = sim_draw(s, 0, 2) ? SIM_TWIN : SIM_HOME;
	bool one_dials = sim_draw(s, 0, 1);
	struct show_status st;

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, place);
	if (!scene_all_up(s, n, 40 * S, 3))
		return;
	scene_talk(s, n, 100 * MS);
	(void)sim_run(s, 5 * S);
	for (uint32_t i = 0; i < n; i++) {
		sim_do(s, SIM_TALK, i, 0);
		sim_do(s, SIM_REBIND, i, 0);
		sim_do(s, i == 0 && one_dials ? SIM_PULL : SIM_ANEW, i,
		    sim_draw(s, 11000, 20000));
		sim_plan(s, sim_draw(s, 18, 40) * (uint64_t)S, SIM_TALK, i,
		    100 * MS);
	}
	scene_moments(s, 0, n, 45 * S, 10 * S, 1, 2);
	(void)sim_run(s, 60 * S);
	scene_heard(s, n, 10);
	show_status(sim_lns(s), &st);
	sim_want(s, st.logins == n + one_dials, "%u logins of %u phones",
	    (unsigned)st.logins, n);
	sim_want(s, st.sessions == n && st.paths == n,
	    "%u sessions on %u paths of %u phones", st.sessions, st.paths, n);
	for (uint32_t i = 0; i < n; i++)
		sim_want(s, sim_phone(s, i)->up && sim_phone(s, i)->ups ==
		    1u + (i == 0 && one_dials),
		    "phone %u was lost when it came back: %s", i,
		    sim_phone(s, i)->reason);
	scene_empty(s, n);
}

/* A phone that restarted dials from the same address and port. */
static void
tunnel_dup(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);
	struct sim_stats st;

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, scene_place(s));
	if (!scene_all_up(s, n, 40 * S, 3))
		return;
	for (uint32_t k = 0; k < 3; k++) {
		sim_do(s, SIM_PULL, sim_draw(s, 0, n - 1), 0);
		if (!sim_run(s, sim_draw(s, 0, 20 * S)) ||
		    !scene_all_up(s, n, 40 * S, 3))
			return;
	}
	scene_moments(s, 0, n, 0, 200 * (uint64_t)S, 1, 2);
	(void)sim_run(s, 200 * (uint64_t)S);
	sim_stats(s, &st);
	sim_want(s, st.sessions == n, "%u sessions of %u phones", st.sessions,
	    n);
	scene_talk(s, n, 50 * MS);
	(void)sim_run(s, 2 * S);
	scene_heard(s, n, 15);
	scene_empty(s, n);
}

/* Same private address, same ports, one common NAT (RFC 3193 §4). */
static void
two_behind_nat(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, SIM_TWIN);
	if (!scene_all_up(s, n, 40 * S, 3))
		return;
	scene_talk(s, n, 30 * MS);
	scene_moments(s, 0, n, 0, 20 * S, 2, 0);
	for (uint32_t i = 0; i < n; i++) {
		sim_plan(s, sim_draw(s, 0, 9 * S), SIM_REKEY2, i, 0);
		sim_plan(s, sim_draw(s, 10 * S, 19 * S), SIM_REKEY1, i, 0);
	}
	(void)sim_run(s, 25 * S);
	scene_heard(s, n, 0);
	/* One leaves: the other must not notice. */
	sim_do(s, SIM_CLOSE, 0, 0);
	(void)sim_run(s, 5 * S);
	for (uint32_t i = 1; i < n; i++)
		sim_want(s, sim_phone(s, i)->up, "phone %u went with its twin",
		    i);
	scene_empty(s, n);
}

/* Silence without a farewell: gone, and its address free, in 150 s. */
static void
vanish(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);
	struct sim_stats st;

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, scene_place(s));
	if (!scene_all_up(s, n, 40 * S, 3))
		return;
	sim_do(s, SIM_VANISH, 0, 0);
	scene_moments(s, 1, n, 0, 140 * S, 1, 2);
	(void)sim_run(s, 150 * (uint64_t)S);
	sim_stats(s, &st);
	sim_want(s, st.sessions == n - 1, "%u sessions, %u expected 150 s "
	    "after one vanished", st.sessions, n - 1);
	scene_empty(s, n);
}

/* Each of the steps once, in a drawn order, at drawn moments (D-14). */
static void
wall_steps(struct sim *s, uint32_t seconds)
{
	static const int64_t hour = INT64_C(3600) * 1000;
	int64_t steps[] = { hour, -hour, 24 * 365 * hour, -24 * 365 * hour };

	for (uint32_t left = 4; left > 0; left--) {
		uint32_t k = sim_draw(s, 0, left - 1);

		(void)sim_run(s, sim_draw(s, 1, seconds * S / 4));
		sim_wall_step(s, steps[k]);
		steps[k] = steps[left - 1];
	}
}

/* Seconds that all sessions together have been up. */
static uint64_t
ages(struct sim *s)
{
	struct show_session session;
	uint32_t cursor = 0;
	uint64_t sum = 0;

	while (show_session(sim_lns(s), sim_now(s), &cursor, &session))
		sum += session.up_s;
	return sum;
}

/*
 * The clock on the wall is set by an hour and a year, either way, and the
 * machine stands still for ten minutes (D-14): nobody is thrown out, and the
 * sessions' ages go on as time does.
 */
static void
clock_stands(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);
	uint64_t age, passed;
	mono_t then;

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, scene_place(s));
	if (!scene_all_up(s, n, 40 * S, 3))
		return;
	/* The last of IPCP may have been lost: it is said again. */
	(void)sim_run(s, sim_draw(s, 20, 30) * (uint64_t)S);
	then = sim_now(s);
	age = ages(s);
	scene_moments(s, 0, n, 0, 80 * S, 1, 2);
	wall_steps(s, 80);
	sim_suspend(s, 600 * (uint64_t)S);
	scene_moments(s, 0, n, 20 * S, 80 * S, 1, 2);
	wall_steps(s, 80);
	(void)sim_run(s, 120 * (uint64_t)S);
	for (uint32_t i = 0; i < n; i++)
		sim_want(s, sim_phone(s, i)->up && sim_phone(s, i)->ups == 1,
		    "phone %u was thrown out after the clock stood still: %s",
		    i, sim_phone(s, i)->reason);
	age = ages(s) - age;
	passed = n * (mono_since_us(sim_now(s), then) / S);
	sim_want(s, age + n >= passed && age <= passed + n,
	    "%u sessions became %llu s older in %llu s", n,
	    (unsigned long long)age, (unsigned long long)passed);
	scene_talk(s, n, 50 * MS);
	(void)sim_run(s, 2 * S);
	scene_heard(s, n, 20);
	scene_empty(s, n);
}

/* Anything may happen to anybody; at the end all is given back. */
static void
mixed(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);

	for (uint32_t i = 0; i < n; i++)
		(void)scene_phone(s, (enum sim_place)sim_draw(s, SIM_HOME,
		    SIM_TWIN));
	for (uint32_t i = 0; i < n; i++)
		sim_plan(s, sim_draw(s, 0, 10 * S), SIM_DIAL, i, 0);
	scene_talk(s, n, 200 * MS);
	for (uint32_t k = 0; k < 12 * n; k++)
		sim_plan(s, sim_draw(s, 5 * S, 180 * S),
		    (enum sim_do)sim_draw(s, SIM_DIAL, SIM_PULL),
		    sim_draw(s, 0, n - 1), sim_draw(s, 0, 15000));
	scene_weather(s, 150);
	for (uint32_t k = 0; k < (sim_radius_servers(s) > 0 ? 10 : 0); k++)
		sim_plan(s, sim_draw(s, 5 * S, 180 * S),
		    sim_draw(s, 0, 1) ? SIM_COA : SIM_DISCONNECT,
		    sim_draw(s, 0, n - 1), 0);
	(void)sim_run(s, 200 * (uint64_t)S);
	scene_talk(s, n, 0);
	scene_empty(s, n);
}

const struct sim_scenario sim_scenarios[] = {
	{ "login", login, stage_mild, 1, 1 },
	{ "login_lossy", login_lossy, stage_lossy, 1, 1 },
	{ "hour_of_silence", hour_of_silence, stage_mild, 1, 1 },
	{ "rekey_under_load", rekey_under_load, stage_exact, 1, 2 },
	{ "nat_rebind", nat_rebind, stage_mild, 1, 1 },
	{ "rejoin_port", rejoin_port, stage_two, 1, 1 },
	{ "tunnel_dup", tunnel_dup, stage_mild, 1, 1 },
	{ "two_behind_nat", two_behind_nat, stage_two, 1, 1 },
	{ "vanish", vanish, stage_mild, 1, 1 },
	{ "clock", clock_stands, stage_mild, 1, 1 },
	{ "mixed", mixed, stage_mixed, 1, 1 },
	{ "radius_dead", scene_radius_dead, scene_stage_dead, 1, 1 },
	{ "radius_flapping", scene_radius_flapping, scene_stage_flapping, 1,
	    1 },
	{ "mfa_60s", scene_mfa_60s, scene_stage_mfa, 1, 1 },
	{ "coa_storm", scene_coa_storm, scene_stage_coa, 1, 1 },
	{ "refused", scene_refused, scene_stage_refused, 1, 1 },
	{ "enomem", scene_enomem, scene_stage_enomem, 1, 8 },
	{ "pools", scene_pools, scene_stage_pools, 1, 8 },
	{ "enobufs", scene_enobufs, scene_stage_enobufs, 1, 8 },
	{ "sccrq_flood", scene_sccrq_flood, scene_stage_flood, 40, 4 },
	{ "icrq_flood", scene_icrq_flood, scene_stage_flood, 40, 4 },
	{ "hello_flood", scene_hello_flood, scene_stage_flood, 40, 4 },
	{ "half_open_flood", scene_half_open_flood, scene_stage_flood, 40,
	    4 },
	{ "storm_1000", scene_storm, scene_stage_storm, 250, 2 },
	{ "mm1_60s", scene_mm1_60s, scene_stage_mm1, 0, 1 },
	{ "many_70000", scene_many, scene_stage_many, 0, 1 },
};
const unsigned sim_scenarios_n =
    sizeof(sim_scenarios) / sizeof(sim_scenarios[0]);
