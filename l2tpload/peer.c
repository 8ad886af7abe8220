/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One phone: see peer.h.  Each public call feeds one engine and then steps:
 * every engine's box is drained, each action becomes a call of the next engine
 * or an action of our own, until all boxes are empty.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec/udpencap.h"
#include "l2tpload/peer_int.h"

#define CLOSE_PPP_MS	1000	/* wait for the Terminate-Ack */
#define CLOSE_L2TP_MS	300	/* let the StopCCN arrive before the Deletes */
#define IKE_MAIN_MODE	2	/* exchange type, RFC 2408 §3.1 */
#define IKE_ENCRYPTED	1	/* flag */
#define RETIRE_MS	3000	/* after a rekey the old pair still receives */
#define HEARD_MS	1000	/* tell the engines of life so often */

static const char *const stage_names[PEER_STAGES] = {
	[PEER_IDLE] = "idle",
	[PEER_PHASE1] = "ike phase 1",
	[PEER_PHASE2] = "ike phase 2",
	[PEER_TUNNEL] = "l2tp tunnel",
	[PEER_CALL] = "l2tp call",
	[PEER_LCP] = "ppp lcp",
	[PEER_AUTH] = "ppp authentication",
	[PEER_ADDRESS] = "ppp address",
	[PEER_CONNECTED] = "connected",
	[PEER_CLOSING] = "closing",
	[PEER_DEAD] = "ended",
};

const char *
peer_stage_str(enum peer_stage s)
{
	return (unsigned)s < PEER_STAGES ? stage_names[s] : "unknown";
}

/* ---- verdicts ---- */

static bool
is_over(const struct peer *p)
{
	return p->s.stage == PEER_IDLE || p->s.stage == PEER_DEAD;
}

/* The first reason stands; then comes the farewell. */
static void __attribute__((format(printf, 3, 4)))
fail(struct peer *p, mono_t now, const char *fmt, ...)
{
	va_list ap;

	if (is_over(p) || p->s.closing != PEER_CLOSE_NO)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(p->s.verdict, sizeof(p->s.verdict), fmt, ap);
	va_end(ap);
	p->s.failed_at = p->s.stage;
	p->s.stage = PEER_CLOSING;
	p->s.closing = PEER_CLOSE_PPP;
	p->s.close_by = now;
	p->s.linked = p->s.linked6 = false;
}

/* What silence means, by what we sent last. */
static const char *
ike_silence(enum ike_stage s)
{
	switch (s) {
	case IKE_STAGE_MM1:
		return "no answer at all: is the address right, is the "
		    "concentrator running, is UDP 500 open?";
	case IKE_STAGE_MM3:
		return "it fell silent in the key exchange";
	case IKE_STAGE_MM5:
		return "it fell silent when it saw our identity: most likely "
		    "the pre-shared keys differ, or UDP 4500 is closed";
	case IKE_STAGE_PEER:
	case IKE_STAGE_QM1:
	case IKE_STAGE_CHILD:
		return "it fell silent in quick mode";
	}
	return "it fell silent";
}

static void
fail_ike(struct peer *p, mono_t now, enum ike_why why, const char *text)
{
	if (why == IKE_WHY_TIMEOUT)
		text = ike_silence(p->s.ike_sent);
	fail(p, now, "%s: %s%s%s", peer_stage_str(p->s.stage),
	    ike_why_str(why), text != NULL && *text != '\0' ? ": " : "",
	    text != NULL ? text : "");
}

static const char *
l2tp_words(enum l2tp_why why)
{
	switch (why) {
	case L2TP_WHY_PEER:
		return "the concentrator hung up";
	case L2TP_WHY_CLOSED:
		return "closed";
	case L2TP_WHY_TIMEOUT:
		return "no answer inside the ESP tunnel";
	case L2TP_WHY_SETUP:
		return "the set-up took too long";
	case L2TP_WHY_PROTOCOL:
		return "the concentrator broke the rules of L2TP";
	case L2TP_WHY_PATH:
		return "the IPsec peer is gone";
	case L2TP_WHY_REFUSED:
		return "refused";
	case L2TP_WHY_COUNT:
		break;
	}
	return "ended";
}

