/* SPDX-License-Identifier: BSD-2-Clause */
/* IPV6CP, packet by packet, and two links that speak it. */

#include "tests/ppp/rig.h"

#define LCP	0xc021
#define IPCP	0x8021
#define IPV6CP	0x8057
/* Our request: one option, whatever identifier was drawn. */
#define ASKS	"ff038057 01 ?? 000e 010a ????????????????"

static struct rig *
begin(void)
{
	struct rig *r = rig_new(61, PPP_PAP);

	r->a.params.echo_s = 0;
	r->a.params.ipv6 = true;
	r->addr.ipv6 = true;
	rig_start(r, true, false);
	rig_login(r);
	assert_int_equal(ppp_phase(r->a.ppp), PPP_NETWORK);
	return r;
}

static uint64_t
ifid_at(const struct rig_frame *f)
{
	struct rd v = rd_make(f->b + 10, 8);

	return rd_u64(&v);
}

/* IPCP is open; the request for IPV6CP is taken from the wire: our identifier. */
static uint64_t
ipv4_up(struct rig *r)
{
	struct rig_frame f;

	say(r, &r->a, IPCP, 1, 1, "03060a000102");
	f = rig_take(r, &r->a);		/* the request for our address */
	heard(r, &r->a, "ff038021 02 01 *");
	say_bytes(r, &r->a, IPCP, 2, f.b[5], f.b + 8, f.n - 8);
	assert_true(r->a.up);
	f = rig_take(r, &r->a);
	assert_true(rig_matches(&f, ASKS));
	return ifid_at(&f);
}

static void
say_ifid(struct rig *r, struct rig_end *to, uint8_t code, uint8_t id,
    uint64_t ifid)
{
	uint8_t b[10];
	struct wr w = wr_make(b, sizeof(b));

	wr_u16(&w, 0x010a);
	wr_u64(&w, ifid);
	say_bytes(r, to, IPV6CP, code, id, b, sizeof(b));
}

/* A Nak of this request; the identifier that it suggests. */
static uint64_t
nak(struct rig *r, uint8_t id)
{
	struct rig_frame f = rig_take(r, &r->a);

	assert_true(rig_matches(&f,
	    "ff038057 03 ?? 000e 010a ????????????????"));
	assert_int_equal(f.b[5], id);
	return ifid_at(&f);
}

/*
 * RFC 5072 §4.1 (threats.md 4.5, 144): zero and ours are Nak'd with another,
 * whose bit u is 0; two zeros are rejected; anything else is the peer's choice.
 */
static void
r144_identifiers(void **state)
{
	struct rig *r = begin();
	uint64_t ours = ipv4_up(r), suggested;

	(void)state;
	assert_true(ours != 0 && (ours >> 56 & 2) == 0);
	say_ifid(r, &r->a, 1, 1, 0);
	suggested = nak(r, 1);
	assert_true(suggested != 0 && suggested != ours);
	assert_int_equal(suggested >> 56 & 2, 0);
	say_ifid(r, &r->a, 1, 2, ours);
	assert_true(nak(r, 2) == suggested);
	/* One option; another is rejected, and so is the same one again. */
	say(r, &r->a, IPV6CP, 1, 3, "0204004f 010a 0102030405060708");
	heard(r, &r->a, "ff038057 04 03 0008 0204004f");
	say(r, &r->a, IPV6CP, 1, 4, "010a 0102030405060708"
	    "010a 0102030405060709");
	heard(r, &r->a, "ff038057 04 04 000e 010a 0102030405060709");
	say(r, &r->a, IPV6CP, 1, 5, "010a 0102030405060708");
	heard(r, &r->a, "ff038057 02 05 000e 010a 0102030405060708");
	assert_false(r->a.up6);
	rig_free(r);
}

/* A peer that refuses our identifier, and has none: no more to agree on. */
static void
r144_both_zero(void **state)
{
	struct rig *r = begin();
	struct rig_frame f;

	(void)state;
	say(r, &r->a, IPCP, 1, 1, "03060a000102");
	rig_take(r, &r->a);
	rig_take(r, &r->a);
	f = rig_take(r, &r->a);
	say_bytes(r, &r->a, IPV6CP, 4, f.b[5], f.b + 8, f.n - 8);
	heard(r, &r->a, "ff038057 01 ?? 0004");
	say_ifid(r, &r->a, 1, 1, 0);
	heard(r, &r->a, "ff038057 04 01 000e 010a 0000000000000000");
	rig_free(r);
}

