/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration to parameters: see apply.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "l2tpd/apply.h"

#define CHILDREN_PER_PEER	2
#define ROUTES			4096	/* behind all clients */

static void
apply_id(const struct conf_id *c, struct ike_id *id)
{
	struct wr w = wr_make(id->b, sizeof(id->b));

	*id = (struct ike_id){ .type = IKE_ID_NONE };
	switch ((enum conf_id_kind)c->kind) {
	case CONF_ID_AUTO:
		return;
	case CONF_ID_ADDRESS:
		id->type = c->addr.family == IP_V6 ? IKE_ID_IPV6 : IKE_ID_IPV4;
		ipaddr_encode(&w, &c->addr);
		break;
	case CONF_ID_FQDN:
		id->type = IKE_ID_FQDN;
		wr_bytes(&w, c->text, strlen(c->text));
		break;
	case CONF_ID_USER_FQDN:
		id->type = IKE_ID_USER_FQDN;
		wr_bytes(&w, c->text, strlen(c->text));
		break;
	}
	id->len = (uint8_t)wr_used(&w);
}

static void
apply_ike(const struct conf *c, struct ike_params *p)
{
	const struct conf_ipsec *i = &c->ipsec;

	ike_params_default(p, i->allow_legacy_dh);
	for (uint32_t k = 0; k < i->keys.n && k < IKE_PSK_MAX; k++)
		p->psk[p->psk_n++] = i->keys.s[k];
	apply_id(&c->listener.id, &p->id);
	if (i->phase1.n > 0) {
		p->p1_n = 0;
		for (uint32_t k = 0; k < i->phase1.n; k++)
			p->p1[p->p1_n++] = (struct ike_p1){
				.cipher = i->phase1.p[k].cipher,
				.hash = i->phase1.p[k].hash,
				.group = i->phase1.p[k].group,
			};
	}
	if (i->phase2.n > 0) {
		p->p2_n = 0;
		for (uint32_t k = 0; k < i->phase2.n; k++)
			p->p2[p->p2_n++] = i->phase2.p[k];
	}
	p->p1_life_s = i->phase1_life_s;
	p->p2_life_s = i->phase2_life_s;
	p->dpd_idle_s = i->dpd_s;
	p->dpd_tries = i->dpd_tries;
	p->limits.peers = i->max_peers;
	p->limits.half_open = i->max_half_open;
	p->limits.dh_pending = i->max_dh_pending;
	p->limits.children = i->max_children;
	p->limits.burst32 = i->address_burst;
	p->limits.rate32 = i->address_rate;
	p->limits.burst24 = i->network_burst;
	p->limits.rate24 = i->network_rate;
	p->limits.rate_all = i->total_rate;
	p->limits.trusted_factor = i->trusted_factor;
}

static void
apply_l2tp(const struct conf_l2tp *c, struct l2tp_params *p)
{
	l2tp_params_default(p);
	(void)snprintf(p->host_name, sizeof(p->host_name), "%s", c->host_name);
	p->hello_s = c->hello_s;
	p->recv_window = (uint16_t)c->receive_window;
	p->tunnels = c->max_tunnels;
	p->sessions = c->max_sessions;
	p->tunnels_per_path = c->tunnels_per_peer;
	p->sessions_per_tunnel = c->sessions_per_tunnel;
	p->rtx_first_ms = c->retransmit_first_ms;
	p->rtx_cap_ms = c->retransmit_cap_ms;
	p->rtx_tries = c->retransmit_tries;
}

static void
apply_ppp(const struct conf *c, struct ppp_params *p)
{
	uint32_t m = c->ppp.methods;

	ppp_params_default(p);
	p->mru = (uint16_t)c->ppp.mru;
	p->methods = (uint8_t)((m & CONF_METHOD_PAP ? PPP_PAP : 0) |
	    (m & CONF_METHOD_CHAP_MD5 ? PPP_CHAP_MD5 : 0) |
	    (m & CONF_METHOD_MSCHAPV2 ? PPP_MSCHAPV2 : 0) |
	    (m & CONF_METHOD_EAP ? PPP_EAP : 0));
	(void)snprintf(p->host_name, sizeof(p->host_name), "%s",
	    c->l2tp.host_name);
	p->restart_ms = c->ppp.restart_ms;
	p->max_configure = (uint8_t)c->ppp.max_configure;
	p->max_terminate = (uint8_t)c->ppp.max_terminate;
	p->max_failure = (uint8_t)c->ppp.max_failure;
	p->auth_tries = (uint8_t)c->ppp.auth_tries;
	p->echo_s = c->ppp.echo_s;
	p->echo_lost = (uint8_t)c->ppp.echo_failures;
}

