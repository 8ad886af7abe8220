/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes in: the messages of real clients, and of hostile ones. */

#include "tests/l2tp/lab.h"

/* clients.md 1.6, 31: each message is acknowledged at once, window is 1. */
static void
android(void **state)
{
	struct lab *b = lab_new(8);
	struct msg_head h;
	struct msg m;
	const struct l2tp_act *a;

	(void)state;
	lab_feed(b, PHONE(android_sccrq), 0, 0, 0, 0);
	assert_int_equal(b->out.n, 1);
	a = lab_sent(b, MSG_SCCRP, &h, &m);
	assert_non_null(a);
	/* (flags & 0xcb0f) == 0xc802, length is the datagram's (33) */
	assert_int_equal(a->data.p[0], 0xc8);
	assert_int_equal(a->data.p[1], 0x02);
	assert_int_equal(a->data.p[2] << 8 | a->data.p[3], rd_left(&a->data));
	assert_memory_equal(a->data.p + 12, "\x80\x08\0\0\0\0\0\x02", 8);
	assert_int_equal(h.tunnel_id, 0x4a51);
	assert_int_equal(m.v.version, 0x0100);
	assert_int_equal(m.v.framing_caps, 3);
	assert_true(m.v.window >= 4);
	b->tid = m.v.tunnel_id;
	lab_feed(b, PHONE(bare_scccn), b->tid, 0, 1, 1);
	assert_int_equal(b->out.n, 2);
	assert_int_equal(b->out.act[0].kind, L2TP_SEND);
	assert_non_null(lab_sent(b, 0, &h, &m));
	assert_int_equal(h.nr, 2);
	assert_int_equal(h.ns, 1);
	a = lab_find(b, L2TP_TUNNEL_UP);
	assert_string_equal(a->tun->host_name, "anonymous");
	assert_int_equal(a->tun->window, 1);
	assert_int_equal(a->tun->id, b->tid);
	lab_call(b);
	/* the ICCN's ack stands before the call in the box (kl2tpd) */
	assert_int_equal(b->out.act[0].kind, L2TP_SEND);
	assert_int_equal(b->out.act[1].kind, L2TP_CALL_UP);
	a = lab_find(b, L2TP_CALL_UP);
	assert_int_equal(a->call->peer_session_id, 0x77aa);
	assert_int_equal(a->call->session_id, b->sid);
	assert_int_equal(a->call->tx_speed, 100000000);
	assert_false(a->call->sequencing);
	lab_feed(b, PHONE(android_stopccn), b->tid, 0, 4, 2);
	assert_int_equal(b->out.n, 3);
	assert_int_equal(b->out.act[0].kind, L2TP_SEND);
	a = lab_find(b, L2TP_CALL_DOWN);
	assert_int_equal(a->end->why, L2TP_WHY_PEER);
	assert_int_equal(a->end->result, 6);
	assert_int_equal(b->out.act[2].kind, L2TP_TUNNEL_DOWN);
	lab_free(b);
}

/* SCCCN and ICRQ back to back, correlation id, proxy authentication. */
static void
windows_and_n52_proxy(void **state)
{
	struct lab *b = lab_new(8);
	struct msg_head h;
	struct msg m;

	(void)state;
	lab_feed(b, PHONE(windows_sccrq), 0, 0, 0, 0);
	assert_non_null(lab_sent(b, MSG_SCCRP, &h, &m));
	b->tid = m.v.tunnel_id;
	/* the ICRQ overtakes the SCCCN: kept, acknowledged, used later */
	lab_feed(b, PHONE(windows_icrq), b->tid, 0, 2, 1);
	assert_non_null(lab_sent(b, 0, &h, &m));
	assert_int_equal(h.nr, 1);
	assert_null(lab_find(b, L2TP_ASK_CALL));
	lab_feed(b, PHONE(bare_scccn), b->tid, 0, 1, 1);
	assert_non_null(lab_find(b, L2TP_TUNNEL_UP));
	assert_non_null(lab_find(b, L2TP_ASK_CALL));
	assert_non_null(lab_sent(b, 0, &h, &m));
	assert_int_equal(h.nr, 3);
	b->session = lab_find(b, L2TP_ASK_CALL)->session;
	l2tp_out_reset(&b->out);
	l2tp_call_done(b->l, b->now, b->session, true, 0, 0, NULL, &b->out);
	assert_non_null(lab_sent(b, MSG_ICRP, &h, &m));
	assert_int_equal(h.session_id, 1);
	b->sid = m.v.session_id;
	lab_feed(b, PHONE(proxy_iccn), b->tid, b->sid, 3, 2);
	assert_int_equal(lab_count(b, L2TP_CALL_UP), 1);
	lab_feed(b, PHONE(windows_cdn), b->tid, b->sid, 4, 2);
	assert_int_equal(lab_find(b, L2TP_CALL_DOWN)->end->result, 3);
	assert_true(lab_said(b, 0));
	lab_feed(b, PHONE(windows_stopccn), b->tid, 0, 5, 2);
	assert_int_equal(lab_find(b, L2TP_TUNNEL_DOWN)->end->result, 1);
	lab_free(b);
}

