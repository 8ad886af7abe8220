/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * DOC: the only place that touches packet bytes.
 *
 * A reader (struct rd) walks borrowed bytes and a writer (struct wr) fills a
 * buffer of fixed capacity.  Both carry a sticky error: after the first step
 * that does not fit, every read yields zero and every write is dropped, so a
 * decoder checks once at its end.  Parts with a length of their own are read
 * through a child (rd_sub) that cannot leave its parent, and written between
 * two marks (wr_len16 ... wr_len_end) that fill the length in afterwards.
 * All numbers are big-endian.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rd {			/* borrows the bytes */
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

struct wr {			/* borrows the buffer, never grows it */
	uint8_t *base;
	uint8_t *p;
	uint8_t *end;
	bool bad;
};

struct wr_len {			/* a length to be filled in later */
	size_t at;		/* offset of the length field from base */
	size_t bytes;		/* its width: 1 or 2; 0 if it did not fit */
};

/* Make.  `n` bytes at `p`; p may be NULL only if n is 0. */
struct rd	 rd_make(const void *p, size_t n);
struct wr	 wr_make(void *p, size_t n);

/* Read.  Zero, NULL or an empty child once bad. */
uint8_t		 rd_u8(struct rd *);
uint16_t	 rd_u16(struct rd *);
uint32_t	 rd_u24(struct rd *);
uint32_t	 rd_u32(struct rd *);
uint64_t	 rd_u64(struct rd *);
/* A pointer to the next n bytes, borrowed; NULL once bad or if n is 0. */
const uint8_t	*rd_bytes(struct rd *, size_t n);
/* Copies n bytes out; fills `dst` with zeros once bad. */
void		 rd_copy(struct rd *, void *dst, size_t n);
void		 rd_skip(struct rd *, size_t n);
/* A child over the next n bytes; if fewer are left, parent and child go bad. */
struct rd	 rd_sub(struct rd *, size_t n);
/* A child over all that is left. */
struct rd	 rd_rest(struct rd *);

/* Ask. */
size_t		 rd_left(const struct rd *);	/* 0 once bad */
bool		 rd_done(const struct rd *);	/* not bad and nothing left */
bool		 rd_eq(struct rd, const void *, size_t n); /* same bytes? */

/* Write. */
void		 wr_u8(struct wr *, uint8_t);
void		 wr_u16(struct wr *, uint16_t);
void		 wr_u32(struct wr *, uint32_t);
void		 wr_u64(struct wr *, uint64_t);
void		 wr_bytes(struct wr *, const void *, size_t n);
void		 wr_rd(struct wr *, struct rd);	/* all bytes of the reader */
void		 wr_zero(struct wr *, size_t n);
/* Reserves n bytes and returns where they start; NULL once bad. */
uint8_t		*wr_room(struct wr *, size_t n);

/*
 * Reserves a length field of one or two bytes; wr_len_end() fills it with the
 * count of bytes written since the field's end plus `bias` (the header bytes
 * that the format counts in), and goes bad if the width cannot hold it.
 */
struct wr_len	 wr_len8(struct wr *);
struct wr_len	 wr_len16(struct wr *);
void		 wr_len_end(struct wr *, struct wr_len, size_t bias);

size_t		 wr_used(const struct wr *);	/* bytes written so far */
size_t		 wr_left(const struct wr *);	/* 0 once bad */
/* what was written; bad if bad */
struct rd	 wr_out(const struct wr *);

#endif
