/* SPDX-License-Identifier: BSD-2-Clause */
/* PAP, CHAP and MS-CHAPv2, packet by packet, in both roles. */

#include "ppp/auth.h"
#include "tests/ppp/rig.h"

#define LCP	0xc021
#define PAP	0xc023
#define CHAP	0xc223

static struct rig *
begin(uint8_t method)
{
	struct rig *r = rig_new(11, method);

	rig_start(r, true, false);
	rig_lcp_open(r);
	assert_int_equal(r->a.method, method);
	assert_int_equal(ppp_phase(r->a.ppp), PPP_AUTHENTICATE);
	return r;
}

/* "alice" / "correct horse" */
#define PAP_GOOD "05616c696365 0d636f727265637420686f727365"
#define PAP_BAD "05616c696365 0d636f727265637420486f727365"

static void
pap_ok_and_repeated(void **state)
{
	struct rig *r = begin(PPP_PAP);
	unsigned i;

	(void)state;
	say(r, &r->a, PAP, 1, 7, PAP_GOOD);
	heard(r, &r->a, "ff03c023 02 07 0005 00");
	assert_true(ppp_authenticated(r->a.ppp));
	/* N-65: a thousand more get the same code, and nobody is asked. */
	for (i = 0; i < 1000; i++) {
		say(r, &r->a, PAP, 1, (uint8_t)i, i & 1 ? PAP_BAD : PAP_GOOD);
		rig_take(r, &r->a);
		rig_forget(r);
	}
	say(r, &r->a, PAP, 1, 9, PAP_BAD);
	heard(r, &r->a, "ff03c023 02 09 0005 00");
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_REPEAT), 1001);
	rig_free(r);
}

static void
pap_refused(void **state)
{
	struct rig *r = begin(PPP_PAP);

	(void)state;
	say(r, &r->a, PAP, 1, 7, PAP_BAD);
	heard(r, &r->a, "ff03c023 03 07 0005 00");
	heard(r, &r->a, "ff03c021 05 *");
	assert_false(ppp_authenticated(r->a.ppp));
	rig_run(r, 10000, false);
	assert_int_equal(r->a.cause, PPP_CAUSE_AUTH);
	rig_free(r);
}

/* N-65: lengths. */
static void
n65_pap_lengths(void **state)
{
	static const char *const bad[] = { "", "05", "0561", "05616c696365",
		"05616c6963650d", "05616c6963650d63", "ff", "00ff" };
	struct rig *r = begin(PPP_PAP);
	uint8_t big[512];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		say(r, &r->a, PAP, 1, 7, bad[i]);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), i);
	memset(big, 'a', sizeof(big));
	big[0] = 255;
	big[256] = 255;
	say_bytes(r, &r->a, PAP, 1, 7, big, sizeof(big));
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), i + 1);
	say(r, &r->a, PAP, 4, 7, PAP_GOOD);
	say(r, &r->a, PAP, 0, 7, PAP_GOOD);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_CODE), 2);
	say(r, &r->a, PAP, 2, 7, "00");		/* an Ack, from the peer */
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), i + 2);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 0);
	assert_false(ppp_authenticated(r->a.ppp));
	quiet(r, &r->a);
	/* 254 and 255 are in order. */
	r->late_auth = true;
	big[0] = 254;
	big[255] = 255;
	say_bytes(r, &r->a, PAP, 1, 7, big, sizeof(big) - 1);
	assert_int_equal(r->a.auth.name_len, 254);
	assert_int_equal(r->a.auth.password.len, 255);
	rig_free(r);

	r = begin(PPP_PAP);
	say(r, &r->a, PAP, 1, 7, "0000");
	heard(r, &r->a, "ff03c023 03 07 0005 00");
	rig_free(r);
}

