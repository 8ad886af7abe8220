/* SPDX-License-Identifier: BSD-2-Clause */
/* AVP table and codec. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp/avp.h"
#include "tests/l2tp/rfc2661.h"

static const uint16_t columns[AVP_COLUMNS] = {	/* in the order of §6 */
	MSG_SCCRQ, MSG_SCCRP, MSG_SCCCN, MSG_STOPCCN, MSG_HELLO, MSG_ICRQ,
	MSG_ICRP, MSG_ICCN, MSG_OCRQ, MSG_OCRP, MSG_OCCN, MSG_CDN, MSG_WEN,
	MSG_SLI,
};

static void
table_is_the_rfcs_avps(void **state)
{
	char text[4096];
	size_t at = 0;

	(void)state;
	for (unsigned t = 0; t < AVP_TYPES; t++) {
		const struct avp_row *r = avp_row(t);

		if (r == NULL)
			continue;
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%u|%s|%c|%u%s\n", t, r->name, r->m, r->min + AVP_HEAD,
		    r->max == r->min ? "" : "+");
		assert_true(r->max == r->min || r->max == AVP_VALUE_MAX);
	}
	assert_string_equal(text, rfc_avps);
}

static void
table_is_the_rfcs_messages(void **state)
{
	char text[8192];
	size_t at = 0;

	(void)state;
	for (unsigned c = 0; c < AVP_COLUMNS; c++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s\n",
		    avp_msg_str(columns[c]));
		assert_int_equal(avp_rule(columns[c], AVP_RANDOM_VECTOR), 'o');
		for (unsigned t = 0; t < AVP_TYPES; t++) {
			char rule = avp_rule(columns[c], t);

			if (rule == 'X' || t == AVP_RANDOM_VECTOR)
				continue;
			at += (size_t)snprintf(text + at, sizeof(text) - at,
			    "  %c %s\n", rule, avp_str(t));
		}
	}
	assert_string_equal(text, rfc_messages);
}

static void
unknown_numbers(void **state)
{
	(void)state;
	assert_null(avp_row(20));
	assert_null(avp_row(40));
	assert_null(avp_row(65535));
	assert_string_equal(avp_str(20), "unknown");
	assert_string_equal(avp_msg_str(13), "unknown");
	assert_string_equal(avp_msg_str(17), "unknown");
	assert_int_equal(avp_rule(5, AVP_MESSAGE_TYPE), 'X');
	assert_int_equal(avp_rule(MSG_SCCRQ, 20), 'X');
}

static struct avp
avp_of(const void *p, size_t n, enum drop want)
{
	struct rd r = rd_make(p, n);
	struct avp a;

	assert_int_equal(avp_next(&r, &a), want);
	return a;
}

/* RFC 2661 §4.1: the length counts its six bytes of head. */
static void
n42_avp_lengths(void **state)
{
	uint8_t b[32] = { 0x80, 0, 0, 0, 0, 9, 0x12, 0x34 };
	struct rd r;
	struct avp a;

	(void)state;
	for (unsigned len = 0; len <= 1023; len++) {
		b[0] = (uint8_t)(0x80 | len >> 8);
		b[1] = (uint8_t)len;
		avp_of(b, sizeof(b), len >= 6 && len <= sizeof(b) ?
		    DROP_NONE : DROP_L2TP_AVP_LENGTH);
	}
	b[0] = 0x80;
	b[1] = 9;
	for (size_t n = 0; n < 9; n++)
		avp_of(b, n, DROP_L2TP_AVP_LENGTH);
	b[1] = 8;
	r = rd_make(b, 9);
	assert_int_equal(avp_next(&r, &a), DROP_NONE);
	assert_int_equal(rd_left(&r), 1);
	assert_int_equal(rd_left(&a.value), 2);
	assert_int_equal(avp_next(&r, &a), DROP_L2TP_AVP_LENGTH);
}

static enum drop
take(unsigned msg, const char *bytes, size_t n, struct avp_set *s)
{
	struct rd r = rd_make(bytes, n);
	struct avp a;

	assert_int_equal(avp_next(&r, &a), DROP_NONE);
	return avp_take(msg, &a, s);
}
#define TAKE(msg, bytes, s)	take(msg, bytes, sizeof(bytes) - 1, s)

