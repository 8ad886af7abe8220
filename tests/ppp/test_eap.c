/* SPDX-License-Identifier: BSD-2-Clause */
/* EAP, packet by packet, in both roles (RFC 3748, RFC 3579 §2). */

#include "ppp/auth.h"
#include "tests/ppp/rig.h"

#define LCP	0xc021
#define PAP	0xc023
#define CHAP	0xc223
#define EAP	0xc227

/* ---- the authenticator ---- */

/* LCP is open, and the Identity Request has gone out under *id. */
static struct rig *
begin(uint8_t *id)
{
	struct rig *r = rig_new(33, PPP_EAP);

	r->late_auth = true;
	r->a.params.echo_s = 0;
	rig_start(r, true, false);
	rig_lcp_open(r);
	assert_int_equal(r->a.method, PPP_EAP);
	*id = heard(r, &r->a, "ff03c227 01 ?? 0005 01");
	return r;
}

static void
answer(struct rig *r, uint32_t ticket, const struct ppp_verdict *v)
{
	ppp_out_reset(&r->out);
	ppp_auth_done(r->a.ppp, r->now, ticket, v, &r->out);
	rig_drain(r, &r->a);
}

/* The server's packet in hex, as a verdict on the open question. */
static struct ppp_verdict
verdict(bool ok, bool more, const char *hex)
{
	struct ppp_verdict v = { .ok = ok, .more = more };

	v.eap_len = (uint16_t)rig_hex(hex, v.eap, sizeof(v.eap));
	return v;
}

static void
say_verdict(struct rig *r, bool ok, bool more, const char *hex)
{
	struct ppp_verdict v = verdict(ok, more, hex);

	answer(r, r->a.auth.ticket, &v);
}

/* As far as a question of type 13 (EAP-TLS) under id 77. */
static struct rig *
begin_tls(void)
{
	uint8_t id;
	struct rig *r = begin(&id);

	say(r, &r->a, EAP, 2, id, "01616c696365");
	say_verdict(r, false, true, "014d 0006 0d20");
	heard(r, &r->a, "ff03c227 014d 0006 0d20");
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	return r;
}

static void
refused(struct rig *r)
{
	heard(r, &r->a, "ff03c021 05 *");
	assert_false(ppp_authenticated(r->a.ppp));
	say(r, &r->a, LCP, 6, 1, "");
	rig_run(r, 10000, false);
	assert_int_equal(r->a.acts[PPP_NET_UP], 0);
	assert_int_equal(r->a.acts[PPP_ASK_ADDR], 0);
}

/* What is asked, what is passed on, and under which numbers. */
static void
passes_on(void **state)
{
	uint8_t id, b[4] = { 2 };
	struct rig *r = begin(&id);
	uint32_t ticket;

	(void)state;
	b[1] = id;
	b[3] = 10;
	say(r, &r->a, EAP, 2, id, "01616c696365");
	quiet(r, &r->a);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	assert_int_equal(r->a.auth.method, PPP_EAP);
	assert_int_equal(r->a.auth.id, id);
	assert_int_equal(r->a.auth.name_len, 5);
	assert_memory_equal(r->a.auth.name, "alice", 5);
	assert_int_equal(r->a.auth.eap_mtu, 1400);
	assert_int_equal(r->a.auth.eap_len, 10);
	assert_memory_equal(r->a.auth.eap, b, 4);
	assert_memory_equal(r->a.auth.eap + 4, "\1alice", 6);
	assert_int_not_equal(ticket = r->a.auth.ticket, 0);
	/* The server chooses the next id, any that it likes. */
	say_verdict(r, false, true, "0109 0016 0410"
	    "000102030405060708090a0b0c0d0e0f");
	heard(r, &r->a, "ff03c227 0109 0016 0410"
	    "000102030405060708090a0b0c0d0e0f");
	/* Padding behind the length is not EAP's (RFC 3748 §4.1). */
	say_raw(r, &r->a, "ff03c227 0209 0007 031a0d 00000000");
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	assert_int_equal(r->a.auth.eap_len, 7);
	assert_memory_equal(r->a.auth.eap, "\x02\x09\x00\x07\x03\x1a\x0d", 7);
	/* The name is the Identity's all along. */
	assert_memory_equal(r->a.auth.name, "alice", 5);
	assert_true(r->a.auth.ticket > ticket);
	say_verdict(r, true, false, "0309 0004");
	heard(r, &r->a, "ff03c227 0309 0004");
	assert_true(ppp_authenticated(r->a.ppp));
	rig_free(r);
}

