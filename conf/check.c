/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules between options, and what follows from them: see load_int.h. */

#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/load_int.h"

#define PSK_LINES_MAX	(64u * 1024)	/* bytes of a psk-file */
#define PSK_VARIETY_MIN	6		/* different characters */
#define SOCKET_PATH_MAX	107		/* bytes of sun_path without its NUL */

static bool
fail(struct load *l, const char *section, const char *name, const char *why)
{
	return load_fail(l, LOAD_NONE, section, name, "%s", why);
}

/* One line of the psk-file. */
static bool
add_key(struct load *l, const char *line, size_t n, unsigned nr)
{
	struct conf_secrets *keys = &l->conf->ipsec.keys;

	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n == 0)
		return true;
	/* A remark or a stray blank would be a key, or a part of one. */
	if (line[0] == '#' || line[0] == ' ' || line[0] == '\t' ||
	    line[n - 1] == ' ' || line[n - 1] == '\t')
		return load_fail(l, LOAD_NONE, "ipsec", "psk-file",
		    "line %u of %s: expected nothing but a key, without # or"
		    " blanks around it", nr, l->conf->ipsec.psk_file);
	if (keys->n >= CONF_SECRETS_MAX)
		return load_fail(l, LOAD_NONE, "ipsec", "psk-file",
		    "expected at most %d keys in all", CONF_SECRETS_MAX);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return load_fail(l, LOAD_NONE, "ipsec",
			    "psk-file", "line %u of %s has a control"
			    " character", nr, l->conf->ipsec.psk_file);
	if (!secret_set(&keys->s[keys->n], line, n))
		return load_fail(l, LOAD_NONE, "ipsec", "psk-file",
		    "line %u of %s is longer than %d characters", nr,
		    l->conf->ipsec.psk_file, SECRET_MAX);
	keys->n++;
	return true;
}

static bool
read_keys(struct load *l)
{
	char err[CONF_WHY_MAX];
	bool open_to_all, ok = true;
	size_t n;
	char *text = file_read(l->conf->ipsec.psk_file, PSK_LINES_MAX, &n,
	    &open_to_all, err, sizeof(err));
	unsigned nr = 1;

	if (text == NULL)
		return load_fail(l, LOAD_NONE, "ipsec", "psk-file", "%s",
		    err);
	if (open_to_all)
		ok = load_fail(l, LOAD_NONE, "ipsec", "psk-file",
		    "%s can be read by everybody: expected mode 0600",
		    l->conf->ipsec.psk_file);
	for (size_t at = 0; ok && at < n; nr++) {
		size_t len = strcspn(text + at, "\n");

		ok = add_key(l, text + at, len, nr);
		at += len + 1;
	}
	file_free(text, n);
	return ok;
}

/* CVE-2018-5389: a group key can be guessed offline by one who dials in. */
static bool
weak(const struct secret *s)
{
	bool seen[256] = { false };
	unsigned variety = 0;

	for (size_t i = 0; i < s->len; i++) {
		variety += !seen[s->b[i]];
		seen[s->b[i]] = true;
	}
	return s->len < CONF_PSK_MIN || variety < PSK_VARIETY_MIN;
}

/* U+2018 to U+201F: quotes of a word processor, which would count as key. */
static bool
curly(const struct secret *s)
{
	return s->len >= 3 && s->b[0] == 0xe2 && s->b[1] == 0x80 &&
	    (s->b[2] & 0xf8) == 0x98;
}

static bool
check_keys(struct load *l)
{
	struct conf_ipsec *c = &l->conf->ipsec;

	c->keys = c->psk;
	if (c->psk_file[0] != '\0' && !read_keys(l))
		return false;
	if (c->keys.n == 0)
		return fail(l, "ipsec", "psk", "missing: expected a pre-shared"
		    " key here or in psk-file");
	for (uint32_t i = 0; i < c->keys.n; i++) {
		if (curly(&c->keys.s[i]))
			return fail(l, "ipsec", i < c->psk.n ? "psk" :
			    "psk-file", "the key begins with a typographic"
			    " quote: expected plain quotes");
		if (!weak(&c->keys.s[i]))
			continue;
		if (!c->allow_weak_psk)
			return load_fail(l, LOAD_NONE, "ipsec",
			    i < c->psk.n ? "psk" : "psk-file", "expected a key"
			    " of at least %d characters, %d of them different"
			    " (allow-weak-psk = yes accepts it)", CONF_PSK_MIN,
			    PSK_VARIETY_MIN);
		c->weak_keys |= 1u << i;
		load_warn(l, "pre-shared key %u is weak: whoever intercepts"
		    " one dial-in can guess it", i + 1);
	}
	return true;
}

