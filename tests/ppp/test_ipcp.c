/* SPDX-License-Identifier: BSD-2-Clause */
/* IPCP and the other network protocols, packet by packet. */

#include "tests/ppp/rig.h"

#define LCP	0xc021
#define IPCP	0x8021

static struct rig *
begin(void)
{
	struct rig *r = rig_new(31, PPP_PAP);

	r->a.params.echo_s = 0;
	rig_start(r, true, false);
	rig_login(r);
	assert_int_equal(ppp_phase(r->a.ppp), PPP_NETWORK);
	return r;
}

/* N-70: whatever address the peer asks for, it is told its own. */
static void
n70_addresses(void **state)
{
	static const char *const ask[] = { "030600000000", "03060a000001",
		"0306ffffffff", "03067f000001", "0306e0000001", "0304 0a00",
		"0302", "03070a00010200" };
	struct rig *r;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(ask) / sizeof(ask[0]); i++) {
		r = begin();
		say(r, &r->a, IPCP, 1, 1, ask[i]);
		heard(r, &r->a, "ff038021 01 ?? 000a 03060a000001");
		heard(r, &r->a, "ff038021 03 01 000a 03060a000102");
		assert_false(r->a.up);
		rig_free(r);
	}
}

/* RFC 1332 §3.3: told without asking; and patience has an end. */
static void
n70_no_options(void **state)
{
	struct rig *r = begin();
	unsigned i;

	(void)state;
	say(r, &r->a, IPCP, 1, 0, "");
	rig_take(r, &r->a);
	heard(r, &r->a, "ff038021 03 00 000a 03060a000102");
	for (i = 1; i < 100; i++) {
		say(r, &r->a, IPCP, 1, (uint8_t)i, i & 1 ? "" : "030600000000");
		if (r->a.cause != PPP_CAUSE_NONE || rig_first(&r->p) == NULL)
			break;
		/* Never a Reject of option 3. */
		if (rig_matches(rig_first(&r->p), "ff03c021 05 *"))
			break;
		heard(r, &r->a, "ff038021 03 ?? 000a 03060a000102");
	}
	assert_in_range(i, 10, 99);
	rig_run(r, 10000, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_IPCP);
	rig_free(r);
}

/* N-70: name servers, right lengths and wrong ones. */
static void
n70_name_servers(void **state)
{
	struct rig *r = begin();

	(void)state;
	r->addr.dns[1].family = IP_NONE;
	r->addr.wins[0] = ipaddr_v4(0x0a0000f0);
	say(r, &r->a, IPCP, 1, 1, "03060a000102 810600000000 820600000000"
	    "830600000000 840600000000");
	heard(r, &r->a, "ff038021 01 *");
	/* Reject comes before Nak. */
	heard(r, &r->a, "ff038021 04 01 0010 830600000000 840600000000");
	say(r, &r->a, IPCP, 1, 2, "03060a000102 810600000000 820600000000");
	heard(r, &r->a, "ff038021 03 02 0010 810608080808 82060a0000f0");
	say(r, &r->a, IPCP, 1, 3, "03060a000102 8102 8204ffff");
	heard(r, &r->a, "ff038021 03 03 0010 810608080808 82060a0000f0");
	say(r, &r->a, IPCP, 1, 4, "03060a000102 810608080808 82060a0000f0");
	heard(r, &r->a, "ff038021 02 04 *");
	rig_free(r);
}

/* IP-Addresses (1) and VJ (2) go back; the address is Nak'd after that. */
static void
n71_vj_and_ip_addresses(void **state)
{
	struct rig *r = begin();

	(void)state;
	say(r, &r->a, IPCP, 1, 1, "010a 00000000 00000000 0206002d0f01"
	    "030600000000");
	heard(r, &r->a, "ff038021 01 *");
	heard(r, &r->a,
	    "ff038021 04 01 0014 010a 00000000 00000000 0206002d0f01");
	rig_free(r);
}