/* A packet of 1,400 bytes each way, and of what a small link takes. */
static void
large_packets(void **state)
{
	struct rig *r = begin_tls();
	struct ppp_verdict v = { .more = true, .eap_len = 1400 };
	uint8_t b[1495] = { 13 };
	struct rig_frame f;

	(void)state;
	say_bytes(r, &r->a, EAP, 2, 77, b, sizeof(b));
	assert_int_equal(r->a.auth.eap_len, 1499);
	v.eap[0] = 1;
	v.eap[1] = 78;
	v.eap[2] = 1400 >> 8;
	v.eap[3] = 1400 & 0xff;
	v.eap[4] = 13;
	v.eap[1399] = 0x5a;
	answer(r, r->a.auth.ticket, &v);
	f = rig_take(r, &r->a);
	assert_int_equal(f.n, 1404);
	assert_int_equal(f.b[1403], 0x5a);
	/* One more byte than the peer's MRU: the login ends, plainly. */
	say(r, &r->a, EAP, 2, 78, "0d00");
	v.eap_len++;
	v.eap[3]++;
	answer(r, r->a.auth.ticket, &v);
	heard(r, &r->a, "ff03c227 044e 0004");
	refused(r);
	assert_non_null(strstr(r->a.text, "larger than the link takes"));
	rig_free(r);
}

/* RFC 3748 §4.3: the same Request under the same id, then the end. */
static void
sends_again(void **state)
{
	static const unsigned at[] = { 3, 9, 21, 36, 51 };
	uint8_t id, n = 0;
	struct rig *r = begin(&id);
	mono_t start;

	(void)state;
	rig_run(r, 30000, false);
	for (; rig_first(&r->p) != NULL; n++) {
		struct rig_frame f = rig_take(r, &r->a);

		if (f.b[2] << 8 == (LCP & 0xff00) && f.b[3] == 0x21)
			break;
		assert_true(rig_matches(&f, "ff03c227 01 ?? 0005 01"));
		assert_int_equal(f.b[5], id);
	}
	assert_int_equal(n, 9);
	rig_run(r, 10000, false);
	assert_int_equal(r->a.cause, PPP_CAUSE_AUTH_TIMEOUT);
	rig_free(r);

	r = begin_tls();
	start = r->now;
	for (n = 0; n < 5; n++) {
		rig_run(r, at[n] * 1000 - 1 - mono_since_ms(r->now, start),
		    false);
		quiet(r, &r->a);
		rig_run(r, 2, false);
		heard(r, &r->a, "ff03c227 014d 0006 0d20");
	}
	rig_run(r, 38000, false);
	quiet(r, &r->a);
	/* A late answer to any of them is one. */
	say(r, &r->a, EAP, 2, 77, "0d00");
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	rig_free(r);

	r = begin_tls();
	rig_run(r, 89000, false);
	rig_forget(r);
	rig_run(r, 1001, false);
	refused(r);
	assert_int_equal(r->a.cause, PPP_CAUSE_AUTH_TIMEOUT);
	rig_free(r);
}

/* The server says that the user needs longer. */
static void
waits_as_told(void **state)
{
	struct rig *r = begin_tls();
	struct ppp_verdict v = verdict(false, true, "0150 0006 0600");

	(void)state;
	say(r, &r->a, EAP, 2, 77, "0d00");
	v.wait_s = 300;
	answer(r, r->a.auth.ticket, &v);
	rig_run(r, 299000, false);
	rig_forget(r);
	say(r, &r->a, EAP, 2, 80, "06313233");
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 3);
	/* Less than the usual is the usual. */
	v.wait_s = 1;
	answer(r, r->a.auth.ticket, &v);
	rig_run(r, 89000, false);
	assert_int_equal(ppp_phase(r->a.ppp), PPP_AUTHENTICATE);
	rig_run(r, 1001, false);
	assert_int_equal(ppp_phase(r->a.ppp), PPP_TERMINATE);
	rig_free(r);
}

