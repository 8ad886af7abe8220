/* SPDX-License-Identifier: BSD-2-Clause */
/* Control messages, both directions; the SCCRQs and others of real clients
 * as their sources and specifications give them (clients.md 1.6, 2.4, 3.4). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp/msg.h"
#include "tests/l2tp/phones.h"

static enum drop
head(const char *b, size_t n, struct msg_head *h)
{
	struct rd r = rd_make(b, n);

	return msg_head_decode(&r, h);
}
#define HEAD(b, h)	head(b, sizeof(b) - 1, h)

static void
n41_header(void **state)
{
	char b[] = "\xc8\x02\0\x0c\0\x01\0\x02\0\x03\0\x04";
	struct msg_head h;

	(void)state;
	assert_int_equal(HEAD(b, &h), DROP_NONE);
	assert_int_equal(h.tunnel_id, 1);
	assert_int_equal(h.session_id, 2);
	assert_int_equal(h.ns, 3);
	assert_int_equal(h.nr, 4);
	for (size_t n = 0; n < 12; n++)
		assert_int_equal(head(b, n, &h), DROP_L2TP_SHORT);
	for (char v = 0; v < 16; v++) {
		b[1] = v;
		assert_int_equal(HEAD(b, &h), v == 2 ? DROP_NONE :
		    DROP_L2TP_VERSION);
	}
	b[1] = 2;
	for (unsigned bits = 0; bits < 256; bits++) {
		b[0] = (char)bits;
		assert_int_equal(HEAD(b, &h), (bits & 0xcb) == 0xc8 ?
		    DROP_NONE : DROP_L2TP_FLAGS);
	}
	b[0] = '\xc8';
	for (char len = 0; len < 20; len++) {
		b[3] = len;
		assert_int_equal(HEAD(b, &h), len == 12 ? DROP_NONE :
		    DROP_L2TP_LENGTH);
	}
	/* x bits are ignored, trailing bytes cut (RFC 2661 §3.1) */
	assert_int_equal(HEAD("\xfc\xf2\0\x0c\0\x01\0\x02\0\x03\0\x04zzz", &h),
	    DROP_NONE);
}

static enum drop
decode(const void *p, size_t n, struct msg *m)
{
	struct rd r = rd_make(p, n);
	struct msg_head h;

	assert_int_equal(msg_head_decode(&r, &h), DROP_NONE);
	return msg_decode(r, m);
}

static void
phones(void **state)
{
	struct msg m;

	(void)state;
	assert_int_equal(decode(PHONE(android_sccrq), &m), DROP_NONE);
	assert_int_equal(m.type, MSG_SCCRQ);
	assert_true(rd_eq(m.v.host_name, "anonymous", 9));
	assert_int_equal(m.v.window, 1);
	assert_int_equal(decode(PHONE(apple_sccrq), &m), DROP_NONE);
	assert_true(rd_eq(m.v.host_name, "iPhone", 7));
	assert_int_equal(m.v.window, 4);
	assert_int_equal(sizeof(windows_sccrq) - 1, 108);
	assert_int_equal(decode(PHONE(windows_sccrq), &m), DROP_NONE);
	assert_true(rd_eq(m.v.vendor_name, "Microsoft", 9));
	assert_int_equal(m.v.firmware, 0x0a00);
	assert_int_equal(m.v.window, 8);
	assert_int_equal(sizeof(windows_icrq) - 1, 70);
	assert_int_equal(decode(PHONE(windows_icrq), &m), DROP_NONE);
	assert_int_equal(m.v.session_id, 1);
	assert_int_equal(m.v.bearer_type, 2);
	assert_false(avp_has(&m.v, AVP_RESULT_CODE));
	assert_int_equal(sizeof(windows_iccn) - 1, 48);
	assert_int_equal(decode(PHONE(windows_iccn), &m), DROP_NONE);
	assert_int_equal(m.v.tx_speed, 100000000);
	assert_int_equal(sizeof(windows_stopccn) - 1, 38);
	assert_int_equal(decode(PHONE(windows_stopccn), &m), DROP_NONE);
	assert_int_equal(m.v.result.code, 1);
	assert_int_equal(decode(PHONE(apple_cdn), &m), DROP_NONE);
	assert_int_equal(m.v.result.code, 3);
	assert_int_equal(decode(PHONE(kl2tpd_sccrq), &m), DROP_NONE);
	assert_false(avp_has(&m.v, AVP_RECEIVE_WINDOW_SIZE));
	assert_int_equal(decode(PHONE(xl2tpd_sccrq), &m), DROP_NONE);
	assert_int_equal(m.v.firmware, 0x0690);
}

