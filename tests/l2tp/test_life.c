/* SPDX-License-Identifier: BSD-2-Clause */
/* Scale, freezing, set-up timers, and corruption of each message. */

#include "l2tp/l2tp_int.h"
#include "tests/l2tp/lab.h"

#define MANY	70000

/*
 * 70,000 tunnels with a call each, over as many paths, all at once, and
 * again after a thaw.  Ids are unique per path only: 16 bits suffice.
 */
static void
seventy_thousand(void **state)
{
	struct lab *b = lab_new(MANY);
	struct l2tp_stats s;
	struct rd frozen, again;
	struct rd r;
	uint16_t tid[4], sid[4];

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		b->path = i + 1;
		b->now = mono_add_us(b->now, 100);
		lab_tunnel(b, PHONE(apple_sccrq));
		lab_call(b);
		if (i < 4) {
			tid[i] = b->tid;
			sid[i] = b->sid;
		}
		lab_zlb(b, b->tid, 4, 2);
	}
	l2tp_stats(b->l, &s);
	assert_int_equal(s.tunnels, MANY);
	assert_int_equal(s.sessions, MANY);
	assert_int_equal(b->l->slots.used, 0);	/* an idle one holds none */
	frozen = r = lab_dump(b);
	l2tp_free(b->l);
	b->l = l2tp_thaw(&b->params, &b->rng, &b->drops, &r);
	assert_non_null(b->l);
	assert_true(rd_done(&r));
	again = lab_dump(b);
	assert_true(rd_eq(again, frozen.p, rd_left(&frozen)));
	free((void *)(uintptr_t)frozen.p);
	free((void *)(uintptr_t)again.p);
	l2tp_stats(b->l, &s);
	assert_int_equal(s.tunnels, MANY);
	for (uint32_t i = 0; i < 4; i++) {	/* each still its own */
		b->path = i + 1;
		lab_feed(b, PHONE(windows_cdn), tid[i], sid[i], 4, 2);
		assert_int_equal(lab_count(b, L2TP_CALL_DOWN), 1);
	}
	lab_free(b);
}

/* Bytes of an idle tunnel with its session, all indexes included. */
static void
small_in_memory(void **state)
{
	struct pool t, s;
	size_t n;

	(void)state;
	assert_int_equal(pool_init(&t, sizeof(struct tunnel), 1), 0);
	assert_int_equal(pool_init(&s, sizeof(struct session), 1), 0);
	n = t.stride + s.stride + 2 * (12 + 8) + 16;
	print_message("tunnel and session: %zu bytes\n", n);
	assert_true(n < 600);
	pool_wipe(&t);
	pool_wipe(&s);
}

static void
thaw_refuses(void **state)
{
	struct lab *b = lab_new(8);
	struct rd frozen;
	uint8_t bad[4] = { 0 };
	struct rd r = rd_make(bad, sizeof(bad));

	(void)state;
	assert_null(l2tp_thaw(&b->params, &b->rng, &b->drops, &r));
	lab_tunnel(b, PHONE(apple_sccrq));
	lab_call(b);
	frozen = lab_dump(b);
	for (size_t n = 0; n < rd_left(&frozen); n += 13) {
		r = rd_make(frozen.p, n);
		assert_null(l2tp_thaw(&b->params, &b->rng, &b->drops, &r));
	}
	free((void *)(uintptr_t)frozen.p);
	lab_free(b);
}

static void
set_up_in_time(void **state)
{
	struct lab *b = lab_new(8);

	(void)state;
	lab_tunnel(b, PHONE(apple_sccrq));	/* and then no call */
	lab_expire(b, 29999);
	assert_false(lab_said(b, MSG_STOPCCN));
	lab_expire(b, 1);
	lab_said_end(b, MSG_STOPCCN, 1, 0);
	assert_int_equal(lab_find(b, L2TP_TUNNEL_DOWN)->end->why,
	    L2TP_WHY_SETUP);
	/* a call that is never connected; the owner never answered either */
	b->path = 2;
	lab_tunnel(b, PHONE(apple_sccrq));
	b->now = mono_add_ms(b->now, 1000);
	lab_feed(b, PHONE(android_icrq), b->tid, 0, 2, 1);
	assert_non_null(lab_find(b, L2TP_ASK_CALL));
	b->params.setup_ms = 5000;
	lab_expire(b, 29000);
	lab_said_end(b, MSG_CDN, 10, 0);
	assert_int_equal(lab_find(b, L2TP_CALL_DOWN)->end->why,
	    L2TP_WHY_SETUP);
	lab_free(b);
}

