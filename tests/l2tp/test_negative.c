/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Negative tests of threats.md 2.5 that the others leave open: every string
 * of every message, proxy authentication, and the account of threats.md 2.1.
 */

#include "tests/l2tp/lab.h"
#include "tests/std.h"

#define HOSTILE	"%n%s%p$(id)`x`\n\033[2J\0\"\\\x7f\xff"
#define HOSTILE_LEN	(sizeof(HOSTILE) - 1)

/* Strings by the message that carries them. */
static const struct {
	uint8_t msg;
	uint8_t avp;
} strings[] = {
	{ MSG_SCCRQ, 7 },	/* Host Name */
	{ MSG_SCCRQ, 8 },	/* Vendor Name */
	{ MSG_ICRQ, 21 },	/* Called Number */
	{ MSG_ICRQ, 22 },	/* Calling Number */
	{ MSG_ICRQ, 23 },	/* Sub-Address */
	{ MSG_ICCN, 37 },	/* Private Group ID */
	{ MSG_ICCN, 30 },	/* Proxy Authen Name */
};

static void
avp(struct wr *w, uint16_t type, const void *b, size_t n)
{
	wr_u16(w, (uint16_t)(6 + n));	/* M clear: it is optional */
	wr_u16(w, 0);
	wr_u16(w, type);
	wr_bytes(w, b, n);
}

/* A phone's message with one string of n bytes more (or in its place). */
static size_t
with_string(const char *phone, size_t len, uint8_t type, size_t n, char *out,
    size_t size)
{
	struct wr w = wr_make(out, size);
	char text[1100];
	struct rd r = rd_make(phone, len), head = rd_sub(&r, MSG_HEAD);

	for (size_t i = 0; i < n; i++)
		text[i] = HOSTILE[i % HOSTILE_LEN];
	wr_rd(&w, head);
	while (rd_left(&r) > 0) {
		struct rd at = r;
		uint16_t flags = rd_u16(&at), vendor = rd_u16(&at);
		uint16_t t = rd_u16(&at);
		struct rd one = rd_sub(&r, flags & 0x3ff);

		if (vendor != 0 || t != type)
			wr_rd(&w, one);
	}
	avp(&w, type, text, n);
	assert_false(w.bad);
	return wr_used(&w);
}

static void
printable(const char *s, size_t max)
{
	assert_true(strlen(s) < max);
	for (; *s != '\0'; s++)
		assert_true(*s > ' ' && *s < 0x7f);
}

/* A tunnel whose SCCRQ has such a string. */
static void
tunnel_with(struct lab *b, uint8_t type, size_t len)
{
	char m[1500];
	size_t n = with_string(PHONE(android_sccrq), type, len, m, sizeof(m));
	const struct l2tp_tunnel_info *tun;
	struct msg_head h;
	struct msg reply;

	lab_feed(b, m, n, 0, 0, 0, 0);
	if (type == 7 && len == 0) {	/* Host Name is required */
		lab_said_end(b, MSG_STOPCCN, 2, 3);
		return;
	}
	assert_non_null(lab_sent(b, MSG_SCCRP, &h, &reply));
	b->tid = reply.v.tunnel_id;
	lab_feed(b, PHONE(bare_scccn), b->tid, 0, 1, 1);
	tun = lab_find(b, L2TP_TUNNEL_UP)->tun;
	printable(tun->host_name, L2TP_NAME_MAX);
	printable(tun->vendor_name, L2TP_NAME_MAX);
}

/* A call whose ICRQ or ICCN has one. */
static void
call_with(struct lab *b, uint8_t msg, uint8_t type, size_t len)
{
	char m[1500];
	size_t n = with_string(PHONE(android_icrq), type, len, m, sizeof(m));
	struct msg_head h;
	struct msg reply;
	struct l2tp_stats s;

	lab_tunnel(b, PHONE(android_sccrq));
	if (msg == MSG_ICRQ)
		lab_feed(b, m, n, b->tid, 0, 2, 1);
	else
		lab_feed(b, PHONE(android_icrq), b->tid, 0, 2, 1);
	assert_non_null(lab_find(b, L2TP_ASK_CALL));
	b->session = lab_find(b, L2TP_ASK_CALL)->session;
	l2tp_out_reset(&b->out);
	l2tp_call_done(b->l, b->now, b->session, true, 0, 0, NULL, &b->out);
	assert_non_null(lab_sent(b, MSG_ICRP, &h, &reply));
	b->sid = reply.v.session_id;
	n = with_string(PHONE(android_iccn), type, len, m, sizeof(m));
	if (msg == MSG_ICCN)
		lab_feed(b, m, n, b->tid, b->sid, 3, 2);
	else
		lab_feed(b, PHONE(android_iccn), b->tid, b->sid, 3, 2);
	assert_non_null(lab_find(b, L2TP_CALL_UP));
	l2tp_stats(b->l, &s);
	assert_int_equal(s.sessions, 1);
}

