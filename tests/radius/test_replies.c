/* SPDX-License-Identifier: BSD-2-Clause */
/* Which packets the client takes for answers: N-81, N-82, N-83. */

#include "base/crypto.h"
#include "tests/radius/world.h"

/* Where the reply to the last packet goes wrong, and what counts it. */
struct wrong {
	const char *what;
	enum radius_code code;
	bool sign;
	const char *secret;
	int id;			/* added */
	unsigned flip;		/* byte of the packet to change, 0: none */
	enum drop why;
};

static void
forge(struct world *w, const struct wrong *f)
{
	struct radius_packet q = world_last(w);
	struct mail *m;

	q.id = (uint8_t)(q.id + f->id);
	world_reply(w, w->last_port, &q, f->code, f->sign, f->secret, 0);
	m = &w->mail[w->mails - 1];
	if (f->flip != 0)
		m->b[f->flip] ^= 1;
	world_deliver(w, w->mails - 1);
}

/* N-81: only the one right reply counts; others are counted and dropped. */
static void
n81_replies(void **state)
{
	static const struct wrong wrongs[] = {
		{ "wrong authenticator", RADIUS_ACCESS_ACCEPT, true,
		    WORLD_SECRET, 0, 4, DROP_RADIUS_AUTH },
		{ "wrong secret", RADIUS_ACCESS_ACCEPT, true, "guess", 0, 0,
		    DROP_RADIUS_AUTH },
		{ "changed attribute", RADIUS_ACCESS_ACCEPT, true,
		    WORLD_SECRET, 0, 43, DROP_RADIUS_AUTH },
		{ "right authenticator, wrong id", RADIUS_ACCESS_ACCEPT, true,
		    WORLD_SECRET, 1, 0, DROP_RADIUS_ID },
		{ "wrong code", RADIUS_ACCOUNTING_RESPONSE, true, WORLD_SECRET,
		    0, 0, DROP_RADIUS_ANSWER },
		{ "a request", RADIUS_COA_ACK, true, WORLD_SECRET, 0, 0,
		    DROP_RADIUS_ANSWER },
	};
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		uint64_t was = world_drops(&w, wrongs[i].why);

		forge(&w, &wrongs[i]);
		if (world_drops(&w, wrongs[i].why) != was + 1 ||
		    w.told[1].n != 0)
			fail_msg("%s", wrongs[i].what);
	}
	assert_int_equal(world_health(&w, 0, RADIUS_AUTH).forged, 3);
	world_end(&w);
}

/* The right reply, from a socket that never asked, or that is not there. */
static void
n81_other_port(void **state)
{
	static const struct wrong right = { "", RADIUS_ACCESS_ACCEPT, true,
		WORLD_SECRET, 0, 0, DROP_NONE };
	struct world w;
	uint32_t asked;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_account(&w, 2);	/* opens the socket of accounting */
	asked = w.last_port;
	(void)world_ask(&w, 1, -1);
	assert_int_not_equal(asked, w.last_port);
	world_reply(&w, asked, &(struct radius_packet){ .id =
	    (uint8_t)(world_last(&w).id + 1) }, RADIUS_ACCESS_ACCEPT, true,
	    WORLD_SECRET, 0);
	world_deliver(&w, 0);
	assert_int_equal(world_drops(&w, DROP_RADIUS_ID) +
	    world_drops(&w, DROP_RADIUS_AUTH), 1);
	world_reply(&w, w.last_port, &(struct radius_packet){ .id = 0 },
	    RADIUS_ACCESS_ACCEPT, true, WORLD_SECRET, 0);
	radius_client_input(w.c, w.now, 0x7777,
	    rd_make(w.mail[0].b, w.mail[0].n), &w.out);
	assert_int_equal(world_drops(&w, DROP_RADIUS_PORT), 1);
	w.mails = 0;
	assert_int_equal(w.told[1].n + w.told[2].n, 0);
	forge(&w, &right);
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	world_end(&w);
}

/* The same reply twice; and one after the time-out. */
static void
n81_twice_and_late(void **state)
{
	struct world w;
	struct radius_packet q;
	uint32_t port;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	(void)world_ask(&w, 1, -1);
	q = world_last(&w);
	port = w.last_port;
	world_run(&w, 10);
	assert_int_equal(w.told[1].n, 1);
	world_reply(&w, port, &q, RADIUS_ACCESS_REJECT, true, WORLD_SECRET, 0);
	world_run(&w, 10);
	assert_int_equal(world_drops(&w, DROP_RADIUS_ID), 1);
	assert_int_equal(w.told[1].n, 1);

	w.fake[0].mood = MOOD_STATUS_ONLY;
	(void)world_ask(&w, 2, -1);
	q = world_last(&w);
	port = w.last_port;
	world_run(&w, 89999);
	assert_int_equal(w.told[2].n, 0);
	world_run(&w, 100);
	assert_int_equal(w.told[2].result, RADIUS_TIMED_OUT);
	world_reply(&w, port, &q, RADIUS_ACCESS_ACCEPT, true, WORLD_SECRET, 0);
	world_run(&w, 10);
	assert_int_equal(w.told[2].n, 1);
	assert_int_equal(world_drops(&w, DROP_RADIUS_ID), 2);
	world_end(&w);
}