/* At the limit of tunnels the next is refused in words, not in silence. */
static void
full_house(void **state)
{
	struct lab *b = lab_new(2);
	struct msg_head h;
	struct msg m;

	(void)state;
	lab_tunnel(b, PHONE(apple_sccrq));
	lab_call(b);
	b->path = 2;
	lab_tunnel(b, PHONE(apple_sccrq));
	lab_call(b);
	b->path = 3;
	lab_feed(b, PHONE(apple_sccrq), 0, 0, 0, 0);
	lab_said_end(b, MSG_STOPCCN, 2, 4);
	assert_non_null(lab_sent(b, MSG_STOPCCN, &h, &m));
	assert_int_equal(h.tunnel_id, 1);
	/* refusals use what is kept for ended tunnels, then nothing is said */
	for (int i = 0; i < 100; i++) {
		b->path++;
		lab_feed(b, PHONE(apple_sccrq), 0, 0, 0, 0);
	}
	assert_int_equal(b->out.n, 0);
	lab_free(b);
}

/* A path ends tunnel after tunnel: only a few are kept to answer repeats. */
static void
few_linger(void **state)
{
	struct lab *b = lab_new(64);

	(void)state;
	for (int i = 0; i < 30; i++) {
		b->now = mono_add_ms(b->now, 1000);
		lab_feed(b, PHONE(android_secret_sccrq), 0, 0, 0, 0);
		lab_said_end(b, MSG_STOPCCN, 4, 0);
		lab_zlb(b, b->l->tunnels.high > 0 ?
		    ((struct tunnel *)pool_at(&b->l->tunnels,
		    b->l->tunnels.high - 1, NULL))->id : 0, 1, 1);
		assert_true(b->l->tunnels.used <= 9);
	}
	lab_free(b);
}

/*
 * A phone that dials again and again: the call that is up stays, attempts
 * that got stuck make room for the next one.
 */
static void
stuck_attempts(void **state)
{
	struct lab *b = lab_new(8);
	struct l2tp_stats s;

	(void)state;
	lab_tunnel(b, PHONE(apple_sccrq));
	lab_call(b);
	for (int i = 0; i < 6; i++) {
		b->now = mono_add_ms(b->now, 6000);
		lab_tunnel(b, PHONE(apple_sccrq));
		lab_feed(b, PHONE(android_icrq), b->tid, 0, 2, 1);
		assert_non_null(lab_find(b, L2TP_ASK_CALL));
		l2tp_stats(b->l, &s);
		assert_int_equal(s.tunnels, 2);
	}
	lab_free(b);
}

/* More calls in one tunnel than a box has room for. */
static void
many_calls(void **state)
{
	struct lab *b = lab_new(200);
	struct l2tp_params p = b->params;
	unsigned downs = 0;
	struct msg_head h;
	struct msg m;
	struct l2tp_stats s;

	(void)state;
	p.sessions_per_tunnel = 100;
	l2tp_free(b->l);
	b->l = l2tp_new(&p, &b->rng, &b->drops);
	lab_tunnel(b, PHONE(xl2tpd_sccrq));
	for (uint16_t i = 0; i < 100; i++) {
		char icrq[sizeof(android_icrq)];

		memcpy(icrq, android_icrq, sizeof(icrq));
		icrq[26] = (char)(i + 1);
		lab_feed(b, icrq, sizeof(icrq) - 1, b->tid, 0,
		    (uint16_t)(2 + 2 * i), (uint16_t)(1 + i));
		assert_non_null(lab_find(b, L2TP_ASK_CALL));
		l2tp_call_done(b->l, b->now,
		    lab_find(b, L2TP_ASK_CALL)->session, true, 0, 0, NULL,
		    &b->out);
		assert_non_null(lab_sent(b, MSG_ICRP, &h, &m));
		lab_feed(b, PHONE(android_iccn), b->tid, m.v.session_id,
		    (uint16_t)(3 + 2 * i), (uint16_t)(2 + i));
		assert_non_null(lab_find(b, L2TP_CALL_UP));
	}
	l2tp_stats(b->l, &s);
	assert_int_equal(s.sessions, 100);
	lab_feed(b, PHONE(windows_stopccn), b->tid, 0, 202, 101);
	while (lab_find(b, L2TP_TUNNEL_DOWN) == NULL) {
		assert_true(b->out.n > 0 && b->out.n <= L2TP_OUT_ACTS);
		downs += lab_count(b, L2TP_CALL_DOWN);
		lab_expire(b, 0);
	}
	downs += lab_count(b, L2TP_CALL_DOWN);
	assert_int_equal(downs, 100);
	l2tp_stats(b->l, &s);
	assert_int_equal(s.sessions, 0);
	lab_free(b);
}

