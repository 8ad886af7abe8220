/* SPDX-License-Identifier: BSD-2-Clause */
/* Reliable delivery: numbers, window, slow start, back-off, order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "l2tp/rel.h"

static const struct rel_params params = {
	.first_ms = 1000,
	.cap_ms = 8000,
	.tries = 5,
	.queue = 16,
	.early = 8,
};

static struct pool
slots_new(uint32_t n)
{
	struct pool p;

	assert_int_equal(pool_init(&p, sizeof(struct rel_slot), n), 0);
	return p;
}

static bool
push(struct rel *l, struct pool *slots, const char *text)
{
	return rel_push(l, &params, slots, 7, rd_make(text, strlen(text)));
}

/* Everything that may be sent now, as text. */
static const char *
sent(struct rel *l, struct pool *slots, mono_t now)
{
	static char text[256];
	const struct rel_slot *s;
	bool again;

	text[0] = '\0';
	while ((s = rel_send(l, &params, slots, now, &again)) != NULL) {
		assert_int_equal(s->tag, 7);
		(void)snprintf(text + strlen(text),
		    sizeof(text) - strlen(text), "%s%u:%.*s",
		    again ? "!" : "", s->ns, s->len, (const char *)s->body);
	}
	return text;
}

static const mono_t start = { 5000000 };

/* RFC 2661 Appendix A: 1, 2, 4, then one per window, never over it. */
static void
slow_start(void **state)
{
	struct pool slots = slots_new(32);
	struct rel l;
	mono_t now = start;
	uint16_t seen[] = { 1, 2, 3, 4, 5, 6, 6, 6 };

	(void)state;
	rel_init(&l, 6);
	for (uint16_t n = 0; n < 8; n++) {
		while (push(&l, &slots, "x"))
			;
		assert_int_equal(l.cwnd, seen[n]);
		while (rel_may_send(&l))
			(void)sent(&l, &slots, now);
		assert_int_equal((uint16_t)(l.nxt - l.una), l.cwnd);
		rel_acked(&l, &params, &slots, now, (uint16_t)(l.una + 1));
	}
	/* congestion: half of cwnd kept, cwnd one; then growth in two ways */
	now = mono_add_ms(now, 1000);
	assert_false(rel_expire(&l, &params, now));
	assert_int_equal(l.cwnd, 1);
	assert_int_equal(l.ssthresh, 3);
	for (uint16_t n = 0; n < 6; n++) {
		static const uint16_t grown[] = { 2, 3, 3, 3, 4, 4 };

		(void)sent(&l, &slots, now);
		rel_acked(&l, &params, &slots, now, (uint16_t)(l.una + 1));
		assert_int_equal(l.cwnd, grown[n]);
	}
	rel_wipe(&l, &slots);
	assert_int_equal(slots.used, 0);
	pool_wipe(&slots);
}

/* A peer with a window of one (Android). */
static void
window_of_one(void **state)
{
	static const char *const text[] = { "0:a", "1:b", "2:c" };
	struct pool slots = slots_new(8);
	struct rel l;

	(void)state;
	rel_init(&l, 4);
	rel_window(&l, 1);
	assert_true(push(&l, &slots, "a") && push(&l, &slots, "b") &&
	    push(&l, &slots, "c"));
	for (uint16_t n = 0; n < 3; n++) {
		assert_string_equal(sent(&l, &slots, start),
		    text[n]);
		assert_string_equal(sent(&l, &slots, start), "");
		rel_acked(&l, &params, &slots, start, (uint16_t)(n + 1));
	}
	assert_true(rel_idle(&l));
	assert_int_equal(l.timeout.us, MONO_NEVER.us);
	rel_window(&l, 0);		/* invalid: as one */
	assert_int_equal(l.window, 1);
	pool_wipe(&slots);
}

