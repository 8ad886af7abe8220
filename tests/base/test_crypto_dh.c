/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Diffie-Hellman: RFC 5903 §8, MODP values computed from the groups'
 * definitions, and everything a peer may send that is not a public value.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "tests/base/hex.h"
#include "tests/base/modp.h"

static const enum dh_group all[] = {
	DH_MODP1024, DH_MODP1536, DH_MODP2048, DH_MODP3072, DH_MODP4096,
	DH_ECP256, DH_ECP384, DH_ECP521
};

#define ALL	(sizeof(all) / sizeof(all[0]))
#define PRIMES	(sizeof(modp_primes) / sizeof(modp_primes[0]))

/* A generator that hands out what the test wrote down, then fails. */
struct script {
	struct rng rng;		/* first: the functions get its address */
	const uint8_t *p;
	size_t left;
};

static bool
script_fill(struct rng *r, void *dst, size_t n)
{
	struct script *s = (struct script *)(void *)r;

	if (n > s->left) {
		memset(dst, 0, n);
		return false;
	}
	memcpy(dst, s->p, n);
	s->p += n;
	s->left -= n;
	return true;
}

static struct script
script(const uint8_t *p, size_t n)
{
	return (struct script){ { .fill = script_fill }, p, n };
}

static void
sizes_and_names(void **state)
{
	static const size_t want[ALL][3] = {	/* public, private, shared */
		{ 128, 24, 128 }, { 192, 28, 192 }, { 256, 32, 256 },
		{ 384, 40, 384 }, { 512, 48, 512 },
		{ 64, 32, 32 }, { 96, 48, 48 }, { 132, 66, 66 },
	};
	unsigned known = 0;

	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		assert_int_equal(dh_public_size(all[i]), want[i][0]);
		assert_int_equal(dh_private_size(all[i]), want[i][1]);
		assert_int_equal(dh_shared_size(all[i]), want[i][2]);
		assert_true(want[i][0] <= DH_PUBLIC_MAX);
		assert_true(want[i][1] <= DH_PRIVATE_MAX);
		assert_true(want[i][2] <= DH_SHARED_MAX);
		assert_string_not_equal(dh_str(all[i]), "unknown");
	}
	for (unsigned g = 0; g < 70000; g++)
		known += dh_known(g);
	assert_int_equal(known, ALL);
	assert_true(dh_known(14));
	assert_string_equal(dh_str(DH_ECP384), "ecp384");
}

static void
unknown_group(void **state)
{
	enum dh_group none = (enum dh_group)1;
	struct rng rng;
	uint8_t b[DH_PUBLIC_MAX] = { 0 };

	(void)state;
	rng_seeded(&rng, 1);
	assert_int_equal(dh_public_size(none), 0);
	assert_int_equal(dh_private_size(none), 0);
	assert_int_equal(dh_shared_size(none), 0);
	assert_string_equal(dh_str(none), "unknown");
	assert_false(dh_make(none, &rng, b, b));
	assert_false(dh_share(none, b, rd_make(b, 128), b));
	assert_false(dh_public_ok(none, rd_make(b, 0)));
}

