/* SPDX-License-Identifier: BSD-2-Clause */
/* Dynamic authorization: N-85, who is not heard and what is not done. */

#include "tests/radius/dae_world.h"

/* ---- N-85: what is not right ---- */

static void
n85_source_not_listed(void **state)
{
	static const char *const from[] = { "192.0.2.2", "192.0.3.1",
		"2001:db9::1", "::ffff:192.0.2.1" };
	struct world *w = world_start();
	struct req q;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		w->there.addr = ip(from[i]);
		disconnect(&q, 1);
		give(w, &q);
		silence(w, DROP_DAE_SOURCE, i + 1);
	}
	/* The secret of another source. */
	w->there.addr = ip("2001:db8::1");
	disconnect(&q, 1);
	give(w, &q);
	silence(w, DROP_DAE_AUTH, 1);
	assert_int_equal(state_of(w).requests, 0);
	assert_int_equal(state_of(w).remembered, 0);
	assert_int_equal(state_of(w).silent, 5);
	world_free(w);
}

/* Any one byte turned: silence, and nothing is remembered. */
static void
n85_authenticator(void **state)
{
	struct world *w = world_start();
	uint8_t b[RADIUS_PACKET_MAX];
	struct rd packet, r;
	struct req q;
	size_t n;

	(void)state;
	coa(&q, 7);
	packet = req_close(&q, w->secret);
	n = rd_left(&packet);
	for (size_t at = 0; at < n; at++)
		for (int bit = 0; bit < 8; bit++) {
			r = packet;
			rd_copy(&r, b, n);
			b[at] ^= (uint8_t)(1 << bit);
			input(w, rd_make(b, n));
			assert_int_equal(w->asks + w->sends, 0);
		}
	for (size_t cut = 0; cut < n; cut++) {
		input(w, rd_make(packet.p, cut));
		assert_int_equal(w->asks + w->sends, 0);
	}
	assert_int_equal(state_of(w).requests, 0);
	assert_int_equal(state_of(w).remembered, 0);
	assert_int_equal(state_of(w).silent, n * 9);
	assert_true(dropped(w, DROP_DAE_AUTH) > n * 4);
	/* ... and untouched it is right, with padding behind it. */
	w->now = mono_add_s(w->now, 2);
	r = packet;
	rd_copy(&r, b, n);
	memset(b + n, 0xff, 8);
	input(w, rd_make(b, n + 8));
	assert_int_equal(w->asks, 1);
	world_free(w);
}

static void
n85_message_authenticator(void **state)
{
	struct world *w = world_start();
	struct req q;
	struct rd packet;
	uint8_t *mine;

	(void)state;
	/* Wrong inside a packet whose Request Authenticator is right. */
	coa(&q, 1);
	(void)req_close(&q, w->secret);
	mine = q.b.message_auth_at;
	mine[3] ^= 1;
	q.b.message_auth_at = NULL;
	packet = req_close(&q, w->secret);
	input(w, packet);
	silence(w, DROP_RADIUS_MESSAGE_AUTH, 1);
	/* Missing: by the source's demand. */
	radius_open(&q.b, q.buf, sizeof(q.buf), RADIUS_COA_REQUEST, 2, NULL,
	    false);
	radius_put_text(&q.b, ATTR_USER_NAME, "nemo");
	w->params.source[0].require_message_authenticator = true;
	give(w, &q);
	silence(w, DROP_RADIUS_MESSAGE_AUTH, 2);
	w->params.source[0].require_message_authenticator = false;
	give(w, &q);
	assert_int_equal(w->asks, 1);
	world_free(w);
}

