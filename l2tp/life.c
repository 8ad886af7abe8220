/* SPDX-License-Identifier: BSD-2-Clause */
/* Life of tunnels: see life.h. */

#include "l2tp/life.h"
#include "l2tp/session.h"
#include "l2tp/tunnel.h"

#define ID_TRIES	64	/* random picks before giving up */
#define SCCRQ_BURST	5
#define WINDOW_UNKNOWN	4	/* as if the AVP were absent */

static uint64_t
hash_id(const struct l2tp *l, uint32_t path, uint16_t id)
{
	uint32_t k[2] = { path, id };

	return hash_bytes(&l->key, k, sizeof(k));
}

static uint64_t
hash_path(const struct l2tp *l, uint32_t path)
{
	return hash_bytes(&l->key, &path, sizeof(path));
}

struct tunnel *
life_find(const struct l2tp *l, uint32_t path, uint16_t id)
{
	uint32_t i = htab_find(&l->by_id, hash_id(l, path, id));

	for (; i != HTAB_NONE; i = htab_next(&l->by_id, i)) {
		struct tunnel *t = pool_at(&l->tunnels, i, NULL);

		if (t != NULL && t->path == path && t->id == id)
			return t;
	}
	return NULL;
}

static struct tunnel *
of_path(const struct l2tp *l, uint32_t i, uint32_t path)
{
	for (; i != HTAB_NONE; i = htab_next(&l->by_path, i)) {
		struct tunnel *t = pool_at(&l->tunnels, i, NULL);

		if (t != NULL && t->path == path)
			return t;
	}
	return NULL;
}

struct tunnel *
life_first(const struct l2tp *l, uint32_t path)
{
	return of_path(l, htab_find(&l->by_path, hash_path(l, path)), path);
}

struct tunnel *
life_next(const struct l2tp *l, const struct tunnel *t)
{
	return of_path(l, htab_next(&l->by_path, pool_slot(t->self)), t->path);
}

unsigned
life_count(const struct l2tp *l, uint32_t path)
{
	unsigned n = 0;

	for (struct tunnel *t = life_first(l, path); t != NULL;
	    t = life_next(l, t))
		n += !t->ended;
	return n;
}

/*
 * A bucket of SCCRQ_BURST that fills at sccrq_rate per second, told by the
 * moment at which it is full again.  Tunnels carry it: each SCCRQ that passes
 * makes one, and an ended one stays longer than the bucket needs to fill.
 */
bool
life_rate(const struct l2tp *l, mono_t now, uint32_t path, mono_t *bucket)
{
	uint32_t rate = l->params->sccrq_rate;
	uint64_t each_us = rate > 0 ? 1000000 / rate : 0;
	mono_t full = now;

	for (struct tunnel *t = life_first(l, path); t != NULL;
	    t = life_next(l, t))
		if (mono_before(full, t->bucket))
			full = t->bucket;
	if (mono_since_us(full, now) > (SCCRQ_BURST - 1) * each_us)
		return false;
	*bucket = mono_add_us(full, each_us);
	return true;
}

static void
forget(struct l2tp *l, struct tunnel *t)
{
	uint32_t slot = pool_slot(t->self);

	rel_wipe(&t->rel, &l->slots);
	ctl_end_wipe(l, &t->end);
	ctl_info_wipe(l, t);
	htab_del(&l->by_id, slot);
	htab_del(&l->by_path, slot);
	due_set(&l->due, slot, MONO_NEVER);
	pool_give(&l->tunnels, t->self);
}

static bool
is_over(const struct tunnel *t)
{
	return t->ended && t->told_down && t->sessions == 0;
}

/* The oldest ended ones of a path make room for a new one. */
static void
forget_oldest(struct l2tp *l, uint32_t path)
{
	struct tunnel *oldest = NULL;
	unsigned n = 0;

	for (struct tunnel *t = life_first(l, path); t != NULL;
	    t = life_next(l, t)) {
		if (!is_over(t))
			continue;
		n++;
		if (oldest == NULL || mono_before(t->born, oldest->born))
			oldest = t;
	}
	if (n >= LIFE_LINGER_MAX)
		forget(l, oldest);
}