/* The owner takes its time: repeats are absorbed, nobody is lost. */
static void
late_answer(void **state)
{
	static const uint8_t methods[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2 };
	struct rig *r;
	struct rig_frame f;
	uint8_t b[256];
	unsigned i, k;
	size_t n = 0;

	(void)state;
	for (i = 0; i < 3; i++) {
		r = begin(methods[i]);
		r->a.params.echo_s = 0;
		r->late_auth = true;
		memset(&f, 0, sizeof(f));
		if (methods[i] != PPP_PAP) {
			f = rig_take(r, &r->a);
			n = rig_response(r, methods[i], f.b[5], f.b + 9, b);
		}
		for (k = 0; k < 29; k++) {
			if (methods[i] == PPP_PAP)
				say(r, &r->a, PAP, 1, (uint8_t)k, PAP_GOOD);
			else
				say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
			rig_run(r, 3000, false);
		}
		/* Echo may have been sent; no challenge, no end. */
		while (rig_first(&r->p) != NULL)
			assert_int_equal(rig_take(r, &r->a).b[4], 9);
		assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
		assert_int_equal(rig_drops(&r->a, DROP_PPP_REPEAT), 28);
		rig_owner_auth(r, &r->a);
		if (methods[i] == PPP_PAP)
			heard(r, &r->a, "ff03c023 02 1c *");
		else
			heard(r, &r->a, "ff03c223 03 *");
		assert_true(ppp_authenticated(r->a.ppp));
		/* A second answer is nobody's. */
		rig_owner_auth(r, &r->a);
		quiet(r, &r->a);
		rig_free(r);
	}
}

/* An answer to an older question is nobody's: it may be about another user. */
static void
late_answer_to_another(void **state)
{
	static const uint8_t methods[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2 };
	struct ppp_verdict yes = { .ok = true, .mschap_success =
	    "S=407A5589115FD0D6209F510FE9C04566932CDA56" };
	struct rig_frame f, q;
	uint32_t old;
	uint8_t b[256];
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *r = begin(methods[i]);

		r->late_auth = true;
		old = 0;
		for (unsigned k = 0; k < 2; k++) {
			memset(&f, 0, sizeof(f));
			if (methods[i] == PPP_PAP) {
				say(r, &r->a, PAP, 1, 7, PAP_GOOD);
			} else {
				f = rig_take(r, &r->a);
				n = rig_response(r, methods[i], f.b[5],
				    f.b + 9, b);
				say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
			}
			assert_int_equal(r->a.acts[PPP_ASK_AUTH], k + 1);
			assert_true(r->a.auth.ticket > old);
			if (k == 1)
				break;
			old = r->a.auth.ticket;
			say(r, &r->a, LCP, 1, 50, "0506deadbeef");
			q = rig_take(r, &r->a);
			heard(r, &r->a, "ff03c021 02 ?? 000a 0506deadbeef");
			say_bytes(r, &r->a, LCP, 2, q.b[5], q.b + 8, q.n - 8);
		}
		ppp_auth_done(r->a.ppp, r->now, old, &yes, &r->out);
		assert_int_equal(r->out.n, 0);
		assert_false(ppp_authenticated(r->a.ppp));
		ppp_auth_done(r->a.ppp, r->now, r->a.auth.ticket, &yes,
		    &r->out);
		assert_true(ppp_authenticated(r->a.ppp));
		rig_free(r);
	}
}

static void
owner_never_answers(void **state)
{
	struct rig *r = begin(PPP_PAP);

	(void)state;
	r->late_auth = true;
	say(r, &r->a, PAP, 1, 1, PAP_GOOD);
	rig_run(r, 89000, false);
	assert_false(r->a.down);
	rig_run(r, 20000, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_AUTH);
	assert_false(ppp_authenticated(r->a.ppp));
	rig_owner_auth(r, &r->a);
	assert_false(ppp_authenticated(r->a.ppp));
	rig_free(r);
}

/* Neither the peer's silence nor the owner's is a login, even for a moment. */
static void
silence_is_no_login(void **state)
{
	struct rig *r = begin(PPP_PAP);

	(void)state;
	assert_int_equal(auth_expire(r->a.ppp, mono_add_s(r->now, 31),
	    &r->out), AUTH_SILENT);
	assert_false(ppp_authenticated(r->a.ppp));
	rig_free(r);

	r = begin(PPP_PAP);
	r->late_auth = true;
	say(r, &r->a, PAP, 1, 1, PAP_GOOD);
	assert_int_equal(auth_expire(r->a.ppp, mono_add_ms(r->now,
	    r->a.params.auth_wait_ms),
	    &r->out), AUTH_NO_OWNER);
	assert_false(ppp_authenticated(r->a.ppp));
	rig_free(r);
}

