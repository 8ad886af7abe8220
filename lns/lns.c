/* SPDX-License-Identifier: BSD-2-Clause */
/* The concentrator: life, inputs, deadlines, freezing.  See lns.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/account.h"
#include "lns/ask.h"
#include "lns/behind.h"
#include "lns/change.h"
#include "lns/limits.h"
#include "lns/lns_int.h"
#include "lns/path.h"
#include "lns/radtest_int.h"
#include "lns/turn.h"
#include "lns/users.h"

/* One turn of lns_expire() handles so many due objects at most. */
#define EXPIRE_BATCH	64
#define WEAK_S		3600	/* between two warnings of a weak key */

void
lns_params_default(struct lns_params *p)
{
	memset(p, 0, sizeof(*p));
	ike_params_default(&p->ike, false);
	l2tp_params_default(&p->l2tp);
	ppp_params_default(&p->ppp);
	p->paths = 16384;
	p->sessions = 16384;
	p->attempts_kept = 1024;
	p->outer_mtu = 1500;
	p->replay_window = 1024;
	p->seq_block = 65536;
	p->login_ms = 30000;
	p->idle_path_ms = 60000;
	p->auth_delay_s = 1;
	p->auth_delay_max_s = 60;
	p->lockout_user = 10;
	p->lockout_everywhere = p->lockout_source = 50;
	p->lockout_window_s = p->lockout_s = 900;
	p->lockout_entries = 16384;
	radius_params_default(&p->radius);
	acct_params_default(&p->acct);
	dae_params_default(&p->dae);
	change_params(&p->dae);
	p->policy.auth_group = p->policy.acct_group = AAA_NO_GROUP;
	p->interim_s = 600;
}

void
lns_out_reset(struct lns_out *o)
{
	wipe(o->arena, o->used);
	o->n = 0;
	o->used = 0;
}

void
lns_bounds(const struct lns_params *p, bound_fn *each, void *ctx)
{
	size_t addrs, bits = addrpools_bytes(p->pool, p->pool_n, &addrs);
	size_t nets, bits6 = addrpools_bytes(p->pool6, p->pool_n, &nets);
	const struct bound rows[] = {
		{ "lns engine", 1, sizeof(struct lns) +
		    2 * (sizeof(struct ike_out) + sizeof(struct l2tp_out) +
		    sizeof(struct ppp_out) + sizeof(struct radius_out) +
		    sizeof(struct acct_out) + sizeof(struct dae_out)) },
		{ "lns paths", p->paths,
		    pool_bytes(sizeof(struct path), p->paths) +
		    due_bytes(p->paths) + 2 * htab_bytes(p->paths) +
		    idmap_bytes(p->paths * PATH_SAS) +
		    idmap_bytes(p->paths * PATH_CHILDREN) },
		{ "lns sessions", p->sessions,
		    pool_bytes(sizeof(struct access), p->sessions) +
		    pool_bytes(sizeof(struct account), p->sessions) +
		    due_bytes(p->sessions) + 5 * htab_bytes(p->sessions) +
		    idmap_bytes(p->sessions) +
		    p->sessions * sizeof(struct ppp *) },
		{ "lns logins kept back", turns_asks(p), turns_bytes(p) },
		{ "lns networks behind", behinds_max(p), behinds_bytes(p) },
		{ "lns failed logins", p->lockout_entries,
		    fails_bytes(p->lockout_entries) },
		{ "lns attempts", p->attempts_kept > 0 ? p->attempts_kept : 1,
		    attempts_bytes(p->attempts_kept) },
		{ "lns addresses", addrs + nets > 0 ? addrs + nets : 1,
		    bits + bits6 },
	};

	ike_bounds(&p->ike, each, ctx);
	l2tp_bounds(&p->l2tp, each, ctx);
	ppp_bounds(&p->ppp, p->sessions, each, ctx);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		each(ctx, &rows[i]);
	if (p->radius.server_n == 0)
		return;
	radius_client_bounds(&p->radius, each, ctx);
	acct_bounds(&p->acct, each, ctx);
	radtest_bounds(each, ctx);
	if (p->dae.source_n > 0)
		dae_bounds(&p->dae, each, ctx);
}

