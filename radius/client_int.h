/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RADIUS_CLIENT_INT_H
#define RADIUS_CLIENT_INT_H

/*
 * DOC: the client's objects: see client.h.
 *
 * A lane is one server and one service (a TLS server: both).  It has up to
 * `ports` sockets.  A port has 256 ids, each with a slot that remembers the
 * authenticator an answer must fit.  A question is in no lane, or in one,
 * waiting for a slot, or in one and sent: it then has a slot.  When it leaves
 * before its answer came (moved, cancelled) the slot stays taken for a while
 * (SLOT_LATE): the id is not used again, and a late answer still proves that
 * the server lives.
 *
 * Ports and questions lie in pools and name each other by handle, lanes lie in
 * an array, so freezing copies them; flags are bytes, because a thaw may find
 * any value in them.  What is to be told waits as a flag or as
 * a deadline that has come until the box has room.
 */

#include "base/due.h"
#include "base/pool.h"
#include "radius/client.h"

#define PORT_IDS	256
#define PORT_IDS_KEPT	16	/* of one port, for probes */
#define LANES		(RADIUS_SERVERS_MAX * RADIUS_SERVICES)
#define NO_LANE		0xff
#define NO_SERVER	0xff
#define WHY_MAX		96	/* bytes of a reason, with NUL */
#define WATCHDOG_MS	30000	/* idle TLS: RFC 3539 §3.4.1, Tw */
#define REOPEN_MS	1000	/* after a socket could not be opened */

enum slot_state {
	SLOT_FREE,
	SLOT_ASKED,
	SLOT_PROBE,		/* Status-Server */
	SLOT_LATE,		/* nobody waits any more */
	SLOT_STATES
};

struct slot {
	uint8_t state;		/* enum slot_state */
	uint8_t code;		/* of the request */
	uint8_t auth[RADIUS_AUTH_BYTES];	/* of the request */
	uint32_t token;		/* RADIUS/1.1 */
	uint32_t question;	/* handle, if SLOT_ASKED */
	mono_t until;		/* SLOT_PROBE, SLOT_LATE: free then */
};

struct port {
	uint32_t self;		/* handle */
	uint8_t lane;
	uint8_t ready;		/* packets may go */
	uint8_t version_11;
	uint8_t heard;		/* a valid packet came */
	uint8_t old;		/* used only if there is no other */
	uint8_t closing;		/* to tell: RADIUS_CLOSE, then it is gone */
	uint8_t probed;		/* by a lane that is down; TLS */
	uint8_t head;		/* of the free ids: the least recently used */
	uint16_t free_n;
	uint8_t free[PORT_IDS];	/* a ring */
	uint32_t asked;		/* questions so far */
	uint32_t serial;	/* upper part of the last token */
	mono_t opened;
	struct slot slot[PORT_IDS];
};

struct list {			/* of questions, by prev and next */
	uint32_t first, last;	/* handles */
	uint32_t n;
};

struct lane {
	uint8_t used;		/* the server has this service */
	uint8_t up, told_up;
	uint8_t probing;
	uint8_t port_n;
	uint32_t port[RADIUS_PORTS_MAX];	/* handles, those closing too */
	struct list sent, waiting;
	uint32_t trial;		/* the question that decides, or 0 */
	mono_t quiet;		/* last valid packet, or an answer is owed since */
	mono_t probe_from, probe_next;
	mono_t try_at;		/* down: next probe or trial; trial: its end */
	mono_t open_at;		/* no socket before */
	char why[WHY_MAX];	/* it is up or down */
};

struct question {
	uint32_t self;		/* handle */
	uint32_t prev, next;	/* in its lane's list */
	uint32_t group;
	uint64_t tag;
	uint64_t event_ms;
	mono_t asked, sent;	/* sent: to this server first */
	mono_t end;		/* given up then */
	mono_t repeat;
	mono_t due;		/* its place in the heap */
	uint64_t repeat_us;	/* RT of RFC 5080 §2.2.1 */
	uint32_t port;		/* handle; 0: not sent */
	uint32_t delay_s;	/* Acct-Delay-Time */
	uint8_t id;		/* of its slot */
	uint8_t lane;
	uint8_t server;		/* last one; NO_SERVER */
	uint8_t only;		/* may go nowhere else; NO_SERVER: may */
	uint8_t code, service;
	uint8_t result;		/* if ended */
	uint8_t ended;		/* to tell: RADIUS_DONE, then it is gone */
	uint8_t delay;		/* delay_s is there */
	uint8_t forged, no_message_auth;	/* such replies have come */
	uint8_t again;		/* lost with its connection once */
	uint16_t tried;		/* bits of servers */
	uint16_t attrs_n;
	uint8_t password_n;
	uint8_t password[RADIUS_PASSWORD_MAX];
	uint8_t attrs[RADIUS_ATTRS_BYTES];
};

struct radius_client {
	const struct radius_params *params;
	struct rng *rng;
	struct drops *drops;
	struct pool ports, questions;
	struct due due;		/* per question */
	struct due late;	/* per slot that is SLOT_PROBE or SLOT_LATE */
	uint32_t closing;	/* ports that are to be told */
	mono_t wall_at;
	uint64_t wall_ms;	/* Unix time then; 0: unknown */
	struct lane lane[LANES];
	struct radius_health health[LANES];	/* counters, heard */
};

