/* SPDX-License-Identifier: BSD-2-Clause */
/* The link: phases of RFC 1661 §3, routing of frames, actions.  See ppp.h. */

#include <stdlib.h>
#include <string.h>

#include "ppp/auth.h"
#include "ppp/ipcp.h"
#include "ppp/ipv6cp.h"
#include "ppp/lcp.h"

#define REJ_BURST	8	/* Code- and Protocol-Rejects at once */
#define REJ_REFILL_MS	1000	/* then one in this time */
#define ADDR_HOLD_MS	1000	/* for the peer's request, before we ask */

/* clang-format off */
static const char *const cause_names[PPP_CAUSE_COUNT] = {
	[PPP_CAUSE_NONE] = "none",
	[PPP_CAUSE_PEER] = "peer",
	[PPP_CAUSE_CLOSED] = "closed",
	[PPP_CAUSE_LCP] = "lcp",
	[PPP_CAUSE_NO_METHOD] = "no-method",
	[PPP_CAUSE_AUTH] = "auth",
	[PPP_CAUSE_AUTH_TIMEOUT] = "auth-timeout",
	[PPP_CAUSE_IPCP] = "ipcp",
	[PPP_CAUSE_ECHO] = "echo",
	[PPP_CAUSE_LOOP] = "loop",
	[PPP_CAUSE_NO_ADDRESS] = "no-address",
	[PPP_CAUSE_RANDOM] = "random",
};
/* clang-format on */

const char *
ppp_cause_str(enum ppp_cause cause)
{
	return (unsigned)cause < PPP_CAUSE_COUNT ? cause_names[cause] : "?";
}

const char *
ppp_method_str(enum ppp_method method)
{
	switch (method) {
	case PPP_PAP:
		return "pap";
	case PPP_CHAP_MD5:
		return "chap-md5";
	case PPP_MSCHAPV2:
		return "mschapv2";
	case PPP_EAP:
		return "eap";
	}
	return "none";
}

const char *
ppp_phase_str(enum ppp_phase phase)
{
	switch (phase) {
	case PPP_DEAD:
		return "dead";
	case PPP_ESTABLISH:
		return "establish";
	case PPP_AUTHENTICATE:
		return "authenticate";
	case PPP_NETWORK:
		return "network";
	case PPP_TERMINATE:
		return "terminate";
	}
	return "?";
}

void
ppp_params_default(struct ppp_params *c)
{
	*c = (struct ppp_params){
		.mru = 1400,
		.methods = PPP_MSCHAPV2,
		.host_name = "l2tpd",
		.restart_ms = 3000,
		.max_configure = 10,
		.max_terminate = 2,
		.max_failure = 5,
		.auth_tries = 3,
		.auth_wait_ms = 95000,
		.eap = PPP_MSCHAPV2,
		.echo_s = 30,
		.echo_lost = 4,
	};
}

void
ppp_blame(struct ppp *p, enum ppp_cause cause, const char *text)
{
	size_t n = strnlen(text, sizeof(p->text) - 1);

	if (p->cause != PPP_CAUSE_NONE)
		return;
	p->cause = (uint8_t)cause;
	memcpy(p->text, text, n);
	p->text[n] = '\0';
}

bool
ppp_may_reject(struct ppp *p, mono_t now)
{
	uint64_t more = mono_since_ms(now, p->rej_at) / REJ_REFILL_MS;

	if (more >= (uint64_t)(REJ_BURST - p->rej_tokens)) {
		p->rej_tokens = REJ_BURST;
		p->rej_at = now;
	} else {
		p->rej_tokens = (uint8_t)(p->rej_tokens + more);
		p->rej_at = mono_add_ms(p->rej_at, more * REJ_REFILL_MS);
	}
	if (p->rej_tokens == 0)
		return false;
	p->rej_tokens--;
	return true;
}

