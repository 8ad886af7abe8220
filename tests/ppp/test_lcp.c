/* SPDX-License-Identifier: BSD-2-Clause */
/* LCP, packet by packet: the test plays the phone. */

#include "tests/ppp/rig.h"

#define LCP	0xc021

static struct rig *
begin(uint8_t methods)
{
	struct rig *r = rig_new(3, methods);

	rig_start(r, true, false);
	return r;
}

static void
our_request(void **state)
{
	struct rig *r = begin(PPP_PAP | PPP_CHAP_MD5 | PPP_MSCHAPV2);

	(void)state;
	assert_int_equal(ppp_phase(r->a.ppp), PPP_ESTABLISH);
	heard(r, &r->a, LCP_ASKS("c22381"));
	quiet(r, &r->a);
	rig_free(r);
}

/* RFC 1661 §6.2: strongest first, then what the peer names if we allow it. */
static void
auth_after_nak(void **state)
{
	struct rig *r = begin(PPP_PAP | PPP_CHAP_MD5 | PPP_MSCHAPV2);
	uint8_t id;

	(void)state;
	id = heard(r, &r->a, LCP_ASKS("c22381"));
	say(r, &r->a, LCP, 3, id, "0304c023");
	id = heard(r, &r->a,
	    "ff03c021 01 ?? 0012 01040578 0304c023 0506????????");
	say(r, &r->a, LCP, 3, id, "0304c023");
	/* The same again: nothing weaker is left. */
	heard(r, &r->a, "ff03c021 05 *");
	assert_int_equal(ppp_phase(r->a.ppp), PPP_TERMINATE);
	rig_free(r);
}

static void
auth_nak_with_unknown(void **state)
{
	struct rig *r = begin(PPP_PAP | PPP_CHAP_MD5 | PPP_MSCHAPV2);
	uint8_t id;

	(void)state;
	id = heard(r, &r->a, LCP_ASKS("c22381"));
	say(r, &r->a, LCP, 3, id, "0305c22380");	/* MS-CHAPv1 */
	id = heard(r, &r->a, LCP_ASKS("c22305"));
	say(r, &r->a, LCP, 3, id, "0304c227");		/* EAP */
	heard(r, &r->a, "ff03c021 01 ?? 0012 01040578 0304c023 0506????????");
	rig_free(r);

	/* A Nak that names what we asked for: the next, not the weakest. */
	r = begin(PPP_PAP | PPP_CHAP_MD5 | PPP_MSCHAPV2);
	id = heard(r, &r->a, LCP_ASKS("c22381"));
	say(r, &r->a, LCP, 3, id, "0305c22381");
	heard(r, &r->a, LCP_ASKS("c22305"));
	rig_free(r);
}

/* N-69: a method that is off stays off. */
static void
n69_downgrade_refused(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	uint8_t id;

	(void)state;
	id = heard(r, &r->a, LCP_ASKS("c22381"));
	say(r, &r->a, LCP, 3, id, "0304c023");
	heard(r, &r->a, "ff03c021 05 *");
	say(r, &r->a, LCP, 6, 99, "");
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_NO_METHOD);
	rig_free(r);
}

/* N-63: the peer refuses to be authenticated at all. */
static void
n63_reject_of_auth(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	uint8_t id;

	(void)state;
	id = heard(r, &r->a, LCP_ASKS("c22381"));
	say(r, &r->a, LCP, 4, id, "0305c22381");
	heard(r, &r->a, "ff03c021 05 *");
	rig_run(r, 20000, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_NO_METHOD);
	assert_int_equal(r->a.acts[PPP_LCP_UP], 0);
	rig_free(r);
}

/* N-63: Naks without end. */
static void
n63_nak_forever(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f;
	unsigned i;

	(void)state;
	for (i = 0; i < 1000 && !r->a.down; i++) {
		f = rig_take(r, &r->a);
		if (f.b[4] != 1)
			break;
		say(r, &r->a, LCP, 3, f.b[5], "050611111111");
	}
	assert_in_range(i, 10, 60);
	rig_run(r, 20000, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_LCP);
	rig_free(r);
}