/* RFC 5176 §6.3: 300 s either way. */
static void
n85_event_timestamp(void **state)
{
	static const struct {
		uint64_t at;
		bool ok;
	} when[] = { { UNIX - 300, true }, { UNIX + 300, true },
		{ UNIX - 301, false }, { UNIX + 301, false }, { 0, false },
		{ UINT32_MAX, false }, { UNIX, true } };
	struct world *w = world_start();
	uint64_t bad = 0;
	struct req q;

	(void)state;
	for (unsigned i = 0; i < sizeof(when) / sizeof(when[0]); i++) {
		req_open(&q, RADIUS_DISCONNECT_REQUEST, (uint8_t)i,
		    when[i].at);
		radius_put_text(&q.b, ATTR_USER_NAME, "nemo");
		give(w, &q);
		assert_int_equal(w->asks, when[i].ok);
		bad += !when[i].ok;
		if (!when[i].ok)
			silence(w, DROP_DAE_TIME, bad);
	}
	/* Missing: by the source's demand. */
	req_open(&q, RADIUS_DISCONNECT_REQUEST, 50, NO_TIME);
	radius_put_text(&q.b, ATTR_USER_NAME, "nemo");
	w->params.source[0].require_event_timestamp = true;
	give(w, &q);
	silence(w, DROP_DAE_TIME, bad + 1);
	w->params.source[0].require_event_timestamp = false;
	give(w, &q);
	assert_int_equal(w->asks, 1);
	/* Two, one of them old: not current.  Two that are: one too many. */
	req_open(&q, RADIUS_DISCONNECT_REQUEST, 51, UNIX);
	radius_put_u32(&q.b, ATTR_EVENT_TIMESTAMP, UNIX - 400);
	radius_put_text(&q.b, ATTR_USER_NAME, "nemo");
	give(w, &q);
	silence(w, DROP_DAE_TIME, bad + 2);
	req_open(&q, RADIUS_DISCONNECT_REQUEST, 52, UNIX);
	radius_put_u32(&q.b, ATTR_EVENT_TIMESTAMP, UNIX);
	radius_put_text(&q.b, ATTR_USER_NAME, "nemo");
	give(w, &q);
	answer_is(w, &q, RADIUS_DISCONNECT_NAK, 404);
	world_free(w);
}

/* The same packet again: done once, answered the same again. */
static void
n85_replayed(void **state)
{
	struct world *w = world_start();
	uint8_t first[RADIUS_PACKET_MAX];
	size_t n;
	struct req q;

	(void)state;
	w->freeze = true;
	coa(&q, 7);
	give(w, &q);
	assert_int_equal(w->asks, 1);
	for (int i = 0; i < 5; i++) {		/* while it is still open */
		input(w, q.packet);
		silence(w, DROP_DAE_REPEAT, (uint64_t)i + 1);
	}
	reply(w, DAE_NO_SESSION);
	answer_is(w, &q, RADIUS_COA_NAK, 503);
	n = rd_left(&w->sent.data);
	memcpy(first, w->data, n);
	for (int i = 0; i < 50; i++) {
		w->now = mono_add_s(w->now, 11);
		if (i == 20)
			w->there.port++;	/* replayed by another */
		input(w, q.packet);
		answer_is(w, &q, RADIUS_COA_NAK, 503);
		assert_int_equal(rd_left(&w->sent.data), n);
		assert_memory_equal(w->data, first, n);
	}
	assert_int_equal(state_of(w).requests, 1);
	assert_int_equal(state_of(w).repeats, 55);
	assert_int_equal(state_of(w).naks, 1);
	/* The same id with other contents is another request. */
	coa(&q, 7);
	radius_put_u32(&q.b, ATTR_IDLE_TIMEOUT, 5);
	give(w, &q);
	assert_int_equal(w->asks, 1);
	reply(w, DAE_DONE);
	/* As is a Disconnect with the same id. */
	disconnect(&q, 7);
	give(w, &q);
	assert_int_equal(w->asks, 1);
	world_free(w);
}

/*
 * Stamped as late as may be, it is remembered until it is too old; and what is
 * remembered is forgotten in the end.
 */
static void
n85_replayed_late(void **state)
{
	struct world *w = world_start();
	struct req q;

	(void)state;
	req_open(&q, RADIUS_DISCONNECT_REQUEST, 9, UNIX + 300);
	radius_put_text(&q.b, ATTR_USER_NAME, "nemo");
	give(w, &q);
	reply(w, DAE_DONE);
	for (uint64_t s = 0; s <= 700; s += 5) {
		mono_t now = mono_add_s(w->now, s);

		dae_expire(w->d, now, &w->out);
		dae_input(w->d, now, UNIX + s, &w->here, &w->there, q.packet,
		    &w->out);
		drain(w);
		assert_int_equal(w->asks, 0);
		assert_int_equal(w->sends, s <= 600);
	}
	assert_int_equal(state_of(w).remembered, 0);
	assert_true(dae_deadline(w->d).us == UINT64_MAX);
	world_free(w);
}

