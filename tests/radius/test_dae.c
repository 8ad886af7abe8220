/* SPDX-License-Identifier: BSD-2-Clause */
/* Dynamic authorization, RFC 5176: what is asked and what is answered. */

#include "tests/captures/radclient_dae.h"
#include "tests/radius/dae_world.h"

/* ---- the table, against RFC 5176 §3.6 ---- */

/* Number, CoA-Request, Disconnect-Request; - where there is no row. */
static const char rfc_table[] =
"1 0-1 0-1|4 0-1 0-1|5 0-1 0-1|6 0-1 0|7 0-1 -|8 0-1 0|9 0-1 -|10 0-1 -|"
"11 0+ -|12 0-1 -|13 0+ -|14 0+ -|15 0-1 -|16 0-1 -|18 0+ 0+|19 0-1 -|"
"20 0-1 -|22 0+ -|23 0-1 -|24 0-1 0|25 0+ 0+|26 0+ 0+|27 0-1 -|28 0-1 -|"
"29 0-1 -|30 0-1 0-1|31 0-1 0-1|32 0-1 0-1|33 0+ 0+|34 0-1 -|35 0-1 -|"
"36 0-1 -|37 0-1 -|38 0+ -|39 0-1 -|44 0-1 0-1|49 - 0-1|50 0-1 0-1|"
"55 0-1 0-1|56 0+ -|57 0-1 -|58 0+ -|59 0-1 -|61 0-1 0|62 0-1 -|63 0-1 -|"
"64 0+ -|65 0+ -|66 0+ -|67 0+ -|69 0+ -|71 0-1 -|72 0-1 -|78 0+ -|79 0+ 0+|"
"80 0-1 0-1|81 0+ -|82 0+ -|83 0+ -|85 0-1 -|87 0-1 0-1|88 0-1 -|89 0-1 0-1|"
"90 0+ -|91 0+ -|92 0-1 -|94 0 -|95 0-1 0-1|96 0-1 0|97 0+ 0|98 0+ -|99 0+ -|"
"100 0-1 -|101 0 0|123 0+ -";

static void
test_table(void **state)
{
	char ours[2048] = "", rfc[sizeof(rfc_table)];
	enum attr_use coa, dm;
	size_t used = 0;
	uint8_t type;

	(void)state;
	for (size_t i = 0; dae_row(i, &type, &coa, &dm); i++) {
		if (type == ATTR_FRAMED_IP_ADDRESS) {
			/* In both, as the text of §3 has it. */
			assert_int_equal(dm, ATTR_MAYBE);
			dm = ATTR_NEVER;
		}
		used += (size_t)snprintf(ours + used, sizeof(ours) - used,
		    "%s%u %s %s", i > 0 ? "|" : "", type, attr_use_str(coa),
		    attr_use_str(dm));
	}
	/* No row is "0" for us. */
	memcpy(rfc, rfc_table, sizeof(rfc));
	for (char *at = rfc; *at != '\0'; at++)
		if (*at == '-' && at > rfc && at[-1] == ' ')
			*at = '0';
	assert_string_equal(ours, rfc);
}

static void
test_cause_names(void **state)
{
	unsigned known = 0;

	(void)state;
	for (unsigned i = 0; i < 600; i++)
		known += strcmp(dae_cause_str(i), "unknown") != 0;
	assert_int_equal(known, 18);
	assert_string_equal(dae_cause_str(503), "session context not found");
}

static void
test_params(void **state)
{
	struct world *w = world_new();
	struct dae_params good = w->params;

	(void)state;
#define REFUSED(change) do {						\
	w->params = good;						\
	change;								\
	assert_null(dae_new(&w->params, &w->rng, NULL));		\
} while (0)
	REFUSED(w->params.source_n = DAE_SOURCES_MAX + 1);
	REFUSED(w->params.ident_n = DAE_IDENTS_MAX + 1);
	REFUSED(w->params.change_n = DAE_CHANGES_MAX + 1);
	REFUSED(w->params.nas_n = DAE_NAS_MAX + 1);
	REFUSED(memset(w->params.nas_id, 'x', DAE_ID_MAX));
	REFUSED(w->params.window_s = 0);
	REFUSED(w->params.remember = 0);
	REFUSED(w->params.questions = 0);
	REFUSED(w->params.rate = 0);
	REFUSED(w->params.burst = 0);
	REFUSED(w->params.look_rate = 0);
	REFUSED(w->params.look_burst = 0);
	REFUSED(w->params.source[1].secret.len = 0);
	REFUSED(w->params.source[0].bits = 33);
	REFUSED(w->params.source[1].addr.family = IP_NONE);
	world_free(w);
}