/* ---- the LAC's side by hand ---- */

static void
lac_dials(struct lab *b, struct msg *m)
{
	struct msg_head h;

	b->path++;
	l2tp_out_reset(&b->out);
	assert_int_not_equal(l2tp_dial(b->l, b->now, b->path, &b->out), 0);
	assert_non_null(lab_sent(b, MSG_SCCRQ, &h, m));
	assert_int_equal(h.tunnel_id, 0);
	b->tid = m->v.tunnel_id;
}

static void
lac_hears(struct lab *b, unsigned type, uint16_t version, bool challenge)
{
	struct msg m = { .type = (uint16_t)type };
	uint8_t p[256];
	struct wr w = wr_make(p, sizeof(p));

	(void)wr_room(&w, MSG_HEAD);
	m.v.version = version;
	m.v.framing_caps = 2;
	m.v.host_name = m.v.challenge = rd_make("x", 1);
	m.v.tunnel_id = 77;
	m.v.tie_breaker = 1;
	m.v.has = 1u << AVP_PROTOCOL_VERSION | 1u << AVP_FRAMING_CAPABILITIES |
	    1u << AVP_HOST_NAME | 1u << AVP_ASSIGNED_TUNNEL_ID |
	    (unsigned)challenge << AVP_CHALLENGE |
	    (type == MSG_SCCRQ ? 1u << AVP_TIE_BREAKER : 0);
	assert_true(msg_encode(&w, &m));
	lab_feed(b, (const char *)p, wr_used(&w),
	    type == MSG_SCCRQ ? 0 : b->tid, 0, 0, type == MSG_SCCRQ ? 0 : 1);
}

#define M_ICRP	"\0\0\0\0\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x0b" \
		"\x80\x08\0\0\0\x0e\0\x09"

static void
lac_side(void **state)
{
	struct lab *b = lab_new(64);
	struct msg_head h;
	struct msg m;

	(void)state;
	lac_dials(b, &m);			/* another version */
	lac_hears(b, MSG_SCCRP, 0x0300, false);
	lab_said_end(b, MSG_STOPCCN, 5, 0x0100);
	assert_int_equal(lab_count(b, L2TP_CALL_DOWN), 1);
	assert_int_equal(lab_count(b, L2TP_TUNNEL_DOWN), 1);
	lac_dials(b, &m);			/* a challenge */
	lac_hears(b, MSG_SCCRP, 0x0100, true);
	lab_said_end(b, MSG_STOPCCN, 4, 0);
	lac_dials(b, &m);			/* refused by the peer */
	lab_feed(b, PHONE(windows_stopccn), b->tid, 0, 0, 1);
	assert_int_equal(lab_find(b, L2TP_TUNNEL_DOWN)->end->result, 1);
	lac_dials(b, &m);			/* both dial: RFC 2661 §4.4.3 */
	lac_hears(b, MSG_SCCRQ, 0x0100, false);
	assert_int_equal(lab_count(b, L2TP_TUNNEL_DOWN), 1);
	assert_true(lab_said(b, MSG_SCCRP));
	lac_dials(b, &m);			/* SCCCN in wait-ctl-reply */
	lab_feed(b, PHONE(bare_scccn), b->tid, 0, 0, 1);
	lab_said_end(b, MSG_STOPCCN, 7, 0);
	lac_dials(b, &m);			/* an ICRQ in wait-ctl-reply */
	lab_feed(b, PHONE(android_icrq), b->tid, 0, 0, 1);
	lab_said_end(b, MSG_STOPCCN, 7, 0);
	lac_dials(b, &m);			/* up; then a call comes in */
	lac_hears(b, MSG_SCCRP, 0x0100, false);
	assert_true(lab_said(b, MSG_SCCCN));
	assert_non_null(lab_sent(b, MSG_ICRQ, &h, &m));
	b->sid = m.v.session_id;
	assert_non_null(lab_find(b, L2TP_TUNNEL_UP));
	lab_feed(b, PHONE(android_icrq), b->tid, 0, 1, 3);
	lab_said_end(b, MSG_CDN, 5, 0);
	assert_non_null(lab_sent(b, MSG_CDN, &h, &m));
	assert_int_equal(h.session_id, 0x77aa);
	/* a CDN for a session of nobody */
	lab_feed(b, PHONE(windows_cdn), b->tid, 0, 2, 4);
	assert_null(lab_find(b, L2TP_CALL_DOWN));
	/* the framing that the peer has, not another (§4.4.3) */
	lab_feed(b, M_ICRP, sizeof(M_ICRP) - 1, b->tid, b->sid, 3, 4);
	assert_non_null(lab_sent(b, MSG_ICCN, &h, &m));
	assert_int_equal(m.v.framing_type, 2);
	assert_int_equal(lab_find(b, L2TP_CALL_UP)->call->peer_session_id, 9);
	lab_free(b);
}