static void
fail_l2tp(struct peer *p, mono_t now, const struct l2tp_end *end)
{
	fail(p, now, "%s: %s (result %u, error %u)%s%s",
	    peer_stage_str(p->s.stage), l2tp_words(end->why), end->result,
	    end->error, end->text[0] != '\0' ? ": " : "", end->text);
}

/*
 * MS-CHAPv2 says "E=691 R=0 C=... V=3 M=text" (RFC 2759 §6): only what follows
 * M= is for people.
 */
static const char *
ppp_words(const char *text)
{
	const char *m = text == NULL ? "" : text;

	if (m[0] == 'E' && m[1] == '=') {
		m = strstr(m, " M=");
		m = m == NULL ? "" : m + 3;
	}
	return m;
}

static void
fail_ppp(struct peer *p, mono_t now, enum ppp_cause cause, const char *text)
{
	const char *words = ppp_words(text);

	fail(p, now, "%s: %s%s%s", peer_stage_str(p->s.stage),
	    cause == PPP_CAUSE_AUTH ? "user name or password refused" :
	    ppp_cause_str(cause), *words != '\0' ? ": " : "", words);
}

static void
reach(struct peer *p, enum peer_stage stage, struct peer_out *o)
{
	struct peer_act *a;

	if (p->s.stage >= stage)
		return;
	p->s.stage = stage;
	a = peer_act_add(o, PEER_STAGE);
	if (a != NULL)
		a->stage = stage;
}

/* ---- what the IKE engine says ---- */

/*
 * What we sent last tells what an answer is missing to: the first message has
 * no responder cookie, the fifth is the first encrypted one (RFC 2409 §5).
 */
static enum ike_stage
stage_of(struct rd r)
{
	struct rd look = r;
	uint64_t cookie;
	uint8_t exchange, flags;

	if (rd_u32(&look) == 0)
		r = look;
	rd_skip(&r, 8);
	cookie = rd_u64(&r);
	rd_skip(&r, 2);
	exchange = rd_u8(&r);
	flags = rd_u8(&r);
	if (r.bad || cookie == 0)
		return IKE_STAGE_MM1;
	if (exchange != IKE_MAIN_MODE)
		return IKE_STAGE_QM1;
	return flags & IKE_ENCRYPTED ? IKE_STAGE_MM5 : IKE_STAGE_MM3;
}

static void
send_ike(struct peer *p, const struct ike_act *ia, struct peer_out *o)
{
	size_t n = rd_left(&ia->data);
	uint8_t *buf = peer_arena(o, n);
	struct peer_act *a = buf == NULL ? NULL : peer_act_add(o, PEER_SEND);
	struct rd r = ia->data;

	if (a == NULL)
		return;
	if (p->s.stage <= PEER_PHASE2 && n > 1)
		p->s.ike_sent = stage_of(ia->data);
	rd_copy(&r, buf, n);
	a->encap = PEER_UDP;
	a->local = ia->local;
	a->remote = ia->remote;
	a->data = rd_make(buf, n);
}

static void
ask_dh(const struct ike_act *ia, struct peer_out *o)
{
	struct ike_dh *dh = peer_arena(o, sizeof(*dh));
	struct peer_act *a = dh == NULL ? NULL : peer_act_add(o, PEER_ASK_DH);

	if (a == NULL)
		return;
	*dh = *ia->dh;
	a->dh = dh;
}

static void
on_peer_up(struct peer *p, mono_t now, const struct ike_act *ia,
    struct peer_out *o)
{
	if (p->s.stage > PEER_PHASE2)
		p->s.stats.rekeys1++;
	p->s.ike_sa = ia->sa;
	p->s.p1 = ia->peer->p1;
	p->s.natt = ia->peer->natt;
	if (p->params->rekey1_s != 0)
		p->s.rekey1 = mono_add_s(now, p->params->rekey1_s);
	reach(p, PEER_PHASE2, o);
}