static enum drop
body(const char *b, size_t n, struct msg *m)
{
	return msg_decode(rd_make(b, n), m);
}
#define BODY(b, m)	body(b, sizeof(b) - 1, m)

static void
n45_message_type(void **state)
{
	struct msg m;

	(void)state;
	assert_int_equal(BODY("", &m), DROP_L2TP_MSG_TYPE);
	assert_int_equal(BODY("\x80\x08\0\0\0\x09\0\x01", &m),
	    DROP_L2TP_MSG_TYPE);
	assert_int_equal(BODY("\x80\x08\0\x09\0\0\0\x01", &m),
	    DROP_L2TP_MSG_TYPE);
	assert_int_equal(BODY("\xc0\x08\0\0\0\0\0\x01", &m),
	    DROP_L2TP_MSG_TYPE);
	assert_int_equal(BODY("\x84\x08\0\0\0\0\0\x06", &m),
	    DROP_L2TP_MSG_TYPE);
	assert_int_equal(BODY("\x80\x07\0\0\0\0\x06", &m),
	    DROP_L2TP_MSG_TYPE);
	assert_int_equal(BODY("\x80\x09\0\0\0\0\0\x06\0", &m),
	    DROP_L2TP_MSG_TYPE);
	assert_int_equal(BODY("\x80\x08\0\0\0\0\0\x06", &m), DROP_NONE);
	assert_true(m.known && m.mandatory);
	assert_int_equal(BODY("\0\x08\0\0\0\0\x12\x34", &m), DROP_NONE);
	assert_true(!m.known && !m.mandatory);
	assert_int_equal(m.type, 0x1234);
}

/* Each required AVP taken out of each message. */
static void
n45_missing(void **state)
{
	static const uint8_t types[] = { MSG_SCCRQ, MSG_SCCRP, MSG_ICRQ,
	    MSG_ICRP, MSG_ICCN, MSG_OCRP, MSG_OCCN };

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++)
		for (enum avp_type out = 1; out <= AVP_TYPES; out++) {
			struct msg m = { .type = types[i] };
			uint8_t b[400] = { 0x80, 8, 0, 0, 0, 0, 0, types[i] };
			struct wr w = wr_make(b, sizeof(b));
			bool gone = false;

			(void)wr_room(&w, 8);
			m.v.tunnel_id = m.v.session_id = 5;
			m.v.version = 0x100;
			m.v.host_name = rd_make("h", 1);
			for (enum avp_type t = 1; t < AVP_TYPES; t++) {
				if (avp_rule(m.type, t) != 'R')
					continue;
				gone = gone || t == out;
				if (t != out)
					avp_put(&w, t, &m.v);
			}
			assert_int_equal(msg_decode(wr_out(&w), &m), gone ?
			    DROP_L2TP_AVP_MISSING : DROP_NONE);
			assert_int_equal(m.attr, gone ? out : 0);
		}
}

#define HELLO	"\x80\x08\0\0\0\0\0\x06"
#define STOP	"\x80\x08\0\0\0\0\0\x04"

