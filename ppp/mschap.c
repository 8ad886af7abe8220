/* SPDX-License-Identifier: BSD-2-Clause */
/* MS-CHAPv2: see mschap.h; names and magic strings as in RFC 2759 §8. */

#include <string.h>

#include "base/crypto.h"
#include "ppp/mschap.h"
#include "ppp/ppp.h"

#define PASSWORD_BYTES	(2 * SECRET_MAX)	/* a byte yields at most a unit */
#define PWBLOCK_ROOM	512	/* for the password; then its length */

static const char magic1[] = "Magic server to client signing constant";
static const char magic2[] =
    "Pad to make it do more than one iteration";

/* One character of UTF-8; false if it is malformed (RFC 3629 §3). */
static bool
utf8_next(struct rd *r, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t c = rd_u8(r);
	unsigned more, i;
	uint32_t v;

	if (c < 0x80) {
		*out = c;
		return !r->bad;
	}
	if (c < 0xc2 || c > 0xf4)
		return false;
	more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	v = c & (0x3fu >> more);
	for (i = 0; i < more; i++) {
		c = rd_u8(r);
		if ((c & 0xc0) != 0x80)
			return false;
		v = v << 6 | (c & 0x3f);
	}
	*out = v;
	return v >= least[more] && v <= 0x10ffff &&
	    !(v >= 0xd800 && v <= 0xdfff);
}

static void
utf16_put(uint8_t *b, size_t *n, uint32_t unit)
{
	b[(*n)++] = (uint8_t)unit;
	b[(*n)++] = (uint8_t)(unit >> 8);
}

/* Unicode is little-endian UTF-16; *n bytes of it. */
static bool
utf16_all(struct rd utf8, uint8_t unicode[PASSWORD_BYTES], size_t *n)
{
	bool ok = !utf8.bad && rd_left(&utf8) <= SECRET_MAX;
	uint32_t c;

	*n = 0;
	while (ok && rd_left(&utf8) > 0) {
		ok = utf8_next(&utf8, &c);
		if (ok && c >= 0x10000) {
			c -= 0x10000;
			utf16_put(unicode, n, 0xd800 | c >> 10);
			utf16_put(unicode, n, 0xdc00 | (c & 0x3ff));
		} else if (ok) {
			utf16_put(unicode, n, c);
		}
	}
	return ok;
}

/* RFC 2759 §8.3, NtPasswordHash. */
bool
ppp_nt_hash(struct rd password_utf8, uint8_t out[16])
{
	uint8_t unicode[PASSWORD_BYTES] = { 0 };
	struct rd part;
	size_t n;
	bool ok = utf16_all(password_utf8, unicode, &n);

	memset(out, 0, 16);
	part = rd_make(unicode, n);
	ok = ok && hash_sum(HASH_MD4, &part, 1, out);
	wipe(unicode, sizeof(unicode));
	return ok;
}

bool
mschap_new_password(struct rng *rng, struct rd password_utf8,
    const uint8_t old_hash[16], uint8_t out[MSCHAP_PWBLOCK])
{
	uint8_t unicode[PASSWORD_BYTES] = { 0 };
	size_t n;
	bool ok = utf16_all(password_utf8, unicode, &n) &&
	    rng_fill(rng, out, PWBLOCK_ROOM);

	if (ok) {
		memcpy(out + PWBLOCK_ROOM - n, unicode, n);
		out[PWBLOCK_ROOM] = (uint8_t)n;
		out[PWBLOCK_ROOM + 1] = (uint8_t)(n >> 8);
		out[PWBLOCK_ROOM + 2] = 0;
		out[PWBLOCK_ROOM + 3] = 0;
		ok = rc4_crypt(old_hash, out, MSCHAP_PWBLOCK);
	}
	if (!ok)
		wipe(out, MSCHAP_PWBLOCK);
	wipe(unicode, sizeof(unicode));
	return ok;
}

/* RFC 2759 §8.13: two blocks under two keys. */
bool
mschap_old_hash(const uint8_t old_hash[16], const uint8_t new_hash[16],
    uint8_t out[16])
{
	return des_block7(&new_hash[0], &old_hash[0], &out[0]) &&
	    des_block7(&new_hash[7], &old_hash[8], &out[8]);
}

bool
mschap_challenge_hash(const uint8_t peer[16], const uint8_t ours[16],
    struct rd name, uint8_t out[8])
{
	struct rd part[3] = { rd_make(peer, 16), rd_make(ours, 16), name };
	uint8_t digest[HASH_MAX];

	if (!hash_sum(HASH_SHA1, part, 3, digest))
		return false;
	memcpy(out, digest, 8);
	return true;
}

bool
mschap_challenge_response(const uint8_t challenge[8], const uint8_t nt_hash[16],
    uint8_t out[24])
{
	uint8_t z[21] = { 0 };
	bool ok;

	memcpy(z, nt_hash, 16);
	ok = des_block7(&z[0], challenge, &out[0]) &&
	    des_block7(&z[7], challenge, &out[8]) &&
	    des_block7(&z[14], challenge, &out[16]);
	wipe(z, sizeof(z));
	return ok;
}

bool
mschap_nt_response(const uint8_t nt_hash[16], const uint8_t ours[16],
    const uint8_t peer[16], struct rd name, uint8_t out[24])
{
	uint8_t challenge[8];

	return mschap_challenge_hash(peer, ours, name, challenge) &&
	    mschap_challenge_response(challenge, nt_hash, out);
}

