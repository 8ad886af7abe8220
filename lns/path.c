/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths: see path.h.
 *
 *   state     leaves when                          what happens then
 *   UP        idle too long, killed, shutdown      LCP Terminate on each call
 *   PARTING   the calls are gone, or 1.5 s later   StopCCN on each tunnel
 *   CLEARING  the tunnels are gone, or 1 s later   Deletes, ESP first
 *   DEAD      one SA a turn has gone               the object is given back
 *
 * A path whose SAs are all gone, or whose peer is dead, goes to DEAD at once.
 * So does nothing else: whatever ends many things does it one object a turn,
 * because the engines' boxes are bounded (step.c).
 */

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/join.h"
#include "lns/path.h"
#include "lns/path_why.h"

#define PART_MS		1500
#define CLEAR_MS	1000
#define HEARD_MS	15000	/* how often life in the data plane is looked at */

#define STOP_SHUTDOWN	6	/* StopCCN result, RFC 2661 §4.4.2 */

static struct path *
path_get(const struct lns *l, uint32_t path)
{
	return pool_get(&l->paths, path);
}

static void
path_rearm(struct lns *l, uint32_t path)
{
	const struct path *p = path_get(l, path);

	due_set(&l->path_due, pool_slot(path), mono_min(
	    mono_min(p->step_at, mono_min(p->idle_at, p->heard_at)),
	    mono_min(p->login_by, mono_min(p->chore_at, p->join_by))));
}

/* Nothing more can be said to the peer, or nothing is left: go at once. */
static void
path_die(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	if (p->state == PATH_DEAD)
		return;
	p->state = PATH_DEAD;
	p->idle_at = p->heard_at = p->login_by = p->chore_at = p->join_by =
	    MONO_NEVER;
	p->step_at = now;
	l2tp_path_gone(l->l2tp, now, path, l->l2tp_out);
	path_rearm(l, path);
}

unsigned
path_calls(const struct path *p)
{
	unsigned n = 0;

	for (int i = 0; i < PATH_CALLS; i++)
		n += p->call[i] != 0;
	return n;
}

static unsigned
path_tunnels(const struct path *p)
{
	unsigned n = 0;

	for (int i = 0; i < PATH_TUNNELS; i++)
		n += p->tunnel[i] != 0;
	return n;
}

static bool
path_has_sas(const struct path *p)
{
	for (int i = 0; i < PATH_SAS; i++)
		if (p->sa[i] != 0)
			return true;
	for (int i = 0; i < PATH_CHILDREN; i++)
		if (p->child[i].child != 0)
			return true;
	return false;
}

static struct path_child *
path_child(struct path *p, uint32_t child)
{
	for (int i = 0; i < PATH_CHILDREN; i++)
		if (p->child[i].child == child)
			return &p->child[i];
	return NULL;
}

static uint32_t
path_new(struct lns *l, mono_t now, uint64_t attempt,
    const struct ike_peer *peer)
{
	uint32_t path;
	struct path *p = pool_take(&l->paths, &path);

	if (p == NULL)
		return 0;
	*p = (struct path){
		.attempt = attempt,
		.state = PATH_UP,
		.local = peer->local,
		.remote = peer->remote,
		.id = peer->id,
		.p1 = peer->p1,
		.hints = peer->hints,
		.natt = peer->natt,
		.nat_there = peer->nat_there,
		.idle_at = mono_add_ms(now, l->params->idle_path_ms),
		.login_by = MONO_NEVER,
		.chore_at = MONO_NEVER,
		.step_at = MONO_NEVER,
		.join_by = MONO_NEVER,
		.heard_at = mono_add_ms(now, HEARD_MS),
		.heard = now,
		.born = now,
	};
	join_index_add(l, path);
	join_begin(l, now, path);
	return path;
}

/* The path's place for an ISAKMP SA: -1 if it has none. */
static int
path_sa_at(const struct path *p, uint32_t sa)
{
	for (int i = 0; i < PATH_SAS; i++)
		if (sa != 0 && p->sa[i] == sa)
			return i;
	return -1;
}