/* RFC 2661 §5.8: 1, 2, 4, 8, 8 seconds, five repeats, 31 s in all. */
static void
back_off(void **state)
{
	static const uint64_t at_ms[] = { 1000, 3000, 7000, 15000, 23000 };
	struct pool slots = slots_new(8);
	struct rel l;

	(void)state;
	rel_init(&l, 4);
	assert_true(push(&l, &slots, "a"));
	assert_string_equal(sent(&l, &slots, start), "0:a");
	for (int i = 0; i < 5; i++) {
		mono_t t = mono_add_ms(start, at_ms[i]);

		assert_int_equal(l.timeout.us, t.us);
		assert_false(rel_expire(&l, &params, mono_us(t.us - 1)));
		assert_string_equal(sent(&l, &slots, t), "");
		assert_false(rel_expire(&l, &params, t));
		assert_string_equal(sent(&l, &slots, t), "!0:a");
	}
	assert_int_equal(l.timeout.us, mono_add_ms(start, 31000).us);
	assert_true(rel_expire(&l, &params, l.timeout));
	/* told to go on: at the longest interval, then it asks again */
	rel_retry(&l, &params, mono_add_ms(start, 31000));
	assert_string_equal(sent(&l, &slots, mono_add_ms(start, 31000)),
	    "!0:a");
	assert_int_equal(l.timeout.us, mono_add_ms(start, 39000).us);
	assert_false(rel_expire(&l, &params, l.timeout));
	assert_string_equal(sent(&l, &slots, mono_add_ms(start, 39000)),
	    "!0:a");
	assert_true(rel_expire(&l, &params, mono_add_ms(start, 47000)));
	/* progress forgets the timeouts */
	rel_acked(&l, &params, &slots, start, 1);
	assert_int_equal(l.tries, 0);
	pool_wipe(&slots);
}

/* After a timeout all is sent again, as acks allow; acked ones are skipped. */
static void
go_back(void **state)
{
	struct pool slots = slots_new(8);
	struct rel l;
	mono_t t;

	(void)state;
	rel_init(&l, 4);
	l.cwnd = 4;
	assert_true(push(&l, &slots, "a") && push(&l, &slots, "b") &&
	    push(&l, &slots, "c") && push(&l, &slots, "d"));
	assert_string_equal(sent(&l, &slots, start), "0:a1:b2:c3:d");
	t = l.timeout;
	assert_false(rel_expire(&l, &params, t));
	assert_string_equal(sent(&l, &slots, t), "!0:a");
	rel_acked(&l, &params, &slots, t, 1);
	assert_string_equal(sent(&l, &slots, t), "!1:b!2:c");
	rel_acked(&l, &params, &slots, t, 4);	/* had d from the first time */
	assert_true(rel_idle(&l));
	assert_int_equal(slots.used, 0);
	rel_acked(&l, &params, &slots, t, 2);	/* an old one */
	assert_int_equal(l.una, 4);
	pool_wipe(&slots);
}

static void
n46_judging(void **state)
{
	struct rel l;

	(void)state;
	rel_init(&l, 4);
	l.nr = 16;
	l.una = 65534;
	l.nxt = l.sent = 2;
	l.end = 3;
	/* the RFC's example: 15 was the last; 0-15 and 32784-65535 repeat */
	assert_int_equal(rel_judge(&l, &params, 16, 0), REL_NEXT);
	for (unsigned ns = 0; ns <= 65535; ns++) {
		enum rel_verdict v = rel_judge(&l, &params, (uint16_t)ns, 0);

		if (ns <= 15 || ns >= 32784)
			assert_int_equal(v, REL_REPEAT);
		else if (ns == 16)
			assert_int_equal(v, REL_NEXT);
		else
			assert_int_equal(v, ns < 24 ? REL_EARLY : REL_FAR);
	}
	/* Nr: what was sent, or old; nothing beyond */
	for (unsigned nr = 0; nr <= 65535; nr++) {
		bool beyond = (uint16_t)(nr - 65534) > 4 &&
		    (uint16_t)(nr - 65534) < 32768;

		assert_int_equal(rel_judge(&l, &params, 16, (uint16_t)nr),
		    beyond ? REL_BAD_NR : REL_NEXT);
	}
}

