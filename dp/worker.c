/* SPDX-License-Identifier: BSD-2-Clause */
/* The data plane: making it, one worker's step, and what control asks. */

#include <stdlib.h>
#include <string.h>

#include "base/inet.h"
#include "dp/offload.h"
#include "dp/worker_int.h"

#define PUNT_BYTES	(1u << 20)	/* defaults of struct dp_params */
#define IKE_BYTES	(1u << 19)
#define SEND_BYTES	(1u << 20)
#define OVER_BYTES	(1u << 19)	/* holds several 64 KB frames */
#define FRAME_MAX	65536		/* the largest packet there is */
#define MTU_MIN		68		/* RFC 791 §3.2 */
#define ROUTES		4096		/* default of struct dp_params */

bool
worker_punt(struct worker *w, struct ring *ring, const struct dp_note *note,
    struct rd data)
{
	size_t n = rd_left(&data);
	uint8_t *room = ring_room(ring, sizeof(*note) + n);

	if (room == NULL) {
		drop_count(&w->drops, DROP_PUNT_FULL);
		return false;
	}
	memcpy(room, note, sizeof(*note));
	rd_copy(&data, inet_at(room, sizeof(*note)), n);
	ring_put(ring, sizeof(*note) + n);
	w->punted = true;
	return true;
}

struct pkt *
worker_slot(struct worker *w)
{
	struct pkt *pkt;

	if (w->down_n == PKT_BATCH)
		downlink_flush(w);
	pkt = &w->down[w->down_n];
	*pkt = (struct pkt){
		.p = inet_at(w->slots, (size_t)w->down_n * PKT_SLOT + PKT_HEAD),
		.back = PKT_SLOT - PKT_HEAD,
	};
	w->down_n++;
	return pkt;
}

/* Datagrams of what was received, through uplink a batch at a time. */
static void
worker_cut(struct worker *w, unsigned got)
{
	unsigned n = 0;

	for (unsigned i = 0; i < got; i++) {
		uint32_t at = 0;

		while (offload_cut(&w->got[i], &at, &w->up[n])) {
			count_add(&w->load.udp_in, 1);
			if (++n < PKT_BATCH)
				continue;
			uplink_run(w, n);
			n = 0;
		}
	}
	if (n != 0)
		uplink_run(w, n);
}

static bool
worker_up(struct worker *w,
    unsigned (*recv)(struct dp_io *, struct pkt *, unsigned))
{
	unsigned got = 0;

	if (recv != NULL)
		got = recv(w->io, w->got, PKT_BATCH);
	worker_cut(w, got);
	return got != 0;
}

static bool
worker_tun(struct worker *w)
{
	unsigned got = 0;

	if (w->io->recv_tun != NULL)
		got = w->io->recv_tun(w->io, w->got, PKT_BATCH);
	count_add(&w->load.tun_in, got);
	for (unsigned i = 0; i < got; i++)
		downlink_frame(w, &w->got[i]);
	return got != 0;
}

/* Frames that other workers read for us; not more than a batch of each. */
static bool
worker_over(struct worker *w)
{
	bool any = false;

	for (unsigned k = 0; k < w->dp->workers; k++) {
		uint8_t *p;
		size_t n;

		if (w->over[k] == NULL)
			continue;
		for (unsigned i = 0; i < PKT_BATCH &&
		    (p = ring_peek(w->over[k], &n)) != NULL; i++) {
			struct over_head head;
			struct pkt frame = { .via = PKT_TUN };

			memcpy(&head, p, sizeof(head));
			frame.p = inet_at(p, sizeof(head));
			frame.len = (uint32_t)(n - sizeof(head));
			frame.vnet = head.vnet;
			downlink_frame(w, &frame);
			ring_drop(w->over[k]);
			any = true;
		}
	}
	return any;
}

/* Ends the wait of a worker if it rests.  After a ring_put(). */
static void
worker_wake(struct worker *w)
{
	if (atomic_exchange(&w->asleep, false) && w->io != NULL &&
	    w->io->wake != NULL)
		w->io->wake(w->io);
}

static void
worker_wake_others(struct worker *w)
{
	for (unsigned k = 0; k < w->dp->workers; k++) {
		if (!w->wake[k])
			continue;
		w->wake[k] = false;
		worker_wake(&w->dp->worker[k]);
	}
}

