/* SPDX-License-Identifier: BSD-2-Clause */
/* MS-CHAPv2: Failures that the server words, and new passwords (RFC 2759). */

#include "ppp/auth.h"
#include "tests/ppp/rig.h"

#define LCP	0xc021
#define CHAP	0xc223

/* The peer has given the right answer to the challenge, under *id. */
static struct rig *
begin(uint8_t *id, uint8_t value[64], size_t *n)
{
	struct rig *r = rig_new(17, PPP_MSCHAPV2);
	struct rig_frame f;

	r->late_auth = true;
	r->a.params.echo_s = 0;
	rig_start(r, true, false);
	rig_lcp_open(r);
	f = rig_take(r, &r->a);
	*id = f.b[5];
	*n = rig_response(r, PPP_MSCHAPV2, *id, f.b + 9, value);
	say_bytes(r, &r->a, CHAP, 2, *id, value, *n);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	return r;
}

static void
answer(struct rig *r, const struct ppp_verdict *v)
{
	ppp_out_reset(&r->out);
	ppp_auth_done(r->a.ppp, r->now, r->a.auth.ticket, v, &r->out);
	rig_drain(r, &r->a);
}

static void
heard_text(struct rig *r, uint8_t code, uint8_t id, const char *text)
{
	struct rig_frame f = rig_take(r, &r->a);

	assert_int_equal(f.b[4], code);
	assert_int_equal(f.b[5], id);
	assert_int_equal(f.n, 8 + strlen(text));
	assert_memory_equal(f.b + 8, text, strlen(text));
}

static const uint8_t theirs[16] = { 0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69,
	0x78, 0x87, 0x96, 0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0 };
#define THEIRS	"0F1E2D3C4B5A69788796A5B4C3D2E1F0"

/* What came from the server stands in the Failure, its challenge too. */
static void
words_of_the_server(void **state)
{
	static const char text[] = "E=691 R=1 C=0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	    " V=3 M=Try E=1 once more";
	struct ppp_verdict v = { .ok = false };
	uint8_t id, value[64], hash[16];
	size_t n;
	struct rig *r = begin(&id, value, &n);
	char success[43];

	(void)state;
	assert_true(ppp_mschap_error(rig_str(text), &v));
	answer(r, &v);
	heard_text(r, 4, id, "E=691 R=1 C=" THEIRS " V=3 M=Try E=1 once more");
	/* It is the challenge of the next answer. */
	n = rig_response(r, PPP_MSCHAPV2, (uint8_t)(id + 1), theirs, value);
	say_bytes(r, &r->a, CHAP, 2, (uint8_t)(id + 1), value, n);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	assert_memory_equal(r->a.auth.challenge, theirs, 16);
	assert_int_equal(r->a.auth.id, (uint8_t)(id + 1));
	assert_true(ppp_nt_hash(rig_str(r->password), hash));
	assert_true(ppp_mschapv2_check(hash, r->a.auth.challenge,
	    r->a.auth.response, rig_str("alice"), success));
	rig_free(r);
}

static void
error_text(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint16_t error;
		bool retry, challenge;
		const char *message;
	} v[] = {
		{ "E=648 R=0 C=" THEIRS " V=3 M=Password Expired", true, 648,
		    false, true, "Password Expired" },
		{ "E=691 R=1 V=3", true, 691, true, false, "" },
		{ "E=0000000691 R=1", true, 691, true, false, "" },
		{ "E=649", true, 649, false, false, "" },
		{ "E=646 M=no V=3 R=1", true, 646, false, false, "no V=3 R=1" },
		{ "R=1 E=647 M=", true, 647, true, false, "" },
		{ "E=691 C=0F1E2D3C4B5A69788796A5B4C3D2E1F", true, 691, false,
		    false, "" },
		{ "E=691 C=0F1E2D3C4B5A69788796A5B4C3D2E1FG R=1", true, 691,
		    true, false, "" },
		{ "E=691 R=2 M=a\001b\177\xc3\xa9", true, 691, false, false,
		    "a?b?\xc3\xa9" },
		{ "E=99999999999 R=1", true, 65529 / 10 * 10 + 9, true, false,
		    "" },
		{ "", false, 0, false, false, "" },
		{ "E=", false, 0, false, false, "" },
		{ "E=x R=1", false, 0, false, false, "" },
		{ "E=0 R=1", false, 0, false, false, "" },
		{ "XE=691 R=1", false, 0, false, false, "" },
		{ "M=E=691 E=691", false, 0, false, false, "" },
		{ "M=x E=691 R=1", false, 0, false, false, "" },
	};
	struct ppp_verdict got, before;
	char longer[300];

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		memset(&got, 0x5a, sizeof(got));
		before = got;
		assert_int_equal(ppp_mschap_error(rig_str(v[i].text), &got),
		    v[i].ok);
		if (!v[i].ok) {
			assert_memory_equal(&got, &before, sizeof(got));
			continue;
		}
		if (v[i].error != 65529)
			assert_int_equal(got.error, v[i].error);
		else
			assert_true(got.error > 6552);
		assert_int_equal(got.retry, v[i].retry);
		assert_int_equal(got.has_challenge, v[i].challenge);
		assert_string_equal(got.message, v[i].message);
		if (v[i].challenge)
			assert_memory_equal(got.challenge, theirs, 16);
	}
	memset(longer, 'm', sizeof(longer));
	memcpy(longer, "E=691 M=", 8);
	assert_true(ppp_mschap_error(rd_make(longer, sizeof(longer)), &got));
	assert_int_equal(strlen(got.message), sizeof(got.message) - 1);
}