static void
apply_pool(const struct conf_pool *c, struct addrpool_params *p)
{
	(void)snprintf(p->name, sizeof(p->name), "%s", c->name);
	for (uint32_t k = 0; k < c->range.n && k < ADDRPOOL_RANGES; k++)
		p->range[p->range_n++] = (struct addrpool_range){
			.first = ipaddr_as_v4(&c->range.r[k].first),
			.last = ipaddr_as_v4(&c->range.r[k].last),
		};
}

/* Networks of 64 bits, by the number that these are. */
static void
apply_pool6(const struct conf_pool *c, struct addrpool_params *p)
{
	(void)snprintf(p->name, sizeof(p->name), "%s", c->name);
	p->six = true;
	for (uint32_t k = 0; k < c->prefix6.n && k < ADDRPOOL_RANGES; k++) {
		const struct ipnet *net = &c->prefix6.net[k];
		struct rd half = rd_make(net->addr.b, 8);
		uint64_t first = rd_u64(&half);

		p->range[p->range_n++] = (struct addrpool_range){
			.first = first,
			.last = first + (UINT64_C(1) << (64 - net->bits)) - 1,
		};
	}
}

/* Single addresses that the pools keep; false if there are too many. */
static bool
apply_exclude(const struct conf_pool *c, struct lns_params *p)
{
	for (uint32_t k = 0; k < c->exclude.n; k++) {
		uint32_t a = ipaddr_as_v4(&c->exclude.r[k].first);
		uint32_t b = ipaddr_as_v4(&c->exclude.r[k].last);

		for (uint32_t v = a; v >= a && v <= b; v++) {
			if (p->keep_out_n == LNS_KEEP_OUT)
				return false;
			p->keep_out[p->keep_out_n++] = ipaddr_v4(v);
		}
	}
	return true;
}

