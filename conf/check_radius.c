/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules between options of RADIUS and of groups of users: see load_int.h. */

#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/load_int.h"

#define SECRET_FILE_MAX	(4u * 1024)	/* bytes */
#define RADSEC		"radsec"	/* RFC 6614 §2.3 */
#define RADSEC_PORT	2083
#define AUTH_PORT	1812		/* the table's defaults */
#define ACCT_PORT	1813
#define MTU_MIN		576
#define INTERIM_MIN_S	60		/* RFC 2869 §5.16 */

static bool
need(struct load *l, uint32_t i, const char *section, const char *name,
    const char *value, const char *what)
{
	return value[0] != '\0' ||
	    load_fail(l, i, section, name, "missing: expected %s", what);
}

/* The first line of the file is the secret. */
static bool
read_secret(struct load *l, uint32_t i)
{
	struct conf_server *s = &l->conf->server[i];
	char err[CONF_WHY_MAX];
	bool open_to_all, ok;
	size_t n, len;
	char *text = file_read(s->secret_file, SECRET_FILE_MAX, &n,
	    &open_to_all, err, sizeof(err));

	if (text == NULL)
		return load_fail(l, i, "server", "secret-file", "%s", err);
	len = strcspn(text, "\r\n");
	ok = len > 0 && secret_set(&s->key, text, len);
	file_free(text, n);
	if (!ok)
		return load_fail(l, i, "server", "secret-file", "expected the"
		    " secret of 1 to %d characters in the first line of %s",
		    SECRET_MAX, s->secret_file);
	if (open_to_all)
		return load_fail(l, i, "server", "secret-file", "%s can be read"
		    " by everybody: expected mode 0600", s->secret_file);
	return true;
}

/* None was given: by tls that is right, RFC 6614 §2.3. */
static bool
no_secret(struct load *l, uint32_t i)
{
	struct conf_server *s = &l->conf->server[i];

	if (s->transport != CONF_RADIUS_TLS)
		return load_fail(l, i, "server", "secret", "missing: expected"
		    " the secret shared with server %s, here or in"
		    " secret-file", s->name);
	if (s->coa)
		return load_fail(l, i, "server", "coa", "expected a secret,"
		    " too: CoA-Requests come by UDP, and everybody knows the"
		    " one of tls");
	(void)secret_set(&s->key, RADSEC, strlen(RADSEC));
	return true;
}

static bool
check_secret(struct load *l, uint32_t i)
{
	struct conf_server *s = &l->conf->server[i];

	if (s->secret.n > 0 && s->secret_file[0] != '\0')
		return load_fail(l, i, "server", "secret-file",
		    "expected either this or secret, not both");
	if (s->secret.n > 0)
		s->key = s->secret.s[0];
	else if (!(s->secret_file[0] != '\0' ? read_secret(l, i) :
	    no_secret(l, i)))
		return false;
	if (s->transport == CONF_RADIUS_UDP &&
	    s->key.len < CONF_RADIUS_SECRET_MIN)
		load_warn(l, "server %s: a secret of less than %d characters"
		    " can be guessed from one packet", s->name,
		    CONF_RADIUS_SECRET_MIN);
	return true;
}

static bool
check_tls(struct load *l, uint32_t i)
{
	struct conf_server *s = &l->conf->server[i];

	if (s->transport != CONF_RADIUS_TLS)
		return true;
	if (s->auth_port == AUTH_PORT && s->acct_port == ACCT_PORT)
		s->auth_port = s->acct_port = RADSEC_PORT;
	if (s->acct_port == ACCT_PORT)
		s->acct_port = s->auth_port;
	if (s->auth_port != s->acct_port || s->auth_port == 0)
		return load_fail(l, i, "server", "acct-port", "expected the"
		    " same as auth-port: tls has one connection for both");
	return need(l, i, "server", "tls-ca", s->tls_ca, "the file of"
	    " authorities that tls needs") &&
	    need(l, i, "server", "tls-cert", s->tls_cert, "the file of our"
	    " certificate that tls needs") &&
	    need(l, i, "server", "tls-key", s->tls_key, "the file of our"
	    " private key that tls needs");
}