/* N-43, N-24: 0, 1, 253 to 256 and 1,017 bytes in each, hostile ones. */
static void
n43_every_string(void **state)
{
	static const size_t lens[] = { 0, 1, 253, 254, 255, 256, 1017 };
	struct lab *b = lab_new(8);

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		for (size_t k = 0; k < sizeof(lens) / sizeof(lens[0]); k++) {
			b->path++;
			l2tp_free(b->l);
			b->l = l2tp_new(&b->params, &b->rng, &b->drops);
			if (strings[i].msg == MSG_SCCRQ)
				tunnel_with(b, strings[i].avp, lens[k]);
			else
				call_with(b, strings[i].msg, strings[i].avp,
				    lens[k]);
		}
	lab_free(b);
}

/* N-24: the error message of a StopCCN and a CDN is text, escaped and cut. */
static void
n24_error_messages(void **state)
{
	static const size_t lens[] = { 1, 20, 127, 128, 1000 };
	struct lab *b = lab_new(8);

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		for (int stop = 0; stop < 2; stop++) {
			char m[1400], text[1004] = { 0, 2, 0, 6 };
			struct wr w = wr_make(m, sizeof(m));
			const struct l2tp_act *a;

			b->path++;
			lab_tunnel(b, PHONE(android_sccrq));
			lab_call(b);
			for (size_t k = 0; k < lens[i]; k++)
				text[4 + k] = HOSTILE[k % HOSTILE_LEN];
			wr_zero(&w, MSG_HEAD);
			wr_bytes(&w, (const uint8_t[]){ 0x80, 8, 0, 0, 0, 0, 0,
			    stop ? MSG_STOPCCN : MSG_CDN }, 8);
			wr_bytes(&w, stop ? "\x80\x08\0\0\0\x09\x4a\x51" :
			    "\x80\x08\0\0\0\x0e\x77\xaa", 8);
			avp(&w, 1, text, 4 + lens[i]);
			lab_feed(b, m, wr_used(&w), b->tid, stop ? 0 : b->sid,
			    4, 2);
			a = lab_find(b, stop ? L2TP_TUNNEL_DOWN :
			    L2TP_CALL_DOWN);
			assert_non_null(a);
			assert_true(strlen(a->end->text) < L2TP_TEXT_MAX);
			for (const char *p = a->end->text; *p != '\0'; p++)
				assert_true(*p >= ' ' && *p < 0x7f);
		}
	lab_free(b);
}

/* ---- N-52 ---- */

/* The ICCN with proxy LCP and proxy authentication of this type. */
static size_t
proxy(uint16_t type, char *out, size_t size)
{
	struct wr w = wr_make(out, size);
	uint8_t t[2] = { (uint8_t)(type >> 8), (uint8_t)type };

	wr_bytes(&w, android_iccn, sizeof(android_iccn) - 1);
	avp(&w, 26, "\x01\x04\x05\x78", 4);	/* Initial Received LCP */
	avp(&w, 27, "\x01\x04\x05\x78\x03\x04\xc0\x23", 8);	/* Last Sent */
	avp(&w, 28, "\x01\x04\x05\x78", 4);	/* Last Received */
	avp(&w, 29, t, 2);			/* Proxy Authen Type */
	avp(&w, 30, "alice", 5);		/* Name */
	avp(&w, 31, "0123456789abcdef", 16);	/* Challenge */
	avp(&w, 32, "\0\x09", 2);		/* ID */
	avp(&w, 33, "xxxxxxxxxxxxxxxx", 16);	/* Response */
	assert_false(w.bad);
	return wr_used(&w);
}

