/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One subscriber's life: see access.h.
 *
 *   state    event        next     what happens
 *   -        ask call     CALL     object and link made, known to dp
 *   CALL     call up      LINK     LCP begins
 *   LINK     ask auth     AUTH     the AAA question, perhaps kept back
 *   AUTH     answer ok    ADDR     CHAP Success (or PAP Ack) goes out
 *   AUTH     answer no    LINK     the peer may try again
 *   ADDR     ask addr     ADDR     static address or a lease
 *   ADDR     net up       UP       the data plane opens; one login line
 *   UP       net down     ADDR     LCP or IPCP begins anew; the address stays
 *   any      link down    ENDING   CDN goes out
 *   any      call down    -        one logout line; all is given back
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/join.h"
#include "lns/limits.h"
#include "lns/path.h"
#include "lns/users.h"

#define RESULT_ADMIN	3	/* CDN, RFC 2661 §4.4.2 */
#define RESULT_RESOURCES 4
#define TAKEOVER_LOOK	64	/* sessions of one user looked at */

static struct path *
access_path(const struct lns *l, const struct access *a)
{
	return pool_get(&l->paths, a->path);
}

static void
access_rearm(struct lns *l, uint32_t access)
{
	const struct access *a = access_get(l, access);

	due_set(&l->access_due, pool_slot(access),
	    mono_min(a->login_by, ppp_deadline(access_link(l, access))));
}

static const char *
access_refusal(struct lns *l, mono_t now, uint32_t path)
{
	const struct path *p = pool_get(&l->paths, path);

	if (p == NULL || p->state != PATH_UP || l->shutting_down)
		return "shutting down";
	if (l->accesses.used >= l->params->sessions)
		return "session limit reached";
	if (path_calls(p) >= PATH_CALLS)
		return "too many calls of one peer";
	if (!limits_call(l, now))
		return "too many logins at once";
	return NULL;
}

static struct dp_sess
dp_session(const struct access *a, uint32_t access)
{
	return (struct dp_sess){
		.sess = access,
		.path = a->path,
		.tunnel_id = a->call.tunnel_id,
		.session_id = a->call.session_id,
		.peer_tunnel_id = a->call.peer_tunnel_id,
		.peer_session_id = a->call.peer_session_id,
		.sequencing = a->call.sequencing,
	};
}

/* Makes the object with its link and its place in the data plane, or nothing. */
static uint32_t
access_make(struct lns *l, mono_t now, uint32_t path, uint32_t session,
    const struct l2tp_call_info *call)
{
	const struct path *p = pool_get(&l->paths, path);
	uint32_t access = 0;
	struct access *a = pool_take(&l->accesses, &access);
	struct ppp *link;
	struct dp_sess ds;

	if (a == NULL)
		return 0;
	*a = (struct access){
		.attempt = p->attempt,
		.state = ACC_CALL,
		.path = path,
		.session = session,
		.call = *call,
		.began = now,
		.up = MONO_NEVER,
		.login_by = MONO_NEVER,
	};
	link = ppp_new(&l->params->ppp, PPP_AUTHENTICATOR, l->rng, l->drops);
	ds = dp_session(a, access);
	if (link == NULL ||
	    !idmap_put(&l->access_of_session, session, access) ||
	    !l->ops->sess_add(l->dp, &ds)) {
		idmap_del(&l->access_of_session, session);
		ppp_free(link);
		pool_give(&l->accesses, access);
		return 0;
	}
	a->placed = true;
	ppp_mru_set(link, path_mtu(l, p));
	l->ppp[pool_slot(access)] = link;
	return access;
}

const char *
access_ask(struct lns *l, mono_t now, uint32_t path, uint32_t session,
    const struct l2tp_call_info *call)
{
	const char *no = access_refusal(l, now, path);
	uint32_t access;

	if (no != NULL)
		return no;
	access = access_make(l, now, path, session, call);
	if (access == 0)
		return "out of resources";
	/* There is a place: access_refusal() has looked. */
	(void)path_call_add(pool_get(&l->paths, path), access);
	return NULL;
}

