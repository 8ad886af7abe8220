/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Normative lines of threats.md 4.4, by number, that no other test proves:
 * see tests/normative.txt.
 */

#include "tests/l2tp/lab.h"

static size_t
message(uint8_t *p, size_t size, const struct msg *m)
{
	struct wr w = wr_make(p, size);

	(void)wr_room(&w, MSG_HEAD);
	assert_true(msg_encode(&w, m));
	return wr_used(&w);
}

/*
 * 101: the header says 0 as long as the peer has not said its number: SCCRQ
 * and ICRQ of our calling end, and afterwards what it said.
 */
static void
r101_zero_before_assignment(void **state)
{
	struct lab *b = lab_new(8);
	struct msg m = { .type = MSG_SCCRP };
	struct msg_head h;
	struct msg got;
	uint8_t p[256];
	size_t n;

	(void)state;
	assert_int_not_equal(l2tp_dial(b->l, b->now, b->path, &b->out), 0);
	assert_non_null(lab_sent(b, MSG_SCCRQ, &h, &got));
	assert_int_equal(h.tunnel_id, 0);
	assert_int_equal(h.session_id, 0);
	b->tid = got.v.tunnel_id;
	m.v.version = 0x0100;
	m.v.framing_caps = 3;
	m.v.host_name = rd_make("lns", 3);
	m.v.tunnel_id = 0x3344;
	m.v.window = 4;
	m.v.has = 1u << AVP_PROTOCOL_VERSION | 1u << AVP_FRAMING_CAPABILITIES |
	    1u << AVP_HOST_NAME | 1u << AVP_ASSIGNED_TUNNEL_ID |
	    1u << AVP_RECEIVE_WINDOW_SIZE;
	n = message(p, sizeof(p), &m);
	lab_feed(b, (const char *)p, n, b->tid, 0, 0, 1);
	assert_non_null(lab_sent(b, MSG_SCCCN, &h, &got));
	assert_int_equal(h.tunnel_id, 0x3344);
	assert_non_null(lab_sent(b, MSG_ICRQ, &h, &got));
	assert_int_equal(h.tunnel_id, 0x3344);
	assert_int_equal(h.session_id, 0);
	b->sid = got.v.session_id;
	m = (struct msg){ .type = MSG_ICRP };
	m.v.session_id = 0x5566;
	m.v.has = 1u << AVP_ASSIGNED_SESSION_ID;
	n = message(p, sizeof(p), &m);
	lab_feed(b, (const char *)p, n, b->tid, b->sid, 1, 3);
	assert_non_null(lab_sent(b, MSG_ICCN, &h, &got));
	assert_int_equal(h.session_id, 0x5566);
	lab_free(b);
}

/* 104: what is sent again has its old Ns and the Nr of now. */
static void
r104_repeats_have_a_fresh_nr(void **state)
{
	struct lab *b = lab_new(8);
	const struct l2tp_act *a;
	struct msg_head h;
	struct msg m;
	uint8_t first[256];
	size_t n;

	(void)state;
	lab_tunnel(b, PHONE(android_sccrq));
	lab_feed(b, PHONE(android_icrq), b->tid, 0, 2, 1);
	b->session = lab_find(b, L2TP_ASK_CALL)->session;
	l2tp_out_reset(&b->out);
	l2tp_call_done(b->l, b->now, b->session, true, 0, 0, NULL, &b->out);
	a = lab_sent(b, MSG_ICRP, &h, &m);
	assert_non_null(a);
	assert_int_equal(h.ns, 1);
	assert_int_equal(h.nr, 3);
	n = rd_left(&a->data);
	memcpy(first, a->data.p, n);
	/* The peer goes on, but has not had it. */
	lab_feed(b, PHONE(bare_hello), b->tid, 0, 3, 1);
	assert_true(lab_said(b, 0));
	lab_expire(b, 1000);
	a = lab_sent(b, MSG_ICRP, &h, &m);
	assert_non_null(a);
	assert_int_equal(h.ns, 1);
	assert_int_equal(h.nr, 4);
	/* All but Nr is as it was. */
	assert_int_equal(rd_left(&a->data), n);
	assert_memory_equal(a->data.p, first, 10);
	assert_memory_equal(a->data.p + 12, first + 12, n - 12);
	lab_free(b);
}