/* Takes the SA out of the path; what the engine says of it later is nobody's. */
static uint32_t
path_sa_take(struct lns *l, struct path *p, int at)
{
	uint32_t sa = p->sa[at];

	idmap_del(&l->path_of_sa, sa);
	memmove(&p->sa[at], &p->sa[at + 1],
	    (size_t)(PATH_SAS - 1 - at) * sizeof(p->sa[0]));
	p->sa[PATH_SAS - 1] = 0;
	return sa;
}

/*
 * The newest SA of the path: the children go on under it.  One too many means
 * a peer that dials anew again and again without a word about the old: its
 * oldest goes.
 */
static bool
path_sa_add(struct lns *l, mono_t now, uint32_t path, uint32_t sa)
{
	struct path *p = path_get(l, path);

	for (int i = 0; i < PATH_SAS; i++)
		ike_adopt(l->ike, p->sa[i], sa);
	if (p->sa[PATH_SAS - 1] != 0)
		ike_close(l->ike, now, path_sa_take(l, p, PATH_SAS - 1),
		    l->ike_out);
	if (!idmap_put(&l->path_of_sa, sa, path))
		return false;
	memmove(&p->sa[1], &p->sa[0], (PATH_SAS - 1) * sizeof(p->sa[0]));
	p->sa[0] = sa;
	p->deleted = false;
	return true;
}

void
path_settle(struct lns *l, uint32_t path)
{
	struct path *p = path_get(l, path);

	if (!join_is_young(p))
		return;
	p->join_by = MONO_NEVER;
	if (p->out != 0)
		l->ops->sa_use(l->dp, p->out);
	path_rearm(l, path);
}

static void
path_renewed(struct lns *l, mono_t now, uint32_t path, uint64_t attempt)
{
	path_settle(l, path);
	path_get(l, path)->renewed = attempt;
	(void)attempt_end(&l->attempts, now, attempt, ATT_SUCCESS,
	    "phase 1 renewed for attempt %" PRIu64,
	    path_get(l, path)->attempt);
}

void
path_sa_up(struct lns *l, mono_t now, uint64_t attempt, uint32_t sa,
    const struct ike_peer *peer)
{
	uint32_t path = join_find(l, peer);
	bool joins;

	attempt_stage(&l->attempts, attempt, ATT_IKE);
	if (path != 0 && peer->initial_contact) {
		path_get(l, path)->dpd_dead = true;	/* it forgot all */
		path_die(l, now, path);
		path = 0;
	}
	joins = path != 0;
	if (!joins && !l->shutting_down)
		path = path_new(l, now, attempt, peer);
	if (path == 0 || !path_sa_add(l, now, path, sa)) {
		if (path != 0 && !joins)
			path_die(l, now, path);
		(void)attempt_end(&l->attempts, now, attempt, ATT_REFUSED,
		    l->shutting_down ? "shutting down" : "peer limit reached");
		ike_close(l->ike, now, sa, l->ike_out);
		return;
	}
	if (joins)
		path_renewed(l, now, path, attempt);
	path_rearm(l, path);
}

void
path_sa_gone(struct lns *l, mono_t now, uint32_t sa, enum ike_why why)
{
	uint32_t path = idmap_get(&l->path_of_sa, sa);
	struct path *p = path_get(l, path);
	int at = p != NULL ? path_sa_at(p, sa) : -1;

	if (at < 0)
		return;
	(void)path_sa_take(l, p, at);
	p->deleted = why == IKE_WHY_DELETED && p->sa[0] == 0;
	/*
	 * Silence under an SA that has a successor says little: the Delete of
	 * the old one may have been lost.
	 */
	if (why == IKE_WHY_DPD && (at == 0 || p->out == 0)) {
		log_info("peer dead attempt=%" PRIu64 " reason=\"%s\"",
		    p->attempt, ike_why_str(why));
		p->dpd_dead = true;
		(void)attempt_end(&l->attempts, now, p->attempt, ATT_REFUSED,
		    "%s", ike_why_str(why));
		path_die(l, now, path);
	} else if (!path_has_sas(p)) {
		(void)attempt_end(&l->attempts, now, p->attempt, ATT_REFUSED,
		    "the client ended the IPsec connection");
		path_die(l, now, path);
	}
}