static int
pool_index(const struct conf *c, const char *name)
{
	for (uint32_t i = 0; i < c->pools; i++)
		if (strcmp(c->pool[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* From 1; 0: none of this name, which users_check() has refused. */
static uint32_t
group_number(const struct conf *c, const char *name)
{
	for (uint32_t i = 0; name[0] != '\0' && i < c->user_groups; i++)
		if (strcmp(c->user_group[i].name, name) == 0)
			return i + 1;
	return 0;
}

static bool
apply_users(const struct conf *c, const struct users *us,
    struct lns_params *p, char *err, size_t err_size)
{
	size_t n = users_count(us);
	struct aaa_user *v = calloc(n > 0 ? n : 1, sizeof(*v));
	const char *twice = NULL;

	if (v == NULL) {
		(void)snprintf(err, err_size, "users: out of memory");
		return false;
	}
	p->users = (struct aaa_users){ .v = v, .n = (uint32_t)n };
	for (size_t i = 0; i < n; i++) {
		const struct user *u = users_at(us, i);
		int pool = u->pool[0] != '\0' ? pool_index(c, u->pool) :
		    (int)c->users.pool_index;

		v[i] = (struct aaa_user){
			.name = u->name, .password = u->password,
			.password_len = u->password_len,
			.has_nt = u->has_nthash, .address = u->address,
			.pool = pool >= 0 ? (uint32_t)pool : ADDRPOOLS_MAX,
			.sessions = u->sessions,
			.group = group_number(c, u->group),
		};
		memcpy(v[i].nt_hash, u->nthash, sizeof(v[i].nt_hash));
	}
	if (!aaa_users_sort(v, (uint32_t)n, &twice)) {
		(void)snprintf(err, err_size, "users: %s is there twice", twice);
		return false;
	}
	return true;
}

static void
apply_limits(const struct conf *c, struct lns_params *p)
{
	p->weak_keys = c->ipsec.weak_keys;
	p->paths = c->ipsec.max_peers;
	p->sessions = c->limits.sessions;
	p->sessions_per_user = c->limits.sessions_per_user;
	p->attempts_kept = c->limits.attempts;
	p->outer_mtu = (uint16_t)c->outer_mtu;
	p->replay_window = (uint16_t)c->ipsec.replay_window;
	p->login_ms = c->limits.login_s * 1000;
	p->auth_delay_s = c->limits.auth_delay_s;
	p->auth_delay_max_s = c->limits.auth_delay_max_s;
	p->login_rate = c->limits.login_rate;
	p->login_burst = c->limits.login_burst;
	p->auth_rate = c->limits.auth_rate;
	p->lockout_user = c->limits.lockout_user;
	p->lockout_everywhere = c->limits.lockout_everywhere;
	p->lockout_source = c->limits.lockout_source;
	p->lockout_window_s = c->limits.lockout_window_s;
	p->lockout_s = c->limits.lockout_s;
	p->lockout_entries = c->limits.lockout_entries;
}

static void
apply_groups(const struct conf *c, struct lns_params *p)
{
	for (uint32_t i = 0; i < c->user_groups && i < LNS_GROUPS_MAX; i++) {
		const struct conf_group *g = &c->user_group[i];
		struct profile_group *out = &p->group[i];
		struct profile *q = &out->grants;

		(void)snprintf(out->name, sizeof(out->name), "%s", g->name);
		out->has_pool = g->pool_index != CONF_NONE;
		q->pool = out->has_pool ? g->pool_index : 0;
		q->acl = g->acl_index == CONF_NONE ? 0 : g->acl_index + 1;
		q->sessions = g->sessions;
		for (uint32_t k = 0; k < g->dns.n && k < 2; k++)
			q->dns[k] = g->dns.a[k];
		for (uint32_t k = 0; k < g->wins.n && k < 2; k++)
			q->wins[k] = g->wins.a[k];
		q->mtu = (uint16_t)g->mtu;
		q->session_s = g->session_s;
		q->idle_s = g->idle_s;
		q->interim_s = g->interim_s;
		q->rx_bps = g->rate_up;
		q->tx_bps = g->rate_down;
		q->total_max = g->quota;
		for (uint32_t k = 0; k < g->route.n && k < DP_ROUTES_MAX; k++)
			q->route[q->route_n++] = g->route.net[k];
	}
	for (uint32_t i = 0; i < c->pools && i < ADDRPOOLS_MAX; i++)
		p->pool_name[i] = c->pool[i].name;
	for (uint32_t i = 0; i < c->pools && i < ADDRPOOLS_MAX; i++)
		p->pool_six[i] = c->pool[i].prefix6.n > 0;
	for (uint32_t i = 0; i < c->acls && i < LNS_ACLS_MAX; i++)
		p->acl_name[i] = c->acl[i].name;
	p->names = (struct profile_names){
		.pool = p->pool_name, .pool_n = c->pools,
		.pool_six = p->pool_six,
		.acl = p->acl_name, .acl_n = c->acls,
		.group = p->group, .group_n = c->user_groups,
		.ignore_unknown_filter =
		    c->radius.unknown_filter == CONF_UNKNOWN_IGNORE,
	};
	p->pool_default = c->users.pool_index;
	p->group_default = c->radius.default_group_index == CONF_NONE ? 0 :
	    c->radius.default_group_index + 1;
}

static struct radius_server_params
server_params(const struct conf_server *s)
{
	struct radius_server_params p;

	radius_server_default(&p);
	(void)snprintf(p.name, sizeof(p.name), "%s", s->name);
	p.transport = s->transport == CONF_RADIUS_TLS ? RADIUS_TLS :
	    RADIUS_UDP;
	p.at[RADIUS_AUTH] = (struct endpoint){ s->address,
		(uint16_t)s->auth_port };
	p.at[RADIUS_ACCT] = (struct endpoint){ s->address,
		(uint16_t)s->acct_port };
	p.secret = s->key;
	p.require_message_authenticator = s->require_message_authenticator;
	p.probe = s->probe == CONF_PROBE_NONE ? RADIUS_PROBE_NONE :
	    RADIUS_PROBE_STATUS;
	p.priority = (uint8_t)s->priority;
	p.first_ms = s->timeout_ms;
	p.cap_ms = s->timeout_cap_ms;
	p.quiet_ms = s->quiet_ms;
	p.fail_ms = s->fail_ms;
	p.dead_ms = s->dead_ms;
	p.ports = s->sockets;
	return p;
}

static void
apply_servers(const struct conf *c, struct radius_params *p)
{
	for (uint32_t i = 0; i < c->servers; i++)
		p->server[p->server_n++] = server_params(&c->server[i]);
	for (uint32_t i = 0; i < c->server_groups; i++) {
		const struct conf_server_group *g = &c->server_group[i];
		struct radius_group_params *out = &p->group[p->group_n++];

		(void)snprintf(out->name, sizeof(out->name), "%s", g->name);
		out->server_n = g->server.n;
		memcpy(out->server, g->index, g->server.n);
	}
	p->questions = c->radius.questions;
	p->wait_ms = c->radius.wait_s * 1000;
	(void)snprintf(p->nas_identifier, sizeof(p->nas_identifier), "%s",
	    c->radius.nas_identifier);
}

/* CONF_NONE and AAA_NO_GROUP are the same: there is none. */
static void
apply_policy(const struct conf *c, struct aaa_policy *p)
{
	static const enum aaa_local_use uses[] = {
		[CONF_LOCAL_FIRST] = AAA_LOCAL_FIRST,
		[CONF_LOCAL_FALLBACK] = AAA_LOCAL_FALLBACK,
		[CONF_LOCAL_NEVER] = AAA_LOCAL_NEVER,
	};

	p->local = uses[c->radius.local_users];
	p->auth_group = c->radius.auth_index;
	p->acct_group = c->radius.acct_index;
	for (uint32_t i = 0; i < c->realms; i++) {
		const struct conf_realm *r = &c->realm[i];
		struct aaa_realm *out = &p->realm[p->realm_n++];

		(void)snprintf(out->name, sizeof(out->name), "%s", r->name);
		out->auth_group = r->auth_index;
		out->acct_group = r->acct_index;
		out->strip = r->strip;
	}
}

/* Servers that may change sessions; the secrets are those of authentication. */
static void
apply_dae(const struct conf *c, struct dae_params *p)
{
	const struct conf_addrs *at = &c->listener.address;

	for (uint32_t i = 0; i < c->servers; i++) {
		const struct conf_server *s = &c->server[i];

		if (!s->coa)
			continue;
		p->source[p->source_n++] = (struct dae_source){
			.addr = s->address,
			.bits = s->address.family == IP_V6 ? 128 : 32,
			.secret = s->key,
			.require_message_authenticator =
			    s->coa_require_message_authenticator,
			.require_event_timestamp =
			    c->radius.coa_require_timestamp,
		};
	}
	(void)snprintf(p->nas_id, sizeof(p->nas_id), "%s",
	    c->radius.nas_identifier);
	if (c->radius.nas_address.family != IP_NONE)
		p->nas[p->nas_n++] = c->radius.nas_address;
	for (uint32_t i = 0; i < at->n && p->nas_n < DAE_NAS_MAX; i++)
		p->nas[p->nas_n++] = at->a[i];
	/* We listen everywhere: any address may be one of ours. */
	if (at->n == 0)
		p->nas_n = 0;
	p->rate = c->radius.coa_rate;
	p->burst = 2 * c->radius.coa_rate;
}

static void
apply_radius(const struct conf *c, struct lns_params *p)
{
	const struct conf_radius *r = &c->radius;

	apply_servers(c, &p->radius);
	apply_policy(c, &p->policy);
	p->acct.records = r->spool_records;
	p->acct.bytes = r->spool_size;
	p->acct.group_n = p->radius.group_n;
	for (uint32_t i = 0; i < c->server_groups; i++)
		(void)snprintf(p->acct.group[i], sizeof(p->acct.group[i]), "%s",
		    c->server_group[i].name);
	p->interim_s = r->interim_s;
	p->take_address = r->taken_address == CONF_TAKEN_TAKE_OVER;
	(void)snprintf(p->nas_id, sizeof(p->nas_id), "%s", r->nas_identifier);
	p->nas_addr = r->nas_address;
	p->ppp.auth_wait_ms = (r->wait_s + 5) * 1000;
	apply_dae(c, &p->dae);
}

static bool
apply_fill(const struct conf *c, const struct users *us,
    struct lns_params *p, char *err, size_t err_size)
{
	lns_params_default(p);
	apply_ike(c, &p->ike);
	apply_l2tp(&c->l2tp, &p->l2tp);
	apply_ppp(c, &p->ppp);
	apply_limits(c, p);
	p->address = c->ppp.local;
	for (uint32_t k = 0; k < 2 && k < c->ppp.dns.n; k++)
		p->dns[k] = c->ppp.dns.a[k];
	for (uint32_t k = 0; k < 2 && k < c->ppp.wins.n; k++)
		p->wins[k] = c->ppp.wins.a[k];
	for (uint32_t k = 0; k < 2 && k < c->ppp.dns6.n; k++)
		p->dns6[k] = c->ppp.dns6.a[k];
	for (uint32_t k = 0; k < c->pools && k < ADDRPOOLS_MAX; k++) {
		apply_pool6(&c->pool[k], &p->pool6[k]);
		apply_pool(&c->pool[k], &p->pool[p->pool_n++]);
		if (!apply_exclude(&c->pool[k], p)) {
			(void)snprintf(err, err_size,
			    "pool %s: more than %d addresses are excluded",
			    c->pool[k].name, LNS_KEEP_OUT);
			return false;
		}
	}
	apply_groups(c, p);
	apply_radius(c, p);
	if (us != NULL && !apply_users(c, us, p, err, err_size))
		return false;
	if ((p->ppp.methods & PPP_MSCHAPV2) != 0 && p->users.n > 0 &&
	    !crypto_legacy()) {
		(void)snprintf(err, err_size, "MS-CHAPv2 for local users needs "
		    "MD4 and DES: OpenSSL's legacy provider is missing");
		return false;
	}
	return true;
}

struct lns_params *
apply_params(const struct conf *c, const struct users *us, char *err,
    size_t err_size)
{
	struct lns_params *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		(void)snprintf(err, err_size, "out of memory");
		return NULL;
	}
	if (!apply_fill(c, us, p, err, err_size)) {
		apply_free(p);
		return NULL;
	}
	return p;
}

void
apply_free(struct lns_params *p)
{
	struct aaa_user *v;

	if (p == NULL)
		return;
	memcpy(&v, &p->users.v, sizeof(v));	/* ours, lent out as const */
	if (v != NULL)
		wipe(v, p->users.n * sizeof(*v));
	free(v);
	wipe(p, sizeof(*p));
	free(p);
}

/* May a session have an IPv6 network?  A RADIUS server may give it one. */
static bool
apply_six(const struct conf *c)
{
	bool six = c->servers > 0;

	for (uint32_t i = 0; i < c->pools; i++)
		six |= c->pool[i].prefix6.n > 0;
	return six;
}

struct dp_params
apply_dp(const struct conf *c, const struct lns_params *p, unsigned workers)
{
	return (struct dp_params){
		.workers = workers,
		.sas = p->paths * CHILDREN_PER_PEER,
		.sessions = p->sessions,
		.routes = ROUTES + (apply_six(c) ? p->sessions : 0),
		.engine = (enum esp_engine)c->esp_engine,
		.peer_to_peer = c->client_to_client,
		.gateway4 = c->ppp.local,
	};
}

static int
range_order(const void *a, const void *b)
{
	const struct nat_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorts, and joins what overlaps or touches; how many are left. */
static size_t
ranges_join(struct nat_range *r, size_t n)
{
	size_t at = 0;

	if (n == 0)
		return 0;
	qsort(r, n, sizeof(*r), range_order);
	for (size_t i = 1; i < n; i++) {
		if (r[at].last == UINT32_MAX || r[i].first <= r[at].last + 1) {
			if (r[i].last > r[at].last)
				r[at].last = r[i].last;
		} else {
			r[++at] = r[i];
		}
	}
	return at + 1;
}

/* Every address that a peer may get; `r` has room for all. */
static size_t
ranges_all(const struct conf *c, const struct users *us, struct nat_range *r)
{
	size_t n = 0;

	for (uint32_t i = 0; i < c->pools; i++)
		for (uint32_t k = 0; k < c->pool[i].range.n; k++)
			r[n++] = (struct nat_range){
				ipaddr_as_v4(&c->pool[i].range.r[k].first),
				ipaddr_as_v4(&c->pool[i].range.r[k].last) };
	for (size_t i = 0; us != NULL && i < users_count(us); i++) {
		uint32_t v = ipaddr_as_v4(&users_at(us, i)->address);

		if (v != 0)
			r[n++] = (struct nat_range){ v, v };
	}
	return n;
}

bool
apply_nat(const struct conf *c, const struct users *us, struct nat *n,
    char *err, size_t err_size)
{
	size_t most = (size_t)CONF_POOLS_MAX * CONF_RANGES_MAX +
	    (us != NULL ? users_count(us) : 0);
	struct nat_range *r = calloc(most, sizeof(*r));
	size_t got;

	memset(n, 0, sizeof(*n));
	(void)snprintf(n->interface, sizeof(n->interface), "%s", c->interface);
	n->client_to_client = c->client_to_client;
	for (uint32_t i = 0; i < c->pools; i++)
		for (uint32_t k = 0; k < c->pool[i].prefix6.n; k++)
			n->net[n->nets++] = c->pool[i].prefix6.net[k];
	if (r == NULL) {
		(void)snprintf(err, err_size, "addresses: out of memory");
		return false;
	}
	got = ranges_join(r, ranges_all(c, us, r));
	if (got <= NAT_RANGES) {
		memcpy(n->range, r, got * sizeof(*r));
		n->ranges = (uint32_t)got;
	} else {
		(void)snprintf(err, err_size, "addresses of pools and users "
		    "form %zu separate ranges: at most %d can be", got,
		    NAT_RANGES);
	}
	free(r);
	return got <= NAT_RANGES;
}
