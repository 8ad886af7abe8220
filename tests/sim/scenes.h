/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_SCENES_H
#define TESTS_SIM_SCENES_H

/*
 * DOC: what the scenarios share (scenarios.c), those of scenes_bad.c,
 * scenes_flood.c and scenes_radius.c.
 *
 * Every seed draws a delay, a block of sequence numbers, freezes and deaths of
 * what seals; and where a scenario does not say otherwise, jitter, loss,
 * reordering, duplicates, and for each phone moments at which its NAT box
 * forgets its mappings and at which it rekeys.  Not so:
 *
 *	exact seeds	a half of those of scenarios that want every packet to
 *			arrive, or each reason to be heard: no loss, nothing held
 *			back, no rebinding, for each of these takes packets away
 *	refused		those who are refused have nothing to rekey or to rebind:
 *			the one phone does that gets in
 *	enomem		rekeys before and after the shortage: one that finds no
 *			memory ends as a refused login does
 *	pools		no rekeys where a pool of IKE is the small one: they need
 *			a second place each
 *	enobufs		rekeys before and after: of nothing sent for 8 s they die
 *	half_open_flood	rekeys after the count of exponentiations, of which they
 *			need some
 *	storm_1000	rebinding and rekeys when all are in: in the storm every
 *			second counts
 *	radius_*, coa, mfa
 *			no loss between phones and concentrator: it is the way to
 *			the servers that loses, and what they keep is counted
 *	mm1_60s, many_70000
 *			run by name, one seed, for their size: the delay alone
 */

#include "tests/sim/sim.h"

/* Loss, reordering, duplicates, freezes: a line as it is on most days. */
void		scene_stage_weather(struct sim_stage *, struct rng *);
/* The same, or nothing that takes a packet away. */
void		scene_stage_exact(struct sim_stage *, struct rng *);
bool		scene_exact(const struct sim *);
/*
 * Plans for the phones from `first` on up to so many rebinds and rekeys each,
 * between in_us and in_us + span_us from now; no rebinds in exact seeds.
 */
void		scene_moments(struct sim *, uint32_t first, uint32_t phones,
		    uint64_t in_us, uint64_t span_us, uint32_t rebinds,
		    uint32_t rekeys);
/* A phone with drawn ciphers and method. */
uint32_t	scene_phone(struct sim *, enum sim_place);
enum sim_place	scene_place(struct sim *);
/* Dials what is not up, `tries` times; breaks the run if not all get in. */
bool		scene_all_up(struct sim *, uint32_t phones, uint64_t us,
		    uint32_t tries);
void		scene_talk(struct sim *, uint32_t phones, uint32_t every_us);
/*
 * Ends the talk; breaks the run if more than so many echoes are missing, and
 * what the line's loss and rebinding take.
 */
void		scene_heard(struct sim *, uint32_t phones,
		    uint32_t lost_percent);
/* All leave; breaks the run if anything of them is left. */
void		scene_leave(struct sim *, uint32_t phones);
/* The same, and it is the end: the concentrator goes, too. */
void		scene_empty(struct sim *, uint32_t phones);

void	scene_stage_refused(struct sim_stage *, struct rng *);
void	scene_refused(struct sim *);
void	scene_stage_enomem(struct sim_stage *, struct rng *);
void	scene_enomem(struct sim *);
void	scene_stage_pools(struct sim_stage *, struct rng *);
void	scene_pools(struct sim *);
void	scene_stage_enobufs(struct sim_stage *, struct rng *);
void	scene_enobufs(struct sim *);
void	scene_stage_storm(struct sim_stage *, struct rng *);
void	scene_storm(struct sim *);
void	scene_stage_many(struct sim_stage *, struct rng *);
void	scene_many(struct sim *);

/* ---- scenes_flood.c ---- */
void	scene_stage_flood(struct sim_stage *, struct rng *);
void	scene_sccrq_flood(struct sim *);
void	scene_icrq_flood(struct sim *);
void	scene_hello_flood(struct sim *);
void	scene_half_open_flood(struct sim *);
void	scene_stage_mm1(struct sim_stage *, struct rng *);
void	scene_mm1_60s(struct sim *);

/* ---- scenes_radius.c ---- */
/* Who answers the logins of this seed: local users, or servers. */
void	scene_stage_logins(struct sim_stage *, struct rng *);
/* Servers die and live again, for so long; nothing without them. */
void	scene_weather(struct sim *, uint32_t seconds);
void	scene_stage_dead(struct sim_stage *, struct rng *);
void	scene_radius_dead(struct sim *);
void	scene_stage_flapping(struct sim_stage *, struct rng *);
void	scene_radius_flapping(struct sim *);
void	scene_stage_mfa(struct sim_stage *, struct rng *);
void	scene_mfa_60s(struct sim *);
void	scene_stage_coa(struct sim_stage *, struct rng *);
void	scene_coa_storm(struct sim *);

#endif
