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
 *   UP       net up       UP       it opens for the other family, too
 *   UP       net down     ADDR     nothing left: LCP or both protocols begin
 *                                  anew; address and network stay
 *   any      link down    ENDING   CDN goes out
 *   any      call down    -        one logout line; all is given back
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/account.h"
#include "lns/ask.h"
#include "lns/behind.h"
#include "lns/ipv6.h"
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
	mono_t ra = a->v6_up ? mono_min(a->ra_at, a->ra_answer) : MONO_NEVER;

	due_set(&l->access_due, pool_slot(access), mono_min(a->login_by,
	    mono_min(mono_min(account_deadline(a), ra),
	    ppp_deadline(access_link(l, access)))));
}

void
access_stepped(struct lns *l, mono_t now, uint32_t access)
{
	step_ppp(l, now, access);
	if (access_get(l, access) != NULL)
		access_rearm(l, access);
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
	if (!limits_call(l, now, &p->remote))
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
		.serial = ++l->serial,
		.nas_port = pool_slot(access),
		.acct_group = AAA_NO_GROUP,
		.interim_at = MONO_NEVER,
		.ends_at = MONO_NEVER,
		.look_at = MONO_NEVER,
		.ra_at = MONO_NEVER,
		.ra_answer = MONO_NEVER,
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
	htab_add(&l->access_by_serial, pool_slot(access), a->serial);
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
	access_stepped(l, now, access);
}

void
access_lcp_up(struct lns *l, mono_t now, uint32_t access,
    enum ppp_method method)
{
	struct access *a = access_get(l, access);

	a->method = method;
	ask_broken_off(l, now, access);
	a->state_len = 0;
	ask_drop(l, now, access);
	attempt_stage(&l->attempts, a->attempt, ATT_LCP);
}

static uint64_t
address_hash(const struct lns *l, const struct ipaddr *addr)
{
	return hash_bytes(&l->hash, addr, sizeof(*addr));
}