static bool
check_server(struct load *l, uint32_t i)
{
	const struct conf_server *s = &l->conf->server[i];

	if (s->address.family == IP_NONE)
		return load_fail(l, i, "server", "address", "missing: expected"
		    " the address of server %s", s->name);
	if (!check_tls(l, i))
		return false;
	if (s->auth_port == 0 && s->acct_port == 0)
		return load_fail(l, i, "server", "auth-port", "expected a port:"
		    " server %s has no service at all", s->name);
	if (s->timeout_ms > s->timeout_cap_ms)
		return load_fail(l, i, "server", "timeout-cap", "expected at"
		    " least timeout");
	if (!s->require_message_authenticator)
		load_warn(l, "server %s: without require-message-authenticator"
		    " whoever is on the way can forge its answers"
		    " (CVE-2024-3596)", s->name);
	return check_secret(l, i);
}

static uint32_t
server_find(const struct conf *c, const char *name)
{
	for (uint32_t i = 0; i < c->servers; i++)
		if (strcmp(c->server[i].name, name) == 0)
			return i;
	return CONF_NONE;
}

static bool
check_server_group(struct load *l, uint32_t i)
{
	struct conf_server_group *g = &l->conf->server_group[i];

	if (g->server.n == 0)
		return load_fail(l, i, "server-group", "server", "missing:"
		    " expected the names of servers");
	for (uint32_t k = 0; k < g->server.n; k++) {
		uint32_t at = server_find(l->conf, g->server.v[k]);

		if (at == CONF_NONE)
			return load_fail(l, i, "server-group", "server",
			    "there is no server %s", g->server.v[k]);
		for (uint32_t j = 0; j < k; j++)
			if (g->index[j] == at)
				return load_fail(l, i, "server-group",
				    "server", "%s stands there twice",
				    g->server.v[k]);
		g->index[k] = (uint8_t)at;
	}
	return true;
}

/* Has the group a server with this service? */
static bool
serves(const struct conf *c, const struct conf_server_group *g, bool acct)
{
	for (uint32_t k = 0; k < g->server.n; k++) {
		const struct conf_server *s = &c->server[g->index[k]];

		if ((acct ? s->acct_port : s->auth_port) != 0)
			return true;
	}
	return false;
}

/* A server group by name; "" means `other`. */
static bool
group_of(struct load *l, size_t i, const char *section, const char *name,
    const char *value, uint32_t other, uint32_t *out)
{
	const struct conf *c = l->conf;
	bool acct = strcmp(name, "acct") == 0;

	*out = other;
	if (value[0] == '\0')
		return true;
	for (*out = 0; *out < c->server_groups; (*out)++)
		if (strcmp(c->server_group[*out].name, value) == 0)
			break;
	if (*out == c->server_groups)
		return load_fail(l, i, section, name, "there is no server-group"
		    " %s", value);
	if (!serves(c, &c->server_group[*out], acct))
		return load_fail(l, i, section, name, "no server of %s has"
		    " %s", value, acct ? "an acct-port" : "an auth-port");
	return true;
}

static bool
check_realms(struct load *l)
{
	struct conf *c = l->conf;
	struct conf_radius *r = &c->radius;

	if (!group_of(l, LOAD_NONE, "radius", "auth", r->auth, CONF_NONE,
	    &r->auth_index) ||
	    !group_of(l, LOAD_NONE, "radius", "acct", r->acct, CONF_NONE,
	    &r->acct_index))
		return false;
	for (uint32_t i = 0; i < c->realms; i++)
		if (!group_of(l, i, "realm", "auth", c->realm[i].auth,
		    r->auth_index, &c->realm[i].auth_index) ||
		    !group_of(l, i, "realm", "acct", c->realm[i].acct,
		    r->acct_index, &c->realm[i].acct_index))
			return false;
	return true;
}

/* The pool that has addresses of this network; NULL: none has. */
static const struct conf_pool *
check_pool_in(const struct conf *c, const struct ipnet *net)
{
	uint32_t first = ipaddr_as_v4(&net->addr);
	uint32_t last = first | (uint32_t)(UINT64_C(0xffffffff) >> net->bits);

	for (uint32_t i = 0; i < c->pools; i++)
		for (uint32_t k = 0; k < c->pool[i].range.n; k++) {
			const struct conf_range *r = &c->pool[i].range.r[k];

			if (ipaddr_as_v4(&r->first) <= last &&
			    ipaddr_as_v4(&r->last) >= first)
				return &c->pool[i];
		}
	return NULL;
}