void
access_call_up(struct lns *l, mono_t now, uint32_t session,
    const struct l2tp_call_info *call)
{
	uint32_t access = idmap_get(&l->access_of_session, session);
	struct access *a = access_get(l, access);
	bool other = a != NULL && a->call.sequencing != call->sequencing;
	struct dp_sess ds;

	if (a == NULL || a->state != ACC_CALL)
		return;
	a->call = *call;
	if (other) {		/* only the ICCN tells of sequencing */
		ds = dp_session(a, access);
		l->ops->sess_del(l->dp, access);
		a->placed = l->ops->sess_add(l->dp, &ds);
		if (!a->placed) {
			l2tp_call_close(l->l2tp, now, session, RESULT_RESOURCES,
			    0, "out of resources", l->l2tp_out);
			return;
		}
	}
	a->state = ACC_LINK;
	a->login_by = mono_add_ms(now, l->params->login_ms);
	attempt_stage(&l->attempts, a->attempt, ATT_CALL);
	ppp_lower_up(access_link(l, access), now, l->ppp_out);
	step_ppp(l, now, access);
	access_rearm(l, access);
}

void
access_frame(struct lns *l, mono_t now, uint32_t access, struct rd frame)
{
	if (access_get(l, access) == NULL) {
		drop_count(l->drops, DROP_L2TP_SESSION);
		return;
	}
	ppp_input(access_link(l, access), now, frame, l->ppp_out);
	step_ppp(l, now, access);
	if (access_get(l, access) != NULL)
		access_rearm(l, access);
}

static void
access_ask_drop(struct lns *l, struct access *a)
{
	if (a->ask == 0)
		return;
	due_set(&l->ask_due, pool_slot(a->ask), MONO_NEVER);
	pool_give(&l->asks, a->ask);
	a->ask = 0;
}

void
access_lcp_up(struct lns *l, uint32_t access, enum ppp_method method)
{
	struct access *a = access_get(l, access);

	a->method = method;
	access_ask_drop(l, a);	/* that question is of no interest any more */
	attempt_stage(&l->attempts, a->attempt, ATT_LCP);
}

/*
 * Remembers the name as log-safe text; one user, one spelling.  False: the
 * session was another user's, and stays his.
 */
static bool
access_name(struct lns *l, uint32_t access, const struct ppp_auth *q)
{
	struct access *a = access_get(l, access);
	char user[ATT_USER_MAX];

	(void)log_escape(user, sizeof(user), rd_make(q->name, q->name_len));
	if (strcmp(user, a->user) == 0)
		return true;
	if (a->proven)
		return false;
	users_name(l, access, user);
	attempt_user(&l->attempts, a->attempt, user);
	return true;
}

static uint64_t
address_hash(const struct lns *l, const struct ipaddr *addr)
{
	return hash_bytes(&l->hash, addr, sizeof(*addr));
}

static bool
address_taken(const struct lns *l, const struct ipaddr *addr)
{
	uint64_t hash = address_hash(l, addr);

	for (uint32_t i = htab_find(&l->access_by_addr, hash);
	    i != HTAB_NONE; i = htab_next(&l->access_by_addr, i)) {
		const struct access *o = pool_at(&l->accesses, i, NULL);

		if (o != NULL && ipaddr_eq(&o->address, addr))
			return true;
	}
	return false;
}

/* One address, one session: from here until the call is down it is ours. */
static void
access_claim(struct lns *l, uint32_t access)
{
	struct access *a = access_get(l, access);

	a->claimed = true;
	htab_add(&l->access_by_addr, pool_slot(access),
	    address_hash(l, &a->address));
}

static void
access_unclaim(struct lns *l, uint32_t access)
{
	struct access *a = access_get(l, access);

	if (a->claimed)
		htab_del(&l->access_by_addr, pool_slot(access));
	if (a->leased)
		addrpools_release(&l->pools, a->pool, &a->address);
	a->claimed = a->leased = false;
}