/* Takes the pair out of the path and out of the data plane. */
static uint32_t
path_child_take(struct lns *l, struct path *p, struct path_child *c)
{
	uint32_t child = c->child;

	idmap_del(&l->path_of_child, child);
	l->ops->sa_del(l->dp, child);
	*c = (struct path_child){ 0 };
	if (p->out == child)
		p->out = 0;
	return child;
}

/* A free place; if need be the oldest pair that we do not send on goes. */
static struct path_child *
path_child_room(struct lns *l, mono_t now, struct path *p)
{
	struct path_child *old = NULL;

	for (int i = 0; i < PATH_CHILDREN; i++) {
		struct path_child *c = &p->child[i];

		if (c->child == 0)
			return c;
		if (c->child != p->out && (old == NULL || c->age < old->age))
			old = c;
	}
	ike_child_close(l->ike, now, path_child_take(l, p, old), l->ike_out);
	return old;
}

static bool
path_child_add(struct lns *l, mono_t now, struct path *p, const struct dp_sa *d,
    uint32_t sa)
{
	struct path_child *c = path_child_room(l, now, p);

	if (!idmap_put(&l->path_of_child, d->sa, d->path))
		return false;
	if (!l->ops->sa_add(l->dp, d)) {
		idmap_del(&l->path_of_child, d->sa);
		return false;
	}
	*c = (struct path_child){
		.child = d->sa, .sa = sa, .age = ++p->children,
		.seq_limit = d->seq_limit, .suite = d->suite,
		.encap = d->encap,
	};
	return true;
}

/*
 * It waits for ESP from now on, however long ago its ISAKMP SA was made: when
 * phase 1 was renewed, the children of the old one served on.
 */
static void
path_first_child(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	if (path_tunnels(p) > 0)
		return;
	p->idle_at = mono_add_ms(now, l->params->idle_path_ms);
	join_begin(l, now, path);
	path_rearm(l, path);
}

void
path_child_in(struct lns *l, mono_t now, uint64_t attempt, uint32_t sa,
    uint32_t child, const struct ike_child *c)
{
	uint32_t path = idmap_get(&l->path_of_sa, sa);
	struct path *p = path_get(l, path);
	struct dp_sa d = {
		.sa = child, .path = path,
		.spi_in = c->spi_in, .spi_out = c->spi_out,
		.suite = c->suite, .encap = c->encap,
		.local = c->local, .remote = c->remote,
		.port_here = c->port_here, .port_there = c->port_there,
		.window = l->params->replay_window,
		.seq_limit = l->params->seq_block,
	};

	memcpy(d.keys_in, c->keys_in, sizeof(d.keys_in));
	memcpy(d.keys_out, c->keys_out, sizeof(d.keys_out));
	if (p == NULL || p->state == PATH_DEAD ||
	    !path_child_add(l, now, p, &d, sa)) {
		(void)attempt_end(&l->attempts, now, attempt, ATT_REFUSED,
		    "too many SAs, or out of memory");
		ike_child_close(l->ike, now, child, l->ike_out);
	} else {
		if (p->children > 1)
			path_settle(l, path);
		else
			path_first_child(l, now, path);
		if (p->out == 0) {
			p->suite = c->suite;
			p->encap = c->encap;
		}
		attempt_stage(&l->attempts, p->attempt, ATT_QUICK);
	}
	wipe(&d, sizeof(d));
}

