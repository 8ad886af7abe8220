/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Normative lines of threats.md 4.5 by number that no other test proves: see
 * tests/normative.txt.
 */

#include "tests/ppp/rig.h"

#define LCP	0xc021

static struct rig *
begin(uint8_t methods)
{
	struct rig *r = rig_new(3, methods);

	rig_start(r, true, false);
	return r;
}

/* RFC 1661 §4.6: all four are the operator's. */
static void
r121_counters_are_configured(void **state)
{
	struct rig *r = rig_new(3, PPP_MSCHAPV2);
	unsigned i;

	(void)state;
	r->a.params.restart_ms = 1000;
	r->a.params.max_configure = 3;
	r->a.params.max_terminate = 1;
	r->a.params.max_failure = 2;
	rig_start(r, true, false);
	for (i = 0; i < 3; i++) {
		heard(r, &r->a, LCP_ASKS("c22381"));
		rig_run(r, 990, false);
		quiet(r, &r->a);
		rig_run(r, 20, false);
	}
	assert_true(r->a.down);
	rig_free(r);

	r = rig_new(3, PPP_PAP);
	r->a.params.restart_ms = 1000;
	r->a.params.max_terminate = 1;
	r->a.params.max_failure = 2;
	rig_start(r, true, false);
	rig_forget(r);
	for (i = 0; i < 3; i++) {
		say(r, &r->a, LCP, 1, (uint8_t)i, "0104000a");
		heard(r, &r->a, i < 2 ? "ff03c021 03 ?? 0008 01040578" :
		    "ff03c021 04 ?? 0008 0104000a");
	}
	rig_close(r, &r->a, PPP_CAUSE_CLOSED, "");
	heard(r, &r->a, "ff03c021 05 *");
	rig_run(r, 1001, false);
	quiet(r, &r->a);
	assert_true(r->a.down);
	rig_free(r);
}

/* RFC 1661 §6.4: without a magic number of ours, zero stands in its place. */
static void
r126_no_magic_is_zero(void **state)
{
	struct rig *r = begin(PPP_PAP);
	struct rig_frame f = rig_take(r, &r->a);
	uint8_t id;

	(void)state;
	assert_int_equal(f.n, 4 + 18);		/* MRU, PAP, magic */
	say_bytes(r, &r->a, LCP, 4, f.b[5], f.b + 16, 6);
	id = heard(r, &r->a, "ff03c021 01 ?? 000c 01040578 0304c023");
	say(r, &r->a, LCP, 2, id, "01040578 0304c023");
	say(r, &r->a, LCP, 1, 1, "");
	heard(r, &r->a, "ff03c021 02 01 0004");
	say(r, &r->a, LCP, 9, 3, "00000000 55");
	heard(r, &r->a, "ff03c021 0a 03 0009 00000000 55");
	rig_free(r);
}

/* RFC 1662 §6: a synchronous link acks any map. */
static void
r131_any_async_map(void **state)
{
	struct rig *r = begin(PPP_MSCHAPV2);

	(void)state;
	rig_forget(r);
	say(r, &r->a, LCP, 1, 1, "0206 000a0000");
	heard(r, &r->a, "ff03c021 02 01 000a 0206 000a0000");
	say(r, &r->a, LCP, 1, 2, "0206 ffffffff");
	heard(r, &r->a, "ff03c021 02 02 000a 0206 ffffffff");
	rig_free(r);
}

/* RFC 1661 §6.1: 1,500 bytes, whatever MRU was asked for. */
static void
r128_fifteen_hundred_bytes(void **state)
{
	struct rig *r = begin(PPP_PAP);
	uint8_t body[1496] = { 0xde, 0xad, 0xbe, 0xef, 0x55 };
	struct rig_frame f;

	(void)state;
	rig_lcp_open(r);
	say_bytes(r, &r->a, LCP, 9, 6, body, sizeof(body));
	f = rig_take(r, &r->a);
	assert_int_equal(f.b[4], 10);
	assert_int_equal(f.b[12], 0x55);
	assert_int_equal(rig_drops(&r->a, DROP_PPP_LENGTH), 0);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r121_counters_are_configured),
		cmocka_unit_test(r126_no_magic_is_zero),
		cmocka_unit_test(r128_fifteen_hundred_bytes),
		cmocka_unit_test(r131_any_async_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
