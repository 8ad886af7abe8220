/* SPDX-License-Identifier: BSD-2-Clause */
/* Freeze and thaw: the same life afterwards, and no trust in the bytes. */

#include "radius/client_int.h"
#include "tests/radius/world.h"

/* All that can be at once: sent, waiting, probes, late ids, a server down. */
static void
busy(struct world *w, enum radius_transport t)
{
	uint32_t q = 0;

	world_new(w, 3, t);
	w->params.server[0].ports = 1;
	w->params.server[1].ports = 1;
	w->params.questions = 300;
	world_start(w);
	w->fake[0].mood = MOOD_DEAD;
	w->fake[1].mood = MOOD_STATUS_ONLY;
	for (uint64_t tag = 1; tag <= 260; tag++)
		q = world_ask(w, tag, -1);
	(void)world_account(w, 501);
	world_run(w, 14000);
	radius_client_cancel(w->c, w->now, q);
	for (uint64_t tag = 510; tag <= 520; tag++)
		(void)world_ask(w, tag, 1);
}

/* The run with a thaw every few steps is the run without, bit by bit. */
static void
same_life(void **state)
{
	static const enum radius_transport transports[] = { RADIUS_UDP,
		RADIUS_TLS };

	(void)state;
	for (int t = 0; t < 2; t++) {
		struct world a, b;

		busy(&a, transports[t]);
		busy(&b, transports[t]);
		b.freezes = 13;
		world_run(&a, 100000);
		world_run(&b, 100000);
		assert_int_equal(a.steps, b.steps);
		assert_int_equal(a.sent, b.sent);
		assert_int_equal(a.last_n, b.last_n);
		assert_memory_equal(a.last, b.last, a.last_n);
		for (unsigned i = 0; i < WORLD_TAGS; i++) {
			assert_int_equal(a.told[i].n, b.told[i].n);
			assert_int_equal(a.told[i].result, b.told[i].result);
			assert_int_equal(a.told[i].took_us, b.told[i].took_us);
		}
		assert_int_equal(radius_client_waiting(b.c), 0);
		world_end(&a);
		world_end(&b);
	}
}

/* A host without its sockets tells so, and all goes on. */
static void
sockets_lost(void **state)
{
	struct world w;
	enum radius_service service;
	uint32_t server, port;

	(void)state;
	busy(&w, RADIUS_UDP);
	w.fake[0].mood = w.fake[1].mood = MOOD_ALIVE;
	world_freeze(&w);
	for (uint32_t i = 0; (port = radius_client_port_at(w.c, i, &server,
	    &service)) != UINT32_MAX; i++) {
		if (port == 0)
			continue;
		assert_int_equal(world_port(&w, port)->server, server);
		assert_int_equal(world_port(&w, port)->service, service);
		world_closed(&w, port);
		radius_client_port_down(w.c, w.now, port, "restart", &w.out);
		world_settle(&w);
	}
	world_run(&w, 10000);
	assert_int_equal(radius_client_waiting(w.c), 0);
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	assert_int_equal(w.told[520].result, RADIUS_ANSWERED);
	world_end(&w);
}

static struct radius_client *
thawed(struct world *w, const struct radius_client *c)
{
	size_t n = radius_client_frozen_size(c);
	uint8_t *b = malloc(n);
	struct wr wr = wr_make(b, n);
	struct radius_client *again;
	struct rd r;

	assert_non_null(b);
	radius_client_freeze(c, &wr);
	r = wr_out(&wr);
	assert_false(r.bad);
	again = radius_client_thaw(&w->params, &w->rng, &w->drops, &r);
	free(b);
	return again;
}

/* The first port with a question under way, and that question. */
static void
pick(struct radius_client *c, struct port **p, struct question **q,
    struct question **waits)
{
	*p = NULL;
	*q = *waits = NULL;
	for (uint32_t i = 0; i < c->questions.high; i++) {
		struct question *x = pool_at(&c->questions, i, NULL);

		if (x != NULL && x->port != 0 && c->lane[x->lane].sent.n > 9)
			*q = x;
		else if (x != NULL && x->lane != NO_LANE)
			*waits = x;
	}
	assert_non_null(*q);
	assert_non_null(*waits);
	*p = pool_get(&c->ports, (*q)->port);
	assert_non_null(*p);
}

struct broken {			/* a thawed client, to be broken */
	struct world w;
	struct radius_client *c;
	struct port *p;
	struct question *q, *waits;
	struct lane *l;
};

static void
break_open(struct broken *b)
{
	b->c = thawed(&b->w, b->w.c);
	assert_non_null(b->c);
	pick(b->c, &b->p, &b->q, &b->waits);
	b->l = &b->c->lane[b->q->lane];
}

static void
break_check(struct broken *b, const char *what)
{
	if (thawed(&b->w, b->c) != NULL)
		fail_msg("taken: %s", what);
	radius_client_free(b->c);
}

#define REFUSED(change) do {						\
		break_open(&b);						\
		change;							\
		break_check(&b, #change);				\
	} while (0)

