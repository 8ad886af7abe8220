/* SPDX-License-Identifier: BSD-2-Clause */
/* The cursor: see buf.h. */

#include <string.h>

#include "base/buf.h"

struct rd
rd_make(const void *p, size_t n)
{
	static const uint8_t empty[1];
	const uint8_t *b = p != NULL ? p : empty;

	return (struct rd){ .p = b, .end = b + n, .bad = false };
}

struct wr
wr_make(void *p, size_t n)
{
	uint8_t *b = p;
	uint8_t *end = b != NULL ? b + n : NULL;

	return (struct wr){ .base = b, .p = b, .end = end, .bad = b == NULL };
}

size_t
rd_left(const struct rd *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->p);
}

bool
rd_done(const struct rd *r)
{
	return !r->bad && r->p == r->end;
}

bool
rd_eq(struct rd r, const void *p, size_t n)
{
	return !r.bad && rd_left(&r) == n && (n == 0 || memcmp(r.p, p, n) == 0);
}

/* Steps over n bytes if they are there; the one place a reader goes bad. */
static const uint8_t *
rd_step(struct rd *r, size_t n)
{
	const uint8_t *at = r->p;

	if (r->bad || n > (size_t)(r->end - r->p)) {
		r->bad = true;
		return NULL;
	}
	if (n > 0)		/* a zero reader has no bytes to point at */
		r->p += n;
	return at;
}

static uint64_t
rd_number(struct rd *r, size_t width)
{
	const uint8_t *b = rd_step(r, width);
	uint64_t v = 0;

	for (size_t i = 0; b != NULL && i < width; i++)
		v = v << 8 | b[i];
	return v;
}

uint8_t
rd_u8(struct rd *r)
{
	return (uint8_t)rd_number(r, 1);
}

uint16_t
rd_u16(struct rd *r)
{
	return (uint16_t)rd_number(r, 2);
}

uint32_t
rd_u24(struct rd *r)
{
	return (uint32_t)rd_number(r, 3);
}

uint32_t
rd_u32(struct rd *r)
{
	return (uint32_t)rd_number(r, 4);
}

uint64_t
rd_u64(struct rd *r)
{
	return rd_number(r, 8);
}

const uint8_t *
rd_bytes(struct rd *r, size_t n)
{
	const uint8_t *at = rd_step(r, n);

	return n > 0 ? at : NULL;
}

void
rd_copy(struct rd *r, void *dst, size_t n)
{
	const uint8_t *at = rd_step(r, n);

	if (n == 0)
		return;
	if (at != NULL)
		memcpy(dst, at, n);
	else
		memset(dst, 0, n);
}

void
rd_skip(struct rd *r, size_t n)
{
	(void)rd_step(r, n);
}

struct rd
rd_sub(struct rd *r, size_t n)
{
	const uint8_t *at = rd_step(r, n);
	struct rd child = rd_make(at, at != NULL ? n : 0);

	child.bad = at == NULL;
	return child;
}

struct rd
rd_rest(struct rd *r)
{
	return rd_sub(r, rd_left(r));
}

size_t
wr_used(const struct wr *w)
{
	return (size_t)(w->p - w->base);
}

size_t
wr_left(const struct wr *w)
{
	return w->bad ? 0 : (size_t)(w->end - w->p);
}

struct rd
wr_out(const struct wr *w)
{
	struct rd r = rd_make(w->base, wr_used(w));

	r.bad = w->bad;
	return r;
}

/* Takes n bytes if they fit; the one place a writer goes bad for room. */
uint8_t *
wr_room(struct wr *w, size_t n)
{
	uint8_t *at = w->p;

	if (w->bad || n > (size_t)(w->end - w->p)) {
		w->bad = true;
		return NULL;
	}
	w->p += n;
	return at;
}

static void
put_number(uint8_t *b, uint64_t v, size_t width)
{
	for (size_t i = width; i-- > 0; v >>= 8)
		b[i] = (uint8_t)v;
}

static void
wr_number(struct wr *w, uint64_t v, size_t width)
{
	uint8_t *b = wr_room(w, width);

	if (b != NULL)
		put_number(b, v, width);
}

void
wr_u8(struct wr *w, uint8_t v)
{
	wr_number(w, v, 1);
}

void
wr_u16(struct wr *w, uint16_t v)
{
	wr_number(w, v, 2);
}

void
wr_u32(struct wr *w, uint32_t v)
{
	wr_number(w, v, 4);
}

void
wr_u64(struct wr *w, uint64_t v)
{
	wr_number(w, v, 8);
}

void
wr_bytes(struct wr *w, const void *p, size_t n)
{
	uint8_t *b = wr_room(w, n);

	if (b != NULL && n > 0)
		memcpy(b, p, n);
}

void
wr_rd(struct wr *w, struct rd r)
{
	if (r.bad)
		w->bad = true;
	else
		wr_bytes(w, r.p, rd_left(&r));
}

void
wr_zero(struct wr *w, size_t n)
{
	uint8_t *b = wr_room(w, n);

	if (b != NULL && n > 0)
		memset(b, 0, n);
}

static struct wr_len
wr_len_start(struct wr *w, size_t width)
{
	struct wr_len l = { .at = wr_used(w), .bytes = width };

	if (wr_room(w, width) == NULL)
		l.bytes = 0;
	return l;
}

struct wr_len
wr_len8(struct wr *w)
{
	return wr_len_start(w, 1);
}

struct wr_len
wr_len16(struct wr *w)
{
	return wr_len_start(w, 2);
}

void
wr_len_end(struct wr *w, struct wr_len l, size_t bias)
{
	size_t n = wr_used(w) - (l.at + l.bytes) + bias;

	if (w->bad || l.bytes == 0 || n >> (8 * l.bytes) != 0) {
		w->bad = true;
		return;
	}
	put_number(w->base + l.at, n, l.bytes);
}
