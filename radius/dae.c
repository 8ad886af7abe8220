/* SPDX-License-Identifier: BSD-2-Clause */
/* Dynamic authorization: see dae.h. */

#include <stdlib.h>
#include <string.h>

#include "base/htab.h"
#include "base/pool.h"
#include "radius/dae.h"

#define MILLION		UINT64_C(1000000)
#define FRAMED		2	/* Service-Type, RFC 2865 §5.6 */
#define ROOM		(RADIUS_PACKET_MAX)

/* ---- what may stand in a request ---- */

enum role {
	CHANGE,		/* an authorization change; if we can */
	IDENT,		/* identifies sessions; if we can */
	NAS,		/* identifies us */
	CARRY,		/* of the protocol itself */
	SERVICE
};

struct dae_row {
	uint8_t type;
	uint8_t role;		/* enum role */
	uint8_t coa, dm;	/* enum attr_use */
};

#define O	ATTR_NEVER
#define Q	ATTR_MAYBE
#define M	ATTR_ANY

/* RFC 5176 §3.6, the columns of requests; Framed-IP-Address as in §3. */
/* clang-format off */
static const struct dae_row rows[] = {
/*	type role	CoA DM		*/
	{  1, IDENT,	Q, Q },		/* User-Name */
	{  4, NAS,	Q, Q },		/* NAS-IP-Address */
	{  5, IDENT,	Q, Q },		/* NAS-Port */
	{  6, SERVICE,	Q, O },		/* Service-Type */
	{  7, CHANGE,	Q, O },		/* Framed-Protocol */
	{  8, IDENT,	Q, Q },		/* Framed-IP-Address */
	{  9, CHANGE,	Q, O },		/* Framed-IP-Netmask */
	{ 10, CHANGE,	Q, O },		/* Framed-Routing */
	{ 11, CHANGE,	M, O },		/* Filter-Id */
	{ 12, CHANGE,	Q, O },		/* Framed-MTU */
	{ 13, CHANGE,	M, O },		/* Framed-Compression */
	{ 14, CHANGE,	M, O },		/* Login-IP-Host */
	{ 15, CHANGE,	Q, O },		/* Login-Service */
	{ 16, CHANGE,	Q, O },		/* Login-TCP-Port */
	{ 18, CHANGE,	M, M },		/* Reply-Message */
	{ 19, CHANGE,	Q, O },		/* Callback-Number */
	{ 20, CHANGE,	Q, O },		/* Callback-Id */
	{ 22, CHANGE,	M, O },		/* Framed-Route */
	{ 23, CHANGE,	Q, O },		/* Framed-IPX-Network */
	{ 24, CARRY,	Q, O },		/* State */
	{ 25, CHANGE,	M, M },		/* Class */
	{ 26, CHANGE,	M, M },		/* Vendor-Specific */
	{ 27, CHANGE,	Q, O },		/* Session-Timeout */
	{ 28, CHANGE,	Q, O },		/* Idle-Timeout */
	{ 29, CHANGE,	Q, O },		/* Termination-Action */
	{ 30, IDENT,	Q, Q },		/* Called-Station-Id */
	{ 31, IDENT,	Q, Q },		/* Calling-Station-Id */
	{ 32, NAS,	Q, Q },		/* NAS-Identifier */
	{ 33, CARRY,	M, M },		/* Proxy-State */
	{ 34, CHANGE,	Q, O },		/* Login-LAT-Service */
	{ 35, CHANGE,	Q, O },		/* Login-LAT-Node */
	{ 36, CHANGE,	Q, O },		/* Login-LAT-Group */
	{ 37, CHANGE,	Q, O },		/* Framed-AppleTalk-Link */
	{ 38, CHANGE,	M, O },		/* Framed-AppleTalk-Network */
	{ 39, CHANGE,	Q, O },		/* Framed-AppleTalk-Zone */
	{ 44, IDENT,	Q, Q },		/* Acct-Session-Id */
	{ 49, CHANGE,	O, Q },		/* Acct-Terminate-Cause */
	{ 50, IDENT,	Q, Q },		/* Acct-Multi-Session-Id */
	{ 55, CARRY,	Q, Q },		/* Event-Timestamp */
	{ 56, CHANGE,	M, O },		/* Egress-VLANID */
	{ 57, CHANGE,	Q, O },		/* Ingress-Filters */
	{ 58, CHANGE,	M, O },		/* Egress-VLAN-Name */
	{ 59, CHANGE,	Q, O },		/* User-Priority-Table */
	{ 61, CHANGE,	Q, O },		/* NAS-Port-Type */
	{ 62, CHANGE,	Q, O },		/* Port-Limit */
	{ 63, CHANGE,	Q, O },		/* Login-LAT-Port */
	{ 64, CHANGE,	M, O },		/* Tunnel-Type */
	{ 65, CHANGE,	M, O },		/* Tunnel-Medium-Type */
	{ 66, CHANGE,	M, O },		/* Tunnel-Client-Endpoint */
	{ 67, CHANGE,	M, O },		/* Tunnel-Server-Endpoint */
	{ 69, CHANGE,	M, O },		/* Tunnel-Password */
	{ 71, CHANGE,	Q, O },		/* ARAP-Features */
	{ 72, CHANGE,	Q, O },		/* ARAP-Zone-Access */
	{ 78, CHANGE,	M, O },		/* Configuration-Token */
	{ 79, CHANGE,	M, M },		/* EAP-Message */
	{ 80, CARRY,	Q, Q },		/* Message-Authenticator */
	{ 81, CHANGE,	M, O },		/* Tunnel-Private-Group-ID */
	{ 82, CHANGE,	M, O },		/* Tunnel-Assignment-ID */
	{ 83, CHANGE,	M, O },		/* Tunnel-Preference */
	{ 85, CHANGE,	Q, O },		/* Acct-Interim-Interval */
	{ 87, IDENT,	Q, Q },		/* NAS-Port-Id */
	{ 88, CHANGE,	Q, O },		/* Framed-Pool */
	{ 89, IDENT,	Q, Q },		/* Chargeable-User-Identity */
	{ 90, CHANGE,	M, O },		/* Tunnel-Client-Auth-ID */
	{ 91, CHANGE,	M, O },		/* Tunnel-Server-Auth-ID */
	{ 92, CHANGE,	Q, O },		/* NAS-Filter-Rule */
	{ 94, CHANGE,	O, O },		/* Originating-Line-Info */
	{ 95, NAS,	Q, Q },		/* NAS-IPv6-Address */
	{ 96, IDENT,	Q, O },		/* Framed-Interface-Id */
	{ 97, IDENT,	M, O },		/* Framed-IPv6-Prefix */
	{ 98, CHANGE,	M, O },		/* Login-IPv6-Host */
	{ 99, CHANGE,	M, O },		/* Framed-IPv6-Route */
	{ 100, CHANGE,	Q, O },		/* Framed-IPv6-Pool */
	{ 101, CARRY,	O, O },		/* Error-Cause */
	{ 123, CHANGE,	M, O },		/* Delegated-IPv6-Prefix */
};
/* clang-format on */