/* The other end's packet, from the passwords. */
static void
change(struct rig *r, const char *new, const uint8_t *challenge,
    uint8_t out[PPP_CHANGE])
{
	uint8_t was[16], is[16], peer[16] = "fedcba9876543210";

	memset(out, 0, PPP_CHANGE);
	assert_true(ppp_nt_hash(rig_str(r->password), was));
	assert_true(ppp_nt_hash(rig_str(new), is));
	assert_true(mschap_new_password(&r->rng, rig_str(new), was, out));
	assert_true(mschap_old_hash(was, is, out + 516));
	memcpy(out + 532, peer, 16);
	assert_true(mschap_nt_response(is, challenge, peer, rig_str(r->user),
	    out + 556));
}

static const struct ppp_verdict expired = { .error = 648,
	.has_challenge = true, .message = "Password Expired",
	.challenge = { 0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0x87,
		0x96, 0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0 } };

static struct rig *
begin_expired(uint8_t *id)
{
	uint8_t value[64];
	size_t n;
	struct rig *r = begin(id, value, &n);

	answer(r, &expired);
	heard_text(r, 4, *id, "E=648 R=0 C=" THEIRS " V=3 M=Password Expired");
	return r;
}

/* RFC 2759 §7: asked as it came, and accepted with the new one's proof. */
static void
new_password(void **state)
{
	struct ppp_verdict v;
	uint8_t id, c[PPP_CHANGE];
	struct rig *r = begin_expired(&id);
	struct rig_frame f, g;
	uint32_t ticket = r->a.auth.ticket;

	(void)state;
	/* The user needs a while to think of one. */
	rig_run(r, 85000, false);
	quiet(r, &r->a);
	change(r, "battery staple", theirs, c);
	say_bytes(r, &r->a, CHAP, 7, (uint8_t)(id + 1), c, sizeof(c));
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	assert_true(r->a.auth.ticket > ticket);
	assert_int_equal(r->a.auth.method, PPP_MSCHAPV2);
	assert_int_equal(r->a.auth.id, (uint8_t)(id + 1));
	assert_int_equal(r->a.auth.name_len, 5);
	assert_memory_equal(r->a.auth.name, "alice", 5);
	assert_int_equal(r->a.auth.response_len, 0);
	assert_int_equal(r->a.auth.change_len, PPP_CHANGE);
	assert_memory_equal(r->a.auth.change, c, sizeof(c));
	assert_memory_equal(r->a.auth.challenge, theirs, 16);
	/* Repeats while the server thinks: one question. */
	say_bytes(r, &r->a, CHAP, 7, (uint8_t)(id + 1), c, sizeof(c));
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	quiet(r, &r->a);
	r->expired = r->password;
	rig_verdict(r, &r->a.auth, &v);
	assert_true(v.ok);
	assert_string_equal(r->changed, "battery staple");
	answer(r, &v);
	f = rig_take(r, &r->a);
	assert_true(rig_matches(&f, "ff03c223 03 *"));
	assert_memory_equal(f.b + 8, v.mschap_success, 42);
	assert_true(ppp_authenticated(r->a.ppp));
	say_bytes(r, &r->a, CHAP, 7, (uint8_t)(id + 1), c, sizeof(c));
	g = rig_take(r, &r->a);
	assert_int_equal(f.n, g.n);
	assert_memory_equal(f.b, g.b, f.n);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	rig_free(r);
}