/* NUL in the name, swapped result codes, HELLO on tunnel 0. */
static void
apple(void **state)
{
	struct lab *b = lab_new(8);

	(void)state;
	lab_tunnel(b, PHONE(apple_sccrq));
	assert_string_equal(lab_find(b, L2TP_TUNNEL_UP)->tun->host_name,
	    "iPhone");
	lab_call(b);
	lab_feed(b, PHONE(bare_hello), 0, 0, 4, 2);
	assert_int_equal(b->out.n, 0);
	lab_feed(b, PHONE(bare_hello), (uint16_t)(b->tid ^ 1), 0, 4, 2);
	assert_int_equal(b->out.n, 0);
	lab_feed(b, PHONE(apple_cdn), b->tid, b->sid, 4, 2);
	assert_int_equal(lab_find(b, L2TP_CALL_DOWN)->end->result, 3);
	lab_feed(b, PHONE(apple_stopccn), b->tid, 0, 5, 2);
	assert_int_equal(lab_find(b, L2TP_TUNNEL_DOWN)->end->result, 1);
	lab_free(b);
}

/* clients.md 40: the same SCCRQ again yields the same SCCRP. */
static void
repeated_sccrq(void **state)
{
	struct lab *b = lab_new(8);
	uint8_t first[256];
	size_t len;

	(void)state;
	lab_feed(b, PHONE(mikrotik_sccrq), 0, 0, 0, 0);
	len = rd_left(&b->out.act[0].data);
	memcpy(first, b->out.act[0].data.p, len);
	for (int i = 0; i < 30; i++) {
		b->now = mono_add_ms(b->now, 300);
		lab_feed(b, PHONE(mikrotik_sccrq), 0, 0, 0, 0);
		assert_int_equal(b->out.n, 1);
		assert_true(rd_eq(b->out.act[0].data, first, len));
	}
	/* late copies after the tunnel is up: acknowledged, nothing more */
	b->path = 2;
	lab_tunnel(b, PHONE(mikrotik_sccrq));
	lab_feed(b, PHONE(mikrotik_sccrq), 0, 0, 0, 0);
	assert_int_equal(b->out.n, 1);
	assert_true(lab_said(b, 0));
	lab_free(b);
}

/* clients.md 40: the new one wins after its ICCN, the old goes quietly. */
static void
newer_tunnel_wins(void **state)
{
	struct lab *b = lab_new(8);
	const struct l2tp_act *a;

	(void)state;
	for (int same = 0; same < 2; same++) {
		uint16_t old;

		b->path++;
		lab_tunnel(b, PHONE(apple_sccrq));
		lab_call(b);
		old = b->tid;
		b->now = mono_add_ms(b->now, 20000);
		if (same)
			lab_tunnel(b, PHONE(apple_sccrq));
		else
			lab_tunnel(b, PHONE(windows_sccrq));
		assert_null(lab_find(b, L2TP_CALL_DOWN));
		lab_call(b);
		a = lab_find(b, L2TP_CALL_DOWN);
		assert_int_equal(a->end->why, L2TP_WHY_CLOSED);
		assert_int_equal(lab_count(b, L2TP_TUNNEL_DOWN), 1);
		assert_false(lab_said(b, MSG_STOPCCN));
		assert_false(lab_said(b, MSG_CDN));
		/* a late StopCCN for the old one is acknowledged */
		lab_feed(b, PHONE(windows_stopccn), old, 0, 4, 2);
		assert_int_equal(b->out.n, 1);
		assert_true(lab_said(b, 0));
	}
	lab_free(b);
}

