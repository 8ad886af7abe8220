/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_INT_H
#define TESTS_SIM_INT_H

/* What the files of the simulator share: sim.c, sim_server.c, sim_phone.c. */

#include "base/due.h"
#include "base/log.h"
#include "base/pool.h"
#include "tests/sim/check.h"
#include "tests/sim/keys.h"
#include "tests/sim/plane.h"
#include "tests/sim/sim.h"

#define SIM_EXPIRE_TURNS 10000	/* a timer that fires more often is stuck */
#define SIM_USER_TEXT	24	/* "password" and a number */
#define SIM_TALK_MIN	40	/* bytes of an inner packet, */
#define SIM_TALK_MIN6	60	/* and of IPv6 */
#define SIM_TALK_MAX	1300

struct plan {
	enum sim_do what;
	uint32_t phone;
	uint32_t arg;
};

struct job {			/* a Diffie-Hellman computation */
	bool server;
	uint32_t phone;
	struct ike_dh dh;
};

#define SIM_SEEN	2048	/* newest numbers that are remembered */

/* Which packets arrived; not ipsec/replay.h, which is under test itself. */
struct sim_seen {
	uint32_t top;		/* one after the highest */
	uint64_t bits[SIM_SEEN / 64];
};

/* The newest ESP packet that reached a phone, to be replayed to it. */
struct sim_last {
	struct wire_got got;		/* got.data is not used */
	size_t len;
	uint8_t b[WIRE_MTU];
};

/* The scenario's view and what only the simulator knows. */
struct phone {
	struct sim_phone pub;
	struct esp_crypt *crypt;	/* borrowed: one for all */
	struct sim_seen behind, back;	/* packet numbers */
	mono_t talk_at;
	struct sim_last *last;		/* owned; only where there are freezes */
};

struct sim {
	struct sim_stage stage;		/* lns params are borrowed by the lns */
	mono_t now;
	struct rng rng;			/* of the world */
	struct rng engines;		/* of everybody's engines */
	struct wire *wire;
	struct plane *plane;
	struct check *check;
	struct keys *keys;
	unsigned told;			/* lines of the trail that were looked at */
	uint32_t session_shown, attempt_shown;	/* cursors: see shown() */
	struct lns *lns;
	struct drops drops;
	struct lns_out lns_out;
	struct peer_out peer_out;
	struct esp_crypt *crypt;	/* of the phones */
	struct aaa_user *users;
	char (*name)[SIM_USER_TEXT], (*password)[SIM_USER_TEXT];
	struct phone *phone;
	uint32_t phones;
	struct due phone_due, talk_due;
	struct pool plans, jobs;
	struct due plan_due, job_due;
	uint16_t refusal;		/* of datagrams, per thousand */
	mono_t dh_free;			/* the helper is busy until then */
	mono_t awake;			/* the machine slept until then */
	mono_t died;			/* last death of what seals */
	uint64_t wall_ms;		/* Unix time at mono 0, as last told */
	uint32_t server_host, server_host6;	/* one machine, both families */
	uint32_t common_nat;		/* of the twins */
	struct sim_stats stats;
	struct sim_radius *rad;		/* owned; NULL: no servers */
	struct trail trail;
	char broken[256];
};

struct sim_talk {			/* what is in an inner packet of ours */
	struct ipaddr src, dst;		/* of one family */
	uint32_t phone, number, down;
};

/* ---- sim.c ---- */
bool	sim_happens(struct sim *, uint16_t per_thousand);
/* NULL: nothing is wrong. */
void	sim_fault(struct sim *, const char *why);
/* I7: was a secret in it? */
void	sim_shown(struct sim *, const void *text, size_t len);
void	sim_job_add(struct sim *, bool server, uint32_t phone,
	    const struct ike_dh *);
/* Is it IKE on this port?  Then the marker is taken off. */
bool	sim_ike_of(enum wire_kind, uint16_t port, struct rd *);
bool	sim_talk_decode(struct rd, struct sim_talk *);
size_t	sim_talk_encode(uint8_t *buf, size_t size, const struct sim_talk *,
	    size_t len);

/* Notes a number; true if it was there before. */
bool	sim_seen_twice(struct sim_seen *, uint32_t number);

/* ---- sim_server.c: the concentrator, its data plane, the host behind ---- */
void	sim_server_input(struct sim *, const struct wire_got *);
void	sim_server_expire(struct sim *);
void	sim_server_drain(struct sim *);
/* Runs the data plane and the concentrator until both are quiet. */
void	sim_server_turn(struct sim *);
void	sim_server_freeze(struct sim *);
void	sim_server_told(void *sim, bool ppp, struct rd data);
void	sim_server_keyed(void *sim, const void *key, size_t len);
bool	sim_server_owned(void *sim, uint32_t path);
void	sim_server_logged(void *sim, enum log_level, const char *line);
/* A call before the deadline must do nothing at all. */
void	sim_server_probe(struct sim *);
/* I6, I7: what it shows; with `all`, every record. */
void	sim_server_shows(struct sim *, bool all);

/* ---- sim_radius.c: servers, their wire, the disk; not called without ---- */
void	sim_radius_params(struct sim *);
bool	sim_radius_make(struct sim *);
void	sim_radius_free(struct sim *);
/* The concentrator is made, or made anew from the disk. */
void	sim_radius_start(struct sim *);
mono_t	sim_radius_deadline(const struct sim *);
/* One thing of each sort that is due. */
void	sim_radius_expire(struct sim *);
/* What the concentrator wants of its host. */
void	sim_radius_act(struct sim *, const struct lns_act *);
void	sim_radius_do(struct sim *, enum sim_do, uint32_t number, uint32_t arg);
void	sim_radius_in(void *sim, uint32_t sess, const struct ipaddr *);
void	sim_radius_out(void *sim, uint32_t sess, const struct dp_count *);

/* ---- sim_phone.c ---- */
void	sim_phone_input(struct sim *, uint32_t, const struct wire_got *);
void	sim_phone_expire(struct sim *, uint32_t);
void	sim_phone_probe(struct sim *, uint32_t);
void	sim_phone_drain(struct sim *, uint32_t);
void	sim_phone_talk(struct sim *, uint32_t);
void	sim_phone_freeze(struct sim *, uint32_t);
void	sim_phone_forget(struct sim *, uint32_t);
void	sim_phone_anew(struct sim *, uint32_t, uint32_t wait_ms);
void	sim_phone_dial(struct sim *, uint32_t);
void	sim_phone_command(struct sim *, enum sim_do, uint32_t);

#endif