unsigned
worker_step(struct dp *dp, unsigned worker, mono_t now)
{
	struct worker *w = &dp->worker[worker];
	bool any;

	w->now = now;
	w->punted = false;
	any = downlink_control(w);
	any |= worker_over(w);
	any |= worker_up(w, w->io->recv_udp);
	any |= worker_up(w, w->io->recv_raw);
	any |= worker_tun(w);
	downlink_flush(w);
	worker_wake_others(w);
	/* No pointer into the tables outlives this line. */
	if (w->entered)
		rcu_pass();
	return (any ? WORKER_BUSY : 0u) | (w->punted ? WORKER_PUNTED : 0u);
}

void
worker_enter(struct dp *dp, unsigned worker)
{
	rcu_enter();
	dp->worker[worker].entered = true;
}

void
worker_leave(struct dp *dp, unsigned worker)
{
	dp->worker[worker].entered = false;
	rcu_leave();
}

/*
 * Either the putting side sees `asleep` after its put and wakes us, or we see
 * its record here: all four accesses are in one total order.
 */
bool
worker_rest(struct dp *dp, unsigned worker)
{
	struct worker *w = &dp->worker[worker];
	bool idle = true;

	atomic_store(&w->asleep, true);
	if (!ring_empty(w->send))
		idle = false;
	for (unsigned k = 0; k < dp->workers; k++)
		if (w->over[k] != NULL && !ring_empty(w->over[k]))
			idle = false;
	if (!idle) {
		atomic_store(&w->asleep, false);
		return false;
	}
	if (w->entered)
		rcu_rest();
	return true;
}

void
worker_rise(struct dp *dp, unsigned worker)
{
	struct worker *w = &dp->worker[worker];

	atomic_store(&w->asleep, false);
	if (w->entered)
		rcu_rise();
}

static size_t
worker_bytes(uint32_t asked, uint32_t standard)
{
	return asked == 0 ? standard : asked;
}

static uint32_t
worker_routes(const struct dp_params *p)
{
	return p->routes == 0 ? ROUTES : p->routes;
}

static bool
worker_init(struct worker *w, struct dp *dp, unsigned index,
    const struct dp_params *p)
{
	uint8_t seed[16];
	bool ok;

	w->dp = dp;
	w->index = index;
	w->icmp_credit_us = UINT64_MAX / 2;
	w->punt = ring_new(worker_bytes(p->punt_bytes, PUNT_BYTES));
	w->ike = ring_new(worker_bytes(p->ike_bytes, IKE_BYTES));
	w->send = ring_new(worker_bytes(p->send_bytes, SEND_BYTES));
	w->slots = malloc((size_t)PKT_BATCH * PKT_SLOT);
	w->scratch = malloc(FRAME_MAX);
	ok = w->punt != NULL && w->ike != NULL && w->send != NULL &&
	    w->slots != NULL && w->scratch != NULL;
	for (unsigned k = 0; k < p->workers && ok; k++) {
		if (k == index)
			continue;
		w->over[k] = ring_new(worker_bytes(p->over_bytes, OVER_BYTES));
		ok = w->over[k] != NULL;
	}
	if (!ok || !rng_fill(p->rng, seed, sizeof(seed)))
		return false;
	w->crypt = esp_crypt_new(p->engine, seed);
	return w->crypt != NULL;
}

static void
worker_wipe(struct worker *w)
{
	esp_crypt_free(w->crypt);
	ring_free(w->punt);
	ring_free(w->ike);
	ring_free(w->send);
	for (unsigned k = 0; k < DP_WORKERS_MAX; k++)
		ring_free(w->over[k]);
	free(w->slots);
	free(w->scratch);
}

/*
 * SAs that control deleted, but whose path still had words in the send ring:
 * they go when the ring is past them, or at once with `all`.  The queue is in
 * the order of the ring.
 */
static void
dp_reap(struct worker *w, bool all)
{
	struct sa *sa;

	while ((sa = w->linger_first) != NULL &&
	    (all || ring_passed(w->send, sa->linger_mark))) {
		w->linger_first = sa->linger;
		tables_sa_del(&w->dp->tables, sa);
	}
}

