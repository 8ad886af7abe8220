/* SPDX-License-Identifier: BSD-2-Clause */
/* The books beside RADIUS: see records.h. */

#include <stdlib.h>
#include <string.h>

#include "base/htab.h"
#include "base/pool.h"
#include "lns/request.h"
#include "tests/sim/records.h"

#define AUTHENTIC_RADIUS 1	/* RFC 2866 §5.6 */

struct stay {			/* one session of the data plane */
	uint32_t sess;
	struct ipaddr addr;
	uint64_t in_s, out_s;
	bool out, named;	/* a Start was sent for it */
	struct dp_count count;
};

struct told {			/* what a record says */
	uint32_t status, port, cause, authentic;
	uint64_t event_s, octets[2], packets[2];
	char id[RECORDS_ID], name[RECORDS_NAME];
	struct ipaddr addr;
	size_t class_n;
	uint8_t class_attrs[RECORDS_CLASS];
};

struct life {			/* one Acct-Session-Id */
	char id[RECORDS_ID], name[RECORDS_NAME], user[RECORDS_NAME];
	bool accepted, disconnected;
	size_t class_n;
	uint8_t class_attrs[RECORDS_CLASS];
	uint32_t stay;		/* from 1; 0: no Start yet */
	struct told last;	/* status 0: none */
	bool taken;		/* the last one */
	bool stopped;		/* and it was a Stop */
};

struct asked {
	uint64_t key;
	uint32_t server, socket;
	uint8_t id, auth[RADIUS_AUTH_BYTES];
	bool pap;
};

struct list {
	void *v;		/* owned */
	uint32_t n, room;
};

struct records {
	struct list stays, lives, asks;
	struct told nas;	/* the last On or Off */
	bool nas_taken;
	unsigned ons;		/* that may come: one for each start */
	struct records_sum sum;
};

struct records *
records_new(void)
{
	struct records *r = calloc(1, sizeof(*r));

	if (r != NULL)
		r->ons = 1;
	return r;
}

void
records_free(struct records *r)
{
	if (r == NULL)
		return;
	free(r->stays.v);
	free(r->lives.v);
	free(r->asks.v);
	free(r);
}

/* A new member, all zero; NULL when memory is short. */
static void *
list_add(struct list *l, size_t size)
{
	if (l->n == l->room) {
		uint32_t room = l->room == 0 ? 16 : l->room * 2;
		void *v = realloc(l->v, room * size);

		if (v == NULL)
			return NULL;
		l->v = v;
		l->room = room;
	}
	memset((char *)l->v + l->n * size, 0, size);
	return (char *)l->v + l->n++ * size;
}

/* ---- the data plane ---- */

static struct stay *
stay_at(const struct records *r, uint32_t i)
{
	return &((struct stay *)r->stays.v)[i];
}

static struct stay *
stay_in(const struct records *r, uint32_t sess)
{
	for (uint32_t i = r->stays.n; i > 0; i--)
		if (stay_at(r, i - 1)->sess == sess && !stay_at(r, i - 1)->out)
			return stay_at(r, i - 1);
	return NULL;
}

const char *
records_in(struct records *r, uint64_t unix_s, uint32_t sess,
    const struct ipaddr *addr)
{
	struct stay *s = stay_in(r, sess);

	if (s != NULL) {	/* IPv4 has come to IPv6 */
		if (s->addr.family != IP_NONE && !ipaddr_eq(&s->addr, addr))
			return "I3: a record with another address than the "
			    "session's";
		s->addr = *addr;
		return NULL;
	}
	s = list_add(&r->stays, sizeof(*s));
	if (s == NULL)
		return "no memory for the books";
	s->sess = sess;
	s->addr = *addr;
	s->in_s = unix_s;
	r->sum.ins++;
	return NULL;
}

