/* SPDX-License-Identifier: BSD-2-Clause */
/* LCP: see lcp.h. */

#include "ppp/lcp.h"

#define LCP_LOOPS	3	/* of our magic, until we believe it */
#define LCP_NOTES	8	/* identifications told per link */

/* Strongest first: what is offered next is always weaker. */
static const uint8_t methods[] = { PPP_EAP, PPP_MSCHAPV2, PPP_CHAP_MD5,
	PPP_PAP };
#define METHODS	(sizeof(methods) / sizeof(methods[0]))

uint32_t
lcp_method_number(uint8_t method)
{
	if (method == PPP_EAP)
		return FRAME_EAP;
	if (method == PPP_MSCHAPV2)
		return FRAME_CHAP << 8 | 0x81;
	if (method == PPP_CHAP_MD5)
		return FRAME_CHAP << 8 | 0x05;
	return method == PPP_PAP ? FRAME_PAP : 0;
}

static uint8_t
lcp_method_of(uint64_t number)
{
	unsigned i;

	for (i = 0; i < METHODS; i++)
		if (lcp_method_number(methods[i]) == number)
			return methods[i];
	return 0;
}

/* The strongest of the set that stands behind `after` (0: of all). */
static uint8_t
lcp_method_next(uint8_t set, uint8_t after)
{
	bool past = after == 0;
	unsigned i;

	for (i = 0; i < METHODS; i++) {
		if (past && (set & methods[i]))
			return methods[i];
		if (methods[i] == after)
			past = true;
	}
	return 0;
}

static uint32_t
lcp_random(const struct ppp *p)
{
	uint32_t v = rng_u32(p->rng);

	return v != 0 ? v : 1;
}

static enum option_verdict
lcp_judge_mru(const struct ppp *p, bool fits, uint64_t *value)
{
	if (fits && *value >= PPP_MIN_MRU)
		return OPTION_ACK;
	*value = p->mru;
	return OPTION_NAK;
}

/* RFC 1662 §6: a synchronous link acks any map and maps nothing. */
static enum option_verdict
lcp_judge_any(const struct ppp *p, bool fits, uint64_t *value)
{
	(void)p;
	if (fits)
		return OPTION_ACK;
	*value = 0;
	return OPTION_NAK;
}

/*
 * The authenticator shows nobody who it is.  The peer accepts what it may use
 * and else names its best.
 */
static enum option_verdict
lcp_judge_auth(const struct ppp *p, bool fits, uint64_t *value)
{
	uint8_t set = ppp_methods(p);

	if (p->role == PPP_AUTHENTICATOR || set == 0)
		return OPTION_REJ;
	if (fits && (lcp_method_of(*value) & set))
		return OPTION_ACK;
	*value = lcp_method_number(lcp_method_next(set, 0));
	return OPTION_NAK;
}

/* RFC 1661 §6.4: zero is no magic; our own was seen to by lcp_looped(). */
static enum option_verdict
lcp_judge_magic(const struct ppp *p, bool fits, uint64_t *value)
{
	if (fits && *value != 0)
		return OPTION_ACK;
	*value = lcp_random(p);
	return OPTION_NAK;
}

static void
lcp_nak_mru(const struct ppp *p, struct option_set *ours, unsigned row,
    uint64_t value)
{
	(void)p;
	if (value >= PPP_MIN_MRU && value <= PPP_DEFAULT_MRU)
		option_put(ours, row, value);
	else
		option_drop(ours, row);
}

/* RFC 1661 §6.2: the next one after a Nak, the peer's wish if we allow it. */
static void
lcp_nak_auth(const struct ppp *p, struct option_set *ours, unsigned row,
    uint64_t value)
{
	uint8_t set = ppp_methods(p);
	uint8_t wish = lcp_method_of(value);
	uint8_t next = lcp_method_next(set, lcp_method_of(ours->val[row]));
	uint8_t m;

	for (m = next; m != 0; m = lcp_method_next(set, m))
		if (m == wish)
			next = m;
	if (next != 0)
		option_put(ours, row, lcp_method_number(next));
	else
		option_drop(ours, row);
}