/* What no peer may send while `id` is asked for; counted by reason. */
static void
bad_packets(struct rig *r, uint8_t id, uint8_t type)
{
	uint64_t ids = rig_drops(&r->a, DROP_PPP_ID);
	uint64_t codes = rig_drops(&r->a, DROP_PPP_CODE);
	uint64_t lengths = rig_drops(&r->a, DROP_PPP_LENGTH);
	uint64_t shorts = rig_drops(&r->a, DROP_PPP_SHORT);
	uint64_t auths = rig_drops(&r->a, DROP_PPP_AUTH);
	uint8_t b[16] = { 0xff, 0x03, 0xc2, 0x27, 2, id, 0, 12, type };
	unsigned i;

	/* Codes that are not there, and those that are ours to send. */
	say(r, &r->a, EAP, 0, id, "01616c696365");
	say(r, &r->a, EAP, 5, id, "01616c696365");
	say(r, &r->a, EAP, 6, id, "");
	say(r, &r->a, EAP, 255, id, "0d00");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_CODE), codes + 4);
	say(r, &r->a, EAP, 3, id, "");		/* unsolicited Success */
	say(r, &r->a, EAP, 4, id, "");
	say(r, &r->a, EAP, 1, id, "01");
	say(r, &r->a, EAP, 1, id, "0410000102030405060708090a0b0c0d0e0f");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), auths + 4);
	/* Another id. */
	b[5] = (uint8_t)(id + 1);
	rig_input(r, &r->a, b, sizeof(b));
	b[5] = (uint8_t)(id - 1);
	rig_input(r, &r->a, b, sizeof(b));
	assert_int_equal(rig_drops(&r->a, DROP_PPP_ID), ids + 2);
	/* Length 0 to 4, longer than the frame; cut everywhere. */
	b[5] = id;
	for (i = 0; i < 5; i++) {
		b[7] = (uint8_t)i;
		rig_input(r, &r->a, b, sizeof(b));
	}
	b[7] = 13;
	rig_input(r, &r->a, b, sizeof(b));
	b[6] = 0xff;
	rig_input(r, &r->a, b, sizeof(b));
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), lengths + 7);
	b[6] = 0;
	b[7] = 12;
	for (i = 4; i < sizeof(b); i++)
		rig_input(r, &r->a, b, i);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_SHORT), shorts + 4);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), lengths + 15);
	/* Other types than the one asked for. */
	auths = rig_drops(&r->a, DROP_PPP_AUTH);
	for (i = 0; i < 256; i++) {
		b[8] = (uint8_t)i;
		if (i == type || (i == EAP_NAK && type > EAP_NAK))
			continue;
		rig_input(r, &r->a, b, sizeof(b));
	}
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), auths +
	    (type > EAP_NAK ? 254 : 255));
	/* What other methods would take. */
	say(r, &r->a, PAP, 1, 7, "05616c696365 0d636f727265637420686f727365");
	say(r, &r->a, CHAP, 2, id, "10000102030405060708090a0b0c0d0e0f61");
}

/* N-67: silence to what is no answer, and no question of it. */
static void
n67_silent_discards(void **state)
{
	uint8_t id;
	struct rig *r = begin(&id);

	(void)state;
	bad_packets(r, id, EAP_IDENTITY);
	quiet(r, &r->a);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 0);
	assert_false(ppp_authenticated(r->a.ppp));
	say(r, &r->a, EAP, 2, id, "01616c696365");
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	rig_free(r);

	r = begin_tls();
	bad_packets(r, 77, 13);
	quiet(r, &r->a);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	assert_false(ppp_authenticated(r->a.ppp));
	say(r, &r->a, EAP, 2, 77, "0d00");
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	rig_free(r);
}

/* N-67: while the server thinks, nothing that the peer says counts. */
static void
n67_while_the_server_thinks(void **state)
{
	struct rig *r = begin_tls();
	uint64_t n;

	(void)state;
	say(r, &r->a, EAP, 2, 77, "0d00");
	n = rig_drops(&r->a, DROP_PPP_REPEAT);
	for (unsigned i = 0; i < 1000; i++) {
		say(r, &r->a, EAP, 2, 77, i & 1 ? "0d00" : "0d80000000ff");
		say(r, &r->a, EAP, 3, 77, "");
	}
	assert_int_equal(rig_drops(&r->a, DROP_PPP_REPEAT), n + 1000);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	quiet(r, &r->a);
	assert_false(ppp_authenticated(r->a.ppp));
	say_verdict(r, false, false, "044d 0004");
	heard(r, &r->a, "ff03c227 044d 0004");
	say(r, &r->a, EAP, 3, 77, "");
	say(r, &r->a, EAP, 2, 77, "0d00");
	refused(r);
	rig_free(r);
}

static void
n67_identity_lengths(void **state)
{
	uint8_t id, b[1100];
	struct rig *r = begin(&id);

	(void)state;
	memset(b, 'a', sizeof(b));
	b[0] = EAP_IDENTITY;
	say_bytes(r, &r->a, EAP, 2, id, b, 1 + 255);
	say_bytes(r, &r->a, EAP, 2, id, b, 1 + 1020);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_AUTH), 2);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 0);
	quiet(r, &r->a);
	say_bytes(r, &r->a, EAP, 2, id, b, 1 + 254);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	assert_int_equal(r->a.auth.name_len, 254);
	/* A second Identity does not change the name, however long it is. */
	say_verdict(r, false, true, "0105 0005 01");
	heard(r, &r->a, "ff03c227 0105 0005 01");
	memset(b + 1, 'b', sizeof(b) - 1);
	say_bytes(r, &r->a, EAP, 2, 5, b, 1 + 1020);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	assert_int_equal(r->a.auth.name_len, 254);
	assert_int_equal(r->a.auth.name[0], 'a');
	assert_int_equal(r->a.auth.eap_len, 1025);
	rig_free(r);

	/* None at all is asked about as such. */
	r = begin(&id);
	say(r, &r->a, EAP, 2, id, "01");
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	assert_int_equal(r->a.auth.name_len, 0);
	assert_int_equal(r->a.auth.eap_len, 5);
	rig_free(r);
}

/*
 * N-67, RFC 3579 §2.6.3: the verdict alone counts.  A Success in the bytes
 * lets nobody in, a Failure keeps nobody out, and the peer hears the verdict.
 */