/* The end: nothing moves any more. */
static void
link_finish(struct ppp *p, struct ppp_out *out)
{
	struct ppp_act *a;

	if (p->dead)
		return;
	auth_close(p);
	fsm_init(&p->lcp.fsm);
	fsm_init(&p->ipcp.fsm);
	fsm_init(&p->ipv6cp.fsm);
	p->echo_at = MONO_NEVER;
	p->addr_at = MONO_NEVER;
	p->phase = PPP_DEAD;
	p->dead = true;
	a = ppp_out_add(out, PPP_DOWN);
	if (a == NULL)
		return;
	a->cause = p->cause;
	a->text = ppp_out_text(out, p->text);
}

static void
net_say_down(struct ppp *p, struct ppp_out *out)
{
	if (p->net_up)
		ppp_out_add(out, PPP_NET_DOWN);
	p->net_up = false;
}

static void
net6_say_down(struct ppp *p, struct ppp_out *out)
{
	if (p->net6_up)
		ppp_out_add(out, PPP_NET6_DOWN);
	p->net6_up = false;
}

/* LCP left Opened: RFC 1661 §3.4, everything above starts from nothing. */
static void
link_layer_down(struct ppp *p, mono_t now, struct ppp_out *out)
{
	net_say_down(p, out);
	net6_say_down(p, out);
	cp_event(p, &ipcp_def, FSM_DOWN, now, out);
	cp_event(p, &ipv6cp_def, FSM_DOWN, now, out);
	auth_close(p);
	p->addr_known = false;
	p->addr_asked = false;
	p->held.len = p->held6.len = 0;
	p->addr_at = MONO_NEVER;
	p->echo_at = MONO_NEVER;
	p->phase = p->lcp.fsm.state >= FSM_REQ_SENT ? PPP_ESTABLISH :
	    PPP_TERMINATE;
}

/* What LCP's bits mean, once the link is on its way out. */
static void
link_ending(struct ppp *p, uint32_t acts, mono_t now, struct ppp_out *out)
{
	if (acts & FSM_TLD)
		link_layer_down(p, now, out);
	if (acts & FSM_TLF) {
		if (p->cause == PPP_CAUSE_NONE) {
			char text[PPP_TEXT_MAX];

			ppp_explain(p, text);
			ppp_blame(p, PPP_CAUSE_LCP, text);
		}
		link_finish(p, out);
	}
}

/* Terminate-Request if anybody may hear it; PPP_DOWN follows. */
static void
link_end(struct ppp *p, enum ppp_cause cause, const char *text, mono_t now,
    struct ppp_out *out)
{
	uint32_t acts;

	if (p->dead)
		return;
	ppp_blame(p, cause, text);
	p->phase = PPP_TERMINATE;
	acts = cp_event(p, &lcp_def, FSM_CLOSE, now, out);
	link_ending(p, acts, now, out);
	p->phase = p->dead ? PPP_DEAD : PPP_TERMINATE;
	if (p->lcp.fsm.state != FSM_CLOSING && p->lcp.fsm.state != FSM_STOPPING)
		link_finish(p, out);
}

/* The same with what ppp_explain() says. */
static void
link_explain(struct ppp *p, enum ppp_cause cause, mono_t now,
    struct ppp_out *out)
{
	char text[PPP_TEXT_MAX];

	if (cause == PPP_CAUSE_NO_METHOD)
		ppp_explain_methods(p, text);
	else
		ppp_explain(p, text);
	link_end(p, cause, text, now, out);
}

/* IPv6 is allowed, there is some, and its packets fit the link. */
static bool
net6_may(const struct ppp *p)
{
	return p->ipv6 && (p->role == PPP_PEER || p->addr.ipv6) &&
	    ppp_peer_mru(p) >= PPP_MIN_MTU6;
}

static void
net6_open(struct ppp *p, mono_t now, struct ppp_out *out)
{
	if (!net6_may(p) || !ipv6cp_init(p))
		return;
	cp_event(p, &ipv6cp_def, FSM_OPEN, now, out);
	cp_event(p, &ipv6cp_def, FSM_UP, now, out);
}