void
records_out(struct records *r, uint64_t unix_s, uint32_t sess,
    const struct dp_count *count)
{
	struct stay *s = stay_in(r, sess);

	if (s == NULL)
		return;
	s->out = true;
	s->out_s = unix_s;
	s->count = *count;
	r->sum.outs++;
}

/* ---- reading ---- */

static void
text_of(struct rd attrs, uint8_t type, char *to, size_t size)
{
	struct attr a;
	size_t n;

	to[0] = '\0';
	if (!attr_get(attrs, 0, type, &a) || rd_left(&a.value) >= size)
		return;
	n = rd_left(&a.value);
	rd_copy(&a.value, (uint8_t *)to, n);
	to[n] = '\0';
}

static uint32_t
number_of(struct rd attrs, uint8_t type)
{
	struct attr a;

	return attr_get(attrs, 0, type, &a) ? attr_u32(&a) : 0;
}

static uint64_t
octets_of(struct rd attrs, uint8_t low, uint8_t high)
{
	return (uint64_t)number_of(attrs, high) << 32 | number_of(attrs, low);
}

/* All Class attributes, each with its type and length, in their order. */
static size_t
class_of(struct rd attrs, uint8_t to[RECORDS_CLASS])
{
	struct attr_walk w = attr_walk(attrs);
	struct radius_build b;
	struct rd all;
	struct attr a;

	radius_open_attrs(&b, to, RECORDS_CLASS);
	while (attr_next(&w, &a))
		if (a.vendor == 0 && a.type == ATTR_CLASS)
			radius_put(&b, ATTR_CLASS, a.value.p,
			    rd_left(&a.value));
	all = wr_out(&b.w);
	return rd_left(&all);
}

static void
told_read(const struct radius_packet *p, struct told *t)
{
	struct rd at = p->attrs;
	struct attr a;

	memset(t, 0, sizeof(*t));
	t->status = number_of(at, ATTR_ACCT_STATUS_TYPE);
	t->port = number_of(at, ATTR_NAS_PORT);
	t->cause = number_of(at, ATTR_ACCT_TERMINATE_CAUSE);
	t->authentic = number_of(at, ATTR_ACCT_AUTHENTIC);
	t->event_s = number_of(at, ATTR_EVENT_TIMESTAMP);
	t->octets[0] = octets_of(at, ATTR_ACCT_INPUT_OCTETS,
	    ATTR_ACCT_INPUT_GIGAWORDS);
	t->octets[1] = octets_of(at, ATTR_ACCT_OUTPUT_OCTETS,
	    ATTR_ACCT_OUTPUT_GIGAWORDS);
	t->packets[0] = number_of(at, ATTR_ACCT_INPUT_PACKETS);
	t->packets[1] = number_of(at, ATTR_ACCT_OUTPUT_PACKETS);
	text_of(at, ATTR_ACCT_SESSION_ID, t->id, sizeof(t->id));
	text_of(at, ATTR_USER_NAME, t->name, sizeof(t->name));
	if (attr_get(at, 0, ATTR_FRAMED_IP_ADDRESS, &a))
		t->addr = attr_addr(&a);
	t->class_n = class_of(at, t->class_attrs);
}

static struct life *
life_find(const struct records *r, const char *id)
{
	struct life *v = r->lives.v;

	for (uint32_t i = r->lives.n; i > 0; i--)
		if (strcmp(v[i - 1].id, id) == 0)
			return &v[i - 1];
	return NULL;
}

static struct life *
life_make(struct records *r, const char *id)
{
	struct life *l = life_find(r, id);

	if (l == NULL)
		l = list_add(&r->lives, sizeof(*l));
	if (l != NULL)
		memcpy(l->id, id, sizeof(l->id));
	return l;
}

/* ---- questions ---- */

