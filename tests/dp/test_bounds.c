/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dp_bounds() tells what the data plane takes.  Its tables are compared to the
 * byte; what is made once has the ciphers' contexts on top, which are
 * OpenSSL's, and the heads of liburcu's tables.
 */

#include "tests/dp/rig.h"
#include "tests/heap.h"

#define SAS	20
#define SESSIONS	12
#define ROUTES		(SESSIONS * (DP_ROUTES_MAX + 1))
#define SLACK	(16u << 10)	/* bytes per worker that are not ours */

static struct dp_params
params(struct rng *rng, unsigned workers, uint32_t sas, uint32_t sessions)
{
	rng_seeded(rng, 1);
	return (struct dp_params){ .workers = workers, .sas = sas,
		.sessions = sessions, .routes = ROUTES, .rng = rng };
}

static struct heap_claim
claims(const struct dp_params *p, const char *want)
{
	struct heap_claim c = { .want = want };

	dp_bounds(p, heap_claim_row, &c);
	return c;
}

/* Bytes of a data plane, still empty. */
static size_t
empty(unsigned workers, uint32_t sas, uint32_t sessions)
{
	struct rng rng;
	struct dp_params p = params(&rng, workers, sas, sessions);
	struct dp *dp;
	size_t n;

	heap_watch();
	dp = dp_new(&p);
	assert_non_null(dp);
	n = heap_live();
	dp_free(dp);
	return n;
}

/* An SA of path n, and a session of path 1000 + n: as many paths as can be. */
static bool
add_sa(struct dp *dp, uint32_t n)
{
	struct rig_phone ph;
	bool ok;

	rig_phone_init(&ph, n);
	ph.sa.suite = (struct esp_suite){ ESP_ENC_AES_GCM16, ESP_AUTH_NONE,
		256 };			/* its keys are the largest */
	ok = dp_workers.sa_add(dp, &ph.sa);
	rig_phone_wipe(&ph);
	return ok;
}

/* With all the routes, the network and the policy that a session can have. */
static bool
add_sess(struct dp *dp, uint32_t n)
{
	const struct dp_policy rates = { .rx_bps = 1000000,
		.tx_bps = 1000000, .rx_burst = 10000, .tx_burst = 10000 };
	struct rig_phone ph;
	bool ok;

	rig_phone_init(&ph, n);
	ph.sess.path = 1000 + n;
	ok = dp_workers.sess_add(dp, &ph.sess);
	assert_true(ipaddr_parse("2001:db8::", &ph.net.prefix6.addr));
	ph.net.prefix6.addr.b[7] = (uint8_t)n;
	ph.net.prefix6.bits = 64;
	for (; ph.net.route_n < DP_ROUTES_MAX; ph.net.route_n++)
		ph.net.route[ph.net.route_n] = (struct ipnet){
			.addr = ipaddr_v4(0x0a800000 + n * 4096 +
			    ph.net.route_n * 256), .bits = 24 };
	if (ok) {
		assert_true(dp_workers.sess_open(dp, ph.sess.sess, &ph.net));
		assert_true(dp_workers.sess_policy(dp, ph.sess.sess, &rates));
	}
	rig_phone_wipe(&ph);
	return ok;
}

static void
fill_acls(struct dp *dp)
{
	struct acl_rule *r = calloc(ACL_RULES_MAX, sizeof(*r));
	char why[128];

	assert_non_null(r);
	for (uint32_t i = 0; i < ACL_RULES_MAX; i++)
		assert_true(acl_rule_parse("permit both any from any to any",
		    &r[i], why, sizeof(why)));
	for (uint32_t i = 1; i <= DP_ACLS_MAX; i++)
		assert_true(dp_workers.acl_set(dp, i, r, ACL_RULES_MAX));
	free(r);
}

