/* SPDX-License-Identifier: BSD-2-Clause */
/* Bad days: refusals, shortage, floods and storms (threats.md 3.3). */

#include <stdlib.h>
#include <string.h>

#include "tests/sim/scenes.h"
#include "tests/sim/shortage.h"

#define MS		1000u
#define S		1000000u
#define SMALL		6	/* a pool that is soon empty */
#define BLACKOUT	(8 * S)	/* shorter than any deadline */
#define STORM		1000
#define MANY		70000
#define STAY		10

/* ---- refused by name ---- */

void
scene_stage_refused(struct sim_stage *st, struct rng *r)
{
	scene_stage_exact(st, r);
	if (st->quality.loss == 0)	/* nor is a goodbye to overtake it */
		st->quality.jitter_us = 0;
	st->phones = 5;
}

/* A refusal is said once or twice: over a bad line the words may be lost. */
static void
want_reason(struct sim *s, uint32_t i, enum peer_stage at, const char *words)
{
	const struct sim_phone *p = sim_phone(s, i);

	sim_want(s, p->downs == 1 && p->ups == 0, "phone %u was not refused",
	    i);
	sim_want(s, p->failed_at == at && (!scene_exact(s) ||
	    strstr(p->reason, words) != NULL),
	    "phone %u says \"%s\", which is not \"%s\" at %s", i, p->reason,
	    words, peer_stage_str(at));
}

/* Does the concentrator say so, too?  Attempts are shown newest first. */
static void
want_attempt(struct sim *s, const char *words)
{
	struct attempt a;
	uint32_t cursor = 0;

	while (show_attempt(sim_lns(s), &cursor, &a))
		if (strstr(a.reason, words) != NULL)
			return;
	sim_break(s, "no attempt was refused with \"%s\"", words);
}

void
scene_refused(struct sim *s)
{
	struct peer_kit *k;

	for (uint32_t i = 0; i < 5; i++)
		(void)scene_phone(s, scene_place(s));
	sim_phone_spoil(s, 0, true);
	sim_phone_spoil(s, 1, false);
	k = &sim_phone(s, 2)->kit;
	sim_phone(s, 2)->refused = true;
	k->dial.p1[0] = (struct ike_p1){ CIPHER_3DES, HASH_SHA1, DH_MODP1024 };
	k = &sim_phone(s, 3)->kit;
	sim_phone(s, 3)->refused = true;
	(void)snprintf(k->ppp.user, sizeof(k->ppp.user), "nobody");
	for (uint32_t i = 0; i < 5; i++)
		sim_plan(s, sim_draw(s, 0, S), SIM_DIAL, i, 0);
	for (uint32_t t = 1; t < 3; t++)
		sim_plan(s, t * 35 * S, SIM_DIAL, 4, 0);
	scene_moments(s, 4, 5, 20 * S, 90 * S, 2, 3);
	(void)sim_run(s, 120 * (uint64_t)S);
	want_reason(s, 0, PEER_PHASE1, "pre-shared key");
	want_reason(s, 1, PEER_AUTH, "user name or password refused");
	want_reason(s, 2, PEER_PHASE1, "");
	want_reason(s, 3, PEER_AUTH, "user name or password refused");
	want_attempt(s, "pre-shared key");
	want_attempt(s, "password");
	want_attempt(s, "allow-legacy-dh");
	want_attempt(s, "unknown user");
	sim_want(s, sim_phone(s, 4)->up, "phone 4 is not up among the refused");
	scene_empty(s, 5);
}

/* ---- D-13: no room for new SAs and sessions ---- */

void
scene_stage_enomem(struct sim_stage *st, struct rng *r)
{
	scene_stage_exact(st, r);
	st->phones = 8;
}

/*
 * What is up stays up; what is refused gets in when there is room again.  It
 * is the data plane's memory that is short, or that of PPP links, or both.
 */
void
scene_enomem(struct sim *s)
{
	uint32_t which = sim_draw(s, 1, 3);

	for (uint32_t i = 0; i < 8; i++)
		(void)scene_phone(s, scene_place(s));
	if (!scene_all_up(s, 4, 40 * S, 3))
		return;
	scene_talk(s, 4, 50 * MS);
	scene_moments(s, 0, 4, 0, 10 * S, 1, 1);
	(void)sim_run(s, 15 * S);
	scene_moments(s, 0, 4, 0, 60 * S, 1, 0);
	if (which & 1)
		sim_shortage(s, (uint16_t)sim_draw(s, 300, 1000));
	if (which & 2)
		shortage_ppp(sim_rng(s), (uint16_t)sim_draw(s, 300, 1000));
	for (uint32_t i = 4; i < 8; i++)
		sim_plan(s, sim_draw(s, 0, 5 * S), SIM_DIAL, i, 0);
	(void)sim_run(s, 70 * (uint64_t)S);
	scene_heard(s, 4, 0);
	sim_shortage(s, 0);
	shortage_ppp(sim_rng(s), 0);
	/* Those that were refused hang up and try again. */
	(void)sim_run(s, 70 * (uint64_t)S);
	if (!scene_all_up(s, 8, 40 * S, 3))
		return;
	scene_moments(s, 0, 8, 0, 10 * S, 1, 1);
	(void)sim_run(s, 20 * S);
	scene_empty(s, 8);
}

