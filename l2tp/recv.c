/* SPDX-License-Identifier: BSD-2-Clause */
/* Control messages coming in: see recv.h. */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "l2tp/life.h"
#include "l2tp/recv.h"
#include "l2tp/session.h"
#include "l2tp/tunnel.h"

#define PROTO_VERSION	1	/* Ver of the Protocol Version AVP */
#define VERSION_1_0	0x0100
#define WINDOW_ABSENT	4	/* RFC 2661 §4.4.3 */
#define REPEAT_MS	5000	/* an SCCRQ this young is still a repeat */

/* Result codes, RFC 2661 §4.4.2. */
#define STOP_ERROR	2
#define STOP_NOT_AUTHORIZED 4
#define STOP_VERSION	5
#define STOP_FSM	7
#define CDN_ERROR	2
#define CDN_TEMPORARY	4
#define CDN_PERMANENT	5

struct reason {			/* a cause with room for its text */
	struct cause c;
	char text[L2TP_TEXT_MAX];
};

static const struct cause fsm_error = {
	.why = L2TP_WHY_PROTOCOL,
	.result = STOP_FSM,
	.text = "message out of sequence",
};

/* RFC 2661 §4.4.2: the text SHOULD name the offending AVP. */
static void
reason_fault(struct reason *r, enum drop why, const struct msg *m)
{
	r->c = (struct cause){
		.why = L2TP_WHY_PROTOCOL,
		.result = STOP_ERROR,		/* CDN_ERROR is the same */
		.error = (uint16_t)m->error,
		.text = r->text,
	};
	if (why == DROP_L2TP_MSG_TYPE)
		(void)snprintf(r->text, sizeof(r->text),
		    "message type %u", m->type);
	else
		(void)snprintf(r->text, sizeof(r->text),
		    "%s: %s: attribute %u (%s) of vendor %u",
		    avp_msg_str(m->type), drop_str(why), m->attr,
		    m->vendor == 0 ? avp_str(m->attr) : "vendor's own",
		    m->vendor);
}

static void
reason_peer(struct reason *r, const struct msg *m)
{
	const struct avp_result *res = &m->v.result;

	r->c = (struct cause){
		.why = L2TP_WHY_PEER,
		.result = res->code,
		.error = res->error,
		.text = log_escape(r->text, sizeof(r->text), res->text),
	};
}

/*
 * Is an SCCRQ or SCCRP acceptable?  RFC 2661 §5.1.1: a challenge MUST be
 * answered, and without a secret there is no answer; phones send one only if
 * a person typed something into the field for it.
 */
static bool
start_acceptable(const struct msg *m, struct cause *c)
{
	if (m->v.version >> 8 != PROTO_VERSION) {
		*c = (struct cause){ L2TP_WHY_REFUSED, STOP_VERSION,
		    VERSION_1_0, "protocol version" };
		return false;
	}
	if (avp_has(&m->v, AVP_CHALLENGE)) {
		*c = (struct cause){ L2TP_WHY_REFUSED, STOP_NOT_AUTHORIZED, 0,
		    "peer asks for an L2TP secret, none is set here: "
		    "clear the L2TP secret field" };
		return false;
	}
	return true;
}

/* Apple's Host Name ends with a NUL (clients.md 36). */
static struct rd
without_nul(struct rd r)
{
	const uint8_t *p;
	struct rd all = r;
	size_t n = rd_left(&r);

	if (n == 0)
		return r;
	p = rd_bytes(&r, n);
	while (n > 0 && p[n - 1] == 0)
		n--;
	return rd_sub(&all, n);
}

static void
note_peer(struct l2tp *l, struct tunnel *t, const struct msg *m)
{
	struct l2tp_tunnel_info info = { .firmware = m->v.firmware };

	(void)log_escape(info.host_name, sizeof(info.host_name),
	    without_nul(m->v.host_name));
	(void)log_escape(info.vendor_name, sizeof(info.vendor_name),
	    without_nul(m->v.vendor_name));
	ctl_info_set(l, t, &info);
	t->peer_id = m->v.tunnel_id;
	t->framing = m->v.framing_caps & 3;
	rel_window(&t->rel, avp_has(&m->v, AVP_RECEIVE_WINDOW_SIZE) ?
	    m->v.window : WINDOW_ABSENT);
}

/* ---- messages about a call ---- */

