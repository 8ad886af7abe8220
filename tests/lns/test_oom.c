/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory runs out: at each allocation of making and thawing, and at a call. */

#include "tests/lns/radius_rig.h"

static long allowed = -1;	/* -1: no limit */

void	*calloc(size_t, size_t);

/* Instead of the library's, for everything linked into this program. */
void *
calloc(size_t n, size_t size)
{
	void *p;

	if (allowed == 0)
		return NULL;
	if (allowed > 0)
		allowed--;
	if (size > 0 && n > SIZE_MAX / size)
		return NULL;
	p = malloc(n * size);
	if (p != NULL)
		explicit_bzero(p, n * size);
	return p;
}

static void
making(void **state)
{
	struct rig *r = rig_new(1);
	long n = 0;

	(void)state;
	r->p.attempts_kept = 0;		/* one is kept all the same */
	for (; r->l == NULL; n++) {
		assert_true(n < 1000);
		allowed = n;
		r->l = lns_new(&r->p, &r->rng, &r->drops, &rig_ops, r->dp);
		allowed = -1;
	}
	assert_true(n > 30);
	rig_login(r, 0);
	rig_free(r);
}

static void
thawing(void **state)
{
	struct rig *r = rig_begin(1);
	struct lns *l = NULL;
	uint8_t *b;
	struct wr w;

	(void)state;
	rig_login(r, 0);
	b = malloc(lns_frozen_size(r->l));
	w = wr_make(b, lns_frozen_size(r->l));
	lns_freeze(r->l, &w);
	for (long n = 0; l == NULL; n++) {
		struct rd rd = wr_out(&w);

		assert_true(n < 1000);
		allowed = n;
		l = lns_thaw(&r->p, &r->rng, &r->drops, &rig_ops, r->dp, &rd);
		allowed = -1;
	}
	lns_free(r->l);
	r->l = l;
	free(b);
	lns_shutdown(r->l, r->now);
	rig_run(r, 5000);
	rig_expect_empty(r);
	rig_free(r);
}

/* With RADIUS client, accounting queue and CoA. */
static void
making_with_radius(void **state)
{
	struct rig *r = servers_new(1);
	long n = 0;

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	for (; r->l == NULL; n++) {
		assert_true(n < 1000);
		allowed = n;
		r->l = lns_new(&r->p, &r->rng, &r->drops, &rig_ops, r->dp);
		allowed = -1;
	}
	assert_true(n > 40);
	rig_login(r, 0);
	servers_end(r);
}

static void
thawing_with_radius(void **state)
{
	struct rig *r = servers_new(1);
	struct lns *l = NULL;
	uint8_t *b;
	struct wr w;

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	rig_login(r, 0);
	b = malloc(lns_frozen_size(r->l));
	w = wr_make(b, lns_frozen_size(r->l));
	lns_freeze(r->l, &w);
	for (long n = 0; l == NULL; n++) {
		struct rd rd = wr_out(&w);

		assert_true(n < 1000);
		allowed = n;
		l = lns_thaw(&r->p, &r->rng, &r->drops, &rig_ops, r->dp, &rd);
		allowed = -1;
	}
	lns_free(r->l);
	r->l = l;
	free(b);
	lns_shutdown(r->l, r->now);
	rig_run(r, 10000);
	rig_expect_empty(r);
	assert_int_equal(servers_count(r, REQUEST_STOP), 1);
	servers_end(r);
}

/* The link of a call: refused politely, nothing is left of it. */
static bool
short_at_icrq(struct rig *r, const struct mail *m)
{
	(void)r;
	allowed = m->way == TO_L2TP && m->n > 20 && m->b[19] == 10 ? 0 : -1;
	return false;
}

static void
calling(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = short_at_icrq;
	rig_dial(r, 0);
	rig_run(r, 500);
	allowed = -1;
	rig_expect_refused(r, "out of resources");
	assert_int_equal(r->dp->sessions, 0);
	assert_int_equal(r->phone[0].got[MSG_CDN], 1);
	r->phone[0].deaf = true;
	rig_run(r, 400000);
	rig_expect_empty(r);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(making),
		cmocka_unit_test(thawing),
		cmocka_unit_test(making_with_radius),
		cmocka_unit_test(thawing_with_radius),
		cmocka_unit_test(calling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