static void
log_logout(struct lns *l, mono_t now, uint32_t access,
    const struct l2tp_end *end)
{
	const struct access *a = access_get(l, access);
	const struct path *p = access_path(l, a);
	char addr[IPADDR_STRLEN], from[ENDPOINT_STRLEN];
	struct dp_count c = { 0 };

	if (a->up.us == UINT64_MAX)
		return;
	(void)l->ops->sess_count(l->dp, access, &c);
	log_info("logout attempt=%" PRIu64 " user=%s client=%s address=%s "
	    "up_s=%" PRIu64 " rx_bytes=%" PRIu64 " tx_bytes=%" PRIu64
	    " rx_packets=%" PRIu64 " tx_packets=%" PRIu64 " reason=\"%s\"",
	    a->attempt, a->user, endpoint_str(&p->remote, from),
	    ipaddr_str(&a->address, addr), mono_since_ms(now, a->up) / 1000,
	    c.rx_bytes, c.tx_bytes, c.rx_packets, c.tx_packets,
	    a->cause != PPP_CAUSE_NONE ? ppp_cause_str(a->cause) :
	    end->why == L2TP_WHY_CLOSED && end->text[0] != '\0' ? end->text :
	    l2tp_why_str(end->why));
}

void
access_call_down(struct lns *l, mono_t now, uint32_t session,
    const struct l2tp_end *end)
{
	uint32_t access = idmap_get(&l->access_of_session, session);
	struct access *a = access_get(l, access);
	uint32_t path;

	if (a == NULL)
		return;
	log_logout(l, now, access, end);
	(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
	    "the call ended in PPP: %s%s%s", l2tp_why_str(end->why),
	    end->text[0] != '\0' ? ": " : "", end->text);
	path = a->path;
	if (a->placed)
		l->ops->sess_del(l->dp, access);
	access_unclaim(l, access);
	access_ask_drop(l, a);
	users_name(l, access, "");
	idmap_del(&l->access_of_session, session);
	due_set(&l->access_due, pool_slot(access), MONO_NEVER);
	ppp_free(access_link(l, access));
	l->ppp[pool_slot(access)] = NULL;
	pool_give(&l->accesses, access);
	path_call_gone(l, now, path, access);
}

/* The limits that hold for a user who proved who he is. */
static bool
access_allowed(struct lns *l, mono_t now, struct access *a,
    const struct aaa_profile *pr)
{
	uint32_t max = pr->sessions > 0 ? pr->sessions :
	    l->params->sessions_per_user;

	if (max == 0 || a->proven || users_proven(l, a->user) < max)
		return true;
	(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
	    "user has %u sessions already, which is the limit", (unsigned)max);
	return false;
}

static void
access_refused(struct lns *l, mono_t now, uint32_t access,
    const struct aaa_answer *ans)
{
	struct access *a = access_get(l, access);
	const struct path *p = access_path(l, a);

	a->state = ACC_LINK;
	limits_failed(l, now, a->user, &p->remote);
	log_info("login failed attempt=%" PRIu64 " user=%s method=%s reason=\"%s\"",
	    a->attempt, a->user[0] != '\0' ? a->user : "-",
	    ppp_method_str(a->method), aaa_why_str(ans->why));
}

/* He is who he says and may come in. */
static void
access_in(struct lns *l, uint32_t access, const struct aaa_profile *pr)
{
	struct access *a = access_get(l, access);
	bool same = a->claimed && a->pool == pr->pool &&
	    (pr->address.family == IP_NONE ? a->leased :
	    ipaddr_eq(&a->address, &pr->address));

	a->state = ACC_ADDR;
	users_prove(l, access);
	if (!same) {
		access_unclaim(l, access);
		a->address = pr->address;
		a->pool = pr->pool;
	}
	path_login_done(l, a->path);
	attempt_stage(&l->attempts, a->attempt, ATT_AUTH);
}