static void
n42_m_bit_decides(void **state)
{
	struct msg m;

	(void)state;
	assert_int_equal(BODY(HELLO "\0\x08\0\x09\0\x01\0\0", &m), DROP_NONE);
	assert_int_equal(m.skipped, 1);
	assert_int_equal(BODY(HELLO "\x80\x08\0\x09\0\x01\0\0", &m),
	    DROP_L2TP_AVP_UNKNOWN);
	assert_int_equal(m.error, MSG_ERR_UNKNOWN_AVP);
	assert_int_equal(m.vendor, 9);
	assert_int_equal(m.attr, 1);
	assert_int_equal(BODY(HELLO "\0\x08\0\0\xff\xff\0\0", &m), DROP_NONE);
	assert_int_equal(BODY(HELLO "\x80\x08\0\0\xff\xff\0\0", &m),
	    DROP_L2TP_AVP_UNKNOWN);
	assert_int_equal(BODY(HELLO "\x04\x08\0\0\0\x07\0\0", &m), DROP_NONE);
	assert_int_equal(BODY(HELLO "\x84\x08\0\0\0\x07\0\0", &m),
	    DROP_L2TP_AVP_RESERVED);
	assert_int_equal(m.error, MSG_ERR_UNKNOWN_AVP);
	for (char len = 0; len < 6; len++) {
		char b[] = HELLO "\0\x08\0\0\0\x07\0\0";

		b[9] = len;
		assert_int_equal(BODY(b, &m), DROP_L2TP_AVP_LENGTH);
		assert_int_equal(m.error, MSG_ERR_LENGTH);
	}
	assert_int_equal(BODY(HELLO "\0\x09\0\0\0\x07\0\0", &m),
	    DROP_L2TP_AVP_LENGTH);
	assert_int_equal(BODY(HELLO "\x03\xff\0\0\0\x07\0\0", &m),
	    DROP_L2TP_AVP_LENGTH);
	assert_int_equal(BODY(HELLO "\x40\x08\0\0\0\x07\0\0", &m),
	    DROP_L2TP_AVP_HIDDEN);
	assert_int_equal(m.error, MSG_ERR_VALUE);
	/* what ends things anyway never fails (clients.md 37) */
	assert_int_equal(BODY(STOP "\x80\x08\0\x09\0\x01\0\0", &m), DROP_NONE);
	assert_int_equal(BODY(STOP "\x80\x07\0\0\0\x01\0", &m), DROP_NONE);
	assert_int_equal(BODY(STOP "\x80\x01", &m), DROP_NONE);
	assert_int_equal(BODY(STOP, &m), DROP_NONE);
}

static void
n45_many_avps(void **state)
{
	uint8_t b[8 + MSG_AVPS_MAX * 6] = HELLO;
	struct msg m;

	(void)state;
	for (size_t at = 8; at < sizeof(b); at += 6)
		memcpy(b + at, "\0\x06\0\x09\0\x01", 6);
	assert_int_equal(msg_decode(rd_make(b, sizeof(b) - 6), &m), DROP_NONE);
	assert_int_equal(m.skipped, MSG_AVPS_MAX - 1);
	assert_int_equal(msg_decode(rd_make(b, sizeof(b)), &m),
	    DROP_L2TP_AVP_COUNT);
}

/* What the table forbids is not written either. */
static void
encode_is_checked(void **state)
{
	struct msg m = { .type = MSG_ICRP };
	struct msg back;
	uint8_t b[64];
	struct wr w = wr_make(b, sizeof(b));

	(void)state;
	assert_false(msg_encode(&w, &m));
	m.v.session_id = 9;
	m.v.has = (uint64_t)1 << AVP_ASSIGNED_SESSION_ID;
	w = wr_make(b, sizeof(b));
	assert_true(msg_encode(&w, &m));
	assert_int_equal(msg_decode(wr_out(&w), &back), DROP_NONE);
	assert_int_equal(back.v.session_id, 9);
	m.v.has |= (uint64_t)1 << AVP_CALL_SERIAL_NUMBER;
	w = wr_make(b, sizeof(b));
	assert_false(msg_encode(&w, &m));
	m.v.has &= ~((uint64_t)1 << AVP_CALL_SERIAL_NUMBER);
	w = wr_make(b, 15);
	assert_false(msg_encode(&w, &m));
	m = (struct msg){ .type = MSG_CDN };
	m.v.session_id = 9;
	m.v.result = (struct avp_result){ 2, 8, rd_make("why", 3) };
	m.v.has = (uint64_t)1 << AVP_ASSIGNED_SESSION_ID |
	    (uint64_t)1 << AVP_RESULT_CODE;
	w = wr_make(b, sizeof(b));
	assert_true(msg_encode(&w, &m));
	assert_memory_equal(b, "\x80\x08\0\0\0\0\0\x0e\x80\x08\0\0\0\x0e\0\x09"
	    "\x80\x0d\0\0\0\x01\0\x02\0\x08why", 29);
}

static void
of_session(void **state)
{
	(void)state;
	assert_false(msg_of_session(MSG_HELLO));
	assert_false(msg_of_session(MSG_STOPCCN));
	assert_true(msg_of_session(MSG_OCRQ));
	assert_true(msg_of_session(MSG_CDN));
	assert_true(msg_of_session(MSG_SLI));
	assert_false(msg_of_session(17));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n41_header),
		cmocka_unit_test(phones),
		cmocka_unit_test(n45_message_type),
		cmocka_unit_test(n45_missing),
		cmocka_unit_test(n42_m_bit_decides),
		cmocka_unit_test(n45_many_avps),
		cmocka_unit_test(encode_is_checked),
		cmocka_unit_test(of_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