/* RFC 1661 §3.6.  No network phase without authentication: RFC 1661 §3.5. */
static void
link_network(struct ppp *p, mono_t now, struct ppp_out *out)
{
	if (p->role == PPP_AUTHENTICATOR && !p->auth.ok)
		return;
	p->phase = PPP_NETWORK;
	p->lcp.rounds = 0;
	if (p->role == PPP_AUTHENTICATOR) {
		p->addr_at = mono_add_ms(now, ADDR_HOLD_MS);
		return;
	}
	cp_event(p, &ipcp_def, FSM_OPEN, now, out);
	cp_event(p, &ipcp_def, FSM_UP, now, out);
	net6_open(p, now, out);
}

static void
link_auth_result(struct ppp *p, enum auth_result res, mono_t now,
    struct ppp_out *out)
{
	switch (res) {
	case AUTH_GOING:
		return;
	case AUTH_PASSED:
		if (p->phase != PPP_AUTHENTICATE)
			return;
		if (p->role == PPP_PEER)
			ppp_out_add(out, PPP_AUTH_OK);
		link_network(p, now, out);
		return;
	case AUTH_REFUSED:
		link_end(p, PPP_CAUSE_AUTH, "authentication failed", now, out);
		return;
	case AUTH_SILENT:
		link_explain(p, PPP_CAUSE_AUTH_TIMEOUT, now, out);
		return;
	case AUTH_NO_OWNER:
		link_end(p, PPP_CAUSE_AUTH,
		    "gave up in the login: no answer about the user", now, out);
		return;
	case AUTH_NO_RANDOM:
		link_end(p, PPP_CAUSE_RANDOM, "no randomness", now, out);
		return;
	}
}

static mono_t
echo_next(const struct ppp *p, mono_t now)
{
	return p->params->echo_s != 0 ? mono_add_s(now, p->params->echo_s) :
	    MONO_NEVER;
}

static void
link_opened(struct ppp *p, mono_t now, struct ppp_out *out)
{
	uint8_t method = lcp_method(p);
	struct ppp_auth *auth = ppp_out_take(out, sizeof(*auth));
	struct ppp_act *a;

	p->echo_at = echo_next(p, now);
	p->echo_out = 0;
	p->loops = 0;
	p->cause = PPP_CAUSE_NONE;
	p->text[0] = '\0';
	a = ppp_out_add(out, PPP_LCP_UP);
	if (a != NULL && auth != NULL) {
		auth->method = method;
		a->auth = auth;
	}
	if (method == 0 && p->role == PPP_AUTHENTICATOR) {
		link_explain(p, PPP_CAUSE_NO_METHOD, now, out);
		return;
	}
	if (method == 0) {
		link_network(p, now, out);
		return;
	}
	p->phase = PPP_AUTHENTICATE;
	link_auth_result(p, auth_open(p, method, now, out), now, out);
}

static void
link_lcp(struct ppp *p, uint32_t acts, mono_t now, struct ppp_out *out)
{
	if (acts & CP_LOST) {
		link_explain(p, PPP_CAUSE_NO_METHOD, now, out);
		return;
	}
	if (acts & CP_STUCK) {
		link_explain(p, PPP_CAUSE_LCP, now, out);
		return;
	}
	if (acts & LCP_LOOPED) {
		link_end(p, PPP_CAUSE_LOOP, "looped back: our own LCP came back", now, out);
		return;
	}
	link_ending(p, acts, now, out);
	if (!p->dead && (acts & FSM_TLU))
		link_opened(p, now, out);
}

static void
net_say_up(struct ppp *p, mono_t now, struct ppp_out *out)
{
	struct ppp_net *net;
	struct ppp_act *a;

	if (p->role == PPP_AUTHENTICATOR && !p->auth.ok)
		return;
	if (!ipcp_usable(p)) {
		link_end(p, PPP_CAUSE_IPCP,
		    "gave up in IPCP: no address was agreed", now, out);
		return;
	}
	net = ppp_out_take(out, sizeof(*net));
	a = net != NULL ? ppp_out_add(out, PPP_NET_UP) : NULL;
	if (a == NULL)
		return;
	ipcp_result(p, net);
	net->peer_mru = ppp_peer_mru(p);
	a->net = net;
	p->net_up = true;
}