/* RFC 1994 §4.1, §2.3: id and challenge change each time; then the end. */
static void
challenge_repeated(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f[12];
	unsigned n = 0, i, k;

	(void)state;
	r->a.params.echo_s = 0;
	while (!r->a.down) {
		rig_run(r, 1000, false);
		if (rig_first(&r->p) == NULL)
			continue;
		f[n] = rig_take(r, &r->a);
		if (f[n].b[2] == 0xc2)
			n++;
		assert_true(n < 12);
	}
	assert_int_equal(n, 10);
	assert_int_equal(r->a.cause, PPP_CAUSE_AUTH_TIMEOUT);
	for (i = 0; i < n; i++) {
		assert_true(rig_matches(&f[i], "ff03c223 01 ?? 001a 10 "
		    "???????????????????????????????? 6c32747064"));
		for (k = 0; k < i; k++) {
			assert_int_not_equal(f[i].b[5], f[k].b[5]);
			assert_memory_not_equal(f[i].b + 9, f[k].b + 9, 16);
		}
	}
	rig_free(r);
}

static void
pap_never_comes(void **state)
{
	struct rig *r = begin(PPP_PAP);

	(void)state;
	rig_run(r, 50000, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_AUTH_TIMEOUT);
	rig_free(r);
}

/* N-66: what is no Response to our challenge. */
static void
n66_bad_responses(void **state)
{
	static const uint8_t sizes[] = { 0, 16, 48, 50, 255 };
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a);
	uint8_t b[2048] = { 0 }, good[256];
	size_t n = rig_response(r, PPP_MSCHAPV2, f.b[5], f.b + 9, good);
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(sizes); i++) {
		memset(b, 'a', sizeof(b));
		b[0] = sizes[i];
		say_bytes(r, &r->a, CHAP, 2, f.b[5], b, 1u + sizes[i] + 5);
	}
	/* Size past the end; flags; a name of 255 and of 1,400 bytes. */
	say_bytes(r, &r->a, CHAP, 2, f.b[5], good, 49);
	say_bytes(r, &r->a, CHAP, 2, f.b[5], good, 0);
	memcpy(b, good, n);
	b[49] = 1;
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
	b[49] = 0;
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, 50 + 255);
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, 50 + 1400);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), 10);
	/* Another identifier; codes that are not the peer's to send. */
	say_bytes(r, &r->a, CHAP, 2, (uint8_t)(f.b[5] - 1), good, n);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_ID), 1);
	say_bytes(r, &r->a, CHAP, 3, f.b[5], good, n);
	say_bytes(r, &r->a, CHAP, 4, f.b[5], good, n);
	say_bytes(r, &r->a, CHAP, 1, f.b[5], f.b + 8, f.n - 8);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), 13);
	say_bytes(r, &r->a, CHAP, 5, f.b[5], good, n);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_CODE), 1);
	/* PAP where CHAP was agreed. */
	say(r, &r->a, PAP, 1, 7, PAP_GOOD);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), 1);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 0);
	quiet(r, &r->a);
	say_bytes(r, &r->a, CHAP, 2, f.b[5], good, n);
	heard(r, &r->a, "ff03c223 03 *");
	rig_free(r);
}

