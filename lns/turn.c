/* SPDX-License-Identifier: BSD-2-Clause */
/* Room for questions, and their turns: see turn.h. */

#include "lns/turn.h"

#define BURST_PART	10	/* of a second's questions */

/* Those that the file may have to answer yet are kept, too. */
uint32_t
turns_asks(const struct lns_params *p)
{
	return ASKS + ASKS_SHED + (p->policy.local == AAA_LOCAL_FALLBACK ?
	    p->radius.questions : 0);
}

size_t
turns_bytes(const struct lns_params *p)
{
	uint32_t n = turns_asks(p);

	return pool_bytes(sizeof(struct ask), n) + 2 * due_bytes(n) +
	    htab_bytes(n);
}

int
turns_init(struct lns *l)
{
	uint32_t n = turns_asks(l->params);

	return pool_init(&l->asks, sizeof(struct ask), n) == 0 &&
	    due_init(&l->ask_due, n) == 0 &&
	    due_init(&l->turns.order, n) == 0 &&
	    htab_init(&l->turns.by_share, n) == 0 ? 0 : -1;
}

void
turns_wipe(struct lns *l)
{
	pool_wipe(&l->asks);
	due_wipe(&l->ask_due);
	due_wipe(&l->turns.order);
	htab_wipe(&l->turns.by_share);
}

/* ---- the rate ---- */

/* The next one may be asked then, as far as the rate goes. */
static mono_t
bucket_at(const struct lns *l)
{
	uint64_t rate = l->params->auth_rate;
	uint64_t room_us;

	if (rate == 0)
		return mono_us(0);
	room_us = 1000000 / rate * (rate / BURST_PART);
	return mono_us(l->turns.full.us > room_us ?
	    l->turns.full.us - room_us : 0);
}

static bool
has_room(const struct lns *l)
{
	return radius_client_waiting(l->radius) < l->params->radius.questions;
}

bool
turn_free(const struct lns *l, mono_t now)
{
	return l->turns.order.used == 0 && !mono_before(now, bucket_at(l)) &&
	    has_room(l);
}

void
turn_spend(struct lns *l, mono_t now)
{
	if (l->params->auth_rate > 0)
		l->turns.full = mono_add_us(mono_max(l->turns.full, now),
		    1000000 / l->params->auth_rate);
}

/* ---- places ---- */

/* How many of this share are kept, and the turn of their last. */
static uint32_t
share_count(const struct lns *l, uint64_t share, uint64_t *turn)
{
	uint32_t n = 0;

	*turn = 0;
	for (uint32_t i = htab_find(&l->turns.by_share, share);
	    i != HTAB_NONE; i = htab_next(&l->turns.by_share, i)) {
		const struct ask *k = pool_at(&l->asks, i, NULL);

		if (k == NULL || k->share != share)
			continue;
		n++;
		if (k->wait == ASK_TURN && k->turn > *turn)
			*turn = k->turn;
	}
	return n;
}

static void
unlist(struct lns *l, uint32_t slot, const struct ask *k)
{
	if (k->wait != ASK_DELAY && k->wait != ASK_TURN)
		return;
	htab_del(&l->turns.by_share, slot);
	due_set(&l->turns.order, slot, MONO_NEVER);
	l->turns.waiting--;
}

/* The one with the most of its own share before it, but more than `nth`. */
static bool
shed(struct lns *l, mono_t now, uint32_t nth)
{
	struct ask *worst = NULL;
	uint32_t slot = 0;

	for (uint32_t i = 0; i < l->asks.high; i++) {
		struct ask *k = pool_at(&l->asks, i, NULL);

		if (k == NULL || (k->wait != ASK_DELAY && k->wait != ASK_TURN) ||
		    k->nth <= (worst != NULL ? worst->nth : nth))
			continue;
		worst = k;
		slot = i;
	}
	if (worst == NULL)
		return false;
	unlist(l, slot, worst);
	worst->wait = ASK_SHED;
	worst->due = now;
	due_set(&l->ask_due, slot, now);
	return true;
}

static void
enlist(struct lns *l, uint32_t slot, const struct ask *k)
{
	if (k->wait != ASK_DELAY && k->wait != ASK_TURN)
		return;
	htab_add(&l->turns.by_share, slot, k->share);
	l->turns.waiting++;
	if (k->wait == ASK_TURN)
		due_set(&l->turns.order, slot, mono_us(k->turn));
}

/* By round, then by arrival; who has one in this round waits for the next. */
static uint64_t
turn_of(struct lns *l, uint64_t last)
{
	uint64_t round = last >> 32;

	if (l->turns.order.used == 0)
		l->turns.round = l->turns.arrival = 0;
	round = last == 0 || round + 1 < l->turns.round ? l->turns.round :
	    round + 1;
	return round << 32 | ++l->turns.arrival;
}

bool
turn_keep(struct lns *l, mono_t now, uint32_t access, const struct ppp_auth *q,
    enum ask_wait wait, mono_t due, uint64_t share)
{
	struct ask *k = NULL;
	uint32_t handle = 0, nth = 1;
	uint64_t last = 0;

	if (wait != ASK_OUT)
		nth += share_count(l, share, &last);
	if (wait == ASK_OUT || (nth <= ASKS_SHARE &&
	    (l->turns.waiting < ASKS || shed(l, now, nth))))
		k = pool_take(&l->asks, &handle);
	if (k == NULL) {
		drop_count(l->drops, DROP_LNS_LIMIT);
		return false;
	}
	*k = (struct ask){ .access = access, .wait = wait, .share = share,
		.nth = nth, .due = due, .q = *q };
	if (wait == ASK_TURN)
		k->turn = turn_of(l, last);
	enlist(l, pool_slot(handle), k);
	due_set(&l->ask_due, pool_slot(handle), due);
	((struct access *)pool_get(&l->accesses, access))->ask = handle;
	return true;
}

void
turn_drop(struct lns *l, uint32_t ask)
{
	const struct ask *k = pool_get(&l->asks, ask);

	if (k == NULL)
		return;
	unlist(l, pool_slot(ask), k);
	due_set(&l->ask_due, pool_slot(ask), MONO_NEVER);
	pool_give(&l->asks, ask);
}

/* ---- turns ---- */

/* An answer that makes room is looked at by itself. */
mono_t
turn_deadline(const struct lns *l)
{
	return l->turns.order.used > 0 && has_room(l) ? bucket_at(l) :
	    MONO_NEVER;
}

bool
turn_next(struct lns *l, mono_t now, uint32_t *ask)
{
	const struct ask *k;
	uint32_t slot;

	if (!mono_due(turn_deadline(l), now) ||
	    !due_next(&l->turns.order, mono_us(UINT64_MAX - 1), &slot))
		return false;
	k = pool_at(&l->asks, slot, ask);
	l->turns.round = k->turn >> 32;
	return true;
}

void
turn_index(struct lns *l, uint32_t slot)
{
	const struct ask *k = pool_at(&l->asks, slot, NULL);

	if (k == NULL)
		return;
	due_set(&l->ask_due, slot, k->due);
	enlist(l, slot, k);
}
