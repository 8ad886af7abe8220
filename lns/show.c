/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots: see show.h. */

#include <stdio.h>
#include <string.h>

#include "lns/account.h"
#include "lns/limits.h"
#include "lns/lns_int.h"
#include "lns/path.h"
#include "lns/show.h"

void
show_status(const struct lns *l, struct show_status *s)
{
	struct ike_stats ike;
	struct l2tp_stats l2tp;

	ike_stats(l->ike, &ike);
	l2tp_stats(l->l2tp, &l2tp);
	*s = (struct show_status){
		.half_open = ike.half_open + ike.dh_pending,
		.peers = ike.peers,
		.children = ike.children,
		.paths = l->paths.used,
		.tunnels = l2tp.tunnels,
		.sessions = l->accesses.used,
		.attempts = l->attempts.last,
		.logins = l->logins,
		.refused = l->attempts.refused,
		.failed = l->failed,
		.lockouts = l->lockouts,
		.locked_out = l->locked_out,
		.locked = limits_locks(l),
		.waiting = l->turns.waiting,
		.shutting_down = l->shutting_down,
	};
	memcpy(s->refused_at, l->attempts.refused_at, sizeof(s->refused_at));
	memcpy(s->answers, l->answers, sizeof(s->answers));
}

bool
show_session_one(const struct lns *l, mono_t now, uint32_t session,
    struct show_session *s)
{
	const struct access *a = pool_get(&l->accesses, session);
	const struct path *p;

	if (a == NULL)
		return false;
	p = pool_get(&l->paths, a->path);
	*s = (struct show_session){
		.session = session, .attempt = a->attempt, .path = a->path,
		.up = a->state == ACC_UP, .address = a->address,
		.v4 = a->v4_up, .v6 = a->v6_up,
		.method = a->method, .mtu = a->mtu,
		.tunnel_id = a->call.tunnel_id,
		.session_id = a->call.session_id,
		.up_s = a->up.us != UINT64_MAX ?
		    mono_since_ms(now, a->up) / 1000 : 0,
	};
	if (a->prefix.family != IP_NONE)
		s->prefix = (struct ipnet){ a->prefix, 64 };
	memcpy(s->user, a->user, sizeof(s->user));
	if (p != NULL) {
		s->remote = p->remote;
		s->local = p->local;
		s->p1 = p->p1;
		s->suite = p->suite;
		s->encap = p->encap;
		memcpy(s->host_name, p->host_name, sizeof(s->host_name));
		memcpy(s->vendor_name, p->vendor_name, sizeof(s->vendor_name));
	}
	(void)l->ops->sess_count(l->dp, session, &s->count);
	return true;
}

bool
show_session(const struct lns *l, mono_t now, uint32_t *cursor,
    struct show_session *s)
{
	while (*cursor < l->accesses.high) {
		uint32_t h;

		if (pool_at(&l->accesses, (*cursor)++, &h) != NULL)
			return show_session_one(l, now, h, s);
	}
	return false;
}

bool
show_path(const struct lns *l, uint32_t path, struct show_path *s)
{
	const struct path *p = pool_get(&l->paths, path);

	if (p == NULL)
		return false;
	*s = (struct show_path){ .attempt = p->attempt,
		.calls = path_calls(p) };
	for (int i = 0; i < PATH_SAS; i++)
		s->isakmp_sas += p->sa[i] != 0;
	for (int i = 0; i < PATH_CHILDREN; i++)
		s->children += p->child[i].child != 0;
	for (int i = 0; i < PATH_TUNNELS; i++)
		s->tunnels += p->tunnel[i] != 0;
	return true;
}

bool
show_pool(const struct lns *l, uint32_t *cursor, struct show_pool *s)
{
	const struct addrpool *p, *q;

	if (*cursor >= l->pools.n)
		return false;
	p = &l->pools.v[*cursor];
	q = &l->pools6.v[(*cursor)++];
	*s = (struct show_pool){ .size = p->count - p->kept_out,
		.used = p->used, .size6 = q->count - q->kept_out,
		.used6 = q->used };
	memcpy(s->name, p->name, sizeof(s->name));
	return true;
}

bool
show_attempt(const struct lns *l, uint32_t *cursor, struct attempt *out)
{
	while (*cursor < l->attempts.cap && *cursor < l->attempts.last) {
		const struct attempt *t = attempt_find(&l->attempts,
		    l->attempts.last - (*cursor)++);

		if (t != NULL) {
			*out = *t;
			return true;
		}
	}
	return false;
}

bool
show_lock(const struct lns *l, mono_t now, uint32_t *cursor,
    struct show_lock *s)
{
	while (*cursor < l->fails.pool.high) {
		const struct fail *f = pool_at(&l->fails.pool, (*cursor)++,
		    NULL);
		struct ipnet net;

		if (f == NULL || f->class != FAIL_LOCKED ||
		    !mono_before(now, f->until))
			continue;
		*s = (struct show_lock){
			.kind = limits_kind_str(f->kind),
			.failures = f->locked_by,
			.sources = f->kind == FAIL_USER ? f->sources : 1,
			.since = account_unix_ms(l, f->locked_at) / 1000,
			.until = account_unix_ms(l, f->until) / 1000,
		};
		memcpy(s->user, f->user, sizeof(s->user));
		net = (struct ipnet){ f->prefix,
			f->prefix.family == IP_V6 ? 64 : 32 };
		if (f->kind != FAIL_USER)
			(void)ipnet_str(&net, s->source);
		return true;
	}
	return false;
}

bool
show_radius(const struct lns *l, uint32_t *cursor, struct show_radius *r)
{
	const struct radius_params *p = &l->params->radius;

	while (l->radius != NULL && *cursor < p->server_n * RADIUS_SERVICES) {
		uint32_t at = (*cursor)++;

		r->server = p->server[at / RADIUS_SERVICES].name;
		r->service = (enum radius_service)(at % RADIUS_SERVICES);
		if (radius_client_health(l->radius, at / RADIUS_SERVICES,
		    r->service, &r->health))
			return true;
	}
	return false;
}

bool
show_acct(const struct lns *l, struct acct_state *s)
{
	if (l->acct == NULL)
		return false;
	acct_state(l->acct, s);
	return true;
}
