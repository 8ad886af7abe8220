/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets shared by the control protocols: see cp.h. */

#include <string.h>

#include "ppp/cp.h"

#define CP_HEAD		4	/* code, id, length */
/* Requests of ours without an end, in Max-Configures, until we give up. */
#define CP_ROUNDS	4

struct cp_reply {		/* what an event answers with, if it does */
	uint8_t code, id;
	struct rd body;
};

enum drop
cp_decode(struct rd frame, struct cp_pkt *k)
{
	struct rd r = frame;
	uint16_t len;

	k->code = rd_u8(&r);
	k->id = rd_u8(&r);
	len = rd_u16(&r);
	if (r.bad)
		return DROP_PPP_SHORT;
	/* RFC 1661 §5: bytes after Length are padding; too long is invalid. */
	k->whole = rd_sub(&frame, len);
	if (len < CP_HEAD || len > PPP_DEFAULT_MRU || frame.bad)
		return DROP_PPP_LENGTH;
	k->body = k->whole;
	rd_skip(&k->body, CP_HEAD);
	return DROP_NONE;
}

static void
cp_send_request(struct ppp *p, const struct cp_def *def, struct cp *c,
    bool again, struct ppp_out *out)
{
	struct ppp_packet k;

	/* A repetition keeps its number, so that a slow answer still fits. */
	if (!again)
		c->req_id = ppp_next_id(p);
	c->answered = false;
	if (c->rounds < UINT8_MAX)
		c->rounds++;
	k = ppp_packet_begin(out, def->protocol, CP_CONF_REQ, c->req_id,
	    ppp_send_max(p));
	option_request(&def->table, &c->ours, &k.w);
	ppp_packet_end(out, &k);
}

static void
cp_send_terminate(struct ppp *p, const struct cp_def *def, struct cp *c,
    bool again, struct ppp_out *out)
{
	struct ppp_packet k;

	if (!again)
		c->req_id = ppp_next_id(p);
	k = ppp_packet_begin(out, def->protocol, CP_TERM_REQ, c->req_id,
	    ppp_send_max(p));
	wr_bytes(&k.w, p->text, strlen(p->text));
	ppp_packet_end(out, &k);
}

static void
cp_send(struct ppp *p, const struct cp_def *def, const struct cp_reply *reply,
    struct ppp_out *out)
{
	struct ppp_packet k = ppp_packet_begin(out, def->protocol, reply->code,
	    reply->id, ppp_send_max(p));

	wr_rd(&k.w, reply->body);
	ppp_packet_end(out, &k);
}

/* Runs the event and performs the actions, in the order of their bits. */
static uint32_t
cp_run(struct ppp *p, const struct cp_def *def, enum fsm_event event,
    const struct cp_reply *reply, mono_t now, struct ppp_out *out)
{
	struct cp *c = def->state(p);
	uint32_t acts = fsm_run(&c->fsm, event, p->params, now);
	bool again = event == FSM_TO_PLUS;

	if (acts & (FSM_TLD | FSM_TLS))
		def->reset(p);
	if (acts & FSM_SCR)
		cp_send_request(p, def, c, again, out);
	if (acts & FSM_STR)
		cp_send_terminate(p, def, c, again, out);
	if ((acts & (FSM_SCA | FSM_SCN | FSM_STA | FSM_SCJ)) && reply != NULL)
		cp_send(p, def, reply, out);
	return acts & FSM_LAYER;
}

static bool
cp_tired(const struct ppp *p, const struct cp *c)
{
	return c->rounds >= CP_ROUNDS * p->params->max_configure;
}

/*
 * A repetition of the request that opened the protocol: our Ack came late.
 * The RFC's table would start all over; the same Ack again loses nothing.
 */
static bool
cp_is_repeat(const struct cp_def *def, const struct cp *c, uint8_t id,
    const struct option_set *want)
{
	return c->fsm.state == FSM_OPENED && id == c->acked_id &&
	    option_same(&def->table, want, &c->peer);
}

static uint32_t
cp_conf_req(struct ppp *p, const struct cp_def *def, const struct cp_pkt *k,
    mono_t now, struct ppp_out *out, enum drop *why)
{
	uint8_t buf[PPP_DEFAULT_MRU];
	struct wr w = wr_make(buf, ppp_send_max(p) - CP_HEAD);
	struct cp *c = def->state(p);
	struct cp_reply reply = { .id = k->id };
	enum option_verdict verdict;
	struct option_set want;
	enum fsm_event event;
	uint32_t cell;

	*why = option_judge(p, &def->table, k->body,
	    c->naks_sent >= p->params->max_failure, &want, &verdict, &w);
	if (*why != DROP_NONE)
		return 0;
	c->heard = true;
	event = verdict == OPTION_ACK ? FSM_RCR_PLUS : FSM_RCR_MINUS;
	reply.body = verdict == OPTION_ACK ? k->body : wr_out(&w);
	reply.code = verdict == OPTION_ACK ? CP_CONF_ACK :
	    verdict == OPTION_NAK ? CP_CONF_NAK : CP_CONF_REJ;
	if (verdict == OPTION_ACK && cp_is_repeat(def, c, k->id, &want)) {
		cp_send(p, def, &reply, out);
		return 0;
	}
	cell = fsm_cell(event, c->fsm.state).acts;
	if ((cell & FSM_SCR) && cp_tired(p, c))
		return CP_STUCK;
	/* Only options that may not be rejected go on being refused. */
	if ((cell & FSM_SCN) &&
	    c->naks_sent >= CP_ROUNDS * p->params->max_failure)
		return CP_STUCK;
	if (cell & FSM_SCA) {
		c->peer = want;
		c->acked_id = k->id;
		c->naks_sent = 0;
	}
	if ((cell & FSM_SCN) && c->naks_sent < UINT8_MAX)
		c->naks_sent++;
	if (cell & (FSM_SCA | FSM_SCN))
		c->theirs_bad = option_first(verdict == OPTION_ACK ?
		    rd_make(NULL, 0) : reply.body);
	return cp_run(p, def, event, &reply, now, out);
}

