/* SPDX-License-Identifier: BSD-2-Clause */
/* RADIUS servers dead, flapping and slow; changes from outside. */

#include <string.h>

#include "tests/sim/scenes.h"

#define MS		1000u
#define S		1000000u
#define PATIENCE_MS	200000	/* of a phone whose user looks for his token */
#define WEATHER_S	600
#define STORM_S		120

/* ---- drawing ---- */

static void
stage_servers(struct sim_stage *st, struct rng *r, uint32_t least)
{
	struct sim_radius_stage *d = &st->radius;

	d->servers = least + rng_below(r, SIM_SERVERS + 1 - least);
	d->share = rng_below(r, 2);
	d->no_probes = rng_below(r, 4) == 0;
	d->disk_bad = rng_below(r, 2) ? (uint16_t)rng_below(r, 200) : 0;
	d->slow_hi_ms = 1 + rng_below(r, 1000);
	d->quality = (struct wire_quality){
		.delay_us = 100 + rng_below(r, 20 * MS),
		.jitter_us = rng_below(r, 5 * MS),
		.loss = (uint16_t)rng_below(r, 30),
		.dup = (uint16_t)rng_below(r, 30),
		.late = (uint16_t)rng_below(r, 20),
		.late_us = rng_below(r, 500 * MS) };
}

/* Every other seed: the rest is answered from the file of users. */
void
scene_stage_logins(struct sim_stage *st, struct rng *r)
{
	if (rng_below(r, 2) == 0)
		stage_servers(st, r, 1);
}

static void
stage_line(struct sim_stage *st, struct rng *r)
{
	st->phones = 1 + rng_below(r, 4);
	st->quality = (struct wire_quality){
		.delay_us = rng_below(r, 100 * MS),
		.jitter_us = rng_below(r, 10 * MS),
		.dup = (uint16_t)rng_below(r, 10) };
	st->dh_us = 300 + rng_below(r, 5000);
	st->freeze = (uint16_t)rng_below(r, 20);
	st->freeze_phone = (uint16_t)rng_below(r, 20);
}

void
scene_stage_dead(struct sim_stage *st, struct rng *r)
{
	stage_line(st, r);
	stage_servers(st, r, 1);
	st->radius.fallback = rng_below(r, 2);
}

void
scene_stage_flapping(struct sim_stage *st, struct rng *r)
{
	stage_line(st, r);
	stage_servers(st, r, 1);
	st->radius.clash = rng_below(r, 2);
	st->radius.take = rng_below(r, 2);
}

/*
 * Status-Server tells who is dead from who is slow.  An answer that comes after
 * 70 s of the phone's 90 leaves no time to repeat it: none is lost.
 */
void
scene_stage_mfa(struct sim_stage *st, struct rng *r)
{
	stage_line(st, r);
	stage_servers(st, r, 2);
	st->radius.no_probes = false;
	st->radius.slow_lo_ms = 50000;
	st->radius.slow_hi_ms = 70000;
	st->radius.quality.loss = 0;
}

void
scene_stage_coa(struct sim_stage *st, struct rng *r)
{
	stage_line(st, r);
	st->phones = 2 + rng_below(r, 4);
	stage_servers(st, r, 1);
}

/* ---- what they share ---- */

static void
all_servers(struct sim *s, enum sim_do what)
{
	for (uint32_t i = 0; i < sim_radius_servers(s); i++)
		sim_do(s, what, i, sim_draw(s, 0, 1));
}

static uint32_t
new_phones(struct sim *s)
{
	uint32_t n = sim_phones_planned(s);

	for (uint32_t i = 0; i < n; i++) {
		(void)scene_phone(s, scene_place(s));
		sim_phone(s, i)->kit.params.setup_ms = PATIENCE_MS;
	}
	return n;
}

/* Servers come and go; at the end of it all are well. */
void
scene_weather(struct sim *s, uint32_t seconds)
{
	static const enum sim_do often[] = { SIM_RADIUS_DEAD, SIM_RADIUS_MUTE,
		SIM_RADIUS_WELL, SIM_RADIUS_WELL };

	for (uint32_t i = 0; i < sim_radius_servers(s); i++) {
		uint64_t at = 0;

		while (at < seconds * (uint64_t)S) {
			sim_plan(s, at, often[sim_draw(s, 0, 3)], i,
			    sim_draw(s, 0, 1));
			at += sim_draw(s, S, 40 * S);
		}
		sim_plan(s, seconds * (uint64_t)S, SIM_RADIUS_WELL, i, 0);
	}
}

/* ---- scenarios ---- */

/*
 * The first server is dead: all get in by another one, or by the file where
 * that is a fallback, or after it has come back.  Then all servers die while
 * everybody is in: nobody is thrown out; who leaves has his Stop when they live
 * again, though the concentrator lost its power meanwhile.
 */
