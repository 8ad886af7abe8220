/* SPDX-License-Identifier: BSD-2-Clause */
/* The data plane over queues, and its books: see plane.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/htab.h"
#include "base/pool.h"
#include "dp/worker.h"
#include "tests/dp/reborn.h"
#include "tests/sim/plane.h"

#define RING	512		/* datagrams or packets waiting in one queue */
#define SPARE	(PKT_SLOT)
#define ORPHAN_US	60000000	/* I8 */

struct slot {
	enum wire_kind kind;
	struct endpoint local, remote;
	uint32_t len;
	_Alignas(16) uint8_t b[SPARE];
};

struct queue {
	struct slot *v;		/* owned; RING of them */
	unsigned head, tail;	/* tail - head are waiting */
};

struct book_sa {
	uint32_t sa, path;
	mono_t bare;		/* without a session since; NEVER: has one */
	mono_t orphan;		/* without an owner since; NEVER: has one */
	struct dp_sa made;	/* as it was added: its keys */
	bool dead;		/* sends nothing before it is reserved for */
};

struct book_sess {
	uint32_t sess, path;
	struct ipaddr addr;	/* IP_NONE while shut, or without IPv4 */
	struct ipaddr prefix;	/* likewise of IPv6 */
	bool in, in4;		/* it was open once; with IPv4 */
	uint64_t rx_bps, tx_bps;
};

struct plane {
	struct dp_io io;	/* first: the io functions get its address */
	struct dp *dp;		/* owned: the real one */
	struct rng *rng;	/* borrowed */
	struct plane_params params;
	mono_t now;
	uint16_t shortage, refusal;
	uint32_t block;		/* see plane_die() */
	uint64_t reserves;
	struct queue rx, raw, tun;	/* towards the worker */
	struct queue tx, out;		/* from it */
	struct pool sas, sessions;
	struct htab sa_by_handle, sess_by_handle, sess_by_path;
	struct htab sess_by_addr, sess_by_prefix;
	struct hash_key key;
	mono_t looked;		/* for orphans */
	char fault[160];
};

/* ---- queues ---- */

static bool
queue_init(struct queue *q)
{
	q->v = calloc(RING, sizeof(*q->v));
	return q->v != NULL;
}

/* A full queue loses what comes, as a socket buffer does. */
static void
queue_put(struct queue *q, enum wire_kind kind, const struct endpoint *local,
    const struct endpoint *remote, const void *p, size_t len)
{
	static const struct endpoint none;
	struct slot *s = &q->v[q->tail % RING];

	if (q->tail - q->head == RING || len > SPARE)
		return;
	q->tail++;
	s->kind = kind;
	s->local = local != NULL ? *local : none;
	s->remote = remote != NULL ? *remote : none;
	s->len = (uint32_t)len;
	memcpy(s->b, p, len);
}

static struct slot *
queue_get(struct queue *q)
{
	return q->head == q->tail ? NULL : &q->v[q->head++ % RING];
}

/* ---- struct dp_io ---- */

static struct plane *
plane_of(struct dp_io *io)
{
	return (struct plane *)(void *)io;
}

static bool
happens(struct plane *p, uint16_t per_thousand)
{
	return per_thousand != 0 && rng_below(p->rng, 1000) < per_thousand;
}

static unsigned
recv_queue(struct queue *q, struct pkt *v, unsigned max, bool raw)
{
	unsigned n = 0;
	struct slot *s;

	while (n < max && (s = queue_get(q)) != NULL) {
		v[n] = (struct pkt){ .p = s->b, .len = s->len,
			.back = SPARE - s->len, .local = s->local,
			.remote = s->remote };
		v[n].via = raw ? PKT_ESP :
		    s->local.port == 500 ? PKT_IKE : PKT_NATT;
		n++;
	}
	return n;
}

static unsigned
plane_recv_udp(struct dp_io *io, struct pkt *v, unsigned max)
{
	return recv_queue(&plane_of(io)->rx, v, max, false);
}

static unsigned
plane_recv_raw(struct dp_io *io, struct pkt *v, unsigned max)
{
	return recv_queue(&plane_of(io)->raw, v, max, true);
}