void
dp_bounds(const struct dp_params *p, bound_fn *each, void *ctx)
{
	size_t rings = ring_bytes(worker_bytes(p->punt_bytes, PUNT_BYTES)) +
	    ring_bytes(worker_bytes(p->ike_bytes, IKE_BYTES)) +
	    ring_bytes(worker_bytes(p->send_bytes, SEND_BYTES));
	size_t over = ring_bytes(worker_bytes(p->over_bytes, OVER_BYTES));
	size_t n = p->workers;
	const struct bound rows[] = {
		{ "dp engine", 1, sizeof(struct dp) },
		{ "dp workers", n, n * (sizeof(struct worker) +
		    esp_crypt_bytes(p->engine) +
		    (size_t)PKT_BATCH * PKT_SLOT + FRAME_MAX) },
		{ "dp rings", n * (n + 2), n * (rings + (n - 1) * over) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		each(ctx, &rows[i]);
	tables_bounds(p->sas, p->sessions, worker_routes(p), p->workers, each,
	    ctx);
}

struct dp *
dp_new(const struct dp_params *p)
{
	struct dp *dp;
	uint64_t seed;
	bool ok;

	if (p->workers == 0 || p->workers > DP_WORKERS_MAX ||
	    !rng_fill(p->rng, &seed, sizeof(seed)))
		return NULL;
	dp = aligned_alloc(64, sizeof(*dp) + p->workers *
	    sizeof(dp->worker[0]));
	if (dp == NULL)
		return NULL;
	memset(dp, 0, sizeof(*dp) + p->workers * sizeof(dp->worker[0]));
	rcu_prepare();
	dp->workers = p->workers;
	dp->peer_to_peer = p->peer_to_peer || p->reverse;
	dp->reverse = p->reverse;
	dp->gateway4 = p->gateway4;
	dp->gateway6 = p->gateway6;
	ok = tables_init(&dp->tables, p->sas, p->sessions,
	    worker_routes(p), p->workers, seed);
	for (unsigned k = 0; k < p->workers && ok; k++)
		ok = worker_init(&dp->worker[k], dp, k, p);
	if (ok)
		return dp;
	dp_free(dp);
	return NULL;
}

void
dp_free(struct dp *dp)
{
	if (dp == NULL)
		return;
	for (unsigned k = 0; k < dp->workers; k++)
		dp_reap(&dp->worker[k], true);
	tables_wipe(&dp->tables);
	for (unsigned k = 0; k < dp->workers; k++)
		worker_wipe(&dp->worker[k]);
	rcu_drain();
	free(dp);
}

unsigned
dp_worker_count(const struct dp *dp)
{
	return dp->workers;
}

const char *
dp_engine(const struct dp *dp, const char **why)
{
	*why = esp_crypt_why(dp->worker[0].crypt);
	return esp_crypt_name(dp->worker[0].crypt);
}

void
dp_attach(struct dp *dp, unsigned worker, struct dp_io *io)
{
	dp->worker[worker].io = io;
}

bool
dp_take(struct dp *dp, unsigned worker, struct dp_note *note)
{
	struct worker *w = &dp->worker[worker];
	uint8_t *p;
	size_t n;

	if (dp->taken[worker] != NULL)
		ring_drop(dp->taken[worker]);
	dp->taken[worker] = w->punt;
	p = ring_peek(w->punt, &n);
	if (p == NULL) {
		dp->taken[worker] = w->ike;
		p = ring_peek(w->ike, &n);
	}
	if (p == NULL) {
		dp->taken[worker] = NULL;
		dp_reap(w, false);
		return false;
	}
	memcpy(note, p, sizeof(*note));
	note->data = rd_make(inet_at(p, sizeof(*note)), n - sizeof(*note));
	if (note->kind == DP_IKE)
		dp->tables.near = worker;
	return true;
}

void
dp_drops(const struct dp *dp, uint64_t n[DROP_COUNT])
{
	for (unsigned i = 0; i < DROP_COUNT; i++) {
		n[i] = count_get(&dp->control_drops.n[i]);
		for (unsigned k = 0; k < dp->workers; k++)
			n[i] += count_get(&dp->worker[k].drops.n[i]);
	}
}

void
dp_load(const struct dp *dp, unsigned worker, struct dp_load *load)
{
	const struct worker *w = &dp->worker[worker];

	*load = (struct dp_load){
		.udp_in = count_get(&w->load.udp_in),
		.udp_out = count_get(&w->load.udp_out),
		.esp_in = count_get(&w->load.esp_in),
		.esp_out = count_get(&w->load.esp_out),
		.tun_in = count_get(&w->load.tun_in),
		.tun_out = count_get(&w->load.tun_out),
		.handed = count_get(&w->load.handed),
	};
}

static bool
workers_sa_add(struct dp *dp, const struct dp_sa *d)
{
	for (unsigned k = 0; k < dp->workers; k++)
		dp_reap(&dp->worker[k], false);
	return tables_sa_add(&dp->tables, d) != NULL;
}

static void
workers_sa_use(struct dp *dp, uint32_t handle)
{
	struct sa *sa = tables_sa(&dp->tables, handle);

	if (sa != NULL)
		tables_sa_use(sa);
}

static bool
workers_sa_join(struct dp *dp, uint32_t handle, uint32_t path)
{
	struct sa *sa = tables_sa(&dp->tables, handle);

	return sa != NULL && tables_sa_join(&dp->tables, sa, path);
}

static void
workers_sa_del(struct dp *dp, uint32_t handle)
{
	struct sa *sa = tables_sa(&dp->tables, handle);
	struct worker *w;

	if (sa == NULL)
		return;
	tables_sa_close(&dp->tables, sa);
	w = &dp->worker[tables_sa_path(sa)->owner];
	sa->linger_mark = ring_mark(w->send);
	sa->linger = NULL;
	if (w->linger_first == NULL)
		w->linger_first = sa;
	else
		w->linger_last->linger = sa;
	w->linger_last = sa;
	dp_reap(w, false);
}

static void
workers_sa_move(struct dp *dp, uint32_t handle, const struct endpoint *local,
    const struct endpoint *remote)
{
	struct sa *sa = tables_sa(&dp->tables, handle);
	const struct sa_ends ends = { *local, *remote };

	if (sa != NULL && local->addr.family == remote->addr.family)
		tables_peer_set(&sa->peer, &ends);
}

static void
workers_sa_reserve(struct dp *dp, uint32_t handle, uint32_t seq_limit)
{
	struct sa *sa = tables_sa(&dp->tables, handle);

	if (sa != NULL)
		atomic_store_explicit(&sa->out.seq_limit, seq_limit,
		    memory_order_relaxed);
}

static mono_t
workers_sa_heard(struct dp *dp, uint32_t handle)
{
	const struct sa *sa = tables_sa(&dp->tables, handle);

	if (sa == NULL)
		return mono_us(0);
	return mono_us(atomic_load_explicit(&sa->heard_us,
	    memory_order_relaxed));
}

static bool
workers_sess_add(struct dp *dp, const struct dp_sess *d)
{
	return tables_sess_add(&dp->tables, d) != NULL;
}

/* Are we in this network ourselves?  No client can have it. */
static bool
dp_route_ours(const struct dp *dp, const struct ipnet *to)
{
	return ipnet_has(to, &dp->gateway4) || ipnet_has(to, &dp->gateway6);
}

static bool
workers_sess_route_ok(struct dp *dp, uint32_t handle, const struct ipnet *to)
{
	const struct sess *s = tables_sess(&dp->tables, handle);

	return s != NULL && !dp_route_ours(dp, to) &&
	    tables_route_ok(&dp->tables, s, to);
}

static bool
workers_sess_open(struct dp *dp, uint32_t handle, const struct dp_net *d)
{
	struct sess *s = tables_sess(&dp->tables, handle);
	struct dp_net net = *d;

	if (s == NULL || d->mtu < MTU_MIN || d->route_n > DP_ROUTES_MAX)
		return false;
	if (d->prefix6.addr.family != IP_NONE &&
	    dp_route_ours(dp, &d->prefix6))
		return false;
	for (uint32_t i = 0; i < d->route_n; i++)
		if (dp_route_ours(dp, &d->route[i]))
			return false;
	if (net.mtu > PKT_INNER_MAX)
		net.mtu = PKT_INNER_MAX;
	return tables_sess_open(&dp->tables, s, &net);
}

static void
workers_sess_shut(struct dp *dp, uint32_t handle)
{
	struct sess *s = tables_sess(&dp->tables, handle);

	if (s != NULL)
		tables_sess_shut(&dp->tables, s);
}

static void
workers_sess_del(struct dp *dp, uint32_t handle)
{
	struct sess *s = tables_sess(&dp->tables, handle);

	if (s != NULL)
		tables_sess_del(&dp->tables, s);
}

static bool
workers_sess_count(struct dp *dp, uint32_t handle, struct dp_count *count)
{
	const struct sess *s = tables_sess(&dp->tables, handle);

	*count = (struct dp_count){ 0 };
	if (s == NULL)
		return false;
	for (unsigned k = 0; k < dp->workers; k++) {
		const struct sess_count *c = &s->count[k];
		uint64_t heard = count_get(&c->heard_us);
		uint64_t moved = count_get(&c->moved_us);

		count->rx_packets += count_get(&c->rx_packets);
		count->rx_bytes += count_get(&c->rx_bytes);
		count->tx_packets += count_get(&c->tx_packets);
		count->tx_bytes += count_get(&c->tx_bytes);
		if (heard > count->heard.us)
			count->heard = mono_us(heard);
		if (moved > count->moved.us)
			count->moved = mono_us(moved);
	}
	count->acl_drops = count_get(&s->acl_drops);
	count->rate_drops = count_get(&s->rate_drops);
	return true;
}

static bool
workers_sess_policy(struct dp *dp, uint32_t handle, const struct dp_policy *d)
{
	struct sess *s = tables_sess(&dp->tables, handle);

	return s != NULL && tables_sess_policy(&dp->tables, s, d);
}

static bool
workers_acl_set(struct dp *dp, uint32_t acl, const struct acl_rule *r,
    uint32_t n)
{
	return tables_acl_set(&dp->tables, acl, r, n);
}

static void
dp_send(struct dp *dp, const struct path *path, const struct send_head *head,
    struct rd bytes)
{
	size_t n = rd_left(&bytes);
	struct worker *w = &dp->worker[path->owner];
	uint8_t *room = ring_room(w->send, sizeof(*head) + n);

	if (room == NULL) {
		drop_count(&dp->control_drops, DROP_RING_FULL);
		return;
	}
	memcpy(room, head, sizeof(*head));
	rd_copy(&bytes, inet_at(room, sizeof(*head)), n);
	ring_put(w->send, sizeof(*head) + n);
	worker_wake(w);
}

static void
workers_send_l2tp(struct dp *dp, uint32_t id, struct rd control)
{
	const struct path *path = tables_path(&dp->tables, id);
	const struct send_head head = { .path = id };

	if (path == NULL)
		drop_count(&dp->control_drops, DROP_ESP_NO_SA);
	else
		dp_send(dp, path, &head, control);
}

static void
workers_send_ppp(struct dp *dp, uint32_t handle, struct rd frame)
{
	const struct sess *s = tables_sess(&dp->tables, handle);

	if (s == NULL) {
		drop_count(&dp->control_drops, DROP_L2TP_SESSION);
		return;
	}
	dp_send(dp, s->path, &(struct send_head){
		.path = s->path_id, .ppp = true,
		.sequencing = s->sequencing,
		.tunnel_id = s->tunnel_id, .session_id = s->session_id,
		.peer_tunnel_id = s->peer_tunnel_id,
		.peer_session_id = s->peer_session_id,
	}, frame);
}

const struct dp_ops dp_workers = {
	.sa_add = workers_sa_add,
	.sa_use = workers_sa_use,
	.sa_join = workers_sa_join,
	.sa_del = workers_sa_del,
	.sa_move = workers_sa_move,
	.sa_reserve = workers_sa_reserve,
	.sa_heard = workers_sa_heard,
	.sess_add = workers_sess_add,
	.sess_open = workers_sess_open,
	.sess_shut = workers_sess_shut,
	.sess_del = workers_sess_del,
	.sess_count = workers_sess_count,
	.sess_route_ok = workers_sess_route_ok,
	.sess_policy = workers_sess_policy,
	.acl_set = workers_acl_set,
	.send_l2tp = workers_send_l2tp,
	.send_ppp = workers_send_ppp,
};
