/* SPDX-License-Identifier: BSD-2-Clause */
/* ppp_bounds() tells what links take, to the byte. */

#include "ppp/ppp.h"
#include "tests/heap.h"

#define LINKS	7

static void
exact(uint8_t methods)
{
	struct heap_claim c = { .want = "ppp links" };
	struct ppp_params p;
	struct ppp *v[LINKS];
	struct rng rng;

	rng_seeded(&rng, 1);
	ppp_params_default(&p);
	p.methods = methods;
	ppp_bounds(&p, LINKS, heap_claim_row, &c);
	assert_int_equal(c.found.count, LINKS);
	heap_watch();
	for (unsigned i = 0; i < LINKS; i++) {
		v[i] = ppp_new(&p, PPP_AUTHENTICATOR, &rng, NULL);
		assert_non_null(v[i]);
	}
	assert_int_equal(heap_live(), c.bytes);
	for (unsigned i = 0; i < LINKS; i++)
		ppp_free(v[i]);
	assert_int_equal(heap_live(), 0);
}

static void
links(void **state)
{
	(void)state;
	exact(PPP_MSCHAPV2);
	exact(PPP_MSCHAPV2 | PPP_EAP);	/* with room for its packets */
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(links) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