static void
n85_other_codes(void **state)
{
	struct world *w = world_start();
	uint64_t n = 0;

	(void)state;
	for (unsigned code = 0; code < 256; code++) {
		struct req q;

		if (code == RADIUS_DISCONNECT_REQUEST ||
		    code == RADIUS_COA_REQUEST)
			continue;
		req_open(&q, (enum radius_code)code, 1, UNIX);
		radius_put_text(&q.b, ATTR_USER_NAME, "nemo");
		give(w, &q);
		assert_int_equal(w->asks + w->sends, 0);
		n++;
	}
	assert_int_equal(dropped(w, DROP_DAE_CODE) +
	    dropped(w, DROP_RADIUS_CODE), n);
	assert_int_equal(state_of(w).requests, 0);
	world_free(w);
}

static void
n85_no_session_attribute(void **state)
{
	struct world *w = world_start();
	struct req q;

	(void)state;
	for (uint8_t i = 0; i < 2; i++) {
		req_open(&q, i == 0 ? RADIUS_DISCONNECT_REQUEST :
		    RADIUS_COA_REQUEST, 1, UNIX);
		radius_put_text(&q.b, ATTR_NAS_IDENTIFIER, "gate");
		give(w, &q);
		answer_is(w, &q, i == 0 ? RADIUS_DISCONNECT_NAK :
		    RADIUS_COA_NAK, 402);
		assert_int_equal(w->sent.cause, DAE_MISSING_ATTRIBUTE);
	}
	assert_int_equal(state_of(w).naks, 2);
	world_free(w);
}

/* What matches two is the concentrator's to tell. */
static void
n85_matches_two(void **state)
{
	struct world *w = world_start();
	struct req q;

	(void)state;
	disconnect(&q, 1);
	give(w, &q);
	reply(w, DAE_MULTIPLE_SESSIONS);
	answer_is(w, &q, RADIUS_DISCONNECT_NAK, 508);
	world_free(w);
}

static void
n85_nas_identification(void **state)
{
	static const struct {
		uint8_t type;
		const char *value;
		bool ok;
	} nas[] = {
		{ ATTR_NAS_IDENTIFIER, "gate", true },
		{ ATTR_NAS_IDENTIFIER, "gates", false },
		{ ATTR_NAS_IDENTIFIER, "gat", false },
		{ ATTR_NAS_IP_ADDRESS, "198.51.100.7", true },
		{ ATTR_NAS_IP_ADDRESS, "198.51.100.1", true },	/* came there */
		{ ATTR_NAS_IP_ADDRESS, "198.51.100.8", false },
		{ ATTR_NAS_IPV6_ADDRESS, "2001:db8::7", true },
		{ ATTR_NAS_IPV6_ADDRESS, "2001:db8::8", false },
	};
	struct world *w = world_start();

	(void)state;
	for (int compare = 1; compare >= 0; compare--) {
		for (size_t i = 0; i < sizeof(nas) / sizeof(nas[0]); i++) {
			struct req q;
			struct ipaddr a;

			coa(&q, (uint8_t)(100 * compare + (int)i));
			if (nas[i].type == ATTR_NAS_IDENTIFIER) {
				radius_put_text(&q.b, nas[i].type,
				    nas[i].value);
			} else {
				a = ip(nas[i].value);
				radius_put_addr(&q.b, nas[i].type, &a);
			}
			give(w, &q);
			if (nas[i].ok || compare == 0)
				assert_int_equal(w->asks, 1);
			else
				answer_is(w, &q, RADIUS_COA_NAK, 403);
		}
		/* Left to the concentrator. */
		w->params.nas_id[0] = '\0';
		w->params.nas_n = 0;
	}
	world_free(w);
}