/* N-63: a peer that acks ours and never asks acceptably. */
static void
n63_never_acceptable(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f;
	unsigned i;

	(void)state;
	for (i = 0; i < 1000 && !r->a.down; i++) {
		while (rig_first(&r->p) != NULL) {
			f = rig_take(r, &r->a);
			if (f.b[4] == 1)
				say_bytes(r, &r->a, LCP, 2, f.b[5], f.b + 8,
				    f.n - 8);
		}
		say(r, &r->a, LCP, 1, (uint8_t)i, "0104000a");
		rig_run(r, 1000, false);
	}
	assert_true(r->a.down);
	assert_true(i < 200);
	assert_int_equal(r->a.cause, PPP_CAUSE_LCP);
	assert_int_equal(r->a.acts[PPP_LCP_UP], 0);
	rig_free(r);
}

/* RFC 1661 §4.6: Max-Configure requests, restart_ms apart. */
static void
silence(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	uint8_t id, first;
	unsigned i;

	(void)state;
	first = heard(r, &r->a, LCP_ASKS("c22381"));
	for (i = 1; i < 10; i++) {
		rig_run(r, 2000, false);
		quiet(r, &r->a);
		rig_run(r, 1001, false);
		id = heard(r, &r->a, LCP_ASKS("c22381"));
		assert_int_equal(id, first);
	}
	rig_run(r, 3001, false);
	quiet(r, &r->a);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_LCP);
	assert_int_equal(ppp_deadline(r->a.ppp).us, MONO_NEVER.us);
	rig_free(r);
}

/* After Max-Failure a Nak becomes a Reject. */
static void
max_failure(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	unsigned i;

	(void)state;
	rig_forget(r);
	for (i = 0; i < 5; i++) {
		say(r, &r->a, LCP, 1, (uint8_t)i, "0104000a");
		heard(r, &r->a, "ff03c021 03 ?? 0008 01040578");
	}
	say(r, &r->a, LCP, 1, 5, "0104000a");
	heard(r, &r->a, "ff03c021 04 05 0008 0104000a");
	rig_free(r);
}

/* Options that we do not know or do not want, in one Reject, in order. */
static void
rejects(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);

	(void)state;
	rig_forget(r);
	say(r, &r->a, LCP, 1, 7, "01040578 0305c22381 05060badcafe 0702 0802"
	    "0d0306 1104064e 1206 01020304 1309 03 001122334455"
	    "0408c02500000064");
	heard(r, &r->a, "ff03c021 04 07 0027 0305c22381 0d0306 1104064e"
	    "1206 01020304 1309 03 001122334455 0408c02500000064");
	/* Twice the same option: the second goes back. */
	say(r, &r->a, LCP, 1, 8, "01040578 01040578");
	heard(r, &r->a, "ff03c021 04 08 0008 01040578");
	/* An option of the wrong length is answered with the right one. */
	say(r, &r->a, LCP, 1, 9, "0103ff 020300 0503aa 070300");
	heard(r, &r->a, "ff03c021 03 09 0016 01040578 020600000000"
	    "0506???????? 0702");
	/* No magic is no magic. */
	say(r, &r->a, LCP, 1, 10, "050600000000");
	heard(r, &r->a, "ff03c021 03 0a 000a 0506????????");
	/* No options at all are fine. */
	say(r, &r->a, LCP, 1, 11, "");
	heard(r, &r->a, "ff03c021 02 0b 0004");
	rig_free(r);
}