static void
lcp_nak_magic(const struct ppp *p, struct option_set *ours, unsigned row,
    uint64_t value)
{
	(void)value;
	option_put(ours, row, lcp_random(p));
}

/* Never asked for, so never answered. */
static void
lcp_nak_none(const struct ppp *p, struct option_set *ours, unsigned row,
    uint64_t value)
{
	(void)p;
	(void)value;
	option_drop(ours, row);
}

static struct cp *
lcp_state(struct ppp *p)
{
	return &p->lcp;
}

static void
lcp_reset(struct ppp *p)
{
	struct option_set *o = &p->lcp.ours;
	uint8_t best = lcp_method_next(ppp_methods(p), 0);

	*o = (struct option_set){ 0 };
	option_put(o, LCP_MRU, p->mru);
	option_put(o, LCP_MAGIC, p->magic);
	if (p->role == PPP_AUTHENTICATOR)
		option_put(o, LCP_AUTH, lcp_method_number(best));
	p->lcp.naks_sent = 0;
}

/*
 * clients.md asks: MRU, ACCM, magic, PFC and ACFC accepted; callback, MRRU,
 * endpoint, short sequence numbers and quality are not here, so rejected.
 */
/* clang-format off */
static const struct option_row lcp_rows[] = {
/*		   type min max must   never  judge		nak		missing */
[LCP_MRU]	= { 1,	2,  2,  false, false, lcp_judge_mru,	lcp_nak_mru,	NULL },
[LCP_ACCM]	= { 2,	4,  4,  false, false, lcp_judge_any,	lcp_nak_none,	NULL },
[LCP_AUTH]	= { 3,	2,  3,  true,  false, lcp_judge_auth,	lcp_nak_auth,	NULL },
[LCP_MAGIC]	= { 5,	4,  4,  false, false, lcp_judge_magic,	lcp_nak_magic,	NULL },
[LCP_PFC]	= { 7,	0,  0,  false, false, lcp_judge_any,	lcp_nak_none,	NULL },
[LCP_ACFC]	= { 8,	0,  0,  false, false, lcp_judge_any,	lcp_nak_none,	NULL },
};
/* clang-format on */

const struct cp_def lcp_def = {
	.protocol = FRAME_LCP,
	.state = lcp_state,
	.reset = lcp_reset,
	.table = { lcp_rows, sizeof(lcp_rows) / sizeof(lcp_rows[0]) },
};

bool
lcp_init(struct ppp *p)
{
	uint8_t b[5] = { 0 };
	struct rd r = rd_make(b, sizeof(b));

	if (!rng_fill(p->rng, b, sizeof(b)))
		return false;
	p->magic = rd_u32(&r) | 1;
	p->next_id = rd_u8(&r);
	lcp_reset(p);
	return true;
}

uint8_t
lcp_method(const struct ppp *p)
{
	const struct option_set *s = p->role == PPP_AUTHENTICATOR ?
	    &p->lcp.ours : &p->lcp.peer;

	return option_has(s, LCP_AUTH) ? lcp_method_of(s->val[LCP_AUTH]) : 0;
}

/* What we put into packets: RFC 1661 §6.4, zero unless negotiated. */
static uint32_t
lcp_magic(const struct ppp *p)
{
	return option_has(&p->lcp.ours, LCP_MAGIC) ?
	    (uint32_t)p->lcp.ours.val[LCP_MAGIC] : 0;
}

/*
 * Is the magic in the peer's packet its own?  0 and 1 are let pass: there are
 * peers that negotiate one number and send these.
 */