/* Every standard attribute, in both requests. */
static void
n85_unsupported_attributes(void **state)
{
	static const uint8_t both[] = { 1, 5, 8, 25, 30, 31, 33, 44, 49, 50,
		55, 80 };
	static const uint8_t only_coa[] = { 6, 11, 24, 27, 28 };
	static const uint8_t value[253] = { 0, 0, 0, 2 };
	struct world *w = world_start();

	(void)state;
	for (unsigned type = 1; type < 256; type++)
		for (int dm = 0; dm < 2; dm++) {
			const struct attr_row *r = attr_find(0, (uint8_t)type);
			bool may = memchr(both, (int)type, sizeof(both)) != NULL ||
			    (dm == 0 && memchr(only_coa, (int)type,
			    sizeof(only_coa)) != NULL);
			struct req q;

			if (type == ATTR_EVENT_TIMESTAMP ||
			    type == ATTR_MESSAGE_AUTHENTICATOR ||
			    type == ATTR_VENDOR_SPECIFIC || type == 4 ||
			    type == 32 || type == 95)
				continue;	/* elsewhere */
			if (type == 49)
				may = dm == 1;
			req_open(&q, dm == 1 ? RADIUS_DISCONNECT_REQUEST :
			    RADIUS_COA_REQUEST, (uint8_t)type, UNIX);
			if (type != ATTR_ACCT_SESSION_ID)
				radius_put(&q.b, ATTR_ACCT_SESSION_ID, "1", 1);
			radius_put(&q.b, (uint8_t)type, value,
			    r == NULL || r->min < 4 ? 4 : r->min);
			give(w, &q);
			if (may)
				assert_int_equal(w->asks, 1);
			else
				answer_is(w, &q, dm == 1 ?
				    RADIUS_DISCONNECT_NAK : RADIUS_COA_NAK,
				    401);
			reply(w, DAE_DONE);
			w->now = mono_add_s(w->now, 1);
		}
	world_free(w);
}

static void
n85_vendor_attributes(void **state)
{
	struct world *w = world_start();
	/* vendor 4491, parts 7 and 8; then one with a part we do not know */
	static const struct {
		uint8_t n, b[16];
		bool ok;
	} vsa[] = {
		{ 7, { 0, 0, 0x11, 0x8b, 7, 3, 1 }, true },
		{ 10, { 0, 0, 0x11, 0x8b, 7, 3, 1, 8, 3, 1 }, true },
		{ 10, { 0, 0, 0x11, 0x8b, 7, 3, 1, 9, 3, 1 }, false },
		{ 7, { 0, 0, 0x11, 0x8c, 7, 3, 1 }, false },
		{ 7, { 0, 0, 0x11, 0x8b, 7, 4, 1 }, false },
		{ 7, { 0, 0, 0x11, 0x8b, 7, 1, 1 }, false },
		{ 6, { 0, 0, 0x11, 0x8b, 7, 2 }, true },
		{ 5, { 0, 0, 0x11, 0x8b, 7 }, false },
		{ 10, { 0, 0, 1, 0x37, 28, 6, 1, 2, 3, 4 }, true },
		{ 10, { 0, 0, 1, 0x37, 29, 6, 1, 2, 3, 4 }, false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(vsa) / sizeof(vsa[0]); i++)
		for (int dm = 0; dm < 2; dm++) {
			struct req q;

			req_open(&q, dm == 1 ? RADIUS_DISCONNECT_REQUEST :
			    RADIUS_COA_REQUEST, (uint8_t)i, UNIX);
			radius_put(&q.b, ATTR_USER_NAME, "nemo", 4);
			radius_put(&q.b, ATTR_VENDOR_SPECIFIC, vsa[i].b,
			    vsa[i].n);
			give(w, &q);
			if (vsa[i].ok && dm == 0)
				assert_int_equal(w->asks, 1);
			else
				answer_is(w, &q, dm == 1 ?
				    RADIUS_DISCONNECT_NAK : RADIUS_COA_NAK,
				    401);
		}
	world_free(w);
}

static void
n85_authorize_only(void **state)
{
	struct world *w = world_start();
	struct req q;

	(void)state;
	for (uint32_t service = 0; service < 20; service++) {
		coa(&q, (uint8_t)service);
		radius_put_u32(&q.b, ATTR_SERVICE_TYPE, service);
		radius_put(&q.b, ATTR_STATE, "s", 1);
		give(w, &q);
		if (service == 2) {
			assert_int_equal(w->asks, 1);
			continue;
		}
		answer_is(w, &q, RADIUS_COA_NAK, 405);
		assert_int_equal(attr_count(w->answer.attrs, 0, ATTR_STATE), 1);
	}
	/* 405 is no answer to a Disconnect-Request (RFC 5176 §3.5). */
	disconnect(&q, 1);
	radius_put_u32(&q.b, ATTR_SERVICE_TYPE, 17);
	give(w, &q);
	answer_is(w, &q, RADIUS_DISCONNECT_NAK, 401);
	world_free(w);
}

static void
n85_twice_in_one_request(void **state)
{
	struct world *w = world_start();
	struct req q;

	(void)state;
	coa(&q, 1);
	radius_put_text(&q.b, ATTR_USER_NAME, "other");
	give(w, &q);
	answer_is(w, &q, RADIUS_COA_NAK, 404);
	coa(&q, 2);
	radius_put_u32(&q.b, ATTR_SESSION_TIMEOUT, 1);
	give(w, &q);
	answer_is(w, &q, RADIUS_COA_NAK, 404);
	coa(&q, 3);
	radius_put_text(&q.b, ATTR_FILTER_ID, "one");
	radius_put_text(&q.b, ATTR_FILTER_ID, "two");
	give(w, &q);
	assert_int_equal(w->asks, 1);
	world_free(w);
}

/* 10,000 a second for ten seconds, each another: the rate, and no more. */
static void
n85_ten_thousand_a_second(void **state)
{
	struct world *w = world_start();
	uint64_t asked = 0, other = 0, bytes_in = 0, bytes_out = 0;
	struct req q;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		w->now = mono_add_us(w->now, 100);
		req_open(&q, RADIUS_DISCONNECT_REQUEST, (uint8_t)i, UNIX);
		radius_put_u32(&q.b, ATTR_NAS_PORT, i);
		give(w, &q);
		bytes_in += rd_left(&q.packet);
		asked += w->asks;
		if (w->asks > 0) {
			reply(w, DAE_NO_SESSION);
			bytes_out += rd_left(&w->sent.data);
		}
		if (i % 1000 == 0) {		/* an honest one beside it */
			struct endpoint was = w->there;

			w->there.addr = ip("2001:db8::9");
			w->secret = "another secret";
			coa(&q, (uint8_t)(i / 1000));
			give(w, &q);
			other += w->asks;
			reply(w, DAE_DONE);
			w->there = was;
			w->secret = SECRET;
		}
	}
	assert_in_range(asked, 1000, 200 + 1001);
	assert_int_equal(other, 100);
	assert_true(bytes_out < bytes_in);
	assert_int_equal(state_of(w).questions, 0);
	assert_in_range(dropped(w, DROP_DAE_RATE), 98000, 99000);
	world_free(w);
}