/* All that is the same in each copy of a question, and in no other one. */
static uint64_t
question_key(const struct radius_packet *q, bool *pap)
{
	static const struct hash_key key;
	struct attr_walk w = attr_walk(q->attrs);
	uint64_t h = 0;
	struct attr a;

	*pap = false;
	while (attr_next(&w, &a)) {
		if (a.vendor == 0 && a.type == ATTR_USER_PASSWORD)
			*pap = true;
		if (a.vendor == 0 && (a.type == ATTR_USER_PASSWORD ||
		    a.type == ATTR_MESSAGE_AUTHENTICATOR))
			continue;
		h = h * 31 + hash_bytes(&key, a.value.p, rd_left(&a.value));
	}
	return h;
}

/* NULL: it may go to this server, though it went to another one before. */
static const char *
question_moved(const struct asked *before, const struct records_ask *to)
{
	if (before->server == to->server)
		return before->pap ? NULL :
		    "one login became two questions at one server";
	if ((to->failed >> before->server & 1) != 0 ||
	    (before->pap && to->any_order))
		return NULL;
	return "a login was asked of a second server, though the first had "
	    "not failed";
}

const char *
records_asked(struct records *r, const struct records_ask *to,
    const struct radius_packet *q)
{
	struct asked *v = r->asks.v, *n;
	const char *bad;
	char id[RECORDS_ID];
	bool pap;
	uint64_t key = question_key(q, &pap);
	struct life *l;

	text_of(q->attrs, ATTR_ACCT_SESSION_ID, id, sizeof(id));
	l = life_make(r, id);
	if (l == NULL || id[0] == '\0')
		return "a question without an Acct-Session-Id";
	text_of(q->attrs, ATTR_USER_NAME, l->user, sizeof(l->user));
	if (l->name[0] == '\0')
		memcpy(l->name, l->user, sizeof(l->name));
	for (uint32_t i = r->asks.n; i > 0; i--) {
		const struct asked *b = &v[i - 1];

		if (b->key != key)
			continue;
		if (b->server == to->server && b->socket == to->socket &&
		    b->id == q->id && memcmp(b->auth, q->auth,
		    sizeof(b->auth)) == 0)
			return NULL;	/* a repetition, unchanged */
		bad = question_moved(b, to);
		if (bad != NULL)
			return bad;
		break;
	}
	n = list_add(&r->asks, sizeof(*n));
	if (n == NULL)
		return "no memory for the books";
	*n = (struct asked){ .key = key, .server = to->server,
		.socket = to->socket, .id = q->id, .pap = pap };
	memcpy(n->auth, q->auth, sizeof(n->auth));
	r->sum.questions++;
	return NULL;
}

const char *
records_accepted(struct records *r, const struct radius_packet *q,
    struct rd class_attrs, struct rd name)
{
	char id[RECORDS_ID];
	struct life *l;

	text_of(q->attrs, ATTR_ACCT_SESSION_ID, id, sizeof(id));
	l = life_find(r, id);
	if (l == NULL)
		return "a server was asked what was never sent";
	l->accepted = true;
	l->class_n = rd_left(&class_attrs);
	rd_copy(&class_attrs, l->class_attrs, l->class_n);
	if (rd_left(&name) > 0 && rd_left(&name) < sizeof(l->name)) {
		size_t n = rd_left(&name);

		rd_copy(&name, (uint8_t *)l->name, n);
		l->name[n] = '\0';
	}
	return NULL;
}

/* ---- records ---- */

static const char *
nas_sent(struct records *r, const struct told *t)
{
	const struct life *v = r->lives.v;

	if (r->nas.status == t->status && r->nas.event_s == t->event_s)
		return r->nas_taken ? "I4: an On or Off was sent after it was "
		    "taken" : NULL;
	if ((r->nas.status != 0 && !r->nas_taken) ||
	    (t->status == REQUEST_ON && r->ons == 0))
		return "I4: On and Off are out of order";
	for (uint32_t i = 0; t->status == REQUEST_OFF && i < r->lives.n; i++)
		if (v[i].stay != 0 && !v[i].stopped)
			return "I4: an Accounting-Off overtook a Stop";
	r->ons -= t->status == REQUEST_ON;
	r->nas = *t;
	r->nas_taken = false;
	return NULL;
}