static bool
lcp_magic_ok(const struct ppp *p, uint32_t magic)
{
	if (magic <= 1)
		return true;
	return option_has(&p->lcp.peer, LCP_MAGIC) &&
	    magic == p->lcp.peer.val[LCP_MAGIC];
}

/*
 * RFC 1661 §6.4: our own magic in a request.  The answer is a Nak for another
 * one, and nothing else, so that a loop is recognised before our own rejects
 * come back.
 */
static bool
lcp_looped(struct ppp *p, const struct cp_pkt *k, struct ppp_out *out)
{
	struct rd options = k->body, value;
	struct ppp_packet a;
	uint8_t type;

	if (k->code != CP_CONF_REQ || lcp_magic(p) == 0)
		return false;
	do {
		if (rd_left(&options) == 0 ||
		    option_next(&options, &type, &value) != DROP_NONE)
			return false;
	} while (type != lcp_rows[LCP_MAGIC].type);
	if (rd_left(&value) != 4 || rd_u32(&value) != lcp_magic(p))
		return false;
	a = ppp_packet_begin(out, FRAME_LCP, CP_CONF_NAK, k->id,
	    PPP_DEFAULT_MRU);
	wr_u8(&a.w, type);
	wr_u8(&a.w, 6);
	wr_u32(&a.w, lcp_random(p));
	ppp_packet_end(out, &a);
	return true;
}

/* RFC 1661 §5.8: only in Opened; the data returned, cut to the peer's MRU. */
static void
lcp_echo_req(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	struct rd r = k->body;
	uint32_t magic = rd_u32(&r);
	size_t max = ppp_send_max(p);
	struct ppp_packet a;

	if (r.bad)
		*why = DROP_PPP_LENGTH;
	else if (p->lcp.fsm.state != FSM_OPENED)
		*why = DROP_PPP_PHASE;
	else if (!lcp_magic_ok(p, magic))
		*why = DROP_PPP_MAGIC;
	if (*why != DROP_NONE)
		return;
	fsm_run(&p->lcp.fsm, FSM_RXR, p->params, now);
	a = ppp_packet_begin(out, FRAME_LCP, CP_ECHO_REP, k->id, max);
	wr_u32(&a.w, lcp_magic(p));
	wr_rd(&a.w, rd_left(&r) > max - 8 ? rd_sub(&r, max - 8) : r);
	ppp_packet_end(out, &a);
}

static void
lcp_echo_rep(struct ppp *p, const struct cp_pkt *k, enum drop *why)
{
	struct rd r = k->body;
	uint32_t magic = rd_u32(&r);

	if (r.bad)
		*why = DROP_PPP_LENGTH;
	else if (p->lcp.fsm.state != FSM_OPENED)
		*why = DROP_PPP_PHASE;
	else if (!lcp_magic_ok(p, magic))
		*why = DROP_PPP_MAGIC;
	else if (p->echo_out == 0 || k->id != p->echo_id)
		*why = DROP_PPP_ID;
}

/* RFC 1570 §2.1: who the peer says it is; Windows sends three. */
static void
lcp_ident(struct ppp *p, const struct cp_pkt *k, struct ppp_out *out,
    enum drop *why)
{
	struct rd r = k->body;
	char text[PPP_TEXT_MAX];
	struct ppp_act *a;

	rd_skip(&r, 4);
	if (r.bad) {
		*why = DROP_PPP_LENGTH;
		return;
	}
	if (p->notes >= LCP_NOTES) {
		*why = DROP_PPP_REPEAT;
		return;
	}
	p->notes++;
	ppp_escape(text, r);
	a = ppp_out_add(out, PPP_NOTE);
	if (a != NULL)
		a->text = ppp_out_text(out, text);
}