static void
on_child_up(struct peer *p, mono_t now, uint32_t child, struct peer_out *o)
{
	peer_sa_use(p, child);
	if (p->params->rekey2_s != 0)
		p->s.rekey2 = mono_add_s(now, p->params->rekey2_s);
	if (p->s.stage > PEER_PHASE2) {
		p->s.stats.rekeys2++;
		p->s.retire = mono_add_ms(now, RETIRE_MS);
		return;
	}
	reach(p, PEER_TUNNEL, o);
	p->s.tunnel = l2tp_dial(p->l2tp, now, PEER_PATH, &o->l2tp);
	if (p->s.tunnel == 0)
		fail(p, now, "l2tp tunnel: no room for another tunnel");
}

static void
on_ike(struct peer *p, mono_t now, const struct ike_act *ia,
    struct peer_out *o)
{
	switch (ia->kind) {
	case IKE_SEND:
		send_ike(p, ia, o);
		break;
	case IKE_ASK_DH:
		ask_dh(ia, o);
		break;
	case IKE_ATTEMPT:
	case IKE_STAGE:
	case IKE_MOVED:
	case IKE_CONTACT:
		break;
	case IKE_FAIL:
		/* A rekey that failed leaves the old SAs until their end. */
		if (p->s.stage <= PEER_PHASE2)
			fail_ike(p, now, ia->why, ia->text);
		break;
	case IKE_PEER_UP:
		on_peer_up(p, now, ia, o);
		break;
	case IKE_PEER_GONE:
		if (ia->sa == p->s.ike_sa)
			p->s.ike_sa = 0;
		if (p->s.ike_sa == 0 && p->s.stats.sas == 0)
			fail_ike(p, now, ia->why, "the IKE SA is gone");
		break;
	case IKE_SA_IN:
		if (!peer_sa_add(p, ia->child, ia->sa_pair))
			fail(p, now, "ike phase 2: no room for an SA pair");
		break;
	case IKE_SA_OUT:
		on_child_up(p, now, ia->child, o);
		break;
	case IKE_CHILD_GONE:
		peer_sa_del(p, ia->child);
		if (p->s.stats.sas == 0)
			fail_ike(p, now, ia->why, "the last ESP SA is gone");
		break;
	}
}

/* ---- what the L2TP engine says ---- */

static void
on_call_up(struct peer *p, mono_t now, const struct l2tp_act *la,
    struct peer_out *o)
{
	p->s.session = la->session;
	p->s.call = *la->call;
	peer_plane_call(p, true);
	reach(p, PEER_LCP, o);
	p->ppp = ppp_new(p->params->ppp, PPP_PEER, p->rng, p->drops);
	if (p->ppp == NULL) {
		fail(p, now, "ppp lcp: out of memory");
		return;
	}
	p->s.have_ppp = true;
	ppp_lower_up(p->ppp, now, &o->ppp);
}

static void
on_l2tp(struct peer *p, mono_t now, const struct l2tp_act *la,
    struct peer_out *o)
{
	switch (la->kind) {
	case L2TP_SEND:
		peer_seal(p, PEER_CONTROL, &la->data, 1, o);
		break;
	case L2TP_TUNNEL_UP:
		reach(p, PEER_CALL, o);
		break;
	case L2TP_TUNNEL_DOWN:
		if (la->tunnel != p->s.tunnel)
			break;
		p->s.tunnel = 0;
		p->s.session = 0;
		peer_plane_call(p, false);
		fail_l2tp(p, now, la->end);
		break;
	case L2TP_ASK_CALL:
		l2tp_call_done(p->l2tp, now, la->session, false, 3, 0, "",
		    &o->l2tp);
		break;
	case L2TP_CALL_UP:
		if (p->s.session == 0 && p->s.closing == PEER_CLOSE_NO)
			on_call_up(p, now, la, o);
		break;
	case L2TP_CALL_DOWN:
		p->s.session = 0;
		peer_plane_call(p, false);
		fail_l2tp(p, now, la->end);
		break;
	}
}