static bool
check_proposals(struct load *l)
{
	const struct conf_ipsec *c = &l->conf->ipsec;

	if (c->allow_legacy_dh)
		return true;
	for (uint32_t i = 0; i < c->phase1.n; i++)
		if (c->phase1.p[i].cipher == CIPHER_3DES ||
		    c->phase1.p[i].group == DH_MODP1024)
			return fail(l, "ipsec", "phase1", "3des and modp1024"
			    " need allow-legacy-dh = yes");
	for (uint32_t i = 0; i < c->phase2.n; i++)
		if (c->phase2.p[i].enc == ESP_ENC_3DES)
			return fail(l, "ipsec", "phase2", "3des needs"
			    " allow-legacy-dh = yes");
	return true;
}

static bool
check_names(struct load *l)
{
	const struct conf *c = l->conf;
	size_t n = strlen(c->interface);

	if (strspn(c->interface, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != n ||
	    c->interface[0] == '.')
		return fail(l, "", "interface", "expected letters, digits,"
		    " dots, dashes and underscores, no dot in front");
	if (c->run_dir[0] != '/')
		return fail(l, "", "run-dir", "expected an absolute path");
	if (c->control_socket[0] != '\0' && c->control_socket[0] != '/')
		return fail(l, "", "control-socket", "expected an absolute"
		    " path");
	if (c->control_socket[0] == '\0' &&
	    strlen(c->run_dir) + strlen("/l2tpd.sock") > SOCKET_PATH_MAX)
		return fail(l, "", "run-dir", "too long for the path of the"
		    " control socket: expected control-socket = PATH, too");
	return true;
}

static bool
check_listener(struct load *l)
{
	const struct conf_addrs *a = &l->conf->listener.address;

	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t k = 0; k < i; k++)
			if (ipaddr_eq(&a->a[i], &a->a[k]))
				return fail(l, "listener", "address",
				    "the same address stands there twice");
	return true;
}

static bool
check_numbers(struct load *l)
{
	const struct conf *c = l->conf;

	if (c->ipsec.replay_window % 64 != 0)
		return fail(l, "ipsec", "replay-window", "expected a multiple"
		    " of 64");
	if (c->l2tp.retransmit_first_ms > c->l2tp.retransmit_cap_ms)
		return fail(l, "l2tp", "retransmit-cap", "expected at least"
		    " retransmit-first");
	if (c->limits.auth_delay_s > c->limits.auth_delay_max_s)
		return fail(l, "limits", "auth-delay-max", "expected at least"
		    " auth-delay");
	if (c->ppp.mru >= c->outer_mtu)
		return fail(l, "ppp", "mru", "expected less than outer-mtu");
	return true;
}

static uint32_t
low(const struct conf_range *r)
{
	return ipaddr_as_v4(&r->first);
}

static uint32_t
high(const struct conf_range *r)
{
	return ipaddr_as_v4(&r->last);
}

static bool
overlap(const struct conf_range *a, const struct conf_range *b)
{
	return low(a) <= high(b) && low(b) <= high(a);
}

static bool
in_ranges(const struct conf_ranges *rs, uint32_t a)
{
	for (uint32_t i = 0; i < rs->n; i++)
		if (a >= low(&rs->r[i]) && a <= high(&rs->r[i]))
			return true;
	return false;
}

/* Addresses that no host can have: RFC 1122 §3.2.1.3. */
static bool
range_usable(const struct conf_range *r)
{
	return low(r) >> 24 != 0 && high(r) >> 24 < 224 &&
	    !(low(r) >> 24 <= 127 && high(r) >> 24 >= 127);
}