/* N-62: answers that do not match our request. */
static void
n62_answers_must_match(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a);
	uint8_t id = f.b[5], bad[64];
	unsigned i;

	(void)state;
	say_bytes(r, &r->a, LCP, 2, (uint8_t)(id + 1), f.b + 8, f.n - 8);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_ID), 1);
	for (i = 8; i < f.n; i++) {
		memcpy(bad, f.b, f.n);
		bad[i] ^= 1;
		say_bytes(r, &r->a, LCP, 2, id, bad + 8, f.n - 8);
	}
	say_bytes(r, &r->a, LCP, 2, id, f.b + 8, f.n - 9);
	/* Reordered, not asked, changed, empty: Reject. */
	say(r, &r->a, LCP, 4, id, "0305c22381 01040578");
	say(r, &r->a, LCP, 4, id, "0702");
	say(r, &r->a, LCP, 4, id, "01040579");
	say(r, &r->a, LCP, 4, id, "1104064e");
	say(r, &r->a, LCP, 4, id, "");
	say(r, &r->a, LCP, 4, id, "0101");
	/* Reordered, of a wrong length, empty: Nak. */
	say(r, &r->a, LCP, 3, id, "0304c023 01040500");
	say(r, &r->a, LCP, 3, id, "0103ff");
	say(r, &r->a, LCP, 3, id, "");
	say(r, &r->a, LCP, 3, id, "01");
	quiet(r, &r->a);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_OPTION), f.n - 8 + 11);
	/* The right one still counts, once. */
	say_bytes(r, &r->a, LCP, 2, id, f.b + 8, f.n - 8);
	say_bytes(r, &r->a, LCP, 2, id, f.b + 8, f.n - 8);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_ID), 2);
	say(r, &r->a, LCP, 1, 1, "");
	assert_int_equal(r->a.acts[PPP_LCP_UP], 1);
	rig_free(r);
}

static void
nak_and_reject_of_ours(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	uint8_t id;

	(void)state;
	id = heard(r, &r->a, LCP_ASKS("c22381"));
	/* A smaller MRU is taken, a hint for something else is not. */
	say(r, &r->a, LCP, 3, id, "01040500 0206000a0000");
	id = heard(r, &r->a, "ff03c021 01 ?? 0013 01040500 0305c22381"
	    "0506????????");
	say(r, &r->a, LCP, 3, id, "0104ffff");
	id = heard(r, &r->a, "ff03c021 01 ?? 000f 0305c22381 0506????????");
	{
		struct rig_frame f;

		say(r, &r->a, LCP, 3, id, "050612345678");
		f = rig_take(r, &r->a);
		assert_memory_not_equal(f.b + 15, "\x12\x34\x56\x78", 4);
		id = f.b[5];
		say_bytes(r, &r->a, LCP, 4, id, f.b + 13, 6);
	}
	heard(r, &r->a, "ff03c021 01 ?? 0009 0305c22381");
	rig_free(r);
}

/* N-61: option lists that end in the middle, or never advance. */
static void
n61_option_walk(void **state)
{
	static const char *const bad[] = { "01", "0100", "0101", "01ff0578",
		"01050578", "01040578 05", "01040578 0500", "00", "0001" };
	struct rig *r = begin(PPP_MSCHAPV2);
	uint8_t many[1500];
	unsigned i;

	(void)state;
	rig_forget(r);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		say(r, &r->a, LCP, 1, 1, bad[i]);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_OPTION), i);
	quiet(r, &r->a);
	/* 250 unknown ones come back whole, 250 known ones but for one. */
	for (i = 0; i < 500; i += 2) {
		many[i] = 200;
		many[i + 1] = 2;
	}
	say_bytes(r, &r->a, LCP, 1, 2, many, 500);
	heard(r, &r->a, "ff03c021 04 02 01f8 *");
	for (i = 0; i < 500; i += 2)
		many[i] = 7;
	say_bytes(r, &r->a, LCP, 1, 3, many, 500);
	heard(r, &r->a, "ff03c021 04 03 01f6 *");
	rig_free(r);
}

/* N-61: lengths of the packet itself. */
static void
n61_packet_length(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	uint8_t big[RIG_FRAME] = { 0xff, 0x03, 0xc0, 0x21, 1, 1, 0x05, 0xdd };

	(void)state;
	rig_forget(r);
	say_raw(r, &r->a, "");
	say_raw(r, &r->a, "ff");
	say_raw(r, &r->a, "ff03");
	say_raw(r, &r->a, "ff03c0");
	say_raw(r, &r->a, "ff03c021");
	say_raw(r, &r->a, "ff03c02101");
	say_raw(r, &r->a, "ff03c0210101");
	say_raw(r, &r->a, "ff03c021010100");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_SHORT), 7);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), 1);
	say_raw(r, &r->a, "ff03c02101010000");
	say_raw(r, &r->a, "ff03c02101010003");
	say_raw(r, &r->a, "ff03c02101010005");
	say_raw(r, &r->a, "ff03c0210101ffff");
	rig_input(r, &r->a, big, 4 + 1501);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), 5);
	quiet(r, &r->a);
	/* Bytes behind Length are padding. */
	say_raw(r, &r->a, "ff03c02101010004 deadbeef");
	heard(r, &r->a, "ff03c021 02 01 0004");
	rig_free(r);
}