#define M_OCRQ	"\0\0\0\0\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x07" \
		"\x80\x08\0\0\0\x0e\0\x09\x80\x0a\0\0\0\x0f\0\0\0\0" \
		"\x80\x0a\0\0\0\x10\0\0\0\0\x80\x0a\0\0\0\x11\0\0\0\0" \
		"\x80\x0a\0\0\0\x12\0\0\0\x01\x80\x0a\0\0\0\x13\0\0\0\x01" \
		"\x80\x07\0\0\0\x15" "1"
#define M_OCCN	"\0\0\0\0\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x09" \
		"\x80\x0a\0\0\0\x18\0\0\0\0\x80\x0a\0\0\0\x13\0\0\0\x01"
#define M_BADSLI "\0\0\0\0\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x10"
#define M_BADICRQ "\0\0\0\0\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x0a"
#define FEED(m, ns)	lab_feed(b, m, sizeof(m) - 1, b->tid, b->sid, ns, 2)

/* RFC 2661 §7.4.2: what does not belong ends the call, or nothing. */
static void
lns_side(void **state)
{
	struct lab *b = lab_new(64);

	(void)state;
	b->params.sessions_per_tunnel = 2;
	lab_tunnel(b, PHONE(kl2tpd_sccrq));
	lab_call(b);
	FEED(M_OCRQ, 4);
	lab_said_end(b, MSG_CDN, 5, 0);
	assert_null(lab_find(b, L2TP_CALL_DOWN));
	lab_zlb(b, b->tid, 5, 3);
	FEED(M_OCCN, 5);
	assert_int_equal(b->out.n, 1);
	lab_feed(b, PHONE(android_iccn), b->tid, (uint16_t)(b->sid ^ 1), 6, 3);
	assert_int_equal(b->out.n, 1);
	lab_feed(b, M_ICRP, sizeof(M_ICRP) - 1, b->tid,
	    (uint16_t)(b->sid ^ 1), 7, 3);
	lab_said_end(b, MSG_CDN, 2, 5);
	assert_null(lab_find(b, L2TP_CALL_DOWN));
	lab_zlb(b, b->tid, 8, 4);
	lab_feed(b, PHONE(android_iccn), b->tid, b->sid, 8, 4);	/* twice */
	lab_said_end(b, MSG_CDN, 2, 5);
	assert_int_equal(lab_count(b, L2TP_CALL_DOWN), 1);
	/* the same session id of the peer for two calls */
	b->path++;
	lab_tunnel(b, PHONE(kl2tpd_sccrq));
	lab_call(b);
	lab_feed(b, PHONE(android_icrq), b->tid, 0, 4, 2);
	lab_said_end(b, MSG_CDN, 2, 5);
	/* SLI without its AVP: about the session */
	b->path++;
	lab_tunnel(b, PHONE(kl2tpd_sccrq));
	lab_call(b);
	FEED(M_BADSLI, 4);
	lab_said_end(b, MSG_CDN, 2, 3);
	/* ICRQ that names no session: only the tunnel can be told */
	b->path++;
	lab_tunnel(b, PHONE(kl2tpd_sccrq));
	lab_feed(b, M_BADICRQ, sizeof(M_BADICRQ) - 1, b->tid, 0, 2, 1);
	lab_said_end(b, MSG_STOPCCN, 2, 3);
	lab_free(b);
}

/* ---- one byte of each message is another ---- */

struct step {
	const char *msg;
	size_t len;
	uint16_t ns, nr;
};

static const struct step steps[] = {
	{ PHONE(windows_sccrq), 0, 0 },
	{ PHONE(bare_scccn), 1, 1 },
	{ PHONE(windows_icrq), 2, 1 },
	{ PHONE(proxy_iccn), 3, 2 },
	{ PHONE(windows_cdn), 4, 2 },
	{ PHONE(windows_stopccn), 5, 2 },
};

static size_t
step_bytes(const struct lab *b, unsigned i, uint8_t *p, size_t size)
{
	const struct step *s = &steps[i];
	struct wr w = wr_make(p, size);
	struct msg_head h = { b->tid, i >= 3 && i < 5 ? b->sid : 0, s->ns,
	    s->nr };

	if (i == 0)
		h.tunnel_id = 0;
	msg_head_encode(&w, &h, rd_make(s->msg + MSG_HEAD,
	    s->len - MSG_HEAD));
	return wr_used(&w);
}

