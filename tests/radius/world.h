/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_RADIUS_WORLD_H
#define TESTS_RADIUS_WORLD_H

/*
 * DOC: a client and its servers in virtual time.  A server is a script: dead,
 * living, slow, forging; it checks what comes as a real one would, and that
 * repeats are the same bytes.  It may freeze and thaw the client after each
 * step.  What the client tells is counted and kept by tag.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "radius/client.h"

#define WORLD_SERVERS	4
#define WORLD_PORTS	256
#define WORLD_MAIL	4096	/* answers on their way */
#define WORLD_TAGS	16384
#define WORLD_SECRET	"xyzzy5461"

enum mood {
	MOOD_ALIVE,
	MOOD_DEAD,
	MOOD_REFUSED,		/* ICMP: nobody listens */
	MOOD_STATUS_ONLY,	/* answers probes, nothing else */
	MOOD_SIGNS_NOT,		/* replies without Message-Authenticator */
	MOOD_OTHER_SECRET	/* answers all, with a wrong secret */
};

struct fake {			/* one server, both services */
	enum mood mood;
	uint64_t delay_ms;	/* of its answers */
	enum radius_code says;	/* to Access-Request */
	bool closes;		/* TLS: at the first question */
	bool refuses;		/* TLS: no connection */
	bool mute;		/* TLS: a connection, but no answers */
	/* what came */
	uint64_t pushes;	/* Access-Requests that were new to it */
	uint64_t accounted;	/* Accounting-Requests likewise */
	uint64_t repeats, probes;
	uint32_t last_delay;	/* Acct-Delay-Time */
	mono_t last;
};

struct world_port {
	uint32_t handle;	/* 0: closed */
	uint32_t server;
	enum radius_service service;
	bool up;		/* TLS */
	/* The last request under each id: repeats are known by it. */
	struct {
		size_t n;
		uint8_t b[512];
	} seen[256];
	uint32_t token[256];	/* RADIUS/1.1: of the last request */
};

struct mail {
	mono_t at;
	uint32_t port;
	bool up;		/* TLS: the connection is there */
	bool error;		/* ICMP */
	bool down;		/* the connection is lost */
	size_t n;
	uint8_t b[512];
};

struct told {			/* of one tag */
	unsigned n;		/* RADIUS_DONEs */
	enum radius_result result;
	enum radius_code code;
	uint32_t server;
	uint64_t took_us;
};

struct world {
	struct radius_params params;
	struct radius_client *c;
	struct rng rng;
	struct drops drops;
	struct radius_out out;
	mono_t now;
	struct fake fake[WORLD_SERVERS];
	struct world_port *port;
	struct mail *mail;
	unsigned mails;
	struct told *told;
	unsigned open, open_most, opened, states;
	bool version_11;
	unsigned freezes;	/* after each so-many-th step; 0: never */
	uint64_t steps;
	/* the last packet that was sent, by anyone */
	uint32_t last_port;
	size_t last_n;
	uint8_t last[RADIUS_PACKET_MAX];
	uint64_t sent;
};

static inline struct rd
world_text(const char *s)
{
	return rd_make(s, strlen(s));
}

static inline uint64_t
world_drops(const struct world *w, enum drop why)
{
	return count_get(&w->drops.n[why]);
}

static inline void
world_new(struct world *w, uint32_t servers, enum radius_transport t)
{
	struct radius_params *p = &w->params;

	memset(w, 0, sizeof(*w));
	radius_params_default(p);
	p->server_n = servers;
	p->group_n = 1;
	(void)snprintf(p->nas_identifier, sizeof(p->nas_identifier), "nas");
	for (uint32_t i = 0; i < servers; i++) {
		struct radius_server_params *s = &p->server[i];

		radius_server_default(s);
		s->transport = t;
		s->priority = (uint8_t)i;
		(void)secret_set(&s->secret, WORLD_SECRET,
		    strlen(WORLD_SECRET));
		for (int k = 0; k < RADIUS_SERVICES; k++)
			s->at[k] = (struct endpoint){
				.addr = ipaddr_v4(0x0a000001 + i),
				.port = t == RADIUS_TLS ? 2083 :
				    (uint16_t)(1812 + k) };
		w->fake[i].says = RADIUS_ACCESS_ACCEPT;
		p->group[0].server[i] = (uint8_t)i;
	}
	p->group[0].server_n = servers;
	w->now = mono_us(1000000);
	rng_seeded(&w->rng, 42);
	w->port = calloc(WORLD_PORTS, sizeof(*w->port));
	w->mail = calloc(WORLD_MAIL, sizeof(*w->mail));
	w->told = calloc(WORLD_TAGS, sizeof(*w->told));
	assert_non_null(w->port);
	assert_non_null(w->mail);
	assert_non_null(w->told);
}