bool
dae_row(size_t i, uint8_t *type, enum attr_use *coa, enum attr_use *dm)
{
	if (i >= sizeof(rows) / sizeof(rows[0]))
		return false;
	*type = rows[i].type;
	*coa = (enum attr_use)rows[i].coa;
	*dm = (enum attr_use)rows[i].dm;
	return true;
}

static const struct dae_row *
row_of(uint8_t type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

static const struct {
	uint16_t cause;
	const char *text;
} causes[] = {
	{ DAE_DONE, "done" },
	{ DAE_RESIDUAL_REMOVED, "residual session context removed" },
	{ DAE_INVALID_EAP, "invalid EAP packet" },
	{ DAE_UNSUPPORTED_ATTRIBUTE, "unsupported attribute" },
	{ DAE_MISSING_ATTRIBUTE, "missing attribute" },
	{ DAE_NAS_MISMATCH, "NAS identification mismatch" },
	{ DAE_INVALID_REQUEST, "invalid request" },
	{ DAE_UNSUPPORTED_SERVICE, "unsupported service" },
	{ DAE_UNSUPPORTED_EXTENSION, "unsupported extension" },
	{ DAE_INVALID_VALUE, "invalid attribute value" },
	{ DAE_PROHIBITED, "administratively prohibited" },
	{ DAE_NOT_ROUTABLE, "request not routable" },
	{ DAE_NO_SESSION, "session context not found" },
	{ DAE_NOT_REMOVABLE, "session context not removable" },
	{ DAE_PROXY_ERROR, "other proxy processing error" },
	{ DAE_NO_RESOURCES, "resources unavailable" },
	{ DAE_REQUEST_INITIATED, "request initiated" },
	{ DAE_MULTIPLE_SESSIONS, "multiple session selection unsupported" },
};

const char *
dae_cause_str(unsigned cause)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (causes[i].cause == cause)
			return causes[i].text;
	return "unknown";
}