/* N-71: every other protocol is refused, and not without end. */
static void
n71_protocols(void **state)
{
	static const struct {
		const char *frame, *answer;
	} t[] = {
		{ "ff0380fd 01 01 000a 120600000001",
		  "ff03c021 08 ?? 0010 80fd 0101000a 120600000001" },
		{ "ff0380fb 01 01 0004", "ff03c021 08 ?? 000a 80fb 01010004" },
		{ "ff038053 01 01 0004", "ff03c021 08 ?? 000a 8053 01010004" },
		{ "ff038057 01 01 000e 010a 0102030405060708",
		  "ff03c021 08 ?? 0014 8057 0101000e 010a 0102030405060708" },
		{ "ff038235 0101", "ff03c021 08 ?? 0008 8235 0101" },
		{ "002d 4500", "ff03c021 08 ?? 0008 002d 4500" },
		{ "2f 4500", "ff03c021 08 ?? 0008 002f 4500" },
		{ "003d c000", "ff03c021 08 ?? 0008 003d c000" },
	};
	struct rig *r = begin();
	uint8_t b[8] = { 0xff, 0x03 };
	unsigned i, sent = 0;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		say_raw(r, &r->a, t[i].frame);
		heard(r, &r->a, t[i].answer);
	}
	say_raw(r, &r->a, t[0].frame);
	quiet(r, &r->a);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PROTOCOL), i + 1);
	/* All 65,536 numbers in 100 s: at most one Reject a second. */
	for (i = 0; i < 65536; i++) {
		if (i % 655 == 0)
			r->now = mono_add_ms(r->now, 1000);
		if (i == LCP || i == IPCP)
			continue;
		b[2] = (uint8_t)(i >> 8);
		b[3] = (uint8_t)i;
		rig_input(r, &r->a, b, sizeof(b));
		for (; rig_first(&r->p) != NULL; sent++)
			assert_true(rig_matches(rig_first(&r->p),
			    "ff03c021 08 *") && rig_take(r, &r->a).n > 0);
	}
	assert_in_range(sent, 90, 101);
	assert_false(r->a.down);
	rig_free(r);
}

/* IPCP goes down and up again without a new login. */
static void
renegotiation(void **state)
{
	struct rig *r = rig_new(31, PPP_PAP);
	uint8_t id;

	(void)state;
	rig_start(r, true, false);
	rig_net_up(r);
	say(r, &r->a, IPCP, 1, 9, "03060a000109");
	assert_false(r->a.up);
	id = heard(r, &r->a, "ff038021 01 ?? 000a 03060a000001");
	heard(r, &r->a, "ff038021 03 09 000a 03060a000102");
	say(r, &r->a, IPCP, 2, id, "03060a000001");
	say(r, &r->a, IPCP, 1, 10, "03060a000102");
	heard(r, &r->a, "ff038021 02 0a *");
	assert_true(r->a.up);
	assert_int_equal(r->a.acts[PPP_ASK_ADDR], 1);
	assert_int_equal(r->a.acts[PPP_NET_UP], 2);
	/* The peer closes IPCP: there is nothing else, so the link ends. */
	say(r, &r->a, IPCP, 5, 11, "");
	heard(r, &r->a, "ff038021 06 0b 0004");
	assert_false(r->a.up);
	rig_run(r, 3001, false);
	heard(r, &r->a, "ff03c021 05 *");
	say(r, &r->a, LCP, 6, 1, "");
	assert_int_equal(r->a.cause, PPP_CAUSE_IPCP);
	rig_free(r);
}

/* Our address refused or changed: we stop telling it. */
static void
our_address_refused(void **state)
{
	unsigned code;
	uint8_t id;

	(void)state;
	for (code = 3; code <= 4; code++) {
		struct rig *r = begin();

		say(r, &r->a, IPCP, 1, 1, "03060a000102");
		id = heard(r, &r->a, "ff038021 01 ?? 000a 03060a000001");
		heard(r, &r->a, "ff038021 02 01 *");
		say(r, &r->a, IPCP, (uint8_t)code, id, "03060a000001");
		id = heard(r, &r->a, "ff038021 01 ?? 0004");
		say(r, &r->a, IPCP, 2, id, "");
		assert_true(r->a.up);
		rig_free(r);
	}
}

static void
peer_never_answers(void **state)
{
	struct rig *r = begin();

	(void)state;
	rig_run(r, 60000, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_IPCP);
	assert_int_equal(r->a.acts[PPP_ASK_ADDR], 1);
	assert_int_equal(r->a.want.family, IP_NONE);
	rig_free(r);
}

