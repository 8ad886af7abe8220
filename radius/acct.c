/* SPDX-License-Identifier: BSD-2-Clause */
/* The accounting queue: see acct.h; its inside: acct_int.h. */

#include <stdlib.h>
#include <string.h>

#include "radius/acct_int.h"

#define LOST_PAUSE_S	60	/* between two lines that say "full" */
#define LOOK_AHEAD	64	/* records passed to find a place in order */

const char *
acct_kind_str(enum acct_kind kind)
{
	switch (kind) {
	case ACCT_START:
		return "start";
	case ACCT_INTERIM:
		return "interim";
	case ACCT_STOP:
		return "stop";
	case ACCT_ON:
		return "on";
	case ACCT_OFF:
		return "off";
	}
	return "unknown";
}

static const char *
lost_str(enum acct_lost lost)
{
	switch (lost) {
	case ACCT_LOST_NOT:
		break;
	case ACCT_LOST_FULL:
		return "the queue is full";
	case ACCT_LOST_WRONG:
		return "it makes no sense";
	case ACCT_LOST_BROKEN:
		return "it cannot be sent";
	case ACCT_LOST_OVERTAKEN:
		return "no server took it, and what came later was taken";
	case ACCT_LOST_ORPHAN:
		return "its server group is not configured and the queue is "
		    "full";
	}
	return "";
}

static bool
is_barrier(const struct acct_rec *r)
{
	return r->kind == ACCT_ON || r->kind == ACCT_OFF;
}

/* ---- the out-box ---- */

void
acct_out_reset(struct acct_out *o)
{
	o->n = 0;
	o->used = 0;
}

static struct acct_act *
out_add(struct acct_out *o, enum acct_act_kind kind, uint64_t number)
{
	struct acct_act *act = &o->act[o->n++];

	*act = (struct acct_act){ .kind = kind, .number = number,
		.text = "" };
	return act;
}

static uint8_t *
out_room(struct acct_out *o, size_t n)
{
	uint8_t *at = &o->arena[o->used];

	if (o->n == ACCT_OUT_ACTS || n > ACCT_OUT_BYTES - o->used)
		return NULL;
	o->used += n;
	return at;
}

static struct acct_record
rec_show(const struct acct_rec *r)
{
	return (struct acct_record){ .kind = (enum acct_kind)r->kind,
		.group = r->group, .session = r->session,
		.event_ms = r->event_ms, .attrs = rd_make(NULL, 0) };
}

/* ---- what may go ---- */

static struct acct_group *
group_of(struct acct *a, const struct acct_rec *r)
{
	return &a->c.group[r->group];
}

static void
ready_put(struct acct *a, uint32_t handle)
{
	struct acct_rec *r = acct_rec_get(a, handle);

	r->state = ACCT_READY;
	acct_rec_push(a, &group_of(a, r)->ready, ACCT_IN_QUEUE, handle);
}

/* What had its turn goes back in front of what came later. */
static void
ready_back(struct acct *a, uint32_t handle)
{
	struct acct_rec *r = acct_rec_get(a, handle);
	struct acct_list *l = &group_of(a, r)->ready;
	uint32_t at = l->head;

	for (int i = 0; i < LOOK_AHEAD && at != 0; i++) {
		const struct acct_rec *other = acct_rec_get(a, at);

		if (other->number > r->number)
			break;
		at = other->link[ACCT_IN_QUEUE].next;
	}
	if (at == 0) {
		ready_put(a, handle);
		return;
	}
	r->state = ACCT_READY;
	acct_rec_insert(a, l, ACCT_IN_QUEUE, handle, at);
}

/* Readies the first of the session, and what may go beside it. */
static void
order_wake(struct acct *a, uint32_t order)
{
	const struct acct_order *o = pool_get(&a->orders, order);
	uint32_t at = o != NULL ? o->list.head : 0, next;

	for (; at != 0; at = next) {
		const struct acct_rec *r = acct_rec_get(a, at);

		next = r->overtaken ? r->link[ACCT_IN_SESSION].next : 0;
		if (r->state == ACCT_WAIT &&
		    r->epoch <= group_of(a, r)->epoch)
			ready_put(a, at);
	}
}