/* N-72: heads in all forms; sent in full always. */
static void
n72_framing(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);

	(void)state;
	rig_forget(r);
	say_raw(r, &r->a, "c021 01 01 0004");
	heard(r, &r->a, "ff03c021 02 01 0004");
	say_raw(r, &r->a, "ff03c021 01 02 0004");
	heard(r, &r->a, "ff03c021 02 02 0004");
	/* One byte of protocol: IP, which has no business here yet. */
	say_raw(r, &r->a, "21 4500");
	say_raw(r, &r->a, "ff03 21 4500");
	say_raw(r, &r->a, "ff03 0021 4500");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), 3);
	quiet(r, &r->a);
	rig_free(r);
}

/* N-72: the peer's MRU. */
static void
n72_mru(void **state)
{
	static const struct {
		const char *ask, *answer;
	} t[] = {
		{ "01040000", "ff03c021 03 ?? 0008 01040578" },
		{ "01040001", "ff03c021 03 ?? 0008 01040578" },
		{ "0104003f", "ff03c021 03 ?? 0008 01040578" },
		{ "01040040", "ff03c021 03 ?? 0008 01040578" },
		{ "01040080", "ff03c021 02 ?? 0008 01040080" },
		{ "0104ffff", "ff03c021 02 ?? 0008 0104ffff" },
	};
	struct rig *r = begin(PPP_MSCHAPV2);
	unsigned i;

	(void)state;
	rig_forget(r);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		say(r, &r->a, LCP, 1, (uint8_t)i, t[i].ask);
		heard(r, &r->a, t[i].answer);
	}
	rig_free(r);
}

/* N-64: echo. */
static void
n64_echo(void **state)
{
	struct rig *r = begin(PPP_PAP);
	uint8_t big[1400] = { 0xde, 0xad, 0xbe, 0xef };
	struct rig_frame f;

	(void)state;
	/* Before Opened there is none. */
	say(r, &r->a, LCP, 9, 1, "deadbeef");
	say(r, &r->a, LCP, 10, 1, "deadbeef");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), 2);
	rig_lcp_open(r);
	say(r, &r->a, LCP, 9, 1, "deadbe");
	say(r, &r->a, LCP, 10, 1, "deadbe");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), 2);
	say(r, &r->a, LCP, 9, 2, "deadbeee");
	say(r, &r->a, LCP, 10, 2, "deadbeee");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_MAGIC), 2);
	quiet(r, &r->a);
	say(r, &r->a, LCP, 9, 3, "deadbeef 0102030405");
	heard(r, &r->a, "ff03c021 0a 03 000d ???????? 0102030405");
	say(r, &r->a, LCP, 9, 4, "00000000");
	heard(r, &r->a, "ff03c021 0a 04 0008 ????????");
	say(r, &r->a, LCP, 9, 5, "00000001 ff");
	heard(r, &r->a, "ff03c021 0a 05 0009 ???????? ff");
	/* Larger than the peer's MRU of 1400: cut to it. */
	say_bytes(r, &r->a, LCP, 9, 6, big, sizeof(big));
	f = rig_take(r, &r->a);
	assert_int_equal(f.n, 4 + 1400);
	assert_int_equal(f.b[6] << 8 | f.b[7], 1400);
	say(r, &r->a, LCP, 11, 7, "deadbeef");	/* Discard-Request */
	say(r, &r->a, LCP, 13, 8, "deadbeef 00000010 6279");	/* time left */
	quiet(r, &r->a);
	rig_free(r);
}