static void
n67_outcome_of_the_verdict(void **state)
{
	static const struct {
		bool ok, more;
		const char *eap, *sent;
	} v[] = {
		{ false, false, "034d 0004", "ff03c227 044d 0004" },
		{ false, false, "", "ff03c227 044d 0004" },
		{ false, false, "044e 0004", "ff03c227 044e 0004" },
		{ false, false, "014e 0005 01", "ff03c227 044d 0004" },
		{ false, false, "044d 0006 0000", "ff03c227 044d 0004" },
		{ false, true, "034d 0004", "ff03c227 044d 0004" },
		{ false, true, "034d 0005 00", "ff03c227 044d 0004" },
		{ false, true, "", "ff03c227 044d 0004" },
		{ true, false, "044d 0004", "ff03c227 034d 0004" },
		{ true, false, "", "ff03c227 034d 0004" },
		{ true, false, "034e 0004", "ff03c227 034e 0004" },
		{ true, false, "03", "ff03c227 034d 0004" },
		{ true, true, "014e 0006 0d00", "ff03c227 034d 0004" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct rig *r = begin_tls();

		say(r, &r->a, EAP, 2, 77, "0d00");
		say_verdict(r, v[i].ok, v[i].more, v[i].eap);
		heard(r, &r->a, v[i].sent);
		assert_int_equal(ppp_authenticated(r->a.ppp), v[i].ok);
		assert_int_equal(ppp_phase(r->a.ppp), v[i].ok ? PPP_NETWORK :
		    PPP_TERMINATE);
		rig_free(r);
	}
}

/* Requests of the server that are none are not passed on. */
static void
n67_malformed_requests(void **state)
{
	static const char *const bad[] = { "01", "014e", "014e00", "014e 0004",
		"014e 0006 0d", "014e 0005 0d00", "014e 0000 0d", "024e 0005 01",
		"004e 0005 01", "054e 0005 01", "014e ffff 0d" };
	struct ppp_verdict v = { .more = true, .eap_len = PPP_EAP_MAX + 1 };
	struct rig *r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = begin_tls();
		say(r, &r->a, EAP, 2, 77, "0d00");
		say_verdict(r, false, true, bad[i]);
		heard(r, &r->a, "ff03c227 044d 0004");
		refused(r);
		assert_non_null(strstr(r->a.text, "malformed"));
		rig_free(r);
	}
	r = begin_tls();
	say(r, &r->a, EAP, 2, 77, "0d00");
	memcpy(v.eap, "\x01\x4e\x05\xdd\x0d", 5);	/* 1501 */
	answer(r, r->a.auth.ticket, &v);
	heard(r, &r->a, "ff03c227 044d 0004");
	refused(r);
	rig_free(r);
}

/* A conversation without an end is ended. */
static void
n67_endless(void **state)
{
	struct rig *r = begin_tls();
	char hex[32];
	unsigned i;

	(void)state;
	for (i = 0; i < 98; i++) {
		say(r, &r->a, EAP, 2, (uint8_t)(77 + i), "0d00");
		snprintf(hex, sizeof(hex), "01%02x 0006 0d00",
		    (uint8_t)(78 + i));
		say_verdict(r, false, true, hex);
		heard(r, &r->a, "ff03c227 01 ?? 0006 0d00");
	}
	say(r, &r->a, EAP, 2, (uint8_t)(77 + i), "0d00");
	say_verdict(r, false, true, "0101 0006 0d00");
	heard(r, &r->a, "ff03c227 04 ?? 0004");
	refused(r);
	assert_non_null(strstr(r->a.text, "did not come to an end"));
	rig_free(r);
}

