/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Negative tests of threats.md 2.6 that the others leave open: EAP, which is
 * never agreed, in every phase; repeats in bulk; downgrades to EAP.
 */

#include "tests/ppp/rig.h"

#define LCP	0xc021
#define PAP	0xc023
#define CHAP	0xc223
#define EAP	0xc227
#define IPCP	0x8021

/* What an EAP peer may send and must not: code, id and the rest, in hex. */
static const struct {
	uint8_t code, id;
	const char *body;
} eaps[] = {
	{ 3, 1, "" },				/* unsolicited Success */
	{ 4, 1, "" },				/* Failure */
	{ 2, 1, "01" },				/* Identity of 0 bytes */
	{ 2, 1, "01616c696365" },
	{ 2, 9, "01616c696365" },		/* another id */
	{ 2, 1, "04100102030405060708090a0b0c0d0e0f10616c696365" },
	{ 2, 1, "04ff0102" },			/* MD5 value past the end */
	{ 2, 1, "0400" },
	{ 2, 1, "0d80000000ff" },		/* type switched: TLS, */
	{ 2, 1, "1900" },			/* PEAP, */
	{ 2, 1, "1a0201000602" },		/* MS-CHAPv2 Success */
	{ 2, 1, "fe0000000000000001" },		/* expanded */
	{ 2, 1, "030d" },			/* Nak */
	{ 1, 1, "01" },				/* the peer asks us */
	{ 1, 1, "0410000102030405060708090a0b0c0d0e0f" },
	{ 0, 1, "01" }, { 5, 1, "01" }, { 255, 1, "" },
};
#define EAPS	(sizeof(eaps) / sizeof(eaps[0]))

static void
all_eaps(struct rig *r)
{
	uint8_t big[1100];
	uint8_t b[16] = { 0xff, 0x03, 0xc2, 0x27, 2, 1 };

	for (size_t i = 0; i < EAPS; i++)
		say(r, &r->a, EAP, eaps[i].code, eaps[i].id, eaps[i].body);
	/* Identity of 1,020 bytes, an MD5 name of 300, and CVE-2020-8597. */
	memset(big, 'a', sizeof(big));
	big[0] = 1;
	say_bytes(r, &r->a, EAP, 2, 1, big, 1021);
	big[0] = 4;
	big[1] = 16;
	say_bytes(r, &r->a, EAP, 2, 1, big, 18 + 300);
	say_bytes(r, &r->a, EAP, 1, 1, big, 18 + 1024);
	/* Lengths 0 to 4, and longer than the frame; cut everywhere. */
	for (unsigned len = 0; len < 256; len += len < 5 ? 1 : 50) {
		b[7] = (uint8_t)len;
		rig_input(r, &r->a, b, sizeof(b));
	}
	b[6] = 0xff;
	b[7] = 0xff;
	rig_input(r, &r->a, b, sizeof(b));
	for (size_t n = 2; n < sizeof(b); n++)
		rig_input(r, &r->a, b, n);
	/* One byte of protocol is no way round: 27 is not EAP. */
	say_raw(r, &r->a, "27 03010004");
}

/* N-67: before the login EAP is silently discarded, whatever it says. */
static void
n67_before_the_login(void **state)
{
	static const uint8_t methods[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2 };

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct rig *r = rig_new(67, methods[i % 3]);
		bool late = i >= 3;

		rig_start(r, true, false);
		if (late)
			rig_lcp_open(r);
		rig_forget(r);
		all_eaps(r);
		quiet(r, &r->a);
		assert_int_equal(ppp_phase(r->a.ppp), late ?
		    PPP_AUTHENTICATE : PPP_ESTABLISH);
		assert_false(ppp_authenticated(r->a.ppp));
		assert_int_equal(r->a.acts[PPP_ASK_AUTH], 0);
		assert_int_equal(r->a.acts[PPP_ASK_ADDR], 0);
		assert_int_equal(r->a.acts[PPP_AUTH_OK], 0);
		assert_true(rig_drops(&r->a, DROP_PPP_PHASE) >= EAPS + 3);
		rig_free(r);
	}
}

/* N-67: the right answer of the agreed method under EAP's number is none. */
static void
n67_answer_under_its_number(void **state)
{
	struct rig *r = rig_new(67, PPP_MSCHAPV2);
	struct rig_frame f;
	uint8_t b[256];
	size_t n;

	(void)state;
	rig_start(r, true, false);
	rig_lcp_open(r);
	f = rig_take(r, &r->a);
	n = rig_response(r, PPP_MSCHAPV2, f.b[5], f.b + 9, b);
	say_bytes(r, &r->a, EAP, 2, f.b[5], b, n);
	quiet(r, &r->a);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 0);
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
	heard(r, &r->a, "ff03c223 03 *");
	rig_free(r);

	r = rig_new(67, PPP_PAP);
	rig_start(r, true, false);
	rig_lcp_open(r);
	say(r, &r->a, EAP, 1, 1, "05616c696365 0d636f727265637420686f727365");
	quiet(r, &r->a);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 0);
	rig_free(r);
}