/* Echo of ours: when idle, counted, and any frame proves life. */
static void
echo_of_ours(void **state)
{
	struct rig *r = begin(PPP_PAP);
	uint8_t id;
	unsigned i;

	(void)state;
	rig_net_up(r);
	rig_run(r, 29000, false);
	quiet(r, &r->a);
	ppp_heard(r->a.ppp, r->now);
	rig_run(r, 29000, false);
	quiet(r, &r->a);
	rig_run(r, 1001, false);
	id = heard(r, &r->a, "ff03c021 09 ?? 0008 ????????");
	/* Not the number we asked with; then a magic of 1. */
	say(r, &r->a, LCP, 10, (uint8_t)(id + 1), "deadbeef");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_ID), 1);
	say(r, &r->a, LCP, 10, id, "00000001");
	for (i = 0; i < 4; i++) {
		rig_run(r, 30001, false);
		heard(r, &r->a, "ff03c021 09 ?? 0008 ????????");
		assert_false(r->a.down);
	}
	rig_run(r, 30001, false);
	/* 150 s after the last sign of life it is over, at once. */
	assert_false(r->a.up);
	heard(r, &r->a, "ff03c021 05 *");
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_ECHO);
	rig_free(r);
}

static void
echo_code_rejected(void **state)
{
	struct rig *r = begin(PPP_PAP);

	(void)state;
	rig_net_up(r);
	rig_run(r, 30001, false);
	heard(r, &r->a, "ff03c021 09 *");
	say(r, &r->a, LCP, 7, 1, "0901000811223344");
	rig_run(r, 600000, false);
	quiet(r, &r->a);
	assert_true(r->a.up);
	rig_free(r);
}

/* N-63: Code-Reject of codes 1 to 7 is the end. */
static void
n63_code_reject(void **state)
{
	char body[16];
	unsigned code;
	struct rig *r;

	(void)state;
	for (code = 1; code <= 7; code++) {
		r = begin(PPP_PAP);
		rig_net_up(r);
		snprintf(body, sizeof(body), "%02x010004", code);
		say(r, &r->a, LCP, 7, 1, body);
		assert_false(r->a.up);
		heard(r, &r->a, "ff03c021 05 *");
		say(r, &r->a, LCP, 6, 1, "");
		assert_true(r->a.down);
		assert_int_equal(r->a.cause, PPP_CAUSE_LCP);
		rig_free(r);
	}
	r = begin(PPP_PAP);
	rig_forget(r);
	say(r, &r->a, LCP, 7, 1, "");
	say(r, &r->a, LCP, 7, 1, "00");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), 2);
	/* While negotiating it is over at once. */
	say(r, &r->a, LCP, 7, 1, "01");
	assert_true(r->a.down);
	rig_free(r);
}

/* N-63: Protocol-Reject of what we cannot do without. */
static void
n63_protocol_reject(void **state)
{
	static const struct {
		const char *what;
		enum ppp_cause cause;
		bool up;
	} t[] = {
		{ "c021", PPP_CAUSE_LCP, true },
		{ "8021", PPP_CAUSE_IPCP, true },
		{ "0021", PPP_CAUSE_IPCP, true },
		{ "c223", PPP_CAUSE_NO_METHOD, false },
	};
	struct rig *r;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		r = begin(PPP_MSCHAPV2);
		if (t[i].up)
			rig_net_up(r);
		else
			rig_lcp_open(r);
		rig_forget(r);
		say(r, &r->a, LCP, 8, 1, t[i].what);
		heard(r, &r->a, "ff03c021 05 *");
		rig_run(r, 20000, false);
		assert_true(r->a.down);
		assert_int_equal(r->a.cause, t[i].cause);
		rig_free(r);
	}
	r = begin(PPP_MSCHAPV2);
	say(r, &r->a, LCP, 8, 1, "c021");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), 1);
	rig_net_up(r);
	say(r, &r->a, LCP, 8, 1, "80");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), 1);
	say(r, &r->a, LCP, 8, 1, "80fd0101000a");
	say(r, &r->a, LCP, 8, 1, "c223");	/* late: does no harm */
	assert_true(r->a.up);
	quiet(r, &r->a);
	rig_free(r);
}

