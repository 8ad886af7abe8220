/* SPDX-License-Identifier: BSD-2-Clause */
/* A server's health, and which server is asked: see client_int.h. */

#include <stdio.h>
#include <string.h>

#include "radius/client_int.h"

#define PROBE_PARTS	8	/* probes in fail_ms, at most */

static const struct radius_server_params *
params(const struct radius_client *c, uint8_t lane)
{
	return lane_server(c, lane);
}

static bool
by_status(const struct radius_client *c, uint8_t lane)
{
	return params(c, lane)->probe == RADIUS_PROBE_STATUS;
}

static void
why_set(struct lane *l, const char *why)
{
	(void)snprintf(l->why, sizeof(l->why), "%s", why);
}

/* ---- choice ---- */

/* The server's lane for this service. */
static uint8_t
lane_of(const struct radius_client *c, uint8_t server, unsigned service)
{
	const struct radius_server_params *s = &c->params->server[server];

	if (s->at[service].port == 0)
		return NO_LANE;
	return (uint8_t)(server * RADIUS_SERVICES +
	    (s->transport == RADIUS_TLS ? RADIUS_AUTH : service));
}

/* Up; or down without probes, its dead time over, and not on trial yet. */
static bool
usable(const struct radius_client *c, mono_t now, uint8_t lane)
{
	const struct lane *l = &c->lane[lane];

	return l->up || (!by_status(c, lane) && !lane_tls(c, lane) &&
	    l->trial == 0 && mono_due(l->try_at, now));
}

/* Is lane a to be asked rather than b?  0: they are alike. */
static int
better(const struct radius_client *c, uint8_t a, uint8_t b)
{
	const struct lane *x = &c->lane[a], *y = &c->lane[b];
	int by = params(c, b)->priority - params(c, a)->priority;
	uint32_t m = x->sent.n + x->waiting.n, n = y->sent.n + y->waiting.n;

	if (by != 0)
		return by;
	return m < n ? 1 : m > n ? -1 : 0;
}

uint8_t
lane_choose(struct radius_client *c, mono_t now, const struct question *q)
{
	const struct radius_group_params *g = &c->params->group[q->group];
	uint32_t n = q->only != NO_SERVER ? 1 : g->server_n, alike = 0;
	uint8_t best = NO_LANE;

	for (uint32_t i = 0; i < n; i++) {
		uint8_t server = q->only != NO_SERVER ? q->only : g->server[i];
		uint8_t lane = lane_of(c, server, q->service);
		int by;

		if (lane == NO_LANE || (q->tried >> server & 1) != 0 ||
		    !usable(c, now, lane))
			continue;
		by = best == NO_LANE ? 1 : better(c, lane, best);
		if (by > 0)
			alike = 0;
		if (by > 0 || (by == 0 && rng_below(c->rng, ++alike + 1) == 0))
			best = lane;
	}
	return best;
}

/* ---- up and down ---- */

void
lane_up(struct radius_client *c, mono_t now, uint8_t lane, const char *why)
{
	struct lane *l = &c->lane[lane];

	l->up = true;
	l->trial = 0;
	l->probing = false;
	l->quiet = now;
	why_set(l, why);
}

void
lane_heard(struct radius_client *c, mono_t now, struct port *p)
{
	struct lane *l = &c->lane[p->lane];

	l->quiet = now;
	l->probing = false;
	p->heard = true;
	c->health[p->lane].heard = now;
	if (!l->up)
		lane_up(c, now, p->lane, "it answers");
}

static void
close_ports(struct radius_client *c, struct lane *l)
{
	for (unsigned i = 0; i < l->port_n; i++) {
		struct port *p = pool_get(&c->ports, l->port[i]);

		if (p != NULL && !p->closing)
			radius_port_close(c, p);
	}
}

static void
empty(struct radius_client *c, mono_t now, const struct list *list)
{
	struct question *q;

	while ((q = pool_get(&c->questions, list->first)) != NULL)
		ask_move(c, now, q);
}

void
lane_fail(struct radius_client *c, mono_t now, uint8_t lane, const char *why)
{
	struct lane *l = &c->lane[lane];

	l->up = false;
	l->probing = false;
	empty(c, now, &l->sent);
	empty(c, now, &l->waiting);
	l->trial = 0;
	l->try_at = mono_add_ms(now, params(c, lane)->dead_ms);
	why_set(l, why);
	if (lane_tls(c, lane))
		close_ports(c, l);
}