/* ---- what is right ---- */

static void
test_coa_is_asked_and_acked(void **state)
{
	struct world *w = world_start();
	struct req q;
	struct attr a;

	(void)state;
	coa(&q, 7);
	give(w, &q);
	assert_int_equal(w->asks, 1);
	assert_int_equal(w->sends, 0);
	assert_int_equal(w->ask.code, RADIUS_COA_REQUEST);
	assert_int_equal(w->ask.source, 0);
	assert_true(endpoint_eq(&w->ask.remote, &w->there));
	assert_true(attr_get(w->ask.attrs, 0, ATTR_SESSION_TIMEOUT, &a));
	assert_int_equal(attr_u32(&a), 600);
	assert_int_equal(state_of(w).questions, 1);
	reply(w, DAE_DONE);
	answer_is(w, &q, RADIUS_COA_ACK, 0);
	assert_int_equal(state_of(w).acks, 1);
	assert_int_equal(state_of(w).questions, 0);
	/* A second answer to the same question is none. */
	reply(w, DAE_NO_SESSION);
	assert_int_equal(w->sends, 0);
	assert_int_equal(state_of(w).naks, 0);
	world_free(w);
}

static void
test_every_cause(void **state)
{
	static const uint16_t causes[] = { 401, 402, 403, 404, 405, 406, 407,
		501, 503, 504, 505, 506, 507, 508 };
	struct world *w = world_start();
	struct req q;

	(void)state;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		coa(&q, (uint8_t)i);
		give(w, &q);
		reply(w, (enum dae_cause)causes[i]);
		answer_is(w, &q, RADIUS_COA_NAK, causes[i]);
		disconnect(&q, (uint8_t)i);
		give(w, &q);
		reply(w, (enum dae_cause)causes[i]);
		answer_is(w, &q, RADIUS_DISCONNECT_NAK, causes[i]);
	}
	disconnect(&q, 99);
	give(w, &q);
	reply(w, DAE_RESIDUAL_REMOVED);
	answer_is(w, &q, RADIUS_DISCONNECT_ACK, 0);
	world_free(w);
}

static void
test_other_family_by_prefix(void **state)
{
	struct world *w = world_start();
	struct req q;

	(void)state;
	w->there.addr = ip("2001:db8:1234::5");
	w->secret = "another secret";
	disconnect(&q, 1);
	give(w, &q);
	assert_int_equal(w->asks, 1);
	assert_int_equal(w->ask.source, 1);
	reply(w, DAE_DONE);
	answer_is(w, &q, RADIUS_DISCONNECT_ACK, 0);
	world_free(w);
}

/* RFC 5176 §3.1, §3.3. */
static void
test_state_and_proxy_state_come_back(void **state)
{
	struct world *w = world_start();
	struct attr_walk walk;
	struct attr a;
	struct req q;
	unsigned n = 0;

	(void)state;
	coa(&q, 1);
	radius_put(&q.b, ATTR_PROXY_STATE, "one", 3);
	radius_put(&q.b, ATTR_STATE, "mine", 4);
	radius_put(&q.b, ATTR_PROXY_STATE, "two", 3);
	give(w, &q);
	reply(w, DAE_DONE);
	answer_is(w, &q, RADIUS_COA_ACK, 0);
	assert_int_equal(attr_count(w->answer.attrs, 0, ATTR_STATE), 1);
	assert_true(attr_get(w->answer.attrs, 0, ATTR_STATE, &a));
	assert_true(rd_eq(a.value, "mine", 4));
	walk = attr_walk(w->answer.attrs);
	while (attr_next(&walk, &a))
		if (a.type == ATTR_PROXY_STATE)
			assert_true(rd_eq(a.value, n++ == 0 ? "one" : "two",
			    3));
	assert_int_equal(n, 2);
	/* In a NAK of our own, too. */
	req_open(&q, RADIUS_DISCONNECT_REQUEST, 2, UNIX);
	radius_put(&q.b, ATTR_PROXY_STATE, "three", 5);
	give(w, &q);
	answer_is(w, &q, RADIUS_DISCONNECT_NAK, 402);
	assert_true(attr_get(w->answer.attrs, 0, ATTR_PROXY_STATE, &a));
	assert_true(rd_eq(a.value, "three", 5));
	world_free(w);
}