/* RFC 2661 §5.1.1: without a secret no answer, so no tunnel. */
static void
challenge_is_refused(void **state)
{
	struct lab *b = lab_new(8);
	const struct l2tp_act *a;

	(void)state;
	lab_feed(b, PHONE(android_secret_sccrq), 0, 0, 0, 0);
	lab_said_end(b, MSG_STOPCCN, 4, 0);
	a = lab_find(b, L2TP_TUNNEL_DOWN);
	assert_int_equal(a->end->why, L2TP_WHY_REFUSED);
	assert_non_null(strstr(a->end->text, "clear the L2TP secret field"));
	/* repeated before the StopCCN is acknowledged: the same again */
	lab_feed(b, PHONE(android_secret_sccrq), 0, 0, 0, 0);
	lab_said_end(b, MSG_STOPCCN, 4, 0);
	assert_null(lab_find(b, L2TP_TUNNEL_DOWN));
	lab_free(b);
}

#define M_HELLO		"\0\0\0\0\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x06"
#define M_ICCN		"\0\0\0\0\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x0c"
#define M_UNKNOWN	"\x80\x06\0\x09\0\x01"

static void
n42_engine(void **state)
{
	struct lab *b = lab_new(8);
	struct msg_head h;
	struct msg m;
	const struct l2tp_act *a;

	(void)state;
	lab_tunnel(b, PHONE(android_sccrq));
	lab_feed(b, PHONE(android_icrq), b->tid, 0, 2, 1);
	l2tp_call_done(b->l, b->now, lab_find(b, L2TP_ASK_CALL)->session, true,
	    0, 0, NULL, &b->out);
	assert_non_null(lab_sent(b, MSG_ICRP, &h, &m));
	b->sid = m.v.session_id;
	/* about a session: CDN, the tunnel stays */
	lab_feed(b, M_ICCN M_UNKNOWN, sizeof(M_ICCN M_UNKNOWN) - 1, b->tid,
	    b->sid, 3, 2);
	lab_said_end(b, MSG_CDN, 2, 8);
	a = lab_find(b, L2TP_CALL_DOWN);
	assert_int_equal(a->end->why, L2TP_WHY_PROTOCOL);
	assert_non_null(strstr(a->end->text, "vendor 9"));
	assert_null(lab_find(b, L2TP_TUNNEL_DOWN));
	/* about the tunnel: StopCCN */
	lab_feed(b, M_HELLO M_UNKNOWN, sizeof(M_HELLO M_UNKNOWN) - 1, b->tid,
	    0, 4, 3);
	lab_said_end(b, MSG_STOPCCN, 2, 8);
	assert_int_equal(lab_count(b, L2TP_TUNNEL_DOWN), 1);
	lab_free(b);
}

/* Hidden, with and without M, after a Random Vector: refused, and said so. */
static void
n44_engine(void **state)
{
	static const char *const avps[] = {
		"\xc0\x0e\0\0\0\x08" "12345678",
		"\x40\x0e\0\0\0\x08" "12345678",
		"\x80\x0e\0\0\0\x24" "12345678\xc0\x08\0\0\0\x04" "xx",
	};
	static const uint8_t lens[] = { 14, 14, 22 };
	struct lab *b = lab_new(8);

	(void)state;
	for (size_t i = 0; i < sizeof(lens); i++) {
		char m[128];
		size_t n = sizeof(android_sccrq) - 1;

		memcpy(m, android_sccrq, n);
		memcpy(m + n, avps[i], lens[i]);
		b->path++;
		lab_feed(b, m, n + lens[i], 0, 0, 0, 0);
		lab_said_end(b, MSG_STOPCCN, 2, 3);
		assert_non_null(strstr(lab_find(b, L2TP_TUNNEL_DOWN)->end->text,
		    "l2tp-avp-hidden"));
	}
	lab_free(b);
}