/* 104: intervals and tries are those of the parameters as they are now. */
static void
r104_parameters_are_read_anew(void **state)
{
	struct lab *b = lab_new(8);

	(void)state;
	lab_feed(b, PHONE(android_sccrq), 0, 0, 0, 0);
	assert_true(lab_said(b, MSG_SCCRP));
	b->params.rtx_first_ms = 4000;
	b->params.rtx_cap_ms = 9000;
	b->params.rtx_tries = 2;
	lab_expire(b, 1000);		/* was set before */
	assert_true(lab_said(b, MSG_SCCRP));
	lab_expire(b, 7999);
	assert_int_equal(b->out.n, 0);
	lab_expire(b, 1);
	assert_true(lab_said(b, MSG_SCCRP));
	lab_expire(b, 8999);
	assert_int_equal(b->out.n, 0);
	lab_expire(b, 1);
	assert_non_null(lab_find(b, L2TP_TUNNEL_DOWN));
	assert_int_equal(lab_find(b, L2TP_TUNNEL_DOWN)->end->why,
	    L2TP_WHY_TIMEOUT);
	lab_free(b);
}

/* 108: a HELLO after 60 s of silence, not before, and of no session. */
static void
r108_hello(void **state)
{
	struct lab *b = lab_new(8);
	struct msg_head h;
	struct msg m;

	(void)state;
	lab_tunnel(b, PHONE(android_sccrq));
	lab_call(b);
	lab_expire(b, 59999);
	assert_int_equal(b->out.n, 0);
	lab_expire(b, 1);
	assert_non_null(lab_sent(b, MSG_HELLO, &h, &m));
	assert_int_equal(h.tunnel_id, 0x4a51);
	assert_int_equal(h.session_id, 0);
	lab_free(b);
}

/* 109: a CDN is acknowledged and cleaned up after; nothing is answered. */
static void
r109_cdn_has_no_answer(void **state)
{
	struct lab *b = lab_new(8);
	struct l2tp_stats s;

	(void)state;
	lab_tunnel(b, PHONE(windows_sccrq));
	lab_call(b);
	lab_feed(b, PHONE(windows_cdn), b->tid, b->sid, 4, 2);
	assert_int_equal(lab_count(b, L2TP_SEND), 1);
	assert_true(lab_said(b, 0));
	l2tp_stats(b->l, &s);
	assert_int_equal(s.sessions, 0);
	for (int i = 0; i < 20; i++) {
		lab_expire(b, 1000);
		assert_int_equal(lab_count(b, L2TP_SEND), 0);
	}
	lab_free(b);
}

/* 114: the refusal names the offending AVP, in ASCII. */
static void
r114_error_text(void **state)
{
	static const char m[] = "\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\x80\x08\0\0\0\0\0\x06" "\x80\x06\0\x09\0\x01";
	struct lab *b = lab_new(8);
	struct msg_head h;
	struct msg got;
	char text[128] = "";
	size_t n;

	(void)state;
	lab_tunnel(b, PHONE(android_sccrq));
	lab_feed(b, m, sizeof(m) - 1, b->tid, 0, 2, 1);
	assert_non_null(lab_sent(b, MSG_STOPCCN, &h, &got));
	n = rd_left(&got.v.result.text);
	assert_in_range(n, 1, sizeof(text) - 1);
	rd_copy(&got.v.result.text, text, n);
	assert_non_null(strstr(text, "HELLO"));
	assert_non_null(strstr(text, "attribute 1 "));
	assert_non_null(strstr(text, "vendor 9"));
	for (size_t i = 0; i < n; i++)
		assert_in_range(text[i], ' ', '~');
	lab_free(b);
}

/* 105, clients.md 35: without the AVP the peer's window is 4. */
static void
r105_window_when_absent(void **state)
{
	struct lab *b = lab_new(8);

	(void)state;
	lab_tunnel(b, PHONE(kl2tpd_sccrq));
	assert_int_equal(lab_find(b, L2TP_TUNNEL_UP)->tun->window, 4);
	lab_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r101_zero_before_assignment),
		cmocka_unit_test(r104_repeats_have_a_fresh_nr),
		cmocka_unit_test(r104_parameters_are_read_anew),
		cmocka_unit_test(r105_window_when_absent),
		cmocka_unit_test(r108_hello),
		cmocka_unit_test(r109_cdn_has_no_answer),
		cmocka_unit_test(r114_error_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