static unsigned
plane_recv_tun(struct dp_io *io, struct pkt *v, unsigned max)
{
	unsigned n = recv_queue(&plane_of(io)->tun, v, max, false);

	for (unsigned i = 0; i < n; i++)
		v[i].via = PKT_TUN;
	return n;
}

/* ENOBUFS: what follows in the batch does not go either. */
static unsigned
send_queue(struct plane *p, enum wire_kind kind, struct pkt *const *v,
    unsigned n)
{
	unsigned i;

	for (i = 0; i < n && !happens(p, p->refusal); i++)
		queue_put(&p->tx, kind, &v[i]->local, &v[i]->remote,
		    v[i]->p, v[i]->len);
	return i;
}

static unsigned
plane_send_udp(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	return send_queue(plane_of(io), WIRE_UDP, v, n);
}

static unsigned
plane_send_raw(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	return send_queue(plane_of(io), WIRE_ESP, v, n);
}

static unsigned
plane_send_tun(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	struct plane *p = plane_of(io);

	for (unsigned i = 0; i < n; i++)
		queue_put(&p->out, WIRE_UDP, NULL, NULL, v[i]->p, v[i]->len);
	return n;
}

static void
plane_wake(struct dp_io *io)
{
	(void)io;
}

/* ---- books ---- */

static void
fault(struct plane *p, const char *why, uint32_t number)
{
	if (p->fault[0] == '\0')
		(void)snprintf(p->fault, sizeof(p->fault), "%s (%u)", why,
		    number);
}

static uint64_t
hash_number(const struct plane *p, uint32_t n)
{
	return hash_bytes(&p->key, &n, sizeof(n));
}

static uint64_t
hash_addr(const struct plane *p, const struct ipaddr *a)
{
	return hash_bytes(&p->key, a, sizeof(*a));
}

static struct book_sa *
sa_find(const struct plane *p, uint32_t sa, uint32_t *handle)
{
	uint32_t slot = htab_find(&p->sa_by_handle, hash_number(p, sa));

	for (; slot != HTAB_NONE; slot = htab_next(&p->sa_by_handle, slot)) {
		struct book_sa *b = pool_at(&p->sas, slot, handle);

		if (b->sa == sa)
			return b;
	}
	return NULL;
}

static struct book_sess *
sess_find(const struct plane *p, uint32_t sess, uint32_t *handle)
{
	uint32_t slot = htab_find(&p->sess_by_handle, hash_number(p, sess));

	for (; slot != HTAB_NONE; slot = htab_next(&p->sess_by_handle, slot)) {
		struct book_sess *b = pool_at(&p->sessions, slot, handle);

		if (b->sess == sess)
			return b;
	}
	return NULL;
}

static bool
path_has_session(const struct plane *p, uint32_t path)
{
	uint32_t slot = htab_find(&p->sess_by_path, hash_number(p, path));

	for (; slot != HTAB_NONE; slot = htab_next(&p->sess_by_path, slot)) {
		const struct book_sess *b = pool_at(&p->sessions, slot, NULL);

		if (b->path == path)
			return true;
	}
	return false;
}

static void
book_shut(struct plane *p, struct book_sess *b, uint32_t handle)
{
	if (b->addr.family != IP_NONE)
		htab_del(&p->sess_by_addr, pool_slot(handle));
	if (b->prefix.family != IP_NONE)
		htab_del(&p->sess_by_prefix, pool_slot(handle));
	b->addr = b->prefix = (struct ipaddr){ 0 };
}

/*
 * I3: one address or network, one session.  To ask for another is the fault,
 * though the data plane would refuse it.
 */
static void
book_watch(struct plane *p, const struct book_sess *b, const struct htab *by,
    const struct ipaddr *addr)
{
	uint32_t slot = htab_find(by, hash_addr(p, addr));

	for (; addr->family != IP_NONE && slot != HTAB_NONE;
	    slot = htab_next(by, slot)) {
		const struct book_sess *o = pool_at(&p->sessions, slot, NULL);

		if (o != b && ipaddr_eq(addr->family == IP_V6 ? &o->prefix :
		    &o->addr, addr))
			fault(p, "I3: an address belongs to two sessions",
			    o->sess);
	}
}