/* A network with addresses of a pool is behind no session of its own. */
static bool
check_group_routes(struct load *l, uint32_t i)
{
	const struct conf_nets *r = &l->conf->user_group[i].route;
	char text[IPNET_STRLEN];

	for (uint32_t k = 0; k < r->n; k++) {
		const struct conf_pool *p = check_pool_in(l->conf, &r->net[k]);

		if (p != NULL)
			return load_fail(l, i, "user-group", "route", "%s has"
			    " addresses of pool %s",
			    ipnet_str(&r->net[k], text), p->name);
	}
	return true;
}

static bool
check_group(struct load *l, uint32_t i)
{
	struct conf_group *g = &l->conf->user_group[i];

	g->pool_index = CONF_NONE;
	if (g->pool[0] != '\0') {
		g->pool_index = check_pool_find(l->conf, g->pool);
		if (g->pool_index == CONF_NONE)
			return load_fail(l, i, "user-group", "pool",
			    "there is no pool %s", g->pool);
		if (l->conf->pool[g->pool_index].range.n == 0)
			return load_fail(l, i, "user-group", "pool",
			    "pool %s has no range", g->pool);
	}
	g->acl_index = CONF_NONE;
	for (uint32_t k = 0; k < l->conf->acls; k++)
		if (strcmp(l->conf->acl[k].name, g->acl) == 0)
			g->acl_index = k;
	if (g->acl[0] != '\0' && g->acl_index == CONF_NONE)
		return load_fail(l, i, "user-group", "acl", "there is no acl"
		    " %s", g->acl);
	if (g->mtu != 0 && g->mtu < MTU_MIN)
		return load_fail(l, i, "user-group", "mtu", "expected 0 or at least"
		    " %d", MTU_MIN);
	if (g->interim_s != 0 && g->interim_s < INTERIM_MIN_S)
		return load_fail(l, i, "user-group", "interim-interval", "expected"
		    " 0 or at least %ds", INTERIM_MIN_S);
	return check_group_routes(l, i);
}

static bool
check_default_group(struct load *l)
{
	struct conf_radius *r = &l->conf->radius;

	r->default_group_index = CONF_NONE;
	if (r->default_group[0] == '\0')
		return true;
	for (uint32_t i = 0; i < l->conf->user_groups; i++)
		if (strcmp(l->conf->user_group[i].name, r->default_group) == 0)
			r->default_group_index = i;
	return r->default_group_index != CONF_NONE ||
	    load_fail(l, LOAD_NONE, "radius", "default-group", "there is no"
	    " user-group %s", r->default_group);
}

static bool
check_lists(struct load *l)
{
	const struct conf *c = l->conf;

	for (uint32_t i = 0; i < c->servers; i++)
		if (!check_server(l, i))
			return false;
	for (uint32_t i = 0; i < c->server_groups; i++)
		if (!check_server_group(l, i))
			return false;
	for (uint32_t i = 0; i < c->user_groups; i++)
		if (!check_group(l, i))
			return false;
	return true;
}

bool
check_radius(struct load *l)
{
	const struct conf_radius *r = &l->conf->radius;

	if (!check_lists(l) || !check_realms(l) || !check_default_group(l))
		return false;
	if (r->interim_s != 0 && r->interim_s < INTERIM_MIN_S)
		return load_fail(l, LOAD_NONE, "radius", "interim-interval",
		    "expected 0 or at least %ds", INTERIM_MIN_S);
	if (r->spool_dir[0] != '\0' && r->spool_dir[0] != '/')
		return load_fail(l, LOAD_NONE, "radius", "spool-dir",
		    "expected an absolute path");
	if (r->local_users == CONF_LOCAL_NEVER && r->auth[0] == '\0')
		return load_fail(l, LOAD_NONE, "radius", "local-users",
		    "never: expected radius.auth, or nobody can log in");
	return true;
}