/* One of the pools is small; the rest have room for all. */
void
scene_stage_pools(struct sim_stage *st, struct rng *r)
{
	uint32_t *const pools[] = { &st->addresses, &st->lns.paths,
		&st->lns.sessions, &st->lns.l2tp.tunnels,
		&st->lns.l2tp.sessions, &st->lns.ike.limits.peers,
		&st->lns.ike.limits.children,
		&st->lns.ike.limits.dh_pending,
		&st->lns.ike.limits.half_open };

	scene_stage_exact(st, r);
	st->phones = 12;
	*pools[rng_below(r, sizeof(pools) / sizeof(pools[0]))] = SMALL;
}

static bool
small_ike(const struct sim *s)
{
	const struct ike_limits *l = &sim_staged(s)->lns.ike.limits;

	return l->peers == SMALL || l->children == SMALL ||
	    l->dh_pending == SMALL || l->half_open == SMALL;
}

/*
 * D-13: twelve phones want in where six may find no room.  Four are in and
 * stay in; when they have left, others get in.
 */
void
scene_pools(struct sim *s)
{
	for (uint32_t i = 0; i < 12; i++)
		(void)scene_phone(s, scene_place(s));
	if (!scene_all_up(s, 4, 40 * S, 3))
		return;
	scene_talk(s, 4, 50 * MS);
	for (uint32_t k = 0; k < 3; k++)
		for (uint32_t i = 4; i < 12; i++)
			sim_plan(s, k * 30 * S + sim_draw(s, 0, 5 * S),
			    SIM_DIAL, i, 0);
	scene_moments(s, 0, 4, 0, 90 * S, 1, small_ike(s) ? 0 : 2);
	(void)sim_run(s, 100 * (uint64_t)S);
	scene_heard(s, 4, 0);
	for (uint32_t i = 0; i < 4; i++)
		sim_want(s, sim_phone(s, i)->up && sim_phone(s, i)->ups == 1,
		    "phone %u was thrown out when a pool was empty: %s", i,
		    sim_phone(s, i)->reason);
	for (uint32_t i = 0; i < 12; i++)
		sim_do(s, SIM_CLOSE, i, 0);
	(void)sim_run(s, 120 * (uint64_t)S);
	if (scene_all_up(s, 4, 40 * S, 3))
		scene_empty(s, 12);
}

/* ---- D-13: the wire takes nothing more (ENOBUFS) ---- */

void
scene_stage_enobufs(struct sim_stage *st, struct rng *r)
{
	scene_stage_exact(st, r);
	st->phones = 6;
}

/* Nothing leaves for some seconds, then half: nobody is thrown out. */
void
scene_enobufs(struct sim *s)
{
	const uint32_t loss = sim_staged(s)->quality.loss;
	uint32_t packets[4], echoed[4];

	for (uint32_t i = 0; i < 6; i++)
		(void)scene_phone(s, scene_place(s));
	if (!scene_all_up(s, 4, 40 * S, 3))
		return;
	scene_talk(s, 4, 50 * MS);
	scene_moments(s, 0, 4, 0, 20 * S, 1, 1);
	(void)sim_run(s, sim_draw(s, 30 * S, 60 * S));
	sim_refuse(s, 1000);
	(void)sim_run(s, BLACKOUT);
	sim_refuse(s, 500);
	sim_plan(s, 0, SIM_DIAL, 4, 0);
	(void)sim_run(s, BLACKOUT);
	sim_refuse(s, 0);
	(void)sim_run(s, S);
	for (uint32_t i = 0; i < 4; i++) {
		packets[i] = sim_phone(s, i)->packets;
		echoed[i] = sim_phone(s, i)->echoed;
	}
	(void)sim_run(s, 60 * S);
	scene_talk(s, 4, 0);
	(void)sim_run(s, S);
	for (uint32_t i = 0; i < 4; i++) {
		const struct sim_phone *p = sim_phone(s, i);

		sim_want(s, p->up && p->ups == 1, "phone %u was lost when "
		    "nothing could be sent: %s", i, p->reason);
		sim_want(s, p->echoed - echoed[i] + 5 +
		    (p->packets - packets[i]) * 4 * loss / 1000 >=
		    p->packets - packets[i], "phone %u: %u of %u packets came "
		    "back when sending was possible again", i,
		    p->echoed - echoed[i], p->packets - packets[i]);
	}
	if (!scene_all_up(s, 6, 40 * S, 3))
		return;
	scene_moments(s, 0, 6, 0, 10 * S, 1, 1);
	(void)sim_run(s, 20 * S);
	scene_empty(s, 6);
}