/* Every number and handle that leads somewhere is looked at. */
static void
wrong_lanes(void **state)
{
	struct broken b;

	(void)state;
	busy(&b.w, RADIUS_UDP);
	REFUSED(b.c->closing = 1);
	REFUSED(b.l->used = 0);
	REFUSED(b.l->port_n = 2);
	REFUSED(b.l->port_n = 0);
	REFUSED(b.l->port[0] = 0);
	REFUSED(b.l->sent.n++);
	REFUSED(b.l->sent.first = 0);
	REFUSED(b.l->sent.last = b.l->sent.first);
	REFUSED(b.l->waiting.n--);
	REFUSED(b.l->waiting.first = b.q->self);
	REFUSED(b.l->trial = 77);
	REFUSED(b.c->lane[0].trial = b.q->self);
	REFUSED(memset(b.l->why, 'x', sizeof(b.l->why)));
	REFUSED(b.c->lane[LANES - 1].port_n = 1);
	REFUSED(b.c->lane[LANES - 1].sent.n = 1);
	world_end(&b.w);
}

static void
wrong_ports(void **state)
{
	struct broken b;

	(void)state;
	busy(&b.w, RADIUS_UDP);
	REFUSED(b.p->self++);
	REFUSED(b.p->lane = LANES);
	REFUSED(b.p->lane = 0);
	REFUSED(b.p->closing = true);
	REFUSED(b.p->free_n = PORT_IDS + 1);
	REFUSED(b.p->free_n--);
	REFUSED(b.p->head++);
	REFUSED(b.p->free[b.p->head] = b.q->id);
	REFUSED(b.p->slot[b.q->id].state = SLOT_FREE);
	REFUSED(b.p->slot[b.q->id].state = SLOT_STATES);
	REFUSED(b.p->slot[b.q->id].state = SLOT_LATE);
	REFUSED(b.p->slot[b.q->id].question = b.waits->self);
	world_end(&b.w);
}

static void
wrong_questions(void **state)
{
	struct broken b;

	(void)state;
	busy(&b.w, RADIUS_UDP);
	REFUSED(b.q->self++);
	REFUSED(b.q->next = b.q->self);
	REFUSED(b.q->prev = b.q->self);
	REFUSED(b.q->port = 0);
	REFUSED(b.q->port = 77);
	REFUSED(b.q->id++);
	REFUSED(b.q->lane = LANES);
	REFUSED(b.q->lane = NO_LANE);
	REFUSED(b.q->server = 0);
	REFUSED(b.q->server = 3);
	REFUSED(b.q->only = 3);
	REFUSED(b.q->group = 1);
	REFUSED(b.q->service = RADIUS_SERVICES);
	REFUSED(b.q->ended = true);
	REFUSED(b.q->result = RADIUS_RESULT_COUNT);
	REFUSED(b.q->attrs_n = RADIUS_ATTRS_BYTES + 1);
	REFUSED(b.q->password_n = RADIUS_PASSWORD_MAX + 1);
	REFUSED(b.waits->lane = NO_LANE);
	REFUSED(b.waits->port = b.q->port);
	world_end(&b.w);
}

/* N-92's kind: cut anywhere: refused; any byte changed: refused, or usable. */
static void
damaged(void **state)
{
	struct world w;
	size_t n, refused = 0;
	uint8_t *b, *copy;
	struct wr wr;
	struct rd r;
	struct rng rng;
	struct radius_client *c;

	(void)state;
	busy(&w, RADIUS_UDP);
	n = radius_client_frozen_size(w.c);
	b = malloc(n);
	copy = malloc(n);
	assert_non_null(b);
	assert_non_null(copy);
	wr = wr_make(b, n);
	radius_client_freeze(w.c, &wr);
	rng_seeded(&rng, 92);
	for (int i = 0; i < 300; i++) {
		size_t cut = i < 100 ? rng_below(&rng, (uint32_t)n) : n;
		size_t at = i % 4 == 0 ? rng_below(&rng, (uint32_t)n) :
		    rng_below(&rng, 16000);	/* lanes, first port */

		memcpy(copy, b, n);
		copy[at] ^= (uint8_t)(1 + rng_below(&rng, 255));
		r = rd_make(copy, cut);
		c = radius_client_thaw(&w.params, &w.rng, &w.drops, &r);
		refused += c == NULL;
		assert_true(c == NULL || cut == n);
		for (int k = 0; c != NULL && k < 40; k++) {
			radius_client_expire(c, mono_add_ms(w.now,
			    (uint64_t)k * 1000), &w.out);
			radius_out_reset(&w.out);
		}
		radius_client_free(c);
	}
	assert_in_range(refused, 101, 299);
	free(b);
	free(copy);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_life),
		cmocka_unit_test(sockets_lost),
		cmocka_unit_test(wrong_lanes),
		cmocka_unit_test(wrong_ports),
		cmocka_unit_test(wrong_questions),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
