/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes to grants: see profile.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "lns/profile.h"
#include "radius/attr.h"

#define SERVICE_FRAMED		2	/* RFC 2865 §5.6 */
#define PROTOCOL_PPP		1	/* RFC 2865 §5.7 */
#define ADDRESS_USER_CHOOSES	0xffffffffu	/* RFC 2865 §5.8 */
#define ADDRESS_NAS_CHOOSES	0xfffffffeu
#define GIGA			(UINT64_C(1) << 32)
#define INTERIM_MIN_S		60	/* RFC 2869 §5.16 */
#define MTU_MIN			576
#define NETMASK_BITS_MIN	8
#define ROUTE6_BITS_MIN		16
#define PREFIX_BITS		64

struct grant {			/* what one reading of a reply works on */
	const struct profile_names *names;
	struct profile *p;
	char *why, *note;
	struct attr a;
	char text[ATTR_VALUE_MAX + 1];	/* of a->value, if it is text without NUL */
	uint32_t netmask;
	struct ipaddr gateway;	/* of a route, but 0.0.0.0 and ::; IP_NONE: none was named */
	bool group_named, pool_named, prefix_named;
};

static bool
no(struct grant *g, const char *what, const char *value)
{
	char safe[64];

	(void)snprintf(g->why, PROFILE_WHY_MAX, "the server granted %s %s",
	    what, log_escape(safe, sizeof(safe),
	    rd_make(value, strlen(value))));
	return false;
}

static bool
no_number(struct grant *g, const char *what)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", (unsigned)attr_u32(&g->a));
	return no(g, what, text);
}

/* Neither ::/16, nor link-local, nor multicast (RFC 4291 §2.4). */
static bool
grant_usable6(const struct ipnet *net)
{
	const uint8_t *b = net->addr.b;

	return (b[0] | b[1]) != 0 && b[0] != 0xff &&
	    !(b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
}

static uint32_t
find(const char *const *names, uint32_t n, const char *name)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return UINT32_MAX;
}

static bool
grant_pool(struct grant *g, const char *name)
{
	uint32_t i = find(g->names->pool, g->names->pool_n, name);
	char safe[64];

	if (i == UINT32_MAX) {
		(void)snprintf(g->note, PROFILE_WHY_MAX,
		    "pool %s of the server's answer is not known here",
		    log_escape(safe, sizeof(safe), rd_make(name, strlen(name))));
		return true;
	}
	g->p->pool = i;
	g->pool_named = true;
	return true;
}

/* RFC 3162 §2.6; as a Framed-Pool that is not known. */
static bool
grant_pool6(struct grant *g, const char *name)
{
	uint32_t i = find(g->names->pool, g->names->pool_n, name);
	bool has = i != UINT32_MAX && g->names->pool_six != NULL &&
	    g->names->pool_six[i];
	char safe[64];

	if (has)
		g->p->pool6 = i + 1;
	else
		(void)snprintf(g->note, PROFILE_WHY_MAX,
		    "pool %s of the server's answer has no IPv6 networks here",
		    log_escape(safe, sizeof(safe), rd_make(name, strlen(name))));
	return true;
}

/*
 * RFC 3162 §2.3.  The client makes its addresses by itself, for which a /64 is
 * needed (RFC 4862 §5.5.3).  Of several, the first.
 */
static bool
grant_prefix(struct grant *g)
{
	struct ipnet net = attr_prefix6(&g->a);
	char text[IPNET_STRLEN];

	if (g->p->prefix.family != IP_NONE && g->prefix_named)
		return true;
	if (net.bits != PREFIX_BITS)
		return no(g, "an IPv6 prefix that is no /64:",
		    ipnet_str(&net, text));
	if (!grant_usable6(&net))
		return no(g, "an IPv6 prefix that nobody can have:",
		    ipnet_str(&net, text));
	g->p->prefix = net.addr;
	g->prefix_named = true;
	return true;
}