/* Accounting: the Response Authenticator is over the request's digest. */
static void
n81_accounting(void **state)
{
	static const struct wrong wrongs[] = {
		{ "code", RADIUS_ACCESS_ACCEPT, false, WORLD_SECRET, 0, 0,
		    DROP_RADIUS_ANSWER },
		{ "secret", RADIUS_ACCOUNTING_RESPONSE, false, "guess", 0, 0,
		    DROP_RADIUS_AUTH },
		{ "id", RADIUS_ACCOUNTING_RESPONSE, false, WORLD_SECRET, 7, 0,
		    DROP_RADIUS_ID },
		{ "right", RADIUS_ACCOUNTING_RESPONSE, false, WORLD_SECRET, 0,
		    0, DROP_NONE },
	};
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_account(&w, 1);
	for (size_t i = 0; i < 4; i++) {
		forge(&w, &wrongs[i]);
		assert_int_equal(w.told[1].n, i == 3);
		assert_int_equal(world_drops(&w, wrongs[i].why), i < 3);
	}
	assert_int_equal(w.told[1].code, RADIUS_ACCOUNTING_RESPONSE);
	world_end(&w);
}

/* N-82: a reply to Access-Request without Message-Authenticator is none. */
static void
n82_required(void **state)
{
	static const enum radius_code codes[] = { RADIUS_ACCESS_ACCEPT,
		RADIUS_ACCESS_REJECT, RADIUS_ACCESS_CHALLENGE };
	struct world w;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct wrong f = { "", codes[i], false, WORLD_SECRET, 0, 0,
			DROP_RADIUS_MESSAGE_AUTH };

		world_new(&w, 1, RADIUS_UDP);
		world_start(&w);
		w.fake[0].mood = MOOD_STATUS_ONLY;
		(void)world_ask(&w, 1, -1);
		forge(&w, &f);
		assert_int_equal(world_drops(&w, f.why), 1);
		assert_int_equal(w.told[1].n, 0);
		world_run(&w, 91000);
		assert_int_equal(w.told[1].result, RADIUS_NO_MESSAGE_AUTH);
		assert_int_equal(world_health(&w, 0,
		    RADIUS_AUTH).no_message_auth, 1);
		world_end(&w);

		/* Relaxed for this server: the same reply is taken. */
		world_new(&w, 1, RADIUS_UDP);
		w.params.server[0].require_message_authenticator = false;
		world_start(&w);
		w.fake[0].mood = MOOD_DEAD;
		(void)world_ask(&w, 1, -1);
		forge(&w, &f);
		assert_int_equal(w.told[1].n, 1);
		assert_int_equal(w.told[1].code, codes[i]);
		world_end(&w);
	}
}

/* A reply made by hand: attributes in this order, then the digest. */
static void
reply_with(struct world *w, const uint8_t *attrs, size_t n, bool last_signed)
{
	struct radius_packet q = world_last(w);
	struct mail m = { .port = w->last_port };
	struct radius_build b;
	struct rd out, key = world_text(WORLD_SECRET);
	uint8_t *at = NULL;

	radius_open(&b, m.b, sizeof(m.b), RADIUS_ACCESS_ACCEPT, q.id, q.auth,
	    false);
	wr_bytes(&b.w, attrs, n);
	if (last_signed) {
		struct rd part[3];
		uint8_t sum[16];

		wr_u8(&b.w, ATTR_MESSAGE_AUTHENTICATOR);
		wr_u8(&b.w, 18);
		at = wr_room(&b.w, 16);
		memset(at, 0, 16);
		m.b[2] = 0;
		m.b[3] = (uint8_t)wr_used(&b.w);
		part[0] = rd_make(m.b, 4);
		part[1] = rd_make(q.auth, 16);
		part[2] = rd_make(m.b + 20, wr_used(&b.w) - 20);
		assert_true(hmac_sum(HASH_MD5, key, part, 3, sum));
		memcpy(at, sum, 16);
	}
	assert_true(radius_close(&b, key, &out));
	m.n = rd_left(&out);
	world_post(w, 0, &m);
	world_deliver(w, w->mails - 1);
}