/* ---- what the PPP link says ---- */

static void
say_up(struct peer *p, enum peer_act_kind kind, struct peer_out *o)
{
	struct peer_up *up = peer_arena(o, sizeof(*up));
	struct peer_act *a = up == NULL ? NULL : peer_act_add(o, kind);

	if (a == NULL)
		return;
	*up = (struct peer_up){ .net = p->s.net, .net6 = p->s.net6,
		.p1 = p->s.p1,
		.call = p->s.call, .natt = p->s.natt, .mtu = peer_mtu(p) };
	for (int i = 0; i < PEER_SAS; i++)
		if (p->s.sa[i].child != 0)
			up->suite = p->s.sa[i].c.suite;
	a->up = up;
}

static void
on_net_up(struct peer *p, const struct ppp_net *net, struct peer_out *o)
{
	p->s.net = *net;
	p->s.linked = true;
	peer_plane_link(p, true);
	reach(p, PEER_CONNECTED, o);
	say_up(p, PEER_UP, o);
}

static void
on_net6_up(struct peer *p, const struct ppp_net6 *net, struct peer_out *o)
{
	p->s.net6 = *net;
	p->s.linked6 = true;
	say_up(p, PEER_UP6, o);
}

static void
on_ppp(struct peer *p, mono_t now, const struct ppp_act *pa,
    struct peer_out *o)
{
	switch (pa->kind) {
	case PPP_SEND:
		if (p->s.session != 0)
			peer_seal(p, PEER_FRAME, &pa->data, 1, o);
		break;
	case PPP_LCP_UP:
		reach(p, PEER_AUTH, o);
		break;
	case PPP_AUTH_OK:
		reach(p, PEER_ADDRESS, o);
		break;
	case PPP_ASK_AUTH:
	case PPP_ASK_ADDR:
	case PPP_NOTE:
	case PPP_IP6:		/* not of an open link: see peer_open() */
		break;
	case PPP_NET6_UP:
		if (p->s.closing == PEER_CLOSE_NO)
			on_net6_up(p, pa->net6, o);
		break;
	case PPP_NET6_DOWN:
		p->s.linked6 = false;
		break;
	case PPP_NET_UP:
		if (p->s.closing == PEER_CLOSE_NO)
			on_net_up(p, pa->net, o);
		break;
	case PPP_NET_DOWN:
		p->s.linked = false;
		peer_plane_link(p, false);
		break;
	case PPP_DOWN:
		p->s.have_ppp = false;
		p->s.linked = p->s.linked6 = false;
		fail_ppp(p, now, pa->cause, pa->text);
		/* The farewell waits for this. */
		if (p->s.closing == PEER_CLOSE_PPP)
			p->s.close_by = now;
		break;
	}
}

/* ---- the farewell ---- */

static void
close_done(struct peer *p, struct peer_out *o)
{
	struct peer_act *a;
	char *text = peer_arena(o, PEER_TEXT_MAX);

	peer_plane_call(p, false);
	for (int i = 0; i < PEER_SAS; i++)
		peer_sa_del(p, p->s.sa[i].child);
	p->s.stage = PEER_DEAD;
	p->s.close_by = MONO_NEVER;
	a = text == NULL ? NULL : peer_act_add(o, PEER_DOWN);
	if (a == NULL)
		return;
	memcpy(text, p->s.verdict, PEER_TEXT_MAX);
	a->stage = p->s.failed_at;
	a->text = text;
}

