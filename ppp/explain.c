/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain words for why a link is not up: see ppp_explain(). */

#include <stdio.h>
#include <string.h>

#include "ppp/auth.h"
#include "ppp/ipcp.h"
#include "ppp/lcp.h"

#define OURS_MAX	28	/* bytes: all our methods, with the NUL */
#define THEIRS_MAX	40	/* and one that is none of ours */

struct option_name {
	uint8_t type;
	const char *name;
};

/* clang-format off */
static const struct option_name lcp_names[] = {	/* RFC 1661 §6, 1570, 1990 */
	{ 1, "MRU" }, { 2, "ACCM" }, { 3, "the login method" },
	{ 4, "link quality" }, { 5, "the magic number" },
	{ 7, "protocol compression" }, { 8, "address compression" },
	{ 13, "callback" }, { 17, "MRRU" }, { 18, "short sequence numbers" },
	{ 19, "the endpoint" }, { 0, NULL }
};
static const struct option_name ipcp_names[] = {	/* RFC 1332, 1877 */
	{ 1, "addresses" }, { 2, "IP compression" }, { 3, "the address" },
	{ 129, "DNS" }, { 130, "WINS" }, { 131, "DNS" }, { 132, "WINS" },
	{ 0, NULL }
};
static const struct option_name ipv6cp_names[] = {	/* RFC 5072 */
	{ 1, "the interface identifier" }, { 2, "IPv6 compression" },
	{ 0, NULL }
};
/* clang-format on */

static const char *
option_name(const struct option_name *t, uint8_t type)
{
	for (; t->name != NULL; t++)
		if (t->type == type)
			return t->name;
	return "an option";
}

/* How far the negotiation of one protocol came. */
static void
cp_explain(const struct cp *c, const char *which,
    const struct option_name *names, char text[PPP_TEXT_MAX])
{
	const char *what = "the peer did not answer";
	uint8_t type = c->theirs_bad != 0 ? c->theirs_bad : c->ours_bad;

	if (c->heard && type != 0) {
		(void)snprintf(text, PPP_TEXT_MAX,
		    "gave up in %s: no agreement on %s (option %u, %s)", which,
		    option_name(names, type), (unsigned)type,
		    c->theirs_bad != 0 ? "the peer insists" :
		    "the peer refuses ours");
		return;
	}
	if (c->heard && c->fsm.state == FSM_ACK_RCVD)
		what = "the peer asks for nothing itself";
	else if (c->heard && c->fsm.state == FSM_ACK_SENT)
		what = "the peer does not answer our request";
	else if (c->heard)
		what = "no agreement";
	(void)snprintf(text, PPP_TEXT_MAX, "gave up in %s: %s", which, what);
}

static void
methods_list(uint8_t set, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned m = PPP_EAP; m != 0; m >>= 1)
		if ((set & m) != 0 && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s",
			    n > 0 ? " " : "",
			    ppp_method_str((enum ppp_method)m));
}

void
ppp_explain_methods(const struct ppp *p, char text[PPP_TEXT_MAX])
{
	char ours[OURS_MAX], theirs[THEIRS_MAX];

	methods_list(ppp_methods(p), ours, sizeof(ours));
	methods_list(p->wishes, theirs, sizeof(theirs));
	if (p->wish_other != 0)
		(void)snprintf(theirs + strlen(theirs),
		    sizeof(theirs) - strlen(theirs), "%s0x%x",
		    theirs[0] != '\0' ? " " : "", (unsigned)p->wish_other);
	if (theirs[0] == '\0')
		(void)snprintf(text, PPP_TEXT_MAX,
		    "the peer refuses to log in: allowed are %s", ours);
	else
		(void)snprintf(text, PPP_TEXT_MAX,
		    "no login method in common: the peer offered %s, "
		    "allowed are %s", theirs, ours);
}

static void
auth_explain(const struct ppp *p, char text[PPP_TEXT_MAX])
{
	const char *name = ppp_method_str((enum ppp_method)p->auth.method);

	if (p->auth.state == AUTH_ASKED)
		(void)snprintf(text, PPP_TEXT_MAX,
		    "gave up in the login: no answer about the user");
	else if (p->auth.method == PPP_PAP)
		(void)snprintf(text, PPP_TEXT_MAX,
		    "gave up in the login: the peer sent no name and password "
		    "(pap)");
	else
		(void)snprintf(text, PPP_TEXT_MAX,
		    "gave up in the login: the peer did not answer (%s)", name);
}

/* IPv4 is what is missed, unless IPv6 alone was tried. */
static void
net_explain(const struct ppp *p, char text[PPP_TEXT_MAX])
{
	if (p->ipcp.fsm.state <= FSM_STARTING &&
	    p->ipv6cp.fsm.state > FSM_STARTING)
		cp_explain(&p->ipv6cp, "IPV6CP", ipv6cp_names, text);
	else
		cp_explain(&p->ipcp, "IPCP", ipcp_names, text);
}

void
ppp_explain(const struct ppp *p, char text[PPP_TEXT_MAX])
{
	switch ((enum ppp_phase)p->phase) {
	case PPP_DEAD:
	case PPP_TERMINATE:
		(void)snprintf(text, PPP_TEXT_MAX, "%s", p->text[0] != '\0' ?
		    p->text : "the link was ending");
		return;
	case PPP_ESTABLISH:
		cp_explain(&p->lcp, "LCP", lcp_names, text);
		return;
	case PPP_AUTHENTICATE:
		auth_explain(p, text);
		return;
	case PPP_NETWORK:
		net_explain(p, text);
		return;
	}
}