static bool
check_range(struct load *l, uint32_t p, uint32_t i)
{
	const struct conf *c = l->conf;
	const struct conf_range *r = &c->pool[p].range.r[i];

	if (!range_usable(r))
		return load_fail(l, p, "pool", "range", "expected host"
		    " addresses, not 0/8, 127/8 or 224/3");
	for (uint32_t q = 0; q <= p; q++)
		for (uint32_t k = 0; k < (q == p ? i : c->pool[q].range.n); k++)
			if (overlap(r, &c->pool[q].range.r[k]))
				return load_fail(l, p, "pool", "range",
				    "overlaps a range of pool %s",
				    c->pool[q].name);
	return true;
}

/* How many addresses of the pool are excluded, each counted once. */
static uint64_t
excluded(const struct conf_pool *p)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < p->range.n; i++) {
		uint64_t at = low(&p->range.r[i]), end = high(&p->range.r[i]);

		while (at <= end) {
			uint64_t next = end + 1;
			bool in = false;

			for (uint32_t k = 0; k < p->exclude.n; k++) {
				const struct conf_range *x = &p->exclude.r[k];

				if (at >= low(x) && at <= high(x)) {
					in = true;
					next = (uint64_t)high(x) + 1;
					break;
				}
				if (low(x) > at && low(x) < next)
					next = low(x);
			}
			next = next > end + 1 ? end + 1 : next;
			n += in ? next - at : 0;
			at = next;
		}
	}
	return n;
}

static bool
check_pool(struct load *l, uint32_t p, uint64_t *total)
{
	struct conf_pool *pool = &l->conf->pool[p];
	uint64_t size = 0;

	if (pool->range.n == 0 && pool->prefix6.n == 0)
		return load_fail(l, p, "pool", "range", "missing: expected the"
		    " addresses of pool %s", pool->name);
	for (uint32_t i = 0; i < pool->range.n; i++) {
		if (!check_range(l, p, i))
			return false;
		size += (uint64_t)high(&pool->range.r[i]) -
		    low(&pool->range.r[i]) + 1;
	}
	*total += size;
	if (*total > CONF_POOL_ADDRS_MAX)
		return load_fail(l, p, "pool", "range", "expected at most %u"
		    " addresses in all pools", CONF_POOL_ADDRS_MAX);
	size -= excluded(pool);
	if (size == 0 && pool->range.n > 0)
		return load_fail(l, p, "pool", "exclude", "leaves no address in"
		    " pool %s", pool->name);
	pool->size = (uint32_t)size;
	return true;
}