static void
icrq(struct l2tp *l, struct tunnel *t, mono_t now, const struct msg *m)
{
	static const struct cause full = { L2TP_WHY_REFUSED, CDN_TEMPORARY, 0,
	    "no more calls here" };
	static const struct cause in_use = { L2TP_WHY_PROTOCOL, CDN_ERROR,
	    MSG_ERR_SESSION, "session id in use" };
	static const struct cause caller = { L2TP_WHY_REFUSED, CDN_PERMANENT,
	    0, "no calls come in at the end that dialled" };
	struct session *s = sess_find_peer(l, t, m->v.session_id);

	if (s != NULL) {
		(void)sess_event(l, t, s, SESS_EV_ICRQ_BAD, &in_use);
		return;
	}
	if (t->role == L2TP_LAC) {
		sess_refuse(l, t, 0, m->v.session_id, &caller);
		return;
	}
	if ((s = sess_new(l, t, L2TP_LNS, now)) == NULL) {
		drop_count(l->drops, DROP_L2TP_LIMIT);
		sess_refuse(l, t, 0, m->v.session_id, &full);
		return;
	}
	s->peer_id = m->v.session_id;
	s->serial = m->v.serial;
	s->ask = true;
}

static void
icrp(struct l2tp *l, struct tunnel *t, uint16_t id, const struct msg *m)
{
	static const struct cause stray = { L2TP_WHY_PROTOCOL, CDN_ERROR,
	    MSG_ERR_SESSION, "no such call" };
	struct session *s = sess_find(l, t, id);
	bool taken = sess_find_peer(l, t, m->v.session_id) != NULL;

	if (s == NULL) {
		drop_count(l->drops, DROP_L2TP_SESSION);
		if (t->role == L2TP_LNS && id != 0)
			sess_refuse(l, t, id, m->v.session_id, &stray);
		return;
	}
	if (s->role == L2TP_LAC && s->state == SESS_WAIT_REPLY && !taken)
		s->peer_id = m->v.session_id;
	(void)sess_event(l, t, s, taken ? SESS_EV_ICRP_BAD : SESS_EV_ICRP_OK,
	    &stray);
}

/* A path is one peer: its newest tunnel with a call is the one it uses. */
static void
supersede(struct l2tp *l, const struct tunnel *t, mono_t now,
    struct l2tp_out *out)
{
	static const struct cause newer = { L2TP_WHY_CLOSED, 0, 0,
	    "replaced by a newer tunnel of the same peer" };
	struct tunnel *o = life_first(l, t->path);
	struct tunnel *after;

	for (; o != NULL; o = after) {
		after = life_next(l, o);
		if (o == t || o->ended || o->role != L2TP_LNS ||
		    mono_before(t->born, o->born))
			continue;
		life_quiet(l, o, now, &newer);
		life_settle(l, o, now, out);
	}
}

static void
iccn(struct l2tp *l, struct tunnel *t, mono_t now, uint16_t id,
    const struct msg *m, struct l2tp_out *out)
{
	static const struct cause again = { L2TP_WHY_PROTOCOL, CDN_ERROR,
	    MSG_ERR_SESSION, "ICCN out of sequence" };
	struct session *s = sess_find(l, t, id);

	if (s == NULL) {
		drop_count(l->drops, DROP_L2TP_SESSION);
		return;
	}
	if (s->state == SESS_WAIT_CONNECT) {
		s->tx_speed = m->v.tx_speed;
		s->sequencing = avp_has(&m->v, AVP_SEQUENCING_REQUIRED);
	}
	(void)sess_event(l, t, s, SESS_EV_ICCN_OK, &again);
	if (!s->ended && s->role == L2TP_LNS)
		supersede(l, t, now, out);
}

/* RFC 2661 §4.4.4: by the AVP if the header could not name the session. */
static void
cdn(struct l2tp *l, struct tunnel *t, uint16_t id, const struct msg *m)
{
	struct session *s = id != 0 ? sess_find(l, t, id) :
	    sess_find_peer(l, t, m->v.session_id);
	struct reason r;

	if (s == NULL) {
		drop_count(l->drops, DROP_L2TP_SESSION);
		return;
	}
	reason_peer(&r, m);
	(void)sess_event(l, t, s, SESS_EV_CDN, &r.c);
}

