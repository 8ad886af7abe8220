/* SPDX-License-Identifier: BSD-2-Clause */
/* Records, their lists, bytes and blocks: see acct_int.h. */

#include <string.h>

#include "radius/acct_int.h"
#include "radius/attr.h"

#define BLOCK_VERSION	1

struct acct_rec *
acct_rec_get(const struct acct *a, uint32_t handle)
{
	return pool_get(&a->recs, handle);
}

static uint64_t
number_hash(const struct acct *a, uint64_t number)
{
	return hash_bytes(&a->key, &number, sizeof(number));
}

uint32_t
acct_rec_find(const struct acct *a, uint64_t number)
{
	uint32_t at = htab_find(&a->by_number, number_hash(a, number));
	const struct acct_rec *r;
	uint32_t h;

	for (; at != HTAB_NONE; at = htab_next(&a->by_number, at)) {
		r = pool_at(&a->recs, at, &h);
		if (r != NULL && r->number == number)
			return h;
	}
	return 0;
}

/* ---- lists ---- */

void
acct_rec_push(struct acct *a, struct acct_list *l, enum acct_list_of of,
    uint32_t handle)
{
	struct acct_link *mine = &acct_rec_get(a, handle)->link[of];

	*mine = (struct acct_link){ .prev = l->tail };
	if (l->tail != 0)
		acct_rec_get(a, l->tail)->link[of].next = handle;
	else
		l->head = handle;
	l->tail = handle;
	l->n++;
}

void
acct_rec_insert(struct acct *a, struct acct_list *l, enum acct_list_of of,
    uint32_t handle, uint32_t at)
{
	struct acct_link *mine = &acct_rec_get(a, handle)->link[of];
	struct acct_link *next = &acct_rec_get(a, at)->link[of];

	*mine = (struct acct_link){ .prev = next->prev, .next = at };
	if (next->prev != 0)
		acct_rec_get(a, next->prev)->link[of].next = handle;
	else
		l->head = handle;
	next->prev = handle;
	l->n++;
}

void
acct_rec_cut(struct acct *a, struct acct_list *l, enum acct_list_of of,
    uint32_t handle)
{
	struct acct_link *mine = &acct_rec_get(a, handle)->link[of];

	if (mine->prev != 0)
		acct_rec_get(a, mine->prev)->link[of].next = mine->next;
	else
		l->head = mine->next;
	if (mine->next != 0)
		acct_rec_get(a, mine->next)->link[of].prev = mine->prev;
	else
		l->tail = mine->prev;
	*mine = (struct acct_link){ 0 };
	l->n--;
}

/* ---- bytes ---- */

static size_t
chunks_for(size_t n)
{
	return (n + ACCT_CHUNK - 1) / ACCT_CHUNK;
}

size_t
acct_rec_bytes(const struct acct *a)
{
	return (size_t)a->chunks.used * sizeof(struct acct_chunk);
}

bool
acct_rec_fits(const struct acct *a, size_t n)
{
	return a->c.live < a->params->records &&
	    a->recs.used < a->recs.cap &&
	    a->chunks.used + chunks_for(n) <= a->chunks.cap;
}

static void
chunks_give(struct acct *a, uint32_t chunk)
{
	while (chunk != 0) {
		const struct acct_chunk *c = pool_get(&a->chunks, chunk);
		uint32_t next = c->next;

		pool_give(&a->chunks, chunk);
		chunk = next;
	}
}

/* The last part first, so that each knows the next one. */
static uint32_t
chunks_take(struct acct *a, struct rd attrs)
{
	size_t n = rd_left(&attrs), at = chunks_for(n) * ACCT_CHUNK;
	uint32_t chunk = 0, h;

	while (at > 0) {
		struct acct_chunk *c = pool_take(&a->chunks, &h);
		struct rd part = attrs;

		if (c == NULL) {
			chunks_give(a, chunk);
			return 0;
		}
		at -= ACCT_CHUNK;
		c->next = chunk;
		chunk = h;
		rd_skip(&part, at);
		rd_copy(&part, c->b, n - at < ACCT_CHUNK ? n - at : ACCT_CHUNK);
	}
	return chunk;
}

uint32_t
acct_rec_add(struct acct *a, uint64_t number, const struct acct_record *from)
{
	uint32_t chunk = chunks_take(a, from->attrs), handle;
	struct acct_rec *r;

	if (chunk == 0)
		return 0;
	r = pool_take(&a->recs, &handle);
	if (r == NULL) {
		chunks_give(a, chunk);
		return 0;
	}
	r->number = number;
	r->session = from->session;
	r->event_ms = from->event_ms;
	r->group = from->group;
	r->kind = (uint8_t)from->kind;
	r->state = ACCT_WAIT;
	r->chunk = chunk;
	r->len = (uint32_t)rd_left(&from->attrs);
	r->due = MONO_NEVER;
	htab_add(&a->by_number, pool_slot(handle), number_hash(a, number));
	a->c.live++;
	return handle;
}

void
acct_rec_empty(struct acct *a, struct acct_rec *r)
{
	chunks_give(a, r->chunk);
	htab_del(&a->by_number, pool_slot(acct_rec_find(a, r->number)));
	r->chunk = 0;
	r->len = 0;
	a->c.live--;
}

void
acct_rec_attrs(const struct acct *a, const struct acct_rec *r, uint8_t *to)
{
	size_t left = r->len;

	for (uint32_t at = r->chunk; left > 0;) {
		const struct acct_chunk *c = pool_get(&a->chunks, at);
		size_t n = left < ACCT_CHUNK ? left : ACCT_CHUNK;

		memcpy(to, c->b, n);
		to += n;
		left -= n;
		at = c->next;
	}
}

