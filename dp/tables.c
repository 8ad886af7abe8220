/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the packet path: see tables.h. */

#include <stdlib.h>
#include <string.h>

#include "dp/tables.h"
#include "dp/tables_int.h"

struct id_key {
	uint32_t id;
};

struct ids_key {
	uint32_t path;
	uint16_t tunnel, session;
};

static uint64_t
tables_ids_word(uint32_t path, uint16_t tunnel, uint16_t session)
{
	return (uint64_t)path << 32 | (uint32_t)tunnel << 16 | session;
}

/* Matchers run in any thread: rcu_found() comes before the object is read. */
static int
tables_match_spi(struct cds_lfht_node *node, const void *key)
{
	rcu_found(node);
	return caa_container_of(node, struct sa, by_spi)->in.spi ==
	    ((const struct id_key *)key)->id;
}

static int
tables_match_sa(struct cds_lfht_node *node, const void *key)
{
	return caa_container_of(node, struct sa, by_handle)->handle ==
	    ((const struct id_key *)key)->id;
}

static int
tables_match_path(struct cds_lfht_node *node, const void *key)
{
	rcu_found(node);
	return caa_container_of(node, struct path, by_id)->id ==
	    ((const struct id_key *)key)->id;
}

static int
tables_match_ids(struct cds_lfht_node *node, const void *key)
{
	const struct sess *s = caa_container_of(node, struct sess, by_ids);
	const struct ids_key *k = key;

	rcu_found(node);
	return s->path_id == k->path && s->tunnel_id == k->tunnel &&
	    s->session_id == k->session;
}

static int
tables_match_sess(struct cds_lfht_node *node, const void *key)
{
	return caa_container_of(node, struct sess, by_handle)->handle ==
	    ((const struct id_key *)key)->id;
}

static int
tables_match_addr(struct cds_lfht_node *node, const void *key)
{
	rcu_found(node);
	return ipaddr_eq(&caa_container_of(node, struct net, by_addr)->peer4,
	    key);
}

/*
 * An SA may be the only one of its path, and so may a session.  Each session
 * may have all the routes that one can have, and a policy.
 */