static void
n42_reserved_vendor_and_unknown(void **state)
{
	struct avp_set s = { 0 };
	struct avp_set none = { 0 };

	(void)state;
	assert_int_equal(TAKE(MSG_SCCRQ, "\x84\x08\0\0\0\x09\x12\x34", &s),
	    DROP_L2TP_AVP_RESERVED);
	assert_int_equal(TAKE(MSG_SCCRQ, "\x80\x08\0\x09\0\x09\x12\x34", &s),
	    DROP_L2TP_AVP_UNKNOWN);
	assert_int_equal(TAKE(MSG_SCCRQ, "\0\x08\0\0\xff\xff\x12\x34", &s),
	    DROP_L2TP_AVP_UNKNOWN);
	assert_int_equal(TAKE(MSG_SCCRQ, "\x80\x06\0\0\0\x14", &s),
	    DROP_L2TP_AVP_UNKNOWN);
	assert_memory_equal(&s, &none, sizeof(s));
	/* the vendor is looked at before the type: Microsoft's type 1 */
	assert_int_equal(TAKE(MSG_ICRQ, "\0\x16\x01\x37\0\x01"
	    "0123456789abcdef", &s), DROP_NONE);
	assert_memory_equal(&s, &none, sizeof(s));
	/* known, but not of this message: no harm, no use */
	assert_int_equal(TAKE(MSG_ICCN, "\x80\x08\0\0\0\x0a\0\x08", &s),
	    DROP_NONE);
	assert_memory_equal(&s, &none, sizeof(s));
}

/* accel-ppp 9554ce05 and its kin: no secret is held, so nothing is unhidden. */
static void
n44_hidden_avp(void **state)
{
	struct avp_set s = { 0 };
	char b[1023] = { '\xc3', '\xff', 0, 0, 0, 7 };

	(void)state;
	assert_int_equal(take(MSG_SCCRQ, b, sizeof(b), &s),
	    DROP_L2TP_AVP_HIDDEN);
	for (char len = 6; len < 40; len++) {
		memcpy(b, (char[]){ '\x40', len, 0, 0, 0, 9 }, 6);
		assert_int_equal(take(MSG_SCCRQ, b, (size_t)len, &s),
		    DROP_L2TP_AVP_HIDDEN);
	}
	assert_int_equal(s.has, 0);
	/* Random Vectors of any length say nothing by themselves, twice */
	for (char len = 6; len < 9; len++) {
		memcpy(b, (char[]){ '\x80', len, 0, 0, 0, 36 }, 6);
		assert_int_equal(take(MSG_SCCRQ, b, (size_t)len, &s),
		    DROP_NONE);
	}
	memcpy(b, "\x83\xff\0\0\0\x24", 6);
	assert_int_equal(take(MSG_SCCRQ, b, sizeof(b), &s), DROP_NONE);
	assert_int_equal(s.has, 0);
}

static void
n45_values(void **state)
{
	struct avp_set s = { 0 };

	(void)state;
	assert_int_equal(TAKE(MSG_SCCRQ, "\x80\x08\0\0\0\x09\0\0", &s),
	    DROP_L2TP_AVP_VALUE);
	assert_int_equal(TAKE(MSG_SCCRQ, "\x80\x08\0\0\0\x0a\0\0", &s),
	    DROP_L2TP_AVP_VALUE);
	assert_int_equal(TAKE(MSG_ICRQ, "\x80\x08\0\0\0\x0e\0\0", &s),
	    DROP_L2TP_AVP_VALUE);
	assert_int_equal(s.has, 0);
	assert_int_equal(TAKE(MSG_SCCRQ, "\x80\x08\0\0\0\x0a\xff\xff", &s),
	    DROP_NONE);
	assert_int_equal(s.window, 65535);
	assert_int_equal(TAKE(MSG_SCCRQ, "\x80\x08\0\0\0\x0a\0\x01", &s),
	    DROP_L2TP_AVP_TWICE);
	assert_int_equal(s.window, 65535);
	assert_int_equal(TAKE(MSG_SCCRQ, "\x80\x07\0\0\0\x09\x01", &s),
	    DROP_L2TP_AVP_LENGTH);
	assert_int_equal(TAKE(MSG_SCCRQ, "\x80\x09\0\0\0\x09\x01\x02\x03", &s),
	    DROP_L2TP_AVP_LENGTH);
	assert_int_equal(TAKE(MSG_SCCRQ, "\x80\x06\0\0\0\x07", &s),
	    DROP_L2TP_AVP_LENGTH);
	assert_int_equal(TAKE(MSG_SCCRQ, "\0\x0e\0\0\0\x05" "12345678", &s),
	    DROP_NONE);
	assert_true(s.tie_breaker == 0x3132333435363738);
}