void
path_child_out(struct lns *l, mono_t now, uint32_t child)
{
	struct path *p = path_get(l, idmap_get(&l->path_of_child, child));
	const struct path_child *c = p != NULL ? path_child(p, child) : NULL;
	const struct path_child *now_out = p != NULL ? path_child(p, p->out) :
	    NULL;

	/* Nothing older than what carries: IKE sees one ISAKMP SA's pairs. */
	if (c == NULL || (now_out != NULL && now_out->age > c->age))
		return;
	p->out = child;
	p->suite = c->suite;
	p->encap = c->encap;
	if (!join_is_young(p))
		l->ops->sa_use(l->dp, child);
	attempt_stage(&l->attempts, p->attempt, ATT_ESP_READY);
	for (int i = 0; i < PATH_CALLS; i++)
		access_mtu(l, now, p->call[i]);
}

void
path_child_gone(struct lns *l, mono_t now, uint32_t child, enum ike_why why)
{
	uint32_t path = idmap_get(&l->path_of_child, child);
	struct path *p = path_get(l, path);
	struct path_child *c = p != NULL ? path_child(p, child) : NULL;

	(void)why;
	if (c == NULL)
		return;		/* refused, or taken out before */
	(void)path_child_take(l, p, c);
	if (!path_has_sas(p))
		path_die(l, now, path);
}

/* The path's ends are these from now on, and it is found by them. */
static void
path_place(struct lns *l, uint32_t path, const struct endpoint *local,
    const struct endpoint *remote)
{
	struct path *p = path_get(l, path);
	char from[ENDPOINT_STRLEN], to[ENDPOINT_STRLEN];

	if (!endpoint_eq(&p->remote, remote))
		log_info("peer moved attempt=%" PRIu64 " from=%s to=%s",
		    p->attempt, endpoint_str(&p->remote, from),
		    endpoint_str(remote, to));
	join_index_del(l, path);
	p->local = *local;
	p->remote = *remote;
	join_index_add(l, path);
}

/* What a path with nothing else has of ISAKMP SAs goes over to `path`. */
static void
path_adopt(struct lns *l, mono_t now, uint32_t bare, uint32_t path)
{
	struct path *b = path_get(l, bare);

	for (int i = PATH_SAS - 1; i >= 0; i--) {
		uint32_t sa = b->sa[i];

		if (sa == 0)
			continue;
		(void)path_sa_take(l, b, i);
		(void)path_sa_add(l, now, path, sa);	/* its room is free */
	}
	path_renewed(l, now, path, b->attempt);
	path_die(l, now, bare);
}

static bool path_join(struct lns *, mono_t, uint32_t young, uint32_t path,
    uint32_t child);

static void
path_take_in(struct lns *l, mono_t now, uint32_t fresh, uint32_t path)
{
	const struct path *f = path_get(l, fresh);
	uint32_t child = 0;

	for (int i = 0; i < PATH_CHILDREN && child == 0; i++)
		child = f->child[i].child;
	if (child == 0)
		path_adopt(l, now, fresh, path);
	else
		(void)path_join(l, now, fresh, path, child);
}

/* Two at one place, whether its ESP came from there last or its IKE. */
static void
path_meet(struct lns *l, mono_t now, uint32_t path, bool by_esp)
{
	bool fresh = join_is_fresh(path_get(l, path));
	uint32_t other = fresh || by_esp ?
	    join_find_beside(l, path, !fresh) : 0;

	if (other != 0)
		path_take_in(l, now, fresh ? path : other,
		    fresh ? other : path);
}