void
lane_suspect(struct radius_client *c, mono_t now, uint8_t lane)
{
	struct lane *l = &c->lane[lane];

	if (!l->up || l->probing || !by_status(c, lane))
		return;
	l->probing = true;
	l->probe_from = now;
	l->probe_next = now;
}

void
lane_wake(struct radius_client *c, mono_t now, uint8_t lane, unsigned n)
{
	uint32_t at = c->lane[lane].waiting.first;
	struct question *q;

	for (; n > 0 && (q = pool_get(&c->questions, at)) != NULL; n--) {
		ask_due(c, q, now);
		at = q->next;
	}
}

/* ---- probes ---- */

/* RFC 5997 §3: signed, and says who asks. */
static void
send_probe(struct radius_client *c, mono_t now, uint8_t lane,
    struct radius_out *o)
{
	struct port *p = radius_port_pick(c, now, lane, 0, o);
	const char *nas = c->params->nas_identifier;
	uint8_t buf[RADIUS_HEAD + 18 + 2 + RADIUS_NAME_MAX];
	struct radius_build b;
	uint8_t id;

	if (p == NULL || !radius_port_take(c, p, SLOT_PROBE,
	    RADIUS_STATUS_SERVER, &id))
		return;
	radius_port_begin(p, id, &b, buf, sizeof(buf));
	if (nas[0] != '\0')
		radius_put_text(&b, ATTR_NAS_IDENTIFIER, nas);
	if (!radius_port_send(c, p, id, &b, o)) {
		radius_port_give(c, now, p, id);
		return;
	}
	c->health[lane].probes++;
	radius_port_late(c, p, id, SLOT_PROBE,
	    mono_add_ms(now, 2 * (uint64_t)params(c, lane)->fail_ms));
}

/* At least `ms`, and not so often that probes take all ids; with jitter. */
static mono_t
next_probe(struct radius_client *c, mono_t now, uint8_t lane, uint32_t ms)
{
	uint32_t least = params(c, lane)->fail_ms / PROBE_PARTS + 1;

	if (ms < least)
		ms = least;
	return mono_add_us(now, ask_back_off(c->rng, 0, ms, ms));
}

static bool
connected(const struct radius_client *c, const struct lane *l)
{
	for (unsigned i = 0; i < l->port_n; i++) {
		const struct port *p = pool_get(&c->ports, l->port[i]);

		if (p != NULL && p->ready && !p->closing)
			return true;
	}
	return false;
}

/*
 * When silence calls for a probe: an answer is owed; or, with TLS, at any
 * time (RFC 6613 §2.6, RFC 3539 §3.4).
 */
static mono_t
suspect_at(const struct radius_client *c, uint8_t lane)
{
	const struct lane *l = &c->lane[lane];

	if (l->sent.n > 0)
		return mono_add_ms(l->quiet, params(c, lane)->quiet_ms);
	if (lane_tls(c, lane) && connected(c, l))
		return mono_add_ms(l->quiet, WATCHDOG_MS);
	return MONO_NEVER;
}

static void
step_up(struct radius_client *c, mono_t now, uint8_t lane,
    struct radius_out *o)
{
	struct lane *l = &c->lane[lane];
	uint32_t fail_ms = params(c, lane)->fail_ms;

	if (!by_status(c, lane)) {
		if (l->sent.n > 0 &&
		    mono_due(mono_add_ms(l->quiet, fail_ms), now))
			lane_fail(c, now, lane, "it answers nobody");
		return;
	}
	if (mono_due(suspect_at(c, lane), now))
		lane_suspect(c, now, lane);
	if (!l->probing)
		return;
	if (mono_due(mono_add_ms(l->probe_from, fail_ms), now)) {
		lane_fail(c, now, lane, l->port_n > 0 ?
		    "no answer to Status-Server" : "no socket");
		return;
	}
	if (mono_due(l->probe_next, now) && radius_out_room(o)) {
		send_probe(c, now, lane, o);
		l->probe_next = next_probe(c, now, lane,
		    params(c, lane)->first_ms);
	}
}

/* ---- revival ---- */

/* A new connection, then a probe over it; then the dead time again. */
static void
try_tls(struct radius_client *c, mono_t now, uint8_t lane,
    struct radius_out *o)
{
	struct lane *l = &c->lane[lane];
	const struct radius_server_params *s = params(c, lane);
	struct port *p = pool_get(&c->ports, l->port_n > 0 ? l->port[0] : 0);