static bool
lns_make_pools(struct lns *l)
{
	const struct lns_params *p = l->params;

	return pool_init(&l->paths, sizeof(struct path), p->paths) == 0 &&
	    pool_init(&l->accesses, sizeof(struct access), p->sessions) == 0 &&
	    turns_init(l) == 0 && behinds_init(l) == 0 &&
	    fails_init(&l->fails, p->lockout_entries) == 0 &&
	    due_init(&l->path_due, p->paths) == 0 &&
	    due_init(&l->access_due, p->sessions) == 0 &&
	    htab_init(&l->path_by_remote, p->paths) == 0 &&
	    htab_init(&l->path_by_peer, p->paths) == 0 &&
	    htab_init(&l->access_by_user, p->sessions) == 0 &&
	    pool_init(&l->accounts, sizeof(struct account),
	    p->sessions) == 0 &&
	    htab_init(&l->account_by_who, p->sessions) == 0 &&
	    htab_init(&l->access_by_addr, p->sessions) == 0 &&
	    htab_init(&l->access_by_prefix, p->sessions) == 0 &&
	    htab_init(&l->access_by_serial, p->sessions) == 0 &&
	    idmap_init(&l->path_of_sa, p->paths * PATH_SAS) == 0 &&
	    idmap_init(&l->path_of_child, p->paths * PATH_CHILDREN) == 0 &&
	    idmap_init(&l->access_of_session, p->sessions) == 0 &&
	    attempts_init(&l->attempts, p->attempts_kept) == 0 &&
	    addrpools_init(&l->pools, p->pool, p->pool_n) == 0 &&
	    addrpools_init(&l->pools6, p->pool6, p->pool_n) == 0;
}

/* Addresses that no pool may give out: our own and the static ones. */
static void
lns_keep_out(struct lns *l)
{
	const struct aaa_users *us = &l->params->users;

	addrpools_reserve(&l->pools, &l->params->address);
	for (uint32_t i = 0; i < l->params->keep_out_n; i++)
		addrpools_reserve(&l->pools, &l->params->keep_out[i]);
	for (uint32_t i = 0; i < us->n; i++)
		addrpools_reserve(&l->pools, &us->v[i].address);
}

static bool
lns_make_boxes(struct lns *l)
{
	l->ike_out = calloc(1, sizeof(*l->ike_out));
	l->ike_spare = calloc(1, sizeof(*l->ike_spare));
	l->l2tp_out = calloc(1, sizeof(*l->l2tp_out));
	l->l2tp_spare = calloc(1, sizeof(*l->l2tp_spare));
	l->ppp_out = calloc(1, sizeof(*l->ppp_out));
	l->ppp_spare = calloc(1, sizeof(*l->ppp_spare));
	l->radius_out = calloc(1, sizeof(*l->radius_out));
	l->radius_spare = calloc(1, sizeof(*l->radius_spare));
	l->acct_out = calloc(1, sizeof(*l->acct_out));
	l->acct_spare = calloc(1, sizeof(*l->acct_spare));
	l->dae_out = calloc(1, sizeof(*l->dae_out));
	l->dae_spare = calloc(1, sizeof(*l->dae_spare));
	return l->ike_out != NULL && l->ike_spare != NULL &&
	    l->l2tp_out != NULL && l->l2tp_spare != NULL &&
	    l->ppp_out != NULL && l->ppp_spare != NULL &&
	    l->radius_out != NULL && l->radius_spare != NULL &&
	    l->acct_out != NULL && l->acct_spare != NULL &&
	    l->dae_out != NULL && l->dae_spare != NULL;
}

/* All but the engines. */
static struct lns *
lns_make(const struct lns_params *params, struct rng *rng,
    struct drops *drops, const struct dp_ops *ops, struct dp *dp)
{
	struct lns *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->params = params;
	l->rng = rng;
	l->drops = drops;
	l->ops = ops;
	l->dp = dp;
	l->ppp = calloc(params->sessions, sizeof(struct ppp *));
	if (l->ppp == NULL || !lns_make_boxes(l) || !lns_make_pools(l)) {
		lns_free(l);
		errno = ENOMEM;
		return NULL;
	}
	(void)rng_fill(rng, &l->hash, sizeof(l->hash));
	lns_keep_out(l);
	return l;
}