/* While the owner thinks about the right answer to a challenge. */
static void
n67_while_the_owner_thinks(void **state)
{
	struct rig *r = rig_new(67, PPP_MSCHAPV2);
	struct ppp_verdict no = { .error = 691 };

	(void)state;
	rig_start(r, true, false);
	r->late_auth = true;
	rig_login(r);
	rig_forget(r);
	all_eaps(r);
	quiet(r, &r->a);
	assert_false(ppp_authenticated(r->a.ppp));
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	ppp_out_reset(&r->out);
	ppp_auth_done(r->a.ppp, r->now, r->a.auth.ticket, &no, &r->out);
	rig_drain(r, &r->a);
	heard(r, &r->a, "ff03c223 04 *");
	all_eaps(r);		/* a Success after the Failure */
	assert_false(ppp_authenticated(r->a.ppp));
	assert_int_equal(r->a.acts[PPP_NET_UP], 0);
	rig_free(r);
}

/* After it: Protocol-Reject, few, none longer than the peer's MRU. */
static void
n67_after_the_login(void **state)
{
	(void)state;
	for (unsigned up = 0; up < 2; up++) {
		struct rig *r = rig_new(67, PPP_MSCHAPV2);
		unsigned n = 0;

		rig_start(r, true, false);
		if (up)
			rig_net_up(r);
		else
			rig_login(r);
		rig_forget(r);
		all_eaps(r);
		for (; rig_first(&r->p) != NULL; n++) {
			struct rig_frame f = rig_take(r, &r->a);

			assert_true(rig_matches(&f, "ff03c021 08 *"));
			assert_int_equal(f.b[8] << 8 | f.b[9], f.b[8] == 0 ?
			    0x27 : EAP);
			assert_true(f.n <= 4 + 1400);
		}
		assert_in_range(n, 1, 10);
		assert_true(ppp_authenticated(r->a.ppp));
		assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
		assert_int_equal(r->a.up, up);
		assert_false(r->a.down);
		rig_free(r);
	}
}

/* N-69: a Nak towards EAP, alone and beside PAP: EAP is never asked for. */
static void
n69_nak_to_eap(void **state)
{
	static const uint8_t methods[] = { PPP_MSCHAPV2, PPP_PAP,
		PPP_PAP | PPP_CHAP_MD5 | PPP_MSCHAPV2 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *r = rig_new(69, methods[i]);
		unsigned k;

		rig_start(r, true, false);
		for (k = 0; k < 50 && rig_first(&r->p) != NULL; k++) {
			struct rig_frame f = rig_take(r, &r->a);

			if (f.b[4] != 1)
				break;
			for (size_t at = 8; at + 3 < f.n; at += f.b[at + 1])
				if (f.b[at] == 3)
					assert_int_not_equal(f.b[at + 2] << 8 |
					    f.b[at + 3], EAP);
			say(r, &r->a, LCP, 3, f.b[5], "0304c227");
		}
		assert_true(k < 50);
		rig_run(r, 60000, false);
		assert_true(r->a.down);
		assert_int_equal(r->a.acts[PPP_LCP_UP], 0);
		assert_int_equal(r->a.acts[PPP_NET_UP], 0);
		rig_free(r);
	}
}

/* N-65: after success, a thousand more: one answer, one question. */
static void
n65_thousand_requests(void **state)
{
	struct rig *r = rig_new(65, PPP_PAP);

	(void)state;
	rig_start(r, true, false);
	rig_net_up(r);
	for (unsigned i = 0; i < 1000; i++) {
		/* right and wrong ones alike get the code of the first */
		say(r, &r->a, PAP, 1, (uint8_t)i, i % 2 == 0 ?
		    "05616c696365 0d636f727265637420686f727365" :
		    "05616c696365 0477726f6e");
		if (rig_first(&r->p) != NULL) {
			struct rig_frame f = rig_take(r, &r->a);

			assert_int_equal(f.b[2] << 8 | f.b[3], PAP);
			assert_int_equal(f.b[4], 2);
		}
		quiet(r, &r->a);
	}
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	assert_true(r->a.up);
	rig_free(r);

	r = rig_new(65, PPP_PAP);	/* and after a refusal */
	r->password = "another one";
	rig_start(r, true, false);
	rig_lcp_open(r);
	for (unsigned i = 0; i < 1000 && !r->a.down; i++) {
		say(r, &r->a, PAP, 1, 7,
		    "05616c696365 0d636f727265637420686f727365");
		rig_forget(r);
	}
	assert_true(r->a.acts[PPP_ASK_AUTH] <= r->a.params.auth_tries);
	assert_false(ppp_authenticated(r->a.ppp));
	assert_int_equal(r->a.acts[PPP_NET_UP], 0);
	rig_free(r);
}

