/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Secrets that must not be seen: see keys.h.  A bit for the first bytes of each
 * form of each secret tells nearly always that a place in a text begins none.
 */

#include <stdlib.h>
#include <string.h>

#include "base/htab.h"
#include "base/secret.h"
#include "tests/sim/keys.h"

#define HEAD	8		/* bytes that the filter looks at */
#define FILTER	(1u << 16)	/* bits */
#define FORMS	3		/* as it is, and two sorts of digits */

struct form {			/* one form of one part */
	size_t len;
	char text[2 * KEYS_BYTES];
};

struct keys {
	uint32_t max, n;
	struct form *v;	/* owned */
	struct htab by_head;
	uint64_t filter[FILTER / 64];
};

void
keys_free(struct keys *k)
{
	if (k == NULL)
		return;
	if (k->v != NULL)
		wipe(k->v, k->max * sizeof(*k->v));
	free(k->v);
	htab_wipe(&k->by_head);
	free(k);
}

struct keys *
keys_new(uint32_t max)
{
	struct keys *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->max = max * FORMS;
	k->v = calloc(k->max, sizeof(*k->v));
	if (k->v != NULL && htab_init(&k->by_head, k->max) == 0)
		return k;
	keys_free(k);
	return NULL;
}

static uint64_t
head(const char *text)
{
	uint64_t x;

	memcpy(&x, text, HEAD);
	return x;
}

static uint64_t
head_hash(const char *text)
{
	uint64_t x = head(text);

	x *= UINT64_C(0x9e3779b97f4a7c15);
	return x ^ x >> 32;		/* the index takes the lower half */
}

static uint32_t
filter_bit(uint64_t hash)
{
	return (uint32_t)(hash >> 48) % FILTER;
}

static void
form_add(struct keys *k, const char *text, size_t len)
{
	struct form *s = &k->v[k->n];
	uint64_t hash = head_hash(text);
	uint32_t bit = filter_bit(hash);

	s->len = len;
	memcpy(s->text, text, len);
	k->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	htab_add(&k->by_head, k->n++, hash);
}

static void
part_add(struct keys *k, const uint8_t *b, size_t len)
{
	static const char *const digits[] = { "0123456789abcdef",
		"0123456789ABCDEF" };
	char text[2 * KEYS_BYTES];

	memcpy(text, b, len);
	form_add(k, text, len);
	for (unsigned f = 0; f < FORMS - 1; f++) {
		for (size_t i = 0; i < len; i++) {
			text[2 * i] = digits[f][b[i] >> 4];
			text[2 * i + 1] = digits[f][b[i] & 15];
		}
		form_add(k, text, 2 * len);
	}
	wipe(text, sizeof(text));
}

bool
keys_add(struct keys *k, const void *secret, size_t len)
{
	const uint8_t *b = secret;

	if (len < KEYS_MIN)
		return false;
	for (; len >= KEYS_MIN; b += KEYS_BYTES) {
		if (k->n + FORMS > k->max)
			return false;
		part_add(k, b, len < KEYS_BYTES ? len : KEYS_BYTES);
		len -= len < KEYS_BYTES ? len : KEYS_BYTES;
	}
	return true;
}

static bool
begins(const struct keys *k, const char *text, size_t len, uint64_t hash)
{
	uint32_t i = htab_find(&k->by_head, hash);

	for (; i != HTAB_NONE; i = htab_next(&k->by_head, i))
		if (k->v[i].len <= len &&
		    memcmp(k->v[i].text, text, k->v[i].len) == 0)
			return true;
	return false;
}

const char *
keys_seen(const struct keys *k, const char *text, size_t len)
{
	for (size_t i = 0; i + HEAD <= len; i++) {
		uint64_t hash;
		uint32_t bit;

		/* Most of a record is zeros, of which no secret is made. */
		while (i + 2 * HEAD <= len && head(text + i) == 0 &&
		    head(text + i + HEAD) == 0)
			i += HEAD;
		hash = head_hash(text + i);
		bit = filter_bit(hash);
		if ((k->filter[bit / 64] >> bit % 64 & 1) != 0 &&
		    begins(k, text + i, len - i, hash))
			return "I7: a key or a password was shown";
	}
	return NULL;
}