/* RFC 1661 §5.7: means something in Opened only. */
static uint32_t
lcp_proto_rej(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, uint16_t *refused, enum drop *why)
{
	struct rd r = k->body;

	*refused = rd_u16(&r);
	if (r.bad)
		*why = DROP_PPP_LENGTH;
	else if (p->lcp.fsm.state != FSM_OPENED)
		*why = DROP_PPP_PHASE;
	if (*why != DROP_NONE)
		return 0;
	if (*refused == FRAME_LCP)
		return cp_event(p, &lcp_def, FSM_RXJ_MINUS, now, out);
	return cp_event(p, &lcp_def, FSM_RXJ_PLUS, now, out) | LCP_REFUSED;
}

/* A Code-Reject of Echo-Request is bearable: we stop asking. */
static void
lcp_echo_refused(struct ppp *p, const struct cp_pkt *k)
{
	struct rd r = k->body;

	if (rd_u8(&r) == CP_ECHO_REQ)
		p->echo_at = MONO_NEVER;
}

/* Which method the peer would rather have. */
static void
lcp_wish(struct ppp *p, const struct cp_pkt *k)
{
	struct rd options = k->body, value;
	uint8_t type;

	while (rd_left(&options) > 0 &&
	    option_next(&options, &type, &value) == DROP_NONE) {
		uint32_t number = 0;

		if (type != lcp_rows[LCP_AUTH].type)
			continue;
		while (rd_left(&value) > 0)
			number = number << 8 | rd_u8(&value);
		if (lcp_method_of(number) != 0)
			p->wishes |= lcp_method_of(number);
		else
			p->wish_other = number;
	}
}

uint32_t
lcp_input(struct ppp *p, struct rd packet, mono_t now, struct ppp_out *out,
    uint16_t *refused, enum drop *why)
{
	struct cp_pkt k;
	uint32_t acts;

	*why = cp_decode(packet, &k);
	if (*why != DROP_NONE)
		return 0;
	if (lcp_looped(p, &k, out)) {
		*why = DROP_PPP_MAGIC;
		return ++p->loops >= LCP_LOOPS ? LCP_LOOPED : 0;
	}
	switch (k.code) {
	case CP_PROTO_REJ:
		return lcp_proto_rej(p, &k, now, out, refused, why);
	case CP_ECHO_REQ:
		lcp_echo_req(p, &k, now, out, why);
		return 0;
	case CP_ECHO_REP:
		lcp_echo_rep(p, &k, why);
		return 0;
	case CP_DISCARD:
	case CP_TIME_LEFT:
		return 0;
	case CP_IDENT:
		lcp_ident(p, &k, out, why);
		return 0;
	case CP_CODE_REJ:
		lcp_echo_refused(p, &k);
		break;
	case CP_TERM_REQ:
		if (p->cause == PPP_CAUSE_NONE) {
			char text[PPP_TEXT_MAX];

			ppp_escape(text, k.body);
			ppp_blame(p, PPP_CAUSE_PEER, text);
		}
		break;
	}
	acts = cp_input(p, &lcp_def, &k, now, out, why);
	if (k.code == CP_CONF_NAK && *why == DROP_NONE)
		lcp_wish(p, &k);
	return acts;
}

void
lcp_send_echo(struct ppp *p, struct ppp_out *out)
{
	struct ppp_packet a;

	p->echo_id = ppp_next_id(p);
	a = ppp_packet_begin(out, FRAME_LCP, CP_ECHO_REQ, p->echo_id,
	    ppp_send_max(p));
	wr_u32(&a.w, lcp_magic(p));
	ppp_packet_end(out, &a);
}

void
lcp_send_proto_rej(struct ppp *p, uint16_t protocol, struct rd frame,
    struct ppp_out *out)
{
	size_t max = ppp_send_max(p);
	struct ppp_packet a = ppp_packet_begin(out, FRAME_LCP, CP_PROTO_REJ,
	    ppp_next_id(p), max);

	wr_u16(&a.w, protocol);
	wr_rd(&a.w, rd_left(&frame) > max - 6 ? rd_sub(&frame, max - 6) :
	    frame);
	ppp_packet_end(out, &a);
}