static void
net6_say_up(struct ppp *p, struct ppp_out *out)
{
	struct ppp_net6 *net;
	struct ppp_act *a;

	if (p->role == PPP_AUTHENTICATOR && !p->auth.ok)
		return;
	net = ppp_out_take(out, sizeof(*net));
	a = net != NULL ? ppp_out_add(out, PPP_NET6_UP) : NULL;
	if (a == NULL)
		return;
	ipv6cp_result(p, net);
	a->net6 = net;
	p->net6_up = true;
}

/* Open, or on its way there. */
static bool
net_lives(const struct cp *c)
{
	return c->fsm.state >= FSM_REQ_SENT;
}

/*
 * RFC 1661 §3.6: one network protocol is given up, by this event; the link
 * stays for the other one.  Without a text, ppp_explain() says why it ends.
 */
static void
net_lost(struct ppp *p, const struct cp_def *lost, enum fsm_event how,
    const char *text, mono_t now, struct ppp_out *out)
{
	const struct cp *other = lost == &ipcp_def ? &p->ipv6cp : &p->ipcp;

	if (net_lives(other))
		cp_event(p, lost, how, now, out);
	else if (text == NULL)
		link_explain(p, PPP_CAUSE_IPCP, now, out);
	else
		link_end(p, PPP_CAUSE_IPCP, text, now, out);
}

static void
link_ipcp(struct ppp *p, uint32_t acts, mono_t now, struct ppp_out *out)
{
	if (acts & (FSM_TLD | CP_STUCK))
		net_say_down(p, out);
	if (acts & (CP_STUCK | FSM_TLF))
		net_lost(p, &ipcp_def, FSM_CLOSE, NULL, now, out);
	else if (acts & FSM_TLU)
		net_say_up(p, now, out);
}

static void
link_ipv6cp(struct ppp *p, uint32_t acts, mono_t now, struct ppp_out *out)
{
	if (acts & (FSM_TLD | CP_STUCK))
		net6_say_down(p, out);
	if (acts & (CP_STUCK | FSM_TLF))
		net_lost(p, &ipv6cp_def, FSM_CLOSE, NULL, now, out);
	else if (acts & FSM_TLU)
		net6_say_up(p, out);
}

/* Bytes for EAP's packets, behind the link's. */
static uint16_t
link_room(const struct ppp_params *p)
{
	return p->methods & PPP_EAP ? PPP_EAP_MAX : 0;
}

void
ppp_bounds(const struct ppp_params *p, uint32_t links, bound_fn *each,
    void *ctx)
{
	const struct bound b = { "ppp links", links,
		links * (sizeof(struct ppp) + link_room(p)) };

	each(ctx, &b);
}

struct ppp *
ppp_new(const struct ppp_params *params, enum ppp_role role, struct rng *rng,
    struct drops *drops)
{
	uint16_t room = link_room(params);
	struct ppp *p = calloc(1, sizeof(*p) + room);

	if (p == NULL)
		return NULL;
	p->params = params;
	p->rng = rng;
	p->drops = drops;
	p->eap_max = room;
	p->role = (uint8_t)role;
	p->mru = params->mru;
	p->ipv6 = params->ipv6;
	p->rej_tokens = REJ_BURST;
	p->echo_at = MONO_NEVER;
	p->addr_at = MONO_NEVER;
	fsm_init(&p->lcp.fsm);
	fsm_init(&p->ipcp.fsm);
	fsm_init(&p->ipv6cp.fsm);
	auth_close(p);
	return p;
}

void
ppp_mru_set(struct ppp *p, uint16_t mru)
{
	if (p->lcp.fsm.state != FSM_INITIAL)
		return;
	if (mru < PPP_MIN_MRU)
		mru = PPP_MIN_MRU;
	p->mru = mru < p->params->mru ? mru : p->params->mru;
}