/* RFC 3162 §2.2. */
static bool
grant_ifid(struct grant *g)
{
	struct rd v = g->a.value;

	g->p->ifid = rd_u64(&v);
	return g->p->ifid != 0 ||
	    no(g, "an interface identifier that is zero", "");
}

static bool
grant_acl(struct grant *g, const char *name)
{
	uint32_t i = find(g->names->acl, g->names->acl_n, name);

	if (i == UINT32_MAX)
		return g->names->ignore_unknown_filter ||
		    no(g, "an unknown filter", name);
	g->p->acl = i + 1;
	return true;
}

/*
 * Grants of a group stand behind those of the answer itself, wherever the
 * attribute that names it stands: profile_read() has set them first.
 */
static uint32_t
group_find(const struct profile_names *names, const char *name)
{
	for (uint32_t i = 0; i < names->group_n; i++)
		if (strcmp(names->group[i].name, name) == 0)
			return i + 1;
	return 0;
}

void
profile_from_group(const struct profile_names *names, uint32_t group,
    struct profile *p)
{
	uint32_t pool = p->pool;

	if (group == 0 || group > names->group_n)
		return;
	*p = names->group[group - 1].grants;
	p->group = group;
	if (!names->group[group - 1].has_pool)
		p->pool = pool;
}

