/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clients that we know, as they speak: options, order and identifiers
 * from their dossiers.  Each must reach the network.
 */

#include "tests/ppp/rig.h"

#define LCP	0xc021
#define PAP	0xc023
#define CHAP	0xc223
#define IPCP	0x8021

static struct rig *
begin(uint8_t methods)
{
	struct rig *r = rig_new(41, methods);

	r->addr.dns[1].family = IP_NONE;
	rig_start(r, true, false);
	return r;
}

/* Acks our request in `f`. */
static void
ack(struct rig *r, uint16_t protocol, const struct rig_frame *f)
{
	assert_int_equal(f->b[4], 1);
	say_bytes(r, &r->a, protocol, 2, f->b[5], f->b + 8, f->n - 8);
}

static void
answer(struct rig *r, const struct rig_frame *challenge)
{
	uint8_t b[256];
	size_t n;

	assert_int_equal(challenge->b[2] << 8 | challenge->b[3], CHAP);
	assert_int_equal(challenge->b[4], 1);
	n = rig_response(r, r->a.method, challenge->b[5], challenge->b + 9, b);
	say_bytes(r, &r->a, CHAP, 2, challenge->b[5], b, n);
	heard(r, &r->a, "ff03c223 03 *");
}

/*
 * Windows: callback, our request acked first and its own up to 2 s later,
 * three identifications, one counter for all protocols, no wait between the
 * network protocols, no VJ.
 */
static void
windows(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a);

	(void)state;
	say(r, &r->a, LCP, 1, 0, "01040578 05063cc1a2b3 0702 0802 0d0306");
	heard(r, &r->a, "ff03c021 04 00 0007 0d0306");
	ack(r, LCP, &f);
	rig_run(r, 2000, false);
	say(r, &r->a, LCP, 1, 1, "01040578 05063cc1a2b3 0702 0802");
	heard(r, &r->a, "ff03c021 02 01 0012 *");
	say(r, &r->a, LCP, 12, 2, "3cc1a2b3 4d535241535635 2e3230");
	say(r, &r->a, LCP, 12, 3, "3cc1a2b3 4d535241532d302d 504331");
	assert_string_equal(r->a.text, "MSRAS-0-PC1");
	say(r, &r->a, LCP, 12, 4,
	    "3cc1a2b3 000102030405060708090a0b0c0d0e0f");
	f = rig_take(r, &r->a);
	answer(r, &f);
	say(r, &r->a, 0x8057, 1, 5, "010a 0102030405060708");
	heard(r, &r->a, "ff03c021 08 ?? 0014 8057 *");
	say(r, &r->a, 0x80fd, 1, 6, "120601000000");
	heard(r, &r->a, "ff03c021 08 ?? 0010 80fd *");
	say(r, &r->a, IPCP, 1, 7, "030600000000 810600000000 820600000000 "
	    "830600000000 840600000000");
	f = rig_take(r, &r->a);
	heard(r, &r->a, "ff038021 04 07 0016 820600000000 830600000000 "
	    "840600000000");
	ack(r, IPCP, &f);
	say(r, &r->a, IPCP, 1, 8, "030600000000 810600000000");
	heard(r, &r->a, "ff038021 03 08 0010 03060a000102 810608080808");
	say(r, &r->a, IPCP, 1, 9, "03060a000102 810608080808");
	heard(r, &r->a, "ff038021 02 09 *");
	assert_true(r->a.up);
	assert_int_equal(r->a.net.peer_mru, 1400);
	quiet(r, &r->a);
	rig_free(r);
}

/* Windows whose profile does not allow what we ask names what it does. */
static void
windows_names_its_method(void **state)
{
	struct rig *r = begin(PPP_PAP | PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a);

	(void)state;
	/* A profile with PAP alone. */
	say(r, &r->a, LCP, 3, f.b[5], "0304c023");
	f = rig_take(r, &r->a);
	assert_true(rig_matches(&f, "ff03c021 01 ?? 0012 01040578 0304c023 *"));
	rig_free(r);

	/* We have PAP alone: its wish cannot be had, and the reason is said. */
	r = begin(PPP_PAP);
	f = rig_take(r, &r->a);
	say(r, &r->a, LCP, 3, f.b[5], "0305c22381");
	heard(r, &r->a, "ff03c021 05 *");
	say(r, &r->a, LCP, 6, 1, "");
	assert_int_equal(r->a.cause, PPP_CAUSE_NO_METHOD);
	rig_free(r);
}