void
tables_bounds(uint32_t sas, uint32_t sessions, uint32_t routes,
    unsigned workers, bound_fn *each, void *ctx)
{
	size_t paths = (size_t)sas + sessions;
	size_t sess = sizeof(struct sess) +
	    workers * sizeof(struct sess_count) + sizeof(struct net) +
	    (DP_ROUTES_MAX + 1) * sizeof(struct route *) +
	    sizeof(struct policy);
	const struct bound rows[] = {
		{ "dp SA pairs", sas,
		    sas * (sizeof(struct sa) + 2 * esp_key_bytes()) +
		    2 * tables_index(sas) },
		{ "dp paths", paths,
		    paths * sizeof(struct path) + tables_index(sas) },
		{ "dp sessions", sessions,
		    sessions * sess + 3 * tables_index(sessions) },
		{ "dp routes", routes,
		    routes * sizeof(struct route) + routes_bytes(routes) },
		{ "dp access rules", DP_ACLS_MAX * ACL_RULES_MAX,
		    DP_ACLS_MAX * acl_bytes(ACL_RULES_MAX) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		each(ctx, &rows[i]);
}

bool
tables_init(struct tables *t, uint32_t sas, uint32_t sessions,
    uint32_t routes, unsigned workers, uint64_t seed)
{
	bool ok;

	*t = (struct tables){
		.sa_cap = sas, .sess_cap = sessions,
		.workers = workers, .near = workers, .seed = seed,
		.by_spi = tables_make(sas), .by_sa = tables_make(sas),
		.by_path = tables_make(sas), .by_ids = tables_make(sessions),
		.by_sess = tables_make(sessions),
		.by_addr = tables_make(sessions),
	};
	ok = routes_init(&t->routes, routes, seed);
	if (ok && t->by_spi != NULL && t->by_sa != NULL && t->by_path != NULL &&
	    t->by_ids != NULL && t->by_sess != NULL && t->by_addr != NULL)
		return true;
	tables_wipe(t);
	return false;
}

void
tables_wipe(struct tables *t)
{
	struct cds_lfht *const all[] = { t->by_spi, t->by_sa, t->by_path,
		t->by_ids, t->by_sess, t->by_addr };
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	if (t->by_sess != NULL)
		cds_lfht_for_each(t->by_sess, &iter, node)
			tables_sess_del(t, caa_container_of(node, struct sess,
			    by_handle));
	if (t->by_sa != NULL)
		cds_lfht_for_each(t->by_sa, &iter, node) {
			struct sa *sa = caa_container_of(node, struct sa,
			    by_handle);

			tables_sa_close(t, sa);
			tables_sa_del(t, sa);
		}
	for (uint32_t i = 1; i <= DP_ACLS_MAX; i++)
		(void)tables_acl_set(t, i, NULL, 0);
	routes_wipe(&t->routes);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != NULL)
			cds_lfht_destroy(all[i], NULL);
	*t = (struct tables){ 0 };
}

struct sa *
tables_spi(const struct tables *t, uint32_t spi)
{
	const struct id_key key = { spi };
	struct cds_lfht_node *n = tables_find(t->by_spi, tables_hash(t->seed, spi),
	    tables_match_spi, &key);

	return n == NULL ? NULL : caa_container_of(n, struct sa, by_spi);
}

struct path *
tables_path(const struct tables *t, uint32_t path)
{
	const struct id_key key = { path };
	struct cds_lfht_node *n = tables_find(t->by_path, tables_hash(t->seed, path),
	    tables_match_path, &key);

	return n == NULL ? NULL : caa_container_of(n, struct path, by_id);
}

struct sess *
tables_ids(const struct tables *t, uint32_t path, uint16_t tunnel,
    uint16_t session)
{
	const struct ids_key key = { path, tunnel, session };
	struct cds_lfht_node *n = tables_find(t->by_ids,
	    tables_hash(t->seed, tables_ids_word(path, tunnel, session)),
	    tables_match_ids, &key);

	return n == NULL ? NULL : caa_container_of(n, struct sess, by_ids);
}

const struct net *
tables_addr(const struct tables *t, const struct ipaddr *a)
{
	struct cds_lfht_node *n = tables_find(t->by_addr,
	    tables_hash(t->seed, tables_addr_word(a)), tables_match_addr, a);

	return n == NULL ? NULL : caa_container_of(n, struct net, by_addr);
}

const struct net *
tables_net(const struct tables *t, const struct ipaddr *a)
{
	const struct net *net = tables_addr(t, a);
	const struct route *r;

	if (net != NULL)
		return net;
	r = routes_find(&t->routes, a);
	return r == NULL ? NULL : r->net;
}

struct sa *
tables_sa(const struct tables *t, uint32_t handle)
{
	const struct id_key key = { handle };
	struct cds_lfht_node *n = tables_find(t->by_sa, tables_hash(t->seed, handle),
	    tables_match_sa, &key);

	return n == NULL ? NULL : caa_container_of(n, struct sa, by_handle);
}

struct sess *
tables_sess(const struct tables *t, uint32_t handle)
{
	const struct id_key key = { handle };
	struct cds_lfht_node *n = tables_find(t->by_sess,
	    tables_hash(t->seed, handle), tables_match_sess, &key);

	return n == NULL ? NULL : caa_container_of(n, struct sess, by_handle);
}

/* The path with one more holder; made if it is new.  NULL: no memory. */
static struct path *
tables_path_hold(struct tables *t, uint32_t id, bool udp)
{
	struct path *path = tables_path(t, id);

	if (path == NULL) {
		path = calloc(1, sizeof(*path));
		if (path == NULL)
			return NULL;
		path->id = id;
		path->owner = udp && t->near < t->workers ? t->near :
		    id % t->workers;
		tables_put(t->by_path, tables_hash(t->seed, id), &path->by_id);
	}
	path->refs++;
	return path;
}

static void
tables_path_reclaim(struct rcu_head *head)
{
	rcu_reclaim(head);
	free(caa_container_of(head, struct path, gone));
}

/*
 * Its SAs and sessions were retired before it: a worker that still holds one
 * of them also keeps the path from being reclaimed.
 */
static void
tables_path_drop(struct tables *t, struct path *path)
{
	if (--path->refs > 0)
		return;
	cds_lfht_del(t->by_path, &path->by_id);
	rcu_retire(&path->gone, tables_path_reclaim);
}

static bool
tables_sa_init(struct sa *sa, const struct dp_sa *d)
{
	const struct sa_ends ends = { d->local, d->remote };

	if (!esp_in_init(&sa->in, d->spi_in, &d->suite, d->keys_in, d->window))
		return false;
	if (!esp_out_init(&sa->out, d->spi_out, &d->suite, d->keys_out,
	    d->seq_out, d->seq_limit)) {
		esp_in_wipe(&sa->in);
		return false;
	}
	sa->handle = d->sa;
	sa->encap = d->encap;
	sa->port_here = d->port_here;
	atomic_init(&sa->port_there, d->port_there);
	sa->limit_known = d->seq_limit;
	sa->low_at = d->seq_limit < d->seq_out ? d->seq_out :
	    d->seq_out + (d->seq_limit - d->seq_out) / 2;
	tables_peer_set(&sa->peer, &ends);
	return true;
}

struct sa *
tables_sa_add(struct tables *t, const struct dp_sa *d)
{
	struct path *path;
	struct sa *sa;

	if (t->sa_used == t->sa_cap || d->spi_in == 0 ||
	    tables_spi(t, d->spi_in) != NULL || tables_sa(t, d->sa) != NULL)
		return NULL;
	sa = calloc(1, sizeof(*sa));
	if (sa == NULL)
		return NULL;
	if (!tables_sa_init(sa, d)) {
		free(sa);
		return NULL;
	}
	path = tables_path_hold(t, d->path, d->encap);
	if (path == NULL) {
		esp_in_wipe(&sa->in);
		esp_out_wipe(&sa->out);
		free(sa);
		return NULL;
	}
	atomic_init(&sa->path, path);
	t->sa_used++;
	tables_put(t->by_sa, tables_hash(t->seed, d->sa), &sa->by_handle);
	tables_put(t->by_spi, tables_hash(t->seed, d->spi_in), &sa->by_spi);
	return sa;
}

void
tables_sa_use(struct sa *sa)
{
	sa->used = true;
	atomic_store_explicit(&tables_sa_path(sa)->out, sa,
	    memory_order_release);
}

/*
 * The outbound half belongs to the owner of the path, and paths have different
 * owners: only an SA that was never shown to one may go to another, so its
 * numbers have one writer from the first to the last.  The inbound half is
 * anybody's, window and all, and stays where it is.
 */
bool
tables_sa_join(struct tables *t, struct sa *sa, uint32_t id)
{
	struct path *from = tables_sa_path(sa), *to;

	if (sa->used)
		return false;
	to = tables_path_hold(t, id, sa->encap);
	if (to == NULL)
		return false;
	atomic_store_explicit(&sa->path, to, memory_order_release);
	tables_path_drop(t, from);
	return true;
}

void
tables_sa_close(struct tables *t, struct sa *sa)
{
	cds_lfht_del(t->by_spi, &sa->by_spi);
	cds_lfht_del(t->by_sa, &sa->by_handle);
	t->sa_used--;
}

static void
tables_sa_reclaim(struct rcu_head *head)
{
	struct sa *sa = caa_container_of(head, struct sa, gone);

	rcu_reclaim(head);
	esp_in_wipe(&sa->in);
	esp_out_wipe(&sa->out);
	free(sa);
}

/* Workers may hold it until the end of their step, sealing included. */
void
tables_sa_del(struct tables *t, struct sa *sa)
{
	struct sa *self = sa;
	struct path *path = tables_sa_path(sa);

	atomic_compare_exchange_strong(&path->out, &self, NULL);
	rcu_retire(&sa->gone, tables_sa_reclaim);
	tables_path_drop(t, path);
}

struct sess *
tables_sess_add(struct tables *t, const struct dp_sess *d)
{
	struct sess *s;

	if (t->sess_used == t->sess_cap || tables_sess(t, d->sess) != NULL ||
	    tables_ids(t, d->path, d->tunnel_id, d->session_id) != NULL)
		return NULL;
	s = calloc(1, sizeof(*s) + t->workers * sizeof(s->count[0]));
	if (s == NULL)
		return NULL;
	s->path = tables_path_hold(t, d->path, false);
	if (s->path == NULL) {
		free(s);
		return NULL;
	}
	s->handle = d->sess;
	s->path_id = d->path;
	s->tunnel_id = d->tunnel_id;
	s->session_id = d->session_id;
	s->peer_tunnel_id = d->peer_tunnel_id;
	s->peer_session_id = d->peer_session_id;
	s->sequencing = d->sequencing;
	t->sess_used++;
	tables_put(t->by_sess, tables_hash(t->seed, d->sess), &s->by_handle);
	tables_put(t->by_ids, tables_hash(t->seed, tables_ids_word(d->path,
	    d->tunnel_id, d->session_id)), &s->by_ids);
	return s;
}

static void
tables_net_reclaim(struct rcu_head *head)
{
	rcu_reclaim(head);
	free(caa_container_of(head, struct net, gone));
}

/* Has another session than s its address in there?  By the shorter way. */
static bool
tables_others_in(const struct tables *t, const struct sess *s,
    const struct ipnet *to)
{
	const uint32_t first = ipaddr_as_v4(&to->addr);
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	if (to->addr.family != IP_V4)
		return false;		/* all addresses given are IPv4 */
	if (UINT64_C(1) << (32 - to->bits) <= t->sess_used) {
		for (uint32_t i = 0; i < 1u << (32 - to->bits); i++) {
			const struct ipaddr a = ipaddr_v4(first + i);
			const struct net *n = tables_addr(t, &a);

			if (n != NULL && n->sess != s)
				return true;
		}
		return false;
	}
	cds_lfht_for_each(t->by_sess, &iter, node) {
		const struct sess *other = caa_container_of(node, struct sess,
		    by_handle);

		if (other != s && other->open != NULL &&
		    ipnet_has(to, &other->open->peer4))
			return true;
	}
	return false;
}

bool
tables_route_ok(const struct tables *t, const struct sess *s,
    const struct ipnet *to)
{
	return routes_usable(to) && routes_free(&t->routes, to, s->open) &&
	    !tables_others_in(t, s, to);
}

/* A network that the net has already is not added again.  False: no memory. */
static bool
tables_net_route(struct net *n, const struct ipnet *to)
{
	struct route *r;

	for (uint32_t k = 0; k < n->route_n; k++)
		if (to->bits == n->route[k]->to.bits &&
		    ipaddr_eq(&to->addr, &n->route[k]->to.addr))
			return true;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return false;
	*r = (struct route){ .net = n, .to = *to };
	n->route[n->route_n++] = r;
	n->route6 |= to->addr.family == IP_V6;
	return true;
}

/* The peer's own IPv6 network is the first of its routes. */
static uint32_t
tables_routes(const struct dp_net *d)
{
	return d->route_n + (d->prefix6.addr.family != IP_NONE);
}

static const struct ipnet *
tables_route(const struct dp_net *d, uint32_t i)
{
	if (d->prefix6.addr.family == IP_NONE)
		return &d->route[i];
	return i == 0 ? &d->prefix6 : &d->route[i - 1];
}

/* The net of d with its routes, each once; not yet published. */
static struct net *
tables_net_new(struct sess *s, const struct dp_net *d)
{
	struct net *n = calloc(1, sizeof(*n) +
	    tables_routes(d) * sizeof(n->route[0]));

	if (n == NULL)
		return NULL;
	n->sess = s;
	n->peer4 = d->peer4;
	n->prefix6 = d->prefix6;
	n->mtu = d->mtu;
	for (uint32_t i = 0; i < tables_routes(d); i++) {
		if (tables_net_route(n, tables_route(d, i)))
			continue;
		while (n->route_n > 0)
			free(n->route[--n->route_n]);
		free(n);
		return NULL;
	}
	return n;
}

static bool
tables_families_ok(const struct dp_net *d)
{
	const unsigned v4 = d->peer4.family, v6 = d->prefix6.addr.family;

	return (v4 == IP_V4 || v4 == IP_NONE) && (v6 == IP_V6 ||
	    v6 == IP_NONE) && (v4 != IP_NONE || v6 != IP_NONE);
}

static bool
tables_net_ok(const struct tables *t, const struct sess *s,
    const struct dp_net *d)
{
	const struct net *holder = d->peer4.family == IP_NONE ? NULL :
	    tables_addr(t, &d->peer4);
	uint32_t left = t->routes.cap - t->routes.used;

	if (s->open != NULL)
		left += s->open->route_n;
	if (!tables_families_ok(d) || (holder != NULL && holder->sess != s) ||
	    d->route_n > DP_ROUTES_MAX || tables_routes(d) > left)
		return false;
	for (uint32_t i = 0; i < tables_routes(d); i++)
		if (!tables_route_ok(t, s, tables_route(d, i)))
			return false;
	return true;
}

/* A new session state replaces the old one as a whole. */
bool
tables_sess_open(struct tables *t, struct sess *s, const struct dp_net *d)
{
	struct net *n;

	if (!tables_net_ok(t, s, d))
		return false;
	n = tables_net_new(s, d);
	if (n == NULL)
		return false;
	tables_sess_shut(t, s);
	if (n->peer4.family != IP_NONE)
		tables_put(t->by_addr, tables_hash(t->seed,
		    tables_addr_word(&n->peer4)), &n->by_addr);
	for (uint32_t i = 0; i < n->route_n; i++)
		routes_add(&t->routes, n->route[i]);
	s->open = n;
	atomic_store_explicit(&s->net, n, memory_order_release);
	return true;
}

/* Workers may hold the net, by address or by session, to their step's end. */
void
tables_sess_shut(struct tables *t, struct sess *s)
{
	struct net *n = s->open;

	if (n == NULL)
		return;
	s->open = NULL;
	atomic_store_explicit(&s->net, NULL, memory_order_release);
	if (n->peer4.family != IP_NONE)
		cds_lfht_del(t->by_addr, &n->by_addr);
	for (uint32_t i = 0; i < n->route_n; i++)
		routes_del(&t->routes, n->route[i]);
	rcu_retire(&n->gone, tables_net_reclaim);
}

static void
tables_policy_reclaim(struct rcu_head *head)
{
	rcu_reclaim(head);
	policy_free(caa_container_of(head, struct policy, gone));
}

bool
tables_sess_policy(struct tables *t, struct sess *s, const struct dp_policy *d)
{
	struct policy *po = NULL, *old = atomic_load_explicit(&s->policy,
	    memory_order_relaxed);

	if (d != NULL && (!policy_ok(d) || (d->acl != 0 &&
	    atomic_load_explicit(&t->acl[d->acl], memory_order_relaxed) ==
	    NULL)))
		return false;
	if (d != NULL && (po = policy_new(d, old)) == NULL)
		return false;
	atomic_store_explicit(&s->policy, po, memory_order_release);
	if (old != NULL)
		rcu_retire(&old->gone, tables_policy_reclaim);
	return true;
}

static void
tables_acl_reclaim(struct rcu_head *head)
{
	rcu_reclaim(head);
	acl_free(caa_container_of(head, struct acl, gone));
}

bool
tables_acl_set(struct tables *t, uint32_t number, const struct acl_rule *r,
    uint32_t n)
{
	struct acl *acl = NULL, *old;

	if (number == 0 || number > DP_ACLS_MAX ||
	    (n != 0 && (acl = acl_new(r, n)) == NULL))
		return false;
	old = atomic_load_explicit(&t->acl[number], memory_order_relaxed);
	atomic_store_explicit(&t->acl[number], acl, memory_order_release);
	if (old != NULL)
		rcu_retire(&old->gone, tables_acl_reclaim);
	return true;
}

static void
tables_sess_reclaim(struct rcu_head *head)
{
	rcu_reclaim(head);
	free(caa_container_of(head, struct sess, gone));
}

void
tables_sess_del(struct tables *t, struct sess *s)
{
	struct path *path = s->path;

	tables_sess_shut(t, s);
	cds_lfht_del(t->by_ids, &s->by_ids);
	cds_lfht_del(t->by_sess, &s->by_handle);
	(void)tables_sess_policy(t, s, NULL);
	t->sess_used--;
	rcu_retire(&s->gone, tables_sess_reclaim);
	tables_path_drop(t, path);
}

/*
 * A value of several words that any worker may replace (an authenticated
 * packet moved the peer) while others read it: a sequence lock, so that
 * nothing is allocated on the way.  Writers exclude each other by making the
 * version odd; each word is stored with release after that and loaded with
 * acquire before the version is looked at again, so a reader that saw an even
 * version twice saw one writer's words only.
 */
void
tables_peer_set(struct sa_peer *peer, const struct sa_ends *ends)
{
	const size_t words = sizeof(peer->word) / sizeof(peer->word[0]);
	uint64_t copy[sizeof(peer->word) / sizeof(peer->word[0])] = { 0 };
	uint32_t v;

	memcpy(copy, ends, sizeof(*ends));
	do {
		v = atomic_load_explicit(&peer->version,
		    memory_order_relaxed) & ~1u;
	} while (!atomic_compare_exchange_weak_explicit(&peer->version, &v,
	    v + 1, memory_order_acq_rel, memory_order_relaxed));
	for (size_t i = 0; i < words; i++)
		atomic_store_explicit(&peer->word[i], copy[i],
		    memory_order_release);
	atomic_store_explicit(&peer->version, v + 2, memory_order_release);
}

struct sa_ends
tables_peer_get(const struct sa_peer *peer)
{
	const size_t words = sizeof(peer->word) / sizeof(peer->word[0]);
	uint64_t copy[sizeof(peer->word) / sizeof(peer->word[0])];
	struct sa_ends ends;
	uint32_t v;

	do {
		v = atomic_load_explicit(&peer->version,
		    memory_order_acquire);
		for (size_t i = 0; i < words; i++)
			copy[i] = atomic_load_explicit(&peer->word[i],
			    memory_order_acquire);
	} while ((v & 1) != 0 || v != atomic_load_explicit(&peer->version,
	    memory_order_relaxed));
	memcpy(&ends, copy, sizeof(ends));
	return ends;
}