/* N-66: an answer to an old challenge, and one from another session. */
static void
n66_old_and_foreign(void **state)
{
	struct rig *r = begin(PPP_CHAP_MD5), *other;
	struct rig_frame f = rig_take(r, &r->a), g;
	uint8_t b[256];
	size_t n = rig_response(r, PPP_CHAP_MD5, f.b[5], f.b + 9, b);

	(void)state;
	rig_run(r, 3001, false);
	g = rig_take(r, &r->a);
	assert_int_not_equal(f.b[5], g.b[5]);
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_ID), 1);
	/* The old value under the new identifier: asked, and wrong. */
	say_bytes(r, &r->a, CHAP, 2, g.b[5], b, n);
	heard(r, &r->a, "ff03c223 04 *");
	assert_false(ppp_authenticated(r->a.ppp));
	rig_free(r);

	other = rig_new(99, PPP_CHAP_MD5);
	rig_start(other, true, false);
	rig_lcp_open(other);
	g = rig_take(other, &other->a);
	say_bytes(other, &other->a, CHAP, 2, g.b[5], b, n);
	heard(other, &other->a, "ff03c223 04 *");
	assert_false(ppp_authenticated(other->a.ppp));
	rig_free(other);
}

/* A challenge counts once; its repetition gets the stored answer. */
static void
success_repeated(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a), s, t;
	uint8_t b[256];
	size_t n = rig_response(r, PPP_MSCHAPV2, f.b[5], f.b + 9, b);

	(void)state;
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
	s = rig_take(r, &r->a);
	assert_memory_equal(s.b + 8, "S=", 2);
	assert_memory_equal(s.b + 8 + 42, " M=Access granted", 17);
	b[30] ^= 1;		/* wrong now, and yet the same code */
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
	t = rig_take(r, &r->a);
	assert_int_equal(s.n, t.n);
	assert_memory_equal(s.b, t.b, s.n);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	rig_free(r);
}

/* RFC 2759 §6: wrong password, try again under the next identifier. */
static void
mschap_retry(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a), g;
	uint8_t b[256], challenge[16], id = f.b[5];
	unsigned i, v;
	size_t n;

	(void)state;
	r->password = "wrong";
	n = rig_response(r, PPP_MSCHAPV2, id, f.b + 9, b);
	r->password = "correct horse";
	say_bytes(r, &r->a, CHAP, 2, id, b, n);
	g = rig_take(r, &r->a);
	assert_int_equal(g.b[4], 4);
	assert_int_equal(g.b[5], id);
	assert_memory_equal(g.b + 8, "E=691 R=1 C=", 12);
	assert_memory_equal(g.b + 20 + 32, " V=3 M=Access denied", 20);
	for (i = 0; i < 16; i++) {
		assert_int_equal(sscanf((char *)g.b + 20 + 2 * i, "%2X",
		    &v), 1);
		challenge[i] = (uint8_t)v;
	}
	assert_memory_not_equal(challenge, f.b + 9, 16);
	/* The same wrong one again: the same failure again, no try lost. */
	say_bytes(r, &r->a, CHAP, 2, id, b, n);
	f = rig_take(r, &r->a);
	assert_memory_equal(f.b, g.b, g.n);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	/* The user may need a while; then the right one. */
	r->a.params.echo_s = 0;
	rig_run(r, 25000, false);
	quiet(r, &r->a);
	n = rig_response(r, PPP_MSCHAPV2, (uint8_t)(id + 1), challenge, b);
	say_bytes(r, &r->a, CHAP, 2, (uint8_t)(id + 1), b, n);
	heard(r, &r->a, "ff03c223 03 *");
	assert_true(ppp_authenticated(r->a.ppp));
	rig_free(r);
}

static void
mschap_tries_used_up(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a), g = f;
	uint8_t b[256], id = f.b[5];
	unsigned i;
	size_t n;

	(void)state;
	n = rig_response(r, PPP_MSCHAPV2, id, f.b + 9, b);
	b[30] ^= 1;
	for (i = 0; i < 3; i++) {
		say_bytes(r, &r->a, CHAP, 2, (uint8_t)(id + i), b, n);
		g = rig_take(r, &r->a);
		assert_int_equal(g.b[4], 4);
		assert_memory_equal(g.b + 8, i < 2 ? "E=691 R=1" :
		    "E=691 R=0", 9);
	}
	heard(r, &r->a, "ff03c021 05 *");
	rig_run(r, 10000, false);
	assert_int_equal(r->a.cause, PPP_CAUSE_AUTH);
	rig_free(r);
}