void
path_moved(struct lns *l, mono_t now, uint32_t path,
    const struct endpoint *local, const struct endpoint *remote,
    uint32_t but_child)
{
	struct path *p = path_get(l, path);
	struct endpoint here;
	bool other_family;

	if (p == NULL)
		return;
	here = local->addr.family == IP_NONE ? p->local : *local;
	if (here.addr.family != remote->addr.family ||
	    (endpoint_eq(&p->local, &here) && endpoint_eq(&p->remote, remote)))
		return;
	other_family = p->remote.addr.family != remote->addr.family;
	path_place(l, path, &here, remote);
	for (int i = 0; i < PATH_CHILDREN; i++) {
		uint32_t child = p->child[i].child;

		if (child != 0 && child != but_child)
			l->ops->sa_move(l->dp, child, &here, remote);
		ike_child_moved(l->ike, child, &here, remote);
	}
	for (int i = 0; i < PATH_SAS; i++)
		ike_moved(l->ike, now, p->sa[i], &here, remote);
	for (int i = 0; other_family && i < PATH_CALLS; i++)
		access_mtu(l, now, p->call[i]);
	if (p->state == PATH_UP)
		path_meet(l, now, path, but_child != 0);
}

/* Was the pair made under an SA older than the one at `at`? */
static bool
path_child_before(const struct path *p, const struct path_child *c, int at)
{
	int under = path_sa_at(p, c->sa);

	return c->child != 0 && (under < 0 || under > at);
}

void
path_contact(struct lns *l, mono_t now, uint32_t sa)
{
	uint32_t path = idmap_get(&l->path_of_sa, sa);
	struct path *p = path_get(l, path);
	int at = p != NULL ? path_sa_at(p, sa) : -1;
	bool before, begun = false;

	if (at < 0 || p->state != PATH_UP)
		return;
	before = at + 1 < PATH_SAS && p->sa[at + 1] != 0;
	for (int i = 0; i < PATH_CHILDREN; i++) {
		before = before || path_child_before(p, &p->child[i], at);
		begun = begun || (p->child[i].child != 0 &&
		    p->child[i].sa == sa);
	}
	if (!before)
		return;		/* nothing of before is left */
	/*
	 * If quick mode was faster than this message, the tunnels may be new
	 * ones: L2TP itself sees to it that the newest one wins.
	 */
	if (!begun)
		l2tp_path_gone(l->l2tp, now, path, l->l2tp_out);
	p->contact = sa;
	p->chore_at = now;
	path_rearm(l, path);
}

/* Forgets one thing from before the INITIAL-CONTACT; false: all is done. */
static bool
path_chore(struct lns *l, uint32_t path)
{
	struct path *p = path_get(l, path);
	int at = path_sa_at(p, p->contact);

	if (at < 0)
		return false;
	if (at + 1 < PATH_SAS && p->sa[at + 1] != 0) {
		ike_forget(l->ike, path_sa_take(l, p, at + 1), l->ike_out);
		return true;
	}
	for (int i = 0; i < PATH_CHILDREN; i++) {
		if (!path_child_before(p, &p->child[i], at))
			continue;
		ike_child_forget(l->ike, path_child_take(l, p, &p->child[i]),
		    l->ike_out);
		return true;
	}
	return false;
}

/*
 * A further tunnel after phase 1 was renewed: that was no renewal but a phone
 * that dialled anew.  What comes now is its attempt's.
 */
static void
path_redialled(struct lns *l, mono_t now, struct path *p)
{
	if (p->renewed == 0 || !p->had_tunnel)
		return;
	(void)attempt_end(&l->attempts, now, p->attempt, ATT_REFUSED,
	    "the client dialled anew as attempt %" PRIu64, p->renewed);
	p->attempt = p->renewed;
	p->renewed = 0;
	attempt_resume(&l->attempts, p->attempt);
}

void
path_tunnel_up(struct lns *l, mono_t now, uint32_t path, uint32_t tunnel,
    const struct l2tp_tunnel_info *t)
{
	struct path *p = path_get(l, path);

	if (p == NULL)
		return;
	for (int i = 0; i < PATH_TUNNELS; i++) {
		if (p->tunnel[i] != 0)
			continue;
		p->tunnel[i] = tunnel;
		path_redialled(l, now, p);
		p->had_tunnel = true;
		p->idle_at = MONO_NEVER;
		memcpy(p->host_name, t->host_name, sizeof(p->host_name));
		memcpy(p->vendor_name, t->vendor_name, sizeof(p->vendor_name));
		attempt_stage(&l->attempts, p->attempt, ATT_TUNNEL);
		path_rearm(l, path);
		return;
	}
	l2tp_tunnel_close(l->l2tp, now, tunnel, 2, 4, "too many tunnels",
	    l->l2tp_out);
}