static void
deliver_call(struct l2tp *l, struct tunnel *t, mono_t now, uint16_t id,
    const struct msg *m, struct l2tp_out *out)
{
	static const struct cause outgoing = { L2TP_WHY_REFUSED, CDN_PERMANENT,
	    0, "no outgoing calls here" };

	if (t->state != TUN_ESTABLISHED) {
		(void)tun_event(l, t, now, TUN_EV_FAULT, &fsm_error);
		return;
	}
	switch ((enum msg_type)m->type) {
	case MSG_ICRQ:
		icrq(l, t, now, m);
		return;
	case MSG_ICRP:
		icrp(l, t, id, m);
		return;
	case MSG_ICCN:
		iccn(l, t, now, id, m, out);
		return;
	case MSG_CDN:
		cdn(l, t, id, m);
		return;
	case MSG_OCRQ:
		sess_refuse(l, t, 0, m->v.session_id, &outgoing);
		return;
	case MSG_OCRP:
	case MSG_OCCN:
		drop_count(l->drops, DROP_L2TP_STATE);
		return;
	case MSG_WEN:
	case MSG_SLI:
	case MSG_SCCRQ:
	case MSG_SCCRP:
	case MSG_SCCCN:
	case MSG_STOPCCN:
	case MSG_HELLO:
		return;
	}
}

/* ---- messages about the tunnel ---- */

static void
sccrp(struct l2tp *l, struct tunnel *t, mono_t now, const struct msg *m)
{
	struct cause c = fsm_error;
	bool ok = start_acceptable(m, &c);

	/* A refusal goes to the tunnel that the SCCRP names, too. */
	if (t->state == TUN_WAIT_REPLY)
		note_peer(l, t, m);
	(void)tun_event(l, t, now, ok ? TUN_EV_SCCRP_OK : TUN_EV_SCCRP_BAD,
	    &c);
}

/* RFC 2661 §5.7: acknowledged, and what we still had to say is void. */
static void
stopccn(struct l2tp *l, struct tunnel *t, mono_t now, const struct msg *m)
{
	struct reason r;

	reason_peer(&r, m);
	(void)tun_event(l, t, now, TUN_EV_STOPCCN, &r.c);
	rel_wipe(&t->rel, &l->slots);
	rel_repeated(&t->rel);
	t->gone_at = mono_add_ms(now, l->params->linger_ms);
}

static void
deliver_tunnel(struct l2tp *l, struct tunnel *t, mono_t now,
    const struct msg *m)
{
	switch ((enum msg_type)m->type) {
	case MSG_SCCRQ:
		(void)tun_event(l, t, now, TUN_EV_SCCRQ_OK, &fsm_error);
		return;
	case MSG_SCCRP:
		sccrp(l, t, now, m);
		return;
	case MSG_SCCCN:
		(void)tun_event(l, t, now, TUN_EV_SCCCN_OK, &fsm_error);
		return;
	case MSG_STOPCCN:
		stopccn(l, t, now, m);
		return;
	case MSG_HELLO:
	case MSG_OCRQ:
	case MSG_OCRP:
	case MSG_OCCN:
	case MSG_ICRQ:
	case MSG_ICRP:
	case MSG_ICCN:
	case MSG_CDN:
	case MSG_WEN:
	case MSG_SLI:
		return;
	}
}

/* ---- messages that cannot stand ---- */

static enum sess_event
bad_event(unsigned type)
{
	if (type == MSG_ICRP)
		return SESS_EV_ICRP_BAD;
	return type == MSG_ICCN ? SESS_EV_ICCN_BAD : SESS_EV_ICRQ_BAD;
}

/*
 * RFC 2661 §4.1: the session ends if the message was about one, else the
 * tunnel; also if the session cannot be named to the peer (§7.1).
 */
static void
faulty(struct l2tp *l, struct tunnel *t, mono_t now, uint16_t id,
    enum drop why, const struct msg *m)
{
	struct session *s = sess_find(l, t, id);
	struct reason r;

	drop_count(l->drops, why);
	reason_fault(&r, why, m);
	if (!m->known || !msg_of_session(m->type) ||
	    t->state != TUN_ESTABLISHED)
		(void)tun_event(l, t, now, TUN_EV_FAULT, &r.c);
	else if (m->type == MSG_WEN || m->type == MSG_SLI)
		(void)(s != NULL && sess_event(l, t, s, SESS_EV_CLOSE, &r.c));
	else if (s != NULL && sess_event(l, t, s, bad_event(m->type), &r.c))
		return;
	else if (m->v.session_id != 0)
		sess_refuse(l, t, id, m->v.session_id, &r.c);
	else
		(void)tun_event(l, t, now, TUN_EV_FAULT, &r.c);
}

/* One message in its turn.  It counts as received whatever it says. */
static void
deliver(struct l2tp *l, struct tunnel *t, mono_t now, uint16_t id,
    struct rd body, struct l2tp_out *out)
{
	struct msg m;
	enum drop why = msg_decode(body, &m);