/* Android: pppd 2.4.7 with VJ, dns1, dns2 and perhaps deflate. */
static void
android(void **state)
{
	struct rig *r = begin(PPP_PAP | PPP_CHAP_MD5 | PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a);

	(void)state;
	say(r, &r->a, LCP, 1, 1,
	    "01040578 020600000000 0506a1b2c3d4 0702 0802");
	heard(r, &r->a, "ff03c021 02 01 0018 *");
	ack(r, LCP, &f);
	f = rig_take(r, &r->a);
	answer(r, &f);
	say(r, &r->a, 0x80fd, 1, 1, "1a047800 18047800 15032f");
	heard(r, &r->a, "ff03c021 08 *");
	say(r, &r->a, IPCP, 1, 1, "030600000000 0206002d0f01 810600000000 "
	    "830600000000");
	f = rig_take(r, &r->a);
	heard(r, &r->a, "ff038021 04 01 0010 0206002d0f01 830600000000");
	ack(r, IPCP, &f);
	say(r, &r->a, IPCP, 1, 2, "030600000000 810600000000");
	heard(r, &r->a, "ff038021 03 02 0010 03060a000102 810608080808");
	say(r, &r->a, IPCP, 1, 3, "03060a000102 810608080808");
	heard(r, &r->a, "ff038021 02 03 *");
	assert_true(r->a.up);
	rig_free(r);
}

/*
 * Apple: no MRU, an echo right after opening, challenges dropped until our
 * Ack has come; compressed heads once allowed; IPV6CP and ACSP beside IPCP.
 */
static void
apple(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a);

	(void)state;
	ack(r, LCP, &f);
	/* Its request is still missing: no challenge may be sent yet. */
	quiet(r, &r->a);
	say(r, &r->a, LCP, 1, 1, "020600000000 05062a2b2c2d 0702 0802");
	/* The Ack leaves before the challenge. */
	heard(r, &r->a, "ff03c021 02 01 0014 *");
	f = rig_take(r, &r->a);
	say(r, &r->a, LCP, 9, 0, "2a2b2c2d");
	heard(r, &r->a, "ff03c021 0a 00 0008 ????????");
	answer(r, &f);
	say_raw(r, &r->a,
	    "8021 01 01 0016 030600000000 810600000000 830600000000");
	f = rig_take(r, &r->a);
	heard(r, &r->a, "ff038021 04 01 000a 830600000000");
	say_raw(r, &r->a, "8057 01 01 000e 010a 0000000000000001");
	heard(r, &r->a, "ff03c021 08 ?? 0014 8057 *");
	say_raw(r, &r->a, "8235 01 01 0004");
	heard(r, &r->a, "ff03c021 08 ?? 000a 8235 *");
	ack(r, IPCP, &f);
	say_raw(r, &r->a, "8021 01 02 0010 030600000000 810600000000");
	heard(r, &r->a, "ff038021 03 02 0010 03060a000102 810608080808");
	say_raw(r, &r->a, "8021 01 03 0010 03060a000102 810608080808");
	heard(r, &r->a, "ff038021 02 03 *");
	assert_true(r->a.up);
	assert_int_equal(r->a.net.peer_mru, 1400);
	rig_free(r);
}

/* Old iOS: the obsolete option 1 beside option 3, again and again. */
static void
apple_old_ip_addresses(void **state)
{
	struct rig *r = rig_new(41, PPP_PAP);
	struct rig_frame f;

	(void)state;
	rig_start(r, true, false);
	rig_login(r);
	say(r, &r->a, IPCP, 1, 1, "030600000000 010a0000000000000000");
	f = rig_take(r, &r->a);
	heard(r, &r->a, "ff038021 04 01 000e 010a0000000000000000");
	ack(r, IPCP, &f);
	say(r, &r->a, IPCP, 1, 2, "030600000000");
	heard(r, &r->a, "ff038021 03 02 000a 03060a000102");
	say(r, &r->a, IPCP, 1, 3, "03060a000102");
	assert_true(r->a.up);
	rig_free(r);
}

/*
 * NetworkManager: pppd that wants us to authenticate ourselves, refuses
 * MS-CHAPv2 in favour of CHAP-MD5, and goes on asking for MPPE.
 */