/* While nothing holds the epoch, the next one begins. */
static void
epoch_advance(struct acct *a, struct acct_group *g)
{
	while (g->holds == 0 && g->epoch < g->put_epoch) {
		uint32_t at = g->all.head, next;

		g->epoch++;
		for (; at != 0; at = next) {
			struct acct_rec *r = acct_rec_get(a, at);

			next = r->link[ACCT_IN_GROUP].next;
			if (r->epoch > g->epoch)
				break;
			if (r->epoch < g->epoch)
				continue;
			g->holds++;
			if (is_barrier(r))
				ready_put(a, at);
			else if (pool_get(&a->orders, r->order) != NULL &&
			    r->state == ACCT_WAIT)
				order_wake(a, r->order);
		}
	}
}

/* The record holds its epoch no longer. */
static void
epoch_leave(struct acct *a, struct acct_rec *r)
{
	struct acct_group *g = group_of(a, r);

	if (!r->passed && r->epoch == g->epoch)
		g->holds--;
	r->passed = true;
	epoch_advance(a, g);
}

/* ---- the end of a record ---- */

static void
order_leave(struct acct *a, struct acct_rec *r, uint32_t handle)
{
	struct acct_order *o = pool_get(&a->orders, r->order);
	uint32_t order = r->order;

	if (o == NULL)
		return;
	acct_rec_cut(a, &o->list, ACCT_IN_SESSION, handle);
	r->order = 0;
	if (o->list.n == 0)
		acct_rec_order_del(a, order);
	else
		order_wake(a, order);
}

static void
state_leave(struct acct *a, struct acct_rec *r, uint32_t handle)
{
	if (r->state == ACCT_READY)
		acct_rec_cut(a, &group_of(a, r)->ready, ACCT_IN_QUEUE, handle);
	if (r->state == ACCT_REST)
		due_set(&a->due, pool_slot(handle), MONO_NEVER);
	if (r->state == ACCT_FLIGHT)
		group_of(a, r)->in_flight--;
}

/* Out of all lists; what is left is a number for the disk to forget. */
static void
rec_end(struct acct *a, uint32_t handle, enum acct_lost lost)
{
	struct acct_rec *r = acct_rec_get(a, handle);
	bool orphan = r->state == ACCT_ORPHAN;

	state_leave(a, r, handle);
	if (r->wanted)
		acct_rec_cut(a, &a->c.store, ACCT_IN_STORE, handle);
	if (r->storing)
		a->c.storing--;
	r->wanted = r->storing = false;
	if (orphan)
		acct_rec_cut(a, &a->c.orphans, ACCT_IN_YIELD, handle);
	else if (r->kind == ACCT_INTERIM)
		acct_rec_cut(a, &a->c.interims, ACCT_IN_YIELD, handle);
	acct_rec_empty(a, r);
	r->state = ACCT_GONE;
	r->lost = (uint8_t)lost;
	acct_rec_push(a, &a->c.dead, ACCT_IN_QUEUE, handle);
	if (orphan)
		return;
	group_of(a, r)->stray -= is_barrier(r) && r->passed;
	acct_rec_cut(a, &group_of(a, r)->all, ACCT_IN_GROUP, handle);
	order_leave(a, r, handle);
	epoch_leave(a, r);
}

static void
rec_give_up(struct acct *a, uint32_t handle, enum acct_lost why)
{
	a->c.given_up++;
	rec_end(a, handle, why);
}

/* A Stop was taken, or an Interim: what stands before it says less. */
static void
overtaken_by(struct acct *a, const struct acct_rec *r, uint32_t handle)
{
	const struct acct_order *o;
	uint32_t at;

	while ((o = pool_get(&a->orders, r->order)) != NULL &&
	    (at = o->list.head) != handle) {
		const struct acct_rec *before = acct_rec_get(a, at);

		if (r->kind != ACCT_STOP && before->kind != ACCT_INTERIM)
			return;
		rec_give_up(a, at, ACCT_LOST_OVERTAKEN);
	}
}

/*
 * A barrier that was passed must not come late: a server ends all sessions of
 * ours on an On (RFC 2866 §5.1), those that began since among them.
 */
static void
strays_end(struct acct *a, struct acct_group *g, uint64_t number)
{
	uint32_t at = g->all.head, next;

	for (; at != 0 && g->stray > 0; at = next) {
		const struct acct_rec *r = acct_rec_get(a, at);

		next = r->link[ACCT_IN_GROUP].next;
		if (r->number >= number)
			return;
		if (is_barrier(r) && r->passed)
			rec_give_up(a, at, ACCT_LOST_OVERTAKEN);
	}
}

