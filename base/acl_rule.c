/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of an access rule: see acl_rule.h. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/acl_rule.h"

#define WORD_MAX	48	/* bytes with the NUL; longer ones are no word */

#define PROTO_ICMP	1	/* assigned numbers, RFC 5237 */
#define PROTO_TCP	6
#define PROTO_UDP	17
#define PROTO_DCCP	33
#define PROTO_ICMP6	58
#define PROTO_SCTP	132
#define PROTO_UDPLITE	136

#define PORT_MAX	65535u

struct word {
	const char *text;
	int value;
};

/* clang-format off */
static const struct word actions[] = {
	{ "permit", true }, { "deny", false }, { NULL, 0 },
};
static const struct word dirs[] = {
	{ "from-client", ACL_FROM_CLIENT }, { "to-client", ACL_TO_CLIENT },
	{ "both", ACL_BOTH }, { NULL, 0 },
};
static const struct word protos[] = {
	{ "any", ACL_RULE_ANY }, { "icmp", PROTO_ICMP }, { "igmp", 2 },
	{ "tcp", PROTO_TCP }, { "udp", PROTO_UDP }, { "dccp", PROTO_DCCP },
	{ "gre", 47 }, { "esp", 50 }, { "ah", 51 }, { "icmp6", PROTO_ICMP6 },
	{ "ospf", 89 }, { "sctp", PROTO_SCTP }, { "udplite", PROTO_UDPLITE },
	{ NULL, 0 },
};
/* clang-format on */

struct line {			/* what is left of the text */
	const char *at;
	char word[WORD_MAX];	/* the next one; "" at the end */
	char *why;
	size_t why_n;
};

/* The reason may be logged: odd bytes of the text become dots. */
static bool __attribute__((format(printf, 2, 3)))
fail(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(l->why, l->why_n, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < l->why_n && l->why[i] != '\0'; i++)
		if (l->why[i] < ' ' || l->why[i] > '~')
			l->why[i] = '.';
	return false;
}

/* Steps to the next word.  One that is too long fits nothing. */
static void
next(struct line *l)
{
	size_t n;

	l->at += strspn(l->at, " \t");
	n = strcspn(l->at, " \t");
	if (n < WORD_MAX) {
		memcpy(l->word, l->at, n);
		l->word[n] = '\0';
	} else {
		(void)snprintf(l->word, WORD_MAX, "(too long)");
	}
	l->at += n;
}

/* Takes the word if it is this one. */
static bool
take(struct line *l, const char *word)
{
	if (strcmp(l->word, word) != 0)
		return false;
	next(l);
	return true;
}

static const struct word *
find(const struct word *w, const char *text)
{
	for (; w->text != NULL; w++)
		if (strcmp(w->text, text) == 0)
			return w;
	return NULL;
}

static const char *
name(const struct word *w, int value)
{
	for (; w->text != NULL; w++)
		if (w->value == value)
			return w->text;
	return NULL;
}

/* Digits up to `end`, no more than max. */
static bool
number(const char *p, const char *end, unsigned max, unsigned *out)
{
	unsigned v = 0;

	if (p == end)
		return false;
	for (; p != end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		v = v * 10 + (unsigned)(*p - '0');
		if (v > max)
			return false;
	}
	*out = v;
	return true;
}

static bool
parse_proto(struct line *l, struct acl_rule *rule)
{
	const struct word *w = find(protos, l->word);
	unsigned v;

	if (w != NULL)
		rule->proto = (int16_t)w->value;
	else if (number(l->word, &l->word[strlen(l->word)], 255, &v))
		rule->proto = (int16_t)v;
	else
		return fail(l, "expected a protocol (any, icmp, icmp6, tcp,"
		    " udp, ..., or 0 to 255), got \"%s\"", l->word);
	next(l);
	return true;
}

static bool
parse_ports(struct line *l, struct acl_ports *ports)
{
	size_t n = strcspn(l->word, "-");
	const char *dash = &l->word[n], *end = &l->word[strlen(l->word)];
	unsigned first, last;

	if (!number(l->word, dash, PORT_MAX, &first))
		return fail(l, "expected a port from 0 to 65535 or N-M, got"
		    " \"%s\"", l->word);
	last = first;
	if (*dash == '-' && (!number(dash + 1, end, PORT_MAX, &last) ||
	    last < first))
		return fail(l, "expected ports N-M with N not above M, got"
		    " \"%s\"", l->word);
	*ports = (struct acl_ports){ (uint16_t)first, (uint16_t)last };
	next(l);
	return true;
}

/* from NET [port N[-M]], or the same with `to`. */
static bool
parse_end(struct line *l, const char *which, struct ipnet *net,
    struct acl_ports *ports)
{
	*ports = (struct acl_ports){ 0, PORT_MAX };
	if (!take(l, which))
		return fail(l, "expected %s, got \"%s\"", which, l->word);
	*net = (struct ipnet){ .bits = 0 };
	if (strcmp(l->word, "any") != 0 && !ipnet_parse(l->word, net))
		return fail(l, "expected any, an address or a prefix with no"
		    " ones behind it, got \"%s\"", l->word);
	next(l);
	return !take(l, "port") || parse_ports(l, ports);
}