/* A Start names one whom the data plane has let in, and a server or we did. */
static const char *
start_named(struct records *r, struct life *l, const struct told *t)
{
	if (t->authentic == AUTHENTIC_RADIUS && !l->accepted)
		return "I4: a Start for whom no server accepted";
	if (r->nas.status != REQUEST_ON || !r->nas_taken)
		return "I4: a Start before Accounting-On";
	for (uint32_t i = 0; i < r->stays.n; i++) {
		struct stay *s = stay_at(r, i);

		if (s->named || pool_slot(s->sess) != t->port ||
		    s->in_s != t->event_s || (s->addr.family != IP_NONE &&
		    !ipaddr_eq(&s->addr, &t->addr)))
			continue;
		s->addr = t->addr;	/* or IPv6 came first */
		s->named = true;
		l->stay = i + 1;
		return NULL;
	}
	return "I4: a Start for who was not let in";
}

static bool
sank(const struct told *was, const struct told *is)
{
	return is->octets[0] < was->octets[0] ||
	    is->octets[1] < was->octets[1] ||
	    is->packets[0] < was->packets[0] ||
	    is->packets[1] < was->packets[1];
}

/* The last word on a session is the data plane's. */
static const char *
stop_agrees(const struct records *r, const struct life *l,
    const struct told *t)
{
	const struct stay *s = stay_at(r, l->stay - 1);

	if (!s->out)
		return "I4: a Stop for who is still in";
	if (s->out_s != t->event_s)
		return "I4: a Stop says another time";
	if (s->count.rx_bytes != t->octets[0] ||
	    s->count.tx_bytes != t->octets[1] ||
	    (uint32_t)s->count.rx_packets != t->packets[0] ||
	    (uint32_t)s->count.tx_packets != t->packets[1])
		return "I4: a Stop says other octets than the data plane";
	if ((t->cause == CAUSE_ADMIN_RESET) != l->disconnected)
		return l->disconnected ? "a Stop does not tell of the "
		    "Disconnect" : "a session was disconnected that nobody "
		    "named";
	return NULL;
}

/* What each record of a session has in common with the others. */
static const char *
same_session(const struct records *r, const struct life *l,
    const struct told *t)
{
	const struct stay *s = stay_at(r, l->stay - 1);

	if (pool_slot(s->sess) != t->port)
		return "I4: a record with another NAS-Port";
	if (!ipaddr_eq(&s->addr, &t->addr))
		return "I3: a record with another address than the session's";
	if (strcmp(l->name, t->name) != 0)
		return "I4: a record with another name than was granted";
	if (t->authentic == AUTHENTIC_RADIUS && (l->class_n != t->class_n ||
	    memcmp(l->class_attrs, t->class_attrs, l->class_n) != 0))
		return "I4: Class did not come back as it was";
	return NULL;
}

static const char *
next_record(struct records *r, struct life *l, const struct told *t)
{
	const char *bad = NULL;

	if ((t->status == REQUEST_START) != (l->last.status == 0))
		return t->status == REQUEST_START ? "I4: a second Start" :
		    "I4: a record before Start";
	if (l->last.status == REQUEST_STOP)
		return "I4: a record after Stop";
	/* RFC 2869 §2.1: a newer Interim takes the place of one not taken. */
	if (l->last.status != 0 && !l->taken &&
	    !(l->last.status == REQUEST_INTERIM &&
	    t->status == REQUEST_INTERIM))
		return "I4: a record overtook another of its session";
	if (sank(&l->last, t))
		return "I4: the counters of a session sank";
	if (t->status == REQUEST_START)
		bad = start_named(r, l, t);
	if (bad == NULL)
		bad = same_session(r, l, t);
	if (bad == NULL && t->status == REQUEST_STOP)
		bad = stop_agrees(r, l, t);
	return bad;
}