static void
full(void **state)
{
	struct rng rng;
	struct dp_params p = params(&rng, 2, SAS, SESSIONS);
	struct dp *dp;
	size_t before;

	(void)state;
	heap_watch();
	dp = dp_new(&p);
	assert_non_null(dp);
	before = heap_live();
	for (uint32_t i = 0; i < SAS; i++)
		assert_true(add_sa(dp, 1 + i));
	assert_false(add_sa(dp, 1 + SAS));
	for (uint32_t i = 0; i < SESSIONS; i++)
		assert_true(add_sess(dp, 1 + i));
	assert_false(add_sess(dp, 1 + SESSIONS));
	assert_int_equal(claims(&p, "dp SA pairs").found.count, SAS);
	assert_int_equal(claims(&p, "dp sessions").found.count, SESSIONS);
	assert_int_equal(claims(&p, "dp paths").found.count, SAS + SESSIONS);
	fill_acls(dp);
	/* The indexes were there before: six of 64 buckets, one of 128. */
	assert_int_equal(claims(&p, "dp routes").found.count, ROUTES);
	assert_int_equal(heap_live() - before + (6 * 64 + 128) * 16 +
	    ROUTES * sizeof(void *),
	    claims(&p, "dp SA pairs").found.bytes +
	    claims(&p, "dp paths").found.bytes +
	    claims(&p, "dp sessions").found.bytes +
	    claims(&p, "dp routes").found.bytes +
	    claims(&p, "dp access rules").found.bytes);
	dp_free(dp);
}

/* More room: the indexes grow, and nothing else. */
static void
indexes(void **state)
{
	struct rng rng;
	struct dp_params a = params(&rng, 1, 100, 300);
	struct dp_params b = params(&rng, 1, 200, 1200);
	size_t per_sa, per_sess, per_path, objects;

	(void)state;
	(void)empty(1, 16, 16);		/* what libraries make once */
	per_sa = claims(&a, "dp SA pairs").found.bytes - 2 * 128 * 16;
	per_sess = claims(&a, "dp sessions").found.bytes - 3 * 512 * 16;
	per_path = claims(&a, "dp paths").found.bytes - 128 * 16;
	objects = per_sa / 100 * 100 + per_sess / 300 * 900 +
	    per_path / 400 * 1000;
	assert_int_equal(empty(1, 200, 1200) - empty(1, 100, 300),
	    claims(&b, NULL).bytes - claims(&a, NULL).bytes - objects);
}

static void
made_once(void **state)
{
	struct rng rng;

	(void)state;
	if (HEAP_NO_ALIGNED)
		skip();
	for (unsigned w = 1; w <= 3; w++) {
		struct dp_params p = params(&rng, w, 64, 64);
		size_t has, fixed;

		fixed = claims(&p, "dp engine").found.bytes +
		    claims(&p, "dp workers").found.bytes +
		    claims(&p, "dp rings").found.bytes +
		    (6 * 64 + 128) * 16 + ROUTES * sizeof(void *);
		has = empty(w, 64, 64);
		assert_true(has >= fixed);
		assert_true(has <= fixed + w * SLACK);
	}
}

/* Rings of other sizes: to the byte. */
static void
rings(void **state)
{
	struct rng rng;
	struct dp_params a = params(&rng, 2, 64, 64), b = a;
	struct dp *dp;
	size_t with_a, with_b;

	(void)state;
	a.punt_bytes = a.ike_bytes = a.send_bytes = a.over_bytes = 4096;
	b.punt_bytes = 5000;
	b.over_bytes = 100;
	heap_watch();
	dp = dp_new(&a);
	with_a = heap_live();
	dp_free(dp);
	heap_watch();
	a.rng = b.rng = &rng;
	rng_seeded(&rng, 1);
	b.ike_bytes = b.send_bytes = 4096;
	dp = dp_new(&b);
	with_b = heap_live();
	dp_free(dp);
	assert_int_equal(claims(&a, "dp rings").found.count, 8);
	assert_int_equal(with_b - with_a,
	    claims(&b, NULL).bytes - claims(&a, NULL).bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full),
		cmocka_unit_test(indexes),
		cmocka_unit_test(made_once),
		cmocka_unit_test(rings),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