static const struct ecp_vector {	/* RFC 5903 §8.1, §8.2, §8.3 */
	enum dh_group group;
	const char *i, *gi, *r, *gr, *girx;
} ecp_vectors[] = {
	{ DH_ECP256,
	    "C88F01F5 10D9AC3F 70A292DA A2316DE5 44E9AAB8 AFE84049 C62A9C57"
	    "862D1433",
	    "DAD0B653 94221CF9 B051E1FE CA5787D0 98DFE637 FC90B9EF 945D0C37"
	    "72581180"
	    "5271A046 1CDB8252 D61F1C45 6FA3E59A B1F45B33 ACCF5F58 389E0577"
	    "B8990BB3",
	    "C6EF9C5D 78AE012A 011164AC B397CE20 88685D8F 06BF9BE0 B283AB46"
	    "476BEE53",
	    "D12DFB52 89C8D4F8 1208B702 70398C34 2296970A 0BCCB74C 736FC755"
	    "4494BF63"
	    "56FBF3CA 366CC23E 8157854C 13C58D6A AC23F046 ADA30F83 53E74F33"
	    "039872AB",
	    "D6840F6B 42F6EDAF D13116E0 E1256520 2FEF8E9E CE7DCE03 812464D0"
	    "4B9442DE" },
	{ DH_ECP384,
	    "099F3C70 34D4A2C6 99884D73 A375A67F 7624EF7C 6B3C0F16 0647B674"
	    "14DCE655 E35B5380 41E649EE 3FAEF896 783AB194",
	    "667842D7 D180AC2C DE6F74F3 7551F557 55C7645C 20EF73E3 1634FE72"
	    "B4C55EE6 DE3AC808 ACB4BDB4 C88732AE E95F41AA"
	    "9482ED1F C0EEB9CA FC498462 5CCFC23F 65032149 E0E144AD A0241815"
	    "35A0F38E EB9FCFF3 C2C947DA E69B4C63 4573A81C",
	    "41CB0779 B4BDB85D 47846725 FBEC3C94 30FAB46C C8DC5060 855CC9BD"
	    "A0AA2942 E0308312 916B8ED2 960E4BD5 5A7448FC",
	    "E558DBEF 53EECDE3 D3FCCFC1 AEA08A89 A987475D 12FD950D 83CFA417"
	    "32BC509D 0D1AC43A 0336DEF9 6FDA41D0 774A3571"
	    "DCFBEC7A ACF31964 72169E83 8430367F 66EEBE3C 6E70C416 DD5F0C68"
	    "759DD1FF F83FA401 42209DFF 5EAAD96D B9E6386C",
	    "11187331 C279962D 93D60424 3FD592CB 9D0A926F 422E4718 7521287E"
	    "7156C5C4 D6031355 69B9E9D0 9CF5D4A2 70F59746" },
	{ DH_ECP521,
	    "0037ADE9 319A89F4 DABDB3EF 411AACCC A5123C61 ACAB57B5 393DCE47"
	    "608172A0 95AA85A3 0FE1C295 2C6771D9 37BA9777 F5957B26 39BAB072"
	    "462F68C2 7A57382D 4A52",
	    "0015417E 84DBF28C 0AD3C278 713349DC 7DF153C8 97A1891B D98BAB43"
	    "57C9ECBE E1E3BF42 E00B8E38 0AEAE57C 2D107564 94188594 2AF5A7F4"
	    "601723C4 195D176C ED3E"
	    "017CAE20 B6641D2E EB695786 D8C94614 6239D099 E18E1D5A 514C739D"
	    "7CB4A10A D8A78801 5AC405D7 799DC75E 7B7D5B6C F2261A6A 7F150743"
	    "8BF01BEB 6CA3926F 9582",
	    "0145BA99 A847AF43 793FDD0E 872E7CDF A16BE30F DC780F97 BCCC3F07"
	    "8380201E 9C677D60 0B343757 A3BDBF2A 3163E4C2 F869CCA7 458AA4A4"
	    "EFFC311F 5CB15168 5EB9",
	    "00D0B397 5AC4B799 F5BEA16D 5E13E9AF 971D5E9B 984C9F39 728B5E57"
	    "39735A21 9B97C356 436ADC6E 95BB0352 F6BE64A6 C2912D4E F2D0433C"
	    "ED2B6171 640012D9 460F"
	    "015C6822 6383956E 3BD066E7 97B623C2 7CE0EAC2 F551A10C 2C724D98"
	    "52077B87 220B6536 C5C408A1 D2AEBB8E 86D678AE 49CB5709 1F473229"
	    "6579AB44 FCD17F0F C56A",
	    "01144C7D 79AE6956 BC8EDB8E 7C787C45 21CB086F A64407F9 7894E5E6"
	    "B2D79B04 D1427E73 CA4BAA24 0A347868 59810C06 B3C715A3 A8CC3151"
	    "F2BEE417 996D19F3 DDEA" },
};

static void
rfc5903_vectors(void **state)
{
	uint8_t want[66], priv[66], pub_i[132], pub_r[132], shared[66];

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		const struct ecp_vector *v = &ecp_vectors[k];
		size_t n = dh_public_size(v->group);
		struct script s;

		s = script(want, hex_read(v->r, want, sizeof(want)));
		assert_true(dh_make(v->group, &s.rng, priv, pub_r));
		assert_hex(pub_r, n, v->gr);
		s = script(want, hex_read(v->i, want, sizeof(want)));
		assert_true(dh_make(v->group, &s.rng, priv, pub_i));
		assert_hex(priv, dh_private_size(v->group), v->i);
		assert_hex(pub_i, n, v->gi);
		assert_true(dh_share(v->group, priv, rd_make(pub_r, n),
		    shared));
		assert_hex(shared, dh_shared_size(v->group), v->girx);
		(void)hex_read(v->r, priv, sizeof(priv));
		assert_true(dh_share(v->group, priv, rd_make(pub_i, n),
		    shared));
		assert_hex(shared, dh_shared_size(v->group), v->girx);
	}
}

