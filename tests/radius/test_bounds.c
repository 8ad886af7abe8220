/* SPDX-License-Identifier: BSD-2-Clause */
/* What the three engines tell of their tables is what they take, to the byte. */

#include <stdlib.h>

#include "radius/acct.h"
#include "radius/client.h"
#include "radius/dae.h"
#include "tests/heap.h"

static struct radius_params *
servers(uint32_t n, uint8_t sockets, uint32_t questions)
{
	struct radius_params *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	radius_params_default(p);
	p->server_n = n;
	p->questions = questions;
	for (uint32_t i = 0; i < n; i++) {
		struct radius_server_params *s = &p->server[i];

		radius_server_default(s);
		(void)secret_set(&s->secret, "xyzzy", 5);
		s->ports = sockets;
		s->at[RADIUS_AUTH] = (struct endpoint){
			ipaddr_v4(0x0a000001 + i), 1812 };
		if (i == 0)
			s->at[RADIUS_ACCT] = (struct endpoint){
				ipaddr_v4(0x0a000001 + i), 1813 };
	}
	return p;
}

static void
client_is(uint32_t n, uint8_t sockets, uint32_t questions, uint32_t all)
{
	struct radius_params *p = servers(n, sockets, questions);
	struct heap_claim c = { .want = "radius questions" };
	struct radius_client *r;
	struct rng rng;

	rng_seeded(&rng, 1);
	assert_int_equal(radius_client_sockets(p), all);
	radius_client_bounds(p, heap_claim_row, &c);
	assert_int_equal(c.found.count, questions);
	heap_watch();
	r = radius_client_new(p, &rng, NULL);
	assert_non_null(r);
	assert_int_equal(heap_live(), c.bytes);
	radius_client_free(r);
	assert_int_equal(heap_live(), 0);
	free(p);
}

static void
client(void **state)
{
	(void)state;
	client_is(1, 1, 16, 2);		/* both services */
	client_is(3, 4, 100, 16);	/* one of them with both */
	client_is(0, 1, 5, 0);
}

static void
acct(void **state)
{
	struct heap_claim c = { .bytes = 0 };
	struct acct_params p;
	struct acct *a;
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 1);
	acct_params_default(&p);
	p.records = 77;
	p.bytes = 100000;
	acct_bounds(&p, heap_claim_row, &c);
	heap_watch();
	a = acct_new(&p, &rng, NULL);
	assert_non_null(a);
	assert_int_equal(heap_live(), c.bytes);
	acct_free(a);
	assert_int_equal(heap_live(), 0);
}

static void
dae(void **state)
{
	struct heap_claim c = { .want = "radius coa remembered" };
	struct dae_params *p = calloc(1, sizeof(*p));
	struct dae *d;
	struct rng rng;

	(void)state;
	assert_non_null(p);
	rng_seeded(&rng, 1);
	dae_params_default(p);
	p->remember = 100;
	p->questions = 7;
	dae_bounds(p, heap_claim_row, &c);
	assert_int_equal(c.found.count, 100);
	heap_watch();
	d = dae_new(p, &rng, NULL);
	assert_non_null(d);
	assert_int_equal(heap_live(), c.bytes);
	dae_free(d);
	assert_int_equal(heap_live(), 0);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client),
		cmocka_unit_test(acct),
		cmocka_unit_test(dae),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
