/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Return-routability, threats.md 3.2.1: only who received MM2 at its address
 * and port can make us compute.
 */

#include "tests/ipsec/ike_world.h"

/* A dial-in up to its MM3, which is not delivered yet. */
static struct world *
until_mm3(struct world_packet *mm3)
{
	struct world *w = world_new(11, false, false);
	struct ike_dial d;

	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	for (int i = 0; i < 2; i++)
		assert_true(world_step(w));	/* MM1, MM2 */
	assert_int_equal(w->n, 1);
	*mm3 = w->q[0];
	assert_int_equal(mm3->to, SERVER);
	w->n = 0;
	return w;
}

static void
assert_refused(struct world *w, const struct world_packet *p)
{
	unsigned asked = w->s[SERVER].acts[IKE_ASK_DH];
	unsigned sent = w->s[SERVER].sent;

	world_give(w, p);
	assert_int_equal(w->s[SERVER].acts[IKE_ASK_DH], asked);
	assert_int_equal(w->s[SERVER].sent, sent);
}

static void
mm3_needs_each_bit_of_our_cookie(void **state)
{
	struct world_packet mm3;
	struct world *w = until_mm3(&mm3);

	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		struct world_packet p = mm3;

		p.b[8 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_refused(w, &p);
	}
	world_give(w, &mm3);
	assert_int_equal(w->s[SERVER].acts[IKE_ASK_DH], 1);
	world_free(w);
}

static void
mm3_needs_the_address_and_port_of_mm1(void **state)
{
	struct world_packet mm3, p;
	struct world *w = until_mm3(&mm3);

	(void)state;
	p = mm3;
	p.src.port++;
	assert_refused(w, &p);
	p = mm3;
	p.src.addr.b[3]++;
	assert_refused(w, &p);
	p = mm3;
	p.dst.addr.b[3]++;
	assert_refused(w, &p);
	world_free(w);
}

static void
cookies_of_one_peer_are_nothing_to_another(void **state)
{
	struct world_packet one, two;
	struct world *w = until_mm3(&one), *v;

	(void)state;
	v = until_mm3(&two);
	memcpy(two.b + 8, one.b + 8, 8);
	two.b[0] ^= 1;
	assert_refused(w, &two);
	world_free(w);
	world_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mm3_needs_each_bit_of_our_cookie),
		cmocka_unit_test(mm3_needs_the_address_and_port_of_mm1),
		cmocka_unit_test(cookies_of_one_peer_are_nothing_to_another),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