/* One step down: PPP, L2TP, IKE; each is skipped if there is nothing. */
static void
close_step(struct peer *p, mono_t now, struct peer_out *o)
{
	switch (p->s.closing) {
	case PEER_CLOSE_NO:
		break;
	case PEER_CLOSE_PPP:
		p->s.closing = PEER_CLOSE_L2TP;
		if (p->s.tunnel == 0 || p->s.stats.sas == 0)
			break;
		/* RFC 2661 §4.4.2: 6, requester is being shut down. */
		l2tp_tunnel_close(p->l2tp, now, p->s.tunnel, 6, 0, "",
		    &o->l2tp);
		p->s.close_by = mono_add_ms(now, CLOSE_L2TP_MS);
		break;
	case PEER_CLOSE_L2TP:
		p->s.closing = PEER_CLOSE_IKE;
		if (p->s.ike_sa != 0)
			ike_close(p->ike, now, p->s.ike_sa, &o->ike);
		break;
	case PEER_CLOSE_IKE:
		close_done(p, o);
		break;
	}
}

/* ---- the switchboard ---- */

static void
drain(struct peer *p, mono_t now, struct peer_out *o)
{
	/* A handler may add to the box it is called from: n grows. */
	for (unsigned i = 0; i < o->ike.n; i++)
		on_ike(p, now, &o->ike.act[i], o);
	ike_out_reset(&o->ike);
	for (unsigned i = 0; i < o->l2tp.n; i++)
		on_l2tp(p, now, &o->l2tp.act[i], o);
	l2tp_out_reset(&o->l2tp);
	for (unsigned i = 0; i < o->ppp.n; i++)
		on_ppp(p, now, &o->ppp.act[i], o);
	ppp_out_reset(&o->ppp);
	if (!p->s.have_ppp) {
		ppp_free(p->ppp);
		p->ppp = NULL;
	}
}

static void
step(struct peer *p, mono_t now, struct peer_out *o)
{
	for (;;) {
		while (o->ike.n + o->l2tp.n + o->ppp.n > 0)
			drain(p, now, o);
		if (p->s.closing == PEER_CLOSE_NO ||
		    !mono_due(p->s.close_by, now))
			return;
		close_step(p, now, o);
	}
}

static bool
room(const struct peer_out *o)
{
	return o->n + PEER_STEP_ACTS <= PEER_OUT_ACTS &&
	    o->used + PEER_STEP_BYTES <= PEER_OUT_BYTES;
}

static void
scratch(struct peer_out *o)
{
	o->ike.n = 0;
	o->ike.used = 0;
	o->l2tp.n = 0;
	o->l2tp.used = 0;
	o->ppp.n = 0;
	o->ppp.used = 0;
}

/* ---- make ---- */

struct peer *
peer_make(const struct peer_params *params, struct rng *rng,
    struct esp_crypt *crypt, struct drops *drops)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->params = params;
	p->rng = rng;
	p->crypt = crypt;
	p->drops = drops;
	return p;
}

struct peer *
peer_new(const struct peer_params *params, struct rng *rng,
    struct esp_crypt *crypt, struct drops *drops)
{
	struct peer *p = peer_make(params, rng, crypt, drops);

	if (p == NULL)
		return NULL;
	p->s.setup_by = MONO_NEVER;
	p->s.close_by = MONO_NEVER;
	p->s.rekey1 = MONO_NEVER;
	p->s.rekey2 = MONO_NEVER;
	p->s.retire = MONO_NEVER;
	p->s.anew = MONO_NEVER;
	p->ike = ike_new(params->ike, rng, drops);
	p->l2tp = l2tp_new(params->l2tp, rng, drops);
	if (p->ike == NULL || p->l2tp == NULL) {
		peer_free(p);
		return NULL;
	}
	return p;
}

void
peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	peer_plane_call(p, false);
	for (int i = 0; i < PEER_SAS; i++)
		peer_sa_del(p, p->s.sa[i].child);
	ppp_free(p->ppp);
	l2tp_free(p->l2tp);
	ike_free(p->ike);
	wipe(p, sizeof(*p));
	free(p);
}