/* No room even for a ZLB: it goes out with the next call. */
static void
ack_waits_for_room(void **state)
{
	struct lab *b = lab_new(8);
	uint8_t p[32];
	struct wr w = wr_make(p, sizeof(p));

	(void)state;
	lab_tunnel(b, PHONE(android_sccrq));
	msg_head_encode(&w, &(struct msg_head){ b->tid, 0, 2, 1 },
	    rd_make(bare_hello + MSG_HEAD, 8));
	b->out.n = L2TP_OUT_ACTS;
	l2tp_input(b->l, b->now, b->path, wr_out(&w), &b->out);
	assert_int_equal(b->out.n, L2TP_OUT_ACTS);
	assert_true(mono_due(l2tp_deadline(b->l), b->now));
	l2tp_out_reset(&b->out);
	b->out.used = L2TP_OUT_BYTES - 100;	/* nor in the arena */
	l2tp_expire(b->l, b->now, &b->out);
	assert_int_equal(b->out.n, 0);
	lab_expire(b, 0);
	assert_int_equal(b->out.n, 1);
	assert_true(lab_said(b, 0));
	assert_false(mono_due(l2tp_deadline(b->l), b->now));
	lab_free(b);
}

/* What cannot be a first message of anybody leaves no trace. */
static void
strays(void **state)
{
	struct lab *b = lab_new(8);

	(void)state;
	lab_zlb(b, 0, 0, 0);
	lab_feed(b, PHONE(bare_scccn), 0, 0, 0, 0);
	lab_feed(b, PHONE(android_icrq), 99, 0, 0, 0);
	lab_feed(b, PHONE(windows_stopccn), 0, 0, 0, 0);
	lab_feed(b, PHONE(windows_cdn), 0, 1, 0, 0);
	assert_int_equal(b->out.n, 0);
	assert_int_equal(l2tp_deadline(b->l).us, MONO_NEVER.us);
	assert_int_equal(count_get(&b->drops.n[DROP_L2TP_TUNNEL]), 5);
	lab_free(b);
}

static size_t
start(uint8_t *p, size_t size, const struct msg *m)
{
	struct wr w = wr_make(p, size);

	(void)wr_room(&w, MSG_HEAD);
	assert_true(msg_encode(&w, m));
	return wr_used(&w);
}

static struct msg
sccrq(void)
{
	struct msg m = { .type = MSG_SCCRQ };

	m.v.version = 0x0100;
	m.v.host_name = rd_make("h", 1);
	m.v.tunnel_id = 5;
	m.v.window = 4;
	m.v.has = 1u << AVP_PROTOCOL_VERSION | 1u << AVP_FRAMING_CAPABILITIES |
	    1u << AVP_HOST_NAME | 1u << AVP_ASSIGNED_TUNNEL_ID |
	    1u << AVP_RECEIVE_WINDOW_SIZE;
	return m;
}

static void
feed_sccrq(struct lab *b, const struct msg *m)
{
	uint8_t p[1400];
	size_t n = start(p, sizeof(p), m);

	b->path++;
	lab_feed(b, (const char *)p, n, 0, 0, 0, 0);
}

static void
n45_sccrq(void **state)
{
	struct lab *b = lab_new(64);
	struct msg m = sccrq();

	(void)state;
	m.v.version = 0x0200;
	feed_sccrq(b, &m);
	lab_said_end(b, MSG_STOPCCN, 5, 0x0100);
	m = sccrq();
	m.v.window = 0;
	feed_sccrq(b, &m);
	lab_said_end(b, MSG_STOPCCN, 2, 3);
	m = sccrq();
	m.v.window = 65535;
	feed_sccrq(b, &m);
	assert_true(lab_said(b, MSG_SCCRP));
	m = sccrq();
	m.v.host_name = rd_make("", 0);
	feed_sccrq(b, &m);
	lab_said_end(b, MSG_STOPCCN, 2, 2);
	m = sccrq();
	m.v.tunnel_id = 0;		/* nobody to answer to */
	feed_sccrq(b, &m);
	assert_int_equal(b->out.n, 0);
	/* Ns is not 0: not the first message of anybody */
	lab_feed(b, PHONE(apple_sccrq), 0, 0, 1, 0);
	assert_int_equal(b->out.n, 0);
	lab_free(b);
}