void
path_tunnel_down(struct lns *l, mono_t now, uint32_t path, uint32_t tunnel,
    const struct l2tp_end *end)
{
	struct path *p = path_get(l, path);

	bool was_up = false;

	if (p == NULL)
		return;
	for (int i = 0; i < PATH_TUNNELS; i++) {
		if (p->tunnel[i] != tunnel)
			continue;
		p->tunnel[i] = 0;
		was_up = true;
	}
	if (path_tunnels(p) > 0)
		return;
	path_why_tunnel(l, now, p, was_up, end);
	if (!was_up)
		return;		/* it was no reason for the path to live on */
	if (p->state == PATH_CLEARING)
		p->step_at = now;
	else if (p->state == PATH_UP)
		p->idle_at = mono_add_ms(now, l->params->idle_path_ms);
	path_rearm(l, path);
}

bool
path_call_add(struct path *p, uint32_t access)
{
	for (int i = 0; i < PATH_CALLS; i++) {
		if (p->call[i] == 0) {
			p->call[i] = access;
			return true;
		}
	}
	return false;
}

void
path_call_gone(struct lns *l, mono_t now, uint32_t path, uint32_t access)
{
	struct path *p = path_get(l, path);

	if (p == NULL)
		return;
	for (int i = 0; i < PATH_CALLS; i++)
		if (p->call[i] == access)
			p->call[i] = 0;
	if (path_calls(p) > 0)
		return;
	if (p->state == PATH_PARTING)
		p->step_at = now;
	else if (p->state == PATH_UP && path_tunnels(p) > 0)
		p->idle_at = mono_min(p->idle_at,
		    mono_add_ms(now, l->params->login_ms));
	path_rearm(l, path);
}

void
path_seq_low(struct lns *l, uint32_t path, uint32_t child)
{
	struct path *p = path_get(l, path);
	struct path_child *c = p != NULL ? path_child(p, child) : NULL;

	if (c == NULL || child == 0)
		return;
	if (c->seq_limit > UINT32_MAX - l->params->seq_block)
		c->seq_limit = UINT32_MAX;	/* never wraps: RFC 4303 §3.3.3 */
	else
		c->seq_limit += l->params->seq_block;
	l->ops->sa_reserve(l->dp, child, c->seq_limit);
}

/* Tells the engines about life that only the data plane saw. */
static void
path_listen(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);
	mono_t heard = p->heard;

	for (int i = 0; i < PATH_CHILDREN; i++)
		if (p->child[i].child != 0)
			heard = mono_max(heard, l->ops->sa_heard(l->dp,
			    p->child[i].child));
	p->heard_at = mono_add_ms(now, HEARD_MS);
	if (!mono_before(p->heard, heard))
		return;
	p->heard = heard;
	l2tp_heard(l->l2tp, now, path);
	for (int i = 0; i < PATH_SAS; i++)
		if (p->sa[i] != 0)
			ike_heard(l->ike, now, p->sa[i]);
	for (int i = 0; i < PATH_CALLS; i++)
		if (access_get(l, p->call[i]) != NULL)
			ppp_heard(access_link(l, p->call[i]), now);
}

/*
 * The young path's one ISAKMP SA and its one pair go over to `path`, and the
 * peer is where they are.  False: not possible, nothing is changed.
 */