static bool
lns_make_radius(struct lns *l)
{
	const struct lns_params *p = l->params;

	if (p->radius.server_n == 0)
		return true;
	if (!radtest_init(l))
		return false;
	l->radius = radius_client_new(&p->radius, l->rng, l->drops);
	l->acct = acct_new(&p->acct, l->rng, l->drops);
	if (p->dae.source_n > 0)
		l->dae = dae_new(&p->dae, l->rng, l->drops);
	return l->radius != NULL && l->acct != NULL &&
	    (l->dae != NULL) == (p->dae.source_n > 0);
}

struct lns *
lns_new(const struct lns_params *params, struct rng *rng,
    struct drops *drops, const struct dp_ops *ops, struct dp *dp)
{
	struct lns *l = lns_make(params, rng, drops, ops, dp);

	if (l == NULL)
		return NULL;
	l->ike = ike_new(&params->ike, rng, drops);
	l->l2tp = l2tp_new(&params->l2tp, rng, drops);
	if (l->ike == NULL || l->l2tp == NULL || !lns_make_radius(l)) {
		lns_free(l);
		return NULL;
	}
	return l;
}

void
lns_free(struct lns *l)
{
	if (l == NULL)
		return;
	for (uint32_t i = 0; l->ppp != NULL && i < l->accesses.high; i++)
		ppp_free(l->ppp[i]);
	free(l->ppp);
	ike_free(l->ike);
	l2tp_free(l->l2tp);
	pool_wipe(&l->paths);
	pool_wipe(&l->accesses);
	turns_wipe(l);
	behinds_wipe(l);
	fails_wipe(&l->fails);
	due_wipe(&l->path_due);
	due_wipe(&l->access_due);
	htab_wipe(&l->path_by_remote);
	htab_wipe(&l->path_by_peer);
	htab_wipe(&l->access_by_user);
	pool_wipe(&l->accounts);
	htab_wipe(&l->account_by_who);
	htab_wipe(&l->access_by_addr);
	htab_wipe(&l->access_by_prefix);
	htab_wipe(&l->access_by_serial);
	idmap_wipe(&l->path_of_sa);
	idmap_wipe(&l->path_of_child);
	idmap_wipe(&l->access_of_session);
	addrpools_wipe(&l->pools);
	addrpools_wipe(&l->pools6);
	attempts_wipe(&l->attempts);
	free(l->ike_out);
	free(l->ike_spare);
	free(l->l2tp_out);
	free(l->l2tp_spare);
	free(l->ppp_out);
	free(l->ppp_spare);
	radtest_wipe(l);
	radius_client_free(l->radius);
	acct_free(l->acct);
	free(l->radius_out);
	free(l->radius_spare);
	free(l->acct_out);
	free(l->acct_spare);
	dae_free(l->dae);
	free(l->dae_out);
	free(l->dae_spare);
	free(l);
}

void
lns_input_ike(struct lns *l, mono_t now, const struct endpoint *local,
    const struct endpoint *remote, struct rd data, struct lns_out *o)
{
	ike_input(l->ike, now, local, remote, data, l->ike_out);
	step(l, now, o);
}

void
lns_dh_done(struct lns *l, mono_t now, const struct ike_dh *dh,
    struct lns_out *o)
{
	ike_dh_done(l->ike, now, dh, l->ike_out);
	step(l, now, o);
}

void
lns_input_radius(struct lns *l, mono_t now, uint32_t port, struct rd packet,
    struct lns_out *o)
{
	radius_client_input(l->radius, now, port, packet, l->radius_out);
	step(l, now, o);
}

void
lns_radius_error(struct lns *l, mono_t now, uint32_t port, struct lns_out *o)
{
	radius_client_port_error(l->radius, now, port, l->radius_out);
	step(l, now, o);
}

void
lns_radius_up(struct lns *l, mono_t now, uint32_t port, bool version_11,
    struct lns_out *o)
{
	radius_client_port_up(l->radius, now, port, version_11, l->radius_out);
	step(l, now, o);
}

void
lns_radius_down(struct lns *l, mono_t now, uint32_t port, const char *why,
    struct lns_out *o)
{
	radius_client_port_down(l->radius, now, port, why, l->radius_out);
	step(l, now, o);
}

void
lns_input_dae(struct lns *l, mono_t now, const struct endpoint *local,
    const struct endpoint *remote, struct rd data, struct lns_out *o)
{
	dae_input(l->dae, now, account_unix_ms(l, now) / 1000, local, remote,
	    data, l->dae_out);
	step(l, now, o);
}

