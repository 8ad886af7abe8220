/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Diffie-Hellman for IKE: MODP (RFC 2409, 3526) and ECP (RFC 5903) groups.
 *
 * Private keys are plain bytes from the injected generator, so a seeded run
 * repeats.  MODP exponents are short, at least twice the group's strength
 * (RFC 3526 §8), with the top bit set: the time of an exponentiation depends
 * on the group only.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "base/crypto_int.h"
#include "base/secret.h"

#define GROUPS		8
#define DRAWS_MAX	128	/* each fails with less than 1/2 */

struct group {
	enum dh_group id;
	const char *name;
	size_t pub;		/* bytes */
	size_t priv;		/* bytes */
	size_t shared;		/* bytes */
	BIGNUM *(*prime)(BIGNUM *);	/* MODP */
	int nid;			/* ECP */
	uint8_t top_mask;	/* ECP: bits of the first private byte */
};

/* clang-format off */
static const struct group groups[GROUPS] = {
	{ DH_MODP1024, "modp1024", 128, 24, 128, BN_get_rfc2409_prime_1024, 0, 0 },
	{ DH_MODP1536, "modp1536", 192, 28, 192, BN_get_rfc3526_prime_1536, 0, 0 },
	{ DH_MODP2048, "modp2048", 256, 32, 256, BN_get_rfc3526_prime_2048, 0, 0 },
	{ DH_MODP3072, "modp3072", 384, 40, 384, BN_get_rfc3526_prime_3072, 0, 0 },
	{ DH_MODP4096, "modp4096", 512, 48, 512, BN_get_rfc3526_prime_4096, 0, 0 },
	{ DH_ECP256, "ecp256", 64, 32, 32, NULL, NID_X9_62_prime256v1, 0xff },
	{ DH_ECP384, "ecp384", 96, 48, 48, NULL, NID_secp384r1, 0xff },
	{ DH_ECP521, "ecp521", 132, 66, 66, NULL, NID_secp521r1, 0x01 },
};
/* clang-format on */

struct ready {			/* a group, ready for use by one thread */
	BIGNUM *p;		/* the field's prime */
	BIGNUM *last;		/* MODP: p - 1; ECP: the order n */
	BN_MONT_CTX *mont;	/* MODP */
	EC_GROUP *ec;		/* ECP */
};

struct crypto_dh {
	BN_CTX *ctx;
	BIGNUM *x, *y, *k, *two;	/* scratch; two is the MODP generator */
	struct ready ready[GROUPS];
};

static void
ready_free(struct ready *r)
{
	BN_free(r->p);
	BN_free(r->last);
	BN_MONT_CTX_free(r->mont);
	EC_GROUP_free(r->ec);
	*r = (struct ready){ 0 };
}

void
crypto_dh_free(struct crypto_dh *d)
{
	if (d == NULL)
		return;
	for (int i = 0; i < GROUPS; i++)
		ready_free(&d->ready[i]);
	BN_clear_free(d->x);
	BN_clear_free(d->y);
	BN_clear_free(d->k);
	BN_free(d->two);
	BN_CTX_free(d->ctx);
	free(d);
}

static struct crypto_dh *
tls_dh(void)
{
	struct crypto_tls *t = crypto_tls();
	struct crypto_dh *d;

	if (t == NULL || t->dh != NULL)
		return t != NULL ? t->dh : NULL;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return NULL;
	d->ctx = BN_CTX_new();
	d->x = BN_new();
	d->y = BN_new();
	d->k = BN_new();
	d->two = BN_new();
	if (d->ctx == NULL || d->x == NULL || d->y == NULL || d->k == NULL ||
	    d->two == NULL || BN_set_word(d->two, 2) != 1) {
		crypto_dh_free(d);
		return NULL;
	}
	BN_set_flags(d->k, BN_FLG_CONSTTIME);
	t->dh = d;
	return d;
}