/* N-66: an empty name is asked about as such; after success nothing new is. */
static void
n66_empty_name(void **state)
{
	struct rig *r = rig_new(66, PPP_MSCHAPV2);
	struct rig_frame f;
	uint8_t b[256];

	(void)state;
	rig_start(r, true, false);
	rig_lcp_open(r);
	f = rig_take(r, &r->a);
	(void)rig_response(r, PPP_MSCHAPV2, f.b[5], f.b + 9, b);
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, 50);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	assert_int_equal(r->a.auth.name_len, 0);
	heard(r, &r->a, "ff03c223 04 *");
	assert_false(ppp_authenticated(r->a.ppp));
	rig_free(r);
}

/* N-62 in IPCP: what does not answer our request changes nothing. */
static void
n62_ipcp_answers_must_match(void **state)
{
	static const uint8_t codes[] = { 2, 3, 4 };
	struct rig *r = rig_new(62, PPP_PAP);
	struct rig_frame f;

	(void)state;
	rig_start(r, true, false);
	rig_login(r);
	say(r, &r->a, IPCP, 1, 3, "03060a000102");
	f = rig_take(r, &r->a);
	assert_int_equal(f.b[4], 1);
	rig_forget(r);
	for (unsigned i = 0; i < sizeof(codes); i++) {
		/* wrong id; wrong value; wrong length; none; one more */
		say(r, &r->a, IPCP, codes[i], (uint8_t)(f.b[5] + 1),
		    "03060a000001");
		say(r, &r->a, IPCP, codes[i], f.b[5], "0304 0a00");
		say(r, &r->a, IPCP, codes[i], f.b[5], "");
		if (codes[i] != 3) {
			say(r, &r->a, IPCP, codes[i], f.b[5], "03060a000009");
			say(r, &r->a, IPCP, codes[i], f.b[5],
			    "03060a000001 8106 08080808");
		}
	}
	quiet(r, &r->a);
	assert_false(r->a.up);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_ID), 3);
	say(r, &r->a, IPCP, 2, f.b[5], "03060a000001");
	assert_true(r->a.up);
	rig_free(r);
}

/*
 * N-63: all at once, in any order, drawn: Naks, Rejects, Protocol-Rejects and
 * Code-Rejects.  Without a right answer the link never opens.
 */
static void
n63_never_open_without_login(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct rig *r = rig_new(seed, PPP_MSCHAPV2);
		uint8_t b[64];

		rig_start(r, true, false);
		for (unsigned i = 0; i < 300 && !r->a.down; i++) {
			static const uint16_t protocol[] = { LCP, LCP, LCP,
				CHAP, IPCP, PAP, EAP, 0x80fd, 0x0021 };
			struct rig_frame f = { .n = 0 };
			uint32_t what = rng_below(&r->rng, 4);
			size_t n = rng_below(&r->rng, 20);

			if (rig_first(&r->p) != NULL)
				f = rig_take(r, &r->a);
			(void)rng_fill(&r->rng, b, sizeof(b));
			if (what > 0 && f.n >= 8 && f.b[4] == 1 &&
			    f.b[2] << 8 == 0xc000)
				say_bytes(r, &r->a, LCP, (uint8_t)(1 + what),
				    f.b[5], f.b + 8, f.n - 8);
			else
				say_bytes(r, &r->a,
				    protocol[rng_below(&r->rng, 9)],
				    (uint8_t)rng_below(&r->rng, 14),
				    f.n >= 6 ? f.b[5] : b[0], b + 1, n);
			if (rng_below(&r->rng, 4) == 0)
				say(r, &r->a, LCP, 1, (uint8_t)i, "");
			if (rng_below(&r->rng, 20) == 0)
				rig_run(r, 3000, false);
		}
		assert_false(ppp_authenticated(r->a.ppp));
		assert_int_equal(r->a.acts[PPP_NET_UP], 0);
		assert_int_equal(r->a.acts[PPP_ASK_ADDR], 0);
		rig_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n62_ipcp_answers_must_match),
		cmocka_unit_test(n63_never_open_without_login),
		cmocka_unit_test(n65_thousand_requests),
		cmocka_unit_test(n66_empty_name),
		cmocka_unit_test(n67_before_the_login),
		cmocka_unit_test(n67_answer_under_its_number),
		cmocka_unit_test(n67_while_the_owner_thinks),
		cmocka_unit_test(n67_after_the_login),
		cmocka_unit_test(n69_nak_to_eap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