/* An answer to an older question changes nothing, however good it is. */
static void
late_answers(void **state)
{
	struct rig *r = begin_tls();
	struct ppp_verdict yes = verdict(true, false, "034d 0004");
	uint32_t first = r->a.auth.ticket, second;
	uint8_t id;

	(void)state;
	answer(r, first, &yes);		/* answered already */
	quiet(r, &r->a);
	say(r, &r->a, EAP, 2, 77, "0d00");
	second = r->a.auth.ticket;
	answer(r, first, &yes);
	answer(r, second + 1, &yes);
	answer(r, 0, &yes);
	quiet(r, &r->a);
	assert_false(ppp_authenticated(r->a.ppp));
	/* LCP begins anew: the question is dead, whatever comes next. */
	say(r, &r->a, LCP, 1, 40, "0506deadbeef");
	{
		struct rig_frame f = rig_take(r, &r->a);

		heard(r, &r->a, "ff03c021 02 28 *");
		say_bytes(r, &r->a, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	}
	id = heard(r, &r->a, "ff03c227 01 ?? 0005 01");
	answer(r, second, &yes);
	quiet(r, &r->a);
	say(r, &r->a, EAP, 2, id, "01626f62");
	assert_true(r->a.auth.ticket > second);
	assert_memory_equal(r->a.auth.name, "bob", 3);
	answer(r, second, &yes);
	quiet(r, &r->a);
	assert_false(ppp_authenticated(r->a.ppp));
	answer(r, r->a.auth.ticket, &yes);
	heard(r, &r->a, "ff03c227 034d 0004");
	assert_true(ppp_authenticated(r->a.ppp));
	rig_free(r);
}

/* Nobody answers: the peer is told, and the link ends; echo goes on. */
static void
server_never_answers(void **state)
{
	struct rig *r = begin_tls();
	struct ppp_verdict yes = verdict(true, false, "034d 0004");
	unsigned echoes = 0;

	(void)state;
	r->a.params.echo_s = 30;
	say(r, &r->a, LCP, 1, 40, "0506deadbeef");
	{
		struct rig_frame f = rig_take(r, &r->a);

		heard(r, &r->a, "ff03c021 02 28 *");
		say_bytes(r, &r->a, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	}
	say(r, &r->a, EAP, 2, heard(r, &r->a, "ff03c227 01 ?? 0005 01"), "01");
	for (unsigned i = 0; i < 94; i++) {
		rig_run(r, 1000, false);
		for (; rig_first(&r->p) != NULL; echoes++) {
			uint8_t id = heard(r, &r->a, "ff03c021 09 *");

			say(r, &r->a, LCP, 10, id, "deadbeef");
		}
	}
	assert_int_equal(echoes, 3);
	rig_run(r, 1001, false);
	refused(r);
	assert_int_equal(r->a.cause, PPP_CAUSE_AUTH);
	assert_non_null(strstr(r->a.text, "no answer about the user"));
	answer(r, r->a.auth.ticket, &yes);
	assert_false(ppp_authenticated(r->a.ppp));
	rig_free(r);
}

/* A lost Success comes again with our IPCP request; a Response does not count. */
static void
success_lost(void **state)
{
	struct rig *r = begin_tls();

	(void)state;
	say(r, &r->a, EAP, 2, 77, "0d00");
	say_verdict(r, true, false, "034d 0004");
	heard(r, &r->a, "ff03c227 034d 0004");
	say(r, &r->a, EAP, 2, 77, "0d00");
	quiet(r, &r->a);
	rig_run(r, 1001, false);
	heard(r, &r->a, "ff038021 01 *");
	rig_run(r, 3001, false);
	heard(r, &r->a, "ff03c227 034d 0004");
	heard(r, &r->a, "ff038021 01 *");
	say(r, &r->a, 0x8021, 1, 3, "03060a000102");
	heard(r, &r->a, "ff038021 02 *");
	rig_run(r, 3001, false);
	heard(r, &r->a, "ff038021 01 *");
	/* In the network phase no EAP does anything. */
	for (unsigned i = 0; i < 256; i++) {
		say(r, &r->a, EAP, (uint8_t)i, 77, "0d00");
		say(r, &r->a, EAP, (uint8_t)i, 77, "");
		say(r, &r->a, EAP, 2, (uint8_t)i, "0d00");
	}
	say_raw(r, &r->a, "ff03c227");
	say_raw(r, &r->a, "ff03c227 024d ffff 0d");
	quiet(r, &r->a);
	assert_true(ppp_authenticated(r->a.ppp));
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 2);
	rig_free(r);
}

/* EAP first, then what the peer prefers, if it is allowed; else the end. */
static void
n69_offers(void **state)
{
	struct rig *r = rig_new(33, PPP_EAP | PPP_MSCHAPV2 | PPP_PAP);
	uint8_t id;

	(void)state;
	rig_start(r, true, false);
	id = heard(r, &r->a, "ff03c021 01 ?? 0012 01040578 0304c227"
	    "0506????????");
	say(r, &r->a, LCP, 3, id, "0305c22381");
	id = heard(r, &r->a, "ff03c021 01 ?? 0013 01040578 0305c22381"
	    "0506????????");
	say(r, &r->a, LCP, 3, id, "0304c227");	/* no way back */
	heard(r, &r->a, "ff03c021 01 ?? 0012 01040578 0304c023 0506????????");
	rig_free(r);

	r = rig_new(33, PPP_EAP);
	rig_start(r, true, false);
	id = heard(r, &r->a, "ff03c021 01 ?? 0012 01040578 0304c227"
	    "0506????????");
	say(r, &r->a, LCP, 3, id, "0305c22381");
	rig_run(r, 60000, false);
	assert_int_equal(r->a.cause, PPP_CAUSE_NO_METHOD);
	rig_free(r);

	r = begin(&id);
	say(r, &r->a, LCP, 8, 1, "c227");	/* Protocol-Reject */
	heard(r, &r->a, "ff03c021 05 *");
	rig_run(r, 60000, false);
	assert_int_equal(r->a.cause, PPP_CAUSE_NO_METHOD);
	rig_free(r);
}

/* ---- the peer ---- */

#define MD5_ASKS "0410 5b5d7c7d7b3f2f3e3c2c602132262628 73"
#define MS_ASKS "1a01 63 0016 10 5b5d7c7d7b3f2f3e3c2c602132262628 73"

static struct rig *
begin_peer(uint8_t inside)
{
	struct rig *r = rig_new(21, PPP_EAP);
	struct rig_frame f;

	r->p.params.eap = inside;
	r->p.params.echo_s = 0;
	rig_start(r, false, true);
	f = rig_take(r, &r->p);
	say_bytes(r, &r->p, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->p, LCP, 1, 1, "0304c227");
	heard(r, &r->p, "ff03c021 02 01 0008 0304c227");
	say(r, &r->p, EAP, 1, 9, "01");
	heard(r, &r->p, "ff03c227 02 09 000a 01616c696365");
	return r;
}

/* What stands in the answer to MS_ASKS, and the proof for it. */
static void
heard_mschap(struct rig *r, uint8_t id, char success[43])
{
	struct rig_frame f = rig_take(r, &r->p);
	uint8_t hash[16], challenge[16];

	assert_true(rig_matches(&f, "ff03c227 02 ?? 0040 1a02 63 003b 31 *"));
	assert_int_equal(f.b[5], id);
	assert_memory_equal(f.b + 14 + 49, "alice", 5);
	rig_hex("5b5d7c7d7b3f2f3e3c2c602132262628", challenge, 16);
	assert_true(ppp_nt_hash(rig_str(r->password), hash));
	assert_true(ppp_mschapv2_check(hash, challenge, f.b + 14,
	    rig_str("alice"), success));
}

static void
say_proof(struct rig *r, uint8_t id, const char *proof)
{
	uint8_t b[5 + 42] = { 26, 3, 0x63, 0, 4 + 42 };

	memcpy(b + 5, proof, 42);
	say_bytes(r, &r->p, EAP, 1, id, b, sizeof(b));
}

static void
peer_mschap(void **state)
{
	struct rig *r = begin_peer(PPP_MSCHAPV2);
	char success[43];

	(void)state;
	/* A Notification is acknowledged, at any time. */
	say(r, &r->p, EAP, 1, 10, "0268656c6c6f");
	heard(r, &r->p, "ff03c227 02 0a 0005 02");
	say(r, &r->p, EAP, 1, 11, MS_ASKS);
	heard_mschap(r, 11, success);
	/* Not proved yet: a Success is none (N-25). */
	say(r, &r->p, EAP, 3, 11, "");
	assert_int_equal(rig_drops(&r->p, DROP_PPP_AUTH), 1);
	assert_false(ppp_authenticated(r->p.ppp));
	success[20] |= success[20] >= 'A' ? 0x20 : 0;
	say_proof(r, 12, success);
	heard(r, &r->p, "ff03c227 02 0c 0006 1a03");
	assert_false(ppp_authenticated(r->p.ppp));
	say(r, &r->p, EAP, 3, 11, "");		/* another id */
	say(r, &r->p, EAP, 3, 12, "00");	/* a byte too many */
	assert_false(ppp_authenticated(r->p.ppp));
	say(r, &r->p, EAP, 3, 12, "");
	assert_true(ppp_authenticated(r->p.ppp));
	assert_int_equal(r->p.acts[PPP_AUTH_OK], 1);
	heard(r, &r->p, "ff038021 01 *");
	/* Afterwards nothing of it counts. */
	say(r, &r->p, EAP, 4, 12, "");
	say(r, &r->p, EAP, 1, 13, "01");
	assert_int_equal(rig_drops(&r->p, DROP_PPP_REPEAT), 2);
	quiet(r, &r->p);
	assert_true(ppp_authenticated(r->p.ppp));
	rig_free(r);
}

/* RFC 3748 §4.1: the same Request, the same answer; not a new one. */
static void
peer_repeats(void **state)
{
	struct rig *r = begin_peer(PPP_MSCHAPV2);
	struct rig_frame f, g;

	(void)state;
	say(r, &r->p, EAP, 1, 9, "01");
	heard(r, &r->p, "ff03c227 02 09 000a 01616c696365");
	say(r, &r->p, EAP, 1, 11, MS_ASKS);
	f = rig_take(r, &r->p);
	say(r, &r->p, EAP, 1, 11, MS_ASKS);
	g = rig_take(r, &r->p);
	assert_int_equal(f.n, g.n);
	assert_memory_equal(f.b, g.b, f.n);
	assert_int_equal(rig_drops(&r->p, DROP_PPP_REPEAT), 2);
	/* A peer sends nothing by itself. */
	rig_run(r, 80000, false);
	quiet(r, &r->p);
	rig_run(r, 11000, false);
	assert_int_equal(ppp_phase(r->p.ppp), PPP_TERMINATE);
	rig_free(r);
}

static void
peer_md5(void **state)
{
	struct rig *r = begin_peer(PPP_CHAP_MD5);
	uint8_t want[16], challenge[16];
	struct rig_frame f;

	(void)state;
	rig_hex("5b5d7c7d7b3f2f3e3c2c602132262628", challenge, 16);
	say(r, &r->p, EAP, 1, 12, MD5_ASKS);
	f = rig_take(r, &r->p);
	assert_true(rig_matches(&f, "ff03c227 02 0c 001b 0410 *"));
	ppp_chap_md5(12, rig_str(r->password), rd_make(challenge, 16), want);
	assert_memory_equal(f.b + 10, want, 16);
	assert_memory_equal(f.b + 26, "alice", 5);
	say(r, &r->p, EAP, 3, 12, "");
	assert_true(ppp_authenticated(r->p.ppp));
	rig_free(r);

	r = begin_peer(PPP_CHAP_MD5);
	say(r, &r->p, EAP, 1, 12, MD5_ASKS);
	rig_forget(r);
	say(r, &r->p, EAP, 4, 12, "");
	assert_int_equal(r->p.acts[PPP_AUTH_OK], 0);
	heard(r, &r->p, "ff03c021 05 *");
	rig_free(r);
}

/* RFC 3748 §5.3.1: what it does not speak is answered with what it does. */
static void
peer_naks(void **state)
{
	static const struct {
		uint8_t inside;
		const char *asks, *nak;
	} v[] = {
		{ PPP_MSCHAPV2, MD5_ASKS, "ff03c227 02 0c 0006 031a" },
		{ PPP_CHAP_MD5, MS_ASKS, "ff03c227 02 0c 0006 0304" },
		{ PPP_CHAP_MD5 | PPP_MSCHAPV2, "0d20",
		    "ff03c227 02 0c 0007 031a04" },
		{ PPP_MSCHAPV2, "fe0000000000000001",
		    "ff03c227 02 0c 0006 031a" },
		{ 0, "1920", "ff03c227 02 0c 0006 0300" },
		{ 0, MD5_ASKS, "ff03c227 02 0c 0006 0300" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct rig *r = begin_peer(v[i].inside);

		say(r, &r->p, EAP, 1, 12, v[i].asks);
		heard(r, &r->p, v[i].nak);
		say(r, &r->p, EAP, 3, 12, "");
		assert_false(ppp_authenticated(r->p.ppp));
		rig_free(r);
	}
}

/* N-67, the client's side: pppd's overflows and their relatives. */
static void
n67_hostile_server(void **state)
{
	static const char *const bad[] = {
		"",				/* no type */
		"00", "03", "0304",		/* no Request has these */
		"04", "0400", "04ff0102",	/* value past the end, or none */
		"1a", "1a01", "1a016300", "1a01630005",
		"1a0163001610 00",		/* MS-Length is not the length */
		"1a01630006 1000",		/* value past the end */
		"1a01630007 020000",		/* a value of two bytes */
		"1a03630030 533d",		/* a proof of nothing asked */
		"1a0363000a 533d30303030",
		"1a04630004", "1a02630004", "1a07630004", "1aff630004",
	};
	struct rig *r = begin_peer(PPP_CHAP_MD5 | PPP_MSCHAPV2);
	uint8_t big[1400];
	char success[43];
	size_t i;

	(void)state;
	say(r, &r->p, EAP, 3, 9, "");		/* early Success */
	say(r, &r->p, EAP, 3, 10, "");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		say(r, &r->p, EAP, 1, 60, bad[i]);
	say(r, &r->p, EAP, 2, 60, "01616c696365");
	say(r, &r->p, EAP, 0, 60, "01");
	say(r, &r->p, EAP, 5, 60, "01");
	quiet(r, &r->p);
	assert_int_equal(rig_drops(&r->p, DROP_PPP_CODE), 2);
	assert_int_equal(rig_drops(&r->p, DROP_PPP_LENGTH), 1);
	assert_int_equal(rig_drops(&r->p, DROP_PPP_ID), 1);
	assert_int_equal(rig_drops(&r->p, DROP_PPP_AUTH), i - 1 + 2);
	/* CVE-2020-8597: a name of 1,300 bytes behind the value; we read none. */
	memset(big, 'a', sizeof(big));
	big[0] = 4;
	big[1] = 16;
	say_bytes(r, &r->p, EAP, 1, 61, big, sizeof(big));
	heard(r, &r->p, "ff03c227 02 3d 001b 0410 *");
	/* One method in a conversation. */
	say(r, &r->p, EAP, 1, 62, MS_ASKS);
	say(r, &r->p, EAP, 1, 62, "0d20");
	quiet(r, &r->p);
	rig_free(r);

	/* A proof that is wrong: we leave. */
	r = begin_peer(PPP_MSCHAPV2);
	say(r, &r->p, EAP, 1, 11, MS_ASKS);
	heard_mschap(r, 11, success);
	success[41] ^= 1;
	say_proof(r, 12, success);
	heard(r, &r->p, "ff03c021 05 *");
	assert_false(ppp_authenticated(r->p.ppp));
	rig_run(r, 10000, false);
	assert_int_equal(r->p.cause, PPP_CAUSE_AUTH);
	assert_non_null(strstr(r->p.text, "did not prove itself"));
	rig_free(r);

	/* After a Failure inside a Success outside is none. */
	r = begin_peer(PPP_MSCHAPV2);
	say(r, &r->p, EAP, 1, 11, MS_ASKS);
	heard_mschap(r, 11, success);
	say(r, &r->p, EAP, 1, 12, "1a0463000c 453d36393120523d30");
	quiet(r, &r->p);
	say(r, &r->p, EAP, 1, 12, "1a0463000e 453d36393120523d3021");
	heard(r, &r->p, "ff03c227 02 0c 0006 1a04");
	say(r, &r->p, EAP, 3, 12, "");
	assert_false(ppp_authenticated(r->p.ppp));
	say(r, &r->p, EAP, 4, 12, "");
	rig_run(r, 10000, false);
	assert_non_null(strstr(r->p.text, "E=691"));
	rig_free(r);

	/* A password that is no UTF-8 has no hash. */
	r = begin_peer(PPP_MSCHAPV2);
	secret_set(&r->p.params.password, "\xff", 1);
	say(r, &r->p, EAP, 1, 11, MS_ASKS);
	heard(r, &r->p, "ff03c021 05 *");
	rig_free(r);
}

/* What FreeRADIUS 3.2.1 asked, accepted and proved, as it stood on the wire. */
static void
peer_of_freeradius(void **state)
{
	struct rig *r = rig_new(3, PPP_EAP);
	struct rig_frame f;

	(void)state;
	rig_start(r, false, true);
	f = rig_take(r, &r->p);
	say_bytes(r, &r->p, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->p, LCP, 1, 1, "0304c227");
	heard(r, &r->p, "ff03c021 02 01 0008 0304c227");
	say_raw(r, &r->p, "ff03c227 012f000501");
	heard(r, &r->p, "ff03c227 022f000a01616c696365");
	say_raw(r, &r->p, "ff03c227 0130002a1a0130002510ed9a961625725a6f46f8e9"
	    "a06af2d8c9667265657261646975732d332e322e31");
	heard(r, &r->p, "ff03c227 023000401a0230003b3101f535a5ef8dc5b0b9f10bfb"
	    "5fb257f00000000000000000515ff269061360b741c2d427459f0bb7932114"
	    "5b0013beb500616c696365");
	say_raw(r, &r->p, "ff03c227 013100331a0330002e533d3232393534304543354139333831"
	    "3045433038433344453946393042333933394243433132354345");
	heard(r, &r->p, "ff03c227 023100061a03");
	say_raw(r, &r->p, "ff03c227 03310004");
	assert_true(ppp_authenticated(r->p.ppp));
	rig_free(r);
}

/* ---- both ---- */

static void
both(uint8_t asks, uint8_t offers, uint8_t inside, bool in)
{
	struct rig *r = rig_new(7, PPP_EAP);

	r->eap.method = asks;
	r->eap.offers = offers;
	r->p.params.eap = inside;
	rig_start(r, true, true);
	rig_run(r, 20000, true);
	assert_int_equal(r->a.up && r->p.up, in);
	assert_int_equal(r->a.acts[PPP_NET_UP], in);
	assert_int_equal(r->p.acts[PPP_AUTH_OK], in);
	if (!in)
		assert_int_equal(r->a.cause, PPP_CAUSE_AUTH);
	rig_free(r);
}

static void
methods_inside(void **state)
{
	(void)state;
	both(EAP_SERVER_MD5, 0, PPP_CHAP_MD5, true);
	both(EAP_SERVER_MSCHAPV2, 0, PPP_MSCHAPV2, true);
	both(EAP_SERVER_MD5, EAP_SERVER_MSCHAPV2, PPP_MSCHAPV2, true);
	both(EAP_SERVER_MSCHAPV2, EAP_SERVER_MD5, PPP_CHAP_MD5, true);
	both(EAP_SERVER_MD5, 0, PPP_MSCHAPV2, false);
	both(EAP_SERVER_MSCHAPV2, 0, 0, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_on),
		cmocka_unit_test(large_packets),
		cmocka_unit_test(sends_again),
		cmocka_unit_test(waits_as_told),
		cmocka_unit_test(n67_silent_discards),
		cmocka_unit_test(n67_while_the_server_thinks),
		cmocka_unit_test(n67_identity_lengths),
		cmocka_unit_test(n67_outcome_of_the_verdict),
		cmocka_unit_test(n67_malformed_requests),
		cmocka_unit_test(n67_endless),
		cmocka_unit_test(late_answers),
		cmocka_unit_test(server_never_answers),
		cmocka_unit_test(success_lost),
		cmocka_unit_test(n69_offers),
		cmocka_unit_test(peer_mschap),
		cmocka_unit_test(peer_repeats),
		cmocka_unit_test(peer_md5),
		cmocka_unit_test(peer_naks),
		cmocka_unit_test(n67_hostile_server),
		cmocka_unit_test(peer_of_freeradius),
		cmocka_unit_test(methods_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