bool
lns_spool_restore(struct lns *l, mono_t now, uint64_t number, struct rd block,
    struct lns_out *o)
{
	bool ok = l->acct != NULL &&
	    acct_restore(l->acct, now, number, block, l->acct_out);

	step(l, now, o);
	return ok;
}

void
lns_spool_stored(struct lns *l, mono_t now, uint64_t number, bool ok,
    struct lns_out *o)
{
	acct_stored(l->acct, number, ok);
	step(l, now, o);
}

void
lns_wall(struct lns *l, mono_t now, uint64_t unix_ms)
{
	const uint64_t old = l->wall_ms;

	l->wall_ms = unix_ms - now.us / 1000;
	if (l->radius == NULL)
		return;
	if (old != 0)
		acct_wall_step(l->acct, (int64_t)(l->wall_ms - old));
	radius_client_wall(l->radius, now, unix_ms);
}

void
lns_start(struct lns *l, mono_t now, struct lns_out *o)
{
	l->boot = (uint32_t)(account_unix_ms(l, now) / 1000);
	if (l->acct != NULL)
		account_nas(l, now, REQUEST_ON);
	step(l, now, o);
}

/*
 * The engine does not tell of an SCCRQ; a tunnel more than before means that
 * one came, and the time for the login begins (threats.md 3.2.7).
 */
static void
lns_input_l2tp(struct lns *l, mono_t now, uint32_t path, struct rd data)
{
	const struct path *p = pool_get(&l->paths, path);
	struct l2tp_stats before, after;

	if (p == NULL || p->state == PATH_DEAD) {
		drop_count(l->drops, DROP_LNS_PATH);
		return;
	}
	path_settle(l, path);
	l2tp_stats(l->l2tp, &before);
	l2tp_input(l->l2tp, now, path, data, l->l2tp_out);
	l2tp_stats(l->l2tp, &after);
	if (after.tunnels > before.tunnels)
		path_login_begin(l, now, path);
}

void
lns_input_note(struct lns *l, mono_t now, const struct dp_note *n,
    struct lns_out *o)
{
	/* Its SA may have joined another path since the note was written. */
	uint32_t path = idmap_get(&l->path_of_child, n->sa);

	if (path == 0)
		path = n->path;
	switch (n->kind) {
	case DP_IKE:
		ike_input(l->ike, now, &n->local, &n->remote, n->data,
		    l->ike_out);
		break;
	case DP_L2TP:
		lns_input_l2tp(l, now, path, n->data);
		break;
	case DP_PPP:
		access_frame(l, now, n->sess, n->data);
		break;
	case DP_SA_SEEN:
		path_esp_seen(l, now, path, n->sa, &n->ids);
		break;
	case DP_SA_MOVED:
		path_moved(l, now, path, &n->local, &n->remote, n->sa);
		break;
	case DP_SEQ_LOW:
		path_seq_low(l, path, n->sa);
		break;
	}
	step(l, now, o);
}

static mono_t
lns_radius_deadline(const struct lns *l)
{
	mono_t d = MONO_NEVER;

	if (l->radius != NULL)
		d = mono_min(radius_client_deadline(l->radius),
		    acct_deadline(l->acct));
	return l->dae != NULL ? mono_min(d, dae_deadline(l->dae)) : d;
}

/* Is there anything that is allowed, but should not be? */
static bool
weak(const struct lns *l)
{
	const struct radius_params *r = &l->params->radius;
	bool any = l->params->weak_keys != 0;

	for (uint32_t i = 0; i < r->server_n; i++)
		any |= !r->server[i].require_message_authenticator;
	return any;
}

static mono_t
weak_deadline(const struct lns *l)
{
	return weak(l) ? l->weak_at : MONO_NEVER;
}

/*
 * At the start and each hour, so that nobody forgets: CVE-2018-5389 (N-27) and
 * CVE-2024-3596 (N-82).
 */