static void
assert_sha256(const uint8_t *p, size_t n, const char *want)
{
	struct rd in = rd_make(p, n);
	uint8_t sum[HASH_MAX];

	assert_true(hash_sum(HASH_SHA256, &in, 1, sum));
	assert_hex(sum, 32, want);
}

static void
modp_values(void **state)
{
	uint8_t a[48], b[48], priv[48], pub[512], shared[512];

	(void)state;
	for (size_t k = 0; k < PRIMES; k++) {
		const struct modp_vector *v = &modp_vectors[k];
		size_t n = dh_public_size(v->group);
		struct script s;

		s = script(a, hex_read(v->a, a, sizeof(a)));
		assert_true(dh_make(v->group, &s.rng, priv, pub));
		assert_memory_equal(priv, a, dh_private_size(v->group));
		assert_sha256(pub, n, v->pub);
		(void)hex_read(v->b, b, sizeof(b));
		assert_true(dh_share(v->group, b, rd_make(pub, n), shared));
		assert_sha256(shared, n, v->shared);
	}
}

/* The top bit of a MODP exponent is always set: RFC 3526 §8 asks its length. */
static void
modp_exponent_has_full_length(void **state)
{
	static const uint8_t zeros[48];
	struct script s = script(zeros, sizeof(zeros));
	uint8_t priv[48], pub[512];

	(void)state;
	assert_true(dh_make(DH_MODP4096, &s.rng, priv, pub));
	assert_int_equal(priv[0], 0x80);
}

static void
both_sides_agree(void **state)
{
	struct rng rng;
	uint8_t a[66], b[66], pa[512], pb[512], sa[512], sb[512];

	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		size_t n = dh_public_size(all[i]);

		rng_seeded(&rng, i);
		for (int round = 0; round < 3; round++) {
			assert_true(dh_make(all[i], &rng, a, pa));
			assert_true(dh_make(all[i], &rng, b, pb));
			assert_memory_not_equal(pa, pb, n);
			assert_true(dh_public_ok(all[i], rd_make(pa, n)));
			assert_true(dh_share(all[i], a, rd_make(pb, n), sa));
			assert_true(dh_share(all[i], b, rd_make(pa, n), sb));
			assert_memory_equal(sa, sb, dh_shared_size(all[i]));
		}
	}
}

static void
a_seeded_run_repeats(void **state)
{
	struct rng r1, r2;
	uint8_t a[66], b[66], pa[512], pb[512];

	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		rng_seeded(&r1, 99);
		rng_seeded(&r2, 99);
		assert_true(dh_make(all[i], &r1, a, pa));
		assert_true(dh_make(all[i], &r2, b, pb));
		assert_memory_equal(a, b, dh_private_size(all[i]));
		assert_memory_equal(pa, pb, dh_public_size(all[i]));
	}
}

/* p + d for a small d; false if it does not fit any more. */
static bool
add(uint8_t *b, size_t n, int d)
{
	for (size_t i = n; i-- > 0 && d != 0; ) {
		int v = b[i] + d;

		b[i] = (uint8_t)(v & 0xff);
		d = v < 0 ? -1 : v >> 8;
	}
	return d == 0;
}

/* N-10: only 1 < y < p - 1 of exactly the group's length is a public value. */
static void
n10_modp_public_value_range(void **state)
{
	uint8_t b[DH_PUBLIC_MAX + 1], priv[48] = { 0x80 }, out[DH_SHARED_MAX];

	(void)state;
	for (size_t k = 0; k < PRIMES; k++) {
		enum dh_group g = modp_primes[k].group;
		size_t n = dh_public_size(g);

		for (int d = -3; d <= 3; d++) {
			assert_int_equal(hex_read(modp_primes[k].p, b,
			    sizeof(b)), n);
			assert_true(add(b, n, d));
			assert_int_equal(dh_public_ok(g, rd_make(b, n)),
			    d < -1);
			assert_int_equal(dh_share(g, priv, rd_make(b, n), out),
			    d < -1);
		}
		for (int y = 0; y < 5; y++) {
			memset(b, 0, sizeof(b));
			b[n - 1] = (uint8_t)y;
			assert_int_equal(dh_public_ok(g, rd_make(b, n)), y > 1);
			assert_int_equal(dh_share(g, priv, rd_make(b, n), out),
			    y > 1);
		}
		memset(b, 0xff, sizeof(b));
		assert_false(dh_public_ok(g, rd_make(b, n)));
	}
}