/* Unknown codes: Code-Reject, cut to the MRU, and not without end. */
static void
unknown_code(void **state)
{
	struct rig *r = begin(PPP_PAP);
	uint8_t big[1496] = { 0 };
	struct rig_frame f;
	unsigned i;

	(void)state;
	rig_net_up(r);
	say(r, &r->a, LCP, 200, 5, "0102");
	heard(r, &r->a, "ff03c021 07 ?? 000a c8050006 0102");
	say_bytes(r, &r->a, LCP, 0, 6, big, sizeof(big));
	f = rig_take(r, &r->a);
	assert_int_equal(f.n, 4 + 1400);
	for (i = 0; i < 100; i++)
		say(r, &r->a, LCP, 14, 5, "");
	for (i = 0; rig_first(&r->p) != NULL; i++)
		rig_take(r, &r->a);
	assert_int_equal(i, 6);		/* 8 at once, two were taken */
	rig_run(r, 2500, false);
	for (i = 0; i < 100; i++)
		say(r, &r->a, LCP, 14, 5, "");
	for (i = 0; rig_first(&r->p) != NULL; i++)
		rig_take(r, &r->a);
	assert_int_equal(i, 2);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_CODE), 202);
	assert_true(r->a.up);
	rig_free(r);
}

/* Identification is told, escaped, and only so often. */
static void
identification(void **state)
{
	struct rig *r = begin(PPP_PAP);
	uint8_t long_text[300];
	unsigned i;

	(void)state;
	rig_forget(r);
	say(r, &r->a, LCP, 12, 2, "deadbeef 4d535241535635 2e3230");
	assert_int_equal(r->a.acts[PPP_NOTE], 1);
	assert_string_equal(r->a.text, "MSRASV5.20");
	say(r, &r->a, LCP, 12, 3, "deadbeef 005c0a7f80");
	assert_string_equal(r->a.text, "\\x00\\x5c\\x0a\\x7f\\x80");
	memset(long_text, 'a', sizeof(long_text));
	say_bytes(r, &r->a, LCP, 12, 3, long_text, sizeof(long_text));
	assert_in_range(strlen(r->a.text), 100, 127);
	say(r, &r->a, LCP, 12, 3, "deadbe");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), 1);
	for (i = 0; i < 100; i++)
		say(r, &r->a, LCP, 12, 3, "deadbeef 41");
	assert_int_equal(r->a.acts[PPP_NOTE], 8);
	quiet(r, &r->a);
	rig_free(r);
}

/* RFC 1661 §6.4: our own magic comes back. */
static void
loop(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f;
	unsigned i;

	(void)state;
	for (i = 0; i < 100 && !r->a.down; i++) {
		if (rig_first(&r->p) == NULL)
			rig_run(r, 500, false);
		if (rig_first(&r->p) == NULL)
			continue;
		f = rig_take(r, &r->a);
		rig_input(r, &r->a, f.b, f.n);
	}
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_LOOP);
	assert_int_equal(r->a.acts[PPP_LCP_UP], 0);
	rig_free(r);
}

/* The peer ends it: Ack, quiet, and its text told. */
static void
peer_terminates(void **state)
{
	struct rig *r = begin(PPP_PAP);

	(void)state;
	rig_net_up(r);
	/* Windows: magic, 00 3c cd 74, error. */
	say(r, &r->a, LCP, 5, 10, "deadbeef 003ccd74 000002e2");
	assert_false(r->a.up);
	assert_int_equal(r->a.acts[PPP_NET_DOWN], 1);
	heard(r, &r->a, "ff03c021 06 0a 0004");
	assert_int_equal(ppp_phase(r->a.ppp), PPP_TERMINATE);
	/* RFC 1661 §3.7: all but LCP is dropped now. */
	say(r, &r->a, 0x8021, 1, 9, "03060a000102");
	say(r, &r->a, 0xc023, 1, 9, "0000");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), 2);
	say(r, &r->a, LCP, 5, 11, "");
	heard(r, &r->a, "ff03c021 06 0b 0004");
	assert_false(r->a.down);
	rig_run(r, 3001, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_PEER);
	assert_string_equal(r->a.text,
	    "\\xde\\xad\\xbe\\xef\\x00<\\xcdt\\x00\\x00\\x02\\xe2");
	/* After the end nothing moves. */
	say(r, &r->a, LCP, 1, 12, "");
	rig_close(r, &r->a, PPP_CAUSE_CLOSED, "again");
	rig_run(r, 100000, false);
	quiet(r, &r->a);
	assert_int_equal(r->a.acts[PPP_DOWN], 1);
	rig_free(r);
}