static void
weak_expire(struct lns *l, mono_t now)
{
	const struct radius_params *r = &l->params->radius;

	for (uint32_t i = 0; i < r->server_n; i++)
		if (!r->server[i].require_message_authenticator)
			log_warn("radius server %s may answer without "
			    "Message-Authenticator: whoever is on the way can "
			    "forge its answers", r->server[i].name);
	for (unsigned i = 0; i < IKE_PSK_MAX; i++)
		if ((l->params->weak_keys & 1u << i) != 0)
			log_warn("pre-shared key %u is weak: whoever intercepts"
			    " one dial-in can guess it", i + 1);
	l->weak_at = mono_add_s(now, WEAK_S);
}

/* Handles one due object; false if none is due. */
static bool
lns_expire_one(struct lns *l, mono_t now)
{
	uint32_t slot, h;

	if (due_next(&l->ask_due, now, &slot)) {
		if (pool_at(&l->asks, slot, &h) != NULL)
			ask_put_late(l, now, h);
	} else if (l->radius != NULL && turn_next(l, now, &h)) {
		ask_put_turn(l, now, h);
	} else if (due_next(&l->access_due, now, &slot)) {
		if (pool_at(&l->accesses, slot, &h) != NULL)
			access_expire(l, now, h);
	} else if (due_next(&l->path_due, now, &slot)) {
		if (pool_at(&l->paths, slot, &h) != NULL)
			path_expire(l, now, h);
	} else if (mono_due(ike_deadline(l->ike), now)) {
		ike_expire(l->ike, now, l->ike_out);
	} else if (mono_due(l2tp_deadline(l->l2tp), now)) {
		l2tp_expire(l->l2tp, now, l->l2tp_out);
	} else if (mono_due(lns_radius_deadline(l), now)) {
		radius_client_expire(l->radius, now, l->radius_out);
		acct_expire(l->acct, now, l->acct_out);
		if (l->dae != NULL)
			dae_expire(l->dae, now, l->dae_out);
	} else if (mono_due(limits_deadline(l), now)) {
		limits_expire(l, now);
	} else if (mono_due(weak_deadline(l), now)) {
		weak_expire(l, now);
	} else {
		return false;
	}
	return true;
}

void
lns_expire(struct lns *l, mono_t now, struct lns_out *o)
{
	for (int i = 0; i < EXPIRE_BATCH; i++) {
		if (o->n + IKE_OUT_ACTS > LNS_OUT_ACTS ||
		    o->used + IKE_OUT_BYTES > LNS_OUT_BYTES)
			return;		/* still due: drain and call again */
		step(l, now, o);	/* what had to wait for room */
		if (!lns_expire_one(l, now))
			return;
		step(l, now, o);
	}
}

mono_t
lns_deadline(const struct lns *l)
{
	mono_t d = mono_min(ike_deadline(l->ike), l2tp_deadline(l->l2tp));

	d = mono_min(d, lns_radius_deadline(l));
	/* They wait for room in the host's box. */
	if (l->radius_out->n > 0 || l->acct_out->n > 0 || l->dae_out->n > 0 ||
	    radtest_untold(l) || behind_untold(l))
		return mono_us(0);
	if (l->acct != NULL && l->shutting_down && !l->off_said &&
	    l->accesses.used == 0)
		return mono_us(0);
	d = mono_min(d, due_first(&l->path_due));
	d = mono_min(d, due_first(&l->access_due));
	d = mono_min(d, weak_deadline(l));
	d = mono_min(d, limits_deadline(l));
	if (l->radius != NULL)
		d = mono_min(d, turn_deadline(l));
	return mono_min(d, due_first(&l->ask_due));
}

/* Ends a path, and says in the records of its sessions for what. */
static void
end_for(struct lns *l, mono_t now, uint32_t path, enum request_cause cause)
{
	const struct path *p = pool_get(&l->paths, path);

	for (int i = 0; p != NULL && i < PATH_CALLS; i++) {
		struct access *a = access_get(l, p->call[i]);

		if (a != NULL && a->stop_cause == CAUSE_NONE &&
		    a->state != ACC_ENDING)
			a->stop_cause = cause;
	}
	path_end(l, now, path);
}

bool
lns_kill(struct lns *l, mono_t now, uint32_t session)
{
	if (access_get(l, session) == NULL)
		return false;
	access_dismiss(l, now, session, CAUSE_ADMIN_RESET);
	return true;
}

uint32_t
lns_kill_user(struct lns *l, mono_t now, const char *user)
{
	uint32_t n = 0, next;

	for (uint32_t h = users_first(l, user); h != 0; h = next) {
		next = users_next(l, h);
		n += lns_kill(l, now, h);
	}
	return n;
}