/* ---- out it goes ---- */

static bool
pump_dead(struct acct *a, struct acct_out *o)
{
	uint32_t handle = a->c.dead.head;
	const struct acct_rec *r = acct_rec_get(a, handle);

	if (r == NULL || o->n + 2 > ACCT_OUT_ACTS)
		return false;
	if (r->lost != ACCT_LOST_NOT) {
		struct acct_act *act = out_add(o, ACCT_LOST, r->number);

		act->record = rec_show(r);
		act->text = lost_str((enum acct_lost)r->lost);
	}
	if (r->asked)
		(void)out_add(o, ACCT_FORGET, r->number);
	acct_rec_cut(a, &a->c.dead, ACCT_IN_QUEUE, handle);
	pool_give(&a->recs, handle);
	return true;
}

/* While the disk fails: one at a time, now and then. */
static mono_t
store_when(const struct acct *a)
{
	if (a->c.store.n == 0)
		return MONO_NEVER;
	if (a->c.disk_ok)
		return a->c.now;
	return a->c.storing > 0 ? MONO_NEVER : a->c.store_at;
}

static bool
pump_store(struct acct *a, struct acct_out *o)
{
	uint32_t handle = a->c.store.head;
	struct acct_rec *r = acct_rec_get(a, handle);
	struct wr w;
	uint8_t *at;
	size_t n;

	if (!mono_due(store_when(a), a->c.now))
		return false;
	n = acct_rec_block_size(a, r);
	at = out_room(o, n);
	if (at == NULL)
		return false;
	w = wr_make(at, n);
	acct_rec_block(a, r, &w);
	out_add(o, ACCT_STORE, r->number)->data = wr_out(&w);
	acct_rec_cut(a, &a->c.store, ACCT_IN_STORE, handle);
	r->wanted = false;
	r->asked = r->storing = true;
	a->c.storing++;
	return true;
}

static bool
group_may(const struct acct *a, const struct acct_group *g)
{
	return g->ready.n > 0 &&
	    g->in_flight < (g->tries > 0 ? 1 : a->params->window);
}

static bool
pump_send(struct acct *a, struct acct_group *g, struct acct_out *o)
{
	uint32_t handle = g->ready.head;
	struct acct_rec *r = acct_rec_get(a, handle);
	struct acct_act *act;
	uint8_t *at;

	if (!group_may(a, g) || mono_before(a->c.now, g->rest))
		return false;
	at = out_room(o, r->len);
	if (at == NULL)
		return false;
	acct_rec_attrs(a, r, at);
	act = out_add(o, ACCT_SEND, r->number);
	act->record = rec_show(r);
	act->record.attrs = rd_make(at, r->len);
	acct_rec_cut(a, &g->ready, ACCT_IN_QUEUE, handle);
	r->state = ACCT_FLIGHT;
	if (r->ignored == 0)
		r->acks = g->acks;
	g->in_flight++;
	return true;
}

/* To disk first; then the network. */
static void
pump(struct acct *a, mono_t now, struct acct_out *o)
{
	if (mono_before(a->c.now, now))
		a->c.now = now;
	while (pump_store(a, o))
		continue;
	while (pump_dead(a, o))
		continue;
	for (uint32_t i = 0; i < a->params->group_n; i++)
		while (pump_send(a, &a->c.group[i], o))
			continue;
}

/* ---- in it comes ---- */

/* An Interim of this session that a newer one makes needless; 0: none. */
static uint32_t
older_interim(const struct acct *a, const struct acct_record *n)
{
	const struct acct_order *o = pool_get(&a->orders,
	    acct_rec_order(a, n->group, n->session));
	const struct acct_rec *r;

	if (n->kind != ACCT_INTERIM || o == NULL)
		return 0;
	r = acct_rec_get(a, o->list.tail);
	return r->kind == ACCT_INTERIM && r->state != ACCT_FLIGHT ?
	    o->list.tail : 0;
}

/* The one that gives way for a record of this kind; 0: none. */
static uint32_t
yielding(const struct acct *a, enum acct_kind kind)
{
	uint32_t at = a->c.orphans.head;

	if (at != 0 || kind == ACCT_INTERIM)
		return at;
	for (at = a->c.interims.head; at != 0;) {
		const struct acct_rec *r = acct_rec_get(a, at);

		if (r->state != ACCT_FLIGHT)
			break;
		at = r->link[ACCT_IN_YIELD].next;
	}
	return at;
}