/* An Ack, Nak or Reject: RFC 1661 §5.2-5.4, checked before anything moves. */
static uint32_t
cp_conf_answer(struct ppp *p, const struct cp_def *def, const struct cp_pkt *k,
    mono_t now, struct ppp_out *out, enum drop *why)
{
	struct cp *c = def->state(p);
	struct option_set next = c->ours;

	if (c->fsm.state < FSM_REQ_SENT) {
		/* Closed and Stopped answer with Terminate-Ack. */
		struct cp_reply reply = { .code = CP_TERM_ACK, .id = k->id };

		return cp_run(p, def, FSM_RCA, &reply, now, out);
	}
	if (k->id != c->req_id || c->answered) {
		*why = DROP_PPP_ID;
		return 0;
	}
	if (k->code == CP_CONF_ACK)
		*why = option_acked(&def->table, &c->ours, k->body);
	else if (k->code == CP_CONF_NAK)
		*why = option_naked(p, &def->table, &next, k->body);
	else
		*why = option_rejected(&def->table, &next, k->body);
	if (*why != DROP_NONE)
		return 0;
	c->heard = true;
	c->ours_bad = option_first(k->code == CP_CONF_ACK ?
	    rd_make(NULL, 0) : k->body);
	if (option_lost(&def->table, &c->ours, &next))
		return CP_LOST;
	if (k->code != CP_CONF_ACK && cp_tired(p, c))
		return CP_STUCK;
	c->ours = next;
	c->answered = true;
	return cp_run(p, def, k->code == CP_CONF_ACK ? FSM_RCA : FSM_RCN, NULL,
	    now, out);
}

/* RFC 1661 §5.6: losing one of the basic codes is fatal. */
static uint32_t
cp_code_rej(struct ppp *p, const struct cp_def *def, const struct cp_pkt *k,
    mono_t now, struct ppp_out *out, enum drop *why)
{
	struct rd r = k->body;
	uint8_t code = rd_u8(&r);

	if (r.bad || code == 0) {
		*why = DROP_PPP_LENGTH;
		return 0;
	}
	return cp_run(p, def, code <= CP_CODE_REJ ? FSM_RXJ_MINUS :
	    FSM_RXJ_PLUS, NULL, now, out);
}

static uint32_t
cp_unknown(struct ppp *p, const struct cp_def *def, const struct cp_pkt *k,
    mono_t now, struct ppp_out *out, enum drop *why)
{
	struct cp_reply reply = { .code = CP_CODE_REJ };
	struct rd whole = k->whole;
	size_t max = ppp_send_max(p) - CP_HEAD;

	*why = DROP_PPP_CODE;
	if (!ppp_may_reject(p, now))
		return 0;
	reply.id = ppp_next_id(p);
	/* RFC 1661 §5.6: truncated to comply with the peer's MRU. */
	reply.body = rd_left(&whole) > max ? rd_sub(&whole, max) : whole;
	return cp_run(p, def, FSM_RUC, &reply, now, out);
}

uint32_t
cp_input(struct ppp *p, const struct cp_def *def, const struct cp_pkt *k,
    mono_t now, struct ppp_out *out, enum drop *why)
{
	struct cp_reply ack = { .code = CP_TERM_ACK, .id = k->id };

	*why = DROP_NONE;
	if (def->state(p)->fsm.state < FSM_CLOSED) {
		*why = DROP_PPP_PHASE;
		return 0;
	}
	switch (k->code) {
	case CP_CONF_REQ:
		return cp_conf_req(p, def, k, now, out, why);
	case CP_CONF_ACK:
	case CP_CONF_NAK:
	case CP_CONF_REJ:
		return cp_conf_answer(p, def, k, now, out, why);
	case CP_TERM_REQ:
		return cp_run(p, def, FSM_RTR, &ack, now, out);
	case CP_TERM_ACK:
		return cp_run(p, def, FSM_RTA, NULL, now, out);
	case CP_CODE_REJ:
		return cp_code_rej(p, def, k, now, out, why);
	}
	return cp_unknown(p, def, k, now, out, why);
}

uint32_t
cp_event(struct ppp *p, const struct cp_def *def, enum fsm_event event,
    mono_t now, struct ppp_out *out)
{
	return cp_run(p, def, event, NULL, now, out);
}

uint32_t
cp_expire(struct ppp *p, const struct cp_def *def, mono_t now,
    struct ppp_out *out)
{
	struct cp *c = def->state(p);
	enum fsm_event event = fsm_timeout(&c->fsm);

	if ((fsm_cell(event, c->fsm.state).acts & FSM_SCR) && cp_tired(p, c))
		return CP_STUCK;
	return cp_run(p, def, event, NULL, now, out);
}