void
lns_shutdown(struct lns *l, mono_t now)
{
	l->shutting_down = true;
	for (uint32_t i = 0; i < l->paths.high; i++) {
		uint32_t h;

		if (pool_at(&l->paths, i, &h) != NULL)
			end_for(l, now, h, CAUSE_ADMIN_REBOOT);
	}
}

bool
lns_quiet(const struct lns *l)
{
	struct acct_state s = { .records = 0 };

	if (l->acct != NULL)
		acct_state(l->acct, &s);
	return l->paths.used == 0 && l->accesses.used == 0 &&
	    s.records == s.orphans && (l->acct == NULL || l->off_said);
}

static size_t
links_frozen_size(const struct lns *l)
{
	size_t n = 0;

	for (uint32_t i = 0; i < l->accesses.high; i++)
		if (pool_at(&l->accesses, i, NULL) != NULL)
			n += ppp_frozen_size(l->ppp[i]);
	return n;
}

static size_t
radius_frozen_size(const struct lns *l)
{
	return l->radius == NULL ? 0 : radius_client_frozen_size(l->radius) +
	    acct_frozen_size(l->acct) +
	    (l->dae != NULL ? dae_frozen_size(l->dae) : 0);
}

size_t
lns_frozen_size(const struct lns *l)
{
	return 192 + radius_frozen_size(l) + 8 * ADDRPOOLS_MAX +
	    sizeof(l->hash) + sizeof(l->answers) +
	    sizeof(l->attempts.refused_at) + ike_frozen_size(l->ike) +
	    l2tp_frozen_size(l->l2tp) + pool_frozen_size(&l->paths) +
	    pool_frozen_size(&l->accesses) + pool_frozen_size(&l->asks) +
	    pool_frozen_size(&l->behinds) +
	    links_frozen_size(l) + fails_frozen_size(&l->fails) +
	    (size_t)l->attempts.cap * sizeof(struct attempt);
}

void
lns_freeze(const struct lns *l, struct wr *w)
{
	wr_bytes(w, &l->hash, sizeof(l->hash));
	wr_u8(w, l->shutting_down);
	wr_u8(w, l->off_said);
	wr_u64(w, l->logins);
	wr_bytes(w, l->answers, sizeof(l->answers));
	wr_u64(w, l->calls_full.us);
	wr_u64(w, l->failed);
	wr_u64(w, l->lockouts);
	wr_u64(w, l->locked_out);
	wr_u64(w, l->turns.round);
	wr_u32(w, l->turns.arrival);
	wr_u64(w, l->turns.full.us);
	wr_u64(w, l->wall_ms);
	wr_u32(w, l->boot);
	wr_u32(w, l->serial);
	wr_u64(w, l->weak_at.us);
	for (uint32_t i = 0; i < ADDRPOOLS_MAX; i++)
		wr_u32(w, l->pools.v[i].next);
	for (uint32_t i = 0; i < ADDRPOOLS_MAX; i++)
		wr_u32(w, l->pools6.v[i].next);
	ike_freeze(l->ike, w);
	l2tp_freeze(l->l2tp, w);
	if (l->radius != NULL) {
		radius_client_freeze(l->radius, w);
		acct_freeze(l->acct, w);
		if (l->dae != NULL)
			dae_freeze(l->dae, w);
	}
	pool_freeze(&l->paths, w);
	pool_freeze(&l->accesses, w);
	pool_freeze(&l->asks, w);
	wr_u64(w, l->behind_turn);
	pool_freeze(&l->behinds, w);
	for (uint32_t i = 0; i < l->accesses.high; i++)
		if (pool_at(&l->accesses, i, NULL) != NULL)
			ppp_freeze(l->ppp[i], w);
	fails_freeze(&l->fails, w);
	wr_u64(w, l->attempts.last);
	wr_u64(w, l->attempts.refused);
	wr_bytes(w, l->attempts.refused_at, sizeof(l->attempts.refused_at));
	wr_u32(w, l->attempts.cap);
	wr_bytes(w, l->attempts.v,
	    (size_t)l->attempts.cap * sizeof(struct attempt));
}