/* ---- state ---- */

struct bucket {			/* of requests, in millionths */
	uint64_t level;
	mono_t at;
};

struct memory {			/* of one authentic request */
	struct ipaddr from;
	uint8_t auth[RADIUS_AUTH_BYTES];
	uint8_t id, code;
	bool open;		/* its question has no answer yet */
	uint16_t cause;		/* of the answer */
	mono_t until;
};

struct question {
	struct endpoint local, remote;
	uint32_t source;
	uint32_t slot;		/* of its memory */
	uint16_t cause;
	bool answered;		/* and waits for room in a box */
	mono_t due;		/* 506 then */
	uint32_t len;
	uint8_t packet[RADIUS_PACKET_MAX];
};

struct core {			/* frozen as it is */
	struct bucket look[DAE_SOURCES_MAX], take[DAE_SOURCES_MAX];
	uint32_t first, used;	/* of the ring of memories, oldest first */
	mono_t now;		/* of the last call */
	uint64_t requests, repeats, acks, naks, silent;
};

struct dae {
	const struct dae_params *params;
	struct drops *drops;
	struct core c;
	struct memory *ring;	/* owned; params->remember of them */
	struct htab by_packet;	/* slots of the ring */
	struct hash_key key;
	struct pool questions;
};

void
dae_out_reset(struct dae_out *o)
{
	o->n = 0;
	o->used = 0;
}

static bool
out_room(const struct dae_out *o)
{
	return o->n < DAE_OUT_ACTS && o->used + ROOM <= DAE_OUT_BYTES;
}

static struct dae_act *
out_add(struct dae_out *o, enum dae_act_kind kind)
{
	struct dae_act *act = &o->act[o->n++];

	*act = (struct dae_act){ .kind = kind };
	return act;
}

static void
silent(struct dae *d, enum drop why)
{
	d->c.silent++;
	drop_count(d->drops, why);
}

/* ---- rates ---- */

static bool
bucket_take(struct bucket *b, mono_t now, uint32_t rate, uint32_t burst)
{
	uint64_t most = burst * MILLION, us = mono_since_us(now, b->at);

	/* us beyond the time that fills it would only overflow. */
	if (us > most / rate)
		b->level = most;
	else
		b->level += us * rate;
	if (b->level > most)
		b->level = most;
	b->at = now;
	if (b->level < MILLION)
		return false;
	b->level -= MILLION;
	return true;
}

/* ---- who ---- */

/* Its number, or source_n. */
static uint32_t
source_of(const struct dae *d, const struct ipaddr *from)
{
	uint32_t i;

	for (i = 0; i < d->params->source_n; i++) {
		const struct dae_source *s = &d->params->source[i];
		struct ipaddr want = ipaddr_prefix(&s->addr, s->bits);
		struct ipaddr is = ipaddr_prefix(from, s->bits);

		if (ipaddr_eq(&want, &is))
			break;
	}
	return i;
}

/* RFC 5176 §6.3: each one must be current. */
static bool
time_ok(const struct dae *d, const struct dae_source *s, struct rd attrs,
    uint64_t unix_s)
{
	struct attr_walk w = attr_walk(attrs);
	bool there = false;
	struct attr a;

	while (attr_next(&w, &a)) {
		uint64_t t;

		if (a.vendor != 0 || a.type != ATTR_EVENT_TIMESTAMP)
			continue;
		there = true;
		t = attr_u32(&a);
		if (t + d->params->window_s < unix_s ||
		    t > unix_s + d->params->window_s)
			return false;
	}
	return there || !s->require_event_timestamp;
}

/* From one we know, who has the secret, now? */
static enum drop
authentic(const struct dae *d, const struct dae_source *s,
    const struct radius_packet *p, uint64_t unix_s)
{
	struct rd secret = rd_make(s->secret.b, s->secret.len);
	enum drop why;

	if (p->code != RADIUS_DISCONNECT_REQUEST &&
	    p->code != RADIUS_COA_REQUEST)
		return DROP_DAE_CODE;
	if (!radius_request_ok(p, secret))
		return DROP_DAE_AUTH;
	why = radius_message_auth(p, NULL, secret,
	    s->require_message_authenticator);
	if (why != DROP_NONE)
		return why;
	return time_ok(d, s, p->attrs, unix_s) ? DROP_NONE : DROP_DAE_TIME;
}