/* N-70: wrong lengths, nothing at all, the same again; patience has an end. */
static void
n70_ipv6cp(void **state)
{
	static const char *const ask[] = { "0102", "0106 01020304", "",
		"010b 010203040506070809", "010a 0000000000000000" };
	struct rig *r;
	uint64_t suggested;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(ask) / sizeof(ask[0]); i++) {
		r = begin();
		(void)ipv4_up(r);
		say(r, &r->a, IPV6CP, 1, 7, ask[i]);
		suggested = nak(r, 7);
		say_ifid(r, &r->a, 1, 8, suggested);
		heard(r, &r->a, "ff038057 02 08 *");
		rig_free(r);
	}
	r = begin();
	(void)ipv4_up(r);
	for (i = 1; i < 100; i++) {
		say(r, &r->a, IPV6CP, 1, (uint8_t)i, i & 1 ? "" :
		    "010a 0000000000000000");
		if (!rig_matches(rig_first(&r->p), "ff038057 03 *"))
			break;
		rig_take(r, &r->a);
	}
	/* IPv6 is given up with a Terminate-Request, IPv4 stays. */
	assert_in_range(i, 10, 99);
	heard(r, &r->a, "ff038057 05 *");
	rig_run(r, 100000, false);
	assert_true(r->a.up);
	assert_false(r->a.up6 || r->a.down);
	rig_free(r);
}

/* An option that is cut short: nothing is answered, nothing is changed. */
static void
n70_cut_short(void **state)
{
	static const char *const ask[] = { "010a 01020304", "0101", "01",
		"0100 0102030405060708" };
	struct rig *r = begin();
	unsigned i;

	(void)state;
	(void)ipv4_up(r);
	for (i = 0; i < sizeof(ask) / sizeof(ask[0]); i++) {
		say(r, &r->a, IPV6CP, 1, 1, ask[i]);
		quiet(r, &r->a);
	}
	assert_int_equal(rig_drops(&r->a, DROP_PPP_OPTION), i);
	rig_free(r);
}

/* Which one it must be: RFC 3162 §2.2, told by the owner. */
static void
assigned(void **state)
{
	struct rig *r = begin();

	(void)state;
	r->addr.ifid = UINT64_C(0x0200000000000042);
	(void)ipv4_up(r);
	say(r, &r->a, IPV6CP, 1, 1, "010a 0102030405060708");
	assert_true(nak(r, 1) == r->addr.ifid);
	say_ifid(r, &r->a, 1, 2, r->addr.ifid);
	heard(r, &r->a, "ff038057 02 02 *");
	rig_free(r);
}

/* Ours: what the peer suggests, unless it says so of what is taken. */
static void
suggestions(void **state)
{
	struct rig *r = begin();
	struct rig_frame f;
	uint64_t theirs;

	(void)state;
	say(r, &r->a, IPCP, 1, 1, "03060a000102");
	rig_take(r, &r->a);
	rig_take(r, &r->a);
	f = rig_take(r, &r->a);
	say_ifid(r, &r->a, 3, f.b[5], 0x1122334455667788);
	f = rig_take(r, &r->a);
	assert_true(ifid_at(&f) == 0x1122334455667788);
	/* What we have just suggested to the peer: perhaps our own echo. */
	say_ifid(r, &r->a, 1, 1, 0);
	theirs = nak(r, 1);
	say_ifid(r, &r->a, 3, f.b[5], theirs);
	f = rig_take(r, &r->a);
	assert_true(rig_matches(&f, ASKS));
	assert_true(ifid_at(&f) != theirs && ifid_at(&f) != 0);
	say_ifid(r, &r->a, 3, f.b[5], 0);
	f = rig_take(r, &r->a);
	assert_true(ifid_at(&f) != 0);
	say_ifid(r, &r->a, 1, 2, theirs);
	heard(r, &r->a, "ff038057 02 02 *");
	say_bytes(r, &r->a, IPV6CP, 2, f.b[5], f.b + 8, f.n - 8);
	assert_true(r->a.up6);
	assert_true(r->a.net6.ours == ifid_at(&f));
	assert_true(r->a.net6.peers == theirs);
	rig_free(r);
}