/* Neither ::/16, nor link-local, nor multicast: RFC 4291 §2.4. */
static bool
net6_usable(const struct ipnet *net)
{
	const uint8_t *b = net->addr.b;

	return (b[0] | b[1]) != 0 && b[0] != 0xff &&
	    !(b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
}

static bool
check_net6(struct load *l, uint32_t p, uint32_t i)
{
	const struct conf *c = l->conf;
	const struct ipnet *net = &c->pool[p].prefix6.net[i];

	if (!net6_usable(net))
		return load_fail(l, p, "pool", "prefix6", "expected networks of"
		    " hosts, not ::/16, fe80::/10 or ff00::/8");
	for (uint32_t q = 0; q <= p; q++)
		for (uint32_t k = 0; k < (q == p ? i : c->pool[q].prefix6.n); k++)
			if (ipnet_overlap(net, &c->pool[q].prefix6.net[k]))
				return load_fail(l, p, "pool", "prefix6",
				    "overlaps a network of pool %s",
				    c->pool[q].name);
	return true;
}

static bool
check_nets6(struct load *l)
{
	const struct conf *c = l->conf;
	uint64_t total = 0;

	for (uint32_t p = 0; p < c->pools; p++)
		for (uint32_t i = 0; i < c->pool[p].prefix6.n; i++) {
			if (!check_net6(l, p, i))
				return false;
			total += UINT64_C(1) <<
			    (64 - c->pool[p].prefix6.net[i].bits);
			if (total > CONF_POOL_NETS_MAX)
				return load_fail(l, p, "pool", "prefix6",
				    "expected at most %u networks /64 in all"
				    " pools", CONF_POOL_NETS_MAX);
			if (c->ppp.mru < CONF_MTU6)
				return fail(l, "ppp", "mru", "expected at"
				    " least 1280 where a pool has prefix6");
		}
	for (uint32_t i = 0; i < c->ppp.dns6.n; i++)
		if (c->ppp.dns6.a[i].family != IP_V6)
			return fail(l, "ppp", "dns6", "expected IPv6"
			    " addresses");
	return true;
}

uint32_t
check_pool_first(const struct conf *c)
{
	for (uint32_t i = 0; i < c->pools; i++)
		if (c->pool[i].range.n > 0)
			return i;
	return CONF_NONE;
}

/* Our own address inside the tunnels must never be given to a client. */
static bool
check_local(struct load *l)
{
	struct conf *c = l->conf;
	struct ipaddr first = c->pool[check_pool_first(c)].range.r[0].first;
	struct conf_range one;
	uint32_t a;

	c->ppp.local = c->ppp.local_address;
	if (c->ppp.local.family == IP_NONE)
		c->ppp.local = ipaddr_v4(ipaddr_as_v4(&first) - 1);
	one = (struct conf_range){ c->ppp.local, c->ppp.local };
	if (!range_usable(&one))
		return fail(l, "ppp", "local-address", "expected a host"
		    " address, not 0/8, 127/8 or 224/3");
	a = ipaddr_as_v4(&c->ppp.local);
	for (uint32_t p = 0; p < c->pools; p++)
		if (in_ranges(&c->pool[p].range, a) &&
		    !in_ranges(&c->pool[p].exclude, a))
			return load_fail(l, LOAD_NONE, "ppp",
			    "local-address", "expected an address outside pool"
			    " %s, or excluded there", c->pool[p].name);
	return true;
}

static bool
check_pools(struct load *l)
{
	uint64_t total = 0;

	if (check_pool_first(l->conf) == CONF_NONE)
		return fail(l, "pool", "range", "missing: expected at least one"
		    " pool NAME { range = ... }");
	for (uint32_t p = 0; p < l->conf->pools; p++)
		if (!check_pool(l, p, &total))
			return false;
	return check_nets6(l) && check_local(l);
}

uint32_t
check_pool_find(const struct conf *c, const char *name)
{
	for (uint32_t i = 0; i < c->pools; i++)
		if (strcmp(c->pool[i].name, name) == 0)
			return i;
	return CONF_NONE;
}

static bool
check_acls(struct load *l)
{
	for (uint32_t i = 0; i < l->conf->acls; i++)
		if (l->conf->acl[i].rule.n == 0)
			return load_fail(l, i, "acl", "rule", "missing:"
			    " expected the rules of acl %s",
			    l->conf->acl[i].name);
	return true;
}

static bool
check_users(struct load *l)
{
	struct conf_users *u = &l->conf->users;

	/* RADIUS may know them all. */
	if (u->file[0] == '\0' && l->conf->radius.auth[0] == '\0')
		return fail(l, "users", "file", "missing: expected the path of"
		    " the file of users");
	u->pool_index = check_pool_first(l->conf);
	if (u->pool[0] == '\0')
		return true;
	u->pool_index = check_pool_find(l->conf, u->pool);
	if (u->pool_index == CONF_NONE)
		return load_fail(l, LOAD_NONE, "users", "pool",
		    "there is no pool %s", u->pool);
	if (l->conf->pool[u->pool_index].range.n == 0)
		return load_fail(l, LOAD_NONE, "users", "pool",
		    "pool %s has no range", u->pool);
	return true;
}

bool
check_conf(struct load *l)
{
	return check_names(l) && check_listener(l) && check_keys(l) &&
	    check_proposals(l) && check_numbers(l) && check_pools(l) &&
	    check_acls(l) && check_users(l) && check_radius(l);
}