/* ---- what was asked before ---- */

static uint64_t
packet_hash(const struct dae *d, const struct ipaddr *from,
    const struct radius_packet *p)
{
	uint8_t b[sizeof(from->b) + RADIUS_AUTH_BYTES + 2];
	struct wr w = wr_make(b, sizeof(b));

	wr_bytes(&w, from->b, sizeof(from->b));
	wr_bytes(&w, p->auth, RADIUS_AUTH_BYTES);
	wr_u8(&w, p->id);
	wr_u8(&w, (uint8_t)p->code);
	return hash_bytes(&d->key, b, sizeof(b));
}

/*
 * The authenticator is a digest over the whole packet, so this is the same
 * packet again; from another port, it is one replayed.
 */
static struct memory *
memory_find(const struct dae *d, const struct ipaddr *from,
    const struct radius_packet *p)
{
	uint32_t at = htab_find(&d->by_packet, packet_hash(d, from, p));

	for (; at != HTAB_NONE; at = htab_next(&d->by_packet, at)) {
		struct memory *m = &d->ring[at];

		if (m->id == p->id && m->code == p->code &&
		    ipaddr_eq(&m->from, from) &&
		    memcmp(m->auth, p->auth, RADIUS_AUTH_BYTES) == 0)
			return m;
	}
	return NULL;
}

static void
memory_expire(struct dae *d, mono_t now)
{
	while (d->c.used > 0) {
		const struct memory *m = &d->ring[d->c.first];

		if (m->open || !mono_due(m->until, now))
			return;
		htab_del(&d->by_packet, d->c.first);
		d->c.first = (d->c.first + 1) % d->params->remember;
		d->c.used--;
	}
}

/*
 * A packet that is right now may have an Event-Timestamp of a window ahead,
 * so it stays right for two.  NULL: too many.
 */
static struct memory *
memory_add(struct dae *d, mono_t now, const struct ipaddr *from,
    const struct radius_packet *p)
{
	uint32_t slot = (d->c.first + d->c.used) % d->params->remember;
	struct memory *m = &d->ring[slot];

	if (d->c.used == d->params->remember)
		return NULL;
	*m = (struct memory){ .from = *from, .id = p->id,
		.code = (uint8_t)p->code,
		.until = mono_add_s(now, 2 * (uint64_t)d->params->window_s + 1) };
	memcpy(m->auth, p->auth, RADIUS_AUTH_BYTES);
	htab_add(&d->by_packet, slot, packet_hash(d, from, p));
	d->c.used++;
	return m;
}

/* ---- the answer ---- */

static enum radius_code
answer_code(enum radius_code asked, unsigned cause)
{
	bool ack = cause < 400;

	if (asked == RADIUS_DISCONNECT_REQUEST)
		return ack ? RADIUS_DISCONNECT_ACK : RADIUS_DISCONNECT_NAK;
	return ack ? RADIUS_COA_ACK : RADIUS_COA_NAK;
}

/* RFC 5176 §3.1, §3.3: these come back as they came, in their order. */
static void
put_carried(struct radius_build *b, const struct radius_packet *p)
{
	struct attr_walk w = attr_walk(p->attrs);
	struct attr a;

	while (attr_next(&w, &a))
		if (a.vendor == 0 && (a.type == ATTR_PROXY_STATE ||
		    (a.type == ATTR_STATE && p->code == RADIUS_COA_REQUEST)))
			radius_put(b, a.type, a.value.p, rd_left(&a.value));
}

static bool
answer_build(uint8_t *buf, const struct radius_packet *p, struct rd secret,
    unsigned cause, bool message_auth, struct rd *out)
{
	struct radius_build b;

	radius_open(&b, buf, RADIUS_PACKET_MAX, answer_code(p->code, cause),
	    p->id, p->auth, message_auth);
	if (cause >= 400)
		radius_put_u32(&b, ATTR_ERROR_CAUSE, cause);
	put_carried(&b, p);
	return radius_close(&b, secret, out);
}

