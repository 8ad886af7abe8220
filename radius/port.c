/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets and packet ids: see client_int.h. */

#include <string.h>

#include "radius/client_int.h"

static uint32_t
late_slot(const struct port *p, uint8_t id)
{
	return pool_slot(p->self) * PORT_IDS + id;
}

/*
 * RFC 9765 wants a random start of the token's counter; the low byte is the
 * slot, so that a token is new for each packet of a connection.
 */
static struct port *
port_new(struct radius_client *c, mono_t now, uint8_t lane)
{
	struct lane *l = &c->lane[lane];
	uint32_t self;
	struct port *p = pool_take(&c->ports, &self);

	if (p == NULL)
		return NULL;
	p->self = self;
	p->lane = lane;
	p->ready = !lane_tls(c, lane);
	p->opened = now;
	p->serial = rng_u32(c->rng);
	p->free_n = PORT_IDS;
	for (unsigned i = 0; i < PORT_IDS; i++)
		p->free[i] = (uint8_t)i;
	p->head = (uint8_t)rng_u32(c->rng);
	l->port[l->port_n++] = self;
	return p;
}

struct port *
radius_port_open(struct radius_client *c, mono_t now, uint8_t lane,
    struct radius_out *o)
{
	struct lane *l = &c->lane[lane];
	struct radius_act *a;
	struct port *p;

	if (l->port_n >= lane_server(c, lane)->ports ||
	    mono_before(now, l->open_at) ||
	    (p = port_new(c, now, lane)) == NULL)
		return NULL;
	a = radius_out_add(o, RADIUS_OPEN);
	a->port = p->self;
	a->server = lane / RADIUS_SERVICES;
	a->service = lane % RADIUS_SERVICES;
	return p;
}

/* One of those that are old or not, any of them. */
static struct port *
choose(struct radius_client *c, const struct lane *l, unsigned kept, bool old)
{
	struct port *found = NULL;
	uint32_t seen = 0;

	for (unsigned i = 0; i < l->port_n; i++) {
		struct port *p = pool_get(&c->ports, l->port[i]);

		if (p == NULL || p->closing || !p->ready || p->old != old ||
		    p->free_n <= kept)
			continue;
		if (rng_below(c->rng, ++seen) == 0)
			found = p;
	}
	return found;
}

/* A connection is being made: no second one meanwhile. */
static bool
opening(const struct radius_client *c, const struct lane *l)
{
	for (unsigned i = 0; i < l->port_n; i++) {
		const struct port *p = pool_get(&c->ports, l->port[i]);

		if (p != NULL && !p->ready && !p->closing)
			return true;
	}
	return false;
}

struct port *
radius_port_pick(struct radius_client *c, mono_t now, uint8_t lane,
    unsigned kept, struct radius_out *o)
{
	struct lane *l = &c->lane[lane];
	struct port *p = choose(c, l, kept, false);

	if (p == NULL && !opening(c, l))
		p = radius_port_open(c, now, lane, o);
	if (p != NULL && p->ready)
		return p;
	return choose(c, l, kept, true);
}

bool
radius_port_take(struct radius_client *c, struct port *p,
    enum slot_state state, enum radius_code code, uint8_t *id)
{
	uint8_t auth[RADIUS_AUTH_BYTES];
	struct slot *s;

	/* RFC 2865 §3: it must not be predictable. */
	if (!rng_fill(c->rng, auth, sizeof(auth)))
		return false;
	*id = p->free[p->head++];
	p->free_n--;
	s = &p->slot[*id];
	*s = (struct slot){ .state = (uint8_t)state, .code = (uint8_t)code,
		.until = MONO_NEVER };
	s->token = ++p->serial << 8 | *id;
	memcpy(s->auth, auth, sizeof(auth));
	return true;
}

void
radius_port_begin(const struct port *p, uint8_t id, struct radius_build *b,
    void *buf, size_t n)
{
	const struct slot *s = &p->slot[id];
	enum radius_code code = (enum radius_code)s->code;
	bool digest = code == RADIUS_ACCOUNTING_REQUEST;

	if (p->version_11)
		radius_open_11(b, buf, n, code, s->token);
	else	/* RFC 5080 §2.2.2, RFC 5997 §3: signed, if not a digest */
		radius_open(b, buf, n, code, id, digest ? NULL : s->auth,
		    !digest);
}