void
ppp_ipv6_set(struct ppp *p, bool may)
{
	if (p->phase != PPP_NETWORK)
		p->ipv6 = may;
}

void
ppp_free(struct ppp *p)
{
	if (p == NULL)
		return;
	wipe(p, sizeof(*p) + p->eap_max);
	free(p);
}

void
ppp_lower_up(struct ppp *p, mono_t now, struct ppp_out *out)
{
	if (p->dead || p->lcp.fsm.state != FSM_INITIAL || !ppp_out_room(out))
		return;
	p->rej_at = now;
	p->phase = PPP_ESTABLISH;
	if (!lcp_init(p)) {
		link_end(p, PPP_CAUSE_RANDOM, "no randomness", now, out);
		return;
	}
	cp_event(p, &lcp_def, FSM_OPEN, now, out);
	cp_event(p, &lcp_def, FSM_UP, now, out);
}

static void
link_ask_addr(struct ppp *p, struct ipaddr want, mono_t now,
    struct ppp_out *out)
{
	struct ppp_act *a;

	if (p->addr_asked)
		return;
	p->addr_asked = true;
	p->addr_at = mono_add_s(now, PPP_WAIT_S);
	a = ppp_out_add(out, PPP_ASK_ADDR);
	if (a != NULL)
		a->want = want;
}

/*
 * The first request of a peer that has no address yet is kept until it has one,
 * lest each login wait for its repetition.
 */
static enum drop
link_hold(struct held *h, struct rd packet)
{
	struct cp_pkt k;
	enum drop why = cp_decode(packet, &k);

	if (why != DROP_NONE)
		return why;
	if (k.code != CP_CONF_REQ || rd_left(&k.whole) > sizeof(h->b))
		return DROP_PPP_PHASE;
	h->len = (uint8_t)rd_left(&k.whole);
	rd_copy(&k.whole, h->b, h->len);
	return DROP_NONE;
}

static void
link_input_ipcp(struct ppp *p, struct rd packet, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	struct cp_pkt k;
	uint32_t acts;

	if (p->role == PPP_AUTHENTICATOR && !p->addr_known) {
		*why = link_hold(&p->held, packet);
		if (*why == DROP_NONE)
			link_ask_addr(p, ipcp_wanted(packet), now, out);
		return;
	}
	*why = cp_decode(packet, &k);
	if (*why != DROP_NONE)
		return;
	acts = cp_input(p, &ipcp_def, &k, now, out, why);
	link_ipcp(p, acts, now, out);
}

static void
link_reject(struct ppp *p, uint16_t protocol, struct rd packet, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	*why = DROP_PPP_PROTOCOL;
	if (ppp_may_reject(p, now))
		lcp_send_proto_rej(p, protocol, packet, out);
}

/* Whether there is IPv6 for the peer is known when its address is. */
static void
link_input_ipv6cp(struct ppp *p, struct rd packet, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	struct cp_pkt k;
	uint32_t acts;

	if (p->ipv6 && p->role == PPP_AUTHENTICATOR && !p->addr_known) {
		*why = link_hold(&p->held6, packet);
		return;
	}
	if (!net6_may(p)) {
		link_reject(p, FRAME_IPV6CP, packet, now, out, why);
		return;
	}
	*why = cp_decode(packet, &k);
	if (*why != DROP_NONE)
		return;
	acts = cp_input(p, &ipv6cp_def, &k, now, out, why);
	link_ipv6cp(p, acts, now, out);
}