static struct avp_result
result(const char *bytes, size_t n)
{
	struct avp_set s = { 0 };

	assert_int_equal(take(MSG_CDN, bytes, n, &s), DROP_NONE);
	assert_true(avp_has(&s, AVP_RESULT_CODE));
	return s.result;
}
#define RESULT(bytes)	result(bytes, sizeof(bytes) - 1)

static void
result_codes_of_phones(void **state)
{
	struct avp_result r;

	(void)state;
	r = RESULT("\x80\x08\0\0\0\x01\0\x06");		/* Android */
	assert_int_equal(r.code, 6);
	assert_int_equal(r.error, 0);
	r = RESULT("\x80\x0a\0\0\0\x01\0\x03\0\0");	/* Windows */
	assert_int_equal(r.code, 3);
	r = RESULT("\x80\x0e\0\0\0\x01\x03\0\xde\xad\xbe\xef\x01\x02");
	assert_int_equal(r.code, 3);			/* Apple: swapped */
	assert_int_equal(r.error, 0);
	assert_int_equal(rd_left(&r.text), 0);
	r = RESULT("\x80\x0e\0\0\0\x01\0\x02\0\x08" "text");
	assert_int_equal(r.code, 2);
	assert_int_equal(r.error, 8);
	assert_true(rd_eq(r.text, "text", 4));
	r = RESULT("\x80\x0e\0\0\0\x01\x03\x03\0\x08" "text");
	assert_int_equal(r.code, 0x303);	/* neither makes sense */
	r = RESULT("\x80\x09\0\0\0\x01\0\x02\xff");
	assert_int_equal(r.code, 2);
	assert_int_equal(r.error, 0);
}

static void
put_then_take(void **state)
{
	struct avp_set s = { 0 };
	struct avp_set t = { 0 };
	uint8_t b[64];
	struct wr w = wr_make(b, sizeof(b));
	struct rd r;
	struct avp a;

	(void)state;
	s.tunnel_id = 0x1234;
	s.host_name = rd_make("anonymous", 9);
	s.tie_breaker = 0x0102030405060708;
	s.framing_caps = 3;
	avp_put(&w, AVP_ASSIGNED_TUNNEL_ID, &s);
	avp_put(&w, AVP_HOST_NAME, &s);
	avp_put(&w, AVP_TIE_BREAKER, &s);
	avp_put(&w, AVP_FRAMING_CAPABILITIES, &s);
	avp_put(&w, AVP_SEQUENCING_REQUIRED, &s);
	assert_memory_equal(b, "\x80\x08\0\0\0\x09\x12\x34"
	    "\x80\x0f\0\0\0\x07" "anonymous" "\0\x0e\0\0\0\x05", 29);
	r = wr_out(&w);
	while (rd_left(&r) > 0) {
		assert_int_equal(avp_next(&r, &a), DROP_NONE);
		assert_int_equal(avp_take(MSG_SCCRQ, &a, &t), DROP_NONE);
	}
	assert_int_equal(t.tunnel_id, 0x1234);
	assert_true(rd_eq(t.host_name, "anonymous", 9));
	assert_true(t.tie_breaker == s.tie_breaker);
	assert_int_equal(t.framing_caps, 3);
	assert_false(avp_has(&t, AVP_SEQUENCING_REQUIRED));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_the_rfcs_avps),
		cmocka_unit_test(table_is_the_rfcs_messages),
		cmocka_unit_test(unknown_numbers),
		cmocka_unit_test(n42_avp_lengths),
		cmocka_unit_test(n42_reserved_vendor_and_unknown),
		cmocka_unit_test(n44_hidden_avp),
		cmocka_unit_test(n45_values),
		cmocka_unit_test(result_codes_of_phones),
		cmocka_unit_test(put_then_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
