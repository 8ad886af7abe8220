/* SPDX-License-Identifier: BSD-2-Clause */
/* Hidden values: see packet.h. */

#include <string.h>

#include "base/crypto.h"
#include "radius/packet.h"

#define BLOCK		16
#define SALT		2
#define SALT_BIT	0x8000	/* RFC 2548 §2.4.2: must be set */

/* b(i) = MD5(secret + what went before), one block of the key stream. */
static bool
stream(struct rd secret, struct rd before, struct rd salt, uint8_t out[BLOCK])
{
	struct rd part[] = { secret, before, salt };

	return hash_sum(HASH_MD5, part, 3, out);
}

/*
 * Hides or reveals n bytes, a multiple of 16, in place.  Each block is XORed
 * with the digest over the secret and the cipher text of the block before;
 * before the first one stands `first`, for it alone with `salt`.
 */
static bool
cipher(uint8_t *data, size_t n, bool hide, struct rd first, struct rd salt,
    struct rd secret)
{
	uint8_t before[BLOCK], key[BLOCK];
	struct rd none = rd_make(NULL, 0);

	for (size_t at = 0; at < n; at += BLOCK) {
		if (!stream(secret, at == 0 ? first : rd_make(before, BLOCK),
		    at == 0 ? salt : none, key))
			return false;
		for (size_t i = 0; i < BLOCK; i++) {
			uint8_t was = data[at + i];

			data[at + i] = was ^ key[i];
			before[i] = hide ? data[at + i] : was;
		}
	}
	wipe(key, sizeof(key));
	return true;
}

size_t
radius_hide(struct rd password, const uint8_t auth[RADIUS_AUTH_BYTES],
    struct rd secret, uint8_t *out)
{
	size_t n = rd_left(&password);
	size_t all = n == 0 ? BLOCK : (n + BLOCK - 1) / BLOCK * BLOCK;

	if (password.bad || n > RADIUS_PASSWORD_MAX)
		return 0;
	memset(out, 0, all);
	rd_copy(&password, out, n);
	return cipher(out, all, true, rd_make(auth, RADIUS_AUTH_BYTES),
	    rd_make(NULL, 0), secret) ? all : 0;
}

bool
radius_reveal(struct rd hidden, const uint8_t auth[RADIUS_AUTH_BYTES],
    struct rd secret, struct secret *out)
{
	size_t n = rd_left(&hidden);
	uint8_t text[RADIUS_PASSWORD_MAX];
	bool ok;

	secret_wipe(out);
	if (n == 0 || n > sizeof(text) || n % BLOCK != 0)
		return false;
	rd_copy(&hidden, text, n);
	ok = cipher(text, n, false, rd_make(auth, RADIUS_AUTH_BYTES),
	    rd_make(NULL, 0), secret);
	while (n > 0 && text[n - 1] == 0)
		n--;
	ok = ok && secret_set(out, text, n);
	wipe(text, sizeof(text));
	return ok;
}

size_t
radius_salt_hide(struct rd value, uint16_t salt,
    const uint8_t auth[RADIUS_AUTH_BYTES], struct rd secret, uint8_t *out)
{
	uint8_t text[ATTR_VALUE_MAX] = { 0 };
	size_t n = rd_left(&value), all = (n + BLOCK) / BLOCK * BLOCK;
	uint8_t s[SALT];
	struct wr w = wr_make(out, ATTR_VALUE_MAX);
	struct wr sw = wr_make(s, sizeof(s));

	if (value.bad || SALT + all > ATTR_VALUE_MAX ||
	    (salt & SALT_BIT) == 0)
		return 0;
	wr_u16(&sw, salt);
	text[0] = (uint8_t)n;
	rd_copy(&value, &text[1], n);
	if (!cipher(text, all, true, rd_make(auth, RADIUS_AUTH_BYTES),
	    rd_make(s, SALT), secret))
		return 0;
	wr_bytes(&w, s, SALT);
	wr_bytes(&w, text, all);
	return w.bad ? 0 : wr_used(&w);
}

bool
radius_salt_reveal(struct rd hidden, const uint8_t auth[RADIUS_AUTH_BYTES],
    struct rd secret, struct secret *out)
{
	struct rd salt = rd_sub(&hidden, SALT), look = salt;
	size_t n = rd_left(&hidden);
	uint8_t text[ATTR_VALUE_MAX];
	bool ok;

	secret_wipe(out);
	if (hidden.bad || n == 0 || n > sizeof(text) || n % BLOCK != 0 ||
	    (rd_u16(&look) & SALT_BIT) == 0)
		return false;
	rd_copy(&hidden, text, n);
	/* The length is the peer's word: FreeRADIUS CVE-2003-0967. */
	ok = cipher(text, n, false, rd_make(auth, RADIUS_AUTH_BYTES), salt, secret) &&
	    text[0] < n && secret_set(out, &text[1], text[0]);
	wipe(text, sizeof(text));
	return ok;
}
