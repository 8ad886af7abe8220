/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lns_bounds() tells what the concentrator takes, engines included: at birth
 * all but the links, to the byte, and with as many phones as may be logged in
 * those, too.  One more phone is refused.
 */

#include "tests/heap.h"
#include "tests/lns/rig.h"

#define PHONES	5

static struct heap_claim
claims(const struct rig *r, const char *without, const char *want)
{
	struct heap_claim c = { .without = without, .want = want };

	lns_bounds(&r->p, heap_claim_row, &c);
	return c;
}

/* For so many phones and no more. */
static struct rig *
rig_full(uint32_t phones)
{
	struct rig *r = rig_new(phones + 1);

	r->p.paths = r->p.sessions = phones;
	r->p.ike.limits.peers = r->p.ike.limits.children = phones;
	r->p.l2tp.tunnels = r->p.l2tp.sessions = phones;
	return r;
}

static void
at_birth(void **state)
{
	struct rig *r = rig_full(PHONES);

	(void)state;
	heap_watch();
	r->l = lns_new(&r->p, &r->rng, &r->drops, &rig_ops, r->dp);
	assert_non_null(r->l);
	assert_int_equal(heap_live(), claims(r, "ppp links", NULL).bytes);
	lns_free(r->l);
	assert_int_equal(heap_live(), 0);
	r->l = NULL;
	rig_free(r);
}

/* With servers, records and requests from outside. */
static void
at_birth_with_radius(void **state)
{
	struct rig *r = rig_full(PHONES);
	struct radius_params *p = &r->p.radius;
	struct dae_source *from = &r->p.dae.source[0];

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		radius_server_default(&p->server[i]);
		p->server[i].transport = i == 0 ? RADIUS_UDP : RADIUS_TLS;
		p->server[i].at[RADIUS_AUTH] = (struct endpoint){
			ipaddr_v4(0x0a000001), 1812 };
		p->server[i].at[RADIUS_ACCT] = p->server[i].at[RADIUS_AUTH];
		assert_true(secret_set(&p->server[i].secret, "secret", 6));
	}
	p->server_n = 2;
	from->addr = ipaddr_v4(0x0a000001);
	from->bits = 32;
	assert_true(secret_set(&from->secret, "secret", 6));
	r->p.dae.source_n = 1;
	heap_watch();
	r->l = lns_new(&r->p, &r->rng, &r->drops, &rig_ops, r->dp);
	assert_non_null(r->l);
	assert_int_equal(heap_live(), claims(r, "ppp links", NULL).bytes);
	lns_free(r->l);
	assert_int_equal(heap_live(), 0);
	r->l = NULL;
	rig_free(r);
}

/*
 * The phones' ends of the links are as large, and are counted with ours.  What
 * OpenSSL keeps from one login to the next has come by the second one.
 */
static void
full(void **state)
{
	struct rig *r = rig_full(PHONES);
	struct heap_claim c = claims(r, NULL, "ppp links");
	size_t mail, first, links;
	struct show_status s;

	(void)state;
	rig_start(r);
	rig_login(r, 0);
	mail = r->q_cap;
	heap_watch();
	rig_login(r, 1);
	first = heap_live();
	for (uint32_t i = 2; i < PHONES; i++)
		rig_login(r, i);
	assert_int_equal(r->q_cap, mail);
	links = heap_live() - first;
	show_status(r->l, &s);
	assert_int_equal(s.sessions, claims(r, NULL, "lns sessions").found.count);
	assert_int_equal(s.paths, claims(r, NULL, "lns paths").found.count);
	assert_int_equal(s.peers, claims(r, NULL, "ike peers").found.count);
	assert_int_equal(s.children, claims(r, NULL, "ike children").found.count);
	assert_int_equal(c.found.count, PHONES);
	assert_int_equal(links * PHONES, 2 * c.found.bytes * (PHONES - 2));
	rig_dial(r, PHONES);
	rig_run(r, 60000);
	assert_false(r->phone[PHONES].up);
	show_status(r->l, &s);
	assert_int_equal(s.sessions, PHONES);
	rig_free(r);
}

/* Each row follows from what was configured. */
static void
follows(void **state)
{
	struct rig *r = rig_full(PHONES);
	struct heap_claim a = claims(r, NULL, "lns attempts"), b;

	(void)state;
	r->p.attempts_kept += 100;
	b = claims(r, NULL, "lns attempts");
	assert_int_equal(b.found.count, a.found.count + 100);
	assert_int_equal(b.found.bytes * a.found.count,
	    a.found.bytes * b.found.count);
	assert_int_equal(b.bytes - a.bytes, b.found.bytes - a.found.bytes);
	assert_int_equal(a.rows, b.rows);
	r->p.pool_n = 0;
	assert_int_equal(claims(r, NULL, "lns addresses").found.bytes, 0);
	r->p.attempts_kept = 0;		/* one is kept all the same */
	assert_int_equal(claims(r, NULL, "lns attempts").found.count, 1);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_birth),
		cmocka_unit_test(at_birth_with_radius),
		cmocka_unit_test(full),
		cmocka_unit_test(follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