/* Room for it, its own older Interim gone if that was needed. */
static bool
make_room(struct acct *a, const struct acct_record *n, uint32_t *old)
{
	size_t len = rd_left(&n->attrs);
	uint32_t at;

	if (*old != 0 && !acct_rec_fits(a, len)) {
		a->c.replaced++;
		rec_end(a, *old, ACCT_LOST_NOT);
		*old = 0;
	}
	while (!acct_rec_fits(a, len) && (at = yielding(a, n->kind)) != 0) {
		bool orphan = acct_rec_get(a, at)->state == ACCT_ORPHAN;

		a->c.yielded++;
		rec_end(a, at, orphan ? ACCT_LOST_ORPHAN : ACCT_LOST_NOT);
	}
	return acct_rec_fits(a, len);
}

static void
barrier_join(struct acct_group *g, struct acct_rec *r)
{
	if (is_barrier(r))
		r->epoch = ++g->put_epoch;
	else
		r->epoch = g->put_epoch;
	if (is_barrier(r))
		g->put_epoch++;
}

/* Into its group and its session.  False: no memory for the session. */
static bool
rec_join(struct acct *a, uint32_t handle)
{
	struct acct_rec *r = acct_rec_get(a, handle);
	struct acct_group *g = group_of(a, r);
	struct acct_order *o;

	if (!is_barrier(r)) {
		r->order = acct_rec_order(a, r->group, r->session);
		if (r->order == 0)
			r->order = acct_rec_order_add(a, r->group, r->session);
		o = pool_get(&a->orders, r->order);
		if (o == NULL)
			return false;
		acct_rec_push(a, &o->list, ACCT_IN_SESSION, handle);
	}
	barrier_join(g, r);
	acct_rec_push(a, &g->all, ACCT_IN_GROUP, handle);
	if (r->kind == ACCT_INTERIM)
		acct_rec_push(a, &a->c.interims, ACCT_IN_YIELD, handle);
	if (r->epoch == g->epoch) {
		g->holds++;
		order_wake(a, r->order);
	}
	epoch_advance(a, g);
	return true;
}

/* Its handle, or 0 if there is no room. */
static uint32_t
rec_put(struct acct *a, uint64_t number, const struct acct_record *n)
{
	uint32_t old = older_interim(a, n), handle;

	if (!make_room(a, n, &old))
		return 0;
	handle = acct_rec_add(a, number, n);
	if (handle == 0)
		return 0;
	if (!rec_join(a, handle)) {
		acct_rec_empty(a, acct_rec_get(a, handle));
		pool_give(&a->recs, handle);
		return 0;
	}
	if (old != 0) {
		a->c.replaced++;
		rec_end(a, old, ACCT_LOST_NOT);
	}
	return handle;
}

static void
refuse(struct acct *a, mono_t now, const struct acct_record *n,
    enum acct_lost why, struct acct_out *o)
{
	struct acct_act *act;

	a->c.refused++;
	drop_count(a->drops, why == ACCT_LOST_FULL ? DROP_ACCT_FULL :
	    DROP_ACCT_RECORD);
	if (o->n == ACCT_OUT_ACTS || (why == ACCT_LOST_FULL &&
	    mono_before(now, a->c.lost_at)))
		return;
	if (why == ACCT_LOST_FULL)
		a->c.lost_at = mono_add_s(now, LOST_PAUSE_S);
	act = out_add(o, ACCT_LOST, 0);
	act->record = *n;
	act->record.attrs = rd_make(NULL, 0);
	act->text = lost_str(why);
}

static bool
record_sound(const struct acct *a, const struct acct_record *n)
{
	bool barrier = n->kind == ACCT_ON || n->kind == ACCT_OFF;

	return n->group < a->params->group_n && !n->attrs.bad &&
	    rd_left(&n->attrs) > 0 && rd_left(&n->attrs) <= ACCT_ATTRS_MAX &&
	    (n->session == 0) == barrier;
}

bool
acct_put(struct acct *a, mono_t now, const struct acct_record *n,
    struct acct_out *o)
{
	bool sound = record_sound(a, n);
	uint32_t handle = sound ? rec_put(a, a->c.last + 1, n) : 0;