/* NULL only for a request so full of Proxy-State that no answer holds them. */
static struct dae_act *
answer_send(struct dae *d, const struct radius_packet *p, uint32_t source,
    const struct endpoint *local, const struct endpoint *remote,
    unsigned cause, struct dae_out *o)
{
	const struct secret *s = &d->params->source[source].secret;
	struct rd secret = rd_make(s->b, s->len), data;
	uint8_t *buf = &o->arena[o->used];
	struct dae_act *act;

	if (!answer_build(buf, p, secret, cause, true, &data) &&
	    !answer_build(buf, p, secret, cause, false, &data)) {
		silent(d, DROP_DAE_LIMIT);
		return NULL;
	}
	o->used += rd_left(&data);
	act = out_add(o, DAE_SEND);
	act->code = p->code;
	act->source = source;
	act->local = *local;
	act->remote = *remote;
	act->data = data;
	return act;
}

static void
count_answer(struct dae *d, unsigned cause)
{
	d->c.acks += cause < 400;
	d->c.naks += cause >= 400;
}

/* ---- can it be obeyed? ---- */

static bool
listed(const struct dae_attr *list, uint32_t n, uint32_t vendor, uint8_t type)
{
	for (uint32_t i = 0; i < n; i++)
		if (list[i].vendor == vendor && list[i].type == type)
			return true;
	return false;
}

/*
 * RFC 5176 §3: a Disconnect-Request has nothing to change, but for what the
 * table lists there.
 */
static bool
can(const struct dae_params *p, enum radius_code code, uint32_t vendor,
    uint8_t type, bool *ident)
{
	if (listed(p->ident, p->ident_n, vendor, type)) {
		*ident = true;
		return true;
	}
	return (code == RADIUS_COA_REQUEST ||
	    (vendor == 0 && row_of(type) != NULL)) &&
	    listed(p->change, p->change_n, vendor, type);
}

/* A vendor's attribute that the walk left whole: each of its parts. */
static bool
can_vendor(const struct dae_params *p, enum radius_code code, struct rd value,
    bool *ident)
{
	uint32_t vendor = rd_u32(&value);
	size_t n = 0;

	while (rd_left(&value) > 0) {
		uint8_t type = rd_u8(&value), len = rd_u8(&value);

		/* Below two it wraps, and rd_skip() refuses. */
		rd_skip(&value, (size_t)len - 2);
		if (value.bad || !can(p, code, vendor, type, ident))
			return false;
		n++;
	}
	return !value.bad && n > 0;
}

static bool
nas_ok(const struct dae_params *p, const struct endpoint *local,
    const struct attr *a)
{
	struct ipaddr is;

	if (a->type == ATTR_NAS_IDENTIFIER)
		return p->nas_id[0] == '\0' ||
		    rd_eq(a->value, p->nas_id, strlen(p->nas_id));
	is = attr_addr(a);
	for (uint32_t i = 0; i < p->nas_n; i++)
		if (ipaddr_eq(&p->nas[i], &is))
			return true;
	return p->nas_n == 0 || ipaddr_eq(&local->addr, &is);
}

struct judgement {
	uint8_t seen[256];	/* standard attributes, how often; up to 2 */
	bool ident, stranger, service;
};

static enum dae_cause
judge_one(const struct dae_params *p, enum radius_code code,
    const struct endpoint *local, const struct attr *a, struct judgement *j)
{
	const struct dae_row *r = a->vendor == 0 ? row_of(a->type) : NULL;
	enum attr_use use = ATTR_ANY;

	if (r != NULL)
		use = (enum attr_use)(code == RADIUS_COA_REQUEST ? r->coa :
		    r->dm);
	if (use == ATTR_NEVER)
		return DAE_UNSUPPORTED_ATTRIBUTE;
	if (a->vendor == 0 && a->type == ATTR_VENDOR_SPECIFIC)
		return can_vendor(p, code, a->value, &j->ident) ? DAE_DONE :
		    DAE_UNSUPPORTED_ATTRIBUTE;
	if (a->vendor == 0 && j->seen[a->type]++ > 0 && use == ATTR_MAYBE)
		return DAE_INVALID_REQUEST;
	if (r != NULL && r->role == CARRY)
		return DAE_DONE;
	if (r != NULL && r->role == NAS) {
		j->stranger |= !nas_ok(p, local, a);
		return DAE_DONE;
	}
	if (r != NULL && r->role == SERVICE && attr_u32(a) != FRAMED) {
		j->service = true;
		return DAE_DONE;
	}
	if (r != NULL && r->role == SERVICE)
		return DAE_DONE;
	return can(p, code, a->vendor, a->type, &j->ident) ? DAE_DONE :
	    DAE_UNSUPPORTED_ATTRIBUTE;
}