/*
 * Whatever the LAC says it has proven (0 to 5: reserved, text, CHAP, PAP,
 * none, MS-CHAP), the call comes up as without it: the same words to the owner
 * and the same state, so that PPP begins at its beginning.
 */
static void
n52_proxy_authentication(void **state)
{
	struct lab *b = lab_new(8);
	struct l2tp_call_info plain;
	struct rd start, want = { 0 };

	(void)state;
	memset(&plain, 0, sizeof(plain));
	lab_tunnel(b, PHONE(android_sccrq));
	lab_feed(b, PHONE(android_icrq), b->tid, 0, 2, 1);
	b->session = lab_find(b, L2TP_ASK_CALL)->session;
	l2tp_out_reset(&b->out);
	l2tp_call_done(b->l, b->now, b->session, true, 0, 0, NULL, &b->out);
	{
		struct msg_head h;
		struct msg m;

		assert_non_null(lab_sent(b, MSG_ICRP, &h, &m));
		b->sid = m.v.session_id;
	}
	start = lab_dump(b);
	for (uint16_t type = 0; type < 8; type++) {
		struct rd r = start, now;
		const struct l2tp_act *a;
		char m[400];
		size_t n = type == 0 ? sizeof(android_iccn) - 1 :
		    proxy((uint16_t)(type - 1), m, sizeof(m));

		l2tp_free(b->l);
		b->l = l2tp_thaw(&b->params, &b->rng, &b->drops, &r);
		assert_non_null(b->l);
		lab_feed(b, type == 0 ? android_iccn : m, n, b->tid, b->sid,
		    3, 2);
		assert_int_equal(lab_count(b, L2TP_CALL_UP), 1);
		assert_int_equal(b->out.n, 2);
		a = lab_find(b, L2TP_CALL_UP);
		now = lab_dump(b);
		if (type == 0) {
			plain = *a->call;
			want = now;
			continue;
		}
		assert_int_equal(a->call->session_id, plain.session_id);
		assert_int_equal(a->call->peer_session_id,
		    plain.peer_session_id);
		assert_int_equal(a->call->tx_speed, plain.tx_speed);
		assert_int_equal(a->call->sequencing, plain.sequencing);
		assert_int_equal(rd_left(&now), rd_left(&want));
		assert_memory_equal(now.p, want.p, rd_left(&want));
		free((void *)(uintptr_t)now.p);
	}
	free((void *)(uintptr_t)start.p);
	free((void *)(uintptr_t)want.p);
	lab_free(b);
}

/* ---- the account ---- */

/* What an SCCRQ of a stranger to us costs: one answer, repeats aside none. */
static void
n47_one_answer_each(void **state)
{
	struct lab *b = lab_new(64);
	struct std s = { 0 };
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 47);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t m[120];
		size_t n = 12 + rng_below(&rng, sizeof(m) - 12);
		uint16_t tid = 0;

		(void)rng_fill(&rng, m, sizeof(m));
		if (i % 2 == 0) {	/* a good one, a byte wrong */
			n = sizeof(android_sccrq) - 1;
			memcpy(m, android_sccrq, n);
			m[12 + rng_below(&rng, (uint32_t)n - 12)] ^=
			    (uint8_t)(1u << rng_below(&rng, 8));
		}
		if (i % 16 == 1)
			tid = (uint16_t)rng_u32(&rng);
		b->path = 1 + i / 5;
		std_in(&s, n + 42);	/* IP, UDP and ESP are no smaller */
		lab_feed(b, (char *)m, n, tid, 0, 0, 0);
		for (unsigned k = 0; k < b->out.n; k++)
			if (b->out.act[k].kind == L2TP_SEND) {
				assert_true(s.may > 0);
				s.may--;
				s.out++;
			}
		b->now = mono_add_ms(b->now, 50);
		if (i % 5 == 4)
			l2tp_path_gone(b->l, b->now, b->path, &b->out);
	}
	assert_true(s.out > 0 && s.out <= s.in);
	for (int i = 0; i < 120; i++)
		lab_expire(b, 1000);
	assert_int_equal(l2tp_deadline(b->l).us, MONO_NEVER.us);
	lab_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n24_error_messages),
		cmocka_unit_test(n43_every_string),
		cmocka_unit_test(n47_one_answer_each),
		cmocka_unit_test(n52_proxy_authentication),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