static void
n10_wrong_length(void **state)
{
	struct rng rng;
	uint8_t priv[66], pub[DH_PUBLIC_MAX + 2] = { 0 }, out[DH_SHARED_MAX];

	(void)state;
	rng_seeded(&rng, 3);
	for (size_t i = 0; i < ALL; i++) {
		size_t n = dh_public_size(all[i]);
		struct rd bad = rd_make(pub, n);

		assert_true(dh_make(all[i], &rng, priv, pub));
		for (size_t len = 0; len <= sizeof(pub); len++) {
			assert_int_equal(dh_public_ok(all[i],
			    rd_make(pub, len)), len == n);
			if (len != n)
				assert_false(dh_share(all[i], priv,
				    rd_make(pub, len), out));
		}
		bad.bad = true;
		assert_false(dh_public_ok(all[i], bad));
		assert_false(dh_share(all[i], priv, bad, out));
	}
}

/* RFC 5903 §9: a point that is not on the curve would leak the private key. */
static void
n10_ecp_off_the_curve(void **state)
{
	static const char *const p[3] = {	/* RFC 5903 §3 */
		"FFFFFFFF000000010000000000000000"
		"00000000FFFFFFFFFFFFFFFFFFFFFFFF",
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
		"FFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF",
		"01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
		"FFFFFFFFFFFFFFFFFFFF"
	};
	struct rng rng;
	uint8_t priv[66], pub[132], out[66], field[66];

	(void)state;
	rng_seeded(&rng, 4);
	for (size_t k = 0; k < 3; k++) {
		enum dh_group g = ecp_vectors[k].group;
		size_t n = dh_public_size(g);
		size_t m = hex_read(p[k], field, sizeof(field));

		assert_int_equal(m, n / 2);
		assert_true(dh_make(g, &rng, priv, pub));
		for (size_t bit = 0; bit < 8 * n; bit++) {
			pub[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(dh_public_ok(g, rd_make(pub, n)));
			if (bit % 37 == 0)
				assert_false(dh_share(g, priv, rd_make(pub, n),
				    out));
			pub[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_true(dh_public_ok(g, rd_make(pub, n)));
		/* Infinity has no coordinates; 0, 0 is no point. */
		memset(pub, 0, n);
		assert_false(dh_public_ok(g, rd_make(pub, n)));
		/* Coordinates are numbers below p, not classes modulo p. */
		memcpy(pub, field, m);
		assert_false(dh_public_ok(g, rd_make(pub, n)));
		memset(pub, 0xff, n);
		assert_false(dh_public_ok(g, rd_make(pub, n)));
	}
}

/* x = 0 is on P-256; x = p means the same number and must be refused. */
static void
ecp_coordinate_not_reduced(void **state)
{
	uint8_t pub[64];

	(void)state;
	(void)hex_read("00000000000000000000000000000000"
	    "00000000000000000000000000000000"
	    "66485c780e2f83d72433bd5d84a06bb6"
	    "541c2af31dae871728bf856a174f93f4", pub, sizeof(pub));
	assert_true(dh_public_ok(DH_ECP256, rd_make(pub, 64)));
	(void)hex_read("FFFFFFFF000000010000000000000000"
	    "00000000FFFFFFFFFFFFFFFFFFFFFFFF", pub, sizeof(pub));
	assert_false(dh_public_ok(DH_ECP256, rd_make(pub, 64)));
}

/* RFC 5903 §3.1: the order of P-256. */
static const char order256[] =
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";

/* Numbers that are no private key are drawn again, not reduced. */
static void
ecp_draws_again(void **state)
{
	uint8_t b[4 * 32], priv[32], pub[64];
	struct script s = script(b, sizeof(b));

	(void)state;
	memset(b, 0, 32);
	memset(b + 32, 0xff, 32);
	(void)hex_read(order256, b + 64, 32);
	(void)hex_read(ecp_vectors[0].i, b + 96, 32);
	assert_true(dh_make(DH_ECP256, &s.rng, priv, pub));
	assert_int_equal(s.left, 0);
	assert_hex(pub, 64, ecp_vectors[0].gi);
	/* The largest of all: n - 1 gives the base point with -y. */
	(void)hex_read(order256, b, 32);
	b[31]--;
	s = script(b, 32);
	assert_true(dh_make(DH_ECP256, &s.rng, priv, pub));
	assert_hex(pub, 32,
	    "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296");
}

/* A key of a foreign make that is no key: no secret at infinity. */
static void
ecp_private_key_zero(void **state)
{
	uint8_t priv[32] = { 0 }, pub[64], out[32];

	(void)state;
	(void)hex_read(ecp_vectors[0].gi, pub, sizeof(pub));
	assert_false(dh_share(DH_ECP256, priv, rd_make(pub, 64), out));
	(void)hex_read(order256, priv, sizeof(priv));
	assert_false(dh_share(DH_ECP256, priv, rd_make(pub, 64), out));
}

static void
random_source_fails(void **state)
{
	static const uint8_t zeros[4096];
	uint8_t priv[66], pub[512];

	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct script s = script(zeros, 0);

		memset(priv, 7, sizeof(priv));
		assert_false(dh_make(all[i], &s.rng, priv, pub));
		for (size_t k = 0; k < dh_private_size(all[i]); k++)
			assert_int_equal(priv[k], 0);
	}
	/* Stuck at zero: ends, after a bounded number of draws. */
	for (size_t i = 5; i < ALL; i++) {
		struct script s = script(zeros, sizeof(zeros));

		assert_false(dh_make(all[i], &s.rng, priv, pub));
	}
}

static void *
one_thread(void *arg)
{
	uint8_t a[66], b[66], pa[512], pb[512], sa[512], sb[512];
	struct rng rng;
	bool *ok = arg;

	rng_seeded(&rng, 5);
	*ok = dh_make(DH_MODP1024, &rng, a, pa) &&
	    dh_make(DH_MODP1024, &rng, b, pb) &&
	    dh_share(DH_MODP1024, a, rd_make(pb, 128), sa) &&
	    dh_share(DH_MODP1024, b, rd_make(pa, 128), sb) &&
	    memcmp(sa, sb, 128) == 0;
	return NULL;
}

static void
threads(void **state)
{
	pthread_t t[4];
	bool ok[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, one_thread,
		    &ok[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_true(ok[i]);
	}
}

/*
 * RFC 2409 §5: values shorter than the group are padded with zeroes in front;
 * one in 256 is.  Without the padding none would begin with a zero.
 */
static void
r27_zeroes_in_front(void **state)
{
	size_t n = dh_public_size(DH_MODP1024);
	bool pub_short = false, shared_short = false;
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 27);
	for (int i = 0; i < 4000 && !(pub_short && shared_short); i++) {
		uint8_t pa[48], pb[48], a[512], b[512], sa[512], sb[512];

		assert_true(dh_make(DH_MODP1024, &rng, pa, a));
		assert_true(dh_make(DH_MODP1024, &rng, pb, b));
		assert_true(dh_share(DH_MODP1024, pa, rd_make(b, n), sa));
		assert_true(dh_share(DH_MODP1024, pb, rd_make(a, n), sb));
		assert_memory_equal(sa, sb, n);
		pub_short = pub_short || a[0] == 0;
		shared_short = shared_short || sa[0] == 0;
	}
	assert_true(pub_short);
	assert_true(shared_short);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_names),
		cmocka_unit_test(unknown_group),
		cmocka_unit_test(rfc5903_vectors),
		cmocka_unit_test(modp_values),
		cmocka_unit_test(modp_exponent_has_full_length),
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(a_seeded_run_repeats),
		cmocka_unit_test(n10_modp_public_value_range),
		cmocka_unit_test(n10_wrong_length),
		cmocka_unit_test(n10_ecp_off_the_curve),
		cmocka_unit_test(ecp_coordinate_not_reduced),
		cmocka_unit_test(ecp_draws_again),
		cmocka_unit_test(ecp_private_key_zero),
		cmocka_unit_test(r27_zeroes_in_front),
		cmocka_unit_test(random_source_fails),
		cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