/* After the params have their last form. */
static inline void
world_start(struct world *w)
{
	w->c = radius_client_new(&w->params, &w->rng, &w->drops);
	assert_non_null(w->c);
	radius_client_wall(w->c, w->now, 1700000000000);
}

static inline void
world_end(struct world *w)
{
	radius_client_free(w->c);
	free(w->port);
	free(w->mail);
	free(w->told);
}

static inline struct world_port *
world_port(struct world *w, uint32_t handle)
{
	for (unsigned i = 0; i < WORLD_PORTS; i++)
		if (w->port[i].handle == handle)
			return &w->port[i];
	return NULL;
}

static inline void
world_post(struct world *w, uint64_t delay_ms, const struct mail *m)
{
	struct mail *to;

	assert_true(w->mails < WORLD_MAIL);
	to = &w->mail[w->mails++];
	*to = *m;
	to->at = mono_add_ms(w->now, delay_ms);
}

/* The answer to what came under this port, as this server gives it. */
static inline void
world_reply(struct world *w, uint32_t port, const struct radius_packet *q,
    enum radius_code code, bool sign, const char *secret, uint64_t delay_ms)
{
	struct mail m = { .port = port };
	struct radius_build b;
	struct rd out;

	if (q->version_11)
		radius_open_11(&b, m.b, sizeof(m.b), code, q->token);
	else
		radius_open(&b, m.b, sizeof(m.b), code, q->id, q->auth, sign);
	if (code == RADIUS_ACCESS_ACCEPT)
		radius_put_u32(&b, ATTR_SERVICE_TYPE, 2);
	if (code == RADIUS_ACCESS_CHALLENGE)
		radius_put_text(&b, ATTR_STATE, "state");
	assert_true(radius_close(&b, world_text(secret), &out));
	m.n = rd_left(&out);
	world_post(w, delay_ms, &m);
}

/* What every Access-Request and Status-Server must be. */
static inline void
world_check_signed(const struct radius_packet *q)
{
	struct attr_walk walk = attr_walk(q->attrs);
	struct attr a;

	assert_true(attr_next(&walk, &a));
	assert_int_equal(a.type, ATTR_MESSAGE_AUTHENTICATOR);
	assert_int_equal(radius_message_auth(q, q->auth,
	    world_text(WORLD_SECRET), true), DROP_NONE);
}

static inline void
world_check_password(const struct radius_packet *q)
{
	struct secret s;
	struct attr a;

	if (!attr_get(q->attrs, 0, ATTR_USER_PASSWORD, &a))
		return;
	if (q->version_11) {
		assert_true(rd_eq(a.value, "arctangent", 10));
		return;
	}
	assert_true(radius_reveal(a.value, q->auth, world_text(WORLD_SECRET),
	    &s));
	assert_int_equal(s.len, 10);
	assert_memory_equal(s.b, "arctangent", 10);
}

/* False: the same bytes as before under this id. */
static inline bool
world_is_new(struct world *w, struct world_port *p,
    const struct radius_packet *q)
{
	uint8_t id = q->version_11 ? (uint8_t)q->token : q->id;
	struct rd whole = q->whole;
	size_t n = rd_left(&whole);

	assert_true(n <= sizeof(p->seen[id].b));
	if (p->seen[id].n == n && memcmp(p->seen[id].b, whole.p, n) == 0)
		return false;
	/* RFC 5080 §2.2.1: not the same authenticator with other bytes. */
	if (p->seen[id].n > 0)
		assert_memory_not_equal(p->seen[id].b + 4, whole.p + 4, 16);
	p->seen[id].n = n;
	memcpy(p->seen[id].b, whole.p, n);
	(void)w;
	return true;
}

static inline void
world_count(struct fake *f, const struct radius_packet *q, bool new)
{
	struct attr a;

	f->repeats += !new;
	f->probes += q->code == RADIUS_STATUS_SERVER;
	if (!new)
		return;
	f->pushes += q->code == RADIUS_ACCESS_REQUEST;
	f->accounted += q->code == RADIUS_ACCOUNTING_REQUEST;
	if (attr_get(q->attrs, 0, ATTR_ACCT_DELAY_TIME, &a))
		f->last_delay = attr_u32(&a);
}