/* The address takes its time: the request waits with it. */
static void
late_address(void **state)
{
	struct rig *r = rig_new(31, PPP_PAP);
	uint8_t id;

	(void)state;
	r->late_addr = true;
	r->a.params.echo_s = 0;
	rig_start(r, true, false);
	rig_login(r);
	say(r, &r->a, IPCP, 1, 1, "0306c0a80105");
	assert_int_equal(r->a.acts[PPP_ASK_ADDR], 1);
	assert_int_equal(ipaddr_as_v4(&r->a.want), 0xc0a80105);
	rig_run(r, 50000, false);
	say(r, &r->a, IPCP, 1, 2, "0306c0a80106");
	/* Not to be kept: too long, not a request, broken. */
	say(r, &r->a, IPCP, 5, 3, "");
	{
		uint8_t big[100] = { 200, 100 };

		say_bytes(r, &r->a, IPCP, 1, 4, big, sizeof(big));
	}
	say_raw(r, &r->a, "ff038021 0105");
	assert_int_equal(rig_drops(&r->a, DROP_PPP_PHASE), 2);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_SHORT), 1);
	quiet(r, &r->a);
	assert_int_equal(r->a.acts[PPP_ASK_ADDR], 1);
	rig_owner_addr(r, &r->a);
	id = heard(r, &r->a, "ff038021 01 ?? 000a 03060a000001");
	heard(r, &r->a, "ff038021 03 02 000a 03060a000102");
	say(r, &r->a, IPCP, 2, id, "03060a000001");
	say(r, &r->a, IPCP, 1, 3, "03060a000102");
	assert_true(r->a.up);
	rig_owner_addr(r, &r->a);
	assert_true(r->a.up);
	rig_free(r);
}

static void
no_address(void **state)
{
	struct rig *r = rig_new(31, PPP_PAP);

	(void)state;
	r->addr.peers.family = IP_NONE;
	rig_start(r, true, false);
	rig_login(r);
	say(r, &r->a, IPCP, 1, 1, "030600000000");
	heard(r, &r->a, "ff03c021 05 *");
	say(r, &r->a, LCP, 6, 1, "");
	assert_int_equal(r->a.cause, PPP_CAUSE_NO_ADDRESS);
	rig_free(r);

	r = rig_new(31, PPP_PAP);
	r->late_addr = true;
	rig_start(r, true, false);
	rig_login(r);
	r->a.params.echo_s = 0;
	rig_run(r, 120000, false);
	assert_true(r->a.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_NO_ADDRESS);
	rig_free(r);
}

/* Unknown IPCP code, and a Code-Reject that ends it. */
static void
codes(void **state)
{
	struct rig *r = rig_new(31, PPP_PAP);

	(void)state;
	rig_start(r, true, false);
	rig_net_up(r);
	say(r, &r->a, IPCP, 9, 1, "01020304");
	heard(r, &r->a, "ff038021 07 ?? 000c 09010008 01020304");
	say(r, &r->a, IPCP, 7, 1, "0901000801020304");
	assert_true(r->a.up);
	say(r, &r->a, IPCP, 7, 1, "0101000801020304");
	assert_false(r->a.up);
	heard(r, &r->a, "ff038021 05 *");
	say(r, &r->a, IPCP, 6, 1, "");
	heard(r, &r->a, "ff03c021 05 *");
	rig_free(r);
}

/* N-61: no answer is larger than what the peer takes. */
static void
n61_answer_fits_mru(void **state)
{
	struct rig *r = rig_new(31, PPP_PAP);
	struct rig_frame f = { 0 };
	uint8_t many[400];
	unsigned i;

	(void)state;
	rig_start(r, true, false);
	f = rig_take(r, &r->a);
	say_bytes(r, &r->a, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->a, LCP, 1, 1, "01040080");
	heard(r, &r->a, "ff03c021 02 *");
	say(r, &r->a, 0xc023, 1, 7,
	    "05616c696365 0d636f727265637420686f727365");
	heard(r, &r->a, "ff03c023 02 *");
	say(r, &r->a, IPCP, 1, 1, "03060a000102");
	assert_int_equal(r->a.acts[PPP_ASK_ADDR], 1);
	rig_forget(r);
	for (i = 0; i < sizeof(many); i += 2) {
		many[i] = 200;
		many[i + 1] = 2;
	}
	say_bytes(r, &r->a, IPCP, 1, 2, many, sizeof(many));
	quiet(r, &r->a);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), 1);
	say_bytes(r, &r->a, IPCP, 1, 2, many, 124);
	f = rig_take(r, &r->a);
	assert_int_equal(f.n, 4 + 128);
	say_bytes(r, &r->a, LCP, 9, 2, "\0\0\0\0" "0123456789", 14);
	heard(r, &r->a, "ff03c021 0a *");
	rig_free(r);
}