bool
radius_port_send(struct radius_client *c, struct port *p, uint8_t id,
    struct radius_build *b, struct radius_out *o)
{
	const struct secret *key = &lane_server(c, p->lane)->secret;
	struct slot *s = &p->slot[id];
	struct radius_act *a;
	struct rd whole, look;
	const uint8_t *copy;
	bool ok = radius_close(b, rd_make(key->b, key->len), &whole);

	if (ok) {
		look = whole;
		rd_skip(&look, RADIUS_HEAD - RADIUS_AUTH_BYTES);
		rd_copy(&look, s->auth, sizeof(s->auth));
		copy = radius_out_copy(o, whole.p, rd_left(&whole));
		a = radius_out_add(o, RADIUS_SEND);
		a->port = p->self;
		a->server = p->lane / RADIUS_SERVICES;
		a->service = p->lane % RADIUS_SERVICES;
		a->data = rd_make(copy, rd_left(&whole));
	}
	wipe(b->w.base, (size_t)(b->w.p - b->w.base));
	return ok;
}

static void
slot_free(struct radius_client *c, struct port *p, uint8_t id)
{
	struct slot *s = &p->slot[id];

	if (s->state == SLOT_FREE)
		return;
	due_set(&c->late, late_slot(p, id), MONO_NEVER);
	*s = (struct slot){ .state = SLOT_FREE };
	p->free[(uint8_t)(p->head + p->free_n)] = id;
	p->free_n++;
}

void
radius_port_give(struct radius_client *c, mono_t now, struct port *p,
    uint8_t id)
{
	slot_free(c, p, id);
	if (p->old && p->free_n == PORT_IDS && !p->closing)
		radius_port_close(c, p);
	lane_wake(c, now, p->lane, 1);
}

void
radius_port_late(struct radius_client *c, struct port *p, uint8_t id,
    enum slot_state state, mono_t until)
{
	struct slot *s = &p->slot[id];

	s->state = (uint8_t)state;
	s->question = 0;
	s->until = until;
	due_set(&c->late, late_slot(p, id), until);
}

void
radius_port_close(struct radius_client *c, struct port *p)
{
	for (unsigned id = 0; id < PORT_IDS; id++)
		slot_free(c, p, (uint8_t)id);
	p->closing = true;
	c->closing++;
}

void
radius_port_drop(struct radius_client *c, struct port *p)
{
	struct lane *l = &c->lane[p->lane];
	unsigned n = 0;

	for (unsigned id = 0; id < PORT_IDS; id++)
		slot_free(c, p, (uint8_t)id);
	if (p->closing)
		c->closing--;
	for (unsigned i = 0; i < l->port_n; i++)
		if (l->port[i] != p->self)
			l->port[n++] = l->port[i];
	l->port_n = (uint8_t)n;
	pool_give(&c->ports, p->self);
}

void
radius_port_flush(struct radius_client *c, struct radius_out *o)
{
	for (uint32_t i = 0; i < c->ports.high && c->closing > 0; i++) {
		struct port *p = pool_at(&c->ports, i, NULL);

		if (p == NULL || !p->closing)
			continue;
		if (!radius_out_room(o))
			return;
		radius_out_add(o, RADIUS_CLOSE)->port = p->self;
		radius_port_drop(c, p);
	}
}

/* Ids whose answer nobody expects any more. */
void
radius_port_expire(struct radius_client *c, mono_t now)
{
	uint32_t at;

	while (due_next(&c->late, now, &at)) {
		struct port *p = pool_at(&c->ports, at / PORT_IDS, NULL);
		uint8_t id = (uint8_t)(at % PORT_IDS);

		if (p == NULL)
			continue;
		if (p->slot[id].state == SLOT_PROBE)
			c->health[p->lane].probes_lost++;
		radius_port_give(c, now, p, id);
	}
}
