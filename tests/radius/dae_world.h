/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_RADIUS_DAE_WORLD_H
#define TESTS_RADIUS_DAE_WORLD_H

/* DOC: a dynamic authorization engine, its two sources, and their requests. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "radius/dae.h"

#define UNIX	1700000000
#define SECRET	"a secret of the source"
#define NO_TIME	UINT64_MAX

struct world {
	struct dae_params params;
	struct rng rng;
	struct drops drops;
	struct dae *d;
	struct dae_out out;
	mono_t now;
	struct endpoint here, there;
	const char *secret;
	bool freeze;		/* before and after every call */

	/* of the last call */
	unsigned asks, sends;
	struct dae_act ask, sent;
	uint8_t attrs[RADIUS_PACKET_MAX], data[RADIUS_PACKET_MAX];
	struct radius_packet answer;
	uint32_t cause;		/* Error-Cause of the answer, 0: none */
};

/* A request under construction. */
struct req {
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	struct rd packet;
};

static inline struct ipaddr
ip(const char *text)
{
	struct ipaddr a;

	assert_true(ipaddr_parse(text, &a));
	return a;
}

static inline void
world_source(struct world *w, const char *addr, uint8_t bits,
    const char *secret)
{
	struct dae_source *s = &w->params.source[w->params.source_n++];

	s->addr = ip(addr);
	s->bits = bits;
	assert_true(secret_set(&s->secret, secret, strlen(secret)));
}

static inline struct world *
world_new(void)
{
	static const struct dae_attr change[] = { { 0, ATTR_FILTER_ID },
		{ 0, ATTR_SESSION_TIMEOUT }, { 0, ATTR_IDLE_TIMEOUT },
		{ 0, ATTR_CLASS }, { 0, ATTR_ACCT_TERMINATE_CAUSE },
		{ ATTR_MICROSOFT, ATTR_MS_PRIMARY_DNS_SERVER },
		{ 4491, 7 }, { 4491, 8 } };
	struct world *w = calloc(1, sizeof(*w));

	dae_params_default(&w->params);
	memcpy(w->params.change, change, sizeof(change));
	w->params.change_n = sizeof(change) / sizeof(change[0]);
	world_source(w, "192.0.2.1", 32, SECRET);
	world_source(w, "2001:db8::", 32, "another secret");
	(void)strcpy(w->params.nas_id, "gate");
	w->params.nas_n = 2;
	w->params.nas[0] = ip("198.51.100.7");
	w->params.nas[1] = ip("2001:db8::7");
	rng_seeded(&w->rng, 1);
	w->now = mono_us(1000000);
	w->here = (struct endpoint){ ip("198.51.100.1"), 3799 };
	w->there = (struct endpoint){ ip("192.0.2.1"), 40000 };
	w->secret = SECRET;
	return w;
}

static inline struct world *
world_start(void)
{
	struct world *w = world_new();

	w->d = dae_new(&w->params, &w->rng, &w->drops);
	assert_non_null(w->d);
	return w;
}

static inline void
world_free(struct world *w)
{
	dae_free(w->d);
	free(w);
}

static struct dae_state
state_of(const struct world *w)
{
	struct dae_state s;

	dae_state(w->d, &s);
	return s;
}

static inline uint64_t
dropped(const struct world *w, enum drop why)
{
	return count_get(&w->drops.n[why]);
}

static inline void
refreeze(struct world *w)
{
	size_t n = dae_frozen_size(w->d);
	uint8_t *b = malloc(n);
	struct wr wr = wr_make(b, n);
	struct dae_state before = state_of(w), after;
	struct rd r;

	dae_freeze(w->d, &wr);
	assert_false(wr.bad);
	assert_int_equal(wr_used(&wr), n);
	dae_free(w->d);
	r = wr_out(&wr);
	w->d = dae_thaw(&w->params, &w->rng, &w->drops, &r);
	assert_non_null(w->d);
	assert_true(rd_done(&r));
	after = state_of(w);
	assert_memory_equal(&before, &after, sizeof(before));
	free(b);
}