/* ---- the peer role ---- */

static struct rig *
begin_peer(void)
{
	struct rig *r = rig_new(33, PPP_PAP);
	struct rig_frame f;

	rig_start(r, false, true);
	f = rig_take(r, &r->p);
	say_bytes(r, &r->p, LCP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->p, LCP, 1, 1, "");
	heard(r, &r->p, "ff03c021 02 *");
	return r;
}

static void
peer_takes_what_it_is_given(void **state)
{
	struct rig *r = begin_peer();
	uint8_t id;

	(void)state;
	id = heard(r, &r->p, "ff038021 01 ?? 0022 030600000000 810600000000 "
	    "820600000000 830600000000 840600000000");
	say(r, &r->p, IPCP, 4, id, "820600000000 840600000000");
	id = heard(r, &r->p, "ff038021 01 ?? 0016 030600000000 810600000000 "
	    "830600000000");
	say(r, &r->p, IPCP, 3, id, "03060a000102 810608080808 830608080404");
	id = heard(r, &r->p, "ff038021 01 ?? 0016 03060a000102 810608080808 "
	    "830608080404");
	say(r, &r->p, IPCP, 2, id, "03060a000102 810608080808 830608080404");
	/* The server's own address: any but zero; no name servers from us. */
	say(r, &r->p, IPCP, 1, 1, "030600000000");
	heard(r, &r->p, "ff038021 04 01 000a 030600000000");
	say(r, &r->p, IPCP, 1, 2, "03060a000001 810600000000");
	heard(r, &r->p, "ff038021 04 02 000a 810600000000");
	say(r, &r->p, IPCP, 1, 3, "03060a000001");
	heard(r, &r->p, "ff038021 02 03 *");
	assert_true(r->p.up);
	assert_int_equal(ipaddr_as_v4(&r->p.net.ours), 0x0a000102);
	assert_int_equal(ipaddr_as_v4(&r->p.net.peers), 0x0a000001);
	assert_int_equal(ipaddr_as_v4(&r->p.net.dns[1]), 0x08080404);
	assert_int_equal(r->p.net.wins[0].family, IP_NONE);
	/* Asked to start again, it asks for what it had. */
	say(r, &r->p, IPCP, 1, 4, "03060a000001");
	heard(r, &r->p, "ff038021 01 ?? 0022 03060a000102 810608080808 "
	    "820600000000 830608080404 840600000000");
	rig_free(r);
}

/* No address, no network. */
static void
peer_without_address(void **state)
{
	struct rig *r = begin_peer();
	struct rig_frame f;
	uint8_t id;

	(void)state;
	id = heard(r, &r->p, "ff038021 01 ?? 0022 *");
	say(r, &r->p, IPCP, 4, id, "030600000000");
	f = rig_take(r, &r->p);
	say_bytes(r, &r->p, IPCP, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->p, IPCP, 1, 3, "");
	heard(r, &r->p, "ff038021 02 03 0004");
	heard(r, &r->p, "ff03c021 05 *");
	assert_false(r->p.up);
	say(r, &r->p, LCP, 6, 1, "");
	assert_int_equal(r->p.cause, PPP_CAUSE_IPCP);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n70_addresses),
		cmocka_unit_test(n70_no_options),
		cmocka_unit_test(n70_name_servers),
		cmocka_unit_test(n71_vj_and_ip_addresses),
		cmocka_unit_test(n71_protocols),
		cmocka_unit_test(renegotiation),
		cmocka_unit_test(our_address_refused),
		cmocka_unit_test(peer_never_answers),
		cmocka_unit_test(late_address),
		cmocka_unit_test(no_address),
		cmocka_unit_test(codes),
		cmocka_unit_test(n61_answer_fits_mru),
		cmocka_unit_test(peer_takes_what_it_is_given),
		cmocka_unit_test(peer_without_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