static bool
ready_modp(struct ready *r, const struct group *g, BN_CTX *ctx)
{
	r->p = g->prime(NULL);
	r->last = BN_new();
	r->mont = BN_MONT_CTX_new();
	return r->p != NULL && r->last != NULL && r->mont != NULL &&
	    BN_sub(r->last, r->p, BN_value_one()) == 1 &&
	    BN_MONT_CTX_set(r->mont, r->p, ctx) == 1;
}

static bool
ready_ecp(struct ready *r, const struct group *g, BN_CTX *ctx)
{
	r->p = BN_new();
	r->last = BN_new();
	r->ec = EC_GROUP_new_by_curve_name(g->nid);
	return r->p != NULL && r->last != NULL && r->ec != NULL &&
	    EC_GROUP_get_curve(r->ec, r->p, NULL, NULL, ctx) == 1 &&
	    EC_GROUP_get_order(r->ec, r->last, ctx) == 1;
}

/* The group's numbers, made on the thread's first use of it. */
static struct ready *
ready_get(struct crypto_dh *d, const struct group *g)
{
	struct ready *r = &d->ready[g - groups];

	if (r->p != NULL)
		return r;
	if (g->prime != NULL ? ready_modp(r, g, d->ctx) :
	    ready_ecp(r, g, d->ctx))
		return r;
	ready_free(r);
	return NULL;
}

static const struct group *
group_find(unsigned id)
{
	for (int i = 0; i < GROUPS; i++) {
		if ((unsigned)groups[i].id == id)
			return &groups[i];
	}
	return NULL;
}

bool
dh_known(unsigned id)
{
	return group_find(id) != NULL;
}

size_t
dh_public_size(enum dh_group id)
{
	const struct group *g = group_find(id);

	return g != NULL ? g->pub : 0;
}

size_t
dh_private_size(enum dh_group id)
{
	const struct group *g = group_find(id);

	return g != NULL ? g->priv : 0;
}

size_t
dh_shared_size(enum dh_group id)
{
	const struct group *g = group_find(id);

	return g != NULL ? g->shared : 0;
}

const char *
dh_str(enum dh_group id)
{
	const struct group *g = group_find(id);

	return g != NULL ? g->name : "unknown";
}

/* Reads n bytes into a number of ours; false when memory is short. */
static bool
number(BIGNUM *to, const uint8_t *b, size_t n)
{
	return BN_bin2bn(b, (int)n, to) != NULL;
}

/*
 * 1 < y < p - 1.  The primes are safe, so nothing but 1 and p - 1 has a small
 * order.  Leaves y in d->y.
 */
static bool
load_modp(struct crypto_dh *d, const struct ready *r, const uint8_t *b,
    size_t n)
{
	return number(d->y, b, n) && BN_cmp(d->y, BN_value_one()) > 0 &&
	    BN_cmp(d->y, r->last) < 0;
}

/* Coordinates in range and on the curve, RFC 5903 §7; NULL if not. */
static EC_POINT *
load_ecp(struct crypto_dh *d, const struct ready *r, const uint8_t *b,
    size_t n)
{
	EC_POINT *q;

	if (!number(d->x, b, n / 2) || !number(d->y, b + n / 2, n / 2) ||
	    BN_cmp(d->x, r->p) >= 0 || BN_cmp(d->y, r->p) >= 0)
		return NULL;
	q = EC_POINT_new(r->ec);
	/* The call itself refuses a point that is not on the curve. */
	if (q != NULL && EC_POINT_set_affine_coordinates(r->ec, q, d->x, d->y,
	    d->ctx) != 1) {
		EC_POINT_free(q);
		return NULL;
	}
	return q;
}

bool
dh_public_ok(enum dh_group id, struct rd peer)
{
	const struct group *g = group_find(id);
	size_t n = rd_left(&peer);
	struct crypto_dh *d;
	struct ready *r;
	EC_POINT *q;

	if (g == NULL || peer.bad || n != g->pub)
		return false;
	d = tls_dh();
	r = d != NULL ? ready_get(d, g) : NULL;
	if (r == NULL)
		return false;
	if (g->prime != NULL)
		return load_modp(d, r, peer.p, n);
	q = load_ecp(d, r, peer.p, n);
	EC_POINT_free(q);
	return q != NULL;
}