	if (handle == 0) {
		refuse(a, now, n, sound ? ACCT_LOST_FULL : ACCT_LOST_WRONG, o);
		pump(a, now, o);
		return false;
	}
	a->c.last++;
	a->c.put++;
	acct_rec_get(a, handle)->wanted = true;
	acct_rec_push(a, &a->c.store, ACCT_IN_STORE, handle);
	pump(a, now, o);
	return true;
}

/* ---- what the disk had ---- */

/* UINT32_MAX: no group of that name. */
static uint32_t
group_named(const struct acct *a, struct rd name)
{
	for (uint32_t i = 0; i < a->params->group_n; i++)
		if (rd_eq(name, a->params->group[i],
		    strlen(a->params->group[i])))
			return i;
	return UINT32_MAX;
}

static uint32_t
orphan_put(struct acct *a, uint64_t number, const struct acct_record *n,
    struct rd name)
{
	uint32_t handle = acct_rec_fits(a, rd_left(&n->attrs)) ?
	    acct_rec_add(a, number, n) : 0;
	struct acct_rec *r = acct_rec_get(a, handle);

	if (r == NULL)
		return 0;
	r->state = ACCT_ORPHAN;
	rd_copy(&name, r->name, rd_left(&name));
	acct_rec_push(a, &a->c.orphans, ACCT_IN_YIELD, handle);
	return handle;
}

bool
acct_restore(struct acct *a, mono_t now, uint64_t number, struct rd block,
    struct acct_out *o)
{
	struct acct_record n = { .kind = ACCT_START };
	uint32_t handle;
	struct rd name;

	if (number <= a->c.last || !acct_rec_parse(block, &n, &name)) {
		drop_count(a->drops, DROP_ACCT_BLOCK);
		return false;
	}
	/* Even if it finds no room: its number is taken on disk. */
	a->c.last = number;
	n.group = group_named(a, name);
	handle = n.group != UINT32_MAX ? rec_put(a, number, &n) :
	    orphan_put(a, number, &n, name);
	if (handle == 0)
		drop_count(a->drops, DROP_ACCT_FULL);
	else
		acct_rec_get(a, handle)->asked = true;
	a->c.restored += handle != 0;
	pump(a, now, o);
	return handle != 0;
}

/* ---- answers ---- */

/* first, doubled per try up to the cap, a tenth more or less. */
static uint64_t
back_off_ms(struct acct *a, uint32_t tries)
{
	uint64_t ms = a->params->retry_first_ms, cap = a->params->retry_cap_ms;

	while (tries-- > 1 && ms < cap)
		ms *= 2;
	if (ms > cap)
		ms = cap;
	return ms - ms / 10 + rng_below(a->rng, (uint32_t)(ms / 5) + 1);
}

static void
done_acked(struct acct *a, struct acct_rec *r, uint32_t handle)
{
	struct acct_group *g = group_of(a, r);
	uint64_t number = r->number;

	g->acks++;
	g->tries = 0;
	g->rest = mono_us(0);
	a->c.delivered++;
	overtaken_by(a, r, handle);
	rec_end(a, handle, ACCT_LOST_NOT);
	strays_end(a, g, number);
}

static void
done_failed(struct acct *a, mono_t now, struct acct_rec *r, uint32_t handle)
{
	struct acct_group *g = group_of(a, r);

	g->in_flight--;
	ready_back(a, handle);
	if (mono_before(now, g->rest))
		return;		/* others failed with it */
	if (g->tries < UINT32_MAX)
		g->tries++;
	g->rest = mono_add_ms(now, back_off_ms(a, g->tries));
}

/* The server lives: only this record rests. */
static void
done_ignored(struct acct *a, mono_t now, struct acct_rec *r, uint32_t handle)
{
	struct acct_group *g = group_of(a, r);

	g->in_flight--;
	g->tries = 0;
	if (r->tries < UINT32_MAX)
		r->tries++;
	if (r->ignored < UINT32_MAX)
		r->ignored++;
	r->state = ACCT_REST;
	r->due = mono_add_ms(now, back_off_ms(a, r->tries));
	due_set(&a->due, pool_slot(handle), r->due);
	if (r->ignored < a->params->ignored)
		return;
	g->stray += is_barrier(r) && !r->passed;
	if (!r->passed)
		epoch_leave(a, r);
	if (!r->overtaken && (g->acks != r->acks ||
	    (g->put_epoch > r->epoch &&
	    r->ignored >= 2 * (uint64_t)a->params->ignored))) {
		r->overtaken = true;
		order_wake(a, r->order);
	}
}