/* A new password comes after E=648, once, whole, and at no other time. */
static void
n66_change_uninvited(void **state)
{
	static const struct ppp_verdict other = { .error = 649, .retry = true };
	uint8_t id, value[64], c[PPP_CHANGE + 1] = { 0 };
	struct rig *r;
	struct rig_frame f;
	size_t n;
	uint64_t auths;

	(void)state;
	/* Before any answer, while it is judged, after a plain refusal. */
	r = rig_new(17, PPP_MSCHAPV2);
	r->late_auth = true;
	rig_start(r, true, false);
	rig_lcp_open(r);
	f = rig_take(r, &r->a);
	change(r, "battery staple", f.b + 9, c);
	say_bytes(r, &r->a, CHAP, 7, f.b[5], c, PPP_CHANGE);
	say_bytes(r, &r->a, CHAP, 7, (uint8_t)(f.b[5] + 1), c, PPP_CHANGE);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), 1);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_ID), 1);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 0);
	rig_free(r);

	r = begin(&id, value, &n);
	say_bytes(r, &r->a, CHAP, 7, id, c, PPP_CHANGE);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_REPEAT), 1);
	answer(r, &other);
	rig_forget(r);
	say_bytes(r, &r->a, CHAP, 7, (uint8_t)(id + 1), c, PPP_CHANGE);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), 1);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	quiet(r, &r->a);
	rig_free(r);

	/* After it: other lengths, ids, and no second try without R=1. */
	r = begin_expired(&id);
	auths = rig_drops(&r->a, DROP_PPP_AUTH);
	for (n = 0; n <= sizeof(c); n += n == 580 ? 1 : 20)
		if (n != PPP_CHANGE)
			say_bytes(r, &r->a, CHAP, 7, (uint8_t)(id + 1), c, n);
	say_bytes(r, &r->a, CHAP, 7, (uint8_t)(id + 1), c, PPP_CHANGE + 1);
	assert_true(rig_drops(&r->a, DROP_PPP_AUTH) > auths + 29);
	say_bytes(r, &r->a, CHAP, 7, (uint8_t)(id + 2), c, PPP_CHANGE);
	n = rig_response(r, PPP_MSCHAPV2, (uint8_t)(id + 1), theirs, value);
	say_bytes(r, &r->a, CHAP, 2, (uint8_t)(id + 1), value, n);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	quiet(r, &r->a);
	/* RFC 2759 §9.1: after a new password nothing may be tried again. */
	say_bytes(r, &r->a, CHAP, 7, (uint8_t)(id + 1), c, PPP_CHANGE);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	{
		struct ppp_verdict v = expired;

		v.retry = true;
		answer(r, &v);
	}
	heard_text(r, 4, (uint8_t)(id + 1),
	    "E=648 R=0 C=" THEIRS " V=3 M=Password Expired");
	heard(r, &r->a, "ff03c021 05 *");
	say_bytes(r, &r->a, CHAP, 7, (uint8_t)(id + 2), c, PPP_CHANGE);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	assert_false(ppp_authenticated(r->a.ppp));
	rig_free(r);

	/* CHAP with MD5 has no such code. */
	r = rig_new(17, PPP_CHAP_MD5);
	rig_start(r, true, false);
	rig_lcp_open(r);
	f = rig_take(r, &r->a);
	say_bytes(r, &r->a, CHAP, 7, f.b[5], c, PPP_CHANGE);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 0);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), 1);
	rig_free(r);
}

/* With R=1 too the peer may choose: another try under the same challenge. */
static void
expired_and_retry(void **state)
{
	struct ppp_verdict v = expired;
	uint8_t id, value[64];
	size_t n;
	struct rig *r = begin(&id, value, &n);

	(void)state;
	v.retry = true;
	v.has_challenge = false;
	v.message[0] = '\0';
	answer(r, &v);
	{
		struct rig_frame f = rig_take(r, &r->a);

		assert_memory_equal(f.b + 8, "E=648 R=1 C=", 12);
		assert_memory_not_equal(f.b + 20, THEIRS, 32);
	}
	say_bytes(r, &r->a, CHAP, 2, (uint8_t)(id + 1), value, n);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	assert_int_equal(r->a.auth.change_len, 0);
	rig_free(r);
}