/* ---- sessions ---- */

static uint64_t
order_hash(const struct acct *a, uint32_t group, uint64_t session)
{
	uint64_t k[2] = { group, session };

	return hash_bytes(&a->key, k, sizeof(k));
}

uint32_t
acct_rec_order(const struct acct *a, uint32_t group, uint64_t session)
{
	uint32_t at = htab_find(&a->by_session, order_hash(a, group, session));
	const struct acct_order *o;
	uint32_t h;

	for (; at != HTAB_NONE; at = htab_next(&a->by_session, at)) {
		o = pool_at(&a->orders, at, &h);
		if (o != NULL && o->group == group && o->session == session)
			return h;
	}
	return 0;
}

uint32_t
acct_rec_order_add(struct acct *a, uint32_t group, uint64_t session)
{
	uint32_t h;
	struct acct_order *o = pool_take(&a->orders, &h);

	if (o == NULL)
		return 0;
	o->group = group;
	o->session = session;
	htab_add(&a->by_session, pool_slot(h), order_hash(a, group, session));
	return h;
}

void
acct_rec_order_del(struct acct *a, uint32_t order)
{
	htab_del(&a->by_session, pool_slot(order));
	pool_give(&a->orders, order);
}

/* ---- blocks: version, kind, session, time, name, attributes ---- */

static const char *
rec_name(const struct acct *a, const struct acct_rec *r)
{
	return r->state == ACCT_ORPHAN ? r->name : a->params->group[r->group];
}

size_t
acct_rec_block_size(const struct acct *a, const struct acct_rec *r)
{
	return 1 + 1 + 8 + 8 + 1 + strlen(rec_name(a, r)) + r->len;
}

void
acct_rec_block(const struct acct *a, const struct acct_rec *r, struct wr *w)
{
	const char *name = rec_name(a, r);
	struct wr_len len;
	uint8_t *attrs;

	wr_u8(w, BLOCK_VERSION);
	wr_u8(w, r->kind);
	wr_u64(w, r->session);
	wr_u64(w, r->event_ms);
	len = wr_len8(w);
	wr_bytes(w, name, strlen(name));
	wr_len_end(w, len, 0);
	attrs = wr_room(w, r->len);
	if (attrs != NULL)
		acct_rec_attrs(a, r, attrs);
}

static bool
attrs_sound(struct rd attrs)
{
	struct attr_walk w = attr_walk(attrs);
	struct attr at;

	while (attr_next(&w, &at))
		continue;
	return w.why == DROP_NONE;
}

bool
acct_rec_parse(struct rd block, struct acct_record *r, struct rd *name)
{
	uint8_t version = rd_u8(&block);
	uint8_t kind = rd_u8(&block);
	size_t n;

	r->session = rd_u64(&block);
	r->event_ms = rd_u64(&block);
	*name = rd_sub(&block, rd_u8(&block));
	if (block.bad || version != BLOCK_VERSION || kind > ACCT_OFF)
		return false;
	r->kind = (enum acct_kind)kind;
	r->attrs = rd_rest(&block);
	n = rd_left(name);
	return n > 0 && n < ACCT_NAME_MAX && memchr(name->p, 0, n) == NULL &&
	    (r->session == 0) == (r->kind >= ACCT_ON) &&
	    rd_left(&r->attrs) > 0 &&
	    rd_left(&r->attrs) <= ACCT_ATTRS_MAX && attrs_sound(r->attrs);
}

/* ---- after a thaw ---- */

static bool
rec_sound(const struct acct *a, const struct acct_rec *r)
{
	size_t n = 0;

	if (r->state > ACCT_GONE || r->kind > ACCT_OFF ||
	    (r->state != ACCT_ORPHAN && r->state != ACCT_GONE &&
	    r->group >= a->params->group_n))
		return false;
	for (int i = 0; i < ACCT_LISTS; i++)
		if ((r->link[i].prev != 0 &&
		    acct_rec_get(a, r->link[i].prev) == NULL) ||
		    (r->link[i].next != 0 &&
		    acct_rec_get(a, r->link[i].next) == NULL))
			return false;
	for (uint32_t at = r->chunk; at != 0; n++) {
		const struct acct_chunk *c = pool_get(&a->chunks, at);

		if (c == NULL || n >= chunks_for(r->len))
			return false;
		at = c->next;
	}
	return n == chunks_for(r->len) && (r->order == 0 ||
	    pool_get(&a->orders, r->order) != NULL);
}

bool
acct_rec_index(struct acct *a)
{
	uint32_t live = 0;

	for (uint32_t i = 0; i < a->recs.high; i++) {
		const struct acct_rec *r = pool_at(&a->recs, i, NULL);

		if (r == NULL)
			continue;
		if (!rec_sound(a, r))
			return false;
		if (r->state == ACCT_REST)
			due_set(&a->due, i, r->due);
		if (r->state == ACCT_GONE)
			continue;
		htab_add(&a->by_number, i, number_hash(a, r->number));
		live++;
	}
	for (uint32_t i = 0; i < a->orders.high; i++) {
		const struct acct_order *o = pool_at(&a->orders, i, NULL);

		if (o != NULL)
			htab_add(&a->by_session, i,
			    order_hash(a, o->group, o->session));
	}
	return live == a->c.live;
}