uint32_t
access_holder(const struct lns *l, const struct ipaddr *addr)
{
	uint64_t hash = address_hash(l, addr);

	for (uint32_t i = htab_find(&l->access_by_addr, hash);
	    i != HTAB_NONE; i = htab_next(&l->access_by_addr, i)) {
		uint32_t h;
		const struct access *o = pool_at(&l->accesses, i, &h);

		if (o != NULL && ipaddr_eq(&o->address, addr))
			return h;
	}
	return 0;
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

static const char *
logout_reason(const struct access *a, const struct l2tp_end *end)
{
	const char *why = account_cause_str(a->stop_cause);

	if (why != NULL)
		return why;
	if (a->cause != PPP_CAUSE_NONE)
		return ppp_cause_str(a->cause);
	return end->why == L2TP_WHY_CLOSED && end->text[0] != '\0' ?
	    end->text : l2tp_why_str(end->why);
}

static void
log_logout(struct lns *l, mono_t now, uint32_t access,
    const struct l2tp_end *end)
{
	const struct access *a = access_get(l, access);
	const struct path *p = access_path(l, a);
	char addr[IPADDR_STRLEN], from[ENDPOINT_STRLEN];
	char prefix[IPV6_TEXT_MAX];
	struct dp_count c = { 0 };

	if (a->up.us == UINT64_MAX)
		return;
	(void)l->ops->sess_count(l->dp, access, &c);
	log_info("logout attempt=%" PRIu64 " user=%s client=%s address=%s%s "
	    "up_s=%" PRIu64 " rx_bytes=%" PRIu64 " tx_bytes=%" PRIu64
	    " rx_packets=%" PRIu64 " tx_packets=%" PRIu64 " reason=\"%s\"",
	    a->attempt, a->user, endpoint_str(&p->remote, from),
	    ipaddr_str(&a->address, addr), ipv6_text(a, prefix),
	    mono_since_ms(now, a->up) / 1000,
	    c.rx_bytes, c.tx_bytes, c.rx_packets, c.tx_packets,
	    logout_reason(a, end));
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
	ask_left(l, access);
	(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
	    "the call ended in PPP: %s%s%s", l2tp_why_str(end->why),
	    end->text[0] != '\0' ? ": " : "", end->text);
	path = a->path;
	account_stop(l, now, access, end);
	if (a->placed)
		l->ops->sess_del(l->dp, access);
	behind_shut(l, access);
	access_unclaim(l, access);
	ask_broken_off(l, now, access);
	ipv6_release(l, access);
	ask_drop(l, now, access);
	users_name(l, access, "");
	idmap_del(&l->access_of_session, session);
	htab_del(&l->access_by_serial, pool_slot(access));
	due_set(&l->access_due, pool_slot(access), MONO_NEVER);
	ppp_free(access_link(l, access));
	l->ppp[pool_slot(access)] = NULL;
	pool_give(&l->accesses, access);
	path_call_gone(l, now, path, access);
}

void
access_in(struct lns *l, uint32_t access, const struct profile *pr,
    uint64_t who)
{
	struct access *a = access_get(l, access);
	bool same = a->claimed && a->pool == pr->pool &&
	    (pr->address.family == IP_NONE ? a->leased :
	    ipaddr_eq(&a->address, &pr->address));

	a->state = ACC_ADDR;
	users_prove(l, access, who);
	a->profile = *pr;
	if (!same) {
		access_unclaim(l, access);
		a->address = pr->address;
		a->pool = pr->pool;
	}
	if (ipv6_other(a, pr))
		ipv6_release(l, access);
	ppp_ipv6_set(access_link(l, access), ipv6_may(l, pr));
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

/* It gives way to another; but what ended it before that stays its cause. */
static void
access_preempted(struct access *a)
{
	if (a->stop_cause == CAUSE_NONE)
		a->stop_cause = CAUSE_PORT_PREEMPTED;
}

void
access_takeover(struct lns *l, mono_t now, uint32_t access,
    const struct profile *pr)
{
	static const struct l2tp_end end = { .why = L2TP_WHY_CLOSED,
		.text = "taken over by a newer login of the same device" };
	struct access *a = access_get(l, access);
	uint32_t o = users_first(l, a->user);

	for (int i = 0; o != 0 && i < TAKEOVER_LOOK; i++) {
		struct access *old = access_get(l, o);
		uint32_t next = users_next(l, o);
		struct access was = *old;

		o = next;
		if (!old->proven || !access_same_device(l, a, old))
			continue;
		access_preempted(old);
		access_call_down(l, now, was.session, &end);
		path_drop(l, now, was.path);
		ipv6_inherit(l, access, &was, pr);
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

bool
access_make_free(struct lns *l, mono_t now, uint32_t access,
    const struct ipnet *what, uint32_t holder)
{
	static const struct l2tp_end end = { .why = L2TP_WHY_CLOSED,
		.text = "its address was given to a newer login" };
	struct access *a = access_get(l, access);
	char text[IPNET_STRLEN];
	struct access *o = access_get(l, holder);
	uint32_t path;

	if (o == NULL)
		return true;
	(void)ipnet_str(what, text);
	if (!l->params->take_address) {
		(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
		    "static address %s is in use by %s", text, o->user);
		return false;
	}
	log_info("address taken over attempt=%" PRIu64 " user=%s address=%s "
	    "from=%s", a->attempt, a->user, text, o->user);
	access_preempted(o);
	path = o->path;
	access_call_down(l, now, o->session, &end);
	path_drop(l, now, path);
	return true;
}

/*
 * One of his pool that nobody has: the server may have given one of them to
 * another user as Framed-IP-Address.  What is passed over is free again, and
 * comes last.
 */
static bool
access_lease(struct lns *l, struct access *a)
{
	for (uint32_t i = 0; a->pool < l->pools.n &&
	    i < l->pools.v[a->pool].count; i++) {
		a->address = addrpools_lease(&l->pools, a->pool);
		if (access_holder(l, &a->address) == 0)
			break;
		addrpools_release(&l->pools, a->pool, &a->address);
		a->address.family = IP_NONE;
	}
	return a->address.family != IP_NONE;
}

/* Sees to it that the session has its address. */
static bool
access_address(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);
	const struct ipnet must = { a->address, 32 };

	if (a->claimed)
		return true;
	if (a->address.family != IP_NONE) {
		if (!access_make_free(l, now, access, &must,
		    access_holder(l, &a->address)))
			return false;
	} else {
		a->leased = access_lease(l, a);
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

/* His own if he has one, else everybody's. */
static void
name_servers(const struct ipaddr own[2], const struct ipaddr all[2],
    struct ipaddr out[2])
{
	bool has = own[0].family != IP_NONE || own[1].family != IP_NONE;

	memcpy(out, has ? own : all, 2 * sizeof(out[0]));
}

void
access_ask_addr(struct lns *l, mono_t now, uint32_t access)
{
	const struct lns_params *p = l->params;
	const struct access *a = access_get(l, access);
	struct ppp_addr addr = { .ours = { .family = IP_NONE } };

	if (access_address(l, now, access) && ipv6_give(l, now, access)) {
		addr.ours = p->address;
		addr.peers = a->address;
		name_servers(a->profile.dns, p->dns, addr.dns);
		name_servers(a->profile.wins, p->wins, addr.wins);
		addr.ipv6 = a->prefix.family != IP_NONE;
		addr.ifid = a->profile.ifid;
	}
	ppp_addr_done(access_link(l, access), now, &addr, l->ppp_out);
}

static void
log_login(const struct lns *l, mono_t now, const struct access *a)
{
	const struct path *p = access_path(l, a);
	char addr[IPADDR_STRLEN], from[ENDPOINT_STRLEN], suite[24];
	const struct attempt *t = attempt_find(&l->attempts, a->attempt);
	char prefix[IPV6_TEXT_MAX];

	log_info("login attempt=%" PRIu64 " user=%s client=%s address=%s%s "
	    "method=%s cipher=%s mtu=%u host=%s took_ms=%" PRIu64,
	    a->attempt, a->user, endpoint_str(&p->remote, from),
	    ipaddr_str(&a->address, addr), ipv6_text(a, prefix),
	    ppp_method_str(a->method),
	    esp_suite_str(&p->suite, suite), (unsigned)a->mtu,
	    p->host_name[0] != '\0' ? p->host_name : "-",
	    t != NULL ? mono_since_ms(now, t->began) : 0);
}

uint16_t
access_room(const struct lns *l, uint32_t access)
{
	const struct access *a = access_get(l, access);
	uint16_t mtu = path_mtu(l, access_path(l, a));
	uint16_t takes = ppp_peer_mru(access_link(l, access));

	if (a->profile.mtu != 0 && a->profile.mtu < mtu)
		mtu = a->profile.mtu;
	return takes < mtu ? takes : mtu;
}

/* Filter and rates, before packets flow and whenever they change. */
bool
access_policy(struct lns *l, uint32_t access)
{
	struct access *a = access_get(l, access);
	const struct profile *p = &a->profile;
	struct dp_policy policy = { .acl = p->acl, .rx_bps = p->rx_bps,
		.tx_bps = p->tx_bps };
	bool has = p->acl != 0 || p->rx_bps != 0 || p->tx_bps != 0;

	if (!has && !a->policed)
		return true;
	a->policed = has;
	return l->ops->sess_policy(l->dp, access, has ? &policy : NULL);
}

/* Those families flow whose protocol is open. */
static bool
access_open(struct lns *l, uint32_t access)
{
	struct access *a = access_get(l, access);
	struct dp_net dn = { .mtu = access_room(l, access) };
	bool six = a->v6_up && dn.mtu >= ACCESS_MTU6;
	char text[IPNET_STRLEN];

	if (a->v4_up)
		dn.peer4 = a->address;
	if (six)
		dn.prefix6 = (struct ipnet){ a->prefix, 64 };
	/* A route that is another's already is left out, and said. */
	for (uint32_t i = 0; i < a->profile.route_n; i++) {
		const struct ipnet *r = &a->profile.route[i];

		if (!(r->addr.family == IP_V6 ? six : a->v4_up))
			continue;
		if (l->ops->sess_route_ok(l->dp, access, r))
			dn.route[dn.route_n++] = *r;
		else
			log_warn("route refused attempt=%" PRIu64 " user=%s "
			    "route=%s reason=\"it is another session's\"",
			    a->attempt, a->user, ipnet_str(r, text));
	}
	a->mtu = dn.mtu;
	if (!access_policy(l, access) ||
	    !l->ops->sess_open(l->dp, access, &dn))
		return false;
	behind_set(l, access, dn.route, dn.route_n);
	return true;
}

void
access_mtu(struct lns *l, mono_t now, uint32_t access)
{
	const struct access *a = access_get(l, access);

	if (a == NULL || a->state != ACC_UP ||
	    access_room(l, access) == a->mtu)
		return;
	if (!access_open(l, access))
		access_end(l, now, access, "out of resources");
}

/* A family has come; false: it could not. */
static bool
access_family_up(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);
	const struct path *p = access_path(l, a);
	bool again = a->up.us != MONO_NEVER.us, other = a->state == ACC_UP;

	if ((a->state != ACC_ADDR && !other) || !access_open(l, access)) {
		(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
		    "out of resources");
		/* What follows goes into the box that is being read. */
		ppp_close(access_link(l, access), now, PPP_CAUSE_CLOSED,
		    "out of resources", l->ppp_out);
		return false;
	}
	a->state = ACC_UP;
	a->login_by = MONO_NEVER;
	if (again) {		/* perhaps with other limits than before */
		if (!other)
			account_changed(l, now, access);
		access_rearm(l, access);
		return true;
	}
	a->up = now;
	l->logins++;
	attempt_stage(&l->attempts, a->attempt, ATT_UP);
	if (attempt_end(&l->attempts, now, a->attempt, ATT_SUCCESS, "logged in"))
		ike_trust(l->ike, now, &p->remote);
	log_login(l, now, a);
	account_start(l, now, access);
	access_rearm(l, access);
	return true;
}

void
access_net_up(struct lns *l, mono_t now, uint32_t access,
    const struct ppp_net *net)
{
	struct access *a = access_get(l, access);

	a->net = *net;
	a->v4_up = true;
	(void)access_family_up(l, now, access);
}

void
access_net6_up(struct lns *l, mono_t now, uint32_t access,
    const struct ppp_net6 *net)
{
	struct access *a = access_get(l, access);

	a->net6 = *net;
	a->v6_up = ipv6_free(l, access);
	if (!a->v6_up || !access_family_up(l, now, access))
		return;
	ipv6_up(l, now, access);
	access_rearm(l, access);
}

/* A family has gone; what is left of the other one flows on. */
static void
access_family_down(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);

	if (a->state == ACC_UP && (a->v4_up || a->v6_up) &&
	    access_open(l, access))
		return;
	l->ops->sess_shut(l->dp, access);
	behind_shut(l, access);
	if (a->state != ACC_UP)
		return;
	a->state = ACC_ADDR;
	a->login_by = mono_add_ms(now, l->params->login_ms);
}

void
access_net_down(struct lns *l, mono_t now, uint32_t access)
{
	access_get(l, access)->v4_up = false;
	access_family_down(l, now, access);
}

void
access_net6_down(struct lns *l, mono_t now, uint32_t access)
{
	access_get(l, access)->v6_up = false;
	access_family_down(l, now, access);
}

void
access_link_down(struct lns *l, mono_t now, uint32_t access,
    enum ppp_cause cause, const char *text)
{
	struct access *a = access_get(l, access);

	a->state = ACC_ENDING;
	a->cause = cause;
	a->login_by = MONO_NEVER;
	ask_left(l, access);
	if (cause == PPP_CAUSE_PEER)
		(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
		    "the client hung up before it was logged in%s%s",
		    text[0] != '\0' ? ": " : "", text);
	else
		(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
		    "%s", text[0] != '\0' ? text : ppp_cause_str(cause));
	l->ops->sess_shut(l->dp, access);
	behind_shut(l, access);
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
	access_stepped(l, now, access);
}

void
access_dismiss(struct lns *l, mono_t now, uint32_t access,
    enum request_cause cause)
{
	struct access *a = access_get(l, access);

	if (a->stop_cause == CAUSE_NONE && a->state != ACC_ENDING)
		a->stop_cause = cause;
	if (path_calls(access_path(l, a)) > 1)
		access_end(l, now, access, account_cause_str(cause));
	else
		path_end(l, now, a->path);
}

void
access_expire(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);
	const char *over = account_expire(l, now, access);

	if (over != NULL) {
		access_end(l, now, access, over);
		return;
	}
	if (mono_due(a->login_by, now)) {
		char text[PPP_TEXT_MAX];

		ppp_explain(access_link(l, access), text);
		(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
		    "%s (not logged in %u s after the call)", text,
		    (unsigned)(l->params->login_ms / 1000));
		a->login_by = MONO_NEVER;
		access_end(l, now, access, "login took too long");
		return;
	}
	ipv6_expire(l, now, access);
	ppp_expire(access_link(l, access), now, l->ppp_out);
	step_ppp(l, now, access);
	access_rearm(l, access);
}

bool
access_index(struct lns *l, uint32_t access)
{
	const struct access *a = access_get(l, access);

	users_index(l, access);
	htab_add(&l->access_by_serial, pool_slot(access), a->serial);
	if (a->claimed)
		htab_add(&l->access_by_addr, pool_slot(access),
		    address_hash(l, &a->address));
	if (a->leased)
		addrpools_retake(&l->pools, a->pool, &a->address);
	ipv6_index(l, access);
	access_rearm(l, access);
	return idmap_put(&l->access_of_session, a->session, access);
}