/* Negotiating LCP anew buys no tries. */
static void
n69_tries_of_the_link(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a), g = f;
	uint8_t b[256];
	unsigned i;
	size_t n;

	(void)state;
	n = rig_response(r, PPP_MSCHAPV2, f.b[5], f.b + 9, b);
	b[30] ^= 1;
	for (i = 0; i < 3; i++) {
		say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
		g = rig_take(r, &r->a);
		assert_int_equal(g.b[4], 4);
		assert_memory_equal(g.b + 8, i < 2 ? "E=691 R=1" :
		    "E=691 R=0", 9);
		if (i == 2)
			break;
		say(r, &r->a, LCP, 1, (uint8_t)(50 + i), "0506deadbeef");
		f = rig_take(r, &r->a);
		assert_int_equal(f.b[4], 1);
		heard(r, &r->a, "ff03c021 02 ?? 000a 0506deadbeef");
		say_bytes(r, &r->a, LCP, 2, f.b[5], f.b + 8, f.n - 8);
		f = rig_take(r, &r->a);
		assert_int_equal(f.b[4], 1);
	}
	heard(r, &r->a, "ff03c021 05 *");
	rig_free(r);
}

static void
verdict(struct rig *r, const struct ppp_verdict *v)
{
	ppp_out_reset(&r->out);
	ppp_auth_done(r->a.ppp, r->now, r->a.auth.ticket, v, &r->out);
	rig_drain(r, &r->a);
}

/* An Accept without a well-formed S= lets nobody in. */
static void
verdict_without_proof(void **state)
{
	struct ppp_verdict v = { .ok = true, .mschap_success = "S=123",
		.error = 647, .message = "no" };
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a);
	uint8_t b[256];
	size_t n = rig_response(r, PPP_MSCHAPV2, f.b[5], f.b + 9, b);

	(void)state;
	r->late_auth = true;
	/* Not asked yet: an answer is nobody's. */
	verdict(r, &v);
	assert_false(ppp_authenticated(r->a.ppp));
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
	verdict(r, &v);
	f = rig_take(r, &r->a);
	assert_int_equal(f.b[4], 4);
	assert_memory_equal(f.b + 8, "E=647 R=0 C=", 12);
	assert_memory_equal(f.b + 52, " V=3 M=no", 9);
	assert_false(ppp_authenticated(r->a.ppp));
	rig_free(r);
}

/* The success was lost: it comes again with our next IPCP request. */
static void
success_lost(void **state)
{
	struct rig *r = begin(PPP_CHAP_MD5);
	struct rig_frame f = rig_take(r, &r->a);
	uint8_t b[256];
	size_t n = rig_response(r, PPP_CHAP_MD5, f.b[5], f.b + 9, b);

	(void)state;
	say_bytes(r, &r->a, CHAP, 2, f.b[5], b, n);
	heard(r, &r->a, "ff03c223 03 *");
	rig_run(r, 1001, false);
	heard(r, &r->a, "ff038021 01 *");
	rig_run(r, 3001, false);
	heard(r, &r->a, "ff03c223 03 *");
	heard(r, &r->a, "ff038021 01 *");
	say(r, &r->a, 0x8021, 1, 3, "03060a000102");
	heard(r, &r->a, "ff038021 02 *");
	rig_run(r, 3001, false);
	heard(r, &r->a, "ff038021 01 *");
	rig_free(r);
}

/* N-68: nothing but LCP and authentication passes before the login. */
static void
n68_data_before_auth(void **state)
{
	static const char *const frames[] = { "ff030021 4500", "0021 4500",
		"ff03 21 4500", "ff030057 6000", "ff038021 01 01 0004",
		"ff038021 01 01 000a 03060a000102", "ff038057 01 01 0004",
		"ff0380fd 01 01 0004", "ff03c227 01 01 0004" };
	struct rig *r = rig_new(5, PPP_MSCHAPV2);
	unsigned i;

	(void)state;
	rig_start(r, true, false);
	rig_forget(r);
	for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		say_raw(r, &r->a, frames[i]);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), i);
	quiet(r, &r->a);
	rig_free(r);

	r = begin(PPP_MSCHAPV2);
	rig_forget(r);
	for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		say_raw(r, &r->a, frames[i]);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), i);
	quiet(r, &r->a);
	assert_int_equal(r->a.acts[PPP_ASK_ADDR], 0);
	rig_free(r);

	/* IP before IPCP is open: dropped, RFC 1661 §3.6. */
	r = rig_new(5, PPP_MSCHAPV2);
	rig_start(r, true, false);
	rig_login(r);
	say_raw(r, &r->a, frames[0]);
	say_raw(r, &r->a, frames[3]);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), 2);
	quiet(r, &r->a);
	rig_free(r);
}

