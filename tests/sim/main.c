/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs scenarios, a seed each:
 *
 *	sim [--seeds N] [--first N] [--scenario NAME] [--trace] [--list]
 *
 * Without a name each seed draws its scenario, the costly ones seldom.  Each seed
 * prints a line: its scenario, what it drew, what was done.  One that fails
 * prints its events, too, and how to run it alone; exit status 1.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define SEEDS	60		/* without arguments: a minute at most */
#define FREEZE_IN_US	30000000	/* no scenario is shorter */
#define BLOCK_MIN	16	/* sequence numbers reserved at once: so few */
#define BLOCK_MAX	32	/* that a jump over them stays in a window */

struct options {
	uint64_t first, seeds;
	const struct sim_scenario *only;
	bool trace;
};

struct totals {
	uint64_t runs, failed, events, freezes, phone_freezes, deaths;
	uint64_t reserves, rebinds, rekeys;
	uint64_t by_scenario[32];
};

static const struct sim_scenario *
scenario_find(const char *name)
{
	for (unsigned i = 0; i < sim_scenarios_n; i++)
		if (strcmp(sim_scenarios[i].name, name) == 0)
			return &sim_scenarios[i];
	return NULL;
}

/* Does it take its turn, the number-th one? */
static bool
affordable(const struct sim_scenario *c, uint64_t seed, uint64_t number)
{
	return seed <= SIM_COMMON || number % c->later == 0;
}

/*
 * Each in its turn; a costly one only every so many seeds, and seldom in long
 * runs: then another one takes its turn.  Those of every seed stand first in the
 * table, and its first one is cheap.
 */
static const struct sim_scenario *
scenario_of(uint64_t seed)
{
	unsigned often = 0, turn, other;

	for (unsigned i = 0; i < sim_scenarios_n; i++) {
		const struct sim_scenario *c = &sim_scenarios[i];

		if (c->every == 1)
			often++;
		else if (c->every != 0 && seed % c->every == i &&
		    affordable(c, seed, seed / c->every))
			return c;
	}
	turn = (unsigned)(seed % often);
	for (unsigned i = 0; i < sim_scenarios_n; i++)
		if (sim_scenarios[i].every == 1 && turn-- == 0 &&
		    affordable(&sim_scenarios[i], seed, seed / often))
			return &sim_scenarios[i];
	other = (unsigned)(seed / often % often);
	while (sim_scenarios[other].later != 1)
		other--;
	return &sim_scenarios[other];
}

/* What is drawn for every scenario. */
static void
stage_draw(struct sim_stage *stage, const struct sim_scenario *c,
    uint64_t seed)
{
	struct rng rng;

	rng_seeded(&rng, seed);
	sim_stage_default(stage, seed);
	stage->lns.seq_block = BLOCK_MIN + rng_below(&rng,
	    BLOCK_MAX - BLOCK_MIN + 1);
	c->stage(stage, &rng);
}

static void
print_line(const struct sim_scenario *c, const struct sim_stage *stage,
    const struct sim_stats *st)
{
	const struct wire_quality *q = &stage->quality;

	(void)printf("seed %llu %s: phones=%u delay=%u+%ums loss=%u dup=%u "
	    "late=%u block=%u | rebinds=%llu rekeys=%llu freezes=%llu "
	    "phone-freezes=%llu deaths=%llu reserves=%llu\n",
	    (unsigned long long)stage->seed, c->name, stage->phones,
	    q->delay_us / 1000, q->jitter_us / 1000, q->loss, q->dup, q->late,
	    stage->lns.seq_block, (unsigned long long)st->rebinds,
	    (unsigned long long)st->rekeys, (unsigned long long)st->freezes,
	    (unsigned long long)st->phone_freezes,
	    (unsigned long long)st->deaths, (unsigned long long)st->reserves);
}

static void
print_failure(const struct sim_scenario *c, const struct sim *s, uint64_t seed)
{
	sim_report(s, stdout);
	(void)printf("FAILED %s seed %llu\n  again: tests/sim/sim "
	    "--scenario %s --first %llu --seeds 1\n", c->name,
	    (unsigned long long)seed, c->name, (unsigned long long)seed);
	(void)fflush(stdout);
}