/* Wrong, doubled, last; and with a Proxy-State that was never sent. */
static void
n82_forms(void **state)
{
	static const uint8_t wrong[] = { ATTR_MESSAGE_AUTHENTICATOR, 18 };
	static const uint8_t proxy[] = { ATTR_PROXY_STATE, 4, 'x', 'y' };
	static const uint8_t reply[] = { ATTR_REPLY_MESSAGE, 4, 'o', 'k' };
	uint8_t bytes[36] = { 0 };
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	memcpy(bytes, wrong, 2);
	memcpy(bytes + 18, wrong, 2);
	reply_with(&w, bytes, 18, false);	/* wrong value */
	reply_with(&w, bytes, 36, false);	/* two of them */
	reply_with(&w, proxy, 4, false);	/* BlastRADIUS's trace */
	assert_int_equal(world_drops(&w, DROP_RADIUS_MESSAGE_AUTH), 3);
	assert_int_equal(world_health(&w, 0, RADIUS_AUTH).forged, 1);
	assert_int_equal(world_health(&w, 0, RADIUS_AUTH).no_message_auth, 1);
	assert_int_equal(w.told[1].n, 0);
	reply_with(&w, reply, 4, true);		/* right, but not first */
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	world_end(&w);

	world_new(&w, 1, RADIUS_UDP);
	w.params.server[0].require_message_authenticator = false;
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	reply_with(&w, bytes, 18, false);
	reply_with(&w, proxy, 4, false);
	assert_int_equal(world_drops(&w, DROP_RADIUS_MESSAGE_AUTH), 2);
	assert_int_equal(w.told[1].n, 0);
	reply_with(&w, proxy, 4, true);		/* signed: it may be so */
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	world_end(&w);
}

/* N-83: whatever the reply, it is dropped or the answer; nothing else. */
static void
n83_attributes(void **state)
{
	struct world w;
	struct rng r;

	(void)state;
	rng_seeded(&r, 83);
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_STATUS_ONLY;
	for (uint64_t tag = 1; tag < 2000; tag++) {
		uint8_t attrs[64];
		size_t n = rng_below(&r, sizeof(attrs));

		if (w.told[tag - 1].n == 0 && tag > 1)
			tag--;		/* the last one still waits */
		else
			(void)world_ask(&w, tag, -1);
		(void)rng_fill(&r, attrs, n);
		/* Often a known type with nearly its length. */
		if (n > 2 && rng_below(&r, 4) > 0) {
			const struct attr_row *row =
			    attr_row(rng_below(&r, 100));

			attrs[0] = row != NULL && row->vendor == 0 ?
			    row->type : 8;
			attrs[1] = (uint8_t)(rng_below(&r, 3) + n - 1);
		}
		reply_with(&w, attrs, n, rng_below(&r, 8) > 0);
		if (w.steps > 20000)
			break;
	}
	assert_true(world_drops(&w, DROP_RADIUS_ATTR_LENGTH) > 100);
	assert_true(world_drops(&w, DROP_RADIUS_ATTR_VALUE) > 100);
	assert_true(world_health(&w, 0, RADIUS_AUTH).answered > 100);
	world_end(&w);
}

/* Packets of all lengths and head lengths; padding is cut. */
static void
n83_framing(void **state)
{
	struct world w;
	struct radius_packet q;
	struct mail m;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	q = world_last(&w);
	world_reply(&w, w.last_port, &q, RADIUS_ACCESS_ACCEPT, true,
	    WORLD_SECRET, 0);
	m = w.mail[--w.mails];
	for (size_t n = 0; n < m.n; n++)
		radius_client_input(w.c, w.now, m.port, rd_make(m.b, n),
		    &w.out);
	assert_int_equal(world_drops(&w, DROP_RADIUS_SHORT), 20);
	assert_int_equal(world_drops(&w, DROP_RADIUS_LENGTH), m.n - 20);
	world_drain(&w);
	assert_int_equal(w.told[1].n, 0);
	radius_client_input(w.c, w.now, m.port, rd_make(m.b, m.n + 30),
	    &w.out);
	world_drain(&w);
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n81_replies),
		cmocka_unit_test(n81_other_port),
		cmocka_unit_test(n81_twice_and_late),
		cmocka_unit_test(n81_accounting),
		cmocka_unit_test(n82_required),
		cmocka_unit_test(n82_forms),
		cmocka_unit_test(n83_attributes),
		cmocka_unit_test(n83_framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