/* ---- lookups ---- */

static inline const struct radius_server_params *
lane_server(const struct radius_client *c, uint8_t lane)
{
	return &c->params->server[lane / RADIUS_SERVICES];
}

static inline bool
lane_tls(const struct radius_client *c, uint8_t lane)
{
	return lane_server(c, lane)->transport == RADIUS_TLS;
}

/* The counters of one server and service. */
static inline struct radius_health *
lane_health(struct radius_client *c, uint32_t server, unsigned service)
{
	return &c->health[server * RADIUS_SERVICES + service];
}

/* out.c: the box. */

/* One step adds at most STEP_ACTS actions and STEP_BYTES. */
bool	radius_out_room(const struct radius_out *);
struct radius_act *radius_out_add(struct radius_out *, enum radius_act_kind);
/* A copy in the box's memory, aligned. */
const uint8_t *radius_out_copy(struct radius_out *, const void *, size_t n);

/* port.c: sockets and ids. */

/*
 * A port of the lane with an id free besides `kept`; opens one if there is
 * none and there may be one more.  NULL: wait.  The box has room.
 */
struct port *radius_port_pick(struct radius_client *, mono_t now,
    uint8_t lane, unsigned kept, struct radius_out *);
/* Opens one, if the lane may have one more now.  The box has room. */
struct port *radius_port_open(struct radius_client *, mono_t now,
    uint8_t lane, struct radius_out *);
/* An id, the least recently used; the port has one.  False: no randomness. */
bool	radius_port_take(struct radius_client *, struct port *,
    enum slot_state, enum radius_code, uint8_t *id);
/* The RADIUS/1.1 or other packet of this slot: opened, not closed. */
void	radius_port_begin(const struct port *, uint8_t id,
    struct radius_build *, void *buf, size_t n);
/* Closed and put into the box as RADIUS_SEND; the buffer is wiped. */
bool	radius_port_send(struct radius_client *, struct port *, uint8_t id,
    struct radius_build *, struct radius_out *);
/* Back among the free ones. */
void	radius_port_give(struct radius_client *, mono_t now, struct port *,
    uint8_t id);
/* Nobody waits any more: free at `until`. */
void	radius_port_late(struct radius_client *, struct port *, uint8_t id,
    enum slot_state, mono_t until);
/* Forgets all slots and asks for RADIUS_CLOSE. */
void	radius_port_close(struct radius_client *, struct port *);
/* Gone without a word. */
void	radius_port_drop(struct radius_client *, struct port *);
/* Tells RADIUS_CLOSE as far as there is room. */
void	radius_port_flush(struct radius_client *, struct radius_out *);
void	radius_port_expire(struct radius_client *, mono_t now);

/* lane.c: health and choice. */

/* The best server for this question now, or NO_LANE. */
uint8_t	lane_choose(struct radius_client *, mono_t now,
    const struct question *);
/* A valid packet came. */
void	lane_heard(struct radius_client *, mono_t now, struct port *);
/* The server has failed: its questions move. */
void	lane_fail(struct radius_client *, mono_t now, uint8_t lane,
    const char *why);
void	lane_up(struct radius_client *, mono_t now, uint8_t lane,
    const char *why);
/* Something is wrong: ask the server whether it lives, at once. */
void	lane_suspect(struct radius_client *, mono_t now, uint8_t lane);
/* What its deadlines ask for; and when it is to be called again. */
void	lane_step(struct radius_client *, mono_t now, uint8_t lane,
    struct radius_out *);
mono_t	lane_deadline(const struct radius_client *, uint8_t lane);
/* n questions that wait may try again now. */
void	lane_wake(struct radius_client *, mono_t now, uint8_t lane,
    unsigned n);
/* Tells RADIUS_STATE as far as there is room. */
void	lane_flush(struct radius_client *, struct radius_out *);

/* ask.c: one question. */

uint32_t ask_new(struct radius_client *, mono_t now,
    const struct radius_ask *);
/* When its step is to be taken. */
void	ask_due(struct radius_client *, struct question *, mono_t when);
/* Out of its lane; its slot, if it has one, is kept as late. */
void	ask_leave(struct radius_client *, mono_t now, struct question *);
/* RADIUS_TIMED_OUT, or what was wrong with what came instead of an answer. */
enum radius_result ask_so_far(const struct question *);
/* To another server, because this one has failed. */
void	ask_move(struct radius_client *, mono_t now, struct question *);
/* Its connection is lost: once more. */
void	ask_again(struct radius_client *, mono_t now, struct question *);
/* What its deadline asks for.  The box has room. */
void	ask_step(struct radius_client *, mono_t now, struct question *,
    struct radius_out *);
/* The authentic answer came.  The box has room. */
void	ask_answer(struct radius_client *, mono_t now, struct question *,
    const struct radius_packet *, struct radius_out *);
/* The n-th RT of RFC 5080 §2.2.1 from the one before (0: none). */
uint64_t ask_back_off(struct rng *, uint64_t before_us, uint32_t first_ms,
    uint32_t cap_ms);

/* thaw.c */

/*
 * Fills the heaps again.  False if some number or handle in the thawed objects
 * is not what it may be; `used` says which lanes there are.
 */
bool	radius_thaw(struct radius_client *, const bool used[LANES]);

#endif