/* A packet full of Proxy-State: the answer does without what does not fit. */
static void
test_full_packets(void **state)
{
	struct world *w = world_start();
	static uint8_t value[253];
	struct req q;

	(void)state;
	for (unsigned len = 4060; len <= 4096; len++) {
		struct rd packet;
		unsigned left = len - 23;

		radius_open(&q.b, q.buf, sizeof(q.buf), RADIUS_COA_REQUEST,
		    (uint8_t)len, NULL, false);
		radius_put(&q.b, ATTR_USER_NAME, "x", 1);
		while (left > 0) {
			unsigned n = left > 258 ? 255 : left > 255 ? left - 3 :
			    left;

			radius_put(&q.b, ATTR_PROXY_STATE, value, n - 2);
			left -= n;
		}
		packet = req_close(&q, w->secret);
		assert_int_equal(rd_left(&packet), len);
		input(w, packet);
		assert_int_equal(w->asks, 1);
		reply(w, DAE_NO_SESSION);
		/* Error-Cause for User-Name: three more. */
		assert_int_equal(w->sends, len + 3 <= 4096);
		assert_int_equal(w->sends > 0 && attr_count(w->answer.attrs, 0,
		    ATTR_MESSAGE_AUTHENTICATOR) == 1, len + 21 <= 4096);
	}
	assert_int_equal(dropped(w, DROP_DAE_LIMIT), 3);
	world_free(w);
}

/* ---- another implementation ---- */

static void
test_radclient(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->params.source_n = 0;
	world_source(w, "192.0.2.1", 32, "testing123");
	w->params.source[0].require_event_timestamp = true;
	w->secret = "testing123";
	w->d = dae_new(&w->params, &w->rng, &w->drops);
	for (size_t i = 0; i < sizeof(radclient_dae) /
	    sizeof(radclient_dae[0]); i++) {
		const char *hex = radclient_dae[i].hex;
		struct req q;
		struct attr a;
		size_t n = strlen(hex) / 2;

		for (size_t k = 0; k < n; k++) {
			char two[3] = { hex[2 * k], hex[2 * k + 1], '\0' };

			q.buf[k] = (uint8_t)strtoul(two, NULL, 16);
		}
		q.packet = rd_make(q.buf, n);
		dae_input(w->d, w->now, radclient_dae[i].unix_s, &w->here,
		    &w->there, q.packet, &w->out);
		drain(w);
		if (w->asks > 0) {
			assert_true(attr_get(w->ask.attrs, 0, ATTR_USER_NAME,
			    &a));
			reply(w, rd_eq(a.value, "nemo", 4) ? DAE_DONE :
			    DAE_NO_SESSION);
		}
		if (radclient_dae[i].answer == 0)
			assert_int_equal(w->asks + w->sends, 0);
		else
			answer_is(w, &q,
			    (enum radius_code)radclient_dae[i].answer,
			    radclient_dae[i].cause);
	}
	assert_int_equal(dropped(w, DROP_DAE_TIME), 2);
	assert_int_equal(dropped(w, DROP_DAE_AUTH), 1);
	world_free(w);
}

/* ---- bounds ---- */

static void
test_memory_is_bounded(void **state)
{
	struct world *w = world_start();
	struct req q;

	(void)state;
	dae_free(w->d);
	w->params.remember = 20;
	w->d = dae_new(&w->params, &w->rng, &w->drops);
	for (uint8_t i = 0; i < 20; i++) {
		disconnect(&q, i);
		give(w, &q);
		assert_int_equal(w->asks, 1);
		reply(w, DAE_DONE);
	}
	/* What is remembered is not given up for what is new. */
	disconnect(&q, 20);
	give(w, &q);
	answer_is(w, &q, RADIUS_DISCONNECT_NAK, 506);
	assert_int_equal(state_of(w).remembered, 20);
	disconnect(&q, 0);
	give(w, &q);
	answer_is(w, &q, RADIUS_DISCONNECT_ACK, 0);
	refreeze(w);
	w->now = mono_add_s(w->now, 601);
	assert_true(mono_due(dae_deadline(w->d), w->now));
	dae_expire(w->d, w->now, &w->out);
	assert_int_equal(state_of(w).remembered, 0);
	/* The ring goes round. */
	for (uint8_t round = 0; round < 7; round++) {
		for (uint8_t i = 0; i < 13; i++) {
			disconnect(&q, i);
			give(w, &q);
			assert_int_equal(w->asks, 1);
			reply(w, DAE_DONE);
		}
		refreeze(w);
		disconnect(&q, 12);
		give(w, &q);
		answer_is(w, &q, RADIUS_DISCONNECT_ACK, 0);
		w->now = mono_add_s(w->now, 601);
	}
	world_free(w);
}

