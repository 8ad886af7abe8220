/* SPDX-License-Identifier: BSD-2-Clause */
/* Control messages: see msg.h. */

#include "l2tp/msg.h"

#define HEAD_T		0x8000u
#define HEAD_L		0x4000u
#define HEAD_S		0x0800u
#define HEAD_O		0x0200u
#define HEAD_P		0x0100u
#define HEAD_VER	0x000fu
#define HEAD_VERSION	2u

enum drop
msg_head_decode(struct rd *r, struct msg_head *h)
{
	size_t total = rd_left(r);
	uint16_t flags = rd_u16(r);
	uint16_t length;

	if (r->bad)
		return DROP_L2TP_SHORT;
	/* RFC 2661 §3.1: an unknown Ver MUST be discarded; 1 is L2F. */
	if ((flags & HEAD_VER) != HEAD_VERSION)
		return DROP_L2TP_VERSION;
	if ((flags & (HEAD_T | HEAD_L | HEAD_S | HEAD_O | HEAD_P)) !=
	    (HEAD_T | HEAD_L | HEAD_S))
		return DROP_L2TP_FLAGS;
	length = rd_u16(r);
	h->tunnel_id = rd_u16(r);
	h->session_id = rd_u16(r);
	h->ns = rd_u16(r);
	h->nr = rd_u16(r);
	if (r->bad)
		return DROP_L2TP_SHORT;
	if (length < MSG_HEAD || length > total)
		return DROP_L2TP_LENGTH;
	*r = rd_sub(r, (size_t)length - MSG_HEAD);
	return DROP_NONE;
}

void
msg_head_encode(struct wr *w, const struct msg_head *h, struct rd body)
{
	wr_u16(w, HEAD_T | HEAD_L | HEAD_S | HEAD_VERSION);
	wr_u16(w, (uint16_t)(MSG_HEAD + rd_left(&body)));
	wr_u16(w, h->tunnel_id);
	wr_u16(w, h->session_id);
	wr_u16(w, h->ns);
	wr_u16(w, h->nr);
	wr_rd(w, body);
}

/*
 * RFC 2661 §4.4.1: the first AVP, neither hidden nor of another vendor, of
 * length 8.  A reserved bit makes it an AVP nobody knows (§4.1).
 */
static bool
take_type(struct rd *r, struct msg *m)
{
	struct avp a;

	if (avp_next(r, &a) != DROP_NONE || a.hidden || a.reserved ||
	    a.vendor != 0 || a.type != AVP_MESSAGE_TYPE ||
	    rd_left(&a.value) != 2)
		return false;
	m->type = rd_u16(&a.value);
	m->mandatory = a.mandatory;
	m->known = avp_rule(m->type, AVP_MESSAGE_TYPE) == 'R';
	m->v.has = (uint64_t)1 << AVP_MESSAGE_TYPE;
	return true;
}

static enum msg_error
error_of(enum drop why)
{
	if (why == DROP_L2TP_AVP_LENGTH)
		return MSG_ERR_LENGTH;
	if (why == DROP_L2TP_AVP_UNKNOWN || why == DROP_L2TP_AVP_RESERVED)
		return MSG_ERR_UNKNOWN_AVP;
	return MSG_ERR_VALUE;
}

/* Notes the first fault; later ones follow from it or do not matter. */
static enum drop
fault(struct msg *m, enum drop first, enum drop why, const struct avp *a)
{
	if (first != DROP_NONE)
		return first;
	m->error = error_of(why);
	m->vendor = a->vendor;
	m->attr = a->type;
	return why;
}

/*
 * RFC 2661 §7.1: a malformed AVP with the M bit ends tunnel or session, one
 * without is ignored.  A hidden one is refused either way: no secret is held.
 */
static enum drop
take_all(struct rd *r, struct msg *m)
{
	enum drop first = DROP_NONE;
	enum drop why;
	struct avp a;

	for (unsigned n = 1; rd_left(r) > 0; n++) {
		if ((why = avp_next(r, &a)) != DROP_NONE)
			return fault(m, first, why, &a);
		if (n >= MSG_AVPS_MAX)
			return fault(m, first, DROP_L2TP_AVP_COUNT, &a);
		why = avp_take(m->type, &a, &m->v);
		if (why == DROP_NONE)
			continue;
		if (a.mandatory || a.hidden)
			first = fault(m, first, why, &a);
		else
			m->skipped++;
	}
	return first;
}

enum drop
msg_decode(struct rd body, struct msg *m)
{
	struct avp a = { 0 };
	enum drop why;

	*m = (struct msg){ 0 };
	if (!take_type(&body, m)) {
		m->error = MSG_ERR_VALUE;
		return DROP_L2TP_MSG_TYPE;
	}
	if (!m->known)
		return DROP_NONE;
	why = take_all(&body, m);
	if (m->type == MSG_STOPCCN || m->type == MSG_CDN)
		return DROP_NONE;
	a.type = (uint16_t)avp_missing(m->type, &m->v);
	if (a.type != AVP_TYPES)
		why = fault(m, why, DROP_L2TP_AVP_MISSING, &a);
	return why;
}

/* The order of AVPs is free (§4.1); like most peers we put the result last. */
bool
msg_encode(struct wr *w, const struct msg *m)
{
	wr_u16(w, 0x8008);
	wr_u16(w, 0);
	wr_u16(w, AVP_MESSAGE_TYPE);
	wr_u16(w, m->type);
	for (enum avp_type t = 0; t < AVP_TYPES; t++) {
		char rule = avp_rule(m->type, t);

		if (t == AVP_MESSAGE_TYPE)
			continue;
		if (!avp_has(&m->v, t)) {
			if (rule == 'R')
				return false;
			continue;
		}
		if (rule == 'X' || avp_row(t)->shape == AVP_SKIP)
			return false;
		if (t != AVP_RESULT_CODE)
			avp_put(w, t, &m->v);
	}
	if (avp_has(&m->v, AVP_RESULT_CODE))
		avp_put(w, AVP_RESULT_CODE, &m->v);
	return !w->bad;
}

bool
msg_of_session(unsigned type)
{
	return type >= MSG_OCRQ && type <= MSG_SLI;
}