static inline void
world_answer(struct world *w, struct world_port *p, struct fake *f,
    const struct radius_packet *q)
{
	enum radius_code code = q->code == RADIUS_ACCESS_REQUEST ? f->says :
	    q->code == RADIUS_ACCOUNTING_REQUEST ||
	    p->service == RADIUS_ACCT ? RADIUS_ACCOUNTING_RESPONSE :
	    RADIUS_ACCESS_ACCEPT;
	const char *secret = f->mood == MOOD_OTHER_SECRET ? "other" :
	    WORLD_SECRET;

	if (f->mood == MOOD_STATUS_ONLY && q->code != RADIUS_STATUS_SERVER)
		return;
	world_reply(w, p->handle, q, code, f->mood != MOOD_SIGNS_NOT &&
	    q->code == RADIUS_ACCESS_REQUEST, secret,
	    q->code == RADIUS_STATUS_SERVER ? 1 : f->delay_ms);
}

static inline void
world_serve(struct world *w, const struct radius_act *a)
{
	struct world_port *p = world_port(w, a->port);
	struct radius_packet q;
	struct fake *f;
	bool tls;

	assert_non_null(p);
	assert_int_equal(p->server, a->server);
	f = &w->fake[p->server];
	tls = w->params.server[p->server].transport == RADIUS_TLS;
	w->sent++;
	w->last_port = a->port;
	w->last_n = rd_left(&a->data);
	memcpy(w->last, a->data.p, w->last_n);
	assert_int_equal(tls && w->version_11 ?
	    radius_decode_11(a->data, &q) : radius_decode(a->data, &q),
	    DROP_NONE);
	f->last = w->now;
	if (tls)
		assert_true(p->up);
	if (q.version_11)
		assert_int_equal(attr_count(q.attrs, 0,
		    ATTR_MESSAGE_AUTHENTICATOR), 0);
	else if (q.code != RADIUS_ACCOUNTING_REQUEST)
		world_check_signed(&q);
	else
		assert_true(radius_request_ok(&q, world_text(WORLD_SECRET)));
	world_check_password(&q);
	world_count(f, &q, world_is_new(w, p, &q));
	if (f->closes && q.code != RADIUS_STATUS_SERVER) {
		world_post(w, 1, &(struct mail){ .port = a->port,
		    .down = true });
		return;
	}
	if (f->mute)
		return;
	if (f->mood == MOOD_REFUSED)
		world_post(w, 0, &(struct mail){ .port = a->port,
		    .error = true });
	else if (f->mood != MOOD_DEAD)
		world_answer(w, p, f, &q);
}

static inline void
world_opened(struct world *w, const struct radius_act *a)
{
	struct world_port *p = world_port(w, 0);
	struct mail m = { .port = a->port };

	assert_non_null(p);
	assert_null(world_port(w, a->port));
	memset(p, 0, sizeof(*p));
	p->handle = a->port;
	p->server = a->server;
	p->service = a->service;
	w->opened++;
	if (++w->open > w->open_most)
		w->open_most = w->open;
	if (w->params.server[a->server].transport != RADIUS_TLS)
		return;
	m.up = !w->fake[a->server].refuses;
	m.down = !m.up;
	if (w->fake[a->server].mood != MOOD_DEAD)
		world_post(w, 1, &m);
}

static inline void
world_closed(struct world *w, uint32_t port)
{
	struct world_port *p = world_port(w, port);

	assert_non_null(p);
	p->handle = 0;
	w->open--;
}

static inline void
world_done(struct world *w, const struct radius_act *a)
{
	struct told *t;

	assert_true(a->tag < WORLD_TAGS);
	t = &w->told[a->tag];
	t->n++;
	t->result = a->result;
	t->server = a->server;
	t->took_us = a->took_us;
	t->code = a->reply.code;
	assert_int_equal(t->n, 1);	/* N-81: nothing counts twice */
	if (a->result != RADIUS_ANSWERED)
		return;
	/* The reply stands in the box. */
	assert_true(a->reply.whole.p >= w->out.arena &&
	    a->reply.whole.end <= w->out.arena + w->out.used);
	assert_int_equal(a->reply.version_11, a->request_auth == NULL);
}

static inline void
world_drain(struct world *w)
{
	for (unsigned i = 0; i < w->out.n; i++) {
		const struct radius_act *a = &w->out.act[i];

		switch (a->kind) {
		case RADIUS_OPEN:
			world_opened(w, a);
			break;
		case RADIUS_CLOSE:
			world_closed(w, a->port);
			break;
		case RADIUS_SEND:
			world_serve(w, a);
			break;
		case RADIUS_DONE:
			world_done(w, a);
			break;
		case RADIUS_STATE:
			assert_true(strlen(a->text) > 0);
			w->states++;
			break;
		}
	}
	radius_out_reset(&w->out);
}