/* out = base ^ k mod p. */
static bool
power(struct crypto_dh *d, const struct group *g, const struct ready *r,
    const BIGNUM *base, const uint8_t *priv, uint8_t *out)
{
	bool ok = number(d->k, priv, g->priv) &&
	    BN_mod_exp_mont_consttime(d->x, base, d->k, r->p, d->ctx,
	    r->mont) == 1 &&
	    BN_bn2binpad(d->x, out, (int)g->pub) == (int)g->pub;

	BN_clear(d->k);
	BN_clear(d->x);
	return ok;
}

/*
 * k times q, or times the curve's base point if q is NULL.  Writes x, and
 * after it y if there is `with_y`.  Fails for the point at infinity.
 */
static bool
times(struct crypto_dh *d, const struct group *g, const struct ready *r,
    const EC_POINT *q, const uint8_t *priv, uint8_t *out, bool with_y)
{
	size_t n = g->pub / 2;
	EC_POINT *s = EC_POINT_new(r->ec);
	bool ok = s != NULL && number(d->k, priv, g->priv) &&
	    EC_POINT_mul(r->ec, s, q == NULL ? d->k : NULL, q,
	    q == NULL ? NULL : d->k, d->ctx) == 1 &&
	    EC_POINT_get_affine_coordinates(r->ec, s, d->x, d->y,
	    d->ctx) == 1 && BN_bn2binpad(d->x, out, (int)n) == (int)n &&
	    (!with_y || BN_bn2binpad(d->y, out + n, (int)n) == (int)n);

	EC_POINT_clear_free(s);
	BN_clear(d->k);
	BN_clear(d->x);
	BN_clear(d->y);
	return ok;
}

/* A uniform number in [1, n - 1], by drawing again what lies outside. */
static bool
draw_ecp(struct crypto_dh *d, const struct group *g, const struct ready *r,
    struct rng *rng, uint8_t *priv)
{
	bool ok = false;

	for (int i = 0; i < DRAWS_MAX && !ok; i++) {
		if (!rng_fill(rng, priv, g->priv))
			break;
		priv[0] &= g->top_mask;
		ok = number(d->k, priv, g->priv) && !BN_is_zero(d->k) &&
		    BN_cmp(d->k, r->last) < 0;
	}
	BN_clear(d->k);
	return ok;
}

bool
dh_make(enum dh_group id, struct rng *rng, uint8_t *priv, uint8_t *pub)
{
	const struct group *g = group_find(id);
	struct crypto_dh *d = g != NULL ? tls_dh() : NULL;
	struct ready *r = d != NULL ? ready_get(d, g) : NULL;
	bool ok = false;

	if (r == NULL)
		return false;
	if (g->prime == NULL) {
		ok = draw_ecp(d, g, r, rng, priv) &&
		    times(d, g, r, NULL, priv, pub, true);
	} else if (rng_fill(rng, priv, g->priv)) {
		priv[0] |= 0x80;
		ok = power(d, g, r, d->two, priv, pub);
	}
	if (!ok)
		wipe(priv, g->priv);
	return ok;
}

bool
dh_share(enum dh_group id, const uint8_t *priv, struct rd peer,
    uint8_t *shared)
{
	const struct group *g = group_find(id);
	size_t n = rd_left(&peer);
	struct crypto_dh *d;
	struct ready *r;
	EC_POINT *q;
	bool ok;

	if (g == NULL || peer.bad || n != g->pub)
		return false;
	d = tls_dh();
	r = d != NULL ? ready_get(d, g) : NULL;
	if (r == NULL)
		return false;
	if (g->prime != NULL)
		return load_modp(d, r, peer.p, n) &&
		    power(d, g, r, d->y, priv, shared);
	q = load_ecp(d, r, peer.p, n);
	ok = q != NULL && times(d, g, r, q, priv, shared, false);
	EC_POINT_free(q);
	return ok;
}