static void
test_questions_are_bounded(void **state)
{
	struct world *w = world_start();
	uint32_t first = 0;
	struct req q;

	(void)state;
	dae_free(w->d);
	w->params.questions = 3;
	w->d = dae_new(&w->params, &w->rng, &w->drops);
	for (uint8_t i = 0; i < 3; i++) {
		disconnect(&q, i);
		give(w, &q);
		assert_int_equal(w->asks, 1);
		if (i == 0)
			first = w->ask.question;
	}
	disconnect(&q, 3);
	give(w, &q);
	answer_is(w, &q, RADIUS_DISCONNECT_NAK, 506);
	assert_int_equal(w->sent.cause, DAE_NO_RESOURCES);
	refreeze(w);
	/* Nobody answers: 506 after ten seconds, and a late answer is none. */
	w->now = mono_us(dae_deadline(w->d).us - 1);
	dae_expire(w->d, w->now, &w->out);
	drain(w);
	assert_int_equal(w->sends, 0);
	w->now = mono_add_us(w->now, 1);
	assert_int_equal(w->now.us, 11000000);
	dae_expire(w->d, w->now, &w->out);
	drain(w);
	assert_int_equal(w->sends, 3);
	assert_int_equal(w->cause, 506);
	assert_int_equal(state_of(w).questions, 0);
	w->ask.question = first;
	reply(w, DAE_DONE);
	assert_int_equal(w->sends, 0);
	/* The repeat is told the same. */
	disconnect(&q, 0);
	give(w, &q);
	answer_is(w, &q, RADIUS_DISCONNECT_NAK, 506);
	world_free(w);
}

static void
test_full_box(void **state)
{
	struct world *w = world_start();
	struct req q;
	uint32_t question;

	(void)state;
	disconnect(&q, 1);
	give(w, &q);
	question = w->ask.question;
	w->out.n = DAE_OUT_ACTS;
	dae_answer(w->d, w->now, question, DAE_DONE, &w->out);
	assert_int_equal(w->out.n, DAE_OUT_ACTS);
	disconnect(&q, 2);
	dae_input(w->d, w->now, UNIX, &w->here, &w->there,
	    req_close(&q, w->secret), &w->out);
	assert_int_equal(w->out.n, DAE_OUT_ACTS);
	assert_int_equal(dropped(w, DROP_DAE_LIMIT), 1);
	w->out.n = 0;
	refreeze(w);
	assert_true(mono_due(dae_deadline(w->d), w->now));
	dae_expire(w->d, w->now, &w->out);
	drain(w);
	disconnect(&q, 1);
	(void)req_close(&q, w->secret);
	answer_is(w, &q, RADIUS_DISCONNECT_ACK, 0);
	assert_int_equal(w->sent.cause, DAE_DONE);
	world_free(w);
}

static void
test_thaw_refuses(void **state)
{
	struct world *w = world_start();
	struct req q;
	uint8_t *b;
	struct wr wr;
	size_t n;

	(void)state;
	disconnect(&q, 1);
	give(w, &q);
	n = dae_frozen_size(w->d);
	b = malloc(n);
	wr = wr_make(b, n);
	dae_freeze(w->d, &wr);
	for (size_t cut = 0; cut < n; cut += 13) {
		struct rd r = rd_make(b, cut);

		assert_null(dae_thaw(&w->params, &w->rng, NULL, &r));
	}
	free(b);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_cause_names),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_coa_is_asked_and_acked),
		cmocka_unit_test(test_every_cause),
		cmocka_unit_test(test_other_family_by_prefix),
		cmocka_unit_test(test_state_and_proxy_state_come_back),
		cmocka_unit_test(test_full_packets),
		cmocka_unit_test(test_radclient),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_questions_are_bounded),
		cmocka_unit_test(test_full_box),
		cmocka_unit_test(test_thaw_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