/* Names of 1 to 1017 bytes: taken, cut, escaped. */
static void
n43_long_strings(void **state)
{
	static const uint16_t lens[] = { 1, 253, 254, 255, 256, 600 };
	struct lab *b = lab_new(64);
	char name[1017];
	struct msg_head h;
	struct msg m, reply;

	(void)state;
	memset(name, '%', sizeof(name));
	memcpy(name, "$(id)\n\033[2J%n", 12);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		const char *got;

		m = sccrq();
		m.v.host_name = m.v.vendor_name = rd_make(name, lens[i]);
		m.v.has |= 1u << AVP_VENDOR_NAME;
		feed_sccrq(b, &m);
		assert_non_null(lab_sent(b, MSG_SCCRP, &h, &reply));
		lab_feed(b, PHONE(bare_scccn), reply.v.tunnel_id, 0, 1, 1);
		got = lab_find(b, L2TP_TUNNEL_UP)->tun->host_name;
		assert_true(strlen(got) < L2TP_NAME_MAX);
		for (; *got != '\0'; got++)
			assert_true(*got > ' ' && *got < 0x7f);
	}
	m = sccrq();
	m.v.host_name = rd_make(name, 1017);
	feed_sccrq(b, &m);
	assert_true(lab_said(b, MSG_SCCRP));
	lab_free(b);
}

static void
n46_engine(void **state)
{
	struct lab *b = lab_new(8);
	struct msg_head h;
	struct msg m;
	struct l2tp_stats s;

	(void)state;
	lab_tunnel(b, PHONE(android_sccrq));
	lab_call(b);
	/* acknowledged, not run again */
	for (int i = 0; i < 1000; i++) {
		lab_feed(b, PHONE(android_iccn), b->tid, b->sid, 3, 2);
		assert_int_equal(b->out.n, 1);
		assert_true(lab_said(b, 0));
	}
	assert_int_equal(count_get(&b->drops.n[DROP_L2TP_REPEAT]), 1000);
	for (int i = 0; i < 10000; i++) {	/* a ZLB storm */
		lab_zlb(b, b->tid, (uint16_t)(i * 7), 2);
		assert_int_equal(b->out.n, 0);
	}
	lab_zlb(b, b->tid, 4, 3);		/* Nr beyond what was sent */
	assert_int_equal(b->out.n, 0);
	assert_int_equal(count_get(&b->drops.n[DROP_L2TP_NR]), 1);
	lab_feed(b, PHONE(bare_hello), b->tid, 0, 6, 2);	/* a gap */
	assert_true(lab_said(b, 0));
	lab_feed(b, PHONE(bare_hello), b->tid, 0, 5, 2);
	lab_feed(b, PHONE(bare_hello), b->tid, 0, 4 + 8, 2);	/* too far */
	assert_int_equal(b->out.n, 0);
	assert_int_equal(count_get(&b->drops.n[DROP_L2TP_NS]), 1);
	lab_feed(b, PHONE(bare_hello), b->tid, 0, 4, 2);
	assert_non_null(lab_sent(b, 0, &h, &m));
	assert_int_equal(h.nr, 7);
	l2tp_stats(b->l, &s);
	assert_int_equal(s.sessions, 1);
	lab_free(b);
}

static void
n47_floods(void **state)
{
	struct lab *b = lab_new(64);
	struct l2tp_stats s;
	unsigned made = 0;
	uint8_t p[256];

	(void)state;
	/* 10,000 SCCRQs in a second over one path: a burst of 5 and 1 more */
	for (unsigned i = 0; i < 10000; i++) {
		struct msg m = sccrq();
		size_t n;

		m.v.tunnel_id = (uint16_t)(i + 1);
		n = start(p, sizeof(p), &m);
		b->now = mono_add_us(b->now, 100);
		lab_feed(b, (const char *)p, n, 0, 0, 0, 0);
		made += lab_said(b, MSG_SCCRP);
		l2tp_stats(b->l, &s);
		assert_true(s.tunnels <= b->params.tunnels_per_path);
	}
	assert_in_range(made, 5, 6);
	assert_int_equal(count_get(&b->drops.n[DROP_L2TP_LIMIT]), 10000 - made);
	/* another path is not hurt */
	b->path = 2;
	lab_tunnel(b, PHONE(android_sccrq));
	lab_call(b);
	/* 10,000 ICRQs: one call, refusals until the peer acks none of them */
	for (uint16_t i = 0; i < 10000; i++) {
		uint8_t icrq[64];
		struct msg m = { .type = MSG_ICRQ };
		size_t n;

		m.v.session_id = (uint16_t)(i + 1);
		m.v.has = 1u << AVP_ASSIGNED_SESSION_ID |
		    1u << AVP_CALL_SERIAL_NUMBER;
		n = start(icrq, sizeof(icrq), &m);
		lab_feed(b, (const char *)icrq, n, b->tid, 0,
		    (uint16_t)(4 + i), 2);
		assert_null(lab_find(b, L2TP_ASK_CALL));
		assert_true(b->out.n <= 4);
	}
	l2tp_stats(b->l, &s);
	assert_int_equal(s.sessions, 0);	/* it broke off the tunnel */
	/* all of it is forgotten in time */
	for (int i = 0; i < 120; i++)
		lab_expire(b, 1000);
	l2tp_stats(b->l, &s);
	assert_int_equal(s.tunnels, 0);
	assert_int_equal(l2tp_deadline(b->l).us, MONO_NEVER.us);
	lab_free(b);
}