/* ---- feed ---- */

/* What does not speak IKE is taken for ESP, which has its own checks. */
static bool
is_ike(const struct peer_gram *g, struct rd *r)
{
	*r = g->data;
	if (g->encap == PEER_IKE)
		return true;
	if (g->encap == PEER_ESP)
		return false;
	if (g->local.port != IKE_NATT_PORT)
		return true;
	if (udpencap_kind(r->p, rd_left(r)) != UDPENCAP_IKE)
		return false;
	rd_skip(r, UDPENCAP_MARKER);
	return true;
}

static void
heard(struct peer *p, mono_t now)
{
	if (mono_since_ms(now, p->s.heard) < HEARD_MS)
		return;
	p->s.heard = now;
	if (p->s.ike_sa != 0)
		ike_heard(p->ike, now, p->s.ike_sa);
	l2tp_heard(p->l2tp, now, PEER_PATH);
	if (p->ppp != NULL)
		ppp_heard(p->ppp, now);
}

static void
give_packet(struct peer *p, struct rd packet, struct peer_out *o)
{
	struct peer_act *a = peer_act_add(o, PEER_IP);

	if (a == NULL) {
		drop_count(p->drops, DROP_RING_FULL);
		return;
	}
	a->data = packet;
	p->s.stats.rx_packets++;
	p->s.stats.rx_bytes += rd_left(&packet);
}

/* Good packets in order; engines are stepped in between. */
static void
input_inner(struct peer *p, mono_t now, const struct peer_inner *in,
    struct peer_out *o)
{
	if (in->first)
		ike_esp_seen(p->ike, now, in->child, &o->ike);
	if (rd_left(&in->data) > 0) {
		switch (in->what) {
		case PEER_CONTROL:
			l2tp_input(p->l2tp, now, PEER_PATH, in->data, &o->l2tp);
			break;
		case PEER_FRAME:
			if (p->ppp != NULL)
				ppp_input(p->ppp, now, in->data, &o->ppp);
			break;
		case PEER_PACKET:
			give_packet(p, in->data, o);
			break;
		}
	}
	step(p, now, o);
}

/*
 * A run of ESP packets is opened at once, but no more of them than the box
 * can hold actions for: each may be a control message.
 */
static unsigned
input_esp(struct peer *p, mono_t now, const struct peer_gram *g, unsigned n,
    struct peer_out *o)
{
	struct peer_inner inner[PEER_BATCH];
	unsigned good, run = 0;
	struct rd r;

	while (run < n && run < PEER_BATCH / 4 && !is_ike(&g[run], &r))
		run++;
	good = peer_open(p, g, run, inner, o);
	for (unsigned i = 0; i < good; i++)
		input_inner(p, now, &inner[i], o);
	if (good > 0)
		heard(p, now);
	return run;
}

unsigned
peer_input(struct peer *p, mono_t now, const struct peer_gram *g, unsigned n,
    struct peer_out *o)
{
	unsigned i = 0;

	scratch(o);
	while (i < n && room(o)) {
		struct rd r;

		if (is_over(p))
			return n;
		if (is_ike(&g[i], &r)) {
			ike_input(p->ike, now, &g[i].local, &g[i].remote, r,
			    &o->ike);
			step(p, now, o);
			i++;
		} else {
			i += input_esp(p, now, g + i, n - i, o);
		}
	}
	return i;
}

void
peer_note(struct peer *p, mono_t now, const struct dp_note *note,
    struct peer_out *o)
{
	uint32_t child = peer_plane_child(p, note->sa);

	scratch(o);
	if (is_over(p))
		return;
	switch (note->kind) {
	case DP_SA_SEEN:
		if (child != 0)
			ike_esp_seen(p->ike, now, child, &o->ike);
		break;
	case DP_L2TP:
		l2tp_input(p->l2tp, now, PEER_PATH, note->data, &o->l2tp);
		break;
	case DP_PPP:
		if (p->ppp != NULL)
			ppp_input(p->ppp, now, note->data, &o->ppp);
		break;
	case DP_IKE:
	case DP_SA_MOVED:	/* the concentrator stays where it is */
	case DP_SEQ_LOW:
		break;
	}
	step(p, now, o);
	heard(p, now);
}