bool
mschap_authenticator_response(const uint8_t nt_hash[16],
    const uint8_t nt_response[24], const uint8_t peer[16],
    const uint8_t ours[16], struct rd name, char out[MSCHAP_SUCCESS])
{
	static const char hex[] = "0123456789ABCDEF";
	uint8_t hash_hash[HASH_MAX], digest[HASH_MAX], challenge[8];
	struct rd part[3];
	unsigned i;
	bool ok;

	part[0] = rd_make(nt_hash, 16);
	ok = hash_sum(HASH_MD4, part, 1, hash_hash);
	part[0] = rd_make(hash_hash, 16);
	part[1] = rd_make(nt_response, 24);
	part[2] = rd_make(magic1, sizeof(magic1) - 1);
	ok = ok && hash_sum(HASH_SHA1, part, 3, digest) &&
	    mschap_challenge_hash(peer, ours, name, challenge);
	part[0] = rd_make(digest, 20);
	part[1] = rd_make(challenge, 8);
	part[2] = rd_make(magic2, sizeof(magic2) - 1);
	/* hash_hash serves as room for the sum: the digest is an input. */
	ok = ok && hash_sum(HASH_SHA1, part, 3, hash_hash);
	out[0] = 'S';
	out[1] = '=';
	for (i = 0; ok && i < 20; i++) {
		out[2 + 2 * i] = hex[hash_hash[i] >> 4];
		out[3 + 2 * i] = hex[hash_hash[i] & 15];
	}
	out[ok ? MSCHAP_SUCCESS - 1 : 0] = '\0';
	wipe(hash_hash, sizeof(hash_hash));
	wipe(digest, sizeof(digest));
	return ok;
}

struct rd
mschap_user(struct rd name)
{
	struct rd r = name;

	while (rd_left(&r) > 0)
		if (rd_u8(&r) == '\\')
			return rd_rest(&r);
	return name;
}

bool
mschap_success_ok(const char *s)
{
	return strlen(s) == MSCHAP_SUCCESS - 1 && s[0] == 'S' && s[1] == '=' &&
	    strspn(s + 2, "0123456789ABCDEFabcdef") == 40;
}

/* The value of the part of a Failure's text that begins with `key`. */
static bool
error_part(struct rd text, const char *key, struct rd *value)
{
	bool start = true;

	while (rd_left(&text) > 2) {
		struct rd at = text, head = rd_sub(&at, 2);

		if (start && rd_eq(head, key, 2)) {
			*value = at;
			return true;
		}
		/* What follows M= is the text, whatever it looks like. */
		if (start && rd_eq(head, "M=", 2))
			return false;
		start = rd_u8(&text) == ' ';
	}
	return false;
}

static uint16_t
error_number(struct rd r)
{
	uint32_t v = 0;

	while (rd_left(&r) > 0 && *r.p >= '0' && *r.p <= '9' && v < 6553)
		v = v * 10 + rd_u8(&r) - '0';
	return (uint16_t)v;
}

static bool
error_challenge(struct rd r, uint8_t out[16])
{
	uint8_t b[16], c, i;

	if (rd_left(&r) < 2 * sizeof(b))
		return false;
	for (i = 0; i < 2 * sizeof(b); i++) {
		c = rd_u8(&r);
		if (c >= 'a')
			c = (uint8_t)(c - 'a' + 'A');
		if ((c < '0' || c > '9') && (c < 'A' || c > 'F'))
			return false;
		c = (uint8_t)(c <= '9' ? c - '0' : c - 'A' + 10);
		b[i / 2] = (uint8_t)(i % 2 == 0 ? c << 4 : b[i / 2] | c);
	}
	memcpy(out, b, sizeof(b));
	return true;
}

bool
ppp_mschap_error(struct rd text, struct ppp_verdict *v)
{
	struct rd part;
	size_t n = 0;
	uint8_t c;

	if (!error_part(text, "E=", &part) || error_number(part) == 0)
		return false;
	v->error = error_number(part);
	v->retry = error_part(text, "R=", &part) && *part.p == '1';
	v->has_challenge = error_part(text, "C=", &part) &&
	    error_challenge(part, v->challenge);
	v->message[0] = '\0';
	if (!error_part(text, "M=", &part))
		return true;
	while (rd_left(&part) > 0 && n < sizeof(v->message) - 1) {
		c = rd_u8(&part);
		v->message[n++] = c >= 0x20 && c != 0x7f ? (char)c : '?';
	}
	v->message[n] = '\0';
	return true;
}

void
ppp_chap_md5(uint8_t id, struct rd password, struct rd challenge,
    uint8_t out[16])
{
	struct rd part[3] = { rd_make(&id, 1), password, challenge };

	/* A hash that fails must not leave a value that could be guessed. */
	if (!hash_sum(HASH_MD5, part, 3, out))
		memset(out, 0, 16);
}

bool
ppp_mschapv2_check(const uint8_t nt_hash[16], const uint8_t challenge[16],
    const uint8_t response[49], struct rd name, char success[43])
{
	struct rd r = rd_make(response, MSCHAP_VALUE);
	uint8_t peer[16], theirs[24], expect[24];
	bool ok;

	success[0] = '\0';
	rd_copy(&r, peer, sizeof(peer));
	rd_skip(&r, 8);
	rd_copy(&r, theirs, sizeof(theirs));
	ok = mschap_nt_response(nt_hash, challenge, peer, name, expect) &&
	    secret_same(expect, theirs, sizeof(expect)) &&
	    mschap_authenticator_response(nt_hash, theirs, peer, challenge,
		name, success);
	wipe(expect, sizeof(expect));
	return ok;
}