/* A newer Interim waits behind this one, which failed. */
static bool
is_outdated(const struct acct *a, const struct acct_rec *r)
{
	const struct acct_rec *next =
	    acct_rec_get(a, r->link[ACCT_IN_SESSION].next);

	return r->kind == ACCT_INTERIM && next != NULL &&
	    next->kind == ACCT_INTERIM;
}

void
acct_done(struct acct *a, mono_t now, uint64_t number,
    enum acct_verdict verdict, struct acct_out *o)
{
	uint32_t handle = acct_rec_find(a, number);
	struct acct_rec *r = acct_rec_get(a, handle);

	if (r == NULL || r->state != ACCT_FLIGHT) {
		pump(a, now, o);
		return;
	}
	a->c.retried += verdict == ACCT_FAILED || verdict == ACCT_IGNORED;
	switch (verdict) {
	case ACCT_ACKED:
		done_acked(a, r, handle);
		break;
	case ACCT_FAILED:
		done_failed(a, now, r, handle);
		break;
	case ACCT_IGNORED:
		done_ignored(a, now, r, handle);
		break;
	case ACCT_BROKEN:
		rec_give_up(a, handle, ACCT_LOST_BROKEN);
		break;
	}
	r = acct_rec_get(a, handle);
	if (r != NULL && r->state != ACCT_GONE && is_outdated(a, r)) {
		a->c.replaced++;
		rec_end(a, handle, ACCT_LOST_NOT);
	}
	pump(a, now, o);
}

void
acct_stored(struct acct *a, uint64_t number, bool ok)
{
	uint32_t handle = acct_rec_find(a, number);
	struct acct_rec *r = acct_rec_get(a, handle);

	if (r == NULL || !r->storing)
		return;
	r->storing = false;
	a->c.storing--;
	a->c.disk_ok = ok;
	if (ok)
		return;
	r->wanted = true;
	acct_rec_push(a, &a->c.store, ACCT_IN_STORE, handle);
	a->c.store_at = mono_add_ms(a->c.now, a->params->store_retry_ms);
}

void
acct_group_up(struct acct *a, mono_t now, uint32_t group, struct acct_out *o)
{
	if (group < a->params->group_n)
		a->c.group[group].rest = mono_us(0);
	pump(a, now, o);
}

/* ---- time ---- */

void
acct_expire(struct acct *a, mono_t now, struct acct_out *o)
{
	uint32_t slot, handle;

	while (due_next(&a->due, now, &slot))
		if (pool_at(&a->recs, slot, &handle) != NULL)
			ready_back(a, handle);
	pump(a, now, o);
}

mono_t
acct_deadline(const struct acct *a)
{
	mono_t d = mono_min(due_first(&a->due), store_when(a));

	for (uint32_t i = 0; i < a->params->group_n; i++)
		if (group_may(a, &a->c.group[i]))
			d = mono_min(d, a->c.group[i].rest);
	return a->c.dead.n > 0 ? a->c.now : d;
}

/* ---- make and end ---- */

void
acct_params_default(struct acct_params *p)
{
	*p = (struct acct_params){
		.records = 100000, .bytes = 32u << 20, .window = 32,
		.retry_first_ms = 5000, .retry_cap_ms = 300000,
		.store_retry_ms = 10000, .ignored = 12,
	};
}

static bool
params_sound(const struct acct_params *p)
{
	for (uint32_t i = 0; i < p->group_n && i < ACCT_GROUPS_MAX; i++)
		if (p->group[i][0] == '\0' || memchr(p->group[i], 0,
		    ACCT_NAME_MAX) == NULL)
			return false;
	return p->group_n <= ACCT_GROUPS_MAX && p->records > 0 &&
	    p->records <= POOL_SLOTS_MAX - ACCT_DEAD &&
	    p->bytes >= ACCT_BLOCK_MAX &&
	    p->bytes / sizeof(struct acct_chunk) <= POOL_SLOTS_MAX &&
	    p->window > 0 && p->ignored > 0 && p->retry_first_ms > 0 &&
	    p->retry_cap_ms >= p->retry_first_ms;
}

static uint32_t
chunks(const struct acct_params *p)
{
	return (uint32_t)(p->bytes / sizeof(struct acct_chunk));
}