static void
book_open(struct plane *p, struct book_sess *b, uint32_t handle,
    const struct dp_net *net)
{
	book_shut(p, b, handle);
	b->addr = net->peer4;
	b->prefix = net->prefix6.addr;
	if (b->addr.family != IP_NONE)
		htab_add(&p->sess_by_addr, pool_slot(handle),
		    hash_addr(p, &b->addr));
	if (b->prefix.family != IP_NONE)
		htab_add(&p->sess_by_prefix, pool_slot(handle),
		    hash_addr(p, &b->prefix));
}

/* ---- struct dp_ops: hand on, and keep books ---- */

static struct plane *
self(struct dp *dp)
{
	return (struct plane *)(void *)dp;
}

static bool
ops_sa_add(struct dp *dp, const struct dp_sa *sa)
{
	struct plane *p = self(dp);
	struct book_sa *b;
	uint32_t handle;

	if (happens(p, p->shortage) || !dp_workers.sa_add(p->dp, sa))
		return false;
	if (sa_find(p, sa->sa, NULL) != NULL)
		fault(p, "an SA was added twice", sa->sa);
	b = pool_take(&p->sas, &handle);
	if (b == NULL) {
		fault(p, "I6: more SAs than the limit", p->params.sas);
		return true;
	}
	*b = (struct book_sa){ .sa = sa->sa, .path = sa->path,
		.bare = p->now, .orphan = MONO_NEVER, .made = *sa };
	if (p->params.keyed != NULL) {
		size_t n = esp_suite_keymat(&sa->suite);

		p->params.keyed(p->params.ctx, sa->keys_in, n);
		p->params.keyed(p->params.ctx, sa->keys_out, n);
	}
	htab_add(&p->sa_by_handle, pool_slot(handle),
	    hash_number(p, sa->sa));
	return true;
}

static void
ops_sa_use(struct dp *dp, uint32_t sa)
{
	struct plane *p = self(dp);

	if (sa_find(p, sa, NULL) == NULL)
		fault(p, "an unknown SA is to be used", sa);
	dp_workers.sa_use(p->dp, sa);
}

static bool
ops_sa_join(struct dp *dp, uint32_t sa, uint32_t path)
{
	struct plane *p = self(dp);
	struct book_sa *b = sa_find(p, sa, NULL);

	if (b == NULL)
		fault(p, "an unknown SA is to join a path", sa);
	if (happens(p, p->shortage) || !dp_workers.sa_join(p->dp, sa, path))
		return false;
	if (b != NULL)
		b->path = path;
	return true;
}

static void
ops_sa_del(struct dp *dp, uint32_t sa)
{
	struct plane *p = self(dp);
	uint32_t handle;

	if (sa_find(p, sa, &handle) != NULL) {
		htab_del(&p->sa_by_handle, pool_slot(handle));
		pool_give(&p->sas, handle);
	}
	dp_workers.sa_del(p->dp, sa);
}

static void
ops_sa_move(struct dp *dp, uint32_t sa, const struct endpoint *local,
    const struct endpoint *remote)
{
	dp_workers.sa_move(self(dp)->dp, sa, local, remote);
}

static void
ops_sa_reserve(struct dp *dp, uint32_t sa, uint32_t seq_limit)
{
	struct plane *p = self(dp);
	struct book_sa *b = sa_find(p, sa, NULL);

	p->reserves++;
	if (b == NULL || !b->dead)
		return dp_workers.sa_reserve(p->dp, sa, seq_limit);
	b->dead = false;
	b->made.seq_out = seq_limit - p->block;
	b->made.seq_limit = seq_limit;
	if (!reborn_sa(p->dp, &b->made))
		fault(p, "an SA was not made anew", sa);
}

static mono_t
ops_sa_heard(struct dp *dp, uint32_t sa)
{
	return dp_workers.sa_heard(self(dp)->dp, sa);
}