/* A name that says nothing about the device. */
static bool
name_is_generic(const char *host)
{
	return host[0] == '\0' || strcmp(host, "anonymous") == 0 ||
	    strcmp(host, "localhost") == 0;
}

/*
 * The same device on another path: identity, host name and family of client
 * agree, and if the name says nothing, the public address too.
 */
static bool
access_same_device(const struct lns *l, const struct access *a,
    const struct access *b)
{
	const struct path *p = access_path(l, a), *q = access_path(l, b);

	return p != q && join_same_id(&p->id, &q->id) && p->hints == q->hints &&
	    strcmp(p->host_name, q->host_name) == 0 &&
	    strcmp(p->vendor_name, q->vendor_name) == 0 &&
	    (!name_is_generic(p->host_name) ||
	    ipaddr_eq(&p->remote.addr, &q->remote.addr));
}

/*
 * A device that moved dials anew while its old session still stands: the old
 * one goes, and its address goes on (clients.md 57, 58).  Only now, because
 * only now is it known who asks.
 */
static void
access_takeover(struct lns *l, mono_t now, uint32_t access,
    const struct aaa_profile *pr)
{
	static const struct l2tp_end end = { .why = L2TP_WHY_CLOSED,
		.text = "taken over by a newer login of the same device" };
	struct access *a = access_get(l, access);
	uint32_t o = users_first(l, a->user);

	for (int i = 0; o != 0 && i < TAKEOVER_LOOK; i++) {
		const struct access *old = access_get(l, o);
		uint32_t next = users_next(l, o);
		struct access was = *old;

		o = next;
		if (!old->proven || !access_same_device(l, a, old))
			continue;
		access_call_down(l, now, was.session, &end);
		path_drop(l, now, was.path);
		if (a->claimed || !was.leased || was.pool != pr->pool ||
		    pr->address.family != IP_NONE)
			continue;
		a->pool = was.pool;
		a->address = was.address;
		a->leased = true;
		addrpools_retake(&l->pools, a->pool, &a->address);
		access_claim(l, access);
	}
}

/* Puts the question and passes the answer on. */
static void
access_answer(struct lns *l, mono_t now, uint32_t access,
    const struct ppp_auth *q)
{
	struct access *a = access_get(l, access);
	struct aaa_answer ans;

	aaa_local(&l->params->users, q, &ans);
	if (ans.why == AAA_OK) {
		limits_succeeded(l, a->user, &access_path(l, a)->remote);
		access_takeover(l, now, access, &ans.profile);
	}
	if (ans.why == AAA_OK && !access_allowed(l, now, a, &ans.profile)) {
		a->state = ACC_LINK;
		ans.verdict = (struct ppp_verdict){ .error = 691 };
	} else if (ans.why == AAA_OK) {
		access_in(l, access, &ans.profile);
	} else {
		access_refused(l, now, access, &ans);
		if (a->cause == PPP_CAUSE_NONE)
			attempt_note(&l->attempts, a->attempt,
			    aaa_why_str(ans.why));
	}
	ppp_auth_done(access_link(l, access), now, q->ticket, &ans.verdict,
	    l->ppp_out);
	wipe(&ans, sizeof(ans));
}

static void
access_no(struct lns *l, mono_t now, uint32_t access,
    const struct ppp_auth *q)
{
	static const struct ppp_verdict no = { .error = 691 };

	access_get(l, access)->state = ACC_LINK;
	ppp_auth_done(access_link(l, access), now, q->ticket, &no, l->ppp_out);
}

/*
 * The login's clocks stand while the answer is ours to give: from now until
 * `at`, but no moment of it twice, however often the peer begins anew.
 */
static void
access_clock_stands(struct lns *l, mono_t now, struct access *a, mono_t at)
{
	mono_t from = mono_before(now, a->stands_until) ? a->stands_until : now;
	uint64_t us = mono_since_us(at, from);

	a->login_by = mono_add_us(a->login_by, us);
	path_login_wait(l, a->path, us);
	if (mono_before(a->stands_until, at))
		a->stands_until = at;
}