static void
n46_wrap(void **state)
{
	struct pool slots = slots_new(8);
	struct rel l;

	(void)state;
	rel_init(&l, 4);
	l.una = l.nxt = l.sent = l.end = 65534;
	l.nr = 65535;
	l.cwnd = 4;
	assert_true(push(&l, &slots, "a") && push(&l, &slots, "b") &&
	    push(&l, &slots, "c"));
	assert_string_equal(sent(&l, &slots, start), "65534:a65535:b0:c");
	rel_acked(&l, &params, &slots, start, 0);
	assert_int_equal(slots.used, 1);
	rel_acked(&l, &params, &slots, start, 1);
	assert_int_equal(slots.used, 0);
	assert_int_equal(rel_judge(&l, &params, 65535, 1), REL_NEXT);
	assert_int_equal(rel_judge(&l, &params, 0, 1), REL_EARLY);
	rel_took(&l);
	assert_int_equal(rel_judge(&l, &params, 0, 1), REL_NEXT);
	assert_int_equal(rel_judge(&l, &params, 65535, 1), REL_REPEAT);
	pool_wipe(&slots);
}

static void
order(void **state)
{
	struct pool slots = slots_new(4);
	struct rel l;
	const struct rel_slot *s;
	uint32_t h;
	char want = 'b';

	(void)state;
	rel_init(&l, 4);
	assert_true(rel_keep(&l, &slots, 3, 0, rd_make("d", 1)));
	assert_true(rel_keep(&l, &slots, 1, 0, rd_make("b", 1)));
	assert_true(rel_keep(&l, &slots, 2, 0, rd_make("c", 1)));
	assert_false(rel_keep(&l, &slots, 2, 0, rd_make("C", 1)));
	assert_int_equal(l.kept, 3);
	assert_null(rel_ready(&l, &slots, &h));
	rel_took(&l);
	while ((s = rel_ready(&l, &slots, &h)) != NULL) {
		assert_int_equal(s->body[0], want++);
		rel_took(&l);
		pool_give(&slots, h);
	}
	assert_int_equal(want, 'e');
	assert_int_equal(l.kept, 0);
	assert_int_equal(slots.used, 0);
	pool_wipe(&slots);
}

static void
bounds(void **state)
{
	static const uint8_t big[REL_BODY_MAX + 1];
	struct pool slots = slots_new(20);
	struct rel l;
	struct rel other;

	(void)state;
	rel_init(&l, 4);
	rel_init(&other, 4);
	assert_false(rel_push(&l, &params, &slots, 0,
	    rd_make(big, sizeof(big))));
	assert_false(rel_keep(&l, &slots, 1, 0, rd_make(big, sizeof(big))));
	assert_true(rel_push(&l, &params, &slots, 0,
	    rd_make(big, sizeof(big) - 1)));
	for (int i = 1; i < params.queue; i++)
		assert_true(push(&l, &slots, "x"));
	assert_false(push(&l, &slots, "x"));
	for (int i = 0; i < 4; i++)
		assert_true(push(&other, &slots, "x"));
	assert_false(push(&other, &slots, "x"));	/* no slot is left */
	assert_false(rel_keep(&other, &slots, 1, 0, rd_make("x", 1)));
	rel_wipe(&l, &slots);
	assert_true(rel_idle(&l));
	assert_true(push(&other, &slots, "x"));
	rel_wipe(&other, &slots);
	assert_int_equal(slots.used, 0);
	pool_wipe(&slots);
}

/* ---- two of them over a wire that loses, repeats and reorders ---- */

struct packet {
	bool used;
	int to;
	mono_t at;
	uint16_t ns, nr, len;
	uint8_t body[4];
};

struct pair {
	struct rel end[2];
	struct pool slots;
	struct packet wire[256];
	struct rng rng;
	unsigned got[2];	/* messages delivered in order so far */
	unsigned loss, repeat;
};

static void
throw(struct pair *p, int to, mono_t now, const struct rel_slot *s)
{
	struct rel *from = &p->end[!to];
	unsigned copies = rng_below(&p->rng, 100) < p->loss ? 0 :
	    rng_below(&p->rng, 100) < p->repeat ? 3 : 1;

	for (int i = 0; i < 256 && copies > 0; i++) {
		struct packet *k = &p->wire[i];

		if (k->used)
			continue;
		*k = (struct packet){ .used = true, .to = to,
		    .at = mono_add_ms(now, 1 + rng_below(&p->rng, 300)),
		    .ns = s != NULL ? s->ns : from->nxt, .nr = from->nr,
		    .len = s != NULL ? s->len : 0 };
		if (s != NULL)
			memcpy(k->body, s->body, s->len);
		copies--;
	}
}