/* An answer is right in every way that its receiver can see. */
static inline void
look_at_answer(struct world *w, const struct dae_act *act)
{
	struct rd data = act->data;
	size_t n = rd_left(&data);
	struct attr a;

	w->sent = *act;
	rd_copy(&data, w->data, n);
	w->sent.data = rd_make(w->data, n);
	assert_int_equal(radius_decode(w->sent.data, &w->answer), DROP_NONE);
	w->cause = attr_get(w->answer.attrs, 0, ATTR_ERROR_CAUSE, &a) ?
	    attr_u32(&a) : 0;
	assert_true(endpoint_eq(&act->local, &w->here));
	assert_true(endpoint_eq(&act->remote, &w->there));
}

static inline void
drain(struct world *w)
{
	w->asks = w->sends = 0;
	w->cause = 0;
	assert_true(w->out.n <= DAE_OUT_ACTS);
	assert_true(w->out.used <= DAE_OUT_BYTES);
	for (unsigned i = 0; i < w->out.n; i++) {
		const struct dae_act *act = &w->out.act[i];

		if (act->kind == DAE_ASK) {
			struct rd r = act->attrs;
			size_t n = rd_left(&r);

			w->asks++;
			w->ask = *act;
			rd_copy(&r, w->attrs, n);
			w->ask.attrs = rd_make(w->attrs, n);
		} else {
			w->sends++;
			look_at_answer(w, act);
		}
	}
	dae_out_reset(&w->out);
	if (w->freeze)
		refreeze(w);
}

static inline void
req_open(struct req *q, enum radius_code code, uint8_t id, uint64_t unix_s)
{
	radius_open(&q->b, q->buf, sizeof(q->buf), code, id, NULL, true);
	if (unix_s != NO_TIME)
		radius_put_u32(&q->b, ATTR_EVENT_TIMESTAMP, (uint32_t)unix_s);
}

static inline struct rd
req_close(struct req *q, const char *secret)
{
	assert_true(radius_close(&q->b, rd_make(secret, strlen(secret)),
	    &q->packet));
	return q->packet;
}

static inline void
input(struct world *w, struct rd packet)
{
	dae_input(w->d, w->now, UNIX, &w->here, &w->there, packet, &w->out);
	drain(w);
}

/* The request goes in as it stands. */
static inline void
give(struct world *w, struct req *q)
{
	input(w, req_close(q, w->secret));
}

/* The answer fits the request. */
static inline void
answer_is(struct world *w, const struct req *q, enum radius_code code,
    uint32_t cause)
{
	struct rd secret = rd_make(w->secret, strlen(w->secret));
	struct radius_packet p;

	assert_int_equal(w->sends, 1);
	assert_int_equal(w->asks, 0);
	assert_int_equal(radius_decode(q->packet, &p), DROP_NONE);
	assert_int_equal(w->answer.code, code);
	assert_int_equal(w->answer.id, p.id);
	assert_int_equal(w->cause, cause);
	assert_true(radius_response_ok(&w->answer, p.auth, secret));
	assert_int_equal(radius_message_auth(&w->answer, p.auth, secret, true),
	    DROP_NONE);
}

static inline void
reply(struct world *w, enum dae_cause cause)
{
	dae_answer(w->d, w->now, w->ask.question, cause, &w->out);
	drain(w);
}

static inline void
silence(const struct world *w, enum drop why, uint64_t times)
{
	assert_int_equal(w->asks + w->sends, 0);
	assert_int_equal(dropped(w, why), times);
}

static inline void
coa(struct req *q, uint8_t id)
{
	req_open(q, RADIUS_COA_REQUEST, id, UNIX);
	radius_put_text(&q->b, ATTR_USER_NAME, "nemo");
	radius_put_u32(&q->b, ATTR_SESSION_TIMEOUT, 600);
}

static inline void
disconnect(struct req *q, uint8_t id)
{
	req_open(q, RADIUS_DISCONNECT_REQUEST, id, UNIX);
	radius_put_text(&q->b, ATTR_ACCT_SESSION_ID, "65520000000001");
}

#endif