/* Answers of the owner that nobody asked for. */
static void
n68_answers_out_of_phase(void **state)
{
	struct ppp_verdict v = { .ok = true };
	struct rig *r = begin(PPP_PAP);

	(void)state;
	verdict(r, &v);
	rig_owner_addr(r, &r->a);
	assert_false(ppp_authenticated(r->a.ppp));
	assert_false(r->a.up);
	quiet(r, &r->a);
	rig_free(r);
}

/* ---- the peer role ---- */

static struct rig *
begin_peer(uint8_t methods, const char *asks)
{
	struct rig *r = rig_new(21, methods);
	struct rig_frame f;

	rig_start(r, false, true);
	f = rig_take(r, &r->p);
	assert_true(rig_matches(&f,
	    "ff03c021 01 ?? 000e 01040578 0506????????"));
	say_bytes(r, &r->p, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->p, LCP, 1, 1, asks);
	return r;
}

static void
peer_naks_unknown_method(void **state)
{
	struct rig *r = begin_peer(PPP_MSCHAPV2, "0304c227");

	(void)state;
	heard(r, &r->p, "ff03c021 03 01 0009 0305c22381");
	say(r, &r->p, LCP, 1, 2, "0304c023");
	heard(r, &r->p, "ff03c021 03 02 0009 0305c22381");
	say(r, &r->p, LCP, 1, 3, "0305c22381");
	heard(r, &r->p, "ff03c021 02 03 0009 0305c22381");
	assert_int_equal(r->p.method, PPP_MSCHAPV2);
	rig_free(r);

	r = begin_peer(0, "0304c023");
	heard(r, &r->p, "ff03c021 04 01 0008 0304c023");
	rig_free(r);
}

#define CHALLENGE "10 5b5d7c7d7b3f2f3e3c2c602132262628 73"

/* The name is hashed without its domain and sent with it. */
static void
peer_mschap(void **state)
{
	struct rig *r = rig_new(21, PPP_MSCHAPV2);
	uint8_t hash[16], challenge[16];
	char success[43], body[64];
	struct rig_frame f;

	(void)state;
	rig_hex("5b5d7c7d7b3f2f3e3c2c602132262628", challenge, 16);
	rig_free(r);
	r = rig_new(21, PPP_MSCHAPV2);
	strcpy(r->p.params.user, "CORP\\alice");
	rig_start(r, false, true);
	f = rig_take(r, &r->p);
	say_bytes(r, &r->p, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->p, LCP, 1, 1, "0305c22381");
	heard(r, &r->p, "ff03c021 02 *");
	say(r, &r->p, CHAP, 1, 40, CHALLENGE);
	f = rig_take(r, &r->p);
	assert_int_equal(f.b[5], 40);
	assert_int_equal(f.b[8], 49);
	assert_memory_equal(f.b + 58, "CORP\\alice", 10);
	assert_true(ppp_nt_hash(rig_str("correct horse"), hash));
	assert_true(ppp_mschapv2_check(hash, challenge, f.b + 9,
	    rig_str("alice"), success));
	/* The same challenge again: the same answer, not a new one. */
	{
		struct rig_frame g;

		say(r, &r->p, CHAP, 1, 40, CHALLENGE);
		g = rig_take(r, &r->p);
		assert_memory_equal(f.b, g.b, f.n);
	}
	/* No reply: the answer is sent again. */
	rig_run(r, 3001, false);
	heard(r, &r->p, "ff03c223 02 28 *");
	/* Lower-case digits are the same number; then text. */
	snprintf(body, sizeof(body), "%s M=hi", success);
	body[40] |= body[40] >= 'A' ? 0x20 : 0;
	say_bytes(r, &r->p, CHAP, 3, 41, body, strlen(body));
	assert_int_equal(r->p.acts[PPP_AUTH_OK], 0);
	say_bytes(r, &r->p, CHAP, 3, 40, body, strlen(body));
	assert_int_equal(r->p.acts[PPP_AUTH_OK], 1);
	heard(r, &r->p, "ff038021 01 ?? 0022 030600000000 810600000000 "
	    "820600000000 830600000000 840600000000");
	/* A challenge in the network phase is answered too. */
	say(r, &r->p, CHAP, 1, 50, CHALLENGE);
	heard(r, &r->p, "ff03c223 02 32 *");
	assert_true(ppp_authenticated(r->p.ppp));
	rig_free(r);
}