static inline void
world_freeze(struct world *w)
{
	size_t n = radius_client_frozen_size(w->c);
	uint8_t *b = malloc(n);
	struct wr wr = wr_make(b, n);
	struct rd r;

	assert_non_null(b);
	radius_client_freeze(w->c, &wr);
	r = wr_out(&wr);
	assert_int_equal(rd_left(&r), n);
	radius_client_free(w->c);
	w->c = radius_client_thaw(&w->params, &w->rng, &w->drops, &r);
	assert_non_null(w->c);
	assert_true(rd_done(&r));
	free(b);
}

/* Drains until nothing is due at this moment. */
static inline void
world_settle(struct world *w)
{
	unsigned turns = 0;

	world_drain(w);
	while (mono_due(radius_client_deadline(w->c), w->now)) {
		radius_client_expire(w->c, w->now, &w->out);
		world_drain(w);
		/* Nothing may be due for ever. */
		assert_true(++turns < 10000);
	}
	w->steps++;
	if (w->freezes > 0 && w->steps % w->freezes == 0)
		world_freeze(w);
}

static inline void
world_deliver(struct world *w, unsigned i)
{
	struct mail m = w->mail[i];
	struct world_port *p = world_port(w, m.port);

	w->mail[i] = w->mail[--w->mails];
	if (p == NULL)
		return;
	if (m.up) {
		p->up = true;
		radius_client_port_up(w->c, w->now, m.port, w->version_11,
		    &w->out);
	} else if (m.down) {
		world_closed(w, m.port);
		radius_client_port_down(w->c, w->now, m.port, "reset by peer",
		    &w->out);
	} else if (m.error) {
		radius_client_port_error(w->c, w->now, m.port, &w->out);
	} else {
		radius_client_input(w->c, w->now, m.port, rd_make(m.b, m.n),
		    &w->out);
	}
	world_settle(w);
}

/* Time passes. */
static inline void
world_run(struct world *w, uint64_t ms)
{
	mono_t end = mono_add_ms(w->now, ms);

	for (;;) {
		mono_t t = radius_client_deadline(w->c);
		unsigned first = w->mails;

		for (unsigned i = 0; i < w->mails; i++)
			if (!mono_before(t, w->mail[i].at) &&
			    (first == w->mails || mono_before(w->mail[i].at,
			    w->mail[first].at)))
				first = i;
		if (first < w->mails)
			t = w->mail[first].at;
		if (!mono_before(t, end))
			break;
		if (mono_before(w->now, t))
			w->now = t;
		if (first < w->mails) {
			world_deliver(w, first);
			continue;
		}
		radius_client_expire(w->c, w->now, &w->out);
		world_settle(w);
	}
	w->now = end;
}

/* User-Name, and a password. */
static inline uint32_t
world_ask(struct world *w, uint64_t tag, int server)
{
	static const uint8_t attrs[] = { ATTR_USER_NAME, 6, 'n', 'e', 'm', 'o' };
	struct radius_ask a = {
		.code = RADIUS_ACCESS_REQUEST,
		.tag = tag,
		.attrs = rd_make(attrs, sizeof(attrs)),
		.password = world_text("arctangent"),
		.server = server,
	};
	uint32_t q = radius_client_ask(w->c, w->now, &a, &w->out);

	world_settle(w);
	return q;
}

static inline uint32_t
world_account(struct world *w, uint64_t tag)
{
	static const uint8_t attrs[] = { ATTR_ACCT_STATUS_TYPE, 6, 0, 0, 0, 2,
		ATTR_ACCT_SESSION_ID, 4, '1', '2' };
	struct radius_ask a = {
		.code = RADIUS_ACCOUNTING_REQUEST,
		.tag = tag,
		.attrs = rd_make(attrs, sizeof(attrs)),
		.password = rd_make(NULL, 0),
		.server = -1,
		.event_ms = 1700000000000,
	};
	uint32_t q = radius_client_ask(w->c, w->now, &a, &w->out);

	world_settle(w);
	return q;
}

/* The last packet that was sent, decoded. */
static inline struct radius_packet
world_last(struct world *w)
{
	struct radius_packet q;
	struct rd r = rd_make(w->last, w->last_n);

	assert_int_equal(w->version_11 ? radius_decode_11(r, &q) :
	    radius_decode(r, &q), DROP_NONE);
	return q;
}

static inline struct radius_health
world_health(struct world *w, uint32_t server, enum radius_service s)
{
	struct radius_health h;

	assert_true(radius_client_health(w->c, server, s, &h));
	return h;
}

#endif