static bool
ops_sess_add(struct dp *dp, const struct dp_sess *sess)
{
	struct plane *p = self(dp);
	struct book_sess *b;
	uint32_t handle;

	if (happens(p, p->shortage) || !dp_workers.sess_add(p->dp, sess))
		return false;
	b = pool_take(&p->sessions, &handle);
	if (b == NULL) {
		fault(p, "I6: more sessions than the limit",
		    p->params.sessions);
		return true;
	}
	*b = (struct book_sess){ .sess = sess->sess, .path = sess->path };
	htab_add(&p->sess_by_handle, pool_slot(handle),
	    hash_number(p, sess->sess));
	htab_add(&p->sess_by_path, pool_slot(handle),
	    hash_number(p, sess->path));
	return true;
}

static bool
ops_sess_open(struct dp *dp, uint32_t sess, const struct dp_net *net)
{
	struct plane *p = self(dp);
	uint32_t handle;
	struct book_sess *b = sess_find(p, sess, &handle);

	if (b == NULL)
		fault(p, "an unknown session is opened", sess);
	book_watch(p, b, &p->sess_by_addr, &net->peer4);
	book_watch(p, b, &p->sess_by_prefix, &net->prefix6.addr);
	if (!dp_workers.sess_open(p->dp, sess, net))
		return false;
	if (b == NULL)
		return true;
	book_open(p, b, handle, net);
	if ((!b->in || (!b->in4 && b->addr.family != IP_NONE)) &&
	    p->params.in != NULL)
		p->params.in(p->params.ctx, sess, &net->peer4);
	b->in = true;
	b->in4 = b->in4 || b->addr.family != IP_NONE;
	return true;
}

static void
ops_sess_shut(struct dp *dp, uint32_t sess)
{
	struct plane *p = self(dp);
	uint32_t handle;
	struct book_sess *b = sess_find(p, sess, &handle);

	if (b != NULL)
		book_shut(p, b, handle);
	dp_workers.sess_shut(p->dp, sess);
}

/* The last word about what it moved. */
static void
book_over(struct plane *p, const struct book_sess *b)
{
	struct dp_count count = { 0 };

	if (!b->in || p->params.out == NULL)
		return;
	(void)dp_workers.sess_count(p->dp, b->sess, &count);
	p->params.out(p->params.ctx, b->sess, &count);
}

static void
ops_sess_del(struct dp *dp, uint32_t sess)
{
	struct plane *p = self(dp);
	uint32_t handle;
	struct book_sess *b = sess_find(p, sess, &handle);

	if (b != NULL) {
		book_over(p, b);
		book_shut(p, b, handle);
		htab_del(&p->sess_by_handle, pool_slot(handle));
		htab_del(&p->sess_by_path, pool_slot(handle));
		pool_give(&p->sessions, handle);
	}
	dp_workers.sess_del(p->dp, sess);
}

static bool
ops_sess_count(struct dp *dp, uint32_t sess, struct dp_count *count)
{
	return dp_workers.sess_count(self(dp)->dp, sess, count);
}

static bool
ops_sess_route_ok(struct dp *dp, uint32_t sess, const struct ipnet *to)
{
	return dp_workers.sess_route_ok(self(dp)->dp, sess, to);
}

static bool
ops_sess_policy(struct dp *dp, uint32_t sess, const struct dp_policy *policy)
{
	struct plane *p = self(dp);
	struct book_sess *b = sess_find(p, sess, NULL);

	if (!dp_workers.sess_policy(p->dp, sess, policy))
		return false;
	if (b != NULL) {
		b->rx_bps = policy != NULL ? policy->rx_bps : 0;
		b->tx_bps = policy != NULL ? policy->tx_bps : 0;
	}
	return true;
}

static bool
ops_acl_set(struct dp *dp, uint32_t acl, const struct acl_rule *rules,
    uint32_t n)
{
	return dp_workers.acl_set(self(dp)->dp, acl, rules, n);
}

static void
ops_send_l2tp(struct dp *dp, uint32_t path, struct rd control)
{
	struct plane *p = self(dp);

	p->params.told(p->params.ctx, false, control);
	dp_workers.send_l2tp(p->dp, path, control);
}