void
access_ask_auth(struct lns *l, mono_t now, uint32_t access,
    const struct ppp_auth *q)
{
	struct access *a = access_get(l, access);
	struct ask *k;
	mono_t at;

	a->state = ACC_AUTH;
	a->method = q->method;
	access_ask_drop(l, a);
	if (!access_name(l, access, q)) {
		access_no(l, now, access, q);
		return;
	}
	at = limits_answer_at(l, now, a->user, &access_path(l, a)->remote);
	if (!mono_before(now, at)) {
		access_answer(l, now, access, q);
		return;
	}
	k = pool_take(&l->asks, &a->ask);
	if (k == NULL) {
		drop_count(l->drops, DROP_LNS_LIMIT);
		attempt_note(&l->attempts, a->attempt,
		    "too many answers are being kept back");
		access_no(l, now, access, q);
		return;
	}
	*k = (struct ask){ .access = access, .due = at, .q = *q };
	access_clock_stands(l, now, a, at);
	due_set(&l->ask_due, pool_slot(a->ask), at);
}

void
access_ask_due(struct lns *l, mono_t now, uint32_t ask)
{
	struct ask *k = pool_get(&l->asks, ask);
	struct ppp_auth q;
	uint32_t access;

	if (k == NULL)
		return;
	access = k->access;
	q = k->q;
	pool_give(&l->asks, ask);
	if (access_get(l, access) != NULL) {
		access_get(l, access)->ask = 0;
		access_answer(l, now, access, &q);
		step_ppp(l, now, access);
		access_rearm(l, access);
	}
	wipe(&q, sizeof(q));
}

/* Sees to it that the session has its address. */
static bool
access_address(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);
	char text[IPADDR_STRLEN];

	if (a->claimed)
		return true;
	if (a->address.family != IP_NONE) {
		if (address_taken(l, &a->address)) {
			(void)attempt_end(&l->attempts, now, a->attempt,
			    ATT_REFUSED, "static address %s is in use",
			    ipaddr_str(&a->address, text));
			return false;
		}
	} else {
		if (a->pool < l->pools.n)
			a->address = addrpools_lease(&l->pools, a->pool);
		a->leased = a->address.family != IP_NONE;
		if (!a->leased) {
			(void)attempt_end(&l->attempts, now, a->attempt,
			    ATT_REFUSED, "address pool %s is empty",
			    a->pool < l->pools.n ?
			    l->pools.v[a->pool].name : "-");
			return false;
		}
	}
	access_claim(l, access);
	return true;
}

void
access_ask_addr(struct lns *l, mono_t now, uint32_t access)
{
	const struct lns_params *p = l->params;
	struct ppp_addr addr = { .ours = { .family = IP_NONE } };

	if (access_address(l, now, access)) {
		addr.ours = p->address;
		addr.peers = access_get(l, access)->address;
		memcpy(addr.dns, p->dns, sizeof(addr.dns));
		memcpy(addr.wins, p->wins, sizeof(addr.wins));
	}
	ppp_addr_done(access_link(l, access), now, &addr, l->ppp_out);
}

static void
log_login(const struct lns *l, mono_t now, const struct access *a)
{
	const struct path *p = access_path(l, a);
	char addr[IPADDR_STRLEN], from[ENDPOINT_STRLEN], suite[24];
	const struct attempt *t = attempt_find(&l->attempts, a->attempt);

	log_info("login attempt=%" PRIu64 " user=%s client=%s address=%s "
	    "method=%s cipher=%s mtu=%u host=%s took_ms=%" PRIu64,
	    a->attempt, a->user, endpoint_str(&p->remote, from),
	    ipaddr_str(&a->address, addr), ppp_method_str(a->method),
	    esp_suite_str(&p->suite, suite), (unsigned)a->mtu,
	    p->host_name[0] != '\0' ? p->host_name : "-",
	    t != NULL ? mono_since_ms(now, t->began) : 0);
}