/* A server that cannot prove itself is left. */
static void
peer_mschap_false_server(void **state)
{
	static const char *const bad[] = { "", "S=",
		"S=407A5589115FD0D6209F510FE9C04566932CDA56 M=x",
		"M=welcome, no proof needed, come in at once!!" };
	struct rig *r;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = begin_peer(PPP_MSCHAPV2, "0305c22381");
		heard(r, &r->p, "ff03c021 02 *");
		/* A success before any challenge is no success. */
		say_bytes(r, &r->p, CHAP, 3, 0, bad[i], strlen(bad[i]));
		assert_int_equal(rig_drops(&r->p, DROP_PPP_ID), 1);
		say(r, &r->p, CHAP, 1, 40, CHALLENGE);
		heard(r, &r->p, "ff03c223 02 *");
		say_bytes(r, &r->p, CHAP, 3, 40, bad[i], strlen(bad[i]));
		assert_int_equal(r->p.acts[PPP_AUTH_OK], 0);
		heard(r, &r->p, "ff03c021 05 *");
		say(r, &r->p, LCP, 6, 1, "");
		assert_true(r->p.down);
		assert_int_equal(r->p.cause, PPP_CAUSE_AUTH);
		rig_free(r);
	}
}

/* N-66, client side: what a hostile server may send. */
static void
n66_hostile_server(void **state)
{
	struct rig *r = begin_peer(PPP_MSCHAPV2, "0305c22381");
	uint8_t big[1400];

	(void)state;
	heard(r, &r->p, "ff03c021 02 *");
	say(r, &r->p, CHAP, 1, 1, "");
	say(r, &r->p, CHAP, 1, 1, "00");
	say(r, &r->p, CHAP, 1, 1, "0f 0102030405060708090a0b0c0d0e0f");
	say(r, &r->p, CHAP, 1, 1, "11 0102");
	say(r, &r->p, CHAP, 2, 1, CHALLENGE);
	assert_int_equal(rig_drops(&r->p, DROP_PPP_AUTH), 5);
	quiet(r, &r->p);
	say(r, &r->p, CHAP, 1, 1, CHALLENGE);
	heard(r, &r->p, "ff03c223 02 01 *");
	memset(big, 0, sizeof(big));
	say_bytes(r, &r->p, CHAP, 4, 1, big, sizeof(big));
	heard(r, &r->p, "ff03c021 05 *");
	say(r, &r->p, LCP, 6, 1, "");
	assert_int_equal(r->p.cause, PPP_CAUSE_AUTH);
	rig_free(r);

	/* A password that is no UTF-8 has no hash. */
	r = rig_new(21, PPP_MSCHAPV2);
	secret_set(&r->p.params.password, "\xff", 1);
	rig_start(r, false, true);
	{
		struct rig_frame f = rig_take(r, &r->p);

		say_bytes(r, &r->p, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	}
	say(r, &r->p, LCP, 1, 1, "0305c22381");
	heard(r, &r->p, "ff03c021 02 *");
	say(r, &r->p, CHAP, 1, 40, CHALLENGE);
	heard(r, &r->p, "ff03c021 05 *");
	rig_free(r);
}

static void
peer_chap_md5(void **state)
{
	struct rig *r = begin_peer(PPP_CHAP_MD5, "0305c22305");
	uint8_t want[16], challenge[20];
	struct rig_frame f;

	(void)state;
	heard(r, &r->p, "ff03c021 02 *");
	rig_hex("000102030405060708090a0b0c0d0e0f10111213", challenge, 20);
	say(r, &r->p, CHAP, 1, 9,
	    "14 000102030405060708090a0b0c0d0e0f10111213 73");
	f = rig_take(r, &r->p);
	ppp_chap_md5(9, rig_str("correct horse"), rd_make(challenge, 20), want);
	assert_int_equal(f.b[8], 16);
	assert_memory_equal(f.b + 9, want, 16);
	assert_memory_equal(f.b + 25, "alice", 5);
	say(r, &r->p, CHAP, 3, 9, "");
	assert_int_equal(r->p.acts[PPP_AUTH_OK], 1);
	rig_free(r);
}

static void
peer_pap(void **state)
{
	struct rig *r = begin_peer(PPP_PAP, "0304c023");
	uint8_t id;

	(void)state;
	heard(r, &r->p, "ff03c021 02 *");
	heard(r, &r->p, "ff03c023 01 ?? 0018 " PAP_GOOD);
	rig_run(r, 3001, false);
	id = heard(r, &r->p, "ff03c023 01 ?? 0018 " PAP_GOOD);
	say(r, &r->p, PAP, 2, (uint8_t)(id + 1), "00");
	say(r, &r->p, PAP, 1, id, "00");
	assert_int_equal(r->p.acts[PPP_AUTH_OK], 0);
	say(r, &r->p, PAP, 3, id, "00");
	heard(r, &r->p, "ff03c021 05 *");
	rig_free(r);
}

/* No answer for ninety seconds: the server is gone. */
static void
peer_waits(void **state)
{
	struct rig *r = begin_peer(PPP_PAP, "0304c023");

	(void)state;
	r->p.params.echo_s = 0;
	rig_run(r, 80000, false);
	assert_false(r->p.down);
	rig_run(r, 20000, false);
	assert_true(r->p.down);
	rig_free(r);
}

/* A server that asks for nothing: the network phase at once. */
static void
peer_without_auth(void **state)
{
	struct rig *r = begin_peer(PPP_MSCHAPV2, "");

	(void)state;
	heard(r, &r->p, "ff03c021 02 01 0004");
	heard(r, &r->p, "ff038021 01 *");
	assert_int_equal(r->p.acts[PPP_AUTH_OK], 0);
	assert_false(ppp_authenticated(r->p.ppp));
	say(r, &r->p, CHAP, 1, 40, CHALLENGE);
	heard(r, &r->p, "ff03c021 08 *");
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pap_ok_and_repeated),
		cmocka_unit_test(pap_refused),
		cmocka_unit_test(n65_pap_lengths),
		cmocka_unit_test(late_answer),
		cmocka_unit_test(late_answer_to_another),
		cmocka_unit_test(owner_never_answers),
		cmocka_unit_test(silence_is_no_login),
		cmocka_unit_test(challenge_repeated),
		cmocka_unit_test(pap_never_comes),
		cmocka_unit_test(n66_bad_responses),
		cmocka_unit_test(n66_old_and_foreign),
		cmocka_unit_test(success_repeated),
		cmocka_unit_test(mschap_retry),
		cmocka_unit_test(mschap_tries_used_up),
		cmocka_unit_test(n69_tries_of_the_link),
		cmocka_unit_test(verdict_without_proof),
		cmocka_unit_test(success_lost),
		cmocka_unit_test(n68_data_before_auth),
		cmocka_unit_test(n68_answers_out_of_phase),
		cmocka_unit_test(peer_naks_unknown_method),
		cmocka_unit_test(peer_mschap),
		cmocka_unit_test(peer_mschap_false_server),
		cmocka_unit_test(n66_hostile_server),
		cmocka_unit_test(peer_chap_md5),
		cmocka_unit_test(peer_pap),
		cmocka_unit_test(peer_waits),
		cmocka_unit_test(peer_without_auth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