	rel_took(&t->rel);
	if (t->ended) {
		drop_count(l->drops, DROP_L2TP_STATE);
		if (why == DROP_NONE && m.type == MSG_STOPCCN)
			stopccn(l, t, now, &m);
		return;
	}
	/* RFC 2661 §4.4.1: an unknown type clears the tunnel only with M. */
	if (why == DROP_NONE && !m.known) {
		if (!m.mandatory) {
			drop_count(l->drops, DROP_L2TP_MSG_TYPE);
			return;
		}
		m.error = MSG_ERR_VALUE;
		why = DROP_L2TP_MSG_TYPE;
	}
	if (why != DROP_NONE)
		faulty(l, t, now, id, why, &m);
	else if (msg_of_session(m.type))
		deliver_call(l, t, now, id, &m, out);
	else
		deliver_tunnel(l, t, now, &m);
}

/* ---- order ---- */

static void
deliver_kept(struct l2tp *l, struct tunnel *t, mono_t now,
    struct l2tp_out *out)
{
	const struct rel_slot *s;
	uint32_t handle;

	while ((s = rel_ready(&t->rel, &l->slots, &handle)) != NULL) {
		deliver(l, t, now, s->tag, rd_make(s->body, s->len), out);
		pool_give(&l->slots, handle);
	}
}

static void
to_tunnel(struct l2tp *l, struct tunnel *t, mono_t now,
    const struct msg_head *h, struct rd body, struct l2tp_out *out)
{
	struct rel_params rel = ctl_rel(l);
	enum rel_verdict v = rel_judge(&t->rel, &rel, h->ns, h->nr);
	bool zlb = rd_left(&body) == 0;

	if (v == REL_BAD_NR) {
		drop_count(l->drops, DROP_L2TP_NR);
		return;
	}
	if (v == REL_FAR && !zlb) {
		drop_count(l->drops, DROP_L2TP_NS);
		return;
	}
	t->heard = now;
	rel_acked(&t->rel, &rel, &l->slots, now, h->nr);
	if (zlb) {
		life_settle(l, t, now, out);
		return;
	}
	switch (v) {
	case REL_NEXT:
		deliver(l, t, now, h->session_id, body, out);
		deliver_kept(l, t, now, out);
		break;
	case REL_REPEAT:
		drop_count(l->drops, DROP_L2TP_REPEAT);
		rel_repeated(&t->rel);
		break;
	case REL_EARLY:
		if (!rel_keep(&t->rel, &l->slots, h->ns, h->session_id, body))
			drop_count(l->drops, DROP_L2TP_REPEAT);
		rel_repeated(&t->rel);
		break;
	case REL_FAR:
	case REL_BAD_NR:
		break;			/* left above */
	}
	life_settle(l, t, now, out);
}

/* ---- tunnel id 0: the peer does not know ours yet ---- */

/*
 * The tunnel that this SCCRQ asked for already: nothing came after it, or it
 * was a moment ago (late copies arrive when a peer began before IPsec was
 * up).  A refused one counts until its StopCCN is acknowledged.
 */
static struct tunnel *
find_repeat(const struct l2tp *l, mono_t now, uint32_t path, uint16_t peer_id)
{
	struct tunnel *t = life_first(l, path);

	for (; t != NULL; t = life_next(l, t)) {
		bool alone = t->rel.nr == 1;

		if (t->role != L2TP_LNS || t->peer_id != peer_id)
			continue;
		if (t->ended ? alone && !rel_idle(&t->rel) :
		    alone || mono_since_ms(now, t->born) < REPEAT_MS)
			return t;
	}
	return NULL;
}

/* At its limit a path loses its oldest tunnel without a connected call. */
static bool
make_room(struct l2tp *l, mono_t now, uint32_t path, struct l2tp_out *out)
{
	static const struct cause newer = { L2TP_WHY_CLOSED, 0, 0,
	    "given up by its peer for a newer one" };
	struct tunnel *oldest = NULL;

	if (life_count(l, path) < l->params->tunnels_per_path)
		return l->live < l->params->tunnels;
	for (struct tunnel *t = life_first(l, path); t != NULL;
	    t = life_next(l, t))
		if (!t->ended && t->role == L2TP_LNS &&
		    t->busy_by.us != MONO_NEVER.us &&
		    (oldest == NULL || mono_before(t->born, oldest->born)))
			oldest = t;
	if (oldest == NULL)
		return false;
	life_quiet(l, oldest, now, &newer);
	life_settle(l, oldest, now, out);
	return true;
}

/* RFC 2661 §4.4.3, Tie Breaker: ours has none, so a peer that has one wins. */
static void
lose_ties(struct l2tp *l, mono_t now, uint32_t path, struct l2tp_out *out)
{
	static const struct cause lost = { L2TP_WHY_CLOSED, 0, 0,
	    "lost the tie breaker" };
	struct tunnel *t = life_first(l, path);
	struct tunnel *after;

	for (; t != NULL; t = after) {
		after = life_next(l, t);
		if (t->ended || t->state != TUN_WAIT_REPLY)
			continue;
		(void)tun_event(l, t, now, TUN_EV_TIE_LOST, &lost);
		rel_wipe(&t->rel, &l->slots);
		life_settle(l, t, now, out);
	}
}