const char *
records_sent(struct records *r, const struct radius_packet *p)
{
	struct told t;
	struct life *l;
	const char *bad;

	told_read(p, &t);
	if (t.status == REQUEST_ON || t.status == REQUEST_OFF)
		return nas_sent(r, &t);
	l = life_make(r, t.id);
	if (l == NULL || t.id[0] == '\0')
		return "I4: a record without an Acct-Session-Id";
	if (l->last.status == t.status && l->last.event_s == t.event_s)
		return l->taken ? "I4: a record was sent after it was taken" :
		    NULL;
	if (l->name[0] == '\0')		/* asked of nobody: a local user */
		memcpy(l->name, t.name, sizeof(l->name));
	bad = next_record(r, l, &t);
	if (bad != NULL)
		return bad;
	l->last = t;
	l->taken = false;
	r->sum.starts += t.status == REQUEST_START;
	r->sum.stops += t.status == REQUEST_STOP;
	r->sum.interims += t.status == REQUEST_INTERIM;
	return NULL;
}

const char *
records_taken(struct records *r, const struct radius_packet *p)
{
	struct told t;
	struct life *l;

	told_read(p, &t);
	if (t.status == REQUEST_ON || t.status == REQUEST_OFF) {
		r->nas_taken = r->nas_taken || r->nas.status == t.status;
		return NULL;
	}
	l = life_find(r, t.id);
	if (l == NULL)
		return "I4: what was never sent was taken";
	if (l->last.status != t.status || l->last.event_s != t.event_s)
		return NULL;		/* an Interim that was replaced */
	if (l->taken)
		return "I4: a record was taken twice";
	l->taken = true;
	l->stopped = t.status == REQUEST_STOP;
	return NULL;
}

const char *
records_end(const struct records *r)
{
	const struct life *v = r->lives.v;
	uint32_t stopped = 0;

	for (uint32_t i = 0; i < r->stays.n; i++) {
		const struct stay *s = stay_at(r, i);

		if (!s->out)
			return "I4: a session is not over at the end";
		if (!s->named)
			return "I4: who was let in has no Start";
	}
	for (uint32_t i = 0; i < r->lives.n; i++) {
		if (v[i].stay != 0 && !v[i].stopped)
			return "I4: a session has no Stop";
		stopped += v[i].stay != 0;
	}
	if (stopped != r->stays.n)
		return "I4: two sessions have one Acct-Session-Id";
	if (r->nas.status != REQUEST_OFF || !r->nas_taken)
		return "I4: Accounting-Off did not arrive";
	return NULL;
}

void
records_restart(struct records *r)
{
	r->ons++;
}

/* ---- ended from outside ---- */

static bool
life_in(const struct records *r, const struct life *l)
{
	return l->stay != 0 && !stay_at(r, l->stay - 1)->out;
}

bool
records_alive(const struct records *r, uint32_t i, struct records_who *who)
{
	const struct life *v = r->lives.v;

	for (uint32_t k = 0; k < r->lives.n; k++) {
		if (!life_in(r, &v[k]) || i-- > 0)
			continue;
		memcpy(who->id, v[k].id, sizeof(who->id));
		memcpy(who->user, v[k].user, sizeof(who->user));
		who->sess = stay_at(r, v[k].stay - 1)->sess;
		who->addr = stay_at(r, v[k].stay - 1)->addr;
		return true;
	}
	return false;
}

bool
records_is_alive(const struct records *r, const char *id)
{
	const struct life *l = life_find(r, id);

	return l != NULL && life_in(r, l);
}

void
records_disconnected(struct records *r, const char *id)
{
	struct life *l = life_find(r, id);

	if (l != NULL)
		l->disconnected = true;
}

void
records_sum(const struct records *r, struct records_sum *s)
{
	*s = r->sum;
}