/* Both ends, on a bad line too: the new password it is, and both know. */
static void
both(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 60; seed++) {
		struct rig *r = rig_new(seed, PPP_MSCHAPV2);

		r->loss = seed > 5 ? 20 : 0;
		r->jitter_ms = seed > 5 ? 300 : 0;
		r->freeze = seed & 1;
		r->expired = r->password;
		secret_set(&r->p.params.new_password, "staple", 6);
		rig_start(r, true, true);
		rig_run(r, 180000, true);
		if (!r->a.up || !r->p.up)
			fail_msg("seed %u: a %d %s, p %d %s", seed, r->a.up,
			    ppp_cause_str(r->a.cause), r->p.up,
			    ppp_cause_str(r->p.cause));
		assert_string_equal(r->changed, "staple");
		rig_free(r);
	}
}

/* Without a new password, with a bad one, and when the server says no. */
static void
peer_gives_up(void **state)
{
	static const char *const new[] = { "", "\xff", "staple" };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *r = rig_new(3, PPP_MSCHAPV2);

		r->expired = i == 2 ? "not the old one" : r->password;
		secret_set(&r->p.params.new_password, new[i], strlen(new[i]));
		rig_start(r, true, true);
		rig_run(r, 60000, false);
		assert_int_equal(r->p.cause, PPP_CAUSE_AUTH);
		assert_non_null(strstr(r->p.text, i == 2 ? "E=709" : "E=648"));
		assert_int_equal(r->a.acts[PPP_ASK_AUTH], i == 2 ? 2 : 1);
		assert_int_equal(r->a.acts[PPP_NET_UP], 0);
		rig_free(r);
	}
}

/* A server that asks again later is answered with the new password. */
static void
peer_keeps_it(void **state)
{
	static const char asks[] = "10 5b5d7c7d7b3f2f3e3c2c602132262628 73";
	struct rig *r = rig_new(21, PPP_MSCHAPV2);
	uint8_t hash[16], challenge[16];
	char success[43], text[80];
	struct rig_frame f;

	(void)state;
	r->p.params.echo_s = 0;
	secret_set(&r->p.params.new_password, "staple", 6);
	rig_hex("5b5d7c7d7b3f2f3e3c2c602132262628", challenge, 16);
	assert_true(ppp_nt_hash(rig_str("staple"), hash));
	rig_start(r, false, true);
	f = rig_take(r, &r->p);
	say_bytes(r, &r->p, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->p, LCP, 1, 1, "0305c22381");
	heard(r, &r->p, "ff03c021 02 *");
	say(r, &r->p, CHAP, 1, 40, asks);
	heard(r, &r->p, "ff03c223 02 28 *");
	snprintf(text, sizeof(text), "E=648 R=0 C=%s V=3 M=x", THEIRS);
	say_bytes(r, &r->p, CHAP, 4, 40, text, strlen(text));
	f = rig_take(r, &r->p);
	assert_true(rig_matches(&f, "ff03c223 07 29 024a *"));
	assert_true(ppp_mschapv2_check(hash, theirs, f.b + 8 + 532,
	    rig_str("alice"), success));
	/* Lost: sent again. */
	rig_run(r, 2001, false);
	heard(r, &r->p, "ff03c223 07 29 024a *");
	/* The proof is of the new one. */
	say_bytes(r, &r->p, CHAP, 3, 41, success, 42);
	assert_true(ppp_authenticated(r->p.ppp));
	heard(r, &r->p, "ff038021 01 *");
	say(r, &r->p, CHAP, 1, 50, asks);
	f = rig_take(r, &r->p);
	assert_true(rig_matches(&f, "ff03c223 02 32 *"));
	assert_true(ppp_mschapv2_check(hash, challenge, f.b + 9,
	    rig_str("alice"), success));
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_the_server),
		cmocka_unit_test(error_text),
		cmocka_unit_test(new_password),
		cmocka_unit_test(n66_change_uninvited),
		cmocka_unit_test(expired_and_retry),
		cmocka_unit_test(both),
		cmocka_unit_test(peer_gives_up),
		cmocka_unit_test(peer_keeps_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