/* The cause of a NAK, or DAE_DONE: the concentrator is asked. */
static enum dae_cause
judge(const struct dae_params *p, const struct endpoint *local,
    const struct radius_packet *packet)
{
	struct attr_walk w = attr_walk(packet->attrs);
	struct judgement j = { .ident = false };
	enum dae_cause cause = DAE_DONE;
	struct attr a;

	while (cause == DAE_DONE && attr_next(&w, &a))
		cause = judge_one(p, packet->code, local, &a, &j);
	if (cause != DAE_DONE)
		return cause;
	/* RFC 5176 §3.2: "Authorize Only" among others. */
	if (j.service)
		return DAE_UNSUPPORTED_SERVICE;
	if (j.stranger)
		return DAE_NAS_MISMATCH;
	return j.ident ? DAE_DONE : DAE_MISSING_ATTRIBUTE;
}

/* ---- a datagram ---- */

/* NULL: too many. */
static struct question *
question_add(struct dae *d, mono_t now, const struct radius_packet *p,
    uint32_t *handle)
{
	struct question *q = pool_take(&d->questions, handle);
	struct rd whole = p->whole;

	if (q == NULL)
		return NULL;
	q->due = mono_add_ms(now, d->params->answer_ms);
	q->len = (uint32_t)rd_left(&whole);
	rd_copy(&whole, q->packet, q->len);
	return q;
}

static void
ask(struct dae *d, uint32_t handle, const struct radius_packet *p,
    struct dae_out *o)
{
	const struct question *q = pool_get(&d->questions, handle);
	struct dae_act *act = out_add(o, DAE_ASK);
	struct rd attrs = p->attrs;
	uint8_t *at = &o->arena[o->used];
	size_t n = rd_left(&attrs);

	rd_copy(&attrs, at, n);
	o->used += n;
	act->question = handle;
	act->code = p->code;
	act->source = q->source;
	act->local = q->local;
	act->remote = q->remote;
	act->attrs = rd_make(at, n);
}

/* Authentic, current and new. */
static void
take(struct dae *d, mono_t now, const struct radius_packet *p, uint32_t source,
    const struct endpoint *local, const struct endpoint *remote,
    struct dae_out *o)
{
	struct memory *m = memory_add(d, now, &remote->addr, p);
	enum dae_cause cause = m == NULL ? DAE_NO_RESOURCES :
	    judge(d->params, local, p);
	struct dae_act *act;
	struct question *q;
	uint32_t handle;

	d->c.requests++;
	if (cause == DAE_DONE) {
		q = question_add(d, now, p, &handle);
		if (q != NULL) {
			q->local = *local;
			q->remote = *remote;
			q->source = source;
			q->slot = (uint32_t)(m - d->ring);
			m->open = true;
			ask(d, handle, p, o);
			return;
		}
		cause = DAE_NO_RESOURCES;
	}
	if (m != NULL)
		m->cause = (uint16_t)cause;
	count_answer(d, cause);
	act = answer_send(d, p, source, local, remote, cause, o);
	if (act != NULL)
		act->cause = cause;
}

void
dae_input(struct dae *d, mono_t now, uint64_t unix_s,
    const struct endpoint *local, const struct endpoint *remote,
    struct rd datagram, struct dae_out *o)
{
	const struct dae_params *params = d->params;
	uint32_t source = source_of(d, &remote->addr);
	enum drop why = DROP_NONE;
	struct radius_packet p;
	const struct memory *m;