static void
ops_send_ppp(struct dp *dp, uint32_t sess, struct rd frame)
{
	struct plane *p = self(dp);

	p->params.told(p->params.ctx, true, frame);
	dp_workers.send_ppp(p->dp, sess, frame);
}

const struct dp_ops plane_ops = {
	.sa_add = ops_sa_add,
	.sa_use = ops_sa_use,
	.sa_join = ops_sa_join,
	.sa_del = ops_sa_del,
	.sa_move = ops_sa_move,
	.sa_reserve = ops_sa_reserve,
	.sa_heard = ops_sa_heard,
	.sess_add = ops_sess_add,
	.sess_open = ops_sess_open,
	.sess_shut = ops_sess_shut,
	.sess_del = ops_sess_del,
	.sess_count = ops_sess_count,
	.sess_route_ok = ops_sess_route_ok,
	.sess_policy = ops_sess_policy,
	.acl_set = ops_acl_set,
	.send_l2tp = ops_send_l2tp,
	.send_ppp = ops_send_ppp,
};

/* ---- make ---- */

static bool
plane_books(struct plane *p)
{
	uint32_t sas = p->params.sas, sessions = p->params.sessions;

	return pool_init(&p->sas, sizeof(struct book_sa), sas) == 0 &&
	    pool_init(&p->sessions, sizeof(struct book_sess), sessions) == 0 &&
	    htab_init(&p->sa_by_handle, sas) == 0 &&
	    htab_init(&p->sess_by_handle, sessions) == 0 &&
	    htab_init(&p->sess_by_addr, sessions) == 0 &&
	    htab_init(&p->sess_by_prefix, sessions) == 0 &&
	    htab_init(&p->sess_by_path, sessions) == 0;
}

struct plane *
plane_new(const struct plane_params *params, struct rng *rng)
{
	struct dp_params dpp = { .workers = 1, .sas = params->sas,
		.sessions = params->sessions, .gateway4 = params->gateway,
		.rng = rng };
	struct plane *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->params = *params;
	p->rng = rng;
	(void)rng_fill(rng, &p->key, sizeof(p->key));
	p->io = (struct dp_io){ .recv_udp = plane_recv_udp,
		.recv_raw = plane_recv_raw, .recv_tun = plane_recv_tun,
		.send_udp = plane_send_udp, .send_raw = plane_send_raw,
		.send_tun = plane_send_tun, .wake = plane_wake };
	p->dp = dp_new(&dpp);
	if (p->dp == NULL || !queue_init(&p->rx) || !queue_init(&p->raw) ||
	    !queue_init(&p->tun) || !queue_init(&p->tx) ||
	    !queue_init(&p->out) || !plane_books(p)) {
		plane_free(p);
		return NULL;
	}
	dp_attach(p->dp, 0, &p->io);
	return p;
}

void
plane_free(struct plane *p)
{
	if (p == NULL)
		return;
	if (p->dp != NULL)
		dp_free(p->dp);
	free(p->rx.v);
	free(p->raw.v);
	free(p->tun.v);
	free(p->tx.v);
	free(p->out.v);
	pool_wipe(&p->sas);
	pool_wipe(&p->sessions);
	htab_wipe(&p->sa_by_handle);
	htab_wipe(&p->sess_by_handle);
	htab_wipe(&p->sess_by_addr);
	htab_wipe(&p->sess_by_prefix);
	htab_wipe(&p->sess_by_path);
	free(p);
}

struct dp *
plane_dp(struct plane *p)
{
	return (struct dp *)(void *)p;
}

void
plane_shortage(struct plane *p, uint16_t per_thousand)
{
	p->shortage = per_thousand;
}

void
plane_refuse(struct plane *p, uint16_t per_thousand)
{
	p->refusal = per_thousand;
}

/* ---- feed and take ---- */

void
plane_rx(struct plane *p, enum wire_kind kind, const struct endpoint *local,
    const struct endpoint *remote, struct rd data)
{
	queue_put(kind == WIRE_ESP ? &p->raw : &p->rx, kind, local, remote,
	    data.p, rd_left(&data));
}