/* A request that comes before the address is kept; without IPv6, refused then. */
static void
early(void **state)
{
	struct rig *r;

	(void)state;
	for (int with = 0; with < 2; with++) {
		r = begin();
		r->addr.ipv6 = with != 0;
		say(r, &r->a, IPV6CP, 1, 9, "010a 0102030405060708");
		quiet(r, &r->a);
		assert_int_equal(r->a.acts[PPP_ASK_ADDR], 0);
		say(r, &r->a, IPCP, 1, 1, "03060a000102");
		heard(r, &r->a, "ff038021 01 *");
		heard(r, &r->a, "ff038021 02 01 *");
		if (with) {
			heard(r, &r->a, ASKS);
			heard(r, &r->a, "ff038057 02 09 *");
		} else {
			heard(r, &r->a, "ff03c021 08 ?? 0014 8057 0109000e"
			    "010a 0102030405060708");
		}
		quiet(r, &r->a);
		rig_free(r);
	}
}

/* threats.md 4.5, 145: a link that takes less than 1,280 bytes has no IPv6. */
static void
r145_small_link(void **state)
{
	static const uint16_t mru[] = { 1279, 1280 };
	struct rig *r;

	(void)state;
	for (int i = 0; i < 2; i++) {
		r = rig_new(65, PPP_PAP);
		r->a.params.ipv6 = r->p.params.ipv6 = true;
		r->addr.ipv6 = true;
		r->p.params.mru = mru[i];
		rig_start(r, true, true);
		rig_run(r, 20000, false);
		assert_true(r->a.up && r->p.up);
		assert_int_equal(r->a.up6, i);
		assert_int_equal(r->p.up6, i);
		assert_int_equal(ppp_peer_mru(r->a.ppp), mru[i]);
		rig_free(r);
	}
}

/* Whoever is refused by Protocol-Reject says no more of it; the rest stays. */
static void
peer_refuses_ipv6(void **state)
{
	static const char *const what[] = { "8057 01", "0057 60" };
	struct rig *r;

	(void)state;
	for (int i = 0; i < 2; i++) {
		r = begin();
		(void)ipv4_up(r);
		if (i == 1) {	/* of an open protocol */
			say_ifid(r, &r->a, 1, 1, 5);
			heard(r, &r->a, "ff038057 02 01 *");
			rig_run(r, 3500, false);
			say_bytes(r, &r->a, IPV6CP, 2, rig_first(&r->p)->b[5],
			    rig_first(&r->p)->b + 8, 10);
			assert_true(r->a.up6);
			rig_forget(r);
		}
		say(r, &r->a, LCP, 8, 1, what[i]);
		rig_run(r, 100000, false);
		quiet(r, &r->a);
		assert_true(r->a.up);
		assert_false(r->a.up6 || r->a.down);
		say(r, &r->a, IPV6CP, 1, 2, "010a 0102030405060708");
		quiet(r, &r->a);
		rig_free(r);
	}
}

/* IPv6 alone: the link stays until that is gone, too. */
static void
peer_refuses_ipv4(void **state)
{
	struct rig *r = begin();
	struct rig_frame f;

	(void)state;
	say(r, &r->a, IPV6CP, 1, 1, "010a 0102030405060708");
	rig_run(r, 1500, false);	/* nobody asks for an address */
	heard(r, &r->a, "ff038021 01 *");
	f = rig_take(r, &r->a);
	heard(r, &r->a, "ff038057 02 01 *");
	say_bytes(r, &r->a, IPV6CP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->a, LCP, 8, 1, "8021 01");
	assert_true(r->a.up6);
	assert_false(r->a.up);
	rig_run(r, 100000, false);
	quiet(r, &r->a);
	assert_false(r->a.down);
	say(r, &r->a, IPV6CP, 5, 2, "");
	assert_false(r->a.up6);
	rig_run(r, 20000, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_IPCP);
	rig_free(r);
}