/* RFC 2661 §9.1: unpredictable; §5.3: never 0.  0 if the source fails. */
static uint16_t
pick_id(const struct l2tp *l, uint32_t path)
{
	for (int i = 0; i < ID_TRIES; i++) {
		uint16_t id = (uint16_t)rng_u32(l->rng);

		if (id != 0 && life_find(l, path, id) == NULL)
			return id;
	}
	return 0;
}

void
life_index(struct l2tp *l, struct tunnel *t, mono_t when)
{
	uint32_t slot = pool_slot(t->self);

	htab_add(&l->by_id, slot, hash_id(l, t->path, t->id));
	htab_add(&l->by_path, slot, hash_path(l, t->path));
	due_set(&l->due, slot, when);
}

struct tunnel *
life_new(struct l2tp *l, mono_t now, uint32_t path, enum l2tp_role role)
{
	struct tunnel *t;
	uint32_t handle;
	uint16_t id;

	forget_oldest(l, path);
	if ((id = pick_id(l, path)) == 0 ||
	    (t = pool_take(&l->tunnels, &handle)) == NULL)
		return NULL;
	t->self = handle;
	t->path = path;
	t->id = id;
	t->role = (uint8_t)role;
	t->born = t->heard = now;
	t->busy_by = mono_add_ms(now, l->params->setup_ms);
	t->gone_at = MONO_NEVER;
	rel_init(&t->rel, WINDOW_UNKNOWN);
	life_index(l, t, MONO_NEVER);
	l->live++;
	return t;
}

void
life_quiet(struct l2tp *l, struct tunnel *t, mono_t now,
    const struct cause *c)
{
	(void)tun_event(l, t, now, TUN_EV_QUIET, c);
	rel_wipe(&t->rel, &l->slots);
}

/* busy_by stands still while a call is up and starts anew when none is. */
static void
note_calls(const struct l2tp *l, struct tunnel *t, mono_t now)
{
	const struct session *s = pool_get(&l->sessions, t->sessions);

	while (s != NULL && (s->ended || s->state != SESS_ESTABLISHED))
		s = pool_get(&l->sessions, s->next);
	if (s != NULL)
		t->busy_by = MONO_NEVER;
	else if (t->busy_by.us == MONO_NEVER.us)
		t->busy_by = mono_add_ms(now, l->params->setup_ms);
}

static void
note_hello(struct tunnel *t)
{
	/* Acknowledged: the oldest number under way is beyond it. */
	if (t->hello_out && (uint16_t)(t->rel.una - t->hello_ns - 1) < 0x8000)
		t->hello_out = false;
}

mono_t
life_deadline(const struct l2tp *l, const struct tunnel *t)
{
	const struct l2tp_params *p = l->params;
	const struct session *s = pool_get(&l->sessions, t->sessions);
	mono_t when = t->rel.timeout;

	if (t->late)
		return mono_us(0);
	if (t->ended)
		return mono_min(when, t->gone_at);
	when = mono_min(when, t->busy_by);
	if (t->state == TUN_ESTABLISHED && p->hello_s > 0 && !t->hello_out)
		when = mono_min(when, mono_add_s(t->heard, p->hello_s));
	for (; s != NULL; s = pool_get(&l->sessions, s->next))
		if (s->state != SESS_ESTABLISHED)
			when = mono_min(when,
			    mono_add_ms(s->born, p->setup_ms));
	return when;
}

void
life_settle(struct l2tp *l, struct tunnel *t, mono_t now,
    struct l2tp_out *out)
{
	static const struct cause full = {
		.why = L2TP_WHY_REFUSED,
		.text = "no room to queue a control message",
	};

	if (t->broken)
		life_quiet(l, t, now, &full);
	t->broken = false;
	note_hello(t);
	if (!t->ended)
		note_calls(l, t, now);
	ctl_flush(l, t, now, out);
	if (!t->late && is_over(t) && mono_due(t->gone_at, now))
		forget(l, t);
	else
		due_set(&l->due, pool_slot(t->self), life_deadline(l, t));
}