void
plane_tun(struct plane *p, struct rd packet)
{
	queue_put(&p->tun, WIRE_UDP, NULL, NULL, packet.p, rd_left(&packet));
}

void
plane_run(struct plane *p, mono_t now)
{
	p->now = now;
	while (worker_step(p->dp, 0, now) & WORKER_BUSY)
		;
}

bool
plane_next_tx(struct plane *p, struct plane_gram *g)
{
	struct slot *s = queue_get(&p->tx);

	if (s == NULL)
		return false;
	*g = (struct plane_gram){ .kind = s->kind, .local = s->local,
		.remote = s->remote, .data = rd_make(s->b, s->len) };
	return true;
}

bool
plane_next_tun(struct plane *p, struct rd *packet)
{
	struct slot *s = queue_get(&p->out);

	if (s == NULL)
		return false;
	*packet = rd_make(s->b, s->len);
	return true;
}

bool
plane_next_note(struct plane *p, struct dp_note *note)
{
	return dp_take(p->dp, 0, note);
}

/* ---- death ---- */

void
plane_die(struct plane *p, uint32_t block)
{
	p->block = block;
	for (uint32_t slot = 0; slot < p->sas.high; slot++) {
		struct book_sa *b = pool_at(&p->sas, slot, NULL);

		if (b != NULL)
			b->dead = true;
	}
}

bool
plane_dead(const struct plane *p, uint32_t *cursor, uint32_t *path,
    uint32_t *sa)
{
	while (*cursor < p->sas.high) {
		const struct book_sa *b = pool_at(&p->sas, (*cursor)++, NULL);

		if (b == NULL || !b->dead)
			continue;
		*path = b->path;
		*sa = b->sa;
		return true;
	}
	return false;
}

/* ---- I8 ---- */

void
plane_stood(struct plane *p, uint64_t us)
{
	for (uint32_t slot = 0; slot < p->sas.high; slot++) {
		struct book_sa *b = pool_at(&p->sas, slot, NULL);

		if (b == NULL)
			continue;
		b->bare = mono_add_us(b->bare, us);
		b->orphan = mono_add_us(b->orphan, us);
	}
}

static void
book_age(struct plane *p, struct book_sa *b, mono_t now)
{
	if (path_has_session(p, b->path))
		b->bare = MONO_NEVER;
	else if (b->bare.us == MONO_NEVER.us)
		b->bare = now;
	else if (mono_since_us(now, b->bare) > p->params.bare_us)
		fault(p, "an SA pair lives on without a session", b->sa);
	if (p->params.owned(p->params.ctx, b->path))
		b->orphan = MONO_NEVER;
	else if (b->orphan.us == MONO_NEVER.us)
		b->orphan = now;
	else if (mono_since_us(now, b->orphan) > ORPHAN_US)
		fault(p, "I8: an SA pair lives on without an owner", b->sa);
}

const char *
plane_fault(struct plane *p, mono_t now)
{
	p->now = now;
	if (mono_since_ms(now, p->looked) < 1000)
		return p->fault[0] != '\0' ? p->fault : NULL;
	p->looked = now;
	for (uint32_t slot = 0; slot < p->sas.high; slot++) {
		struct book_sa *b = pool_at(&p->sas, slot, NULL);

		if (b != NULL)
			book_age(p, b, now);
	}
	return p->fault[0] != '\0' ? p->fault : NULL;
}

uint32_t
plane_sas(const struct plane *p)
{
	return p->sas.used;
}

uint32_t
plane_sessions(const struct plane *p)
{
	return p->sessions.used;
}

uint64_t
plane_reserves(const struct plane *p)
{
	return p->reserves;
}

bool
plane_rate(const struct plane *p, uint32_t sess, uint64_t *rx, uint64_t *tx)
{
	const struct book_sess *b = sess_find(p, sess, NULL);

	if (b == NULL || b->addr.family == IP_NONE)
		return false;
	*rx = b->rx_bps;
	*tx = b->tx_bps;
	return true;
}

void
plane_drops(const struct plane *p, uint64_t n[DROP_COUNT])
{
	dp_drops(p->dp, n);
}