/* Both fail: the link ends, and says why IPv4 has not come; or IPv6 if refused. */
static void
nobody_answers(void **state)
{
	static const char *const why[] = {
		"gave up in IPCP: the peer did not answer",
		"gave up in IPV6CP: the peer did not answer",
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rig *r = begin();

		rig_run(r, 1500, false);
		if (i == 1)
			say(r, &r->a, LCP, 8, 1, "8021 01");
		assert_false(r->a.down);
		rig_run(r, 200000, false);
		assert_true(r->a.down);
		assert_int_equal(r->a.cause, PPP_CAUSE_IPCP);
		assert_string_equal(r->a.text, why[i]);
		rig_free(r);
	}
}

/* Nobody answers our requests for IPv6: IPv4 does not notice. */
static void
silent_peer(void **state)
{
	struct rig *r = begin();
	unsigned n = 1;

	(void)state;
	(void)ipv4_up(r);
	for (int i = 0; i < 40; i++) {
		rig_run(r, 3000, false);
		for (; rig_first(&r->p) != NULL; n++)
			heard(r, &r->a, ASKS);
	}
	assert_int_equal(n, r->a.params.max_configure);
	assert_true(r->a.up);
	assert_false(r->a.down);
	rig_free(r);
}

/* What comes as a frame goes to the owner, and his to the peer, once open. */
static void
packets(void **state)
{
	static const char *const frame = "ff030057 60000000 00000000";
	struct rig *r = rig_new(63, PPP_PAP);
	uint8_t b[40] = { 0x60 };

	(void)state;
	r->a.params.ipv6 = r->p.params.ipv6 = true;
	r->addr.ipv6 = true;
	rig_start(r, true, false);
	rig_login(r);
	say_raw(r, &r->a, frame);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), 1);
	ppp_out_reset(&r->out);
	ppp_send_ip6(r->a.ppp, rd_make(b, sizeof(b)), &r->out);
	assert_int_equal(r->out.n, 0);
	rig_free(r);

	r = rig_new(64, PPP_PAP);
	r->a.params.ipv6 = r->p.params.ipv6 = true;
	r->addr.ipv6 = true;
	rig_start(r, true, true);
	rig_run(r, 5000, false);
	assert_true(r->a.up6 && r->p.up6);
	say_raw(r, &r->a, frame);
	assert_int_equal(r->a.ip6_n, 8);
	assert_int_equal(r->a.ip6[0], 0x60);
	ppp_out_reset(&r->out);
	ppp_send_ip6(r->a.ppp, rd_make(b, sizeof(b)), &r->out);
	rig_drain(r, &r->a);
	heard(r, &r->a, "ff030057 60000000 *");
	rig_free(r);
}

/* Both ends, over a bad line, frozen now and then; LCP begins anew once. */
static void
both_ends(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 60; seed++) {
		struct rig *r = rig_new(seed, PPP_PAP | PPP_MSCHAPV2);

		r->freeze = seed % 2 == 0;
		r->loss = seed % 4 == 3 ? 15 : 0;
		r->jitter_ms = seed % 5 == 0 ? 200 : 0;
		r->a.params.ipv6 = r->p.params.ipv6 = true;
		r->addr.ipv6 = true;
		r->addr.ifid = seed % 3 == 0 ? 0x77 : 0;
		rig_start(r, true, true);
		rig_run(r, 120000, false);
		assert_true(r->a.up && r->p.up && r->a.up6 && r->p.up6);
		assert_true(r->a.net6.ours == r->p.net6.peers);
		assert_true(r->a.net6.peers == r->p.net6.ours);
		assert_true(r->a.net6.ours != r->a.net6.peers);
		if (r->addr.ifid != 0)
			assert_true(r->p.net6.ours == r->addr.ifid);
		r->loss = 0;
		say(r, &r->a, LCP, 1, 99, "0506deadbeef");
		assert_false(r->a.up || r->a.up6);
		rig_run(r, 60000, false);
		assert_true(r->a.up && r->a.up6);
		rig_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r144_identifiers),
		cmocka_unit_test(r144_both_zero),
		cmocka_unit_test(n70_ipv6cp),
		cmocka_unit_test(n70_cut_short),
		cmocka_unit_test(assigned),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(early),
		cmocka_unit_test(r145_small_link),
		cmocka_unit_test(peer_refuses_ipv6),
		cmocka_unit_test(peer_refuses_ipv4),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(silent_peer),
		cmocka_unit_test(packets),
		cmocka_unit_test(both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