static void
use(struct pair *p, int side, const uint8_t *body)
{
	struct rd r = rd_make(body, 4);

	assert_int_equal(rd_u32(&r), p->got[side]);
	p->got[side]++;
	rel_took(&p->end[side]);
}

static void
arrive(struct pair *p, mono_t now, struct packet *k)
{
	struct rel *l = &p->end[k->to];
	enum rel_verdict v = rel_judge(l, &params, k->ns, k->nr);
	const struct rel_slot *s;
	uint32_t h;

	k->used = false;
	assert_int_not_equal(v, REL_BAD_NR);
	rel_acked(l, &params, &p->slots, now, k->nr);
	if (k->len == 0)
		return;
	if (v == REL_NEXT)
		use(p, k->to, k->body);
	else if (v == REL_EARLY)
		(void)rel_keep(l, &p->slots, k->ns, 7, rd_make(k->body, 4));
	if (v != REL_NEXT)
		rel_repeated(l);
	while ((s = rel_ready(l, &p->slots, &h)) != NULL) {
		use(p, k->to, s->body);
		pool_give(&p->slots, h);
	}
}

static void
turn(struct pair *p, int side, mono_t now, unsigned *made, unsigned total)
{
	struct rel *l = &p->end[side];
	const struct rel_slot *s;
	uint8_t b[4];
	bool again;

	if (rel_expire(l, &params, now))
		rel_retry(l, &params, now);
	while (*made < total) {
		struct wr w = wr_make(b, 4);

		wr_u32(&w, *made);
		if (!rel_push(l, &params, &p->slots, 7, wr_out(&w)))
			break;
		(*made)++;
	}
	while ((s = rel_send(l, &params, &p->slots, now, &again)) != NULL)
		throw(p, !side, now, s);
	if (l->ack_due) {
		throw(p, !side, now, NULL);
		rel_ack_sent(l);
	}
}

static void
run_pair(uint64_t seed, unsigned loss, unsigned repeat)
{
	struct pair p = { .loss = loss, .repeat = repeat };
	unsigned made[2] = { 0, 0 };
	mono_t now = start;
	const unsigned total = 60;

	rng_seeded(&p.rng, seed);
	p.slots = slots_new(64);
	for (int i = 0; i < 2; i++)
		rel_init(&p.end[i], (uint16_t)(1 + rng_below(&p.rng, 8)));
	for (int i = 0; i < 2; i++)
		p.end[i].una = p.end[i].nxt = p.end[i].sent = p.end[i].end =
		    p.end[!i].nr = (uint16_t)rng_u32(&p.rng);
	for (unsigned ms = 0; p.got[0] < total || p.got[1] < total ||
	    !rel_idle(&p.end[0]) || !rel_idle(&p.end[1]); ms += 10) {
		if (ms > 10000000)
			fail_msg("seed %u stalls", (unsigned)seed);
		now = mono_add_ms(start, ms);
		for (int i = 0; i < 256; i++)
			if (p.wire[i].used && mono_due(p.wire[i].at, now))
				arrive(&p, now, &p.wire[i]);
		for (int i = 0; i < 2; i++) {
			turn(&p, i, now, &made[i], total);
			assert_true((uint16_t)(p.end[i].nxt - p.end[i].una) <=
			    p.end[i].window);
		}
	}
	assert_int_equal(p.slots.used, p.end[0].kept + p.end[1].kept);
	pool_wipe(&p.slots);
}

static void
lossy_wire(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		run_pair(seed, 0, 0);
		run_pair(seed, 0, 30);
		run_pair(seed, 20, 0);
		run_pair(seed, 30, 30);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_start),
		cmocka_unit_test(window_of_one),
		cmocka_unit_test(back_off),
		cmocka_unit_test(go_back),
		cmocka_unit_test(n46_judging),
		cmocka_unit_test(n46_wrap),
		cmocka_unit_test(order),
		cmocka_unit_test(bounds),
		cmocka_unit_test(lossy_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