uint64_t
profile_rate(const char **text)
{
	static const struct {
		char letter;
		uint64_t scale;
	} units[] = { { 'k', 1000 }, { 'm', 1000000 }, { 'g', 1000000000 } };
	uint64_t v, scale = 1;
	char *end;

	if (**text < '0' || **text > '9')
		return 0;
	v = strtoull(*text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if ((*end | 0x20) == units[i].letter)
			scale = units[i].scale;
	*text = end + (scale > 1);
	return v > UINT64_MAX / scale ? UINT64_MAX : v * scale;
}

/* "rx[/tx]", seen from the server: rx is from the subscriber. */
static bool
grant_mikrotik_rate(struct grant *g)
{
	const char *t = g->text;
	uint64_t rx = profile_rate(&t);
	uint64_t tx = rx;

	if (*t == '/') {
		t++;
		tx = profile_rate(&t);
	}
	if (*t != '\0' && *t != ' ')
		return no(g, "an unreadable rate", g->text);
	g->p->rx_bps = rx;
	g->p->tx_bps = tx;
	return true;
}

/* All zero; or on the client's own link, where there is none but him. */
static bool
names_nobody(const struct ipaddr *a)
{
	static const struct ipaddr none[] = { { IP_V4, { 0 } },
		{ IP_V6, { 0 } } };

	return ipaddr_eq(a, &none[0]) || ipaddr_eq(a, &none[1]) ||
	    (a->family == IP_V6 && a->b[0] == 0xfe &&
	    (a->b[1] & 0xc0) == 0x80);
}

/* Behind the network: "[gateway [metric ...]]"; the first metric counts. */
static uint32_t
route_way(struct grant *g, const char *text)
{
	char addr[IPADDR_STRLEN];
	struct ipaddr gateway;
	unsigned long v;
	size_t n;

	text += strspn(text, " ");
	n = strcspn(text, " ");
	if (n == 0 || n >= sizeof(addr))
		return 0;
	memcpy(addr, text, n);
	addr[n] = '\0';
	if (ipaddr_parse(addr, &gateway) && !names_nobody(&gateway))
		g->gateway = gateway;
	text += n;
	text += strspn(text, " ");
	if (*text < '0' || *text > '9')
		return 0;
	v = strtoul(text, NULL, 10);
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* The client is the way to what is behind him, whatever the answer says. */
static void
note_gateway(struct grant *g)
{
	const struct ipnet own = { g->p->prefix, PREFIX_BITS };
	char text[IPADDR_STRLEN];

	if (g->gateway.family == IP_NONE || g->note[0] != '\0' ||
	    ipaddr_eq(&g->gateway, &g->p->address) ||
	    (own.addr.family != IP_NONE && ipnet_has(&own, &g->gateway)))
		return;
	(void)snprintf(g->note, PROFILE_WHY_MAX, "the gateway %s of a route is "
	    "not the address granted: the client is taken for it",
	    ipaddr_str(&g->gateway, text));
}

static bool
grant_network_behind(struct grant *g, const struct ipnet *net,
    const char *text, const char *way)
{
	if (g->p->route_n == DP_ROUTES_MAX)
		return no(g, "too many routes, the last one", text);
	g->p->metric[g->p->route_n] = route_way(g, way);
	g->p->route[g->p->route_n++] = *net;
	return true;
}

/* "prefix/bits [gateway [metric]]", RFC 3162 §2.5; an address without bits. */
static bool
grant_route6(struct grant *g, const char *text)
{
	char first[IPNET_STRLEN];
	size_t n = strcspn(text, " ");
	struct ipnet r;

	if (n >= sizeof(first))
		return no(g, "an unreadable route", text);
	memcpy(first, text, n);
	first[n] = '\0';
	if (!ipnet_parse(first, &r) || r.addr.family != IP_V6 ||
	    r.bits < ROUTE6_BITS_MIN)
		return no(g, "an unreadable route", text);
	return grant_network_behind(g, &r, text, text + n);
}

/* "a.b.c.d/bits [gateway [metric]]", RFC 2865 §5.22; a class without bits. */
static bool
grant_route(struct grant *g, const char *text)
{
	char net[IPADDR_STRLEN];
	size_t n = strcspn(text, "/ ");
	unsigned long bits = 32;
	char *end = NULL;
	struct ipnet r = { 0 };
	uint32_t first;

	if (n == 0 || n >= sizeof(net))
		return no(g, "an unreadable route", text);
	memcpy(net, text, n);
	net[n] = '\0';
	if (!ipaddr_parse(net, &r.addr) || r.addr.family != IP_V4)
		return no(g, "an unreadable route", text);
	first = ipaddr_as_v4(&r.addr) >> 24;
	if (text[n] == '/') {
		bits = strtoul(text + n + 1, &end, 10);
		if (end == text + n + 1 || (*end != '\0' && *end != ' '))
			bits = 0;
	} else if ((ipaddr_as_v4(&r.addr) & 0xff) == 0) {
		bits = first < 128 ? 8 : first < 192 ? 16 : 24;
	}
	if (bits < NETMASK_BITS_MIN || bits > 32)
		return no(g, "an unreadable route", text);
	r.bits = (uint8_t)bits;
	r.addr = ipaddr_prefix(&r.addr, r.bits);
	return grant_network_behind(g, &r, text, text + strcspn(text, " "));
}

/* "lcp:interface-config#1=rate-limit output [access-group n] bps ..." */
static bool
grant_cisco_rate(struct grant *g, const char *t)
{
	const char *in = strstr(t, "rate-limit input ");
	const char *out = strstr(t, "rate-limit output ");
	const char *at = in != NULL ? in + strlen("rate-limit input ") :
	    out != NULL ? out + strlen("rate-limit output ") : NULL;
	uint64_t bps;

	if (at == NULL)
		return true;	/* of something else of an interface */
	if (strncmp(at, "access-group ", 13) == 0) {
		at += 13;
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	bps = profile_rate(&at);
	if (bps == 0)
		return no(g, "an unreadable rate", t);
	if (in != NULL)
		g->p->rx_bps = bps;
	else
		g->p->tx_bps = bps;
	return true;
}

static bool
grant_cisco(struct grant *g)
{
	const char *t = g->text;

	if (strncmp(t, "lcp:interface-config", 20) == 0)
		return grant_cisco_rate(g, t);
	if (strncmp(t, "ip:addr-pool=", 13) == 0)
		return grant_pool(g, t + 13);
	if (strncmp(t, "ip:route=", 9) == 0)
		return grant_route(g, t + 9);
	return true;
}

static bool
grant_address(struct grant *g)
{
	uint32_t v4 = attr_u32(&g->a);

	if (v4 == ADDRESS_USER_CHOOSES || v4 == ADDRESS_NAS_CHOOSES)
		return true;
	if (v4 >> 24 == 0 || v4 >> 24 == 127 || v4 >= 0xe0000000u)
		return no(g, "an address that nobody can have:", g->text);
	g->p->address = attr_addr(&g->a);
	return true;
}

static bool
grant_netmask(struct grant *g)
{
	uint32_t m = attr_u32(&g->a);

	if ((~m & (~m + 1)) != 0 || m == 0)
		return no(g, "a netmask that is none", "");
	g->netmask = m;
	return true;
}

static bool
grant_class(struct grant *g)
{
	size_t n = rd_left(&g->a.value);
	struct profile *p = g->p;
	uint8_t *at = p->class_attrs + p->class_len;

	if (p->class_len + n + 2 > sizeof(p->class_attrs))
		return no(g, "more Class than", "512 bytes");
	at[0] = ATTR_CLASS;
	at[1] = (uint8_t)(n + 2);
	memcpy(at + 2, g->a.value.p, n);
	p->class_len = (uint16_t)(p->class_len + n + 2);
	return true;
}

static bool
grant_user(struct grant *g)
{
	g->p->user_len = (uint8_t)rd_left(&g->a.value);
	memcpy(g->p->user, g->a.value.p, g->p->user_len);
	return true;
}

/* RFC 2865 §5.18: all of them, in order. */
static bool
message_add(char m[PROFILE_MESSAGE_MAX], struct rd v)
{
	size_t i = strlen(m);

	if (i > 0 && i + 1 < PROFILE_MESSAGE_MAX && rd_left(&v) > 0)
		m[i++] = ' ';
	for (; i + 1 < PROFILE_MESSAGE_MAX && rd_left(&v) > 0; i++) {
		uint8_t c = rd_u8(&v);

		m[i] = c >= 0x20 && c != 0x7f ? (char)c : '?';
	}
	m[i] = '\0';
	return true;
}

void
profile_message(struct rd attrs, char m[PROFILE_MESSAGE_MAX])
{
	struct attr_walk w = attr_walk(attrs);
	struct attr a;

	m[0] = '\0';
	while (attr_next(&w, &a))
		if (a.vendor == 0 && a.type == ATTR_REPLY_MESSAGE)
			(void)message_add(m, a.value);
}

static bool
grant_standard(struct grant *g)
{
	struct profile *p = g->p;
	uint32_t v = rd_left(&g->a.value) == 4 ? attr_u32(&g->a) : 0;

	switch (g->a.type) {
	case ATTR_SERVICE_TYPE:
		return v == SERVICE_FRAMED || no_number(g, "Service-Type");
	case ATTR_FRAMED_PROTOCOL:
		return v == PROTOCOL_PPP || no_number(g, "Framed-Protocol");
	case ATTR_FRAMED_IP_ADDRESS:
		return grant_address(g);
	case ATTR_FRAMED_IP_NETMASK:
		return grant_netmask(g);
	case ATTR_FRAMED_POOL:
		return grant_pool(g, g->text);
	case ATTR_FRAMED_ROUTE:
		return grant_route(g, g->text);
	case ATTR_FRAMED_IPV6_PREFIX:
		return grant_prefix(g);
	case ATTR_FRAMED_INTERFACE_ID:
		return grant_ifid(g);
	case ATTR_FRAMED_IPV6_POOL:
		return grant_pool6(g, g->text);
	case ATTR_FRAMED_IPV6_ROUTE:
		return grant_route6(g, g->text);
	case ATTR_FRAMED_MTU:
		p->mtu = v >= MTU_MIN && v <= UINT16_MAX ? (uint16_t)v : p->mtu;
		return true;
	case ATTR_FILTER_ID:
		return grant_acl(g, g->text);
	case ATTR_SESSION_TIMEOUT:
		p->session_s = v;
		return true;
	case ATTR_IDLE_TIMEOUT:
		p->idle_s = v;
		return true;
	case ATTR_ACCT_INTERIM_INTERVAL:
		p->interim_s = v != 0 && v < INTERIM_MIN_S ? INTERIM_MIN_S : v;
		return true;
	case ATTR_PORT_LIMIT:
		p->sessions = v;
		return true;
	case ATTR_CLASS:
		return grant_class(g);
	case ATTR_USER_NAME:
		return grant_user(g);
	case ATTR_REPLY_MESSAGE:
		return message_add(g->p->message, g->a.value);
	case ATTR_TUNNEL_TYPE:
		return no(g, "a tunnel to another concentrator", "");
	default:
		return true;
	}
}

static bool
grant_microsoft(struct grant *g)
{
	switch (g->a.type) {
	case ATTR_MS_PRIMARY_DNS_SERVER:
		g->p->dns[0] = attr_addr(&g->a);
		break;
	case ATTR_MS_SECONDARY_DNS_SERVER:
		g->p->dns[1] = attr_addr(&g->a);
		break;
	case ATTR_MS_PRIMARY_NBNS_SERVER:
		g->p->wins[0] = attr_addr(&g->a);
		break;
	case ATTR_MS_SECONDARY_NBNS_SERVER:
		g->p->wins[1] = attr_addr(&g->a);
		break;
	}
	return true;
}

static uint64_t
with_low(uint64_t max, uint32_t low)
{
	return (max & ~(GIGA - 1)) | low;
}

static uint64_t
with_high(uint64_t max, uint32_t high)
{
	return (max & (GIGA - 1)) | (uint64_t)high << 32;
}

static bool
grant_mikrotik(struct grant *g)
{
	struct profile *p = g->p;
	uint32_t v = rd_left(&g->a.value) == 4 ? attr_u32(&g->a) : 0;

	switch (g->a.type) {
	case ATTR_MIKROTIK_RATE_LIMIT:
		return grant_mikrotik_rate(g);
	case ATTR_MIKROTIK_RECV_LIMIT:
		p->rx_max = with_low(p->rx_max, v);
		break;
	case ATTR_MIKROTIK_RECV_LIMIT_GIGAWORDS:
		p->rx_max = with_high(p->rx_max, v);
		break;
	case ATTR_MIKROTIK_XMIT_LIMIT:
		p->tx_max = with_low(p->tx_max, v);
		break;
	case ATTR_MIKROTIK_XMIT_LIMIT_GIGAWORDS:
		p->tx_max = with_high(p->tx_max, v);
		break;
	case ATTR_MIKROTIK_TOTAL_LIMIT:
		p->total_max = with_low(p->total_max, v);
		break;
	case ATTR_MIKROTIK_TOTAL_LIMIT_GIGAWORDS:
		p->total_max = with_high(p->total_max, v);
		break;
	}
	return true;
}

static uint64_t
u64_of(const struct attr *a)
{
	struct rd v = a->value;

	return rd_u64(&v);
}

static bool
grant_ours(struct grant *g)
{
	struct profile *p = g->p;

	switch (g->a.type) {
	case ATTR_L2TPD_RATE_UP:
		p->rx_bps = u64_of(&g->a);
		break;
	case ATTR_L2TPD_RATE_DOWN:
		p->tx_bps = u64_of(&g->a);
		break;
	case ATTR_L2TPD_QUOTA_UP:
		p->rx_max = u64_of(&g->a);
		break;
	case ATTR_L2TPD_QUOTA_DOWN:
		p->tx_max = u64_of(&g->a);
		break;
	case ATTR_L2TPD_QUOTA_TOTAL:
		p->total_max = u64_of(&g->a);
		break;
	}
	return true;
}

/* What the data plane can hold to; 0 stays "any". */
static void
hold_rates(struct profile *p)
{
	uint64_t *bps[2] = { &p->rx_bps, &p->tx_bps };

	for (int i = 0; i < 2; i++) {
		if (*bps[i] != 0 && *bps[i] < DP_RATE_MIN)
			*bps[i] = DP_RATE_MIN;
		if (*bps[i] > DP_RATE_MAX)
			*bps[i] = DP_RATE_MAX;
	}
}

static bool
grant_one(struct grant *g)
{
	switch (g->a.vendor) {
	case 0:
		return grant_standard(g);
	case ATTR_MICROSOFT:
		return grant_microsoft(g);
	case ATTR_WISPR:
		if (g->a.type == ATTR_WISPR_BANDWIDTH_MAX_UP)
			g->p->rx_bps = attr_u32(&g->a);
		if (g->a.type == ATTR_WISPR_BANDWIDTH_MAX_DOWN)
			g->p->tx_bps = attr_u32(&g->a);
		return true;
	case ATTR_MIKROTIK:
		return grant_mikrotik(g);
	case ATTR_CISCO:
		return g->a.type != ATTR_CISCO_AVPAIR || grant_cisco(g);
	case ATTR_L2TPD:
		return grant_ours(g);
	default:
		return true;
	}
}

/* Value as a C string; false for text with a NUL inside, which nobody means. */
static bool
grant_text(struct grant *g)
{
	size_t n = rd_left(&g->a.value);
	bool bytes = g->a.vendor == 0 && (g->a.type == ATTR_USER_NAME ||
	    g->a.type == ATTR_REPLY_MESSAGE);

	g->text[0] = '\0';
	if (bytes || g->a.row == NULL || g->a.row->kind != ATTR_TEXT)
		return true;
	memcpy(g->text, g->a.value.p, n);
	g->text[n] = '\0';
	return strlen(g->text) == n ||
	    no(g, "text with a zero byte in", g->a.row->name);
}

/* The group is named by our own attribute, wherever it stands. */
static bool
grant_group(struct grant *g, struct rd attrs)
{
	uint32_t group;

	if (!attr_get(attrs, ATTR_L2TPD, ATTR_L2TPD_GROUP, &g->a))
		return true;
	if (!grant_text(g))
		return false;
	group = group_find(g->names, g->text);
	if (group == 0)
		return no(g, "an unknown group", g->text);
	profile_from_group(g->names, group, g->p);
	return true;
}

/* The group's routes come first in a profile, and the user's own behind. */
static uint32_t
group_routes(const struct profile_names *names, uint32_t group)
{
	return group == 0 || group > names->group_n ? 0 :
	    names->group[group - 1].grants.route_n;
}

/* A netmask shorter than the address means the network behind it. */
static bool
grant_network(struct grant *g)
{
	char addr[IPADDR_STRLEN], text[IPADDR_STRLEN + 16];
	unsigned bits = 0;

	if (g->netmask == 0 || g->netmask == UINT32_MAX ||
	    g->p->address.family != IP_V4)
		return true;
	while (bits < 32 && (g->netmask << bits & 0x80000000u) != 0)
		bits++;
	(void)snprintf(text, sizeof(text), "%s/%u",
	    ipaddr_str(&g->p->address, addr), bits);
	return grant_route(g, text);
}

bool
profile_read(struct rd attrs, const struct profile_names *names,
    struct profile *p, char why[PROFILE_WHY_MAX], char note[PROFILE_WHY_MAX])
{
	struct grant g = { .names = names, .p = p, .why = why, .note = note };
	struct attr_walk w = attr_walk(attrs);
	bool has_class = attr_count(attrs, 0, ATTR_CLASS) > 0;
	bool has_route = attr_count(attrs, 0, ATTR_FRAMED_ROUTE) > 0 ||
	    attr_count(attrs, 0, ATTR_FRAMED_IPV6_ROUTE) > 0;

	why[0] = note[0] = '\0';
	if (!grant_group(&g, attrs))
		return false;
	/* What comes anew replaces what was: a CoA says all of it. */
	if (has_class)
		p->class_len = 0;
	if (has_route)
		p->route_n = group_routes(names, p->group);
	while (attr_next(&w, &g.a))
		if (!grant_text(&g) || !grant_one(&g))
			return false;
	hold_rates(p);
	note_gateway(&g);
	return grant_network(&g);
}