static void
step_feed(struct lab *b, const uint8_t *p, size_t n)
{
	l2tp_out_reset(&b->out);
	l2tp_input(b->l, b->now, b->path, rd_make(p, n), &b->out);
}

/* Sound steps up to number n, calls accepted. */
static void
step_to(struct lab *b, unsigned n)
{
	struct msg_head h;
	struct msg m;
	uint8_t p[256];

	for (unsigned i = 0; i < n; i++) {
		step_feed(b, p, step_bytes(b, i, p, sizeof(p)));
		if (lab_sent(b, MSG_SCCRP, &h, &m) != NULL)
			b->tid = m.v.tunnel_id;
		if (lab_find(b, L2TP_ASK_CALL) == NULL)
			continue;
		l2tp_call_done(b->l, b->now,
		    lab_find(b, L2TP_ASK_CALL)->session, true, 0, 0, NULL,
		    &b->out);
		assert_non_null(lab_sent(b, MSG_ICRP, &h, &m));
		b->sid = m.v.session_id;
	}
}

/*
 * Every message of a dial-in, every byte of it, five corruptions each: the
 * message is used, or ends something in words, or nothing changes at all.
 */
static void
property_one_byte(void **state)
{
	static const uint8_t flips[] = { 0x01, 0x02, 0x40, 0x80, 0xff };
	struct lab *b = lab_new(8);
	unsigned silent = 0, used = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct rd frozen;
		uint8_t p[256], bad[256];
		size_t n;

		l2tp_free(b->l);
		b->l = l2tp_new(&b->params, &b->rng, &b->drops);
		step_to(b, i);
		frozen = lab_dump(b);
		n = step_bytes(b, i, p, sizeof(p));
		for (size_t at = 0; at < n * sizeof(flips); at++) {
			struct rd r = frozen;
			struct rd after;

			l2tp_free(b->l);
			b->l = l2tp_thaw(&b->params, &b->rng, &b->drops, &r);
			memcpy(bad, p, n);
			bad[at / sizeof(flips)] ^= flips[at % sizeof(flips)];
			step_feed(b, bad, n);
			if (b->out.n > 0) {
				used++;
				continue;
			}
			after = lab_dump(b);
			assert_int_equal(rd_left(&after), rd_left(&frozen));
			/* only the moment it was heard may differ: it is now */
			assert_true(rd_eq(after, frozen.p, rd_left(&frozen)));
			free((void *)(uintptr_t)after.p);
			silent++;
		}
		free((void *)(uintptr_t)frozen.p);
	}
	print_message("%u used or answered, %u without effect\n", used,
	    silent);
	assert_true(used > 500 && silent > 100);
	lab_free(b);
}

static void
rethaw(struct lab *b)
{
	struct rd frozen = lab_dump(b), r = frozen;

	l2tp_free(b->l);
	b->l = l2tp_thaw(&b->params, &b->rng, &b->drops, &r);
	assert_non_null(b->l);
	free((void *)(uintptr_t)frozen.p);
}

/* N-49: with tunnel id 0, by the peer's id: the one that lives is meant. */
static void
n49_stopccn_after_redial(void **state)
{
	struct lab *b = lab_new(8);

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		lab_tunnel(b, PHONE(windows_sccrq));
		lab_feed(b, PHONE(windows_stopccn), b->tid, 0, 2, 1);
		assert_non_null(lab_find(b, L2TP_TUNNEL_DOWN));
		lab_feed(b, PHONE(windows_sccrq), 0, 0, 0, 0);
		assert_true(lab_said(b, MSG_SCCRP));
		rethaw(b);	/* chains come in another order */
		lab_feed(b, PHONE(windows_stopccn), 0, 0, 1, 0);
		assert_non_null(lab_find(b, L2TP_TUNNEL_DOWN));
		assert_true(lab_said(b, 0));
		b->now = mono_add_s(b->now, 5);
	}
	lab_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seventy_thousand),
		cmocka_unit_test(small_in_memory),
		cmocka_unit_test(thaw_refuses),
		cmocka_unit_test(set_up_in_time),
		cmocka_unit_test(full_house),
		cmocka_unit_test(few_linger),
		cmocka_unit_test(stuck_attempts),
		cmocka_unit_test(many_calls),
		cmocka_unit_test(lac_side),
		cmocka_unit_test(lns_side),
		cmocka_unit_test(n49_stopccn_after_redial),
		cmocka_unit_test(property_one_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