static bool
thaw_attempts(struct lns *l, struct rd *r)
{
	l->attempts.last = rd_u64(r);
	l->attempts.refused = rd_u64(r);
	rd_copy(r, l->attempts.refused_at, sizeof(l->attempts.refused_at));
	if (rd_u32(r) != l->attempts.cap)
		return false;
	rd_copy(r, l->attempts.v,
	    (size_t)l->attempts.cap * sizeof(struct attempt));
	return !r->bad;
}

/* Indexes and deadlines are derived from the objects. */
static bool
thaw_indexes(struct lns *l)
{
	uint32_t h;

	for (uint32_t i = 0; i < l->paths.high; i++)
		if (pool_at(&l->paths, i, &h) != NULL && !path_index(l, h))
			return false;
	for (uint32_t i = 0; i < l->accesses.high; i++)
		if (pool_at(&l->accesses, i, &h) != NULL && !access_index(l, h))
			return false;
	for (uint32_t i = 0; i < l->asks.high; i++)
		turn_index(l, i);
	for (uint32_t i = 0; i < l->behinds.high; i++)
		behind_index(l, i);
	return true;
}

static bool
thaw_radius(struct lns *l, struct rd *r)
{
	const struct lns_params *p = l->params;

	if (p->radius.server_n == 0)
		return true;
	if (!radtest_init(l))
		return false;
	l->radius = radius_client_thaw(&p->radius, l->rng, l->drops, r);
	if (l->radius == NULL)
		return false;
	l->acct = acct_thaw(&p->acct, l->rng, l->drops, r);
	if (l->acct != NULL && p->dae.source_n > 0)
		l->dae = dae_thaw(&p->dae, l->rng, l->drops, r);
	return l->acct != NULL && (l->dae != NULL) == (p->dae.source_n > 0);
}

static bool
thaw_parts(struct lns *l, struct rd *r)
{
	const struct lns_params *p = l->params;

	rd_copy(r, &l->hash, sizeof(l->hash));
	l->shutting_down = rd_u8(r) != 0;
	l->off_said = rd_u8(r) != 0;
	l->logins = rd_u64(r);
	rd_copy(r, l->answers, sizeof(l->answers));
	l->calls_full = mono_us(rd_u64(r));
	l->failed = rd_u64(r);
	l->lockouts = rd_u64(r);
	l->locked_out = rd_u64(r);
	l->turns.round = rd_u64(r);
	l->turns.arrival = rd_u32(r);
	l->turns.full = mono_us(rd_u64(r));
	l->wall_ms = rd_u64(r);
	l->boot = rd_u32(r);
	l->serial = rd_u32(r);
	l->weak_at = mono_us(rd_u64(r));
	for (uint32_t i = 0; i < ADDRPOOLS_MAX; i++)
		addrpools_go_on(&l->pools, i, rd_u32(r));
	for (uint32_t i = 0; i < ADDRPOOLS_MAX; i++)
		addrpools_go_on(&l->pools6, i, rd_u32(r));
	l->ike = ike_thaw(&p->ike, l->rng, l->drops, r);
	l->l2tp = l->ike != NULL ?
	    l2tp_thaw(&p->l2tp, l->rng, l->drops, r) : NULL;
	if (l->l2tp == NULL || !thaw_radius(l, r) ||
	    !pool_thaw(&l->paths, r) ||
	    !pool_thaw(&l->accesses, r) || !pool_thaw(&l->asks, r))
		return false;
	l->behind_turn = rd_u64(r);
	if (!pool_thaw(&l->behinds, r))
		return false;
	for (uint32_t i = 0; i < l->accesses.high; i++) {
		if (pool_at(&l->accesses, i, NULL) == NULL)
			continue;
		l->ppp[i] = ppp_thaw(&p->ppp, l->rng, l->drops, r);
		if (l->ppp[i] == NULL)
			return false;
	}
	return fails_thaw(&l->fails, r) && thaw_attempts(l, r) &&
	    thaw_indexes(l);
}

struct lns *
lns_thaw(const struct lns_params *params, struct rng *rng,
    struct drops *drops, const struct dp_ops *ops, struct dp *dp,
    struct rd *r)
{
	struct lns *l = lns_make(params, rng, drops, ops, dp);

	if (l == NULL)
		return NULL;
	if (!thaw_parts(l, r)) {
		lns_free(l);
		return NULL;
	}
	return l;
}