/* Our end of it: twice, then gone whether it was heard or not. */
static void
we_terminate(void **state)
{
	struct rig *r = begin(PPP_PAP);
	uint8_t id;

	(void)state;
	rig_net_up(r);
	rig_close(r, &r->a, PPP_CAUSE_CLOSED, "shutdown");
	assert_false(r->a.up);
	id = heard(r, &r->a, "ff03c021 05 ?? 000c 73687574646f776e");
	rig_close(r, &r->a, PPP_CAUSE_CLOSED, "shutdown");
	quiet(r, &r->a);
	/* Requests of the peer are ignored now. */
	say(r, &r->a, LCP, 1, 12, "");
	quiet(r, &r->a);
	rig_run(r, 3001, false);
	assert_int_equal(heard(r, &r->a, "ff03c021 05 *"), id);
	rig_run(r, 3001, false);
	assert_true(r->a.down);
	rig_free(r);
}

static void
close_before_start(void **state)
{
	struct rig *r = rig_new(3, PPP_PAP);

	(void)state;
	r->a.ppp = ppp_new(&r->a.params, PPP_AUTHENTICATOR, &r->a.rng,
	    &r->a.drops);
	say(r, &r->a, LCP, 1, 1, "");	/* before lower_up */
	quiet(r, &r->a);
	rig_close(r, &r->a, PPP_CAUSE_CLOSED, NULL);
	assert_true(r->a.down);
	rig_free(r);
}

/* N-69: renegotiation after login: everything from the start. */
static void
n69_renegotiation(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);

	(void)state;
	rig_net_up(r);
	assert_true(ppp_authenticated(r->a.ppp));
	say(r, &r->a, LCP, 1, 77, "0506cafe0001");
	assert_false(ppp_authenticated(r->a.ppp));
	assert_false(r->a.up);
	assert_int_equal(r->a.acts[PPP_NET_DOWN], 1);
	{
		uint8_t id = heard(r, &r->a, LCP_ASKS("c22381"));
		struct rig_frame f = rig_take(r, &r->a);

		assert_int_equal(f.b[4], 2);
		/* The weaker method is still not to be had. */
		say(r, &r->a, 0x8021, 1, 1, "03060a000102");
		quiet(r, &r->a);
		say(r, &r->a, LCP, 3, id, "0304c023");
	}
	heard(r, &r->a, "ff03c021 05 *");
	assert_int_equal(r->a.acts[PPP_NET_UP], 1);
	rig_free(r);
}

static void
n69_renegotiation_logs_in_again(void **state)
{
	struct rig *r = begin(PPP_CHAP_MD5);
	struct rig_frame f;
	uint8_t b[256];
	size_t n;

	(void)state;
	rig_net_up(r);
	say(r, &r->a, LCP, 1, 77, "0506cafe0001");
	f = rig_take(r, &r->a);
	heard(r, &r->a, "ff03c021 02 4d *");
	say_bytes(r, &r->a, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	f = rig_take(r, &r->a);
	assert_int_equal(f.b[2] << 8 | f.b[3], 0xc223);
	n = rig_response(r, PPP_CHAP_MD5, f.b[5], f.b + 9, b);
	say_bytes(r, &r->a, 0xc223, 2, f.b[5], b, n);
	heard(r, &r->a, "ff03c223 03 *");
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	say(r, &r->a, 0x8021, 1, 3, "03060a000102");
	f = rig_take(r, &r->a);
	heard(r, &r->a, "ff038021 02 03 *");
	say_bytes(r, &r->a, 0x8021, 2, f.b[5], f.b + 8, f.n - 8);
	assert_int_equal(r->a.acts[PPP_NET_UP], 2);
	assert_int_equal(r->a.acts[PPP_ASK_ADDR], 2);
	rig_free(r);
}

/* A repetition of the request that we acked already is no renegotiation. */
static void
late_ack(void **state)
{
	struct rig *r = begin(PPP_PAP);

	(void)state;
	rig_net_up(r);
	say(r, &r->a, LCP, 1, 1,
	    "01040578 020600000000 0506deadbeef 0702 0802");
	heard(r, &r->a, "ff03c021 02 01 *");
	quiet(r, &r->a);
	assert_true(r->a.up);
	rig_free(r);
}

static bool
rng_broken(struct rng *rng, void *dst, size_t n)
{
	memset(dst, 0, n);
	/* s[0] requests are still answered. */
	if (rng->s[0] == 0)
		return false;
	rng->s[0]--;
	return true;
}

static void
no_randomness(void **state)
{
	struct rig *r = rig_new(3, PPP_MSCHAPV2);
	struct rig_frame f;

	(void)state;
	r->a.rng = (struct rng){ .fill = rng_broken };
	rig_start(r, true, false);
	quiet(r, &r->a);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_RANDOM);
	rig_free(r);

	/* Enough for LCP, none for a challenge. */
	r = rig_new(3, PPP_MSCHAPV2);
	r->a.rng = (struct rng){ .fill = rng_broken, .s = { 1 } };
	rig_start(r, true, false);
	f = rig_take(r, &r->a);
	say_bytes(r, &r->a, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->a, LCP, 1, 1, "");
	heard(r, &r->a, "ff03c021 02 01 0004");
	heard(r, &r->a, "ff03c021 05 *");
	rig_run(r, 10000, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_RANDOM);
	rig_free(r);
}