	l->try_at = mono_add_ms(now, s->fail_ms);
	if (p == NULL) {
		(void)radius_port_open(c, now, lane, o);
	} else if (p->ready && !p->probed && by_status(c, lane)) {
		p->probed = true;
		send_probe(c, now, lane, o);
	} else if (p->ready) {
		close_ports(c, l);
		l->try_at = mono_add_ms(now, s->dead_ms);
	}
}

static void
step_down(struct radius_client *c, mono_t now, uint8_t lane,
    struct radius_out *o)
{
	struct lane *l = &c->lane[lane];
	struct question *q;

	if (!mono_due(l->try_at, now) || !radius_out_room(o))
		return;
	if (lane_tls(c, lane)) {
		try_tls(c, now, lane, o);
	} else if (by_status(c, lane)) {
		send_probe(c, now, lane, o);
		l->try_at = next_probe(c, now, lane,
		    params(c, lane)->dead_ms);
	} else if ((q = pool_get(&c->questions, l->trial)) != NULL) {
		ask_move(c, now, q);
	}
}

/* A connection that does not come about: the host may not have noticed. */
static void
step_opening(struct radius_client *c, mono_t now, uint8_t lane)
{
	struct lane *l = &c->lane[lane];
	const struct radius_server_params *s = params(c, lane);

	for (unsigned i = 0; i < l->port_n; i++) {
		struct port *p = pool_get(&c->ports, l->port[i]);

		if (p == NULL || p->ready || p->closing ||
		    !mono_due(mono_add_ms(p->opened, s->fail_ms), now))
			continue;
		radius_port_close(c, p);
		if (!l->up)
			l->try_at = mono_add_ms(now, s->dead_ms);
		else if (!connected(c, l))
			lane_fail(c, now, lane, "no connection in time");
	}
}

void
lane_step(struct radius_client *c, mono_t now, uint8_t lane,
    struct radius_out *o)
{
	struct lane *l = &c->lane[lane];

	if (!l->used)
		return;
	if (l->open_at.us > 0 && mono_due(l->open_at, now)) {
		l->open_at = mono_us(0);
		lane_wake(c, now, lane, PORT_IDS);
	}
	step_opening(c, now, lane);
	if (l->up)
		step_up(c, now, lane, o);
	else
		step_down(c, now, lane, o);
}

static mono_t
deadline_up(const struct radius_client *c, uint8_t lane)
{
	const struct lane *l = &c->lane[lane];
	uint32_t fail_ms = params(c, lane)->fail_ms;

	if (!by_status(c, lane))
		return l->sent.n > 0 ? mono_add_ms(l->quiet, fail_ms) :
		    MONO_NEVER;
	if (!l->probing)
		return suspect_at(c, lane);
	return mono_min(l->probe_next, mono_add_ms(l->probe_from, fail_ms));
}

mono_t
lane_deadline(const struct radius_client *c, uint8_t lane)
{
	const struct lane *l = &c->lane[lane];
	mono_t t = l->open_at.us > 0 ? l->open_at : MONO_NEVER;

	if (!l->used)
		return MONO_NEVER;
	for (unsigned i = 0; i < l->port_n; i++) {
		const struct port *p = pool_get(&c->ports, l->port[i]);

		if (p != NULL && !p->ready && !p->closing)
			t = mono_min(t, mono_add_ms(p->opened,
			    params(c, lane)->fail_ms));
	}
	if (l->up)
		return mono_min(t, deadline_up(c, lane));
	/* Without probes the dead time ends with the next question. */
	if (lane_tls(c, lane) || by_status(c, lane) || l->trial != 0)
		t = mono_min(t, l->try_at);
	return t;
}

void
lane_flush(struct radius_client *c, struct radius_out *o)
{
	for (uint8_t i = 0; i < LANES; i++) {
		struct lane *l = &c->lane[i];
		struct radius_act *a;

		if (!l->used || l->up == l->told_up)
			continue;
		if (!radius_out_room(o))
			return;
		a = radius_out_add(o, RADIUS_STATE);
		a->server = i / RADIUS_SERVICES;
		a->service = i % RADIUS_SERVICES;
		a->up = l->up;
		a->text = (const char *)radius_out_copy(o, l->why,
		    sizeof(l->why));
		l->told_up = l->up;
	}
}