void
acct_bounds(const struct acct_params *p, bound_fn *each, void *ctx)
{
	uint32_t cap = p->records + ACCT_DEAD;
	const struct bound rows[] = {
		{ "radius accounting", 1, sizeof(struct acct) },
		{ "radius records", p->records,
		    pool_bytes(sizeof(struct acct_rec), cap) +
		    pool_bytes(sizeof(struct acct_order), p->records) +
		    htab_bytes(cap) + htab_bytes(p->records) +
		    due_bytes(cap) },
		{ "radius record bytes", chunks(p),
		    pool_bytes(sizeof(struct acct_chunk), chunks(p)) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		each(ctx, &rows[i]);
}

struct acct *
acct_new(const struct acct_params *p, struct rng *rng, struct drops *drops)
{
	struct acct *a;
	uint32_t cap;

	if (!params_sound(p) || (a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->params = p;
	a->rng = rng;
	a->drops = drops;
	a->c.disk_ok = true;
	cap = p->records + ACCT_DEAD;
	if (pool_init(&a->recs, sizeof(struct acct_rec), cap) != 0 ||
	    pool_init(&a->orders, sizeof(struct acct_order), p->records) != 0 ||
	    pool_init(&a->chunks, sizeof(struct acct_chunk), chunks(p)) != 0 ||
	    htab_init(&a->by_number, cap) != 0 ||
	    htab_init(&a->by_session, p->records) != 0 ||
	    due_init(&a->due, cap) != 0 ||
	    !rng_fill(rng, &a->key, sizeof(a->key))) {
		acct_free(a);
		return NULL;
	}
	return a;
}

void
acct_free(struct acct *a)
{
	if (a == NULL)
		return;
	pool_wipe(&a->recs);
	pool_wipe(&a->orders);
	pool_wipe(&a->chunks);
	htab_wipe(&a->by_number);
	htab_wipe(&a->by_session);
	due_wipe(&a->due);
	free(a);
}

static uint64_t
older(const struct acct *a, uint64_t than, const struct acct_list *l)
{
	const struct acct_rec *r = acct_rec_get(a, l->head);

	return r == NULL || (than != 0 && than < r->event_ms) ? than :
	    r->event_ms;
}

void
acct_state(const struct acct *a, struct acct_state *s)
{
	*s = (struct acct_state){
		.records = a->c.live, .unstored = a->c.store.n + a->c.storing,
		.orphans = a->c.orphans.n, .bytes = acct_rec_bytes(a),
		.put = a->c.put, .restored = a->c.restored,
		.delivered = a->c.delivered, .replaced = a->c.replaced,
		.yielded = a->c.yielded, .refused = a->c.refused,
		.given_up = a->c.given_up, .retried = a->c.retried,
		.disk_ok = a->c.disk_ok,
	};
	s->oldest_event_ms = older(a, 0, &a->c.orphans);
	for (uint32_t i = 0; i < a->params->group_n; i++) {
		s->in_flight += a->c.group[i].in_flight;
		s->oldest_event_ms = older(a, s->oldest_event_ms,
		    &a->c.group[i].all);
	}
}

void
acct_wall_step(struct acct *a, int64_t ms)
{
	for (uint32_t i = 0; i < a->recs.high; i++) {
		struct acct_rec *r = pool_at(&a->recs, i, NULL);

		if (r != NULL && r->event_ms != 0)
			r->event_ms += (uint64_t)ms;
	}
}

/* ---- freeze ---- */

size_t
acct_frozen_size(const struct acct *a)
{
	return sizeof(a->c) + pool_frozen_size(&a->recs) +
	    pool_frozen_size(&a->orders) + pool_frozen_size(&a->chunks);
}

void
acct_freeze(const struct acct *a, struct wr *w)
{
	wr_bytes(w, &a->c, sizeof(a->c));
	pool_freeze(&a->recs, w);
	pool_freeze(&a->orders, w);
	pool_freeze(&a->chunks, w);
}

struct acct *
acct_thaw(const struct acct_params *p, struct rng *rng, struct drops *drops,
    struct rd *r)
{
	struct acct *a = acct_new(p, rng, drops);

	if (a == NULL)
		return NULL;
	rd_copy(r, &a->c, sizeof(a->c));
	if (!r->bad && pool_thaw(&a->recs, r) && pool_thaw(&a->orders, r) &&
	    pool_thaw(&a->chunks, r) && acct_rec_index(a))
		return a;
	acct_free(a);
	return NULL;
}
