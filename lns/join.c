/* SPDX-License-Identifier: BSD-2-Clause */
/* Which path an ISAKMP SA belongs to: see join.h. */

#include <string.h>

#include "lns/access.h"
#include "lns/join.h"
#include "lns/path.h"

static void
addr_put(struct wr *w, const struct ipaddr *a)
{
	wr_u8(w, a->family);
	wr_bytes(w, a->b, sizeof(a->b));
}

static uint64_t
remote_hash(const struct lns *l, const struct endpoint *e)
{
	uint8_t b[1 + 16 + 2];
	struct wr w = wr_make(b, sizeof(b));

	addr_put(&w, &e->addr);
	wr_u16(&w, e->port);
	return hash_bytes(&l->hash, b, sizeof(b));
}

static uint64_t
peer_hash(const struct lns *l, const struct ipaddr *addr,
    const struct ike_id *id)
{
	uint8_t b[1 + 16 + 2 + IKE_ID_MAX];
	struct wr w = wr_make(b, sizeof(b));

	addr_put(&w, addr);
	wr_u8(&w, id->type);
	wr_u8(&w, id->len);
	wr_bytes(&w, id->b, sizeof(id->b));
	return hash_bytes(&l->hash, b, sizeof(b));
}

bool
join_same_id(const struct ike_id *a, const struct ike_id *b)
{
	return a->type == b->type && a->len == b->len &&
	    memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

void
join_index_add(struct lns *l, uint32_t path)
{
	const struct path *p = pool_get(&l->paths, path);

	htab_add(&l->path_by_remote, pool_slot(path),
	    remote_hash(l, &p->remote));
	htab_add(&l->path_by_peer, pool_slot(path),
	    peer_hash(l, &p->remote.addr, &p->id));
}

void
join_index_del(struct lns *l, uint32_t path)
{
	htab_del(&l->path_by_remote, pool_slot(path));
	htab_del(&l->path_by_peer, pool_slot(path));
}

uint32_t
join_find(const struct lns *l, const struct ike_peer *peer)
{
	for (uint32_t i = htab_find(&l->path_by_remote,
	    remote_hash(l, &peer->remote)); i != HTAB_NONE;
	    i = htab_next(&l->path_by_remote, i)) {
		uint32_t h;
		const struct path *p = pool_at(&l->paths, i, &h);

		if (p != NULL && p->state == PATH_UP &&
		    endpoint_eq(&p->remote, &peer->remote) &&
		    join_same_id(&p->id, &peer->id))
			return h;
	}
	return 0;
}

bool
join_is_young(const struct path *p)
{
	return p->join_by.us != MONO_NEVER.us;
}

bool
join_is_fresh(const struct path *p)
{
	return p->children == 0 || (join_is_young(p) && p->children == 1);
}

uint32_t
join_find_beside(const struct lns *l, uint32_t path, bool fresh)
{
	const struct path *p = pool_get(&l->paths, path);

	for (uint32_t i = htab_find(&l->path_by_remote,
	    remote_hash(l, &p->remote)); i != HTAB_NONE;
	    i = htab_next(&l->path_by_remote, i)) {
		uint32_t h;
		const struct path *q = pool_at(&l->paths, i, &h);

		if (q != NULL && q != p && q->state == PATH_UP &&
		    join_is_fresh(q) == fresh &&
		    endpoint_eq(&q->remote, &p->remote) &&
		    join_same_id(&q->id, &p->id))
			return h;
	}
	return 0;
}

/* ---- from another port ---- */

struct older {			/* a walk over the paths that may be meant */
	uint32_t at;		/* slot, or HTAB_NONE */
	unsigned looked;
};

static struct older
older_first(const struct lns *l, const struct path *young)
{
	return (struct older){ .at = htab_find(&l->path_by_peer,
	    peer_hash(l, &young->remote.addr, &young->id)) };
}

/* The next one with a call; NULL at the end. */
static struct path *
older_next(const struct lns *l, const struct path *young, struct older *o,
    uint32_t *handle)
{
	while (o->at != HTAB_NONE && o->looked++ < JOIN_LOOK) {
		struct path *p = pool_at(&l->paths, o->at, handle);

		o->at = htab_next(&l->path_by_peer, o->at);
		if (p != NULL && p != young && p->state == PATH_UP &&
		    path_calls(p) > 0 &&
		    ipaddr_eq(&p->remote.addr, &young->remote.addr) &&
		    join_same_id(&p->id, &young->id))
			return p;
	}
	return NULL;
}

void
join_begin(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = pool_get(&l->paths, path);
	struct older o = older_first(l, p);
	uint32_t h;

	if (older_next(l, p, &o, &h) != NULL)
		p->join_by = mono_add_ms(now, JOIN_MS);
}

/* Authentic ESP, and IKE that nobody can repeat; not keepalives. */
static bool
is_silent(const struct lns *l, mono_t now, const struct path *p)
{
	mono_t heard = p->heard;

	for (int i = 0; i < PATH_CHILDREN; i++)
		if (p->child[i].child != 0)
			heard = mono_max(heard, l->ops->sa_heard(l->dp,
			    p->child[i].child));
	for (int i = 0; i < PATH_SAS; i++)
		heard = mono_max(heard, ike_fresh(l->ike, p->sa[i]));
	return mono_since_ms(now, heard) >= JOIN_SILENT_MS;
}

static bool
may_be_joined(const struct lns *l, mono_t now, const struct path *p)
{
	return p->guesses < JOIN_GUESSES && (p->deleted || is_silent(l, now, p));
}

/* Control messages about the tunnel have no session, RFC 2661 §3.1. */
static bool
names_call(const struct lns *l, const struct path *p,
    const struct dp_ids *ids)
{
	for (int i = 0; i < PATH_CALLS; i++) {
		const struct access *a = access_get(l, p->call[i]);

		if (a != NULL && a->call.tunnel_id == ids->tunnel_id &&
		    (a->call.session_id == ids->session_id ||
		    (ids->control && ids->session_id == 0)))
			return true;
	}
	return false;
}

/* A tunnel's id alone is 16 bits: one wrong guess at it is enough. */
static void
note_guess(const struct lns *l, mono_t now, const struct path *young,
    const struct dp_ids *ids)
{
	uint8_t n = ids->session_id == 0 ? JOIN_GUESSES : 1;
	struct older o = older_first(l, young);
	struct path *p;
	uint32_t h;

	while ((p = older_next(l, young, &o, &h)) != NULL)
		if (may_be_joined(l, now, p))
			p->guesses = (uint8_t)(p->guesses + n);
}

uint32_t
join_find_older(struct lns *l, mono_t now, uint32_t young,
    const struct dp_ids *ids)
{
	const struct path *y = pool_get(&l->paths, young);
	struct older o = older_first(l, y);
	uint32_t found = 0, h;
	const struct path *p;

	/* Tunnel 0 is no guess: somebody dials anew. */
	if (y->state != PATH_UP || !ids->l2tp || ids->tunnel_id == 0)
		return 0;
	while ((p = older_next(l, y, &o, &h)) != NULL) {
		if (!may_be_joined(l, now, p) || !names_call(l, p, ids))
			continue;
		if (found != 0)
			return 0;	/* two of them: it cannot be told */
		found = h;
	}
	if (found == 0)
		note_guess(l, now, y, ids);
	return found;
}