/* RFC 1661 §5.7: a protocol of ours that the peer does not speak. */
static void
link_refused(struct ppp *p, uint16_t protocol, mono_t now, struct ppp_out *out)
{
	switch (protocol) {
	case FRAME_IPCP:
	case FRAME_IP:
		net_say_down(p, out);
		net_lost(p, &ipcp_def, FSM_DOWN,
		    "the peer does not speak IPv4", now, out);
		return;
	case FRAME_IPV6CP:
	case FRAME_IPV6:
		if (!net_lives(&p->ipv6cp))
			return;
		net6_say_down(p, out);
		net_lost(p, &ipv6cp_def, FSM_DOWN,
		    "the peer does not speak IPv6", now, out);
		return;
	case FRAME_PAP:
	case FRAME_CHAP:
	case FRAME_EAP:
		if (p->phase == PPP_AUTHENTICATE)
			link_end(p, PPP_CAUSE_NO_METHOD,
			    "the peer does not speak the login method it agreed to",
			    now, out);
		return;
	}
}

static void
link_input_lcp(struct ppp *p, struct rd packet, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	uint16_t refused = 0;
	uint32_t acts = lcp_input(p, packet, now, out, &refused, why);

	link_lcp(p, acts, now, out);
	if (!p->dead && (acts & LCP_REFUSED))
		link_refused(p, refused, now, out);
}

/* Is a frame that was not used a sign of life all the same? */
static bool
link_lives(enum drop why)
{
	return why == DROP_NONE || why == DROP_PPP_REPEAT ||
	    why == DROP_PPP_PROTOCOL || why == DROP_PPP_CODE;
}

/* To the owner, in the box. */
static void
link_give_ip6(struct rd packet, struct ppp_out *out)
{
	size_t n = rd_left(&packet);
	uint8_t *copy = n <= PPP_DEFAULT_MRU ? ppp_out_take(out, n) : NULL;
	struct ppp_act *a = copy != NULL ? ppp_out_add(out, PPP_IP6) : NULL;

	if (a == NULL)
		return;
	rd_copy(&packet, copy, n);
	a->data = rd_make(copy, n);
}

/* RFC 1661 §3.6 and §5.7: network phase, not LCP and not authentication. */
static void
link_input_net(struct ppp *p, uint16_t protocol, struct rd packet, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	switch (protocol) {
	case FRAME_IPCP:
		link_input_ipcp(p, packet, now, out, why);
		break;
	case FRAME_IPV6CP:
		link_input_ipv6cp(p, packet, now, out, why);
		break;
	case FRAME_IPV6:
		/* Of the open protocol, only what is for this link alone. */
		if (p->net6_up)
			link_give_ip6(packet, out);
		else
			*why = DROP_PPP_PHASE;
		break;
	case FRAME_IP:
		/* Packets of an open protocol do not come this way. */
		*why = DROP_PPP_PHASE;
		break;
	default:
		link_reject(p, protocol, packet, now, out, why);
		break;
	}
	/* The peer went on, so it has had its success. */
	if (link_lives(*why))
		p->auth.unheard = false;
}

static void
link_route(struct ppp *p, uint16_t protocol, struct rd packet, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	enum auth_result res;

	if (protocol == FRAME_LCP) {
		link_input_lcp(p, packet, now, out, why);
		return;
	}
	/* RFC 1661 §3.4, §3.5, §3.7: silently discarded. */
	if (p->phase != PPP_AUTHENTICATE && p->phase != PPP_NETWORK) {
		*why = DROP_PPP_PHASE;
		return;
	}
	if (auth_takes(p, protocol)) {
		res = auth_input(p, protocol, packet, now, out, why);
		link_auth_result(p, res, now, out);
		return;
	}
	if (p->phase == PPP_AUTHENTICATE) {
		*why = DROP_PPP_PHASE;
		return;
	}
	link_input_net(p, protocol, packet, now, out, why);
}

void
ppp_heard(struct ppp *p, mono_t now)
{
	p->echo_out = 0;
	if (p->echo_at.us != MONO_NEVER.us)
		p->echo_at = echo_next(p, now);
}

void
ppp_input(struct ppp *p, mono_t now, struct rd frame, struct ppp_out *out)
{
	enum drop why = DROP_NONE;
	uint16_t protocol;
	size_t head;

	head = frame_parse(frame.p, rd_left(&frame), &protocol);
	if (head == 0)
		why = DROP_PPP_SHORT;
	else if (p->phase == PPP_DEAD || !ppp_out_room(out))
		why = DROP_PPP_PHASE;
	if (why == DROP_NONE) {
		rd_skip(&frame, head);
		link_route(p, protocol, frame, now, out, &why);
	}
	if (link_lives(why))
		ppp_heard(p, now);
	drop_count(p->drops, why);
}