static bool
path_join(struct lns *l, mono_t now, uint32_t young, uint32_t path,
    uint32_t child)
{
	struct path *y = path_get(l, young), *p = path_get(l, path);
	struct path_child *from = path_child(y, child), *to;
	uint32_t sa = y->sa[0];

	if (from == NULL || sa == 0 || from->sa != sa ||
	    !l->ops->sa_join(l->dp, child, path))
		return false;
	to = path_child_room(l, now, p);
	*to = *from;
	to->age = ++p->children;
	*from = (struct path_child){ 0 };
	(void)idmap_put(&l->path_of_child, child, path);	/* replaces */
	(void)path_sa_take(l, y, 0);
	(void)path_sa_add(l, now, path, sa);	/* its room is free now */
	path_moved(l, now, path, &y->local, &y->remote, child);
	if (y->out == child)
		path_child_out(l, now, child);
	path_renewed(l, now, path, y->attempt);
	path_die(l, now, young);
	path_listen(l, now, path);
	path_rearm(l, path);
	return true;
}

void
path_esp_seen(struct lns *l, mono_t now, uint32_t path, uint32_t child,
    const struct dp_ids *ids)
{
	struct path *p = path_get(l, path);
	uint32_t older;

	if (p != NULL && join_is_young(p)) {
		older = join_find_older(l, now, path, ids);
		if (older != 0 && path_join(l, now, path, older, child))
			p = path_get(l, older);
		else
			path_settle(l, path);
	}
	if (p != NULL) {
		p->esp_seen = true;
		attempt_stage(&l->attempts, p->attempt, ATT_ESP);
	}
	ike_esp_seen(l->ike, now, child, l->ike_out);
}

void
path_login_begin(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	if (p == NULL || p->state != PATH_UP)
		return;
	path_redialled(l, now, p);
	for (int i = 0; i < PATH_CALLS; i++) {
		const struct access *a = access_get(l, p->call[i]);

		if (a != NULL && a->proven)
			return;
	}
	attempt_again(&l->attempts, now, p->attempt);
	if (p->login_by.us != MONO_NEVER.us)
		return;
	p->login_by = mono_add_ms(now, l->params->login_ms);
	path_rearm(l, path);
}

void
path_login_wait(struct lns *l, uint32_t path, uint64_t us)
{
	struct path *p = path_get(l, path);

	p->login_by = mono_add_us(p->login_by, us);
	p->idle_at = mono_add_us(p->idle_at, us);
	path_rearm(l, path);
}

void
path_login_go_on(struct lns *l, uint32_t path, uint64_t us)
{
	struct path *p = path_get(l, path);

	if (p->login_by.us != UINT64_MAX && p->login_by.us > us)
		p->login_by.us -= us;
	path_rearm(l, path);
}

void
path_login_done(struct lns *l, uint32_t path)
{
	struct path *p = path_get(l, path);

	p->login_by = p->idle_at = MONO_NEVER;
	path_rearm(l, path);
}

void
path_drop(struct lns *l, mono_t now, uint32_t path)
{
	if (path_get(l, path) != NULL)
		path_die(l, now, path);
}

void
path_end(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	if (p == NULL || p->state != PATH_UP)
		return;
	p->step_at = now;
	path_rearm(l, path);
}

static void
path_part(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	p->state = PATH_PARTING;
	p->idle_at = p->heard_at = p->login_by = p->chore_at = p->join_by =
	    MONO_NEVER;
	p->step_at = path_calls(p) > 0 ? mono_add_ms(now, PART_MS) : now;
	for (int i = 0; i < PATH_CALLS; i++)
		access_end(l, now, p->call[i], "session closed");
}

static void
path_clear(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	p->state = PATH_CLEARING;
	p->step_at = path_tunnels(p) > 0 ? mono_add_ms(now, CLEAR_MS) : now;
	for (int i = 0; i < PATH_TUNNELS; i++)
		if (p->tunnel[i] != 0)
			l2tp_tunnel_close(l->l2tp, now, p->tunnel[i],
			    STOP_SHUTDOWN, 0, "session closed", l->l2tp_out);
}