static void
run_one(const struct options *o, uint64_t seed, struct totals *t)
{
	const struct sim_scenario *c = o->only != NULL ? o->only :
	    scenario_of(seed);
	struct sim_stage stage;
	struct sim_stats st;
	struct sim *s;

	stage_draw(&stage, c, seed);
	stage.transcript = o->trace ? stdout : NULL;
	s = sim_new(&stage);
	if (s == NULL) {
		(void)fprintf(stderr, "sim: out of memory\n");
		exit(1);
	}
	sim_plan(s, sim_draw(s, 0, FREEZE_IN_US), SIM_FREEZE_SERVER, 0, 0);
	c->run(s);
	sim_stats(s, &st);
	sim_want(s, st.freezes > 0, "nothing was frozen");
	print_line(c, &stage, &st);
	t->runs++;
	t->events += st.events;
	t->freezes += st.freezes;
	t->phone_freezes += st.phone_freezes;
	t->deaths += st.deaths;
	t->reserves += st.reserves;
	t->rebinds += st.rebinds;
	t->rekeys += st.rekeys;
	t->by_scenario[c - sim_scenarios]++;
	if (sim_broken(s)) {
		t->failed++;
		print_failure(c, s, seed);
	}
	sim_free(s);
}

static uint64_t
number(const char *text)
{
	char *end;
	unsigned long long n = text == NULL ? 0 : strtoull(text, &end, 10);

	if (text == NULL || *text == '\0' || *end != '\0') {
		(void)fprintf(stderr, "sim: a number is expected\n");
		exit(2);
	}
	return n;
}

static void
options(struct options *o, char **argv)
{
	for (char **a = argv + 1; *a != NULL; a++) {
		if (strcmp(*a, "--trace") == 0) {
			o->trace = true;
		} else if (strcmp(*a, "--list") == 0) {
			for (unsigned i = 0; i < sim_scenarios_n; i++)
				(void)printf("%s\n", sim_scenarios[i].name);
			exit(0);
		} else if (strcmp(*a, "--seeds") == 0) {
			o->seeds = number(a[1]);
			a++;
		} else if (strcmp(*a, "--first") == 0) {
			o->first = number(a[1]);
			a++;
		} else if (strcmp(*a, "--scenario") == 0 && a[1] != NULL &&
		    (o->only = scenario_find(a[1])) != NULL) {
			a++;
		} else {
			(void)fprintf(stderr, "usage: sim [--seeds N] "
			    "[--first N] [--scenario NAME] [--trace] "
			    "[--list]\n");
			exit(2);
		}
	}
}

int
main(int argc, char **argv)
{
	struct options o = { .first = 1, .seeds = SEEDS };
	struct totals t = { 0 };

	(void)argc;
	options(&o, argv);
	for (uint64_t i = 0; i < o.seeds; i++)
		run_one(&o, o.first + i, &t);
	for (unsigned i = 0; i < sim_scenarios_n; i++)
		if (t.by_scenario[i] != 0)
			(void)printf("%s=%llu ", sim_scenarios[i].name,
			    (unsigned long long)t.by_scenario[i]);
	(void)printf("\n%llu freezes of the concentrator, %llu of phones; %llu "
	    "deaths, %llu blocks reserved; %llu rebinds, %llu rekeys\n",
	    (unsigned long long)t.freezes, (unsigned long long)t.phone_freezes,
	    (unsigned long long)t.deaths, (unsigned long long)t.reserves,
	    (unsigned long long)t.rebinds, (unsigned long long)t.rekeys);
	(void)printf("sim: seeds %llu..%llu, %llu failed, %llu events, "
	    "%llu freezes\n", (unsigned long long)o.first,
	    (unsigned long long)(o.first + o.seeds - 1),
	    (unsigned long long)t.failed, (unsigned long long)t.events,
	    (unsigned long long)(t.freezes + t.phone_freezes));
	return t.failed != 0;
}