static void
link_echo(struct ppp *p, mono_t now, struct ppp_out *out)
{
	if (p->echo_out >= p->params->echo_lost) {
		/* One Terminate-Request, in case; nobody waits for its Ack. */
		link_end(p, PPP_CAUSE_ECHO, "the peer no longer answers echoes", now, out);
		link_finish(p, out);
		return;
	}
	p->echo_at = echo_next(p, now);
	if (p->echo_at.us == MONO_NEVER.us)
		return;
	p->echo_out++;
	lcp_send_echo(p, out);
}

static void
link_addr_timer(struct ppp *p, mono_t now, struct ppp_out *out)
{
	struct ipaddr none = { .family = IP_NONE };

	if (p->addr_asked)
		link_end(p, PPP_CAUSE_NO_ADDRESS, "there is no address for the peer", now, out);
	else
		link_ask_addr(p, none, now, out);
}

/* What is due is done in this order; each may end the link. */
void
ppp_expire(struct ppp *p, mono_t now, struct ppp_out *out)
{
	if (ppp_out_room(out) && mono_due(p->lcp.fsm.timer, now))
		link_lcp(p, cp_expire(p, &lcp_def, now, out), now, out);
	if (ppp_out_room(out) && mono_due(auth_deadline(p), now))
		link_auth_result(p, auth_expire(p, now, out), now, out);
	if (ppp_out_room(out) && mono_due(p->addr_at, now))
		link_addr_timer(p, now, out);
	if (ppp_out_room(out) && mono_due(p->ipcp.fsm.timer, now)) {
		auth_remind(p, out);
		link_ipcp(p, cp_expire(p, &ipcp_def, now, out), now, out);
	}
	if (ppp_out_room(out) && mono_due(p->ipv6cp.fsm.timer, now))
		link_ipv6cp(p, cp_expire(p, &ipv6cp_def, now, out), now, out);
	if (ppp_out_room(out) && mono_due(p->echo_at, now))
		link_echo(p, now, out);
}

mono_t
ppp_deadline(const struct ppp *p)
{
	mono_t t = mono_min(p->lcp.fsm.timer, p->ipcp.fsm.timer);

	t = mono_min(t, p->ipv6cp.fsm.timer);
	t = mono_min(t, auth_deadline(p));
	return mono_min(t, mono_min(p->addr_at, p->echo_at));
}

void
ppp_auth_done(struct ppp *p, mono_t now, uint32_t ticket,
    const struct ppp_verdict *v, struct ppp_out *out)
{
	if (p->phase != PPP_AUTHENTICATE || ticket != p->ticket ||
	    !ppp_out_room(out))
		return;
	link_auth_result(p, auth_answer(p, v, now, out), now, out);
}

/* What was kept comes in now, if the link is still there for it. */
static void
link_held(struct ppp *p, uint16_t protocol, struct rd packet, mono_t now,
    struct ppp_out *out)
{
	enum drop why = DROP_NONE;

	if (p->phase != PPP_NETWORK)
		return;
	link_input_net(p, protocol, packet, now, out, &why);
	drop_count(p->drops, why);
}

void
ppp_addr_done(struct ppp *p, mono_t now, const struct ppp_addr *addr,
    struct ppp_out *out)
{
	struct rd held = rd_make(p->held.b, p->held.len);