/* Is the protocol open that this packet needs? */
static bool
flows(const struct peer *p, struct rd packet)
{
	return rd_u8(&packet) >> 4 == 6 ? p->s.linked6 : p->s.linked;
}

unsigned
peer_tun(struct peer *p, mono_t now, const struct rd *packet, unsigned n,
    struct peer_out *o)
{
	struct rd batch[PEER_BATCH];
	unsigned taken = 0;
	uint16_t mtu = peer_mtu(p);

	(void)now;
	while (taken < n && room(o)) {
		unsigned fill = 0;

		for (; taken < n && fill < PEER_BATCH; taken++) {
			size_t len = rd_left(&packet[taken]);

			if (!flows(p, packet[taken]) || len == 0 ||
			    len > mtu) {
				drop_count(p->drops, len > mtu ?
				    DROP_IP_TOO_BIG : DROP_PPP_PHASE);
				continue;
			}
			batch[fill++] = packet[taken];
			p->s.stats.tx_packets++;
			p->s.stats.tx_bytes += len;
		}
		peer_seal(p, PEER_PACKET, batch, fill, o);
	}
	return taken;
}

void
peer_dh_done(struct peer *p, mono_t now, const struct ike_dh *dh,
    struct peer_out *o)
{
	scratch(o);
	if (is_over(p))
		return;
	ike_dh_done(p->ike, now, dh, &o->ike);
	step(p, now, o);
}

/* Deletes every pair but the one we send on. */
static void
retire(struct peer *p, mono_t now, struct peer_out *o)
{
	uint32_t keep = peer_sa_current(p);

	for (int i = 0; i < PEER_SAS; i++) {
		uint32_t child = p->s.sa[i].child;

		if (child != 0 && child != keep && p->s.sa[i].send &&
		    p->s.ike_sa != 0)
			ike_child_close(p->ike, now, child, &o->ike);
	}
}

static void
dial(struct peer *p, mono_t now, struct peer_out *o)
{
	struct ike_dial d = *p->params->dial;

	d.local = p->params->local;
	d.remote = p->params->remote;
	if (ike_dial(p->ike, now, &d, &o->ike) == 0)
		fail(p, now, "ike phase 1: no room for another peer");
	wipe(&d, sizeof(d));
}

static void
expire_own(struct peer *p, mono_t now, struct peer_out *o)
{
	if (mono_due(p->s.setup_by, now)) {
		p->s.setup_by = MONO_NEVER;
		if (p->s.stage < PEER_CONNECTED)
			fail(p, now, "%s: not finished within %u s",
			    peer_stage_str(p->s.stage),
			    (unsigned)(p->params->setup_ms / 1000));
	}
	if (mono_due(p->s.retire, now)) {
		p->s.retire = MONO_NEVER;
		retire(p, now, o);
	}
	if (mono_due(p->s.anew, now)) {
		p->s.anew = MONO_NEVER;
		if (p->s.closing == PEER_CLOSE_NO)
			dial(p, now, o);
	}
	if (mono_due(p->s.rekey1, now)) {
		p->s.rekey1 = mono_add_s(now, p->params->rekey1_s);
		peer_rekey(p, now, 1, o);
	}
	if (mono_due(p->s.rekey2, now)) {
		p->s.rekey2 = mono_add_s(now, p->params->rekey2_s);
		peer_rekey(p, now, 2, o);
	}
}