/* One link may ask for less than the others, until it is on its way. */
static void
mru_of_one_link(void **state)
{
	static const struct { uint16_t set, asked; } t[] = {
		{ 1300, 1300 }, { 64, 128 }, { 1500, 1400 }, { 1400, 1400 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct rig *r = rig_new(3, PPP_PAP);
		struct rig_frame f;

		r->a.ppp = ppp_new(&r->a.params, PPP_AUTHENTICATOR, &r->a.rng,
		    &r->a.drops);
		ppp_mru_set(r->a.ppp, t[i].set);
		ppp_lower_up(r->a.ppp, r->now, &r->out);
		rig_drain(r, &r->a);
		ppp_mru_set(r->a.ppp, 200);	/* too late */
		f = rig_take(r, &r->a);
		assert_int_equal(f.b[8], 1);
		assert_int_equal(f.b[10] << 8 | f.b[11], t[i].asked);
		say_bytes(r, &r->a, LCP, 2, f.b[5], f.b + 8, f.n - 8);
		/* No value at all is answered with the link's own. */
		say(r, &r->a, LCP, 1, 1, "01040000");
		f = rig_take(r, &r->a);
		assert_int_equal(f.b[4], 3);
		assert_int_equal(f.b[10] << 8 | f.b[11], t[i].asked);
		rig_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_request),
		cmocka_unit_test(auth_after_nak),
		cmocka_unit_test(auth_nak_with_unknown),
		cmocka_unit_test(n69_downgrade_refused),
		cmocka_unit_test(n63_reject_of_auth),
		cmocka_unit_test(n63_nak_forever),
		cmocka_unit_test(n63_never_acceptable),
		cmocka_unit_test(silence),
		cmocka_unit_test(max_failure),
		cmocka_unit_test(rejects),
		cmocka_unit_test(n62_answers_must_match),
		cmocka_unit_test(nak_and_reject_of_ours),
		cmocka_unit_test(n61_option_walk),
		cmocka_unit_test(n61_packet_length),
		cmocka_unit_test(n72_framing),
		cmocka_unit_test(n72_mru),
		cmocka_unit_test(mru_of_one_link),
		cmocka_unit_test(n64_echo),
		cmocka_unit_test(echo_of_ours),
		cmocka_unit_test(echo_code_rejected),
		cmocka_unit_test(n63_code_reject),
		cmocka_unit_test(n63_protocol_reject),
		cmocka_unit_test(unknown_code),
		cmocka_unit_test(identification),
		cmocka_unit_test(loop),
		cmocka_unit_test(peer_terminates),
		cmocka_unit_test(we_terminate),
		cmocka_unit_test(close_before_start),
		cmocka_unit_test(n69_renegotiation),
		cmocka_unit_test(n69_renegotiation_logs_in_again),
		cmocka_unit_test(late_ack),
		cmocka_unit_test(no_randomness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
