/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: see l2tp.h. */

#include <stdlib.h>

#include "l2tp/l2tp.h"
#include "l2tp/life.h"
#include "l2tp/recv.h"
#include "l2tp/session.h"
#include "l2tp/tunnel.h"

#define FROZEN_MAGIC	0x4c325431u	/* "L2T1" */

#define CDN_NOT_IN_TIME	10	/* RFC 2661 §4.4.2 */
#define STOP_GENERAL	1

void
l2tp_params_default(struct l2tp_params *p)
{
	*p = (struct l2tp_params){
		.host_name = "l2tpd",
		.vendor_name = "l2tpd",
		.tunnels = 1024,
		.sessions = 1024,
		.tunnels_per_path = 2,
		.sessions_per_tunnel = 1,
		.recv_window = 8,
		.rtx_first_ms = 1000,
		.rtx_cap_ms = 8000,
		.rtx_tries = 5,
		.hello_s = 60,
		.setup_ms = 30000,
		.linger_ms = 31000,
		.sccrq_rate = 1,
	};
}

const char *
l2tp_why_str(enum l2tp_why why)
{
	static const char *const names[L2TP_WHY_COUNT] = {
		[L2TP_WHY_PEER] = "peer",
		[L2TP_WHY_CLOSED] = "closed",
		[L2TP_WHY_TIMEOUT] = "timeout",
		[L2TP_WHY_SETUP] = "setup",
		[L2TP_WHY_PROTOCOL] = "protocol",
		[L2TP_WHY_PATH] = "path",
		[L2TP_WHY_REFUSED] = "refused",
	};

	return (unsigned)why < L2TP_WHY_COUNT ? names[why] : "unknown";
}

void
l2tp_out_reset(struct l2tp_out *o)
{
	o->n = 0;
	o->used = 0;
}

static uint32_t
at_most(uint64_t n, uint32_t max)
{
	return n < max ? (uint32_t)n : max;
}

/*
 * Pools: a quarter more tunnels than may live, for those that ended and only
 * answer repeats; slots for what tunnels say at once in the worst ordinary
 * case.  Memory is touched as it is used (base/pool.h).
 */
struct caps {
	uint32_t tunnels, sessions, slots;
};

static struct caps
caps_of(const struct l2tp_params *p)
{
	struct caps n;

	n.tunnels = at_most((uint64_t)p->tunnels + p->tunnels / 4 + 64,
	    POOL_SLOTS_MAX);
	n.sessions = at_most((uint64_t)p->sessions + 1, POOL_SLOTS_MAX);
	n.slots = at_most(4ull * n.tunnels + 2ull * n.sessions,
	    POOL_SLOTS_MAX);
	return n;
}

