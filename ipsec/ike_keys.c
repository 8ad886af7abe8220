/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys, hashes and IVs of IKEv1: RFC 2409 §5, §5.5, §5.7 and Appendix B.
 * Pure computations on bytes, tried against published vectors.
 */

#include <string.h>

#include "ipsec/ike_int.h"

static struct rd
one(const uint8_t *b)
{
	return rd_make(b, 1);
}

static struct rd
cky(const uint8_t *c)
{
	return rd_make(c, ISAKMP_COOKIE);
}

bool
ike_keys_psk(struct ike_keys *k, struct rd psk, struct rd ni, struct rd nr)
{
	struct rd part[] = { ni, nr };

	return hmac_sum(k->hash, psk, part, 2, k->skeyid);
}

/* RFC 2409 Appendix B: Ka = K1 | K2 | ..., K1 = prf(SKEYID_e, 0). */
bool
ike_keys_expand(enum hash_alg hash, enum cipher_alg cipher, const uint8_t *e,
    uint8_t *key)
{
	static const uint8_t zero[1];
	size_t n = hash_size(hash);
	size_t need = cipher_key_size(cipher);
	uint8_t k[2 * HASH_MAX];
	struct rd part = one(zero);
	size_t have = 0;
	bool ok = true;

	if (n >= need) {
		memcpy(key, e, need);
		return true;
	}
	while (ok && have < need) {
		ok = hmac_sum(hash, rd_make(e, n), &part, 1, &k[have]);
		part = rd_make(&k[have], n);
		have += n;
	}
	memcpy(key, k, need);
	wipe(k, sizeof(k));
	return ok;
}

bool
ike_keys_derive(struct ike_keys *k, struct rd shared, const uint8_t *cky_i,
    const uint8_t *cky_r)
{
	static const uint8_t digit[3] = { 0, 1, 2 };
	size_t n = hash_size(k->hash);
	struct rd key = rd_make(k->skeyid, n);
	struct rd d[] = { shared, cky(cky_i), cky(cky_r), one(&digit[0]) };
	struct rd a[] = { rd_make(k->d, n), shared, cky(cky_i), cky(cky_r),
		one(&digit[1]) };
	struct rd e[] = { rd_make(k->a, n), shared, cky(cky_i), cky(cky_r),
		one(&digit[2]) };

	return hmac_sum(k->hash, key, d, 4, k->d) &&
	    hmac_sum(k->hash, key, a, 5, k->a) &&
	    hmac_sum(k->hash, key, e, 5, k->e) &&
	    ike_keys_expand(k->hash, k->cipher, k->e, k->key);
}

bool
ike_keys_iv(struct ike_keys *k, struct rd gxi, struct rd gxr)
{
	struct rd part[] = { gxi, gxr };
	uint8_t sum[HASH_MAX];

	if (!hash_sum(k->hash, part, 2, sum))
		return false;
	memcpy(k->iv, sum, cipher_block_size(k->cipher));
	return true;
}

bool
ike_keys_auth(const struct ike_keys *k, struct rd gx_own, struct rd gx_other,
    const uint8_t *cky_own, const uint8_t *cky_other, struct rd sai,
    struct rd id, uint8_t *out)
{
	struct rd part[] = { gx_own, gx_other, cky(cky_own), cky(cky_other),
		sai, id };

	return hmac_sum(k->hash, rd_make(k->skeyid, hash_size(k->hash)), part,
	    6, out);
}

bool
ike_keys_p2_iv(enum hash_alg hash, enum cipher_alg cipher, const uint8_t *last,
    uint32_t msgid, uint8_t *iv)
{
	uint8_t id[4];
	uint8_t sum[HASH_MAX];
	struct wr w = wr_make(id, sizeof(id));
	size_t block = cipher_block_size(cipher);
	struct rd part[] = { rd_make(last, block), rd_make(id, sizeof(id)) };

	wr_u32(&w, msgid);
	if (!hash_sum(hash, part, 2, sum))
		return false;
	memcpy(iv, sum, block);
	return true;
}

bool
ike_keys_hash(enum hash_alg hash, const uint8_t *a, bool third, uint32_t msgid,
    struct rd x, struct rd y, uint8_t *out)
{
	uint8_t head[5];
	struct wr w = wr_make(head, sizeof(head));
	struct rd part[3];

	if (third)
		wr_u8(&w, 0);
	wr_u32(&w, msgid);
	part[0] = wr_out(&w);
	part[1] = x;
	part[2] = y;
	return hmac_sum(hash, rd_make(a, hash_size(hash)), part, 3, out);
}

bool
ike_keys_keymat(enum hash_alg hash, const uint8_t *d, struct rd shared,
    uint32_t spi, struct rd ni, struct rd nr, uint8_t *out, size_t n)
{
	uint8_t head[5];
	struct wr w = wr_make(head, sizeof(head));
	uint8_t k[HASH_MAX];
	size_t size = hash_size(hash);
	struct rd part[] = { rd_make(NULL, 0), shared, rd_make(head, 5), ni, nr };
	bool ok = true;

	wr_u8(&w, PROTO_ESP);
	wr_u32(&w, spi);
	for (size_t at = 0; ok && at < n; at += size) {
		ok = hmac_sum(hash, rd_make(d, size), part, 5, k);
		memcpy(out + at, k, n - at < size ? n - at : size);
		part[0] = rd_make(k, size);
	}
	wipe(k, sizeof(k));
	return ok;
}

struct ike_proof
ike_keys_prove(struct rd got, const uint8_t *want, size_t n)
{
	uint8_t b[HASH_MAX];
	struct ike_proof p = { .ok = rd_left(&got) == n };

	rd_copy(&got, b, n);
	p.ok = secret_same(b, want, n) && p.ok && !got.bad;
	return p;
}

struct rd
ike_keys_seal(enum cipher_alg cipher, const uint8_t *key, uint8_t *iv,
    struct isakmp_out *o)
{
	size_t block = cipher_block_size(cipher);
	size_t n = wr_used(&o->w) - ISAKMP_HEAD;
	struct rd all;
	uint8_t *p;

	wr_zero(&o->w, (block - n % block) % block);
	all = isakmp_out_done(o);
	n = rd_left(&all) - ISAKMP_HEAD;
	if (all.bad)
		return all;
	p = o->w.base + ISAKMP_HEAD;
	if (!cbc_encrypt(cipher, key, iv, p, n)) {
		all.bad = true;
		return all;
	}
	memcpy(iv, p + n - block, block);
	return all;
}

struct rd
ike_keys_open(enum cipher_alg cipher, const uint8_t *key, uint8_t *iv,
    struct rd body, uint8_t *buf)
{
	size_t block = cipher_block_size(cipher);
	size_t n = rd_left(&body);
	struct rd out = rd_make(buf, 0);
	uint8_t last[CIPHER_BLOCK_MAX];

	out.bad = true;
	if (n == 0 || n > IKE_PLAIN_MAX || n % block != 0)
		return out;
	rd_copy(&body, buf, n);
	memcpy(last, buf + n - block, block);
	if (!cbc_decrypt(cipher, key, iv, buf, n))
		return out;
	memcpy(iv, last, block);
	return rd_make(buf, n);
}