void
peer_expire(struct peer *p, mono_t now, struct peer_out *o)
{
	scratch(o);
	while (!is_over(p) && mono_due(peer_deadline(p), now) && room(o)) {
		if (mono_due(ike_deadline(p->ike), now))
			ike_expire(p->ike, now, &o->ike);
		if (mono_due(l2tp_deadline(p->l2tp), now))
			l2tp_expire(p->l2tp, now, &o->l2tp);
		if (p->ppp != NULL && mono_due(ppp_deadline(p->ppp), now))
			ppp_expire(p->ppp, now, &o->ppp);
		step(p, now, o);
		expire_own(p, now, o);
		step(p, now, o);
	}
}

mono_t
peer_deadline(const struct peer *p)
{
	mono_t t = p->s.close_by;

	if (is_over(p))
		return MONO_NEVER;
	t = mono_min(t, ike_deadline(p->ike));
	t = mono_min(t, l2tp_deadline(p->l2tp));
	if (p->ppp != NULL)
		t = mono_min(t, ppp_deadline(p->ppp));
	t = mono_min(t, p->s.setup_by);
	t = mono_min(t, p->s.retire);
	t = mono_min(t, p->s.anew);
	t = mono_min(t, p->s.rekey1);
	return mono_min(t, p->s.rekey2);
}

/* ---- command ---- */

void
peer_dial(struct peer *p, mono_t now, struct peer_out *o)
{
	scratch(o);
	if (p->s.stage != PEER_IDLE)
		return;
	p->s.setup_by = mono_add_ms(now, p->params->setup_ms);
	reach(p, PEER_PHASE1, o);
	dial(p, now, o);
	step(p, now, o);
}

void
peer_anew(struct peer *p, mono_t now, uint32_t wait_ms)
{
	struct ike *ike;

	if (p->s.stage != PEER_CONNECTED ||
	    (ike = ike_new(p->params->ike, p->rng, p->drops)) == NULL)
		return;
	ike_free(p->ike);
	p->ike = ike;
	for (int i = 0; i < PEER_SAS; i++)
		peer_sa_del(p, p->s.sa[i].child);
	p->s.ike_sa = 0;
	p->s.rekey1 = p->s.rekey2 = p->s.retire = MONO_NEVER;
	p->s.anew = mono_add_ms(now, wait_ms);
}

void
peer_rekey(struct peer *p, mono_t now, int phase, struct peer_out *o)
{
	scratch(o);
	if (p->s.stage != PEER_CONNECTED || p->s.ike_sa == 0)
		return;
	if (phase == 1)
		ike_rekey_peer(p->ike, now, p->s.ike_sa, &o->ike);
	else
		ike_rekey_child(p->ike, now, p->s.ike_sa, &o->ike);
	step(p, now, o);
}

void
peer_close(struct peer *p, mono_t now, struct peer_out *o)
{
	scratch(o);
	if (is_over(p) || p->s.closing != PEER_CLOSE_NO)
		return;
	fail(p, now, "closed by its user");
	if (p->ppp != NULL) {
		p->s.close_by = mono_add_ms(now, CLOSE_PPP_MS);
		ppp_close(p->ppp, now, PPP_CAUSE_CLOSED, "", &o->ppp);
	}
	step(p, now, o);
}

void
peer_send_l2tp(struct peer *p, struct rd control, struct peer_out *o)
{
	peer_seal(p, PEER_CONTROL, &control, 1, o);
}

void
peer_send_frame(struct peer *p, struct rd frame, struct peer_out *o)
{
	if (p->s.session != 0)
		peer_seal(p, PEER_FRAME, &frame, 1, o);
}

/* ---- ask ---- */

enum peer_stage
peer_stage(const struct peer *p)
{
	return p->s.stage;
}

bool
peer_is_up(const struct peer *p)
{
	return p->s.stage == PEER_CONNECTED && p->s.linked;
}

bool
peer_is_up6(const struct peer *p)
{
	return p->s.stage == PEER_CONNECTED && p->s.linked6;
}

void
peer_stats(const struct peer *p, struct peer_stats *s)
{
	*s = p->s.stats;
}