/* RFC 2661 §9.1.  chi2 with 255 degrees of freedom: p = 0.0001 at 347. */
static double
chi2(const unsigned bin[256], unsigned total)
{
	double want = total / 256.0;
	double x = 0;

	for (int i = 0; i < 256; i++)
		x += (bin[i] - want) * (bin[i] - want) / want;
	return x;
}

static void
n48_ids(void **state)
{
	struct lab *b = lab_new(10000);
	unsigned hi[2][256] = { { 0 } }, lo[2][256] = { { 0 } };
	uint16_t last = 0;
	unsigned steps = 0;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		b->path = i + 1;
		lab_tunnel(b, PHONE(android_sccrq));
		lab_call(b);
		assert_int_not_equal(b->tid, 0);
		assert_int_not_equal(b->sid, 0);
		hi[0][b->tid >> 8]++;
		lo[0][b->tid & 255]++;
		hi[1][b->sid >> 8]++;
		lo[1][b->sid & 255]++;
		steps += (uint16_t)(b->tid - last) < 16;
		last = b->tid;
	}
	for (int i = 0; i < 2; i++) {
		assert_true(chi2(hi[i], 10000) < 347);
		assert_true(chi2(lo[i], 10000) < 347);
	}
	assert_true(steps < 20);
	lab_free(b);
}

static void
n49_teardown(void **state)
{
	struct lab *b = lab_new(8);
	uint16_t mine;
	struct l2tp_stats s;

	(void)state;
	lab_tunnel(b, PHONE(android_sccrq));
	lab_call(b);
	mine = b->tid;
	b->path = 2;			/* a stranger's path */
	lab_feed(b, PHONE(android_stopccn), mine, 0, 4, 2);
	lab_feed(b, PHONE(android_stopccn), 0, 0, 4, 2);
	lab_feed(b, PHONE(windows_cdn), mine, b->sid, 4, 2);
	assert_int_equal(b->out.n, 0);
	l2tp_stats(b->l, &s);
	assert_int_equal(s.sessions, 1);
	b->path = 1;			/* by the AVP, header id 0 (§4.4.3) */
	lab_feed(b, PHONE(android_stopccn), 0, 0, 4, 2);
	assert_true(lab_said(b, 0));
	assert_int_equal(lab_count(b, L2TP_TUNNEL_DOWN), 1);
	/* acknowledged for a full cycle, then forgotten */
	for (int i = 0; i < 30; i++) {
		lab_expire(b, 1000);
		assert_int_equal(b->out.n, 0);
		lab_feed(b, PHONE(android_stopccn), mine, 0, 4, 2);
		assert_int_equal(b->out.n, 1);
		assert_true(lab_said(b, 0));
	}
	lab_feed(b, PHONE(windows_cdn), mine, b->sid, 5, 2);	/* late */
	assert_true(lab_said(b, 0));
	assert_int_equal(count_get(&b->drops.n[DROP_L2TP_STATE]), 1);
	lab_expire(b, 1100);
	lab_feed(b, PHONE(android_stopccn), mine, 0, 4, 2);
	assert_int_equal(b->out.n, 0);
	assert_int_equal(l2tp_deadline(b->l).us, MONO_NEVER.us);
	lab_free(b);
}