/* Bytes of an IP packet to the peer: what fits its SA and what it takes. */
static uint16_t
access_room(const struct lns *l, const struct access *a)
{
	uint16_t mtu = path_mtu(l, access_path(l, a));

	return a->net.peer_mru < mtu ? a->net.peer_mru : mtu;
}

static bool
access_open(struct lns *l, uint32_t access)
{
	struct access *a = access_get(l, access);
	struct dp_net dn = { .peer4 = a->address, .mtu = access_room(l, a) };

	a->mtu = dn.mtu;
	return l->ops->sess_open(l->dp, access, &dn);
}

void
access_mtu(struct lns *l, mono_t now, uint32_t access)
{
	const struct access *a = access_get(l, access);

	if (a == NULL || a->state != ACC_UP || access_room(l, a) == a->mtu)
		return;
	if (!access_open(l, access))
		access_end(l, now, access, "out of resources");
}

void
access_net_up(struct lns *l, mono_t now, uint32_t access,
    const struct ppp_net *net)
{
	struct access *a = access_get(l, access);
	const struct path *p = access_path(l, a);
	bool again = a->up.us != MONO_NEVER.us;

	a->net = *net;
	if (a->state != ACC_ADDR || !access_open(l, access)) {
		(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
		    "out of resources");
		/* What follows goes into the box that is being read. */
		ppp_close(access_link(l, access), now, PPP_CAUSE_CLOSED,
		    "out of resources", l->ppp_out);
		return;
	}
	a->state = ACC_UP;
	a->login_by = MONO_NEVER;
	if (again)
		return;
	a->up = now;
	l->logins++;
	attempt_stage(&l->attempts, a->attempt, ATT_UP);
	if (attempt_end(&l->attempts, now, a->attempt, ATT_SUCCESS, "logged in"))
		ike_trust(l->ike, now, &p->remote);
	log_login(l, now, a);
}

void
access_net_down(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);

	l->ops->sess_shut(l->dp, access);
	if (a->state != ACC_UP)
		return;
	a->state = ACC_ADDR;
	a->login_by = mono_add_ms(now, l->params->login_ms);
}

void
access_link_down(struct lns *l, mono_t now, uint32_t access,
    enum ppp_cause cause, const char *text)
{
	struct access *a = access_get(l, access);

	a->state = ACC_ENDING;
	a->cause = cause;
	a->login_by = MONO_NEVER;
	(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
	    "%s%s%s", ppp_cause_str(cause), text[0] != '\0' ? ": " : "", text);
	l->ops->sess_shut(l->dp, access);
	l2tp_call_close(l->l2tp, now, a->session, RESULT_ADMIN, 0,
	    ppp_cause_str(cause), l->l2tp_out);
}

void
access_end(struct lns *l, mono_t now, uint32_t access, const char *text)
{
	if (access_get(l, access) == NULL)
		return;
	ppp_close(access_link(l, access), now, PPP_CAUSE_CLOSED, text,
	    l->ppp_out);
	step_ppp(l, now, access);
	if (access_get(l, access) != NULL)
		access_rearm(l, access);
}

void
access_expire(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);

	if (mono_due(a->login_by, now)) {
		(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
		    "gave up: not logged in %u s after the call",
		    (unsigned)(l->params->login_ms / 1000));
		a->login_by = MONO_NEVER;
		access_end(l, now, access, "login took too long");
		return;
	}
	ppp_expire(access_link(l, access), now, l->ppp_out);
	step_ppp(l, now, access);
	access_rearm(l, access);
}

bool
access_index(struct lns *l, uint32_t access)
{
	const struct access *a = access_get(l, access);

	users_index(l, access);
	if (a->claimed)
		htab_add(&l->access_by_addr, pool_slot(access),
		    address_hash(l, &a->address));
	if (a->leased)
		addrpools_retake(&l->pools, a->pool, &a->address);
	access_rearm(l, access);
	return idmap_put(&l->access_of_session, a->session, access);
}