	d->c.now = now;
	memory_expire(d, now);
	if (source == params->source_n)
		why = DROP_DAE_SOURCE;
	else if (!bucket_take(&d->c.look[source], now, params->look_rate,
	    params->look_burst))
		why = DROP_DAE_RATE;
	else if (!out_room(o))
		why = DROP_DAE_LIMIT;
	else
		why = radius_decode(datagram, &p);
	if (why == DROP_NONE)
		why = authentic(d, &params->source[source], &p, unix_s);
	if (why != DROP_NONE) {
		silent(d, why);
		return;
	}
	m = memory_find(d, &remote->addr, &p);
	if (m != NULL) {
		d->c.repeats++;
		if (m->open)
			silent(d, DROP_DAE_REPEAT);
		else
			(void)answer_send(d, &p, source, local, remote,
			    m->cause, o);
	} else if (!bucket_take(&d->c.take[source], now, params->rate,
	    params->burst)) {
		silent(d, DROP_DAE_RATE);
	} else {
		take(d, now, &p, source, local, remote, o);
	}
}

/* ---- answers ---- */

/* Sends what is decided; false: no room, it stays due. */
static bool
question_end(struct dae *d, uint32_t handle, bool ours, struct dae_out *o)
{
	struct dae_act *act;
	struct question *q = pool_get(&d->questions, handle);
	struct memory *m = &d->ring[q->slot];
	struct radius_packet p;

	if (!out_room(o))
		return false;
	if (radius_decode(rd_make(q->packet, q->len), &p) == DROP_NONE) {
		act = answer_send(d, &p, q->source, &q->local, &q->remote,
		    q->cause, o);
		if (act != NULL && ours)
			act->cause = (enum dae_cause)q->cause;
	}
	m->open = false;
	m->cause = q->cause;
	count_answer(d, q->cause);
	pool_give(&d->questions, handle);
	return true;
}

void
dae_answer(struct dae *d, mono_t now, uint32_t question, enum dae_cause cause,
    struct dae_out *o)
{
	struct question *q = pool_get(&d->questions, question);

	d->c.now = now;
	if (q == NULL || q->answered)
		return;
	q->answered = true;
	q->cause = (uint16_t)cause;
	q->due = now;
	(void)question_end(d, question, false, o);
}

void
dae_expire(struct dae *d, mono_t now, struct dae_out *o)
{
	uint32_t handle;

	d->c.now = now;
	for (uint32_t i = 0; i < d->questions.high; i++) {
		struct question *q = pool_at(&d->questions, i, &handle);
		bool late;

		if (q == NULL || !mono_due(q->due, now))
			continue;
		late = !q->answered;
		if (late)
			q->cause = DAE_NO_RESOURCES;
		q->answered = true;
		if (!question_end(d, handle, late, o))
			break;
	}
	memory_expire(d, now);
}

mono_t
dae_deadline(const struct dae *d)
{
	mono_t due = MONO_NEVER;

	for (uint32_t i = 0; d->questions.used > 0 && i < d->questions.high;
	    i++) {
		const struct question *q = pool_at(&d->questions, i, NULL);

		if (q != NULL)
			due = mono_min(due, q->due);
	}
	if (d->c.used > 0 && !d->ring[d->c.first].open)
		due = mono_min(due, d->ring[d->c.first].until);
	return due;
}

/* ---- make and end ---- */

void
dae_params_default(struct dae_params *p)
{
	static const uint8_t ident[] = { ATTR_USER_NAME, ATTR_NAS_PORT,
		ATTR_FRAMED_IP_ADDRESS, ATTR_CALLED_STATION_ID,
		ATTR_CALLING_STATION_ID, ATTR_ACCT_SESSION_ID, 50 };

	memset(p, 0, sizeof(*p));
	p->window_s = 300;
	p->remember = 16384;
	p->questions = 64;
	p->answer_ms = 10000;
	p->rate = 100;
	p->burst = 200;
	p->look_rate = p->look_burst = 2000;
	p->ident_n = sizeof(ident);
	for (uint32_t i = 0; i < p->ident_n; i++)
		p->ident[i].type = ident[i];
}

static bool
params_sound(const struct dae_params *p)
{
	if (p->source_n > DAE_SOURCES_MAX || p->ident_n > DAE_IDENTS_MAX ||
	    p->change_n > DAE_CHANGES_MAX || p->nas_n > DAE_NAS_MAX ||
	    memchr(p->nas_id, 0, DAE_ID_MAX) == NULL || p->window_s == 0 ||
	    p->remember == 0 || p->remember > POOL_SLOTS_MAX ||
	    p->questions == 0 || p->questions > POOL_SLOTS_MAX ||
	    p->rate == 0 || p->burst == 0 || p->look_rate == 0 ||
	    p->look_burst == 0)
		return false;
	for (uint32_t i = 0; i < p->source_n; i++)
		if (p->source[i].secret.len == 0 ||
		    p->source[i].bits > 8 * ipaddr_len(&p->source[i].addr) ||
		    p->source[i].addr.family == IP_NONE)
			return false;
	return true;
}