void
scene_radius_dead(struct sim *s)
{
	uint32_t n = new_phones(s), servers = sim_radius_servers(s);
	bool power_cut = sim_draw(s, 0, 1) == 0;

	sim_do(s, SIM_RADIUS_DEAD, 0, sim_draw(s, 0, 1));
	sim_plan(s, sim_draw(s, 100, 200) * (uint64_t)S, SIM_RADIUS_WELL, 0,
	    0);
	if (!scene_all_up(s, n, 250 * (uint64_t)S, 3))
		return;
	all_servers(s, SIM_RADIUS_DEAD);
	(void)sim_run(s, sim_draw(s, 60, 600) * (uint64_t)S);
	for (uint32_t i = 0; i < n; i++)
		sim_want(s, sim_phone(s, i)->up && sim_phone(s, i)->ups == 1,
		    "phone %u went with the %u servers: %s", i, servers,
		    sim_phone(s, i)->reason);
	scene_leave(s, n);
	if (power_cut)
		sim_radius_power_cut(s);
	(void)sim_run(s, sim_draw(s, 0, 300) * (uint64_t)S);
	sim_radius_end(s);
}

/* They come and go, and so do the phones. */
void
scene_radius_flapping(struct sim *s)
{
	uint32_t n = new_phones(s);

	scene_weather(s, WEATHER_S);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < 8; k++) {
			uint64_t at = k * (WEATHER_S / 8) * (uint64_t)S;

			sim_plan(s, at + sim_draw(s, 0, 20 * S), SIM_DIAL, i,
			    0);
			if (sim_draw(s, 0, 1) == 0)
				sim_plan(s, at + sim_draw(s, 40, 70) *
				    (uint64_t)S, sim_draw(s, 0, 3) ?
				    SIM_CLOSE : SIM_PULL, i, 0);
		}
	scene_talk(s, n, 500 * MS);
	(void)sim_run(s, WEATHER_S * (uint64_t)S);
	scene_talk(s, n, 0);
	scene_empty(s, n);
}

/*
 * A minute until the user has looked at his telephone: one login is one push,
 * and neither the link nor the IPsec below it is lost over it.
 */
void
scene_mfa_60s(struct sim *s)
{
	uint32_t n = new_phones(s);
	struct sim_radius_stats st;

	for (uint32_t i = 0; i < n; i++)
		sim_plan(s, sim_draw(s, 0, 5 * S), SIM_DIAL, i, 0);
	(void)sim_run(s, 40 * S);
	for (uint32_t i = 0; i < n; i++)
		sim_want(s, sim_phone(s, i)->peer != NULL &&
		    !sim_phone(s, i)->up, "phone %u did not wait: %s", i,
		    sim_phone(s, i)->reason);
	/* EAP asks twice. */
	(void)sim_run_until_up(s, 160 * (uint64_t)S, n);
	sim_radius_stats(s, &st);
	for (uint32_t i = 0; i < n; i++)
		sim_want(s, sim_phone(s, i)->ups == 1, "phone %u did not get "
		    "in after a minute: %s", i, sim_phone(s, i)->reason);
	sim_want(s, st.questions == n + st.challenges, "%u questions for %u "
	    "logins", st.questions, n);
	scene_talk(s, n, 50 * MS);
	(void)sim_run(s, 5 * S);
	scene_heard(s, n, 15);
	scene_empty(s, n);
}

/*
 * CoA- and Disconnect-Requests, right ones and others, on top of each other.
 * Who was not named stays in.
 */
void
scene_coa_storm(struct sim *s)
{
	uint32_t n = new_phones(s), spared = 1 + sim_draw(s, 0, n - 2);
	struct sim_radius_stats st;

	if (!scene_all_up(s, n, 60 * S, 3))
		return;
	scene_talk(s, n, 200 * MS);
	for (uint32_t k = 0; k < STORM_S; k++) {
		uint32_t i = sim_draw(s, 0, n - 1);
		bool ends = i < spared && sim_draw(s, 0, 3) == 0;

		sim_plan(s, sim_draw(s, 0, STORM_S * S),
		    ends ? SIM_DISCONNECT : SIM_COA, i, 0);
	}
	for (uint32_t i = 0; i < spared; i++)
		for (uint32_t k = 1; k < 6; k++)
			sim_plan(s, k * 20 * S, SIM_DIAL, i, 0);
	(void)sim_run(s, (STORM_S + 90) * (uint64_t)S);
	sim_radius_stats(s, &st);
	for (uint32_t i = spared; i < n; i++)
		sim_want(s, sim_phone(s, i)->up && sim_phone(s, i)->ups == 1,
		    "phone %u went, though another one was disconnected: %s",
		    i, sim_phone(s, i)->reason);
	sim_want(s, st.coa_acks > 0, "no change was acknowledged");
	scene_talk(s, n, 0);
	scene_empty(s, n);
}