static void
linux_pppd(void **state)
{
	struct rig *r = begin(PPP_PAP | PPP_CHAP_MD5 | PPP_MSCHAPV2);
	struct rig_frame f = rig_take(r, &r->a);
	unsigned i;

	(void)state;
	say(r, &r->a, LCP, 3, f.b[5], "0305c22305");
	f = rig_take(r, &r->a);
	assert_true(rig_matches(&f, LCP_ASKS("c22305")));
	say(r, &r->a, LCP, 1, 1,
	    "01040578 020600000000 0305c22381 0506a1b2c3d4 0702 0802");
	heard(r, &r->a, "ff03c021 04 01 0009 0305c22381");
	ack(r, LCP, &f);
	say(r, &r->a, LCP, 1, 2,
	    "01040578 020600000000 0506a1b2c3d4 0702 0802");
	heard(r, &r->a, "ff03c021 02 02 *");
	f = rig_take(r, &r->a);
	assert_int_equal(r->a.method, PPP_CHAP_MD5);
	answer(r, &f);
	for (i = 0; i < 100; i++)
		say(r, &r->a, 0x80fd, 1, (uint8_t)i, "120600000000");
	for (i = 0; rig_first(&r->p) != NULL; i++)
		rig_take(r, &r->a);
	assert_int_equal(i, 8);
	say(r, &r->a, IPCP, 1, 1, "030600000000 0206002d0f01 810600000000 "
	    "830600000000");
	f = rig_take(r, &r->a);
	heard(r, &r->a, "ff038021 04 01 0010 0206002d0f01 830600000000");
	ack(r, IPCP, &f);
	say(r, &r->a, IPCP, 1, 2, "03060a000102 810608080808");
	heard(r, &r->a, "ff038021 02 02 *");
	assert_true(r->a.up);
	/* ChromeOS: 30 s echo with its own magic. */
	say(r, &r->a, LCP, 9, 1, "a1b2c3d4");
	heard(r, &r->a, "ff03c021 0a 01 *");
	rig_free(r);
}

/* DrayTek: answers echo with a magic of 1. */
static void
draytek(void **state)
{
	struct rig *r = rig_new(41, PPP_PAP);
	unsigned i;
	uint8_t id;

	(void)state;
	rig_start(r, true, false);
	rig_net_up(r);
	for (i = 0; i < 20; i++) {
		rig_run(r, 30001, false);
		id = heard(r, &r->a, "ff03c021 09 ?? 0008 ????????");
		say(r, &r->a, LCP, 10, id, "00000001");
	}
	assert_true(r->a.up);
	rig_free(r);
}

/*
 * Bytes of others: tcpdump 4.99.3, tests/pptp.pcap (a Windows client over
 * PPTP), pppoes.pcap, ppp-invalid-lengths.pcap, mlppp-oobr.pcap and
 * ppp_ccp_config_deflate_option_asan.pcap; 3-clause BSD licence.
 */
#define CAPTURED_ENDPOINT "0129f76a9077f1472c835247f271d656070000000c"

static void
captured_windows(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);

	(void)state;
	rig_forget(r);
	say_raw(r, &r->a, "ff03c021 01 00 002c 0506021952cf 0702 0802"
	    "0d0306 1104064e 1317" CAPTURED_ENDPOINT);
	heard(r, &r->a, "ff03c021 04 00 0022 0d0306 1104064e 1317"
	    CAPTURED_ENDPOINT);
	rig_free(r);
}

/* An echo with eight bytes of magic and data, as an access server sends it. */
static void
captured_echo(void **state)
{
	struct rig *r = begin(PPP_PAP);
	struct rig_frame f = rig_take(r, &r->a);

	(void)state;
	ack(r, LCP, &f);
	say(r, &r->a, LCP, 1, 1, "0506a4cbea34");
	heard(r, &r->a, "ff03c021 02 *");
	say_raw(r, &r->a, "c021096a000ca4cbea340ee2f609");
	heard(r, &r->a, "ff03c021 0a 6a 000c ???????? 0ee2f609");
	say_raw(r, &r->a, "c0210967000cb480d7ba73b72012");
	quiet(r, &r->a);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_MAGIC), 1);
	rig_free(r);
}

/* N-61: what made others read beyond the end. */
static void
n61_captured(void **state)
{
	static uint8_t big[9014];
	struct rig *r = rig_new(41, PPP_PAP);
	size_t n;

	(void)state;
	rig_start(r, true, false);
	rig_net_up(r);
	memset(big, 0x61, sizeof(big));
	n = rig_hex("80210380210302da006161616161636161616179dcdcdcdc"
	    "630e00090000000d0281004426ff003600000056e415d4c3",
	    big, sizeof(big));
	assert_int_equal(n, 48);
	rig_input(r, &r->a, big, sizeof(big));
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), 1);
	say_raw(r, &r->a, "ff033d30");
	heard(r, &r->a, "ff03c021 08 ?? 0007 003d 30");
	say_raw(r, &r->a, "80fd01df000f1805ff");
	heard(r, &r->a, "ff03c021 08 ?? 000d 80fd 01df000f1805ff");
	assert_true(r->a.up);
	quiet(r, &r->a);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows),
		cmocka_unit_test(windows_names_its_method),
		cmocka_unit_test(android),
		cmocka_unit_test(apple),
		cmocka_unit_test(apple_old_ip_addresses),
		cmocka_unit_test(linux_pppd),
		cmocka_unit_test(draytek),
		cmocka_unit_test(captured_windows),
		cmocka_unit_test(captured_echo),
		cmocka_unit_test(n61_captured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