/* A new tunnel, if only to refuse it in due form. */
static void
sccrq_new(struct l2tp *l, mono_t now, uint32_t path, enum drop why,
    const struct msg *m, mono_t bucket, struct l2tp_out *out)
{
	struct reason r = { .c = { L2TP_WHY_REFUSED, STOP_ERROR,
	    MSG_ERR_RESOURCES, "no more tunnels here" } };
	bool ok = why == DROP_NONE && start_acceptable(m, &r.c);
	struct tunnel *t;

	if (why != DROP_NONE)
		reason_fault(&r, why, m);
	else if (ok && !make_room(l, now, path, out)) {
		drop_count(l->drops, DROP_L2TP_LIMIT);
		ok = false;
	}
	if ((t = life_new(l, now, path, L2TP_LNS)) == NULL) {
		drop_count(l->drops, DROP_L2TP_LIMIT);
		return;
	}
	t->bucket = bucket;
	note_peer(l, t, m);
	rel_took(&t->rel);
	(void)tun_event(l, t, now, ok ? TUN_EV_SCCRQ_OK : TUN_EV_SCCRQ_BAD,
	    &r.c);
	life_settle(l, t, now, out);
}

static void
sccrq(struct l2tp *l, mono_t now, uint32_t path, const struct msg_head *h,
    enum drop why, const struct msg *m, struct l2tp_out *out)
{
	struct tunnel *t;
	mono_t bucket;

	if (h->ns != 0) {
		drop_count(l->drops, DROP_L2TP_NS);
		return;
	}
	drop_count(l->drops, why);
	if (m->v.tunnel_id == 0)	/* nobody to answer to */
		return;
	if ((t = find_repeat(l, now, path, m->v.tunnel_id)) != NULL) {
		drop_count(l->drops, DROP_L2TP_REPEAT);
		if (t->rel.nr == 1)
			rel_again(&t->rel);
		rel_repeated(&t->rel);
		life_settle(l, t, now, out);
		return;
	}
	if (!life_rate(l, now, path, &bucket)) {
		drop_count(l->drops, DROP_L2TP_LIMIT);
		return;
	}
	if (avp_has(&m->v, AVP_TIE_BREAKER))
		lose_ties(l, now, path, out);
	sccrq_new(l, now, path, why, m, bucket, out);
}

/*
 * A StopCCN may name the tunnel by the id its sender gave (§4.4.3).  One that
 * lives is meant rather than one that ended and had the same id.
 */
static struct tunnel *
find_peer(const struct l2tp *l, uint32_t path, uint16_t peer_id)
{
	struct tunnel *t = life_first(l, path);
	struct tunnel *found = NULL;

	for (; t != NULL; t = life_next(l, t))
		if (t->peer_id == peer_id && peer_id != 0 &&
		    (found == NULL || found->ended))
			found = t;
	return found;
}

static void
to_nobody(struct l2tp *l, mono_t now, uint32_t path, const struct msg_head *h,
    struct rd body, struct l2tp_out *out)
{
	struct tunnel *t = NULL;
	struct msg m = { 0 };
	enum drop why = DROP_L2TP_TUNNEL;

	if (rd_left(&body) > 0)
		why = msg_decode(body, &m);
	if (m.type == MSG_SCCRQ) {
		sccrq(l, now, path, h, why, &m, out);
		return;
	}
	if (m.type == MSG_STOPCCN)
		t = find_peer(l, path, m.v.tunnel_id);
	if (t != NULL)
		to_tunnel(l, t, now, h, body, out);
	else
		drop_count(l->drops, why == DROP_NONE ? DROP_L2TP_TUNNEL : why);
}

void
recv_packet(struct l2tp *l, mono_t now, uint32_t path, struct rd data,
    struct l2tp_out *out)
{
	struct msg_head h;
	struct tunnel *t;
	enum drop why = msg_head_decode(&data, &h);

	if (why != DROP_NONE) {
		drop_count(l->drops, why);
		return;
	}
	if (h.tunnel_id == 0)
		to_nobody(l, now, path, &h, data, out);
	else if ((t = life_find(l, path, h.tunnel_id)) != NULL)
		to_tunnel(l, t, now, &h, data, out);
	else
		drop_count(l->drops, DROP_L2TP_TUNNEL);
}