/* ---- D-09: everybody at once ---- */

void
scene_stage_storm(struct sim_stage *st, struct rng *r)
{
	st->phones = STORM;
	st->quality = (struct wire_quality){
		.delay_us = rng_below(r, 60 * MS),
		.jitter_us = 10 * MS, .loss = (uint16_t)rng_below(r, 10),
		.dup = (uint16_t)rng_below(r, 10),
		.late = (uint16_t)rng_below(r, 10), .late_us = 100 * MS };
	st->freeze_phone = 1;
	st->queue = 65536;
	st->dh_us = 330;
	st->lns.paths = STORM * 2;
	st->lns.sessions = STORM * 2;
	st->lns.ike.limits.peers = STORM * 4;
	st->lns.ike.limits.half_open = STORM * 2;
	st->lns.ike.limits.dh_pending = STORM * 2;
	st->lns.ike.limits.children = STORM * 4;
	st->lns.l2tp.tunnels = STORM * 2;
	st->lns.l2tp.sessions = STORM * 2;
}

void
scene_storm(struct sim *s)
{
	struct sim_stats st;

	for (uint32_t i = 0; i < STORM; i++) {
		uint32_t k = sim_phone_add(s, scene_place(s));

		sim_phone(s, k)->kit.dial.p1_n = 1;
		sim_plan(s, sim_draw(s, 0, S), SIM_DIAL, k, 0);
	}
	(void)sim_run(s, S);
	(void)sim_run_until_up(s, 59 * (uint64_t)S, STORM);
	sim_stats(s, &st);
	sim_want(s, st.up == STORM, "%u of %u phones are up after a minute",
	    st.up, STORM);
	for (uint32_t i = 0; i < STORM && !sim_broken(s); i++)
		sim_want(s, sim_phone(s, i)->downs == 0, "phone %u was "
		    "refused in the storm: %s", i, sim_phone(s, i)->reason);
	scene_moments(s, 0, STORM / 20, 0, 30 * S, 1, 1);
	(void)sim_run(s, 35 * S);
	scene_empty(s, STORM);
}

/* ---- more tunnels than an id has numbers ---- */

/* Nothing but logins: what asks for life is off, and nobody is timed out. */
void
scene_stage_many(struct sim_stage *st, struct rng *r)
{
	const uint32_t n = MANY + 16;

	scene_stage_storm(st, r);
	st->quality = (struct wire_quality){
		.delay_us = rng_below(r, 60 * MS), .jitter_us = 10 * MS };
	st->freeze_phone = 0;
	st->phones = n;
	st->dh_us = 100;
	st->lns.paths = st->lns.sessions = n;
	st->lns.ike.limits.peers = n;
	st->lns.ike.limits.children = n;
	st->lns.l2tp.tunnels = st->lns.l2tp.sessions = n;
	st->lns.ike.dpd_idle_s = 0;
	st->lns.l2tp.hello_s = 0;
	st->lns.ppp.echo_s = 0;
	st->lns.idle_path_ms = UINT32_MAX;
}

/*
 * 70,000 phones are logged in at once: ids are unique per path only.  Each is
 * forgotten as soon as it is in, for want of memory; ten stay and talk.
 */
void
scene_many(struct sim *s)
{
	struct show_status status;
	uint32_t next = 0, gone = STAY;
	struct sim_stats st;

	for (uint32_t i = 0; i < MANY; i++)
		(void)sim_phone_add(s, SIM_OPEN);
	for (; gone < MANY && !sim_broken(s);) {
		for (uint32_t k = 0; k < 20 && next < MANY; k++)
			sim_do(s, SIM_DIAL, next++, 0);
		(void)sim_run(s, 40 * MS);
		for (; gone < next && sim_phone(s, gone)->ups > 0; gone++)
			sim_do(s, SIM_VANISH, gone, 0);
		sim_want(s, gone >= MANY || sim_phone(s, gone)->downs == 0,
		    "phone %u: %s", gone, sim_phone(s, gone)->reason);
	}
	show_status(sim_lns(s), &status);
	sim_stats(s, &st);
	sim_want(s, status.tunnels == MANY && st.sessions == MANY,
	    "%u tunnels and %u sessions of %u", status.tunnels, st.sessions,
	    MANY);
	scene_talk(s, STAY, 20 * MS);
	(void)sim_run(s, 2 * S);
	scene_heard(s, STAY, 0);
}