/* Message types 0 to 65535, with and without M, in an established tunnel. */
static void
n51_odd_messages(void **state)
{
	struct lab *b = lab_new(8);
	struct rd frozen;
	unsigned stops = 0;

	(void)state;
	lab_tunnel(b, PHONE(android_sccrq));
	lab_call(b);
	frozen = lab_dump(b);
	for (unsigned type = 0; type < 2 * 65536; type += type < 40 ? 1 : 61) {
		uint8_t p[20] = { 0 };
		struct rd r = frozen;
		bool mandatory = type >= 65536;

		l2tp_free(b->l);
		b->l = l2tp_thaw(&b->params, &b->rng, &b->drops, &r);
		assert_non_null(b->l);
		memcpy(p + 12, (uint8_t[]){ mandatory ? 0x80 : 0, 8, 0, 0, 0,
		    0, (uint8_t)(type >> 8), (uint8_t)type }, 8);
		lab_feed(b, (const char *)p, sizeof(p), b->tid, b->sid, 4, 2);
		assert_true(b->out.n >= 1 && b->out.act[0].kind == L2TP_SEND);
		stops += lab_said(b, MSG_STOPCCN);
		if ((type & 0xffff) > 16)
			assert_int_equal(lab_said(b, MSG_STOPCCN), mandatory);
	}
	assert_true(stops > 1000);
	free((void *)(uintptr_t)frozen.p);
	/* HELLO with a session id, SLI: acknowledged */
	l2tp_free(b->l);
	b->l = l2tp_new(&b->params, &b->rng, &b->drops);
	lab_tunnel(b, PHONE(kl2tpd_sccrq));
	lab_call(b);
	lab_feed(b, PHONE(bare_hello), b->tid, b->sid, 4, 2);
	assert_int_equal(b->out.n, 1);
	lab_feed(b, PHONE(kl2tpd_sli), b->tid, b->sid, 5, 2);
	assert_int_equal(b->out.n, 1);
	assert_true(lab_said(b, 0));
	lab_free(b);
}

/*
 * What tcpdump's tests/l2tp-avp-overflow.pcap carries to port 1701 (BSD
 * licence, the-tcpdump-group/tcpdump), here as if it had come out of an SA.
 */
static void
n53_avp_overflow(void **state)
{
	static const char bytes[] =
	    "\xf0\x02\x02\x02\x02\x30\x08\x08\x08\x08\x00\x00\xee\x23\x05\x30"
	    "\x30\x30\x30\x30\x3f\x42\x0f\x00\x3a\x00\x00\x00\x00\x00\x04\x00"
	    "\x02\xff\xff\xff\x01\x00\x00\x00\x00\x00\x0c\x00\x08\x00\x45\x30";
	struct lab *b = lab_new(8);
	struct rd before, after;

	(void)state;
	lab_tunnel(b, PHONE(android_sccrq));
	lab_call(b);
	before = lab_dump(b);
	for (size_t n = 0; n < sizeof(bytes); n++) {
		l2tp_out_reset(&b->out);
		l2tp_input(b->l, b->now, 1, rd_make(bytes, n), &b->out);
		assert_int_equal(b->out.n, 0);
		/* and its AVPs behind a sound header */
		lab_feed(b, bytes, n < 12 ? 12 : n, 0, 0, 0, 0);
		assert_int_equal(b->out.n, 0);
	}
	after = lab_dump(b);
	assert_true(rd_eq(after, before.p, rd_left(&before)));
	free((void *)(uintptr_t)before.p);
	free((void *)(uintptr_t)after.p);
	lab_feed(b, bytes, sizeof(bytes) - 1, b->tid, 0, 4, 2);
	lab_said_end(b, MSG_STOPCCN, 2, 3);
	lab_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(android),
		cmocka_unit_test(windows_and_n52_proxy),
		cmocka_unit_test(apple),
		cmocka_unit_test(repeated_sccrq),
		cmocka_unit_test(newer_tunnel_wins),
		cmocka_unit_test(challenge_is_refused),
		cmocka_unit_test(n42_engine),
		cmocka_unit_test(n43_long_strings),
		cmocka_unit_test(n44_engine),
		cmocka_unit_test(strays),
		cmocka_unit_test(ack_waits_for_room),
		cmocka_unit_test(n45_sccrq),
		cmocka_unit_test(n46_engine),
		cmocka_unit_test(n47_floods),
		cmocka_unit_test(n48_ids),
		cmocka_unit_test(n49_teardown),
		cmocka_unit_test(n51_odd_messages),
		cmocka_unit_test(n53_avp_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