	if (p->phase != PPP_NETWORK || !p->addr_asked || p->addr_known ||
	    !ppp_out_room(out))
		return;
	if (addr->peers.family != IP_V4) {
		link_end(p, PPP_CAUSE_NO_ADDRESS, "there is no address for the peer", now, out);
		return;
	}
	p->addr = *addr;
	p->addr_known = true;
	p->addr_at = MONO_NEVER;
	ipcp_def.reset(p);
	cp_event(p, &ipcp_def, FSM_OPEN, now, out);
	cp_event(p, &ipcp_def, FSM_UP, now, out);
	if (rd_left(&held) > 0)
		link_held(p, FRAME_IPCP, held, now, out);
	held = rd_make(p->held6.b, p->held6.len);
	net6_open(p, now, out);
	if (rd_left(&held) > 0)
		link_held(p, FRAME_IPV6CP, held, now, out);
	p->held.len = p->held6.len = 0;
}

void
ppp_send_ip6(struct ppp *p, struct rd packet, struct ppp_out *out)
{
	struct wr w;

	if (!p->net6_up || !ppp_out_room(out))
		return;
	w = ppp_frame_begin(out, FRAME_IPV6, ppp_peer_mru(p));
	wr_rd(&w, packet);
	ppp_frame_end(out, &w);
}

void
ppp_close(struct ppp *p, mono_t now, enum ppp_cause cause, const char *text,
    struct ppp_out *out)
{
	if (p->dead || !ppp_out_room(out))
		return;
	if (p->phase == PPP_TERMINATE)
		return;
	link_end(p, cause, text != NULL ? text : "", now, out);
}

enum ppp_phase
ppp_phase(const struct ppp *p)
{
	return p->phase;
}

bool
ppp_authenticated(const struct ppp *p)
{
	return p->auth.ok;
}

uint16_t
ppp_peer_mru(const struct ppp *p)
{
	size_t max = ppp_send_max(p);

	return max < p->mru ? (uint16_t)max : p->mru;
}

size_t
ppp_frozen_size(const struct ppp *p)
{
	return 4 + sizeof(*p) + p->eap_max;
}

void
ppp_freeze(const struct ppp *p, struct wr *w)
{
	struct ppp copy;

	memcpy(&copy, p, sizeof(copy));
	copy.params = NULL;
	copy.rng = NULL;
	copy.drops = NULL;
	wr_u32(w, (uint32_t)sizeof(copy) + p->eap_max);
	wr_bytes(w, &copy, sizeof(copy));
	/* eap[] may begin in what pads the struct, so not from there. */
	wr_bytes(w, (const uint8_t *)p + sizeof(copy), p->eap_max);
	wipe(&copy, sizeof(copy));
}

/* Values that index a table or end a string, after bytes from a file. */
static bool
ppp_thaw_ok(const struct ppp *p)
{
	return p->role <= PPP_PEER && p->phase <= PPP_TERMINATE &&
	    p->cause < PPP_CAUSE_COUNT && p->lcp.fsm.state < FSM_STATES &&
	    p->ipcp.fsm.state < FSM_STATES &&
	    p->ipv6cp.fsm.state < FSM_STATES && p->auth.state <= AUTH_DONE &&
	    p->held.len <= PPP_HELD_MAX && p->held6.len <= PPP_HELD_MAX && p->rej_tokens <= REJ_BURST &&
	    memchr(p->text, 0, sizeof(p->text)) != NULL &&
	    p->auth.name_len <= PPP_NAME_MAX &&
	    p->auth.eap_len <= p->eap_max &&
	    (p->auth.method != PPP_EAP || p->eap_max != 0);
}

struct ppp *
ppp_thaw(const struct ppp_params *params, struct rng *rng, struct drops *drops,
    struct rd *r)
{
	size_t size = rd_u32(r);
	struct ppp *p;

	if ((size != sizeof(*p) && size != sizeof(*p) + PPP_EAP_MAX) ||
	    rd_left(r) < size)
		return NULL;
	p = calloc(1, size);
	if (p == NULL)
		return NULL;
	rd_copy(r, p, size);
	p->params = params;
	p->rng = rng;
	p->drops = drops;
	if (p->eap_max == size - sizeof(*p) && ppp_thaw_ok(p))
		return p;
	p->eap_max = (uint16_t)(size - sizeof(*p));
	ppp_free(p);
	return NULL;
}