void
dae_bounds(const struct dae_params *p, bound_fn *each, void *ctx)
{
	const struct bound all[] = {
		{ "radius coa", 1, sizeof(struct dae) },
		{ "radius coa remembered", p->remember,
		    p->remember * sizeof(*((struct dae *)NULL)->ring) +
		    htab_bytes(p->remember) },
		{ "radius coa questions", p->questions,
		    pool_bytes(sizeof(struct question), p->questions) },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		each(ctx, &all[i]);
}

struct dae *
dae_new(const struct dae_params *p, struct rng *rng, struct drops *drops)
{
	struct dae *d;

	if (!params_sound(p) || (d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	d->params = p;
	d->drops = drops;
	/* Full at the first request: see bucket_take(). */
	for (uint32_t i = 0; i < DAE_SOURCES_MAX; i++) {
		d->c.look[i].level = p->look_burst * MILLION;
		d->c.take[i].level = p->burst * MILLION;
	}
	d->ring = calloc(p->remember, sizeof(*d->ring));
	if (d->ring == NULL || htab_init(&d->by_packet, p->remember) != 0 ||
	    pool_init(&d->questions, sizeof(struct question),
	    p->questions) != 0 || !rng_fill(rng, &d->key, sizeof(d->key))) {
		dae_free(d);
		return NULL;
	}
	return d;
}

void
dae_free(struct dae *d)
{
	if (d == NULL)
		return;
	pool_wipe(&d->questions);
	htab_wipe(&d->by_packet);
	free(d->ring);
	free(d);
}

void
dae_state(const struct dae *d, struct dae_state *s)
{
	*s = (struct dae_state){ .questions = d->questions.used,
		.remembered = d->c.used, .requests = d->c.requests,
		.repeats = d->c.repeats, .acks = d->c.acks,
		.naks = d->c.naks, .silent = d->c.silent };
}

/* ---- freeze ---- */

size_t
dae_frozen_size(const struct dae *d)
{
	return sizeof(d->c) + d->c.used * sizeof(d->ring[0]) +
	    pool_frozen_size(&d->questions);
}

void
dae_freeze(const struct dae *d, struct wr *w)
{
	wr_bytes(w, &d->c, sizeof(d->c));
	for (uint32_t i = 0; i < d->c.used; i++)
		wr_bytes(w, &d->ring[(d->c.first + i) % d->params->remember],
		    sizeof(d->ring[0]));
	pool_freeze(&d->questions, w);
}

static bool
ring_thaw(struct dae *d, struct rd *r)
{
	if (d->c.used > d->params->remember ||
	    d->c.first >= d->params->remember)
		return false;
	for (uint32_t i = 0; i < d->c.used; i++) {
		uint32_t slot = (d->c.first + i) % d->params->remember;
		struct memory *m = &d->ring[slot];
		struct radius_packet p = { .code = RADIUS_COA_REQUEST };

		rd_copy(r, m, sizeof(*m));
		p.id = m->id;
		p.code = (enum radius_code)m->code;
		memcpy(p.auth, m->auth, RADIUS_AUTH_BYTES);
		htab_add(&d->by_packet, slot, packet_hash(d, &m->from, &p));
	}
	return !r->bad;
}

static bool
questions_sound(const struct dae *d)
{
	for (uint32_t i = 0; i < d->questions.high; i++) {
		const struct question *q = pool_at(&d->questions, i, NULL);

		if (q != NULL && (q->slot >= d->params->remember ||
		    q->source >= d->params->source_n ||
		    q->len > RADIUS_PACKET_MAX || !d->ring[q->slot].open))
			return false;
	}
	return true;
}

struct dae *
dae_thaw(const struct dae_params *p, struct rng *rng, struct drops *drops,
    struct rd *r)
{
	struct dae *d = dae_new(p, rng, drops);

	if (d == NULL)
		return NULL;
	rd_copy(r, &d->c, sizeof(d->c));
	if (!r->bad && ring_thaw(d, r) && pool_thaw(&d->questions, r) &&
	    questions_sound(d))
		return d;
	dae_free(d);
	return NULL;
}