/*
 * The SAs go one a turn: with Deletes if somebody may hear them.  An SA takes
 * the pairs made under it along.  False: none is left.
 */
static bool
path_drop_one(struct lns *l, mono_t now, struct path *p)
{
	if (p->sa[0] != 0) {
		uint32_t sa = path_sa_take(l, p, 0);

		if (p->dpd_dead)
			ike_forget(l->ike, sa, l->ike_out);
		else
			ike_close(l->ike, now, sa, l->ike_out);
		return true;
	}
	for (int i = 0; i < PATH_CHILDREN; i++) {
		if (p->child[i].child == 0)
			continue;
		ike_child_forget(l->ike, path_child_take(l, p, &p->child[i]),
		    l->ike_out);
		return true;
	}
	return false;
}

static void
path_free(struct lns *l, mono_t now, uint32_t path)
{
	static const struct l2tp_end gone = { .why = L2TP_WHY_PATH };
	struct path *p = path_get(l, path);

	for (int i = 0; i < PATH_CALLS; i++)
		if (access_get(l, p->call[i]) != NULL)
			access_call_down(l, now,
			    access_get(l, p->call[i])->session, &gone);
	(void)attempt_end(&l->attempts, now, p->attempt, ATT_REFUSED,
	    "the IPsec connection ended before the login was complete");
	join_index_del(l, path);
	due_set(&l->path_due, pool_slot(path), MONO_NEVER);
	pool_give(&l->paths, path);
}

static void
path_idle(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	p->idle_at = MONO_NEVER;
	path_why_idle(l, now, p);
	path_end(l, now, path);
}

static void
path_login_over(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	p->login_by = MONO_NEVER;
	(void)attempt_end(&l->attempts, now, p->attempt, ATT_REFUSED,
	    "gave up: nobody logged in %u s after the L2TP tunnel began",
	    (unsigned)(l->params->login_ms / 1000));
	path_end(l, now, path);
}

/* The next step of the ladder at the head of this file; false: it is gone. */
static bool
path_step(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	switch (p->state) {
	case PATH_UP:
		path_part(l, now, path);
		return true;
	case PATH_PARTING:
		path_clear(l, now, path);
		return true;
	case PATH_CLEARING:
		path_die(l, now, path);
		return true;
	case PATH_DEAD:
		break;
	}
	if (path_drop_one(l, now, p))
		return true;
	path_free(l, now, path);
	return false;
}

void
path_expire(struct lns *l, mono_t now, uint32_t path)
{
	struct path *p = path_get(l, path);

	if (mono_due(p->step_at, now)) {
		if (!path_step(l, now, path))
			return;
	} else if (mono_stood(p->idle_at, now)) {
		p->idle_at = mono_add_ms(now, l->params->idle_path_ms);
	} else if (mono_due(p->idle_at, now)) {
		path_idle(l, now, path);
	} else if (mono_due(p->login_by, now)) {
		path_login_over(l, now, path);
	} else if (mono_stood(p->join_by, now)) {
		p->join_by = mono_add_ms(now, JOIN_MS);
	} else if (mono_due(p->join_by, now)) {
		path_settle(l, path);
	} else if (mono_due(p->chore_at, now)) {
		if (!path_chore(l, path))
			p->chore_at = MONO_NEVER;
	} else if (mono_due(p->heard_at, now)) {
		path_listen(l, now, path);
	}
	path_rearm(l, path);
}

bool
path_index(struct lns *l, uint32_t path)
{
	const struct path *p = path_get(l, path);
	bool ok = true;

	join_index_add(l, path);
	for (int i = 0; i < PATH_SAS; i++)
		if (p->sa[i] != 0)
			ok = ok && idmap_put(&l->path_of_sa, p->sa[i], path);
	for (int i = 0; i < PATH_CHILDREN; i++)
		if (p->child[i].child != 0)
			ok = ok && idmap_put(&l->path_of_child,
			    p->child[i].child, path);
	path_rearm(l, path);
	return ok;
}