static bool
parse_type(struct line *l, struct acl_rule *rule)
{
	unsigned v;

	rule->type = ACL_RULE_ANY;
	if (!take(l, "type"))
		return true;
	if (!number(l->word, &l->word[strlen(l->word)], 255, &v))
		return fail(l, "expected a type from 0 to 255, got \"%s\"",
		    l->word);
	rule->type = (int16_t)v;
	next(l);
	return true;
}

static bool
parse_head(struct line *l, struct acl_rule *rule)
{
	const struct word *w = find(actions, l->word);

	if (w == NULL)
		return fail(l, "expected permit or deny, got \"%s\"", l->word);
	rule->permit = w->value;
	next(l);
	w = find(dirs, l->word);
	if (w == NULL)
		return fail(l, "expected from-client, to-client or both, got"
		    " \"%s\"", l->word);
	rule->dir = (uint8_t)w->value;
	next(l);
	return parse_proto(l, rule);
}

static bool
any_port(const struct acl_ports *p)
{
	return p->first == 0 && p->last == PORT_MAX;
}

static bool
any_ports(const struct acl_rule *r)
{
	return any_port(&r->sport) && any_port(&r->dport);
}

static bool
families_agree(const struct acl_rule *r)
{
	return r->src.addr.family == IP_NONE ||
	    r->dst.addr.family == IP_NONE ||
	    r->src.addr.family == r->dst.addr.family;
}

bool
acl_rule_has_ports(int proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP ||
	    proto == PROTO_UDPLITE || proto == PROTO_DCCP ||
	    proto == PROTO_SCTP;
}

static bool
has_type(int proto)
{
	return proto == PROTO_ICMP || proto == PROTO_ICMP6;
}

bool
acl_rule_deep(const struct acl_rule *r)
{
	return r->type != ACL_RULE_ANY || !any_ports(r);
}

bool
acl_rule_parse(const char *text, struct acl_rule *rule, char *why, size_t n)
{
	struct line l = { .at = text, .why = why, .why_n = n };
	struct acl_rule r = { .permit = false };

	(void)fail(&l, "%s", "");
	next(&l);
	if (!parse_head(&l, &r) ||
	    !parse_end(&l, "from", &r.src, &r.sport) ||
	    !parse_end(&l, "to", &r.dst, &r.dport) || !parse_type(&l, &r))
		return false;
	if (l.word[0] != '\0')
		return fail(&l, "expected the end of the rule, got \"%s\"",
		    l.word);
	if (!families_agree(&r))
		return fail(&l, "expected addresses of one family");
	if (!any_ports(&r) && !acl_rule_has_ports(r.proto))
		return fail(&l, "ports need one of the protocols tcp, udp,"
		    " udplite, dccp and sctp");
	if (r.type != ACL_RULE_ANY && !has_type(r.proto))
		return fail(&l, "a type needs the protocol icmp or icmp6");
	*rule = r;
	return true;
}

bool
acl_rule_ok(const struct acl_rule *r)
{
	return r->dir >= ACL_FROM_CLIENT && r->dir <= ACL_BOTH &&
	    r->proto >= ACL_RULE_ANY && r->proto <= 255 &&
	    r->type >= ACL_RULE_ANY && r->type <= 255 &&
	    ipnet_ok(&r->src) && ipnet_ok(&r->dst) && families_agree(r) &&
	    r->sport.first <= r->sport.last &&
	    r->dport.first <= r->dport.last &&
	    (any_ports(r) || acl_rule_has_ports(r->proto)) &&
	    (r->type == ACL_RULE_ANY || has_type(r->proto));
}

static void
print_ports(struct wr *w, const struct acl_ports *p)
{
	char text[24];

	if (any_port(p))
		return;
	if (p->first == p->last)
		(void)snprintf(text, sizeof(text), " port %u",
		    (unsigned)p->first);
	else
		(void)snprintf(text, sizeof(text), " port %u-%u",
		    (unsigned)p->first, (unsigned)p->last);
	wr_bytes(w, text, strlen(text));
}

static void
print_net(struct wr *w, const char *which, const struct ipnet *net)
{
	char text[IPNET_STRLEN];

	wr_bytes(w, which, strlen(which));
	(void)ipnet_str(net, text);
	wr_bytes(w, text, strlen(text));
}

const char *
acl_rule_str(const struct acl_rule *r, char buf[ACL_RULE_STRLEN])
{
	struct wr w = wr_make(buf, ACL_RULE_STRLEN - 1);
	const char *dir = name(dirs, r->dir), *proto = name(protos, r->proto);
	char text[40];

	(void)snprintf(text, sizeof(text), "%s %s ",
	    r->permit ? "permit" : "deny", dir == NULL ? "?" : dir);
	wr_bytes(&w, text, strlen(text));
	(void)snprintf(text, sizeof(text), "%d", r->proto);
	if (proto == NULL)
		proto = text;
	wr_bytes(&w, proto, strlen(proto));
	print_net(&w, " from ", &r->src);
	print_ports(&w, &r->sport);
	print_net(&w, " to ", &r->dst);
	print_ports(&w, &r->dport);
	if (r->type != ACL_RULE_ANY) {
		(void)snprintf(text, sizeof(text), " type %d", r->type);
		wr_bytes(&w, text, strlen(text));
	}
	buf[wr_used(&w)] = '\0';
	return buf;
}