void
l2tp_bounds(const struct l2tp_params *p, bound_fn *each, void *ctx)
{
	struct caps n = caps_of(p);
	const struct bound rows[] = {
		{ "l2tp engine", 1, sizeof(struct l2tp) },
		{ "l2tp tunnels", n.tunnels,
		    pool_bytes(sizeof(struct tunnel), n.tunnels) +
		    2 * htab_bytes(n.tunnels) + due_bytes(n.tunnels) },
		{ "l2tp sessions", n.sessions,
		    pool_bytes(sizeof(struct session), n.sessions) },
		{ "l2tp messages kept", n.slots,
		    pool_bytes(sizeof(struct rel_slot), n.slots) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		each(ctx, &rows[i]);
}

static bool
init_pools(struct l2tp *l)
{
	struct caps n = caps_of(l->params);

	return pool_init(&l->tunnels, sizeof(struct tunnel), n.tunnels) == 0 &&
	    pool_init(&l->sessions, sizeof(struct session), n.sessions) == 0 &&
	    pool_init(&l->slots, sizeof(struct rel_slot), n.slots) == 0 &&
	    htab_init(&l->by_id, n.tunnels) == 0 &&
	    htab_init(&l->by_path, n.tunnels) == 0 &&
	    due_init(&l->due, n.tunnels) == 0;
}

struct l2tp *
l2tp_new(const struct l2tp_params *p, struct rng *rng, struct drops *drops)
{
	struct l2tp *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->params = p;
	l->rng = rng;
	l->drops = drops;
	l->serial = rng_u32(rng);
	l->key.k[0] = rng_u64(rng);
	l->key.k[1] = rng_u64(rng);
	if (init_pools(l))
		return l;
	l2tp_free(l);
	return NULL;
}

void
l2tp_free(struct l2tp *l)
{
	if (l == NULL)
		return;
	pool_wipe(&l->tunnels);
	pool_wipe(&l->sessions);
	pool_wipe(&l->slots);
	htab_wipe(&l->by_id);
	htab_wipe(&l->by_path);
	due_wipe(&l->due);
	free(l);
}

void
l2tp_input(struct l2tp *l, mono_t now, uint32_t path, struct rd data,
    struct l2tp_out *out)
{
	recv_packet(l, now, path, data, out);
}

/* ---- time ---- */

/*
 * All repeats were in vain.  A phone in doze answers no HELLO for minutes
 * while its traffic still comes: only silence all over ends a tunnel that
 * waits for nothing but a HELLO (clients.md 42).
 */
static void
unanswered(struct l2tp *l, struct tunnel *t, mono_t now)
{
	static const struct cause silent = { L2TP_WHY_TIMEOUT, 0, 0,
	    "no answer to repeated control messages" };
	struct rel_params rel = ctl_rel(l);
	uint64_t hello_ms = l->params->hello_s * 1000ull;
	bool only_hello = t->hello_out && t->rel.una == t->hello_ns &&
	    (uint16_t)(t->rel.end - t->rel.una) == 1;

	if (t->ended)
		t->gone_at = now;
	else if (only_hello && mono_since_ms(now, t->heard) < hello_ms)
		rel_retry(&t->rel, &rel, now);
	else
		life_quiet(l, t, now, &silent);
}

static void
tick_calls(struct l2tp *l, struct tunnel *t, mono_t now)
{
	static const struct cause slow = { L2TP_WHY_SETUP, CDN_NOT_IN_TIME, 0,
	    "call not connected in time" };
	uint32_t setup_ms = l->params->setup_ms;
	struct session *s = pool_get(&l->sessions, t->sessions);

	for (; s != NULL; s = pool_get(&l->sessions, s->next)) {
		enum sess_event ev = s->state == SESS_IDLE ?
		    SESS_EV_ICRQ_BAD : SESS_EV_CLOSE;

		if (s->state != SESS_ESTABLISHED &&
		    mono_due(mono_add_ms(s->born, setup_ms), now))
			(void)sess_event(l, t, s, ev, &slow);
	}
}

static void
tick(struct l2tp *l, struct tunnel *t, mono_t now)
{
	static const struct cause idle = { L2TP_WHY_SETUP, STOP_GENERAL, 0,
	    "no call in time" };
	uint32_t hello_s = l->params->hello_s;
	struct rel_params rel = ctl_rel(l);

	if (rel_expire(&t->rel, &rel, now))
		unanswered(l, t, now);
	if (t->ended)
		return;
	tick_calls(l, t, now);
	if (mono_due(t->busy_by, now)) {
		(void)tun_event(l, t, now, TUN_EV_CLOSE, &idle);
		return;
	}
	if (t->state == TUN_ESTABLISHED && hello_s > 0 && !t->hello_out &&
	    mono_due(mono_add_s(t->heard, hello_s), now) && !tun_hello(l, t))
		t->heard = now;		/* no slot: the next round */
}

void
l2tp_expire(struct l2tp *l, mono_t now, struct l2tp_out *out)
{
	uint32_t slot;

	while (due_next(&l->due, now, &slot)) {
		struct tunnel *t = pool_at(&l->tunnels, slot, NULL);
		bool late;

		if (t == NULL)
			continue;
		tick(l, t, now);
		/* Settling may forget the tunnel: look at its deadline only. */
		life_settle(l, t, now, out);
		late = due_first(&l->due).us == 0;
		if (late)
			return;
	}
}

mono_t
l2tp_deadline(const struct l2tp *l)
{
	return due_first(&l->due);
}

void
l2tp_heard(struct l2tp *l, mono_t now, uint32_t path)
{
	for (struct tunnel *t = life_first(l, path); t != NULL;
	    t = life_next(l, t))
		t->heard = now;
}

void
l2tp_path_gone(struct l2tp *l, mono_t now, uint32_t path,
    struct l2tp_out *out)
{
	static const struct cause gone = { L2TP_WHY_PATH, 0, 0,
	    "the IPsec peer is gone" };
	struct tunnel *t = life_first(l, path);
	struct tunnel *after;

	for (; t != NULL; t = after) {
		after = life_next(l, t);
		life_quiet(l, t, now, &gone);
		t->gone_at = now;
		life_settle(l, t, now, out);
	}
}

/* ---- answers and commands ---- */

static struct session *
get_session(struct l2tp *l, uint32_t handle, struct tunnel **t)
{
	struct session *s = pool_get(&l->sessions, handle);

	if (s == NULL || s->ended)
		return NULL;
	*t = pool_get(&l->tunnels, s->tunnel);
	return *t != NULL ? s : NULL;
}

void
l2tp_call_done(struct l2tp *l, mono_t now, uint32_t session, bool accept,
    uint16_t result, uint16_t error, const char *text, struct l2tp_out *out)
{
	struct cause c = { L2TP_WHY_REFUSED, result, error,
	    text != NULL ? text : "" };
	struct tunnel *t;
	struct session *s = get_session(l, session, &t);

	if (s == NULL || s->state != SESS_IDLE)
		return;
	(void)sess_event(l, t, s,
	    accept ? SESS_EV_ICRQ_OK : SESS_EV_ICRQ_BAD, &c);
	life_settle(l, t, now, out);
}

void
l2tp_call_close(struct l2tp *l, mono_t now, uint32_t session, uint16_t result,
    uint16_t error, const char *text, struct l2tp_out *out)
{
	struct cause c = { L2TP_WHY_CLOSED, result, error,
	    text != NULL ? text : "" };
	struct tunnel *t;
	struct session *s = get_session(l, session, &t);

	if (s == NULL)
		return;
	/* Not answered yet: that is a refusal in RFC 2661 §7.4.2. */
	(void)sess_event(l, t, s,
	    s->state == SESS_IDLE ? SESS_EV_ICRQ_BAD : SESS_EV_CLOSE, &c);
	life_settle(l, t, now, out);
}

void
l2tp_tunnel_close(struct l2tp *l, mono_t now, uint32_t tunnel, uint16_t result,
    uint16_t error, const char *text, struct l2tp_out *out)
{
	struct cause c = { L2TP_WHY_CLOSED, result, error,
	    text != NULL ? text : "" };
	struct tunnel *t = pool_get(&l->tunnels, tunnel);

	if (t == NULL || t->ended)
		return;
	(void)tun_event(l, t, now, TUN_EV_CLOSE, &c);
	life_settle(l, t, now, out);
}

uint32_t
l2tp_dial(struct l2tp *l, mono_t now, uint32_t path, struct l2tp_out *out)
{
	static const struct cause none = { L2TP_WHY_REFUSED, 0, 0,
	    "no more sessions here" };
	struct tunnel *t;
	struct session *s;

	if (l->live >= l->params->tunnels ||
	    life_count(l, path) >= l->params->tunnels_per_path ||
	    l->sessions.used >= l->params->sessions ||
	    (t = life_new(l, now, path, L2TP_LAC)) == NULL)
		return 0;
	if ((s = sess_new(l, t, L2TP_LAC, now)) == NULL) {
		life_quiet(l, t, now, &none);
		t->told_down = true;
		t->gone_at = now;
		life_settle(l, t, now, out);
		return 0;
	}
	s->told = true;		/* with the tunnel that is returned */
	(void)sess_event(l, t, s, SESS_EV_RING, NULL);
	(void)tun_event(l, t, now, TUN_EV_OPEN, NULL);
	life_settle(l, t, now, out);
	return t->self;
}

void
l2tp_stats(const struct l2tp *l, struct l2tp_stats *s)
{
	*s = (struct l2tp_stats){
		.tunnels = l->live,
		.sessions = l->sessions.used,
		.retransmits = l->retransmits,
	};
}

/* ---- freeze and thaw ---- */

size_t
l2tp_frozen_size(const struct l2tp *l)
{
	return 4 + 4 + 4 + 8 + pool_frozen_size(&l->tunnels) +
	    pool_frozen_size(&l->sessions) + pool_frozen_size(&l->slots);
}

void
l2tp_freeze(const struct l2tp *l, struct wr *w)
{
	wr_u32(w, FROZEN_MAGIC);
	wr_u32(w, l->live);
	wr_u32(w, l->serial);
	wr_u64(w, l->retransmits);
	pool_freeze(&l->tunnels, w);
	pool_freeze(&l->sessions, w);
	pool_freeze(&l->slots, w);
}

/* Indexes and deadlines are built anew; the hash key is another one. */
static void
rebuild(struct l2tp *l)
{
	for (uint32_t i = 0; i < l->tunnels.high; i++) {
		struct tunnel *t = pool_at(&l->tunnels, i, NULL);

		if (t != NULL)
			life_index(l, t, life_deadline(l, t));
	}
}

struct l2tp *
l2tp_thaw(const struct l2tp_params *p, struct rng *rng, struct drops *drops,
    struct rd *r)
{
	struct l2tp *l = l2tp_new(p, rng, drops);
	bool ok;

	if (l == NULL)
		return NULL;
	ok = rd_u32(r) == FROZEN_MAGIC;
	l->live = rd_u32(r);
	l->serial = rd_u32(r);
	l->retransmits = rd_u64(r);
	ok = ok && pool_thaw(&l->tunnels, r) && pool_thaw(&l->sessions, r) &&
	    pool_thaw(&l->slots, r);
	if (!ok) {
		l2tp_free(l);
		return NULL;
	}
	rebuild(l);
	return l;
}
