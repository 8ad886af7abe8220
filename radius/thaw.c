/* SPDX-License-Identifier: BSD-2-Clause */
/* What came from a file is checked, and the heaps are filled again. */

#include <string.h>

#include "radius/client_int.h"

static bool
ring_ok(const struct port *p)
{
	uint8_t seen[PORT_IDS] = { 0 };
	unsigned taken = 0;

	if (p->free_n > PORT_IDS)
		return false;
	for (unsigned i = 0; i < p->free_n; i++) {
		uint8_t id = p->free[(uint8_t)(p->head + i)];

		if (seen[id]++ != 0 || p->slot[id].state != SLOT_FREE)
			return false;
	}
	for (unsigned i = 0; i < PORT_IDS; i++)
		taken += p->slot[i].state != SLOT_FREE;
	return taken + p->free_n == PORT_IDS;
}

static bool
slot_ok(const struct radius_client *c, const struct port *p, uint8_t id)
{
	const struct slot *s = &p->slot[id];
	const struct question *q = pool_get(&c->questions, s->question);

	if (s->state == SLOT_ASKED)
		return q != NULL && q->port == p->self && q->id == id &&
		    q->lane == p->lane;
	return s->state < SLOT_STATES && s->question == 0;
}

static bool
port_ok(const struct radius_client *c, const struct port *p, uint32_t self)
{
	const struct lane *l;
	unsigned found = 0;

	if (p->self != self || p->lane >= LANES || !ring_ok(p))
		return false;
	l = &c->lane[p->lane];
	for (unsigned i = 0; i < l->port_n; i++)
		found += l->port[i] == self;
	for (unsigned i = 0; i < PORT_IDS; i++)
		if (!slot_ok(c, p, (uint8_t)i))
			return false;
	return found == 1;
}

static bool
question_ok(const struct radius_client *c, const struct question *q,
    uint32_t self)
{
	const struct port *p = pool_get(&c->ports, q->port);
	uint32_t servers = c->params->server_n;

	if (q->self != self || q->group >= c->params->group_n ||
	    q->service >= RADIUS_SERVICES ||
	    q->result >= RADIUS_RESULT_COUNT ||
	    q->attrs_n > sizeof(q->attrs) ||
	    q->password_n > sizeof(q->password) ||
	    (q->only != NO_SERVER && q->only >= servers) ||
	    (q->server != NO_SERVER && q->server >= servers))
		return false;
	if (q->lane == NO_LANE)
		return q->port == 0;
	if (q->ended || q->lane >= LANES || !c->lane[q->lane].used ||
	    q->server != q->lane / RADIUS_SERVICES)
		return false;
	return q->port == 0 || (p != NULL && p->lane == q->lane &&
	    p->slot[q->id].state == SLOT_ASKED &&
	    p->slot[q->id].question == self);
}

/* Each question of the lane stands once in one of its two lists. */
static bool
list_ok(const struct radius_client *c, uint8_t lane, const struct list *list,
    bool sent)
{
	uint32_t at = list->first, before = 0, n = 0;
	const struct question *q;

	while ((q = pool_get(&c->questions, at)) != NULL) {
		if (q->lane != lane || (q->port != 0) != sent ||
		    q->prev != before || ++n > list->n)
			return false;
		before = at;
		at = q->next;
	}
	return at == 0 && n == list->n && list->last == before;
}

static bool
lane_ok(const struct radius_client *c, uint8_t lane, bool used)
{
	const struct lane *l = &c->lane[lane];
	const struct question *trial = pool_get(&c->questions, l->trial);

	if ((l->used != 0) != used)
		return false;
	if (!used)
		return l->port_n == 0 && l->sent.n == 0 && l->waiting.n == 0;
	if (l->port_n > lane_server(c, lane)->ports ||
	    (l->trial != 0 && (trial == NULL || trial->lane != lane)) ||
	    memchr(l->why, 0, sizeof(l->why)) == NULL)
		return false;
	for (unsigned i = 0; i < l->port_n; i++) {
		const struct port *p = pool_get(&c->ports, l->port[i]);

		if (p == NULL || p->lane != lane)
			return false;
	}
	return list_ok(c, lane, &l->sent, true) &&
	    list_ok(c, lane, &l->waiting, false);
}

static void
fill_port(struct radius_client *c, uint32_t i, const struct port *p)
{
	for (unsigned id = 0; id < PORT_IDS; id++)
		if (p->slot[id].state == SLOT_PROBE ||
		    p->slot[id].state == SLOT_LATE)
			due_set(&c->late, i * PORT_IDS + id,
			    p->slot[id].until);
}

static bool
thaw_ports(struct radius_client *c)
{
	uint32_t self, closing = 0;

	for (uint32_t i = 0; i < c->ports.high; i++) {
		const struct port *p = pool_at(&c->ports, i, &self);

		if (p == NULL)
			continue;
		if (!port_ok(c, p, self))
			return false;
		closing += p->closing != 0;
		fill_port(c, i, p);
	}
	return closing == c->closing;
}

static bool
thaw_questions(struct radius_client *c)
{
	uint32_t self, in_lanes = 0;

	for (uint32_t i = 0; i < c->questions.high; i++) {
		const struct question *q = pool_at(&c->questions, i, &self);

		if (q == NULL)
			continue;
		if (!question_ok(c, q, self))
			return false;
		in_lanes += q->lane != NO_LANE;
		/* Early is no harm, never would be. */
		due_set(&c->due, i, mono_min(q->due, q->end));
	}
	for (unsigned i = 0; i < LANES; i++)
		in_lanes -= c->lane[i].sent.n + c->lane[i].waiting.n;
	return in_lanes == 0;
}

bool
radius_thaw(struct radius_client *c, const bool used[LANES])
{
	for (uint8_t i = 0; i < LANES; i++) {
		c->health[i].up = false;	/* only radius_client_health() */
		c->health[i].why = NULL;
		if (!lane_ok(c, i, used[i]))
			return false;
	}
	return thaw_ports(c) && thaw_questions(c);
}