/* Forgeries are not even computed beyond a rate; they take no memory. */
static void
n85_flood_of_forgeries(void **state)
{
	struct world *w = world_start();
	struct req q;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		w->now = mono_add_us(w->now, 100);
		req_open(&q, RADIUS_DISCONNECT_REQUEST, (uint8_t)i, UNIX);
		radius_put_u32(&q.b, ATTR_NAS_PORT, i);
		input(w, req_close(&q, "guess"));
		assert_int_equal(w->asks + w->sends, 0);
	}
	assert_int_equal(dropped(w, DROP_DAE_AUTH) +
	    dropped(w, DROP_DAE_RATE), 20000);
	assert_in_range(dropped(w, DROP_DAE_AUTH), 2000, 6001);
	assert_int_equal(state_of(w).remembered, 0);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n85_source_not_listed),
		cmocka_unit_test(n85_authenticator),
		cmocka_unit_test(n85_message_authenticator),
		cmocka_unit_test(n85_event_timestamp),
		cmocka_unit_test(n85_replayed),
		cmocka_unit_test(n85_replayed_late),
		cmocka_unit_test(n85_other_codes),
		cmocka_unit_test(n85_no_session_attribute),
		cmocka_unit_test(n85_matches_two),
		cmocka_unit_test(n85_nas_identification),
		cmocka_unit_test(n85_unsupported_attributes),
		cmocka_unit_test(n85_vendor_attributes),
		cmocka_unit_test(n85_authorize_only),
		cmocka_unit_test(n85_twice_in_one_request),
		cmocka_unit_test(n85_ten_thousand_a_second),
		cmocka_unit_test(n85_flood_of_forgeries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
